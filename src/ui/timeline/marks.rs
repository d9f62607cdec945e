//! Marks on the timeline: vertical lines with a few words, and where those of a CronJob's schedule stand.

use crate::api::{CronJob, CronJobSpec, DueTimes, Text};
use crate::sim::{Set, Timestamp};
use std::rc::Rc;
use std::time::Duration;

/// What a mark on the timeline tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MarkKind {
    /// A user's command, or a fault.
    Action,
    /// A condition of a Job or a turn of its life.
    Condition,
    /// A limit in time: a deadline, the end of a TTL.
    Limit,
    /// A CronJob is due.
    Due,
    /// A CronJob was due and nothing has begun (yet).
    Missed,
}

/// A vertical line with a few words.
#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    pub at: Timestamp,
    pub kind: MarkKind,
    /// The Job it is about: it is said where there are several. Empty for what is about none.
    pub of: Text,
    pub text: String,
}

/// A CronJob: what its schedule was from when on, and what came of it.
#[derive(Clone, Debug, Default)]
pub struct Cron {
    pub name: Text,
    pub namespace: Text,
    /// None while it is suspended.
    schedules: Vec<(Timestamp, Option<Rc<CronJobSpec>>)>,
    /// The times at which it was due and something began.
    pub taken: Set<Timestamp>,
    /// When its controller said that nothing would, and why.
    pub refused: Vec<(Timestamp, &'static str)>,
    pub gone: Option<Timestamp>,
}

/// A CronJob that is due more often than this in what is visible has no lines: they would be a wall.
const MOST_LINES: usize = 60;
/// A CronJob's controller begins what is due this long after it at the latest, unless its policy forbids it.
const PUNCTUAL: Duration = Duration::from_secs(2);

impl Cron {
    /// Takes note of a schedule that is another from now on.
    pub fn observe(&mut self, at: Timestamp, cron: &CronJob) {
        let is_suspended = cron.spec.suspend == Some(true);
        self.schedules.push((at, (!is_suspended).then(|| cron.spec.clone())));
    }

    /// When it is due between two instants, in order; if more than [`MOST_LINES`] times, not all of them.
    pub fn due(&self, due_times: DueTimes, from: Timestamp, to: Timestamp) -> Vec<Timestamp> {
        let mut due = Vec::new();
        for (number, (begins, spec)) in self.schedules.iter().enumerate() {
            let Some(spec) = spec else { continue };
            let next = self.schedules.get(number + 1).map(|(at, _)| *at);
            let ends = to.min(next.or(self.gone).unwrap_or(to));
            // From the last time before what is visible: an `@every` counts from there.
            let known = self.taken.range(..from).next_back().copied();
            let after = (*begins).max(known.unwrap_or(from - Duration::from_secs(1)));
            due.extend(due_times(spec, after, from, ends, MOST_LINES + 1));
        }
        due
    }

    /// When it is due between two instants, and what came of that up to the live edge.
    pub fn marks(&self, due_times: DueTimes, from: Timestamp, to: Timestamp, edge: Timestamp) -> Vec<Mark> {
        let due = self.due(due_times, from, to);
        if due.len() > MOST_LINES {
            return Vec::new();
        }
        let mark = |at| {
            let is_missed = !self.taken.contains(&at) && at + PUNCTUAL <= edge;
            let (kind, word) = if is_missed { (MarkKind::Missed, " not started") } else { (MarkKind::Due, "") };
            // The controller has said so when it looked: at the time itself, or whenever it came to look again.
            let is_of_it = |said: Timestamp| said >= at && self.taken.range(at..said).next().is_none();
            let said = self.refused.iter().find(|(said, _)| is_missed && is_of_it(*said));
            let why = said.map_or("", |(_, why)| why);
            Mark { at, kind, of: Text::EMPTY, text: format!("{}{word}{why}", self.name) }
        };
        due.into_iter().map(mark).collect()
    }
}
