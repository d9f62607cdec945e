//! Pods: what runs, where, and how it ended (`v1`, spec 01 §1.3 and spec 03).
//!
//! The fields that only travel through (affinity, probes, security contexts) stay as they were written.

use super::container_status::{ContainerState, ContainerStatus};
use super::fields::{self, Field, Mismatch, fields};
use super::meta::NAME_ALPHABET;
use super::quantity::Quantity;
use super::{Condition, Decimal, Hex, ObjectMeta, StringMap, Strings, Text, Time, Uid};
use crate::sim::{Map, digests};
use serde_json::Value;
use std::collections::BTreeMap;
use std::rc::Rc;

/// A pod. What every pod of a Job has alike is shared in `spec`, and what pods that have fared alike say in `status`; its
/// node, its addresses and its host name are its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pod {
    pub resource_version: u64,
    pub metadata: Rc<ObjectMeta>,
    /// Shared between the pods of a Job; `nodeName` and `hostname` in here are empty.
    pub spec: Rc<PodSpec>,
    /// `spec.nodeName`: set by the scheduler, once.
    pub node_name: Option<Text>,
    /// `spec.hostname`
    pub hostname: Option<Text>,
    /// `status.podIP`: given by the kubelet; empty before.
    pub ip: Text,
    /// `status.hostIP`: that of the node, once its kubelet has seen the pod.
    pub host_ip: Text,
    /// Shared between pods that have fared alike; `podIP` and `hostIP` in here are empty, and so is whatever is made from
    /// them and from the pod's UID.
    pub status: Rc<PodStatus>,
}

impl Pod {
    /// Whether the pod has ended for good.
    pub fn is_finished(&self) -> bool {
        self.status.phase.is_terminal()
    }

    /// Whether the pod is neither finished nor being deleted.
    pub fn is_active(&self) -> bool {
        !self.is_finished() && !self.metadata.is_deleting()
    }

    /// Whether the pod is being deleted and has not finished.
    pub fn is_terminating(&self) -> bool {
        !self.is_finished() && self.metadata.is_deleting()
    }

    /// Whether Ready=True.
    pub fn is_ready(&self) -> bool {
        self.status.condition("Ready").is_some_and(|condition| condition.holds("Ready"))
    }

    /// The spec as it is printed: what is the pod's own is back in its place.
    pub fn own_spec(&self) -> PodSpec {
        let mut spec = (*self.spec).clone();
        (spec.node_name, spec.hostname) = (self.node_name.clone(), self.hostname.clone());
        spec.rename_volume(API_ACCESS_VOLUME, &api_access_volume(self.metadata.uid));
        spec
    }

    /// The status as it is printed: what is the pod's own is back in its place.
    pub fn own_status(&self) -> PodStatus {
        let mut status = (*self.status).clone();
        for (ip, ips, own) in [
            (&mut status.pod_ip, &mut status.pod_ips, &self.ip),
            (&mut status.host_ip, &mut status.host_ips, &self.host_ip),
        ] {
            if ips.is_empty() && !own.is_empty() {
                ips.push(HostIp { ip: own.clone() });
            }
            ip.clone_from(own);
        }
        status.each_run(|name, run, id, _| {
            if let Some(run) = run.take() {
                *id = container_id(self.metadata.uid, name, run);
            }
        });
        status.put_given(&self.own_spec());
        status
    }

    /// The completion index of an Indexed Job's pod.
    pub fn completion_index(&self) -> Option<u32> {
        self.metadata.annotations.get(super::job::COMPLETION_INDEX)?.parse().ok()
    }
}

/// The name of the volume that brings a pod its credentials, without the five characters that make it the pod's own.
///
/// Pods of one template share their spec, so the characters are not stored: they are made from the pod's UID when the
/// pod is printed, and taken off when it is read back.
pub const API_ACCESS_VOLUME: &str = "kube-api-access-";

/// `kube-api-access-x7k2p`: what the volume of the pod with this UID is called.
pub fn api_access_volume(uid: Uid) -> Text {
    let mut rest = uid.0.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835) >> 64;
    let suffix = (0..5).map(|_| {
        let character = NAME_ALPHABET[(rest % 27) as usize];
        rest /= 27;
        char::from(character)
    });
    Text::from(format!("{API_ACCESS_VOLUME}{}", suffix.collect::<String>()))
}

/// `containerd://0f8c…`: what the runtime calls a container; `run` counts its restarts. Made when the pod is printed, for
/// the same reason.
pub fn container_id(pod: Uid, container: &str, run: i32) -> Text {
    let run = Decimal::of(run.unsigned_abs().into());
    let [a, b, c, d] = digests(&[pod.digits().as_str(), "/", container, "/", run.as_str()]).map(Hex::of);
    Text::concat(&["containerd://", a.as_str(), b.as_str(), c.as_str(), d.as_str()])
}

/// Whether a pod as a whole can have it; other resources are only for containers.
pub fn is_for_pods(resource: &str) -> bool {
    ["cpu", "memory"].contains(&resource) || resource.starts_with("hugepages-")
}

impl PodSpec {
    /// What its containers ask for.
    pub fn requests_of_containers(&self) -> Map<Text, Quantity> {
        self.amounts_of_containers(|resources| &resources.requests)
    }

    /// What is said of its containers and sidecars together, or of the largest init phase if that is more.
    pub fn amounts_of_containers(&self, said: fn(&ResourceRequirements) -> &Strings) -> Map<Text, Quantity> {
        type Amounts = Map<Text, Quantity>;
        let add = |mut amounts: Amounts, container: &Container| {
            for (name, quantity) in said(&container.resources) {
                let mine = amounts.entry(name.clone()).or_default();
                *mine = *mine + Quantity::parse(quantity).unwrap_or_default();
            }
            amounts
        };
        let mut together = self.containers.iter().fold(Amounts::new(), add);
        let (mut sidecars, mut largest) = (Amounts::new(), Amounts::new());
        for container in &self.init_containers {
            let phase = add(sidecars.clone(), container);
            if container.is_sidecar() {
                together = add(together, container);
                sidecars.clone_from(&phase);
            }
            for (name, amount) in &phase {
                let mine = largest.entry(name.clone()).or_default();
                *mine = amount.at_least(*mine);
            }
        }
        for (name, amount) in &largest {
            let mine = together.entry(name.clone()).or_default();
            *mine = mine.at_least(*amount);
        }
        together
    }

    /// Calls a volume something else, where it is declared and where it is mounted.
    fn rename_volume(&mut self, from: &str, to: &Text) {
        let mounts = self.init_containers.iter_mut().chain(&mut self.containers).flat_map(|c| &mut c.volume_mounts);
        let names = self.volumes.iter_mut().map(|volume| &mut volume.name).chain(mounts.map(|mount| &mut mount.name));
        for name in names.filter(|name| *name == from) {
            *name = to.clone();
        }
    }
}

fields! {
    /// A pod as it is written: the pod's own fields back in their places.
    #[derive(Default)]
    struct WrittenPod {
        metadata: Rc<ObjectMeta> = "metadata",
        spec: PodSpec = "spec",
        status: PodStatus = "status",
    }
}

impl Field for Pod {
    fn read(&mut self, value: Value) -> Result<(), Mismatch> {
        let WrittenPod { metadata, mut spec, mut status } = fields::read(value)?;
        status.take_given(&spec);
        let (node_name, hostname) = (spec.node_name.take(), spec.hostname.take());
        spec.rename_volume(&api_access_volume(metadata.uid), &API_ACCESS_VOLUME.into());
        let [ip, host_ip] = status.take_addresses();
        status.each_run(|name, run, id, restarts| {
            let mut runs = [restarts, restarts - 1].into_iter().filter(|_| !id.is_empty());
            *run = runs.find(|&run| container_id(metadata.uid, name, run) == *id);
            if run.is_some() {
                *id = Text::EMPTY;
            }
        });
        let (spec, status) = (Rc::new(spec), Rc::new(status));
        *self = Self { resource_version: 0, metadata, spec, node_name, hostname, ip, host_ip, status };
        Ok(())
    }

    fn write(&self) -> Value {
        let (spec, status) = (self.own_spec(), self.own_status());
        WrittenPod { metadata: self.metadata.clone(), spec, status }.write()
    }
}

fields! {
    /// What pods are made from.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct PodTemplateSpec {
        pub metadata: TemplateMeta = "metadata",
        pub spec: Rc<PodSpec> = "spec",
    }
}

fields! {
    /// The metadata of a template: only labels and annotations reach the pods.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct TemplateMeta {
        pub annotations: StringMap = "annotations",
        pub finalizers: Vec<Text> = "finalizers",
        pub generate_name: Text = "generateName",
        pub labels: StringMap = "labels",
        pub name: Text = "name",
        pub namespace: Text = "namespace",
    }
}

fields! {
    /// `spec` of a pod.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct PodSpec {
        pub active_deadline_seconds: Option<i64> = "activeDeadlineSeconds",
        pub affinity: Option<Value> = "affinity",
        pub automount_service_account_token: Option<bool> = "automountServiceAccountToken",
        pub containers: Vec<Container> = "containers" always,
        pub dns_config: Option<Value> = "dnsConfig",
        pub dns_policy: Option<Text> = "dnsPolicy",
        pub enable_service_links: Option<bool> = "enableServiceLinks",
        pub ephemeral_containers: Vec<Value> = "ephemeralContainers",
        pub host_aliases: Vec<Value> = "hostAliases",
        pub host_ipc: bool = "hostIPC",
        pub host_network: bool = "hostNetwork",
        pub host_pid: bool = "hostPID",
        pub host_users: Option<bool> = "hostUsers",
        pub hostname: Option<Text> = "hostname",
        pub hostname_override: Option<Text> = "hostnameOverride",
        pub image_pull_secrets: Vec<Value> = "imagePullSecrets",
        pub init_containers: Vec<Container> = "initContainers",
        pub node_name: Option<Text> = "nodeName",
        pub node_selector: Strings = "nodeSelector",
        pub os: Option<Value> = "os",
        pub overhead: Option<Value> = "overhead",
        pub preemption_policy: Option<Text> = "preemptionPolicy",
        pub priority: Option<i32> = "priority",
        pub priority_class_name: Option<Text> = "priorityClassName",
        pub readiness_gates: Vec<Value> = "readinessGates",
        pub resource_claims: Vec<Value> = "resourceClaims",
        pub resources: Option<ResourceRequirements> = "resources",
        pub restart_policy: Option<Text> = "restartPolicy",
        pub runtime_class_name: Option<Text> = "runtimeClassName",
        pub scheduler_name: Option<Text> = "schedulerName",
        pub scheduling_gates: Vec<Value> = "schedulingGates",
        pub security_context: Option<Value> = "securityContext",
        pub service_account: Option<Text> = "serviceAccount",
        pub service_account_name: Option<Text> = "serviceAccountName",
        pub set_hostname_as_fqdn: Option<bool> = "setHostnameAsFQDN",
        pub share_process_namespace: Option<bool> = "shareProcessNamespace",
        pub subdomain: Option<Text> = "subdomain",
        pub termination_grace_period_seconds: Option<i64> = "terminationGracePeriodSeconds",
        pub tolerations: Vec<Toleration> = "tolerations",
        pub topology_spread_constraints: Vec<Value> = "topologySpreadConstraints",
        pub volumes: Vec<Volume> = "volumes",
    }
}

fields! {
    /// A container: an image, what to run in it, what it gets.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct Container {
        pub args: Vec<Text> = "args",
        pub command: Vec<Text> = "command",
        pub env: Vec<EnvVar> = "env",
        pub env_from: Vec<Value> = "envFrom",
        pub image: Text = "image",
        pub image_pull_policy: Option<Text> = "imagePullPolicy",
        pub lifecycle: Option<Value> = "lifecycle",
        pub liveness_probe: Option<Value> = "livenessProbe",
        pub name: Text = "name" always,
        pub ports: Vec<ContainerPort> = "ports",
        pub readiness_probe: Option<Value> = "readinessProbe",
        pub resize_policy: Vec<Value> = "resizePolicy",
        pub resources: ResourceRequirements = "resources",
        /// `Always` makes an init container a sidecar.
        pub restart_policy: Option<Text> = "restartPolicy",
        pub restart_policy_rules: Vec<Value> = "restartPolicyRules",
        pub security_context: Option<Value> = "securityContext",
        pub startup_probe: Option<Value> = "startupProbe",
        pub stdin: bool = "stdin",
        pub stdin_once: bool = "stdinOnce",
        pub termination_message_path: Option<Text> = "terminationMessagePath",
        pub termination_message_policy: Option<Text> = "terminationMessagePolicy",
        pub tty: bool = "tty",
        pub volume_devices: Vec<Value> = "volumeDevices",
        pub volume_mounts: Vec<VolumeMount> = "volumeMounts",
        pub working_dir: Option<Text> = "workingDir",
    }
}

impl Container {
    /// Whether this init container keeps running beside the main ones.
    pub fn is_sidecar(&self) -> bool {
        self.restart_policy.as_deref() == Some("Always")
    }

    /// Whether its kubelet asks it now and then how it is.
    pub fn has_probes(&self) -> bool {
        self.startup_probe.is_some() || self.readiness_probe.is_some() || self.liveness_probe.is_some()
    }

    /// The number of the port that has this name in it.
    pub fn port_of(&self, name: &str) -> Option<u16> {
        let port = self.ports.iter().find(|port| port.name == name)?;
        u16::try_from(port.container_port).ok()
    }
}

fields! {
    /// An environment variable: a value, or where it comes from.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct EnvVar {
        pub name: Text = "name" always,
        pub value: Text = "value",
        pub value_from: Option<Value> = "valueFrom",
    }
}

fields! {
    /// A port that a container listens on.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct ContainerPort {
        pub container_port: i32 = "containerPort" always,
        pub host_ip: Text = "hostIP",
        pub host_port: i32 = "hostPort",
        pub name: Text = "name",
        pub protocol: Option<Text> = "protocol",
    }
}

fields! {
    /// Requests and limits, as quantities in their canonical form.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct ResourceRequirements {
        pub claims: Vec<Value> = "claims",
        pub limits: Strings = "limits",
        pub requests: Strings = "requests",
    }
}

fields! {
    /// Lets a pod stay on a node with a taint.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct Toleration {
        /// Empty means every effect.
        pub effect: Text = "effect",
        pub key: Text = "key",
        /// `Exists` or `Equal` (also when empty).
        pub operator: Text = "operator",
        /// How long a NoExecute taint is put up with; for ever, if unset.
        pub toleration_seconds: Option<i64> = "tolerationSeconds",
        pub value: Text = "value",
    }
}

fields! {
    /// A volume: a name and a source, kept as written.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct Volume {
        pub name: Text = "name" always,
        pub source: BTreeMap<String, Value> = ..,
    }
}

fields! {
    /// Where a container sees a volume.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct VolumeMount {
        pub mount_path: Text = "mountPath" always,
        pub mount_propagation: Option<Text> = "mountPropagation",
        pub name: Text = "name" always,
        pub read_only: bool = "readOnly",
        pub recursive_read_only: Option<Text> = "recursiveReadOnly",
        pub sub_path: Text = "subPath",
        pub sub_path_expr: Text = "subPathExpr",
    }
}

/// Where a pod is in its life. Succeeded and Failed are for ever.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum PodPhase {
    #[default]
    Pending,
    Running,
    Succeeded,
    Failed,
    Unknown,
}

impl PodPhase {
    /// The word the API uses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "Pending",
            Self::Running => "Running",
            Self::Succeeded => "Succeeded",
            Self::Failed => "Failed",
            Self::Unknown => "Unknown",
        }
    }

    /// Whether a pod never leaves this phase.
    pub const fn is_terminal(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed)
    }
}

impl Field for PodPhase {
    fn read(&mut self, value: Value) -> Result<(), Mismatch> {
        let phases = [Self::Pending, Self::Running, Self::Succeeded, Self::Failed, Self::Unknown];
        *self = fields::word(&value, phases.map(|phase| (phase.as_str(), phase)))?;
        Ok(())
    }

    fn write(&self) -> Value {
        self.as_str().into()
    }
}

fields! {
    /// `status` of a pod: what the kubelet reports, and what others have marked.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct PodStatus {
        pub conditions: Vec<Condition> = "conditions",
        pub container_statuses: Vec<ContainerStatus> = "containerStatuses",
        pub host_ip: Text = "hostIP",
        pub host_ips: Vec<HostIp> = "hostIPs",
        pub init_container_statuses: Vec<ContainerStatus> = "initContainerStatuses",
        pub message: Text = "message",
        pub nominated_node_name: Text = "nominatedNodeName",
        pub observed_generation: i64 = "observedGeneration",
        pub phase: PodPhase = "phase",
        pub pod_ip: Text = "podIP",
        pub pod_ips: Vec<HostIp> = "podIPs",
        pub qos_class: Text = "qosClass",
        pub reason: Text = "reason",
        pub start_time: Option<Time> = "startTime",
    }
}

impl PodStatus {
    /// Takes out what is the pod's own: its address and that of its node. Lists that say no more are taken out as well.
    fn take_addresses(&mut self) -> [Text; 2] {
        [(&mut self.pod_ip, &mut self.pod_ips), (&mut self.host_ip, &mut self.host_ips)].map(|(ip, ips)| {
            let own = std::mem::take(ip);
            if ips.len() == 1 && ips[0].ip == own {
                ips.clear();
            }
            own
        })
    }

    /// Looks at every run of a container that the status tells of: the container's name, which run it is, its ID as it was
    /// written, how often the container was restarted.
    fn each_run(&mut self, mut look: impl FnMut(&Text, &mut Option<i32>, &mut Text, i32)) {
        for status in self.container_statuses.iter_mut().chain(&mut self.init_container_statuses) {
            let (name, restarts) = (&status.name, status.restart_count);
            look(name, &mut status.run, &mut status.container_id, restarts);
            for state in [&mut status.state, &mut status.last_state] {
                if let Some(ContainerState::Terminated(ended)) = state {
                    look(name, &mut ended.run, &mut ended.container_id, restarts);
                }
            }
        }
    }

    /// The condition of this type, whatever its status.
    pub fn condition(&self, kind: &str) -> Option<&Condition> {
        self.conditions.iter().find(|condition| condition.kind == kind)
    }

    /// Sets a condition in place, or appends it. The transition time moves only when the status changes.
    pub fn set_condition(&mut self, new: Condition) {
        match self.conditions.iter_mut().find(|condition| condition.kind == new.kind) {
            Some(old) => {
                let since = if old.status == new.status { old.last_transition_time } else { new.last_transition_time };
                *old = Condition { last_transition_time: since, ..new };
            }
            None => {
                // Versions are kept for ever: no room for more.
                self.conditions.reserve_exact(1);
                self.conditions.push(new);
            }
        }
    }
}

fields! {
    /// An address, in the list form of the API.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct HostIp {
        pub ip: Text = "ip" always,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_a_pods_own_is_put_in_its_place_and_taken_out_again() {
        let uid: Uid = "0b7e7dee-87b5-4a4a-8a3e-d3a9f5c4e6b1".parse().expect("a UID");
        let made = |run| container_id(uid, "main", run).to_string();
        let check = |situation: &str, status: Value, shared: bool| {
            let value = json!({"metadata": {"name": "p", "uid": uid.to_string()}, "spec": {}, "status": status});
            let pod: Pod = fields::read(value).expect("a pod");
            assert_eq!(pod.write()["status"], status, "{situation}");
            let kept = pod.status.write().to_string();
            assert_eq!(!kept.contains("10.244") && !kept.contains("containerd"), shared, "{situation}: {kept}");
        };
        let container = |id: &str, state: Value, last: Value, restarts: i32| {
            json!([{
                "containerID": id, "image": "busybox", "imageID": "", "lastState": last, "name": "main", "ready": false,
                "restartCount": restarts, "state": state,
            }])
        };
        let ended =
            |id: &str| json!({"terminated": {"containerID": id, "exitCode": 1, "finishedAt": null, "startedAt": null}});
        let running = json!({"running": {"startedAt": null}});
        check("none yet", json!({"phase": "Pending"}), true);
        let ips = json!([{"ip": "10.244.1.2"}]);
        check("an address", json!({"phase": "Running", "podIP": "10.244.1.2", "podIPs": ips}), true);
        let two = json!([{"ip": "10.244.1.2"}, {"ip": "10.244.9.9"}]);
        check("two addresses", json!({"phase": "Running", "podIP": "10.244.1.2", "podIPs": two}), false);
        let first = container(&made(0), running.clone(), json!({}), 0);
        check("a first run", json!({"phase": "Running", "containerStatuses": first}), true);
        let second = container(&made(1), running.clone(), ended(&made(0)), 1);
        check("a second run", json!({"phase": "Running", "containerStatuses": second}), true);
        let waits = container(&made(1), json!({"waiting": {"reason": "CrashLoopBackOff"}}), ended(&made(1)), 1);
        check("between two runs", json!({"phase": "Running", "containerStatuses": waits}), true);
        let foreign = container("containerd://somebody's", running, json!({}), 0);
        check("an ID that is not made", json!({"phase": "Running", "containerStatuses": foreign}), false);
    }
}
