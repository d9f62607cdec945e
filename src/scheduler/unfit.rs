//! What speaks against running a pod on a node, and who says so (spec 03 §1.1).

use std::borrow::Cow;

/// Why a pod cannot run on a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfit {
    /// In the scheduler's words; a node can lack several things.
    pub reasons: Vec<Cow<'static, str>>,
    /// Whether the pod would fit if other pods were gone.
    pub resolvable: bool,
    /// Who says so.
    pub by: Plugin,
}

/// Who judges nodes, in the order in which they are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plugin {
    NodeUnschedulable,
    NodeName,
    TaintToleration,
    NodeAffinity,
    NodePorts,
    NodeResourcesFit,
    /// Those that look at where other pods are, which need to know more than the one node.
    Neighbours,
}

impl Unfit {
    /// Something about the node itself, that no preemption changes.
    pub fn of_node(by: Plugin, reason: &'static str) -> Self {
        Self { reasons: vec![Cow::Borrowed(reason)], resolvable: false, by }
    }
}
