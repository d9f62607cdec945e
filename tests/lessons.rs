//! Every lesson reaches its goals by its own solution, and (unless it only wants to be watched) not without.

use jobscope::lessons::{Lesson, Progress, all};
use jobscope::recording::{Run, Scenario};
use jobscope::ui::lesson::model::follow;
use std::time::Duration;

/// A run of a lesson with this manifest, and whether its goals were reached in time; each of `lines` is typed at its
/// second.
fn reaches(lesson: &Lesson, manifest: &str, lines: &[(u64, String)]) -> (Run, bool) {
    let value = jobscope::api::yaml::read(lesson.scenario).documents[0].root.to_value();
    let mut scenario = Scenario::from_value(&value).expect("a scenario");
    scenario.seed = lesson.seed;
    scenario.files = lesson.files.clone();
    scenario.files.insert(Scenario::MANIFEST.into(), manifest.into());
    let mut run = Run::new(scenario);
    let mut progress = Progress::default();
    let mut to = |run: &mut Run, second: u64| {
        let until = run.start() + Duration::from_secs(second);
        while !run.advance(until, 10_000) {}
        follow(&mut progress, &lesson.goals, run);
        progress.is_done(&lesson.goals)
    };
    for (second, line) in lines {
        to(&mut run, *second);
        run.enter(&format!("kubectl {line}"));
    }
    let done = to(&mut run, lesson.patience);
    (run, done)
}

fn printed(run: &Run) -> String {
    let all = run.entries().iter().map(|entry| {
        let output: String = entry.output.iter().map(|output| output.text.as_str()).collect();
        format!("{:?}\n{output}", entry.act)
    });
    let jobs = run.read_at("kubectl get jobs -o yaml", run.now()).0;
    all.collect::<Vec<_>>().join("") + &jobs
}

#[test]
fn every_lesson_is_solved_by_its_own_solution_and_not_by_itself() {
    for lesson in all() {
        let slug = lesson.slug;
        let (run, untouched) = reaches(&lesson, lesson.manifest(), &[]);
        assert_eq!(untouched, lesson.watch, "{slug}: what does it reach with nobody typing?\n{}", printed(&run));
        if lesson.watch {
            continue;
        }
        let manifest = lesson.solution.manifest.unwrap_or(lesson.manifest());
        let (run, solved) = reaches(&lesson, manifest, &lesson.solution.lines);
        assert!(solved, "{slug}: its own solution does not reach its goals\n{}", printed(&run));
    }
}

#[test]
fn every_prediction_has_its_answer_among_the_choices() {
    for lesson in all() {
        for step in &lesson.steps {
            for block in &step.blocks {
                let jobscope::lessons::Block::Predict(prediction) = block else { continue };
                let edited = lesson.solution.manifest.unwrap_or(lesson.manifest());
                let manifest = if prediction.edited { edited } else { lesson.manifest() };
                // Half an hour is enough for the slowest back-off that a lesson waits for.
                let patient = Lesson { patience: 1800, ..lesson.clone() };
                let (run, _) = reaches(&patient, manifest, &lesson.solution.lines);
                let told = jobscope::ui::lesson::model::outcome(prediction, lesson.manifest(), &run, run.now());
                let jobscope::ui::lesson::model::Outcome::Settled(answer) = told else {
                    panic!("{}, {}: not settled but {told:?}\n{}", lesson.slug, step.title, printed(&run))
                };
                let choices = &prediction.choices;
                assert!(
                    choices.contains(&answer),
                    "{}, {}: {answer} is not among {choices:?}",
                    lesson.slug,
                    step.title
                );
            }
        }
    }
}
