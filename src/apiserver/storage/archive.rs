//! All versions, in as few bytes as they need: each as what it differs in from one that was written before it.
//!
//! A new pod is compared with another of its template, every further version with the one before it; the one with which
//! all is over with the first, so that it is quickly read. An event is compared with the last one about the same object.
//! Pods that have fared alike share what their statuses say: the others refer to the first.
//! What is like nothing else, and every kind of which there are few, is kept whole.
//!
//! The newest versions wait until they make a block, and are packed in one go: the packer's code is fetched once for all of
//! them.

use super::pack::{Pack, Reader, Writer, pack_pod, pack_report, skip_status, unpack_rest, unpack_status, write_number};
use super::words::{Sayings, Words};
use super::{ChangeType, Entry, is_done};
use crate::api::{Object, ObjectMeta, Pod, PodStatus, Report, Uid};
use crate::sim::Timestamp;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

/// How many versions make a block. While it is developed, few, so that every test reads packed ones.
const BLOCK: usize = if cfg!(debug_assertions) { 4 } else { 64 };
/// For how many bytes of blocks room is made at a time.
const CHUNK: usize = 256 << 10;
/// A version that needs more bytes is kept whole.
const LONGEST: usize = 900;
/// How many versions have to be unpacked at most to get at one.
const DEEPEST: u8 = 12;
/// How many of the last wholes new pods and events are compared with.
const MODELS: usize = 32;
/// How many of the last statuses of pods others may have as well.
const STATUSES: usize = 16;
/// How many of the statuses that were unpacked last are at hand.
const READ: usize = 64;
/// Of how many objects the last report is at hand, to compare the next one with.
const RECENT: usize = 2048;

/// How many kinds of changes there are.
const CHANGES: u8 = 3;
/// How many kinds of what a version may be compared with.
const BASES: u8 = 6;

/// Statuses, each with a revision at which it stood.
type Statuses = Vec<Option<(u64, Rc<PodStatus>)>>;

/// The versions of all revisions.
#[derive(Clone, Debug, Default)]
pub struct Archive {
    blocks: Vec<Block>,
    /// What lies in the blocks: of each, where its versions end, two bytes for each, and then the versions.
    chunks: Vec<Vec<u8>>,
    /// The newest versions: they are packed when they make a block.
    waiting: Vec<Waiting>,
    words: Words,
    sayings: Sayings,
    /// What is kept as it was.
    wholes: Vec<Object>,
    /// The last wholes that others may be like.
    models: Vec<u32>,
    /// Of many objects the last report about each, by a hash of its UID.
    reports: Vec<Option<Reported>>,
    /// The last statuses that were new, and where each stands first.
    statuses: VecDeque<(Rc<PodStatus>, u64)>,
    /// The bytes of a block, while it is made.
    scratch: Vec<u8>,
    /// The version that was unpacked last: who reads an object often writes it next.
    last: RefCell<Option<(u64, Object)>>,
    /// Statuses that were unpacked lately: many pods have the same.
    read: RefCell<Statuses>,
}

/// A report that others may be like.
#[derive(Clone, Debug)]
struct Reported {
    base: Base,
    depth: u8,
    report: Report,
}

/// Where the bytes of some versions lie.
#[derive(Clone, Debug)]
struct Block {
    /// When the first of them was written.
    first: Timestamp,
    chunk: u32,
    start: u32,
}

/// A version that is to be packed.
#[derive(Clone, Debug)]
struct Waiting {
    entry: Entry,
    base: Base,
    depth: u8,
    version: Version,
}

/// What a version says, and something that it is like.
#[derive(Clone, Debug)]
enum Version {
    /// It is kept as it is.
    Whole,
    Object {
        object: Object,
        like: Object,
    },
    Report {
        report: Report,
        uid: Uid,
        like: Report,
    },
}

/// The object as it was before a version.
#[derive(Clone, Copy)]
pub struct Before<'a> {
    pub object: &'a Object,
    /// How many versions have to be unpacked to get at that, besides itself, if it is at hand.
    pub depth: Option<u8>,
    /// Its first version, if that is at hand.
    pub first: Option<&'a Object>,
}

/// What a packed version is to be compared with.
#[derive(Clone, Copy, Debug)]
enum Base {
    /// It is this one itself.
    Whole(u32),
    /// One that is kept whole.
    Model(u32),
    /// The version before it.
    Previous,
    /// The version before it, but with the status of another.
    PreviousBut(u64),
    /// The first version of the object, but with the status of another.
    FirstBut(u64, u64),
    /// Another version.
    Revision(u64),
}

/// Unpacked versions that may be needed again, for whoever reads many in a row.
#[derive(Default)]
pub struct Memory {
    remembers: bool,
    slots: Vec<Option<(u64, Object)>>,
}

impl Memory {
    /// How many versions are remembered.
    const SLOTS: usize = 8192;

    /// A memory that remembers.
    pub fn new() -> Self {
        Self { remembers: true, slots: Vec::new() }
    }

    fn recall(&self, revision: u64) -> Option<&Object> {
        let slot = self.slots.get(revision as usize % Self::SLOTS)?.as_ref();
        slot.filter(|(known, _)| *known == revision).map(|(_, object)| object)
    }

    fn remember(&mut self, revision: u64, object: &Object) {
        if self.remembers {
            self.slots.resize(Self::SLOTS, None);
            self.slots[revision as usize % Self::SLOTS] = Some((revision, object.clone()));
        }
    }
}

impl Base {
    /// Whether it has its status from another version.
    fn shares_status(self) -> bool {
        matches!(self, Self::PreviousBut(_) | Self::FirstBut(..))
    }
}

impl Archive {
    /// How many versions there are: those of the revisions from 1.
    pub fn len(&self) -> u64 {
        self.packed() + self.waiting.len() as u64
    }

    /// How many of them are packed.
    fn packed(&self) -> u64 {
        (self.blocks.len() * BLOCK) as u64
    }

    fn waiting(&self, revision: u64) -> Option<&Waiting> {
        self.waiting.get(revision.checked_sub(self.packed() + 1)? as usize)
    }

    /// When a version was written, of which object it is, what was before it.
    pub fn entry(&self, revision: u64) -> Entry {
        self.waiting(revision).map_or_else(|| self.head(revision).0, |waiting| waiting.entry)
    }

    /// The object as it was at a revision.
    pub fn object(&self, revision: u64, memory: &mut Memory) -> Object {
        if let Some(waiting) = self.waiting(revision) {
            return self.as_written(waiting, revision);
        }
        if let Some((_, object)) = self.last.borrow().as_ref().filter(|(last, _)| *last == revision) {
            return object.clone();
        }
        let object = self.unpacked(revision, memory);
        *self.last.borrow_mut() = Some((revision, object.clone()));
        object
    }

    fn unpacked(&self, revision: u64, memory: &mut Memory) -> Object {
        if let Some(object) = memory.recall(revision) {
            return object.clone();
        }
        let (entry, base, bytes) = self.head(revision);
        let mut object = match base {
            Base::Whole(whole) => return self.wholes[whole as usize].clone(),
            Base::Model(whole) => self.wholes[whole as usize].clone(),
            Base::Previous => self.unpacked(entry.previous, memory),
            Base::PreviousBut(_) => self.but_for_status(entry.previous, memory),
            Base::FirstBut(first, _) => self.but_for_status(first, memory),
            Base::Revision(like) => self.unpacked(like, memory),
        };
        let mut from = self.reader(bytes, entry.at, revision);
        match &mut object {
            Object::Pod(pod) => {
                let pod = Rc::make_mut(pod);
                if let Base::PreviousBut(like) | Base::FirstBut(_, like) = base {
                    pod.status = self.status(like, memory);
                }
                pod.unpack(&mut from);
            }
            Object::Event(event) => Rc::make_mut(event).unpack(&mut from),
            other => unreachable!("a {} is never packed", other.kind()),
        }
        memory.remember(revision, &object);
        object
    }

    /// A pod as it was at a revision, with any status. Two pods that share one may have written it in turns: if each were
    /// unpacked to get at the other, that would take twice as long with every version.
    fn but_for_status(&self, revision: u64, memory: &Memory) -> Object {
        if let Some(object) = memory.recall(revision) {
            return object.clone();
        }
        let (entry, base, bytes) = self.head(revision);
        let mut object = match base {
            Base::Whole(whole) | Base::Model(whole) => self.wholes[whole as usize].clone(),
            Base::FirstBut(first, _) => self.but_for_status(first, memory),
            _ => self.but_for_status(entry.previous, memory),
        };
        if let (Object::Pod(pod), false) = (&mut object, matches!(base, Base::Whole(_))) {
            let mut from = self.reader(bytes, entry.at, revision);
            skip_status(&mut from);
            unpack_rest(Rc::make_mut(pod), &mut from);
        }
        object
    }

    /// The status of a pod at a revision.
    fn status(&self, revision: u64, memory: &Memory) -> Rc<PodStatus> {
        if let Some(Object::Pod(pod)) = memory.recall(revision) {
            return pod.status.clone();
        }
        let slot = revision as usize % READ;
        if let Some(Some((known, status))) = self.read.borrow().get(slot)
            && *known == revision
        {
            return status.clone();
        }
        let status = self.unpacked_status(revision, memory);
        let mut read = self.read.borrow_mut();
        read.resize(READ, None);
        read[slot] = Some((revision, status.clone()));
        status
    }

    fn unpacked_status(&self, revision: u64, memory: &Memory) -> Rc<PodStatus> {
        let (entry, base, bytes) = self.head(revision);
        let mut status = match base {
            Base::Whole(whole) | Base::Model(whole) => match &self.wholes[whole as usize] {
                Object::Pod(pod) => pod.status.clone(),
                other => unreachable!("a {} has no status of a pod", other.kind()),
            },
            Base::PreviousBut(like) | Base::FirstBut(_, like) => self.status(like, memory),
            Base::Previous | Base::Revision(_) => self.status(entry.previous, memory),
        };
        if !matches!(base, Base::Whole(_)) {
            unpack_status(&mut status, &mut self.reader(bytes, entry.at, revision));
        }
        status
    }

    /// The last revision that was written by an instant.
    pub fn revision_at(&self, instant: Timestamp) -> u64 {
        let blocks = self.blocks.partition_point(|block| block.first <= instant) as u64;
        let first = blocks.saturating_sub(1) * BLOCK as u64;
        let in_block = (first + 1..=self.len()).take_while(|&revision| self.entry(revision).at <= instant);
        first + in_block.count() as u64
    }

    /// What waits to be packed, as it was written.
    fn as_written(&self, waiting: &Waiting, revision: u64) -> Object {
        match (&waiting.version, waiting.base) {
            (Version::Object { object, .. }, _) => object.clone(),
            (Version::Report { report, uid, .. }, _) => {
                report.clone().event(waiting.entry.at, revision, *uid, Rc::default()).into()
            }
            (Version::Whole, Base::Whole(whole)) => self.wholes[whole as usize].clone(),
            (Version::Whole, base) => unreachable!("a whole is compared with {base:?}"),
        }
    }

    /// Takes the version of the next revision, and says how many versions have to be unpacked to get at it, besides itself.
    pub fn push(&mut self, entry: Entry, object: &Object, before: Option<Before<'_>>) -> u8 {
        let revision = self.len() + 1;
        let (base, depth, version) = match self.alike(&entry, object, before) {
            Some((base, depth, like)) => (base, depth + 1, Version::Object { object: object.clone(), like }),
            None => (Base::Whole(self.keep(&entry, object.clone())), 0, Version::Whole),
        };
        if let Object::Pod(pod) = object
            && !base.shares_status()
        {
            self.statuses.truncate(STATUSES - 1);
            self.statuses.push_front((pod.status.clone(), revision));
        }
        self.wait(Waiting { entry, base, depth, version });
        depth
    }

    /// Takes an event that is said for the first time as the next version.
    pub fn push_report(&mut self, entry: Entry, report: Report, uid: Uid) {
        let (revision, place) = (self.len() + 1, slot(report.about.uid));
        let recent = self.reports.get(place).and_then(Option::as_ref);
        let recent = recent.filter(|recent| recent.report.about.uid == report.about.uid && recent.depth < DEEPEST);
        let Some(like) = recent.cloned().or_else(|| self.model_of(&report)) else {
            let event = report.event(entry.at, revision, uid, Rc::default());
            self.push(entry, &event.into(), None);
            return;
        };
        let depth = like.depth + 1;
        self.reports.resize(RECENT, None);
        self.reports[place] = Some(Reported { base: Base::Revision(revision), depth, report: report.clone() });
        self.wait(Waiting {
            entry,
            base: like.base,
            depth,
            version: Version::Report { report, uid, like: like.report },
        });
    }

    fn wait(&mut self, waiting: Waiting) {
        self.waiting.push(waiting);
        if self.waiting.len() == BLOCK {
            self.close();
        }
    }

    /// Packs the versions that wait: they make a block.
    fn close(&mut self) {
        let mut waiting = std::mem::take(&mut self.waiting);
        let (before, first) = (self.packed(), waiting[0].entry.at);
        let (mut bytes, mut ends) = (std::mem::take(&mut self.scratch), [0; BLOCK]);
        bytes.clear();
        for (place, (waiting, end)) in waiting.iter().zip(&mut ends).enumerate() {
            self.pack(waiting, before + place as u64 + 1, first, &mut bytes);
            *end = bytes.len() as u16;
        }
        let needed = 2 * BLOCK + bytes.len();
        if self.chunks.last().is_none_or(|chunk| chunk.capacity() - chunk.len() < needed) {
            self.chunks.push(Vec::with_capacity(CHUNK.max(needed)));
        }
        let number = self.chunks.len() - 1;
        let chunk = &mut self.chunks[number];
        self.blocks.push(Block { first, chunk: number as u32, start: chunk.len() as u32 });
        chunk.extend(ends.into_iter().flat_map(u16::to_le_bytes));
        chunk.extend_from_slice(&bytes);
        self.scratch = bytes;
        if cfg!(debug_assertions) {
            for (waiting, revision) in waiting.iter().zip(before + 1..) {
                let packed = self.object(revision, &mut Memory::default());
                assert_eq!(packed, self.as_written(waiting, revision), "packed and unpacked");
            }
        }
        waiting.clear();
        self.waiting = waiting;
    }

    /// Packs a version into the block that begins at `first`. What would need too many bytes is kept whole after all.
    fn pack(&mut self, waiting: &Waiting, revision: u64, first: Timestamp, bytes: &mut Vec<u8>) {
        let start = bytes.len();
        put_head(bytes, &waiting.entry, waiting.base, waiting.depth, revision, first);
        let head = bytes.len();
        let (words, sayings, last) = (&mut self.words, &mut self.sayings, Default::default());
        let mut to = Writer { bytes, words, sayings, at: waiting.entry.at, last, failed: false };
        match &waiting.version {
            Version::Whole => {}
            Version::Object { object: Object::Pod(pod), like: Object::Pod(like) } => {
                pack_pod(pod, like, if waiting.base.shares_status() { &pod.status } else { &like.status }, &mut to);
            }
            Version::Object { object: Object::Event(event), like: Object::Event(like) } => event.pack(like, &mut to),
            Version::Object { object, .. } => unreachable!("a {} is never packed", object.kind()),
            Version::Report { report, uid, like } => pack_report(report, *uid, like, &mut to),
        }
        if to.failed || bytes.len() - head > LONGEST {
            bytes.truncate(start);
            let whole = Base::Whole(self.keep(&waiting.entry, self.as_written(waiting, revision)));
            put_head(bytes, &waiting.entry, whole, 0, revision, first);
        }
    }

    /// Keeps a version whole. Others may be like it.
    fn keep(&mut self, entry: &Entry, object: Object) -> u32 {
        let whole = self.wholes.len() as u32;
        if matches!(object, Object::Pod(_) | Object::Event(_)) && entry.previous == 0 {
            self.models.push(whole);
            if self.models.len() > MODELS {
                self.models.remove(0);
            }
        }
        self.wholes.push(object);
        whole
    }

    /// A whole event that a report is like.
    fn model_of(&self, report: &Report) -> Option<Reported> {
        self.models.iter().rev().find_map(|&whole| {
            let event = self.wholes[whole as usize].as_event()?;
            let is_alike = event.said.reason == report.said.reason && event.involved_object.kind == report.about.kind;
            let report = || Report { about: event.involved_object.clone(), said: event.said.clone(), is_newer: false };
            (is_alike && is_plain(&event.metadata)).then(|| Reported {
                base: Base::Model(whole),
                depth: 0,
                report: report(),
            })
        })
    }

    /// Lets a pod share its status with the last that said the same.
    pub fn share_status(&self, pod: &mut Pod) {
        let said = &pod.status;
        let mut known = self.statuses.iter().map(|(status, _)| status);
        if known.clone().any(|status| Rc::ptr_eq(status, said)) {
            return;
        }
        let same = |status: &&Rc<PodStatus>| {
            status.phase == said.phase && status.start_time == said.start_time && *status == said
        };
        if let Some(status) = known.find(same) {
            pod.status = status.clone();
        }
    }

    /// A version that one is like, if there is any, and its depth.
    fn alike(&self, entry: &Entry, object: &Object, before: Option<Before<'_>>) -> Option<(Base, u8, Object)> {
        if !matches!(object, Object::Pod(_) | Object::Event(_)) {
            return None;
        }
        let Some(Before { object: previous, depth, first }) = before else { return self.model(object) };
        if let Some(first) = first.filter(|_| is_done(object))
            && let (Object::Pod(pod), Object::Pod(before)) = (object, previous)
            && Rc::ptr_eq(&pod.status, &before.status)
        {
            let like = self.of_status(pod).unwrap_or(entry.previous);
            let depth = self.depth(first.resource_version()).max(self.depth(like));
            let base = Base::FirstBut(first.resource_version(), like);
            return (depth < DEEPEST).then(|| (base, depth, first.clone()));
        }
        let (mut base, mut depth) = (Base::Previous, depth.unwrap_or_else(|| self.depth(entry.previous)));
        if let (Object::Pod(pod), Object::Pod(before)) = (object, previous)
            && !Rc::ptr_eq(&pod.status, &before.status)
            && let Some(like) = self.of_status(pod)
        {
            (base, depth) = (Base::PreviousBut(like), depth.max(self.depth(like)));
        }
        (depth < DEEPEST).then(|| (base, depth, previous.clone()))
    }

    /// A whole that a new object is like.
    fn model(&self, object: &Object) -> Option<(Base, u8, Object)> {
        let is_alike = |model: &&u32| match (object, &self.wholes[**model as usize]) {
            (Object::Pod(pod), Object::Pod(model)) => Rc::ptr_eq(&pod.spec, &model.spec),
            (Object::Event(event), Object::Event(model)) => {
                event.said.reason == model.said.reason && event.involved_object.kind == model.involved_object.kind
            }
            _ => false,
        };
        let model = *self.models.iter().rev().find(is_alike)?;
        Some((Base::Model(model), 0, self.wholes[model as usize].clone()))
    }

    /// The version that a pod can have its status from: the first lately that had the same.
    fn of_status(&self, pod: &Pod) -> Option<u64> {
        let known = self.statuses.iter().find(|(status, _)| Rc::ptr_eq(status, &pod.status));
        known.map(|(_, like)| *like)
    }

    /// How many versions have to be unpacked to get at one, besides itself.
    fn depth(&self, revision: u64) -> u8 {
        self.waiting(revision).map_or_else(|| self.bytes(revision).1[0] / (CHANGES * BASES), |waiting| waiting.depth)
    }

    /// The bytes of a version, and when the first of its block was written.
    fn bytes(&self, revision: u64) -> (Timestamp, &[u8]) {
        let (block, place) = ((revision - 1) as usize / BLOCK, (revision - 1) as usize % BLOCK);
        let block = &self.blocks[block];
        let (ends, bytes) = self.chunks[block.chunk as usize][block.start as usize..].split_at(2 * BLOCK);
        let end = |place: usize| usize::from(u16::from_le_bytes([ends[2 * place], ends[2 * place + 1]]));
        let start = if place > 0 { end(place - 1) } else { 0 };
        (block.first, &bytes[start..end(place)])
    }

    fn reader<'a>(&'a self, bytes: &'a [u8], at: Timestamp, revision: u64) -> Reader<'a> {
        Reader { bytes, words: &self.words, sayings: &self.sayings, at, revision, last: Default::default() }
    }

    /// What stands before a packed version, and its bytes.
    fn head(&self, revision: u64) -> (Entry, Base, &[u8]) {
        let (first, bytes) = self.bytes(revision);
        let mut from = self.reader(&bytes[1..], first, revision);
        let number = from.number() as u32;
        let at = first + std::time::Duration::from_millis(from.number());
        let previous = match from.number() {
            0 => 0,
            distance => revision - distance,
        };
        let base = match bytes[0] / CHANGES % BASES {
            0 => Base::Whole(from.number() as u32),
            1 => Base::Model(from.number() as u32),
            2 => Base::Previous,
            3 => Base::Revision(revision - from.number()),
            4 => Base::PreviousBut(revision - from.number()),
            _ => Base::FirstBut(revision - from.number(), revision - from.number()),
        };
        let change = [ChangeType::Added, ChangeType::Modified, ChangeType::Deleted][usize::from(bytes[0] % CHANGES)];
        (Entry { at, change, number, previous }, base, from.bytes)
    }
}

/// Writes what stands before a packed version, in a block that begins at `first`.
fn put_head(bytes: &mut Vec<u8>, entry: &Entry, base: Base, depth: u8, revision: u64, first: Timestamp) {
    let (kind, numbers) = match base {
        Base::Whole(whole) => (0, [Some(whole.into()), None]),
        Base::Model(whole) => (1, [Some(whole.into()), None]),
        Base::Previous => (2, [None, None]),
        Base::Revision(like) => (3, [Some(revision - like), None]),
        Base::PreviousBut(like) => (4, [Some(revision - like), None]),
        Base::FirstBut(first, like) => (5, [Some(revision - first), Some(revision - like)]),
    };
    bytes.push(entry.change as u8 + CHANGES * (kind + BASES * depth));
    write_number(bytes, u64::from(entry.number));
    write_number(bytes, entry.at.since(first).as_millis() as u64);
    write_number(bytes, if entry.previous > 0 { revision - entry.previous } else { 0 });
    numbers.into_iter().flatten().for_each(|number| write_number(bytes, number));
}

/// Whether metadata says nothing but which object it is of, and since when.
fn is_plain(metadata: &ObjectMeta) -> bool {
    let ObjectMeta {
        annotations,
        creation_timestamp: _,
        deletion_grace_period_seconds: None,
        deletion_timestamp: None,
        finalizers,
        generate_name,
        generation: 0,
        labels,
        name: _,
        namespace: _,
        owner_references,
        uid: _,
    } = metadata
    else {
        return false;
    };
    let (maps, lists) =
        (annotations.is_empty() && labels.is_empty(), finalizers.is_empty() && owner_references.is_empty());
    maps && lists && generate_name.is_empty()
}

fn slot(uid: Uid) -> usize {
    (((uid.0 ^ (uid.0 >> 64)) as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40) as usize & (RECENT - 1)
}
