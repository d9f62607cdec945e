//! Values spelled out as Kubernetes' internal Go types, in the order and with the names those have.
//!
//! A learner meets this once, and then never wants to again: `The Job "x" is invalid: spec.template: Invalid value:
//! {"labels":…,"Spec":{"Volumes":null,…}}: field is immutable`.

use super::{Field, Of, Type};
use crate::api::quantity;
use crate::api::validation::quoted;
use crate::api::yaml::{Step, print};
use serde_json::{Map, Value};

/// The field at a path (from the root of the kind) with this value, as JSON.
pub fn render(kind: &str, path: &[Step], value: &Value) -> String {
    let mut out = String::new();
    match super::field_at(kind, path) {
        Some(field) => write(&mut out, Some(value), &field.of, field.pointer),
        None => out = print::json_compact(value),
    }
    out
}

fn write(out: &mut String, value: Option<&Value>, of: &Of, pointer: bool) {
    let value = value.filter(|value| !value.is_null());
    match (of, value) {
        (Of::Object(of), _) if value.is_some() || !pointer => {
            let empty = Map::new();
            let map = value.and_then(Value::as_object).unwrap_or(&empty);
            out.push('{');
            let start = out.len();
            write_fields(out, start, map, of);
            out.push('}');
        }
        (Of::Quantity, Some(value)) => {
            print::write_json_text(out, &quantity::written(&quantity::spelling(value), quantity::NANO));
        }
        (Of::List(of), Some(Value::Array(items))) => {
            for (index, item) in items.iter().enumerate() {
                out.push(if index == 0 { '[' } else { ',' });
                write(out, Some(item), of, false);
            }
            out.push_str(if items.is_empty() { "[]" } else { "]" });
        }
        // An item by itself.
        (Of::List(of), Some(Value::Object(_))) => write(out, value, of, false),
        (Of::Map(_, of), Some(Value::Object(map))) => {
            for (index, (key, value)) in map.iter().enumerate() {
                out.push(if index == 0 { '{' } else { ',' });
                print::write_json_text(out, key);
                out.push(':');
                write(out, Some(value), of, false);
            }
            out.push_str(if map.is_empty() { "{}" } else { "}" });
        }
        (_, Some(value)) => out.push_str(&print::json_compact(value)),
        (_, None) if pointer => out.push_str("null"),
        (Of::Text | Of::Word(_), None) => out.push_str("\"\""),
        (Of::Bool, None) => out.push_str("false"),
        (Of::Int32 | Of::Int64 | Of::IntOrString, None) => out.push('0'),
        (Of::Quantity, None) => out.push_str("\"0\""),
        (_, None) => out.push_str("null"),
    }
}

/// Writes the fields of an object whose brace opened at `start`.
fn write_fields(out: &mut String, start: usize, map: &Map<String, Value>, of: &Type) {
    for field in of.fields.iter().filter(|field| !field.external) {
        let value = map.get(field.name);
        if field.inline {
            if let (Some(Value::Object(inner)), Of::Object(of)) = (value, &field.of) {
                write_fields(out, start, inner, of);
            }
            continue;
        }
        if of.tagged && value.is_none() {
            continue;
        }
        if out.len() > start {
            out.push(',');
        }
        print::write_json_text(out, &if of.tagged { field.name.to_owned() } else { go_name(field) });
        out.push(':');
        if of.name == "PodSpec" && field.name == "securityContext" {
            write_security_context(out, map, field);
        } else {
            write(out, value, &field.of, field.pointer);
        }
    }
}

/// Internally a pod's host fields stand in its security context, which is always there.
fn write_security_context(out: &mut String, pod: &Map<String, Value>, field: &Field) {
    out.push('{');
    let start = out.len();
    for name in ["hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace", "hostUsers"] {
        let default = Value::Bool(false);
        let value = pod.get(name).unwrap_or(if name.starts_with("host") && name != "hostUsers" {
            &default
        } else {
            &Value::Null
        });
        if out.len() > start {
            out.push(',');
        }
        print::write_json_text(out, &capitalised(name));
        out.push(':');
        out.push_str(&print::json_compact(value));
    }
    let empty = Map::new();
    if let Of::Object(of) = &field.of {
        write_fields(out, start, pod.get(field.name).and_then(Value::as_object).unwrap_or(&empty), of);
    }
    out.push('}');
}

fn go_name(field: &Field) -> String {
    if field.go.is_empty() { capitalised(field.name) } else { field.go.to_owned() }
}

fn capitalised(name: &str) -> String {
    let mut chars = name.chars();
    chars.next().map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + chars.as_str())
}

/// A value as Go's `%v` shows it, e.g. `map[spec:map[parallelism:two]]`: the patch in "The request is invalid: patch:
/// Invalid value".
pub fn format_v(value: &Value) -> String {
    match value {
        Value::Null => "<nil>".into(),
        Value::String(text) => text.clone(),
        Value::Array(items) => format!("[{}]", items.iter().map(format_v).collect::<Vec<_>>().join(" ")),
        Value::Object(map) => {
            let entries: Vec<String> = map.iter().map(|(key, value)| format!("{key}:{}", format_v(value))).collect();
            format!("map[{}]", entries.join(" "))
        }
        Value::Bool(_) | Value::Number(_) => print::json_compact(value),
    }
}

/// A value as Go's `%#v` shows it, e.g. `[]interface {}{"a", 1}`.
pub fn format_sharp_v(value: &Value) -> String {
    match value {
        Value::Null => "interface {}(nil)".into(),
        Value::String(text) => quoted(text),
        Value::Array(items) => {
            format!("[]interface {{}}{{{}}}", items.iter().map(format_sharp_v).collect::<Vec<_>>().join(", "))
        }
        Value::Object(map) => {
            let entries = map.iter().map(|(key, value)| format!("{}:{}", quoted(key), format_sharp_v(value)));
            format!("map[string]interface {{}}{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
        Value::Bool(_) | Value::Number(_) => print::json_compact(value),
    }
}

/// A value's type as Go's `%T` shows it.
pub fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "<nil>",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() => "float64",
        Value::Number(_) => "int64",
        Value::String(_) => "string",
        Value::Array(_) => "[]interface {}",
        Value::Object(_) => "map[string]interface {}",
    }
}
