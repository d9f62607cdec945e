//! The large Jobs that are measured, natively and in the browser.

use jobscope::api::Kind;
use jobscope::recording::{Run, Scenario};
use serde_json::json;
use std::time::Duration;

/// How many pods a node holds.
const PODS_PER_NODE: u32 = 110;

/// An Indexed Job of which 5 % of the attempts fail, on as many nodes as its parallelism needs.
pub fn scenario(completions: u32, parallelism: u32) -> Scenario {
    let manifest = json!({
        "apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "large"},
        "spec": {
            "completions": completions, "parallelism": parallelism, "completionMode": "Indexed",
            "backoffLimitPerIndex": 20,
            "template": {"spec": {
                "restartPolicy": "Never",
                "containers": [{"name": "main", "image": "worker", "command": ["work"]}],
            }},
        },
    });
    let settings = json!({
        "nodes": parallelism.div_ceil(PODS_PER_NODE) + 1,
        "nodeSize": {"cpu": "64", "memory": "256Gi"},
        "pods": [
            {"percent": 5, "run": {"seconds": 3, "exitCode": 1}},
            {"run": {"seconds": 5}},
        ],
    });
    let mut scenario = Scenario::from_value(&settings).expect("a scenario");
    scenario.files.insert(Scenario::MANIFEST.into(), manifest.to_string());
    scenario
}

/// The same, where each container runs a small script: it prints five lines, one a second.
pub fn of_scripts(completions: u32, parallelism: u32) -> Scenario {
    let manifest = json!({
        "apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "large"},
        "spec": {
            "completions": completions, "parallelism": parallelism, "completionMode": "Indexed",
            "template": {"spec": {
                "restartPolicy": "Never",
                "containers": [{
                    "name": "main", "image": "busybox",
                    "command": ["sh", "-c", "for i in 1 2 3 4 5; do echo step $i of $JOB_COMPLETION_INDEX; sleep 1; done"],
                }],
            }},
        },
    });
    let settings = json!({
        "nodes": parallelism.div_ceil(PODS_PER_NODE) + 1,
        "nodeSize": {"cpu": "64", "memory": "256Gi"},
    });
    let mut scenario = Scenario::from_value(&settings).expect("a scenario");
    scenario.files.insert(Scenario::MANIFEST.into(), manifest.to_string());
    scenario
}

/// Runs a Job to its end.
pub fn finished(scenario: Scenario, mut after_slice: impl FnMut()) -> Run {
    let mut run = Run::new(scenario);
    let give_up = run.start() + Duration::from_secs(1_000_000);
    while !run.is_settled() && run.now() < give_up {
        let next = run.next_change().unwrap_or(give_up).min(give_up);
        run.advance(next, 1);
        after_slice();
    }
    run
}

/// How many pods the Job took; it must be complete.
pub fn pods(run: &Run) -> u64 {
    let job = run.storage().now().list(Kind::Job).next().expect("the Job");
    let status = &job.as_job().expect("a Job").status;
    assert!(status.condition("Complete").is_some(), "{status:?}");
    (status.succeeded + status.failed) as u64
}
