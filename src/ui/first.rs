//! What a newcomer finds: a Job in which something fails and recovers, stopped while it does.

use crate::recording::Scenario;
use serde_json::json;
use std::time::Duration;

/// Six shards, three at a time; shard 1 fails once.
const MANIFEST: &str = "\
apiVersion: batch/v1
kind: Job
metadata:
  name: shards
spec:
  completions: 6
  parallelism: 3
  completionMode: Indexed
  backoffLimitPerIndex: 2
  template:
    spec:
      restartPolicy: Never
      containers:
      - name: worker
        image: busybox:1.36
        command: [sh, -c, 'process-shard $JOB_COMPLETION_INDEX']
";

/// The scenario that the page opens with.
pub fn first_scenario() -> Scenario {
    let told = json!({
        "description": "Six shards; shard 1 fails once and is retried",
        "seed": 11,
        "pods": [
            {"match": {"index": 1, "attempt": 0}, "run": {"seconds": 3, "exitCode": 1}},
            {"match": {"index": [0, 3]}, "run": {"seconds": 7.5}},
            {"match": {"index": 2}, "run": {"seconds": 6}},
            {"run": {"seconds": 5}},
        ],
    });
    let mut scenario = Scenario::from_value(&told).expect("the first scenario reads");
    scenario.files.insert(Scenario::MANIFEST.into(), MANIFEST.into());
    scenario
}

/// How far the page has let it run when it opens: shard 1 has failed and waits for its retry.
pub const FIRST_LOOK: Duration = Duration::from_secs(7);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recording::Run;
    use crate::ui::timeline::model::{Model, Phase};

    #[test]
    fn the_first_look_shows_a_failure_that_recovers() {
        let mut run = Run::new(first_scenario());
        let mut model = Model::default();
        let words = |run: &Run, model: &mut Model| {
            model.update(run.storage());
            (0..6).map(|lane| model.word(0, lane, run.now(), None).0).collect::<Vec<_>>()
        };
        while !run.advance(run.start() + FIRST_LOOK, 100) {}
        let expected = ["running", "retrying", "running", "pending", "pending", "pending"];
        assert_eq!(words(&run, &mut model), expected);
        while !run.is_settled() {
            assert!(run.now() < run.start() + Duration::from_secs(120), "it ends in two minutes");
            run.advance(run.now() + Duration::from_secs(1), 1000);
        }
        assert_eq!(words(&run, &mut model), ["succeeded"; 6]);
        assert!(model.bars.iter().filter(|bar| bar.last_phase() == Phase::Failed).count() == 1);
    }
}
