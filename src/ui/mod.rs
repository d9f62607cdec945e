//! The page: Leptos, one folder per panel.
//!
//! What a panel says is plain data (its `model.rs`), built and tested natively; only what touches a browser (its
//! `view.rs`) is for wasm32 alone. The session is all that panels share.

pub mod answers;
pub mod calendar;
pub mod census;
pub mod cluster;
pub mod compare;
pub mod console;
pub mod counters;
pub mod deed;
pub mod editor;
pub mod events;
pub mod first;
pub mod forecast;
pub mod lesson;
pub mod scale;
pub mod share;
pub mod status;
pub mod timeline;
pub mod transport;
pub mod versions;
pub mod why;

#[cfg(test)]
mod testing;

#[cfg(target_arch = "wasm32")]
mod app;
#[cfg(target_arch = "wasm32")]
pub mod desk;
#[cfg(target_arch = "wasm32")]
pub mod focus;
#[cfg(target_arch = "wasm32")]
mod help;
#[cfg(target_arch = "wasm32")]
mod later;
#[cfg(target_arch = "wasm32")]
pub mod links;
#[cfg(target_arch = "wasm32")]
pub mod menu;
#[cfg(target_arch = "wasm32")]
pub mod palette;
#[cfg(target_arch = "wasm32")]
pub mod parts;
#[cfg(target_arch = "wasm32")]
pub mod session;

#[cfg(target_arch = "wasm32")]
pub use app::main;
