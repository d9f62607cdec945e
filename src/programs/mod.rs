//! What runs inside containers beyond the shell: languages, and the servers that pods share work through.
//!
//! Nothing here knows Kubernetes. A program is a state machine: it goes on when it is called, sees its container
//! through [`Host`], and says what it waits for. A server takes bytes and gives bytes ([`Server`]).

pub mod dates;
pub mod host;
pub mod javascript;
pub mod mongodb;
pub mod network;
pub mod perl;
pub mod python;
pub mod rabbitmq;
pub mod redis;
pub mod script;
pub mod server;
#[cfg(test)]
mod testing;

pub use host::{Host, Program, Step};
pub use network::Network;
pub use server::{History, Server};
