//! A machine: the world of a container, or of a terminal. Its owner drives it.

use super::language;
use super::open::{Open, Sink, Writer, pipe};
use super::program::{Call, Executable, Io, Program, Step};
use super::task::{Code, Exit, Flow, Task};
use super::tools::{self, Desk, Run};
use super::{Access, Errno, Files, Session, Signal, absolute};
use crate::sim::{Chance, Timestamp};
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// How many processes there may be at a time; then fork fails.
const MAX_TASKS: usize = 256;

/// What starting a process costs, in simple commands: it gets a copy of all that its parent knows.
const FORK: u64 = 20;

/// Which shell `sh` is, and whose words the small programs speak.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dialect {
    /// GNU's programs; `sh` is bash. Fedora, and the image `bash`.
    #[default]
    Bash,
    /// GNU's programs; `sh` is dash. Debian, Ubuntu and most images.
    Dash,
    /// BusyBox, and its ash. Alpine too.
    BusyBox,
}

/// What a machine is made of.
#[derive(Clone, Debug)]
pub struct Setup {
    pub hostname: String,
    /// What stands after the host's name in its full name (`hostname -f`), if it has one.
    pub domain: String,
    pub files: Files,
    /// What each process started by the owner has in its environment; `PATH` is set if it is missing.
    pub env: Vec<(String, String)>,
    pub dialect: Dialect,
    /// What `$RANDOM` draws from.
    pub chance: Chance,
    /// The number of the user, 0 for root.
    pub user: u32,
    /// Whether the first process is process 1: signals it does nothing about do not end it, and all others end with it.
    pub container: bool,
}

impl Default for Setup {
    /// An empty container on which nothing is installed.
    fn default() -> Self {
        Self {
            hostname: "localhost".into(),
            domain: String::new(),
            files: Files::new(),
            env: Vec::new(),
            dialect: Dialect::default(),
            chance: Chance::new(0),
            user: 0,
            container: true,
        }
    }
}

/// How a process is to be started.
#[derive(Clone, Debug, Default)]
pub struct Start {
    /// The program and its arguments.
    pub args: Vec<String>,
    /// Added to the machine's environment.
    pub env: Vec<(String, String)>,
    /// The working folder; `/` if empty.
    pub dir: String,
    /// Whether the owner will write to its standard input; else that is at its end.
    pub stdin: bool,
    /// Whether its streams are a terminal.
    pub tty: bool,
}

impl Start {
    /// With these arguments.
    pub fn of(args: &[&str]) -> Self {
        Self { args: args.iter().map(|arg| (*arg).to_owned()).collect(), ..Self::default() }
    }
}

/// Why a process could not be started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StartError {
    /// No folder of `PATH` has it: `executable file not found in $PATH`.
    NotInPath,
    /// A path was given, and this is wrong with it.
    Path(Errno),
    /// The working folder.
    Dir(Errno),
}

/// Which stream something was printed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    Out,
    Err,
}

/// Something that was printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    pub at: Timestamp,
    pub stream: Stream,
    pub bytes: Vec<u8>,
}

impl Chunk {
    /// As text; what is not UTF-8 is replaced.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }
}

/// A machine. A clone is the same one; when the last is dropped, and the last [`Process`], all of its processes end.
#[derive(Clone)]
pub struct Machine(Rc<Owned>);

struct Owned(Rc<Kernel>);

impl Drop for Owned {
    fn drop(&mut self) {
        for task in self.0.tasks() {
            task.end(Exit::Signal(Signal::KILL));
        }
        self.0.tasks.borrow_mut().clear();
    }
}

/// What all processes of a machine share.
pub(super) struct Kernel {
    pub setup: Setup,
    pub chance: RefCell<Chance>,
    /// Whether anything happened in this round.
    pub progress: Cell<bool>,
    /// Whether somebody waits for the owner to collect what was printed.
    pub blocked_by_owner: Cell<bool>,
    now: Cell<Timestamp>,
    fuel: Cell<u64>,
    tasks: RefCell<Vec<Rc<Task>>>,
    last_pid: Cell<u32>,
}

impl Machine {
    /// A machine on which nothing runs.
    pub fn new(setup: Setup) -> Self {
        let chance = RefCell::new(setup.chance.clone());
        Self(Rc::new(Owned(Rc::new(Kernel {
            setup,
            chance,
            progress: Cell::new(false),
            blocked_by_owner: Cell::new(false),
            now: Cell::default(),
            fuel: Cell::new(0),
            tasks: RefCell::default(),
            last_pid: Cell::new(0),
        }))))
    }

    /// Its files.
    pub fn files(&self) -> &Files {
        &self.0.0.setup.files
    }

    /// What it was made of.
    pub fn setup(&self) -> &Setup {
        &self.0.0.setup
    }

    /// Puts a program at a path, such as `/usr/local/bin/redis-cli`.
    pub fn install(&self, path: &str, program: Rc<dyn Program>) -> Result<(), Errno> {
        self.files().install(path, Executable::Outside(program))
    }

    /// Starts a process. It does nothing before the machine goes on.
    pub fn start(&self, now: Timestamp, start: &Start) -> Result<Process, StartError> {
        let kernel = &self.0.0;
        let env = kernel.environment(&start.env);
        let name = start.args.first().map_or("", String::as_str);
        let path = env.iter().find(|(key, _)| key == "PATH").map_or("", |(_, value)| value);
        let dir = absolute("/", &start.dir);
        let found = kernel.look_up(name, path, &dir);
        let program = found.map_err(|errno| match errno {
            Errno::NoEntry if !name.contains('/') => StartError::NotInPath,
            errno => StartError::Path(errno),
        });
        let (task, sink, input) = self.prepare(now, start)?;
        let program = program.inspect_err(|_| kernel.forget(&task))?;
        task.start(execute(task.clone(), program, start.args.clone(), env));
        Ok(Process { machine: self.clone(), task, sink, input })
    }

    /// A process with its streams, that has nothing to do yet.
    fn prepare(&self, now: Timestamp, start: &Start) -> Result<Prepared, StartError> {
        let kernel = &self.0.0;
        kernel.now.set(now.max(kernel.now.get()));
        let dir = absolute("/", &start.dir);
        match kernel.setup.files.stat(&dir) {
            Ok(stat) if stat.kind == super::FileKind::Folder => {}
            Ok(_) => return Err(StartError::Dir(Errno::NotDirectory)),
            Err(errno) => return Err(StartError::Dir(errno)),
        }
        let task = kernel.fork(None).map_err(StartError::Path)?;
        *task.dir.borrow_mut() = dir;
        let sink = Rc::new(Sink { terminal: start.tty, ..Sink::default() });
        let (stdin, input) = if start.stdin {
            let (reader, writer) = pipe();
            (Open::Reader { pipe: reader, terminal: start.tty }, Some(writer))
        } else {
            (Open::Null, None)
        };
        task.set_descriptor(0, Some(Rc::new(stdin)));
        for (number, stream) in [(1, Stream::Out), (2, Stream::Err)] {
            task.set_descriptor(number, Some(Rc::new(Open::Output { sink: sink.clone(), stream })));
        }
        Ok((task, sink, Rc::new(RefCell::new(input))))
    }

    /// Starts the shell of a terminal whose owner types whole lines. `name` is what it calls itself: `bash`.
    pub fn session(&self, now: Timestamp, name: &str, start: &Start) -> Result<Session, StartError> {
        let lines = Rc::<language::Lines>::default();
        let (task, sink, input) = self.prepare(now, start)?;
        let env = self.0.0.environment(&start.env);
        *task.args.borrow_mut() = vec![name.to_owned()];
        task.start(language::session(task.clone(), name.to_owned(), env, lines.clone()));
        Ok(Session::new(Process { machine: self.clone(), task, sink, input }, lines))
    }

    /// Lets all processes go on to `now`, as far as `fuel` goes (a simple command costs about 1): until all of them sleep
    /// or wait. [`Step::Exited`] is never the answer.
    pub fn advance(&self, now: Timestamp, fuel: u64) -> Step {
        self.0.0.advance(now, fuel)
    }

    /// How much of the fuel of the last [`Machine::advance`] is left.
    pub fn fuel_left(&self) -> u64 {
        self.0.0.fuel.get()
    }

    /// Sends every process a signal that nobody can ignore.
    pub fn kill(&self) {
        for task in self.0.0.tasks() {
            task.end(Exit::Signal(Signal::KILL));
        }
    }
}

/// A process, what collects its output, and what feeds its input.
type Prepared = (Rc<Task>, Rc<Sink>, Rc<RefCell<Option<Writer>>>);

/// A process that the owner started.
#[derive(Clone)]
pub struct Process {
    machine: Machine,
    task: Rc<Task>,
    sink: Rc<Sink>,
    input: Rc<RefCell<Option<Writer>>>,
}

impl Process {
    /// Its number.
    pub fn pid(&self) -> u32 {
        self.task.pid
    }

    /// Where it runs.
    pub fn machine(&self) -> &Machine {
        &self.machine
    }

    /// As [`Machine::advance`], and says when this process is over.
    pub fn advance(&self, now: Timestamp, fuel: u64) -> Step {
        let step = self.machine.advance(now, fuel);
        self.exit_code().map_or(step, Step::Exited)
    }

    /// Its exit code when it is over; 128 and the number of the signal that ended it.
    pub fn exit_code(&self) -> Option<i32> {
        self.task.exit.get().map(Exit::code)
    }

    /// The signal that ended it.
    pub fn ended_by(&self) -> Option<Signal> {
        match self.task.exit.get() {
            Some(Exit::Signal(signal)) => Some(signal),
            _ => None,
        }
    }

    /// What was printed since the last time, by it and its children. To be collected after every advance: who prints more
    /// than is collected has to wait.
    pub fn take_output(&self) -> Vec<Chunk> {
        self.sink.take()
    }

    /// Gives it something to read.
    pub fn write(&self, bytes: &[u8]) {
        if let Some(input) = &*self.input.borrow() {
            input.push(bytes);
        }
    }

    /// Whether it, or a child, waits for something to read.
    pub fn wants_input(&self) -> bool {
        self.input.borrow().as_ref().is_some_and(Writer::is_wanting)
    }

    /// Lets its standard input end.
    pub fn close_input(&self) {
        let input = self.input.take();
        drop(input);
    }

    /// Gives it a standard input of its own again, if that has ended: a terminal can be read on after Ctrl-D.
    pub fn renew_input(&self) {
        if let Some(input) = &*self.input.borrow() {
            return input.renew();
        }
        let (reader, writer) = pipe();
        self.task.set_descriptor(0, Some(Rc::new(Open::Reader { pipe: reader, terminal: self.sink.terminal })));
        self.input.replace(Some(writer));
    }

    /// Its working folder.
    pub fn dir(&self) -> String {
        self.task.dir.borrow().clone()
    }

    /// Sends it a signal from outside: `KILL` ends also process 1.
    pub fn signal(&self, signal: Signal) {
        self.machine.0.0.signal(&self.task, signal, true);
    }

    /// Ctrl-C in its terminal: it and its children that are in the foreground get `INT`.
    pub fn interrupt(&self) {
        let kernel = &self.machine.0.0;
        for task in kernel.tasks() {
            if kernel.descends(&task, self.task.pid) && !task.background.get() {
                kernel.signal(&task, Signal::INT, true);
            }
        }
    }
}

impl Kernel {
    pub fn now(&self) -> Timestamp {
        self.now.get()
    }

    pub fn dialect(&self) -> Dialect {
        self.setup.dialect
    }

    pub fn files(&self) -> &Files {
        &self.setup.files
    }

    pub fn spend(&self, cost: u64) {
        self.fuel.set(self.fuel.get().saturating_sub(cost));
    }

    pub fn is_spent(&self) -> bool {
        self.fuel.get() == 0
    }

    /// The processes, in the order of their numbers.
    pub fn tasks(&self) -> Vec<Rc<Task>> {
        self.tasks.borrow().clone()
    }

    fn advance(&self, now: Timestamp, fuel: u64) -> Step {
        self.now.set(now.max(self.now.get()));
        self.fuel.set(fuel);
        loop {
            self.progress.set(false);
            self.blocked_by_owner.set(false);
            let tasks = self.tasks();
            for task in tasks.iter().filter(|task| task.is_alive()) {
                task.poll();
            }
            self.clear_away();
            if self.is_spent() || self.blocked_by_owner.get() {
                return Step::Busy;
            }
            if !self.progress.get() {
                break;
            }
        }
        let alive = self.tasks();
        let wake = alive.iter().filter(|task| task.is_alive()).filter_map(|task| task.wakes_at()).min();
        wake.map_or(Step::Waits, Step::SleepsUntil)
    }

    /// Forgets the dead that nobody waits for.
    fn clear_away(&self) {
        let tasks = self.tasks();
        let init_is_dead = tasks.iter().any(|task| task.pid == 1 && !task.is_alive());
        if self.setup.container && init_is_dead {
            tasks.iter().for_each(|task| task.end(Exit::Signal(Signal::KILL)));
        }
        if tasks.iter().all(|task| task.is_alive()) {
            return;
        }
        let alive = |pid: u32| tasks.iter().any(|task| task.pid == pid && task.is_alive());
        for task in tasks.iter().filter(|task| task.parent.get() != 0 && !alive(task.parent.get())) {
            task.parent.set(0);
        }
        self.tasks.borrow_mut().retain(|task| task.is_alive() || task.parent.get() != 0);
    }

    /// A new process: a child, or one that the owner starts.
    pub fn fork(self: &Rc<Self>, parent: Option<&Task>) -> Result<Rc<Task>, Errno> {
        if self.tasks.borrow().len() >= MAX_TASKS {
            return Err(Errno::TryAgain);
        }
        self.spend(FORK);
        let pid = self.last_pid.get() + 1;
        self.last_pid.set(pid);
        let task = Rc::new(Task::new(self, pid, parent));
        self.tasks.borrow_mut().push(task.clone());
        self.progress.set(true);
        Ok(task)
    }

    /// Lets a process that never ran be as if it had not been.
    fn forget(&self, task: &Task) {
        self.tasks.borrow_mut().retain(|known| known.pid != task.pid);
        self.last_pid.set(self.last_pid.get() - 1);
    }

    /// How a child ended, if it did; it is forgotten then.
    pub fn reap(&self, parent: u32, pid: u32) -> Option<Exit> {
        let mut tasks = self.tasks.borrow_mut();
        let Some(place) = tasks.iter().position(|task| task.pid == pid && task.parent.get() == parent) else {
            return Some(Exit::Code(127));
        };
        let exit = tasks[place].exit.get()?;
        tasks.remove(place);
        Some(exit)
    }

    pub fn task(&self, pid: u32) -> Option<Rc<Task>> {
        self.tasks.borrow().iter().find(|task| task.pid == pid && task.is_alive()).cloned()
    }

    fn descends(&self, task: &Task, from: u32) -> bool {
        let mut pid = task.pid;
        let mut parent = task.parent.get();
        while pid != from {
            let Some(next) = self.task(parent) else { return false };
            (pid, parent) = (next.pid, next.parent.get());
        }
        true
    }

    /// Sends a signal. Process 1 of a container gets from inside only what it asked for.
    pub fn signal(&self, task: &Task, signal: Signal, from_outside: bool) {
        if !task.is_alive() {
            return;
        }
        self.progress.set(true);
        let is_init = self.setup.container && task.pid == 1;
        if signal == Signal::KILL {
            if from_outside || !is_init {
                task.end(Exit::Signal(signal));
            }
        } else if task.ignored.borrow().contains(&signal) {
        } else if task.catches(signal) {
            task.deliver(signal);
        } else if !signal.is_harmless() && (!is_init || signal == Signal::PIPE) {
            task.end(Exit::Signal(signal));
        }
    }

    fn environment(&self, more: &[(String, String)]) -> Vec<(String, String)> {
        let home = ("HOME".to_owned(), if self.setup.user == 0 { "/root" } else { "/" }.to_owned());
        let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
        let hostname = ("HOSTNAME".to_owned(), self.setup.hostname.clone());
        let mut env: Vec<(String, String)> = vec![("PATH".into(), path.into()), hostname, home];
        for (name, value) in self.setup.env.iter().chain(more) {
            match env.iter_mut().find(|(known, _)| known == name) {
                Some((_, known)) => known.clone_from(value),
                None => env.push((name.clone(), value.clone())),
            }
        }
        env
    }

    /// Where a program of this name is.
    pub fn which(&self, name: &str, path: &str, dir: &str) -> Result<String, Errno> {
        let can_run = |path: &str| match self.files().stat(path) {
            Ok(stat) if stat.kind == super::FileKind::Folder => Err(Errno::IsDirectory),
            Ok(stat) if stat.mode & 0o111 == 0 => Err(Errno::PermissionDenied),
            Ok(_) => Ok(path.to_owned()),
            Err(errno) => Err(errno),
        };
        if name.contains('/') {
            return can_run(&absolute(dir, name));
        }
        let mut result = Err(Errno::NoEntry);
        for folder in path.split(':').filter(|_| !name.is_empty()) {
            let at = format!("{}/{name}", absolute(dir, folder).trim_end_matches('/'));
            match can_run(&at) {
                Ok(found) => return Ok(found),
                Err(Errno::PermissionDenied) => result = Err(Errno::PermissionDenied),
                Err(_) => {}
            }
        }
        result
    }

    /// What is to be run for a name.
    pub fn look_up(&self, name: &str, path: &str, dir: &str) -> Result<Image, Errno> {
        let path = self.which(name, path, dir)?;
        // A script is told the path by which it was called.
        let shown = if name.contains('/') { name.to_owned() } else { path.clone() };
        if let Some(executable) = self.files().executable(&path) {
            return Ok(Image::Program(executable));
        }
        let text = self.files().read_text(&path)?;
        let interpreter = text.strip_prefix("#!").and_then(|rest| rest.lines().next()).map(|line| {
            line.trim().splitn(2, ' ').map(|word| word.trim().to_owned()).filter(|word| !word.is_empty()).collect()
        });
        Ok(Image::Script { path: shown, interpreter: interpreter.unwrap_or_default() })
    }
}

/// What a process is to run.
pub(super) enum Image {
    Program(Executable),
    /// A file of text, and the words after its `#!`.
    Script {
        path: String,
        interpreter: Vec<String>,
    },
}

/// The code of a process that runs a program.
pub(super) fn execute(task: Rc<Task>, image: Image, args: Vec<String>, env: Vec<(String, String)>) -> Code {
    *task.args.borrow_mut() = args.clone();
    match image {
        Image::Program(Executable::Outside(program)) => Box::pin(outside(task, program, args, env)),
        Image::Program(Executable::Tool(tool)) => match tool.run {
            Run::Code(start) => start(task, args, env),
            Run::Plain(run) => Box::pin(async move {
                let mut desk = Desk::new(&task, tool.name, args, env);
                let code = run(&mut desk);
                let written = task.print(desk.take_printed()).await;
                task.status.set(tools::after_writing(&task, tool.name, written, code).await);
                Flow::Next
            }),
            Run::Filter(plan) => Box::pin(async move {
                let mut desk = Desk::new(&task, tool.name, args, env);
                let planned = plan(&mut desk);
                tools::filter(&task, tool.name, desk, planned).await
            }),
        },
        Image::Script { path, interpreter } if interpreter.is_empty() => {
            let mut all = vec!["sh".to_owned(), path];
            all.extend(args.into_iter().skip(1));
            language::program(task, all, env)
        }
        Image::Script { path, interpreter } => Box::pin(async move {
            let found = task.kernel.look_up(&interpreter[0], "", "/");
            let mut all = interpreter.clone();
            all.push(path);
            all.extend(args.iter().skip(1).cloned());
            match found {
                Ok(Image::Script { .. }) | Err(_) => {
                    let text = format!("{}: {}: bad interpreter: {}\n", args[0], interpreter[0], Errno::NoEntry);
                    let _ = task.write(2, text.as_bytes()).await;
                    task.status.set(126);
                    Flow::Next
                }
                Ok(image) => task.call(execute(task.clone(), image, all, env)).await,
            }
        }),
    }
}

/// The code of a process that runs somebody else's program.
async fn outside(task: Rc<Task>, program: Rc<dyn Program>, args: Vec<String>, env: Vec<(String, String)>) -> Flow {
    let kernel = task.kernel.clone();
    let call = Call {
        args,
        env,
        dir: task.dir.borrow().clone(),
        files: kernel.files().clone(),
        hostname: kernel.setup.hostname.clone(),
        dialect: kernel.dialect(),
    };
    let mut running = program.start(call);
    loop {
        let mut pieces = Vec::new();
        task.work(1).await;
        let step = running.advance(&mut Io { task: &task, pieces: &mut pieces }, kernel.now());
        let printed = !pieces.is_empty();
        let _ = task.print(pieces).await;
        match step {
            Step::Exited(code) => {
                task.status.set(code);
                return Flow::Next;
            }
            Step::Busy => task.give_way().await,
            // Whether what it waits for has come only it can say: it is asked whenever the machine goes on.
            Step::SleepsUntil(_) | Step::Waits if printed => {}
            Step::SleepsUntil(at) => {
                task.wake_at(at);
                task.pause().await;
            }
            Step::Waits => task.pause().await,
        }
    }
}

/// Opens a path for a process; some are no files.
pub(super) fn open(task: &Task, path: &str, access: Access) -> Result<Rc<Open>, Errno> {
    let kernel = &task.kernel;
    let path = absolute(&task.dir.borrow(), path);
    let number = match path.strip_prefix("/dev/") {
        Some("null") => return Ok(Rc::new(Open::Null)),
        Some("zero") => return Ok(Rc::new(Open::Zero)),
        Some("random" | "urandom") => {
            let seed = kernel.chance.borrow_mut().next_u64();
            return Ok(Rc::new(Open::Random(RefCell::new(Chance::new(seed)))));
        }
        Some("stdin") => Some(0),
        Some("stdout") => Some(1),
        Some("stderr" | "tty") => Some(2),
        Some(rest) => rest.strip_prefix("fd/").and_then(|number| number.parse().ok()),
        // What process 1 prints is what a container's log holds.
        None => match path.strip_prefix("/proc/1/fd/").and_then(|number| number.parse().ok()) {
            Some(number) => {
                return kernel.task(1).and_then(|init| init.descriptor(number)).ok_or(Errno::NoEntry);
            }
            None => path.strip_prefix("/proc/self/fd/").and_then(|number| number.parse().ok()),
        },
    };
    if let Some(number) = number {
        return task.descriptor(number).ok_or(Errno::NoEntry);
    }
    let mode = 0o666 & !task.umask.get();
    let file = kernel.files().open(&path, access, mode, kernel.now())?;
    let (read, write, append) = (access.read, access.write, access.append);
    Ok(Rc::new(Open::File { file, offset: Cell::new(0), read, write, append }))
}
