//! Filtering: which nodes a pod could run on, and what speaks against the others (spec 03 §1.1).

use super::node_info::{NodeInfo, PodInfo};
use super::{node_affinity, node_name, node_ports, node_resources_fit, node_unschedulable, taint_toleration};
use std::borrow::Cow;

/// Why a pod cannot run on a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfit {
    /// In the scheduler's words; a node can lack several things.
    pub reasons: Vec<Cow<'static, str>>,
    /// Whether the pod would fit if other pods were gone.
    pub resolvable: bool,
}

impl Unfit {
    /// Something about the node itself, that no preemption changes.
    pub fn of_node(reason: &'static str) -> Self {
        Self { reasons: vec![Cow::Borrowed(reason)], resolvable: false }
    }
}

/// A filter plugin: `None` if it has nothing against the node.
type Filter = fn(&PodInfo, &NodeInfo) -> Option<Unfit>;

/// In the order in which they are asked.
const FILTERS: [Filter; 6] = [
    node_unschedulable::filter,
    node_name::filter,
    taint_toleration::filter,
    node_affinity::filter,
    node_ports::filter,
    node_resources_fit::filter,
];

/// What speaks against running a pod on a node: the first objection.
pub fn filter(pod: &PodInfo, node: &NodeInfo) -> Option<Unfit> {
    FILTERS.iter().find_map(|filter| filter(pod, node))
}
