//! `printf` (Go's `fmt`): verbs with flags, a width and a precision. Left out: floats in base 2 and 16, which no object
//! has, and blanks between the bytes of a text.

use super::value::{Basic, LONGEST, Value};
use crate::api::validation::quoted;
use crate::kubectl::go_text::float;
use serde_json::Value as Json;

/// No width or precision is larger.
const WIDEST: usize = 1000;
/// An argument that is larger is none to Go.
const MOST: u64 = 1_000_000;

#[derive(Clone, Copy, Default)]
struct Options {
    minus: bool,
    plus: bool,
    sharp: bool,
    space: bool,
    zero: bool,
    width: usize,
    precision: Option<usize>,
}

/// Fills in a format.
pub fn format(format: &str, values: &[Value<'_>]) -> String {
    let (mut out, mut rest, mut next) = (String::new(), format, 0);
    while let Some((before, after)) = rest.split_once('%') {
        if out.len() > LONGEST {
            return out;
        }
        out.push_str(before);
        let (options, after) = options(after, values, &mut next, &mut out);
        let Some(verb) = after.chars().next() else {
            out.push_str("%!(NOVERB)");
            rest = "";
            break;
        };
        rest = &after[verb.len_utf8()..];
        if verb == '%' {
            out.push('%');
            continue;
        }
        match values.get(next) {
            Some(value) => {
                // With `%v`, a plus and a sharp mean something else.
                let plain = Options { plus: false, sharp: false, ..options };
                out.push_str(&match value.text() {
                    Some(text) if verb == 'v' && options.sharp => padded(&quoted(text), plain, value),
                    _ => written(verb, if verb == 'v' { plain } else { options }, value),
                });
            }
            None => out.push_str(&format!("%!{verb}(MISSING)")),
        }
        next += 1;
    }
    out.push_str(rest);
    if next < values.len() {
        let extra: Vec<String> = values[next..].iter().map(named).collect();
        out.push_str(&format!("%!(EXTRA {})", extra.join(", ")));
    }
    out
}

/// `int=3`
fn named(value: &Value<'_>) -> String {
    match value.dynamic_type() {
        "<nil>" => "<nil>".into(),
        name => format!("{name}={}", value.printed()),
    }
}

fn options<'f>(text: &'f str, values: &[Value<'_>], next: &mut usize, out: &mut String) -> (Options, &'f str) {
    let (mut options, mut rest) = (Options::default(), text);
    while let Some(flag) = rest.chars().next().filter(|flag| "+-# 0".contains(*flag)) {
        match flag {
            '+' => options.plus = true,
            '-' => options.minus = true,
            '#' => options.sharp = true,
            ' ' => options.space = true,
            _ => options.zero = true,
        }
        rest = &rest[1..];
    }
    // The number that stands there, or that is an argument; of a bad one, nothing.
    let mut number = |rest: &mut &'f str, what: &str, none: Option<i64>| {
        if let Some(after) = rest.strip_prefix('*') {
            *rest = after;
            let given = values.get(*next).and_then(Value::int).filter(|given| given.unsigned_abs() <= MOST);
            *next += 1;
            if given.is_none() {
                out.push_str(&format!("%!(BAD{what})"));
            }
            return given;
        }
        let end = rest.find(|digit: char| !digit.is_ascii_digit()).unwrap_or(rest.len());
        let (digits, after) = rest.split_at(end);
        *rest = after;
        if digits.is_empty() { none } else { digits.parse().ok() }
    };
    if let Some(width) = number(&mut rest, "WIDTH", None) {
        options.minus |= width < 0;
        options.width = (width.unsigned_abs() as usize).min(WIDEST);
    }
    if let Some(after) = rest.strip_prefix('.') {
        rest = after;
        let precision = number(&mut rest, "PREC", Some(0)).and_then(|precision| usize::try_from(precision).ok());
        options.precision = precision.map(|precision| precision.min(WIDEST));
    }
    (options, rest)
}

/// A value under a verb. Of a list or a map, each item is.
fn written(verb: char, options: Options, value: &Value<'_>) -> String {
    let map = value.json().and_then(Json::as_object);
    match (verb, value.items(), map) {
        ('T', ..) if value.dynamic_type() != "<nil>" => padded(&cut(value.dynamic_type(), options), options, value),
        (_, Some(items), _) => {
            let items: Vec<String> = items.iter().map(|item| written(verb, options, &Value::Any(item))).collect();
            format!("[{}]", items.join(" "))
        }
        (_, _, Some(map)) => {
            let key = |key: &str| written(verb, options, &Value::Text(key.into()));
            let pairs =
                map.iter().map(|(name, item)| format!("{}:{}", key(name), written(verb, options, &Value::Any(item))));
            format!("map[{}]", pairs.collect::<Vec<_>>().join(" "))
        }
        ('T' | 'v', None, None) if value.dynamic_type() == "<nil>" => padded("<nil>", options, value),
        _ => match word(verb, options, value) {
            Some(word) => padded(&word, options, value),
            None if value.dynamic_type() == "<nil>" => format!("%!{verb}(<nil>)"),
            None => format!("%!{verb}({}={})", value.dynamic_type(), written('v', options, value)),
        },
    }
}

fn padded(word: &str, options: Options, value: &Value<'_>) -> String {
    let missing = options.width.saturating_sub(word.chars().count());
    let (is_int, is_float) = (matches!(value.basic(), Basic::Int(_)), matches!(value.basic(), Basic::Float(_)));
    if options.minus {
        return format!("{word}{}", " ".repeat(missing));
    }
    if !options.zero || (is_int && options.precision.is_some()) {
        return format!("{}{word}", " ".repeat(missing));
    }
    let sign = usize::from((is_int || is_float) && word.starts_with(['+', '-', ' ']));
    format!("{}{}{}", &word[..sign], "0".repeat(missing), &word[sign..])
}

fn cut(text: &str, options: Options) -> String {
    text.chars().take(options.precision.unwrap_or(usize::MAX)).collect()
}

/// A single value under a verb; nothing where that is for others.
fn word(verb: char, options: Options, value: &Value<'_>) -> Option<String> {
    let signed = |digits: String, negative: bool| match (negative, options.plus, options.space) {
        (true, ..) => format!("-{digits}"),
        (_, true, _) => format!("+{digits}"),
        (_, _, true) => format!(" {digits}"),
        _ => digits,
    };
    let int = |number: i64, base: u32, upper: bool, prefix: &str| {
        let mut digits = in_base(number.unsigned_abs(), base);
        if upper {
            digits = digits.to_uppercase();
        }
        let least = options.precision.unwrap_or(0).saturating_sub(digits.len());
        let prefix = if options.sharp { prefix } else { "" };
        signed(format!("{prefix}{}{digits}", "0".repeat(least)), number < 0)
    };
    Some(match (verb, value.basic()) {
        ('v' | 's', Basic::Text(text)) => cut(text, options),
        ('v' | 'd', Basic::Int(number)) => int(number, 10, false, ""),
        ('v' | 'g' | 'G', Basic::Float(number)) => {
            let digits = general(number.abs(), options.precision);
            signed(if verb == 'G' { digits.to_uppercase() } else { digits }, number < 0.0)
        }
        ('v' | 't', Basic::Bool(flag)) => flag.to_string(),
        ('q', Basic::Text(text)) if options.sharp && !text.contains('`') => format!("`{}`", cut(text, options)),
        ('q', Basic::Text(text)) => quoted(&cut(text, options)),
        ('x' | 'X', Basic::Text(text)) => {
            let bytes = cut(text, options).into_bytes();
            let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            let digits = if options.sharp && !digits.is_empty() { format!("0x{digits}") } else { digits };
            if verb == 'x' { digits } else { digits.to_uppercase() }
        }
        ('b', Basic::Int(number)) => int(number, 2, false, "0b"),
        ('o', Basic::Int(number)) => int(number, 8, false, "0"),
        ('O', Basic::Int(number)) => {
            let digits = int(number.saturating_abs(), 8, false, "0").trim_start_matches(['+', ' ']).to_owned();
            signed(format!("0o{digits}"), number < 0)
        }
        ('x', Basic::Int(number)) => int(number, 16, false, "0x"),
        ('X', Basic::Int(number)) => int(number, 16, true, "0X"),
        ('c', Basic::Int(number)) => sign_of(number).into(),
        ('q', Basic::Int(number)) => format!("{:?}", sign_of(number)),
        ('U', Basic::Int(number)) => {
            let digits = format!("U+{number:0width$X}", width = options.precision.unwrap_or(4).max(4));
            if options.sharp { format!("{digits} '{}'", sign_of(number)) } else { digits }
        }
        ('f' | 'F', Basic::Float(number)) => {
            signed(format!("{:.*}", options.precision.unwrap_or(6), number.abs()), number < 0.0)
        }
        ('e' | 'E', Basic::Float(number)) => {
            let plain = format!("{:.*e}", options.precision.unwrap_or(6), number.abs());
            let (digits, exponent) = plain.split_once('e').unwrap_or((&plain, "0"));
            signed(format!("{digits}{verb}{}", exponent_of(exponent.parse().unwrap_or(0))), number < 0.0)
        }
        _ => return None,
    })
}

/// `%g`: as many digits as it takes, or as are asked for.
fn general(number: f64, precision: Option<usize>) -> String {
    let Some(digits) = precision.map(|precision| precision.max(1)) else { return float(number) };
    let plain = format!("{:.*e}", digits - 1, number);
    let (mantissa, exponent) = plain.split_once('e').unwrap_or((&plain, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let short = |text: &str| match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text.to_owned(),
    };
    if exponent < -4 || exponent >= digits as i32 {
        return format!("{}e{}", short(mantissa), exponent_of(exponent));
    }
    short(&format!("{:.*}", (digits as i32 - 1 - exponent).max(0) as usize, number))
}

/// `+06`
fn exponent_of(exponent: i32) -> String {
    format!("{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs())
}

fn sign_of(number: i64) -> char {
    u32::try_from(number).ok().and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER)
}

fn in_base(mut number: u64, base: u32) -> String {
    let mut digits = Vec::new();
    loop {
        digits.push(char::from_digit((number % u64::from(base)) as u32, base).unwrap_or('0'));
        number /= u64::from(base);
        if number == 0 {
            return digits.into_iter().rev().collect();
        }
    }
}
