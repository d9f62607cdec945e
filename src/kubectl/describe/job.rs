//! `kubectl describe job` (spec 05 §4.1).

use super::{Sheet, or_unset, template};
use crate::api::{Job, Time};
use crate::kubectl::age::between;
use crate::kubectl::selector;

/// Everything but the events.
pub fn describe(job: &Job, sheet: &mut Sheet) {
    let (spec, status) = (&job.spec, &job.status);
    sheet.head(&job.metadata);
    sheet.field("Selector", spec.selector.as_ref().map(selector::words).unwrap_or_default());
    sheet.labels("Labels", &job.metadata.labels);
    sheet.annotations("Annotations", &job.metadata.annotations);
    sheet.maybe("Controlled By", job.metadata.controller().map(|owner| format!("{}/{}", owner.kind, owner.name)));
    sheet.field("Parallelism", or_unset(spec.parallelism));
    sheet.field("Completions", or_unset(spec.completions));
    sheet.maybe("Completion Mode", spec.completion_mode.as_ref());
    sheet.maybe("Suspend", spec.suspend);
    sheet.maybe("Backoff Limit", spec.backoff_limit);
    sheet.maybe("TTL Seconds After Finished", spec.ttl_seconds_after_finished);
    sheet.maybe("Start Time", status.start_time.map(Time::rfc1123z));
    sheet.maybe("Completed At", status.completion_time.map(Time::rfc1123z));
    let duration = status.start_time.zip(status.completion_time).map(|(start, end)| between(start, end));
    sheet.maybe("Duration", duration);
    sheet.maybe("Active Deadline Seconds", spec.active_deadline_seconds.map(|seconds| format!("{seconds}s")));
    let ready = status.ready.map(|ready| format!(" ({ready} Ready)")).unwrap_or_default();
    let (active, succeeded, failed) = (status.active, status.succeeded, status.failed);
    sheet.field("Pods Statuses", format!("{active} Active{ready} / {succeeded} Succeeded / {failed} Failed"));
    if spec.is_indexed() {
        sheet.field("Completed Indexes", shortened(&status.completed_indexes.to_string()));
    }
    template::describe(&spec.template, sheet);
}

/// Cut after the first comma beyond 50 characters.
fn shortened(indexes: &str) -> String {
    const LONGEST: usize = 50;
    match indexes {
        "" => "<none>".into(),
        short if short.len() <= LONGEST => short.into(),
        long => match long[LONGEST..].find(',') {
            Some(comma) => format!("{}...", &long[..=LONGEST + comma]),
            None => long.into(),
        },
    }
}
