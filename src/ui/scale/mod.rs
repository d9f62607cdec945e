//! What becomes of a Job if its size is changed: `completions` and `parallelism`, each alone or both together.

pub mod model;
#[cfg(target_arch = "wasm32")]
mod view;

#[cfg(target_arch = "wasm32")]
pub use view::Scale;
