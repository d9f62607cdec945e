//! What the controller has observed: each Job, and the pods of it that still matter.
//!
//! A pod matters until it has finished and been counted, unless somebody changes it by hand after that. So a pass costs as
//! much as the pods that live or have just ended, not as much as the Job has ever had.

use super::backoff::Backoff;
use super::decision::{Pods, Trigger};
use super::pass::selects;
use super::pod_failure_policy::fail_job_message;
use super::pods::{Template, is_tracked};
use crate::api::{Job, Pod, Text, Uid};
use crate::apiserver::ChangeType;
use crate::sim::{Table, Timestamp};
use std::rc::Rc;

/// A Job as observed, and what the controller keeps in memory about it.
#[derive(Clone, Debug)]
pub struct Observed {
    pub job: Rc<Job>,
    pub pods: Table<Uid, Rc<Pod>>,
    pub expected: Expectations,
    pub backoff: Backoff,
    pub template: Option<Template>,
    /// The instant by which a pass was asked for that looks at changed pods.
    pub looked_at_by: Timestamp,
    /// What has happened since the last pass.
    pub triggers: Vec<Trigger>,
}

/// What the controller has done and not yet observed: until it has, it neither creates nor removes more.
#[derive(Clone, Debug, Default)]
pub struct Expectations {
    pub creations: Table<Uid>,
    pub deletions: Table<Uid>,
    /// Pods whose finalizer was taken off: counted already.
    pub releases: Table<Uid>,
}

impl Expectations {
    /// How many creations and deletions are outstanding.
    pub fn outstanding(&self) -> usize {
        self.creations.len() + self.deletions.len()
    }

    fn observe(&mut self, change: ChangeType, pod: &Pod) {
        let uid = pod.metadata.uid;
        self.creations.remove(&uid);
        let gone = change == ChangeType::Deleted;
        if gone || pod.metadata.is_deleting() {
            self.deletions.remove(&uid);
        }
        if gone || !is_tracked(pod) {
            self.releases.remove(&uid);
        }
    }
}

impl Observed {
    /// A Job that nothing is known about but itself.
    pub fn new(job: Rc<Job>) -> Self {
        Self {
            job,
            pods: Table::new(),
            expected: Expectations::default(),
            backoff: Backoff::default(),
            template: None,
            looked_at_by: Timestamp::default(),
            triggers: Vec::new(),
        }
    }

    /// Takes note of a change to one of its pods.
    pub fn observe_pod(&mut self, change: ChangeType, pod: &Rc<Pod>) {
        self.expected.observe(change, pod);
        let done = pod.is_finished() && !is_tracked(pod);
        if (done && !self.still_matters(pod)) || change == ChangeType::Deleted {
            self.pods.remove(&pod.metadata.uid);
        } else {
            self.pods.insert(pod.metadata.uid, pod.clone());
        }
        self.note_pod(&pod.metadata.name);
    }

    /// Whether a pod that has been counted has something left to say: somebody has changed its labels, and it is to be
    /// let go; or its conditions, and a FailJob rule matches now.
    fn still_matters(&self, pod: &Rc<Pod>) -> bool {
        !selects(&self.job, pod) || fail_job_message(&self.job.spec, pod).is_some()
    }

    /// Takes note of a pod that is not its own any more.
    pub fn lose_pod(&mut self, pod: &Pod) {
        self.expected.observe(ChangeType::Deleted, pod);
        self.pods.remove(&pod.metadata.uid);
        self.note_pod(&pod.metadata.name);
    }

    /// Remembers what made the controller look, for the record.
    pub fn note(&mut self, trigger: Trigger) {
        if !self.triggers.contains(&trigger) {
            self.triggers.push(trigger);
        }
    }

    /// Remembers that a pod, perhaps another's yet, made the controller look.
    pub fn note_pod(&mut self, name: &Text) {
        let known = self.triggers.iter_mut().find_map(|trigger| match trigger {
            Trigger::PodsChanged(pods) => Some(pods),
            _ => None,
        });
        match known {
            Some(pods) => pods.add(name),
            None => self.triggers.push(Trigger::PodsChanged(Pods { named: vec![name.clone()], more: 0 })),
        }
    }

    /// What every new pod has in common.
    pub fn template(&mut self) -> &Template {
        if self.template.as_ref().is_some_and(|template| template.is_stale(&self.job)) {
            self.template = None;
        }
        self.template.get_or_insert_with(|| Template::of(&self.job))
    }
}
