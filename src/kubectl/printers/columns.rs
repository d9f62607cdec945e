//! The columns of `kubectl get`, as data (spec 05 §3.3). In Kubernetes: `pkg/printers/internalversion/printers.go`.

use crate::api::{
    ContainerState, ContainerStatus, CronJob, Event, Job, Kind, Node, Object, ObjectMeta, Other, Pod, PodTemplateSpec,
    Terminated, Time, Waiting,
};
use crate::kubectl::age::{age, age_of_instant, between};
use crate::kubectl::selector;
use crate::sim::{Order, Timestamp};
use serde_json::Value;

/// A column: its header, and what stands in it.
struct Column<T> {
    header: &'static str,
    /// Only with `-o wide`.
    wide: bool,
    cell: fn(&T, Timestamp) -> String,
}

const fn column<T>(header: &'static str, cell: fn(&T, Timestamp) -> String) -> Column<T> {
    Column { header, wide: false, cell }
}

const fn wide<T>(header: &'static str, cell: fn(&T, Timestamp) -> String) -> Column<T> {
    Column { header, wide: true, cell }
}

const JOBS: &[Column<Job>] = &[
    column("NAME", |job, _| job.metadata.name.to_string()),
    column("STATUS", |job, _| job_status(job).into()),
    column("COMPLETIONS", |job, _| completions(job)),
    column("DURATION", |job, now| match (job.status.start_time, job.status.completion_time) {
        (None, _) => String::new(),
        (Some(start), Some(end)) => between(start, end),
        (start, None) => age(now, start),
    }),
    column("AGE", |job, now| created(&job.metadata, now)),
    wide("CONTAINERS", |job, _| containers(&job.spec.template)),
    wide("IMAGES", |job, _| images(&job.spec.template)),
    wide("SELECTOR", |job, _| {
        let selector = job.spec.selector.as_ref();
        selector.map_or("<none>".into(), selector::words_or_none)
    }),
];

const CRON_JOBS: &[Column<CronJob>] = &[
    column("NAME", |cron_job, _| cron_job.metadata.name.to_string()),
    column("SCHEDULE", |cron_job, _| cron_job.spec.schedule.to_string()),
    column("TIMEZONE", |cron_job, _| cron_job.spec.time_zone.as_deref().unwrap_or("<none>").into()),
    column("SUSPEND", |cron_job, _| match cron_job.spec.suspend {
        None => "<unset>".into(),
        Some(true) => "True".into(),
        Some(false) => "False".into(),
    }),
    column("ACTIVE", |cron_job, _| cron_job.status.active.len().to_string()),
    column("LAST SCHEDULE", |cron_job, now| match cron_job.status.last_schedule_time {
        None => "<none>".into(),
        last => age(now, last),
    }),
    column("AGE", |cron_job, now| created(&cron_job.metadata, now)),
    wide("CONTAINERS", |cron_job, _| containers(&cron_job.spec.job_template.spec.template)),
    wide("IMAGES", |cron_job, _| images(&cron_job.spec.job_template.spec.template)),
    wide("SELECTOR", |cron_job, _| {
        let selector = cron_job.spec.job_template.spec.selector.as_ref();
        selector.map_or("<none>".into(), selector::words_or_none)
    }),
];

const PODS: &[Column<Pod>] = &[
    column("NAME", |pod, _| pod.metadata.name.to_string()),
    column("READY", |pod, now| pod_status(pod, now).ready),
    column("STATUS", |pod, now| pod_status(pod, now).status),
    column("RESTARTS", |pod, now| pod_status(pod, now).restarts),
    column("AGE", |pod, now| created(&pod.metadata, now)),
    wide("IP", |pod, _| none_if_empty(pod.ip.to_string())),
    wide("NODE", |pod, _| none_if_empty(pod.node_name.as_deref().unwrap_or("").into())),
    wide("NOMINATED NODE", |pod, _| none_if_empty(pod.status.nominated_node_name.to_string())),
    wide("READINESS GATES", |pod, _| {
        let gates = &pod.spec.readiness_gates;
        let holds = |gate: &Value| {
            let kind = gate["conditionType"].as_str().unwrap_or("");
            pod.status.condition(kind).is_some_and(|condition| condition.holds(kind))
        };
        let met = gates.iter().filter(|gate| holds(gate)).count();
        if gates.is_empty() { "<none>".into() } else { format!("{met}/{}", gates.len()) }
    }),
];

const NODES: &[Column<Node>] = &[
    column("NAME", |node, _| node.metadata.name.to_string()),
    column("STATUS", |node, _| {
        let ready = node.status.conditions.iter().find(|condition| condition.kind == "Ready");
        let mut status = match ready {
            None => "Unknown".to_owned(),
            Some(ready) if ready.holds("Ready") => "Ready".into(),
            Some(_) => "NotReady".into(),
        };
        if node.spec.unschedulable {
            status += ",SchedulingDisabled";
        }
        status
    }),
    column("ROLES", |node, _| node_roles(node)),
    column("AGE", |node, now| created(&node.metadata, now)),
    column("VERSION", |node, _| node_info(node, "kubeletVersion")),
    wide("INTERNAL-IP", |node, _| address(node, "InternalIP")),
    wide("EXTERNAL-IP", |node, _| address(node, "ExternalIP")),
    wide("OS-IMAGE", |node, _| unknown_if_empty(node_info(node, "osImage"))),
    wide("KERNEL-VERSION", |node, _| {
        let kernel = unknown_if_empty(node_info(node, "kernelVersion"));
        match node_info(node, "architecture") {
            architecture if architecture.is_empty() => kernel,
            architecture => format!("{kernel} ({architecture})"),
        }
    }),
    wide("CONTAINER-RUNTIME", |node, _| unknown_if_empty(node_info(node, "containerRuntimeVersion"))),
];

const EVENTS: &[Column<Event>] = &[
    column("LAST SEEN", |event, now| event_ages(event, now).1),
    column("TYPE", |event, _| event.said.kind.to_string()),
    column("REASON", |event, _| event.said.reason.to_string()),
    column("OBJECT", |event, _| {
        let object = &event.involved_object;
        format!("{}/{}", object.kind.to_lowercase(), object.name)
    }),
    wide("SUBOBJECT", |event, _| event.involved_object.field_path.to_string()),
    wide("SOURCE", |event, _| {
        let (component, host) = (event.said.component(), event.said.host());
        if host.is_empty() { component.to_string() } else { format!("{component}, {host}") }
    }),
    column("MESSAGE", |event, _| event.said.message.trim().to_owned()),
    wide("FIRST SEEN", |event, now| event_ages(event, now).0),
    wide("COUNT", |event, _| event.occurrences().to_string()),
    wide("NAME", |event, _| event.metadata.name.to_string()),
];

const NAME: Column<Other> = column("NAME", |other, _| other.metadata.name.to_string());
const AGE: Column<Other> = column("AGE", |other, now| created(&other.metadata, now));

const SERVICES: &[Column<Other>] = &[
    NAME,
    column("TYPE", |service, _| text(service, "/spec/type")),
    column("CLUSTER-IP", |service, _| none_if_empty(text(service, "/spec/clusterIP"))),
    column("EXTERNAL-IP", |service, _| match text(service, "/spec/type").as_str() {
        // Nobody gives it one here.
        "LoadBalancer" => "<pending>".into(),
        "ExternalName" => text(service, "/spec/externalName"),
        _ => {
            let addresses = field(service, "/spec/externalIPs").and_then(Value::as_array);
            let addresses = addresses.into_iter().flatten().filter_map(Value::as_str);
            none_if_empty(addresses.collect::<Vec<_>>().join(","))
        }
    }),
    column("PORT(S)", |service, _| {
        let port = |port: &Value| {
            let protocol = port["protocol"].as_str().unwrap_or("TCP");
            match port["nodePort"].as_i64() {
                Some(node) if node > 0 => format!("{}:{node}/{protocol}", port["port"]),
                _ => format!("{}/{protocol}", port["port"]),
            }
        };
        let ports = field(service, "/spec/ports").and_then(Value::as_array).map_or(&[] as &[_], Vec::as_slice);
        none_if_empty(ports.iter().map(port).collect::<Vec<_>>().join(","))
    }),
    AGE,
    wide("SELECTOR", |service, _| {
        let selector = field(service, "/spec/selector").and_then(Value::as_object);
        let pairs = selector.into_iter().flatten().map(|(k, v)| format!("{k}={}", v.as_str().unwrap_or("")));
        none_if_empty(pairs.collect::<Vec<_>>().join(","))
    }),
];
const CONFIG_MAPS: &[Column<Other>] = &[NAME, column("DATA", |map, _| keys(map, &["/data", "/binaryData"])), AGE];
const SECRETS: &[Column<Other>] = &[
    NAME,
    column("TYPE", |secret, _| text(secret, "/type")),
    column("DATA", |secret, _| keys(secret, &["/data"])),
    AGE,
];
const NAMESPACES: &[Column<Other>] = &[
    NAME,
    column("STATUS", |namespace, _| {
        let phase = text(namespace, "/status/phase");
        if phase.is_empty() { "Active".into() } else { phase }
    }),
    AGE,
];
const PRIORITY_CLASSES: &[Column<Other>] = &[
    NAME,
    column("VALUE", |class, _| number(class, "/value").to_string()),
    column("GLOBAL-DEFAULT", |class, _| {
        field(class, "/globalDefault").and_then(Value::as_bool).unwrap_or(false).to_string()
    }),
    AGE,
    column("PREEMPTIONPOLICY", |class, _| {
        let policy = text(class, "/preemptionPolicy");
        if policy.is_empty() { "PreemptLowerPriority".into() } else { policy }
    }),
];
const STATEFUL_SETS: &[Column<Other>] = &[
    NAME,
    column("READY", |set, _| {
        let wanted = field(set, "/spec/replicas").and_then(Value::as_i64).unwrap_or(1);
        format!("{}/{wanted}", number(set, "/status/readyReplicas"))
    }),
    AGE,
    wide("CONTAINERS", |set, _| of_containers(set, "name")),
    wide("IMAGES", |set, _| of_containers(set, "image")),
];
const BUDGETS: &[Column<Other>] = &[
    NAME,
    column("MIN AVAILABLE", |budget, _| amount(budget, "/spec/minAvailable")),
    column("MAX UNAVAILABLE", |budget, _| amount(budget, "/spec/maxUnavailable")),
    column("ALLOWED DISRUPTIONS", |budget, _| number(budget, "/status/disruptionsAllowed").to_string()),
    AGE,
];
const QUOTAS: &[Column<Other>] = &[
    NAME,
    column("REQUEST", |quota, _| used(quota, |key| !key.starts_with("limits."))),
    column("LIMIT", |quota, _| used(quota, |key| key.starts_with("limits."))),
    AGE,
];

fn others(kind: Kind) -> &'static [Column<Other>] {
    match kind {
        Kind::Service => SERVICES,
        Kind::ConfigMap => CONFIG_MAPS,
        Kind::Secret => SECRETS,
        Kind::Namespace => NAMESPACES,
        Kind::PriorityClass => PRIORITY_CLASSES,
        Kind::StatefulSet => STATEFUL_SETS,
        Kind::PodDisruptionBudget => BUDGETS,
        Kind::ResourceQuota => QUOTAS,
        _ => &[NAME, AGE],
    }
}

/// The headers of a type's table.
pub fn headers(kind: Kind, wide: bool) -> Vec<String> {
    fn of<T>(columns: &[Column<T>], wide: bool) -> Vec<String> {
        columns.iter().filter(|column| wide || !column.wide).map(|column| column.header.to_owned()).collect()
    }
    match kind {
        Kind::Job => of(JOBS, wide),
        Kind::CronJob => of(CRON_JOBS, wide),
        Kind::Pod => of(PODS, wide),
        Kind::Node => of(NODES, wide),
        Kind::Event => of(EVENTS, wide),
        other => of(others(other), wide),
    }
}

/// An object's row.
pub fn cells(object: &Object, now: Timestamp, wide: bool) -> Vec<String> {
    fn of<T>(columns: &[Column<T>], object: &T, now: Timestamp, wide: bool) -> Vec<String> {
        let shown = columns.iter().filter(|column| wide || !column.wide);
        shown.map(|column| first_line((column.cell)(object, now))).collect()
    }
    match object {
        Object::Job(job) => of(JOBS, job, now, wide),
        Object::CronJob(cron_job) => of(CRON_JOBS, cron_job, now, wide),
        Object::Pod(pod) => of(PODS, pod, now, wide),
        Object::Node(node) => of(NODES, node, now, wide),
        Object::Event(event) => of(EVENTS, event, now, wide),
        Object::Other(other) => of(others(other.kind), other, now, wide),
    }
}

/// Cut at the first line break.
fn first_line(cell: String) -> String {
    match cell.split_once(['\n', '\r', '\u{c}']) {
        Some((first, _)) => format!("{first}..."),
        None => cell,
    }
}

fn created(metadata: &ObjectMeta, now: Timestamp) -> String {
    age(now, metadata.creation_timestamp)
}

/// The first of these that is true (spec 05 §3.3).
pub fn job_status(job: &Job) -> &'static str {
    let holds = |kind: &str| job.status.condition(kind).is_some();
    match () {
        () if holds("Complete") => "Complete",
        () if holds("Failed") => "Failed",
        () if job.metadata.is_deleting() => "Terminating",
        () if holds("Suspended") => "Suspended",
        () if holds("FailureTarget") => "FailureTarget",
        () if holds("SuccessCriteriaMet") => "SuccessCriteriaMet",
        () => "Running",
    }
}

fn completions(job: &Job) -> String {
    let succeeded = job.status.succeeded;
    match (job.spec.completions, job.spec.parallelism.unwrap_or(0)) {
        (Some(completions), _) => format!("{succeeded}/{completions}"),
        (None, parallelism) if parallelism > 1 => format!("{succeeded}/1 of {parallelism}"),
        _ => format!("{succeeded}/1"),
    }
}

fn containers(template: &PodTemplateSpec) -> String {
    template.spec.containers.iter().map(|container| container.name.as_str()).collect::<Vec<_>>().join(",")
}

fn images(template: &PodTemplateSpec) -> String {
    template.spec.containers.iter().map(|container| container.image.as_str()).collect::<Vec<_>>().join(",")
}

/// What a pod's row says.
pub struct PodStatus {
    pub ready: String,
    pub status: String,
    pub restarts: String,
}

/// What has become of a pod, in one word and two numbers (spec 03 §8).
pub fn pod_status(pod: &Pod, now: Timestamp) -> PodStatus {
    let status = &pod.status;
    let mut word = if status.reason.is_empty() { status.phase.as_str().to_owned() } else { status.reason.to_string() };
    let gated =
        |condition: &crate::api::Condition| condition.kind == "PodScheduled" && condition.reason == "SchedulingGated";
    if status.conditions.iter().any(gated) {
        word = "SchedulingGated".into();
    }
    let sidecar = |name: &str| pod.spec.init_containers.iter().any(|c| c.name == name && c.is_sidecar());
    let sidecars = pod.spec.init_containers.iter().filter(|container| container.is_sidecar()).count();
    let total = pod.spec.containers.len() + sidecars;
    let (mut ready, mut restarts, mut sidecar_restarts) = (0, 0, 0);
    let (mut last_restart, mut last_sidecar_restart): (Option<Time>, Option<Time>) = (None, None);
    let ended = |container: &ContainerStatus| match &container.last_state {
        Some(ContainerState::Terminated(terminated)) => terminated.finished_at,
        _ => None,
    };
    let mut initializing = false;
    for (i, container) in status.init_container_statuses.iter().enumerate() {
        restarts += container.restart_count;
        last_restart = last_restart.max(ended(container));
        if sidecar(&container.name) {
            sidecar_restarts += container.restart_count;
            last_sidecar_restart = last_sidecar_restart.max(ended(container));
        }
        match &container.state {
            Some(ContainerState::Terminated(Terminated { exit_code: 0, .. })) => continue,
            _ if sidecar(&container.name) && container.started == Some(true) => {
                ready += usize::from(container.ready);
                continue;
            }
            Some(ContainerState::Terminated(terminated)) => word = format!("Init:{}", end_word(terminated)),
            Some(ContainerState::Waiting(Waiting { reason, .. }))
                if !reason.is_empty() && reason != "PodInitializing" =>
            {
                word = format!("Init:{reason}");
            }
            _ => word = format!("Init:{i}/{}", pod.spec.init_containers.len()),
        }
        initializing = true;
        break;
    }
    if !initializing || status.condition("Initialized").is_some_and(|condition| condition.holds("Initialized")) {
        (restarts, last_restart) = (sidecar_restarts, last_sidecar_restart);
        let (mut running, mut error) = (false, None);
        for container in status.container_statuses.iter().rev() {
            restarts += container.restart_count;
            last_restart = last_restart.max(ended(container));
            match &container.state {
                Some(ContainerState::Waiting(waiting)) if !waiting.reason.is_empty() => {
                    word = waiting.reason.to_string()
                }
                Some(ContainerState::Terminated(terminated)) => {
                    word = end_word(terminated);
                    if terminated.exit_code != 0 {
                        error = Some(word.clone());
                    }
                }
                Some(ContainerState::Running(_)) if container.ready => {
                    running = true;
                    ready += 1;
                }
                _ => {}
            }
        }
        if word == "Completed" {
            if running {
                word = if pod.is_ready() { "Running".into() } else { "NotReady".into() };
            } else if let Some(error) = error {
                word = error;
            }
        }
    }
    if pod.metadata.is_deleting() {
        if status.reason == "NodeLost" {
            word = "Unknown".into();
        } else if !pod.is_finished() {
            word = "Terminating".into();
        }
    }
    let restarts = match last_restart {
        Some(_) if restarts != 0 => format!("{restarts} ({} ago)", age(now, last_restart)),
        _ => restarts.to_string(),
    };
    PodStatus { ready: format!("{ready}/{total}"), status: word, restarts }
}

fn end_word(terminated: &Terminated) -> String {
    match terminated {
        Terminated { reason, .. } if !reason.is_empty() => reason.to_string(),
        Terminated { signal, .. } if *signal != 0 => format!("Signal:{signal}"),
        Terminated { exit_code, .. } => format!("ExitCode:{exit_code}"),
    }
}

/// The roles that a node's labels give it.
pub fn node_roles(node: &Node) -> String {
    let mut roles: Vec<&str> = Vec::new();
    for (key, value) in node.metadata.labels.iter() {
        match key.strip_prefix("node-role.kubernetes.io/") {
            Some(role) if !role.is_empty() => roles.push(role),
            None if key == "kubernetes.io/role" && !value.is_empty() => roles.push(value),
            _ => {}
        }
    }
    roles.order_by(Ord::cmp);
    roles.dedup();
    none_if_empty(roles.join(","))
}

fn node_info(node: &Node, key: &str) -> String {
    node.status.node_info.get(key).map(ToString::to_string).unwrap_or_default()
}

fn address(node: &Node, kind: &str) -> String {
    let address = node.status.addresses.iter().find(|address| address.kind == kind);
    none_if_empty(address.map(|address| address.address.to_string()).unwrap_or_default())
}

/// How long ago an event was first and last seen.
pub fn event_ages(event: &Event, now: Timestamp) -> (String, String) {
    let since = |instant: Option<Timestamp>| instant.map_or_else(|| "<unknown>".into(), |it| age_of_instant(now, it));
    let first = since(event.first_said());
    let last = event.last_said().map_or_else(|| first.clone(), |last| since(Some(last)));
    (first, last)
}

fn none_if_empty(text: String) -> String {
    if text.is_empty() { "<none>".into() } else { text }
}

fn unknown_if_empty(text: String) -> String {
    if text.is_empty() { "<unknown>".into() } else { text }
}

fn field<'a>(other: &'a Other, pointer: &str) -> Option<&'a Value> {
    let (first, rest) = pointer[1..].split_once('/').map_or((&pointer[1..], None), |(a, b)| (a, Some(b)));
    let value = other.fields.get(first)?;
    rest.map_or(Some(value), |rest| value.pointer(&format!("/{rest}")))
}

fn text(other: &Other, pointer: &str) -> String {
    field(other, pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// A field of each container of a StatefulSet's template.
fn of_containers(set: &Other, key: &str) -> String {
    let containers = field(set, "/spec/template/spec/containers").and_then(Value::as_array).into_iter().flatten();
    containers.filter_map(|container| container[key].as_str()).collect::<Vec<_>>().join(",")
}

fn number(other: &Other, pointer: &str) -> i64 {
    field(other, pointer).and_then(Value::as_i64).unwrap_or(0)
}

/// A number or a percentage.
fn amount(other: &Other, pointer: &str) -> String {
    field(other, pointer).map_or_else(|| "N/A".into(), crate::kubectl::jsonpath::word)
}

fn keys(other: &Other, pointers: &[&str]) -> String {
    let count = |pointer: &&str| field(other, pointer).and_then(Value::as_object).map_or(0, serde_json::Map::len);
    pointers.iter().map(count).sum::<usize>().to_string()
}

/// `cpu: 100m/2, pods: 3/10`
fn used(quota: &Other, shown: fn(&str) -> bool) -> String {
    let hard = field(quota, "/status/hard").or_else(|| field(quota, "/spec/hard")).and_then(Value::as_object);
    let pair = |(key, hard): (&String, &Value)| {
        let used = quota.fields.get("status").and_then(|status| status["used"][key].as_str()).unwrap_or("0");
        format!("{key}: {used}/{}", hard.as_str().map_or_else(|| hard.to_string(), str::to_owned))
    };
    hard.into_iter().flatten().filter(|(key, _)| shown(key)).map(pair).collect::<Vec<_>>().join(", ")
}
