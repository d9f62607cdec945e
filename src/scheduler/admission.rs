//! What speaks against a pod on the node that it has got without the scheduler: a kubelet asks the same filters before it
//! takes a pod in. In Kubernetes: `pkg/kubelet/lifecycle/predicate.go`.

use super::node_info::{Demand, NodeInfo, PodInfo};
use super::resources::Resources;
use super::unfit::Unfit;
use super::{node_affinity, node_ports};
use crate::api::{Kind, Object, ObjectKey, Pod, Text};
use crate::apiserver::View;
use std::rc::Rc;

/// Why the kubelet of its node does not take a pod in: reason and message.
pub fn objection(view: View<'_>, pod: &Rc<Pod>) -> Option<(Text, String)> {
    let name = pod.node_name.as_ref()?;
    let node = view.get(&ObjectKey::new(Kind::Node, Text::EMPTY, name.clone()))?.into_node()?;
    let of = |pod: &Rc<Pod>| PodInfo::new(pod, Rc::new(Demand::of(&pod.spec)));
    let mut info = NodeInfo::new(&node);
    let others = view.list(Kind::Pod).filter_map(Object::into_pod).filter(|other| {
        // Of two that came together the kubelet has seen the older one first.
        let is_before = other.metadata.uid != pod.metadata.uid && other.status.start_time.is_some();
        other.node_name.as_ref() == Some(name) && is_before && !other.is_finished()
    });
    others.for_each(|other| info.add(of(&other)));
    let pod = of(pod);
    let failed = |predicate: &'static str, unfit: Unfit| {
        (Text::from(predicate), format!("Predicate {predicate} failed: {}", unfit.reasons.concat()))
    };
    lacking(&pod, &info)
        .or_else(|| node_affinity::filter(&pod, &info).map(|unfit| failed("NodeAffinity", unfit)))
        .or_else(|| node_ports::filter(&pod, &info).map(|unfit| failed("NodePorts", unfit)))
}

/// The first resource of which a node has too little left.
fn lacking(pod: &PodInfo, node: &NodeInfo) -> Option<(Text, String)> {
    let lacks = |name: &str, requested: i128, used: i128, capacity: i128| {
        let message = format!(
            "Node didn't have enough resource: {name}, requested: {requested}, used: {used}, capacity: {capacity}"
        );
        (requested > 0 && requested > capacity - used).then(|| (Text::from(format!("OutOf{name}")), message))
    };
    let (wanted, all, used) = (&pod.requested.requested, &node.allocatable, &node.requested);
    let other = |resources: &Resources, name: &Text| resources.others.get(name).copied().unwrap_or(0) / 1000;
    lacks("pods", 1, node.pods.len() as i128, node.pods_allowed)
        .or_else(|| lacks("cpu", wanted.cpu, used.cpu, all.cpu))
        .or_else(|| lacks("memory", wanted.memory / 1000, used.memory / 1000, all.memory / 1000))
        .or_else(|| {
            let mut names = wanted.others.keys();
            names.find_map(|name| lacks(name, other(wanted, name), other(used, name), other(all, name)))
        })
}
