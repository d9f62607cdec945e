//! TaintToleration: taints keep pods away that do not tolerate them.

use super::node_info::{NodeInfo, PodInfo};
use super::unfit::{Plugin, Unfit};
use crate::api::Taint;

/// How many taints ask the pod to go elsewhere if it can.
pub fn discouraged(pod: &PodInfo, node: &NodeInfo) -> i64 {
    let asks = node.node.spec.taints.iter().filter(|taint| taint.effect == "PreferNoSchedule");
    asks.filter(|taint| !pod.pod.spec.tolerations.iter().any(|toleration| toleration.tolerates(taint))).count() as i64
}

pub fn filter(pod: &PodInfo, node: &NodeInfo) -> Option<Unfit> {
    let repels = |taint: &&Taint| taint.effect == "NoSchedule" || taint.effect == "NoExecute";
    let tolerated = |taint: &Taint| pod.pod.spec.tolerations.iter().any(|toleration| toleration.tolerates(taint));
    let untolerated = node.node.spec.taints.iter().filter(repels).any(|taint| !tolerated(taint));
    untolerated.then(|| Unfit::of_node(Plugin::TaintToleration, "node(s) had untolerated taint(s)"))
}
