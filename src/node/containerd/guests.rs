//! Programs and servers that are no part of the shell, as programs of a machine.

use super::wires::{Offspring, Spawn, Wires};
use crate::programs::host::{Child, Connection, Output, Read, Refused, Source};
use crate::programs::{self, Host, Server, server};
use crate::shell::{Call, Files, Input, Io, Program, Running, Signal, Step};
use crate::sim::{Chance, Timestamp};
use std::collections::VecDeque;
use std::rc::Rc;

/// How much a program may do at a time.
const FUEL: u32 = 10_000;

/// A program by its name.
pub struct Guest {
    pub name: &'static str,
    make: Make,
}

/// A program made from its arguments, or what is said instead and the exit code.
type Made = Result<Box<dyn programs::Program>, (String, i32)>;

enum Make {
    /// Made from its name and its arguments.
    Client(fn(&str, &[String]) -> Made),
    /// A server, and what it prints when it is ready.
    Server(fn() -> Box<dyn Server>, &'static str),
}

/// All of them.
const GUESTS: &[Guest] = &[
    Guest { name: "redis-server", make: Make::Server(|| Box::new(programs::redis::Redis::new()), REDIS_IS_READY) },
    Guest {
        name: "rabbitmq-server",
        make: Make::Server(|| Box::new(programs::rabbitmq::RabbitMq::new()), RABBITMQ_IS_READY),
    },
    Guest { name: "redis-cli", make: Make::Client(|_, args| Ok(Box::new(programs::redis::Cli::new(args)?))) },
    Guest { name: "mongod", make: Make::Server(|| Box::new(programs::mongodb::MongoDb::new()), MONGODB_IS_READY) },
    Guest { name: "mongosh", make: Make::Client(|_, args| Ok(Box::new(programs::mongodb::Shell::new(args)?))) },
    Guest { name: "mongoimport", make: Make::Client(|_, args| Ok(Box::new(programs::mongodb::Import::new(args)?))) },
    Guest { name: "perl", make: Make::Client(|_, args| Ok(Box::new(programs::perl::Perl::new(args)?))) },
    Guest { name: "python3", make: Make::Client(python) },
    Guest { name: "python", make: Make::Client(python) },
    Guest { name: "amqp-consume", make: Make::Client(amqp) },
    Guest { name: "amqp-declare-queue", make: Make::Client(amqp) },
    Guest { name: "amqp-delete-queue", make: Make::Client(amqp) },
    Guest { name: "amqp-get", make: Make::Client(amqp) },
    Guest { name: "amqp-publish", make: Make::Client(amqp) },
];

const REDIS_IS_READY: &str = "1:M * Ready to accept connections tcp\n";
const MONGODB_IS_READY: &str =
    "{\"s\":\"I\", \"c\":\"NETWORK\", \"msg\":\"Waiting for connections\",\"attr\":{\"port\":27017}}\n";
const RABBITMQ_IS_READY: &str = "  Starting broker... completed with 0 plugins.\n";

fn amqp(name: &str, args: &[String]) -> Result<Box<dyn programs::Program>, (String, i32)> {
    Ok(Box::new(programs::rabbitmq::Tool::new(name, args)?))
}

fn python(_: &str, args: &[String]) -> Result<Box<dyn programs::Program>, (String, i32)> {
    Ok(Box::new(programs::python::Interpreter::new(args)?))
}

/// The program of a name.
pub fn guest(name: &str) -> Option<&'static Guest> {
    GUESTS.iter().find(|guest| guest.name == name)
}

/// A program that can be started in one pod's machines.
pub struct Installed {
    pub guest: &'static Guest,
    pub wires: Wires,
    /// The address of the pod.
    pub ip: String,
    pub chance: Chance,
}

impl Program for Installed {
    fn start(&self, call: Call) -> Box<dyn Running> {
        let (wires, ip) = (self.wires.clone(), self.ip.clone());
        match self.guest.make {
            Make::Server(make, ready) => Box::new(Serving {
                make,
                ready,
                wires,
                ip,
                files: call.files,
                port: None,
                now: Timestamp::default(),
                calls: VecDeque::new(),
                links: Vec::new(),
            }),
            Make::Client(make) => {
                let name = call.args[0].rsplit('/').next().unwrap_or("").to_owned();
                let made = make(&name, &call.args[1..]);
                let inside = Inside {
                    wires,
                    ip,
                    chance: self.chance.clone(),
                    now: Timestamp::default(),
                    terminal: [false; 2],
                    output: Vec::new(),
                    input: Vec::new(),
                    input_ended: false,
                    connections: Vec::new(),
                    call,
                };
                Box::new(Visiting { made: Some(made), inside })
            }
        }
    }
}

/// A server's process.
struct Serving {
    make: fn() -> Box<dyn Server>,
    ready: &'static str,
    wires: Wires,
    ip: String,
    files: Files,
    /// Where it listens.
    port: Option<u16>,
    now: Timestamp,
    /// What it has to say to other servers.
    calls: VecDeque<server::Call>,
    /// Its connections to other servers, by host and port.
    links: Vec<(String, u16, Connection)>,
}

impl Serving {
    fn stop(&mut self) {
        if let Some(port) = self.port.take() {
            let mut shared = self.wires.0.borrow_mut();
            for (.., connection) in std::mem::take(&mut self.links) {
                shared.network.close(self.now, connection);
            }
            shared.network.stop(self.now, &self.ip, port);
            shared.acted = true;
        }
    }

    /// Says to other servers what there is to say. What does not reach them is lost.
    fn call(&mut self, port: u16) {
        let mut shared = self.wires.0.borrow_mut();
        self.calls.extend(shared.network.take_calls(&self.ip, port));
        if !self.calls.is_empty() && !shared.fresh {
            shared.wanted = true;
            return;
        }
        for call in std::mem::take(&mut self.calls) {
            let known = |(host, port, _): &(String, u16, Connection)| *host == call.host && *port == call.port;
            let mut place = self.links.iter().position(known);
            if let Some(old) = place {
                let connection = self.links[old].2;
                // Answers are of no interest, but that there will be none any more.
                while let Read::Bytes(_) = shared.network.read(connection) {}
                if shared.network.read(connection) == Read::End {
                    shared.network.close(self.now, connection);
                    self.links.remove(old);
                    place = None;
                }
            }
            if place.is_none() {
                let Ok(connection) = shared.connect(&call.host, call.port, &self.files, &self.ip, self.now) else {
                    continue;
                };
                place = Some(self.links.len());
                self.links.push((call.host.clone(), call.port, connection));
            }
            if let Some((.., connection)) = place.map(|place| &self.links[place]) {
                shared.network.send(self.now, *connection, &call.bytes);
                shared.acted = true;
            }
        }
    }
}

impl Running for Serving {
    fn advance(&mut self, io: &mut Io<'_>, now: Timestamp) -> Step {
        self.now = now;
        if self.port.is_none() {
            io.catch(Signal::TERM);
            io.catch(Signal::INT);
            let server = (self.make)();
            self.port = Some(server.port());
            let mut shared = self.wires.0.borrow_mut();
            shared.network.listen(now, &self.ip, server);
            shared.acted = true;
            io.out(self.ready);
        }
        if let Some(port) = self.port {
            self.call(port);
        }
        if io.signals().is_empty() {
            return Step::Waits;
        }
        self.stop();
        Step::Exited(0)
    }
}

impl Drop for Serving {
    /// A process that is killed stops listening as well.
    fn drop(&mut self) {
        self.stop();
    }
}

/// A program's process.
struct Visiting {
    made: Option<Result<Box<dyn programs::Program>, (String, i32)>>,
    inside: Inside,
}

/// What a program sees of its container.
struct Inside {
    wires: Wires,
    ip: String,
    chance: Chance,
    now: Timestamp,
    terminal: [bool; 2],
    /// What it printed in this round: whether to standard error, and what.
    output: Vec<(bool, Vec<u8>)>,
    input: Vec<u8>,
    input_ended: bool,
    connections: Vec<Connection>,
    call: Call,
}

impl Running for Visiting {
    fn advance(&mut self, io: &mut Io<'_>, now: Timestamp) -> Step {
        let inside = &mut self.inside;
        {
            let mut shared = inside.wires.0.borrow_mut();
            if !shared.fresh {
                shared.wanted = true;
                return Step::Waits;
            }
        }
        inside.now = now;
        inside.terminal = [io.is_terminal(1), io.is_terminal(2)];
        match io.read() {
            Input::Bytes(bytes) => inside.input.extend(bytes),
            Input::End => inside.input_ended = true,
            Input::Pending => {}
        }
        let step = match &mut self.made {
            Some(Ok(program)) => program.advance(inside, FUEL),
            Some(Err((text, code))) => {
                let bytes = std::mem::take(text).into_bytes();
                inside.output.push((*code != 0, bytes));
                programs::Step::Exited(*code)
            }
            None => programs::Step::Exited(1),
        };
        for (error, bytes) in std::mem::take(&mut inside.output) {
            if error { io.err(bytes) } else { io.out(bytes) }
        }
        match step {
            programs::Step::Ready => Step::Busy,
            programs::Step::Waits(None) => Step::Waits,
            programs::Step::Waits(Some(at)) => Step::SleepsUntil(at),
            programs::Step::Exited(code) => {
                self.made = None;
                Step::Exited(code)
            }
        }
    }
}

impl Drop for Inside {
    /// The connections of a process that ends are closed.
    fn drop(&mut self) {
        let mut shared = self.wires.0.borrow_mut();
        for connection in std::mem::take(&mut self.connections) {
            shared.network.close(self.now, connection);
            shared.acted = true;
        }
    }
}

impl Inside {
    fn files(&self) -> &Files {
        &self.call.files
    }

    fn path(&self, path: &str) -> String {
        crate::shell::absolute(&self.call.dir, path)
    }
}

impl Host for Inside {
    fn now(&self) -> Timestamp {
        self.now
    }

    fn variable(&self, name: &str) -> Option<String> {
        self.call.var(name).map(str::to_owned)
    }

    fn variables(&self) -> Vec<(String, String)> {
        self.call.env.clone()
    }

    fn read(&mut self, from: Source) -> Read {
        match from {
            Source::Server(connection) => self.wires.0.borrow_mut().network.read(connection),
            Source::Input if !self.input.is_empty() => Read::Bytes(std::mem::take(&mut self.input)),
            Source::Input if self.input_ended => Read::End,
            Source::Input => Read::Later,
        }
    }

    fn write(&mut self, to: Output, bytes: &[u8]) {
        self.output.push((to == Output::Error, bytes.to_vec()));
    }

    fn is_terminal(&self, to: Output) -> bool {
        self.terminal[usize::from(to == Output::Error)]
    }

    fn file(&mut self, path: &str) -> Result<Vec<u8>, &'static str> {
        self.files().read(&self.path(path)).map_err(|errno| errno.message())
    }

    fn write_file(&mut self, path: &str, bytes: &[u8]) -> Result<(), &'static str> {
        self.files().write(&self.path(path), bytes, self.now).map_err(|errno| errno.message())
    }

    fn connect(&mut self, host: &str, port: u16) -> Result<Connection, Refused> {
        let connection = self.wires.0.borrow_mut().connect(host, port, &self.call.files, &self.ip, self.now)?;
        self.connections.push(connection);
        Ok(connection)
    }

    fn send(&mut self, connection: Connection, bytes: &[u8]) {
        let mut shared = self.wires.0.borrow_mut();
        shared.network.send(self.now, connection, bytes);
        shared.acted = true;
    }

    fn close(&mut self, connection: Connection) {
        self.connections.retain(|open| *open != connection);
        let mut shared = self.wires.0.borrow_mut();
        shared.network.close(self.now, connection);
        shared.acted = true;
    }

    fn spawn(&mut self, command: &[String], input: Vec<u8>) -> Result<Child, &'static str> {
        let mut shared = self.wires.0.borrow_mut();
        shared.spawned += 1;
        let number = shared.spawned;
        shared.children.insert(number, Offspring::default());
        let (env, dir) = (self.call.env.clone(), self.call.dir.clone());
        shared.spawns.push(Spawn { number, argv: command.to_vec(), env, dir, input });
        Ok(number)
    }

    fn wait(&mut self, child: Child) -> Option<i32> {
        let mut shared = self.wires.0.borrow_mut();
        let offspring = shared.children.get_mut(&child)?;
        self.output.append(&mut offspring.output);
        let ended = offspring.ended?;
        shared.children.remove(&child);
        Some(ended)
    }

    fn chance(&mut self) -> &mut Chance {
        &mut self.chance
    }

    fn hostname(&self) -> String {
        self.call.hostname.clone()
    }
}

/// Puts a program into a machine.
pub fn installed(guest: &'static Guest, wires: &Wires, ip: &str, chance: Chance) -> Rc<dyn Program> {
    Rc::new(Installed { guest, wires: wires.clone(), ip: ip.to_owned(), chance })
}
