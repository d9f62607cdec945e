//! `kubectl rollout`: what Jobs do not have (spec 05 §12).

use super::call::{Action, Call};
use super::failure::{Failure, Outcome};
use super::get::nothing_found;
use super::selection::Selection;
use super::session::{Printed, Read, Reading};
use crate::api::{Kind, Object};

/// `kubectl rollout status`
pub fn status(call: &Call<'_>) -> Outcome<Action> {
    check_revision(call)?;
    let why = |object: &Object| format!("no status viewer has been implemented for {}", kind(object));
    Action::read(Rollout { why, says_nothing_found: true, one_by_one: false, selection: named(call)? })
}

/// `kubectl rollout history`
pub fn history(call: &Call<'_>) -> Outcome<Action> {
    check_revision(call)?;
    let why = |object: &Object| match is_visited(object) {
        true => format!("no history viewer has been implemented for \"{}\"", kind(object)),
        false => unvisited("history", object),
    };
    Action::read(Rollout { why, says_nothing_found: false, one_by_one: false, selection: named(call)? })
}

/// `kubectl rollout undo`
pub fn undo(call: &Call<'_>) -> Outcome<Action> {
    let why = |object: &Object| match is_visited(object) {
        true => format!("no rollbacker has been implemented for \"{}\"", kind(object)),
        false => unvisited("rollbacker", object),
    };
    Action::read(Rollout { why, says_nothing_found: false, one_by_one: false, selection: named(call)? })
}

/// `kubectl rollout restart`
pub fn restart(call: &Call<'_>) -> Outcome<Action> {
    unsupported(call, |object| format!("{} restarting is not supported", name(object)))
}

/// `kubectl rollout pause`
pub fn pause(call: &Call<'_>) -> Outcome<Action> {
    unsupported(call, |object| format!("{} pausing is not supported", name(object)))
}

/// `kubectl rollout resume`
pub fn resume(call: &Call<'_>) -> Outcome<Action> {
    unsupported(call, |object| format!("{} resuming is not supported", name(object)))
}

fn unsupported(call: &Call<'_>, why: fn(&Object) -> String) -> Outcome<Action> {
    Action::read(Rollout { why, says_nothing_found: true, one_by_one: true, selection: named(call)? })
}

/// Whose rollout is meant; without a name, all of a type.
fn named(call: &Call<'_>) -> Outcome<Selection> {
    match call.arguments.is_empty() && !call.given("filename") {
        true => Err(Failure::client("required resource not specified")),
        false => Selection::of(call, &call.arguments, true),
    }
}

fn check_revision(call: &Call<'_>) -> Outcome<()> {
    match call.number("revision").filter(|revision| *revision < 0) {
        Some(revision) => Err(Failure::client(format!("revision must be a positive integer: {revision}"))),
        None => Ok(()),
    }
}

fn kind(object: &Object) -> String {
    object.kind().resource().qualified_kind()
}

fn name(object: &Object) -> String {
    format!("{} \"{}\"", object.kind().resource().qualified(), object.metadata().name)
}

/// Whether kubectl knows the kind as one that runs pods.
fn is_visited(object: &Object) -> bool {
    matches!(object.kind(), Kind::Pod | Kind::Job | Kind::CronJob | Kind::StatefulSet)
}

fn unvisited(what: &str, object: &Object) -> String {
    let resource = object.kind().resource();
    let visited = format!("no visitor method exists for {{{} {}}}", resource.group, resource.name);
    format!("error retrieving {what} for \"{}\", {visited}", kind(object))
}

/// It only ever complains, once it has found the objects.
#[derive(Clone)]
struct Rollout {
    selection: Selection,
    why: fn(&Object) -> String,
    /// Whether it says so where there are no objects.
    says_nothing_found: bool,
    /// Whether each complaint is an error of its own.
    one_by_one: bool,
}

impl Read for Rollout {
    fn read(&self, reading: Reading<'_>) -> Printed {
        let (targets, mut failures) = self.selection.resolve(reading, true);
        let mut printed = Printed::default();
        if targets.is_empty() && failures.is_empty() && self.says_nothing_found {
            printed.err = nothing_found(&self.selection);
        }
        let objects = targets.iter().filter_map(|target| target.object.as_ref());
        failures.extend(objects.map(|object| match (self.why)(object) {
            why if self.one_by_one => Failure::Plain(format!("error: {why}")),
            why => Failure::client(why),
        }));
        Printed { failures, ..printed }
    }

    fn copy(&self) -> Box<dyn Read> {
        Box::new(self.clone())
    }
}
