//! Programs that others supply: kubectl for the console, redis-cli or ping for containers.
//!
//! A program is plugged in by its name. Running, it keeps its own state and is called again whenever the machine goes
//! on; what it asks of the outside it keeps in a mailbox of its own, shared with whoever answers.

use super::machine::Dialect;
use super::tools::Tool;
use super::{Files, Signal};
use crate::sim::Timestamp;
use std::rc::Rc;

/// Something that can be run by its name.
pub trait Program {
    /// Starts it.
    fn start(&self, call: Call) -> Box<dyn Running>;
}

/// How a program was called.
#[derive(Clone, Debug)]
pub struct Call {
    /// The arguments; the first is the name by which it was called.
    pub args: Vec<String>,
    /// The environment, in the order of the names.
    pub env: Vec<(String, String)>,
    /// The working folder.
    pub dir: String,
    pub files: Files,
    pub hostname: String,
    pub dialect: Dialect,
}

impl Call {
    /// The value of an environment variable.
    pub fn var(&self, name: &str) -> Option<&str> {
        self.env.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// A program that was started.
pub trait Running {
    /// Goes on as far as it can. It is called again when what its step says has come, and may be called before.
    fn advance(&mut self, io: &mut Io<'_>, now: Timestamp) -> Step;
}

/// How far a program, or all of a machine's, has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// It is over, with this exit code: 0 to 255; 128 and the signal's number if a signal ended it.
    Exited(i32),
    /// To be called again at this instant at the latest.
    SleepsUntil(Timestamp),
    /// It waits for input, or for an answer from outside.
    Waits,
    /// It has more to do than one slice allows: to be called again. An owner whose clock stands still should let it go
    /// on a little: a busy loop takes time.
    Busy,
}

/// What there is to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    Bytes(Vec<u8>),
    /// Nothing yet.
    Pending,
    /// The end: nothing more will come.
    End,
}

/// The streams of a running program.
pub struct Io<'a> {
    pub(super) task: &'a Rc<super::task::Task>,
    pub(super) pieces: &'a mut Vec<(u32, Vec<u8>)>,
}

impl Io<'_> {
    /// Prints to standard output.
    pub fn out(&mut self, text: impl AsRef<[u8]>) {
        self.print(1, text.as_ref());
    }

    /// Prints to standard error.
    pub fn err(&mut self, text: impl AsRef<[u8]>) {
        self.print(2, text.as_ref());
    }

    fn print(&mut self, descriptor: u32, bytes: &[u8]) {
        super::task::append(self.pieces, descriptor, bytes);
    }

    /// Reads from standard input what is there.
    pub fn read(&mut self) -> Input {
        self.task.try_read(0, 1 << 16)
    }

    /// Whether a stream (0, 1 or 2) is a terminal.
    pub fn is_terminal(&self, descriptor: u32) -> bool {
        self.task.is_terminal(descriptor)
    }

    /// From now on this signal does not end the program: [`Io::signals`] tells of it.
    pub fn catch(&mut self, signal: Signal) {
        self.task.catch(signal);
    }

    /// The caught signals that came since the last call.
    pub fn signals(&mut self) -> Vec<Signal> {
        self.task.take_signals()
    }
}

/// What a file that can be run holds.
#[derive(Clone)]
pub(super) enum Executable {
    Tool(&'static Tool),
    Outside(Rc<dyn Program>),
}
