//! What a lesson's panel says about the run: how far the goals are, and what has become of a prediction.

use crate::lessons::{Goal, Prediction, Progress};
use crate::recording::{Run, Scenario};
use crate::sim::Timestamp;
use std::time::Duration;

/// What has become of a prediction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The run on screen is not the one that was asked about.
    OtherManifest,
    /// It is not over; this is what the field says so far.
    SoFar(String),
    /// It is over, and this is what the field says.
    Settled(String),
}

/// What the cluster says about a prediction at an instant. `given` is the lesson's own manifest.
pub fn outcome(prediction: &Prediction, given: &str, run: &Run, at: Timestamp) -> Outcome {
    let is_given = run.scenario().files.get(Scenario::MANIFEST).is_some_and(|manifest| manifest == given);
    if is_given == prediction.edited {
        return Outcome::OtherManifest;
    }
    // What is only a matter of time is read when the time has come, whatever is done later.
    let due = run.start() + Duration::from_secs(prediction.after);
    let is_late = at >= due;
    let read = run.read_at(&prediction.read, if prediction.until.is_none() { at.min(due) } else { at }).0;
    let answer = if read.is_empty() { prediction.absent.clone() } else { read };
    let is_reached = prediction.until.as_ref().is_none_or(|goal| goal.accepts(&run.read_at(&goal.question(), at).0));
    if is_late && is_reached { Outcome::Settled(answer) } else { Outcome::SoFar(answer) }
}

/// How far a run has come, up to its live edge.
pub fn follow(progress: &mut Progress, goals: &[Goal], run: &Run) {
    progress.follow(goals, run.storage(), |question, at| run.read_at(question, at).0);
}

/// A goal in words, where `about` is what the lesson is about: `the Job is Failed`, `.status.failed is 3`.
pub fn words(goal: &Goal, about: &str) -> String {
    let object = format!("{}/{}", goal.object.kind.resource().name.to_lowercase(), goal.object.name);
    let is_subject = object == about;
    let line = goal.to_string();
    let what = line.split_once("--for=").map_or("", |(_, what)| what.rsplit_once(' ').map_or(what, |(what, _)| what));
    match what.strip_prefix("condition=") {
        Some(condition) if is_subject => format!("the {} is {condition}", goal.object.kind),
        Some(condition) => format!("{object} is {condition}"),
        None => {
            let path =
                what.trim_start_matches("jsonpath=").split("'=").next().unwrap_or("").trim_matches(['\'', '{', '}']);
            let of = if is_subject { String::new() } else { format!(" of {object}") };
            format!("{path}{of} is {}", goal.wanted)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn goals_are_told_in_words() {
        let check = |line: &str, expected: &str| {
            assert_eq!(words(&Goal::parse(line).expect("a goal"), "job/demo"), expected);
        };
        check("kubectl wait --for=condition=Failed job/demo", "the Job is Failed");
        check("kubectl wait --for=condition=Failed job/other", "job/other is Failed");
        check("kubectl wait --for=jsonpath='{.status.failed}'=3 job/demo", ".status.failed is 3");
        check(
            "kubectl wait --for=jsonpath='{.spec.unschedulable}'=true node/node-1",
            ".spec.unschedulable of node/node-1 is true",
        );
    }
}
