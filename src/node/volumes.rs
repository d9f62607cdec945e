//! What a pod's volumes hold when its containers start, and what keeps them from being mounted.
//!
//! A pod whose ConfigMap is missing shows `ContainerCreating` and, again and again, the event `FailedMount`; it heals when
//! the ConfigMap is made. In Kubernetes: `pkg/volume/{configmap,secret,downwardapi,projected}`. Left out: a mounted
//! ConfigMap that changes while the pod runs does not change in the pod, and volumes of other kinds (`hostPath`, claims)
//! are empty folders.

use super::downward::{Surroundings, not_found};
use crate::api::pod::{API_ACCESS_VOLUME, Volume};
use crate::api::{Container, Kind, Pod};
use serde_json::Value;

/// A file of a volume.
#[derive(Clone, Debug, PartialEq)]
pub struct File {
    /// Within the volume: `data.txt`, `etc/a.conf`.
    pub path: String,
    /// Permissions: 0o644 is `rw-r--r--`.
    pub mode: u32,
    pub bytes: Vec<u8>,
}

/// The permissions of files that say nothing of them.
const DEFAULT_MODE: u32 = 0o644;

/// Whether a pod can only start once something else is there: it has volumes made of ConfigMaps and the like.
pub(super) fn depends(pod: &Pod) -> bool {
    let named =
        |volume: &Volume| ["configMap", "secret", "projected"].iter().any(|kind| volume.source.contains_key(*kind));
    pod.spec.volumes.iter().any(|volume| volume.name != API_ACCESS_VOLUME && named(volume))
}

/// What keeps a pod's volumes from being mounted, in the words of the event; of several the first.
pub(super) fn problem(around: &Surroundings<'_>) -> Option<String> {
    around.pod.spec.volumes.iter().find_map(|volume| {
        let error = files(around, volume).err()?;
        Some(format!("MountVolume.SetUp failed for volume \"{}\" : {error}", volume.name))
    })
}

/// The files of a volume; none for one that begins empty.
pub(super) fn files(around: &Surroundings<'_>, volume: &Volume) -> Result<Vec<File>, String> {
    let Some((kind, source)) = volume.source.first_key_value() else { return Ok(Vec::new()) };
    let mode = mode(&source["defaultMode"]).unwrap_or(DEFAULT_MODE);
    match kind.as_str() {
        "configMap" => of_data(around, Kind::ConfigMap, source, "name", mode),
        "secret" => of_data(around, Kind::Secret, source, "secretName", mode),
        "downwardAPI" => Ok(of_pod(around, source, mode)),
        "projected" if volume.name == API_ACCESS_VOLUME => {
            Ok(vec![File { path: "namespace".into(), mode, bytes: around.pod.metadata.namespace.as_bytes().to_vec() }])
        }
        "projected" => {
            let (mut all, mut errors): (Vec<File>, _) = (Vec::new(), Vec::new());
            for part in source["sources"].as_array().into_iter().flatten() {
                let found = match part.as_object().and_then(|part| part.iter().next()) {
                    Some((kind, source)) if kind == "configMap" => {
                        of_data(around, Kind::ConfigMap, source, "name", mode)
                    }
                    Some((kind, source)) if kind == "secret" => of_data(around, Kind::Secret, source, "name", mode),
                    Some((kind, source)) if kind == "downwardAPI" => Ok(of_pod(around, source, mode)),
                    _ => Ok(Vec::new()),
                };
                match found {
                    Ok(files) => all.extend(files),
                    Err(error) => errors.push(error),
                }
            }
            match errors.as_slice() {
                [] => Ok(all),
                [one] => Err(one.clone()),
                several => Err(format!("[{}]", several.join(", "))),
            }
        }
        _ => Ok(Vec::new()),
    }
}

/// The keys of a ConfigMap or Secret as files: all of them, or those that `items` names.
fn of_data(around: &Surroundings<'_>, kind: Kind, source: &Value, name: &str, mode: u32) -> Result<Vec<File>, String> {
    let (name, optional) = (source[name].as_str().unwrap_or_default(), source["optional"] == true);
    let data = match around.data(kind, name) {
        Some(data) => data,
        None if optional => return Ok(Vec::new()),
        None => return Err(not_found(kind, name)),
    };
    let items = source["items"].as_array().filter(|items| !items.is_empty());
    let Some(items) = items else {
        return Ok(data.into_iter().map(|(key, bytes)| File { path: key, mode, bytes }).collect());
    };
    let mut files = Vec::new();
    for item in items {
        let key = item["key"].as_str().unwrap_or_default();
        match data.iter().find(|(known, _)| *known == key) {
            Some((_, bytes)) => files.push(file(item, mode, bytes.clone())),
            None if optional => {}
            None if kind == Kind::Secret => return Err(format!("references non-existent secret key: {key}")),
            None => return Err(format!("configmap references non-existent config key: {key}")),
        }
    }
    Ok(files)
}

fn of_pod(around: &Surroundings<'_>, source: &Value, mode: u32) -> Vec<File> {
    let items = source["items"].as_array().into_iter().flatten();
    let bytes = |item: &Value| match item["fieldRef"]["fieldPath"].as_str() {
        Some(path) => around.field(path),
        None => around.resource(&item["resourceFieldRef"], &Container::default()),
    };
    items.map(|item| file(item, mode, bytes(item).into_bytes())).collect()
}

fn file(item: &Value, default: u32, bytes: Vec<u8>) -> File {
    let path = item["path"].as_str().unwrap_or_default().to_owned();
    File { path, mode: mode(&item["mode"]).unwrap_or(default), bytes }
}

fn mode(value: &Value) -> Option<u32> {
    value.as_u64().and_then(|mode| u32::try_from(mode).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{Object, fields};
    use crate::apiserver::{ApiServer, Naming, Request};
    use crate::sim::Timestamp;
    use serde_json::json;

    #[test]
    fn volumes_hold_what_their_sources_say() {
        #[track_caller]
        fn check(volume: Value, expected: Result<&[(&str, u32, &str)], &str>) {
            let mut api = ApiServer::new(Timestamp::default(), Naming::numbered());
            for (kind, name, data) in [
                (Kind::ConfigMap, "c", json!({"data": {"a": "1", "b": "2"}})),
                (Kind::Secret, "s", json!({"data": {"pw": "aHVudGVyMg=="}})),
            ] {
                let mut value = data;
                value["metadata"] = json!({"name": name, "namespace": "default"});
                let object = Object::from_value(kind, value).expect("an object");
                api.handle(Request::Create(object)).expect("created");
            }
            let mut volume = volume;
            volume["name"] = "v".into();
            let metadata = json!({"name": "p", "namespace": "default", "annotations": {"i": "3", "j": ""}});
            let container = json!({"name": "w", "resources": {"limits": {"memory": "2Mi"}}});
            let spec = json!({"containers": [container], "volumes": [volume]});
            let pod: Pod = fields::read(json!({"metadata": metadata, "spec": spec})).expect("a pod");
            let around = Surroundings { view: api.live(), pod: &pod, ip: "", host_ip: "" };
            let found = files(&around, &pod.spec.volumes[0]);
            let expected = expected.map(|files| -> Vec<File> {
                let file =
                    |&(path, mode, text): &(&str, u32, &str)| File { path: path.into(), mode, bytes: text.into() };
                files.iter().map(file).collect()
            });
            assert_eq!(found, expected.map_err(str::to_owned));
        }
        let config = |rest: Value| {
            let mut source = rest;
            source["name"] = "c".into();
            json!({"configMap": source})
        };
        check(json!({"emptyDir": {}}), Ok(&[]));
        check(config(json!({})), Ok(&[("a", 0o644, "1"), ("b", 0o644, "2")]));
        check(config(json!({"defaultMode": 0o400})), Ok(&[("a", 0o400, "1"), ("b", 0o400, "2")]));
        check(
            config(json!({"items": [{"key": "b", "path": "x/b.txt", "mode": 0o755}]})),
            Ok(&[("x/b.txt", 0o755, "2")]),
        );
        check(
            config(json!({"items": [{"key": "z", "path": "z"}]})),
            Err("configmap references non-existent config key: z"),
        );
        check(config(json!({"items": [{"key": "z", "path": "z"}], "optional": true})), Ok(&[]));
        check(json!({"configMap": {"name": "none"}}), Err("configmap \"none\" not found"));
        check(json!({"configMap": {"name": "none", "optional": true}}), Ok(&[]));
        check(json!({"secret": {"secretName": "s"}}), Ok(&[("pw", 0o644, "hunter2")]));
        check(json!({"secret": {"secretName": "none"}}), Err("secret \"none\" not found"));
        check(
            json!({"downwardAPI": {"items": [
                {"path": "all", "fieldRef": {"fieldPath": "metadata.annotations"}},
                {"path": "one", "fieldRef": {"fieldPath": "metadata.annotations['i']"}},
                {"path": "mem", "resourceFieldRef": {"containerName": "w", "resource": "limits.memory", "divisor": "1Mi"}},
            ]}}),
            Ok(&[("all", 0o644, "i=\"3\"\nj=\"\""), ("one", 0o644, "3"), ("mem", 0o644, "2")]),
        );
        let sources = |sources: Value| json!({"projected": {"sources": sources}});
        check(
            sources(
                json!([{"configMap": {"name": "c", "items": [{"key": "a", "path": "a"}]}}, {"secret": {"name": "s"}}]),
            ),
            Ok(&[("a", 0o644, "1"), ("pw", 0o644, "hunter2")]),
        );
        check(
            sources(json!([{"configMap": {"name": "x"}}, {"secret": {"name": "y"}}])),
            Err("[configmap \"x\" not found, secret \"y\" not found]"),
        );
    }
}
