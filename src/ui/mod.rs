//! The page: Leptos, one folder per panel.
//!
//! What a panel says is plain data, built and tested natively; only what touches a browser is for wasm32 alone.

#[cfg(target_arch = "wasm32")]
pub mod editor;

#[cfg(target_arch = "wasm32")]
mod page;

#[cfg(target_arch = "wasm32")]
pub use page::main;
