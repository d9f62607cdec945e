//! Disruption budgets: how many pods may be evicted at a time (spec 03 §11).

use super::View;
use crate::api::fields;
use crate::api::{
    ApiError, Kind, LabelSelector, LabelSelectorRequirement, Object, ObjectKey, Other, Pod, PodPhase, Reason, Strings,
    Text,
};
use crate::sim::Set;
use serde_json::Value;
use std::rc::Rc;

/// Refuses an eviction that would leave fewer healthy pods than a budget demands. Pods that do not run or are going
/// anyway are not protected, nor is one that is not ready while there are healthy ones enough.
pub fn check_budgets(view: View<'_>, pod: &Pod) -> Result<(), ApiError> {
    if pod.is_finished() || pod.metadata.is_deleting() || pod.status.phase == PodPhase::Pending {
        return Ok(());
    }
    let namespace = &pod.metadata.namespace;
    let budgets = view.list_in(Kind::PodDisruptionBudget, namespace).filter_map(|budget| {
        let Object::Other(budget) = budget else { return None };
        Budget::selector(&budget)?.matches(&pod.metadata.labels).then_some(budget)
    });
    let budgets: Vec<Rc<Other>> = budgets.collect();
    let budget = match &budgets[..] {
        [] => return Ok(()),
        // It does not protect who is not ready.
        [one] if !pod.is_ready() && one.fields.get("spec").is_some_and(lets_the_unhealthy_go) => return Ok(()),
        [one] => Budget::of(view, one),
        _ => {
            let message =
                "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.";
            return Err(ApiError::new(Reason::InternalError, message));
        }
    };
    let enough = !pod.is_ready() && budget.healthy >= budget.desired && budget.desired > 0;
    if budget.allowed() > 0 || enough {
        return Ok(());
    }
    let message = "Cannot evict pod as it would violate the pod's disruption budget.";
    Err(ApiError::new(Reason::TooManyRequests, message))
}

fn lets_the_unhealthy_go(spec: &Value) -> bool {
    spec["unhealthyPodEvictionPolicy"] == "AlwaysAllow"
}

/// What a budget comes to, as its pods are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Budget {
    /// Pods that the budget selects.
    pub pods: usize,
    pub healthy: i64,
    /// How many pods must stay healthy, of how many that there should be.
    pub desired: i64,
    pub expected: i64,
    /// Whether it means pods that no controller has, which do not count for it.
    pub has_unmanaged: bool,
    /// Why nobody can tell how many pods there should be: then none may be evicted.
    pub trouble: Option<String>,
}

impl Budget {
    /// Which pods a budget is about.
    pub fn selector(budget: &Other) -> Option<LabelSelector> {
        fields::read::<Option<LabelSelector>>(budget.fields.get("spec")?["selector"].clone()).ok()?
    }

    /// Whether a budget is about pods with these labels.
    pub fn means(budget: &Other, labels: &Strings) -> bool {
        Self::selector(budget).is_some_and(|selector| selector.matches(labels))
    }

    /// Its selector as Go prints the struct.
    pub fn selector_in_go(budget: &Other) -> String {
        let LabelSelector { match_labels, match_expressions } = Self::selector(budget).unwrap_or_default();
        let labels: String = match_labels.iter().map(|(key, value)| format!("{key}: {value},")).collect();
        let requirements = match_expressions.iter().map(|LabelSelectorRequirement { key, operator, values }| {
            let values = values.iter().map(Text::as_str).collect::<Vec<_>>().join(" ");
            format!("LabelSelectorRequirement{{Key:{key},Operator:{operator},Values:[{values}],}},")
        });
        let requirements: String = requirements.collect();
        format!(
            "&LabelSelector{{MatchLabels:map[string]string{{{labels}}},MatchExpressions:[]LabelSelectorRequirement\
             {{{requirements}}},}}"
        )
    }

    /// Counts the pods of a budget.
    pub fn of(view: View<'_>, budget: &Other) -> Self {
        let namespace = &budget.metadata.namespace;
        let selector = Self::selector(budget);
        let pods = view.list_in(Kind::Pod, namespace).filter_map(Object::into_pod);
        let meant = |pod: &Rc<Pod>| selector.as_ref().is_some_and(|selector| selector.matches(&pod.metadata.labels));
        let pods: Vec<Rc<Pod>> = pods.filter(meant).collect();
        let is_healthy = |pod: &&Rc<Pod>| pod.is_ready() && !pod.metadata.is_deleting();
        let counted =
            Self { pods: pods.len(), healthy: pods.iter().filter(is_healthy).count() as i64, ..Self::default() };
        let spec = budget.fields.get("spec").unwrap_or(&Value::Null);
        if let Some(desired) = spec["minAvailable"].as_i64() {
            return Self { desired, expected: pods.len() as i64, ..counted };
        }
        // A share, and what may be missing, is counted from the size of the pods' controllers.
        let expected = match wanted(view, namespace, &pods) {
            Ok(expected) => expected,
            // Nothing of its status is known then.
            Err(trouble) => return Self { pods: pods.len(), trouble: Some(trouble), ..Self::default() },
        };
        let has_unmanaged = pods.iter().any(|pod| pod.metadata.controller().is_none());
        let desired = match (amount(&spec["minAvailable"], expected), amount(&spec["maxUnavailable"], expected)) {
            (Some(least), _) => least,
            (None, Some(most)) => expected.saturating_sub(most).max(0),
            (None, None) => 0,
        };
        Self { desired, expected, has_unmanaged, ..counted }
    }

    /// How many pods may be evicted now.
    pub fn allowed(&self) -> i64 {
        if self.expected <= 0 { 0 } else { (self.healthy - self.desired).max(0) }
    }
}

/// How many pods their controllers want, or why one of them cannot be asked: a Job has no size. Pods of their own count
/// for nothing.
fn wanted(view: View<'_>, namespace: &Text, pods: &[Rc<Pod>]) -> Result<i64, String> {
    let (mut known, mut wanted) = (Set::new(), 0);
    for pod in pods {
        let Some(controller) = pod.metadata.controller().filter(|controller| known.insert(controller.uid)) else {
            continue;
        };
        let (group_version, name) = (&controller.api_version, &controller.kind);
        let found = match Kind::of(group_version, name) {
            Some(kind @ Kind::StatefulSet) => {
                view.get(&ObjectKey::new(kind, namespace.clone(), controller.name.clone()))
            }
            Some(kind) => {
                return Err(format!("{} does not implement the scale subresource", kind.resource().qualified()));
            }
            // What Kubernetes has and this cluster has none of.
            None if group_version == "apps/v1" || group_version == "v1" => None,
            None => return Err(format!("no matches for kind \"{name}\" in version \"{group_version}\"")),
        };
        let Some(Object::Other(set)) = found.filter(|set| set.metadata().uid == controller.uid) else {
            return Err(format!("found no controllers for pod \"{}\"", pod.metadata.name));
        };
        wanted += set.fields.get("spec").and_then(|spec| spec["replicas"].as_i64()).unwrap_or(1);
    }
    Ok(wanted)
}

/// A number, or a percentage of `total` rounded up.
fn amount(value: &Value, total: i64) -> Option<i64> {
    match value {
        Value::String(text) => {
            let percent: i64 = text.strip_suffix('%')?.parse().ok()?;
            Some(percent.clamp(0, 100).saturating_mul(total).saturating_add(99) / 100)
        }
        value => value.as_i64(),
    }
}
