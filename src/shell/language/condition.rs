//! Tests: `[ … ]` as a command, `[[ … ]]` as a part of the language.

use super::super::syntax::{Condition, Word};
use super::super::task::Task;
use super::super::{Errno, FileKind, Stat, absolute};
use super::pattern::{Pattern, plain};
use super::{Array, Dialect, Shell, Told, Value, declare};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

/// What `test` says of its arguments. The error is what is wrong with them.
pub fn test(task: &Task, dialect: Dialect, args: &[String], is_set: &dyn Fn(&str) -> bool) -> Result<bool, String> {
    let mut test = Test { task, dialect, args, at: 0, depth: 0, is_set };
    match args.len() {
        0 => Ok(false),
        1..=4 => test.few(args),
        _ => {
            let holds = test.or()?;
            if test.at < args.len() {
                return Err(test.too_many(args));
            }
            Ok(holds)
        }
    }
}

struct Test<'a> {
    task: &'a Task,
    dialect: Dialect,
    args: &'a [String],
    at: usize,
    depth: u32,
    is_set: &'a dyn Fn(&str) -> bool,
}

impl Test<'_> {
    fn dialect(&self) -> Dialect {
        self.dialect
    }

    fn too_many(&self, args: &[String]) -> String {
        match self.dialect() {
            Dialect::Bash => "too many arguments".into(),
            Dialect::Dash => format!("{}: unexpected operator", args[0]),
            Dialect::BusyBox => format!("{}: unknown operand", args.get(1).unwrap_or(&args[0])),
        }
    }

    /// POSIX says what up to four arguments mean.
    fn few(&self, args: &[String]) -> Result<bool, String> {
        match args {
            [] => Ok(false),
            [word] => Ok(!word.is_empty()),
            [not, rest @ ..] if not == "!" && rest.len() != 2 => Ok(!self.few(rest)?),
            [flag, operand] if flag == "!" => Ok(operand.is_empty()),
            [flag, operand] => match self.unary(flag, operand) {
                Some(answer) => answer,
                None => Err(match self.dialect() {
                    Dialect::Bash => format!("{flag}: unary operator expected"),
                    Dialect::Dash => format!("{flag}: unexpected operator"),
                    Dialect::BusyBox => format!("{operand}: unknown operand"),
                }),
            },
            [left, operator, right] => match self.binary(left, operator, right) {
                Some(answer) => answer,
                None => match operator.as_str() {
                    "-a" => Ok(!left.is_empty() && !right.is_empty()),
                    "-o" => Ok(!left.is_empty() || !right.is_empty()),
                    _ if left == "!" => Ok(!self.few(&args[1..])?),
                    _ if left == "(" && right == ")" => Ok(!operator.is_empty()),
                    _ => Err(match self.dialect() {
                        Dialect::Bash => format!("{operator}: binary operator expected"),
                        Dialect::Dash => format!("{left}: unexpected operator"),
                        Dialect::BusyBox => format!("{operator}: unknown operand"),
                    }),
                },
            },
            [open, inner @ .., close] if open == "(" && close == ")" => self.few(inner),
            _ => Err(self.too_many(args)),
        }
    }

    fn peek(&self) -> Option<&str> {
        self.args.get(self.at).map(String::as_str)
    }

    fn or(&mut self) -> Result<bool, String> {
        let mut holds = self.and()?;
        while self.peek() == Some("-o") {
            self.at += 1;
            holds |= self.and()?;
        }
        Ok(holds)
    }

    fn and(&mut self) -> Result<bool, String> {
        let mut holds = self.primary()?;
        while self.peek() == Some("-a") {
            self.at += 1;
            holds &= self.primary()?;
        }
        Ok(holds)
    }

    fn primary(&mut self) -> Result<bool, String> {
        self.depth += 1;
        let rest = &self.args[self.at.min(self.args.len())..];
        if self.depth > 100 || rest.is_empty() {
            return Err("argument expected".into());
        }
        let answer = if rest.len() >= 3 && self.binary("1", &rest[1], "1").is_some() {
            self.at += 3;
            self.binary(&rest[0], &rest[1], &rest[2]).unwrap_or(Ok(false))
        } else if rest[0] == "!" {
            self.at += 1;
            Ok(!self.primary()?)
        } else if rest[0] == "(" {
            self.at += 1;
            let holds = self.or()?;
            if self.peek() != Some(")") {
                return Err(match self.dialect() {
                    Dialect::Bash => "`)' expected".into(),
                    _ => "closing paren expected".into(),
                });
            }
            self.at += 1;
            Ok(holds)
        } else {
            match rest.get(1).and_then(|operand| self.unary(&rest[0], operand)) {
                Some(answer) => {
                    self.at += 2;
                    answer
                }
                None => {
                    self.at += 1;
                    Ok(!rest[0].is_empty())
                }
            }
        };
        self.depth -= 1;
        answer
    }

    fn unary(&self, flag: &str, operand: &str) -> Option<Result<bool, String>> {
        Some(Ok(match flag {
            "-n" => !operand.is_empty(),
            "-z" => operand.is_empty(),
            "-v" if self.dialect() == Dialect::Bash => (self.is_set)(operand),
            "-o" if self.dialect() == Dialect::Bash => false,
            "-t" => match operand.parse() {
                Ok(number) => self.task.is_terminal(number),
                Err(_) => return Some(Err(self.no_number(operand))),
            },
            _ => file(self.task, flag, operand)?,
        }))
    }

    fn binary(&self, left: &str, operator: &str, right: &str) -> Option<Result<bool, String>> {
        let number = |text: &str| text.trim().parse::<i64>().map_err(|_| self.no_number(text));
        let compare = |holds: fn(&i64, &i64) -> bool| Ok(holds(&number(left)?, &number(right)?));
        Some(match operator {
            "=" => Ok(left == right),
            "==" if self.dialect() != Dialect::Dash => Ok(left == right),
            "!=" => Ok(left != right),
            "<" => Ok(left < right),
            ">" => Ok(left > right),
            "-eq" => compare(i64::eq),
            "-ne" => compare(i64::ne),
            "-lt" => compare(i64::lt),
            "-le" => compare(i64::le),
            "-gt" => compare(i64::gt),
            "-ge" => compare(i64::ge),
            "-nt" | "-ot" | "-ef" => Ok(two_files(self.task, left, operator, right)),
            _ => return None,
        })
    }

    fn no_number(&self, text: &str) -> String {
        match self.dialect() {
            Dialect::Bash => format!("{text}: integer expression expected"),
            Dialect::Dash => format!("Illegal number: {text}"),
            Dialect::BusyBox => format!("{text}: bad number"),
        }
    }
}

fn two_files(task: &Task, left: &str, operator: &str, right: &str) -> bool {
    let files = task.kernel.files();
    let path = |path: &str| absolute(&task.dir.borrow(), path);
    let modified = |name: &str| files.stat(&path(name)).ok().map(|stat| stat.modified);
    match operator {
        "-nt" => modified(left) > modified(right),
        "-ot" => modified(left) < modified(right),
        _ => files.same(&path(left), &path(right)),
    }
}

/// What a flag such as `-f` says of a file; nothing if there is no such flag.
fn file(task: &Task, flag: &str, operand: &str) -> Option<bool> {
    let files = task.kernel.files();
    let path = absolute(&task.dir.borrow(), operand);
    let is_device = matches!(path.as_str(), "/dev/null" | "/dev/zero" | "/dev/random" | "/dev/urandom" | "/dev/tty");
    let stat = if operand.is_empty() { Err(Errno::NoEntry) } else { files.stat(&path) };
    let is = |check: &dyn Fn(&Stat) -> bool| stat.as_ref().is_ok_and(check);
    Some(match flag {
        "-e" | "-a" => is_device || stat.is_ok(),
        "-f" => is(&|stat| stat.kind == FileKind::File),
        "-d" => is(&|stat| stat.kind == FileKind::Folder),
        "-s" => is(&|stat| stat.size > 0),
        "-r" => is_device || stat.is_ok(),
        "-w" => is_device || is(&|stat| !stat.read_only),
        "-x" => is(&|stat| stat.kind == FileKind::Folder || stat.mode & 0o111 != 0),
        "-L" | "-h" => files.link_stat(&path).is_ok_and(|stat| stat.kind == FileKind::Link),
        "-c" => is_device,
        "-b" | "-p" | "-S" | "-u" | "-g" | "-k" => false,
        "-O" | "-G" | "-N" => stat.is_ok(),
        _ => return None,
    })
}

type Holds<'a> = Pin<Box<dyn Future<Output = Told<bool>> + 'a>>;

impl Shell {
    /// Whether a variable, or an element of an array, has a value.
    pub fn is_set(&self, name: &str) -> bool {
        match name.split_once('[').and_then(|(name, index)| Some((name, index.strip_suffix(']')?))) {
            Some((name, "@" | "*")) => {
                let variables = self.variables.borrow();
                match variables.get(name).and_then(|variable| variable.value.as_ref()) {
                    Some(Value::Array(array)) => array.len() > 0,
                    Some(Value::Text(_)) => true,
                    None => false,
                }
            }
            Some((name, index)) => self.key(name, index).is_ok_and(|key| self.element(name, Some(&key)).is_some()),
            None => self.value(name).is_some(),
        }
    }

    /// Whether what stands between `[[` and `]]` holds.
    pub fn condition<'a>(self: &'a Rc<Self>, condition: &'a Condition) -> Holds<'a> {
        Box::pin(async move {
            self.task.work(1).await;
            Ok(match condition {
                Condition::Not(inner) => !self.condition(inner).await?,
                Condition::And(left, right) => self.condition(left).await? && self.condition(right).await?,
                Condition::Or(left, right) => self.condition(left).await? || self.condition(right).await?,
                Condition::Word(word) => !self.text(word).await?.is_empty(),
                Condition::Unary(flag, word) => {
                    let operand = self.text(word).await?;
                    match flag.as_str() {
                        "-n" => !operand.is_empty(),
                        "-z" => operand.is_empty(),
                        "-v" => self.is_set(&operand),
                        "-t" => operand.parse().is_ok_and(|number| self.task.is_terminal(number)),
                        "-o" => self.option(&operand),
                        flag => match file(&self.task, flag, &operand) {
                            Some(holds) => holds,
                            None => return self.give_up(2, format!("{flag}: unary operator expected")).await,
                        },
                    }
                }
                Condition::Binary(left, operator, right) => self.compare(left, operator, right).await?,
            })
        })
    }

    async fn compare(self: &Rc<Self>, left: &Word, operator: &str, right: &Word) -> Told<bool> {
        let left = self.text(left).await?;
        match operator {
            "=" | "==" | "!=" => {
                let pattern = self.pattern_text(right).await?;
                let equal = if self.options.get().nocasematch {
                    Pattern::new(&pattern.to_lowercase(), true).matches(&left.to_lowercase())
                } else {
                    Pattern::new(&pattern, true).matches(&left)
                };
                Ok(equal == (operator != "!="))
            }
            "=~" => {
                let pattern = self.pattern_text(right).await?;
                let regex = super::super::regex::Regex::new(&pattern, true, self.options.get().nocasematch);
                let Ok(regex) = regex else {
                    self.set_status(2);
                    return Ok(false);
                };
                let found = regex.find(&left, 0);
                let groups = found.as_ref().map(|groups| {
                    groups.iter().map(|group| group.map_or(String::new(), |(from, to)| left[from..to].to_owned()))
                });
                let array = groups.map_or_else(Array::default, Array::indexed);
                let _ = self.variables.borrow_mut().set("BASH_REMATCH", Value::Array(array));
                Ok(found.is_some())
            }
            "<" => Ok(left < self.text(right).await?),
            ">" => Ok(left > self.text(right).await?),
            "-nt" | "-ot" | "-ef" => Ok(two_files(&self.task, &left, operator, &self.text(right).await?)),
            _ => {
                let right = self.text(right).await?;
                let (left, right) = (self.number(&left).await?, self.number(&right).await?);
                Ok(match operator {
                    "-eq" => left == right,
                    "-ne" => left != right,
                    "-lt" => left < right,
                    "-le" => left <= right,
                    "-gt" => left > right,
                    _ => left >= right,
                })
            }
        }
    }

    pub async fn trace_condition(self: &Rc<Self>, condition: &Condition) {
        if !self.options.get().xtrace {
            return;
        }
        let text = match condition {
            Condition::Unary(flag, word) => match self.text(word).await {
                Ok(word) => format!("{flag} {}", declare::trace_quote(&word)),
                Err(_) => return,
            },
            Condition::Binary(left, operator, right) => match (self.text(left).await, self.pattern_text(right).await) {
                (Ok(left), Ok(right)) => format!("{} {operator} {}", declare::trace_quote(&left), plain(&right)),
                _ => return,
            },
            _ => return,
        };
        let sign = self.value("PS4").unwrap_or_else(|| "+ ".into());
        let _ = self.task.write(2, format!("{sign}[[ {text} ]]\n").as_bytes()).await;
    }
}
