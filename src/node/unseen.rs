//! What becomes of containers while nobody can tell the API server: the truth beside what it says.
//!
//! A kubelet is the only one that knows what runs on its node. While it is cut off, after its node has lost power, and
//! when a pod was deleted without waiting for it, the objects say one thing and the processes do another.

use crate::api::{ObjectKey, Text};
use crate::sim::Timestamp;

/// What is true of a pod's processes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Truth {
    /// One runs.
    Runs,
    /// None does, whatever the API server says.
    Ended,
}

/// Why the API server does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Veil {
    /// Nothing gets through between the node and the API server.
    CutOff,
    /// The node has no power.
    NoPower,
    /// The pod's object is gone, or was given up by somebody, before its processes had ended.
    Deleted,
}

/// A stretch of time in which the API server did not know what a pod's processes did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unseen {
    pub from: Timestamp,
    /// None as long as it lasts.
    pub until: Option<Timestamp>,
    pub truth: Truth,
    pub why: Veil,
}

impl Unseen {
    /// Whether it lasts at an instant.
    pub fn holds_at(&self, at: Timestamp) -> bool {
        self.from <= at && self.until.is_none_or(|until| until > at)
    }
}

/// A pod whose processes were out of sight for some time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnseenPod {
    pub key: ObjectKey,
    pub node: Text,
    /// In order; they do not overlap.
    pub stretches: Vec<Unseen>,
}

impl UnseenPod {
    /// What was true at an instant, if it was out of sight.
    pub fn at(&self, at: Timestamp) -> Option<&Unseen> {
        self.stretches.iter().rev().find(|stretch| stretch.holds_at(at))
    }

    /// Whether a process of it ran at an instant, out of sight.
    pub fn runs_at(&self, at: Timestamp) -> bool {
        self.at(at).is_some_and(|stretch| stretch.truth == Truth::Runs)
    }
}
