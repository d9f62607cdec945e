//! Admission: what the API server adds to a pod before it is stored, and what it turns away (spec 01 §2.4).
//!
//! That a pod has a `kube-api-access-…` volume and two tolerations nobody wrote is admission's doing.
//! In Kubernetes these are plugins, asked in this order: NamespaceLifecycle, ServiceAccount, Priority,
//! DefaultTolerationSeconds, RuntimeClass, PodTopologyLabels; and once an object is found valid, Priority, RuntimeClass,
//! ResourceQuota.

use super::View;
use crate::api::pod::{API_ACCESS_VOLUME, Volume, VolumeMount};
use crate::api::{
    ApiError, Condition, ConditionStatus, Kind, Object, ObjectKey, ObjectMeta, Pod, PodSpec, PodStatus, Reason,
    Strings, Text, Time, Toleration, defaults,
};
use crate::sim::Timestamp;
use serde_json::{Value, json};
use std::fmt::Display;
use std::rc::Rc;

/// Where containers find their credentials.
const API_ACCESS_PATH: &str = "/var/run/secrets/kubernetes.io/serviceaccount";
/// The labels of a node that its pods get as well, so that a container can learn in which zone it runs.
const TOPOLOGY_LABELS: [&str; 2] = ["topology.kubernetes.io/region", "topology.kubernetes.io/zone"];
/// How long a pod stays on a node that is not ready or cannot be reached, in seconds.
const EVICTION_DELAY: i64 = 300;

/// Admits pods, and remembers what the last template became: pods of one template go on sharing one spec.
#[derive(Clone, Debug, Default)]
pub struct Admission {
    last: Option<Admitted>,
    /// A namespace that takes new objects, found so since any namespace was written.
    open: Option<Text>,
}

#[derive(Clone, Debug)]
struct Admitted {
    /// The spec as it was sent; held, so that no other spec can come to lie at its place.
    template: Rc<PodSpec>,
    spec: Rc<PodSpec>,
    status: Rc<PodStatus>,
    metadata: Rc<ObjectMeta>,
}

struct Priority {
    value: i32,
    preemption: Text,
    /// The class that is the default for pods that name none.
    class: Option<Text>,
}

/// What became of a pod.
pub struct PodAdmission {
    template: Rc<PodSpec>,
    /// The metadata of a pod with the same spec that has been admitted and found valid just before.
    pub alike: Option<Rc<ObjectMeta>>,
}

impl Admission {
    /// Gives a pod what every pod gets. Its spec and status are shared with the pod before it, if their template was.
    pub fn admit_pod(&self, view: View<'_>, now: Timestamp, pod: &mut Pod) -> Result<PodAdmission, ApiError> {
        let template = pod.spec.clone();
        for (own, templates) in [(&mut pod.hostname, &template.hostname), (&mut pod.node_name, &template.node_name)] {
            if own.is_none() {
                own.clone_from(templates);
            }
        }
        let last = self.last.as_ref().filter(|last| Rc::ptr_eq(&last.template, &template));
        let alike = last.map(|last| last.metadata.clone());
        match last {
            Some(last) => (pod.spec, pod.status) = (last.spec.clone(), last.status.clone()),
            None => {
                let mut spec = admitted_spec(view, &template, pod)?;
                select_like(&mut spec, &pod.metadata.labels);
                let status = PodStatus { qos_class: qos_class(&spec).into(), ..PodStatus::default() };
                (pod.spec, pod.status) = (Rc::new(spec), Rc::new(status));
            }
        }
        if !pod.spec.scheduling_gates.is_empty() {
            Rc::make_mut(&mut pod.status).conditions = vec![gated(now)];
        }
        label_by_node(view, pod);
        Ok(PodAdmission { template, alike })
    }

    /// Remembers a pod that was stored, for the next of its template.
    pub fn remember(&mut self, admission: PodAdmission, pod: &Pod) {
        // What is selected by a pod's own labels is its own.
        if admission.alike.is_none() && !has_label_keys(&pod.spec) {
            let (spec, status, metadata) = (pod.spec.clone(), pod.status.clone(), pod.metadata.clone());
            self.last = Some(Admitted { template: admission.template, spec, status, metadata });
        }
    }

    /// Turns away an object whose namespace does not exist or is about to end.
    pub fn check_namespace(&mut self, view: View<'_>, object: &Object) -> Result<(), ApiError> {
        let namespace = &object.metadata().namespace;
        if namespace.is_empty() || self.is_open(view, namespace) {
            return Ok(());
        }
        let key = namespace_key(namespace);
        match view.get(&key) {
            None => Err(ApiError::not_found(&key)),
            Some(_) => {
                let why =
                    format!("unable to create new content in namespace {namespace} because it is being terminated");
                Err(forbidden(object, &why))
            }
        }
    }

    /// Whether a namespace exists and is not about to end.
    pub fn is_open(&mut self, view: View<'_>, namespace: &Text) -> bool {
        if self.open.as_ref() == Some(namespace) {
            return true;
        }
        let is_open = view.get(&namespace_key(namespace)).is_some_and(|found| !found.metadata().is_deleting());
        if is_open {
            self.open = Some(namespace.clone());
        }
        is_open
    }

    /// Takes note that something is written: a namespace may be another from then on, or a pod's priority.
    pub fn note_write(&mut self, kind: Kind) {
        match kind {
            Kind::Namespace => self.open = None,
            Kind::PriorityClass => self.last = None,
            _ => {}
        }
    }
}

/// Gives a pod that has a node, or gets one now, the labels that tell where that node stands; they win over its own.
pub fn label_by_node(view: View<'_>, pod: &mut Pod) {
    let node = pod.node_name.as_ref().map(|node| ObjectKey::new(Kind::Node, Text::EMPTY, node.clone()));
    let Some(node) = node.and_then(|key| view.get(&key)) else { return };
    for name in TOPOLOGY_LABELS {
        if let Some(place) = node.metadata().labels.get(name) {
            let labels = &mut Rc::make_mut(&mut pod.metadata).labels;
            Rc::make_mut(labels).insert(name.into(), place.clone());
        }
    }
}

/// Turns away what is valid by itself: a second class that would be everybody's, and a pod that takes more than its
/// containers do without a class that says so.
pub fn check(view: View<'_>, object: &Object, is_new: bool) -> Result<(), ApiError> {
    if let Some(pod) = object.as_pod().filter(|pod| is_new && pod.spec.overhead.is_some()) {
        let why = "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead";
        return Err(refused_pod(pod, why));
    }
    let is_default = |class: &Object| field(class, "globalDefault") == Some(&Value::Bool(true));
    if object.kind() != Kind::PriorityClass || !is_default(object) {
        return Ok(());
    }
    // Where there are several all the same, the lowest counts.
    match view.list(Kind::PriorityClass).filter(is_default).min_by_key(value_of) {
        None => Ok(()),
        Some(first) if !is_new && first.metadata().name == object.metadata().name => Ok(()),
        Some(first) => {
            let first = &first.metadata().name;
            let why = format!("PriorityClass {first} is already marked as default. Only one default can exist");
            Err(forbidden(object, &why))
        }
    }
}

fn namespace_key(name: &Text) -> ObjectKey {
    ObjectKey::new(Kind::Namespace, Text::EMPTY, name.clone())
}

/// The priority classes that cannot be deleted.
const SYSTEM_CLASSES: [&str; 2] = ["system-cluster-critical", "system-node-critical"];
/// The namespaces that cannot be deleted.
const LASTING_NAMESPACES: [&str; 3] = ["default", "kube-public", "kube-system"];

/// Turns away the deletion of what a cluster cannot be without.
pub fn check_deletion(object: &Object) -> Result<(), ApiError> {
    let name = object.metadata().name.as_str();
    match object.kind() {
        Kind::Namespace if LASTING_NAMESPACES.contains(&name) => {
            Err(forbidden(object, "this namespace may not be deleted"))
        }
        Kind::PriorityClass if SYSTEM_CLASSES.contains(&name) => {
            Err(forbidden(object, "this is a system priority class and cannot be deleted"))
        }
        _ => Ok(()),
    }
}

/// `pods "demo-" is forbidden: …`. Admission comes before names are made up.
pub(super) fn forbidden(object: &Object, why: &str) -> ApiError {
    refused(object.kind(), object.metadata(), why)
}

fn refused(kind: Kind, metadata: &crate::api::ObjectMeta, why: &str) -> ApiError {
    let name = if metadata.name.is_empty() { &metadata.generate_name } else { &metadata.name };
    let message = format!("{} \"{name}\" is forbidden: {why}", kind.resource().qualified());
    ApiError::new(Reason::Forbidden, message)
}

fn refused_pod(pod: &Pod, why: &str) -> ApiError {
    refused(Kind::Pod, &pod.metadata, why)
}

/// The priority that a pod's class gives it; that of the default class, or 0, if it names none.
fn priority_of(view: View<'_>, pod: &Pod) -> Result<Priority, ApiError> {
    let named = pod.spec.priority_class_name.as_ref().filter(|name| !name.is_empty());
    let class = match named {
        Some(name) => {
            let key = ObjectKey::new(Kind::PriorityClass, Text::EMPTY, name.clone());
            let missing = || refused_pod(pod, &format!("no PriorityClass with name {name} was found"));
            Some(view.get(&key).ok_or_else(missing)?)
        }
        None => view
            .list(Kind::PriorityClass)
            .filter(|class| field(class, "globalDefault") == Some(&Value::Bool(true)))
            .min_by_key(value_of),
    };
    let preemption = class.as_ref().and_then(|class| field(class, "preemptionPolicy")).and_then(Value::as_str);
    let priority = Priority {
        value: class.as_ref().map_or(0, value_of),
        preemption: match preemption {
            Some("Never") => "Never".into(),
            _ => "PreemptLowerPriority".into(),
        },
        class: class.map(|class| class.metadata().name.clone()),
    };
    let differs = |what: &str, written: &dyn Display, computed: &dyn Display| {
        let why = format!(
            "the {what} ({written}) must not be provided in pod spec; priority admission controller computed {computed} \
             from the given PriorityClass name"
        );
        Err(refused_pod(pod, &why))
    };
    match (pod.spec.priority, &pod.spec.preemption_policy) {
        (Some(written), _) if written != priority.value => {
            differs("integer value of priority", &written, &priority.value)
        }
        (_, Some(written)) if *written != priority.preemption => {
            differs("string value of PreemptionPolicy", written, &priority.preemption)
        }
        _ => Ok(priority),
    }
}

fn field<'a>(object: &'a Object, name: &str) -> Option<&'a Value> {
    match object {
        Object::Other(other) => other.fields.get(name),
        _ => None,
    }
}

fn value_of(class: &Object) -> i32 {
    field(class, "value").and_then(Value::as_i64).and_then(|value| i32::try_from(value).ok()).unwrap_or(0)
}

fn admitted_spec(view: View<'_>, template: &PodSpec, pod: &Pod) -> Result<PodSpec, ApiError> {
    let mut spec = template.clone();
    (spec.hostname, spec.node_name) = (None, None);
    defaults::fill_pod_spec(&mut spec);
    let account = spec.service_account_name.get_or_insert("default".into()).clone();
    if account != "default" {
        // Only the account that every namespace has exists here.
        let why = format!(
            "error looking up service account {}/{account}: serviceaccount \"{account}\" not found",
            pod.metadata.namespace
        );
        return Err(refused_pod(pod, &why));
    }
    spec.service_account = Some(account);
    mount_api_access(&mut spec);
    let priority = priority_of(view, pod)?;
    spec.priority = Some(priority.value);
    spec.priority_class_name = priority.class;
    spec.preemption_policy = Some(priority.preemption);
    tolerate_silent_nodes(&mut spec);
    if let Some(class) = &spec.runtime_class_name {
        // There are no such classes here.
        return Err(refused_pod(pod, &format!("pod rejected: RuntimeClass \"{class}\" not found")));
    }
    Ok(spec)
}

/// Gives a changed pod what it must not be without.
pub fn admit_update(new: &mut Pod, old: &Pod) {
    let spec = Rc::make_mut(&mut new.spec);
    if spec.priority.is_none() {
        spec.priority = old.spec.priority;
    }
    if spec.preemption_policy.is_none() {
        spec.preemption_policy.clone_from(&old.spec.preemption_policy);
    }
    tolerate_silent_nodes(spec);
}

/// Every container may talk to the API, unless the pod says it does not want to or mounts something else there.
fn mount_api_access(spec: &mut PodSpec) {
    if spec.automount_service_account_token == Some(false) {
        return;
    }
    let mut mounted = false;
    for container in spec.init_containers.iter_mut().chain(&mut spec.containers) {
        if container.volume_mounts.iter().all(|mount| mount.mount_path != API_ACCESS_PATH) {
            container.volume_mounts.push(VolumeMount {
                mount_path: API_ACCESS_PATH.into(),
                name: API_ACCESS_VOLUME.into(),
                read_only: true,
                ..VolumeMount::default()
            });
            mounted = true;
        }
    }
    if mounted {
        let sources = json!([
            {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
            {"configMap": {"items": [{"key": "ca.crt", "path": "ca.crt"}], "name": "kube-root-ca.crt"}},
            {"downwardAPI": {"items": [
                {"fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}, "path": "namespace"},
            ]}},
        ]);
        let projected = json!({"defaultMode": 0o644, "sources": sources});
        spec.volumes
            .push(Volume { name: API_ACCESS_VOLUME.into(), source: [("projected".to_owned(), projected)].into() });
    }
}

/// A pod stays for five minutes on a node that went silent, unless it says otherwise.
fn tolerate_silent_nodes(spec: &mut PodSpec) {
    for taint in ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"] {
        tolerate_for_a_while(&mut spec.tolerations, taint);
    }
}

fn tolerate_for_a_while(tolerations: &mut Vec<Toleration>, taint: &'static str) {
    let told = tolerations.iter().any(|toleration| {
        (toleration.key == taint || toleration.key.is_empty())
            && (toleration.effect == "NoExecute" || toleration.effect.is_empty())
    });
    if !told {
        tolerations.push(Toleration {
            effect: "NoExecute".into(),
            key: taint.into(),
            operator: "Exists".into(),
            toleration_seconds: Some(EVICTION_DELAY),
            value: Text::EMPTY,
        });
    }
}

/// A pod with scheduling gates says at once why it will not be scheduled.
fn gated(now: Timestamp) -> Condition {
    Condition {
        kind: "PodScheduled".into(),
        status: ConditionStatus::False,
        reason: "SchedulingGated".into(),
        message: "Scheduling is blocked due to non-empty scheduling gates".into(),
        last_transition_time: Some(Time::from(now)),
        ..Condition::default()
    }
}

/// Where a pod's spec names pods like itself, by keys of its own labels.
fn label_keys(spec: &PodSpec) -> impl Iterator<Item = &Value> {
    let affinity = spec.affinity.as_ref();
    let parts = ["podAffinity", "podAntiAffinity"].into_iter().filter_map(move |kind| affinity?.get(kind));
    let terms = parts.flat_map(|part| {
        let listed = |field: &str| part.get(field).and_then(Value::as_array).into_iter().flatten();
        let required = listed("requiredDuringSchedulingIgnoredDuringExecution");
        let preferred = listed("preferredDuringSchedulingIgnoredDuringExecution");
        required.chain(preferred.filter_map(|term| term.get("podAffinityTerm")))
    });
    spec.topology_spread_constraints.iter().chain(terms)
}

fn has_label_keys(spec: &PodSpec) -> bool {
    let has = |term: &Value, field: &str| term[field].as_array().is_some_and(|keys| !keys.is_empty());
    label_keys(spec).any(|term| has(term, "matchLabelKeys") || has(term, "mismatchLabelKeys"))
}

/// Makes selectors that are to look at a pod's own labels say which values those have.
fn select_like(spec: &mut PodSpec, labels: &Strings) {
    let give = |term: &mut Value| {
        for (field, operator) in [("matchLabelKeys", "In"), ("mismatchLabelKeys", "NotIn")] {
            let keys: Vec<String> =
                term[field].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect();
            let Some(selector) = term.get_mut("labelSelector").and_then(Value::as_object_mut) else { continue };
            let own = keys.into_iter().filter_map(|key| Some((labels.get(key.as_str())?.to_string(), key)));
            let added = own.map(|(value, key)| json!({"key": key, "operator": operator, "values": [value]}));
            let added: Vec<Value> = added.collect();
            if !added.is_empty() {
                let expressions = selector.entry("matchExpressions").or_insert_with(|| json!([]));
                expressions.as_array_mut().into_iter().for_each(|all| all.extend(added.iter().cloned()));
            }
        }
    };
    spec.topology_spread_constraints.iter_mut().for_each(give);
    let affinity = spec.affinity.iter_mut().filter_map(Value::as_object_mut);
    let parts = affinity.flatten().filter(|(kind, _)| kind.starts_with("pod")).map(|(_, part)| part);
    for (field, term) in parts.filter_map(Value::as_object_mut).flatten() {
        for item in term.as_array_mut().into_iter().flatten() {
            give(if field.starts_with("preferred") { &mut item["podAffinityTerm"] } else { item });
        }
    }
}

/// Guaranteed if every container gets exactly what it may use at most, BestEffort if none asks for anything.
fn qos_class(spec: &PodSpec) -> &'static str {
    let of_containers = spec.init_containers.iter().chain(&spec.containers).map(|container| &container.resources);
    let asked: Vec<_> = match &spec.resources {
        Some(of_pod) if !(of_pod.limits.is_empty() && of_pod.requests.is_empty()) => vec![of_pod],
        _ => of_containers.collect(),
    };
    let some = |quantity: Option<&Text>| quantity.cloned().filter(|quantity| quantity != "0");
    let mut pairs = Vec::new();
    for resources in asked {
        for name in ["cpu", "memory"] {
            pairs.push((some(resources.requests.get(name)), some(resources.limits.get(name))));
        }
    }
    if pairs.iter().all(|pair| *pair == (None, None)) {
        "BestEffort"
    } else if pairs.iter().all(|(request, limit)| limit.is_some() && request == limit) {
        "Guaranteed"
    } else {
        "Burstable"
    }
}
