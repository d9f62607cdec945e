//! What the why panel says: the controller's passes up to an instant, and where a number comes from.

use crate::api::job::TRACKING_FINALIZER;
use crate::api::{Job, Kind, Object, ObjectKey, Pod, Text};
use crate::controllers::job::{Action, Because, Decision, Next, Step, Wait, restarts};
use crate::sim::Timestamp;
use crate::ui::status::doing::{Doing, doing};
use crate::ui::status::model::{Retry, Tone};
use std::rc::Rc;

/// The newest so many passes are shown.
pub const MOST_PASSES: usize = 60;

/// A step of a pass: what was looked at and what it came to.
#[derive(Clone, Debug, PartialEq)]
pub struct StepRow {
    pub sentence: String,
    /// The field of the manifest that it obeys.
    pub field: Option<String>,
    /// The pods that it is about.
    pub pods: Vec<ObjectKey>,
    pub tone: Tone,
    /// Whether it changed something or ended the pass; others only looked.
    pub decides: bool,
}

/// A part of a sentence.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    Words(String),
    Pod(ObjectKey),
}

/// A sentence with the pods in it as links, and the pods that it does not name.
pub fn linked(sentence: &str, pods: &[ObjectKey]) -> (Vec<Part>, Vec<ObjectKey>) {
    let (mut parts, mut rest) = (Vec::new(), sentence);
    let mut unnamed = pods.to_vec();
    while let Some((at, pod)) =
        pods.iter().filter_map(|pod| Some((rest.find(pod.name.as_str())?, pod))).min_by_key(|(at, _)| *at)
    {
        if at > 0 {
            parts.push(Part::Words(rest[..at].to_owned()));
        }
        parts.push(Part::Pod(pod.clone()));
        unnamed.retain(|other| other != pod);
        rest = &rest[at + pod.name.len()..];
    }
    if !rest.is_empty() {
        parts.push(Part::Words(rest.to_owned()));
    }
    (parts, unnamed)
}

/// One pass of the controller.
#[derive(Clone, Debug, PartialEq)]
pub struct Pass {
    pub at: Timestamp,
    /// What made the controller look.
    pub because: Vec<String>,
    /// The step that says most, for the head of the pass.
    pub headline: String,
    pub tone: Tone,
    pub steps: Vec<StepRow>,
    /// What happens next, as seen from the pass.
    pub next: String,
}

/// The passes up to an instant, newest first.
pub fn passes(decisions: &[Decision], namespace: &Text, now: Timestamp) -> Vec<Pass> {
    let until = decisions.partition_point(|decision| decision.at <= now);
    decisions[..until].iter().rev().take(MOST_PASSES).map(|decision| pass(decision, namespace)).collect()
}

fn pass(decision: &Decision, namespace: &Text) -> Pass {
    let steps: Vec<StepRow> = decision.steps.iter().map(|step| row(step, namespace)).collect();
    let main = decision.steps.iter().zip(&steps).max_by_key(|(step, _)| weight(step));
    Pass {
        at: decision.at,
        because: decision.triggers.iter().map(|trigger| trigger.sentence()).collect(),
        headline: main.map_or(String::new(), |(_, row)| row.sentence.clone()),
        tone: main.map_or(Tone::Waiting, |(_, row)| row.tone),
        steps,
        next: decision.next.sentence(decision.at),
    }
}

fn row(step: &Step, namespace: &Text) -> StepRow {
    let pods = step.pods().into_iter().map(|name| ObjectKey::new(Kind::Pod, namespace.clone(), name.clone()));
    StepRow {
        sentence: step.sentence(),
        field: step.field(),
        pods: pods.collect(),
        tone: tone(step),
        decides: weight(step) > 2,
    }
}

fn tone(step: &Step) -> Tone {
    match step {
        Step::FailJob { .. }
        | Step::BackoffLimit { exceeded: true, .. }
        | Step::RestartLimit { exceeded: true, .. }
        | Step::Deadline { passed: true, .. }
        | Step::MaxFailedIndexes { exceeded: true, .. }
        | Step::FailedIndexes { all_decided: true, .. }
        | Step::IndexesFailed { .. }
        | Step::CreateFailed { .. }
        | Step::DeleteFailed { .. }
        | Step::WriteFailed { .. } => Tone::Bad,
        Step::Condition { kind, .. } if matches!(kind.as_str(), "Failed" | "FailureTarget") => Tone::Bad,
        Step::Condition { kind, .. } if matches!(kind.as_str(), "Complete" | "SuccessCriteriaMet") => Tone::Good,
        Step::Completions { reached: true, .. } | Step::SuccessPolicy { met: Some(_), .. } => Tone::Good,
        Step::Created(_) | Step::Started | Step::Resumed => Tone::Running,
        Step::Deleted { .. } | Step::WaitsForPods { .. } | Step::BeingDeleted => Tone::Ending,
        Step::Ended { failed, .. } if !failed.is_empty() => Tone::Bad,
        Step::Ended { .. } => Tone::Good,
        _ => Tone::Waiting,
    }
}

/// How much a step says about its pass: the greatest is its headline.
fn weight(step: &Step) -> u8 {
    match step {
        Step::Condition { .. } | Step::FailJob { .. } | Step::WriteFailed { .. } => 9,
        Step::IndexesFailed { .. } => 8,
        Step::Suspended | Step::Resumed => 8,
        Step::Created(_) | Step::CreateFailed { .. } | Step::Deleted { .. } | Step::DeleteFailed { .. } => 7,
        Step::Backoff { .. } | Step::IndexBackoff { .. } => 6,
        Step::WaitsForPods { .. } => 5,
        Step::RuleMatched { .. } | Step::Adopted(_) | Step::Released(_) => 4,
        Step::Ended { .. } => 3,
        Step::BackoffLimit { exceeded, .. } | Step::RestartLimit { exceeded, .. } => 1 + 2 * u8::from(*exceeded),
        Step::Deadline { passed, .. } => 1 + 2 * u8::from(*passed),
        Step::MaxFailedIndexes { exceeded, .. } => 1 + 2 * u8::from(*exceeded),
        Step::FailedIndexes { all_decided, .. } => 1 + 2 * u8::from(*all_decided),
        Step::SuccessPolicy { met, .. } => 1 + 2 * u8::from(met.is_some()),
        Step::Completions { reached, .. } => 1 + 2 * u8::from(*reached),
        Step::Started => 2,
        _ => 1,
    }
}

/// The waits that the last pass before an instant has announced.
pub fn retries(decisions: &[Decision], now: Timestamp) -> Vec<Retry> {
    let until = decisions.partition_point(|decision| decision.at <= now);
    let Some(last) = decisions[..until].last() else { return Vec::new() };
    let announced = last.steps.iter().filter_map(|step| match (step, last.next) {
        (Step::Backoff { remaining, .. }, _) => Some(Retry::at(last.at + *remaining)),
        (Step::IndexBackoff { indexes, remaining, .. }, _) => {
            Some(Retry { index: indexes.first().copied(), ..Retry::at(last.at + *remaining) })
        }
        (Step::CreateFailed { error, .. }, Next::At(at, Wait::Retry)) => {
            Some(Retry { refused: Some(error.clone()), ..Retry::at(at) })
        }
        _ => None,
    });
    let announced: Vec<Retry> = announced.collect();
    match last.next {
        Next::At(at, Wait::Backoff) if announced.is_empty() => vec![Retry::at(at)],
        _ => announced,
    }
}

/// Where a number of the status comes from.
#[derive(Clone, Debug, PartialEq)]
pub struct Provenance {
    /// `Why is failed 1 and not 2?`
    pub question: String,
    pub items: Vec<Item>,
    /// What to know about the field, in a sentence.
    pub rule: &'static str,
}

/// A pod (or a few) and what it adds to the number.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    pub pod: Option<ObjectKey>,
    pub text: String,
    pub counts: bool,
}

/// Where `name` of a Job's status comes from, given its pods and its controller's passes up to the same instant.
pub fn provenance(name: &str, job: &Job, pods: &[Rc<Pod>], decisions: &[Decision], now: Timestamp) -> Provenance {
    let until = decisions.partition_point(|decision| decision.at <= now);
    let decisions = &decisions[..until];
    let status = &job.status;
    let (value, rule, items) = match name {
        "failed" => (status.failed, FAILED, failures(job, pods, decisions)),
        "succeeded" => (status.succeeded, SUCCEEDED, successes(job, pods, decisions)),
        "active" => (status.active, ACTIVE, those(pods, |pod| pod.is_active())),
        "ready" => (status.ready.unwrap_or(0), READY, those(pods, |pod| pod.is_active() && pod.is_ready())),
        _ => (status.terminating.unwrap_or(0), TERMINATING, those(pods, |pod| pod.is_terminating())),
    };
    let others = items.iter().filter(|item| !item.counts).count();
    let question = match others {
        0 => format!("Why is {name} {value}?"),
        _ => format!("Why is {name} {value} and not {}?", value as usize + others),
    };
    let mut items = items;
    if name == "failed" {
        items.extend(restarted(pods));
    }
    Provenance { question, items, rule }
}

const FAILED: &str =
    "It counts pods, not containers, restarts or indexes. A pod counts when the controller has seen that it failed.";
const SUCCEEDED: &str = "It counts pods that have succeeded; of an Indexed Job, indexes.";
const ACTIVE: &str =
    "It counts pods that are neither finished nor being deleted. Pods that wait for a node or an image are active.";
const READY: &str = "It counts active pods whose condition Ready is true.";
const TERMINATING: &str = "It counts pods that are being deleted and have not ended yet.";
/// More pods than this are only counted.
const MOST_ITEMS: usize = 12;

fn those(pods: &[Rc<Pod>], of: impl Fn(&Pod) -> bool) -> Vec<Item> {
    let chosen: Vec<&Rc<Pod>> = pods.iter().filter(|pod| of(pod)).collect();
    let mut items: Vec<Item> = chosen.iter().take(MOST_ITEMS).map(|pod| item(pod, where_it_is(pod), true)).collect();
    items.extend(and_more(chosen.len().saturating_sub(MOST_ITEMS)));
    items
}

fn item(pod: &Rc<Pod>, text: String, counts: bool) -> Item {
    Item { pod: Some(Object::Pod(pod.clone()).key()), text, counts }
}

fn and_more(count: usize) -> Option<Item> {
    (count > 0).then(|| Item { pod: None, text: format!("and {count} more"), counts: true })
}

/// `running on node-1`
fn where_it_is(pod: &Pod) -> String {
    match &pod.node_name {
        Some(node) => format!("{} on {node}", doing(pod).word()),
        None => format!("{}: it has no node yet", Doing::Pending.word()),
    }
}

fn successes(job: &Job, pods: &[Rc<Pod>], decisions: &[Decision]) -> Vec<Item> {
    if job.spec.is_indexed() {
        let done = &job.status.completed_indexes;
        let mut items = Vec::new();
        if !done.is_empty() {
            items.push(Item { pod: None, text: format!("completedIndexes lists {done}"), counts: true });
        }
        return items;
    }
    let mut names: Vec<&Text> = Vec::new();
    let mut more = 0;
    for step in decisions.iter().flat_map(|decision| &decision.steps) {
        if let Step::Ended { succeeded, .. } = step {
            names.extend(succeeded.named.iter().filter(|name| !names.contains(name)).collect::<Vec<_>>());
            more += succeeded.more as usize;
        }
    }
    more += names.len().saturating_sub(MOST_ITEMS);
    let named = names.into_iter().take(MOST_ITEMS);
    let mut items: Vec<Item> = named
        .map(|name| match pods.iter().find(|pod| pod.metadata.name == *name) {
            Some(pod) => item(pod, "succeeded".into(), true),
            None => Item { pod: None, text: format!("{name} succeeded and is gone"), counts: true },
        })
        .collect();
    items.extend(and_more(more));
    items
}

/// The pods whose containers were started again in place, which is no failure of theirs.
fn restarted(pods: &[Rc<Pod>]) -> Vec<Item> {
    let told = pods.iter().filter_map(|pod| {
        let times = match restarts(pod) {
            0 => return None,
            1 => "1 restart".to_owned(),
            more => format!("{more} restarts"),
        };
        Some(item(
            pod,
            format!("has not failed: {times} in place. They fill backoffLimit, but are not counted here."),
            false,
        ))
    });
    told.take(MOST_ITEMS).collect()
}

/// Every pod that has failed: whether it counts, and why.
fn failures(job: &Job, pods: &[Rc<Pod>], decisions: &[Decision]) -> Vec<Item> {
    let mut names: Vec<&Text> = Vec::new();
    let mut more = 0;
    let gives_up = |step: &Step| matches!(step, Step::Condition { kind, .. } if kind == "FailureTarget");
    let given_up = decisions.iter().find(|decision| decision.steps.iter().any(gives_up)).map(|decision| decision.at);
    // Those whose end was not known yet when the Job was given up.
    let mut late: Vec<&Text> = Vec::new();
    let steps = decisions.iter().flat_map(|decision| decision.steps.iter().map(move |step| (decision.at, step)));
    for (at, step) in steps {
        let listed = match step {
            Step::Ended { failed, .. } => failed,
            Step::Deleted { pods, because: Because::Over } if given_up.is_some() => pods,
            _ => continue,
        };
        let is_late = given_up.is_some_and(|given_up| at > given_up) || matches!(step, Step::Deleted { .. });
        for name in &listed.named {
            if !names.contains(&name) {
                names.push(name);
                late.extend(Some(name).filter(|_| is_late));
            }
        }
        more += listed.more as usize;
    }
    // What has failed since the last pass is known to nobody but the pod.
    for pod in pods.iter().filter(|pod| doing(pod) == Doing::Failed) {
        if !names.contains(&&pod.metadata.name) && more == 0 {
            names.push(&pod.metadata.name);
        }
    }
    more += names.len().saturating_sub(MOST_ITEMS);
    let told = names.into_iter().take(MOST_ITEMS).map(|name| {
        let mut item = failure(job, name, pods, decisions);
        if late.contains(&name) {
            item.text += " It was still under way when the Job was given up.";
        }
        item
    });
    let mut items: Vec<Item> = told.collect();
    items.extend(and_more(more));
    items
}

fn failure(job: &Job, name: &Text, pods: &[Rc<Pod>], decisions: &[Decision]) -> Item {
    let pod = pods.iter().find(|pod| pod.metadata.name == *name);
    let mut text = pod.map_or(format!("{name} failed and is gone"), |pod| how_it_failed(pod));
    let rule = decisions.iter().flat_map(|decision| &decision.steps).find_map(|step| match step {
        Step::RuleMatched { rule, action, pods, .. } if pods.named.contains(name) => Some((*rule, *action)),
        _ => None,
    });
    let pending = pod.is_some_and(|pod| pod.metadata.has_finalizer(TRACKING_FINALIZER)) && !job.status.is_finished();
    let counts = match rule {
        Some((rule, Action::Ignore)) => {
            text += &format!(". Rule {rule} matched: Ignore. Not counted.");
            false
        }
        Some((rule, action)) if !pending => {
            text += &format!(". Rule {rule} matched: {}. Counted.", action.as_str());
            true
        }
        _ if pending && job.spec.backoff_limit_per_index.is_some() => {
            text += ". It will be counted when its replacement exists.";
            false
        }
        _ if pending => {
            text += ". It will be counted in the next pass.";
            false
        }
        _ => {
            text += ". Counted.";
            true
        }
    };
    match pod {
        Some(pod) => item(pod, text, counts),
        None => Item { pod: None, text, counts },
    }
}

/// `exited 42`, `was deleted`, …
fn how_it_failed(pod: &Pod) -> String {
    let statuses = pod.status.init_container_statuses.iter().chain(&pod.status.container_statuses);
    let ended = statuses.filter_map(|status| status.terminated()).find(|terminated| terminated.exit_code != 0);
    let disrupted = pod.status.condition("DisruptionTarget").filter(|condition| condition.holds("DisruptionTarget"));
    match (disrupted, ended) {
        (Some(condition), _) => format!("was disrupted ({})", condition.reason),
        (None, Some(terminated)) if terminated.reason == "OOMKilled" => "ran out of memory (137)".into(),
        (None, Some(terminated)) => match signal(terminated.exit_code) {
            Some(signal) => format!("exited {} ({signal})", terminated.exit_code),
            None => format!("exited {}", terminated.exit_code),
        },
        (None, None) if pod.metadata.is_deleting() => "was deleted".into(),
        (None, None) => "failed".into(),
    }
}

/// The signal that an exit code above 128 stands for, by its name.
pub fn signal(code: i32) -> Option<&'static str> {
    const SIGNALS: [(i32, &str); 8] = [
        (1, "SIGHUP"),
        (2, "SIGINT"),
        (3, "SIGQUIT"),
        (6, "SIGABRT"),
        (9, "SIGKILL"),
        (11, "SIGSEGV"),
        (13, "SIGPIPE"),
        (15, "SIGTERM"),
    ];
    SIGNALS.iter().find(|(number, _)| code == 128 + number).map(|(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::yaml::print;
    use crate::recording::Run;
    use crate::ui::status::model::{pods_of, subject};
    use crate::ui::testing::{ONE, manifest, play, played};
    use serde_json::json;
    use std::time::Duration;

    const PER_INDEX: &str = include_str!("../../lessons/content/5-backoff-per-index/solution.yaml");

    /// The per-index lesson, solved, at this instant.
    fn at(millis: u64) -> (Run, Timestamp) {
        let rules = json!([
            {"match": {"index": 0}, "run": {"seconds": 3, "exitCode": 1}},
            {"match": {"index": 1}, "run": {"seconds": 3, "exitCode": 42}},
            {"run": {"seconds": 4}},
        ]);
        let run = played(PER_INDEX, rules, millis);
        let now = run.start() + Duration::from_millis(millis);
        (run, now)
    }

    #[test]
    fn pods_in_a_sentence_are_links() {
        let key = |name: &'static str| ObjectKey::new(Kind::Pod, "default", name);
        let (parts, unnamed) = linked("2 pods have failed: a-1, b-2.", &[key("b-2"), key("a-1"), key("c-3")]);
        let words = |text: &str| Part::Words(text.into());
        let expected =
            [words("2 pods have failed: "), Part::Pod(key("a-1")), words(", "), Part::Pod(key("b-2")), words(".")];
        assert_eq!((parts.as_slice(), unnamed), (&expected[..], vec![key("c-3")]));
    }

    #[test]
    fn passes_are_told_newest_first_and_never_from_the_future() {
        let (run, now) = at(60_000);
        let view = run.storage().at_instant(now);
        let job = subject(view, None).expect("a Job");
        let decisions = run.cluster().job_controller().decisions(job.metadata.uid);
        let all = passes(decisions, &job.metadata.namespace, now);
        assert!(all.len() >= 5, "{}", all.len());
        assert!(all.windows(2).all(|pair| pair[0].at >= pair[1].at));
        assert!(all[0].headline.contains("Failed"), "{all:#?}");
        let early = passes(decisions, &job.metadata.namespace, run.start() + Duration::from_secs(2));
        assert!(!early.is_empty() && early.iter().all(|pass| pass.at <= run.start() + Duration::from_secs(2)));
        let steps = all.iter().flat_map(|pass| &pass.steps);
        assert!(steps.clone().any(|step| step.field.as_deref() == Some("spec.podFailurePolicy.rules[0]")));
    }

    #[test]
    fn a_number_knows_its_pods() {
        let check = |millis: u64, name: &str, question: &str, says: &[&str]| {
            let (run, now) = at(millis);
            let view = run.storage().at_instant(now);
            let job = subject(view, None).expect("a Job");
            let decisions = run.cluster().job_controller().decisions(job.metadata.uid);
            let told = provenance(name, &job, &pods_of(view, &job), decisions, now);
            let texts: Vec<&str> = told.items.iter().map(|item| item.text.as_str()).collect();
            let status = print::yaml(&Object::Job(job.clone()).to_value()["status"]);
            assert_eq!((told.question.as_str(), texts.as_slice()), (question, says), "{status}\n{decisions:#?}");
        };
        check(2_500, "failed", "Why is failed 0?", &[]);
        check(
            7_000,
            "failed",
            "Why is failed 1 and not 2?",
            &[
                "exited 1. It will be counted when its replacement exists.",
                "exited 42. Rule 0 matched: FailIndex. Counted.",
            ],
        );
        check(60_000, "succeeded", "Why is succeeded 2?", &["completedIndexes lists 2,3"]);
        check(60_000, "active", "Why is active 0?", &[]);
    }

    #[test]
    fn what_is_no_failure_and_what_came_too_late_are_told() {
        let check = |policy: &str, rest: &str, seconds: u64, question: &str, says: &[&str]| {
            let rules = json!([
                {"match": {"ordinal": 0}, "run": {"seconds": 3, "exitCode": 137}},
                {"run": {"seconds": 4.5, "exitCode": 2}},
            ]);
            let run = played(manifest(policy, ONE, rest), rules, seconds * 1000);
            let now = run.start() + Duration::from_secs(seconds);
            let view = run.storage().now();
            let job = subject(view, None).expect("a Job");
            let decisions = run.cluster().job_controller().decisions(job.metadata.uid);
            let told = provenance("failed", &job, &pods_of(view, &job), decisions, now);
            // The end of a name is chance.
            let named = |word: &'_ str| if word.starts_with("demo-") { "POD".to_owned() } else { word.to_owned() };
            let words = |item: &Item| item.text.split(' ').map(named).collect::<Vec<_>>().join(" ");
            let texts: Vec<String> = told.items.iter().map(words).collect();
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            assert_eq!((told.question.as_str(), texts.as_slice()), (question, says), "{decisions:#?}");
        };
        check(
            "OnFailure",
            "backoffLimit: 6",
            20,
            "Why is failed 0?",
            &["has not failed: 2 restarts in place. They fill backoffLimit, but are not counted here."],
        );
        check(
            "Never",
            "backoffLimit: 0, completions: 2, parallelism: 2",
            20,
            "Why is failed 2?",
            &[
                "exited 137 (SIGKILL). Counted.",
                "POD failed and is gone. Counted. It was still under way when the Job was given up.",
            ],
        );
    }

    #[test]
    fn a_controller_that_forgets_says_so_and_so_does_a_success() {
        let check = |rest: &str, codes: &[u8], restarts_at: Option<u64>, expected: &[&str]| {
            let rules = codes
                .iter()
                .enumerate()
                .map(|(ordinal, code)| json!({"match": {"ordinal": ordinal}, "run": {"seconds": 2, "exitCode": code}}));
            let first = restarts_at.unwrap_or(60) * 1000;
            let mut run = played(manifest("Never", ONE, rest), rules.collect(), first);
            if restarts_at.is_some() {
                run.inject(crate::cluster::Fault::ControllerRestart);
                play(&mut run, 60_000);
            }
            let job = subject(run.storage().now(), None).expect("a Job");
            let decisions = run.cluster().job_controller().decisions(job.metadata.uid);
            let mut told = passes(decisions, &job.metadata.namespace, run.now());
            told.reverse();
            let lines = told.iter().flat_map(|pass| {
                pass.because.iter().cloned().chain(pass.steps.iter().map(|step| step.sentence.clone()))
            });
            let words = ["back-off", "since the last success"];
            let told: Vec<String> = lines.filter(|line| words.iter().any(|word| line.contains(word))).collect();
            assert_eq!(told, expected, "{rest} {codes:?}");
        };
        check(
            "completions: 2",
            &[1, 0, 0],
            None,
            &[
                "1 failure since the last success: a new pod waits 10 s, for another 9.8 s.",
                "A pod has succeeded, and the back-off starts over: it had counted 1 failure.",
            ],
        );
        check(
            "completions: 1",
            &[1, 0],
            Some(6),
            &[
                "1 failure since the last success: a new pod waits 10 s, for another 9.8 s.",
                "The controller has just started: what it only had in memory, such as a common back-off, is gone.",
            ],
        );
    }

    #[test]
    fn a_wait_is_announced_with_its_index() {
        let (run, now) = at(7_000);
        let job = subject(run.storage().at_instant(now), None).expect("a Job");
        let retries = retries(run.cluster().job_controller().decisions(job.metadata.uid), now);
        assert_eq!(retries.iter().map(|retry| retry.index).collect::<Vec<_>>(), [Some(0)]);
        assert!(retries[0].at > now && retries[0].at < now + Duration::from_secs(10));
    }
}
