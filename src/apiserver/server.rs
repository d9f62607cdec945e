//! Requests in, objects and errors out.

use super::admission::{self, Admission};
use super::checks::{CHECKS, Checks};
use super::deletion::{self, Verdict};
use super::usage::{Ledger, Limit};
use super::{ChangeType, DeleteOptions, Naming, Patch, Request, Storage, Subresource, View, strategy};
use crate::api::{
    ApiError, Condition, ConditionStatus, FieldError, Kind, Object, ObjectKey, ObjectMeta, Other, Pod, PodSpec,
    PodStatus, Reason, Report, Text, Time, Uid, defaults,
};
use crate::sim::{Map, Timestamp};
use serde_json::Value;
use std::rc::Rc;

/// How often a name is drawn for an object that has only a `generateName`, until one is free.
const NAME_DRAWS: u32 = 8;

/// The API server: the only way to change an object.
///
/// Time stands still inside of it; whoever runs it says what time it is.
#[derive(Clone, Debug)]
pub struct ApiServer {
    now: Timestamp,
    storage: Storage,
    naming: Naming,
    admission: Admission,
    /// When each node's kubelet last renewed its lease. Not an object: nobody reads its past.
    leases: Map<Text, Timestamp>,
    /// What the namespaces hold of what quotas limit.
    ledger: Ledger,
    /// What the last pod's status was before it was bound, and after.
    scheduled: Option<(Rc<PodStatus>, Rc<PodStatus>)>,
    /// The last valid change of a pod's status.
    passed: Option<PassedStatus>,
    /// What the last patch is warned of.
    warnings: Vec<String>,
    /// Whether requests are answered without being carried out.
    trial: bool,
    checks: Option<&'static Checks>,
    /// Until when it has more to do than it can: it does not do what people ask of it.
    overloaded: Option<Timestamp>,
    applied: Map<Uid, Rc<Applied>>,
}

/// A pod's status before and after, and its spec.
type PassedStatus = (Rc<PodStatus>, Rc<PodStatus>, Rc<PodSpec>);

/// What was applied to an object on the server's side. In Kubernetes, this is a part of `managedFields`.
#[derive(Clone, Debug, Default)]
pub struct Applied {
    /// Whether all fields that have an owner are someone's who has applied.
    pub whole: bool,
    /// Who applied what last.
    pub by: Vec<(Text, Value)>,
}

impl ApiServer {
    /// A cluster in which nothing exists yet but what every cluster has: its namespaces and priority classes.
    pub fn new(now: Timestamp, naming: Naming) -> Self {
        Self::with_checks(now, naming, Some(&CHECKS))
    }

    /// The same, where the checks may come later.
    pub fn with_checks(now: Timestamp, naming: Naming, checks: Option<&'static Checks>) -> Self {
        let (storage, admission, leases) = (Storage::default(), Admission::default(), Map::new());
        let ledger = Ledger::default();
        let (warnings, trial, overloaded, applied) = (Vec::new(), false, None, Map::new());
        let mut server = Self {
            now,
            storage,
            naming,
            admission,
            leases,
            ledger,
            scheduled: None,
            passed: None,
            warnings,
            trial,
            checks,
            overloaded,
            applied,
        };
        for object in super::bootstrap::objects() {
            let created = server.create(object);
            debug_assert!(created.is_ok(), "a cluster begins with valid objects: {created:?}");
        }
        server
    }

    /// Brings the checks, if they were not there from the beginning.
    pub fn set_checks(&mut self, checks: &'static Checks) {
        self.checks = Some(checks);
    }

    /// What the checks find wrong; nothing, until they are there.
    fn causes(&self, find: impl FnOnce(&Checks) -> Vec<FieldError>) -> Vec<FieldError> {
        self.checks.map_or_else(Vec::new, find)
    }

    /// Fills in what was left out. Without the checks there is nothing to fill in but Jobs and their pods.
    fn fill(&self, object: &mut Object) {
        self.checks.map_or(defaults::set_defaults_of_runs as fn(&mut Object), |checks| checks.defaults)(object);
    }

    /// What time it is.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Says what time it is. Time does not go back.
    pub fn set_now(&mut self, now: Timestamp) {
        debug_assert!(now >= self.now, "time went back from {} to {now}", self.now);
        self.now = now;
    }

    /// From now on and up to an instant people's requests are too many. Those of the control plane and of kubelets come
    /// first, and are done all the same.
    pub fn overload(&mut self, until: Timestamp) {
        self.overloaded = Some(until);
    }

    /// Whether people's requests are too many now.
    pub fn is_overloaded(&self) -> bool {
        self.overloaded.is_some_and(|until| self.now < until)
    }

    /// All that was ever written.
    pub fn storage(&self) -> &Storage {
        &self.storage
    }

    /// The objects as they stand now, for a read that goes past every cache.
    pub fn live(&self) -> View<'_> {
        self.storage.now()
    }

    /// The limits of a quota, with what its namespace holds of each.
    pub fn quota_limits(&mut self, quota: &Other) -> Vec<Limit> {
        self.ledger.limits(&self.storage, quota)
    }

    /// A kubelet says that it is alive.
    pub fn renew_lease(&mut self, node: &Text) {
        self.leases.insert(node.clone(), self.now);
    }

    /// When a node's kubelet last said that it is alive.
    pub fn lease(&self, node: &str) -> Option<Timestamp> {
        self.leases.get(node).copied()
    }

    /// Does what is asked, or says why not.
    pub fn handle(&mut self, request: Request) -> Result<Object, ApiError> {
        match request {
            Request::Create(object) => self.create(object),
            Request::Update(object) => self.update(object),
            Request::UpdateStatus(object) => self.update_status(object),
            Request::Patch { key, patch, subresource } => self.patch(&key, &patch, subresource),
            Request::Delete { key, options } => self.delete(&key, &options),
            Request::Bind { pod, node } => self.bind(&pod, node),
            Request::Evict { pod, options } => self.evict(&pod, &options),
            Request::RemoveFinalizer { key, finalizer } => self.remove_finalizer(&key, finalizer),
        }
    }

    /// Writes an event that is said for the first time, and says as which revision. Where its namespace is ending it is lost.
    pub fn report(&mut self, report: Report) -> Option<u64> {
        let is_open = self.admission.is_open(self.storage.now(), &report.namespace());
        if !is_open || self.trial {
            return None;
        }
        let uid = self.naming.uid(Kind::Event, false);
        self.storage.report(self.now, report, uid)
    }

    fn current(&self, key: &ObjectKey) -> Result<Object, ApiError> {
        self.live().get(key).ok_or_else(|| ApiError::not_found(key))
    }

    fn create(&mut self, mut object: Object) -> Result<Object, ApiError> {
        let kind = object.kind();
        leave_namespace(&mut object);
        self.admission.check_namespace(self.storage.now(), &object)?;
        let admitted = match &mut object {
            Object::Pod(pod) => Some(self.admission.admit_pod(self.storage.now(), self.now, Rc::make_mut(pod))?),
            _ => None,
        };
        if admitted.is_none() {
            self.fill(&mut object);
        }
        let metadata = object.metadata_mut();
        metadata.uid = self.naming.uid(kind, self.trial);
        metadata.creation_timestamp = Some(Time::from(self.now));
        metadata.deletion_timestamp = None;
        metadata.deletion_grace_period_seconds = None;
        if metadata.name.is_empty() && !metadata.generate_name.is_empty() {
            // A name that is taken is drawn again, as often as the real one does; with thousands of pods that happens.
            for _ in 0..NAME_DRAWS {
                let name = self.naming.name(&object);
                object.metadata_mut().name = name;
                if self.live().get(&object.key()).is_none() {
                    break;
                }
            }
        }
        strategy::prepare_create(self.now, self.storage.revision(), &mut object);
        let alike = admitted.as_ref().and_then(|admitted| admitted.alike.as_ref());
        if let Err(error) = self.check_new(&object, alike.map(Rc::as_ref)) {
            return Err(self.refused(&object, error));
        }
        match (admitted, &object) {
            (Some(admitted), Object::Pod(pod)) => self.admission.remember(admitted, pod),
            // What is stored is decoded again before anyone sees it, and a Job without labels then shows its template's.
            _ => self.fill(&mut object),
        }
        if object.resource_version() != 0 && !self.trial {
            let why = "resourceVersion should not be set on objects to be created";
            return Err(self.refused(&object, ApiError::new(Reason::Unknown, why)));
        }
        let stored = if self.trial {
            if self.live().get(&object.key()).is_some() { Err(object) } else { Ok(object) }
        } else {
            self.admission.note_write(kind);
            self.storage.add(self.now, object)
        };
        stored.map_err(|object| {
            let known = self.live().get(&object.key());
            let goes = known.is_some_and(|known| known.metadata().is_deleting());
            self.refused(&object, ApiError::already_exists(&object, goes))
        })
    }

    /// Whether a new object is valid and has room in its namespace. A pod may have the metadata of one `alike`, which was
    /// found valid.
    fn check_new(&mut self, object: &Object, alike: Option<&ObjectMeta>) -> Result<(), ApiError> {
        let Some(checks) = self.checks else { return Ok(()) };
        let causes = match alike {
            Some(alike) => (checks.metadata)(object, alike),
            None => (checks.create)(object),
        };
        if !causes.is_empty() {
            return Err(ApiError::invalid(&object.key(), causes));
        }
        if alike.is_none() {
            self.warnings = (checks.warnings)(object);
        }
        admission::check(self.storage.now(), object, true)?;
        (checks.quotas)(&mut self.ledger, &self.storage, object)
    }

    /// An error about an object that does not come to be.
    fn refused(&mut self, object: &Object, error: ApiError) -> ApiError {
        let instead = self.naming.take_back(object);
        instead.iter().fold(error, |error, (made_up, instead)| error.renamed(made_up, instead))
    }

    fn update(&mut self, mut new: Object) -> Result<Object, ApiError> {
        leave_namespace(&mut new);
        let old = self.unchanged_since(&new)?;
        strategy::set_update_defaults(&mut new, &old, |object| self.fill(object));
        strategy::prepare_update(&mut new, &old);
        let causes = self.causes(|checks| (checks.update)(&new, &old));
        if !causes.is_empty() {
            return Err(ApiError::invalid(&new.key(), causes));
        }
        admission::check(self.storage.now(), &new, false)?;
        if let Some(checks) = self.checks.filter(|_| new.metadata().generation != old.metadata().generation) {
            self.warnings.extend((checks.update_warnings)(&new));
        }
        Ok(self.store(new, &old))
    }

    fn update_status(&mut self, mut new: Object) -> Result<Object, ApiError> {
        let old = self.unchanged_since(&new)?;
        strategy::prepare_status_update(&mut new, &old);
        self.check_status(&new, &old)?;
        Ok(self.store(new, &old))
    }

    /// Changes a status as it stands now: who does so misses no write of another. Answers nothing if the object is gone, or
    /// if there is nothing to say of it.
    pub fn patch_status(&mut self, key: &ObjectKey, said: impl FnOnce(&Object) -> Option<Object>) -> Option<Object> {
        let old = self.live().get(key)?;
        let mut new = said(&old)?;
        strategy::prepare_status_update(&mut new, &old);
        self.check_status(&new, &old).ok()?;
        Some(self.store(new, &old))
    }

    /// Whether a status is valid. Pods of one template fare alike in crowds: what was valid for one of them is for the next.
    fn check_status(&mut self, new: &Object, old: &Object) -> Result<(), ApiError> {
        let passing = match (new, old) {
            (Object::Pod(new), Object::Pod(old)) if Rc::ptr_eq(&new.metadata, &old.metadata) => {
                Some((old.status.clone(), new.status.clone(), new.spec.clone()))
            }
            _ => None,
        };
        let same = |one: &PassedStatus, other: &PassedStatus| {
            Rc::ptr_eq(&one.0, &other.0) && Rc::ptr_eq(&one.1, &other.1) && Rc::ptr_eq(&one.2, &other.2)
        };
        if self.passed.as_ref().zip(passing.as_ref()).is_some_and(|(passed, passing)| same(passed, passing)) {
            return Ok(());
        }
        let causes = self.causes(|checks| (checks.status_update)(new, old));
        if !causes.is_empty() {
            return Err(ApiError::invalid(&new.key(), causes));
        }
        self.passed = passing.filter(|_| self.checks.is_some());
        Ok(())
    }

    fn patch(&mut self, key: &ObjectKey, patch: &Patch, subresource: Option<Subresource>) -> Result<Object, ApiError> {
        if subresource == Some(Subresource::Scale) {
            // No kind in here can be scaled: Jobs lost that subresource long ago.
            return Err(ApiError::new(Reason::NotFound, "the server could not find the requested resource"));
        }
        let old = self.current(key)?;
        let Some(checks) = self.checks else {
            return Err(ApiError::new(Reason::Unknown, "patches cannot be read yet"));
        };
        let (new, unknown) = (checks.patched)(&old, patch)?;
        self.warnings = unknown;
        match subresource {
            None => self.update(new),
            Some(_) => self.update_status(new),
        }
    }

    /// What the last changes are warned of, without the word `Warning: `: fields that do not exist, among others.
    pub fn take_warnings(&mut self) -> Vec<String> {
        std::mem::take(&mut self.warnings)
    }

    /// What was applied to an object on the server's side.
    pub fn applied(&self, uid: Uid) -> Rc<Applied> {
        self.applied.get(&uid).cloned().unwrap_or_default()
    }

    /// Remembers what was applied to an object.
    pub fn note_applied(&mut self, uid: Uid, manager: &str, value: Value, whole: bool) {
        let applied = Rc::make_mut(self.applied.entry(uid).or_default());
        applied.whole |= whole;
        applied.by.retain(|(by, _)| by != manager);
        applied.by.push((manager.to_owned().into(), value));
    }

    /// Answers as if the request were made, and writes nothing: `--dry-run=server`.
    pub fn try_out(&mut self, request: Request) -> Result<Object, ApiError> {
        let naming = self.naming.clone();
        self.trial = true;
        let answer = self.handle(request);
        (self.trial, self.naming) = (false, naming);
        answer
    }

    /// Writes a version of an object that stands, unless this is only a trial.
    fn write(&mut self, change: ChangeType, object: Object, previous: Object) -> Object {
        if self.trial {
            return object;
        }
        self.admission.note_write(object.kind());
        self.storage.write(self.now, change, object, previous)
    }

    fn delete(&mut self, key: &ObjectKey, options: &DeleteOptions) -> Result<Object, ApiError> {
        let object = self.current(key)?;
        if let Some(uid) = options.uid.filter(|uid| *uid != object.metadata().uid) {
            return Err(ApiError::another(key, uid, object.metadata().uid));
        }
        admission::check_deletion(&object)?;
        match deletion::decide(self.now, &object, options) {
            Verdict::Remove => Ok(self.write(ChangeType::Deleted, object.clone(), object)),
            Verdict::Mark(marked) => Ok(self.store(marked, &object)),
            Verdict::MarkAndRemove(marked) => {
                let marked = self.write(ChangeType::Modified, marked, object);
                Ok(self.write(ChangeType::Deleted, marked.clone(), marked))
            }
            Verdict::Unchanged => Ok(object),
        }
    }

    fn bind(&mut self, key: &ObjectKey, node: Text) -> Result<Object, ApiError> {
        let object = self.current(key)?;
        let Object::Pod(pod) = &object else { return Err(ApiError::not_found(key)) };
        if pod.metadata.is_deleting() {
            let message = format!("pod {} is being deleted, cannot be assigned to a host", key.name);
            return Err(ApiError::new(Reason::Conflict, message));
        }
        if let Some(taken) = &pod.node_name {
            return Err(ApiError::new(
                Reason::Conflict,
                format!("pod {} is already assigned to node \"{taken}\"", key.name),
            ));
        }
        let mut bound = Pod { node_name: Some(node), status: self.scheduled_status(pod), ..(**pod).clone() };
        admission::label_by_node(self.live(), &mut bound);
        Ok(self.store(bound.into(), &object))
    }

    /// The status of a pod that is bound now. Pods of one template are bound in crowds, and share it.
    fn scheduled_status(&mut self, pod: &Pod) -> Rc<PodStatus> {
        let condition = Condition {
            kind: "PodScheduled".into(),
            status: ConditionStatus::True,
            last_transition_time: Some(Time::from(self.now)),
            observed_generation: pod.metadata.generation,
            ..Condition::default()
        };
        if let Some((before, known)) = &self.scheduled
            && Rc::ptr_eq(before, &pod.status)
            && known.conditions.contains(&condition)
        {
            return Rc::clone(known);
        }
        let mut status = (*pod.status).clone();
        status.set_condition(condition);
        // Where room was being made for it is of no interest any more.
        status.nominated_node_name = Text::EMPTY;
        let status = Rc::new(status);
        self.scheduled = Some((Rc::clone(&pod.status), Rc::clone(&status)));
        status
    }

    /// Every pod gets its condition first, even one that has finished.
    fn evict(&mut self, key: &ObjectKey, options: &DeleteOptions) -> Result<Object, ApiError> {
        let object = self.current(key)?;
        let Object::Pod(pod) = &object else { return Err(ApiError::not_found(key)) };
        if let Some(checks) = self.checks {
            (checks.budgets)(self.live(), pod)?;
        }
        let mut status = (*pod.status).clone();
        status.set_condition(Condition {
            kind: "DisruptionTarget".into(),
            status: ConditionStatus::True,
            reason: "EvictionByEvictionAPI".into(),
            message: "Eviction API: evicting".into(),
            last_transition_time: Some(Time::from(self.now)),
            observed_generation: pod.metadata.generation,
            ..Condition::default()
        });
        let marked = Pod { status: Rc::new(status), ..(**pod).clone() };
        self.store(marked.into(), &object);
        self.delete(key, options)
    }

    fn remove_finalizer(&mut self, key: &ObjectKey, finalizer: &str) -> Result<Object, ApiError> {
        let old = self.current(key)?;
        let mut new = old.clone();
        let metadata = new.metadata_mut();
        metadata.finalizers =
            Rc::new(metadata.finalizers.iter().filter(|held| **held != *finalizer).cloned().collect());
        if let Object::Other(namespace) = &mut new
            && finalizer == deletion::NAMESPACE_FINALIZER
        {
            Rc::make_mut(namespace).fields.remove("spec");
        }
        Ok(self.store(new, &old))
    }

    /// The stored object, unless somebody has changed it since the writer read it.
    fn unchanged_since(&self, new: &Object) -> Result<Object, ApiError> {
        let key = new.key();
        let old = self.current(&key)?;
        let read = new.resource_version();
        let (uid, stored) = (new.metadata().uid, old.metadata().uid);
        if uid != Uid::default() && uid != stored {
            return Err(ApiError::replaced(&key, uid, stored));
        }
        if read != 0 && read != old.resource_version() {
            return Err(ApiError::conflict(&key));
        }
        Ok(old)
    }

    /// Writes what has changed; removes what was only waiting to be released, and a watch then tells the state before
    /// that release. A write that changes nothing is none.
    fn store(&mut self, mut new: Object, old: &Object) -> Object {
        new.set_resource_version(old.resource_version());
        if new == *old {
            return new;
        }
        if deletion::is_released(&new) {
            return self.write(ChangeType::Deleted, old.clone(), old.clone());
        }
        self.write(ChangeType::Modified, new, old.clone())
    }

    /// The pods of a namespace that stand now, for those who must not trust a cache.
    pub fn live_pods<'a>(&'a self, namespace: &str) -> impl Iterator<Item = Rc<Pod>> + 'a {
        self.live().list_in(Kind::Pod, namespace).filter_map(Object::into_pod)
    }
}

/// What belongs to the whole cluster is in no namespace, whatever its writer says.
fn leave_namespace(object: &mut Object) {
    if !object.kind().resource().namespaced && !object.metadata().namespace.is_empty() {
        object.metadata_mut().namespace = Text::EMPTY;
    }
}
