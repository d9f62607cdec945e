//! `kubectl label` and `kubectl annotate` (spec 05 §12).

use super::call::{Action, Call, DryRun};
use super::each::{Act, Each, Printer};
use super::failure::{Failure, Outcome};
use super::invocation::Session;
use super::patch;
use super::printers::{Format, Formats};
use super::selection::{Selection, Target};
use crate::api::StringMap;
use crate::apiserver::{Patch, PatchType};
use serde_json::{Map, Value, json};
use std::task::Poll;

/// `kubectl label`
pub fn label(call: &Call<'_>) -> Outcome<Action> {
    start(call, Noun { field: "labels", one: "label" })
}

/// `kubectl annotate`
pub fn annotate(call: &Call<'_>) -> Outcome<Action> {
    start(call, Noun { field: "annotations", one: "annotation" })
}

#[derive(Clone, Copy, PartialEq)]
struct Noun {
    /// Under `metadata`.
    field: &'static str,
    one: &'static str,
}

/// What is set and what is removed.
#[derive(Clone, Debug, Default)]
struct Changes {
    set: Vec<(String, String)>,
    remove: Vec<String>,
}

fn start(call: &Call<'_>, noun: Noun) -> Outcome<Action> {
    let is_change = |word: &String| word.contains('=') || (word.ends_with('-') && word.len() > 1);
    // A type or a name may end with a dash only where a change follows it: the first changes begin the changes.
    let first = call.arguments.iter().position(is_change).unwrap_or(call.arguments.len());
    let (objects, words) = call.arguments.split_at(first);
    let mut changes = Changes::default();
    for word in words {
        if let Some((key, value)) = word.split_once('=') {
            if key.is_empty() {
                return Err(Failure::client(format!("invalid {} spec: {word}", noun.one)));
            }
            if noun.one == "label" && !is_label_value(value) {
                return Err(Failure::client(format!("invalid label value: \"{word}\": {}", label_value_rule(value))));
            }
            changes.set.push((key.to_owned(), value.to_owned()));
        } else if let Some(key) = word.strip_suffix('-') {
            changes.remove.push(key.to_owned());
        } else {
            return Err(Failure::client(format!("unknown {} spec: {word}", noun.one)));
        }
    }
    if let Some((key, _)) = changes.set.iter().find(|(key, _)| changes.remove.contains(key)) {
        let why = format!("can not both modify and remove {} \"{key}\" in the same command", article(noun));
        return Err(Failure::client(why));
    }
    if words.is_empty() && !call.has("list") {
        return Err(call.usage(format!("at least one {} update is required", noun.one)));
    }
    let act = Labelling {
        noun,
        changes,
        overwrite: call.has("overwrite"),
        list: call.has("list"),
        printer: Printer::new(Format::of(call, Formats::Objects)?),
        dry_run: call.dry_run()?,
    };
    let selection = Selection::of(call, objects, false)?;
    Action::run(Each::over(selection, true, act))
}

fn article(noun: Noun) -> String {
    if noun.one == "label" { "a label".into() } else { "an annotation".into() }
}

fn is_label_value(value: &str) -> bool {
    let edge = |c: Option<char>| c.is_none_or(|c| c.is_ascii_alphanumeric());
    let inner = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    value.len() <= 63 && edge(value.chars().next()) && edge(value.chars().last()) && value.chars().all(inner)
}

fn label_value_rule(value: &str) -> &'static str {
    if value.len() > 63 {
        return "must be no more than 63 bytes";
    }
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and \
     end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is \
     '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
}

#[derive(Clone)]
struct Labelling {
    noun: Noun,
    changes: Changes,
    overwrite: bool,
    list: bool,
    printer: Printer,
    dry_run: DryRun,
}

impl Labelling {
    fn is_label(&self) -> bool {
        self.noun.one == "label"
    }

    /// Complains about values that would be lost.
    fn conflicts(&self, old: &StringMap) -> Outcome<()> {
        if self.overwrite {
            return Ok(());
        }
        let lost = |(key, value): &&(String, String)| old.get(key.as_str()).is_some_and(|old| old != value.as_str());
        let told: Vec<String> = self
            .changes
            .set
            .iter()
            .filter(lost)
            .map(|(key, _)| format!("'{key}' already has a value ({})", old.get(key.as_str()).map_or("", |old| old)))
            .collect();
        match (told.as_slice(), self.is_label()) {
            ([], _) => Ok(()),
            (told, true) => {
                let each: Vec<String> = told.iter().map(|told| format!("{told}, and --overwrite is false")).collect();
                let text = if each.len() == 1 { each.concat() } else { format!("[{}]", each.join(", ")) };
                Err(Failure::client(text))
            }
            (told, false) => Err(Failure::client(format!(
                "--overwrite is false but found the following declared annotation(s): {}",
                told.join("; ")
            ))),
        }
    }

    fn print_list(&self, target: &Target, old: &StringMap, session: &mut Session<'_>) {
        let name = &target.key.name;
        let kind = target.key.kind.resource().name_form("");
        let kind = kind.split(['.', '/']).next().unwrap_or("").to_owned();
        session.line(format!("Listing {} for {}.{}/{name}:", self.noun.field, target.key.kind, kind));
        old.iter().for_each(|(key, value)| session.line(format!("{key}={value}")));
    }
}

impl Act<Target> for Labelling {
    fn act(&mut self, target: &Target, session: &mut Session<'_>) -> Poll<Outcome<()>> {
        let Some(object) = session.api.live().get(&target.key).cloned() else {
            return Poll::Ready(Err(crate::api::ApiError::not_found(&target.key).into()));
        };
        let metadata = object.metadata();
        let old = if self.is_label() { metadata.labels.clone() } else { metadata.annotations.clone() };
        if self.list {
            self.print_list(target, &old, session);
            return Poll::Ready(Ok(()));
        }
        if let Err(failure) = self.conflicts(&old) {
            return Poll::Ready(Err(failure));
        }
        if session.next_write().is_some_and(|at| at > session.now()) {
            return Poll::Pending;
        }
        let mut values = Map::new();
        for (key, value) in &self.changes.set {
            if old.get(key.as_str()).is_none_or(|old| old != value.as_str()) {
                values.insert(key.clone(), value.as_str().into());
            }
        }
        for key in &self.changes.remove {
            if old.contains_key(key.as_str()) {
                values.insert(key.clone(), Value::Null);
            } else if self.is_label() {
                session.line(format!("label \"{key}\" not found."));
            }
        }
        let removes = values.values().any(Value::is_null) && values.values().all(Value::is_null);
        let what = match () {
            () if !self.is_label() => "annotated",
            () if values.is_empty() => "not labeled",
            () if removes && !self.overwrite => "unlabeled",
            () => "labeled",
        };
        let what = format!("{what}{}", self.dry_run.suffix());
        if self.dry_run == DryRun::Client {
            return Poll::Ready(self.printer.object(&object, &what, session));
        }
        let patch = Patch { kind: PatchType::Merge, value: json!({"metadata": {self.noun.field: values}}) };
        match patch::send(session, target, patch, None, self.dry_run == DryRun::Server) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Err(error)) => Poll::Ready(Err(error.into())),
            Poll::Ready(Ok(object)) => Poll::Ready(self.printer.object(&object, &what, session)),
        }
    }

    fn finish(&mut self, count: usize, session: &mut Session<'_>) -> Outcome<()> {
        if count == 0 {
            session.complain("No resources found");
        }
        Ok(())
    }
}
