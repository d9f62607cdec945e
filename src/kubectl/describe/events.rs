//! The events at the end of a description (spec 05 §4.5).

use super::Sheet;
use crate::api::{Event, Kind, Object};
use crate::kubectl::printers::event_ages;
use crate::kubectl::session::Reading;
use crate::sim::{Order, Timestamp};
use std::rc::Rc;

/// How long ago: `5s`, or `2s (x3 over 10s)`.
pub fn interval(event: &Event, now: Timestamp) -> String {
    let (first, last) = event_ages(event, now);
    match event.occurrences() {
        1 if event.series.is_none() => first,
        count => format!("{last} (x{count} over {first})"),
    }
}

/// Writes what was said about an object.
pub fn write(object: &Object, sheet: &mut Sheet, reading: Reading<'_>) {
    let metadata = object.metadata();
    let about = |event: &Rc<Event>| {
        let involved = &event.involved_object;
        let same = involved.uid == metadata.uid || object.kind() == Kind::Node;
        same && involved.kind == object.kind().resource().name
            && involved.name == metadata.name
            && involved.namespace == metadata.namespace
    };
    let all = reading.view.list(Kind::Event).filter_map(Object::into_event);
    let mut events: Vec<Rc<Event>> = all.filter(about).collect();
    if events.is_empty() {
        return sheet.field("Events", "<none>");
    }
    events.order_by_key(|event| event.last_timestamp);
    sheet.line("Events:");
    sheet.line("  Type\tReason\tAge\tFrom\tMessage");
    sheet.line("  ----\t------\t----\t----\t-------");
    for event in events {
        let said = &event.said;
        let place = match event.involved_object.field_path.as_str() {
            "" => String::new(),
            path => format!("{path}: "),
        };
        let (age, message) = (interval(&event, reading.now), said.message.trim());
        let (kind, reason, from) = (&said.kind, &said.reason, said.component());
        sheet.line(format!("  {kind}\t{reason}\t{age}\t{from}\t{place}{message}"));
    }
}
