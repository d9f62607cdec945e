//! Every way in which a pod can end, each tried out in a run of its own: which of them carry the condition
//! DisruptionTarget, and what the Job makes of the pod.

use crate::api::{Object, ObjectKey, Pod, PodPhase, Text};
use crate::apiserver::View;
use crate::cluster::Fault;
use crate::controllers::job::{Action, Decision, Pods, Step};
use crate::node::Truth;
use crate::recording::Run;
use crate::sim::Timestamp;
use crate::ui::deed::{Deed, eviction, eviction_line};
use crate::ui::status::model::span_words;
use std::rc::Rc;
use std::time::Duration;

/// For longer than this nobody waits for a pod's end: a lost node is given up after less.
const LONGEST: Duration = Duration::from_secs(600);
/// After this long a kubelet has heard that a pod is gone, and has asked its processes to end.
const HEARD: Duration = Duration::from_secs(2);
/// After so many writes a trial costs more than it says.
const MOST_WRITES: u64 = 30_000;

/// Something that may happen to a pod.
#[derive(Clone, Debug, PartialEq)]
pub struct Cause {
    /// In words: `It is evicted, as by a drain`.
    pub what: &'static str,
    /// The file that the deed reads, if any: its name, and what it says.
    pub file: Option<(String, String)>,
    /// None where nothing is done.
    pub deed: Option<Deed>,
}

/// What can happen to a pod as it stands.
pub fn causes(view: View<'_>, key: &ObjectKey) -> Vec<Cause> {
    let Some(pod) = view.get(key).and_then(Object::into_pod) else { return Vec::new() };
    let (name, in_namespace) = (&key.name, namespace(key));
    let line = |what, line: String| Cause { what, file: None, deed: Some(Deed::Command(line)) };
    let fault = |what, fault| Cause { what, file: None, deed: Some(Deed::Fault(fault)) };
    let of_pod = || Text::from(name.to_string());
    let mut causes = vec![Cause { what: "Nothing is done to it", file: None, deed: None }];
    if pod.status.phase == PodPhase::Running {
        causes.push(fault("It exits with code 1", Fault::Exit { pod: of_pod(), container: None, code: 1 }));
        causes.push(fault("It runs out of memory", Fault::OomKill { pod: of_pod(), container: None }));
    }
    causes.push(line("It is deleted", format!("kubectl delete pod {name}{in_namespace}")));
    causes.push(line("It is deleted by force", format!("kubectl delete pod {name}{in_namespace} --force")));
    let evicted = line("It is evicted, as by a drain", eviction_line(key));
    causes.push(Cause { file: Some(eviction(key)), ..evicted });
    if let Some(node) = &pod.node_name {
        causes.push(line("A taint evicts it", format!("kubectl taint nodes {node} maintenance=true:NoExecute")));
        causes.extend(urgent(&pod, node).map(|file| Cause {
            file: Some((URGENT.to_owned(), file)),
            ..line("A more urgent pod takes its place", format!("kubectl apply -f {URGENT}"))
        }));
        causes.push(fault("Its node runs short of memory", Fault::MemoryPressure { node: node.clone() }));
        causes.push(fault("Its node is shut down", Fault::Shutdown { node: node.clone() }));
        causes.push(fault("Its node is cut off", Fault::NodeDown { node: node.clone() }));
        causes.push(fault("Its node loses power", Fault::PowerLoss { node: node.clone() }));
    }
    if let Some(job) = pod.metadata.controller().filter(|owner| owner.kind == "Job") {
        let patch = format!("kubectl patch job {}{in_namespace} -p '{{\"spec\":{{\"suspend\":true}}}}'", job.name);
        causes.push(line("Its Job is suspended", patch));
    }
    causes
}

fn namespace(key: &ObjectKey) -> String {
    match key.namespace.as_str() {
        "default" => String::new(),
        other => format!(" -n {other}"),
    }
}

const URGENT: &str = "urgent.yaml";

/// A pod of high priority that wants a pod's node and will not share it with the like; nothing where a pod has no label
/// by which it could be told.
fn urgent(pod: &Pod, node: &Text) -> Option<String> {
    let (label, value) = pod.metadata.labels.iter().next()?;
    let namespace = &pod.metadata.namespace;
    Some(format!(
        "apiVersion: scheduling.k8s.io/v1\nkind: PriorityClass\nmetadata:\n  name: urgent\nvalue: 1000000\n---\n\
         apiVersion: v1\nkind: Pod\nmetadata:\n  name: urgent\n  namespace: {namespace}\nspec:\n  priorityClassName: urgent\n  \
         nodeSelector:\n    kubernetes.io/hostname: {node}\n  affinity:\n    podAntiAffinity:\n      \
         requiredDuringSchedulingIgnoredDuringExecution:\n      - topologyKey: kubernetes.io/hostname\n        \
         labelSelector:\n          matchLabels:\n            {label}: {value:?}\n  containers:\n  - name: main\n    \
         image: busybox:1.36\n    command: [sleep, \"5\"]\n"
    ))
}

/// What came of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// `EvictionByEvictionAPI, at once`; none without the condition.
    pub disruption: Option<String>,
    /// `at once`, `after 5 min 40 s`; none if the pod is not deleted.
    pub deleted: Option<String>,
    /// `exit 143 after 30 s`
    pub end: String,
    /// `counts as failed`
    pub verdict: String,
}

/// One cause, being tried out in a copy of a run.
pub struct Trial {
    run: Run,
    at: Timestamp,
    key: ObjectKey,
    cause: Cause,
    /// The revision at which it was done; none until then.
    since: Option<u64>,
}

impl Trial {
    /// Of a run up to an instant, with the cause at that instant.
    pub fn of(run: &Run, at: Timestamp, key: ObjectKey, cause: Cause) -> Self {
        Self { run: run.fork(at), at, key, cause, since: None }
    }

    /// Whether it needs a part of the program that is missing.
    pub fn is_stuck(&self) -> bool {
        self.run.waits_for().is_some()
    }

    /// Goes on for some steps. The answer is what came of it, as soon as that is known.
    pub fn go_on(&mut self, steps: usize) -> Option<Outcome> {
        if self.is_stuck() {
            return None;
        }
        let Some(since) = self.since else {
            if self.run.advance(self.at, steps) {
                self.since = Some(self.run.storage().revision());
                self.act();
            }
            return None;
        };
        let next = self.run.next_change().filter(|next| *next <= self.at + LONGEST);
        let is_enough = self.run.is_settled() || self.run.storage().revision() > MOST_WRITES;
        match next.filter(|_| !is_enough && !self.is_decided()) {
            Some(next) => {
                self.run.advance(next, steps);
                None
            }
            None => {
                if !is_enough && !self.is_decided() {
                    self.run.advance(self.at + LONGEST, steps);
                }
                Some(self.outcome(since))
            }
        }
    }

    fn act(&mut self) {
        if let Some((name, text)) = &self.cause.file {
            self.run.add_file(name, text);
        }
        match &self.cause.deed {
            Some(Deed::Command(line)) => drop(self.run.enter(line)),
            Some(Deed::Fault(fault)) => drop(self.run.inject(fault.clone())),
            Some(Deed::Rules(_) | Deed::Input(_)) | None => {}
        }
    }

    fn pod(&self) -> Option<Rc<Pod>> {
        self.run.storage().now().last(&self.key).and_then(Object::into_pod)
    }

    fn is_decided(&self) -> bool {
        let Some(pod) = self.pod() else { return true };
        let is_ended = matches!(pod.status.phase, PodPhase::Succeeded | PodPhase::Failed);
        // What is gone before it has ended is ended a little later.
        let is_gone = self.run.storage().now().get(&self.key).is_none() && self.run.now() >= self.at + HEARD;
        (is_ended || is_gone) && (pod.metadata.controller().is_none() || self.verdict(&pod).is_some())
    }

    /// What the Job's controller has said of the pod since.
    fn verdict(&self, pod: &Pod) -> Option<String> {
        let owner = pod.metadata.controller()?.uid;
        let decisions = self.run.cluster().job_controller().decisions(owner);
        let since = decisions.partition_point(|decision| decision.at < self.at);
        verdict(&decisions[since..], &pod.metadata.name)
    }

    fn outcome(&self, since: u64) -> Outcome {
        let storage = self.run.storage();
        let after = |instant: Timestamp| match instant.since(self.at) {
            span if span < Duration::from_millis(100) => "at once".to_owned(),
            span => format!("after {}", span_words(span)),
        };
        let (mut disruption, mut deleted, mut ended) = (None, None, None);
        let mut uid = None;
        for change in storage.changes_since(since) {
            let Some(pod) = change.object.as_pod().filter(|pod| pod.metadata.name == self.key.name) else { continue };
            if pod.metadata.namespace != self.key.namespace || uid.is_some_and(|uid| uid != pod.metadata.uid) {
                continue;
            }
            uid = Some(pod.metadata.uid);
            let target = pod.status.condition("DisruptionTarget").filter(|it| it.holds("DisruptionTarget"));
            if let Some(target) = target.filter(|_| disruption.is_none()) {
                disruption = Some(format!("{}, {}", target.reason, after(change.at)));
            }
            if pod.metadata.is_deleting() && deleted.is_none() {
                deleted = Some(after(change.at));
            }
            if matches!(pod.status.phase, PodPhase::Succeeded | PodPhase::Failed) && ended.is_none() {
                ended = Some((super::model::word(pod), after(change.at)));
            }
        }
        let is_over = ended.is_some();
        let is_gone = storage.now().get(&self.key).is_none();
        let waited = span_words(self.run.now().since(self.at));
        let end = match ended {
            Some((word, after)) => format!("{word} {after}"),
            None if is_gone => "gone, without an end".into(),
            None if deleted.is_some() => format!("Terminating, still after {waited}"),
            None => format!("goes on, still after {waited}"),
        };
        let unseen = uid.and_then(|uid| self.run.cluster().kubelets().unseen(uid)).map(|pod| &pod.stretches[..]);
        let ran = unseen.unwrap_or_default().iter().rev().find(|stretch| stretch.truth == Truth::Runs);
        let lost = unseen.unwrap_or_default().first().filter(|stretch| stretch.truth == Truth::Ended);
        let end = match ran.map(|ran| ran.until).or(lost.map(|lost| Some(lost.from))) {
            _ if is_over => end,
            Some(Some(until)) => format!("{end}; in truth ended {}", after(until)),
            Some(None) => format!("{end}; in truth it runs"),
            None => end,
        };
        let verdict = match self.pod() {
            Some(pod) if pod.metadata.controller().is_none() => "it has no Job".into(),
            Some(pod) => self.verdict(&pod).unwrap_or_else(|| match is_over {
                true => "not counted".into(),
                false => "nothing yet".into(),
            }),
            None => "nothing".into(),
        };
        Outcome { disruption, deleted, end, verdict }
    }
}

/// What a Job's passes made of a pod; nothing while it is of no interest to them.
fn verdict(decisions: &[Decision], name: &Text) -> Option<String> {
    let is_in = |pods: &Pods| pods.named.contains(name);
    let steps = || decisions.iter().flat_map(|decision| &decision.steps);
    let rule = steps().find_map(|step| match step {
        Step::RuleMatched { rule, action, pods, .. } if is_in(pods) => Some((*rule, *action)),
        _ => None,
    });
    let ended = steps().find_map(|step| match step {
        Step::Ended { succeeded, .. } if is_in(succeeded) => Some(true),
        Step::Ended { failed, .. } if is_in(failed) => Some(false),
        _ => None,
    });
    Some(match (rule, ended) {
        (_, Some(true)) => "counts as succeeded".into(),
        (Some((rule, Action::Ignore)), _) => format!("not counted: rule {rule} ignores it"),
        (Some((rule, Action::Count)), _) => format!("counts as failed: rule {rule}"),
        (Some((rule, action)), _) => format!("counts as failed, {}: rule {rule}", action.as_str()),
        (None, Some(false)) => "counts as failed".into(),
        (None, None) => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Kind;
    use crate::ui::testing::{ONE, manifest, played};

    /// What comes of every cause, for the first pod of a Job three seconds into a run of 20 s.
    fn tried(spec: &str) -> Vec<(&'static str, Outcome)> {
        let rules = serde_json::json!([{"match": {"job": "demo"}, "run": {"seconds": 20}}]);
        let run = played(manifest("Never", ONE, spec), rules, 3000);
        let view = run.storage().now();
        let key = view.list(Kind::Pod).next().expect("a pod").key();
        let tried = causes(view, &key).into_iter().map(|cause| {
            let what = cause.what;
            let mut trial = Trial::of(&run, run.now(), key.clone(), cause);
            let outcome = (0..1_000_000).find_map(|_| trial.go_on(100)).expect("an outcome");
            (what, outcome)
        });
        tried.collect()
    }

    #[test]
    fn every_cause_tells_whether_it_disrupts_and_what_the_job_makes_of_it() {
        let check = |spec: &str, expected: &[[&str; 5]]| {
            let told = tried(spec);
            let told: Vec<[&str; 5]> = told
                .iter()
                .map(|(what, outcome)| {
                    let or_no = |cell: &Option<String>| cell.as_deref().unwrap_or("no").to_owned().leak() as &str;
                    [*what, or_no(&outcome.disruption), or_no(&outcome.deleted), &outcome.end, &outcome.verdict]
                })
                .collect();
            assert_eq!(told, expected, "{spec}");
        };
        let [no, now] = ["no", "at once"];
        let [failed, ignored] = ["counts as failed", "not counted: rule 0 ignores it"];
        let killed = "Error · 143 after 1.2 s";
        let rows = |forced: &'static str, disrupted: &'static str, lost: &'static str| {
            [
                ["Nothing is done to it", no, no, "Completed after 18 s", "counts as succeeded"],
                ["It exits with code 1", no, no, "Error · 1 at once", failed],
                ["It runs out of memory", no, no, "OOMKilled · 137 at once", failed],
                ["It is deleted", no, now, killed, failed],
                ["It is deleted by force", no, now, forced, failed],
                ["It is evicted, as by a drain", "EvictionByEvictionAPI, at once", now, killed, disrupted],
                ["A taint evicts it", "DeletionByTaintManager, at once", now, killed, disrupted],
                ["A more urgent pod takes its place", "PreemptionByScheduler, at once", now, killed, disrupted],
                [
                    "Its node runs short of memory",
                    "TerminationByKubelet, after 1.2 s",
                    no,
                    "Evicted · 143 after 1.2 s",
                    disrupted,
                ],
                [
                    "Its node is shut down",
                    "TerminationByKubelet, after 1.2 s",
                    no,
                    "Terminated · 143 after 1.2 s",
                    disrupted,
                ],
                [
                    "Its node is cut off",
                    "DeletionByTaintManager, after 5 min 49 s",
                    "after 5 min 49 s",
                    "Terminating, still after 10 min; in truth ended after 18 s",
                    lost,
                ],
                [
                    "Its node loses power",
                    "DeletionByTaintManager, after 5 min 49 s",
                    "after 5 min 49 s",
                    "Terminating, still after 10 min; in truth ended at once",
                    lost,
                ],
                ["Its Job is suspended", no, now, killed, "not counted"],
            ]
        };
        check("", &rows("gone, without an end; in truth ended after 1.0 s", failed, failed));
        // With a failure policy a pod counts when it has failed, and not when it is deleted: its finalizer keeps it until then.
        let policy = "podFailurePolicy: {rules: [{action: Ignore, onPodConditions: [{type: DisruptionTarget}]}]}";
        check(policy, &rows(killed, ignored, "nothing yet"));
    }
}
