//! Large Jobs in the browser: how long a run takes and how much memory the page then has.
//!
//!     CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER=wasm-bindgen-test-runner WASM_BINDGEN_TEST_TIMEOUT=600 \
//!         cargo bench --target wasm32-unknown-unknown --bench web -- --nocapture
//!
//! It prints what it measures and fails on nothing but a Job that does not end: machines differ.

#![cfg(target_arch = "wasm32")]

mod shared;

use wasm_bindgen_test::{console_log, wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

const PAGE: usize = 64 << 10;

#[wasm_bindgen_test]
fn large_jobs() {
    console_log!("completions  parallelism      pods     wall    µs/pod  page memory");
    for (completions, parallelism) in [(1_000, 100), (1_000, 1_000), (10_000, 500), (100_000, 1_000)] {
        let begun = js_sys::Date::now();
        let run = shared::finished(shared::scenario(completions, parallelism), || ());
        let wall = js_sys::Date::now() - begun;
        let pods = shared::pods(&run);
        // A page's memory never shrinks: the largest Job comes last.
        let memory = core::arch::wasm32::memory_size::<0>() * PAGE;
        console_log!(
            "{completions:>11}  {parallelism:>11}  {pods:>8}  {wall:>5.0} ms  {:>8.1}  {:>7} MiB",
            wall * 1000.0 / pods as f64,
            memory >> 20,
        );
    }
}
