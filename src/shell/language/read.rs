//! `read`, and `mapfile`.

use super::super::open::Open;
use super::super::task::Flow;
use super::variables::is_name;
use super::{Array, Shell, Value};
use std::rc::Rc;
use std::time::Duration;

/// The longest line that is read, in bytes.
const LONGEST: usize = 4 << 20;

/// What was read up to a delimiter.
struct Line {
    /// What a backslash stood before is marked.
    symbols: Vec<(char, bool)>,
    /// Whether the delimiter was there.
    ended: bool,
    timed_out: bool,
}

impl Shell {
    /// Bytes up to a delimiter, one by one: what comes after it is for others.
    async fn read_line(
        &self,
        open: &Open,
        raw: bool,
        delimiter: u8,
        most: Option<usize>,
        until: Option<crate::sim::Timestamp>,
    ) -> Line {
        let mut bytes: Vec<(u8, bool)> = Vec::new();
        let mut line = Line { symbols: Vec::new(), ended: false, timed_out: false };
        let mut escaped = false;
        loop {
            if most.is_some_and(|most| bytes.len() >= most) || bytes.len() > LONGEST {
                line.ended = true;
                break;
            }
            let input = self
                .task
                .until(|| match open.try_read(1) {
                    Ok(super::super::Input::Bytes(bytes)) => Some(Some(bytes[0])),
                    Ok(super::super::Input::Pending) if self.task.has_signals() => Some(None),
                    Ok(super::super::Input::Pending) => {
                        let until = until?;
                        if self.kernel().now() >= until {
                            line.timed_out = true;
                            return Some(None);
                        }
                        self.task.wake_at(until);
                        None
                    }
                    _ => Some(None),
                })
                .await;
            let Some(byte) = input else { break };
            if bytes.len().is_multiple_of(64) {
                self.task.work(1).await;
            }
            if escaped {
                escaped = false;
                if byte != b'\n' {
                    bytes.push((byte, true));
                }
            } else if byte == b'\\' && !raw {
                escaped = true;
            } else if byte == delimiter {
                line.ended = true;
                break;
            } else if byte != 0 {
                bytes.push((byte, false));
            }
        }
        let plain: Vec<u8> = bytes.iter().map(|(byte, _)| *byte).collect();
        let mut at = 0;
        for symbol in String::from_utf8_lossy(&plain).chars() {
            line.symbols.push((symbol, bytes.get(at).is_some_and(|(_, escaped)| *escaped)));
            at += symbol.len_utf8();
        }
        line
    }

    pub async fn read_builtin(self: &Rc<Self>, args: &[String]) -> Flow {
        let (mut raw, mut array, mut silent) = (false, None, false);
        let (mut delimiter, mut most, mut until, mut number, mut prompt) = (b'\n', None, None, 0, String::new());
        let mut at = 1;
        'flags: while let Some(arg) = args.get(at).filter(|arg| arg.len() > 1 && arg.starts_with('-')) {
            at += 1;
            if arg == "--" {
                break;
            }
            for (place, flag) in arg.char_indices().skip(1) {
                match flag {
                    'r' => raw = true,
                    's' => silent = true,
                    'e' => {}
                    'p' | 'd' | 'n' | 'N' | 't' | 'u' | 'a' => {
                        let rest = &arg[place + 1..];
                        let value = if rest.is_empty() {
                            at += 1;
                            args.get(at - 1).cloned().unwrap_or_default()
                        } else {
                            rest.to_owned()
                        };
                        match flag {
                            'p' => prompt = value,
                            'd' => delimiter = value.bytes().next().unwrap_or(0),
                            'n' | 'N' => most = value.parse().ok(),
                            'u' => number = value.parse().unwrap_or(0),
                            'a' => array = Some(value),
                            _ => {
                                let Some(time) = super::super::tools::duration(&value) else {
                                    let text = format!(
                                        "{}{value}: invalid timeout specification\n",
                                        self.builtin_prefix("read")
                                    );
                                    let _ = self.task.write(2, text.as_bytes()).await;
                                    self.set_status(1);
                                    return Flow::Next;
                                };
                                until = Some(self.kernel().now() + time.min(Duration::from_secs(u64::from(u32::MAX))));
                            }
                        }
                        continue 'flags;
                    }
                    _ => {
                        let text = format!("{}-{flag}: invalid option\n", self.builtin_prefix("read"));
                        let _ = self.task.write(2, text.as_bytes()).await;
                        self.set_status(2);
                        return Flow::Next;
                    }
                }
            }
        }
        let _ = silent;
        let names = &args[at.min(args.len())..];
        if let Some(name) = names.iter().find(|name| !is_name(name)) {
            let text = match self.is_bash() {
                true => format!("{}`{name}': not a valid identifier\n", self.builtin_prefix("read")),
                false => format!("{}{name}: bad variable name\n", self.builtin_prefix("read")),
            };
            let _ = self.task.write(2, text.as_bytes()).await;
            self.set_status(if self.is_bash() { 1 } else { 2 });
            return Flow::Next;
        }
        let Some(open) = self.task.descriptor(number) else {
            self.set_status(1);
            return Flow::Next;
        };
        if open.is_terminal() && !prompt.is_empty() {
            let _ = self.task.write(2, prompt.as_bytes()).await;
        }
        let line = self.read_line(&open, raw, delimiter, most, until).await;
        let ifs = self.variables.borrow().text("IFS").unwrap_or_else(|| " \t\n".into());
        let mut result = Ok(());
        if let Some(name) = array {
            let mut values = split(&line.symbols, &ifs, usize::MAX);
            if values.last().is_some_and(String::is_empty) {
                values.pop();
            }
            let set = self.variables.borrow_mut().set(&name, Value::Array(Array::indexed(values)));
            if let Err(refusal) = set {
                result = self.refuse(&name, refusal).await;
            }
        } else if names.is_empty() {
            let text = line.symbols.iter().map(|(symbol, _)| symbol).collect();
            result = self.assign("REPLY", None, text).await;
        } else {
            let mut values = split(&line.symbols, &ifs, names.len()).into_iter();
            for name in names {
                result = self.assign(name, None, values.next().unwrap_or_default()).await;
                if result.is_err() {
                    break;
                }
            }
        }
        self.set_status(if line.timed_out { 142 } else { i32::from(!line.ended) });
        result.err().unwrap_or(Flow::Next)
    }

    pub async fn mapfile(self: &Rc<Self>, args: &[String]) -> Flow {
        let mut keep = true;
        let mut name = "MAPFILE";
        for arg in &args[1..] {
            match arg.as_str() {
                "-t" => keep = false,
                other => name = other,
            }
        }
        let Some(open) = self.task.descriptor(0) else { return Flow::Next };
        let mut lines = Vec::new();
        loop {
            let line = self.read_line(&open, true, b'\n', None, None).await;
            if !line.ended && line.symbols.is_empty() {
                break;
            }
            let mut text: String = line.symbols.iter().map(|(symbol, _)| symbol).collect();
            if keep && line.ended {
                text.push('\n');
            }
            lines.push(text);
            if !line.ended || lines.len() > 200_000 {
                break;
            }
        }
        self.set_status(0);
        let set = self.variables.borrow_mut().set(name, Value::Array(Array::indexed(lines)));
        match set {
            Ok(()) => Flow::Next,
            Err(refusal) => self.refuse::<()>(name, refusal).await.err().unwrap_or(Flow::Next),
        }
    }
}

/// A line's words, at most so many: the last has all that is left.
fn split(symbols: &[(char, bool)], ifs: &str, most: usize) -> Vec<String> {
    let is_blank =
        |(symbol, escaped): &(char, bool)| !escaped && ifs.contains(*symbol) && matches!(symbol, ' ' | '\t' | '\n');
    let is_separator = |(symbol, escaped): &(char, bool)| !escaped && ifs.contains(*symbol);
    let mut rest = symbols;
    while rest.first().is_some_and(is_blank) {
        rest = &rest[1..];
    }
    while rest.last().is_some_and(is_blank) {
        rest = &rest[..rest.len() - 1];
    }
    let text = |symbols: &[(char, bool)]| symbols.iter().map(|(symbol, _)| symbol).collect::<String>();
    let mut words = Vec::new();
    while !rest.is_empty() {
        let end = rest.iter().position(is_separator).unwrap_or(rest.len());
        let mut next = end;
        while rest.get(next).is_some_and(is_blank) {
            next += 1;
        }
        if rest.get(next).is_some_and(|symbol| is_separator(symbol) && !is_blank(symbol)) {
            next += 1;
            while rest.get(next).is_some_and(is_blank) {
                next += 1;
            }
        }
        if words.len() + 1 == most {
            // One separator at the very end is not part of the last word.
            let all = if next == rest.len() { end } else { rest.len() };
            words.push(text(&rest[..all]));
            return words;
        }
        words.push(text(&rest[..end]));
        rest = &rest[next..];
    }
    words
}
