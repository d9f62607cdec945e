//! `kubectl get`: tables, YAML, JSON, and watches (spec 05 §3).

use super::age::age;
use super::call::{Action, Call};
use super::failure::{Failure, Outcome};
use super::jsonpath::Template;
use super::printers::{Format, Formats, Table, cells, custom_rows, headers, list, sanitized};
use super::raw;
use super::selection::{Selection, What};
use super::session::{Printed, Read, Reading, Session, Step, Stream, Task};
use crate::api::quantity::Quantity;
use crate::api::validation::quoted;
use crate::api::yaml::print;
use crate::api::{Kind, Object};
use crate::apiserver::{Change, ChangeType};
use crate::sim::{Order, Timestamp};
use serde_json::Value;
use std::cmp::Ordering;

/// `kubectl get`
pub fn start(call: &Call<'_>) -> Outcome<Action> {
    if let Some(path) = call.text("raw") {
        if !call.arguments.is_empty() {
            return Err(Failure::client("arguments may not be passed when --raw is specified"));
        }
        if call.has("watch") || call.has("watch-only") || call.given("selector") {
            return Err(Failure::client(
                "--raw may not be specified with other flags that filter the server request or alter the output",
            ));
        }
        if call.nonempty("output").is_some() {
            return Err(Failure::client("--raw and --output are mutually exclusive"));
        }
        if !path.starts_with('/') {
            let why = format!("parse {}: invalid URI for request", quoted(path));
            return Err(Failure::client(format!("--raw must be a valid URL path: {why}")));
        }
        return raw::start(path);
    }
    let watches = call.has("watch") || call.has("watch-only");
    if call.arguments.is_empty() && !call.given("filename") && !call.given("kustomize") && !watches {
        let hint = "You must specify the type of resource to get. Use \"kubectl api-resources\" for a complete list of \
                    supported resources.\n\n";
        let more = "Use \"kubectl explain <resource>\" for a detailed description of that resource (e.g. kubectl \
                    explain pods).\nSee 'kubectl get -h' for help and examples";
        return Err(Failure::Plain(format!("{hint}error: Required resource not specified.\n{more}")));
    }
    if call.has("output-watch-events") && !watches {
        let why = "--output-watch-events option can only be used with --watch or --watch-only";
        return Err(Failure::client(why));
    }
    let mut get = Get::of(call)?;
    if !watches {
        return Action::read(get);
    }
    let only = call.has("watch-only");
    let remark = get.sort_by.is_some().then_some(match call.has("watch") {
        true => "warning: --watch requested, --sort-by will be ignored for watch events received",
        false => "warning: --watch-only requested, --sort-by will be ignored",
    });
    // Only a table is sorted before it is watched.
    get.sort_by.take_if(|_| only || !get.format.is_plain());
    if get.selection.kinds().len() > 1 {
        return Err(Failure::client("you may only specify a single resource type"));
    }
    if let Some(failure) = get.unprintable {
        return Err(failure);
    }
    let tells = call.has("output-watch-events");
    Action::run(Watch { get, only, tells, remark, seen: None, table: Table::default(), printed: false })
}

#[derive(Clone)]
struct Get {
    selection: Selection,
    format: Format,
    no_headers: bool,
    show_kind: bool,
    show_labels: bool,
    label_columns: Vec<String>,
    sort_by: Option<(Template, String)>,
    ignore_not_found: bool,
    /// Whether kubectl makes the tables itself: it knows no columns but names and ages.
    generic: bool,
    /// Why nothing can be printed in the format that was asked for: that is found out when there is something to print.
    unprintable: Option<Failure>,
}

impl Get {
    fn of(call: &Call<'_>) -> Outcome<Self> {
        let sort_by = match call.nonempty("sort-by") {
            Some(path) => Some((Template::relaxed(path).map_err(Failure::client)?, path.to_owned())),
            None => None,
        };
        let output = call.text("output").unwrap_or("");
        if call.has("show-labels") && !["", "wide"].contains(&output) {
            return Err(Failure::client(format!("--show-labels option cannot be used with {output} printer")));
        }
        let selection = Selection::of(call, &call.arguments, true)?;
        let (format, unprintable) = match Format::of(call, Formats::Get) {
            Ok(format) => (format, None),
            Err(failure) => (Format::Name, Some(failure)),
        };
        match call.nonempty("subresource") {
            None => {}
            Some(_) if matches!(selection.what, What::Listed(_)) => {
                return Err(Failure::client("subresource cannot be used when bulk resources are specified"));
            }
            Some("status") => {}
            Some(_) => return Err(super::patch::no_such_resource().into()),
        }
        Ok(Self {
            selection,
            format,
            no_headers: call.has("no-headers"),
            show_kind: call.has("show-kind"),
            show_labels: call.has("show-labels"),
            label_columns: call.list("label-columns").into_iter().map(str::to_owned).collect(),
            sort_by,
            ignore_not_found: call.has("ignore-not-found"),
            generic: call.given("server-print") && !call.has("server-print"),
            unprintable,
        })
    }

    /// The objects, by type and name or in the order that was asked for, and what went wrong.
    fn objects(&self, reading: Reading<'_>) -> (Vec<Object>, Vec<Failure>) {
        let (mut objects, failures) = self.found(reading);
        match self.sorted(&mut objects) {
            Err(failure) => (Vec::new(), vec![failure]),
            Ok(()) => (objects, failures),
        }
    }

    /// The objects, by type and name, and what went wrong.
    fn found(&self, reading: Reading<'_>) -> (Vec<Object>, Vec<Failure>) {
        let (targets, failures) = self.selection.resolve(reading, true);
        let mut failures: Vec<Failure> = failures.into_iter().map(Failure::listed).collect();
        if self.ignore_not_found {
            failures.retain(|failure| !failure.is_not_found());
        }
        (targets.into_iter().filter_map(|target| target.object).collect(), failures)
    }

    /// Puts objects into the order that was asked for. Of several tables kubectl compares the tables, not their rows, and
    /// those have no such field; what is not shown as tables is sorted all together, if there is a list.
    fn sorted(&self, objects: &mut [Object]) -> Outcome<()> {
        let Some((template, path)) = &self.sort_by else { return Ok(()) };
        let is_alone = !matches!(self.selection.what, What::Listed(_)) && self.selection.is_single();
        match self.format.is_plain() {
            true if self.tables_asked() > 1 => Err(no_such_path(path)),
            true if objects.len() < 2 => Ok(()),
            false if is_alone => Ok(()),
            _ => sort(objects, template, path),
        }
    }

    /// How many tables the server is asked for.
    fn tables_asked(&self) -> usize {
        match &self.selection.what {
            What::Listed(kinds) => kinds.len(),
            What::Named(named) => named.len(),
            What::Files(files) => files.iter().flatten().count(),
        }
    }

    fn header(&self, kind: Kind) -> Vec<String> {
        let mut header = match self.generic {
            true => ["NAME", "AGE"].map(str::to_owned).into(),
            false => headers(kind, self.is_wide()),
        };
        if self.selection.namespace.is_none() && kind.resource().namespaced {
            header.insert(0, "NAMESPACE".into());
        }
        let label = |key: &String| key.rsplit('/').next().unwrap_or(key).to_uppercase();
        header.extend(self.label_columns.iter().map(label));
        if self.show_labels {
            header.push("LABELS".into());
        }
        header
    }

    fn row(&self, object: &Object, now: Timestamp, with_kind: bool) -> Vec<String> {
        let metadata = object.metadata();
        let mut row = match self.generic {
            true => vec![metadata.name.to_string(), age(now, metadata.creation_timestamp)],
            false => cells(object, now, self.is_wide()),
        };
        if (with_kind || self.show_kind)
            && let Some(name) = row.first_mut()
            && (self.generic || object.kind() != Kind::Event)
        {
            *name = object.kind().resource().name_form(&metadata.name);
        }
        if self.selection.namespace.is_none() && object.kind().resource().namespaced {
            row.insert(0, metadata.namespace.to_string());
        }
        let label = |key: &String| metadata.labels.get(key.as_str()).map(ToString::to_string).unwrap_or_default();
        row.extend(self.label_columns.iter().map(label));
        if self.show_labels {
            let labels: Vec<String> = metadata.labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
            row.push(if labels.is_empty() { "<none>".into() } else { labels.join(",") });
        }
        row
    }

    fn is_wide(&self) -> bool {
        self.format == Format::Plain { wide: true }
    }

    /// The objects as tables, one for each type.
    fn tables(&self, objects: &[Object], now: Timestamp) -> String {
        let found = || objects.chunk_by(|a, b| a.kind() == b.kind()).count();
        let with_kind =
            self.selection.kinds().len() > 1 && (matches!(self.selection.what, What::Listed(_)) || found() > 1);
        let tables = objects.chunk_by(|a, b| a.kind() == b.kind()).map(|objects| {
            let mut rows = if self.no_headers { Vec::new() } else { vec![self.header(objects[0].kind())] };
            rows.extend(objects.iter().map(|object| self.row(object, now, with_kind)));
            Table::default().write(&rows)
        });
        tables.collect::<Vec<_>>().join(if self.no_headers { "" } else { "\n" })
    }

    /// What is printed of these objects in any other format.
    fn values(&self, objects: &[Object], reading: Reading<'_>) -> Outcome<String> {
        let single = self.selection.is_single();
        let mut values: Vec<Value> = objects.iter().map(|object| sanitized(object, reading)).collect();
        match values.pop() {
            Some(value) if single && values.is_empty() => self.format.print(&value, false),
            last => {
                values.extend(last);
                self.format.print(&list(values), false)
            }
        }
    }
}

impl Read for Get {
    fn read(&self, reading: Reading<'_>) -> Printed {
        let (mut objects, mut failures) = self.found(reading);
        if let Some(why) = &self.unprintable {
            // A single object that is missing is told of first.
            let is_told = !failures.is_empty() && self.selection.is_single();
            if !(is_told || objects.is_empty() && self.ignore_not_found) {
                failures = vec![why.clone()];
            }
            return Printed { failures, ..Printed::default() };
        }
        match self.sorted(&mut objects) {
            Ok(()) => {}
            // Why a table is not printed kubectl does not say.
            Err(_) if self.format.is_plain() && self.tables_asked() == 1 => objects.clear(),
            Err(failure) => (objects, failures) = (Vec::new(), vec![failure]),
        }
        let mut printed = Printed::default();
        if self.format.is_plain() {
            printed.out = self.tables(&objects, reading.now);
            if objects.is_empty() && failures.is_empty() && !self.ignore_not_found {
                printed.err = nothing_found(&self.selection);
            }
        } else if !objects.is_empty() || (failures.is_empty() && !self.ignore_not_found) {
            match self.values(&objects, reading) {
                Ok(text) => printed.out = text,
                Err(failure) => failures.push(failure),
            }
        }
        printed.failures = failures;
        printed
    }

    fn copy(&self) -> Box<dyn Read> {
        Box::new(self.clone())
    }
}

/// `No resources found in default namespace.`
pub fn nothing_found(selection: &Selection) -> String {
    let namespaced = selection.kinds().iter().all(|kind| kind.resource().namespaced);
    match &selection.namespace {
        Some(namespace) if namespaced => format!("No resources found in {namespace} namespace.\n"),
        _ => "No resources found\n".into(),
    }
}

/// Sorts by the value at a path: numbers by size, text by the alphabet, what has none first, and the last of those before
/// the others.
fn sort(objects: &mut [Object], template: &Template, path: &str) -> Outcome<()> {
    let mut keyed: Vec<(Option<Value>, Object)> = Vec::with_capacity(objects.len());
    for object in objects.iter() {
        let value = object.to_value();
        let key = template.find(&value).map_err(Failure::client)?.first().map(|value| (*value).clone());
        keyed.push((key, object.clone()));
    }
    if !keyed.is_empty() && keyed.iter().all(|(key, _)| key.is_none()) {
        return Err(no_such_path(path));
    }
    // Whoever has no value comes before everybody, says kubectl, whomever it asks about; Go's sort lets each pass in turn.
    let (missing, mut found): (Vec<_>, Vec<_>) = keyed.into_iter().partition(|(key, _)| key.is_none());
    found.order_by(|(a, _), (b, _)| a.as_ref().zip(b.as_ref()).map_or(Ordering::Equal, |(a, b)| order(a, b)));
    let sorted = missing.into_iter().rev().chain(found);
    sorted.zip(objects).for_each(|((_, object), place)| *place = object);
    Ok(())
}

fn no_such_path(path: &str) -> Failure {
    let shown = format!("{{.{}}}", path.trim_start_matches(['{', '.']).trim_end_matches('}'));
    Failure::client(format!("couldn't find any field with path \"{shown}\" in the list of objects"))
}

/// How `--sort-by` orders two values: what is null first, then numbers, quantities by their amount, texts byte by byte.
/// In Kubernetes: `kubectl/pkg/cmd/get/sorter.go`.
fn order(a: &Value, b: &Value) -> Ordering {
    if a.is_null() || b.is_null() {
        return b.is_null().cmp(&a.is_null());
    }
    if let (Some(a), Some(b)) = (a.as_f64(), b.as_f64()) {
        return a.partial_cmp(&b).unwrap_or(Ordering::Equal);
    }
    let (a, b) = (super::jsonpath::word(a), super::jsonpath::word(b));
    match (Quantity::parse(&a), Quantity::parse(&b)) {
        (Ok(a), Ok(b)) => a.cmp(&b),
        _ => a.cmp(&b),
    }
}

/// `kubectl get -w`: what there is, then a row for every change (spec 05 §3.6).
#[derive(Clone)]
struct Watch {
    get: Get,
    only: bool,
    /// Whether each row says what happened.
    tells: bool,
    /// What is said first: that a watch does not keep the order that was asked for.
    remark: Option<&'static str>,
    /// The last revision that was looked at.
    seen: Option<u64>,
    table: Table,
    printed: bool,
}

impl Watch {
    /// Prints rows, the first time under their headers.
    fn print(&mut self, changes: &[(&'static str, Object)], session: &mut Session<'_>) -> Outcome<()> {
        let now = session.now();
        let Some((_, first)) = changes.first() else { return Ok(()) };
        if !self.get.format.is_plain() {
            for (change, object) in changes {
                let mut value = sanitized(object, session.reading());
                if self.tells && self.get.format == Format::Json {
                    // Nothing is indented here.
                    let object = print::json_compact(&value);
                    session.line(format!("{{\"type\":\"{change}\",\"object\":{object}}}"));
                    continue;
                }
                if self.tells {
                    value = serde_json::json!({"type": change, "object": value});
                }
                let separate = self.printed && self.get.format == Format::Yaml;
                let text = match &self.get.format {
                    Format::Columns(columns, no_headers) => {
                        let (rows, failure) = custom_rows(columns, *no_headers || self.printed, &value);
                        let printed = self.table.write(&rows);
                        if let Some(why) = failure {
                            return Err(Failure::Printing { printed, why });
                        }
                        printed
                    }
                    format => format.print(&value, false)?,
                };
                session.print(Stream::Out, if separate { format!("---\n{text}") } else { text });
                self.printed = true;
            }
            return Ok(());
        }
        let told = |what: &str, mut row: Vec<String>| {
            if self.tells {
                row.insert(0, format!("{what:8}"));
            }
            row
        };
        let mut rows = Vec::new();
        if !self.printed && !self.get.no_headers {
            rows.push(told("EVENT", self.get.header(first.kind())));
        }
        rows.extend(changes.iter().map(|(change, object)| told(change, self.get.row(object, now, false))));
        self.printed = true;
        let text = self.table.write(&rows);
        session.print(Stream::Out, text);
        Ok(())
    }
}

impl Task for Watch {
    fn poll(&mut self, session: &mut Session<'_>) -> Step {
        let mut changes: Vec<(&'static str, Object)> = Vec::new();
        match self.seen {
            None => {
                if let Some(remark) = self.remark {
                    session.complain(remark);
                }
                let (objects, mut failures) = self.get.objects(session.reading());
                if !failures.is_empty() {
                    // What cannot be sorted cannot be printed.
                    for failure in &mut failures {
                        if let Failure::Client(why) = failure
                            && self.get.sort_by.is_some()
                        {
                            why.insert_str(0, "unable to output the provided object: ");
                        }
                    }
                    return Step::Done(failures);
                }
                if !self.only {
                    changes.extend(objects.into_iter().map(|object| ("ADDED", object)));
                }
            }
            Some(seen) => {
                for change in session.api.storage().changes_since(seen) {
                    match self.told(change) {
                        Ok(told) => changes.extend(told),
                        Err(failure) => return Step::Done(vec![failure]),
                    }
                }
            }
        }
        self.seen = Some(session.api.storage().revision());
        match self.print(&changes, session) {
            Ok(()) if matches!(&self.get.selection.what, What::Named(named) if named.len() > 1) => {
                let why = "you may only watch a single resource or type of resource at a time";
                Step::Done(vec![Failure::client(why)])
            }
            Ok(()) => Step::Wait(None),
            Err(failure) => Step::Done(vec![failure]),
        }
    }

    fn copy(&self) -> Box<dyn Task> {
        Box::new(self.clone())
    }

    fn writes(&self) -> bool {
        false
    }
}

impl Watch {
    /// What a change is to this watch. What a selector does not choose any more is gone to it, as it was last; what one
    /// chooses from now on is new.
    fn told(&self, change: Change) -> Outcome<Option<(&'static str, Object)>> {
        let was = change.previous.as_ref().map_or(Ok(false), |previous| self.means(previous))?;
        let is = self.means(&change.object)?;
        Ok(match (was, is, change.change) {
            (true, _, ChangeType::Deleted) => Some(("DELETED", change.object)),
            (false, _, ChangeType::Deleted) => None,
            (true, false, _) => change.previous.map(|previous| ("DELETED", previous)),
            (true, true, _) => Some(("MODIFIED", change.object)),
            (false, true, _) => Some(("ADDED", change.object)),
            (false, false, _) => None,
        })
    }

    fn means(&self, object: &Object) -> Outcome<bool> {
        let selection = &self.get.selection;
        let key = object.key();
        match &selection.what {
            What::Named(named) => Ok(named.iter().any(|(kind, name)| selection.key(*kind, name) == key)),
            What::Files(files) => Ok(files.iter().flatten().any(|manifest| manifest.key == key)),
            What::Listed(kinds) => Ok(kinds.contains(&key.kind) && selection.chosen(key.kind)?(object)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{Job, ObjectMeta};
    use serde_json::json;
    use std::rc::Rc;

    #[test]
    fn what_lacks_the_value_comes_first_and_the_last_of_it_before_the_others() {
        let job = |name: &'static str, generation: i64| {
            let metadata = ObjectMeta { name: name.into(), generation, ..ObjectMeta::default() };
            Object::from(Job { metadata: Rc::new(metadata), ..Job::default() })
        };
        let mut jobs = [job("a", 0), job("b", 2), job("c", 0), job("d", 1), job("e", 0), job("f", 2)];
        let path = ".metadata.generation";
        sort(&mut jobs, &Template::relaxed(path).expect("a path"), path).expect("some have it");
        let names: String = jobs.iter().map(|job| job.metadata().name.to_string()).collect();
        assert_eq!(names, "ecadbf");
    }

    #[test]
    fn values_are_sorted_as_kubectl_sorts_them() {
        let check = |sorted: &[Value]| {
            for (i, a) in sorted.iter().enumerate() {
                for (j, b) in sorted.iter().enumerate() {
                    assert_eq!(order(a, b), i.cmp(&j), "{a} {b}");
                }
            }
        };
        check(&[json!(null), json!("2026-01-01T00:00:09Z"), json!("2026-01-01T00:00:10Z")]);
        check(&[json!("job"), json!("job-"), json!("job-10-a"), json!("job-2-x"), json!("job-a"), json!("jöb")]);
        check(&[json!(2), json!(10)]);
        check(&[json!("900m"), json!("1"), json!("2Ki"), json!("1Mi")]);
    }
}
