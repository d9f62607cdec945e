//! The scheduler: finds a node for each pod, or says why there is none (spec 03 §1).
//!
//! In Kubernetes: `pkg/scheduler`. One file per filter plugin, in the order in which they are asked; the first that
//! objects gives the reason. What is left out: volumes.

mod admission;
mod batch;
mod events;
mod filter;
mod hints;
mod neighbours;
mod node_affinity;
mod node_info;
mod node_name;
mod node_ports;
mod node_resources_fit;
mod node_unschedulable;
mod nodes;
mod plugins;
mod preemption;
mod queue;
mod resources;
mod scheduling;
mod score;
mod taint_toleration;
mod unfit;
#[cfg(test)]
mod tests;

pub use admission::objection;
pub use plugins::{PLUGINS, Plugins};
pub use scheduling::Scheduler;
