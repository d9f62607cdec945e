//! `kubectl exec` and `kubectl attach`: a terminal to a container (spec 05 §11).

use super::call::{Action, Call};
use super::failure::{Failure, Outcome};
use super::pods;
use super::selection::{Selection, kind, missing};
use super::session::{Reading, Session, Step, Stream, Task};
use crate::api::pod::container_id;
use crate::api::{ApiError, ContainerState, Kind, ObjectKey, Pod, PodPhase, Reason, Text, Uid};
use crate::node::Kubelets;
use crate::node::runtime::Exec as Command;
use std::rc::Rc;

/// `kubectl exec`
pub fn exec(call: &Call<'_>) -> Outcome<Action> {
    let (before, command) = call.arguments.split_at(call.before_dash);
    // What stands between the pod and the dash means nothing.
    let Some(object) = before.first() else {
        return Err(Failure::client("pod, type/name or --filename must be specified"));
    };
    if before.len() > 1 && command.is_empty() {
        let why = "exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead";
        return Err(call.usage(why));
    }
    if command.is_empty() {
        return Err(Failure::client("you must specify at least one command for the container"));
    }
    let (target, tty, stdin) = (Target::of(call, object)?, call.has("tty"), call.has("stdin"));
    let command = Command { argv: command.to_vec(), tty, stdin };
    let (container, quiet) = (call.text("container").map(str::to_owned), call.has("quiet"));
    Action::run(Exec { target, container, command, quiet, started: None })
}

/// The pod that is meant, by its own name or by that of something it belongs to.
#[derive(Clone)]
pub struct Target {
    selection: Option<Selection>,
    key: ObjectKey,
}

impl Target {
    fn of(call: &Call<'_>, object: &str) -> Outcome<Self> {
        let namespace = call.own_namespace();
        let (kind, name) = match object.split_once('/') {
            Some((word, name)) => (kind(word)?, name),
            None => (Kind::Pod, object),
        };
        let object = format!("{}/{name}", kind.resource().plural);
        let selection = (kind != Kind::Pod).then(|| Selection::of(call, &[object], false)).transpose()?;
        Ok(Self { selection, key: ObjectKey::new(kind, namespace, name.to_owned()) })
    }

    fn pod(&self, reading: Reading<'_>) -> Outcome<Rc<Pod>> {
        let Some(selection) = &self.selection else {
            let pod = reading.view.get(&self.key).and_then(|object| object.as_pod().cloned());
            return pod.ok_or_else(|| missing(&self.key, reading));
        };
        let (targets, failures) = selection.resolve(reading, true);
        if let Some(failure) = failures.into_iter().next() {
            return Err(failure);
        }
        let object = targets.into_iter().next().and_then(|target| target.object);
        let Some(object) = object else { return Err(missing(&self.key, reading)) };
        let mut pods = pods::of(&object, "attach to", reading)?;
        pods::order(&mut pods);
        pods.into_iter().next().ok_or_else(|| Failure::client("timed out waiting for the condition"))
    }
}

#[derive(Clone)]
struct Exec {
    target: Target,
    container: Option<String>,
    command: Command,
    quiet: bool,
    /// The number of the command that runs.
    started: Option<u64>,
}

impl Exec {
    fn start(&self, session: &mut Session<'_>) -> Outcome<u64> {
        let pod = self.target.pod(session.reading())?;
        if pod.is_finished() {
            let phase = pod.status.phase.as_str();
            let why = format!("cannot exec into a container in a completed pod; current phase is {phase}");
            return Err(Failure::client(why));
        }
        let container = chosen(&pod, self.container.as_deref(), self.quiet, session)?;
        reachable(&pod, &container, session.kubelets)?;
        let now = session.now();
        session.kubelets.exec(now, pod.metadata.uid, &container, self.command.clone()).map_err(|why| {
            let run = pods::status(&pod, &container).map_or(0, |status| status.restart_count);
            let id = container_id(pod.metadata.uid, &container, run);
            let id = id.trim_start_matches("containerd://");
            if why.starts_with("exec: ") {
                Failure::client(format!(
                    "Internal error occurred: Internal error occurred: error executing command in container: failed to \
                     exec in container: failed to start exec \"{id}\": OCI runtime exec failed: exec failed: unable to \
                     start container process: {why}"
                ))
            } else {
                Failure::client(format!(
                    "Internal error occurred: unable to upgrade connection: {why} (\"{container}\")"
                ))
            }
        })
    }
}

/// The container that is meant, which is told where kubectl chooses it.
fn chosen(pod: &Pod, named: Option<&str>, quiet: bool, session: &mut Session<'_>) -> Outcome<String> {
    let mut told = String::new();
    let chosen = pods::container(pod, named, &mut told);
    if !quiet {
        session.print(Stream::Err, told);
    }
    chosen
}

/// Whether a container can be reached: it runs, on a node.
fn reachable(pod: &Pod, container: &str, kubelets: &Kubelets) -> Outcome<()> {
    let name = &pod.metadata.name;
    if pod.node_name.is_none() {
        return Err(ApiError::new(Reason::BadRequest, format!("pod {name} does not have a host assigned")).into());
    }
    if let Some(silence) = pods::silence(pod, kubelets) {
        return Err(Failure::client(format!("Internal error occurred: error dialing backend: {silence}")));
    }
    let status = pods::status(pod, container);
    if !status.is_some_and(|status| matches!(status.state, Some(ContainerState::Running(_)))) {
        let why = format!("unable to upgrade connection: container not found (\"{container}\")");
        return Err(Failure::client(format!("Internal error occurred: {why}")));
    }
    Ok(())
}

impl Task for Exec {
    fn poll(&mut self, session: &mut Session<'_>) -> Step {
        let number = match self.started {
            Some(number) => number,
            None => match self.start(session) {
                Ok(number) => *self.started.insert(number),
                Err(failure) => return Step::Done(vec![failure]),
            },
        };
        let now = session.now();
        if self.command.stdin {
            let (typed, ended) = session.take_input();
            if !typed.is_empty() {
                session.kubelets.input(now, number, Some(&typed));
            }
            if ended {
                session.kubelets.input(now, number, None);
            }
        }
        let (output, ended) = session.kubelets.take_output(number);
        for (error, bytes) in output {
            // A terminal has only one output.
            let stream = if error && !self.command.tty { Stream::Err } else { Stream::Out };
            session.print(stream, String::from_utf8_lossy(&bytes));
        }
        match ended {
            None => Step::Wait(None),
            Some(0) => Step::Done(Vec::new()),
            Some(code) => {
                session.complain(format!("command terminated with exit code {code}"));
                Step::Exit(code)
            }
        }
    }

    fn interrupt(&mut self, session: &mut Session<'_>) -> Step {
        let now = session.now();
        let Some(number) = self.started else { return Step::Exit(INTERRUPTED) };
        if self.command.tty {
            // The terminal is the container's: what runs there is interrupted, not kubectl.
            session.kubelets.interrupt(now, number);
            return Step::Wait(None);
        }
        session.kubelets.hang_up(now, number);
        Step::Exit(INTERRUPTED)
    }

    fn copy(&self) -> Box<dyn Task> {
        Box::new(self.clone())
    }
}

/// The exit code of what Ctrl-C ended.
pub const INTERRUPTED: i32 = 130;

/// `kubectl attach`
pub fn attach(call: &Call<'_>) -> Outcome<Action> {
    let object = match call.arguments.as_slice() {
        [] => return Err(Failure::client("at least 1 argument is required for attach")),
        [object] => object.clone(),
        [kind, name] => format!("{kind}/{name}"),
        words => {
            let (count, words) = (words.len(), words.join(" "));
            let why = "expected POD, TYPE/NAME, or TYPE NAME, (at most 2 arguments)";
            return Err(Failure::client(format!("{why} saw {count}: [{words}]")));
        }
    };
    let container = call.text("container").map(str::to_owned);
    Action::run(AttachTo {
        target: Target::of(call, &object)?,
        attach: Attach::new(container, call.has("stdin"), call.has("tty"), call.has("quiet")),
    })
}

#[derive(Clone)]
struct AttachTo {
    target: Target,
    attach: Attach,
}

impl Task for AttachTo {
    fn poll(&mut self, session: &mut Session<'_>) -> Step {
        if !self.attach.is_attached() {
            let pod = match self.target.pod(session.reading()) {
                Ok(pod) => pod,
                Err(failure) => return Step::Done(vec![failure]),
            };
            if pod.is_finished() {
                let phase = pod.status.phase.as_str();
                let why = format!("cannot attach a container in a completed pod; current phase is {phase}");
                return Step::Done(vec![Failure::client(why)]);
            }
            if let Err(failure) = self.attach.to(&pod, false, session) {
                return Step::Done(vec![failure]);
            }
        }
        match self.attach.go_on(session) {
            false => Step::Wait(None),
            true => Step::Done(Vec::new()),
        }
    }

    fn interrupt(&mut self, session: &mut Session<'_>) -> Step {
        self.attach.interrupt(session).unwrap_or(Step::Exit(INTERRUPTED))
    }

    fn copy(&self) -> Box<dyn Task> {
        Box::new(self.clone())
    }
}

/// A terminal at the main process of a container, for `attach` and for `run`.
#[derive(Clone)]
pub struct Attach {
    container: Option<String>,
    stdin: bool,
    tty: bool,
    quiet: bool,
    attached: Option<Attached>,
}

#[derive(Clone)]
struct Attached {
    pod: Uid,
    key: ObjectKey,
    container: Text,
    restart: u32,
    /// How many bytes of what it printed have been shown.
    shown: usize,
    tty: bool,
    resumes: bool,
}

impl Attach {
    pub fn new(container: Option<String>, stdin: bool, tty: bool, quiet: bool) -> Self {
        Self { container, stdin, tty, quiet, attached: None }
    }

    pub fn is_attached(&self) -> bool {
        self.attached.is_some()
    }

    /// Attaches to a pod; `from_start` shows also what was printed before.
    pub fn to(&mut self, pod: &Pod, from_start: bool, session: &mut Session<'_>) -> Outcome<()> {
        let name = chosen(pod, self.container.as_deref(), self.quiet, session)
            .map_err(|why| Failure::client(format!("cannot attach to the container: {}", why.message())))?;
        reachable(pod, &name, session.kubelets)?;
        let spec = pod.spec.containers.iter().chain(&pod.spec.init_containers).find(|one| one.name == name.as_str());
        let has_tty = spec.is_some_and(|container| container.tty);
        if self.tty && !has_tty {
            session.complain(format!("error: Unable to use a TTY - container {name} did not allocate one"));
        }
        let tty = self.tty && has_tty;
        if !self.quiet {
            session.complain(
                "All commands and output from this session will be recorded in container logs, including credentials and \
                 sensitive information passed through the command prompt.",
            );
            session.complain("If you don't see a command prompt, try pressing enter.");
        }
        let status = pods::status(pod, &name);
        let restart = status.map_or(0, |status| u32::try_from(status.restart_count).unwrap_or(0));
        let uid = pod.metadata.uid;
        let before = session.kubelets.transcript(uid, &name, restart).len();
        self.attached = Some(Attached {
            pod: uid,
            key: ObjectKey::new(Kind::Pod, pod.metadata.namespace.clone(), pod.metadata.name.clone()),
            container: name.into(),
            restart,
            shown: if from_start { 0 } else { before },
            tty,
            resumes: pod.spec.restart_policy.as_deref() == Some("Always"),
        });
        Ok(())
    }

    /// Passes on what was typed and printed; true when the process has ended.
    pub fn go_on(&mut self, session: &mut Session<'_>) -> bool {
        let Some(attached) = &mut self.attached else { return false };
        let now = session.now();
        if self.stdin {
            let (typed, ended) = session.take_input();
            if !typed.is_empty() {
                session.kubelets.input_to(now, attached.pod, &attached.container, Some(&typed));
            }
            if ended {
                session.kubelets.input_to(now, attached.pod, &attached.container, None);
            }
        }
        let printed = session.kubelets.transcript(attached.pod, &attached.container, attached.restart);
        let new = String::from_utf8_lossy(&printed[attached.shown.min(printed.len())..]).into_owned();
        attached.shown = printed.len();
        session.print(Stream::Out, new);
        let live = session.reading().view.get(&attached.key).and_then(|object| object.as_pod().cloned());
        let live = live.filter(|pod| pod.metadata.uid == attached.pod);
        let runs = live.and_then(|pod| pods::status(&pod, &attached.container).cloned()).is_some_and(|status| {
            let restarts = u32::try_from(status.restart_count).unwrap_or(0);
            restarts == attached.restart && matches!(status.state, Some(ContainerState::Running(_)))
        });
        if !runs && self.stdin && attached.tty && attached.resumes && !self.quiet {
            let (name, namespace) = (&attached.key.name, &attached.key.namespace);
            session.line(format!(
                "Session ended, resume using 'kubectl attach {name} -c {} -n {namespace} -i -t' command when the pod is running",
                attached.container
            ));
        }
        !runs
    }

    /// Ctrl-C: what runs in the terminal is interrupted. Nothing where kubectl itself is.
    pub fn interrupt(&self, session: &mut Session<'_>) -> Option<Step> {
        let attached = self.attached.as_ref().filter(|attached| attached.tty && self.stdin)?;
        let now = session.now();
        session.kubelets.interrupt_main(now, attached.pod, &attached.container);
        Some(Step::Wait(None))
    }
}

/// Whether a pod has come so far that one can attach to it, or see what it printed.
pub fn has_started(pod: &Pod) -> bool {
    pod.status.phase != PodPhase::Pending
}
