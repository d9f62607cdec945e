//! Defaults: what the API server fills in.

use super::Object;

/// Fills in what a manifest left out.
pub fn set_defaults(_object: &mut Object) {}
