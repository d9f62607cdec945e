//! What the scripting languages share: a syntax tree, its translation into small steps, and the machine that takes
//! them.
//!
//! The machine is plain data: it stops after any step, when its fuel is used up or when a script waits, and goes on
//! later from there. Python and JavaScript each bring a parser, the meaning of their operators ([`Language`]) and their
//! functions; what of a library is easier said in the language itself stands in a prelude.

mod compile;
mod heap;
mod machine;
mod tree;

pub use compile::{Code, compile};
pub use heap::{Heap, Key, Kind, Object, Ref, Table, Value};
pub use machine::{Answer, Args, Language, Link, Native, Raise, Script, Waiting};
pub use tree::*;
