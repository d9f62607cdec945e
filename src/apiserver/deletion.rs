//! Deletion: at once, or after finalizers and a grace period (spec 03 §6, spec 04 §5).

use super::{DeleteOptions, Propagation};
use crate::api::{Object, Pod, Time};
use crate::sim::Timestamp;
use std::time::Duration;

/// Held while the objects that an object owns are deleted before it.
pub const FOREGROUND_FINALIZER: &str = "foregroundDeletion";
/// Held until the objects that an object owns no longer name it.
pub const ORPHAN_FINALIZER: &str = "orphan";

/// What a DELETE comes to.
pub enum Verdict {
    /// The object is gone.
    Remove,
    /// The object stays for a while, changed like this.
    Mark(Object),
    /// It was being deleted already, and nothing about that changes.
    Unchanged,
}

/// Decides a DELETE of an object that exists.
pub fn decide(now: Timestamp, object: &Object, options: &DeleteOptions) -> Verdict {
    let mut marked = object.clone();
    let grace = match object {
        Object::Pod(pod) => pod_grace(pod, options.grace_period_seconds),
        _ => {
            set_propagation(&mut marked, options.propagation);
            0
        }
    };
    if grace == 0 && marked.metadata().finalizers.is_empty() {
        return Verdict::Remove;
    }
    let granted = object.metadata().deletion_grace_period_seconds;
    if object.metadata().is_deleting() && granted.is_some_and(|granted| granted <= grace) {
        let unchanged = marked.metadata().finalizers == object.metadata().finalizers;
        return if unchanged { Verdict::Unchanged } else { Verdict::Mark(marked) };
    }
    let metadata = marked.metadata_mut();
    let asked = match (metadata.deletion_timestamp, granted) {
        (Some(deadline), Some(granted)) => deadline.timestamp() - Duration::from_secs(granted.unsigned_abs()),
        _ => now,
    };
    let deadline = if grace == 0 { now } else { asked + Duration::from_secs(grace.unsigned_abs()) };
    metadata.deletion_timestamp = Some(Time::from(deadline));
    metadata.deletion_grace_period_seconds = Some(grace);
    if !object.metadata().is_deleting() && metadata.generation > 0 {
        metadata.generation += 1;
    }
    Verdict::Mark(marked)
}

/// Whether an object that is being deleted has nothing left to wait for.
pub fn is_released(object: &Object) -> bool {
    let metadata = object.metadata();
    metadata.is_deleting() && metadata.finalizers.is_empty() && metadata.deletion_grace_period_seconds == Some(0)
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
    metadata.finalizers.retain(|held| held != FOREGROUND_FINALIZER && held != ORPHAN_FINALIZER);
    match propagation {
        Propagation::Background => {}
        Propagation::Foreground => metadata.finalizers.push(FOREGROUND_FINALIZER.into()),
        Propagation::Orphan => metadata.finalizers.push(ORPHAN_FINALIZER.into()),
    }
}
