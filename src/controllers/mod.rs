//! The controllers: each turns what is wanted of its objects into what is, one step at a time.

pub mod job;
mod work_queue;

pub use work_queue::WorkQueue;
