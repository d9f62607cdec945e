//! Services (spec 01 §5.7).

use super::container::validate_port;
use super::field::{Errors, Path, inside, items, set, word};
use super::{meta, names};
use crate::sim::Set;
use serde_json::{Value, json};

const SPEC: Path<'static> = Path::new("spec");

/// The spec of a new Service, or of one that was changed.
pub fn validate(errors: &mut Errors, spec: &Value) {
    let (kind, address) = (word(spec, "type"), word(spec, "clusterIP"));
    let (ports, path) = (items(spec, "ports"), SPEC.child("ports"));
    if ports.is_empty() && address != "None" && kind != "ExternalName" {
        errors.required(&path, "");
    }
    if kind == "ExternalName" {
        let (path, name) = (SPEC.child("externalName"), word(spec, "externalName"));
        match name.strip_suffix('.').unwrap_or(name) {
            "" => errors.required(&path, ""),
            name => errors.invalid_each(&path, name, names::dns_subdomain(name)),
        }
    }
    let mut seen = Set::new();
    for (i, port) in ports.iter().enumerate() {
        let (path, name) = (path.index(i), word(port, "name"));
        if !name.is_empty() {
            errors.invalid_each(&path.child("name"), name, names::dns_label(name));
            if !seen.insert(name) {
                errors.duplicate(&path.child("name"), name);
            }
        } else if ports.len() > 1 {
            errors.required(&path.child("name"), "");
        }
        let number = port["port"].as_i64().unwrap_or(0);
        for message in names::port_number(number) {
            errors.invalid(&path.child("port"), number, message);
        }
        errors.one_of(&path.child("protocol"), word(port, "protocol"), &["SCTP", "TCP", "UDP"]);
        validate_port(errors, &path.child("targetPort"), &port["targetPort"]);
    }
    if let Some(labels) = set(spec, "selector").and_then(Value::as_object) {
        let selector = SPEC.child("selector");
        for (key, value) in labels {
            meta::validate_label_key(errors, &selector, key);
            let value = value.as_str().unwrap_or_default();
            errors.invalid_each(&selector, value, names::label_value(value));
        }
    }
    errors.one_of(&SPEC.child("sessionAffinity"), word(spec, "sessionAffinity"), &["ClientIP", "None"]);
    let valid = address.is_empty() || address == "None" || address.parse::<std::net::IpAddr>().is_ok();
    if !valid {
        let path = SPEC.child("clusterIPs");
        errors.invalid(&path.index(0), address, "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)");
    }
    errors.one_of(&SPEC.child("type"), kind, &["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"]);
    let mut taken = Set::new();
    for (i, port) in ports.iter().enumerate() {
        let path = path.index(i);
        if kind == "ClusterIP" && port["nodePort"].as_i64().is_some_and(|port| port != 0) {
            errors.forbidden(&path.child("nodePort"), "may not be used when `type` is 'ClusterIP'");
        }
        let (protocol, number) = (word(port, "protocol"), port["port"].as_i64().unwrap_or(0));
        if !taken.insert((protocol, number)) {
            let shown = json!({"protocol": protocol, "port": number});
            errors.duplicate(&path, inside("Service", &["spec", "ports"], &shown));
        }
    }
}

/// A Service keeps its address.
pub fn validate_update(errors: &mut Errors, new: &Value, old: &Value) {
    let (wanted, kept) = (word(new, "clusterIP"), word(old, "clusterIP"));
    if !wanted.is_empty() && !kept.is_empty() && wanted != kept {
        let path = SPEC.child("clusterIPs");
        errors.invalid(&path.index(0), json!([wanted]), "may not change once set");
    }
}
