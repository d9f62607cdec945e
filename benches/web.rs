//! Large Jobs in the browser: how long a run takes and how much memory the page then has.
//!
//!     CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER=wasm-bindgen-test-runner WASM_BINDGEN_TEST_TIMEOUT=600 \
//!         cargo test --release --target wasm32-unknown-unknown --bench web -- --nocapture
//!
//! `cargo bench` would ask the runner for benchmarks of its own kind, of which there are none here.
//!
//! It prints what it measures and fails on nothing but a Job that does not end: machines differ.

#![cfg(target_arch = "wasm32")]

mod shared;

use jobscope::recording::Scenario;
use wasm_bindgen_test::{console_log, wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

const PAGE: usize = 64 << 10;

#[wasm_bindgen_test]
fn large_jobs() {
    type Make = fn(u32, u32) -> Scenario;
    let (by_rules, of_scripts): (Make, Make) = (shared::scenario, shared::of_scripts);
    let rows = [
        ("rules", by_rules, 1_000, 100),
        ("rules", by_rules, 1_000, 1_000),
        ("rules", by_rules, 10_000, 500),
        ("scripts", of_scripts, 10_000, 500),
        ("rules", by_rules, 100_000, 1_000),
    ];
    console_log!("pods by  completions  parallelism      pods     wall    µs/pod  page memory");
    for (what, make, completions, parallelism) in rows {
        let begun = js_sys::Date::now();
        let run = shared::finished(make(completions, parallelism), || ());
        let wall = js_sys::Date::now() - begun;
        let pods = shared::pods(&run);
        // A page's memory never shrinks: the largest Job comes last.
        let memory = core::arch::wasm32::memory_size::<0>() * PAGE;
        console_log!(
            "{what:<7}  {completions:>11}  {parallelism:>11}  {pods:>8}  {wall:>5.0} ms  {:>8.1}  {:>7} MiB",
            wall * 1000.0 / pods as f64,
            memory >> 20,
        );
    }
}
