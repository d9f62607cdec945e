//! Indexed Jobs: which indexes have succeeded, which have failed for good, which get a pod next (spec 02 §3.7, §9).
//!
//! In Kubernetes: `pkg/controller/job/indexed_job_utils.go`.

use super::backoff::Backoff;
use super::observed::{ObservedPod, by_name};
use super::pod_failure_policy::{self, Action};
use super::pods::{failure_counts, finished_at, replaces_only_failed, valid_index};
use crate::api::{Indexes, JobSpec, JobStatus, Pod, PodPhase};
use crate::sim::{Map, Timestamp};
use std::rc::Rc;
use std::time::Duration;

/// The succeeded indexes: those recorded, as far as the Job still has them, and those of pods that have succeeded since.
pub fn succeeded<'a>(spec: &JobSpec, status: &JobStatus, pods: impl Iterator<Item = &'a ObservedPod>) -> Indexes {
    let mut indexes = status.completed_indexes.clone();
    indexes.truncate(spec.index_count());
    let newly = pods.filter(|pod| pod.phase == PodPhase::Succeeded && pod.tracked);
    for index in newly.filter_map(|pod| pod.valid_index(spec).flatten()) {
        indexes.insert(index);
    }
    indexes
}

/// The indexes that have failed for good, where the Job counts failures per index: all, and those that are new.
pub fn failed<'a>(
    spec: &JobSpec,
    status: &JobStatus,
    pods: impl Iterator<Item = &'a ObservedPod>,
) -> Option<(Indexes, Indexes)> {
    let limit = u32::try_from(spec.backoff_limit_per_index?).unwrap_or(0);
    let mut indexes = status.failed_indexes.clone().unwrap_or_default();
    indexes.truncate(spec.index_count());
    let mut new = Indexes::new();
    for seen in pods.filter(|pod| pod.tracked && pod.is_failed(spec)) {
        let Some(Some(index)) = seen.valid_index(spec) else { continue };
        let for_good = match action(spec, &seen.pod) {
            Some(Action::FailIndex) => true,
            Some(Action::Ignore) => false,
            _ => failure_counts(&seen.pod).0 >= limit,
        };
        if for_good && indexes.insert(index) {
            new.insert(index);
        }
    }
    Some((indexes, new))
}

/// What the failure policy makes of a failed pod, if it says anything.
fn action(spec: &JobSpec, pod: &Pod) -> Option<Action> {
    pod_failure_policy::first_match(spec.pod_failure_policy.as_ref()?, pod).map(|found| found.action)
}

/// The newest failed pod of each index that is to be retried: one that is in none of the sets `decided`. It keeps its finalizer, and with it its failure count,
/// until the pod that replaces it is there.
pub fn awaiting_replacement<'a>(
    spec: &JobSpec,
    pods: impl Iterator<Item = &'a ObservedPod>,
    decided: [&Indexes; 3],
) -> Map<u32, Rc<Pod>> {
    let mut newest: Map<u32, Rc<Pod>> = Map::new();
    for pod in by_name(pods.filter(|pod| pod.tracked && pod.is_failed(spec))) {
        let Some(Some(index)) = valid_index(&pod, spec) else { continue };
        if decided.iter().any(|indexes| indexes.contains(index)) {
            continue;
        }
        let failures = |pod: &Pod| failure_counts(pod).0.saturating_add(failure_counts(pod).1);
        let newer = |known: &Rc<Pod>| failures(known) <= failures(&pod) && finished_at(known) <= finished_at(&pod);
        if newest.get(&index).is_none_or(newer) {
            newest.insert(index, pod);
        }
    }
    newest
}

/// The failure counts of the pod that replaces `failed`; of an index's first pod, none.
pub fn next_failure_counts(spec: &JobSpec, failed: Option<&Rc<Pod>>) -> (u32, u32) {
    let Some(failed) = failed else { return (0, 0) };
    let (counted, ignored) = failure_counts(failed);
    match action(spec, failed) {
        Some(Action::Ignore) => (counted, ignored.saturating_add(1)),
        _ => (counted.saturating_add(1), ignored),
    }
}

/// The lowest indexes that have no pod and are not decided, at most `count`. Where only failed pods are replaced, one
/// that is being deleted still holds its index.
pub fn candidates<'a>(
    spec: &JobSpec,
    pods: impl Iterator<Item = &'a ObservedPod>,
    active: &Indexes,
    succeeded: &Indexes,
    failed: Option<&Indexes>,
    count: usize,
) -> Vec<u32> {
    let mut taken = active.clone();
    if replaces_only_failed(spec) {
        taken.extend(&indexes_of(pods.filter(|pod| pod.is_terminating())));
    }
    taken.extend(succeeded);
    if let Some(failed) = failed {
        taken.extend(failed);
    }
    taken.gaps(spec.index_count()).take(count).collect()
}

/// How long an index has to wait after its last failure.
pub fn backoff_remaining(failed: Option<&Rc<Pod>>, now: Timestamp) -> Duration {
    let Some(failed) = failed else { return Duration::ZERO };
    let (counted, ignored) = failure_counts(failed);
    let failures = counted.saturating_add(ignored).saturating_add(1);
    Backoff { failures, last_failure: finished_at(failed) }.remaining(now)
}

/// The indexes that these pods have.
pub fn indexes_of<'a>(pods: impl Iterator<Item = &'a ObservedPod>) -> Indexes {
    let mut indexes = Vec::with_capacity(pods.size_hint().1.unwrap_or(0));
    indexes.extend(pods.filter_map(|pod| pod.index));
    indexes.sort_unstable();
    indexes.into_iter().collect()
}

/// Whether so many pods have as many indexes, all of which the Job has.
pub fn each_has_its_own(spec: &JobSpec, pods: i64, indexes: &Indexes) -> bool {
    let within = indexes.runs().last().is_none_or(|&(_, last)| last < spec.index_count());
    within && u64::try_from(pods) == Ok(indexes.len())
}
