//! Events: what components have to say about an object (`v1`, spec 05 §5).

use super::fields::{Field, Mismatch, fields};
use super::{ObjectMeta, Text, Time, Uid};
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
        pub uid: Uid = "uid" always,
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
