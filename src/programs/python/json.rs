//! JSON, between Python's values and text.

use super::semantics::{raise, type_error};
use super::text::{self, type_name};
use crate::programs::script::*;
use crate::sim::Order;

/// `json.dumps`.
pub fn dump(script: &Script, value: Value, indent: Option<usize>, sorted: bool, depth: usize) -> Result<String, Raise> {
    if depth > 100 {
        return raise("ValueError", "Circular reference detected");
    }
    let (open, between, close) = match indent {
        Some(indent) => {
            let line = |depth: usize| format!("\n{}", " ".repeat(indent * depth));
            (line(depth + 1), format!(",{}", line(depth + 1)), line(depth))
        }
        None => (String::new(), ", ".to_owned(), String::new()),
    };
    let inside = |value: Value| dump(script, value, indent, sorted, depth + 1);
    Ok(match value {
        Value::None | Value::Undefined => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Float(number) if number.is_nan() => "NaN".to_owned(),
        Value::Float(number) if number.is_infinite() => if number > 0.0 { "Infinity" } else { "-Infinity" }.to_owned(),
        Value::Float(number) => text::float(number),
        Value::Ref(_) => match script.heap.object(value) {
            Object::Str(text) => quoted(text, true),
            Object::List(_) | Object::Tuple(_) => {
                let items: Vec<String> = script.items_of(value).into_iter().map(inside).collect::<Result<_, _>>()?;
                if items.is_empty() { "[]".to_owned() } else { format!("[{open}{}{close}]", items.join(&between)) }
            }
            Object::Dict(table) => {
                let mut entries = Vec::new();
                for (key, shown, value) in table.iter() {
                    let name = match key {
                        Key::Str(text) => text.to_string(),
                        Key::Int(_) | Key::Float(_) | Key::None => match shown {
                            Value::None => "null".to_owned(),
                            Value::Bool(value) => value.to_string(),
                            shown => text::text(script, shown),
                        },
                        _ => return type_error("keys must be str, int, float, bool or None"),
                    };
                    entries.push((quoted(&name, true), inside(value)?));
                }
                if sorted {
                    entries.order_by(|a, b| a.0.cmp(&b.0));
                }
                let entries: Vec<String> =
                    entries.into_iter().map(|(name, value)| format!("{name}: {value}")).collect();
                if entries.is_empty() {
                    "{}".to_owned()
                } else {
                    format!("{{{open}{}{close}}}", entries.join(&between))
                }
            }
            _ => return type_error(format!("Object of type {} is not JSON serializable", type_name(script, value))),
        },
    })
}

/// A text in JSON's quotes.
pub fn quoted(text: &str, ascii: bool) -> String {
    let mut out = String::from("\"");
    for symbol in text.chars() {
        match symbol {
            '"' | '\\' => out.extend(['\\', symbol]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            _ if (symbol as u32) < 32 || ascii && !symbol.is_ascii() => {
                let mut units = [0; 2];
                symbol.encode_utf16(&mut units).iter().for_each(|unit| out.push_str(&format!("\\u{unit:04x}")));
            }
            _ => out.push(symbol),
        }
    }
    out.push('"');
    out
}

/// `json.loads`.
pub fn load(script: &mut Script, text: &str) -> Result<Value, Raise> {
    match Reader::new(text).read(script) {
        Ok(value) => Ok(value),
        Err((what, at)) => {
            let before = &text[..at];
            let line = before.matches('\n').count() + 1;
            let column = before.chars().rev().take_while(|symbol| *symbol != '\n').count() + 1;
            let place = before.chars().count();
            raise("ValueError", format!("{what}: line {line} column {column} (char {place})"))
        }
    }
}

/// What is wrong with a JSON text, and at which byte.
pub type Wrong = (&'static str, usize);

/// Reads JSON into dictionaries and lists, or into what the language has for them.
pub struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    pub fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// The one value of the text.
    pub fn read(mut self, script: &mut Script) -> Result<Value, Wrong> {
        let value = self.value(script, 0)?;
        self.space();
        if self.at < self.text.len() { Err(("Extra data", self.at)) } else { Ok(value) }
    }

    fn space(&mut self) {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start().len();
    }

    fn eat(&mut self, symbol: char) -> bool {
        self.space();
        let found = self.text[self.at..].starts_with(symbol);
        self.at += usize::from(found);
        found
    }

    fn value(&mut self, script: &mut Script, depth: usize) -> Result<Value, Wrong> {
        self.space();
        let rest = &self.text[self.at..];
        for (word, value) in [("null", Value::None), ("true", Value::Bool(true)), ("false", Value::Bool(false))] {
            if rest.starts_with(word) {
                self.at += word.len();
                return Ok(value);
            }
        }
        if depth > 100 {
            return Err(("Too deep", self.at));
        }
        if rest.starts_with('"') {
            let text = self.string()?;
            return Ok(script.heap.str(text));
        }
        if self.eat('[') {
            let mut items = Vec::new();
            if !self.eat(']') {
                loop {
                    items.push(self.value(script, depth + 1)?);
                    if !self.eat(',') {
                        break;
                    }
                }
                if !self.eat(']') {
                    return Err(("Expecting ',' delimiter", self.at));
                }
            }
            return Ok(script.heap.list(items));
        }
        if self.eat('{') {
            let mut table = Table::default();
            if !self.eat('}') {
                loop {
                    self.space();
                    if !self.text[self.at..].starts_with('"') {
                        return Err(("Expecting property name enclosed in double quotes", self.at));
                    }
                    let name = self.string()?;
                    if !self.eat(':') {
                        return Err(("Expecting ':' delimiter", self.at));
                    }
                    let value = self.value(script, depth + 1)?;
                    let shown = script.heap.str(name.as_str());
                    table.insert(Key::Str(name.into()), shown, value);
                    if !self.eat(',') {
                        break;
                    }
                }
                if !self.eat('}') {
                    return Err(("Expecting ',' delimiter", self.at));
                }
            }
            if script.language.is_python() {
                return Ok(script.heap.dict(table));
            }
            let object = Value::Ref(script.new_object("Object"));
            if let Some(fields) = script.heap.fields_mut(object) {
                *fields = table;
            }
            return Ok(object);
        }
        let end = rest.find(|symbol: char| !"+-.0123456789eE".contains(symbol)).unwrap_or(rest.len());
        let number = &rest[..end];
        let value = match number.parse::<i64>() {
            Ok(whole) => Value::Int(whole),
            Err(_) => Value::Float(number.parse().map_err(|_| ("Expecting value", self.at))?),
        };
        self.at += end;
        Ok(value)
    }

    fn string(&mut self) -> Result<String, Wrong> {
        let start = self.at;
        let mut out = String::new();
        let mut units: Vec<u16> = Vec::new();
        let mut symbols = self.text[start + 1..].char_indices();
        let flush =
            |units: &mut Vec<u16>, out: &mut String| out.push_str(&String::from_utf16_lossy(&std::mem::take(units)));
        while let Some((place, symbol)) = symbols.next() {
            if symbol != '\\' {
                flush(&mut units, &mut out);
            }
            match symbol {
                '"' => {
                    self.at = start + place + 2;
                    return Ok(out);
                }
                '\\' => {
                    let Some((place, escaped)) = symbols.next() else { break };
                    if escaped == 'u' {
                        let digits = self.text.get(start + place + 2..start + place + 6).unwrap_or_default();
                        units.push(u16::from_str_radix(digits, 16).map_err(|_| ("Invalid \\escape", start + place))?);
                        symbols.nth(3);
                        continue;
                    }
                    flush(&mut units, &mut out);
                    out.push(match escaped {
                        'n' => '\n',
                        't' => '\t',
                        'r' => '\r',
                        'b' => '\u{8}',
                        'f' => '\u{c}',
                        '"' | '\\' | '/' => escaped,
                        _ => return Err(("Invalid \\escape", start + place)),
                    });
                }
                '\n' => return Err(("Invalid control character at", start + place + 1)),
                _ => out.push(symbol),
            }
        }
        Err(("Unterminated string starting at", start))
    }
}
