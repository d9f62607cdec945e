//! A scripted run that stands in for `recording::Run` until that lands; it goes then.

use crate::api::pod::{Running, Terminated, Waiting};
use crate::api::*;
use crate::apiserver::{ApiServer, Naming, Request, Storage};
use crate::cluster::Fault;
use crate::sim::Timestamp;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

#[derive(Clone, Debug, Default)]
pub struct Scenario {
    pub files: BTreeMap<String, String>,
    pub size: u32,
}

#[derive(Clone, Debug)]
pub enum Act {
    Kubectl(String),
    Fault(Fault),
}

#[derive(Clone, Debug)]
pub struct Entry {
    pub at: Timestamp,
    pub act: Act,
    pub output: Vec<String>,
    pub ended: Option<(Timestamp, i32)>,
}

type Step = Rc<dyn Fn(&mut ApiServer)>;

pub struct Run {
    scenario: Scenario,
    api: ApiServer,
    start: Timestamp,
    script: Vec<(Timestamp, Step)>,
    next: usize,
    entries: Vec<Entry>,
}

impl Run {
    pub fn new(scenario: Scenario) -> Self {
        let start = Timestamp::from_secs(1_767_225_600);
        let mut api = ApiServer::new(start, Naming::random(scenario.files.len() as u64 + 3));
        for n in 1..=3 {
            node(&mut api, n);
        }
        let script = script(start, scenario.size);
        Self { scenario, api, start, script, next: 0, entries: Vec::new() }
    }
    pub fn scenario(&self) -> &Scenario {
        &self.scenario
    }
    pub fn start(&self) -> Timestamp {
        self.start
    }
    pub fn now(&self) -> Timestamp {
        self.api.now()
    }
    pub fn storage(&self) -> &Storage {
        self.api.storage()
    }
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }
    pub fn next_change(&self) -> Option<Timestamp> {
        self.script.get(self.next).map(|(at, _)| *at)
    }
    pub fn is_settled(&self) -> bool {
        self.next_change().is_none()
    }
    pub fn advance(&mut self, until: Timestamp, steps: usize) -> bool {
        for _ in 0..steps {
            let Some((at, step)) = self.script.get(self.next).filter(|(at, _)| *at <= until).cloned() else {
                self.api.set_now(until.max(self.now()));
                return true;
            };
            self.api.set_now(at);
            step(&mut self.api);
            self.next += 1;
        }
        false
    }
    pub fn enter(&mut self, line: &str) -> usize {
        self.entries.push(Entry {
            at: self.now(),
            act: Act::Kubectl(line.into()),
            output: vec!["kubectl is not here yet\n".into()],
            ended: Some((self.now(), 1)),
        });
        self.entries.len() - 1
    }
    pub fn inject(&mut self, fault: Fault) -> usize {
        let at = self.now();
        self.entries.push(Entry { at, act: Act::Fault(fault), output: vec![], ended: Some((at, 0)) });
        self.entries.len() - 1
    }
    pub fn interrupt(&mut self, _entry: usize) {}
    pub fn read_at(&self, _line: &str, _at: Timestamp) -> (String, String, i32) {
        (String::new(), "kubectl is not here yet\n".into(), 1)
    }
    pub fn fork(&self, at: Timestamp) -> Self {
        let mut run = Self::new(self.scenario.clone());
        run.entries = self.entries.iter().filter(|entry| entry.at <= at).cloned().collect();
        run
    }
}

fn node(api: &mut ApiServer, n: u32) {
    let ready = Condition { kind: "Ready".into(), status: ConditionStatus::True, ..Condition::default() };
    let allocatable = BTreeMap::from([("pods".into(), "110".into()), ("cpu".into(), "4".into())]);
    let status = NodeStatus { conditions: vec![ready], allocatable, ..NodeStatus::default() };
    let metadata = ObjectMeta { name: format!("node-{n}").into(), ..ObjectMeta::default() };
    let node = Node { metadata: Rc::new(metadata), status: Rc::new(status), ..Node::default() };
    api.handle(Request::Create(node.into())).expect("a node");
}

fn script(start: Timestamp, size: u32) -> Vec<(Timestamp, Step)> {
    let mut steps: Vec<(Timestamp, Step)> = Vec::new();
    let completions = if size == 0 { 4 } else { size };
    let mut at = |ms: u64, step: Step| steps.push((start + Duration::from_millis(ms), step));
    at(0, Rc::new(move |api| create_job(api, completions)));
    if size == 0 {
        for (index, attempt, begin, run, code) in [
            (0, 0, 0, 5000, 1),
            (1, 0, 0, 4000, 42),
            (2, 0, 5400, 9000, 0),
            (0, 1, 17_000, 5000, 1),
            (3, 0, 16_000, 6000, 0),
        ] {
            pod(&mut at, index, attempt, begin + 50, run, code);
        }
        at(2500, Rc::new(|api| status(api, |s| (s.active, s.ready) = (2, Some(2)))));
        at(
            6000,
            Rc::new(|api| {
                status(api, |s| {
                    (s.active, s.failed) = (1, 1);
                    s.failed_indexes = Some(Indexes::parse("1", 4));
                })
            }),
        );
        at(17_000, Rc::new(|api| status(api, |s| (s.active, s.failed, s.succeeded) = (2, 2, 1))));
        at(24_000, Rc::new(|api| status(api, |s| (s.active, s.failed, s.succeeded) = (0, 3, 2))));
    } else {
        for index in 0..size {
            let begin = u64::from(index / 500) * 3000 + u64::from(index * 7919 % 2000);
            pod(&mut at, index, 0, begin, 2000 + u64::from(index * 31 % 3000), (index % 11 == 3) as i32);
        }
    }
    steps.sort_by_key(|(at, _)| *at);
    steps
}

fn job_key() -> ObjectKey {
    ObjectKey::new(Kind::Job, "default", "shards")
}

fn create_job(api: &mut ApiServer, completions: u32) {
    let mut spec = JobSpec {
        completions: Some(completions as i32),
        parallelism: Some(2),
        completion_mode: Some("Indexed".into()),
        backoff_limit_per_index: Some(1),
        ..JobSpec::default()
    };
    let container = Container { name: "worker".into(), image: "busybox:1.36".into(), ..Container::default() };
    let pod = PodSpec { containers: vec![container], restart_policy: Some("Never".into()), ..PodSpec::default() };
    spec.template = PodTemplateSpec { spec: Rc::new(pod), ..PodTemplateSpec::default() };
    let metadata = ObjectMeta { name: "shards".into(), namespace: "default".into(), ..ObjectMeta::default() };
    let status = JobStatus { start_time: Some(Time::from(api.now())), ..JobStatus::default() };
    let job = Job { metadata: Rc::new(metadata), spec: Rc::new(spec), status: Rc::new(status), ..Job::default() };
    api.handle(Request::Create(job.into())).expect("a Job");
}

fn status(api: &mut ApiServer, change: impl Fn(&mut JobStatus)) {
    let Some(Object::Job(job)) = api.live().get(&job_key()).cloned() else { return };
    let mut status = (*job.status).clone();
    change(&mut status);
    let job = Job { status: Rc::new(status), ..(*job).clone() };
    let _ = api.handle(Request::UpdateStatus(job.into()));
}

fn pod(at: &mut dyn FnMut(u64, Step), index: u32, attempt: u32, begin: u64, run: u64, code: i32) {
    let name: Text = format!("shards-{index}-a{attempt:04}").into();
    let key = ObjectKey::new(Kind::Pod, "default", name.clone());
    at(
        begin,
        Rc::new(move |api| {
            let Some(Object::Job(job)) = api.live().get(&job_key()).cloned() else { return };
            let owner = OwnerReference {
                api_version: "batch/v1".into(),
                kind: "Job".into(),
                name: "shards".into(),
                controller: Some(true),
                uid: job.metadata.uid,
                ..OwnerReference::default()
            };
            let index = Text::from(index.to_string());
            let annotations = Rc::new(BTreeMap::from([(job::COMPLETION_INDEX.into(), index)]));
            let metadata = ObjectMeta {
                name: name.clone(),
                namespace: "default".into(),
                annotations,
                owner_references: vec![owner],
                finalizers: vec![job::TRACKING_FINALIZER.into()],
                ..ObjectMeta::default()
            };
            let pod = Pod { metadata: Rc::new(metadata), spec: job.spec.template.spec.clone(), ..Pod::default() };
            let _ = api.handle(Request::Create(pod.into()));
        }),
    );
    let bound = key.clone();
    at(
        begin + 60,
        Rc::new(move |api| {
            let node = format!("node-{}", (index + attempt) % 2 + 1);
            let _ = api.handle(Request::Bind { pod: bound.clone(), node: node.into() });
        }),
    );
    let mut report = |ms: u64, phase: PodPhase, state: fn(Time, i32) -> ContainerState, ready: bool| {
        let key = key.clone();
        at(
            begin + ms,
            Rc::new(move |api| {
                let Some(Object::Pod(pod)) = api.live().get(&key).cloned() else { return };
                let mut status = (*pod.status).clone();
                status.phase = phase;
                status.set_condition(Condition { kind: "Ready".into(), status: ready.into(), ..Condition::default() });
                let state = Some(state(Time::from(api.now()), code));
                status.container_statuses =
                    vec![ContainerStatus { name: "worker".into(), state, ready, ..Default::default() }];
                let pod = Pod { status: Rc::new(status), ..(*pod).clone() };
                let _ = api.handle(Request::UpdateStatus(pod.into()));
            }),
        );
    };
    let creating = |_, _| ContainerState::Waiting(Waiting { reason: "ContainerCreating".into(), ..Waiting::default() });
    let ended = |at, code| {
        let reason = if code == 0 { "Completed" } else { "Error" }.into();
        ContainerState::Terminated(Terminated {
            exit_code: code,
            reason,
            finished_at: Some(at),
            ..Terminated::default()
        })
    };
    report(70, PodPhase::Pending, creating, false);
    report(1200, PodPhase::Running, |at, _| ContainerState::Running(Running { started_at: Some(at) }), true);
    let end = if code == 0 { PodPhase::Succeeded } else { PodPhase::Failed };
    report(1200 + run, end, ended, false);
}
