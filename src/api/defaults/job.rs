//! Defaults of Jobs and CronJobs (spec 01 §2.1, §2.2).

use super::pod::filled_template_spec;
use crate::api::{CronJob, Job, JobSpec, Text};
use std::rc::Rc;

/// A Job without labels of its own shows those of its template.
///
/// The labels are shared, not copied, so that the four that are generated later reach both.
pub fn fill_job(job: &mut Job) {
    let mut spec = (*job.spec).clone();
    fill_job_spec(&mut spec);
    if job.metadata.labels.is_empty() && !spec.template.metadata.labels.is_empty() {
        Rc::make_mut(&mut job.metadata).labels = spec.template.metadata.labels.clone();
    }
    if spec != *job.spec {
        job.spec = Rc::new(spec);
    }
}

fn fill_job_spec(spec: &mut JobSpec) {
    if spec.completions.is_none() && spec.parallelism.is_none() {
        spec.completions = Some(1);
    }
    spec.parallelism.get_or_insert(1);
    let unlimited = spec.backoff_limit_per_index.is_some();
    spec.backoff_limit.get_or_insert(if unlimited { i32::MAX } else { 6 });
    spec.completion_mode.get_or_insert(Text::from("NonIndexed"));
    spec.suspend.get_or_insert(false);
    let replaces = if spec.pod_failure_policy.is_some() { "Failed" } else { "TerminatingOrFailed" };
    spec.pod_replacement_policy.get_or_insert(Text::from(replaces));
    spec.manual_selector.get_or_insert(false);
    fill_parts(spec);
}

/// What is filled in wherever a Job's spec stands, in a CronJob's template as well.
fn fill_parts(spec: &mut JobSpec) {
    let rules = spec.pod_failure_policy.iter_mut().flat_map(|policy| &mut policy.rules);
    for condition in rules.flat_map(|rule| &mut rule.on_pod_conditions) {
        if condition.status.is_empty() {
            condition.status = "True".into();
        }
    }
    if let Some(filled) = filled_template_spec(&spec.template.spec) {
        spec.template.spec = Rc::new(filled);
    }
}

/// The Jobs of a CronJob get their defaults when they are created: its template is left as it was written.
pub fn fill_cron_job(cron_job: &mut CronJob) {
    let mut spec = (*cron_job.spec).clone();
    if spec.concurrency_policy.is_empty() {
        spec.concurrency_policy = "Allow".into();
    }
    spec.suspend.get_or_insert(false);
    spec.successful_jobs_history_limit.get_or_insert(3);
    spec.failed_jobs_history_limit.get_or_insert(1);
    fill_parts(&mut spec.job_template.spec);
    if spec != *cron_job.spec {
        cron_job.spec = Rc::new(spec);
    }
}
