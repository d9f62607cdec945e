//! The lesson: prose, a prediction, the gap between it and the run.

pub mod model;
#[cfg(target_arch = "wasm32")]
mod view;

#[cfg(target_arch = "wasm32")]
pub use view::{Lesson, Reader};
