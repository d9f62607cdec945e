//! Values as kubectl prints them: `-o yaml`, `-o json`, and the one-line JSON inside messages.
//!
//! The YAML is go-yaml's: two spaces, lists at their key's column, keys in "natural" order (`a2` before `a10`), quotes
//! only where a string would be read as something else. The JSON escapes `<`, `>` and `&`, as Go does.
//! In Kubernetes: `sigs.k8s.io/yaml/goyaml.v2/{encode,emitterc,sorter}.go`, Go's `encoding/json`.

use super::scalar;
use crate::sim::Order;
use serde_json::{Map, Value};
use std::cmp::Ordering;
use std::fmt::Write;

/// `-o yaml`, with the newline at the end.
pub fn yaml(value: &Value) -> String {
    let mut out = String::new();
    match value {
        Value::Object(map) if !map.is_empty() => write_map(&mut out, map, 0, true),
        Value::Array(items) if !items.is_empty() => write_list(&mut out, items, 0, true),
        scalar => {
            write_scalar(&mut out, scalar, 0);
            out.push('\n');
        }
    }
    out
}

/// Writes the entries, each on its line; the first one where the cursor stands if `inline`.
fn write_map(out: &mut String, map: &Map<String, Value>, indent: usize, mut inline: bool) {
    let mut entries: Vec<_> = map.iter().collect();
    entries.order_by(|a, b| natural(a.0, b.0));
    for (key, value) in entries {
        if !std::mem::take(&mut inline) {
            spaces(out, indent);
        }
        // A key that takes too long to recognise as one gets a line of its own.
        if key.len() > 128 {
            out.push_str("? ");
            write_text(out, key, indent, true);
            out.push('\n');
            spaces(out, indent);
        } else {
            write_text(out, key, indent, true);
        }
        out.push(':');
        match value {
            Value::Object(map) if !map.is_empty() => {
                out.push('\n');
                write_map(out, map, indent + 2, false);
            }
            Value::Array(items) if !items.is_empty() => {
                out.push('\n');
                write_list(out, items, indent, false);
            }
            scalar => {
                out.push(' ');
                write_scalar(out, scalar, indent);
                out.push('\n');
            }
        }
    }
}

fn write_list(out: &mut String, items: &[Value], indent: usize, mut inline: bool) {
    for item in items {
        if !std::mem::take(&mut inline) {
            spaces(out, indent);
        }
        out.push_str("- ");
        match item {
            Value::Object(map) if !map.is_empty() => write_map(out, map, indent + 2, true),
            Value::Array(items) if !items.is_empty() => write_list(out, items, indent + 2, true),
            scalar => {
                write_scalar(out, scalar, indent);
                out.push('\n');
            }
        }
    }
}

fn spaces(out: &mut String, count: usize) {
    out.extend(std::iter::repeat_n(' ', count));
}

fn write_scalar(out: &mut String, value: &Value, indent: usize) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(b) => _ = write!(out, "{b}"),
        Value::Number(n) => match n.as_f64().filter(|_| !n.is_i64() && !n.is_u64()) {
            Some(f) => out.push_str(&yaml_float(f)),
            None => _ = write!(out, "{n}"),
        },
        Value::String(text) => write_text(out, text, indent, false),
        Value::Array(_) => out.push_str("[]"),
        Value::Object(_) => out.push_str("{}"),
    }
}

/// A string, in the first of these styles that can hold it: a `|` block if it has several lines, plain, single quotes, double quotes.
fn write_text(out: &mut String, text: &str, indent: usize, key: bool) {
    let shape = Shape::of(text);
    if text.contains('\n') && !key && shape.block {
        return write_block(out, text, indent + 2);
    }
    let means_text = scalar::is_text(text) && !scalar::is_base_60(text);
    let quote = match means_text {
        true if shape.plain => None,
        true if shape.single_quoted && !text.contains('\n') => Some('\''),
        _ => Some('"'),
    };
    write_line(out, text, quote, (!key).then_some(indent + 2));
}

/// Writes a string on the line, which past column 80 is broken at the next space, if it may be continued below.
fn write_line(out: &mut String, text: &str, quote: Option<char>, continue_at: Option<usize>) {
    out.extend(quote);
    let mut column = out[out.rfind('\n').map_or(0, |newline| newline + 1)..].chars().count();
    let mut previous = None;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let next = chars.peek().copied();
        let in_run = previous == Some(' ') || next == Some(' ') && quote != Some('"');
        let at_edge = quote.is_some() && (previous.is_none() || next.is_none());
        let before = out.len();
        match (continue_at, quote) {
            (Some(indent), _) if c == ' ' && column > 80 && !in_run && !at_edge => {
                out.push('\n');
                spaces(out, indent);
                if next == Some(' ') {
                    out.push('\\'); // Only between double quotes: the space to come is not indentation.
                }
                column = 0;
            }
            (_, Some('"')) => escape(out, c),
            (_, Some('\'')) if c == '\'' => out.push_str("''"),
            _ => out.push(c),
        }
        column += out[before..].trim_start_matches('\n').chars().count();
        previous = Some(c);
    }
    out.extend(quote);
}

/// What libyaml finds out about a string before it chooses a style for it.
struct Shape {
    plain: bool,
    single_quoted: bool,
    block: bool,
}

impl Shape {
    fn of(text: &str) -> Shape {
        let blank = |c: char| matches!(c, ' ' | '\t' | '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}');
        let is_break = |c: char| blank(c) && !matches!(c, ' ' | '\t');
        let mut indicators = text.starts_with("---") || text.starts_with("...");
        let (mut special, mut break_space, mut space_break) = (false, false, false);
        let mut previous = '\n';
        for (index, c) in text.char_indices() {
            let next = text[index + c.len_utf8()..].chars().next();
            let before_blank = next.is_none_or(blank);
            indicators |= match c {
                '#' if index == 0 => true,
                ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@' | '`' => index == 0,
                '?' | '-' => index == 0 && before_blank,
                ':' => before_blank,
                '#' => blank(previous),
                _ => false,
            };
            special |= !is_printable(c);
            break_space |= index > 0 && is_break(previous) && c == ' ';
            space_break |= index > 0 && previous == ' ' && is_break(c);
            previous = c;
        }
        let edges = text.starts_with(blank) || text.ends_with(blank);
        let lines = text.contains(is_break);
        let quotable = !space_break && !special;
        Shape {
            plain: !indicators && !edges && !lines && quotable,
            single_quoted: !break_space && quotable,
            block: !text.ends_with(' ') && quotable,
        }
    }
}

fn is_printable(c: char) -> bool {
    matches!(c, '\n' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}')
}

/// A block: `|` keeps the one newline at the end, `|-` has none, `|+` several.
fn write_block(out: &mut String, text: &str, indent: usize) {
    out.push('|');
    if text.starts_with([' ', '\n']) {
        out.push('2'); // The parser could not tell the indentation from such a first line.
    }
    if !text.ends_with('\n') {
        out.push('-');
    } else if text == "\n" || text.ends_with("\n\n") {
        out.push('+');
    }
    for line in text.strip_suffix('\n').unwrap_or(text).split('\n') {
        out.push('\n');
        if !line.is_empty() {
            spaces(out, indent);
            out.push_str(line);
        }
    }
}

/// A character between double quotes.
fn escape(out: &mut String, c: char) {
    match c {
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        '\n' => out.push_str("\\n"),
        '\t' => out.push_str("\\t"),
        '\r' => out.push_str("\\r"),
        '\0' => out.push_str("\\0"),
        '\u{7}' => out.push_str("\\a"),
        '\u{8}' => out.push_str("\\b"),
        '\u{b}' => out.push_str("\\v"),
        '\u{c}' => out.push_str("\\f"),
        '\u{1b}' => out.push_str("\\e"),
        '\u{85}' => out.push_str("\\N"),
        '\u{2028}' => out.push_str("\\L"),
        '\u{2029}' => out.push_str("\\P"),
        c if is_printable(c) => out.push(c),
        c if (c as u32) < 0x100 => _ = write!(out, "\\x{:02X}", c as u32),
        c if (c as u32) < 0x10000 => _ = write!(out, "\\u{:04X}", c as u32),
        c => _ = write!(out, "\\U{:08X}", c as u32),
    }
}

/// go-yaml's order of keys: letters after everything else, runs of digits by their value.
fn natural(a: &str, b: &str) -> Ordering {
    let (left, right): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut after_digit = false;
    for (i, (&l, &r)) in left.iter().zip(&right).enumerate() {
        if l == r {
            after_digit = l.is_ascii_digit();
            continue;
        }
        return match (l.is_alphabetic(), r.is_alphabetic()) {
            (true, true) => l.cmp(&r),
            (true, false) if after_digit => Ordering::Less,
            (false, true) if after_digit => Ordering::Greater,
            (true, false) => Ordering::Greater,
            (false, true) => Ordering::Less,
            (false, false) => {
                // Zeros within a number count, those before it do not.
                let inside = (l == '0' || r == '0')
                    && left[..i].iter().rev().take_while(|c| c.is_ascii_digit()).any(|&c| c != '0');
                let run = |text: &[char]| {
                    let digits = text[i..].iter().map_while(|c| c.to_digit(10));
                    digits.fold((u64::from(inside), 0), |(n, len), d| {
                        (n.wrapping_mul(10).wrapping_add(u64::from(d)), len + 1)
                    })
                };
                run(&left).cmp(&run(&right)).then(l.cmp(&r))
            }
        };
    }
    left.len().cmp(&right.len())
}

/// `-o json`: four spaces, with the newline at the end.
pub fn json(value: &Value) -> String {
    let mut out = String::new();
    write_json(&mut out, value, Some(0));
    out.push('\n');
    out
}

/// JSON on one line, as Go's `json.Marshal` writes it.
pub fn json_compact(value: &Value) -> String {
    let mut out = String::new();
    write_json(&mut out, value, None);
    out
}

/// Writes on one line, or starting at an indentation.
fn write_json(out: &mut String, value: &Value, indent: Option<usize>) {
    let deeper = indent.map(|indent| indent + 4);
    let new_line = |out: &mut String, indent: Option<usize>| {
        if let Some(indent) = indent {
            out.push('\n');
            spaces(out, indent);
        }
    };
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(b) => _ = write!(out, "{b}"),
        Value::Number(n) => match n.as_f64().filter(|_| !n.is_i64() && !n.is_u64()) {
            Some(f) => out.push_str(&float(f)),
            None => _ = write!(out, "{n}"),
        },
        Value::String(text) => write_json_text(out, text),
        Value::Array(items) if items.is_empty() => out.push_str("[]"),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                out.push(if index == 0 { '[' } else { ',' });
                new_line(out, deeper);
                write_json(out, item, deeper);
            }
            new_line(out, indent);
            out.push(']');
        }
        Value::Object(map) if map.is_empty() => out.push_str("{}"),
        Value::Object(map) => {
            for (index, (key, value)) in map.iter().enumerate() {
                out.push(if index == 0 { '{' } else { ',' });
                new_line(out, deeper);
                write_json_text(out, key);
                out.push_str(if indent.is_some() { ": " } else { ":" });
                write_json(out, value, deeper);
            }
            new_line(out, indent);
            out.push('}');
        }
    }
}

/// A JSON string with Go's escapes.
pub fn write_json_text(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\0'..='\u{1f}' | '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => _ = write!(out, "\\u{:04x}", c as u32),
            c => out.push(c),
        }
    }
    out.push('"');
}

/// A float as Go's JSON writes it: digits up to 1e21, an exponent beyond.
pub fn float(f: f64) -> String {
    shortest(f, -7, 21).replace("e-0", "e-")
}

/// A float as go-yaml writes it: an exponent from a million on.
fn yaml_float(f: f64) -> String {
    shortest(f, -5, 6)
}

/// A float as the key that sigs.k8s.io/yaml makes of it: with as many digits as half its bits have.
pub(super) fn key(f: f64) -> String {
    match f as f32 {
        f32::INFINITY => ".inf".into(),
        f32::NEG_INFINITY => "-.inf".into(),
        half if half.is_nan() => ".nan".into(),
        half => yaml_float(half.to_string().parse().unwrap_or(f)),
    }
}

/// The shortest digits that give this float back, with an exponent from the given powers of ten on outwards.
fn shortest(f: f64, low: i32, high: i32) -> String {
    let text = format!("{f:e}");
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    match exponent.parse::<i32>().unwrap_or(0) {
        exponent if exponent <= low => format!("{digits}e-{:02}", -exponent),
        exponent if exponent >= high => format!("{digits}e+{exponent:02}"),
        _ => format!("{f}"),
    }
}
