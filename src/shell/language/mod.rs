//! The shell language: what a script says is done.

mod arithmetic;
mod builtins;
mod condition;
mod declare;
mod expand;
pub(super) mod pattern;
mod read;
mod redirect;
mod run;
mod start;
mod variables;

pub(super) use condition::test;
pub(super) use declare::quote;
pub(super) use start::{Lines, is_unfinished, program, session};

use super::machine::{Dialect, Kernel};
use super::open::Open;
use super::syntax::{Command, Mistake};
use super::task::{Flow, Task};
use super::{Errno, Signal};
use crate::sim::Map;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use variables::{Array, Refusal, Value, Variable, Variables};

/// How deep functions may call each other.
const DEEPEST_CALL: usize = 1000;

/// A result, or where the script goes on after what went wrong was told.
type Told<T> = Result<T, Flow>;

/// A shell: what it knows besides what every process has.
pub(super) struct Shell {
    pub task: Rc<Task>,
    /// `$0`.
    name: RefCell<String>,
    variables: RefCell<Variables>,
    functions: RefCell<Map<String, Rc<Command>>>,
    aliases: RefCell<Rc<Map<String, String>>>,
    /// `$1` and so on.
    parameters: RefCell<Rc<Vec<String>>>,
    options: Cell<Options>,
    traps: RefCell<Vec<(Event, String)>>,
    jobs: RefCell<Vec<Job>>,
    /// `$!`
    last_background: Cell<Option<u32>>,
    line: Cell<u32>,
    /// How many conditions (`if`, `&&`, `!`) surround what is being run: there `set -e` means nothing.
    tested: Cell<u32>,
    loops: Cell<u32>,
    calls: RefCell<Vec<String>>,
    sourced: Cell<u32>,
    expressions: Cell<u32>,
    /// Whether it is a part of another shell: `( … )`, `$( … )`, a piece of a pipeline.
    is_child: bool,
    /// `$$`
    first_pid: u32,
    /// Set in a child that has one thing to do: a program takes its place.
    replaceable: Cell<bool>,
    /// The status of the last command substitution, for a command that is nothing but assignments.
    substituted: Cell<Option<i32>>,
    directories: RefCell<Vec<String>>,
    /// Where in an argument `getopts` is.
    getopts: Cell<(i64, usize)>,
    /// Its own dialect: on Debian `sh` is dash, and bash is there too.
    dialect: Dialect,
    /// While a command's own assignments are done: they are shown with it.
    tracing_command: Cell<bool>,
    /// While a trap runs: signals wait until it is over.
    in_trap: Cell<bool>,
    /// How many process substitutions are open.
    substitutions: Cell<u32>,
}

/// What a trap is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Event {
    Exit,
    Signal(Signal),
    Error,
}

/// What `set` and `shopt` switch.
#[derive(Clone, Copy, Debug, Default)]
struct Options {
    allexport: bool,
    errexit: bool,
    noclobber: bool,
    noexec: bool,
    noglob: bool,
    nounset: bool,
    pipefail: bool,
    verbose: bool,
    xtrace: bool,
    posix: bool,
    interactive: bool,
    /// The script was given with `-c`, or comes from standard input.
    command: bool,
    input: bool,
    nullglob: bool,
    dotglob: bool,
    extglob: bool,
    nocasematch: bool,
    expand_aliases: bool,
    lastpipe: bool,
    inherit_errexit: bool,
    failglob: bool,
    globstar: bool,
}

/// Something that runs in the background.
#[derive(Clone)]
struct Job {
    number: u32,
    pid: u32,
    text: String,
    /// Its status, once it is known.
    ended: Option<super::task::Exit>,
}

impl Shell {
    fn new(task: &Rc<Task>, name: &str, env: Vec<(String, String)>) -> Rc<Self> {
        let mut variables = Variables::default();
        for (name, value) in env {
            if variables::is_name(&name) {
                let variable = variables.entry(&name);
                variable.exported = true;
                variable.value = Some(Value::Text(value.into()));
            }
        }
        let is_bash = name.rsplit('/').next().is_some_and(|name| name.trim_start_matches('-') == "bash");
        let dialect = if is_bash { Dialect::Bash } else { task.kernel.dialect() };
        let shell = Rc::new(Self {
            task: task.clone(),
            dialect,
            tracing_command: Cell::new(false),
            in_trap: Cell::new(false),
            name: RefCell::new(name.to_owned()),
            variables: RefCell::new(variables),
            functions: RefCell::default(),
            aliases: RefCell::default(),
            parameters: RefCell::default(),
            options: Cell::default(),
            traps: RefCell::default(),
            jobs: RefCell::default(),
            last_background: Cell::new(None),
            line: Cell::new(1),
            tested: Cell::new(0),
            loops: Cell::new(0),
            calls: RefCell::default(),
            sourced: Cell::new(0),
            expressions: Cell::new(0),
            is_child: false,
            first_pid: task.pid,
            replaceable: Cell::new(false),
            substituted: Cell::new(None),
            directories: RefCell::default(),
            getopts: Cell::new((1, 0)),
            substitutions: Cell::new(0),
        });
        shell.prepare();
        shell
    }

    /// The variables that every shell sets.
    fn prepare(&self) {
        let set = |name: &str, value: &str| {
            if self.variables.borrow().text(name).is_none() {
                let _ = self.variables.borrow_mut().set_text(name, value);
            }
        };
        let _ = self.variables.borrow_mut().set_text("IFS", " \t\n");
        let _ = self.variables.borrow_mut().set_text("OPTIND", "1");
        let _ = self.variables.borrow_mut().set_text("PWD", &**self.task.dir.borrow());
        self.variables.borrow_mut().entry("PWD").exported = true;
        set("PS4", "+ ");
        if self.is_bash() {
            set("BASH_VERSION", "5.2.37(1)-release");
            set("BASH", "/usr/bin/bash");
            set("HOSTNAME", &self.kernel().setup.hostname);
            set("UID", &self.kernel().setup.user.to_string());
            set("EUID", &self.kernel().setup.user.to_string());
            set("OSTYPE", "linux-gnu");
            set("HOSTTYPE", "x86_64");
            set("MACHTYPE", "x86_64-pc-linux-gnu");
            let level = self.variables.borrow().text("SHLVL").and_then(|text| text.parse::<u32>().ok()).unwrap_or(0);
            let _ = self.variables.borrow_mut().set_text("SHLVL", (level + 1).to_string());
            self.variables.borrow_mut().entry("SHLVL").exported = true;
        }
    }

    /// A child of this shell, with a copy of all it knows.
    fn fork(&self, task: Rc<Task>) -> Rc<Self> {
        let mut options = self.options.get();
        options.interactive = false;
        Rc::new(Self {
            task,
            name: self.name.clone(),
            variables: self.variables.clone(),
            functions: self.functions.clone(),
            aliases: self.aliases.clone(),
            parameters: self.parameters.clone(),
            options: Cell::new(options),
            traps: RefCell::default(),
            jobs: RefCell::default(),
            last_background: self.last_background.clone(),
            line: self.line.clone(),
            tested: self.tested.clone(),
            loops: self.loops.clone(),
            calls: self.calls.clone(),
            sourced: self.sourced.clone(),
            expressions: Cell::new(0),
            dialect: self.dialect,
            tracing_command: Cell::new(false),
            in_trap: Cell::new(false),
            is_child: true,
            first_pid: self.first_pid,
            replaceable: Cell::new(false),
            substituted: Cell::new(None),
            directories: self.directories.clone(),
            getopts: self.getopts.clone(),
            substitutions: Cell::new(0),
        })
    }

    fn kernel(&self) -> &Rc<Kernel> {
        &self.task.kernel
    }

    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    fn is_bash(&self) -> bool {
        self.dialect() == Dialect::Bash
    }

    pub fn is_nounset(&self) -> bool {
        self.options.get().nounset
    }

    fn options(&self, change: impl FnOnce(&mut Options)) {
        let mut options = self.options.get();
        change(&mut options);
        self.options.set(options);
    }

    fn status(&self) -> i32 {
        self.task.status.get()
    }

    fn set_status(&self, status: i32) {
        self.task.status.set(status);
    }

    // Messages.

    /// What stands before a message of the shell itself.
    fn prefix(&self) -> String {
        let (name, line) = (self.name.borrow(), self.line.get());
        let interactive = self.options.get().interactive;
        match self.dialect() {
            Dialect::Bash if interactive => format!("{name}: "),
            Dialect::Bash => format!("{name}: line {line}: "),
            Dialect::Dash => format!("{name}: {line}: "),
            Dialect::BusyBox => format!("{name}: "),
        }
    }

    /// What stands before a message of a builtin.
    fn builtin_prefix(&self, builtin: &str) -> String {
        match self.dialect() {
            Dialect::BusyBox => format!("{}{builtin}: line {}: ", self.prefix(), self.line.get()),
            _ => format!("{}{builtin}: ", self.prefix()),
        }
    }

    /// Says what is wrong.
    async fn complain(&self, what: impl AsRef<str>) {
        let text = format!("{}{}\n", self.prefix(), what.as_ref());
        let _ = self.task.write(2, text.as_bytes()).await;
    }

    /// Says what is wrong, and ends what is being run.
    async fn give_up<T>(&self, status: i32, what: impl AsRef<str>) -> Told<T> {
        self.complain(what).await;
        self.set_status(status);
        Err(Flow::Abort)
    }

    /// Says why a variable was not set.
    async fn refuse<T>(&self, name: &str, refusal: Refusal) -> Told<T> {
        match refusal {
            Refusal::ReadOnly => {
                let text = match self.dialect() {
                    Dialect::Bash => format!("{name}: readonly variable"),
                    _ => format!("{name}: is read only"),
                };
                self.give_up(if self.is_bash() { 1 } else { 2 }, text).await
            }
            Refusal::Memory(bytes) => {
                self.complain(self.no_memory(bytes)).await;
                self.set_status(2);
                Err(Flow::Exit)
            }
        }
    }

    fn no_memory(&self, bytes: usize) -> String {
        match self.dialect() {
            Dialect::Bash => format!("xrealloc: cannot allocate {bytes} bytes"),
            Dialect::Dash => "Out of space".into(),
            Dialect::BusyBox => "out of memory".into(),
        }
    }

    // Variables.

    /// The value of a variable, of one the shell computes too.
    pub fn value(&self, name: &str) -> Option<Rc<str>> {
        let kernel = self.kernel();
        let number = |number: u64| Some(number.to_string().into());
        if name == "LINENO" {
            return number(u64::from(self.line.get()));
        }
        if name == "PPID" {
            return number(u64::from(self.task.parent.get()));
        }
        if !matches!(self.dialect(), Dialect::Dash) {
            match name {
                "RANDOM" => return number(u64::from(kernel.chance.borrow_mut().below(32768))),
                "SECONDS" if self.is_bash() => {
                    let since = self.variables.borrow().text(name).and_then(|text| text.parse().ok()).unwrap_or(0);
                    return number(kernel.now().since(self.task.started).as_secs() + since);
                }
                "EPOCHSECONDS" => return number(kernel.now().as_secs()),
                "EPOCHREALTIME" => {
                    let now = kernel.now();
                    return Some(format!("{}.{:06}", now.as_secs(), now.as_millis() % 1000 * 1000).into());
                }
                "SRANDOM" => return number(u64::from(kernel.chance.borrow_mut().next_u32())),
                "BASHPID" => return number(u64::from(self.task.pid)),
                "FUNCNAME" => return self.calls.borrow().last().map(|name| name.as_str().into()),
                _ => {}
            }
        }
        self.variables.borrow().text(name)
    }

    /// An array's element, or a variable's value.
    pub fn element(&self, name: &str, key: Option<&str>) -> Option<Rc<str>> {
        let Some(key) = key else { return self.value(name) };
        match &self.variables.borrow().get(name)?.value {
            Some(Value::Array(array)) => array.get(key),
            Some(Value::Text(text)) => (key == "0").then(|| text.clone()),
            None => None,
        }
    }

    /// The key that an index means: a number is computed, and counted from the end if it is negative.
    pub fn key(&self, name: &str, index: &str) -> Result<String, String> {
        let next = match self.variables.borrow().get(name).and_then(|variable| variable.value.as_ref()) {
            Some(Value::Array(array)) if array.keyed => return Ok(index.trim_matches(['"', '\'']).to_owned()),
            Some(Value::Array(array)) => array.next_index(),
            Some(Value::Text(_)) => 1,
            None => 0,
        };
        if self.expressions.get() > 20 {
            return Err(format!("{index}: expression recursion level exceeded"));
        }
        self.expressions.set(self.expressions.get() + 1);
        let place = arithmetic::evaluate(self, index);
        self.expressions.set(self.expressions.get() - 1);
        let place = place?;
        match place {
            0.. => Ok(place.to_string()),
            _ if next + place >= 0 => Ok((next + place).to_string()),
            _ => Err(format!("{name}[{index}]: bad array subscript")),
        }
    }

    /// What arithmetic assigns.
    pub fn assign_number(&self, name: &str, key: Option<&str>, value: i64) -> Result<(), String> {
        let set = match key {
            Some(key) => self.variables.borrow_mut().set_element(name, key, value.to_string()),
            None => self.variables.borrow_mut().set_text(name, value.to_string()),
        };
        set.map_err(|_| format!("{name}: readonly variable"))
    }

    /// Sets a variable as an assignment does.
    async fn assign(&self, name: &str, key: Option<&str>, text: String) -> Told<()> {
        let (integer, case) = match self.variables.borrow().get(name) {
            Some(variable) => (variable.integer, variable.case),
            None => (false, None),
        };
        let text = match case {
            _ if integer => self.number(&text).await?.to_string(),
            Some('u') => text.to_uppercase(),
            Some(_) => text.to_lowercase(),
            None => text,
        };
        let set = match key {
            Some(key) => self.variables.borrow_mut().set_element(name, key, text),
            None => self.variables.borrow_mut().set_text(name, text),
        };
        match set {
            Ok(()) => {}
            Err(refusal) => return self.refuse(name, refusal).await,
        }
        if self.options.get().allexport {
            self.variables.borrow_mut().entry(name).exported = true;
        }
        if name == "OPTIND" {
            self.getopts.set((0, 0));
        }
        Ok(())
    }

    /// The number that an expression means.
    async fn number(&self, text: &str) -> Told<i64> {
        match arithmetic::evaluate(self, text) {
            Ok(number) => Ok(number),
            Err(text) => self.give_up(if self.is_bash() { 1 } else { 2 }, text).await,
        }
    }

    fn parameter(&self, place: usize) -> Option<String> {
        match place {
            0 => Some(self.name.borrow().clone()),
            place => self.parameters.borrow().get(place - 1).cloned(),
        }
    }

    /// The letters of the options that are on, as `$-` has them.
    fn letters(&self) -> String {
        let options = self.options.get();
        let mut letters = String::new();
        for (on, letter) in [
            (options.allexport, 'a'),
            (options.errexit, 'e'),
            (options.noglob, 'f'),
            (self.is_bash(), 'h'),
            (options.interactive, 'i'),
            (options.noexec, 'n'),
            (options.nounset, 'u'),
            (options.verbose, 'v'),
            (options.xtrace, 'x'),
            (self.is_bash(), 'B'),
            (options.noclobber, 'C'),
            (options.command && self.is_bash(), 'c'),
            (options.input, 's'),
        ] {
            letters.extend(on.then_some(letter));
        }
        letters
    }

    /// Says what is wrong with a script, and with which status the shell ends.
    async fn complain_of_syntax(&self, mistake: &Mistake, source: &str, what: &str) {
        let (line, lines) = mistake.lines(self.dialect(), source);
        let name = self.name.borrow().clone();
        // A person sees the line above.
        let shown = if self.options.get().interactive { 1 } else { 2 };
        for text in lines.into_iter().take(shown) {
            let text = match self.dialect() {
                Dialect::Bash if self.options.get().interactive => format!("{name}: {text}\n"),
                Dialect::Bash => format!("{name}: {what}line {line}: {text}\n"),
                Dialect::Dash => format!("{name}: {line}: {text}\n"),
                Dialect::BusyBox => format!("{name}: {text}\n"),
            };
            let _ = self.task.write(2, text.as_bytes()).await;
        }
        self.set_status(2);
    }

    fn set_descriptor(&self, number: u32, open: Option<Rc<Open>>) {
        self.task.set_descriptor(number, open);
    }

    /// A new process for a part of the script.
    /// A process of its own for what comes next. That a shell at a terminal does not end on SIGTERM is its own affair.
    fn fork_task(&self) -> Result<Rc<Task>, Errno> {
        let task = self.kernel().fork(Some(&self.task))?;
        let trapped = self.traps.borrow().iter().any(|(event, _)| *event == Event::Signal(Signal::TERM));
        if self.options.get().interactive && !trapped {
            task.ignored.borrow_mut().retain(|signal| *signal != Signal::TERM);
        }
        Ok(task)
    }

    async fn child(&self) -> Told<Rc<Shell>> {
        match self.fork_task() {
            Ok(task) => Ok(self.fork(task)),
            Err(errno) => {
                let text = match self.dialect() {
                    Dialect::Bash => format!("fork: {errno}"),
                    Dialect::Dash => "Cannot fork".into(),
                    Dialect::BusyBox => format!("can't fork: {errno}"),
                };
                self.give_up(if self.is_bash() { 254 } else { 2 }, text).await
            }
        }
    }
}

/// While it lives, failures are tested for and `set -e` means nothing.
struct Tested<'a>(&'a Cell<u32>);

impl<'a> Tested<'a> {
    fn new(shell: &'a Shell) -> Self {
        shell.tested.set(shell.tested.get() + 1);
        Self(&shell.tested)
    }
}

impl Drop for Tested<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}

/// Why a command could not be run, in the shell's words, and its status.
fn not_found(dialect: Dialect, name: &str, errno: Errno) -> (String, i32) {
    let code = if errno == Errno::NoEntry { 127 } else { 126 };
    let text = match (dialect, errno) {
        (Dialect::Bash, Errno::NoEntry) if !name.contains('/') => format!("{name}: command not found"),
        (Dialect::Bash, errno) => format!("{name}: {errno}"),
        (_, Errno::NoEntry) => format!("{name}: not found"),
        // What is a folder may not be run.
        (_, Errno::IsDirectory) => format!("{name}: {}", Errno::PermissionDenied),
        (_, errno) => format!("{name}: {errno}"),
    };
    (text, code)
}
