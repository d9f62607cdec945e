//! A run that nobody looks at: it goes on until its end is known.

use crate::recording::{Parts, Run, Scenario, report};
use crate::ui::transport::clock;
use std::time::Duration;

/// Further than this nobody plans.
const LONGEST: Duration = Duration::from_secs(24 * 3600);
/// After so many writes a forecast costs more than it says.
const MOST_WRITES: u64 = 30_000;

/// A forecast that is being made.
pub struct Outlook(Run);

impl Outlook {
    /// Of a scenario, where some parts of the program may be missing.
    pub fn of(scenario: Scenario, parts: Parts) -> Self {
        Self(Run::with_parts(scenario, parts))
    }

    /// Goes on for some steps. The answer is what it comes to, as soon as that is known.
    pub fn go_on(&mut self, steps: usize) -> Option<String> {
        let run = &mut self.0;
        if run.waits_for().is_some() {
            return Some(String::new());
        }
        // Where there is no Job, there is nothing to say.
        let said = |run: &Run, before: &str| match report::verdicts(run).join(" ") {
            verdicts if verdicts.is_empty() => verdicts,
            verdicts => format!("{before}{verdicts}"),
        };
        if run.is_settled() {
            return Some(said(run, ""));
        }
        let limit = run.start() + LONGEST;
        if run.storage().revision() > MOST_WRITES {
            let elapsed = clock(run.now().since(run.start()));
            return Some(said(run, &format!("It is not over at T+{elapsed}, which is as far as a forecast goes. ")));
        }
        let Some(next) = run.next_change().filter(|at| *at <= limit) else {
            return Some(said(run, "It will not end by itself. "));
        };
        run.advance(next, steps);
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::first::first_scenario;

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
            "It will not end by itself. Job shards is suspended at 86399.01 s: 0 active, 0 succeeded, 0 failed.",
        );
        check(&|manifest| *manifest = "kind: Nothing\n".into(), "");
    }
}
