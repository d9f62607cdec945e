//! The namespace controller: what becomes of the objects in a namespace that is deleted.
//!
//! `kubectl delete ns` takes its time: the namespace is `Terminating` at once, nothing new can be created in it, and five
//! seconds later its pods are deleted, then everything else. Half their grace period later the controller looks again, and
//! when nothing is left the namespace goes.
//! In Kubernetes: `pkg/controller/namespace`. Left out: the conditions of a namespace that cannot be emptied.

use super::WorkQueue;
use crate::api::{Kind, Object, ObjectKey, RESOURCES, Resource};
use crate::apiserver::{ApiServer, Change, ChangeType, Component, DeleteOptions, NAMESPACE_FINALIZER, Request};
use crate::sim::Timestamp;
use std::time::Duration;

/// From the deletion of a namespace to the first look.
const FIRST_LOOK: Duration = Duration::from_secs(5);
/// How long, in seconds, an object is expected to be held by its finalizers.
const HELD: i64 = 15;

/// Empties namespaces that are being deleted.
#[derive(Clone, Debug, Default)]
pub struct NamespaceController {
    queue: WorkQueue<ObjectKey>,
}

impl NamespaceController {
    /// A controller that has observed nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    fn look_at(&mut self, api: &mut ApiServer, key: ObjectKey) {
        let live = api.live().get(&key);
        if live.is_none_or(|namespace| !namespace.metadata().is_deleting()) {
            return self.queue.forget(&key);
        }
        // Pods go first: what they need stays until they are gone.
        let others = |resource: &&Resource| resource.namespaced && resource.kind != Kind::Pod;
        let estimate = delete_all(api, &key, &[Kind::Pod]).or_else(|| {
            delete_all(api, &key, &RESOURCES.iter().filter(others).map(|resource| resource.kind).collect::<Vec<_>>())
        });
        match estimate {
            Some(seconds) => {
                let again = Duration::from_secs(seconds.unsigned_abs() / 2 + 1);
                self.queue.add_after(api.now(), key, again);
            }
            None => {
                self.queue.forget(&key);
                if api.handle(Request::RemoveFinalizer { key: key.clone(), finalizer: NAMESPACE_FINALIZER }).is_err() {
                    self.queue.add_rate_limited(api.now(), key);
                }
            }
        }
    }
}

/// Deletes all objects of these kinds in a namespace. If some are left: the seconds that they are expected to take.
fn delete_all(api: &mut ApiServer, namespace: &ObjectKey, kinds: &[Kind]) -> Option<i64> {
    let mut estimate = None;
    for &kind in kinds {
        let keys: Vec<ObjectKey> = api.live().list_in(kind, &namespace.name).map(|object| object.key()).collect();
        for key in keys {
            // Whoever refuses is asked again at the next look.
            _ = api.handle(Request::Delete { key: key.clone(), options: DeleteOptions::default() });
            if let Some(left) = api.live().get(&key) {
                let grace = left.metadata().deletion_grace_period_seconds.filter(|_| left.as_pod().is_some());
                estimate = estimate.max(Some(grace.unwrap_or(HELD)));
            }
        }
    }
    estimate
}

impl Component for NamespaceController {
    fn observe(&mut self, now: Timestamp, change: &Change) {
        let Object::Other(namespace) = &change.object else { return };
        let ends = namespace.kind == Kind::Namespace && namespace.metadata.is_deleting();
        if ends && change.change != ChangeType::Deleted {
            self.queue.add_after(now, change.object.key(), FIRST_LOOK);
        }
    }

    fn wake_at(&self) -> Option<Timestamp> {
        self.queue.next_due()
    }

    fn wake(&mut self, api: &mut ApiServer) {
        while let Some(key) = self.queue.pop_due(api.now()) {
            self.look_at(api, key);
        }
    }
}
