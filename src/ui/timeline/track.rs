//! What is drawn: a bar per pod, lanes of bars, a track of lanes per Job.

use super::phase::Phase;
use crate::api::{Job, Text, Uid};
use crate::node::Unseen;
use crate::sim::{Set, Timestamp};
use std::rc::Rc;

/// One pod on the timeline.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    pub namespace: Text,
    pub pod: Text,
    pub uid: Uid,
    /// Which track and which of its lanes.
    pub track: u32,
    pub lane: u32,
    /// Pods that overlap in one lane lie below each other: 0 above, 1 below.
    pub level: u8,
    /// From when on it did what; the first is its creation.
    pub phases: Vec<(Timestamp, Phase)>,
    /// When it finished, or was gone without finishing.
    pub ended: Option<Timestamp>,
    /// When the object was deleted.
    pub gone: Option<Timestamp>,
    /// How its first container that failed ended, or else 0.
    pub exit_code: Option<i32>,
    /// Why it failed or cannot start, in one word of Kubernetes.
    pub reason: Text,
    /// In-place restarts: when, and the how-manieth.
    pub restarts: Vec<(Timestamp, i32)>,
    pub node: Option<Text>,
    /// What was true of it while the API server did not know.
    pub unseen: Vec<Unseen>,
}

impl Bar {
    /// When the pod was created.
    pub fn created(&self) -> Timestamp {
        self.phases[0].0
    }

    /// What the pod was doing at an instant, if it existed.
    pub fn phase_at(&self, at: Timestamp) -> Option<Phase> {
        let after = self.phases.partition_point(|(from, _)| *from <= at);
        (after > 0).then(|| self.phases[after - 1].1)
    }

    /// What it did in the end, or does at the live edge.
    pub fn last_phase(&self) -> Phase {
        self.phases[self.phases.len() - 1].1
    }

    /// Its phases as (from, to, phase); the last goes to `edge` if the pod has not ended.
    pub fn spans(&self, edge: Timestamp) -> impl Iterator<Item = (Timestamp, Timestamp, Phase)> + '_ {
        let ends = self.phases[1..].iter().map(|(from, _)| *from).chain([self.ended.unwrap_or(edge)]);
        self.phases.iter().zip(ends).map(|(&(from, phase), to)| (from, to.max(from), phase))
    }
}

/// A lane: one completion index, or one slot of a Job without indexes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lane {
    /// Its pods, in order of creation.
    pub bars: Vec<u32>,
    /// Whether pods have ever overlapped here.
    pub overlaps: bool,
}

/// A wait between a failed pod and its replacement.
#[derive(Clone, Debug, PartialEq)]
pub struct Wait {
    pub from: Timestamp,
    /// When the replacement came; none if it has not.
    pub until: Option<Timestamp>,
}

/// A Job with its pods, the Jobs of a CronJob with theirs, or pods that belong to no Job.
#[derive(Clone, Debug, PartialEq)]
pub struct Track {
    pub title: Text,
    /// The Job as last seen, of a CronJob's the newest; none for pods without one.
    pub job: Option<Rc<Job>>,
    pub created: Timestamp,
    /// How many lanes are shown; those beyond `lanes` have never had a pod.
    pub lane_count: u32,
    pub lanes: Vec<Lane>,
    /// When it became Complete or Failed.
    pub finished: Option<Timestamp>,
    pub gone: Option<Timestamp>,
    /// Whether it is a CronJob's: then more may follow on what has finished.
    pub is_cron: bool,
    /// How many pods it has had, and how many of them have not ended.
    pub pods: u32,
    pub(super) living: u32,
    /// Slots that a new pod may take, for a Job without indexes.
    pub(super) free: Set<u32>,
}

impl Track {
    /// One that has had no pod yet.
    pub fn new(title: Text, created: Timestamp) -> Self {
        Self {
            title,
            job: None,
            created,
            lane_count: 0,
            lanes: Vec::new(),
            finished: None,
            gone: None,
            is_cron: false,
            pods: 0,
            living: 0,
            free: Set::new(),
        }
    }

    /// Whether lanes are completion indexes.
    pub fn is_indexed(&self) -> bool {
        self.job.as_ref().is_some_and(|job| job.spec.is_indexed())
    }

    /// Whether nothing is left to come of it.
    pub fn is_over(&self) -> bool {
        let decided = self.gone.is_some() || (!self.is_cron && (self.finished.is_some() || self.job.is_none()));
        decided && self.living == 0
    }

    /// What its one row says besides its name: how it stands with it at an instant.
    pub fn words(&self, at: Timestamp) -> String {
        let pods = count(u64::from(self.pods), "pod");
        let failed = self.job.as_ref().and_then(|job| job.status.condition("Failed"));
        match (self.gone, self.finished) {
            _ if self.created > at => "not created yet".into(),
            (Some(gone), _) if gone <= at => format!("deleted · {pods}"),
            (_, Some(finished)) if finished <= at => match failed {
                Some(failed) => format!("Failed: {} · {pods}", failed.reason),
                None => format!("Complete · {pods}"),
            },
            _ if self.job.is_none() => pods,
            _ => "not finished".into(),
        }
    }
}

/// `1 pod`, `2 pods`
pub fn count(number: u64, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}
