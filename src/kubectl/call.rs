//! A line, taken apart: which command, with which arguments and flags.

use super::commands::{self, Command, Flag, Takes};
use super::failure::{Failure, Outcome};
use super::invocation::{Read, Task};
use super::{Config, Files, help};
use crate::sim::Map;

/// What a line comes to.
pub enum Action {
    /// A text that needs no cluster.
    Print(String),
    /// Only looks.
    Read(Box<dyn Read>),
    /// Writes, or takes time.
    Run(Box<dyn Task>),
}

impl Action {
    /// A command that only looks.
    pub fn read(read: impl Read + 'static) -> Outcome<Self> {
        Ok(Self::Read(Box::new(read)))
    }

    /// A command that writes, or takes time.
    pub fn run(task: impl Task + 'static) -> Outcome<Self> {
        Ok(Self::Run(Box::new(task)))
    }
}

/// A command with its arguments.
#[derive(Clone)]
pub struct Call<'a> {
    pub command: &'static Command,
    /// `create job`: the command's name with those above it.
    pub path: String,
    /// What is neither flag nor value, before and after `--`.
    pub arguments: Vec<String>,
    /// How many of the arguments stand before `--`; all of them, without one.
    pub before_dash: usize,
    pub files: &'a Files,
    pub config: &'a Config,
    values: Map<&'static str, Vec<String>>,
    wants_help: bool,
}

impl<'a> Call<'a> {
    /// Reads a line; the error is kubectl's.
    pub fn parse(line: &str, files: &'a Files, config: &'a Config) -> Outcome<Self> {
        let words = split_line(line).ok_or_else(|| Failure::Plain("unexpected end of line inside of quotes".into()))?;
        let mut words = words.as_slice();
        if let [first, rest @ ..] = words
            && (first == "kubectl" || first == "k")
        {
            words = rest;
        }
        let mut reader = Reader { words, values: Map::new(), wants_help: false };
        let mut command = &commands::ROOT;
        let mut path: Vec<&str> = Vec::new();
        let mut arguments = Vec::new();
        let mut before_dash = None;
        while let [word, rest @ ..] = reader.words {
            reader.words = rest;
            if word == "--" {
                before_dash = Some(arguments.len());
                arguments.extend(rest.iter().cloned());
                break;
            } else if let Some(long) = word.strip_prefix("--") {
                reader.long(long, command, &path)?;
            } else if word.len() > 1 && word.starts_with('-') {
                reader.short(&word[1..], command, &path)?;
            } else if command.subcommands.is_empty() || !arguments.is_empty() {
                arguments.push(word.clone());
            } else if let Some(next) = command.subcommand(word) {
                path.push(next.name);
                command = next;
            } else if path == ["create"] && NOT_MADE_HERE.contains(&word.as_str()) {
                let why = format!("kubectl create {word} is not simulated: there are no such objects here");
                return Err(Failure::client(why));
            } else if command.run.is_some() {
                arguments.push(word.clone());
            } else if path.is_empty() {
                return Err(unknown_command(word));
            } else {
                return Err(Failure::usage(&path.join(" "), format!("unknown command {word:?}")));
            }
        }
        let before_dash = before_dash.unwrap_or(arguments.len());
        let Reader { values, wants_help, .. } = reader;
        Ok(Self { command, path: path.join(" "), arguments, before_dash, files, config, values, wants_help })
    }

    /// Whether a switch is on.
    pub fn has(&self, flag: &str) -> bool {
        self.text(flag).is_some_and(|value| value == "true")
    }

    /// Whether a flag was given at all.
    pub fn given(&self, flag: &str) -> bool {
        self.values.contains_key(flag)
    }

    /// The last value of a flag.
    pub fn text(&self, flag: &str) -> Option<&str> {
        self.values.get(flag).and_then(|values| values.last()).map(String::as_str)
    }

    /// All values of a flag that may be given several times, or several at a time between commas.
    pub fn list(&self, flag: &str) -> Vec<&str> {
        self.all(flag).iter().flat_map(|value| value.split(',')).collect()
    }

    /// All values of a flag that may be given several times.
    pub fn all(&self, flag: &str) -> &[String] {
        self.values.get(flag).map_or(&[], Vec::as_slice)
    }

    /// A whole number.
    pub fn number(&self, flag: &str) -> Outcome<Option<i64>> {
        let Some(text) = self.text(flag) else { return Ok(None) };
        text.parse().map(Some).map_err(|_| {
            let name = self.command.flag(flag).map_or_else(|| format!("--{flag}"), Flag::names);
            let why = format!("strconv.ParseInt: parsing \"{text}\": invalid syntax");
            self.flag_error(format!("invalid argument \"{text}\" for \"{name}\" flag: {why}"))
        })
    }

    /// A span like `30s`, `1m30s` or `2h`, in milliseconds.
    pub fn duration(&self, flag: &str) -> Outcome<Option<i64>> {
        let Some(text) = self.text(flag) else { return Ok(None) };
        parse_duration(text).map(Some).ok_or_else(|| {
            // A number alone only lacks its unit.
            let is_number =
                text.parse::<f64>().is_ok_and(f64::is_finite) && text.ends_with(|c: char| c.is_ascii_digit());
            let why = format!("time: {} duration \"{text}\"", if is_number { "missing unit in" } else { "invalid" });
            self.flag_error(format!("invalid argument \"{text}\" for \"--{flag}\" flag: {why}"))
        })
    }

    fn flag_error(&self, message: String) -> Failure {
        flag_error(&self.path, message)
    }

    /// A mistake in how this command was called.
    pub fn usage(&self, message: impl AsRef<str>) -> Failure {
        Failure::usage(&self.path, message)
    }

    /// The namespace that is meant; none with `--all-namespaces`.
    pub fn namespace(&self) -> Option<String> {
        (!self.has("all-namespaces")).then(|| self.text("namespace").unwrap_or(&self.config.namespace).to_owned())
    }

    /// The namespace for objects that name none.
    pub fn own_namespace(&self) -> String {
        self.text("namespace").unwrap_or(&self.config.namespace).to_owned()
    }

    /// `--dry-run`
    pub fn dry_run(&self) -> Outcome<DryRun> {
        match self.text("dry-run") {
            None | Some("none" | "false") => Ok(DryRun::None),
            Some("client" | "true" | "unchanged") => Ok(DryRun::Client),
            Some("server") => Ok(DryRun::Server),
            Some(other) => Err(Failure::client(format!(
                "Invalid dry-run value ({other}). Must be \"none\", \"server\", or \"client\"."
            ))),
        }
    }

    /// As if a flag had not been given.
    pub fn forget_flag(&mut self, flag: &str) {
        self.values.remove(flag);
    }

    /// The same without some flags.
    pub fn without(&self, flags: &[&str]) -> Self {
        let mut call = self.clone();
        flags.iter().for_each(|flag| call.forget_flag(flag));
        call
    }

    /// Fails where flags are missing without which the command makes no sense.
    pub fn require(&self, flags: &[&str]) -> Outcome<()> {
        let missing: Vec<String> =
            flags.iter().filter(|flag| !self.given(flag)).map(|flag| format!("\"{flag}\"")).collect();
        if missing.is_empty() {
            return Ok(());
        }
        Err(Failure::client(format!("required flag(s) {} not set", missing.join(", "))))
    }
}

/// What `--dry-run` asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DryRun {
    None,
    Client,
    Server,
}

impl DryRun {
    /// What is appended to the line about an object.
    pub fn suffix(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Client => " (dry run)",
            Self::Server => " (server dry run)",
        }
    }
}

/// What a call comes to.
pub fn action(call: &Call<'_>) -> Outcome<Action> {
    match call.command.run {
        _ if call.wants_help => Ok(Action::Print(help::help(call.command, &call.path))),
        Some(run) => run(call),
        None if call.path.is_empty() => Ok(Action::Print(help::help(call.command, &call.path))),
        None => help::unfinished(call),
    }
}

/// Whether a line reads files, which someone else may have.
pub fn names_files(line: &str) -> bool {
    split_line(line).is_some_and(|words| words.iter().any(|word| word.starts_with("-f") || word.starts_with("--file")))
}

/// Splits a line as a shell does: blanks, quotes and backslashes. Nothing where a quote is not closed.
pub fn split_line(line: &str) -> Option<Vec<String>> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some('\''), c) => word.get_or_insert_default().push(c),
            (Some(_), '\\') => match chars.next()? {
                c @ ('"' | '\\' | '$' | '`') => word.get_or_insert_default().push(c),
                '\n' => {}
                c => word.get_or_insert_default().extend(['\\', c]),
            },
            (Some(_), c) => word.get_or_insert_default().push(c),
            (None, '\\') => match chars.next()? {
                '\n' => {}
                c => word.get_or_insert_default().push(c),
            },
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, '#') if word.is_none() => break,
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            (None, c) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    quote.is_none().then_some(words)
}

/// `1h30m`, `20s`, `500ms`, in milliseconds; also negative, and a bare `0`.
pub fn parse_duration(text: &str) -> Option<i64> {
    let (sign, mut rest) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    if rest == "0" {
        return Some(0);
    }
    let mut millis = 0.0;
    let mut any = false;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let number: f64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let (unit, factor) = [("ms", 1.0), ("s", 1000.0), ("m", 60_000.0), ("h", 3_600_000.0)]
            .into_iter()
            .find(|(u, _)| rest.starts_with(u))?;
        millis += number * factor;
        rest = &rest[unit.len()..];
        any = true;
    }
    any.then_some(sign * millis as i64)
}

fn flag_error(path: &str, message: String) -> Failure {
    let command = if path.is_empty() { "kubectl".to_owned() } else { format!("kubectl {path}") };
    Failure::Client(format!("{message}\nSee '{command} --help' for usage."))
}

/// Commands of kubectl that there are not here, and what to do instead.
const NOT_HERE: [(&str, &str); 11] = [
    ("alpha", "it holds nothing that Jobs need"),
    ("certificate", "there are no certificates"),
    ("completion", "Tab completes lines here without it"),
    ("cp", "use kubectl exec, e.g. kubectl exec POD -- cat FILE"),
    ("debug", "use kubectl exec, or run a pod beside it"),
    ("edit", "there is no editor to open: use kubectl patch, or change the manifest and apply it"),
    ("kuberc", "there are no preferences to keep"),
    ("kustomize", "apply the manifests themselves"),
    ("plugin", "there are no plugins"),
    ("port-forward", "there is no machine to forward to"),
    ("proxy", "kubectl get --raw reads the API as it is"),
];

/// What `kubectl create` can make and there is not here.
const NOT_MADE_HERE: [&str; 11] = [
    "clusterrole",
    "clusterrolebinding",
    "deploy",
    "deployment",
    "ing",
    "ingress",
    "role",
    "rolebinding",
    "sa",
    "serviceaccount",
    "token",
];

/// All commands, in the order in which kubectl suggests them.
const IN_ORDER: &str = "create expose run set explain get edit delete rollout scale autoscale certificate \
    cluster-info top cordon uncordon drain taint describe logs attach exec port-forward proxy cp auth debug events \
    diff apply patch replace wait kustomize label annotate completion config kuberc plugin version api-versions \
    api-resources options";

/// An unknown command, with those that were perhaps meant.
fn unknown_command(word: &str) -> Failure {
    if let Some((_, instead)) = NOT_HERE.iter().find(|(name, _)| *name == word) {
        return Failure::client(format!("kubectl {word} is not simulated: {instead}"));
    }
    let mut message = format!("unknown command \"{word}\" for \"kubectl\"");
    let lower = word.to_lowercase();
    let close = |name: &&str| {
        let other_words: &[&str] = match *name {
            "delete" => &["rm"],
            "get" => &["list", "ps"],
            _ => &[],
        };
        distance(&lower, name) <= 2 || name.starts_with(&lower) || other_words.contains(&lower.as_str())
    };
    let meant: Vec<&str> = IN_ORDER.split(' ').filter(close).collect();
    if !meant.is_empty() {
        message += "\n\nDid you mean this?\n";
        meant.iter().for_each(|name| message += &format!("\t{name}\n"));
    }
    Failure::Client(message)
}

/// How many letters to add, drop or change to make one word of the other.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.iter().enumerate() {
            let change = diagonal + usize::from(x != *y);
            let best = change.min(row[j] + 1).min(row[j + 1] + 1);
            diagonal = std::mem::replace(&mut row[j + 1], best);
        }
    }
    row[b.len()]
}

struct Reader<'w> {
    words: &'w [String],
    values: Map<&'static str, Vec<String>>,
    wants_help: bool,
}

impl Reader<'_> {
    fn long(&mut self, text: &str, command: &'static Command, path: &[&str]) -> Outcome<()> {
        let (name, value) = match text.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (text, None),
        };
        if name == "help" {
            self.wants_help = true;
            return Ok(());
        }
        let flag = command.flag(name).ok_or_else(|| flag_error(&path.join(" "), format!("unknown flag: --{name}")))?;
        let value = match (value, flag.takes) {
            (Some(value), _) => value,
            (None, Takes::Nothing) => "true".into(),
            (None, Takes::Optional(default)) => default.into(),
            (None, Takes::Value) => self
                .next_word()
                .ok_or_else(|| flag_error(&path.join(" "), format!("flag needs an argument: --{name}")))?,
        };
        self.set(flag, value, path)
    }

    /// One or several one-letter flags; the last may be followed by its value.
    fn short(&mut self, letters: &str, command: &'static Command, path: &[&str]) -> Outcome<()> {
        for (at, letter) in letters.char_indices() {
            if letter == 'h' {
                self.wants_help = true;
                continue;
            }
            let unknown = || flag_error(&path.join(" "), format!("unknown shorthand flag: '{letter}' in -{letters}"));
            let flag = command.short_flag(letter).ok_or_else(unknown)?;
            let rest = &letters[at + letter.len_utf8()..];
            let value = match flag.takes {
                Takes::Nothing if !rest.starts_with('=') => {
                    self.set(flag, "true".into(), path)?;
                    continue;
                }
                Takes::Optional(default) if rest.is_empty() => default.into(),
                _ if !rest.is_empty() => rest.strip_prefix('=').unwrap_or(rest).to_owned(),
                _ => self.next_word().ok_or_else(|| {
                    flag_error(&path.join(" "), format!("flag needs an argument: '{letter}' in -{letters}"))
                })?,
            };
            return self.set(flag, value, path);
        }
        Ok(())
    }

    fn next_word(&mut self) -> Option<String> {
        let (first, rest) = self.words.split_first()?;
        self.words = rest;
        Some(first.clone())
    }

    fn set(&mut self, flag: &'static Flag, value: String, path: &[&str]) -> Outcome<()> {
        let value = match (flag.takes, value.as_str()) {
            (Takes::Nothing, "true" | "1" | "t" | "T" | "TRUE" | "True") => "true".into(),
            (Takes::Nothing, "false" | "0" | "f" | "F" | "FALSE" | "False") => "false".into(),
            (Takes::Nothing, other) => {
                let why = format!("strconv.ParseBool: parsing \"{other}\": invalid syntax");
                let message = format!("invalid argument \"{other}\" for \"{}\" flag: {why}", flag.names());
                return Err(flag_error(&path.join(" "), message));
            }
            _ => value,
        };
        self.values.entry(flag.name).or_default().push(value);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_split_as_in_a_shell() {
        let check = |line: &str, expected: &[&str]| assert_eq!(split_line(line).expect("words"), expected, "{line}");
        check("get  pods", &["get", "pods"]);
        check(r#"a 'b c' "d \"e\" $f" g\ h ''"#, &["a", "b c", "d \"e\" $f", "g h", ""]);
        check("-p '{\"spec\":{}}' # why", &["-p", "{\"spec\":{}}"]);
        assert_eq!(split_line("a 'b"), None);
    }

    #[test]
    fn durations_are_read_as_go_reads_them() {
        for (text, expected) in [
            ("30s", Some(30_000)),
            ("1m30s", Some(90_000)),
            ("1.5h", Some(5_400_000)),
            ("-1s", Some(-1000)),
            ("0", Some(0)),
            ("5", None),
            ("", None),
            ("x", None),
        ] {
            assert_eq!(parse_duration(text), expected, "{text}");
        }
    }

    #[test]
    fn mistakes_in_a_line_are_told() {
        let check = |line: &str, expected: &str| {
            let failure = Call::parse(line, &Files::new(), &Config::default()).err().expect("a mistake");
            assert_eq!(crate::kubectl::failure::report(&[failure]), expected, "{line}");
        };
        for (typed, meant) in [("ge", "set get cp"), ("pods", "logs"), ("0n", "run cp"), ("rm", "run delete cp")] {
            let meant = meant.replace(' ', "\n\t");
            let unknown = format!("error: unknown command \"{typed}\" for \"kubectl\"");
            check(&format!("kubectl {typed} a"), &format!("{unknown}\n\nDid you mean this?\n\t{meant}\n"));
        }
        let no_editor = "there is no editor to open: use kubectl patch, or change the manifest and apply it";
        check("edit job a", &format!("error: kubectl edit is not simulated: {no_editor}\n"));
        check("get pods --foo", "error: unknown flag: --foo\nSee 'kubectl get --help' for usage.\n");
        check("get pods -x", "error: unknown shorthand flag: 'x' in -x\nSee 'kubectl get --help' for usage.\n");
        check("get pods -o", "error: flag needs an argument: 'o' in -o\nSee 'kubectl get --help' for usage.\n");
    }
}
