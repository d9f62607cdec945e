//! Commands that are part of the shell.

use super::super::syntax::Assignment;
use super::super::task::{Exit, Flow};
use super::super::tools::{self, Desk};
use super::super::{Errno, FileKind, Signal, absolute};
use super::variables::{Value, is_name};
use super::{Dialect, Event, Options, Shell, declare, not_found};
use crate::sim::Order;
use std::rc::Rc;

/// Builtins of every shell; those that POSIX calls special first.
const SPECIAL: &[&str] = &[
    ".", ":", "break", "continue", "eval", "exec", "exit", "export", "readonly", "return", "set", "shift", "times",
    "trap", "unset",
];
const COMMON: &[&str] = &[
    "[", "alias", "bg", "cd", "command", "echo", "false", "fg", "getopts", "hash", "jobs", "kill", "local", "printf",
    "pwd", "read", "test", "true", "type", "ulimit", "umask", "unalias", "wait",
];
/// Those that only bash has, and those of BusyBox among them.
const BASH: &[&str] = &[
    "builtin",
    "declare",
    "dirs",
    "disown",
    "enable",
    "mapfile",
    "popd",
    "pushd",
    "readarray",
    "shopt",
    "suspend",
    "typeset",
    "caller",
    "logout",
];
const BASH_AND_ASH: &[&str] = &["help", "history", "let", "source"];

/// The builtin of a name.
pub fn find(name: &str, dialect: Dialect) -> Option<&'static str> {
    let lists: &[&[&'static str]] = match dialect {
        Dialect::Bash => &[SPECIAL, COMMON, BASH_AND_ASH, BASH],
        Dialect::Dash => &[SPECIAL, COMMON],
        Dialect::BusyBox => &[SPECIAL, COMMON, BASH_AND_ASH],
    };
    lists.iter().flat_map(|list| list.iter()).find(|known| **known == name).copied()
}

/// Whether an error in it ends a POSIX shell.
pub fn is_special(name: &str) -> bool {
    SPECIAL.contains(&name)
}

/// The options that have a name: with it, their letter.
type Switch = fn(&mut Options) -> &mut bool;
const OPTIONS: &[(&str, char, Switch)] = &[
    ("allexport", 'a', |options| &mut options.allexport),
    ("errexit", 'e', |options| &mut options.errexit),
    ("noclobber", 'C', |options| &mut options.noclobber),
    ("noexec", 'n', |options| &mut options.noexec),
    ("noglob", 'f', |options| &mut options.noglob),
    ("nounset", 'u', |options| &mut options.nounset),
    ("pipefail", '\0', |options| &mut options.pipefail),
    ("posix", '\0', |options| &mut options.posix),
    ("verbose", 'v', |options| &mut options.verbose),
    ("xtrace", 'x', |options| &mut options.xtrace),
];
const SHOPT: &[(&str, Switch)] = &[
    ("dotglob", |options| &mut options.dotglob),
    ("expand_aliases", |options| &mut options.expand_aliases),
    ("extglob", |options| &mut options.extglob),
    ("failglob", |options| &mut options.failglob),
    ("globstar", |options| &mut options.globstar),
    ("inherit_errexit", |options| &mut options.inherit_errexit),
    ("lastpipe", |options| &mut options.lastpipe),
    ("nocasematch", |options| &mut options.nocasematch),
    ("nullglob", |options| &mut options.nullglob),
];

impl Shell {
    pub fn option(&self, name: &str) -> bool {
        let mut options = self.options.get();
        OPTIONS.iter().find(|(known, ..)| *known == name).is_some_and(|(.., switch)| *switch(&mut options))
    }

    pub fn set_option(&self, name: &str, on: bool) -> bool {
        let Some((.., switch)) = OPTIONS.iter().find(|(known, ..)| *known == name) else {
            return matches!(name, "emacs" | "vi" | "monitor" | "hashall" | "braceexpand" | "histexpand" | "ignoreeof");
        };
        self.options(|options| *switch(options) = on);
        true
    }

    pub fn set_letter(&self, letter: char, on: bool) -> bool {
        let Some((.., switch)) = OPTIONS.iter().find(|(_, known, _)| *known == letter && letter != '\0') else {
            return matches!(letter, 'm' | 'h' | 'B' | 'b' | 'E' | 'H' | 'T' | 'p');
        };
        self.options(|options| *switch(options) = on);
        true
    }

    async fn out(&self, text: impl AsRef<str>) {
        if let Err(errno) = self.task.write(1, text.as_ref().as_bytes()).await {
            self.say("echo", format!("write error: {errno}")).await;
            self.set_status(1);
        }
    }

    /// What a builtin has to say of what is wrong.
    async fn say(&self, builtin: &str, text: impl AsRef<str>) {
        let text = format!("{}{}\n", self.builtin_prefix(builtin), text.as_ref());
        let _ = self.task.write(2, text.as_bytes()).await;
    }

    /// A builtin fails; if it is a special one, a POSIX shell ends.
    async fn fail_builtin(
        &self,
        builtin: &str,
        bash_status: i32,
        bash: impl AsRef<str>,
        dash: impl AsRef<str>,
    ) -> Flow {
        let bash_speaks = self.is_bash();
        self.say(builtin, if bash_speaks { bash.as_ref() } else { dash.as_ref() }).await;
        self.set_status(if bash_speaks { bash_status } else { 2 });
        if bash_speaks || !is_special(builtin) { Flow::Next } else { Flow::Abort }
    }

    pub async fn call_builtin(
        self: &Rc<Self>,
        builtin: &'static str,
        args: Vec<String>,
        written: &[(usize, &Assignment)],
    ) -> Flow {
        // Most leave their status; what else happens says so.
        match builtin {
            ":" | "true" | "hash" | "bg" | "disown" | "enable" | "suspend" | "caller" | "help" => self.set_status(0),
            "false" => self.set_status(1),
            "break" | "continue" => return self.leave_loop(builtin, &args).await,
            "return" | "exit" | "logout" => return self.leave(builtin, &args).await,
            "shift" => return self.shift(&args).await,
            "eval" => {
                self.set_status(0);
                let text = args[1..].join(" ");
                let shell = self.clone();
                let line = self.line.get();
                let what = if self.is_bash() { "eval: " } else { "" };
                return self.task.call(Box::pin(async move { shell.run_text(&text, line, what).await })).await;
            }
            "." | "source" => return self.source(builtin, &args).await,
            "exec" => return self.exec(args).await,
            "command" => return Box::pin(self.command_builtin(args, written)).await,
            "builtin" => match args.get(1).and_then(|name| find(name, self.dialect())) {
                Some(name) => return Box::pin(self.call_builtin(name, args[1..].to_vec(), &[])).await,
                None => self.set_status(i32::from(args.len() > 1)),
            },
            "export" | "readonly" | "local" | "declare" | "typeset" => return self.declare(&args, written).await,
            "unset" => return self.unset(&args).await,
            "set" => return self.set(&args).await,
            "shopt" => self.shopt(&args).await,
            "trap" => self.trap(&args).await,
            "read" => return self.read_builtin(&args).await,
            "mapfile" | "readarray" => return self.mapfile(&args).await,
            "cd" => self.cd(&args).await,
            "pushd" | "popd" | "dirs" => self.stack(&args).await,
            "pwd" => {
                self.set_status(0);
                let dir = self.task.dir.borrow().clone();
                self.out(dir + "\n").await;
            }
            "type" => self.type_of(&args).await,
            "alias" | "unalias" => self.alias(&args).await,
            "jobs" => {
                self.set_status(0);
                self.report_jobs(false).await;
            }
            "fg" => return self.foreground_job(&args).await,
            "wait" => return self.wait(&args).await,
            "getopts" => return self.getopts_builtin(&args).await,
            "let" => {
                let mut last = 0;
                for text in &args[1..] {
                    match super::arithmetic::evaluate(self, text) {
                        Ok(number) => last = number,
                        Err(text) => {
                            self.say("let", text).await;
                            last = 0;
                        }
                    }
                }
                self.set_status(i32::from(last == 0));
            }
            "umask" => match args.get(1) {
                None => {
                    let mask = self.task.umask.get();
                    self.set_status(0);
                    self.out(format!("{mask:04o}\n")).await;
                }
                Some(text) => match u32::from_str_radix(text, 8) {
                    Ok(mask) => {
                        self.task.umask.set(mask & 0o777);
                        self.set_status(0);
                    }
                    Err(_) => {
                        let text = format!("{text}: octal number out of range");
                        return self.fail_builtin("umask", 1, &text, format!("Illegal number: {}", args[1])).await;
                    }
                },
            },
            "ulimit" => {
                self.set_status(0);
                self.out("unlimited\n").await;
            }
            "times" => {
                self.set_status(0);
                self.out("0m0.000s 0m0.000s\n0m0.000s 0m0.000s\n").await;
            }
            "history" => self.set_status(0),
            "test" | "[" => self.test_builtin(args).await,
            "printf" if args.get(1).is_some_and(|flag| flag == "-v") && self.is_bash() && args.len() > 3 => {
                let mut desk = Desk::new(&self.task, self.builtin_name("printf"), Vec::new(), Vec::new());
                desk.args.push("printf".into());
                desk.args.extend_from_slice(&args[3..]);
                let (text, status) = tools::printf_text(&mut desk);
                let printed = desk.take_printed();
                let _ = self.task.print(printed).await;
                self.set_status(status);
                let (name, index) = match args[2].split_once('[') {
                    Some((name, index)) => (name, self.key(name, index.trim_end_matches(']')).ok()),
                    None => (args[2].as_str(), None),
                };
                if let Err(flow) = self.assign(name, index.as_deref(), text).await {
                    return flow;
                }
            }
            "kill" => self.kill(&args).await,
            // `echo` and `printf`
            name => {
                let Some(tools::Run::Plain(run)) = tools::find(name).map(|tool| tool.run) else {
                    self.set_status(127);
                    return Flow::Next;
                };
                let mut desk = Desk::new(&self.task, self.builtin_name(name), args, Vec::new());
                desk.dialect = self.dialect();
                let status = run(&mut desk);
                let printed = desk.take_printed();
                let written = self.task.print(printed).await;
                self.set_status(status);
                if let Err(errno) = written {
                    self.say(name, format!("write error: {errno}")).await;
                    self.set_status(1);
                }
            }
        }
        Flow::Next
    }

    fn builtin_name(&self, builtin: &str) -> String {
        self.builtin_prefix(builtin).trim_end_matches(": ").to_owned()
    }

    async fn test_builtin(self: &Rc<Self>, mut args: Vec<String>) {
        let name = args.remove(0);
        if name == "[" && args.pop().as_deref() != Some("]") {
            self.say("[", if self.is_bash() { "missing `]'" } else { "missing ]" }).await;
            self.set_status(2);
            return;
        }
        match super::test(&self.task, self.dialect(), &args, &|name| self.is_set(name)) {
            Ok(holds) => self.set_status(i32::from(!holds)),
            Err(text) => {
                // BusyBox does not say the line here.
                let prefix = match self.dialect() {
                    Dialect::BusyBox => self.prefix(),
                    _ => self.builtin_prefix(&name),
                };
                let _ = self.task.write(2, format!("{prefix}{text}\n").as_bytes()).await;
                self.set_status(2);
            }
        }
    }

    async fn leave_loop(&self, builtin: &str, args: &[String]) -> Flow {
        let count = args.get(1).map_or(Some(1), |text| text.parse::<u32>().ok());
        let loops = self.loops.get();
        self.set_status(0);
        match count {
            _ if loops == 0 => {
                if self.is_bash() {
                    self.say(builtin, "only meaningful in a `for', `while', or `until' loop").await;
                }
                Flow::Next
            }
            None | Some(0) => {
                let text = &args[1];
                let bash = match count {
                    None => format!("{text}: numeric argument required"),
                    Some(_) => format!("{text}: loop count out of range"),
                };
                self.fail_builtin(builtin, 1, bash, format!("Illegal number: {text}")).await
            }
            Some(count) if builtin == "break" => Flow::Break(count.min(loops)),
            Some(count) => Flow::Continue(count.min(loops)),
        }
    }

    async fn leave(&self, builtin: &str, args: &[String]) -> Flow {
        let mut status = self.status();
        if let Some(text) = args.get(1).filter(|text| *text != "--") {
            match text.trim().parse::<i64>() {
                Ok(number) => status = (number & 0xff) as i32,
                Err(_) => {
                    let text = text.clone();
                    self.fail_builtin(
                        builtin,
                        2,
                        format!("{text}: numeric argument required"),
                        format!("Illegal number: {text}"),
                    )
                    .await;
                    self.set_status(2);
                    return if builtin == "return" { Flow::Return } else { Flow::Exit };
                }
            }
        }
        if builtin == "return" {
            let inside = !self.calls.borrow().is_empty() || self.sourced.get() > 0;
            if !inside && self.is_bash() {
                self.say("return", "can only `return' from a function or sourced script").await;
                self.set_status(2);
                return Flow::Next;
            }
            self.set_status(status);
            return if inside { Flow::Return } else { Flow::Exit };
        }
        self.set_status(status);
        Flow::Exit
    }

    async fn shift(&self, args: &[String]) -> Flow {
        let Some(count) = args.get(1).map_or(Some(1), |text| text.parse::<usize>().ok()) else {
            let text = &args[1];
            return self
                .fail_builtin(
                    "shift",
                    1,
                    format!("{text}: numeric argument required"),
                    format!("Illegal number: {text}"),
                )
                .await;
        };
        let parameters = self.parameters.borrow().clone();
        if count > parameters.len() {
            if self.dialect() == Dialect::Dash {
                return self.fail_builtin("shift", 1, "", "can't shift that many").await;
            }
            self.set_status(1);
            return Flow::Next;
        }
        self.parameters.replace(Rc::new(parameters[count..].to_vec()));
        self.set_status(0);
        Flow::Next
    }

    async fn source(self: &Rc<Self>, builtin: &'static str, args: &[String]) -> Flow {
        let Some(name) = args.get(1) else {
            return self.fail_builtin(builtin, 2, "filename argument required", "filename argument required").await;
        };
        let dir = self.task.dir.borrow().clone();
        let mut path = absolute(&dir, name);
        if !name.contains('/') {
            let folders = self.value("PATH").unwrap_or_default();
            let candidates = folders.split(':').map(|folder| absolute(folder, name));
            let here = (!self.options.get().posix && self.is_bash()).then(|| path.clone());
            let is_file =
                |path: &String| self.kernel().files().stat(path).is_ok_and(|stat| stat.kind == FileKind::File);
            if let Some(found) = candidates.chain(here).find(is_file) {
                path = found;
            }
        }
        let text = match self.kernel().files().read_text(&path) {
            Ok(text) => text,
            Err(errno) => {
                if self.is_bash() {
                    self.complain(format!("{name}: {errno}")).await;
                    self.set_status(1);
                    return if self.options.get().posix { Flow::Abort } else { Flow::Next };
                }
                let text = match self.dialect() {
                    Dialect::Dash if !name.contains('/') => format!("{name}: not found"),
                    Dialect::Dash => format!("cannot open {name}: No such file"),
                    _ => format!("can't open '{name}': {errno}"),
                };
                return self.fail_builtin(".", 1, "", text).await;
            }
        };
        if self.sourced.get() > 50 {
            self.complain(format!("{name}: maximum source nesting level exceeded (50)")).await;
            self.set_status(1);
            return Flow::Abort;
        }
        let parameters = (args.len() > 2).then(|| self.parameters.replace(Rc::new(args[2..].to_vec())));
        self.sourced.set(self.sourced.get() + 1);
        let outer = self.name.borrow().clone();
        if self.is_bash() {
            // Messages name the file; `$0` is told apart only there.
            self.name.replace(name.clone());
        }
        self.set_status(0);
        let shell = self.clone();
        let flow = self.task.call(Box::pin(async move { shell.run_text(&text, 1, "").await })).await;
        self.name.replace(outer);
        self.sourced.set(self.sourced.get() - 1);
        if let Some(parameters) = parameters {
            self.parameters.replace(parameters);
        }
        if flow == Flow::Return { Flow::Next } else { flow }
    }

    async fn exec(self: &Rc<Self>, args: Vec<String>) -> Flow {
        let mut args: Vec<String> = args[1..].to_vec();
        if args.first().is_some_and(|flag| flag == "-a") && args.len() > 2 {
            args.drain(..2);
        }
        let path = self.value("PATH").unwrap_or_default();
        let dir = self.task.dir.borrow().clone();
        match self.kernel().look_up(&args[0], &path, &dir) {
            Ok(image) => {
                let env = self.variables.borrow().environment();
                self.become_program(image, args, env).await
            }
            Err(errno) => {
                let (text, status) = match (self.dialect(), errno) {
                    (Dialect::Bash, Errno::NoEntry) if !args[0].contains('/') => {
                        (format!("{}: not found", args[0]), 127)
                    }
                    _ => not_found(self.dialect(), &args[0], errno),
                };
                self.say("exec", text).await;
                self.set_status(status);
                Flow::Exit
            }
        }
    }

    async fn command_builtin(self: &Rc<Self>, args: Vec<String>, written: &[(usize, &Assignment)]) -> Flow {
        match args.get(1).map(String::as_str) {
            None => {
                self.set_status(0);
                return Flow::Next;
            }
            Some(flag @ ("-v" | "-V")) => {
                let mut all = true;
                for name in &args[2..] {
                    match self.what_is(name) {
                        Some((path, _)) if flag == "-v" => self.out(path + "\n").await,
                        Some((_, words)) => self.out(format!("{name} {words}\n")).await,
                        None => {
                            all = false;
                            if flag == "-V" {
                                self.say("command", format!("{name}: not found")).await;
                            }
                        }
                    }
                }
                self.set_status(if all {
                    0
                } else if self.is_bash() {
                    1
                } else {
                    127
                });
                return Flow::Next;
            }
            Some(_) => {}
        }
        let skip = 1 + usize::from(matches!(args[1].as_str(), "-p" | "--"));
        let args: Vec<String> = args[skip..].to_vec();
        let Some(name) = args.first() else { return Flow::Next };
        match find(name, self.dialect()) {
            Some(builtin) => {
                let written: Vec<_> = written.iter().map(|(place, assignment)| (place - skip, *assignment)).collect();
                self.call_builtin(builtin, args, &written).await
            }
            None => self.program(args).await,
        }
    }

    /// What a name is as a command: as `command -v` and as `type` say it.
    fn what_is(&self, name: &str) -> Option<(String, String)> {
        const WORDS: &[&str] = &[
            "!", "case", "do", "done", "elif", "else", "esac", "fi", "for", "if", "in", "then", "until", "while", "{",
            "}",
        ];
        if let Some(value) = self.aliases.borrow().get(name) {
            let text = match self.dialect() {
                Dialect::Bash => format!("is aliased to `{value}'"),
                _ => format!("is an alias for {value}"),
            };
            return Some((format!("alias {name}={}", declare::quote(value)), text));
        }
        if WORDS.contains(&name) || self.is_bash() && matches!(name, "[[" | "]]" | "function" | "time" | "select") {
            return Some((name.to_owned(), "is a shell keyword".into()));
        }
        if self.functions.borrow().contains_key(name) {
            let text = if self.is_bash() { "is a function" } else { "is a shell function" };
            return Some((name.to_owned(), text.into()));
        }
        if find(name, self.dialect()).is_some() {
            let special = is_special(name) && !self.is_bash();
            let text = if special { "is a special shell builtin" } else { "is a shell builtin" };
            return Some((name.to_owned(), text.into()));
        }
        let path = self.value("PATH").unwrap_or_default();
        let found = self.kernel().which(name, &path, &self.task.dir.borrow()).ok()?;
        let shown = if name.contains('/') { name.to_owned() } else { found };
        Some((shown.clone(), format!("is {shown}")))
    }

    async fn type_of(&self, args: &[String]) {
        let mut all = true;
        let flag = args.get(1).filter(|flag| matches!(flag.as_str(), "-t" | "-p" | "-P" | "-a")).cloned();
        for name in &args[1 + usize::from(flag.is_some())..] {
            match (self.what_is(name), flag.as_deref()) {
                (Some((_, words)), Some("-t")) => {
                    let sort = match words.as_str() {
                        words if words.contains("keyword") => "keyword",
                        words if words.contains("function") => "function",
                        words if words.contains("builtin") => "builtin",
                        words if words.contains("alias") => "alias",
                        _ => "file",
                    };
                    self.out(format!("{sort}\n")).await;
                }
                (Some((path, words)), Some("-p" | "-P")) => {
                    if words.starts_with("is /") {
                        self.out(path + "\n").await;
                    }
                }
                (Some((_, words)), _) => self.out(format!("{name} {words}\n")).await,
                (None, Some("-t" | "-p" | "-P")) => all = false,
                (None, _) => {
                    all = false;
                    match self.dialect() {
                        Dialect::Bash => self.say("type", format!("{name}: not found")).await,
                        _ => self.out(format!("{name}: not found\n")).await,
                    }
                }
            }
        }
        self.set_status(if all {
            0
        } else if self.is_bash() {
            1
        } else {
            127
        });
    }

    async fn unset(&self, args: &[String]) -> Flow {
        self.set_status(0);
        let mut functions = false;
        for name in &args[1..] {
            match name.as_str() {
                "-f" => functions = true,
                "-v" => functions = false,
                _ if functions => {
                    self.functions.borrow_mut().remove(name);
                }
                _ => {
                    if let Some((array, index)) = name.split_once('[') {
                        if let Ok(key) = self.key(array, index.trim_end_matches(']'))
                            && let Some(Value::Array(items)) = &mut self.variables.borrow_mut().entry(array).value
                        {
                            items.remove(&key);
                        }
                        continue;
                    }
                    if !is_name(name) && !self.is_bash() {
                        return self.fail_builtin("unset", 1, "", format!("{name}: bad variable name")).await;
                    }
                    let known = self.variables.borrow().get(name).is_some();
                    let removed = self.variables.borrow_mut().unset(name);
                    if removed.is_err() {
                        let text = format!("{name}: cannot unset: readonly variable");
                        return self.fail_builtin("unset", 1, text, format!("{name}: is read only")).await;
                    }
                    if !known {
                        self.functions.borrow_mut().remove(name);
                    }
                }
            }
        }
        Flow::Next
    }

    async fn set(&self, args: &[String]) -> Flow {
        self.set_status(0);
        if args.len() == 1 {
            let mut text = String::new();
            for (name, variable) in self.variables.borrow().iter() {
                if let Some(Value::Text(value)) = &variable.value {
                    let shown = if self.is_bash() { declare::trace_quote(value) } else { declare::quote(value) };
                    let shown = if value.is_empty() && self.is_bash() { String::new() } else { shown };
                    text += &format!("{name}={shown}\n");
                }
            }
            self.out(text).await;
            return Flow::Next;
        }
        let mut at = 1;
        while let Some(arg) = args.get(at).filter(|arg| arg.starts_with(['-', '+'])) {
            at += 1;
            let on = arg.starts_with('-');
            if arg == "--" || arg == "-" {
                self.parameters.replace(Rc::new(args[at..].to_vec()));
                return Flow::Next;
            }
            for letter in arg[1..].chars() {
                if letter == 'o' {
                    let Some(name) = args.get(at) else {
                        let mut options = self.options.get();
                        let mut text = String::new();
                        for (name, _, switch) in OPTIONS {
                            let on = if *switch(&mut options) { "on" } else { "off" };
                            text += &format!("{name:<15}\t{on}\n");
                        }
                        self.out(text).await;
                        return Flow::Next;
                    };
                    at += 1;
                    if !self.set_option(name, on) {
                        let dash = format!("Illegal option {}o {name}", if on { '-' } else { '+' });
                        return self.fail_builtin("set", 2, format!("{name}: invalid option name"), dash).await;
                    }
                } else if !self.set_letter(letter, on) {
                    let bash = format!(
                        "-{letter}: invalid option\nset: usage: set [-abefhkmnptuvxBCEHPT] [-o option-name] [--] [-] [arg ...]"
                    );
                    return self.fail_builtin("set", 2, bash, format!("Illegal option -{letter}")).await;
                }
            }
        }
        if at < args.len() {
            self.parameters.replace(Rc::new(args[at..].to_vec()));
        }
        Flow::Next
    }

    async fn shopt(&self, args: &[String]) {
        let on = match args.get(1).map(String::as_str) {
            Some("-s") => Some(true),
            Some("-u") => Some(false),
            _ => None,
        };
        self.set_status(0);
        let quiet = args.get(1).is_some_and(|flag| flag == "-q");
        for name in args[1..].iter().filter(|arg| !arg.starts_with('-')) {
            let Some((_, switch)) = SHOPT.iter().find(|(known, _)| known == name) else {
                self.say("shopt", format!("{name}: invalid shell option name")).await;
                self.set_status(1);
                continue;
            };
            match on {
                Some(on) => self.options(|options| *switch(options) = on),
                None => {
                    let is_on = *switch(&mut self.options.get());
                    if !quiet {
                        self.out(format!("{name:<15}\t{}\n", if is_on { "on" } else { "off" })).await;
                    }
                    self.set_status(i32::from(!is_on));
                }
            }
        }
    }

    async fn trap(&self, args: &[String]) {
        self.set_status(0);
        let args = &args[1..];
        let args = if args.first().is_some_and(|arg| arg == "--") { &args[1..] } else { args };
        if args.is_empty() || args[0] == "-p" {
            let mut text = String::new();
            let mut traps = self.traps.borrow().clone();
            traps.order_by_key(|(event, _)| *event);
            for (event, command) in traps {
                let name = match event {
                    Event::Exit => "EXIT".to_owned(),
                    Event::Error => "ERR".to_owned(),
                    Event::Signal(signal) if self.is_bash() => format!("SIG{}", signal.name()),
                    Event::Signal(signal) => signal.name().to_owned(),
                };
                text += &format!("trap -- {} {name}\n", declare::quote(&command));
            }
            self.out(text).await;
            return;
        }
        if args[0] == "-l" {
            return;
        }
        // With one argument, or where the first is a number, the signals are reset.
        let resets = args.len() == 1 || args[0].parse::<u32>().is_ok();
        let (command, names) = if resets { ("-", args) } else { (args[0].as_str(), &args[1..]) };
        for name in names {
            let event = match name.to_ascii_uppercase().trim_start_matches("SIG") {
                "EXIT" | "0" => Some(Event::Exit),
                "ERR" => Some(Event::Error),
                "DEBUG" | "RETURN" => continue,
                _ => Signal::parse(name).map(Event::Signal),
            };
            let Some(event) = event else {
                let text = match self.dialect() {
                    Dialect::Bash => format!("{}{name}: invalid signal specification\n", self.builtin_prefix("trap")),
                    Dialect::Dash => format!("trap: {name}: bad trap\n"),
                    Dialect::BusyBox => {
                        format!("{}{name}: invalid signal specification\n", self.builtin_prefix("trap"))
                    }
                };
                let _ = self.task.write(2, text.as_bytes()).await;
                self.set_status(1);
                continue;
            };
            self.traps.borrow_mut().retain(|(known, _)| *known != event);
            if command != "-" {
                self.traps.borrow_mut().push((event, command.to_owned()));
            }
            if let Event::Signal(signal) = event {
                self.task.ignored.borrow_mut().retain(|known| *known != signal);
                self.task.uncatch(signal);
                match command {
                    "-" => {}
                    "" => self.task.ignored.borrow_mut().push(signal),
                    _ => self.task.catch(signal),
                }
            }
        }
    }

    async fn cd(&self, args: &[String]) {
        let args: Vec<&str> =
            args[1..].iter().map(String::as_str).filter(|arg| !matches!(*arg, "-P" | "-L" | "--")).collect();
        let home = self.value("HOME").map(|home| home.to_string());
        let old = self.value("OLDPWD").map(|old| old.to_string());
        let (target, shown) = match args.as_slice() {
            [] => (home, false),
            ["-"] => (old, true),
            [dir] => (Some((*dir).to_owned()), false),
            _ if self.is_bash() => {
                self.say("cd", "too many arguments").await;
                self.set_status(1);
                return;
            }
            [dir, ..] => (Some((*dir).to_owned()), false),
        };
        let Some(target) = target else {
            let what = if args.is_empty() { "HOME" } else { "OLDPWD" };
            self.say("cd", format!("{what} not set")).await;
            self.set_status(1);
            return;
        };
        let from = self.task.dir.borrow().clone();
        let path = absolute(&from, &target);
        let path = if path.len() > 1 { path.trim_end_matches('/').to_owned() } else { path };
        let problem = match self.kernel().files().stat(&path) {
            Ok(stat) if stat.kind == FileKind::Folder => None,
            Ok(_) => Some(Errno::NotDirectory),
            Err(errno) => Some(errno),
        };
        if let Some(errno) = problem {
            let text = match self.dialect() {
                Dialect::Bash => format!("{target}: {errno}"),
                Dialect::Dash => format!("can't cd to {target}"),
                Dialect::BusyBox => format!("can't cd to {target}: {errno}"),
            };
            self.say("cd", text).await;
            self.set_status(if self.is_bash() { 1 } else { 2 });
            return;
        }
        self.task.dir.replace(path.clone());
        let _ = self.variables.borrow_mut().set_text("OLDPWD", from);
        let _ = self.variables.borrow_mut().set_text("PWD", path.as_str());
        self.variables.borrow_mut().entry("OLDPWD").exported = true;
        self.set_status(0);
        if shown {
            self.out(path + "\n").await;
        }
    }

    /// `pushd`, `popd` and `dirs`.
    async fn stack(&self, args: &[String]) {
        match (args[0].as_str(), args.get(1)) {
            ("pushd", Some(dir)) => {
                let from = self.task.dir.borrow().clone();
                self.cd(&["cd".into(), dir.clone()]).await;
                if self.status() != 0 {
                    return;
                }
                self.directories.borrow_mut().push(from);
            }
            ("dirs", _) => {}
            (name, _) => {
                let Some(dir) = self.directories.borrow_mut().pop() else {
                    self.say(name, if name == "popd" { "directory stack empty" } else { "no other directory" }).await;
                    self.set_status(1);
                    return;
                };
                let from = self.task.dir.borrow().clone();
                self.cd(&["cd".into(), dir]).await;
                if name == "pushd" {
                    self.directories.borrow_mut().push(from);
                }
            }
        }
        let home = self.value("HOME").unwrap_or_default();
        let short = |dir: &String| match dir.strip_prefix(&*home) {
            Some(rest) if home.len() > 1 && (rest.is_empty() || rest.starts_with('/')) => format!("~{rest}"),
            _ => dir.clone(),
        };
        let mut all = vec![short(&self.task.dir.borrow())];
        all.extend(self.directories.borrow().iter().rev().map(short));
        self.set_status(0);
        self.out(all.join(" ") + "\n").await;
    }

    async fn alias(&self, args: &[String]) {
        self.set_status(0);
        let mut aliases = (**self.aliases.borrow()).clone();
        if args[0] == "unalias" {
            for name in &args[1..] {
                if name == "-a" {
                    aliases.clear();
                } else if aliases.remove(name).is_none() {
                    self.say("unalias", format!("{name}: not found")).await;
                    self.set_status(1);
                }
            }
            self.aliases.replace(Rc::new(aliases));
            return;
        }
        let shown = |name: &str, value: &str| match self.is_bash() {
            true => format!("alias {name}={}\n", declare::quote(value)),
            false => format!("{name}={}\n", declare::quote(value)),
        };
        if args.len() == 1 {
            let text: String = aliases.iter().map(|(name, value)| shown(name, value)).collect();
            self.out(text).await;
        }
        for arg in args[1..].iter().filter(|arg| *arg != "-p") {
            match arg.split_once('=') {
                Some((name, value)) => {
                    aliases.insert(name.to_owned(), value.to_owned());
                }
                None => match aliases.get(arg) {
                    Some(value) => {
                        let text = shown(arg, value);
                        self.out(text).await;
                    }
                    None => {
                        let text = match self.dialect() {
                            Dialect::Bash => format!("{}{arg}: not found\n", self.builtin_prefix("alias")),
                            _ => format!("alias: {arg} not found\n"),
                        };
                        let _ = self.task.write(2, text.as_bytes()).await;
                        self.set_status(1);
                    }
                },
            }
        }
        self.aliases.replace(Rc::new(aliases));
    }

    // Jobs.

    /// Learns which background processes are over.
    fn look_at_jobs(&self) {
        for job in self.jobs.borrow_mut().iter_mut().filter(|job| job.ended.is_none()) {
            if self.kernel().task(job.pid).is_none() {
                job.ended = self.kernel().reap(self.task.pid, job.pid);
            }
        }
    }

    /// Tells of jobs, and forgets those that are over; with `changed` only of these.
    pub async fn report_jobs(&self, changed: bool) {
        self.look_at_jobs();
        let jobs = self.jobs.borrow().clone();
        let mut text = String::new();
        for (place, job) in jobs.iter().enumerate() {
            if changed && job.ended.is_none() {
                continue;
            }
            let mark = match jobs.len() - place {
                1 => '+',
                2 => '-',
                _ => ' ',
            };
            let (state, sign) = match job.ended {
                None => ("Running".to_owned(), " &"),
                Some(Exit::Code(0)) => ("Done".to_owned(), ""),
                Some(Exit::Code(code)) if self.is_bash() => (format!("Exit {code}"), ""),
                Some(Exit::Code(code)) => (format!("Done({code})"), ""),
                Some(Exit::Signal(signal)) => (signal.description().to_owned(), ""),
            };
            text += &match self.is_bash() {
                true => format!("[{}]{mark}  {state:<24}{}{sign}\n", job.number, job.text),
                false => format!("[{}] {mark} {state:<27}{}\n", job.number, job.text),
            };
        }
        if self.options.get().interactive || !changed {
            let _ = self.task.write(if changed { 2 } else { 1 }, text.as_bytes()).await;
        }
        if self.options.get().interactive || !changed {
            self.jobs.borrow_mut().retain(|job| job.ended.is_none());
        }
    }

    /// The process that `%1`, `%%` or a number means.
    fn job_pid(&self, text: &str) -> Option<u32> {
        let Some(name) = text.strip_prefix('%') else { return text.parse().ok() };
        let jobs = self.jobs.borrow();
        let found = match name {
            "" | "%" | "+" => jobs.last(),
            "-" => jobs.iter().rev().nth(1),
            name => match name.parse::<u32>() {
                Ok(number) => jobs.iter().find(|job| job.number == number),
                Err(_) => jobs.iter().find(|job| job.text.starts_with(name)),
            },
        };
        found.map(|job| job.pid)
    }

    async fn foreground_job(self: &Rc<Self>, args: &[String]) -> Flow {
        if !self.options.get().interactive && self.is_bash() {
            self.say("fg", "no job control").await;
            self.set_status(1);
            return Flow::Next;
        }
        let pid = self.job_pid(args.get(1).map_or("%%", String::as_str));
        let job = self.jobs.borrow().iter().find(|job| Some(job.pid) == pid).cloned();
        let Some(job) = job else {
            return self.fail_builtin("fg", 1, "current: no such job", "No current job").await;
        };
        self.out(format!("{}\n", job.text)).await;
        if let Some(task) = self.kernel().task(job.pid) {
            task.background.set(false);
        }
        self.wait_for_job(job.pid).await
    }

    /// Waits for a child; a signal that is trapped ends the waiting.
    async fn wait_for_job(self: &Rc<Self>, pid: u32) -> Flow {
        let known = self.jobs.borrow().iter().find(|job| job.pid == pid).and_then(|job| job.ended);
        let exit = match known {
            Some(exit) => Some(exit),
            None => {
                let look = || match self.kernel().reap(self.task.pid, pid) {
                    Some(exit) => Some(Some(exit)),
                    None if self.task.has_signals() => Some(None),
                    None => None,
                };
                self.task.until(look).await
            }
        };
        match exit {
            Some(exit) => {
                self.jobs.borrow_mut().retain(|job| job.pid != pid);
                if let (Exit::Signal(signal), Dialect::Dash) = (exit, self.dialect()) {
                    let _ = self.task.write(2, format!("{}\n", signal.description()).as_bytes()).await;
                }
                self.set_status(exit.code());
                Flow::Next
            }
            None => {
                let status = 128 + 15;
                let flow = self.handle_signals().await;
                if flow == Flow::Next {
                    self.set_status(status);
                }
                flow
            }
        }
    }

    async fn wait(self: &Rc<Self>, args: &[String]) -> Flow {
        self.set_status(0);
        let any = args.get(1).is_some_and(|flag| flag == "-n");
        if any {
            let look = || {
                self.look_at_jobs();
                let jobs = self.jobs.borrow();
                let ended = jobs.iter().find_map(|job| job.ended.map(|_| Some(job.pid)));
                ended.or_else(|| (jobs.is_empty() || self.task.has_signals()).then_some(None))
            };
            return match self.task.until(look).await {
                Some(pid) => self.wait_for_job(pid).await,
                None => {
                    self.set_status(127);
                    self.handle_signals().await
                }
            };
        }
        if args.len() == 1 {
            loop {
                let Some(pid) = self.jobs.borrow().first().map(|job| job.pid) else { break };
                let before = self.jobs.borrow().len();
                let flow = self.wait_for_job(pid).await;
                if flow != Flow::Next || self.jobs.borrow().len() == before {
                    return flow;
                }
            }
            self.set_status(0);
            return Flow::Next;
        }
        for text in &args[1..] {
            let pid = self.job_pid(text);
            let mine = pid.filter(|pid| self.jobs.borrow().iter().any(|job| job.pid == *pid));
            match (mine, pid) {
                (Some(pid), _) => {
                    let flow = self.wait_for_job(pid).await;
                    if flow != Flow::Next {
                        return flow;
                    }
                }
                (None, Some(pid)) => {
                    if self.is_bash() {
                        self.say("wait", format!("pid {pid} is not a child of this shell")).await;
                    }
                    self.set_status(127);
                }
                (None, None) => {
                    self.say("wait", format!("`{text}': not a pid or valid job spec")).await;
                    self.set_status(1);
                }
            }
        }
        Flow::Next
    }

    async fn kill(&self, args: &[String]) {
        let mut args: Vec<String> = args.to_vec();
        for arg in args.iter_mut().skip(1).filter(|arg| arg.starts_with('%')) {
            if let Some(pid) = self.job_pid(arg) {
                *arg = pid.to_string();
            }
        }
        let mut desk = Desk::new(&self.task, self.builtin_name("kill"), args, Vec::new());
        desk.dialect = self.dialect();
        let status = tools::kill(&mut desk);
        let printed = desk.take_printed();
        let _ = self.task.print(printed).await;
        self.set_status(status);
        // The one that was killed may be this shell.
        self.task.give_way().await;
    }

    async fn getopts_builtin(self: &Rc<Self>, args: &[String]) -> Flow {
        let (Some(letters), Some(name)) = (args.get(1), args.get(2)) else {
            self.say("getopts", "usage: getopts optstring name [arg ...]").await;
            self.set_status(2);
            return Flow::Next;
        };
        let words = if args.len() > 3 { Rc::new(args[3..].to_vec()) } else { self.parameters.borrow().clone() };
        let index = self.value("OPTIND").and_then(|text| text.parse::<i64>().ok()).unwrap_or(1).max(1);
        let (known, mut place) = self.getopts.get();
        if known != index {
            place = 0;
        }
        let silent = letters.starts_with(':');
        let current = words.get(index as usize - 1);
        let finished =
            place == 0 && current.is_none_or(|word| !word.starts_with('-') || word.len() < 2 || word == "--");
        let mut next = index;
        let mut status = 0;
        let (mut found, mut value) = ("?".to_owned(), None);
        let mut complaint = None;
        if finished {
            status = 1;
            next += i64::from(current.is_some_and(|word| word == "--"));
            place = 0;
        } else {
            let word: Vec<char> = current.map_or(Vec::new(), |word| word.chars().collect());
            place = place.max(1);
            let letter = word.get(place).copied().unwrap_or('?');
            place += 1;
            let at = letters.find(letter).filter(|_| letter != ':');
            let takes = at.is_some_and(|at| letters[at + letter.len_utf8()..].starts_with(':'));
            if at.is_none() {
                complaint = Some((format!("illegal option -- {letter}"), format!("Illegal option -{letter}")));
                value = silent.then(|| letter.to_string());
            } else {
                found = letter.to_string();
            }
            if takes {
                if place < word.len() {
                    value = Some(word[place..].iter().collect());
                } else {
                    next += 1;
                    value = words.get(next as usize - 1).cloned();
                    if value.is_none() {
                        complaint = Some((
                            format!("option requires an argument -- {letter}"),
                            format!("No arg for -{letter} option"),
                        ));
                        found = if silent { ":".into() } else { "?".into() };
                        value = silent.then(|| letter.to_string());
                    }
                }
                place = word.len();
            }
            if place >= word.len() {
                next += 1;
                place = 0;
            }
        }
        if let Some((bash, dash)) = complaint.filter(|_| !silent) {
            let text = match self.is_bash() {
                true => format!("{}: {bash}\n", self.name.borrow()),
                false => format!("{dash}\n"),
            };
            let _ = self.task.write(2, text.as_bytes()).await;
        }
        let mut result = self.assign(name, None, found).await;
        if result.is_ok() {
            result = match value {
                Some(value) => self.assign("OPTARG", None, value).await,
                None => {
                    let _ = self.variables.borrow_mut().unset("OPTARG");
                    Ok(())
                }
            };
        }
        let _ = self.variables.borrow_mut().set_text("OPTIND", next.to_string());
        self.getopts.set((next, place));
        self.set_status(status);
        result.err().unwrap_or(Flow::Next)
    }
}
