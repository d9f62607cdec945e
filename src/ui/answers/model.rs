//! What each field of a Job would have answered at every instant, and where it was wrong.
//!
//! A Job is over, complete or failed when its condition says so, and not before. People ask other fields as well; each is
//! held against that condition, over all versions of the Job.

use crate::api::{ConditionStatus, Job, JobStatus, Object, Uid};
use crate::apiserver::Storage;
use crate::sim::{Map, Timestamp};

/// A way to ask.
struct Field {
    name: &'static str,
    says: fn(&Job) -> bool,
}

/// What is asked, the fields that people ask it of, and last the one that knows.
struct Asked {
    question: &'static str,
    fields: [Field; 3],
}

const ASKED: [Asked; 3] = [
    Asked {
        question: "Is it over?",
        fields: [
            Field { name: "active is 0", says: |job| job.status.active == 0 },
            Field { name: "completionTime is set", says: |job| job.status.completion_time.is_some() },
            Field { name: "Complete or Failed is True", says: |job| job.status.is_finished() },
        ],
    },
    Asked {
        question: "Has it succeeded?",
        fields: [
            Field { name: "succeeded is completions", says: |job| has_all(job) },
            Field { name: "conditions[0] is Complete", says: |job| is_first(&job.status, "Complete") },
            Field { name: "Complete is True", says: |job| job.status.condition("Complete").is_some() },
        ],
    },
    Asked {
        question: "Has it failed?",
        fields: [
            Field { name: "failed is above 0", says: |job| job.status.failed > 0 },
            Field { name: "conditions[0] is Failed", says: |job| is_first(&job.status, "Failed") },
            Field { name: "Failed is True", says: |job| job.status.condition("Failed").is_some() },
        ],
    },
];

/// The fields of all questions, in order.
const FIELDS: usize = ASKED.len() * 3;

/// Where the one that knows stands among the fields of a question.
const KNOWS: usize = 2;

/// Of a work queue, whose `completions` is unset, one success is what people look for.
fn has_all(job: &Job) -> bool {
    job.status.succeeded >= job.spec.completions.unwrap_or(1)
}

fn is_first(status: &JobStatus, kind: &str) -> bool {
    status.conditions.first().is_some_and(|first| first.kind == *kind && first.status == ConditionStatus::True)
}

/// What the fields of every Job have answered, from when on.
#[derive(Clone, Debug, Default)]
pub struct Model {
    seen: u64,
    jobs: Map<Uid, Vec<(Timestamp, [bool; FIELDS])>>,
}

/// A question, and what each field says to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    pub words: &'static str,
    pub answers: Vec<Answer>,
}

/// What one field says.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    pub field: &'static str,
    /// What it says now.
    pub says: bool,
    /// When it has said yes: stretches of the Job's time so far, in thousandths from and to.
    pub yes: Vec<(u32, u32)>,
    /// Where it was wrong; none of the field that knows.
    pub verdict: Option<Verdict>,
}

/// Whether a field was right.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    pub is_right: bool,
    pub words: String,
    /// The instant that the words are about.
    pub at: Option<Timestamp>,
}

impl Model {
    /// Reads what was written since the last time; whether any answer has changed.
    pub fn update(&mut self, storage: &Storage) -> bool {
        if storage.revision() < self.seen {
            *self = Self::default();
        }
        let mut has_changed = false;
        for change in storage.changes_since(self.seen) {
            let Object::Job(job) = change.object else { continue };
            let mut answers = [false; FIELDS];
            let fields = ASKED.iter().flat_map(|asked| &asked.fields);
            answers.iter_mut().zip(fields).for_each(|(answer, field)| *answer = (field.says)(&job));
            let steps = self.jobs.entry(job.metadata.uid).or_default();
            if steps.last().is_none_or(|(_, last)| *last != answers) {
                steps.push((change.at, answers));
                has_changed = true;
            }
        }
        self.seen = storage.revision();
        has_changed
    }

    /// What the fields of a Job say at an instant, and have said before; nothing before it was created.
    pub fn questions(&self, job: Uid, at: Timestamp) -> Vec<Question> {
        let steps = self.jobs.get(&job).map_or(&[][..], Vec::as_slice);
        let steps = &steps[..steps.partition_point(|(from, _)| *from <= at)];
        let Some((created, _)) = steps.first() else { return Vec::new() };
        let length = at.since(*created).as_millis().max(1);
        let share = |instant: Timestamp| (instant.since(*created).as_millis() * 1000 / length) as u32;
        let ends = || steps.iter().skip(1).map(|(from, _)| *from).chain([at]);
        let of = |(number, asked): (usize, &Asked)| {
            let answers = asked.fields.iter().enumerate().map(|(place, field)| {
                let (own, known) = (number * 3 + place, number * 3 + KNOWS);
                let mut yes: Vec<(u32, u32)> = Vec::new();
                for ((from, said), to) in steps.iter().zip(ends()).filter(|((_, said), _)| said[own]) {
                    match yes.last_mut().filter(|last| last.1 == share(*from)) {
                        Some(last) if said[own] => last.1 = share(to),
                        _ => yes.push((share(*from), share(to))),
                    }
                }
                let told = steps.iter().map(|(from, said)| Told { from: *from, says: said[own], is_so: said[known] });
                let is_over = steps.last().is_some_and(|(_, said)| said[KNOWS]);
                let verdict = (place != KNOWS).then(|| verdict(told, is_over));
                Answer { field: field.name, says: steps[steps.len() - 1].1[own], yes, verdict }
            });
            Question { words: asked.question, answers: answers.collect() }
        };
        ASKED.iter().enumerate().map(of).collect()
    }
}

/// What a field said from an instant on, and what was the case.
#[derive(Clone, Copy)]
struct Told {
    from: Timestamp,
    says: bool,
    is_so: bool,
}

/// Judges a field by what it has said so far: what it says now first, then what it said too early.
fn verdict(told: impl Iterator<Item = Told>, is_over: bool) -> Verdict {
    // When it began to be wrong, each time; and whether it still is, and in which way.
    let mut begun: Vec<(Timestamp, bool)> = Vec::new();
    let mut is_wrong = false;
    for Told { from, says, is_so } in told {
        let began = (says != is_so) && !(is_wrong && begun.last().is_some_and(|(_, said)| *said == says));
        if began {
            begun.push((from, says));
        }
        is_wrong = says != is_so;
    }
    let wrong = |words: String, at| Verdict { is_right: false, words, at: Some(at) };
    match (begun.last(), begun.as_slice()) {
        (Some(&(at, true)), _) if is_wrong && is_over => wrong("wrong: says so for good, from".into(), at),
        (Some(&(at, true)), _) if is_wrong => wrong("too early: says so from".into(), at),
        (Some(&(at, false)), _) if is_wrong => wrong("wrong: does not say so, though it is from".into(), at),
        (_, []) => Verdict { is_right: true, words: "right so far".into(), at: None },
        (_, [(at, true)]) => wrong("said so too early, from".into(), *at),
        (_, [(at, false)]) => wrong("said so too late, not yet at".into(), *at),
        (_, [(at, _), ..]) if begun.iter().all(|(_, said)| *said) => {
            wrong(format!("said so too early {} times, first from", begun.len()), *at)
        }
        (_, [(at, _), ..]) => wrong(format!("was wrong {} times, first from", begun.len()), *at),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Kind;
    use crate::ui::testing::{ONE, manifest, played};
    use crate::ui::transport::clock;
    use serde_json::json;
    use std::time::Duration;

    #[test]
    fn every_field_is_held_against_the_condition_that_knows() {
        let check = |spec: &str, codes: [u8; 2], second: u64, expected: [[&str; 2]; 3]| {
            // The first attempt of every index, and the second.
            let rules = [0, 1].map(
                |attempt| json!({"match": {"attempt": attempt}, "run": {"seconds": 3, "exitCode": codes[attempt]}}),
            );
            let rules = json!(rules);
            let run = played(manifest("Never", ONE, spec), rules, second * 1000);
            let mut model = Model::default();
            model.update(run.storage());
            let job = run.storage().now().list(Kind::Job).next().expect("a Job");
            let told: Vec<Vec<String>> = model
                .questions(job.metadata().uid, run.now())
                .iter()
                .map(|question| {
                    assert_eq!(question.answers[KNOWS].verdict, None);
                    let verdicts = question.answers.iter().filter_map(|answer| answer.verdict.as_ref());
                    verdicts
                        .map(|verdict| {
                            let at = verdict.at.map(|at| format!(" {}", clock(at.since(run.start()))));
                            format!("{}{}", verdict.words, at.unwrap_or_default())
                        })
                        .collect()
                })
                .collect();
            assert_eq!(told, expected, "{spec}, {second} s");
        };
        let right = "right so far";
        // Nothing is active before the first pod, between two attempts, and while the last pod is being counted.
        let thrice = "said so too early 3 times, first from 00:00.0";
        let retried = "completionMode: Indexed, completions: 1, backoffLimitPerIndex: 1";
        check(retried, [1, 0], 8, [["too early: says so from 00:05.2", right], [right, right], [right, right]]);
        // What was retried has failed once for ever; FailureTarget and SuccessCriteriaMet are conditions[0].
        let for_good = "wrong: says so for good, from 00:15.0";
        let silent = "wrong: does not say so, though it is from 00:19.2";
        check(retried, [1, 0], 60, [[thrice, right], ["said so too early, from 00:19.2", silent], [for_good, right]]);
        // Only success sets completionTime.
        check(retried, [1, 1], 60, [[thrice, silent], [right, right], ["said so too early, from 00:15.0", silent]]);
        let policy = "completionMode: Indexed, completions: 2, successPolicy: {rules: [{succeededCount: 1}]}";
        let twice = "said so too early 2 times, first from 00:00.0";
        let silent = "wrong: does not say so, though it is from 00:05.2";
        check(policy, [0, 0], 60, [[twice, right], [silent, silent], [right, right]]);
    }

    #[test]
    fn what_was_said_when_is_drawn() {
        let rules = json!([{"match": {"job": "demo"}, "run": {"seconds": 3}}]);
        let run = played(manifest("Never", ONE, ""), rules, 10_000);
        let mut model = Model::default();
        assert!(model.update(run.storage()));
        assert!(!model.update(run.storage()), "nothing is new");
        let job = run.storage().now().list(Kind::Job).next().expect("a Job");
        let created = job.metadata().creation_timestamp.expect("it was created").timestamp();
        assert_eq!(model.questions(job.metadata().uid, created - Duration::from_secs(1)), []);
        let questions = model.questions(job.metadata().uid, run.now());
        let over = &questions[0].answers;
        assert_eq!(over[0].yes.len(), 2, "before its pod, and after: {over:?}");
        assert_eq!(over[2].yes.len(), 1);
        assert_eq!(over[2].yes[0].1, 1000);
        assert!(over.iter().all(|answer| answer.says));
    }
}
