//! Reading scripts: text to a tree, and what is wrong with it in each shell's words.

mod parser;
mod tree;
mod word;

pub(super) use parser::{Mistake, Parser};
pub(super) use tree::*;
pub(super) use word::unescape;
