//! What the status panel says besides: the conditions, each with its instant, and the status as YAML.

use super::model::Tone;
use crate::api::fields::Field;
use crate::api::yaml::print;
use crate::api::{Condition, Job, Object};
use crate::apiserver::Storage;
use crate::sim::{Set, Timestamp};
use std::rc::Rc;
use std::time::Duration;

/// A condition, and when it was set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rung {
    pub kind: String,
    pub status: &'static str,
    pub reason: String,
    pub message: String,
    /// The instant of the write that set it.
    pub at: Timestamp,
    pub tone: Tone,
}

/// A line of the status as YAML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub text: String,
    /// Whether the last write to the status changed it.
    pub is_new: bool,
}

/// From how many indexes on it is said how long the list of them gets.
const MANY_INDEXES: i32 = 100;

/// How long `completedIndexes` is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListSize {
    /// In bytes, now and at worst.
    pub now: usize,
    pub worst: usize,
}

impl ListSize {
    /// Of a Job with many indexes.
    pub fn of(job: &Job) -> Option<Self> {
        let completions = job.spec.completions.filter(|&count| job.spec.is_indexed() && count >= MANY_INDEXES)?;
        let now = job.status.completed_indexes.to_string().len();
        Some(Self { now, worst: longest(completions as u32) })
    }
}

/// How long the list of some of so many indexes can get. Of three and more in a row only the first and the last are
/// written, so that it is longest with about two of every three.
fn longest(completions: u32) -> usize {
    let digits = |index: u32| index.checked_ilog10().unwrap_or(0) as usize + 1;
    // The longest lists up to an index: without it, with it as the first of a row, the second, or a later one.
    let [mut without, mut first, mut second, mut later] = [0, 0, 0, 0];
    for index in 0..completions {
        let (own, before) = (digits(index), digits(index.saturating_sub(1)));
        let longer = |list: usize| if list > 0 { list - before + own } else { 0 };
        let next = longer(second).max(longer(later));
        let pair = if first > 0 { first + own + 1 } else { 0 };
        (without, first, second, later) = (without.max(first).max(second).max(later), without + own + 1, pair, next);
    }
    without.max(first).max(second).max(later).saturating_sub(1)
}

/// The conditions in the order in which they were set, each with the instant of its write.
pub fn ladder(storage: &Storage, job: &Job) -> Vec<Rung> {
    let rung = |condition: &Condition| {
        let second = condition.last_transition_time.map_or(Timestamp::default(), |time| time.timestamp());
        let before = storage.revision_at(second - Duration::from_millis(1));
        let written =
            storage.changes_since(before).take_while(|change| change.revision <= job.resource_version).find(|change| {
                let Some(found) = change.object.as_job() else { return false };
                let same = |other: &Condition| other.kind == condition.kind && other.status == condition.status;
                found.metadata.uid == job.metadata.uid && found.status.conditions.iter().any(same)
            });
        Rung {
            kind: condition.kind.to_string(),
            status: condition.status.as_str(),
            reason: condition.reason.to_string(),
            message: condition.message.to_string(),
            at: written.map_or(second, |change| change.at),
            tone: match condition.kind.as_str() {
                _ if condition.status.as_str() != "True" => Tone::Waiting,
                "Complete" | "SuccessCriteriaMet" => Tone::Good,
                "Failed" | "FailureTarget" => Tone::Bad,
                _ => Tone::Waiting,
            },
        }
    };
    job.status.conditions.iter().map(rung).collect()
}

/// The status as `kubectl get -o yaml` prints it, with what the last write to it changed.
pub fn status_lines(storage: &Storage, job: &Rc<Job>) -> Vec<Line> {
    let now = yaml_of(job);
    // Versions are shared, so the status before the last change is the first other one on the way back.
    let mut at = job.resource_version;
    let before = loop {
        if at == 0 || at > storage.revision() {
            break None;
        }
        let Some(previous) = storage.change(at).into_owned().previous.and_then(Object::into_job) else { break None };
        if previous.status != job.status {
            break Some(previous);
        }
        at = previous.resource_version;
    };
    let before = before.map_or(Vec::new(), |job| yaml_of(&job));
    let kept = common_lines(&before, &now);
    now.into_iter().enumerate().map(|(i, text)| Line { text, is_new: !kept.contains(&i) }).collect()
}

fn yaml_of(job: &Job) -> Vec<String> {
    print::yaml(&serde_json::json!({ "status": job.status.write() })).lines().map(str::to_owned).collect()
}

/// Which lines of `now` stand in `before` as well: a longest common subsequence.
fn common_lines(before: &[String], now: &[String]) -> Set<usize> {
    // A status has some dozens of lines; with thousands of uncounted pods it is not worth the square of them.
    if before.len() * now.len() > 250_000 {
        return (0..now.len()).filter(|&i| before.contains(&now[i])).collect();
    }
    let width = now.len() + 1;
    let mut longest = vec![0u32; (before.len() + 1) * width];
    for i in (0..before.len()).rev() {
        for j in (0..now.len()).rev() {
            longest[i * width + j] = if before[i] == now[j] {
                longest[(i + 1) * width + j + 1] + 1
            } else {
                longest[(i + 1) * width + j].max(longest[i * width + j + 1])
            };
        }
    }
    let (mut i, mut j, mut common) = (0, 0, Set::new());
    while i < before.len() && j < now.len() {
        if before[i] == now[j] {
            common.insert(j);
            (i, j) = (i + 1, j + 1);
        } else if longest[(i + 1) * width + j] >= longest[i * width + j + 1] {
            i += 1;
        } else {
            j += 1;
        }
    }
    common
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Indexes;

    #[test]
    fn no_list_is_longer_than_the_longest() {
        // Every choice of a few indexes is tried.
        for completions in 1..=15_u32 {
            let lists = (0..1_u32 << completions).map(|chosen| {
                let mut indexes = Indexes::default();
                let is_in = |index: &u32| chosen & (1 << index) != 0;
                (0..completions).filter(is_in).for_each(|index| indexes.extend(&Indexes::from_run(index, index)));
                indexes.to_string().len()
            });
            assert_eq!(longest(completions), lists.max().unwrap_or(0), "{completions}");
        }
        assert!(longest(100_000) < 400_000, "as many as there can be with a back-off each fit into an object");
    }

    #[test]
    fn lines_that_a_write_changed_are_new() {
        let check = |before: &str, now: &str, kept: &[usize]| {
            let lines = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
            assert_eq!(common_lines(&lines(before), &lines(now)), kept.iter().copied().collect(), "{before} → {now}");
        };
        check("a b c", "a b c", &[0, 1, 2]);
        check("a b c", "a x c", &[0, 2]);
        check("a c", "a b c", &[0, 2]);
        check("", "a", &[]);
    }
}
