//! What ends the Job: every line that it can come to, how far it is from each, and which it has come to first.

use crate::api::{Job, Pod, Text};
use crate::controllers::job::{Action, Decision, Step, failure_counts, first_match, progress, restarts};
use crate::sim::{Map, Order, Timestamp};
use crate::ui::status::doing::{Doing, doing, is_image_missing};
use crate::ui::status::model::{Tone, span_words};
use std::rc::Rc;
use std::time::Duration;

/// So many indexes are told one by one: those that have failed most.
const MOST_INDEXES: usize = 3;

/// A line that ends the Job, or an index of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Limit {
    /// The field of the manifest that draws it, as a path.
    pub field: String,
    /// How far it is: `failed 3 of 6`.
    pub words: String,
    /// How much of it is used, in thousandths; none where that cannot be said.
    pub used: Option<u32>,
    /// What comes next: `3 more may fail; one after that ends the Job.`
    pub meaning: String,
    pub tone: Tone,
    /// Whether the Job has come to it first.
    pub decided: bool,
}

/// What is known of a Job's pods that its status does not say.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tries {
    /// How often containers of living pods were started again.
    pub restarts: i64,
    /// How often indexes have failed that are not decided yet, the worst first.
    pub failures: Vec<(u32, u32)>,
    /// How many pods wait for an image that nobody can pull.
    pub stuck: usize,
}

impl Tries {
    /// Whether a Job has limits that are about restarts, or about the failures of indexes.
    pub fn matter_to(job: &Job) -> bool {
        job.spec.backoff_limit_per_index.is_some() || restarts_in_place(job)
    }
}

fn restarts_in_place(job: &Job) -> bool {
    job.spec.template.spec.restart_policy.as_deref() == Some("OnFailure")
}

/// Counts restarts and the failures of indexes, where a Job's limits are about them. `pods` are in order of creation;
/// `decisions` are what was decided so far: of pods that are gone nobody else knows how often they were restarted.
pub fn tries(job: &Job, pods: &[Rc<Pod>], decisions: &[Decision]) -> Tries {
    let spec = &job.spec;
    let mut indexes: Map<u32, u32> = Map::new();
    if spec.backoff_limit_per_index.is_some() {
        for pod in pods {
            let Some(index) = pod.completion_index() else { continue };
            let ignored = || {
                let policy = spec.pod_failure_policy.as_ref();
                policy.and_then(|policy| first_match(policy, pod)).is_some_and(|found| found.action == Action::Ignore)
            };
            let own = u32::from(doing(pod) == Doing::Failed && !ignored());
            let failures = indexes.entry(index).or_default();
            *failures = (failure_counts(pod).0 + own).max(*failures);
        }
    }
    let status = &job.status;
    let is_decided = |index: u32| {
        status.completed_indexes.contains(index)
            || status.failed_indexes.as_ref().is_some_and(|failed| failed.contains(index))
    };
    let mut failures: Vec<_> =
        indexes.into_iter().filter(|&(index, failures)| failures > 0 && !is_decided(index)).collect();
    failures.order_by_key(|&(index, failures)| (std::cmp::Reverse(failures), index));
    let stuck = pods.iter().filter(|pod| pod.is_active() && is_image_missing(pod)).count();
    let seen = || {
        let mut steps = decisions.iter().rev().flat_map(|decision| &decision.steps);
        steps.find_map(|step| match step {
            Step::RestartLimit { restarts, .. } => Some(*restarts),
            _ => None,
        })
    };
    let living = pods.iter().map(|pod| restarts(pod)).sum();
    let restarts = reason(job).and_then(|_| seen()).unwrap_or(living);
    Tries { restarts, failures, stuck }
}

/// Every line of a Job as it stands at an instant: first those of success, then those of failure.
pub fn limits(job: &Job, tries: &Tries, now: Timestamp) -> Vec<Limit> {
    let reason = reason(job);
    let good = successes(job).into_iter().map(|line| (line, Tone::Running, Tone::Good));
    let bad = failures(job, tries, now).into_iter().map(|line| (line, Tone::Ending, Tone::Bad));
    let told = good.chain(bad).map(|(line, open, reached)| {
        let decided = reason.is_some_and(|reason| *reason == *line.reason);
        let meaning = match reason {
            Some(_) if decided => "This one has decided.".into(),
            Some(_) => String::new(),
            None => line.meaning,
        };
        let tone = if decided { reached } else { open };
        let used = line.of.map(|(used, limit)| share(used, limit));
        Limit { field: format!("spec.{}", line.field), words: line.words, used, meaning, tone, decided }
    });
    told.collect()
}

/// A line, before it is known which has decided.
struct Line {
    field: String,
    words: String,
    /// How much is used of how much.
    of: Option<(i64, i64)>,
    meaning: String,
    /// The reason of the condition that says the Job has come to it; empty where none does.
    reason: &'static str,
}

impl Line {
    fn new(field: impl Into<String>, reason: &'static str, words: String, meaning: impl Into<String>) -> Self {
        Self { field: field.into(), words, of: None, meaning: meaning.into(), reason }
    }

    fn of(mut self, used: i64, limit: i64) -> Self {
        self.of = Some((used, limit));
        self
    }
}

/// Why the Job ends, if that is decided.
fn reason(job: &Job) -> Option<&Text> {
    let mut kinds = ["Complete", "Failed", "SuccessCriteriaMet", "FailureTarget"].into_iter();
    kinds.find_map(|kind| job.status.condition(kind)).map(|condition| &condition.reason)
}

fn successes(job: &Job) -> Vec<Line> {
    let (spec, status) = (&job.spec, &job.status);
    let succeeded = i64::from(status.succeeded);
    let all = match spec.completions.map(i64::from) {
        Some(completions) => {
            let meaning = match spec.backoff_limit_per_index {
                Some(_) => "Then it is complete, unless an index has failed for good.",
                None => "Then it is complete.",
            };
            let words = format!("succeeded {succeeded} of {completions}");
            Line::new("completions", "CompletionsReached", words, meaning).of(succeeded, completions)
        }
        None => {
            let meaning = match succeeded {
                0 => "The first success closes the queue: no pod is made any more, and the Job waits for the others.",
                _ => "The queue is closed: no pod is made any more, and the Job waits for those that still run.",
            };
            let words = format!("unset, a work queue: succeeded {succeeded}, active {}", status.active);
            Line::new("completions", "CompletionsReached", words, meaning)
        }
    };
    let completions = spec.index_count();
    let rules = spec.success_policy.iter().flat_map(|policy| &policy.rules).enumerate().map(|(number, rule)| {
        let listed = rule.succeeded_indexes.as_ref().map_or_else(|| "all".to_owned(), |listed| listed.to_string());
        let message = format!("Matched rules at index {number}");
        let is_met = status.condition("SuccessCriteriaMet").is_some_and(|met| met.message == *message);
        let line = |words| {
            let (field, reason) = (format!("successPolicy.rules[{number}]"), if is_met { "SuccessPolicy" } else { "" });
            Line::new(field, reason, words, "Then it is complete, and pods that still run are deleted.")
        };
        match progress(rule, completions, &status.completed_indexes) {
            Some((met, needed)) => line(format!("{met} of {needed} among {listed}")).of(met as i64, needed as i64),
            None => line("can never be met".to_owned()),
        }
    });
    std::iter::once(all).chain(rules).collect()
}

fn failures(job: &Job, tries: &Tries, now: Timestamp) -> Vec<Line> {
    let (spec, status) = (&job.spec, &job.status);
    let mut lines = vec![backoff_limit(job, tries)];
    let failed_indexes = status.failed_indexes.as_ref().map_or(0, |failed| failed.len() as i64);
    if let Some(limit) = spec.backoff_limit_per_index.map(i64::from) {
        let words = format!("failed for good: {failed_indexes}");
        let meaning =
            format!("One that fails more than {limit} × has failed for good. The Job fails once all are decided.");
        lines.push(Line::new("backoffLimitPerIndex", "FailedIndexes", words, meaning));
        let worst = tries.failures.iter().take(if reason(job).is_none() { MOST_INDEXES } else { 0 });
        lines.extend(worst.map(|&(index, failures)| {
            let words = format!("index {index} failed {failures} of {limit}");
            Line::new("backoffLimitPerIndex", "", words, "").of(failures.into(), limit + 1)
        }));
    }
    if let Some(limit) = spec.max_failed_indexes.map(i64::from) {
        let words = format!("failed indexes {failed_indexes} of {limit}");
        let line = Line::new("maxFailedIndexes", "MaxFailedIndexesExceeded", words, left(limit - failed_indexes));
        lines.push(line.of(failed_indexes, limit + 1));
    }
    match spec.active_deadline_seconds {
        Some(seconds) => lines.push(deadline(job, seconds, now)),
        None if tries.stuck > 0 => {
            let pods = if tries.stuck == 1 { "1 pod".to_owned() } else { format!("{} pods", tries.stuck) };
            let meaning =
                format!("{pods} cannot start and will never fail by themselves: only a deadline would end that.");
            lines.push(Line::new("activeDeadlineSeconds", "", "unset".into(), meaning));
        }
        None => {}
    }
    let rules = spec.pod_failure_policy.iter().flat_map(|policy| &policy.rules).enumerate();
    lines.extend(rules.filter(|(_, rule)| rule.action == "FailJob").map(|(number, _)| {
        let at = format!("at index {number}");
        let target = status.condition("FailureTarget").or(status.condition("Failed"));
        let is_met = target.is_some_and(|target| target.message.ends_with(&at));
        let (field, reason) =
            (format!("podFailurePolicy.rules[{number}]"), if is_met { "PodFailurePolicy" } else { "" });
        Line::new(field, reason, "FailJob".into(), "The first failure that it matches ends the Job.")
    }));
    lines
}

/// `backoffLimit`: failed pods, or restarts where containers restart in place.
fn backoff_limit(job: &Job, tries: &Tries) -> Line {
    let (spec, failed) = (&job.spec, i64::from(job.status.failed));
    let limit = i64::from(spec.backoff_limit.unwrap_or(6));
    let line = |words, meaning| Line::new("backoffLimit", "BackoffLimitExceeded", words, meaning);
    if limit == i64::from(i32::MAX) && spec.backoff_limit_per_index.is_some() {
        let meaning = "Without a limit, since every index has its own.".to_owned();
        return line(format!("failed {failed}"), meaning);
    }
    if restarts_in_place(job) {
        let most = limit.max(1);
        let meaning =
            "Then it fails, and its pods are deleted with their logs; with Never, failed pods would stay.".to_owned();
        return line(format!("restarts in place {} of {most}", tries.restarts), meaning).of(tries.restarts, most);
    }
    line(format!("failed {failed} of {limit}"), left(limit - failed)).of(failed, limit + 1)
}

/// What is left of a limit that may be reached, but not passed.
fn left(left: i64) -> String {
    match left {
        ..=0 => "One more ends the Job, and deletes the pods that still run.".into(),
        left => format!("{left} more may fail; one after that ends the Job."),
    }
}

/// `activeDeadlineSeconds`: the time since the Job began, up to its end.
fn deadline(job: &Job, seconds: i64, now: Timestamp) -> Line {
    let line = |words, meaning: String| Line::new("activeDeadlineSeconds", "DeadlineExceeded", words, meaning);
    let Some(start) = job.status.start_time.map(|time| time.timestamp()) else {
        let meaning = "The clock begins with the Job, and anew when it is resumed.";
        return line(format!("{seconds} s, not begun"), meaning.into());
    };
    let decided = job.status.conditions.iter().filter(|_| reason(job).is_some());
    let decided = decided.filter_map(|condition| condition.last_transition_time).map(|time| time.timestamp()).min();
    let limit = Duration::from_secs(u64::try_from(seconds).unwrap_or(0));
    let active = decided.unwrap_or(now).max(start).since(start);
    let meaning = format!("In {} it fails, whatever its pods do.", span_words(limit.saturating_sub(active)));
    let words = format!("active for {} of {}", span_words(active), span_words(limit));
    line(words, meaning).of(active.as_millis() as i64, limit.as_millis() as i64)
}

/// How much of a limit is used, in thousandths.
fn share(used: i64, limit: i64) -> u32 {
    match limit {
        ..=0 => 1000,
        limit => (used.clamp(0, limit) * 1000 / limit) as u32,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::status::model::{pods_of, subject};
    use crate::ui::testing::{ONE, manifest, played};
    use serde_json::json;

    /// No exit code: the image cannot be pulled.
    const STUCK: u8 = 255;

    /// The lines of a Job some seconds into a run: what `spec` says of it, and how each of its pods ends after 3 s.
    fn told(spec: &str, code: u8, seconds: u64) -> Vec<String> {
        let policy = if spec.contains("OnFailure") { "OnFailure" } else { "Never" };
        let spec = spec.replace("OnFailure", "");
        let others = match code {
            STUCK => json!({"stuck": "ImagePullBackOff"}),
            code => json!({"run": {"seconds": 3, "exitCode": code}}),
        };
        let rules = json!([{"match": {"index": 1}, "run": {"seconds": 3}}, others]);
        let run = played(manifest(policy, ONE, &spec), rules, seconds * 1000);
        let now = run.start() + Duration::from_secs(seconds);
        let view = run.storage().now();
        let job = subject(view, None).expect("a Job");
        let pods = pods_of(view, &job);
        let decisions = run.cluster().job_controller().decisions(job.metadata.uid);
        let told = limits(&job, &tries(&job, &pods, decisions), now).into_iter().map(|limit| {
            let used = limit.used.map_or(String::new(), |used| format!(" ({used} ‰)"));
            format!("{}: {}{used}{}", &limit.field[5..], limit.words, if limit.decided { " !" } else { "" })
        });
        told.collect()
    }

    #[test]
    fn what_ends_a_job_is_told_with_how_far_it_is() {
        let check = |spec: &str, code: u8, seconds: u64, expected: &[&str]| {
            assert_eq!(told(spec, code, seconds), expected, "{spec} after {seconds} s");
        };
        check("", 1, 8, &["completions: succeeded 0 of 1 (0 ‰)", "backoffLimit: failed 1 of 6 (142 ‰)"]);
        check("", 0, 8, &["completions: succeeded 1 of 1 (1000 ‰) !", "backoffLimit: failed 0 of 6 (0 ‰)"]);
        check(
            "backoffLimit: 0, activeDeadlineSeconds: 60",
            1,
            20,
            &[
                "completions: succeeded 0 of 1 (0 ‰)",
                "backoffLimit: failed 1 of 0 (1000 ‰) !",
                "activeDeadlineSeconds: active for 5.0 s of 60 s (83 ‰)",
            ],
        );
        check(
            "backoffLimit: 1, activeDeadlineSeconds: 10",
            1,
            20,
            &[
                "completions: succeeded 0 of 1 (0 ‰)",
                "backoffLimit: failed 1 of 1 (500 ‰)",
                "activeDeadlineSeconds: active for 10 s of 10 s (1000 ‰) !",
            ],
        );
        check(
            "OnFailure",
            1,
            20,
            &["completions: succeeded 0 of 1 (0 ‰)", "backoffLimit: restarts in place 2 of 6 (333 ‰)"],
        );
        check(
            "OnFailurebackoffLimit: 1",
            1,
            60,
            &["completions: succeeded 0 of 1 (0 ‰)", "backoffLimit: restarts in place 1 of 1 (1000 ‰) !"],
        );
        check(
            "completionMode: Indexed, completions: 2, parallelism: 2, backoffLimitPerIndex: 1, maxFailedIndexes: 1",
            1,
            9,
            &[
                "completions: succeeded 1 of 2 (500 ‰)",
                "backoffLimit: failed 0",
                "backoffLimitPerIndex: failed for good: 0",
                "backoffLimitPerIndex: index 0 failed 1 of 1 (500 ‰)",
                "maxFailedIndexes: failed indexes 0 of 1 (0 ‰)",
            ],
        );
        check(
            "completionMode: Indexed, completions: 3, parallelism: 3, successPolicy: {rules: [{succeededIndexes: '0,2'}, {succeededCount: 1}]}",
            1,
            9,
            &[
                "completions: succeeded 1 of 3 (333 ‰)",
                "successPolicy.rules[0]: 0 of 2 among 0,2 (0 ‰)",
                "successPolicy.rules[1]: 1 of 1 among all (1000 ‰) !",
                "backoffLimit: failed 2 of 6 (285 ‰)",
            ],
        );
        check(
            "podFailurePolicy: {rules: [{action: FailJob, onExitCodes: {operator: In, values: [42]}}]}",
            42,
            9,
            &[
                "completions: succeeded 0 of 1 (0 ‰)",
                "backoffLimit: failed 1 of 6 (142 ‰)",
                "podFailurePolicy.rules[0]: FailJob !",
            ],
        );
        check(
            "parallelism: 2, completions: 2, backoffLimit: 2, activeDeadlineSeconds: 600",
            STUCK,
            20,
            &[
                "completions: succeeded 0 of 2 (0 ‰)",
                "backoffLimit: failed 0 of 2 (0 ‰)",
                "activeDeadlineSeconds: active for 20 s of 10 min (33 ‰)",
            ],
        );
        check(
            "parallelism: 2, completions: 2, backoffLimit: 2",
            STUCK,
            20,
            &[
                "completions: succeeded 0 of 2 (0 ‰)",
                "backoffLimit: failed 0 of 2 (0 ‰)",
                "activeDeadlineSeconds: unset",
            ],
        );
        check(
            "suspend: true, activeDeadlineSeconds: 60, backoffLimit: 2",
            0,
            9,
            &[
                "completions: succeeded 0 of 1 (0 ‰)",
                "backoffLimit: failed 0 of 2 (0 ‰)",
                "activeDeadlineSeconds: 60 s, not begun",
            ],
        );
    }
}
