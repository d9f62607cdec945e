//! Containers: names, images, environment, ports, mounts, resources, probes (spec 01 §5.5).

use super::downward_api::{validate_field_ref, validate_resource_ref};
use super::field::{Errors, Path, items, set, word};
use super::volume::Volumes;
use super::{meta, names, security, volume};
use crate::api::pod::{ContainerPort, EnvVar, ResourceRequirements, VolumeMount};
use crate::api::{Container, PodSpec, Text};
use crate::sim::Set;
use serde_json::Value;

/// Fields of a pod that an environment variable may show.
const ENV_FIELDS: [&str; 9] = [
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
];
/// Rules for restarts that a container may have.
const MOST_RESTART_RULES: usize = 20;
/// A rule for restarts names no more exit codes than there are.
const MOST_EXIT_CODES: usize = 255;

/// What a pod has for its containers.
struct Surroundings<'a> {
    volumes: &'a Volumes<'a>,
    /// Names of claims.
    claims: Set<&'a str>,
    /// Whether containers of the pod are never started again.
    restarts_never: bool,
    /// Whether its users are apart from the node's.
    own_users: bool,
}

/// All containers of a pod, the main ones first.
pub fn validate_containers(errors: &mut Errors, path: &Path<'_>, spec: &PodSpec, volumes: &Volumes<'_>) {
    let claims = spec.resource_claims.iter().map(|claim| word(claim, "name")).filter(|name| !name.is_empty());
    let surroundings = &Surroundings {
        volumes,
        claims: claims.collect(),
        restarts_never: spec.restart_policy.as_deref() == Some("Never"),
        own_users: spec.host_users == Some(false),
    };
    let grace = spec.termination_grace_period_seconds;
    let main = path.child("containers");
    if spec.containers.is_empty() {
        errors.required(&main, "");
    }
    let mut names = Set::new();
    for (i, container) in spec.containers.iter().enumerate() {
        let path = main.index(i);
        validate_container(errors, &path, container, surroundings);
        if !names.insert(container.name.as_str()) {
            errors.duplicate(&path.child("name"), &container.name);
        }
        validate_hooks_and_probes(errors, &path, container, grace);
        validate_own_restart_policy(errors, &path, container);
    }
    validate_host_ports(errors, &main, &spec.containers);
    let init = path.child("initContainers");
    for (i, container) in spec.init_containers.iter().enumerate() {
        let path = init.index(i);
        validate_container(errors, &path, container, surroundings);
        validate_own_restart_policy(errors, &path, container);
        if names.contains(container.name.as_str()) {
            errors.duplicate(&path.child("name"), &container.name);
        } else if !container.name.is_empty() {
            names.insert(&container.name);
        }
        // One after the other, they may have the same ports.
        validate_host_ports(errors, &init, std::slice::from_ref(container));
        if container.is_sidecar() {
            validate_hooks_and_probes(errors, &path, container, grace);
        } else {
            for (field, set) in [
                ("lifecycle", container.lifecycle.is_some()),
                ("livenessProbe", container.liveness_probe.is_some()),
                ("readinessProbe", container.readiness_probe.is_some()),
                ("startupProbe", container.startup_probe.is_some()),
            ] {
                if set {
                    let message = "may not be set for init containers without restartPolicy=Always";
                    errors.forbidden(&path.child(field), message);
                }
            }
            let policies = container.resize_policy.iter().enumerate();
            for (i, _) in policies.filter(|(_, policy)| word(policy, "restartPolicy") == "RestartContainer") {
                let message = "must not be set to 'RestartContainer' for non-sidecar initContainers";
                let path = path.child("resizePolicy");
                errors.invalid(&path.index(i).child("restartPolicy"), "RestartContainer", message);
            }
        }
    }
    for (i, container) in spec.ephemeral_containers.iter().enumerate() {
        let (list, name) = (path.child("ephemeralContainers"), container["name"].as_str().unwrap_or_default());
        if !names.insert(name) {
            errors.duplicate(&list.index(i).child("name"), name);
        }
    }
}

/// A container may have a restart policy of its own.
fn validate_own_restart_policy(errors: &mut Errors, path: &Path<'_>, container: &Container) {
    if let Some(policy) = container.restart_policy.as_deref() {
        let supported = ["Always", "Never", "OnFailure"];
        if !supported.contains(&policy) {
            errors.unsupported(&path.child("restartPolicy"), policy, &supported);
        }
    } else if !container.restart_policy_rules.is_empty() {
        errors.required(&path.child("restartPolicy"), "must specify restartPolicy when restart rules are used");
    }
    let rules = path.child("restartPolicyRules");
    if container.restart_policy_rules.len() > MOST_RESTART_RULES {
        errors.too_many(&rules, container.restart_policy_rules.len(), MOST_RESTART_RULES);
    }
    for (i, rule) in container.restart_policy_rules.iter().enumerate() {
        let path = rules.index(i);
        let action = rule["action"].as_str().unwrap_or_default();
        if !["Restart", "RestartAllContainers"].contains(&action) {
            errors.unsupported(&path.child("action"), action, &["Restart", "RestartAllContainers"]);
        }
        let exit_codes = path.child("exitCodes");
        let Some(codes) = set(rule, "exitCodes") else {
            errors.required(&exit_codes, "must be specified");
            continue;
        };
        let operator = codes["operator"].as_str().unwrap_or_default();
        if !["In", "NotIn"].contains(&operator) {
            errors.unsupported(&exit_codes.child("operator"), operator, &["In", "NotIn"]);
        }
        let count = codes["values"].as_array().map_or(0, Vec::len);
        if count > MOST_EXIT_CODES {
            errors.too_many(&exit_codes.child("values"), count, MOST_EXIT_CODES);
        }
    }
}

fn validate_container(errors: &mut Errors, path: &Path<'_>, container: &Container, pod: &Surroundings<'_>) {
    if container.name.is_empty() {
        errors.required(&path.child("name"), "");
    } else {
        errors.invalid_each(&path.child("name"), &container.name, names::dns_label(&container.name));
    }
    if container.image.is_empty() {
        errors.required(&path.child("image"), "");
    }
    let policy = container.termination_message_policy.as_deref().unwrap_or_default();
    errors.one_of(&path.child("terminationMessagePolicy"), policy, &["File", "FallbackToLogsOnError"]);
    validate_ports(errors, &path.child("ports"), &container.ports);
    validate_env(errors, &path.child("env"), &container.env);
    validate_env_from(errors, &path.child("envFrom"), &container.env_from);
    validate_mounts(errors, &path.child("volumeMounts"), container, pod.volumes);
    validate_devices(errors, &path.child("volumeDevices"), container, pod.volumes);
    let policy = container.image_pull_policy.as_deref().unwrap_or_default();
    errors.one_of(&path.child("imagePullPolicy"), policy, &["Always", "IfNotPresent", "Never"]);
    validate_resources(errors, &path.child("resources"), &container.resources, validate_name_for_containers);
    validate_claims(errors, &path.child("resources.claims"), &container.resources.claims, &pod.claims);
    validate_resize_policy(errors, &path.child("resizePolicy"), &container.resize_policy, pod.restarts_never);
    if let Some(context) = &container.security_context {
        security::validate_container_context(errors, &path.child("securityContext"), context, pod.own_users);
    }
}

/// Claims of the pod that a container names.
fn validate_claims(errors: &mut Errors, path: &Path<'_>, claims: &[Value], of_the_pod: &Set<&str>) {
    let mut seen = Set::new();
    for (i, claim) in claims.iter().enumerate() {
        let (path, name, request) = (path.index(i), word(claim, "name"), word(claim, "request"));
        if name.is_empty() {
            errors.required(&path, "");
            continue;
        }
        if !request.is_empty() {
            errors.invalid_each(&path.child("request"), request, names::dns_label(request));
        }
        let overlaps =
            |&(other, part): &(&str, &str)| other == name && (part == request || part.is_empty() || request.is_empty());
        if !request.is_empty() && seen.contains(&(name, request)) {
            errors.duplicate(&path, format!("{name}/{request}").as_str());
        } else if seen.iter().any(overlaps) {
            errors.duplicate(&path, name);
        }
        seen.insert((name, request));
        if !of_the_pod.contains(name) {
            let known: Vec<&str> = of_the_pod.iter().copied().collect();
            let rest = if known.is_empty() { " which is empty".into() } else { format!(": {}", known.join(", ")) };
            errors.not_found(&path, name, &format!("must be one of the names in pod.spec.resourceClaims{rest}"));
        }
    }
}

/// What happens to a container whose resources are changed.
fn validate_resize_policy(errors: &mut Errors, path: &Path<'_>, policies: &[Value], restarts_never: bool) {
    let mut seen = Set::new();
    for (i, policy) in policies.iter().enumerate() {
        let (resource, restart) = (word(policy, "resourceName"), word(policy, "restartPolicy"));
        if !seen.insert(resource) {
            errors.duplicate(&path.index(i), resource);
        }
        errors.one_of(path, resource, &["cpu", "memory"]);
        errors.one_of(path, restart, &["NotRequired", "RestartContainer"]);
        if restarts_never && restart != "NotRequired" {
            errors.invalid(path, restart, "must be 'NotRequired' when `restartPolicy` is 'Never'");
        }
    }
}

fn validate_ports(errors: &mut Errors, path: &Path<'_>, ports: &[ContainerPort]) {
    let mut seen = Set::new();
    for (i, port) in ports.iter().enumerate() {
        let path = path.index(i);
        if !port.name.is_empty() {
            let messages = names::port_name(&port.name);
            if messages.is_empty() && !seen.insert(&port.name) {
                errors.duplicate(&path.child("name"), &port.name);
            }
            errors.invalid_each(&path.child("name"), &port.name, messages);
        }
        if port.container_port == 0 {
            errors.required(&path.child("containerPort"), "");
        } else {
            validate_port_number(errors, &path.child("containerPort"), port.container_port.into());
        }
        if port.host_port != 0 {
            validate_port_number(errors, &path.child("hostPort"), port.host_port.into());
        }
        let protocol = port.protocol.as_deref().unwrap_or_default();
        errors.one_of(&path.child("protocol"), protocol, &["SCTP", "TCP", "UDP"]);
    }
}

fn validate_host_ports(errors: &mut Errors, path: &Path<'_>, containers: &[Container]) {
    let mut taken = Set::new();
    for (i, container) in containers.iter().enumerate() {
        for (j, port) in container.ports.iter().enumerate().filter(|(_, port)| port.host_port != 0) {
            let protocol = port.protocol.as_deref().unwrap_or_default();
            let address = format!("{protocol}/{}/{}", port.host_ip, port.host_port);
            if taken.contains(&address) {
                let path = path.index(i);
                errors.duplicate(&path.child("ports").index(j).child("hostPort"), address.as_str());
            }
            taken.insert(address);
        }
    }
}

fn validate_port_number(errors: &mut Errors, path: &Path<'_>, number: i64) {
    for message in names::port_number(number) {
        errors.invalid(path, number, message);
    }
}

fn validate_env(errors: &mut Errors, path: &Path<'_>, variables: &[EnvVar]) {
    for (i, variable) in variables.iter().enumerate() {
        let path = path.index(i);
        if variable.name.is_empty() {
            errors.required(&path.child("name"), "");
        } else {
            errors.invalid_each(&path.child("name"), &variable.name, names::env_name(&variable.name));
        }
        if let Some(source) = &variable.value_from {
            validate_env_source(errors, &path.child("valueFrom"), source, !variable.value.is_empty());
        }
    }
}

fn validate_env_source(errors: &mut Errors, path: &Path<'_>, source: &Value, has_value: bool) {
    let mut sources = 0;
    if let Some(reference) = set(source, "fieldRef") {
        sources += 1;
        validate_field_ref(errors, &path.child("fieldRef"), reference, &ENV_FIELDS);
    }
    if let Some(reference) = set(source, "resourceFieldRef") {
        sources += 1;
        validate_resource_ref(errors, &path.child("resourceFieldRef"), reference);
    }
    for field in ["configMapKeyRef", "secretKeyRef"] {
        if let Some(reference) = set(source, field) {
            sources += 1;
            let (path, name) = (path.child(field), reference["name"].as_str().unwrap_or_default());
            errors.invalid_each(&path.child("name"), name, names::dns_subdomain(name));
            match reference["key"].as_str().unwrap_or_default() {
                "" => errors.required(&path.child("key"), ""),
                key => errors.invalid_each(&path.child("key"), key, names::config_key(key)),
            }
        }
    }
    if let Some(reference) = set(source, "fileKeyRef") {
        sources += 1;
        let path = path.child("fileKeyRef");
        for (field, rule) in [
            ("key", names::env_name as fn(&str) -> _),
            ("volumeName", names::dns_label),
            ("path", names::without_backsteps),
        ] {
            match word(reference, field) {
                "" => errors.required(&path.child(field), ""),
                text => errors.invalid_each(&path.child(field), text, rule(text)),
            }
        }
    }
    if sources == 0 {
        let message =
            "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`";
        errors.invalid(path, "", message);
    } else if has_value {
        errors.invalid(path, "", "may not be specified when `value` is not empty");
    } else if sources > 1 {
        errors.invalid(path, "", "may not have more than one field specified at a time");
    }
}

/// Files that variables are read from lie in volumes that are empty at first.
pub fn validate_file_volumes(errors: &mut Errors, path: &Path<'_>, spec: &PodSpec) {
    for (field, containers) in [("initContainers", &spec.init_containers), ("containers", &spec.containers)] {
        let path = path.child(field);
        let variables = containers.iter().enumerate().flat_map(|(i, container)| {
            let variables = container.env.iter().enumerate();
            variables.filter_map(move |(j, variable)| Some((i, j, set(variable.value_from.as_ref()?, "fileKeyRef")?)))
        });
        for (i, j, reference) in variables {
            let (container, name) = (path.index(i), word(reference, "volumeName"));
            let (env, place) = (container.child("env"), "valueFrom.fileKeyRef.volumeName");
            match spec.volumes.iter().find(|volume| volume.name == *name) {
                None => errors.not_found(&env.index(j).child(place), name, ""),
                Some(volume) if !volume.source.contains_key("emptyDir") => {
                    errors.invalid(&env.index(j).child(place), name, "referenced volume must be of type emptyDir");
                }
                Some(_) => {}
            }
        }
    }
}

fn validate_env_from(errors: &mut Errors, path: &Path<'_>, sources: &[Value]) {
    for (i, source) in sources.iter().enumerate() {
        let item = path.index(i);
        let prefix = source["prefix"].as_str().unwrap_or_default();
        errors.invalid_each(&item.child("prefix"), prefix, names::env_name(prefix));
        let mut named = 0;
        for field in ["configMapRef", "secretRef"] {
            if let Some(reference) = set(source, field) {
                named += 1;
                let item = item.child(field);
                match reference["name"].as_str().unwrap_or_default() {
                    "" => errors.required(&item.child("name"), ""),
                    name => errors.invalid_each(&item.child("name"), name, names::dns_subdomain(name)),
                }
            }
        }
        match named {
            0 => errors.invalid(path, "", "must specify one of: `configMapRef` or `secretRef`"),
            1 => {}
            _ => errors.invalid(path, "", "may not have more than one field specified at a time"),
        }
    }
}

fn validate_mounts(errors: &mut Errors, path: &Path<'_>, container: &Container, volumes: &Volumes<'_>) {
    let mut taken = Set::new();
    for (i, mount) in container.volume_mounts.iter().enumerate() {
        let item = path.index(i);
        if mount.name.is_empty() {
            errors.required(&item.child("name"), "");
        }
        if !volumes.contains_key(mount.name.as_str()) {
            errors.not_found(&item.child("name"), &mount.name, "");
        }
        if mount.mount_path.is_empty() {
            errors.required(&item.child("mountPath"), "");
        }
        if !taken.insert(&mount.mount_path) {
            errors.invalid(&item.child("mountPath"), &mount.mount_path, "must be unique");
        }
        for (field, text, in_devices, message) in [
            ("name", &mount.name, "name", "must not already exist in volumeDevices"),
            ("mountPath", &mount.mount_path, "devicePath", "must not already exist as a path in volumeDevices"),
        ] {
            if container.volume_devices.iter().any(|device| word(device, in_devices) == text.as_str()) {
                errors.invalid(&item.child(field), text, message);
            }
        }
        let sub_paths = [("subPath", &mount.sub_path), ("subPathExpr", &mount.sub_path_expr)];
        for (field, sub_path) in sub_paths.into_iter().filter(|(_, sub_path)| !sub_path.is_empty()) {
            if field == "subPathExpr" && !mount.sub_path.is_empty() {
                errors.invalid(&item.child(field), sub_path, "subPathExpr and subPath are mutually exclusive");
            }
            volume::validate_path_inside(errors, &path.child(field), sub_path);
        }
        validate_propagation(errors, path, mount, container);
    }
}

/// How mounts below a mount are seen, and whether they can be written.
fn validate_propagation(errors: &mut Errors, path: &Path<'_>, mount: &VolumeMount, container: &Container) {
    let mode = mount.mount_propagation.as_deref();
    if let Some(mode) = mode {
        let (path, supported) = (path.child("mountPropagation"), ["Bidirectional", "HostToContainer", "None"]);
        if !supported.contains(&mode) {
            errors.unsupported(&path, mode, &supported);
        }
        let privileged = container.security_context.as_ref().is_some_and(|context| context["privileged"] == true);
        if mode == "Bidirectional" && !privileged {
            errors.forbidden(&path, "Bidirectional mount propagation is available only to privileged containers");
        }
    }
    let path = path.child("recursiveReadOnly");
    match mount.recursive_read_only.as_deref() {
        Some("Enabled" | "IfPossible") => {
            if !mount.read_only {
                errors.forbidden(&path, "may only be specified when readOnly is true");
            }
            if mode.is_some_and(|mode| mode != "None") {
                errors.forbidden(&path, "may only be specified when mountPropagation is None or not specified");
            }
        }
        None | Some("Disabled") => {}
        Some(unknown) => errors.unsupported(&path, unknown, &["Disabled", "Enabled", "IfPossible"]),
    }
}

/// Volumes that a container sees as devices.
fn validate_devices(errors: &mut Errors, path: &Path<'_>, container: &Container, volumes: &Volumes<'_>) {
    let (mut names, mut paths) = (Set::new(), Set::new());
    for (i, device) in container.volume_devices.iter().enumerate() {
        let (item, name, place) = (path.index(i), word(device, "name"), word(device, "devicePath"));
        let (at_name, at_path) = (item.child("name"), item.child("devicePath"));
        if name.is_empty() {
            errors.required(&at_name, "");
        } else if !names.insert(name) {
            errors.invalid(&at_name, name, "must be unique");
        }
        match volumes.get(name) {
            None => errors.not_found(&at_name, name, ""),
            Some(volume) if !["persistentVolumeClaim", "ephemeral"].iter().any(|&k| volume.source.contains_key(k)) => {
                let message = "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode";
                errors.invalid(&at_name, name, message);
            }
            Some(_) => {}
        }
        if place.is_empty() {
            errors.required(&at_path, "");
        }
        if paths.contains(place) {
            errors.invalid(&at_path, place, "must be unique");
        }
        if place.split('/').any(|part| part == "..") {
            errors.invalid(&at_path, place, "can not contain backsteps ('..')");
        } else {
            paths.insert(place);
        }
        if container.volume_mounts.iter().any(|mount| mount.name == name) {
            errors.invalid(&at_name, name, "must not already exist in volumeMounts");
        }
        if container.volume_mounts.iter().any(|mount| mount.mount_path == place) {
            errors.invalid(&at_path, place, "must not already exist as a path in volumeMounts");
        }
    }
}

/// Limits and requests of a container or a pod.
pub fn validate_resources(
    errors: &mut Errors,
    path: &Path<'_>,
    resources: &ResourceRequirements,
    validate_name: fn(&mut Errors, &Path<'_>, &str),
) {
    let limits = path.child("limits");
    for (name, quantity) in &resources.limits {
        validate_name(errors, &limits.key(name), name);
        validate_amount(errors, &limits.key(name), name, quantity);
    }
    let requests = path.child("requests");
    for (name, quantity) in &resources.requests {
        validate_name(errors, &requests.key(name), name);
        validate_amount(errors, &requests.key(name), name, quantity);
        match resources.limits.get(name) {
            Some(limit) if !may_overcommit(name) && super::field::differs(quantity, limit) => {
                errors.invalid(&requests, quantity, format!("must be equal to {name} limit of {limit}"));
            }
            Some(limit) if super::field::exceeds(quantity, limit) => {
                errors.invalid(&requests, quantity, format!("must be less than or equal to {name} limit of {limit}"));
            }
            None if !may_overcommit(name) => {
                errors.required(&limits, "Limit must be set for non overcommitable resources");
            }
            _ => {}
        }
    }
    let mut names = resources.limits.keys().chain(resources.requests.keys());
    let has_huge_pages = names.clone().any(|name| is_huge_pages(name));
    if has_huge_pages && !names.any(|name| ["cpu", "memory"].contains(&name.as_str())) {
        errors.forbidden(path, "HugePages require cpu or memory");
    }
}

/// What names of resources without a domain there are, for whatever purpose.
pub const STANDARD_RESOURCES: [&str; 20] = [
    "configmaps",
    "cpu",
    "ephemeral-storage",
    "limits.cpu",
    "limits.ephemeral-storage",
    "limits.memory",
    "memory",
    "persistentvolumeclaims",
    "pods",
    "replicationcontrollers",
    "requests.cpu",
    "requests.ephemeral-storage",
    "requests.memory",
    "requests.storage",
    "resourcequotas",
    "secrets",
    "services",
    "services.loadbalancers",
    "services.nodeports",
    "storage",
];

/// Before the size of a page.
const HUGE_PAGES: &str = "hugepages-";

fn is_huge_pages(name: &str) -> bool {
    name.starts_with(HUGE_PAGES)
}

/// Kubernetes' own resources: the others have a domain.
fn is_native(name: &str) -> bool {
    !name.contains('/') || name.contains("kubernetes.io/")
}

/// Whether pods may use more of it than they request.
fn may_overcommit(name: &str) -> bool {
    is_native(name) && !is_huge_pages(name)
}

/// What can be limited at all.
pub fn validate_resource_name(errors: &mut Errors, path: &Path<'_>, name: &str) {
    let before = errors.len();
    errors.invalid_each(path, name, names::qualified_name(name));
    let standard = STANDARD_RESOURCES.contains(&name) || is_huge_pages(name);
    if errors.len() == before && !name.contains('/') && !standard {
        errors.invalid(path, name, "must be a standard resource type or fully qualified");
    }
}

/// What can be limited for a container.
fn validate_name_for_containers(errors: &mut Errors, path: &Path<'_>, name: &str) {
    validate_resource_name(errors, path, name);
    let for_containers = ["cpu", "memory", "ephemeral-storage"].contains(&name) || is_huge_pages(name);
    if !name.contains('/') && !for_containers {
        errors.invalid(path, name, "must be a standard resource for containers");
    } else if !is_native(name) && !is_extended(name) {
        errors.invalid(path, name, "doesn't follow extended resource name standard");
    }
}

/// Whether a resource with a domain can be in a quota as well, where its name stands after another word.
fn is_extended(name: &str) -> bool {
    !name.starts_with("requests.") && names::qualified_name(&format!("requests.{name}")).is_empty()
}

/// One limit or request.
fn validate_amount(errors: &mut Errors, path: &Path<'_>, name: &str, quantity: &Text) {
    if quantity.starts_with('-') {
        errors.invalid(path, quantity, "must be greater than or equal to 0");
    }
    if !is_native(name) && super::field::is_fraction(quantity) {
        errors.invalid(path, quantity, "must be an integer");
    }
    if let Some(page) = name.strip_prefix(HUGE_PAGES)
        && !super::field::is_multiple(quantity, page)
    {
        errors.invalid(path, quantity, format!("{quantity} is not positive integer multiple of {name}"));
    }
}

fn validate_hooks_and_probes(errors: &mut Errors, path: &Path<'_>, container: &Container, grace: Option<i64>) {
    let lifecycle = path.child("lifecycle");
    for hook in ["postStart", "preStop"] {
        if let Some(handler) = container.lifecycle.as_ref().and_then(|lifecycle| set(lifecycle, hook)) {
            validate_handler(errors, &lifecycle.child(hook), handler, grace);
        }
    }
    for (field, probe) in [
        ("livenessProbe", &container.liveness_probe),
        ("readinessProbe", &container.readiness_probe),
        ("startupProbe", &container.startup_probe),
    ] {
        let (Some(probe), path) = (probe, path.child(field)) else { continue };
        validate_handler(errors, &path, probe, grace);
        for number in ["initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold"]
        {
            errors.non_negative_if_set(&path.child(number), probe[number].as_i64());
        }
        let own_grace = path.child("terminationGracePeriodSeconds");
        let own = set(probe, "terminationGracePeriodSeconds").and_then(Value::as_i64);
        if let Some(seconds) = own.filter(|&seconds| seconds <= 0) {
            errors.invalid(&own_grace, seconds, "must be greater than 0");
        }
        if let Some(seconds) = own.filter(|_| field == "readinessProbe") {
            errors.invalid(&own_grace, seconds, "must not be set for readinessProbes");
        }
        if let Some(successes) = probe["successThreshold"].as_i64().filter(|&n| n != 1 && field != "readinessProbe") {
            errors.invalid(&path.child("successThreshold"), successes, "must be 1");
        }
    }
}

fn validate_handler(errors: &mut Errors, path: &Path<'_>, handler: &Value, grace: Option<i64>) {
    let mut handlers = 0;
    for kind in ["exec", "httpGet", "tcpSocket", "grpc", "sleep"] {
        let (Some(action), path) = (set(handler, kind), path.child(kind)) else { continue };
        handlers += 1;
        if handlers > 1 {
            errors.forbidden(&path, "may not specify more than 1 handler type");
            continue;
        }
        match kind {
            "exec" if action["command"].as_array().is_none_or(Vec::is_empty) => {
                errors.required(&path.child("command"), "");
            }
            "httpGet" => {
                validate_port(errors, &path.child("port"), &action["port"]);
                let scheme = action["scheme"].as_str().unwrap_or_default();
                if !["HTTP", "HTTPS"].contains(&scheme) {
                    errors.unsupported(&path.child("scheme"), scheme, &["HTTP", "HTTPS"]);
                }
                for name in items(action, "httpHeaders").iter().map(|header| word(header, "name")) {
                    errors.invalid_each(&path.child("httpHeaders"), name, names::http_header(name));
                }
            }
            "tcpSocket" | "grpc" => validate_port(errors, &path.child("port"), &action["port"]),
            "sleep" => {
                let seconds = action["seconds"].as_i64().unwrap_or(0);
                if let Some(grace) = grace.filter(|grace| !(0..=*grace).contains(&seconds)) {
                    let message = format!("must be non-negative and less than terminationGracePeriodSeconds ({grace})");
                    errors.invalid(&path, seconds, message);
                }
            }
            _ => {}
        }
    }
    if handlers == 0 {
        errors.required(path, "must specify a handler type");
    }
}

/// A port by number or name.
pub fn validate_port(errors: &mut Errors, path: &Path<'_>, port: &Value) {
    match port.as_str() {
        Some(name) => errors.invalid_each(path, name, names::port_name(name)),
        None => validate_port_number(errors, path, port.as_i64().unwrap_or(0)),
    }
}

/// The keys of node labels that a selector names are label keys.
pub fn validate_key(errors: &mut Errors, path: &Path<'_>, key: &Value) {
    meta::validate_label_key(errors, path, key.as_str().unwrap_or_default());
}
