//! Nodes: the machines that pods run on.

use super::condition::heartbeat;
use super::meta::{is_zero, text_is_empty};
use super::{Condition, ObjectMeta, Text, Time};
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
