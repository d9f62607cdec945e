//! What becomes of a pod's containers: `containerStatuses` and `initContainerStatuses` (`v1`, spec 01 §8).
//!
//! A kubelet also lists what a container was given: its mounts, its resources, the user it runs as. That follows from the
//! pod's spec, so it is not stored, but made when the pod is printed and taken out when it is read back. In Kubernetes:
//! `convertToAPIContainerStatuses` in `pkg/kubelet/kubelet_pods.go`.

use super::fields::{Field, Incoming, Mismatch, Outgoing, fields};
use super::pod::{Container, PodSpec, PodStatus, VolumeMount};
use super::{Text, Time};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

fields! {
    /// What has become of one container.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct ContainerStatus {
        /// Empty where it is made from [`run`](Self::run).
        pub container_id: Text = "containerID",
        /// Which run it is that has the ID which the runtime gives it: how often the container was restarted before.
        pub run: Option<i32>,
        pub image: Text = "image" always,
        pub image_id: Text = "imageID" always,
        /// The run before this one.
        pub last_state: Option<ContainerState> = "lastState" always,
        pub name: Text = "name" always,
        pub ready: bool = "ready" always,
        pub restart_count: i32 = "restartCount" always,
        pub started: Option<bool> = "started",
        pub state: Option<ContainerState> = "state" always,
        /// Whether it is a kubelet's: what such a status lists besides is not kept, but made when it is printed.
        pub reported: bool,
        /// What else the status lists, kept as written.
        pub rest: BTreeMap<String, Value> = ..,
    }
}

/// The state of a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ContainerState {
    Waiting(Waiting),
    Running(Running),
    Terminated(Terminated),
}

fields! {
    /// Not running yet, or not running again yet.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct Waiting {
        pub message: Text = "message",
        pub reason: Text = "reason",
    }
}

fields! {
    /// Running since.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct Running {
        pub started_at: Option<Time> = "startedAt" always,
    }
}

fields! {
    /// Ended, how and when.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct Terminated {
        /// Empty where it is made from [`run`](Self::run).
        pub container_id: Text = "containerID",
        /// Which run it was that has ended.
        pub run: Option<i32>,
        pub exit_code: i32 = "exitCode" always,
        /// Null where no run was ever seen to end.
        pub finished_at: Option<Time> = "finishedAt" always,
        pub message: Text = "message",
        pub reason: Text = "reason",
        pub signal: i32 = "signal",
        pub started_at: Option<Time> = "startedAt" always,
    }
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

/// No state is `{}`; so is one that nobody knows.
impl Field for Option<ContainerState> {
    fn read(&mut self, value: Value) -> Result<(), Mismatch> {
        let (mut waiting, mut running, mut terminated) = (None, None, None);
        let mut object = Incoming::new(value)?;
        object.take("waiting", &mut waiting);
        object.take("running", &mut running);
        object.take("terminated", &mut terminated);
        *self = None
            .or(waiting.map(ContainerState::Waiting))
            .or(running.map(ContainerState::Running))
            .or(terminated.map(ContainerState::Terminated));
        object.end()
    }

    fn write(&self) -> Value {
        let mut object = Outgoing::default();
        match self {
            None => {}
            Some(ContainerState::Waiting(waiting)) => object.put("waiting", waiting),
            Some(ContainerState::Running(running)) => object.put("running", running),
            Some(ContainerState::Terminated(terminated)) => object.put("terminated", terminated),
        }
        object.end()
    }
}

impl PodStatus {
    /// Puts in what kubelets list besides, given the pod's spec as it is printed.
    pub(super) fn put_given(&mut self, spec: &PodSpec) {
        for status in self.container_statuses.iter_mut().chain(&mut self.init_container_statuses) {
            if std::mem::take(&mut status.reported) {
                status.rest.extend(given(status, spec));
            }
        }
    }

    /// Takes it out again, where it is what a kubelet would list.
    pub(super) fn take_given(&mut self, spec: &PodSpec) {
        for status in self.container_statuses.iter_mut().chain(&mut self.init_container_statuses) {
            let given = given(status, spec);
            status.reported =
                !given.is_empty() && given.iter().all(|(field, value)| status.rest.get(field) == Some(value));
            if status.reported {
                status.rest.retain(|field, _| !given.contains_key(field));
            }
        }
    }
}

/// What a container was given: its mounts, and once the runtime has made it, its resources and its user.
fn given(status: &ContainerStatus, spec: &PodSpec) -> Map<String, Value> {
    let mut given = Map::new();
    let mut containers = spec.init_containers.iter().chain(&spec.containers);
    let Some(container) = containers.find(|container| container.name == status.name) else { return given };
    if !container.volume_mounts.is_empty() {
        given.insert("volumeMounts".into(), container.volume_mounts.iter().map(mounted).collect());
    }
    if !status.container_id.is_empty() {
        given.insert("resources".into(), container.resources.write());
        given.insert("user".into(), user(container, spec));
        if !container.resources.requests.is_empty() {
            given.insert("allocatedResources".into(), container.resources.requests.write());
        }
    }
    given
}

/// How a volume was mounted. The runtime can mount what lies below it read-only as well.
fn mounted(mount: &VolumeMount) -> Value {
    let mut mounted = Outgoing::default();
    mounted.put("mountPath", &mount.mount_path);
    mounted.put("name", &mount.name);
    if mount.read_only {
        let recursively = matches!(mount.recursive_read_only.as_deref(), Some("Enabled" | "IfPossible"));
        mounted.put("readOnly", &mount.read_only);
        mounted.put("recursiveReadOnly", &Text::from(if recursively { "Enabled" } else { "Disabled" }));
    }
    mounted.end()
}

/// Whom the container's processes belong to. Nobody knows which users an image has: without a word in the spec it is root.
fn user(container: &Container, spec: &PodSpec) -> Value {
    let pod = spec.security_context.as_ref();
    let own = container.security_context.as_ref();
    let asked = |field: &str| own.and_then(|own| own.get(field)).or(pod.and_then(|pod| pod.get(field)));
    let id = |field: &str| asked(field).and_then(Value::as_i64).unwrap_or(0);
    let gid = id("runAsGroup");
    let mut groups = vec![json!(gid)];
    groups.extend(pod.and_then(|pod| pod.get("fsGroup")).cloned());
    groups.extend(
        pod.and_then(|pod| pod.get("supplementalGroups")).and_then(Value::as_array).into_iter().flatten().cloned(),
    );
    json!({"linux": {"gid": gid, "supplementalGroups": groups, "uid": id("runAsUser")}})
}

#[cfg(test)]
mod tests {
    use crate::api::fields::{self, Field};
    use crate::api::{Pod, PodStatus};
    use serde_json::{Value, json};

    #[test]
    fn what_a_kubelet_lists_besides_is_taken_out_and_put_in_again() {
        let check = |situation: &str, spec: Value, id: &str, listed: Value, made: bool| {
            let mut status = json!({
                "image": "busybox", "imageID": "", "lastState": {}, "name": "main", "ready": false, "restartCount": 0,
                "state": {},
            });
            let fields = status.as_object_mut().expect("an object");
            fields.extend((!id.is_empty()).then(|| ("containerID".to_owned(), json!(id))));
            fields.extend(listed.as_object().expect("fields").clone());
            let written = json!({"metadata": {"name": "p"}, "spec": spec, "status": {"containerStatuses": [status]}});
            let pod: Pod = fields::read(written).expect("a pod");
            let PodStatus { container_statuses, .. } = &*pod.status;
            let kept = &container_statuses[0];
            assert_eq!((kept.reported, kept.rest.is_empty()), (made, made), "{situation}: {kept:?}");
            assert_eq!(pod.write()["status"]["containerStatuses"][0], status, "{situation}");
        };
        let main = |more: Value| {
            let mut main = json!({"name": "main", "image": "busybox"});
            main.as_object_mut().expect("an object").extend(more.as_object().expect("fields").clone());
            json!({"containers": [main]})
        };
        let root = json!({"linux": {"gid": 0, "supplementalGroups": [0], "uid": 0}});
        let run = "containerd://1";
        check("an empty spec", main(json!({})), run, json!({"resources": {}, "user": root}), true);
        let amounts = json!({"limits": {"cpu": "1"}, "requests": {"cpu": "100m"}});
        let listed = json!({"resources": amounts, "allocatedResources": {"cpu": "100m"}, "user": root});
        check("requests", main(json!({"resources": amounts})), run, listed, true);
        let mounts = json!([{"mountPath": "/in", "name": "a", "readOnly": true}, {"mountPath": "/out", "name": "b"}]);
        let mounted = json!([
            {"mountPath": "/in", "name": "a", "readOnly": true, "recursiveReadOnly": "Disabled"},
            {"mountPath": "/out", "name": "b"},
        ]);
        let spec = main(json!({"volumeMounts": mounts}));
        check("mounts, before it runs", spec.clone(), "", json!({"volumeMounts": mounted}), true);
        check("mounts", spec, run, json!({"resources": {}, "user": root, "volumeMounts": mounted}), true);
        let mut spec = main(json!({"securityContext": {"runAsUser": 7}}));
        spec["securityContext"] =
            json!({"runAsUser": 1000, "runAsGroup": 3000, "fsGroup": 2000, "supplementalGroups": [4000]});
        let user = json!({"linux": {"gid": 3000, "supplementalGroups": [3000, 2000, 4000], "uid": 7}});
        check("a user", spec, run, json!({"resources": {}, "user": user}), true);
        check("somebody else's", main(json!({})), run, json!({"resources": {"limits": {"cpu": "9"}}}), false);
    }
}
