//! The nodes as their own kubelets know them.

use super::super::healthy;
use super::super::images::Contents;
use super::{Kubelets, Timer};
use crate::api::{
    ConditionStatus, Decimal, Kind, Node, NodeConditions, NodeStatus, Object, ObjectKey, ObjectReference, Pod, Text,
    Uid,
};
use crate::apiserver::{ApiServer, EventRecorder, Request};
use crate::sim::{Map, Set, Timestamp};
use std::rc::Rc;

/// What is left between a node and the API server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Contact {
    Whole,
    /// Nothing gets through, either way.
    CutOff,
    /// Its Node was deleted: its kubelet hears, but nobody listens to it.
    Disowned,
    /// It has no power: nothing runs.
    NoPower,
}

/// A node, as its own kubelet knows it.
#[derive(Clone, Debug)]
pub(super) struct Machine {
    pub(super) contact: Contact,
    /// It is short of memory, or was, and says so until then.
    pub(super) short_until: Option<Timestamp>,
    /// It is being shut down: it is off when its last pod has ended.
    pub(super) leaving: bool,
    /// It is to come back as soon as it is off.
    pub(super) returning: bool,
    /// How often it has been started again.
    pub(super) boots: u32,
    pub(super) host_ip: Text,
    /// What the addresses of its pods begin with: `10.244.1.`
    pub(super) pod_prefix: Text,
    pub(super) next_address: u8,
    /// Which of them are taken, by their last number.
    pub(super) addresses: [bool; 256],
    pub(super) images: Set<Text>,
    /// What is in those that the learner has built, as they were when they were pulled.
    pub(super) built: Map<Text, Option<Rc<Contents>>>,
    /// What the kubelet would have done while it was down.
    pub(super) missed: Vec<Timer>,
    pub(super) recorder: EventRecorder,
}

impl Machine {
    pub(super) fn new(node: &Node) -> Self {
        let host_ip = node.status.addresses.iter().find(|address| address.kind == "InternalIP");
        let network = node.spec.pod_cidr.rsplit_once('.').map_or("10.244.0", |(network, _)| network);
        Self {
            contact: Contact::Whole,
            short_until: None,
            leaving: false,
            returning: false,
            boots: 0,
            host_ip: host_ip.map_or(Text::EMPTY, |address| address.address.clone()),
            pod_prefix: Text::from(format!("{network}.")),
            next_address: 2,
            addresses: [false; 256],
            images: Set::new(),
            built: Map::new(),
            missed: Vec::new(),
            recorder: EventRecorder::new("kubelet", node.metadata.name.clone()),
        }
    }

    /// Whether the API server learns what its kubelet says.
    pub(super) fn reports(&self) -> bool {
        self.contact == Contact::Whole
    }

    /// Whether its kubelet learns what the API server says.
    pub(super) fn hears(&self) -> bool {
        matches!(self.contact, Contact::Whole | Contact::Disowned)
    }

    pub(super) fn has_power(&self) -> bool {
        self.contact != Contact::NoPower
    }

    /// The next free address: round and round, as host-local hands them out. A full network gives some out twice.
    pub(super) fn address(&mut self) -> Text {
        let after = |number: u8| if number >= 254 { 2 } else { number + 1 };
        let mut number = self.next_address;
        for _ in 2..=254 {
            if !self.addresses[usize::from(number)] {
                break;
            }
            number = after(number);
        }
        self.addresses[usize::from(number)] = true;
        self.next_address = after(number);
        Text::concat(&[&self.pod_prefix, Decimal::of(number.into()).as_str()])
    }

    pub(super) fn release(&mut self, ip: &Text) {
        let number = ip.strip_prefix(self.pod_prefix.as_str()).and_then(|number| number.parse::<u8>().ok());
        if let Some(number) = number {
            self.addresses[usize::from(number)] = false;
        }
    }
}

impl Kubelets {
    /// A kubelet is back: it posts its node's status, catches up, and reports on all its pods.
    pub(super) fn come_back(&mut self, api: &mut ApiServer, node: &Text) {
        let Some(machine) = self.machine_named(node) else { return };
        machine.returning = machine.leaving;
        if machine.reports() {
            return;
        }
        let rebooted = !machine.has_power();
        machine.contact = Contact::Whole;
        machine.boots += u32::from(rebooted);
        let boots = machine.boots;
        machine.short_until = None;
        let missed = std::mem::take(&mut machine.missed);
        api.renew_lease(node);
        if rebooted {
            self.node_event(api, node, "Normal", "Starting", "Starting kubelet.".into());
            let message = Text::concat(&["Node ", node, " has been rebooted, boot id: ", &boot_id(boots, api, node)]);
            self.node_event(api, node, "Warning", "Rebooted", message);
        }
        if self.post_status(api, node) == Some(false) {
            self.tell(api, node, "NodeReady");
        }
        if rebooted {
            self.reboot(api, node);
        }
        for timer in missed {
            self.fire(api, timer);
        }
        let is_here = |pod: &Rc<Pod>| pod.node_name.as_ref() == Some(node);
        let pods = api.live().list(Kind::Pod).filter_map(Object::into_pod).filter(|pod| is_here(pod));
        let pods: Map<Uid, Rc<Pod>> = pods.map(|pod| (pod.metadata.uid, pod)).collect();
        let known = self.workers.ordered().filter(|(_, worker)| is_here(&worker.pod));
        for uid in known.map(|(&uid, _)| uid).collect::<Vec<_>>() {
            match pods.get(&uid) {
                Some(pod) if !pod.is_finished() => {
                    self.worker(uid, |worker| worker.pod = Rc::clone(pod));
                    self.note_truth(api.now(), uid);
                    self.report(api, uid);
                    if pod.metadata.is_deleting() {
                        self.stop_deleted(api, uid);
                    } else {
                        self.replace(api, uid);
                    }
                }
                _ => self.abandon(api, uid),
            }
        }
        for (uid, pod) in pods {
            if !pod.is_finished() && !self.workers.contains_key(&uid) {
                self.admit(api, pod);
            }
        }
    }

    /// A kubelet says how its node is; whether the node was ready before.
    pub(super) fn post_status(&mut self, api: &mut ApiServer, node: &Text) -> Option<bool> {
        let machine = self.machine_named(node)?;
        post_node_status(api, node, machine.short_until.is_some(), machine.leaving, machine.boots)
    }

    /// That a node's status is another now, as an event.
    pub(super) fn tell(&mut self, api: &mut ApiServer, node: &Text, what: &'static str) {
        self.node_event(api, node, "Normal", what, Text::concat(&["Node ", node, " status is now: ", what]));
    }

    /// An event of a kubelet about its own node.
    pub(super) fn node_event(
        &mut self,
        api: &mut ApiServer,
        node: &Text,
        kind: &'static str,
        reason: &'static str,
        message: Text,
    ) {
        let key = ObjectKey::new(Kind::Node, Text::EMPTY, node.clone());
        let Some(uid) = api.live().get(&key).map(|node| node.metadata().uid) else { return };
        let about = ObjectReference::to(Kind::Node, &Text::EMPTY, node, uid);
        let tells = self.profile.events;
        if let Some(machine) = self.machine_named(node).filter(|machine| machine.reports() && tells) {
            machine.recorder.event(api, about, kind, reason, message);
        }
    }
}

/// The number that a node gives itself when it is started, for the so-manieth time after the first.
fn boot_id(boots: u32, api: &ApiServer, name: &Text) -> Text {
    let key = ObjectKey::new(Kind::Node, Text::EMPTY, name.clone());
    let node = api.live().get(&key).and_then(Object::into_node);
    let known = node.as_ref().and_then(|node| node.status.node_info.get("bootID"));
    known.and_then(|id| id.get(8..)).map_or(Text::EMPTY, |rest| format!("{boots:08x}{rest}").into())
}

/// Says how a node is, as its kubelet knows it; whether it was ready before.
fn post_node_status(api: &mut ApiServer, name: &Text, short: bool, leaving: bool, boots: u32) -> Option<bool> {
    let now = api.now();
    let key = ObjectKey::new(Kind::Node, Text::EMPTY, name.clone());
    let node = api.live().get(&key).and_then(Object::into_node)?;
    let was_ready = node.is_ready();
    let mut conditions = healthy(now);
    for condition in &mut conditions {
        let (status, reason, message) = match condition.kind.as_str() {
            "MemoryPressure" if short => {
                (ConditionStatus::True, "KubeletHasInsufficientMemory", "kubelet has insufficient memory available")
            }
            "Ready" if leaving => (ConditionStatus::False, "KubeletNotReady", "node is shutting down"),
            _ => (condition.status, "", ""),
        };
        if !reason.is_empty() {
            (condition.status, condition.reason, condition.message) = (status, reason.into(), message.into());
        }
        let old = node.status.conditions.iter().find(|old| old.kind == condition.kind);
        if let Some(old) = old.filter(|old| old.status == condition.status) {
            condition.last_transition_time = old.last_transition_time;
        }
    }
    let mut node_info = node.status.node_info.clone();
    if boots > 0 {
        node_info.insert("bootID".into(), boot_id(boots, api, name));
    }
    let status = Rc::new(NodeStatus { conditions: NodeConditions(conditions), node_info, ..(*node.status).clone() });
    let told = Node { status, ..(*node).clone() };
    // Refused only if the Node was deleted meanwhile.
    api.handle(Request::UpdateStatus(told.into())).is_ok().then_some(was_ready)
}
