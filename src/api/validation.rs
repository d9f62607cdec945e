//! Validation: what the API server refuses, in its own words.

use super::{FieldError, Object};

/// What is wrong with a new object, in the API server's order.
pub fn validate_create(_object: &Object) -> Vec<FieldError> {
    Vec::new()
}

/// What is wrong with the metadata of a new object, whose spec was found valid before.
pub fn validate_metadata(_object: &Object) -> Vec<FieldError> {
    Vec::new()
}

/// What is wrong with changing `old` into `new`.
pub fn validate_update(_new: &Object, _old: &Object) -> Vec<FieldError> {
    Vec::new()
}

/// What is right but worth a warning, without the word `Warning: `.
pub fn warnings(_object: &Object) -> Vec<String> {
    Vec::new()
}
