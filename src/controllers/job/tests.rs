//! The controller alone: its pods' lives are played by hand, and whole stories compared.

use super::*;
use crate::api::{Condition, ContainerState, ContainerStatus, PodPhase, PodStatus, Terminated, Time};
use crate::apiserver::{DeleteOptions, Naming};
use serde_json::{Value, json};

/// A pod whose only container ended at this second.
pub(super) fn ended_at(second: i64) -> Rc<Pod> {
    Rc::new(Pod { status: Rc::new(ended(1, Time::from_secs(second))), ..Pod::default() })
}

fn ended(exit_code: i32, at: Time) -> PodStatus {
    let ended = Terminated { exit_code, finished_at: Some(at), ..Default::default() };
    let state = Some(ContainerState::Terminated(ended));
    let status = ContainerStatus { name: "main".into(), state, ..ContainerStatus::default() };
    let phase = if exit_code == 0 { PodPhase::Succeeded } else { PodPhase::Failed };
    PodStatus { phase, container_statuses: vec![status], ..PodStatus::default() }
}

/// What somebody does to the Job.
enum Act {
    Patch(fn(&mut crate::api::JobSpec)),
    Delete,
    DeletePod(&'static str),
    /// Takes all labels off a pod.
    Unlabel(&'static str),
    /// Gives a pod the labels of the Job's template.
    Label(&'static str),
    /// Sets a condition of a pod.
    Mark(&'static str, &'static str),
}

/// A Job, how long its pods run (in ms) and how they end, by name; and what is done to it when (in ms).
struct Story {
    spec: Value,
    lives: fn(&str) -> (u64, i32),
    acts: Vec<(u64, Act)>,
    until: u64,
}

const START: u64 = 1_767_225_600_000;

impl Story {
    /// Tells every status, and every event, with its instant.
    fn tell(self) -> Vec<String> {
        self.run().0.storage().changes_since(0).filter_map(|change| line(&change)).collect()
    }

    /// Tells every decision, with its instant.
    fn explain(self) -> Vec<String> {
        let (api, controller) = self.run();
        let job = api.live().list(Kind::Job).next().expect("the Job");
        let mut told = Vec::new();
        for Decision { at, triggers, steps, next, .. } in controller.decisions(job.metadata().uid) {
            told.push(instant(*at));
            told.extend(triggers.iter().map(Trigger::sentence));
            told.extend(steps.iter().map(|step| match step.field() {
                Some(field) => format!("{} [{field}]", step.sentence()),
                None => step.sentence(),
            }));
            told.push(next.sentence(*at));
        }
        told
    }

    fn run(self) -> (ApiServer, JobController) {
        let mut api = ApiServer::new(Timestamp::from_millis(START), Naming::numbered());
        let mut controller = JobController::new();
        let mut spec = self.spec;
        spec["template"]["spec"]["containers"] = json!([{"name": "main", "image": "busybox"}]);
        if spec["template"]["spec"]["restartPolicy"].is_null() {
            spec["template"]["spec"]["restartPolicy"] = "Never".into();
        }
        let job = json!({"metadata": {"name": "demo", "namespace": "default"}, "spec": spec});
        let job = Object::from_value(Kind::Job, job).expect("a Job");
        let key = job.key();
        api.handle(Request::Create(job)).expect("a valid Job");
        let mut acts = self.acts.into_iter().peekable();
        let mut told = 0;
        for now in (START..=START + self.until).step_by(10) {
            api.set_now(Timestamp::from_millis(now));
            while let Some((_, act)) = acts.next_if(|&(at, _)| START + at <= now) {
                perform(&mut api, &key, act);
            }
            play_pods(&mut api, self.lives);
            let seen = api.storage().revision_at(Timestamp::from_millis(now - 10));
            let changes: Vec<_> = api.storage().changes_since(told).take((seen - told) as usize).collect();
            for change in &changes {
                controller.observe(api.now(), change);
            }
            told = seen.max(told);
            if controller.wake_at().is_some_and(|at| at <= api.now()) {
                controller.wake(&mut api);
            }
        }
        (api, controller)
    }
}

/// `7.01`: seconds since the story began.
fn instant(at: Timestamp) -> String {
    let at = at.as_millis() - START;
    format!("{}.{:02}", at / 1000, at % 1000 / 10)
}

fn perform(api: &mut ApiServer, key: &ObjectKey, act: Act) {
    let request = match act {
        Act::Patch(patch) => {
            let job = api.live().get(key).and_then(Object::into_job).expect("the Job").clone();
            let mut spec = (*job.spec).clone();
            patch(&mut spec);
            Request::Update(Job { spec: Rc::new(spec), ..(*job).clone() }.into())
        }
        Act::Delete => Request::Delete { key: key.clone(), options: DeleteOptions::default() },
        Act::DeletePod(name) => {
            let key = ObjectKey::new(Kind::Pod, "default", name);
            Request::Delete { key, options: DeleteOptions::default() }
        }
        Act::Unlabel(name) => {
            let mut pod = pod_named(api, name);
            Rc::make_mut(&mut pod.metadata).labels = Rc::default();
            Request::Update(pod.into())
        }
        Act::Label(name) => {
            let job = api.live().get(key).and_then(Object::into_job).expect("the Job");
            let mut pod = pod_named(api, name);
            Rc::make_mut(&mut pod.metadata).labels = job.spec.template.metadata.labels.clone();
            Request::Update(pod.into())
        }
        Act::Mark(name, kind) => {
            let mut pod = pod_named(api, name);
            let condition =
                Condition { kind: kind.into(), status: crate::api::ConditionStatus::True, ..Condition::default() };
            Rc::make_mut(&mut pod.status).conditions.push(condition);
            Request::UpdateStatus(pod.into())
        }
    };
    api.handle(request).expect("the act is allowed");
}

fn pod_named(api: &ApiServer, name: &'static str) -> Pod {
    let pod = api.live().get(&ObjectKey::new(Kind::Pod, "default", name)).and_then(Object::into_pod);
    (*pod.expect("the pod")).clone()
}

/// The kubelet: pods are ready when they are a second old, end in their time, and two seconds after a deletion.
fn play_pods(api: &mut ApiServer, lives: fn(&str) -> (u64, i32)) {
    let now = api.now();
    let changes: Vec<_> = api.storage().changes_since(0).collect();
    let first = |pod: &Pod, is: &dyn Fn(&Pod) -> bool| {
        let mut versions = changes.iter().filter(|change| change.object.metadata().uid == pod.metadata.uid);
        versions.find(|change| change.object.as_pod().is_some_and(|pod| is(pod))).map(|change| change.at)
    };
    let pods: Vec<_> = api.live_pods("default").collect();
    let mut requests = Vec::new();
    for pod in pods {
        let age = now.since(first(&pod, &|_| true).expect("it was created")).as_millis() as u64;
        let marked = first(&pod, &|pod| pod.metadata.is_deleting());
        let (lasts, code) = lives(&pod.metadata.name);
        let status = |status: PodStatus| {
            Request::UpdateStatus(Pod { status: Rc::new(status), resource_version: 0, ..(*pod).clone() }.into())
        };
        if let Some(marked) = marked {
            if now.since(marked).as_millis() == 2000 {
                if !pod.is_finished() {
                    requests.push(status(ended(143, now.into())));
                }
                let options = DeleteOptions { grace_period_seconds: Some(0), ..DeleteOptions::default() };
                requests.push(Request::Delete { key: pod_key(&pod), options });
            }
        } else if age == 0 && pod.node_name.is_none() {
            requests.push(Request::Bind { pod: pod_key(&pod), node: "node-1".into() });
        } else if age == 1000 {
            let ready = Condition {
                kind: "Ready".into(),
                status: crate::api::ConditionStatus::True,
                last_transition_time: Some(now.into()),
                ..Condition::default()
            };
            let conditions = vec![ready];
            requests.push(status(PodStatus { phase: PodPhase::Running, conditions, ..PodStatus::default() }));
        } else if age == 1000 + lasts && !pod.is_finished() {
            requests.push(status(ended(code, now.into())));
        }
    }
    for request in requests {
        api.handle(request).expect("the kubelet is right");
    }
}

/// `7.01 active=1 succeeded=2 +Complete` or `7.01 Completed: Job completed`.
fn line(change: &Change) -> Option<String> {
    let at = instant(change.at);
    match &change.object {
        Object::Event(event) => Some(format!("{at} {}: {}", event.said.reason, event.said.message)),
        Object::Job(_) if change.change == ChangeType::Deleted => Some(format!("{at} gone")),
        Object::Job(job) => {
            let status = &job.status;
            let before =
                change.previous.as_ref().and_then(Object::as_job).map(|job| job.status.clone()).unwrap_or_default();
            if *status == before {
                return None;
            }
            let mut told = at;
            let uncounted = status.uncounted_terminated_pods.clone().unwrap_or_default();
            let counters = [
                ("active", status.active),
                ("ready", status.ready.unwrap_or(0)),
                ("terminating", status.terminating.unwrap_or(0)),
                ("succeeded", status.succeeded),
                ("failed", status.failed),
                ("uncounted", (uncounted.succeeded.len() + uncounted.failed.len()) as i32),
            ];
            for (name, value) in counters.iter().filter(|(_, value)| *value != 0) {
                told += &format!(" {name}={value}");
            }
            let failed = status.failed_indexes.clone().unwrap_or_default();
            for (name, indexes) in [("completed", &status.completed_indexes), ("failed", &failed)] {
                if !indexes.is_empty() {
                    told += &format!(" {name}:{indexes}");
                }
            }
            for condition in status.conditions.iter().filter(|condition| !before.conditions.contains(condition)) {
                told += &format!(" +{}={} {}", condition.kind, condition.status.as_str(), condition.reason);
            }
            Some(told)
        }
        _ => None,
    }
}

#[track_caller]
fn check(situation: &str, story: Story, expected: &str) {
    compare(situation, story.tell(), expected);
}

#[track_caller]
fn compare(situation: &str, told: Vec<String>, expected: &str) {
    let expected: Vec<_> = expected.lines().map(str::trim_start).filter(|line| !line.is_empty()).collect();
    assert_eq!(told, expected, "{situation}:\n{}", told.join("\n"));
}

fn story(spec: Value, lives: fn(&str) -> (u64, i32), until: u64) -> Story {
    Story { spec, lives, acts: vec![], until }
}

#[test]
fn jobs_run_to_their_end() {
    check(
        "two successes, one after the other",
        story(json!({"completions": 2}), |_| (3000, 0), 20_000),
        "
            0.01 SuccessfulCreate: Created pod: demo-p0000
            0.01 active=1
            1.02 active=1 ready=1
            5.02 SuccessfulCreate: Created pod: demo-p0001
            5.02 active=1 uncounted=1
            5.02 active=1 succeeded=1
            6.03 active=1 ready=1 succeeded=1
            10.03 succeeded=1 uncounted=1 +SuccessCriteriaMet=True CompletionsReached
            10.03 succeeded=2 +Complete=True CompletionsReached
            10.03 Completed: Job completed
        ",
    );
    check(
        "a work queue ends with its first success and its last pod",
        story(json!({"parallelism": 2}), |name| if name.ends_with('0') { (2000, 0) } else { (6000, 1) }, 20_000),
        "
            0.01 SuccessfulCreate: Created pod: demo-p0000
            0.01 SuccessfulCreate: Created pod: demo-p0001
            0.01 active=2
            1.02 active=2 ready=2
            4.02 active=1 ready=1 uncounted=1
            4.02 active=1 ready=1 succeeded=1
            8.02 succeeded=1 uncounted=1 +SuccessCriteriaMet=True CompletionsReached
            8.02 succeeded=1 failed=1 +Complete=True CompletionsReached
            8.02 Completed: Job completed
        ",
    );
    check(
        "nothing to do",
        story(json!({"completions": 0}), |_| (0, 0), 3000),
        "
            0.01 +SuccessCriteriaMet=True CompletionsReached
            0.01 +Complete=True CompletionsReached
            0.01 Completed: Job completed
        ",
    );
    check(
        "nothing to do, which even a suspended Job gets done",
        story(json!({"completions": 0, "suspend": true}), |_| (0, 0), 3000),
        "
            0.01 +SuccessCriteriaMet=True CompletionsReached
            0.01 +Complete=True CompletionsReached
            0.01 Completed: Job completed
        ",
    );
    check(
        "more and more back-off, then the limit",
        story(json!({"backoffLimit": 2}), |_| (500, 1), 60_000),
        "
            0.01 SuccessfulCreate: Created pod: demo-p0000
            0.01 active=1
            1.02 active=1 ready=1
            2.03 uncounted=1
            2.03 failed=1
            11.00 SuccessfulCreate: Created pod: demo-p0001
            11.00 active=1 failed=1
            12.01 active=1 ready=1 failed=1
            13.02 failed=1 uncounted=1
            13.02 failed=2
            32.00 SuccessfulCreate: Created pod: demo-p0002
            32.00 active=1 failed=2
            33.01 active=1 ready=1 failed=2
            34.02 failed=2 uncounted=1 +FailureTarget=True BackoffLimitExceeded
            34.02 failed=3 +Failed=True BackoffLimitExceeded
            34.02 BackoffLimitExceeded: Job has reached the specified backoff limit
        ",
    );
    check(
        "two failures at once double the wait twice",
        story(json!({"completions": 2, "parallelism": 2, "backoffLimit": 2}), |_| (500, 1), 60_000),
        "
            0.01 SuccessfulCreate: Created pod: demo-p0000
            0.01 SuccessfulCreate: Created pod: demo-p0001
            0.01 active=2
            1.02 active=2 ready=2
            2.03 uncounted=2
            2.03 failed=2
            21.00 SuccessfulCreate: Created pod: demo-p0002
            21.00 SuccessfulCreate: Created pod: demo-p0003
            21.00 active=2 failed=2
            22.01 active=2 ready=2 failed=2
            23.02 failed=2 uncounted=2 +FailureTarget=True BackoffLimitExceeded
            23.02 failed=4 +Failed=True BackoffLimitExceeded
            23.02 BackoffLimitExceeded: Job has reached the specified backoff limit
        ",
    );
    check(
        "the deadline ends what runs",
        story(json!({"activeDeadlineSeconds": 5}), |_| (60_000, 0), 20_000),
        "
            0.01 SuccessfulCreate: Created pod: demo-p0000
            0.01 active=1
            1.02 active=1 ready=1
            5.00 SuccessfulDelete: Deleted pod: demo-p0000
            5.00 terminating=1 uncounted=1 +FailureTarget=True DeadlineExceeded
            5.00 terminating=1 failed=1
            6.01 failed=1
            6.01 failed=1 +Failed=True DeadlineExceeded
            6.01 DeadlineExceeded: Job was active longer than specified deadline
        ",
    );
}

#[test]
fn deadlines_count_from_the_start() {
    let resumed = |deadline: i64| Story {
        spec: json!({"suspend": true, "activeDeadlineSeconds": deadline}),
        lives: |_| (8000, 0),
        until: 6000,
        acts: vec![(2700, Act::Patch(|spec| spec.suspend = Some(false)))],
    };
    check(
        "the first pass gives the full time, later ones what is left since the second in which it began",
        resumed(1),
        "
            0.01 Suspended: Job suspended
            0.01 +Suspended=True JobSuspended
            2.71 SuccessfulCreate: Created pod: demo-p0000
            2.71 Resumed: Job resumed
            2.71 active=1 +Suspended=False JobResumed
            3.71 SuccessfulDelete: Deleted pod: demo-p0000
            3.71 terminating=1 uncounted=1 +FailureTarget=True DeadlineExceeded
            3.71 terminating=1 failed=1
            4.72 failed=1
            4.72 failed=1 +Failed=True DeadlineExceeded
            4.72 DeadlineExceeded: Job was active longer than specified deadline
        ",
    );
    check(
        "none at all",
        resumed(0),
        "
            0.01 Suspended: Job suspended
            0.01 +Suspended=True JobSuspended
            2.71 +FailureTarget=True DeadlineExceeded
            2.71 +Failed=True DeadlineExceeded
            2.71 DeadlineExceeded: Job was active longer than specified deadline
        ",
    );
    check(
        "more nanoseconds than 63 bits can count",
        resumed(9_999_999_999),
        "
            0.01 Suspended: Job suspended
            0.01 +Suspended=True JobSuspended
            2.71 +FailureTarget=True DeadlineExceeded
            2.71 +Failed=True DeadlineExceeded
            2.71 DeadlineExceeded: Job was active longer than specified deadline
        ",
    );
}

#[test]
fn indexed_jobs_run_to_their_end() {
    let indexed = |more: Value| {
        let mut spec = json!({"completionMode": "Indexed", "completions": 4, "parallelism": 2});
        for (key, value) in more.as_object().into_iter().flatten() {
            spec[key] = value.clone();
        }
        spec
    };
    check(
        "every index once",
        story(indexed(json!({"completions": 3})), |_| (2000, 0), 20_000),
        "
            0.01 SuccessfulCreate: Created pod: demo-0-a0000
            0.01 SuccessfulCreate: Created pod: demo-1-a0000
            0.01 active=2
            1.02 active=2 ready=2
            4.02 SuccessfulCreate: Created pod: demo-2-a0000
            4.02 active=1 succeeded=2 completed:0,1
            5.03 active=1 ready=1 succeeded=2 completed:0,1
            8.03 succeeded=3 completed:0-2 +SuccessCriteriaMet=True CompletionsReached
            8.03 succeeded=3 completed:0-2 +Complete=True CompletionsReached
            8.03 Completed: Job completed
        ",
    );
    check(
        "each index has its own back-off and its own limit",
        story(
            indexed(json!({"backoffLimitPerIndex": 1})),
            |name| if name.starts_with("demo-0") { (1000, 1) } else { (3000, 0) },
            60_000,
        ),
        "
            0.01 SuccessfulCreate: Created pod: demo-0-a0000
            0.01 SuccessfulCreate: Created pod: demo-1-a0000
            0.01 active=2
            1.02 active=2 ready=2
            2.03 active=1 ready=1
            5.02 SuccessfulCreate: Created pod: demo-2-a0000
            5.02 active=1 succeeded=1 completed:1
            6.03 active=1 ready=1 succeeded=1 completed:1
            10.03 SuccessfulCreate: Created pod: demo-3-a0000
            10.03 active=1 succeeded=2 completed:1,2
            11.04 active=1 ready=1 succeeded=2 completed:1,2
            12.04 SuccessfulCreate: Created pod: demo-0-a0001
            12.04 active=2 ready=1 succeeded=2 completed:1,2
            13.05 active=2 ready=2 succeeded=2 uncounted=1 completed:1,2
            13.05 active=2 ready=2 succeeded=2 failed=1 completed:1,2
            14.06 succeeded=3 failed=1 uncounted=1 completed:1-3 failed:0 +FailureTarget=True FailedIndexes
            14.06 succeeded=3 failed=2 completed:1-3 failed:0 +Failed=True FailedIndexes
            14.06 FailedIndexes: Job has failed indexes
        ",
    );
    check(
        "too many failed indexes",
        story(
            indexed(json!({"backoffLimitPerIndex": 0, "maxFailedIndexes": 0})),
            |name| if name.starts_with("demo-0") { (1000, 1) } else { (30_000, 0) },
            60_000,
        ),
        "
            0.01 SuccessfulCreate: Created pod: demo-0-a0000
            0.01 SuccessfulCreate: Created pod: demo-1-a0000
            0.01 active=2
            1.02 active=2 ready=2
            2.03 SuccessfulDelete: Deleted pod: demo-1-a0000
            2.03 terminating=1 uncounted=2 failed:0 +FailureTarget=True MaxFailedIndexesExceeded
            2.03 terminating=1 failed=2 failed:0
            3.04 failed=2 failed:0
            3.04 failed=2 failed:0 +Failed=True MaxFailedIndexesExceeded
            3.04 MaxFailedIndexesExceeded: Job has exceeded the specified maximal number of failed indexes
        ",
    );
    check(
        "the leader's success is enough",
        story(
            indexed(json!({"successPolicy": {"rules": [{"succeededIndexes": "0"}]}})),
            |name| if name.starts_with("demo-0") { (1000, 0) } else { (30_000, 0) },
            60_000,
        ),
        "
            0.01 SuccessfulCreate: Created pod: demo-0-a0000
            0.01 SuccessfulCreate: Created pod: demo-1-a0000
            0.01 active=2
            1.02 active=2 ready=2
            2.03 SuccessfulDelete: Deleted pod: demo-1-a0000
            2.03 terminating=1 succeeded=1 completed:0 +SuccessCriteriaMet=True SuccessPolicy
            3.04 succeeded=1 completed:0
            3.04 succeeded=1 completed:0 +Complete=True SuccessPolicy
            3.04 Completed: Job completed
        ",
    );
}

#[test]
fn a_failure_policy_decides_what_a_failure_means() {
    let rule = |action: &str| json!({"rules": [{"action": action, "onExitCodes": {"operator": "In", "values": [42]}}]});
    check("FailJob", story(json!({"completions": 2, "parallelism": 2, "podFailurePolicy": rule("FailJob")}),
        |name| if name.ends_with('0') { (1000, 42) } else { (30_000, 0) }, 60_000), "
            0.01 SuccessfulCreate: Created pod: demo-p0000
            0.01 SuccessfulCreate: Created pod: demo-p0001
            0.01 active=2
            1.02 active=2 ready=2
            2.03 SuccessfulDelete: Deleted pod: demo-p0001
            2.03 terminating=1 uncounted=2 +FailureTarget=True PodFailurePolicy
            2.03 terminating=1 failed=2
            3.04 failed=2
            3.04 failed=2 +Failed=True PodFailurePolicy
            3.04 PodFailurePolicy: Container main for pod default/demo-p0000 failed with exit code 42 matching FailJob rule at index 0
        ");
    check(
        "Ignore",
        story(
            json!({"podFailurePolicy": rule("Ignore"), "backoffLimit": 0}),
            |name| if name.ends_with('0') { (1000, 42) } else { (1000, 0) },
            60_000,
        ),
        "
            0.01 SuccessfulCreate: Created pod: demo-p0000
            0.01 active=1
            1.02 active=1 ready=1
            2.03
            12.00 SuccessfulCreate: Created pod: demo-p0001
            12.00 active=1
            13.01 active=1 ready=1
            14.02 uncounted=1 +SuccessCriteriaMet=True CompletionsReached
            14.02 succeeded=1 +Complete=True CompletionsReached
            14.02 Completed: Job completed
        ",
    );
}

#[test]
fn jobs_do_what_they_are_told_meanwhile() {
    check(
        "suspended and resumed",
        Story {
            spec: json!({"completions": 2, "parallelism": 2}),
            lives: |_| (8000, 0),
            until: 30_000,
            acts: vec![
                (4000, Act::Patch(|spec| spec.suspend = Some(true))),
                (9000, Act::Patch(|spec| spec.suspend = Some(false))),
            ],
        },
        "
            0.01 SuccessfulCreate: Created pod: demo-p0000
            0.01 SuccessfulCreate: Created pod: demo-p0001
            0.01 active=2
            1.02 active=2 ready=2
            4.01 SuccessfulDelete: Deleted pod: demo-p0000
            4.01 SuccessfulDelete: Deleted pod: demo-p0001
            4.01 Suspended: Job suspended
            4.01 terminating=2 +Suspended=True JobSuspended
            5.02
            9.01 SuccessfulCreate: Created pod: demo-p0002
            9.01 SuccessfulCreate: Created pod: demo-p0003
            9.01 Resumed: Job resumed
            9.01 active=2 +Suspended=False JobResumed
            10.02 active=2 ready=2
            19.02 uncounted=2 +SuccessCriteriaMet=True CompletionsReached
            19.02 succeeded=2 +Complete=True CompletionsReached
            19.02 Completed: Job completed
        ",
    );
    check(
        "scaled down and up again",
        Story {
            spec: json!({"completions": 5, "parallelism": 2}),
            lives: |_| (8000, 0),
            until: 8000,
            acts: vec![
                (4000, Act::Patch(|spec| spec.parallelism = Some(1))),
                (6000, Act::Patch(|spec| spec.parallelism = Some(3))),
            ],
        },
        "
            0.01 SuccessfulCreate: Created pod: demo-p0000
            0.01 SuccessfulCreate: Created pod: demo-p0001
            0.01 active=2
            1.02 active=2 ready=2
            4.01 SuccessfulDelete: Deleted pod: demo-p0000
            4.01 active=1 ready=1 terminating=1
            5.02 active=1 ready=1
            6.01 SuccessfulCreate: Created pod: demo-p0002
            6.01 SuccessfulCreate: Created pod: demo-p0003
            6.01 active=3 ready=1
        ",
    );
    check(
        "an elastic Job forgets the indexes it loses",
        Story {
            spec: json!({"completions": 3, "parallelism": 3, "completionMode": "Indexed"}),
            lives: |name| if name.starts_with("demo-0") { (1000, 0) } else { (30_000, 0) },
            until: 8000,
            acts: vec![(5000, Act::Patch(|spec| (spec.parallelism, spec.completions) = (Some(2), Some(2))))],
        },
        "
            0.01 SuccessfulCreate: Created pod: demo-0-a0000
            0.01 SuccessfulCreate: Created pod: demo-2-a0000
            0.01 SuccessfulCreate: Created pod: demo-1-a0000
            0.01 active=3
            1.02 active=3 ready=3
            2.03 active=2 ready=2 succeeded=1 completed:0
            5.01 SuccessfulDelete: Deleted pod: demo-2-a0000
            5.01 active=1 ready=1 terminating=1 succeeded=1 completed:0
            6.02 active=1 ready=1 succeeded=1 completed:0
        ",
    );
    check(
        "a deleted pod is a failure, at once",
        Story {
            spec: json!({}),
            lives: |_| (20_000, 0),
            until: 18_000,
            acts: vec![(4000, Act::DeletePod("demo-p0000"))],
        },
        "
            0.01 SuccessfulCreate: Created pod: demo-p0000
            0.01 active=1
            1.02 active=1 ready=1
            5.01 terminating=1 uncounted=1
            5.01 terminating=1 failed=1
            6.02 failed=1
            14.00 SuccessfulCreate: Created pod: demo-p0001
            14.00 active=1 failed=1
            15.01 active=1 ready=1 failed=1
        ",
    );
    check(
        "under podReplacementPolicy Failed only once it is gone",
        Story {
            spec: json!({"podReplacementPolicy": "Failed"}),
            lives: |_| (20_000, 0),
            until: 18_000,
            acts: vec![(4000, Act::DeletePod("demo-p0000"))],
        },
        "
            0.01 SuccessfulCreate: Created pod: demo-p0000
            0.01 active=1
            1.02 active=1 ready=1
            5.01 terminating=1
            6.02 uncounted=1
            6.02 failed=1
            16.00 SuccessfulCreate: Created pod: demo-p0001
            16.00 active=1 failed=1
            17.01 active=1 ready=1 failed=1
        ",
    );
    check(
        "a deleted Job lets its pods go",
        Story { spec: json!({"parallelism": 2}), lives: |_| (20_000, 0), until: 6000, acts: vec![(3000, Act::Delete)] },
        "
            0.01 SuccessfulCreate: Created pod: demo-p0000
            0.01 SuccessfulCreate: Created pod: demo-p0001
            0.01 active=2
            1.02 active=2 ready=2
            3.00 gone
        ",
    );
}

#[test]
fn counted_pods_are_not_forgotten() {
    let rules = json!({"rules": [{"action": "FailJob", "onPodConditions": [{"type": "ConfigIssue"}]}]});
    check(
        "a FailJob rule comes to match a pod that was counted long ago",
        Story {
            spec: json!({"completions": 2, "podFailurePolicy": rules}),
            lives: |name| if name.ends_with('0') { (1000, 1) } else { (30_000, 0) },
            until: 20_000,
            acts: vec![(16_000, Act::Mark("demo-p0000", "ConfigIssue"))],
        },
        "
            0.01 SuccessfulCreate: Created pod: demo-p0000
            0.01 active=1
            1.02 active=1 ready=1
            2.03 uncounted=1
            2.03 failed=1
            12.00 SuccessfulCreate: Created pod: demo-p0001
            12.00 active=1 failed=1
            13.01 active=1 ready=1 failed=1
            17.01 SuccessfulDelete: Deleted pod: demo-p0001
            17.01 terminating=1 failed=1 uncounted=1 +FailureTarget=True PodFailurePolicy
            17.01 terminating=1 failed=2
            18.02 failed=2
            18.02 failed=2 +Failed=True PodFailurePolicy
            18.02 PodFailurePolicy: Pod default/demo-p0000 has condition ConfigIssue matching FailJob rule at index 0
        ",
    );
    check(
        "a pod is let go, and taken back at the very instant at which it ends",
        Story {
            spec: json!({}),
            lives: |name| if name.ends_with('0') { (1020, 0) } else { (9000, 0) },
            until: 6000,
            acts: vec![(500, Act::Unlabel("demo-p0000")), (1500, Act::Label("demo-p0000"))],
        },
        "
            0.01 SuccessfulCreate: Created pod: demo-p0000
            0.01 active=1
            1.02 SuccessfulCreate: Created pod: demo-p0001
            2.03 SuccessfulDelete: Deleted pod: demo-p0001
            2.03 active=1 ready=1 terminating=1
            3.04 uncounted=1 +SuccessCriteriaMet=True CompletionsReached
            3.04 succeeded=1 +Complete=True CompletionsReached
            3.04 Completed: Job completed
        ",
    );
    let relabelled = Story {
        spec: json!({"completions": 2}),
        lives: |_| (1000, 0),
        until: 20_000,
        acts: vec![(3500, Act::Unlabel("demo-p0000"))],
    };
    let (api, _) = relabelled.run();
    let owned = ["demo-p0000", "demo-p0001"].map(|name| pod_named(&api, name).metadata.controller().is_some());
    assert_eq!(owned, [false, true], "who changes a counted pod's labels takes it from its Job");
}

#[test]
fn every_decision_can_be_explained() {
    let rules = json!({"rules": [{"action": "Ignore", "onExitCodes": {"operator": "In", "values": [42]}}]});
    let told = story(
        json!({"completions": 2, "parallelism": 2, "backoffLimit": 1, "podFailurePolicy": rules, "activeDeadlineSeconds": 600}),
        |name| if name.ends_with('0') { (1000, 42) } else { (1000, 1) },
        60_000,
    );
    compare(
        "an ignored failure, two that count",
        told.explain(),
        "
            0.01
            The Job is new.
            The Job starts: startTime is now.
            active for 0 s < activeDeadlineSeconds 600: 10 min are left. [spec.activeDeadlineSeconds]
            2 pods are wanted (the lesser of parallelism 2 and 2 still missing), active is 0. [spec.parallelism]
            2 pods are created: demo-p0000, demo-p0001. [spec.template]
            The status says active 2, ready 0, terminating 0.
            In 10 min the deadline passes.
            1.02
            Pods have changed: demo-p0000, demo-p0001.
            The Job's status has changed.
            active for 1 s < activeDeadlineSeconds 600: 9 min 59 s are left. [spec.activeDeadlineSeconds]
            The status says active 2, ready 2, terminating 0.
            In 9 min 59 s the deadline passes.
            2.03
            The Job's status has changed.
            Pods have changed: demo-p0000, demo-p0001.
            2 pods have failed: demo-p0000, demo-p0001.
            Rule 0 (Ignore) matches demo-p0000: container main exited with 42. [spec.podFailurePolicy.rules[0]]
            No rule matches demo-p0001: the failure counts. [spec.podFailurePolicy]
            failed 1 ≤ backoffLimit 1: the Job goes on. [spec.backoffLimit]
            active for 2 s < activeDeadlineSeconds 600: 9 min 58 s are left. [spec.activeDeadlineSeconds]
            2 pods are wanted (the lesser of parallelism 2 and 2 still missing), active is 0. [spec.parallelism]
            2 failures since the last success: a new pod waits 20 s, for another 20 s.
            The status says active 0, ready 0, terminating 0.
            Whatever has ended is counted: succeeded 0, failed 1.
            In 20 s a new pod may be created.
            22.00
            A wait is over.
            failed 1 ≤ backoffLimit 1: the Job goes on. [spec.backoffLimit]
            active for 22 s < activeDeadlineSeconds 600: 9 min 38 s are left. [spec.activeDeadlineSeconds]
            2 pods are wanted (the lesser of parallelism 2 and 2 still missing), active is 0. [spec.parallelism]
            2 pods are created: demo-p0002, demo-p0003. [spec.template]
            The status says active 2, ready 0, terminating 0.
            In 9 min 38 s the deadline passes.
            23.01
            Pods have changed: demo-p0002, demo-p0003.
            The Job's status has changed.
            failed 1 ≤ backoffLimit 1: the Job goes on. [spec.backoffLimit]
            active for 23 s < activeDeadlineSeconds 600: 9 min 37 s are left. [spec.activeDeadlineSeconds]
            The status says active 2, ready 2, terminating 0.
            In 9 min 37 s the deadline passes.
            24.02
            The Job's status has changed.
            Pods have changed: demo-p0002, demo-p0003.
            2 pods have failed: demo-p0002, demo-p0003.
            No rule matches demo-p0002, demo-p0003: the failure counts. [spec.podFailurePolicy]
            failed 3 > backoffLimit 1: the Job fails. [spec.backoffLimit]
            The status says active 0, ready 0, terminating 0.
            The condition FailureTarget is set: BackoffLimitExceeded, “Job has reached the specified backoff limit”.
            Whatever has ended is counted: succeeded 0, failed 3.
            The condition Failed is set: BackoffLimitExceeded, “Job has reached the specified backoff limit”.
            The Job has finished: nothing will change it any more.
        ",
    );
}
