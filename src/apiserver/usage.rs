//! Quotas: what ResourceQuotas count (objects, and what pods that have not ended request and may use at most), and what
//! they keep from being created.
//!
//! In Kubernetes: `pkg/quota/v1/evaluator/core`.

use super::admission::forbidden;
use super::{ChangeType, Storage};
use crate::api::pod::ResourceRequirements;
use crate::api::quantity::Quantity;
use crate::api::{ApiError, Container, Kind, Object, Other, Pod, PodSpec, RESOURCES, Strings, Text};
use crate::sim::Map;
use serde_json::Value;

/// A resource that a quota limits.
#[derive(Clone, Debug, PartialEq)]
pub struct Limit {
    /// As the quota names it: `pods`, `count/jobs.batch`, `requests.cpu`.
    pub resource: String,
    pub hard: Quantity,
    /// How much of it the namespace holds.
    pub used: Quantity,
}

/// What a pod has to be for a quota to mean it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Scope {
    /// `Terminating`, `BestEffort`, `PriorityClass` and so on.
    name: String,
    operator: String,
    values: Vec<String>,
}

/// What namespaces hold of what their quotas limit, kept from write to write: counting ten thousand pods for each new one
/// would take long.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    /// The revision up to which everything is booked.
    seen: u64,
    /// By namespace, scopes and resource.
    used: Map<(Text, Vec<Scope>, String), Quantity>,
}

impl Ledger {
    /// The limits of a quota that can be counted here, with what is used of each.
    pub fn limits(&mut self, storage: &Storage, quota: &Other) -> Vec<Limit> {
        self.catch_up(storage);
        let hard = quota.fields.get("spec").and_then(|spec| spec["hard"].as_object());
        let scopes = scopes(quota);
        let limits = hard.into_iter().flatten().filter_map(|(resource, hard)| {
            let written = hard.as_str().map_or_else(|| hard.to_string(), str::to_owned);
            let hard = Quantity::parse(&written).ok()?;
            let used = match RESOURCES.iter().any(|names| concerns(names.kind, resource)) {
                true => self.used(storage, &quota.metadata.namespace, &scopes, resource),
                // Kubernetes counts it, and there is none of it here.
                false if ELSEWHERE.contains(&resource.as_str()) => Quantity::default(),
                false => return None,
            };
            Some(Limit { resource: resource.clone(), hard, used })
        });
        limits.collect()
    }

    fn used(&mut self, storage: &Storage, namespace: &Text, scopes: &[Scope], resource: &str) -> Quantity {
        let counted = || {
            let kinds = RESOURCES.iter().filter(|names| names.namespaced && concerns(names.kind, resource));
            let objects = kinds.flat_map(|names| storage.now().list_in(names.kind, namespace));
            let meant = objects.filter(|object| means(scopes, object));
            meant.filter_map(|object| charge(&object, resource)).fold(Quantity::default(), |sum, one| sum + one)
        };
        *self.used.entry((namespace.clone(), scopes.to_vec(), resource.to_owned())).or_insert_with(counted)
    }

    /// Books what was written since the last look.
    fn catch_up(&mut self, storage: &Storage) {
        let news = if self.used.is_empty() { storage.revision() } else { self.seen };
        for change in storage.changes_since(news) {
            let namespace = &change.object.metadata().namespace;
            let stands = (change.change != ChangeType::Deleted).then_some(&change.object);
            for ((_, scopes, resource), used) in self.used.iter_mut().filter(|((of, ..), _)| of == namespace) {
                let charged = |object: Option<&Object>| {
                    let meant = object.filter(|object| means(scopes, object));
                    meant.and_then(|object| charge(object, resource)).unwrap_or_default()
                };
                *used = *used + charged(stands) - charged(change.previous.as_ref());
            }
        }
        self.seen = storage.revision();
    }
}

/// Turns away an object that comes to more than a ResourceQuota of its namespace allows.
pub fn check_quotas(ledger: &mut Ledger, storage: &Storage, object: &Object) -> Result<(), ApiError> {
    let namespace = &object.metadata().namespace;
    if namespace.is_empty() || object.kind() == Kind::Event {
        return Ok(());
    }
    for quota in storage.now().list_in(Kind::ResourceQuota, namespace) {
        let Object::Other(quota) = &quota else { continue };
        let name = &quota.metadata.name;
        if !means(&scopes(quota), object) {
            continue;
        }
        if let Some(unsaid) = object.as_pod().and_then(|pod| unsaid(&pod.spec, quota)) {
            return Err(forbidden(object, &format!("failed quota: {name}: {unsaid}")));
        }
        let (mut requested, mut used, mut limited) = (Vec::new(), Vec::new(), Vec::new());
        for Limit { resource, hard, used: before } in ledger.limits(storage, quota) {
            let more = charge(object, &resource).unwrap_or_default();
            if !more.is_zero() && before + more > hard {
                requested.push(format!("{resource}={more}"));
                used.push(format!("{resource}={before}"));
                limited.push(format!("{resource}={hard}"));
            }
        }
        if !requested.is_empty() {
            let [requested, used, limited] = [requested, used, limited].map(|list| list.join(","));
            let why = format!("exceeded quota: {name}, requested: {requested}, used: {used}, limited: {limited}");
            return Err(forbidden(object, &why));
        }
    }
    Ok(())
}

/// What else quotas can limit, of kinds that there are none of here.
const ELSEWHERE: [&str; 9] = [
    "count/daemonsets.apps",
    "count/deployments.apps",
    "count/persistentvolumeclaims",
    "count/replicasets.apps",
    "persistentvolumeclaims",
    "replicationcontrollers",
    "requests.storage",
    "services.loadbalancers",
    "services.nodeports",
];

/// All that a pod has to be for a quota to mean it.
fn scopes(quota: &Other) -> Vec<Scope> {
    let Some(spec) = quota.fields.get("spec") else { return Vec::new() };
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let short = list(&spec["scopes"]).into_iter();
    let short = short.map(|name| Scope { name: text(&name), operator: "Exists".into(), values: Vec::new() });
    let long = list(&spec["scopeSelector"]["matchExpressions"]).into_iter().map(|scope| Scope {
        name: text(&scope["scopeName"]),
        operator: text(&scope["operator"]),
        values: list(&scope["values"]).iter().map(text).collect(),
    });
    short.chain(long).collect()
}

/// Whether a quota of these scopes is about an object. With any, it is about pods only.
fn means(scopes: &[Scope], object: &Object) -> bool {
    scopes.is_empty() || object.as_pod().is_some_and(|pod| scopes.iter().all(|scope| scope.holds(pod)))
}

impl Scope {
    fn holds(&self, pod: &Pod) -> bool {
        let ends = pod.spec.active_deadline_seconds.is_some_and(|seconds| seconds >= 0);
        let is_best_effort = pod.status.qos_class == "BestEffort";
        match self.name.as_str() {
            "Terminating" => ends,
            "NotTerminating" => !ends,
            "BestEffort" => is_best_effort,
            "NotBestEffort" => !is_best_effort,
            "PriorityClass" => {
                let class = pod.spec.priority_class_name.as_deref().filter(|class| !class.is_empty());
                let listed = class.is_some_and(|class| self.values.iter().any(|value| value == class));
                match self.operator.as_str() {
                    "In" => listed,
                    "NotIn" => !listed,
                    "DoesNotExist" => class.is_none(),
                    _ => class.is_some(),
                }
            }
            "CrossNamespacePodAffinity" => pod.spec.affinity.as_ref().is_some_and(looks_elsewhere),
            _ => false,
        }
    }
}

/// Whether an affinity to pods, or against them, is about other namespaces than the pod's own.
fn looks_elsewhere(affinity: &Value) -> bool {
    let terms = ["podAffinity", "podAntiAffinity"].into_iter().filter_map(|kind| affinity[kind].as_object()).flatten();
    let mut terms = terms.flat_map(|(_, terms)| terms.as_array().into_iter().flatten());
    terms.any(|term| {
        let term = term.get("podAffinityTerm").unwrap_or(term);
        term["namespaceSelector"].is_object() || term["namespaces"].as_array().is_some_and(|names| !names.is_empty())
    })
}

/// Whether objects of a kind can be charged for a resource at all.
fn concerns(kind: Kind, resource: &str) -> bool {
    let names = kind.resource();
    resource == names.plural
        || resource.strip_prefix("count/").is_some_and(|counted| counted == names.qualified())
        || kind == Kind::Pod && compute(resource).is_some()
}

/// What an object is charged for a resource; nothing, if that does not concern it.
fn charge(object: &Object, resource: &str) -> Option<Quantity> {
    let kind = object.kind();
    if !concerns(kind, resource) {
        return None;
    }
    let Some(pod) = object.as_pod().filter(|_| !resource.starts_with("count/")) else {
        return Some(Quantity::from_units(1));
    };
    // A pod that has ended holds nothing but its name.
    if pod.is_finished() {
        return None;
    }
    match compute(resource) {
        None => Some(Quantity::from_units(1)),
        Some((of, name)) => {
            let of_pod = pod.spec.resources.as_ref().and_then(|resources| amounts(resources, of).get(name));
            let of_pod = of_pod.and_then(|amount| Quantity::parse(amount).ok());
            let of_containers = || needed(&pod.spec, |container| amounts(&container.resources, of).get(name).cloned());
            Some(of_pod.unwrap_or_else(of_containers))
        }
    }
}

/// What each container has to say, because a quota counts it, and which of a pod's containers do not.
fn unsaid(spec: &PodSpec, quota: &Other) -> Option<String> {
    if spec.resources.as_ref().is_some_and(|said| !(said.requests.is_empty() && said.limits.is_empty())) {
        return None;
    }
    let hard = quota.fields.get("spec")?.get("hard").and_then(Value::as_object)?;
    let demanded = ["cpu", "limits.cpu", "limits.memory", "memory", "requests.cpu", "requests.memory"];
    let silent = demanded.into_iter().filter(|resource| hard.contains_key(*resource)).filter_map(|resource| {
        let (of, name) = compute(resource)?;
        let containers = spec.init_containers.iter().chain(&spec.containers);
        let mut names: Vec<&str> = containers
            .filter(|container| !amounts(&container.resources, of).contains_key(name))
            .map(|c| c.name.as_str())
            .collect();
        names.sort_unstable();
        (!names.is_empty()).then(|| format!("{resource} for: {}", names.join(",")))
    });
    let silent: Vec<String> = silent.collect();
    (!silent.is_empty()).then(|| format!("must specify {}", silent.join("; ")))
}

/// Requests or limits.
#[derive(Clone, Copy)]
enum Of {
    Requests,
    Limits,
}

/// What `requests.cpu` and the like are about.
fn compute(resource: &str) -> Option<(Of, &str)> {
    match resource {
        "cpu" | "memory" | "ephemeral-storage" => Some((Of::Requests, resource)),
        _ if resource.starts_with("hugepages-") => Some((Of::Requests, resource)),
        "requests.storage" => None,
        _ => match resource.split_once('.') {
            Some(("requests", name)) => Some((Of::Requests, name)),
            Some(("limits", name)) => Some((Of::Limits, name)),
            _ => None,
        },
    }
}

fn amounts(resources: &ResourceRequirements, of: Of) -> &Strings {
    match of {
        Of::Requests => &resources.requests,
        Of::Limits => &resources.limits,
    }
}

/// Containers and sidecars together, or the largest init phase if that is more.
fn needed(spec: &PodSpec, of: impl Fn(&Container) -> Option<Text>) -> Quantity {
    let of = |container: &Container| of(container).and_then(|amount| Quantity::parse(&amount).ok()).unwrap_or_default();
    let mut together = spec.containers.iter().fold(Quantity::default(), |sum, container| sum + of(container));
    let (mut sidecars, mut largest_phase) = (Quantity::default(), Quantity::default());
    for container in &spec.init_containers {
        let own = of(container);
        if container.is_sidecar() {
            (sidecars, together) = (sidecars + own, together + own);
        }
        largest_phase = largest_phase.max(if container.is_sidecar() { sidecars } else { sidecars + own });
    }
    together.max(largest_phase)
}
