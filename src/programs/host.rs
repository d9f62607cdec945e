//! What a program sees of the container that it runs in.

use crate::sim::{Chance, Timestamp};

/// A connection to a server, as the container numbers it.
pub type Connection = u64;

/// A program that another started, as the container numbers it.
pub type Child = u64;

/// The container around a program.
pub trait Host {
    fn now(&self) -> Timestamp;

    /// An environment variable.
    fn variable(&self, name: &str) -> Option<String>;

    /// All of them, in the order of their names.
    fn variables(&self) -> Vec<(String, String)>;

    /// Takes what there is to read from a stream.
    fn read(&mut self, from: Source) -> Read;

    /// Writes to standard output or standard error.
    fn write(&mut self, to: Output, bytes: &[u8]);

    /// Whether there is a terminal at standard input and output: programs then talk to a person.
    fn is_terminal(&self, to: Output) -> bool;

    /// The whole of a file; the error is the system's: `No such file or directory`.
    fn file(&mut self, path: &str) -> Result<Vec<u8>, &'static str>;

    /// Writes a whole file.
    fn write_file(&mut self, path: &str, bytes: &[u8]) -> Result<(), &'static str>;

    /// Opens a connection to a port of a host that is named or addressed.
    fn connect(&mut self, host: &str, port: u16) -> Result<Connection, Refused>;

    /// Sends bytes to the other side.
    fn send(&mut self, connection: Connection, bytes: &[u8]);

    /// Ends a connection.
    fn close(&mut self, connection: Connection);

    /// Starts a command with this standard input; it shares the other streams. The error is the system's.
    fn spawn(&mut self, command: &[String], input: Vec<u8>) -> Result<Child, &'static str>;

    /// The exit code of a command that was started, once it has ended.
    fn wait(&mut self, child: Child) -> Option<i32>;

    /// The machine's chance: its seed decides what is drawn.
    fn chance(&mut self) -> &mut Chance;

    /// The name of the machine.
    fn hostname(&self) -> String;
}

/// Where a program reads from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    Input,
    Server(Connection),
}

/// Where a program writes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    Standard,
    Error,
}

/// What reading comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Read {
    Bytes(Vec<u8>),
    /// There is nothing now, and may be later.
    Later,
    /// There will be nothing any more.
    End,
}

/// Why there is no connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The cluster's DNS does not know the name.
    UnknownName,
    /// Nobody listens at that port.
    NobodyListens,
}

/// How far a program came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// It has more to do at this instant: it used up what it may do at a time.
    Ready,
    /// It waits for input or a server, and for an instant if it says one.
    Waits(Option<Timestamp>),
    Exited(i32),
}

/// A program that runs, and goes on from where it was whenever it is called.
pub trait Program {
    /// Runs until it ends or waits, but for not more than `fuel` small steps.
    fn advance(&mut self, host: &mut dyn Host, fuel: u32) -> Step;
}
