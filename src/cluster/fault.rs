//! Faults: what goes wrong in a cluster and kubectl cannot do.

use crate::api::Text;
use std::fmt;

/// Something that happens to the machines and programs of the cluster, from outside of Kubernetes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A process of the pod exits now, with this code. Without a container, the first one that runs.
    Exit { pod: Text, container: Option<Text>, code: i32 },
    /// The kernel kills a process of the pod for its memory: exit code 137, reason OOMKilled.
    OomKill { pod: Text, container: Option<Text> },
    /// The pod's processes stop making progress: they will not end by themselves.
    Hang { pod: Text },
    /// The pod's processes ignore SIGTERM from now on.
    IgnoreSigterm { pod: Text },
    /// Nobody can pull this image.
    ImageGone { image: Text },
    /// The image can be pulled again.
    ImageBack { image: Text },
    /// The node is cut off from the API server: its kubelet falls silent, and its processes go on unseen.
    NodeDown { node: Text },
    /// The node loses power: its processes are gone at once, and nobody says so.
    PowerLoss { node: Text },
    /// The node runs short of memory: its kubelet evicts a pod, and takes none in for a while.
    MemoryPressure { node: Text },
    /// The node is shut down in order: its kubelet ends its pods first.
    Shutdown { node: Text },
    /// The node is connected again, or has power again: its kubelet reports what has become of its pods.
    NodeUp { node: Text },
    /// The controller manager restarts: what the Job controller only had in memory is forgotten.
    ControllerRestart,
    /// For some seconds the API server has more to do than it can, and refuses what people ask it to write: kubectl tries
    /// again each second, ten times.
    Overload { seconds: u32 },
}

impl fmt::Display for Fault {
    /// In plain words, for the log and the timeline.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = |container: &Option<Text>| container.as_ref().map_or(String::new(), |name| format!(" ({name})"));
        match self {
            Self::Exit { pod, container, code } => write!(f, "{pod}{} exits with code {code}", of(container)),
            Self::OomKill { pod, container } => write!(f, "{pod}{} runs out of memory", of(container)),
            Self::Hang { pod } => write!(f, "{pod} hangs"),
            Self::IgnoreSigterm { pod } => write!(f, "{pod} ignores SIGTERM"),
            Self::ImageGone { image } => write!(f, "image {image} cannot be pulled"),
            Self::ImageBack { image } => write!(f, "image {image} can be pulled again"),
            Self::NodeDown { node } => write!(f, "{node} is cut off"),
            Self::PowerLoss { node } => write!(f, "{node} loses power"),
            Self::MemoryPressure { node } => write!(f, "{node} runs short of memory"),
            Self::Shutdown { node } => write!(f, "{node} shuts down"),
            Self::NodeUp { node } => write!(f, "{node} comes back"),
            Self::ControllerRestart => f.write_str("the controller manager restarts"),
            Self::Overload { seconds } => write!(f, "the API server is overloaded for {seconds} s"),
        }
    }
}
