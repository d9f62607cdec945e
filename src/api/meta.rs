//! What all objects share: names, labels, owners, selectors (`metav1`).

use super::{Kind, Text, Time};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;

/// What made-up names are made of: letters and digits that spell no words.
pub const NAME_ALPHABET: &[u8; 27] = b"bcdfghjklmnpqrstvwxz2456789";

/// Labels or annotations. Pods of one Job share theirs.
pub type StringMap = Rc<BTreeMap<Text, Text>>;

/// An object's identity over all time: 128 bits, printed as a UUID.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uid(pub u128);

impl fmt::Display for Uid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hex = format!("{:032x}", self.0);
        write!(f, "{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
    }
}

impl std::str::FromStr for Uid {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        u128::from_str_radix(&text.replace('-', ""), 16).map(Self)
    }
}

impl Serialize for Uid {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Uid {
    /// What is no UUID reads as no UID: the API server sets it, a manifest's is ignored.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(String::deserialize(deserializer)?.parse().unwrap_or_default())
    }
}

/// `metadata`. The revision stands in the object beside it, so that an object's versions can share it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ObjectMeta {
    #[serde(skip_serializing_if = "map_is_empty")]
    pub annotations: StringMap,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub creation_timestamp: Option<Time>,
    /// The grace period that the deletion was granted, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deletion_grace_period_seconds: Option<i64>,
    /// When the object must be gone: the moment of the DELETE plus its grace period.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deletion_timestamp: Option<Time>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub finalizers: Vec<Text>,
    #[serde(skip_serializing_if = "text_is_empty")]
    pub generate_name: Text,
    /// Counts the changes of `spec`, from 1.
    #[serde(skip_serializing_if = "is_zero")]
    pub generation: i64,
    #[serde(skip_serializing_if = "map_is_empty")]
    pub labels: StringMap,
    #[serde(skip_serializing_if = "text_is_empty")]
    pub name: Text,
    /// Empty for cluster-scoped objects.
    #[serde(skip_serializing_if = "text_is_empty")]
    pub namespace: Text,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub owner_references: Vec<OwnerReference>,
    #[serde(skip_serializing_if = "Uid::is_unset")]
    pub uid: Uid,
}

impl ObjectMeta {
    /// The reference to the one object that manages this one.
    pub fn controller(&self) -> Option<&OwnerReference> {
        self.owner_references.iter().find(|owner| owner.controller == Some(true))
    }

    /// Whether the object is being deleted.
    pub fn is_deleting(&self) -> bool {
        self.deletion_timestamp.is_some()
    }

    /// Whether somebody still holds the object with this finalizer.
    pub fn has_finalizer(&self, finalizer: &str) -> bool {
        self.finalizers.iter().any(|held| held == finalizer)
    }
}

impl Uid {
    fn is_unset(&self) -> bool {
        self.0 == 0
    }
}

pub(super) fn map_is_empty(map: &StringMap) -> bool {
    map.is_empty()
}

pub(super) fn text_is_empty(text: &Text) -> bool {
    text.is_empty()
}

pub(super) fn is_zero<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// An object that this one belongs to. When the last owner is gone, so is this object.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct OwnerReference {
    pub api_version: Text,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub block_owner_deletion: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub controller: Option<bool>,
    pub kind: Text,
    pub name: Text,
    pub uid: Uid,
}

/// Where an object is stored: kind, namespace, name. Sorted as `kubectl get` lists.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectKey {
    pub kind: Kind,
    /// Empty for cluster-scoped objects.
    pub namespace: Text,
    pub name: Text,
}

impl ObjectKey {
    /// The key of an object in a namespace.
    pub fn new(kind: Kind, namespace: impl Into<Text>, name: impl Into<Text>) -> Self {
        Self { kind, namespace: namespace.into(), name: name.into() }
    }
}

impl fmt::Display for ObjectKey {
    /// `Job default/demo`, for test failures.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}/{}", self.kind, self.namespace, self.name)
    }
}

/// Which objects are meant, by their labels.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct LabelSelector {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub match_expressions: Vec<LabelSelectorRequirement>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub match_labels: BTreeMap<Text, Text>,
}

/// One condition on one label.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct LabelSelectorRequirement {
    pub key: Text,
    /// `In`, `NotIn`, `Exists` or `DoesNotExist`.
    pub operator: Text,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<Text>,
}

impl LabelSelector {
    /// Whether an object with these labels is meant. An empty selector means every object.
    pub fn matches(&self, labels: &BTreeMap<Text, Text>) -> bool {
        let equal = self.match_labels.iter().all(|(key, value)| labels.get(key) == Some(value));
        equal && self.match_expressions.iter().all(|requirement| requirement.matches(labels))
    }
}

impl LabelSelectorRequirement {
    fn matches(&self, labels: &BTreeMap<Text, Text>) -> bool {
        let value = labels.get(&self.key);
        let listed = value.is_some_and(|value| self.values.contains(value));
        match self.operator.as_str() {
            "In" => listed,
            "NotIn" => !listed,
            "Exists" => value.is_some(),
            "DoesNotExist" => value.is_none(),
            _ => false,
        }
    }
}

/// `True`, `False` or `Unknown`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ConditionStatus {
    True,
    False,
    #[default]
    Unknown,
}

impl ConditionStatus {
    /// The word the API uses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::True => "True",
            Self::False => "False",
            Self::Unknown => "Unknown",
        }
    }
}

impl From<bool> for ConditionStatus {
    fn from(holds: bool) -> Self {
        if holds { Self::True } else { Self::False }
    }
}

/// A condition, in the form that Jobs, Pods and Nodes share. Which times are printed is each kind's affair.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Condition {
    pub kind: Text,
    pub status: ConditionStatus,
    pub reason: Text,
    pub message: Text,
    pub last_transition_time: Option<Time>,
    /// Jobs: `lastProbeTime`, the moment the condition was set. Nodes: `lastHeartbeatTime`. Pods: null.
    pub last_probe_time: Option<Time>,
    /// Pods only: the pod's generation that the kubelet had seen.
    pub observed_generation: i64,
}

impl Condition {
    /// Whether this is the condition `kind` and it holds.
    pub fn holds(&self, kind: &str) -> bool {
        self.kind == kind && self.status == ConditionStatus::True
    }
}

/// Reads an enum-like word of the API out of its string form, or fails as serde does.
pub(super) fn word<'de, D: Deserializer<'de>, T>(deserializer: D, read: fn(&str) -> Option<T>) -> Result<T, D::Error> {
    let text = String::deserialize(deserializer)?;
    read(&text).ok_or_else(|| de::Error::custom(format!("unknown word {text:?}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uid_is_printed_as_a_uuid_and_read_back() {
        let uid: Uid = "00000000-0000-4000-8000-000000001001".parse().expect("a UUID");
        assert_eq!(uid.to_string(), "00000000-0000-4000-8000-000000001001");
    }
}
