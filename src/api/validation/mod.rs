//! Validation: what the API server refuses, in its own words (spec 01 §5, §6).
//!
//! Everything that is wrong is told at once, in the order in which Kubernetes looks: metadata, then the spec from the top.
//! In Kubernetes: `pkg/apis/{batch,core}/validation`, `apimachinery/pkg/api/validation`.

mod affinity;
mod container;
mod cron_job;
mod difference;
mod downward_api;
mod field;
mod job;
mod job_status;
mod job_update;
mod meta;
pub mod names;
mod other;
mod pod;
mod pod_update;
mod security;
mod service;
mod volume;
mod warnings;

pub use field::quoted;
pub use warnings::{update_warnings, warnings};

use super::{FieldError, Kind, Object, ObjectMeta};
use field::Errors;

/// What is wrong with a new object, in the API server's order.
pub fn validate_create(object: &Object) -> Vec<FieldError> {
    let mut errors = Errors::default();
    match object {
        Object::Job(job) => job::validate_job(&mut errors, job),
        Object::CronJob(cron_job) => cron_job::validate_create(&mut errors, cron_job),
        Object::Pod(pod) => pod::validate_new_pod(&mut errors, pod),
        Object::Node(node) => {
            meta::validate_object_meta(&mut errors, Kind::Node, &node.metadata);
            pod::validate_taints(&mut errors, &node.spec.taints);
        }
        Object::Other(other) => other::validate(&mut errors, other),
        // Events come from components, a hundred thousand of them; their names are made up.
        Object::Event(_) => {}
    }
    errors.into_vec()
}

/// What is wrong with the metadata of a new object, whose spec was found valid before. What its metadata has in common
/// with some that was found valid is not looked at again.
pub fn validate_metadata(object: &Object, valid: &ObjectMeta) -> Vec<FieldError> {
    let mut errors = Errors::default();
    meta::validate_like(&mut errors, object.kind(), object.metadata(), valid);
    errors.into_vec()
}

/// What is wrong with changing `old` into `new`. Parts that both versions share are not looked at again.
pub fn validate_update(new: &Object, old: &Object) -> Vec<FieldError> {
    let mut errors = Errors::default();
    match (new, old) {
        (Object::Job(new), Object::Job(old)) => job_update::validate(&mut errors, new, old),
        (Object::CronJob(new), Object::CronJob(old)) => cron_job::validate_update(&mut errors, new, old),
        (Object::Pod(new), Object::Pod(old)) => pod_update::validate(&mut errors, new, old),
        (Object::Node(new), Object::Node(old)) => {
            meta::validate_meta_update(&mut errors, Kind::Node, &new.metadata, &old.metadata);
            pod::validate_taints(&mut errors, &new.spec.taints);
        }
        (Object::Other(new), Object::Other(old)) => {
            meta::validate_meta_update(&mut errors, new.kind, &new.metadata, &old.metadata);
            other::validate_update(&mut errors, new, old);
        }
        _ => {}
    }
    errors.into_vec()
}

/// What is wrong with giving `old` the status of `new`. The controllers' own writes pass as cheaply as they can.
pub fn validate_status_update(new: &Object, old: &Object) -> Vec<FieldError> {
    let mut errors = Errors::default();
    meta::validate_meta_update(&mut errors, new.kind(), new.metadata(), old.metadata());
    match (new, old) {
        (Object::Job(new), Object::Job(old)) => job_status::validate(&mut errors, new, old),
        (Object::Pod(new), Object::Pod(old)) => pod_update::validate_status(&mut errors, new, old),
        _ => {}
    }
    errors.into_vec()
}

#[cfg(test)]
mod tests;
