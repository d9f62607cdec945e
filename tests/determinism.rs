//! (objects, scenario, seed, actions) → the same run, byte for byte, however it is sliced; and a fork shares its past.

use jobscope::cluster::Fault;
use jobscope::recording::{Parts, Run, Scenario};
use jobscope::sim::Timestamp;
use serde_json::json;
use std::fmt::Write;
use std::time::Duration;

/// Two Jobs with failures by chance, probes, a drain, a deleted pod, a lost node, a suspension, a fault.
fn scenario(seed: u64) -> Scenario {
    let settings = json!({
        "seed": seed,
        "pods": [
            {"match": {"job": "indexed"}, "percent": 30, "run": {"seconds": [2, 3], "exitCode": 1}},
            {"match": {"job": "restarting", "ordinal": 1}, "run": {"seconds": 4, "exitCodes": [1, 0], "healthyUntil": [2, "forever"]}},
            {"match": {"container": "main"}, "percent": 50, "run": {"seconds": 7, "sigterm": "ignore"}},
        ],
        "actions": [
            {"at": 6, "kubectl": "delete pod ${pod job=indexed} --grace-period=1"},
            {"at": 9, "kubectl": "drain node-2 --ignore-daemonsets --force"},
            {"at": 11, "kubectl": "get pods -w", "stopAfter": 20},
            {"at": 15, "nodeDown": "node-1"},
            {"at": 20, "kubectl": "uncordon node-2"},
            {"at": 22, "kubectl": "patch job restarting -p '{\"spec\":{\"suspend\":true}}'"},
            {"at": 30, "exit": {"pod": "${pod job=indexed}", "code": 3}},
            {"at": 31, "kubectl": "patch job restarting -p '{\"spec\":{\"suspend\":false}}'"},
            {"at": 60, "nodeUp": "node-1"},
            {"at": 65, "powerLoss": "node-3"},
            {"at": 70, "controllerRestart": true},
            {"at": 80, "nodeUp": "node-3"},
        ],
    });
    let mut scenario = Scenario::from_value(&settings).expect("a scenario");
    let manifest = "\
apiVersion: batch/v1
kind: Job
metadata: {name: indexed}
spec:
  completions: 12
  parallelism: 4
  completionMode: Indexed
  backoffLimitPerIndex: 2
  template:
    spec:
      restartPolicy: Never
      containers: [{name: main, image: worker}]
---
apiVersion: batch/v1
kind: Job
metadata: {name: restarting}
spec:
  completions: 5
  parallelism: 2
  template:
    spec:
      restartPolicy: OnFailure
      containers:
      - {name: main, image: worker, livenessProbe: {httpGet: {port: 80}, periodSeconds: 1, failureThreshold: 2}}
      - name: shell
        image: busybox
        command: [sh, -c, sleep 3; touch /ready; sleep 3]
        readinessProbe: {exec: {command: [ls, /ready]}, periodSeconds: 2}
";
    scenario.files.insert(Scenario::MANIFEST.into(), manifest.into());
    scenario
}

/// The instant until which runs are compared.
const END: Duration = Duration::from_secs(120);

fn advance(run: &mut Run, until: Timestamp, steps: usize) {
    while !run.advance(until, steps) {}
}

fn finished(seed: u64) -> Run {
    let mut run = Run::new(scenario(seed));
    let end = run.start() + END;
    advance(&mut run, end, usize::MAX);
    run
}

/// Every version of every object up to an instant, and everything that was printed.
fn transcript(run: &Run, until: Timestamp) -> String {
    let mut told = String::new();
    for change in run.storage().changes_since(0).take_while(|change| change.at <= until) {
        writeln!(told, "{} {:?} {}", change.at, change.change, change.object.to_value()).expect("room");
    }
    for entry in run.entries().iter().filter(|entry| entry.at <= until) {
        writeln!(told, "{} {:?} {:?}", entry.at, entry.act, entry.ended.filter(|ended| ended.0 <= until))
            .expect("room");
        for output in entry.output.iter().filter(|output| output.at <= until) {
            writeln!(told, "{} {:?} {:?}", output.at, output.stream, output.text).expect("room");
        }
    }
    told
}

/// Long texts are compared line by line: the first that differs says more than both.
fn assert_same(situation: &str, one: &str, other: &str) {
    assert!(one.lines().count() > 300, "{situation}: too little happens to prove anything: {one}");
    for (one, other) in one.lines().zip(other.lines()) {
        assert_eq!(one, other, "{situation}");
    }
    assert_eq!(one.len(), other.len(), "{situation}: one goes on where the other ends");
}

#[test]
fn the_same_seed_tells_the_same_story() {
    let (one, other) = (finished(7), finished(7));
    assert_same("twice the same", &transcript(&one, one.now()), &transcript(&other, other.now()));
}

#[test]
fn another_seed_gives_other_names_and_other_failures() {
    let (one, other) = (finished(7), finished(8));
    let told = [&one, &other].map(|run| transcript(run, run.now()));
    assert_ne!(told[0], told[1]);
    let name = |run: &Run| jobscope::recording::pod_facts(run.storage())[0].pod.metadata.name.clone();
    assert_ne!(name(&one), name(&other));
}

#[test]
fn single_steps_and_odd_slices_come_to_the_same() {
    let whole = finished(7);
    let end = whole.now();
    let mut stepped = Run::new(scenario(7));
    advance(&mut stepped, end, 1);
    assert_same("one step at a time", &transcript(&whole, end), &transcript(&stepped, end));

    let mut sliced = Run::new(scenario(7));
    let mut until = sliced.start();
    while until < end {
        until = (until + Duration::from_millis(373)).min(end);
        advance(&mut sliced, until, 7);
    }
    assert_same("a third of a second at a time", &transcript(&whole, end), &transcript(&sliced, end));
}

#[test]
fn a_fork_has_the_same_past_and_a_future_of_its_own() {
    let original = finished(7);
    for second in [0, 7, 18, 33, 90] {
        let at = original.start() + Duration::from_secs(second);
        let mut fork = original.fork(at);
        advance(&mut fork, at, usize::MAX);
        let (past, again) = (transcript(&original, at), transcript(&fork, at));
        for (past, again) in past.lines().zip(again.lines()) {
            assert_eq!(past, again, "forked at {second} s");
        }
        assert_eq!(past.len(), again.len(), "forked at {second} s");

        fork.enter("kubectl delete job indexed");
        let end = original.now();
        advance(&mut fork, end, usize::MAX);
        assert_ne!(transcript(&original, end), transcript(&fork, end), "acted at {second} s");
    }
}

#[test]
fn a_run_told_as_a_scenario_happens_again() {
    let mut original = finished(7);
    original.set_rules(jobscope::api::fields::read(json!([{"run": {"seconds": 1}}])).expect("rules"));
    let end = original.now() + Duration::from_secs(30);
    advance(&mut original, end, usize::MAX);
    let written = original.told_as_scenario(end);
    let mut read = Scenario::from_value(&written.to_value()).expect("what is written can be read");
    read.files = written.files;
    let mut again = Run::new(read);
    advance(&mut again, end, usize::MAX);
    let objects = |run: &Run| {
        transcript(run, end).lines().filter(|line| line.contains("metadata")).collect::<Vec<_>>().join("\n")
    };
    assert_same("told as a scenario", &objects(&original), &objects(&again));
    assert_eq!(again.broken(), []);
}

#[test]
fn a_run_that_waits_for_a_part_of_the_program_comes_to_the_same() {
    let whole = finished(7);
    let end = whole.now();
    let mut late = Run::with_parts(scenario(7), Parts::default());
    let mut waits = 0;
    while !late.advance(end, 5) {
        if let Some(part) = late.waits_for() {
            let (now, before) = (late.now(), transcript(&late, late.now()));
            assert!(!late.advance(end, usize::MAX), "it goes on without {}", part.0);
            assert_eq!((late.now(), transcript(&late, now)), (now, before), "something happens without {}", part.0);
            waits += 1;
            late.equip(Parts::ALL);
        }
    }
    assert_eq!(waits, 1, "it waits once");
    assert_same("parts that came later", &transcript(&whole, end), &transcript(&late, end));
}

#[test]
fn what_is_typed_while_a_part_is_missing_is_done_in_order_at_its_instant() {
    let typed = |run: &mut Run| {
        let node = jobscope::api::Text::from("node-1");
        run.enter("kubectl get jobs");
        run.inject(Fault::NodeDown { node });
        run.enter("kubectl cordon node-2");
    };
    let entries = |run: &Run| format!("{:?}", run.entries());
    let (mut early, mut late) = (Run::new(Scenario::default()), Run::with_parts(Scenario::default(), Parts::default()));
    let at = early.start() + Duration::from_secs(3);
    for run in [&mut early, &mut late] {
        advance(run, at, usize::MAX);
        typed(run);
    }
    assert_eq!(late.waits_for().map(|part| part.0), Some("kubectl"));
    assert!(late.entries().is_empty());
    late.equip(Parts::ALL);
    for run in [&mut early, &mut late] {
        advance(run, at + Duration::from_secs(1), usize::MAX);
    }
    assert_eq!(late.entries().len(), 3);
    assert_eq!(entries(&early), entries(&late));
}
