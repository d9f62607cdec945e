//! Objects by revision, as etcd keeps them: every version of every object, each written at one instant.
//!
//! Looking at the past is a read: no version is ever changed or dropped.

use crate::api::{Kind, Object, ObjectKey, Text};
use crate::sim::{Map, Timestamp};

/// All versions of all objects. Revisions count from 1; revision 0 is the empty cluster.
#[derive(Clone, Debug, Default)]
pub struct Storage {
    /// Revision r is the version at r - 1.
    versions: Vec<Version>,
    /// The newest revision of every object that ever was.
    newest: Map<ObjectKey, u64>,
}

#[derive(Clone, Debug)]
struct Version {
    at: Timestamp,
    change: ChangeType,
    /// For a deletion: the last state.
    object: Object,
    /// The revision before it of an object with this key; 0 if none.
    previous: u64,
}

/// What happened to an object, in the words of a watch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeType {
    Added,
    Modified,
    Deleted,
}

/// One write, as a watch tells it.
#[derive(Clone, Debug)]
pub struct Change {
    pub revision: u64,
    pub at: Timestamp,
    pub change: ChangeType,
    /// The new version; of a deletion, the last state.
    pub object: Object,
    /// The version before it, if the object existed.
    pub previous: Option<Object>,
}

impl Storage {
    /// The revision of the last write.
    pub fn revision(&self) -> u64 {
        self.versions.len() as u64
    }

    /// The last revision written at or before `instant`.
    pub fn revision_at(&self, instant: Timestamp) -> u64 {
        self.versions.partition_point(|version| version.at <= instant) as u64
    }

    /// The cluster as it is now.
    pub fn now(&self) -> View<'_> {
        self.at(self.revision())
    }

    /// The cluster as it was at a revision.
    pub fn at(&self, revision: u64) -> View<'_> {
        View { storage: self, revision: revision.min(self.revision()) }
    }

    /// The cluster as it was at an instant.
    pub fn at_instant(&self, instant: Timestamp) -> View<'_> {
        self.at(self.revision_at(instant))
    }

    /// Every write after a revision, in order: what a watch from there tells.
    pub fn changes_since(&self, revision: u64) -> impl Iterator<Item = Change> {
        (revision + 1..=self.revision()).map(|revision| self.change(revision))
    }

    /// The write that made a revision, from 1 to [`Storage::revision`].
    pub fn change(&self, revision: u64) -> Change {
        let version = self.version(revision);
        let Version { at, change, ref object, previous } = *version;
        let before = (change != ChangeType::Added).then(|| self.version(previous).object.clone());
        Change { revision, at, change, object: object.clone(), previous: before }
    }

    /// Writes a version and stamps it with its revision. A deletion keeps the last state under a revision of its own.
    pub(super) fn write(&mut self, at: Timestamp, change: ChangeType, mut object: Object) -> Object {
        let revision = self.revision() + 1;
        object.set_resource_version(revision);
        let previous = self.newest.insert(object.key(), revision).unwrap_or(0);
        self.versions.push(Version { at, change, object: object.clone(), previous });
        object
    }

    fn version(&self, revision: u64) -> &Version {
        &self.versions[revision as usize - 1]
    }

    /// The version of an object's chain that stands at `revision`, if it is no deletion.
    fn standing(&self, mut newest: u64, revision: u64) -> Option<Object> {
        while newest > revision {
            newest = self.version(newest).previous;
        }
        let version = (newest > 0).then(|| self.version(newest))?;
        (version.change != ChangeType::Deleted).then(|| version.object.clone())
    }
}

/// The cluster as it stands at one revision.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    storage: &'a Storage,
    revision: u64,
}

impl<'a> View<'a> {
    /// The revision that is looked at.
    pub fn revision(self) -> u64 {
        self.revision
    }

    /// An object, if it exists.
    pub fn get(self, key: &ObjectKey) -> Option<Object> {
        self.storage.standing(*self.storage.newest.get(key)?, self.revision)
    }

    /// All objects of a kind, in all namespaces, by namespace and name.
    pub fn list(self, kind: Kind) -> impl Iterator<Item = Object> + 'a {
        let first = ObjectKey { kind, namespace: Text::EMPTY, name: Text::EMPTY };
        let keys = self.storage.newest.range(first..).take_while(move |(key, _)| key.kind == kind);
        keys.filter_map(move |(_, &newest)| self.storage.standing(newest, self.revision))
    }

    /// All objects of a kind in one namespace, by name.
    pub fn list_in(self, kind: Kind, namespace: &str) -> impl Iterator<Item = Object> + 'a {
        let namespace = Text::from(namespace.to_owned());
        let first = ObjectKey { kind, namespace: namespace.clone(), name: Text::EMPTY };
        let keys = self.storage.newest.range(first..);
        keys.take_while(move |(key, _)| key.kind == kind && key.namespace == namespace)
            .filter_map(move |(_, &newest)| self.storage.standing(newest, self.revision))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{Job, ObjectMeta};
    use std::rc::Rc;

    fn job(name: &'static str, generation: i64) -> Object {
        let metadata = ObjectMeta { name: name.into(), namespace: "default".into(), generation, ..Default::default() };
        Job { metadata: Rc::new(metadata), ..Job::default() }.into()
    }

    #[test]
    fn every_revision_can_be_read_for_ever() {
        let mut storage = Storage::default();
        let at = Timestamp::from_secs;
        storage.write(at(1), ChangeType::Added, job("a", 1));
        storage.write(at(2), ChangeType::Added, job("b", 1));
        storage.write(at(2), ChangeType::Modified, job("a", 2));
        storage.write(at(3), ChangeType::Deleted, job("a", 2));
        storage.write(at(4), ChangeType::Added, job("a", 7));

        let seen = |second| {
            let view = storage.at_instant(at(second));
            let name = |object: Object| format!("{}{}", object.metadata().name, object.metadata().generation);
            view.list(Kind::Job).map(name).collect::<Vec<_>>().join(" ")
        };
        assert_eq!((0..=4).map(seen).collect::<Vec<_>>(), ["", "a1", "a2 b1", "b1", "a7 b1"]);
        assert_eq!(storage.now().list_in(Kind::Job, "other").count(), 0);

        let told: Vec<_> = storage.changes_since(2).map(|c| (c.change, c.previous.is_some())).collect();
        assert_eq!(told, [(ChangeType::Modified, true), (ChangeType::Deleted, true), (ChangeType::Added, false)]);
    }
}
