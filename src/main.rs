//! In a browser this mounts the page, in a terminal it is the headless runner: one engine.

#[cfg(not(target_arch = "wasm32"))]
mod headless;

#[cfg(target_arch = "wasm32")]
fn main() {
    jobscope::ui::main();
}

#[cfg(not(target_arch = "wasm32"))]
fn main() -> std::process::ExitCode {
    headless::main()
}
