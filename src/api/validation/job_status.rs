//! What may be written into a Job's status (spec 01 §6.5).
//!
//! Whoever manages Jobs in place of the built-in controller must follow its rules. Only what a write changes is judged.

use super::field::{Errors, Path};
use crate::api::fields::Field;
use crate::api::{Condition, ConditionStatus, Indexes, Job, JobStatus};
use std::rc::Rc;

const STATUS: Path<'static> = Path::new("status");

/// A Job whose status was changed.
pub fn validate(errors: &mut Errors, new: &Job, old: &Job) {
    if Rc::ptr_eq(&new.status, &old.status) {
        return;
    }
    validate_numbers(errors, &new.status);
    validate_outcome(errors, &new.status, &old.status);
    validate_indexes(errors, new, old);
    validate_end(errors, &new.status, &old.status);
    validate_step(errors, new, old);
}

fn holds(status: &JobStatus, kind: &str) -> bool {
    let is = |condition: &Condition| condition.kind == kind && condition.status == ConditionStatus::True;
    status.conditions.iter().any(is)
}

fn validate_numbers(errors: &mut Errors, status: &JobStatus) {
    errors.non_negative(&STATUS.child("active"), status.active.into());
    errors.non_negative(&STATUS.child("succeeded"), status.succeeded.into());
    errors.non_negative(&STATUS.child("failed"), status.failed.into());
    errors.non_negative_if_set(&STATUS.child("ready"), status.ready);
    errors.non_negative_if_set(&STATUS.child("terminating"), status.terminating);
}

/// Success and failure exclude each other, and each is announced before it is final.
fn validate_outcome(errors: &mut Errors, new: &JobStatus, old: &JobStatus) {
    let (conditions, completion_time) = (STATUS.child("conditions"), STATUS.child("completionTime"));
    let complete = holds(new, "Complete");
    let changed = |kind: &str| holds(new, kind) != holds(old, kind);
    let any_changed = |kinds: &[&str]| kinds.iter().any(|kind| changed(kind));
    if complete && holds(new, "Failed") && any_changed(&["Complete", "Failed"]) {
        errors.invalid_as_it_is(&conditions, "cannot set Complete=True and Failed=true conditions");
    }
    if complete && holds(new, "FailureTarget") && any_changed(&["Complete", "FailureTarget"]) {
        errors.invalid_as_it_is(&conditions, "cannot set Complete=True and FailureTarget=true conditions");
    }
    if changed("Complete") || new.completion_time != old.completion_time {
        match new.completion_time {
            Some(_) if !complete => {
                let message = "cannot set completionTime when there is no Complete=True condition";
                errors.invalid(&completion_time, new.completion_time.write(), message);
            }
            None if complete => {
                errors.required(&completion_time, "completionTime is required for Complete jobs");
            }
            _ => {}
        }
    }
    if let (Some(start), Some(end)) = (new.start_time, new.completion_time)
        && end < start
        && (new.start_time, new.completion_time) != (old.start_time, old.completion_time)
    {
        errors.invalid(&completion_time, end.write(), "completionTime cannot be set before startTime");
    }
    if holds(new, "Failed") && !holds(new, "FailureTarget") && any_changed(&["Failed", "FailureTarget"]) {
        let message = "cannot set Failed=True condition without the FailureTarget=true condition";
        errors.invalid_as_it_is(&conditions, message);
    }
    if complete && !holds(new, "SuccessCriteriaMet") && any_changed(&["Complete", "SuccessCriteriaMet"]) {
        let message = "cannot set Complete=True condition without the SuccessCriteriaMet=true condition";
        errors.invalid_as_it_is(&conditions, message);
    }
    for other in ["Failed", "FailureTarget"] {
        if holds(new, other) && holds(new, "SuccessCriteriaMet") && any_changed(&[other, "SuccessCriteriaMet"]) {
            let message = format!("cannot set {other}=True and SuccessCriteriaMet=true conditions");
            errors.invalid_as_it_is(&conditions, &message);
        }
    }
}

fn validate_indexes(errors: &mut Errors, new: &Job, old: &Job) {
    let (completed, failed) = (STATUS.child("completedIndexes"), STATUS.child("failedIndexes"));
    let (status, before) = (&new.status, &old.status);
    let none = Indexes::new();
    let failed_indexes = status.failed_indexes.as_ref().unwrap_or(&none);
    let completed_changed = status.completed_indexes != before.completed_indexes;
    let failed_changed = status.failed_indexes != before.failed_indexes;
    if completed_changed && !status.completed_indexes.is_empty() && !new.spec.is_indexed() {
        let message = "cannot set non-empty completedIndexes when non-indexed completion mode";
        errors.invalid(&completed, status.completed_indexes.write(), message);
    }
    if failed_changed && status.failed_indexes.is_some() && new.spec.backoff_limit_per_index.is_none() {
        let message = "cannot set non-null failedIndexes when backoffLimitPerIndex is null";
        errors.invalid(&failed, status.failed_indexes.write(), message);
    }
    if (completed_changed || failed_changed)
        && failed_indexes
            .runs()
            .iter()
            .any(|&(first, last)| (first..=last).any(|index| status.completed_indexes.contains(index)))
    {
        let message = "failedIndexes and completedIndexes overlap";
        errors.invalid(&failed, status.failed_indexes.write(), message);
    }
}

/// A Job that has ended has no pods left.
fn validate_end(errors: &mut Errors, new: &JobStatus, old: &JobStatus) {
    let ended = new.is_finished();
    let just_ended = ended && !old.is_finished();
    if ended && (just_ended || new.active != old.active) && new.active > 0 {
        errors.invalid(&STATUS.child("active"), new.active, "active>0 is invalid for finished job");
    }
    if let Some(terminating) = new.terminating.filter(|&number| number > 0)
        && ended
        && (just_ended || new.terminating != old.terminating)
    {
        errors.invalid(&STATUS.child("terminating"), terminating, "terminating>0 is invalid for finished job");
    }
    if ended && new.start_time.is_none() && (just_ended || old.start_time.is_some()) {
        errors.required(&STATUS.child("startTime"), "startTime is required for finished job");
    }
    let uncounted = new.uncounted_terminated_pods.as_ref().filter(|uncounted| !uncounted.is_empty());
    if let Some(uncounted) = uncounted.filter(|_| just_ended) {
        let message = "uncountedTerminatedPods needs to be empty for finished job";
        errors.invalid(&STATUS.child("uncountedTerminatedPods"), uncounted.write(), message);
    }
    if let Some(ready) = new.ready.filter(|&ready| ready > new.active)
        && (new.ready, new.active) != (old.ready, old.active)
    {
        errors.invalid(&STATUS.child("ready"), ready, "cannot set more ready pods than active");
    }
}

/// Counters do not go back, and what is final stays.
fn validate_step(errors: &mut Errors, new: &Job, old: &Job) {
    let (status, before) = (&new.status, &old.status);
    for kind in ["Failed", "Complete", "FailureTarget", "SuccessCriteriaMet"] {
        if holds(before, kind) && !holds(status, kind) {
            let message = format!("cannot disable the terminal {kind}=True condition");
            errors.invalid_as_it_is(&STATUS.child("conditions"), &message);
        }
    }
    if status.failed < before.failed {
        errors.invalid(&STATUS.child("failed"), status.failed, "cannot decrease the failed counter");
    }
    // A Job that is scaled down gives up successes of indexes that it no longer has.
    let scalable = new.spec.is_indexed() && new.spec.completions == new.spec.parallelism;
    if status.succeeded < before.succeeded && !scalable {
        errors.invalid(&STATUS.child("succeeded"), status.succeeded, "cannot decrease the succeeded counter");
    }
    if before.completion_time.is_some()
        && status.completion_time.is_some_and(|time| Some(time) != before.completion_time)
    {
        let message = "completionTime cannot be mutated";
        errors.invalid(&STATUS.child("completionTime"), status.completion_time.write(), message);
    }
    if before.start_time.is_some() && status.start_time != before.start_time && !new.spec.is_suspended() {
        let path = STATUS.child("startTime");
        match status.start_time {
            None => errors.required(&path, "startTime cannot be removed for unsuspended job"),
            Some(time) => errors.invalid(&path, time.write(), "startTime cannot be updated for unsuspended job"),
        }
    }
}
