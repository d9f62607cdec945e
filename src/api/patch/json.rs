//! JSON patches (RFC 6902) with the liberties that Kubernetes takes: `replace` of a missing key adds it, and `-1` is the
//! last item of a list. In Kubernetes: `gopkg.in/evanphx/json-patch.v4`.

use super::PatchError;
use crate::api::schema::json_type;
use serde_json::{Map, Value};

/// The members of an operation that are texts.
const TEXTS: [&str; 3] = ["op", "path", "from"];

/// Applies a list of operations, all or none.
pub fn json(original: &Value, patch: &Value) -> Result<Value, PatchError> {
    let mut document = original.clone();
    for operation in operations(patch)? {
        apply(&mut document, operation).map_err(PatchError::Invalid)?;
    }
    Ok(document)
}

/// What the API server warns of in a JSON patch: members that no operation has.
pub fn unknown_members(patch: &Value) -> Vec<String> {
    let operations = patch.as_array().into_iter().flatten().enumerate();
    let members = operations.flat_map(|(i, operation)| {
        let names = operation.as_object().into_iter().flat_map(Map::keys);
        names.filter(|name| *name != "value" && !TEXTS.contains(&name.as_str())).map(move |name| (i, name))
    });
    members.map(|(i, name)| format!("json patch unknown field \"[{i}].{name}\"")).collect()
}

/// The operations of a patch, each of which is an object that says what, and where.
fn operations(patch: &Value) -> Result<&[Value], PatchError> {
    let wrong = |value: &Value, wanted: &str| {
        let found = json_type(value);
        Err(PatchError::BadRequest(format!("error decoding patch: json: cannot unmarshal {found} into Go {wanted}")))
    };
    let Value::Array(operations) = patch else { return wrong(patch, "value of type []handlers.jsonPatchOp") };
    for operation in operations {
        match operation {
            Value::Object(members) => {
                let is_text = |(name, value): &(&String, &Value)| {
                    !TEXTS.contains(&name.as_str()) || value.is_string() || value.is_null()
                };
                if let Some((name, value)) = members.iter().find(|member| !is_text(member)) {
                    return wrong(value, &format!("struct field jsonPatchOp.{name} of type string"));
                }
            }
            Value::Null => {}
            _ => return wrong(operation, "value of type handlers.jsonPatchOp"),
        }
    }
    Ok(operations)
}

fn apply(document: &mut Value, operation: &Value) -> Result<(), String> {
    let kind = operation.get("op").and_then(Value::as_str).unwrap_or("unknown");
    let path_of = |key: &str| {
        let path = operation.get(key).and_then(Value::as_str);
        path.ok_or_else(|| format!("{kind} operation failed to decode path: missing value"))
    };
    let value = || operation.get("value").cloned().unwrap_or(Value::Null);
    let path = path_of("path")?;
    let missing_path =
        |path: &str| format!("{kind} operation does not apply: doc is missing path: {path}: missing value");
    let failed = |why: String| format!("error in {kind} for path: '{path}': {why}");
    match kind {
        "add" => {
            add(parent(document, path).ok_or_else(|| missing_path(&format!("{path:?}")))?, value()).map_err(failed)
        }
        "remove" => {
            let place = parent(document, path).ok_or_else(|| missing_path(&format!("{path:?}")))?;
            remove(place).map(|_| ()).map_err(failed)
        }
        "replace" => {
            let (within, key) = parent(document, path).ok_or_else(|| missing_path(path))?;
            match within {
                Value::Object(map) => _ = map.insert(key, value()),
                _ => {
                    *item(within, &key).ok_or_else(|| {
                        format!("replace operation does not apply: doc is missing key: {path}: missing value")
                    })? = value()
                }
            }
            Ok(())
        }
        "move" | "copy" => {
            let from = path_of("from")?;
            let missing =
                || format!("{kind} operation does not apply: doc is missing from path: {from}: missing value");
            let place = parent(document, from).ok_or_else(missing)?;
            let value = match kind {
                "move" => remove(place).map_err(|why| format!("error in move for path: '{path}': {why}"))?,
                _ => get(place.0, &place.1).cloned().ok_or_else(missing)?,
            };
            let missing =
                || format!("{kind} operation does not apply: doc is missing destination path: {path}: missing value");
            add(parent(document, path).ok_or_else(missing)?, value).map_err(failed)
        }
        "test" => {
            let (within, key) = parent(document, path).ok_or_else(|| missing_path(path))?;
            let found = get(within, &key).unwrap_or(&Value::Null);
            if *found == value() { Ok(()) } else { Err(format!("testing value {path} failed: test failed")) }
        }
        _ => Err(format!("Unexpected kind: {kind}")),
    }
}

/// The collection that a path ends in, and the last key.
fn parent<'a>(document: &'a mut Value, path: &str) -> Option<(&'a mut Value, String)> {
    let (before, key) = path.rsplit_once('/')?;
    let decode = |part: &str| part.replace("~1", "/").replace("~0", "~");
    let mut within = document;
    for part in before.split('/').skip(1) {
        let part = decode(part);
        within = match within {
            Value::Object(map) => map.get_mut(&part)?,
            _ => item(within, &part)?,
        };
    }
    matches!(within, Value::Object(_) | Value::Array(_)).then(|| (within, decode(key)))
}

fn get<'a>(within: &'a Value, key: &str) -> Option<&'a Value> {
    match within {
        Value::Object(map) => map.get(key),
        Value::Array(items) => items.get(position(key, items.len()).ok()?),
        _ => None,
    }
}

fn item<'a>(within: &'a mut Value, key: &str) -> Option<&'a mut Value> {
    let Value::Array(items) = within else { return None };
    let at = position(key, items.len()).ok()?;
    items.get_mut(at)
}

/// An index into a list of that length; negative ones count from the end.
fn position(key: &str, length: usize) -> Result<usize, String> {
    let index: i64 = key.parse().map_err(|_| format!("strconv.Atoi: parsing {key:?}: invalid syntax"))?;
    let at = if index < 0 { index + length as i64 } else { index };
    let found = usize::try_from(at).ok().filter(|at| *at < length);
    found.ok_or_else(|| format!("Unable to access invalid index: {index}: invalid index referenced"))
}

fn add((within, key): (&mut Value, String), value: Value) -> Result<(), String> {
    match within {
        Value::Object(map) => _ = map.insert(key, value),
        Value::Array(items) if key == "-" => items.push(value),
        Value::Array(items) => {
            let at = position(&key, items.len() + 1)?;
            items.insert(at, value);
        }
        _ => {}
    }
    Ok(())
}

fn remove((within, key): (&mut Value, String)) -> Result<Value, String> {
    match within {
        Value::Array(items) => {
            let at = position(&key, items.len())?;
            Ok(items.remove(at))
        }
        Value::Object(map) => {
            map.remove(&key).ok_or_else(|| format!("Unable to remove nonexistent key: {key}: missing value"))
        }
        _ => Ok(Value::Null),
    }
}
