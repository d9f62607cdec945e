//! A run told to a person in a terminal, or to a program.

use super::life::{Life, lives};
use super::{Act, Run, pod_facts};
use crate::api::{Kind, Object, Text};
use crate::kubectl::Stream;
use crate::sim::Timestamp;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write;

/// Rows of a timeline beyond which a summary says more.
const MOST_ROWS: usize = 40;
/// Columns that time is drawn on.
const WIDTH: u64 = 72;

/// Why the manifest was refused, if it was, in kubectl's words.
pub fn refused(run: &Run) -> Option<String> {
    let create = run.entries().iter().find(|entry| matches!(entry.act, Act::Kubectl(_)))?;
    let said = create.output.iter().filter(|output| output.stream == Stream::Err);
    let said: String = said.map(|output| output.text.as_str()).collect();
    let failed = create.ended.is_some_and(|(_, code)| code != 0);
    failed.then(|| said.trim_end().trim_start_matches("error: ").to_owned())
}

/// The whole run for a person: what was done, a timeline, events, the final status.
pub fn text(run: &Run) -> String {
    let mut text = String::new();
    for entry in run.entries() {
        let at = seconds(run, entry.at);
        match &entry.act {
            Act::Kubectl(line) => {
                writeln!(text, "{at:>9}  $ {line}").expect("strings take everything");
                for line in entry.output.iter().flat_map(|output| output.text.lines()) {
                    writeln!(text, "{:11}{line}", "").expect("strings take everything");
                }
            }
            Act::Fault(fault) => writeln!(text, "{at:>9}  ! {fault}").expect("strings take everything"),
            Act::Rules(_) => {
                writeln!(text, "{at:>9}  ! containers behave differently").expect("strings take everything")
            }
        }
    }
    for job in run.storage().now().list(Kind::Job) {
        text.push('\n');
        text.push_str(&job_text(run, job));
    }
    text
}

/// Jobs, CronJobs, pods and events with their instants, in the form of a recording.
pub fn json(run: &Run) -> Value {
    super::observation::tell(run)
}

fn seconds(run: &Run, at: Timestamp) -> String {
    let millis = at.since(run.start()).as_millis();
    format!("{}.{:03} s", millis / 1000, millis % 1000)
}

fn job_text(run: &Run, job: &Object) -> String {
    let Object::Job(job) = job else { return String::new() };
    let mut text = format!("{}\n\n", verdict(run, job));
    let lives = lives(run.storage().changes_since(0));
    let facts = pod_facts(run.storage());
    let mut rows: BTreeMap<u32, Vec<&Life>> = BTreeMap::new();
    let mine = |life: &&Life| life.pod.metadata.controller().is_some_and(|owner| owner.uid == job.metadata.uid);
    for facts in &facts {
        if let Some(life) = lives.get(&facts.pod.metadata.uid).filter(mine) {
            rows.entry(facts.index.unwrap_or(facts.ordinal)).or_default().push(life);
        }
    }
    if rows.len() > MOST_ROWS {
        text.push_str(&summary(&rows));
    } else if !rows.is_empty() {
        text.push_str(&timeline(run, job.spec.is_indexed(), &rows));
    }
    let (events, _, _) = run.read_at(&format!("kubectl events --for job/{}", job.metadata.name), run.now());
    let (yaml, _, _) = run.read_at(&format!("kubectl get job {} -o yaml", job.metadata.name), run.now());
    let status = yaml.split_once("\nstatus:").map_or("", |(_, status)| status);
    text + "\n" + &events + "\nstatus:" + status
}

/// One sentence: how the Job ended, or where it stands.
fn verdict(run: &Run, job: &crate::api::Job) -> String {
    let name = &job.metadata.name;
    let ended = ["Complete", "Failed"].into_iter().find_map(|kind| job.status.condition(kind));
    match ended {
        Some(condition) => {
            let at = condition
                .last_transition_time
                .map_or_else(String::new, |time| format!(" after {} s", time.timestamp().since(run.start()).as_secs()));
            format!("Job {name}: {}{at} ({}: {}).", condition.kind, condition.reason, condition.message)
        }
        None => format!(
            "Job {name}: not finished at {}: {} active, {} succeeded, {} failed.",
            seconds(run, run.now()),
            job.status.active,
            job.status.succeeded,
            job.status.failed
        ),
    }
}

/// How many pods ended how, where there are too many to draw.
fn summary(rows: &BTreeMap<u32, Vec<&Life>>) -> String {
    let mut tally = BTreeMap::<(&str, Option<i32>), usize>::new();
    let pods = rows.values().flatten();
    for life in pods.clone() {
        let code = life.pod.status.container_statuses.iter().find_map(|status| status.terminated());
        *tally.entry((life.pod.status.phase.as_str(), code.map(|ended| ended.exit_code))).or_default() += 1;
    }
    let mut text = format!("{} pods in {} rows\n", pods.count(), rows.len());
    for ((phase, code), count) in tally {
        let code = code.map_or_else(String::new, |code| format!(", exit code {code}"));
        writeln!(text, "{count:>9}  {phase}{code}").expect("strings take everything");
    }
    text
}

/// A row per index (or pod), a letter per slice of time.
fn timeline(run: &Run, indexed: bool, rows: &BTreeMap<u32, Vec<&Life>>) -> String {
    let last = rows.values().flatten().filter_map(|life| life.finished.or(life.deleted)).max();
    let end = last.unwrap_or(run.now()).max(run.start());
    let span = (end.since(run.start()).as_millis() as u64).max(1000);
    let slice = span.div_ceil(WIDTH).max(1);
    let column = |at: Timestamp| at.since(run.start()).as_millis() as u64 / slice;
    let mut text = String::new();
    writeln!(
        text,
        "{:>6}  each column is {}.{:03} s: - pending, . starting, = running, ~ terminating, + succeeded, x failed",
        if indexed { "index" } else { "pod" },
        slice / 1000,
        slice % 1000
    )
    .expect("strings take everything");
    for (row, pods) in rows {
        let mut cells = vec![' '; WIDTH as usize + 2];
        let mut codes = Vec::new();
        for life in pods {
            let mut paint = |from: Option<Timestamp>, to: Option<Timestamp>, letter: char| {
                let Some(from) = from else { return };
                for cell in column(from)..=column(to.unwrap_or(end)).min(WIDTH) {
                    if let Some(cell) = cells.get_mut(cell as usize) {
                        *cell = letter;
                    }
                }
            };
            let gone = life.finished.or(life.deleted);
            paint(life.created, life.scheduled.or(gone), '-');
            paint(life.scheduled, life.running.or(gone), '.');
            paint(life.running, gone, '=');
            paint(life.terminating.filter(|&at| gone.is_none_or(|gone| at < gone)), gone, '~');
            let failed = life.pod.status.phase.as_str() == "Failed";
            paint(life.finished, life.finished, if failed { 'x' } else { '+' });
            let ended = life.pod.status.container_statuses.iter().find_map(|status| status.terminated());
            codes.push(match (ended, life.finished) {
                (Some(ended), Some(_)) if failed => Text::from(format!("exit {}", ended.exit_code)),
                (_, Some(_)) => "ok".into(),
                (_, None) if life.deleted.is_some() => "deleted".into(),
                _ => Text::from(life.pod.status.phase.as_str()),
            });
        }
        let drawn: String = cells.into_iter().collect();
        let codes: Vec<&str> = codes.iter().map(Text::as_str).collect();
        writeln!(text, "{row:>6}  {}  {}", drawn, codes.join(", ")).expect("strings take everything");
    }
    text
}
