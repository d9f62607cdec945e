//! Jobs: run pods until enough of them have succeeded (`batch/v1`, spec 01 §1.1).

use super::condition::probed;
use super::meta::text_is_empty;
use super::{Condition, Indexes, LabelSelector, ObjectMeta, PodTemplateSpec, Text, Time, Uid};
use serde::{Deserialize, Serialize};
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

/// A Job. `resource_version` is the storage's revision of this version of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Job {
    #[serde(skip)]
    pub resource_version: u64,
    pub metadata: Rc<ObjectMeta>,
    pub spec: Rc<JobSpec>,
    pub status: Rc<JobStatus>,
}

/// What is wanted. Numbers are as written: validation, not the type, says which are allowed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct JobSpec {
    /// Seconds from `startTime` after which the Job is given up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub active_deadline_seconds: Option<i64>,
    /// How many failed pods are put up with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backoff_limit: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backoff_limit_per_index: Option<i32>,
    /// `NonIndexed` or `Indexed`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub completion_mode: Option<Text>,
    /// How many pods must succeed; unset, one success ends a work queue.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub completions: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub managed_by: Option<Text>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub manual_selector: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_failed_indexes: Option<i32>,
    /// How many pods may run at a time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parallelism: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pod_failure_policy: Option<PodFailurePolicy>,
    /// `TerminatingOrFailed` or `Failed`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pod_replacement_policy: Option<Text>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub selector: Option<LabelSelector>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub success_policy: Option<SuccessPolicy>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suspend: Option<bool>,
    pub template: PodTemplateSpec,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ttl_seconds_after_finished: Option<i32>,
}

impl JobSpec {
    /// Whether each pod has a completion index.
    pub fn is_indexed(&self) -> bool {
        self.completion_mode.as_deref() == Some("Indexed")
    }

    /// Whether the Job is paused.
    pub fn is_suspended(&self) -> bool {
        self.suspend == Some(true)
    }
}

/// What to do with failed pods, by exit code or condition; the first rule that matches decides.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PodFailurePolicy {
    pub rules: Vec<PodFailurePolicyRule>,
}

/// One rule: an action, and exactly one requirement.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PodFailurePolicyRule {
    /// `FailJob`, `FailIndex`, `Ignore` or `Count`.
    pub action: Text,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_exit_codes: Option<OnExitCodes>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub on_pod_conditions: Vec<OnPodCondition>,
}

/// Matches a container's exit code; never 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct OnExitCodes {
    /// Any container, if unset.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub container_name: Option<Text>,
    /// `In` or `NotIn`.
    pub operator: Text,
    pub values: Option<Vec<i32>>,
}

/// Matches a pod's condition.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct OnPodCondition {
    #[serde(rename = "type")]
    pub kind: Text,
    /// As written: `True`, `False` or `Unknown` once validated.
    pub status: Text,
}

/// When an Indexed Job has succeeded early; the first rule that is met decides.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SuccessPolicy {
    pub rules: Vec<SuccessPolicyRule>,
}

/// Which indexes, how many of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SuccessPolicyRule {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub succeeded_count: Option<i32>,
    /// As written, e.g. `0,2-4`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub succeeded_indexes: Option<Text>,
}

/// What has become of it (spec 02 §11).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct JobStatus {
    /// Pods that are neither finished nor being deleted.
    #[serde(skip_serializing_if = "super::meta::is_zero")]
    pub active: i32,
    #[serde(skip_serializing_if = "Indexes::is_empty")]
    pub completed_indexes: Indexes,
    /// Set only for a Job that is Complete.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub completion_time: Option<Time>,
    #[serde(with = "probed", skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,
    #[serde(skip_serializing_if = "super::meta::is_zero")]
    pub failed: i32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failed_indexes: Option<Indexes>,
    /// Active pods with Ready=True.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ready: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_time: Option<Time>,
    #[serde(skip_serializing_if = "super::meta::is_zero")]
    pub succeeded: i32,
    /// Pods that are being deleted and have not finished.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub terminating: Option<i32>,
    /// Finished pods that still carry the tracking finalizer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uncounted_terminated_pods: Option<UncountedTerminatedPods>,
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

/// UIDs of pods that are counted as soon as their finalizer is gone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct UncountedTerminatedPods {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub failed: Vec<Uid>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub succeeded: Vec<Uid>,
}

impl UncountedTerminatedPods {
    /// Whether every pod has been counted.
    pub fn is_empty(&self) -> bool {
        self.failed.is_empty() && self.succeeded.is_empty()
    }
}

/// The template a CronJob stamps Jobs from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct JobTemplateSpec {
    pub metadata: ObjectMeta,
    pub spec: JobSpec,
}

/// A CronJob: a Job again and again (spec 04).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CronJob {
    #[serde(skip)]
    pub resource_version: u64,
    pub metadata: Rc<ObjectMeta>,
    pub spec: Rc<CronJobSpec>,
    pub status: Rc<CronJobStatus>,
}

/// When, from what, and how many at a time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CronJobSpec {
    /// `Allow`, `Forbid` or `Replace`.
    #[serde(skip_serializing_if = "text_is_empty")]
    pub concurrency_policy: Text,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failed_jobs_history_limit: Option<i32>,
    pub job_template: JobTemplateSpec,
    pub schedule: Text,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub starting_deadline_seconds: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub successful_jobs_history_limit: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suspend: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<Text>,
}

/// Which Jobs run now, and when the last was due.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CronJobStatus {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub active: Vec<super::ObjectReference>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_schedule_time: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_successful_time: Option<Time>,
}
