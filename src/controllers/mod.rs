//! The controllers: each turns what is wanted of its objects into what is, one step at a time.

pub mod cron_job;
pub mod disruption;
pub mod garbage_collector;
pub mod job;
pub mod namespace;
pub mod node_lifecycle;
pub mod pod_gc;
pub mod resource_quota;
pub mod stateful_set;
pub mod taint_eviction;
pub mod ttl_after_finished;
mod work_queue;

pub use work_queue::WorkQueue;
