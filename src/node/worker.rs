//! One pod on its node: what its containers are doing, and the status that follows from it (spec 03 §4).

use super::behaviour::{Place, Sigterm};
use super::downward::Surroundings;
use super::events::{about, field_path};
use super::pressure;
use super::probe::{Probes, Purpose};
use crate::api::{
    Condition, ConditionStatus, Container, ContainerState, ContainerStatus, ObjectReference, Pod, PodPhase, PodSpec,
    PodStatus, Terminated, Text, Time, Waiting,
};
use crate::apiserver::View;
use crate::sim::Timestamp;
use std::rc::Rc;
use std::time::Duration;

/// What a container is in whose end nobody saw.
const KILLED: i32 = 137;
/// The first wait before a restart; each further one is twice as long.
const FIRST_BACK_OFF: Duration = Duration::from_secs(10);
/// The longest wait before a restart or a pull.
const LONGEST_BACK_OFF: Duration = Duration::from_secs(300);
/// A container that ran this long starts with the shortest waits again.
const BACK_OFF_FORGOTTEN: Duration = Duration::from_secs(600);

/// The wait after `failures` failures in a row: 10, 20, 40, 80, 160, 300, 300 … seconds.
pub(super) fn back_off(failures: u32) -> Duration {
    FIRST_BACK_OFF.saturating_mul(1 << failures.clamp(1, 10).saturating_sub(1)).min(LONGEST_BACK_OFF)
}

/// `10s`, `1m20s`, `5m0s`, as Go prints a duration.
pub(super) fn go_seconds(span: Duration) -> String {
    match span.as_secs() {
        seconds @ 0..60 => format!("{seconds}s"),
        seconds => format!("{}m{}s", seconds / 60, seconds % 60),
    }
}

/// The conditions that a kubelet writes. What others have written it leaves alone.
pub(super) const OWN_CONDITIONS: [&str; 5] =
    ["PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"];

/// A pod that a kubelet works on, from its binding to its end.
#[derive(Clone, Debug)]
pub(super) struct Worker {
    /// As last observed.
    pub pod: Rc<Pod>,
    pub birth: Birth,
    /// When its kubelet saw it first; of a pod that another has worked on, to the second.
    pub start: Timestamp,
    pub ip: Text,
    /// The place of its node's machine among the kubelets'.
    pub machine: usize,
    pub host_ip: Text,
    /// Whether the sandbox is up: containers have begun to start.
    pub sandbox: bool,
    /// What events say they are about, if it is no container.
    pub about: Rc<ObjectReference>,
    /// Init containers, then main ones.
    pub containers: Vec<Held>,
    /// The pod is being ended: nothing is started any more.
    pub stopping: Option<Stopping>,
    /// The final status is written.
    pub finished: bool,
    /// The API server does not know it any more; what still runs is being ended.
    pub is_orphan: bool,
}

/// Of which Job a pod was made, as which of its pods, and as which of its index.
#[derive(Clone, Debug, Default)]
pub(super) struct Birth {
    pub job: Option<Text>,
    pub ordinal: u32,
    pub attempt: u32,
}

/// Why a pod is being ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stopping {
    /// The object is being deleted.
    Deleted,
    /// Its own activeDeadlineSeconds have passed.
    DeadlineExceeded,
    /// Its node has too little memory.
    Evicted,
    /// Its node is being shut down.
    Shutdown,
}

/// One container, held by its kubelet.
#[derive(Clone, Debug)]
pub(super) struct Held {
    pub status: ContainerStatus,
    pub role: Role,
    /// What it is, or is to be, made from: if the pod says otherwise by now, it is made anew.
    pub image: Text,
    /// Why its kubelet ends it, though its pod goes on.
    pub killed: Option<Killed>,
    /// What is asked of it now and then, if anything.
    pub probes: Option<Box<Probes>>,
    /// What events say they are about: the container, by where it lies in its pod.
    pub about: Rc<ObjectReference>,
    /// Counts what befalls it, so that a timer set before can tell that it means nothing any more.
    pub epoch: u32,
    /// Failures in a row that count for the back-off, of runs or of pulls.
    pub failures: u32,
    /// It has been said that its image is being pulled, and not yet how that went.
    pub pulling: bool,
    /// It has not been tried in the sandbox there is.
    pub is_fresh: bool,
    /// Exact, as the status is cut to seconds.
    pub since: Timestamp,
    /// It has ended and will be started again.
    pub restarting: bool,
    pub sigterm: Option<Sigterm>,
    /// Whether an exit 137 of this run means that it ran out of memory.
    pub oom: bool,
    /// Whether its command is what runs, rather than a rule or an assumption.
    pub has_program: bool,
}

/// Why a kubelet ends one container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Killed {
    /// The pod says otherwise by now: another image.
    Replaced,
    /// It has failed a probe.
    Unwell,
}

/// What a container is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Init,
    Sidecar,
    Main,
}

impl Held {
    fn new(pod: &Pod, container: &Container, init: bool, waiting: &'static str) -> Self {
        let role = match init {
            true if container.is_sidecar() => Role::Sidecar,
            true => Role::Init,
            false => Role::Main,
        };
        let status = ContainerStatus {
            image: container.image.clone(),
            name: container.name.clone(),
            started: Some(false),
            state: Some(ContainerState::Waiting(Waiting { reason: waiting.into(), ..Waiting::default() })),
            ..ContainerStatus::default()
        };
        Self {
            status,
            role,
            image: container.image.clone(),
            killed: None,
            probes: None,
            about: Rc::new(about(pod, field_path(&container.name, init))),
            epoch: 0,
            failures: 0,
            pulling: false,
            is_fresh: true,
            since: Timestamp::default(),
            restarting: false,
            sigterm: None,
            oom: false,
            has_program: false,
        }
    }

    pub fn is_running(&self) -> bool {
        matches!(self.status.state, Some(ContainerState::Running(_)))
    }

    /// Whether it has a probe for this purpose.
    pub fn is_asked(&self, purpose: Purpose) -> bool {
        self.probes.as_ref().is_some_and(|probes| probes.of(purpose).is_some())
    }

    /// Whether it waits for its first run.
    pub fn never_ran(&self) -> bool {
        matches!(self.status.state, Some(ContainerState::Waiting(_))) && self.status.last_state.is_none()
    }

    /// The code it has ended with for good.
    pub fn final_code(&self) -> Option<i32> {
        if self.restarting { None } else { self.status.terminated().map(|end| end.exit_code) }
    }

    pub fn wait(&mut self, reason: &'static str, message: String) {
        let message = if message.is_empty() { Text::EMPTY } else { message.into() };
        self.status.state = Some(ContainerState::Waiting(Waiting { reason: reason.into(), message }));
    }

    /// Whether the run that ends now lasted so long that earlier failures are forgotten.
    pub fn forgets_failures(&self, now: Timestamp) -> bool {
        now.since(self.since) > BACK_OFF_FORGOTTEN
    }
}

impl Worker {
    pub fn new(pod: Rc<Pod>, birth: Birth, now: Timestamp, machine: usize, host_ip: Text) -> Self {
        let has_init = !pod.spec.init_containers.is_empty();
        let waiting = if has_init { "PodInitializing" } else { "ContainerCreating" };
        let init = pod.spec.init_containers.iter().map(|container| Held::new(&pod, container, true, waiting));
        let main = pod.spec.containers.iter().map(|container| Held::new(&pod, container, false, waiting));
        Self {
            containers: init.chain(main).collect(),
            about: Rc::new(about(&pod, Text::EMPTY)),
            pod: Rc::clone(&pod),
            birth,
            start: pod.status.start_time.map_or(now, Time::timestamp),
            ip: Text::EMPTY,
            machine,
            host_ip,
            sandbox: false,
            stopping: None,
            finished: false,
            is_orphan: false,
        }
    }

    /// The pod and what is around it now.
    pub fn surroundings<'a>(&'a self, view: View<'a>) -> Surroundings<'a> {
        Surroundings { view, pod: &self.pod, ip: &self.ip, host_ip: &self.host_ip }
    }

    /// The container's part of the pod's spec.
    pub fn spec(&self, index: usize) -> &Container {
        let init = self.pod.spec.init_containers.len();
        if index < init { &self.pod.spec.init_containers[index] } else { &self.pod.spec.containers[index - init] }
    }

    /// What rules are asked about the next run of a container.
    pub fn place(&self, index: usize) -> Place<'_> {
        let held = &self.containers[index];
        Place {
            job: self.birth.job.as_deref(),
            index: self.pod.completion_index(),
            attempt: self.birth.attempt,
            ordinal: self.birth.ordinal,
            pod: &self.pod.metadata.name,
            node: self.pod.node_name.as_deref().unwrap_or(""),
            container: &held.status.name,
            init: held.role != Role::Main,
            sidecar: held.role == Role::Sidecar,
            restart: u32::try_from(held.status.restart_count).unwrap_or(0),
        }
    }

    pub fn of_role(&self, role: Role) -> impl DoubleEndedIterator<Item = (usize, &Held)> {
        self.containers.iter().enumerate().filter(move |(_, held)| held.role == role)
    }

    /// Whether it waits for conditions that others set.
    pub fn has_gates(&self) -> bool {
        !self.pod.spec.readiness_gates.is_empty()
    }

    /// When the time of the pod is over, if it is limited.
    pub fn deadline(&self) -> Option<Timestamp> {
        let seconds = self.pod.spec.active_deadline_seconds?.unsigned_abs();
        Some(self.start + Duration::from_secs(seconds))
    }

    /// Whether something runs that is not a sidecar.
    pub fn is_busy(&self) -> bool {
        self.containers.iter().any(|held| held.role != Role::Sidecar && held.is_running())
    }

    pub fn is_running(&self) -> bool {
        self.containers.iter().any(Held::is_running)
    }

    /// Whether an exit with this code is followed by a restart (spec 03 §4).
    pub fn restarts(&self, index: usize, code: i32) -> bool {
        if self.stopping.is_some() || self.finished {
            return false;
        }
        let container = self.spec(index);
        let role = self.containers[index].role;
        if role == Role::Sidecar {
            return !self.is_over();
        }
        if let Some(restart) = container.restart_policy_rules.iter().find_map(|rule| rule_restarts(rule, code)) {
            return restart;
        }
        let policy = container.restart_policy.as_ref().or(self.pod.spec.restart_policy.as_ref());
        match policy.map_or("Always", Text::as_str) {
            "Never" => false,
            "OnFailure" => code != 0,
            _ => role == Role::Main || code != 0,
        }
    }

    /// Whether a container that its kubelet kills is started again, whatever its exit code: as one whose end nobody knows
    /// yet. Rules on exit codes are not asked.
    pub fn restarts_if_killed(&self, index: usize) -> bool {
        let policy = self.spec(index).restart_policy.as_ref().or(self.pod.spec.restart_policy.as_ref());
        policy.is_none_or(|policy| policy != "Never")
    }

    /// Whether a container that was killed has its next run in the same breath. One that has failed a probe waits as any
    /// other, but the wait is counted from the end of the run before: of that the kubelet knew when it killed this one.
    pub fn restarts_at_once(&self, index: usize, now: Timestamp) -> bool {
        let held = &self.containers[index];
        let wanted = match held.killed {
            _ if self.stopping.is_some() || self.finished => false,
            None => false,
            Some(Killed::Replaced) => return true,
            Some(Killed::Unwell) if held.role == Role::Sidecar => !self.is_over(),
            Some(Killed::Unwell) => self.restarts_if_killed(index),
        };
        wanted
            && match &held.status.last_state {
                Some(ContainerState::Terminated(before)) if held.failures > 0 => {
                    now.since(before.finished_at.unwrap_or_default().timestamp()) >= back_off(held.failures)
                }
                _ => true,
            }
    }

    /// Whether any of its containers is asked how it is.
    pub fn has_probes(&self) -> bool {
        (0..self.containers.len()).any(|index| self.spec(index).has_probes())
    }

    /// Which container can start now, of those from `first` on: init containers one after the other, each when the one
    /// before it has done its part, then all main ones.
    pub fn next_to_start(&self, first: usize) -> Option<usize> {
        if self.stopping.is_some() || self.finished {
            return None;
        }
        for (index, held) in self.containers.iter().enumerate() {
            let done = match held.role {
                Role::Init => held.final_code() == Some(0),
                // Who has once made way for the next does not close it again.
                Role::Sidecar => {
                    held.status.started == Some(true)
                        || (held.restarting && !held.is_asked(Purpose::Startup))
                        || self.containers[index + 1..].iter().any(|later| !later.is_fresh)
                }
                Role::Main => true,
            };
            if held.is_fresh && index >= first {
                return Some(index);
            }
            if !done {
                return None;
            }
        }
        None
    }

    /// Whether all that the pod was made for has ended, one way or the other.
    pub fn is_over(&self) -> bool {
        let failed_init = self.of_role(Role::Init).any(|(_, held)| held.final_code().is_some_and(|code| code != 0));
        failed_init || self.of_role(Role::Main).all(|(_, held)| held.final_code().is_some())
    }

    /// Whether every init container has done its part.
    pub fn is_initialized(&self) -> bool {
        self.incomplete().is_empty()
    }

    fn incomplete(&self) -> Vec<&str> {
        // A pod that has come to its main containers was initialized, whatever becomes of its sidecars.
        if self.of_role(Role::Main).any(|(_, held)| !held.never_ran()) {
            return Vec::new();
        }
        let missing = self.containers.iter().filter(|held| match held.role {
            Role::Init => held.final_code() != Some(0),
            Role::Sidecar => held.status.started != Some(true) && held.final_code().is_none(),
            Role::Main => false,
        });
        missing.map(|held| held.status.name.as_str()).collect()
    }

    fn unready(&self) -> Vec<&str> {
        let (sidecars, main) = (self.of_role(Role::Sidecar), self.of_role(Role::Main));
        let unready = sidecars.chain(main).filter(|(_, held)| !held.status.ready);
        unready.map(|(_, held)| held.status.name.as_str()).collect()
    }

    /// What is said of containers that were stopped before they ran, or while they waited to run again: of all, or, if the
    /// pod had not come to its main ones, of the first, and of whatever comes before one that has begun (`init`: where
    /// anything is said of init containers at all).
    pub fn give_up_waiting(&mut self, init: bool) {
        let count = self.pod.spec.init_containers.len();
        let begun = self.containers[..count].iter().rposition(|held| !held.never_ran()).unwrap_or(0);
        let given_up = match self.is_initialized() {
            true => self.containers.len(),
            false if init => begun + 1,
            false => 0,
        };
        for held in &mut self.containers[..given_up] {
            if matches!(held.status.state, Some(ContainerState::Waiting(_))) {
                held.restarting = false;
                held.status.started = Some(false);
                held.status.state = Some(ContainerState::Terminated(Terminated {
                    exit_code: KILLED,
                    reason: "ContainerStatusUnknown".into(),
                    message: "The container could not be located when the pod was terminated".into(),
                    ..Terminated::default()
                }));
            }
        }
    }

    /// The pod has ended by itself. What waited to be started once more has ended as its last run did.
    pub fn finish(&mut self) {
        self.finished = true;
        for held in &mut self.containers {
            if std::mem::take(&mut held.restarting)
                && held.status.terminated().is_none()
                && let Some(ended @ ContainerState::Terminated(_)) = &held.status.last_state
            {
                held.status.state = Some(ended.clone());
            }
        }
    }

    fn phase(&self) -> PodPhase {
        if self.verdict().is_some() {
            return PodPhase::Failed;
        }
        let main = || self.of_role(Role::Main).map(|(_, held)| held);
        let ended_well = main().all(|held| held.final_code() == Some(0));
        if self.finished {
            return if ended_well { PodPhase::Succeeded } else { PodPhase::Failed };
        }
        if !self.is_initialized() || main().any(Held::never_ran) { PodPhase::Pending } else { PodPhase::Running }
    }

    /// Why its kubelet has failed the pod, whatever its containers did: the reason and the message of its status.
    fn verdict(&self) -> Option<(&'static str, Text)> {
        match self.stopping.filter(|_| self.finished)? {
            Stopping::Deleted => None,
            Stopping::DeadlineExceeded => {
                Some(("DeadlineExceeded", "Pod was active on the node longer than the specified deadline".into()))
            }
            Stopping::Evicted => Some(("Evicted", pressure::message(&self.pod.spec).into())),
            Stopping::Shutdown => {
                Some(("Terminated", "Pod was terminated in response to imminent node shutdown.".into()))
            }
        }
    }

    fn stage(&self) -> Stage {
        (self.sandbox, self.stopping, self.finished)
    }

    /// The pod's status as it is now. Conditions of others stay, before the kubelet's own.
    fn status(&self, old: &PodStatus, now: Timestamp) -> PodStatus {
        let phase = self.phase();
        let generation = self.pod.metadata.generation;
        let old_conditions = &old.conditions;
        let condition = |kind: &'static str, status: bool, reason: &'static str, message: Text| {
            let status = ConditionStatus::from(status);
            let since = old_conditions.iter().find(|old| old.kind == kind && old.status == status);
            Condition {
                kind: kind.into(),
                status,
                reason: reason.into(),
                message,
                last_transition_time: since.map_or(Some(Time::from(now)), |old| old.last_transition_time),
                last_probe_time: None,
                observed_generation: generation,
            }
        };
        let incomplete = self.incomplete();
        let initialized = match phase {
            PodPhase::Succeeded => condition("Initialized", true, "PodCompleted", Text::EMPTY),
            _ if incomplete.is_empty() => condition("Initialized", true, "", Text::EMPTY),
            _ => {
                let message = format!("containers with incomplete status: [{}]", incomplete.join(" "));
                condition("Initialized", false, "ContainersNotInitialized", message.into())
            }
        };
        let unready = self.unready();
        let (is_ready, why, message) = match phase {
            PodPhase::Succeeded => (false, "PodCompleted", Text::EMPTY),
            PodPhase::Failed => (false, "PodFailed", Text::EMPTY),
            _ if unready.is_empty() => (true, "", Text::EMPTY),
            _ => {
                let message = format!("containers with unready status: [{}]", unready.join(" "));
                (false, "ContainersNotReady", message.into())
            }
        };
        let disrupted = self.stopping.is_some_and(|why| matches!(why, Stopping::Evicted | Stopping::Shutdown));
        let disruption = self.verdict().filter(|_| disrupted).map(|(_, message)| message);
        let foreign = old_conditions.iter().filter(|condition| {
            !OWN_CONDITIONS.contains(&condition.kind.as_str())
                && (disruption.is_none() || condition.kind != "DisruptionTarget")
        });
        let count = OWN_CONDITIONS.len() + foreign.clone().count() + usize::from(disruption.is_some());
        let mut conditions: Vec<Condition> = Vec::with_capacity(count);
        conditions.extend(foreign.cloned());
        let sandbox = self.sandbox && !self.finished;
        conditions.push(condition("PodReadyToStartContainers", sandbox, "", Text::EMPTY));
        conditions.push(initialized);
        conditions.push(condition("Ready", is_ready, why, message.clone()));
        conditions.push(condition("ContainersReady", is_ready, why, message));
        conditions.push(condition("PodScheduled", true, "", Text::EMPTY));
        conditions
            .extend(disruption.map(|message| condition("DisruptionTarget", true, "TerminationByKubelet", message)));

        let statuses = |main: bool| {
            let wanted = self.containers.iter().filter(|held| (held.role == Role::Main) == main);
            // There is no room for more: that would be a third of what a pod takes.
            let mut statuses = Vec::with_capacity(wanted.clone().count());
            statuses.extend(wanted.map(|held| held.status.clone()));
            statuses
        };
        let (reason, message) = match self.verdict() {
            Some((reason, message)) => (reason.into(), message),
            None => (old.reason.clone(), old.message.clone()),
        };
        PodStatus {
            conditions,
            container_statuses: statuses(true),
            host_ip: Text::EMPTY,
            host_ips: Vec::new(),
            init_container_statuses: statuses(false),
            message,
            nominated_node_name: old.nominated_node_name.clone(),
            observed_generation: generation,
            phase,
            pod_ip: Text::EMPTY,
            pod_ips: Vec::new(),
            qos_class: old.qos_class.clone(),
            reason,
            start_time: Some(self.start.into()),
        }
    }
}

/// The status that was made last, and of what: most pods fare as the one before them, and share what is said of it.
#[derive(Debug, Default)]
pub(super) struct LastStatus(Option<Made>);

#[derive(Debug)]
struct Made {
    spec: Rc<PodSpec>,
    old: Rc<PodStatus>,
    at: Timestamp,
    stage: Stage,
    status: Rc<PodStatus>,
}

/// How far a pod has come, besides what its containers do: sandbox, why it is being ended, whether it is over.
type Stage = (bool, Option<Stopping>, bool);

impl LastStatus {
    /// What a pod's status is now, which was `old` before.
    pub fn of(&mut self, worker: &Worker, old: &Rc<PodStatus>, now: Timestamp) -> Rc<PodStatus> {
        let restarting = worker.containers.iter().any(|held| held.restarting);
        match &self.0 {
            Some(made) if !restarting && made.is_of(worker, old, now) => return Rc::clone(&made.status),
            _ => {}
        }
        let status = Rc::new(worker.status(old, now));
        let (spec, old, stage) = (Rc::clone(&worker.pod.spec), Rc::clone(old), worker.stage());
        // Whether a container is to run again is not told by its status.
        self.0 = (!restarting).then(|| Made { spec, old, at: now, stage, status: Rc::clone(&status) });
        status
    }
}

impl Made {
    fn is_of(&self, worker: &Worker, old: &Rc<PodStatus>, now: Timestamp) -> bool {
        let (mut main, mut init) = (self.status.container_statuses.iter(), self.status.init_container_statuses.iter());
        Rc::ptr_eq(&self.old, old)
            && self.at == now
            && self.stage == worker.stage()
            && Rc::ptr_eq(&self.spec, &worker.pod.spec)
            && self.status.start_time == Some(worker.start.into())
            && self.status.observed_generation == worker.pod.metadata.generation
            && worker.containers.iter().all(|held| {
                let told = if held.role == Role::Main { main.next() } else { init.next() };
                told == Some(&held.status)
            })
    }
}

/// What one of a container's restart rules says to an exit code: `{action: Restart, exitCodes: {operator, values}}`.
fn rule_restarts(rule: &serde_json::Value, code: i32) -> Option<bool> {
    let codes = &rule["exitCodes"];
    let listed = codes["values"].as_array()?.iter().any(|value| value.as_i64() == Some(i64::from(code)));
    let matches = match codes["operator"].as_str()? {
        "In" => listed,
        "NotIn" => !listed,
        _ => false,
    };
    (matches && rule["action"] == "Restart").then_some(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_five_minutes() {
        let waits: Vec<String> = (1..8).map(|failures| go_seconds(back_off(failures))).collect();
        assert_eq!(waits, ["10s", "20s", "40s", "1m20s", "2m40s", "5m0s", "5m0s"]);
    }
}
