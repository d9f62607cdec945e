//! What a pod's drawer says.

use super::rules::RuleForm;
use crate::api::{ContainerState, ContainerStatus, Object, ObjectKey, Pod, Time, Uid, yaml};
use crate::apiserver::Storage;
use crate::node::{DecidedBy, Kubelets, Rule};
use crate::sim::Timestamp;
use crate::ui::timeline::model::Phase;
use crate::ui::transport::clock;

/// A pod at an instant, in words.
#[derive(Clone, Debug, PartialEq)]
pub struct PodSheet {
    pub name: String,
    /// The Job whose pod it is.
    pub job: Option<String>,
    /// Its IP address, empty if it has none.
    pub address: String,
    pub uid: Uid,
    pub phase: Phase,
    /// What it is doing, in a sentence.
    pub sentence: String,
    pub conditions: Vec<ConditionLine>,
    pub containers: Vec<ContainerLine>,
    pub yaml: String,
    /// Whether the object is gone at the instant that is looked at.
    pub is_gone: bool,
    /// Whether there is anything left to break.
    pub is_over: bool,
}

/// One condition.
#[derive(Clone, Debug, PartialEq)]
pub struct ConditionLine {
    pub kind: String,
    pub status: &'static str,
    pub reason: String,
    pub message: String,
    /// `T+00:03.0`
    pub since: String,
}

/// One container.
#[derive(Clone, Debug, PartialEq)]
pub struct ContainerLine {
    pub name: String,
    pub is_init: bool,
    /// `Terminated: Error, exit code 1`
    pub state: String,
    pub restarts: i32,
    pub is_bad: bool,
}

impl PodSheet {
    /// A rule for one of its containers, to be filled in: for all pods of its Job.
    pub fn rule(&self, container: &str) -> RuleForm {
        let is_only = self.containers.len() == 1;
        RuleForm::about(self.job.as_deref(), &self.name, Some(container).filter(|_| !is_only))
    }
}

/// The sheet of a pod as it was at an instant; of a pod that is gone, as it was last.
pub fn sheet(storage: &Storage, revision: u64, key: &ObjectKey, zero: Timestamp) -> Option<PodSheet> {
    let view = storage.at(revision);
    let is_gone = view.get(key).is_none();
    let pod = view.last(key).and_then(Object::into_pod)?;
    let since =
        |time: Option<Time>| time.map_or_else(String::new, |time| format!("T+{}", clock(time.timestamp().since(zero))));
    let conditions = pod.status.conditions.iter().map(|condition| ConditionLine {
        kind: condition.kind.to_string(),
        status: condition.status.as_str(),
        reason: condition.reason.to_string(),
        message: condition.message.to_string(),
        since: since(condition.last_transition_time),
    });
    let line = |is_init: bool| move |status: &ContainerStatus| container(status, is_init);
    let inits = pod.status.init_container_statuses.iter().map(line(true));
    let containers = inits.chain(pod.status.container_statuses.iter().map(line(false))).collect();
    let phase = Phase::of(&pod);
    Some(PodSheet {
        name: pod.metadata.name.to_string(),
        job: pod.metadata.controller().filter(|owner| owner.kind == "Job").map(|owner| owner.name.to_string()),
        address: pod.ip.to_string(),
        uid: pod.metadata.uid,
        phase,
        sentence: sentence(&pod, phase, is_gone),
        conditions: conditions.collect(),
        containers,
        yaml: yaml::print::yaml(&Object::Pod(pod.clone()).to_value()),
        is_gone,
        is_over: is_gone || phase.is_end(),
    })
}

/// How many lines of a log are shown.
const LINES: usize = 200;

/// What the containers had printed by an instant, the last lines of it: of those that had printed anything.
pub fn logs(kubelets: &Kubelets, sheet: &PodSheet, at: Timestamp) -> Vec<(String, String)> {
    let printed = |line: &ContainerLine| {
        // One that waits to be started again shows what it printed before.
        let restarts = u32::try_from(line.restarts).unwrap_or(0);
        let mut runs = [restarts, restarts.saturating_sub(1)].into_iter();
        let log = runs.find_map(|restart| kubelets.log(sheet.uid, &line.name, restart))?;
        let mut lines: Vec<&str> = log.lines(at).rev().take(LINES).map(|(_, line)| line).collect();
        lines.reverse();
        (!lines.is_empty()).then(|| (line.name.clone(), lines.concat()))
    };
    sheet.containers.iter().filter_map(printed).collect()
}

fn container(status: &ContainerStatus, is_init: bool) -> ContainerLine {
    let (state, is_bad) = match &status.state {
        None => ("not started".into(), false),
        Some(ContainerState::Waiting(waiting)) => {
            let bad = waiting.reason.contains("BackOff") || waiting.reason.contains("Err");
            (format!("Waiting: {}", waiting.reason), bad)
        }
        Some(ContainerState::Running(_)) if status.ready => ("Running, ready".into(), false),
        Some(ContainerState::Running(_)) => ("Running".into(), false),
        Some(ContainerState::Terminated(ended)) => {
            (format!("Terminated: {}, exit code {}", ended.reason, ended.exit_code), ended.exit_code != 0)
        }
    };
    ContainerLine { name: status.name.to_string(), is_init, state, restarts: status.restart_count, is_bad }
}

fn sentence(pod: &Pod, phase: Phase, is_gone: bool) -> String {
    let node = pod.node_name.as_deref().unwrap_or("a node");
    let held = match pod.metadata.finalizers.first() {
        Some(finalizer) if pod.metadata.is_deleting() && phase.is_end() => {
            format!(" It stays until its finalizer {finalizer} is taken off.")
        }
        _ => String::new(),
    };
    let grace = pod.metadata.deletion_grace_period_seconds.unwrap_or(0);
    let now = match phase {
        Phase::Pending => "Waits for a node.".into(),
        Phase::Starting => format!("Is being started on {node}."),
        Phase::Stuck => format!("Cannot start on {node}: {}.", super::model::word(pod)),
        Phase::Running => format!("Runs on {node}."),
        Phase::Restarting => format!("Waits on {node} for its container to be restarted."),
        Phase::Terminating => format!("Is being deleted: its processes have {grace} s to end."),
        Phase::Succeeded => format!("Has succeeded on {node}."),
        Phase::Failed | Phase::Ignored => format!("Has failed on {node}: {}.", super::model::word(pod)),
    };
    if is_gone { format!("Is gone. Before that: {}", now.to_lowercase()) } else { format!("{now}{held}") }
}

/// Who says what a container does, in a sentence.
pub fn provenance(by: DecidedBy, rules: &[Rule]) -> String {
    match by {
        DecidedBy::Command => "Runs its own command.".into(),
        DecidedBy::Assumed => "Assumed, since nobody can run this image in here: it runs 5 s and exits 0.".into(),
        DecidedBy::Rule(number) => match rules.get(number) {
            Some(rule) => format!("Behaviour rule {}: {}.", number + 1, super::rules::words(rule)),
            None => format!("Behaviour rule {}, which has been changed since.", number + 1),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Kind;
    use crate::recording::{Run, Scenario};
    use crate::ui::first::{FIRST_LOOK, first_scenario};
    use std::time::Duration;

    #[test]
    fn a_pods_sheet_has_what_was_printed_by_then() {
        let mut run = Run::new(Scenario::default());
        run.advance(run.start() + Duration::from_secs(1), 100);
        run.enter("kubectl run talk --image=busybox --restart=Never -- sh -c 'echo one; sleep 5; echo two'");
        while !run.advance(run.start() + Duration::from_secs(20), 100) {}
        let key = ObjectKey::new(Kind::Pod, "default", "talk");
        let storage = run.storage();
        let sheet = sheet(storage, storage.revision(), &key, run.start()).expect("a sheet");
        let printed = |at| logs(run.cluster().kubelets(), &sheet, at);
        assert_eq!(printed(run.start()), []);
        assert_eq!(printed(run.start() + Duration::from_secs(4)), [("talk".to_owned(), "one\n".to_owned())]);
        assert_eq!(printed(run.now()), [("talk".to_owned(), "one\ntwo\n".to_owned())]);
    }

    #[test]
    fn a_pods_sheet_tells_what_it_does_and_how_it_ended() {
        let mut run = Run::new(first_scenario());
        while !run.advance(run.start() + FIRST_LOOK, 100) {}
        let storage = run.storage();
        let failed = storage.now().list(Kind::Pod).find(|pod| pod.as_pod().is_some_and(|pod| pod.is_finished()));
        let key = failed.expect("one has failed").key();
        let sheet = sheet(storage, storage.revision(), &key, run.start()).expect("a sheet");
        assert!(sheet.sentence.starts_with("Has failed on node-"), "{}", sheet.sentence);
        assert_eq!(sheet.containers[0].state, "Terminated: Error, exit code 1");
        assert!(sheet.yaml.starts_with("apiVersion: v1\nkind: Pod\n"), "{}", sheet.yaml);
        let by = run.cluster().kubelets().provenance(sheet.uid)[0].by;
        let told = provenance(by, run.cluster().kubelets().rules());
        assert_eq!(logs(run.cluster().kubelets(), &sheet, run.now()), []);
        assert_eq!(told, "Behaviour rule 1: job shards, index 1, attempt 1: runs 3 s, exits 1.");
    }
}
