//! Sending new objects, whatever they were made of.

use super::call::DryRun;
use super::failure::Outcome;
use super::manifest;
use super::printers::sanitized;
use super::session::Session;
use crate::api::{ApiError, Kind, Object, ObjectKey};
use crate::apiserver::{Request, Validate};
use serde_json::Value;
use std::task::Poll;

/// Sends a new object, and tells what the API server warns of.
pub fn create(
    kind: Kind,
    value: &Value,
    validate: Validate,
    dry_run: DryRun,
    session: &mut Session<'_>,
) -> Poll<Result<Object, ApiError>> {
    if session.next_write().is_some_and(|at| at > session.now()) {
        return Poll::Pending;
    }
    let key = ObjectKey::new(kind, text(&value["metadata"]["namespace"]), text(&value["metadata"]["name"]));
    match manifest::decode(kind, value, validate) {
        Err(error) => session.refuse("create", key, error),
        Ok((mut object, unknown)) => {
            session.warn(unknown);
            // What was copied from another object is new all the same.
            object.set_resource_version(0);
            session.write(Request::Create(object), dry_run == DryRun::Server)
        }
    }
}

/// An object's name as it is printed, and the object.
pub type Made = (String, Value);

/// Makes an object of which a command knows nothing but flags, or only says what it would be: with its namespace, where the
/// line names one.
pub fn make(
    kind: Kind,
    value: &Value,
    dry_run: DryRun,
    names_namespace: bool,
    session: &mut Session<'_>,
) -> Poll<Outcome<Made>> {
    if dry_run == DryRun::Client {
        let mut shown = value.clone();
        if let Some(metadata) = shown["metadata"].as_object_mut().filter(|_| !names_namespace) {
            metadata.remove("namespace");
        }
        let name = kind.resource().name_form(value["metadata"]["name"].as_str().unwrap_or(""));
        return Poll::Ready(Ok((name, shown)));
    }
    create(kind, value, Validate::Ignore, dry_run, session).map(|made| {
        let object = made?;
        Ok((kind.resource().name_form(&object.metadata().name), sanitized(&object, session.reading())))
    })
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or("").to_owned()
}
