//! What a newcomer finds: a Job in which something fails and recovers, stopped while it does.

use crate::api::job::JobSpec;
use crate::api::pod::{Container, PodSpec, PodTemplateSpec};
use crate::api::{Job, Object, ObjectMeta, Text};
use crate::kubectl::{LAST_APPLIED, Opening};
use crate::node::behaviour::{AnyOf, Match, Rule, Run, Seconds};
use crate::recording::Scenario;
use std::rc::Rc;
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

/// What `kubectl apply` sends of it.
fn object() -> Object {
    let written = r#"{"apiVersion":"batch/v1","kind":"Job","metadata":{"annotations":{},"name":"shards","namespace":"default"},"spec":{"backoffLimitPerIndex":2,"completionMode":"Indexed","completions":6,"parallelism":3,"template":{"spec":{"containers":[{"command":["sh","-c","process-shard $JOB_COMPLETION_INDEX"],"image":"busybox:1.36","name":"worker"}],"restartPolicy":"Never"}}}}"#;
    let note = (LAST_APPLIED.into(), format!("{written}\n").into());
    let metadata = ObjectMeta {
        name: "shards".into(),
        namespace: "default".into(),
        annotations: Rc::new([note].into()),
        ..ObjectMeta::default()
    };
    let container = Container {
        name: "worker".into(),
        image: "busybox:1.36".into(),
        command: ["sh", "-c", "process-shard $JOB_COMPLETION_INDEX"].map(Text::from).into(),
        ..Container::default()
    };
    let pod = PodSpec { restart_policy: Some("Never".into()), containers: vec![container], ..PodSpec::default() };
    let spec = JobSpec {
        completions: Some(6),
        parallelism: Some(3),
        completion_mode: Some("Indexed".into()),
        backoff_limit_per_index: Some(2),
        template: PodTemplateSpec { spec: Rc::new(pod), ..PodTemplateSpec::default() },
        ..JobSpec::default()
    };
    Job { metadata: Rc::new(metadata), spec: Rc::new(spec), ..Job::default() }.into()
}

/// The manifest, known in advance: the page opens before it has fetched what reads manifests and checks them.
pub const OPENING: Opening = Opening { manifest: MANIFEST, object };

/// How its containers behave, as a scenario file says it: the first rule that fits decides.
pub const BEHAVIOUR: &str = "\
description: Six shards; shard 1 fails once and is retried
pods:
- match:
    attempt: 0
    index: 1
    job: shards
  run:
    exitCode: 1
    seconds: 3
- match:
    index:
    - 0
    - 3
    job: shards
  run:
    seconds: 7.5
- match:
    index: 2
    job: shards
  run:
    seconds: 6
- match:
    job: shards
  run:
    seconds: 5
seed: 11
";

/// The scenario that the page opens with: what [`BEHAVIOUR`] says, of [`MANIFEST`].
pub fn first_scenario() -> Scenario {
    let rule = |index: &[u32], attempt: &[u32], millis: u64, exit_code: Option<i32>| Rule {
        matches: Match {
            job: AnyOf(["shards".into()].into()),
            index: AnyOf(index.into()),
            attempt: AnyOf(attempt.into()),
            ..Match::default()
        },
        run: Some(Run { exit_code, seconds: Seconds(vec![Some(Duration::from_millis(millis))]), ..Run::default() }),
        ..Rule::default()
    };
    Scenario {
        description: "Six shards; shard 1 fails once and is retried".into(),
        seed: 11,
        rules: vec![
            rule(&[1], &[0], 3000, Some(1)),
            rule(&[0, 3], &[], 7500, None),
            rule(&[2], &[], 6000, None),
            rule(&[], &[], 5000, None),
        ],
        files: [(Scenario::MANIFEST.to_owned(), MANIFEST.to_owned())].into_iter().collect(),
        ..Scenario::default()
    }
}

/// How far the page has let it run when it opens: shard 1 has failed and waits for its retry.
pub const FIRST_LOOK: Duration = Duration::from_secs(7);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::yaml;
    use crate::cluster::Fault;
    use crate::recording::{Parts, Run};
    use crate::ui::timeline::model::Model;
    use crate::ui::timeline::phase::Phase;

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

    #[test]
    fn what_is_known_in_advance_is_what_the_files_say() {
        let stream = yaml::read(BEHAVIOUR);
        let read = Scenario::from_value(&stream.documents[0].root.to_value()).expect("a scenario");
        assert_eq!(Scenario { files: first_scenario().files, ..read }, first_scenario());

        let opening = Parts { opening: Some(OPENING), ..Parts::default() };
        let told = |parts: Parts| {
            let mut run = Run::with_parts(first_scenario(), parts);
            while !run.is_settled() || run.now() == run.start() {
                assert_eq!(run.waits_for(), None);
                run.advance(run.now() + Duration::from_secs(1), 1000);
            }
            let changes = run.storage().changes_since(0);
            let changes: Vec<_> = changes.map(|change| format!("{} {}", change.at, change.object.to_value())).collect();
            (changes, format!("{:?}", run.entries()))
        };
        let (early, all) = (told(opening), told(Parts::ALL));
        assert!(all.0.len() > 60, "too little happens to prove anything");
        early.0.iter().zip(&all.0).for_each(|(early, all)| assert_eq!(early, all));
        assert_eq!(early, all);
    }

    #[test]
    fn what_comes_later_goes_on_as_if_it_had_been_there() {
        const CRON: &str = "kubectl create cronjob tick --image=busybox --schedule='* * * * *' -- sleep 5";
        const LIMIT: &str = "kubectl create quota few --hard=pods=4";
        let told = |parts: Parts, acts_at: u64| {
            let mut run = Run::with_parts(first_scenario(), parts);
            let to = |run: &mut Run, seconds| {
                let until = run.start() + Duration::from_millis(seconds * 1000);
                while !run.advance(until, 1000) {
                    assert_eq!(run.waits_for(), None);
                }
            };
            to(&mut run, acts_at);
            run.equip(Parts::ALL);
            run.inject(Fault::NodeDown { node: "node-1".into() });
            run.enter(LIMIT);
            run.enter(CRON);
            to(&mut run, 100);
            run.enter("kubectl delete job shards");
            to(&mut run, 500);
            let changes = run.storage().changes_since(0);
            let changes: Vec<_> = changes.map(|change| format!("{} {}", change.at, change.object.to_value())).collect();
            (changes, format!("{:?}", run.entries()))
        };
        let opening = Parts { opening: Some(OPENING), ..Parts::default() };
        for acts_at in [0, 7, 60] {
            let (late, all) = (told(opening, acts_at), told(Parts::ALL, acts_at));
            assert!(all.0.iter().any(|change| change.contains("NodeNotReady")), "no node was lost at {acts_at} s");
            late.0.iter().zip(&all.0).for_each(|(late, all)| assert_eq!(late, all, "{acts_at} s"));
            assert_eq!(late, all, "{acts_at} s");
        }
    }
}
