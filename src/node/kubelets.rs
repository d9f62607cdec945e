//! The kubelets of all nodes: each takes the pods bound to its node from their binding to their end (spec 03 §3–§6).
//!
//! In Kubernetes every node has a kubelet of its own (`pkg/kubelet`). In here one component plays them all; a node that
//! is down takes no part.

mod processes;

use super::behaviour::{Behaviour, DecidedBy, End, Rule, Sigterm};
use super::events::{ImageName, full_image, pull_error};
use super::healthy;
use super::images::Contents;
use super::logs::Log;
use super::profile::Profile;
use super::provisions::Provisions;
use super::runtime::{Programs, Runtime, StartError};
use super::worker::{Held, LastStatus, Role, Stopping, Worker, back_off, go_seconds};
use super::{environment, volumes};
use crate::api::pod::{Running, Terminated};
use crate::api::{
    ContainerState, Decimal, Kind, Node, NodeConditions, NodeStatus, Object, ObjectKey, ObjectReference, Pod, Text,
    Time, Uid,
};
use crate::apiserver::{ApiServer, Change, ChangeType, Component, DeleteOptions, EventRecorder, Request};
use crate::programs::server::Item;
use crate::sim::{Map, Set, Table, Timers, Timestamp};
use std::rc::Rc;
use std::time::Duration;

/// The first wait after a volume could not be mounted; each further one is twice as long.
const FIRST_MOUNT_RETRY: Duration = Duration::from_millis(500);
/// The longest wait before a volume is tried again.
const LONGEST_MOUNT_RETRY: Duration = Duration::from_secs(122);
/// How soon a container is tried again that lacks what its environment names.
const CONFIG_RETRY: Duration = Duration::from_secs(10);
/// How often a kubelet says that it is alive.
const LEASE_INTERVAL: Duration = Duration::from_secs(10);
/// What a container ends with that cannot be started.
const START_ERROR: i32 = 128;
/// Killed: 128 and the number of the signal.
const SIGKILL: i32 = 137;
/// Asked to end: 128 and the number of the signal.
const SIGTERM: i32 = 143;

/// Every kubelet of the cluster.
pub struct Kubelets {
    profile: Profile,
    behaviour: Behaviour,
    machines: Vec<Machine>,
    /// Where each is among them, by its node's name.
    names: Table<Text, usize>,
    workers: Table<Uid, Worker>,
    /// Which pod of its Job, and of its index, each pod is that no kubelet has yet.
    births: Table<Uid, Birth>,
    lineages: Map<Uid, Lineage>,
    timers: Timers<Timer>,
    last_status: LastStatus,
    /// What was observed or done from outside and has not been acted on.
    inbox: Vec<Action>,
    next_lease: Option<Timestamp>,
    gone_images: Set<Text>,
    /// Images that somebody has brought, though by their names there are none.
    brought_images: Set<Text>,
    /// What the learner has built and pushed, by the whole name: what is in it, if its programs are known.
    pushed_images: Map<String, Option<Rc<Contents>>>,
    /// What the names of images say, once read.
    image_names: Map<Text, Rc<ImageName>>,
    decisions: Table<Uid, Rc<[Decision]>>,
    /// What was decided about the last pod: about most others, the same.
    usual: Rc<[Decision]>,
    /// What containers printed, run by run.
    logs: Table<Uid, Vec<Printed>>,
    /// Counts what commands may wait for and the API server does not tell of: output.
    activity: u64,
    /// What is taken from elsewhere for pods, once that is there.
    provisions: Option<&'static Provisions>,
    /// What runs commands, once it is there.
    programs: Option<&'static Programs>,
    runtime: Option<Box<dyn Runtime>>,
    /// Whether a pod is here that needs it.
    lacks_runtime: bool,
    /// Commands that were started beside the containers' own.
    running: Map<u64, processes::Running>,
}

/// What one run of a container printed.
#[derive(Clone, Debug)]
struct Printed {
    container: Text,
    restart: u32,
    log: Log,
    /// The same byte by byte, for those who sit at its terminal.
    raw: Option<Vec<u8>>,
}

/// Who decided what one run of a container does.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    pub container: Text,
    /// How often the container was restarted before this run.
    pub restart: u32,
    pub by: DecidedBy,
}

/// A node, as its own kubelet knows it.
#[derive(Clone, Debug)]
struct Machine {
    up: bool,
    host_ip: Text,
    /// What the addresses of its pods begin with: `10.244.1.`
    pod_prefix: Text,
    next_address: u8,
    /// Which of them are taken, by their last number.
    addresses: [bool; 256],
    images: Set<Text>,
    /// What is in those that the learner has built, as they were when they were pulled.
    built: Map<Text, Option<Rc<Contents>>>,
    /// What the kubelet would have done while it was down.
    missed: Vec<Timer>,
    recorder: EventRecorder,
}

/// The number of a pod within its Job, and within its index.
#[derive(Clone, Copy, Debug, Default)]
struct Birth {
    ordinal: u32,
    attempt: u32,
}

/// How many pods a Job has had, in all and per index.
#[derive(Clone, Debug, Default)]
struct Lineage {
    pods: u32,
    of_index: Table<u32, u32>,
}

#[derive(Clone, Debug)]
enum Action {
    Admit(Rc<Pod>),
    /// The pod is being deleted, or sooner than it was.
    Stop(Uid),
    /// The pod object is gone.
    Forget(Uid),
    /// A pod that had finished before it was deleted.
    Remove(ObjectKey, Uid),
    Exit {
        pod: Text,
        container: Option<Text>,
        code: i32,
        oom: bool,
    },
    Hang(Text),
    IgnoreSigterm(Text),
    NodeDown(Text),
    NodeUp(Text),
    /// A node's kubelet tells what it is from now on.
    Tell(Text, &'static str),
}

#[derive(Clone, Debug)]
struct Timer {
    pod: Uid,
    due: Due,
}

/// What is due for a pod; with a container's number and epoch, for that container if nothing has happened to it since.
#[derive(Clone, Copy, Debug)]
enum Due {
    /// The sandbox is to be made, so many tries after the first.
    Start(u32),
    Exit(Moment, i32),
    Restart(Moment),
    ShowCrashLoop(Moment),
    ShowPullBackOff(Moment),
    PullAgain(Moment),
    Deadline,
    /// A preStop hook has slept.
    Signal(Moment),
    Kill,
    Settle,
    Remove,
}

#[derive(Clone, Copy, Debug)]
struct Moment {
    container: usize,
    epoch: u32,
}

impl Kubelets {
    /// Kubelets that know no node yet: they learn of nodes from the API server.
    pub fn new(profile: Profile, behaviour: Behaviour) -> Self {
        Self {
            profile,
            behaviour,
            machines: Vec::new(),
            names: Table::new(),
            workers: Table::new(),
            births: Table::new(),
            lineages: Map::new(),
            timers: Timers::new(),
            last_status: LastStatus::default(),
            inbox: Vec::new(),
            next_lease: None,
            gone_images: Set::new(),
            brought_images: Set::new(),
            pushed_images: Map::new(),
            image_names: Map::new(),
            decisions: Table::new(),
            usual: Rc::default(),
            logs: Table::new(),
            activity: 0,
            provisions: None,
            programs: None,
            runtime: None,
            lacks_runtime: false,
            running: Map::new(),
        }
    }

    /// Brings what is taken from elsewhere for pods.
    pub fn set_provisions(&mut self, provisions: &'static Provisions) {
        self.provisions = Some(provisions);
    }

    /// Brings what runs commands.
    pub fn set_programs(&mut self, programs: &'static Programs) {
        self.lacks_runtime = false;
        (self.programs, self.runtime) = (Some(programs), Some((programs.make)(self.behaviour.seed)));
    }

    /// Whether time must not go on before [`Kubelets::set_programs`]: a command may be about to be run.
    pub fn lacks_runtime(&self) -> bool {
        self.lacks_runtime
    }

    /// Other rules from now on; what runs already goes on as it began.
    pub fn set_rules(&mut self, rules: Vec<Rule>) {
        self.behaviour.rules = rules;
        if self.runtime.is_none() {
            self.lacks_runtime |= self.workers.ordered().any(|(&uid, _)| self.needs_programs(uid));
        }
    }

    /// The rules in force.
    pub fn rules(&self) -> &[Rule] {
        &self.behaviour.rules
    }

    /// Who decided what the containers of a pod do, run by run; empty before the first.
    pub fn provenance(&self, pod: Uid) -> &[Decision] {
        self.decisions.get(&pod).map_or(&[], Rc::as_ref)
    }

    /// What one run of a container has printed so far; nothing where it printed nothing.
    pub fn log(&self, pod: Uid, container: &str, restart: u32) -> Option<&Log> {
        let mut printed = self.logs.get(&pod)?.iter();
        printed.find(|printed| printed.container == container && printed.restart == restart).map(|printed| &printed.log)
    }

    /// What the log of a run says that no program decides: who does. Honesty about the simulation's limits.
    pub fn remark(&self, pod: Uid, container: &str, restart: u32) -> Option<String> {
        let known = |decision: &&Decision| decision.container == container && decision.restart <= restart;
        let decision = self.provenance(pod).iter().rev().find(known)?;
        Some(match decision.by {
            DecidedBy::Rule(number) => format!(
                "[Jobscope] Behaviour rule {} of the scenario decides what this container does; its command does not run.",
                number + 1
            ),
            DecidedBy::Command => return None,
            DecidedBy::Assumed => {
                "[Jobscope] Nobody can run this image in here: the container is assumed to run a while and to exit 0."
                    .into()
            }
        })
    }

    /// What the servers in the pod of this address held at an instant, past ones included: queues, keys, collections.
    pub fn held(&self, address: &str, at: Timestamp) -> Vec<Item> {
        self.runtime.as_ref().map_or_else(Vec::new, |runtime| runtime.held(address, at))
    }

    /// Grows whenever a container prints something or a command in one ends.
    pub fn activity(&self) -> u64 {
        self.activity
    }

    /// A process of a pod exits now. Without a container, the first that runs; nothing happens where none does.
    pub fn exit(&mut self, pod: &Text, container: Option<&Text>, code: i32) {
        self.inbox.push(Action::Exit { pod: pod.clone(), container: container.cloned(), code, oom: false });
    }

    /// The kernel kills a process of a pod for its memory.
    pub fn oom_kill(&mut self, pod: &Text, container: Option<&Text>) {
        self.inbox.push(Action::Exit { pod: pod.clone(), container: container.cloned(), code: SIGKILL, oom: true });
    }

    /// The processes of a pod will not end by themselves.
    pub fn hang(&mut self, pod: &Text) {
        self.inbox.push(Action::Hang(pod.clone()));
    }

    /// The processes of a pod ignore SIGTERM from now on.
    pub fn ignore_sigterm(&mut self, pod: &Text) {
        self.inbox.push(Action::IgnoreSigterm(pod.clone()));
    }

    /// Nobody can pull this image any more; nodes forget that they had it.
    pub fn image_gone(&mut self, image: &Text) {
        self.gone_images.insert(image.clone());
        self.brought_images.remove(image);
        for machine in &mut self.machines {
            machine.images.remove(image);
        }
    }

    /// The image can be pulled again: those who wait for it get it at their next try.
    pub fn image_back(&mut self, image: &Text) {
        self.gone_images.remove(image);
        self.brought_images.insert(image.clone());
    }

    /// Somebody has built an image and pushed it: from now on this is what is pulled under its name. `None`: nobody knows
    /// its programs.
    pub fn image_pushed(&mut self, image: &Text, contents: Option<Rc<Contents>>) {
        self.image_back(image);
        self.pushed_images.insert(full_image(image), contents);
    }

    /// A node's kubelet falls silent; its processes go on.
    pub fn node_down(&mut self, node: &Text) {
        self.inbox.push(Action::NodeDown(node.clone()));
    }

    /// The kubelet is back and reports what has become of its pods.
    pub fn node_up(&mut self, node: &Text) {
        self.inbox.push(Action::NodeUp(node.clone()));
    }

    fn observe_node(&mut self, change: &Change, node: &Node) {
        let name = &node.metadata.name;
        match change.change {
            ChangeType::Added => {
                let machine = Machine::new(node);
                match self.names.get(name) {
                    Some(&place) => self.machines[place] = machine,
                    None => {
                        self.names.insert(name.clone(), self.machines.len());
                        self.machines.push(machine);
                    }
                }
                self.next_lease.get_or_insert(change.at);
            }
            ChangeType::Modified => {
                let was = change.previous.as_ref().and_then(Object::as_node).map(|node| node.spec.unschedulable);
                if was.is_some_and(|was| was != node.spec.unschedulable) {
                    let now = if node.spec.unschedulable { "NodeNotSchedulable" } else { "NodeSchedulable" };
                    self.inbox.push(Action::Tell(name.clone(), now));
                }
            }
            // A kubelet whose Node was deleted goes on running what it runs, but nobody listens.
            ChangeType::Deleted => {
                if let Some(machine) = self.machine_named(name) {
                    machine.up = false;
                }
            }
        }
    }

    fn observe_pod(&mut self, change: &Change, pod: &Rc<Pod>) {
        let uid = pod.metadata.uid;
        match change.change {
            ChangeType::Added => self.register(pod),
            ChangeType::Modified => {}
            ChangeType::Deleted => {
                self.births.remove(&uid);
                if self.workers.contains_key(&uid) {
                    self.inbox.push(Action::Forget(uid));
                }
                return;
            }
        }
        let grace = pod.metadata.deletion_grace_period_seconds;
        match self.workers.get_mut(&uid) {
            None if pod.node_name.as_ref().is_none_or(|node| !self.names.contains_key(node)) => {}
            None if !pod.is_finished() => self.inbox.push(Action::Admit(Rc::clone(pod))),
            None if pod.metadata.is_deleting() && grace != Some(0) => {
                self.inbox.push(Action::Remove(Object::Pod(Rc::clone(pod)).key(), uid));
            }
            None => {}
            Some(worker) => {
                let sooner = worker.pod.metadata.deletion_grace_period_seconds != grace;
                worker.pod = Rc::clone(pod);
                if pod.is_finished() && !worker.finished {
                    // Somebody else has given the pod up: the pod garbage collector.
                    self.inbox.push(Action::Forget(uid));
                } else if sooner && pod.metadata.is_deleting() {
                    self.inbox.push(Action::Stop(uid));
                }
            }
        }
    }

    /// Counts a new pod of a Job.
    fn register(&mut self, pod: &Pod) {
        let Some(owner) = pod.metadata.controller().filter(|owner| owner.kind == "Job") else { return };
        let lineage = self.lineages.entry(owner.uid).or_default();
        let attempts = pod.completion_index().map(|index| lineage.of_index.get_or_insert_with(index, || 0));
        let birth = Birth { ordinal: lineage.pods, attempt: attempts.as_deref().copied().unwrap_or(0) };
        lineage.pods += 1;
        if let Some(attempts) = attempts {
            *attempts += 1;
        }
        self.births.insert(pod.metadata.uid, birth);
    }

    fn act(&mut self, api: &mut ApiServer, action: Action) {
        match action {
            Action::Admit(pod) => self.admit(api, pod),
            Action::Stop(uid) => self.stop_deleted(api, uid),
            Action::Forget(uid) => self.forget(uid),
            Action::Remove(key, uid) => remove(api, key, uid),
            Action::Exit { pod, container, code, oom } => {
                let Some(uid) = self.find(&pod) else { return };
                let meant = |held: &Held| container.as_ref().is_none_or(|name| held.status.name == *name);
                let running = self.workers[&uid].containers.iter().position(|held| held.is_running() && meant(held));
                let Some(index) = running else { return };
                self.worker(uid, |worker| worker.containers[index].oom |= oom);
                self.ended(api, uid, index, code);
            }
            Action::Hang(pod) => {
                let Some(uid) = self.find(&pod) else { return };
                self.worker(uid, |worker| each_running(worker, |held| held.epoch += 1));
                let count = self.workers[&uid].containers.len();
                if let Some(runtime) = &mut self.runtime {
                    (0..count).for_each(|container| runtime.freeze(uid, container));
                }
            }
            Action::IgnoreSigterm(pod) => {
                let Some(uid) = self.find(&pod) else { return };
                self.worker(uid, |worker| {
                    let stopping = worker.stopping.is_some();
                    each_running(worker, |held| {
                        held.sigterm = Some(Sigterm::Ignore);
                        held.epoch += u32::from(stopping);
                    });
                });
            }
            Action::NodeDown(node) => {
                if let Some(machine) = self.machine_named(&node) {
                    machine.up = false;
                }
            }
            Action::NodeUp(node) => self.come_back(api, &node),
            Action::Tell(node, what) => self.tell(api, &node, what),
        }
    }

    fn fire(&mut self, api: &mut ApiServer, timer: Timer) {
        let Timer { pod: uid, due } = timer;
        let Some(worker) = self.workers.get(&uid) else { return };
        let stands = |moment: Moment| worker.containers[moment.container].epoch == moment.epoch;
        // Processes end whether or not their kubelet looks; all else is the kubelet's doing.
        if let Due::Exit(moment, code) = due {
            if stands(moment) {
                self.ended(api, uid, moment.container, code);
            }
            return;
        }
        if let Some(machine) = self.machine_of(uid).filter(|machine| !machine.up) {
            machine.missed.push(timer);
            return;
        }
        let Some(worker) = self.workers.get(&uid) else { return };
        let stands = |moment: Moment| worker.containers[moment.container].epoch == moment.epoch;
        match due {
            Due::Start(tries) => self.make_sandbox(api, uid, tries),
            Due::Restart(moment) if stands(moment) => {
                self.worker(uid, |worker| {
                    let held = &mut worker.containers[moment.container];
                    held.restarting = false;
                    held.status.restart_count += 1;
                });
                self.start_container(api, uid, moment.container);
                self.proceed(api, uid);
            }
            Due::ShowCrashLoop(moment) if stands(moment) => self.show_crash_loop(api, uid, moment.container),
            Due::ShowPullBackOff(moment) if stands(moment) => self.show_pull_back_off(api, uid, moment.container),
            Due::PullAgain(moment) if stands(moment) => {
                let shown = self.workers[&uid].containers[moment.container].status.clone();
                self.start_container(api, uid, moment.container);
                if self.workers[&uid].containers[moment.container].status != shown {
                    self.proceed(api, uid);
                }
            }
            Due::Signal(moment) if stands(moment) => self.signal(api.now(), uid, moment.container),
            Due::Deadline if worker.stopping.is_none() && !worker.finished => {
                let message = "Pod was active on the node longer than the specified deadline";
                self.event(api, uid, None, "Normal", "DeadlineExceeded", message.into());
                let grace = self.workers[&uid].pod.spec.termination_grace_period_seconds;
                self.stop(api, uid, Stopping::DeadlineExceeded, grace);
            }
            Due::Kill => {
                let running = |worker: &Worker| worker.containers.iter().position(Held::is_running);
                while let Some(index) = self.workers.get(&uid).and_then(running) {
                    self.ended(api, uid, index, SIGKILL);
                }
            }
            Due::Settle => {
                let init = self.profile.init_ends;
                self.worker(uid, |worker| {
                    worker.give_up_waiting(init);
                    worker.finished = true;
                });
                self.report(api, uid);
            }
            Due::Remove => {
                let key = Object::Pod(Rc::clone(&worker.pod)).key();
                self.forget(uid);
                remove(api, key, uid);
            }
            _ => {}
        }
    }

    /// The kubelet sees a pod for the first time.
    fn admit(&mut self, api: &mut ApiServer, pod: Rc<Pod>) {
        let (uid, now) = (pod.metadata.uid, api.now());
        let Some(&place) = pod.node_name.as_ref().and_then(|node| self.names.get(node)) else { return };
        let machine = &self.machines[place];
        if !machine.up || self.workers.contains_key(&uid) {
            return;
        }
        let birth = self.births.remove(&uid).unwrap_or_default();
        let worker = Worker::new(Rc::clone(&pod), birth.ordinal, birth.attempt, now, place, machine.host_ip.clone());
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
        if let Some(seconds) = pod.spec.active_deadline_seconds {
            let deadline = now + Duration::from_secs(seconds.unsigned_abs());
            self.timers.set(deadline, Timer { pod: uid, due: Due::Deadline });
        }
    }

    /// Whether a container of the pod may run its command, if its image is a known one: no rule says what it does instead.
    fn needs_programs(&self, uid: Uid) -> bool {
        let Some(worker) = self.workers.get(&uid).filter(|_| self.profile.programs) else { return false };
        (0..worker.containers.len()).any(|index| !self.behaviour.decides(&worker.place(index)))
    }

    /// Makes the sandbox in which a pod's containers start.
    fn make_sandbox(&mut self, api: &mut ApiServer, uid: Uid, tries: u32) {
        let stopping = self.workers.get(&uid).is_none_or(|worker| worker.stopping.is_some());
        if stopping || self.mount_failed(api, uid, tries) {
            return;
        }
        if tries > 0 {
            self.pull_images(api, uid);
        }
        self.worker(uid, |worker| worker.sandbox = true);
        self.give_address(uid);
        self.proceed(api, uid);
    }

    /// Looks whether a pod's volumes can be made. If not, it is tried again later.
    fn mount_failed(&mut self, api: &mut ApiServer, uid: Uid, tries: u32) -> bool {
        let Some(problem) = self.mount_problem(api, uid) else { return false };
        let wait = FIRST_MOUNT_RETRY.saturating_mul(1 << tries.min(10)).min(LONGEST_MOUNT_RETRY);
        self.timers.set(api.now() + wait, Timer { pod: uid, due: Due::Start(tries + 1) });
        self.event(api, uid, None, "Warning", "FailedMount", problem.into());
        true
    }

    /// What keeps a pod's volumes from being made.
    fn mount_problem(&self, api: &ApiServer, uid: Uid) -> Option<String> {
        let worker = self.workers.get(&uid).filter(|worker| self.profile.programs && volumes::depends(&worker.pod))?;
        (self.provisions?.missing)(&worker.surroundings(api.live()))
    }

    /// Takes a pod as far as it goes for now: starts what can start, ends what has nothing left to do, and reports.
    fn proceed(&mut self, api: &mut ApiServer, uid: Uid) {
        let mut next = 0;
        while let Some(index) = self.workers.get(&uid).and_then(|worker| worker.next_to_start(next)) {
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
    fn start_container(&mut self, api: &mut ApiServer, uid: Uid, index: usize) {
        let now = api.now();
        let Some(worker) = self.workers.get(&uid) else { return };
        let held = &worker.containers[index];
        let mut course = self.behaviour.course(&worker.place(index));
        let image = held.status.image.clone();
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
        let id = self.image_name(&image).id.clone();
        let moment = self.worker(uid, |worker| {
            let held = &mut worker.containers[index];
            let status = &mut held.status;
            if let Some(ContainerState::Terminated(ended)) = status.state.take() {
                status.last_state = Some(ContainerState::Terminated(ended));
            }
            status.state = Some(ContainerState::Running(Running { started_at: Some(Time::from(now)) }));
            status.run = Some(status.restart_count);
            status.image_id = id;
            status.started = Some(true);
            status.ready = held.role != Role::Init;
            held.epoch += 1;
            held.since = now;
            held.sigterm = course.sigterm;
            held.oom = matches!(course.end, End::Exit { oom: true, .. });
            held.has_program = course.decided_by == DecidedBy::Command;
            if after_pulls {
                held.failures = 0;
            }
            Moment { container: index, epoch: held.epoch }
        });
        self.event(api, uid, Some(index), "Normal", "Created", "Container created".into());
        if let Some(problem) = failed {
            return self.start_failed(api, uid, index, &problem);
        }
        self.event(api, uid, Some(index), "Normal", "Started", "Container started".into());
        match (moment, course.end) {
            // Nobody ever sees it run.
            (Some(_), End::Exit { after: Duration::ZERO, code, .. }) => self.note_end(now, uid, index, code),
            (Some(moment), End::Exit { after, code, .. }) => {
                self.timers.set(now + after, Timer { pod: uid, due: Due::Exit(moment, code) });
            }
            _ => {}
        }
    }

    /// Remembers who decided what a container does from now on.
    fn decided(&mut self, uid: Uid, index: usize, by: DecidedBy) {
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
    fn start_failed(&mut self, api: &mut ApiServer, uid: Uid, index: usize, problem: &str) {
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

    /// What keeps a container's image from being used, though nobody has asked for it yet: the reason, the event's and
    /// the words. A container that a rule decides about has no such trouble.
    fn image_problem(&mut self, uid: Uid, index: usize) -> Option<(&'static str, &'static str, String)> {
        let worker = self.workers.get(&uid).filter(|_| self.profile.programs)?;
        let image = worker.spec(index).image.clone();
        let name = self.image_name(&image);
        let worker = self.workers.get(&uid)?;
        let is_decided = || self.behaviour.decides(&worker.place(index));
        if let Some(why) = &name.malformed {
            let problem =
                format!("Failed to apply default image tag {image:?}: couldn't parse image name {image:?}: {why}");
            return (!is_decided()).then_some(("InvalidImageName", "InspectFailed", problem));
        }
        let machine = self.machines.get(worker.machine);
        let present =
            self.brought_images.contains(&image) || machine.is_some_and(|machine| machine.images.contains(&image));
        let never = worker.spec(index).image_pull_policy.as_deref() == Some("Never") && !present;
        let problem = || format!("Container image \"{image}\" is not present with pull policy of Never");
        (never && !is_decided()).then(|| ("ErrImageNeverPull", "ErrImageNeverPull", problem()))
    }

    fn image_name(&mut self, image: &Text) -> Rc<ImageName> {
        let read = || Rc::new(ImageName::read(image, self.profile.start));
        Rc::clone(self.image_names.entry(image.clone()).or_insert_with(read))
    }

    /// A container lacks what it needs before it can run: it waits, and is tried again.
    fn cannot_start(
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

    /// A process has ended: what that means for its container, and for the pod.
    fn ended(&mut self, api: &mut ApiServer, uid: Uid, index: usize, code: i32) {
        let now = api.now();
        self.note_end(now, uid, index, code);
        let Some(worker) = self.workers.get(&uid) else { return };
        if worker.stopping.is_some() {
            if !worker.is_busy() {
                self.stop_sidecars(api, uid);
            }
            self.settle_if_all_ended(api, uid);
            return;
        }
        if self.profile.init_ends && worker.containers[index].role == Role::Init && code == 0 {
            self.report(api, uid);
        }
        self.proceed(api, uid);
    }

    /// Writes down how a run ended and, if it is to be followed by another, when.
    fn note_end(&mut self, now: Timestamp, uid: Uid, index: usize, code: i32) {
        let Some(worker) = self.workers.get_mut(&uid) else { return };
        let held = &mut worker.containers[index];
        let started_at = match &held.status.state {
            Some(ContainerState::Running(running)) => running.started_at,
            _ => return,
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
        let Some(worker) = self.workers.get_mut(&uid) else { return };
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
        if !worker.restarts(index, code) {
            return;
        }
        let held = &mut worker.containers[index];
        held.restarting = true;
        if held.forgets_failures(now) {
            held.failures = 0;
        }
        let moment = Moment { container: index, epoch: held.epoch };
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
    }

    fn show_crash_loop(&mut self, api: &mut ApiServer, uid: Uid, index: usize) {
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

    /// What is done about a pod's images when it arrives: of the containers that start first, those that the node lacks
    /// are pulled. The others' turn comes when they start.
    fn pull_images(&mut self, api: &mut ApiServer, uid: Uid) {
        if !self.profile.events {
            return;
        }
        let containers = &self.workers[&uid].containers;
        let first = if containers.iter().any(|held| held.role != Role::Main) { 1 } else { containers.len() };
        for index in 0..first {
            let container = self.workers[&uid].spec(index);
            let (image, always) = (container.image.clone(), container.image_pull_policy.as_deref() == Some("Always"));
            let present = self.machine_of(uid).is_some_and(|machine| machine.images.contains(&image));
            if (always || !present) && self.image_problem(uid, index).is_none() {
                self.worker(uid, |worker| worker.containers[index].pulling = true);
                let message = self.image_name(&image).pulling.clone();
                self.event(api, uid, Some(index), "Normal", "Pulling", message);
            }
        }
    }

    /// Whether it was said before, when the pod arrived, that a container's image is being pulled; if not it is said now.
    fn said_pulling(&mut self, api: &mut ApiServer, uid: Uid, index: usize, image: &Text) -> bool {
        let Some(worker) = self.workers.get_mut(&uid) else { return false };
        let said = std::mem::take(&mut worker.containers[index].pulling);
        if !said {
            let message = self.image_name(image).pulling.clone();
            self.event(api, uid, Some(index), "Normal", "Pulling", message);
        }
        said
    }

    fn pulled(&mut self, api: &mut ApiServer, uid: Uid, index: usize) {
        let Some(worker) = self.workers.get(&uid) else { return };
        let container = worker.spec(index);
        let (image, always) = (container.image.clone(), container.image_pull_policy.as_deref() == Some("Always"));
        // Whoever pulls an image that another pod pulls at the same time has pulled it as well.
        let pulling = worker.containers[index].pulling;
        let Some(machine) = self.machine_of(uid) else { return };
        let fresh = machine.images.insert(image.clone());
        let message = match fresh || always || pulling {
            true => {
                self.unpack(uid, &image);
                let said = self.said_pulling(api, uid, index, &image);
                self.image_name(&image).pulled[usize::from(said)].clone()
            }
            false => self.image_name(&image).present.clone(),
        };
        self.event(api, uid, Some(index), "Normal", "Pulled", message);
    }

    /// Keeps what a node has pulled, where that is of the learner's making.
    fn unpack(&mut self, uid: Uid, image: &Text) {
        let pushed = match self.pushed_images.is_empty() {
            true => None,
            false => self.pushed_images.get(&full_image(image)).cloned(),
        };
        if let (Some(contents), Some(machine)) = (pushed, self.machine_of(uid)) {
            machine.built.insert(image.clone(), contents);
        }
    }

    /// A pull has failed; the next try comes after the back-off.
    fn pull_failed(&mut self, api: &mut ApiServer, uid: Uid, index: usize) {
        let now = api.now();
        let told = self.profile.pull_errors;
        let Some(worker) = self.workers.get_mut(&uid) else { return };
        let held = &mut worker.containers[index];
        let image = held.status.image.clone();
        let error = if told { pull_error(&image) } else { String::new() };
        held.epoch += 1;
        held.failures += 1;
        let moment = Moment { container: index, epoch: held.epoch };
        self.timers.set(now + back_off(held.failures), Timer { pod: uid, due: Due::PullAgain(moment) });
        if held.failures > 1 && !told {
            return;
        }
        self.timers.set(now + self.profile.pull_back_off_shown, Timer { pod: uid, due: Due::ShowPullBackOff(moment) });
        held.wait("ErrImagePull", error.clone());
        self.said_pulling(api, uid, index, &image);
        let message = format!("Failed to pull image \"{image}\": {error}");
        self.event(api, uid, Some(index), "Warning", "Failed", message.into());
        self.event(api, uid, Some(index), "Warning", "Failed", "Error: ErrImagePull".into());
    }

    fn show_pull_back_off(&mut self, api: &mut ApiServer, uid: Uid, index: usize) {
        let told = self.profile.pull_errors;
        let Some(worker) = self.workers.get_mut(&uid) else { return };
        let held = &mut worker.containers[index];
        let message = format!("Back-off pulling image \"{}\"", held.status.image);
        let cause = if told { format!(": ErrImagePull: {}", pull_error(&held.status.image)) } else { String::new() };
        held.wait("ImagePullBackOff", format!("{message}{cause}"));
        self.event(api, uid, Some(index), "Normal", "BackOff", message.into());
        self.event(api, uid, Some(index), "Warning", "Failed", "Error: ImagePullBackOff".into());
        self.report(api, uid);
    }

    fn stop_deleted(&mut self, api: &mut ApiServer, uid: Uid) {
        let Some(worker) = self.workers.get(&uid) else { return };
        let grace = worker.pod.metadata.deletion_grace_period_seconds;
        if self.machine_of(uid).is_some_and(|machine| machine.up) {
            self.stop(api, uid, Stopping::Deleted, grace);
        }
    }

    /// Ends a pod: SIGTERM now, SIGKILL when the grace period is over (spec 03 §6.3).
    fn stop(&mut self, api: &mut ApiServer, uid: Uid, why: Stopping, grace: Option<i64>) {
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
    fn terminate_all(&mut self, api: &mut ApiServer, uid: Uid) {
        let Some(worker) = self.workers.get(&uid) else { return };
        if worker.is_busy() {
            let held = worker.containers.iter().enumerate();
            let busy = held.filter(|(_, held)| held.is_running() && held.role != Role::Sidecar);
            for index in busy.map(|(index, _)| index).collect::<Vec<_>>() {
                self.terminate(api, uid, index);
            }
        } else {
            self.stop_sidecars(api, uid);
        }
        self.settle_if_all_ended(api, uid);
    }

    /// Sends SIGTERM to a process.
    fn terminate(&mut self, api: &mut ApiServer, uid: Uid, index: usize) {
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
        let message = format!("Stopping container {}", held.status.name);
        self.event(api, uid, Some(index), "Normal", "Killing", message.into());
        if let Some(programs) = self.programs.filter(|_| asks) {
            (programs.terminate)(self, api, uid, index);
        }
        match end {
            Some((Duration::ZERO, code)) => self.note_end(api.now(), uid, index, code),
            Some((delay, code)) => {
                self.timers.set(api.now() + delay, Timer { pod: uid, due: Due::Exit(moment, code) });
            }
            None => {}
        }
    }

    /// Ends the sidecars when all they stood beside has ended, the last first (spec 03 §6.5).
    fn stop_sidecars(&mut self, api: &mut ApiServer, uid: Uid) {
        let Some(worker) = self.workers.get(&uid) else { return };
        let sidecars: Vec<usize> =
            worker.of_role(Role::Sidecar).rev().filter(|(_, held)| held.is_running()).map(|(index, _)| index).collect();
        let grace = worker.pod.spec.termination_grace_period_seconds.unwrap_or(30).unsigned_abs();
        let natural = worker.stopping.is_none();
        for &index in &sidecars {
            self.terminate(api, uid, index);
        }
        if natural && self.workers.get(&uid).is_some_and(Worker::is_running) {
            let grace = Duration::from_secs(grace).max(self.profile.least_grace);
            self.timers.set(api.now() + grace, Timer { pod: uid, due: Due::Kill });
        }
    }

    fn settle_if_all_ended(&mut self, api: &ApiServer, uid: Uid) {
        if self.workers.get(&uid).is_some_and(|worker| !worker.is_running()) {
            self.timers.set(api.now() + self.profile.settle, Timer { pod: uid, due: Due::Settle });
        }
    }

    /// A kubelet is back: it posts its node's status, catches up, and reports on all its pods.
    fn come_back(&mut self, api: &mut ApiServer, node: &Text) {
        let Some(machine) = self.machine_named(node).filter(|machine| !machine.up) else { return };
        machine.up = true;
        let missed = std::mem::take(&mut machine.missed);
        api.renew_lease(node);
        if post_node_status(api, node) {
            self.tell(api, node, "NodeReady");
        }
        for timer in missed {
            self.fire(api, timer);
        }
        let is_here = |pod: &Rc<Pod>| pod.node_name.as_ref() == Some(node);
        let pods = api.live().list(Kind::Pod).filter_map(Object::into_pod).filter(|pod| is_here(pod));
        let pods: Map<Uid, Rc<Pod>> = pods.map(|pod| (pod.metadata.uid, pod)).collect();
        let known = self.workers.ordered().filter(|(_, worker)| is_here(&worker.pod));
        for uid in known.map(|(&uid, _)| uid).collect::<Vec<_>>() {
            match pods.get(&uid) {
                Some(pod) if !pod.is_finished() => {
                    self.worker(uid, |worker| worker.pod = Rc::clone(pod));
                    self.report(api, uid);
                    if pod.metadata.is_deleting() {
                        self.stop_deleted(api, uid);
                    }
                }
                _ => self.forget(uid),
            }
        }
        for (uid, pod) in pods {
            if !pod.is_finished() && !self.workers.contains_key(&uid) {
                self.admit(api, pod);
            }
        }
    }

    /// An event of a kubelet about its own node.
    fn tell(&mut self, api: &mut ApiServer, node: &Text, what: &'static str) {
        let key = ObjectKey::new(Kind::Node, Text::EMPTY, node.clone());
        let Some(uid) = api.live().get(&key).map(|node| node.metadata().uid) else { return };
        let about = ObjectReference::to(Kind::Node, &Text::EMPTY, node, uid);
        let tells = self.profile.events;
        if let Some(machine) = self.machine_named(node).filter(|machine| machine.up && tells) {
            let message = Text::concat(&["Node ", node, " status is now: ", what]);
            machine.recorder.event(api, about, "Normal", what, message);
        }
    }

    /// Writes a pod's status. A finished pod is not looked after any longer, except to remove it.
    fn report(&mut self, api: &mut ApiServer, uid: Uid) {
        if self.machine_of(uid).is_none_or(|machine| !machine.up) {
            return;
        }
        let Some(worker) = self.workers.get(&uid) else { return };
        let metadata = &worker.pod.metadata;
        let key = ObjectKey::new(Kind::Pod, metadata.namespace.clone(), metadata.name.clone());
        let (finished, last_status, now) = (worker.finished, &mut self.last_status, api.now());
        let reported = api.patch_status(&key, |live| {
            let live = live.as_pod().filter(|live| live.metadata.uid == uid && !live.is_finished())?;
            let status = last_status.of(worker, &live.status, now);
            let (ip, host_ip) = (worker.ip.clone(), worker.host_ip.clone());
            Some(Pod { status, ip, host_ip, ..(**live).clone() }.into())
        });
        // If the pod is gone by now, there is nobody to tell.
        let Some(reported) = reported else { return };
        let deleting = reported.metadata().is_deleting();
        if finished && deleting {
            self.timers.set(api.now() + self.profile.remove, Timer { pod: uid, due: Due::Remove });
        } else if finished {
            self.forget(uid);
        }
    }

    fn event(
        &mut self,
        api: &mut ApiServer,
        uid: Uid,
        container: Option<usize>,
        kind: &'static str,
        reason: &'static str,
        message: Text,
    ) {
        if !self.profile.events {
            return;
        }
        let Some(worker) = self.workers.get(&uid) else { return };
        let about = Rc::clone(container.map_or(&worker.about, |index| &worker.containers[index].about));
        if let Some(machine) = self.machine_of(uid).filter(|machine| machine.up) {
            machine.recorder.event(api, about, kind, reason, message);
        }
    }

    fn give_address(&mut self, uid: Uid) {
        let host_network = self.workers.get(&uid).is_some_and(|worker| worker.pod.spec.host_network);
        let Some(machine) = self.machine_of(uid) else { return };
        let ip = if host_network { machine.host_ip.clone() } else { machine.address() };
        self.worker(uid, |worker| worker.ip = ip);
    }

    fn forget(&mut self, uid: Uid) {
        if let Some(worker) = self.workers.remove(&uid)
            && let Some(machine) = self.machines.get_mut(worker.machine)
        {
            machine.release(&worker.ip);
            machine.recorder.forget(uid, &worker.pod.metadata.name);
        }
        if let Some(runtime) = &mut self.runtime {
            runtime.remove_pod(uid);
        }
    }

    fn find(&self, pod: &Text) -> Option<Uid> {
        self.workers.ordered().find(|(_, worker)| worker.pod.metadata.name == *pod).map(|(&uid, _)| uid)
    }

    fn machine_of(&mut self, uid: Uid) -> Option<&mut Machine> {
        self.machines.get_mut(self.workers.get(&uid)?.machine)
    }

    fn machine_named(&mut self, node: &Text) -> Option<&mut Machine> {
        self.machines.get_mut(*self.names.get(node)?)
    }

    fn worker<T>(&mut self, uid: Uid, change: impl FnOnce(&mut Worker) -> T) -> Option<T> {
        self.workers.get_mut(&uid).map(change)
    }
}

impl Component for Kubelets {
    fn observe(&mut self, _now: Timestamp, change: &Change) {
        match &change.object {
            Object::Pod(pod) => self.observe_pod(change, pod),
            Object::Node(node) => self.observe_node(change, node),
            Object::Job(job) if change.change == ChangeType::Deleted => {
                self.lineages.remove(&job.metadata.uid);
            }
            _ => {}
        }
    }

    fn wake_at(&self) -> Option<Timestamp> {
        if !self.inbox.is_empty() {
            return Some(Timestamp::default());
        }
        let programs = self.runtime.as_ref().and_then(|runtime| runtime.due());
        self.timers.next_due().into_iter().chain(self.next_lease).chain(programs).min()
    }

    fn wake(&mut self, api: &mut ApiServer) {
        let now = api.now();
        let mut inbox = std::mem::take(&mut self.inbox);
        for action in inbox.drain(..) {
            self.act(api, action);
        }
        // Nobody puts anything in there meanwhile: what comes of an action is told later.
        self.inbox = inbox;
        while let Some(timer) = self.timers.pop_due(now) {
            self.fire(api, timer);
        }
        if let Some(programs) = self.programs {
            (programs.go_on)(self, api);
        }
        if self.next_lease.is_some_and(|due| due <= now) {
            for (name, _) in self.names.ordered().filter(|(_, place)| self.machines[**place].up) {
                api.renew_lease(name);
            }
            self.next_lease = Some(now + LEASE_INTERVAL);
        }
    }
}

impl Machine {
    fn new(node: &Node) -> Self {
        let host_ip = node.status.addresses.iter().find(|address| address.kind == "InternalIP");
        let network = node.spec.pod_cidr.rsplit_once('.').map_or("10.244.0", |(network, _)| network);
        Self {
            up: true,
            host_ip: host_ip.map_or(Text::EMPTY, |address| address.address.clone()),
            pod_prefix: Text::from(format!("{network}.")),
            next_address: 2,
            addresses: [false; 256],
            images: Set::new(),
            built: Map::new(),
            missed: Vec::new(),
            recorder: EventRecorder::new("kubelet", node.metadata.name.clone()),
        }
    }

    /// The next free address: round and round, as host-local hands them out. A full network gives some out twice.
    fn address(&mut self) -> Text {
        let after = |number: u8| if number >= 254 { 2 } else { number + 1 };
        let mut number = self.next_address;
        for _ in 2..=254 {
            if !self.addresses[usize::from(number)] {
                break;
            }
            number = after(number);
        }
        self.addresses[usize::from(number)] = true;
        self.next_address = after(number);
        Text::concat(&[&self.pod_prefix, Decimal::of(number.into()).as_str()])
    }

    fn release(&mut self, ip: &Text) {
        let number = ip.strip_prefix(self.pod_prefix.as_str()).and_then(|number| number.parse::<u8>().ok());
        if let Some(number) = number {
            self.addresses[usize::from(number)] = false;
        }
    }
}

fn each_running(worker: &mut Worker, change: impl FnMut(&mut Held)) {
    worker.containers.iter_mut().filter(|held| held.is_running()).for_each(change);
}

/// Takes a pod that has ended out of the cluster; a finalizer may still keep it.
fn remove(api: &mut ApiServer, key: ObjectKey, uid: Uid) {
    let options = DeleteOptions { grace_period_seconds: Some(0), uid: Some(uid), ..DeleteOptions::default() };
    // It may be gone already: whoever deletes with force does not wait for the kubelet.
    let _ = api.handle(Request::Delete { key, options });
}

/// Says that the node is well again; whether that is news.
fn post_node_status(api: &mut ApiServer, name: &Text) -> bool {
    let now = api.now();
    let key = ObjectKey::new(Kind::Node, Text::EMPTY, name.clone());
    let Some(node) = api.live().get(&key).and_then(Object::into_node) else { return false };
    let was_ready = node.is_ready();
    let mut conditions = healthy(now);
    for condition in &mut conditions {
        let old = node.status.conditions.iter().find(|old| old.kind == condition.kind);
        if let Some(old) = old.filter(|old| old.status == condition.status) {
            condition.last_transition_time = old.last_transition_time;
        }
    }
    let status = Rc::new(NodeStatus { conditions: NodeConditions(conditions), ..(*node.status).clone() });
    let well = Node { status, ..(*node).clone() };
    // Refused only if the Node was deleted meanwhile.
    api.handle(Request::UpdateStatus(well.into())).is_ok() && !was_ready
}
