//! What `kubectl apply` has applied last: it stands in an annotation of the object.

use super::failure::Outcome;
use crate::api::Object;
use crate::api::patch::three_way;
use crate::api::yaml::print;
use serde_json::{Value, json};

/// The annotation that holds what was applied last.
pub const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Notes in a manifest what it says.
pub fn note(value: &mut Value) {
    bare(value);
    let text = print::json_compact(value) + "\n";
    value["metadata"]["annotations"][LAST_APPLIED] = text.into();
}

/// Makes of a manifest what is noted of it: with annotations, but without that note. One that is null is an empty text.
pub fn bare(value: &mut Value) {
    let Some(map) = value.as_object_mut() else { return };
    let metadata = map.entry("metadata").or_insert_with(|| json!({}));
    let Some(metadata) = metadata.as_object_mut() else { return };
    let annotations = metadata.entry("annotations").or_insert_with(|| json!({}));
    if annotations.is_null() {
        *annotations = json!({});
    }
    if let Some(annotations) = annotations.as_object_mut() {
        annotations.remove(LAST_APPLIED);
        annotations.values_mut().filter(|text| text.is_null()).for_each(|text| *text = "".into());
    }
}

/// Whether a manifest says itself what was applied last.
pub fn is_written(value: &Value) -> bool {
    value["metadata"]["annotations"][LAST_APPLIED].as_str().is_some_and(|text| !text.is_empty())
}

/// What an object was when it was applied last; nothing, if it never was.
pub fn of(object: &Object) -> Value {
    let noted = object.metadata().annotations.get(LAST_APPLIED);
    noted.and_then(|text| serde_json::from_str(text).ok()).unwrap_or(Value::Null)
}

/// The patch that makes of an object what a manifest says, noted or not.
pub fn patch_to(live: &Object, value: &Value) -> Outcome<Value> {
    Ok(three_way(live.kind().resource().name, &of(live), value, &live.to_value())?)
}

/// Whether an object was made by `apply` or with `--save-config`.
pub fn is_noted(object: &Object) -> bool {
    object.metadata().annotations.contains_key(LAST_APPLIED)
}
