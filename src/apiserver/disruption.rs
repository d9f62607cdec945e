//! Disruption budgets: how many pods may be evicted at a time (spec 03 §11).

use super::View;
use crate::api::fields;
use crate::api::{ApiError, Kind, LabelSelector, Object, Pod, PodPhase, Reason};
use serde_json::Value;

/// Refuses an eviction that would leave fewer healthy pods than a budget demands. Pods that do not run or are going
/// anyway are not protected.
pub fn check_budgets(view: View<'_>, pod: &Pod) -> Result<(), ApiError> {
    if pod.is_finished() || pod.metadata.is_deleting() || pod.status.phase == PodPhase::Pending {
        return Ok(());
    }
    let namespace = &pod.metadata.namespace;
    let violated = view.list_in(Kind::PodDisruptionBudget, namespace).any(|budget| {
        let Object::Other(budget) = budget else { return false };
        let Some(spec) = budget.fields.get("spec") else { return false };
        let Ok(Some(selector)) = fields::read::<Option<LabelSelector>>(spec["selector"].clone()) else {
            return false;
        };
        if !selector.matches(&pod.metadata.labels) {
            return false;
        }
        let guarded = view.list_in(Kind::Pod, namespace).filter_map(Object::into_pod);
        let guarded: Vec<_> = guarded.filter(|pod| pod.is_active() && selector.matches(&pod.metadata.labels)).collect();
        let healthy = guarded.iter().filter(|pod| pod.is_ready()).count() as i64;
        healthy <= demanded(spec, guarded.len() as i64)
    });
    if violated {
        let message = "Cannot evict pod as it would violate the pod's disruption budget.";
        return Err(ApiError::new(Reason::TooManyRequests, message));
    }
    Ok(())
}

/// How many of `total` pods must stay healthy.
fn demanded(spec: &Value, total: i64) -> i64 {
    match (amount(&spec["minAvailable"], total), amount(&spec["maxUnavailable"], total)) {
        (Some(least), _) => least,
        (None, Some(most)) => total.saturating_sub(most),
        (None, None) => 0,
    }
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
