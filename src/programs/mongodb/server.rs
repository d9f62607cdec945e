//! A MongoDB server: databases of collections of documents, and the commands that mongosh sends.

use super::document::{Bson, Document};
use super::members::ReplicaSet;
use super::pipeline::{self, Failure, Write};
use crate::programs::server::{Call, Client, Item, SHOWN, Server};
use crate::sim::{Map, Timestamp};

/// A MongoDB server.
#[derive(Clone, Default)]
pub struct MongoDb {
    /// By database and collection.
    pub(super) collections: Map<(String, String), Vec<Bson>>,
    incoming: Map<Client, Vec<u8>>,
    replies: Vec<(Client, Vec<u8>)>,
    /// The replica set that it is a member of, once one is initiated.
    pub(super) set: Option<ReplicaSet>,
    /// What it has to say to the other members.
    pub(super) calls: Vec<Call>,
    /// How many ids it gave.
    pub(super) made: u64,
}

impl MongoDb {
    /// The port of MongoDB.
    pub const PORT: u16 = 27017;

    /// An empty server.
    pub fn new() -> Self {
        Self::default()
    }

    fn new_id(&mut self, now: Timestamp) -> Bson {
        self.made += 1;
        Bson::Id(format!("{:08x}0000000000{:06x}", now.as_secs() & 0xffff_ffff, self.made & 0xff_ffff))
    }

    /// A command names what it does with `do`, its database and collection with `db` and `in`.
    pub(super) fn run(&mut self, now: Timestamp, command: &Bson) -> Result<Document, Failure> {
        let word = |name: &str| command.get(name).and_then(Bson::as_str).unwrap_or_default().to_owned();
        let nothing = Bson::Document(Vec::new());
        let part = |name: &str| command.get(name).unwrap_or(&nothing);
        let flag = |name: &str| command.get(name).is_some_and(Bson::truth);
        let key = (word("db"), word("in"));
        let millis = now.as_millis() as i64;
        let documents = self.collections.get(&key).map_or(&[][..], Vec::as_slice);
        let number = |number: usize| Bson::Number(number as f64);
        let found = |query: &Bson| -> Result<Vec<usize>, Failure> {
            let mut places = Vec::new();
            for (place, document) in documents.iter().enumerate() {
                if pipeline::matches(document, query)? {
                    places.push(place);
                }
            }
            Ok(places)
        };
        let field = |name: &str, value: Bson| (name.to_owned(), value);
        Ok(match word("do").as_str() {
            "find" => {
                let mut all: Vec<Bson> =
                    found(part("query"))?.into_iter().map(|place| documents[place].clone()).collect();
                pipeline::sort(&mut all, part("sort"));
                let skip = part("skip").number().unwrap_or(0.0) as usize;
                all.drain(..skip.min(all.len()));
                match part("limit").number().map_or(0, |limit| limit.abs() as usize) {
                    0 => {}
                    limit => all.truncate(limit),
                }
                if !part("project").fields().is_empty() {
                    all = all
                        .iter()
                        .map(|document| pipeline::project(document, part("project")))
                        .collect::<Result<_, _>>()?;
                }
                vec![field("documents", Bson::Array(all))]
            }
            "count" => vec![field("n", number(found(part("query"))?.len()))],
            "insert" => {
                let mut ids = Vec::new();
                for document in part("documents").items() {
                    let mut document = document.clone();
                    let id = match document.get("_id") {
                        Some(id) => id.clone(),
                        None => self.new_id(now),
                    };
                    if let Bson::Document(fields) = &mut document {
                        fields.retain(|(name, _)| name != "_id");
                        fields.insert(0, field("_id", id.clone()));
                    }
                    let into = self.collections.entry(key.clone()).or_default();
                    if into.iter().any(|one| one.get("_id") == Some(&id)) {
                        let shown = match &id {
                            Bson::String(text) => format!("\"{text}\""),
                            Bson::Id(hex) => format!("ObjectId('{hex}')"),
                            id => id.json(),
                        };
                        let text = format!(
                            "E11000 duplicate key error collection: {}.{} index: _id_ dup key: {{ _id: {shown} }}",
                            key.0, key.1
                        );
                        return Err((11000, "DuplicateKey", text));
                    }
                    into.push(document);
                    ids.push(id);
                }
                vec![field("ids", Bson::Array(ids))]
            }
            "delete" => {
                let mut places = found(part("query"))?;
                if flag("one") {
                    places.truncate(1);
                }
                if let Some(documents) = self.collections.get_mut(&key) {
                    places.iter().rev().for_each(|&place| drop(documents.remove(place)));
                }
                vec![field("n", number(places.len()))]
            }
            "findAndModify" => {
                let mut places = found(part("query"))?;
                let by = part("sort");
                if !by.fields().is_empty() {
                    let mut all: Vec<Bson> = places.iter().map(|&place| documents[place].clone()).collect();
                    pipeline::sort(&mut all, by);
                    let first = all
                        .first()
                        .and_then(|first| documents.iter().position(|one| one.get("_id") == first.get("_id")));
                    places = first.into_iter().collect();
                }
                let Some(&place) = places.first() else {
                    if flag("upsert") {
                        self.upsert(now, &key, part("query"), part("update"))?;
                    }
                    return Ok(vec![field("value", Bson::Null)]);
                };
                let Some(documents) = self.collections.get_mut(&key) else { return Ok(Vec::new()) };
                let old = documents[place].clone();
                if flag("remove") {
                    documents.remove(place);
                    return Ok(vec![field("value", old)]);
                }
                pipeline::update(&mut documents[place], part("update"), millis, false)?;
                vec![field("value", if flag("new") { documents[place].clone() } else { old })]
            }
            "update" => {
                let mut places = found(part("query"))?;
                if flag("one") {
                    places.truncate(1);
                }
                let mut modified = 0;
                let mut upserted = Bson::Null;
                for &place in &places {
                    let Some(document) = self.collections.get_mut(&key).and_then(|all| all.get_mut(place)) else {
                        continue;
                    };
                    let old = document.clone();
                    pipeline::update(document, part("update"), millis, false)?;
                    modified += usize::from(*document != old);
                }
                if places.is_empty() && flag("upsert") {
                    upserted = self.upsert(now, &key, part("query"), part("update"))?;
                }
                vec![field("n", number(places.len())), field("modified", number(modified)), field("upserted", upserted)]
            }
            "aggregate" => {
                let (out, write) = pipeline::aggregate(documents.to_vec(), part("pipeline").items())?;
                let Some(write) = write else { return Ok(vec![field("documents", Bson::Array(out))]) };
                match write {
                    Write::Out(name) => drop(self.collections.insert((key.0, name), out)),
                    Write::Merge(name, on, matched) => self.merge(now, (key.0, name), out, &on, &matched)?,
                }
                vec![field("documents", Bson::Array(Vec::new()))]
            }
            "distinct" => {
                let mut values: Vec<Bson> = Vec::new();
                for place in found(part("query"))? {
                    if let Some(value) = documents[place].at(&word("key"))
                        && !values.contains(value)
                    {
                        values.push(value.clone());
                    }
                }
                vec![field("values", Bson::Array(values))]
            }
            "drop" => vec![field("existed", Bson::Bool(self.collections.remove(&key).is_some()))],
            "dropDatabase" => {
                self.collections.retain(|(database, _), _| *database != key.0);
                Vec::new()
            }
            "collections" => {
                let names = self.collections.keys().filter(|(database, _)| *database == key.0);
                vec![field("names", Bson::Array(names.map(|(_, name)| Bson::text(name)).collect()))]
            }
            "databases" => {
                let mut names = vec!["admin".to_owned(), "config".to_owned(), "local".to_owned()];
                names.extend(self.collections.keys().map(|(database, _)| database.clone()));
                names.sort_unstable();
                names.dedup();
                vec![field("names", Bson::Array(names.into_iter().map(Bson::String).collect()))]
            }
            "replSetInitiate" => {
                if self.set.is_some() {
                    return Err((23, "AlreadyInitialized", "already initialized".to_owned()));
                }
                // Who is asked becomes the primary, under the name that the set has for it.
                self.set = Some(ReplicaSet::initiated(part("config"), part("host").as_str().unwrap_or_default()));
                Vec::new()
            }
            "replSetGetStatus" => self.member()?.status(now),
            "replSetGetConfig" => vec![field("config", self.member()?.config())],
            "replSetStepDown" => {
                self.member()?;
                self.refuse(true)?;
                self.step_down(now);
                Vec::new()
            }
            "hello" => {
                let primary = self.set.as_ref().is_none_or(ReplicaSet::is_primary);
                let mut fields = vec![field("isWritablePrimary", Bson::Bool(primary))];
                fields.extend(self.set.iter().flat_map(ReplicaSet::hello));
                fields.push(field("localTime", Bson::Date(millis)));
                fields.push(field("readOnly", Bson::Bool(false)));
                fields
            }
            "ping" => Vec::new(),
            other => return Err((59, "CommandNotFound", format!("no such command: '{other}'"))),
        })
    }

    /// The replica set that it is a member of.
    fn member(&self) -> Result<&ReplicaSet, Failure> {
        self.set.as_ref().ok_or_else(|| (94, "NotYetInitialized", "no replset config has been received".to_owned()))
    }

    /// Runs a client's command, on this member and on the others.
    fn obey(&mut self, now: Timestamp, command: &Bson) -> Result<Document, Failure> {
        let writes = match command.get("do").and_then(Bson::as_str).unwrap_or_default() {
            "insert" | "delete" | "findAndModify" | "update" | "drop" | "dropDatabase" => true,
            "aggregate" => {
                let last = command.get("pipeline").and_then(|stages| stages.items().last());
                last.is_some_and(|stage| stage.get("$out").or(stage.get("$merge")).is_some())
            }
            _ => false,
        };
        self.refuse(writes)?;
        let made = self.made;
        let done = self.run(now, command);
        if writes {
            self.replicate(now, command, made);
        }
        done
    }

    /// Inserts what a query and an update that found nothing say; the id.
    fn upsert(&mut self, now: Timestamp, key: &(String, String), query: &Bson, update: &Bson) -> Result<Bson, Failure> {
        let mut document = Bson::Document(Vec::new());
        for (path, value) in query.fields().iter().filter(|(path, _)| !path.starts_with('$')) {
            match value.fields().first() {
                Some((operator, value)) if operator == "$eq" => document.set(path, value.clone()),
                Some((operator, _)) if operator.starts_with('$') => {}
                _ => document.set(path, value.clone()),
            }
        }
        pipeline::update(&mut document, update, now.as_millis() as i64, true)?;
        let id = match document.get("_id") {
            Some(id) => id.clone(),
            None => self.new_id(now),
        };
        if let Bson::Document(fields) = &mut document {
            fields.retain(|(name, _)| name != "_id");
            fields.insert(0, ("_id".to_owned(), id.clone()));
        }
        self.collections.entry(key.clone()).or_default().push(document);
        Ok(id)
    }

    fn merge(
        &mut self,
        now: Timestamp,
        key: (String, String),
        documents: Vec<Bson>,
        on: &[String],
        matched: &str,
    ) -> Result<(), Failure> {
        for mut document in documents {
            let same = |one: &Bson| on.iter().all(|path| one.at(path) == document.at(path));
            let place = self.collections.get(&key).and_then(|all| all.iter().position(same));
            match (place, self.collections.get_mut(&key)) {
                (Some(place), Some(all)) => match matched {
                    "merge" => document.fields().iter().for_each(|(name, value)| all[place].set(name, value.clone())),
                    "replace" => all[place] = document,
                    "keepExisting" => {}
                    _ => return Err((11000, "DuplicateKey", "$merge failed due to a DuplicateKey error".to_owned())),
                },
                _ => {
                    if let (true, Bson::Document(fields)) = (document.get("_id").is_none(), &mut document) {
                        fields.insert(0, ("_id".to_owned(), self.new_id(now)));
                    }
                    self.collections.entry(key.clone()).or_default().push(document);
                }
            }
        }
        Ok(())
    }
}

impl Server for MongoDb {
    fn port(&self) -> u16 {
        Self::PORT
    }

    fn receive(&mut self, now: Timestamp, client: Client, bytes: &[u8]) {
        self.incoming.entry(client).or_default().extend(bytes);
        loop {
            let Some(incoming) = self.incoming.get_mut(&client) else { return };
            let Some(end) = incoming.iter().position(|&byte| byte == b'\n') else { return };
            let line: Vec<u8> = incoming.drain(..=end).collect();
            let line = String::from_utf8_lossy(&line).into_owned();
            let done = match Bson::parse(&line) {
                Some((command, _)) if self.hear(now, client, &command) => continue,
                Some((command, _)) => self.obey(now, &command),
                None => Err((9, "FailedToParse", "the command is no JSON".to_owned())),
            };
            let number = |number: i32| Bson::Number(f64::from(number));
            let fields = match done {
                Ok(mut fields) => {
                    fields.push(("ok".to_owned(), number(1)));
                    fields
                }
                Err((code, name, text)) => vec![
                    ("ok".to_owned(), number(0)),
                    ("errmsg".to_owned(), Bson::String(text)),
                    ("code".to_owned(), number(code)),
                    ("codeName".to_owned(), Bson::text(name)),
                ],
            };
            self.replies.push((client, format!("{}\n", Bson::Document(fields).json()).into_bytes()));
        }
    }

    fn hang_up(&mut self, now: Timestamp, client: Client) {
        self.incoming.remove(&client);
        self.lose(now, client);
    }

    fn due(&self) -> Option<Timestamp> {
        self.next_election()
    }

    fn advance(&mut self, now: Timestamp) {
        self.go_on(now);
    }

    fn calls(&mut self) -> Vec<Call> {
        std::mem::take(&mut self.calls)
    }

    fn replies(&mut self) -> Vec<(Client, Vec<u8>)> {
        std::mem::take(&mut self.replies)
    }

    fn contents(&self, _: Timestamp) -> Vec<Item> {
        let item = |((database, name), documents): (&(String, String), &Vec<Bson>)| Item {
            name: format!("{database}.{name}"),
            kind: "collection",
            count: documents.len(),
            first: documents.iter().take(SHOWN).map(Bson::json).collect(),
        };
        self.collections.iter().map(item).collect()
    }

    fn copy(&self) -> Box<dyn Server> {
        Box::new(self.clone())
    }
}
