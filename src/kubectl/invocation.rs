//! A line being run: started once, polled whenever time or the cluster moves on.

use super::call::{Action, Call, Remark};
use super::failure::{self, Failure};
use super::session::{Input, Output, Printed, Read, Reading, Retry, Session, Step, Stream, Task, Write};
use super::{Config, Files, Opening, line};
use crate::apiserver::{ApiServer, View};
use crate::node::Kubelets;
use crate::sim::Timestamp;

/// How far an [`Invocation`] has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// To be polled after every change, and at this instant at the latest.
    Waiting { until: Option<Timestamp> },
    /// Over.
    Done { exit_code: i32 },
}

/// A line a person typed, being run.
pub struct Invocation {
    state: State,
    config: Config,
    /// What is to be said first.
    remarks: Vec<Remark>,
    outputs: Vec<Output>,
    writes: Vec<Write>,
    input: Input,
    retry: Retry,
    /// Of how many things the API server has warned; whether that is a failure.
    warned: u32,
    strict: bool,
    /// The exit code if it fails.
    failing_code: i32,
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
            remarks: self.remarks.clone(),
            outputs: self.outputs.clone(),
            writes: self.writes.clone(),
            input: self.input.clone(),
            retry: self.retry.clone(),
            warned: self.warned,
            strict: self.strict,
            failing_code: self.failing_code,
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
        let call = line::parse(line, files, &config);
        let namespace = call.as_ref().ok().and_then(super::config::new_namespace);
        let strict = call.as_ref().is_ok_and(|call| call.has("warnings-as-errors"));
        let remarks = call.as_ref().map_or_else(|_| Vec::new(), Call::remarks);
        let state = match call.and_then(|call| line::action(&call)) {
            Err(failure) => State::Refused(vec![failure]),
            Ok(Action::Print(text)) => State::Local(text),
            Ok(Action::Read(read)) => State::Read(read),
            Ok(Action::Run(task)) => State::Run(task),
        };
        Self { namespace, strict, remarks, failing_code: line::failing_code(line), ..Self::of(state, config) }
    }

    /// `kubectl apply` of a manifest that is known in advance.
    pub fn opening(opening: Opening, config: Config) -> Self {
        Self::of(State::Run(Box::new(opening)), config)
    }

    fn of(state: State, config: Config) -> Self {
        Self {
            state,
            config,
            remarks: Vec::new(),
            outputs: Vec::new(),
            writes: Vec::new(),
            input: Input::default(),
            retry: Retry::default(),
            warned: 0,
            strict: false,
            failing_code: 1,
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
            outputs: &mut self.outputs,
            writes: &mut self.writes,
            input: &mut self.input,
            retry: &mut self.retry,
            warned: &mut self.warned,
        };
        for remark in std::mem::take(&mut self.remarks) {
            let line = remark.line(session.now());
            session.print(Stream::Err, line);
        }
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
            Step::Done(mut failures) => {
                if self.strict && *session.warned > 0 && failures.is_empty() {
                    let warnings = if *session.warned == 1 { "warning" } else { "warnings" };
                    failures.push(Failure::client(format!("{} {warnings} received", session.warned)));
                }
                session.print(Stream::Out, failure::printed(&failures));
                session.print(Stream::Err, failure::report(&failures));
                let exit_code = if failures.is_empty() { 0 } else { self.failing_code };
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
    let mut call = match line::parse(line, files, config) {
        Ok(call) => call,
        Err(failure) => return refuse(vec![failure]),
    };
    ["watch", "follow"].into_iter().for_each(|flag| call.forget_flag(flag));
    let remarks: String = call.remarks().iter().map(|remark| remark.line(now)).collect();
    match line::action(&call) {
        Err(failure) => refuse(vec![failure]),
        Ok(Action::Print(text)) => (text, String::new(), 0),
        Ok(Action::Read(read)) => {
            let Printed { out, err, failures } = read.read(Reading { view, kubelets, now, config });
            let out = out + &failure::printed(&failures);
            (out, remarks + &err + &failure::report(&failures), i32::from(!failures.is_empty()))
        }
        Ok(Action::Run(_)) => refuse(vec![Failure::client("this command cannot be run in the past")]),
    }
}

/// Whether a line changes nothing: it may be run at any instant of the past.
pub fn is_read(line: &str) -> bool {
    let (files, config) = (Files::new(), Config::default());
    match line::parse(line, &files, &config).and_then(|call| line::action(&call)) {
        Ok(Action::Run(task)) => !task.writes(),
        Ok(Action::Print(_) | Action::Read(_)) => true,
        // A mistake is told without asking the cluster; unless it is only the file that is missing here.
        Err(_) => !line::names_files(line),
    }
}
