//! `kubectl delete`: objects, and waiting until they are gone (spec 05 §1).

use super::call::{Action, Call, DryRun};
use super::failure::{Failure, Outcome};
use super::selection::{Selection, Target};
use super::session::{Session, Step, Stream, Task};
use crate::api::{ObjectKey, Uid};
use crate::apiserver::{DeleteOptions, Propagation, Request};
use crate::sim::Timestamp;
use std::collections::VecDeque;
use std::task::Poll;
use std::time::Duration;

/// A wait without a timeout ends after a week.
pub const A_WEEK: Duration = Duration::from_secs(7 * 24 * 3600);

/// `kubectl delete`
pub fn start(call: &Call<'_>) -> Outcome<Action> {
    let propagation = propagation(call)?;
    let grace = grace_period(call)?;
    let selection = Selection::of(call, &call.arguments, false)?;
    if !matches!(call.text("output"), None | Some("" | "name")) {
        let output = call.text("output").unwrap_or("");
        return Err(Failure::client(format!("unexpected -o output mode: {output}. We only support '-o name'")));
    }
    Action::run(Delete {
        names_namespace: call.given("namespace") && !call.has("all-namespaces"),
        missing_is_fine: call.has("ignore-not-found") || (call.has("all") && !call.given("ignore-not-found")),
        options: DeleteOptions { grace_period_seconds: grace, propagation, uid: None },
        dry_run: call.dry_run()?,
        names: call.text("output") == Some("name"),
        forced: grace == Some(0) && call.has("force"),
        question: call.has("interactive").then(Question::default),
        selection: Some(selection),
        queue: VecDeque::new(),
        failures: Vec::new(),
        unread: Vec::new(),
        deleted: 0,
        wait: Gone::new(call.text("wait") != Some("false"), timeout(call)?),
    })
}

/// `--timeout`, where 0 stands for the default.
pub fn timeout(call: &Call<'_>) -> Outcome<Duration> {
    let millis = call.duration("timeout").unwrap_or(0);
    Ok(if millis <= 0 { A_WEEK } else { Duration::from_millis(millis.unsigned_abs()) })
}

/// `--grace-period`, `--now` and `--force` together, in seconds.
pub fn grace_period(call: &Call<'_>) -> Outcome<Option<i64>> {
    let asked = call.number("grace-period").filter(|seconds| *seconds >= 0);
    if call.has("now") && asked.is_some() {
        return Err(Failure::client("--now and --grace-period cannot be specified together"));
    }
    if call.has("force") && (call.has("now") || asked.is_some_and(|seconds| seconds > 0)) {
        return Err(Failure::client("--force and --grace-period greater than 0 cannot be specified together"));
    }
    Ok(match asked {
        _ if call.has("now") => Some(1),
        // A slip of the finger should not kill at once.
        Some(0) if !call.has("force") => Some(1),
        None if call.has("force") => Some(0),
        asked => asked,
    })
}

pub fn propagation(call: &Call<'_>) -> Outcome<Propagation> {
    match call.text("cascade").unwrap_or("background") {
        "background" | "true" => Ok(Propagation::Background),
        "foreground" => Ok(Propagation::Foreground),
        "orphan" | "false" => Ok(Propagation::Orphan),
        value => Err(Failure::client(format!(
            "invalid cascade value ({value}). Must be \"background\", \"foreground\", or \"orphan\""
        ))),
    }
}

#[derive(Clone)]
struct Delete {
    /// Whether a namespace was named and it is still to be told that some objects do not heed it.
    names_namespace: bool,
    selection: Option<Selection>,
    missing_is_fine: bool,
    options: DeleteOptions,
    dry_run: DryRun,
    names: bool,
    forced: bool,
    /// What is asked first, if anything.
    question: Option<Question>,
    queue: VecDeque<Target>,
    failures: Vec<Failure>,
    /// What was not found out to be meant; told of last.
    unread: Vec<Failure>,
    deleted: usize,
    wait: Gone,
}

/// Whether objects shall really be deleted.
#[derive(Clone, Default)]
struct Question {
    is_asked: bool,
    typed: Vec<u8>,
}

impl Question {
    /// What was answered, once anything was.
    fn poll(&mut self, session: &mut Session<'_>) -> Poll<bool> {
        let (typed, ended) = session.take_input();
        self.typed.extend(typed);
        let text = String::from_utf8_lossy(&self.typed);
        let text = text.trim_start();
        match text.split_once(char::is_whitespace) {
            Some((word, _)) => Poll::Ready(word.eq_ignore_ascii_case("y")),
            None if ended => Poll::Ready(text.eq_ignore_ascii_case("y")),
            None => Poll::Pending,
        }
    }
}

impl Task for Delete {
    fn poll(&mut self, session: &mut Session<'_>) -> Step {
        if let Some(mut question) = self.question.take() {
            if !question.is_asked {
                if let Some(step) = self.ask(session) {
                    return step;
                }
                question.is_asked = true;
            }
            match question.poll(session) {
                Poll::Pending => {
                    self.question = Some(question);
                    return Step::Wait(None);
                }
                Poll::Ready(true) => {}
                Poll::Ready(false) => {
                    session.line("deletion is cancelled");
                    return Step::Done(Vec::new());
                }
            }
        }
        if let Some(selection) = self.selection.take() {
            if self.forced {
                session.complain(
                    "Warning: Immediate deletion does not wait for confirmation that the running resource has been \
                     terminated. The resource may continue to run on the cluster indefinitely.",
                );
            }
            let (targets, failures) = selection.resolve(session.reading(), false);
            (self.queue, self.unread) = (targets.into(), failures);
        }
        while let Some(target) = self.queue.front() {
            if self.names_namespace && !target.key.kind.resource().namespaced {
                self.names_namespace = false;
                session.complain("Warning: deleting cluster-scoped resources, not scoped to the provided namespace");
            }
            if self.dry_run == DryRun::Client {
                self.told(target, session);
            } else if target.key.name.is_empty() {
                let source = target.source.as_deref().unwrap_or_default();
                let why = format!("error when deleting {source:?}: resource name may not be empty");
                self.failures.push(Failure::client(why));
            } else {
                let request = Request::Delete { key: target.key.clone(), options: self.options.clone() };
                let uid = session.api.live().get(&target.key).map(|object| object.metadata().uid);
                match session.write(request, self.dry_run == DryRun::Server) {
                    Poll::Pending => return session.until_next_write(),
                    Poll::Ready(Ok(_)) => {
                        self.told(target, session);
                        if self.dry_run == DryRun::None {
                            self.wait.expect(target.key.clone(), uid);
                        }
                    }
                    Poll::Ready(Err(error)) => {
                        let failure = Failure::from_file(error, "deleting", target.source.as_deref());
                        if !(self.missing_is_fine && failure.is_not_found()) {
                            self.failures.push(failure);
                        }
                    }
                }
            }
            self.deleted += 1;
            self.queue.pop_front();
        }
        self.failures.append(&mut self.unread);
        if !self.failures.is_empty() {
            return Step::Done(std::mem::take(&mut self.failures));
        }
        if self.deleted == 0 {
            session.line("No resources found");
        }
        match self.wait.poll(session) {
            Ok(step) => step,
            Err(failure) => Step::Done(vec![failure]),
        }
    }

    fn copy(&self) -> Box<dyn Task> {
        Box::new(self.clone())
    }
}

impl Delete {
    /// Tells what would be deleted and asks; done at once where there is nothing, or something is missing.
    fn ask(&self, session: &mut Session<'_>) -> Option<Step> {
        let (targets, mut failures) = self.selection.as_ref()?.resolve(session.reading(), true);
        failures.retain(|failure| !(self.missing_is_fine && failure.is_not_found()));
        if !failures.is_empty() {
            return Some(Step::Done(failures));
        }
        if targets.is_empty() {
            session.line("No resources found");
            return Some(Step::Done(Vec::new()));
        }
        session.line(format!("You are about to delete the following {} resource(s):", targets.len()));
        targets.iter().for_each(|target| session.line(target.key.kind.resource().name_form(&target.key.name)));
        session.print(Stream::Out, "Do you want to continue? (y/N): ");
        None
    }

    fn told(&self, target: &Target, session: &mut Session<'_>) {
        let forced = if self.forced { "force " } else { "" };
        let suffix = self.dry_run.suffix();
        session.line(told(&target.key, self.names, |place| format!("{forced}deleted{place}{suffix}")));
    }
}

/// The line that says that an object was deleted, or only which one.
pub fn told(key: &ObjectKey, only_name: bool, done: impl FnOnce(&str) -> String) -> String {
    let name = key.kind.resource().name_form(&key.name);
    if only_name {
        return name;
    }
    let kind = name.split('/').next().unwrap_or("");
    let place = match key.namespace.as_str() {
        "" => String::new(),
        namespace => format!(" from {namespace} namespace"),
    };
    format!("{kind} \"{}\" {}", key.name, done(&place))
}

/// Looks every second whether nothing stands under a name any more: so do the commands that make an object anew.
#[derive(Clone, Debug)]
pub struct Vacancy {
    next_look: Timestamp,
    deadline: Timestamp,
}

impl Vacancy {
    const EVERY: Duration = Duration::from_secs(1);

    /// The first look is at once, whatever the timeout.
    pub fn new(now: Timestamp, timeout: Duration) -> Self {
        Self { next_look: now, deadline: now + timeout }
    }

    /// Ready once nothing stands there, or time is up.
    pub fn poll(&mut self, key: &ObjectKey, session: &mut Session<'_>) -> Poll<Outcome<()>> {
        let now = session.now();
        if now >= self.next_look {
            if session.api.live().get(key).is_none() {
                return Poll::Ready(Ok(()));
            }
            self.next_look = now + Self::EVERY;
        }
        if now >= self.deadline {
            return Poll::Ready(Err(Failure::client("context deadline exceeded")));
        }
        session.wait_until(self.next_look.min(self.deadline));
        Poll::Pending
    }
}

/// Waits until objects are gone.
#[derive(Clone, Debug)]
pub struct Gone {
    enabled: bool,
    timeout: Duration,
    deadline: Option<Timestamp>,
    objects: VecDeque<(ObjectKey, Option<Uid>)>,
}

impl Gone {
    /// For at most this long, from the first look on.
    pub fn new(enabled: bool, timeout: Duration) -> Self {
        Self { enabled, timeout, deadline: None, objects: VecDeque::new() }
    }

    /// One more object to wait for.
    pub fn expect(&mut self, key: ObjectKey, uid: Option<Uid>) {
        if self.enabled {
            self.objects.push_back((key, uid));
        }
    }

    /// Done, or to be called again.
    pub fn poll(&mut self, session: &Session<'_>) -> Outcome<Step> {
        let view = session.api.live();
        let stands = |(key, uid): &(ObjectKey, Option<Uid>)| {
            view.get(key).is_some_and(|object| uid.is_none_or(|uid| object.metadata().uid == uid))
        };
        while self.objects.front().is_some_and(|object| !stands(object)) {
            self.objects.pop_front();
        }
        let Some((key, _)) = self.objects.front() else { return Ok(Step::Done(Vec::new())) };
        let deadline = *self.deadline.get_or_insert(session.now() + self.timeout);
        if session.now() >= deadline {
            let (plural, name) = (key.kind.resource().plural, &key.name);
            return Err(Failure::client(format!("timed out waiting for the condition on {plural}/{name}")));
        }
        Ok(Step::Wait(Some(deadline)))
    }
}
