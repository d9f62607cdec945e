//! What all objects share: names, labels, owners, selectors (`metav1`).

use super::fields::{self, Field, Mismatch, fields};
use super::{Kind, StringMap, Strings, Text, Time};
use crate::sim::{Key, digests, hash};
use serde_json::Value;
use std::fmt;
use std::rc::Rc;

/// What made-up names are made of: letters and digits that spell no words.
pub const NAME_ALPHABET: &[u8; 27] = b"bcdfghjklmnpqrstvwxz2456789";

/// An object's identity over all time: 128 bits, printed as a UUID.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uid(pub u128);

impl Key for Uid {
    fn hashed(&self) -> u32 {
        self.0.hashed()
    }
}

/// How many characters a UUID is printed in.
const UUID_LENGTH: usize = 36;

/// A UUID as it is printed.
pub struct Digits([u8; UUID_LENGTH]);

impl Digits {
    pub fn as_str(&self) -> &str {
        str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl Uid {
    /// The UUID as it is printed.
    pub fn digits(self) -> Digits {
        let mut text = *b"00000000-0000-0000-0000-000000000000";
        let mut rest = self.0;
        for digit in text.iter_mut().rev().filter(|digit| **digit != b'-') {
            *digit = b"0123456789abcdef"[(rest & 15) as usize];
            rest >>= 4;
        }
        Digits(text)
    }
}

impl fmt::Display for Uid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.digits().as_str())
    }
}

impl std::str::FromStr for Uid {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        u128::from_str_radix(&text.replace('-', ""), 16).map(Self)
    }
}

impl Field for Uid {
    /// What is no UUID is some other object's, and nobody's: the API server sets UIDs, a manifest can only refer to one.
    fn read(&mut self, value: Value) -> Result<(), Mismatch> {
        let text = fields::text(value)?;
        let of_nobody = || {
            let [high, low, ..] = digests(&[&text]);
            Self(u128::from(high) << 64 | u128::from(low))
        };
        let uuid = Some(&text).filter(|text| text.len() == UUID_LENGTH).and_then(|text| text.parse().ok());
        *self = if text.is_empty() { Self::default() } else { uuid.unwrap_or_else(of_nobody) };
        Ok(())
    }

    fn write(&self) -> Value {
        if self.is_unset() { "".into() } else { Value::from(self.to_string()) }
    }

    fn is_unset(&self) -> bool {
        self.0 == 0
    }
}

fields! {
    /// `metadata`. The revision stands in the object beside it, so that an object's versions can share it.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct ObjectMeta {
        pub annotations: StringMap = "annotations",
        pub creation_timestamp: Option<Time> = "creationTimestamp",
        /// The grace period that the deletion was granted, in seconds.
        pub deletion_grace_period_seconds: Option<i64> = "deletionGracePeriodSeconds",
        /// When the object must be gone: the moment of the DELETE plus its grace period.
        pub deletion_timestamp: Option<Time> = "deletionTimestamp",
        /// Who holds the object; shared like the owners.
        pub finalizers: Rc<Vec<Text>> = "finalizers",
        pub generate_name: Text = "generateName",
        /// Counts the changes of `spec`, from 1.
        pub generation: i64 = "generation",
        pub labels: StringMap = "labels",
        pub name: Text = "name",
        /// Empty for cluster-scoped objects.
        pub namespace: Text = "namespace",
        /// Whom the object belongs to; a hundred thousand pods share theirs.
        pub owner_references: Rc<Vec<OwnerReference>> = "ownerReferences",
        pub uid: Uid = "uid",
    }
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

fields! {
    /// An object that this one belongs to. When the last owner is gone, so is this object.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct OwnerReference {
        pub api_version: Text = "apiVersion" always,
        pub block_owner_deletion: Option<bool> = "blockOwnerDeletion",
        pub controller: Option<bool> = "controller",
        pub kind: Text = "kind" always,
        pub name: Text = "name" always,
        pub uid: Uid = "uid" always,
    }
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

impl Key for ObjectKey {
    fn hashed(&self) -> u32 {
        hash(&[&self.namespace, &self.name]).rotate_left(self.kind as u32)
    }
}

impl fmt::Display for ObjectKey {
    /// `Job default/demo`, for test failures.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}/{}", self.kind, self.namespace, self.name)
    }
}

fields! {
    /// Which objects are meant, by their labels.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct LabelSelector {
        pub match_expressions: Vec<LabelSelectorRequirement> = "matchExpressions",
        pub match_labels: Strings = "matchLabels",
    }
}

fields! {
    /// One condition on one label.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct LabelSelectorRequirement {
        pub key: Text = "key" always,
        /// `In`, `NotIn`, `Exists` or `DoesNotExist`.
        pub operator: Text = "operator" always,
        pub values: Vec<Text> = "values",
    }
}

impl LabelSelector {
    /// Whether it asks for nothing.
    pub fn is_empty(&self) -> bool {
        self.match_expressions.is_empty() && self.match_labels.is_empty()
    }

    /// Whether an object with these labels is meant. An empty selector means every object.
    pub fn matches(&self, labels: &Strings) -> bool {
        let equal = self.match_labels.iter().all(|(key, value)| labels.get(key) == Some(value));
        equal && self.match_expressions.iter().all(|requirement| requirement.matches(labels))
    }
}

impl LabelSelectorRequirement {
    fn matches(&self, labels: &Strings) -> bool {
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
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

impl Field for ConditionStatus {
    fn read(&mut self, value: Value) -> Result<(), Mismatch> {
        *self = fields::word(&value, [Self::True, Self::False, Self::Unknown].map(|status| (status.as_str(), status)))?;
        Ok(())
    }

    fn write(&self) -> Value {
        self.as_str().into()
    }
}

fields! {
    /// A condition, as Jobs and Pods write it; Nodes give the probe time another name ([`NodeConditions`]).
    ///
    /// [`NodeConditions`]: super::NodeConditions
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct Condition {
        pub kind: Text = "type" always,
        pub status: ConditionStatus = "status",
        pub reason: Text = "reason",
        pub message: Text = "message",
        pub last_transition_time: Option<Time> = "lastTransitionTime" always,
        /// Jobs: the moment the condition was set. Nodes: `lastHeartbeatTime`. Pods: null.
        pub last_probe_time: Option<Time> = "lastProbeTime" always,
        /// Pods only: the pod's generation that the kubelet had seen.
        pub observed_generation: i64 = "observedGeneration",
    }
}

impl Condition {
    /// Whether this is the condition `kind` and it holds.
    pub fn holds(&self, kind: &str) -> bool {
        self.kind == kind && self.status == ConditionStatus::True
    }
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
