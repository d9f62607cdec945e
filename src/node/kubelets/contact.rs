//! Nodes that are cut off, nodes without power, and pods that are gone from the API server before their processes have
//! ended (spec 03 §10).
//!
//! A kubelet that is cut off goes on with what it was told: it restarts containers, and ends pods whose deadline passes.
//! What it finds when it is heard again it ends as any other pod: a pod it is told to remove has its grace period.
//! After a loss of power a container has no process and no exit code. containerd says so with code 255 and the reason
//! `Unknown` as of its own start, and the pod's sandbox has to be made anew, which a kubelet does only where the pod's
//! restart policy allows it.
//! In Kubernetes: `pkg/kubelet/pod_workers.go`, `computePodActions` in `pkg/kubelet/kuberuntime/kuberuntime_manager.go`;
//! in containerd: `loadContainer` in `internal/cri/server/restart.go`.

use super::super::unseen::{Truth, Unseen, UnseenPod, Veil};
use super::super::worker::{Role, Stopping, Worker};
use super::machine::Contact;
use super::{Due, Kubelets, Timer};
use crate::api::{ContainerState, Object, Terminated, Text, Time, Uid};
use crate::apiserver::ApiServer;
use crate::sim::Timestamp;
use std::rc::Rc;

/// What a container has ended with of which nobody knows how it ended.
const UNKNOWN: i32 = 255;

impl Kubelets {
    /// From now on nothing gets through between a node and the API server.
    pub(super) fn cut_off(&mut self, now: Timestamp, node: &Text) {
        let Some(machine) = self.machine_named(node).filter(|machine| machine.reports()) else { return };
        machine.contact = Contact::CutOff;
        for uid in self.workers_of(node) {
            self.note_truth(now, uid);
        }
    }

    /// Everything on a node ends at once, and nobody is told.
    pub(super) fn lose_power(&mut self, now: Timestamp, node: &Text) {
        let Some(machine) = self.machine_named(node).filter(|machine| machine.has_power()) else { return };
        machine.contact = Contact::NoPower;
        (machine.leaving, machine.returning, machine.short_until) = (false, false, None);
        self.distressed.remove(node);
        for uid in self.workers_of(node) {
            let count = self.workers[&uid].containers.len();
            for index in 0..count {
                let ran = self.worker(uid, |worker| {
                    let held = &mut worker.containers[index];
                    held.epoch += 1;
                    std::mem::take(&mut held.has_program)
                });
                if ran == Some(true) {
                    self.program_gone(now, uid, index);
                }
            }
            self.note_truth(now, uid);
        }
    }

    /// What a kubelet makes of its pods after its node has been without power.
    pub(super) fn reboot(&mut self, api: &mut ApiServer, node: &Text) {
        for uid in self.workers_of(node) {
            let Some(worker) = self.workers.get_mut(&uid) else { continue };
            let starts = after_reboot(worker, api.now());
            if starts {
                if worker.containers.iter().any(|held| !held.never_ran()) {
                    let message = "Pod sandbox changed, it will be killed and re-created.";
                    self.event(api, uid, None, "Normal", "SandboxChanged", message.into());
                }
                self.timers.set(api.now() + self.profile.start, Timer { pod: uid, due: Due::Start(0) });
            }
        }
    }

    /// A pod's object is gone, or says that the pod is over, and its kubelet has heard of it: what still runs of it is
    /// ended.
    pub(super) fn abandon(&mut self, api: &mut ApiServer, uid: Uid) {
        let Some(worker) = self.workers.get_mut(&uid) else { return };
        if worker.finished || !worker.is_running() {
            return self.forget(api.now(), uid);
        }
        worker.is_orphan = true;
        let told = worker.pod.metadata.deletion_grace_period_seconds;
        let grace = told.or(worker.pod.spec.termination_grace_period_seconds);
        self.note_truth(api.now(), uid);
        self.stop(api, uid, Stopping::Deleted, grace);
    }

    /// Writes down what is true of a pod's processes from now on, where the API server does not know.
    pub(super) fn note_truth(&mut self, now: Timestamp, uid: Uid) {
        let Some(worker) = self.workers.get(&uid) else { return };
        let Some(machine) = self.machines.get(worker.machine) else { return };
        let why = match machine.contact {
            Contact::NoPower => Some(Veil::NoPower),
            Contact::CutOff => Some(Veil::CutOff),
            Contact::Whole | Contact::Disowned => worker.is_orphan.then_some(Veil::Deleted),
        };
        if why.is_none() && !self.unseen.contains_key(&uid) {
            return;
        }
        let claimed = worker.is_running();
        let truth = if claimed && machine.has_power() { Truth::Runs } else { Truth::Ended };
        let node = worker.pod.node_name.clone().unwrap_or_default();
        let key = Object::Pod(Rc::clone(&worker.pod)).key();
        let is_orphan = worker.is_orphan;
        let pod = self.unseen.get_or_insert_with(uid, || UnseenPod { key, node, stretches: Vec::new() });
        let open = pod.stretches.last_mut().filter(|stretch| stretch.until.is_none());
        let ran = open.as_ref().is_some_and(|stretch| stretch.truth == Truth::Runs);
        if open.as_ref().is_some_and(|stretch| Some((stretch.why, stretch.truth)) == why.map(|why| (why, truth))) {
            return;
        }
        let was_open = open.map(|stretch| stretch.until = Some(now)).is_some();
        // That something has ended is worth a word only of what ran, as long as somebody says that it does.
        let is_news = truth == Truth::Runs || (!is_orphan && (was_open || ran || claimed));
        if let Some(why) = why.filter(|_| is_news) {
            pod.stretches.push(Unseen { from: now, until: None, truth, why });
        }
        self.sights += 1;
    }

    /// Nothing is left of a pod that could be out of sight.
    pub(super) fn close_truth(&mut self, now: Timestamp, uid: Uid) {
        let stretches = self.unseen.get_mut(&uid).map(|pod| &mut pod.stretches);
        if let Some(open) = stretches.and_then(|all| all.last_mut()).filter(|last| last.until.is_none()) {
            open.until = Some(now);
            self.sights += 1;
        }
    }

    /// Whether a node's kubelet can be called, as for logs.
    pub fn answers(&self, node: &Text) -> bool {
        self.names.get(node).is_none_or(|place| self.machines[*place].hears())
    }

    /// What was true of a pod's processes while the API server did not know; nothing of most pods.
    pub fn unseen(&self, pod: Uid) -> Option<&UnseenPod> {
        self.unseen.get(&pod)
    }

    /// All pods whose processes were ever out of sight.
    pub fn all_unseen(&self) -> impl Iterator<Item = (&Uid, &UnseenPod)> {
        self.unseen.ordered()
    }

    /// Grows whenever what [`Kubelets::unseen`] says of some pod changes.
    pub fn sights(&self) -> u64 {
        self.sights
    }
}

/// What is left of a pod after its node has been without power; whether it is to be started again.
fn after_reboot(worker: &mut Worker, now: Timestamp) -> bool {
    if worker.finished {
        return false;
    }
    worker.stopping = None;
    worker.sandbox = false;
    for held in &mut worker.containers {
        (held.failures, held.restarting, held.killed, held.pulling) = (0, false, None, false);
        if let Some(ContainerState::Running(running)) = &held.status.state {
            held.status.state = Some(ContainerState::Terminated(Terminated {
                run: held.status.run,
                exit_code: UNKNOWN,
                finished_at: Some(Time::from(now)),
                reason: "Unknown".into(),
                started_at: running.started_at,
                ..Terminated::default()
            }));
            held.status.ready = false;
            held.status.started = Some(false);
        }
    }
    if worker.pod.metadata.is_deleting() {
        return false;
    }
    let policy = worker.pod.spec.restart_policy.clone();
    let has_begun = worker.containers.iter().any(|held| !held.never_ran());
    let mut starts = false;
    for held in &mut worker.containers {
        let is_done = policy.as_deref() == Some("OnFailure") && held.role == Role::Main && held.final_code() == Some(0);
        if !is_done {
            held.is_fresh = true;
            held.restarting = !held.never_ran();
            starts |= held.role == Role::Main;
        }
    }
    if has_begun && (policy.as_deref() == Some("Never") || !starts) {
        worker.containers.iter_mut().for_each(|held| held.restarting = false);
        worker.finish();
        return false;
    }
    true
}
