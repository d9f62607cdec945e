//! Defaults of pods and of the templates they are made from (spec 01 §2.3, §2.4).

use super::{put, put_in};
use crate::api::pod::{ResourceRequirements, Volume, is_for_pods};
use crate::api::{Container, PodSpec};
use serde_json::{Value, json};

/// 0644, as a number of JSON.
const READABLE_FILES: i32 = 0o644;

/// A template's spec with its defaults; nothing if they are all there.
pub fn filled_template_spec(spec: &PodSpec) -> Option<PodSpec> {
    filled(spec, fill_template_spec)
}

/// A pod's spec with its defaults; nothing if they are all there.
pub fn filled_pod_spec(spec: &PodSpec) -> Option<PodSpec> {
    filled(spec, fill_pod_spec)
}

fn filled(spec: &PodSpec, fill: fn(&mut PodSpec)) -> Option<PodSpec> {
    let mut filled = spec.clone();
    fill(&mut filled);
    (filled != *spec).then_some(filled)
}

/// What only real pods get, on top of what templates get: a limit is also a request, services are in the environment, and
/// in the node's network a container's port is the node's.
pub fn fill_pod_spec(spec: &mut PodSpec) {
    fill_template_spec(spec);
    spec.enable_service_links.get_or_insert(true);
    for container in spec.init_containers.iter_mut().chain(&mut spec.containers) {
        request_what_is_limited(&mut container.resources);
        for port in container.ports.iter_mut().filter(|port| spec.host_network && port.host_port == 0) {
            port.host_port = port.container_port;
        }
    }
    if spec.resources.as_ref().is_some_and(|resources| !resources.limits.is_empty()) {
        fill_requests_of_pod(spec);
    }
}

/// A pod whose resources are limited together also requests some together: what its containers do, or all it may use.
fn fill_requests_of_pod(spec: &mut PodSpec) {
    let of_containers = spec.requests_of_containers();
    let Some(resources) = &mut spec.resources else { return };
    for (name, amount) in of_containers.iter().filter(|(name, _)| ["cpu", "memory"].contains(&name.as_str())) {
        resources.requests.insert_new(name, &amount.to_string().into());
    }
    for (name, limit) in resources.limits.iter().filter(|(name, _)| is_for_pods(name)) {
        resources.requests.insert_new(name, limit);
    }
}

fn request_what_is_limited(resources: &mut ResourceRequirements) {
    for (name, limit) in &resources.limits {
        resources.requests.insert_new(name, limit);
    }
}

fn fill_template_spec(spec: &mut PodSpec) {
    spec.dns_policy.get_or_insert("ClusterFirst".into());
    spec.restart_policy.get_or_insert("Always".into());
    spec.security_context.get_or_insert(json!({}));
    spec.termination_grace_period_seconds.get_or_insert(30);
    spec.scheduler_name.get_or_insert("default-scheduler".into());
    // Two names of one field: each shows what the other says.
    if spec.service_account_name.is_none() {
        spec.service_account_name = spec.service_account.clone();
    }
    spec.service_account = spec.service_account_name.clone();
    for container in spec.init_containers.iter_mut().chain(&mut spec.containers) {
        fill_container(container);
    }
    spec.volumes.iter_mut().for_each(fill_volume);
}

fn fill_container(container: &mut Container) {
    if container.image_pull_policy.is_none() {
        container.image_pull_policy = Some(pull_policy(&container.image).into());
    }
    container.termination_message_path.get_or_insert("/dev/termination-log".into());
    container.termination_message_policy.get_or_insert("File".into());
    for port in &mut container.ports {
        port.protocol.get_or_insert("TCP".into());
    }
    for source in container.env.iter_mut().filter_map(|variable| variable.value_from.as_mut()) {
        fill_field_ref(source);
    }
    let probes = [&mut container.liveness_probe, &mut container.readiness_probe, &mut container.startup_probe];
    for probe in probes.into_iter().flatten() {
        for (field, default) in
            [("timeoutSeconds", 1), ("periodSeconds", 10), ("successThreshold", 1), ("failureThreshold", 3)]
        {
            // Zero cannot be told from unset.
            if probe[field] == 0 {
                probe[field] = Value::Null;
            }
            put_in(probe, field, default);
        }
        fill_http_get(probe);
        if let Some(call) = probe.get_mut("grpc") {
            put_in(call, "service", "");
        }
    }
    for hook in ["postStart", "preStop"] {
        if let Some(handler) = container.lifecycle.as_mut().and_then(|lifecycle| lifecycle.get_mut(hook)) {
            fill_http_get(handler);
        }
    }
}

fn fill_http_get(handler: &mut Value) {
    if let Some(request) = handler.get_mut("httpGet") {
        put_in(request, "path", "/");
        put_in(request, "scheme", "HTTP");
    }
}

fn fill_field_ref(source: &mut Value) {
    if let Some(reference) = source.get_mut("fieldRef") {
        put_in(reference, "apiVersion", "v1");
    }
}

/// `Always` for a tag that moves: `latest`, or none. A reference that cannot be read has no tag that could move.
fn pull_policy(image: &str) -> &'static str {
    let (reference, digest) = image.split_once('@').map_or((image, false), |(reference, _)| (reference, true));
    let last = reference.rsplit('/').next().unwrap_or(reference);
    let (name, tag) = last.split_once(':').map_or((last, None), |(name, tag)| (name, Some(tag)));
    let readable = !name.is_empty() && name.chars().all(|c| matches!(c, 'a'..='z' | '0'..='9' | '.' | '_' | '-'));
    let moves = tag.map_or(!digest, |tag| tag == "latest");
    if readable && moves { "Always" } else { "IfNotPresent" }
}

fn fill_volume(volume: &mut Volume) {
    volume.source.retain(|_, source| !source.is_null());
    if volume.source.is_empty() {
        volume.source.insert("emptyDir".into(), json!({}));
    }
    for (kind, source) in &mut volume.source {
        match kind.as_str() {
            "configMap" | "secret" | "downwardAPI" | "projected" => {
                put_in(source, "defaultMode", READABLE_FILES);
                fill_items(source);
            }
            "hostPath" => put_in(source, "type", ""),
            "ephemeral" => {
                if let Some(template) = source.get_mut("volumeClaimTemplate") {
                    put_in(template, "metadata", json!({}));
                }
                if let Some(claim) = source.pointer_mut("/volumeClaimTemplate/spec") {
                    put_in(claim, "volumeMode", "Filesystem");
                }
            }
            "image" => {
                let policy = pull_policy(source["reference"].as_str().unwrap_or_default());
                put_in(source, "pullPolicy", policy);
            }
            _ => {}
        }
    }
}

/// References to fields and tokens inside volumes.
fn fill_items(source: &mut Value) {
    for item in each_mut(source, "items") {
        fill_field_ref(item);
    }
    for projection in each_mut(source, "sources") {
        if let Some(Value::Object(token)) = projection.get_mut("serviceAccountToken") {
            put(token, "expirationSeconds", 3600);
        }
        if let Some(downward) = projection.get_mut("downwardAPI") {
            each_mut(downward, "items").iter_mut().for_each(fill_field_ref);
        }
    }
}

fn each_mut<'a>(object: &'a mut Value, field: &str) -> &'a mut [Value] {
    match object.get_mut(field) {
        Some(Value::Array(items)) => items,
        _ => &mut [],
    }
}
