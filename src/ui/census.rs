//! Who does what, and where, at any revision: the pods' turns are written down once while the run is read, and looking at
//! another revision costs what lies between the two.

use super::status::doing::{Doing, Seen, doing, is_image_missing};
use super::timeline::phase::Phase;
use crate::api::{Kind, Object, ObjectKey, Pod, Text, Uid};
use crate::apiserver::{ChangeType, Storage};
use crate::sim::Map;

/// The pods of one run, as they stand at one of its revisions.
#[derive(Clone, Debug)]
pub struct Census {
    /// Up to which revision the run has been read.
    read: u64,
    /// Every pod there has been, in order of creation.
    pods: Vec<Known>,
    number_of: Map<Uid, u32>,
    /// The first is where pods are that have no node.
    places: Vec<Place>,
    place_of: Map<Text, u16>,
    /// In order of their revisions.
    turns: Vec<Turn>,
    /// How many of the turns have been taken: those up to the revision that is looked at.
    taken: usize,
    /// How many of the pods have been created by then.
    born: usize,
    /// Revisions at which an Event was written, was new, and was deleted.
    event_writes: Vec<u64>,
    events_added: Vec<u64>,
    events_deleted: Vec<u64>,
}

/// What never changes of a pod, and what it does at the revision that is looked at.
#[derive(Clone, Debug)]
struct Known {
    namespace: Text,
    name: Text,
    index: Option<u32>,
    owner: Option<Uid>,
    /// None while it does not exist.
    state: Option<State>,
    /// The same at the last revision that has been read.
    latest: Option<State>,
}

/// What a pod does, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct State {
    place: u16,
    phase: Phase,
    doing: Doing,
    is_stuck: bool,
}

/// A pod does something else from this revision on.
#[derive(Clone, Copy, Debug)]
struct Turn {
    revision: u64,
    pod: u32,
    from: Option<State>,
    to: Option<State>,
}

/// A node, or the lane of pods without one.
#[derive(Clone, Debug, Default)]
struct Place {
    /// Every pod that has ever been here, in the order in which they came.
    members: Vec<u32>,
    /// How many do what at the revision that is looked at.
    counts: [usize; Phase::ALL.len()],
}

/// The pods at a place: how many do what, and some of them by name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tally {
    pub counts: [usize; Phase::ALL.len()],
    /// First those that have not finished, then those that have, the newest of each first.
    pub some: Vec<ObjectKey>,
}

impl Default for Census {
    fn default() -> Self {
        Self {
            read: 0,
            pods: Vec::new(),
            number_of: Map::new(),
            places: vec![Place::default()],
            place_of: Map::new(),
            turns: Vec::new(),
            taken: 0,
            born: 0,
            event_writes: Vec::new(),
            events_added: Vec::new(),
            events_deleted: Vec::new(),
        }
    }
}

impl Census {
    /// Reads what was written since the last time.
    pub fn read(&mut self, storage: &Storage) {
        for change in storage.changes_since(self.read) {
            let is_deleted = change.change == ChangeType::Deleted;
            match change.object {
                Object::Pod(pod) => self.read_pod(change.revision, &pod, is_deleted),
                Object::Event(_) => match change.change {
                    ChangeType::Added => {
                        self.events_added.push(change.revision);
                        self.event_writes.push(change.revision);
                    }
                    ChangeType::Modified => self.event_writes.push(change.revision),
                    ChangeType::Deleted => self.events_deleted.push(change.revision),
                },
                _ => {}
            }
        }
        self.read = storage.revision();
    }

    fn read_pod(&mut self, revision: u64, pod: &Pod, is_deleted: bool) {
        let next = self.pods.len() as u32;
        let number = *self.number_of.entry(pod.metadata.uid).or_insert(next);
        if number == next {
            self.pods.push(Known {
                namespace: pod.metadata.namespace.clone(),
                name: pod.metadata.name.clone(),
                index: pod.completion_index(),
                owner: pod.metadata.controller().map(|owner| owner.uid),
                state: None,
                latest: None,
            });
            self.places[0].members.push(number);
        }
        let place = pod.node_name.as_ref().map_or(0, |node| {
            let next = self.places.len() as u16;
            let place = *self.place_of.entry(node.clone()).or_insert(next);
            if place == next {
                self.places.push(Place::default());
            }
            place
        });
        let state = State { place, phase: Phase::of(pod), doing: doing(pod), is_stuck: is_image_missing(pod) };
        let to = (!is_deleted).then_some(state);
        let known = &mut self.pods[number as usize];
        let from = std::mem::replace(&mut known.latest, to);
        if from.map(|state| state.place) != Some(place) && place > 0 {
            self.places[place as usize].members.push(number);
        }
        if from != to {
            self.turns.push(Turn { revision, pod: number, from, to });
        }
    }

    /// Goes to a revision that has been read.
    pub fn look(&mut self, revision: u64) {
        while let Some(&turn) = self.turns.get(self.taken).filter(|turn| turn.revision <= revision) {
            self.taken += 1;
            self.born = self.born.max(turn.pod as usize + 1);
            self.turn(turn.pod, turn.from, turn.to);
        }
        while let Some(&turn) =
            self.taken.checked_sub(1).map(|last| &self.turns[last]).filter(|turn| turn.revision > revision)
        {
            self.taken -= 1;
            if turn.from.is_none() {
                self.born = self.born.min(turn.pod as usize);
            }
            self.turn(turn.pod, turn.to, turn.from);
        }
    }

    fn turn(&mut self, pod: u32, from: Option<State>, to: Option<State>) {
        if let Some(from) = from {
            self.places[from.place as usize].counts[from.phase as usize] -= 1;
        }
        if let Some(to) = to {
            self.places[to.place as usize].counts[to.phase as usize] += 1;
        }
        self.pods[pod as usize].state = to;
    }

    /// The pods on a node, or those that have none, and at most so many of them by name.
    pub fn tally(&self, node: Option<&Text>, limit: usize) -> Tally {
        let number = match node {
            None => 0,
            Some(node) => match self.place_of.get(node) {
                Some(&place) => place,
                None => return Tally::default(),
            },
        };
        let place = &self.places[number as usize];
        let all: usize = place.counts.iter().sum();
        let finished = place.counts[Phase::Succeeded as usize] + place.counts[Phase::Failed as usize];
        let (mut active, mut ended) = (Vec::new(), Vec::new());
        let (mut wanted, mut others) = ((all - finished).min(limit), finished.min(limit));
        // From the newest back, until there is nothing left to find.
        let newest = if number == 0 { self.born } else { place.members.len() };
        for &pod in place.members[..newest].iter().rev() {
            if wanted == 0 && (others == 0 || active.len() + ended.len() >= limit) {
                break;
            }
            let known = &self.pods[pod as usize];
            let Some(state) = known.state.filter(|state| state.place == number) else { continue };
            let (list, left) = match state.phase.is_end() {
                true => (&mut ended, &mut others),
                false => (&mut active, &mut wanted),
            };
            if *left > 0 {
                *left -= 1;
                list.push(known.key());
            }
        }
        active.append(&mut ended);
        active.truncate(limit);
        Tally { counts: place.counts, some: active }
    }

    /// What the pods of an owner do, in order of creation.
    pub fn pods_of(&self, owner: Uid) -> Vec<Seen> {
        let pods = self.pods[..self.born].iter().enumerate().filter(|(_, pod)| pod.owner == Some(owner));
        let seen = pods.filter_map(|(number, pod)| {
            let State { doing, is_stuck, .. } = pod.state?;
            Some(Seen { number: number as u32, index: pod.index, doing, is_stuck })
        });
        seen.collect()
    }

    /// The pod with this number.
    pub fn key(&self, number: u32) -> ObjectKey {
        self.pods[number as usize].key()
    }

    /// How many Events stand at a revision.
    pub fn events(&self, revision: u64) -> usize {
        let until = |revisions: &[u64]| revisions.partition_point(|&written| written <= revision);
        until(&self.events_added) - until(&self.events_deleted)
    }

    /// The revisions up to one at which Events were written, in order.
    pub fn event_writes(&self, revision: u64) -> &[u64] {
        &self.event_writes[..self.event_writes.partition_point(|&written| written <= revision)]
    }
}

impl Known {
    fn key(&self) -> ObjectKey {
        ObjectKey::new(Kind::Pod, self.namespace.clone(), self.name.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recording::Run;
    use crate::sim::Set;
    use crate::ui::first::first_scenario;
    use crate::ui::status::model::pods_of;

    /// What a look at every pod of a revision says, in the words of a tally.
    fn counted(storage: &Storage, revision: u64, node: Option<&Text>) -> [usize; Phase::ALL.len()] {
        let mut counts = [0; Phase::ALL.len()];
        let pods = storage.at(revision).list(Kind::Pod).filter_map(Object::into_pod);
        for pod in pods.filter(|pod| pod.node_name.as_ref() == node) {
            counts[Phase::of(&pod) as usize] += 1;
        }
        counts
    }

    #[test]
    fn what_is_counted_as_it_happens_is_what_a_look_at_everything_finds() {
        let mut run = Run::new(first_scenario());
        let mut census = Census::default();
        while !run.is_settled() {
            run.advance(run.now() + std::time::Duration::from_secs(1), 100);
            census.read(run.storage());
        }
        let storage = run.storage();
        let last = storage.revision();
        // Forth, back, and by leaps.
        let there = (1..=last).chain((0..=last).rev()).chain((0..last).map(|step| step * 37 % last));
        for revision in there {
            census.look(revision);
            let view = storage.at(revision);
            let nodes = view.list(Kind::Node).map(|node| node.metadata().name.clone());
            for node in std::iter::once(None).chain(nodes.map(Some)) {
                let tally = census.tally(node.as_ref(), 3);
                assert_eq!(tally.counts, counted(storage, revision, node.as_ref()), "revision {revision}, {node:?}");
                let all: usize = tally.counts.iter().sum();
                assert_eq!(tally.some.len(), all.min(3));
                let on = |key: &ObjectKey| view.get(key).and_then(Object::into_pod).map(|pod| pod.node_name.clone());
                assert!(tally.some.iter().all(|key| on(key) == Some(node.clone())), "revision {revision}");
            }
            for job in view.list(Kind::Job).filter_map(Object::into_job) {
                let seen = census.pods_of(job.metadata.uid);
                let told: Set<_> = seen.iter().map(|seen| (census.key(seen.number).name, seen.doing)).collect();
                let found = pods_of(view, &job).into_iter();
                assert_eq!(told, found.map(|pod| (pod.metadata.name.clone(), doing(&pod))).collect::<Set<_>>());
            }
            assert_eq!(census.events(revision), view.list(Kind::Event).count());
        }
        assert!(last > 50, "something happened");
    }

    #[test]
    fn those_that_still_go_on_are_named_first() {
        let mut run = Run::new(first_scenario());
        while !run.advance(run.start() + std::time::Duration::from_secs(7), 100) {}
        let mut census = Census::default();
        census.read(run.storage());
        census.look(run.storage().revision());
        let node = Text::from("node-2");
        let finished =
            |key: &ObjectKey| run.storage().now().get(key).and_then(Object::into_pod).expect("a pod").is_finished();
        for limit in 0..4 {
            let named: Vec<bool> = census.tally(Some(&node), limit).some.iter().map(finished).collect();
            assert!(named.is_sorted() && named.len() <= limit, "{named:?}");
        }
    }
}
