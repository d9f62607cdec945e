//! What has changed about Jobs, by the version in which it came to clusters that nobody has set up otherwise.
//!
//! A feature counts from the version in which it is on by default. In Kubernetes: `pkg/features/kube_features.go` and the
//! change log of each version.

use crate::api::yaml;
use serde_json::Value;

/// The version that is simulated: `v1.36`.
pub const SIMULATED: u32 = 36;
/// The oldest that can be chosen: `v1.21`, the first with Jobs and CronJobs in `batch/v1`.
pub const OLDEST: u32 = 21;
/// The one that is chosen first.
pub const FIRST: u32 = 30;

/// Something that is otherwise before a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// The minor version since which it is as it is here.
    pub since: u32,
    /// The field it is about, if it is about one that a Job's manifest can have: a path below the Job's `spec`, through the
    /// items of lists; one that begins with `/` is below the manifest's own `spec`.
    pub field: Option<&'static str>,
    /// How it is since, and how it was before. Words between backticks are code.
    pub text: &'static str,
}

const fn field(since: u32, field: &'static str, text: &'static str) -> Change {
    Change { since, field: Some(field), text }
}

const fn change(since: u32, text: &'static str) -> Change {
    Change { since, field: None, text }
}

/// All that is known to differ, the newest first.
pub const CHANGES: [Change; 31] = [
    change(36, "A Job that is suspended loses its `startTime`. Before, it kept the old one until it was resumed."),
    change(
        36,
        "While a Job is suspended, the resources of its pods can be changed. Before, only a new Job could have others.",
    ),
    change(
        36,
        "While a Job is suspended, labels, node selector, tolerations and affinity of its pods can be changed even if it has \
         run before. Before, only until it had run for the first time.",
    ),
    change(36, "Events say `Container created` and `Container started`. Before, they named the container."),
    field(
        35,
        "template.spec.containers.restartPolicyRules",
        "`restartPolicyRules` let an exit code decide whether a container is started again in its pod.",
    ),
    change(34, "`kubectl delete` of that version says from which namespace. Before, its line ended with `deleted`."),
    change(
        34,
        "`kubectl create --dry-run=client -o yaml` of that version prints no `creationTimestamp: null` any more.",
    ),
    field(32, "managedBy", "`managedBy` leaves a Job to another controller."),
    field(31, "successPolicy", "`successPolicy` can end a Job before all of its indexes have succeeded."),
    change(
        31,
        "`Complete` and `Failed` come when the last pod has ended; `SuccessCriteriaMet` and `FailureTarget` come first. \
         Before, they mostly came alone, and while pods were still ending: scripts could read `conditions[0]`.",
    ),
    change(30, "`kubectl get jobs` has a column STATUS."),
    change(30, "`kubectl get cronjobs` has a column TIMEZONE."),
    field(29, "backoffLimitPerIndex", "`backoffLimitPerIndex` gives every index retries of its own."),
    field(29, "maxFailedIndexes", "`maxFailedIndexes` limits how many indexes may fail."),
    field(
        29,
        "podReplacementPolicy",
        "`podReplacementPolicy: Failed` waits with the replacement until a pod has ended. Before, every Job replaced pods that \
         were still ending.",
    ),
    change(29, "`status.terminating` counts the pods that are ending."),
    field(
        29,
        "template.spec.initContainers.restartPolicy",
        "An init container with `restartPolicy: Always` is a sidecar: it ends when the others have. Before, a helper that ran on \
         kept the Job from completing.",
    ),
    change(
        28,
        "A pod's index is one of its labels, and `JOB_COMPLETION_INDEX` is read from there. Before, it was an annotation only.",
    ),
    change(28, "A CronJob notes in an annotation of each Job for which time it is."),
    change(
        27,
        "A Job's pods have labels that begin with `batch.kubernetes.io/`. Before, they had only `job-name` and \
         `controller-uid`, which are still there.",
    ),
    change(
        27,
        "The back-off counts failed pods, whatever the parallelism, and a Job fails as soon as it is over its limit. Before, \
         pods of a Job with a `parallelism` above 1 could come without any delay; the first patches of v1.25 and v1.26 had \
         none at all.",
    ),
    change(27, "An Indexed Job can grow and shrink: `completions` may change together with `parallelism`."),
    change(
        27,
        "A pod that is deleted before it has started ends as Failed. Before, it could be gone while still Pending.",
    ),
    field(26, "podFailurePolicy", "`podFailurePolicy` decides by exit code or condition what a failure means."),
    change(26, "A pod that is evicted, preempted or on a lost node has the condition `DisruptionTarget`."),
    change(
        25,
        "A finalizer holds every pod until it has been counted. Before, a pod that somebody deleted, or that the garbage \
         collector took, was not counted any more.",
    ),
    field(25, "/timeZone", "`timeZone` of a CronJob. Before, schedules were in the zone of the controller manager."),
    change(24, "`status.ready` counts the pods that are ready."),
    change(
        23,
        "While a Job that has never run is suspended, labels, node selector, tolerations and affinity of its pods can be \
         changed. Before, nothing about its pods could.",
    ),
    field(22, "completionMode", "`completionMode: Indexed` gives every pod an index."),
    field(22, "suspend", "`suspend: true` holds a Job back."),
];

/// What is otherwise in a version, the newest first.
pub fn since(version: u32) -> impl Iterator<Item = &'static Change> {
    CHANGES.iter().filter(move |change| change.since > version)
}

/// The fields of these that a manifest has.
pub fn used(manifest: &str, changes: impl Iterator<Item = &'static Change>) -> Vec<&'static str> {
    let documents: Vec<Value> =
        yaml::read(manifest).documents.iter().map(|document| document.root.to_value()).collect();
    let fields = changes.filter_map(|change| change.field);
    fields.filter(|field| documents.iter().any(|document| has(document, field))).collect()
}

/// Whether a manifest's object has a field.
fn has(object: &Value, field: &str) -> bool {
    let spec = &object["spec"];
    match field.strip_prefix('/') {
        Some(own) => leads(spec, own),
        None => leads(spec, field) || leads(&spec["jobTemplate"]["spec"], field),
    }
}

/// Whether a path leads to something that is set, in any item of the lists on its way.
fn leads(value: &Value, path: &str) -> bool {
    let (first, rest) = path.split_once('.').unwrap_or((path, ""));
    match value {
        Value::Array(items) => items.iter().any(|item| leads(item, path)),
        _ if path.is_empty() => !value.is_null(),
        _ => value.get(first).is_some_and(|part| leads(part, rest)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_come_newest_first_and_say_what_they_mean() {
        assert!(CHANGES.is_sorted_by(|one, next| one.since >= next.since));
        for Change { since, text, .. } in CHANGES {
            assert!((OLDEST + 1..=SIMULATED).contains(&since), "{text}");
            assert!(text.ends_with('.') && text.matches('`').count() % 2 == 0, "{text}");
        }
        assert_eq!((since(SIMULATED).count(), since(OLDEST).count()), (0, CHANGES.len()));
    }

    #[test]
    fn a_manifest_is_told_what_a_version_does_not_know() {
        let check = |manifest: &str, version: u32, expected: &[&str]| {
            assert_eq!(used(manifest, since(version)), expected, "v1.{version}: {manifest}");
        };
        let job = "kind: Job\nspec:\n  backoffLimitPerIndex: 1\n  podFailurePolicy: {rules: []}\n";
        check(job, 29, &[]);
        check(job, 28, &["backoffLimitPerIndex"]);
        check(job, 25, &["backoffLimitPerIndex", "podFailurePolicy"]);
        let cron = "kind: CronJob\nspec: {timeZone: UTC, jobTemplate: {spec: {managedBy: a/b}}}\n";
        check(cron, 24, &["managedBy", "/timeZone"]);
        let sidecar = "spec: {template: {spec: {initContainers: [{name: a}, {name: b, restartPolicy: Always}]}}}";
        check(sidecar, 28, &["template.spec.initContainers.restartPolicy"]);
        check("spec: {template: {spec: {initContainers: [{name: a}], restartPolicy: Never}}}", 28, &[]);
        check("- not\n- an object\n", 21, &[]);
        check("broken: [", 21, &[]);
    }
}
