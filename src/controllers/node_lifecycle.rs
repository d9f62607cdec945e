//! The node lifecycle controller: notices nodes that fall silent, and says with taints what is wrong with a node
//! (spec 03 §11).
//!
//! Power off a node and for some 50 s nothing is to be seen; then `kubectl get nodes` says NotReady, its pods are not
//! ready, and after 300 s more they are evicted.
//! In Kubernetes: `pkg/controller/nodelifecycle`.

use crate::api::{
    Condition, ConditionStatus, Kind, Node, NodeStatus, Object, ObjectKey, ObjectReference, Pod, Taint, Text, Time,
};
use crate::apiserver::{ApiServer, Change, ChangeType, Component, EventRecorder, Request};
use crate::sim::{Map, Set, Timestamp};
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

/// How long a kubelet may be silent.
const GRACE_PERIOD: Duration = Duration::from_secs(50);
/// How often that is looked at.
const MONITOR_PERIOD: Duration = Duration::from_secs(5);
/// When it first looks. Its rounds and the leases of kubelets have nothing to do with each other; this is how they fell in
/// the recorded runs of a real control plane.
const FIRST_LOOK: Duration = Duration::from_millis(3500);
/// Of several lost nodes, one in this time begins to lose its pods.
const EVICTION_PERIOD: Duration = Duration::from_secs(10);
/// If so many nodes are lost, and so many percent of them all, no more of them lose their pods.
const DISRUPTION: (usize, usize) = (3, 55);

const UNSCHEDULABLE: &str = "node.kubernetes.io/unschedulable";
const NOT_READY: &str = "node.kubernetes.io/not-ready";
const UNREACHABLE: &str = "node.kubernetes.io/unreachable";
const MEMORY_PRESSURE: &str = "node.kubernetes.io/memory-pressure";

/// Watches over the nodes.
#[derive(Clone, Debug)]
pub struct NodeLifecycle {
    nodes: Map<Text, Rc<Node>>,
    /// Nodes whose taints may not say what is true of them.
    changed: Set<Text>,
    /// When it first looks at all nodes: every 5 s from then on.
    since: Option<Timestamp>,
    /// The first such moment at which some node may have been silent for too long, or is to be told that it is back.
    next_look: Option<Timestamp>,
    /// Nodes that are back: their pods may stay from the next look on.
    back: Set<Text>,
    evictions: Evictions,
    /// When the next lost node may begin to lose its pods, and those that wait for it.
    next_eviction: Timestamp,
    held_back: VecDeque<Text>,
    recorder: EventRecorder,
}

/// Whether lost nodes lose their pods: not if so many are lost that it may well be the controller that is cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Evictions {
    /// One node after the other.
    Paced,
    /// No further node.
    Halted,
    /// None, not even those that were about to: no node is left.
    Revoked,
}

impl Evictions {
    fn of(lost: usize, nodes: usize) -> Self {
        match (lost, nodes - lost) {
            (1.., 0) => Self::Revoked,
            _ if lost >= DISRUPTION.0 && lost * 100 >= nodes * DISRUPTION.1 => Self::Halted,
            _ => Self::Paced,
        }
    }
}

impl NodeLifecycle {
    /// A controller that knows no node yet.
    pub fn new() -> Self {
        let recorder = EventRecorder::new("node-controller", "");
        Self {
            nodes: Map::new(),
            changed: Set::new(),
            since: None,
            next_look: None,
            back: Set::new(),
            evictions: Evictions::Paced,
            next_eviction: Timestamp::default(),
            held_back: VecDeque::new(),
            recorder,
        }
    }

    /// Looks after nodes that nobody has heard of for too long, and at how many are left.
    fn monitor(&mut self, api: &mut ApiServer) {
        let now = api.now();
        let (mut next, mut lost) = (None, 0);
        for node in self.nodes.values().cloned().collect::<Vec<_>>() {
            let created = node.metadata.creation_timestamp.map_or(now, Time::timestamp);
            let heard = api.lease(&node.metadata.name).unwrap_or(created);
            let known = ready(&node).map(|ready| ready.status);
            lost += usize::from(known != Some(ConditionStatus::True));
            if known == Some(ConditionStatus::Unknown) {
                continue;
            }
            let deadline = heard + GRACE_PERIOD;
            if deadline < now {
                self.lose(api, &node);
                lost += usize::from(known == Some(ConditionStatus::True));
            } else {
                let look = self.look_after(deadline);
                next = Some(next.map_or(look, |earliest: Timestamp| earliest.min(look)));
            }
        }
        self.next_look = next;
        let evictions = Evictions::of(lost, self.nodes.len());
        if std::mem::replace(&mut self.evictions, evictions) != evictions && evictions == Evictions::Revoked {
            self.changed.extend(self.nodes.keys().cloned());
        }
        for name in std::mem::take(&mut self.back) {
            self.sync_taints(api, &name, true);
        }
    }

    /// The first look after an instant.
    fn look_after(&self, instant: Timestamp) -> Timestamp {
        let first = self.since.unwrap_or(instant);
        let rounds = instant.since(first).as_millis() / MONITOR_PERIOD.as_millis() + 1;
        if instant < first { first } else { first + MONITOR_PERIOD * u32::try_from(rounds).unwrap_or(u32::MAX) }
    }

    /// A node has fallen silent.
    fn lose(&mut self, api: &mut ApiServer, node: &Node) {
        let now = Time::from(api.now());
        let mut status: NodeStatus = (*node.status).clone();
        for condition in status.conditions.iter_mut() {
            *condition = Condition {
                status: ConditionStatus::Unknown,
                reason: "NodeStatusUnknown".into(),
                message: "Kubelet stopped posting node status.".into(),
                last_transition_time: Some(now),
                ..condition.clone()
            };
        }
        let lost = Node { status: Rc::new(status), resource_version: 0, ..node.clone() };
        // Refused only if the node is gone meanwhile.
        let _ = api.handle(Request::UpdateStatus(lost.into()));
        if ready(node).is_none_or(|ready| ready.status != ConditionStatus::True) {
            // It has said so itself.
            return;
        }
        let name = &node.metadata.name;
        let about = ObjectReference::to(Kind::Node, &Text::EMPTY, name, node.metadata.uid);
        let message = format!("Node {name} status is now: NodeNotReady");
        self.recorder.event(api, about, "Normal", "NodeNotReady", message);
        let pods = api.live().list(Kind::Pod).filter_map(Object::into_pod);
        let here = pods.filter(|pod| pod.node_name.as_ref() == Some(name) && pod.is_ready());
        for pod in here.collect::<Vec<_>>() {
            self.mark_not_ready(api, &pod);
        }
    }

    fn mark_not_ready(&mut self, api: &mut ApiServer, pod: &Pod) {
        let mut status = (*pod.status).clone();
        let since = Some(Time::from(api.now()));
        for condition in status.conditions.iter_mut().filter(|condition| condition.kind == "Ready") {
            (condition.status, condition.last_transition_time) = (ConditionStatus::False, since);
            condition.observed_generation = pod.metadata.generation;
        }
        let marked = Pod { status: Rc::new(status), ..pod.clone() };
        // Refused only if the pod is gone meanwhile.
        let _ = api.handle(Request::UpdateStatus(marked.into()));
        let metadata = &pod.metadata;
        let about = ObjectReference::to(Kind::Pod, &metadata.namespace, &metadata.name, metadata.uid);
        self.recorder.event(api, about, "Warning", "NodeNotReady", "Node is not ready");
    }

    /// Makes a node's taints say what is true of it; taints of others stay. That its pods may stay after all is said only
    /// when all nodes are looked at: `looks`.
    fn sync_taints(&mut self, api: &mut ApiServer, name: &Text, looks: bool) {
        let key = ObjectKey::new(Kind::Node, Text::EMPTY, name.clone());
        let Some(node) = api.live().get(&key).and_then(Object::into_node) else { return };
        let mut wanted = wanted_taints(&node);
        let drives_off = |(_, effect): &(&str, &str)| *effect == "NoExecute";
        let has = |(key, effect): &(&str, &str)| {
            node.spec.taints.iter().any(|taint| taint.key == *key && taint.effect == *effect)
        };
        let driven_off = [NOT_READY, UNREACHABLE].iter().any(|&key| has(&(key, "NoExecute")));
        let lost = wanted.iter().any(drives_off);
        let begins = !driven_off && self.evictions == Evictions::Paced && self.next_eviction <= api.now();
        if lost && begins {
            self.next_eviction = api.now() + EVICTION_PERIOD;
        } else if lost && (!driven_off || self.evictions == Evictions::Revoked) {
            wanted.retain(|taint| !drives_off(taint));
            if !self.held_back.contains(name) {
                self.held_back.push_back(name.clone());
            }
        } else if driven_off && !lost && !looks {
            wanted
                .extend([NOT_READY, UNREACHABLE].map(|key| (key, "NoExecute")).into_iter().filter(|taint| has(taint)));
            self.back.insert(name.clone());
        }
        let is_ours = |taint: &Taint| {
            let no_execute = taint.effect == "NoExecute" && [NOT_READY, UNREACHABLE].contains(&taint.key.as_str());
            [UNSCHEDULABLE, MEMORY_PRESSURE, NOT_READY, UNREACHABLE].contains(&taint.key.as_str())
                && (taint.effect == "NoSchedule" || no_execute)
        };
        let is_wanted = |taint: &Taint| wanted.contains(&(taint.key.as_str(), taint.effect.as_str()));
        let kept = node.spec.taints.iter().filter(|taint| !is_ours(taint) || is_wanted(taint)).cloned();
        let added = wanted.iter().filter(|taint| !has(taint)).map(|&(key, effect)| Taint {
            effect: effect.into(),
            key: key.into(),
            time_added: Some(Time::from(api.now())),
            value: Text::EMPTY,
        });
        let taints: Vec<Taint> = kept.chain(added).collect();
        if taints != node.spec.taints {
            let mut tainted = (*node).clone();
            tainted.spec.taints = taints;
            // Refused only if the node is gone or was changed meanwhile, and then it is looked at again.
            let _ = api.handle(Request::Update(tainted.into()));
        }
    }
}

impl Default for NodeLifecycle {
    fn default() -> Self {
        Self::new()
    }
}

impl Component for NodeLifecycle {
    fn observe(&mut self, now: Timestamp, change: &Change) {
        let Object::Node(node) = &change.object else { return };
        self.since.get_or_insert(now + FIRST_LOOK);
        let name = &node.metadata.name;
        let status = |node: &Node| ready(node).map(|ready| ready.status);
        let turned = if change.change == ChangeType::Deleted {
            self.nodes.remove(name);
            self.changed.remove(name);
            true
        } else {
            self.changed.insert(name.clone());
            let known = self.nodes.insert(name.clone(), Rc::clone(node));
            known.is_none_or(|known| status(&known) != status(node))
        };
        // How many of them are lost may be another number now.
        if turned {
            let look = self.look_after(now);
            self.next_look = Some(self.next_look.map_or(look, |next| next.min(look)));
        }
    }

    fn wake_at(&self) -> Option<Timestamp> {
        if !self.changed.is_empty() {
            return Some(Timestamp::default());
        }
        let goes_on = !self.held_back.is_empty() && self.evictions == Evictions::Paced;
        let eviction = goes_on.then_some(self.next_eviction);
        self.next_look.into_iter().chain(eviction).min()
    }

    fn wake(&mut self, api: &mut ApiServer) {
        for name in std::mem::take(&mut self.changed) {
            self.sync_taints(api, &name, false);
        }
        while self.evictions == Evictions::Paced
            && self.next_eviction <= api.now()
            && let Some(name) = self.held_back.pop_front()
        {
            self.sync_taints(api, &name, false);
        }
        // Also when a node is new or back: it has a deadline of its own.
        if self.next_look.is_none_or(|look| look <= api.now()) {
            self.monitor(api);
        }
    }
}

fn ready(node: &Node) -> Option<&Condition> {
    node.status.conditions.iter().find(|condition| condition.kind == "Ready")
}

/// The taints that this controller gives a node: key and effect.
fn wanted_taints(node: &Node) -> Vec<(&'static str, &'static str)> {
    let mut wanted = Vec::new();
    if node.spec.unschedulable {
        wanted.push((UNSCHEDULABLE, "NoSchedule"));
    }
    if node.status.conditions.iter().any(|condition| condition.holds("MemoryPressure")) {
        wanted.push((MEMORY_PRESSURE, "NoSchedule"));
    }
    let wrong = match ready(node).map(|ready| ready.status) {
        Some(ConditionStatus::Unknown) => Some(UNREACHABLE),
        Some(ConditionStatus::False) => Some(NOT_READY),
        _ => None,
    };
    wanted.extend(wrong.iter().flat_map(|&key| [(key, "NoSchedule"), (key, "NoExecute")]));
    wanted
}
