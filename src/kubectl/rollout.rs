//! `kubectl rollout`: what Jobs do not have (spec 05 §12).

use super::call::{Action, Call};
use super::failure::{Failure, Outcome};
use super::scale::refuse;
use crate::api::Object;

fn kind(object: &Object) -> String {
    object.kind().resource().qualified_kind()
}

/// Fails where nothing is named.
fn named(call: &Call<'_>) -> Outcome<()> {
    match call.arguments.is_empty() && !call.given("filename") {
        true => Err(Failure::client("required resource not specified")),
        false => Ok(()),
    }
}

fn name(object: &Object) -> String {
    format!("{} \"{}\"", object.kind().resource().qualified(), object.metadata().name)
}

/// `kubectl rollout status`
pub fn status(call: &Call<'_>) -> Outcome<Action> {
    named(call)?;
    refuse(call, |object| format!("no status viewer has been implemented for {}", kind(object)))
}

/// `kubectl rollout history`
pub fn history(call: &Call<'_>) -> Outcome<Action> {
    named(call)?;
    refuse(call, |object| format!("no history viewer has been implemented for \"{}\"", kind(object)))
}

/// `kubectl rollout restart`
pub fn restart(call: &Call<'_>) -> Outcome<Action> {
    named(call)?;
    refuse(call, |object| format!("{} restarting is not supported", name(object)))
}

/// `kubectl rollout pause`
pub fn pause(call: &Call<'_>) -> Outcome<Action> {
    named(call)?;
    refuse(call, |object| format!("{} pausing is not supported", name(object)))
}

/// `kubectl rollout resume`
pub fn resume(call: &Call<'_>) -> Outcome<Action> {
    named(call)?;
    refuse(call, |object| format!("{} resuming is not supported", name(object)))
}

/// `kubectl rollout undo`
pub fn undo(call: &Call<'_>) -> Outcome<Action> {
    named(call)?;
    refuse(call, |object| format!("no rollbacker has been implemented for \"{}\"", kind(object)))
}
