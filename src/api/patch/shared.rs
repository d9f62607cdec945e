//! Which fields a server-side apply shares with an object, and how the API server calls them.
//!
//! In Kubernetes: `structured-merge-diff/fieldpath/element.go`.

use super::strategic::look_up;
use crate::api::schema::Type;
use crate::sim::Map;
use serde_json::Value;

/// Mappings that change as a whole.
const WHOLE: [&str; 3] = ["labelSelector", "nodeSelector", "selector"];

/// The fields that both `value` and `live` have, by path, and whether they are the same in both. Paths are in the API
/// server's form: `.spec.template.spec.containers[name="main"].image`.
pub fn shared_fields(kind: &str, value: &Value, live: &Value) -> Map<String, bool> {
    let (of, mut found) = (Type::of_kind(kind), Map::new());
    for key in keys(value).filter(|key| !matches!(key.as_str(), "apiVersion" | "kind" | "metadata" | "status")) {
        compare(&mut found, "", of, key, value, live);
    }
    for key in ["annotations", "labels"] {
        compare(&mut found, ".metadata", None, key, &value["metadata"], &live["metadata"]);
    }
    found
}

fn keys(value: &Value) -> impl Iterator<Item = &String> {
    value.as_object().into_iter().flat_map(|map| map.keys())
}

fn compare(
    found: &mut Map<String, bool>,
    path: &str,
    within: Option<&'static Type>,
    key: &str,
    value: &Value,
    live: &Value,
) {
    let (of, merge) = look_up(within, key);
    let path = format!("{path}.{key}");
    let (value, live) = (&value[key], &live[key]);
    match (value, live, merge.key()) {
        (Value::Null, ..) | (_, Value::Null, _) => {}
        (Value::Object(_), Value::Object(_), _) if !WHOLE.contains(&key) => {
            keys(value).for_each(|key| compare(found, &path, of, key, value, live));
        }
        (Value::Array(items), Value::Array(lives), Some(by)) => {
            for item in items {
                let Some(live) = lives.iter().find(|live| live[by] == item[by]) else { continue };
                let path = format!("{path}{}", element(by, live));
                keys(item).for_each(|key| compare(found, &path, of, key, item, live));
            }
        }
        _ => _ = found.insert(path, value == live),
    }
}

/// How a path tells which item of a list it means.
pub(super) fn element(key: &str, item: &Value) -> String {
    let member = |key: &str, default: &str| match item.get(key) {
        Some(value) => format!("{key}={value}"),
        None => format!("{key}={default}"),
    };
    match key {
        "containerPort" => format!("[{},{}]", member(key, "0"), member("protocol", r#""TCP""#)),
        "topologyKey" => format!("[{},{}]", member(key, r#""""#), member("whenUnsatisfiable", r#""""#)),
        _ => format!("[{}]", member(key, r#""""#)),
    }
}
