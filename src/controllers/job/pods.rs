//! The pods of a Job: whose they are, what each counts as, which are removed first (spec 02 §3, §5).

use crate::api::job::{INDEX_FAILURE_COUNT, INDEX_IGNORED_FAILURE_COUNT, TRACKING_FINALIZER};
use crate::api::{Container, Job, JobSpec, Pod, PodPhase, Text, Time};
use crate::sim::{Map, Order};
use std::cmp::{Ordering, Reverse};
use std::rc::Rc;

/// Whether a Job's selector matches a pod.
pub fn selects(job: &Job, pod: &Pod) -> bool {
    job.spec.selector.as_ref().is_some_and(|selector| selector.matches(&pod.metadata.labels))
}

/// Whether the Job replaces a pod only once it has failed, not already while it is being deleted.
pub fn replaces_only_failed(spec: &JobSpec) -> bool {
    spec.pod_failure_policy.is_some() || spec.pod_replacement_policy.as_deref() == Some("Failed")
}

/// Whether a pod counts as failed. Where terminating pods are replaced at once, being deleted is failure enough.
pub fn is_failed(pod: &Pod, spec: &JobSpec) -> bool {
    is_failure(pod.status.phase, pod.metadata.is_deleting(), spec)
}

/// The same of a pod of which no more is known.
pub fn is_failure(phase: PodPhase, deleting: bool, spec: &JobSpec) -> bool {
    match phase {
        PodPhase::Failed => true,
        PodPhase::Succeeded => false,
        _ => deleting && !replaces_only_failed(spec),
    }
}

/// Whether the pod still waits to be counted.
pub fn is_tracked(pod: &Pod) -> bool {
    pod.metadata.has_finalizer(TRACKING_FINALIZER)
}

/// The pod's completion index, if it is one that the Job has. Every pod of a NonIndexed Job is welcome: `Some(None)`.
pub fn valid_index(pod: &Pod, spec: &JobSpec) -> Option<Option<u32>> {
    index_within(spec, pod.completion_index())
}

/// The same of a pod of which no more is known than its completion index.
pub fn index_within(spec: &JobSpec, index: Option<u32>) -> Option<Option<u32>> {
    if !spec.is_indexed() {
        return Some(None);
    }
    index.filter(|&index| index < spec.index_count()).map(Some)
}

/// When a pod ended, as far as it can be known: its last container, or it was not ready any more, or it was deleted.
pub fn finished_at(pod: &Pod) -> Option<Time> {
    let not_ready = || {
        let ready = pod.status.condition("Ready")?;
        (ready.status == crate::api::ConditionStatus::False).then_some(ready.last_transition_time).flatten()
    };
    let deleted = || {
        let grace = pod.metadata.deletion_grace_period_seconds.unwrap_or(0);
        Some(Time::from_secs(pod.metadata.deletion_timestamp?.as_secs() - grace))
    };
    containers_finished_at(pod).or_else(not_ready).or_else(deleted).or(pod.metadata.creation_timestamp)
}

/// When the last container or sidecar ended, if all have.
fn containers_finished_at(pod: &Pod) -> Option<Time> {
    let is_sidecar = |name: &Text| pod.spec.init_containers.iter().any(|it| it.name == *name && it.is_sidecar());
    let sidecars = pod.status.init_container_statuses.iter().filter(|status| is_sidecar(&status.name));
    let mut latest = None;
    for status in pod.status.container_statuses.iter().chain(sidecars) {
        latest = latest.max(Some(status.terminated()?.finished_at?));
    }
    latest
}

/// How often the containers of a pending or running pod were restarted, sidecars and init containers included.
pub fn restarts(pod: &Pod) -> i64 {
    if !matches!(pod.status.phase, PodPhase::Pending | PodPhase::Running) {
        return 0;
    }
    let statuses = pod.status.container_statuses.iter().chain(&pod.status.init_container_statuses);
    statuses.map(|status| i64::from(status.restart_count)).sum()
}

/// How many failures of its index came before this pod: those that count, and those that a rule ignored.
pub fn failure_counts(pod: &Pod) -> (u32, u32) {
    let number = |text: &Text| text.parse().ok().filter(|&number| number <= i32::MAX.unsigned_abs());
    let read = |annotation| pod.metadata.annotations.get(annotation).and_then(number).unwrap_or(0);
    (read(INDEX_FAILURE_COUNT), read(INDEX_IGNORED_FAILURE_COUNT))
}

/// The active pods to remove: of an Indexed Job, first those whose index it does not have or has twice; then the lowest
/// ranked, until there are `at_least` as many.
pub fn to_remove(spec: &JobSpec, active: Vec<Rc<Pod>>, at_least: usize) -> Vec<Rc<Pod>> {
    let mut ranked = active;
    ranked.order_by(|a, b| removal_order(a, b));
    let mut removed = Vec::new();
    if spec.is_indexed() {
        let mut highest = Map::new();
        for pod in &ranked {
            if let Some(Some(index)) = valid_index(pod, spec) {
                highest.insert(index, pod.metadata.uid);
            }
        }
        (ranked, removed) = ranked.into_iter().partition(|pod| {
            pod.completion_index().and_then(|index| highest.get(&index)).is_some_and(|uid| *uid == pod.metadata.uid)
        });
    }
    let more = at_least.saturating_sub(removed.len());
    removed.extend(ranked.into_iter().take(more));
    removed
}

/// Which of two active pods is removed first: the one of which less would be lost.
fn removal_order(a: &Pod, b: &Pod) -> Ordering {
    let phase = |pod: &Pod| match pod.status.phase {
        PodPhase::Pending => 0,
        PodPhase::Unknown => 1,
        _ => 2,
    };
    let ready_since = |pod: &Pod| {
        let ready = pod.status.condition("Ready").filter(|condition| condition.holds("Ready"));
        ready.and_then(|condition| condition.last_transition_time).map(Reverse)
    };
    let most = |statuses: &[crate::api::ContainerStatus], of: fn(&Container) -> bool, pod: &Pod| {
        let counted = |name: &Text| pod.spec.init_containers.iter().any(|it| it.name == *name && of(it));
        let restarts = statuses.iter().filter(|status| counted(&status.name)).map(|status| status.restart_count);
        Reverse(restarts.max().unwrap_or(0))
    };
    let rank = |pod: &Pod| {
        let restarts = pod.status.container_statuses.iter().map(|status| status.restart_count).max().unwrap_or(0);
        (
            pod.node_name.is_some(),
            phase(pod),
            pod.is_ready(),
            ready_since(pod),
            Reverse(restarts),
            most(&pod.status.init_container_statuses, Container::is_sidecar, pod),
            pod.metadata.creation_timestamp.map(Reverse),
        )
    };
    // Indexes are sorted before they are ranked.
    let tie = |pod: &Pod| (pod.completion_index(), pod.metadata.name.clone());
    rank(a).cmp(&rank(b)).then_with(|| tie(a).cmp(&tie(b)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::fields;
    use serde_json::json;

    #[test]
    fn of_pods_that_are_alike_those_of_the_lowest_indexes_go_first() {
        let pod = |index: u32| {
            let annotations = json!({"batch.kubernetes.io/job-completion-index": index.to_string()});
            let metadata =
                json!({"name": format!("a-{index}"), "uid": format!("{index:032x}"), "annotations": annotations});
            fields::read::<Pod>(json!({"metadata": metadata})).expect("a pod")
        };
        let spec = json!({"completionMode": "Indexed", "completions": 12, "parallelism": 9});
        let spec: JobSpec = fields::read(spec).expect("a spec");
        let active = [11, 3, 0, 10, 2, 1].map(|index| Rc::new(pod(index)));
        let removed = to_remove(&spec, active.into(), 4);
        let indexes: Vec<_> = removed.iter().filter_map(|pod| pod.completion_index()).collect();
        assert_eq!(indexes, [0, 1, 2, 3]);
    }
}
