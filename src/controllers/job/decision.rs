//! Decisions: what the Job controller saw in one pass, what it concluded, and why.
//!
//! The page's “Why” panel shows them: each step as a sentence, linked to the field of the manifest that it obeyed and to
//! the pods it was about. They are data first, so that a diagram can be lit up by them as well.

use super::pod_failure_policy::{Action, Cause};
use crate::api::{Pod, Text};
use crate::sim::Timestamp;
use std::fmt::Write;
use std::rc::Rc;
use std::time::Duration;

/// One pass over a Job in which something was written.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    pub at: Timestamp,
    /// The version of the Job that was looked at.
    pub revision: u64,
    /// What made the controller look, each once, in the order in which it came.
    pub triggers: Vec<Trigger>,
    /// In the order of evaluation.
    pub steps: Vec<Step>,
    pub next: Next,
}

/// What makes the controller look at a Job.
#[derive(Clone, Debug, PartialEq)]
pub enum Trigger {
    JobCreated,
    SpecChanged,
    StatusChanged,
    /// Pods were created, have changed or have gone.
    PodsChanged(Pods),
    /// A wait is over: a back-off, a deadline.
    WaitIsOver,
    /// The last pass did not go well.
    Retry,
    ControllerStarted,
}

/// Some pods, by name: the first few, and how many more.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pods {
    pub named: Vec<Text>,
    pub more: u32,
}

/// Why pods are removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Because {
    /// `spec.suspend` is true.
    Suspended,
    /// More are active than are wanted, or their index is not one of the Job's.
    TooMany,
    /// The Job is over, one way or the other.
    Over,
}

/// One step of a pass: what was looked at, what it came to.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// `startTime` is set.
    Started,
    /// Pods that match the selector get this Job as their owner.
    Adopted(Pods),
    /// Pods that do not match the selector any more are let go.
    Released(Pods),
    /// Pods that have ended since the last pass.
    Ended {
        succeeded: Pods,
        failed: Pods,
    },
    /// A rule of the failure policy has matched pods.
    RuleMatched {
        rule: usize,
        action: Action,
        cause: Cause,
        pods: Pods,
    },
    /// No rule of the failure policy has matched pods: they count.
    NoRuleMatched(Pods),
    /// A condition from an earlier pass says how the Job ends.
    AlreadyEnding {
        condition: Text,
        reason: Text,
    },
    /// A FailJob rule ends the Job.
    FailJob {
        message: Text,
    },
    /// Failed pods against `backoffLimit`.
    BackoffLimit {
        failed: i64,
        limit: i64,
        exceeded: bool,
    },
    /// Restarts of containers against `backoffLimit`, where containers restart in place.
    RestartLimit {
        restarts: i64,
        limit: i64,
        exceeded: bool,
    },
    /// Time since `startTime` against `activeDeadlineSeconds`.
    Deadline {
        active_for: Duration,
        limit: Duration,
        passed: bool,
    },
    /// Failed indexes against `maxFailedIndexes`.
    MaxFailedIndexes {
        failed: u64,
        limit: u64,
        exceeded: bool,
    },
    /// Every index is decided, and some have failed.
    FailedIndexes {
        failed: u64,
        succeeded: u64,
        completions: u64,
        all_decided: bool,
    },
    /// The success policy: which of its rules is met, if any.
    SuccessPolicy {
        met: Option<usize>,
        succeeded: u64,
    },
    /// Successes against `completions`; unset, one success and no active pod.
    Completions {
        succeeded: i64,
        completions: Option<i64>,
        active: i64,
        reached: bool,
    },
    /// The Job is being deleted: it gets no new pods.
    BeingDeleted,
    /// How many pods ought to be active, and why that many.
    Wanted {
        want: i64,
        parallelism: i64,
        missing: Option<i64>,
        active: i64,
        terminating: Option<i64>,
    },
    /// Creations or deletions of an earlier pass have not been seen yet.
    Unobserved {
        pods: u32,
    },
    /// No pod is created before this long: so many failures since the last success.
    Backoff {
        failures: u32,
        delay: Duration,
        remaining: Duration,
    },
    /// A success: so many failures before it delay nothing any more.
    BackoffReset {
        failures: u32,
    },
    /// These indexes are not retried yet; the first of them may be in this long.
    IndexBackoff {
        indexes: Vec<u32>,
        more: u32,
        remaining: Duration,
    },
    Created(Pods),
    CreateFailed {
        error: Text,
        skipped: u32,
    },
    Deleted {
        pods: Pods,
        because: Because,
    },
    DeleteFailed {
        error: Text,
    },
    Suspended,
    Resumed,
    /// An index will not be retried again.
    IndexesFailed {
        indexes: Text,
    },
    /// A condition is set.
    Condition {
        kind: Text,
        reason: Text,
        message: Text,
    },
    /// The Job ends once these are gone or counted.
    WaitsForPods {
        terminating: u32,
        uncounted: u32,
    },
    /// The status tells how many pods live.
    Live {
        active: i64,
        ready: i64,
        terminating: i64,
    },
    /// Pods that have ended are in the counters now.
    Counted {
        succeeded: i32,
        failed: i32,
    },
    /// The status could not be written.
    WriteFailed {
        error: Text,
    },
}

/// What happens next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Nothing: the Job has finished.
    Never,
    /// The next pass comes when something changes.
    OnChange,
    /// A pass comes at this instant at the latest.
    At(Timestamp, Wait),
}

/// What a pass waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    Backoff,
    Deadline,
    Retry,
}

impl Pods {
    /// More names than this are only counted.
    const NAMED: usize = 5;

    /// These pods.
    pub fn of<'a>(pods: impl IntoIterator<Item = &'a Rc<Pod>>) -> Self {
        let mut listed = Self::default();
        for pod in pods {
            listed.add(&pod.metadata.name);
        }
        listed
    }

    /// One more, if it is not named already.
    pub fn add(&mut self, name: &Text) {
        if self.named.contains(name) {
            return;
        }
        if self.named.len() < Self::NAMED {
            // Kept for ever, with no room for more.
            self.named.reserve_exact(1);
            self.named.push(name.clone());
        } else {
            self.more += 1;
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.named.len() + self.more as usize
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.named.is_empty()
    }

    fn told(&self) -> String {
        let named = self.named.join(", ");
        if self.more == 0 { named } else { format!("{named} and {} more", self.more) }
    }
}

impl Trigger {
    /// In plain words.
    pub fn sentence(&self) -> String {
        match self {
            Self::JobCreated => "The Job is new.".into(),
            Self::SpecChanged => "The Job's spec has changed.".into(),
            Self::StatusChanged => "The Job's status has changed.".into(),
            Self::PodsChanged(pods) => format!("Pods have changed: {}.", pods.told()),
            Self::WaitIsOver => "A wait is over.".into(),
            Self::Retry => "The last pass did not go well.".into(),
            Self::ControllerStarted => {
                "The controller has just started: what it only had in memory, such as a common back-off, is gone."
                    .into()
            }
        }
    }
}

impl Step {
    /// The field of the manifest that this step obeys, as a path.
    pub fn field(&self) -> Option<String> {
        let path = match self {
            Self::RuleMatched { rule, .. } => return Some(format!("spec.podFailurePolicy.rules[{rule}]")),
            Self::SuccessPolicy { met: Some(rule), .. } => return Some(format!("spec.successPolicy.rules[{rule}]")),
            Self::Adopted(_) | Self::Released(_) => "spec.selector",
            Self::NoRuleMatched(_) | Self::FailJob { .. } => "spec.podFailurePolicy",
            Self::BackoffLimit { .. } | Self::RestartLimit { .. } => "spec.backoffLimit",
            Self::Deadline { .. } => "spec.activeDeadlineSeconds",
            Self::MaxFailedIndexes { .. } => "spec.maxFailedIndexes",
            Self::FailedIndexes { .. } | Self::IndexesFailed { .. } | Self::IndexBackoff { .. } => {
                "spec.backoffLimitPerIndex"
            }
            Self::SuccessPolicy { .. } => "spec.successPolicy",
            Self::Completions { .. } => "spec.completions",
            Self::Wanted { .. } | Self::Deleted { because: Because::TooMany, .. } => "spec.parallelism",
            Self::Suspended | Self::Resumed | Self::Deleted { because: Because::Suspended, .. } => "spec.suspend",
            Self::Created(_) | Self::CreateFailed { .. } => "spec.template",
            _ => return None,
        };
        Some(path.into())
    }

    /// The pods it is about, in the order in which the sentence names them.
    pub fn pods(&self) -> Vec<&Text> {
        let lists: [Option<&Pods>; 2] = match self {
            Self::Ended { succeeded, failed } => [Some(succeeded), Some(failed)],
            Self::Adopted(pods)
            | Self::Released(pods)
            | Self::NoRuleMatched(pods)
            | Self::Created(pods)
            | Self::RuleMatched { pods, .. }
            | Self::Deleted { pods, .. } => [Some(pods), None],
            _ => [None, None],
        };
        lists.into_iter().flatten().flat_map(|pods| &pods.named).collect()
    }

    /// In plain words, in the present tense.
    pub fn sentence(&self) -> String {
        match self {
            Self::Started => "The Job starts: startTime is now.".into(),
            Self::Adopted(pods) => format!("The Job adopts {}: their labels match its selector.", pods.told()),
            Self::Released(pods) => format!("The Job lets {} go: their labels no longer match.", pods.told()),
            Self::Ended { succeeded, failed } => {
                let mut told = String::new();
                for (pods, what) in [(succeeded, "succeeded"), (failed, "failed")] {
                    if !pods.is_empty() {
                        let _ = write!(
                            told,
                            "{} {what}: {}. ",
                            count(pods.len() as i64, "pod has", "pods have"),
                            pods.told()
                        );
                    }
                }
                told.trim_end().into()
            }
            Self::RuleMatched { rule, action, cause, pods } => {
                let cause = match cause {
                    Cause::ExitCode { container, code } => format!("container {container} exited with {code}"),
                    Cause::Condition { kind } => format!("condition {kind} is set"),
                };
                format!("Rule {rule} ({}) matches {}: {cause}.", action.as_str(), pods.told())
            }
            Self::NoRuleMatched(pods) => format!("No rule matches {}: the failure counts.", pods.told()),
            Self::AlreadyEnding { condition, reason } => {
                format!("{condition} is set already ({reason}): how the Job ends is decided.")
            }
            Self::FailJob { message } => format!("A FailJob rule ends the Job: {message}."),
            Self::BackoffLimit { failed, limit, exceeded: true } => {
                format!("failed {failed} > backoffLimit {limit}: the Job fails.")
            }
            Self::BackoffLimit { failed, limit, .. } => {
                format!("failed {failed} ≤ backoffLimit {limit}: the Job goes on.")
            }
            Self::RestartLimit { restarts, limit, exceeded: true } => {
                let sign = if *limit == 0 { ">" } else { "≥" };
                format!("restarts {restarts} {sign} backoffLimit {limit}: the Job fails.")
            }
            Self::RestartLimit { restarts, limit, .. } => {
                format!("restarts {restarts} do not reach backoffLimit {limit}: the Job goes on.")
            }
            Self::Deadline { active_for, limit, passed: true } => {
                format!("active for {} ≥ activeDeadlineSeconds {}: the Job fails.", told(*active_for), limit.as_secs())
            }
            Self::Deadline { active_for, limit, .. } => {
                let left = told(limit.saturating_sub(*active_for));
                format!(
                    "active for {} < activeDeadlineSeconds {}: {left} are left.",
                    told(*active_for),
                    limit.as_secs()
                )
            }
            Self::MaxFailedIndexes { failed, limit, exceeded: true } => {
                format!("failed indexes {failed} > maxFailedIndexes {limit}: the Job fails.")
            }
            Self::MaxFailedIndexes { failed, limit, .. } => {
                format!("failed indexes {failed} ≤ maxFailedIndexes {limit}: the Job goes on.")
            }
            Self::FailedIndexes { failed, succeeded, completions, all_decided: true } => {
                format!(
                    "failed indexes {failed} + succeeded {succeeded} ≥ completions {completions}: every index is decided, and some have failed."
                )
            }
            Self::FailedIndexes { failed, succeeded, completions, .. } => {
                format!(
                    "failed indexes {failed} + succeeded {succeeded} < completions {completions}: some indexes are not decided."
                )
            }
            Self::SuccessPolicy { met: Some(rule), succeeded } => format!(
                "{} succeeded: success rule {rule} is met.",
                count(*succeeded as i64, "index has", "indexes have")
            ),
            Self::SuccessPolicy { succeeded, .. } => {
                format!("{} succeeded: no success rule is met.", count(*succeeded as i64, "index has", "indexes have"))
            }
            Self::Completions { succeeded, completions: Some(completions), active, reached } => match reached {
                true => format!(
                    "succeeded {succeeded} ≥ completions {completions} and no pod is active: the Job is complete."
                ),
                false if succeeded >= completions => {
                    format!("succeeded {succeeded} ≥ completions {completions}, but active is {active}.")
                }
                false => format!("succeeded {succeeded} < completions {completions}."),
            },
            Self::Completions { succeeded, active, reached: true, .. } => {
                format!("completions is unset, succeeded is {succeeded} and active is {active}: the Job is complete.")
            }
            Self::Completions { succeeded, active, .. } => {
                format!(
                    "completions is unset, succeeded is {succeeded} and active is {active}: the Job waits for the rest."
                )
            }
            Self::BeingDeleted => "The Job is being deleted: it gets no new pods, and those it has are let go.".into(),
            Self::Wanted { want, parallelism, missing, active, terminating } => {
                let why = match missing {
                    Some(missing) => format!("the lesser of parallelism {parallelism} and {missing} still missing"),
                    None => format!("parallelism is {parallelism}"),
                };
                let dying = terminating.filter(|&dying| dying > 0);
                let dying = dying.map_or(String::new(), |dying| format!("; {dying} terminating keep their places"));
                format!("{} wanted ({why}), active is {active}{dying}.", count(*want, "pod is", "pods are"))
            }
            Self::Unobserved { pods } => format!(
                "{} of the last pass not seen yet: no pod is created or removed now.",
                count(i64::from(*pods), "change is", "changes are")
            ),
            Self::Backoff { failures, delay, remaining } => {
                format!(
                    "{} since the last success: a new pod waits {}, for another {}.",
                    count(i64::from(*failures), "failure", "failures"),
                    told(*delay),
                    told(*remaining)
                )
            }
            Self::BackoffReset { failures } => {
                let counted = count(i64::from(*failures), "failure", "failures");
                format!("A pod has succeeded, and the back-off starts over: it had counted {counted}.")
            }
            Self::IndexBackoff { indexes, more, remaining } => {
                let mut listed = indexes.iter().map(u32::to_string).collect::<Vec<_>>().join(", ");
                if *more > 0 {
                    let _ = write!(listed, " and {more} more");
                }
                format!("Index {listed} is not retried yet; the first may be in {}.", told(*remaining))
            }
            Self::Created(pods) => {
                format!("{} created: {}.", count(pods.len() as i64, "pod is", "pods are"), pods.told())
            }
            Self::CreateFailed { error, skipped: 0 } => format!("A pod cannot be created: {error}."),
            Self::CreateFailed { error, skipped } => {
                format!("A pod cannot be created: {error}. {skipped} more are not tried.")
            }
            Self::Deleted { pods, because } => {
                let why = match because {
                    Because::Suspended => "the Job is suspended",
                    Because::TooMany => "there are more than are wanted",
                    Because::Over => "the Job is over",
                };
                format!("{} deleted, for {why}: {}.", count(pods.len() as i64, "pod is", "pods are"), pods.told())
            }
            Self::DeleteFailed { error } => format!("A pod cannot be deleted: {error}."),
            Self::Suspended => "suspend is true: the Job is suspended, its startTime is removed.".into(),
            Self::Resumed => "suspend is false again: the Job is resumed, its startTime is now.".into(),
            Self::IndexesFailed { indexes } => format!("Failed for good are now the indexes {indexes}."),
            Self::Condition { kind, reason, message } => format!("The condition {kind} is set: {reason}, “{message}”."),
            Self::WaitsForPods { terminating, uncounted } => {
                format!("The Job ends once its pods are gone: {terminating} terminating, {uncounted} not counted yet.")
            }
            Self::Live { active, ready, terminating } => {
                format!("The status says active {active}, ready {ready}, terminating {terminating}.")
            }
            Self::Counted { succeeded, failed } => {
                format!("Whatever has ended is counted: succeeded {succeeded}, failed {failed}.")
            }
            Self::WriteFailed { error } => format!("The status cannot be written: {error}."),
        }
    }
}

impl Next {
    /// In plain words, as seen from `now`.
    pub fn sentence(self, now: Timestamp) -> String {
        match self {
            Self::Never => "The Job has finished: nothing will change it any more.".into(),
            Self::OnChange => "The controller looks again when a pod or the Job changes.".into(),
            Self::At(at, wait) => {
                let what = match wait {
                    Wait::Backoff => "a new pod may be created",
                    Wait::Deadline => "the deadline passes",
                    Wait::Retry => "the controller tries again",
                };
                format!("In {} {what}.", told(at.since(now)))
            }
        }
    }
}

fn count(number: i64, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// A span of time, for sentences: `1.5 s`, `10 s`, `6 min`, `9 min 58 s`.
fn told(span: Duration) -> String {
    let millis = span.as_millis();
    let (tenths, seconds) = ((millis + 50) / 100, (millis + 500) / 1000);
    match (seconds / 60, seconds % 60) {
        (0 | 1, _) if seconds < 60 && tenths % 10 > 0 => format!("{}.{} s", tenths / 10, tenths % 10),
        (0, _) => format!("{seconds} s"),
        (minutes, 0) => format!("{minutes} min"),
        (minutes, rest) => format!("{minutes} min {rest} s"),
    }
}
