//! From a pod that the kubelet sees for the first time to containers that run.

use super::super::behaviour::{DecidedBy, End};
use super::super::probe::Purpose;
use super::super::runtime::StartError;
use super::super::worker::{Role, Worker};
use super::super::{environment, volumes};
use super::{Decision, Due, Kubelets, Moment, Occasion, Timer};
use crate::api::{ContainerState, Pod, Running, Time, Uid};
use crate::apiserver::ApiServer;
use crate::sim::Timestamp;
use std::rc::Rc;
use std::time::Duration;

/// The first wait after a volume could not be mounted; each further one is twice as long.
const FIRST_MOUNT_RETRY: Duration = Duration::from_millis(500);
/// The longest wait before a volume is tried again.
const LONGEST_MOUNT_RETRY: Duration = Duration::from_secs(122);
/// How soon a container is tried again that lacks what its environment names.
const CONFIG_RETRY: Duration = Duration::from_secs(10);
/// What a container ends with that cannot be started.
const START_ERROR: i32 = 128;

impl Kubelets {
    /// The kubelet sees a pod for the first time.
    pub(super) fn admit(&mut self, api: &mut ApiServer, pod: Rc<Pod>) {
        let (uid, now) = (pod.metadata.uid, api.now());
        let Some(&place) = pod.node_name.as_ref().and_then(|node| self.names.get(node)) else { return };
        if !self.machines[place].reports() || self.workers.contains_key(&uid) {
            return;
        }
        if self.exceptions.is_some_and(|exceptions| (exceptions.refuse)(self, api, &pod, self.objection)) {
            return;
        }
        let birth = self.births.remove(&uid).unwrap_or_default();
        let host_ip = self.machines[place].host_ip.clone();
        let mut worker = Worker::new(Rc::clone(&pod), birth, now, place, host_ip);
        worker.containers.iter_mut().for_each(|held| held.status.reported = self.profile.lists_given);
        self.workers.insert(uid, worker);
        self.report(api, uid);
        if pod.metadata.is_deleting() {
            self.stop_deleted(api, uid);
            return;
        }
        self.lacks_runtime |= self.runtime.is_none() && self.needs_programs(uid);
        if self.mount_problem(api, uid).is_none() {
            self.pull_images(api, uid);
        }
        self.timers.set(now + self.profile.start, Timer { pod: uid, due: Due::Start(0) });
        self.watch_deadline(now, uid);
    }

    /// Ends a pod when its time is over.
    pub(super) fn watch_deadline(&mut self, now: Timestamp, uid: Uid) {
        if let Some(deadline) = self.workers.get(&uid).and_then(Worker::deadline) {
            self.timers.set(deadline.max(now), Timer { pod: uid, due: Due::Deadline });
        }
    }

    /// Whether a container of the pod has probes, or may run its command, if its image is a known one: no rule says what it
    /// does instead.
    pub(super) fn needs_programs(&self, uid: Uid) -> bool {
        let Some(worker) = self.workers.get(&uid).filter(|_| self.profile.programs) else { return false };
        let asked = |index| worker.spec(index).has_probes() || !self.behaviour.decides(&worker.place(index));
        (0..worker.containers.len()).any(asked)
    }

    /// Makes the sandbox in which a pod's containers start.
    pub(super) fn make_sandbox(&mut self, api: &mut ApiServer, uid: Uid, tries: u32) {
        let is_moot = self.workers.get(&uid).is_none_or(|worker| worker.stopping.is_some() || worker.sandbox);
        if is_moot || self.mount_failed(api, uid, tries) {
            return;
        }
        if tries > 0 {
            self.pull_images(api, uid);
        }
        let begun = self.worker(uid, |worker| {
            worker.sandbox = true;
            (worker.has_probes(), !worker.ip.is_empty())
        });
        if !begun.is_some_and(|(_, has_address)| has_address) {
            self.give_address(uid);
        }
        if self.profile.programs && begun.is_some_and(|(has_probes, _)| has_probes) {
            self.probe(api, uid, Occasion::Begin);
        }
        self.proceed(api, uid);
    }

    /// Looks whether a pod's volumes can be made. If not, it is tried again later.
    pub(super) fn mount_failed(&mut self, api: &mut ApiServer, uid: Uid, tries: u32) -> bool {
        let Some(problem) = self.mount_problem(api, uid) else { return false };
        let wait = FIRST_MOUNT_RETRY.saturating_mul(1 << tries.min(10)).min(LONGEST_MOUNT_RETRY);
        self.timers.set(api.now() + wait, Timer { pod: uid, due: Due::Start(tries + 1) });
        self.event(api, uid, None, "Warning", "FailedMount", problem.into());
        true
    }

    /// What keeps a pod's volumes from being made.
    pub(super) fn mount_problem(&self, api: &ApiServer, uid: Uid) -> Option<String> {
        let worker = self.workers.get(&uid).filter(|worker| self.profile.programs && volumes::depends(&worker.pod))?;
        (self.provisions?.missing)(&worker.surroundings(api.live()))
    }

    /// Takes a pod as far as it goes for now: starts what can start, ends what has nothing left to do, and reports.
    pub(super) fn proceed(&mut self, api: &mut ApiServer, uid: Uid) {
        let mut next = 0;
        while let Some(index) = self.workers.get(&uid).and_then(|worker| worker.next_to_start(next)) {
            self.worker(uid, |worker| {
                let held = &mut worker.containers[index];
                held.is_fresh = false;
                held.status.restart_count += i32::from(std::mem::take(&mut held.restarting));
            });
            self.start_container(api, uid, index);
            next = index + 1;
        }
        if self.workers.get(&uid).is_some_and(Worker::is_over) {
            self.stop_sidecars(api, uid);
            self.worker(uid, |worker| {
                if !worker.is_running() {
                    worker.finish()
                }
            });
        }
        self.report(api, uid);
    }

    /// Starts one container, or finds that its image cannot be had.
    pub(super) fn start_container(&mut self, api: &mut ApiServer, uid: Uid, index: usize) {
        let now = api.now();
        let Some(worker) = self.workers.get(&uid) else { return };
        let held = &worker.containers[index];
        let mut course = self.behaviour.course(&worker.place(index));
        let image = held.image.clone();
        if let Some((reason, told, problem)) = self.image_problem(uid, index) {
            self.decided(uid, index, course.decided_by);
            self.event(api, uid, Some(index), "Warning", told, problem.clone().into());
            return self.cannot_start(api, uid, index, reason, reason, problem);
        }
        let present = self.machine_of(uid).is_some_and(|machine| machine.images.contains(&image));
        let open = self.profile.programs && course.decided_by == DecidedBy::Assumed;
        let programs = self.programs.filter(|_| open);
        let missing =
            programs.is_some_and(|programs| (programs.is_missing)(&image)) && !self.brought_images.contains(&image);
        let gone = (missing || self.gone_images.contains(&image)) && !present;
        let unavailable = matches!(course.end, End::Stuck(_)) || gone;
        if unavailable {
            self.decided(uid, index, course.decided_by);
            self.pull_failed(api, uid, index);
            return;
        }
        let after_pulls = self.workers[&uid].containers[index].never_ran();
        self.pulled(api, uid, index);
        let built = self.machine_of(uid).and_then(|machine| machine.built.get(&image).cloned());
        let known = programs.and_then(|programs| {
            let contents = built.unwrap_or_else(|| (programs.image)(&image).map(Rc::new));
            Some((programs, contents?))
        });
        let mut failed = None;
        let worker = &self.workers[&uid];
        let furnished = known.is_some() || (self.profile.programs && environment::depends(worker.spec(index)));
        if let Some(provisions) = self.provisions.filter(|_| furnished) {
            let environment = (provisions.environment)(&worker.surroundings(api.live()), worker.spec(index));
            let started = match (environment, known) {
                (Err(problem), _) => {
                    let reason = "CreateContainerConfigError";
                    return self.cannot_start(api, uid, index, reason, &problem.clone(), problem);
                }
                (Ok(own), Some((programs, image))) => (programs.start)(self, api, uid, index, &image, own),
                (Ok(_), None) => Err((StartError::Unknown, String::new())),
            };
            match started {
                Ok(()) => (course.end, course.decided_by) = (End::Never, DecidedBy::Command),
                Err((StartError::Unknown, _)) => {}
                Err((error, program)) => failed = Some(error.message(&program)),
            }
        }
        self.decided(uid, index, course.decided_by);
        let name = self.image_name(&image);
        let lists_given = self.profile.lists_given;
        let run = self.worker(uid, |worker| {
            let held = &mut worker.containers[index];
            let started = !held.is_asked(Purpose::Startup);
            let ready = held.role != Role::Init && started && !held.is_asked(Purpose::Readiness);
            let status = &mut held.status;
            if let Some(ContainerState::Terminated(ended)) = status.state.take() {
                status.last_state = Some(ContainerState::Terminated(ended));
            }
            status.state = Some(ContainerState::Running(Running { started_at: Some(Time::from(now)) }));
            status.run = Some(status.restart_count);
            status.image_id = name.id.clone();
            if lists_given {
                status.image = name.full.clone();
            }
            (status.started, status.ready) = (Some(started), ready);
            if let Some(probes) = &mut held.probes {
                (probes.health, probes.hung) = (course.health, false);
            }
            held.epoch += 1;
            held.since = now;
            held.sigterm = course.sigterm;
            held.oom = matches!(course.end, End::Exit { oom: true, .. });
            held.has_program = course.decided_by == DecidedBy::Command;
            if after_pulls {
                held.failures = 0;
            }
            (Moment { container: index, epoch: held.epoch }, held.probes.is_some())
        });
        self.note_truth(now, uid);
        self.event(api, uid, Some(index), "Normal", "Created", "Container created".into());
        if let Some(problem) = failed {
            return self.start_failed(api, uid, index, &problem);
        }
        self.event(api, uid, Some(index), "Normal", "Started", "Container started".into());
        if let Some((_, true)) = run {
            self.probe(api, uid, Occasion::Started(index));
        }
        match (run, course.end) {
            // Nobody ever sees it run.
            (Some(_), End::Exit { after: Duration::ZERO, code, .. }) => {
                self.note_end(now, uid, index, code);
            }
            (Some((moment, _)), End::Exit { after, code, .. }) => {
                self.timers.set(now + after, Timer { pod: uid, due: Due::Exit(moment, code) });
            }
            _ => {}
        }
    }

    /// Remembers who decided what a container does from now on.
    pub(super) fn decided(&mut self, uid: Uid, index: usize, by: DecidedBy) {
        let Some(worker) = self.workers.get(&uid) else { return };
        let status = &worker.containers[index].status;
        let restart = u32::try_from(status.restart_count).unwrap_or(0);
        let decision = Decision { container: status.name.clone(), restart, by };
        let known = self.provenance(uid);
        if known.last() == Some(&decision) {
            return;
        }
        let is_usual = self.usual.split_last() == Some((&decision, known));
        if !is_usual {
            self.usual = [known, &[decision]].concat().into();
        }
        self.decisions.insert(uid, Rc::clone(&self.usual));
    }

    /// The runtime cannot start a container's command: it has ended before it began.
    pub(super) fn start_failed(&mut self, api: &mut ApiServer, uid: Uid, index: usize, problem: &str) {
        let words = "failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create \
                     failed: unable to start container process: error during container init: ";
        let message = format!("{words}{problem}");
        self.event(api, uid, Some(index), "Warning", "Failed", format!("Error: {message}").into());
        self.note_end(api.now(), uid, index, START_ERROR);
        self.worker(uid, |worker| {
            if let Some(ContainerState::Terminated(ended)) = &mut worker.containers[index].status.state {
                ended.reason = "StartError".into();
                ended.message = message.clone().into();
                ended.started_at = Some(Time::from(Timestamp::default()));
            }
            let held = &mut worker.containers[index];
            if held.restarting {
                held.status.last_state = held.status.state.take();
                held.wait("RunContainerError", message);
            }
        });
    }

    /// A container lacks what it needs before it can run: it waits, and is tried again.
    pub(super) fn cannot_start(
        &mut self,
        api: &mut ApiServer,
        uid: Uid,
        index: usize,
        reason: &'static str,
        error: &str,
        problem: String,
    ) {
        let Some(worker) = self.workers.get_mut(&uid) else { return };
        let held = &mut worker.containers[index];
        held.epoch += 1;
        let moment = Moment { container: index, epoch: held.epoch };
        self.timers.set(api.now() + CONFIG_RETRY, Timer { pod: uid, due: Due::PullAgain(moment) });
        if let Some(ContainerState::Terminated(ended)) = held.status.state.take() {
            held.status.last_state = Some(ContainerState::Terminated(ended));
        }
        self.event(api, uid, Some(index), "Warning", "Failed", format!("Error: {error}").into());
        self.worker(uid, |worker| worker.containers[index].wait(reason, problem));
    }
}
