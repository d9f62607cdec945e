//! What a server is to the cluster: bytes of its clients in, bytes for its clients out, virtual time.
//!
//! A server reads no clock and has no random numbers of its own: what it was sent, and when, decides what it holds. So
//! its [`History`] can show what it held at any instant.

use crate::sim::Timestamp;

/// A connection of a client, told apart by a number that the network gave it.
pub type Client = u64;

/// A server process: it listens on a port and keeps what it is told for as long as it runs.
pub trait Server {
    /// The port that clients know it by.
    fn port(&self) -> u16;

    /// Takes bytes of a client, as many as came. A client that was not heard of before has just connected.
    fn receive(&mut self, now: Timestamp, client: Client, bytes: &[u8]);

    /// The client is gone, in good order or not.
    fn hang_up(&mut self, now: Timestamp, client: Client);

    /// When it does something that nobody asks of it then, such as to give up waiting on behalf of a client.
    fn due(&self) -> Option<Timestamp>;

    /// Does what is due until `now`.
    fn advance(&mut self, now: Timestamp);

    /// Takes out what it wants to say, in order.
    fn replies(&mut self) -> Vec<(Client, Vec<u8>)>;

    /// Takes out what it wants to say to other servers, in order, as their client; nobody reads what they answer.
    fn calls(&mut self) -> Vec<Call> {
        Vec::new()
    }

    /// What it holds, for whoever wants to look at it without being a client.
    fn contents(&self, now: Timestamp) -> Vec<Item>;

    /// One that holds the same.
    fn copy(&self) -> Box<dyn Server>;
}

/// What a server says to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The other's name or address, and its port.
    pub host: String,
    pub port: u16,
    pub bytes: Vec<u8>,
}

/// Something that a server holds: a key, a queue, a collection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    pub name: String,
    /// What it is, in the server's own word: `list`, `queue`, `collection`.
    pub kind: &'static str,
    /// How many things are in it.
    pub count: usize,
    /// The first of them, as the server's own client prints them; not more than [`SHOWN`].
    pub first: Vec<String>,
}

/// How many things of an item are shown.
pub const SHOWN: usize = 20;

/// A server that can be looked at as it was at any instant since it started.
///
/// What it was told is kept, and now and then a copy of all it held: the copy before an instant, told again what came
/// after it, is the server of that instant. The copies are thinned out, so that there are never more than
/// [`COPIES`]. Of more than [`REMEMBERED`] messages the oldest are forgotten, and with them the time before.
pub struct History {
    server: Box<dyn Server>,
    told: Vec<Told>,
    /// A copy with how many of the messages it had been told.
    copies: Vec<(usize, Timestamp, Box<dyn Server>)>,
    /// How many messages lie between two copies.
    spacing: usize,
}

struct Told {
    at: Timestamp,
    client: Client,
    /// `None`: it hung up.
    bytes: Option<Vec<u8>>,
}

/// How many copies a history keeps at most.
const COPIES: usize = 32;

/// How many messages a history keeps at most.
const REMEMBERED: usize = 65_536;

impl History {
    /// The history of a server that starts now.
    pub fn new(server: Box<dyn Server>, now: Timestamp) -> Self {
        let copies = vec![(0, now, server.copy())];
        Self { server, told: Vec::new(), copies, spacing: 64 }
    }

    /// The server as it is.
    pub fn server(&self) -> &dyn Server {
        &*self.server
    }

    /// Tells the server what a client sent; `None` says that it hung up.
    pub fn tell(&mut self, now: Timestamp, client: Client, bytes: Option<&[u8]>) {
        tell(&mut *self.server, now, client, bytes);
        self.told.push(Told { at: now, client, bytes: bytes.map(<[u8]>::to_vec) });
        if self.told.len().is_multiple_of(self.spacing) {
            self.copies.push((self.told.len(), now, self.server.copy()));
        }
        if self.copies.len() > COPIES {
            self.spacing *= 2;
            let spacing = self.spacing;
            self.copies.retain(|(told, ..)| told.is_multiple_of(spacing));
        }
        if self.told.len() > REMEMBERED {
            self.forget();
        }
    }

    /// Forgets the older half.
    fn forget(&mut self) {
        let middle = self.copies.len() / 2;
        self.copies.drain(..middle);
        let forgotten = self.copies.first().map_or(0, |(told, ..)| *told);
        self.told.drain(..forgotten);
        for (told, ..) in &mut self.copies {
            *told -= forgotten;
        }
    }

    /// Lets the server do what is due, and takes out what it says: to its clients, and to other servers.
    pub fn advance(&mut self, now: Timestamp) -> (Vec<(Client, Vec<u8>)>, Vec<Call>) {
        self.server.advance(now);
        (self.server.replies(), self.server.calls())
    }

    /// The server as it was at an instant, after everything that happened at it. `None` before it started, or where
    /// that is forgotten.
    pub fn at(&self, instant: Timestamp) -> Option<Box<dyn Server>> {
        let known = self.told.partition_point(|told| told.at <= instant);
        let usable = |(told, at, _): &&(usize, Timestamp, Box<dyn Server>)| *told <= known && *at <= instant;
        let (copied, _, copy) = self.copies.iter().rev().find(usable)?;
        let mut server = copy.copy();
        for told in &self.told[*copied..known] {
            tell(&mut *server, told.at, told.client, told.bytes.as_deref());
        }
        server.advance(instant);
        drop((server.replies(), server.calls()));
        Some(server)
    }
}

fn tell(server: &mut dyn Server, now: Timestamp, client: Client, bytes: Option<&[u8]>) {
    match bytes {
        Some(bytes) => server.receive(now, client, bytes),
        None => server.hang_up(now, client),
    }
}
