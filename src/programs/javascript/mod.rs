//! JavaScript: a subset that is large enough for the scripts that mongosh runs.
//!
//! Simulated are statements and expressions but for regular expressions, generators, labels, modules and `extends`;
//! `async` and `await` say nothing, as every call is waited for. What is not simulated is refused by its name.

mod inspect;
mod library;
mod parser;
mod semantics;

pub use inspect::{inspect, number_text};
pub use library::install;
pub use parser::{SyntaxError, parse};
pub use semantics::{JAVASCRIPT, text};
