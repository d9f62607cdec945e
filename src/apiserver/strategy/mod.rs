//! What the API server does to an object of each kind before it is stored: the fields it sets itself, and those it will
//! not let others change.
//!
//! In Kubernetes each resource has its `strategy.go` under `pkg/registry`.

mod job;
mod service;

use super::admission;
use crate::api::{Kind, Object, Time};
use crate::sim::Timestamp;
use serde_json::{Map, Value, json};
use std::rc::Rc;

/// Readies a new object: wipes its status, sets what only the server may set. Pods have been through
/// admission, which sets their status. `serial` is a number that no other object was prepared with.
pub fn prepare_create(now: Timestamp, serial: u64, object: &mut Object) {
    match object {
        Object::Job(job) => job::prepare_create(Rc::make_mut(job)),
        Object::CronJob(cron_job) => {
            let cron_job = Rc::make_mut(cron_job);
            cron_job.status = Rc::default();
            Rc::make_mut(&mut cron_job.metadata).generation = 1;
        }
        Object::Pod(pod) => Rc::make_mut(&mut Rc::make_mut(pod).metadata).generation = 1,
        Object::Other(other) => {
            let other = Rc::make_mut(other);
            match other.kind {
                Kind::Service => service::allocate_address(&mut other.fields, serial),
                Kind::Namespace => service::open_namespace(other),
                Kind::StatefulSet | Kind::PodDisruptionBudget | Kind::PriorityClass => {
                    Rc::make_mut(&mut other.metadata).generation = 1;
                }
                _ => {}
            }
            if let Some(status) = first_status(other.kind) {
                other.fields.insert("status".into(), status);
            }
        }
        Object::Node(node) => {
            for taint in &mut Rc::make_mut(node).spec.taints {
                if taint.effect == "NoExecute" {
                    taint.time_added.get_or_insert(Time::from(now));
                }
            }
        }
        Object::Event(_) => {}
    }
}

/// The status of a new object, whatever its writer says it is; nothing where the kind has none, or another one.
fn first_status(kind: Kind) -> Option<Value> {
    Some(match kind {
        Kind::Service => json!({"loadBalancer": {}}),
        Kind::ResourceQuota => json!({}),
        Kind::PodDisruptionBudget => {
            json!({"currentHealthy": 0, "desiredHealthy": 0, "disruptionsAllowed": 0, "expectedPods": 0})
        }
        Kind::StatefulSet => json!({"availableReplicas": 0, "replicas": 0}),
        _ => return None,
    })
}

/// Fills in what a writer left out, unless it left the pod's spec as it was.
pub fn set_update_defaults(new: &mut Object, old: &Object, fill: impl Fn(&mut Object)) {
    match (&mut *new, old) {
        (Object::Pod(written), Object::Pod(stored)) if Rc::ptr_eq(&written.spec, &stored.spec) => {}
        (_, Object::Pod(stored)) => {
            fill(new);
            if let Object::Pod(written) = new {
                admission::admit_update(Rc::make_mut(written), stored);
            }
        }
        _ => fill(new),
    }
}

/// Readies an update of `old`: keeps what only the server sets and the old status, and counts the generation when the
/// spec has changed. Parts that are equal are shared again, so that comparing them is cheap from here on.
pub fn prepare_update(new: &mut Object, old: &Object) {
    keep_identity(new, old);
    let spec_changed = match (&mut *new, old) {
        (Object::Job(new), Object::Job(old)) => {
            let new = Rc::make_mut(new);
            new.status = old.status.clone();
            share(&mut new.spec, &old.spec)
        }
        (Object::CronJob(new), Object::CronJob(old)) => {
            let new = Rc::make_mut(new);
            new.status = old.status.clone();
            share(&mut new.spec, &old.spec)
        }
        (Object::Pod(new), Object::Pod(old)) => {
            let new = Rc::make_mut(new);
            (new.status, new.ip, new.host_ip) = (old.status.clone(), old.ip.clone(), old.host_ip.clone());
            share(&mut new.spec, &old.spec)
        }
        (Object::Node(new), Object::Node(old)) => {
            Rc::make_mut(new).status = old.status.clone();
            false
        }
        (Object::Other(new), Object::Other(old)) => {
            let new = Rc::make_mut(new);
            restore(&mut new.fields, &old.fields, "status");
            match new.kind {
                Kind::Service => service::keep_address(&mut new.fields, &old.fields),
                // Who holds a namespace is said elsewhere.
                Kind::Namespace => restore(&mut new.fields, &old.fields, "spec"),
                _ => {}
            }
            let counts = matches!(new.kind, Kind::StatefulSet | Kind::PodDisruptionBudget);
            counts && new.fields.get("spec") != old.fields.get("spec")
        }
        _ => false,
    };
    if spec_changed {
        new.metadata_mut().generation += 1;
    }
}

/// Readies an update of the status of `old`: keeps the spec. Labels and finalizers may change along with a status.
pub fn prepare_status_update(new: &mut Object, old: &Object) {
    keep_identity(new, old);
    match (new, old) {
        (Object::Job(new), Object::Job(old)) => Rc::make_mut(new).spec = old.spec.clone(),
        (Object::CronJob(new), Object::CronJob(old)) => Rc::make_mut(new).spec = old.spec.clone(),
        (Object::Pod(new), Object::Pod(old)) => {
            let new = Rc::make_mut(new);
            (new.spec, new.node_name, new.hostname) = (old.spec.clone(), old.node_name.clone(), old.hostname.clone());
            if new.status.qos_class.is_empty() && !old.status.qos_class.is_empty() {
                Rc::make_mut(&mut new.status).qos_class = old.status.qos_class.clone();
            }
            if new.metadata.owner_references != old.metadata.owner_references {
                Rc::make_mut(&mut new.metadata).owner_references = old.metadata.owner_references.clone();
            }
        }
        (Object::Node(new), Object::Node(old)) => Rc::make_mut(new).spec = old.spec.clone(),
        (Object::Other(new), Object::Other(old)) => {
            let new = Rc::make_mut(new);
            let status = new.fields.remove("status");
            new.fields = old.fields.clone();
            new.fields.extend(status.map(|status| ("status".to_owned(), status)));
        }
        _ => {}
    }
}

/// What no writer can change: when the object was made, how often its spec has changed, and, once that is set, when it
/// must be gone.
fn keep_identity(new: &mut Object, old: &Object) {
    let (kept, written) = (old.metadata(), new.metadata());
    let deadline = kept.deletion_timestamp.or(written.deletion_timestamp);
    let grace = written.deletion_grace_period_seconds.or(kept.deletion_grace_period_seconds);
    let same = Rc::ptr_eq(kept, written)
        || (kept.uid == written.uid
            && kept.creation_timestamp == written.creation_timestamp
            && deadline == written.deletion_timestamp
            && grace == written.deletion_grace_period_seconds
            && kept.generation == written.generation);
    if !same {
        let metadata = new.metadata_mut();
        metadata.uid = kept.uid;
        metadata.creation_timestamp = kept.creation_timestamp;
        metadata.deletion_timestamp = deadline;
        metadata.deletion_grace_period_seconds = grace;
        metadata.generation = kept.generation;
    }
}

/// Whether a part has changed; if not, both versions hold the same one from here on.
fn share<T: PartialEq>(new: &mut Rc<T>, old: &Rc<T>) -> bool {
    if Rc::ptr_eq(new, old) {
        return false;
    }
    let changed = **new != **old;
    if !changed {
        *new = old.clone();
    }
    changed
}

/// Puts a field back to what it was.
fn restore(new: &mut Map<String, Value>, old: &Map<String, Value>, field: &str) {
    match old.get(field) {
        Some(value) => new.insert(field.into(), value.clone()),
        None => new.remove(field),
    };
}
