//! The container runtime as kubelets see it: processes in the containers of pods, what they print and how they end.
//!
//! In Kubernetes this is the CRI (`k8s.io/cri-api`), behind which containerd works. The one in here interprets commands
//! instead of running binaries. It is reached through this trait alone, so that a page can fetch it when the first
//! command is to be run.

use super::environment::Variables;
use super::images::Contents;
use super::kubelets::{Kubelets, Occasion};
use super::volumes::File;
use crate::api::{Text, Uid};
use crate::apiserver::{ApiServer, View};
use crate::programs::server::Item;
use crate::sim::{Part, Timestamp};
use std::rc::Rc;

/// The address of the cluster's name server.
pub const CLUSTER_DNS: &str = "10.96.0.10";

/// What runs commands: a part of the program that may come later (see [`Part`]).
#[derive(Debug)]
pub struct Programs {
    /// Makes a runtime in which nothing runs, with the seed of all that its programs leave to chance.
    pub(super) make: fn(u64) -> Box<dyn Runtime>,
    /// What is in the image of this name, if its programs are known.
    pub(super) image: fn(&str) -> Option<Contents>,
    /// Whether nobody can pull the image of this name.
    pub(super) is_missing: fn(&str) -> bool,
    /// Starts a container's command. `Unknown`: nobody can run it in here.
    pub(super) start: StartProgram,
    /// Lets all programs go on to now, and acts on what they do.
    pub(super) go_on: fn(&mut Kubelets, &mut ApiServer),
    /// Asks a container's program to end.
    pub(super) terminate: fn(&mut Kubelets, &ApiServer, Uid, usize),
    /// Asks containers how they are.
    pub(super) probe: fn(&mut Kubelets, &mut ApiServer, Uid, Occasion),
}

type StartProgram =
    fn(&mut Kubelets, &ApiServer, Uid, usize, &Rc<Contents>, Variables) -> Result<(), (StartError, String)>;

/// The name of [`Programs`] among the parts of the program.
pub const PART: Part = Part("programs");

/// Runs the processes of all containers of the cluster.
pub trait Runtime {
    /// Makes the sandbox of a pod: what its containers share.
    fn add_pod(&mut self, pod: Uid, sandbox: Sandbox);

    /// Whether the pod has a sandbox.
    fn has_pod(&self, pod: Uid) -> bool;

    /// Ends whatever runs in a pod and forgets its files.
    fn remove_pod(&mut self, pod: Uid);

    /// Starts the main process of a container, in place of the one before it.
    fn start(&mut self, now: Timestamp, pod: Uid, container: usize, command: Command) -> Result<(), StartError>;

    /// Starts another process in a container whose main process runs.
    fn exec(&mut self, now: Timestamp, pod: Uid, container: usize, exec: Exec) -> Result<Process, StartError>;

    /// Gives a process something to read; nothing means that there will be nothing more.
    fn input(&mut self, now: Timestamp, process: Process, bytes: Option<&[u8]>);

    /// Sends a signal to a process, by its number.
    fn signal(&mut self, now: Timestamp, process: Process, signal: u8);

    /// Ends a process, whatever it does, and what it has started.
    fn kill(&mut self, now: Timestamp, process: Process);

    /// A container's processes make no progress any more; they still end when they are killed.
    fn freeze(&mut self, pod: Uid, container: usize);

    /// When something happens next by itself.
    fn due(&self) -> Option<Timestamp>;

    /// Whether a server listens on a port of an address.
    fn listens(&self, address: &str, port: u16) -> bool;

    /// What the servers that listened at an address held at an instant, for whoever wants to look without being a client.
    fn held(&self, address: &str, at: Timestamp) -> Vec<Item>;

    /// Goes on towards `now`, for so long that nobody has to wait, and tells what happened, in order; [`Runtime::due`]
    /// says whether there is more. Programs see the cluster's names as they stand in `view`.
    fn advance(&mut self, now: Timestamp, view: View<'_>) -> Vec<(Process, Happened)>;
}

/// A process that a runtime runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Process {
    /// The main process of a container: PID 1 in it.
    Main(Uid, usize),
    /// One that was started beside it; no two have the same number.
    Exec(u64),
}

/// What a process did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Happened {
    /// It printed to standard output, or to standard error.
    Printed { error: bool, bytes: Vec<u8> },
    /// It ended with this code.
    Ended(i32),
}

/// What the containers of a pod share.
#[derive(Clone, Debug)]
pub struct Sandbox {
    pub namespace: Text,
    pub name: Text,
    pub hostname: String,
    /// The name of the pod's own domain, `demo-service.default.svc.cluster.local`; empty if it has none.
    pub domain: String,
    pub ip: Text,
    /// Whether names of the cluster are looked up for it; otherwise only those of the outside.
    pub cluster_dns: bool,
    /// What is appended to short names, one after the other.
    pub search: Vec<String>,
    /// By name, with the files each begins with.
    pub volumes: Vec<(Text, Vec<File>)>,
}

/// What a container is to run, and in what.
#[derive(Clone, Debug)]
pub struct Command {
    pub image: Rc<Contents>,
    pub argv: Vec<String>,
    pub environment: Variables,
    /// The folder it starts in.
    pub dir: String,
    pub mounts: Vec<Mount>,
    /// Whether it has a terminal.
    pub tty: bool,
    /// Whether its standard input is kept open for somebody to attach to.
    pub stdin: bool,
}

/// Where a container sees a volume.
#[derive(Clone, Debug)]
pub struct Mount {
    pub volume: Text,
    pub path: String,
    /// The part of the volume that is seen; all of it, if empty.
    pub sub_path: String,
    pub read_only: bool,
}

/// A command to run beside a container's own.
#[derive(Clone, Debug)]
pub struct Exec {
    pub argv: Vec<String>,
    pub tty: bool,
    /// Whether there will be input.
    pub stdin: bool,
}

/// Why a process does not start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StartError {
    /// The image has no such program.
    NotFound,
    /// It is there, but is no program.
    PermissionDenied,
    /// The image may have it, but nobody can run it in here.
    Unknown,
}

impl StartError {
    /// The runtime's words for it, about a program.
    pub fn message(self, program: &str) -> String {
        let why = match self {
            Self::PermissionDenied => "permission denied",
            _ if program.contains('/') => "no such file or directory",
            _ => "executable file not found in $PATH",
        };
        if program.contains('/') && self != Self::PermissionDenied {
            format!("exec: \"{program}\": stat {program}: {why}")
        } else {
            format!("exec: \"{program}\": {why}")
        }
    }
}
