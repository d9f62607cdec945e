//! How Python's values look as text: `str`, `repr`, and the little language of formats.

use super::semantics::{Number, own_method, raise};
use crate::programs::script::*;

/// The name of a value's type.
pub fn type_name(script: &Script, value: Value) -> String {
    let name = match value {
        Value::None | Value::Undefined => "NoneType",
        Value::Bool(_) => "bool",
        Value::Int(_) => "int",
        Value::Float(_) => "float",
        Value::Ref(_) => match script.heap.object(value) {
            Object::Str(_) => "str",
            Object::Bytes(_) => "bytes",
            Object::List(_) => "list",
            Object::Tuple(_) => "tuple",
            Object::Set(_) => "set",
            Object::Dict(_) => "dict",
            Object::Record { kind: Kind::Instance, parent: Some(parent), .. } => match script.heap.get(*parent) {
                Object::Record { kind: Kind::Class(name), .. } => return name.to_string(),
                _ => "object",
            },
            Object::Record { kind: Kind::Class(_), .. } => "type",
            Object::Record { kind: Kind::Module(_), .. } => "module",
            Object::Function { .. } => "function",
            Object::Native(native) if super::library::TYPES.contains(&native.name) => "type",
            Object::Native(_) => "builtin_function_or_method",
            Object::Bound { .. } => "method",
            Object::Range { .. } => "range",
            Object::Generator(_) => "generator",
            Object::Foreign { kind, .. } => kind,
            Object::Super { .. } => "super",
            Object::Slice(_) => "slice",
            _ => "object",
        },
    };
    name.to_owned()
}

/// A method of the script that says how an object looks.
pub fn method_for(script: &Script, value: Value, as_written: bool) -> Option<Value> {
    let find = |name| own_method(script, value, name);
    if as_written { find("__repr__") } else { find("__str__").or_else(|| find("__repr__")) }
}

/// What the script has to be asked first to say how a value looks, or something in it.
pub fn unseen(script: &Script, value: Value, as_written: bool) -> Option<Answer> {
    unseen_at(script, value, as_written, 0)
}

fn unseen_at(script: &Script, value: Value, as_written: bool, depth: usize) -> Option<Answer> {
    let inside = |value: Value| if depth > 20 { None } else { unseen_at(script, value, true, depth + 1) };
    match script.heap.object(value) {
        Object::List(items) => items.iter().find_map(|&item| inside(item)),
        Object::Tuple(items) => items.iter().find_map(|&item| inside(item)),
        Object::Dict(table) | Object::Set(table) => {
            table.iter().find_map(|(_, key, value)| inside(key).or_else(|| inside(value)))
        }
        Object::Record { .. } if seen(script, value, as_written).is_none() => {
            method_for(script, value, as_written).map(|method| Answer::Look(value, as_written, method))
        }
        _ => None,
    }
}

/// What the script said.
fn seen(script: &Script, value: Value, as_written: bool) -> Option<&str> {
    let said = script.looks.iter().rev().find(|(_, of, written, _)| (*of, *written) == (value, as_written));
    said.map(|(.., text)| &**text)
}

/// `str(value)`, of everything that a script does not say itself.
pub fn text(script: &Script, value: Value) -> String {
    match script.heap.object(value) {
        Object::Str(text) => text.to_string(),
        Object::Record { .. } if seen(script, value, false).is_some() => {
            seen(script, value, false).unwrap_or_default().to_owned()
        }
        Object::Record { kind: Kind::Instance, .. } if script.heap.field(value, "args").is_some() => {
            failure_text(script, value)
        }
        _ => repr(script, value),
    }
}

/// What a failure says.
pub fn failure_text(script: &Script, failure: Value) -> String {
    let args = script.heap.field(failure, "args").map_or(Vec::new(), |args| script.items_of(args));
    match args.as_slice() {
        [] => String::new(),
        [one] if type_name(script, failure) == "KeyError" => repr(script, *one),
        [one] => text(script, *one),
        _ => shown(script, &args, "(", ")", 0),
    }
}

/// `repr(value)`.
pub fn repr(script: &Script, value: Value) -> String {
    repr_at(script, value, 0)
}

fn shown(script: &Script, items: &[Value], open: &str, close: &str, depth: usize) -> String {
    let items: Vec<String> = items.iter().map(|&item| repr_at(script, item, depth + 1)).collect();
    format!("{open}{}{close}", items.join(", "))
}

fn repr_at(script: &Script, value: Value, depth: usize) -> String {
    if depth > 20 {
        return "...".to_owned();
    }
    match value {
        Value::None | Value::Undefined => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Int(number) => number.to_string(),
        Value::Float(number) => float(number),
        Value::Ref(place) => match script.heap.get(place) {
            Object::Str(text) => quoted(text),
            Object::Bytes(bytes) => quoted_bytes(bytes),
            Object::List(items) => shown(script, items, "[", "]", depth),
            Object::Tuple(items) if items.len() == 1 => shown(script, items, "(", ",)", depth),
            Object::Tuple(items) => shown(script, items, "(", ")", depth),
            Object::Set(table) if table.is_empty() => "set()".to_owned(),
            Object::Set(table) => {
                let items: Vec<Value> = table.iter().map(|(_, key, _)| key).collect();
                shown(script, &items, "{", "}", depth)
            }
            Object::Dict(table) => {
                let entry = |(_, key, value)| {
                    format!("{}: {}", repr_at(script, key, depth + 1), repr_at(script, value, depth + 1))
                };
                format!("{{{}}}", table.iter().map(entry).collect::<Vec<_>>().join(", "))
            }
            Object::Record { .. } if seen(script, value, true).is_some() => {
                seen(script, value, true).unwrap_or_default().to_owned()
            }
            Object::Record { kind: Kind::Class(name), .. } => format!("<class '__main__.{name}'>"),
            Object::Record { kind: Kind::Module(name), .. } => format!("<module '{name}'>"),
            Object::Record { .. } if script.heap.field(value, "args").is_some() => {
                let args = script.heap.field(value, "args").map_or(Vec::new(), |args| script.items_of(args));
                format!("{}{}", type_name(script, value), shown(script, &args, "(", ")", depth))
            }
            Object::Record { .. } => format!("<__main__.{} object at {}>", type_name(script, value), address(place)),
            Object::Function { code, .. } => {
                format!("<function {} at {}>", code.name.rsplit('\n').next().unwrap_or_default(), address(place))
            }
            Object::Native(native) if super::library::TYPES.contains(&native.name) => {
                format!("<class '{}'>", native.name)
            }
            Object::Native(native) => format!("<built-in function {}>", native.name),
            Object::Range { next, stop, step: 1 } => format!("range({next}, {stop})"),
            Object::Range { next, stop, step } => format!("range({next}, {stop}, {step})"),
            _ => format!("<{} object at {}>", type_name(script, value), address(place)),
        },
    }
}

fn address(place: Ref) -> String {
    format!("0x7f0000{:06x}", place * 16)
}

/// A number with a fraction, as short as it can be without being another.
pub fn float(number: f64) -> String {
    if number.is_nan() {
        return "nan".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    let written = format!("{number:e}");
    let (digits, exponent) = written.split_once('e').unwrap_or((&written, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if number != 0.0 && !(-4..16).contains(&exponent) {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{digits}e{sign}{:02}", exponent.abs());
    }
    let plain = format!("{number}");
    if plain.contains('.') { plain } else { format!("{plain}.0") }
}

/// A text as a program writes it.
pub fn quoted(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut out = String::from(quote);
    for symbol in text.chars() {
        match symbol {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            _ if symbol == quote => out.extend(['\\', symbol]),
            _ if symbol.is_control() && (symbol as u32) < 256 => out.push_str(&format!("\\x{:02x}", symbol as u32)),
            _ => out.push(symbol),
        }
    }
    out.push(quote);
    out
}

fn quoted_bytes(bytes: &[u8]) -> String {
    let quote = if bytes.contains(&b'\'') && !bytes.contains(&b'"') { '"' } else { '\'' };
    let mut out = format!("b{quote}");
    for &byte in bytes {
        match byte {
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            _ if byte as char == quote => out.extend(['\\', quote]),
            b' '..=b'~' => out.push(byte as char),
            _ => out.push_str(&format!("\\x{byte:02x}")),
        }
    }
    out.push(quote);
    out
}

/// A character by its place; from the end if negative.
pub fn char_at(text: &str, number: i64) -> Option<char> {
    match number < 0 {
        false => text.chars().nth(usize::try_from(number).ok()?),
        true => text.chars().rev().nth(usize::try_from(-(number + 1)).ok()?),
    }
}

/// A value as it stands in a text: `{value!r:format}`.
pub fn formatted(script: &mut Script, value: Value, as_written: bool, format: &str) -> Result<String, Raise> {
    if !as_written {
        return self::format(script, value, format);
    }
    let written = repr(script, value);
    let written = script.heap.str(written);
    self::format(script, written, format)
}

/// `format(value, format)`.
pub fn format(script: &Script, value: Value, format: &str) -> Result<String, Raise> {
    if format.is_empty() {
        return Ok(text(script, value));
    }
    let wrong = |message: &str| raise("ValueError", message);
    let symbols: Vec<char> = format.chars().collect();
    let mut at = 0;
    let is_align = |symbol: Option<&char>| symbol.is_some_and(|symbol| "<>^=".contains(*symbol));
    let (mut fill, mut align) = (' ', None);
    if is_align(symbols.get(1)) {
        (fill, align) = (symbols[0], Some(symbols[1]));
        at = 2;
    } else if is_align(symbols.first()) {
        align = Some(symbols[0]);
        at = 1;
    }
    let mut take = |wanted: &str| {
        let found = symbols.get(at).copied().filter(|symbol| wanted.contains(*symbol));
        at += usize::from(found.is_some());
        found
    };
    let sign = take("+- ");
    let alternate = take("#").is_some();
    if take("0").is_some() && align.is_none() {
        (fill, align) = ('0', Some('='));
    }
    let digits = |take: &mut dyn FnMut(&str) -> Option<char>| {
        let mut number = None;
        while let Some(digit) = take("0123456789") {
            number = Some((number.unwrap_or(0) * 10 + digit as usize - '0' as usize).min(100_000));
        }
        number
    };
    let width = digits(&mut take).unwrap_or(0);
    let comma = take(",_");
    let precision = if take(".").is_some() { digits(&mut take) } else { None };
    let kind = take("bcdeEfFgGnosxX%");
    if at != symbols.len() {
        return wrong("Invalid format specifier");
    }
    let number = Number::of(value).filter(|_| !(matches!(value, Value::Bool(_)) && kind.is_none()));
    let Some(number) = number else {
        if kind.is_some_and(|kind| kind != 's') {
            let message = format!(
                "Unknown format code '{}' for object of type '{}'",
                kind.unwrap_or('?'),
                type_name(script, value)
            );
            return wrong(&message);
        }
        let whole = text(script, value);
        let cut: String = whole.chars().take(precision.unwrap_or(usize::MAX)).collect();
        return Ok(pad(&cut, width, fill, align.unwrap_or('<')));
    };
    let (negative, mut body) = match (number, kind) {
        (Number::Int(number), None | Some('d' | 'n')) => (number < 0, number.unsigned_abs().to_string()),
        (Number::Int(number), Some('x')) => {
            (number < 0, format!("{}{:x}", if alternate { "0x" } else { "" }, number.unsigned_abs()))
        }
        (Number::Int(number), Some('X')) => {
            (number < 0, format!("{}{:X}", if alternate { "0X" } else { "" }, number.unsigned_abs()))
        }
        (Number::Int(number), Some('o')) => {
            (number < 0, format!("{}{:o}", if alternate { "0o" } else { "" }, number.unsigned_abs()))
        }
        (Number::Int(number), Some('b')) => {
            (number < 0, format!("{}{:b}", if alternate { "0b" } else { "" }, number.unsigned_abs()))
        }
        (Number::Int(number), Some('c')) => (false, char::from_u32(number as u32).map_or(String::new(), String::from)),
        (_, Some(kind @ ('b' | 'c' | 'd' | 'o' | 'x' | 'X' | 's'))) => {
            return wrong(&format!("Unknown format code '{kind}' for object of type '{}'", type_name(script, value)));
        }
        (number, kind) => {
            let value = number.float();
            (value < 0.0, real(value.abs(), kind, precision.map(|precision| precision.min(400))))
        }
    };
    if let Some(comma) = comma {
        let (whole, rest) = body.split_at(body.find(|symbol: char| !symbol.is_ascii_digit()).unwrap_or(body.len()));
        let mut grouped = String::new();
        for (place, digit) in whole.chars().enumerate() {
            if place > 0 && (whole.len() - place).is_multiple_of(3) {
                grouped.push(comma);
            }
            grouped.push(digit);
        }
        body = grouped + rest;
    }
    let sign = match (negative, sign) {
        (true, _) => "-",
        (false, Some('+')) => "+",
        (false, Some(' ')) => " ",
        _ => "",
    };
    if align == Some('=') {
        let width = width.saturating_sub(sign.len());
        return Ok(format!("{sign}{}", pad(&body, width, fill, '>')));
    }
    Ok(pad(&format!("{sign}{body}"), width, fill, align.unwrap_or('>')))
}

fn real(value: f64, kind: Option<char>, precision: Option<usize>) -> String {
    if !value.is_finite() {
        return float(value);
    }
    let scientific = |precision: usize| {
        let written = format!("{value:.precision$e}");
        let (digits, exponent) = written.split_once('e').unwrap_or((&written, "0"));
        let exponent: i32 = exponent.parse().unwrap_or(0);
        (digits.to_owned(), exponent)
    };
    let joined =
        |digits: &str, exponent: i32| format!("{digits}e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs());
    match kind {
        Some('f' | 'F') => format!("{value:.*}", precision.unwrap_or(6)),
        Some('%') => format!("{:.*}%", precision.unwrap_or(6), value * 100.0),
        Some('e' | 'E') => {
            let (digits, exponent) = scientific(precision.unwrap_or(6));
            joined(&digits, exponent)
        }
        None if precision.is_none() => float(value),
        _ => {
            let precision = precision.unwrap_or(6).max(1);
            let (digits, exponent) = scientific(precision - 1);
            let trim = |text: String| match text.contains('.') {
                true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
                false => text,
            };
            if exponent < -4 || exponent >= precision as i32 {
                return joined(&trim(digits), exponent);
            }
            let plain = trim(format!("{value:.*}", (precision as i32 - 1 - exponent).max(0) as usize));
            if kind.is_none() && !plain.contains('.') { format!("{plain}.0") } else { plain }
        }
    }
}

/// Fills a text up to a width.
pub fn pad(text: &str, width: usize, fill: char, align: char) -> String {
    let missing = width.saturating_sub(text.chars().count());
    let (before, after) = match align {
        '>' | '=' => (missing, 0),
        '^' => (missing / 2, missing - missing / 2),
        _ => (0, missing),
    };
    let fill = |count: usize| std::iter::repeat_n(fill, count).collect::<String>();
    format!("{}{text}{}", fill(before), fill(after))
}

/// `"%s" % value`.
pub fn percent(script: &mut Script, format: &str, value: Value) -> Result<Answer, Raise> {
    let values = match script.heap.object(value) {
        Object::Tuple(items) => items.to_vec(),
        _ => vec![value],
    };
    let mut values = values.into_iter();
    let mut out = String::new();
    let mut rest = format;
    while let Some(place) = rest.find('%') {
        out.push_str(&rest[..place]);
        rest = &rest[place + 1..];
        if let Some(after) = rest.strip_prefix('%') {
            out.push('%');
            rest = after;
            continue;
        }
        let item = match rest.strip_prefix('(').and_then(|rest| rest.split_once(')')) {
            Some((name, after)) => {
                rest = after;
                let item = script.heap.field(value, name);
                item.ok_or_else(|| Raise::Error("KeyError", name.to_owned()))?
            }
            None => match values.next() {
                Some(item) => item,
                None => return raise("TypeError", "not enough arguments for format string"),
            },
        };
        let Some(end) = rest.find(|symbol: char| symbol.is_ascii_alphabetic()) else {
            return raise("ValueError", "incomplete format");
        };
        let (flags, kind) = (&rest[..end], &rest[end..end + 1]);
        rest = &rest[end + 1..];
        let (left, flags) = flags.strip_prefix('-').map_or((false, flags), |flags| (true, flags));
        let as_written = kind == "r" || kind == "a";
        let piece = match kind {
            "s" | "r" | "a" => {
                if let Some(answer) = unseen(script, item, as_written) {
                    return Ok(answer);
                }
                let whole = if as_written { repr(script, item) } else { text(script, item) };
                let width = flags.split('.').next().and_then(|width| width.parse().ok()).unwrap_or(0);
                pad(&whole, width, ' ', if left { '<' } else { '>' })
            }
            "d" | "i" | "u" => match Number::of(item) {
                Some(Number::Int(number)) => self::format(script, Value::Int(number), &aligned(flags, left, "d"))?,
                Some(Number::Float(number)) => {
                    self::format(script, Value::Int(number as i64), &aligned(flags, left, "d"))?
                }
                None => {
                    return raise(
                        "TypeError",
                        format!("%d format: a number is required, not {}", type_name(script, item)),
                    );
                }
            },
            kind => self::format(script, item, &aligned(flags, left, kind))?,
        };
        out.push_str(&piece);
    }
    out.push_str(rest);
    Ok(Answer::Value(script.heap.str(out)))
}

fn aligned(flags: &str, left: bool, kind: &str) -> String {
    format!("{}{flags}{kind}", if left { "<" } else { "" })
}
