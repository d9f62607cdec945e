//! The native tests: one binary, a module per topic. `tests/web.rs` is its sibling in the browser.

#![cfg(not(target_arch = "wasm32"))]

/// Data flows one way through the folders of `src/`.
mod layers;
/// Nodes that are lost, tainted, deleted.
mod nodes;
/// The same scenario is the same run.
mod circles;
mod determinism;
/// The headless runner: arguments and files in, text and an exit code out.
mod headless;
/// Random scenarios break no invariant.
mod random;
/// What `run` prints, as whole texts.
mod report;
/// Every lesson is solved by its own solution.
mod lessons;
/// What happens to a Job at the same time, and what outlives what.
mod jobs;
/// Whose Jobs a CronJob looks after.
mod cron_jobs;
/// Quotas, and namespaces that end.
mod namespaces;
/// What the fuzzers start from, and what they found.
mod fuzz;
/// What learners type, and what they see.
mod scenarios;
/// Every recorded run of a real control plane.
mod golden;
