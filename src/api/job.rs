//! Jobs: run pods until enough of them have succeeded (`batch/v1`, spec 01 §1.1).

use super::fields::fields;
use super::{Condition, Indexes, LabelSelector, ObjectMeta, PodTemplateSpec, Text, Time, Uid};
use std::rc::Rc;

/// The label that carries the name of a pod's Job.
pub const JOB_NAME_LABEL: &str = "batch.kubernetes.io/job-name";
/// The same, as it was called before it had a prefix; still set.
pub const LEGACY_JOB_NAME_LABEL: &str = "job-name";
/// The label that carries the UID of a pod's Job.
pub const CONTROLLER_UID_LABEL: &str = "batch.kubernetes.io/controller-uid";
/// The same, as it was called before it had a prefix; still set.
pub const LEGACY_CONTROLLER_UID_LABEL: &str = "controller-uid";
/// The annotation and label that carry an Indexed pod's completion index.
pub const COMPLETION_INDEX: &str = "batch.kubernetes.io/job-completion-index";
/// The annotation that counts the failures of an index before this pod.
pub const INDEX_FAILURE_COUNT: &str = "batch.kubernetes.io/job-index-failure-count";
/// The annotation that counts the ignored failures of an index before this pod.
pub const INDEX_IGNORED_FAILURE_COUNT: &str = "batch.kubernetes.io/job-index-ignored-failure-count";
/// The finalizer that keeps a pod until its Job has counted it.
pub const TRACKING_FINALIZER: &str = "batch.kubernetes.io/job-tracking";

fields! {
    /// A Job. `resource_version` is the storage's revision of this version of it.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct Job {
        pub resource_version: u64,
        pub metadata: Rc<ObjectMeta> = "metadata",
        pub spec: Rc<JobSpec> = "spec",
        pub status: Rc<JobStatus> = "status",
    }
}

fields! {
    /// What is wanted. Numbers are as written: validation, not the type, says which are allowed.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct JobSpec {
        /// Seconds from `startTime` after which the Job is given up.
        pub active_deadline_seconds: Option<i64> = "activeDeadlineSeconds",
        /// How many failed pods are put up with.
        pub backoff_limit: Option<i32> = "backoffLimit",
        pub backoff_limit_per_index: Option<i32> = "backoffLimitPerIndex",
        /// `NonIndexed` or `Indexed`.
        pub completion_mode: Option<Text> = "completionMode",
        /// How many pods must succeed; unset, one success ends a work queue.
        pub completions: Option<i32> = "completions",
        pub managed_by: Option<Text> = "managedBy",
        pub manual_selector: Option<bool> = "manualSelector",
        pub max_failed_indexes: Option<i32> = "maxFailedIndexes",
        /// How many pods may run at a time.
        pub parallelism: Option<i32> = "parallelism",
        pub pod_failure_policy: Option<PodFailurePolicy> = "podFailurePolicy",
        /// `TerminatingOrFailed` or `Failed`.
        pub pod_replacement_policy: Option<Text> = "podReplacementPolicy",
        pub selector: Option<LabelSelector> = "selector",
        pub success_policy: Option<SuccessPolicy> = "successPolicy",
        pub suspend: Option<bool> = "suspend",
        pub template: PodTemplateSpec = "template",
        pub ttl_seconds_after_finished: Option<i32> = "ttlSecondsAfterFinished",
    }
}

impl JobSpec {
    /// Whether each pod has a completion index.
    pub fn is_indexed(&self) -> bool {
        self.completion_mode.as_deref() == Some("Indexed")
    }

    /// How many completion indexes an Indexed Job has.
    pub fn index_count(&self) -> u32 {
        u32::try_from(self.completions.unwrap_or(0)).unwrap_or(0)
    }

    /// Whether the Job is paused.
    pub fn is_suspended(&self) -> bool {
        self.suspend == Some(true)
    }
}

fields! {
    /// What to do with failed pods, by exit code or condition; the first rule that matches decides.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct PodFailurePolicy {
        pub rules: Vec<PodFailurePolicyRule> = "rules" ornull,
    }
}

fields! {
    /// One rule: an action, and exactly one requirement.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct PodFailurePolicyRule {
        /// `FailJob`, `FailIndex`, `Ignore` or `Count`.
        pub action: Text = "action" always,
        pub on_exit_codes: Option<OnExitCodes> = "onExitCodes",
        pub on_pod_conditions: Vec<OnPodCondition> = "onPodConditions",
    }
}

fields! {
    /// Matches a container's exit code; never 0.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct OnExitCodes {
        /// Any container, if unset.
        pub container_name: Option<Text> = "containerName",
        /// `In` or `NotIn`.
        pub operator: Text = "operator" always,
        pub values: Option<Vec<i32>> = "values" always,
    }
}

fields! {
    /// Matches a pod's condition.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct OnPodCondition {
        pub kind: Text = "type" always,
        /// As written: `True`, `False` or `Unknown` once validated.
        pub status: Text = "status" always,
    }
}

fields! {
    /// When an Indexed Job has succeeded early; the first rule that is met decides.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct SuccessPolicy {
        pub rules: Vec<SuccessPolicyRule> = "rules" ornull,
    }
}

fields! {
    /// Which indexes, how many of them.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct SuccessPolicyRule {
        pub succeeded_count: Option<i32> = "succeededCount",
        /// As written, e.g. `0,2-4`.
        pub succeeded_indexes: Option<Text> = "succeededIndexes",
    }
}

fields! {
    /// What has become of it (spec 02 §11).
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct JobStatus {
        /// Pods that are neither finished nor being deleted.
        pub active: i32 = "active",
        pub completed_indexes: Indexes = "completedIndexes",
        /// Set only for a Job that is Complete.
        pub completion_time: Option<Time> = "completionTime",
        pub conditions: Vec<Condition> = "conditions",
        pub failed: i32 = "failed",
        pub failed_indexes: Option<Indexes> = "failedIndexes",
        /// Active pods with Ready=True.
        pub ready: Option<i32> = "ready",
        pub start_time: Option<Time> = "startTime",
        pub succeeded: i32 = "succeeded",
        /// Pods that are being deleted and have not finished.
        pub terminating: Option<i32> = "terminating",
        /// Finished pods that still carry the tracking finalizer.
        pub uncounted_terminated_pods: Option<UncountedTerminatedPods> = "uncountedTerminatedPods",
    }
}

impl JobStatus {
    /// The condition of this type that holds.
    pub fn condition(&self, kind: &str) -> Option<&Condition> {
        self.conditions.iter().find(|condition| condition.holds(kind))
    }

    /// Whether the Job is Complete or Failed: nothing will ever change it again.
    pub fn is_finished(&self) -> bool {
        self.condition("Complete").or(self.condition("Failed")).is_some()
    }
}

/// The value of `spec.managedBy` that means the built-in controller.
const MANAGED_BY_US: &str = "kubernetes.io/job-controller";

impl Job {
    /// Whether the built-in controller works on the Job, and no other.
    pub fn is_ours(&self) -> bool {
        self.spec.managed_by.as_deref().is_none_or(|manager| manager == MANAGED_BY_US)
    }
}

fields! {
    /// UIDs of pods that are counted as soon as their finalizer is gone.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct UncountedTerminatedPods {
        pub failed: Vec<Uid> = "failed",
        pub succeeded: Vec<Uid> = "succeeded",
    }
}

impl UncountedTerminatedPods {
    /// Whether every pod has been counted.
    pub fn is_empty(&self) -> bool {
        self.failed.is_empty() && self.succeeded.is_empty()
    }
}

fields! {
    /// The template a CronJob stamps Jobs from.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct JobTemplateSpec {
        pub metadata: ObjectMeta = "metadata",
        pub spec: JobSpec = "spec",
    }
}

fields! {
    /// A CronJob: a Job again and again (spec 04).
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct CronJob {
        pub resource_version: u64,
        pub metadata: Rc<ObjectMeta> = "metadata",
        pub spec: Rc<CronJobSpec> = "spec",
        pub status: Rc<CronJobStatus> = "status",
    }
}

fields! {
    /// When, from what, and how many at a time.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct CronJobSpec {
        /// `Allow`, `Forbid` or `Replace`.
        pub concurrency_policy: Text = "concurrencyPolicy",
        pub failed_jobs_history_limit: Option<i32> = "failedJobsHistoryLimit",
        pub job_template: JobTemplateSpec = "jobTemplate",
        pub schedule: Text = "schedule" always,
        pub starting_deadline_seconds: Option<i64> = "startingDeadlineSeconds",
        pub successful_jobs_history_limit: Option<i32> = "successfulJobsHistoryLimit",
        pub suspend: Option<bool> = "suspend",
        pub time_zone: Option<Text> = "timeZone",
    }
}

fields! {
    /// Which Jobs run now, and when the last was due.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct CronJobStatus {
        pub active: Vec<super::ObjectReference> = "active",
        pub last_schedule_time: Option<Time> = "lastScheduleTime",
        pub last_successful_time: Option<Time> = "lastSuccessfulTime",
    }
}
