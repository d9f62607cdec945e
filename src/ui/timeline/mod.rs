//! The timeline: a row per completion index (or slot), a bar per pod, the playhead, and what was done when.

pub mod axis;
pub mod fold;
pub mod heat;
mod marks;
pub mod model;
#[cfg(target_arch = "wasm32")]
mod paint;
pub mod phase;
mod track;
mod truth;
#[cfg(target_arch = "wasm32")]
mod view;
mod words;

#[cfg(target_arch = "wasm32")]
pub use view::{Scale, Timeline};
