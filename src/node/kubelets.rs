//! The kubelets of all nodes: each takes the pods bound to its node from their binding to their end (spec 03 §3–§6).
//!
//! In Kubernetes every node has a kubelet of its own (`pkg/kubelet`). In here one component plays them all. One that is cut
//! off goes on with its pods, and nobody hears of it.

mod contact;
mod distress;
mod end;
mod exceptions;
mod machine;
mod probes;
mod processes;
mod pulls;
mod replace;
mod start;

pub use exceptions::{EXCEPTIONS, Exceptions, Objection};

use super::behaviour::{Behaviour, DecidedBy, Rule, Sigterm};
use super::events::{ImageName, full_image};
use super::images::Contents;
use super::logs::Log;
use super::profile::Profile;
use super::provisions::Provisions;
use super::runtime::{Programs, Runtime};
use super::unseen::UnseenPod;
use super::worker::{Birth, Held, LastStatus, Stopping, Worker};
use crate::api::{Kind, Node, Object, ObjectKey, Pod, Text, Uid};
use crate::apiserver::{ApiServer, Change, ChangeType, Component, DeleteOptions, Request};
use crate::programs::server::Item;
use crate::sim::{Map, Set, Table, Timers, Timestamp};
use machine::{Contact, Machine};
pub(super) use probes::Occasion;
use std::rc::Rc;
use std::time::Duration;

/// How often a kubelet says that it is alive.
const LEASE_INTERVAL: Duration = Duration::from_secs(10);
/// Killed: 128 and the number of the signal.
const SIGKILL: i32 = 137;

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
    /// Nodes that are short of memory or are being shut down.
    distressed: Set<Text>,
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
    /// What is done with some pods only, once that is there.
    exceptions: Option<&'static Exceptions>,
    objection: Option<Objection>,
    /// What runs commands, once it is there.
    programs: Option<&'static Programs>,
    runtime: Option<Box<dyn Runtime>>,
    /// Whether a pod is here that needs it.
    lacks_runtime: bool,
    /// Commands that were started beside the containers' own.
    running: Map<u64, processes::Running>,
    /// What was true of pods' processes while the API server did not know.
    unseen: Table<Uid, UnseenPod>,
    /// Counts what is new in there.
    sights: u64,
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
    /// The pod's spec is another.
    Replace(Uid),
    /// The pod object is gone, or says that the pod is over.
    Abandon(Uid),
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
    PowerLoss(Text),
    MemoryPressure(Text),
    Shutdown(Text),
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
    /// The grace period of one container is over.
    KillOne(Moment),
    Probe(Occasion),
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
            distressed: Set::new(),
            gone_images: Set::new(),
            brought_images: Set::new(),
            pushed_images: Map::new(),
            image_names: Map::new(),
            decisions: Table::new(),
            usual: Rc::default(),
            logs: Table::new(),
            activity: 0,
            provisions: None,
            exceptions: None,
            objection: None,
            programs: None,
            runtime: None,
            lacks_runtime: false,
            running: Map::new(),
            unseen: Table::new(),
            sights: 0,
        }
    }

    /// Brings what is done with some pods only, and what may speak against one on its node.
    pub fn set_exceptions(&mut self, exceptions: &'static Exceptions, objection: Objection) {
        (self.exceptions, self.objection) = (Some(exceptions), Some(objection));
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

    /// A node is cut off: its kubelet falls silent and hears nothing; its processes go on.
    pub fn node_down(&mut self, node: &Text) {
        self.inbox.push(Action::NodeDown(node.clone()));
    }

    /// A node loses power: its processes are gone at once, and nobody is told.
    pub fn power_loss(&mut self, node: &Text) {
        self.inbox.push(Action::PowerLoss(node.clone()));
    }

    /// A node runs short of memory: its kubelet evicts a pod.
    pub fn memory_pressure(&mut self, node: &Text) {
        self.inbox.push(Action::MemoryPressure(node.clone()));
    }

    /// A node is shut down: its kubelet ends its pods, then the node is off.
    pub fn shut_down(&mut self, node: &Text) {
        self.inbox.push(Action::Shutdown(node.clone()));
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
                if let Some(machine) = self.machine_named(name).filter(|machine| machine.reports()) {
                    machine.contact = Contact::Disowned;
                }
            }
        }
    }

    fn observe_pod(&mut self, change: &Change, pod: &Rc<Pod>) {
        let (uid, is_gone) = (pod.metadata.uid, change.change == ChangeType::Deleted);
        match change.change {
            ChangeType::Added => self.register(pod),
            ChangeType::Modified => {}
            ChangeType::Deleted => drop(self.births.remove(&uid)),
        }
        let grace = pod.metadata.deletion_grace_period_seconds;
        let Some(worker) = self.workers.get_mut(&uid) else {
            let is_here = pod.node_name.as_ref().is_some_and(|node| self.names.contains_key(node));
            if is_gone || !is_here {
                return;
            }
            if !pod.is_finished() {
                self.inbox.push(Action::Admit(Rc::clone(pod)));
            } else if pod.metadata.is_deleting() && grace != Some(0) {
                self.inbox.push(Action::Remove(Object::Pod(Rc::clone(pod)).key(), uid));
            }
            return;
        };
        if !self.machines[worker.machine].hears() {
            // It will find out when it is back.
            return;
        }
        let sooner = worker.pod.metadata.deletion_grace_period_seconds != grace;
        let gated = worker.has_gates() && !Rc::ptr_eq(&worker.pod.status, &pod.status);
        let changed = gated || !Rc::ptr_eq(&worker.pod.spec, &pod.spec);
        worker.pod = Rc::clone(pod);
        if is_gone || (pod.is_finished() && !worker.finished) {
            // There is nothing to end, unless it was done by force, or the pod garbage collector has given the pod up.
            self.inbox.push(Action::Abandon(uid));
        } else if sooner && pod.metadata.is_deleting() {
            self.inbox.push(Action::Stop(uid));
        } else if changed {
            self.inbox.push(Action::Replace(uid));
        }
    }

    /// Counts a new pod of a Job.
    fn register(&mut self, pod: &Pod) {
        let Some(owner) = pod.metadata.controller().filter(|owner| owner.kind == "Job") else { return };
        let lineage = self.lineages.entry(owner.uid).or_default();
        let attempts = pod.completion_index().map(|index| lineage.of_index.get_or_insert_with(index, || 0));
        let attempt = attempts.as_deref().copied().unwrap_or(0);
        let birth = Birth { job: Some(owner.name.clone()), ordinal: lineage.pods, attempt };
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
            Action::Replace(uid) => self.replace(api, uid),
            Action::Abandon(uid) => self.abandon(api, uid),
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
                self.worker(uid, |worker| {
                    each_running(worker, |held| {
                        held.epoch += 1;
                        held.probes.iter_mut().for_each(|probes| probes.hung = true);
                    });
                });
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
            Action::NodeDown(node) => self.cut_off(api.now(), &node),
            Action::PowerLoss(node) => self.lose_power(api.now(), &node),
            Action::MemoryPressure(node) => self.run_short(api, &node),
            Action::Shutdown(node) => self.begin_shutdown(api, &node),
            Action::NodeUp(node) => self.come_back(api, &node),
            Action::Tell(node, what) => self.tell(api, &node, what),
        }
    }

    fn replace(&mut self, api: &mut ApiServer, uid: Uid) {
        if let Some(exceptions) = self.exceptions {
            (exceptions.replace)(self, api, uid);
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
        let Some(machine) = self.machine_of(uid) else { return };
        match (machine.contact, due) {
            (Contact::Whole, _) => {}
            // What needs an ear waits for one; a clock goes on without power.
            (_, Due::Remove) | (Contact::NoPower, Due::Deadline) => return machine.missed.push(timer),
            (Contact::NoPower, _) => return,
            (Contact::CutOff | Contact::Disowned, _) => {}
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
            Due::Deadline
                if worker.stopping.is_none()
                    && !worker.finished
                    && worker.deadline().is_some_and(|at| at <= api.now()) =>
            {
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
            Due::Probe(occasion) => self.probe(api, uid, occasion),
            Due::KillOne(moment) if stands(moment) => self.ended(api, uid, moment.container, SIGKILL),
            Due::Settle if worker.is_orphan => self.forget(api.now(), uid),
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
                self.forget(api.now(), uid);
                remove(api, key, uid);
            }
            _ => {}
        }
    }

    /// Writes a pod's status. A finished pod is not looked after any longer, except to remove it.
    fn report(&mut self, api: &mut ApiServer, uid: Uid) {
        if self.machine_of(uid).is_none_or(|machine| !machine.reports()) {
            return;
        }
        let Some(worker) = self.workers.get(&uid) else { return };
        let metadata = &worker.pod.metadata;
        let key = ObjectKey::new(Kind::Pod, metadata.namespace.clone(), metadata.name.clone());
        let (finished, last_status, now) = (worker.finished, &mut self.last_status, api.now());
        let exceptions = self.exceptions.filter(|_| worker.has_gates());
        let reported = api.patch_status(&key, |live| {
            let live = live.as_pod().filter(|live| live.metadata.uid == uid && !live.is_finished())?;
            let mut status = last_status.of(worker, &live.status, now);
            if let Some(exceptions) = exceptions {
                (exceptions.gate)(&worker.pod.spec, &live.status, &mut status, now);
            }
            let (ip, host_ip) = (worker.ip.clone(), worker.host_ip.clone());
            Some(Pod { status, ip, host_ip, ..(**live).clone() }.into())
        });
        // If the pod is gone by now, there is nobody to tell.
        let Some(reported) = reported else { return };
        let deleting = reported.metadata().is_deleting();
        if finished && deleting {
            self.timers.set(api.now() + self.profile.remove, Timer { pod: uid, due: Due::Remove });
        } else if finished {
            self.forget(now, uid);
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
        if let Some(machine) = self.machine_of(uid).filter(|machine| machine.reports()) {
            machine.recorder.event(api, about, kind, reason, message);
        }
    }

    fn give_address(&mut self, uid: Uid) {
        let host_network = self.workers.get(&uid).is_some_and(|worker| worker.pod.spec.host_network);
        let Some(machine) = self.machine_of(uid) else { return };
        let ip = if host_network { machine.host_ip.clone() } else { machine.address() };
        self.worker(uid, |worker| worker.ip = ip);
    }

    fn forget(&mut self, now: Timestamp, uid: Uid) {
        self.close_truth(now, uid);
        if let Some(worker) = self.workers.remove(&uid)
            && let Some(machine) = self.machines.get_mut(worker.machine)
        {
            machine.release(&worker.ip);
            machine.recorder.forget(uid, &worker.pod.metadata.name);
        }
        if let Some(runtime) = &mut self.runtime {
            runtime.remove_pod(uid);
            self.running.retain(|_, running| running.asked_by.container().is_none_or(|(pod, _)| pod != uid));
        }
    }

    fn find(&self, pod: &Text) -> Option<Uid> {
        // The newest, where an older one of the same name has not ended yet; nothing strikes where there is no power.
        let meant = |worker: &Worker| {
            worker.pod.metadata.name == *pod && self.machines.get(worker.machine).is_some_and(Machine::has_power)
        };
        let found = self.workers.ordered().filter(|(_, worker)| meant(worker));
        found.max_by_key(|(_, worker)| worker.start).map(|(&uid, _)| uid)
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
        let relief = self.distressed.iter().filter_map(|node| self.machines[*self.names.get(node)?].short_until).min();
        self.timers.next_due().into_iter().chain(self.next_lease).chain(programs).chain(relief).min()
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
        self.relieve(api);
        if self.next_lease.is_some_and(|due| due <= now) {
            for (name, _) in self.names.ordered().filter(|(_, place)| self.machines[**place].reports()) {
                api.renew_lease(name);
            }
            self.next_lease = Some(now + LEASE_INTERVAL);
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
