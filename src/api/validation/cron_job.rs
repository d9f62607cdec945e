//! CronJobs (spec 01 §5.6; `pkg/apis/batch/validation`).

use super::field::{Errors, Path, inside_job};
use super::job::{SPEC, validate_job_spec};
use super::meta;
use crate::api::fields::Field;
use crate::api::{CronJob, CronJobSpec, Kind, Schedule, time_zone};

/// A Job's name is its CronJob's with eleven characters more.
const LONGEST_NAME: usize = 52;

/// A new CronJob.
pub fn validate_create(errors: &mut Errors, cron_job: &CronJob) {
    meta::validate_object_meta(errors, Kind::CronJob, &cron_job.metadata);
    validate_spec(errors, &cron_job.spec, None);
    let name = &cron_job.metadata.name;
    if name.len() > LONGEST_NAME {
        let message = format!("must be no more than {LONGEST_NAME} characters");
        errors.invalid(&Path::new("metadata").child("name"), name, message);
    }
}

/// A CronJob that was changed.
pub fn validate_update(errors: &mut Errors, new: &CronJob, old: &CronJob) {
    meta::validate_meta_update(errors, Kind::CronJob, &new.metadata, &old.metadata);
    if !std::rc::Rc::ptr_eq(&new.spec, &old.spec) {
        validate_spec(errors, &new.spec, Some(&old.spec));
    }
}

fn validate_spec(errors: &mut Errors, spec: &CronJobSpec, old: Option<&CronJobSpec>) {
    let schedule = SPEC.child("schedule");
    if spec.schedule.is_empty() {
        errors.required(&schedule, "");
    } else {
        if let Err(why) = spec.schedule.parse::<Schedule>() {
            errors.invalid(&schedule, &spec.schedule, why);
        }
        let had_zone = old.is_some_and(|old| old.schedule.contains("TZ"));
        if spec.schedule.contains("TZ") && !had_zone {
            let message = "cannot use TZ or CRON_TZ in schedule, use timeZone field instead";
            errors.invalid(&schedule, &spec.schedule, message);
        } else if spec.schedule.contains("TZ") && spec.time_zone.is_some() {
            let message = "cannot use both timeZone field and TZ or CRON_TZ in schedule";
            errors.invalid(&schedule, &spec.schedule, message);
        }
    }
    errors.non_negative_if_set(&SPEC.child("startingDeadlineSeconds"), spec.starting_deadline_seconds);
    if old.is_none_or(|old| old.time_zone != spec.time_zone) {
        validate_time_zone(errors, spec.time_zone.as_deref());
    }
    errors.one_of(&SPEC.child("concurrencyPolicy"), &spec.concurrency_policy, &["Allow", "Forbid", "Replace"]);
    let template = SPEC.child("jobTemplate.spec");
    validate_job_spec(errors, &template, &spec.job_template.spec);
    if let Some(selector) = &spec.job_template.spec.selector {
        let shown = inside_job(&["spec", "selector"], &selector.write());
        errors.invalid(&template.child("selector"), shown, "`selector` will be auto-generated");
    }
    if spec.job_template.spec.manual_selector == Some(true) {
        errors.unsupported(&template.child("manualSelector"), true, &["nil", "false"]);
    }
    errors.non_negative_if_set(&SPEC.child("successfulJobsHistoryLimit"), spec.successful_jobs_history_limit);
    errors.non_negative_if_set(&SPEC.child("failedJobsHistoryLimit"), spec.failed_jobs_history_limit);
}

fn validate_time_zone(errors: &mut Errors, zone: Option<&str>) {
    let (Some(zone), path) = (zone, SPEC.child("timeZone")) else { return };
    if zone.is_empty() {
        errors.invalid(&path, zone, "timeZone must be nil or non-empty string");
        return;
    }
    if zone.eq_ignore_ascii_case("local") {
        let message = "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones";
        errors.invalid(&path, zone, message);
    }
    // Written this way it is a zone: the API server's own.
    if zone != "Local" && time_zone(zone).is_none() {
        errors.invalid(&path, zone, format!("unknown time zone {zone}"));
    }
}
