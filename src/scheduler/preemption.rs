//! Preemption: a pod of higher priority may have pods of lower priority ended (spec 03 §1.5).

use super::node_info::{NodeInfo, PodInfo};
use super::unfit::Unfit;
use crate::api::{Kind, LabelSelector, Object, Text, Time};
use crate::apiserver::{Budget, View};
use crate::sim::Order;
use std::borrow::Cow;
use std::cmp::Reverse;

/// Where room is made, and by ending whom.
#[derive(Clone, Debug)]
pub struct Plan {
    pub node: Text,
    /// The most important first.
    pub victims: Vec<PodInfo>,
    /// How many of them a disruption budget would have kept.
    violations: usize,
}

/// The disruption budgets of the cluster: a victim whom one protects is taken only where nobody else will do.
pub struct Budgets(Vec<Protection>);

/// A budget, as its status says.
struct Protection {
    namespace: Text,
    selector: LabelSelector,
    /// How many more of its pods may go.
    allowed: i64,
}

impl Budgets {
    /// The budgets that stand.
    pub fn of(view: View<'_>) -> Self {
        let protections = view.list(Kind::PodDisruptionBudget).filter_map(|budget| {
            let Object::Other(budget) = budget else { return None };
            // The scheduler holds that a selector that selects everything selects nothing.
            let selector = Budget::selector(&budget).filter(|selector| !selector.is_empty())?;
            let allowed = budget.fields.get("status").and_then(|status| status["disruptionsAllowed"].as_i64());
            Some(Protection { namespace: budget.metadata.namespace.clone(), selector, allowed: allowed.unwrap_or(0) })
        });
        Self(protections.collect())
    }

    /// Which of these pods may not all go: those first that a budget would keep if the ones before them were gone.
    fn kept_first(&self, pods: Vec<PodInfo>) -> (Vec<PodInfo>, Vec<PodInfo>) {
        let mut allowed: Vec<i64> = self.0.iter().map(|protection| protection.allowed).collect();
        pods.into_iter().partition(|pod| {
            let metadata = &pod.pod.metadata;
            let mut kept = false;
            for (protection, allowed) in self.0.iter().zip(&mut allowed) {
                let means = protection.namespace == metadata.namespace && protection.selector.matches(&metadata.labels);
                if means && !metadata.labels.is_empty() {
                    *allowed -= 1;
                    kept |= *allowed < 0;
                }
            }
            kept
        })
    }
}

/// The gentlest of several plans: of which the budgets keep the fewest victims, then the least important victims, and of
/// those the fewest.
pub fn gentlest(plans: Vec<Plan>) -> Option<Plan> {
    plans.into_iter().min_by_key(|plan| {
        let highest = plan.victims.iter().map(|victim| victim.priority).max();
        let sum: i64 = plan.victims.iter().map(|victim| i64::from(victim.priority) + (1 << 31)).sum();
        let of_highest = plan.victims.iter().filter(|victim| Some(victim.priority) == highest);
        let started = of_highest.map(started).min();
        // Of equal plans, the one whose victims have the least to lose: they came last.
        let youngest = plan.victims.iter().map(|victim| victim.pod.resource_version).min();
        (plan.violations, highest, sum, plan.victims.len(), Reverse(started), Reverse(youngest))
    })
}

/// Who must go from a node for a pod to fit; if that does not help, what would still speak against the node.
pub fn plan(
    pod: &PodInfo,
    node: &NodeInfo,
    budgets: &Budgets,
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
    let mut spare = |candidates: Vec<PodInfo>| {
        for candidate in candidates {
            let uid = candidate.pod.metadata.uid;
            without.add(candidate.clone());
            if objection(&without).is_some() {
                without.remove(uid);
                victims.push(candidate);
            }
        }
        victims.len()
    };
    let (kept, others) = budgets.kept_first(candidates);
    let violations = spare(kept);
    spare(others);
    victims.order_by_key(importance);
    Ok(Plan { node: node.name().clone(), victims, violations })
}

/// The most important come first: by priority, then those that have run longest.
fn importance(pod: &PodInfo) -> (Reverse<i32>, i64, u64) {
    (Reverse(pod.priority), started(pod), pod.pod.resource_version)
}

/// The second in which a pod has started; none comes after one that has not.
fn started(pod: &PodInfo) -> i64 {
    pod.pod.status.start_time.map_or(i64::MAX, Time::as_secs)
}
