//! NodePorts: two pods cannot have the same port of a node.

use super::node_info::{NodeInfo, PodInfo};
use super::unfit::{Plugin, Unfit};
use crate::api::Text;

pub fn filter(pod: &PodInfo, node: &NodeInfo) -> Option<Unfit> {
    let wanted = &pod.requested.host_ports;
    let taken = !wanted.is_empty() && node.host_ports().any(|used| wanted.iter().any(|port| clash(port, used)));
    let reason = "node(s) didn't have free ports for the requested pod ports";
    taken.then(|| Unfit { resolvable: true, ..Unfit::of_node(Plugin::NodePorts, reason) })
}

/// Whether two pods want the same port.
pub fn compete(pod: &PodInfo, other: &PodInfo) -> bool {
    pod.requested.host_ports.iter().any(|port| other.requested.host_ports.iter().any(|used| clash(port, used)))
}

fn clash(a: &(Text, Text, i32), b: &(Text, Text, i32)) -> bool {
    let any = |address: &Text| address.is_empty() || *address == "0.0.0.0";
    a.0 == b.0 && a.2 == b.2 && (any(&a.1) || any(&b.1) || a.1 == b.1)
}
