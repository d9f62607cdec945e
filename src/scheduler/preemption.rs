//! Preemption: a pod of higher priority may have pods of lower priority ended (spec 03 §1.5).

use super::node_info::{NodeInfo, PodInfo};
use super::unfit::Unfit;
use crate::api::{Text, Time};
use crate::sim::Order;
use std::borrow::Cow;
use std::cmp::Reverse;

/// Where room is made, and by ending whom.
#[derive(Clone, Debug)]
pub struct Plan {
    pub node: Text,
    pub victims: Vec<PodInfo>,
}

/// The gentlest of several plans: the least important victims, and of those the fewest.
pub fn gentlest(plans: Vec<Plan>) -> Option<Plan> {
    plans.into_iter().min_by_key(|plan| {
        let highest = plan.victims.iter().map(|victim| victim.priority).max();
        let sum: i64 = plan.victims.iter().map(|victim| i64::from(victim.priority) + (1 << 31)).sum();
        let of_highest = plan.victims.iter().filter(|victim| Some(victim.priority) == highest);
        let started = of_highest.map(|victim| victim.pod.status.start_time).min();
        // Of equal plans, the one whose victims have the least to lose: they came last.
        let youngest = plan.victims.iter().map(|victim| victim.pod.resource_version).min();
        (highest, sum, plan.victims.len(), Reverse(started), Reverse(youngest))
    })
}

/// Who must go from a node for a pod to fit; if that does not help, what would still speak against the node.
pub fn plan(
    pod: &PodInfo,
    node: &NodeInfo,
    objection: &dyn Fn(&NodeInfo) -> Option<Unfit>,
) -> Result<Plan, Vec<Cow<'static, str>>> {
    let lower = node.pods.values().filter(|other| other.priority < pod.priority);
    let mut candidates: Vec<PodInfo> = lower.cloned().collect();
    if candidates.is_empty() {
        return Err(vec![Cow::Borrowed("No preemption victims found for incoming pod")]);
    }
    let mut without = node.clone();
    for candidate in &candidates {
        without.remove(candidate.pod.metadata.uid);
    }
    if let Some(unfit) = objection(&without) {
        return Err(unfit.reasons);
    }
    candidates.order_by_key(importance);
    let mut victims = Vec::new();
    for candidate in candidates {
        let uid = candidate.pod.metadata.uid;
        without.add(candidate.clone());
        if objection(&without).is_some() {
            without.remove(uid);
            victims.push(candidate);
        }
    }
    Ok(Plan { node: node.name().clone(), victims })
}

/// The most important come first: by priority, then those that have run longest.
fn importance(pod: &PodInfo) -> (Reverse<i32>, Option<Time>, u64) {
    (Reverse(pod.priority), pod.pod.status.start_time, pod.pod.resource_version)
}
