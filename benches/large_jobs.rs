//! Large Jobs: how long a run takes and how much memory its whole past needs. `cargo bench` prints a table.
//!
//! Each is an Indexed Job of which 5 % of the attempts fail, on as many nodes as its parallelism needs. Every run has a
//! process of its own, so that peak memory is that run's. In the last rows every container runs a small script; the last
//! column is the longest that a single step took, for that long a page does not answer.

mod shared;

use jobscope::recording::invariants;
use std::process::Command;
use std::time::{Duration, Instant};

/// As the headless runner has it.
#[cfg(not(any(target_arch = "wasm32", target_env = "msvc")))]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

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
/// The same, of containers that run scripts.
const SCRIPTS: [(u32, u32); 3] = [(1_000, 100), (10_000, 1_000), (10_000, 10_000)];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    if let [what, completions, parallelism] = &arguments[..] {
        let (completions, parallelism) =
            (completions.parse().expect("completions"), parallelism.parse().expect("so many"));
        return one(what == "scripts", completions, parallelism);
    }
    println!(
        "completions  parallelism      pods  revisions  virtual     wall    µs/pod    pods/s  peak memory  bytes/pod  longest step"
    );
    let me = std::env::current_exe().expect("this program");
    let rows = SIZES.map(|size| ("rules", size)).into_iter().chain(SCRIPTS.map(|size| ("scripts", size)));
    for (what, (completions, parallelism)) in rows {
        let (completions, parallelism) = (completions.to_string(), parallelism.to_string());
        let run = Command::new(&me).args([what, &completions, &parallelism]).status().expect("a run");
        assert!(run.success(), "{what}: {completions} at {parallelism}");
    }
}

/// Runs one Job to its end and prints its row.
fn one(scripts: bool, completions: u32, parallelism: u32) {
    let scenario = if scripts { shared::of_scripts } else { shared::scenario };
    let before = peak_memory();
    let begun = Instant::now();
    let (mut last, mut longest) = (begun, Duration::ZERO);
    let run = shared::finished(scenario(completions, parallelism), || {
        let now = Instant::now();
        longest = longest.max(now - std::mem::replace(&mut last, now));
    });
    let wall = begun.elapsed();
    let memory = peak_memory().saturating_sub(before);
    let pods = shared::pods(&run);
    let micros = wall.as_micros() as f64 / pods as f64;
    println!(
        "{completions:>11}  {parallelism:>11}  {pods:>8}  {:>9}  {:>6} s  {:>5} ms  {micros:>8.2}  {:>8.0}  {:>8} MiB  {:>9}  {:>9} ms",
        run.storage().revision(),
        run.now().since(run.start()).as_secs(),
        wall.as_millis(),
        1e6 / micros,
        memory >> 20,
        memory / pods,
        longest.as_millis(),
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
