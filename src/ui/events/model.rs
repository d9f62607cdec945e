//! The rows of the events panel, and what they are filtered by.

use crate::api::{Event, Kind, ObjectKey, RESOURCES};
use crate::apiserver::{Storage, View};
use crate::sim::Timestamp;

/// The newest so many events are listed.
pub const MOST_ROWS: usize = 200;

/// An Event, as a row.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    pub key: ObjectKey,
    /// When it was last said: the instant of the write.
    pub at: Timestamp,
    /// When it was first said, where it was said more often than once.
    pub first: Option<Timestamp>,
    pub is_warning: bool,
    pub reason: String,
    pub from: String,
    pub message: String,
    pub count: i32,
    /// What it is about.
    pub about: ObjectKey,
    /// Whether that object is a pod or a Job that can be selected.
    pub is_there: bool,
}

impl Row {
    /// `pod/demo-x7k2p`
    pub fn object(&self) -> String {
        format!("{}/{}", self.about.kind.resource().name.to_lowercase(), self.about.name)
    }
}

/// What is shown.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    pub only_warnings: bool,
    /// Only events about objects of this kind.
    pub kind: Option<Kind>,
    /// Only events about this object.
    pub object: Option<ObjectKey>,
}

/// The newest events that stand at this revision, newest first. `writes` are the revisions up to it at which an Event was
/// written.
pub fn rows(storage: &Storage, view: View<'_>, writes: &[u64], filter: &Filter) -> Vec<Row> {
    // What has no stamp of its own (the scheduler's) is placed where it was written.
    let written = writes.iter().rev().filter_map(|&revision| storage.change(revision).into_owned().object.into_event());
    let fitting = written.filter(|event| filter.may_allow(event)).filter(|event| {
        // An Event that was written again stands where it was written last.
        let key = ObjectKey::new(Kind::Event, event.metadata.namespace.clone(), event.metadata.name.clone());
        view.get(&key).is_some_and(|standing| standing.resource_version() == event.resource_version)
    });
    let rows = fitting.filter_map(|event| row(storage, view, &event));
    rows.filter(|row| filter.allows(row)).take(MOST_ROWS).collect()
}

impl Filter {
    /// Whether an Event is worth a closer look.
    fn may_allow(&self, event: &Event) -> bool {
        let name = self.object.as_ref().map(|object| &object.name);
        (!self.only_warnings || event.said.kind == "Warning")
            && name.is_none_or(|name| *name == event.involved_object.name)
    }

    fn allows(&self, row: &Row) -> bool {
        (!self.only_warnings || row.is_warning)
            && self.kind.is_none_or(|kind| kind == row.about.kind)
            && self.object.as_ref().is_none_or(|object| *object == row.about)
    }
}

fn row(storage: &Storage, view: View<'_>, event: &Event) -> Option<Row> {
    let object = &event.involved_object;
    let kind = RESOURCES.iter().find(|resource| object.kind == resource.name)?.kind;
    let namespace = if kind.resource().namespaced { object.namespace.clone() } else { "".into() };
    let about = ObjectKey { kind, namespace, name: object.name.clone() };
    let written = |revision: u64| (1..=storage.revision()).contains(&revision).then(|| storage.written_at(revision));
    let field = Some(event.involved_object.field_path.as_str()).filter(|path| !path.is_empty());
    Some(Row {
        key: ObjectKey::new(Kind::Event, event.metadata.namespace.clone(), event.metadata.name.clone()),
        at: written(event.resource_version)?,
        first: event.first_said().filter(|_| event.occurrences() > 1),
        is_warning: event.said.kind == "Warning",
        reason: event.said.reason.to_string(),
        from: event.said.component().to_string(),
        message: field.map_or(String::new(), |field| format!("{field}: ")) + &event.said.message,
        count: event.occurrences(),
        is_there: view.get(&about).is_some(),
        about,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{ObjectMeta, ObjectReference, Said};
    use crate::apiserver::{ApiServer, Naming, Request};
    use std::rc::Rc;

    fn say(api: &mut ApiServer, name: &'static str, about: (&'static str, &'static str), kind: &'static str) {
        let metadata = ObjectMeta { name: name.into(), namespace: "default".into(), ..ObjectMeta::default() };
        let involved_object = ObjectReference {
            kind: about.0.into(),
            name: about.1.into(),
            namespace: "default".into(),
            ..ObjectReference::default()
        };
        let said = Rc::new(Said { kind: kind.into(), ..Said::default() });
        let (metadata, involved_object) = (Rc::new(metadata), Rc::new(involved_object));
        let event = Event { metadata, involved_object, said, ..Event::default() };
        api.handle(Request::Create(event.into())).expect("an event");
    }

    #[test]
    fn rows_are_filtered_by_type_and_object() {
        let mut api = ApiServer::new(Timestamp::from_secs(10), Naming::numbered());
        say(&mut api, "z", ("Job", "demo"), "Normal");
        say(&mut api, "b", ("Pod", "demo-x"), "Warning");
        say(&mut api, "a", ("Node", "node-1"), "Normal");
        say(&mut api, "c", ("Widget", "unknown"), "Normal");
        let told = |filter: Filter| {
            let writes: Vec<u64> = (1..=api.storage().revision()).collect();
            let rows = rows(api.storage(), api.live(), &writes, &filter);
            rows.iter().rev().map(Row::object).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(told(Filter::default()), "job/demo pod/demo-x node/node-1");
        assert_eq!(told(Filter { only_warnings: true, ..Filter::default() }), "pod/demo-x");
        assert_eq!(told(Filter { kind: Some(Kind::Job), ..Filter::default() }), "job/demo");
        let object = Some(ObjectKey::new(Kind::Node, "", "node-1"));
        assert_eq!(told(Filter { object, ..Filter::default() }), "node/node-1");
    }
}
