//! What is wrong with a manifest that is applied on the server's side: there, types are checked before anything is decoded.
//!
//! In Kubernetes: `structured-merge-diff/typed/validate.go`, with the schema of `client-go/applyconfigurations`.

use super::shared::element;
use crate::api::schema::{Field, Merge, Of, Type, go};
use serde_json::Value;

/// Everything in a manifest that is of another type than it should be, and of each object one field that it does not have.
/// Which one of several is chance, as is the order; here it is the first.
pub fn mistyped(kind: &str, value: &Value) -> Vec<String> {
    let mut told = Vec::new();
    if let Some(of) = Type::of_kind(kind) {
        look(value, &Of::Object(of), Merge::Replace, "", &mut told);
    }
    told
}

/// `merge`: how the items of a list are told apart.
fn look(value: &Value, of: &Of, merge: Merge, path: &str, told: &mut Vec<String>) {
    let mut wrong = |why: String| told.push(format!("{path}: {why}"));
    let got = |wanted: &str| format!("expected {wanted}, got &{{{}}}", go::format_v(value));
    match (of, value) {
        (_, Value::Null) | (Of::Raw, _) => {}
        (Of::Text | Of::Word(_) | Of::Bytes, _) => match value {
            Value::String(_) => {}
            _ => wrong(format!("expected string, got &value.valueUnstructured{{Value:{}}}", go::format_sharp_v(value))),
        },
        (Of::Bool, Value::Bool(_)) | (Of::Int32 | Of::Int64, Value::Number(_)) => {}
        (Of::Bool, _) => wrong(got("boolean")),
        (Of::Int32 | Of::Int64, _) => wrong(format!("expected numeric (int or float), got {}", go::type_of(value))),
        (Of::Quantity | Of::IntOrString | Of::Time | Of::MicroTime, Value::Object(_) | Value::Array(_)) => {
            wrong(got("any scalar"));
        }
        (Of::Quantity | Of::IntOrString | Of::Time | Of::MicroTime, _) => {}
        (Of::List(of), Value::Array(items)) => look_through(items, of, merge, path, told),
        (Of::List(_), _) => wrong(got("list")),
        (Of::Map(_, of), Value::Object(entries)) => {
            for (key, entry) in entries {
                look(entry, of, Merge::Replace, &format!("{path}.{key}"), told);
            }
        }
        (Of::Object(of), Value::Object(fields)) => {
            let mut unknown = None;
            for (key, value) in fields {
                let path = format!("{path}.{key}");
                match of.field(key) {
                    Some(field) => look(value, &field.of, apart(of, field), &path, told),
                    None => _ = unknown.get_or_insert(path),
                }
            }
            told.extend(unknown.map(|path| format!("{path}: field not declared in schema")));
        }
        (Of::Map(..) | Of::Object(_), _) => wrong(got("map")),
    }
}

/// How the items of a field's list are told apart. Two lists differ in that from what strategic merge patches do.
fn apart(of: &Type, field: &Field) -> Merge {
    match (of.name, field.name) {
        ("PodFailurePolicyOnExitCodesRequirement", "values") => Merge::Set,
        ("ResourceRequirements", "claims") => Merge::By("name"),
        _ => field.merge,
    }
}

/// An item that cannot be told from others ends it: what comes after is not looked at.
fn look_through(items: &[Value], of: &Of, merge: Merge, path: &str, told: &mut Vec<String>) {
    let mut known: Vec<String> = Vec::new();
    for (i, item) in items.iter().enumerate() {
        let place = match (merge, item) {
            (Merge::Replace, _) => Ok(format!("[{i}]")),
            (Merge::Set, Value::Null) => Err("associative list without keys has an element that's an explicit null"),
            (Merge::Set, Value::Object(_)) => Err("associative list without keys has an element that's a map type"),
            (Merge::Set, Value::Array(_)) => Err("not supported: associative list with lists as elements"),
            (Merge::Set, _) => Ok(format!("[={item}]")),
            (Merge::By(key) | Merge::ByRetaining(key), Value::Object(_)) => Ok(element(key, item)),
            (_, Value::Null) => Err("associative list with keys may not have a null element"),
            _ => Err("associative list with keys may not have non-map elements"),
        };
        match place {
            Ok(place) => {
                if known.contains(&place) {
                    told.push(format!("{path}: duplicate entries for key {place}"));
                }
                look(item, of, Merge::Replace, &format!("{path}{place}"), told);
                known.push(place);
            }
            Err(why) => return told.push(format!("{path}: element {i}: {why}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn types_are_checked_before_anything_is_decoded() {
        let check = |spec: Value, expected: &[&str]| {
            assert_eq!(mistyped("Job", &json!({"kind": "Job", "spec": spec})), expected, "{spec}");
        };
        let pod = |pod: Value| json!({"template": {"spec": pod}});
        let numeric = ".spec.parallelism: expected numeric (int or float), got string";
        check(json!({"parallelism": 1.5, "suspend": null, "template": {}}), &[]);
        check(json!({"parallelism": "x"}), &[numeric]);
        check(
            json!({"foo": 1, "parallelism": "x", "suspend": "y", "bar": 2}),
            &[numeric, ".spec.suspend: expected boolean, got &{y}", ".spec.bar: field not declared in schema"],
        );
        check(
            json!({"completionMode": ["a", 1, null, {"b": true}]}),
            &[".spec.completionMode: expected string, got &value.valueUnstructured{Value:[]interface {}{\"a\", 1, \
               interface {}(nil), map[string]interface {}{\"b\":true}}}"],
        );
        check(json!({"template": [1]}), &[".spec.template: expected map, got &{[1]}"]);
        check(
            pod(json!({"containers": {"x": 1}})),
            &[".spec.template.spec.containers: expected list, got &{map[x:1]}"],
        );
        let containers = ".spec.template.spec.containers";
        check(
            pod(json!({"containers": [{"name": "a", "image": 1}, {"name": "a"}, null, {"name": 5}]})),
            &[
                &format!("{containers}[name=\"a\"].image: expected string, got &value.valueUnstructured{{Value:1}}"),
                &format!("{containers}: duplicate entries for key [name=\"a\"]"),
                &format!("{containers}: element 2: associative list with keys may not have a null element"),
            ],
        );
        let ports = json!([{"containerPort": 80}, {"containerPort": 80, "protocol": "UDP"}, {"containerPort": 80}]);
        check(
            pod(json!({"containers": [{"name": "a", "ports": ports}]})),
            &[&format!(
                "{containers}[name=\"a\"].ports: duplicate entries for key [containerPort=80,protocol=\"TCP\"]"
            )],
        );
        check(
            pod(json!({"containers": [{"x": 1}]})),
            &[&format!("{containers}[name=\"\"].x: field not declared in schema")],
        );
        let limits = json!({"limits": {"cpu": 1, "memory": "half", "x": []}});
        check(
            pod(json!({"containers": [{"name": "a", "resources": limits}]})),
            &[&format!("{containers}[name=\"a\"].resources.limits.x: expected any scalar, got &{{[]}}")],
        );
    }
}
