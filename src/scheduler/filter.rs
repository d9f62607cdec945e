//! Filtering: which nodes a pod could run on, and what speaks against the others (spec 03 §1.1).

use super::node_info::{NodeInfo, PodInfo};
use super::unfit::{Plugin, Unfit};
use super::{node_affinity, node_name, node_ports, node_resources_fit, node_unschedulable, taint_toleration};

/// Whoever has refused a pod on any node: a change of the nodes matters to it only if it matters to one of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Refusals(u8);

impl Refusals {
    /// The plugins behind these objections.
    pub fn of<'a>(objections: impl IntoIterator<Item = &'a Unfit>) -> Self {
        Self(objections.into_iter().fold(0, |plugins, unfit| plugins | 1 << unfit.by as u8))
    }

    /// Whether it was refused for what a node has left. Any pod that goes gives such a pod another try, even one that
    /// asks for more than the node has.
    pub fn for_resources(self) -> bool {
        self.has(Plugin::NodeResourcesFit)
    }

    /// Whether it was refused for ports that others have.
    pub fn for_ports(self) -> bool {
        self.has(Plugin::NodePorts)
    }

    /// Whether it was refused for where other pods are.
    pub fn for_neighbours(self) -> bool {
        self.has(Plugin::Neighbours)
    }

    /// Whether somebody who has refused the pod has nothing against a node any more that is new or has changed.
    pub fn are_fewer(self, pod: &PodInfo, before: Option<&NodeInfo>, after: &NodeInfo) -> bool {
        let refused = FILTERS.iter().filter(|(plugin, _)| self.has(*plugin)).map(|(_, filter)| filter);
        let gives_way =
            |filter: &Filter| before.is_none_or(|before| filter(pod, before).is_some()) && filter(pod, after).is_none();
        refused.into_iter().any(gives_way)
    }

    fn has(self, plugin: Plugin) -> bool {
        self.0 >> plugin as u8 & 1 == 1
    }
}

/// A filter plugin: `None` if it has nothing against the node.
type Filter = fn(&PodInfo, &NodeInfo) -> Option<Unfit>;

/// In the order in which they are asked.
const FILTERS: [(Plugin, Filter); 6] = [
    (Plugin::NodeUnschedulable, node_unschedulable::filter),
    (Plugin::NodeName, node_name::filter),
    (Plugin::TaintToleration, taint_toleration::filter),
    (Plugin::NodeAffinity, node_affinity::filter),
    (Plugin::NodePorts, node_ports::filter),
    (Plugin::NodeResourcesFit, node_resources_fit::filter),
];

/// What speaks against running a pod on a node: the first objection.
pub fn filter(pod: &PodInfo, node: &NodeInfo) -> Option<Unfit> {
    node_affinity::unnamed(pod, node).or_else(|| FILTERS.iter().find_map(|(_, filter)| filter(pod, node)))
}
