//! What the API server and the Job controller would make of another size, tried out in a run of its own.
//!
//! `parallelism` of any Job can be changed; `completions` of an Indexed one, if both are the same then. Who makes it smaller
//! loses the highest indexes.

use crate::api::{Indexes, Job, Object, ObjectKey};
use crate::controllers::job::{Because, Pods, Step};
use crate::recording::Run;
use crate::sim::Timestamp;
use crate::ui::console::model::in_short;
use std::rc::Rc;
use std::time::Duration;

/// So long after the command it is seen what the controller did at once.
const SEEN: Duration = Duration::from_secs(2);

/// How large a Job is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// None for a work queue.
    pub completions: Option<i32>,
    pub parallelism: i32,
}

impl Size {
    /// As it stands in a Job's spec.
    pub fn of(job: &Job) -> Self {
        Self { completions: job.spec.completions, parallelism: job.spec.parallelism.unwrap_or(1) }
    }

    /// The command that makes a Job this large; nothing where it is.
    pub fn command(self, job: &Job) -> Option<String> {
        let now = Self::of(job);
        let completions = self.completions.filter(|_| self.completions != now.completions);
        let completions = completions.map(|count| format!("\"completions\":{count}"));
        let parallelism = Some(self.parallelism).filter(|count| *count != now.parallelism);
        let parallelism = parallelism.map(|count| format!("\"parallelism\":{count}"));
        let fields: Vec<String> = completions.into_iter().chain(parallelism).collect();
        let namespace = match job.metadata.namespace.as_str() {
            "default" => String::new(),
            other => format!(" -n {other}"),
        };
        let patch = format!("-p '{{\"spec\":{{{}}}}}'", fields.join(","));
        (!fields.is_empty()).then(|| format!("kubectl patch job {}{namespace} {patch}", job.metadata.name))
    }
}

/// A command that is being tried out.
pub struct Trial {
    run: Run,
    at: Timestamp,
    job: Rc<Job>,
    command: String,
    /// Where it stands in the run's log; none until it has been typed.
    entry: Option<usize>,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// In a sentence or two.
    pub words: String,
    pub is_refused: bool,
}

impl Trial {
    /// In a run like this one up to an instant.
    pub fn of(run: &Run, at: Timestamp, job: Rc<Job>, command: String) -> Self {
        Self { run: run.fork(at), at, job, command, entry: None }
    }

    /// Whether it needs a part of the program that is missing.
    pub fn is_stuck(&self) -> bool {
        self.run.waits_for().is_some()
    }

    /// Goes on for some steps. The answer is what came of it, as soon as that is known.
    pub fn go_on(&mut self, steps: usize) -> Option<Outcome> {
        if self.is_stuck() {
            return None;
        }
        let Some(entry) = self.entry else {
            if self.run.advance(self.at, steps) {
                self.entry = Some(self.run.enter(&self.command));
            }
            return None;
        };
        self.run.advance(self.at + SEEN, steps).then(|| self.outcome(entry))
    }

    fn outcome(&self, entry: usize) -> Outcome {
        let entry = &self.run.entries()[entry];
        if entry.ended.is_none_or(|(_, code)| code != 0) {
            let said: String = entry.output.iter().map(|output| output.text.as_str()).collect();
            let words = in_short(&said).map_or(said.trim_end().to_owned(), str::to_owned);
            return Outcome { words: format!("The API server refuses it. {words}"), is_refused: true };
        }
        let decisions = self.run.cluster().job_controller().decisions(self.job.metadata.uid);
        let since = decisions.partition_point(|decision| decision.at < self.at);
        let steps = || decisions[since..].iter().flat_map(|decision| &decision.steps);
        let deleted = steps().filter_map(|step| match step {
            Step::Deleted { pods, because: Because::TooMany } => Some(pods),
            _ => None,
        });
        let created = steps().filter_map(|step| match step {
            Step::Created(pods) => Some(pods),
            _ => None,
        });
        let told: Vec<String> = [("deletes", self.told(deleted)), ("creates", self.told(created))]
            .into_iter()
            .filter_map(|(does, pods)| Some(format!("{does} {}", pods?)))
            .collect();
        let does = if told.is_empty() { "deletes and creates no pod".to_owned() } else { told.join(" and ") };
        let words = format!("The API server accepts it. In the {} s after it the controller {does}.", SEEN.as_secs());
        Outcome { words, is_refused: false }
    }

    /// `2 pods, of the indexes 4,5`
    fn told<'a>(&self, pods: impl Iterator<Item = &'a Pods>) -> Option<String> {
        let pods: Vec<&Pods> = pods.collect();
        let count: usize = pods.iter().map(|pods| pods.len()).sum();
        let names = pods.iter().flat_map(|pods| &pods.named);
        let key = |name: &crate::api::Text| {
            ObjectKey::new(crate::api::Kind::Pod, self.job.metadata.namespace.clone(), name.clone())
        };
        let storage = self.run.storage();
        let index = |name| storage.now().last(&key(name)).and_then(Object::into_pod)?.completion_index();
        let indexes: Vec<u32> = names.filter_map(index).collect();
        let mut sorted = Indexes::default();
        indexes.iter().for_each(|&index| sorted.extend(&Indexes::from_run(index, index)));
        let of = match indexes.len() {
            0 => String::new(),
            1 => format!(", of index {sorted}"),
            known if known < count => format!(", of the indexes {sorted} and others"),
            _ => format!(", of the indexes {sorted}"),
        };
        let pods = if count == 1 { "1 pod".to_owned() } else { format!("{count} pods") };
        (count > 0).then(|| format!("{pods}{of}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Kind;
    use crate::ui::testing::{ONE, manifest, played};

    #[test]
    fn another_size_is_tried_out() {
        let check = |spec: &str, size: (Option<i32>, i32), command: Option<&str>, words: &str| {
            let rules = serde_json::json!([{"run": {"seconds": 60}}]);
            let run = played(manifest("Never", ONE, spec), rules, 3000);
            let job = run.storage().now().list(Kind::Job).next().and_then(Object::into_job).expect("a Job");
            let size = Size { completions: size.0, parallelism: size.1 };
            let line = size.command(&job);
            assert_eq!(
                line.as_deref(),
                command.map(|patch| format!("kubectl patch job demo -p '{{\"spec\":{{{patch}}}}}'")).as_deref()
            );
            let Some(line) = line else { return };
            let mut trial = Trial::of(&run, run.now(), job, line);
            let outcome = (0..100_000).find_map(|_| trial.go_on(100)).expect("an outcome");
            assert_eq!(outcome.words, words, "{spec}");
            assert_eq!(outcome.is_refused, outcome.words.contains("refuses"));
        };
        let elastic = "completionMode: Indexed, completions: 4, parallelism: 4";
        check(elastic, (Some(4), 4), None, "");
        let accepted = "The API server accepts it. In the 2 s after it the controller";
        let tandem = "In short: completions can be changed of an Indexed Job only, together with parallelism and to the same number.";
        let refused = format!("The API server refuses it. {tandem}");
        let does = |what: &str| format!("{accepted} {what}.");
        let [both, more] = [r#""completions":2,"parallelism":2"#, r#""completions":6,"parallelism":6"#];
        check(elastic, (Some(2), 2), Some(both), &does("deletes 2 pods, of the indexes 2,3"));
        check(elastic, (Some(6), 6), Some(more), &does("creates 2 pods, of the indexes 4,5"));
        check(elastic, (Some(2), 4), Some(r#""completions":2"#), &refused);
        check(elastic, (Some(4), 3), Some(r#""parallelism":3"#), &does("deletes 1 pod, of index 0"));
        check(elastic, (Some(4), 5), Some(r#""parallelism":5"#), &does("deletes and creates no pod"));
        let queue = "completions: 3, parallelism: 2";
        check(queue, (Some(4), 4), Some(r#""completions":4,"parallelism":4"#), &refused);
        check("parallelism: 2", (None, 1), Some(r#""parallelism":1"#), &does("deletes 1 pod"));
    }
}
