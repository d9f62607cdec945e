//! The sentences around decoding errors, of kubectl and of the API server (spec 01 §7).

use super::Problem;
use crate::api::yaml::print;
use serde_json::Value;

/// What kubectl says about an object without `apiVersion` or `kind`, after `error validating "‹file›": `; if it says anything.
pub fn validation_error(object: &Value) -> Option<String> {
    let mut found = Vec::new();
    look_at(object, &mut found);
    let found = match found.as_slice() {
        [] => return None,
        [one] => one.clone(),
        several => format!("[{}]", several.join(", ")),
    };
    Some(format!(
        "error validating data: {found}; if you choose to ignore these errors, turn validation off with --validate=false"
    ))
}

fn look_at(object: &Value, found: &mut Vec<String>) {
    let Value::Object(fields) = object else { return found.push("invalid object to validate".into()) };
    let mut look = |name: &str| match fields.get(name) {
        None | Some(Value::Null) => found.push(format!("{name} not set")),
        Some(Value::String(text)) if name == "apiVersion" && text.matches('/').count() > 1 => {
            found.push(format!("unexpected GroupVersion string: {text}"));
        }
        Some(Value::String(_)) => {}
        Some(_) => found.push(format!("{name} isn't string type")),
    };
    look("apiVersion");
    look("kind");
    let is_list = fields.get("kind").and_then(Value::as_str) == Some("List");
    match fields.get("items").filter(|_| is_list) {
        Some(Value::Array(items)) => items.iter().for_each(|item| look_at(item, found)),
        _ if is_list && found.is_empty() => found.push("invalid object to validate".into()),
        _ => {}
    }
}

/// Why kubectl cannot tell the kind of what it is to send; nothing if it can.
pub fn undecodable(value: &Value) -> Option<String> {
    let found = match value {
        Value::Object(fields) => {
            let word = |field: &str| fields.get(field).and_then(Value::as_str).unwrap_or_default();
            let unknown = word("kind").is_empty() || word("apiVersion").matches('/').count() > 1;
            return unknown.then(|| format!("Object 'Kind' is missing in '{}'", print::json_compact(value)));
        }
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
    };
    Some(format!("json: cannot unmarshal {found} into Go value of type unstructured.detector"))
}

/// What kubectl says about a kind that the server does not have.
pub fn no_such_kind(kind: &str, api_version: &str, name: &str, namespace: &str, file: &str) -> String {
    format!(
        "resource mapping not found for name: {name:?} namespace: {namespace:?} from {file:?}: \
         no matches for kind {kind:?} in version {api_version:?}\nensure CRDs are installed first"
    )
}

/// What kubectl says about an object whose metadata it cannot read itself.
pub fn cannot_decode(file: &str, why: &str) -> String {
    format!("unable to decode \"{file}\": {why}")
}

/// What the API server says about an object that it cannot decode, or not strictly.
pub fn cannot_be_handled(kind: &str, api_version: &str, why: &str) -> String {
    let version = api_version.rsplit('/').next().unwrap_or(api_version);
    format!("{kind} in version {version:?} cannot be handled as a {kind}: {why}")
}

/// The unknown fields of an object as one error.
pub fn strict_decoding_error(unknown: &[Problem]) -> String {
    let texts: Vec<&str> = unknown.iter().map(|problem| problem.text.as_str()).collect();
    format!("strict decoding error: {}", texts.join(", "))
}
