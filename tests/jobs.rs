//! Jobs and their pods where two things meet: what happens at the same time, and what outlives what.

use jobscope::api::{Kind, Object};
use jobscope::recording::{Run, Scenario};
use serde_json::{Value, json};
use std::time::Duration;

/// A Job `j` with these fields, after so many seconds of a scenario.
fn run(spec: Value, scenario: Value, seconds: u64) -> Run {
    let mut spec = spec;
    spec["template"] = json!({"spec": {"restartPolicy": "Never", "containers": [{"name": "main", "image": "worker"}]}});
    let manifest = json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "j"}, "spec": spec});
    let mut scenario = Scenario::from_value(&scenario).expect("a scenario");
    scenario.files.insert(Scenario::MANIFEST.into(), manifest.to_string());
    let mut run = Run::new(scenario);
    run.advance(run.start() + Duration::from_secs(seconds), usize::MAX);
    run
}

#[test]
fn a_job_that_is_looked_at_twice_at_once_does_nothing_twice() {
    // The status of the suspension is looked at in the instant in which the Job is resumed.
    let patch = |at: f64, suspend: bool| json!({"at": at, "kubectl": format!("patch job j -p '{{\"spec\":{{\"suspend\":{suspend}}}}}'")});
    let fails = json!([{"run": {"seconds": 1.3, "exitCode": 1}}]);
    for late in (0..20).map(|step| 5.99 + f64::from(step) / 1000.0) {
        let run = run(json!({}), json!({"pods": fails, "actions": [patch(5.0, true), patch(late, false)]}), 12);
        let events = run.storage().now().list(Kind::Event).filter_map(Object::into_event);
        let resumed: Vec<_> = events.filter(|event| event.said.reason == "Resumed").map(|event| event.count).collect();
        assert_eq!(resumed, [1], "resumed at {late}");
    }
}

#[test]
fn a_pod_behaves_as_the_one_that_it_was_made_as() {
    let rules = json!([{"match": {"ordinal": 0}, "stuck": "ImagePullBackOff"}, {"run": {"seconds": 60}}]);
    let orphaned = json!({"at": 5, "kubectl": "delete job j --cascade=orphan"});
    let run = run(json!({"completions": 2, "parallelism": 2}), json!({"pods": rules, "actions": [orphaned]}), 40);
    let pods = run.storage().now().list(Kind::Pod).filter_map(Object::into_pod);
    let waits = pods.filter(|pod| pod.metadata.controller().is_none() && !pod.is_ready()).count();
    assert_eq!(waits, 1, "its image cannot be pulled, whoever it belongs to");
}

#[test]
fn a_watch_tells_what_other_commands_have_written() {
    let label = |at: u64, text: &str| json!({"at": at, "kubectl": format!("label job j --overwrite {text}")});
    let watch = json!({"at": 9, "stopAfter": 20, "kubectl": "get jobs -w -L step --no-headers"});
    let scenario = json!({"actions": [watch, label(12, "step=a"), label(15, "step=b")]});
    let run = run(json!({}), scenario, 40);
    let output = run.entries()[1].output.iter().map(|output| output.text.as_str());
    let rows: Vec<_> =
        output.flat_map(str::lines).map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    assert_eq!(rows, ["j Complete 1/1 7s 9s", "j Complete 1/1 7s 12s a", "j Complete 1/1 7s 15s b"]);
}
