//! KYAML, `-o kyaml`: YAML in brackets, which no indentation and no guess at a type can spoil. In Kubernetes:
//! `sigs.k8s.io/yaml/kyaml`.

use super::go_order;
use crate::api::yaml::scalar;
use serde_json::Value;

/// One document, with the line that begins it; `typed` as of JSON.
pub fn kyaml(value: &Value, typed: bool) -> String {
    let mut text = "---\n".to_owned();
    write(value, typed, 0, &mut text);
    text + "\n"
}

fn write(value: &Value, typed: bool, depth: usize, text: &mut String) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            text.push_str("{\n");
            let entries = if typed { go_order::entries(map) } else { map.iter().collect() };
            for (key, value) in entries {
                indent(depth + 1, text);
                match is_bare(key) {
                    true => text.push_str(key),
                    false => write_quoted(key, "\\n", None, text),
                }
                text.push_str(": ");
                write(value, typed, depth + 1, text);
                text.push_str(",\n");
            }
            indent(depth, text);
            text.push('}');
        }
        // Brackets of what is in brackets itself share their lines.
        Value::Array(items) if !items.is_empty() && items.iter().all(|item| item.is_object() || item.is_array()) => {
            text.push('[');
            for (i, item) in items.iter().enumerate() {
                text.push_str(if i > 0 { ", " } else { "" });
                write(item, typed, depth, text);
            }
            text.push(']');
        }
        Value::Array(items) if !items.is_empty() => {
            text.push_str("[\n");
            for item in items {
                indent(depth + 1, text);
                write(item, typed, depth + 1, text);
                text.push_str(",\n");
            }
            indent(depth, text);
            text.push(']');
        }
        Value::String(string) if string.contains('\n') => write_quoted(string, "\\n\\\n", Some(depth + 1), text),
        Value::String(string) => write_quoted(string, "", None, text),
        other => text.push_str(&other.to_string()),
    }
}

fn indent(depth: usize, text: &mut String) {
    text.push_str(&"  ".repeat(depth));
}

/// Writes a string between quotes; one of several lines is folded, its lines at a depth below each other.
fn write_quoted(string: &str, newline: &str, folded: Option<usize>, text: &mut String) {
    text.push('"');
    if folded.is_some() {
        text.push_str("\\\n");
    }
    for c in string.chars() {
        if let Some(depth) = folded.filter(|_| text.ends_with('\n')) {
            indent(depth, text);
            // The space that leads a line would be taken for indentation.
            text.push(if c.is_whitespace() && c != '\n' { '\\' } else { ' ' });
        }
        match c {
            '"' | '\\' => text.extend(['\\', c]),
            '\n' => text.push_str(newline),
            '\0' => text.push_str("\\0"),
            '\u{7}' => text.push_str("\\a"),
            '\u{8}' => text.push_str("\\b"),
            '\t' => text.push_str("\\t"),
            '\u{b}' => text.push_str("\\v"),
            '\u{c}' => text.push_str("\\f"),
            '\r' => text.push_str("\\r"),
            '\u{1b}' => text.push_str("\\e"),
            '\u{85}' => text.push_str("\\N"),
            '\u{a0}' => text.push_str("\\_"),
            '\u{2028}' => text.push_str("\\L"),
            '\u{2029}' => text.push_str("\\P"),
            c if c.is_ascii_control() => text.push_str(&format!("\\x{:02x}", u32::from(c))),
            c if c.is_control() => text.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => text.push(c),
        }
    }
    if let Some(depth) = folded {
        if !text.ends_with('\n') {
            text.push_str("\\\n");
        }
        indent(depth, text);
    }
    text.push('"');
}

/// Whether a key needs no quotes: nobody could take it for anything but a word.
fn is_bare(key: &str) -> bool {
    let is_word = scalar::is_text(key) && !scalar::is_base_60(key) && !["t", "T", "f", "F"].contains(&key);
    let is_inside = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/');
    let is_edge = |c: char| c.is_alphanumeric() || c == '_';
    is_word && key.chars().all(is_inside) && key.starts_with(is_edge) && key.ends_with(is_edge)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_nested_is_bracketed() {
        let check =
            |value: Value, expected: &str| assert_eq!(kyaml(&value, false), format!("---\n{expected}\n"), "{value}");
        check(json!({}), "{}");
        check(json!({"a": [], "b": {}, "c": null, "d": 1.5}), "{\n  a: [],\n  b: {},\n  c: null,\n  d: 1.5,\n}");
        check(
            json!({"items": [{"name": "a"}, {"command": ["sh", "-c"]}]}),
            "{\n  items: [{\n    name: \"a\",\n  }, {\n    command: [\n      \"sh\",\n      \"-c\",\n    ],\n  }],\n}",
        );
        check(
            json!({"batch.kubernetes.io/job-name": "y", "on": "x\ty", "12": "\"", "f:spec": ""}),
            "{\n  \"12\": \"\\\"\",\n  batch.kubernetes.io/job-name: \"y\",\n  \"f:spec\": \"\",\n  \"on\": \"x\\ty\",\n}",
        );
        check(
            json!({"script": "echo 1\n  sleep 2\n"}),
            "{\n  script: \"\\\n     echo 1\\n\\\n    \\  sleep 2\\n\\\n    \",\n}",
        );
        check(json!({"script": "a\nb"}), "{\n  script: \"\\\n     a\\n\\\n     b\\\n    \",\n}");
    }
}
