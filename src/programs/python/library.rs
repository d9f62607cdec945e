//! Python's functions, the methods of its types, and the modules of its library that are simulated.

use super::digest;
use super::semantics::*;
use super::text::{self, repr, type_name};
use crate::programs::host::{Host, Output, Read, Refused, Source};
use crate::programs::redis::{Reply, request};
use crate::programs::script::*;
use crate::sim::Order;
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
                let digest = digest::sha2(format!("{key:?}").as_bytes(), false);
                value(Value::Int(i64::from_be_bytes([
                    digest[0], digest[1], digest[2], digest[3], digest[4], digest[5], digest[6], digest[7],
                ])))
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

// Methods

fn method_of(kind: &str) -> &'static [Native] {
    match kind {
        "str" => STR,
        "bytes" => BYTES,
        "list" => LIST,
        "dict" => DICT,
        "set" => SET,
        "tuple" => TUPLE,
        "float" => FLOAT,
        "int" => INT,
        "file" => FILE,
        "environ" => ENVIRON,
        "hash" => HASH,
        _ => &[],
    }
}

/// A method of a type.
pub fn method(script: &Script, of: Value, name: &str) -> Option<&'static Native> {
    let kind = type_name(script, of);
    let kind = match script.heap.object(of) {
        // `str.upper`, of a type itself.
        Object::Native(_) => return None,
        _ => kind,
    };
    method_of(&kind).iter().find(|native| native.name == name)
}

fn this_str(script: &Script, args: &Args) -> Rc<str> {
    script.heap.as_str(args.this()).unwrap_or_default()
}

fn map_str(script: &mut Script, args: &Args, change: fn(&str) -> String) -> Ran {
    let text = change(&this_str(script, args));
    new_str(script, text)
}

fn strip(script: &mut Script, args: &Args, left: bool, right: bool) -> Ran {
    let text = this_str(script, args);
    let given = args.get(0, "chars").filter(|given| *given != Value::None);
    let chars = given.map(|given| str_of(script, given)).transpose()?;
    let is = |symbol: char| chars.as_ref().map_or(symbol.is_whitespace(), |chars| chars.contains(symbol));
    let mut cut = &*text;
    if left {
        cut = cut.trim_start_matches(is);
    }
    if right {
        cut = cut.trim_end_matches(is);
    }
    let cut = cut.to_owned();
    new_str(script, cut)
}

fn strs(script: &mut Script, parts: impl IntoIterator<Item = String>) -> Ran {
    let parts = parts.into_iter().map(|part| script.heap.str(part)).collect();
    value(script.heap.list(parts))
}

fn split(script: &mut Script, args: &Args, from_right: bool) -> Ran {
    let text = this_str(script, args);
    let most = args.get(1, "maxsplit").map_or(Ok(-1), |most| int_of(script, most))?;
    let most = usize::try_from(most).unwrap_or(usize::MAX - 1) + 1;
    let parts: Vec<String> = match args.get(0, "sep").filter(|sep| *sep != Value::None) {
        Some(sep) => {
            let sep = str_of(script, sep)?;
            if sep.is_empty() {
                return raise("ValueError", "empty separator");
            }
            match from_right {
                true => text.rsplitn(most, &*sep).map(str::to_owned).collect::<Vec<_>>().into_iter().rev().collect(),
                false => text.splitn(most, &*sep).map(str::to_owned).collect(),
            }
        }
        None => {
            let mut parts = Vec::new();
            let mut rest = text.trim_start();
            while !rest.is_empty() {
                let end = if parts.len() + 1 == most {
                    rest.len()
                } else {
                    rest.find(char::is_whitespace).unwrap_or(rest.len())
                };
                parts.push(if end == rest.len() { rest.trim_end() } else { &rest[..end] }.to_owned());
                rest = rest[end..].trim_start();
            }
            parts
        }
    };
    strs(script, parts)
}

/// Whether a text begins, or ends, with another or one of several.
fn begins(script: &mut Script, args: &Args, test: fn(&str, &str) -> bool) -> Ran {
    let text = this_str(script, args);
    let given = args.need(0, "prefix")?;
    let all = match script.heap.object(given) {
        Object::Tuple(items) => items.to_vec(),
        _ => vec![given],
    };
    for one in all {
        if test(&text, &str_of(script, one)?) {
            return value(Value::Bool(true));
        }
    }
    value(Value::Bool(false))
}

fn find(script: &mut Script, args: &Args, from_right: bool) -> Result<Option<usize>, Raise> {
    let text = this_str(script, args);
    let part = str_of(script, args.need(0, "sub")?)?;
    let start = args.get(1, "start").map_or(Ok(0), |start| int_of(script, start))?.max(0) as usize;
    let from = text.char_indices().nth(start).map_or(text.len(), |(place, _)| place);
    let found = if from_right { text[from..].rfind(&*part) } else { text[from..].find(&*part) };
    Ok(found.map(|place| text[..from + place].chars().count()))
}

fn is_all(script: &mut Script, args: &Args, test: fn(char) -> bool) -> Ran {
    let text = this_str(script, args);
    value(Value::Bool(!text.is_empty() && text.chars().all(test)))
}

fn justify(script: &mut Script, args: &Args, align: char) -> Ran {
    let text = this_str(script, args);
    let width = int_of(script, args.need(0, "width")?)?.clamp(0, 100_000) as usize;
    let fill = args.get(1, "fillchar").and_then(|fill| script.heap.as_str(fill)).and_then(|fill| fill.chars().next());
    let text = text::pad(&text, width, fill.unwrap_or(' '), align);
    new_str(script, text)
}

fn partition(script: &mut Script, args: &Args, from_right: bool) -> Ran {
    let text = this_str(script, args);
    let sep = str_of(script, args.need(0, "sep")?)?;
    let halves = if from_right { text.rsplit_once(&*sep) } else { text.split_once(&*sep) };
    let parts = match halves {
        Some((before, after)) => [before, &sep, after],
        None if from_right => ["", "", &text],
        None => [&text, "", ""],
    };
    let parts = parts.map(|part| script.heap.str(part)).to_vec();
    value(script.heap.tuple(parts))
}

static STR: &[Native] = &[
    native_of("upper", |script, _, args| map_str(script, args, str::to_uppercase)),
    native_of("lower", |script, _, args| map_str(script, args, str::to_lowercase)),
    native_of("casefold", |script, _, args| map_str(script, args, str::to_lowercase)),
    native_of("title", |script, _, args| {
        map_str(script, args, |text| {
            let mut inside = false;
            let turn = |symbol: char| {
                let turned = if inside { symbol.to_lowercase().to_string() } else { symbol.to_uppercase().to_string() };
                inside = symbol.is_alphabetic();
                turned
            };
            text.chars().map(turn).collect()
        })
    }),
    native_of("capitalize", |script, _, args| {
        map_str(script, args, |text| {
            let mut symbols = text.chars();
            symbols.next().map_or(String::new(), |first| {
                first.to_uppercase().chain(symbols.flat_map(char::to_lowercase)).collect()
            })
        })
    }),
    native_of("swapcase", |script, _, args| {
        map_str(script, args, |text| {
            text.chars()
                .map(|c| if c.is_uppercase() { c.to_lowercase().to_string() } else { c.to_uppercase().to_string() })
                .collect()
        })
    }),
    native_of("strip", |script, _, args| strip(script, args, true, true)),
    native_of("lstrip", |script, _, args| strip(script, args, true, false)),
    native_of("rstrip", |script, _, args| strip(script, args, false, true)),
    native_of("split", |script, _, args| split(script, args, false)),
    native_of("rsplit", |script, _, args| split(script, args, true)),
    native_of("splitlines", |script, _, args| {
        let text = this_str(script, args);
        strs(script, text.lines().map(str::to_owned).collect::<Vec<_>>())
    }),
    native_of("join", |script, _, args| {
        let of = args.need(0, "iterable")?;
        let items = items!(script, of);
        let mut parts = Vec::with_capacity(items.len());
        for (place, &item) in items.iter().enumerate() {
            match script.heap.as_str(item) {
                Some(part) => parts.push(part),
                None => {
                    return type_error(format!(
                        "sequence item {place}: expected str instance, {} found",
                        type_name(script, item)
                    ));
                }
            }
        }
        let text = parts.join(&*this_str(script, args));
        new_str(script, text)
    }),
    native_of("replace", |script, _, args| {
        let text = this_str(script, args);
        let (old, new) = (str_of(script, args.need(0, "old")?)?, str_of(script, args.need(1, "new")?)?);
        let count = args.get(2, "count").map_or(Ok(-1), |count| int_of(script, count))?;
        let text = match usize::try_from(count) {
            Ok(count) => text.replacen(&*old, &new, count),
            Err(_) => text.replace(&*old, &new),
        };
        if text.len() > MOST_BYTES {
            return raise("MemoryError", "");
        }
        new_str(script, text)
    }),
    native_of("startswith", |script, _, args| begins(script, args, |text, part| text.starts_with(part))),
    native_of("endswith", |script, _, args| begins(script, args, |text, part| text.ends_with(part))),
    native_of("removeprefix", |script, _, args| {
        let (text, part) = (this_str(script, args), str_of(script, args.need(0, "prefix")?)?);
        let text = text.strip_prefix(&*part).unwrap_or(&text).to_owned();
        new_str(script, text)
    }),
    native_of("removesuffix", |script, _, args| {
        let (text, part) = (this_str(script, args), str_of(script, args.need(0, "suffix")?)?);
        let text = text.strip_suffix(&*part).unwrap_or(&text).to_owned();
        new_str(script, text)
    }),
    native_of("find", |script, _, args| value(Value::Int(find(script, args, false)?.map_or(-1, |place| place as i64)))),
    native_of("rfind", |script, _, args| value(Value::Int(find(script, args, true)?.map_or(-1, |place| place as i64)))),
    native_of("index", |script, _, args| match find(script, args, false)? {
        Some(place) => value(Value::Int(place as i64)),
        None => raise("ValueError", "substring not found"),
    }),
    native_of("count", |script, _, args| {
        let (text, part) = (this_str(script, args), str_of(script, args.need(0, "sub")?)?);
        value(Value::Int(text.matches(&*part).count() as i64))
    }),
    native_of("partition", |script, _, args| partition(script, args, false)),
    native_of("rpartition", |script, _, args| partition(script, args, true)),
    native_of("isdigit", |script, _, args| is_all(script, args, |symbol| symbol.is_ascii_digit())),
    native_of("isnumeric", |script, _, args| is_all(script, args, char::is_numeric)),
    native_of("isalpha", |script, _, args| is_all(script, args, char::is_alphabetic)),
    native_of("isalnum", |script, _, args| is_all(script, args, char::is_alphanumeric)),
    native_of("isspace", |script, _, args| is_all(script, args, char::is_whitespace)),
    native_of("isupper", |script, _, args| is_all(script, args, |symbol| !symbol.is_lowercase())),
    native_of("islower", |script, _, args| is_all(script, args, |symbol| !symbol.is_uppercase())),
    native_of("ljust", |script, _, args| justify(script, args, '<')),
    native_of("rjust", |script, _, args| justify(script, args, '>')),
    native_of("center", |script, _, args| justify(script, args, '^')),
    native_of("zfill", |script, _, args| {
        let text = this_str(script, args);
        let width = int_of(script, args.need(0, "width")?)?.clamp(0, 100_000) as usize;
        let (sign, digits) = text.split_at(usize::from(text.starts_with(['+', '-'])));
        let text = format!("{sign}{}", text::pad(digits, width.saturating_sub(sign.len()), '0', '>'));
        new_str(script, text)
    }),
    native_of("encode", |script, _, args| {
        let bytes = this_str(script, args).as_bytes().to_vec();
        value(script.heap.bytes(bytes))
    }),
    native_of("format", |script, _, args| {
        let format = this_str(script, args);
        let (mut out, mut rest, mut next) = (String::new(), &*format, 0);
        while let Some(place) = rest.find(['{', '}']) {
            out.push_str(&rest[..place]);
            let bracket = &rest[place..=place];
            rest = &rest[place + 1..];
            if rest.starts_with(bracket) {
                out.push_str(bracket);
                rest = &rest[1..];
                continue;
            }
            let Some((field, after)) = rest.split_once('}').filter(|_| bracket == "{") else {
                return raise("ValueError", "Single '}' encountered in format string");
            };
            rest = after;
            let (name, format) = field.split_once(':').unwrap_or((field, ""));
            let (name, as_written) = name.strip_suffix("!r").map_or((name, false), |name| (name, true));
            let item = match name.parse::<usize>() {
                Ok(place) => args.items.get(place).copied(),
                Err(_) if name.is_empty() => {
                    next += 1;
                    args.items.get(next - 1).copied()
                }
                Err(_) => args.named.iter().find(|(known, _)| &**known == name).map(|(_, value)| *value),
            };
            let Some(item) = item else {
                return match name.is_empty() || name.parse::<usize>().is_ok() {
                    true => raise("IndexError", "Replacement index out of range for positional args tuple"),
                    false => {
                        let key = script.heap.str(name);
                        Err(key_error(script, key))
                    }
                };
            };
            look!(script, item, as_written);
            out.push_str(&text::formatted(script, item, as_written, format)?);
        }
        out.push_str(rest);
        new_str(script, out)
    }),
];

fn this_bytes(script: &Script, args: &Args) -> Rc<[u8]> {
    match script.heap.object(args.this()) {
        Object::Bytes(bytes) => bytes.clone(),
        _ => Rc::new([]),
    }
}

static BYTES: &[Native] = &[
    native_of("decode", |script, _, args| {
        let bytes = this_bytes(script, args);
        match std::str::from_utf8(&bytes) {
            Ok(text) => new_str(script, text),
            Err(error) => {
                let place = error.valid_up_to();
                let problem = format!(
                    "'utf-8' codec can't decode byte 0x{:02x} in position {place}: invalid start byte",
                    bytes[place]
                );
                raise("UnicodeDecodeError", problem)
            }
        }
    }),
    native_of("hex", |script, _, args| {
        let text: String = this_bytes(script, args).iter().map(|byte| format!("{byte:02x}")).collect();
        new_str(script, text)
    }),
    native_of("strip", |script, _, args| {
        let bytes = this_bytes(script, args).trim_ascii().to_vec();
        value(script.heap.bytes(bytes))
    }),
    native_of("startswith", |script, _, args| {
        let (bytes, part) = (this_bytes(script, args), args.need(0, "prefix")?);
        let Object::Bytes(part) = script.heap.object(part) else {
            return type_error("startswith first arg must be bytes");
        };
        value(Value::Bool(bytes.starts_with(part)))
    }),
];

/// Changes the list that a method is of.
fn change(script: &mut Script, args: &Args, how: impl FnOnce(&mut Vec<Value>)) -> Ran {
    if let Some(items) = script.heap.list_mut(args.this()) {
        how(items);
    }
    none()
}

fn position(script: &Script, items: &[Value], of: Value) -> Option<usize> {
    items.iter().position(|&item| equal(script, item, of, 0))
}

static LIST: &[Native] = &[
    native_of("append", |script, _, args| {
        let item = args.need(0, "object")?;
        change(script, args, |items| items.push(item))
    }),
    native_of("extend", |script, _, args| {
        let of = args.need(0, "iterable")?;
        let more = items!(script, of);
        script.heap.grow(16 * more.len());
        change(script, args, |items| items.extend(more))
    }),
    native_of("insert", |script, _, args| {
        let (place, item) = (int_of(script, args.need(0, "index")?)?, args.need(1, "object")?);
        change(script, args, |items| {
            let place = if place < 0 { (place + items.len() as i64).max(0) } else { place };
            items.insert((place as usize).min(items.len()), item);
        })
    }),
    native_of("pop", |script, _, args| {
        let place = args.get(0, "index").map_or(Ok(-1), |place| int_of(script, place))?;
        let Some(items) = script.heap.list_mut(args.this()) else { return none() };
        if items.is_empty() {
            return raise("IndexError", "pop from empty list");
        }
        let place = if place < 0 { place + items.len() as i64 } else { place };
        match usize::try_from(place).ok().filter(|&place| place < items.len()) {
            Some(place) => value(items.remove(place)),
            None => raise("IndexError", "pop index out of range"),
        }
    }),
    native_of("remove", |script, _, args| {
        let of = args.need(0, "value")?;
        let items = script.items_of(args.this());
        match position(script, &items, of) {
            Some(place) => change(script, args, |items| {
                items.remove(place);
            }),
            None => raise("ValueError", "list.remove(x): x not in list"),
        }
    }),
    native_of("index", index_of),
    native_of("count", count_of),
    native_of("reverse", |script, _, args| change(script, args, |items| items.reverse())),
    native_of("clear", |script, _, args| change(script, args, Vec::clear)),
    native_of("copy", |script, _, args| {
        let items = script.items_of(args.this());
        value(script.heap.list(items))
    }),
];

fn index_of(script: &mut Script, _: &mut dyn Host, args: &Args) -> Ran {
    let of = args.need(0, "value")?;
    let items = script.items_of(args.this());
    match position(script, &items, of) {
        Some(place) => value(Value::Int(place as i64)),
        None => {
            let shown = repr(script, of);
            raise("ValueError", format!("{shown} is not in list"))
        }
    }
}

fn count_of(script: &mut Script, _: &mut dyn Host, args: &Args) -> Ran {
    let of = args.need(0, "value")?;
    let count = script.items_of(args.this()).into_iter().filter(|&item| equal(script, item, of, 0)).count();
    value(Value::Int(count as i64))
}

static TUPLE: &[Native] = &[native_of("index", index_of), native_of("count", count_of)];

static FLOAT: &[Native] = &[native_of("is_integer", |_, _, args| {
    value(Value::Bool(matches!(args.this(), Value::Float(number) if number == libm::trunc(number))))
})];

static INT: &[Native] = &[native_of("bit_length", |_, _, args| match args.this() {
    Value::Int(number) => value(Value::Int(i64::from(64 - number.unsigned_abs().leading_zeros()))),
    _ => value(Value::Int(0)),
})];

fn table_of(script: &Script, of: Value) -> Table {
    match script.heap.object(of) {
        Object::Dict(table) | Object::Set(table) => table.clone(),
        _ => Table::default(),
    }
}

static DICT: &[Native] = &[
    native_of("get", |script, _, args| {
        let key = script.language.key(script, args.need(0, "key")?)?;
        let found = script.heap.fields(args.this()).and_then(|table| table.get(&key));
        value(found.or_else(|| args.get(1, "default")).unwrap_or(Value::None))
    }),
    native_of("keys", |script, _, args| {
        let keys = table_of(script, args.this()).iter().map(|(_, key, _)| key).collect();
        value(script.heap.list(keys))
    }),
    native_of("values", |script, _, args| {
        let values = table_of(script, args.this()).iter().map(|(.., value)| value).collect();
        value(script.heap.list(values))
    }),
    native_of("items", |script, _, args| {
        let table = table_of(script, args.this());
        let pairs = table.iter().map(|(_, key, value)| script.heap.tuple(vec![key, value])).collect();
        value(script.heap.list(pairs))
    }),
    native_of("pop", |script, _, args| {
        let of = args.need(0, "key")?;
        let key = script.language.key(script, of)?;
        let removed = script.heap.fields_mut(args.this()).and_then(|table| table.remove(&key));
        match removed.or_else(|| args.get(1, "default")) {
            Some(removed) => value(removed),
            None => Err(key_error(script, of)),
        }
    }),
    native_of("popitem", |script, _, args| {
        let table = table_of(script, args.this());
        let Some((key, shown, item)) = table.iter().next_back() else {
            return raise("KeyError", "popitem(): dictionary is empty");
        };
        if let Some(table) = script.heap.fields_mut(args.this()) {
            table.remove(key);
        }
        value(script.heap.tuple(vec![shown, item]))
    }),
    native_of("setdefault", |script, _, args| {
        let of = args.need(0, "key")?;
        let key = script.language.key(script, of)?;
        if let Some(found) = script.heap.fields(args.this()).and_then(|table| table.get(&key)) {
            return value(found);
        }
        let default = args.get(1, "default").unwrap_or(Value::None);
        if let Some(table) = script.heap.fields_mut(args.this()) {
            table.insert(key, of, default);
        }
        value(default)
    }),
    native_of("update", |script, _, args| {
        let mut more = args.items.first().map_or(Table::default(), |&from| table_of(script, from));
        for (name, value) in &args.named {
            let key = script.heap.str(name.clone());
            more.insert(Key::Str(name.clone()), key, *value);
        }
        if let Some(table) = script.heap.fields_mut(args.this()) {
            more.iter().for_each(|(key, shown, value)| table.insert(key.clone(), shown, value));
        }
        none()
    }),
    native_of("clear", |script, _, args| {
        script.heap.fields_mut(args.this()).into_iter().for_each(Table::clear);
        none()
    }),
    native_of("copy", |script, _, args| {
        let table = table_of(script, args.this());
        value(script.heap.dict(table))
    }),
];

fn set_mut(script: &mut Script, of: Value) -> Option<&mut Table> {
    match of {
        Value::Ref(place) => match script.heap.get_mut(place) {
            Object::Set(table) => Some(table),
            _ => None,
        },
        _ => None,
    }
}

fn set_operation(script: &mut Script, args: &Args, operator: Binary) -> Ran {
    let of = args.need(0, "other")?;
    let mut table = Table::default();
    for item in items!(script, of) {
        table.insert(script.language.key(script, item)?, item, Value::None);
    }
    let other = Value::Ref(script.heap.add(Object::Set(table)));
    script.language.binary(script, operator, args.this(), other, false)
}

static SET: &[Native] = &[
    native_of("add", |script, _, args| {
        let item = args.need(0, "elem")?;
        let key = script.language.key(script, item)?;
        script.heap.grow(64);
        set_mut(script, args.this()).into_iter().for_each(|table| table.insert(key.clone(), item, Value::None));
        none()
    }),
    native_of("remove", |script, _, args| {
        let of = args.need(0, "elem")?;
        let key = script.language.key(script, of)?;
        match set_mut(script, args.this()).and_then(|table| table.remove(&key)) {
            Some(_) => none(),
            None => Err(key_error(script, of)),
        }
    }),
    native_of("discard", |script, _, args| {
        let key = script.language.key(script, args.need(0, "elem")?)?;
        set_mut(script, args.this()).and_then(|table| table.remove(&key));
        none()
    }),
    native_of("pop", |script, _, args| {
        let table = table_of(script, args.this());
        let Some((key, item, _)) = table.iter().next() else { return raise("KeyError", "pop from an empty set") };
        set_mut(script, args.this()).and_then(|table| table.remove(key));
        value(item)
    }),
    native_of("clear", |script, _, args| {
        set_mut(script, args.this()).into_iter().for_each(Table::clear);
        none()
    }),
    native_of("update", |script, _, args| {
        let of = args.need(0, "other")?;
        for item in items!(script, of) {
            let key = script.language.key(script, item)?;
            set_mut(script, args.this()).into_iter().for_each(|table| table.insert(key.clone(), item, Value::None));
        }
        none()
    }),
    native_of("union", |script, _, args| set_operation(script, args, Binary::BitOr)),
    native_of("intersection", |script, _, args| set_operation(script, args, Binary::BitAnd)),
    native_of("difference", |script, _, args| set_operation(script, args, Binary::Subtract)),
    native_of("issubset", |script, _, args| set_operation(script, args, Binary::LessEqual)),
    native_of("issuperset", |script, _, args| set_operation(script, args, Binary::GreaterEqual)),
    native_of("copy", |script, _, args| {
        let table = table_of(script, args.this());
        value(Value::Ref(script.heap.add(Object::Set(table))))
    }),
];

// Files and streams

/// The next line of standard input; empty at its end; `None` if it has to be waited for.
fn read_line(script: &mut Script, host: &mut dyn Host) -> Option<String> {
    loop {
        if let Some(end) = script.unread.iter().position(|&byte| byte == b'\n') {
            let line: Vec<u8> = script.unread.drain(..=end).collect();
            return Some(String::from_utf8_lossy(&line).into_owned());
        }
        if script.input_ended {
            let line = std::mem::take(&mut script.unread);
            return Some(String::from_utf8_lossy(&line).into_owned());
        }
        if !read_more(script, host) {
            return None;
        }
    }
}

fn read_more(script: &mut Script, host: &mut dyn Host) -> bool {
    match host.read(Source::Input) {
        Read::Bytes(bytes) => script.unread.extend(bytes),
        Read::Later => return false,
        Read::End => script.input_ended = true,
    }
    true
}

fn wait_for_input(script: &mut Script) -> Ran {
    script.waiting = Some(Waiting { until: None, number: 0 });
    Ok(Answer::Wait(None))
}

/// A file: its number (0 to 2 the streams), its path, its mode, what it holds, and where it is.
fn file(script: &mut Script, number: i64, path: &str, mode: &str, content: &str) -> Value {
    let values = vec![script.heap.str(path), script.heap.str(mode), script.heap.str(content), Value::Int(0)];
    Value::Ref(script.heap.add(Object::Foreign { kind: "file", number, values }))
}

fn open(script: &mut Script, host: &mut dyn Host, args: &Args) -> Ran {
    let path = str_of(script, args.need(0, "file")?)?;
    let mode = args.get(1, "mode").map_or(Ok("r".into()), |mode| str_of(script, mode))?;
    let found = host.file(&path);
    let content = match (&found, mode.chars().next()) {
        (Ok(bytes), Some('r' | 'a')) => String::from_utf8_lossy(bytes).into_owned(),
        (Err(why), Some('r')) => {
            let number = if *why == "No such file or directory" { 2 } else { 13 };
            let failure =
                script.language.failure(script, if number == 2 { "FileNotFoundError" } else { "PermissionError" }, "");
            let message = script.heap.str(format!("[Errno {number}] {why}: {}", text::quoted(&path)));
            let args = script.heap.tuple(vec![message]);
            script.heap.set_field(failure, "args", args);
            return Err(Raise::Value(failure));
        }
        (_, Some('w' | 'a' | 'x')) => String::new(),
        _ => return raise("ValueError", format!("invalid mode: '{mode}'")),
    };
    if !mode.starts_with('r') {
        host.write_file(&path, content.as_bytes())
            .map_err(|why| Raise::Error("OSError", format!("{why}: '{path}'")))?;
    }
    value(file(script, 3, &path, &mode, &content))
}

fn file_parts(script: &Script, of: Value) -> Option<(i64, Vec<Value>)> {
    match script.heap.object(of) {
        Object::Foreign { kind: "file", number, values } => Some((*number, values.clone())),
        _ => None,
    }
}

fn append_to_file(script: &mut Script, host: &mut dyn Host, of: Value, text: &str) -> Result<(), Raise> {
    let Some((_, values)) = file_parts(script, of) else { return Ok(()) };
    let (path, mode, content) = (str_of(script, values[0])?, str_of(script, values[1])?, str_of(script, values[2])?);
    if mode.starts_with('r') {
        return raise("OSError", "not writable");
    }
    let content = format!("{content}{text}");
    host.write_file(&path, content.as_bytes()).map_err(|why| Raise::Error("OSError", why.to_owned()))?;
    let content = script.heap.str(content);
    if let Value::Ref(place) = of
        && let Object::Foreign { values, .. } = script.heap.get_mut(place)
    {
        values[2] = content;
    }
    Ok(())
}

/// The lines that are left of a file.
fn rest_of_file(script: &mut Script, host: &mut dyn Host, of: Value, one: bool) -> Result<Option<String>, Raise> {
    let Some((number, values)) = file_parts(script, of) else { return Ok(Some(String::new())) };
    if number == 0 {
        if one {
            return Ok(read_line(script, host));
        }
        while !script.input_ended {
            if !read_more(script, host) {
                return Ok(None);
            }
        }
        let all = std::mem::take(&mut script.unread);
        return Ok(Some(String::from_utf8_lossy(&all).into_owned()));
    }
    let content = str_of(script, values[2])?;
    let Value::Int(at) = values[3] else { return Ok(Some(String::new())) };
    let rest = &content[(at as usize).min(content.len())..];
    let len = if one { rest.find('\n').map_or(rest.len(), |end| end + 1) } else { rest.len() };
    if let Value::Ref(place) = of
        && let Object::Foreign { values, .. } = script.heap.get_mut(place)
    {
        values[3] = Value::Int(at + len as i64);
    }
    Ok(Some(rest[..len].to_owned()))
}

static FILE: &[Native] = &[
    native_of("write", |script, host, args| {
        let text = str_of(script, args.need(0, "text")?)?;
        match file_parts(script, args.this()).map(|(number, _)| number) {
            Some(1) => host.write(Output::Standard, text.as_bytes()),
            Some(2) => host.write(Output::Error, text.as_bytes()),
            _ => append_to_file(script, host, args.this(), &text)?,
        }
        value(Value::Int(text.chars().count() as i64))
    }),
    native_of("read", |script, host, args| match rest_of_file(script, host, args.this(), false)? {
        Some(text) => new_str(script, text),
        None => wait_for_input(script),
    }),
    native_of("readline", |script, host, args| match rest_of_file(script, host, args.this(), true)? {
        Some(text) => new_str(script, text),
        None => wait_for_input(script),
    }),
    native_of("readlines", |script, host, args| match rest_of_file(script, host, args.this(), false)? {
        Some(text) => strs(script, text.split_inclusive('\n').map(str::to_owned).collect::<Vec<_>>()),
        None => wait_for_input(script),
    }),
    native_of("flush", |_, _, _| none()),
    native_of("close", |_, _, _| none()),
    native_of("isatty", |_, host, _| value(Value::Bool(host.is_terminal(Output::Standard)))),
    native_of("fileno", |script, _, args| {
        value(Value::Int(file_parts(script, args.this()).map_or(3, |(number, _)| number)))
    }),
    native_of("__enter__", |_, _, args| value(args.this())),
    native_of("__exit__", |_, _, _| none()),
];

/// The environment, as a dictionary of the script's own.
pub fn environ(script: &mut Script) -> Value {
    script.lookup(script.builtins, "%environ").unwrap_or(Value::None)
}

static ENVIRON: &[Native] = &[
    native_of("get", |script, host, args| {
        let table = environ(script);
        let args = Args { this: Some(table), items: args.items.clone(), named: args.named.clone() };
        (DICT[0].run)(script, host, &args)
    }),
    native_of("items", |script, host, _| {
        let table = environ(script);
        (DICT[3].run)(script, host, &Args { this: Some(table), ..Args::default() })
    }),
    native_of("keys", |script, host, _| {
        let table = environ(script);
        (DICT[1].run)(script, host, &Args { this: Some(table), ..Args::default() })
    }),
];

// Modules

/// A module, from its functions.
fn module(script: &mut Script, name: &str, functions: &'static [Native], more: Vec<(&str, Value)>) -> Ran {
    let module = Value::Ref(script.heap.record(Kind::Module(name.into()), None));
    for native in functions {
        let function = Value::Ref(script.heap.add(Object::Native(native)));
        script.heap.set_field(module, native.name, function);
    }
    for (field, item) in more {
        script.heap.set_field(module, field, item);
    }
    value(module)
}

/// A module that is written in Python, here or in a file beside the script.
fn written(name: &str, file: &str, source: &str) -> Ran {
    match super::parser::parse(source) {
        Ok(body) => Ok(Answer::Module(name.into(), compile(file, &body, true, false))),
        Err(error) => raise("SyntaxError", format!("{} ({file}, line {})", error.message, error.line)),
    }
}

/// Brings in a module.
pub fn import(script: &mut Script, host: &mut dyn Host, name: &Name) -> Ran {
    match &**name {
        "sys" => {
            let streams = [("stdin", 0), ("stdout", 1), ("stderr", 2)];
            let mut more: Vec<(&str, Value)> = Vec::new();
            for (stream, number) in streams {
                let stream_file = file(script, number, &format!("<{stream}>"), "", "");
                more.push((stream, stream_file));
            }
            more.push(("argv", script.lookup(script.builtins, "%argv").unwrap_or(Value::None)));
            more.push(("version", script.heap.str("3.11.2 (main, Jan  1 2026, 00:00:00) [GCC 12.2.0]")));
            more.push(("platform", script.heap.str("linux")));
            more.push(("maxsize", Value::Int(i64::MAX)));
            let path = script.heap.list(Vec::new());
            more.push(("path", path));
            let version = [3, 11, 2].map(Value::Int).to_vec();
            more.push(("version_info", script.heap.tuple(version)));
            module(script, name, SYS, more)
        }
        "os" => {
            let environ =
                Value::Ref(script.heap.add(Object::Foreign { kind: "environ", number: 0, values: Vec::new() }));
            let Answer::Value(path) = module(script, "posixpath", PATH, Vec::new())? else { return none() };
            module(script, name, OS, vec![("environ", environ), ("path", path)])
        }
        "os.path" => module(script, "posixpath", PATH, Vec::new()),
        "time" => module(script, name, TIME, Vec::new()),
        "random" => module(script, name, RANDOM, Vec::new()),
        "math" => {
            let constants = vec![
                ("pi", Value::Float(std::f64::consts::PI)),
                ("e", Value::Float(std::f64::consts::E)),
                ("inf", Value::Float(f64::INFINITY)),
                ("nan", Value::Float(f64::NAN)),
            ];
            module(script, name, MATH, constants)
        }
        "json" => {
            let error = script.lookup(script.builtins, "ValueError").unwrap_or(Value::None);
            module(script, name, JSON, vec![("JSONDecodeError", error)])
        }
        "uuid" => module(script, name, UUIDS, Vec::new()),
        "hashlib" => module(script, name, HASHLIB, Vec::new()),
        "socket" => module(script, name, SOCKET, Vec::new()),
        "jinja2" => module(script, name, super::jinja::FUNCTIONS, Vec::new()),
        "__future__" | "typing" => {
            let any = native(script, "object");
            let names = [
                "annotations",
                "print_function",
                "Any",
                "Dict",
                "List",
                "Optional",
                "Tuple",
                "Iterator",
                "Union",
                "Callable",
            ];
            let more = names.into_iter().map(|one| (one, any)).collect();
            module(script, name, &[], more)
        }
        "redis" => written(name, "redis/client.py", include_str!("redis.py")),
        "collections" => written(name, "collections/__init__.py", include_str!("collections.py")),
        _ => {
            let folder = script
                .lookup(script.builtins, "%folder")
                .and_then(|folder| script.heap.as_str(folder))
                .unwrap_or_default();
            let file = format!("{folder}{}.py", name.replace('.', "/"));
            match host.file(&file) {
                Ok(bytes) => {
                    let source = String::from_utf8_lossy(&bytes).into_owned();
                    script.sources.push((file.as_str().into(), source.as_str().into()));
                    written(name, &file, &source)
                }
                Err(_) if KNOWN.contains(&&**name) => {
                    raise("ModuleNotFoundError", format!("Python's module '{name}' is not simulated"))
                }
                Err(_) => raise("ModuleNotFoundError", format!("No module named '{name}'")),
            }
        }
    }
}

/// Modules that a real Python would have.
const KNOWN: [&str; 24] = [
    "argparse",
    "asyncio",
    "base64",
    "concurrent.futures",
    "contextlib",
    "csv",
    "dataclasses",
    "datetime",
    "decimal",
    "enum",
    "functools",
    "glob",
    "io",
    "itertools",
    "logging",
    "multiprocessing",
    "pathlib",
    "queue",
    "re",
    "shutil",
    "signal",
    "string",
    "subprocess",
    "threading",
];

/// A function of the language by its name.
pub fn native(script: &Script, name: &str) -> Value {
    script.lookup(script.builtins, name).unwrap_or(Value::None)
}

static SYS: &[Native] = &[native_of("exit", exit), native_of("getrecursionlimit", |_, _, _| value(Value::Int(1000)))];

static OS: &[Native] = &[
    native_of("getenv", |script, host, args| (ENVIRON[0].run)(script, host, args)),
    native_of("getpid", |_, _, _| value(Value::Int(1))),
    native_of("_exit", |script, _, args| Err(Raise::Exit(int_of(script, args.need(0, "status")?)? as i32 & 255))),
    native_of("getcwd", |script, _, _| new_str(script, "/")),
    native_of("uname", |script, host, _| {
        let parts = ["Linux", &host.hostname(), "6.1.0", "#1 SMP", "x86_64"].map(|part| script.heap.str(part)).to_vec();
        value(script.heap.tuple(parts))
    }),
];

static PATH: &[Native] = &[
    native_of("exists", |script, host, args| {
        let path = str_of(script, args.need(0, "path")?)?;
        value(Value::Bool(!matches!(host.file(&path), Err("No such file or directory"))))
    }),
    native_of("isfile", |script, host, args| {
        let path = str_of(script, args.need(0, "path")?)?;
        value(Value::Bool(host.file(&path).is_ok()))
    }),
    native_of("join", |script, _, args| {
        let mut path = String::new();
        for &part in &args.items {
            let part = str_of(script, part)?;
            if part.starts_with('/') {
                path.clear();
            } else if !path.is_empty() && !path.ends_with('/') {
                path.push('/');
            }
            path.push_str(&part);
        }
        new_str(script, path)
    }),
    native_of("basename", |script, _, args| {
        let path = str_of(script, args.need(0, "path")?)?;
        let name = path.rsplit('/').next().unwrap_or_default().to_owned();
        new_str(script, name)
    }),
    native_of("dirname", |script, _, args| {
        let path = str_of(script, args.need(0, "path")?)?;
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
        new_str(script, folder)
    }),
];

static SOCKET: &[Native] = &[native_of("gethostname", |script, host, _| {
    let name = host.hostname();
    new_str(script, name)
})];

fn seconds(host: &dyn Host) -> Ran {
    value(Value::Float(host.now().as_millis() as f64 / 1000.0))
}

static TIME: &[Native] = &[
    native_of("sleep", |script, host, args| {
        let until = match script.waiting {
            Some(Waiting { until: Some(until), .. }) => until,
            _ => {
                let seconds = float_of(script, args.need(0, "seconds")?)?;
                if seconds < 0.0 {
                    return raise("ValueError", "sleep length must be non-negative");
                }
                host.now() + Duration::from_millis(libm::rint((seconds * 1000.0).min(1e15)) as u64)
            }
        };
        if host.now() >= until {
            return none();
        }
        script.waiting = Some(Waiting { until: Some(until), number: 0 });
        Ok(Answer::Wait(Some(until)))
    }),
    native_of("time", |_, host, _| seconds(host)),
    native_of("monotonic", |_, host, _| seconds(host)),
    native_of("perf_counter", |_, host, _| seconds(host)),
];

/// A number from 0 up to 1.
fn random(host: &mut dyn Host) -> f64 {
    (host.chance().next_u64() >> 11) as f64 / (1u64 << 53) as f64
}

fn below(host: &mut dyn Host, bound: usize) -> usize {
    host.chance().below(bound.clamp(1, u32::MAX as usize) as u32) as usize
}

static RANDOM: &[Native] = &[
    native_of("random", |_, host, _| value(Value::Float(random(host)))),
    // What is drawn is decided by the scenario's seed.
    native_of("seed", |_, _, _| none()),
    native_of("randint", |script, host, args| {
        let (low, high) = (int_of(script, args.need(0, "a")?)?, int_of(script, args.need(1, "b")?)?);
        if low > high {
            return raise(
                "ValueError",
                format!("empty range for randrange() ({low}, {}, {})", high + 1, high + 1 - low),
            );
        }
        value(Value::Int(low + below(host, (high - low) as usize + 1) as i64))
    }),
    native_of("randrange", |script, host, args| {
        let first = int_of(script, args.need(0, "start")?)?;
        let (low, high) =
            args.get(1, "stop").map_or(Ok((0, first)), |stop| int_of(script, stop).map(|stop| (first, stop)))?;
        if low >= high {
            return raise("ValueError", "empty range for randrange()");
        }
        value(Value::Int(low + below(host, (high - low) as usize) as i64))
    }),
    native_of("uniform", |script, host, args| {
        let (low, high) = (float_of(script, args.need(0, "a")?)?, float_of(script, args.need(1, "b")?)?);
        value(Value::Float(low + (high - low) * random(host)))
    }),
    native_of("choice", |script, host, args| {
        let of = args.need(0, "seq")?;
        let items = items!(script, of);
        if items.is_empty() {
            return raise("IndexError", "Cannot choose from an empty sequence");
        }
        value(items[below(host, items.len())])
    }),
    native_of("shuffle", |script, host, args| {
        let len = script.items_of(args.need(0, "x")?).len();
        for place in (1..len).rev() {
            let other = below(host, place + 1);
            if let Some(items) = script.heap.list_mut(args.items[0]) {
                items.swap(place, other);
            }
        }
        none()
    }),
    native_of("sample", |script, host, args| {
        let of = args.need(0, "population")?;
        let mut items = items!(script, of);
        let count = int_of(script, args.need(1, "k")?)?;
        if count < 0 || count as usize > items.len() {
            return raise("ValueError", "Sample larger than population or is negative");
        }
        let drawn = (0..count).map(|_| items.remove(below(host, items.len()))).collect();
        value(script.heap.list(drawn))
    }),
];

fn real(script: &mut Script, args: &Args, function: fn(f64) -> f64) -> Ran {
    let number = function(float_of(script, args.need(0, "x")?)?);
    if number.is_nan() {
        return raise("ValueError", "math domain error");
    }
    value(Value::Float(number))
}

fn whole(script: &mut Script, args: &Args, function: fn(f64) -> f64) -> Ran {
    value(Value::Int(function(float_of(script, args.need(0, "x")?)?) as i64))
}

static MATH: &[Native] = &[
    native_of("sqrt", |script, _, args| real(script, args, libm::sqrt)),
    native_of("sin", |script, _, args| real(script, args, libm::sin)),
    native_of("cos", |script, _, args| real(script, args, libm::cos)),
    native_of("tan", |script, _, args| real(script, args, libm::tan)),
    native_of("atan", |script, _, args| real(script, args, libm::atan)),
    native_of("exp", |script, _, args| real(script, args, libm::exp)),
    native_of("log2", |script, _, args| real(script, args, libm::log2)),
    native_of("log10", |script, _, args| real(script, args, libm::log10)),
    native_of("log", |script, _, args| {
        let base = args.get(1, "base").map(|base| float_of(script, base)).transpose()?;
        let number = float_of(script, args.need(0, "x")?)?;
        if number <= 0.0 {
            return raise("ValueError", "math domain error");
        }
        value(Value::Float(libm::log(number) / base.map_or(1.0, libm::log)))
    }),
    native_of("pow", |script, _, args| {
        value(Value::Float(libm::pow(float_of(script, args.need(0, "x")?)?, float_of(script, args.need(1, "y")?)?)))
    }),
    native_of("floor", |script, _, args| whole(script, args, libm::floor)),
    native_of("ceil", |script, _, args| whole(script, args, libm::ceil)),
    native_of("trunc", |script, _, args| whole(script, args, libm::trunc)),
    native_of("fabs", |script, _, args| real(script, args, libm::fabs)),
    native_of("isqrt", |script, _, args| {
        let number = int_of(script, args.need(0, "n")?)?;
        if number < 0 {
            return raise("ValueError", "isqrt() argument must be nonnegative");
        }
        value(Value::Int(number.isqrt()))
    }),
    native_of("gcd", |script, _, args| {
        let (mut a, mut b) =
            (int_of(script, args.need(0, "a")?)?.unsigned_abs(), int_of(script, args.need(1, "b")?)?.unsigned_abs());
        while b > 0 {
            (a, b) = (b, a % b);
        }
        value(Value::Int(a as i64))
    }),
    native_of("factorial", |script, _, args| {
        let number = int_of(script, args.need(0, "x")?)?;
        if number < 0 {
            return raise("ValueError", "factorial() not defined for negative values");
        }
        match (1..=number.min(21)).try_fold(1i64, i64::checked_mul) {
            Some(product) => value(Value::Int(product)),
            None => raise("OverflowError", "whole numbers of more than 64 bits are not simulated"),
        }
    }),
];

static JSON: &[Native] = &[
    native_of("dumps", |script, _, args| {
        let of = args.need(0, "obj")?;
        let indent = match args.get(usize::MAX, "indent") {
            Some(Value::Int(indent)) => Some(indent.clamp(0, 20) as usize),
            _ => None,
        };
        let sorted = args.get(usize::MAX, "sort_keys") == Some(Value::Bool(true));
        let text = super::json::dump(script, of, indent, sorted, 0)?;
        new_str(script, text)
    }),
    native_of("loads", |script, _, args| {
        let of = args.need(0, "s")?;
        let text = script.heap.as_str(of).or_else(|| bytes_text(script, of));
        let Some(text) = text else {
            return type_error(format!(
                "the JSON object must be str, bytes or bytearray, not {}",
                type_name(script, of)
            ));
        };
        super::json::load(script, &text).map(Answer::Value)
    }),
    native_of("load", |script, host, args| match rest_of_file(script, host, args.need(0, "fp")?, false)? {
        Some(text) => super::json::load(script, &text).map(Answer::Value),
        None => wait_for_input(script),
    }),
];

static UUIDS: &[Native] = &[native_of("uuid4", |script, host, _| {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&host.chance().next_u64().to_be_bytes());
    bytes[8..].copy_from_slice(&host.chance().next_u64().to_be_bytes());
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let text = format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]);
    let class = uuid_class(script);
    let made = Value::Ref(script.heap.record(Kind::Instance, class));
    let shown = script.heap.str(text);
    let hex = script.heap.str(hex);
    script.heap.set_field(made, "_text", shown);
    script.heap.set_field(made, "hex", hex);
    value(made)
})];

/// The class of UUIDs, which the prelude defines.
fn uuid_class(script: &Script) -> Option<Ref> {
    match script.lookup(script.builtins, "__UUID") {
        Some(Value::Ref(class)) => Some(class),
        _ => None,
    }
}

fn hashed(script: &mut Script, args: &Args, name: &str) -> Ran {
    let bytes = match args.items.first().map(|&of| script.heap.object(of)) {
        Some(Object::Bytes(bytes)) => bytes.to_vec(),
        Some(Object::Str(_)) => return type_error("Strings must be encoded before hashing"),
        _ => Vec::new(),
    };
    let values = vec![script.heap.bytes(bytes), script.heap.str(name)];
    value(Value::Ref(script.heap.add(Object::Foreign { kind: "hash", number: 0, values })))
}

static HASHLIB: &[Native] = &[
    native_of("sha224", |script, _, args| hashed(script, args, "sha224")),
    native_of("sha256", |script, _, args| hashed(script, args, "sha256")),
];

static HASH: &[Native] = &[
    native_of("hexdigest", |script, _, args| {
        let Object::Foreign { values, .. } = script.heap.object(args.this()) else { return none() };
        let (bytes, name) = (values[0], values[1]);
        let Object::Bytes(bytes) = script.heap.object(bytes) else { return none() };
        let short = script.heap.as_str(name).as_deref() == Some("sha224");
        let text: String = digest::sha2(bytes, short).iter().map(|byte| format!("{byte:02x}")).collect();
        new_str(script, text)
    }),
    native_of("update", |script, _, args| {
        let more = match script.heap.object(args.need(0, "data")?) {
            Object::Bytes(more) => more.clone(),
            _ => return type_error("Strings must be encoded before hashing"),
        };
        let Object::Foreign { values, .. } = script.heap.object(args.this()).clone() else { return none() };
        let Object::Bytes(bytes) = script.heap.object(values[0]).clone() else { return none() };
        let all = script.heap.bytes([&*bytes, &*more].concat());
        if let Value::Ref(place) = args.this()
            && let Object::Foreign { values, .. } = script.heap.get_mut(place)
        {
            values[0] = all;
        }
        none()
    }),
];

/// Sends a command to a Redis server and returns its kind (`ok`, `error`, `refused`) with its value.
fn redis_call(script: &mut Script, host: &mut dyn Host, args: &Args) -> Ran {
    let (name, port) = (str_of(script, args.need(0, "host")?)?, int_of(script, args.need(1, "port")?)? as u16);
    let sent = script.waiting.take();
    let place = script.links.iter().position(|link| *link.host == *name && link.port == port);
    let place = match place {
        Some(place) => place,
        None => match host.connect(&name, port) {
            Ok(connection) => {
                script.links.push(Link { host: name.clone(), port, connection, incoming: Vec::new() });
                script.links.len() - 1
            }
            Err(refused) => {
                let why = match refused {
                    Refused::UnknownName => format!("Error -2 connecting to {name}:{port}. Name or service not known."),
                    Refused::NobodyListens => format!("Error 111 connecting to {name}:{port}. Connection refused."),
                };
                return outcome(script, "refused", |script| script.heap.str(why));
            }
        },
    };
    let connection = script.links[place].connection;
    if sent.is_none() {
        let mut words = Vec::new();
        for word in script.items_of(args.need(2, "words")?) {
            words.push(match script.heap.object(word) {
                Object::Bytes(bytes) => bytes.to_vec(),
                _ => text::text(script, word).into_bytes(),
            });
        }
        host.send(connection, &request(&words));
    }
    loop {
        if let Some((reply, len)) = Reply::decode(&script.links[place].incoming) {
            script.links[place].incoming.drain(..len);
            return match reply {
                Reply::Error(text) => {
                    // redis-py leaves out the general kind.
                    let text = text.strip_prefix("ERR ").unwrap_or(&text).to_owned();
                    outcome(script, "error", |script| script.heap.str(text))
                }
                reply => outcome(script, "ok", |script| from_reply(script, reply)),
            };
        }
        match host.read(Source::Server(connection)) {
            Read::Bytes(bytes) => script.links[place].incoming.extend(bytes),
            Read::Later => {
                script.waiting = Some(Waiting { until: None, number: 1 });
                return Ok(Answer::Wait(None));
            }
            Read::End => {
                script.links.remove(place);
                return outcome(script, "refused", |script| script.heap.str("Connection closed by server."));
            }
        }
    }
}

fn outcome(script: &mut Script, kind: &str, made: impl FnOnce(&mut Script) -> Value) -> Ran {
    let pair = vec![script.heap.str(kind), made(script)];
    value(script.heap.tuple(pair))
}

fn from_reply(script: &mut Script, reply: Reply) -> Value {
    match reply {
        Reply::Simple("OK" | "PONG") => Value::Bool(true),
        Reply::Simple(word) => script.heap.bytes(word.as_bytes()),
        Reply::Integer(number) => Value::Int(number),
        Reply::Bulk(bytes) => script.heap.bytes(bytes),
        Reply::Error(text) => script.heap.str(text),
        Reply::Nil | Reply::NilList => Value::None,
        Reply::List(items) => {
            let items = items.into_iter().map(|item| from_reply(script, item)).collect();
            script.heap.list(items)
        }
    }
}

static HIDDEN: &[Native] = &[native_of("_redis_call", redis_call)];

/// Gives a script the language's names.
pub fn install(script: &mut Script) {
    for native in BUILTINS.iter().chain(HIDDEN) {
        let function = Value::Ref(script.heap.add(Object::Native(native)));
        script.declare(script.builtins, &native.name.into(), function);
    }
}
