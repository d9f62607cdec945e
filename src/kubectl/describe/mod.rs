//! `kubectl describe`: objects at length (spec 05 §4). In Kubernetes: `kubectl/pkg/describe/describe.go`.

mod cron_job;
mod events;
mod job;
mod node;
mod other;
mod pod;
mod template;

pub use events::interval;

use super::call::{Action, Call};
use super::failure::{Failure, Outcome};
use super::printers::align;
use super::selection::{Selection, What};
use super::session::{Printed, Read, Reading};
use crate::api::{Kind, Object, ObjectMeta, StringMap, Strings, Time, Toleration};
use crate::sim::Order;
use std::fmt::Write;

/// `kubectl describe`
pub fn start(call: &Call<'_>) -> Outcome<Action> {
    if call.arguments.is_empty() && !call.given("filename") {
        let why = "You must specify the type of resource to describe. Use \"kubectl api-resources\" for a complete list \
                   of supported resources.";
        return Err(Failure::client(why));
    }
    let selection = Selection::of(call, &call.arguments, true)?;
    let by_prefix = call.arguments.len() == 2;
    let in_pairs = call.arguments.first().is_some_and(|argument| argument.contains('/'));
    let events = call.text("show-events").map(|text| text == "true");
    Action::read(Describe { selection, by_prefix, in_pairs, events })
}

#[derive(Clone)]
struct Describe {
    selection: Selection,
    /// Whether the beginning of a name will do.
    by_prefix: bool,
    /// Whether the first argument is `type/name`: what begins so is looked for, and never found.
    in_pairs: bool,
    /// Whether to show events; by default, where there is one object, and its whole name was given.
    events: Option<bool>,
}

impl Read for Describe {
    fn read(&self, reading: Reading<'_>) -> Printed {
        let (targets, failures) = self.selection.resolve(reading, true);
        let failures: Vec<Failure> = failures.into_iter().map(Failure::listed).collect();
        let objects: Vec<Object> = targets.into_iter().filter_map(|target| target.object).collect();
        if self.by_prefix && failures.len() == 1 && failures[0].is_not_found() {
            if self.in_pairs {
                return Printed { failures, ..Printed::default() };
            }
            if self.selection.kinds().len() > 1 {
                let failures = vec![Failure::client("you may only specify a single resource type")];
                return Printed { failures, ..Printed::default() };
            }
            let meant = self.matching(reading);
            if !meant.is_empty() {
                let events = self.events.unwrap_or(false);
                let out = meant.iter().map(|object| describe(object, reading, events) + "\n").collect();
                return Printed { out, ..Printed::default() };
            }
        }
        let events = self.events.unwrap_or(objects.len() == 1 && failures.is_empty());
        let texts: Vec<String> = objects.iter().map(|object| describe(object, reading, events)).collect();
        let mut err = String::new();
        if objects.is_empty() && failures.is_empty() {
            let place = self.selection.namespace.as_ref().map(|namespace| format!(" in {namespace} namespace."));
            err = format!("No resources found{}\n", place.unwrap_or_default());
        }
        Printed { out: texts.join("\n\n"), err, failures }
    }

    fn copy(&self) -> Box<dyn Read> {
        Box::new(self.clone())
    }
}

impl Describe {
    /// The objects whose names begin with the one that was given.
    fn matching(&self, reading: Reading<'_>) -> Vec<Object> {
        let What::Named(named) = &self.selection.what else { return Vec::new() };
        let Some((kind, prefix)) = named.first() else { return Vec::new() };
        let mut objects = self.selection.list(*kind, reading).unwrap_or_default();
        objects.retain(|object| object.metadata().name.starts_with(prefix.as_str()));
        objects
    }
}

/// All that there is to say about an object.
fn describe(object: &Object, reading: Reading<'_>, with_events: bool) -> String {
    let mut sheet = Sheet::default();
    match object {
        Object::Job(job) => job::describe(job, &mut sheet),
        Object::CronJob(cron_job) => cron_job::describe(cron_job, &mut sheet),
        Object::Pod(pod) => pod::describe(pod, &mut sheet, reading.now),
        Object::Node(node) => node::describe(node, &mut sheet, reading),
        Object::Event(_) | Object::Other(_) => other::describe(object, &mut sheet, reading),
    }
    let quiet = [Kind::Secret, Kind::Namespace, Kind::ResourceQuota];
    if with_events && !quiet.contains(&object.kind()) {
        events::write(object, &mut sheet, reading);
    }
    sheet.aligned()
}

/// A description being written: lines whose cells end with tabs, aligned at the end.
#[derive(Default)]
pub struct Sheet {
    text: String,
}

impl Sheet {
    /// Adds `key:<tab>value`.
    fn field(&mut self, key: &str, value: impl std::fmt::Display) {
        // Writing to a string does not fail.
        let _ = writeln!(self.text, "{key}:\t{value}");
    }

    /// Adds the field, if there is a value.
    fn maybe(&mut self, key: &str, value: Option<impl std::fmt::Display>) {
        if let Some(value) = value {
            self.field(key, value);
        }
    }

    /// Adds a line.
    fn line(&mut self, line: impl AsRef<str>) {
        self.text.push_str(line.as_ref());
        self.text.push('\n');
    }

    /// Adds the field, one value per line.
    fn lines(&mut self, key: &str, values: impl IntoIterator<Item = String>) {
        let mut first = true;
        for value in values {
            if std::mem::take(&mut first) {
                self.field(key, value);
            } else {
                self.line(format!("\t{value}"));
            }
        }
        if first {
            self.field(key, "<none>");
        }
    }

    /// `k=v`, one per line.
    fn labels(&mut self, key: &str, labels: &Strings) {
        self.lines(key, labels.iter().map(|(key, value)| format!("{key}={value}")));
    }

    /// `k: v`, one per line; long values on lines of their own. What `apply` has noted is not shown.
    fn annotations(&mut self, key: &str, annotations: &StringMap) {
        const LONGEST: usize = 140;
        let shown = annotations.iter().filter(|(key, _)| *key != super::last_applied::LAST_APPLIED);
        let pairs = shown.map(|(key, value)| {
            let value = value.strip_suffix('\n').unwrap_or(value);
            if value.len() + key.len() + 2 <= LONGEST && !value.contains('\n') {
                return format!("{key}: {value}");
            }
            value.split('\n').fold(format!("{key}:"), |text, line| match line.char_indices().nth(LONGEST - 2) {
                Some((at, _)) => format!("{text}\n\t  {}...", &line[..at]),
                None => format!("{text}\n\t  {line}"),
            })
        });
        self.lines(key, pairs);
    }

    /// One toleration per line, by key.
    fn tolerations(&mut self, key: &str, tolerations: &[Toleration]) {
        let mut sorted: Vec<&Toleration> = tolerations.iter().collect();
        sorted.order_by_key(|toleration| &toleration.key);
        self.lines(key, sorted.into_iter().map(toleration));
    }

    /// What most objects begin with.
    fn head(&mut self, metadata: &ObjectMeta) {
        self.field("Name", &metadata.name);
        self.field("Namespace", &metadata.namespace);
    }

    fn aligned(&self) -> String {
        align(&self.text)
    }
}

fn toleration(toleration: &Toleration) -> String {
    let mut text = toleration.key.to_string();
    if !toleration.value.is_empty() {
        text += &format!("={}", toleration.value);
    }
    if !toleration.effect.is_empty() {
        text += &format!(":{}", toleration.effect);
    }
    if toleration.operator == "Exists" && toleration.value.is_empty() {
        text += if text.is_empty() { "op=Exists" } else { " op=Exists" };
    }
    if let Some(seconds) = toleration.toleration_seconds {
        text += &format!(" for {seconds}s");
    }
    text
}

fn stamp(time: Option<Time>) -> String {
    time.map_or_else(|| "<unset>".into(), Time::rfc1123z)
}

/// A time that Go prints whether it is known or not: what is unknown was at the beginning of its calendar.
fn instant(time: Option<Time>) -> String {
    time.map_or_else(|| "Mon, 01 Jan 0001 00:00:00 +0000".into(), Time::rfc1123z)
}

fn or_unset(value: Option<impl ToString>) -> String {
    value.map_or_else(|| "<unset>".into(), |value| value.to_string())
}

fn or_none(value: impl ToString) -> String {
    match value.to_string() {
        text if text.is_empty() => "<none>".into(),
        text => text,
    }
}
