//! The Job controller: runs pods until enough of them have succeeded, or too many have failed (spec 02).
//!
//! It has one queue of Jobs to look at. A pass over a Job ([`pass`]) reads what was observed of it and its pods, decides,
//! creates or removes pods, counts those that have ended, and writes the status; every pass that writes anything leaves
//! a [`Decision`]. Pod changes are batched: the pass comes a second after the first of them. In Kubernetes:
//! `pkg/controller/job/job_controller.go`.

mod backoff;
mod decision;
mod indexed;
mod manage;
mod observed;
mod pass;
mod pod_failure_policy;
mod pods;
mod success_policy;
mod template;
mod tracking;

pub use decision::{Because, Decision, Next, Pods, Step, Trigger, Wait};
pub use pod_failure_policy::{Action, Cause, cause, first_match};
pub use pods::{failure_counts, restarts};
pub use success_policy::progress;

use super::WorkQueue;
use crate::api::job::TRACKING_FINALIZER;
use crate::api::{Job, JobSpec, Kind, Object, ObjectKey, OwnerReference, Pod, Uid};
use crate::apiserver::{ApiServer, Change, ChangeType, Component, EventRecorder, Request, WATCH_LATENCY};
use crate::sim::{Map, Set, Timestamp};
use observed::Observed;
use pods::{is_tracked, selects};
use std::rc::Rc;
use std::time::Duration;

/// Changes of pods and status within this time are looked at together.
const BATCH: Duration = Duration::from_secs(1);
/// After so long the controller has observed what it wrote itself. Until then it does not look at that Job again: it would
/// do the same once more.
const CAUGHT_UP: Duration = WATCH_LATENCY.saturating_add(Duration::from_millis(1));

/// The Job controller.
pub struct JobController {
    queue: WorkQueue<ObjectKey>,
    recorder: EventRecorder,
    jobs: Map<Uid, Observed>,
    /// The Job that stands under a name.
    names: Map<ObjectKey, Uid>,
    /// Pods that nobody manages: a Job whose selector matches may adopt them.
    unmanaged: Map<ObjectKey, Rc<Pod>>,
    /// Pods that carry the finalizer and may have no Job left to count them.
    orphans: Set<ObjectKey>,
    decisions: Map<Uid, Vec<Decision>>,
}

impl Default for JobController {
    fn default() -> Self {
        Self::new()
    }
}

impl JobController {
    /// A controller that has observed nothing yet.
    pub fn new() -> Self {
        Self {
            queue: WorkQueue::default(),
            recorder: EventRecorder::new("job-controller", ""),
            jobs: Map::new(),
            names: Map::new(),
            unmanaged: Map::new(),
            orphans: Set::new(),
            decisions: Map::new(),
        }
    }

    /// Restarts: what was only in memory is lost (back-off, failures of passes), and every Job is looked at.
    pub fn forget(&mut self, now: Timestamp) {
        self.queue = WorkQueue::default();
        for observed in self.jobs.values_mut() {
            (observed.looked_at_by, observed.wrote_at) = (Timestamp::default(), None);
        }
        self.recorder = EventRecorder::new("job-controller", "");
        for (key, uid) in &self.names {
            if let Some(observed) = self.jobs.get_mut(uid) {
                observed.expected = observed::Expectations::default();
                observed.backoff = backoff::Backoff::default();
                observed.note(Trigger::ControllerStarted);
                self.queue.add(now, key.clone());
            }
        }
    }

    /// What was decided about a Job, oldest first; also after it is gone.
    pub fn decisions(&self, uid: Uid) -> &[Decision] {
        self.decisions.get(&uid).map_or(&[], Vec::as_slice)
    }

    fn observe_job(&mut self, now: Timestamp, change: ChangeType, job: &Rc<Job>, previous: Option<&Rc<Job>>) {
        let key = ObjectKey::new(Kind::Job, job.metadata.namespace.clone(), job.metadata.name.clone());
        let uid = job.metadata.uid;
        match (change, previous) {
            (ChangeType::Deleted, _) => {
                self.names.remove(&key);
                if let Some(gone) = self.jobs.remove(&uid) {
                    self.orphans.extend(gone.pods.values().filter(|pod| pod.tracked).map(|pod| pod_key(&pod.pod)));
                }
                self.queue.add(now, key);
            }
            (ChangeType::Modified, Some(previous)) if self.jobs.contains_key(&uid) => {
                let Some(observed) = self.jobs.get_mut(&uid) else { return };
                observed.job = job.clone();
                if job.status.is_finished() {
                    let tracked = observed.pods.values().filter(|pod| pod.tracked);
                    self.orphans.extend(tracked.map(|pod| pod_key(&pod.pod)));
                }
                if job.metadata.generation == previous.metadata.generation {
                    observed.note(Trigger::StatusChanged);
                    self.queue.add_after(now, key.clone(), BATCH);
                } else {
                    observed.note(Trigger::SpecChanged);
                    self.queue.add(now, key.clone());
                }
                let deadline = job.spec.active_deadline_seconds;
                if deadline != previous.spec.active_deadline_seconds
                    && let Some(at) = deadline_of(job)
                {
                    self.queue.add_after(now, key, at.since(now));
                }
            }
            _ => {
                self.names.insert(key.clone(), uid);
                self.jobs.insert(uid, Observed::new(job.clone()));
                self.note(uid, Trigger::JobCreated);
                self.queue.add(now, key);
            }
        }
    }

    fn observe_pod(&mut self, now: Timestamp, change: ChangeType, pod: &Rc<Pod>, previous: Option<&Rc<Pod>>) {
        let controller = pod.metadata.controller();
        if let Some(before) = previous.and_then(|previous| previous.metadata.controller())
            && controller.is_none_or(|controller| controller.uid != before.uid)
            && let Some(observed) = self.jobs.get_mut(&before.uid)
        {
            observed.lose_pod(pod);
            self.look_soon(now, before.uid);
        }
        let leaves = change == ChangeType::Deleted || pod.metadata.is_deleting();
        match controller {
            Some(controller) => {
                if !self.unmanaged.is_empty() {
                    self.unmanaged.remove(&pod_key(pod));
                }
                let Some(observed) = self.jobs.get_mut(&controller.uid) else {
                    if is_job(controller) && change != ChangeType::Deleted && is_tracked(pod) {
                        self.orphans.insert(pod_key(pod));
                    }
                    return;
                };
                observed.observe_pod(change, pod);
                if leaves && is_tracked(pod) && observed.job.status.is_finished() {
                    self.orphans.insert(pod_key(pod));
                }
                self.look_soon(now, controller.uid);
            }
            None if change == ChangeType::Deleted => {
                self.unmanaged.remove(&pod_key(pod));
            }
            None => {
                let key = pod_key(pod);
                if is_tracked(pod) {
                    self.orphans.insert(key.clone());
                }
                self.unmanaged.insert(key, pod.clone());
                let relabelled = previous.is_none_or(|previous| {
                    previous.metadata.labels != pod.metadata.labels || previous.metadata.controller().is_some()
                });
                if relabelled && !leaves {
                    let matching = self.jobs.values().filter(|observed| {
                        observed.job.metadata.namespace == pod.metadata.namespace && selects(&observed.job, pod)
                    });
                    for uid in matching.map(|observed| observed.job.metadata.uid).collect::<Vec<_>>() {
                        if let Some(observed) = self.jobs.get_mut(&uid) {
                            observed.note_pod(&pod.metadata.name);
                        }
                        self.look_soon(now, uid);
                    }
                }
            }
        }
    }

    fn note(&mut self, uid: Uid, trigger: Trigger) {
        if let Some(observed) = self.jobs.get_mut(&uid) {
            observed.note(trigger);
        }
    }

    /// Queues a Job for a pass that batches what comes until then.
    fn look_soon(&mut self, now: Timestamp, uid: Uid) {
        let Some(observed) = self.jobs.get_mut(&uid) else { return };
        // It waits already, and no longer than that.
        if observed.looked_at_by > now {
            return;
        }
        observed.looked_at_by = now + BATCH;
        let metadata = &observed.job.metadata;
        let key = ObjectKey::new(Kind::Job, metadata.namespace.clone(), metadata.name.clone());
        self.queue.add_after(now, key, BATCH);
    }

    /// Takes the finalizer off a pod, unless a Job is still going to count it.
    fn release_orphan(&mut self, api: &mut ApiServer, key: ObjectKey) {
        let Some(pod) = api.live().get(&key).and_then(Object::into_pod).filter(|pod| is_tracked(pod)) else { return };
        if let Some(controller) = pod.metadata.controller() {
            let owner = self.jobs.get(&controller.uid);
            let counts = |owner: &Observed| !owner.job.is_ours() || !owner.job.status.is_finished();
            if !is_job(controller) || owner.is_some_and(counts) {
                return;
            }
        }
        // Only NotFound is possible, and then there is nothing left to release.
        let _ = api.handle(Request::RemoveFinalizer { key, finalizer: TRACKING_FINALIZER });
    }

    /// Looks at a Job once.
    fn sync(&mut self, api: &mut ApiServer, key: &ObjectKey) {
        let now = api.now();
        let Some(observed) = self.names.get(key).and_then(|uid| self.jobs.get_mut(uid)) else {
            return self.queue.forget(key);
        };
        if let Some(caught_up) = observed.wrote_at.map(|at| at + CAUGHT_UP).filter(|&at| now < at) {
            return self.queue.add_after(now, key.clone(), caught_up.since(now));
        }
        observed.looked_at_by = Timestamp::default();
        let triggers = observed.begin_pass();
        if !observed.job.is_ours() {
            return;
        }
        if observed.job.status.is_finished() {
            observed.backoff = backoff::Backoff::default();
            return self.queue.forget(key);
        }
        let uid = observed.job.metadata.uid;
        let revision = observed.job.resource_version;
        let outcome = pass::Pass::over(api, &mut self.recorder, &self.unmanaged, observed).run();
        observed.wrote_at = outcome.wrote.then_some(now);
        if let Some(at) = outcome.deadline {
            self.queue.add_after(now, key.clone(), at.since(now));
        }
        if let Some(at) = outcome.backoff {
            self.queue.add_after(now, key.clone(), at.since(now).max(BATCH));
        }
        let mut retry = None;
        if outcome.failed {
            retry = Some(now + self.queue.add_rate_limited(now, key.clone()));
            observed.note(Trigger::Retry);
        } else {
            self.queue.forget(key);
        }
        if outcome.wrote || outcome.failed {
            let next = if outcome.finished { Next::Never } else { next(outcome.deadline, outcome.backoff, retry) };
            let triggers = if triggers.is_empty() { vec![Trigger::WaitIsOver] } else { triggers };
            let mut steps = outcome.steps;
            steps.shrink_to_fit();
            let decision = Decision { at: now, revision, triggers, steps, next };
            self.decisions.entry(uid).or_default().push(decision);
        }
    }
}

impl Component for JobController {
    fn observe(&mut self, now: Timestamp, change: &Change) {
        match &change.object {
            Object::Job(job) => {
                self.observe_job(now, change.change, job, change.previous.as_ref().and_then(Object::as_job))
            }
            Object::Pod(pod) => {
                self.observe_pod(now, change.change, pod, change.previous.as_ref().and_then(Object::as_pod))
            }
            _ => {}
        }
    }

    fn wake_at(&self) -> Option<Timestamp> {
        if self.orphans.is_empty() { self.queue.next_due() } else { Some(Timestamp::default()) }
    }

    fn wake(&mut self, api: &mut ApiServer) {
        for key in std::mem::take(&mut self.orphans) {
            self.release_orphan(api, key);
        }
        while let Some(key) = self.queue.pop_due(api.now()) {
            self.sync(api, &key);
        }
    }
}

/// What comes first of all that is waited for.
fn next(deadline: Option<Timestamp>, backoff: Option<Timestamp>, retry: Option<Timestamp>) -> Next {
    let waits = [(retry, Wait::Retry), (backoff, Wait::Backoff), (deadline, Wait::Deadline)];
    let due = waits.into_iter().filter_map(|(at, wait)| Some((at?, wait)));
    due.min_by_key(|&(at, _)| at).map_or(Next::OnChange, |(at, wait)| Next::At(at, wait))
}

/// When a Job's `activeDeadlineSeconds` are over.
fn deadline_of(job: &Job) -> Option<Timestamp> {
    Some(job.status.start_time?.timestamp() + active_deadline(&job.spec)?)
}

/// How long a Job may be active. Kubernetes counts nanoseconds in 64 bits: of more than 292 years it makes something
/// else, and a Job whose share of that is negative fails at once.
fn active_deadline(spec: &JobSpec) -> Option<Duration> {
    let nanoseconds = spec.active_deadline_seconds?.wrapping_mul(1_000_000_000);
    Some(Duration::from_nanos(u64::try_from(nanoseconds).unwrap_or(0)))
}

fn is_job(owner: &OwnerReference) -> bool {
    let resource = Kind::Job.resource();
    owner.kind == resource.name && owner.api_version == resource.api_version
}

fn pod_key(pod: &Pod) -> ObjectKey {
    ObjectKey::new(Kind::Pod, pod.metadata.namespace.clone(), pod.metadata.name.clone())
}

#[cfg(test)]
mod tests;
