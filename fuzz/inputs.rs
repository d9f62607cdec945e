//! What any input has to stand: nothing panics or hangs, and what must hold of every Job holds at every instant.
//!
//! The fuzzers call [`run`], and so does `cargo test` with the seeds and with every input that once broke something.

use jobscope::api::yaml;
use jobscope::recording::{Act, Run, Scenario, report};
use jobscope::shell::is_unfinished;
use jobscope::terminal::is_plain_kubectl;
use std::time::Duration;

/// What the bytes are.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(dead_code, reason = "each fuzzer knows one")]
pub enum Input {
    /// A manifest.
    Manifest,
    /// A scenario file; the manifest is [`MANIFEST`].
    Scenario,
    /// A kubectl line per line; the manifest is [`MANIFEST`].
    Kubectl,
    /// A line for the terminal's shell per line, or several that belong together; the manifest is [`MANIFEST`].
    Shell,
}

/// Longer inputs say nothing new.
const LONGEST: usize = 16 << 10;
/// How much of a run is looked at: two hours would be as good, only slower.
const UNTIL: Duration = Duration::from_secs(400);
/// Steps that a run may take. A manifest may ask for a hundred thousand pods, so being cut off is no failure.
const STEPS: usize = 3_000;
/// Commands that one input may type.
const LINES: usize = 20;

/// A bit of everything for scenarios and commands to act on.
const MANIFEST: &str = include_str!("manifest.yaml");

/// Runs an input. It panics where the simulation is wrong.
pub fn run(input: Input, data: &[u8]) {
    let Ok(text) = std::str::from_utf8(&data[..data.len().min(LONGEST)]) else { return };
    match input {
        Input::Manifest => manifest(text),
        Input::Scenario => scenario(text),
        Input::Kubectl => kubectl(text),
        Input::Shell => shell(text),
    }
}

fn with_manifest(mut scenario: Scenario, text: &str) -> Scenario {
    scenario.files.insert(Scenario::MANIFEST.into(), text.into());
    scenario
}

fn manifest(text: &str) {
    let run = played(with_manifest(Scenario { nodes: 2, ..Scenario::default() }, text));
    for line in
        ["get all,cj,cm,secret,quota,events -o wide", "get jobs,pods -o yaml", "describe jobs,cj", "describe po"]
    {
        run.read_at(line, run.now());
    }
}

fn scenario(text: &str) {
    let stream = yaml::read(text);
    let Some(document) = stream.documents.first().filter(|_| stream.error.is_none()) else { return };
    let Ok(mut scenario) = Scenario::from_value(&document.root.to_value()) else { return };
    scenario.nodes = scenario.nodes.min(20);
    scenario.plan.truncate(LINES);
    let scenario = with_manifest(scenario, MANIFEST);
    let written = Scenario::from_value(&scenario.to_value()).expect("what is written can be read");
    assert_eq!(written.to_value(), scenario.to_value(), "what is read is what was written");
    played(scenario);
}

fn kubectl(text: &str) {
    let mut run = Run::new(with_manifest(Scenario { nodes: 2, ..Scenario::default() }, MANIFEST));
    for line in text.lines().take(LINES) {
        let line = format!("kubectl {}", line.trim_start_matches("kubectl "));
        let entry = run.enter(&line);
        let give_up = run.now() + Duration::from_secs(7);
        run.advance(give_up, STEPS);
        run.interrupt(entry);
        run.read_at(&line, run.start() + Duration::from_secs(4));
    }
    assert_sound(&mut run);
}

fn shell(text: &str) {
    let mut run = Run::new(with_manifest(Scenario { nodes: 2, ..Scenario::default() }, MANIFEST));
    let mut line = String::new();
    for part in text.lines().take(LINES) {
        line.push_str(part);
        if is_unfinished(&line) {
            line.push('\n');
            continue;
        }
        let typed = std::mem::take(&mut line);
        let entry = run.enter(&typed);
        let give_up = run.now() + Duration::from_secs(7);
        run.advance(give_up, STEPS);
        run.type_in("yes\n");
        // Who does not heed the first is ended by the second.
        for _ in 0..2 {
            run.interrupt(entry);
            run.advance(run.now() + Duration::from_millis(100), STEPS);
        }
        // A shell in a container goes on after any number of them.
        assert!(is_plain_kubectl(&typed) || run.entries()[entry].ended.is_some(), "it can be interrupted: {typed}");
    }
    assert_sound(&mut run);
}

/// Runs a scenario as far as is looked at.
fn played(scenario: Scenario) -> Run {
    let until = scenario.until.min(UNTIL);
    let mut run = Run::new(scenario);
    let end = run.start() + until;
    let mut left = STEPS;
    while left > 0 && run.storage().revision() < 20_000 {
        let slice = left.min(100);
        left -= slice;
        if run.advance(end, slice) {
            break;
        }
    }
    assert_sound(&mut run);
    assert!(!report::text(&run).is_empty());
    run
}

fn assert_sound(run: &mut Run) {
    // Whoever writes a status by hand may write anything.
    let by_hand = |line: &str| {
        line.contains("status") || line.contains("raw") || line.contains("replace") || line.contains("apply")
    };
    let meddled = run.entries().iter().skip(1).any(|entry| match &entry.act {
        Act::Kubectl(line) | Act::Shell(line) => by_hand(line),
        _ => false,
    });
    if let Some(broken) = run.broken().first().filter(|_| !meddled) {
        panic!("{broken}");
    }
}
