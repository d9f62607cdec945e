//! Two runs on one clock, and where they differ.

pub mod model;
#[cfg(target_arch = "wasm32")]
mod view;

#[cfg(target_arch = "wasm32")]
pub use view::Compare;
