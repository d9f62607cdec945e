//! The manifest's editor. [`binding`] brings CodeMirror, which the page loads only when somebody edits.

#[cfg(target_arch = "wasm32")]
pub mod binding;
pub mod check;
pub mod complete;
pub mod fix;
pub mod samples;
#[cfg(target_arch = "wasm32")]
mod view;

#[cfg(target_arch = "wasm32")]
pub use view::{Files, Manifest};
