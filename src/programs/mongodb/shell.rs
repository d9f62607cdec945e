//! `mongosh`: runs JavaScript against a MongoDB server, from its arguments, from files, or as it is typed.

use super::address::{Servers, Unreached};
use super::document::Bson;
use crate::programs::host::{Host, Output, Program, Read, Refused, Source, Step};
use crate::programs::javascript::{self, JAVASCRIPT};
use crate::programs::script::*;
use std::collections::VecDeque;
use std::rc::Rc;

/// A running `mongosh`.
pub struct Shell {
    options: Options,
    script: Option<Script>,
    /// What is to be run: the code, and whether its value is shown.
    plan: VecDeque<Work>,
    /// Whether the value of what is run is to be shown.
    shows: bool,
    typed: Vec<u8>,
    typed_ended: bool,
    prompted: bool,
}

enum Work {
    /// A piece of code given as an argument; whether it is the last.
    Code(String, bool),
    File(String),
}

struct Options {
    servers: Servers,
    database: String,
    /// As it was given.
    address: String,
    quiet: bool,
    /// Without a server.
    alone: bool,
    files: Vec<String>,
    code: Vec<String>,
    /// Stay and read what is typed, also after running scripts.
    interactive: bool,
}

impl Options {
    fn parse(arguments: &[String]) -> Result<Self, (String, i32)> {
        let mut options = Self {
            servers: Servers::at("127.0.0.1"),
            database: "test".to_owned(),
            address: String::new(),
            quiet: false,
            alone: false,
            files: Vec::new(),
            code: Vec::new(),
            interactive: false,
        };
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            let (name, glued) = match argument.split_once('=') {
                Some((name, value)) if name.starts_with("--") => (name, Some(value.to_owned())),
                _ => (argument.as_str(), None),
            };
            let mut value = || {
                let missing = || (format!("Error parsing command line: argument {name} requires a value\n"), 1);
                glued.clone().or_else(|| rest.next().cloned()).ok_or_else(missing)
            };
            match name {
                "--quiet" => options.quiet = true,
                "--shell" => options.interactive = true,
                "--eval" => options.code.push(value()?),
                "--file" | "-f" => options.files.push(value()?),
                "--host" => options.servers = Servers::at(&value()?),
                "--port" => options.servers.set_port(value()?.parse().unwrap_or(0)),
                "--nodb" => options.alone = true,
                "--norc" | "--json" | "--tls" => {}
                "--username" | "-u" | "--password" | "-p" | "--authenticationDatabase" => drop(value()?),
                "--version" => return Err(("1.5.0\n".to_owned(), 0)),
                option if option.starts_with('-') => {
                    return Err((format!("Error parsing command line: unrecognized option: {option}\n"), 1));
                }
                word if word.ends_with(".js") => options.files.push(word.to_owned()),
                word => {
                    options.address = word.to_owned();
                    match Servers::read(word) {
                        Some((servers, database)) => {
                            options.servers = servers;
                            if !database.is_empty() {
                                options.database = database;
                            }
                        }
                        None => match word.rsplit_once('/') {
                            Some((place, database)) => {
                                options.servers = Servers::at(place);
                                options.database = database.to_owned();
                            }
                            None => options.database = word.to_owned(),
                        },
                    }
                }
            }
        }
        Ok(options)
    }
}

impl Shell {
    /// The program for its arguments, the name not among them; or what it says instead, and its exit code.
    pub fn new(arguments: &[String]) -> Result<Self, (String, i32)> {
        let options = Options::parse(arguments)?;
        let mut plan: VecDeque<Work> = VecDeque::new();
        for (place, code) in options.code.iter().enumerate() {
            plan.push_back(Work::Code(code.clone(), place + 1 == options.code.len()));
        }
        plan.extend(options.files.iter().cloned().map(Work::File));
        let (typed, typed_ended) = (Vec::new(), false);
        Ok(Self { options, script: None, plan, shows: false, typed, typed_ended, prompted: false })
    }

    fn is_interactive(&self) -> bool {
        self.options.interactive || self.options.code.is_empty() && self.options.files.is_empty()
    }

    /// Connects, and brings up the language.
    fn begin(&mut self, host: &mut dyn Host) -> Result<Script, Step> {
        let Options { servers, database, address, quiet, .. } = &self.options;
        let first = servers.first();
        let shown = match address.starts_with("mongodb") {
            true => address.clone(),
            false => format!("mongodb://{first}/{database}?directConnection=true&serverSelectionTimeoutMS=2000"),
        };
        let connected = if self.options.alone { None } else { Some(servers.connect(host)) };
        let connected = match connected.transpose() {
            Ok(connected) => connected,
            Err(why) => {
                let text = match why {
                    Unreached::Refused(Refused::UnknownName, name, _) => {
                        format!("MongoNetworkError: getaddrinfo ENOTFOUND {name}\n")
                    }
                    Unreached::Refused(Refused::NobodyListens, name, port) => {
                        format!("MongoNetworkError: connect ECONNREFUSED {name}:{port}\n")
                    }
                    Unreached::NoPrimary => {
                        "MongoServerSelectionError: Server selection timed out after 30000 ms\n".to_owned()
                    }
                };
                host.write(Output::Error, text.as_bytes());
                return Err(Step::Exited(1));
            }
        };
        if !quiet && connected.is_some() {
            let id = format!("{:08x}{:016x}", host.now().as_secs(), host.chance().next_u64());
            let text = format!(
                "Current Mongosh Log ID:\t{id}\nConnecting to:\t\t{shown}\nUsing MongoDB:\t\t5.0.15\nUsing Mongosh:\t\t1.8.0\n\n\
                 For mongosh info see: https://docs.mongodb.com/mongodb-shell/\n\n"
            );
            host.write(Output::Standard, text.as_bytes());
        }
        let mut script = Script::new(&JAVASCRIPT);
        javascript::install(&mut script, host, &[FUNCTIONS], &[include_str!("prelude.js")]);
        if let Some((name, port, connection)) = connected {
            script.links.push(Link { host: name.as_str().into(), port, connection, incoming: Vec::new() });
        }
        let made = compile(
            "<shell>",
            &javascript::parse(&format!("var db = new Database({database:?})")).unwrap_or_default(),
            false,
            false,
        );
        script.start(made, script.builtins);
        while let Step::Ready = script.run(host, 10_000) {}
        Ok(script)
    }

    /// Starts a piece of code; what is wrong with it is said.
    fn start(&mut self, host: &mut dyn Host, file: &str, text: &str, shows: bool) -> bool {
        let Some(script) = &mut self.script else { return false };
        match javascript::parse(text) {
            Ok(body) => {
                script.result = Value::Undefined;
                script.start(compile(file, &body, false, true), script.globals);
                self.shows = shows;
                true
            }
            Err(error) => {
                let place = if text.contains('\n') { format!(" ({file}:{})", error.line) } else { String::new() };
                host.write(Output::Error, format!("SyntaxError: {}{place}\n", error.message).as_bytes());
                false
            }
        }
    }

    /// Everything of the input, for a script that is read from there.
    fn whole_input(&mut self, host: &mut dyn Host) -> Result<String, Step> {
        loop {
            match host.read(Source::Input) {
                Read::Bytes(bytes) => self.typed.extend(bytes),
                Read::Later => return Err(Step::Waits(None)),
                Read::End => {
                    self.typed_ended = true;
                    return Ok(String::from_utf8_lossy(&std::mem::take(&mut self.typed)).into_owned());
                }
            }
        }
    }

    /// The next piece of work; a step if there is none.
    fn next(&mut self, host: &mut dyn Host) -> Result<(), Step> {
        if let Some(Work::File(path)) = self.plan.front() {
            let path = path.clone();
            let text = if path == "/dev/stdin" || path == "-" {
                self.whole_input(host)?
            } else {
                match host.file(&path) {
                    Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
                    Err(why) => {
                        let code =
                            if why == "No such file or directory" { "ENOENT: no such file or directory" } else { why };
                        host.write(Output::Error, format!("Error: {code}, open '{path}'\n").as_bytes());
                        return Err(Step::Exited(1));
                    }
                }
            };
            self.plan.pop_front();
            return if self.start(host, &path, &text, false) { Ok(()) } else { Err(Step::Exited(1)) };
        }
        if let Some(Work::Code(text, shows)) = self.plan.pop_front() {
            return if self.start(host, "@(shell eval)", &text, shows) { Ok(()) } else { Err(Step::Exited(1)) };
        }
        if !self.is_interactive() {
            return Err(Step::Exited(0));
        }
        loop {
            let terminal = host.is_terminal(Output::Standard);
            if terminal && !self.prompted {
                host.write(Output::Standard, format!("{}> ", self.options.database).as_bytes());
                self.prompted = true;
            }
            let line = match self.typed.iter().position(|&byte| byte == b'\n') {
                Some(end) => {
                    let line: Vec<u8> = self.typed.drain(..=end).collect();
                    String::from_utf8_lossy(&line).trim().to_owned()
                }
                None if self.typed_ended && self.typed.is_empty() => return Err(Step::Exited(0)),
                None if self.typed_ended => String::from_utf8_lossy(&std::mem::take(&mut self.typed)).trim().to_owned(),
                None => {
                    match host.read(Source::Input) {
                        Read::Bytes(bytes) => self.typed.extend(bytes),
                        Read::Later => return Err(Step::Waits(None)),
                        Read::End => self.typed_ended = true,
                    }
                    continue;
                }
            };
            self.prompted = false;
            if line == "exit" || line == "quit" || line == ".exit" {
                return Err(Step::Exited(0));
            }
            if !line.is_empty() && self.start(host, "REPL1", &line, true) {
                return Ok(());
            }
        }
    }
}

impl Program for Shell {
    fn advance(&mut self, host: &mut dyn Host, fuel: u32) -> Step {
        if self.script.is_none() {
            match self.begin(host) {
                Ok(script) => self.script = Some(script),
                Err(step) => return step,
            }
            if let Err(step) = self.next(host) {
                // Waiting for input, there is nothing to go on with.
                if !matches!(step, Step::Waits(_)) {
                    return step;
                }
                self.shows = false;
                return step;
            }
        }
        let interactive = self.is_interactive();
        for _ in 0..fuel.max(1) {
            let Some(script) = &mut self.script else { return Step::Exited(1) };
            let code = match script.run(host, fuel) {
                Step::Exited(code) => code,
                step => return step,
            };
            if let Some(name) = script.lookup(script.builtins, "%database").and_then(|name| script.heap.as_str(name)) {
                self.options.database = name.to_string();
            }
            // A failure ends what was not typed; `quit()` ends everything.
            let quits = script.was_quit();
            if quits || code != 0 && !interactive {
                return Step::Exited(code);
            }
            if std::mem::take(&mut self.shows) && code == 0 {
                let result = script.result;
                script.declare(script.globals, &"%result".into(), result);
                let present = Expr::Name("__present".into());
                let argument = Argument::Plain(Expr::Name("%result".into()));
                let call = What::Expr(Expr::Call(Box::new(present), vec![argument]));
                script.start(compile("<shell>", &[Statement { line: 1, what: call }], false, false), script.globals);
                continue;
            }
            if let Err(step) = self.next(host) {
                return step;
            }
        }
        Step::Ready
    }
}

static FUNCTIONS: &[Native] = &[
    Native { name: "__command", run: command },
    Native {
        name: "__address",
        run: |script, host, _| {
            let address = script.links.first().map_or(String::new(), |link| {
                let name = if &*link.host == "127.0.0.1" { host.hostname() } else { link.host.to_string() };
                format!("{name}:{}", link.port)
            });
            Ok(Answer::Value(script.heap.str(address)))
        },
    },
    Native {
        name: "__database",
        run: |script, _, args| {
            let name = args.items.first().copied().unwrap_or(Value::Undefined);
            script.declare(script.builtins, &"%database".into(), name);
            Ok(Answer::Value(Value::Undefined))
        },
    },
];

/// Sends a command to the server and waits for its answer.
fn command(script: &mut Script, host: &mut dyn Host, args: &Args) -> Result<Answer, Raise> {
    let Some(connection) = script.links.first().map(|link| link.connection) else {
        return Err(Raise::Error("MongoNetworkError", "not connected".to_owned()));
    };
    if script.waiting.take().is_none() {
        let command = to_bson(script, args.items.first().copied().unwrap_or(Value::Undefined), 0)?;
        host.send(connection, format!("{}\n", command.json()).as_bytes());
    }
    loop {
        let incoming = &mut script.links[0].incoming;
        if let Some(end) = incoming.iter().position(|&byte| byte == b'\n') {
            let line: Vec<u8> = incoming.drain(..=end).collect();
            let reply = Bson::parse(&String::from_utf8_lossy(&line)).map_or(Bson::Null, |(reply, _)| reply);
            return Ok(Answer::Value(from_bson(script, &reply)));
        }
        match host.read(Source::Server(connection)) {
            Read::Bytes(bytes) => script.links[0].incoming.extend(bytes),
            Read::Later => {
                script.waiting = Some(Waiting { until: None, number: 1 });
                return Ok(Answer::Wait(None));
            }
            Read::End => return Err(Raise::Error("MongoNetworkError", "connection closed".to_owned())),
        }
    }
}

fn to_bson(script: &Script, value: Value, depth: usize) -> Result<Bson, Raise> {
    if depth > 60 {
        return Err(Raise::Error("TypeError", "a document may not contain itself".to_owned()));
    }
    Ok(match value {
        Value::None | Value::Undefined => Bson::Null,
        Value::Bool(value) => Bson::Bool(value),
        Value::Int(number) => Bson::Number(number as f64),
        Value::Float(number) if number.is_finite() => Bson::Number(number),
        Value::Float(_) => Bson::Null,
        Value::Ref(_) => match script.heap.object(value) {
            Object::Str(text) => Bson::String(text.to_string()),
            Object::Foreign { kind: "Date", number, .. } => Bson::Date(*number),
            Object::Foreign { kind: "ObjectId", .. } => Bson::Id(javascript::text(script, value)),
            Object::List(items) => {
                Bson::Array(items.iter().map(|&item| to_bson(script, item, depth + 1)).collect::<Result<_, _>>()?)
            }
            Object::Record { fields, .. } => {
                let mut document = Vec::new();
                for (key, _, item) in fields.iter() {
                    if let Key::Str(name) = key
                        && item != Value::Undefined
                    {
                        document.push((name.to_string(), to_bson(script, item, depth + 1)?));
                    }
                }
                Bson::Document(document)
            }
            _ => Bson::Null,
        },
    })
}

fn from_bson(script: &mut Script, bson: &Bson) -> Value {
    match bson {
        Bson::Null => Value::None,
        Bson::Bool(value) => Value::Bool(*value),
        Bson::Number(number) if *number == libm::trunc(*number) && number.abs() < 9e15 => Value::Int(*number as i64),
        Bson::Number(number) => Value::Float(*number),
        Bson::String(text) => script.heap.str(text.as_str()),
        Bson::Date(millis) => {
            Value::Ref(script.heap.add(Object::Foreign { kind: "Date", number: *millis, values: Vec::new() }))
        }
        Bson::Id(hex) => {
            let values = vec![script.heap.str(hex.as_str())];
            Value::Ref(script.heap.add(Object::Foreign { kind: "ObjectId", number: 0, values }))
        }
        Bson::Array(items) => {
            let items = items.iter().map(|item| from_bson(script, item)).collect();
            script.heap.list(items)
        }
        Bson::Document(fields) => {
            let object = Value::Ref(script.new_object("Object"));
            for (name, value) in fields {
                let value = from_bson(script, value);
                let name: Rc<str> = name.as_str().into();
                script.heap.set_field(object, &name, value);
            }
            object
        }
    }
}
