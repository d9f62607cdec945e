//! What may change about a Job (spec 01 §6.1 to §6.3).

use super::field::{Errors, inside_job};
use super::job::{SPEC, validate_job};
use super::meta;
use crate::api::fields::Field;
use crate::api::{Condition, ConditionStatus, Container, Job, JobSpec, Kind, PodSpec};
use std::rc::Rc;

/// A Job that was changed.
pub fn validate(errors: &mut Errors, new: &Job, old: &Job) {
    if Rc::ptr_eq(&new.spec, &old.spec) {
        return meta::validate_meta_update(errors, Kind::Job, &new.metadata, &old.metadata);
    }
    meta::validate_meta_update(errors, Kind::Job, &new.metadata, &old.metadata);
    validate_job(errors, new);
    validate_completions(errors, &new.spec, &old.spec);
    immutable(errors, "selector", &new.spec.selector, &old.spec.selector);
    validate_template(errors, &new.spec, old);
    immutable(errors, "completionMode", &new.spec.completion_mode, &old.spec.completion_mode);
    let policies = (&new.spec.pod_failure_policy, &old.spec.pod_failure_policy);
    immutable(errors, "podFailurePolicy", policies.0, policies.1);
    let limits = (&new.spec.backoff_limit_per_index, &old.spec.backoff_limit_per_index);
    immutable(errors, "backoffLimitPerIndex", limits.0, limits.1);
    immutable(errors, "managedBy", &new.spec.managed_by, &old.spec.managed_by);
    let policies = (&new.spec.success_policy, &old.spec.success_policy);
    immutable(errors, "successPolicy", policies.0, policies.1);
}

/// Reports a field that has changed and must not.
fn immutable<T: PartialEq + Field>(errors: &mut Errors, field: &'static str, new: &T, old: &T) {
    if new != old {
        errors.invalid(&SPEC.child(field), inside_job(&["spec", field], &new.write()), "field is immutable");
    }
}

/// An Indexed Job may grow and shrink as long as all of its pods may run at once.
fn validate_completions(errors: &mut Errors, new: &JobSpec, old: &JobSpec) {
    if new.completions == old.completions {
        return;
    }
    if !new.is_indexed() {
        immutable(errors, "completions", &new.completions, &old.completions);
    } else if new.completions.is_some() && new.completions != new.parallelism {
        let message = "can only be modified in tandem with spec.parallelism";
        errors.invalid(&SPEC.child("completions"), new.completions.write(), message);
    }
}

/// The template of a Job that is suspended, and has no pods left, may say anew where its pods are to run and what they
/// get.
fn validate_template(errors: &mut Errors, new: &JobSpec, old: &Job) {
    let before = &old.spec.template;
    if new.template == *before {
        return;
    }
    if !is_at_rest(old) {
        let value = inside_job(&["spec", "template"], &new.template.write());
        return errors.invalid(&SPEC.child("template"), value, "field is immutable");
    }
    let mut allowed = (*before.spec).clone();
    let wanted = &new.template.spec;
    allow_node_affinity(&mut allowed, wanted);
    allowed.node_selector.clone_from(&wanted.node_selector);
    allowed.tolerations.clone_from(&wanted.tolerations);
    allowed.scheduling_gates.clone_from(&wanted.scheduling_gates);
    allow_resources(&mut allowed.containers, &wanted.containers);
    allow_resources(&mut allowed.init_containers, &wanted.init_containers);
    if allowed != **wanted {
        let value = inside_job(&["spec", "template", "spec"], &wanted.write());
        errors.invalid(&SPEC.child("template.spec"), value, "field is immutable");
    }
}

/// Whether the Job is suspended and its suspension has taken effect.
fn is_at_rest(job: &Job) -> bool {
    let suspended = |condition: &Condition| condition.kind == "Suspended" && condition.status == ConditionStatus::True;
    let took_effect = job.status.start_time.is_none() || job.status.conditions.iter().any(suspended);
    job.spec.is_suspended() && job.status.active == 0 && took_effect
}

fn allow_resources(allowed: &mut [Container], wanted: &[Container]) {
    if allowed.len() == wanted.len() {
        for (allowed, wanted) in allowed.iter_mut().zip(wanted) {
            allowed.resources.clone_from(&wanted.resources);
        }
    }
}

/// Only the part of the affinity that is about nodes may change.
fn allow_node_affinity(allowed: &mut PodSpec, wanted: &PodSpec) {
    let nodes = |spec: &PodSpec| spec.affinity.as_ref().and_then(|affinity| affinity.get("nodeAffinity")).cloned();
    let wanted_nodes = nodes(wanted);
    let mut affinity = allowed.affinity.take().unwrap_or_default();
    match (wanted_nodes, affinity.as_object_mut()) {
        (Some(nodes), Some(parts)) => _ = parts.insert("nodeAffinity".into(), nodes),
        (Some(nodes), None) => affinity = serde_json::json!({"nodeAffinity": nodes}),
        (None, Some(parts)) => _ = parts.remove("nodeAffinity"),
        (None, None) => {}
    }
    let empty = affinity.as_object().is_none_or(serde_json::Map::is_empty);
    allowed.affinity = match &wanted.affinity {
        // An affinity that says nothing is as good as none.
        Some(said) if empty && said.as_object().is_some_and(serde_json::Map::is_empty) => Some(said.clone()),
        _ => (!empty).then_some(affinity),
    };
}
