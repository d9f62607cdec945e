//! Large Jobs: how long a run takes and how much memory its whole past needs. `cargo bench` prints a table.
//!
//! Each is an Indexed Job of which 5 % of the attempts fail, on as many nodes as its parallelism needs. Every run has a
//! process of its own, so that peak memory is that run's.

use jobscope::recording::{Run, Scenario, invariants};
use serde_json::json;
use std::process::Command;
use std::time::{Duration, Instant};

/// Completions and parallelism.
const SIZES: [(u32, u32); 9] = [
    (1_000, 100),
    (1_000, 500),
    (1_000, 1_000),
    (10_000, 100),
    (10_000, 500),
    (10_000, 1_000),
    (100_000, 100),
    (100_000, 500),
    (100_000, 1_000),
];
/// How many pods a node holds.
const PODS_PER_NODE: u32 = 110;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    if let [completions, parallelism] = &arguments[..] {
        return one(completions.parse().expect("completions"), parallelism.parse().expect("parallelism"));
    }
    println!(
        "completions  parallelism      pods  revisions  virtual     wall    µs/pod    pods/s  peak memory  bytes/pod"
    );
    let me = std::env::current_exe().expect("this program");
    for (completions, parallelism) in SIZES {
        let run = Command::new(&me).args([completions.to_string(), parallelism.to_string()]).status().expect("a run");
        assert!(run.success(), "{completions} at {parallelism}");
    }
}

/// Runs one Job to its end and prints its row.
fn one(completions: u32, parallelism: u32) {
    let before = peak_memory();
    let begun = Instant::now();
    let mut run = Run::new(scenario(completions, parallelism));
    let give_up = run.start() + Duration::from_secs(1_000_000);
    while !run.is_settled() && run.now() < give_up {
        let next = run.next_change().unwrap_or(give_up).min(give_up);
        run.advance(next, 1_000);
    }
    let wall = begun.elapsed();
    let memory = peak_memory().saturating_sub(before);
    let job = run.storage().now().list(jobscope::api::Kind::Job).next().cloned().expect("the Job");
    let status = &job.as_job().expect("the Job").status;
    assert!(status.condition("Complete").is_some(), "{status:?}");
    let pods = status.succeeded + status.failed;
    let micros = wall.as_micros() as f64 / f64::from(pods);
    println!(
        "{completions:>11}  {parallelism:>11}  {pods:>8}  {:>9}  {:>6} s  {:>5} ms  {micros:>8.2}  {:>8.0}  {:>8} MiB  {:>9}",
        run.storage().revision(),
        run.now().since(run.start()).as_secs(),
        wall.as_millis(),
        1e6 / micros,
        memory >> 20,
        memory / pods as u64,
    );
    let broken = invariants::broken(run.storage());
    assert!(broken.is_empty(), "{}", broken[0]);
}

fn scenario(completions: u32, parallelism: u32) -> Scenario {
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

/// The most memory that this process ever had, in bytes; 0 where the system does not tell.
fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()).and_then(|number| number.parse::<u64>().ok());
    kilobytes.unwrap_or(0) * 1024
}
