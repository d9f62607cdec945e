//! Jobs (spec 01 §5.1 to §5.4; `pkg/apis/batch/validation`).

use super::field::{Errors, Path, inside_job};
use super::{meta, names, pod};
use crate::api::fields::Field;
use crate::api::job::{
    CONTROLLER_UID_LABEL, JOB_NAME_LABEL, LEGACY_CONTROLLER_UID_LABEL, LEGACY_JOB_NAME_LABEL, OnExitCodes,
    OnPodCondition, PodFailurePolicyRule, SuccessPolicyRule,
};
use crate::api::{Job, JobSpec, Kind, StringMap, Strings, Text};
use crate::sim::Set;
use serde_json::Value;

pub const SPEC: Path<'static> = Path::new("spec");
/// Pods of an Indexed Job at a time, and indexes that may fail.
const MOST_INDEXED: i32 = 100_000;
/// Above this many completions, per-index limits need bounds.
const MANY_COMPLETIONS: i32 = 100_000;
/// These bounds.
const MOST_WITH_MANY_COMPLETIONS: i32 = 10_000;
const MOST_RULES: usize = 20;
const MOST_CONDITIONS: usize = 20;
const MOST_EXIT_CODES: usize = 255;
const LONGEST_INDEX_LIST: usize = 64 * 1024;
const LONGEST_MANAGER: usize = 63;

/// A new Job, or one that was changed.
pub fn validate_job(errors: &mut Errors, job: &Job) {
    meta::validate_object_meta(errors, Kind::Job, &job.metadata);
    validate_generated_selector(errors, job);
    validate_selected_spec(errors, &job.spec);
    if let Some(completions) = job.spec.completions.filter(|&completions| job.spec.is_indexed() && completions > 0) {
        // The longest host name that a pod of it will have.
        let longest = format!("{}-{}", job.metadata.name, completions - 1);
        if !names::dns_label(&longest).is_empty() {
            let message = format!("will not able to create pod with invalid DNS label: {longest}");
            errors.invalid(&Path::new("metadata").child("name"), &job.metadata.name, message);
        }
    }
}

/// Where a selector was generated, the labels must be those that were generated with it.
fn validate_generated_selector(errors: &mut Errors, job: &Job) {
    let Some(selector) = &job.spec.selector else { return };
    if job.spec.manual_selector == Some(true) {
        return;
    }
    let (name, uid) = (job.metadata.name.clone(), Text::from(job.metadata.uid.to_string()));
    let expected = [
        (LEGACY_CONTROLLER_UID_LABEL, &uid),
        (LEGACY_JOB_NAME_LABEL, &name),
        (CONTROLLER_UID_LABEL, &uid),
        (JOB_NAME_LABEL, &name),
    ];
    let labels = &job.spec.template.metadata.labels;
    let path = SPEC.child("template.metadata.labels");
    for (label, value) in expected {
        let message = format!("must be '{value}'");
        match labels.get(label) {
            None => errors.required(&path.key(label), &message),
            Some(found) if found != value => errors.invalid(&path.key(label), labels_value(labels), message),
            Some(_) => {}
        }
    }
    let expected: Strings = expected.into_iter().map(|(key, value)| (Text::from(key), value.clone())).collect();
    if meta::selects(selector, &expected) == Some(false) {
        let shown = inside_job(&["spec", "selector"], &selector.write());
        errors.invalid(&SPEC.child("selector"), shown, "`selector` not auto-generated");
    }
}

/// A Job's spec with its selector, as Jobs have it and the templates of CronJobs do not.
fn validate_selected_spec(errors: &mut Errors, spec: &JobSpec) {
    validate_job_spec(errors, &SPEC, spec);
    match &spec.selector {
        None => errors.required(&SPEC.child("selector"), ""),
        Some(selector) => meta::validate_selector(errors, &SPEC.child("selector"), selector),
    }
    let labels = &spec.template.metadata.labels;
    // No selector selects nothing; of one that cannot be read, nobody can tell.
    if spec.selector.as_ref().map_or(Some(false), |selector| meta::selects(selector, labels)) == Some(false) {
        let path = SPEC.child("template.metadata.labels");
        errors.invalid(&path, labels_value(labels), "`selector` does not match template `labels`");
    }
}

/// What Jobs and the templates of CronJobs have in common.
pub fn validate_job_spec(errors: &mut Errors, path: &Path<'_>, spec: &JobSpec) {
    errors.non_negative_if_set(&path.child("parallelism"), spec.parallelism);
    errors.non_negative_if_set(&path.child("completions"), spec.completions);
    errors.non_negative_if_set(&path.child("activeDeadlineSeconds"), spec.active_deadline_seconds);
    errors.non_negative_if_set(&path.child("backoffLimit"), spec.backoff_limit);
    errors.non_negative_if_set(&path.child("ttlSecondsAfterFinished"), spec.ttl_seconds_after_finished);
    errors.non_negative_if_set(&path.child("backoffLimitPerIndex"), spec.backoff_limit_per_index);
    errors.non_negative_if_set(&path.child("maxFailedIndexes"), spec.max_failed_indexes);
    if spec.max_failed_indexes.is_some() && spec.backoff_limit_per_index.is_none() {
        errors.required(&path.child("backoffLimitPerIndex"), "when maxFailedIndexes is specified");
    }
    if let Some(manager) = &spec.managed_by {
        let path = path.child("managedBy");
        validate_domain_path(errors, &path, manager);
        if manager.len() > LONGEST_MANAGER {
            errors.too_long(&path, LONGEST_MANAGER);
        }
    }
    match spec.completion_mode.as_deref() {
        Some("Indexed") => validate_indexed(errors, path, spec),
        None | Some("NonIndexed") => {
            for (field, value) in
                [("backoffLimitPerIndex", spec.backoff_limit_per_index), ("maxFailedIndexes", spec.max_failed_indexes)]
            {
                if let Some(value) = value {
                    errors.invalid(&path.child(field), value, "requires indexed completion mode");
                }
            }
        }
        Some(unknown) => errors.unsupported(&path.child("completionMode"), unknown, &["NonIndexed", "Indexed"]),
    }
    validate_pod_failure_policy(errors, path, spec);
    validate_success_policy(errors, path, spec);
    if let Some(policy) = spec.pod_replacement_policy.as_deref() {
        let supported: &[&str] =
            if spec.pod_failure_policy.is_some() { &["Failed"] } else { &["Failed", "TerminatingOrFailed"] };
        if !supported.contains(&policy) {
            errors.unsupported(&path.child("podReplacementPolicy"), policy, supported);
        }
    }
    pod::validate_template(errors, &path.child("template"), &spec.template);
    validate_restart_policy(errors, &path.child("template.spec.restartPolicy"), spec);
}

fn validate_indexed(errors: &mut Errors, path: &Path<'_>, spec: &JobSpec) {
    let (parallelism, most_failed) = (path.child("parallelism"), path.child("maxFailedIndexes"));
    if spec.completions.is_none() {
        errors.required(&path.child("completions"), "when completion mode is Indexed");
    }
    if let Some(value) = spec.parallelism.filter(|&value| value > MOST_INDEXED) {
        let message = format!("must be less than or equal to {MOST_INDEXED} when completion mode is Indexed");
        errors.invalid(&parallelism, value, message);
    }
    if let (Some(completions), Some(value)) = (spec.completions, spec.max_failed_indexes)
        && value > completions
    {
        errors.invalid(&most_failed, value, "must be less than or equal to completions");
    }
    if let Some(value) = spec.max_failed_indexes.filter(|&value| value > MOST_INDEXED) {
        errors.invalid(&most_failed, value, format!("must be less than or equal to {MOST_INDEXED}"));
    }
    let many = spec.completions.is_some_and(|completions| completions > MANY_COMPLETIONS);
    if many && spec.backoff_limit_per_index.is_some() {
        if spec.max_failed_indexes.is_none() {
            errors.required(&most_failed, &format!("must be specified when completions is above {MANY_COMPLETIONS}"));
        }
        for (path, value) in [(&parallelism, spec.parallelism), (&most_failed, spec.max_failed_indexes)] {
            if let Some(value) = value.filter(|&value| value > MOST_WITH_MANY_COMPLETIONS) {
                let message = format!(
                    "must be less than or equal to {MOST_WITH_MANY_COMPLETIONS} when completions are above \
                     {MANY_COMPLETIONS} and used with backoff limit per index"
                );
                errors.invalid(path, value, message);
            }
        }
    }
}

/// A Job's pods must be able to end.
fn validate_restart_policy(errors: &mut Errors, path: &Path<'_>, spec: &JobSpec) {
    match spec.template.spec.restart_policy.as_deref() {
        None | Some("" | "Always") => errors.required(path, "valid values: \"OnFailure\", \"Never\""),
        Some("OnFailure") if spec.pod_failure_policy.is_some() => {
            errors.invalid(path, "OnFailure", "only \"Never\" is supported when podFailurePolicy is specified");
        }
        Some("OnFailure" | "Never") => {}
        Some(unknown) => errors.unsupported(path, unknown, &["OnFailure", "Never"]),
    }
}

/// `acme.io/foo`
fn validate_domain_path(errors: &mut Errors, path: &Path<'_>, text: &str) {
    match text.split_once('/') {
        _ if text.is_empty() => errors.required(path, ""),
        Some((domain, rest)) if !domain.is_empty() && !rest.is_empty() => {
            errors.invalid_each(path, domain, names::dns_subdomain(domain));
            errors.invalid_each(path, rest, names::http_path(rest));
        }
        _ => errors.invalid(path, text, "must be a domain-prefixed path (such as \"acme.io/foo\")"),
    }
}

fn validate_pod_failure_policy(errors: &mut Errors, path: &Path<'_>, spec: &JobSpec) {
    let Some(policy) = &spec.pod_failure_policy else { return };
    let (path, rules) = (path.child("podFailurePolicy"), &policy.rules);
    let path = path.child("rules");
    if rules.len() > MOST_RULES {
        errors.too_many(&path, rules.len(), MOST_RULES);
    }
    let template = &spec.template.spec;
    let containers: Set<&str> =
        template.containers.iter().chain(&template.init_containers).map(|container| container.name.as_str()).collect();
    for (i, rule) in rules.iter().enumerate() {
        validate_rule(errors, &path.index(i), rule, spec, &containers);
    }
}

fn validate_rule(
    errors: &mut Errors,
    path: &Path<'_>,
    rule: &PodFailurePolicyRule,
    spec: &JobSpec,
    containers: &Set<&str>,
) {
    let action = path.child("action");
    match rule.action.as_str() {
        "FailIndex" if spec.backoff_limit_per_index.is_none() => {
            errors.invalid(&action, "FailIndex", "requires the backoffLimitPerIndex to be set");
        }
        word => known_word(errors, &action, word, &["Count", "FailIndex", "FailJob", "Ignore"]),
    }
    if let Some(codes) = &rule.on_exit_codes {
        validate_exit_codes(errors, &path.child("onExitCodes"), codes, containers);
    }
    validate_pod_conditions(errors, &path.child("onPodConditions"), &rule.on_pod_conditions);
    match (&rule.on_exit_codes, rule.on_pod_conditions.is_empty()) {
        (Some(_), false) => {
            errors.invalid_as_it_is(path, "specifying both OnExitCodes and OnPodConditions is not supported");
        }
        (None, true) => {
            errors.invalid_as_it_is(path, "specifying one of OnExitCodes and OnPodConditions is required");
        }
        _ => {}
    }
}

/// A word of a policy: left out, the list of words is told in another form than for a wrong one.
fn known_word(errors: &mut Errors, path: &Path<'_>, word: &str, supported: &[&str]) {
    if word.is_empty() {
        let quoted: Vec<_> = supported.iter().map(|word| format!("\"{word}\"")).collect();
        errors.required(path, &format!("valid values: [{}]", quoted.join(" ")));
    } else if !supported.contains(&word) {
        errors.unsupported(path, word, supported);
    }
}

fn validate_exit_codes(errors: &mut Errors, path: &Path<'_>, codes: &OnExitCodes, containers: &Set<&str>) {
    known_word(errors, &path.child("operator"), &codes.operator, &["In", "NotIn"]);
    if let Some(name) = codes.container_name.as_deref().filter(|name| !containers.contains(name)) {
        let message = "must be one of the container or initContainer names in the pod template";
        errors.invalid(&path.child("containerName"), name, message);
    }
    let path = path.child("values");
    let values = codes.values.as_deref().unwrap_or_default();
    if values.is_empty() {
        errors.invalid(&path, codes.values.write(), "at least one value is required");
    } else if values.len() > MOST_EXIT_CODES {
        errors.too_many(&path, values.len(), MOST_EXIT_CODES);
    }
    let mut seen = Set::new();
    for (i, &value) in values.iter().enumerate() {
        if value == 0 && codes.operator == "In" {
            errors.invalid(&path.index(i), value, "must not be 0 for the In operator");
        }
        if !seen.insert(value) {
            errors.duplicate(&path.index(i), value);
        }
    }
    if !values.is_sorted() {
        errors.invalid(&path, codes.values.write(), "must be ordered");
    }
}

fn validate_pod_conditions(errors: &mut Errors, path: &Path<'_>, conditions: &[OnPodCondition]) {
    if conditions.len() > MOST_CONDITIONS {
        errors.too_many(path, conditions.len(), MOST_CONDITIONS);
    }
    for (i, condition) in conditions.iter().enumerate() {
        let path = path.index(i);
        errors.invalid_each(&path.child("type"), &condition.kind, names::qualified_name(&condition.kind));
        known_word(errors, &path.child("status"), &condition.status, &["False", "True", "Unknown"]);
    }
}

fn validate_success_policy(errors: &mut Errors, path: &Path<'_>, spec: &JobSpec) {
    let Some(policy) = &spec.success_policy else { return };
    let path = path.child("successPolicy");
    if !spec.is_indexed() {
        errors.invalid(
            &path,
            inside_job(&["spec", "successPolicy"], &policy.write()),
            "requires indexed completion mode",
        );
        return;
    }
    let path = path.child("rules");
    if policy.rules.is_empty() {
        errors.required(&path, "at least one rules must be specified when the successPolicy is specified");
    }
    if policy.rules.len() > MOST_RULES {
        errors.too_many(&path, policy.rules.len(), MOST_RULES);
    }
    for (i, rule) in policy.rules.iter().enumerate() {
        validate_success_rule(errors, &path.index(i), rule, spec.completions.unwrap_or(i32::MAX));
    }
}

fn validate_success_rule(errors: &mut Errors, path: &Path<'_>, rule: &SuccessPolicyRule, completions: i32) {
    let (count, indexes) = (path.child("succeededCount"), path.child("succeededIndexes"));
    if rule.succeeded_count.is_none() && rule.succeeded_indexes.is_none() {
        errors.required(path, "at least one of succeededCount or succeededIndexes must be specified");
    }
    let mut listed = 0;
    if let Some(list) = &rule.succeeded_indexes {
        if list.len() > LONGEST_INDEX_LIST {
            errors.too_long(&indexes, LONGEST_INDEX_LIST);
        }
        match count_indexes(list, i64::from(completions)) {
            Ok(number) => listed = number,
            Err(why) => errors.invalid(&indexes, list, format!("error parsing succeededIndexes: {why}")),
        }
    }
    if let Some(value) = rule.succeeded_count {
        errors.non_negative(&count, value.into());
        let at_most = |most: i64, what: &str| format!("must be less than or equal to {most} ({what})");
        if value > completions {
            let message = at_most(completions.into(), "the number of specified completions");
            errors.invalid(&count, value, message);
        }
        if rule.succeeded_indexes.is_some() && i64::from(value) > listed {
            let message = at_most(listed, "the number of indexes in the specified succeededIndexes field");
            errors.invalid(&count, value, message);
        }
    }
}

/// How many indexes `0,2-4` lists; all must be below `completions` and ascend.
fn count_indexes(list: &str, completions: i64) -> Result<i64, String> {
    if list.is_empty() {
        return Ok(0);
    }
    let (mut total, mut last) = (0, None);
    for interval in list.split(',') {
        let limits: Vec<&str> = interval.split('-').collect();
        let read = |text: &str| {
            let index: i64 =
                text.parse().map_err(|_| format!("cannot convert string to integer for index: \"{text}\""))?;
            if index >= completions { Err(format!("too large index: \"{text}\"")) } else { Ok(index) }
        };
        let (first, end) = match limits[..] {
            [one] => (read(one)?, read(one)?),
            [first, end] => {
                let (first, end) = (read(first)?, read(end)?);
                if first >= end {
                    return Err(format!("non-increasing order, previous: {first}, current: {end}"));
                }
                (first, end)
            }
            _ => {
                return Err(format!(
                    "the fragment \"{interval}\" violates the requirement that an index interval can have at most two \
                     parts separated by '-'"
                ));
            }
        };
        if let Some(last) = last.filter(|&last| last >= first) {
            return Err(format!("non-increasing order, previous: {last}, current: {first}"));
        }
        total += end - first + 1;
        last = Some(end);
    }
    Ok(total)
}

/// Labels as they are shown; none at all are null.
fn labels_value(labels: &StringMap) -> Value {
    if labels.is_empty() { Value::Null } else { labels.write() }
}
