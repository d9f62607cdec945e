//! Nodes: the machines that pods run on.

use super::condition::heartbeat;
use super::meta::{is_zero, text_is_empty};
use super::{Condition, ObjectMeta, Text, Time, Toleration};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::rc::Rc;

/// A node.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Node {
    #[serde(skip)]
    pub resource_version: u64,
    pub metadata: Rc<ObjectMeta>,
    pub spec: NodeSpec,
    pub status: Rc<NodeStatus>,
}

impl Node {
    /// Whether the kubelet reports and all is well.
    pub fn is_ready(&self) -> bool {
        self.status.conditions.iter().any(|condition| condition.holds("Ready"))
    }
}

/// What an administrator or a controller wants of a node.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct NodeSpec {
    #[serde(rename = "podCIDR", skip_serializing_if = "text_is_empty")]
    pub pod_cidr: Text,
    #[serde(rename = "podCIDRs", skip_serializing_if = "Vec::is_empty")]
    pub pod_cidrs: Vec<Text>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub taints: Vec<Taint>,
    /// Cordoned: no new pods.
    #[serde(skip_serializing_if = "is_zero")]
    pub unschedulable: bool,
}

/// Keeps pods away (NoSchedule, PreferNoSchedule) or drives them off (NoExecute).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Taint {
    pub effect: Text,
    pub key: Text,
    /// When a NoExecute taint was added.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_added: Option<Time>,
    #[serde(skip_serializing_if = "text_is_empty")]
    pub value: Text,
}

/// What the kubelet says of its node.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct NodeStatus {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<NodeAddress>,
    /// What pods may use: quantities by resource name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub allocatable: BTreeMap<Text, Text>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub capacity: BTreeMap<Text, Text>,
    #[serde(with = "heartbeat", skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub daemon_endpoints: BTreeMap<String, serde_json::Value>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub node_info: BTreeMap<Text, Text>,
}

/// One address of a node.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct NodeAddress {
    pub address: Text,
    #[serde(rename = "type")]
    pub kind: Text,
}

impl Toleration {
    /// Whether it is meant for this taint. An empty key means every key, an empty effect every effect.
    pub fn tolerates(&self, taint: &Taint) -> bool {
        let effect = self.effect.is_empty() || self.effect == taint.effect;
        let key = self.key.is_empty() || self.key == taint.key;
        let compared = || Some(taint.value.parse::<i64>().ok()?.cmp(&self.value.parse().ok()?));
        let value = match self.operator.as_str() {
            "" | "Equal" => self.value == taint.value,
            "Exists" => true,
            "Lt" => compared().is_some_and(std::cmp::Ordering::is_lt),
            "Gt" => compared().is_some_and(std::cmp::Ordering::is_gt),
            _ => false,
        };
        effect && key && value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_toleration_is_meant_for_a_taint_of_its_key_value_and_effect() {
        let check = |[key, operator, value, effect]: [&'static str; 4], expected: bool| {
            let taint = Taint { key: "k".into(), value: "7".into(), effect: "NoExecute".into(), time_added: None };
            let toleration = Toleration {
                key: key.into(),
                operator: operator.into(),
                value: value.into(),
                effect: effect.into(),
                toleration_seconds: None,
            };
            assert_eq!(toleration.tolerates(&taint), expected, "{key} {operator} {value} {effect}");
        };
        check(["k", "Equal", "7", "NoExecute"], true);
        check(["k", "", "7", ""], true);
        check(["k", "Equal", "8", ""], false);
        check(["k", "Exists", "", ""], true);
        check(["", "Exists", "", ""], true);
        check(["other", "Exists", "", ""], false);
        check(["k", "Exists", "", "NoSchedule"], false);
        check(["k", "Lt", "8", ""], true);
        check(["k", "Gt", "8", ""], false);
    }
}
