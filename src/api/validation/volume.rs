//! Volumes and where they come from (spec 01 §5.5).

use super::container::{set, validate_field_ref, validate_resource_ref};
use super::field::{Errors, Path};
use super::names;
use crate::api::pod::{API_ACCESS_VOLUME, Volume};
use crate::sim::Set;
use serde_json::Value;

/// Fields of a pod that a file may show, besides single labels and annotations.
const FILE_FIELDS: [&str; 5] =
    ["metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid"];

/// All volumes of a pod; returns their names.
pub fn validate_volumes<'a>(errors: &mut Errors, path: &Path<'_>, volumes: &'a [Volume]) -> Set<&'a str> {
    let mut seen = Set::new();
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
        if seen.contains(name) {
            errors.duplicate(&path.child("name"), name);
        }
        if errors.len() == before {
            seen.insert(name);
        }
    }
    seen
}

/// The order in which sources are looked at: the first counts, the others are too many.
const SOURCES: [&str; 10] = [
    "emptyDir",
    "hostPath",
    "secret",
    "nfs",
    "persistentVolumeClaim",
    "downwardAPI",
    "configMap",
    "projected",
    "csi",
    "ephemeral",
];
/// What a path on the node may have to be; empty is anything.
const HOST_PATH_TYPES: [&str; 8] =
    ["", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket"];

fn validate_source(errors: &mut Errors, path: &Path<'_>, volume: &Volume) {
    let mut sources = 0;
    let unordered = volume.source.iter().filter(|(kind, _)| !SOURCES.contains(&kind.as_str()));
    let ordered = SOURCES.iter().filter_map(|kind| volume.source.get_key_value(*kind));
    for (kind, source) in ordered.chain(unordered) {
        sources += 1;
        let path = path.child(kind);
        if sources > 1 {
            errors.forbidden(&path, "may not specify more than 1 volume type");
            continue;
        }
        match kind.as_str() {
            "configMap" => {
                if source["name"].as_str().unwrap_or_default().is_empty() {
                    errors.required(&path.child("name"), "");
                }
                validate_files(errors, &path, source);
            }
            "secret" => {
                if source["secretName"].as_str().unwrap_or_default().is_empty() {
                    errors.required(&path.child("secretName"), "");
                }
                validate_files(errors, &path, source);
            }
            "downwardAPI" => validate_downward(errors, &path, source),
            "projected" => validate_projected(errors, &path, source),
            "hostPath" => validate_host_path(errors, &path, source),
            "emptyDir" if source["sizeLimit"].as_str().is_some_and(|limit| limit.starts_with('-')) => {
                errors.forbidden(&path.child("sizeLimit"), "SizeLimit field must be a valid resource quantity");
            }
            "persistentVolumeClaim" if source["claimName"].as_str().unwrap_or_default().is_empty() => {
                errors.required(&path.child("claimName"), "");
            }
            _ => {}
        }
    }
    if sources == 0 {
        errors.required(path, "must specify a volume type");
    }
}

fn validate_host_path(errors: &mut Errors, path: &Path<'_>, source: &Value) {
    match source["path"].as_str().unwrap_or_default() {
        "" => return errors.required(&path.child("path"), ""),
        host if host.split('/').any(|part| part == "..") => {
            errors.invalid(&path.child("path"), host, "must not contain '..'");
        }
        _ => {}
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
    match item["path"].as_str().unwrap_or_default() {
        "" => errors.required(&path.child("path"), ""),
        file => validate_path_inside(errors, &path.child("path"), file),
    }
    validate_mode(errors, &path.child("mode"), item["mode"].as_i64());
}

fn validate_downward(errors: &mut Errors, path: &Path<'_>, source: &Value) {
    validate_mode(errors, &path.child("defaultMode"), source["defaultMode"].as_i64());
    for item in source["items"].as_array().into_iter().flatten() {
        match item["path"].as_str().unwrap_or_default() {
            "" => errors.required(&path.child("path"), ""),
            file => validate_path_inside(errors, &path.child("path"), file),
        }
        match (set(item, "fieldRef"), set(item, "resourceFieldRef")) {
            (Some(reference), other) => {
                validate_field_ref(errors, &path.child("fieldRef"), reference, &FILE_FIELDS);
                if other.is_some() {
                    errors.invalid(
                        path,
                        "resource",
                        "fieldRef and resourceFieldRef can not be specified simultaneously",
                    );
                }
            }
            (None, Some(reference)) => {
                if reference["containerName"].as_str().unwrap_or_default().is_empty() {
                    errors.required(&path.child("resourceFieldRef.containerName"), "");
                } else {
                    validate_resource_ref(errors, &path.child("resourceFieldRef"), reference);
                }
            }
            (None, None) => errors.required(path, "one of fieldRef and resourceFieldRef is required"),
        }
    }
}

fn validate_projected(errors: &mut Errors, path: &Path<'_>, source: &Value) {
    validate_mode(errors, &path.child("defaultMode"), source["defaultMode"].as_i64());
    let path = path.child("sources");
    for (i, projection) in source["sources"].as_array().into_iter().flatten().enumerate() {
        let (path, mut sources) = (path.index(i), 0);
        for kind in ["secret", "configMap", "downwardAPI", "serviceAccountToken"] {
            let (Some(source), path) = (set(projection, kind), path.child(kind)) else { continue };
            sources += 1;
            if sources > 1 {
                errors.forbidden(&path, "may not specify more than 1 volume type per source");
                continue;
            }
            match kind {
                "downwardAPI" => validate_downward(errors, &path, source),
                "serviceAccountToken" => {
                    if source["path"].as_str().unwrap_or_default().is_empty() {
                        errors.required(&path.child("path"), "");
                    }
                }
                _ => {
                    if source["name"].as_str().unwrap_or_default().is_empty() {
                        errors.required(&path.child("name"), "");
                    }
                    validate_files(errors, &path, source);
                }
            }
        }
        if sources == 0 {
            errors.required(&path, "must specify a volume type");
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
