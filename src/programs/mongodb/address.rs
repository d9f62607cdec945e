//! How a client finds its server: connection strings, and the primary of a replica set.

use super::document::Bson;
use super::server::MongoDb;
use crate::programs::host::{Connection, Host, Read, Refused, Source};

/// Where to look for a server.
pub(super) struct Servers {
    hosts: Vec<(String, u16)>,
    /// Whether these are members of a replica set, whose primary is meant; otherwise the first is.
    seeks_primary: bool,
}

/// Why there is no connection.
pub(super) enum Unreached {
    /// The first host could not be reached.
    Refused(Refused, String, u16),
    /// None of those that answered knows a primary.
    NoPrimary,
}

/// `host:port`, or a host alone.
fn place(text: &str) -> (String, u16) {
    let (host, port) = text.split_once(':').unwrap_or((text, ""));
    (host.to_owned(), port.parse().unwrap_or(MongoDb::PORT))
}

impl Servers {
    /// One server.
    pub fn at(text: &str) -> Self {
        Self { hosts: vec![place(text)], seeks_primary: false }
    }

    /// The servers and the database of a connection string.
    pub fn read(address: &str) -> Option<(Self, String)> {
        let srv = address.strip_prefix("mongodb+srv://");
        let rest = srv.or_else(|| address.strip_prefix("mongodb://"))?;
        let (rest, options) = rest.split_once('?').unwrap_or((rest, ""));
        let (places, database) = rest.split_once('/').unwrap_or((rest, ""));
        let places = places.rsplit_once('@').map_or(places, |(_, places)| places);
        let hosts: Vec<(String, u16)> = places.split(',').map(place).collect();
        let seeks_primary = srv.is_some() || hosts.len() > 1 || options.contains("replicaSet=");
        Some((Self { hosts, seeks_primary }, database.to_owned()))
    }

    pub fn set_port(&mut self, port: u16) {
        self.hosts.iter_mut().for_each(|host| host.1 = port);
    }

    /// The first of them, with its port.
    pub fn first(&self) -> String {
        self.hosts.first().map_or_else(String::new, |(host, port)| format!("{host}:{port}"))
    }

    /// Connects: the host and the port, and the connection.
    pub fn connect(&self, host: &mut dyn Host) -> Result<(String, u16, Connection), Unreached> {
        let mut unreached = None;
        for (name, port) in &self.hosts {
            let connection = match host.connect(name, *port) {
                Ok(connection) => connection,
                Err(why) => {
                    unreached.get_or_insert(Unreached::Refused(why, name.clone(), *port));
                    continue;
                }
            };
            if !self.seeks_primary {
                return Ok((name.clone(), *port, connection));
            }
            let hello = hello(host, connection);
            if hello.get("isWritablePrimary").is_none_or(Bson::truth) {
                return Ok((name.clone(), *port, connection));
            }
            host.close(connection);
            let primary = hello.get("primary").and_then(Bson::as_str).map(place);
            if let Some((name, port)) = primary
                && let Ok(connection) = host.connect(&name, port)
            {
                return Ok((name, port, connection));
            }
            unreached = Some(Unreached::NoPrimary);
        }
        Err(unreached.unwrap_or(Unreached::NoPrimary))
    }
}

/// What a server says of itself. It answers at once.
fn hello(host: &mut dyn Host, connection: Connection) -> Bson {
    host.send(connection, b"{\"do\":\"hello\"}\n");
    match host.read(Source::Server(connection)) {
        Read::Bytes(bytes) => Bson::parse(&String::from_utf8_lossy(&bytes)).map_or(Bson::Null, |(reply, _)| reply),
        Read::Later | Read::End => Bson::Null,
    }
}
