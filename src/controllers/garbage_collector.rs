//! The garbage collector: what happens to a Job's pods when the Job is deleted (spec 04 §5).
//!
//! `kubectl delete job` takes the Job away at once and its pods a moment later; with `--cascade=foreground` the pods go
//! first and the Job waits for them; with `--cascade=orphan` they stay and belong to nobody.
//!
//! An owner is meant by its UID: a new Job of the same name owns nothing of the old one's.
//! In Kubernetes: `pkg/controller/garbagecollector`.

use crate::api::{Kind, Object, ObjectKey, ObjectReference, OwnerReference, Text, Uid};
use crate::apiserver::{
    ApiServer, Change, ChangeType, Component, DeleteOptions, EventRecorder, FOREGROUND_FINALIZER, ORPHAN_FINALIZER,
    Propagation, Request,
};
use crate::sim::{Map, Table, Timestamp};
use std::collections::VecDeque;
use std::rc::Rc;

/// Deletes what has lost its owners.
#[derive(Clone, Debug)]
pub struct GarbageCollector {
    /// Whom each owner owns, whether or not it exists.
    dependents: Map<Uid, Table<Uid, Dependent>>,
    /// Objects that exist and may own others.
    owners: Map<Uid, ObjectKey>,
    work: VecDeque<Work>,
    recorder: EventRecorder,
}

#[derive(Clone, Debug)]
struct Dependent {
    key: ObjectKey,
    /// Whether a foreground deletion of the owner waits for it.
    blocks: bool,
}

#[derive(Clone, Debug)]
enum Work {
    /// Has this object an owner left?
    Check(ObjectKey, Uid),
    /// Can this owner, that is deleted in the foreground, go now?
    Release(ObjectKey, Uid),
    /// Let go of all that this owner owns.
    Orphan(ObjectKey, Uid),
    /// Tell that this object names an owner that is in another namespace.
    Tell(Object, OwnerReference),
}

impl GarbageCollector {
    /// A garbage collector that has seen nothing yet.
    pub fn new() -> Self {
        let recorder = EventRecorder::new("garbage-collector-controller", "");
        Self { dependents: Map::new(), owners: Map::new(), work: VecDeque::new(), recorder }
    }

    fn note_owners(&mut self, change: &Change) {
        let (object, uid) = (&change.object, change.object.metadata().uid);
        let now: &[OwnerReference] =
            if change.change == ChangeType::Deleted { &[] } else { &object.metadata().owner_references };
        let before = change.previous.as_ref().map_or(&[][..], |previous| &previous.metadata().owner_references);
        if std::ptr::eq(now, before) || now == before {
            return;
        }
        for lost in before.iter().filter(|owner| !now.iter().any(|kept| kept.uid == owner.uid)) {
            if let Some(dependents) = self.dependents.get_mut(&lost.uid) {
                dependents.remove(&uid);
                if dependents.is_empty() {
                    self.dependents.remove(&lost.uid);
                }
            }
            if let Some(owner) = owner_key(lost, &object.metadata().namespace) {
                self.work.push_back(Work::Release(owner, lost.uid));
            }
        }
        let namespace = &object.metadata().namespace;
        let mut has_all = true;
        for owner in now {
            let dependent = Dependent { key: object.key(), blocks: owner.block_owner_deletion == Some(true) };
            let blocks = dependent.blocks;
            let known = self.dependents.entry(owner.uid).or_default().insert(uid, dependent);
            if known.is_some_and(|known| known.blocks && !blocks)
                && let Some(key) = owner_key(owner, namespace)
            {
                self.work.push_back(Work::Release(key, owner.uid));
            }
            let key = self.owners.get(&owner.uid);
            has_all &= key.is_some_and(|key| is_at(owner, key, namespace));
            if key.is_some_and(|key| !key.namespace.is_empty() && key.namespace != *namespace) {
                self.work.push_back(Work::Tell(object.clone(), owner.clone()));
            }
        }
        if !has_all {
            self.work.push_back(Work::Check(object.key(), uid));
        }
    }

    /// Has everything looked at that the object owns.
    fn check_dependents(&mut self, owner: Uid) {
        let dependents = self.dependents.get(&owner).into_iter().flat_map(Table::ordered);
        self.work.extend(dependents.map(|(&uid, dependent)| Work::Check(dependent.key.clone(), uid)));
    }

    fn check(&mut self, api: &mut ApiServer, key: ObjectKey, uid: Uid) {
        let Some(object) = live(api, &key, uid) else { return };
        let metadata = object.metadata();
        if metadata.owner_references.is_empty() {
            return;
        }
        if metadata.is_deleting() && !metadata.has_finalizer(FOREGROUND_FINALIZER) {
            return;
        }
        let owners = metadata.owner_references.iter();
        let kinds = owners.clone().map(|owner| Kind::of(&owner.api_version, &owner.kind));
        let is_known = |kind: Option<Kind>| {
            kind.is_some_and(|kind| !(metadata.namespace.is_empty() && kind.resource().namespaced))
        };
        // Of kinds that this cluster does not know nobody can tell whether they are gone, nor of what would have to be in
        // the namespace of an object that has none: it is left alone.
        if !kinds.clone().all(is_known) {
            return;
        }
        let fates: Vec<Fate> = owners.map(|owner| fate_of(api, owner, &metadata.namespace)).collect();
        if fates.contains(&Fate::Stays) {
            if fates.iter().any(|&fate| fate != Fate::Stays) {
                let mut freed = object.clone();
                let mut stays = fates.iter().map(|&fate| fate == Fate::Stays);
                Rc::make_mut(&mut freed.metadata_mut().owner_references).retain(|_| stays.next() == Some(true));
                // Refused only if it was changed meanwhile, and then it is looked at again.
                let _ = api.handle(Request::Update(freed));
            }
            return;
        }
        let waited_for = fates.contains(&Fate::WaitsForDependents);
        let propagation = if metadata.has_finalizer(ORPHAN_FINALIZER) {
            Propagation::Orphan
        } else if metadata.has_finalizer(FOREGROUND_FINALIZER) || (waited_for && self.dependents.contains_key(&uid)) {
            Propagation::Foreground
        } else {
            Propagation::Background
        };
        let options = DeleteOptions { propagation, uid: Some(uid), ..DeleteOptions::default() };
        // Refused only if it is gone already.
        let _ = api.handle(Request::Delete { key, options });
    }

    fn release(&self, api: &mut ApiServer, key: ObjectKey, uid: Uid) {
        let waits = live(api, &key, uid).is_some_and(|object| object.metadata().has_finalizer(FOREGROUND_FINALIZER));
        let blocked = self.dependents.get(&uid).is_some_and(|all| all.values().any(|dependent| dependent.blocks));
        if waits && !blocked {
            // Refused only if it is gone already.
            let _ = api.handle(Request::RemoveFinalizer { key, finalizer: FOREGROUND_FINALIZER });
        }
    }

    fn orphan(&self, api: &mut ApiServer, key: ObjectKey, uid: Uid) {
        for (&dependent_uid, dependent) in self.dependents.get(&uid).into_iter().flat_map(Table::ordered) {
            let Some(mut object) = live(api, &dependent.key, dependent_uid) else { continue };
            Rc::make_mut(&mut object.metadata_mut().owner_references).retain(|owner| owner.uid != uid);
            // Refused only if it was changed meanwhile; its owner is then gone and it is deleted, as in Kubernetes.
            let _ = api.handle(Request::Update(object));
        }
        let _ = api.handle(Request::RemoveFinalizer { key, finalizer: ORPHAN_FINALIZER });
    }

    fn tell(&mut self, api: &mut ApiServer, object: &Object, owner: &OwnerReference) {
        let OwnerReference { api_version, kind, name, uid, .. } = owner;
        let namespace = &object.metadata().namespace;
        let message = format!(
            "ownerRef [{api_version}/{kind}, namespace: {namespace}, name: {name}, uid: {uid}] does not exist in namespace \
             \"{namespace}\""
        );
        let metadata = object.metadata();
        let about = ObjectReference::to(object.kind(), namespace, &metadata.name, metadata.uid);
        self.recorder.event(api, about, "Warning", "OwnerRefInvalidNamespace", message);
    }
}

impl Default for GarbageCollector {
    fn default() -> Self {
        Self::new()
    }
}

impl Component for GarbageCollector {
    fn observe(&mut self, _now: Timestamp, change: &Change) {
        // Who owns it, and what keeps it, stands in the metadata.
        if !change.touches_metadata() {
            return;
        }
        let object = &change.object;
        let uid = object.metadata().uid;
        self.note_owners(change);
        if change.change == ChangeType::Deleted {
            self.owners.remove(&uid);
            self.check_dependents(uid);
            return;
        }
        if object.kind() != Kind::Pod && change.change == ChangeType::Added {
            self.owners.insert(uid, object.key());
        }
        let newly = |finalizer: &str| {
            let holds = |object: &Object| object.metadata().is_deleting() && object.metadata().has_finalizer(finalizer);
            holds(object) && !change.previous.as_ref().is_some_and(holds)
        };
        if newly(ORPHAN_FINALIZER) {
            self.work.push_back(Work::Orphan(object.key(), uid));
        } else if newly(FOREGROUND_FINALIZER) {
            self.check_dependents(uid);
            self.work.push_back(Work::Release(object.key(), uid));
        }
    }

    fn wake_at(&self) -> Option<Timestamp> {
        (!self.work.is_empty()).then(Timestamp::default)
    }

    fn wake(&mut self, api: &mut ApiServer) {
        while let Some(work) = self.work.pop_front() {
            match work {
                Work::Check(key, uid) => self.check(api, key, uid),
                Work::Release(key, uid) => self.release(api, key, uid),
                Work::Orphan(key, uid) => self.orphan(api, key, uid),
                Work::Tell(object, owner) => self.tell(api, &object, &owner),
            }
        }
    }
}

/// What an owner means to those it owns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Stays,
    /// It is deleted in the foreground.
    WaitsForDependents,
    Gone,
}

fn fate_of(api: &ApiServer, owner: &OwnerReference, namespace: &Text) -> Fate {
    let Some(key) = owner_key(owner, namespace) else { return Fate::Stays };
    match live(api, &key, owner.uid).as_ref().map(Object::metadata) {
        None => Fate::Gone,
        Some(metadata) if metadata.is_deleting() && metadata.has_finalizer(FOREGROUND_FINALIZER) => {
            Fate::WaitsForDependents
        }
        Some(_) => Fate::Stays,
    }
}

/// Where an owner is stored; `None` for a kind that this cluster does not know, whose objects are left alone.
fn owner_key(owner: &OwnerReference, namespace: &Text) -> Option<ObjectKey> {
    let kind = Kind::of(&owner.api_version, &owner.kind)?;
    let namespace = if kind.resource().namespaced { namespace.clone() } else { Text::EMPTY };
    Some(ObjectKey { kind, namespace, name: owner.name.clone() })
}

/// Whether an owner that is stored at a place is the one that a reference in a namespace means.
fn is_at(owner: &OwnerReference, key: &ObjectKey, namespace: &Text) -> bool {
    let is_there = key.namespace == *namespace || key.namespace.is_empty();
    is_there && key.name == owner.name && Kind::of(&owner.api_version, &owner.kind) == Some(key.kind)
}

fn live(api: &ApiServer, key: &ObjectKey, uid: Uid) -> Option<Object> {
    api.live().get(key).filter(|object| object.metadata().uid == uid)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::fields::Field;
    use crate::apiserver::Naming;
    use serde_json::json;

    /// CronJob `c` owns Job `j` owns Pods `p` and `q`; `alone` belongs to nobody, `lost` to a Job that never was.
    struct Bench {
        api: ApiServer,
        collector: GarbageCollector,
        told: u64,
    }

    fn key(kind: Kind, name: &'static str) -> ObjectKey {
        ObjectKey::new(kind, "default", name)
    }

    impl Bench {
        fn new() -> Self {
            let api = ApiServer::new(Timestamp::default(), Naming::random(7));
            let mut bench = Self { api, collector: GarbageCollector::new(), told: 0 };
            let cron_job = bench.create(Kind::ConfigMap, "c", None);
            let job = bench.create(Kind::Secret, "j", Some(cron_job));
            bench.create(Kind::Service, "p", Some(job.clone()));
            bench.create(Kind::Service, "q", Some(job.clone()));
            bench.create(Kind::Service, "alone", None);
            bench.create(Kind::Service, "lost", Some(OwnerReference { uid: Uid(99), ..job }));
            bench
        }

        fn create(&mut self, kind: Kind, name: &str, owner: Option<OwnerReference>) -> OwnerReference {
            let owners: Vec<OwnerReference> = owner.into_iter().collect();
            let metadata = json!({"name": name, "namespace": "default", "ownerReferences": owners.write()});
            let value = json!({"metadata": metadata, "spec": {"clusterIP": "None"}});
            let object = Object::from_value(kind, value).expect("an object");
            let created = self.api.handle(Request::Create(object)).expect("created");
            let reference = created.reference();
            OwnerReference {
                api_version: reference.api_version,
                kind: reference.kind,
                name: reference.name,
                uid: reference.uid,
                controller: Some(true),
                block_owner_deletion: Some(true),
            }
        }

        fn run(&mut self) {
            loop {
                let seen = self.api.storage().revision();
                for revision in self.told + 1..=seen {
                    self.collector.observe(self.api.now(), &self.api.storage().change(revision));
                }
                self.told = seen;
                if self.collector.wake_at().is_none() {
                    return;
                }
                self.collector.wake(&mut self.api);
            }
        }

        fn names(&self) -> String {
            let kinds = [Kind::ConfigMap, Kind::Secret, Kind::Service];
            let objects = kinds.into_iter().flat_map(|kind| self.api.live().list(kind));
            let told = objects.map(|object| {
                let metadata = object.metadata();
                let owned = if metadata.owner_references.is_empty() { "" } else { "^" };
                let deleting = if metadata.is_deleting() { "!" } else { "" };
                format!("{}{owned}{deleting}", metadata.name)
            });
            told.collect::<Vec<_>>().join(" ")
        }
    }

    #[test]
    fn dependents_follow_their_owner() {
        let check = |kind: Kind, name: &'static str, propagation: Propagation, left: &str| {
            let mut bench = Bench::new();
            bench.run();
            assert_eq!(bench.names(), "c j^ alone p^ q^");
            let options = DeleteOptions { propagation, ..DeleteOptions::default() };
            bench.api.handle(Request::Delete { key: key(kind, name), options }).expect("deleted");
            bench.run();
            assert_eq!(bench.names(), left, "{kind} {name} {propagation:?}");
        };
        check(Kind::Secret, "j", Propagation::Background, "c alone");
        check(Kind::Secret, "j", Propagation::Foreground, "c alone");
        check(Kind::Secret, "j", Propagation::Orphan, "c alone p q");
        check(Kind::ConfigMap, "c", Propagation::Background, "alone");
        check(Kind::ConfigMap, "c", Propagation::Foreground, "alone");
        check(Kind::ConfigMap, "c", Propagation::Orphan, "j alone p^ q^");
    }

    #[test]
    fn a_foreground_deletion_waits_for_dependents_that_are_held() {
        let mut bench = Bench::new();
        bench.run();
        let mut held = bench.api.live().get(&key(Kind::Service, "p")).expect("p").clone();
        Rc::make_mut(&mut held.metadata_mut().finalizers).push("example.com/hold".into());
        bench.api.handle(Request::Update(held)).expect("held");
        let options = DeleteOptions { propagation: Propagation::Foreground, ..DeleteOptions::default() };
        bench.api.handle(Request::Delete { key: key(Kind::ConfigMap, "c"), options }).expect("deleted");
        bench.run();
        assert_eq!(bench.names(), "c! j^! alone p^!");
        let release = Request::RemoveFinalizer { key: key(Kind::Service, "p"), finalizer: "example.com/hold" };
        bench.api.handle(release).expect("released");
        bench.run();
        assert_eq!(bench.names(), "alone");
    }

    #[test]
    fn a_foreground_deletion_does_not_wait_for_dependents_that_let_go() {
        let mut bench = Bench::new();
        bench.run();
        let mut held = bench.api.live().get(&key(Kind::Service, "p")).expect("p").clone();
        Rc::make_mut(&mut held.metadata_mut().finalizers).push("example.com/hold".into());
        let held = bench.api.handle(Request::Update(held)).expect("held");
        let options = DeleteOptions { propagation: Propagation::Foreground, ..DeleteOptions::default() };
        bench.api.handle(Request::Delete { key: key(Kind::Secret, "j"), options }).expect("deleted");
        bench.run();
        assert_eq!(bench.names(), "c j^! alone p^!");
        let mut free = bench.api.live().get(&held.key()).expect("p").clone();
        Rc::make_mut(&mut free.metadata_mut().owner_references)[0].block_owner_deletion = Some(false);
        bench.api.handle(Request::Update(free)).expect("does not block");
        bench.run();
        assert_eq!(bench.names(), "c alone p^!");
    }

    #[test]
    fn an_owner_is_who_is_named_and_where() {
        // What a new object says of its owner, ConfigMap `c`, and whether it stays.
        let check = |namespace: &str, change: fn(&mut OwnerReference), stays: bool, event: bool| {
            let mut bench = Bench::new();
            let mut owner = bench.create(Kind::ConfigMap, "c2", None);
            bench.run();
            change(&mut owner);
            let object = if namespace.is_empty() { Kind::PriorityClass } else { Kind::ConfigMap };
            if !namespace.is_empty() {
                let place = Object::from_value(Kind::Namespace, json!({"metadata": {"name": "other"}}));
                bench.api.handle(Request::Create(place.expect("a namespace"))).expect("a namespace");
            }
            let metadata = json!({"name": "d", "namespace": namespace, "ownerReferences": vec![owner.clone()].write()});
            let made = Object::from_value(object, json!({"metadata": metadata, "value": 7})).expect("an object");
            let made = bench.api.handle(Request::Create(made)).expect("created");
            bench.run();
            assert_eq!(bench.api.live().get(&made.key()).is_some(), stays, "{namespace} {owner:?}");
            let events = bench.api.live().list(Kind::Event).filter_map(Object::into_event);
            let told: Vec<String> = events.map(|event| event.said.message.to_string()).collect();
            let message = format!(
                "ownerRef [v1/ConfigMap, namespace: {namespace}, name: c2, uid: {}] does not exist in namespace \
                 \"{namespace}\"",
                owner.uid
            );
            assert_eq!(told, event.then_some(message).as_slice(), "{namespace} {owner:?}");
        };
        check("default", |_| {}, true, false);
        check("default", |owner| owner.name = "typo".into(), false, false);
        check("default", |owner| owner.kind = "Secret".into(), false, false);
        check(
            "default",
            |owner| (owner.api_version, owner.kind) = ("example.com/v1".into(), "Foo".into()),
            true,
            false,
        );
        check("other", |_| {}, false, true);
        // What has no namespace is never collected with what has one.
        check("", |_| {}, true, true);
    }
}
