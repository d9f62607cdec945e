//! How mongosh shows values: as Node.js' `inspect` does, with the types of MongoDB.

use super::semantics::text;
use crate::programs::script::*;

/// The longest line that is not broken.
const LINE: usize = 80;

/// How deep objects are shown.
const DEPTH: usize = 6;

/// A value as it is shown.
pub fn inspect(script: &Script, value: Value) -> String {
    shown(script, value, 0, 0).0
}

/// A number as text.
pub fn number_text(number: f64) -> String {
    if number.is_nan() {
        return "NaN".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "Infinity" } else { "-Infinity" }.to_owned();
    }
    if number != 0.0 && !(1e-6..1e21).contains(&number.abs()) {
        let written = format!("{number:e}");
        return match written.split_once('e') {
            Some((digits, exponent)) if !exponent.starts_with('-') => format!("{digits}e+{exponent}"),
            _ => written,
        };
    }
    format!("{number}")
}

/// A text in quotes.
fn quoted(text: &str) -> String {
    let quote = match (text.contains('\''), text.contains('"'), text.contains('`')) {
        (false, ..) => '\'',
        (true, false, _) => '"',
        (true, true, false) => '`',
        _ => '\'',
    };
    let mut out = String::from(quote);
    for symbol in text.chars() {
        match symbol {
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            '\\' => out.push_str("\\\\"),
            _ if symbol == quote => out.extend(['\\', symbol]),
            _ => out.push(symbol),
        }
    }
    out.push(quote);
    out
}

fn is_identifier(name: &str) -> bool {
    let mut symbols = name.chars();
    symbols.next().is_some_and(|first| first.is_alphabetic() || first == '_' || first == '$')
        && symbols.all(|symbol| symbol.is_alphanumeric() || symbol == '_' || symbol == '$')
}

/// The text, and how many levels of objects are in it.
fn shown(script: &Script, value: Value, depth: usize, indent: usize) -> (String, usize) {
    let Value::Ref(_) = value else { return (text(script, value), 0) };
    let deep = |items: bool| (if items { "[Array]" } else { "[Object]" }.to_owned(), 0);
    match script.heap.object(value) {
        Object::Str(text) => (quoted(text), 0),
        Object::Foreign { kind: "Date", .. } => (format!("ISODate(\"{}\")", text(script, value)), 0),
        Object::Foreign { kind: "ObjectId", .. } => (format!("ObjectId(\"{}\")", text(script, value)), 0),
        Object::Function { code, .. } => match code.name.rsplit('\n').next() {
            None | Some("") => ("[Function (anonymous)]".to_owned(), 0),
            Some(name) => (format!("[Function: {name}]"), 0),
        },
        Object::Native(native) => (format!("[Function: {}]", native.name), 0),
        Object::List(_) if depth > DEPTH => deep(true),
        Object::List(items) if items.is_empty() => ("[]".to_owned(), 0),
        Object::List(items) => {
            let mut below = 0;
            let mut parts = Vec::new();
            for &item in items.iter().take(100) {
                let (part, levels) = shown(script, item, depth + 1, indent + 2);
                below = levels + usize::from(is_object(script, item));
                parts.push(part);
            }
            if items.len() > 100 {
                parts.push(format!("... {} more items", items.len() - 100));
            }
            let numbers = items.iter().all(|item| matches!(item, Value::Int(_) | Value::Float(_)));
            match columns(&parts, items.len().min(100), indent, numbers) {
                Some(lines) => (broken(&lines, ["[", "]"], indent), below),
                None => (joined(&parts, ["[", "]"], indent, below), below),
            }
        }
        Object::Record { .. }
            if script.heap.find(value, "message").is_some() && script.heap.find(value, "stack").is_some() =>
        {
            (text(script, value), 0)
        }
        Object::Record { .. } if depth > DEPTH => deep(false),
        Object::Record { fields, .. } if fields.is_empty() => ("{}".to_owned(), 0),
        Object::Record { fields, .. } => {
            let mut below = 0;
            let mut parts = Vec::new();
            for (key, _, item) in fields.iter() {
                let Key::Str(name) = key else { continue };
                let (part, levels) = shown(script, item, depth + 1, indent + 2);
                if is_object(script, item) {
                    below = levels + 1;
                }
                let name = if is_identifier(name) { name.to_string() } else { quoted(name) };
                parts.push(format!("{name}: {part}"));
            }
            (joined(&parts, ["{", "}"], indent, below), below)
        }
        _ => (text(script, value), 0),
    }
}

fn is_object(script: &Script, value: Value) -> bool {
    matches!(script.heap.object(value), Object::List(_) | Object::Record { .. })
}

/// On one line where the innermost three levels fit, otherwise one line for each.
fn joined(parts: &[String], [open, close]: [&str; 2], indent: usize, below: usize) -> String {
    let start = parts.len() + indent + 1 + 10;
    let total: usize = parts.iter().map(|part| part.chars().count()).sum();
    let fits = total + parts.len() + start <= LINE && !parts.iter().any(|part| part.contains('\n'));
    if below < 3 && fits {
        return format!("{open} {} {close}", parts.join(", "));
    }
    broken(parts, [open, close], indent)
}

fn broken(parts: &[String], [open, close]: [&str; 2], indent: usize) -> String {
    let line = format!("\n{}", " ".repeat(indent));
    format!("{open}{line}  {}{line}{close}", parts.join(&format!(",{line}  ")))
}

/// More than six items that are short stand in columns: the lines of these. What stands after the items has its own.
fn columns(parts: &[String], items: usize, indent: usize, numbers: bool) -> Option<Vec<String>> {
    if parts.len() <= 6 {
        return None;
    }
    let widths: Vec<usize> = parts[..items].iter().map(|part| part.chars().count()).collect();
    let total: usize = widths.iter().map(|width| width + 2).sum();
    let widest = widths.iter().copied().max()? + 2;
    let fits = widest * 3 + indent < LINE && (total as f64 / widest as f64 > 5.0 || widest <= 8);
    if !fits || parts.iter().any(|part| part.contains('\n')) {
        return None;
    }
    let bias = libm::sqrt(widest as f64 - total as f64 / parts.len() as f64);
    let biased = (widest as f64 - 3.0 - bias).max(1.0);
    let square = libm::round(libm::sqrt(2.5 * biased * items as f64) / biased) as usize;
    let count = square.min((LINE - indent) / widest).min(12);
    if count <= 1 {
        return None;
    }
    let column = |first: usize| widths.iter().skip(first).step_by(count).copied().max().unwrap_or(0);
    let columns: Vec<usize> = (0..count).map(column).collect();
    let mut lines = Vec::new();
    for row in parts[..items].chunks(count) {
        let mut line = String::new();
        for (place, part) in row.iter().enumerate() {
            let last = place + 1 == row.len();
            let cell = if last { part.clone() } else { format!("{part}, ") };
            let width = columns[place] + if last { 0 } else { 2 };
            line += &match (numbers, last) {
                (true, _) => format!("{cell:>width$}"),
                (false, true) => cell,
                (false, false) => format!("{cell:<width$}"),
            };
        }
        lines.push(line);
    }
    lines.extend(parts[items..].iter().cloned());
    Some(lines)
}
