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
/// Of several lost nodes, one in this time begins to lose its pods.
const EVICTION_PERIOD: Duration = Duration::from_secs(10);

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
    /// When it first heard of a node: it looks at them all every 5 s from then on.
    since: Option<Timestamp>,
    /// The first such moment at which some node may have been silent for too long.
    next_look: Option<Timestamp>,
    /// When the next lost node may begin to lose its pods, and those that wait for it.
    next_eviction: Timestamp,
    held_back: VecDeque<Text>,
    recorder: EventRecorder,
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
            next_eviction: Timestamp::default(),
            held_back: VecDeque::new(),
            recorder,
        }
    }

    /// Looks after nodes that nobody has heard of for too long.
    fn monitor(&mut self, api: &mut ApiServer) {
        let now = api.now();
        let since = self.since.unwrap_or(now);
        let mut next = None;
        for node in self.nodes.values().cloned().collect::<Vec<_>>() {
            let created = node.metadata.creation_timestamp.map_or(now, Time::timestamp);
            let heard = api.lease(&node.metadata.name).unwrap_or(created);
            let known = ready(&node).is_some_and(|ready| ready.status == ConditionStatus::Unknown);
            if known {
                continue;
            }
            let deadline = heard + GRACE_PERIOD;
            if deadline < now {
                self.lose(api, &node);
            } else {
                let rounds = deadline.since(since).as_millis() / MONITOR_PERIOD.as_millis() + 1;
                let look = since + MONITOR_PERIOD * u32::try_from(rounds).unwrap_or(u32::MAX);
                next = Some(next.map_or(look, |earliest: Timestamp| earliest.min(look)));
            }
        }
        self.next_look = next;
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

    /// Makes a node's taints say what is true of it; taints of others stay.
    fn sync_taints(&mut self, api: &mut ApiServer, name: &Text) {
        let key = ObjectKey::new(Kind::Node, Text::EMPTY, name.clone());
        let Some(node) = api.live().get(&key).and_then(Object::into_node) else { return };
        let mut wanted = wanted_taints(&node);
        let drives_off = |(_, effect): &(&str, &str)| *effect == "NoExecute";
        let held = node.spec.taints.iter().map(|taint| (taint.key.as_str(), taint.effect.as_str()));
        let driven_off = held.filter(drives_off).any(|(key, _)| [NOT_READY, UNREACHABLE].contains(&key));
        if !driven_off && wanted.iter().any(drives_off) {
            if self.next_eviction <= api.now() {
                self.next_eviction = api.now() + EVICTION_PERIOD;
            } else {
                wanted.retain(|taint| !drives_off(taint));
                if !self.held_back.contains(name) {
                    self.held_back.push_back(name.clone());
                }
            }
        }
        let is_ours = |taint: &Taint| {
            let no_execute = taint.effect == "NoExecute" && [NOT_READY, UNREACHABLE].contains(&taint.key.as_str());
            [UNSCHEDULABLE, MEMORY_PRESSURE, NOT_READY, UNREACHABLE].contains(&taint.key.as_str())
                && (taint.effect == "NoSchedule" || no_execute)
        };
        let is_wanted = |taint: &Taint| wanted.contains(&(taint.key.as_str(), taint.effect.as_str()));
        let has =
            |key: &str, effect: &str| node.spec.taints.iter().any(|taint| taint.key == key && taint.effect == effect);
        let kept = node.spec.taints.iter().filter(|taint| !is_ours(taint) || is_wanted(taint)).cloned();
        let added = wanted.iter().filter(|(key, effect)| !has(key, effect)).map(|&(key, effect)| Taint {
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
        self.since.get_or_insert(now);
        let name = &node.metadata.name;
        if change.change == ChangeType::Deleted {
            self.nodes.remove(name);
            self.changed.remove(name);
        } else {
            self.nodes.insert(name.clone(), Rc::clone(node));
            self.changed.insert(name.clone());
        }
    }

    fn wake_at(&self) -> Option<Timestamp> {
        if !self.changed.is_empty() {
            return Some(Timestamp::default());
        }
        let eviction = (!self.held_back.is_empty()).then_some(self.next_eviction);
        self.next_look.into_iter().chain(eviction).min()
    }

    fn wake(&mut self, api: &mut ApiServer) {
        for name in std::mem::take(&mut self.changed) {
            self.sync_taints(api, &name);
        }
        while self.next_eviction <= api.now()
            && let Some(name) = self.held_back.pop_front()
        {
            self.sync_taints(api, &name);
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
