//! What clusters of other versions do otherwise: the page has one version, its visitors have many.

pub mod model;
#[cfg(target_arch = "wasm32")]
mod view;

#[cfg(target_arch = "wasm32")]
pub use view::Versions;
