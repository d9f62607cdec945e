//! The wires between programs and servers: who listens where, and what is on its way.
//!
//! What is sent arrives at the instant it was sent. Names are the cluster's affair: here are addresses.

use super::host::{Connection, Read};
use super::server::{Call, History, Item, Server};
use crate::sim::{Map, Timestamp};

/// Every server that listens or listened, and every open connection.
#[derive(Default)]
pub struct Network {
    listeners: Vec<Listener>,
    links: Map<Connection, Link>,
    opened: Connection,
}

struct Listener {
    address: String,
    port: u16,
    since: Timestamp,
    /// When its process ended.
    until: Option<Timestamp>,
    history: History,
    /// What it says to other servers, and is not on its way yet.
    calls: Vec<Call>,
}

struct Link {
    /// The place of the listener; `None` once it is gone.
    listener: Option<usize>,
    incoming: Vec<u8>,
}

impl Network {
    /// Nobody listens.
    pub fn new() -> Self {
        Self::default()
    }

    /// A server's process has started at an address; one that listened there before is gone.
    pub fn listen(&mut self, now: Timestamp, address: &str, server: Box<dyn Server>) {
        let port = server.port();
        self.stop(now, address, port);
        let history = History::new(server, now);
        let address = address.to_owned();
        self.listeners.push(Listener { address, port, since: now, until: None, history, calls: Vec::new() });
    }

    /// A server's process has ended: its connections end, what it held is gone.
    pub fn stop(&mut self, now: Timestamp, address: &str, port: u16) {
        let Some(place) = self.place(address, port) else { return };
        self.listeners[place].until = Some(now);
        for link in self.links.values_mut() {
            if link.listener == Some(place) {
                link.listener = None;
            }
        }
    }

    fn place(&self, address: &str, port: u16) -> Option<usize> {
        let here =
            |listener: &Listener| listener.until.is_none() && listener.port == port && listener.address == address;
        self.listeners.iter().position(here)
    }

    /// Whether a server listens on a port of an address.
    pub fn listens(&self, address: &str, port: u16) -> bool {
        self.place(address, port).is_some()
    }

    /// Opens a connection; `None` if nobody listens there.
    pub fn connect(&mut self, address: &str, port: u16) -> Option<Connection> {
        let listener = Some(self.place(address, port)?);
        self.opened += 1;
        self.links.insert(self.opened, Link { listener, incoming: Vec::new() });
        Some(self.opened)
    }

    /// Sends bytes to the server; they are lost if it is gone.
    pub fn send(&mut self, now: Timestamp, connection: Connection, bytes: &[u8]) {
        self.tell(now, connection, Some(bytes));
    }

    /// The program closed the connection, or ended.
    pub fn close(&mut self, now: Timestamp, connection: Connection) {
        self.tell(now, connection, None);
        self.links.remove(&connection);
    }

    fn tell(&mut self, now: Timestamp, connection: Connection, bytes: Option<&[u8]>) {
        if let Some(place) = self.links.get(&connection).and_then(|link| link.listener) {
            self.listeners[place].history.tell(now, connection, bytes);
            self.deliver(now, place);
        }
    }

    fn deliver(&mut self, now: Timestamp, place: usize) {
        let listener = &mut self.listeners[place];
        let (replies, calls) = listener.history.advance(now);
        listener.calls.extend(calls);
        for (client, bytes) in replies {
            if let Some(link) = self.links.get_mut(&client) {
                link.incoming.extend(bytes);
            }
        }
    }

    /// Takes what the server at an address has to say to others. Who runs it knows what their names come to.
    pub fn take_calls(&mut self, address: &str, port: u16) -> Vec<Call> {
        self.place(address, port).map_or_else(Vec::new, |place| std::mem::take(&mut self.listeners[place].calls))
    }

    /// Takes what has arrived.
    pub fn read(&mut self, connection: Connection) -> Read {
        match self.links.get_mut(&connection) {
            Some(link) if !link.incoming.is_empty() => Read::Bytes(std::mem::take(&mut link.incoming)),
            Some(Link { listener: Some(_), .. }) => Read::Later,
            _ => Read::End,
        }
    }

    /// Whether reading would not have to wait.
    pub fn is_readable(&self, connection: Connection) -> bool {
        self.links.get(&connection).is_none_or(|link| link.listener.is_none() || !link.incoming.is_empty())
    }

    /// When a server does something by itself next.
    pub fn due(&self) -> Option<Timestamp> {
        let running = self.listeners.iter().filter(|listener| listener.until.is_none());
        running.filter_map(|listener| listener.history.server().due()).min()
    }

    /// Lets the servers do what is due.
    pub fn advance(&mut self, now: Timestamp) {
        for place in 0..self.listeners.len() {
            if self.listeners[place].until.is_none() {
                self.deliver(now, place);
            }
        }
    }

    /// What the servers that ran at an address at an instant held then.
    pub fn held(&self, address: &str, instant: Timestamp) -> Vec<Item> {
        let here = self.then(instant).filter(|listener| listener.address == address);
        let servers = here.filter_map(|listener| listener.history.at(instant));
        servers.flat_map(|server| server.contents(instant)).collect()
    }

    /// The servers that ran at an instant, as they were then, with their addresses.
    pub fn at(&self, instant: Timestamp) -> Vec<(&str, Box<dyn Server>)> {
        let server = |listener: &'_ Listener| listener.history.at(instant);
        self.then(instant).filter_map(|listener| Some((listener.address.as_str(), server(listener)?))).collect()
    }

    /// Who listened at an instant.
    fn then(&self, instant: Timestamp) -> impl Iterator<Item = &Listener> {
        let ran = move |one: &&Listener| one.since <= instant && one.until.is_none_or(|until| instant < until);
        self.listeners.iter().filter(ran)
    }
}
