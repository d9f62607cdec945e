//! Pods counted exactly once, and the Job's end (spec 02 §8).
//!
//! A pod that has ended is held by a finalizer until it is counted: first its UID is written to
//! `uncountedTerminatedPods`, then the finalizer is taken off, then the UID makes way for a higher counter. Whoever
//! looks closely sees two writes a few milliseconds apart. The final condition comes with the second, once no pod of
//! the Job is left that could still change.

use super::decision::{Pods, Step};
use super::observed::{ObservedPod, by_name};
use super::pass::Pass;
use super::pod_failure_policy::{self, Action};
use super::pod_key;
use super::pods::{is_failed, valid_index};
use crate::api::job::{TRACKING_FINALIZER, UncountedTerminatedPods};
use crate::api::{Condition, Job, Object, Pod, PodPhase, Reason, Uid};
use crate::apiserver::Request;
use crate::sim::Table;
use std::rc::Rc;

/// No more UIDs than this wait to be counted.
const MOST_UNCOUNTED: usize = 500;

impl Pass<'_> {
    /// Counts what has ended, writes the status where it has changed, and ends the Job if it is over.
    pub(super) fn track(&mut self, suspension_changed: bool) {
        let (active, ready, terminating) = (self.active as i32, self.ready as i32, self.terminating as i32);
        let before = (self.status.succeeded, self.status.failed);
        let mut changed = active != self.status.active
            || Some(ready) != self.status.ready
            || Some(terminating) != self.status.terminating;
        if changed {
            self.step(Step::Live { active: self.active, ready: self.ready, terminating: self.terminating });
        }
        changed |= suspension_changed;
        (self.status.active, self.status.ready) = (active, Some(ready));
        self.status.terminating = Some(terminating);

        changed |= self.count_released(&[]);
        let (to_release, uncounted, complete) = self.collect_ended();
        changed |= uncounted;
        changed |= self.record_indexes();
        changed |= self.announce_verdict();

        if changed {
            if !self.write() {
                return;
            }
            self.observed.backoff = self.backoff;
        }
        let (mut released, mut gone) = (Pods::default(), Vec::new());
        for pod in &to_release {
            match self.api.handle(Request::RemoveFinalizer { key: pod_key(pod), finalizer: TRACKING_FINALIZER }) {
                Ok(_) => {
                    self.observed.expected.releases.insert(pod.metadata.uid, ());
                    released.add(&pod.metadata.name);
                }
                Err(error) if error.reason == Reason::NotFound => gone.push(pod.metadata.uid),
                Err(_) => self.outcome.failed = true,
            }
        }
        self.outcome.wrote |= !released.is_empty();
        let counted = self.count_released(&gone);
        if before != (self.status.succeeded, self.status.failed) {
            self.step(Step::Counted { succeeded: self.status.succeeded, failed: self.status.failed });
        }
        let finished = complete && !self.outcome.failed && self.finish();
        if (counted || finished) && !self.write() {
            return;
        }
        if finished {
            self.outcome.finished = true;
            self.tell_end();
        }
    }

    /// Whether a pod still carries the finalizer, as far as is known.
    pub(super) fn holds(&self, pod: &ObservedPod) -> bool {
        pod.tracked && !self.observed.expected.releases.contains_key(&pod.pod.metadata.uid)
    }

    /// Moves the UIDs of pods that are no longer held into the counters; `gone` are those that turned out to be.
    fn count_released(&mut self, gone: &[Uid]) -> bool {
        let Some(mut uncounted) = self.status.uncounted_terminated_pods.take() else { return false };
        let own = |uid: &Uid| self.observed.pods.get(uid).filter(|pod| pod.selected);
        let held = |uid: &Uid| own(uid).is_some_and(|pod| self.holds(pod)) && !gone.contains(uid);
        let count = |uids: &mut Vec<Uid>| {
            let before = uids.len();
            uids.retain(&held);
            (before - uids.len()) as i32
        };
        let (succeeded, failed) = (count(&mut uncounted.succeeded), count(&mut uncounted.failed));
        self.status.uncounted_terminated_pods = Some(uncounted);
        self.status.succeeded = self.status.succeeded.saturating_add(succeeded);
        self.status.failed = self.status.failed.saturating_add(failed);
        succeeded + failed > 0
    }

    /// The pods whose finalizer may go, after putting down those that count. Says whether any was put down, and whether
    /// that was all of them.
    fn collect_ended(&mut self) -> (Vec<Rc<Pod>>, bool, bool) {
        let mut to_release = Vec::new();
        let (mut changed, mut complete) = (false, true);
        let mut uncounted: UncountedTerminatedPods = self.status.uncounted_terminated_pods.take().unwrap_or_default();
        let known: Table<Uid> = uncounted.succeeded.iter().chain(&uncounted.failed).copied().collect();
        let mut newly_succeeded = 0;
        for pod in by_name(self.observed.own_pods().filter(|pod| self.may_release(pod) && self.holds(pod))) {
            let failed = is_failed(&pod, &self.spec);
            let uid = pod.metadata.uid;
            let index = valid_index(&pod, &self.spec);
            if pod.status.phase == PodPhase::Succeeded && !uncounted.failed.contains(&uid) {
                match index {
                    Some(Some(index)) if !self.recorded_indexes.contains(index) => {
                        newly_succeeded += 1;
                        changed = true;
                    }
                    Some(None) if !known.contains_key(&uid) => {
                        uncounted.succeeded.push(uid);
                        changed = true;
                    }
                    _ => {}
                }
            } else if (failed || self.verdict.is_some())
                && index.is_some()
                && !known.contains_key(&uid)
                && !self.is_ignored(&pod)
                // A Job that has succeeded counts the pods that it deletes no longer.
                && (failed || self.fails())
            {
                uncounted.failed.push(uid);
                changed = true;
            }
            to_release.push(pod);
            if newly_succeeded + uncounted.succeeded.len() + uncounted.failed.len() >= MOST_UNCOUNTED {
                complete = false;
                break;
            }
        }
        self.status.uncounted_terminated_pods = Some(uncounted);
        (to_release, changed, complete)
    }

    /// Whether a pod needs to be held no longer.
    fn may_release(&self, pod: &ObservedPod) -> bool {
        let over = self.job.metadata.is_deleting() || self.verdict.is_some();
        if over || pod.phase == PodPhase::Succeeded {
            return true;
        }
        let newest = || self.awaiting.get(&pod.index?);
        pod.is_failed(&self.spec) && newest().is_none_or(|newest| newest.metadata.uid != pod.pod.metadata.uid)
    }

    fn is_ignored(&self, pod: &Pod) -> bool {
        let policy = self.spec.pod_failure_policy.as_ref();
        let found = policy.and_then(|policy| pod_failure_policy::first_match(policy, pod));
        found.is_some_and(|found| found.action == Action::Ignore)
    }

    /// Whether the Job ends, and as failed.
    fn fails(&self) -> bool {
        self.verdict.as_ref().is_some_and(|verdict| verdict.kind == "FailureTarget")
    }

    /// Puts the index sets into the status; says whether they have changed.
    fn record_indexes(&mut self) -> bool {
        if !self.spec.is_indexed() {
            return false;
        }
        let changed = self.status.completed_indexes != self.succeeded_indexes
            || self.status.failed_indexes != self.failed_indexes;
        self.status.completed_indexes = self.succeeded_indexes.clone();
        self.status.failed_indexes.clone_from(&self.failed_indexes);
        self.status.succeeded = i32::try_from(self.succeeded_indexes.len()).unwrap_or(i32::MAX);
        changed
    }

    /// Appends FailureTarget or SuccessCriteriaMet, if it is not there yet.
    fn announce_verdict(&mut self) -> bool {
        let Some(verdict) = self.verdict.clone() else { return false };
        if self.status.condition(&verdict.kind).is_some() {
            return false;
        }
        self.step(told(&verdict));
        self.status.conditions.push(verdict);
        true
    }

    /// Adds Complete or Failed, once nothing is left to wait for. Says whether it has.
    fn finish(&mut self) -> bool {
        let Some(verdict) = self.verdict.clone() else { return false };
        let uncounted = self.status.uncounted_terminated_pods.as_ref();
        let uncounted = uncounted.map_or(0, |pods| pods.succeeded.len() + pods.failed.len());
        if uncounted > 0 || self.terminating > 0 {
            let terminating = self.terminating as u32;
            self.step(Step::WaitsForPods { terminating, uncounted: uncounted as u32 });
            return false;
        }
        let kind = if verdict.kind == "FailureTarget" { "Failed" } else { "Complete" };
        let condition = self.condition(kind, verdict.reason, verdict.message);
        if kind == "Complete" {
            self.status.completion_time = condition.last_transition_time;
        }
        self.step(told(&condition));
        self.set_condition(condition);
        true
    }

    /// Reports how the Job has ended.
    fn tell_end(&mut self) {
        let Some(verdict) = self.verdict.clone() else { return };
        if self.fails() {
            return self.tell("Warning", verdict.reason, verdict.message);
        }
        if self.spec.completions.is_some_and(|completions| self.status.succeeded > completions) {
            let message = "Too many succeeded pods running after completion count reached";
            self.tell("Warning", "TooManySucceededPods", message);
        }
        self.tell("Normal", "Completed", "Job completed");
    }

    /// Writes the status; false if somebody else was faster.
    fn write(&mut self) -> bool {
        let job = Job { status: Rc::new(self.status.clone()), ..(*self.job).clone() };
        match self.api.handle(Request::UpdateStatus(job.into())) {
            Ok(Object::Job(job)) => {
                self.outcome.wrote = true;
                (self.job, self.about) = (job, None);
                true
            }
            Ok(_) => true,
            Err(error) => {
                self.outcome.failed = true;
                self.step(Step::WriteFailed { error: error.message.into() });
                false
            }
        }
    }
}

fn told(condition: &Condition) -> Step {
    let Condition { kind, reason, message, .. } = condition.clone();
    Step::Condition { kind, reason, message }
}
