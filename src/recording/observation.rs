//! A run told in the form in which runs of a real control plane were recorded, so that the two can be compared.
//!
//! From the recording itself only instants are taken that come from outside of the cluster: when a command's writes
//! reached the API server, and when an output was read.

use super::facts::is_told_of;
use super::life::{Life, lives};
use super::{Act, Plan, Planned, Run, Scenario, pod_facts};
use crate::api::fields::Field;
use crate::api::{ContainerState, ContainerStatus, Kind, Pod, Text};
use crate::apiserver::{Change, ChangeType};
use crate::kubectl::{Config, Stream};
use crate::sim::{Map, Timestamp};
use serde_json::{Value, json};
use std::time::Duration;

/// A recorded case: the files of its folder.
#[derive(Clone, Debug, Default)]
pub struct Recorded {
    /// `scenario.yaml`, or `case.yaml` of a validation case.
    pub scenario: Value,
    /// Every other file that commands can name.
    pub files: Map<String, String>,
    /// `expected.json`, for the instants that came from outside.
    pub expected: Value,
}

/// How long a command takes to reach the API server where nothing says when it did.
const COMMAND: Duration = Duration::from_millis(150);
/// How long the recorder still listened while it closed.
const CLOSING: Duration = Duration::from_millis(250);

/// Runs a recorded case and tells what happened. `t0` is the part of a second at which the recorded run began, in
/// milliseconds. An error says what is wrong with the scenario.
pub fn observe(case: &Recorded, t0: u32) -> Result<Value, String> {
    rerun(case, t0).map(|(told, _)| told)
}

/// The same, with the run itself.
pub fn rerun(case: &Recorded, t0: u32) -> Result<(Value, Run), String> {
    if case.scenario.get("commands").is_some() {
        return Ok(observe_commands(case, t0));
    }
    let mut scenario = Scenario::from_value(&case.scenario)?;
    scenario.files = case.files.clone();
    in_recorded_order(&mut scenario, &case.expected);
    let beforehand = take_priority_classes(&mut scenario);
    let mut session = Session::new(Run::recorded(scenario, t0));
    if let Some(classes) = beforehand {
        session.run.files_mut().insert("priorities.yaml", classes);
        session.run.enter("create -f priorities.yaml");
    }
    let first = session.run.entries().len();
    let create = &case.expected["create"];
    session.plan(Act::Kubectl(format!("create -f {}", Scenario::MANIFEST)), Duration::ZERO, create);
    session.act_out(case);
    let end = session.end(case);
    session.run_until(end);
    Ok((session.told(case, first, end), session.run))
}

/// What happened in a run so far: Jobs, CronJobs, pods and events.
pub fn tell(run: &Run) -> Value {
    let changes: Vec<Change> = run.storage().changes_since(0).collect();
    let teller = Teller { run, zero: run.start() };
    json!({
        "jobs": teller.owners(&changes, Kind::Job),
        "cronJobs": teller.owners(&changes, Kind::CronJob),
        "pods": teller.pods(&changes),
        "events": teller.events(&changes),
    })
}

/// A validation case: command after command in an empty namespace.
fn observe_commands(case: &Recorded, t0: u32) -> (Value, Run) {
    let scenario = Scenario { files: case.files.clone(), ..Scenario::default() };
    let mut run = Run::recorded(scenario, t0);
    let lines = case.scenario["commands"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let commands = lines.map(|line| {
        let entry = run.enter(line);
        let give_up = run.now() + Duration::from_secs(60);
        while run.entries()[entry].ended.is_none() && run.now() < give_up {
            let next = run.next_change().unwrap_or(give_up);
            run.advance(next, usize::MAX);
        }
        run.advance(run.now() + COMMAND, usize::MAX);
        command(&run, entry, line)
    });
    let told = json!({"commands": commands.collect::<Vec<_>>()});
    (told, run)
}

/// Puts what is planned into the order in which it was recorded: of several things planned for one instant, any may have
/// come first.
fn in_recorded_order(scenario: &mut Scenario, expected: &Value) {
    let mut planned = std::mem::take(&mut scenario.plan);
    for action in expected["actions"].as_array().into_iter().flatten() {
        let typed = action["line"].as_str().or(action["cmd"].as_str());
        let is_it = |planned: &Planned| match &planned.plan {
            Plan::Kubectl { line, .. } => Some(line.as_str()) == typed,
            Plan::Shell { .. } | Plan::Fault(_) | Plan::Rules(_) | Plan::Input(_) => false,
        };
        let is_fault = |planned: &Planned| matches!(planned.plan, Plan::Fault(_));
        let at = planned.iter().position(is_it).or_else(|| planned.iter().position(is_fault));
        scenario.plan.extend(at.map(|at| planned.remove(at)));
    }
    scenario.plan.extend(planned);
}

/// Takes PriorityClass documents out of the manifest: the recorded runs had them beforehand.
fn take_priority_classes(scenario: &mut Scenario) -> Option<String> {
    let manifest = scenario.files.get_mut(Scenario::MANIFEST)?;
    let is_class = |document: &&str| document.lines().any(|line| line.trim() == "kind: PriorityClass");
    let (classes, rest): (Vec<&str>, Vec<&str>) = manifest.split("\n---\n").partition(is_class);
    if classes.is_empty() {
        return None;
    }
    let classes = classes.join("\n---\n");
    *manifest = rest.join("\n---\n");
    Some(classes)
}

struct Session {
    run: Run,
    zero: Timestamp,
}

impl Session {
    fn new(run: Run) -> Self {
        Self { zero: run.start(), run }
    }

    /// The instant that a recording writes as `seconds`.
    fn instant(&self, seconds: f64) -> Timestamp {
        let millis = (seconds * 1000.0).round() as i64;
        let span = Duration::from_millis(millis.unsigned_abs());
        if millis < 0 { (self.zero - span).max(self.run.now()) } else { self.zero + span }
    }

    /// Plans a command for the instant at which it reached the API server, and each of its writes for theirs.
    fn plan(&mut self, act: Act, at: Duration, recorded: &Value) -> Timestamp {
        let requests = recorded["requests"].as_array().into_iter().flatten();
        let writes: Vec<Timestamp> =
            requests.filter_map(|request| request["t"].as_f64()).map(|t| self.instant(t)).collect();
        let read_at = recorded["readAt"].as_f64().map(|t| self.instant(t));
        let planned = if at.is_zero() { self.zero } else { self.zero + at + COMMAND };
        let first = writes.first().copied().or(read_at).unwrap_or(planned).max(self.run.now());
        self.run.plan(first, act, Config { write_at: writes, read_at, ..Config::default() });
        first
    }

    /// Plans the scenario's actions; one after the other where each waits for the one before.
    fn act_out(&mut self, case: &Recorded) {
        let plan = self.run.scenario().plan.clone();
        let sequential = self.run.scenario().sequential;
        for (i, planned) in plan.iter().enumerate() {
            let recorded = &case.expected["actions"][i];
            let (act, stop_after) = planned.plan.act();
            let at = match act {
                Act::Kubectl(_) => self.plan(act, planned.at, recorded),
                act => {
                    let at = (self.zero + planned.at).max(self.run.now());
                    self.run.plan(at, act, Config::default());
                    at
                }
            };
            if sequential || stop_after.is_some() {
                self.run_until(at);
                let entry = self.run.entries().len() - 1;
                if let Some(after) = stop_after {
                    self.run.plan_interrupt(self.zero + planned.at + after, entry);
                }
                if sequential {
                    let give_up = self.zero + self.run.scenario().until;
                    while self.run.entries()[entry].ended.is_none() && self.run.now() < give_up {
                        let next = self.run.next_change().unwrap_or(give_up).min(give_up);
                        self.run.advance(next, usize::MAX);
                    }
                }
            }
        }
    }

    fn run_until(&mut self, at: Timestamp) {
        while !self.run.advance(at, usize::MAX) {}
    }

    /// When the observation ends: with the last output read, or a while after every Job is finished.
    fn end(&mut self, case: &Recorded) -> Timestamp {
        let latest = self.zero + self.run.scenario().until + CLOSING;
        let outputs = case.expected["outputs"].as_array().into_iter().flatten();
        let captures = outputs.filter(|output| output["checkpoint"] == "end");
        let captures = captures.flat_map(|output| output["captures"].as_array().into_iter().flatten());
        let read = captures
            .filter_map(|capture| capture["readAt"].as_f64())
            .fold(None, |latest: Option<f64>, at| Some(latest.map_or(at, |latest| latest.max(at))));
        if let Some(read) = read {
            return self.instant(read);
        }
        // Whoever waits for a CronJob waits to the end: nobody knows whether another Job will come.
        let has_cron_jobs =
            |run: &Run| run.storage().changes_since(0).any(|change| change.object.kind() == Kind::CronJob);
        while (!self.run.is_settled() || has_cron_jobs(&self.run)) && self.run.now() < latest {
            let next = self.run.next_change().unwrap_or(latest).min(latest);
            self.run.advance(next, usize::MAX);
        }
        (self.run.now() + self.run.scenario().linger).min(latest)
    }

    fn told(&self, case: &Recorded, first: usize, end: Timestamp) -> Value {
        let storage = self.run.storage();
        let revision = storage.revision_at(end);
        let changes: Vec<Change> = storage.changes_since(0).take_while(|c| c.revision <= revision).collect();
        let plan = self.run.scenario().plan.iter().enumerate();
        let actions = plan.map(|(i, planned)| match &planned.plan {
            Plan::Kubectl { .. } => {
                let cmd = case.expected["actions"][i]["cmd"].as_str().unwrap_or_default();
                command(&self.run, first + 1 + i, cmd)
            }
            Plan::Shell { .. } | Plan::Fault(_) | Plan::Rules(_) | Plan::Input(_) => {
                json!({"cmd": case.expected["actions"][i]["cmd"]})
            }
        });
        let teller = Teller { run: &self.run, zero: self.zero };
        json!({
            "create": command(&self.run, first, &format!("create -f {}", Scenario::MANIFEST)),
            "jobs": teller.owners(&changes, Kind::Job),
            "cronJobs": teller.owners(&changes, Kind::CronJob),
            "pods": teller.pods(&changes),
            "events": teller.events(&changes),
            "actions": actions.collect::<Vec<_>>(),
            "outputs": self.outputs(case),
        })
    }

    /// The texts captured at the checkpoints, read at the instants at which they were read.
    fn outputs(&self, case: &Recorded) -> Vec<Value> {
        let outputs = case.expected["outputs"].as_array().into_iter().flatten();
        let told = outputs.map(|output| {
            let captures = output["captures"].as_array().into_iter().flatten().filter_map(|capture| {
                let line = capture["cmd"].as_str()?;
                let at = self.instant(capture["readAt"].as_f64().or(capture["t"].as_f64())?);
                let (stdout, stderr, exit) = self.run.read_at(line, at);
                Some(json!({"cmd": line, "exitCode": exit, "stdout": stdout, "stderr": stderr}))
            });
            json!({"checkpoint": output["checkpoint"], "captures": captures.collect::<Vec<_>>()})
        });
        told.collect()
    }
}

/// Tells what is in a run's storage.
struct Teller<'a> {
    run: &'a Run,
    zero: Timestamp,
}

impl Teller<'_> {
    /// Seconds since t = 0, to the hundredth, as the recordings have them.
    fn t(&self, instant: Timestamp) -> Value {
        let millis = instant.as_millis() as f64 - self.zero.as_millis() as f64;
        json!((millis / 10.0).round() / 100.0)
    }

    /// Jobs or CronJobs: the last state of each, and every distinct status.
    fn owners(&self, changes: &[Change], kind: Kind) -> Vec<Value> {
        let mut told: Vec<Value> = Vec::new();
        let mut places = Map::new();
        for change in changes.iter().filter(|change| change.object.kind() == kind) {
            let mut value = change.object.to_value();
            value["metadata"]["resourceVersion"] = json!("1");
            let active = value.pointer_mut("/status/active").and_then(Value::as_array_mut);
            for reference in active.into_iter().flatten() {
                reference["resourceVersion"] = json!("1");
            }
            let status = value["status"].clone();
            if change.change == ChangeType::Added {
                places.insert(change.object.key(), told.len());
                told.push(json!({
                    "name": change.object.metadata().name, "created": self.t(change.at), "history": [],
                }));
            }
            let owner = &mut told[places[&change.object.key()]];
            owner["final"] = value;
            let history = owner["history"].as_array_mut().expect("it was made an array");
            if history.last().is_none_or(|last| last["status"] != status) {
                history.push(json!({"t": self.t(change.at), "status": status}));
            }
            if change.change == ChangeType::Deleted {
                owner["deleted"] = self.t(change.at);
            }
        }
        told
    }

    fn pods(&self, changes: &[Change]) -> Vec<Value> {
        let lives = lives(changes.iter().cloned());
        let facts = pod_facts(self.run.storage());
        let told = facts.iter().filter_map(|facts| {
            let mut told = life(lives.get(&facts.pod.metadata.uid)?, |at| at.map_or(Value::Null, |at| self.t(at)));
            told.insert("job".into(), json!(facts.job));
            told.insert("ordinal".into(), facts.job.as_ref().map_or(Value::Null, |_| json!(facts.ordinal)));
            told.insert("index".into(), json!(facts.index));
            told.insert("attempt".into(), json!(facts.attempt));
            Some(Value::Object(told))
        });
        told.collect()
    }

    /// Events about Jobs, CronJobs and Pods. The recordings leave out that a pod was scheduled, and their kubelets have
    /// nothing to say.
    fn events(&self, changes: &[Change]) -> Vec<Value> {
        let events = changes.iter().filter(|change| change.change != ChangeType::Deleted).filter_map(|change| {
            let event = change.object.as_event()?;
            let (about, said) = (&event.involved_object, &event.said);
            let told = is_told_of(&about.kind) && said.reason != "Scheduled";
            told.then(|| {
                json!({
                    "t": self.t(change.at), "type": said.kind, "reason": said.reason, "message": said.message,
                    "count": event.occurrences(), "object": format!("{}/{}", about.kind, about.name),
                    "source": said.component(),
                })
            })
        });
        events.collect()
    }
}

/// A command as it was run: exit code and texts.
fn command(run: &Run, entry: usize, line: &str) -> Value {
    let Some(entry) = run.entries().get(entry) else { return Value::Null };
    let printed = |stream: Stream| {
        let parts = entry.output.iter().filter(|output| output.stream == stream);
        parts.map(|output| output.text.as_str()).collect::<String>()
    };
    json!({
        "cmd": line,
        "exitCode": entry.ended.map(|(_, code)| code),
        "stdout": printed(Stream::Out),
        "stderr": printed(Stream::Err),
    })
}

fn life(life: &Life, t: impl Fn(Option<Timestamp>) -> Value) -> serde_json::Map<String, Value> {
    let Pod { metadata, status, node_name, hostname, .. } = &*life.pod;
    let or_null = |text: &Text| if text.is_empty() { Value::Null } else { json!(text) };
    let conditions = status.conditions.iter().map(|condition| {
        json!([condition.kind, condition.status.as_str(), or_null(&condition.reason), or_null(&condition.message)])
    });
    let Value::Object(mut told) = json!({
        "name": metadata.name,
        "node": node_name,
        "created": t(life.created),
        "scheduled": t(life.scheduled),
        "running": t(life.running),
        "finished": t(life.finished),
        "terminating": t(life.terminating),
        "finalizerRemoved": t(life.finalizer_removed),
        "deleted": t(life.deleted),
        "deletionGracePeriodSeconds": metadata.deletion_grace_period_seconds,
        "phase": status.phase.as_str(),
        "reason": or_null(&status.reason),
        "message": or_null(&status.message),
        "conditions": conditions.collect::<Vec<_>>(),
        "annotations": metadata.annotations.write(),
        "labels": metadata.labels.write(),
        "hostname": hostname,
        "generateName": or_null(&metadata.generate_name),
    }) else {
        unreachable!("an object was written")
    };
    let init = status.init_container_statuses.iter().map(|status| {
        let mut told = container(status);
        told["init"] = json!(true);
        told
    });
    let statuses = init.chain(status.container_statuses.iter().map(container));
    told.insert("containerStatuses".into(), statuses.collect());
    told
}

fn container(status: &ContainerStatus) -> Value {
    let mut told = json!({
        "name": status.name, "ready": status.ready, "restartCount": status.restart_count,
        "state": status.state.as_ref().map_or(json!({}), state),
    });
    if let Some(last) = &status.last_state {
        told["lastState"] = state(last);
    }
    told
}

fn state(state: &ContainerState) -> Value {
    let (is, value) = match state {
        ContainerState::Waiting(waiting) => ("waiting", waiting.write()),
        ContainerState::Running(running) => ("running", running.write()),
        ContainerState::Terminated(terminated) => ("terminated", terminated.write()),
    };
    let Value::Object(mut told) = value else { unreachable!("states are objects") };
    told.remove("containerID");
    told.insert("is".into(), json!(is));
    Value::Object(told)
}
