//! What takes time, or runs others: sleep, timeout, watch, xargs, nohup.

use super::super::machine::execute;
use super::super::task::{Code, Exit, Flow, Task};
use super::{Desk, Dialect, Errno, Run, Signal, Tool};
use std::rc::Rc;
use std::time::Duration;

pub(super) const TOOLS: &[Tool] = &[
    Tool { name: "nohup", run: Run::Code(nohup) },
    Tool { name: "sleep", run: Run::Code(|task, args, _| sleep(task, args)) },
    Tool { name: "timeout", run: Run::Code(timeout) },
    Tool { name: "watch", run: Run::Code(watch) },
    Tool { name: "xargs", run: Run::Code(xargs) },
];

type Env = Vec<(String, String)>;

/// A duration as `sleep` and `timeout` take it: `1.5`, `10s`, `2m`, `1h`, `1d`, `infinity`.
pub(crate) fn duration(text: &str) -> Option<Duration> {
    if matches!(text, "inf" | "infinity") {
        return Some(Duration::MAX);
    }
    let (digits, unit) = match text.char_indices().last()? {
        (at, unit) if unit.is_ascii_alphabetic() => (&text[..at], unit),
        _ => (text, 's'),
    };
    let unit: u64 = match unit {
        's' => 1000,
        'm' => 60_000,
        'h' => 3_600_000,
        'd' => 86_400_000,
        _ => return None,
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if (whole.is_empty() && part.is_empty()) || !all_digits(whole) || !all_digits(part) {
        return None;
    }
    let digit = |byte: u8| u64::from(byte - b'0');
    let whole = whole.bytes().fold(0_u64, |sum, byte| sum.saturating_mul(10).saturating_add(digit(byte)));
    let mut millis = whole.saturating_mul(unit);
    let mut scale = unit;
    for byte in part.bytes().take(12) {
        millis = millis.saturating_add(digit(byte) * scale / 10);
        scale /= 10;
    }
    Some(Duration::from_millis(millis))
}

/// Prints what a desk has to say, and ends with a code.
async fn refuse(task: &Rc<Task>, mut desk: Desk<'_>, code: i32) -> Flow {
    let _ = task.print(desk.take_printed()).await;
    task.status.set(code);
    Flow::Next
}

fn sleep(task: Rc<Task>, args: Vec<String>) -> Code {
    Box::pin(async move {
        let mut desk = Desk::new(&task, "sleep", args, Env::new());
        let mut sum = Duration::ZERO;
        let mut wrong = false;
        for arg in desk.args[1..].to_vec().iter().filter(|arg| *arg != "--") {
            match duration(arg) {
                Some(time) => sum = sum.saturating_add(time),
                None => {
                    desk.complain(
                        desk.words(format!("invalid time interval '{arg}'"), format!("invalid number '{arg}'")),
                    );
                    wrong = true;
                }
            }
        }
        if desk.args.len() == 1 {
            let code = desk.usage("missing operand");
            return refuse(&task, desk, code).await;
        }
        if wrong {
            if !desk.is_busybox() {
                desk.err("Try 'sleep --help' for more information.\n");
            }
            return refuse(&task, desk, 1).await;
        }
        let until = task.kernel.now() + sum;
        task.sleep_until(until).await;
        Flow::Next
    })
}

/// Starts a program in a child process.
fn spawn(task: &Rc<Task>, args: &[String], env: &Env) -> Result<Rc<Task>, Errno> {
    let path = env.iter().find(|(name, _)| name == "PATH").map_or("", |(_, value)| value.as_str());
    let image = task.kernel.look_up(&args[0], path, &task.dir.borrow())?;
    let child = task.kernel.fork(Some(task))?;
    child.start(execute(child.clone(), image, args.to_vec(), env.clone()));
    Ok(child)
}

/// `timeout [-s signal] [-k time] duration command…`
fn timeout(task: Rc<Task>, args: Vec<String>, env: Env) -> Code {
    Box::pin(async move {
        let mut desk = Desk::new(&task, "timeout", args, env.clone());
        let (flags, words) = match desk.flags("+vf", "sk") {
            Ok(parsed) => parsed,
            Err(_) => return refuse(&task, desk, 125).await,
        };
        if words.len() < 2 {
            desk.usage("missing operand");
            return refuse(&task, desk, 125).await;
        }
        let Some(time) = duration(&words[0]) else {
            let gnu = format!("invalid time interval '{}'\nTry 'timeout --help' for more information.", words[0]);
            desk.complain(desk.words(gnu, format!("invalid number '{}'", words[0])));
            return refuse(&task, desk, desk_code(&task)).await;
        };
        let signal = flags.value('s').and_then(Signal::parse).unwrap_or(Signal::TERM);
        let kill_after = flags.value('k').and_then(duration);
        let child = match spawn(&task, &words[1..], &env) {
            Ok(child) => child,
            Err(errno) => {
                let gnu = format!("failed to run command '{}': {errno}", words[1]);
                desk.complain(desk.words(gnu, format!("can't execute '{}': {errno}", words[1])));
                return refuse(&task, desk, super::not_run(errno)).await;
            }
        };
        let mut until = task.kernel.now() + time;
        let mut timed_out = false;
        if time.is_zero() {
            until = crate::sim::Timestamp::MAX;
        }
        let mut next = signal;
        loop {
            let ended = task.until(|| match task.kernel.reap(task.pid, child.pid) {
                Some(exit) => Some(Some(exit)),
                None if task.kernel.now() >= until => Some(None),
                None => {
                    task.wake_at(until);
                    None
                }
            });
            match ended.await {
                Some(exit) => {
                    let killed = exit == Exit::Signal(Signal::KILL);
                    let gnu = task.kernel.dialect() != Dialect::BusyBox;
                    task.status.set(match exit {
                        _ if timed_out && killed && gnu => 137,
                        _ if timed_out && gnu => 124,
                        exit => exit.code(),
                    });
                    return Flow::Next;
                }
                None => {
                    timed_out = true;
                    task.kernel.signal(&child, next, false);
                    until = kill_after.map_or(crate::sim::Timestamp::MAX, |time| task.kernel.now() + time);
                    next = Signal::KILL;
                }
            }
        }
    })
}

fn desk_code(task: &Rc<Task>) -> i32 {
    if task.kernel.dialect() == Dialect::BusyBox { 1 } else { 125 }
}

/// `watch [-n seconds] command…`: the screen again and again.
fn watch(task: Rc<Task>, args: Vec<String>, env: Env) -> Code {
    Box::pin(async move {
        let mut desk = Desk::new(&task, "watch", args, env.clone());
        let (flags, words) = match desk.flags("+tdgcexb", "n") {
            Ok(parsed) => parsed,
            Err(code) => return refuse(&task, desk, code).await,
        };
        if words.is_empty() {
            let code = desk.usage("missing operand");
            return refuse(&task, desk, code).await;
        }
        let every =
            flags.value('n').and_then(duration).unwrap_or(Duration::from_secs(2)).max(Duration::from_millis(100));
        let line = words.join(" ");
        let shell = ["sh".to_owned(), "-c".to_owned(), line.clone()];
        loop {
            let now = task.kernel.now();
            let mut title = String::from("\x1b[H\x1b[2J");
            if !flags.has('t') {
                let shown = super::date::format(now, "%a %b %e %H:%M:%S %Y");
                let left = format!("Every {}.{}s: {line}", every.as_secs(), every.subsec_millis() / 100);
                let right = format!("{}: {shown}", task.kernel.setup.hostname);
                let gap = 80_usize.saturating_sub(left.len() + right.len()).max(1);
                title += &format!("{left}{}{right}\n\n", " ".repeat(gap));
            }
            if task.write(1, title.as_bytes()).await.is_err() {
                return Flow::Next;
            }
            match spawn(&task, &shell, &env) {
                Ok(child) => {
                    let exit = task.wait_for(child.pid).await;
                    if exit == Exit::Signal(Signal::INT) {
                        task.status.set(exit.code());
                        return Flow::Next;
                    }
                }
                Err(_) => return Flow::Next,
            }
            task.sleep_until(now + every).await;
        }
    })
}

fn nohup(task: Rc<Task>, args: Vec<String>, env: Env) -> Code {
    Box::pin(async move {
        task.ignored.borrow_mut().push(Signal::HUP);
        let path = env.iter().find(|(name, _)| name == "PATH").map_or("", |(_, value)| value.as_str());
        let found =
            args.get(1).ok_or(Errno::NoEntry).and_then(|name| task.kernel.look_up(name, path, &task.dir.borrow()));
        match found {
            Ok(image) => task.call(execute(task.clone(), image, args[1..].to_vec(), env.clone())).await,
            Err(errno) => {
                let mut desk = Desk::new(&task, "nohup", args, Env::new());
                let name = desk.args.get(1).cloned().unwrap_or_default();
                desk.complain(format!("failed to run command '{name}': {errno}"));
                refuse(&task, desk, super::not_run(errno)).await
            }
        }
    })
}

/// `xargs [-n count] [-I text] [-0] [-r] [-d text] [-t] [command…]`
fn xargs(task: Rc<Task>, args: Vec<String>, env: Env) -> Code {
    Box::pin(async move {
        let mut desk = Desk::new(&task, "xargs", args, env.clone());
        let (flags, mut command) = match desk.flags("+0rt", "nIPdL") {
            Ok(parsed) => parsed,
            Err(code) => return refuse(&task, desk, code).await,
        };
        if command.is_empty() {
            command.push("echo".into());
        }
        let Some(open) = task.descriptor(0) else { return Flow::Next };
        let mut bytes = Vec::new();
        loop {
            let more = task.read(&open, 1 << 14).await.unwrap_or_default();
            if more.is_empty() || bytes.len() > 4 << 20 {
                break;
            }
            bytes.extend(more);
        }
        let text = String::from_utf8_lossy(&bytes);
        let replace = flags.value('I').map(str::to_owned);
        let items: Vec<String> = match (flags.has('0'), flags.value('d')) {
            (true, _) => text.split('\0').filter(|item| !item.is_empty()).map(str::to_owned).collect(),
            (_, Some(separator)) => {
                let separator = super::super::syntax::unescape(separator, true).0;
                let text = text.strip_suffix(&separator).unwrap_or(&text);
                text.split(separator.as_str()).map(str::to_owned).collect()
            }
            _ if replace.is_some() => {
                text.lines().map(|line| line.trim_start().to_owned()).filter(|line| !line.is_empty()).collect()
            }
            _ => match words(&text) {
                Ok(words) => words,
                Err(quote) => {
                    let gnu = format!(
                        "unmatched {quote} quote; by default quotes are special to xargs unless you use the -0 option"
                    );
                    desk.complain(desk.words(gnu, format!("unmatched {quote} quote")));
                    return refuse(&task, desk, 1).await;
                }
            },
        };
        let size = match &replace {
            Some(_) => 1,
            None => flags.value('n').or(flags.value('L')).and_then(|text| text.parse().ok()).unwrap_or(5000).max(1),
        };
        let mut calls: Vec<Vec<String>> = Vec::new();
        for chunk in items.chunks(size) {
            calls.push(match &replace {
                Some(text) => command.iter().map(|word| word.replace(text.as_str(), &chunk[0])).collect(),
                None => command.iter().chain(chunk).cloned().collect(),
            });
        }
        if calls.is_empty() && !flags.has('r') && replace.is_none() && !desk.is_busybox() {
            calls.push(command.clone());
        }
        drop(desk);
        let mut status = 0;
        for call in calls {
            if flags.has('t') {
                let _ = task.write(2, (call.join(" ") + "\n").as_bytes()).await;
            }
            task.work(10).await;
            match spawn(&task, &call, &env) {
                Ok(child) => match task.wait_for(child.pid).await {
                    Exit::Code(0) => {}
                    Exit::Code(255) => {
                        status = 124;
                        break;
                    }
                    Exit::Code(_) => status = 123,
                    Exit::Signal(_) => {
                        status = 125;
                        break;
                    }
                },
                Err(errno) => {
                    let mut desk = Desk::new(&task, "xargs", Vec::new(), Env::new());
                    desk.complain(format!("{}: {errno}", call[0]));
                    return refuse(&task, desk, super::not_run(errno)).await;
                }
            }
        }
        task.status.set(status);
        Flow::Next
    })
}

/// Words with quotes and backslashes, as xargs reads them. The error is the kind of quote that is not closed.
fn words(text: &str) -> Result<Vec<String>, &'static str> {
    let mut words = Vec::new();
    let mut current: Option<String> = None;
    let mut symbols = text.chars();
    while let Some(symbol) = symbols.next() {
        match symbol {
            ' ' | '\t' | '\n' => words.extend(current.take()),
            '\\' => current.get_or_insert_default().extend(symbols.next()),
            '\'' | '"' => {
                let word = current.get_or_insert_default();
                loop {
                    match symbols.next() {
                        Some(inner) if inner == symbol => break,
                        Some('\n') | None => return Err(if symbol == '"' { "double" } else { "single" }),
                        Some(inner) => word.push(inner),
                    }
                }
            }
            symbol => current.get_or_insert_default().push(symbol),
        }
    }
    words.extend(current);
    Ok(words)
}
