//! The cluster: nodes with the pods on them, a lane for pods that have no node, and what can be done to either.

pub mod drawer;
pub mod ends;
pub mod model;
#[cfg(target_arch = "wasm32")]
mod behaviour;
#[cfg(target_arch = "wasm32")]
mod drawer_view;
#[cfg(target_arch = "wasm32")]
mod ends_view;
#[cfg(target_arch = "wasm32")]
mod flip;
pub mod probes;
pub mod rules;
pub mod unseen;
#[cfg(target_arch = "wasm32")]
mod view;

#[cfg(target_arch = "wasm32")]
pub use {
    behaviour::{BehaviourButton, BehaviourDialog},
    drawer_view::PodDrawer,
    view::{Cluster, class_of},
};
