//! What a kubelet remembers of a container's probes, from its first run to its last.

use super::{Answer, Probe, Purpose};
use crate::node::behaviour::Health;

/// The probes of one container.
#[derive(Clone, Debug, Default)]
pub struct Probes {
    pub probers: Vec<Prober>,
    /// What the container's present run answers where nobody can ask it.
    pub health: Health,
    /// It makes no progress any more: it answers nothing.
    pub hung: bool,
}

impl Probes {
    /// The place of the probe with this purpose.
    pub fn of(&self, purpose: Purpose) -> Option<usize> {
        self.probers.iter().position(|prober| prober.probe.purpose == purpose)
    }
}

/// One probe, and how it went so far. A new run of the container does not make it forget its last answers.
#[derive(Clone, Debug)]
pub struct Prober {
    pub probe: Probe,
    /// Counts how often the period has begun anew: a tick of an earlier round means nothing.
    pub round: u32,
    /// Counts the questions whose answer takes time.
    pub asked: u32,
    /// The question that is open.
    pub asking: Option<Asking>,
    /// The period has passed while a question was open: the next follows at once.
    pub overdue: bool,
    /// It asks nothing more of the run of this number: all is said.
    pub done_with: Option<i32>,
    /// The last answer, and how many in a row were like it.
    last: Option<bool>,
    row: u32,
}

/// A question whose answer takes time.
#[derive(Clone, Copy, Debug)]
pub struct Asking {
    /// Which of the prober's it is.
    pub number: u32,
    /// The run of the container that it was put to.
    pub run: i32,
    /// The process that answers, by its number; nobody does, if unset.
    pub exec: Option<u64>,
}

impl Prober {
    /// Nothing was asked yet.
    pub fn new(probe: Probe) -> Self {
        Self { probe, round: 0, asked: 0, asking: None, overdue: false, done_with: None, last: None, row: 0 }
    }

    /// The same after its kubelet was started again: what was asked before means nothing any more.
    pub fn anew(probe: Probe, before: &Self) -> Self {
        Self { round: before.round + 1, asked: before.asked, ..Self::new(probe) }
    }

    /// Counts an answer: whether it settles that the probe succeeds, or fails; nothing as long as too few were alike.
    pub fn count(&mut self, answer: &Answer) -> Option<bool> {
        let success = match answer {
            Answer::Success => true,
            Answer::Failure(_) => false,
            Answer::Error(_) => return None,
        };
        self.row = if self.last.replace(success) == Some(success) { self.row.saturating_add(1) } else { 1 };
        let threshold = if success { self.probe.success_threshold } else { self.probe.failure_threshold };
        (self.row >= threshold).then_some(success)
    }

    /// Asks nothing more of this run of the container.
    pub fn rest(&mut self, run: i32) {
        (self.done_with, self.row) = (Some(run), 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{Container, fields};
    use serde_json::json;

    #[test]
    fn so_many_answers_in_a_row_count() {
        let check = |thresholds: [u32; 2], answers: &str, expected: &str| {
            let [success, failure] = thresholds;
            let probe =
                json!({"exec": {"command": ["true"]}, "successThreshold": success, "failureThreshold": failure});
            let container: Container =
                fields::read(json!({"name": "c", "readinessProbe": probe})).expect("a container");
            let mut prober = Prober::new(Probe::all_of(&container).remove(0));
            let mut answer = |letter: char| {
                let answer = match letter {
                    's' => Answer::Success,
                    'f' => Answer::Failure(String::new()),
                    _ => Answer::Error(String::new()),
                };
                match prober.count(&answer) {
                    None => '.',
                    Some(true) => 'S',
                    Some(false) => 'F',
                }
            };
            assert_eq!(answers.chars().map(&mut answer).collect::<String>(), expected, "{thresholds:?} {answers}");
        };
        check([1, 3], "sffsfffff", "S..S..FFF");
        check([2, 1], "ssfsfss", ".SF.F.S");
        // What could not be asked neither counts nor breaks the row.
        check([1, 2], "fefeee", "..F...");
    }
}
