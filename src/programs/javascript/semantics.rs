//! What JavaScript's values and operators mean.

use super::inspect::number_text;
use super::library;
use crate::programs::dates;
use crate::programs::host::{Host, Output};
use crate::programs::script::*;

/// JavaScript.
pub struct JavaScript;

/// The one there is.
pub static JAVASCRIPT: JavaScript = JavaScript;

pub(super) fn type_error<T>(message: impl Into<String>) -> Result<T, Raise> {
    Err(Raise::Error("TypeError", message.into()))
}

/// A number; whole ones are kept as such as long as they are exact.
pub(super) fn number(value: f64) -> Value {
    if value == libm::trunc(value) && value.abs() < 9e15 { Value::Int(value as i64) } else { Value::Float(value) }
}

/// A value as a number.
pub(super) fn to_number(script: &Script, value: Value) -> f64 {
    match value {
        Value::None => 0.0,
        Value::Undefined => f64::NAN,
        Value::Bool(value) => f64::from(u8::from(value)),
        Value::Int(number) => number as f64,
        Value::Float(number) => number,
        Value::Ref(_) => match script.heap.object(value) {
            Object::Foreign { kind: "Date", number, .. } => *number as f64,
            Object::Str(text) if text.trim().is_empty() => 0.0,
            Object::Str(text) => text.trim().parse().unwrap_or(f64::NAN),
            _ => f64::NAN,
        },
    }
}

/// `String(value)`.
pub fn text(script: &Script, value: Value) -> String {
    text_at(script, value, 0)
}

fn text_at(script: &Script, value: Value, depth: usize) -> String {
    match value {
        Value::None => "null".to_owned(),
        Value::Undefined => "undefined".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Float(number) => number_text(number),
        Value::Ref(_) => match script.heap.object(value) {
            Object::Str(text) => text.to_string(),
            Object::List(items) if depth < 10 => {
                let part = |item: &Value| match item {
                    Value::None | Value::Undefined => String::new(),
                    item => text_at(script, *item, depth + 1),
                };
                items.iter().map(part).collect::<Vec<_>>().join(",")
            }
            Object::Foreign { kind: "Date", number, .. } => dates::iso(*number),
            Object::Foreign { kind: "ObjectId", values, .. } => {
                script.heap.as_str(values[0]).unwrap_or_default().to_string()
            }
            Object::Function { code, .. } => {
                format!("function {}() {{ ... }}", code.name.rsplit('\n').next().unwrap_or_default())
            }
            Object::Native(native) => format!("function {}() {{ [native code] }}", native.name),
            _ => match (script.heap.find(value, "message"), script.heap.find(value, "name")) {
                (Some((message, _)), Some((name, _))) => {
                    let (name, message) = (text_at(script, name, depth + 1), text_at(script, message, depth + 1));
                    if message.is_empty() { name } else { format!("{name}: {message}") }
                }
                _ => "[object Object]".to_owned(),
            },
        },
    }
}

/// Whether two values are the same: `===`.
pub(super) fn same(script: &Script, a: Value, b: Value) -> bool {
    match (a, b) {
        (Value::Int(_) | Value::Float(_), Value::Int(_) | Value::Float(_)) => {
            to_number(script, a) == to_number(script, b)
        }
        _ if a == b => true,
        _ => matches!((script.heap.object(a), script.heap.object(b)), (Object::Str(a), Object::Str(b)) if a == b),
    }
}

fn is_primitive(script: &Script, value: Value) -> bool {
    !matches!(value, Value::Ref(_)) || matches!(script.heap.object(value), Object::Str(_))
}

impl Language for JavaScript {
    fn is_python(&self) -> bool {
        false
    }

    fn truth(&self, script: &Script, value: Value) -> bool {
        match value {
            Value::None | Value::Undefined => false,
            Value::Bool(value) => value,
            Value::Int(number) => number != 0,
            Value::Float(number) => number != 0.0 && !number.is_nan(),
            Value::Ref(_) => !matches!(script.heap.object(value), Object::Str(text) if text.is_empty()),
        }
    }

    fn unary(&self, script: &mut Script, operator: Unary, value: Value) -> Result<Answer, Raise> {
        let of = to_number(script, value);
        Ok(Answer::Value(match operator {
            Unary::Minus => number(-of),
            Unary::Invert => Value::Int(i64::from(!(of as i64 as i32))),
            _ => number(of),
        }))
    }

    fn binary(&self, script: &mut Script, operator: Binary, a: Value, b: Value, _: bool) -> Result<Answer, Raise> {
        let bits = |value: Value| to_number(script, value) as i64 as i32;
        let value = match operator {
            Binary::Same => Value::Bool(same(script, a, b)),
            Binary::NotSame => Value::Bool(!same(script, a, b)),
            Binary::Equal | Binary::NotEqual => {
                let nothing = |value: Value| matches!(value, Value::None | Value::Undefined);
                let equal = match (nothing(a), nothing(b)) {
                    (true, other) => other,
                    (false, true) => false,
                    _ if same(script, a, b) => true,
                    _ if is_primitive(script, a) && is_primitive(script, b) => {
                        let both = matches!((a, b), (Value::Ref(_), Value::Ref(_)));
                        !both && to_number(script, a) == to_number(script, b)
                    }
                    _ if is_primitive(script, a) != is_primitive(script, b) => text(script, a) == text(script, b),
                    _ => false,
                };
                Value::Bool(equal == (operator == Binary::Equal))
            }
            Binary::Less | Binary::LessEqual | Binary::Greater | Binary::GreaterEqual => {
                let order = match (script.heap.object(a), script.heap.object(b)) {
                    (Object::Str(a), Object::Str(b)) => Some(a.cmp(b)),
                    _ => to_number(script, a).partial_cmp(&to_number(script, b)),
                };
                Value::Bool(order.is_some_and(|order| match operator {
                    Binary::Less => order.is_lt(),
                    Binary::LessEqual => order.is_le(),
                    Binary::Greater => order.is_gt(),
                    _ => order.is_ge(),
                }))
            }
            Binary::In => {
                let key = self.key(script, a)?;
                Value::Bool(match script.heap.object(b) {
                    Object::List(items) => matches!(a, Value::Int(place) if (place as usize) < items.len()),
                    _ => match &key {
                        Key::Str(name) => script.heap.find(b, name).is_some(),
                        _ => false,
                    },
                })
            }
            Binary::InstanceOf => {
                let prototype = match script.heap.object(b) {
                    Object::Record { kind: Kind::Class(_), .. } => Some(b),
                    Object::Native(native) => {
                        let kind = library::kind(script, a);
                        return Ok(Answer::Value(Value::Bool(kind == native.name)));
                    }
                    _ => script.heap.field(b, "prototype"),
                };
                Value::Bool(matches!(prototype, Some(Value::Ref(prototype)) if script.heap.descends(a, prototype)))
            }
            Binary::Add if !(is_number(script, a) && is_number(script, b)) => {
                let joined = text(script, a) + &text(script, b);
                if joined.len() > 16 << 20 {
                    return Err(Raise::Error("RangeError", "Invalid string length".to_owned()));
                }
                script.heap.str(joined)
            }
            Binary::BitAnd => Value::Int(i64::from(bits(a) & bits(b))),
            Binary::BitOr => Value::Int(i64::from(bits(a) | bits(b))),
            Binary::BitXor => Value::Int(i64::from(bits(a) ^ bits(b))),
            Binary::LeftShift => Value::Int(i64::from(bits(a).wrapping_shl(bits(b) as u32 & 31))),
            Binary::RightShift => Value::Int(i64::from(bits(a).wrapping_shr(bits(b) as u32 & 31))),
            _ => {
                let (a, b) = (to_number(script, a), to_number(script, b));
                number(match operator {
                    Binary::Add => a + b,
                    Binary::Subtract => a - b,
                    Binary::Multiply => a * b,
                    Binary::Divide => a / b,
                    Binary::Remainder => libm::fmod(a, b),
                    Binary::Power => libm::pow(a, b),
                    _ => f64::NAN,
                })
            }
        };
        Ok(Answer::Value(value))
    }

    fn attribute(&self, script: &mut Script, value: Value, name: &Name) -> Result<Answer, Raise> {
        if let Value::None | Value::Undefined = value {
            return type_error(format!("Cannot read properties of {} (reading '{name}')", text(script, value)));
        }
        match script.heap.object(value) {
            Object::Str(text) if &**name == "length" => {
                return Ok(Answer::Value(Value::Int(text.encode_utf16().count() as i64)));
            }
            Object::List(items) if &**name == "length" => return Ok(Answer::Value(Value::Int(items.len() as i64))),
            Object::Foreign { kind: "env", .. } => {
                let found =
                    script.lookup(script.builtins, "%environ").and_then(|environ| script.heap.field(environ, name));
                return Ok(Answer::Value(found.unwrap_or(Value::Undefined)));
            }
            Object::Function { .. } if &**name == "prototype" => {
                let prototype = script.prototype(value).map_or(Value::Undefined, Value::Ref);
                return Ok(Answer::Value(prototype));
            }
            Object::Record { .. } | Object::Function { .. } => {
                if let Some((found, _)) = script.heap.find(value, name) {
                    return Ok(Answer::Value(found));
                }
                // An object that knows what its attributes are: a database with its collections.
                if let Some((ask, _)) = script.heap.find(value, "__getAttribute") {
                    let name = script.heap.str(name.clone());
                    return Ok(Answer::Call(ask, vec![value, name]));
                }
            }
            _ => {}
        }
        let (function, _) = self.found(script, value, name);
        Ok(Answer::Value(function.unwrap_or(Value::Undefined)))
    }

    fn method(&self, script: &mut Script, value: Value, name: &Name) -> Result<(Value, bool), Raise> {
        if let Value::None | Value::Undefined = value {
            return type_error(format!("Cannot read properties of {} (reading '{name}')", text(script, value)));
        }
        match self.found(script, value, name) {
            (Some(function), _) => Ok((function, true)),
            (None, _) => type_error(format!("{name} is not a function")),
        }
    }

    fn set_attribute(&self, script: &mut Script, object: Value, name: &Name, value: Value) -> Result<(), Raise> {
        match script.heap.object(object) {
            Object::Record { .. } | Object::Function { .. } => script.heap.set_field(object, name, value),
            Object::List(_) if &**name == "length" => {
                let len = to_number(script, value) as usize;
                script.heap.list_mut(object).into_iter().for_each(|items| items.truncate(len));
            }
            _ if matches!(object, Value::None | Value::Undefined) => {
                return type_error(format!("Cannot set properties of {} (setting '{name}')", text(script, object)));
            }
            _ => {}
        }
        Ok(())
    }

    fn delete_attribute(&self, script: &mut Script, object: Value, name: &Name) -> Result<(), Raise> {
        script.heap.fields_mut(object).and_then(|fields| fields.remove(&Key::Str(name.clone())));
        Ok(())
    }

    fn index(&self, script: &mut Script, object: Value, at: Value) -> Result<Answer, Raise> {
        if let Value::Int(place) = at {
            match script.heap.object(object) {
                Object::List(items) => {
                    let found = usize::try_from(place).ok().and_then(|place| items.get(place)).copied();
                    return Ok(Answer::Value(found.unwrap_or(Value::Undefined)));
                }
                Object::Str(text) => {
                    let found = usize::try_from(place).ok().and_then(|place| text.chars().nth(place));
                    let found = found.map_or(Value::Undefined, |symbol| script.heap.str(symbol.to_string()));
                    return Ok(Answer::Value(found));
                }
                _ => {}
            }
        }
        let name: Name = text(script, at).into();
        self.attribute(script, object, &name)
    }

    fn set_index(&self, script: &mut Script, object: Value, at: Value, value: Value) -> Result<Answer, Raise> {
        if let (Value::Int(place), Object::List(_)) = (at, script.heap.object(object)) {
            let place = usize::try_from(place).unwrap_or(usize::MAX);
            if place > 1 << 21 {
                return Err(Raise::Error("RangeError", "Invalid array length".to_owned()));
            }
            if let Some(items) = script.heap.list_mut(object) {
                if items.len() <= place {
                    items.resize(place + 1, Value::Undefined);
                }
                items[place] = value;
            }
            return Ok(Answer::Value(value));
        }
        let name: Name = text(script, at).into();
        self.set_attribute(script, object, &name, value)?;
        Ok(Answer::Value(value))
    }

    fn delete_index(&self, script: &mut Script, object: Value, at: Value) -> Result<Answer, Raise> {
        let name: Name = text(script, at).into();
        self.delete_attribute(script, object, &name)?;
        Ok(Answer::Value(Value::Bool(true)))
    }

    fn iterate(&self, script: &mut Script, value: Value, by_key: bool) -> Result<Answer, Raise> {
        let items = match (script.heap.object(value), by_key) {
            (Object::Items { .. }, _) => return Ok(Answer::Value(value)),
            (Object::List(items), true) => {
                let count = items.len();
                (0..count).map(|place| script.heap.str(place.to_string())).collect()
            }
            (Object::List(_), false) => {
                let Value::Ref(of) = value else { return Ok(Answer::Value(value)) };
                return Ok(Answer::Value(Value::Ref(script.heap.add(Object::Items { of, next: 0 }))));
            }
            (Object::Str(text), false) => {
                let text = text.clone();
                text.chars().map(|symbol| script.heap.str(symbol.to_string())).collect()
            }
            (Object::Record { fields, .. }, true) => fields.iter().map(|(_, key, _)| key).collect(),
            (_, true) => Vec::new(),
            (Object::Record { .. }, false) => match script.heap.find(value, "toArray") {
                // A cursor.
                Some((method, _)) => return Ok(Answer::Method(value, method)),
                None => return type_error("object is not iterable"),
            },
            _ => return type_error(format!("{} is not iterable", text(script, value))),
        };
        let Value::Ref(of) = script.heap.list(items) else { return Ok(Answer::Value(value)) };
        Ok(Answer::Value(Value::Ref(script.heap.add(Object::Items { of, next: 0 }))))
    }

    fn format(&self, script: &mut Script, value: Value, _: bool, _: &str) -> Result<Answer, Raise> {
        let text = text(script, value);
        Ok(Answer::Value(script.heap.str(text)))
    }

    fn import(&self, _: &mut Script, _: &mut dyn Host, name: &Name) -> Result<Answer, Raise> {
        Err(Raise::Error("Error", format!("Cannot find module '{name}'")))
    }

    fn key(&self, script: &Script, value: Value) -> Result<Key, Raise> {
        Ok(Key::Str(text(script, value).into()))
    }

    fn unknown_name(&self, name: &Name, _: bool) -> Raise {
        Raise::Error("ReferenceError", format!("{name} is not defined"))
    }

    fn not_callable(&self, script: &Script, value: Value) -> Raise {
        Raise::Error("TypeError", format!("{} is not a function", text(script, value)))
    }

    fn failure(&self, script: &mut Script, kind: &'static str, message: &str) -> Value {
        let failure = Value::Ref(script.new_object(kind));
        let message = script.heap.str(message);
        script.heap.set_field(failure, "message", message);
        failure
    }

    fn is_caught(&self, _: &Script, _: Value, _: Value) -> bool {
        true
    }

    fn uncaught(&self, script: &mut Script, host: &mut dyn Host, failure: Value) -> i32 {
        let is_error = script.heap.find(failure, "message").is_some();
        let shown =
            if is_error { text(script, failure) } else { format!("Error: {}", super::inspect(script, failure)) };
        host.write(Output::Error, format!("{shown}\n").as_bytes());
        1
    }

    fn wrong_arguments(&self, _: &Code, problem: String) -> Raise {
        Raise::Error("TypeError", problem)
    }

    fn type_of(&self, script: &Script, value: Value) -> &'static str {
        match value {
            Value::Undefined => "undefined",
            Value::Bool(_) => "boolean",
            Value::Int(_) | Value::Float(_) => "number",
            Value::None => "object",
            Value::Ref(_) => match script.heap.object(value) {
                Object::Str(_) => "string",
                Object::Function { .. } | Object::Native(_) | Object::Bound { .. } => "function",
                Object::Record { kind: Kind::Class(_), .. } => "function",
                _ => "object",
            },
        }
    }
}

fn is_number(script: &Script, value: Value) -> bool {
    let _ = script;
    !matches!(value, Value::Ref(_))
}

impl JavaScript {
    /// A method, or another attribute, wherever it is from.
    fn found(&self, script: &mut Script, value: Value, name: &Name) -> (Option<Value>, bool) {
        if let Some((found, own)) = script.heap.find(value, name) {
            return (Some(found), own);
        }
        if let Some(native) = library::method(script, value, name) {
            return (Some(Value::Ref(script.heap.add(Object::Native(native)))), false);
        }
        let kind = library::kind(script, value);
        (script.lookup(script.builtins, &format!("__{kind}_{name}")), false)
    }
}
