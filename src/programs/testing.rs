//! A small world to test programs in: containers that run at the same time, servers, and the virtual clock.

use super::host::{Child, Connection, Host, Output, Program, Read, Refused, Source, Step};
use super::network::Network;
use super::server::Server;
use crate::sim::{Chance, Map, Timestamp};
use std::time::Duration;

/// Containers beside each other on one clock.
pub struct World {
    pub now: Timestamp,
    pub network: Network,
    pub containers: Vec<Container>,
}

/// A container with the one program that runs in it.
pub struct Container {
    program: Box<dyn Program>,
    around: Around,
    /// When it ended, and its code.
    pub ended: Option<(Timestamp, i32)>,
    waits: Option<Timestamp>,
}

/// What a program saw and said.
pub struct Around {
    now: Timestamp,
    pub variables: Map<String, String>,
    pub files: Map<String, Vec<u8>>,
    input: Vec<u8>,
    pub output: Vec<u8>,
    pub errors: Vec<u8>,
    pub terminal: bool,
    chance: Chance,
    connections: Vec<Connection>,
    /// When the commands that it started end, and their codes.
    children: Vec<(Timestamp, i32)>,
}

impl World {
    /// One whose first instant is 2026-01-01 00:00:00 UTC.
    pub fn new() -> Self {
        Self { now: Timestamp::from_secs(1_767_225_600), network: Network::new(), containers: Vec::new() }
    }

    /// Starts a server that is known by a name.
    pub fn serve(mut self, name: &str, server: impl Server + 'static) -> Self {
        self.network.listen(self.now, name, Box::new(server));
        self
    }

    /// Starts a program with an input; the container to look at afterwards.
    pub fn start(&mut self, program: impl Program + 'static, input: &str) -> &mut Around {
        let around = Around {
            now: self.now,
            variables: Map::new(),
            files: Map::new(),
            input: input.as_bytes().to_vec(),
            output: Vec::new(),
            errors: Vec::new(),
            terminal: false,
            chance: Chance::stream(7, self.containers.len() as u64),
            connections: Vec::new(),
            children: Vec::new(),
        };
        let program = Box::new(program);
        self.containers.push(Container { program, around, ended: None, waits: None });
        &mut self.containers.last_mut().expect("just started").around
    }

    /// Starts a program, or lets it end with what it says of its arguments.
    pub fn start_or_end<P: Program + 'static>(
        &mut self,
        program: Result<P, (String, i32)>,
        input: &str,
    ) -> &mut Around {
        match program {
            Ok(program) => self.start(program, input),
            Err((text, code)) => self.start(Refuses(text, code), input),
        }
    }

    /// Lets everything run until all have ended or wait for ever, but not longer than some seconds.
    pub fn run(&mut self, seconds: u64) {
        let end = self.now + Duration::from_secs(seconds);
        loop {
            let mut next: Option<Timestamp> = None;
            let mut sooner = |at: Option<Timestamp>| next = next.into_iter().chain(at).min();
            self.network.advance(self.now);
            let mut busy = true;
            while busy {
                busy = false;
                for place in 0..self.containers.len() {
                    busy |= self.advance(place);
                }
            }
            self.containers.iter().for_each(|container| sooner(container.waits));
            sooner(self.network.due());
            match next {
                Some(at) if at <= end => self.now = at,
                _ => {
                    self.now = end;
                    return;
                }
            }
        }
    }

    /// Whether a program went on.
    fn advance(&mut self, place: usize) -> bool {
        let container = &mut self.containers[place];
        if container.ended.is_some() {
            return false;
        }
        container.around.now = self.now;
        let mut host = Inside { around: &mut container.around, network: &mut self.network, acted: false };
        let step = container.program.advance(&mut host, 1000);
        let acted = host.acted;
        container.waits = None;
        match step {
            Step::Ready => return true,
            Step::Waits(until) => {
                let children = container.around.children.iter().map(|(end, _)| *end);
                container.waits = until.into_iter().chain(children).filter(|&until| until > self.now).min();
            }
            Step::Exited(code) => {
                container.ended = Some((self.now, code));
                for connection in std::mem::take(&mut container.around.connections) {
                    self.network.close(self.now, connection);
                }
                return true;
            }
        }
        acted
    }

    /// Ends a program from outside.
    pub fn kill(&mut self, place: usize) {
        self.containers[place].ended = Some((self.now, 137));
        self.containers[place].waits = None;
        for connection in std::mem::take(&mut self.containers[place].around.connections) {
            self.network.close(self.now, connection);
        }
    }

    /// What a container printed to standard output and to standard error.
    pub fn streams(&self, place: usize) -> (String, String) {
        let around = &self.containers[place].around;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (text(&around.output), text(&around.errors))
    }

    /// What a container printed, its errors after its output.
    pub fn printed(&self, place: usize) -> String {
        let around = &self.containers[place].around;
        format!("{}{}", String::from_utf8_lossy(&around.output), String::from_utf8_lossy(&around.errors))
    }
}

/// A program that only says what is wrong.
struct Refuses(String, i32);

impl Program for Refuses {
    fn advance(&mut self, host: &mut dyn Host, _: u32) -> Step {
        host.write(Output::Error, self.0.as_bytes());
        Step::Exited(self.1)
    }
}

struct Inside<'a> {
    around: &'a mut Around,
    network: &'a mut Network,
    acted: bool,
}

impl Host for Inside<'_> {
    fn now(&self) -> Timestamp {
        self.around.now
    }

    fn variable(&self, name: &str) -> Option<String> {
        self.around.variables.get(name).cloned()
    }

    fn variables(&self) -> Vec<(String, String)> {
        self.around.variables.iter().map(|(name, value)| (name.clone(), value.clone())).collect()
    }

    fn read(&mut self, from: Source) -> Read {
        let read = match from {
            Source::Server(connection) => self.network.read(connection),
            Source::Input if self.around.input.is_empty() => Read::End,
            Source::Input => Read::Bytes(std::mem::take(&mut self.around.input)),
        };
        self.acted |= matches!(read, Read::Bytes(_));
        read
    }

    fn write(&mut self, to: Output, bytes: &[u8]) {
        match to {
            Output::Standard => self.around.output.extend(bytes),
            Output::Error => self.around.errors.extend(bytes),
        }
    }

    fn is_terminal(&self, _: Output) -> bool {
        self.around.terminal
    }

    fn file(&mut self, path: &str) -> Result<Vec<u8>, &'static str> {
        self.around.files.get(path).cloned().ok_or("No such file or directory")
    }

    fn write_file(&mut self, path: &str, bytes: &[u8]) -> Result<(), &'static str> {
        self.around.files.insert(path.to_owned(), bytes.to_vec());
        Ok(())
    }

    fn connect(&mut self, host: &str, port: u16) -> Result<Connection, Refused> {
        if host == "nobody" {
            return Err(Refused::UnknownName);
        }
        let connection = self.network.connect(host, port).ok_or(Refused::NobodyListens)?;
        self.around.connections.push(connection);
        Ok(connection)
    }

    fn send(&mut self, connection: Connection, bytes: &[u8]) {
        self.acted = true;
        self.network.send(self.around.now, connection, bytes);
    }

    fn close(&mut self, connection: Connection) {
        self.acted = true;
        self.around.connections.retain(|&one| one != connection);
        self.network.close(self.around.now, connection);
    }

    /// The commands here are `cat`, the same after 2 seconds, and `false`.
    fn spawn(&mut self, command: &[String], input: Vec<u8>) -> Result<Child, &'static str> {
        let (seconds, code) = match command[0].as_str() {
            "cat" => (0, 0),
            "slow-cat" => (2, 0),
            "false" => (0, 1),
            _ => return Err("No such file or directory"),
        };
        if code == 0 {
            self.around.output.extend(input);
        }
        self.around.children.push((self.around.now + Duration::from_secs(seconds), code));
        Ok(self.around.children.len() as u64 - 1)
    }

    fn wait(&mut self, child: Child) -> Option<i32> {
        let (end, code) = self.around.children[child as usize];
        (end <= self.around.now).then_some(code)
    }

    fn chance(&mut self) -> &mut Chance {
        &mut self.around.chance
    }

    fn hostname(&self) -> String {
        "worker-0".to_owned()
    }
}
