//! Nodes: the kubelets, and what the programs in containers do.
//!
//! A kubelet knows its pods and nothing of Jobs' rules; that a pod belongs to a Job only matters to the behaviour that a
//! scenario states for it.

pub mod behaviour;
mod containerd;
mod downward;
pub mod environment;
mod events;
pub mod images;
mod kubelets;
mod logs;
mod node_object;
mod pressure;
mod probe;
mod profile;
mod provisions;
pub mod runtime;
#[cfg(test)]
mod tests;
mod unseen;
pub mod volumes;
mod worker;

pub use behaviour::{Behaviour, DecidedBy, Match, Rule, Run, Seconds, Sigterm, Stuck};
pub use containerd::{PROGRAMS, local_program, programs_of};
pub use kubelets::{Decision, EXCEPTIONS, Exceptions, Kubelets, Objection};
pub use logs::Log;
pub use node_object::{NodeSize, healthy, node_object};
pub use profile::Profile;
pub use provisions::{PROVISIONS, Provisions};
pub use unseen::{Truth, Unseen, UnseenPod, Veil};
