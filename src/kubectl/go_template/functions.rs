//! What a template can call (`text/template/funcs.go`; `exists` and `base64decode` are kubectl's own).

use super::value::{Basic, LONGEST, TOO_LONG, Value};
use super::verbs;
use crate::sim::from_base64;
use serde_json::Value as Json;
use std::cmp::Ordering;

pub const FUNCTIONS: [&str; 21] = [
    "and",
    "base64decode",
    "call",
    "eq",
    "exists",
    "ge",
    "gt",
    "html",
    "index",
    "js",
    "le",
    "len",
    "lt",
    "ne",
    "not",
    "or",
    "print",
    "printf",
    "println",
    "slice",
    "urlquery",
];

/// How many arguments a function takes at least, and how many if not any number.
pub fn takes(name: &str) -> (usize, Option<usize>) {
    match name {
        "len" | "not" | "base64decode" => (1, Some(1)),
        "ne" | "lt" | "le" | "gt" | "ge" => (2, Some(2)),
        "print" | "println" | "html" | "js" | "urlquery" => (0, None),
        _ => (1, None),
    }
}

/// Whether an argument must be a text.
pub fn wants_text(name: &str, place: usize) -> bool {
    place == 0 && ["printf", "base64decode"].contains(&name)
}

/// Calls a function; `written` is its first argument as it stands in the template.
pub fn call<'a>(name: &str, arguments: Vec<Value<'a>>, written: &str) -> Result<Value<'a>, String> {
    let text = |text: String| {
        if text.len() > LONGEST { Err(TOO_LONG.to_owned()) } else { Ok(Value::Text(text.into())) }
    };
    let truth = |truth: bool| Ok(Value::Bool(truth));
    match (name, arguments.as_slice()) {
        ("not", [value]) => truth(!value.is_true()),
        ("len", [value]) => len(value).map(|len| Value::Int(len as i64)),
        ("index", [value, keys @ ..]) => index(value, keys),
        ("slice", [value, places @ ..]) => slice(value, places),
        ("exists", [value, keys @ ..]) => truth(exists(value, keys)),
        ("base64decode", [value]) => {
            let given = value.text().unwrap_or_default().as_bytes();
            if let Some(place) = no_base64(given) {
                return Err(format!("base64 decode failed: illegal base64 data at input byte {place}"));
            }
            text(String::from_utf8_lossy(&from_base64(given).unwrap_or_default()).into_owned())
        }
        ("eq", [_]) => Err("missing argument for comparison".into()),
        ("eq", [one, others @ ..]) => {
            for other in others {
                if is_equal(one, other)? {
                    return truth(true);
                }
            }
            truth(false)
        }
        ("ne", [one, other]) => truth(!is_equal(one, other)?),
        ("lt", [one, other]) => truth(compare(one, other)? == Some(Ordering::Less)),
        ("ge", [one, other]) => truth(compare(one, other)? != Some(Ordering::Less)),
        ("le", [one, other]) => truth(matches!(compare(one, other)?, Some(Ordering::Less | Ordering::Equal))),
        ("gt", [one, other]) => truth(!matches!(compare(one, other)?, Some(Ordering::Less | Ordering::Equal))),
        ("print", values) => text(print(values)?),
        ("println", values) => {
            let mut out = String::new();
            for (place, value) in values.iter().enumerate() {
                out.push_str(if place > 0 { " " } else { "" });
                out.push_str(&value.printed());
                if out.len() > LONGEST {
                    break;
                }
            }
            text(out + "\n")
        }
        ("printf", [format, values @ ..]) => text(verbs::format(format.text().unwrap_or_default(), values)),
        ("html", values) => text(print(&shown(values))?.chars().map(html).collect()),
        ("js", values) => text(print(&shown(values))?.chars().map(javascript).collect()),
        ("urlquery", values) => text(print(&shown(values))?.bytes().map(query).collect()),
        ("call", [Value::Nothing, ..]) => Err("call of nil".into()),
        ("call", [value, ..]) => Err(format!("non-function {written} of type {}", value.dynamic_type())),
        _ => Err("it is called with too few arguments".into()),
    }
}

/// Where a text is no base64: four signs, of which the last two may be filled up at the end. Line ends do not count.
fn no_base64(text: &[u8]) -> Option<usize> {
    let mut signs = text.iter().copied().enumerate().filter(|(_, byte)| !b"\r\n".contains(byte));
    let is_sign = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    loop {
        for place in 0..4 {
            let Some((at, byte)) = signs.next() else {
                return (place > 0).then_some(text.len() - place);
            };
            match (place, byte) {
                (_, byte) if is_sign(byte) => {}
                (0 | 1, _) => return Some(at),
                (2, b'=') => match signs.next() {
                    None => return Some(text.len()),
                    Some((_, b'=')) => return signs.next().map(|(at, _)| at),
                    Some((at, _)) => return Some(at),
                },
                (_, b'=') => return signs.next().map(|(at, _)| at),
                _ => return Some(at),
            }
        }
    }
}

/// What is escaped: nothing at all is `<no value>`.
fn shown<'a>(values: &[Value<'a>]) -> Vec<Value<'a>> {
    let shown = values.iter().map(|value| match value {
        Value::Nothing | Value::Any(Json::Null) => Value::Text("<no value>".into()),
        other => other.clone(),
    });
    shown.collect()
}

/// As `print` prints: blanks stand between what are no texts.
fn print(values: &[Value<'_>]) -> Result<String, String> {
    let mut out = String::new();
    for (place, value) in values.iter().enumerate() {
        if place > 0 && value.text().is_none() && values[place - 1].text().is_none() {
            out.push(' ');
        }
        out.push_str(&value.printed());
        if out.len() > LONGEST {
            return Err(TOO_LONG.into());
        }
    }
    Ok(out)
}

fn len(value: &Value<'_>) -> Result<usize, String> {
    if let Some(text) = value.text() {
        return Ok(text.len());
    }
    if let Some(items) = value.items() {
        return Ok(items.len());
    }
    match value {
        Value::Any(Json::Object(map)) | Value::Known(Json::Object(map)) => Ok(map.len()),
        Value::Any(Json::Null) => Err("len of nil pointer".into()),
        Value::Nothing => Err("reflect: call of reflect.Value.Type on zero Value".into()),
        other => Err(format!("len of type {}", other.dynamic_type())),
    }
}

fn index<'a>(value: &Value<'a>, keys: &[Value<'a>]) -> Result<Value<'a>, String> {
    let mut found = value.clone().known();
    if matches!(found, Value::Nothing) {
        return Err("index of untyped nil".into());
    }
    for key in keys {
        let key = key.clone().known();
        found = match &found {
            Value::Any(Json::Null) | Value::Nothing => return Err("index of nil pointer".into()),
            Value::Any(Json::Object(map)) | Value::Known(Json::Object(map)) => match key.text() {
                Some(name) => Value::Any(map.get(name).unwrap_or(&Json::Null)),
                None if matches!(key, Value::Nothing) => return Err("value is nil; should be of type string".into()),
                None => return Err(format!("value has type {}; should be string", key.dynamic_type())),
            },
            other => match (other.items(), other.text()) {
                (Some(items), _) => {
                    let place = place(&key, items.len())?;
                    items.get(place).map(Value::Any).ok_or("reflect: slice index out of range")?
                }
                (None, Some(text)) => {
                    let place = place(&key, text.len())?;
                    let byte = text.as_bytes().get(place).ok_or("reflect: string index out of range")?;
                    Value::Byte(*byte)
                }
                (None, None) => return Err(format!("can't index item of type {}", other.dynamic_type())),
            },
        };
    }
    Ok(found)
}

fn place(key: &Value<'_>, most: usize) -> Result<usize, String> {
    let number = match (key, key.int()) {
        (Value::Any(_), _) => return Err("cannot index slice/array with type interface {}".into()),
        (_, Some(number)) => number,
        (Value::Nothing, _) => return Err("cannot index slice/array with nil".into()),
        (other, _) => return Err(format!("cannot index slice/array with type {}", other.dynamic_type())),
    };
    let place = usize::try_from(number).ok().filter(|place| *place <= most);
    place.ok_or_else(|| format!("index out of range: {number}"))
}

fn slice<'a>(value: &Value<'a>, places: &[Value<'a>]) -> Result<Value<'a>, String> {
    let value = value.clone().known();
    let len = match (&value, value.items(), value.text()) {
        (Value::Nothing, ..) => return Err("slice of untyped nil".into()),
        _ if places.len() > 3 => return Err(format!("too many slice indexes: {}", places.len())),
        (_, _, Some(_)) if places.len() == 3 => return Err("cannot 3-index slice a string".into()),
        (_, Some(items), _) => items.len(),
        (_, _, Some(text)) => text.len(),
        (other, ..) => return Err(format!("can't slice item of type {}", other.dynamic_type())),
    };
    let mut ends = [0, len, len];
    for (end, given) in ends.iter_mut().zip(places) {
        *end = place(given, len)?;
    }
    let [start, end, most] = ends;
    if start > end {
        return Err(format!("invalid slice index: {start} > {end}"));
    }
    if end > most {
        return Err(format!("invalid slice index: {end} > {most}"));
    }
    Ok(match (value.items(), value.text()) {
        (Some(items), _) => Value::Slice(&items[start..end]),
        (_, text) => {
            let bytes = &text.unwrap_or_default().as_bytes()[start..end];
            Value::Text(String::from_utf8_lossy(bytes).as_ref().into())
        }
    })
}

fn exists(value: &Value<'_>, keys: &[Value<'_>]) -> bool {
    let made = value.text().map(|text| Json::String(text.into()));
    let mut found = value.json().or(made.as_ref());
    for key in keys {
        found = match (found, key.text(), key.int()) {
            // Bytes are there, too, but nothing is below them.
            (Some(Json::String(text)), _, Some(place)) => {
                usize::try_from(place).is_ok_and(|place| place < text.len()).then_some(&Json::Null)
            }
            (Some(Json::Object(map)), Some(name), _) => map.get(name),
            (Some(Json::Array(items)), _, Some(place)) => {
                usize::try_from(place).ok().and_then(|place| items.get(place))
            }
            _ => None,
        };
    }
    keys.is_empty() || found.is_some()
}

const UNLIKE: &str = "incompatible types for comparison";

fn is_equal(one: &Value<'_>, other: &Value<'_>) -> Result<bool, String> {
    let (one, other) = (one.clone().known(), other.clone().known());
    match (one.basic(), other.basic()) {
        (Basic::Other, Basic::Other) => match (&one, &other) {
            (Value::Nothing, _) | (_, Value::Nothing) => Ok(matches!((&one, &other), (Value::Nothing, Value::Nothing))),
            _ => Err(format!("non-comparable type {}: {}", one.printed(), one.dynamic_type())),
        },
        (Basic::Bool(_), Basic::Bool(_))
        | (Basic::Int(_), Basic::Int(_))
        | (Basic::Float(_), Basic::Float(_))
        | (Basic::Text(_), Basic::Text(_)) => Ok(one.basic() == other.basic()),
        _ if matches!(one, Value::Nothing) || matches!(other, Value::Nothing) => Ok(false),
        _ => Err(UNLIKE.into()),
    }
}

/// Which of two values comes first; nothing where one of them is no number.
fn compare(one: &Value<'_>, other: &Value<'_>) -> Result<Option<Ordering>, String> {
    let (one, other) = (one.clone().known(), other.clone().known());
    match (one.basic(), other.basic()) {
        (Basic::Int(one), Basic::Int(other)) => Ok(Some(one.cmp(&other))),
        (Basic::Float(one), Basic::Float(other)) => Ok(one.partial_cmp(&other)),
        (Basic::Text(one), Basic::Text(other)) => Ok(Some(one.cmp(other))),
        (Basic::Other, _) | (_, Basic::Other) | (Basic::Bool(_), Basic::Bool(_)) => {
            Err("invalid type for comparison".into())
        }
        _ => Err(UNLIKE.into()),
    }
}

fn html(sign: char) -> String {
    match sign {
        '\0' => "\u{fffd}".into(),
        '"' => "&#34;".into(),
        '\'' => "&#39;".into(),
        '&' => "&amp;".into(),
        '<' => "&lt;".into(),
        '>' => "&gt;".into(),
        other => other.into(),
    }
}

fn javascript(sign: char) -> String {
    match sign {
        '\\' => "\\\\".into(),
        '\'' => "\\'".into(),
        '"' => "\\\"".into(),
        '<' | '>' | '&' | '=' => format!("\\u{:04X}", u32::from(sign)),
        sign if sign < ' ' || sign.is_control() => format!("\\u{:04X}", u32::from(sign)),
        other => other.into(),
    }
}

fn query(byte: u8) -> String {
    match byte {
        b' ' => "+".into(),
        byte if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) => char::from(byte).into(),
        byte => format!("%{byte:02X}"),
    }
}
