//! Redis: lists, strings, sets and hashes that several pods share, and `redis-cli`.

mod cli;
mod commands;
mod protocol;
mod server;
#[cfg(test)]
mod tests;
mod words;

pub use cli::Cli;
pub use protocol::{Reply, request};
pub use server::Redis;
pub use words::split_arguments;
