//! Jobs: the selector that finds a Job's pods, and the labels that make them findable (spec 01 §3).

use crate::api::job::{CONTROLLER_UID_LABEL, JOB_NAME_LABEL, LEGACY_CONTROLLER_UID_LABEL, LEGACY_JOB_NAME_LABEL};
use crate::api::{Job, Text};
use std::rc::Rc;

/// Wipes the status, counts the first generation, and generates the selector unless the writer brings one.
pub fn prepare_create(job: &mut Job) {
    job.status = Rc::default();
    Rc::make_mut(&mut job.metadata).generation = 1;
    if job.spec.manual_selector != Some(true) {
        generate_selector(job);
    }
}

/// Labels that are there already stay: validation will say what is wrong with them.
fn generate_selector(job: &mut Job) {
    let (name, uid) = (job.metadata.name.clone(), Text::from(job.metadata.uid.to_string()));
    // A Job without labels of its own shares those of its template, and goes on sharing them.
    let inherits = Rc::ptr_eq(&job.metadata.labels, &job.spec.template.metadata.labels);
    let spec = Rc::make_mut(&mut job.spec);
    let labels = Rc::make_mut(&mut spec.template.metadata.labels);
    for (label, value) in [
        (LEGACY_JOB_NAME_LABEL, &name),
        (JOB_NAME_LABEL, &name),
        (LEGACY_CONTROLLER_UID_LABEL, &uid),
        (CONTROLLER_UID_LABEL, &uid),
    ] {
        labels.insert_new(&label.into(), value);
    }
    if inherits {
        Rc::make_mut(&mut job.metadata).labels = spec.template.metadata.labels.clone();
    }
    let selector = spec.selector.get_or_insert_default();
    selector.match_labels.insert_new(&CONTROLLER_UID_LABEL.into(), &uid);
}
