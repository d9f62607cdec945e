//! What Python's values and operators mean.

use super::text::type_name;
use super::{library, text};
use crate::programs::host::{Host, Output};
use crate::programs::script::*;
use std::cmp::Ordering;

/// Python.
pub struct Python;

/// The one there is.
pub static PYTHON: Python = Python;

pub(super) fn raise<T>(kind: &'static str, message: impl Into<String>) -> Result<T, Raise> {
    Err(Raise::Error(kind, message.into()))
}

pub(super) fn type_error<T>(message: impl Into<String>) -> Result<T, Raise> {
    raise("TypeError", message)
}

const TOO_LARGE: &str = "whole numbers of more than 64 bits are not simulated";

/// A number, whichever kind it is.
#[derive(Clone, Copy)]
pub(super) enum Number {
    Int(i64),
    Float(f64),
}

impl Number {
    pub fn of(value: Value) -> Option<Self> {
        match value {
            Value::Bool(value) => Some(Self::Int(i64::from(value))),
            Value::Int(number) => Some(Self::Int(number)),
            Value::Float(number) => Some(Self::Float(number)),
            _ => None,
        }
    }

    pub fn float(self) -> f64 {
        match self {
            Self::Int(number) => number as f64,
            Self::Float(number) => number,
        }
    }
}

/// A failure for a key that is not there.
pub(super) fn key_error(script: &mut Script, key: Value) -> Raise {
    let failure = PYTHON.failure(script, "KeyError", "");
    let args = script.heap.tuple(vec![key]);
    script.heap.set_field(failure, "args", args);
    Raise::Value(failure)
}

/// The items of anything that can be gone over, or what must be done first.
pub(super) fn listed(script: &mut Script, value: Value) -> Result<Result<Vec<Value>, Answer>, Raise> {
    match PYTHON.iterate(script, value, false)? {
        Answer::Value(Value::Ref(iterator)) => {
            if let Object::Generator(_) = script.heap.get(iterator) {
                let drain = script.lookup(script.builtins, "__drain").unwrap_or(Value::None);
                return Ok(Err(Answer::Prepare(value, drain, vec![Value::Ref(iterator)])));
            }
            let mut items = Vec::new();
            while let Some(item) = script.next_item(iterator) {
                items.push(item);
                if items.len() > MOST_ITEMS {
                    return raise("MemoryError", "");
                }
            }
            Ok(Ok(items))
        }
        Answer::Call(function, items) => Ok(Err(Answer::Prepare(value, function, items))),
        answer => Ok(Err(answer)),
    }
}

/// How many items a list made at once may have.
pub(super) const MOST_ITEMS: usize = 1 << 21;

/// How long a text made at once may be, in bytes.
pub(super) const MOST_BYTES: usize = 16 << 20;

/// Where a number points to in so many items.
fn place(number: i64, len: usize) -> Option<usize> {
    let place = if number < 0 { number + len as i64 } else { number };
    usize::try_from(place).ok().filter(|&place| place < len)
}

/// The places that a slice names.
fn places(script: &Script, parts: [Value; 3], len: usize) -> Result<Vec<usize>, Raise> {
    let number = |value: Value| match value {
        Value::None => Ok(None),
        Value::Int(number) => Ok(Some(number)),
        Value::Bool(value) => Ok(Some(i64::from(value))),
        _ => type_error("slice indices must be integers or None or have an __index__ method"),
    };
    let _ = script;
    let step = number(parts[2])?.unwrap_or(1);
    if step == 0 {
        return raise("ValueError", "slice step cannot be zero");
    }
    let len = len as i64;
    let (low, high) = if step > 0 { (0, len) } else { (-1, len - 1) };
    let clamp = |number: i64| (if number < 0 { number.saturating_add(len) } else { number }).clamp(low, high);
    let start = number(parts[0])?.map_or(if step > 0 { low } else { high }, clamp);
    let stop = number(parts[1])?.map_or(if step > 0 { high } else { low }, clamp);
    let mut places = Vec::new();
    let mut at = start;
    while if step > 0 { at < stop } else { at > stop } {
        places.push(at as usize);
        at = at.saturating_add(step);
    }
    Ok(places)
}

/// How two values stand in order; `None` if they have none.
pub(super) fn compare(script: &Script, a: Value, b: Value) -> Option<Ordering> {
    if let (Some(a), Some(b)) = (Number::of(a), Number::of(b)) {
        return match (a, b) {
            (Number::Int(a), Number::Int(b)) => Some(a.cmp(&b)),
            _ => a.float().partial_cmp(&b.float()),
        };
    }
    let by_items = |a: &[Value], b: &[Value]| {
        for (&a, &b) in a.iter().zip(b) {
            if !equal(script, a, b, 0) {
                return compare(script, a, b);
            }
        }
        Some(a.len().cmp(&b.len()))
    };
    match (script.heap.object(a), script.heap.object(b)) {
        (Object::Str(a), Object::Str(b)) => Some(a.cmp(b)),
        (Object::Bytes(a), Object::Bytes(b)) => Some(a.cmp(b)),
        (Object::List(a), Object::List(b)) => by_items(a, b),
        (Object::Tuple(a), Object::Tuple(b)) => by_items(a, b),
        _ => None,
    }
}

/// Whether two values are equal, by what they hold.
pub(super) fn equal(script: &Script, a: Value, b: Value, depth: usize) -> bool {
    if a == b && !matches!(a, Value::Float(_)) {
        return true;
    }
    if let (Some(a), Some(b)) = (Number::of(a), Number::of(b)) {
        return match (a, b) {
            (Number::Int(a), Number::Int(b)) => a == b,
            _ => a.float() == b.float(),
        };
    }
    if depth > 50 {
        return false;
    }
    let tables = |a: &Table, b: &Table| {
        a.len() == b.len()
            && a.iter().all(|(key, _, mine)| b.get(key).is_some_and(|theirs| equal(script, mine, theirs, depth + 1)))
    };
    let all =
        |a: &[Value], b: &[Value]| a.len() == b.len() && a.iter().zip(b).all(|(&a, &b)| equal(script, a, b, depth + 1));
    match (script.heap.object(a), script.heap.object(b)) {
        (Object::Str(a), Object::Str(b)) => a == b,
        (Object::Bytes(a), Object::Bytes(b)) => a == b,
        (Object::List(a), Object::List(b)) => all(a, b),
        (Object::Tuple(a), Object::Tuple(b)) => all(a, b),
        (Object::Dict(a), Object::Dict(b)) | (Object::Set(a), Object::Set(b)) => tables(a, b),
        _ => false,
    }
}

/// The names of the methods for operators.
fn dunder(operator: Binary) -> (&'static str, &'static str) {
    match operator {
        Binary::Add => ("__add__", "__radd__"),
        Binary::Subtract => ("__sub__", "__rsub__"),
        Binary::Multiply => ("__mul__", "__rmul__"),
        Binary::Divide => ("__truediv__", "__rtruediv__"),
        Binary::FloorDivide => ("__floordiv__", "__rfloordiv__"),
        Binary::Remainder => ("__mod__", "__rmod__"),
        Binary::Power => ("__pow__", "__rpow__"),
        Binary::Equal => ("__eq__", "__eq__"),
        Binary::NotEqual => ("__ne__", "__ne__"),
        Binary::Less => ("__lt__", "__gt__"),
        Binary::LessEqual => ("__le__", "__ge__"),
        Binary::Greater => ("__gt__", "__lt__"),
        Binary::GreaterEqual => ("__ge__", "__le__"),
        Binary::BitAnd => ("__and__", "__rand__"),
        Binary::BitOr => ("__or__", "__ror__"),
        Binary::BitXor => ("__xor__", "__rxor__"),
        _ => ("", ""),
    }
}

fn symbol(operator: Binary) -> &'static str {
    match operator {
        Binary::Add => "+",
        Binary::Subtract => "-",
        Binary::Multiply => "*",
        Binary::Divide => "/",
        Binary::FloorDivide => "//",
        Binary::Remainder => "%",
        Binary::Power => "** or pow()",
        Binary::LeftShift => "<<",
        Binary::RightShift => ">>",
        Binary::BitAnd => "&",
        Binary::BitOr => "|",
        Binary::BitXor => "^",
        Binary::Less => "<",
        Binary::LessEqual => "<=",
        Binary::Greater => ">",
        Binary::GreaterEqual => ">=",
        _ => "?",
    }
}

/// A method that a class of the script defines for its objects.
pub(super) fn own_method(script: &Script, value: Value, name: &str) -> Option<Value> {
    match script.heap.object(value) {
        Object::Record { kind: Kind::Instance, .. } => script.heap.find(value, name).map(|(method, _)| method),
        _ => None,
    }
}

fn arithmetic(operator: Binary, a: Number, b: Number) -> Result<Value, Raise> {
    let zero = |what: &str| raise("ZeroDivisionError", what);
    if let (Number::Int(a), Number::Int(b)) = (a, b) {
        let number = match operator {
            Binary::Add => a.checked_add(b),
            Binary::Subtract => a.checked_sub(b),
            Binary::Multiply => a.checked_mul(b),
            Binary::Divide if b == 0 => return zero("division by zero"),
            Binary::Divide => return Ok(Value::Float(a as f64 / b as f64)),
            Binary::FloorDivide | Binary::Remainder if b == 0 => return zero("integer division or modulo by zero"),
            Binary::FloorDivide => {
                a.checked_div(b).map(|quotient| quotient - i64::from(a % b != 0 && (a < 0) != (b < 0)))
            }
            Binary::Remainder => {
                a.checked_rem(b).map(|rest| if rest != 0 && (rest < 0) != (b < 0) { rest + b } else { rest })
            }
            Binary::Power if b < 0 => return arithmetic(operator, Number::Float(a as f64), Number::Float(b as f64)),
            Binary::Power => u32::try_from(b).ok().and_then(|b| a.checked_pow(b)).or(match a {
                0 | 1 => Some(a),
                -1 => Some(if b % 2 == 0 { 1 } else { -1 }),
                _ => None,
            }),
            Binary::LeftShift | Binary::RightShift if b < 0 => return raise("ValueError", "negative shift count"),
            Binary::LeftShift => (b < 63).then(|| i128::from(a) << b).and_then(|shifted| i64::try_from(shifted).ok()),
            Binary::RightShift => Some(a >> b.min(63)),
            Binary::BitAnd => Some(a & b),
            Binary::BitOr => Some(a | b),
            Binary::BitXor => Some(a ^ b),
            _ => None,
        };
        return number.map_or_else(|| raise("OverflowError", TOO_LARGE), |number| Ok(Value::Int(number)));
    }
    let (x, y) = (a.float(), b.float());
    Ok(Value::Float(match operator {
        Binary::Add => x + y,
        Binary::Subtract => x - y,
        Binary::Multiply => x * y,
        Binary::Divide if y == 0.0 => return zero("float division by zero"),
        Binary::Divide => x / y,
        Binary::FloorDivide if y == 0.0 => return zero("float floor division by zero"),
        Binary::FloorDivide => libm::floor(x / y),
        Binary::Remainder if y == 0.0 => return zero("float modulo"),
        Binary::Remainder => {
            let rest = libm::fmod(x, y);
            if rest != 0.0 && (rest < 0.0) != (y < 0.0) { rest + y } else { rest }
        }
        Binary::Power => libm::pow(x, y),
        _ => return type_error(format!("unsupported operand type(s) for {}: 'float' and 'float'", symbol(operator))),
    }))
}

impl Language for Python {
    fn is_python(&self) -> bool {
        true
    }

    fn truth(&self, script: &Script, value: Value) -> bool {
        match value {
            Value::None | Value::Undefined => false,
            Value::Bool(value) => value,
            Value::Int(number) => number != 0,
            Value::Float(number) => number != 0.0,
            Value::Ref(_) => match script.heap.object(value) {
                Object::Str(text) => !text.is_empty(),
                Object::Bytes(bytes) => !bytes.is_empty(),
                Object::List(items) => !items.is_empty(),
                Object::Tuple(items) => !items.is_empty(),
                Object::Dict(table) | Object::Set(table) => !table.is_empty(),
                Object::Range { next, stop, step } => {
                    if *step > 0 {
                        next < stop
                    } else {
                        next > stop
                    }
                }
                _ => true,
            },
        }
    }

    fn unary(&self, script: &mut Script, operator: Unary, value: Value) -> Result<Answer, Raise> {
        let sign = match operator {
            Unary::Minus => "-",
            Unary::Plus => "+",
            _ => "~",
        };
        let number = match (operator, Number::of(value)) {
            (Unary::Minus, Some(Number::Int(number))) => number.checked_neg().map(Value::Int),
            (Unary::Minus, Some(Number::Float(number))) => Some(Value::Float(-number)),
            (Unary::Plus, Some(Number::Int(number))) => Some(Value::Int(number)),
            (Unary::Plus, Some(Number::Float(number))) => Some(Value::Float(number)),
            (Unary::Invert, Some(Number::Int(number))) => Some(Value::Int(!number)),
            _ => None,
        };
        if let Some(number) = number {
            return Ok(Answer::Value(number));
        }
        if let (Unary::Minus, Some(method)) = (operator, own_method(script, value, "__neg__")) {
            return Ok(Answer::Call(method, vec![value]));
        }
        type_error(format!("bad operand type for unary {sign}: '{}'", type_name(script, value)))
    }

    fn binary(
        &self,
        script: &mut Script,
        operator: Binary,
        a: Value,
        b: Value,
        in_place: bool,
    ) -> Result<Answer, Raise> {
        let truth = |value: bool| Ok(Answer::Value(Value::Bool(value)));
        match operator {
            Binary::Same => return truth(a == b),
            Binary::NotSame => return truth(a != b),
            Binary::In | Binary::NotIn => {
                if let Some(method) = own_method(script, b, "__contains__") {
                    if operator == Binary::NotIn {
                        let not = script.lookup(script.builtins, "__not_in").unwrap_or(Value::None);
                        return Ok(Answer::Call(not, vec![a, b]));
                    }
                    return Ok(Answer::Call(method, vec![b, a]));
                }
                let found = match (script.heap.object(b), script.heap.object(a)) {
                    (Object::Str(text), Object::Str(part)) => text.contains(&**part),
                    (Object::Str(_), _) => {
                        let kind = type_name(script, a);
                        return type_error(format!("'in <string>' requires string as left operand, not {kind}"));
                    }
                    (Object::Bytes(text), Object::Bytes(part)) => {
                        part.is_empty() || text.windows(part.len()).any(|window| window == &**part)
                    }
                    (Object::Dict(table) | Object::Set(table), _) => table.get(&self.key(script, a)?).is_some(),
                    (Object::Foreign { kind: "environ", .. }, _) => {
                        let table = library::environ(script);
                        script
                            .heap
                            .fields(table)
                            .is_some_and(|table| self.key(script, a).is_ok_and(|key| table.get(&key).is_some()))
                    }
                    _ => match listed(script, b) {
                        Ok(Ok(items)) => items.into_iter().any(|item| equal(script, item, a, 0)),
                        Ok(Err(answer)) => return Ok(answer),
                        Err(_) => {
                            return type_error(format!("argument of type '{}' is not iterable", type_name(script, b)));
                        }
                    },
                };
                return truth(found == (operator == Binary::In));
            }
            _ => {}
        }
        let (left, right) = dunder(operator);
        if !left.is_empty() {
            if let Some(method) = own_method(script, a, left) {
                return Ok(Answer::Call(method, vec![a, b]));
            }
            if operator == Binary::NotEqual
                && let Some(not) =
                    own_method(script, a, "__eq__").and_then(|_| script.lookup(script.builtins, "__not_equal"))
            {
                return Ok(Answer::Call(not, vec![a, b]));
            }
            if let Some(method) = own_method(script, b, right) {
                return Ok(Answer::Call(method, vec![b, a]));
            }
        }
        match operator {
            Binary::Equal => return truth(equal(script, a, b, 0)),
            Binary::NotEqual => return truth(!equal(script, a, b, 0)),
            Binary::Less | Binary::LessEqual | Binary::Greater | Binary::GreaterEqual => {
                if let (Object::Set(mine), Object::Set(theirs)) = (script.heap.object(a), script.heap.object(b)) {
                    let within = |a: &Table, b: &Table| a.iter().all(|(key, ..)| b.get(key).is_some());
                    return truth(match operator {
                        Binary::Less => within(mine, theirs) && mine.len() < theirs.len(),
                        Binary::LessEqual => within(mine, theirs),
                        Binary::Greater => within(theirs, mine) && theirs.len() < mine.len(),
                        _ => within(theirs, mine),
                    });
                }
                let nan = matches!(a, Value::Float(x) if x.is_nan()) || matches!(b, Value::Float(x) if x.is_nan());
                let Some(order) = compare(script, a, b) else {
                    if nan {
                        return truth(false);
                    }
                    let (a, b) = (type_name(script, a), type_name(script, b));
                    return type_error(format!(
                        "'{}' not supported between instances of '{a}' and '{b}'",
                        symbol(operator)
                    ));
                };
                return truth(match operator {
                    Binary::Less => order.is_lt(),
                    Binary::LessEqual => order.is_le(),
                    Binary::Greater => order.is_gt(),
                    _ => order.is_ge(),
                });
            }
            _ => {}
        }
        if let (Some(x), Some(y)) = (Number::of(a), Number::of(b)) {
            if let (Value::Bool(x), Value::Bool(y)) = (a, b) {
                match operator {
                    Binary::BitAnd => return truth(x & y),
                    Binary::BitOr => return truth(x | y),
                    Binary::BitXor => return truth(x ^ y),
                    _ => {}
                }
            }
            return arithmetic(operator, x, y).map(Answer::Value);
        }
        let sequences = (script.heap.object(a).clone(), script.heap.object(b).clone());
        let value = match (operator, sequences) {
            (Binary::Add, (Object::Str(x), Object::Str(y))) => {
                if x.len() + y.len() > MOST_BYTES {
                    return raise("MemoryError", "");
                }
                script.heap.str(format!("{x}{y}"))
            }
            (Binary::Add, (Object::Bytes(x), Object::Bytes(y))) => script.heap.bytes([&*x, &*y].concat()),
            (Binary::Add, (Object::List(_), _)) if in_place => match listed(script, b)? {
                Ok(more) => {
                    script.heap.grow(16 * more.len());
                    if let Some(items) = script.heap.list_mut(a) {
                        items.extend(more);
                    }
                    a
                }
                Err(answer) => return Ok(answer),
            },
            (Binary::Add, (Object::List(x), Object::List(y))) => script.heap.list([x, y].concat()),
            (Binary::Add, (Object::Tuple(x), Object::Tuple(y))) => script.heap.tuple([&*x, &*y].concat()),
            (Binary::Multiply, (object, Object::Free)) if matches!(b, Value::Int(_) | Value::Bool(_)) => {
                return repeat(script, &object, a, b);
            }
            (Binary::Multiply, (Object::Free, object)) if matches!(a, Value::Int(_) | Value::Bool(_)) => {
                return repeat(script, &object, b, a);
            }
            (Binary::Remainder, (Object::Str(format), _)) => return text::percent(script, &format, b),
            (_, (Object::Set(x), Object::Set(y))) => {
                let mut table = Table::default();
                let mut add = |from: &Table, keep: &dyn Fn(&Key) -> bool| {
                    for (key, shown, _) in from.iter().filter(|(key, ..)| keep(key)) {
                        table.insert(key.clone(), shown, Value::None);
                    }
                };
                match operator {
                    Binary::BitOr => {
                        add(&x, &|_| true);
                        add(&y, &|_| true);
                    }
                    Binary::BitAnd => add(&x, &|key| y.get(key).is_some()),
                    Binary::Subtract => add(&x, &|key| y.get(key).is_none()),
                    Binary::BitXor => {
                        add(&x, &|key| y.get(key).is_none());
                        add(&y, &|key| x.get(key).is_none());
                    }
                    _ => return unsupported(script, operator, a, b, in_place),
                }
                Value::Ref(script.heap.add(Object::Set(table)))
            }
            (Binary::BitOr, (Object::Dict(x), Object::Dict(y))) => {
                let mut table = x;
                y.iter().for_each(|(key, shown, value)| table.insert(key.clone(), shown, value));
                script.heap.dict(table)
            }
            (Binary::Add, (Object::Str(_), _)) => {
                return type_error(format!("can only concatenate str (not \"{}\") to str", type_name(script, b)));
            }
            (Binary::Add, (Object::List(_), _)) => {
                return type_error(format!("can only concatenate list (not \"{}\") to list", type_name(script, b)));
            }
            _ => return unsupported(script, operator, a, b, in_place),
        };
        Ok(Answer::Value(value))
    }

    fn attribute(&self, script: &mut Script, value: Value, name: &Name) -> Result<Answer, Raise> {
        let object = script.heap.object(value).clone();
        match object {
            Object::Record { kind, parent, .. } => {
                if let Some((found, own)) = script.heap.find(value, name) {
                    return self.bound(script, value, &kind, found, own);
                }
                match (&**name, &kind) {
                    ("__class__", Kind::Instance) => return Ok(Answer::Value(parent.map_or(Value::None, Value::Ref))),
                    ("__name__", Kind::Class(class)) | ("__qualname__", Kind::Class(class)) => {
                        return Ok(Answer::Value(script.heap.str(class.clone())));
                    }
                    ("__name__", Kind::Module(module)) => return Ok(Answer::Value(script.heap.str(module.clone()))),
                    ("__dict__", _) => {
                        let fields = script.heap.fields(value).cloned().unwrap_or_default();
                        return Ok(Answer::Value(script.heap.dict(fields)));
                    }
                    ("__doc__", _) => return Ok(Answer::Value(Value::None)),
                    _ => {}
                }
                if let Some(method) = own_method(script, value, "__getattr__") {
                    let name = script.heap.str(name.clone());
                    return Ok(Answer::Call(method, vec![value, name]));
                }
                let problem = match kind {
                    Kind::Instance => format!("'{}' object has no attribute '{name}'", type_name(script, value)),
                    Kind::Class(class) => format!("type object '{class}' has no attribute '{name}'"),
                    Kind::Module(module) => format!("module '{module}' has no attribute '{name}'"),
                };
                raise("AttributeError", problem)
            }
            Object::Super { parent, receiver } => {
                let found = parent.and_then(|parent| script.heap.find(Value::Ref(parent), name));
                match found {
                    Some((function, _)) => self.bound(script, receiver, &Kind::Instance, function, false),
                    None if &**name == "__init__" => Ok(Answer::Value(library::native(script, "__nothing"))),
                    None => raise("AttributeError", format!("'super' object has no attribute '{name}'")),
                }
            }
            Object::Native(native) if &**name == "__name__" => Ok(Answer::Value(script.heap.str(native.name))),
            Object::Function { ref code, .. } if &**name == "__name__" => {
                Ok(Answer::Value(script.heap.str(code.name.clone())))
            }
            Object::Function { .. } => match script.heap.field(value, name) {
                Some(found) => Ok(Answer::Value(found)),
                None if &**name == "__doc__" => Ok(Answer::Value(Value::None)),
                None => raise("AttributeError", format!("'function' object has no attribute '{name}'")),
            },
            _ => {
                let (function, with) = self.method(script, value, name)?;
                if !with {
                    return Ok(Answer::Value(function));
                }
                Ok(Answer::Value(Value::Ref(script.heap.add(Object::Bound { receiver: value, function }))))
            }
        }
    }

    fn method(&self, script: &mut Script, value: Value, name: &Name) -> Result<(Value, bool), Raise> {
        if matches!(script.heap.object(value), Object::Record { .. } | Object::Super { .. } | Object::Function { .. }) {
            return match self.attribute(script, value, name)? {
                Answer::Value(found) => Ok((found, false)),
                // A property, or `__getattr__`: its value is called.
                Answer::Call(function, items) => {
                    let this = items.first().copied().unwrap_or(value);
                    let call = script.lookup(script.builtins, "__call_property").unwrap_or(Value::None);
                    let receiver = script.heap.tuple(vec![function, this]);
                    Ok((Value::Ref(script.heap.add(Object::Bound { receiver, function: call })), false))
                }
                _ => raise("AttributeError", format!("no attribute '{name}'")),
            };
        }
        if &**name == "__class__" {
            return Ok((library::type_of(script, value), false));
        }
        let kind = type_name(script, value);
        if let Some(native) = library::method(script, value, name) {
            return Ok((Value::Ref(script.heap.add(Object::Native(native))), true));
        }
        if let Some(function) = script.lookup(script.builtins, &format!("__{kind}_{name}")) {
            return Ok((function, true));
        }
        if let Object::Native(native) = script.heap.object(value)
            && library::TYPES.contains(&native.name)
        {
            let kind = native.name;
            if kind == "dict" && &**name == "fromkeys" {
                return Ok((script.lookup(script.builtins, "__fromkeys").unwrap_or(Value::None), false));
            }
            return raise("AttributeError", format!("type object '{kind}' has no attribute '{name}'"));
        }
        raise("AttributeError", format!("'{kind}' object has no attribute '{name}'"))
    }

    fn set_attribute(&self, script: &mut Script, object: Value, name: &Name, value: Value) -> Result<(), Raise> {
        match script.heap.object(object) {
            Object::Record { .. } | Object::Function { .. } => {
                if let Some((property, false)) = script.heap.find(object, name)
                    && matches!(script.heap.object(property), Object::Wrapped("property", _))
                {
                    return raise("AttributeError", format!("can't set attribute '{name}'"));
                }
                script.heap.set_field(object, name, value);
                Ok(())
            }
            _ => raise("AttributeError", format!("'{}' object has no attribute '{name}'", type_name(script, object))),
        }
    }

    fn delete_attribute(&self, script: &mut Script, object: Value, name: &Name) -> Result<(), Raise> {
        let removed = script.heap.fields_mut(object).and_then(|fields| fields.remove(&Key::Str(name.clone())));
        removed.map(|_| ()).ok_or_else(|| Raise::Error("AttributeError", name.to_string()))
    }

    fn index(&self, script: &mut Script, object: Value, at: Value) -> Result<Answer, Raise> {
        if let Some(method) = own_method(script, object, "__getitem__") {
            return Ok(Answer::Call(method, vec![object, at]));
        }
        let kind = type_name(script, object);
        let out = |what: &str| raise("IndexError", format!("{what} index out of range"));
        let value = match (script.heap.object(object).clone(), script.heap.object(at).clone(), at) {
            (Object::Foreign { kind: "environ", .. }, ..) => {
                let table = library::environ(script);
                return self.index(script, table, at);
            }
            (Object::Dict(table), ..) => match table.get(&self.key(script, at)?) {
                Some(value) => value,
                None => return Err(key_error(script, at)),
            },
            (Object::List(items), _, Value::Int(number)) => match place(number, items.len()) {
                Some(place) => items[place],
                None => return out("list"),
            },
            (Object::Tuple(items), _, Value::Int(number)) => match place(number, items.len()) {
                Some(place) => items[place],
                None => return out("tuple"),
            },
            (Object::Str(text), _, Value::Int(number)) => match text::char_at(&text, number) {
                Some(symbol) => script.heap.str(symbol.to_string()),
                None => return out("string"),
            },
            (Object::Bytes(bytes), _, Value::Int(number)) => match place(number, bytes.len()) {
                Some(place) => Value::Int(i64::from(bytes[place])),
                None => return out("index"),
            },
            (Object::Range { next, stop, step }, _, Value::Int(number)) => {
                match place(number, library::range_len(next, stop, step)) {
                    Some(place) => Value::Int(next + step * place as i64),
                    None => return out("range object"),
                }
            }
            (Object::List(items), Object::Slice(parts), _) => {
                let items = places(script, parts, items.len())?.into_iter().map(|place| items[place]).collect();
                script.heap.list(items)
            }
            (Object::Tuple(items), Object::Slice(parts), _) => {
                let items = places(script, parts, items.len())?.into_iter().map(|place| items[place]).collect();
                script.heap.tuple(items)
            }
            (Object::Str(text), Object::Slice(parts), _) => {
                let symbols: Vec<char> = text.chars().collect();
                let text: String =
                    places(script, parts, symbols.len())?.into_iter().map(|place| symbols[place]).collect();
                script.heap.str(text)
            }
            (Object::Bytes(bytes), Object::Slice(parts), _) => {
                let bytes: Vec<u8> =
                    places(script, parts, bytes.len())?.into_iter().map(|place| bytes[place]).collect();
                script.heap.bytes(bytes)
            }
            (Object::List(_) | Object::Tuple(_), ..) => {
                return type_error(format!("{kind} indices must be integers or slices, not {}", type_name(script, at)));
            }
            (Object::Str(_), ..) => return type_error("string indices must be integers"),
            // What a type holds says nothing here: `list[str]`.
            (Object::Native(_), ..) => object,
            _ => return type_error(format!("'{kind}' object is not subscriptable")),
        };
        Ok(Answer::Value(value))
    }

    fn set_index(&self, script: &mut Script, object: Value, at: Value, value: Value) -> Result<Answer, Raise> {
        if let Some(method) = own_method(script, object, "__setitem__") {
            return Ok(Answer::Call(method, vec![object, at, value]));
        }
        let object = match script.heap.object(object) {
            Object::Foreign { kind: "environ", .. } => library::environ(script),
            _ => object,
        };
        match (script.heap.object(object).clone(), script.heap.object(at).clone(), at) {
            (Object::Dict(_), ..) => {
                let key = self.key(script, at)?;
                if let Some(table) = script.heap.fields_mut(object) {
                    table.insert(key, at, value);
                }
            }
            (Object::List(items), _, Value::Int(number)) => {
                let Some(place) = place(number, items.len()) else {
                    return raise("IndexError", "list assignment index out of range");
                };
                if let Some(items) = script.heap.list_mut(object) {
                    items[place] = value;
                }
            }
            (Object::List(items), Object::Slice(parts), _) => {
                let more = match listed(script, value)? {
                    Ok(more) => more,
                    Err(answer) => return Ok(answer),
                };
                let places = places(script, parts, items.len())?;
                let start = places.first().copied().unwrap_or(items.len());
                if !matches!(parts[2], Value::None | Value::Int(1)) {
                    return type_error("slices with steps cannot be assigned: they are not simulated");
                }
                if let Some(items) = script.heap.list_mut(object) {
                    items.splice(start..start + places.len(), more);
                }
            }
            _ => return type_error(format!("'{}' object does not support item assignment", type_name(script, object))),
        }
        Ok(Answer::Value(Value::None))
    }

    fn delete_index(&self, script: &mut Script, object: Value, at: Value) -> Result<Answer, Raise> {
        if let Some(method) = own_method(script, object, "__delitem__") {
            return Ok(Answer::Call(method, vec![object, at]));
        }
        let places = match (script.heap.object(object).clone(), script.heap.object(at).clone(), at) {
            (Object::Dict(_), ..) => {
                let key = self.key(script, at)?;
                let removed = script.heap.fields_mut(object).and_then(|table| table.remove(&key));
                return match removed {
                    Some(_) => Ok(Answer::Value(Value::None)),
                    None => Err(key_error(script, at)),
                };
            }
            (Object::List(items), _, Value::Int(number)) => match place(number, items.len()) {
                Some(place) => vec![place],
                None => return raise("IndexError", "list assignment index out of range"),
            },
            (Object::List(items), Object::Slice(parts), _) => places(script, parts, items.len())?,
            _ => return type_error(format!("'{}' object doesn't support item deletion", type_name(script, object))),
        };
        if let Some(items) = script.heap.list_mut(object) {
            let mut at = 0;
            items.retain(|_| {
                at += 1;
                !places.contains(&(at - 1))
            });
        }
        Ok(Answer::Value(Value::None))
    }

    fn iterate(&self, script: &mut Script, value: Value, _: bool) -> Result<Answer, Raise> {
        let items = match script.heap.object(value) {
            Object::Generator(_) | Object::Items { .. } => return Ok(Answer::Value(value)),
            range @ Object::Range { .. } => {
                let range = range.clone();
                return Ok(Answer::Value(Value::Ref(script.heap.add(range))));
            }
            Object::List(_) => {
                let Value::Ref(of) = value else { return Ok(Answer::Value(value)) };
                return Ok(Answer::Value(Value::Ref(script.heap.add(Object::Items { of, next: 0 }))));
            }
            Object::Tuple(items) => items.to_vec(),
            Object::Dict(table) | Object::Set(table) => table.iter().map(|(_, key, _)| key).collect(),
            Object::Bytes(bytes) => bytes.iter().map(|&byte| Value::Int(i64::from(byte))).collect(),
            Object::Str(text) => {
                let text = text.clone();
                text.chars().map(|symbol| script.heap.str(symbol.to_string())).collect()
            }
            Object::Foreign { kind: "environ", .. } => {
                let table = library::environ(script);
                return self.iterate(script, table, false);
            }
            Object::Foreign { kind: "file", .. } => {
                let lines = script.lookup(script.builtins, "__lines").unwrap_or(Value::None);
                return Ok(Answer::Call(lines, vec![value]));
            }
            Object::Record { kind: Kind::Instance, .. } => {
                if script.heap.find(value, "__next__").is_some() {
                    let iterate = script.lookup(script.builtins, "__iterate").unwrap_or(Value::None);
                    return Ok(Answer::Call(iterate, vec![value]));
                }
                match script.heap.find(value, "__iter__") {
                    Some((method, _)) => {
                        let over = script.lookup(script.builtins, "__over").unwrap_or(Value::None);
                        return Ok(Answer::Call(over, vec![method, value]));
                    }
                    None => return type_error(format!("'{}' object is not iterable", type_name(script, value))),
                }
            }
            _ => return type_error(format!("'{}' object is not iterable", type_name(script, value))),
        };
        let Value::Ref(of) = script.heap.list(items) else { return Ok(Answer::Value(value)) };
        Ok(Answer::Value(Value::Ref(script.heap.add(Object::Items { of, next: 0 }))))
    }

    fn format(&self, script: &mut Script, value: Value, as_written: bool, format: &str) -> Result<Answer, Raise> {
        if let Some(answer) = text::unseen(script, value, as_written) {
            return Ok(answer);
        }
        let text = text::formatted(script, value, as_written, format)?;
        Ok(Answer::Value(script.heap.str(text)))
    }

    fn import(&self, script: &mut Script, host: &mut dyn Host, name: &Name) -> Result<Answer, Raise> {
        library::import(script, host, name)
    }

    fn key(&self, script: &Script, value: Value) -> Result<Key, Raise> {
        Ok(match value {
            Value::None => Key::None,
            Value::Undefined => Key::Undefined,
            Value::Bool(value) => Key::Int(i64::from(value)),
            Value::Int(number) => Key::Int(number),
            Value::Float(number) if number == libm::trunc(number) && number.abs() < 9e15 => Key::Int(number as i64),
            Value::Float(number) => Key::Float(number.to_bits()),
            Value::Ref(place) => match script.heap.get(place) {
                Object::Str(text) => Key::Str(text.clone()),
                Object::Bytes(bytes) => Key::Bytes(bytes.clone()),
                Object::Tuple(items) => {
                    Key::Tuple(items.iter().map(|&item| self.key(script, item)).collect::<Result<_, _>>()?)
                }
                Object::List(_) | Object::Dict(_) | Object::Set(_) => {
                    return type_error(format!("unhashable type: '{}'", type_name(script, value)));
                }
                _ => Key::Id(place),
            },
        })
    }

    fn unknown_name(&self, name: &Name, local: bool) -> Raise {
        match local {
            true => Raise::Error(
                "UnboundLocalError",
                format!("cannot access local variable '{name}' where it is not associated with a value"),
            ),
            false => Raise::Error("NameError", format!("name '{name}' is not defined")),
        }
    }

    fn not_callable(&self, script: &Script, value: Value) -> Raise {
        Raise::Error("TypeError", format!("'{}' object is not callable", type_name(script, value)))
    }

    fn failure(&self, script: &mut Script, kind: &'static str, message: &str) -> Value {
        let class = match script.lookup(script.builtins, kind) {
            Some(Value::Ref(class)) => Some(class),
            _ => None,
        };
        let failure = Value::Ref(script.heap.record(Kind::Instance, class));
        let args = match message {
            "" => Vec::new(),
            message => vec![script.heap.str(message)],
        };
        let args = script.heap.tuple(args);
        script.heap.set_field(failure, "args", args);
        failure
    }

    fn is_caught(&self, script: &Script, failure: Value, kind: Value) -> bool {
        match (kind, script.heap.object(kind)) {
            (_, Object::Tuple(kinds)) => kinds.iter().any(|&kind| self.is_caught(script, failure, kind)),
            (Value::Ref(class), _) => script.heap.descends(failure, class),
            _ => false,
        }
    }

    fn uncaught(&self, script: &mut Script, host: &mut dyn Host, failure: Value) -> i32 {
        let name = type_name(script, failure);
        let first = script.heap.field(failure, "args").and_then(|args| script.items_of(args).first().copied());
        if name == "SystemExit" {
            return match first {
                None | Some(Value::None) => 0,
                Some(Value::Int(code)) => code as i32 & 255,
                Some(Value::Bool(code)) => i32::from(code),
                Some(message) => {
                    let text = format!("{}\n", text::text(script, message));
                    host.write(Output::Error, text.as_bytes());
                    1
                }
            };
        }
        let mut out = String::from("Traceback (most recent call last):\n");
        for (code, line) in script.trace.clone().into_iter().rev() {
            let (file, function) = code.name.split_once('\n').unwrap_or((&code.name, &code.name));
            let source = script.sources.iter().find(|(name, _)| &**name == file);
            // The prelude's own functions are not the script's.
            let Some((_, source)) = source else { continue };
            out.push_str(&format!("  File \"{file}\", line {line}, in {function}\n"));
            if let Some(text) =
                source.lines().nth(line as usize - 1).filter(|_| file != "<string>" && file != "<stdin>")
            {
                out.push_str(&format!("    {}\n", text.trim()));
            }
        }
        let message = text::failure_text(script, failure);
        let module = script.heap.find(failure, "__module__").and_then(|(module, _)| script.heap.as_str(module));
        let name = module.map_or(name.clone(), |module| format!("{module}.{name}"));
        out.push_str(&if message.is_empty() { format!("{name}\n") } else { format!("{name}: {message}\n") });
        host.write(Output::Error, out.as_bytes());
        if name == "KeyboardInterrupt" { 130 } else { 1 }
    }

    fn wrong_arguments(&self, code: &Code, problem: String) -> Raise {
        let name = code.name.rsplit('\n').next().unwrap_or_default();
        Raise::Error("TypeError", format!("{name}() {problem}"))
    }

    fn type_of(&self, script: &Script, value: Value) -> &'static str {
        let _ = (script, value);
        "object"
    }
}

impl Python {
    /// What an attribute that was found is for the object it was found for.
    fn bound(&self, script: &mut Script, value: Value, kind: &Kind, found: Value, own: bool) -> Result<Answer, Raise> {
        let receiver = match (script.heap.object(found), kind) {
            (Object::Wrapped("staticmethod", function), _) => return Ok(Answer::Value(*function)),
            (Object::Wrapped("classmethod", function), kind) => {
                let function = *function;
                let class = match (kind, script.heap.object(value)) {
                    (Kind::Instance, Object::Record { parent: Some(parent), .. }) => Value::Ref(*parent),
                    _ => value,
                };
                return Ok(Answer::Value(Value::Ref(script.heap.add(Object::Bound { receiver: class, function }))));
            }
            (Object::Wrapped("property", function), Kind::Instance) => return Ok(Answer::Call(*function, vec![value])),
            (Object::Function { .. } | Object::Native(_), Kind::Instance) if !own => value,
            _ => return Ok(Answer::Value(found)),
        };
        Ok(Answer::Value(Value::Ref(script.heap.add(Object::Bound { receiver, function: found }))))
    }
}

fn unsupported(script: &Script, operator: Binary, a: Value, b: Value, in_place: bool) -> Result<Answer, Raise> {
    let (a, b) = (type_name(script, a), type_name(script, b));
    let equals = if in_place { "=" } else { "" };
    type_error(format!("unsupported operand type(s) for {}{equals}: '{a}' and '{b}'", symbol(operator)))
}

fn repeat(script: &mut Script, object: &Object, sequence: Value, times: Value) -> Result<Answer, Raise> {
    let times = match times {
        Value::Int(number) => usize::try_from(number).unwrap_or(0),
        Value::Bool(value) => usize::from(value),
        _ => 0,
    };
    let fits = |len: usize, most: usize| match len.checked_mul(times).is_some_and(|len| len <= most) {
        true => Ok(()),
        false => raise("MemoryError", ""),
    };
    let value = match object {
        Object::Str(text) => {
            fits(text.len(), MOST_BYTES)?;
            script.heap.str(text.repeat(times))
        }
        Object::Bytes(bytes) => {
            fits(bytes.len(), MOST_BYTES)?;
            script.heap.bytes(bytes.repeat(times))
        }
        Object::List(items) => {
            fits(items.len(), MOST_ITEMS)?;
            script.heap.list(items.repeat(times))
        }
        Object::Tuple(items) => {
            fits(items.len(), MOST_ITEMS)?;
            script.heap.tuple(items.repeat(times))
        }
        _ => return unsupported(script, Binary::Multiply, sequence, Value::Int(times as i64), false),
    };
    Ok(Answer::Value(value))
}
