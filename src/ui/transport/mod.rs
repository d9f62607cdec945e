//! The transport: play, pause, step, speed, clock; and the one loop that looks at the wall clock.

mod model;
#[cfg(target_arch = "wasm32")]
mod playback;
#[cfg(target_arch = "wasm32")]
mod view;

pub use model::{Speed, clock};
#[cfg(target_arch = "wasm32")]
pub use {playback::run_playback, view::Transport};
