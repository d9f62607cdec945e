//! A command and its flags, and a call of it: which arguments and values it was given.

use super::failure::{Failure, Outcome};
use super::session::{Read, Task};
use super::{Config, Files};
use crate::api::Time;
use crate::sim::{Map, Timestamp};

/// A command, perhaps with commands below it.
pub struct Command {
    pub name: &'static str,
    pub aliases: &'static [&'static str],
    /// What follows the name: `TYPE NAME…`.
    pub usage: &'static str,
    /// What it does, in a sentence.
    pub about: &'static str,
    pub flags: &'static [&'static [Flag]],
    pub subcommands: &'static [Command],
    /// What completes its arguments.
    pub completes: Completes,
    pub run: Option<fn(&Call<'_>) -> Outcome<Action>>,
}

/// What the arguments of a command are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Completes {
    Nothing,
    /// A type of object, then names of such objects.
    Resources,
    /// Names of nodes.
    Nodes,
    /// Names of pods.
    Pods,
    /// Types of objects only.
    Types,
}

/// A flag of a command.
#[derive(Debug)]
pub struct Flag {
    pub name: &'static str,
    pub short: Option<char>,
    pub takes: Takes,
    pub about: &'static str,
    /// The values there are, where they can be listed.
    pub values: &'static [&'static str],
    /// What to write instead of a flag that will go one day.
    pub deprecated: Option<&'static str>,
}

/// What follows a flag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// Nothing: it is a switch.
    Nothing,
    Value,
    /// A whole number.
    Number,
    /// A span like `30s` or `1m30s`.
    Duration,
    /// A value after `=`; this one if there is none.
    Optional(&'static str),
}

impl Takes {
    /// Whether the next word is the value, where none follows `=`.
    pub fn takes_word(self) -> bool {
        matches!(self, Self::Value | Self::Number | Self::Duration)
    }
}

impl Flag {
    /// `-o, --output`, as errors name it.
    pub fn names(&self) -> String {
        match self.short {
            Some(short) => format!("-{short}, --{}", self.name),
            None => format!("--{}", self.name),
        }
    }
}

impl Command {
    /// The command of this name below this one.
    pub fn subcommand(&self, name: &str) -> Option<&'static Command> {
        self.subcommands.iter().find(|command| command.name == name || command.aliases.contains(&name))
    }

    /// All flags, its own first.
    pub fn all_flags(&self) -> impl Iterator<Item = &'static Flag> {
        self.flags.iter().copied().flatten().chain(GLOBAL)
    }

    /// The flag of this name.
    pub fn flag(&self, name: &str) -> Option<&'static Flag> {
        self.all_flags().find(|flag| flag.name == name)
    }

    /// The flag of this letter.
    pub fn short_flag(&self, letter: char) -> Option<&'static Flag> {
        self.all_flags().find(|flag| flag.short == Some(letter))
    }
}

/// A flag that is there or not.
pub const fn switch(name: &'static str, about: &'static str) -> Flag {
    Flag { name, short: None, takes: Takes::Nothing, about, values: &[], deprecated: None }
}

/// A flag with a value.
pub const fn value(name: &'static str, about: &'static str) -> Flag {
    Flag { name, short: None, takes: Takes::Value, about, values: &[], deprecated: None }
}

/// A flag with a whole number.
pub const fn number(name: &'static str, about: &'static str) -> Flag {
    Flag { takes: Takes::Number, ..value(name, about) }
}

/// A flag with a span of time.
pub const fn duration(name: &'static str, about: &'static str) -> Flag {
    Flag { takes: Takes::Duration, ..value(name, about) }
}

/// A flag whose value may be left out: then it is `bare`.
pub const fn optional(
    name: &'static str,
    bare: &'static str,
    about: &'static str,
    values: &'static [&'static str],
) -> Flag {
    Flag { name, short: None, takes: Takes::Optional(bare), about, values, deprecated: None }
}

impl Flag {
    /// The same with a letter.
    pub const fn short(self, letter: char) -> Self {
        Self { short: Some(letter), ..self }
    }

    /// The same, which will go one day.
    pub const fn deprecated(self, instead: &'static str) -> Self {
        Self { deprecated: Some(instead), ..self }
    }

    /// The same with values to offer.
    pub const fn one_of(self, values: &'static [&'static str]) -> Self {
        Self { values, ..self }
    }
}

/// What kubectl remarks before it begins: that a flag is written as nobody should any more.
#[derive(Clone, Debug)]
pub struct Remark {
    /// Where it stands in `helpers.go`, if it comes as a line of a log.
    logged_at: Option<u32>,
    text: String,
}

impl Remark {
    /// As it is printed at an instant.
    pub fn line(&self, now: Timestamp) -> String {
        let Some(line) = self.logged_at else { return format!("{}\n", self.text) };
        let (second, millis) = (Time::from(now).to_string(), now.as_millis() % 1000);
        let (month, day, clock) = (&second[5..7], &second[8..10], &second[11..19]);
        format!("W{month}{day} {clock}.{millis:03}000       1 helpers.go:{line}] {}\n", self.text)
    }
}

/// Flags that every command takes.
pub const GLOBAL: &[Flag] = &[
    value("namespace", "look at this namespace instead of the context's").short('n'),
    value("context", "there is one: jobscope"),
    value("kubeconfig", "accepted, if there is such a file: there is one cluster"),
    value("request-timeout", "accepted: no request takes that long here"),
    number("v", "accepted: there is nothing to log").short('v'),
    value("vmodule", "accepted, too"),
    duration("log-flush-frequency", "accepted, too"),
    switch("warnings-as-errors", "fail where the cluster warns of something"),
    value("as", "accepted: everybody may do everything"),
    value("as-group", "accepted, together with --as"),
    value("as-uid", "accepted, together with --as"),
    value("as-user-extra", "accepted, together with --as"),
    value("user", "there is one: learner"),
    value("username", "accepted, too"),
    value("password", "accepted, too"),
    value("token", "accepted, too"),
    value("client-certificate", "accepted, too"),
    value("client-key", "accepted, too"),
    value("cluster", "there is one: jobscope"),
    value("server", "accepted, too").short('s'),
    value("tls-server-name", "accepted, too"),
    value("certificate-authority", "accepted, too"),
    switch("insecure-skip-tls-verify", "accepted, too"),
    switch("match-server-version", "accepted: kubectl has the cluster's version"),
    switch("disable-compression", "accepted: answers come from nearby"),
    value("cache-dir", "accepted: nothing is cached"),
    value("kuberc", "accepted: there are no preferences"),
    value("profile", "accepted: nothing is measured"),
    value("profile-output", "accepted, too"),
];
/// A command that does something.
pub const fn command(
    name: &'static str,
    usage: &'static str,
    about: &'static str,
    flags: &'static [&'static [Flag]],
    completes: Completes,
    run: fn(&Call<'_>) -> Outcome<Action>,
) -> Command {
    Command { name, aliases: &[], usage, about, flags, subcommands: &[], completes, run: Some(run) }
}

/// A command that has others below it.
pub const fn group(name: &'static str, about: &'static str, subcommands: &'static [Command]) -> Command {
    Command {
        name,
        aliases: &[],
        usage: "COMMAND",
        about,
        flags: &[],
        subcommands,
        completes: Completes::Nothing,
        run: None,
    }
}

impl Command {
    /// The same with other names.
    pub const fn alias(self, aliases: &'static [&'static str]) -> Self {
        Self { aliases, ..self }
    }
}

/// What a call comes to.
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
    /// The command that all others stand below.
    pub root: &'static Command,
    pub command: &'static Command,
    /// `create job`: the command's name with those above it.
    pub path: String,
    /// What is neither flag nor value, before and after `--`.
    pub arguments: Vec<String>,
    /// How many of the arguments stand before `--`; all of them, without one.
    pub before_dash: usize,
    pub files: &'a Files,
    pub config: &'a Config,
    pub(super) values: Map<&'static str, Vec<String>>,
    /// Whether only help is asked for.
    pub(super) wants_help: bool,
}

impl Call<'_> {
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

    /// The last value of a flag, unless it is empty: to most commands that is a flag that was not given.
    pub fn nonempty(&self, flag: &str) -> Option<&str> {
        self.text(flag).filter(|value| !value.is_empty())
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
    pub fn number(&self, flag: &str) -> Option<i64> {
        self.text(flag)?.parse().ok()
    }

    /// A span of time, in milliseconds.
    pub fn duration(&self, flag: &str) -> Option<i64> {
        parse_duration(self.text(flag)?)
    }

    /// A mistake in how this command was called.
    pub fn usage(&self, message: impl AsRef<str>) -> Failure {
        Failure::usage(&self.path, message)
    }

    /// The namespace that is meant; none with `--all-namespaces`.
    pub fn namespace(&self) -> Option<String> {
        (!self.has("all-namespaces")).then(|| self.own_namespace())
    }

    /// The namespace for objects that name none.
    pub fn own_namespace(&self) -> String {
        self.nonempty("namespace").unwrap_or(&self.config.namespace).to_owned()
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

    /// What kubectl remarks about the way in which flags are written.
    pub fn remarks(&self) -> Vec<Remark> {
        let used = self.command.all_flags().filter(|flag| self.given(flag.name));
        let told = used.filter_map(|flag| {
            let text = format!("Flag --{} has been deprecated, {}", flag.name, flag.deprecated?);
            Some(Remark { logged_at: None, text })
        });
        let dry_run = self.text("dry-run").and_then(|value| {
            let boolean = "is deprecated (boolean value) and can be replaced with";
            let (line, text) = match value {
                "unchanged" => (719, "--dry-run is deprecated and can be replaced with --dry-run=client.".into()),
                "true" => (733, format!("--dry-run=true {boolean} --dry-run=client.")),
                "false" => (736, format!("--dry-run=false {boolean} --dry-run=none.")),
                _ => return None,
            };
            Some(Remark { logged_at: Some(line), text })
        });
        let cascade = self.text("cascade").and_then(|value| {
            let now = match value {
                "true" => "background",
                "false" => "orphan",
                _ => return None,
            };
            let what = "is deprecated (boolean value) and can be replaced with";
            Some(Remark { logged_at: None, text: format!("warning: --cascade={value} {what} --cascade={now}.") })
        });
        told.chain(cascade).chain(dry_run).collect()
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

/// A mistake in the flags of a command. `diff` has words of its own for it.
pub fn flag_error(path: &str, message: String) -> Failure {
    if path == "diff" {
        return Failure::usage(path, message);
    }
    let command = if path.is_empty() { "kubectl".to_owned() } else { format!("kubectl {path}") };
    Failure::Client(format!("{message}\nSee '{command} --help' for usage."))
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
