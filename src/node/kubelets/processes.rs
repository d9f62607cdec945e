//! The kubelets' side of the container runtime: processes are started, listened to, asked to end.

use super::super::environment::{self, Variables};
use super::super::images::Contents;
use super::super::runtime::{Command, Exec, Happened, Mount, Process, Sandbox, StartError};
use super::super::volumes;
use super::probes::Which;
use super::{Due, Kubelets, Log, Moment, Printed, Timer};
use crate::api::{Pod, Text, Uid};
use crate::apiserver::ApiServer;
use crate::sim::Timestamp;
use serde_json::Value;
use std::rc::Rc;
use std::time::Duration;

/// The domain of the cluster's names.
const CLUSTER_DOMAIN: &str = "cluster.local";

/// The signals a kubelet sends.
const SIGINT: u8 = 2;
const SIGTERM: u8 = 15;
/// How much of what is printed to a terminal is kept, in bytes.
const LONGEST_SESSION: usize = 1 << 20;

/// A command that runs beside a container's own, and what it has printed that nobody has taken yet.
#[derive(Debug)]
pub(super) struct Running {
    /// In pieces: whether to standard error, and what.
    output: Vec<(bool, Vec<u8>)>,
    ended: Option<i32>,
    pub(super) asked_by: Asker,
}

impl Running {
    /// It has printed nothing yet.
    pub(super) fn of(asked_by: Asker) -> Self {
        Self { output: Vec::new(), ended: None, asked_by }
    }
}

/// Who has asked for a command beside a container's own.
#[derive(Clone, Copy, Debug)]
pub(super) enum Asker {
    /// Somebody, with `kubectl exec`.
    Somebody,
    /// The container's manifest, as its preStop hook.
    Hook(Uid, Moment),
    /// A probe, with its question of this number.
    Probe(Uid, Which, u32),
}

impl Asker {
    /// The pod and the place of the container after whose end nobody waits for the command any more.
    pub(super) fn container(self) -> Option<(Uid, usize)> {
        match self {
            Self::Somebody => None,
            Self::Hook(pod, moment) => Some((pod, moment.container)),
            Self::Probe(pod, which, _) => Some((pod, which.container())),
        }
    }
}

impl Kubelets {
    /// Starts a container's command. `Unknown`: nobody can run it in here.
    pub(in crate::node) fn start_program(
        &mut self,
        api: &ApiServer,
        uid: Uid,
        index: usize,
        image: &Rc<Contents>,
        own: Variables,
    ) -> Result<(), (StartError, String)> {
        let Some(worker) = self.workers.get(&uid) else { return Ok(()) };
        let container = worker.spec(index);
        let argv = image.argv(container, &own);
        let program = argv.first().cloned().unwrap_or_default();
        let Some(runtime) = &mut self.runtime else { return Err((StartError::Unknown, program)) };
        if !runtime.has_pod(uid) {
            let around = worker.surroundings(api.live());
            let volumes = worker.pod.spec.volumes.iter();
            // What is missing has kept the pod from getting here.
            let filled =
                volumes.map(|volume| (volume.name.clone(), volumes::files(&around, volume).unwrap_or_default()));
            let filled = filled.collect();
            runtime.add_pod(uid, sandbox(&worker.pod, &worker.ip, filled));
        }
        let mounts = container.volume_mounts.iter().map(|mount| Mount {
            volume: mount.name.clone(),
            path: mount.mount_path.to_string(),
            sub_path: match mount.sub_path_expr.is_empty() {
                true => mount.sub_path.to_string(),
                false => environment::expanded(&mount.sub_path_expr, &[&own]),
            },
            read_only: mount.read_only,
        });
        let command = Command {
            image: Rc::clone(image),
            argv,
            dir: container.working_dir.as_ref().map_or(image.dir.as_str(), |dir| dir.as_str()).to_owned(),
            mounts: mounts.collect(),
            tty: container.tty,
            stdin: container.stdin,
            environment: {
                let mut all = image.environment();
                own.0.iter().for_each(|(name, value)| all.set(name, value.clone()));
                all
            },
        };
        runtime.start(api.now(), uid, index, command).map_err(|error| (error, program))
    }

    /// Lets programs go on to now, and acts on what they do. Where many are due, the rest goes on when the kubelets are
    /// woken again, which is at the same instant.
    pub(in crate::node) fn run_programs(&mut self, api: &mut ApiServer) {
        let now = api.now();
        if let Some(runtime) = self.runtime.as_mut().filter(|runtime| runtime.due().is_some_and(|due| due <= now)) {
            for (process, happened) in runtime.advance(now, api.live()) {
                match (process, happened) {
                    (Process::Main(uid, index), Happened::Printed { error, bytes }) => {
                        self.print(now, uid, index, error, &bytes);
                    }
                    (Process::Main(uid, index), Happened::Ended(code)) => self.program_ended(api, uid, index, code),
                    (Process::Exec(number), happened) => self.exec_happened(api, number, happened),
                }
            }
        }
    }

    /// A container's program is over. The kubelet looks now and then: it never finds that a container ended as soon as it
    /// began.
    fn program_ended(&mut self, api: &mut ApiServer, uid: Uid, index: usize, code: i32) {
        let Some(worker) = self.workers.get(&uid) else { return };
        let held = &worker.containers[index];
        if !held.is_running() || !held.has_program {
            return;
        }
        let noticed = held.since + self.profile.relist;
        if noticed <= api.now() {
            self.ended(api, uid, index, code);
        } else {
            let moment = Moment { container: index, epoch: held.epoch };
            self.timers.set(noticed, Timer { pod: uid, due: Due::Exit(moment, code) });
        }
    }

    /// Writes what a container prints to its log.
    fn print(&mut self, now: Timestamp, uid: Uid, index: usize, error: bool, bytes: &[u8]) {
        self.activity += 1;
        if let Some(printed) = self.current_log(uid, index, true) {
            printed.log.print(now, usize::from(error), bytes);
            if let Some(raw) = printed.raw.as_mut().filter(|raw| raw.len() < LONGEST_SESSION) {
                raw.extend_from_slice(bytes);
            }
        }
    }

    /// A container's program is gone, by itself or by force: its log is complete.
    pub(super) fn program_gone(&mut self, now: Timestamp, uid: Uid, index: usize) {
        self.activity += 1;
        if let Some(runtime) = &mut self.runtime {
            runtime.kill(now, Process::Main(uid, index));
        }
        self.running.retain(|_, running| running.asked_by.container() != Some((uid, index)));
        if let Some(printed) = self.current_log(uid, index, false) {
            printed.log.end(now);
        }
    }

    /// The log of a container's present run; made if it is missing, where that is wanted.
    fn current_log(&mut self, uid: Uid, index: usize, make: bool) -> Option<&mut Printed> {
        let worker = self.workers.get(&uid)?;
        let status = &worker.containers[index].status;
        let (name, restart) = (&status.name, u32::try_from(status.restart_count).unwrap_or(0));
        let known = |printed: &Printed| printed.container == *name && printed.restart == restart;
        let place = self.logs.get(&uid).and_then(|runs| runs.iter().position(known));
        if place.is_none() && !make {
            return None;
        }
        let runs = self.logs.get_or_insert_with(uid, || Vec::with_capacity(1));
        let place = place.unwrap_or_else(|| {
            let container = worker.spec(index);
            let raw = (container.tty || container.stdin).then(Vec::new);
            runs.push(Printed { container: name.clone(), restart, log: Log::default(), raw });
            runs.len() - 1
        });
        runs.get_mut(place)
    }

    /// Byte by byte what one run of a container has printed so far. Of one that nobody can type into, only whole lines.
    pub fn transcript(&self, pod: Uid, container: &str, restart: u32) -> &[u8] {
        let mut runs = self.logs.get(&pod).into_iter().flatten();
        let found = runs.find(|printed| printed.container == container && printed.restart == restart);
        found.map_or(&[], |printed| printed.raw.as_deref().unwrap_or(printed.log.text().as_bytes()))
    }

    /// Asks a container's program to end: its preStop hook first, then SIGTERM.
    pub(in crate::node) fn terminate_program(&mut self, api: &ApiServer, uid: Uid, index: usize) {
        let Some(worker) = self.workers.get(&uid) else { return };
        let moment = Moment { container: index, epoch: worker.containers[index].epoch };
        let hook = worker.spec(index).lifecycle.as_ref().map_or(Value::Null, |lifecycle| lifecycle["preStop"].clone());
        if let Some(seconds) = hook["sleep"]["seconds"].as_u64() {
            let timer = Timer { pod: uid, due: Due::Signal(moment) };
            self.timers.set(api.now() + Duration::from_secs(seconds), timer);
            return;
        }
        let argv = hook["exec"]["command"].as_array().into_iter().flatten();
        let argv: Vec<String> = argv.filter_map(|word| word.as_str().map(str::to_owned)).collect();
        if !argv.is_empty() {
            let exec = Exec { argv, tty: false, stdin: false };
            let started = self.runtime.as_mut().map(|runtime| runtime.exec(api.now(), uid, index, exec));
            if let Some(Ok(Process::Exec(number))) = started {
                self.running.insert(number, Running::of(Asker::Hook(uid, moment)));
                return;
            }
        }
        self.signal(api.now(), uid, index);
    }

    /// Sends SIGTERM to a container's program.
    pub(super) fn signal(&mut self, now: Timestamp, uid: Uid, index: usize) {
        if let Some(runtime) = &mut self.runtime {
            runtime.signal(now, Process::Main(uid, index), SIGTERM);
        }
    }

    fn exec_happened(&mut self, api: &mut ApiServer, number: u64, happened: Happened) {
        self.activity += 1;
        let Some(running) = self.running.get_mut(&number) else { return };
        match (happened, running.asked_by) {
            (Happened::Printed { .. }, Asker::Hook(..)) => {}
            (Happened::Printed { error, bytes }, _) => running.output.push((error, bytes)),
            (Happened::Ended(code), Asker::Somebody) => running.ended = Some(code),
            (Happened::Ended(_), Asker::Hook(uid, moment)) => {
                self.running.remove(&number);
                let held = self.workers.get(&uid).map(|worker| &worker.containers[moment.container]);
                if held.is_some_and(|held| held.epoch == moment.epoch && held.is_running()) {
                    self.signal(api.now(), uid, moment.container);
                }
            }
            (Happened::Ended(code), Asker::Probe(uid, which, asked)) => {
                let output = std::mem::take(&mut running.output).into_iter().flat_map(|(_, bytes)| bytes).collect();
                self.running.remove(&number);
                self.probe_ended(api, uid, which, asked, code, output);
            }
        }
    }

    /// Starts a command beside a container's own: its number, or the words of the runtime.
    pub fn exec(&mut self, now: Timestamp, pod: Uid, container: &str, exec: Exec) -> Result<u64, String> {
        let program = exec.argv.first().cloned().unwrap_or_default();
        let held = self.place(pod, container).map(|place| (place, &self.workers[&pod].containers[place]));
        let (place, held) = held.filter(|(_, held)| held.is_running()).ok_or("container not found")?;
        if !held.has_program {
            return Err(
                "[Jobscope] what this container does was not run but decided, so that no other program can run in it"
                    .into(),
            );
        }
        let runtime = self.runtime.as_mut().ok_or("container not found")?;
        match runtime.exec(now, pod, place, exec) {
            Ok(Process::Exec(number)) => {
                self.running.insert(number, Running::of(Asker::Somebody));
                Ok(number)
            }
            Ok(Process::Main(..)) => Err("container not found".into()),
            Err(error) => Err(error.message(&program)),
        }
    }

    /// Takes what a command that was started with [`Kubelets::exec`] has printed since the last time: whether to standard
    /// error, and what. With its exit code, if it is over; then it is forgotten.
    pub fn take_output(&mut self, number: u64) -> (Vec<(bool, Vec<u8>)>, Option<i32>) {
        // What nobody knows any more has ended with its container.
        let Some(running) = self.running.get_mut(&number) else { return (Vec::new(), Some(137)) };
        let taken = (std::mem::take(&mut running.output), running.ended);
        if running.ended.is_some() {
            self.running.remove(&number);
        }
        taken
    }

    /// Gives a command that was started with [`Kubelets::exec`] something to read; nothing ends its input.
    pub fn input(&mut self, now: Timestamp, number: u64, bytes: Option<&[u8]>) {
        if let Some(runtime) = &mut self.runtime {
            runtime.input(now, Process::Exec(number), bytes);
        }
    }

    /// The same for the main process of a container that keeps its input open.
    pub fn input_to(&mut self, now: Timestamp, pod: Uid, container: &str, bytes: Option<&[u8]>) {
        if let (Some(place), Some(runtime)) = (self.place(pod, container), &mut self.runtime) {
            runtime.input(now, Process::Main(pod, place), bytes);
        }
    }

    /// Ctrl-C in the terminal of a command that was started with [`Kubelets::exec`].
    pub fn interrupt(&mut self, now: Timestamp, number: u64) {
        if let Some(runtime) = &mut self.runtime {
            runtime.signal(now, Process::Exec(number), SIGINT);
        }
    }

    /// Ctrl-C in the terminal of a container.
    pub fn interrupt_main(&mut self, now: Timestamp, pod: Uid, container: &str) {
        if let (Some(place), Some(runtime)) = (self.place(pod, container), &mut self.runtime) {
            runtime.signal(now, Process::Main(pod, place), SIGINT);
        }
    }

    fn place(&self, pod: Uid, container: &str) -> Option<usize> {
        self.workers.get(&pod)?.containers.iter().position(|held| held.status.name == container)
    }

    /// Ends a command that was started with [`Kubelets::exec`], as its terminal does when it is closed.
    pub fn hang_up(&mut self, now: Timestamp, number: u64) {
        if let Some(runtime) = &mut self.runtime {
            runtime.kill(now, Process::Exec(number));
        }
        self.running.remove(&number);
    }
}

/// What the containers of a pod share.
fn sandbox(pod: &Pod, ip: &Text, volumes: Vec<(Text, Vec<volumes::File>)>) -> Sandbox {
    let (spec, namespace) = (&pod.spec, &pod.metadata.namespace);
    let hostname = match (&spec.hostname_override, &pod.hostname) {
        (Some(name), _) | (None, Some(name)) => name.to_string(),
        _ if spec.host_network => pod.node_name.as_deref().unwrap_or("").to_owned(),
        _ => pod.metadata.name.chars().take(63).collect::<String>().trim_end_matches(['-', '.']).to_owned(),
    };
    let subdomain = spec.subdomain.as_deref().unwrap_or("");
    let domain = match subdomain {
        "" => String::new(),
        subdomain => format!("{subdomain}.{namespace}.svc.{CLUSTER_DOMAIN}"),
    };
    let policy = spec.dns_policy.as_deref().unwrap_or("ClusterFirst");
    let cluster_dns = match policy {
        "ClusterFirst" => !spec.host_network,
        policy => policy == "ClusterFirstWithHostNet",
    };
    let mut search = Vec::new();
    if cluster_dns {
        search.extend([
            format!("{namespace}.svc.{CLUSTER_DOMAIN}"),
            format!("svc.{CLUSTER_DOMAIN}"),
            CLUSTER_DOMAIN.to_owned(),
        ]);
    }
    let config = spec.dns_config.as_ref().unwrap_or(&Value::Null);
    search
        .extend(config["searches"].as_array().into_iter().flatten().filter_map(|one| one.as_str().map(str::to_owned)));
    let nameservers = config["nameservers"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let cluster_dns = cluster_dns || nameservers.into_iter().any(|server| server == super::super::runtime::CLUSTER_DNS);
    Sandbox {
        namespace: namespace.clone(),
        name: pod.metadata.name.clone(),
        hostname,
        domain,
        ip: ip.clone(),
        cluster_dns,
        search,
        volumes,
    }
}
