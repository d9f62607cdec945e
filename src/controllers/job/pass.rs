//! One pass over a Job: from what was observed to what is done, in the controller's order (spec 02 §2).

use super::backoff::Backoff;
use super::decision::{Because, Pods, Step};
use super::observed::{Observed, ObservedPod, by_name};
use super::pod_failure_policy::{self, Action};
use super::pods::{restarts, selects};
use super::template::owner_reference;
use super::{active_deadline, indexed, pod_key, success_policy};
use crate::api::job::TRACKING_FINALIZER;
use crate::api::{
    ApiError, Condition, ConditionStatus, Indexes, Job, JobSpec, JobStatus, Kind, Object, ObjectKey, ObjectMeta,
    ObjectReference, Pod, PodPhase, Reason, Text, Time, Uid,
};
use crate::apiserver::{ApiServer, DeleteOptions, EventRecorder, Request};
use crate::sim::{Map, Table, Timestamp};
use std::rc::Rc;

/// A pass that is under way.
pub(super) struct Pass<'a> {
    pub api: &'a mut ApiServer,
    pub recorder: &'a mut EventRecorder,
    pub observed: &'a mut Observed,
    unmanaged: &'a Map<ObjectKey, Rc<Pod>>,
    pub now: Timestamp,
    /// The Job as observed; `status` is what becomes of its status.
    pub job: Rc<Job>,
    /// The reference to that version of it, once an event needs it.
    pub about: Option<Rc<ObjectReference>>,
    pub spec: Rc<JobSpec>,
    pub status: JobStatus,
    pub active: i64,
    pub ready: i64,
    pub terminating: i64,
    pub succeeded: i64,
    pub failed: i64,
    pub backoff: Backoff,
    /// Indexed Jobs: those of the active pods.
    pub active_indexes: Indexes,
    /// Recorded before this pass, and with what has succeeded since.
    pub recorded_indexes: Indexes,
    pub succeeded_indexes: Indexes,
    pub failed_indexes: Option<Indexes>,
    pub awaiting: Map<u32, Rc<Pod>>,
    /// How the Job ends: FailureTarget or SuccessCriteriaMet, perhaps from an earlier pass.
    pub verdict: Option<Condition>,
    pub outcome: Outcome,
}

/// What a pass came to.
#[derive(Default)]
pub(super) struct Outcome {
    pub steps: Vec<Step>,
    /// Whether anything was written.
    pub wrote: bool,
    /// Whether something went wrong, and the pass is to be repeated.
    pub failed: bool,
    /// Whether the Job has finished.
    pub finished: bool,
    pub deadline: Option<Timestamp>,
    pub backoff: Option<Timestamp>,
}

/// Changes a pod's metadata as it is by now, which may be newer than what was observed.
fn patch(api: &mut ApiServer, pod: &Pod, change: impl FnOnce(&mut ObjectMeta)) -> Result<Object, ApiError> {
    let key = pod_key(pod);
    let same = |object: &Object| object.metadata().uid == pod.metadata.uid;
    let Some(mut live) = api.live().get(&key).filter(same) else { return Err(ApiError::not_found(&key)) };
    change(live.metadata_mut());
    api.handle(Request::Update(live))
}

impl<'a> Pass<'a> {
    /// A pass over a Job that has not finished.
    pub fn over(
        api: &'a mut ApiServer,
        recorder: &'a mut EventRecorder,
        unmanaged: &'a Map<ObjectKey, Rc<Pod>>,
        observed: &'a mut Observed,
    ) -> Self {
        let (now, job) = (api.now(), observed.job.clone());
        Self {
            now,
            spec: job.spec.clone(),
            status: (*job.status).clone(),
            backoff: observed.backoff,
            job,
            about: None,
            api,
            recorder,
            observed,
            unmanaged,
            active: 0,
            ready: 0,
            terminating: 0,
            succeeded: 0,
            failed: 0,
            active_indexes: Indexes::new(),
            recorded_indexes: Indexes::new(),
            succeeded_indexes: Indexes::new(),
            failed_indexes: None,
            awaiting: Map::new(),
            verdict: None,
            outcome: Outcome::default(),
        }
    }

    /// Does it all.
    pub fn run(mut self) -> Outcome {
        if !matches!(self.spec.completion_mode.as_deref(), None | Some("NonIndexed" | "Indexed")) {
            let message = "Skipped Job sync because completion mode is unknown";
            self.tell("Warning", "UnknownCompletionMode", message);
            return self.outcome;
        }
        let satisfied = self.observed.expected.outstanding() == 0;
        self.status.uncounted_terminated_pods.get_or_insert_default();
        self.claim();
        self.classify();
        self.judge();
        let mut suspension_changed = false;
        if self.verdict.is_some() {
            let deleted_all = self.delete_active();
            if !deleted_all || !satisfied {
                self.verdict = None;
            }
        } else {
            let manages = satisfied && !self.job.metadata.is_deleting();
            if manages {
                self.manage();
            } else if self.job.metadata.is_deleting() {
                self.step(Step::BeingDeleted);
            } else {
                let pods = self.observed.expected.outstanding() as u32;
                self.step(Step::Unobserved { pods });
            }
            if self.is_complete() {
                let message = "Reached expected number of succeeded pods";
                self.conclude("SuccessCriteriaMet", "CompletionsReached", message.into());
            } else if manages {
                suspension_changed = self.settle_suspension();
            }
        }
        self.track(suspension_changed);
        self.outcome
    }

    pub fn step(&mut self, step: Step) {
        self.outcome.steps.push(step);
    }

    /// Reports an event about the Job.
    pub fn tell(&mut self, kind: &'static str, reason: impl Into<Text>, message: impl Into<Text>) {
        let about = || Rc::new(Object::Job(self.job.clone()).reference());
        let about = Rc::clone(self.about.get_or_insert_with(about));
        self.recorder.event(self.api, about, kind, reason, message);
        self.outcome.wrote = true;
    }

    /// Decides how the Job ends, unless that is decided already.
    pub fn conclude(&mut self, kind: &'static str, reason: &'static str, message: Text) {
        self.verdict = Some(self.condition(kind, reason.into(), message));
    }

    /// A condition that holds from now on.
    pub fn condition(&self, kind: &'static str, reason: Text, message: Text) -> Condition {
        let stamp = Some(Time::from(self.now));
        Condition {
            kind: kind.into(),
            status: ConditionStatus::True,
            reason,
            message,
            last_transition_time: stamp,
            last_probe_time: stamp,
            observed_generation: 0,
        }
    }

    /// Step 5: which pods are the Job's. Lets go of those whose labels no longer match, adopts those that now do.
    fn claim(&mut self) {
        if self.job.metadata.is_deleting() {
            return;
        }
        let (mut released, mut adopted) = (Pods::default(), Pods::default());
        for pod in by_name(self.observed.pods.values().filter(|pod| !pod.selected)) {
            let free = patch(self.api, &pod, |metadata| {
                Rc::make_mut(&mut metadata.owner_references).retain(|owner| owner.uid != self.job.metadata.uid);
                Rc::make_mut(&mut metadata.finalizers).retain(|finalizer| finalizer != TRACKING_FINALIZER);
            });
            // A pod that is gone meanwhile needs no release.
            if free.is_ok() {
                released.add(&pod.metadata.name);
            }
        }
        let namespace = &self.job.metadata.namespace;
        let first = ObjectKey::new(Kind::Pod, namespace.clone(), Text::EMPTY);
        let nearby = self.unmanaged.range(first..).take_while(|(key, _)| key.namespace == *namespace);
        for (_, pod) in nearby.filter(|(_, pod)| !pod.metadata.is_deleting() && selects(&self.job, pod)) {
            let owned = patch(self.api, pod, |metadata| {
                Rc::make_mut(&mut metadata.owner_references).push(owner_reference(&self.job));
                if !metadata.has_finalizer(TRACKING_FINALIZER) {
                    Rc::make_mut(&mut metadata.finalizers).push(TRACKING_FINALIZER.into());
                }
            });
            match owned {
                Ok(owned) => {
                    adopted.add(&pod.metadata.name);
                    // What it does meanwhile is for the next pass.
                    let owned = Pod { metadata: owned.metadata().clone(), ..(**pod).clone() };
                    self.observed.adopt(&Rc::new(owned));
                }
                Err(error) if error.reason == Reason::NotFound => {}
                Err(_) => self.outcome.failed = true,
            }
        }
        for (pods, step) in [(released, Step::Released as fn(Pods) -> Step), (adopted, Step::Adopted)] {
            if !pods.is_empty() {
                self.outcome.wrote = true;
                self.step(step(pods));
            }
        }
    }

    /// Steps 6 to 8: what the pods are, what has ended since the last pass, and the Job's start.
    fn classify(&mut self) {
        for pod in self.observed.own_pods() {
            self.active += i64::from(pod.is_active());
            self.ready += i64::from(pod.is_active() && pod.ready);
            self.terminating += i64::from(pod.is_terminating());
        }

        let uncounted = self.status.uncounted_terminated_pods.clone().unwrap_or_default();
        let known: Table<Uid> = uncounted.succeeded.iter().chain(&uncounted.failed).copied().collect();
        let ended = |counts: &dyn Fn(&ObservedPod) -> bool| {
            let new = |pod: &&ObservedPod| {
                counts(pod)
                    && pod.valid_index(&self.spec).is_some()
                    && self.holds(pod)
                    && !known.contains_key(&pod.pod.metadata.uid)
            };
            by_name(self.observed.own_pods().filter(new))
        };
        let newly_succeeded = ended(&|pod| pod.phase == PodPhase::Succeeded);
        let newly_failed = ended(&|pod| pod.is_failed(&self.spec));
        if !newly_succeeded.is_empty() || !newly_failed.is_empty() {
            self.step(Step::Ended { succeeded: Pods::of(&newly_succeeded), failed: Pods::of(&newly_failed) });
        }
        let ignored = self.apply_policy(&newly_failed);
        let failures = self.backoff.failures;
        self.backoff = self.backoff.after(&newly_succeeded, &newly_failed);
        if failures > 0 && !newly_succeeded.is_empty() && self.spec.backoff_limit_per_index.is_none() {
            self.step(Step::BackoffReset { failures });
        }
        self.succeeded = i64::from(self.status.succeeded) + (newly_succeeded.len() + uncounted.succeeded.len()) as i64;
        self.failed = i64::from(self.status.failed) + (newly_failed.len() - ignored + uncounted.failed.len()) as i64;

        if self.status.start_time.is_none() && !self.spec.is_suspended() {
            self.status.start_time = Some(Time::from(self.now));
            self.step(Step::Started);
        }
        if self.spec.is_indexed() {
            self.active_indexes = indexed::indexes_of(self.observed.own_pods().filter(|pod| pod.is_active()));
            self.recorded_indexes = self.status.completed_indexes.clone();
            self.recorded_indexes.truncate(self.spec.index_count());
            self.succeeded_indexes = indexed::succeeded(&self.spec, &self.status, self.observed.own_pods());
            self.succeeded = self.succeeded_indexes.len() as i64;
            if let Some((all, new)) = indexed::failed(&self.spec, &self.status, self.observed.own_pods()) {
                if !new.is_empty() {
                    self.step(Step::IndexesFailed { indexes: new.to_string().into() });
                }
                self.failed_indexes = Some(all);
            }
            if let Some(failed) = &self.failed_indexes {
                let decided = [&self.active_indexes, &self.succeeded_indexes, failed];
                self.awaiting = indexed::awaiting_replacement(&self.spec, self.observed.own_pods(), decided);
            }
        }
    }

    /// Notes which rules of the failure policy match these pods; says how many failures are ignored.
    fn apply_policy(&mut self, failed: &[Rc<Pod>]) -> usize {
        let Some(policy) = &self.spec.pod_failure_policy else { return 0 };
        let (mut ignored, mut unmatched) = (0, Pods::default());
        let mut matched: Vec<Step> = Vec::new();
        for pod in failed {
            let Some(found) = pod_failure_policy::first_match(policy, pod) else {
                unmatched.add(&pod.metadata.name);
                continue;
            };
            ignored += usize::from(found.action == Action::Ignore);
            let same = matched.iter_mut().find_map(|step| match step {
                Step::RuleMatched { rule, cause, pods, .. } if *rule == found.rule && *cause == found.cause => {
                    Some(pods)
                }
                _ => None,
            });
            match same {
                Some(pods) => pods.add(&pod.metadata.name),
                None => matched.push(Step::RuleMatched {
                    rule: found.rule,
                    action: found.action,
                    cause: found.cause,
                    pods: Pods::of([pod]),
                }),
            }
        }
        if !unmatched.is_empty() {
            matched.push(Step::NoRuleMatched(unmatched));
        }
        self.outcome.steps.extend(matched);
        ignored
    }

    /// Step 9: how the Job ends, if it does. The first rule that says so decides.
    fn judge(&mut self) {
        for kind in ["SuccessCriteriaMet", "FailureTarget"] {
            if let Some(condition) = self.status.condition(kind).cloned() {
                self.step(Step::AlreadyEnding { condition: kind.into(), reason: condition.reason.clone() });
                self.verdict = Some(condition);
                return;
            }
        }
        if let Some(message) = self.fail_job_message() {
            self.step(Step::FailJob { message: message.clone() });
            return self.conclude("FailureTarget", "PodFailurePolicy", message);
        }
        if self.is_past_backoff_limit() {
            let message = "Job has reached the specified backoff limit";
            return self.conclude("FailureTarget", "BackoffLimitExceeded", message.into());
        }
        if self.is_past_deadline() {
            let message = "Job was active longer than specified deadline";
            return self.conclude("FailureTarget", "DeadlineExceeded", message.into());
        }
        if let Some(failed) = self.failed_indexes.as_ref().map(Indexes::len) {
            self.judge_failed_indexes(failed);
        }
        if self.verdict.is_none()
            && self.spec.is_indexed()
            && let Some(policy) = &self.spec.success_policy
        {
            let met = success_policy::first_met(policy, self.spec.index_count(), &self.succeeded_indexes);
            self.step(Step::SuccessPolicy { met, succeeded: self.succeeded_indexes.len() });
            if let Some(rule) = met {
                let message = format!("Matched rules at index {rule}");
                self.conclude("SuccessCriteriaMet", "SuccessPolicy", message.into());
            }
        }
    }

    /// What a FailJob rule says of the first failed pod that it matches.
    fn fail_job_message(&self) -> Option<Text> {
        self.spec.pod_failure_policy.as_ref()?;
        let failed = by_name(self.observed.own_pods().filter(|pod| pod.is_failed(&self.spec)));
        failed.iter().find_map(|pod| pod_failure_policy::fail_job_message(&self.spec, pod))
    }

    fn is_past_backoff_limit(&mut self) -> bool {
        let limit = i64::from(self.spec.backoff_limit.unwrap_or(6));
        let exceeded = self.failed > limit;
        // A limit that nothing has come near needs no mention.
        if exceeded || (self.failed > 0 && limit < i64::from(i32::MAX)) {
            self.step(Step::BackoffLimit { failed: self.failed, limit, exceeded });
        }
        if exceeded || self.spec.template.spec.restart_policy.as_deref() != Some("OnFailure") {
            return exceeded;
        }
        let restarts: i64 = self.observed.own_pods().map(|pod| restarts(&pod.pod)).sum();
        let exceeded = if limit == 0 { restarts > 0 } else { restarts >= limit };
        if restarts > 0 {
            self.step(Step::RestartLimit { restarts, limit, exceeded });
        }
        exceeded
    }

    /// Whether the deadline has passed; if not, the Job is looked at again when it does.
    fn is_past_deadline(&mut self) -> bool {
        let Some(limit) = active_deadline(&self.spec).filter(|_| !self.spec.is_suspended()) else { return false };
        // A Job that starts in this pass has done so now; from the next on, it has in the second that was written down.
        let start = self.job.status.start_time.map_or(self.now, Time::timestamp);
        let passed = self.now >= start + limit;
        self.step(Step::Deadline { active_for: self.now.since(start), limit, passed });
        self.outcome.deadline = (!passed).then_some(start + limit);
        passed
    }

    fn judge_failed_indexes(&mut self, failed: u64) {
        if let Some(limit) = self.spec.max_failed_indexes.map(|limit| u64::try_from(limit).unwrap_or(0)) {
            let exceeded = failed > limit;
            if failed > 0 {
                self.step(Step::MaxFailedIndexes { failed, limit, exceeded });
            }
            if exceeded {
                let message = "Job has exceeded the specified maximal number of failed indexes";
                return self.conclude("FailureTarget", "MaxFailedIndexesExceeded", message.into());
            }
        }
        if failed > 0 {
            let (succeeded, completions) = (self.succeeded_indexes.len(), self.spec.index_count().into());
            let all_decided = failed + succeeded >= completions;
            self.step(Step::FailedIndexes { failed, succeeded, completions, all_decided });
            if all_decided {
                self.conclude("FailureTarget", "FailedIndexes", "Job has failed indexes".into());
            }
        }
    }

    /// The active pods, by name.
    pub fn active_pods(&self) -> Vec<Rc<Pod>> {
        by_name(self.observed.own_pods().filter(|pod| pod.is_active()))
    }

    /// Step 10: the Job is over, so its active pods go. Their finalizers stay until they are counted.
    fn delete_active(&mut self) -> bool {
        let mut deleted = Pods::default();
        for pod in self.active_pods() {
            let options = DeleteOptions::default();
            match self.delete_pod(&pod, options) {
                Ok(()) => {
                    self.note_deleted(&pod);
                    deleted.add(&pod.metadata.name);
                }
                Err(error) => self.step(Step::DeleteFailed { error }),
            }
        }
        if !deleted.is_empty() {
            self.step(Step::Deleted { pods: deleted, because: Because::Over });
        }
        self.active == 0
    }

    /// Deletes a pod and reports it; one that somebody else has deleted meanwhile is not worth a word.
    pub fn delete_pod(&mut self, pod: &Rc<Pod>, options: DeleteOptions) -> Result<(), Text> {
        match self.api.handle(Request::Delete { key: pod_key(pod), options }) {
            Err(error) if error.reason == Reason::NotFound => Ok(()),
            Ok(_) => {
                self.tell("Normal", "SuccessfulDelete", format!("Deleted pod: {}", pod.metadata.name));
                Ok(())
            }
            Err(error) => {
                self.outcome.failed = true;
                self.tell("Warning", "FailedDelete", format!("Error deleting: {error}"));
                Err(error.message.into())
            }
        }
    }

    /// An active pod is now a terminating one.
    pub fn note_deleted(&mut self, pod: &Pod) {
        self.active -= 1;
        self.terminating += 1;
        self.ready -= i64::from(pod.is_ready());
    }

    /// Step 11: whether enough pods have succeeded, and none is left that could still matter.
    fn is_complete(&mut self) -> bool {
        let (succeeded, active) = (self.succeeded, self.active);
        let completions = self.spec.completions.map(i64::from);
        let reached = active == 0 && completions.map_or(succeeded > 0, |completions| succeeded >= completions);
        if reached || succeeded > 0 {
            self.step(Step::Completions { succeeded, completions, active, reached });
        }
        reached
    }

    /// Sets a condition in its place, if it says anything new, and says whether it does. What never held needs no
    /// denial.
    pub fn set_condition(&mut self, condition: Condition) -> bool {
        let says = |it: &Condition| (it.status, it.reason.clone(), it.message.clone());
        match self.status.conditions.iter_mut().find(|known| known.kind == condition.kind) {
            Some(known) if says(known) == says(&condition) => return false,
            Some(known) => *known = condition,
            None if condition.status == ConditionStatus::False => return false,
            None => self.status.conditions.push(condition),
        }
        true
    }

    /// Step 11, last: the Suspended condition, if it flips. Says whether it does.
    fn settle_suspension(&mut self) -> bool {
        let suspended = self.spec.is_suspended();
        let status = ConditionStatus::from(suspended);
        let (reason, event, message) = match suspended {
            true => ("JobSuspended", "Suspended", "Job suspended"),
            false => ("JobResumed", "Resumed", "Job resumed"),
        };
        let condition = Condition { status, ..self.condition("Suspended", reason.into(), message.into()) };
        if !self.set_condition(condition) {
            return false;
        }
        self.status.start_time = (!suspended).then(|| Time::from(self.now));
        self.step(if suspended { Step::Suspended } else { Step::Resumed });
        self.tell("Normal", event, message);
        true
    }
}
