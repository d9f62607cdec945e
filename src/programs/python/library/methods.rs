//! The methods of the types.

use super::*;

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

pub(super) fn strs(script: &mut Script, parts: impl IntoIterator<Item = String>) -> Ran {
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

pub(super) fn find(script: &mut Script, args: &Args, from_right: bool) -> Result<Option<usize>, Raise> {
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

pub(super) fn position(script: &Script, items: &[Value], of: Value) -> Option<usize> {
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

pub(super) static DICT: &[Native] = &[
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
