//! A line being run: started once, polled whenever time or the cluster moves on.

use super::call::{self, Action, Call};
use super::failure::{self, Failure};
use super::{Config, Files, Opening};
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
    pub files: &'a Files,
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

/// How far an [`Invocation`] has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// To be polled after every change, and at this instant at the latest.
    Waiting { until: Option<Timestamp> },
    /// Over.
    Done { exit_code: i32 },
}

/// What a running command has at hand.
pub struct Session<'a> {
    pub api: &'a mut ApiServer,
    pub kubelets: &'a mut Kubelets,
    pub config: &'a Config,
    pub files: &'a Files,
    outputs: &'a mut Vec<Output>,
    writes: &'a mut Vec<Write>,
    input: &'a mut Input,
    retry: &'a mut Retry,
}

/// How often a request is made again for which the API server was too busy, and how long after.
const RETRIES: u32 = 10;
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// A request that is to be made again.
#[derive(Clone, Debug, Default)]
struct Retry {
    tries: u32,
    at: Option<Timestamp>,
}

/// What was typed, or piped into a command, and nobody has read.
#[derive(Clone, Debug, Default)]
struct Input {
    bytes: Vec<u8>,
    ended: bool,
    /// Whether somebody has asked for more than was there.
    is_wanting: bool,
}

impl Session<'_> {
    /// What time it is.
    pub fn now(&self) -> Timestamp {
        self.api.now()
    }

    /// The cluster as it is now.
    pub fn reading(&self) -> Reading<'_> {
        Reading {
            view: self.api.live(),
            kubelets: self.kubelets,
            now: self.api.now(),
            config: self.config,
            files: self.files,
        }
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

/// A line a person typed, being run.
pub struct Invocation {
    state: State,
    config: Config,
    files: Files,
    outputs: Vec<Output>,
    writes: Vec<Write>,
    input: Input,
    retry: Retry,
    /// Ctrl-C was pressed and the command has not been told.
    interrupted: bool,
    /// The namespace that `config set-context` has made the default one.
    namespace: Option<String>,
}

enum State {
    /// Says why it cannot be run, or what was asked of kubectl alone.
    Refused(Vec<Failure>),
    Local(String),
    Read(Box<dyn Read>),
    Run(Box<dyn Task>),
    Done(i32),
}

impl Clone for Invocation {
    fn clone(&self) -> Self {
        let state = match &self.state {
            State::Refused(failures) => State::Refused(failures.clone()),
            State::Local(text) => State::Local(text.clone()),
            State::Read(read) => State::Read(read.copy()),
            State::Run(task) => State::Run(task.copy()),
            State::Done(exit_code) => State::Done(*exit_code),
        };
        Self {
            state,
            config: self.config.clone(),
            files: self.files.clone(),
            outputs: self.outputs.clone(),
            writes: self.writes.clone(),
            input: self.input.clone(),
            retry: self.retry.clone(),
            interrupted: self.interrupted,
            namespace: self.namespace.clone(),
        }
    }
}

impl std::fmt::Debug for Invocation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Invocation").field("outputs", &self.outputs).field("writes", &self.writes).finish()
    }
}

impl Invocation {
    /// Reads a line, with or without the leading `kubectl` or `k`. Shell quoting is honoured.
    pub fn start(line: &str, files: &Files, config: Config) -> Self {
        let call = Call::parse(line, files, &config);
        let namespace = call.as_ref().ok().and_then(super::config::new_namespace);
        let state = match call.and_then(|call| call::action(&call)) {
            Err(failure) => State::Refused(vec![failure]),
            Ok(Action::Print(text)) => State::Local(text),
            Ok(Action::Read(read)) => State::Read(read),
            Ok(Action::Run(task)) => State::Run(task),
        };
        Self { namespace, ..Self::of(state, files, config) }
    }

    /// `kubectl apply` of a manifest that is known in advance.
    pub fn opening(opening: Opening, files: &Files, config: Config) -> Self {
        Self::of(State::Run(Box::new(opening)), files, config)
    }

    fn of(state: State, files: &Files, config: Config) -> Self {
        Self {
            state,
            config,
            files: files.clone(),
            outputs: Vec::new(),
            writes: Vec::new(),
            input: Input::default(),
            retry: Retry::default(),
            interrupted: false,
            namespace: None,
        }
    }

    /// Goes on as far as it can at `api.now()`. To be called again after every change.
    pub fn poll(&mut self, api: &mut ApiServer, kubelets: &mut Kubelets) -> Progress {
        if let State::Done(exit_code) = self.state {
            return Progress::Done { exit_code };
        }
        if let Some(at) = self.config.read_at.filter(|at| *at > api.now()) {
            return Progress::Waiting { until: Some(at) };
        }
        let mut session = Session {
            api,
            kubelets,
            config: &self.config,
            files: &self.files,
            outputs: &mut self.outputs,
            writes: &mut self.writes,
            input: &mut self.input,
            retry: &mut self.retry,
        };
        let interrupted = std::mem::take(&mut self.interrupted);
        let step = match &mut self.state {
            State::Done(_) => Step::Done(Vec::new()),
            State::Refused(failures) => Step::Done(std::mem::take(failures)),
            State::Local(text) => {
                let text = std::mem::take(text);
                session.print(Stream::Out, text);
                Step::Done(Vec::new())
            }
            State::Read(read) => {
                let Printed { out, err, failures } = read.read(session.reading());
                session.print(Stream::Out, out);
                session.print(Stream::Err, err);
                Step::Done(failures)
            }
            State::Run(task) if interrupted => task.interrupt(&mut session),
            State::Run(task) => task.poll(&mut session),
        };
        match step {
            Step::Wait(until) => Progress::Waiting { until },
            Step::Done(failures) => {
                session.print(Stream::Err, failure::report(&failures));
                let exit_code = i32::from(!failures.is_empty());
                self.state = State::Done(exit_code);
                Progress::Done { exit_code }
            }
            Step::Exit(exit_code) => {
                self.state = State::Done(exit_code);
                Progress::Done { exit_code }
            }
        }
    }

    /// What was printed so far.
    pub fn output(&self) -> &[Output] {
        &self.outputs
    }

    /// Everything printed so far to one of the two streams.
    pub fn text(&self, stream: Stream) -> String {
        self.outputs.iter().filter(|output| output.stream == stream).map(|output| output.text.as_str()).collect()
    }

    /// Something is typed into the command, or piped; nothing means that there will be nothing more.
    pub fn input(&mut self, bytes: Option<&[u8]>) {
        match bytes {
            Some(bytes) => self.input.bytes.extend_from_slice(bytes),
            None => self.input.ended = true,
        }
    }

    /// Whether it waits for something to be typed.
    pub fn wants_input(&self) -> bool {
        self.input.is_wanting
    }

    /// Ctrl-C. The command is told at the next [`Invocation::poll`]; most end then.
    pub fn interrupt(&mut self) {
        self.interrupted = true;
    }

    /// The writes it made so far, in order.
    pub fn writes(&self) -> &[Write] {
        &self.writes
    }

    /// The namespace that this command has made the default, if it did: the next line's `Config` should have it.
    pub fn new_namespace(&self) -> Option<&str> {
        matches!(self.state, State::Done(0)).then_some(self.namespace.as_deref()).flatten()
    }
}

/// Runs a line that only looks, at any instant of the past: standard output, standard error, exit code.
///
/// A line that writes says so instead of doing it; a watch prints what a list would, and a log ends at that instant.
pub fn read_at(
    line: &str,
    view: View<'_>,
    kubelets: &Kubelets,
    now: Timestamp,
    files: &Files,
    config: &Config,
) -> (String, String, i32) {
    let refuse = |failures: Vec<Failure>| (String::new(), failure::report(&failures), 1);
    let mut call = match Call::parse(line, files, config) {
        Ok(call) => call,
        Err(failure) => return refuse(vec![failure]),
    };
    ["watch", "follow"].into_iter().for_each(|flag| call.forget_flag(flag));
    match call::action(&call) {
        Err(failure) => refuse(vec![failure]),
        Ok(Action::Print(text)) => (text, String::new(), 0),
        Ok(Action::Read(read)) => {
            let Printed { out, err, failures } = read.read(Reading { view, kubelets, now, config, files });
            (out, err + &failure::report(&failures), i32::from(!failures.is_empty()))
        }
        Ok(Action::Run(_)) => refuse(vec![Failure::client("this command cannot be run in the past")]),
    }
}

/// Whether a line changes nothing: it may be run at any instant of the past.
pub fn is_read(line: &str) -> bool {
    let (files, config) = (Files::new(), Config::default());
    match Call::parse(line, &files, &config).and_then(|call| call::action(&call)) {
        Ok(Action::Run(task)) => !task.writes(),
        Ok(Action::Print(_) | Action::Read(_)) => true,
        // A mistake is told without asking the cluster; unless it is only the file that is missing here.
        Err(_) => !call::names_files(line),
    }
}
