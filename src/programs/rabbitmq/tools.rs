//! amqp-tools: `amqp-declare-queue`, `amqp-publish`, `amqp-consume`, `amqp-get` and `amqp-delete-queue`.
//!
//! `amqp-consume` hands each message to a command on its standard input and acknowledges it once the command has
//! exited with 0. Of the messages that `-c` leaves to other consumers none is held back: the limit is also how many
//! may be out at a time. As in the real one, options after the command are its own, unless `--` stands before it.

use super::server::RabbitMq;
use crate::programs::host::{Child, Connection, Host, Output, Program, Read, Source, Step};
use crate::programs::redis::{Reply, request};
use std::collections::VecDeque;

/// The names of the programs.
pub const TOOLS: [&str; 5] = ["amqp-consume", "amqp-declare-queue", "amqp-delete-queue", "amqp-get", "amqp-publish"];

/// A program of amqp-tools that runs.
pub struct Tool {
    name: &'static str,
    options: Options,
    connection: Option<Connection>,
    incoming: Vec<u8>,
    /// What is to be sent next, each after the answer to the one before; and what its failure is called.
    plan: VecDeque<(Vec<Vec<u8>>, &'static str)>,
    /// What the answer that is awaited would be to.
    awaited: Option<&'static str>,
    /// The input that was read so far.
    body: Option<Vec<u8>>,
    consuming: Consuming,
}

#[derive(Default)]
struct Consuming {
    queue: String,
    /// How many messages it took.
    taken: u64,
    /// The command that works on a message, and the message's number.
    command: Option<(Child, String)>,
}

#[derive(Default)]
struct Options {
    url: Option<String>,
    server: Option<String>,
    port: Option<u16>,
    username: Option<String>,
    password: Option<String>,
    queue: Option<String>,
    exchange: Option<String>,
    routing_key: Option<String>,
    body: Option<String>,
    durable: bool,
    exclusive: bool,
    no_ack: bool,
    line_buffered: bool,
    count: Option<u64>,
    prefetch: Option<u64>,
    /// The operands: the command of `amqp-consume`.
    operands: Vec<String>,
}

/// An option: its letter and its name, what its value is called, and which programs have it.
struct Flag {
    letter: char,
    name: &'static str,
    value: &'static str,
    of: &'static str,
}

#[rustfmt::skip] // a table
const FLAGS: &[Flag] = &[
    Flag { letter: 'u', name: "url",              value: "amqp://...",       of: "all" },
    Flag { letter: 's', name: "server",           value: "hostname",         of: "all" },
    Flag { letter: ' ', name: "port",             value: "port",             of: "all" },
    Flag { letter: ' ', name: "vhost",            value: "vhost",            of: "all" },
    Flag { letter: ' ', name: "username",         value: "username",         of: "all" },
    Flag { letter: ' ', name: "password",         value: "password",         of: "all" },
    Flag { letter: ' ', name: "heartbeat",        value: "heartbeat",        of: "all" },
    Flag { letter: ' ', name: "authfile",         value: "file",             of: "all" },
    Flag { letter: ' ', name: "ssl",              value: "",                 of: "all" },
    Flag { letter: ' ', name: "cacert",           value: "cacert.pem",       of: "all" },
    Flag { letter: ' ', name: "key",              value: "key.pem",          of: "all" },
    Flag { letter: ' ', name: "cert",             value: "cert.pem",         of: "all" },
    Flag { letter: 'q', name: "queue",            value: "queue",            of: "declare-queue get delete-queue consume" },
    Flag { letter: 'd', name: "durable",          value: "",                 of: "declare-queue" },
    Flag { letter: 'u', name: "if-unused",        value: "",                 of: "delete-queue" },
    Flag { letter: 'e', name: "if-empty",         value: "",                 of: "delete-queue" },
    Flag { letter: 'e', name: "exchange",         value: "exchange",         of: "publish consume" },
    Flag { letter: 'r', name: "routing-key",      value: "routing key",      of: "publish consume" },
    Flag { letter: 'p', name: "persistent",       value: "",                 of: "publish" },
    Flag { letter: 'C', name: "content-type",     value: "content type",     of: "publish" },
    Flag { letter: 't', name: "reply-to",         value: "reply to",         of: "publish" },
    Flag { letter: 'l', name: "line-buffered",    value: "",                 of: "publish" },
    Flag { letter: 'E', name: "content-encoding", value: "content encoding", of: "publish" },
    Flag { letter: 'H', name: "header",           value: "\"key: value\"",   of: "publish" },
    Flag { letter: 'b', name: "body",             value: "body",             of: "publish" },
    Flag { letter: 'd', name: "declare",          value: "",                 of: "consume" },
    Flag { letter: 'x', name: "exclusive",        value: "",                 of: "consume" },
    Flag { letter: 'A', name: "no-ack",           value: "",                 of: "consume" },
    Flag { letter: 'c', name: "count",            value: "limit",            of: "consume" },
    Flag { letter: 'p', name: "prefetch-count",   value: "limit",            of: "consume" },
    Flag { letter: '?', name: "help",             value: "",                 of: "all" },
    Flag { letter: ' ', name: "usage",            value: "",                 of: "all" },
];

impl Flag {
    fn belongs_to(&self, program: &str) -> bool {
        let short = program.trim_start_matches("amqp-");
        self.of == "all" || self.of.split(' ').any(|one| one == short)
    }
}

/// How a program is called, as it says when it is called wrongly.
fn usage(program: &str) -> String {
    let flags = || FLAGS.iter().filter(|flag| flag.belongs_to(program));
    // The real ones declare their options in two ways, and only those of one way show up here.
    let letters = if program == "amqp-consume" { "dxA?" } else { "?" };
    let mut parts = vec![format!("[-{letters}]")];
    parts.extend(flags().map(|flag| {
        let letter = if flag.letter == ' ' { String::new() } else { format!("-{}|", flag.letter) };
        let value = if flag.value.is_empty() { String::new() } else { format!("={}", flag.value) };
        format!("[{letter}--{}{value}]", flag.name)
    }));
    let command = if program == "amqp-consume" { " <command> <args>" } else { "" };
    parts.push(format!("[OPTIONS]...{command}"));
    let mut text = format!("Usage: {program}");
    let mut column = text.len();
    for part in parts {
        if column + 1 + part.len() > 75 {
            text.push_str("\n       ");
            column = 7;
        }
        text.push(' ');
        text.push_str(&part);
        column += 1 + part.len();
    }
    text + "\n"
}

impl Options {
    /// The error is without the usage that follows it; an empty one asks for the usage.
    fn parse(program: &str, arguments: &[String]) -> Result<Self, String> {
        let mut options = Self::default();
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            if argument == "--" {
                options.operands.extend(arguments.by_ref().cloned());
            } else if let Some(long) = argument.strip_prefix("--") {
                let (name, value) = long.split_once('=').map_or((long, None), |(name, value)| (name, Some(value)));
                let flag = FLAGS.iter().find(|flag| flag.name == name && flag.belongs_to(program));
                let flag = flag.ok_or_else(|| format!("--{name}: unknown option"))?;
                let value = match value {
                    None if !flag.value.is_empty() => {
                        arguments.next().map(String::as_str).ok_or_else(|| format!("--{name}: missing argument"))?
                    }
                    value => value.unwrap_or_default(),
                };
                options.set(flag.name, value)?;
            } else if let Some(letters) = argument.strip_prefix('-').filter(|letters| !letters.is_empty()) {
                let mut rest = letters;
                while let Some(letter) = rest.chars().next() {
                    rest = &rest[letter.len_utf8()..];
                    let flag = FLAGS.iter().find(|flag| flag.letter == letter && flag.belongs_to(program));
                    let flag = flag.ok_or_else(|| format!("-{letter}: unknown option"))?;
                    let mut value = "";
                    if !flag.value.is_empty() {
                        let missing = || format!("-{letter}: missing argument");
                        value = match std::mem::take(&mut rest) {
                            "" => arguments.next().ok_or_else(missing)?,
                            glued => glued.trim_start_matches('='),
                        };
                    }
                    options.set(flag.name, value)?;
                }
            } else {
                options.operands.push(argument.clone());
            }
        }
        Ok(options)
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), String> {
        let number = || value.parse::<u64>().map_err(|_| format!("{value}: invalid numeric value"));
        let text = Some(value.to_owned());
        match name {
            "url" => self.url = text,
            "server" => self.server = text,
            "port" => self.port = Some(number()? as u16),
            "username" => self.username = text,
            "password" => self.password = text,
            "queue" => self.queue = text,
            "exchange" => self.exchange = text,
            "routing-key" => self.routing_key = text,
            "body" => self.body = text,
            "durable" => self.durable = true,
            "exclusive" | "declare" => self.exclusive = true,
            "no-ack" => self.no_ack = true,
            "line-buffered" => self.line_buffered = true,
            "count" => self.count = Some(number()?),
            "prefetch-count" => self.prefetch = Some(number()?),
            "help" | "usage" => return Err(String::new()),
            // What changes nothing here: persistence, headers, TLS.
            _ => {}
        }
        Ok(())
    }

    /// Host, port, user and password.
    fn broker(&self) -> Result<(String, u16, String, String), String> {
        let guest = || "guest".to_owned();
        let (mut host, mut port, mut user, mut password) = ("localhost".to_owned(), RabbitMq::PORT, guest(), guest());
        if let Some(url) = &self.url {
            let wrong = || format!("Parsing URL '{url}': could not parse AMQP URL");
            let rest = url.strip_prefix("amqp://").ok_or_else(wrong)?;
            let place = rest.split('/').next().unwrap_or_default();
            let (login, place) = place.rsplit_once('@').map_or((None, place), |(login, place)| (Some(login), place));
            if let Some((name, secret)) = login.map(|login| login.split_once(':').unwrap_or((login, "guest"))) {
                (user, password) = (name.to_owned(), secret.to_owned());
            }
            let (name, number) = place.split_once(':').map_or((place, None), |(name, port)| (name, Some(port)));
            if !name.is_empty() {
                host = name.to_owned();
            }
            if let Some(number) = number {
                port = number.parse().map_err(|_| wrong())?;
            }
        }
        if let Some(server) = &self.server {
            let (name, number) = server.split_once(':').unwrap_or((server, ""));
            host = name.to_owned();
            port = number.parse().unwrap_or(port);
        }
        let user = self.username.clone().unwrap_or(user);
        Ok((host, self.port.unwrap_or(port), user, self.password.clone().unwrap_or(password)))
    }
}

impl Tool {
    /// The program of this name for its arguments, the name not among them; or what it says instead, and its exit code.
    pub fn new(program: &str, arguments: &[String]) -> Result<Self, (String, i32)> {
        let name = TOOLS.into_iter().find(|name| *name == program).unwrap_or(TOOLS[0]);
        let fail = |error: String| match error.is_empty() {
            true => (usage(name), 0),
            false => (format!("{error}\n{}", usage(name)), 1),
        };
        let options = Options::parse(name, arguments).map_err(fail)?;
        match (name, options.operands.first()) {
            ("amqp-consume", None) => return Err(fail("consuming command not specified".to_owned())),
            ("amqp-consume", _) | (_, None) => {}
            (_, Some(operand)) => return Err(fail(format!("unexpected operand: {operand}"))),
        }
        let missing = match name {
            "amqp-declare-queue" | "amqp-delete-queue" if options.queue.is_none() => Some("queue name not specified"),
            "amqp-get" if options.queue.is_none() => Some("queue not specified"),
            "amqp-publish" if options.exchange.is_none() && options.routing_key.is_none() => {
                Some("neither exchange nor routing key specified")
            }
            _ => None,
        };
        if let Some(missing) = missing {
            return Err((format!("{missing}\n"), 1));
        }
        Ok(Self {
            name,
            options,
            connection: None,
            incoming: Vec::new(),
            plan: VecDeque::new(),
            awaited: None,
            body: None,
            consuming: Consuming::default(),
        })
    }

    fn will(&mut self, words: &[&[u8]], context: &'static str) {
        self.plan.push_back((words.iter().map(|word| word.to_vec()).collect(), context));
    }

    /// Connects, and plans what to send.
    fn begin(&mut self, host: &mut dyn Host) -> Result<(), String> {
        let (name, port, user, password) = self.options.broker()?;
        if self.options.server.as_ref().is_some_and(|server| server.contains(':')) {
            host.write(Output::Error, b"Specifying the port number with --server is deprecated\n");
        }
        let connection = host.connect(&name, port).map_err(|_| format!("opening socket to {name}:{port}"))?;
        self.connection = Some(connection);
        self.will(&[b"connection.open", user.as_bytes(), password.as_bytes()], "logging in to AMQP server");
        let queue = self.options.queue.clone().unwrap_or_default();
        let durable: &[u8] = if self.options.durable { b"durable" } else { b"" };
        match self.name {
            "amqp-declare-queue" => self.will(&[b"queue.declare", queue.as_bytes(), durable], "queue.declare"),
            "amqp-delete-queue" => self.will(&[b"queue.delete", queue.as_bytes()], "queue.delete"),
            "amqp-get" => self.will(&[b"basic.get", queue.as_bytes()], "basic.get"),
            "amqp-publish" => self.plan_messages(),
            _ => self.plan_consuming(&queue),
        }
        Ok(())
    }

    fn plan_messages(&mut self) {
        let body = self.body.take().unwrap_or_default();
        let exchange = self.options.exchange.clone().unwrap_or_default();
        let key = self.options.routing_key.clone().unwrap_or_default();
        let bodies: Vec<&[u8]> = match self.options.line_buffered {
            true => body.split_inclusive(|&byte| byte == b'\n').collect(),
            false => vec![&body],
        };
        for body in bodies {
            self.will(&[b"basic.publish", exchange.as_bytes(), key.as_bytes(), body], "publishing");
        }
        self.will(&[b"channel.close"], "closing channel");
    }

    fn plan_consuming(&mut self, queue: &str) {
        let options = &self.options;
        let (exchange, key) = (options.exchange.clone(), options.routing_key.clone().unwrap_or_default());
        if queue.is_empty() || exchange.is_some() || options.exclusive {
            let flags: &[u8] = if options.exclusive { b"exclusive auto-delete" } else { b"auto-delete" };
            self.will(&[b"queue.declare", queue.as_bytes(), flags], "queue.declare");
        }
        self.consuming.queue = queue.to_owned();
        if let Some(exchange) = exchange {
            // The queue's name may be the server's: it is filled in when it is known.
            self.will(&[b"queue.bind", b"", exchange.as_bytes(), key.as_bytes()], "queue.bind");
        }
        if let Some(most) = self.options.prefetch.or(self.options.count) {
            self.will(&[b"basic.qos", most.to_string().as_bytes()], "basic.qos");
        }
        let no_ack: &[u8] = if self.options.no_ack { b"no-ack" } else { b"" };
        self.will(&[b"basic.consume", b"", no_ack], "basic.consume");
    }

    /// Takes the next answer of the server.
    fn receive(&mut self, host: &mut dyn Host) -> Result<Vec<Vec<u8>>, Step> {
        let Some(connection) = self.connection else { return Err(Step::Exited(1)) };
        loop {
            if let Some((Reply::List(items), len)) = Reply::decode(&self.incoming) {
                self.incoming.drain(..len);
                let word = |item| match item {
                    Reply::Bulk(word) => word,
                    _ => Vec::new(),
                };
                return Ok(items.into_iter().map(word).collect());
            }
            match host.read(Source::Server(connection)) {
                Read::Bytes(bytes) => self.incoming.extend(bytes),
                Read::Later => return Err(Step::Waits(None)),
                Read::End => {
                    let doing = self.awaited.unwrap_or("waiting for basic.deliver");
                    host.write(Output::Error, format!("{doing}: a socket error occurred\n").as_bytes());
                    return Err(Step::Exited(1));
                }
            }
        }
    }

    /// What the answer to a step of the plan means.
    fn answered(&mut self, host: &mut dyn Host, context: &str, answer: &[Vec<u8>]) -> Option<Step> {
        let word =
            |place: usize| answer.get(place).map(|word| String::from_utf8_lossy(word).into_owned()).unwrap_or_default();
        let closed = word(0);
        if let Some(what) = closed.strip_suffix(".close") {
            let error = format!("{context}: server {what} error {}, message: {}\n", word(1), word(2));
            host.write(Output::Error, error.as_bytes());
            return Some(Step::Exited(1));
        }
        match (self.name, closed.as_str()) {
            ("amqp-consume", "queue.declare-ok") => {
                if self.consuming.queue.is_empty() {
                    host.write(Output::Error, format!("Server provided queue name: {}\n", word(1)).as_bytes());
                }
                self.consuming.queue = word(1);
            }
            (_, "queue.declare-ok" | "queue.delete-ok") => {
                host.write(Output::Standard, format!("{}\n", word(1)).as_bytes())
            }
            (_, "basic.get-ok") if word(1) == "empty" => return Some(Step::Exited(2)),
            (_, "basic.get-ok") => host.write(Output::Standard, &answer[2]),
            _ => {}
        }
        None
    }

    /// Hands the next message to a command, or acknowledges the one that a command is done with.
    fn consume(&mut self, host: &mut dyn Host) -> Option<Step> {
        let Some((child, tag)) = self.consuming.command.take() else {
            if self.options.count.is_some_and(|count| self.consuming.taken >= count) {
                return Some(Step::Exited(0));
            }
            let message = match self.receive(host) {
                Ok(message) => message,
                Err(step) => return Some(step),
            };
            let [_, tag, body] = message.as_slice() else { return None };
            self.consuming.taken += 1;
            match host.spawn(&self.options.operands, body.clone()) {
                Ok(child) => self.consuming.command = Some((child, String::from_utf8_lossy(tag).into_owned())),
                Err(why) => {
                    let error = format!("posix_spawnp: {}: {why}\n", self.options.operands[0]);
                    host.write(Output::Error, error.as_bytes());
                    return Some(Step::Exited(1));
                }
            }
            return None;
        };
        let Some(code) = host.wait(child) else {
            self.consuming.command = Some((child, tag));
            return Some(Step::Waits(None));
        };
        if let Some(connection) = self.connection
            && code == 0
            && !self.options.no_ack
        {
            host.send(connection, &request(&[b"basic.ack".to_vec(), tag.into_bytes()]));
        }
        None
    }
}

impl Program for Tool {
    fn advance(&mut self, host: &mut dyn Host, fuel: u32) -> Step {
        if self.name == "amqp-publish" && self.connection.is_none() {
            let body = self.body.get_or_insert_with(Vec::new);
            match self.options.body.take() {
                Some(given) => body.extend(given.into_bytes()),
                None => loop {
                    match host.read(Source::Input) {
                        Read::Bytes(bytes) => body.extend(bytes),
                        Read::Later => return Step::Waits(None),
                        Read::End => break,
                    }
                },
            }
        }
        if self.connection.is_none()
            && let Err(error) = self.begin(host)
        {
            host.write(Output::Error, format!("{error}\n").as_bytes());
            return Step::Exited(1);
        }
        for _ in 0..fuel.max(1) {
            if let Some(context) = self.awaited {
                let answer = match self.receive(host) {
                    Ok(answer) => answer,
                    Err(step) => return step,
                };
                self.awaited = None;
                if let Some(step) = self.answered(host, context, &answer) {
                    return step;
                }
            } else if let Some((mut words, context)) = self.plan.pop_front() {
                if matches!(words[0].as_slice(), b"queue.bind" | b"basic.consume") {
                    words[1] = self.consuming.queue.clone().into_bytes();
                }
                if let Some(connection) = self.connection {
                    host.send(connection, &request(&words));
                }
                // Publishing is not answered.
                self.awaited = (words[0] != b"basic.publish").then_some(context);
            } else if self.name == "amqp-consume" {
                if let Some(step) = self.consume(host) {
                    return step;
                }
            } else {
                return Step::Exited(0);
            }
        }
        Step::Ready
    }
}
