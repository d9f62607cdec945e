//! Redis: lists, strings, sets and hashes that several pods share, and `redis-cli`.

mod cli;
mod commands;
mod protocol;
mod server;
#[cfg(test)]
mod tests;

pub use cli::{Cli, split_arguments};
pub use protocol::{Reply, request};
pub use server::Redis;
