//! What a running command has at hand: the cluster, what is typed, where to print.

use super::Config;
use super::failure::Failure;
use crate::api::{ApiError, Object, ObjectKey};
use crate::apiserver::{ApiServer, Request, View};
use crate::node::Kubelets;
use crate::sim::Timestamp;
use std::task::Poll;
use std::time::Duration;

/// What a command may look at: the cluster at one instant.
#[derive(Clone, Copy)]
pub struct Reading<'a> {
    pub view: View<'a>,
    /// For what the API server fetches from the nodes: logs.
    pub kubelets: &'a Kubelets,
    pub now: Timestamp,
    pub config: &'a Config,
}

/// What a command that only looks has to say.
#[derive(Clone, Debug, Default)]
pub struct Printed {
    pub out: String,
    pub err: String,
    pub failures: Vec<Failure>,
}

/// A command that only looks. The same text for the same cluster, past or present.
pub trait Read {
    fn read(&self, reading: Reading<'_>) -> Printed;
    /// A copy.
    fn copy(&self) -> Box<dyn Read>;
}

/// What is known without a look.
impl Read for Printed {
    fn read(&self, _: Reading<'_>) -> Printed {
        self.clone()
    }

    fn copy(&self) -> Box<dyn Read> {
        Box::new(self.clone())
    }
}

/// A command that changes something, or takes time.
pub trait Task {
    /// Goes on as far as it can.
    fn poll(&mut self, session: &mut Session<'_>) -> Step;
    /// Ctrl-C was pressed: most commands just end.
    fn interrupt(&mut self, _session: &mut Session<'_>) -> Step {
        Step::Exit(1)
    }
    /// A copy.
    fn copy(&self) -> Box<dyn Task>;
    /// Whether it ever writes.
    fn writes(&self) -> bool {
        true
    }
}

/// How far a [`Task`] has come.
#[derive(Clone, Debug)]
pub enum Step {
    /// To be polled at every change, and at this instant at the latest.
    Wait(Option<Timestamp>),
    /// Over; what went wrong is still to be told.
    Done(Vec<Failure>),
    /// Over, with the exit code of a command that ran in a container.
    Exit(i32),
}

/// Where a text was printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    Out,
    Err,
}

/// A text that was printed, and when.
#[derive(Clone, Debug, PartialEq)]
pub struct Output {
    pub at: Timestamp,
    pub stream: Stream,
    pub text: String,
}

/// A write that a command made, for a mark on the timeline.
#[derive(Clone, Debug, PartialEq)]
pub struct Write {
    pub at: Timestamp,
    /// `create`, `patch`, `delete`, `evict`, …
    pub verb: &'static str,
    pub key: ObjectKey,
    /// Whether the API server did it.
    pub accepted: bool,
}

/// What a running command has at hand.
pub struct Session<'a> {
    pub api: &'a mut ApiServer,
    pub kubelets: &'a mut Kubelets,
    pub config: &'a Config,
    pub(super) outputs: &'a mut Vec<Output>,
    pub(super) writes: &'a mut Vec<Write>,
    pub(super) input: &'a mut Input,
    pub(super) retry: &'a mut Retry,
    /// Of how many things the API server has warned.
    pub(super) warned: &'a mut u32,
}

/// How often a request is made again for which the API server was too busy, and how long after.
const RETRIES: u32 = 10;
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// A request that is to be made again.
#[derive(Clone, Debug, Default)]
pub struct Retry {
    tries: u32,
    at: Option<Timestamp>,
}

/// What was typed, or piped into a command, and nobody has read.
#[derive(Clone, Debug, Default)]
pub struct Input {
    pub(super) bytes: Vec<u8>,
    pub(super) ended: bool,
    /// Whether somebody has asked for more than was there.
    pub(super) is_wanting: bool,
}

impl Session<'_> {
    /// What time it is.
    pub fn now(&self) -> Timestamp {
        self.api.now()
    }

    /// The cluster as it is now.
    pub fn reading(&self) -> Reading<'_> {
        Reading { view: self.api.live(), kubelets: self.kubelets, now: self.api.now(), config: self.config }
    }

    /// Takes what was typed since the last time, and whether that was all.
    pub fn take_input(&mut self) -> (Vec<u8>, bool) {
        self.input.is_wanting = self.input.bytes.is_empty() && !self.input.ended;
        (std::mem::take(&mut self.input.bytes), std::mem::take(&mut self.input.ended))
    }

    /// Prints a line.
    pub fn line(&mut self, text: impl AsRef<str>) {
        self.print(Stream::Out, format!("{}\n", text.as_ref()));
    }

    /// Prints a line to standard error.
    pub fn complain(&mut self, text: impl AsRef<str>) {
        self.print(Stream::Err, format!("{}\n", text.as_ref()));
    }

    /// Prints what the API server warns of; what it has warned of already is not said again.
    pub fn warn(&mut self, warnings: Vec<String>) {
        for line in warnings.iter().map(|warning| format!("Warning: {warning}\n")) {
            if self.outputs.iter().all(|output| output.text != line) {
                *self.warned += 1;
                self.print(Stream::Err, line);
            }
        }
    }

    /// Prints a text as it is.
    pub fn print(&mut self, stream: Stream, text: impl Into<String>) {
        let text = text.into();
        if !text.is_empty() {
            self.outputs.push(Output { at: self.api.now(), stream, text });
        }
    }

    /// Asks the API server for a change, or waits until the caller lets it through. `trial` asks what would happen.
    pub fn write(&mut self, request: Request, trial: bool) -> Poll<Result<Object, ApiError>> {
        if self.next_write().is_some_and(|at| at > self.now()) {
            return Poll::Pending;
        }
        let (verb, key) = describe(&request);
        let overloaded = self.api.is_overloaded();
        if overloaded && self.retry.tries < RETRIES {
            self.retry.tries += 1;
            self.retry.at = Some(self.now() + RETRY_AFTER);
            return Poll::Pending;
        }
        *self.retry = Retry::default();
        self.api.take_warnings();
        let answer = match (overloaded, trial) {
            (true, _) => Err(ApiError::too_many_requests(method(verb), &key)),
            (false, true) => self.api.try_out(request),
            (false, false) => self.api.handle(request),
        };
        let warnings = self.api.take_warnings();
        self.warn(warnings);
        let key = answer.as_ref().map_or(key, Object::key);
        self.writes.push(Write { at: self.now(), verb, key, accepted: answer.is_ok() });
        Poll::Ready(answer)
    }

    /// As if the API server had been asked and said no.
    pub fn refuse(&mut self, verb: &'static str, key: ObjectKey, error: ApiError) -> Poll<Result<Object, ApiError>> {
        if self.next_write().is_some_and(|at| at > self.now()) {
            return Poll::Pending;
        }
        self.writes.push(Write { at: self.now(), verb, key, accepted: false });
        Poll::Ready(Err(error))
    }

    /// When the next write may be made, where that is prescribed, or the API server was too busy.
    pub fn next_write(&self) -> Option<Timestamp> {
        self.config.write_at.get(self.writes.len()).copied().max(self.retry.at)
    }

    /// Has the command wait until then before it asks the API server for anything more.
    pub fn wait_until(&mut self, at: Timestamp) {
        self.retry.at = Some(at);
    }

    /// To be returned where [`Session::write`] is pending.
    pub fn until_next_write(&self) -> Step {
        Step::Wait(self.next_write())
    }
}

fn describe(request: &Request) -> (&'static str, ObjectKey) {
    match request {
        Request::Create(object) => ("create", object.key()),
        Request::Update(object) | Request::UpdateStatus(object) => ("update", object.key()),
        Request::Patch { key, .. } => ("patch", key.clone()),
        Request::Delete { key, .. } => ("delete", key.clone()),
        Request::Bind { pod, .. } => ("bind", pod.clone()),
        Request::Evict { pod, .. } => ("evict", pod.clone()),
        Request::RemoveFinalizer { key, .. } => ("patch", key.clone()),
    }
}

/// HTTP's word for a verb.
fn method(verb: &'static str) -> &'static str {
    match verb {
        "create" | "bind" | "evict" => "post",
        "update" => "put",
        verb => verb,
    }
}
