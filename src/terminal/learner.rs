//! The terminal itself: a machine, its shell, and what stands between them and the cluster.

use super::desk::{self, Kubectl, Shared};
use super::{News, Terminal, World, advice, curl, docker, files, jq};
use crate::kubectl::{Files, Output};
use crate::node;
use crate::shell::{self, Dialect, Machine, Session, Setup, Start, Step, Stream, Typed};
use crate::sim::{Chance, Order, Timestamp};
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

/// The folder in which the terminal begins.
const HOME: &str = "/home/learner";
/// What it may hold, in bytes.
const DISK: u64 = 32 << 20;
/// How much is done at a time, in simple commands.
const SLICE: u64 = 20_000;
/// What looking after a kubectl counts for.
const KUBECTL: u64 = 200;
/// So many slices after each other take no time, as on a quick machine; what computes longer takes the cluster's time,
/// the longer it goes on, the more.
const FREE_SLICES: u32 = 16;
const SHORTEST_SLICE: Duration = Duration::from_millis(10);
const LONGEST_SLICE: Duration = Duration::from_secs(1);
/// How much a line may print, in bytes.
const LONGEST_OUTPUT: usize = 1 << 20;
/// What a line says that Ctrl-C found waiting.
const DROPPED: &str = "[Jobscope] Not run: it waited for its turn when Ctrl-C was pressed.\n";
/// How what Ctrl-C ends has ended, as shells say it.
const INTERRUPTED: i32 = 130;
/// The seed of a terminal's chance is the run's, on a stream of its own.
const STREAM: u64 = 0x7465_726d;

/// Programs that are scripts.
const SCRIPTS: &[(&str, &str)] = &[
    ("less", "#!/bin/sh\ncat \"$@\"\n"),
    ("more", "#!/bin/sh\ncat \"$@\"\n"),
    ("pip", include_str!("scripts/pip.sh")),
    ("pip3", include_str!("scripts/pip.sh")),
    ("gcloud", include_str!("scripts/gcloud.sh")),
];

struct Learner {
    machine: Machine,
    session: Session,
    desk: Shared,
    /// Lines that wait for those before them.
    queue: VecDeque<(usize, String)>,
    /// Lines that Ctrl-C took out of it, until that is told.
    dropped: Vec<usize>,
    current: Option<Line>,
    /// The line that was begun last: what is printed in the background is printed below it.
    last: usize,
    /// When the machine is to go on.
    due: Option<Timestamp>,
    /// How many slices after each other wanted more at once.
    busy: u32,
    /// Whether something was typed, or a key pressed.
    poked: bool,
    /// Bytes that are no character yet, of each stream.
    rest: [Vec<u8>; 2],
    new_namespace: Option<String>,
}

/// A line that is being run.
struct Line {
    number: usize,
    printed: usize,
    /// How often Ctrl-C was pressed.
    interrupts: u32,
    is_cut: bool,
    /// Commands that were not found.
    missed: Vec<String>,
}

/// A machine with the usual programs, and a folder to work in.
fn machine(chance: Chance, now: Timestamp) -> Machine {
    let tree = shell::Files::with_limit(DISK);
    let toolbox = shell::toolbox(Dialect::Bash);
    // Nothing is in the way in an empty tree.
    for folder in ["/dev", "/etc", HOME, "/tmp", "/usr/local/bin", "/var"] {
        let _ = tree.make_folders(folder, now);
    }
    let _ = tree.mount("/bin", &toolbox);
    let _ = tree.mount("/usr/bin", &toolbox);
    for (name, script) in SCRIPTS {
        let path = format!("/usr/local/bin/{name}");
        let _ = tree.write(&path, script, now);
        let _ = tree.set_mode(&path, 0o755);
    }
    let machine = Machine::new(Setup {
        hostname: "jobscope".into(),
        files: tree,
        env: [("HOME", HOME), ("USER", "learner"), ("SHELL", "/bin/bash"), ("TERM", "dumb")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .to_vec(),
        dialect: Dialect::Bash,
        chance,
        user: 1000,
        container: false,
        ..Setup::default()
    });
    let _ = machine.install("/usr/local/bin/jq", Rc::new(jq::Jq));
    machine
}

/// A terminal that holds these files.
pub fn terminal(seed: u64, given: &Files, now: Timestamp) -> Box<dyn Terminal> {
    let chance = Chance::stream(seed, STREAM);
    let machine = machine(chance.clone(), now);
    for name in given.names() {
        write(machine.files(), name, given.get(name).unwrap_or(""), now);
    }
    let desk = Shared::default();
    let kubectl = || Rc::new(Kubectl { desk: desk.clone() });
    let mut programs: Vec<(&str, Rc<dyn shell::Program>)> =
        vec![("kubectl", kubectl()), ("k", kubectl()), ("curl", Rc::new(curl::Curl)), ("wget", Rc::new(curl::Curl))];
    programs.push(("docker", Rc::new(docker::Docker { desk: desk.clone() })));
    for name in ["python3", "python"] {
        programs.extend(node::local_program(name, chance.clone()).map(|program| (name, program)));
    }
    for (name, program) in programs {
        let _ = machine.install(&format!("/usr/local/bin/{name}"), program);
    }
    Box::new(Learner {
        session: begin(&machine, now),
        machine,
        desk,
        queue: VecDeque::new(),
        dropped: Vec::new(),
        current: None,
        last: 0,
        due: None,
        busy: 0,
        poked: false,
        rest: <_>::default(),
        new_namespace: None,
    })
}

/// What a line makes of a text that is piped into it, on a machine of its own: standard output, standard error, exit code.
pub fn filter(line: &str, text: &str, now: Timestamp) -> (String, String, i32) {
    let machine = machine(Chance::stream(0, STREAM), now);
    let start = Start { dir: HOME.into(), stdin: true, ..Start::of(&["bash", "-c", line]) };
    let Ok(process) = machine.start(now, &start) else { return <_>::default() };
    process.write(text.as_bytes());
    process.close_input();
    let mut printed = [Vec::new(), Vec::new()];
    for _ in 0..FREE_SLICES {
        machine.advance(now, SLICE);
        for chunk in process.take_output() {
            printed[usize::from(chunk.stream == Stream::Err)].extend(chunk.bytes);
        }
        if process.exit_code().is_some() {
            break;
        }
    }
    let [out, mut err] = printed.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    let code = process.exit_code().unwrap_or_else(|| {
        err.push_str("[Jobscope] That takes too long to be done in the past: the command is stopped here.\n");
        137
    });
    (out, err, code)
}

/// Writes a file of the working folder.
fn write(tree: &shell::Files, name: &str, text: &str, now: Timestamp) {
    let path = shell::absolute(HOME, name);
    if let Some((folder, _)) = path.rsplit_once('/') {
        let _ = tree.make_folders(folder, now);
    }
    let _ = tree.write(&path, text, now);
}

/// A new shell in a machine.
fn begin(machine: &Machine, now: Timestamp) -> Session {
    let start = Start { dir: HOME.into(), stdin: true, tty: true, ..Start::default() };
    let session = machine.session(now, "bash", &start).or_else(|_| {
        // The folder was removed, or there are too many processes.
        machine.kill();
        let _ = machine.files().make_folders(HOME, now);
        machine.session(now, "bash", &start)
    });
    session.unwrap_or_else(|error| unreachable!("a machine without processes starts a shell: {error:?}"))
}

impl Learner {
    /// Begins the next line, if there is one and nothing runs.
    fn begin_next(&mut self, news: &mut Vec<News>, now: Timestamp) -> bool {
        if self.current.is_some() {
            return false;
        }
        let Some((number, line)) = self.queue.pop_front() else { return false };
        self.last = number;
        if shell::is_unfinished(&line) {
            // Lines are typed whole: nothing will follow.
            self.print(news, number, now, Stream::Err, "bash: syntax error: unexpected end of file\n".into());
            self.session.set_status(2);
            news.push(News { line: number, output: Vec::new(), ended: Some(2) });
            return true;
        }
        self.session.process().renew_input();
        self.session.enter(&line);
        self.current = Some(Line { number, printed: 0, interrupts: 0, is_cut: false, missed: Vec::new() });
        true
    }

    /// Takes what was printed.
    fn collect(&mut self, news: &mut Vec<News>) -> bool {
        let chunks = self.session.process().take_output();
        let any = !chunks.is_empty();
        for chunk in chunks {
            let rest = &mut self.rest[usize::from(chunk.stream == Stream::Err)];
            rest.extend(chunk.bytes);
            let complete = match std::str::from_utf8(rest) {
                Err(error) if error.error_len().is_none() => error.valid_up_to(),
                _ => rest.len(),
            };
            let text = String::from_utf8_lossy(&rest.drain(..complete).collect::<Vec<_>>()).into_owned();
            self.tell(news, chunk.at, chunk.stream, text);
        }
        any
    }

    fn tell(&mut self, news: &mut Vec<News>, at: Timestamp, stream: Stream, text: String) {
        if let Some(line) = &mut self.current {
            line.printed += text.len();
            if line.is_cut {
                return;
            }
            if stream == Stream::Err && line.missed.is_empty() {
                line.missed.extend(advice::missed(&text));
            }
            if line.printed > LONGEST_OUTPUT {
                line.is_cut = true;
                let why = "\n[Jobscope] That was more than 1 MiB: the command is stopped here.\n";
                let number = line.number;
                self.print(news, number, at, Stream::Err, why.into());
                return self.interrupt(number);
            }
        }
        self.print(news, self.last, at, stream, text);
    }

    fn print(&self, news: &mut Vec<News>, line: usize, at: Timestamp, stream: Stream, text: String) {
        let stream = match stream {
            Stream::Out => crate::kubectl::Stream::Out,
            Stream::Err => crate::kubectl::Stream::Err,
        };
        if !text.is_empty() {
            news.push(News { line, output: vec![Output { at, stream, text }], ended: None });
        }
    }

    /// Tells of the line that is over.
    fn settle(&mut self, news: &mut Vec<News>, now: Timestamp) -> bool {
        let exited = self.session.process().exit_code();
        let typed = self.session.next_ended();
        let code = match (typed, exited) {
            (Some(Typed::Done(code)), _) | (None, Some(code)) => code,
            (Some(Typed::More), _) => {
                self.session.give_up();
                2
            }
            (None, None) => return false,
        };
        if exited.is_some() {
            self.session = begin(&self.machine, now);
        }
        let Some(line) = self.current.take() else { return exited.is_some() };
        for missed in &line.missed {
            if let Some(advice) = advice::advice(missed, &self.commands("")) {
                self.print(news, line.number, now, Stream::Err, advice);
            }
        }
        news.push(News { line: line.number, output: Vec::new(), ended: Some(code) });
        true
    }

    /// Ends all processes, and begins a new shell with the same files.
    fn restart(&mut self, now: Timestamp, news: &mut Vec<News>) {
        self.machine.kill();
        self.machine.advance(now, SLICE);
        self.session = begin(&self.machine, now);
        if let Some(line) = self.current.take() {
            let why = "[Jobscope] It did not end: the shell was ended with it, and a new one is here.\n";
            self.print(news, line.number, now, Stream::Err, why.into());
            news.push(News { line: line.number, output: Vec::new(), ended: Some(137) });
        }
    }

    /// The names of commands that begin so, sorted.
    fn commands(&self, start: &str) -> Vec<String> {
        let mut names: Vec<String> = BUILTINS.iter().map(|name| (*name).to_owned()).collect();
        for folder in ["/bin", "/usr/local/bin"] {
            names.extend(self.machine.files().list(folder).unwrap_or_default().into_iter().map(|(name, _)| name));
        }
        names.retain(|name| name.starts_with(start) && name != "[");
        names.order_by_key(Clone::clone);
        names.dedup();
        names
    }
}

/// How long a slice takes, of those that wanted more at once.
fn slice(number: u32) -> Duration {
    match number.checked_sub(FREE_SLICES) {
        None => Duration::ZERO,
        Some(paid) => (SHORTEST_SLICE * (1 << paid.min(10))).min(LONGEST_SLICE),
    }
}

/// What the shell does itself.
const BUILTINS: &[&str] = &[
    "alias", "break", "case", "cd", "command", "continue", "declare", "do", "done", "else", "eval", "exec", "exit",
    "export", "fi", "for", "function", "history", "if", "jobs", "let", "local", "read", "return", "set", "shift",
    "source", "then", "time", "trap", "type", "ulimit", "umask", "unalias", "unset", "until", "wait", "while",
];

impl Terminal for Learner {
    fn enter(&mut self, number: usize, line: &str) {
        self.queue.push_back((number, line.to_owned()));
        self.poked = true;
    }

    fn advance(&mut self, mut world: World<'_>) -> Vec<News> {
        let now = world.api.now();
        let mut news = Vec::new();
        if self.current.as_ref().is_some_and(|line| line.interrupts > 1) {
            self.restart(now, &mut news);
        }
        for number in std::mem::take(&mut self.dropped) {
            self.print(&mut news, number, now, Stream::Err, DROPPED.into());
            news.push(News { line: number, output: Vec::new(), ended: Some(INTERRUPTED) });
        }
        let asked = self.desk.borrow_mut().advance(&mut world);
        let is_due = self.due.is_some_and(|due| due <= now);
        if !asked && !is_due && !self.poked {
            return news;
        }
        self.poked = false;
        let mut fuel = SLICE;
        let step = loop {
            let begun = self.begin_next(&mut news, now);
            let step = self.machine.advance(now, fuel);
            fuel = self.machine.fuel_left();
            let printed = self.collect(&mut news);
            let ended = self.settle(&mut news, now);
            let answered = {
                let mut desk = self.desk.borrow_mut();
                let had_work = desk.has_work();
                fuel = fuel.saturating_sub(if had_work { KUBECTL } else { 0 });
                desk.advance(&mut world)
            };
            let goes_on = begun || ended || answered || (printed && step == Step::Busy);
            if fuel == 0 || !goes_on {
                break if fuel == 0 { Step::Busy } else { step };
            }
        };
        self.new_namespace = self.desk.borrow_mut().namespace.take().or(self.new_namespace.take());
        self.due = match step {
            Step::SleepsUntil(at) => Some(at.max(now + Duration::from_millis(1))),
            Step::Waits | Step::Exited(_) => None,
            Step::Busy => Some(now + slice(self.busy)),
        };
        self.busy = if step == Step::Busy { self.busy.saturating_add(1) } else { 0 };
        news
    }

    fn due(&self) -> Option<Timestamp> {
        self.due.into_iter().chain(self.desk.borrow().due()).min()
    }

    fn waiting(&self) -> Vec<usize> {
        self.queue.iter().map(|(number, _)| *number).collect()
    }

    fn reader(&self) -> Option<(usize, bool)> {
        self.current.as_ref().map(|line| (line.number, self.session.process().wants_input()))
    }

    fn interrupt(&mut self, number: usize) {
        self.poked = true;
        match self.current.as_mut().filter(|line| line.number == number) {
            Some(line) => {
                line.interrupts += 1;
                self.session.process().interrupt();
            }
            None => {
                let place = self.queue.iter().position(|(queued, _)| *queued == number);
                self.dropped.extend(place.and_then(|place| self.queue.remove(place)).map(|(number, _)| number));
            }
        }
    }

    fn input(&mut self, text: &str) {
        let (before, ends) = text.split_once('\u{4}').map_or((text, false), |(before, _)| (before, true));
        let process = self.session.process();
        process.write(before.as_bytes());
        if ends {
            process.close_input();
        }
        self.poked = true;
    }

    fn set_status(&mut self, code: i32) {
        if self.current.is_none() {
            self.session.set_status(code);
        }
    }

    fn new_namespace(&mut self) -> Option<String> {
        self.new_namespace.take()
    }

    fn folder(&self) -> String {
        let dir = self.session.process().dir();
        match dir.strip_prefix(HOME) {
            Some("") => "~".into(),
            Some(below) if below.starts_with('/') => format!("~{below}"),
            _ => dir,
        }
    }

    fn has_alias(&self, name: &str) -> bool {
        self.session.has_alias(name)
    }

    fn files(&self) -> Files {
        let mut all = Files::new();
        files::add_folder(&mut all, self.machine.files(), HOME, "", &mut 10_000);
        all
    }

    fn write(&mut self, name: &str, text: &str, now: Timestamp) {
        write(self.machine.files(), name, text, now);
    }

    fn files_for(&self, line: &str) -> Files {
        desk::files_for(line, &self.session.process().dir(), self.machine.files())
    }

    fn complete(&self, word: &str, is_command: bool) -> Vec<String> {
        if is_command && !word.contains('/') {
            return self.commands(word);
        }
        let (folder, start) = word.rsplit_once('/').map_or(("", word), |(folder, _)| word.split_at(folder.len() + 1));
        let dir = match folder.strip_prefix("~/") {
            Some(below) => shell::absolute(HOME, below),
            None => shell::absolute(&self.session.process().dir(), folder),
        };
        let entries = self.machine.files().list(&dir).unwrap_or_default();
        let fitting = entries
            .into_iter()
            .filter(|(name, _)| name.starts_with(start) && (!name.starts_with('.') || start.starts_with('.')));
        fitting
            .map(|(name, stat)| {
                let end = if stat.kind == shell::FileKind::Folder { "/" } else { "" };
                format!("{folder}{name}{end}")
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_make_one_text_of_another() {
        let check = |line: &str, text: &str, expected: (&str, &str, i32)| {
            let (out, err, code) = filter(line, text, Timestamp::from_secs(1));
            assert_eq!((out.as_str(), err.as_str(), code), expected, "{line}");
        };
        check("grep -v b | wc -l", "a\nb\nc\n", ("2\n", "", 0));
        check("grep x", "a\n", ("", "", 1));
        check("jq -c .a | awk '{print NR, $0}'", "{\"a\": [1, 2]}", ("1 [1,2]\n", "", 0));
        check("cat nowhere", "", ("", "cat: nowhere: No such file or directory\n", 1));
        let endless = "[Jobscope] That takes too long to be done in the past: the command is stopped here.\n";
        check("sleep 10", "", ("", endless, 137));
    }
}
