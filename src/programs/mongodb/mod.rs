//! MongoDB: collections of documents that several pods share; `mongosh`, whose scripts are JavaScript, and `mongoimport`.
//!
//! Over the wire goes JSON, a line for each command and each answer, with dates and object ids as MongoDB's Extended JSON
//! has them; not BSON.

mod address;
mod document;
mod import;
mod members;
mod pipeline;
mod server;
mod shell;
#[cfg(test)]
mod tests;

pub use import::Import;
pub use server::MongoDb;
pub use shell::Shell;
