//! Events, as `kubectl describe` prints them.

pub mod model;
#[cfg(target_arch = "wasm32")]
mod view;

#[cfg(target_arch = "wasm32")]
pub use view::{Events, events_badge};
