//! What the API server does to an object of each kind before it is stored: the fields it sets itself, those it will not
//! let others change, and admission.

use crate::api::Object;
use crate::sim::Timestamp;

/// Readies a new object: wipes its status, sets what only the server may set.
pub fn prepare_create(_now: Timestamp, _object: &mut Object) {}

/// Readies an update of `old`: keeps the old status, counts the generation when the spec has changed.
pub fn prepare_update(_new: &mut Object, _old: &Object) {}

/// Readies an update of the status of `old`: keeps everything but the status.
pub fn prepare_status_update(_new: &mut Object, _old: &Object) {}
