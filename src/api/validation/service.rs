//! Kinds that are kept as written: Services, ConfigMaps, Secrets, PriorityClasses (spec 01 §5.7).

use super::field::{Errors, Path};
use super::{container, meta, names};
use crate::api::{Kind, Other};
use crate::sim::Set;
use serde_json::{Map, Value};

const SPEC: Path<'static> = Path::new("spec");
/// All values of a ConfigMap or Secret together, in bytes.
const DATA_LIMIT: usize = 1024 * 1024;
/// Larger values are for the system's own classes.
const HIGHEST_USER_PRIORITY: i64 = 1_000_000_000;

/// A new object, or one that was changed.
pub fn validate_other(errors: &mut Errors, other: &Other) {
    meta::validate_object_meta(errors, other.kind, &other.metadata);
    match other.kind {
        Kind::Service => {
            if let Some(spec) = other.fields.get("spec") {
                validate_service(errors, spec);
            }
        }
        Kind::ConfigMap => validate_data(errors, &other.fields, &["data", "binaryData"]),
        Kind::Secret => validate_data(errors, &other.fields, &["data", "stringData"]),
        Kind::PriorityClass => {
            let value = other.fields.get("value").and_then(Value::as_i64).unwrap_or(0);
            if value > HIGHEST_USER_PRIORITY && !other.metadata.name.starts_with("system-") {
                let message = format!("maximum allowed value of a user defined priority is {HIGHEST_USER_PRIORITY}");
                errors.forbidden(&Path::new("value"), &message);
            }
        }
        _ => {}
    }
}

fn validate_service(errors: &mut Errors, spec: &Value) {
    let kind = spec["type"].as_str().unwrap_or_default();
    let address = spec["clusterIP"].as_str().unwrap_or_default();
    let ports = spec["ports"].as_array().map_or(&[][..], Vec::as_slice);
    let path = SPEC.child("ports");
    if ports.is_empty() && address != "None" && kind != "ExternalName" {
        errors.required(&path, "");
    }
    let mut seen = Set::new();
    for (i, port) in ports.iter().enumerate() {
        let path = path.index(i);
        let name = port["name"].as_str().unwrap_or_default();
        if name.is_empty() {
            if ports.len() > 1 {
                errors.required(&path.child("name"), "");
            }
        } else {
            errors.invalid_each(&path.child("name"), name, names::dns_label(name));
            if !seen.insert(name) {
                errors.duplicate(&path.child("name"), name);
            }
        }
        let number = port["port"].as_i64().unwrap_or(0);
        for message in names::port_number(number) {
            errors.invalid(&path.child("port"), number, message);
        }
        let protocol = port["protocol"].as_str().unwrap_or_default();
        errors.one_of(&path.child("protocol"), protocol, &["SCTP", "TCP", "UDP"]);
    }
    if let Some(labels) = container::set(spec, "selector").and_then(Value::as_object) {
        let selector = SPEC.child("selector");
        for (key, value) in labels {
            meta::validate_label_key(errors, &selector, key);
            let value = value.as_str().unwrap_or_default();
            errors.invalid_each(&selector, value, names::label_value(value));
        }
    }
    if !["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"].contains(&kind) {
        let supported = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];
        errors.unsupported(&SPEC.child("type"), kind, &supported);
    }
    let valid = address.is_empty() || address == "None" || address.parse::<std::net::IpAddr>().is_ok();
    if !valid {
        let path = SPEC.child("clusterIPs");
        errors.invalid(&path.index(0), address, "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)");
    }
}

fn validate_data(errors: &mut Errors, fields: &Map<String, Value>, maps: &[&str]) {
    let mut size = 0;
    for name in maps {
        let path = Path::new(name);
        for (key, value) in fields.get(*name).and_then(Value::as_object).into_iter().flatten() {
            errors.invalid_each(&path.key(key), key, names::config_key(key));
            size += value.as_str().map_or(0, str::len);
        }
    }
    if size > DATA_LIMIT {
        errors.too_long(&Path::new(""), DATA_LIMIT);
    }
}
