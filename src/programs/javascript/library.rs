//! JavaScript's functions and the methods of its types.

use super::inspect::inspect;
use super::semantics::*;
use crate::programs::dates;
use crate::programs::host::{Host, Output};
use crate::programs::python::{JsonReader, json_quoted};
use crate::programs::script::*;
use std::time::Duration;

type Ran = Result<Answer, Raise>;

const fn native_of(name: &'static str, run: fn(&mut Script, &mut dyn Host, &Args) -> Ran) -> Native {
    Native { name, run }
}

fn value(value: Value) -> Ran {
    Ok(Answer::Value(value))
}

fn get(args: &Args, place: usize) -> Value {
    args.items.get(place).copied().unwrap_or(Value::Undefined)
}

fn this(args: &Args) -> Value {
    args.this.unwrap_or(Value::Undefined)
}

fn new_str(script: &mut Script, text: String) -> Ran {
    value(script.heap.str(text))
}

fn arg_text(script: &Script, args: &Args, place: usize) -> String {
    text(script, get(args, place))
}

fn arg_number(script: &Script, args: &Args, place: usize) -> Option<f64> {
    args.items.get(place).filter(|value| **value != Value::Undefined).map(|value| to_number(script, *value))
}

/// The word for a value's type under which its methods are found.
pub fn kind(script: &Script, value: Value) -> &'static str {
    match value {
        Value::Bool(_) => "Boolean",
        Value::Int(_) | Value::Float(_) => "Number",
        Value::None | Value::Undefined => "Nothing",
        Value::Ref(_) => match script.heap.object(value) {
            Object::Str(_) => "String",
            Object::List(_) => "Array",
            Object::Foreign { kind, .. } => kind,
            Object::Function { .. } | Object::Native(_) => "Function",
            _ => "Object",
        },
    }
}

/// A method of a type.
pub fn method(script: &Script, of: Value, name: &str) -> Option<&'static Native> {
    let methods = match kind(script, of) {
        "String" => STRING,
        "Array" => ARRAY,
        "Number" => NUMBER,
        "Date" => DATE,
        "ObjectId" => OBJECT_ID,
        _ => &[],
    };
    if let Object::Native(of) = script.heap.object(of)
        && let Some(native) = function_of(of.name, name)
    {
        return Some(native);
    }
    methods.iter().chain(ANY).find(|native| native.name == name)
}

static BUILTINS: &[Native] = &[
    native_of("print", print),
    native_of("printjson", print),
    native_of("parseInt", |script, _, args| {
        let text = arg_text(script, args, 0);
        let text = text.trim();
        let radix = arg_number(script, args, 1).map_or(10, |radix| (radix as u32).clamp(2, 36));
        let (sign, digits) =
            text.strip_prefix('-').map_or((1.0, text.trim_start_matches('+')), |digits| (-1.0, digits));
        let end = digits.find(|c: char| !c.is_digit(radix)).unwrap_or(digits.len());
        let parsed = i64::from_str_radix(&digits[..end], radix).map_or(f64::NAN, |number| number as f64);
        value(number(sign * parsed))
    }),
    native_of("parseFloat", |script, _, args| {
        let text = arg_text(script, args, 0);
        let text = text.trim();
        let end = text.find(|c: char| !"+-.0123456789eE".contains(c)).unwrap_or(text.len());
        let parsed = (0..=end).rev().find_map(|end| text[..end].parse::<f64>().ok());
        value(number(parsed.unwrap_or(f64::NAN)))
    }),
    native_of("Number", |script, _, args| value(number(arg_number(script, args, 0).unwrap_or(0.0)))),
    native_of("NumberInt", |script, _, args| value(number(libm::trunc(to_number(script, get(args, 0)))))),
    native_of("NumberLong", |script, _, args| value(number(libm::trunc(to_number(script, get(args, 0)))))),
    native_of("String", |script, _, args| {
        let text = if args.items.is_empty() { String::new() } else { arg_text(script, args, 0) };
        new_str(script, text)
    }),
    native_of("Boolean", |script, _, args| value(Value::Bool(script.language.truth(script, get(args, 0))))),
    native_of("isNaN", |script, _, args| value(Value::Bool(to_number(script, get(args, 0)).is_nan()))),
    native_of("Array", |script, _, args| {
        let items = match (arg_number(script, args, 0), args.items.len()) {
            (Some(len), 1) => vec![Value::Undefined; (len.max(0.0) as usize).min(1 << 20)],
            _ => args.items.clone(),
        };
        value(script.heap.list(items))
    }),
    native_of("Date", |script, host, args| {
        let millis = match args.items.len() {
            0 => host.now().as_millis() as i64,
            1 => match script.heap.as_str(get(args, 0)) {
                Some(text) => match dates::parse(&text) {
                    Some(millis) => millis,
                    None => return Err(Raise::Error("RangeError", "Invalid time value".to_owned())),
                },
                None => to_number(script, get(args, 0)) as i64,
            },
            _ => from_parts(script, args),
        };
        value(new_date(script, millis))
    }),
    native_of("ISODate", |script, host, args| {
        (BUILTINS[BUILTINS.iter().position(|one| one.name == "Date").unwrap_or(0)].run)(script, host, args)
    }),
    native_of("ObjectId", |script, host, args| {
        let hex = match script.heap.as_str(get(args, 0)) {
            Some(hex) if hex.len() == 24 && hex.chars().all(|c| c.is_ascii_hexdigit()) => hex.to_string(),
            Some(_) => {
                let problem =
                    "Argument passed in must be a string of 12 bytes or a string of 24 hex characters or an integer";
                return Err(Raise::Error("Error", problem.to_owned()));
            }
            None => format!("{:08x}{:016x}", host.now().as_secs(), host.chance().next_u64()),
        };
        let values = vec![script.heap.str(hex)];
        value(Value::Ref(script.heap.add(Object::Foreign { kind: "ObjectId", number: 0, values })))
    }),
    native_of("sleep", |script, host, args| {
        let until = match script.waiting {
            Some(Waiting { until: Some(until), .. }) => until,
            _ => host.now() + Duration::from_millis(to_number(script, get(args, 0)).clamp(0.0, 1e15) as u64),
        };
        if host.now() >= until {
            return value(Value::Undefined);
        }
        script.waiting = Some(Waiting { until: Some(until), number: 0 });
        Ok(Answer::Wait(Some(until)))
    }),
    native_of("quit", quit),
    native_of("exit", quit),
    native_of("tojson", |script, _, args| {
        let text = inspect(script, get(args, 0));
        new_str(script, text)
    }),
];

fn quit(script: &mut Script, _: &mut dyn Host, args: &Args) -> Ran {
    Err(Raise::Exit(arg_number(script, args, 0).unwrap_or(0.0) as i32 & 255))
}

/// Texts as they are, everything else as it is shown.
fn print(script: &mut Script, host: &mut dyn Host, args: &Args) -> Ran {
    let shown = |item: &Value| match script.heap.as_str(*item) {
        Some(text) => text.to_string(),
        None => inspect(script, *item),
    };
    let line = args.items.iter().map(shown).collect::<Vec<_>>().join(" ");
    host.write(Output::Standard, format!("{line}\n").as_bytes());
    value(Value::Undefined)
}

fn new_date(script: &mut Script, millis: i64) -> Value {
    Value::Ref(script.heap.add(Object::Foreign { kind: "Date", number: millis, values: Vec::new() }))
}

fn from_parts(script: &Script, args: &Args) -> i64 {
    let part = |place: usize, default: f64| arg_number(script, args, place).unwrap_or(default) as i64;
    let time = ((part(3, 0.0) * 60 + part(4, 0.0)) * 60 + part(5, 0.0)) * 1000 + part(6, 0.0);
    dates::millis(part(0, 1970.0), part(1, 0.0) + 1, part(2, 1.0), time)
}

/// Objects of functions, by their names.
static OBJECTS: &[(&str, &[Native])] = &[
    (
        "Math",
        &[
            native_of("floor", |script, _, args| math(script, args, libm::floor)),
            native_of("ceil", |script, _, args| math(script, args, libm::ceil)),
            native_of("trunc", |script, _, args| math(script, args, libm::trunc)),
            native_of("round", |script, _, args| math(script, args, |x| libm::floor(x + 0.5))),
            native_of("abs", |script, _, args| math(script, args, f64::abs)),
            native_of("sqrt", |script, _, args| math(script, args, libm::sqrt)),
            native_of("log", |script, _, args| math(script, args, libm::log)),
            native_of("pow", |script, _, args| {
                value(number(libm::pow(to_number(script, get(args, 0)), to_number(script, get(args, 1)))))
            }),
            native_of("max", |script, _, args| {
                value(number(args.items.iter().map(|item| to_number(script, *item)).fold(f64::NEG_INFINITY, f64::max)))
            }),
            native_of("min", |script, _, args| {
                value(number(args.items.iter().map(|item| to_number(script, *item)).fold(f64::INFINITY, f64::min)))
            }),
            native_of("random", |_, host, _| {
                value(Value::Float((host.chance().next_u64() >> 11) as f64 / (1u64 << 53) as f64))
            }),
        ],
    ),
    (
        "JSON",
        &[
            native_of("stringify", |script, _, args| {
                let indent = arg_number(script, args, 2).unwrap_or(0.0).clamp(0.0, 10.0) as usize;
                match json(script, get(args, 0), indent, 0)? {
                    Some(text) => new_str(script, text),
                    None => value(Value::Undefined),
                }
            }),
            native_of("parse", |script, _, args| {
                let source = arg_text(script, args, 0);
                let parsed = JsonReader::new(&source).read(script);
                match parsed {
                    Ok(parsed) => value(parsed),
                    Err((_, at)) => {
                        Err(Raise::Error("SyntaxError", format!("Unexpected token in JSON at position {at}")))
                    }
                }
            }),
        ],
    ),
    (
        "Object",
        &[
            native_of("keys", |script, _, args| entries(script, args, |_, key, _| key)),
            native_of("values", |script, _, args| entries(script, args, |_, _, value| value)),
            native_of("entries", |script, _, args| {
                entries(script, args, |script, key, value| script.heap.list(vec![key, value]))
            }),
            native_of("assign", |script, _, args| {
                for &from in args.items.iter().skip(1) {
                    let fields = script.heap.fields(from).cloned().unwrap_or_default();
                    if let Some(into) = script.heap.fields_mut(get(args, 0)) {
                        fields.iter().for_each(|(key, shown, value)| into.insert(key.clone(), shown, value));
                    }
                }
                value(get(args, 0))
            }),
            native_of("create", |script, _, args| {
                let parent = match get(args, 0) {
                    Value::Ref(parent) => Some(parent),
                    _ => None,
                };
                value(Value::Ref(script.heap.record(Kind::Instance, parent)))
            }),
        ],
    ),
    ("console", &[native_of("log", print), native_of("error", print), native_of("info", print)]),
];

fn math(script: &mut Script, args: &Args, function: fn(f64) -> f64) -> Ran {
    value(number(function(to_number(script, get(args, 0)))))
}

fn entries(script: &mut Script, args: &Args, part: fn(&mut Script, Value, Value) -> Value) -> Ran {
    let fields = script.heap.fields(get(args, 0)).cloned().unwrap_or_default();
    let parts = fields.iter().map(|(_, key, value)| part(script, key, value)).collect();
    value(script.heap.list(parts))
}

/// `JSON.stringify`; nothing for what JSON does not have.
fn json(script: &Script, of: Value, indent: usize, depth: usize) -> Result<Option<String>, Raise> {
    if depth > 100 {
        return type_error("Converting circular structure to JSON");
    }
    let line = |depth: usize| if indent > 0 { format!("\n{}", " ".repeat(indent * depth)) } else { String::new() };
    let between = format!(",{}", line(depth + 1));
    let colon = if indent > 0 { ": " } else { ":" };
    Ok(Some(match of {
        Value::Undefined => return Ok(None),
        Value::Float(number) if !number.is_finite() => "null".to_owned(),
        Value::Ref(_) => match script.heap.object(of) {
            Object::Str(text) => json_quoted(text, false),
            Object::Foreign { .. } => json_quoted(&text(script, of), false),
            Object::List(items) => {
                let mut parts = Vec::new();
                for &item in items {
                    parts.push(json(script, item, indent, depth + 1)?.unwrap_or("null".to_owned()));
                }
                if parts.is_empty() {
                    "[]".to_owned()
                } else {
                    format!("[{}{}{}]", line(depth + 1), parts.join(&between), line(depth))
                }
            }
            Object::Record { fields, .. } => {
                let mut parts = Vec::new();
                for (key, _, item) in fields.iter() {
                    if let (Key::Str(name), Some(part)) = (key, json(script, item, indent, depth + 1)?) {
                        parts.push(format!("{}{colon}{part}", json_quoted(name, false)));
                    }
                }
                if parts.is_empty() {
                    "{}".to_owned()
                } else {
                    format!("{{{}{}{}}}", line(depth + 1), parts.join(&between), line(depth))
                }
            }
            _ => return Ok(None),
        },
        _ => text(script, of),
    }))
}

// Methods

static ANY: &[Native] = &[
    native_of("toString", |script, _, args| {
        let text = text(script, this(args));
        new_str(script, text)
    }),
    native_of("valueOf", |script, _, args| match kind(script, this(args)) {
        "Date" => value(number(to_number(script, this(args)))),
        _ => value(this(args)),
    }),
    native_of("hasOwnProperty", |script, _, args| {
        let name = arg_text(script, args, 0);
        value(Value::Bool(script.heap.field(this(args), &name).is_some()))
    }),
];

static NUMBER: &[Native] = &[native_of("toFixed", |script, _, args| {
    let digits = arg_number(script, args, 0).unwrap_or(0.0).clamp(0.0, 100.0) as usize;
    let text = format!("{:.digits$}", to_number(script, this(args)));
    new_str(script, text)
})];

fn string(script: &mut Script, args: &Args, change: impl FnOnce(&str) -> String) -> Ran {
    let changed = change(&text(script, this(args)));
    new_str(script, changed)
}

/// The span that two arguments name in so many things; from the end if negative.
fn span(script: &Script, args: &Args, len: usize) -> (usize, usize) {
    let place = |given: Option<f64>, default: usize| match given {
        Some(place) if place < 0.0 => (len as f64 + place).max(0.0) as usize,
        Some(place) => (place as usize).min(len),
        None => default,
    };
    let start = place(arg_number(script, args, 0), 0);
    (start, place(arg_number(script, args, 1), len).max(start))
}

fn substring(script: &mut Script, _: &mut dyn Host, args: &Args) -> Ran {
    let symbols: Vec<char> = text(script, this(args)).chars().collect();
    let (start, end) = span(script, args, symbols.len());
    new_str(script, symbols[start..end].iter().collect())
}

fn padded(script: &mut Script, args: &Args, at_start: bool) -> Ran {
    let of = text(script, this(args));
    let width = to_number(script, get(args, 0)).clamp(0.0, 100_000.0) as usize;
    let fill = if args.items.len() > 1 { arg_text(script, args, 1) } else { " ".to_owned() };
    let missing: String = fill.chars().cycle().take(width.saturating_sub(of.chars().count())).collect();
    new_str(script, if at_start { missing + &of } else { of + &missing })
}

static STRING: &[Native] = &[
    native_of("toUpperCase", |script, _, args| string(script, args, str::to_uppercase)),
    native_of("toLowerCase", |script, _, args| string(script, args, str::to_lowercase)),
    native_of("trim", |script, _, args| string(script, args, |text| text.trim().to_owned())),
    native_of("padStart", |script, _, args| padded(script, args, true)),
    native_of("padEnd", |script, _, args| padded(script, args, false)),
    native_of("slice", substring),
    native_of("substring", substring),
    native_of("charAt", |script, _, args| {
        let place = arg_number(script, args, 0).unwrap_or(0.0) as usize;
        string(script, args, |text| text.chars().nth(place).map_or(String::new(), String::from))
    }),
    native_of("repeat", |script, _, args| {
        let times = to_number(script, get(args, 0)).clamp(0.0, 1e6) as usize;
        if text(script, this(args)).len() * times > 16 << 20 {
            return Err(Raise::Error("RangeError", "Invalid string length".to_owned()));
        }
        string(script, args, |text| text.repeat(times))
    }),
    native_of("split", |script, _, args| {
        let of = text(script, this(args));
        let parts: Vec<String> = match get(args, 0) {
            Value::Undefined => vec![of],
            separator => match &*text(script, separator) {
                "" => of.chars().map(String::from).collect(),
                separator => of.split(separator).map(str::to_owned).collect(),
            },
        };
        let parts = parts.into_iter().map(|part| script.heap.str(part)).collect();
        value(script.heap.list(parts))
    }),
    native_of("replace", |script, _, args| {
        let (from, to) = (arg_text(script, args, 0), arg_text(script, args, 1));
        string(script, args, |text| text.replacen(&from, &to, 1))
    }),
    native_of("replaceAll", |script, _, args| {
        let (from, to) = (arg_text(script, args, 0), arg_text(script, args, 1));
        string(script, args, |text| text.replace(&from, &to))
    }),
    native_of("includes", |script, _, args| {
        value(Value::Bool(text(script, this(args)).contains(&arg_text(script, args, 0))))
    }),
    native_of("startsWith", |script, _, args| {
        value(Value::Bool(text(script, this(args)).starts_with(&arg_text(script, args, 0))))
    }),
    native_of("endsWith", |script, _, args| {
        value(Value::Bool(text(script, this(args)).ends_with(&arg_text(script, args, 0))))
    }),
    native_of("indexOf", |script, _, args| {
        let of = text(script, this(args));
        let found = of.find(&arg_text(script, args, 0)).map(|place| of[..place].chars().count() as i64);
        value(Value::Int(found.unwrap_or(-1)))
    }),
];

fn list_change(script: &mut Script, args: &Args, change: impl FnOnce(&mut Vec<Value>) -> Value) -> Ran {
    value(script.heap.list_mut(this(args)).map_or(Value::Undefined, change))
}

fn position(script: &Script, args: &Args) -> Option<usize> {
    script.items_of(this(args)).iter().position(|item| same(script, *item, get(args, 0)))
}

static ARRAY: &[Native] = &[
    native_of("push", |script, _, args| {
        script.heap.grow(16 * args.items.len());
        list_change(script, args, |items| {
            items.extend(&args.items);
            Value::Int(items.len() as i64)
        })
    }),
    native_of("pop", |script, _, args| list_change(script, args, |items| items.pop().unwrap_or(Value::Undefined))),
    native_of("shift", |script, _, args| {
        list_change(script, args, |items| if items.is_empty() { Value::Undefined } else { items.remove(0) })
    }),
    native_of("unshift", |script, _, args| {
        list_change(script, args, |items| {
            items.splice(0..0, args.items.iter().copied());
            Value::Int(items.len() as i64)
        })
    }),
    native_of("slice", |script, _, args| {
        let items = script.items_of(this(args));
        let (start, end) = span(script, args, items.len());
        value(script.heap.list(items[start..end].to_vec()))
    }),
    native_of("splice", |script, _, args| {
        let len = script.items_of(this(args)).len();
        let (start, _) = span(script, args, len);
        let count = arg_number(script, args, 1).unwrap_or(len as f64).max(0.0) as usize;
        let more: Vec<Value> = args.items.iter().skip(2).copied().collect();
        let end = (start + count).min(len);
        let removed =
            script.heap.list_mut(this(args)).map_or(Vec::new(), |items| items.splice(start..end, more).collect());
        value(script.heap.list(removed))
    }),
    native_of("concat", |script, _, args| {
        let mut items = script.items_of(this(args));
        for &more in &args.items {
            match script.heap.object(more) {
                Object::List(more) => items.extend(more),
                _ => items.push(more),
            }
        }
        value(script.heap.list(items))
    }),
    native_of("join", |script, _, args| {
        let separator = if args.items.is_empty() { ",".to_owned() } else { arg_text(script, args, 0) };
        let part = |item: Value| {
            if matches!(item, Value::None | Value::Undefined) { String::new() } else { text(script, item) }
        };
        let joined = script.items_of(this(args)).into_iter().map(part).collect::<Vec<_>>().join(&separator);
        new_str(script, joined)
    }),
    native_of("reverse", |script, _, args| {
        list_change(script, args, |items| {
            items.reverse();
            this(args)
        })
    }),
    native_of("indexOf", |script, _, args| value(Value::Int(position(script, args).map_or(-1, |place| place as i64)))),
    native_of("includes", |script, _, args| value(Value::Bool(position(script, args).is_some()))),
];

/// A part of a date, by its place.
fn date_part(script: &mut Script, args: &Args, place: usize) -> Ran {
    value(Value::Int(dates::parts(to_number(script, this(args)) as i64)[place] - i64::from(place == 1)))
}

static DATE: &[Native] = &[
    native_of("getTime", |script, _, args| value(number(to_number(script, this(args))))),
    native_of("toISOString", |script, _, args| string(script, args, str::to_owned)),
    native_of("toJSON", |script, _, args| string(script, args, str::to_owned)),
    native_of("getFullYear", |script, _, args| date_part(script, args, 0)),
    native_of("getUTCFullYear", |script, _, args| date_part(script, args, 0)),
    native_of("getMonth", |script, _, args| date_part(script, args, 1)),
    native_of("getUTCMonth", |script, _, args| date_part(script, args, 1)),
    native_of("getDate", |script, _, args| date_part(script, args, 2)),
    native_of("getUTCDate", |script, _, args| date_part(script, args, 2)),
    native_of("getHours", |script, _, args| date_part(script, args, 3)),
    native_of("getUTCHours", |script, _, args| date_part(script, args, 3)),
    native_of("getMinutes", |script, _, args| date_part(script, args, 4)),
    native_of("getSeconds", |script, _, args| date_part(script, args, 5)),
    native_of("getDay", |script, _, args| date_part(script, args, 7)),
];

static OBJECT_ID: &[Native] = &[
    native_of("toHexString", |script, _, args| string(script, args, str::to_owned)),
    native_of("equals", |script, _, args| value(Value::Bool(text(script, this(args)) == arg_text(script, args, 0)))),
];

static DATE_FUNCTIONS: &[Native] = &[
    native_of("now", |_, host, _| value(Value::Int(host.now().as_millis() as i64))),
    native_of("UTC", |script, _, args| value(Value::Int(from_parts(script, args)))),
    native_of("isArray", |script, _, args| {
        value(Value::Bool(matches!(script.heap.object(get(args, 0)), Object::List(_))))
    }),
];

/// Gives a script the language's names. What the prelude adds is run first.
pub fn install(script: &mut Script, host: &mut dyn Host, more: &[&'static [Native]], preludes: &[&str]) {
    for native in BUILTINS.iter().chain(more.iter().copied().flatten()) {
        let function = Value::Ref(script.heap.add(Object::Native(native)));
        script.declare(script.builtins, &native.name.into(), function);
    }
    for (name, functions) in OBJECTS {
        let object = Value::Ref(script.heap.record(Kind::Instance, None));
        for native in *functions {
            let function = Value::Ref(script.heap.add(Object::Native(native)));
            script.heap.set_field(object, native.name, function);
        }
        if *name == "Math" {
            script.heap.set_field(object, "PI", Value::Float(std::f64::consts::PI));
        }
        script.declare(script.builtins, &(*name).into(), object);
    }
    for (name, value) in [("NaN", Value::Float(f64::NAN)), ("Infinity", Value::Float(f64::INFINITY))] {
        script.declare(script.builtins, &name.into(), value);
    }
    let mut environ = Table::default();
    for (name, value) in host.variables() {
        let (shown, value) = (script.heap.str(name.as_str()), script.heap.str(value));
        environ.insert(Key::Str(name.into()), shown, value);
    }
    let environ = script.heap.dict(environ);
    script.declare(script.builtins, &"%environ".into(), environ);
    let env = Value::Ref(script.heap.add(Object::Foreign { kind: "env", number: 0, values: Vec::new() }));
    let process = Value::Ref(script.heap.record(Kind::Instance, None));
    script.heap.set_field(process, "env", env);
    let exit = script.lookup(script.builtins, "exit").unwrap_or(Value::Undefined);
    script.heap.set_field(process, "exit", exit);
    script.declare(script.builtins, &"process".into(), process);
    // The preludes have been tested: they parse, and run to their ends.
    for prelude in [include_str!("prelude.js")].iter().chain(preludes) {
        let body = super::parse(prelude).unwrap_or_default();
        script.start(compile("<prelude>", &body, false, false), script.builtins);
        while let crate::programs::Step::Ready = script.run(host, 10_000) {}
    }
}

/// Functions of functions: `Date.now`, `Array.isArray`.
fn function_of(of: &str, name: &str) -> Option<&'static Native> {
    let known = matches!((of, name), ("Date" | "ISODate", "now" | "UTC") | ("Array", "isArray"));
    DATE_FUNCTIONS.iter().find(|native| known && native.name == name)
}
