//! Files, the streams, and the environment.

use super::*;

/// The next line of standard input; empty at its end; `None` if it has to be waited for.
pub(super) fn read_line(script: &mut Script, host: &mut dyn Host) -> Option<String> {
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

pub(super) fn wait_for_input(script: &mut Script) -> Ran {
    script.waiting = Some(Waiting { until: None, number: 0 });
    Ok(Answer::Wait(None))
}

/// A file: its number (0 to 2 the streams), its path, its mode, what it holds, and where it is.
pub(super) fn file(script: &mut Script, number: i64, path: &str, mode: &str, content: &str) -> Value {
    let values = vec![script.heap.str(path), script.heap.str(mode), script.heap.str(content), Value::Int(0)];
    Value::Ref(script.heap.add(Object::Foreign { kind: "file", number, values }))
}

pub(super) fn open(script: &mut Script, host: &mut dyn Host, args: &Args) -> Ran {
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

pub(super) fn append_to_file(script: &mut Script, host: &mut dyn Host, of: Value, text: &str) -> Result<(), Raise> {
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
pub(super) fn rest_of_file(
    script: &mut Script,
    host: &mut dyn Host,
    of: Value,
    one: bool,
) -> Result<Option<String>, Raise> {
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

pub(super) static FILE: &[Native] = &[
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

pub(super) static ENVIRON: &[Native] = &[
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
