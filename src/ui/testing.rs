//! What the tests of several panels need: a run of one Job.

use crate::recording::{Run, Scenario};
use serde_json::{Value, json};
use std::time::Duration;

/// The usual container of a pod, as it stands in its spec.
pub const ONE: &str = "containers: [{name: main, image: busybox}]";

/// The Job `demo`: its pods' restart policy, what else stands in their spec, and in the Job's.
pub fn manifest(policy: &str, pod: &str, spec: &str) -> String {
    format!(
        "apiVersion: batch/v1\nkind: Job\nmetadata: {{name: demo}}\n\
         spec: {{template: {{spec: {{restartPolicy: {policy}, {pod}}}}}, {spec}}}\n"
    )
}

/// A run of a manifest, so many milliseconds after it began; `rules` say what its containers do.
pub fn played(manifest: impl Into<String>, rules: Value, millis: u64) -> Run {
    let mut scenario = Scenario::from_value(&json!({"pods": rules})).expect("a scenario");
    scenario.files.insert(Scenario::MANIFEST.into(), manifest.into());
    let mut run = Run::new(scenario);
    play(&mut run, millis);
    run
}

/// Lets a run go on until so many milliseconds after it began.
pub fn play(run: &mut Run, millis: u64) {
    let until = run.start() + Duration::from_millis(millis);
    while !run.advance(until, 1000) {}
}
