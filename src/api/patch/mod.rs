//! Changing an object by saying only what is different: the three kinds of `kubectl patch`, and what `kubectl apply` sends.
//!
//! * [`merge`] (`--type=merge`): mappings are merged, everything else is replaced, `null` removes. RFC 7386.
//! * [`strategic()`] (the default): the same, but lists such as `containers` are merged item by item.
//! * [`json`] (`--type=json`): a list of operations. RFC 6902.
//! * [`three_way`]: the strategic patch from what was applied last to what is applied now.
//!
//! In Kubernetes: `apiserver/pkg/endpoints/handlers/patch.go`, `apimachinery/pkg/util/strategicpatch`.

mod diff;
mod json;
mod shared;
mod strategic;
mod typed;

pub use diff::three_way;
pub use json::{json, unknown_members};
pub use shared::shared_fields;
pub use strategic::strategic;
pub use typed::mistyped;

use crate::api::schema::json_type;
use serde_json::{Map, Value};

/// Why a patch does not apply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PatchError {
    /// A bad request, with its message.
    BadRequest(String),
    /// A JSON patch that the object refuses. kubectl shows no more of it than `The request is invalid: the server rejected
    /// our request due to an error in our request`; this is what it keeps to itself.
    Invalid(String),
    /// An error the API server did not foresee: `Error from server: ‹message›`.
    Other(String),
}

/// Merges as RFC 7386 says.
pub fn merge(original: &Value, patch: &Value) -> Result<Value, PatchError> {
    if !patch.is_object() {
        return Err(no_map("error decoding patch: ", patch));
    }
    Ok(merged(original.clone(), patch))
}

/// A patch that should be a map and is none.
fn no_map(prefix: &str, patch: &Value) -> PatchError {
    let found = json_type(patch);
    PatchError::BadRequest(format!(
        "{prefix}json: cannot unmarshal {found} into Go value of type map[string]interface {{}}"
    ))
}

fn merged(original: Value, patch: &Value) -> Value {
    let Value::Object(patch) = patch else { return patch.clone() };
    let mut object = match original {
        Value::Object(object) => object,
        _ => Map::new(),
    };
    for (key, value) in patch {
        if value.is_null() {
            object.remove(key);
        } else {
            let before = object.remove(key).unwrap_or(Value::Null);
            object.insert(key.clone(), merged(before, value));
        }
    }
    Value::Object(object)
}

#[cfg(test)]
mod tests;
