//! How kubelets ask containers how they are, and what they do about the answers.
//!
//! In Kubernetes: `pkg/kubelet/prober`, and `computePodActions` in `pkg/kubelet/kuberuntime`. Periods are counted from just
//! before a pod's first container is made, whenever containers start; only a kubelet that has just been started itself
//! waits a random while more, and none in here ever has.

use super::super::probe::{Action, Answer, Asking, Call, Probe, Prober, Probes, Purpose, Target};
use super::super::runtime::{Exec, Process, StartError};
use super::super::worker::{Held, Killed, Role, Worker, go_seconds};
use super::processes::{Asker, Running};
use super::{Due, Kubelets, Timer};
use crate::api::pod::container_id;
use crate::api::{ContainerState, Uid};
use crate::apiserver::ApiServer;
use crate::sim::Timestamp;
use std::time::Duration;

/// How much a kubelet reads of what a command prints, in bytes.
const LONGEST_OUTPUT: usize = 10 << 10;

/// When there is something to do about probes.
#[derive(Clone, Copy, Debug)]
pub(in crate::node) enum Occasion {
    /// The pod's containers are about to be made.
    Begin,
    /// This container has been started.
    Started(usize),
    /// The period of a probe has passed, if it is still in this round.
    Tick(Which, u32),
    /// The answer to its question of this number is awaited no longer.
    TimeOut(Which, u32),
}

/// A probe of a pod: the places of its container and, among the container's, its own.
#[derive(Clone, Copy, Debug)]
pub(in crate::node) struct Which {
    container: u32,
    probe: u32,
}

impl Which {
    fn new(container: usize, probe: usize) -> Self {
        Self { container: container as u32, probe: probe as u32 }
    }

    /// The place of the container in its pod.
    pub(super) fn container(self) -> usize {
        self.container as usize
    }
}

/// What comes of a question at once.
enum Asked {
    Answered(Answer),
    /// The process of this number will answer; nobody will, if unset.
    Awaited(Option<u64>),
}

impl Kubelets {
    /// Hands on what is to be done about probes. Without those who can do it no pod has any.
    pub(super) fn probe(&mut self, api: &mut ApiServer, uid: Uid, occasion: Occasion) {
        if let Some(programs) = self.programs {
            (programs.probe)(self, api, uid, occasion);
        }
    }

    /// Does what is to be done about probes.
    pub(in crate::node) fn attend_to_probes(&mut self, api: &mut ApiServer, uid: Uid, occasion: Occasion) {
        let now = api.now();
        match occasion {
            Occasion::Begin => self.begin_probes(now, uid),
            // That a container runs is seen when the kubelet looks next.
            Occasion::Started(container) => {
                let started = self.workers.get(&uid).and_then(|worker| worker.containers[container].status.started);
                if started == Some(true) {
                    self.ask_whether_ready(now + self.profile.relist, uid, container);
                }
            }
            Occasion::Tick(which, round) => self.tick(api, uid, which, round),
            Occasion::TimeOut(which, asked) => self.probe_timed_out(api, uid, which, asked),
        }
    }

    fn begin_probes(&mut self, now: Timestamp, uid: Uid) {
        let Some(worker) = self.workers.get_mut(&uid) else { return };
        let begun = now - self.profile.start;
        for container in 0..worker.containers.len() {
            let probes = Probe::all_of(worker.spec(container));
            // After a reboot it is another round: of the rounds before some periods may be under way.
            let known = worker.containers[container].probes.take();
            let before = |place: usize| known.as_ref().map(|known| known.probers[place].clone());
            for (place, probe) in probes.iter().enumerate() {
                let round = before(place).map_or(0, |prober| prober.round + 1);
                let period = probe.period;
                let passed = now.since(begun).as_millis() / period.as_millis();
                let first = begun + period.saturating_mul(u32::try_from(passed + 1).unwrap_or(u32::MAX));
                let which = Which::new(container, place);
                self.timers.set(first, Timer { pod: uid, due: Due::Probe(Occasion::Tick(which, round)) });
            }
            let probers = probes.into_iter().enumerate().map(|(place, probe)| match before(place) {
                Some(known) => Prober::anew(probe, &known),
                None => Prober::new(probe),
            });
            let probers: Vec<Prober> = probers.collect();
            worker.containers[container].probes =
                (!probers.is_empty()).then(|| Box::new(Probes { probers, ..Probes::default() }));
        }
    }

    fn prober(&mut self, uid: Uid, which: Which) -> Option<&mut Prober> {
        let probes = self.workers.get_mut(&uid)?.containers.get_mut(which.container())?.probes.as_mut()?;
        probes.probers.get_mut(which.probe as usize)
    }

    /// Whoever could be ready is asked at `at`, and from then on after each period.
    fn ask_whether_ready(&mut self, at: Timestamp, uid: Uid, container: usize) {
        let Some(worker) = self.workers.get_mut(&uid) else { return };
        let Some(probes) = worker.containers[container].probes.as_mut() else { return };
        let Some(place) = probes.of(Purpose::Readiness) else { return };
        probes.probers[place].round += 1;
        let (which, round) = (Which::new(container, place), probes.probers[place].round);
        self.timers.set(at, Timer { pod: uid, due: Due::Probe(Occasion::Tick(which, round)) });
    }

    /// A period has passed.
    fn tick(&mut self, api: &mut ApiServer, uid: Uid, which: Which, round: u32) {
        let Some(prober) = self.prober(uid, which).filter(|prober| prober.round == round) else { return };
        let (purpose, period) = (prober.probe.purpose, prober.probe.period);
        let Some(worker) = self.workers.get(&uid).filter(|worker| !worker.finished) else { return };
        // Of a pod that ends it is still of interest whether it is ready.
        let is_ending = worker.stopping.is_some() || worker.is_over();
        let is_over = worker.containers[which.container()].final_code().is_some();
        if is_over || (is_ending && purpose != Purpose::Readiness) {
            return;
        }
        let next = Timer { pod: uid, due: Due::Probe(Occasion::Tick(which, round)) };
        self.timers.set(api.now() + period, next);
        self.ask(api, uid, which);
    }

    /// Puts the question, if it is time for it.
    fn ask(&mut self, api: &mut ApiServer, uid: Uid, which: Which) {
        let now = api.now();
        let Some(held) = self.workers.get(&uid).map(|worker| &worker.containers[which.container()]) else { return };
        let (started, run) = (held.status.started == Some(true), held.status.restart_count);
        let Some(ContainerState::Running(since)) = &held.status.state else { return };
        let up = now.since(since.started_at.unwrap_or_default().timestamp());
        let Some(prober) = self.prober(uid, which) else { return };
        if prober.asking.is_some_and(|asking| asking.run == run) {
            prober.overdue = true;
            return;
        }
        let is_early = Duration::from_secs(up.as_secs()) < prober.probe.initial_delay;
        let is_its_turn = started != (prober.probe.purpose == Purpose::Startup);
        if prober.done_with == Some(run) || is_early || !is_its_turn {
            return;
        }
        (prober.asked, prober.overdue) = (prober.asked + 1, false);
        let (number, timeout) = (prober.asked, prober.probe.timeout);
        match self.put(now, uid, which, number) {
            Asked::Answered(answer) => self.answered(api, uid, which, answer),
            Asked::Awaited(exec) => {
                if let Some(prober) = self.prober(uid, which) {
                    prober.asking = Some(Asking { number, run, exec });
                }
                let due = Due::Probe(Occasion::TimeOut(which, number));
                self.timers.set(now + timeout, Timer { pod: uid, due });
            }
        }
    }

    /// Puts the question of this number to whoever can answer: what runs in the container, or what is said of it.
    fn put(&mut self, now: Timestamp, uid: Uid, which: Which, number: u32) -> Asked {
        let Some(prober) = self.prober(uid, which) else { return Asked::Answered(Answer::Success) };
        let action = prober.probe.action.clone();
        let worker = &self.workers[&uid];
        let held = &worker.containers[which.container()];
        match action {
            Action::Exec(argv) if held.has_program => self.put_command(now, uid, which, number, argv),
            Action::Exec(_) if is_hung(held) => Asked::Awaited(None),
            Action::Exec(_) if is_well(held, now) => Asked::Answered(Answer::Success),
            Action::Exec(_) => Asked::Answered(Answer::Failure(String::new())),
            Action::Call(call, target) => self.put_call(now, worker, held, &call, &target),
        }
    }

    fn put_command(&mut self, now: Timestamp, uid: Uid, which: Which, number: u32, argv: Vec<String>) -> Asked {
        let program = argv.first().cloned().unwrap_or_default();
        let exec = Exec { argv, tty: false, stdin: false };
        let Some(runtime) = &mut self.runtime else { return Asked::Answered(Answer::Success) };
        match runtime.exec(now, uid, which.container(), exec) {
            Ok(Process::Exec(process)) => {
                let asked_by = Asker::Probe(uid, which, number);
                self.running.insert(process, Running::of(asked_by));
                Asked::Awaited(Some(process))
            }
            // The image may have it, but nobody can run it in here.
            Ok(Process::Main(..)) | Err(StartError::Unknown) => Asked::Answered(Answer::Success),
            Err(error) => {
                let name = &self.workers[&uid].containers[which.container()].status.name;
                let id = container_id(uid, name, i32::try_from(number).unwrap_or(i32::MAX));
                let id = id.trim_start_matches("containerd://");
                let why = error.message(&program);
                Asked::Answered(Answer::Error(format!(
                    "rpc error: code = Unknown desc = failed to exec in container: failed to start exec \"{id}\": OCI runtime \
                     exec failed: exec failed: unable to start container process: {why}: unknown"
                )))
            }
        }
    }

    /// Where all that runs in the pod is run in here, it is known who listens; of others it is assumed that they do.
    fn put_call(&self, now: Timestamp, worker: &Worker, held: &Held, call: &Call, target: &Target) -> Asked {
        let port = match &target.port {
            Ok(port) => *port,
            Err(why) => return Asked::Answered(Answer::Error(why.clone())),
        };
        let elsewhere = !target.host.is_empty() && target.host != *worker.ip;
        let address = address(worker, target);
        let answer = |failure: Option<String>| match failure {
            Some(failure) => Asked::Answered(Answer::Failure(failure)),
            None => Asked::Awaited(None),
        };
        let mut running = worker.containers.iter().filter(|held| held.is_running());
        let listens = self.runtime.as_ref().is_some_and(|runtime| runtime.listens(&worker.ip, port));
        if !elsewhere && !listens && running.all(|held| held.has_program) {
            return answer(call.refused(&address));
        }
        if is_hung(held) && *call != Call::Tcp {
            return Asked::Awaited(None);
        }
        // The kernel takes connections for a process that does nothing any more.
        match held.has_program || is_well(held, now) {
            true => Asked::Answered(Answer::Success),
            false => answer(Some(call.unwell(&address))),
        }
    }

    /// A command that answers has ended.
    pub(super) fn probe_ended(
        &mut self,
        api: &mut ApiServer,
        uid: Uid,
        which: Which,
        number: u32,
        code: i32,
        output: Vec<u8>,
    ) {
        if self.take_question(uid, which, number).is_none() {
            return;
        }
        let output = String::from_utf8_lossy(&output[..output.len().min(LONGEST_OUTPUT)]).into_owned();
        let answer = if code == 0 { Answer::Success } else { Answer::Failure(output) };
        self.answered(api, uid, which, answer);
    }

    fn probe_timed_out(&mut self, api: &mut ApiServer, uid: Uid, which: Which, number: u32) {
        let Some(asking) = self.take_question(uid, which, number) else { return };
        if let Some(process) = asking.exec {
            self.hang_up(api.now(), process);
        }
        let Some(Probe { action, timeout, .. }) = self.prober(uid, which).map(|prober| prober.probe.clone()) else {
            return;
        };
        let why = match &action {
            Action::Exec(argv) => {
                format!("command timed out: {:?} timed out after {}", argv.join(" "), go_seconds(timeout))
            }
            Action::Call(call, target) => call.timed_out(&address(&self.workers[&uid], target), timeout),
        };
        self.answered(api, uid, which, Answer::Failure(why));
    }

    /// The open question, if it is that of this number; then it is open no longer.
    fn take_question(&mut self, uid: Uid, which: Which, number: u32) -> Option<Asking> {
        self.prober(uid, which)?.asking.take_if(|asking| asking.number == number)
    }

    /// What an answer comes to.
    fn answered(&mut self, api: &mut ApiServer, uid: Uid, which: Which, answer: Answer) {
        let Some(worker) = self.workers.get(&uid).filter(|worker| !worker.finished) else { return };
        let held = &worker.containers[which.container()];
        let run = held.status.restart_count;
        if !held.is_running() {
            return;
        }
        let Some(prober) = self.prober(uid, which) else { return };
        let purpose = prober.probe.purpose;
        let settled = prober.count(&answer);
        let is_late = std::mem::take(&mut prober.overdue);
        // What has started needs not be asked again, and whom it kills neither.
        if settled.is_some_and(|success| purpose == Purpose::Startup || (purpose == Purpose::Liveness && !success)) {
            prober.rest(run);
        }
        let told = match answer {
            Answer::Success => None,
            Answer::Failure(why) => Some(format!("{purpose} probe failed: {why}")),
            Answer::Error(why) => Some(format!("{purpose} probe errored and resulted in unknown state: {why}")),
        };
        if let Some(told) = told {
            self.event(api, uid, Some(which.container()), "Warning", "Unhealthy", told.into());
        }
        match (purpose, settled) {
            (_, None) | (Purpose::Liveness, Some(true)) => {}
            (Purpose::Startup, Some(true)) => self.has_started(api, uid, which.container()),
            (Purpose::Readiness, Some(ready)) => {
                let held = self.workers.get_mut(&uid).map(|worker| &mut worker.containers[which.container()]);
                if held.is_some_and(|held| std::mem::replace(&mut held.status.ready, ready) != ready) {
                    self.report(api, uid);
                }
            }
            (Purpose::Startup | Purpose::Liveness, Some(false)) => self.kill_unwell(api, uid, which),
        }
        if is_late {
            self.ask(api, uid, which);
        }
    }

    /// A container has started, as its probe says: it may be ready, and others may follow.
    fn has_started(&mut self, api: &mut ApiServer, uid: Uid, container: usize) {
        self.worker(uid, |worker| {
            let held = &mut worker.containers[container];
            held.status.started = Some(true);
            held.status.ready = !held.is_asked(Purpose::Readiness);
        });
        self.ask_whether_ready(api.now(), uid, container);
        self.proceed(api, uid);
    }

    /// A container has failed a probe that it must not fail.
    fn kill_unwell(&mut self, api: &mut ApiServer, uid: Uid, which: Which) {
        let Some(probe) = self.prober(uid, which).map(|prober| &prober.probe) else { return };
        let (purpose, own_grace) = (probe.purpose.to_string().to_lowercase(), probe.grace);
        let Some(worker) = self.workers.get(&uid).filter(|worker| worker.stopping.is_none()) else { return };
        let held = &worker.containers[which.container()];
        if held.killed.is_some() {
            return;
        }
        let grace = own_grace.unwrap_or(worker.pod.spec.termination_grace_period_seconds.unwrap_or(30).unsigned_abs());
        let (who, what_next) = match held.role {
            Role::Main if worker.restarts_if_killed(which.container()) => ("Container", ", will be restarted"),
            Role::Main => ("Container", ""),
            Role::Init | Role::Sidecar => ("Init container", ""),
        };
        let why = format!("{who} {} failed {purpose} probe{what_next}", held.status.name);
        self.kill_one(api, uid, which.container(), Killed::Unwell, why, grace);
    }
}

/// Whom a call is for: `10.244.1.2:8080`.
fn address(worker: &Worker, target: &Target) -> String {
    let host = if target.host.is_empty() { worker.ip.as_str() } else { &target.host };
    format!("{host}:{}", target.port.as_ref().copied().unwrap_or(0))
}

fn is_hung(held: &Held) -> bool {
    held.probes.as_ref().is_some_and(|probes| probes.hung)
}

/// Whether a container of which a rule or an assumption says what it does says that it is well.
fn is_well(held: &Held, now: Timestamp) -> bool {
    held.probes.as_ref().is_none_or(|probes| probes.health.holds(now.since(held.since)))
}
