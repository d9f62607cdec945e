//! `redis-cli`: sends commands to a Redis server, one of its arguments or those of its input, and prints the replies.

use super::protocol::{Reply, request};
use super::server::Redis;
use super::words::{Bytes, quoted, split_arguments};
use crate::programs::host::{Connection, Host, Output, Program, Read, Refused, Source, Step};
use crate::sim::Timestamp;
use std::time::Duration;

/// A running `redis-cli`.
pub struct Cli {
    options: Options,
    connection: Option<Connection>,
    /// What came of a reply that is not complete.
    incoming: Vec<u8>,
    /// What came of a line that is not complete.
    typed: Vec<u8>,
    typed_ended: bool,
    /// Commands to send, in order.
    commands: Vec<Vec<Bytes>>,
    awaiting: bool,
    /// When the last command was sent.
    sent: Timestamp,
    prompted: bool,
    /// It sends the next command then.
    pause: Option<Timestamp>,
}

struct Options {
    host: String,
    port: u16,
    /// Print replies as they are, also to a terminal; or never.
    raw: Option<bool>,
    /// `-e`: an error reply makes the exit code 1.
    errors_fail: bool,
    /// `-x`: the last argument is the input.
    last_from_input: bool,
    repeat: u64,
    interval: Duration,
    command: Vec<Bytes>,
}

impl Cli {
    /// The program for its arguments, the name not among them; or what it says instead, and its exit code.
    pub fn new(arguments: &[String]) -> Result<Self, (String, i32)> {
        let options = Options::parse(arguments)?;
        let commands = match options.command.is_empty() || options.last_from_input {
            true => Vec::new(),
            false => (0..options.repeat).map(|_| options.command.clone()).collect(),
        };
        Ok(Self {
            options,
            connection: None,
            incoming: Vec::new(),
            typed: Vec::new(),
            typed_ended: false,
            commands,
            awaiting: false,
            sent: Timestamp::default(),
            prompted: false,
            pause: None,
        })
    }

    fn interactive(&self) -> bool {
        self.options.command.is_empty()
    }

    /// Connects if it is not connected; false if nobody answers.
    fn connect(&mut self, host: &mut dyn Host) -> bool {
        if self.connection.is_some() {
            return true;
        }
        let Options { host: name, port, .. } = &self.options;
        let why = match host.connect(name, *port) {
            Ok(connection) => {
                self.connection = Some(connection);
                return true;
            }
            Err(Refused::UnknownName) => "Name or service not known",
            Err(Refused::NobodyListens) => "Connection refused",
        };
        host.write(Output::Error, format!("Could not connect to Redis at {name}:{port}: {why}\n").as_bytes());
        false
    }

    fn send_next(&mut self, host: &mut dyn Host) -> Option<Step> {
        if self.commands.is_empty() {
            return None;
        }
        if !self.connect(host) {
            self.commands.clear();
            return (!self.interactive()).then_some(Step::Exited(1));
        }
        let command = self.commands.remove(0);
        if let Some(connection) = self.connection {
            host.send(connection, &request(&command));
            self.awaiting = true;
            self.sent = host.now();
        }
        None
    }

    /// Takes the reply that is awaited; `None` once it is here.
    fn receive(&mut self, host: &mut dyn Host) -> Option<Step> {
        let Some(connection) = self.connection else { return Some(Step::Exited(1)) };
        loop {
            if let Some((reply, len)) = Reply::decode(&self.incoming) {
                self.incoming.drain(..len);
                self.awaiting = false;
                let plain = self.options.raw.unwrap_or(!host.is_terminal(Output::Standard));
                host.write(Output::Standard, print(&reply, plain).as_slice());
                let took = host.now().since(self.sent);
                if self.interactive() && !plain && took.as_millis() >= 500 {
                    host.write(Output::Standard, format!("({:.2}s)\n", took.as_secs_f64()).as_bytes());
                }
                if self.options.errors_fail && matches!(reply, Reply::Error(_)) {
                    return Some(Step::Exited(1));
                }
                return None;
            }
            match host.read(Source::Server(connection)) {
                Read::Bytes(bytes) => self.incoming.extend(bytes),
                Read::Later => return Some(Step::Waits(None)),
                Read::End => {
                    host.write(Output::Error, b"Error: Server closed the connection\n");
                    self.connection = None;
                    self.awaiting = false;
                    return (!self.interactive()).then_some(Step::Exited(1));
                }
            }
        }
    }

    /// Takes the next line of its input; `None` if there is one now.
    fn read_line(&mut self, host: &mut dyn Host) -> Result<Bytes, Step> {
        loop {
            if let Some(end) = self.typed.iter().position(|&byte| byte == b'\n') {
                let mut line: Bytes = self.typed.drain(..=end).collect();
                line.pop();
                return Ok(line);
            }
            if self.typed_ended {
                return match self.typed.is_empty() {
                    true => Err(Step::Exited(0)),
                    false => Ok(std::mem::take(&mut self.typed)),
                };
            }
            match host.read(Source::Input) {
                Read::Bytes(bytes) => self.typed.extend(bytes),
                Read::Later => return Err(Step::Waits(None)),
                Read::End => self.typed_ended = true,
            }
        }
    }

    /// Obeys a line of its input.
    fn obey(&mut self, host: &mut dyn Host, line: &[u8]) -> Option<Step> {
        let Some(mut words) = split_arguments(line) else {
            host.write(Output::Standard, b"Invalid argument(s)\n");
            return None;
        };
        let mut times = 1;
        // A number before a command says how often to send it.
        if words.len() > 1
            && let Some(count) = std::str::from_utf8(&words[0]).ok().and_then(|word| word.parse::<u64>().ok())
        {
            times = count.min(MOST_REPEATS);
            words.remove(0);
        }
        let first = words.first().map(|word| String::from_utf8_lossy(word).to_ascii_lowercase())?;
        match first.as_str() {
            "quit" | "exit" => return Some(Step::Exited(0)),
            "clear" => host.write(Output::Standard, b"\x1b[H\x1b[2J"),
            "help" | "?" => host.write(Output::Standard, HELP.as_bytes()),
            "connect" if words.len() == 3 => {
                self.options.host = String::from_utf8_lossy(&words[1]).into_owned();
                self.options.port = String::from_utf8_lossy(&words[2]).parse().unwrap_or(0);
                if let Some(connection) = self.connection.take() {
                    host.close(connection);
                }
                self.connect(host);
            }
            _ => self.commands = (0..times).map(|_| words.clone()).collect(),
        }
        None
    }
}

impl Program for Cli {
    fn advance(&mut self, host: &mut dyn Host, fuel: u32) -> Step {
        for _ in 0..fuel.max(1) {
            if self.awaiting {
                if let Some(step) = self.receive(host) {
                    return step;
                }
                if !self.commands.is_empty() && !self.options.interval.is_zero() {
                    self.pause = Some(host.now() + self.options.interval);
                }
                continue;
            }
            if let Some(pause) = self.pause {
                if host.now() < pause {
                    return Step::Waits(Some(pause));
                }
                self.pause = None;
            }
            if !self.commands.is_empty() {
                if let Some(step) = self.send_next(host) {
                    return step;
                }
                continue;
            }
            if !self.interactive() && !self.options.last_from_input {
                return Step::Exited(0);
            }
            if self.options.last_from_input {
                match host.read(Source::Input) {
                    Read::Bytes(bytes) => self.typed.extend(bytes),
                    Read::Later => return Step::Waits(None),
                    Read::End => {
                        self.options.last_from_input = false;
                        let mut command = self.options.command.clone();
                        command.push(std::mem::take(&mut self.typed));
                        self.commands.push(command);
                    }
                }
                continue;
            }
            // Somebody types: the first prompt shows whether there is a server.
            if host.is_terminal(Output::Standard) && !self.prompted {
                self.connect(host);
                let prompt = match self.connection {
                    Some(_) => format!("{}:{}> ", self.options.host, self.options.port),
                    None => "not connected> ".to_owned(),
                };
                host.write(Output::Standard, prompt.as_bytes());
                self.prompted = true;
            }
            match self.read_line(host) {
                Ok(line) => {
                    self.prompted = false;
                    if let Some(step) = self.obey(host, &line) {
                        return step;
                    }
                }
                Err(step) => return step,
            }
        }
        Step::Ready
    }
}

/// How often a command is repeated at most.
const MOST_REPEATS: u64 = 10_000;

const HELP: &str = "redis-cli 7.0.15
Type: \"help @<group>\" to get a list of commands in <group>
      \"help <command>\" for help on <command>
      \"help <tab>\" to get a list of possible help topics
      \"quit\" to exit
";

impl Options {
    fn parse(arguments: &[String]) -> Result<Self, (String, i32)> {
        let mut options = Self {
            host: "127.0.0.1".to_owned(),
            port: Redis::PORT,
            raw: None,
            errors_fail: false,
            last_from_input: false,
            repeat: 1,
            interval: Duration::ZERO,
            command: Vec::new(),
        };
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            let unknown = || (format!("Unrecognized option or bad number of args for: '{argument}'\n"), 1);
            let mut value = || arguments.next().ok_or_else(unknown);
            match argument.as_str() {
                "-h" => options.host = value()?.clone(),
                "-p" => options.port = value()?.parse().unwrap_or(0),
                "-u" => options.read_address(value()?),
                // There is one database and no password.
                "-n" | "-a" | "--user" | "--pass" => drop(value()?),
                "-r" => options.repeat = value()?.parse::<u64>().map_err(|_| unknown())?.min(MOST_REPEATS),
                "-i" => {
                    let seconds: f64 = value()?.parse().map_err(|_| unknown())?;
                    options.interval = Duration::from_millis((seconds * 1000.0) as u64);
                }
                "-x" => options.last_from_input = true,
                "-e" => options.errors_fail = true,
                "--raw" => options.raw = Some(true),
                "--no-raw" => options.raw = Some(false),
                "--no-auth-warning" => {}
                "-v" | "--version" => return Err(("redis-cli 7.0.15\n".to_owned(), 0)),
                "--help" => return Err((USAGE.to_owned(), 0)),
                option if option.starts_with('-') => return Err(unknown()),
                word => {
                    options.command.push(word.as_bytes().to_vec());
                    options.command.extend(arguments.by_ref().map(|word| word.as_bytes().to_vec()));
                }
            }
        }
        Ok(options)
    }

    /// `redis://user:password@host:port/database`
    fn read_address(&mut self, address: &str) {
        let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
        let rest = rest.split('/').next().unwrap_or_default();
        let place = rest.rsplit_once('@').map_or(rest, |(_, place)| place);
        let (host, port) = place.split_once(':').unwrap_or((place, ""));
        if !host.is_empty() {
            self.host = host.to_owned();
        }
        if let Ok(port) = port.parse() {
            self.port = port;
        }
    }
}

const USAGE: &str = "redis-cli 7.0.15

Usage: redis-cli [OPTIONS] [cmd [arg [arg ...]]]
  -h <hostname>      Server hostname (default: 127.0.0.1).
  -p <port>          Server port (default: 6379).
  -u <uri>           Server URI.
  -r <repeat>        Execute specified command N times.
  -i <interval>      When -r is used, waits <interval> seconds per command.
  -x                 Read last argument from STDIN.
  -e                 Return exit error code when command execution fails.
  --raw              Use raw formatting for replies (default when STDOUT is not a tty).
  --no-raw           Force formatted output even when STDOUT is not a tty.
  --version          Output version and exit.
";

/// A reply as it is printed: for a person, or as it is for a program.
fn print(reply: &Reply, plain: bool) -> Vec<u8> {
    let mut out = Vec::new();
    if plain {
        print_plain(&mut out, reply);
        out.push(b'\n');
    } else {
        print_kind(&mut out, reply, 0);
    }
    out
}

fn print_plain(out: &mut Vec<u8>, reply: &Reply) {
    match reply {
        Reply::Simple(word) => out.extend(word.as_bytes()),
        Reply::Error(text) => {
            out.extend(text.as_bytes());
            out.push(b'\n');
        }
        Reply::Integer(number) => out.extend(number.to_string().as_bytes()),
        Reply::Bulk(bytes) => out.extend(bytes),
        Reply::Nil | Reply::NilList => {}
        Reply::List(items) => {
            for (place, item) in items.iter().enumerate() {
                if place > 0 {
                    out.push(b'\n');
                }
                print_plain(out, item);
            }
        }
    }
}

/// Each line after the first stands behind `indent` spaces.
fn print_kind(out: &mut Vec<u8>, reply: &Reply, indent: usize) {
    let line = match reply {
        Reply::Simple(word) => (*word).to_owned(),
        Reply::Error(text) => format!("(error) {text}"),
        Reply::Integer(number) => format!("(integer) {number}"),
        Reply::Bulk(bytes) => quoted(bytes),
        Reply::Nil | Reply::NilList => "(nil)".to_owned(),
        Reply::List(items) if items.is_empty() => "(empty array)".to_owned(),
        Reply::List(items) => {
            let width = items.len().to_string().len();
            for (place, item) in items.iter().enumerate() {
                let indent_now = if place == 0 { 0 } else { indent };
                out.extend(format!("{:indent_now$}{:>width$}) ", "", place + 1).as_bytes());
                print_kind(out, item, indent + width + 2);
            }
            return;
        }
    };
    out.extend(line.as_bytes());
    out.push(b'\n');
}
