//! Queueing hints: whether what has happened may help a pod that waits. It is tried again only if whoever has refused it
//! may think otherwise now. In Kubernetes: `QueueingHintFn` of each plugin.

use super::filter::Refusals;
use super::node_info::{NodeInfo, PodInfo};
use super::{neighbours, node_ports};
use crate::api::Pod;

/// What has happened in the cluster.
pub enum ClusterEvent<'a> {
    /// A pod has got a node.
    PodBound(&'a Pod),
    PodRelabelled {
        before: &'a Pod,
        after: &'a Pod,
    },
    /// A pod is gone that had a node, or was to have it.
    PodGone(&'a PodInfo),
    /// A node is new or has changed.
    NodeChanged {
        before: Option<&'a NodeInfo>,
        after: &'a NodeInfo,
    },
    NodeGone(&'a NodeInfo),
}

/// Whether an event helps a pod that minds others.
pub type Hint = fn(&ClusterEvent<'_>, &PodInfo, Refusals) -> bool;

impl ClusterEvent<'_> {
    /// Whether it may help a pod that was refused for what a node is or has left.
    pub fn helps(&self, waiting: &PodInfo, refused_by: Refusals) -> bool {
        match *self {
            Self::PodGone(_) => refused_by.for_resources(),
            Self::NodeChanged { before, after } => refused_by.are_fewer(waiting, before, after),
            _ => false,
        }
    }

    /// The same of a pod that was refused for where other pods are, or for the ports that they have, or by nobody.
    pub fn helps_among_others(&self, waiting: &PodInfo, refused_by: Refusals) -> bool {
        let near = |pod: &Pod| neighbours::gains(waiting, pod, true);
        let far = |pod: &Pod| neighbours::gains(waiting, pod, false);
        let gains = refused_by.for_neighbours()
            && match *self {
                Self::PodBound(pod) => near(pod),
                Self::PodRelabelled { before, after } => far(before) || near(after),
                Self::PodGone(gone) => far(&gone.pod),
                Self::NodeChanged { before: None, .. } => true,
                Self::NodeChanged { before: Some(before), after } => {
                    let (before, after, spec) = (&before.node, &after.node, &waiting.pod.spec);
                    let relabelled = before.metadata.labels != after.metadata.labels;
                    let tainted = before.spec.taints != after.spec.taints;
                    let spreads = !spec.topology_spread_constraints.is_empty();
                    (relabelled && neighbours::has_rules(spec)) || (tainted && spreads)
                }
                Self::NodeGone(node) => neighbours::spreads_over(waiting, node),
            };
        // Where there was no node at all, nobody has refused it.
        let first = refused_by == Refusals::default() && matches!(self, Self::NodeChanged { .. });
        let freed = matches!(self, Self::PodGone(gone) if refused_by.for_ports() && node_ports::compete(waiting, gone));
        gains || freed || first
    }
}
