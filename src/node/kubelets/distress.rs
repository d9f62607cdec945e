//! Nodes that run short of memory, and nodes that are shut down in order: pods that their own kubelet ends (spec 03 §10).
//!
//! In Kubernetes: `pkg/kubelet/eviction/eviction_manager.go`, `pkg/kubelet/nodeshutdown`.

use super::super::pressure;
use super::super::worker::Stopping;
use super::machine::Contact;
use super::{Kubelets, Uid};
use crate::api::Text;
use crate::apiserver::ApiServer;
use std::time::Duration;

/// How long a node that was short of memory says so.
const TRANSITION_PERIOD: Duration = Duration::from_secs(300);
/// The grace period of a pod that is evicted because there is no memory left, in seconds.
const EVICTION_GRACE: i64 = 1;
/// How long a node that is shut down waits for a pod, in seconds.
const SHUTDOWN_GRACE: i64 = 20;

impl Kubelets {
    /// A node is short of memory: it takes no pods in for a while, and one of those that it has is evicted.
    pub(super) fn run_short(&mut self, api: &mut ApiServer, node: &Text) {
        let until = api.now() + TRANSITION_PERIOD;
        let Some(machine) = self.machine_named(node).filter(|machine| machine.reports() && !machine.leaving) else {
            return;
        };
        if machine.short_until.replace(until).is_none() {
            self.distressed.insert(node.clone());
            self.post_status(api, node);
            self.tell(api, node, "NodeHasInsufficientMemory");
        }
        self.node_event(api, node, "Warning", "EvictionThresholdMet", "Attempting to reclaim memory".into());
        let here = self.workers_of(node);
        let stands = |uid: &Uid| self.workers[uid].stopping.is_none() && !self.workers[uid].finished;
        let victim = here.into_iter().filter(stands).min_by_key(|uid| {
            let pod = &self.workers[uid].pod;
            (pressure::rank(pod), pod.metadata.name.clone())
        });
        let Some(victim) = victim else { return };
        let message = pressure::message(&self.workers[&victim].pod.spec);
        self.event(api, victim, None, "Warning", "Evicted", message.into());
        self.stop(api, victim, Stopping::Evicted, Some(EVICTION_GRACE));
    }

    /// A node is to be shut down: its pods are ended first.
    pub(super) fn begin_shutdown(&mut self, api: &mut ApiServer, node: &Text) {
        let Some(machine) = self.machine_named(node).filter(|machine| machine.reports() && !machine.leaving) else {
            return;
        };
        machine.leaving = true;
        self.distressed.insert(node.clone());
        self.node_event(api, node, "Normal", "Shutdown", "Shutdown manager detected shutdown event".into());
        self.post_status(api, node);
        self.tell(api, node, "NodeNotReady");
        for uid in self.workers_of(node) {
            let own = self.workers[&uid].pod.spec.termination_grace_period_seconds.unwrap_or(SHUTDOWN_GRACE);
            self.stop(api, uid, Stopping::Shutdown, Some(own.min(SHUTDOWN_GRACE)));
        }
    }

    /// Lets nodes go off whose last pod has ended, and nodes say that they have memory again.
    pub(super) fn relieve(&mut self, api: &mut ApiServer) {
        for node in self.distressed.iter().cloned().collect::<Vec<_>>() {
            let Some(&place) = self.names.get(&node) else { continue };
            let machine = &self.machines[place];
            let off = machine.leaving && self.workers_of(&node).is_empty();
            let calm = machine.short_until.is_some_and(|until| until <= api.now());
            if !off && !calm {
                continue;
            }
            let machine = &mut self.machines[place];
            machine.short_until = None;
            if off {
                (machine.contact, machine.leaving) = (Contact::NoPower, false);
            }
            let (up, returning) = (machine.reports(), machine.returning && off);
            if !machine.leaving {
                self.distressed.remove(&node);
            }
            if up {
                self.post_status(api, &node);
                self.tell(api, &node, "NodeHasSufficientMemory");
            }
            if returning {
                self.come_back(api, &node);
            }
        }
    }

    /// The pods that a node's kubelet works on.
    pub(super) fn workers_of(&self, node: &Text) -> Vec<Uid> {
        let place = self.names.get(node);
        let here = self.workers.ordered().filter(|(_, worker)| Some(&worker.machine) == place);
        here.map(|(&uid, _)| uid).collect()
    }
}
