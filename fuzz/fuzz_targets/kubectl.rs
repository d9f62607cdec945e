//! Command lines typed into a cluster in which things happen.

#![no_main]

#[path = "../inputs.rs"]
mod inputs;

libfuzzer_sys::fuzz_target!(|data: &[u8]| inputs::run(inputs::Input::Kubectl, data));
