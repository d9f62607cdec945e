//! `kubectl describe cronjob` (spec 05 §4.3).

use super::{Sheet, or_none, or_unset, stamp, template};
use crate::api::CronJob;
use crate::kubectl::selector;

/// Everything but the events.
pub fn describe(cron_job: &CronJob, sheet: &mut Sheet) {
    let (spec, job) = (&cron_job.spec, &cron_job.spec.job_template.spec);
    let or_word = |flag: Option<bool>| flag.map(|flag| if flag { "True" } else { "False" });
    sheet.head(&cron_job.metadata);
    sheet.labels("Labels", &cron_job.metadata.labels);
    sheet.annotations("Annotations", &cron_job.metadata.annotations);
    sheet.field("Schedule", &spec.schedule);
    sheet.field("Concurrency Policy", &spec.concurrency_policy);
    sheet.field("Suspend", or_unset(or_word(spec.suspend)));
    sheet.field("Time Zone", or_unset(spec.time_zone.as_ref()));
    sheet.field("Successful Job History Limit", or_unset(spec.successful_jobs_history_limit));
    sheet.field("Failed Job History Limit", or_unset(spec.failed_jobs_history_limit));
    sheet.field("Starting Deadline Seconds", or_unset(spec.starting_deadline_seconds.map(|s| format!("{s}s"))));
    sheet.field("Selector", or_unset(job.selector.as_ref().map(selector::words)));
    sheet.field("Parallelism", or_unset(job.parallelism));
    sheet.field("Completions", or_unset(job.completions));
    sheet.maybe("Active Deadline Seconds", job.active_deadline_seconds.map(|seconds| format!("{seconds}s")));
    template::describe(&job.template, sheet);
    sheet.field("Last Schedule Time", stamp(cron_job.status.last_schedule_time));
    let active: Vec<&str> = cron_job.status.active.iter().map(|job| job.name.as_str()).collect();
    sheet.field("Active Jobs", or_none(active.join(", ")));
}
