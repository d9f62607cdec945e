//! Volumes and where they come from (spec 01 §5.5).

use super::downward_api::{validate_field_ref, validate_resource_ref};
use super::field::{Errors, Path, items, set, word};
use super::names;
use crate::api::pod::{API_ACCESS_VOLUME, Volume};
use crate::sim::{Map, Set};
use serde_json::Value;

/// Fields of a pod that a file may show, besides single labels and annotations.
const FILE_FIELDS: [&str; 5] =
    ["metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid"];

/// The volumes of a pod that are valid, by name.
pub type Volumes<'a> = Map<&'a str, &'a Volume>;

/// All volumes of a pod.
pub fn validate_volumes<'a>(errors: &mut Errors, path: &Path<'_>, volumes: &'a [Volume]) -> Volumes<'a> {
    let mut seen = Volumes::new();
    for (i, volume) in volumes.iter().enumerate() {
        let path = path.index(i);
        let before = errors.len();
        validate_source(errors, &path, volume);
        let name = volume.name.as_str();
        if name.is_empty() {
            errors.required(&path.child("name"), "");
        } else if name != API_ACCESS_VOLUME {
            errors.invalid_each(&path.child("name"), name, names::dns_label(name));
        }
        if seen.contains_key(name) {
            errors.duplicate(&path.child("name"), name);
        }
        if errors.len() == before {
            seen.insert(name, volume);
        }
    }
    seen
}

/// The order in which sources are looked at: the first counts, the others are too many.
const SOURCES: [&str; 30] = [
    "emptyDir",
    "hostPath",
    "gitRepo",
    "gcePersistentDisk",
    "awsElasticBlockStore",
    "secret",
    "nfs",
    "iscsi",
    "glusterfs",
    "flocker",
    "persistentVolumeClaim",
    "rbd",
    "cinder",
    "cephfs",
    "quobyte",
    "downwardAPI",
    "fc",
    "flexVolume",
    "configMap",
    "azureFile",
    "vsphereVolume",
    "photonPersistentDisk",
    "portworxVolume",
    "azureDisk",
    "storageos",
    "projected",
    "scaleIO",
    "csi",
    "ephemeral",
    "image",
];
/// What a source cannot do without, where that is all that is asked of it.
const NEEDED: [(&str, &[&str]); 18] = [
    ("secret", &["secretName"]),
    ("configMap", &["name"]),
    ("persistentVolumeClaim", &["claimName"]),
    ("nfs", &["server", "path"]),
    ("hostPath", &["path"]),
    ("gitRepo", &["repository"]),
    ("awsElasticBlockStore", &["volumeID"]),
    ("glusterfs", &["endpoints", "path"]),
    ("rbd", &["monitors", "image"]),
    ("cinder", &["volumeID"]),
    ("cephfs", &["monitors"]),
    ("flexVolume", &["driver"]),
    ("azureFile", &["secretName", "shareName"]),
    ("vsphereVolume", &["volumePath"]),
    ("photonPersistentDisk", &["pdID"]),
    ("portworxVolume", &["volumeID"]),
    ("csi", &["driver"]),
    ("ephemeral", &["volumeClaimTemplate"]),
];
/// How claimed volumes can be mounted.
const ACCESS_MODES: [&str; 4] = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];
/// How many bytes the name of a driver may have.
const LONGEST_DRIVER: usize = 63;
/// What a path on the node may have to be; empty is anything.
const HOST_PATH_TYPES: [&str; 8] =
    ["", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket"];

fn validate_source(errors: &mut Errors, path: &Path<'_>, volume: &Volume) {
    let mut sources = 0;
    let unordered = volume.source.iter().filter(|(kind, _)| !SOURCES.contains(&kind.as_str()));
    let ordered = SOURCES.iter().filter_map(|kind| volume.source.get_key_value(*kind));
    for (kind, source) in ordered.chain(unordered) {
        sources += 1;
        if sources > 1 {
            // The API server's own slips.
            let kind = match kind.as_str() {
                "downwardAPI" => "downwarAPI",
                "cephfs" => "cephFS",
                kind => kind,
            };
            errors.forbidden(&path.child(kind), "may not specify more than 1 volume type");
            continue;
        }
        let path = path.child(kind);
        let needed = NEEDED.iter().filter(|(known, _)| known == kind).flat_map(|(_, fields)| *fields);
        for field in needed.filter(|field| is_missing(source, field)) {
            errors.required(&path.child(field), "");
        }
        match kind.as_str() {
            "configMap" | "secret" => validate_files(errors, &path, source),
            "downwardAPI" => validate_downward(errors, &path, source),
            "projected" => validate_projected(errors, &path, source),
            "hostPath" => validate_host_path(errors, &path, source),
            "emptyDir" if source["sizeLimit"].as_str().is_some_and(|limit| limit.starts_with('-')) => {
                errors.forbidden(&path.child("sizeLimit"), "SizeLimit field must be a valid resource quantity");
            }
            "nfs" if !word(source, "path").starts_with('/') => {
                errors.invalid(&path.child("path"), word(source, "path"), "must be an absolute path");
            }
            "gitRepo" => validate_path_inside(errors, &path.child("directory"), word(source, "directory")),
            "csi" => validate_csi(errors, &path, source),
            "ephemeral" => {
                if let Some(template) = set(source, "volumeClaimTemplate") {
                    validate_claim(errors, &path.child("volumeClaimTemplate"), template);
                }
            }
            "image" => {
                errors.one_of(
                    &path.child("pullPolicy"),
                    word(source, "pullPolicy"),
                    &["Always", "IfNotPresent", "Never"],
                );
            }
            _ => {}
        }
    }
    if sources == 0 {
        errors.required(path, "must specify a volume type");
    }
}

/// Whether a field is absent, or as good as.
fn is_missing(source: &Value, field: &str) -> bool {
    match &source[field] {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => false,
    }
}

fn validate_csi(errors: &mut Errors, path: &Path<'_>, source: &Value) {
    let (at, driver) = (path.child("driver"), word(source, "driver"));
    if driver.len() > LONGEST_DRIVER {
        errors.too_long(&at, LONGEST_DRIVER);
    }
    errors.invalid_each(&at, driver, names::dns_subdomain(&driver.to_lowercase()));
    if set(source, "nodePublishSecretRef").is_some_and(|secret| is_missing(secret, "name")) {
        errors.required(&path.child("nodePublishSecretRef.name"), "");
    }
}

/// The claim that a pod of its own makes.
fn validate_claim(errors: &mut Errors, path: &Path<'_>, template: &Value) {
    let metadata = path.child("metadata");
    let others = template["metadata"].as_object().into_iter().flatten();
    for (field, _) in others.filter(|(field, _)| !["annotations", "labels"].contains(&field.as_str())) {
        errors.forbidden(&metadata.child(field), "cannot be set");
    }
    let (path, spec) = (path.child("spec"), &template["spec"]);
    let (modes, listed) = (path.child("accessModes"), items(spec, "accessModes"));
    if listed.is_empty() {
        errors.required(&modes, "at least 1 access mode is required");
    }
    for mode in listed.iter().filter_map(Value::as_str).filter(|mode| !ACCESS_MODES.contains(mode)) {
        errors.unsupported(&modes, mode, &ACCESS_MODES);
    }
    if listed.len() > 1 && listed.iter().any(|mode| mode == "ReadWriteOncePod") {
        errors.forbidden(&modes, "may not use ReadWriteOncePod with other access modes");
    }
    let resources = path.child("resources");
    match spec["resources"]["requests"]["storage"].as_str() {
        None => errors.required(&resources.key("storage"), ""),
        Some(storage) if !super::field::exceeds(storage, "0") => {
            errors.invalid(&resources.key("storage"), storage, "must be greater than zero");
        }
        Some(_) => {}
    }
    if let Some(class) = set(spec, "storageClassName").and_then(Value::as_str).filter(|class| !class.is_empty()) {
        errors.invalid_each(&path.child("storageClassName"), class, names::dns_subdomain(class));
    }
    errors.known_word(&path, spec, "volumeMode", &["Block", "Filesystem"]);
}

fn validate_host_path(errors: &mut Errors, path: &Path<'_>, source: &Value) {
    let host = word(source, "path");
    if host.is_empty() {
        return;
    }
    if host.split('/').any(|part| part == "..") {
        errors.invalid(&path.child("path"), host, "must not contain '..'");
    }
    let kind = source["type"].as_str().unwrap_or_default();
    if !HOST_PATH_TYPES.contains(&kind) {
        errors.unsupported(&path.child("type"), kind, &HOST_PATH_TYPES);
    }
}

fn validate_mode(errors: &mut Errors, path: &Path<'_>, mode: Option<i64>) {
    if let Some(mode) = mode.filter(|mode| !(0..=0o777).contains(mode)) {
        errors.invalid(path, mode, "must be a number between 0 and 0777 (octal), both inclusive");
    }
}

/// Keys of a ConfigMap or Secret that become files.
fn validate_files(errors: &mut Errors, path: &Path<'_>, source: &Value) {
    validate_mode(errors, &path.child("defaultMode"), source["defaultMode"].as_i64());
    let path = path.child("items");
    for (i, item) in source["items"].as_array().into_iter().flatten().enumerate() {
        let path = path.index(i);
        if item["key"].as_str().unwrap_or_default().is_empty() {
            errors.required(&path.child("key"), "");
        }
        validate_file(errors, &path, item);
    }
}

fn validate_file(errors: &mut Errors, path: &Path<'_>, item: &Value) {
    validate_file_path(errors, &path.child("path"), word(item, "path"));
    validate_mode(errors, &path.child("mode"), item["mode"].as_i64());
}

/// The path of a file that is made inside a volume, where names with two dots are the kubelet's own.
fn validate_file_path(errors: &mut Errors, path: &Path<'_>, file: &str) {
    if file.is_empty() {
        errors.required(path, "");
    }
    validate_path_inside(errors, path, file);
    if file.starts_with("..") && !file.starts_with("../") {
        errors.invalid(path, file, "must not start with '..'");
    }
}

fn validate_downward(errors: &mut Errors, path: &Path<'_>, source: &Value) {
    validate_mode(errors, &path.child("defaultMode"), source["defaultMode"].as_i64());
    for item in items(source, "items") {
        validate_file_path(errors, &path.child("path"), word(item, "path"));
        match (set(item, "fieldRef"), set(item, "resourceFieldRef")) {
            (Some(reference), other) => {
                validate_field_ref(errors, &path.child("fieldRef"), reference, &FILE_FIELDS);
                if other.is_some() {
                    let message = "fieldRef and resourceFieldRef can not be specified simultaneously";
                    errors.invalid(path, "resource", message);
                }
            }
            (None, Some(reference)) => {
                let path = path.child("resourceFieldRef");
                if word(reference, "containerName").is_empty() {
                    errors.required(&path.child("containerName"), "");
                } else {
                    validate_resource_ref(errors, &path, reference);
                }
            }
            (None, None) => errors.required(path, "one of fieldRef and resourceFieldRef is required"),
        }
        validate_mode(errors, &path.child("mode"), item["mode"].as_i64());
    }
}

fn validate_projected(errors: &mut Errors, path: &Path<'_>, source: &Value) {
    validate_mode(errors, &path.child("defaultMode"), source["defaultMode"].as_i64());
    let (sources, mut taken) = (path.child("sources"), Set::new());
    for (i, projection) in items(source, "sources").iter().enumerate() {
        let (at, mut found) = (sources.index(i), 0);
        for kind in ["secret", "configMap", "downwardAPI", "serviceAccountToken"] {
            let (Some(source), at) = (set(projection, kind), at.child(kind)) else { continue };
            found += 1;
            match kind {
                "downwardAPI" => validate_downward(errors, &at, source),
                "serviceAccountToken" => {
                    let seconds = source["expirationSeconds"].as_i64().unwrap_or(0);
                    let at = at.child("expirationSeconds");
                    if seconds < 10 * 60 {
                        errors.invalid(&at, seconds, "may not specify a duration less than 10 minutes");
                    }
                    if seconds > 1 << 32 {
                        errors.invalid(&at, seconds, "may not specify a duration larger than 2^32 seconds");
                    }
                    validate_file_path(errors, &path.child("path"), word(source, "path"));
                }
                _ => {
                    if word(source, "name").is_empty() {
                        errors.required(&at.child("name"), "");
                    }
                    validate_files(errors, &at, source);
                }
            }
            for file in items(source, "items").iter().map(|item| word(item, "path")).filter(|file| !file.is_empty()) {
                if !taken.insert(file) {
                    let shown = if kind == "downwardAPI" { file } else { word(source, "name") };
                    errors.invalid(path, shown, "conflicting duplicate paths");
                }
            }
        }
        if found > 1 {
            errors.forbidden(&at, "may not specify more than 1 volume type per source");
        }
    }
}

/// A path that must stay inside its volume.
pub fn validate_path_inside(errors: &mut Errors, path: &Path<'_>, text: &str) {
    if text.starts_with('/') {
        errors.invalid(path, text, "must be a relative path");
    }
    if text.split('/').any(|part| part == "..") {
        errors.invalid(path, text, "must not contain '..'");
    }
}
