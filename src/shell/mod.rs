//! A small Unix: a POSIX and bash shell, the usual small programs, files, pipes and signals, on a virtual clock.
//!
//! A [`Machine`] is the world of one container or one terminal. Its owner starts a [`Process`] in it, lets it go on to
//! an instant ([`Process::advance`]), collects what was printed, and is told when to call again: there is no clock in
//! here, no thread, and the same start and the same calls give the same bytes. What a machine cannot know itself — a
//! cluster, a network — is plugged in as a [`Program`].
//!
//! Work is bounded by the owner's fuel, memory by limits that answer in the words a real system has for it.

mod errno;
mod signal;
mod files;
mod program;
mod open;
mod task;
mod machine;
mod session;
mod regex;
mod syntax;
mod language;
mod tools;
#[cfg(test)]
mod tests;

pub use errno::Errno;
pub use files::{Access, FileKind, Files, OpenFile, Stat, absolute};
pub use machine::{Chunk, Dialect, Machine, Process, Setup, Start, StartError, Stream};
pub use program::{Call, Input, Io, Program, Running, Step};
pub use regex::Regex;
pub use session::{Session, Typed, is_unfinished};
pub use signal::Signal;
pub use tools::toolbox;
