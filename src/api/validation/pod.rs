//! Pods and the templates they are made from (spec 01 §5.5; `pkg/apis/core/validation`).

use super::field::{Errors, Path};
use super::{affinity, container, meta, names, volume};
use crate::api::{Container, Kind, Pod, PodSpec, PodTemplateSpec, Taint, Toleration};
use crate::sim::Set;
use serde_json::Value;

const SPEC: Path<'static> = Path::new("spec");

/// A new pod, or one that was changed.
pub fn validate_pod(errors: &mut Errors, pod: &Pod) {
    meta::validate_object_meta(errors, Kind::Pod, &pod.metadata);
    let own_names = OwnNames { node: pod.node_name.as_deref(), host: pod.hostname.as_deref() };
    validate_pod_spec(errors, &SPEC, &pod.spec, &own_names);
    for (field, containers) in [("containers", &pod.spec.containers), ("initContainers", &pod.spec.init_containers)] {
        for (i, container) in containers.iter().enumerate() {
            if container.image.trim() != container.image.as_str() {
                let path = SPEC.child(field);
                let message = "must not have leading or trailing whitespace";
                errors.invalid(&path.index(i).child("image"), &container.image, message);
            }
        }
    }
}

/// What a pod keeps beside the spec that it shares.
#[derive(Default)]
struct OwnNames<'a> {
    node: Option<&'a str>,
    host: Option<&'a str>,
}

/// A template, as in a Job.
pub fn validate_template(errors: &mut Errors, path: &Path<'_>, template: &PodTemplateSpec) {
    meta::validate_labels(errors, &path.child("labels"), &template.metadata.labels);
    meta::validate_annotations(errors, &path.child("annotations"), &template.metadata.annotations);
    let path = path.child("spec");
    validate_pod_spec(errors, &path, &template.spec, &OwnNames::default());
    if !template.spec.ephemeral_containers.is_empty() {
        errors.forbidden(&path.child("ephemeralContainers"), "ephemeral containers not allowed in pod template");
    }
}

fn validate_pod_spec(errors: &mut Errors, path: &Path<'_>, spec: &PodSpec, own: &OwnNames<'_>) {
    let volumes = volume::validate_volumes(errors, &path.child("volumes"), &spec.volumes);
    container::validate_containers(errors, path, spec, &volumes);
    if let Some(resources) = &spec.resources {
        container::validate_resources(errors, &path.child("resources"), resources);
    }
    if spec.host_network {
        validate_node_ports(errors, &path.child("containers"), &spec.containers);
    }
    let restart = spec.restart_policy.as_deref().unwrap_or_default();
    errors.one_of(&path.child("restartPolicy"), restart, &["Always", "OnFailure", "Never"]);
    let dns = spec.dns_policy.as_deref().unwrap_or_default();
    errors.one_of(&path.child("dnsPolicy"), dns, &["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"]);
    meta::validate_labels(errors, &path.child("nodeSelector"), &spec.node_selector);
    validate_user_and_group(errors, &path.child("securityContext"), spec.security_context.as_ref());
    if let Some(affinity) = &spec.affinity {
        affinity::validate_affinity(errors, &path.child("affinity"), affinity);
    }
    if dns == "None" && spec.dns_config.is_none() {
        let message = "must provide `dnsConfig` when `dnsPolicy` is None";
        errors.required(&path.child("dnsConfig"), message);
    }
    validate_gates(errors, path, spec);
    affinity::validate_spread(errors, &path.child("topologySpreadConstraints"), &spec.topology_spread_constraints);
    let host = own.host.or(spec.hostname.as_deref());
    let node = own.node.or(spec.node_name.as_deref());
    for (field, name, rule) in [
        ("serviceAccountName", spec.service_account_name.as_deref(), names::dns_subdomain as fn(&str) -> _),
        ("nodeName", node, names::dns_subdomain),
    ] {
        if let Some(name) = name.filter(|name| !name.is_empty()) {
            errors.invalid_each(&path.child(field), name, rule(name));
        }
    }
    if let Some(seconds) = spec.active_deadline_seconds.filter(|seconds| !(1..=i64::from(i32::MAX)).contains(seconds)) {
        let message = format!("must be between 1 and {}, inclusive", i32::MAX);
        errors.invalid(&path.child("activeDeadlineSeconds"), seconds, message);
    }
    for (field, name) in [("hostname", host), ("subdomain", spec.subdomain.as_deref())] {
        if let Some(name) = name.filter(|name| !name.is_empty()) {
            errors.invalid_each(&path.child(field), name, names::dns_label(name));
        }
    }
    validate_tolerations(errors, &path.child("tolerations"), &spec.tolerations);
    let aliases = path.child("hostAliases");
    for (i, alias) in spec.host_aliases.iter().enumerate() {
        let (path, ip) = (aliases.index(i), alias["ip"].as_str().unwrap_or_default());
        if ip.parse::<std::net::IpAddr>().is_err() {
            errors.invalid(&path.child("ip"), ip, "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)");
        }
        for (j, name) in alias["hostnames"].as_array().into_iter().flatten().filter_map(Value::as_str).enumerate() {
            errors.invalid_each(&path.child("hostnames").index(j), name, names::dns_subdomain(name));
        }
    }
    for (field, name) in
        [("priorityClassName", &spec.priority_class_name), ("runtimeClassName", &spec.runtime_class_name)]
    {
        if let Some(name) = name.as_deref().filter(|name| !name.is_empty()) {
            errors.invalid_each(&path.child(field), name, names::dns_subdomain(name));
        }
    }
    if let Some(policy) = spec.preemption_policy.as_deref() {
        errors.one_of(&path.child("preemptionPolicy"), policy, &["PreemptLowerPriority", "Never"]);
    }
}

/// In the node's network, a container's port is the node's.
fn validate_node_ports(errors: &mut Errors, path: &Path<'_>, containers: &[Container]) {
    for (i, container) in containers.iter().enumerate() {
        for (j, port) in container.ports.iter().enumerate() {
            if port.host_port != port.container_port {
                let (container, message) = (path.index(i), "must match `containerPort` when `hostNetwork` is true");
                errors.invalid(&container.child("ports").index(j).child("hostPort"), port.host_port, message);
            }
        }
    }
}

fn validate_gates(errors: &mut Errors, path: &Path<'_>, spec: &PodSpec) {
    let readiness = path.child("readinessGates");
    for (i, gate) in spec.readiness_gates.iter().enumerate() {
        let kind = gate["conditionType"].as_str().unwrap_or_default();
        errors.invalid_each(&readiness.index(i).child("conditionType"), kind, names::qualified_name(kind));
    }
    let (scheduling, mut seen) = (path.child("schedulingGates"), Set::new());
    for (i, gate) in spec.scheduling_gates.iter().enumerate() {
        let name = gate["name"].as_str().unwrap_or_default();
        errors.invalid_each(&scheduling.index(i), name, names::qualified_name(name));
        if !seen.insert(name) {
            errors.duplicate(&scheduling.index(i), name);
        }
    }
}

/// The users and groups of a pod's or a container's security context.
pub fn validate_user_and_group(errors: &mut Errors, path: &Path<'_>, context: Option<&Value>) {
    let Some(context) = context else { return };
    for field in ["runAsUser", "runAsGroup", "fsGroup"] {
        if let Some(id) = context[field].as_i64().filter(|id| !(0..=i64::from(i32::MAX)).contains(id)) {
            errors.invalid(&path.child(field), id, format!("must be between 0 and {}, inclusive", i32::MAX));
        }
    }
}

/// The tolerations of a pod.
pub fn validate_tolerations(errors: &mut Errors, path: &Path<'_>, tolerations: &[Toleration]) {
    for (i, toleration) in tolerations.iter().enumerate() {
        let path = path.index(i);
        let (operator, effect) = (path.child("operator"), path.child("effect"));
        if !toleration.key.is_empty() {
            meta::validate_label_key(errors, &path.child("key"), &toleration.key);
        } else if toleration.operator != "Exists" {
            let message = "operator must be Exists when `key` is empty, which means \"match all values and all keys\"";
            errors.invalid(&operator, &toleration.operator, message);
        }
        if toleration.toleration_seconds.is_some() && toleration.effect != "NoExecute" {
            errors.invalid(&effect, &toleration.effect, "effect must be 'NoExecute' when `tolerationSeconds` is set");
        }
        match toleration.operator.as_str() {
            "" | "Equal" => {
                let messages = names::label_value(&toleration.value);
                if !messages.is_empty() {
                    errors.invalid(&operator, &toleration.value, messages.join(";"));
                }
            }
            "Exists" if !toleration.value.is_empty() => {
                errors.invalid(&operator, &toleration.value, "value must be empty when `operator` is 'Exists'");
            }
            "Exists" => {}
            unknown => errors.unsupported(&operator, unknown, &["Equal", "Exists"]),
        }
        if !toleration.effect.is_empty() {
            errors.one_of(&effect, &toleration.effect, &EFFECTS);
        }
    }
}

const EFFECTS: [&str; 3] = ["NoSchedule", "PreferNoSchedule", "NoExecute"];

/// The taints of a node.
pub fn validate_taints(errors: &mut Errors, taints: &[Taint]) {
    let (path, mut seen) = (SPEC.child("taints"), Set::new());
    for (i, taint) in taints.iter().enumerate() {
        let path = path.index(i);
        meta::validate_label_key(errors, &path.child("key"), &taint.key);
        let messages = names::label_value(&taint.value);
        if !messages.is_empty() {
            errors.invalid(&path.child("value"), &taint.value, messages.join(";"));
        }
        errors.one_of(&path.child("effect"), &taint.effect, &EFFECTS);
        if !seen.insert((&taint.key, &taint.effect)) {
            let shown = serde_json::json!({"key": taint.key, "value": taint.value, "effect": taint.effect});
            errors.duplicate(&path, shown);
        }
    }
}
