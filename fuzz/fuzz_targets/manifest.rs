//! A manifest, run: whatever somebody pastes.

#![no_main]

#[path = "../inputs.rs"]
mod inputs;

libfuzzer_sys::fuzz_target!(|data: &[u8]| inputs::run(inputs::Input::Manifest, data));
