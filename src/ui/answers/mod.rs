//! Which field of a Job says that it is over, and how it ended.

pub mod model;
#[cfg(target_arch = "wasm32")]
mod view;

#[cfg(target_arch = "wasm32")]
pub use view::Answers;
