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
    /// Who says so.
    pub by: Plugin,
}

/// A filter plugin, by its place in the order.
pub type Plugin = usize;

/// Whoever has refused a pod on any node: a change of the nodes matters to it only if it matters to one of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Refusals(u8);

impl Refusals {
    /// The plugins behind these objections.
    pub fn of<'a>(objections: impl IntoIterator<Item = &'a Unfit>) -> Self {
        Self(objections.into_iter().fold(0, |plugins, unfit| plugins | 1 << unfit.by))
    }

    /// Whether it was refused for what a node has left. Any pod that goes gives such a pod another try, even one that
    /// asks for more than the node has.
    pub fn for_resources(self) -> bool {
        self.has(RESOURCES)
    }

    /// Whether it was refused for where other pods are.
    pub fn for_neighbours(self) -> bool {
        self.has(NEIGHBOURS)
    }

    /// Whether somebody who has refused the pod has nothing against a node any more that is new or has changed.
    pub fn are_fewer(self, pod: &PodInfo, before: Option<&NodeInfo>, after: &NodeInfo) -> bool {
        let refused = FILTERS.iter().enumerate().filter(|(plugin, _)| self.has(*plugin)).map(|(_, filter)| filter);
        let gives_way =
            |filter: &Filter| before.is_none_or(|before| filter(pod, before).is_some()) && filter(pod, after).is_none();
        refused.into_iter().any(gives_way)
    }

    fn has(self, plugin: Plugin) -> bool {
        self.0 >> plugin & 1 == 1
    }
}

impl Unfit {
    /// Something about the node itself, that no preemption changes.
    pub fn of_node(reason: &'static str) -> Self {
        Self { reasons: vec![Cow::Borrowed(reason)], resolvable: false, by: NEIGHBOURS }
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

/// The last of them: it looks at what a node has left.
const RESOURCES: Plugin = FILTERS.len() - 1;
/// After all of these: the plugins that look at where other pods are, which need to know more than the one node.
const NEIGHBOURS: Plugin = FILTERS.len();

/// What speaks against running a pod on a node: the first objection.
pub fn filter(pod: &PodInfo, node: &NodeInfo) -> Option<Unfit> {
    FILTERS.iter().enumerate().find_map(|(by, filter)| filter(pod, node).map(|unfit| Unfit { by, ..unfit }))
}
