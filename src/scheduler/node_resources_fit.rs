//! NodeResourcesFit: a node must have free what a pod requests, and room for one more pod.

use super::node_info::{NodeInfo, PodInfo};
use super::unfit::{Plugin, Unfit};
use std::borrow::Cow;

pub fn filter(pod: &PodInfo, node: &NodeInfo) -> Option<Unfit> {
    let wanted = &pod.requested.requested;
    let (all, used) = (&node.allocatable, &node.requested);
    let mut reasons = Vec::new();
    let mut resolvable = true;
    if node.pods.len() as i128 + 1 > node.pods_allowed {
        reasons.push(Cow::Borrowed("Too many pods"));
    }
    let mut check = |reason: Cow<'static, str>, wanted: i128, all: i128, used: i128| {
        if wanted > 0 && wanted > all - used {
            reasons.push(reason);
            resolvable &= wanted <= all;
        }
    };
    check(Cow::Borrowed("Insufficient cpu"), wanted.cpu, all.cpu, used.cpu);
    check(Cow::Borrowed("Insufficient memory"), wanted.memory, all.memory, used.memory);
    for (name, &amount) in &wanted.others {
        let of = |resources: &super::resources::Resources| resources.others.get(name).copied().unwrap_or(0);
        check(Cow::Owned(format!("Insufficient {name}")), amount, of(all), of(used));
    }
    (!reasons.is_empty()).then_some(Unfit { reasons, resolvable, by: Plugin::NodeResourcesFit })
}
