//! Disruption budgets: how many pods may be evicted at a time (spec 03 §11).

use super::View;
use crate::api::fields;
use crate::api::{ApiError, Kind, LabelSelector, Object, ObjectKey, Pod, PodPhase, Reason};
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
        let spec = budget.fields.get("spec")?.clone();
        let selector = fields::read::<Option<LabelSelector>>(spec["selector"].clone()).ok()??;
        selector.matches(&pod.metadata.labels).then_some((spec, selector))
    });
    let budgets: Vec<(Value, LabelSelector)> = budgets.collect();
    let (spec, selector) = match &budgets[..] {
        [] => return Ok(()),
        [one] => one,
        _ => {
            let message =
                "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.";
            return Err(ApiError::new(Reason::InternalError, message));
        }
    };
    let guarded = view.list_in(Kind::Pod, namespace).filter_map(Object::into_pod);
    let guarded: Vec<_> = guarded.filter(|pod| selector.matches(&pod.metadata.labels)).collect();
    let is_healthy = |pod: &&Rc<Pod>| pod.is_ready() && !pod.metadata.is_deleting();
    let healthy = guarded.iter().filter(is_healthy).count() as i64;
    let allowed = match demanded(view, spec, &guarded) {
        None => false,
        Some(least) => healthy > least || (!pod.is_ready() && healthy == least && least > 0),
    };
    if allowed {
        return Ok(());
    }
    let message = "Cannot evict pod as it would violate the pod's disruption budget.";
    Err(ApiError::new(Reason::TooManyRequests, message))
}

/// How many of the guarded pods must stay healthy; `None` where nobody can tell, and then all of them must.
fn demanded(view: View<'_>, spec: &Value, guarded: &[Rc<Pod>]) -> Option<i64> {
    if let Some(least) = spec["minAvailable"].as_i64() {
        return Some(least);
    }
    // A share, and what may be missing, is counted from the size of the pods' controllers. Jobs have none.
    let (mut known, mut wanted) = (Set::new(), 0);
    let controllers = guarded.iter().filter_map(|pod| pod.metadata.controller());
    for controller in controllers.filter(|controller| known.insert(controller.uid)) {
        let kind = Kind::of(&controller.api_version, &controller.kind).filter(|kind| *kind == Kind::StatefulSet)?;
        let key = ObjectKey::new(kind, guarded.first()?.metadata.namespace.clone(), controller.name.clone());
        let Some(Object::Other(set)) = view.get(&key) else { continue };
        wanted += set.fields.get("spec").and_then(|spec| spec["replicas"].as_i64()).unwrap_or(1);
    }
    let least = match (amount(&spec["minAvailable"], wanted), amount(&spec["maxUnavailable"], wanted)) {
        (Some(least), _) => least,
        (None, Some(most)) => wanted.saturating_sub(most).max(0),
        (None, None) => 0,
    };
    (wanted > 0).then_some(least)
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
