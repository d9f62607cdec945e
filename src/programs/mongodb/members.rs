//! The members of a replica set: who is the primary, and how what it is told comes to the others.
//!
//! The primary tells the others every command that writes, in order; run again, it comes to the same there. Who is new,
//! or has missed something, is told everything. A member that hears from the primary's end that its connection is gone
//! stands for election after a while, and needs the votes of more than half of all members.
//!
//! MongoDB copies the effects of commands instead (the oplog), and members ask for them; what clients see is the same.

use super::document::{Bson, Document};
use super::pipeline::Failure;
use super::server::MongoDb;
use crate::programs::server::{Call, Client};
use crate::sim::{Map, Set, Timestamp};
use std::time::Duration;

/// How long a member without a primary waits before it stands for election: the first, and each that comes after it.
const ELECTION: Duration = Duration::from_secs(10);
const TURN: Duration = Duration::from_secs(1);
/// How often a primary looks for members that it has not heard from.
const HEARTBEAT: Duration = Duration::from_secs(2);

/// A replica set, as one of its members knows it.
#[derive(Clone)]
pub(super) struct ReplicaSet {
    name: String,
    /// `host:port`, as it was configured.
    members: Vec<String>,
    /// Which of them this server is.
    own: usize,
    primary: Option<usize>,
    /// Counts the elections.
    term: u64,
    /// How many commands that write it has run since the set was initiated.
    written: u64,
    votes: usize,
    /// When it stands for election, or looks for members.
    due: Option<Timestamp>,
    /// Members by the connections on which they talk.
    heard: Map<Client, usize>,
    /// Members that the primary has heard from, as it said last.
    told: Set<usize>,
}

/// Commands between members.
const UPDATE: &str = "replSetUpdate";
const HERE: &str = "replSetHere";
const STATE: &str = "replSetState";
const WRITE: &str = "replSetWrite";
const VOTE: &str = "replSetVote";
const GRANT: &str = "replSetGrant";

fn field(name: &str, value: Bson) -> (String, Bson) {
    (name.to_owned(), value)
}

fn number(number: impl TryInto<u32>) -> Bson {
    Bson::Number(f64::from(number.try_into().unwrap_or(u32::MAX)))
}

fn count(command: &Bson, name: &str) -> Option<u64> {
    command.get(name).and_then(Bson::number).map(|number| number as u64)
}

impl ReplicaSet {
    /// The set that a configuration describes, with the server that was asked as its primary. `asked` is the address at
    /// which it was.
    pub fn initiated(config: &Bson, asked: &str) -> Self {
        let name = config.get("_id").and_then(Bson::as_str).unwrap_or("rs0").to_owned();
        let members = config.get("members").map_or(&[][..], Bson::items).iter();
        let hosts = members.filter_map(|member| member.get("host").and_then(Bson::as_str));
        let mut members: Vec<String> = hosts.map(str::to_owned).collect();
        if members.is_empty() {
            members.push(asked.to_owned());
        }
        let first = |host: &str| host.split(['.', ':']).next().unwrap_or_default().to_owned();
        let own = members.iter().position(|host| first(host) == first(asked)).unwrap_or(0);
        let mut set = Self {
            name,
            members,
            own,
            primary: Some(own),
            term: 1,
            // Whoever joins has to be told what was there before.
            written: 1,
            votes: 0,
            due: None,
            heard: Map::new(),
            told: Set::new(),
        };
        set.look_for_members(Timestamp::default());
        set
    }

    pub fn is_primary(&self) -> bool {
        self.primary == Some(self.own)
    }

    /// What `hello` says of it.
    pub fn hello(&self) -> Document {
        let mut fields = vec![
            field("setName", Bson::text(&self.name)),
            field("hosts", Bson::Array(self.members.iter().map(|host| Bson::text(host)).collect())),
            field("secondary", Bson::Bool(!self.is_primary())),
        ];
        fields.extend(self.primary.map(|primary| field("primary", Bson::text(&self.members[primary]))));
        fields.push(field("me", Bson::text(&self.members[self.own])));
        fields
    }

    /// What `rs.status()` says.
    pub fn status(&self, now: Timestamp) -> Document {
        let known = if self.is_primary() { self.present() } else { self.told.clone() };
        let member = |(place, host): (usize, &String)| {
            let there = place == self.own || self.primary == Some(place) || known.contains(&place);
            let (state, word) = match () {
                () if !there => (8, "(not reachable/healthy)"),
                () if self.primary == Some(place) => (1, "PRIMARY"),
                () => (2, "SECONDARY"),
            };
            let mut fields = vec![
                field("_id", number(place)),
                field("name", Bson::text(host)),
                field("health", number(u8::from(there))),
                field("state", number(state)),
                field("stateStr", Bson::text(word)),
            ];
            fields.extend((place == self.own).then(|| field("self", Bson::Bool(true))));
            Bson::Document(fields)
        };
        vec![
            field("set", Bson::text(&self.name)),
            field("date", Bson::Date(now.as_millis() as i64)),
            field("myState", number(if self.is_primary() { 1 } else { 2_u8 })),
            field("term", number(self.term)),
            field("members", Bson::Array(self.members.iter().enumerate().map(member).collect())),
        ]
    }

    /// What `rs.conf()` says.
    pub fn config(&self) -> Bson {
        let member = |(place, host): (usize, &String)| {
            Bson::Document(vec![field("_id", number(place)), field("host", Bson::text(host))])
        };
        let members = self.members.iter().enumerate().map(member).collect();
        let fields = vec![field("_id", Bson::text(&self.name)), field("members", Bson::Array(members))];
        Bson::Document(fields)
    }

    /// Members that it has heard from.
    fn present(&self) -> Set<usize> {
        self.heard.values().copied().collect()
    }

    fn others(&self) -> impl Iterator<Item = usize> + use<> {
        let own = self.own;
        (0..self.members.len()).filter(move |place| *place != own)
    }

    /// A message to a member: what all messages hold, and more.
    fn message(&self, what: &str, to: usize, more: Document) -> Call {
        let mut fields = vec![
            field("do", Bson::text(what)),
            field("config", self.config()),
            field("to", number(to)),
            field("from", number(self.own)),
            field("term", number(self.term)),
            field("written", number(self.written)),
            field("there", Bson::Array(self.present().iter().map(|&place| number(place)).collect())),
        ];
        fields.extend(more);
        let (host, port) = self.members[to].split_once(':').unwrap_or((&self.members[to], ""));
        let bytes = format!("{}\n", Bson::Document(fields).json()).into_bytes();
        Call { host: host.to_owned(), port: port.parse().unwrap_or(MongoDb::PORT), bytes }
    }

    fn to_all(&self, what: &str, more: &Document) -> Vec<Call> {
        self.others().map(|to| self.message(what, to, more.clone())).collect()
    }

    /// Looks soon for members that were not heard from.
    fn look_for_members(&mut self, at: Timestamp) {
        let heard = self.present();
        self.due = self.others().any(|place| !heard.contains(&place)).then_some(at);
    }

    /// Has no primary any more.
    fn stand_later(&mut self, now: Timestamp) {
        self.primary = None;
        self.due = Some(now + ELECTION + TURN * self.own as u32);
    }
}

impl MongoDb {
    /// Whether what is asked for can only be asked of a primary, and this is none.
    pub(super) fn refuse(&self, writes: bool) -> Result<(), Failure> {
        match self.set.as_ref().is_some_and(|set| writes && !set.is_primary()) {
            true => Err((10107, "NotWritablePrimary", "not primary".to_owned())),
            false => Ok(()),
        }
    }

    /// Tells the other members of a command that has been run; `made` is how many ids had been given before it.
    pub(super) fn replicate(&mut self, now: Timestamp, command: &Bson, made: u64) {
        let Some(set) = self.set.as_mut().filter(|set| set.is_primary()) else { return };
        set.written += 1;
        let more = vec![
            field("made", number(made)),
            field("at", Bson::Date(now.as_millis() as i64)),
            field("command", command.clone()),
        ];
        self.calls.extend(set.to_all(WRITE, &more));
    }

    /// `rs.stepDown()`
    pub(super) fn step_down(&mut self, now: Timestamp) {
        let Some(set) = &mut self.set else { return };
        // Who steps down is the last to stand again.
        set.stand_later(now + ELECTION * set.members.len() as u32);
        // The first of the others takes over at once.
        if let Some(next) = set.others().next() {
            set.term += 1;
            let next = set.message(GRANT, next, vec![field("all", Bson::Bool(true))]);
            self.calls.push(next);
        }
    }

    /// What another member says, if this is from one.
    pub(super) fn hear(&mut self, now: Timestamp, client: Client, command: &Bson) -> bool {
        let what = command.get("do").and_then(Bson::as_str).unwrap_or_default();
        if ![UPDATE, HERE, STATE, WRITE, VOTE, GRANT].contains(&what) {
            return false;
        }
        let (Some(to), Some(from), Some(term), Some(written)) =
            (count(command, "to"), count(command, "from"), count(command, "term"), count(command, "written"))
        else {
            return true;
        };
        let (to, from) = (to as usize, from as usize);
        let nothing = Bson::Null;
        let part = |name: &str| command.get(name).unwrap_or(&nothing);
        let set = self.set.get_or_insert_with(|| {
            let mut set = ReplicaSet::initiated(part("config"), "");
            (set.own, set.primary, set.term, set.written, set.due) = (to, None, 0, 0, None);
            set
        });
        if set.members.len() <= from.max(to) || term < set.term {
            return true;
        }
        let is_new = !set.present().contains(&from);
        set.heard.insert(client, from);
        match what {
            UPDATE | WRITE | STATE => {
                let fresh = ReplicaSet::initiated(part("config"), "");
                (set.members, set.own, set.primary, set.term) = (fresh.members, to, Some(from), term);
                set.told = part("there").items().iter().filter_map(|place| Some(place.number()? as usize)).collect();
                set.due = None;
                match what {
                    WRITE if written == set.written + 1 => {
                        set.written = written;
                        self.made = count(command, "made").unwrap_or(self.made);
                        let at = match part("at") {
                            Bson::Date(millis) => Timestamp::from_millis(millis.unsigned_abs()),
                            _ => now,
                        };
                        // What failed there fails here, after the same deeds.
                        let _ = self.run(at, part("command"));
                    }
                    STATE => {
                        set.written = written;
                        self.restore(part("state"));
                    }
                    _ => {
                        let here = set.message(HERE, from, Vec::new());
                        self.calls.push(here);
                    }
                }
            }
            HERE if set.is_primary() => {
                let missed = written != set.written;
                set.look_for_members(now + HEARTBEAT);
                if is_new {
                    self.calls.extend(set.to_all(UPDATE, &Vec::new()));
                }
                if missed {
                    let state = self.state();
                    self.calls
                        .extend(self.set.as_ref().map(|set| set.message(STATE, from, vec![field("state", state)])));
                }
            }
            VOTE if set.primary.is_none() && term > set.term => {
                set.term = term;
                set.stand_later(now);
                self.calls.push(set.message(GRANT, from, Vec::new()));
            }
            GRANT if set.primary.is_none() || part("all").truth() => {
                set.term = term;
                set.votes = if part("all").truth() { set.members.len() } else { set.votes + 1 };
                self.count_votes(now);
            }
            _ => {}
        }
        true
    }

    /// Becomes the primary, with more than half of the votes.
    fn count_votes(&mut self, now: Timestamp) {
        let Some(set) = self.set.as_mut().filter(|set| set.votes * 2 > set.members.len()) else { return };
        set.primary = Some(set.own);
        set.look_for_members(now + HEARTBEAT);
        self.calls.extend(set.to_all(UPDATE, &Vec::new()));
    }

    /// A member's connection has ended.
    pub(super) fn lose(&mut self, now: Timestamp, client: Client) {
        let Some(set) = &mut self.set else { return };
        let Some(member) = set.heard.remove(&client) else { return };
        if set.heard.values().any(|other| *other == member) {
            return;
        }
        if set.is_primary() {
            set.look_for_members(now + HEARTBEAT);
            self.calls.extend(set.to_all(UPDATE, &Vec::new()));
        } else if set.primary == Some(member) {
            set.stand_later(now);
        }
    }

    pub(super) fn next_election(&self) -> Option<Timestamp> {
        self.set.as_ref()?.due
    }

    /// Looks for members, or stands for election, when that is due.
    pub(super) fn go_on(&mut self, now: Timestamp) {
        let Some(set) = self.set.as_mut().filter(|set| set.due.is_some_and(|due| due <= now)) else { return };
        if set.is_primary() {
            let heard = set.present();
            let missing = set.others().filter(|place| !heard.contains(place));
            let calls: Vec<Call> = missing.map(|to| set.message(UPDATE, to, Vec::new())).collect();
            self.calls.extend(calls);
            set.look_for_members(now + HEARTBEAT);
            return;
        }
        set.term += 1;
        set.votes = 1;
        set.due = Some(now + ELECTION);
        self.calls.extend(set.to_all(VOTE, &Vec::new()));
        self.count_votes(now);
    }

    /// Everything it holds.
    fn state(&self) -> Bson {
        let collection = |((database, name), documents): (&(String, String), &Vec<Bson>)| {
            Bson::Document(vec![
                field("db", Bson::text(database)),
                field("in", Bson::text(name)),
                field("documents", Bson::Array(documents.clone())),
            ])
        };
        let collections = self.collections.iter().map(collection).collect();
        Bson::Document(vec![field("made", number(self.made)), field("collections", Bson::Array(collections))])
    }

    fn restore(&mut self, state: &Bson) {
        self.made = count(state, "made").unwrap_or(0);
        let word = |one: &Bson, name: &str| one.get(name).and_then(Bson::as_str).unwrap_or_default().to_owned();
        let collections = state.get("collections").map_or(&[][..], Bson::items).iter();
        let entry = |one: &Bson| {
            let documents = one.get("documents").map_or(&[][..], Bson::items).to_vec();
            ((word(one, "db"), word(one, "in")), documents)
        };
        self.collections = collections.map(entry).collect();
    }
}
