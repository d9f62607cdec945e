//! A Redis server: its keys, its clients, and those of them that wait for an element of a list.

use super::commands::{self, Call};
use super::protocol::{Reply, next_request};
use super::words::{Bytes, quoted};
use crate::programs::server::{Client, Item, SHOWN, Server};
use crate::sim::{Map, Timestamp};
use std::collections::VecDeque;

/// A Redis server.
#[derive(Clone, Default)]
pub struct Redis {
    keys: Map<Bytes, Entry>,
    clients: Map<Client, Connection>,
    /// Those who wait for an element, longest first.
    waiting: Vec<Waiting>,
    replies: Vec<(Client, Vec<u8>)>,
}

/// What is behind a key.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub value: Value,
    /// It is gone from then on.
    pub expires: Option<Timestamp>,
}

/// The values that Redis knows here.
#[derive(Clone, Debug)]
pub(super) enum Value {
    String(Bytes),
    List(VecDeque<Bytes>),
    /// In the order in which the members came.
    Set(Vec<Bytes>),
    /// Likewise.
    Hash(Vec<(Bytes, Bytes)>),
}

impl Value {
    /// What `TYPE` says.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::String(_) => "string",
            Self::List(_) => "list",
            Self::Set(_) => "set",
            Self::Hash(_) => "hash",
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::String(_) => 1,
            Self::List(items) => items.len(),
            Self::Set(members) => members.len(),
            Self::Hash(fields) => fields.len(),
        }
    }
}

#[derive(Clone, Default)]
struct Connection {
    /// What came of a command that is not complete.
    input: Vec<u8>,
    /// The commands after MULTI, until EXEC.
    queued: Option<Vec<Vec<Bytes>>>,
    /// A queued command was wrong: EXEC will refuse them all.
    spoilt: bool,
}

/// The end of a list at which elements are taken or put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Left,
    Right,
}

/// A client that waits for an element.
#[derive(Clone, Debug)]
pub(super) struct Waiting {
    pub client: Client,
    pub keys: Vec<Bytes>,
    pub from: End,
    /// Where the element is to be moved; otherwise it goes to the client with the key that it was in.
    pub to: Option<(Bytes, End)>,
    /// For ever, if `None`.
    pub until: Option<Timestamp>,
}

impl Redis {
    /// The port of Redis.
    pub const PORT: u16 = 6379;

    /// An empty server.
    pub fn new() -> Self {
        Self::default()
    }

    fn run(&mut self, now: Timestamp, client: Client, arguments: Vec<Bytes>) {
        if arguments.is_empty() {
            return;
        }
        let reply = match self.queue(client, &arguments) {
            Some(reply) => Some(reply),
            None if arguments[0].eq_ignore_ascii_case(b"exec") => Some(self.execute(now, client)),
            None => commands::run(self, &Call { now, client, arguments: &arguments, may_wait: true }),
        };
        if let Some(reply) = reply {
            self.say(client, &reply);
        }
        self.serve_waiting(now);
    }

    /// What a client is told whose commands are being collected, if they are.
    fn queue(&mut self, client: Client, arguments: &[Bytes]) -> Option<Reply> {
        let name = String::from_utf8_lossy(&arguments[0]).to_ascii_lowercase();
        let connection = self.clients.entry(client).or_default();
        match (name.as_str(), &mut connection.queued) {
            ("multi", Some(_)) => Some(Reply::Error("ERR MULTI calls can not be nested".to_owned())),
            ("multi", queued @ None) => {
                *queued = Some(Vec::new());
                connection.spoilt = false;
                Some(Reply::Simple("OK"))
            }
            ("discard", queued @ Some(_)) => {
                *queued = None;
                Some(Reply::Simple("OK"))
            }
            ("exec" | "discard", None) => {
                Some(Reply::Error(format!("ERR {} without MULTI", name.to_ascii_uppercase())))
            }
            ("exec", Some(_)) | (_, None) => None,
            (_, Some(queued)) => Some(match commands::check(arguments) {
                Ok(_) => {
                    queued.push(arguments.to_vec());
                    Reply::Simple("QUEUED")
                }
                Err(error) => {
                    connection.spoilt = true;
                    error
                }
            }),
        }
    }

    fn execute(&mut self, now: Timestamp, client: Client) -> Reply {
        let connection = self.clients.entry(client).or_default();
        let queued = connection.queued.take().unwrap_or_default();
        if connection.spoilt {
            return Reply::Error("EXECABORT Transaction discarded because of previous errors.".to_owned());
        }
        let run = |arguments: Vec<Bytes>| {
            let call = Call { now, client, arguments: &arguments, may_wait: false };
            commands::run(self, &call).unwrap_or(Reply::NilList)
        };
        Reply::List(queued.into_iter().map(run).collect())
    }

    fn say(&mut self, client: Client, reply: &Reply) {
        let mut bytes = Vec::new();
        reply.encode(&mut bytes);
        self.replies.push((client, bytes));
    }

    pub(super) fn wait(&mut self, waiting: Waiting) {
        self.waiting.push(waiting);
    }

    /// Gives those who wait what has come in the meantime, until there is nothing more to give.
    fn serve_waiting(&mut self, now: Timestamp) {
        loop {
            let served = self.waiting.iter().enumerate().find_map(|(place, waiting)| {
                let key = waiting.keys.iter().find(|key| matches!(self.value(now, key), Some(Value::List(_))))?;
                Some((place, key.clone()))
            });
            let Some((place, key)) = served else { return };
            let waiting = self.waiting.remove(place);
            let Some(reply) = self.take(now, &key, &waiting) else { continue };
            self.say(waiting.client, &reply);
        }
    }

    /// Takes an element as a waiting client wanted it, if there is one.
    pub(super) fn take(&mut self, now: Timestamp, key: &[u8], waiting: &Waiting) -> Option<Reply> {
        let target = waiting.to.as_ref().and_then(|(to, _)| self.value(now, to));
        if target.is_some_and(|value| !matches!(value, Value::List(_))) {
            return Some(commands::wrong_type());
        }
        let element = self.pop(now, key, waiting.from)?;
        Some(match &waiting.to {
            None => Reply::List(vec![Reply::Bulk(key.to_vec()), Reply::Bulk(element)]),
            Some((to, end)) => {
                self.push(now, to, element.clone(), *end);
                Reply::Bulk(element)
            }
        })
    }

    /// Takes an element out of a list; a list that is empty is gone.
    pub(super) fn pop(&mut self, now: Timestamp, key: &[u8], from: End) -> Option<Bytes> {
        let Some(Value::List(list)) = self.value_mut(now, key) else { return None };
        let element = match from {
            End::Left => list.pop_front(),
            End::Right => list.pop_back(),
        };
        self.tidy(key);
        element
    }

    /// Puts an element into a list that is there or comes about; false if something else has that key.
    pub(super) fn push(&mut self, now: Timestamp, key: &[u8], element: Bytes, at: End) -> bool {
        match self.value_or(now, key, || Value::List(VecDeque::new())) {
            Value::List(list) => match at {
                End::Left => list.push_front(element),
                End::Right => list.push_back(element),
            },
            _ => return false,
        }
        true
    }

    /// Forgets a key behind which nothing is left.
    pub(super) fn tidy(&mut self, key: &[u8]) {
        if self.keys.get(key).is_some_and(|entry| entry.value.len() == 0) {
            self.keys.remove(key);
        }
    }

    pub(super) fn entry(&self, now: Timestamp, key: &[u8]) -> Option<&Entry> {
        self.keys.get(key).filter(|entry| entry.expires.is_none_or(|at| now < at))
    }

    pub(super) fn entry_mut(&mut self, now: Timestamp, key: &[u8]) -> Option<&mut Entry> {
        if self.entry(now, key).is_none() {
            self.keys.remove(key);
        }
        self.keys.get_mut(key)
    }

    pub(super) fn value(&self, now: Timestamp, key: &[u8]) -> Option<&Value> {
        self.entry(now, key).map(|entry| &entry.value)
    }

    pub(super) fn value_mut(&mut self, now: Timestamp, key: &[u8]) -> Option<&mut Value> {
        self.entry_mut(now, key).map(|entry| &mut entry.value)
    }

    pub(super) fn value_or(&mut self, now: Timestamp, key: &[u8], new: fn() -> Value) -> &mut Value {
        self.entry_mut(now, key);
        &mut self.keys.entry(key.to_vec()).or_insert_with(|| Entry { value: new(), expires: None }).value
    }

    pub(super) fn set(&mut self, key: &[u8], entry: Entry) {
        self.keys.insert(key.to_vec(), entry);
    }

    pub(super) fn remove(&mut self, now: Timestamp, key: &[u8]) -> Option<Entry> {
        let there = self.entry(now, key).is_some();
        self.keys.remove(key).filter(|_| there)
    }

    pub(super) fn clear(&mut self) {
        self.keys.clear();
    }

    /// The keys that are not expired, in order.
    pub(super) fn live(&self, now: Timestamp) -> impl Iterator<Item = (&Bytes, &Entry)> {
        self.keys.iter().filter(move |(_, entry)| entry.expires.is_none_or(|at| now < at))
    }
}

impl Server for Redis {
    fn port(&self) -> u16 {
        Self::PORT
    }

    fn receive(&mut self, now: Timestamp, client: Client, bytes: &[u8]) {
        self.advance(now);
        self.clients.entry(client).or_default().input.extend(bytes);
        while let Some(request) =
            self.clients.get_mut(&client).and_then(|connection| next_request(&mut connection.input))
        {
            match request {
                Ok(arguments) => self.run(now, client, arguments),
                Err(error) => self.say(client, &Reply::Error(error)),
            }
        }
    }

    fn hang_up(&mut self, now: Timestamp, client: Client) {
        self.advance(now);
        self.clients.remove(&client);
        self.waiting.retain(|waiting| waiting.client != client);
    }

    fn due(&self) -> Option<Timestamp> {
        self.waiting.iter().filter_map(|waiting| waiting.until).min()
    }

    fn advance(&mut self, now: Timestamp) {
        while let Some(place) = self.waiting.iter().position(|waiting| waiting.until.is_some_and(|until| until <= now))
        {
            let waiting = self.waiting.remove(place);
            let nothing = if waiting.to.is_some() { Reply::Nil } else { Reply::NilList };
            self.say(waiting.client, &nothing);
        }
    }

    fn replies(&mut self) -> Vec<(Client, Vec<u8>)> {
        std::mem::take(&mut self.replies)
    }

    fn contents(&self, now: Timestamp) -> Vec<Item> {
        let pair = |(field, value): &(Bytes, Bytes)| format!("{} {}", quoted(field), quoted(value));
        let item = |(key, entry): (&Bytes, &Entry)| Item {
            name: String::from_utf8_lossy(key).into_owned(),
            kind: entry.value.kind(),
            count: entry.value.len(),
            first: match &entry.value {
                Value::String(text) => vec![quoted(text)],
                Value::List(items) => items.iter().take(SHOWN).map(|item| quoted(item)).collect(),
                Value::Set(members) => members.iter().take(SHOWN).map(|member| quoted(member)).collect(),
                Value::Hash(fields) => fields.iter().take(SHOWN).map(pair).collect(),
            },
        };
        self.live(now).map(item).collect()
    }

    fn copy(&self) -> Box<dyn Server> {
        Box::new(self.clone())
    }
}
