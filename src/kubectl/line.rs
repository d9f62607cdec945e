//! A line, taken apart: which command, with which arguments and flags.

use super::call::{Action, Call, Command, Flag, Takes, flag_error, parse_duration};
use super::commands::ROOT;
use super::failure::{Failure, Outcome};
use super::{Config, Files, connection, help};
use crate::sim::Map;

/// Reads a line; the error is kubectl's.
pub fn parse<'a>(line: &str, files: &'a Files, config: &'a Config) -> Outcome<Call<'a>> {
    let words = split_line(line).ok_or_else(|| Failure::Plain("unexpected end of line inside of quotes".into()))?;
    let mut words = words.as_slice();
    if let [first, rest @ ..] = words
        && (first == "kubectl" || first == "k")
    {
        words = rest;
    }
    let mut reader = Reader { words, values: Map::new(), wants_help: false };
    let (root, mut path) = (&ROOT, Vec::new());
    let mut command = root;
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
        } else if let Some(refusal) = not_here(&path, word) {
            return Err(refusal);
        } else if path == ["create"] && NOT_MADE_HERE.contains(&word.as_str()) {
            let why = format!("kubectl create {word} is not simulated: there are no such objects here");
            return Err(Failure::client(why));
        } else if command.run.is_some() {
            arguments.push(word.clone());
        } else if path.is_empty() {
            return Err(unknown_command(word));
        } else {
            // Its flags are read before it is complained about.
            while let [word, rest @ ..] = reader.words {
                reader.words = rest;
                if let Some(long) = word.strip_prefix("--").filter(|long| !long.is_empty()) {
                    reader.long(long, command, &path)?;
                }
            }
            return Err(Failure::usage(&path.join(" "), format!("unknown command {word:?}")));
        }
    }
    let before_dash = before_dash.unwrap_or(arguments.len());
    let Reader { values, wants_help, .. } = reader;
    Ok(Call { root, command, path: path.join(" "), arguments, before_dash, files, config, values, wants_help })
}

/// What a call comes to.
pub fn action(call: &Call<'_>) -> Outcome<Action> {
    match call.command.run {
        _ if call.wants_help => Ok(Action::Print(help::help(call.command, &call.path))),
        Some(run) => connection::check(call).and_then(|()| run(call)),
        None if call.path.is_empty() => Ok(Action::Print(help::help(call.command, &call.path))),
        None => help::unfinished(call),
    }
}

/// Whether a line reads files, which someone else may have.
pub fn names_files(line: &str) -> bool {
    split_line(line).is_some_and(|words| words.iter().any(|word| word.starts_with("-f") || word.starts_with("--file")))
}

/// The exit code of a line that fails: of `diff`, 1 says that something differs.
pub fn failing_code(line: &str) -> i32 {
    let words = split_line(line).unwrap_or_default();
    let command = words.iter().find(|word| !["kubectl", "k"].contains(&word.as_str()));
    if command.is_some_and(|command| command == "diff") { 2 } else { 1 }
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

/// Commands of kubectl that there are not here, and what to do instead.
const NOT_HERE: [(&str, &str); 28] = [
    ("apply edit-last-applied", "there is no editor to open"),
    ("apply set-last-applied", "kubectl apply notes what it applies"),
    ("auth reconcile", "everybody may do everything here"),
    ("config delete-cluster", ONE_CONTEXT),
    ("config delete-context", ONE_CONTEXT),
    ("config delete-user", ONE_CONTEXT),
    ("config rename-context", ONE_CONTEXT),
    ("config set", ONE_CONTEXT),
    ("config set-cluster", ONE_CONTEXT),
    ("config set-credentials", ONE_CONTEXT),
    ("config unset", ONE_CONTEXT),
    ("create secret docker-registry", "no image needs a password here"),
    ("create secret tls", "there are no certificates"),
    ("create service externalname", NO_SUCH_SERVICES),
    ("create service loadbalancer", NO_SUCH_SERVICES),
    ("create service nodeport", NO_SUCH_SERVICES),
    ("set subject", "there are no role bindings"),
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

const ONE_CONTEXT: &str = "there is one context; kubectl config set-context --current chooses its namespace";
const NO_SUCH_SERVICES: &str = "a Service made here has an address in the cluster: kubectl create service clusterip";

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

/// What is said of a command that is not simulated.
fn not_here(path: &[&str], word: &str) -> Option<Failure> {
    let command = [path, &[word]].concat().join(" ");
    let (_, instead) = NOT_HERE.iter().find(|(name, _)| *name == command)?;
    Some(Failure::client(format!("kubectl {command} is not simulated: {instead}")))
}

/// An unknown command, with those that were perhaps meant.
fn unknown_command(word: &str) -> Failure {
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
            (None, _) => self
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
                _ if rest.len() > 1 => rest.strip_prefix('=').unwrap_or(rest).to_owned(),
                _ if !rest.is_empty() => rest.to_owned(),
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
        let read = match (flag.takes, value.as_str()) {
            (Takes::Nothing, "true" | "1" | "t" | "T" | "TRUE" | "True") => Ok("true".into()),
            (Takes::Nothing, "false" | "0" | "f" | "F" | "FALSE" | "False") => Ok("false".into()),
            (Takes::Nothing, other) => Err(format!("strconv.ParseBool: parsing \"{other}\": invalid syntax")),
            (Takes::Number, text) if text.parse::<i64>().is_err() => {
                Err(format!("strconv.ParseInt: parsing \"{text}\": invalid syntax"))
            }
            (Takes::Duration, text) if parse_duration(text).is_none() => {
                // A number alone only lacks its unit.
                let is_number =
                    text.parse::<f64>().is_ok_and(f64::is_finite) && text.ends_with(|c: char| c.is_ascii_digit());
                Err(format!("time: {} duration \"{text}\"", if is_number { "missing unit in" } else { "invalid" }))
            }
            _ => Ok(value.clone()),
        };
        let read = read.map_err(|why| {
            let message = format!("invalid argument \"{value}\" for \"{}\" flag: {why}", flag.names());
            flag_error(&path.join(" "), message)
        })?;
        self.values.entry(flag.name).or_default().push(read);
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
    fn mistakes_in_a_line_are_told() {
        let check = |line: &str, expected: &str| {
            let failure = parse(line, &Files::new(), &Config::default()).err().expect("a mistake");
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
