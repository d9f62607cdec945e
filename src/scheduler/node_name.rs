//! NodeName: a pod that names its node runs there or nowhere.

use super::node_info::{NodeInfo, PodInfo};
use super::unfit::{Plugin, Unfit};

pub fn filter(pod: &PodInfo, node: &NodeInfo) -> Option<Unfit> {
    let wanted = pod.pod.node_name.as_ref()?;
    (wanted != node.name()).then(|| Unfit::of_node(Plugin::NodeName, "node(s) didn't match the requested node name"))
}
