//! The native tests: one binary, a module per topic. `tests/web.rs` is its sibling in the browser.

#![cfg(not(target_arch = "wasm32"))]

/// Data flows one way through the folders of `src/`.
mod layers;
/// Nodes that are lost, tainted, deleted.
mod nodes;
