//! The Job controller's passes, and the rules they applied.

#[cfg(target_arch = "wasm32")]
mod view;

#[cfg(target_arch = "wasm32")]
pub use view::Why;
