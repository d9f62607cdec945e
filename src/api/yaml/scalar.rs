//! What an unquoted word means in YAML 1.1, as kubectl reads it.
//!
//! A learner meets this as a riddle: an environment variable named `N` is refused because it is a boolean, a file mode `0644`
//! arrives as 420, a version `1.10` as 1.1. Quotes make anything a string.
//! In Kubernetes: `sigs.k8s.io/yaml/goyaml.v2/resolve.go`.

/// What a plain scalar stands for.
#[derive(Clone, Debug, PartialEq)]
pub enum Plain {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    /// Stays a string, but must be quoted when printed, or other readers would take it for a date.
    Timestamp,
    Text,
}

/// Types a plain scalar.
pub fn resolve(text: &str) -> Plain {
    typed(text, |number| number.parse().unwrap_or(f64::NAN))
}

/// Whether a plain scalar stays a string. It does without what reads floats, which is large.
pub fn is_text(text: &str) -> bool {
    typed(text, |_| f64::NAN) == Plain::Text
}

fn typed(text: &str, float: fn(&str) -> f64) -> Plain {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Plain::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => return Plain::Bool(true),
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            return Plain::Bool(false);
        }
        ".nan" | ".NaN" | ".NAN" => return Plain::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => return Plain::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => return Plain::Float(f64::NEG_INFINITY),
        _ => {}
    }
    match text.as_bytes()[0] {
        b'.' if is_float(text) => Plain::Float(float(text)),
        b'+' | b'-' | b'0'..=b'9' => {
            if is_timestamp(text) {
                return Plain::Timestamp;
            }
            let plain = text.replace('_', "");
            number(&plain, float)
        }
        _ => Plain::Text,
    }
}

fn number(text: &str, float: fn(&str) -> f64) -> Plain {
    let (negative, digits) = match text.strip_prefix(['+', '-']) {
        Some(digits) => (text.starts_with('-'), digits),
        None => (false, text),
    };
    let (radix, digits) = match digits.get(..2) {
        Some("0x" | "0X") => (16, &digits[2..]),
        Some("0o" | "0O") => (8, &digits[2..]),
        Some("0b" | "0B") => (2, &digits[2..]),
        Some(two) if two.starts_with('0') => (8, &digits[1..]),
        _ => (10, digits),
    };
    if !digits.starts_with(['+', '-'])
        && let Ok(magnitude) = u64::from_str_radix(digits, radix)
    {
        let signed = if negative { -i128::from(magnitude) } else { i128::from(magnitude) };
        // kubectl's JSON reader knows 64-bit signed integers; what is larger becomes a float there.
        return match i64::try_from(signed) {
            Ok(int) => Plain::Int(int),
            Err(_) => Plain::Float(signed as f64),
        };
    }
    if is_float(text) { Plain::Float(float(text)) } else { Plain::Text }
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`
fn is_float(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let power = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let well_formed = digits(whole) && digits(fraction) && digits(power);
    let complete = !(power.is_empty() || whole.is_empty() && fraction.is_empty());
    let power = power.parse().map_or(i64::MAX / 2, |power: i32| i64::from(power));
    well_formed && complete && is_finite(whole, fraction, if exponent.starts_with('-') { -power } else { power })
}

/// The digits of 2^1024 - 2^970, a number of 309 digits: from there on a float is infinite.
const OVERFLOW: &str = "1797693134862315807937289714053034150799341327100378269361737789804449";

/// Whether a float can hold `whole.fraction` times ten to the `power`. What overflows is no number to Go, so that the text
/// stays text.
fn is_finite(whole: &str, fraction: &str, power: i64) -> bool {
    let digits = format!("{whole}{fraction}");
    let significant = digits.trim_start_matches('0');
    let zeros = digits.len() - significant.len();
    let places = (whole.len() as i64).saturating_sub(zeros as i64).saturating_add(power);
    significant.is_empty() || places < 309 || places == 309 && significant < OVERFLOW
}

/// `2026-11-20`, or that with a time (`2026-11-20T10:00:00Z`, `2026-1-2 10:00:00.5 +01:00`). A coarse look suffices: every
/// such text stays a string either way, and is quoted when printed.
pub fn is_timestamp(text: &str) -> bool {
    let b = text.as_bytes();
    if b.len() < 8 || b.len() > 40 || !b[..4].iter().all(u8::is_ascii_digit) || b[4] != b'-' {
        return false;
    }
    let (date, time) = match text.find(['T', 't', ' ']) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    };
    let mut parts = date.split('-').skip(1).map(|part| (part.len(), part.parse::<u8>().unwrap_or(99)));
    let (Some((month_len, month)), Some((day_len, day)), None) = (parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    let Some(time) = time else {
        return month_len == 2 && day_len == 2 && (1..=12).contains(&month) && (1..=31).contains(&day);
    };
    (1..=12).contains(&month)
        && (1..=31).contains(&day)
        && month_len <= 2
        && day_len <= 2
        && time.split(':').count() >= 3
        && time.bytes().all(|b| b.is_ascii_digit() || b":.+-Z ".contains(&b))
}

/// `1:30`, a number to base 60 in other readers of YAML 1.1: plain when read here, quoted when printed.
pub fn is_base_60(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let mut parts = unsigned.split(':');
    let first = parts.next().unwrap_or_default();
    let mut rest: Vec<&str> = parts.collect();
    let Some(last) = rest.pop() else { return false };
    let sixty =
        |p: &str| (p.len() == 1 || p.len() == 2 && p.as_bytes()[0] <= b'5') && p.bytes().all(|b| b.is_ascii_digit());
    let (last, fraction) = last.split_once('.').unwrap_or((last, ""));
    first.starts_with(|c: char| c.is_ascii_digit())
        && first.bytes().all(|b| b.is_ascii_digit() || b == b'_')
        && rest.into_iter().all(sixty)
        && sixty(last)
        && fraction.bytes().all(|b| b.is_ascii_digit() || b == b'_')
}

/// A float as content: 3.0 is written to JSON as 3, and read from there as a whole number.
pub(super) fn number_content(f: f64) -> super::Content {
    if f.fract() == 0.0 && f.abs() < 9.2e18 { super::Content::Int(f as i64) } else { super::Content::Float(f) }
}
