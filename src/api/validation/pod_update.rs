//! What may change about a pod (spec 01 §6.4).

use super::difference::difference;
use super::field::{Errors, Path, inside};
use super::{meta, names, pod};
use crate::api::fields::Field;
use crate::api::{ContainerStatus, Kind, Pod, PodSpec, Toleration};
use serde_json::{Value, json};
use std::rc::Rc;

const SPEC: Path<'static> = Path::new("spec");
const STATUS: Path<'static> = Path::new("status");
const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";
const TERMS: &str = "nodeSelectorTerms";
const FIELDS: [&str; 2] = ["matchExpressions", "matchFields"];
const REFUSAL: &str = "pod updates may not change fields other than `spec.containers[*].image`,\
    `spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing \
    tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";

/// A pod that was changed.
pub fn validate(errors: &mut Errors, new: &Pod, old: &Pod) {
    meta::validate_meta_update(errors, Kind::Pod, &new.metadata, &old.metadata);
    let same_spec = Rc::ptr_eq(&new.spec, &old.spec);
    if same_spec && new.node_name == old.node_name && new.hostname == old.hostname {
        return;
    }
    pod::validate_pod(errors, new);
    for (field, after, before) in [
        ("containers", &new.spec.containers, &old.spec.containers),
        ("initContainers", &new.spec.init_containers, &old.spec.init_containers),
    ] {
        if after.len() != before.len() {
            return errors.forbidden(&SPEC.child(field), "pod updates may not add or remove containers");
        }
    }
    let mut allowed = (*new.spec).clone();
    if !validate_deadline(errors, new, old) {
        return;
    }
    validate_tolerations(errors, &new.spec.tolerations, &old.spec.tolerations);
    validate_gates(errors, &new.spec, &old.spec);
    for (allowed, before) in
        [(&mut allowed.containers, &old.spec.containers), (&mut allowed.init_containers, &old.spec.init_containers)]
    {
        for (allowed, before) in allowed.iter_mut().zip(before) {
            allowed.image.clone_from(&before.image);
        }
    }
    allowed.active_deadline_seconds = old.spec.active_deadline_seconds;
    allowed.tolerations.clone_from(&old.spec.tolerations);
    allowed.scheduling_gates.clone_from(&old.spec.scheduling_gates);
    let was_negative = old.spec.termination_grace_period_seconds.is_some_and(|seconds| seconds < 0);
    if was_negative && allowed.termination_grace_period_seconds == Some(1) {
        allowed.termination_grace_period_seconds = old.spec.termination_grace_period_seconds;
    }
    if !old.spec.scheduling_gates.is_empty() {
        validate_destination(errors, &mut allowed, &old.spec);
    }
    if allowed != *old.spec || new.node_name != old.node_name || new.hostname != old.hostname {
        let told = |pod: &Pod| inside("Pod", &["spec"], &pod.own_spec().write()).0;
        let allowed = Pod { spec: Rc::new(allowed), ..new.clone() };
        errors.forbidden(&SPEC, &format!("{REFUSAL}\n{}", difference(&told(old), &told(&allowed))));
    }
}

/// A deadline can be set, and then only lowered. What is wrong with one that is not is enough to know.
fn validate_deadline(errors: &mut Errors, new: &Pod, old: &Pod) -> bool {
    let path = SPEC.child("activeDeadlineSeconds");
    let after = new.spec.active_deadline_seconds;
    if let Some(seconds) = after.filter(|seconds| !(0..=i64::from(i32::MAX)).contains(seconds)) {
        errors.invalid(&path, seconds, "must be between 0 and 2147483647, inclusive");
        return false;
    }
    match (old.spec.active_deadline_seconds, after) {
        (Some(before), Some(after)) if after > before => {
            errors.invalid(&path, after, "must be less than or equal to previous value");
            return false;
        }
        (Some(_), None) => errors.invalid(&path, Value::Null, "must not update from a positive integer to nil value"),
        _ => {}
    }
    true
}

/// Tolerations can be added; how long one tolerates can change.
fn validate_tolerations(errors: &mut Errors, new: &[Toleration], old: &[Toleration]) {
    let same = |a: &Toleration, b: &Toleration| {
        (&a.key, &a.operator, &a.value, &a.effect) == (&b.key, &b.operator, &b.value, &b.effect)
    };
    if !old.iter().all(|before| new.iter().any(|after| same(before, after))) {
        let message = "existing toleration can not be modified except its tolerationSeconds";
        errors.forbidden(&SPEC.child("tolerations"), message);
    }
}

/// Gates can only be taken away.
fn validate_gates(errors: &mut Errors, new: &PodSpec, old: &PodSpec) {
    for (i, gate) in new.scheduling_gates.iter().enumerate() {
        if !old.scheduling_gates.contains(gate) {
            let name = gate["name"].as_str().unwrap_or_default();
            let message = format!("only deletion is allowed, but found new scheduling gate '{name}'");
            errors.forbidden(&SPEC.child("schedulingGates").index(i).child("name"), &message);
        }
    }
}

/// A pod that is held back may still say where it wants to go, more precisely than before; the scheduler has not looked
/// at it. What it says is taken back from `new`, for what else was changed to be seen.
fn validate_destination(errors: &mut Errors, new: &mut PodSpec, old: &PodSpec) {
    if old.node_selector.iter().any(|(key, value)| new.node_selector.get(key) != Some(value)) {
        let selector = if new.node_selector.is_empty() { Value::Null } else { new.node_selector.write() };
        let message = "only additions to spec.nodeSelector are allowed (no mutations or deletions)";
        errors.invalid(&SPEC.child("nodeSelector"), selector, message);
    }
    new.node_selector.clone_from(&old.node_selector);
    let wanted =
        |spec: &PodSpec| spec.affinity.as_ref().map_or(Value::Null, |affinity| affinity["nodeAffinity"].clone());
    let (after, before) = (wanted(new), wanted(old));
    if after == before {
        return;
    }
    validate_terms(errors, &after[REQUIRED][TERMS], &before[REQUIRED][TERMS]);
    match &mut new.affinity {
        Some(affinity) if !before.is_null() => affinity["nodeAffinity"] = before,
        Some(Value::Object(affinity)) => {
            affinity.remove("nodeAffinity");
            if affinity.is_empty() && old.affinity.is_none() {
                new.affinity = None;
            }
        }
        _ => new.affinity = Some(json!({"nodeAffinity": before})),
    }
}

/// None of the alternatives may come or go, and each only become narrower.
fn validate_terms(errors: &mut Errors, new: &Value, old: &Value) {
    let list = |value: &Value| value.as_array().map_or(&[][..], Vec::as_slice).to_vec();
    let (after, before) = (list(new), list(old));
    let (affinity, path) = (SPEC.child("affinity"), ["spec", "affinity", "nodeAffinity", REQUIRED, TERMS]);
    let (affinity, told) = (affinity.child("nodeAffinity"), |value: &Value| inside("Pod", &path, value));
    let required = affinity.child(REQUIRED);
    let terms = required.child(TERMS);
    if !before.is_empty() && before.len() != after.len() {
        let message = "no additions/deletions to non-empty NodeSelectorTerms list are allowed";
        return errors.invalid(&terms, told(new), message);
    }
    for (i, (after, before)) in after.iter().zip(&before).enumerate() {
        let part = |term: &Value, field: &str| list(&term[field]);
        let empty = |term: &Value| FIELDS.iter().all(|field| part(term, field).is_empty());
        let narrower = FIELDS.iter().all(|field| part(after, field).starts_with(&part(before, field)));
        if !narrower || (empty(before) && !empty(after)) {
            errors.invalid(&terms.index(i), told(after), "only additions are allowed (no mutations or deletions)");
        }
    }
}

/// The status of a pod. What the kubelet reports passes as cheaply as it can.
pub fn validate_status(errors: &mut Errors, new: &Pod, old: &Pod) {
    if Rc::ptr_eq(&new.status, &old.status) {
        return;
    }
    let path = STATUS.child("conditions");
    for (i, condition) in new.status.conditions.iter().enumerate() {
        let mut known = old.status.conditions.get(i).into_iter().chain(&old.status.conditions);
        if !known.any(|before| before.kind == condition.kind) {
            let messages = names::qualified_name(&condition.kind);
            errors.invalid_each(&path.index(i).child("Type"), &condition.kind, messages);
        }
    }
    if !old.status.qos_class.is_empty() && new.status.qos_class != old.status.qos_class {
        errors.invalid(&STATUS.child("qosClass"), &new.status.qos_class, "field is immutable");
    }
    let restarts = new.spec.restart_policy.as_deref() == Some("Always");
    let always =
        |name: &str| new.spec.init_containers.iter().any(|container| container.name == name && container.is_sidecar());
    let own_rules = |name: &str| {
        let mut containers = new.spec.containers.iter().chain(&new.spec.init_containers);
        containers.any(|container| {
            container.name == name && (container.restart_policy.is_some() || !container.restart_policy_rules.is_empty())
        })
    };
    for (field, after, before) in [
        ("containerStatuses", &new.status.container_statuses, &old.status.container_statuses),
        ("initContainerStatuses", &new.status.init_container_statuses, &old.status.init_container_statuses),
    ] {
        for (i, before) in before.iter().enumerate() {
            let free = restarts || always(&before.name) || own_rules(&before.name);
            if !free && !may_follow(new, before, after) {
                let path = STATUS.child(field);
                errors.forbidden(&path.index(i).child("state"), "may not be transitioned to non-terminated state");
            }
        }
    }
}

/// A container that has ended for good stays ended.
fn may_follow(pod: &Pod, before: &ContainerStatus, after: &[ContainerStatus]) -> bool {
    let Some(ended) = before.terminated() else { return true };
    if pod.spec.restart_policy.as_deref() == Some("OnFailure") && ended.exit_code != 0 {
        return true;
    }
    after.iter().find(|status| status.name == before.name).is_none_or(|status| status.terminated().is_some())
}
