//! In a browser this mounts the page, in a terminal it is the headless runner: one engine.

#[cfg(not(target_arch = "wasm32"))]
mod headless;

/// Frees without a look at what lies in the memory, which is cold by then: large Jobs run quicker.
#[cfg(not(any(target_arch = "wasm32", target_env = "msvc")))]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

#[cfg(target_arch = "wasm32")]
fn main() {
    jobscope::ui::main();
}

#[cfg(not(target_arch = "wasm32"))]
fn main() -> std::process::ExitCode {
    headless::main()
}
