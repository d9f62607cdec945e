//! The counters of a Job over time: active, ready, succeeded, failed, terminating, as step lines.

pub mod model;
#[cfg(target_arch = "wasm32")]
mod view;

#[cfg(target_arch = "wasm32")]
pub use view::Counters;
