//! `kubectl label` and `kubectl annotate` (spec 05 §12).

use super::call::{Action, Call, DryRun};
use super::each::{Act, Each, Printer};
use super::failure::{Failure, Outcome};
use super::patch;
use super::printers::{Format, Formats, sanitized};
use super::selection::{Selection, Target};
use super::session::Session;
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

/// Words that mean objects, and the `KEY=VALUE` and `KEY-` after them.
pub fn pairs<'w>(words: &'w [String], what: &str) -> Outcome<(&'w [String], &'w [String])> {
    let is_pair =
        |word: &String| (word.contains('=') && !word.starts_with('=')) || (word.ends_with('-') && word != "-");
    let first = words.iter().position(is_pair).unwrap_or(words.len());
    let (objects, pairs) = words.split_at(first);
    match pairs.iter().find(|word| !is_pair(word)) {
        Some(word) => Err(Failure::client(format!("all resources must be specified before {what} changes: {word}"))),
        None => Ok((objects, pairs)),
    }
}

fn start(call: &Call<'_>, noun: Noun) -> Outcome<Action> {
    let one = noun.one;
    let (dry_run, format) = (call.dry_run()?, Format::of(call, Formats::Objects));
    // Of labels it is found out how to print them once there are some.
    let format = if one == "label" { format } else { Ok(format?) };
    let (objects, words) = pairs(&call.arguments, one)?;
    let changes = Changes::parse(words, noun);
    let changes = if one == "label" { Ok(changes?) } else { changes };
    if one == "label" && call.has("list") && call.nonempty("output").is_some() {
        return Err(Failure::client("--list and --output may not be specified together"));
    }
    for flag in ["selector", "field-selector"] {
        if call.has("all") && call.text(flag).is_some_and(|selector| !selector.is_empty()) {
            return Err(Failure::client(format!("cannot set --all and --{flag} at the same time")));
        }
    }
    let file =
        if one == "label" { ["-f pod.yaml", "--filename=pod.json"] } else { ["-f rsrc.yaml", "--filename=rsrc.json"] };
    let (local, file) = (call.has("local"), file.join(" or "));
    let why = match (local, objects.is_empty(), call.given("filename")) {
        (true, ..) if dry_run == DryRun::Server => {
            Some("cannot specify --local and --dry-run=server - did you mean --dry-run=client?".into())
        }
        (true, false, _) => Some(format!("can only use local files by {file} when --local=true is set")),
        (true, true, false) => Some(format!("one or more files must be specified as {file}")),
        (false, true, false) => {
            Some("one or more resources must be specified as <resource> <name> or <resource>/<name>".into())
        }
        _ => None,
    };
    if let Some(why) = why {
        return Err(Failure::client(why));
    }
    let changes = changes?;
    if words.is_empty() && !call.has("list") {
        return Err(Failure::client(format!("at least one {one} update is required")));
    }
    let selection = Selection::of(call, objects, false)?;
    let revision = call.nonempty("resource-version").map(str::to_owned);
    if revision.is_some() && !selection.is_single() {
        return Err(Failure::client("--resource-version may only be used with a single resource"));
    }
    let mut printer = Printer::late(format);
    printer.separates = noun.one != "label" && !local;
    let act = Labelling {
        noun,
        changes,
        overwrite: call.has("overwrite"),
        list: call.has("list"),
        single: selection.is_single(),
        revision,
        printer,
        dry_run,
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
    /// The only revision that may be changed.
    revision: Option<String>,
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
        // The reason of a rollout may always be told anew.
        let lost = |(key, value): &&(String, String)| {
            let differs = old.get(key.as_str()).is_some_and(|old| old != value.as_str());
            differs && (self.is_label() || key != "kubernetes.io/change-cause")
        };
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
        // Nobody has counted those of a file.
        let is_single = self.single || target.local;
        if !is_single {
            let (kind, group, name) = (resource.name, resource.group, &target.key.name);
            session.line(format!("Listing {} for {kind}.{group}/{name}:", self.noun.field));
        }
        let indent = if is_single { "" } else { " " };
        old.iter().for_each(|(key, value)| session.line(format!("{indent}{key}={value}")));
    }
}

/// Sets what has a value and removes what has none.
fn apply(metadata: &mut Value, field: &str, changes: &Value) {
    let Some(metadata) = metadata.as_object_mut() else { return };
    let labels = metadata.entry(field).or_insert_with(|| json!({}));
    for (key, value) in changes.as_object().into_iter().flatten() {
        match (labels.as_object_mut(), value) {
            (Some(labels), Value::Null) => drop(labels.remove(key)),
            (Some(labels), value) => drop(labels.insert(key.clone(), value.clone())),
            (None, _) => {}
        }
    }
    if labels.as_object().is_some_and(Map::is_empty) {
        metadata.remove(field);
    }
}

impl Act<Target> for Labelling {
    fn act(&mut self, target: &Target, session: &mut Session<'_>) -> Poll<Outcome<()>> {
        let Some(object) = target.current(session) else {
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
        let stays_here = self.dry_run == DryRun::Client || target.local;
        let is_told = self.is_label() && !stays_here;
        let gone = |key: &&String| is_told && !old.contains_key(key.as_str());
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
            () if removes => "unlabeled",
            () => "labeled",
        };
        let what = format!("{what}{}", self.dry_run.suffix());
        let mut patch = json!({"metadata": {self.noun.field: values}});
        if stays_here {
            let mut changed = target
                .written
                .clone()
                .filter(|_| target.local)
                .unwrap_or_else(|| sanitized(&object, session.reading()));
            apply(&mut changed["metadata"], self.noun.field, &patch["metadata"][self.noun.field]);
            // They are shown even if none are left.
            let shown = &mut changed["metadata"][self.noun.field];
            if shown.is_null() {
                *shown = json!({});
            }
            let name = target.key.kind.resource().name_form(&target.key.name);
            return Poll::Ready(self.printer.value(&name, &changed, &what, session));
        }
        if let Some(revision) = &self.revision {
            patch["metadata"]["resourceVersion"] = revision.as_str().into();
        }
        let patch = Patch::new(PatchType::Merge, patch);
        match patch::send(session, target, patch, None, self.dry_run == DryRun::Server) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Err(error)) => Poll::Ready(Err(error.into())),
            Poll::Ready(Ok(object)) => Poll::Ready(self.printer.object(&object, &what, session)),
        }
    }
}
