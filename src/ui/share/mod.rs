//! Sharing: a link, a frame for another page, a file; and opening what was shared.

pub mod model;
#[cfg(target_arch = "wasm32")]
mod view;

#[cfg(target_arch = "wasm32")]
pub use view::{Share, follow_link};
