//! The resource quota controller: `kubectl describe quota` shows what a namespace holds of what it may hold.
//!
//! The limits themselves are kept by admission; this controller only writes `status`: `hard` as the spec has it, and
//! `used` as it is, whenever something in the namespace has changed.
//! In Kubernetes: `pkg/controller/resourcequota`.

use crate::api::{Kind, Object, ObjectKey, Text};
use crate::apiserver::{ApiServer, Change, Component, Request};
use crate::sim::{Map, Set, Timestamp};
use serde_json::{Value, json};
use std::rc::Rc;

/// Writes the status of ResourceQuotas.
#[derive(Clone, Debug, Default)]
pub struct ResourceQuotaController {
    /// The quotas of each namespace that has some.
    quotas: Map<Text, Set<Text>>,
    /// Namespaces in which something has changed, and when that was first seen.
    changed: Map<Text, Timestamp>,
}

impl ResourceQuotaController {
    /// A controller that has observed nothing yet.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Component for ResourceQuotaController {
    fn observe(&mut self, now: Timestamp, change: &Change) {
        let (object, kind) = (&change.object, change.object.kind());
        let namespace = &object.metadata().namespace;
        if kind == Kind::ResourceQuota {
            self.quotas.entry(namespace.clone()).or_default().insert(object.metadata().name.clone());
        }
        if kind != Kind::Event && !self.quotas.is_empty() && self.quotas.get(namespace).is_some() {
            self.changed.entry(namespace.clone()).or_insert(now);
        }
    }

    fn wake_at(&self) -> Option<Timestamp> {
        self.changed.iter().map(|(_, &at)| at).min()
    }

    fn wake(&mut self, api: &mut ApiServer) {
        let changed = std::mem::take(&mut self.changed);
        for namespace in changed.keys() {
            let names: Vec<Text> =
                self.quotas.get(namespace).into_iter().flat_map(|names| names.iter().cloned()).collect();
            for name in names {
                let key = ObjectKey::new(Kind::ResourceQuota, namespace.clone(), name.clone());
                let Some(Object::Other(mut quota)) = api.live().get(&key) else {
                    if let Some(names) = self.quotas.get_mut(namespace) {
                        names.remove(&name);
                    }
                    continue;
                };
                let limits = api.quota_limits(&quota).into_iter();
                let used: serde_json::Map<String, Value> =
                    limits.map(|limit| (limit.resource, json!(limit.used.to_string()))).collect();
                let hard = quota.fields.get("spec").map_or(Value::Null, |spec| spec["hard"].clone());
                let status = json!({"hard": hard, "used": used});
                if quota.fields.get("status") != Some(&status) {
                    Rc::make_mut(&mut quota).fields.insert("status".into(), status);
                    // Whoever came first is seen by the next change.
                    _ = api.handle(Request::UpdateStatus(Object::Other(quota)));
                }
            }
        }
    }
}
