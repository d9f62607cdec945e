//! The Job controller's passes, and the rules they applied.

pub mod limits;
pub mod model;
#[cfg(target_arch = "wasm32")]
mod view;

#[cfg(target_arch = "wasm32")]
pub use view::{LastDecision, Limits, Why};
