//! What the headless runner prints of a run, as whole texts. After a change that is meant, look at what
//! `UPDATE=1 cargo test --test main report` makes of them.

use jobscope::api::yaml;
use jobscope::recording::{Run, Scenario, report};
use std::path::{Path, PathBuf};

fn sample(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/report").join(name)
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A sample's run, to its end.
fn finished(name: &str) -> Run {
    let stream = yaml::read(&read(&sample(name).join("scenario.yaml")));
    let mut scenario = Scenario::from_value(&stream.documents[0].root.to_value()).expect("a scenario");
    scenario.files.insert(Scenario::MANIFEST.into(), read(&sample(name).join("manifest.yaml")));
    let (until, linger) = (scenario.until, scenario.linger);
    let mut run = Run::new(scenario);
    let mut end = run.start() + until;
    while run.now() < end {
        let next = run.next_change().unwrap_or(end).min(end);
        run.advance(next, usize::MAX);
        if end == run.start() + until && run.is_settled() {
            end = (run.now() + linger).min(end);
        }
    }
    run
}

#[test]
fn a_run_is_told_in_a_text() {
    let check = |name: &str| {
        let told = report::text(&finished(name));
        let expected = sample(name).join("expected.txt");
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&expected, &told).expect("the sample can be written");
        }
        let expected = read(&expected);
        for (line, (told, expected)) in told.lines().zip(expected.lines()).enumerate() {
            assert_eq!(told, expected, "{name}, line {}", line + 1);
        }
        assert_eq!(told.len(), expected.len(), "{name}: one goes on where the other ends");
    };
    check("indexed-retries");
    check("restarts-and-a-lone-pod");
    check("suspended-and-drained");
    check("lost-node");
    check("large");
}

#[test]
fn a_run_is_told_to_a_program() {
    let told = report::json(&finished("indexed-retries"));
    let counts = ["jobs", "pods", "actions", "verdicts"].map(|part| told[part].as_array().map_or(0, Vec::len));
    assert_eq!(counts, [1, 5, 2, 1], "{told:#}");
    assert_eq!(
        told["verdicts"][0],
        "Job demo failed after 34 s with 3 pod failures: Job has failed indexes (FailedIndexes)."
    );
    assert_eq!(told["actions"][0]["cmd"], "kubectl apply -f manifest.yaml");
    assert_eq!(told["jobs"][0]["final"]["status"]["failedIndexes"], "2");
}
