//! What kubelets do only with some pods, and only once somebody acts.
//!
//! A table of functions, because a page can open without it (see [`crate::sim::Part`]). Until it is there the scheduler has
//! found every pod its node, and nobody has changed one.

use super::super::pressure;
use super::Kubelets;
use crate::api::{Object, Pod, PodPhase, PodStatus, Text, Time, Uid};
use crate::apiserver::{ApiServer, Request, View};
use std::rc::Rc;

/// What speaks against a pod on its node: reason and message.
pub type Objection = fn(View<'_>, &Rc<Pod>) -> Option<(Text, String)>;

/// The exceptions, as functions.
#[derive(Debug)]
pub struct Exceptions {
    /// Refuses a pod that does not fit, or that comes too late; whether it did.
    pub(super) refuse: fn(&mut Kubelets, &mut ApiServer, &Rc<Pod>, Option<Objection>) -> bool,
    /// Does what a changed spec asks for.
    pub(super) replace: fn(&mut Kubelets, &mut ApiServer, Uid),
}

/// All of them.
pub static EXCEPTIONS: Exceptions = Exceptions { refuse: Kubelets::refuse, replace: Kubelets::replace_containers };

impl Kubelets {
    /// A pod that is refused has failed: its Job counts it, and makes another.
    fn refuse(&mut self, api: &mut ApiServer, pod: &Rc<Pod>, objection: Option<Objection>) -> bool {
        let Some((reason, message)) = self.refusal(api, pod, objection) else { return false };
        let about = Object::Pod(Rc::clone(pod)).reference();
        if let Some(machine) = pod.node_name.as_ref().and_then(|node| self.machine_named(node)) {
            machine.recorder.event(api, about, "Warning", reason.clone(), message.clone());
        }
        let own = ["PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"];
        let foreign = pod.status.conditions.iter().filter(|condition| !own.contains(&condition.kind.as_str()));
        let status = PodStatus {
            conditions: foreign.cloned().collect(),
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
}
