//! Python's functions, the methods of its types, and the modules of its library that are simulated.

use super::semantics::*;
use super::text::{self, repr, type_name};
use crate::programs::host::{Host, Output, Read, Refused, Source};
use crate::programs::redis::{Reply, request};
use crate::programs::script::*;
use crate::sim::Order;
pub use files::environ;
use files::*;
pub use methods::method;
use methods::*;
use modules::*;
pub use modules::{import, install, native};
use sha2::{Digest, Sha256};
use std::rc::Rc;
use std::time::Duration;

/// The names that are types.
pub const TYPES: [&str; 14] = [
    "int",
    "float",
    "str",
    "bytes",
    "list",
    "tuple",
    "dict",
    "set",
    "bool",
    "object",
    "type",
    "range",
    "frozenset",
    "NoneType",
];

type Ran = Result<Answer, Raise>;

/// Takes the items of something, or says what must be done first.
macro_rules! items {
    ($script:expr, $value:expr) => {
        match listed($script, $value)? {
            Ok(items) => items,
            Err(answer) => return Ok(answer),
        }
    };
}

/// Lets the script itself say how a value looks, if it does.
macro_rules! look {
    ($script:expr, $value:expr, $as_written:expr) => {
        if let Some(answer) = text::unseen($script, $value, $as_written) {
            return Ok(answer);
        }
    };
}

mod files;
mod methods;
mod modules;

fn value(value: Value) -> Ran {
    Ok(Answer::Value(value))
}

fn none() -> Ran {
    value(Value::None)
}

fn new_str(script: &mut Script, text: impl Into<Rc<str>>) -> Ran {
    value(script.heap.str(text))
}

impl Args {
    fn get(&self, place: usize, name: &str) -> Option<Value> {
        let named = || self.named.iter().find(|(known, _)| &**known == name).map(|(_, value)| *value);
        self.items.get(place).copied().or_else(named)
    }

    fn need(&self, place: usize, name: &str) -> Result<Value, Raise> {
        self.get(place, name).ok_or_else(|| Raise::Error("TypeError", format!("missing required argument: '{name}'")))
    }

    fn this(&self) -> Value {
        self.this.unwrap_or(Value::None)
    }
}

fn str_of(script: &Script, value: Value) -> Result<Rc<str>, Raise> {
    script
        .heap
        .as_str(value)
        .ok_or_else(|| Raise::Error("TypeError", format!("expected str, got {}", type_name(script, value))))
}

fn int_of(script: &Script, value: Value) -> Result<i64, Raise> {
    match Number::of(value) {
        Some(Number::Int(number)) => Ok(number),
        _ => type_error(format!("'{}' object cannot be interpreted as an integer", type_name(script, value))),
    }
}

fn float_of(script: &Script, value: Value) -> Result<f64, Raise> {
    match Number::of(value) {
        Some(number) => Ok(number.float()),
        None => type_error(format!("must be real number, not {}", type_name(script, value))),
    }
}

/// How many numbers a range has.
pub fn range_len(start: i64, stop: i64, step: i64) -> usize {
    let (low, high) = if step > 0 { (start, stop) } else { (stop, start) };
    if low >= high { 0 } else { ((high - low - 1) / step.abs() + 1) as usize }
}

const fn native_of(name: &'static str, run: fn(&mut Script, &mut dyn Host, &Args) -> Ran) -> Native {
    Native { name, run }
}

static BUILTINS: &[Native] = &[
    native_of("print", print),
    native_of("len", |script, _, args| {
        let of = args.need(0, "obj")?;
        if let Some(method) = own_method(script, of, "__len__") {
            return Ok(Answer::Call(method, vec![of]));
        }
        let len = match script.heap.object(of) {
            Object::Str(text) => text.chars().count(),
            Object::Bytes(bytes) => bytes.len(),
            Object::List(items) => items.len(),
            Object::Tuple(items) => items.len(),
            Object::Dict(table) | Object::Set(table) => table.len(),
            Object::Range { next, stop, step } => range_len(*next, *stop, *step),
            _ => return type_error(format!("object of type '{}' has no len()", type_name(script, of))),
        };
        value(Value::Int(len as i64))
    }),
    native_of("range", |script, _, args| {
        let number = |place: usize| int_of(script, args.items[place]);
        let (next, stop, step) = match args.items.len() {
            1 => (0, number(0)?, 1),
            2 => (number(0)?, number(1)?, 1),
            3 => (number(0)?, number(1)?, number(2)?),
            count => return type_error(format!("range expected at least 1 argument, got {count}")),
        };
        if step == 0 {
            return raise("ValueError", "range() arg 3 must not be zero");
        }
        value(Value::Ref(script.heap.add(Object::Range { next, stop, step })))
    }),
    native_of("str", |script, _, args| {
        let Some(of) = args.get(0, "object") else { return new_str(script, "") };
        if let (Object::Bytes(bytes), true) = (script.heap.object(of), args.items.len() > 1) {
            let text = String::from_utf8_lossy(bytes).into_owned();
            return new_str(script, text);
        }
        look!(script, of, false);
        let text = text::text(script, of);
        new_str(script, text)
    }),
    native_of("repr", |script, _, args| {
        let of = args.need(0, "obj")?;
        look!(script, of, true);
        let text = repr(script, of);
        new_str(script, text)
    }),
    native_of("format", |script, _, args| {
        let of = args.need(0, "value")?;
        look!(script, of, false);
        let format = args.get(1, "format_spec").and_then(|format| script.heap.as_str(format)).unwrap_or_default();
        let text = text::format(script, of, &format)?;
        new_str(script, text)
    }),
    native_of("int", |script, _, args| {
        let Some(of) = args.items.first().copied() else { return value(Value::Int(0)) };
        if let Some(text) = script.heap.as_str(of).or_else(|| bytes_text(script, of)) {
            let base = args.get(1, "base").map_or(Ok(10), |base| int_of(script, base))?;
            let digits = text.trim().replace('_', "").to_ascii_lowercase();
            let digits = match base {
                16 => digits.trim_start_matches("0x"),
                2 => digits.trim_start_matches("0b"),
                8 => digits.trim_start_matches("0o"),
                _ => &digits,
            };
            return match i64::from_str_radix(digits, base.clamp(2, 36) as u32) {
                Ok(number) => value(Value::Int(number)),
                Err(error)
                    if matches!(
                        error.kind(),
                        std::num::IntErrorKind::PosOverflow | std::num::IntErrorKind::NegOverflow
                    ) =>
                {
                    raise("OverflowError", "whole numbers of more than 64 bits are not simulated")
                }
                Err(_) => {
                    let shown = repr(script, of);
                    raise("ValueError", format!("invalid literal for int() with base {base}: {shown}"))
                }
            };
        }
        match Number::of(of) {
            Some(Number::Int(number)) => value(Value::Int(number)),
            Some(Number::Float(number)) if number.is_nan() => {
                raise("ValueError", "cannot convert float NaN to integer")
            }
            Some(Number::Float(number)) if number.abs() < 9.2e18 => value(Value::Int(number as i64)),
            Some(_) => raise("OverflowError", "cannot convert float infinity to integer"),
            None => match own_method(script, of, "__int__") {
                Some(method) => Ok(Answer::Call(method, vec![of])),
                None => type_error(format!(
                    "int() argument must be a string, a bytes-like object or a real number, not '{}'",
                    type_name(script, of)
                )),
            },
        }
    }),
    native_of("float", |script, _, args| {
        let Some(of) = args.items.first().copied() else { return value(Value::Float(0.0)) };
        if let Some(text) = script.heap.as_str(of).or_else(|| bytes_text(script, of)) {
            return match text.trim().replace('_', "").to_ascii_lowercase().parse() {
                Ok(number) => value(Value::Float(number)),
                Err(_) => {
                    let shown = repr(script, of);
                    raise("ValueError", format!("could not convert string to float: {shown}"))
                }
            };
        }
        float_of(script, of).map(|number| Answer::Value(Value::Float(number)))
    }),
    native_of("bool", |script, _, args| {
        let of = args.items.first().copied().unwrap_or(Value::Bool(false));
        if let Some(method) = own_method(script, of, "__bool__").or_else(|| own_method(script, of, "__len__")) {
            return Ok(Answer::Prepare(of, method, vec![of]));
        }
        value(Value::Bool(script.language.truth(script, of)))
    }),
    native_of("list", |script, _, args| {
        let items = match args.items.first() {
            Some(&of) => items!(script, of),
            None => Vec::new(),
        };
        value(script.heap.list(items))
    }),
    native_of("tuple", |script, _, args| {
        let items = match args.items.first() {
            Some(&of) => items!(script, of),
            None => Vec::new(),
        };
        value(script.heap.tuple(items))
    }),
    native_of("set", make_set),
    native_of("frozenset", make_set),
    native_of("dict", |script, _, args| {
        let mut table = Table::default();
        if let Some(&of) = args.items.first() {
            match script.heap.object(of) {
                Object::Dict(from) => table = from.clone(),
                _ => {
                    for pair in items!(script, of) {
                        let [key, value] = items!(script, pair)[..] else {
                            return raise(
                                "ValueError",
                                "dictionary update sequence element #0 has the wrong length; 2 is required",
                            );
                        };
                        table.insert(script.language.key(script, key)?, key, value);
                    }
                }
            }
        }
        for (name, value) in &args.named {
            let key = script.heap.str(name.clone());
            table.insert(Key::Str(name.clone()), key, *value);
        }
        value(script.heap.dict(table))
    }),
    native_of("bytes", |script, _, args| match args.items.first() {
        None => value(script.heap.bytes([])),
        Some(&of) => match script.heap.object(of) {
            Object::Str(text) => {
                let bytes = text.as_bytes().to_vec();
                value(script.heap.bytes(bytes))
            }
            Object::Bytes(_) => value(of),
            _ => match of {
                Value::Int(len) => value(script.heap.bytes(vec![0; (len.max(0) as usize).min(MOST_BYTES)])),
                _ => {
                    let mut bytes = Vec::new();
                    for item in items!(script, of) {
                        bytes.push(int_of(script, item)? as u8);
                    }
                    value(script.heap.bytes(bytes))
                }
            },
        },
    }),
    native_of("object", |script, _, _| {
        let object = script.heap.record(Kind::Instance, None);
        value(Value::Ref(object))
    }),
    native_of("type", |script, _, args| {
        let of = args.need(0, "object")?;
        value(type_of(script, of))
    }),
    native_of("isinstance", |script, _, args| {
        let (of, kind) = (args.need(0, "obj")?, args.need(1, "class")?);
        value(Value::Bool(is_instance(script, of, kind)))
    }),
    native_of("issubclass", |script, _, args| {
        let (of, kind) = (args.need(0, "cls")?, args.need(1, "class")?);
        let is = matches!(kind, Value::Ref(class) if script.heap.descends(of, class));
        value(Value::Bool(is))
    }),
    native_of("hasattr", |script, _, args| {
        let name: Name = str_of(script, args.need(1, "name")?)?;
        let of = args.need(0, "obj")?;
        let has = script.language.attribute(script, of, &name).is_ok();
        value(Value::Bool(has))
    }),
    native_of("getattr", |script, _, args| {
        let name: Name = str_of(script, args.need(1, "name")?)?;
        let of = args.need(0, "obj")?;
        match (script.language.attribute(script, of, &name), args.items.get(2)) {
            (Err(_), Some(&default)) => value(default),
            (found, _) => found,
        }
    }),
    native_of("setattr", |script, _, args| {
        let name: Name = str_of(script, args.need(1, "name")?)?;
        script.language.set_attribute(script, args.need(0, "obj")?, &name, args.need(2, "value")?)?;
        none()
    }),
    native_of("callable", |script, _, args| {
        let of = args.need(0, "obj")?;
        let callable = matches!(
            script.heap.object(of),
            Object::Function { .. }
                | Object::Native(_)
                | Object::Bound { .. }
                | Object::Record { kind: Kind::Class(_), .. }
        );
        value(Value::Bool(callable || own_method(script, of, "__call__").is_some()))
    }),
    native_of("abs", |script, _, args| match Number::of(args.need(0, "x")?) {
        Some(Number::Int(number)) => value(Value::Int(number.saturating_abs())),
        Some(Number::Float(number)) => value(Value::Float(number.abs())),
        None => type_error(format!("bad operand type for abs(): '{}'", type_name(script, args.items[0]))),
    }),
    native_of("round", |script, _, args| {
        let number = args.need(0, "number")?;
        match (Number::of(number), args.get(1, "ndigits")) {
            (Some(Number::Int(number)), _) => value(Value::Int(number)),
            (Some(Number::Float(number)), None | Some(Value::None)) => value(Value::Int(libm::rint(number) as i64)),
            (Some(Number::Float(number)), Some(digits)) => {
                let digits = int_of(script, digits)?.clamp(0, 300) as usize;
                value(Value::Float(format!("{number:.digits$}").parse().unwrap_or(number)))
            }
            (None, _) => type_error(format!("type {} doesn't define __round__ method", type_name(script, number))),
        }
    }),
    native_of("divmod", |script, _, args| {
        let (a, b) = (args.need(0, "x")?, args.need(1, "y")?);
        let mut parts = Vec::new();
        for operator in [Binary::FloorDivide, Binary::Remainder] {
            if let Answer::Value(part) = script.language.binary(script, operator, a, b, false)? {
                parts.push(part);
            }
        }
        value(script.heap.tuple(parts))
    }),
    native_of("pow", |script, _, args| {
        let (base, exponent) = (args.need(0, "base")?, args.need(1, "exp")?);
        let Some(modulus) = args.get(2, "mod") else {
            return script.language.binary(script, Binary::Power, base, exponent, false);
        };
        let (base, exponent, modulus) = (int_of(script, base)?, int_of(script, exponent)?, int_of(script, modulus)?);
        if modulus == 0 {
            return raise("ValueError", "pow() 3rd argument cannot be 0");
        }
        let modulus = i128::from(modulus);
        let (mut power, mut result, mut left) = (i128::from(base).rem_euclid(modulus), 1, exponent.max(0));
        while left > 0 {
            if left & 1 == 1 {
                result = result * power % modulus;
            }
            power = power * power % modulus;
            left >>= 1;
        }
        value(Value::Int((result % modulus) as i64))
    }),
    native_of("ord", |script, _, args| {
        let text = str_of(script, args.need(0, "c")?)?;
        let mut symbols = text.chars();
        match (symbols.next(), symbols.next()) {
            (Some(symbol), None) => value(Value::Int(i64::from(symbol as u32))),
            _ => type_error(format!("ord() expected a character, but string of length {} found", text.chars().count())),
        }
    }),
    native_of("chr", |script, _, args| {
        let number = int_of(script, args.need(0, "i")?)?;
        match u32::try_from(number).ok().and_then(char::from_u32) {
            Some(symbol) => new_str(script, symbol.to_string()),
            None => raise("ValueError", "chr() arg not in range(0x110000)"),
        }
    }),
    native_of("hex", |script, _, args| radix(script, args, "#x")),
    native_of("oct", |script, _, args| radix(script, args, "#o")),
    native_of("bin", |script, _, args| radix(script, args, "#b")),
    native_of("id", |_, _, args| match args.need(0, "obj")? {
        Value::Ref(place) => value(Value::Int(0x7f00_0000_0000 + i64::from(place) * 16)),
        _ => value(Value::Int(0x55_0000_0000)),
    }),
    native_of("hash", |script, _, args| {
        let key = script.language.key(script, args.need(0, "obj")?)?;
        match key {
            Key::Int(number) => value(Value::Int(number)),
            key => {
                let digest = Sha256::digest(format!("{key:?}"));
                let first = digest.first_chunk().copied().unwrap_or_default();
                value(Value::Int(i64::from_be_bytes(first)))
            }
        }
    }),
    native_of("iter", |script, _, args| {
        let of = args.need(0, "iterable")?;
        script.language.iterate(script, of, false)
    }),
    native_of("next", |script, _, args| {
        let iterator = args.need(0, "iterator")?;
        if let Some(method) = own_method(script, iterator, "__next__") {
            return Ok(Answer::Call(method, vec![iterator]));
        }
        let Value::Ref(place) = iterator else {
            return type_error(format!("'{}' object is not an iterator", type_name(script, iterator)));
        };
        match script.heap.get(place) {
            Object::Generator(_) => Ok(Answer::Next(place, args.items.get(1).copied())),
            Object::Items { .. } | Object::Range { .. } => match script.next_item(place).or(args.items.get(1).copied())
            {
                Some(item) => value(item),
                None => raise("StopIteration", ""),
            },
            _ => type_error(format!("'{}' object is not an iterator", type_name(script, iterator))),
        }
    }),
    native_of("super", |script, _, _| {
        let Some((class, receiver)) = script.here() else {
            return raise("RuntimeError", "super(): no arguments");
        };
        let parent = match script.heap.get(class) {
            Object::Record { parent, .. } => *parent,
            _ => None,
        };
        value(Value::Ref(script.heap.add(Object::Super { parent, receiver })))
    }),
    native_of("staticmethod", |script, _, args| wrapped(script, args, "staticmethod")),
    native_of("classmethod", |script, _, args| wrapped(script, args, "classmethod")),
    native_of("property", |script, _, args| wrapped(script, args, "property")),
    native_of("input", |script, host, args| {
        if let Some(&prompt) = args.items.first()
            && script.waiting.is_none()
        {
            let text = text::text(script, prompt);
            host.write(Output::Standard, text.as_bytes());
        }
        match read_line(script, host) {
            Some(line) if line.is_empty() => raise("EOFError", "EOF when reading a line"),
            Some(line) => new_str(script, line.trim_end_matches('\n')),
            None => wait_for_input(script),
        }
    }),
    native_of("open", open),
    native_of("exit", exit),
    native_of("quit", exit),
    native_of("__nothing", |_, _, _| none()),
    native_of("__sort", |script, _, args| {
        let items = script.items_of(args.need(0, "items")?);
        let keys = script.items_of(args.need(1, "keys")?);
        let down = args.need(2, "reverse")? == Value::Bool(true);
        let mut places: Vec<usize> = (0..items.len()).collect();
        let mut wrong = None;
        places.order_by(|&a, &b| {
            let order = compare(script, keys[a], keys[b]);
            if order.is_none() {
                wrong.get_or_insert((keys[a.max(b)], keys[a.min(b)]));
            }
            let order = order.unwrap_or(std::cmp::Ordering::Equal);
            if down { order.reverse() } else { order }
        });
        if let Some((a, b)) = wrong {
            let (a, b) = (type_name(script, a), type_name(script, b));
            return type_error(format!("'<' not supported between instances of '{a}' and '{b}'"));
        }
        let sorted = places.into_iter().map(|place| items[place]).collect();
        value(script.heap.list(sorted))
    }),
    native_of("__extreme", |script, _, args| {
        let items = script.items_of(args.need(0, "items")?);
        let keys = script.items_of(args.need(1, "keys")?);
        let largest = args.need(2, "max")? == Value::Bool(true);
        let mut best = 0;
        if items.is_empty() {
            let name = if largest { "max" } else { "min" };
            return match args.get(3, "default") {
                // `...` says that there is none.
                None | Some(Value::None) => raise("ValueError", format!("{name}() arg is an empty sequence")),
                Some(default) => value(default),
            };
        }
        for place in 1..items.len() {
            let Some(order) = compare(script, keys[place], keys[best]) else {
                let (a, b) = (type_name(script, keys[place]), type_name(script, keys[best]));
                let sign = if largest { '>' } else { '<' };
                return type_error(format!("'{sign}' not supported between instances of '{a}' and '{b}'"));
            };
            if if largest { order.is_gt() } else { order.is_lt() } {
                best = place;
            }
        }
        value(items[best])
    }),
];

fn make_set(script: &mut Script, _: &mut dyn Host, args: &Args) -> Ran {
    let mut table = Table::default();
    if let Some(&of) = args.items.first() {
        for item in items!(script, of) {
            table.insert(script.language.key(script, item)?, item, Value::None);
        }
    }
    value(Value::Ref(script.heap.add(Object::Set(table))))
}

fn bytes_text(script: &Script, value: Value) -> Option<Rc<str>> {
    match script.heap.object(value) {
        Object::Bytes(bytes) => Some(String::from_utf8_lossy(bytes).into()),
        _ => None,
    }
}

fn radix(script: &mut Script, args: &Args, format: &str) -> Ran {
    let number = int_of(script, args.need(0, "number")?)?;
    let text = text::format(script, Value::Int(number), format)?;
    new_str(script, text)
}

fn wrapped(script: &mut Script, args: &Args, kind: &'static str) -> Ran {
    let function = args.need(0, "function")?;
    value(Value::Ref(script.heap.add(Object::Wrapped(kind, function))))
}

fn exit(script: &mut Script, _: &mut dyn Host, args: &Args) -> Ran {
    let failure = script.language.failure(script, "SystemExit", "");
    let given = script.heap.tuple(args.items.clone());
    script.heap.set_field(failure, "args", given);
    script.heap.set_field(failure, "code", args.items.first().copied().unwrap_or(Value::None));
    Err(Raise::Value(failure))
}

fn print(script: &mut Script, host: &mut dyn Host, args: &Args) -> Ran {
    for &item in &args.items {
        look!(script, item, false);
    }
    let named = |name: &str, default: &str| match args.get(usize::MAX, name) {
        None | Some(Value::None) => default.to_owned(),
        Some(given) => text::text(script, given),
    };
    let texts: Vec<String> = args.items.iter().map(|&item| text::text(script, item)).collect();
    let out = texts.join(&named("sep", " ")) + &named("end", "\n");
    let number = match args.get(usize::MAX, "file").map(|file| script.heap.object(file)) {
        Some(Object::Foreign { kind: "file", number, .. }) => *number,
        _ => 1,
    };
    match number {
        2 => host.write(Output::Error, out.as_bytes()),
        1 => host.write(Output::Standard, out.as_bytes()),
        _ => {
            let file = args.get(usize::MAX, "file").unwrap_or(Value::None);
            append_to_file(script, host, file, &out)?;
        }
    }
    none()
}

/// The type of a value, as a value.
pub fn type_of(script: &mut Script, of: Value) -> Value {
    if let Object::Record { kind: Kind::Instance, parent: Some(parent), .. } = script.heap.object(of) {
        return Value::Ref(*parent);
    }
    let name = type_name(script, of);
    script.lookup(script.builtins, &name).unwrap_or(Value::None)
}

fn is_instance(script: &Script, of: Value, kind: Value) -> bool {
    match (script.heap.object(kind), kind) {
        (Object::Tuple(kinds), _) => kinds.iter().any(|&kind| is_instance(script, of, kind)),
        (Object::Native(native), _) => {
            let name = type_name(script, of);
            native.name == "object" || name == native.name || name == "bool" && native.name == "int"
        }
        (_, Value::Ref(class)) => of != kind && script.heap.descends(of, class),
        _ => false,
    }
}
