//! Pods: what runs, where, and how it ended (`v1`, spec 01 §1.3 and spec 03).
//!
//! The fields that only travel through (affinity, probes, security contexts) stay as they were written.

use super::condition::probed;
use super::meta::{NAME_ALPHABET, is_zero, map_is_empty, text_is_empty, word};
use super::{Condition, ObjectMeta, StringMap, Text, Time, Uid};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use std::collections::BTreeMap;
use std::rc::Rc;

/// A pod. What every pod of a Job has alike is shared in `spec`; its node and host name are its own.
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

impl PodSpec {
    /// Calls a volume something else, where it is declared and where it is mounted.
    fn rename_volume(&mut self, from: &str, to: &Text) {
        let mounts = self.init_containers.iter_mut().chain(&mut self.containers).flat_map(|c| &mut c.volume_mounts);
        let names = self.volumes.iter_mut().map(|volume| &mut volume.name).chain(mounts.map(|mount| &mut mount.name));
        for name in names.filter(|name| *name == from) {
            *name = to.clone();
        }
    }
}

/// The wire form: the pod's own fields back in their places.
#[derive(Deserialize, Default)]
#[serde(default)]
struct PodWire {
    metadata: Rc<ObjectMeta>,
    spec: PodSpec,
    status: Rc<PodStatus>,
}

impl<'de> Deserialize<'de> for Pod {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut wire = PodWire::deserialize(deserializer)?;
        let (node_name, hostname) = (wire.spec.node_name.take(), wire.spec.hostname.take());
        wire.spec.rename_volume(&api_access_volume(wire.metadata.uid), &API_ACCESS_VOLUME.into());
        let PodWire { metadata, spec, status } = wire;
        Ok(Self { resource_version: 0, metadata, spec: Rc::new(spec), node_name, hostname, status })
    }
}

impl Serialize for Pod {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;
        let mut spec = (*self.spec).clone();
        (spec.node_name, spec.hostname) = (self.node_name.clone(), self.hostname.clone());
        spec.rename_volume(API_ACCESS_VOLUME, &api_access_volume(self.metadata.uid));
        let mut wire = serializer.serialize_struct("Pod", 3)?;
        wire.serialize_field("metadata", &self.metadata)?;
        wire.serialize_field("spec", &spec)?;
        wire.serialize_field("status", &self.status)?;
        wire.end()
    }
}

/// What pods are made from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PodTemplateSpec {
    pub metadata: TemplateMeta,
    pub spec: Rc<PodSpec>,
}

/// The metadata of a template: only labels and annotations reach the pods.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TemplateMeta {
    #[serde(skip_serializing_if = "map_is_empty")]
    pub annotations: StringMap,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub finalizers: Vec<Text>,
    #[serde(skip_serializing_if = "text_is_empty")]
    pub generate_name: Text,
    #[serde(skip_serializing_if = "map_is_empty")]
    pub labels: StringMap,
    #[serde(skip_serializing_if = "text_is_empty")]
    pub name: Text,
    #[serde(skip_serializing_if = "text_is_empty")]
    pub namespace: Text,
}

/// `spec` of a pod.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PodSpec {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub active_deadline_seconds: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub affinity: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub automount_service_account_token: Option<bool>,
    pub containers: Vec<Container>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dns_config: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dns_policy: Option<Text>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enable_service_links: Option<bool>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ephemeral_containers: Vec<Value>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub host_aliases: Vec<Value>,
    #[serde(rename = "hostIPC", skip_serializing_if = "is_zero")]
    pub host_ipc: bool,
    #[serde(skip_serializing_if = "is_zero")]
    pub host_network: bool,
    #[serde(rename = "hostPID", skip_serializing_if = "is_zero")]
    pub host_pid: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host_users: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hostname: Option<Text>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hostname_override: Option<Text>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub image_pull_secrets: Vec<Value>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub init_containers: Vec<Container>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node_name: Option<Text>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub node_selector: BTreeMap<Text, Text>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub os: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overhead: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preemption_policy: Option<Text>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority_class_name: Option<Text>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub readiness_gates: Vec<Value>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub resource_claims: Vec<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resources: Option<ResourceRequirements>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restart_policy: Option<Text>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub runtime_class_name: Option<Text>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scheduler_name: Option<Text>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub scheduling_gates: Vec<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub security_context: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_account: Option<Text>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_account_name: Option<Text>,
    #[serde(rename = "setHostnameAsFQDN", skip_serializing_if = "Option::is_none")]
    pub set_hostname_as_fqdn: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub share_process_namespace: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subdomain: Option<Text>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub termination_grace_period_seconds: Option<i64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tolerations: Vec<Toleration>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub topology_spread_constraints: Vec<Value>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub volumes: Vec<Volume>,
}

/// A container: an image, what to run in it, what it gets.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Container {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub args: Vec<Text>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub command: Vec<Text>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub env: Vec<EnvVar>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub env_from: Vec<Value>,
    #[serde(skip_serializing_if = "text_is_empty")]
    pub image: Text,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image_pull_policy: Option<Text>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lifecycle: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub liveness_probe: Option<Value>,
    pub name: Text,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ports: Vec<ContainerPort>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub readiness_probe: Option<Value>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub resize_policy: Vec<Value>,
    pub resources: ResourceRequirements,
    /// `Always` makes an init container a sidecar.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restart_policy: Option<Text>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub restart_policy_rules: Vec<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub security_context: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub startup_probe: Option<Value>,
    #[serde(skip_serializing_if = "is_zero")]
    pub stdin: bool,
    #[serde(skip_serializing_if = "is_zero")]
    pub stdin_once: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub termination_message_path: Option<Text>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub termination_message_policy: Option<Text>,
    #[serde(skip_serializing_if = "is_zero")]
    pub tty: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub volume_devices: Vec<Value>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub volume_mounts: Vec<VolumeMount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub working_dir: Option<Text>,
}

impl Container {
    /// Whether this init container keeps running beside the main ones.
    pub fn is_sidecar(&self) -> bool {
        self.restart_policy.as_deref() == Some("Always")
    }
}

/// An environment variable: a value, or where it comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct EnvVar {
    pub name: Text,
    #[serde(skip_serializing_if = "text_is_empty")]
    pub value: Text,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value_from: Option<Value>,
}

/// A port that a container listens on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ContainerPort {
    pub container_port: i32,
    #[serde(rename = "hostIP", skip_serializing_if = "text_is_empty")]
    pub host_ip: Text,
    #[serde(skip_serializing_if = "is_zero")]
    pub host_port: i32,
    #[serde(skip_serializing_if = "text_is_empty")]
    pub name: Text,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub protocol: Option<Text>,
}

/// Requests and limits, as quantities in their canonical form.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ResourceRequirements {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub claims: Vec<Value>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub limits: BTreeMap<Text, Text>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub requests: BTreeMap<Text, Text>,
}

/// Lets a pod stay on a node with a taint.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Toleration {
    /// Empty means every effect.
    #[serde(skip_serializing_if = "text_is_empty")]
    pub effect: Text,
    #[serde(skip_serializing_if = "text_is_empty")]
    pub key: Text,
    /// `Exists` or `Equal` (also when empty).
    #[serde(skip_serializing_if = "text_is_empty")]
    pub operator: Text,
    /// How long a NoExecute taint is put up with; for ever, if unset.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub toleration_seconds: Option<i64>,
    #[serde(skip_serializing_if = "text_is_empty")]
    pub value: Text,
}

/// A volume: a name and a source, kept as written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Volume {
    pub name: Text,
    #[serde(flatten)]
    pub source: BTreeMap<String, Value>,
}

/// Where a container sees a volume.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct VolumeMount {
    pub mount_path: Text,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mount_propagation: Option<Text>,
    pub name: Text,
    #[serde(skip_serializing_if = "is_zero")]
    pub read_only: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recursive_read_only: Option<Text>,
    #[serde(skip_serializing_if = "text_is_empty")]
    pub sub_path: Text,
    #[serde(skip_serializing_if = "text_is_empty")]
    pub sub_path_expr: Text,
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

    fn read(text: &str) -> Option<Self> {
        [Self::Pending, Self::Running, Self::Succeeded, Self::Failed, Self::Unknown]
            .into_iter()
            .find(|phase| phase.as_str() == text)
    }
}

impl Serialize for PodPhase {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for PodPhase {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        word(deserializer, Self::read)
    }
}

/// `status` of a pod: what the kubelet reports, and what others have marked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PodStatus {
    #[serde(with = "probed", skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub container_statuses: Vec<ContainerStatus>,
    #[serde(rename = "hostIP", skip_serializing_if = "text_is_empty")]
    pub host_ip: Text,
    #[serde(rename = "hostIPs", skip_serializing_if = "Vec::is_empty")]
    pub host_ips: Vec<HostIp>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub init_container_statuses: Vec<ContainerStatus>,
    #[serde(skip_serializing_if = "text_is_empty")]
    pub message: Text,
    #[serde(skip_serializing_if = "text_is_empty")]
    pub nominated_node_name: Text,
    #[serde(skip_serializing_if = "is_zero")]
    pub observed_generation: i64,
    pub phase: PodPhase,
    #[serde(rename = "podIP", skip_serializing_if = "text_is_empty")]
    pub pod_ip: Text,
    #[serde(rename = "podIPs", skip_serializing_if = "Vec::is_empty")]
    pub pod_ips: Vec<HostIp>,
    #[serde(skip_serializing_if = "text_is_empty")]
    pub qos_class: Text,
    #[serde(skip_serializing_if = "text_is_empty")]
    pub reason: Text,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_time: Option<Time>,
}

impl PodStatus {
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

/// An address, in the list form of the API.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct HostIp {
    pub ip: Text,
}

/// What has become of one container.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ContainerStatus {
    #[serde(rename = "containerID", skip_serializing_if = "text_is_empty")]
    pub container_id: Text,
    pub image: Text,
    #[serde(rename = "imageID")]
    pub image_id: Text,
    /// The run before this one.
    #[serde(with = "state")]
    pub last_state: Option<ContainerState>,
    pub name: Text,
    pub ready: bool,
    pub restart_count: i32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started: Option<bool>,
    #[serde(with = "state")]
    pub state: Option<ContainerState>,
    /// What the status lists besides (resources, user, volumeMounts), kept as written.
    #[serde(flatten)]
    pub rest: BTreeMap<String, Value>,
}

/// The state of a container.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ContainerState {
    Waiting(Waiting),
    Running(Running),
    Terminated(Terminated),
}

/// Not running yet, or not running again yet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Waiting {
    #[serde(skip_serializing_if = "text_is_empty")]
    pub message: Text,
    #[serde(skip_serializing_if = "text_is_empty")]
    pub reason: Text,
}

/// Running since.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Running {
    pub started_at: Option<Time>,
}

/// Ended, how and when.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Terminated {
    #[serde(rename = "containerID", skip_serializing_if = "text_is_empty")]
    pub container_id: Text,
    pub exit_code: i32,
    /// Null where no run was ever seen to end.
    pub finished_at: Option<Time>,
    #[serde(skip_serializing_if = "text_is_empty")]
    pub message: Text,
    #[serde(skip_serializing_if = "text_is_empty")]
    pub reason: Text,
    #[serde(skip_serializing_if = "is_zero")]
    pub signal: i32,
    pub started_at: Option<Time>,
}

impl ContainerStatus {
    /// How the container ended, if it has.
    pub fn terminated(&self) -> Option<&Terminated> {
        match &self.state {
            Some(ContainerState::Terminated(terminated)) => Some(terminated),
            _ => None,
        }
    }
}

/// A container state on the wire: no state is `{}`.
mod state {
    use super::*;

    #[derive(Serialize, Deserialize)]
    struct Nothing {}

    pub fn serialize<S: Serializer>(state: &Option<ContainerState>, serializer: S) -> Result<S::Ok, S::Error> {
        match state {
            Some(state) => state.serialize(serializer),
            None => Nothing {}.serialize(serializer),
        }
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<ContainerState>, D::Error> {
        let value = Value::deserialize(deserializer)?;
        Ok(serde_json::from_value(value).ok())
    }
}
