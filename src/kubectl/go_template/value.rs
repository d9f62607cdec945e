//! The values that a template works with, and their names in Go (`text/template/exec.go`, `reflect`).

use crate::kubectl::go_text::{any, float, list};
use serde_json::Value as Json;
use std::rc::Rc;

/// No text grows longer than this, in bytes; Go's have no limit.
pub const LONGEST: usize = 16 << 20;
pub const TOO_LONG: &str = "the text grows too long";

/// A value: of the object, or made by the template.
#[derive(Clone, Debug)]
pub enum Value<'a> {
    /// None at all: of a key that is missing, or where no value was given.
    Nothing,
    /// What a map or a list holds: Go knows only that it is something, perhaps nothing.
    Any(&'a Json),
    /// The same once it is known what it is.
    Known(&'a Json),
    Bool(bool),
    Int(i64),
    Byte(u8),
    Float(f64),
    Text(Rc<str>),
    /// A part of a list.
    Slice(&'a [Json]),
}

/// What kind of a value it is, where it is compared.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Basic<'v> {
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(&'v str),
    /// A list, a map, or nothing.
    Other,
}

/// What there is in a list.
pub type Items<'a> = &'a [Json];

impl<'a> Value<'a> {
    /// The same, once it is known what it is.
    pub fn known(self) -> Self {
        match self {
            Self::Any(Json::Null) => Self::Nothing,
            Self::Any(json) => Self::Known(json),
            other => other,
        }
    }

    /// What it holds, if it is of the object.
    pub fn json(&self) -> Option<&'a Json> {
        match self {
            Self::Any(json) | Self::Known(json) => Some(json),
            _ => None,
        }
    }

    /// The items of a list.
    pub fn items(&self) -> Option<Items<'a>> {
        match self {
            Self::Slice(items) => Some(items),
            other => other.json()?.as_array().map(Vec::as_slice),
        }
    }

    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            other => other.json()?.as_str(),
        }
    }

    pub fn int(&self) -> Option<i64> {
        match self {
            Self::Int(number) => Some(*number),
            Self::Byte(number) => Some((*number).into()),
            other => other.json()?.as_i64(),
        }
    }

    /// Whether it is there, and neither empty nor zero nor false.
    pub fn is_true(&self) -> bool {
        match self.basic() {
            Basic::Bool(flag) => flag,
            Basic::Int(number) => number != 0,
            Basic::Float(number) => number != 0.0,
            Basic::Text(text) => !text.is_empty(),
            Basic::Other => {
                let map = self.json().and_then(Json::as_object);
                self.items().is_some_and(|items| !items.is_empty()) || map.is_some_and(|map| !map.is_empty())
            }
        }
    }

    pub fn basic(&self) -> Basic<'_> {
        match self {
            Self::Bool(flag) => Basic::Bool(*flag),
            Self::Int(_) | Self::Byte(_) => Basic::Int(self.int().unwrap_or_default()),
            Self::Float(number) => Basic::Float(*number),
            Self::Text(text) => Basic::Text(text),
            Self::Any(json) | Self::Known(json) => match json {
                Json::Bool(flag) => Basic::Bool(*flag),
                Json::String(text) => Basic::Text(text),
                Json::Number(number) => match number.as_i64() {
                    Some(number) => Basic::Int(number),
                    None => Basic::Float(number.as_f64().unwrap_or_default()),
                },
                _ => Basic::Other,
            },
            Self::Nothing | Self::Slice(_) => Basic::Other,
        }
    }

    /// Its type as Go's compiler would name it where the value stands.
    pub fn static_type(&self) -> &'static str {
        if matches!(self, Self::Any(_)) { "interface {}" } else { self.dynamic_type() }
    }

    /// Its type as Go names it when it looks.
    pub fn dynamic_type(&self) -> &'static str {
        match self {
            Self::Int(_) => "int",
            Self::Byte(_) => "uint8",
            Self::Slice(_) => "[]interface {}",
            other => match other.basic() {
                Basic::Bool(_) => "bool",
                Basic::Int(_) => "int64",
                Basic::Float(_) => "float64",
                Basic::Text(_) => "string",
                Basic::Other => match other.json() {
                    Some(Json::Array(_)) => "[]interface {}",
                    Some(Json::Object(_)) => "map[string]interface {}",
                    _ => "<nil>",
                },
            },
        }
    }

    /// As Go's `%v` prints it inside of something else.
    pub fn printed(&self) -> String {
        match self.basic() {
            Basic::Bool(flag) => flag.to_string(),
            Basic::Int(number) => number.to_string(),
            Basic::Float(number) => float(number),
            Basic::Text(text) => text.into(),
            Basic::Other => match self {
                Self::Slice(items) => list(items),
                other => other.json().map_or_else(|| "<nil>".into(), any),
            },
        }
    }
}
