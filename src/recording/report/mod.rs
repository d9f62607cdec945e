//! A run told to a person in a terminal, or to a program.
//!
//! A terminal shows, for each Job: one sentence that says how it ended, its pods drawn over time (a row per completion
//! index, or per slot), its events as kubectl lists them, and its final status as YAML. A Job too large to draw is summed
//! up instead.

mod summary;
mod timeline;

use super::{Act, Entry, Life, PodFacts, Run, lives, pod_facts};
use crate::api::{Job, Object, Uid};
use crate::apiserver::ChangeType;
use crate::kubectl::Stream;
use crate::sim::{Map, Timestamp};
use serde_json::{Value, json};

/// Columns of the terminal that is drawn for.
const WIDTH: usize = 100;
/// Rows beyond which a summary says more than a drawing.
const MOST_ROWS: usize = 40;
/// Pods beyond which a summary says more than a drawing.
const MOST_PODS: usize = 400;

/// A pod as the report looks at it: where it stands among its siblings, and when what happened to it.
struct Told<'a> {
    facts: &'a PodFacts,
    life: &'a Life,
}

impl Told<'_> {
    /// When it finished, or was gone without having finished.
    fn ended(&self) -> Option<Timestamp> {
        self.life.finished.or(self.life.deleted)
    }

    /// The exit code that a person would be told: the first container's that failed, else the first's.
    fn exit_code(&self) -> Option<i32> {
        let status = &self.life.pod.status;
        let all = status.init_container_statuses.iter().chain(&status.container_statuses);
        let mut codes = all.filter_map(|status| status.terminated()).map(|ended| ended.exit_code);
        let first = codes.clone().next();
        codes.find(|&code| code != 0).or(first)
    }

    fn failed(&self) -> bool {
        self.life.finished.is_some() && self.life.pod.status.phase.as_str() == "Failed"
    }

    /// Whether the Job let go of it before it was deleted, as when it is suspended: then its end is no failure.
    fn let_go(&self) -> bool {
        self.life.finalizer_removed.zip(self.life.terminating).is_some_and(|(let_go, deleted)| let_go <= deleted)
    }

    fn succeeded(&self) -> bool {
        self.life.finished.is_some() && !self.failed()
    }
}

/// Why the manifest was refused, if it was, in kubectl's words.
pub fn refused(run: &Run) -> Option<String> {
    let create = run.entries().iter().find(|entry| matches!(entry.act, Act::Kubectl(_)))?;
    let failed = create.ended.is_some_and(|(_, code)| code != 0);
    failed.then(|| printed(create, Stream::Err).trim_end().to_owned())
}

/// The whole run for a person: what was done, and how each Job fared.
pub fn text(run: &Run) -> String {
    let mut text: String = run.entries().iter().map(|entry| entry_text(run, entry)).collect();
    let (facts, lives) = (pod_facts(run.storage()), lives(run.storage().changes_since(0)));
    let mut pods: Map<Option<Uid>, Vec<Told<'_>>> = Map::new();
    for facts in &facts {
        let Some(life) = lives.get(&facts.pod.metadata.uid) else { continue };
        let owner = facts.pod.metadata.controller().filter(|owner| owner.kind == "Job").map(|owner| owner.uid);
        pods.entry(owner).or_default().push(Told { facts, life });
    }
    for (job, deleted) in jobs(run) {
        let pods = pods.remove(&Some(job.metadata.uid)).unwrap_or_default();
        text.push_str(&format!("\n{}\n", verdict(run, &job, deleted)));
        text.push_str(&pods_text(run, if job.spec.is_indexed() { "index" } else { "slot" }, &pods));
        text.push_str(&events_and_status(run, &job, deleted));
    }
    if let Some(pods) = pods.remove(&None) {
        text.push_str("\nPods of no Job:\n");
        text.push_str(&pods_text(run, "pod", &pods));
    }
    text
}

/// Jobs, CronJobs, pods and events with their instants, in the form of a recording; a sentence for each Job; and what was
/// done.
pub fn json(run: &Run) -> Value {
    let mut told = super::observation::tell(run);
    told["verdicts"] = verdicts(run).into();
    let actions = run.entries().iter().map(|entry| match &entry.act {
        Act::Kubectl(_) | Act::Shell(_) => json!({
            "t": millis(run, entry.at) as f64 / 1000.0,
            "cmd": said(entry),
            "exitCode": entry.ended.map(|(_, code)| code),
            "stdout": printed(entry, Stream::Out),
            "stderr": printed(entry, Stream::Err),
        }),
        _ => json!({"t": millis(run, entry.at) as f64 / 1000.0, "fault": said(entry)}),
    });
    told["actions"] = actions.collect::<Vec<_>>().into();
    told
}

/// A sentence for each Job: how it ended, or where it stands.
pub fn verdicts(run: &Run) -> Vec<String> {
    jobs(run).into_iter().map(|(job, deleted)| verdict(run, &job, deleted)).collect()
}

/// Every Job that ever was, in order of creation: its last state, and when it was deleted.
fn jobs(run: &Run) -> Vec<(std::rc::Rc<Job>, Option<Timestamp>)> {
    let (mut jobs, mut places) = (Vec::new(), Map::new());
    for change in run.storage().changes_since(0) {
        let Object::Job(job) = change.object else { continue };
        let deleted = (change.change == ChangeType::Deleted).then_some(change.at);
        let place = *places.entry(job.metadata.uid).or_insert(jobs.len());
        match jobs.get_mut(place) {
            Some(told) => *told = (job.clone(), deleted),
            None => jobs.push((job.clone(), deleted)),
        }
    }
    jobs
}

fn millis(run: &Run, at: Timestamp) -> u64 {
    at.since(run.start()).as_millis() as u64
}

/// `7.25 s` since the start of the run, to the hundredth.
fn seconds(run: &Run, at: Timestamp) -> String {
    let hundredths = (millis(run, at) + 5) / 10;
    format!("{}.{:02} s", hundredths / 100, hundredths % 100)
}

/// A span of so many seconds as people say it: `40 s`, `2 min 40 s`, and to the minute from an hour on: `24 h`.
pub fn span(seconds: u64) -> String {
    let two = |many: u64, unit: &str, rest: u64, less: &str| match rest {
        0 => format!("{many} {unit}"),
        rest => format!("{many} {unit} {rest} {less}"),
    };
    match seconds {
        0..100 => format!("{seconds} s"),
        100..3600 => two(seconds / 60, "min", seconds % 60, "s"),
        _ => {
            let minutes = (seconds + 30) / 60;
            two(minutes / 60, "h", minutes % 60, "min")
        }
    }
}

fn printed(entry: &Entry, stream: Stream) -> String {
    entry.output.iter().filter(|output| output.stream == stream).map(|output| output.text.as_str()).collect()
}

/// What was done, in words: a command line as it would be typed, or a fault.
fn said(entry: &Entry) -> String {
    match &entry.act {
        Act::Kubectl(line) if line.starts_with("kubectl ") => line.clone(),
        Act::Kubectl(line) => format!("kubectl {line}"),
        Act::Shell(line) => line.clone(),
        Act::Fault(fault) => fault.to_string(),
        Act::Input(text) => format!("types {:?}", text),
        Act::Rules(_) => "containers behave differently from now on".into(),
    }
}

/// A line for what was done, and what it printed below.
fn entry_text(run: &Run, entry: &Entry) -> String {
    let sign = if matches!(entry.act, Act::Kubectl(_) | Act::Shell(_)) { '$' } else { '!' };
    let mut text = format!("{:>9}  {sign} {}\n", seconds(run, entry.at), said(entry));
    for line in entry.output.iter().flat_map(|output| output.text.lines()) {
        text.push_str(format!("{:11}{line}", "").trim_end());
        text.push('\n');
    }
    text
}

/// One sentence: how the Job ended, or where it stands.
fn verdict(run: &Run, job: &Job, deleted: Option<Timestamp>) -> String {
    let (name, status) = (&job.metadata.name, &job.status);
    let counted = |count: i32, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
    let after = |condition: &crate::api::Condition| {
        let at = condition.last_transition_time.map_or(run.start(), |time| time.timestamp());
        format!("after {}", span(at.since(run.start()).as_secs()))
    };
    let fared = if let Some(complete) = status.condition("Complete") {
        let of = job.spec.completions.map_or_else(String::new, |wanted| format!(" of {wanted}"));
        let why = if complete.reason == "SuccessPolicy" { " as its success policy wants it" } else { "" };
        let succeeded = format!("{}{of} succeeded, {}", status.succeeded, counted(status.failed, "pod failure"));
        format!("is complete {}{why}: {succeeded}", after(complete))
    } else if let Some(failed) = status.condition("Failed") {
        let counts = counted(status.failed, "pod failure");
        format!("failed {} with {counts}: {} ({})", after(failed), failed.message, failed.reason)
    } else if let Some(target) = status.condition("FailureTarget") {
        let pods = counted(status.terminating.unwrap_or(0), "pod");
        format!("is about to fail ({}): it waits for {pods} to terminate", target.reason)
    } else {
        let stands = if job.spec.is_suspended() { "is suspended" } else { "is not finished" };
        let (active, succeeded, failed) = (status.active, status.succeeded, status.failed);
        let elapsed = span(run.now().since(run.start()).as_secs());
        format!("{stands} after {elapsed}: {active} active, {succeeded} succeeded, {failed} failed")
    };
    let gone = deleted.map_or_else(String::new, |at| format!("; it was deleted at {}", seconds(run, at)));
    format!("Job {name} {fared}{gone}.")
}

/// The pods drawn, or summed up where they are too many; and how they ended.
fn pods_text(run: &Run, by: &str, pods: &[Told<'_>]) -> String {
    if pods.is_empty() {
        return "\nIt never had a pod.\n".into();
    }
    let rows = timeline::rows(by, pods);
    let pods_text = if rows.len() > MOST_ROWS || pods.len() > MOST_PODS {
        summary::summary(run, by, pods)
    } else {
        timeline::timeline(run, by, &rows)
    };
    format!("\n{pods_text}{}\n", summary::ends(pods))
}

/// Events as `kubectl events` lists them, and the status as `kubectl get -o yaml` prints it.
fn events_and_status(run: &Run, job: &Job, deleted: Option<Timestamp>) -> String {
    let name = &job.metadata.name;
    // Of a Job that is gone, what could be read just before it went.
    let at = deleted.map_or(run.now(), |at| at - std::time::Duration::from_millis(1));
    let (events, _, _) = run.read_at(&format!("kubectl events --for job/{name}"), at);
    let (yaml, _, _) = run.read_at(&format!("kubectl get job {name} -o yaml"), at);
    let status =
        yaml.split_once("\nstatus:").map_or(String::new(), |(_, status)| shortened(&format!("status:{status}")));
    format!("\n{events}\n{status}")
}

/// Lists of thousands of indexes are cut to the width of the terminal.
fn shortened(text: &str) -> String {
    let mut short = String::new();
    for line in text.lines() {
        match line.char_indices().nth(2 * WIDTH) {
            Some(_) => short.extend(line.chars().take(WIDTH - 1).chain(['…'])),
            None => short.push_str(line),
        }
        short.push('\n');
    }
    short
}

/// The last instant worth drawing: the end of the last pod, or now while one goes on.
fn last_instant(run: &Run, pods: &[Told<'_>]) -> Timestamp {
    let ends = pods.iter().map(|pod| pod.ended().unwrap_or(run.now()));
    ends.max().unwrap_or(run.now()).max(run.start())
}
