//! JSON values as jq has them: objects keep the order of their keys.

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use std::cmp::Ordering;
use std::fmt;
use std::rc::Rc;

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Json {
    Null,
    Bool(bool),
    Number(f64),
    String(Rc<str>),
    Array(Rc<Vec<Json>>),
    Object(Rc<Vec<(Rc<str>, Json)>>),
}

impl Json {
    pub fn text(text: &str) -> Self {
        Self::String(text.into())
    }

    pub fn array(items: Vec<Self>) -> Self {
        Self::Array(Rc::new(items))
    }

    pub fn object(fields: Vec<(Rc<str>, Self)>) -> Self {
        Self::Object(Rc::new(fields))
    }

    pub fn truth(&self) -> bool {
        !matches!(self, Self::Null | Self::Bool(false))
    }

    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "boolean",
            Self::Number(_) => "number",
            Self::String(_) => "string",
            Self::Array(_) => "array",
            Self::Object(_) => "object",
        }
    }

    /// The field of an object.
    pub fn get(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Object(fields) => fields.iter().find(|(known, _)| &**known == key).map(|(_, value)| value),
            _ => None,
        }
    }

    pub fn items(&self) -> &[Self] {
        match self {
            Self::Array(items) => items,
            _ => &[],
        }
    }

    /// An object's keys, sorted.
    pub fn keys(&self) -> Vec<Rc<str>> {
        match self {
            Self::Object(fields) => {
                let mut keys: Vec<Rc<str>> = fields.iter().map(|(key, _)| key.clone()).collect();
                keys.sort_unstable();
                keys
            }
            _ => Vec::new(),
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Null => 0,
            Self::Bool(false) => 1,
            Self::Bool(true) => 2,
            Self::Number(_) => 3,
            Self::String(_) => 4,
            Self::Array(_) => 5,
            Self::Object(_) => 6,
        }
    }

    /// jq's order of all values.
    pub fn order(&self, other: &Self) -> Ordering {
        let lists = |a: &[Self], b: &[Self]| {
            let unequal = a.iter().zip(b).map(|(a, b)| a.order(b)).find(|order| order.is_ne());
            unequal.unwrap_or(a.len().cmp(&b.len()))
        };
        match (self, other) {
            (Self::Number(a), Self::Number(b)) => a.partial_cmp(b).unwrap_or(Ordering::Less),
            (Self::String(a), Self::String(b)) => a.cmp(b),
            (Self::Array(a), Self::Array(b)) => lists(a, b),
            (Self::Object(_), Self::Object(_)) => {
                let keys = self.keys().cmp(&other.keys());
                let values = || {
                    let both = self.keys().into_iter().filter_map(|key| Some((self.get(&key)?, other.get(&key)?)));
                    both.map(|(a, b)| a.order(b)).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
                };
                keys.then_with(values)
            }
            _ => self.rank().cmp(&other.rank()),
        }
    }

    /// As text: on one line, or with so many blanks before each level.
    pub fn print(&self, indent: Option<&str>, sorted: bool) -> String {
        let mut out = String::new();
        self.write(&mut out, indent, sorted, 0);
        out
    }

    fn write(&self, out: &mut String, indent: Option<&str>, sorted: bool, level: usize) {
        let break_line = |out: &mut String, level: usize| {
            if let Some(indent) = indent {
                out.push('\n');
                out.push_str(&indent.repeat(level));
            }
        };
        match self {
            Self::Null => out.push_str("null"),
            Self::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Self::Number(number) => out.push_str(&number_text(*number)),
            Self::String(text) => out.push_str(&quoted(text)),
            Self::Array(items) if items.is_empty() => out.push_str("[]"),
            Self::Array(items) => {
                out.push('[');
                for (place, item) in items.iter().enumerate() {
                    out.push_str(if place > 0 { "," } else { "" });
                    break_line(out, level + 1);
                    item.write(out, indent, sorted, level + 1);
                }
                break_line(out, level);
                out.push(']');
            }
            Self::Object(fields) if fields.is_empty() => out.push_str("{}"),
            Self::Object(fields) => {
                out.push('{');
                let mut fields: Vec<&(Rc<str>, Self)> = fields.iter().collect();
                if sorted {
                    fields.sort_unstable_by(|a, b| a.0.cmp(&b.0));
                }
                for (place, (key, value)) in fields.into_iter().enumerate() {
                    out.push_str(if place > 0 { "," } else { "" });
                    break_line(out, level + 1);
                    out.push_str(&quoted(key));
                    out.push_str(if indent.is_some() { ": " } else { ":" });
                    value.write(out, indent, sorted, level + 1);
                }
                break_line(out, level);
                out.push('}');
            }
        }
    }

    /// A text as it is, anything else as JSON.
    pub fn plain(&self) -> String {
        match self {
            Self::String(text) => text.to_string(),
            other => other.print(None, false),
        }
    }
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default()
}

pub(super) fn number_text(number: f64) -> String {
    match number {
        number if number.is_nan() => "null".into(),
        number if number.is_infinite() => format!("{}1.7976931348623157e+308", if number < 0.0 { "-" } else { "" }),
        number if number == libm::trunc(number) && number.abs() < 1e17 => (number as i64).to_string(),
        number if number.abs() >= 1e17 || number.abs() < 1e-5 => {
            let text = format!("{number:e}");
            let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
            let exponent: i32 = exponent.parse().unwrap_or(0);
            format!("{mantissa}e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs())
        }
        number => format!("{number}"),
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reading;
        impl<'de> Visitor<'de> for Reading {
            type Value = Json;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON value")
            }

            fn visit_unit<E>(self) -> Result<Json, E> {
                Ok(Json::Null)
            }

            fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
                Ok(Json::Bool(value))
            }

            fn visit_i64<E>(self, number: i64) -> Result<Json, E> {
                Ok(Json::Number(number as f64))
            }

            fn visit_u64<E>(self, number: u64) -> Result<Json, E> {
                Ok(Json::Number(number as f64))
            }

            fn visit_f64<E>(self, number: f64) -> Result<Json, E> {
                Ok(Json::Number(number))
            }

            fn visit_str<E>(self, text: &str) -> Result<Json, E> {
                Ok(Json::text(text))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Json, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = access.next_element()? {
                    items.push(item);
                }
                Ok(Json::array(items))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Json, A::Error> {
                let mut fields: Vec<(Rc<str>, Json)> = Vec::new();
                while let Some((key, value)) = access.next_entry::<String, Json>()? {
                    match fields.iter_mut().find(|(known, _)| **known == *key) {
                        Some((_, old)) => *old = value,
                        None => fields.push((key.into(), value)),
                    }
                }
                Ok(Json::object(fields))
            }
        }
        deserializer.deserialize_any(Reading)
    }
}
