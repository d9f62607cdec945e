//! The scheduling queue: pods without a node, by priority and age.
//!
//! Pods of one template have the same chances, so they wait together: when one of them finds no node, the scheduler need
//! not look again for its ninety thousand twins.

use super::batch::Batch;
use super::filter::Refusals;
use super::hints::{ClusterEvent, Hint};
use super::node_info::{Demand, PodInfo};
use crate::api::{Pod, PodSpec, Uid};
use crate::sim::{Map, Table, Timestamp};
use std::cmp::Reverse;
use std::rc::Rc;

/// Pods that wait for a node.
#[derive(Clone, Debug, Default)]
pub struct Queue {
    classes: Map<u64, Class>,
    places: Table<Uid, Place>,
    given: u64,
}

/// Where a pod waits: its class, and its turn in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub class: u64,
    pub turn: u64,
}

/// Pods that are all alike to the scheduler.
#[derive(Clone, Debug)]
pub struct Class {
    spec: Rc<PodSpec>,
    demand: Rc<Demand>,
    priority: i32,
    /// By turn: the oldest first.
    members: Map<u64, Rc<Pod>>,
    /// The highest turn that was tried: those after it are new.
    tried: u64,
    /// What the last member that was tried met with.
    pub verdict: Option<Verdict>,
    pub batch: Batch,
}

/// Why there was no node for a pod.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// The state of the nodes that was judged.
    pub state: u64,
    pub message: crate::api::Text,
    pub refused_by: Refusals,
    /// Since then something has happened that it may have waited for.
    pub hopeful: bool,
    pub at: Timestamp,
}

/// What gives rise to another look at pods that wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occasion {
    /// New pods have come: only they are tried.
    NewPods,
    /// Pods or nodes have come, gone or changed: those who were refused for what is different now.
    Hope,
    /// Nothing has happened for long: classes whose last try was before this instant.
    Patience(Timestamp),
}

impl Queue {
    /// Whether nobody waits.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// A pod waits for a node; one that waits already is kept up to date.
    pub fn put(&mut self, pod: &Rc<Pod>) {
        let uid = pod.metadata.uid;
        if let Some(place) = self.places.get(&uid)
            && let Some(class) = self.classes.get_mut(&place.class)
        {
            if is_same(&class.spec, &pod.spec) {
                class.members.insert(place.turn, Rc::clone(pod));
                return;
            }
            self.take(uid);
        }
        let known = self.classes.iter().find(|(_, class)| is_same(&class.spec, &pod.spec)).map(|(&id, _)| id);
        self.given += 1;
        let turn = self.given;
        let id = known.unwrap_or(turn);
        let class = self.classes.entry(id).or_insert_with(|| Class::of(pod));
        class.members.insert(turn, Rc::clone(pod));
        self.places.insert(uid, Place { class: id, turn });
    }

    /// A pod does not wait any more.
    pub fn take(&mut self, uid: Uid) -> Option<Rc<Pod>> {
        let place = self.places.remove(&uid)?;
        let class = self.classes.get_mut(&place.class)?;
        let pod = class.members.remove(&place.turn);
        if class.members.is_empty() {
            self.classes.remove(&place.class);
        }
        pod
    }

    /// Who is next on this occasion, after each class has come as far as `tried` says: the highest priority first, then
    /// the oldest.
    pub fn next(&self, occasion: Occasion, tried: &Map<u64, Progress>) -> Option<(Place, PodInfo)> {
        let candidates = self.classes.iter().filter_map(|(&id, class)| {
            let progress = tried.get(&id).copied().unwrap_or_default();
            let turn = class.next(occasion, progress)?;
            Some((Reverse(class.priority), turn, id))
        });
        let (_, turn, id) = candidates.min()?;
        let class = &self.classes[&id];
        Some((Place { class: id, turn }, PodInfo::new(&class.members[&turn], Rc::clone(&class.demand))))
    }

    /// The class of a pod that was tried.
    pub fn class_mut(&mut self, place: Place) -> Option<&mut Class> {
        let class = self.classes.get_mut(&place.class)?;
        class.tried = class.tried.max(place.turn);
        Some(class)
    }

    /// Gives hope to those whom it may help; whether there are any. `hint` knows of those who mind others.
    pub fn encourage(&mut self, event: &ClusterEvent<'_>, hint: Option<Hint>) -> bool {
        let mut any = false;
        for class in self.classes.values_mut() {
            let Some((verdict, pod)) = class.verdict.as_mut().zip(class.members.values().next()) else { continue };
            let (pod, refused_by) = (PodInfo::new(pod, Rc::clone(&class.demand)), verdict.refused_by);
            verdict.hopeful |= event.helps(&pod, refused_by) || hint.is_some_and(|hint| hint(event, &pod, refused_by));
            any |= verdict.hopeful;
        }
        any
    }

    /// All who had hope were tried.
    pub fn sober(&mut self) {
        self.classes
            .values_mut()
            .filter_map(|class| class.verdict.as_mut())
            .for_each(|verdict| verdict.hopeful = false);
    }

    /// When the class that has waited longest was last tried.
    pub fn oldest_try(&self) -> Option<Timestamp> {
        self.classes.values().filter_map(|class| Some(class.verdict.as_ref()?.at)).min()
    }
}

/// How far a class has come on one occasion.
#[derive(Clone, Copy, Debug, Default)]
pub struct Progress {
    /// The last turn that was tried.
    pub turn: u64,
    /// No more than the new ones need be tried.
    pub hopeless: bool,
}

impl Class {
    fn of(pod: &Rc<Pod>) -> Self {
        Self {
            spec: Rc::clone(&pod.spec),
            demand: Rc::new(Demand::of(&pod.spec)),
            priority: pod.spec.priority.unwrap_or(0),
            members: Map::new(),
            tried: 0,
            verdict: None,
            batch: Batch::default(),
        }
    }

    fn next(&self, occasion: Occasion, progress: Progress) -> Option<u64> {
        let all = match (occasion, &self.verdict) {
            (Occasion::NewPods, _) => false,
            (_, None) => true,
            (Occasion::Hope, Some(verdict)) => verdict.hopeful,
            (Occasion::Patience(before), Some(verdict)) => verdict.at <= before,
        };
        let after = if all && !progress.hopeless { progress.turn } else { progress.turn.max(self.tried) };
        self.members.range(after + 1..).next().map(|(&turn, _)| turn)
    }
}

fn is_same(a: &Rc<PodSpec>, b: &Rc<PodSpec>) -> bool {
    Rc::ptr_eq(a, b) || a == b
}
