//! The downward API: what a container may be told of its pod, and of its own resources (spec 01 §5).

use super::field::{Errors, Path, word};
use super::names;
use serde_json::Value;

/// Fields of a pod that can be named at all.
const NAMEABLE_FIELDS: [&str; 14] = [
    "metadata.annotations",
    "metadata.labels",
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.restartPolicy",
    "spec.schedulerName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.phase",
    "status.podIP",
    "status.podIPs",
];
/// Resources of a container that can be named.
const RESOURCE_FIELDS: [&str; 6] = [
    "limits.cpu",
    "limits.ephemeral-storage",
    "limits.memory",
    "requests.cpu",
    "requests.ephemeral-storage",
    "requests.memory",
];

/// A reference to a field of the pod.
pub fn validate_field_ref(errors: &mut Errors, path: &Path<'_>, reference: &Value, supported: &[&str]) {
    let (field, field_path) = (reference["fieldPath"].as_str().unwrap_or_default(), path.child("fieldPath"));
    let version = word(reference, "apiVersion");
    if version.is_empty() {
        errors.required(&path.child("apiVersion"), "");
    } else if field.is_empty() {
        errors.required(&field_path, "");
    } else if version != "v1" {
        let message = format!("error converting fieldPath: unsupported pod version: {version}");
        errors.invalid(&field_path, field, message);
    } else if let Some((map, key)) = field.strip_suffix("']").and_then(|rest| rest.split_once("['")) {
        match map {
            "metadata.annotations" => {
                let key = key.to_lowercase();
                errors.invalid_each(path, key.as_str(), names::qualified_name(&key));
            }
            "metadata.labels" => errors.invalid_each(path, key, names::qualified_name(key)),
            _ => {
                let message = format!("error converting fieldPath: field label does not support subscript: {field}");
                errors.invalid(&field_path, field, message);
            }
        }
    } else if !NAMEABLE_FIELDS.contains(&field) {
        let message = format!("error converting fieldPath: field label not supported: {field}");
        errors.invalid(&field_path, field, message);
    } else if !supported.contains(&field) {
        errors.unsupported(&field_path, field, supported);
    }
}

/// A reference to a container's resource.
pub fn validate_resource_ref(errors: &mut Errors, path: &Path<'_>, reference: &Value) {
    let resource = reference["resource"].as_str().unwrap_or_default();
    let huge = ["requests.hugepages-", "limits.hugepages-"].iter().any(|prefix| resource.starts_with(prefix));
    if resource.is_empty() {
        errors.required(&path.child("resource"), "");
    } else if !RESOURCE_FIELDS.contains(&resource) && !huge {
        errors.unsupported(&path.child("resource"), resource, &RESOURCE_FIELDS);
    }
    let divisor = reference["divisor"].as_str().filter(|divisor| *divisor != "0");
    let (units, what): (&[&str], _) = match resource.split_once('.') {
        Some((_, "cpu")) => (&["1m", "1"], "cpu"),
        Some((_, "memory")) => (&BYTES, "memory"),
        Some((_, "ephemeral-storage")) => (&BYTES, "local ephemeral storage"),
        _ if huge => (&BYTES, "hugepages"),
        _ => return,
    };
    if divisor.is_some_and(|divisor| !units.contains(&divisor)) {
        let listed = if what == "cpu" { "1m and 1".to_owned() } else { units.join(", ") };
        let message = format!("only divisor's values {listed} are supported with the {what} resource");
        errors.invalid(&path.child("divisor"), resource, message);
    }
}

/// What amounts of bytes can be divided by.
const BYTES: [&str; 13] = ["1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei"];
