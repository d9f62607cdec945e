//! NodeUnschedulable: cordoned nodes take no new pods, unless a pod tolerates the taint that stands for it.

use super::node_info::{NodeInfo, PodInfo};
use super::unfit::{Plugin, Unfit};
use crate::api::Taint;

pub fn filter(pod: &PodInfo, node: &NodeInfo) -> Option<Unfit> {
    if !node.node.spec.unschedulable {
        return None;
    }
    let taint =
        Taint { key: "node.kubernetes.io/unschedulable".into(), effect: "NoSchedule".into(), ..Taint::default() };
    let tolerated = pod.pod.spec.tolerations.iter().any(|toleration| toleration.tolerates(&taint));
    (!tolerated).then(|| Unfit::of_node(Plugin::NodeUnschedulable, "node(s) were unschedulable"))
}
