//! What is true of a pod beside what the API server says of it, in words.

use crate::api::{ContainerState, Object, ObjectKey, Pod};
use crate::apiserver::View;
use crate::node::{Kubelets, Truth, Unseen, Veil};
use crate::sim::Timestamp;
use crate::ui::census::Census;
use crate::ui::transport::clock;

/// What the API server cannot know of a pod at an instant, and whether its index runs twice: a paragraph for each.
pub fn truths(
    view: View<'_>,
    census: &Census,
    kubelets: &Kubelets,
    key: &ObjectKey,
    at: Timestamp,
    zero: Timestamp,
) -> Vec<String> {
    let Some(pod) = view.last(key).and_then(Object::into_pod) else { return Vec::new() };
    let is_gone = view.get(key).is_none();
    let stretch = kubelets.unseen(pod.metadata.uid).and_then(|unseen| unseen.at(at));
    let hidden = stretch.filter(|stretch| !is_gone || stretch.truth == Truth::Runs);
    let mut told: Vec<String> = hidden.map(|stretch| veiled(&pod, stretch, is_gone, zero)).into_iter().collect();
    told.extend(twice(view, census, kubelets, &pod, at));
    told
}

fn veiled(pod: &Pod, stretch: &Unseen, is_gone: bool, zero: Timestamp) -> String {
    let node = pod.node_name.as_deref().unwrap_or("its node");
    let since = clock(stretch.from.since(zero));
    match (stretch.truth, stretch.why) {
        (Truth::Runs, Veil::Deleted) => {
            "Its object is gone, its processes are not: its kubelet has just heard of it, and they have their grace period \
             to end."
                .into()
        }
        (Truth::Runs, _) if is_gone => format!(
            "Its object is gone, its processes are not. {node} is cut off: they go on until they end by themselves, or until \
             the kubelet is connected again, hears that the pod is gone, and ends them."
        ),
        (Truth::Runs, _) => format!(
            "The API server cannot know what becomes of it: {node} is cut off. In truth it runs, and its processes go on \
             until they end by themselves, or until the kubelet is connected again and hears what is wanted."
        ),
        (Truth::Ended, Veil::NoPower) => format!(
            "The API server cannot know what became of it: {node} has no power. In truth its processes were gone at \
             T+{since}."
        ),
        (Truth::Ended, _) => format!(
            "The API server cannot know what became of it: {node} is cut off. In truth its processes ended at T+{since}."
        ),
    }
}

/// That another pod of the same index runs at the same time.
fn twice(view: View<'_>, census: &Census, kubelets: &Kubelets, pod: &Pod, at: Timestamp) -> Option<String> {
    let index = pod.completion_index()?;
    let job = pod.metadata.controller().filter(|owner| owner.kind == "Job")?.uid;
    let runs = |pod: &Pod| match kubelets.unseen(pod.metadata.uid).and_then(|unseen| unseen.at(at)) {
        Some(stretch) => stretch.truth == Truth::Runs,
        None => {
            let mut statuses = pod.status.container_statuses.iter();
            let is_there = view.get(&Object::Pod(pod.clone().into()).key()).is_some();
            is_there && statuses.any(|status| matches!(status.state, Some(ContainerState::Running(_))))
        }
    };
    if !runs(pod) {
        return None;
    }
    let seen = census.pods_of(job).into_iter().filter(|seen| seen.index == Some(index));
    let hidden = kubelets.all_unseen().filter(|(_, unseen)| unseen.runs_at(at)).map(|(_, unseen)| unseen.key.clone());
    let pods = seen.map(|seen| census.key(seen.number)).chain(hidden);
    let is_other = |other: &Pod| {
        let owner = other.metadata.controller().map(|owner| owner.uid);
        owner == Some(job) && other.completion_index() == Some(index) && other.metadata.uid != pod.metadata.uid
    };
    let mut others = pods.filter_map(|key| view.last(&key).and_then(Object::into_pod));
    let other = others.find(|other| is_other(other) && runs(other))?;
    let node = other.node_name.as_deref().unwrap_or("a node");
    Some(format!(
        "Index {index} runs twice: besides this pod {} does, on {node}. A Job sees to it that every index is worked on, not \
         that only one pod at a time works on it: what they do must bear to be done twice.",
        other.metadata.name
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Kind;
    use crate::cluster::Fault;
    use crate::recording::Run;
    use crate::ui::testing::{ONE, manifest, played};
    use crate::ui::timeline::model::Model;
    use std::time::Duration;

    const SPEC: &str = "completionMode: Indexed, completions: 1, parallelism: 1";
    const HASTY: &str = "tolerations: [{key: node.kubernetes.io/unreachable, operator: Exists, effect: NoExecute, \
                         tolerationSeconds: 10}]";

    fn to(run: &mut Run, seconds: u64) {
        while !run.advance(run.start() + Duration::from_secs(seconds), 1000) {}
    }

    /// What is said of a Job's first pod at some second, on the timeline and in its drawer, after things were done to it
    /// and its node.
    fn told(acts: &[(u64, &str)], at: u64) -> (String, Vec<String>) {
        let rules = serde_json::json!([{"run": {"seconds": 400}}]);
        let mut run = played(manifest("Never", &format!("{HASTY}, {ONE}"), SPEC), rules, 3000);
        let pod = run.storage().now().list(Kind::Pod).next().and_then(Object::into_pod).expect("a pod");
        let key = Object::Pod(pod.clone()).key();
        let node = pod.node_name.clone().expect("a node");
        for (second, act) in acts {
            to(&mut run, *second);
            match *act {
                "cut off" => run.inject(Fault::NodeDown { node: node.clone() }),
                "no power" => run.inject(Fault::PowerLoss { node: node.clone() }),
                "back" => run.inject(Fault::NodeUp { node: node.clone() }),
                line => run.enter(&line.replace("FIRST", &key.name).replace("NODE", &node)),
            };
        }
        to(&mut run, at);
        let (mut model, mut census) = (Model::default(), Census::default());
        model.update(run.storage());
        model.learn(run.cluster().kubelets());
        census.read(run.storage());
        census.look(run.storage().revision());
        let anonymous = |text: String| {
            let pods = run.storage().changes_since(0).filter(|change| change.object.as_pod().is_some());
            let names: Vec<String> = pods.map(|change| change.object.metadata().name.to_string()).collect();
            let text = text.replace(&*key.name, "FIRST").replace(&*node, "NODE");
            let text = names.iter().fold(text, |text, name| text.replace(name.as_str(), "SECOND"));
            (1..4).fold(text, |text, number| text.replace(&format!("node-{number}"), "OTHER"))
        };
        let told = truths(run.storage().now(), &census, run.cluster().kubelets(), &key, run.now(), run.start());
        let told = told.into_iter().map(|text| anonymous(text).split(['.', ',']).next().unwrap_or_default().to_owned());
        (anonymous(model.sentence(run.now())), told.collect())
    }

    #[test]
    fn many_pods_out_of_sight_are_counted() {
        let rules = serde_json::json!([{"run": {"seconds": 400}}]);
        let check = |parallelism: usize, named: usize, end: &str| {
            let spec = format!("completionMode: Indexed, completions: 9, parallelism: {parallelism}");
            let mut run = played(manifest("Never", ONE, &spec), rules.clone(), 3000);
            for node in ["node-1", "node-2", "node-3"] {
                run.inject(Fault::NodeDown { node: node.into() });
            }
            to(&mut run, 9);
            let mut model = Model::default();
            model.update(run.storage());
            model.learn(run.cluster().kubelets());
            let told = model.sentence(run.now());
            assert_eq!(told.matches("runs unseen").count(), named, "{told}");
            assert!(told.ends_with(end), "{told}");
        };
        check(2, 2, " runs unseen.");
        check(5, 0, "demo: 5 running; 5 pods are out of sight.");
    }

    #[test]
    fn an_index_runs_twice_while_a_node_is_cut_off() {
        let check = |acts: &[(u64, &str)], at: u64, sentence: &str, expected: &[&str]| {
            let told = told(acts, at);
            assert_eq!((told.0.as_str(), told.1), (sentence, expected.iter().map(ToString::to_string).collect()));
        };
        let cut_off = "The API server cannot know what becomes of it: NODE is cut off";
        let ended = "The API server cannot know what became of it: NODE is cut off";
        let dark = "The API server cannot know what became of it: NODE has no power";
        let gone = "Its object is gone";
        let twice = "Index 0 runs twice: besides this pod SECOND does";
        check(&[(5, "cut off")], 20, "demo: 1 running; FIRST runs unseen.", &[cut_off]);
        let both = "demo: 1 running, 1 terminating; FIRST runs unseen; index 0 runs twice.";
        check(&[(5, "cut off")], 90, both, &[cut_off, twice]);
        check(&[(5, "cut off")], 410, "demo: 1 running, 1 terminating; FIRST ended unseen.", &[ended]);
        // Whoever deletes it by force, or declares the node dead, takes the object away and no more.
        let forced = "kubectl delete pod FIRST --force";
        check(&[(5, "cut off"), (58, forced)], 90, both, &[gone, twice]);
        let declared = "kubectl taint nodes NODE node.kubernetes.io/out-of-service=x:NoExecute";
        let failed = "demo: 1 running, 1 failed; FIRST runs unseen; index 0 runs twice.";
        check(&[(5, "cut off"), (70, declared)], 120, failed, &[gone, twice]);
        // It ends when its kubelet has heard of it.
        check(&[(5, "cut off"), (58, forced), (75, "back")], 90, "demo: 1 running, 1 terminating.", &[]);
        // Without power nothing runs, let alone twice.
        check(&[(5, "no power")], 20, "demo: 1 running; FIRST no power.", &[dark]);
        check(&[(5, "no power")], 90, "demo: 1 running, 1 terminating; FIRST no power.", &[dark]);
    }
}
