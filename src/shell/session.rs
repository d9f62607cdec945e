//! A terminal's shell that is given whole lines: what a console needs.

use super::language;
use super::machine::Process;
use std::rc::Rc;

/// The shell of a terminal, to which its owner hands line after line. What they do lasts: the working folder, variables,
/// functions, aliases, jobs.
pub struct Session {
    process: Process,
    lines: Rc<language::Lines>,
}

/// What became of the lines that were typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Typed {
    /// It is over, with this status.
    Done(i32),
    /// It goes on in the next line: a quote or a loop is open.
    More,
}

impl Session {
    pub(super) fn new(process: Process, lines: Rc<language::Lines>) -> Self {
        Self { process, lines }
    }

    /// Types a line; it is run when the machine goes on, after those before it.
    pub fn enter(&self, line: &str) {
        self.lines.typed.borrow_mut().push_back(line.to_owned());
    }

    /// What became of the first line that is over and was not told of yet.
    pub fn next_ended(&self) -> Option<Typed> {
        self.lines.ended.borrow_mut().pop_front().map(|status| status.map_or(Typed::More, Typed::Done))
    }

    /// Whether nothing is being run, but in the background.
    pub fn is_idle(&self) -> bool {
        !self.lines.busy.get() && self.lines.typed.borrow().is_empty()
    }

    /// The process of the shell: what it prints, what it reads, Ctrl-C. It is over after `exit`.
    pub fn process(&self) -> &Process {
        &self.process
    }
}
