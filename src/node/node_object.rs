//! What a kubelet says of the machine it runs on.

use crate::api::fields::fields;
use crate::api::{
    Condition, ConditionStatus, Node, NodeAddress, NodeConditions, NodeSpec, NodeStatus, ObjectMeta, Strings, Text,
    Time,
};
use crate::sim::Timestamp;
use std::rc::Rc;

fields! {
    strict;
    /// What the pods of a node may use, as quantities.
    #[derive(Clone, Debug, PartialEq)]
    pub struct NodeSize {
        pub cpu: Text = "cpu" always,
        pub memory: Text = "memory" always,
        pub pods: Text = "pods" always,
    }
}

impl Default for NodeSize {
    fn default() -> Self {
        Self { cpu: "4".into(), memory: "8Gi".into(), pods: "110".into() }
    }
}

/// The Node object with which the kubelet of a new machine registers. `number` counts the nodes from 1 and makes the
/// addresses: 192.168.10.N for the machine, 10.244.N.0/24 for its pods.
pub fn node_object(name: &str, number: u32, size: &NodeSize, now: Timestamp) -> Node {
    let name = Text::from(name.to_owned());
    let labels: Strings = [
        ("beta.kubernetes.io/arch", "amd64".into()),
        ("beta.kubernetes.io/os", "linux".into()),
        ("kubernetes.io/arch", "amd64".into()),
        ("kubernetes.io/hostname", name.clone()),
        ("kubernetes.io/os", "linux".into()),
    ]
    .map(|(key, value)| (Text::from(key), value))
    .into();
    let resources: Strings = [
        ("cpu", size.cpu.clone()),
        ("ephemeral-storage", "100Gi".into()),
        ("memory", size.memory.clone()),
        ("pods", size.pods.clone()),
    ]
    .map(|(key, value)| (Text::from(key), value))
    .into();
    let cidr = Text::from(format!("{}0/24", pod_prefix(number)));
    let address = |kind: &'static str, address: Text| NodeAddress { address, kind: kind.into() };
    Node {
        metadata: Rc::new(ObjectMeta { name: name.clone(), labels: Rc::new(labels), ..ObjectMeta::default() }),
        spec: NodeSpec { pod_cidr: cidr.clone(), pod_cidrs: vec![cidr], ..NodeSpec::default() },
        status: Rc::new(NodeStatus {
            addresses: vec![address("InternalIP", node_ip(number)), address("Hostname", name)],
            allocatable: resources.clone(),
            capacity: resources,
            conditions: NodeConditions(healthy(now)),
            daemon_endpoints: [("kubeletEndpoint".to_owned(), serde_json::json!({"Port": 10250}))].into(),
            node_info: node_info(number),
        }),
        ..Node::default()
    }
}

/// The conditions of a node whose kubelet is well (spec 03 §11).
pub fn healthy(now: Timestamp) -> Vec<Condition> {
    let condition = |(kind, status, reason, message): (&'static str, bool, &'static str, &'static str)| Condition {
        kind: kind.into(),
        status: ConditionStatus::from(status),
        reason: reason.into(),
        message: message.into(),
        last_transition_time: Some(Time::from(now)),
        last_probe_time: Some(Time::from(now)),
        observed_generation: 0,
    };
    [
        ("MemoryPressure", false, "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
        ("DiskPressure", false, "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
        ("PIDPressure", false, "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
        ("Ready", true, "KubeletReady", "kubelet is posting ready status"),
    ]
    .map(condition)
    .into()
}

/// The address of the machine.
pub(super) fn node_ip(number: u32) -> Text {
    Text::from(format!("192.168.{}.{}", 10 + number / 256 % 240, number % 256))
}

/// What the addresses of its pods begin with.
pub(super) fn pod_prefix(number: u32) -> String {
    format!("10.{}.{}.", 244 + number / 256 % 12, number % 256)
}

fn node_info(number: u32) -> Strings {
    [
        ("architecture", "amd64".into()),
        ("bootID", Text::from(format!("00000000-0000-4000-8000-{:012x}", 0xb007_0000 + u64::from(number)))),
        ("containerRuntimeVersion", "containerd://2.2.0".into()),
        ("kernelVersion", "6.12.0".into()),
        ("kubeProxyVersion", Text::EMPTY),
        ("kubeletVersion", "v1.36.2".into()),
        ("machineID", Text::from(format!("{number:032x}"))),
        ("operatingSystem", "linux".into()),
        ("osImage", "Simulated Linux".into()),
        ("systemUUID", Text::from(format!("00000000-0000-4000-8000-{number:012x}"))),
    ]
    .map(|(key, value)| (Text::from(key), value))
    .into()
}
