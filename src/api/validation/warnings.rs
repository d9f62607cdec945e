//! What is right but worth a warning (spec 01 §5.8).

use super::field::{items, word};
use super::names;
use crate::api::pod::{ContainerPort, Volume};
use crate::api::quantity::Quantity;
use crate::api::{Container, JobSpec, Kind, Object, ObjectMeta, PodSpec, StringMap};
use crate::sim::{Order, Set};
use serde_json::Value;

const MANY_COMPLETIONS: i32 = 100_000;
const MANY_AT_A_TIME: i32 = 10_000;

/// What is right but worth a warning, without the word `Warning: `. For new objects that a user sends.
pub fn warnings(object: &Object) -> Vec<String> {
    let mut told = Vec::new();
    match object {
        Object::Job(job) => {
            told.extend(name_warning(&job.metadata, POD_NAMES));
        }
        Object::CronJob(cron_job) => told.extend(name_warning(&cron_job.metadata, POD_NAMES)),
        Object::Pod(pod) => {
            told.extend(name_warning(&pod.metadata, "this is used in the Pod's hostname"));
            spec_warnings(&mut told, "", &pod.spec, &pod.metadata.annotations);
        }
        Object::Other(other) if other.kind == Kind::ResourceQuota => {
            other.fields.get("spec").into_iter().for_each(|spec| quota_warnings(&mut told, &spec["hard"]));
        }
        _ => {}
    }
    told.extend(update_warnings(object));
    told
}

/// What is still worth a warning once a spec has changed. Nobody changes pods by hand.
pub fn update_warnings(object: &Object) -> Vec<String> {
    let mut told = Vec::new();
    match object {
        Object::Job(job) => job_warnings(&mut told, "spec", &job.spec),
        Object::CronJob(cron_job) => {
            job_warnings(&mut told, "spec.jobTemplate.spec", &cron_job.spec.job_template.spec);
        }
        Object::Other(other) if other.kind == Kind::Service => {
            other.fields.get("spec").into_iter().for_each(|spec| service_warnings(&mut told, spec));
        }
        _ => {}
    }
    told
}

/// What a quota lets be requested should be less than what it lets be used at most
/// (`pkg/registry/core/resourcequota/strategy.go`).
fn quota_warnings(told: &mut Vec<String>, hard: &Value) {
    let amount = |name: &str| {
        let said = hard.get(name)?;
        let said = said.as_str().map_or_else(|| said.to_string(), str::to_owned);
        Quantity::parse(&said).ok().map(|amount| (said, amount))
    };
    for resource in ["cpu", "memory", "storage", "ephemeral-storage"] {
        let full = format!("requests.{resource}");
        let has_short = ["cpu", "memory"].contains(&resource) && hard.get(&full).is_none();
        let (request, limit) = (if has_short { resource } else { &full }, format!("limits.{resource}"));
        if let (Some((requested, least)), Some((limited, most))) = (amount(request), amount(&limit))
            && least > most
        {
            told.push(format!("ResourceQuota {request} ({requested}) should be less than {limit} ({limited})"));
        }
    }
}

/// What is warned of in a Service's spec (`pkg/api/service/warnings.go`).
fn service_warnings(told: &mut Vec<String>, spec: &Value) {
    let has_external = !items(spec, "externalIPs").is_empty();
    if has_external {
        told.push("spec.externalIPs is deprecated".into());
    }
    let ignored = [
        ("loadBalancerIP", !word(spec, "loadBalancerIP").is_empty()),
        ("externalIPs", has_external),
        ("SessionAffinity", word(spec, "sessionAffinity") == "ClientIP"),
    ];
    let is_headless = word(spec, "clusterIP") == "None";
    for (field, _) in ignored.iter().filter(|(_, set)| is_headless && *set) {
        told.push(format!("spec.{field} is ignored for headless services"));
    }
}

fn job_warnings(told: &mut Vec<String>, path: &str, spec: &JobSpec) {
    told.extend(index_warning(path, spec));
    spec_warnings(told, &format!("{path}.template."), &spec.template.spec, &spec.template.metadata.annotations);
}

const POD_NAMES: &str = "this is used in Pod names and hostnames";

fn name_warning(metadata: &ObjectMeta, what: &str) -> Option<String> {
    let messages = names::dns_label(&metadata.name);
    let surprise = "which can result in surprising behavior; a DNS label is recommended";
    (!messages.is_empty()).then(|| format!("metadata.name: {what}, {surprise}: [{}]", messages.join(" ")))
}

fn index_warning(path: &str, spec: &JobSpec) -> Option<String> {
    let many = spec.completions.is_some_and(|completions| completions > MANY_COMPLETIONS)
        && spec.parallelism.is_some_and(|parallelism| parallelism > MANY_AT_A_TIME);
    let text = "In Indexed Jobs with a number of completions higher than 10^5 and a parallelism higher than 10^4, \
                Kubernetes might not be able to track completedIndexes when a big number of indexes fail";
    (spec.is_indexed() && many).then(|| format!("{path}: {text}"))
}

/// Labels of nodes that have had other names for long, and what is said of those who still use them.
const OLD_NODE_LABELS: [(&str, &str); 8] = [
    ("app.kubernetes.io/created-by", "deprecated since v1.9"),
    ("beta.kubernetes.io/arch", "deprecated since v1.14; use \"kubernetes.io/arch\" instead"),
    ("beta.kubernetes.io/instance-type", "deprecated since v1.17; use \"node.kubernetes.io/instance-type\" instead"),
    ("beta.kubernetes.io/os", "deprecated since v1.14; use \"kubernetes.io/os\" instead"),
    (
        "failure-domain.beta.kubernetes.io/region",
        "deprecated since v1.17; use \"topology.kubernetes.io/region\" instead",
    ),
    ("failure-domain.beta.kubernetes.io/zone", "deprecated since v1.17; use \"topology.kubernetes.io/zone\" instead"),
    ("node-role.kubernetes.io/master", "use \"node-role.kubernetes.io/control-plane\" instead"),
    ("scheduler.alpha.kubernetes.io/preferAvoidPods", "deprecated since v1.22; use Taints and Tolerations instead"),
];

/// Annotations that have become fields.
const OLD_ANNOTATIONS: [(&str, &str); 3] = [
    (
        "scheduler.alpha.kubernetes.io/critical-pod",
        "non-functional in v1.16+; use the \"priorityClassName\" field instead",
    ),
    ("security.alpha.kubernetes.io/sysctls", "non-functional in v1.11+; use the \"sysctls\" field instead"),
    ("security.alpha.kubernetes.io/unsafe-sysctls", "non-functional in v1.11+; use the \"sysctls\" field instead"),
];

/// Kinds of volumes that nothing provides any more.
const OLD_VOLUMES: [(&str, &str); 9] = [
    ("photonPersistentDisk", "deprecated in v1.11, non-functional in v1.16+"),
    ("gitRepo", "deprecated in v1.11, and disabled by default in v1.33+"),
    ("scaleIO", "deprecated in v1.16, non-functional in v1.22+"),
    ("flocker", "deprecated in v1.22, non-functional in v1.25+"),
    ("storageos", "deprecated in v1.22, non-functional in v1.25+"),
    ("quobyte", "deprecated in v1.22, non-functional in v1.25+"),
    ("glusterfs", "deprecated in v1.25, non-functional in v1.26+"),
    ("cephfs", "deprecated in v1.28, non-functional in v1.31+"),
    ("rbd", "deprecated in v1.28, non-functional in v1.31+"),
];

fn old_label(key: &str) -> Option<&'static str> {
    OLD_NODE_LABELS.iter().find(|(old, _)| *old == key).map(|&(_, message)| message)
}

/// What is warned of in a pod's spec or a template's, in Kubernetes' order (`pkg/api/pod/warnings.go`).
fn spec_warnings(told: &mut Vec<String>, above: &str, spec: &PodSpec, annotations: &StringMap) {
    let (path, notes) = (&format!("{above}spec"), format!("{above}metadata.annotations"));
    for key in spec.node_selector.keys() {
        told.extend(old_label(key).map(|message| format!("{path}.nodeSelector[{key}]: {message}")));
    }
    affinity_warnings(told, path, spec);
    for (key, message) in OLD_ANNOTATIONS {
        if annotations.contains_key(key) {
            told.push(format!("{notes}[{key}]: {message}"));
        }
    }
    for (i, volume) in spec.volumes.iter().enumerate() {
        for (kind, since) in OLD_VOLUMES.iter().filter(|(kind, _)| volume.source.contains_key(*kind)) {
            // The API server's own slip.
            let kind = if *kind == "storageos" { "storageOS" } else { kind };
            told.push(format!("{path}.volumes[{i}].{kind}: {since}"));
        }
    }
    spec.volumes.iter().for_each(|volume| overlaps(told, volume));
    doubles(told, &format!("{path}.hostAliases"), "ip", &spec.host_aliases);
    doubles(told, &format!("{path}.imagePullSecrets"), "name", &spec.image_pull_secrets);
    for (i, secret) in spec.image_pull_secrets.iter().enumerate() {
        if secret["name"].as_str().unwrap_or_default().is_empty() {
            told.push(format!("{path}.imagePullSecrets[{i}].name: invalid empty name \"\""));
        }
    }
    let in_pod = |field: &str| spec.security_context.as_ref().is_some_and(|context| !context[field].is_null());
    let seccomp = "non-functional in v1.27+; use the \"seccompProfile\" field instead";
    let own = "seccomp.security.alpha.kubernetes.io/pod";
    if annotations.contains_key(own) && !in_pod("seccompProfile") {
        told.push(format!("{notes}[{own}]: {seccomp}"));
    }
    for (at, container) in containers(path, spec) {
        let lacks = |field| container.security_context.as_ref().is_none_or(|context| context[field].is_null());
        let app_armor = "deprecated since v1.30; use the \"appArmorProfile\" field instead";
        for (prefix, replaced, message) in [
            ("container.seccomp.security.alpha.kubernetes.io/", lacks("seccompProfile"), seccomp),
            (
                "container.apparmor.security.beta.kubernetes.io/",
                lacks("appArmorProfile") && !in_pod("appArmorProfile") && !above.is_empty(),
                app_armor,
            ),
        ] {
            let key = format!("{prefix}{}", container.name);
            if replaced && annotations.contains_key(key.as_str()) {
                told.push(format!("{notes}[{key}]: {message}"));
            }
        }
        let (limits, requests) = (&container.resources.limits, &container.resources.requests);
        for name in ["memory", "ephemeral-storage"] {
            for (field, amounts) in [("limits", limits), ("requests", requests)] {
                if let Some(amount) = amounts.get(name).filter(|amount| super::field::is_fraction(amount)) {
                    told.push(format!(
                        "{at}.resources.{field}[{name}]: fractional byte value \"{amount}\" is invalid, must be an integer"
                    ));
                }
            }
        }
        let mut seen = Set::new();
        for (i, variable) in container.env.iter().enumerate() {
            let reference = format!("$({})", variable.name);
            // X="$(X)more" is how one adds to a variable.
            let adds = variable.value_from.is_none()
                && variable.value != reference.as_str()
                && variable.value.contains(&reference);
            if !seen.insert(&variable.name) && !adds {
                let name = super::field::quoted(&variable.name);
                told.push(format!(
                    "{at}.env[{i}]: hides previous definition of {name}, which may be dropped when using apply"
                ));
            }
        }
    }
    port_warnings(told, path, spec);
    if spec.termination_grace_period_seconds.is_some_and(|seconds| seconds < 0) {
        told.push(format!(
            "{path}.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1"
        ));
    }
    for kind in ["podAffinity", "podAntiAffinity"] {
        let Some(affinity) = spec.affinity.as_ref().and_then(|affinity| affinity.get(kind)) else { continue };
        for (field, term) in [
            ("requiredDuringSchedulingIgnoredDuringExecution", ""),
            ("preferredDuringSchedulingIgnoredDuringExecution", "podAffinityTerm"),
        ] {
            for (i, item) in listed(affinity.get(field)).iter().enumerate() {
                let (selecting, dot) = if term.is_empty() { (item, "") } else { (&item[term], ".") };
                if selecting["labelSelector"].is_null() {
                    told.push(format!(
                        "{path}.affinity.{kind}.{field}[{i}]{dot}{term}.labelSelector: a null labelSelector results in \
                         matching no pod"
                    ));
                }
            }
        }
    }
    let servers = spec.dns_config.as_ref().and_then(|config| config.get("nameservers"));
    for (i, server) in listed(servers).iter().enumerate() {
        address_warning(told, &format!("{path}.dnsConfig.nameservers[{i}]"), server);
    }
    for (i, alias) in spec.host_aliases.iter().enumerate() {
        address_warning(told, &format!("{path}.hostAliases[{i}].ip"), &alias["ip"]);
    }
}

/// Files of one volume of which one hides another.
fn overlaps(told: &mut Vec<String>, volume: &Volume) {
    let name = super::field::quoted(&volume.name);
    let paths = |source: &Value| -> Vec<String> {
        listed(source.get("items")).iter().map(|item| item["path"].as_str().unwrap_or_default().to_owned()).collect()
    };
    let what = |of: &str, kind: &str, source: &Value, field: &str| match source[field].as_str() {
        Some(of_whom) => format!("volume {name} ({of}{kind} {}): overlapping paths", super::field::quoted(of_whom)),
        None => format!("volume {name} ({of}{kind}): overlapping paths"),
    };
    for (field, kind, named_by) in
        [("configMap", "ConfigMap", "name"), ("secret", "Secret", "secretName"), ("downwardAPI", "DownwardAPI", "")]
    {
        if let Some(source) = volume.source.get(field) {
            overlapping(told, &what("", kind, source, named_by), &paths(source));
        }
    }
    let mut all: Vec<String> = Vec::new();
    for projection in listed(volume.source.get("projected").and_then(|projected| projected.get("sources"))) {
        if projection.as_object().is_none_or(|kinds| kinds.values().all(Value::is_null)) {
            told.push(format!("volume {name} (Projected) has no sources provided"));
        }
        for (field, kind) in [("configMap", "ConfigMap"), ("secret", "Secret"), ("downwardAPI", "DownwardAPI")] {
            if let Some(source) = projection.get(field).filter(|source| !listed(source.get("items")).is_empty()) {
                overlapping_with(told, &what("Projected ", kind, source, "name"), paths(source), &mut all);
            }
        }
        if let Some(path) = projection["serviceAccountToken"]["path"].as_str() {
            let what = format!("volume {name} (Projected ServiceAccountToken): overlapping paths");
            overlapping_with(told, &what, vec![path.to_owned()], &mut all);
        }
    }
}

/// Paths of one source of several, by themselves and with those of the sources before.
fn overlapping_with(told: &mut Vec<String>, what: &str, mut paths: Vec<String>, all: &mut Vec<String>) {
    overlapping(told, what, &paths);
    paths.order_by(Ord::cmp);
    paths.dedup();
    all.extend(paths);
    all.order_by(Ord::cmp);
    overlapping(told, what, all);
    all.dedup();
}

fn overlapping(told: &mut Vec<String>, what: &str, paths: &[String]) {
    let mut seen: Vec<&str> = Vec::new();
    for path in paths.iter().map(|path| path.trim_end_matches('/')) {
        // A name that begins like another counts as well.
        let hides = |other: &&&str| format!("{other}/").starts_with(path) || format!("{path}/").starts_with(**other);
        if let Some(other) = seen.iter().find(hides).filter(|other| !other.is_empty() && !path.is_empty()) {
            let [path, other] = [path, other].map(super::field::quoted);
            told.push(format!("{what}: {path} with {other}"));
        }
        if !seen.contains(&path) {
            seen.push(path);
        }
    }
}

/// Addresses that have another form by right.
fn address_warning(told: &mut Vec<String>, path: &str, address: &Value) {
    let Some(written) = address.as_str() else { return };
    if let Ok(parsed) = written.parse::<std::net::Ipv6Addr>()
        && parsed.to_string() != written
    {
        told.push(format!("{path}: IPv6 address \"{written}\" should be in RFC 5952 canonical format (\"{parsed}\")"));
    }
}

/// Init containers, then containers, each with its path.
fn containers<'a>(path: &str, spec: &'a PodSpec) -> impl Iterator<Item = (String, &'a Container)> {
    [("initContainers", &spec.init_containers), ("containers", &spec.containers)].into_iter().flat_map(
        move |(field, containers)| {
            let at = format!("{path}.{field}");
            containers.iter().enumerate().map(move |(i, container)| (format!("{at}[{i}]"), container))
        },
    )
}

fn listed(value: Option<&Value>) -> &[Value] {
    value.and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// Node labels of old names, and spreading that counts no pod.
fn affinity_warnings(told: &mut Vec<String>, path: &str, spec: &PodSpec) {
    let nodes = spec.affinity.as_ref().and_then(|affinity| affinity.get("nodeAffinity"));
    let required = "requiredDuringSchedulingIgnoredDuringExecution";
    let preferred = "preferredDuringSchedulingIgnoredDuringExecution";
    let at = format!("{path}.affinity.nodeAffinity");
    let terms = listed(nodes.and_then(|nodes| nodes[required].get("nodeSelectorTerms"))).iter().enumerate();
    let terms = terms.map(|(i, term)| (format!("{at}.{required}.nodeSelectorTerms[{i}]"), term, false));
    let wishes = listed(nodes.and_then(|nodes| nodes.get(preferred))).iter().enumerate();
    let wishes = wishes.map(|(i, wish)| (format!("{at}.{preferred}[{i}].preference"), &wish["preference"], true));
    for (at, term, is_wish) in terms.chain(wishes) {
        for (i, expression) in listed(term.get("matchExpressions")).iter().enumerate() {
            let key = expression["key"].as_str().unwrap_or_default();
            told.extend(old_label(key).map(|message| format!("{at}.matchExpressions[{i}].key: {key} is {message}")));
            // Of a requirement that would be an error.
            let values = listed(expression.get("values")).iter().filter_map(Value::as_str).enumerate();
            for (place, value) in values.filter(|_| is_wish) {
                let at = format!("{at}.matchExpressions[{i}].values[{place}]");
                let wrong = names::label_value(value);
                told.extend(wrong.into_iter().map(|message| format!("{at}: {value} is invalid, {message}")));
            }
        }
    }
    for (i, constraint) in spec.topology_spread_constraints.iter().enumerate() {
        let (at, key) = (format!("{path}.topologySpreadConstraints[{i}]"), constraint["topologyKey"].as_str());
        if let Some((key, message)) = key.and_then(|key| Some((key, old_label(key)?))) {
            told.push(format!("{at}.topologyKey: {key} is {message}"));
        }
        if constraint["labelSelector"].is_null() {
            told.push(format!("{at}.labelSelector: a null labelSelector results in matching no pod"));
        }
    }
}

/// Items of a list that are there twice.
fn doubles(told: &mut Vec<String>, path: &str, key: &str, items: &[Value]) {
    let mut seen = Set::new();
    for (i, item) in items.iter().enumerate() {
        let value = item[key].as_str().unwrap_or_default();
        if !seen.insert(value) {
            told.push(format!("{path}[{i}].{key}: duplicate {key} {}", super::field::quoted(value)));
        }
    }
}

/// Ports that are said twice, and those that a node may confuse.
fn port_warnings(told: &mut Vec<String>, path: &str, spec: &PodSpec) {
    let mut seen: Vec<(String, &ContainerPort)> = Vec::new();
    for (at, container) in containers(path, spec) {
        for (i, port) in container.ports.iter().enumerate() {
            let at = format!("{at}.ports[{i}]");
            if !port.host_ip.is_empty() && port.host_port == 0 {
                let protocol = port.protocol.as_deref().unwrap_or("TCP");
                told.push(format!(
                    "{at}: hostIP set without hostPort: {{Name:{} HostPort:0 ContainerPort:{} Protocol:{protocol} HostIP:{}}}",
                    port.name, port.container_port, port.host_ip
                ));
            }
            let same = |other: &&(String, &ContainerPort)| {
                let protocol = |port: &ContainerPort| port.protocol.clone().unwrap_or("TCP".into());
                other.1.container_port == port.container_port && protocol(other.1) == protocol(port)
            };
            for (other_at, other) in seen.iter().filter(same) {
                let alike = (port.host_port == other.host_port, port.host_ip == other.host_ip);
                let what = match alike {
                    (true, true) => "duplicate",
                    _ if port.host_port == 0 || other.host_port == 0 => "overlapping",
                    (true, _) if port.host_ip.is_empty() != other.host_ip.is_empty() => "dangerously ambiguous",
                    _ => continue,
                };
                told.push(format!("{at}: {what} port definition with {other_at}"));
            }
            seen.push((at, port));
        }
    }
}
