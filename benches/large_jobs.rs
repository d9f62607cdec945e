//! Large Jobs: how long a run takes and how much memory its whole past needs. `cargo bench` prints a table.
//!
//! Each is an Indexed Job of which 5 % of the attempts fail, on as many nodes as its parallelism needs. Every run has a
//! process of its own, so that peak memory is that run's.

mod shared;

use jobscope::recording::invariants;
use std::process::Command;
use std::time::Instant;

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
    let run = shared::finished(completions, parallelism);
    let wall = begun.elapsed();
    let memory = peak_memory().saturating_sub(before);
    let pods = shared::pods(&run);
    let micros = wall.as_micros() as f64 / pods as f64;
    println!(
        "{completions:>11}  {parallelism:>11}  {pods:>8}  {:>9}  {:>6} s  {:>5} ms  {micros:>8.2}  {:>8.0}  {:>8} MiB  {:>9}",
        run.storage().revision(),
        run.now().since(run.start()).as_secs(),
        wall.as_millis(),
        1e6 / micros,
        memory >> 20,
        memory / pods,
    );
    let broken = invariants::broken(run.storage());
    assert!(broken.is_empty(), "{}", broken[0]);
}

/// The most memory that this process ever had, in bytes; 0 where the system does not tell.
fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()).and_then(|number| number.parse::<u64>().ok());
    kilobytes.unwrap_or(0) * 1024
}
