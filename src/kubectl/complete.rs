//! Tab completion, from the table of commands and the objects that there are.

use super::call::{Command, Completes, Flag};
use super::commands::ROOT;
use super::line::split_line;
use super::selection;
use crate::api::{Kind, RESOURCES};
use crate::apiserver::View;

/// What the word at the cursor may become.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The whole word.
    pub word: String,
    /// What it means, where that is known.
    pub about: String,
}

/// The words that the one at `cursor` (a byte offset) may become, in the order to offer them.
pub fn complete(line: &str, cursor: usize, view: View<'_>, namespace: &str) -> Vec<Candidate> {
    let mut end = cursor.min(line.len());
    while !line.is_char_boundary(end) {
        end -= 1;
    }
    let before = &line[..end];
    let Some(mut words) = split_line(before) else { return Vec::new() };
    let current = if before.ends_with(char::is_whitespace) || words.is_empty() {
        String::new()
    } else {
        words.pop().unwrap_or_default()
    };
    if words.is_empty() {
        let names = [("kubectl", "talks to the cluster"), ("k", "the same, shorter")];
        let mut found = matching(names.into_iter().map(|(word, about)| (word.to_owned(), about)), &current);
        found.extend(subcommands(&ROOT, &current));
        return found;
    }
    if words[0] == "kubectl" || words[0] == "k" {
        words.remove(0);
    }
    let Place { command, arguments, flag, namespace } = place(&words, namespace);
    if let Some(flag) = flag {
        return flag_values(flag, &current, view);
    }
    if let Some(rest) = current.strip_prefix("--")
        && let Some((name, value)) = rest.split_once('=')
    {
        let Some(flag) = command.flag(name) else { return Vec::new() };
        let mut found = flag_values(flag, value, view);
        found.iter_mut().for_each(|candidate| candidate.word = format!("--{name}={}", candidate.word));
        return found;
    }
    if current.starts_with('-') {
        let flags = command.all_flags().map(|flag| (format!("--{}", flag.name), flag.about));
        return matching(flags, &current);
    }
    if !command.subcommands.is_empty() && arguments.is_empty() {
        return subcommands(command, &current);
    }
    objects(command.completes, &arguments, &current, view, &namespace)
}

/// Where in a line the next word stands.
struct Place {
    command: &'static Command,
    arguments: Vec<String>,
    /// The flag whose value is next.
    flag: Option<&'static Flag>,
    namespace: String,
}

fn place(words: &[String], namespace: &str) -> Place {
    let mut place = Place { command: &ROOT, arguments: Vec::new(), flag: None, namespace: namespace.to_owned() };
    for word in words {
        if let Some(flag) = place.flag.take() {
            if flag.name == "namespace" {
                place.namespace.clone_from(word);
            }
        } else if let Some(long) = word.strip_prefix("--") {
            let flag = if long.contains('=') { None } else { place.command.flag(long) };
            place.flag = flag.filter(|flag| flag.takes.takes_word());
        } else if let Some(short) = word.strip_prefix('-').and_then(|short| short.chars().next()) {
            let alone = word.chars().count() == 2;
            let flag = place.command.short_flag(short).filter(|flag| flag.takes.takes_word());
            place.flag = flag.filter(|_| alone);
        } else {
            match place.command.subcommand(word).filter(|_| place.arguments.is_empty()) {
                Some(next) => place.command = next,
                None => place.arguments.push(word.clone()),
            }
        }
    }
    place
}

fn matching<'a>(words: impl Iterator<Item = (String, &'a str)>, start: &str) -> Vec<Candidate> {
    let found = words.filter(|(word, _)| word.starts_with(start));
    found.map(|(word, about)| Candidate { word, about: about.to_owned() }).collect()
}

fn subcommands(command: &Command, start: &str) -> Vec<Candidate> {
    matching(command.subcommands.iter().map(|command| (command.name.to_owned(), command.about)), start)
}

fn flag_values(flag: &Flag, start: &str, view: View<'_>) -> Vec<Candidate> {
    if flag.name == "namespace" {
        return names(Kind::Namespace, "", start, view);
    }
    matching(flag.values.iter().map(|value| ((*value).to_owned(), "")), start)
}

fn objects(completes: Completes, arguments: &[String], start: &str, view: View<'_>, namespace: &str) -> Vec<Candidate> {
    match completes {
        Completes::Nothing => Vec::new(),
        Completes::Nodes => names(Kind::Node, "", start, view),
        Completes::Pods => names(Kind::Pod, namespace, start, view),
        Completes::Types => types(start),
        Completes::Resources => {
            if let Some((word, name)) = start.split_once('/') {
                let Some(resource) = selection::resource(word) else { return Vec::new() };
                let mut found = names(resource.kind, namespace, name, view);
                found.iter_mut().for_each(|candidate| candidate.word = format!("{word}/{}", candidate.word));
                return found;
            }
            match arguments.first() {
                None => types(start),
                Some(word) => match selection::resource(word) {
                    None => Vec::new(),
                    Some(resource) => {
                        let mut found = names(resource.kind, namespace, start, view);
                        found.retain(|candidate| !arguments.contains(&candidate.word));
                        found
                    }
                },
            }
        }
    }
}

fn types(start: &str) -> Vec<Candidate> {
    matching(RESOURCES.iter().map(|resource| (resource.plural.to_owned(), resource.name)), start)
}

fn names(kind: Kind, namespace: &str, start: &str, view: View<'_>) -> Vec<Candidate> {
    let here = view.list(kind).filter(|object| !kind.resource().namespaced || object.metadata().namespace == namespace);
    matching(here.map(|object| (object.metadata().name.to_string(), kind.resource().name)), start)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::apiserver::Storage;

    #[test]
    fn words_are_completed_by_where_they_stand() {
        let storage = Storage::default();
        let check = |line: &str, expected: &[&str]| {
            let found = complete(line, line.len(), storage.now(), "default");
            assert_eq!(found.iter().map(|candidate| candidate.word.as_str()).collect::<Vec<_>>(), expected, "{line}");
        };
        check("ku", &["kubectl"]);
        check("kubectl desc", &["describe"]);
        check("k get cr", &["cronjobs"]);
        check("k get jobs --show-l", &["--show-labels"]);
        check("k get jobs -o y", &["yaml"]);
        check("k patch job x --type=m", &["--type=merge"]);
        check("k create j", &["job"]);
        check("k delete jobs --cascade=", &["--cascade=background", "--cascade=foreground", "--cascade=orphan"]);
        check("k rollout st", &["status"]);
        check(
            "",
            &[
                "kubectl",
                "k",
                "get",
                "describe",
                "create",
                "apply",
                "diff",
                "replace",
                "delete",
                "patch",
                "label",
                "annotate",
                "taint",
                "cordon",
                "uncordon",
                "drain",
                "wait",
                "scale",
                "events",
                "explain",
                "logs",
                "rollout",
                "set",
                "run",
                "autoscale",
                "expose",
                "auth",
                "config",
                "version",
                "api-resources",
                "api-versions",
                "cluster-info",
                "top",
                "exec",
                "attach",
                "options",
                "help",
            ],
        );
    }
}
