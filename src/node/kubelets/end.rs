//! How containers and pods end: by themselves, because they are told to, or because nothing is left of them to run.

use super::super::behaviour::Sigterm;
use super::super::worker::{Killed, Role, Stopping, Worker, back_off, go_seconds};
use super::{Due, Kubelets, Moment, SIGKILL, Timer};
use crate::api::{ContainerState, Terminated, Time, Uid};
use crate::apiserver::ApiServer;
use crate::sim::Timestamp;
use std::time::Duration;

/// Asked to end: 128 and the number of the signal.
const SIGTERM: i32 = 143;

impl Kubelets {
    /// A process has ended: what that means for its container, and for the pod.
    pub(super) fn ended(&mut self, api: &mut ApiServer, uid: Uid, index: usize, code: i32) {
        let restarts_at_once = self.note_end(api.now(), uid, index, code);
        let Some(worker) = self.workers.get(&uid) else { return };
        if worker.stopping.is_some() {
            if !worker.is_busy() {
                self.stop_sidecars(api, uid);
            }
            self.settle_if_all_ended(api, uid);
            return;
        }
        if restarts_at_once {
            // Its successor starts in the same breath: nobody is told of an end.
            return;
        }
        if self.profile.init_ends && worker.containers[index].role == Role::Init && code == 0 {
            self.report(api, uid);
        }
        self.proceed(api, uid);
    }

    /// Writes down how a run ended and, if it is to be followed by another, when. Whether that is in the same breath.
    pub(super) fn note_end(&mut self, now: Timestamp, uid: Uid, index: usize, code: i32) -> bool {
        let Some(worker) = self.workers.get_mut(&uid) else { return false };
        let held = &mut worker.containers[index];
        let started_at = match &held.status.state {
            Some(ContainerState::Running(running)) => running.started_at,
            _ => return false,
        };
        let reason = match code {
            0 => "Completed",
            SIGKILL if held.oom => "OOMKilled",
            _ => "Error",
        };
        held.epoch += 1;
        if std::mem::take(&mut held.has_program) {
            self.program_gone(now, uid, index);
        }
        let Some(worker) = self.workers.get_mut(&uid) else { return false };
        let held = &mut worker.containers[index];
        held.status.ready = held.role == Role::Init && code == 0;
        held.status.started = Some(false);
        held.status.state = Some(ContainerState::Terminated(Terminated {
            run: held.status.run,
            exit_code: code,
            finished_at: Some(Time::from(now)),
            reason: reason.into(),
            started_at,
            ..Terminated::default()
        }));
        self.note_truth(now, uid);
        let Some(worker) = self.workers.get_mut(&uid) else { return false };
        let held = &mut worker.containers[index];
        if held.forgets_failures(now) {
            held.failures = 0;
        }
        let at_once = worker.restarts_at_once(index, now);
        let killed = worker.containers[index].killed.take();
        if !at_once && !worker.restarts(index, code) {
            return false;
        }
        let held = &mut worker.containers[index];
        held.restarting = true;
        let moment = Moment { container: index, epoch: held.epoch };
        if at_once {
            // Another image has not failed yet, and of a first end by force no account is kept.
            let counts = killed == Some(Killed::Unwell) && held.status.last_state.is_some();
            held.failures = if counts { held.failures + 1 } else { 0 };
            self.timers.set(now, Timer { pod: uid, due: Due::Restart(moment) });
            return true;
        }
        let wait = match held.failures {
            0 => self.profile.first_restart,
            failures => {
                let due = Due::ShowCrashLoop(moment);
                self.timers.set(now + self.profile.crash_loop_shown, Timer { pod: uid, due });
                back_off(failures)
            }
        };
        held.failures += 1;
        self.timers.set(now + wait, Timer { pod: uid, due: Due::Restart(moment) });
        false
    }

    pub(super) fn show_crash_loop(&mut self, api: &mut ApiServer, uid: Uid, index: usize) {
        let Some(worker) = self.workers.get_mut(&uid) else { return };
        let metadata = &worker.pod.metadata;
        let who = format!("{}_{}({uid})", metadata.name, metadata.namespace);
        let held = &mut worker.containers[index];
        let name = held.status.name.clone();
        let wait = go_seconds(back_off(held.failures - 1));
        if held.status.terminated().is_some() {
            held.status.last_state = held.status.state.take();
        }
        held.wait("CrashLoopBackOff", format!("back-off {wait} restarting failed container={name} pod={who}"));
        let message = format!("Back-off restarting failed container {name} in pod {who}");
        self.event(api, uid, Some(index), "Warning", "BackOff", message.into());
        self.report(api, uid);
    }

    pub(super) fn stop_deleted(&mut self, api: &mut ApiServer, uid: Uid) {
        let Some(worker) = self.workers.get(&uid) else { return };
        let grace = worker.pod.metadata.deletion_grace_period_seconds;
        if self.machine_of(uid).is_some_and(|machine| machine.hears()) {
            self.stop(api, uid, Stopping::Deleted, grace);
        }
    }

    /// Ends a pod: SIGTERM now, SIGKILL when the grace period is over (spec 03 §6.3).
    pub(super) fn stop(&mut self, api: &mut ApiServer, uid: Uid, why: Stopping, grace: Option<i64>) {
        let now = api.now();
        let Some(worker) = self.workers.get_mut(&uid).filter(|worker| !worker.finished) else { return };
        let again = worker.stopping.is_some();
        worker.stopping.get_or_insert(why);
        if !again {
            for held in worker.containers.iter_mut().filter(|held| !held.is_running()) {
                held.epoch += 1;
                held.restarting = false;
            }
            self.terminate_all(api, uid);
        }
        // Who ends in the very moment of the kill has ended by himself.
        let grace = Duration::from_secs(grace.unwrap_or(30).unsigned_abs()).max(self.profile.least_grace);
        self.timers.set(now + grace, Timer { pod: uid, due: Due::Kill });
    }

    /// Sends SIGTERM to all but the sidecars, or to them if nothing else runs.
    pub(super) fn terminate_all(&mut self, api: &mut ApiServer, uid: Uid) {
        let Some(worker) = self.workers.get(&uid) else { return };
        if worker.is_busy() {
            let held = worker.containers.iter().enumerate();
            let busy = held.filter(|(_, held)| held.is_running() && held.role != Role::Sidecar);
            for index in busy.map(|(index, _)| index).collect::<Vec<_>>() {
                self.stop_one(api, uid, index);
            }
        } else {
            self.stop_sidecars(api, uid);
        }
        self.settle_if_all_ended(api, uid);
    }

    fn stop_one(&mut self, api: &mut ApiServer, uid: Uid, index: usize) {
        let Some(worker) = self.workers.get(&uid) else { return };
        let message = format!("Stopping container {}", worker.containers[index].status.name);
        self.terminate(api, uid, index, message);
    }

    /// Sends SIGTERM to a process; `why` is what the event says.
    pub(super) fn terminate(&mut self, api: &mut ApiServer, uid: Uid, index: usize, why: String) {
        let Some(worker) = self.workers.get(&uid) else { return };
        let held = &worker.containers[index];
        let asks = held.has_program && held.sigterm.is_none();
        let end = match &held.sigterm {
            None if asks => None,
            Some(Sigterm::Ignore) => None,
            Some(Sigterm::After { delay, code }) => Some((*delay, *code)),
            Some(Sigterm::Exit) => Some((self.profile.sigterm_exit, SIGTERM)),
            // A sidecar is written to end when its work is done.
            None if held.role == Role::Sidecar => Some((Duration::ZERO, 0)),
            None => Some((self.profile.sigterm_exit, SIGTERM)),
        };
        let moment = Moment { container: index, epoch: held.epoch };
        self.event(api, uid, Some(index), "Normal", "Killing", why.into());
        if let Some(programs) = self.programs.filter(|_| asks) {
            (programs.terminate)(self, api, uid, index);
        }
        match end {
            Some((Duration::ZERO, code)) => {
                self.note_end(api.now(), uid, index, code);
            }
            Some((delay, code)) => {
                self.timers.set(api.now() + delay, Timer { pod: uid, due: Due::Exit(moment, code) });
            }
            None => {}
        }
    }

    /// Ends one container of a pod that goes on: SIGTERM now, SIGKILL after so many seconds.
    pub(super) fn kill_one(
        &mut self,
        api: &mut ApiServer,
        uid: Uid,
        index: usize,
        killed: Killed,
        why: String,
        grace: u64,
    ) {
        let Some(worker) = self.workers.get_mut(&uid) else { return };
        let held = &mut worker.containers[index];
        held.killed = Some(killed);
        let moment = Moment { container: index, epoch: held.epoch };
        self.terminate(api, uid, index, why);
        let grace = Duration::from_secs(grace).max(self.profile.least_grace);
        self.timers.set(api.now() + grace, Timer { pod: uid, due: Due::KillOne(moment) });
    }

    /// Ends the sidecars when all they stood beside has ended, the last first (spec 03 §6.5).
    pub(super) fn stop_sidecars(&mut self, api: &mut ApiServer, uid: Uid) {
        let Some(worker) = self.workers.get(&uid) else { return };
        let sidecars: Vec<usize> =
            worker.of_role(Role::Sidecar).rev().filter(|(_, held)| held.is_running()).map(|(index, _)| index).collect();
        let grace = worker.pod.spec.termination_grace_period_seconds.unwrap_or(30).unsigned_abs();
        let natural = worker.stopping.is_none();
        for &index in &sidecars {
            self.stop_one(api, uid, index);
        }
        if natural && self.workers.get(&uid).is_some_and(Worker::is_running) {
            let grace = Duration::from_secs(grace).max(self.profile.least_grace);
            self.timers.set(api.now() + grace, Timer { pod: uid, due: Due::Kill });
        }
    }

    pub(super) fn settle_if_all_ended(&mut self, api: &ApiServer, uid: Uid) {
        if self.workers.get(&uid).is_some_and(|worker| !worker.is_running()) {
            self.timers.set(api.now() + self.profile.settle, Timer { pod: uid, due: Due::Settle });
        }
    }
}
