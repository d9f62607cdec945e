//! Pods whose spec somebody has changed (spec 01 §6.4 says what may be): containers of another image are made anew, and
//! another deadline counts from the start of the pod.
//!
//! In Kubernetes: `computePodActions` in `pkg/kubelet/kuberuntime/kuberuntime_manager.go`. Waits belong to what failed, and
//! another image has not failed yet.

use super::super::worker::{Killed, Worker};
use super::{Due, Kubelets, Moment, Timer};
use crate::api::Uid;
use crate::apiserver::ApiServer;

impl Kubelets {
    /// The pod's spec is another: what runs of another image is ended and started again, whatever the restart policy says,
    /// and what waits is tried at once.
    pub(super) fn replace_containers(&mut self, api: &mut ApiServer, uid: Uid) {
        if self.machine_of(uid).is_none_or(|machine| !machine.reports()) {
            return;
        }
        self.watch_deadline(api.now(), uid);
        let count = self.workers.get(&uid).map_or(0, |worker| worker.containers.len());
        for index in 0..count {
            self.replace_container(api, uid, index);
        }
        if self.workers.get(&uid).is_some_and(Worker::has_gates) {
            self.report(api, uid);
        }
    }

    fn replace_container(&mut self, api: &mut ApiServer, uid: Uid, index: usize) {
        let now = api.now();
        let Some(worker) = self.workers.get_mut(&uid).filter(|worker| worker.stopping.is_none() && !worker.finished)
        else {
            return;
        };
        let image = worker.spec(index).image.clone();
        let grace = worker.pod.spec.termination_grace_period_seconds.unwrap_or(30).unsigned_abs();
        let held = &mut worker.containers[index];
        if held.image == image {
            return;
        }
        if held.never_ran() {
            held.status.image = image.clone();
        }
        held.image = image;
        let tried = !held.is_fresh;
        if held.is_running() {
            let why = format!("Container {} definition changed, will be restarted", held.status.name);
            self.kill_one(api, uid, index, Killed::Replaced, why, grace);
        } else if held.restarting || (tried && held.status.terminated().is_none()) {
            (held.epoch, held.failures) = (held.epoch + 1, 0);
            let moment = Moment { container: index, epoch: held.epoch };
            let due = if held.restarting { Due::Restart(moment) } else { Due::PullAgain(moment) };
            self.timers.set(now, Timer { pod: uid, due });
        }
    }
}
