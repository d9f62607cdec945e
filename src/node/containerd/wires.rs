//! What programs of all containers share: the cluster's names, and the connections between them.

use super::names::Names;
use crate::programs::Network;
use crate::programs::host::{Child, Connection, Refused};
use crate::shell::Files;
use crate::sim::{Map, Timestamp};
use std::cell::RefCell;
use std::rc::Rc;

/// The one network of a cluster.
#[derive(Clone, Default)]
pub struct Wires(pub Rc<RefCell<Shared>>);

/// What is on it.
#[derive(Default)]
pub struct Shared {
    pub network: Network,
    pub names: Names,
    /// Whether the names are those of now.
    pub fresh: bool,
    /// Whether a program waits for the names of now.
    pub wanted: bool,
    /// Whether something was sent, or somebody began or ceased to listen.
    pub acted: bool,
    /// How many connections were made: those behind a Service take turns.
    pub connected: usize,
    /// Commands that a program wants to be started beside it.
    pub spawns: Vec<Spawn>,
    /// What has become of them.
    pub children: Map<Child, Offspring>,
    pub spawned: Child,
}

impl Shared {
    /// Opens a connection from the pod with the address `own`. Of several addresses of a name the first is taken where
    /// somebody listens.
    pub fn connect(
        &mut self,
        host: &str,
        port: u16,
        files: &Files,
        own: &str,
        now: Timestamp,
    ) -> Result<Connection, Refused> {
        let found = self.names.look_up(host, files, now).ok_or(Refused::UnknownName)?;
        for address in &found.addresses {
            let route = match address.starts_with("127.") {
                true => Some((own.to_owned(), port)),
                false => self.names.route(address, port, self.connected, now),
            };
            let connection = route.and_then(|(address, port)| self.network.connect(&address, port));
            if let Some(connection) = connection {
                self.connected += 1;
                self.acted = true;
                return Ok(connection);
            }
        }
        Err(Refused::NobodyListens)
    }
}

/// A command to be started in the machine of the program that asks for it.
pub struct Spawn {
    pub number: Child,
    pub argv: Vec<String>,
    pub env: Vec<(String, String)>,
    pub dir: String,
    pub input: Vec<u8>,
}

/// What a command that a program started has printed, and how it ended.
#[derive(Default)]
pub struct Offspring {
    /// In pieces: whether to standard error, and what.
    pub output: Vec<(bool, Vec<u8>)>,
    pub ended: Option<i32>,
}
