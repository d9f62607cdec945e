//! Events: what components have to say about an object (`v1`, spec 05 §5).

use super::meta::{is_zero, text_is_empty};
use super::{ObjectMeta, Text, Time, Uid};
use serde::{Deserialize, Serialize, Serializer};
use std::rc::Rc;

/// An Event, as `kubectl get events` lists it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Event {
    #[serde(skip)]
    pub resource_version: u64,
    #[serde(skip_serializing_if = "text_is_empty")]
    pub action: Text,
    /// How often it was said.
    #[serde(skip_serializing_if = "is_zero")]
    pub count: i32,
    /// Set instead of the two stamps by those who use the newer events API: the scheduler. Milliseconds matter there.
    #[serde(serialize_with = "micro_time", deserialize_with = "any_time")]
    pub event_time: Option<crate::sim::Timestamp>,
    pub first_timestamp: Option<Time>,
    pub involved_object: ObjectReference,
    pub last_timestamp: Option<Time>,
    #[serde(skip_serializing_if = "text_is_empty")]
    pub message: Text,
    pub metadata: Rc<ObjectMeta>,
    #[serde(skip_serializing_if = "text_is_empty")]
    pub reason: Text,
    pub reporting_component: Text,
    pub reporting_instance: Text,
    /// How often it was said since, in the newer events API.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub series: Option<EventSeries>,
    pub source: EventSource,
    /// `Normal` or `Warning`.
    #[serde(rename = "type", skip_serializing_if = "text_is_empty")]
    pub kind: Text,
}

/// An event that is said again and again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct EventSeries {
    /// How often, the first time included.
    pub count: i32,
    #[serde(serialize_with = "micro_time", deserialize_with = "any_time")]
    pub last_observed_time: Option<crate::sim::Timestamp>,
}

/// Who says it.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(default)]
pub struct EventSource {
    #[serde(skip_serializing_if = "text_is_empty")]
    pub component: Text,
    #[serde(skip_serializing_if = "text_is_empty")]
    pub host: Text,
}

/// Which object is meant.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ObjectReference {
    #[serde(skip_serializing_if = "text_is_empty")]
    pub api_version: Text,
    /// Which part of the object, e.g. `spec.containers{worker}`.
    #[serde(skip_serializing_if = "text_is_empty")]
    pub field_path: Text,
    #[serde(skip_serializing_if = "text_is_empty")]
    pub kind: Text,
    #[serde(skip_serializing_if = "text_is_empty")]
    pub name: Text,
    #[serde(skip_serializing_if = "text_is_empty")]
    pub namespace: Text,
    #[serde(skip_serializing_if = "text_is_empty")]
    pub resource_version: Text,
    pub uid: Uid,
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

fn micro_time<S: Serializer>(instant: &Option<crate::sim::Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
    match instant {
        None => serializer.serialize_none(),
        Some(instant) => {
            let seconds = Time::from(*instant).to_string();
            let stamp = format!("{}.{:03}000Z", seconds.trim_end_matches('Z'), instant.as_millis() % 1000);
            serializer.serialize_str(&stamp)
        }
    }
}

fn any_time<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<crate::sim::Timestamp>, D::Error> {
    Ok(Option::<Time>::deserialize(deserializer)?.map(Time::timestamp))
}
