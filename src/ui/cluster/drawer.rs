//! What a pod's drawer says.

use super::probes;
use super::rules::RuleForm;
use crate::api::job::{PodFailurePolicyRule, TRACKING_FINALIZER};
use crate::api::{
    ContainerState, ContainerStatus, Job, Kind, Object, ObjectKey, Pod, Terminated, Text, Time, Uid, yaml,
};
use crate::apiserver::{Storage, View};
use crate::controllers::job::{Because, Cause, Decision, Step, cause, first_match};
use crate::node::{DecidedBy, Kubelets, Rule};
use crate::sim::Timestamp;
use crate::ui::census::Census;
use crate::ui::timeline::phase::Phase;
use crate::ui::transport::clock;
use crate::ui::why::model::signal;
use std::rc::Rc;

/// A pod at an instant, in words.
#[derive(Clone, Debug, PartialEq)]
pub struct PodSheet {
    pub name: String,
    /// The Job whose pod it is.
    pub job: Option<String>,
    pub job_uid: Option<Uid>,
    /// Its IP address, empty if it has none.
    pub address: String,
    pub uid: Uid,
    pub phase: Phase,
    /// What it is doing, in a sentence.
    pub sentence: String,
    /// What its name is made of, if a Job has given it.
    pub anatomy: Option<String>,
    /// Its failure as each rule of the Job's failure policy sees it, in order.
    pub rules: Vec<RuleLine>,
    pub conditions: Vec<ConditionLine>,
    pub containers: Vec<ContainerLine>,
    pub yaml: String,
    /// Whether the object is gone at the instant that is looked at.
    pub is_gone: bool,
    /// Whether it is being deleted, or was.
    pub is_deleting: bool,
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

/// A rule of a failure policy.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleLine {
    /// The field of the manifest: `spec.podFailurePolicy.rules[0]`.
    pub field: String,
    /// `FailJob, if an exit code is one of 42`
    pub words: String,
    /// `matches: main exited with 42`, `does not match`, `not reached`
    pub verdict: String,
    pub decides: bool,
}

/// One container.
#[derive(Clone, Debug, PartialEq)]
pub struct ContainerLine {
    pub name: String,
    /// ` (init)`, ` (sidecar)` or nothing.
    pub kind: &'static str,
    /// `Terminated: Error, exit code 1`
    pub state: String,
    /// How a probe of it has failed last, if one has.
    pub probe: Option<String>,
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
    let inits = pod.status.init_container_statuses.iter().map(|status| {
        let is_sidecar = pod.spec.init_containers.iter().any(|it| it.name == status.name && it.is_sidecar());
        container(status, if is_sidecar { " (sidecar)" } else { INIT })
    });
    let containers = inits.chain(pod.status.container_statuses.iter().map(|status| container(status, "")));
    let containers = containers.map(|line| ContainerLine { probe: probes::told(view, &pod, &line.name, zero), ..line });
    let phase = Phase::of(&pod);
    Some(PodSheet {
        anatomy: anatomy(&pod),
        rules: job_of(view, &pod).filter(|_| phase == Phase::Failed).map_or(Vec::new(), |job| trace(&job, &pod)),
        name: pod.metadata.name.to_string(),
        job: pod.metadata.controller().filter(|owner| owner.kind == "Job").map(|owner| owner.name.to_string()),
        job_uid: pod.metadata.controller().filter(|owner| owner.kind == "Job").map(|owner| owner.uid),
        address: pod.ip.to_string(),
        uid: pod.metadata.uid,
        phase,
        sentence: sentence(view, &pod, phase, is_gone),
        conditions: conditions.collect(),
        containers: containers.collect(),
        yaml: yaml::print::yaml(&Object::Pod(pod.clone()).to_value()),
        is_gone,
        is_deleting: pod.metadata.is_deleting(),
        is_over: is_gone || phase.is_end(),
    })
}

/// So many pods that stand for the same are named beside one of them: the newest.
const MOST_SIBLINGS: usize = 8;

/// A pod that stands for the same as another: an attempt at the same index, or a pod of the same Job.
#[derive(Clone, Debug, PartialEq)]
pub struct Sibling {
    pub key: ObjectKey,
    /// `2. Running`
    pub words: String,
}

/// What a pod is one of, and all of those that are there, in order of creation: each has a log of its own. Nothing where
/// it is the only one.
pub fn siblings(census: &Census, view: View<'_>, key: &ObjectKey) -> Option<(String, Vec<Sibling>)> {
    let pod = view.get(key).and_then(Object::into_pod)?;
    let job = pod.metadata.controller().filter(|owner| owner.kind == "Job")?;
    let index = pod.completion_index();
    let all = census.pods_of(job.uid).into_iter().filter(|seen| seen.index == index);
    let all: Vec<ObjectKey> = all.map(|seen| census.key(seen.number)).collect();
    let numbered = all.iter().enumerate().skip(all.len().saturating_sub(MOST_SIBLINGS));
    let told = numbered.filter_map(|(place, key)| {
        let pod = view.get(key).and_then(Object::into_pod)?;
        Some(Sibling { key: key.clone(), words: format!("{}. {}", place + 1, super::model::word(&pod)) })
    });
    let title = index.map_or_else(|| format!("Pods of Job {}", job.name), |index| format!("Attempts at index {index}"));
    (all.len() > 1).then(|| (title, told.collect()))
}

/// What kind of container runs before the others.
const INIT: &str = " (init)";

/// How many lines of a log are shown.
const LINES: usize = 200;

/// What a container had printed by an instant.
#[derive(Clone, Debug, PartialEq)]
pub struct Log {
    pub container: String,
    /// The command that prints all of it, while the pod is there.
    pub command: String,
    /// The last lines.
    pub text: String,
}

/// What the containers had printed by an instant: of those that had printed anything.
pub fn logs(kubelets: &Kubelets, sheet: &PodSheet, at: Timestamp) -> Vec<Log> {
    let printed = |line: &ContainerLine| {
        // One that waits to be started again shows what it printed before.
        let restarts = u32::try_from(line.restarts).unwrap_or(0);
        let mut runs = [restarts, restarts.saturating_sub(1)].into_iter();
        let (run, log) = runs.find_map(|run| Some((run, kubelets.log(sheet.uid, &line.name, run)?)))?;
        let mut lines: Vec<&str> = log.lines(at).rev().take(LINES).map(|(_, line)| line).collect();
        lines.reverse();
        let container = if sheet.containers.len() > 1 { format!(" -c {}", line.name) } else { String::new() };
        let previous = if run < restarts { " --previous" } else { "" };
        let command = format!("kubectl logs {}{container}{previous}", sheet.name);
        (!lines.is_empty()).then(|| Log { container: line.name.clone(), command, text: lines.concat() })
    };
    sheet.containers.iter().filter_map(printed).collect()
}

/// The Job that a pod belongs to.
fn job_of(view: View<'_>, pod: &Pod) -> Option<Rc<Job>> {
    let owner = pod.metadata.controller().filter(|owner| owner.kind == "Job")?;
    let key = ObjectKey::new(Kind::Job, pod.metadata.namespace.clone(), owner.name.clone());
    view.last(&key).and_then(Object::into_job).filter(|job| job.metadata.uid == owner.uid)
}

/// What the name of a Job's pod is made of, and what of it the pod's successors keep.
fn anatomy(pod: &Pod) -> Option<String> {
    let job = &pod.metadata.controller().filter(|owner| owner.kind == "Job")?.name;
    let (_, chance) = pod.metadata.name.rsplit_once('-')?;
    Some(match (pod.completion_index(), &pod.hostname) {
        (Some(index), Some(hostname)) => format!(
            "Job {job}, index {index}, and {chance}, which is chance. Its host name {hostname} has no chance in it: \
             every pod of this index has the same."
        ),
        _ => format!("Job {job}, and {chance}, which is chance. Its host name is the whole of it."),
    })
}

/// A failed pod as each rule of the failure policy sees it: the first that matches decides, the others are not reached.
fn trace(job: &Job, pod: &Pod) -> Vec<RuleLine> {
    let Some(policy) = &job.spec.pod_failure_policy else { return Vec::new() };
    let first = first_match(policy, pod).map(|found| found.rule);
    let rules = policy.rules.iter().enumerate().map(|(number, rule)| {
        let verdict = match cause(rule, pod) {
            _ if first.is_some_and(|first| first < number) => "not reached".into(),
            None => "does not match".into(),
            Some(Cause::ExitCode { container, code }) => format!("matches: {container} exited with {code}"),
            Some(Cause::Condition { kind }) => format!("matches: condition {kind} is set"),
        };
        let field = format!("spec.podFailurePolicy.rules[{number}]");
        RuleLine { field, words: rule_words(rule), verdict, decides: first == Some(number) }
    });
    rules.collect()
}

/// `FailJob, if an exit code is one of 42`
fn rule_words(rule: &PodFailurePolicyRule) -> String {
    let asked = match &rule.on_exit_codes {
        Some(codes) => {
            let whose = codes
                .container_name
                .as_ref()
                .map_or("an exit code".to_owned(), |name| format!("the exit code of {name}"));
            let values: Vec<String> = codes.values.iter().flatten().map(ToString::to_string).collect();
            let is = if codes.operator == "In" { "is one of" } else { "is none of 0," };
            format!("{whose} {is} {}", values.join(", "))
        }
        None => {
            let conditions = rule.on_pod_conditions.iter().map(|it| format!("{} is {}", it.kind, it.status));
            conditions.collect::<Vec<_>>().join(" or ")
        }
    };
    format!("{}, if {asked}", rule.action)
}

/// What the Job would make of it if a pod's first container that runs exited with this code now; nothing where nothing
/// decides but the usual rules.
pub fn preview(view: View<'_>, pod: &Pod, code: i32) -> Option<String> {
    let job = job_of(view, pod)?;
    let policy = job.spec.pod_failure_policy.as_ref().filter(|_| code != 0)?;
    let mut pod = pod.clone();
    let status = Rc::make_mut(&mut pod.status);
    let running = |status: &&mut ContainerStatus| matches!(status.state, Some(ContainerState::Running(_)));
    let ended = Terminated { exit_code: code, ..Terminated::default() };
    status.container_statuses.iter_mut().find(running)?.state = Some(ContainerState::Terminated(ended));
    Some(match first_match(policy, &pod) {
        Some(found) => format!("Rule {} would match: {}.", found.rule, found.action.as_str()),
        None => "No rule would match: it would count.".into(),
    })
}

/// Who has deleted a pod, and why, as far as the Job controller did.
pub fn deleted_because(decisions: &[Decision], name: &str, now: Timestamp) -> Option<&'static str> {
    let until = decisions.partition_point(|decision| decision.at <= now);
    let mut steps = decisions[..until].iter().rev().flat_map(|decision| &decision.steps);
    steps.find_map(|step| match step {
        Step::Deleted { pods, because } if pods.named.iter().any(|named| *named == *name) => Some(match because {
            Because::Suspended => "The Job controller has deleted it: the Job is suspended.",
            Because::TooMany => "The Job controller has deleted it: there were more pods than are wanted.",
            Because::Over => "The Job controller has deleted it: the Job is over.",
        }),
        _ => None,
    })
}

fn container(status: &ContainerStatus, kind: &'static str) -> ContainerLine {
    let (state, is_bad) = match &status.state {
        None => ("not started".into(), false),
        Some(ContainerState::Waiting(waiting)) => {
            let bad = waiting.reason.contains("BackOff") || waiting.reason.contains("Err");
            (format!("Waiting: {}", waiting.reason), bad)
        }
        Some(ContainerState::Running(_)) if status.ready => ("Running, ready".into(), false),
        // Nobody asks whether a container is ready that is meant to end before the others begin.
        Some(ContainerState::Running(_)) if kind == INIT => ("Running".into(), false),
        Some(ContainerState::Running(_)) if status.started == Some(false) => {
            ("Running, has not started yet, as its probe says".into(), false)
        }
        Some(ContainerState::Running(_)) => ("Running, not ready".into(), false),
        Some(ContainerState::Terminated(ended)) => {
            let signal = signal(ended.exit_code).map_or(String::new(), |signal| format!(" (128 + {signal})"));
            (format!("Terminated: {}, exit code {}{signal}", ended.reason, ended.exit_code), ended.exit_code != 0)
        }
    };
    ContainerLine { name: status.name.to_string(), kind, state, probe: None, restarts: status.restart_count, is_bad }
}

fn sentence(view: View<'_>, pod: &Pod, phase: Phase, is_gone: bool) -> String {
    let node = pod.node_name.as_deref().unwrap_or("a node");
    let found = || view.get(&ObjectKey::new(Kind::Node, Text::EMPTY, pod.node_name.clone()?))?.into_node();
    let is_silent = found().is_some_and(|node| !node.is_ready());
    let held = match pod.metadata.finalizers.first() {
        Some(finalizer) if pod.metadata.is_deleting() && phase.is_end() => {
            let by = if *finalizer == TRACKING_FINALIZER {
                " by the Job controller, which counts the pod first"
            } else {
                ""
            };
            format!(" It stays until its finalizer {finalizer} is taken off{by}.")
        }
        _ => String::new(),
    };
    // What has ended, and what keeps the pod from ending.
    let statuses = || pod.status.container_statuses.iter();
    let runs = |status: &&ContainerStatus| matches!(status.state, Some(ContainerState::Running(_)));
    let still: Vec<&str> = statuses().filter(runs).map(|status| status.name.as_str()).collect();
    let is_held_up = !still.is_empty() && statuses().any(|status| status.terminated().is_some());
    let grace = pod.metadata.deletion_grace_period_seconds.unwrap_or(0);
    let now = match phase {
        Phase::Pending => "Waits for a node.".into(),
        Phase::Starting => format!("Is being started on {node}."),
        Phase::Stuck => format!("Cannot start on {node}: {}.", super::model::word(pod)),
        Phase::Running if is_held_up => format!("Runs on {node}, since {} has not ended.", still.join(", ")),
        Phase::Running => format!("Runs on {node}."),
        Phase::Restarting => format!("Waits on {node} for its container to be restarted."),
        Phase::Terminating if is_silent => format!(
            "Is being deleted. {node} does not answer: its kubelet gives the processes {grace} s to end once it hears of it."
        ),
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
    use crate::cluster::Fault;
    use crate::recording::{Run, Scenario};
    use crate::ui::first::{FIRST_LOOK, first_scenario};
    use crate::ui::testing::{ONE, manifest, played};
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
        let log = |text: &str| Log { container: "talk".into(), command: "kubectl logs talk".into(), text: text.into() };
        assert_eq!(printed(run.start() + Duration::from_secs(4)), [log("one\n")]);
        assert_eq!(printed(run.now()), [log("one\ntwo\n")]);
    }

    /// A Job's first pod, so many seconds into a run: what `spec` says of the Job and `containers` of its pods.
    fn first_pod(spec: &str, pods: &str, code: u8, seconds: u64) -> (Run, ObjectKey) {
        let rules = serde_json::json!([
            {"match": {"container": "log"}, "run": {"seconds": "forever"}},
            {"run": {"seconds": 3, "exitCode": code}},
        ]);
        let run = played(manifest("Never", pods, spec), rules, seconds * 1000);
        let key = run.storage().now().list(Kind::Pod).next().expect("a pod").key();
        (run, key)
    }

    #[test]
    fn beside_a_pod_stand_those_that_stand_for_the_same() {
        let check = |spec: &str, codes: [u8; 2], expected: Option<(&str, &[&str])>| {
            let rules = serde_json::json!([{"run": {"seconds": 3, "exitCodes": codes}}]);
            let run = played(manifest("Never", ONE, spec), rules, 16_000);
            let mut census = Census::default();
            census.read(run.storage());
            census.look(run.storage().revision());
            let view = run.storage().now();
            let pods = view.list(Kind::Pod).filter_map(Object::into_pod);
            let first = pods.min_by_key(|pod| pod.resource_version).expect("a pod");
            let told = siblings(&census, view, &Object::Pod(first).key());
            let told = told.map(|(title, all)| (title, all.into_iter().map(|it| it.words).collect::<Vec<_>>()));
            let expected =
                expected.map(|(title, all)| (title.to_owned(), all.iter().map(|it| it.to_string()).collect()));
            assert_eq!(told, expected, "{spec}");
        };
        check("", [0, 0], None);
        check("", [1, 0], Some(("Pods of Job demo", &["1. Error · 1", "2. Running"])));
        let indexed = "completionMode: Indexed, completions: 1, backoffLimitPerIndex: 2";
        check(indexed, [4, 0], Some(("Attempts at index 0", &["1. Error · 4", "2. Running"])));
        check("completionMode: Indexed, completions: 2, parallelism: 2", [0, 0], None);
    }

    #[test]
    fn a_failure_is_told_as_every_rule_sees_it() {
        const POLICY: &str = "podFailurePolicy: {rules: [\
            {action: FailJob, onExitCodes: {containerName: main, operator: In, values: [42]}},\
            {action: Ignore, onPodConditions: [{type: DisruptionTarget}]},\
            {action: Count, onExitCodes: {operator: NotIn, values: [3, 4]}},\
            {action: FailJob, onExitCodes: {operator: In, values: [1]}}]}";
        let check = |code: u8, seen: &str, expected: [&str; 4]| {
            let (run, key) = first_pod(POLICY, ONE, code, 6);
            let sheet = sheet(run.storage(), run.storage().revision(), &key, run.start()).expect("a sheet");
            let verdicts: Vec<&str> = sheet.rules.iter().map(|rule| rule.verdict.as_str()).collect();
            assert_eq!(verdicts, expected, "exit {code}");
            assert_eq!(sheet.containers[0].state, seen);
            // While it ran, the same could have been said in advance.
            let (run, key) = first_pod(POLICY, ONE, 0, 2);
            let view = run.storage().now();
            let pod = view.get(&key).and_then(Object::into_pod).expect("a pod");
            let decided = sheet.rules.iter().position(|rule| rule.decides);
            let told = preview(view, &pod, code.into()).expect("a policy");
            match decided {
                Some(rule) => assert!(told.starts_with(&format!("Rule {rule} would match: ")), "{told}"),
                None => assert_eq!(told, "No rule would match: it would count."),
            }
            let words: Vec<&str> = sheet.rules.iter().map(|rule| rule.words.as_str()).collect();
            assert_eq!(words[0], "FailJob, if the exit code of main is one of 42");
            assert_eq!(words[1], "Ignore, if DisruptionTarget is True");
            assert_eq!(words[2], "Count, if an exit code is none of 0, 3, 4");
        };
        let (no, late) = ("does not match", "not reached");
        check(42, "Terminated: Error, exit code 42", ["matches: main exited with 42", late, late, late]);
        check(137, "Terminated: Error, exit code 137 (128 + SIGKILL)", [no, no, "matches: main exited with 137", late]);
        check(3, "Terminated: Error, exit code 3", [no, no, no, no]);
    }

    #[test]
    fn a_sheet_says_what_keeps_a_pod_and_who_has_deleted_it() {
        let check =
            |spec: &str, pods: &str, line: Option<&str>, sentence: &str, kinds: &[&str], deleted: Option<&str>| {
                let (mut run, key) = first_pod(spec, pods, 0, 6);
                if let Some(line) = line {
                    run.enter(line);
                    while !run.advance(run.start() + Duration::from_millis(6500), 1000) {}
                }
                let sheet = sheet(run.storage(), run.storage().revision(), &key, run.start()).expect("a sheet");
                assert_eq!(sheet.sentence.replace(['1', '2', '3'], "N"), sentence, "{spec} {pods}");
                assert_eq!(sheet.containers.iter().map(|line| line.kind).collect::<Vec<_>>(), kinds);
                let job = run.storage().now().list(Kind::Job).next().expect("a Job");
                let decisions = run.cluster().job_controller().decisions(job.metadata().uid);
                assert_eq!(deleted_because(decisions, &key.name, run.now()), deleted, "{decisions:#?}");
            };
        let log = "{name: log, image: busybox}";
        let beside = format!("containers: [{{name: main, image: busybox}}, {log}]");
        let native = format!("initContainers: [{{name: log, image: busybox, restartPolicy: Always}}], {ONE}");
        let alone = format!("containers: [{log}]");
        check("", &beside, None, "Runs on node-N, since log has not ended.", &["", ""], None);
        check("", &native, None, "Has succeeded on node-N.", &[" (sidecar)", ""], None);
        let suspend = Some("kubectl patch job demo -p '{\"spec\":{\"suspend\":true}}'");
        let deleted = "Is being deleted: its processes have N0 s to end.";
        check("", &alone, suspend, deleted, &[""], Some("The Job controller has deleted it: the Job is suspended."));
    }

    #[test]
    fn of_a_pod_whose_node_does_not_answer_no_end_is_promised() {
        let (mut run, key) = first_pod("", "containers: [{name: log, image: busybox}]", 0, 6);
        let node = |run: &Run| run.storage().now().get(&key).and_then(Object::into_pod)?.node_name.clone();
        let name = node(&run).expect("it is bound");
        run.inject(Fault::NodeDown { node: name.clone() });
        while !run.advance(run.start() + Duration::from_secs(90), 1000) {}
        run.enter(&format!("kubectl delete pod {} --wait=false", key.name));
        while !run.advance(run.start() + Duration::from_secs(91), 1000) {}
        let sheet = sheet(run.storage(), run.storage().revision(), &key, run.start()).expect("a sheet");
        let expected = "does not answer: its kubelet gives the processes 30 s to end once it hears of it.";
        assert_eq!(sheet.sentence, format!("Is being deleted. {name} {expected}"));
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
        let anatomy = sheet.anatomy.as_ref().expect("a Job has named it");
        assert!(anatomy.starts_with("Job shards, index 1, and "), "{anatomy}");
        assert!(anatomy.contains("Its host name shards-1 has no chance in it"), "{anatomy}");
        let told = provenance(by, run.cluster().kubelets().rules());
        assert_eq!(logs(run.cluster().kubelets(), &sheet, run.now()), []);
        assert_eq!(told, "Behaviour rule 1: job shards, index 1, attempt 1: runs 3 s, exits 1.");
    }
}
