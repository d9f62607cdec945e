//! What the counters were at every instant, as plain steps.

use crate::api::{JobStatus, Object, Uid};
use crate::apiserver::Storage;
use crate::sim::{Map, Timestamp};

/// The counters of all Jobs together, in the order of a Job's status.
pub const NAMES: [&str; 5] = ["active", "ready", "succeeded", "failed", "terminating"];

/// The counters at one instant, in the order of [`NAMES`].
pub type Counts = [i64; 5];

/// The counters of all Jobs, step by step.
#[derive(Clone, Debug, Default)]
pub struct Model {
    seen: u64,
    /// What each Job's status says now.
    now: Map<Uid, Counts>,
    /// From when on the sums were what; only where they changed.
    pub steps: Vec<(Timestamp, Counts)>,
}

impl Model {
    /// Reads what was written since the last time; whether any counter has changed.
    pub fn update(&mut self, storage: &Storage) -> bool {
        if storage.revision() < self.seen {
            *self = Self::default();
        }
        let before = self.steps.len();
        for change in storage.changes_since(self.seen) {
            let Object::Job(job) = change.object else { continue };
            if change.change == crate::apiserver::ChangeType::Deleted {
                self.now.remove(&job.metadata.uid);
            } else {
                self.now.insert(job.metadata.uid, counts(&job.status));
            }
            let mut sum = Counts::default();
            for counts in self.now.values() {
                for (sum, count) in sum.iter_mut().zip(counts) {
                    *sum += count;
                }
            }
            match self.steps.last_mut() {
                Some((_, last)) if *last == sum => {}
                Some((at, last)) if *at == change.at => *last = sum,
                _ => self.steps.push((change.at, sum)),
            }
        }
        self.seen = storage.revision();
        self.steps.len() != before
    }

    /// The counters at an instant.
    pub fn at(&self, instant: Timestamp) -> Counts {
        let after = self.steps.partition_point(|(at, _)| *at <= instant);
        after.checked_sub(1).map_or_else(Counts::default, |last| self.steps[last].1)
    }

    /// The highest that any counter has been.
    pub fn highest(&self) -> i64 {
        self.steps.iter().flat_map(|(_, counts)| *counts).max().unwrap_or(0)
    }

    /// The corners of one counter's line between two instants, at most about `limit` of them: where there are more, those
    /// in between are left out.
    pub fn line(&self, counter: usize, from: Timestamp, to: Timestamp, limit: usize) -> Vec<(Timestamp, i64)> {
        let first = self.steps.partition_point(|(at, _)| *at <= from).saturating_sub(1);
        let last = self.steps.partition_point(|(at, _)| *at <= to);
        let Some(steps) = self.steps.get(first..last).filter(|steps| !steps.is_empty()) else { return Vec::new() };
        let stride = (steps.len() / limit.max(1)).max(1);
        let mut corners: Vec<(Timestamp, i64)> = Vec::new();
        for (number, (at, counts)) in steps.iter().enumerate() {
            let (at, count) = ((*at).max(from), counts[counter]);
            let known = corners.last().map(|(_, count)| *count);
            if known == Some(count) || (number % stride != 0 && number + 1 != steps.len()) {
                continue;
            }
            corners.extend(known.map(|known| (at, known)));
            corners.push((at, count));
        }
        corners.extend(corners.last().map(|(_, count)| (to, *count)));
        corners
    }
}

fn counts(status: &JobStatus) -> Counts {
    let ready = status.ready.unwrap_or(0);
    let terminating = status.terminating.unwrap_or(0);
    [status.active, ready, status.succeeded, status.failed, terminating].map(i64::from)
}

/// `active 2, ready 1, succeeded 0, failed 1`: without what is zero and rarely anything else.
pub fn words(counts: Counts) -> String {
    let told = NAMES.iter().zip(counts).filter(|(name, count)| *count != 0 || **name != "terminating");
    told.map(|(name, count)| format!("{name} {count}")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recording::Run;
    use crate::ui::first::first_scenario;
    use std::time::Duration;

    #[test]
    fn the_counters_follow_the_status() {
        let mut run = Run::new(first_scenario());
        let mut model = Model::default();
        while !run.is_settled() {
            run.advance(run.now() + Duration::from_secs(1), 1000);
            model.update(run.storage());
        }
        let mut whole = Model::default();
        whole.update(run.storage());
        assert_eq!(model.steps, whole.steps, "bit by bit as at once");
        assert_eq!(model.at(run.now()), [0, 0, 6, 1, 0]);
        assert_eq!(words(model.at(run.now())), "active 0, ready 0, succeeded 6, failed 1");
        assert_eq!(model.at(run.start()), [0, 0, 0, 0, 0]);
        let line = model.line(2, run.start(), run.now(), 100);
        assert_eq!(line.first().map(|(_, count)| *count), Some(0));
        assert_eq!(line.last(), Some(&(run.now(), 6)));
        assert!(line.windows(2).all(|pair| pair[0].0 <= pair[1].0));
    }
}
