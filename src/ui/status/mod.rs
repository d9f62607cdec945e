//! What the Job says about itself.

pub mod doing;
pub mod model;
pub mod record;
#[cfg(target_arch = "wasm32")]
mod record_view;
#[cfg(target_arch = "wasm32")]
mod view;

#[cfg(target_arch = "wasm32")]
pub use record_view::Record;
#[cfg(target_arch = "wasm32")]
pub use view::Status;
