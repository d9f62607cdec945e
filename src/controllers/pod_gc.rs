//! The pod garbage collector: takes pods away that no kubelet will ever take away (spec 03 §9).
//!
//! Every 20 s it looks for pods that are being deleted and have no node, pods whose Node was deleted 40 s ago, pods on
//! nodes that an administrator has declared dead, and the oldest finished pods when there are too many.
//! In Kubernetes: `pkg/controller/podgc`.

use crate::api::{
    Condition, ConditionStatus, Kind, Node, Object, ObjectKey, Pod, PodPhase, PodStatus, Text, Time, Uid,
};
use crate::apiserver::{ApiServer, Change, ChangeType, Component, DeleteOptions, Request};
use crate::sim::{Map, Order, Set, Table, Timestamp};
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

/// How often it looks.
const PERIOD: Duration = Duration::from_secs(20);
/// When it first looks. Its rounds and those of whoever watches have nothing to do with each other; this is how they fell
/// in the recorded runs of a real control plane.
const FIRST_LOOK: Duration = Duration::from_secs(12);
/// How long a Node must have been gone.
const QUARANTINE: Duration = Duration::from_secs(40);
/// How many finished pods there may be.
const MOST_FINISHED: usize = 12_500;
const OUT_OF_SERVICE: &str = "node.kubernetes.io/out-of-service";

/// Takes away the pods that are left over.
#[derive(Clone, Debug, Default)]
pub struct PodGc {
    /// When it first looks: every 20 s from then on.
    first_look: Option<Timestamp>,
    /// The next round, while there is something to find.
    next_look: Option<Timestamp>,
    nodes: Table<Text>,
    /// Nodes that pods name and that do not exist, and since when that is known.
    missing: Map<Text, Option<Timestamp>>,
    /// Nodes that will not come back by themselves.
    out_of_service: Set<Text>,
    /// Pods that are being deleted and have no node.
    unscheduled: Map<Uid, ObjectKey>,
    finished: Finished,
}

/// Finished pods, by rank: those first that go first when there are too many.
#[derive(Clone, Debug, Default)]
struct Finished {
    /// Many were made in the same second.
    ranks: Map<Rank, VecDeque<(ObjectKey, Uid)>>,
    count: usize,
}

/// Evicted pods come before others, and then older ones before younger.
type Rank = (bool, Option<Time>);

impl Finished {
    fn insert(&mut self, rank: Rank, key: ObjectKey, uid: Uid) {
        self.ranks.entry(rank).or_default().push_back((key, uid));
        self.count += 1;
    }

    fn remove(&mut self, rank: Rank, uid: Uid) {
        let Some(peers) = self.ranks.get_mut(&rank) else { return };
        // Those that were too many go in this order.
        let Some(place) = peers.iter().position(|(_, known)| *known == uid) else { return };
        peers.remove(place);
        self.count -= 1;
        if peers.is_empty() {
            self.ranks.remove(&rank);
        }
    }

    /// Those that are too many. Of the same rank, in the order of their names.
    fn surplus(&mut self) -> Vec<(ObjectKey, Uid)> {
        let most = self.count.saturating_sub(MOST_FINISHED);
        let mut surplus = Vec::with_capacity(most);
        let first = self.ranks.iter().scan(0, |before, (&rank, peers)| {
            let passed = *before;
            *before += peers.len();
            (passed < most).then_some(rank)
        });
        for rank in first.collect::<Vec<_>>() {
            let Some(peers) = self.ranks.get_mut(&rank) else { continue };
            peers.make_contiguous().order_by(Ord::cmp);
            surplus.extend(peers.iter().take(most - surplus.len()).cloned());
        }
        surplus
    }
}

impl PodGc {
    /// A collector that has seen nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    fn note_node(&mut self, change: &Change, node: &Node) {
        let name = &node.metadata.name;
        self.out_of_service.remove(name);
        if change.change == ChangeType::Deleted {
            self.nodes.remove(name);
            self.missing.insert(name.clone(), None);
            return;
        }
        self.nodes.insert(name.clone(), ());
        self.missing.remove(name);
        let declared = node.spec.taints.iter().any(|taint| taint.key == OUT_OF_SERVICE);
        if declared && !node.is_ready() {
            self.out_of_service.insert(name.clone());
        }
    }

    fn note_pod(&mut self, change: &Change, pod: &Rc<Pod>) {
        let (uid, gone) = (pod.metadata.uid, change.change == ChangeType::Deleted);
        let key = || Object::Pod(Rc::clone(pod)).key();
        if !gone && pod.node_name.is_none() && pod.is_terminating() {
            self.unscheduled.insert(uid, key());
        } else if !self.unscheduled.is_empty() {
            self.unscheduled.remove(&uid);
        }
        let before = change.previous.as_ref().and_then(Object::as_pod);
        let is_bound = before.is_none_or(|before| before.node_name.is_none());
        if let Some(node) = pod.node_name.as_ref().filter(|node| is_bound && !gone && !self.nodes.contains_key(*node)) {
            self.missing.entry(node.clone()).or_insert(None);
        }
        let rank = |pod: &Pod| (pod.status.reason != "Evicted", pod.metadata.creation_timestamp);
        let before = before.filter(|before| before.is_finished()).map(|pod| rank(pod));
        match (pod.is_finished() && !gone).then(|| rank(pod)) {
            now if now == before => {}
            now => {
                before.into_iter().for_each(|rank| self.finished.remove(rank, uid));
                now.into_iter().for_each(|rank| self.finished.insert(rank, key(), uid));
            }
        }
    }

    fn has_work(&self) -> bool {
        let finished = self.finished.count > MOST_FINISHED;
        let nodes = !self.missing.is_empty() || !self.out_of_service.is_empty();
        finished || nodes || !self.unscheduled.is_empty()
    }

    /// Plans the next round after `now`, if there is something to find.
    fn plan(&mut self, now: Timestamp) {
        let first = *self.first_look.get_or_insert(now + FIRST_LOOK);
        let rounds = now.since(first).as_secs() / PERIOD.as_secs() + 1;
        let next = if now < first { first } else { first + PERIOD * u32::try_from(rounds).unwrap_or(u32::MAX) };
        self.next_look = self.has_work().then_some(next);
    }

    fn collect_surplus(&mut self, api: &mut ApiServer) {
        for (key, uid) in self.finished.surplus() {
            delete(api, key, uid);
        }
    }

    fn collect_from_missing_nodes(&mut self, api: &mut ApiServer) {
        let now = api.now();
        for (node, known) in std::mem::take(&mut self.missing) {
            let since = known.unwrap_or(now);
            let pods = pods_on(api, &node, |_| true);
            if pods.is_empty() {
                continue;
            }
            let is_over = now.since(since) >= QUARANTINE;
            // Whoever comes to the node later is given as long again.
            self.missing.insert(node, Some(if is_over { now } else { since }));
            if is_over {
                for (uid, key) in pods {
                    fail_and_delete(api, &key, uid, Some("PodGC: node no longer exists"));
                }
            }
        }
    }

    fn collect_from_dead_nodes(&self, api: &mut ApiServer) {
        for node in &self.out_of_service {
            for (uid, key) in pods_on(api, node, |pod| pod.metadata.is_deleting()) {
                fail_and_delete(api, &key, uid, None);
            }
        }
    }

    fn collect_unscheduled(&self, api: &mut ApiServer) {
        for (&uid, key) in &self.unscheduled {
            fail_and_delete(api, key, uid, None);
        }
    }
}

impl Component for PodGc {
    fn observe(&mut self, now: Timestamp, change: &Change) {
        match &change.object {
            Object::Node(node) => self.note_node(change, node),
            Object::Pod(pod) => self.note_pod(change, pod),
            _ => {}
        }
        if self.first_look.is_none() || self.has_work() == self.next_look.is_none() {
            self.plan(now);
        }
    }

    fn wake_at(&self) -> Option<Timestamp> {
        self.next_look
    }

    fn wake(&mut self, api: &mut ApiServer) {
        self.collect_surplus(api);
        self.collect_from_missing_nodes(api);
        self.collect_from_dead_nodes(api);
        self.collect_unscheduled(api);
        self.plan(api.now());
    }
}

fn pods_on(api: &ApiServer, node: &Text, meant: impl Fn(&Pod) -> bool) -> Vec<(Uid, ObjectKey)> {
    let pods = api
        .live()
        .list(Kind::Pod)
        .filter(|object| object.as_pod().is_some_and(|pod| pod.node_name.as_ref() == Some(node) && meant(pod)));
    pods.map(|pod| (pod.metadata().uid, pod.key())).collect()
}

/// Takes a pod away without waiting for anybody; one that has not finished has failed.
fn fail_and_delete(api: &mut ApiServer, key: &ObjectKey, uid: Uid, disruption: Option<&'static str>) {
    let Some(pod) = api.live().get(key).and_then(Object::into_pod).filter(|pod| pod.metadata.uid == uid) else {
        return;
    };
    if !pod.is_finished() {
        let mut status = PodStatus { phase: PodPhase::Failed, ..(*pod.status).clone() };
        if let Some(message) = disruption {
            status.set_condition(Condition {
                kind: "DisruptionTarget".into(),
                status: ConditionStatus::True,
                reason: "DeletionByPodGC".into(),
                message: message.into(),
                last_transition_time: Some(Time::from(api.now())),
                observed_generation: pod.metadata.generation,
                ..Condition::default()
            });
        }
        let failed = Pod { status: Rc::new(status), ..(*pod).clone() };
        // Refused only if it is gone meanwhile.
        let _ = api.handle(Request::UpdateStatus(failed.into()));
    }
    delete(api, key.clone(), uid);
}

fn delete(api: &mut ApiServer, key: ObjectKey, uid: Uid) {
    let options = DeleteOptions { grace_period_seconds: Some(0), uid: Some(uid), ..DeleteOptions::default() };
    // Refused only if it is gone meanwhile.
    let _ = api.handle(Request::Delete { key, options });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evicted_pods_go_first_and_then_the_oldest() {
        let pods = |evicted: bool, made: i64, names: &[&'static str]| -> Vec<(Rank, &'static str)> {
            names.iter().map(|&name| ((!evicted, Some(Time::from_secs(made))), name)).collect()
        };
        let check = |surplus: usize, expected: &[&str]| {
            let mut finished = Finished::default();
            let named = [pods(false, 5, &["d", "c"]), pods(false, 4, &["b"]), pods(true, 9, &["z"])].concat();
            let crowd = (named.len()..MOST_FINISHED + surplus).map(|_| ((true, Some(Time::from_secs(6))), "crowd"));
            let key = |name: &'static str| ObjectKey::new(Kind::Pod, "default", name);
            for (number, (rank, name)) in named.iter().copied().chain(crowd).enumerate() {
                finished.insert(rank, key(name), Uid(number as u128));
            }
            // What is gone for another reason is no surplus.
            let (rank, gone) = ((true, None), Uid(u128::MAX));
            finished.insert(rank, key("gone"), gone);
            finished.remove(rank, gone);
            finished.remove(rank, gone);
            let mut surplus = finished.surplus();
            let names: Vec<_> = surplus.iter().map(|(key, _)| key.name.clone()).collect();
            assert_eq!(names, expected);
            // They go in any order.
            surplus.reverse();
            for (key, uid) in surplus {
                let rank = named.iter().find(|(_, name)| key.name == *name).map(|(rank, _)| *rank);
                finished.remove(rank.unwrap_or((true, Some(Time::from_secs(6)))), uid);
            }
            assert_eq!(finished.surplus(), []);
        };
        check(0, &[]);
        check(1, &["z"]);
        check(3, &["z", "b", "c"]);
        check(5, &["z", "b", "c", "d", "crowd"]);
    }
}
