//! Events: what components have to say about an object (`v1`, spec 05 §5).

use super::fields::{Field, Mismatch, fields};
use super::{Hex, ObjectMeta, Text, Time, Uid};
use crate::sim::Timestamp;
use serde_json::Value;
use std::rc::Rc;

fields! {
    /// An Event, as `kubectl get events` lists it.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct Event {
        pub resource_version: u64,
        /// How often it was said.
        pub count: i32 = "count",
        /// Set instead of the two stamps by those who use the newer events API: the scheduler. Milliseconds matter there.
        pub event_time: Option<Timestamp> = "eventTime" always,
        pub first_timestamp: Option<Time> = "firstTimestamp" always,
        pub involved_object: Rc<ObjectReference> = "involvedObject",
        pub last_timestamp: Option<Time> = "lastTimestamp" always,
        pub metadata: Rc<ObjectMeta> = "metadata",
        /// How often it was said since, in the newer events API.
        pub series: Option<EventSeries> = "series",
        pub said: Rc<Said> = ..,
    }
}

fields! {
    /// What an event says, and who says it: the same of a hundred thousand pods, which share it.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct Said {
        pub action: Text = "action",
        pub message: Text = "message",
        pub reason: Text = "reason",
        pub reporting_component: Text = "reportingComponent" always,
        pub reporting_instance: Text = "reportingInstance" always,
        pub source: EventSource = "source",
        /// `Normal` or `Warning`.
        pub kind: Text = "type",
    }
}

impl Event {
    /// How often it was said.
    pub fn occurrences(&self) -> i32 {
        self.series.as_ref().map_or(self.count.max(1), |series| series.count)
    }

    /// When it was said first.
    pub fn first_said(&self) -> Option<Timestamp> {
        self.first_timestamp.map(Time::timestamp).or(self.event_time)
    }

    /// When it was said last.
    pub fn last_said(&self) -> Option<Timestamp> {
        match &self.series {
            Some(series) => series.last_observed_time,
            None => self.last_timestamp.map(Time::timestamp).or(self.event_time),
        }
    }
}

/// An event that is said for the first time: all else in it follows from when it is written.
#[derive(Clone, Debug)]
pub struct Report {
    pub about: Rc<ObjectReference>,
    pub said: Rc<Said>,
    /// Whether it comes by the newer events API.
    pub is_newer: bool,
}

impl Report {
    /// Where its event is: what has no namespace is spoken of in `default`.
    pub fn namespace(&self) -> Text {
        if self.about.namespace.is_empty() { "default".into() } else { self.about.namespace.clone() }
    }

    /// The event, written at an instant as a revision. `blank` is metadata without anything in it, to be shared.
    pub fn event(self, at: Timestamp, revision: u64, uid: Uid, mut blank: Rc<ObjectMeta>) -> Event {
        let metadata = Rc::make_mut(&mut blank);
        metadata.uid = uid;
        metadata.name = event_name(&self.about.name, at, revision);
        metadata.namespace = self.namespace();
        metadata.creation_timestamp = Some(Time::from(at));
        let stamp = (!self.is_newer).then(|| Time::from(at));
        Event {
            resource_version: revision,
            count: i32::from(!self.is_newer),
            event_time: self.is_newer.then_some(at),
            first_timestamp: stamp,
            involved_object: self.about,
            last_timestamp: stamp,
            metadata: blank,
            series: None,
            said: self.said,
        }
    }
}

/// `demo.18a1b2c3d4e5f607`: the object, and the instant in nanoseconds. The revision keeps those of one instant apart.
pub fn event_name(object: &str, at: Timestamp, revision: u64) -> Text {
    Text::concat(&[object, ".", stamp(at, revision).as_str()])
}

fn stamp(at: Timestamp, revision: u64) -> Hex {
    Hex::of(at.as_millis() * STAMPS + (revision - 1) % STAMPS)
}

/// How many stamps there are of one instant: the nanoseconds of a millisecond.
pub const STAMPS: u64 = 1_000_000;

/// Whether an event of this name may be the one that is written at an instant as a revision.
pub fn is_stamped(name: &str, at: Timestamp, revision: u64) -> bool {
    name.rsplit_once('.').is_some_and(|(_, digits)| *digits == *stamp(at, revision).as_str())
}

/// The instant that the stamp at the end of a name tells, and the first revision that it may mean.
pub fn read_stamp(name: &str) -> Option<(Timestamp, u64)> {
    let (_, digits) = name.rsplit_once('.').filter(|(_, digits)| digits.len() == 16)?;
    let stamp = u64::from_str_radix(digits, 16).ok()?;
    Some((Timestamp::from_millis(stamp / STAMPS), stamp % STAMPS + 1))
}

impl Said {
    /// Which component says it; in the newer events API it has another place.
    pub fn component(&self) -> &Text {
        if self.source.component.is_empty() { &self.reporting_component } else { &self.source.component }
    }

    /// Where that component runs.
    pub fn host(&self) -> &Text {
        if self.source.host.is_empty() { &self.reporting_instance } else { &self.source.host }
    }
}

fields! {
    /// An event that is said again and again.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct EventSeries {
        /// How often, the first time included.
        pub count: i32 = "count" always,
        pub last_observed_time: Option<Timestamp> = "lastObservedTime" always,
    }
}

fields! {
    /// Who says it.
    #[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
    pub struct EventSource {
        pub component: Text = "component",
        pub host: Text = "host",
    }
}

fields! {
    /// Which object is meant.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct ObjectReference {
        pub api_version: Text = "apiVersion",
        /// Which part of the object, e.g. `spec.containers{worker}`.
        pub field_path: Text = "fieldPath",
        pub kind: Text = "kind",
        pub name: Text = "name",
        pub namespace: Text = "namespace",
        pub resource_version: Text = "resourceVersion",
        pub uid: Uid = "uid",
    }
}

impl Ord for ObjectReference {
    /// By UID first: other fields are alike in most references, and these are compared often.
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let by = |part: fn(&Self) -> &Text| part(self).cmp(part(other));
        self.uid
            .cmp(&other.uid)
            .then_with(|| by(|of| &of.field_path))
            .then_with(|| by(|of| &of.name))
            .then_with(|| by(|of| &of.namespace))
            .then_with(|| by(|of| &of.kind))
            .then_with(|| by(|of| &of.api_version))
            .then_with(|| by(|of| &of.resource_version))
    }
}

impl PartialOrd for ObjectReference {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Field for Timestamp {
    /// Reads as any other time does: what is below the second is lost.
    fn read(&mut self, value: Value) -> Result<(), Mismatch> {
        let mut time = Time::default();
        time.read(value)?;
        *self = time.timestamp();
        Ok(())
    }

    /// `2006-01-02T15:04:05.000000Z`, as the newer events API writes its times.
    fn write(&self) -> Value {
        let seconds = Time::from(*self).to_string();
        Value::from(format!("{}.{:03}000Z", seconds.trim_end_matches('Z'), self.as_millis() % 1000))
    }
}
