//! `kubectl drain`: cordons nodes and evicts their pods (spec 05 §10). In Kubernetes: `kubectl/pkg/drain`.

use super::call::{Action, Call, DryRun};
use super::cordon;
use super::failure::{Failure, Outcome};
use super::selection::{Selection, Target};
use super::selector::Labels;
use super::session::{Session, Step, Task};
use crate::api::{Kind, Object, ObjectKey, ObjectMeta, Pod, Reason, Uid};
use crate::apiserver::{DeleteOptions, Request};
use crate::sim::{Map, Timestamp};
use std::collections::VecDeque;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

/// How often kubectl looks whether an evicted pod is gone.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How long it waits after an eviction that a disruption budget did not allow.
const RETRY_AFTER: Duration = Duration::from_secs(5);
/// What is said of a wait that took too long.
const OUT_OF_TIME: &str = "context deadline exceeded";
/// The annotation of pods that a kubelet has from a file.
const MIRROR: &str = "kubernetes.io/config.mirror";

/// `kubectl drain`
pub fn start(call: &Call<'_>) -> Outcome<Action> {
    let pods = match call.text("pod-selector") {
        Some(text) => {
            let why = "--pod-selector=<pod_selector> must be a valid label selector";
            Some(Labels::parse(text).map_err(|_| Failure::client(why))?)
        }
        None => None,
    };
    let millis = call.duration("timeout").unwrap_or(0);
    let seconds = call.number("skip-wait-for-delete-timeout").unwrap_or(0);
    Action::run(Drain {
        options: Options {
            dry_run: call.dry_run()?,
            grace: call.number("grace-period").filter(|seconds| *seconds >= 0),
            timeout: (millis > 0).then(|| Duration::from_millis(millis.unsigned_abs())),
            ignore_daemon_sets: call.has("ignore-daemonsets"),
            delete_empty_dir_data: call.has("delete-emptydir-data"),
            force: call.has("force"),
            pods,
            delete: call.has("disable-eviction"),
            skip_terminating_after: (seconds > 0).then_some(seconds),
        },
        selection: Some(cordon::nodes(call)?),
        to_cordon: VecDeque::new(),
        to_drain: VecDeque::new(),
        current: None,
        pending: Vec::new(),
        failures: Vec::new(),
    })
}

#[derive(Clone)]
struct Options {
    dry_run: DryRun,
    grace: Option<i64>,
    timeout: Option<Duration>,
    ignore_daemon_sets: bool,
    delete_empty_dir_data: bool,
    force: bool,
    pods: Option<Labels>,
    /// Delete instead of evict.
    delete: bool,
    /// Seconds after the deadline of a deletion from which it is not waited for.
    skip_terminating_after: Option<i64>,
}

#[derive(Clone)]
struct Drain {
    options: Options,
    selection: Option<Selection>,
    to_cordon: VecDeque<Target>,
    to_drain: VecDeque<Target>,
    /// The node whose pods are being evicted.
    current: Option<Emptying>,
    /// The nodes that could not be drained.
    pending: Vec<String>,
    failures: Vec<Failure>,
}

/// A node losing its pods.
#[derive(Clone)]
struct Emptying {
    pods: Vec<Leaving>,
    deadline: Option<Timestamp>,
    failures: Vec<Failure>,
}

/// A pod on its way out.
#[derive(Clone)]
struct Leaving {
    key: ObjectKey,
    uid: Uid,
    stage: Stage,
}

#[derive(Clone, Copy, PartialEq)]
enum Stage {
    /// To be evicted, from this instant on.
    Asked(Timestamp),
    /// Evicted; looked for at this instant.
    Evicted(Timestamp),
    /// Gone, or given up.
    Done,
}

impl Task for Drain {
    fn poll(&mut self, session: &mut Session<'_>) -> Step {
        if let Some(selection) = self.selection.take() {
            let (nodes, failures) = selection.resolve(session.reading(), true);
            if let Some(failure) = failures.into_iter().next() {
                return Step::Done(vec![failure]);
            }
            (self.to_cordon, self.to_drain) = (nodes.clone().into(), nodes.into());
        }
        while let Some(node) = self.to_cordon.front() {
            match cordon::set_unschedulable(node, true, self.options.dry_run, session) {
                Poll::Pending => return session.until_next_write(),
                Poll::Ready(Err(failure)) => return Step::Done(vec![failure]),
                Poll::Ready(Ok(())) => self.to_cordon.pop_front(),
            };
        }
        while let Some(node) = self.to_drain.front().cloned() {
            let name = node.key.name.to_string();
            let done = match &mut self.current {
                None => self.options.choose(&name, session).map(|emptying| self.current = emptying),
                Some(emptying) => match emptying.poll(&self.options, session) {
                    Poll::Pending => return emptying.until(session),
                    Poll::Ready(failures) if failures.is_empty() => {
                        self.current = None;
                        Ok(())
                    }
                    Poll::Ready(failures) => {
                        self.options.tell_who_is_left(&name, &failures, session);
                        Err(failures)
                    }
                },
            };
            if let Err(failures) = done {
                self.give_up(&name, failures, session);
            } else if self.current.is_none() {
                let suffix = self.options.dry_run.suffix();
                session.line(format!("node/{name} drained{suffix}"));
                self.to_drain.pop_front();
            }
        }
        if self.failures.is_empty() {
            return Step::Done(Vec::new());
        }
        session.complain("There are pending nodes to be drained:");
        self.pending.iter().for_each(|node| session.complain(format!(" {node}")));
        Step::Done(std::mem::take(&mut self.failures))
    }

    fn copy(&self) -> Box<dyn Task> {
        Box::new(self.clone())
    }
}

impl Drain {
    /// Leaves a node as it is and goes on with the next.
    fn give_up(&mut self, node: &str, failures: Vec<Failure>, session: &mut Session<'_>) {
        let told = together(&failures);
        session.complain(format!("error: unable to drain node \"{node}\" due to error: {told}, continuing command..."));
        self.pending.push(node.to_owned());
        self.failures.extend(failures);
        self.current = None;
        self.to_drain.pop_front();
    }
}

/// Several failures in one text.
fn together(failures: &[Failure]) -> String {
    let told: Vec<String> = failures.iter().map(Failure::message).collect();
    if told.len() == 1 { told.concat() } else { format!("[{}]", told.join(", ")) }
}

/// A span as Go writes it: `12s`, `1m30s`, `1h0m0s`.
fn go_duration(span: Duration) -> String {
    let (seconds, millis) = (span.as_secs(), span.subsec_millis());
    let part = if millis == 0 { String::new() } else { format!(".{millis:03}").trim_end_matches('0').to_owned() };
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    let hours = if hours == 0 { String::new() } else { format!("{hours}h") };
    let minutes = if seconds < 60 { String::new() } else { format!("{minutes}m") };
    format!("{hours}{minutes}{}{part}s", seconds % 60)
}

/// Reasons with the pods they are about, in the order of kubectl's checks.
type Reasons = Map<&'static str, Vec<String>>;

impl Options {
    /// The pods that have to leave a node, which cannot, and what there is to warn of.
    fn pods_of(&self, node: &str, session: &Session<'_>) -> (Vec<Leaving>, Reasons, Reasons) {
        let now = session.now();
        let mut leaving = Vec::new();
        let (mut errors, mut warnings) = (Map::new(), Map::new());
        let pods: Vec<Rc<Pod>> = session.api.live().list(Kind::Pod).filter_map(Object::into_pod).collect();
        for pod in &pods {
            let here = pod.node_name.as_deref() == Some(node);
            if !here || self.pods.as_ref().is_some_and(|labels| !labels.matches(&pod.metadata.labels)) {
                continue;
            }
            let name = format!("{}/{}", pod.metadata.namespace, pod.metadata.name);
            match self.check(pod, now) {
                Check::Leave(warning) => {
                    warning.into_iter().for_each(|why| warnings.entry(why).or_insert_with(Vec::new).push(name.clone()));
                    leaving.push(Leaving { key: key(pod), uid: pod.metadata.uid, stage: Stage::Asked(now) });
                }
                Check::Stay(None) => {}
                Check::Stay(Some(why)) => warnings.entry(why).or_insert_with(Vec::new).push(name),
                Check::Refuse(why) => errors.entry(why).or_insert_with(Vec::new).push(name),
            }
        }
        (leaving, errors, warnings)
    }

    /// Says which pods are still to leave a node that could not be drained.
    fn tell_who_is_left(&self, node: &str, failures: &[Failure], session: &mut Session<'_>) {
        let (leaving, ..) = self.pods_of(node, session);
        if !leaving.is_empty() {
            let why = together(failures);
            session.complain(format!("There are pending pods in node \"{node}\" when an error occurred: {why}"));
            leaving.iter().for_each(|pod| session.complain(format!("pod/{}", pod.key.name)));
        }
    }

    /// The pods that have to leave a node, or why they cannot. Nothing where there is nothing to do.
    fn choose(&self, node: &str, session: &mut Session<'_>) -> Result<Option<Emptying>, Vec<Failure>> {
        let (leaving, errors, warnings) = self.pods_of(node, session);
        if !errors.is_empty() {
            let told = |(why, pods): (&str, Vec<String>)| Failure::Plain(format!("{why}: {}", pods.join(", ")));
            return Err(errors.into_iter().map(told).collect());
        }
        if !warnings.is_empty() {
            let told: Vec<String> =
                warnings.into_iter().map(|(why, pods)| format!("{why}: {}", pods.join(", "))).collect();
            session.complain(format!("Warning: {}", told.join("; ")));
        }
        if self.dry_run != DryRun::None {
            let suffix = self.dry_run.suffix();
            leaving
                .iter()
                .for_each(|pod| session.line(format!("evicting pod {}/{}{suffix}", pod.key.namespace, pod.key.name)));
            return Ok(None);
        }
        let deadline = self.timeout.map(|timeout| session.now() + timeout);
        Ok((!leaving.is_empty()).then_some(Emptying { pods: leaving, deadline, failures: Vec::new() }))
    }

    /// Whether a pod has been going for so long, in whole seconds, that it is not waited for.
    fn gives_up(&self, pod: &ObjectMeta, now: Timestamp) -> bool {
        let overdue = pod.deletion_timestamp.map(|deadline| now.since(deadline.timestamp()).as_secs());
        self.skip_terminating_after.zip(overdue).is_some_and(|(most, overdue)| overdue > most.unsigned_abs())
    }

    /// kubectl's checks of a pod, one after the other.
    fn check(&self, pod: &Pod, now: Timestamp) -> Check {
        if self.gives_up(&pod.metadata, now) {
            return Check::Stay(None);
        }
        let controller = pod.metadata.controller();
        if controller.is_some_and(|owner| owner.kind == "DaemonSet") && !pod.is_finished() {
            return if self.ignore_daemon_sets {
                Check::Stay(Some("ignoring DaemonSet-managed Pods"))
            } else {
                Check::Refuse("cannot delete DaemonSet-managed Pods (use --ignore-daemonsets to ignore)")
            };
        }
        if pod.metadata.annotations.contains_key(MIRROR) {
            return Check::Stay(None);
        }
        let mut volumes = pod.spec.volumes.iter();
        let loses_data = !pod.is_finished() && volumes.any(|volume| volume.source.contains_key("emptyDir"));
        if loses_data && !self.delete_empty_dir_data {
            return Check::Refuse("cannot delete Pods with local storage (use --delete-emptydir-data to override)");
        }
        if pod.is_finished() || controller.is_some() {
            // What the check before had to say is forgotten.
            return Check::Leave(None);
        }
        match self.force {
            true => Check::Leave(Some("deleting Pods that declare no controller")),
            false => Check::Refuse("cannot delete Pods that declare no controller (use --force to override)"),
        }
    }
}

/// What the checks say of a pod.
enum Check {
    Leave(Option<&'static str>),
    Stay(Option<&'static str>),
    Refuse(&'static str),
}

fn key(pod: &Pod) -> ObjectKey {
    ObjectKey { kind: Kind::Pod, namespace: pod.metadata.namespace.clone(), name: pod.metadata.name.clone() }
}

impl Emptying {
    /// Goes on; over with all that went wrong. A pod that cannot be evicted holds up no other.
    fn poll(&mut self, options: &Options, session: &mut Session<'_>) -> Poll<Vec<Failure>> {
        let now = session.now();
        let late = self.deadline.is_some_and(|deadline| deadline <= now);
        for pod in &mut self.pods {
            if let Stage::Asked(at) = pod.stage
                && at <= now
            {
                match pod.evict(options, late, session) {
                    Poll::Pending => return Poll::Pending,
                    Poll::Ready(Err(failure)) => {
                        pod.stage = Stage::Done;
                        self.failures.push(failure);
                    }
                    Poll::Ready(Ok(())) => {}
                }
            }
        }
        for pod in &mut self.pods {
            pod.look(options, session);
        }
        let waiting = |pod: &&mut Leaving| matches!(pod.stage, Stage::Evicted(_));
        if late && options.delete && self.pods.iter_mut().any(|pod| waiting(&pod)) {
            return Poll::Ready(vec![Failure::client(OUT_OF_TIME)]);
        }
        for pod in self.pods.iter_mut().filter(waiting).filter(|_| late) {
            pod.stage = Stage::Done;
            let (name, namespace) = (&pod.key.name, &pod.key.namespace);
            let what = format!("error when waiting for pod \"{name}\" in namespace \"{namespace}\" to terminate");
            self.failures.push(Failure::Plain(format!("{what}: {OUT_OF_TIME}")));
        }
        if self.pods.iter().all(|pod| pod.stage == Stage::Done) {
            return Poll::Ready(std::mem::take(&mut self.failures));
        }
        Poll::Pending
    }

    /// When to be called again: the next instant that is still to come, for what was due is done.
    fn until(&self, session: &Session<'_>) -> Step {
        let next = |pod: &Leaving| match pod.stage {
            Stage::Asked(at) => Some(session.next_write().map_or(at, |write| write.max(at))),
            Stage::Evicted(at) => Some(at),
            Stage::Done => None,
        };
        let to_come = self.pods.iter().filter_map(next).chain(self.deadline).filter(|&at| at > session.now());
        Step::Wait(to_come.min())
    }
}

impl Leaving {
    fn evict(&mut self, options: &Options, late: bool, session: &mut Session<'_>) -> Poll<Outcome<()>> {
        if session.next_write().is_some_and(|at| at > session.now()) {
            return Poll::Pending;
        }
        let (namespace, name) = (&self.key.namespace, &self.key.name);
        let how =
            DeleteOptions { grace_period_seconds: options.grace, uid: Some(self.uid), ..DeleteOptions::default() };
        let key = self.key.clone();
        let now = session.now();
        let request = if options.delete {
            Request::Delete { key, options: how }
        } else {
            session.line(format!("evicting pod {namespace}/{name}"));
            if late {
                let timeout = go_duration(options.timeout.unwrap_or_default());
                let why = format!(
                    "error when evicting pods/\"{name}\" -n \"{namespace}\": global timeout reached: {timeout}"
                );
                return Poll::Ready(Err(Failure::Plain(why)));
            }
            Request::Evict { pod: key, options: DeleteOptions { uid: None, ..how } }
        };
        let Poll::Ready(answer) = session.write(request, false) else { return Poll::Pending };
        match answer {
            Ok(_) => self.stage = Stage::Evicted(now),
            Err(error) if error.reason == Reason::NotFound => self.stage = Stage::Evicted(now),
            Err(error) if error.reason == Reason::TooManyRequests => {
                session.complain(format!(
                    "error when evicting pods/\"{name}\" -n \"{namespace}\" (will retry after 5s): {error}"
                ));
                self.stage = Stage::Asked(now + RETRY_AFTER);
            }
            Err(error) => {
                let why = format!("error when evicting pods/\"{name}\" -n \"{namespace}\": {error}");
                return Poll::Ready(Err(Failure::Plain(why)));
            }
        }
        Poll::Ready(Ok(()))
    }

    /// Looks, once a second, whether the pod is gone.
    fn look(&mut self, options: &Options, session: &mut Session<'_>) {
        let (now, Stage::Evicted(mut at)) = (session.now(), self.stage) else { return };
        if at > now {
            return;
        }
        let name = &self.key.name;
        let Some(pod) = session.api.live().get(&self.key).filter(|pod| pod.metadata().uid == self.uid) else {
            self.stage = Stage::Done;
            let word = if options.delete { "deleted" } else { "evicted" };
            return session.line(format!("pod/{name} {word}"));
        };
        if options.gives_up(pod.metadata(), now) {
            self.stage = Stage::Done;
            let seconds = options.skip_terminating_after.unwrap_or_default();
            return session
                .line(format!("pod \"{name}\" has DeletionTimestamp older than {seconds} seconds, skipping"));
        }
        while at <= now {
            at += LOOK_EVERY;
        }
        self.stage = Stage::Evicted(at);
    }
}
