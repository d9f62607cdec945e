//! What a pod is doing, in the timeline's nine words.

use crate::api::{ContainerState, ContainerStatus, Pod, PodPhase};

/// What a pod is doing, as the timeline tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// Has no node.
    Pending,
    /// Has a node; its containers do not run yet.
    Starting,
    /// Cannot start: its image or its configuration is missing.
    Stuck,
    /// A container runs.
    Running,
    /// Waits for the kubelet to restart a container.
    Restarting,
    /// Is being deleted and has not ended.
    Terminating,
    Succeeded,
    Failed,
    /// Failed, and a rule says that it does not count.
    Ignored,
}

impl Phase {
    /// Every phase, in the order of [`Phase`].
    pub const ALL: [Self; 9] = [
        Self::Pending,
        Self::Starting,
        Self::Stuck,
        Self::Running,
        Self::Restarting,
        Self::Terminating,
        Self::Succeeded,
        Self::Failed,
        Self::Ignored,
    ];

    /// The word beside the colour.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Starting => "starting",
            Self::Stuck => "cannot start",
            Self::Running => "running",
            Self::Restarting => "restarting",
            Self::Terminating => "terminating",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Ignored => "not counted",
        }
    }

    /// Whether a pod never leaves this phase.
    pub const fn is_end(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Ignored)
    }

    /// What a pod is doing; whether its failure counts is not in the pod.
    pub fn of(pod: &Pod) -> Self {
        let waits_for = |reasons: &[&str]| {
            let statuses = pod.status.init_container_statuses.iter().chain(&pod.status.container_statuses);
            let mut waiting = statuses.filter_map(|status| match &status.state {
                Some(ContainerState::Waiting(waiting)) => Some(waiting.reason.as_str()),
                _ => None,
            });
            waiting.any(|reason| reasons.contains(&reason))
        };
        let runs = |status: &ContainerStatus| matches!(status.state, Some(ContainerState::Running(_)));
        match pod.status.phase {
            PodPhase::Succeeded => Self::Succeeded,
            PodPhase::Failed => Self::Failed,
            _ if pod.metadata.is_deleting() => Self::Terminating,
            _ if pod.node_name.is_none() => Self::Pending,
            _ if waits_for(&["CrashLoopBackOff"]) => Self::Restarting,
            _ if pod.status.container_statuses.iter().any(runs) => Self::Running,
            _ if waits_for(&STUCK) => Self::Stuck,
            PodPhase::Running => Self::Running,
            _ => Self::Starting,
        }
    }
}

/// Why a container waits that will not start by itself.
const STUCK: [&str; 6] = [
    "ErrImagePull",
    "ImagePullBackOff",
    "InvalidImageName",
    "ErrImageNeverPull",
    "CreateContainerConfigError",
    "CreateContainerError",
];
