//! Memory that runs short on a node: which pod has to go, and what is said of it (spec 03 §10).
//!
//! Nobody knows how much memory containers use: each is assumed to use the same.
//! In Kubernetes: `pkg/kubelet/eviction/helpers.go`.

use crate::api::quantity::Quantity;
use crate::api::{Container, Pod, PodSpec};
use std::cmp::Reverse;

/// What every container is assumed to use, in bytes.
const USED: i64 = 64 << 20;

/// What is said of a pod that has to go.
pub(super) fn message(spec: &PodSpec) -> String {
    let mut message = "The node was low on resource: memory. Threshold quantity: 100Mi, available: 96Mi. ".to_owned();
    for container in spec.containers.iter().filter(|container| request(container) < USED) {
        let request = container.resources.requests.get("memory").map_or("0", |request| request.as_str());
        message += &format!(
            "Container {} was using 64Mi, request is {request}, has larger consumption of memory. ",
            container.name
        );
    }
    message
}

/// The order in which pods have to go: those that use more than they asked for before the others, then by priority, then
/// by how much more they use.
pub(super) fn rank(pod: &Pod) -> impl Ord {
    let containers = &pod.spec.containers;
    let more: i64 = containers.iter().map(|container| USED.saturating_sub(request(container))).sum();
    (more <= 0, pod.spec.priority.unwrap_or(0), Reverse(more))
}

/// Whether a node that is short of memory takes a pod in no more: one that asks for nothing, unless it tolerates that.
pub(super) fn keeps_out(pod: &Pod) -> bool {
    let tolerates = pod.spec.tolerations.iter().any(|toleration| {
        let all = toleration.key.is_empty() && toleration.operator == "Exists";
        all || toleration.key == "node.kubernetes.io/memory-pressure"
    });
    pod.status.qos_class == "BestEffort" && !tolerates
}

/// What a container asks for, in bytes.
fn request(container: &Container) -> i64 {
    let request = container.resources.requests.get("memory");
    request.and_then(|request| Quantity::parse(request).ok()).unwrap_or_default().units()
}
