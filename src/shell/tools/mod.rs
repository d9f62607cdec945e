//! The small programs: those of the GNU core utilities, or of BusyBox, that learners use.
//!
//! Most are one of two sorts. A plain one does all it does at once, and says what it prints. A [`Filter`] gets the lines
//! of its input one by one. Only what takes time is code of its own.

use super::machine::Dialect;
use super::program::Executable;
use super::task::{Code, Flow, Task, append};
use super::{Access, Errno, Files, absolute, language};
use crate::sim::Timestamp;
use std::borrow::Cow;
use std::rc::Rc;

mod basic;
mod time;

/// The longest line that a filter takes, in bytes.
const LONGEST_LINE: usize = 4 << 20;

/// A small program.
pub struct Tool {
    pub(super) name: &'static str,
    pub(super) run: Run,
}

/// What a small program is.
#[derive(Clone, Copy)]
pub(super) enum Run {
    /// Does all at once; the answer is the exit code.
    Plain(fn(&mut Desk<'_>) -> i32),
    /// Says what is to be done with each line of which files, or with what exit code it refuses.
    Filter(fn(&mut Desk<'_>) -> Result<Plan, i32>),
    /// Anything.
    Code(fn(Rc<Task>, Vec<String>, Vec<(String, String)>) -> Code),
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

    /// What it exits with if a file failed.
    fn failed(&self) -> i32 {
        1
    }
}

/// All small programs, by name.
const TOOLS: &[&[Tool]] = &[basic::TOOLS, time::TOOLS];

/// Names under which the shell is found.
const SHELLS: &[Tool] =
    &[Tool { name: "sh", run: Run::Code(language::program) }, Tool { name: "bash", run: Run::Code(language::program) }];

/// The small program of a name.
pub(super) fn find(name: &str) -> Option<&'static Tool> {
    TOOLS.iter().flat_map(|tools| tools.iter()).find(|tool| tool.name == name)
}

/// A folder with the shell and all small programs, to be mounted at `/bin` and `/usr/bin` of any number of machines.
/// `bash` is in it if the dialect's images have it.
pub fn toolbox(dialect: Dialect) -> Files {
    let files = Files::new();
    let shells = &SHELLS[..if dialect == Dialect::BusyBox { 1 } else { 2 }];
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
    printed: Vec<(u32, Vec<u8>)>,
}

impl<'a> Desk<'a> {
    pub fn new(
        task: &'a Rc<Task>,
        name: impl Into<Cow<'static, str>>,
        args: Vec<String>,
        env: Vec<(String, String)>,
    ) -> Self {
        Self { task, name: name.into(), args, env, printed: Vec::new() }
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
        self.task.kernel.dialect() == Dialect::BusyBox
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
                let Some(end) = rest[searched..].iter().position(|byte| *byte == b'\n') else {
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
