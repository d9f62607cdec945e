//! Runs that nobody looks at: they go on until their end is known.

use crate::api::{ContainerState, Uid};
use crate::node::{Rule, behaviour};
use crate::recording::{Parts, Run, Scenario, report};
use crate::sim::Map;
use crate::ui::timeline::model::Model;
use crate::ui::transport::clock;
use std::time::Duration;

/// Further than this nobody plans.
const LONGEST: Duration = Duration::from_secs(24 * 3600);
/// After so many writes a forecast costs more than it says.
const MOST_WRITES: u64 = 30_000;
/// So many waits are told one by one.
const MOST_WAITS: usize = 9;

/// A forecast that is being made.
pub struct Outlook {
    run: Run,
    /// Whether the waits between attempts are told as well.
    tells_waits: bool,
}

impl Outlook {
    /// Of a scenario, where some parts of the program may be missing.
    pub fn of(scenario: Scenario, parts: Parts) -> Self {
        Self { run: Run::with_parts(scenario, parts), tells_waits: false }
    }

    /// Of the same scenario if every container exited 1, each after as long as it would run: when it gives up, and how
    /// long it waits in between.
    pub fn at_worst(mut scenario: Scenario, parts: Parts) -> Self {
        let usual = Rule { run: Some(behaviour::Run::default()), ..Rule::default() };
        scenario.rules.push(usual);
        for rule in &mut scenario.rules {
            if let Some(run) = &mut rule.run {
                (run.exit_code, run.exit_codes) = (Some(1), Vec::new());
                rule.percent = None;
            }
        }
        Self { run: Run::with_parts(scenario, parts), tells_waits: true }
    }

    /// Whether it needs a part of the program that is missing; then it has to be begun anew once that is there.
    pub fn is_stuck(&self) -> bool {
        self.run.waits_for().is_some()
    }

    /// Goes on for some steps. The answer is what it comes to, as soon as that is known; nothing is known of one that is
    /// stuck.
    pub fn go_on(&mut self, steps: usize) -> Option<String> {
        if self.is_stuck() {
            return Some(String::new());
        }
        if self.run.is_settled() {
            return Some(self.said(""));
        }
        let limit = self.run.start() + LONGEST;
        if self.run.storage().revision() > MOST_WRITES {
            let elapsed = clock(self.run.now().since(self.run.start()));
            return Some(self.said(&format!("It is not over at T+{elapsed}, which is as far as a forecast goes. ")));
        }
        let Some(next) = self.run.next_change().filter(|at| *at <= limit) else {
            return Some(self.said("It will not end by itself. "));
        };
        self.run.advance(next, steps);
        None
    }

    /// What is said of the run as it stands; nothing where there is no Job.
    fn said(&self, before: &str) -> String {
        match report::verdicts(&self.run).join(" ") {
            verdicts if verdicts.is_empty() => verdicts,
            verdicts if self.tells_waits => format!("{before}{verdicts}{}", waits(&self.run)),
            verdicts => format!("{before}{verdicts}"),
        }
    }
}

/// How long the first row of the timeline waits between its attempts: for other pods, or for its containers to be started
/// again in place.
fn waits(run: &Run) -> String {
    let mut model = Model::default();
    model.update(run.storage());
    let Some((_, first)) = model.tracks.first().and_then(|_| model.lane(0, 0).next()) else { return String::new() };
    // The controller counts whole seconds, and looks a moment later.
    let pods = model.waits(0, 0).into_iter().filter_map(|wait| Some(wait.until?.since(wait.from)));
    let pods: Vec<u64> = pods.map(|wait| wait.as_millis().div_ceil(1000) as u64).collect();
    let (waits, what) = match restarts(run, first.uid) {
        restarts if restarts.is_empty() => (pods, "another pod"),
        restarts => (restarts, "a restart in place"),
    };
    if waits.is_empty() {
        return String::new();
    }
    let told: Vec<String> = waits.iter().take(MOST_WAITS).map(|&wait| report::span(wait)).collect();
    let more = if waits.len() > MOST_WAITS { ", …" } else { "" };
    format!(" It waits for {what} {}{more}.", told.join(", "))
}

/// The seconds between the ends of a pod's first container and its next starts.
fn restarts(run: &Run, uid: Uid) -> Vec<u64> {
    let mut waits = Map::new();
    for change in run.storage().changes_since(0) {
        let Some(pod) = change.object.as_pod().filter(|pod| pod.metadata.uid == uid) else { continue };
        let Some(status) = pod.status.container_statuses.first() else { continue };
        let started = match &status.state {
            Some(ContainerState::Running(running)) => running.started_at,
            Some(ContainerState::Terminated(ended)) => ended.started_at,
            _ => None,
        };
        let ended = match &status.last_state {
            Some(ContainerState::Terminated(ended)) => ended.finished_at,
            _ => None,
        };
        if let Some((started, ended)) = started.zip(ended) {
            waits.insert(status.restart_count, started.timestamp().since(ended.timestamp()).as_secs());
        }
    }
    waits.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::first::first_scenario;
    use crate::ui::testing::{ONE, manifest};

    fn forecast(scenario: Scenario) -> String {
        let mut outlook = Outlook::of(scenario, Parts::ALL);
        (0..1_000_000).find_map(|_| outlook.go_on(10)).expect("an end")
    }

    #[test]
    fn a_forecast_says_what_the_run_comes_to() {
        let check = |change: &dyn Fn(&mut String), says: &str| {
            let mut scenario = first_scenario();
            change(scenario.files.get_mut(Scenario::MANIFEST).expect("a manifest"));
            assert_eq!(forecast(scenario), says);
        };
        check(&|_| {}, "Job shards is complete after 23 s: 6 of 6 succeeded, 1 pod failure.");
        let paused = |manifest: &mut String| {
            *manifest = manifest.replace("spec:\n  completions", "spec:\n  suspend: true\n  completions")
        };
        check(
            &paused,
            "It will not end by itself. Job shards is suspended after 24 h: 0 active, 0 succeeded, 0 failed.",
        );
        check(&|manifest| *manifest = "kind: Nothing\n".into(), "");
    }

    #[test]
    fn the_worst_is_told_with_its_waits() {
        let check = |spec: &str, policy: &str, says: &str| {
            let mut scenario = Scenario::default();
            scenario.files.insert(Scenario::MANIFEST.into(), manifest(policy, ONE, spec));
            let mut outlook = Outlook::at_worst(scenario, Parts::ALL);
            assert_eq!((0..1_000_000).find_map(|_| outlook.go_on(10)).as_deref(), Some(says), "{spec} {policy}");
        };
        check(
            "",
            "Never",
            "Job demo failed after 11 min 13 s with 7 pod failures: Job has reached the specified backoff limit (BackoffLimitExceeded). It waits for another pod 10 s, 20 s, 40 s, 80 s, 2 min 40 s, 5 min 20 s.",
        );
        check(
            "backoffLimit: 0",
            "Never",
            "Job demo failed after 7 s with 1 pod failure: Job has reached the specified backoff limit (BackoffLimitExceeded).",
        );
        check(
            "activeDeadlineSeconds: 60",
            "Never",
            "Job demo failed after 60 s with 3 pod failures: Job was active longer than specified deadline (DeadlineExceeded). It waits for another pod 10 s, 20 s.",
        );
        check(
            "backoffLimit: 8",
            "OnFailure",
            "Job demo failed after 15 min 55 s with 1 pod failure: Job has reached the specified backoff limit (BackoffLimitExceeded). It waits for a restart in place 1 s, 10 s, 20 s, 40 s, 80 s, 2 min 40 s, 5 min, 5 min.",
        );
        check(
            "completionMode: Indexed, completions: 2, backoffLimitPerIndex: 1",
            "Never",
            "Job demo failed after 46 s with 4 pod failures: Job has failed indexes (FailedIndexes). It waits for another pod 10 s.",
        );
    }
}
