//! The instants of a pod's life.

use crate::api::{Object, Pod, Uid, job};
use crate::apiserver::{Change, ChangeType};
use crate::sim::{Map, Timestamp};
use std::rc::Rc;

/// The instants of a pod's life, and its last state.
#[derive(Clone, Debug)]
pub struct Life {
    /// The last state.
    pub pod: Rc<Pod>,
    pub created: Option<Timestamp>,
    pub scheduled: Option<Timestamp>,
    pub running: Option<Timestamp>,
    pub finished: Option<Timestamp>,
    pub terminating: Option<Timestamp>,
    pub finalizer_removed: Option<Timestamp>,
    pub deleted: Option<Timestamp>,
    tracked: bool,
}

/// The lives of all pods in these writes, by UID.
pub fn lives(changes: impl IntoIterator<Item = Change>) -> Map<Uid, Life> {
    let mut lives: Map<Uid, Life> = Map::new();
    for change in changes {
        if let Object::Pod(pod) = &change.object {
            lives.entry(pod.metadata.uid).or_insert_with(|| Life::of(pod)).note(change.at, change.change, pod);
        }
    }
    lives
}

impl Life {
    fn of(pod: &Rc<Pod>) -> Self {
        Self {
            pod: pod.clone(),
            created: None,
            scheduled: None,
            running: None,
            finished: None,
            terminating: None,
            finalizer_removed: None,
            deleted: None,
            tracked: false,
        }
    }

    fn note(&mut self, at: Timestamp, change: ChangeType, pod: &Rc<Pod>) {
        let tracked = pod.metadata.has_finalizer(job::TRACKING_FINALIZER);
        let gone = change == ChangeType::Deleted;
        for (instant, reached) in [
            (&mut self.created, true),
            (&mut self.scheduled, pod.node_name.is_some()),
            (&mut self.running, pod.status.phase.as_str() == "Running"),
            (&mut self.finished, pod.is_finished()),
            (&mut self.terminating, pod.metadata.is_deleting()),
            (&mut self.finalizer_removed, self.tracked && !tracked && !gone),
            (&mut self.deleted, gone),
        ] {
            if reached {
                instant.get_or_insert(at);
            }
        }
        self.tracked |= tracked;
        self.pod = pod.clone();
    }
}
