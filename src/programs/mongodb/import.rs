//! `mongoimport`: puts the documents of a file into a collection.

use super::address::Servers;
use super::document::Bson;
use crate::programs::dates;
use crate::programs::host::{Connection, Host, Output, Program, Read, Source, Step};
use std::collections::VecDeque;

/// A running `mongoimport`.
pub struct Import {
    servers: Servers,
    address: String,
    database: String,
    collection: String,
    file: Option<String>,
    drops: bool,
    array: bool,
    input: Vec<u8>,
    connection: Option<Connection>,
    incoming: Vec<u8>,
    plan: VecDeque<Bson>,
    awaiting: bool,
    imported: usize,
    failed: usize,
}

impl Import {
    /// The program for its arguments, the name not among them; or what it says instead, and its exit code.
    pub fn new(arguments: &[String]) -> Result<Self, (String, i32)> {
        let mut import = Self {
            servers: Servers::at("localhost"),
            address: "mongodb://localhost/".to_owned(),
            database: "test".to_owned(),
            collection: String::new(),
            file: None,
            drops: false,
            array: false,
            input: Vec::new(),
            connection: None,
            incoming: Vec::new(),
            plan: VecDeque::new(),
            awaiting: false,
            imported: 0,
            failed: 0,
        };
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            let (name, glued) = match argument.split_once('=') {
                Some((name, value)) if name.starts_with("--") => (name, Some(value.to_owned())),
                _ => (argument.as_str(), None),
            };
            let mut value = || {
                let missing =
                    || (format!("error parsing command line options: expected argument for flag `{name}'\n"), 1);
                glued.clone().or_else(|| rest.next().cloned()).ok_or_else(missing)
            };
            match name {
                "--collection" | "-c" => import.collection = value()?,
                "--db" | "-d" => import.database = value()?,
                "--file" => import.file = Some(value()?),
                "--drop" => import.drops = true,
                "--jsonArray" => import.array = true,
                "--host" | "-h" => import.servers = Servers::at(&value()?),
                "--port" => import.servers.set_port(value()?.parse().unwrap_or(0)),
                "--uri" => import.read(&value()?),
                "--type" if value()? == "json" => {}
                "--quiet" => {}
                option if option.starts_with('-') => {
                    return Err((format!("mongoimport: {option} is not simulated\n"), 1));
                }
                address if address.starts_with("mongodb") => import.read(address),
                file => import.file = Some(file.to_owned()),
            }
        }
        if import.collection.is_empty() {
            let name =
                import.file.as_deref().and_then(|file| file.rsplit('/').next()).and_then(|name| name.split('.').next());
            import.collection =
                name.ok_or(("error validating settings: no collection specified\n".to_owned(), 1))?.to_owned();
        }
        Ok(import)
    }

    fn read(&mut self, address: &str) {
        self.address = address.to_owned();
        if let Some((servers, database)) = Servers::read(address) {
            self.servers = servers;
            if !database.is_empty() {
                self.database = database;
            }
        }
    }

    fn say(host: &mut dyn Host, text: &str) {
        let now = dates::iso(host.now().as_millis() as i64);
        host.write(Output::Error, format!("{}+0000\t{text}\n", now.trim_end_matches('Z')).as_bytes());
    }

    /// The documents of the file.
    fn documents(&self, host: &mut dyn Host, text: &str) -> Result<Vec<Bson>, Step> {
        let mut documents = Vec::new();
        let mut rest = text.trim_start();
        while !rest.is_empty() {
            match Bson::parse(rest) {
                Some((Bson::Array(items), len)) if self.array => {
                    documents.extend(items);
                    rest = rest[len..].trim_start();
                }
                Some((document @ Bson::Document(_), len)) if !self.array => {
                    documents.push(document);
                    rest = rest[len..].trim_start().trim_start_matches(',').trim_start();
                }
                found => {
                    let why = match (found, self.array) {
                        (Some((Bson::Array(_), _)), false) => "cannot decode array into a primitive.D",
                        (Some(_), true) => {
                            "error reading separator after document #1: bad JSON array format - found no opening bracket '[' in input source"
                        }
                        _ => "error processing document: invalid JSON input",
                    };
                    Self::say(host, &format!("Failed: {why}"));
                    Self::say(host, "0 document(s) imported successfully. 0 document(s) failed to import.");
                    return Err(Step::Exited(1));
                }
            }
        }
        Ok(documents)
    }

    fn begin(&mut self, host: &mut dyn Host) -> Result<(), Step> {
        let text = match &self.file {
            Some(path) => match host.file(path) {
                Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
                Err(why) => {
                    let why = why.to_lowercase();
                    Self::say(host, &format!("Failed: open {path}: {why}"));
                    Self::say(host, "0 document(s) imported successfully. 0 document(s) failed to import.");
                    return Err(Step::Exited(1));
                }
            },
            None => loop {
                match host.read(Source::Input) {
                    Read::Bytes(bytes) => self.input.extend(bytes),
                    Read::Later => return Err(Step::Waits(None)),
                    Read::End => break String::from_utf8_lossy(&self.input).into_owned(),
                }
            },
        };
        let Ok((.., connection)) = self.servers.connect(host) else {
            let text = format!(
                "error connecting to host: could not connect to server: server selection error: no reachable servers at {}",
                self.servers.first()
            );
            Self::say(host, &text);
            return Err(Step::Exited(1));
        };
        self.connection = Some(connection);
        Self::say(host, &format!("connected to: {}", self.address));
        let documents = self.documents(host, &text)?;
        let command = |what: &str, more: Vec<(String, Bson)>| {
            let mut fields = vec![
                ("do".to_owned(), Bson::text(what)),
                ("db".to_owned(), Bson::text(&self.database)),
                ("in".to_owned(), Bson::text(&self.collection)),
            ];
            fields.extend(more);
            Bson::Document(fields)
        };
        if self.drops {
            Self::say(host, &format!("dropping: {}.{}", self.database, self.collection));
            self.plan.push_back(command("drop", Vec::new()));
        }
        for document in documents {
            let one = vec![("documents".to_owned(), Bson::Array(vec![document]))];
            self.plan.push_back(command("insert", one));
        }
        Ok(())
    }
}

impl Program for Import {
    fn advance(&mut self, host: &mut dyn Host, _: u32) -> Step {
        if self.connection.is_none()
            && let Err(step) = self.begin(host)
        {
            return step;
        }
        let Some(connection) = self.connection else { return Step::Exited(1) };
        loop {
            if self.awaiting {
                let Some(end) = self.incoming.iter().position(|&byte| byte == b'\n') else {
                    match host.read(Source::Server(connection)) {
                        Read::Bytes(bytes) => self.incoming.extend(bytes),
                        Read::Later => return Step::Waits(None),
                        Read::End => {
                            Self::say(host, "Failed: connection closed");
                            return Step::Exited(1);
                        }
                    }
                    continue;
                };
                let line: Vec<u8> = self.incoming.drain(..=end).collect();
                self.awaiting = false;
                let Some((reply, _)) = Bson::parse(&String::from_utf8_lossy(&line)) else { continue };
                if let Some(error) = reply.get("errmsg").and_then(Bson::as_str) {
                    Self::say(host, &format!("continuing through error: {error}"));
                    self.failed += 1;
                } else {
                    self.imported += reply.get("ids").map_or(0, |ids| ids.items().len());
                }
            }
            let Some(command) = self.plan.pop_front() else {
                let (imported, failed) = (self.imported, self.failed);
                Self::say(
                    host,
                    &format!("{imported} document(s) imported successfully. {failed} document(s) failed to import."),
                );
                return Step::Exited(i32::from(failed > 0 && imported == 0));
            };
            host.send(connection, format!("{}\n", command.json()).as_bytes());
            self.awaiting = true;
        }
    }
}
