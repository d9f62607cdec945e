//! The StatefulSet controller: pods with lasting names, one after the other.
//!
//! `rabbitmq-0` is made first; `rabbitmq-1` when that is ready. A pod that ends or is deleted comes back under its name. What
//! is too many goes from the highest number down, and a changed template reaches the pods in that order as well.
//! In Kubernetes: `pkg/controller/statefulset`. Left out: partitions, minReadySeconds, and the claims that a set makes for
//! its pods (their volumes begin empty).

use super::WorkQueue;
use crate::api::fields::{self, Field};
use crate::api::{
    Kind, Object, ObjectKey, ObjectMeta, Other, OwnerReference, Pod, PodPhase, PodSpec, PodTemplateSpec, Text, Uid,
};
use crate::apiserver::{ApiServer, Change, ChangeType, Component, DeleteOptions, EventRecorder, Request};
use crate::sim::{Map, Timestamp};
use serde_json::{Value, json};
use std::rc::Rc;

const POD_NAME: &str = "statefulset.kubernetes.io/pod-name";
const POD_INDEX: &str = "apps.kubernetes.io/pod-index";
const REVISION: &str = "controller-revision-hash";

/// Keeps the pods of StatefulSets.
#[derive(Clone, Debug)]
pub struct StatefulSetController {
    queue: WorkQueue<ObjectKey>,
    sets: Map<ObjectKey, Rc<Other>>,
    /// The pods of each set, by its UID and their names.
    pods: Map<(Uid, Text), Rc<Pod>>,
    recorder: EventRecorder,
}

impl Default for StatefulSetController {
    fn default() -> Self {
        Self::new()
    }
}

/// What a set says of its pods.
struct Wanted {
    replicas: u32,
    parallel: bool,
    /// Whether pods of an older template are replaced without being asked.
    rolls: bool,
    template: PodTemplateSpec,
    spec: Rc<PodSpec>,
    revision: Text,
}

impl StatefulSetController {
    /// A controller that has observed nothing yet.
    pub fn new() -> Self {
        let recorder = EventRecorder::new("statefulset-controller", Text::EMPTY);
        Self { queue: WorkQueue::default(), sets: Map::new(), pods: Map::new(), recorder }
    }

    fn look_at(&mut self, api: &mut ApiServer, key: ObjectKey) {
        let Some(set) = self.sets.get(&key).cloned().filter(|set| !set.metadata.is_deleting()) else { return };
        let Some(wanted) = Wanted::of(&set) else { return };
        if !self.keep(api, &set, &wanted) {
            self.queue.add_rate_limited(api.now(), key.clone());
        } else {
            self.queue.forget(&key);
        }
        self.report(api, &set, &wanted);
    }

    fn pod(&self, set: &Other, ordinal: u32) -> Option<Rc<Pod>> {
        self.pods.get(&(set.metadata.uid, name(set, ordinal))).cloned()
    }

    /// Takes one step towards the pods that are wanted; false if the API server did not like it.
    fn keep(&mut self, api: &mut ApiServer, set: &Rc<Other>, wanted: &Wanted) -> bool {
        let mut settled = true;
        for ordinal in 0..wanted.replicas {
            let pod = self.pod(set, ordinal);
            match &pod {
                None => {
                    if !self.create(api, set, wanted, ordinal) {
                        return false;
                    }
                }
                Some(pod) if pod.is_finished() && !pod.metadata.is_deleting() => {
                    let (namespace, owner) = (&set.metadata.namespace, &set.metadata.name);
                    let message =
                        format!("StatefulSet {namespace}/{owner} is recreating failed Pod {}", pod.metadata.name);
                    self.tell(api, set, "Warning", "RecreatingFailedPod", message);
                    if !self.delete(api, set, pod) {
                        return false;
                    }
                }
                Some(_) => {}
            }
            let ready = pod.is_some_and(|pod| pod.is_ready() && pod.is_active());
            settled &= ready;
            if !ready && !wanted.parallel {
                return true;
            }
        }
        let surplus = self.of(set).filter_map(|pod| Some((number(set, pod)?, pod.clone())));
        let surplus = surplus.filter(|(ordinal, _)| *ordinal >= wanted.replicas).max_by_key(|(ordinal, _)| *ordinal);
        if let Some((_, pod)) = surplus {
            return pod.metadata.is_deleting() || self.delete(api, set, &pod);
        }
        let outdated = (0..wanted.replicas).rev().filter_map(|ordinal| self.pod(set, ordinal));
        let outdated = outdated.into_iter().find(|pod| pod.metadata.labels.get(REVISION) != Some(&wanted.revision));
        match outdated.filter(|pod| settled && wanted.rolls && !pod.metadata.is_deleting()) {
            Some(pod) => self.delete(api, set, &pod),
            None => true,
        }
    }

    /// The pods of a set.
    fn of<'a>(&'a self, set: &Other) -> impl Iterator<Item = &'a Rc<Pod>> {
        let uid = set.metadata.uid;
        self.pods.range((uid, Text::EMPTY)..).take_while(move |((owner, _), _)| *owner == uid).map(|(_, pod)| pod)
    }

    fn create(&mut self, api: &mut ApiServer, set: &Rc<Other>, wanted: &Wanted, ordinal: u32) -> bool {
        let pod = wanted.pod(set, ordinal);
        let (pod_name, owner) = (pod.metadata.name.clone(), set.metadata.name.clone());
        match api.handle(Request::Create(pod.into())) {
            Ok(created) => {
                if let Object::Pod(pod) = created {
                    self.pods.insert((set.metadata.uid, pod_name.clone()), pod);
                }
                let message = format!("create Pod {pod_name} in StatefulSet {owner} successful");
                self.tell(api, set, "Normal", "SuccessfulCreate", message);
                true
            }
            Err(error) => {
                let message = format!("create Pod {pod_name} in StatefulSet {owner} failed error: {}", error.message);
                self.tell(api, set, "Warning", "FailedCreate", message);
                false
            }
        }
    }

    fn delete(&mut self, api: &mut ApiServer, set: &Rc<Other>, pod: &Rc<Pod>) -> bool {
        let key = Object::Pod(pod.clone()).key();
        let options = DeleteOptions { uid: Some(pod.metadata.uid), ..DeleteOptions::default() };
        let deleted = api.handle(Request::Delete { key, options }).is_ok();
        if deleted {
            let message = format!("delete Pod {} in StatefulSet {} successful", pod.metadata.name, set.metadata.name);
            self.tell(api, set, "Normal", "SuccessfulDelete", message);
        }
        deleted
    }

    fn tell(
        &mut self,
        api: &mut ApiServer,
        set: &Rc<Other>,
        kind: &'static str,
        reason: &'static str,
        message: String,
    ) {
        let about = Object::Other(set.clone()).reference();
        self.recorder.event(api, about, kind, reason, message);
    }

    /// Writes how many pods there are, and how many are ready.
    fn report(&mut self, api: &mut ApiServer, set: &Rc<Other>, wanted: &Wanted) {
        let key = Object::Other(set.clone()).key();
        let Some(Object::Other(live)) = api.live().get(&key) else { return };
        let (mut replicas, mut ready, mut updated) = (0, 0, 0);
        for pod in self.of(set).filter(|pod| pod.is_active()) {
            replicas += 1;
            ready += i64::from(pod.is_ready() && pod.status.phase == PodPhase::Running);
            updated += i64::from(pod.metadata.labels.get(REVISION) == Some(&wanted.revision));
        }
        let full = format!("{}-{}", set.metadata.name, wanted.revision);
        let known = live.fields.get("status").and_then(|status| status["currentRevision"].as_str().map(str::to_owned));
        let current = known.filter(|_| updated < replicas).unwrap_or_else(|| full.clone());
        let status = json!({
            "availableReplicas": ready,
            "collisionCount": 0,
            "currentReplicas": if current == full { updated } else { replicas - updated },
            "currentRevision": current,
            "observedGeneration": set.metadata.generation,
            "readyReplicas": ready,
            "replicas": replicas,
            "updateRevision": full,
            "updatedReplicas": updated,
        });
        if live.fields.get("status") != Some(&status) {
            let mut new = (*live).clone();
            new.fields.insert("status".into(), status);
            // Refused only if the set is gone by now.
            let _ = api.handle(Request::UpdateStatus(Object::Other(Rc::new(new))));
        }
    }
}

impl Component for StatefulSetController {
    fn observe(&mut self, now: Timestamp, change: &Change) {
        match &change.object {
            Object::Other(set) if set.kind == Kind::StatefulSet => {
                let key = change.object.key();
                if change.change == ChangeType::Deleted {
                    self.sets.remove(&key);
                } else {
                    self.sets.insert(key.clone(), set.clone());
                    self.queue.add(now, key);
                }
            }
            Object::Pod(pod) => {
                let Some(owner) = pod.metadata.controller().filter(|owner| owner.kind == "StatefulSet") else { return };
                let place = (owner.uid, pod.metadata.name.clone());
                if change.change == ChangeType::Deleted {
                    self.pods.remove(&place);
                } else {
                    self.pods.insert(place, pod.clone());
                }
                let key = ObjectKey::new(Kind::StatefulSet, pod.metadata.namespace.clone(), owner.name.clone());
                self.queue.add(now, key);
            }
            _ => {}
        }
    }

    fn wake_at(&self) -> Option<Timestamp> {
        self.queue.next_due()
    }

    fn wake(&mut self, api: &mut ApiServer) {
        while let Some(key) = self.queue.pop_due(api.now()) {
            self.look_at(api, key);
        }
    }
}

/// `rabbitmq-0`
fn name(set: &Other, ordinal: u32) -> Text {
    Text::from(format!("{}-{ordinal}", set.metadata.name))
}

/// The number at the end of a pod's name.
fn number(set: &Other, pod: &Pod) -> Option<u32> {
    pod.metadata.name.strip_prefix(set.metadata.name.as_str())?.strip_prefix('-')?.parse().ok()
}

impl Wanted {
    fn of(set: &Other) -> Option<Self> {
        let spec = set.fields.get("spec")?;
        let template: PodTemplateSpec = fields::read(spec["template"].clone()).ok()?;
        let mut pod_spec = (*template.spec).clone();
        let service = spec["serviceName"].as_str().filter(|name| !name.is_empty());
        pod_spec.subdomain = service.map(|name| Text::from(name.to_owned()));
        pod_spec.hostname = None;
        for claim in spec["volumeClaimTemplates"].as_array().into_iter().flatten() {
            let name = claim["metadata"]["name"].as_str().unwrap_or_default().to_owned();
            let known = pod_spec.volumes.iter().any(|volume| volume.name == name.as_str());
            if !known {
                let source = json!({"name": name, "persistentVolumeClaim": {"claimName": name}});
                pod_spec.volumes.extend(fields::read(source).ok());
            }
        }
        Some(Self {
            replicas: spec["replicas"].as_u64().and_then(|count| u32::try_from(count).ok()).unwrap_or(1),
            parallel: spec["podManagementPolicy"] == "Parallel",
            rolls: spec["updateStrategy"]["type"] != "OnDelete",
            revision: revision(&template),
            template,
            spec: Rc::new(pod_spec),
        })
    }

    fn pod(&self, set: &Rc<Other>, ordinal: u32) -> Pod {
        let name = name(set, ordinal);
        let mut labels = (*self.template.metadata.labels).clone();
        labels.insert(POD_NAME.into(), name.clone());
        labels.insert(POD_INDEX.into(), Text::from(ordinal.to_string()));
        labels.insert(REVISION.into(), self.revision.clone());
        let resource = Kind::StatefulSet.resource();
        let owner = OwnerReference {
            api_version: resource.api_version.into(),
            block_owner_deletion: Some(true),
            controller: Some(true),
            kind: resource.name.into(),
            name: set.metadata.name.clone(),
            uid: set.metadata.uid,
        };
        let metadata = ObjectMeta {
            name: name.clone(),
            generate_name: Text::from(format!("{}-", set.metadata.name)),
            namespace: set.metadata.namespace.clone(),
            labels: Rc::new(labels),
            annotations: self.template.metadata.annotations.clone(),
            finalizers: Rc::new(self.template.metadata.finalizers.clone()),
            owner_references: Rc::new(vec![owner]),
            ..ObjectMeta::default()
        };
        let mut spec = (*self.spec).clone();
        for volume in &mut spec.volumes {
            // Each pod has a claim of its own.
            if let Some(claim) = volume.source.get_mut("persistentVolumeClaim")
                && claim["claimName"] == volume.name.as_str()
            {
                claim["claimName"] = Value::from(format!("{}-{name}", volume.name));
            }
        }
        let spec = if spec == *self.spec { self.spec.clone() } else { Rc::new(spec) };
        Pod { metadata: Rc::new(metadata), spec, hostname: Some(name), ..Pod::default() }
    }
}

/// A name for a template: ten characters that are others for another template.
fn revision(template: &PodTemplateSpec) -> Text {
    let text = template.write().to_string();
    let mut hash = text
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    let alphabet = crate::api::NAME_ALPHABET;
    let letters = (0..10).map(|_| {
        let letter = alphabet[(hash % 27) as usize];
        hash /= 27;
        char::from(letter)
    });
    Text::from(letters.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::apiserver::Naming;

    /// What happens to a set, and what its pods are then: `web-0 web-1(deleting)`.
    struct Bench {
        api: ApiServer,
        controller: StatefulSetController,
        told: u64,
    }

    impl Bench {
        fn new(spec: Value) -> Self {
            let mut api = ApiServer::new(Timestamp::default(), Naming::numbered());
            let template =
                json!({"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "c", "image": "x"}]}});
            let mut full =
                json!({"serviceName": "web", "selector": {"matchLabels": {"app": "web"}}, "template": template});
            spec.as_object().expect("fields").iter().for_each(|(key, value)| full[key] = value.clone());
            let set = json!({"metadata": {"name": "web", "namespace": "default"}, "spec": full});
            let set = Object::from_value(Kind::StatefulSet, set).expect("a set");
            api.handle(Request::Create(set)).expect("created");
            Self { api, controller: StatefulSetController::new(), told: 0 }
        }

        fn run(&mut self) {
            for _ in 0..20 {
                let seen = self.api.storage().revision();
                for revision in self.told + 1..=seen {
                    self.controller.observe(self.api.now(), &self.api.storage().change(revision));
                }
                self.told = seen;
                self.controller.wake(&mut self.api);
            }
        }

        fn patch(&mut self, name: &'static str, kind: Kind, change: impl FnOnce(&mut Object)) {
            let mut object = self.api.live().get(&ObjectKey::new(kind, "default", name)).expect("it exists");
            change(&mut object);
            let request = if kind == Kind::Pod { Request::UpdateStatus(object) } else { Request::Update(object) };
            self.api.handle(request).expect("changed");
        }

        fn set_spec(&mut self, path: &str, value: Value) {
            self.patch("web", Kind::StatefulSet, |object| {
                let Object::Other(set) = object else { return };
                let spec = Rc::make_mut(set).fields.get_mut("spec").expect("a spec");
                *spec.pointer_mut(path).expect("a field") = value;
            });
        }

        fn phase(&mut self, name: &'static str, phase: PodPhase) {
            self.patch(name, Kind::Pod, |object| {
                let Object::Pod(pod) = object else { return };
                let status = Rc::make_mut(&mut Rc::make_mut(pod).status);
                status.phase = phase;
                let ready = phase == PodPhase::Running;
                status.set_condition(crate::api::Condition {
                    kind: "Ready".into(),
                    status: crate::api::ConditionStatus::from(ready),
                    ..Default::default()
                });
            });
        }

        fn delete(&mut self, name: &'static str) {
            let options = DeleteOptions { grace_period_seconds: Some(0), ..DeleteOptions::default() };
            self.api
                .handle(Request::Delete { key: ObjectKey::new(Kind::Pod, "default", name), options })
                .expect("deleted");
        }

        #[track_caller]
        fn check(&mut self, pods: &str, ready: i64) {
            self.run();
            let names: Vec<String> =
                self.api.live().list(Kind::Pod).map(|pod| pod.metadata().name.to_string()).collect();
            assert_eq!(names.join(" "), pods);
            let key = ObjectKey::new(Kind::StatefulSet, "default", "web");
            let Some(Object::Other(set)) = self.api.live().get(&key) else { panic!("the set is gone") };
            assert_eq!(set.fields["status"]["readyReplicas"], ready);
        }
    }

    #[test]
    fn pods_come_one_after_the_other_and_go_from_the_last() {
        let mut bench = Bench::new(json!({"replicas": 3}));
        bench.check("web-0", 0);
        bench.phase("web-0", PodPhase::Running);
        bench.check("web-0 web-1", 1);
        bench.phase("web-1", PodPhase::Running);
        bench.check("web-0 web-1 web-2", 2);
        bench.phase("web-2", PodPhase::Running);
        bench.check("web-0 web-1 web-2", 3);
        bench.set_spec("/replicas", json!(1));
        bench.check("web-0", 1);
        bench.delete("web-0");
        bench.check("web-0", 0);
    }

    #[test]
    fn a_pod_that_has_ended_is_made_again() {
        let mut bench = Bench::new(json!({"replicas": 2, "podManagementPolicy": "Parallel"}));
        bench.check("web-0 web-1", 0);
        let uid = |bench: &Bench| {
            bench.api.live().get(&ObjectKey::new(Kind::Pod, "default", "web-1")).expect("it exists").metadata().uid
        };
        let before = uid(&bench);
        bench.phase("web-1", PodPhase::Failed);
        bench.check("web-0 web-1", 0);
        assert_ne!(uid(&bench), before);
    }

    #[test]
    fn a_changed_template_reaches_the_pods_from_the_last() {
        let mut bench = Bench::new(json!({"replicas": 2, "podManagementPolicy": "Parallel"}));
        bench.check("web-0 web-1", 0);
        ["web-0", "web-1"].into_iter().for_each(|name| bench.phase(name, PodPhase::Running));
        bench.check("web-0 web-1", 2);
        bench.set_spec("/template/spec/containers/0/image", json!("y"));
        bench.check("web-0 web-1", 1);
        let image = |bench: &Bench, name: &'static str| {
            let pod = bench.api.live().get(&ObjectKey::new(Kind::Pod, "default", name)).expect("it exists");
            pod.as_pod().expect("a pod").spec.containers[0].image.to_string()
        };
        assert_eq!((image(&bench, "web-0"), image(&bench, "web-1")), ("x".into(), "y".into()));
        bench.phase("web-1", PodPhase::Running);
        bench.check("web-0 web-1", 1);
        assert_eq!(image(&bench, "web-0"), "y");
    }

    #[test]
    fn pods_know_their_number_and_their_service() {
        let mut bench = Bench::new(json!({}));
        bench.run();
        let pod = bench.api.live().get(&ObjectKey::new(Kind::Pod, "default", "web-0")).expect("it exists");
        let pod = pod.as_pod().expect("a pod");
        assert_eq!(pod.metadata.labels.get(POD_INDEX).map(Text::as_str), Some("0"));
        assert_eq!((pod.hostname.as_deref(), pod.spec.subdomain.as_deref()), (Some("web-0"), Some("web")));
    }
}
