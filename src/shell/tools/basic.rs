//! Programs of a few lines: true, cat, hostname, env, seq, expr …

use super::super::language;
use super::super::machine::execute;
use super::super::regex::Regex;
use super::super::task::{Code, Flow, Task};
use super::{Desk, Dialect, Filter, Plan, Run, Signal, Tool, Want};
use std::rc::Rc;

pub(super) const TOOLS: &[Tool] = &[
    Tool { name: "[", run: Run::Plain(test) },
    Tool { name: "arch", run: Run::Plain(|desk| say(desk, "x86_64")) },
    Tool { name: "basename", run: Run::Plain(basename) },
    Tool { name: "cat", run: Run::Filter(cat) },
    Tool { name: "clear", run: Run::Plain(|desk| say(desk, "\x1b[H\x1b[2J")) },
    Tool { name: "dirname", run: Run::Plain(dirname) },
    Tool { name: "env", run: Run::Code(env) },
    Tool { name: "expr", run: Run::Plain(expr) },
    Tool { name: "false", run: Run::Plain(|_| 1) },
    Tool { name: "groups", run: Run::Plain(|desk| say(desk, "root")) },
    Tool { name: "hostname", run: Run::Plain(hostname) },
    Tool { name: "id", run: Run::Plain(id) },
    Tool { name: "kill", run: Run::Plain(kill) },
    Tool { name: "nproc", run: Run::Plain(|desk| say(desk, "2")) },
    Tool { name: "printenv", run: Run::Plain(printenv) },
    Tool { name: "ps", run: Run::Plain(ps) },
    Tool { name: "pwd", run: Run::Plain(pwd) },
    Tool { name: "seq", run: Run::Code(seq) },
    Tool { name: "sync", run: Run::Plain(|_| 0) },
    Tool { name: "test", run: Run::Plain(test) },
    Tool { name: "true", run: Run::Plain(|_| 0) },
    Tool { name: "tty", run: Run::Plain(tty) },
    Tool { name: "uname", run: Run::Plain(uname) },
    Tool { name: "which", run: Run::Plain(which) },
    Tool { name: "whoami", run: Run::Plain(whoami) },
    Tool { name: "yes", run: Run::Code(|task, args, _| yes(task, args)) },
];

fn say(desk: &mut Desk<'_>, text: &str) -> i32 {
    desk.line(text);
    0
}

/// `cat [-n] [file...]`
struct Cat {
    number: Option<usize>,
}

fn cat(desk: &mut Desk<'_>) -> Result<Plan, i32> {
    let (flags, files) = desk.flags("AbeEnstTuv", "")?;
    let numbered = flags.has('n') || flags.has('b');
    Ok(Plan { filter: Box::new(Cat { number: numbered.then_some(0) }), files: super::or_input(files) })
}

impl Filter for Cat {
    fn raw(&self) -> bool {
        self.number.is_none()
    }

    fn line(&mut self, line: &[u8], desk: &mut Desk<'_>) -> Want {
        if let Some(number) = &mut self.number {
            *number += 1;
            desk.out(format!("{number:6}\t"));
        }
        desk.out(line);
        Want::More
    }
}

fn hostname(desk: &mut Desk<'_>) -> i32 {
    let setup = &desk.task.kernel.setup;
    let host = setup.hostname.as_str();
    match desk.args.get(1).map(String::as_str) {
        None => desk.line(host),
        Some("-f" | "--fqdn" | "--long") if setup.domain.is_empty() => desk.line(host),
        Some("-f" | "--fqdn" | "--long") => desk.line(format!("{host}.{}", setup.domain)),
        Some("-s" | "--short") => desk.line(host.split('.').next().unwrap_or("")),
        Some("-d" | "--domain") => desk.line(&setup.domain),
        Some("-i" | "-I") => {
            let address = desk.var("POD_IP").unwrap_or("127.0.0.1").to_owned();
            desk.line(address);
        }
        Some(_) => {
            desk.complain(
                desk.words("you must be root to change the host name", "sethostname: Operation not permitted"),
            );
            return 1;
        }
    }
    0
}

fn basename(desk: &mut Desk<'_>) -> i32 {
    let Some(path) = desk.args.get(1).cloned() else { return desk.usage("missing operand") };
    let name = path.trim_end_matches('/').rsplit('/').next().unwrap_or("");
    let name = if name.is_empty() && path.starts_with('/') { "/" } else { name };
    let suffix = desk.args.get(2).map_or("", String::as_str);
    let short = name.strip_suffix(suffix).filter(|short| !short.is_empty()).unwrap_or(name).to_owned();
    desk.line(short);
    0
}

fn dirname(desk: &mut Desk<'_>) -> i32 {
    let Some(path) = desk.args.get(1).cloned() else { return desk.usage("missing operand") };
    let folder = match path.trim_end_matches('/').rsplit_once('/') {
        Some(("", _)) => "/",
        Some((folder, _)) => folder.trim_end_matches('/'),
        None if path.starts_with('/') => "/",
        None => ".",
    };
    desk.line(folder);
    0
}

/// `env [-i] [-u name] [name=value...] [command...]`
fn env(task: Rc<Task>, args: Vec<String>, mut env: Vec<(String, String)>) -> Code {
    Box::pin(async move {
        let mut at = 1;
        while let Some(arg) = args.get(at) {
            if arg == "-i" || arg == "-" {
                env.clear();
            } else if arg == "-u" {
                at += 1;
                env.retain(|(name, _)| Some(name) != args.get(at));
            } else if let Some((name, value)) = arg.split_once('=') {
                env.retain(|(known, _)| known != name);
                env.push((name.to_owned(), value.to_owned()));
            } else {
                break;
            }
            at += 1;
        }
        let Some(program) = args.get(at) else {
            let text: String = env.iter().map(|(name, value)| format!("{name}={value}\n")).collect();
            let _ = task.write(1, text.as_bytes()).await;
            return Flow::Next;
        };
        let path = env.iter().find(|(name, _)| name == "PATH").map_or("/usr/bin:/bin", |(_, value)| value);
        let found = task.kernel.look_up(program, path, &task.dir.borrow());
        match found {
            Ok(image) => task.call(execute(task.clone(), image, args[at..].to_vec(), env)).await,
            Err(errno) => {
                let gnu = task.kernel.dialect() != Dialect::BusyBox;
                let name = if gnu { format!("'{program}'") } else { format!("can't execute '{program}'") };
                let _ = task.write(2, format!("env: {name}: {errno}\n").as_bytes()).await;
                task.status.set(super::not_run(errno));
                Flow::Next
            }
        }
    })
}

fn printenv(desk: &mut Desk<'_>) -> i32 {
    let names = desk.args[1..].to_vec();
    let mut status = 0;
    for name in &names {
        match desk.var(name).map(str::to_owned) {
            Some(value) => desk.line(value),
            None => status = 1,
        }
    }
    if names.is_empty() {
        let text: String = desk.env.iter().map(|(name, value)| format!("{name}={value}\n")).collect();
        desk.out(text);
    }
    status
}

fn user_name(desk: &Desk<'_>) -> Option<&'static str> {
    match desk.task.kernel.setup.user {
        0 => Some("root"),
        65534 => Some("nobody"),
        _ => None,
    }
}

fn whoami(desk: &mut Desk<'_>) -> i32 {
    let user = desk.task.kernel.setup.user;
    match user_name(desk) {
        Some(name) => {
            desk.line(name);
            0
        }
        None => {
            desk.complain(desk.words(format!("cannot find name for user ID {user}"), format!("unknown uid {user}")));
            1
        }
    }
}

fn id(desk: &mut Desk<'_>) -> i32 {
    let user = desk.task.kernel.setup.user;
    let group = if user == 65534 { user } else { 0 };
    let name = user_name(desk).map_or(String::new(), |name| format!("({name})"));
    let group_name = if group == 0 { "(root)" } else { "(nobody)" };
    let text = match desk.args.get(1).map(String::as_str) {
        Some("-u") => user.to_string(),
        Some("-g" | "-G") => group.to_string(),
        Some("-un") => user_name(desk).map_or(user.to_string(), str::to_owned),
        _ => format!("uid={user}{name} gid={group}{group_name} groups={group}{group_name}"),
    };
    desk.line(text);
    0
}

fn pwd(desk: &mut Desk<'_>) -> i32 {
    let dir = desk.task.dir.borrow().clone();
    desk.line(dir);
    0
}

fn tty(desk: &mut Desk<'_>) -> i32 {
    let is_terminal = desk.task.is_terminal(0);
    desk.line(if is_terminal { "/dev/pts/0" } else { "not a tty" });
    i32::from(!is_terminal)
}

fn uname(desk: &mut Desk<'_>) -> i32 {
    let host = desk.task.kernel.setup.hostname.clone();
    let all = [
        ("s", "Linux"),
        ("n", &host),
        ("r", "6.12.0"),
        ("v", "#1 SMP PREEMPT_DYNAMIC"),
        ("m", "x86_64"),
        ("o", "GNU/Linux"),
    ];
    let flags: String = desk.args[1..].iter().map(|arg| arg.trim_start_matches('-')).collect();
    let flags = if flags.is_empty() { "s" } else { &flags };
    let shown = all.iter().filter(|(flag, _)| flags.contains('a') || flags.contains(flag));
    let words: Vec<&str> = shown.map(|(_, word)| *word).collect();
    desk.line(words.join(" "));
    0
}

fn which(desk: &mut Desk<'_>) -> i32 {
    let path = desk.var("PATH").unwrap_or("").to_owned();
    let mut status = 0;
    let names = desk.args[1..].to_vec();
    for name in names {
        let found = desk.task.kernel.which(&name, &path, &desk.task.dir.borrow());
        match found {
            Ok(found) => desk.line(found),
            Err(_) => status = 1,
        }
    }
    status
}

fn test(desk: &mut Desk<'_>) -> i32 {
    let mut args = desk.args[1..].to_vec();
    if desk.args[0].ends_with('[') && args.pop().as_deref() != Some("]") {
        desk.complain(desk.words("missing ']'", "missing ]"));
        return 2;
    }
    match language::test(desk.task, Dialect::BusyBox, &args, &|_| false) {
        Ok(holds) => i32::from(!holds),
        Err(text) => {
            desk.complain(text);
            2
        }
    }
}

/// `kill [-signal] process...`
pub(crate) fn kill(desk: &mut Desk<'_>) -> i32 {
    let mut args = desk.args[1..].to_vec();
    let bash = desk.dialect == Dialect::Bash;
    let mut signal = Signal::TERM;
    if args.first().is_some_and(|arg| arg == "-l" || arg == "-L") {
        match args.get(1).and_then(|text| text.parse::<i32>().ok()) {
            Some(code) => {
                let name = Signal::parse(&(code & 127).to_string()).map_or("", Signal::name);
                desk.line(name);
            }
            None if args.len() > 1 => match Signal::parse(&args[1]) {
                Some(signal) => desk.line(signal.0.to_string()),
                None => {
                    desk.complain(format!("{}: invalid signal specification", args[1]));
                    return 1;
                }
            },
            None => {
                let names: Vec<&str> = (1..=31).map(|number| Signal(number).name()).collect();
                desk.line(names.join(" "));
            }
        }
        return 0;
    }
    if args.first().is_some_and(|arg| arg.starts_with('-') && arg.len() > 1 && arg != "--") {
        let flag = args.remove(0);
        let name = if flag == "-s" || flag == "-n" {
            if args.is_empty() { String::new() } else { args.remove(0) }
        } else {
            flag[1..].to_owned()
        };
        if name == "0" {
            signal = Signal(0);
        } else {
            match Signal::parse(&name) {
                Some(parsed) => signal = parsed,
                None => {
                    desk.complain(match desk.dialect {
                        Dialect::Bash => format!("{name}: invalid signal specification"),
                        Dialect::Dash => format!("Illegal option -{name}"),
                        Dialect::BusyBox => format!("bad signal name '{name}'"),
                    });
                    return 1;
                }
            }
        }
    }
    args.retain(|arg| arg != "--");
    if args.is_empty() {
        desk.complain("usage: kill [-s sigspec | -n signum | -sigspec] pid | jobspec ... or kill -l [sigspec]");
        return 2;
    }
    let mut status = 0;
    for text in args {
        let Ok(pid) = text.parse::<i64>() else {
            let (said, code) = match desk.dialect {
                Dialect::Bash => (format!("{text}: arguments must be process or job IDs"), 1),
                Dialect::Dash => (format!("Illegal number: {text}"), 2),
                Dialect::BusyBox => (format!("invalid number '{text}'"), 1),
            };
            desk.complain(said);
            status = code;
            continue;
        };
        let kernel = &desk.task.kernel;
        // 0 and negative numbers mean groups: here, all that descends from the shell.
        let targets: Vec<_> = match u32::try_from(pid) {
            Ok(pid) if pid > 0 => kernel.task(pid).into_iter().collect(),
            _ => kernel.tasks().into_iter().filter(|task| task.pid != 1 || pid == 0).collect(),
        };
        if targets.is_empty() {
            desk.complain(match bash {
                true => format!("({pid}) - No such process"),
                false => desk.words("No such process\n".to_owned(), format!("can't kill pid {pid}: No such process")),
            });
            status = 1;
        }
        for target in targets.iter().filter(|_| signal != Signal(0)) {
            kernel.signal(target, signal, false);
        }
    }
    status
}

fn ps(desk: &mut Desk<'_>) -> i32 {
    let busybox = desk.is_busybox();
    let full = desk.args.get(1).is_some_and(|flags| flags.contains(['e', 'f', 'a', 'x', 'A', 'u']));
    let user = user_name(desk).unwrap_or("1000");
    desk.line(match (busybox, full) {
        (true, _) => "PID   USER     TIME  COMMAND",
        (false, true) => "UID          PID    PPID  C STIME TTY          TIME CMD",
        (false, false) => "    PID TTY          TIME CMD",
    });
    for task in desk.task.kernel.tasks() {
        let args = task.args.borrow();
        let command = args.join(" ");
        let short = args.first().map_or("", |name| name.rsplit('/').next().unwrap_or(""));
        let command = if task.is_alive() { command } else { format!("[{short}]") };
        let started = super::date::format(task.started, "%H:%M");
        desk.line(match (busybox, full) {
            (true, _) => format!("{:5} {user:8}  0:00 {command}", task.pid),
            (false, true) => {
                format!("{user:8} {:7} {:7}  0 {started} ?        00:00:00 {command}", task.pid, task.parent.get())
            }
            (false, false) => format!("{:7} ?        00:00:00 {short}", task.pid),
        });
    }
    0
}

/// `seq [first [step]] last`, with `-s` and `-w`.
fn seq(task: Rc<Task>, args: Vec<String>, env: Vec<(String, String)>) -> Code {
    Box::pin(async move {
        let mut desk = Desk::new(&task, "seq", args, env);
        let (mut separator, mut equal_width) = ("\n".to_owned(), false);
        let mut numbers: Vec<String> = Vec::new();
        let args = desk.args[1..].to_vec();
        let mut args = args.into_iter();
        while let Some(arg) = args.next() {
            match arg.as_str() {
                "-s" => separator = args.next().unwrap_or_default(),
                "-w" => equal_width = true,
                _ if arg.starts_with("-s") => separator = arg[2..].to_owned(),
                _ => numbers.push(arg),
            }
        }
        // In millionths, which serve for the fractions people write.
        let parsed: Option<Vec<i64>> = numbers.iter().map(|text| millionths(text)).collect();
        let (first, step, last) = match parsed.as_deref() {
            Some([last]) => (1_000_000, 1_000_000, *last),
            Some([first, last]) => (*first, 1_000_000, *last),
            Some([first, step, last]) => (*first, *step, *last),
            Some([]) => {
                task.status.set(desk.usage("missing operand"));
                let _ = task.print(desk.take_printed()).await;
                return Flow::Next;
            }
            _ => {
                let wrong = numbers.iter().find(|text| millionths(text).is_none()).or(numbers.get(3)).cloned();
                let wrong = wrong.unwrap_or_default();
                let gnu = format!("invalid floating point argument: '{wrong}'\nTry 'seq --help' for more information.");
                desk.complain(desk.words(gnu, format!("invalid number '{wrong}'")));
                let _ = task.print(desk.take_printed()).await;
                task.status.set(1);
                return Flow::Next;
            }
        };
        if step == 0 {
            desk.complain(desk.words(
                "invalid Zero increment value: '0'\nTry 'seq --help' for more information.",
                "increment is zero",
            ));
            let _ = task.print(desk.take_printed()).await;
            task.status.set(1);
            return Flow::Next;
        }
        let places =
            numbers.iter().map(|text| text.split_once('.').map_or(0, |(_, part)| part.len())).max().unwrap_or(0);
        let shown = |number: i64| {
            let sign = if number < 0 { "-" } else { "" };
            let part = format!("{:06}", number.unsigned_abs() % 1_000_000);
            let point = if places > 0 { "." } else { "" };
            format!("{sign}{}{point}{}", number.unsigned_abs() / 1_000_000, &part[..places.min(6)])
        };
        let width = if equal_width { shown(first).len().max(shown(last).len()) } else { 0 };
        let mut number = first;
        let mut begun = false;
        while if step > 0 { number <= last } else { number >= last } {
            if std::mem::replace(&mut begun, true) {
                desk.out(&separator);
            }
            let text = shown(number);
            desk.out(match text.strip_prefix('-') {
                Some(digits) if equal_width => format!("-{digits:0>width$}", width = width - 1),
                _ => format!("{text:0>width$}"),
            });
            if desk.held() > 1 << 12 {
                task.work(100).await;
                if task.print(desk.take_printed()).await.is_err() {
                    return Flow::Next;
                }
            }
            number = number.saturating_add(step);
        }
        if begun {
            desk.out("\n");
        }
        let _ = task.print(desk.take_printed()).await;
        Flow::Next
    })
}

fn millionths(text: &str) -> Option<i64> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let valid = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if (whole.is_empty() && part.is_empty()) || !valid(whole) || !valid(part) {
        return None;
    }
    let whole: i64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let part: i64 = format!("{part:0<6}")[..6].parse().ok()?;
    whole.checked_mul(1_000_000)?.checked_add(part)?.checked_mul(sign)
}

fn yes(task: Rc<Task>, args: Vec<String>) -> Code {
    Box::pin(async move {
        let text = if args.len() > 1 { args[1..].join(" ") } else { "y".into() } + "\n";
        let block = text.repeat((4096 / text.len()).max(1));
        loop {
            task.work(20).await;
            if let Err(errno) = task.write(1, block.as_bytes()).await {
                let _ = task.write(2, format!("yes: standard output: {errno}\n").as_bytes()).await;
                task.status.set(1);
                return Flow::Next;
            }
        }
    })
}

/// `expr`: numbers, comparisons, `:` and the words for text.
fn expr(desk: &mut Desk<'_>) -> i32 {
    let args = desk.args[1..].to_vec();
    if args.is_empty() {
        return desk.usage("missing operand") + 1;
    }
    let mut expr = Expr { args: &args, at: 0, depth: 0 };
    let value = expr.or().and_then(|value| match expr.args.get(expr.at) {
        Some(extra) => Err(format!("syntax error: unexpected argument '{extra}'")),
        None => Ok(value),
    });
    match value {
        Ok(value) => {
            let is_null = value.is_empty() || value.parse::<i64>() == Ok(0);
            desk.line(value);
            i32::from(is_null)
        }
        Err(text) => {
            desk.complain(desk.words(text.as_str(), if text.starts_with("syntax") { "syntax error" } else { &text }));
            2
        }
    }
}

struct Expr<'a> {
    args: &'a [String],
    at: usize,
    depth: u32,
}

impl Expr<'_> {
    fn eat(&mut self, words: &[&str]) -> Option<String> {
        let word = self.args.get(self.at).filter(|word| words.contains(&word.as_str()))?;
        self.at += 1;
        Some(word.clone())
    }

    fn or(&mut self) -> Result<String, String> {
        let mut left = self.and()?;
        while self.eat(&["|"]).is_some() {
            let right = self.and()?;
            let null = |text: &str| text.is_empty() || text == "0";
            left = if !null(&left) {
                left
            } else if null(&right) {
                "0".into()
            } else {
                right
            };
        }
        Ok(left)
    }

    fn and(&mut self) -> Result<String, String> {
        let mut left = self.comparison()?;
        while self.eat(&["&"]).is_some() {
            let right = self.comparison()?;
            let null = |text: &str| text.is_empty() || text == "0";
            if null(&left) || null(&right) {
                left = "0".into();
            }
        }
        Ok(left)
    }

    fn comparison(&mut self) -> Result<String, String> {
        let mut left = self.sum()?;
        while let Some(operator) = self.eat(&["=", "==", "!=", "<", "<=", ">", ">="]) {
            let right = self.sum()?;
            let order = match (left.parse::<i64>(), right.parse::<i64>()) {
                (Ok(left), Ok(right)) => left.cmp(&right),
                _ => left.cmp(&right),
            };
            let holds = match operator.as_str() {
                "=" | "==" => order.is_eq(),
                "!=" => order.is_ne(),
                "<" => order.is_lt(),
                "<=" => order.is_le(),
                ">" => order.is_gt(),
                _ => order.is_ge(),
            };
            left = i64::from(holds).to_string();
        }
        Ok(left)
    }

    fn sum(&mut self) -> Result<String, String> {
        let mut left = self.product()?;
        while let Some(operator) = self.eat(&["+", "-"]) {
            let right = self.product()?;
            left = compute(&left, &operator, &right)?;
        }
        Ok(left)
    }

    fn product(&mut self) -> Result<String, String> {
        let mut left = self.matching()?;
        while let Some(operator) = self.eat(&["*", "/", "%"]) {
            let right = self.matching()?;
            left = compute(&left, &operator, &right)?;
        }
        Ok(left)
    }

    fn matching(&mut self) -> Result<String, String> {
        let mut left = self.primary()?;
        while self.eat(&[":"]).is_some() {
            let pattern = self.primary()?;
            left = matched(&left, &pattern)?;
        }
        Ok(left)
    }

    fn primary(&mut self) -> Result<String, String> {
        let Some(word) = self.args.get(self.at) else {
            let last = self.args.last().map_or("", String::as_str);
            return Err(format!("syntax error: missing argument after '{last}'"));
        };
        self.at += 1;
        self.depth += 1;
        if self.depth > 200 {
            return Err("syntax error: nested too deeply".into());
        }
        let value = match word.as_str() {
            "(" => {
                let inner = self.or()?;
                if self.eat(&[")"]).is_none() {
                    let last = self.args.last().map_or("", String::as_str);
                    return Err(format!("syntax error: expecting ')' after '{last}'"));
                }
                inner
            }
            "length" if self.at < self.args.len() => self.primary()?.chars().count().to_string(),
            "match" if self.at + 1 < self.args.len() => {
                let text = self.primary()?;
                let pattern = self.primary()?;
                matched(&text, &pattern)?
            }
            "index" if self.at + 1 < self.args.len() => {
                let text = self.primary()?;
                let symbols = self.primary()?;
                text.chars().position(|symbol| symbols.contains(symbol)).map_or(0, |at| at + 1).to_string()
            }
            "substr" if self.at + 2 < self.args.len() => {
                let text = self.primary()?;
                let number = |text: String| text.parse::<usize>().unwrap_or(0);
                let (from, len) = (number(self.primary()?), number(self.primary()?));
                if from == 0 { String::new() } else { text.chars().skip(from - 1).take(len).collect() }
            }
            _ => word.clone(),
        };
        self.depth -= 1;
        Ok(value)
    }
}

fn matched(text: &str, pattern: &str) -> Result<String, String> {
    let regex = Regex::new(&format!("^{}", pattern.trim_start_matches('^')), false, false).map_err(str::to_owned)?;
    let has_group = pattern.contains("\\(");
    let found = regex.find(text, 0);
    Ok(match found {
        Some(groups) if has_group => {
            groups.get(1).copied().flatten().map_or(String::new(), |(from, to)| text[from..to].to_owned())
        }
        Some(groups) => groups[0].map_or(0, |(from, to)| text[from..to].chars().count()).to_string(),
        None if has_group => String::new(),
        None => "0".into(),
    })
}

fn compute(left: &str, operator: &str, right: &str) -> Result<String, String> {
    let number = |text: &str| text.parse::<i64>().map_err(|_| "non-integer argument".to_owned());
    let (left, right) = (number(left)?, number(right)?);
    let value = match operator {
        "+" => left.checked_add(right),
        "-" => left.checked_sub(right),
        "*" => left.checked_mul(right),
        _ if right == 0 => return Err("division by zero".into()),
        "/" => left.checked_div(right),
        _ => left.checked_rem(right),
    };
    value.map(|value| value.to_string()).ok_or_else(|| "integer result too large".to_owned())
}
