//! Lines typed into the terminal's shell, in a cluster in which things happen.

#![no_main]

#[path = "../inputs.rs"]
mod inputs;

libfuzzer_sys::fuzz_target!(|data: &[u8]| inputs::run(inputs::Input::Shell, data));
