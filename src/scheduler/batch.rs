//! Pods that are all alike, one after the other: what a node is worth to one, it is worth to the next, unless the node
//! has changed. In Kubernetes: OpportunisticBatching (`pkg/scheduler/framework/runtime/batch.go`).

use super::filter::filter;
use super::node_info::{NodeInfo, PodInfo};
use super::nodes::Nodes;
use super::score::{Score, reluctance, score};
use crate::api::{Text, Uid};

/// What each node was worth to the last pod of a template that no rule ties to its neighbours.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    controller: Option<Uid>,
    arrangement: u64,
    seen: Vec<Seen>,
}

/// A node in one state.
#[derive(Clone, Debug, Default)]
struct Seen {
    state: u64,
    /// None if the pods cannot run there. Lower is better.
    worth: Option<(i64, Score)>,
}

impl Batch {
    /// The best node for the next pod, if it can run anywhere.
    pub fn best<'a>(&mut self, pod: &PodInfo, nodes: &'a Nodes) -> Option<&'a Text> {
        if (self.controller, self.arrangement) != (pod.controller, nodes.arrangement()) {
            let seen = vec![Seen::default(); nodes.len()];
            *self = Self { controller: pod.controller, arrangement: nodes.arrangement(), seen };
        }
        for (node, seen) in nodes.iter().zip(&mut self.seen) {
            if seen.state != node.state() {
                let worth = |node: &NodeInfo| (reluctance(pod, node), score(pod, node));
                let fits = filter(pod, node).is_none();
                *seen = Seen { state: node.state(), worth: fits.then(|| worth(node)) };
            }
        }
        let possible = nodes.iter().zip(&self.seen).filter_map(|(node, seen)| Some((seen.worth?, node)));
        possible.min_by_key(|(worth, _)| *worth).map(|(_, node)| node.name())
    }
}
