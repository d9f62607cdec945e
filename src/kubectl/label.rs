//! `kubectl label` and `kubectl annotate` (spec 05 §12).

use super::call::{Action, Call, DryRun};
use super::each::{Act, Each, Printer};
use super::failure::{Failure, Outcome};
use super::invocation::Session;
use super::patch;
use super::printers::{Format, Formats};
use super::selection::{Selection, Target};
use crate::api::StringMap;
use crate::api::validation::names;
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
    let one = noun.one;
    let is_change =
        |word: &String| (word.contains('=') && !word.starts_with('=')) || (word.ends_with('-') && word != "-");
    let first = call.arguments.iter().position(is_change).unwrap_or(call.arguments.len());
    let (objects, words) = call.arguments.split_at(first);
    if let Some(word) = words.iter().find(|word| !is_change(word)) {
        return Err(Failure::client(format!("all resources must be specified before {one} changes: {word}")));
    }
    let changes = Changes::parse(words, noun)?;
    if objects.is_empty() && !call.given("filename") {
        let why = "one or more resources must be specified as <resource> <name> or <resource>/<name>";
        return Err(Failure::client(why));
    }
    if words.is_empty() && !call.has("list") {
        return Err(Failure::client(format!("at least one {one} update is required")));
    }
    let selection = Selection::of(call, objects, false)?;
    let act = Labelling {
        noun,
        changes,
        overwrite: call.has("overwrite"),
        list: call.has("list"),
        single: selection.is_single(),
        printer: Printer::new(Format::of(call, Formats::Objects)?),
        dry_run: call.dry_run()?,
    };
    Action::run(Each::over(selection, true, act))
}

impl Changes {
    fn parse(words: &[String], noun: Noun) -> Outcome<Self> {
        let (one, is_label) = (noun.one, noun.one == "label");
        let mut changes = Self::default();
        for word in words {
            let Some((key, value)) = word.split_once('=') else {
                changes.remove.push(word.trim_end_matches('-').to_owned());
                continue;
            };
            if is_label && value.contains('=') {
                return Err(Failure::client(format!("invalid {one} spec: {word}")));
            }
            let wrong = if is_label { names::label_value(value) } else { Vec::new() };
            if !wrong.is_empty() {
                return Err(Failure::client(format!("invalid label value: {word:?}: {}", wrong.join(";"))));
            }
            changes.set.push((key.to_owned(), value.to_owned()));
        }
        let both: Vec<&str> = changes
            .remove
            .iter()
            .filter(|key| changes.set.iter().any(|(set, _)| set == *key))
            .map(String::as_str)
            .collect();
        match (both.as_slice(), is_label) {
            ([], _) => Ok(changes),
            (_, true) => Err(Failure::client("can not both modify and remove a label in the same command")),
            (both, false) => Err(Failure::client(format!(
                "can not both modify and remove the following annotation(s) in the same command: {}",
                both.join(", ")
            ))),
        }
    }
}

#[derive(Clone)]
struct Labelling {
    noun: Noun,
    changes: Changes,
    overwrite: bool,
    list: bool,
    /// Whether one object is meant: a list of labels needs no title.
    single: bool,
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
            ([told], true) => Err(Failure::client(format!("{told}, and --overwrite is false"))),
            (told, true) => {
                let each: Vec<String> = told.iter().map(|told| format!("{told}, and --overwrite is false")).collect();
                Err(Failure::Plain(each.join("\n")))
            }
            (told, false) => Err(Failure::client(format!(
                "--overwrite is false but found the following declared annotation(s): {}",
                told.join("; ")
            ))),
        }
    }

    fn print_list(&self, target: &Target, old: &StringMap, session: &mut Session<'_>) {
        let resource = target.key.kind.resource();
        if !self.single {
            let (kind, group, name) = (resource.name, resource.group, &target.key.name);
            session.line(format!("Listing {} for {kind}.{group}/{name}:", self.noun.field));
        }
        let indent = if self.single { "" } else { " " };
        old.iter().for_each(|(key, value)| session.line(format!("{indent}{key}={value}")));
    }
}

impl Act<Target> for Labelling {
    fn act(&mut self, target: &Target, session: &mut Session<'_>) -> Poll<Outcome<()>> {
        let Some(object) = session.api.live().get(&target.key) else {
            return Poll::Ready(Err(crate::api::ApiError::not_found(&target.key).into()));
        };
        let metadata = object.metadata();
        let old = if self.is_label() { metadata.labels.clone() } else { metadata.annotations.clone() };
        if self.list {
            self.print_list(target, &old, session);
            return Poll::Ready(Ok(()));
        }
        if session.next_write().is_some_and(|at| at > session.now()) {
            return Poll::Pending;
        }
        let gone = |key: &&String| self.is_label() && !old.contains_key(key.as_str());
        for key in self.changes.remove.iter().filter(gone) {
            session.line(format!("label \"{key}\" not found."));
        }
        if let Err(failure) = self.conflicts(&old) {
            return Poll::Ready(Err(failure));
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
            }
        }
        let removes = values.values().any(Value::is_null);
        let sets = !values.values().all(Value::is_null);
        let what = match () {
            () if !self.is_label() => "annotated",
            () if values.is_empty() => "not labeled",
            () if removes && sets => "modified",
            () if removes && !self.overwrite => "unlabeled",
            () => "labeled",
        };
        let what = format!("{what}{}", self.dry_run.suffix());
        if self.dry_run == DryRun::Client {
            return Poll::Ready(self.printer.object(&object, &what, session));
        }
        let patch = Patch::new(PatchType::Merge, json!({"metadata": {self.noun.field: values}}));
        match patch::send(session, target, patch, None, self.dry_run == DryRun::Server) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Err(error)) => Poll::Ready(Err(error.into())),
            Poll::Ready(Ok(object)) => Poll::Ready(self.printer.object(&object, &what, session)),
        }
    }
}
