//! Pods made and removed: as many as are wanted, no sooner than back-off allows (spec 02 §3).

use super::decision::{Because, Pods, Step};
use super::pass::Pass;
use super::pods::{replaces_only_failed, to_remove};
use super::{indexed, pod_key};
use crate::api::job::TRACKING_FINALIZER;
use crate::api::{Object, Pod, Reason, Text};
use crate::apiserver::{DeleteOptions, Request};
use std::rc::Rc;
use std::time::Duration;

/// No pass creates or removes more pods than this.
const MOST_PER_PASS: usize = 500;

impl Pass<'_> {
    /// Removes the pods that are too many; if there are none, creates those that are missing.
    pub(super) fn manage(&mut self) {
        if self.spec.is_suspended() {
            let pods = self.to_remove(usize::try_from(self.active).unwrap_or(0));
            return self.remove(&pods, Because::Suspended);
        }
        let parallelism = i64::from(self.spec.parallelism.unwrap_or(1));
        let missing = self.spec.completions.map(|completions| (i64::from(completions) - self.succeeded).max(0));
        let want = match missing {
            Some(missing) => missing.min(parallelism),
            // One success closes a work queue: what runs may end, nothing is started.
            None if self.succeeded > 0 => self.active,
            None => parallelism,
        };
        let terminating = replaces_only_failed(&self.spec).then_some(self.terminating);
        let surplus = usize::try_from(self.active - want).unwrap_or(0);
        let mut pods = self.to_remove(surplus);
        pods.truncate(MOST_PER_PASS);
        let lacking = usize::try_from(want - self.active - terminating.unwrap_or(0)).unwrap_or(0);
        if !pods.is_empty() || lacking > 0 || terminating.is_some_and(|terminating| terminating > 0) {
            self.step(Step::Wanted { want, parallelism, missing, active: self.active, terminating });
        }
        if !pods.is_empty() {
            self.remove(&pods, Because::TooMany);
        } else if lacking > 0 {
            self.create(lacking);
        }
    }

    /// The active pods to remove, at least so many.
    fn to_remove(&self, at_least: usize) -> Vec<Rc<Pod>> {
        let orderly =
            !self.spec.is_indexed() || indexed::each_has_its_own(&self.spec, self.active, &self.active_indexes);
        if at_least == 0 && orderly { Vec::new() } else { to_remove(&self.spec, self.active_pods(), at_least) }
    }

    /// Takes the finalizer off pods and deletes them: they never count as failed.
    fn remove(&mut self, pods: &[Rc<Pod>], because: Because) {
        let mut deleted = Pods::default();
        for pod in pods {
            let released =
                self.api.handle(Request::RemoveFinalizer { key: pod_key(pod), finalizer: TRACKING_FINALIZER });
            let result = match released {
                Ok(_) => self.delete_pod(pod, DeleteOptions::default()),
                Err(error) if error.reason == Reason::NotFound => Ok(()),
                Err(error) => {
                    self.outcome.failed = true;
                    Err(Text::from(error.message))
                }
            };
            match result {
                Ok(()) => {
                    self.observed.expected.deletions.insert(pod.metadata.uid, ());
                    self.note_deleted(pod);
                    deleted.add(&pod.metadata.name);
                }
                Err(error) => self.step(Step::DeleteFailed { error }),
            }
        }
        if !deleted.is_empty() {
            self.step(Step::Deleted { pods: deleted, because });
        }
    }

    /// Creates pods, unless they have to wait.
    fn create(&mut self, lacking: usize) {
        let lacking = lacking.min(MOST_PER_PASS);
        if self.spec.backoff_limit_per_index.is_none() {
            let remaining = self.backoff.remaining(self.now);
            if !remaining.is_zero() {
                let (failures, delay) = (self.backoff.failures, self.backoff.delay());
                self.step(Step::Backoff { failures, delay, remaining });
                self.outcome.backoff = Some(self.now + remaining);
                return;
            }
        }
        let job = self.job.clone();
        let template = self.observed.template().clone();
        if !self.spec.is_indexed() {
            let pod = template.pod(&job);
            return self.create_slowly((0..lacking).map(|_| pod.clone()));
        }
        let indexes = self.indexes_to_create(lacking);
        let spec = self.spec.clone();
        let awaiting = std::mem::take(&mut self.awaiting);
        self.create_slowly(indexes.iter().map(|&index| {
            let failures =
                spec.backoff_limit_per_index.map(|_| indexed::next_failure_counts(&spec, awaiting.get(&index)));
            template.indexed_pod(&job, index, failures)
        }));
        self.awaiting = awaiting;
    }

    /// The indexes whose turn it is. One that is still in its back-off is passed over, though it takes up a place.
    fn indexes_to_create(&mut self, lacking: usize) -> Vec<u32> {
        let (succeeded, failed) = (&self.succeeded_indexes, self.failed_indexes.as_ref());
        let pods = self.observed.own_pods();
        let candidates = indexed::candidates(&self.spec, pods, &self.active_indexes, succeeded, failed, lacking);
        if self.spec.backoff_limit_per_index.is_none() {
            return candidates;
        }
        let remaining = |index: &u32| indexed::backoff_remaining(self.awaiting.get(index), self.now);
        let (now, later): (Vec<u32>, Vec<u32>) = candidates.into_iter().partition(|index| remaining(index).is_zero());
        if let Some(shortest) = later.iter().map(remaining).min() {
            const NAMED: usize = 5;
            let more = later.len().saturating_sub(NAMED) as u32;
            let indexes = later.into_iter().take(NAMED).collect();
            self.step(Step::IndexBackoff { indexes, more, remaining: shortest });
            if now.is_empty() {
                self.outcome.backoff = Some(self.now + shortest.max(Duration::from_millis(1)));
            }
        }
        now
    }

    /// Creates pods one, two, four at a time; a batch in which one fails is the last.
    ///
    /// The real controller creates those of a batch side by side, and as Go runs first what was started last, the last of
    /// a batch mostly comes first: 0, 2, 1.
    fn create_slowly(&mut self, pods: impl ExactSizeIterator<Item = Pod>) {
        let mut pods = pods;
        let (mut created, mut batch) = (Pods::default(), 1);
        let (mut error, mut side_by_side): (Option<Text>, Vec<Pod>) = (None, Vec::with_capacity(pods.len() / 2 + 1));
        while pods.len() > 0 && error.is_none() {
            side_by_side.extend(pods.by_ref().take(batch));
            side_by_side.rotate_right(1);
            for pod in side_by_side.drain(..) {
                match self.api.handle(Request::Create(pod.into())) {
                    Ok(Object::Pod(pod)) => {
                        let name = &pod.metadata.name;
                        self.observed.expected.creations.insert(pod.metadata.uid, ());
                        self.active += 1;
                        created.add(name);
                        self.tell("Normal", "SuccessfulCreate", Text::concat(&["Created pod: ", name]));
                    }
                    Ok(_) => {}
                    Err(refused) => {
                        self.outcome.failed = true;
                        // While a namespace ends, nobody wants to hear that nothing can be created in it.
                        if !refused.message.contains("because it is being terminated") {
                            self.tell("Warning", "FailedCreate", format!("Error creating: {refused}"));
                        }
                        error = Some(refused.message.into());
                    }
                }
            }
            batch *= 2;
        }
        if !created.is_empty() {
            self.step(Step::Created(created));
        }
        if let Some(error) = error {
            let skipped = pods.len() as u32;
            self.step(Step::CreateFailed { error, skipped });
        }
    }
}
