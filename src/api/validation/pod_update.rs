//! What may change about a pod (spec 01 §6.4).

use super::field::{Errors, Path};
use super::{meta, names, pod};
use crate::api::fields::Field;
use crate::api::{ContainerStatus, Kind, Pod, PodSpec, Toleration};
use crate::sim::Set;
use std::rc::Rc;

const SPEC: Path<'static> = Path::new("spec");
const STATUS: Path<'static> = Path::new("status");
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
    validate_deadline(errors, new, old);
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
    if !old.spec.scheduling_gates.is_empty() {
        // A pod that is held back may still say where it wants to go; the scheduler has not looked at it.
        allowed.node_selector.clone_from(&old.spec.node_selector);
        allowed.affinity.clone_from(&old.spec.affinity);
    }
    let was_negative = old.spec.termination_grace_period_seconds.is_some_and(|seconds| seconds < 0);
    if was_negative && allowed.termination_grace_period_seconds == Some(1) {
        allowed.termination_grace_period_seconds = old.spec.termination_grace_period_seconds;
    }
    if allowed != *old.spec || new.node_name != old.node_name || new.hostname != old.hostname {
        errors.forbidden(&SPEC, &format!("{REFUSAL}\n{}", difference(new, old)));
    }
}

/// A deadline can be set, and then only lowered.
fn validate_deadline(errors: &mut Errors, new: &Pod, old: &Pod) {
    let path = SPEC.child("activeDeadlineSeconds");
    match (old.spec.active_deadline_seconds, new.spec.active_deadline_seconds) {
        (Some(before), Some(after)) if after > before => {
            errors.invalid(&path, after, "must be less than or equal to previous value");
        }
        (Some(_), None) => {
            errors.invalid(&path, serde_json::Value::Null, "must not update from a positive integer to nil value")
        }
        _ => {}
    }
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

/// What was changed, field by field: the value before with a minus, the value after with a plus.
fn difference(new: &Pod, old: &Pod) -> String {
    let spec = |pod: &Pod| pod.write()["spec"].take();
    let (new, old) = (spec(new), spec(old));
    let mut lines = Vec::new();
    let empty = serde_json::Map::new();
    let (new, old) = (new.as_object().unwrap_or(&empty), old.as_object().unwrap_or(&empty));
    let fields: Set<_> = new.keys().chain(old.keys()).collect();
    for field in fields {
        let (after, before) = (new.get(field), old.get(field));
        if after != before {
            lines.extend(before.map(|value| format!("- \t{field}: {value},")));
            lines.extend(after.map(|value| format!("+ \t{field}: {value},")));
        }
    }
    lines.join("\n") + "\n"
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
