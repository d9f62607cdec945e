//! Scoring: which of the possible nodes a pod gets.
//!
//! Kubernetes adds up the scores of many plugins and breaks ties by chance. Here the choice is the one that a learner
//! would predict: the node that meets the most wishes (taints that only discourage, preferred affinity), of those the one with
//! the fewest pods of the same controller, then the emptiest, then the first by name.

use super::node_info::{NodeInfo, PodInfo};
use super::resources::Resources;
use super::{node_affinity, taint_toleration};

/// What a taint weighs against the points of a preference, of which there are up to 100.
const DISCOURAGED: i64 = 150;

/// How little a node is wished for: below zero, it is wished for.
pub fn reluctance(pod: &PodInfo, node: &NodeInfo) -> i64 {
    DISCOURAGED * taint_toleration::discouraged(pod, node) - node_affinity::preference(pod, node)
}

/// Lower is better.
pub type Score = (u32, i128);

/// How a node compares for a pod; equal nodes are taken in the order of their names.
pub fn score(pod: &PodInfo, node: &NodeInfo) -> Score {
    (node.pods_of(pod.controller), share(&node.allocatable, &node.estimated))
}

/// How much of a node's CPU and memory is taken, in parts per million each, added up.
fn share(all: &Resources, used: &Resources) -> i128 {
    let part = |used: i128, all: i128| if all > 0 { used * 1_000_000 / all } else { 1_000_000 };
    part(used.cpu, all.cpu) + part(used.memory, all.memory)
}
