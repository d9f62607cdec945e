//! What the controller has observed: each Job, and the pods of it that still matter.
//!
//! A pod matters until it has finished and been counted, unless somebody changes it by hand after that. So a pass costs as
//! much as the pods that live or have just ended, not as much as the Job has ever had.

use super::backoff::Backoff;
use super::decision::{Pods, Trigger};
use super::pod_failure_policy::fail_job_message;
use super::pods::{index_within, is_failure, is_tracked, selects};
use super::template::Template;
use crate::api::{Job, JobSpec, Pod, PodPhase, Text, Uid};
use crate::apiserver::ChangeType;
use crate::sim::{Order, Table, Timestamp};
use std::rc::Rc;

/// A Job as observed, and what the controller keeps in memory about it.
#[derive(Clone, Debug)]
pub struct Observed {
    pub job: Rc<Job>,
    /// Its pods, and those that name it though its selector does not match them any more.
    pub pods: Table<Uid, ObservedPod>,
    pub expected: Expectations,
    pub backoff: Backoff,
    pub template: Option<Template>,
    /// When the last pass wrote something, if it did.
    pub wrote_at: Option<Timestamp>,
    /// The instant by which a pass was asked for that looks at changed pods.
    pub looked_at_by: Timestamp,
    /// What has happened since the last pass.
    pub triggers: Vec<Trigger>,
    /// How many passes there were.
    passes: u32,
}

/// A pod as observed, and what every pass asks of it. A pass looks at many pods of which few have changed: this lies
/// side by side in memory, where a pod's labels, annotations and conditions lie anywhere.
#[derive(Clone, Debug)]
pub struct ObservedPod {
    pub pod: Rc<Pod>,
    pub phase: PodPhase,
    pub index: Option<u32>,
    /// Whether the Job's selector matches it.
    pub selected: bool,
    pub tracked: bool,
    pub deleting: bool,
    pub ready: bool,
    /// After how many passes it was last seen to change.
    changed_after: Option<u32>,
}

impl ObservedPod {
    /// A pod that names the Job; `before` is what was observed of it last.
    pub fn of(job: &Job, pod: &Rc<Pod>, before: Option<&Self>) -> Self {
        let same_status = before.filter(|before| Rc::ptr_eq(&before.pod.status, &pod.status));
        let ready = same_status.map_or_else(|| pod.is_ready(), |before| before.ready);
        let (phase, metadata) = (pod.status.phase, &pod.metadata);
        if let Some(before) = before.filter(|before| Rc::ptr_eq(&before.pod.metadata, metadata)) {
            return Self { pod: Rc::clone(pod), phase, ready, ..*before };
        }
        let same_texts = before.filter(|before| {
            let known = &before.pod.metadata;
            Rc::ptr_eq(&known.labels, &metadata.labels) && Rc::ptr_eq(&known.annotations, &metadata.annotations)
        });
        let (index, selected) = match same_texts {
            Some(before) => (before.index, before.selected),
            None => (pod.completion_index(), selects(job, pod)),
        };
        let (tracked, deleting) = (is_tracked(pod), metadata.is_deleting());
        Self { pod: Rc::clone(pod), phase, index, selected, tracked, deleting, ready, changed_after: None }
    }

    /// Whether it is neither finished nor being deleted.
    pub fn is_active(&self) -> bool {
        !self.phase.is_terminal() && !self.deleting
    }

    /// Whether it is being deleted and has not finished.
    pub fn is_terminating(&self) -> bool {
        !self.phase.is_terminal() && self.deleting
    }

    /// Whether it counts as failed.
    pub fn is_failed(&self, spec: &JobSpec) -> bool {
        is_failure(self.phase, self.deleting, spec)
    }

    /// Whether a pod that has been counted has something left to say: somebody has changed its labels, and it is to be
    /// let go; or its conditions, and a FailJob rule matches now.
    fn still_matters(&self, job: &Job) -> bool {
        !self.selected || fail_job_message(&job.spec, &self.pod).is_some()
    }

    /// Its completion index, if it is one that the Job has. Every pod of a NonIndexed Job is welcome: `Some(None)`.
    pub fn valid_index(&self, spec: &JobSpec) -> Option<Option<u32>> {
        index_within(spec, self.index)
    }
}

/// These pods, by name.
pub fn by_name<'a>(pods: impl Iterator<Item = &'a ObservedPod>) -> Vec<Rc<Pod>> {
    let mut pods: Vec<Rc<Pod>> = pods.map(|observed| Rc::clone(&observed.pod)).collect();
    pods.order_by(|a, b| a.metadata.name.cmp(&b.metadata.name));
    pods
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

    /// A pod was seen; whether it is being deleted, or gone, and whether it is held.
    fn observe(&mut self, uid: Uid, deleting: bool, held: bool) {
        self.creations.remove(&uid);
        if deleting {
            self.deletions.remove(&uid);
        }
        if !held {
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
            wrote_at: None,
            looked_at_by: Timestamp::default(),
            triggers: Vec::new(),
            passes: 0,
        }
    }

    /// Takes note of a change to one of its pods.
    pub fn observe_pod(&mut self, change: ChangeType, pod: &Rc<Pod>) {
        let uid = pod.metadata.uid;
        let before = if change == ChangeType::Deleted {
            self.expected.observe(uid, true, false);
            self.pods.remove(&uid)
        } else {
            let known = self.pods.get_mut(&uid);
            let seen =
                ObservedPod { changed_after: Some(self.passes), ..ObservedPod::of(&self.job, pod, known.as_deref()) };
            self.expected.observe(uid, seen.deleting, seen.tracked);
            let done = seen.phase.is_terminal() && !seen.tracked && !seen.still_matters(&self.job);
            match known {
                _ if done => self.pods.remove(&uid),
                Some(known) => Some(std::mem::replace(known, seen)),
                None => self.pods.insert(uid, seen),
            }
        };
        if before.is_none_or(|before| before.changed_after != Some(self.passes)) {
            self.note_pod(&pod.metadata.name);
        }
    }

    /// Takes in a pod that has just been adopted.
    pub fn adopt(&mut self, pod: &Rc<Pod>) {
        self.pods.insert(pod.metadata.uid, ObservedPod::of(&self.job, pod, None));
    }

    /// The pods that are the Job's, in no particular order.
    pub fn own_pods(&self) -> impl Iterator<Item = &ObservedPod> {
        self.pods.values().filter(|pod| pod.selected)
    }

    /// Takes note of a pod that is not its own any more.
    pub fn lose_pod(&mut self, pod: &Pod) {
        self.expected.observe(pod.metadata.uid, true, false);
        self.pods.remove(&pod.metadata.uid);
        self.note_pod(&pod.metadata.name);
    }

    /// A pass begins: what has happened since the last one.
    pub fn begin_pass(&mut self) -> Vec<Trigger> {
        self.passes += 1;
        std::mem::take(&mut self.triggers)
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
