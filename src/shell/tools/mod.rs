//! The small programs: those of the GNU core utilities, or of BusyBox, that learners use.
//!
//! Most are one of two sorts. A plain one does all it does at once, and says what it prints. A [`Filter`] gets the lines
//! of its input one by one. Only what takes time is code of its own.

use super::machine::Dialect;
use super::program::Executable;
use super::task::{Code, Flow, Task, append};
use super::{Access, Errno, Files, Signal, absolute, language};
use crate::sim::Timestamp;
use std::borrow::Cow;
use std::rc::Rc;

mod awk;
mod basic;
mod date;
mod files;
mod print;
mod sed;
mod text;
mod time;

pub(super) use basic::kill;
pub(super) use print::printf_text;
pub(super) use time::duration;

/// The longest line that a filter takes, in bytes.
const LONGEST_LINE: usize = 4 << 20;

/// A small program.
pub struct Tool {
    pub(super) name: &'static str,
    pub(super) run: Run,
}

/// What a process has in its environment.
type Env = Vec<(String, String)>;

/// What a small program is.
#[derive(Clone, Copy)]
pub(super) enum Run {
    /// Does all at once; the answer is the exit code.
    Plain(fn(&mut Desk<'_>) -> i32),
    /// Says what is to be done with each line of which files, or with what exit code it refuses.
    Filter(fn(&mut Desk<'_>) -> Result<Plan, i32>),
    /// Anything.
    Code(fn(Rc<Task>, Vec<String>, Env) -> Code),
}

/// What a filter is to read.
pub(super) struct Plan {
    pub filter: Box<dyn Filter>,
    /// Files; `-` is standard input.
    pub files: Vec<String>,
}

/// Whether a filter wants more lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Want {
    More,
    /// No more of this file.
    NextFile,
    /// No more at all.
    Enough,
}

/// What is done with each line of the input.
pub(super) trait Filter {
    /// Whether it wants anything at all.
    fn wants_any(&self) -> bool {
        true
    }

    /// Whether it takes its input as it comes, and not cut into lines.
    fn raw(&self) -> bool {
        false
    }

    /// A file begins: its name, as it was given.
    fn file(&mut self, _name: &str, _desk: &mut Desk<'_>) {}

    /// A line with its line break; the last may have none.
    fn line(&mut self, line: &[u8], desk: &mut Desk<'_>) -> Want;

    /// A file ends.
    fn file_end(&mut self, _desk: &mut Desk<'_>) {}

    /// The end; the answer is the exit code if no file failed.
    fn end(&mut self, _desk: &mut Desk<'_>) -> i32 {
        0
    }

    /// A file could not be read. What it exits with then, if its end is no worse.
    fn failed(&mut self) -> i32 {
        1
    }
}

/// All small programs, by name.
const TOOLS: &[&[Tool]] =
    &[awk::TOOLS, basic::TOOLS, date::TOOLS, files::TOOLS, print::TOOLS, sed::TOOLS, text::TOOLS, time::TOOLS];

/// Names under which the shell is found.
const SHELLS: &[Tool] = &[shell("ash"), shell("bash"), shell("dash"), shell("sh")];

const fn shell(name: &'static str) -> Tool {
    Tool { name, run: Run::Code(language::program) }
}

/// The small program of a name.
pub(super) fn find(name: &str) -> Option<&'static Tool> {
    TOOLS.iter().flat_map(|tools| tools.iter()).find(|tool| tool.name == name)
}

/// A folder with the shell and all small programs, to be mounted at `/bin` and `/usr/bin` of any number of machines.
/// `bash` is in it if the dialect's images have it.
pub fn toolbox(dialect: Dialect) -> Files {
    let files = Files::new();
    let names: &[&str] = match dialect {
        Dialect::Bash => &["sh", "bash"],
        Dialect::Dash => &["sh", "bash", "dash"],
        Dialect::BusyBox => &["sh", "ash"],
    };
    let shells = SHELLS.iter().filter(|tool| names.contains(&tool.name));
    for tool in TOOLS.iter().flat_map(|tools| tools.iter()).chain(shells) {
        // Nothing is in the way of a name in an empty folder.
        let _ = files.install(&format!("/{}", tool.name), Executable::Tool(tool));
    }
    files.read_only()
}

/// What a small program has at hand while it is called.
pub(super) struct Desk<'a> {
    pub task: &'a Rc<Task>,
    /// How it calls itself in messages.
    pub name: Cow<'static, str>,
    pub args: Vec<String>,
    pub env: Vec<(String, String)>,
    /// Whose words it speaks: the machine's, or for a builtin its shell's.
    pub dialect: Dialect,
    printed: Vec<(u32, Vec<u8>)>,
}

impl<'a> Desk<'a> {
    pub fn new(
        task: &'a Rc<Task>,
        name: impl Into<Cow<'static, str>>,
        args: Vec<String>,
        env: Vec<(String, String)>,
    ) -> Self {
        let dialect = task.kernel.dialect();
        Self { task, name: name.into(), args, env, dialect, printed: Vec::new() }
    }

    pub fn out(&mut self, text: impl AsRef<[u8]>) {
        append(&mut self.printed, 1, text.as_ref());
    }

    pub fn line(&mut self, text: impl AsRef<[u8]>) {
        self.out(text);
        self.out("\n");
    }

    pub fn err(&mut self, text: impl AsRef<[u8]>) {
        append(&mut self.printed, 2, text.as_ref());
    }

    /// Says what is wrong, after the program's name.
    pub fn complain(&mut self, what: impl AsRef<str>) {
        let text = format!("{}: {}\n", self.name, what.as_ref());
        self.err(text);
    }

    pub fn take_printed(&mut self) -> Vec<(u32, Vec<u8>)> {
        std::mem::take(&mut self.printed)
    }

    /// How much is printed and not yet written, in bytes.
    pub fn held(&self) -> usize {
        self.printed.iter().map(|(_, bytes)| bytes.len()).sum()
    }

    pub fn files(&self) -> &'a Files {
        self.task.kernel.files()
    }

    pub fn now(&self) -> Timestamp {
        self.task.kernel.now()
    }

    pub fn is_busybox(&self) -> bool {
        self.dialect == Dialect::BusyBox
    }

    /// Whether it is a process of its own, and not a shell's builtin.
    pub fn is_program(&self) -> bool {
        matches!(self.name, Cow::Borrowed(_))
    }

    /// Says that the arguments are not what they should be; the answer is the exit code.
    pub fn usage(&mut self, what: &str) -> i32 {
        if self.is_busybox() {
            let name = &self.name;
            let text = format!("BusyBox v1.37.0 multi-call binary.\n\nUsage: {name} [ARGS]\n");
            self.err(text);
        } else {
            let text = format!("{what}\nTry '{} --help' for more information.", self.name);
            self.complain(text);
        }
        1
    }

    /// Sorts the arguments: flags (letters of `known`, and those of `with_value`, which take a value) and the rest. A `+`
    /// in `known` says that flags end where the rest begins.
    pub fn flags(&mut self, known: &str, with_value: &str) -> Result<(Flags, Vec<String>), i32> {
        let mut flags = Flags::default();
        let mut rest = Vec::new();
        let args = self.args[1..].to_vec();
        let mut args = args.into_iter();
        while let Some(arg) = args.next() {
            if arg == "--" {
                rest.extend(args.by_ref());
            } else if arg.len() < 2 || !arg.starts_with('-') {
                rest.push(arg);
                if known.starts_with('+') {
                    rest.extend(args.by_ref());
                }
            } else if let Some(long) = arg.strip_prefix("--") {
                let gnu = format!("unrecognized option '--{long}'\nTry '{} --help' for more information.", self.name);
                self.complain(self.words(gnu, format!("unrecognized option: {long}")));
                return Err(1);
            } else {
                for (place, letter) in arg.char_indices().skip(1) {
                    if with_value.contains(letter) {
                        let joined = &arg[place + letter.len_utf8()..];
                        let value = if joined.is_empty() { args.next() } else { Some(joined.to_owned()) };
                        let Some(value) = value else {
                            let hint = format!("Try '{} --help' for more information.", self.name);
                            let gnu = format!("option requires an argument -- '{letter}'\n{hint}");
                            self.complain(self.words(gnu, format!("option requires an argument: {letter}")));
                            return Err(1);
                        };
                        flags.0.push((letter, value));
                        break;
                    }
                    if !known.contains(letter) || letter == '+' {
                        let hint = format!("Try '{} --help' for more information.", self.name);
                        let gnu = format!("invalid option -- '{letter}'\n{hint}");
                        self.complain(self.words(gnu, format!("unrecognized option: {letter}")));
                        return Err(1);
                    }
                    flags.0.push((letter, String::new()));
                }
            }
        }
        Ok((flags, rest))
    }

    /// A path as seen from the working folder.
    pub fn path(&self, path: &str) -> String {
        absolute(&self.task.dir.borrow(), path)
    }

    pub fn var(&self, name: &str) -> Option<&str> {
        self.env.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// One of two wordings: GNU's or BusyBox's.
    pub fn words<T>(&self, gnu: T, busybox: T) -> T {
        if self.is_busybox() { busybox } else { gnu }
    }
}

/// The flags of a program, in their order, with their values.
#[derive(Default)]
pub(super) struct Flags(Vec<(char, String)>);

impl Flags {
    pub fn has(&self, letter: char) -> bool {
        self.0.iter().any(|(known, _)| *known == letter)
    }

    /// The last value of a flag.
    pub fn value(&self, letter: char) -> Option<&str> {
        self.values(letter).last()
    }

    pub fn values(&self, letter: char) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(known, _)| *known == letter).map(|(_, value)| value.as_str())
    }

    pub fn letters(&self) -> String {
        self.0.iter().map(|(letter, _)| letter).collect()
    }
}

/// Files, or standard input if there are none.
fn or_input(files: Vec<String>) -> Vec<String> {
    if files.is_empty() { vec!["-".into()] } else { files }
}

/// With what code a program ends that could not run another.
fn not_run(errno: Errno) -> i32 {
    if errno == Errno::NoEntry { 127 } else { 126 }
}

/// The exit code after all was written: a full disk is an error too.
pub(super) async fn after_writing(task: &Rc<Task>, name: &str, written: Result<(), Errno>, code: i32) -> i32 {
    match written {
        Ok(()) | Err(Errno::BrokenPipe) => code,
        Err(errno) => {
            let _ = task.write(2, format!("{name}: write error: {errno}\n").as_bytes()).await;
            1
        }
    }
}

/// Lets a filter read what it is to read.
pub(super) async fn filter(
    task: &Rc<Task>,
    name: &'static str,
    mut desk: Desk<'_>,
    planned: Result<Plan, i32>,
) -> Flow {
    let mut code = 0;
    match planned {
        Err(refused) => code = refused,
        Ok(Plan { mut filter, files }) => {
            let mut want = if filter.wants_any() { Want::More } else { Want::Enough };
            for file in files {
                if want == Want::Enough {
                    break;
                }
                match read_lines(task, name, &mut desk, &mut *filter, &file).await {
                    Ok(now) => want = now,
                    Err(None) => return Flow::Next,
                    Err(Some(errno)) => {
                        code = filter.failed();
                        let text = match desk.words(0, 1) {
                            _ if errno == Errno::IsDirectory => format!("{file}: {errno}"),
                            1 => format!("can't open '{file}': {errno}"),
                            _ => match name {
                                "head" | "tail" => format!("cannot open '{file}' for reading: {errno}"),
                                "sed" => format!("can't read {file}: {errno}"),
                                "sort" => format!("cannot read: {file}: {errno}"),
                                _ => format!("{file}: {errno}"),
                            },
                        };
                        desk.complain(text);
                    }
                }
            }
            let ended = filter.end(&mut desk);
            code = if ended != 0 { ended } else { code };
        }
    }
    let written = task.print(desk.take_printed()).await;
    task.status.set(after_writing(task, name, written, code).await);
    Flow::Next
}

/// Gives a filter the lines of one file. No error means that nothing more can be written.
async fn read_lines(
    task: &Rc<Task>,
    name: &'static str,
    desk: &mut Desk<'_>,
    filter: &mut dyn Filter,
    file: &str,
) -> Result<Want, Option<Errno>> {
    let open = if file == "-" {
        task.descriptor(0).ok_or(Errno::BadDescriptor)
    } else {
        super::machine::open(task, file, Access { read: true, ..Access::default() })
    };
    let open = open.map_err(Some)?;
    let mut rest: Vec<u8> = Vec::new();
    let mut begun = false;
    loop {
        let bytes = task.read(&open, 1 << 14).await.map_err(Some)?;
        if !std::mem::replace(&mut begun, true) {
            filter.file(file, desk);
        }
        let mut want = Want::More;
        let mut start = 0;
        // What was left over has no line break in it.
        let mut searched = rest.len();
        rest.extend_from_slice(&bytes);
        loop {
            let mut lines = 1;
            while want == Want::More && desk.held() < 1 << 16 {
                let end = match filter.raw() {
                    true => (searched < rest.len()).then(|| rest.len() - searched - 1),
                    false => rest[searched..].iter().position(|byte| *byte == b'\n'),
                };
                let Some(end) = end else {
                    searched = rest.len();
                    break;
                };
                searched += end + 1;
                want = filter.line(&rest[start..searched], desk);
                start = searched;
                lines += 1;
            }
            let done = want != Want::More || searched == rest.len();
            if done && bytes.is_empty() && want == Want::More {
                if start < rest.len() {
                    want = filter.line(&rest[start..], desk);
                    start = rest.len();
                }
                if want == Want::More {
                    want = Want::NextFile;
                }
            }
            if want != Want::More {
                filter.file_end(desk);
            }
            task.work(lines).await;
            let written = task.print(desk.take_printed()).await;
            if written.is_err() {
                let code = after_writing(task, name, written, 1).await;
                task.status.set(code);
                return Err(None);
            }
            if done {
                break;
            }
        }
        rest.drain(..start);
        if want != Want::More {
            open.unread(&rest);
            return Ok(if want == Want::Enough { want } else { Want::More });
        }
        if rest.len() > LONGEST_LINE {
            desk.complain("memory exhausted");
            return Ok(Want::Enough);
        }
    }
}

/// A line as text, without its line break.
pub(super) fn text(line: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(line.strip_suffix(b"\n").unwrap_or(line))
}
