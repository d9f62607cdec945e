//! What kubelets do only with some pods: those that do not fit their node, that somebody has changed, or that wait for what
//! others say.
//!
//! A table of functions, because a page can open without it (see [`crate::sim::Part`]). Until it is there the scheduler has
//! found every pod its node, and nobody has changed one or asked for more.

use super::super::pressure;
use super::super::worker::OWN_CONDITIONS;
use super::Kubelets;
use crate::api::{ConditionStatus, Kind, Object, ObjectKey, Pod, PodPhase, PodSpec, PodStatus, Text, Time, Uid};
use crate::apiserver::{ApiServer, Request, View};
use crate::sim::Timestamp;
use std::rc::Rc;

/// What speaks against a pod on its node: reason and message.
pub type Objection = fn(View<'_>, &Rc<Pod>) -> Option<(Text, String)>;

/// The exceptions, as functions.
#[derive(Debug)]
pub struct Exceptions {
    /// Refuses a pod that does not fit, or that comes too late; whether it did.
    pub(super) refuse: fn(&mut Kubelets, &mut ApiServer, &Rc<Pod>, Option<Objection>) -> bool,
    /// Does what a changed spec asks for, or a condition that somebody else has set.
    pub(super) replace: fn(&mut Kubelets, &mut ApiServer, Uid),
    /// Holds the conditions that a pod waits for against its status, which was another before.
    pub(super) gate: fn(&PodSpec, &PodStatus, &mut Rc<PodStatus>, Timestamp),
    /// Tells of Secrets for pulling images that are missing.
    pub(super) secrets: fn(&mut Kubelets, &mut ApiServer, Uid),
}

/// All of them.
pub static EXCEPTIONS: Exceptions = Exceptions {
    refuse: Kubelets::refuse,
    replace: Kubelets::replace_containers,
    gate,
    secrets: Kubelets::look_for_secrets,
};

/// A pod with readiness gates is ready when its containers are and all those conditions hold.
/// In Kubernetes: `GeneratePodReadyCondition` in `pkg/kubelet/status/generate.go`.
fn gate(spec: &PodSpec, old: &PodStatus, status: &mut Rc<PodStatus>, now: Timestamp) {
    let gates = spec.readiness_gates.iter().filter_map(|gate| gate["conditionType"].as_str());
    let missing = gates.filter_map(|gate| match status.condition(gate).map(|condition| condition.status) {
        Some(ConditionStatus::True) => None,
        Some(held) => Some(format!("the status of pod readiness gate {gate:?} is not \"True\", but {}", held.as_str())),
        None => Some(format!("corresponding condition of pod readiness gate {gate:?} does not exist.")),
    });
    let missing: Vec<String> = missing.collect();
    let is_ready = status.condition("Ready").is_some_and(|ready| ready.holds("Ready"));
    if missing.is_empty() || !is_ready {
        return;
    }
    let unready = old.condition("Ready").filter(|ready| ready.status == ConditionStatus::False);
    let since = unready.map_or(Some(Time::from(now)), |ready| ready.last_transition_time);
    for ready in Rc::make_mut(status).conditions.iter_mut().filter(|condition| condition.kind == "Ready") {
        (ready.status, ready.last_transition_time) = (ConditionStatus::False, since);
        (ready.reason, ready.message) = ("ReadinessGatesNotReady".into(), missing.join(", ").into());
    }
}

impl Kubelets {
    /// A pod that is refused has failed: its Job counts it, and makes another.
    fn refuse(&mut self, api: &mut ApiServer, pod: &Rc<Pod>, objection: Option<Objection>) -> bool {
        let Some((reason, message)) = self.refusal(api, pod, objection) else { return false };
        let about = Object::Pod(Rc::clone(pod)).reference();
        if let Some(machine) = pod.node_name.as_ref().and_then(|node| self.machine_named(node)) {
            machine.recorder.event(api, about, "Warning", reason.clone(), message.clone());
        }
        let mut foreign = pod.status.conditions.clone();
        foreign.retain(|condition| !OWN_CONDITIONS.contains(&condition.kind.as_str()));
        let status = PodStatus {
            conditions: foreign,
            message: format!("Pod was rejected: {message}").into(),
            observed_generation: pod.metadata.generation,
            phase: PodPhase::Failed,
            reason,
            start_time: pod.status.start_time.or(Some(Time::from(api.now()))),
            ..(*pod.status).clone()
        };
        // Nobody is told if the pod is gone by now.
        _ = api.handle(Request::UpdateStatus(Pod { status: Rc::new(status), ..(**pod).clone() }.into()));
        true
    }

    fn refusal(&mut self, api: &ApiServer, pod: &Rc<Pod>, objection: Option<Objection>) -> Option<(Text, String)> {
        if !self.profile.programs || pod.status.start_time.is_some() || pod.metadata.is_deleting() {
            return None;
        }
        let machine = self.machine_named(pod.node_name.as_ref()?)?;
        if machine.short_until.is_some() && pressure::keeps_out(pod) {
            return Some(("Evicted".into(), "The node had condition: [MemoryPressure]. ".into()));
        }
        if machine.leaving {
            return Some(("NodeShutdown".into(), "Pod was rejected as the node is shutting down.".into()));
        }
        // The scheduler has asked all this already.
        let is_scheduled = pod.status.condition("PodScheduled").is_some_and(|held| held.holds("PodScheduled"));
        objection.filter(|_| !is_scheduled)?(api.live(), pod)
    }

    fn look_for_secrets(&mut self, api: &mut ApiServer, uid: Uid) {
        let Some(worker) = self.workers.get(&uid) else { return };
        let namespace = &worker.pod.metadata.namespace;
        let names = worker.pod.spec.image_pull_secrets.iter().filter_map(|secret| secret["name"].as_str());
        let is_missing = |name: &&str| {
            let key = ObjectKey::new(Kind::Secret, namespace.clone(), (*name).to_owned());
            !name.is_empty() && api.live().get(&key).is_none()
        };
        let missing: Vec<&str> = names.filter(is_missing).collect();
        if missing.is_empty() {
            return;
        }
        let message = format!(
            "Unable to retrieve some image pull secrets ({}); attempting to pull the image may not succeed.",
            missing.join(", ")
        );
        self.event(api, uid, None, "Warning", "FailedToRetrieveImagePullSecret", message.into());
    }
}
