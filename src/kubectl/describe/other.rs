//! Descriptions of the types that play no part in a Job's life: what they have, field by field.

use super::Sheet;
use crate::api::{Kind, Object};
use crate::kubectl::jsonpath::word;
use serde_json::{Map, Value};

/// Everything but the events.
pub fn describe(object: &Object, sheet: &mut Sheet) {
    let metadata = object.metadata();
    sheet.field("Name", &metadata.name);
    if object.kind().resource().namespaced {
        sheet.field("Namespace", &metadata.namespace);
    }
    sheet.labels("Labels", &metadata.labels);
    sheet.annotations("Annotations", &metadata.annotations);
    let value = object.to_value();
    let Value::Object(map) = &value else { return };
    if object.kind() == Kind::ConfigMap {
        return data(map, sheet);
    }
    for (key, value) in map {
        if !["apiVersion", "kind", "metadata"].contains(&key.as_str()) {
            field(key, value, "", sheet);
        }
    }
}

/// The keys of a ConfigMap with their texts.
fn data(map: &Map<String, Value>, sheet: &mut Sheet) {
    sheet.line("\nData\n====");
    for (key, text) in map.get("data").and_then(Value::as_object).into_iter().flatten() {
        sheet.line(format!("{key}:\n----\n{}\n", word(text)));
    }
    sheet.line("\nBinaryData\n====\n");
}

/// A field and what is in it, each level two blanks further in.
fn field(key: &str, value: &Value, indent: &str, sheet: &mut Sheet) {
    let title = format!("{indent}{}", title(key));
    let deeper = format!("{indent}  ");
    match value {
        Value::Object(map) if !map.is_empty() => {
            sheet.line(format!("{title}:"));
            map.iter().for_each(|(key, value)| field(key, value, &deeper, sheet));
        }
        Value::Array(items) if items.iter().any(Value::is_object) => {
            sheet.line(format!("{title}:"));
            for item in items.iter().filter_map(Value::as_object) {
                item.iter().for_each(|(key, value)| field(key, value, &deeper, sheet));
            }
        }
        Value::Array(items) => {
            sheet.line(format!("{title}:"));
            items.iter().for_each(|item| sheet.line(format!("{deeper}{}", word(item))));
        }
        Value::Object(_) | Value::Null => {}
        other => sheet.field(&title, word(other)),
    }
}

/// `clusterIP` as words: `Cluster IP`.
fn title(key: &str) -> String {
    let mut words = String::new();
    let mut last_lower = false;
    for (i, c) in key.chars().enumerate() {
        if c.is_uppercase() && last_lower {
            words.push(' ');
        }
        last_lower = c.is_lowercase();
        words.extend(if i == 0 { c.to_uppercase().next() } else { Some(c) });
    }
    words
}
