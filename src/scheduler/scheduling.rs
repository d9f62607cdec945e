//! The scheduler's loop: what it notes of the cluster, and what it does for each pod in turn.

use super::events::Events;
use super::filter::{Refusals, filter};
use super::hints::ClusterEvent;
use super::neighbours::{self, Neighbours};
use super::node_affinity::CONFLICT;
use super::node_info::{Demand, NodeInfo, PodInfo};
use super::nodes::Nodes;
use super::plugins::Plugins;
use super::preemption::{Budgets, Plan, gentlest, plan};
use super::queue::{Occasion, Place, Progress, Queue, Verdict};
use super::score::{reluctance, score};
use super::unfit::Unfit;
use crate::api::{Condition, ConditionStatus, Kind, Node, Object, ObjectKey, Pod, PodStatus, Text, Time, Uid};
use crate::apiserver::{ApiServer, Change, ChangeType, Component, DeleteOptions, Request};
use crate::sim::{Map, Order, Table, Timestamp};
use std::borrow::Cow;
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

/// The name under which pods ask for it.
const SCHEDULER_NAME: &str = "default-scheduler";
/// How long pods wait at most before they are tried again, though nothing has happened.
const PATIENCE: Duration = Duration::from_secs(300);
/// Why a pod is ended that makes room for another.
const PREEMPTED: &str = "PreemptionByScheduler";
/// How many pods of one template are told in one go that there is still no room. Kubernetes tells all of them.
const TOLD_AGAIN: u32 = 32;

/// The scheduler.
#[derive(Clone, Debug, Default)]
pub struct Scheduler {
    nodes: Nodes,
    /// On which node each pod is that takes something of it.
    bound: Table<Uid, Text>,
    queue: Queue,
    /// Pods for which room is being made, and where.
    nominated: Map<Uid, (Text, PodInfo)>,
    events: Events,
    /// What was observed and has not been taken into account. One after the other: each may find a pod its node.
    inbox: VecDeque<News>,
    /// Counts what changes the nodes in the scheduler's eyes.
    state: u64,
    /// Bound pods that keep others away.
    keepers: usize,
    /// What it does for some pods only, once that is there.
    plugins: Option<&'static Plugins>,
}

#[derive(Clone, Debug)]
enum News {
    /// A pod has got a node.
    Bound(Rc<Pod>),
    Pod(Rc<Pod>),
    PodGone(Rc<Pod>),
    Node(Rc<Node>),
    NodeGone(Text),
}

impl Scheduler {
    /// A scheduler that knows no node and no pod.
    pub fn new() -> Self {
        Self::default()
    }

    /// Brings what it does for some pods only.
    pub fn set_plugins(&mut self, plugins: &'static Plugins) {
        self.plugins = Some(plugins);
    }

    /// Takes note of one thing; says which pods may have a better chance now.
    fn note(&mut self, api: &mut ApiServer, news: News) -> Option<Occasion> {
        match news {
            News::Pod(pod) if pod.node_name.is_none() => self.note_waiting(api, &pod),
            News::Pod(pod) | News::Bound(pod) if pod.is_finished() => self.free(pod.metadata.uid),
            News::Pod(pod) => {
                let before = self.note_bound(&pod)?;
                self.hope(&ClusterEvent::PodRelabelled { before: &before, after: &pod })
            }
            News::Bound(pod) => {
                self.note_bound(&pod);
                self.hope(&ClusterEvent::PodBound(&pod))
            }
            News::PodGone(pod) => {
                let uid = pod.metadata.uid;
                self.queue.take(uid);
                self.events.forget(uid);
                self.give_back(uid).or_else(|| self.free(uid))
            }
            News::Node(node) => self.note_node(&node),
            News::NodeGone(name) => {
                let node = self.nodes.remove(&name)?;
                let keepers = node.pods.values().filter(|pod| neighbours::keeps_away(&pod.pod.spec));
                self.keepers -= keepers.count();
                self.state += 1;
                self.hope(&ClusterEvent::NodeGone(&node))
            }
        }
    }

    /// Those that wait for what has happened may have a better chance now.
    fn hope(&mut self, event: &ClusterEvent<'_>) -> Option<Occasion> {
        self.queue.encourage(event, self.plugins.map(|plugins| plugins.hint)).then_some(Occasion::Hope)
    }

    /// The room that was kept for a pod is free again.
    fn give_back(&mut self, uid: Uid) -> Option<Occasion> {
        let (_, pod) = self.nominated.remove(&uid)?;
        self.state += 1;
        self.hope(&ClusterEvent::PodGone(&pod))
    }

    fn note_waiting(&mut self, api: &mut ApiServer, pod: &Rc<Pod>) -> Option<Occasion> {
        // What was written before it was bound may be told after.
        if self.bound.contains_key(&pod.metadata.uid) {
            return None;
        }
        let asked = pod.spec.scheduler_name.as_deref().unwrap_or(SCHEDULER_NAME) == SCHEDULER_NAME;
        if !asked || pod.is_finished() || pod.metadata.is_deleting() {
            self.queue.take(pod.metadata.uid);
            return self.give_back(pod.metadata.uid);
        } else if !pod.spec.scheduling_gates.is_empty() {
            let message = "Scheduling is blocked due to non-empty scheduling gates";
            self.set_unscheduled(api, pod, "SchedulingGated", &Text::from(message), None);
        } else {
            self.queue.put(pod);
        }
        None
    }

    /// Takes note of a pod that has a node; returns what it was if it is known, and has become another to its neighbours.
    fn note_bound(&mut self, pod: &Rc<Pod>) -> Option<Rc<Pod>> {
        let uid = pod.metadata.uid;
        let mut node = pod.node_name.as_ref().and_then(|name| self.nodes.get_mut(name));
        if let Some(known) = node.as_mut().and_then(|node| node.pods.get_mut(&uid)) {
            let old = std::mem::replace(&mut known.pod, Rc::clone(pod));
            return (old.metadata.labels != pod.metadata.labels).then_some(old);
        }
        self.queue.take(uid);
        self.nominated.remove(&uid);
        let node = node?;
        if !self.bound.contains_key(&uid) {
            self.bound.insert(uid, node.name().clone());
            self.keepers += usize::from(neighbours::keeps_away(&pod.spec));
            node.add(PodInfo::new(pod, Rc::new(Demand::of(&pod.spec))));
            self.state += 1;
        }
        None
    }

    fn free(&mut self, uid: Uid) -> Option<Occasion> {
        let node = self.bound.remove(&uid)?;
        let gone = self.nodes.get_mut(&node)?.remove(uid)?;
        self.keepers -= usize::from(neighbours::keeps_away(&gone.pod.spec));
        self.state += 1;
        self.hope(&ClusterEvent::PodGone(&gone))
    }

    fn note_node(&mut self, node: &Rc<Node>) -> Option<Occasion> {
        let name = &node.metadata.name;
        let known = self.nodes.get_mut(name);
        let same = known.as_ref().is_some_and(|known| {
            known.node.metadata.labels == node.metadata.labels
                && known.node.spec.taints == node.spec.taints
                && known.node.spec.unschedulable == node.spec.unschedulable
                && known.node.status.allocatable == node.status.allocatable
        });
        let before = known.as_ref().filter(|_| !same).map(|known| NodeInfo::clone(known));
        match known {
            Some(known) => known.set_node(node),
            None => self.nodes.insert(node),
        }
        if same {
            return None;
        }
        self.state += 1;
        let event = ClusterEvent::NodeChanged { before: before.as_ref(), after: self.nodes.get(name)? };
        self.queue.encourage(&event, self.plugins.map(|plugins| plugins.hint)).then_some(Occasion::Hope)
    }

    /// Tries those that have a chance on this occasion, one by one.
    fn schedule(&mut self, api: &mut ApiServer, occasion: Occasion) {
        let mut tried: Map<u64, Progress> = Map::new();
        let mut told: Map<u64, u32> = Map::new();
        while let Some((place, pod)) = self.queue.next(occasion, &tried) {
            let bound = self.schedule_one(api, place, &pod);
            let progress = tried.entry(place.class).or_default();
            progress.turn = place.turn;
            if !bound {
                let told = told.entry(place.class).or_insert(0);
                *told += 1;
                progress.hopeless |= *told >= TOLD_AGAIN;
            }
        }
        if occasion == Occasion::Hope {
            self.queue.sober();
        }
    }

    /// Binds a pod, or notes why there is no node for it.
    fn schedule_one(&mut self, api: &mut ApiServer, place: Place, pod: &PodInfo) -> bool {
        let now = api.now();
        let verdict = self.queue.class_mut(place).and_then(|class| {
            // It is tried now, whatever comes of it: the next look out of impatience is a while away.
            class.verdict.iter_mut().for_each(|verdict| verdict.at = now);
            class.verdict.clone()
        });
        // What others mean to a pod depends on its labels, and those are not its twins'.
        let alike = self.keepers == 0 && !neighbours::has_rules(&pod.pod.spec);
        if let Some(verdict) = verdict.filter(|verdict| alike && verdict.state == self.state) {
            self.set_unscheduled(api, &pod.pod, "Unschedulable", &verdict.message, None);
            return false;
        }
        if alike && self.nominated.is_empty() {
            let class = self.queue.class_mut(place);
            if let Some(node) = class.and_then(|class| class.batch.best(pod, &self.nodes)).cloned() {
                return self.bind(api, pod, &node);
            }
        }
        let plugins = self.plugins.filter(|_| !alike);
        let around = plugins
            .map_or_else(Neighbours::default, |plugins| (plugins.look_around)(pod, &self.nodes, self.keepers > 0));
        let mut best = None;
        let mut objections: Vec<(&Text, Unfit)> = Vec::new();
        for node in &self.nodes {
            let name = node.name();
            match self.objection(pod, node).or_else(|| around.objection(node)) {
                Some(unfit) => objections.push((name, unfit)),
                None => {
                    let reluctance = around.reluctance(node) + reluctance(pod, node);
                    let better = (reluctance, score(pod, node), name);
                    if best.as_ref().is_none_or(|best| better < *best) {
                        best = Some(better);
                    }
                }
            }
        }
        if let Some((_, _, name)) = best {
            let name = name.clone();
            return self.bind(api, pod, &name);
        }
        let refused_by = Refusals::of(objections.iter().map(|(_, unfit)| unfit));
        let mut message = explain(self.nodes.len(), counted(&objections));
        let chance = self.plugins.map(|plugins| (plugins.preempt)(self, api, pod, &objections));
        // Where room is to be made for it: nowhere, if that cannot help; as it was, if it is not asked.
        let (mut plan, mut nominated) = (None, None);
        match chance {
            Some(Chance::Room(found)) => {
                nominated = Some(found.node.clone());
                plan = Some(found);
            }
            Some(Chance::None(why)) => {
                nominated = Some(Text::EMPTY);
                message.push_str(&why);
            }
            Some(Chance::NotAsked(why)) => message.push_str(&why),
            None => {}
        }
        let message = Text::from(message);
        self.set_unscheduled(api, &pod.pod, "Unschedulable", &message, nominated.as_ref());
        if let Some(class) = self.queue.class_mut(place) {
            // What gives hope to one gives it to its twins as well.
            let hopeful = class.verdict.as_ref().is_some_and(|verdict| verdict.hopeful);
            let (state, at) = (self.state, api.now());
            class.verdict = Some(Verdict { state, message, refused_by, hopeful, at });
        }
        match (self.plugins, plan) {
            (Some(plugins), Some(plan)) => (plugins.evict)(self, api, pod, plan),
            _ if nominated.is_some() => drop(self.nominated.remove(&pod.pod.metadata.uid)),
            _ => {}
        }
        false
    }

    /// What speaks against a node, on which room may be reserved for pods of at least the same priority.
    fn objection(&self, pod: &PodInfo, node: &NodeInfo) -> Option<Unfit> {
        let uid = pod.pod.metadata.uid;
        let reserved = self.nominated.iter().filter(|(other, (name, nominee))| {
            **other != uid && name == node.name() && nominee.priority >= pod.priority
        });
        let mut reserved = reserved.peekable();
        if reserved.peek().is_none() {
            return filter(pod, node);
        }
        let mut full = node.clone();
        for (_, (_, nominee)) in reserved {
            full.add(nominee.clone());
        }
        filter(pod, &full)
    }

    fn bind(&mut self, api: &mut ApiServer, pod: &PodInfo, node: &Text) -> bool {
        let uid = pod.pod.metadata.uid;
        self.queue.take(uid);
        self.nominated.remove(&uid);
        let key = Object::Pod(Rc::clone(&pod.pod)).key();
        // Refused if the pod is gone or being deleted; its watch tells the rest.
        let Ok(Object::Pod(bound)) = api.handle(Request::Bind { pod: key, node: node.clone() }) else { return false };
        if let Some(info) = self.nodes.get_mut(node) {
            info.add(PodInfo { pod: Rc::clone(&bound), ..pod.clone() });
            self.keepers += usize::from(neighbours::keeps_away(&bound.spec));
        }
        self.bound.insert(uid, node.clone());
        self.state += 1;
        self.events.scheduled(api, &bound, node);
        true
    }

    /// Looks for pods of lower priority that could make room.
    pub(super) fn preempt(&self, api: &ApiServer, pod: &PodInfo, objections: &[(&Text, Unfit)]) -> Chance {
        let none = |why: &str| format!(" no new claims to deallocate, preemption: {why}");
        if objections.is_empty() {
            // There is no node at all.
            return Chance::None(String::new());
        }
        if pod.pod.spec.preemption_policy.as_deref() == Some("Never") {
            return Chance::NotAsked(none("not eligible due to preemptionPolicy=Never."));
        }
        let is_victim = |other: &PodInfo| {
            let target = other.pod.status.condition("DisruptionTarget");
            let preempted = target.is_some_and(|target| target.reason == PREEMPTED);
            other.priority < pod.priority && other.pod.metadata.is_deleting() && preempted
        };
        let nominated = self.nominated.get(&pod.pod.metadata.uid).map(|(node, _)| node);
        let lost =
            nominated.is_some_and(|node| objections.iter().any(|(name, unfit)| *name == node && !unfit.resolvable));
        let nominated = nominated.filter(|_| !lost).and_then(|node| self.nodes.get(node));
        if nominated.is_some_and(|node| node.pods.values().any(is_victim)) {
            return Chance::NotAsked(none("not eligible due to a terminating pod on the nominated node."));
        }
        let resolvable = objections.iter().filter(|(_, unfit)| unfit.resolvable);
        // What speaks against a node of which some pods were gone.
        let objection = |changed: &NodeInfo| {
            let nodes = self.nodes.iter().map(|node| if node.name() == changed.name() { changed } else { node });
            let around = || Neighbours::of(pod, nodes, self.keepers > 0).objection(changed);
            self.objection(pod, changed).or_else(around)
        };
        let budgets = Budgets::of(api.live());
        let mut reasons: Map<Cow<'static, str>, usize> = Map::new();
        let mut plans = Vec::new();
        for node in resolvable.clone().filter_map(|(name, _)| self.nodes.get(name)) {
            match plan(pod, node, &budgets, &objection) {
                Ok(plan) => plans.push(plan),
                Err(why) => why.into_iter().for_each(|why| *reasons.entry(why).or_insert(0) += 1),
            }
        }
        if let Some(plan) = gentlest(plans) {
            return Chance::Room(plan);
        }
        let hopeless = objections.len() - resolvable.count();
        if hopeless > 0 {
            reasons.insert(Cow::Borrowed("Preemption is not helpful for scheduling"), hopeless);
        }
        Chance::None(none(&explain(objections.len(), reasons)))
    }

    /// Ends the victims; the pod is tried again when they are gone.
    pub(super) fn evict(&mut self, api: &mut ApiServer, pod: &PodInfo, plan: Plan) {
        let by = pod.pod.metadata.uid;
        self.nominated.insert(by, (plan.node.clone(), pod.clone()));
        self.state += 1;
        let is_less = |(node, other): &(Text, PodInfo)| *node == plan.node && other.priority < pod.priority;
        let less: Vec<PodInfo> =
            self.nominated.values().filter(|nominated| is_less(nominated)).map(|(_, other)| other.clone()).collect();
        for other in less {
            self.revoke(api, &other.pod);
        }
        for victim in plan.victims {
            let key = Object::Pod(Rc::clone(&victim.pod)).key();
            let uid = victim.pod.metadata.uid;
            // Of one that is going anyway nothing is said.
            let Some(live) = live_pod(api, &key, uid).filter(|live| !live.metadata.is_deleting()) else { continue };
            let mut status = (*live.status).clone();
            status.set_condition(Condition {
                kind: "DisruptionTarget".into(),
                status: ConditionStatus::True,
                reason: PREEMPTED.into(),
                message: "default-scheduler: preempting to accommodate a higher priority pod".into(),
                last_transition_time: Some(Time::from(api.now())),
                observed_generation: live.metadata.generation,
                ..Condition::default()
            });
            let marked = Pod { status: Rc::new(status), ..(*live).clone() };
            // Refused only if the victim is gone already.
            let _ = api.handle(Request::UpdateStatus(marked.into()));
            let options = DeleteOptions { uid: Some(uid), ..DeleteOptions::default() };
            let _ = api.handle(Request::Delete { key, options });
            self.events.preempted(api, &live, by, &plan.node);
        }
    }

    /// Room is made for somebody else where it was being made for this pod.
    fn revoke(&mut self, api: &mut ApiServer, pod: &Pod) {
        self.nominated.remove(&pod.metadata.uid);
        let key = ObjectKey::new(Kind::Pod, pod.metadata.namespace.clone(), pod.metadata.name.clone());
        let Some(live) = live_pod(api, &key, pod.metadata.uid) else { return };
        let status = PodStatus { nominated_node_name: Text::EMPTY, ..(*live.status).clone() };
        // Refused only if the pod is gone by now.
        let _ = api.handle(Request::UpdateStatus(Pod { status: Rc::new(status), ..(*live).clone() }.into()));
    }

    /// Says of a pod why it has no node: an event, and the condition where that changes.
    fn set_unscheduled(
        &mut self,
        api: &mut ApiServer,
        pod: &Rc<Pod>,
        reason: &'static str,
        message: &Text,
        nominated: Option<&Text>,
    ) {
        let key = Object::Pod(Rc::clone(pod)).key();
        let Some(live) = live_pod(api, &key, pod.metadata.uid) else { return };
        if reason == "Unschedulable" {
            self.events.failed(api, &live, message);
        }
        let mut status = (*live.status).clone();
        let told = status.condition("PodScheduled").is_some_and(|old| old.reason == reason && old.message == *message);
        if told && nominated.is_none_or(|node| *node == status.nominated_node_name) {
            return;
        }
        status.set_condition(Condition {
            kind: "PodScheduled".into(),
            status: ConditionStatus::False,
            reason: reason.into(),
            message: message.clone(),
            last_transition_time: Some(Time::from(api.now())),
            observed_generation: live.metadata.generation,
            ..Condition::default()
        });
        if let Some(node) = nominated {
            status.nominated_node_name = node.clone();
        }
        let marked = Pod { status: Rc::new(status), ..(*live).clone() };
        // Refused only if the pod is gone by now.
        let _ = api.handle(Request::UpdateStatus(marked.into()));
    }
}

impl Component for Scheduler {
    fn observe(&mut self, _now: Timestamp, change: &Change) {
        let gone = change.change == ChangeType::Deleted;
        let news = match &change.object {
            Object::Pod(pod) if gone => News::PodGone(Rc::clone(pod)),
            Object::Pod(pod) => {
                let before = change.previous.as_ref().and_then(Object::as_pod);
                let is_new = pod.node_name.is_some() && before.is_none_or(|before| before.node_name.is_none());
                if is_new { News::Bound(Rc::clone(pod)) } else { News::Pod(Rc::clone(pod)) }
            }
            Object::Node(node) if gone => News::NodeGone(node.metadata.name.clone()),
            Object::Node(node) => News::Node(Rc::clone(node)),
            _ => return,
        };
        self.inbox.push_back(news);
    }

    fn wake_at(&self) -> Option<Timestamp> {
        if !self.inbox.is_empty() {
            return Some(Timestamp::default());
        }
        self.queue.oldest_try().map(|at| at + PATIENCE)
    }

    fn wake(&mut self, api: &mut ApiServer) {
        while let Some(news) = self.inbox.pop_front() {
            let is_new_pod = matches!(&news, News::Pod(pod) if pod.node_name.is_none());
            let occasion = self.note(api, news);
            if let Some(occasion) = occasion.filter(|_| !self.queue.is_empty()) {
                self.schedule(api, occasion);
            } else if is_new_pod && !matches!(self.inbox.front(), Some(News::Pod(next)) if next.node_name.is_none()) {
                self.schedule(api, Occasion::NewPods);
            }
        }
        let patience = Occasion::Patience(api.now() - PATIENCE);
        if self.queue.oldest_try().is_some_and(|at| at + PATIENCE <= api.now()) {
            self.schedule(api, patience);
        }
    }
}

/// What becomes of a pod for which no node has room.
pub(super) enum Chance {
    Room(Plan),
    /// None, and why.
    None(String),
    /// Nobody looked, and why.
    NotAsked(String),
}

/// The reasons of all nodes, counted.
fn counted(objections: &[(&Text, Unfit)]) -> Map<Cow<'static, str>, usize> {
    let mut counts = Map::new();
    for reason in objections.iter().flat_map(|(_, unfit)| &unfit.reasons) {
        *counts.entry(reason.clone()).or_insert(0) += 1;
    }
    counts
}

/// `0/3 nodes are available: 1 node(s) had untolerated taint(s), 2 Insufficient cpu.` Counts before reasons, sorted as
/// text: `10 …` comes before `2 …`.
fn explain(nodes: usize, counts: Map<Cow<'static, str>, usize>) -> String {
    if nodes == 0 {
        return "no nodes available to schedule pods".into();
    }
    let counted = |(reason, count): (&Cow<'static, str>, &usize)| match &**reason {
        // That is not about nodes.
        CONFLICT => CONFLICT.to_owned(),
        reason => format!("{count} {reason}"),
    };
    let mut told: Vec<String> = counts.iter().map(counted).collect();
    told.order_by(Ord::cmp);
    format!("0/{nodes} nodes are available: {}.", told.join(", "))
}

fn live_pod(api: &ApiServer, key: &ObjectKey, uid: Uid) -> Option<Rc<Pod>> {
    debug_assert_eq!(key.kind, Kind::Pod);
    api.live().get(key)?.into_pod().filter(|pod| pod.metadata.uid == uid)
}
