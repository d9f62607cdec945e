//! A terminal's shell that is given whole lines: what a console needs.

use super::Dialect;
use super::language;
use super::machine::Process;
use std::rc::Rc;

/// The shell of a terminal, to which its owner hands line after line. What they do lasts: the working folder, variables,
/// functions, aliases, jobs.
pub struct Session {
    process: Process,
    lines: Rc<language::Lines>,
}

/// Whether bash would wait for more lines after these: a quote, a loop or a here-document is open.
pub fn is_unfinished(text: &str) -> bool {
    let text = format!("{}\n", text.strip_suffix('\n').unwrap_or(text));
    language::is_unfinished(&text, Dialect::Bash)
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

    /// Lets `$?` be the status of something that was done outside of this shell, for the next line.
    pub fn set_status(&self, status: i32) {
        self.lines.status.set(Some(status));
    }

    /// Forgets lines that are not whole yet.
    pub fn give_up(&self) {
        self.lines.pending.take();
    }

    /// Whether a name is an alias.
    pub fn has_alias(&self, name: &str) -> bool {
        self.lines.aliases.borrow().contains_key(name)
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
