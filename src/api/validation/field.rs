//! Where something is wrong, and how it is said (`apimachinery/pkg/util/validation/field`).

use crate::api::quantity::Quantity;
use crate::api::yaml::{self, print};
use crate::api::{FieldError, Text, schema};
use serde_json::Value;
use std::fmt;

/// Where a field is: `spec.containers[0].name`. Written out only when something is wrong there.
#[derive(Clone, Copy)]
pub struct Path<'a> {
    parent: Option<&'a Path<'a>>,
    step: Step<'a>,
}

#[derive(Clone, Copy)]
enum Step<'a> {
    Field(&'a str),
    Index(usize),
    Key(&'a str),
}

impl<'a> Path<'a> {
    /// A field of the object itself.
    pub const fn new(field: &'a str) -> Self {
        Self { parent: None, step: Step::Field(field) }
    }

    /// A field, or several with dots between them, below this one.
    pub const fn child(&'a self, field: &'a str) -> Self {
        Self { parent: Some(self), step: Step::Field(field) }
    }

    /// An item of this list.
    pub const fn index(&'a self, index: usize) -> Self {
        Self { parent: Some(self), step: Step::Index(index) }
    }

    /// An entry of this map.
    pub const fn key(&'a self, key: &'a str) -> Self {
        Self { parent: Some(self), step: Step::Key(key) }
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(parent) = self.parent {
            parent.fmt(f)?;
        }
        match self.step {
            Step::Field(field) if self.parent.is_some() => write!(f, ".{field}"),
            Step::Field(field) => f.write_str(field),
            Step::Index(index) => write!(f, "[{index}]"),
            Step::Key(key) => write!(f, "[{key}]"),
        }
    }
}

/// What was found so far.
#[derive(Default)]
pub struct Errors(Vec<FieldError>);

impl Errors {
    /// All that was found, in order.
    pub fn into_vec(self) -> Vec<FieldError> {
        self.0
    }

    /// How much was found.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    fn push(&mut self, path: &Path<'_>, body: String) {
        self.0.push(FieldError { path: path.to_string(), body });
    }

    /// `Required value: detail`
    pub fn required(&mut self, path: &Path<'_>, detail: &str) {
        self.push(path, with_detail("Required value".into(), detail));
    }

    /// `Invalid value: "x": detail`
    pub fn invalid(&mut self, path: &Path<'_>, value: impl Told, detail: impl AsRef<str>) {
        self.push(path, with_detail(format!("Invalid value: {}", value.told()), detail.as_ref()));
    }

    /// `Invalid value: detail`, where the value is better not shown.
    pub fn invalid_as_it_is(&mut self, path: &Path<'_>, detail: &str) {
        self.push(path, format!("Invalid value: {detail}"));
    }

    /// One `Invalid value` for each message.
    pub fn invalid_each(&mut self, path: &Path<'_>, value: &str, messages: Vec<String>) {
        for message in messages {
            self.invalid(path, value, message);
        }
    }

    /// `Unsupported value: "x": supported values: "A", "B"`
    pub fn unsupported(&mut self, path: &Path<'_>, value: impl Told, supported: &[&str]) {
        let supported: Vec<_> = supported.iter().map(|word| quoted(word)).collect();
        let body = format!("Unsupported value: {}: supported values: {}", value.told(), supported.join(", "));
        self.push(path, body);
    }

    /// `Duplicate value: "x"`
    pub fn duplicate(&mut self, path: &Path<'_>, value: impl Told) {
        self.push(path, format!("Duplicate value: {}", value.told()));
    }

    /// `Not found: "x": detail`
    pub fn not_found(&mut self, path: &Path<'_>, value: &str, detail: &str) {
        self.push(path, with_detail(format!("Not found: {}", quoted(value)), detail));
    }

    /// `Forbidden: detail`
    pub fn forbidden(&mut self, path: &Path<'_>, detail: &str) {
        self.push(path, with_detail("Forbidden".into(), detail));
    }

    /// `Too long: may not be more than 63 bytes`
    pub fn too_long(&mut self, path: &Path<'_>, most: usize) {
        self.push(path, format!("Too long: may not be more than {most} bytes"));
    }

    /// `Too many: 21: must have at most 20 items`
    pub fn too_many(&mut self, path: &Path<'_>, actual: usize, most: usize) {
        self.push(path, format!("Too many: {actual}: must have at most {most} items"));
    }

    /// A number that must not be negative.
    pub fn non_negative(&mut self, path: &Path<'_>, value: i64) {
        if value < 0 {
            self.invalid(path, value, "must be greater than or equal to 0");
        }
    }

    /// A number that is not negative, if there is one.
    pub fn non_negative_if_set(&mut self, path: &Path<'_>, value: Option<impl Into<i64>>) {
        if let Some(value) = value {
            self.non_negative(path, value.into());
        }
    }

    /// A word that must be one of a few.
    pub fn one_of(&mut self, path: &Path<'_>, word: &str, supported: &[&str]) {
        if word.is_empty() {
            self.required(path, "");
        } else if !supported.contains(&word) {
            self.unsupported(path, word, supported);
        }
    }

    /// A field of an object that, if it is there, must be one of a few words.
    pub fn known_word(&mut self, path: &Path<'_>, object: &Value, field: &str, supported: &[&str]) {
        if let Some(word) = object.get(field).and_then(Value::as_str).filter(|word| !supported.contains(word)) {
            self.unsupported(&path.child(field), word, supported);
        }
    }
}

fn with_detail(body: String, detail: &str) -> String {
    if detail.is_empty() { body } else { format!("{body}: {detail}") }
}

/// A value in an error message: strings are quoted, numbers are bare, the rest is JSON.
pub trait Told {
    /// The text.
    fn told(self) -> String;
}

impl Told for &str {
    fn told(self) -> String {
        quoted(self)
    }
}

impl Told for &Text {
    fn told(self) -> String {
        quoted(self)
    }
}

impl Told for i64 {
    fn told(self) -> String {
        self.to_string()
    }
}

impl Told for i32 {
    fn told(self) -> String {
        self.to_string()
    }
}

impl Told for bool {
    fn told(self) -> String {
        self.to_string()
    }
}

impl Told for Value {
    fn told(self) -> String {
        match self {
            Value::String(text) => quoted(&text),
            value => print::json_compact(&value),
        }
    }
}

impl Told for &Value {
    fn told(self) -> String {
        self.clone().told()
    }
}

/// A string as Go quotes it.
pub fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            '\r' => quoted.push_str("\\r"),
            '\u{7}' => quoted.push_str("\\a"),
            '\u{8}' => quoted.push_str("\\b"),
            '\u{b}' => quoted.push_str("\\v"),
            '\u{c}' => quoted.push_str("\\f"),
            c if (c as u32) < 0x20 || c as u32 == 0x7f => quoted.push_str(&format!("\\x{:02x}", c as u32)),
            c if c.is_control() || is_unseen(c) => quoted.push_str(&format!("\\u{:04x}", c as u32)),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// Spaces but the plain one, and what steers how a text is laid out.
fn is_unseen(character: char) -> bool {
    let layout =
        matches!(character, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}');
    layout || character == '\u{feff}' || (character.is_whitespace() && !character.is_ascii())
}

/// Text that is shown as it is.
pub struct AsItIs(pub String);

impl Told for AsItIs {
    fn told(self) -> String {
        self.0
    }
}

/// A part of a Job as the API server holds it inside, which is how messages about immutable parts show it.
pub fn inside_job(fields: &[&str], value: &Value) -> AsItIs {
    inside("Job", fields, value)
}

/// The same for an object of another kind.
pub fn inside(kind: &str, fields: &[&str], value: &Value) -> AsItIs {
    let path: Vec<yaml::Step> = fields.iter().map(|field| yaml::Step::Key((*field).to_owned())).collect();
    AsItIs(schema::go::render(kind, &path, value))
}

/// Whether one quantity is more than another; quantities that cannot be read are none.
pub fn exceeds(quantity: &str, limit: &str) -> bool {
    matches!((Quantity::parse(quantity), Quantity::parse(limit)), (Ok(quantity), Ok(limit)) if quantity > limit)
}

/// Whether two quantities are different amounts.
pub fn differs(quantity: &str, other: &str) -> bool {
    Quantity::parse(quantity) != Quantity::parse(other)
}

/// Whether a quantity is no whole number.
pub fn is_fraction(quantity: &str) -> bool {
    Quantity::parse(quantity).is_ok_and(|quantity| Quantity::from_units(quantity.units()) != quantity)
}

/// Whether a quantity is so many times a unit; a unit that cannot be read, or is no whole number, has no multiples.
pub fn is_multiple(quantity: &str, unit: &str) -> bool {
    match (Quantity::parse(quantity), Quantity::parse(unit)) {
        (Ok(quantity), Ok(whole)) if !is_fraction(unit) && whole.units() > 0 => quantity.units() % whole.units() == 0,
        _ => false,
    }
}

/// A field that is a text; empty if it is not there.
pub fn word<'a>(object: &'a Value, field: &str) -> &'a str {
    object[field].as_str().unwrap_or_default()
}

/// A field that is a list; empty if it is not there.
pub fn items<'a>(object: &'a Value, field: &str) -> &'a [Value] {
    object[field].as_array().map_or(&[], Vec::as_slice)
}

/// A field that is there and not null.
pub fn set<'a>(object: &'a Value, field: &str) -> Option<&'a Value> {
    object.get(field).filter(|value| !value.is_null())
}
