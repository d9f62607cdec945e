//! The timeline: a row per completion index (or slot), a bar per pod, the playhead, and what was done when.

pub mod axis;
pub mod fold;
pub mod heat;
pub mod model;
#[cfg(target_arch = "wasm32")]
mod paint;
mod truth;
#[cfg(target_arch = "wasm32")]
mod view;

#[cfg(target_arch = "wasm32")]
pub use view::{Scale, Timeline};
