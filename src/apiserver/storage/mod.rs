//! Objects by revision, as etcd keeps them: every version of every object, each written at one instant.
//!
//! Looking at the past is a read: no version is ever changed or dropped. Each is packed as it is written, and unpacked
//! when somebody reads it. What is fresh is there as the objects themselves, too, for the components that watch; and so is
//! what stands and is about to be written again.

mod archive;
mod pack;
mod words;

use crate::api::event::{STAMPS, is_stamped, read_stamp};
use crate::api::{Kind, Object, ObjectKey, Report, Uid};
use crate::sim::{Hashed, Key, Map, Order, Table, Timestamp};
use archive::{Archive, Before, Memory};
use std::borrow::Cow;
use std::collections::{BinaryHeap, VecDeque};
use std::rc::Rc;
use std::time::Duration;

/// How many objects are at hand at most. While it is developed, few, so that every test reads packed ones.
const AT_HAND: usize = if cfg!(debug_assertions) { 16 } else { usize::MAX };
/// By then every watch has told of a write.
const TOLD: Duration = Duration::from_millis(20);

/// All versions of all objects. Revisions count from 1; revision 0 is the empty cluster.
#[derive(Clone, Debug, Default)]
pub struct Storage {
    archive: Archive,
    /// What is known of the versions of the last revisions once more.
    fresh: VecDeque<Entry>,
    /// The changes among them, as watches tell them. Half of what is written are events: no component reads those.
    changes: VecDeque<Change>,
    /// The objects that stand and that somebody may well write again.
    at_hand: Table<ObjectKey, Held>,
    /// Every object that ever was, by the hash of its key; but for events whose names tell where they are.
    numbers: Hashed,
    /// How many events are among them.
    named_events: usize,
    /// The newest revision of each object.
    newest: Vec<u32>,
    of_kind: Map<Kind, Vec<u32>>,
}

/// An object at hand.
#[derive(Clone, Debug)]
struct Held {
    number: u32,
    first: Object,
    newest: Object,
    /// How many versions have to be unpacked to get at the newest, besides itself.
    depth: u8,
}

/// What is known of a version besides the object itself.
#[derive(Clone, Copy, Debug)]
struct Entry {
    at: Timestamp,
    change: ChangeType,
    /// The number of the object: all with the same key are one.
    number: u32,
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

impl Change {
    /// Whether it may have changed more than the status of a pod.
    pub fn touches_metadata(&self) -> bool {
        match (&self.object, &self.previous, self.change) {
            (Object::Pod(new), Some(Object::Pod(old)), ChangeType::Modified) => {
                !Rc::ptr_eq(&new.metadata, &old.metadata)
            }
            _ => true,
        }
    }
}

impl Storage {
    /// The revision of the last write.
    pub fn revision(&self) -> u64 {
        self.archive.len()
    }

    /// The revision before the fresh ones.
    fn old(&self) -> u64 {
        self.revision() - self.fresh.len() as u64
    }

    /// The last revision written at or before `instant`.
    pub fn revision_at(&self, instant: Timestamp) -> u64 {
        match self.fresh.partition_point(|entry| entry.at <= instant) {
            0 => self.archive.revision_at(instant),
            fresh => self.old() + fresh as u64,
        }
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
        let mut memory = Memory::new();
        (revision + 1..=self.revision()).map(move |revision| self.told(revision, &mut memory))
    }

    /// The write that made a revision, from 1 to [`Storage::revision`].
    pub fn change(&self, revision: u64) -> Cow<'_, Change> {
        match self.fresh_change(revision) {
            Some(change) => Cow::Borrowed(change),
            None => Cow::Owned(self.told(revision, &mut Memory::default())),
        }
    }

    /// Tells of the writes after a revision, up to another, for those who watch all but events.
    pub fn watch(&self, after: u64, last: u64, mut tell: impl FnMut(&Change)) {
        for revision in after + 1..=last.min(self.old()) {
            let change = self.change(revision);
            if change.object.kind() != Kind::Event {
                tell(&change);
            }
        }
        let (first, end) = (self.changes_up_to(after), self.changes_up_to(last.max(after)));
        self.changes.range(first..end).for_each(tell);
    }

    /// When a revision was written, from 1 to [`Storage::revision`].
    pub fn written_at(&self, revision: u64) -> Timestamp {
        self.entry(revision).at
    }

    fn told(&self, revision: u64, memory: &mut Memory) -> Change {
        if let Some(change) = self.fresh_change(revision) {
            return change.clone();
        }
        let Entry { at, change, previous, .. } = self.archive.entry(revision);
        let before = (change != ChangeType::Added).then(|| self.archive.object(previous, memory));
        Change { revision, at, change, object: self.archive.object(revision, memory), previous: before }
    }

    /// Writes the first version of a new object and stamps it with its revision. If one with its key stands, the new one is
    /// handed back.
    pub(super) fn add(&mut self, at: Timestamp, object: Object) -> Result<Object, Object> {
        let key = object.key();
        let tells = key.kind == Kind::Event && is_stamped(&key.name, at, self.revision() + 1);
        // Nobody else could have the name of a revision that is yet to come, unless by hand.
        let known = if tells && self.named_events == 0 { None } else { self.find(&key) };
        let number = match known {
            Some((number, _)) if self.standing(number, self.revision()).is_some() => return Err(object),
            Some((number, _)) => number,
            None => self.number_new(&key, tells),
        };
        Ok(self.append(at, ChangeType::Added, Some(number), object, None))
    }

    /// Writes an event that is said for the first time, and says as which revision, unless somebody has given its name to
    /// another. Half of what is written are such events: mostly no object is made, only what an archive keeps of it.
    pub(super) fn report(&mut self, at: Timestamp, report: Report, uid: Uid) -> Option<u64> {
        let (revision, number) = (self.revision() + 1, self.newest.len() as u32);
        let entry = Entry { at, change: ChangeType::Added, number, previous: 0 };
        if self.named_events > 0 {
            let event = report.event(at, revision, uid, Rc::default());
            return self.add(at, event.into()).ok().map(|_| revision);
        }
        self.archive.push_report(entry, report, uid);
        self.newest.push(revision as u32);
        self.of_kind.entry(Kind::Event).or_default().push(number);
        self.note_fresh(entry, None);
        Some(revision)
    }

    /// Writes a version and stamps it with its revision; `previous` is the one that stands. A deletion keeps the last
    /// state under a revision of its own.
    pub(super) fn write(&mut self, at: Timestamp, change: ChangeType, object: Object, previous: Object) -> Object {
        self.append(at, change, None, object, Some(previous))
    }

    /// `number`: that of an object that does not stand.
    fn append(
        &mut self,
        at: Timestamp,
        change: ChangeType,
        number: Option<u32>,
        mut object: Object,
        previous: Option<Object>,
    ) -> Object {
        let revision = self.revision() + 1;
        object.set_resource_version(revision);
        let Self { archive, at_hand, newest, .. } = self;
        if let Object::Pod(pod) = &mut object {
            let before = previous.as_ref().and_then(Object::as_pod);
            if before.is_none_or(|before| !Rc::ptr_eq(&pod.status, &before.status)) {
                archive.share_status(Rc::make_mut(pod));
            }
        }
        let (key, is_event) = (object.key(), object.kind() == Kind::Event);
        // What does not stand is not at hand.
        let held = if is_event || number.is_some() { None } else { at_hand.get_mut(&key) };
        let of_previous = || previous.as_ref().map_or(0, |previous| archive.entry(previous.resource_version()).number);
        let number = number.or(held.as_deref().map(|held| held.number)).unwrap_or_else(of_previous);
        let before = std::mem::replace(&mut newest[number as usize], revision as u32).into();
        let entry = Entry { at, change, number, previous: before };
        let (depth, first) = held.as_deref().map(|held| (held.depth, &held.first)).unzip();
        let depth = archive.push(entry, &object, previous.as_ref().map(|object| Before { object, depth, first }));
        if is_done(&object) || change == ChangeType::Deleted {
            at_hand.remove(&key);
        } else if let Some(held) = held {
            (held.newest, held.depth) = (object.clone(), depth);
        } else if !is_event && at_hand.len() < AT_HAND {
            // Of one that was not at hand, the first version that is will do.
            at_hand.insert(key, Held { number, first: object.clone(), newest: object.clone(), depth });
        }
        let told = (!is_event).then(|| Change { revision, at, change, object: object.clone(), previous });
        self.note_fresh(entry, told);
        object
    }

    /// Notes what was written, and forgets of which every watch has told.
    fn note_fresh(&mut self, entry: Entry, change: Option<Change>) {
        self.fresh.push_back(entry);
        if let Some(change) = change {
            self.changes.push_back(change);
        }
        while self.fresh.front().is_some_and(|fresh| fresh.at + TOLD < entry.at) {
            self.fresh.pop_front();
        }
        while self.changes.front().is_some_and(|change| change.at + TOLD < entry.at) {
            self.changes.pop_front();
        }
    }

    /// `tells`: whether the name tells where the object is.
    fn number_new(&mut self, key: &ObjectKey, tells: bool) -> u32 {
        let number = self.newest.len() as u32;
        self.newest.push(0);
        self.of_kind.entry(key.kind).or_default().push(number);
        if !tells {
            self.named_events += usize::from(key.kind == Kind::Event);
            self.numbers.insert(key.hashed(), number);
        }
        number
    }

    /// The number of the object with a key, if there ever was one, and its newest version.
    fn find(&self, key: &ObjectKey) -> Option<(u32, Cow<'_, Object>)> {
        if let Some(held) = self.at_hand.get(key) {
            return Some((held.number, Cow::Borrowed(&held.newest)));
        }
        let mut found = None;
        let mut is_it = |number: u32| {
            let object = self.archive.object(self.newest[number as usize].into(), &mut Memory::default());
            let metadata = object.metadata();
            let is_it = metadata.name == key.name && metadata.namespace == key.namespace && object.kind() == key.kind;
            found = is_it.then_some(object);
            is_it
        };
        let is_event = key.kind == Kind::Event;
        let told = if is_event { self.told_by(&key.name).find(|&number| is_it(number)) } else { None };
        let hashed = told.is_none() && (!is_event || self.named_events > 0);
        let number = told.or_else(|| if hashed { self.numbers.find(key.hashed(), is_it) } else { None })?;
        Some((number, Cow::Owned(found?)))
    }

    /// The numbers of the objects that may be the one whose name tells its first revision.
    fn told_by(&self, name: &str) -> impl Iterator<Item = u32> {
        let stamp = read_stamp(name);
        let revisions =
            stamp.map(|(at, first)| (first..=self.revision()).step_by(STAMPS as usize).map(move |it| (at, it)));
        let entries = revisions.into_iter().flatten().map(|(at, revision)| (at, self.entry(revision)));
        entries.filter(|(at, entry)| entry.at == *at).map(|(_, entry)| entry.number)
    }

    fn fresh(&self, revision: u64) -> Option<&Entry> {
        self.fresh.get(revision.checked_sub(self.old() + 1)? as usize)
    }

    /// How many of the fresh changes were made up to a revision.
    fn changes_up_to(&self, revision: u64) -> usize {
        self.changes.partition_point(|change| change.revision <= revision)
    }

    fn fresh_change(&self, revision: u64) -> Option<&Change> {
        let place = self.changes_up_to(revision).checked_sub(1)?;
        self.changes.get(place).filter(|change| change.revision == revision)
    }

    fn entry(&self, revision: u64) -> Entry {
        self.fresh(revision).copied().unwrap_or_else(|| self.archive.entry(revision))
    }

    fn object(&self, revision: u64, memory: &mut Memory) -> Object {
        let change = self.fresh_change(revision);
        change.map_or_else(|| self.archive.object(revision, memory), |change| change.object.clone())
    }

    /// The version of an object that stands at `revision`, if it is no deletion.
    fn standing(&self, number: u32, revision: u64) -> Option<u64> {
        let mut standing = self.newest[number as usize].into();
        loop {
            if standing == 0 {
                return None;
            }
            let entry = self.entry(standing);
            if standing <= revision {
                return (entry.change != ChangeType::Deleted).then_some(standing);
            }
            standing = entry.previous;
        }
    }
}

/// Whether an object is hardly ever written again: a pod with which all is over.
fn is_done(object: &Object) -> bool {
    object.as_pod().is_some_and(|pod| pod.is_finished() && pod.metadata.finalizers.is_empty())
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
        let (number, newest) = self.storage.find(key)?;
        if let Cow::Borrowed(standing) = newest
            && standing.resource_version() <= self.revision
        {
            return Some(standing.clone());
        }
        match self.storage.standing(number, self.revision)? {
            revision if revision == newest.resource_version() => Some(newest.into_owned()),
            revision => Some(self.storage.object(revision, &mut Memory::default())),
        }
    }

    /// An object, or if it is gone, as it was last.
    pub fn last(self, key: &ObjectKey) -> Option<Object> {
        let mut revision = self.storage.newest[self.storage.find(key)?.0 as usize].into();
        while revision > self.revision {
            revision = self.storage.entry(revision).previous;
        }
        (revision > 0).then(|| self.storage.object(revision, &mut Memory::default()))
    }

    /// How many objects of a kind there are, in all namespaces.
    pub fn count(self, kind: Kind) -> usize {
        self.revisions(kind).count()
    }

    /// All objects of a kind, in all namespaces, by namespace and name.
    pub fn list(self, kind: Kind) -> impl Iterator<Item = Object> + 'a {
        self.sorted(kind, |_| true)
    }

    /// All objects of a kind in one namespace, by name.
    pub fn list_in(self, kind: Kind, namespace: &str) -> impl Iterator<Item = Object> + 'a {
        self.sorted(kind, |object| object.metadata().namespace == *namespace)
    }

    /// All objects of a kind, the last written first.
    pub fn newest_first(self, kind: Kind) -> impl Iterator<Item = Object> + 'a {
        // Whoever asks hardly ever wants them all.
        let mut revisions: BinaryHeap<u64> = self.revisions(kind).collect();
        let next = std::iter::from_fn(move || revisions.pop());
        next.map(move |revision| self.storage.object(revision, &mut Memory::default()))
    }

    /// The versions of a kind's objects that stand.
    fn revisions(self, kind: Kind) -> impl Iterator<Item = u64> + 'a {
        let numbers = self.storage.of_kind.get(&kind).map_or(&[][..], Vec::as_slice);
        numbers.iter().filter_map(move |&number| self.storage.standing(number, self.revision))
    }

    /// Only names are held while they are sorted: there may be half a million events.
    fn sorted(self, kind: Kind, is_meant: impl Fn(&Object) -> bool) -> impl Iterator<Item = Object> + 'a {
        let read = move |revision| self.storage.object(revision, &mut Memory::default());
        let objects = self.revisions(kind).map(|revision| (read(revision), revision));
        let mut keys: Vec<_> =
            objects.filter(|(object, _)| is_meant(object)).map(|(object, revision)| (object.key(), revision)).collect();
        keys.order_by(|one, other| one.0.cmp(&other.0));
        keys.into_iter().map(move |(_, revision)| read(revision))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{Event, Job, ObjectMeta, ObjectReference, Pod, PodPhase, PodStatus, Text, event_name};

    fn job(name: &'static str, generation: i64) -> Object {
        let metadata = ObjectMeta { name: name.into(), namespace: "default".into(), generation, ..Default::default() };
        Job { metadata: Rc::new(metadata), ..Job::default() }.into()
    }

    #[test]
    fn events_are_found_whether_or_not_their_names_tell_their_revision() {
        let mut storage = Storage::default();
        let at = Timestamp::from_secs(7);
        let event = |name: &str| {
            let metadata =
                ObjectMeta { name: name.to_owned().into(), namespace: "default".into(), ..Default::default() };
            Object::from(Event { metadata: Rc::new(metadata), ..Event::default() })
        };
        let check = |storage: &Storage, name: &str, revision: Option<u64>| {
            let found = storage.now().get(&event(name).key());
            assert_eq!(found.map(|event| event.resource_version()), revision, "{name}");
        };
        let name = |revision| event_name("demo", at, revision);
        let report = |name: &'static str| {
            let about = ObjectReference { name: name.into(), ..ObjectReference::default() };
            Report { about: Rc::new(about), said: Rc::default(), is_newer: false }
        };
        check(&storage, &name(1), None);
        storage.add(at, event(&name(1))).expect("new");
        // Somebody may give an event any name: one that another could have, or that tells of another revision.
        storage.add(at, event("by-hand")).expect("new");
        storage.add(at, event(&name(9))).expect("new");
        storage.add(at, event(&event_name("other", at, 1))).expect("new");
        storage.add(at, event(&name(1))).expect_err("there is one");
        storage.add(at, event(&name(9))).expect_err("there is one");
        check(&storage, &name(1), Some(1));
        check(&storage, "by-hand", Some(2));
        check(&storage, &name(9), Some(3));
        check(&storage, &event_name("other", at, 1), Some(4));
        check(&storage, &name(2), None);
        check(&storage, &name(5), None);
        check(&storage, "demo.no-number-at-all", None);
        check(&storage, "demo.ffffffffffffffff", None);
        // What is said finds its name taken.
        let told: Vec<_> = (5..=10).map(|_| storage.report(at, report("demo"), Uid::default())).collect();
        assert_eq!(told, [Some(5), Some(6), Some(7), Some(8), None, None]);
        check(&storage, &name(7), Some(7));
        check(&storage, &name(9), Some(3));
        assert_eq!(storage.report(at, report("other"), Uid::default()), Some(9));
        check(&storage, &event_name("other", at, 9), Some(9));
    }

    #[test]
    fn every_revision_can_be_read_for_ever() {
        let mut storage = Storage::default();
        let at = Timestamp::from_secs;
        let first = storage.add(at(1), job("a", 1)).expect("new");
        storage.add(at(2), job("b", 1)).expect("new");
        storage.add(at(2), job("a", 7)).expect_err("there is one");
        let second = storage.write(at(2), ChangeType::Modified, job("a", 2), first);
        storage.write(at(3), ChangeType::Deleted, job("a", 2), second);
        storage.add(at(4), job("a", 7)).expect("new again");

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

    #[test]
    fn what_was_packed_reads_as_it_was_written() {
        let mut storage = Storage::default();
        let (mut standing, mut written) = (None, Vec::new());
        for number in 0..256 {
            let metadata = ObjectMeta { name: "p".into(), namespace: "default".into(), ..ObjectMeta::default() };
            let status = PodStatus { message: format!("for the {number}th time").into(), ..PodStatus::default() };
            let pod = Pod { metadata: Rc::new(metadata), status: Rc::new(status), ..Pod::default() };
            let (at, pod) = (Timestamp::from_millis(number as u64 / 3), pod.into());
            let pod = match standing.take() {
                None => storage.add(at, pod).expect("new"),
                Some(standing) => storage.write(at, ChangeType::Modified, pod, standing),
            };
            written.push(pod.clone());
            standing = Some(pod);
        }
        let told: Vec<Change> = storage.changes_since(0).collect();
        for (place, change) in told.iter().enumerate() {
            assert_eq!(change.object, written[place]);
            assert_eq!(change.previous.as_ref(), place.checked_sub(1).map(|before| &written[before]));
            assert_eq!(storage.at(change.revision).list(Kind::Pod).next().as_ref(), Some(&change.object));
            assert_eq!(storage.revision_at(change.at), (change.at.as_millis() * 3 + 3).min(storage.revision()));
        }
        assert!(storage.old() > 0 && storage.at_hand.len() == 1 && told.len() == written.len());
    }

    #[test]
    fn what_pods_have_in_common_reads_as_if_each_had_it_for_itself() {
        let mut storage = Storage::default();
        let pod = |name: u64| {
            let metadata = ObjectMeta { name: Text::decimal(name), namespace: "default".into(), ..Default::default() };
            Pod { metadata: Rc::new(metadata), ..Pod::default() }
        };
        let mut standing: Vec<Object> =
            (0..4).map(|name| storage.add(Timestamp::default(), pod(name).into()).expect("new")).collect();
        let mut written = standing.clone();
        // They take turns in being the first to say what the others say after them.
        for step in 1..20_u64 {
            for turn in 0..4 {
                let place = ((step + turn) % 4) as usize;
                let said = if turn == 3 { step } else { step / 2 };
                let status = PodStatus { message: Text::decimal(said), ..PodStatus::default() };
                let (ip, status) = (Text::decimal(step), Rc::new(status));
                let pod = Pod { ip, status, ..pod(place as u64) };
                let (at, before) = (Timestamp::from_secs(step), standing[place].clone());
                standing[place] = storage.write(at, ChangeType::Modified, pod.into(), before);
                written.push(standing[place].clone());
            }
        }
        for object in &written {
            let revision = object.resource_version();
            assert_eq!(storage.archive.object(revision, &mut Memory::default()), *object, "alone, {revision}");
        }
        let told: Vec<Object> = storage.changes_since(0).map(|change| change.object).collect();
        assert_eq!(told, written);
    }

    #[test]
    fn what_is_over_reads_as_it_was_written() {
        let mut storage = Storage::default();
        let made = |name: u64| {
            let finalizers = Rc::new(vec!["held".into()]);
            let metadata = ObjectMeta { name: Text::decimal(name), finalizers, ..ObjectMeta::default() };
            Pod { metadata: Rc::new(metadata), ..Pod::default() }
        };
        type Step = fn(&mut Pod);
        let steps: [Step; 5] = [
            |pod| pod.node_name = Some("node-1".into()),
            |pod| {
                pod.ip = Text::concat(&["10.0.0.", &pod.metadata.name]);
                Rc::make_mut(&mut pod.status).phase = PodPhase::Running;
            },
            |pod| Rc::make_mut(&mut pod.status).phase = PodPhase::Succeeded,
            |pod| Rc::make_mut(&mut pod.metadata).finalizers = Rc::default(),
            |pod| Rc::make_mut(&mut pod.metadata).deletion_grace_period_seconds = Some(0),
        ];
        let first = (0..3).map(|name| storage.add(Timestamp::default(), made(name).into()).expect("new"));
        let mut standing: Vec<Object> = first.collect();
        let mut written = standing.clone();
        for (second, step) in (1..).zip(steps) {
            for object in &mut standing {
                let before = object.clone();
                let Object::Pod(pod) = object else { unreachable!("it is a pod") };
                step(Rc::make_mut(pod));
                *object = storage.write(Timestamp::from_secs(second), ChangeType::Modified, object.clone(), before);
                written.push(object.clone());
            }
        }
        assert!(storage.at_hand.is_empty(), "nothing stands that somebody may well write again");
        for object in written {
            let read = storage.archive.object(object.resource_version(), &mut Memory::default());
            assert_eq!(read, object, "revision {}", object.resource_version());
        }
    }
}
