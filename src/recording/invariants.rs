//! What holds of every Job at every instant, whatever its pods do and whoever interferes (spec 02 §13).
//!
//! Where one of these is broken, the simulation is wrong, not the Job.

use crate::api::{Indexes, Job, Object, Uid};
use crate::apiserver::{ChangeType, Storage};
use crate::sim::{Map, Timestamp};
use std::fmt;
use std::rc::Rc;

/// An invariant that does not hold.
#[derive(Clone, Debug, PartialEq)]
pub struct Broken {
    /// The instant and the revision from which on.
    pub at: Timestamp,
    pub revision: u64,
    /// The name of the Job.
    pub job: String,
    /// What should hold.
    pub invariant: &'static str,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Job {} at {} (revision {}): broken: {}", self.job, self.at, self.revision, self.invariant)
    }
}

/// No two pods of one Job work on the same index.
const ONE_POD_PER_INDEX: &str = "at most one active pod per index";

/// Every invariant, as it is told when it is broken.
pub fn names() -> impl Iterator<Item = &'static str> {
    let any = Job::default();
    let of_jobs = version_rules(&any).map(|rule| rule.1).into_iter().chain(step_rules(&any, &any).map(|rule| rule.1));
    of_jobs.chain([ONE_POD_PER_INDEX])
}

/// What does not hold of one version of a Job.
pub fn of_version(job: &Job) -> impl Iterator<Item = &'static str> {
    version_rules(job).into_iter().filter_map(|(holds, invariant)| (!holds).then_some(invariant))
}

/// What does not hold from one version of a Job to the next.
pub fn of_step(before: &Job, after: &Job) -> impl Iterator<Item = &'static str> {
    step_rules(before, after).into_iter().filter_map(|(holds, invariant)| (!holds).then_some(invariant))
}

fn version_rules(job: &Job) -> [(bool, &'static str); 14] {
    let (spec, status) = (&job.spec, &job.status);
    let holds = |kind: &str| status.condition(kind).is_some();
    let (complete, failed) = (holds("Complete"), holds("Failed"));
    let (target, met) = (holds("FailureTarget"), holds("SuccessCriteriaMet"));
    let finished = complete || failed;
    let uncounted = status.uncounted_terminated_pods.as_ref().is_some_and(|uncounted| !uncounted.is_empty());
    let started_or_spared = status.start_time.is_some() || spec.is_suspended() || spec.completions == Some(0);
    let both = status.failed_indexes.as_ref().is_some_and(|failed| overlap(&status.completed_indexes, failed));
    [
        (status.ready.unwrap_or(0) <= status.active, "ready ≤ active"),
        (status.active >= 0 && status.failed >= 0 && status.succeeded >= 0, "no counter is negative"),
        (!(complete && failed), "never both Complete and Failed"),
        (!(target && met), "never both FailureTarget and SuccessCriteriaMet"),
        (!complete || met, "Complete only after SuccessCriteriaMet"),
        (!failed || target, "Failed only after FailureTarget"),
        (!finished || status.active == 0, "a finished Job has no active pod"),
        (!finished || status.terminating.unwrap_or(0) == 0, "a finished Job has no terminating pod"),
        (!finished || !uncounted, "a finished Job has counted all its pods"),
        (!finished || started_or_spared, "a finished Job has a startTime"),
        (
            complete == status.completion_time.is_some(),
            "completionTime is set when, and only when, the Job is Complete",
        ),
        (
            status.completion_time.is_none_or(|end| status.start_time.is_none_or(|start| start <= end)),
            "completionTime ≥ startTime",
        ),
        (!both, "no index is both completed and failed"),
        (spec.is_indexed() || status.completed_indexes.is_empty(), "only an Indexed Job completes indexes"),
    ]
}

fn step_rules(before: &Job, after: &Job) -> [(bool, &'static str); 9] {
    let (old, new, spec) = (&before.status, &after.status, &after.spec);
    let written = old != new;
    let more_active = new.active > old.active;
    let completions = spec.completions.unwrap_or(i32::MAX);
    let paused = |job: &Job| job.spec.is_suspended() || job.status.condition("Suspended").is_some();
    let bound = u64::try_from(completions).unwrap_or(0);
    let below = |indexes: &Indexes| indexes.runs().last().is_none_or(|run| u64::from(run.1) < bound);
    let indexes_below = below(&new.completed_indexes) && new.failed_indexes.as_ref().is_none_or(below);
    let kept = |kind: &str| old.condition(kind).is_none() || new.condition(kind).is_some();
    [
        (!more_active || new.active <= spec.parallelism.unwrap_or(1), "active grows no further than parallelism"),
        (
            !more_active || spec.is_indexed() || new.active.saturating_add(new.succeeded) <= completions,
            "no pod is created beyond completions",
        ),
        (new.failed >= old.failed, "failed never decreases"),
        (new.succeeded >= old.succeeded || spec.is_indexed(), "succeeded decreases only when an Indexed Job shrinks"),
        (
            ["Complete", "Failed", "FailureTarget", "SuccessCriteriaMet"].into_iter().all(kept),
            "terminal conditions stay",
        ),
        (!old.is_finished() || !written, "the status of a finished Job never changes"),
        (old.completion_time.is_none() || new.completion_time == old.completion_time, "completionTime never changes"),
        (
            old.start_time.is_none() || new.start_time == old.start_time || paused(before) || paused(after),
            "startTime changes only when the Job is suspended or resumed",
        ),
        (!written || !spec.is_indexed() || indexes_below, "every completed or failed index is below completions"),
    ]
}

/// Holds what is written against the invariants, each write once: looking again costs no more than what is new.
#[derive(Clone, Debug, Default)]
pub struct Watch {
    /// The revision up to which everything has been looked at.
    seen: u64,
    jobs: Map<Uid, Rc<Job>>,
    /// Active pods of each index of each Job.
    active: Map<(Uid, u32), u32>,
    found: Vec<Broken>,
}

impl Watch {
    /// Looks at what was written since it last looked. All that did not hold so far, of all Jobs and their pods, in the
    /// order in which it came about.
    pub fn look(&mut self, storage: &Storage) -> &[Broken] {
        for change in storage.changes_since(self.seen) {
            self.seen = change.revision;
            let found = &mut self.found;
            let mut note = |job: &str, invariant: &'static str| {
                found.push(Broken { at: change.at, revision: change.revision, job: job.into(), invariant });
            };
            match &change.object {
                // What another controller writes is its own business.
                Object::Job(job) if !job.is_ours() => {}
                Object::Job(job) => {
                    let name = job.metadata.name.as_str();
                    of_version(job).for_each(|invariant| note(name, invariant));
                    let before = match change.change {
                        ChangeType::Deleted => self.jobs.remove(&job.metadata.uid),
                        _ => self.jobs.insert(job.metadata.uid, job.clone()),
                    };
                    if let Some(before) = before {
                        of_step(&before, job).for_each(|invariant| note(name, invariant));
                    }
                }
                Object::Pod(pod) => {
                    let was = change.previous.as_ref().and_then(Object::as_pod).is_some_and(|pod| pod.is_active());
                    let is = change.change != ChangeType::Deleted && pod.is_active();
                    let (Some(owner), Some(index)) = (pod.metadata.controller(), pod.completion_index()) else {
                        continue;
                    };
                    if was == is {
                        continue;
                    }
                    let count = self.active.entry((owner.uid, index)).or_default();
                    *count = *count + u32::from(is) - u32::from(was);
                    if is && *count > 1 {
                        note(&owner.name, ONE_POD_PER_INDEX);
                    }
                }
                _ => {}
            }
        }
        &self.found
    }
}

/// Everything that did not hold after a revision, of all Jobs and their pods, in the order in which it came about.
pub fn broken(storage: &Storage) -> Vec<Broken> {
    let mut watch = Watch::default();
    watch.look(storage);
    watch.found
}

/// Whether some index is in both. One walk through the runs of each.
fn overlap(one: &Indexes, other: &Indexes) -> bool {
    let (one, other) = (one.runs(), other.runs());
    let (mut i, mut j) = (0, 0);
    while let (Some(a), Some(b)) = (one.get(i), other.get(j)) {
        match (a.1 < b.0, b.1 < a.0) {
            (true, _) => i += 1,
            (_, true) => j += 1,
            _ => return true,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Kind;
    use serde_json::{Value, json};

    fn job(spec: Value, status: Value) -> Rc<Job> {
        let object = Object::from_value(Kind::Job, json!({"metadata": {}, "spec": spec, "status": status}));
        object.expect("a Job").as_job().expect("a Job").clone()
    }

    fn condition(kind: &str) -> Value {
        json!({"type": kind, "status": "True", "lastProbeTime": null, "lastTransitionTime": null})
    }

    #[test]
    fn a_version_that_cannot_be_is_found() {
        let check = |situation: &str, status: Value, broken: &[&str]| {
            let found: Vec<_> = of_version(&job(json!({"completionMode": "Indexed"}), status)).collect();
            assert_eq!(found, broken, "{situation}");
        };
        let (start, end) = ("2026-01-01T00:00:00Z", "2026-01-01T00:00:09Z");
        let complete = [condition("SuccessCriteriaMet"), condition("Complete")];
        check("nothing yet", json!({}), &[]);
        check("running", json!({"active": 2, "ready": 2, "startTime": start}), &[]);
        check("more ready than active", json!({"active": 1, "ready": 2}), &["ready ≤ active"]);
        check("complete", json!({"conditions": complete, "startTime": start, "completionTime": end}), &[]);
        check(
            "complete before it began",
            json!({"conditions": complete, "startTime": end, "completionTime": start}),
            &["completionTime ≥ startTime"],
        );
        check(
            "failed out of the blue",
            json!({"conditions": [condition("Failed")], "active": 1}),
            &["Failed only after FailureTarget", "a finished Job has no active pod", "a finished Job has a startTime"],
        );
        let both = json!({"completedIndexes": "0,3-5", "failedIndexes": "1,5"});
        check("completed and failed", both, &["no index is both completed and failed"]);
    }

    #[test]
    fn a_step_that_cannot_be_is_found() {
        let check = |situation: &str, before: Value, after: Value, broken: &[&str]| {
            let spec = || json!({"completions": 3, "parallelism": 2});
            let found: Vec<_> = of_step(&job(spec(), before), &job(spec(), after)).collect();
            assert_eq!(found, broken, "{situation}");
        };
        check("two start", json!({}), json!({"active": 2}), &[]);
        check("three start", json!({}), json!({"active": 3}), &["active grows no further than parallelism"]);
        check("lowered meanwhile", json!({"active": 3}), json!({"active": 3}), &[]);
        let beyond = "no pod is created beyond completions";
        check("one too many", json!({"active": 1, "succeeded": 2}), json!({"active": 2, "succeeded": 2}), &[beyond]);
        check("forgetting a failure", json!({"failed": 2}), json!({"failed": 1}), &["failed never decreases"]);
        let failed = json!({"conditions": [condition("FailureTarget"), condition("Failed")]});
        let lost = ["terminal conditions stay", "the status of a finished Job never changes"];
        check("rising again", failed, json!({"active": 1}), &lost);
    }
}
