//! A scenario file beside a fixed manifest, run.

#![no_main]

#[path = "../inputs.rs"]
mod inputs;

libfuzzer_sys::fuzz_target!(|data: &[u8]| inputs::run(inputs::Input::Scenario, data));
