//! How people point at pods: the third of its Job, the second attempt of index 1 (`${pod index=1}`).

use crate::api::{Kind, Object, Pod, Text, Uid};
use crate::apiserver::{ChangeType, Storage};
use crate::sim::Map;
use std::rc::Rc;

/// Where a pod stands among its siblings.
#[derive(Clone, Debug, PartialEq)]
pub struct PodFacts {
    /// As it was created.
    pub pod: Rc<Pod>,
    /// The revision of its creation.
    pub revision: u64,
    /// The name of its Job.
    pub job: Option<Text>,
    /// The order of creation within its Job, from 0.
    pub ordinal: u32,
    /// The completion index, for a pod of an Indexed Job.
    pub index: Option<u32>,
    /// How many pods of the same index of the same Job came before.
    pub attempt: Option<u32>,
}

/// Every pod that was ever created, in that order.
pub fn pod_facts(storage: &Storage) -> Vec<PodFacts> {
    let mut ordinals = Map::<(Option<Text>, Uid), u32>::new();
    let mut attempts = Map::<(Uid, u32), u32>::new();
    let next = |count: &mut u32| std::mem::replace(count, *count + 1);
    let created = storage.changes_since(0).filter(|change| change.change == ChangeType::Added);
    let facts = created.filter_map(|change| {
        let Object::Pod(pod) = change.object else { return None };
        let owner = pod.metadata.controller().filter(|owner| owner.kind == "Job");
        let uid = owner.map_or(Uid::default(), |owner| owner.uid);
        let job = owner.map(|owner| owner.name.clone());
        let index = pod.completion_index();
        Some(PodFacts {
            revision: change.revision,
            ordinal: next(ordinals.entry((job.clone(), uid)).or_default()),
            attempt: index.map(|index| next(attempts.entry((uid, index)).or_default())),
            pod: pod.clone(),
            job,
            index,
        })
    });
    facts.collect()
}

/// What stands for a pod that is not there.
pub(super) const NO_POD: &str = "NO-POD";

/// Fills in `${pod index=1 attempt=0}`, `${node of pod ordinal=0}` and `${ns}`: the newest existing pod that matches, or
/// with `any=1` one that is already gone. A pod that matches nothing is `NO-POD`; any other variable stays as it is.
pub fn expand(line: &str, storage: &Storage) -> String {
    let mut expanded = String::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once("${") {
        expanded.push_str(before);
        let Some((variable, after)) = after.split_once('}') else {
            expanded.push_str("${");
            rest = after;
            continue;
        };
        match value(variable, storage) {
            Some(value) => expanded.push_str(&value),
            None => expanded.push_str(&format!("${{{variable}}}")),
        }
        rest = after;
    }
    expanded + rest
}

fn value(variable: &str, storage: &Storage) -> Option<Text> {
    if variable == "ns" {
        return Some("default".into());
    }
    if let Some(query) = variable.strip_prefix("node of pod") {
        return newest_pod(query, storage)?.node_name.clone();
    }
    let pod = newest_pod(variable.strip_prefix("pod")?, storage);
    Some(pod.map_or(NO_POD.into(), |pod| pod.metadata.name.clone()))
}

/// The pod's newest version; of a pod that is gone, its last.
fn newest_pod(query: &str, storage: &Storage) -> Option<Rc<Pod>> {
    let keys: Vec<(&str, &str)> = query.split_whitespace().filter_map(|term| term.split_once('=')).collect();
    let any = keys.contains(&("any", "1"));
    let matches = |facts: &PodFacts| {
        keys.iter().all(|&(key, wanted)| match key {
            "job" => facts.job.as_deref() == Some(wanted),
            "index" => facts.index.map(|index| index.to_string()).as_deref() == Some(wanted),
            "attempt" => facts.attempt.map(|attempt| attempt.to_string()).as_deref() == Some(wanted),
            "ordinal" => facts.ordinal.to_string() == wanted,
            "pod" => facts.pod.metadata.name == *wanted,
            "container" => {
                let spec = &facts.pod.spec;
                spec.init_containers.iter().chain(&spec.containers).any(|container| container.name == *wanted)
            }
            _ => true,
        })
    };
    let newest = |facts: PodFacts| {
        let uid = facts.pod.metadata.uid;
        let live = storage.now().get(&Object::Pod(facts.pod).key()).and_then(Object::into_pod);
        let live = live.filter(|pod| pod.metadata.uid == uid);
        live.or_else(|| {
            if !any {
                return None;
            }
            let later = storage.changes_since(facts.revision - 1).filter_map(|change| change.object.into_pod());
            later.filter(|pod| pod.metadata.uid == uid).last()
        })
    };
    let is_there =
        |pod: &Rc<Pod>| keys.iter().all(|&(key, node)| key != "node" || pod.node_name.as_deref() == Some(node));
    pod_facts(storage).into_iter().rev().filter(matches).filter_map(newest).find(is_there)
}

/// Whether an object's kind is one that recorded runs tell of.
pub(super) fn is_told_of(kind: &str) -> bool {
    [Kind::Job, Kind::CronJob, Kind::Pod].iter().any(|told| told.resource().name == kind)
}
