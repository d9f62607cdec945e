//! Deletion: at once, or after finalizers and a grace period (spec 03 §6, spec 04 §5).

use super::{DeleteOptions, Propagation};
use crate::api::{Kind, Object, Other, Pod, Time};
use crate::sim::Timestamp;
use serde_json::json;
use std::rc::Rc;
use std::time::Duration;

/// Held while the objects that an object owns are deleted before it.
pub const FOREGROUND_FINALIZER: &str = "foregroundDeletion";
/// Held until the objects that an object owns no longer name it.
pub const ORPHAN_FINALIZER: &str = "orphan";

/// Held by a namespace, in its spec, until nothing is left in it.
pub const NAMESPACE_FINALIZER: &str = "kubernetes";

/// What a DELETE comes to.
pub enum Verdict {
    /// The object is gone.
    Remove,
    /// The object stays for a while, changed like this.
    Mark(Object),
    /// The object is changed like this, and gone at the same instant.
    MarkAndRemove(Object),
    /// It was being deleted already, and nothing about that changes.
    Unchanged,
}

/// Decides a DELETE of an object that exists.
pub fn decide(now: Timestamp, object: &Object, options: &DeleteOptions) -> Verdict {
    match object {
        Object::Other(namespace) if holds_content(namespace) => decide_namespace(now, namespace),
        Object::Pod(pod) => decide_pod(now, object, pod, options.grace_period_seconds),
        _ => decide_other(now, object, options.propagation),
    }
}

/// Pods know grace periods: a deletion marks the pod first. A later one that asks for less time shortens the wait; one
/// that does not say how much changes nothing.
fn decide_pod(now: Timestamp, object: &Object, pod: &Pod, asked: Option<i64>) -> Verdict {
    let held = object.metadata();
    // Nobody is given less than nothing.
    let asked = asked.map(|seconds| if seconds < 0 { 1 } else { seconds });
    let (from, grace) = match (held.deletion_timestamp, held.deletion_grace_period_seconds) {
        (Some(_), Some(0)) if held.finalizers.is_empty() => return Verdict::Remove,
        (Some(deadline), Some(granted)) => match asked {
            Some(grace) if grace < granted => {
                let since = deadline.timestamp() - Duration::from_secs(granted.unsigned_abs());
                let is_over = since + Duration::from_secs(grace.unsigned_abs()) < now;
                // What is over is not moved into the past: the little that is left begins now.
                if is_over {
                    (now - Duration::from_secs(grace.min(1).unsigned_abs()), grace.min(1))
                } else {
                    (since, grace)
                }
            }
            _ => return Verdict::Unchanged,
        },
        _ => (now, pod_grace(pod, asked)),
    };
    let marked = mark(object, from + Duration::from_secs(grace.unsigned_abs()), grace);
    if grace == 0 && held.finalizers.is_empty() { Verdict::MarkAndRemove(marked) } else { Verdict::Mark(marked) }
}

/// A namespace stays, and takes in nothing new, until it has been emptied.
fn decide_namespace(now: Timestamp, namespace: &Other) -> Verdict {
    if namespace.metadata.is_deleting() {
        return Verdict::Unchanged;
    }
    let mut marked = namespace.clone();
    Rc::make_mut(&mut marked.metadata).deletion_timestamp = Some(Time::from(now));
    marked.fields.insert("status".into(), json!({"phase": "Terminating"}));
    Verdict::Mark(Object::Other(Rc::new(marked)))
}

/// Whether this is a namespace that may hold something.
fn holds_content(object: &Other) -> bool {
    let finalizers = object.fields.get("spec").and_then(|spec| spec["finalizers"].as_array());
    object.kind == Kind::Namespace && finalizers.is_some_and(|held| !held.is_empty())
}

/// Everything else is gone at once, unless finalizers hold it.
fn decide_other(now: Timestamp, object: &Object, propagation: Propagation) -> Verdict {
    let mut held = object.clone();
    set_propagation(&mut held, propagation);
    if held.metadata().finalizers.is_empty() {
        return Verdict::Remove;
    }
    match object.metadata().is_deleting() {
        false => Verdict::Mark(mark(&held, now, 0)),
        true if held.metadata().finalizers == object.metadata().finalizers => Verdict::Unchanged,
        true => Verdict::Mark(held),
    }
}

fn mark(object: &Object, deadline: Timestamp, grace: i64) -> Object {
    let mut marked = object.clone();
    let metadata = marked.metadata_mut();
    let first = metadata.deletion_timestamp.replace(Time::from(deadline)).is_none();
    metadata.deletion_grace_period_seconds = Some(grace);
    if first && metadata.generation > 0 {
        metadata.generation += 1;
    }
    marked
}

/// Whether an object that is being deleted has nothing left to wait for.
pub fn is_released(object: &Object) -> bool {
    let metadata = object.metadata();
    let waits = match object {
        Object::Other(other) if other.kind == Kind::Namespace => holds_content(other),
        _ => metadata.deletion_grace_period_seconds != Some(0),
    };
    metadata.is_deleting() && metadata.finalizers.is_empty() && !waits
}

/// Seconds a pod is given: as asked, or its own; none at all where no container can be running.
fn pod_grace(pod: &Pod, asked: Option<i64>) -> i64 {
    if pod.node_name.is_none() || pod.is_finished() {
        return 0;
    }
    match asked.or(pod.spec.termination_grace_period_seconds).unwrap_or(30) {
        negative if negative < 0 => 1,
        seconds => seconds,
    }
}

fn set_propagation(object: &mut Object, propagation: Propagation) {
    let metadata = object.metadata_mut();
    let finalizers = Rc::make_mut(&mut metadata.finalizers);
    finalizers.retain(|held| held != FOREGROUND_FINALIZER && held != ORPHAN_FINALIZER);
    match propagation {
        Propagation::Background => {}
        Propagation::Foreground => finalizers.push(FOREGROUND_FINALIZER.into()),
        Propagation::Orphan => finalizers.push(ORPHAN_FINALIZER.into()),
    }
}
