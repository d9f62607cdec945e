//! The manifest's editor. [`binding`] brings CodeMirror, which the page loads only when somebody edits.

pub mod binding;
