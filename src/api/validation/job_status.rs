//! What may be written into a Job's status (spec 01 §6.5).
//!
//! Whoever manages Jobs in place of the built-in controller must follow its rules. Only what a write changes is judged.

use super::field::{Errors, Path, inside_job};
use crate::api::fields::Field;
use crate::api::{Condition, ConditionStatus, Indexes, Job, JobStatus};
use crate::sim::Set;
use std::rc::Rc;

const STATUS: Path<'static> = Path::new("status");

/// A Job whose status was changed.
pub fn validate(errors: &mut Errors, new: &Job, old: &Job) {
    if Rc::ptr_eq(&new.status, &old.status) {
        return;
    }
    validate_numbers(errors, &new.status);
    validate_outcome(errors, &new.status, &old.status);
    validate_rest(errors, new, &old.status);
    validate_indexes(errors, new, old);
    validate_pods(errors, &new.status, &old.status);
    validate_success(errors, new);
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
    let (path, mut seen) = (STATUS.child("uncountedTerminatedPods"), Set::new());
    if let Some(uncounted) = &status.uncounted_terminated_pods {
        for (field, pods) in [("succeeded", &uncounted.succeeded), ("failed", &uncounted.failed)] {
            for (i, uid) in pods.iter().enumerate().filter(|(_, uid)| !seen.insert(**uid)) {
                errors.duplicate(&path.child(field).index(i), uid.to_string().as_str());
            }
        }
    }
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
}

/// A Job that has ended has a start, unless it was never to do anything, and has left nothing to count.
fn validate_rest(errors: &mut Errors, job: &Job, old: &JobStatus) {
    let new = &job.status;
    let ended = new.is_finished();
    let just_ended = ended && !old.is_finished();
    if ended && (just_ended || new.active != old.active) && new.active > 0 {
        errors.invalid(&STATUS.child("active"), new.active, "active>0 is invalid for finished job");
    }
    let is_idle = job.spec.is_suspended() && job.spec.completions == Some(0);
    if ended && !is_idle && new.start_time.is_none() && (just_ended || old.start_time.is_some()) {
        errors.required(&STATUS.child("startTime"), "startTime is required for finished job");
    }
    let uncounted = new.uncounted_terminated_pods.as_ref().filter(|uncounted| !uncounted.is_empty());
    let changed = just_ended || new.uncounted_terminated_pods != old.uncounted_terminated_pods;
    if let Some(uncounted) = uncounted.filter(|_| ended && changed) {
        let message = "uncountedTerminatedPods needs to be empty for finished job";
        let shown = inside_job(&["status", "uncountedTerminatedPods"], &uncounted.write());
        errors.invalid(&STATUS.child("uncountedTerminatedPods"), shown, message);
    }
}

fn validate_indexes(errors: &mut Errors, new: &Job, old: &Job) {
    let (completed, failed) = (STATUS.child("completedIndexes"), STATUS.child("failedIndexes"));
    let (status, before) = (&new.status, &old.status);
    let none = Indexes::new();
    let failed_indexes = status.failed_indexes.as_ref().unwrap_or(&none);
    let completed_changed = status.completed_indexes != before.completed_indexes;
    let failed_changed = status.failed_indexes != before.failed_indexes;
    if completed_changed {
        validate_below(errors, "completedIndexes", &status.completed_indexes, new.spec.completions);
    }
    if failed_changed && new.spec.backoff_limit_per_index.is_some() {
        validate_below(errors, "failedIndexes", failed_indexes, new.spec.completions);
    }
    if completed_changed && !status.completed_indexes.is_empty() && !new.spec.is_indexed() {
        let message = "cannot set non-empty completedIndexes when non-indexed completion mode";
        errors.invalid(&completed, status.completed_indexes.write(), message);
    }
    if failed_changed && status.failed_indexes.is_some() && new.spec.backoff_limit_per_index.is_none() {
        let message = "cannot set non-null failedIndexes when backoffLimitPerIndex is null";
        errors.invalid(&failed, status.failed_indexes.write(), message);
    }
    let overlap = |&(first, last): &(u32, u32)| {
        let meets = |run: &&(u32, u32)| run.0 <= last && first <= run.1;
        status.completed_indexes.runs().iter().find(meets).map(|run| run.0.max(first))
    };
    if (completed_changed || failed_changed)
        && let Some(index) = failed_indexes.runs().iter().find_map(overlap)
    {
        let message = format!("failedIndexes and completedIndexes overlap at index: {index}");
        errors.invalid(&failed, status.failed_indexes.write(), message);
    }
}

/// What lists an index that the Job does not have.
fn validate_below(errors: &mut Errors, field: &str, indexes: &Indexes, completions: Option<i32>) {
    let Some(completions) = completions.and_then(|completions| u32::try_from(completions).ok()) else { return };
    let beyond = |&(first, last): &(u32, u32)| [first, last].into_iter().find(|&index| index >= completions);
    if let Some(index) = indexes.runs().iter().find_map(beyond) {
        let message = format!("error parsing {field}: too large index: \"{index}\"");
        errors.invalid(&STATUS.child(field), indexes.write(), message);
    }
}

/// A Job that has ended has no pods left, and no pod is ready that is not active.
fn validate_pods(errors: &mut Errors, new: &JobStatus, old: &JobStatus) {
    let changed = new.is_finished() != old.is_finished() || new.terminating != old.terminating;
    let ended = new.is_finished() && changed;
    if let Some(terminating) = new.terminating.filter(|&number| number > 0 && ended) {
        errors.invalid(&STATUS.child("terminating"), terminating, "terminating>0 is invalid for finished job");
    }
    if let Some(ready) = new.ready.filter(|&ready| ready > new.active)
        && (new.ready, new.active) != (old.ready, old.active)
    {
        errors.invalid(&STATUS.child("ready"), ready, "cannot set more ready pods than active");
    }
}

/// What success excludes, and what announces it.
fn validate_success(errors: &mut Errors, new: &Job) {
    let (status, path) = (&new.status, STATUS.child("conditions"));
    let met = holds(status, "SuccessCriteriaMet");
    for (other, shown) in [("Failed", "Failed=true"), ("FailureTarget", "FailureTarget=true")] {
        if met && holds(status, other) {
            let message = format!("cannot set SuccessCriteriaMet=True and {shown} conditions");
            errors.invalid_as_it_is(&path, &message);
        }
    }
    if new.spec.success_policy.is_some() && !met && holds(status, "Complete") {
        let message = "cannot set Complete=True for Job with SuccessPolicy unless SuccessCriteriaMet=True";
        errors.invalid_as_it_is(&path, message);
    }
}

/// Counters do not go back, and what is final stays.
fn validate_step(errors: &mut Errors, new: &Job, old: &Job) {
    let (status, before) = (&new.status, &old.status);
    for kind in ["Failed", "Complete", "FailureTarget"] {
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
    let resumes = holds(before, "Suspended") && !holds(status, "Suspended");
    let restarts = before.start_time.is_some() && status.start_time != before.start_time;
    if restarts && !new.spec.is_suspended() && !resumes {
        let message = "field is immutable for unsuspended job once set";
        errors.invalid(&STATUS.child("startTime"), status.start_time.write(), message);
    }
    let met = |status: &JobStatus| holds(status, "SuccessCriteriaMet");
    if met(before) && !met(status) {
        let message = "cannot disable the SuccessCriteriaMet=True condition";
        errors.invalid_as_it_is(&STATUS.child("conditions"), message);
    }
    if holds(before, "Complete") && !met(before) && met(status) {
        let message = "cannot set SuccessCriteriaMet=True for Job already has Complete=true conditions";
        errors.invalid_as_it_is(&STATUS.child("conditions"), message);
    }
}
