//! Pods and the templates they are made from (spec 01 §5.5; `pkg/apis/core/validation`).

use super::field::{Errors, Path, inside_job, items, quoted, set, word};
use super::{affinity, container, meta, names, security, volume};
use crate::api::pod::{ResourceRequirements, is_for_pods};
use crate::api::quantity::Quantity;
use crate::api::{Container, Kind, Pod, PodSpec, PodTemplateSpec, StringMap, Taint, Text, Toleration};
use crate::sim::Set;
use serde_json::Value;

const SPEC: Path<'static> = Path::new("spec");

/// A new pod, or one that was changed.
pub fn validate_pod(errors: &mut Errors, pod: &Pod) {
    meta::validate_object_meta(errors, Kind::Pod, &pod.metadata);
    let annotations = &pod.metadata.annotations;
    let node = pod.node_name.as_deref();
    validate_own_annotations(errors, &Path::new("metadata").child("annotations"), annotations, &pod.spec, node);
    let own = Own { is_pod: true, node, host: pod.hostname.as_deref() };
    validate_pod_spec(errors, &SPEC, &pod.spec, &own);
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

/// A new pod.
pub fn validate_new_pod(errors: &mut Errors, pod: &Pod) {
    validate_pod(errors, pod);
    if !pod.spec.ephemeral_containers.is_empty() {
        errors.forbidden(&SPEC.child("ephemeralContainers"), "cannot be set on create");
    }
    if pod.node_name.is_some() && !pod.spec.scheduling_gates.is_empty() {
        errors.forbidden(&SPEC.child("nodeName"), "cannot be set until all schedulingGates have been cleared");
    }
}

/// Annotations that pods and their templates mean something by.
fn validate_own_annotations(
    errors: &mut Errors,
    path: &Path<'_>,
    annotations: &StringMap,
    spec: &PodSpec,
    node: Option<&str>,
) {
    const MIRROR: &str = "kubernetes.io/config.mirror";
    const COST: &str = "controller.kubernetes.io/pod-deletion-cost";
    const SECCOMP: &str = "seccomp.security.alpha.kubernetes.io/pod";
    if let Some(mirror) = annotations.get(MIRROR).filter(|_| node.is_none()) {
        errors.invalid(&path.key(MIRROR), mirror, "must set spec.nodeName if mirror pod annotation is set");
    }
    if let Some(cost) = annotations.get(COST) {
        let plain = *cost == "0" || !cost.starts_with(['+', '0']);
        if !plain || cost.parse::<i32>().is_err() {
            errors.invalid(&path.key(COST), cost, "must be a 32bit integer");
        }
    }
    let of_pod = annotations.iter().filter(|(key, _)| **key == *SECCOMP);
    let of_containers =
        annotations.iter().filter(|(key, _)| key.starts_with("container.seccomp.security.alpha.kubernetes.io/"));
    for (key, profile) in of_pod.chain(of_containers) {
        match profile.strip_prefix("localhost/") {
            Some(file) => volume::validate_path_inside(errors, &path.child(key), file),
            None if ["runtime/default", "docker/default", "unconfined"].contains(&profile.as_str()) => {}
            None => errors.invalid(&path.child(key), profile, "must be a valid seccomp profile"),
        }
    }
    for (key, profile) in annotations.iter() {
        let Some(name) = key.strip_prefix("container.apparmor.security.beta.kubernetes.io/") else { continue };
        if spec.containers.iter().chain(&spec.init_containers).all(|container| container.name != *name) {
            errors.invalid(&path.key(key), name, "container not found");
        }
        if !["", "runtime/default", "unconfined"].contains(&profile.as_str()) && !profile.starts_with("localhost/") {
            let message = format!("invalid AppArmor profile name: {}", quoted(profile));
            errors.invalid(&path.key(key), profile, message);
        }
    }
}

/// What a pod keeps beside the spec that it shares; nothing for a template.
#[derive(Default)]
struct Own<'a> {
    is_pod: bool,
    node: Option<&'a str>,
    host: Option<&'a str>,
}

/// A template, as in a Job.
pub fn validate_template(errors: &mut Errors, path: &Path<'_>, template: &PodTemplateSpec) {
    meta::validate_labels(errors, &path.child("labels"), &template.metadata.labels);
    meta::validate_annotations(errors, &path.child("annotations"), &template.metadata.annotations);
    let (annotations, node) = (&template.metadata.annotations, template.spec.node_name.as_deref());
    validate_own_annotations(errors, &path.child("annotations"), annotations, &template.spec, node);
    let path = path.child("spec");
    validate_pod_spec(errors, &path, &template.spec, &Own::default());
    if !template.spec.ephemeral_containers.is_empty() {
        errors.forbidden(&path.child("ephemeralContainers"), "ephemeral containers not allowed in pod template");
    }
}

fn validate_pod_spec(errors: &mut Errors, path: &Path<'_>, spec: &PodSpec, own: &Own<'_>) {
    let volumes = volume::validate_volumes(errors, &path.child("volumes"), &spec.volumes);
    validate_claims(errors, &path.child("resourceClaims"), &spec.resource_claims);
    container::validate_containers(errors, path, spec, &volumes);
    if let Some(resources) = &spec.resources {
        validate_resources(errors, &path.child("resources"), spec, resources);
    }
    if spec.host_network {
        validate_node_ports(errors, &path.child("containers"), &spec.containers, own.is_pod);
    }
    let restart = spec.restart_policy.as_deref().unwrap_or_default();
    errors.one_of(&path.child("restartPolicy"), restart, &["Always", "OnFailure", "Never"]);
    let dns = spec.dns_policy.as_deref().unwrap_or_default();
    errors.one_of(&path.child("dnsPolicy"), dns, &["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"]);
    meta::validate_labels(errors, &path.child("nodeSelector"), &spec.node_selector);
    security::validate_pod_context(errors, &path.child("securityContext"), spec);
    if let Some(affinity) = &spec.affinity {
        affinity::validate_affinity(errors, &path.child("affinity"), affinity);
    }
    validate_dns(errors, &path.child("dnsConfig"), spec.dns_config.as_ref(), dns == "None");
    validate_gates(errors, path, spec);
    affinity::validate_spread(errors, &path.child("topologySpreadConstraints"), &spec.topology_spread_constraints);
    for (field, shares) in [("hostNetwork", spec.host_network), ("HostPID", spec.host_pid), ("HostIPC", spec.host_ipc)]
    {
        if shares && spec.host_users == Some(false) {
            errors.forbidden(&path.child(field), "when `hostUsers` is false");
        }
    }
    for (field, containers) in [("initContainers", &spec.init_containers), ("containers", &spec.containers)] {
        let path = path.child(field);
        for (i, container) in containers.iter().enumerate() {
            if spec.host_users == Some(false) && !container.volume_devices.is_empty() {
                errors.forbidden(&path.index(i).child("volumeDevices"), "when `hostUsers` is false");
            }
        }
    }
    validate_hostname_override(errors, &path.child("hostnameOverride"), spec);
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
        let (path, ip) = (aliases.index(i), word(alias, "ip"));
        errors.invalid_each(&path.child("ip"), ip, names::ip(ip));
        for (j, name) in alias["hostnames"].as_array().into_iter().flatten().filter_map(Value::as_str).enumerate() {
            errors.invalid_each(&path.child("hostnames").index(j), name, names::dns_subdomain(name));
        }
    }
    for (field, name) in
        [("priorityClassName", &spec.priority_class_name), ("runtimeClassName", &spec.runtime_class_name)]
    {
        if let Some(name) = name.as_deref().filter(|name| !name.is_empty() || field == "runtimeClassName") {
            errors.invalid_each(&path.child(field), name, names::dns_subdomain(name));
        }
    }
    if let Some(policy) = spec.preemption_policy.as_deref() {
        errors.one_of(&path.child("preemptionPolicy"), policy, &["PreemptLowerPriority", "Never"]);
    }
    match spec.os.as_ref().map(|os| word(os, "name")) {
        None | Some("linux" | "windows") => {}
        Some("") => errors.required(&path.child("os.name"), "cannot be empty"),
        Some(unknown) => errors.unsupported(&path.child("os"), unknown, &["linux", "windows"]),
    }
    container::validate_file_volumes(errors, path, spec);
}

/// A host name that replaces the pod's in every way.
fn validate_hostname_override(errors: &mut Errors, path: &Path<'_>, spec: &PodSpec) {
    /// What Linux takes as a host name, in bytes.
    const LONGEST: usize = 64;
    let Some(name) = &spec.hostname_override else { return };
    for (set, what) in
        [(spec.set_hostname_as_fqdn == Some(true), "setHostnameAsFQDN"), (spec.host_network, "hostNetwork")]
    {
        if set {
            errors.forbidden(path, &format!("may not be specified when {what} is true"));
        }
    }
    if name.len() > LONGEST {
        errors.too_long(path, LONGEST);
    }
    errors.invalid_each(path, name, names::dns_subdomain(name));
}

/// What a pod's containers may use together: enough for what they ask for, and no less than each may use.
fn validate_resources(errors: &mut Errors, path: &Path<'_>, spec: &PodSpec, resources: &ResourceRequirements) {
    if spec.os.as_ref().is_some_and(|os| os["name"] == "windows") {
        return errors.forbidden(path, "may not be set for a windows pod");
    }
    if !resources.claims.is_empty() {
        errors.forbidden(&path.child("claims"), "claims may not be set for Resources at pod-level");
    }
    container::validate_resources(errors, path, resources, |errors, path, name| {
        let before = errors.len();
        container::validate_resource_name(errors, path, name);
        if errors.len() == before && !is_for_pods(name) {
            errors.unsupported(path, name, &["cpu", "hugepages-", "memory"]);
        }
    });
    let read = |quantity: Option<&Text>| quantity.and_then(|quantity| Quantity::parse(quantity).ok());
    for (name, needed) in &spec.requests_of_containers() {
        if let Some(given) = read(resources.requests.get(name)).filter(|given| given < needed) {
            let message = format!("must be greater than or equal to aggregate container requests of {needed}");
            errors.invalid(&path.child("requests").key(name), given.to_string().as_str(), message);
        }
    }
    let containers = path.child("containers");
    for (i, container) in spec.containers.iter().enumerate() {
        for (name, limit) in &container.resources.limits {
            let (limit, of_pod) = (read(Some(limit)), read(resources.limits.get(name)));
            if let (Some(limit), Some(of_pod)) = (limit, of_pod)
                && limit > of_pod
            {
                let message = format!("must be less than or equal to pod limits of {of_pod}");
                errors.invalid(&containers.index(i).key(name).child("limits"), limit.to_string().as_str(), message);
            }
        }
    }
}

/// Claims of special resources, each by its name or from a template.
fn validate_claims(errors: &mut Errors, path: &Path<'_>, claims: &[Value]) {
    let mut seen = Set::new();
    for (i, claim) in claims.iter().enumerate() {
        let (path, name) = (path.index(i), word(claim, "name"));
        if name.is_empty() {
            errors.required(&path.child("name"), "");
        } else if !seen.insert(name) {
            errors.duplicate(&path.child("name"), name);
        } else {
            errors.invalid_each(&path.child("name"), name, names::dns_label(name));
        }
        let sources = ["resourceClaimName", "resourceClaimTemplateName"].map(|field| (field, set(claim, field)));
        let message = match sources {
            [(_, Some(_)), (_, Some(_))] => {
                "at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified"
            }
            [(_, None), (_, None)] => "must specify one of: `resourceClaimName`, `resourceClaimTemplateName`",
            _ => "",
        };
        if !message.is_empty() {
            errors.invalid(&path, inside_job(&["spec", "template", "spec", "resourceClaims"], claim), message);
        }
        for (field, source) in sources {
            if let Some(source) = source.and_then(Value::as_str) {
                errors.invalid_each(&path.child(field), source, names::dns_subdomain(source));
            }
        }
    }
}

/// Where names are looked up, besides or instead of the cluster's own service.
fn validate_dns(errors: &mut Errors, path: &Path<'_>, config: Option<&Value>, alone: bool) {
    let Some(config) = config else {
        if alone {
            errors.required(path, "must provide `dnsConfig` when `dnsPolicy` is None");
        }
        return;
    };
    let (servers, searches) = (path.child("nameservers"), path.child("searches"));
    let listed = items(config, "nameservers");
    if alone && listed.is_empty() {
        return errors.required(&servers, "must provide at least one DNS nameserver when `dnsPolicy` is None");
    }
    if listed.len() > 3 {
        errors.invalid(&servers, &config["nameservers"], "must not have more than 3 nameservers");
    }
    for (i, server) in listed.iter().filter_map(Value::as_str).enumerate() {
        errors.invalid_each(&servers.index(i), server, names::ip(server));
    }
    let listed: Vec<&str> = items(config, "searches").iter().filter_map(Value::as_str).collect();
    if listed.len() > 32 {
        errors.invalid(&searches, &config["searches"], "must not have more than 32 search paths");
    }
    if listed.join(" ").len() > 2048 {
        let message = "must not have more than 2048 characters (including spaces) in the search list";
        errors.invalid(&searches, &config["searches"], message);
    }
    for (i, domain) in listed.into_iter().enumerate() {
        let shown = if domain == "." { domain } else { domain.strip_suffix('.').unwrap_or(domain) };
        errors.invalid_each(&searches.index(i), shown, names::dns_search(domain));
    }
    for (i, option) in items(config, "options").iter().enumerate() {
        if word(option, "name").is_empty() {
            errors.required(&path.child("options").index(i), "must not be empty");
        }
    }
}

/// In the node's network, a container's port is the node's; a template may leave it to its pods to say so.
fn validate_node_ports(errors: &mut Errors, path: &Path<'_>, containers: &[Container], of_pod: bool) {
    for (i, container) in containers.iter().enumerate() {
        for (j, port) in container.ports.iter().enumerate() {
            if port.host_port != port.container_port && (of_pod || port.host_port != 0) {
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
            // To come: they are known, and not allowed yet.
            "Lt" | "Gt" => errors.unsupported(&operator, &toleration.operator, &["Equal", "Exists", "Lt", "Gt"]),
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
