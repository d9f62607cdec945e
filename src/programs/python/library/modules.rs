//! The modules that can be imported.

use super::*;
use sha2::{Digest, Sha224, Sha256, Sha384, Sha512};

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
    match super::super::parser::parse(source) {
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
        "jinja2" => module(script, name, super::super::jinja::FUNCTIONS, Vec::new()),
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
        let text = super::super::json::dump(script, of, indent, sorted, 0)?;
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
        super::super::json::load(script, &text).map(Answer::Value)
    }),
    native_of("load", |script, host, args| match rest_of_file(script, host, args.need(0, "fp")?, false)? {
        Some(text) => super::super::json::load(script, &text).map(Answer::Value),
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
    native_of("sha384", |script, _, args| hashed(script, args, "sha384")),
    native_of("sha512", |script, _, args| hashed(script, args, "sha512")),
];

pub(super) static HASH: &[Native] = &[
    native_of("hexdigest", |script, _, args| {
        let Object::Foreign { values, .. } = script.heap.object(args.this()) else { return none() };
        let (bytes, name) = (values[0], values[1]);
        let Object::Bytes(bytes) = script.heap.object(bytes) else { return none() };
        let digest = match script.heap.as_str(name).as_deref() {
            Some("sha224") => Sha224::digest(bytes).to_vec(),
            Some("sha384") => Sha384::digest(bytes).to_vec(),
            Some("sha512") => Sha512::digest(bytes).to_vec(),
            _ => Sha256::digest(bytes).to_vec(),
        };
        let text: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
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
