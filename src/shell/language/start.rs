//! How a shell begins: with a script, a file, its input, or a person at a terminal.

use super::super::machine::{Dialect, Setup};
use super::super::open::Open;
use super::super::program::Input;
use super::super::syntax::Parser;
use super::super::task::{Code, Flow, Task};
use super::super::{Errno, Signal, absolute};
use super::Shell;
use crate::sim::Map;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

/// The code of a process that is a shell: `sh -c script`, `sh file`, `sh`.
pub fn program(task: Rc<Task>, args: Vec<String>, env: Vec<(String, String)>) -> Code {
    let name = args.first().map_or("sh", String::as_str).to_owned();
    let shell = Shell::new(&task, &name, env);
    Box::pin(async move {
        let flow = shell.start(args).await;
        shell.finish(flow).await
    })
}

/// Lines that a person types into a shell, and what became of them.
#[derive(Default)]
pub struct Lines {
    pub typed: RefCell<VecDeque<String>>,
    /// What the lines so far still need: more lines.
    pub pending: RefCell<String>,
    /// Whether a line is being run.
    pub busy: Cell<bool>,
    /// The status of each line that is over; nothing for one that goes on in the next.
    pub ended: RefCell<VecDeque<Option<i32>>>,
    /// What `$?` is to be for the next line: something else was done meanwhile.
    pub status: Cell<Option<i32>>,
    /// The aliases after the last line.
    pub aliases: RefCell<Rc<Map<String, String>>>,
}

/// Whether a shell would wait for more lines: a quote, a loop or a here-document is open.
pub fn is_unfinished(text: &str, dialect: Dialect) -> bool {
    is_open(Parser::new(text, dialect, Rc::default()), text)
}

fn is_open(mut parser: Parser, text: &str) -> bool {
    loop {
        match parser.next() {
            Ok(None) => return parser.lacks_document() || text.ends_with("\\\n"),
            Ok(Some(_)) => {}
            Err(mistake) => return mistake.is_incomplete(),
        }
    }
}

/// The code of a process that is the shell of a terminal whose owner hands over whole lines.
pub fn session(task: Rc<Task>, name: String, env: Vec<(String, String)>, lines: Rc<Lines>) -> Code {
    let shell = Shell::new(&task, &name, env);
    shell.become_interactive();
    Box::pin(async move {
        loop {
            let typed = || lines.typed.borrow_mut().pop_front();
            let line = shell.task.until(typed).await;
            lines.busy.set(true);
            shell.task.take_signals();
            if let Some(status) = lines.status.take() {
                shell.set_status(status);
            }
            let text = format!("{}{line}\n", lines.pending.take());
            if shell.is_incomplete(&text) {
                lines.pending.replace(text);
                lines.ended.borrow_mut().push_back(None);
            } else {
                let inner = shell.clone();
                let flow = shell.task.call(Box::pin(async move { inner.run_text(&text, 1, "").await })).await;
                shell.report_jobs(true).await;
                lines.aliases.replace(shell.aliases.borrow().clone());
                lines.ended.borrow_mut().push_back(Some(shell.status() & 0xff));
                if flow == Flow::Exit {
                    lines.busy.set(false);
                    return shell.finish(flow).await;
                }
            }
            lines.busy.set(false);
        }
    })
}

impl Shell {
    pub fn become_interactive(&self) {
        self.options(|options| {
            options.interactive = true;
            options.expand_aliases = true;
        });
        self.task.catch(Signal::INT);
        self.task.ignored.borrow_mut().push(Signal::TERM);
    }

    /// Whether a script would go on in the next line.
    fn is_incomplete(&self, text: &str) -> bool {
        let mut parser = Parser::new(text, self.dialect(), self.aliases.borrow().clone());
        parser.extglob = self.options.get().extglob;
        is_open(parser, text)
    }

    async fn start(self: &Rc<Self>, args: Vec<String>) -> Flow {
        let is_sh = args[0].rsplit('/').next() == Some("sh");
        self.options(|options| options.posix = is_sh);
        let (mut command, mut from_stdin, mut interactive) = (false, false, false);
        let mut at = 1;
        while let Some(arg) = args.get(at).filter(|arg| arg.len() > 1 && arg.starts_with(['-', '+'])) {
            at += 1;
            match arg.as_str() {
                "--" => break,
                "--login" | "--norc" | "--noprofile" | "--posix" => continue,
                _ => {}
            }
            let on = arg.starts_with('-');
            for flag in arg[1..].chars() {
                match flag {
                    'c' => command = true,
                    's' => from_stdin = true,
                    'i' => interactive = true,
                    'l' => {}
                    'o' => {
                        let known = args.get(at).is_some_and(|name| self.set_option(name, on));
                        at += 1;
                        if !known {
                            self.complain(format!("{}: invalid option name", args.get(at - 1).map_or("", |name| name)))
                                .await;
                            self.set_status(2);
                            return Flow::Exit;
                        }
                    }
                    flag if self.set_letter(flag, on) => {}
                    flag => {
                        let text = match self.dialect() {
                            Dialect::Bash => format!("{}: -{flag}: invalid option\n", args[0]),
                            Dialect::Dash => format!("{}: 0: Illegal option -{flag}\n", args[0]),
                            Dialect::BusyBox => format!("{}: illegal option -{flag}\n", args[0]),
                        };
                        let _ = self.task.write(2, text.as_bytes()).await;
                        self.set_status(2);
                        return Flow::Exit;
                    }
                }
            }
        }
        if command {
            let Some(script) = args.get(at).cloned() else {
                let text = match self.dialect() {
                    Dialect::Bash => format!("{}: -c: option requires an argument\n", args[0]),
                    Dialect::Dash => format!("{}: 0: -c requires an argument\n", args[0]),
                    Dialect::BusyBox => format!("{}: option requires an argument -- 'c'\n", args[0]),
                };
                let _ = self.task.write(2, text.as_bytes()).await;
                self.set_status(2);
                return Flow::Exit;
            };
            if let Some(name) = args.get(at + 1) {
                self.name.replace(name.clone());
            }
            self.parameters.replace(Rc::new(args.iter().skip(at + 2).cloned().collect()));
            self.options(|options| options.command = true);
            return self.run_text(&script, 1, "-c: ").await;
        }
        if let (Some(file), false) = (args.get(at), from_stdin) {
            self.parameters.replace(Rc::new(args[at + 1..].to_vec()));
            return self.run_file(file).await;
        }
        self.parameters.replace(Rc::new(args.get(at..).unwrap_or_default().to_vec()));
        self.options(|options| options.input = true);
        if interactive || self.task.is_terminal(0) {
            self.become_interactive();
        }
        self.run_input().await
    }

    async fn run_file(self: &Rc<Self>, file: &str) -> Flow {
        let path = absolute(&self.task.dir.borrow(), file);
        let text = match super::super::machine::open(
            &self.task,
            file,
            super::super::Access { read: true, ..Default::default() },
        ) {
            Ok(open) if !matches!(*open, Open::File { .. }) => self.read_all(&open).await,
            _ => self.kernel().files().read_text(&path),
        };
        match text {
            Ok(text) => {
                self.name.replace(file.to_owned());
                self.run_text(&text, 1, "").await
            }
            Err(errno) => {
                let name = self.name.borrow().clone();
                let text = match (self.dialect(), errno) {
                    (Dialect::Bash, Errno::IsDirectory) => format!("{file}: {file}: {errno}"),
                    (Dialect::Bash, errno) => format!("{name}: {file}: {errno}"),
                    (Dialect::Dash, Errno::NoEntry) => format!("{name}: 0: cannot open {file}: No such file"),
                    (Dialect::Dash, errno) => format!("{name}: 0: cannot open {file}: {errno}"),
                    (Dialect::BusyBox, errno) => format!("{name}: can't open '{file}': {errno}"),
                };
                let _ = self.task.write(2, (text + "\n").as_bytes()).await;
                self.set_status(match (self.dialect(), errno) {
                    (Dialect::Bash, Errno::NoEntry) => 127,
                    (Dialect::Bash, _) => 126,
                    _ => 2,
                });
                Flow::Exit
            }
        }
    }

    async fn read_all(&self, open: &Open) -> Result<String, Errno> {
        let mut bytes = Vec::new();
        loop {
            let more = self.task.read(open, 1 << 14).await?;
            if more.is_empty() || bytes.len() > super::variables::LONGEST {
                return Ok(String::from_utf8_lossy(&bytes).into_owned());
            }
            bytes.extend(more);
        }
    }

    fn prompt(&self) -> String {
        let Setup { hostname, user, dialect, .. } = &self.kernel().setup;
        let sign = if *user == 0 { '#' } else { '$' };
        let dir = self.task.dir.borrow().clone();
        let home = self.value("HOME").unwrap_or_default();
        let short = if *dir == *home { "~" } else { dir.as_str() };
        match (self.value("PS1"), self.dialect(), dialect) {
            (Some(text), ..) => {
                let text = text.replace("\\u", "root").replace("\\h", hostname).replace("\\w", short);
                text.replace("\\$", &sign.to_string()).replace("\\s", "bash").replace("\\v", "5.2")
            }
            (None, Dialect::Bash, Dialect::Dash) => format!("root@{hostname}:{short}{sign} "),
            (None, Dialect::Bash, _) => format!("bash-5.2{sign} "),
            (None, Dialect::Dash, _) => format!("{sign} "),
            (None, Dialect::BusyBox, _) => format!("{short} {sign} "),
        }
    }

    /// Runs what comes from standard input, line by line; with a prompt if a person types.
    async fn run_input(self: &Rc<Self>) -> Flow {
        let interactive = self.options.get().interactive;
        let mut text = String::new();
        let mut line = 1;
        let mut end = false;
        while !end {
            if interactive {
                let prompt = if text.is_empty() { self.prompt() } else { "> ".into() };
                let _ = self.task.write(2, prompt.as_bytes()).await;
            }
            let Some(open) = self.task.descriptor(0) else { return Flow::Exit };
            let mut bytes = Vec::new();
            loop {
                let read = self.task.until(|| match open.try_read(1) {
                    Ok(Input::Bytes(read)) => Some(Some(read[0])),
                    Ok(Input::Pending) if self.task.has_signals() => Some(None),
                    Ok(Input::Pending) => None,
                    _ => {
                        end = true;
                        Some(None)
                    }
                });
                match read.await {
                    Some(byte) => bytes.push(byte),
                    None => break,
                }
                if bytes.ends_with(b"\n") || bytes.len() > super::variables::LONGEST {
                    break;
                }
                if bytes.len().is_multiple_of(64) {
                    self.task.work(1).await;
                }
            }
            if self.task.has_signals() && interactive {
                self.task.take_signals();
                text.clear();
                let _ = self.task.write(2, b"\n").await;
                self.set_status(130);
                continue;
            }
            text.push_str(&String::from_utf8_lossy(&bytes));
            if !end && self.is_incomplete(&text) {
                continue;
            }
            let whole = std::mem::take(&mut text);
            let lines = whole.matches('\n').count() as u32;
            let shell = self.clone();
            let flow = self.task.call(Box::pin(async move { shell.run_text(&whole, line, "").await })).await;
            line += lines;
            match flow {
                Flow::Next => {}
                Flow::Abort if interactive => {}
                flow => return flow,
            }
            if interactive {
                self.report_jobs(true).await;
            }
        }
        if interactive {
            let _ = self.task.write(2, if self.is_bash() { b"exit\n" } else { b"\n" }).await;
        }
        Flow::Next
    }
}
