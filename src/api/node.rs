//! Nodes: the machines that pods run on.

use super::fields::fields;
use super::{NodeConditions, ObjectMeta, Strings, Text, Time, Toleration};
use std::collections::BTreeMap;
use std::rc::Rc;

fields! {
    /// A node.
    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Node {
        pub resource_version: u64,
        pub metadata: Rc<ObjectMeta> = "metadata",
        pub spec: NodeSpec = "spec",
        pub status: Rc<NodeStatus> = "status",
    }
}

impl Node {
    /// Whether the kubelet reports and all is well.
    pub fn is_ready(&self) -> bool {
        self.status.conditions.iter().any(|condition| condition.holds("Ready"))
    }
}

fields! {
    /// What an administrator or a controller wants of a node.
    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct NodeSpec {
        pub pod_cidr: Text = "podCIDR",
        pub pod_cidrs: Vec<Text> = "podCIDRs",
        pub taints: Vec<Taint> = "taints",
        /// Cordoned: no new pods.
        pub unschedulable: bool = "unschedulable",
    }
}

fields! {
    /// Keeps pods away (NoSchedule, PreferNoSchedule) or drives them off (NoExecute).
    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct Taint {
        pub effect: Text = "effect" always,
        pub key: Text = "key" always,
        /// When a NoExecute taint was added.
        pub time_added: Option<Time> = "timeAdded",
        pub value: Text = "value",
    }
}

fields! {
    /// What the kubelet says of its node.
    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct NodeStatus {
        pub addresses: Vec<NodeAddress> = "addresses",
        /// What pods may use: quantities by resource name.
        pub allocatable: Strings = "allocatable",
        pub capacity: Strings = "capacity",
        pub conditions: NodeConditions = "conditions",
        pub daemon_endpoints: BTreeMap<String, serde_json::Value> = "daemonEndpoints",
        pub node_info: Strings = "nodeInfo",
    }
}

fields! {
    /// One address of a node.
    #[derive(Clone, Debug, Default, PartialEq)]
    pub struct NodeAddress {
        pub address: Text = "address" always,
        pub kind: Text = "type" always,
    }
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
