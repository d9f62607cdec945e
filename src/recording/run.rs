//! A run: a scenario's cluster on its way through time, and everything that was done to it.
//!
//! Any past instant can be read. Acting in the past is a fork: another run of the same scenario, in which everything done
//! up to that instant is done again.

use super::facts::{NO_POD, expand};
use super::invariants::{Broken, Watch};
use super::{Parts, Plan, Planned, Scenario};
use crate::apiserver::{ApiServer, Naming, Storage};
use crate::cluster::{Cluster, Config, Fault};
use crate::kubectl::{self, Files, Invocation, Output, Progress};
use crate::node::{Behaviour, Profile, Rule, runtime};
use crate::sim::{Part, Timers, Timestamp};
use crate::terminal::{self, News, Terminal, World, is_plain_kubectl};
use std::borrow::Cow;
use std::time::Duration;

/// 2026-01-01T00:00:00Z: the minute in which every run begins.
const EPOCH: Timestamp = Timestamp::from_secs(1_767_225_600);
/// How long the cluster is up before the run begins.
const UPTIME: Duration = Duration::from_secs(1);

/// One run of a scenario.
pub struct Run {
    scenario: Scenario,
    cluster: Cluster,
    start: Timestamp,
    files: Files,
    entries: Vec<Entry>,
    running: Vec<Running>,
    /// In order.
    interrupts: Vec<Interrupt>,
    /// The learner's shell, once a line has been typed that needs one.
    terminal: Option<Box<dyn Terminal>>,
    /// What will be done: the scenario's plan, or what the run that this one was forked from did.
    planned: Timers<Deed>,
    printing: kubectl::Config,
    /// Whether this is compared with a recorded run: then every line is kubectl's.
    recorded: bool,
    parts: Parts,
    /// The part without which it does not go on.
    missing: Option<Part>,
    watch: Watch,
}

/// Something that was done to the cluster, and what came of it.
#[derive(Clone, Debug)]
pub struct Entry {
    pub at: Timestamp,
    pub act: Act,
    /// What a command has printed so far.
    pub output: Vec<Output>,
    /// When a command ended, and its exit code.
    pub ended: Option<(Timestamp, i32)>,
    /// What was typed while a command ran went into it.
    pub into: Option<TypedInto>,
}

/// Where in the conversation with a command something was typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TypedInto {
    /// The command's place among the entries.
    pub entry: usize,
    /// How many texts it had printed by then.
    pub printed: usize,
}

/// Something that a user does.
#[derive(Clone, Debug, PartialEq)]
pub enum Act {
    /// A kubectl command, as typed.
    Kubectl(String),
    /// A line for the shell of the terminal, as typed.
    Shell(String),
    /// A fault.
    Fault(Fault),
    /// Containers behave differently from now on.
    Rules(Vec<Rule>),
    /// Something is typed into the command that was started last and has not ended; `\u{4}` (Ctrl-D) ends its input.
    Input(String),
}

/// A command that has not ended.
struct Running {
    /// Its place among the entries.
    entry: usize,
    invocation: Invocation,
    /// When it is to be polled if nothing changes before.
    until: Option<Timestamp>,
    /// How many texts it had printed when Ctrl-C was pressed last.
    interrupted: Option<usize>,
}

#[derive(Clone, Debug)]
enum Deed {
    /// A command may be interrupted after a while.
    Act(Act, kubectl::Config, Option<Duration>),
    /// A key press: the command of this entry is interrupted.
    Interrupt(usize),
}

/// A command was interrupted.
#[derive(Clone, Copy, Debug)]
struct Interrupt {
    at: Timestamp,
    /// The command's place among the entries.
    entry: usize,
    /// How many entries there were by then.
    entries: usize,
}

impl Deed {
    /// The part of the program that is missing to do it.
    fn missing(&self, parts: &Parts, files: &Files) -> Option<Part> {
        match self {
            Self::Act(Act::Kubectl(line), ..) => parts.missing_for(line, files),
            Self::Act(Act::Shell(_), ..) => parts.missing_for_shell(),
            // Whoever acts finds the whole cluster.
            Self::Act(..) => parts.kubectl.is_none().then_some(kubectl::PART),
            Self::Interrupt(_) => None,
        }
    }
}

impl Run {
    /// A run in which nothing has happened yet. At its start the scenario's manifest is created.
    pub fn new(scenario: Scenario) -> Self {
        Self::with_parts(scenario, Parts::ALL)
    }

    /// The same, where some parts of the program may come later.
    pub fn with_parts(scenario: Scenario, parts: Parts) -> Self {
        let mut run = Self::prepared(scenario, parts, 0, false);
        if run.scenario.files.contains_key(Scenario::MANIFEST) {
            run.plan(run.start, Act::Kubectl(Parts::first_line()), kubectl::Config::default());
        }
        run.plan_actions();
        run
    }

    /// A run whose names are counted and whose kubelets are the recorded ones, with nothing planned: to be compared with
    /// a recorded one. `t0` is the part of a second at which it begins, in milliseconds.
    pub(super) fn recorded(scenario: Scenario, t0: u32) -> Self {
        Self::prepared(scenario, Parts::ALL, t0, true)
    }

    fn prepared(scenario: Scenario, parts: Parts, t0: u32, recorded: bool) -> Self {
        let second = Duration::from_secs(u64::from(scenario.start_at_second));
        let start = EPOCH + second + Duration::from_millis(u64::from(t0));
        let naming = if recorded { Naming::numbered() } else { Naming::random(scenario.seed) };
        let profile = if recorded { Profile::recorded() } else { Profile::default() };
        let cluster = Cluster::new(Config {
            start: start - UPTIME,
            naming,
            profile,
            behaviour: Behaviour { rules: scenario.rules.clone(), seed: scenario.seed },
            nodes: scenario.nodes,
            node_size: scenario.node_size.clone(),
            programs: parts.programs.map(|programs| programs.runtime),
            rest: parts.kubectl.map(|kubectl| kubectl.cluster),
        });
        let mut files = Files::new();
        for (name, text) in &scenario.files {
            files.insert(name, text);
        }
        let printing = kubectl::Config { resource_versions: !recorded, ..kubectl::Config::default() };
        let mut run = Self {
            scenario,
            cluster,
            start,
            files,
            entries: Vec::new(),
            running: Vec::new(),
            interrupts: Vec::new(),
            terminal: None,
            planned: Timers::new(),
            printing,
            recorded,
            parts,
            missing: None,
            watch: Watch::default(),
        };
        while !run.advance(start, usize::MAX) {}
        run
    }

    fn plan_actions(&mut self) {
        for planned in std::mem::take(&mut self.scenario.plan) {
            let (act, stop_after) = planned.plan.act();
            self.planned.set(self.start + planned.at, Deed::Act(act, self.printing.clone(), stop_after));
            self.scenario.plan.push(planned);
        }
    }

    pub(super) fn plan(&mut self, at: Timestamp, act: Act, config: kubectl::Config) {
        let config = kubectl::Config { resource_versions: self.printing.resource_versions, ..config };
        self.planned.set(at, Deed::Act(act, config, None));
    }

    pub(super) fn plan_interrupt(&mut self, at: Timestamp, entry: usize) {
        self.planned.set(at, Deed::Interrupt(entry));
    }

    /// What this is a run of.
    pub fn scenario(&self) -> &Scenario {
        &self.scenario
    }

    /// The instant t = 0.
    pub fn start(&self) -> Timestamp {
        self.start
    }

    /// The live edge: how far the run has come.
    pub fn now(&self) -> Timestamp {
        self.cluster.now()
    }

    /// Every version of every object so far.
    pub fn storage(&self) -> &Storage {
        self.cluster.api().storage()
    }

    /// The cluster, to look at.
    pub fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    /// The files of the folder in which the terminal begins: what commands can read, and what they wrote.
    pub fn files(&self) -> &Files {
        &self.files
    }

    /// The files that commands can read, to change.
    pub fn files_mut(&mut self) -> &mut Files {
        &mut self.files
    }

    /// Adds a file that commands can read, in this run, in forks of it and in what is told of it.
    pub fn add_file(&mut self, name: &str, text: &str) {
        let now = self.now();
        self.files.insert(name, text);
        if let Some(terminal) = &mut self.terminal {
            terminal.write(name, text, now);
        }
        self.scenario.files.insert(name.to_owned(), text.to_owned());
    }

    /// Everything that was done, in order.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// When something happens next by itself.
    pub fn next_change(&self) -> Option<Timestamp> {
        self.next_of(self.cluster.next_due())
    }

    /// The same, given when the cluster has something to do.
    fn next_of(&self, cluster: Option<Timestamp>) -> Option<Timestamp> {
        let waiting = self.running.iter().filter_map(|running| running.until);
        let waiting = waiting.chain(self.terminal.as_ref().and_then(|terminal| terminal.due()));
        let own = waiting.chain(self.planned.next_due()).chain(cluster);
        own.min().map(|at| at.max(self.now()))
    }

    /// Whether every Job is finished, nothing is planned and no command runs.
    pub fn is_settled(&self) -> bool {
        let idle = self.reader().is_none() && !self.has_lines_waiting() && self.planned.next_due().is_none();
        idle && self.cluster.is_settled()
    }

    /// The part of the program that has to come before the run goes on.
    pub fn waits_for(&self) -> Option<Part> {
        self.missing
    }

    /// Brings parts of the program; where one was waited for, the run can go on.
    pub fn equip(&mut self, parts: Parts) {
        if let Some(kubectl) = parts.kubectl.filter(|_| self.parts.kubectl.is_none()) {
            self.cluster.set_rest(kubectl.cluster);
        }
        if let Some(programs) = parts.programs.filter(|_| self.parts.programs.is_none()) {
            self.cluster.set_programs(programs.runtime);
        }
        (self.parts, self.missing) = (parts, None);
    }

    /// Goes on until `until`, at most so many steps; true when `until` is reached. A long way is gone in slices. Where a
    /// part of the program is missing the run stands still: see [`Run::waits_for`].
    pub fn advance(&mut self, until: Timestamp, steps: usize) -> bool {
        for _ in 0..steps {
            if self.missing.is_some() {
                return false;
            }
            let due = self.cluster.next_due();
            let Some(at) = self.next_of(due).filter(|&at| at <= until) else {
                self.cluster.step(until);
                return true;
            };
            let before = self.changes();
            if self.cluster.kubelets().lacks_runtime() {
                self.missing = Some(runtime::PART);
                return false;
            }
            if due.is_some_and(|due| due <= at) {
                self.cluster.run(at);
            } else {
                self.cluster.step(at);
                self.missing = self.planned.due(at).and_then(|deed| deed.missing(&self.parts, &self.files));
                if self.missing.is_some() {
                    return false;
                }
                if let Some(deed) = self.planned.pop_due(at) {
                    self.perform(deed);
                }
            }
            self.poll(before != self.changes());
        }
        false
    }

    /// Differs whenever something has happened that a command may wait for.
    fn changes(&self) -> (u64, u64) {
        (self.storage().revision(), self.cluster.kubelets().activity())
    }

    /// Types a line now: a kubectl command, or anything else for the shell of the terminal. The answer is its place in
    /// [`Run::entries`]; it stands there when the parts it needs have come.
    ///
    /// kubectl commands run beside each other; lines for the shell run one after the other, and a kubectl command does not
    /// overtake those that wait for their turn.
    pub fn enter(&mut self, line: &str) -> usize {
        let first = line.split_whitespace().next().unwrap_or("");
        let is_alias = self.terminal.as_ref().is_some_and(|terminal| terminal.has_alias(first));
        let for_kubectl = self.recorded || (is_plain_kubectl(line) && !is_alias && !self.has_lines_waiting());
        self.act(if for_kubectl { Act::Kubectl(line.into()) } else { Act::Shell(line.into()) })
    }

    /// Whether lines for the shell wait until the one that runs is over.
    fn has_lines_waiting(&self) -> bool {
        self.waiting().next().is_some()
    }

    /// The lines for the shell that wait until the one that runs is over, by their places among the entries.
    pub fn waiting(&self) -> impl Iterator<Item = usize> {
        self.terminal.iter().flat_map(|terminal| terminal.waiting())
    }

    /// A line with `${pod index=1}` and the like filled in, as it would be run now; none while there is no such pod.
    pub fn filled_in(&self, line: &str) -> Option<String> {
        Some(expand(line, self.storage())).filter(|filled| !filled.contains(NO_POD))
    }

    /// The working folder of the terminal, as a prompt shows it: `~`.
    pub fn folder(&self) -> String {
        self.terminal.as_ref().map_or_else(|| "~".into(), |terminal| terminal.folder())
    }

    /// The namespace of commands that name none.
    pub fn namespace(&self) -> &str {
        &self.printing.namespace
    }

    /// The commands or files that a word of a line may become. Nothing where no shell is there.
    pub fn complete(&mut self, word: &str, is_command: bool) -> Vec<String> {
        if self.terminal.is_none() {
            self.open_terminal();
        }
        self.terminal.as_ref().map_or(Vec::new(), |terminal| terminal.complete(word, is_command))
    }

    fn open_terminal(&mut self) {
        if let Some(machines) = self.parts.programs {
            self.terminal = Some((machines.terminal)(self.scenario.seed, &self.files, self.start));
        }
    }

    /// Lets a fault happen now.
    pub fn inject(&mut self, fault: Fault) -> usize {
        self.act(Act::Fault(fault))
    }

    /// Lets containers behave differently from now on.
    pub fn set_rules(&mut self, rules: Vec<Rule>) -> usize {
        self.act(Act::Rules(rules))
    }

    /// The command that waits for something to be typed into it: its place among the entries.
    pub fn listener(&self) -> Option<usize> {
        self.reader().filter(|(waits, _)| *waits).map(|(_, entry)| entry)
    }

    /// The command that what is typed goes into: the one that was started last, of those that wait for it if any does.
    fn reader(&self) -> Option<(bool, usize)> {
        let line = self.terminal.as_ref().and_then(|terminal| terminal.reader());
        let commands = self.running.iter().map(|running| (running.invocation.wants_input(), running.entry));
        commands.chain(line.map(|(number, waits)| (waits, number))).max()
    }

    /// Types something into a command that has not ended: one that waits for it, or the one that was started last;
    /// `\u{4}` (Ctrl-D) ends its input.
    pub fn type_in(&mut self, text: &str) -> usize {
        self.act(Act::Input(text.into()))
    }

    /// Ctrl-C, as in every terminal: what is typed goes into one command, and that is interrupted; the lines that wait for
    /// their turn are dropped. Whether there was either.
    pub fn press_ctrl_c(&mut self) -> bool {
        let met: Vec<usize> = self.waiting().chain(self.reader().map(|(_, entry)| entry)).collect();
        met.iter().for_each(|&entry| self.interrupt(entry));
        !met.is_empty()
    }

    /// Interrupts a command that has not ended. One that neither ends nor prints anything, because what it is attached to
    /// does not heed it, is ended by the second.
    pub fn interrupt(&mut self, entry: usize) {
        let now = self.now();
        if self.entries.get(entry).is_none_or(|entry| entry.ended.is_some()) {
            return;
        }
        self.interrupts.push(Interrupt { at: now, entry, entries: self.entries.len() });
        if let Some(place) = self.running.iter().position(|running| running.entry == entry) {
            let running = &mut self.running[place];
            let printed = running.invocation.output().len();
            if running.interrupted.replace(printed) == Some(printed) {
                let text =
                    "[Jobscope] It did not heed Ctrl-C: kubectl was ended, what it had started goes on.\n".into();
                let entry = &mut self.entries[entry];
                entry.output.push(Output { at: now, stream: kubectl::Stream::Err, text });
                entry.ended = Some((now, 130));
                self.running.remove(place);
            } else {
                running.invocation.interrupt();
            }
        } else if let Some(terminal) = &mut self.terminal {
            terminal.interrupt(entry);
        }
        self.poll(true);
    }

    /// What a command that only reads would print at a past instant: standard output, standard error, exit code. Nothing,
    /// while kubectl is not there.
    pub fn read_at(&self, line: &str, at: Timestamp) -> (String, String, i32) {
        let view = self.storage().at_instant(at);
        let Some(kubectl) = self.parts.kubectl else { return <_>::default() };
        (kubectl.read_at)(line, view, self.cluster.kubelets(), at, &self.files, &self.printing)
    }

    /// A run of the same scenario in which everything done up to `at` is done again, at its instant. It stands at its
    /// start: advance it to `at`.
    pub fn fork(&self, at: Timestamp) -> Self {
        let mut scenario = self.scenario.clone();
        scenario.plan.clear();
        let plan = self.scenario.plan.clone();
        let mut run = Self::prepared(scenario, self.parts, 0, false);
        run.scenario.plan = plan;
        let mut interrupts = self.interrupts.iter().filter(|interrupt| interrupt.at <= at).peekable();
        for (number, entry) in self.entries.iter().take_while(|entry| entry.at <= at).enumerate() {
            while let Some(earlier) = interrupts.next_if(|interrupt| interrupt.entries <= number) {
                run.plan_interrupt(earlier.at, earlier.entry);
            }
            run.plan(entry.at, entry.act.clone(), kubectl::Config::default());
        }
        interrupts.for_each(|interrupt| run.plan_interrupt(interrupt.at, interrupt.entry));
        run
    }

    /// The scenario of what happened up to `at`: with the same files, it does again what was done, at its instants.
    pub fn told_as_scenario(&self, at: Timestamp) -> Scenario {
        let done = self.entries.iter().enumerate().filter(|(_, entry)| entry.at <= at);
        let own = usize::from(self.scenario.files.contains_key(Scenario::MANIFEST));
        let stop_after = |number: usize| {
            let first = self.interrupts.iter().find(|interrupt| interrupt.entry == number && interrupt.at <= at)?;
            Some(first.at.since(self.entries[number].at))
        };
        let plan = done.skip(own).map(|(number, entry)| Planned {
            at: entry.at.since(self.start),
            plan: match entry.act.clone() {
                Act::Kubectl(line) => Plan::Kubectl { line, stop_after: stop_after(number) },
                Act::Shell(line) => Plan::Shell { line, stop_after: stop_after(number) },
                Act::Fault(fault) => Plan::Fault(fault),
                Act::Rules(rules) => Plan::Rules(rules),
                Act::Input(text) => Plan::Input(text),
            },
        });
        Scenario { plan: plan.collect(), until: at.since(self.start), ..self.scenario.clone() }
    }

    /// The invariants that did not hold so far, in the order in which it came about: the simulation is wrong there.
    /// Only what was written since the last call is looked at.
    pub fn broken(&mut self) -> &[Broken] {
        self.watch.look(self.cluster.api().storage())
    }

    /// Does something now, after everything that is due now.
    fn act(&mut self, act: Act) -> usize {
        while self.missing.is_none() && !self.advance(self.now(), usize::MAX) {}
        let entry = self.entries.len();
        let deed = Deed::Act(act, self.printing.clone(), None);
        self.missing = self.missing.or_else(|| deed.missing(&self.parts, &self.files));
        if self.missing.is_some() {
            self.planned.set(self.now(), deed);
        } else {
            self.perform(deed);
            self.poll(true);
        }
        entry
    }

    fn perform(&mut self, deed: Deed) {
        let at = self.now();
        let (act, config, stop_after) = match deed {
            Deed::Act(act, config, stop_after) => (act, config, stop_after),
            Deed::Interrupt(entry) => return self.interrupt(entry),
        };
        let config = kubectl::Config { namespace: self.printing.namespace.clone(), ..config };
        let act = match act {
            Act::Kubectl(line) => Act::Kubectl(expand(&line, self.storage())),
            Act::Shell(line) => Act::Shell(expand(&line, self.storage())),
            Act::Fault(fault) => Act::Fault(expanded(&fault, self.storage())),
            other => other,
        };
        if matches!(act, Act::Shell(_)) && self.terminal.is_none() {
            self.open_terminal();
        }
        let (mut ended, mut into) = (Some((at, 0)), None);
        match &act {
            Act::Kubectl(line) => {
                let opening = self.parts.opening(line, &self.files);
                let mut invocation = match (opening, self.parts.kubectl) {
                    (Some(opening), _) => Invocation::opening(opening, config),
                    (None, Some(kubectl)) => (kubectl.start)(line, &self.files_for(line), config),
                    (None, None) => unreachable!("the run waits until kubectl is there"),
                };
                if self.recorded {
                    // Nobody sat there and typed.
                    invocation.input(None);
                }
                self.running.push(Running {
                    entry: self.entries.len(),
                    invocation,
                    until: Some(at),
                    interrupted: None,
                });
                ended = None;
            }
            Act::Shell(line) => {
                if let Some(terminal) = &mut self.terminal {
                    terminal.enter(self.entries.len(), line);
                    ended = None;
                }
            }
            Act::Fault(fault) => self.cluster.inject(fault),
            Act::Rules(rules) => self.cluster.set_rules(rules.clone()),
            Act::Input(text) => {
                let reader = self.reader().map(|(_, entry)| entry);
                into = reader.map(|entry| TypedInto { entry, printed: self.entries[entry].output.len() });
                let command = self.running.iter_mut().find(|running| Some(running.entry) == reader);
                if let Some(Running { invocation, .. }) = command {
                    let (before, ends) =
                        text.split_once('\u{4}').map_or((text.as_str(), false), |(text, _)| (text, true));
                    invocation.input(Some(before.as_bytes()));
                    if ends {
                        invocation.input(None);
                    }
                } else if let Some(terminal) = self.terminal.as_mut().filter(|_| reader.is_some()) {
                    terminal.input(text);
                }
            }
        }
        if let Some(after) = stop_after {
            self.plan_interrupt(at + after, self.entries.len());
        }
        self.entries.push(Entry { at, act, output: Vec::new(), ended, into });
    }

    /// The files that a kubectl command can read: by their names from the working folder, and what is on the web.
    fn files_for(&self, line: &str) -> Cow<'_, Files> {
        let fetched = match self.parts.programs.filter(|_| terminal::names_addresses(line)) {
            Some(machines) => terminal::fetched(line, machines),
            None => Vec::new(),
        };
        let elsewhere = self.terminal.as_ref().filter(|_| !self.recorded).map(|terminal| terminal.files_for(line));
        let mut files = elsewhere.map_or(Cow::Borrowed(&self.files), Cow::Owned);
        for (address, text) in fetched {
            files.to_mut().insert(address, text);
        }
        files
    }

    /// Lets the commands that run go on: all of them after a change, else those that are due.
    fn poll(&mut self, changed: bool) {
        let mut before = self.changes();
        self.poll_commands(changed);
        self.poll_terminal();
        // What one of them has written, others may wait for.
        while before != self.changes() {
            before = self.changes();
            self.poll_commands(true);
        }
    }

    fn poll_terminal(&mut self) {
        let (Some(terminal), Some(kubectl)) = (&mut self.terminal, self.parts.kubectl) else { return };
        let (api, kubelets) = self.cluster.reach();
        let now = api.now();
        let news = terminal.advance(World { api, kubelets, kubectl, config: &self.printing });
        let mut is_over = false;
        for News { line, output, ended } in news {
            let Some(entry) = self.entries.get_mut(line) else { continue };
            entry.output.extend(output);
            entry.ended = ended.map(|code| (now, code)).or(entry.ended);
            is_over |= ended.is_some();
        }
        if is_over {
            self.files = terminal.files();
        }
        if let Some(namespace) = terminal.new_namespace() {
            self.printing.namespace = namespace;
        }
    }

    fn poll_commands(&mut self, changed: bool) {
        let now = self.now();
        let (api, kubelets) = self.cluster.reach();
        let entries = &mut self.entries;
        let (printing, terminal) = (&mut self.printing, &mut self.terminal);
        self.running.retain_mut(|running| {
            if !changed && running.until.is_none_or(|until| until > now) {
                return true;
            }
            let progress = running.invocation.poll(api, kubelets);
            let entry = &mut entries[running.entry];
            entry.output.extend_from_slice(&running.invocation.output()[entry.output.len()..]);
            match progress {
                // What is due at once and has not ended can only wait for a change.
                Progress::Waiting { until } => running.until = until.filter(|&at| at > now),
                Progress::Done { exit_code } => {
                    entry.ended = Some((now, exit_code));
                    if let Some(namespace) = running.invocation.new_namespace() {
                        printing.namespace = namespace.to_owned();
                    }
                    if let Some(terminal) = terminal {
                        terminal.set_status(exit_code);
                    }
                }
            }
            entry.ended.is_none()
        });
    }

    /// The API server, for tests that act past every command.
    pub fn api_mut(&mut self) -> &mut ApiServer {
        self.cluster.api_mut()
    }
}

/// The fault with the names it means filled in.
fn expanded(fault: &Fault, storage: &Storage) -> Fault {
    let mut fault = fault.clone();
    let name = match &mut fault {
        Fault::Exit { pod, .. } | Fault::OomKill { pod, .. } | Fault::Hang { pod } | Fault::IgnoreSigterm { pod } => {
            pod
        }
        Fault::NodeDown { node }
        | Fault::PowerLoss { node }
        | Fault::MemoryPressure { node }
        | Fault::Shutdown { node }
        | Fault::NodeUp { node } => node,
        Fault::ImageGone { image } | Fault::ImageBack { image } => image,
        Fault::Overload { .. } | Fault::ControllerRestart => return fault,
    };
    *name = expand(name, storage).into();
    fault
}
