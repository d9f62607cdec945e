//! The container runtime: a small Unix machine for each container, in which its command is interpreted.
//!
//! Containers of a pod share its volumes, and each has files of its own that end with it. Nothing is bought by waiting:
//! a process that only sleeps costs nothing, and one that is always busy gets a slice of work now and then, so that no
//! program can keep the cluster's clock from going on.

mod guests;
mod names;
mod tools;
mod wires;

use super::images::{self, Contents, Userland};
use super::kubelets::Kubelets;
use super::runtime::{Command, Exec, Happened, Process, Programs, Runtime, Sandbox, StartError};
use crate::api::{Text, Uid};
use crate::apiserver::View;
use crate::programs::server::Item;
use crate::shell::{self, Dialect, Files, Machine, Setup, Signal, Start, Step, Stream};
use crate::sim::{Chance, Map, Timers, Timestamp};
use names::Names;
use std::rc::Rc;
use std::time::Duration;
use wires::{Spawn, Wires};

/// How much a machine may do at a time, in simple commands.
const SLICE: u64 = 20_000;
/// How many containers go on at a time, so that thousands that wake at one instant do not hold up the page.
const CONTAINERS: usize = 256;
/// How long a slice takes a machine that wants more at once; the longer it goes on, the longer.
const SHORTEST_SLICE: Duration = Duration::from_millis(10);
const LONGEST_SLICE: Duration = Duration::from_secs(1);

/// The runtime of all nodes.
pub struct Containerd {
    seed: u64,
    pods: Map<Uid, Pod>,
    /// When which container is to go on. One that has ended, or goes on at another instant now, may still stand here.
    due: Timers<(Uid, usize)>,
    /// Programs by the images that have them, shared by all machines.
    toolboxes: Map<&'static str, Files>,
    /// Where each command that was started beside a container's own runs.
    execs: Map<u64, (Uid, usize)>,
    started: u64,
    wires: Wires,
}

/// What runs commands.
pub static PROGRAMS: Programs = Programs {
    make: containerd,
    image: Contents::of,
    is_missing: images::is_missing,
    start: Kubelets::start_program,
    go_on: Kubelets::run_programs,
    terminate: Kubelets::terminate_program,
    probe: Kubelets::attend_to_probes,
};

/// A program of containers for a machine that is in no cluster: `python3`. It sees no network.
pub fn local_program(name: &str, chance: Chance) -> Option<Rc<dyn shell::Program>> {
    let wires = Wires::default();
    wires.0.borrow_mut().fresh = true;
    Some(guests::installed(guests::guest(name)?, &wires, "127.0.0.1", chance))
}

/// The programs that a package brings, if it is a known one.
pub fn programs_of(package: &str) -> Option<&'static [&'static str]> {
    tools::PACKAGES.iter().find(|(name, _)| *name == package).map(|(_, programs)| *programs)
}

/// Makes a runtime in which nothing runs.
fn containerd(seed: u64) -> Box<dyn Runtime> {
    Box::new(Containerd {
        seed,
        pods: Map::new(),
        due: Timers::new(),
        toolboxes: Map::new(),
        execs: Map::new(),
        started: 0,
        wires: Wires::default(),
    })
}

struct Pod {
    sandbox: Sandbox,
    volumes: Map<Text, Files>,
    containers: Map<usize, Container>,
}

struct Container {
    main: shell::Process,
    execs: Vec<(u64, shell::Process)>,
    /// Commands that its programs have started, by their numbers.
    children: Vec<(u64, shell::Process)>,
    /// When it is to go on.
    due: Option<Timestamp>,
    /// How long its last slice took, if it wanted more at once.
    busy: Option<Duration>,
    frozen: bool,
    /// Whether programs are in it that connections may lead to.
    is_online: bool,
}

impl Container {
    fn machine(&self) -> &Machine {
        self.main.machine()
    }

    /// Answers what programs ask of the outside: the names of now, commands to be started, how these ended. Whether there
    /// is something new for them.
    fn look_after_children(&mut self, now: Timestamp, wires: &Wires, view: View<'_>) -> bool {
        let mut shared = wires.0.borrow_mut();
        let mut news = std::mem::take(&mut shared.wanted);
        if news {
            if !shared.names.are_of(view) {
                shared.names = Names::of(view);
            }
            shared.fresh = true;
        }
        for Spawn { number, argv, env, dir, input } in std::mem::take(&mut shared.spawns) {
            news = true;
            match self.machine().start(now, &Start { args: argv, env, dir, stdin: true, tty: false }) {
                Ok(child) => {
                    child.write(&input);
                    child.close_input();
                    self.children.push((number, child));
                }
                Err(_) => {
                    if let Some(child) = shared.children.get_mut(&number) {
                        child.ended = Some(127);
                    }
                }
            }
        }
        self.children.retain(|(number, child)| {
            let (output, ended) = (child.take_output(), child.exit_code());
            let Some(told) = shared.children.get_mut(number) else { return ended.is_none() };
            news |= !output.is_empty() || ended.is_some();
            told.output.extend(output.into_iter().map(|chunk| (chunk.stream == Stream::Err, chunk.bytes)));
            told.ended = ended;
            ended.is_none()
        });
        news
    }

    fn process(&self, process: Process) -> Option<&shell::Process> {
        match process {
            Process::Main(..) => Some(&self.main),
            Process::Exec(number) => self.execs.iter().find(|(known, _)| *known == number).map(|(_, process)| process),
        }
    }
}

impl Containerd {
    fn container(&mut self, pod: Uid, container: usize) -> Option<&mut Container> {
        self.pods.get_mut(&pod)?.containers.get_mut(&container)
    }

    /// The container in which a process runs.
    fn place(&self, process: Process) -> Option<(Uid, usize)> {
        match process {
            Process::Main(pod, container) => Some((pod, container)),
            Process::Exec(number) => self.execs.get(&number).copied(),
        }
    }

    /// Lets a container go on at an instant.
    fn wake(&mut self, (pod, container): (Uid, usize), at: Timestamp) {
        if let Some(held) = self.container(pod, container).filter(|held| !held.frozen)
            && held.due.is_none_or(|due| due > at)
        {
            held.due = Some(at);
            self.due.set(at, (pod, container));
        }
    }

    /// The programs of an image.
    fn toolbox(&mut self, userland: Userland) -> Files {
        let (name, dialect) = match userland {
            Userland::BusyBox | Userland::Alpine => ("busybox", Dialect::BusyBox),
            Userland::Bash => ("bash", Dialect::Bash),
            Userland::Debian => ("debian", Dialect::Dash),
        };
        self.toolboxes.entry(name).or_insert_with(|| shell::toolbox(dialect)).clone()
    }

    /// A machine as an image and a pod make it.
    fn machine(&mut self, now: Timestamp, pod: Uid, container: usize, command: &Command) -> Option<Machine> {
        let toolbox = self.toolbox(command.image.userland);
        let sandbox = &self.pods.get(&pod)?.sandbox;
        let files = Files::new();
        // Nothing is in the way in an empty tree.
        let make = |path: &str, text: &str| {
            let _ = files.write(path, text, now);
        };
        for folder in
            ["/dev", "/etc", "/home", "/opt", "/proc", "/root", "/run", "/srv", "/tmp", "/usr/local/bin", "/var"]
        {
            let _ = files.make_folders(folder, now);
        }
        let _ = files.mount("/bin", &toolbox);
        match command.image.userland {
            // More can be installed here.
            Userland::Debian => {
                let _ = files.make_folders("/usr/bin", now);
                for (name, _) in toolbox.list("/").unwrap_or_default() {
                    let _ = files.make_link(&format!("/usr/bin/{name}"), &format!("/bin/{name}"), now);
                }
            }
            _ => drop(files.mount("/usr/bin", &toolbox)),
        }
        make("/etc/hostname", &format!("{}\n", sandbox.hostname));
        make("/etc/hosts", &hosts(sandbox));
        make("/etc/resolv.conf", &resolv_conf(sandbox));
        make("/etc/os-release", os_release(command.image.userland));
        let chance = Chance::stream(self.seed, (pod.0 as u64) ^ (pod.0 >> 64) as u64 ^ container as u64);
        let setup = Setup {
            hostname: sandbox.hostname.clone(),
            domain: sandbox.domain.clone(),
            files: files.clone(),
            env: command.environment.0.clone(),
            dialect: match command.image.userland {
                Userland::BusyBox | Userland::Alpine => Dialect::BusyBox,
                Userland::Bash => Dialect::Bash,
                Userland::Debian => Dialect::Dash,
            },
            chance,
            user: 0,
            container: true,
        };
        for (path, bytes) in &command.image.files {
            if let Some((folder, _)) = path.rsplit_once('/') {
                let _ = files.make_folders(folder, now);
            }
            let _ = files.write(path, bytes, now);
            let _ = files.set_mode(path, 0o755);
        }
        let ip = sandbox.ip.clone();
        self.mount(now, pod, command, &files);
        let _ = files.make_folders(&command.dir, now);
        let machine = Machine::new(setup);
        let (network, packages): (&[&str], _) = match command.image.userland {
            Userland::Debian => (&["apt", "apt-get"], tools::PACKAGES),
            _ => (&["ping", "nslookup"], &[][..]),
        };
        let present = network.iter().copied().chain(command.image.programs.iter().map(String::as_str));
        let present = present.map(|name| ("/usr/local/bin", name));
        let fetched = packages.iter().flat_map(|(_, programs)| *programs).map(|&name| (tools::ARCHIVES, name));
        for (folder, name) in present.chain(fetched) {
            let path = format!("{folder}/{name}");
            let program = match guests::guest(name) {
                Some(guest) => Some(guests::installed(guest, &self.wires, &ip, machine.setup().chance.clone())),
                None => tools::tool(name, &self.wires),
            };
            if let Some(program) = program {
                let _ = machine.install(&path, program);
            }
            if folder != tools::ARCHIVES && command.image.userland == Userland::Debian {
                let _ = files.make_link(&format!("/usr/bin/{name}"), &path, now);
            }
        }
        Some(machine)
    }

    fn mount(&self, now: Timestamp, pod: Uid, command: &Command, files: &Files) {
        let Some(pod) = self.pods.get(&pod) else { return };
        for mount in &command.mounts {
            let Some(volume) = pod.volumes.get(&mount.volume) else { continue };
            let sub_path = mount.sub_path.trim_matches('/');
            let tree = match sub_path {
                "" => Ok(volume.clone()),
                path => {
                    let path = format!("/{path}");
                    if volume.stat(&path).is_err() {
                        let _ = volume.make_folders(&path, now);
                    }
                    volume.sub(&path)
                }
            };
            let tree = tree.map(|tree| if mount.read_only { tree.read_only() } else { tree });
            if let Ok(tree) = tree {
                let _ = files.mount(&mount.path, &tree);
            }
        }
    }

    /// Lets a container go on, and tells what it did.
    fn step(&mut self, now: Timestamp, place: (Uid, usize), view: View<'_>, told: &mut Vec<(Process, Happened)>) {
        let wires = self.wires.clone();
        let Some(container) = self.container(place.0, place.1) else { return };
        let step = loop {
            let step = container.machine().advance(now, SLICE);
            if !container.look_after_children(now, &wires, view) {
                break step;
            }
        };
        let mut collect = |process: Process, running: &shell::Process| {
            for chunk in running.take_output() {
                told.push((process, Happened::Printed { error: chunk.stream == Stream::Err, bytes: chunk.bytes }));
            }
            let code = running.exit_code();
            told.extend(code.map(|code| (process, Happened::Ended(code))));
            code.is_some()
        };
        let mut gone = Vec::new();
        container.execs.retain(|(number, running)| {
            let ended = collect(Process::Exec(*number), running);
            gone.extend(ended.then_some(*number));
            !ended
        });
        let over = collect(Process::Main(place.0, place.1), &container.main);
        let due = match step {
            Step::SleepsUntil(at) => Some(at.max(now + Duration::from_millis(1))),
            Step::Waits | Step::Exited(_) => None,
            Step::Busy => {
                let slice = container.busy.map_or(SHORTEST_SLICE, |slice| (slice * 2).min(LONGEST_SLICE));
                container.busy = Some(slice);
                Some(now + slice)
            }
        };
        if step != Step::Busy {
            container.busy = None;
        }
        for number in gone {
            self.execs.remove(&number);
        }
        if over {
            // With process 1 all others end.
            let container = self.pods.get_mut(&place.0).and_then(|pod| pod.containers.remove(&place.1));
            for (number, _) in container.into_iter().flat_map(|container| container.execs) {
                self.execs.remove(&number);
                told.push((Process::Exec(number), Happened::Ended(Signal::KILL.exit_code())));
            }
        } else if let Some(at) = due {
            self.wake(place, at);
        }
    }
}

impl Runtime for Containerd {
    fn add_pod(&mut self, pod: Uid, sandbox: Sandbox) {
        let mut sandbox = sandbox;
        let mut volumes = Map::new();
        for (name, held) in std::mem::take(&mut sandbox.volumes) {
            let files = Files::new();
            for file in held {
                let path = format!("/{}", file.path.trim_start_matches('/'));
                let parent = path.rsplit_once('/').map_or("", |(parent, _)| parent);
                let _ = files.make_folders(if parent.is_empty() { "/" } else { parent }, Timestamp::default());
                let _ = files.write(&path, &file.bytes, Timestamp::default());
                let _ = files.set_mode(&path, file.mode);
            }
            volumes.insert(name, files);
        }
        self.pods.insert(pod, Pod { sandbox, volumes, containers: Map::new() });
    }

    fn has_pod(&self, pod: Uid) -> bool {
        self.pods.contains_key(&pod)
    }

    fn remove_pod(&mut self, pod: Uid) {
        let Some(pod) = self.pods.remove(&pod) else { return };
        for container in pod.containers.values() {
            container.machine().kill();
            for (number, _) in &container.execs {
                self.execs.remove(number);
            }
        }
    }

    fn start(&mut self, now: Timestamp, pod: Uid, container: usize, command: Command) -> Result<(), StartError> {
        let Some(machine) = self.machine(now, pod, container, &command) else { return Err(StartError::Unknown) };
        let start = Start {
            args: command.argv.clone(),
            dir: command.dir.clone(),
            stdin: command.stdin,
            tty: command.tty,
            ..Start::default()
        };
        let main =
            machine.start(now, &start).map_err(|error| explained(error, &command.image.programs, &command.argv))?;
        let held = Container {
            main,
            execs: Vec::new(),
            children: Vec::new(),
            due: None,
            busy: None,
            frozen: false,
            is_online: !command.image.programs.is_empty() || command.image.userland == Userland::Debian,
        };
        if let Some(pod) = self.pods.get_mut(&pod) {
            pod.containers.insert(container, held);
        }
        self.wake((pod, container), now);
        Ok(())
    }

    fn exec(&mut self, now: Timestamp, pod: Uid, container: usize, exec: Exec) -> Result<Process, StartError> {
        let number = self.started + 1;
        let Some(held) = self.container(pod, container) else { return Err(StartError::NotFound) };
        let start = Start { args: exec.argv, stdin: exec.stdin, tty: exec.tty, ..Start::default() };
        let process = held.machine().start(now, &start).map_err(|error| explained(error, &[], &start.args))?;
        held.execs.push((number, process));
        self.started = number;
        self.execs.insert(number, (pod, container));
        self.wake((pod, container), now);
        Ok(Process::Exec(number))
    }

    fn input(&mut self, now: Timestamp, process: Process, bytes: Option<&[u8]>) {
        let Some(place) = self.place(process) else { return };
        if let Some(running) = self.container(place.0, place.1).and_then(|container| container.process(process)) {
            match bytes {
                Some(bytes) => running.write(bytes),
                None => running.close_input(),
            }
            self.wake(place, now);
        }
    }

    fn signal(&mut self, now: Timestamp, process: Process, signal: u8) {
        let Some(place) = self.place(process) else { return };
        if let Some(running) = self.container(place.0, place.1).and_then(|container| container.process(process)) {
            match Signal(signal) {
                Signal::INT => running.interrupt(),
                signal => running.signal(signal),
            }
            self.wake(place, now);
        }
    }

    fn kill(&mut self, now: Timestamp, process: Process) {
        let Some(place) = self.place(process) else { return };
        match process {
            Process::Main(pod, container) => {
                let gone = self.pods.get_mut(&pod).and_then(|pod| pod.containers.remove(&container));
                if let Some(container) = gone {
                    container.machine().kill();
                    for (number, _) in &container.execs {
                        self.execs.remove(number);
                    }
                }
            }
            Process::Exec(number) => {
                if let Some(container) = self.container(place.0, place.1) {
                    if let Some(running) = container.process(process) {
                        running.signal(Signal::KILL);
                    }
                    container.execs.retain(|(known, _)| *known != number);
                }
                self.execs.remove(&number);
                self.wake(place, now);
            }
        }
    }

    fn freeze(&mut self, pod: Uid, container: usize) {
        if let Some(container) = self.container(pod, container) {
            container.frozen = true;
            container.due = None;
        }
    }

    fn due(&self) -> Option<Timestamp> {
        self.due.next_due().into_iter().chain(self.wires.0.borrow().network.due()).min()
    }

    fn listens(&self, address: &str, port: u16) -> bool {
        self.wires.0.borrow().network.listens(address, port)
    }

    fn held(&self, address: &str, at: Timestamp) -> Vec<Item> {
        self.wires.0.borrow().network.held(address, at)
    }

    fn advance(&mut self, now: Timestamp, view: View<'_>) -> Vec<(Process, Happened)> {
        let mut told = Vec::new();
        let wires = self.wires.clone();
        {
            let mut shared = wires.0.borrow_mut();
            shared.fresh = shared.names.are_of(view);
            if shared.network.due().is_some_and(|due| due <= now) {
                shared.network.advance(now);
                shared.acted = true;
            }
        }
        let mut left = CONTAINERS;
        loop {
            while let Some((pod, container)) = self.due.pop_due(now) {
                left = left.saturating_sub(1);
                let Some(held) = self.container(pod, container) else { continue };
                if held.due.take_if(|due| *due <= now).is_some() {
                    self.step(now, (pod, container), view, &mut told);
                }
                if left == 0 && self.due.next_due().is_some_and(|due| due <= now) {
                    return told;
                }
            }
            if !std::mem::take(&mut wires.0.borrow_mut().acted) {
                return told;
            }
            // What was sent may be for anybody who waits; who is busy looks when his turn comes.
            let pods = self.pods.iter();
            let waiting =
                pods.flat_map(|(uid, pod)| pod.containers.iter().map(move |(index, held)| (*uid, *index, held)));
            let waiting = waiting.filter(|(.., held)| held.busy.is_none() && held.is_online);
            for (uid, index) in waiting.map(|(uid, index, _)| (uid, index)).collect::<Vec<_>>() {
                self.wake((uid, index), now);
            }
        }
    }
}

/// Why a program does not start: an image that is known may still have programs that are not.
fn explained(error: shell::StartError, programs: &[String], argv: &[String]) -> StartError {
    let name = argv.first().map_or("", String::as_str);
    let last = name.rsplit('/').next().unwrap_or(name);
    match error {
        _ if programs.iter().any(|name| name == last) || BEYOND.contains(&last) => StartError::Unknown,
        shell::StartError::NotInPath | shell::StartError::Dir(_) => StartError::NotFound,
        shell::StartError::Path(errno) => of_path(errno),
    }
}

fn of_path(errno: shell::Errno) -> StartError {
    match errno {
        shell::Errno::NoEntry | shell::Errno::NotDirectory => StartError::NotFound,
        _ => StartError::PermissionDenied,
    }
}

/// Programs that images have and that may be missing here: a container that runs one is assumed to end well, where a
/// name that nobody knows would not start.
const BEYOND: &[&str] = &[
    "apk",
    "apt",
    "apt-get",
    "bc",
    "chroot",
    "crond",
    "curl",
    "dd",
    "df",
    "dpkg",
    "find",
    "free",
    "ftpd",
    "gunzip",
    "gzip",
    "httpd",
    "init",
    "install",
    "ip",
    "less",
    "make",
    "more",
    "mount",
    "nc",
    "netstat",
    "nice",
    "nohup",
    "nslookup",
    "openssl",
    "patch",
    "perl",
    "ping",
    "ps",
    "rsync",
    "sed",
    "ssh",
    "sshd",
    "su",
    "syslogd",
    "tar",
    "telnet",
    "telnetd",
    "top",
    "traceroute",
    "tail",
    "vi",
    "watch",
    "wget",
    "xargs",
    "xz",
    "yes",
    "zcat",
];

fn hosts(sandbox: &Sandbox) -> String {
    let names = match sandbox.domain.as_str() {
        "" => sandbox.hostname.clone(),
        domain => format!("{0}.{domain}\t{0}", sandbox.hostname),
    };
    format!(
        "# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n\
         fe00::\tip6-localnet\nfe00::\tip6-mcastprefix\nfe00::1\tip6-allnodes\nfe00::2\tip6-allrouters\n{}\t{names}\n",
        sandbox.ip
    )
}

fn resolv_conf(sandbox: &Sandbox) -> String {
    let search = match sandbox.search.as_slice() {
        [] => String::new(),
        domains => format!("search {}\n", domains.join(" ")),
    };
    let server = if sandbox.cluster_dns { super::runtime::CLUSTER_DNS } else { "192.168.10.254" };
    let options = if sandbox.cluster_dns { "options ndots:5\n" } else { "" };
    format!("{search}nameserver {server}\n{options}")
}

fn os_release(userland: Userland) -> &'static str {
    match userland {
        Userland::BusyBox => "",
        Userland::Alpine | Userland::Bash => "NAME=\"Alpine Linux\"\nID=alpine\n",
        Userland::Debian => "NAME=\"Debian GNU/Linux\"\nID=debian\n",
    }
}
