//! Defaults: what the API server fills in (spec 01 §2).
//!
//! `kubectl get job -o yaml` shows far more than the manifest said. What nobody wrote stands here. Defaults are filled in
//! when an object is decoded, before anything else looks at it; filling them in twice changes nothing.
//! In Kubernetes: `pkg/apis/batch/v1/defaults.go`, `pkg/apis/core/v1/defaults.go`.

mod job;
mod pod;
mod service;

pub use pod::fill_pod_spec;

use super::fields::{self, Field};
use super::{Kind, Object, Other, PodTemplateSpec};
use crate::sim::base64;
use serde_json::Value;
use std::rc::Rc;

/// Fills in what a manifest left out.
pub fn set_defaults(object: &mut Object) {
    match object {
        Object::Job(_) | Object::Pod(_) => set_defaults_of_runs(object),
        Object::CronJob(cron_job) => job::fill_cron_job(Rc::make_mut(cron_job)),
        Object::Other(other) => {
            let other = Rc::make_mut(other);
            match other.kind {
                Kind::Service => service::fill_service(&mut other.fields),
                Kind::Namespace => label_namespace(other),
                Kind::Secret => fill_secret(&mut other.fields),
                Kind::PriorityClass => {
                    put(&mut other.fields, "preemptionPolicy", "PreemptLowerPriority");
                    other.fields.entry("value").or_insert(0.into());
                }
                Kind::StatefulSet => {
                    if let Some(spec) = other.fields.get_mut("spec") {
                        fill_stateful_set(spec);
                    }
                }
                _ => {}
            }
        }
        Object::Node(_) | Object::Event(_) => {}
    }
}

/// The same for Jobs and pods alone.
///
/// Parts that are complete are not copied: the pods of a Job go on sharing theirs.
pub fn set_defaults_of_runs(object: &mut Object) {
    match object {
        Object::Job(job) => job::fill_job(Rc::make_mut(job)),
        Object::Pod(pod) => {
            if let Some(spec) = pod::filled_pod_spec(&pod.spec) {
                Rc::make_mut(pod).spec = Rc::new(spec);
            }
        }
        _ => {}
    }
}

/// Labels a namespace with its own name, so that selectors can mean it. The label cannot be taken off.
pub fn label_namespace(namespace: &mut Other) {
    const OWN_NAME: &str = "kubernetes.io/metadata.name";
    let name = &namespace.metadata.name;
    if !name.is_empty() && namespace.metadata.labels.get(OWN_NAME) != Some(name) {
        let metadata = Rc::make_mut(&mut namespace.metadata);
        Rc::make_mut(&mut metadata.labels).insert(OWN_NAME.into(), metadata.name.clone());
    }
}

/// Texts are kept as bytes, under the keys they had.
fn fill_secret(fields: &mut serde_json::Map<String, Value>) {
    let texts = fields.remove("stringData");
    for (key, text) in texts.as_ref().and_then(Value::as_object).into_iter().flatten() {
        put(fields, "data", serde_json::json!({}));
        fields["data"][key.as_str()] = base64(text.as_str().unwrap_or_default().as_bytes()).into();
    }
    put(fields, "type", "Opaque");
}

/// What a StatefulSet's spec says if it is not written.
fn fill_stateful_set(spec: &mut Value) {
    put_in(spec, "replicas", 1);
    put_in(spec, "podManagementPolicy", "OrderedReady");
    put_in(spec, "revisionHistoryLimit", 10);
    put_in(spec, "updateStrategy", serde_json::json!({"rollingUpdate": {"partition": 0}, "type": "RollingUpdate"}));
    let retain = serde_json::json!({"whenDeleted": "Retain", "whenScaled": "Retain"});
    put_in(spec, "persistentVolumeClaimRetentionPolicy", retain);
    if let Ok(mut template) = fields::read::<PodTemplateSpec>(spec["template"].clone()) {
        template.spec = Rc::new(pod::filled_template_spec(&template.spec).unwrap_or_else(|| (*template.spec).clone()));
        spec["template"] = template.write();
    }
}

/// Sets a field that was not written; one written as null counts as not written.
fn put(fields: &mut serde_json::Map<String, Value>, field: &str, default: impl Into<Value>) {
    let written = fields.get(field).is_some_and(|value| !value.is_null());
    if !written {
        fields.insert(field.into(), default.into());
    }
}

/// Sets a field of what should be an object, where it was not written.
fn put_in(object: &mut Value, field: &str, default: impl Into<Value>) {
    if let Value::Object(fields) = object {
        put(fields, field, default);
    }
}

#[cfg(test)]
mod tests;
