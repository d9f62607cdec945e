//! `kubectl events`: what happened, in the order of time (spec 05 §5).

use super::call::{Action, Call};
use super::describe::interval;
use super::each::Printer;
use super::failure::{Failure, Outcome, printed};
use super::printers::{Format, Formats, Table, sanitized};
use super::selection;
use super::session::{Printed, Read, Reading, Session, Step, Stream, Task};
use crate::api::{Event, Kind, Object};
use crate::apiserver::ChangeType;
use crate::sim::{Order, Timestamp};
use serde_json::{Value, json};

/// `kubectl events`
pub fn start(call: &Call<'_>) -> Outcome<Action> {
    let about = match call.text("for") {
        None => None,
        Some(text) => {
            let why = "--for must be in resource/name form";
            let (word, name) = text.split_once('/').ok_or_else(|| Failure::client(why))?;
            if name.contains('/') {
                return Err(Failure::client("arguments in resource/name form may not have more than one slash"));
            }
            if word.is_empty() || word.contains(',') {
                return Err(Failure::client("arguments in resource/name form must have a single resource and name"));
            }
            let kind = selection::kind(word).map_err(|failure| Failure::Plain(failure.message()))?;
            // Without a name it is about nothing in particular.
            (!name.is_empty()).then(|| (kind, name.to_owned()))
        }
    };
    let types: Vec<String> = call.list("types").into_iter().map(str::to_owned).collect();
    if types.iter().any(|kind| !["normal", "warning"].contains(&kind.to_lowercase().as_str())) {
        return Err(Failure::client("valid --types are Normal or Warning"));
    }
    let events = Events {
        namespace: call.namespace(),
        about,
        types,
        no_headers: call.has("no-headers"),
        format: Format::of(call, Formats::Objects)?,
    };
    if call.has("watch") {
        let mut printer = Printer::new(events.format.clone());
        printer.typed = true;
        return Action::run(Watch { events, seen: None, table: Table::default(), printed: false, printer });
    }
    Action::read(events)
}

#[derive(Clone)]
struct Events {
    namespace: Option<String>,
    about: Option<(Kind, String)>,
    types: Vec<String>,
    no_headers: bool,
    format: Format,
}

impl Events {
    fn means(&self, event: &Event) -> bool {
        let involved = &event.involved_object;
        self.namespace.as_ref().is_none_or(|namespace| event.metadata.namespace == namespace.as_str())
            && (self.types.is_empty() || self.types.iter().any(|kind| kind.eq_ignore_ascii_case(&event.said.kind)))
            && self
                .about
                .as_ref()
                .is_none_or(|(kind, name)| involved.kind == kind.resource().name && involved.name == name.as_str())
    }

    fn header(&self) -> Vec<String> {
        let mut header: Vec<String> = ["LAST SEEN", "TYPE", "REASON", "OBJECT", "MESSAGE"].map(str::to_owned).into();
        if self.namespace.is_none() {
            header.insert(0, "NAMESPACE".into());
        }
        header
    }

    fn row(&self, event: &Event, now: Timestamp) -> Vec<String> {
        let involved = &event.involved_object;
        let mut row = vec![
            interval(event, now),
            event.said.kind.to_string(),
            event.said.reason.to_string(),
            format!("{}/{}", involved.kind, involved.name),
            event.said.message.trim().to_owned(),
        ];
        if self.namespace.is_none() {
            row.insert(0, event.metadata.namespace.to_string());
        }
        row
    }
}

impl Read for Events {
    fn read(&self, reading: Reading<'_>) -> Printed {
        let all =
            reading.view.list(Kind::Event).filter(|object| object.as_event().is_some_and(|event| self.means(event)));
        let mut objects: Vec<Object> = all.collect();
        objects.order_by_key(|object| object.as_event().and_then(|event| event.last_said()));
        if objects.is_empty() {
            let place = self.namespace.as_ref().map(|namespace| format!(" in {namespace} namespace"));
            return Printed { err: format!("No events found{}.\n", place.unwrap_or_default()), ..Printed::default() };
        }
        if self.format == Format::Name {
            // That lists have no names is said to nobody.
            return Printed::default();
        }
        if !self.format.is_plain() {
            let items: Vec<Value> = objects.iter().map(|object| sanitized(object, reading)).collect();
            let list = json!({"apiVersion": "v1", "items": items, "kind": "EventList", "metadata": {}});
            // What goes wrong meanwhile is said to nobody, either.
            let out = self.format.print(&list, true).unwrap_or_else(|failure| printed(&[failure]));
            return Printed { out, ..Printed::default() };
        }
        let mut rows = if self.no_headers { Vec::new() } else { vec![self.header()] };
        rows.extend(objects.iter().filter_map(Object::as_event).map(|event| self.row(event, reading.now)));
        Printed { out: Table::default().write(&rows), ..Printed::default() }
    }

    fn copy(&self) -> Box<dyn Read> {
        Box::new(self.clone())
    }
}

/// `kubectl events --watch`
#[derive(Clone)]
struct Watch {
    events: Events,
    seen: Option<u64>,
    table: Table,
    printed: bool,
    /// What prints events in any other format.
    printer: Printer,
}

impl Task for Watch {
    fn poll(&mut self, session: &mut Session<'_>) -> Step {
        let now = session.now();
        let means = |object: &Object| object.as_event().is_some_and(|event| self.events.means(event));
        let events: Vec<Object> = match self.seen {
            // What is there already comes by name: only a list is sorted by time.
            None => session.api.live().list(Kind::Event).filter(means).collect(),
            Some(seen) => {
                let changes = session.api.storage().changes_since(seen);
                let told = changes.filter(|change| change.change != ChangeType::Deleted);
                told.map(|change| change.object).filter(means).collect()
            }
        };
        self.seen = Some(session.api.storage().revision());
        if !self.events.format.is_plain() {
            return match events.iter().try_for_each(|event| self.printer.object(event, "", session)) {
                Ok(()) => Step::Wait(None),
                Err(failure) => Step::Done(vec![failure]),
            };
        }
        let mut rows: Vec<Vec<String>> =
            events.iter().filter_map(Object::as_event).map(|event| self.events.row(event, now)).collect();
        if !rows.is_empty() {
            if !std::mem::replace(&mut self.printed, true) && !self.events.no_headers {
                rows.insert(0, self.events.header());
            }
            let text = self.table.write(&rows);
            session.print(Stream::Out, text);
        }
        Step::Wait(None)
    }

    fn copy(&self) -> Box<dyn Task> {
        Box::new(self.clone())
    }

    fn writes(&self) -> bool {
        false
    }
}
