//! How Go reads and writes texts, numbers and what JSON holds (`strconv`, `fmt`).

use serde_json::Value;

/// A text without its quotes, as Go reads it; nothing if it is none.
pub fn unquoted(text: &str) -> Option<String> {
    let quote = text.chars().next()?;
    let inside = text.strip_prefix(quote)?.strip_suffix(quote)?;
    if quote == '`' {
        return Some(inside.replace('\r', ""));
    }
    let (mut out, mut rest) = (Vec::new(), inside.chars());
    while let Some(next) = rest.next() {
        if next == quote {
            return None;
        }
        if next != '\\' {
            out.extend(next.to_string().bytes());
            continue;
        }
        let escape = rest.next()?;
        let mut digits = |count: usize, base: u32| {
            let digits: String = rest.by_ref().take(count).collect();
            (digits.len() == count).then(|| u32::from_str_radix(&digits, base).ok()).flatten()
        };
        let sign = match escape {
            'a' => '\u{7}',
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\u{b}',
            '\\' => '\\',
            escape if escape == quote => quote,
            'x' => {
                out.push(digits(2, 16)? as u8);
                continue;
            }
            'u' => char::from_u32(digits(4, 16)?)?,
            'U' => char::from_u32(digits(8, 16)?)?,
            first @ '0'..='7' => {
                let number = first.to_digit(8)? * 64 + digits(2, 8)?;
                out.push(u8::try_from(number).ok()?);
                continue;
            }
            _ => return None,
        };
        out.extend(sign.to_string().bytes());
    }
    Some(String::from_utf8_lossy(&out).into_owned())
}

/// As Go's `%#U` writes it.
pub fn code_point(sign: char) -> String {
    let code = u32::from(sign);
    if sign.is_control() { format!("U+{code:04X}") } else { format!("U+{code:04X} '{sign}'") }
}

/// A float in as few digits as tell it, with an exponent from a million on and for the very small.
pub fn float(number: f64) -> String {
    let scientific = format!("{number:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..6).contains(&exponent) || number == 0.0 {
        return number.to_string();
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.abs())
}

/// What JSON holds, as `%v` prints it.
pub fn any(value: &Value) -> String {
    match value {
        Value::Null => "<nil>".into(),
        Value::String(text) => text.clone(),
        Value::Array(items) => list(items),
        Value::Object(map) => {
            let pairs: Vec<String> = map.iter().map(|(key, value)| format!("{key}:{}", any(value))).collect();
            format!("map[{}]", pairs.join(" "))
        }
        Value::Number(number) if number.is_f64() => float(number.as_f64().unwrap_or_default()),
        other => other.to_string(),
    }
}

/// The same for the items of a list.
pub fn list(items: &[Value]) -> String {
    format!("[{}]", items.iter().map(any).collect::<Vec<_>>().join(" "))
}
