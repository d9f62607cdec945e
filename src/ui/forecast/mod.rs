//! What a run of the manifest would come to, said while it is being written.

pub mod model;
#[cfg(target_arch = "wasm32")]
mod view;

#[cfg(target_arch = "wasm32")]
pub use view::Forecast;
