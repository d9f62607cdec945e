//! Strict decoding, as Go's JSON decoder does it in Kubernetes: fields in the order of the document, the first wrong type
//! is the error, unknown fields are collected.

use super::table::RESOURCE_LIST;
use super::{Field, Of, Type};
use crate::api::quantity::{self, Quantity};
use crate::api::time::time_quoted;
use crate::api::yaml::{Step, print};
use crate::sim::{base64, from_base64};
use serde_json::{Map, Value};

/// Something wrong with a value, and where.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    pub path: Vec<Step>,
    /// In the API server's words.
    pub text: String,
    /// For the editor.
    pub plain: String,
}

/// More unknown fields than this are not listed.
const MOST: usize = 100;

/// Decodes a value as a kind of object, e.g. `Job`. The error is a value of a wrong type, which no server setting lets
/// pass; the list is of unknown fields, which `--validate` decides about. Kinds that are not in the table pass.
pub fn check(kind: &str, value: &Value) -> Result<Vec<Problem>, Problem> {
    match Type::of_kind(kind) {
        Some(of) => Decoder::default().run(value, &Of::Object(of)),
        None => Ok(Vec::new()),
    }
}

/// What kubectl looks at before it sends anything: `metadata` alone.
pub fn check_metadata(value: &Value) -> Result<(), Problem> {
    let Some(metadata) = value.get("metadata") else { return Ok(()) };
    let mut decoder = Decoder {
        path: vec![Step::Key("metadata".into())],
        fields: vec!["metadata"],
        within: "metadataOnlyObject",
        ..Decoder::default()
    };
    decoder.run(metadata, &Of::Object(&super::table::OBJECT_META)).map(|_| ())
}

/// Decodes what a strategic merge patch has made, for which Kubernetes has another decoder with other words. It stops at
/// the first wrong type.
pub fn check_patched(kind: &str, value: &Value) -> Result<Vec<Problem>, Problem> {
    match Type::of_kind(kind) {
        Some(of) => Decoder { after_strategic_patch: true, ..Decoder::default() }.run(value, &Of::Object(of)),
        None => Ok(Vec::new()),
    }
}

/// What decoding leaves of a value that was found to be of its kind: quantities and bytes as they are written again, zeros
/// where there has to be something, and neither nulls, nor unknown fields, nor what Go cannot tell from being absent.
pub fn settled(kind: &str, mut value: Value) -> Value {
    if let Some(of) = Type::of_kind(kind) {
        settle(&mut value, &Of::Object(of));
    }
    value
}

fn settle(value: &mut Value, of: &Of) {
    match (of, value) {
        (Of::Object(of), Value::Object(fields)) => {
            fields.retain(|name, value| {
                let known = of.field(name).filter(|field| !value.is_null() && !field.leaves_out(value));
                known.inspect(|field| settle(value, &field.of)).is_some()
            });
            // Words that have to be there are one of a few, none of which is empty.
            let is_there = |field: &&Field| !field.pointer && (field.required || field.of == Of::Quantity);
            for field in of.fields.iter().filter(is_there).filter(|field| !matches!(field.of, Of::Word(_))) {
                field.of.zero().into_iter().for_each(|zero| _ = fields.entry(field.name).or_insert(zero));
            }
        }
        (Of::List(of), Value::Array(items)) => items.iter_mut().for_each(|item| settle(item, of)),
        (Of::Map(RESOURCE_LIST, _), Value::Object(entries)) => entries.values_mut().for_each(|amount| {
            *amount = quantity::written(&quantity::spelling(amount), quantity::MILLI).into();
        }),
        (Of::Map(_, of), Value::Object(entries)) => entries.values_mut().for_each(|entry| settle(entry, of)),
        // An item or entry is there, if nothing was written into it.
        (of @ Of::Object(_), value @ Value::Null) => {
            *value = Map::new().into();
            settle(value, of);
        }
        (of, value @ Value::Null) => *value = of.zero().unwrap_or_default(),
        (Of::Bytes, value @ Value::Array(_)) => {
            let bytes = value.as_array().into_iter().flatten().map(|byte| byte.as_u64().unwrap_or(0) as u8);
            *value = base64(&bytes.collect::<Vec<_>>()).into();
        }
        (Of::Bytes, Value::String(text)) => {
            if let Ok(bytes) = from_base64(text.as_bytes()) {
                *text = base64(&bytes);
            }
        }
        // Of what a strategic merge patch made larger, the lower half is left.
        (Of::Int32, value) => {
            if let Some(number) = value.as_i64() {
                *value = (number as i32).into();
            }
        }
        (Of::Quantity, value) => *value = quantity::written(&quantity::spelling(value), quantity::NANO).into(),
        _ => {}
    }
}

impl Field {
    /// Whether this value is not kept: Go leaves out zeros, and what is empty, that are neither behind pointers nor
    /// required, and the API server what belongs to features that are off.
    fn leaves_out(&self, value: &Value) -> bool {
        if self.gated || self.is_gated_inside(value) {
            return true;
        }
        let zero = match self.of {
            Of::Text | Of::Word(_) => value == "",
            Of::Bool => value == &Value::Bool(false),
            Of::Int32 | Of::Int64 => value == &Value::from(0),
            Of::List(_) => value.as_array().is_some_and(Vec::is_empty),
            Of::Map(..) => value.as_object().is_some_and(Map::is_empty),
            _ => false,
        };
        zero && !self.pointer && !self.required
    }

    /// Whether there is something inside, and all of it belongs to features that are off.
    fn is_gated_inside(&self, value: &Value) -> bool {
        let (Of::Object(of), Some(fields)) = (&self.of, value.as_object()) else { return false };
        !fields.is_empty() && fields.keys().all(|name| of.field(name).is_some_and(|field| field.gated))
    }
}

#[derive(Default)]
struct Decoder {
    after_strategic_patch: bool,
    path: Vec<Step>,
    /// The names on the way, as Go's errors list them: without positions and keys of maps.
    fields: Vec<&'static str>,
    /// The innermost Go struct.
    within: &'static str,
    wrong: Option<Problem>,
    unknown: Vec<Problem>,
}

/// An error that ends decoding at once, and goes before all others.
struct Stop(Problem);

impl Decoder {
    fn run(&mut self, value: &Value, of: &Of) -> Result<Vec<Problem>, Problem> {
        match self.value(value, of) {
            Err(Stop(problem)) => Err(problem),
            Ok(()) => self.wrong.take().map_or_else(|| Ok(std::mem::take(&mut self.unknown)), Err),
        }
    }

    fn value(&mut self, value: &Value, of: &Of) -> Result<(), Stop> {
        match (of, value) {
            (_, Value::Null)
            | (Of::Raw, _)
            | (Of::Text | Of::Word(_), Value::String(_))
            | (Of::Bool, Value::Bool(_)) => {}
            (Of::Int32, Value::Number(n)) if n.as_i64().is_some_and(|n| i32::try_from(n).is_ok()) => {}
            (Of::Int64, Value::Number(n)) if n.is_i64() => {}
            // Go converts one to the other, whatever is lost.
            (Of::Int32, Value::Number(n)) if n.is_i64() && self.after_strategic_patch => {}
            (Of::Bytes, Value::String(text)) => {
                if let Some(at) = base64_error(text) {
                    let decoding = if self.after_strategic_patch { "error decoding from json: " } else { "" };
                    self.wrong(format!("{decoding}illegal base64 data at input byte {at}"), of)?;
                }
            }
            (Of::Bytes, Value::Array(items)) if !self.after_strategic_patch => {
                let is_byte = |item: &&Value| item.is_null() || item.as_u64().is_some_and(|byte| byte < 256);
                for item in items.iter().filter(|item| !is_byte(item)) {
                    let text = self.mismatch_of(item, true, "uint8");
                    self.wrong(text, of)?;
                }
            }
            (Of::Quantity, _) => {
                if let Err(why) = Quantity::parse(&quantity::spelling(value)) {
                    return Err(Stop(self.problem(why.to_owned(), of)));
                }
            }
            (Of::IntOrString, Value::String(_)) => {}
            (Of::IntOrString, _) => return self.nested(value, &Of::Int32, of),
            (Of::Time | Of::MicroTime, Value::String(text)) => {
                if let Some(why) = time_error(text, *of == Of::MicroTime) {
                    return Err(Stop(self.problem(why, of)));
                }
            }
            (Of::Time | Of::MicroTime, _) => return self.nested(value, &Of::Text, of),
            (Of::Object(of), Value::Object(map)) => {
                let outside = std::mem::replace(&mut self.within, of.name);
                for (key, value) in map {
                    self.path.push(Step::Key(key.clone()));
                    match of.field(key) {
                        Some(field) => {
                            self.within = of.name;
                            let known = self.fields.len();
                            self.fields.extend(of.embedded(field).into_iter().chain([field.name]));
                            self.value(value, &field.of)?;
                            self.fields.truncate(known);
                        }
                        None => self.unknown(key, of),
                    }
                    self.path.pop();
                }
                self.within = outside;
            }
            (Of::List(of), Value::Array(items)) => {
                for (index, item) in items.iter().enumerate() {
                    self.path.push(Step::Index(index));
                    self.value(item, of)?;
                    self.path.pop();
                }
            }
            (Of::Map(_, of), Value::Object(map)) => {
                for (key, value) in map {
                    self.path.push(Step::Key(key.clone()));
                    self.value(value, of)?;
                    self.path.pop();
                }
            }
            _ => {
                let text = self.mismatch(value, of);
                self.wrong(text, of)?;
            }
        }
        Ok(())
    }

    /// A type that decodes itself by way of another.
    fn nested(&self, value: &Value, by_way_of: &Of, of: &Of) -> Result<(), Stop> {
        let fits = matches!((by_way_of, value), (Of::Int32, Value::Number(n)) if n.as_i64().is_some_and(|n| i32::try_from(n).is_ok()));
        if fits {
            return Ok(());
        }
        let text = match self.after_strategic_patch {
            true => format!(
                "json: cannot unmarshal {} into Go value of type {}",
                found(value, *by_way_of == Of::Int32),
                by_way_of.go_type()
            ),
            false => self.mismatch(value, by_way_of),
        };
        Err(Stop(self.problem(text, of)))
    }

    fn problem(&self, text: String, of: &Of) -> Problem {
        let name = self.fields.last().map_or_else(|| "This".to_owned(), |name| (*name).to_owned());
        Problem { path: self.path.clone(), text, plain: format!("{name} takes {}.", of.plain()) }
    }

    fn wrong(&mut self, text: String, of: &Of) -> Result<(), Stop> {
        let problem = self.problem(text, of);
        if self.after_strategic_patch {
            return Err(Stop(problem));
        }
        self.wrong.get_or_insert(problem);
        Ok(())
    }

    fn mismatch(&self, value: &Value, of: &Of) -> String {
        if self.after_strategic_patch {
            return mismatch_after_patch(value, of);
        }
        self.mismatch_of(value, matches!(of, Of::Int32 | Of::Int64), &of.go_type())
    }

    /// Only where a number is wanted does Go say which it found.
    fn mismatch_of(&self, value: &Value, is_number: bool, wanted: &str) -> String {
        let found = found(value, is_number);
        let place = match self.fields.is_empty() {
            true => "value".to_owned(),
            false => format!("struct field {}.{}", self.within, self.fields.join(".")),
        };
        format!("json: cannot unmarshal {found} into Go {place} of type {wanted}")
    }

    fn unknown(&mut self, key: &str, of: &Type) {
        if self.unknown.len() >= MOST {
            return;
        }
        let mut plain = format!("There is no field {key:?} here.");
        if let Some(field) = of.fields.iter().min_by_key(|field| distance(key, field.name))
            && distance(key, field.name) <= 1 + key.len() / 4
        {
            plain.push_str(&format!(" Did you mean {:?}?", field.name));
        }
        let text = format!("unknown field {:?}", display(&self.path));
        self.unknown.push(Problem { path: self.path.clone(), text, plain });
    }
}

/// What stands where something else is wanted.
fn found(value: &Value, is_number: bool) -> String {
    match value {
        Value::Number(_) if is_number => format!("number {}", print::json_compact(value)),
        _ => json_type(value).to_owned(),
    }
}

/// What Go's JSON decoder calls a value.
pub fn json_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// The same in the words of the other decoder, which knows Go's conversions rather than JSON's types.
fn mismatch_after_patch(value: &Value, of: &Of) -> String {
    let found = match value {
        Value::Null => "invalid",
        Value::Bool(_) => "bool",
        Value::Number(n) if n.is_f64() => "float64",
        Value::Number(_) => "int64",
        Value::String(_) => "string",
        Value::Array(_) => "slice",
        Value::Object(_) => "map",
    };
    match of {
        Of::Object(_) => format!("cannot restore struct from: {found}"),
        Of::List(_) | Of::Bytes => format!("cannot restore slice from {found}"),
        Of::Map(..) => format!("cannot restore map from {found}"),
        // Go converts numbers to each other and, unhelpfully, to strings; only these conversions are refused by name.
        Of::Int32 | Of::Int64 | Of::Text | Of::Word(_) if value.is_number() => {
            format!("cannot convert {found} to {}", of.go_type())
        }
        Of::Word(_) => "unrecognized type: string".into(),
        _ => format!("unrecognized type: {}", of.go_type()),
    }
}

/// `spec.template.spec.containers[0].imag`
pub(super) fn display(path: &[Step]) -> String {
    let mut text = String::new();
    for step in path {
        match step {
            Step::Key(key) if text.is_empty() => text.push_str(key),
            Step::Key(key) => text.extend([".", key.as_str()]),
            Step::Index(index) => text.push_str(&format!("[{index}]")),
        }
    }
    text
}

/// How many letters differ, upper case or lower.
fn distance(a: &str, b: &str) -> usize {
    let (a, b) = (a.to_lowercase(), b.to_lowercase());
    if a.len() > 60 || b.len() > 60 {
        return usize::MAX;
    }
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.chars().enumerate() {
            let cost = (diagonal + usize::from(x != y)).min(row[j] + 1).min(row[j + 1] + 1);
            diagonal = std::mem::replace(&mut row[j + 1], cost);
        }
    }
    row[row.len() - 1]
}

/// Where a text stops being base64, as Go counts.
fn base64_error(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let is_break = |byte: &u8| matches!(byte, b'\r' | b'\n');
    let after_breaks = |from: usize| from + bytes[from..].iter().take_while(|byte| is_break(byte)).count();
    // How many digits there are of a group of four.
    let mut held = 0;
    for (at, byte) in bytes.iter().enumerate().filter(|(_, byte)| !is_break(byte)) {
        match byte {
            b'=' if held >= 2 => {
                let mut next = after_breaks(at + 1);
                if held == 2 {
                    match bytes.get(next) {
                        None => return Some(next),
                        Some(b'=') => next = after_breaks(next + 1),
                        Some(_) => return Some(next - 1),
                    }
                }
                return (next < bytes.len()).then_some(next);
            }
            b'+' | b'/' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => held = (held + 1) % 4,
            _ => return Some(at),
        }
    }
    (held > 0).then(|| bytes.len() - held)
}

/// Why Go cannot read a time.
fn time_error(text: &str, micro: bool) -> Option<String> {
    let layout = if micro { "2006-01-02T15:04:05.000000Z07:00" } else { "2006-01-02T15:04:05Z07:00" };
    let failed = |rest: &str, element: &str| {
        let (text, layout) = (time_quoted(text), time_quoted(layout));
        Some(format!("parsing time {text} as {layout}: cannot parse {} as {}", time_quoted(rest), time_quoted(element)))
    };
    let out_of_range = |what: &str| Some(format!("parsing time {}: {what} out of range", time_quoted(text)));
    let mut rest = text;
    let mut found = [0_u32; 6];
    let elements = [
        ("2006", 4, 9999, ""),
        ("01", 2, 12, "month"),
        ("02", 2, 31, "day"),
        ("15", 2, 23, "hour"),
        ("04", 2, 59, "minute"),
        ("05", 2, 59, "second"),
    ];
    for (index, (element, width, most, name)) in elements.into_iter().enumerate() {
        let separator = ["", "-", "-", "T", ":", ":"][index];
        let Some(after) = rest.strip_prefix(separator) else { return failed(rest, separator) };
        rest = after;
        let number = rest.get(..width).filter(|digits| digits.bytes().all(|b| b.is_ascii_digit()));
        let Some(number) = number else { return failed(rest, element) };
        found[index] = number.parse().unwrap_or(0);
        rest = &rest[width..];
        if found[index] > most || name == "month" && found[index] == 0 {
            return out_of_range(name);
        }
    }
    let fraction = rest.strip_prefix('.').map(|rest| rest.trim_start_matches(|c: char| c.is_ascii_digit()));
    match fraction {
        Some(after) if after.len() + 1 < rest.len() => rest = after,
        _ if micro => return failed(rest, ".000000"),
        _ => {}
    }
    let zone = rest.strip_prefix(['+', '-']).and_then(|zone| zone.split_once(':'));
    let in_zone = |(hours, minutes): (&str, &str)| {
        let two = |text: &str| text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit());
        two(hours) && minutes.len() >= 2 && minutes.is_char_boundary(2) && two(&minutes[..2])
    };
    let after = match rest.strip_prefix('Z') {
        Some(after) => after,
        None if zone.is_some_and(in_zone) => {
            let number = |digits: &str| digits.parse::<u32>().unwrap_or(0);
            match (number(&rest[1..3]), number(&rest[4..6])) {
                (25.., _) => return out_of_range("time zone offset hour"),
                (_, 61..) => return out_of_range("time zone offset minute"),
                _ => &rest[6..],
            }
        }
        None => return failed(rest, "Z07:00"),
    };
    if !after.is_empty() {
        return Some(format!("parsing time {}: extra text: {}", time_quoted(text), time_quoted(after)));
    }
    let leap = found[0] % 4 == 0 && (found[0] % 100 != 0 || found[0] % 400 == 0);
    let days = match found[1] {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    if found[2] == 0 || found[2] > days { out_of_range("day") } else { None }
}
