//! What the status panel says at a glance: the state in a word and a sentence, the numbers, the indexes.

use super::doing::{Doing, Seen};
use crate::api::{Job, Kind, Object, ObjectKey, Pod, Text};
use crate::apiserver::View;
use crate::sim::Timestamp;
use crate::ui::census::Census;
use std::rc::Rc;
use std::time::Duration;

/// Up to so many indexes have a cell each; more share cells.
pub const MOST_CELLS: usize = 240;

/// The Job that the panels speak of: the one selected, the owner of what is selected, or else the newest one.
pub fn subject(view: View<'_>, selected: Option<&ObjectKey>) -> Option<Rc<Job>> {
    let named = |key: &ObjectKey| view.get(key).and_then(Object::into_job);
    let of_selected = selected.and_then(|key| match key.kind {
        Kind::Job => named(key),
        _ => {
            let object = view.get(key)?;
            let owner = object.metadata().controller().filter(|owner| owner.kind == "Job")?;
            named(&ObjectKey::new(Kind::Job, key.namespace.clone(), owner.name.clone()))
        }
    });
    let newest = || {
        let jobs = view.list(Kind::Job).filter_map(Object::into_job);
        jobs.max_by_key(|job| (job.metadata.creation_timestamp, job.metadata.uid))
    };
    of_selected.or_else(newest)
}

/// The pods that a Job controls, by name.
pub fn pods_of(view: View<'_>, job: &Job) -> Vec<Rc<Pod>> {
    let uid = job.metadata.uid;
    let pods = view.list_in(Kind::Pod, &job.metadata.namespace).filter_map(Object::into_pod);
    pods.filter(|pod| pod.metadata.controller().is_some_and(|owner| owner.uid == uid)).collect()
}

/// How a Job stands, told by colour, form and word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    Waiting,
    Running,
    Ending,
    Good,
    Bad,
}

impl Tone {
    /// The word for the style sheet.
    pub const fn class(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Ending => "ending",
            Self::Good => "good",
            Self::Bad => "bad",
        }
    }
}

/// When the controller may create a pod again, and for whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retry {
    pub at: Timestamp,
    /// The first of the indexes that wait, where each has a back-off of its own.
    pub index: Option<u32>,
    /// Why the API server has refused a pod, if that is what the controller waits for.
    pub refused: Option<Text>,
}

impl Retry {
    /// A wait until an instant.
    pub fn at(at: Timestamp) -> Self {
        Self { at, index: None, refused: None }
    }
}

/// The state in a word, and what happens next in a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    pub tone: Tone,
    pub word: &'static str,
    /// Parts of the sentence, in order.
    clauses: Vec<Clause>,
}

/// A part of a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Clause {
    Words(String),
    /// `index 0 retries in …`: what happens, and when. Said until then.
    Until(String, Timestamp),
}

impl Verdict {
    fn of(tone: Tone, word: &'static str, sentence: impl Into<String>) -> Self {
        Self { tone, word, clauses: vec![Clause::Words(sentence.into())] }
    }

    /// The sentence as it reads at an instant: what lies ahead gets nearer.
    pub fn sentence(&self, now: Timestamp) -> String {
        let said = self.clauses.iter().filter_map(|clause| match clause {
            Clause::Words(words) => Some(words.clone()),
            Clause::Until(what, at) => (*at > now).then(|| format!("{what} {}", span_words(at.since(now)))),
        });
        let text = said.collect::<Vec<_>>().join(", ");
        let mut letters = text.chars();
        let Some(first) = letters.next() else { return "The controller looks again when something changes.".into() };
        let end = if text.ends_with('.') { "" } else { "." };
        format!("{}{}{end}", first.to_ascii_uppercase(), letters.as_str())
    }
}

/// One of the Job's counters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Number {
    /// The field of the status.
    pub name: &'static str,
    pub value: i64,
    /// Whether it is drawn as something bad.
    pub hot: bool,
}

/// A cell of the strip: one index (or pod), or a stretch of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// First and last index; of a Job without indexes, the order of creation.
    pub first: u32,
    pub last: u32,
    /// The worst that one of them does.
    pub doing: Doing,
    /// How many of 100 are done, for a stretch.
    pub done: u32,
    /// The newest pod of a single index.
    pub pod: Option<ObjectKey>,
    /// For a pointer and a screen reader: `index 3: running`.
    pub title: String,
}

/// Every index of the Job, or every pod.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Strip {
    pub cells: Vec<Cell>,
    pub is_indexed: bool,
    /// How many indexes or pods there are.
    pub total: u32,
    /// In a sentence, for those who do not see the picture.
    pub sentence: String,
}

/// Everything the status panel says about a Job at one instant.
#[derive(Clone, Debug, PartialEq)]
pub struct StatusCard {
    pub key: ObjectKey,
    pub verdict: Verdict,
    pub numbers: Vec<Number>,
    pub strip: Strip,
    pub completed_indexes: Option<String>,
    pub failed_indexes: Option<String>,
    /// Kind and reason of each condition, in the order in which they were set.
    pub conditions: Vec<(String, String)>,
}

/// What the panel says about `job`. `census` looks at the revision that `job` is of; `retries` are the waits the
/// controller has announced.
pub fn status_card(census: &Census, job: &Rc<Job>, retries: &[Retry]) -> StatusCard {
    let pods = census.pods_of(job.metadata.uid);
    let status = &job.status;
    let listed = |indexes: &crate::api::Indexes| indexes.to_string();
    StatusCard {
        key: Object::Job(job.clone()).key(),
        verdict: verdict(job, &pods, retries),
        numbers: numbers(job),
        strip: strip(job, &pods, &|number| census.key(number)),
        completed_indexes: job.spec.is_indexed().then(|| listed(&status.completed_indexes)),
        failed_indexes: status.failed_indexes.as_ref().map(listed),
        conditions: status.conditions.iter().map(|it| (it.kind.to_string(), it.reason.to_string())).collect(),
    }
}

/// `0.8 s`, `12 s`, `3 min 20 s`, `2 h 5 min`: a span in words.
pub fn span_words(span: Duration) -> String {
    let tenths = span.as_millis() / 100;
    let seconds = tenths / 10;
    match seconds {
        0..10 => format!("{}.{} s", seconds, tenths % 10),
        10..120 => format!("{seconds} s"),
        120..7200 => match seconds % 60 {
            0 => format!("{} min", seconds / 60),
            rest => format!("{} min {rest} s", seconds / 60),
        },
        _ => format!("{} h {} min", seconds / 3600, seconds / 60 % 60),
    }
}

fn numbers(job: &Job) -> Vec<Number> {
    let status = &job.status;
    let number = |name, value: i32, hot| Number { name, value: i64::from(value), hot };
    let mut numbers = vec![
        number("active", status.active, false),
        number("ready", status.ready.unwrap_or(0), false),
        number("succeeded", status.succeeded, false),
        number("failed", status.failed, status.failed > 0),
    ];
    if let Some(terminating) = status.terminating.filter(|terminating| *terminating > 0) {
        numbers.insert(2, number("terminating", terminating, false));
    }
    numbers
}

/// What can be done to a Job as a whole: what each is called, and the command.
pub fn commands(job: &Job) -> Vec<(String, String)> {
    let (name, spec) = (&job.metadata.name, &job.spec);
    let namespace = match job.metadata.namespace.as_str() {
        "default" => String::new(),
        other => format!(" -n {other}"),
    };
    let patch = |what: &str, fields: String| {
        (what.to_owned(), format!("kubectl patch job {name}{namespace} -p '{{\"spec\":{{{fields}}}}}'"))
    };
    let delete = |what: &str, how: &str| (what.to_owned(), format!("kubectl delete job {name}{namespace}{how}"));
    let parallelism = spec.parallelism.unwrap_or(1);
    let mut commands = Vec::new();
    if !job.status.is_finished() {
        commands.push(match spec.is_suspended() {
            true => patch("Resume", "\"suspend\":false".into()),
            false => patch("Suspend", "\"suspend\":true".into()),
        });
        // An Indexed Job is elastic: it has more indexes, or fewer, if both change and are the same.
        let both = |count: i32| match spec.is_indexed() && spec.completions == Some(parallelism) {
            true => format!("\"completions\":{count},\"parallelism\":{count}"),
            false => format!("\"parallelism\":{count}"),
        };
        for count in [parallelism + 1, parallelism - 1] {
            if count >= 0 {
                commands.push(patch(&format!("Parallelism {count}"), both(count)));
            }
        }
    }
    commands.push(delete("Delete", ""));
    commands.push(delete("Delete, first its pods", " --cascade=foreground"));
    commands.push(delete("Delete, but not its pods", " --cascade=orphan"));
    commands
}

/// `1 pod is`, `3 pods are`
fn pods_are(count: usize) -> String {
    if count == 1 { "1 pod is".into() } else { format!("{count} pods are") }
}

fn verdict(job: &Job, pods: &[Seen], retries: &[Retry]) -> Verdict {
    let status = &job.status;
    let lasted = |until: Option<Timestamp>| {
        let span = until.zip(status.start_time).map(|(end, start)| end.since(start.timestamp()));
        span.map_or(String::new(), |span| format!(" It took {}.", span_words(span)))
    };
    let terminating = pods.iter().filter(|pod| pod.doing == Doing::Terminating).count();
    if let Some(complete) = status.condition("Complete") {
        let sentence = match complete.reason.as_str() {
            "SuccessPolicy" => format!("{}: the success policy is met.", complete.message),
            _ => "Every completion it asked for has been reached.".into(),
        };
        let end = complete.last_transition_time.map(|time| time.timestamp());
        return Verdict::of(Tone::Good, "Complete", sentence + &lasted(end));
    }
    if let Some(failed) = status.condition("Failed") {
        let end = failed.last_transition_time.map(|time| time.timestamp());
        let sentence = format!("{}: {}.{}", failed.reason, failed.message, lasted(end));
        return Verdict::of(Tone::Bad, "Failed", sentence);
    }
    let still = || match terminating {
        0 => "the last pods are being counted".to_owned(),
        count => format!("{} still terminating", pods_are(count)),
    };
    if let Some(target) = status.condition("FailureTarget") {
        let sentence = format!("{}: it fails as soon as no pod is left; {}", target.reason, still());
        return Verdict::of(Tone::Bad, "Failing", sentence);
    }
    if status.condition("SuccessCriteriaMet").is_some() {
        return Verdict::of(Tone::Good, "Completing", format!("Enough has succeeded; {}", still()));
    }
    if job.metadata.is_deleting() {
        return Verdict::of(Tone::Ending, "Terminating", "It is being deleted and makes no more pods");
    }
    if job.spec.is_suspended() {
        let mut sentence = "No pod runs until somebody sets suspend to false".to_owned();
        if status.succeeded > 0 {
            sentence += &format!("; succeeded stays {}", status.succeeded);
        }
        if terminating > 0 {
            sentence += &format!("; {} still terminating", pods_are(terminating));
        }
        return Verdict::of(Tone::Waiting, "Suspended", sentence);
    }
    Verdict { tone: Tone::Running, word: "Running", clauses: outlook(job, pods, retries) }
}

/// What a running Job waits for, and when something happens.
fn outlook(job: &Job, pods: &[Seen], retries: &[Retry]) -> Vec<Clause> {
    let mut clauses: Vec<Clause> = Vec::new();
    for retry in retries.iter().take(2) {
        let what = match (&retry.refused, retry.index) {
            (Some(_), _) => "the controller tries again in".into(),
            (None, Some(index)) => format!("index {index} retries in"),
            (None, None) => "the next pod may start in".into(),
        };
        clauses.extend(retry.refused.iter().map(|why| Clause::Words(format!("no pod can be created ({why})"))));
        clauses.push(Clause::Until(what, retry.at));
    }
    let number = |of: &dyn Fn(&Seen) -> bool| pods.iter().filter(|pod| of(pod)).count();
    let told = [
        ("running", number(&|pod| pod.doing == Doing::Running)),
        ("starting", number(&|pod| pod.doing == Doing::Starting && !pod.is_stuck)),
        ("waiting for a node", number(&|pod| pod.doing == Doing::Pending)),
        ("waiting for an image that cannot be pulled", number(&|pod| pod.doing == Doing::Starting && pod.is_stuck)),
        ("terminating", number(&|pod| pod.doing == Doing::Terminating)),
    ];
    for (what, count) in told.into_iter().filter(|(_, count)| *count > 0) {
        clauses.push(Clause::Words(format!("{} {what}", pods_are(count))));
    }
    if clauses.is_empty() && job.status.start_time.is_none() {
        clauses.push(Clause::Words("the controller has not looked at it yet".into()));
    }
    if clauses.is_empty() && job.spec.parallelism == Some(0) {
        clauses.push(Clause::Words("parallelism is 0, so no pod is made".into()));
    }
    if let Some((seconds, start)) = job.spec.active_deadline_seconds.zip(job.status.start_time) {
        let deadline = start.timestamp() + Duration::from_secs(u64::try_from(seconds).unwrap_or(0));
        clauses.push(Clause::Until("its deadline passes in".into(), deadline));
    }
    clauses
}

/// What an index does, and its newest pod.
type Slot = (Doing, Option<u32>);

/// `key` names the pod with a number.
fn strip(job: &Job, pods: &[Seen], key: &dyn Fn(u32) -> ObjectKey) -> Strip {
    let is_indexed = job.spec.is_indexed();
    let mut each: Vec<Slot> = Vec::new();
    if is_indexed {
        let total = (job.spec.index_count() as usize).min(1_000_000);
        each.resize(total, (Doing::Nothing, None));
        let is_active = |doing| !matches!(doing, Doing::Succeeded | Doing::Failed | Doing::Terminating);
        for pod in pods {
            let Some(slot) = pod.index.and_then(|index| each.get_mut(index as usize)) else { continue };
            // Of two, the one that goes on; of those, the newer one.
            if slot.1.is_none() || is_active(pod.doing) || !is_active(slot.0) {
                *slot = (pod.doing, Some(pod.number));
            }
        }
        let over = job.status.is_finished();
        for slot in &mut each {
            slot.0 = match slot.0 {
                Doing::Failed if job.status.failed_indexes.is_some() && !over => Doing::BackingOff,
                Doing::Succeeded => Doing::Running, // Until the Job has counted it.
                doing => doing,
            };
        }
        let mut decide = |indexes: &crate::api::Indexes, doing| {
            for &(first, last) in indexes.runs() {
                let range = first as usize..(last as usize + 1).min(total);
                each.get_mut(range).into_iter().flatten().for_each(|slot| slot.0 = doing);
            }
        };
        decide(&job.status.completed_indexes, Doing::Succeeded);
        if let Some(failed) = &job.status.failed_indexes {
            decide(failed, Doing::Failed);
        }
    } else {
        each.extend(pods.iter().map(|pod| (pod.doing, Some(pod.number))));
    }
    let what = if is_indexed { "index" } else { "pod" };
    let total = each.len();
    let step = total.div_ceil(MOST_CELLS).max(1);
    let stretch = |(start, slots): (usize, &[Slot])| {
        let first = (start * step) as u32;
        let last = first + slots.len() as u32 - 1;
        let worst = slots.iter().map(|slot| slot.0).max().unwrap_or(Doing::Nothing);
        let done = slots.iter().filter(|slot| slot.0 == Doing::Succeeded).count();
        let (pod, title) = match slots {
            &[(doing, pod)] => {
                let pod = pod.map(key);
                let name = pod.as_ref().filter(|_| !is_indexed);
                let name = name.map_or(format!("{what} {first}"), |pod| pod.name.to_string());
                (pod, format!("{name}: {}", doing.word()))
            }
            _ => (None, format!("{first}–{last}: {}", tally(slots.iter().map(|slot| slot.0)))),
        };
        Cell { first, last, doing: worst, done: (done * 100 / slots.len()) as u32, pod, title }
    };
    let sentence = match total {
        0 => "No pod yet.".to_owned(),
        _ => format!(
            "{total} {}: {}.",
            if is_indexed { "indexes" } else { "pods" },
            tally(each.iter().map(|slot| slot.0))
        ),
    };
    Strip { cells: each.chunks(step).enumerate().map(stretch).collect(), is_indexed, total: total as u32, sentence }
}

/// `3 succeeded, 1 running`
fn tally(all: impl Iterator<Item = Doing>) -> String {
    let mut counts = [0_usize; Doing::ALL.len()];
    all.for_each(|doing| counts[doing as usize] += 1);
    let parts = Doing::ALL.into_iter().zip(counts).filter(|(_, count)| *count > 0).map(|(doing, count)| match doing {
        Doing::Nothing if count != 1 => format!("{count} wait for a slot"),
        doing => format!("{count} {}", doing.word()),
    });
    parts.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::super::doing::{doing, is_image_missing};
    use super::*;
    use crate::api::{
        Condition, ConditionStatus, Indexes, JobSpec, JobStatus, ObjectMeta, OwnerReference, PodStatus, Time, Uid, job,
    };
    use crate::api::{PodPhase, Strings};

    const UID: Uid = Uid(7);
    const START: u64 = 1000;

    fn a_job(spec: JobSpec, status: JobStatus) -> Rc<Job> {
        let metadata = ObjectMeta { name: "demo".into(), namespace: "default".into(), uid: UID, ..Default::default() };
        let status = JobStatus { start_time: Some(Time::from_secs(START as i64)), ..status };
        Rc::new(Job { metadata: Rc::new(metadata), spec: Rc::new(spec), status: Rc::new(status), ..Job::default() })
    }

    fn a_pod(index: u32, phase: PodPhase, age: i64) -> Rc<Pod> {
        let owner = OwnerReference { kind: "Job".into(), uid: UID, controller: Some(true), ..Default::default() };
        let annotations = Rc::new(Strings::from([(job::COMPLETION_INDEX.into(), index.to_string().into())]));
        let metadata = ObjectMeta {
            name: format!("demo-{index}-{age}").into(),
            creation_timestamp: Some(Time::from_secs(age)),
            owner_references: Rc::new(vec![owner]),
            annotations,
            ..Default::default()
        };
        let status = PodStatus { phase, ..PodStatus::default() };
        Rc::new(Pod {
            metadata: Rc::new(metadata),
            status: Rc::new(status),
            node_name: Some("node-1".into()),
            ..Pod::default()
        })
    }

    fn seen(pods: &[Rc<Pod>]) -> Vec<Seen> {
        let number = |(number, pod): (usize, &Rc<Pod>)| Seen {
            number: number as u32,
            index: pod.completion_index(),
            doing: doing(pod),
            is_stuck: is_image_missing(pod),
        };
        pods.iter().enumerate().map(number).collect()
    }

    fn indexed(completions: i32) -> JobSpec {
        JobSpec { completions: Some(completions), completion_mode: Some("Indexed".into()), ..JobSpec::default() }
    }

    fn condition(kind: &'static str, reason: &'static str, message: &'static str, second: i64) -> Condition {
        let last_transition_time = Some(Time::from_secs(second));
        Condition {
            kind: kind.into(),
            status: ConditionStatus::True,
            reason: reason.into(),
            message: message.into(),
            last_transition_time,
            ..Condition::default()
        }
    }

    #[test]
    fn the_verdict_is_a_word_and_a_sentence() {
        let check =
            |situation: &str, spec: JobSpec, status: JobStatus, pods: &[Rc<Pod>], retries: &[Retry], expected: &str| {
                let pods = seen(pods);
                let now = Timestamp::from_millis(START * 1000 + 4000);
                let told = verdict(&a_job(spec, status), &pods, retries);
                assert_eq!(format!("{}: {}", told.word, told.sentence(now)), expected, "{situation}");
            };
        let with = |conditions| JobStatus { conditions, ..JobStatus::default() };
        let reached = condition("Complete", "CompletionsReached", "Reached expected number of succeeded pods", 1012);
        check(
            "complete",
            indexed(1),
            with(vec![reached]),
            &[],
            &[],
            "Complete: Every completion it asked for has been reached. It took 12 s.",
        );
        let failed = condition("Failed", "BackoffLimitExceeded", "Job has reached the specified backoff limit", 1321);
        check(
            "failed",
            indexed(1),
            with(vec![failed]),
            &[],
            &[],
            "Failed: BackoffLimitExceeded: Job has reached the specified backoff limit. It took 5 min 21 s.",
        );
        let target = condition("FailureTarget", "DeadlineExceeded", "", 1003);
        check(
            "failing",
            indexed(1),
            with(vec![target]),
            &[],
            &[],
            "Failing: DeadlineExceeded: it fails as soon as no pod is left; the last pods are being counted.",
        );
        let at = Timestamp::from_millis(START * 1000 + 4800);
        let retry = Retry { index: Some(0), ..Retry::at(at) };
        check(
            "refused",
            indexed(2),
            JobStatus::default(),
            &[],
            &[Retry { refused: Some("exceeded quota: few".into()), ..Retry::at(at) }],
            "Running: No pod can be created (exceeded quota: few), the controller tries again in 0.8 s.",
        );
        check(
            "waiting",
            indexed(2),
            JobStatus::default(),
            &[a_pod(1, PodPhase::Running, 1)],
            &[retry],
            "Running: Index 0 retries in 0.8 s, 1 pod is running.",
        );
        let late = JobSpec { active_deadline_seconds: Some(90), ..indexed(1) };
        check(
            "deadline",
            late,
            JobStatus::default(),
            &[a_pod(0, PodPhase::Running, 1)],
            &[],
            "Running: 1 pod is running, its deadline passes in 86 s.",
        );
        let paused = JobSpec { suspend: Some(true), ..indexed(1) };
        check(
            "suspended",
            paused,
            JobStatus::default(),
            &[],
            &[],
            "Suspended: No pod runs until somebody sets suspend to false.",
        );
        let none = JobSpec { parallelism: Some(0), ..indexed(1) };
        check("parallelism 0", none, JobStatus::default(), &[], &[], "Running: Parallelism is 0, so no pod is made.");
    }

    #[test]
    fn each_index_shows_what_its_newest_pod_does() {
        let status = JobStatus {
            completed_indexes: Indexes::parse("2", 9),
            failed_indexes: Some(Indexes::parse("1", 9)),
            ..JobStatus::default()
        };
        let pods = [
            a_pod(0, PodPhase::Failed, 1),
            a_pod(1, PodPhase::Failed, 1),
            a_pod(2, PodPhase::Succeeded, 1),
            a_pod(3, PodPhase::Failed, 1),
            a_pod(3, PodPhase::Running, 2),
        ];
        let name = |number: u32| Object::Pod(pods[number as usize].clone()).key();
        let strip = strip(&a_job(indexed(5), status), &seen(&pods), &name);
        let doing: Vec<&str> = strip.cells.iter().map(|cell| cell.doing.word()).collect();
        assert_eq!(doing, ["failed, to be retried", "failed", "succeeded", "running", "waits for a slot"]);
        assert_eq!(
            strip.sentence,
            "5 indexes: 1 waits for a slot, 1 succeeded, 1 running, 1 failed, to be retried, 1 failed."
        );
        assert_eq!(strip.cells[3].pod.as_ref().map(|key| key.name.to_string()), Some("demo-3-2".into()));
    }

    #[test]
    fn many_indexes_share_cells() {
        let status = JobStatus { completed_indexes: Indexes::parse("0-49999", 100_000), ..JobStatus::default() };
        let strip = strip(&a_job(indexed(100_000), status), &[], &|_| unreachable!("there is no pod"));
        assert!(strip.cells.len() <= MOST_CELLS && strip.total == 100_000);
        assert_eq!((strip.cells[0].done, strip.cells[strip.cells.len() - 1].done), (100, 0));
        assert_eq!(strip.cells[0].title, "0–416: 417 succeeded");
    }

    #[test]
    fn what_can_be_done_to_a_job_fits_how_it_stands() {
        let check = |spec: JobSpec, conditions: &[Condition], expected: &[(&str, &str)]| {
            let status = JobStatus { conditions: conditions.to_vec(), ..JobStatus::default() };
            let told = commands(&a_job(spec, status));
            let (deletions, others): (Vec<_>, Vec<_>) =
                told.into_iter().partition(|(what, _)| what.starts_with("Delete"));
            let others: Vec<(&str, &str)> = others.iter().map(|(what, line)| (what.as_str(), line.as_str())).collect();
            assert_eq!(others, expected);
            let ways =
                ["", " --cascade=foreground", " --cascade=orphan"].map(|how| format!("kubectl delete job demo{how}"));
            assert_eq!(deletions.into_iter().map(|(_, line)| line).collect::<Vec<_>>(), ways);
        };
        let suspend = ("Suspend", r#"kubectl patch job demo -p '{"spec":{"suspend":true}}'"#);
        check(
            JobSpec { parallelism: Some(1), ..JobSpec::default() },
            &[],
            &[
                suspend,
                ("Parallelism 2", r#"kubectl patch job demo -p '{"spec":{"parallelism":2}}'"#),
                ("Parallelism 0", r#"kubectl patch job demo -p '{"spec":{"parallelism":0}}'"#),
            ],
        );
        check(
            JobSpec { parallelism: Some(3), suspend: Some(true), ..indexed(3) },
            &[],
            &[
                ("Resume", r#"kubectl patch job demo -p '{"spec":{"suspend":false}}'"#),
                ("Parallelism 4", r#"kubectl patch job demo -p '{"spec":{"completions":4,"parallelism":4}}'"#),
                ("Parallelism 2", r#"kubectl patch job demo -p '{"spec":{"completions":2,"parallelism":2}}'"#),
            ],
        );
        check(indexed(3), &[condition("Complete", "", "", 1012)], &[]);
    }

    #[test]
    fn spans_read_as_people_say_them() {
        let check = |millis, words| assert_eq!(span_words(Duration::from_millis(millis)), words);
        check(840, "0.8 s");
        check(12_000, "12 s");
        check(321_000, "5 min 21 s");
        check(600_000, "10 min");
        check(7_500_000, "2 h 5 min");
    }
}
