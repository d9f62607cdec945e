//! What an index, or a pod, is doing, in the words of the status panel.

use crate::api::{ContainerState, Pod, PodPhase};

/// What an index, or a pod, is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Doing {
    /// Nothing yet: it waits for a free slot.
    Nothing,
    Succeeded,
    Running,
    Starting,
    /// A pod without a node.
    Pending,
    Terminating,
    /// It has failed and may be tried again.
    BackingOff,
    Failed,
}

impl Doing {
    /// Everything, in order.
    pub const ALL: [Self; 8] = [
        Self::Nothing,
        Self::Succeeded,
        Self::Running,
        Self::Starting,
        Self::Pending,
        Self::Terminating,
        Self::BackingOff,
        Self::Failed,
    ];

    /// In a word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Nothing => "waits for a slot",
            Self::Succeeded => "succeeded",
            Self::Running => "running",
            Self::Starting => "starting",
            Self::Pending => "pending",
            Self::Terminating => "terminating",
            Self::BackingOff => "failed, to be retried",
            Self::Failed => "failed",
        }
    }

    /// The word for the style sheet.
    pub const fn class(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Succeeded => "succeeded",
            Self::Running => "running",
            Self::Starting => "starting",
            Self::Pending => "pending",
            Self::Terminating => "terminating",
            Self::BackingOff => "back-off",
            Self::Failed => "failed",
        }
    }
}

/// What one of a Job's pods does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Its place in the order of creation.
    pub number: u32,
    pub index: Option<u32>,
    pub doing: Doing,
    /// Whether it waits for an image that nobody can pull.
    pub is_stuck: bool,
}

/// Whether a container waits for an image that nobody can pull.
pub fn is_image_missing(pod: &Pod) -> bool {
    let mut statuses = pod.status.container_statuses.iter().chain(&pod.status.init_container_statuses);
    statuses.any(|status| match &status.state {
        Some(ContainerState::Waiting(waiting)) => {
            matches!(waiting.reason.as_str(), "ImagePullBackOff" | "ErrImagePull" | "InvalidImageName")
        }
        _ => false,
    })
}

/// What a pod is doing.
pub fn doing(pod: &Pod) -> Doing {
    match pod.status.phase {
        PodPhase::Succeeded => Doing::Succeeded,
        PodPhase::Failed => Doing::Failed,
        _ if pod.metadata.is_deleting() => Doing::Terminating,
        PodPhase::Running => Doing::Running,
        _ if pod.node_name.is_some() => Doing::Starting,
        _ => Doing::Pending,
    }
}
