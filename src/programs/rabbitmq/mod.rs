//! RabbitMQ: queues of messages that several pods share, and the programs of amqp-tools.

mod server;
#[cfg(test)]
mod tests;
mod tools;

pub use server::RabbitMq;
pub use tools::{TOOLS, Tool};
