//! Containers and volumes, in templates and in pods (spec 05 §4.1).

use super::{Sheet, or_none};
use crate::api::fields;
use crate::api::pod::{ResourceRequirements, Volume};
use crate::api::quantity::Quantity;
use crate::api::{Container, ContainerState, ContainerStatus, Pod, PodTemplateSpec, Terminated};
use crate::kubectl::jsonpath::word;
use crate::kubectl::selector;
use crate::sim::Order;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

/// The template that pods are made from.
pub fn describe(template: &PodTemplateSpec, sheet: &mut Sheet) {
    let spec = &template.spec;
    sheet.line("Pod Template:");
    sheet.labels("  Labels", &template.metadata.labels);
    if !template.metadata.annotations.is_empty() {
        sheet.annotations("  Annotations", &template.metadata.annotations);
    }
    sheet.maybe("  Service Account", spec.service_account_name.as_ref());
    if !spec.init_containers.is_empty() {
        containers("  Init Containers", " ", &spec.init_containers, None, sheet);
    }
    containers("  Containers", " ", &spec.containers, None, sheet);
    volumes("  ", &spec.volumes, sheet);
    topology("  ", &spec.topology_spread_constraints, sheet);
    sheet.maybe("  Priority Class Name", spec.priority_class_name.as_ref());
    sheet.labels("  Node-Selectors", &spec.node_selector);
    sheet.tolerations("  Tolerations", &spec.tolerations);
}

/// The containers of a template, or of a pod with what has become of them. `indent` stands before their names.
pub fn containers(title: &str, indent: &str, containers: &[Container], pod: Option<&Pod>, sheet: &mut Sheet) {
    sheet.line(format!("{title}:{}", if containers.is_empty() { " <none>" } else { "" }));
    let told = pod.map(Pod::own_status);
    for container in containers {
        let status = told.as_ref().and_then(|told| {
            let mut all = told.init_container_statuses.iter().chain(&told.container_statuses);
            all.find(|status| status.name == container.name)
        });
        sheet.line(format!("  {indent}{}:", container.name));
        sheet.maybe("    Container ID", status.map(|status| &status.container_id));
        sheet.field("    Image", &container.image);
        sheet.maybe("    Image ID", status.map(|status| &status.image_id));
        ports(container, sheet);
        seccomp(container.security_context.as_ref(), ["    SeccompProfile", "      LocalhostProfile"], sheet);
        for (title, words) in [("    Command:", &container.command), ("    Args:", &container.args)] {
            if !words.is_empty() {
                sheet.line(title);
                words.iter().flat_map(|word| word.split('\n')).for_each(|line| sheet.line(format!("      {line}")));
            }
        }
        if let Some(status) = status {
            states(status, sheet);
        }
        amounts("    ", &container.resources, sheet);
        sheet.maybe("    Liveness", container.liveness_probe.as_ref().map(probe));
        sheet.maybe("    Readiness", container.readiness_probe.as_ref().map(probe));
        sheet.maybe("    Startup", container.startup_probe.as_ref().map(probe));
        environment(container, pod, sheet);
        mounts(container, sheet);
        devices(container, sheet);
    }
}

/// The seccomp profile of a security context, if it has one.
pub fn seccomp(context: Option<&Value>, [title, local]: [&str; 2], sheet: &mut Sheet) {
    let profile = context.map(|context| &context["seccompProfile"]).filter(|profile| profile.is_object());
    sheet.maybe(title, profile.and_then(|profile| profile["type"].as_str()));
    sheet.maybe(local, profile.and_then(|profile| profile["localhostProfile"].as_str()));
}

/// Limits and requests.
pub fn amounts(indent: &str, resources: &ResourceRequirements, sheet: &mut Sheet) {
    for (title, amounts) in [("Limits", &resources.limits), ("Requests", &resources.requests)] {
        if !amounts.is_empty() {
            sheet.line(format!("{indent}{title}:"));
            amounts.iter().for_each(|(name, amount)| sheet.field(&format!("{indent}  {name}"), amount));
        }
    }
}

fn ports(container: &Container, sheet: &mut Sheet) {
    let protocol = |port: &crate::api::pod::ContainerPort| port.protocol.as_deref().unwrap_or("TCP").to_owned();
    let named = |number: i32, port: &crate::api::pod::ContainerPort| match port.name.as_str() {
        "" => format!("{number}/{}", protocol(port)),
        name => format!("{number}/{} ({name})", protocol(port)),
    };
    let port = |port: &crate::api::pod::ContainerPort| named(port.container_port, port);
    let host = |port: &crate::api::pod::ContainerPort| named(port.host_port, port);
    let plural = if container.ports.len() > 1 { "s" } else { "" };
    let joined = |words: Vec<String>| or_none(words.join(", "));
    sheet.field(&format!("    Port{plural}"), joined(container.ports.iter().map(port).collect()));
    sheet.field(&format!("    Host Port{plural}"), joined(container.ports.iter().map(host).collect()));
}

fn states(status: &ContainerStatus, sheet: &mut Sheet) {
    state("State", status.state.as_ref(), sheet);
    if let Some(last @ ContainerState::Terminated(_)) = &status.last_state {
        state("Last State", Some(last), sheet);
    }
    sheet.field("    Ready", if status.ready { "True" } else { "False" });
    sheet.field("    Restart Count", status.restart_count);
}

fn state(title: &str, state: Option<&ContainerState>, sheet: &mut Sheet) {
    let title = format!("    {title}");
    match state {
        Some(ContainerState::Running(running)) => {
            sheet.field(&title, "Running");
            sheet.field("      Started", super::instant(running.started_at));
        }
        Some(ContainerState::Terminated(Terminated {
            exit_code,
            signal,
            reason,
            message,
            started_at,
            finished_at,
            ..
        })) => {
            sheet.field(&title, "Terminated");
            sheet.maybe("      Reason", (!reason.is_empty()).then_some(reason));
            sheet.maybe("      Message", (!message.is_empty()).then_some(message));
            sheet.field("      Exit Code", exit_code);
            sheet.maybe("      Signal", (*signal > 0).then_some(signal));
            sheet.field("      Started", super::instant(*started_at));
            sheet.field("      Finished", super::instant(*finished_at));
        }
        Some(ContainerState::Waiting(waiting)) => {
            sheet.field(&title, "Waiting");
            sheet.maybe("      Reason", (!waiting.reason.is_empty()).then_some(&waiting.reason));
        }
        None => sheet.field(&title, "Waiting"),
    }
}

/// What is written otherwise in the path of a URL.
const IN_PATHS: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~')
    .remove(b'$')
    .remove(b'&')
    .remove(b'+')
    .remove(b',')
    .remove(b'/')
    .remove(b':')
    .remove(b';')
    .remove(b'=')
    .remove(b'@');

/// `http-get http://:8080/ delay=0s timeout=1s period=10s #success=1 #failure=3`
fn probe(probe: &Value) -> String {
    let number = |key: &str| probe[key].as_i64().unwrap_or(0);
    let text = |value: &Value| if value.is_null() { String::new() } else { word(value) };
    let times = format!(
        "delay={}s timeout={}s period={}s #success={} #failure={}",
        number("initialDelaySeconds"),
        number("timeoutSeconds"),
        number("periodSeconds"),
        number("successThreshold"),
        number("failureThreshold")
    );
    let (exec, http, tcp, grpc) = (&probe["exec"], &probe["httpGet"], &probe["tcpSocket"], &probe["grpc"]);
    if exec.is_object() {
        let command: Vec<String> = exec["command"].as_array().into_iter().flatten().map(word).collect();
        format!("exec [{}] {times}", command.join(" "))
    } else if http.is_object() {
        let scheme = http["scheme"].as_str().unwrap_or("HTTP").to_lowercase();
        let (host, port, path) = (text(&http["host"]), text(&http["port"]), text(&http["path"]));
        let slash = if path.is_empty() || path.starts_with('/') { "" } else { "/" };
        format!("http-get {scheme}://{host}:{port}{slash}{} {times}", utf8_percent_encode(&path, IN_PATHS))
    } else if tcp.is_object() {
        format!("tcp-socket {}:{} {times}", text(&tcp["host"]), text(&tcp["port"]))
    } else if grpc.is_object() {
        format!("grpc <pod>:{} {} {times}", text(&grpc["port"]), text(&grpc["service"]))
    } else {
        format!("unknown {times}")
    }
}

fn environment(container: &Container, pod: Option<&Pod>, sheet: &mut Sheet) {
    if !container.env_from.is_empty() {
        sheet.line("    Environment Variables from:");
        for from in &container.env_from {
            let (kind, source) = match from.get("secretRef") {
                Some(secret) => ("Secret", secret),
                None => ("ConfigMap", &from["configMapRef"]),
            };
            let prefix = from["prefix"].as_str().map(|prefix| format!(" with prefix '{prefix}'")).unwrap_or_default();
            let optional = source["optional"].as_bool().unwrap_or(false);
            sheet.line(format!("      {}\t{kind}{prefix}\tOptional: {optional}", word(&source["name"])));
        }
    }
    if container.env.is_empty() {
        return sheet.field("    Environment", "<none>");
    }
    sheet.line("    Environment:");
    for variable in &container.env {
        match &variable.value_from {
            None => sheet.lines(&format!("      {}", variable.name), variable.value.split('\n').map(str::to_owned)),
            Some(from) => sheet.line(format!("      {}:\t{}", variable.name, source(container, from, pod))),
        }
    }
}

/// Where a variable's value comes from, and the value if the pod knows it.
fn source(container: &Container, from: &Value, pod: Option<&Pod>) -> String {
    let key = |reference: &Value, of: &str| {
        let optional = reference["optional"].as_bool().unwrap_or(false);
        let (key, name) = (reference["key"].as_str().unwrap_or(""), reference["name"].as_str().unwrap_or(""));
        format!("<set to the key '{key}' {of} '{name}'>\tOptional: {optional}")
    };
    if let Some(field) = from.get("fieldRef") {
        let path = field["fieldPath"].as_str().unwrap_or("");
        let value = pod.map(|pod| field_value(pod, path)).unwrap_or_default();
        format!("{value} ({}:{path})", field["apiVersion"].as_str().unwrap_or("v1"))
    } else if let Some(resource) = from.get("resourceFieldRef") {
        let name = resource["resource"].as_str().unwrap_or("");
        format!("{} ({name})", resource_value(container, name, resource["divisor"].as_str().unwrap_or("0")))
    } else if let Some(reference) = from.get("secretKeyRef") {
        key(reference, "in secret")
    } else if let Some(reference) = from.get("configMapKeyRef") {
        key(reference, "of config map")
    } else {
        String::new()
    }
}

/// A container's own limit or request in units of the divisor, rounded up.
fn resource_value(container: &Container, resource: &str, divisor: &str) -> String {
    let Some((which, name)) = resource.split_once('.') else { return String::new() };
    let amounts = if which == "limits" { &container.resources.limits } else { &container.resources.requests };
    let amount = amounts.get(name).and_then(|amount| Quantity::parse(amount).ok()).unwrap_or_default();
    let unit = Quantity::parse(divisor).ok().filter(|unit| !unit.is_zero()).unwrap_or(Quantity::from_units(1));
    let parts = |quantity: Quantity| if name == "cpu" { quantity.milli() } else { quantity.units() };
    match (amount.is_zero(), resource) {
        (true, "limits.cpu" | "limits.memory") => "node allocatable".into(),
        _ => (parts(amount) / parts(unit) + i64::from(parts(amount) % parts(unit) > 0)).to_string(),
    }
}

/// A pod's field as kubectl reads it for its containers' variables. It knows two; where others are meant it shows
/// nothing, though the container has the value.
fn field_value(pod: &Pod, path: &str) -> String {
    match path {
        "metadata.name" => pod.metadata.name.to_string(),
        "metadata.namespace" => pod.metadata.namespace.to_string(),
        _ => String::new(),
    }
}

fn mounts(container: &Container, sheet: &mut Sheet) {
    if container.volume_mounts.is_empty() {
        return sheet.field("    Mounts", "<none>");
    }
    sheet.line("    Mounts:");
    let mut mounts: Vec<_> = container.volume_mounts.iter().collect();
    mounts.order_by_key(|mount| &mount.mount_path);
    for mount in mounts {
        let mode = if mount.read_only { "ro" } else { "rw" };
        let path = match mount.sub_path.as_str() {
            "" => String::new(),
            path => format!(",path={path:?}"),
        };
        sheet.line(format!("      {} from {} ({mode}{path})", mount.mount_path, mount.name));
    }
}

fn devices(container: &Container, sheet: &mut Sheet) {
    if container.volume_devices.is_empty() {
        return;
    }
    // kubectl asks whether there are mounts, and means devices.
    let none = if container.volume_mounts.is_empty() { "\t<none>" } else { "" };
    sheet.line(format!("    Devices:{none}"));
    let mut devices: Vec<_> =
        container.volume_devices.iter().map(|d| (word(&d["devicePath"]), word(&d["name"]))).collect();
    devices.order_by(Ord::cmp);
    devices.iter().for_each(|(path, name)| sheet.line(format!("      {path} from {name}")));
}

/// The volumes of a template or a pod.
pub fn volumes(indent: &str, volumes: &[Volume], sheet: &mut Sheet) {
    if volumes.is_empty() {
        return sheet.field(&format!("{indent}Volumes"), "<none>");
    }
    sheet.line(format!("{indent}Volumes:"));
    let name_indent = if indent.is_empty() { "" } else { " " };
    for volume in volumes {
        sheet.line(format!("  {name_indent}{}:", volume.name));
        let Some((kind, source)) = volume.source.iter().next() else { continue };
        self::volume(kind, source, sheet);
    }
}

fn volume(kind: &str, source: &Value, sheet: &mut Sheet) {
    let text = |key: &str| source[key].as_str().unwrap_or("").to_owned();
    let flag = |value: &Value| value.as_bool().unwrap_or(false);
    match kind {
        "emptyDir" => {
            sheet.field("    Type", "EmptyDir (a temporary directory that shares a pod's lifetime)");
            sheet.field("    Medium", text("medium"));
            sheet.field(
                "    SizeLimit",
                source.get("sizeLimit").filter(|limit| *limit != "0").map_or_else(|| "<unset>".into(), word),
            );
        }
        "configMap" => {
            sheet.field("    Type", "ConfigMap (a volume populated by a ConfigMap)");
            sheet.field("    Name", text("name"));
            sheet.field("    Optional", flag(&source["optional"]));
        }
        "secret" => {
            sheet.field("    Type", "Secret (a volume populated by a Secret)");
            sheet.field("    SecretName", text("secretName"));
            sheet.field("    Optional", flag(&source["optional"]));
        }
        "downwardAPI" => {
            sheet.field("    Type", "DownwardAPI (a volume populated by information about the pod)");
            sheet.line("    Items:");
            for item in source["items"].as_array().into_iter().flatten() {
                let of_container = || item["resourceFieldRef"]["resource"].as_str();
                let path = item["fieldRef"]["fieldPath"].as_str().or_else(of_container).unwrap_or("");
                sheet.line(format!("      {path} -> {}", item["path"].as_str().unwrap_or("")));
            }
        }
        "projected" => {
            sheet.field("    Type", "Projected (a volume that contains injected data from multiple sources)");
            for source in source["sources"].as_array().into_iter().flatten() {
                let name = |key: &str| source[key]["name"].as_str().unwrap_or("").to_owned();
                if source["secret"].is_object() {
                    sheet.field("    SecretName", name("secret"));
                    sheet.field("    Optional", flag(&source["secret"]["optional"]));
                } else if source["downwardAPI"].is_object() {
                    sheet.field("    DownwardAPI", true);
                } else if source["configMap"].is_object() {
                    sheet.field("    ConfigMapName", name("configMap"));
                    sheet.field("    Optional", flag(&source["configMap"]["optional"]));
                } else if source["serviceAccountToken"].is_object() {
                    let seconds = source["serviceAccountToken"]["expirationSeconds"].as_i64().unwrap_or(3600);
                    sheet.field("    TokenExpirationSeconds", seconds);
                }
            }
        }
        "hostPath" => {
            sheet.field("    Type", "HostPath (bare host directory volume)");
            sheet.field("    Path", text("path"));
            sheet.field("    HostPathType", text("type"));
        }
        "persistentVolumeClaim" => {
            let about = "a reference to a PersistentVolumeClaim in the same namespace";
            sheet.field("    Type", format!("PersistentVolumeClaim ({about})"));
            sheet.field("    ClaimName", text("claimName"));
            sheet.field("    ReadOnly", flag(&source["readOnly"]));
        }
        "nfs" => {
            sheet.field("    Type", "NFS (an NFS mount that lasts the lifetime of a pod)");
            sheet.field("    Server", text("server"));
            sheet.field("    Path", text("path"));
            sheet.field("    ReadOnly", flag(&source["readOnly"]));
        }
        "csi" => {
            sheet.field("    Type", "CSI (a Container Storage Interface (CSI) volume source)");
            sheet.field("    Driver", text("driver"));
            sheet.field("    FSType", text("fsType"));
            sheet.field("    ReadOnly", flag(&source["readOnly"]));
            match source["volumeAttributes"].as_object().filter(|attributes| !attributes.is_empty()) {
                None => sheet.field("    VolumeAttributes", "<none>"),
                Some(_) => sheet.lines("    VolumeAttributes", indented(&source["volumeAttributes"], "=")),
            }
        }
        "ephemeral" => {
            let about = "an inline specification for a volume that gets created and deleted with the pod";
            sheet.field("    Type", format!("EphemeralVolume ({about})"));
            if source["volumeClaimTemplate"].is_object() {
                claim(&source["volumeClaimTemplate"], sheet);
            }
        }
        "image" => {
            sheet.field("    Type", "Image (a container image or OCI artifact)");
            sheet.field("    Reference", text("reference"));
            sheet.field("    PullPolicy", text("pullPolicy"));
        }
        "gitRepo" => {
            sheet.field("    Type", "GitRepo (a volume that is pulled from git when the pod is created)");
            sheet.field("    Repository", text("repository"));
            sheet.field("    Revision", text("revision"));
        }
        _ => sheet.line("    <unknown>"),
    }
}

/// What a volume is to be claimed with. How large it is kubectl tells of claims that are bound only.
fn claim(template: &Value, sheet: &mut Sheet) {
    let spec = &template["spec"];
    let text = |key: &str| spec[key].as_str().unwrap_or("");
    sheet.field("    StorageClass", text("storageClassName"));
    sheet.field("    Volume", text("volumeName"));
    sheet.lines("    Labels", indented(&template["metadata"]["labels"], "="));
    sheet.lines("    Annotations", indented(&template["metadata"]["annotations"], ": "));
    sheet.field("    Capacity", if text("volumeName").is_empty() { "" } else { "0" });
    sheet.field("    Access Modes", "");
    sheet.maybe("    VolumeMode", spec["volumeMode"].as_str());
    if spec["dataSource"].is_object() {
        sheet.line("    DataSource:");
        for (label, key) in [("APIGroup", "apiGroup"), ("Kind", "kind"), ("Name", "name")] {
            sheet.maybe(&format!("      {label}"), spec["dataSource"][key].as_str());
        }
    }
}

/// The pairs of a map, as far to the right as kubectl moves them by mistake.
fn indented(map: &Value, between: &str) -> Vec<String> {
    let pairs = map.as_object().into_iter().flatten();
    let lines: Vec<String> = pairs.map(|(key, value)| format!("    {key}{between}{}", word(value))).collect();
    if lines.is_empty() { vec!["    <none>".into()] } else { lines }
}

/// `kubernetes.io/hostname:DoNotSchedule when max skew 1 is exceeded for selector app=x`
pub fn topology(indent: &str, constraints: &[Value], sheet: &mut Sheet) {
    if constraints.is_empty() {
        return;
    }
    let one = |constraint: &Value| {
        let mut text = format!(
            "{}:{} when max skew {} is exceeded",
            constraint["topologyKey"].as_str().unwrap_or(""),
            constraint["whenUnsatisfiable"].as_str().unwrap_or(""),
            constraint["maxSkew"]
        );
        if let Ok(Some(selector)) = fields::read::<Option<_>>(constraint["labelSelector"].clone()) {
            text += &format!(" for selector {}", selector::words_or_none(&selector));
        }
        text
    };
    let mut sorted: Vec<_> = constraints.iter().collect();
    sorted.order_by_key(|constraint| constraint["topologyKey"].as_str());
    sheet.lines(&format!("{indent}Topology Spread Constraints"), sorted.into_iter().map(one));
}
