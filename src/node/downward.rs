//! What a container may learn about its own pod without asking the API: the downward API.
//!
//! `env` with `valueFrom.fieldRef`, `resourceFieldRef`, and the files of `downwardAPI` volumes show these values. In
//! Kubernetes: `pkg/fieldpath`, `pkg/kubelet/kubelet_pods.go`, `pkg/api/v1/resource`.

use crate::api::quantity::Quantity;
use crate::api::{Container, Kind, Object, ObjectKey, Pod, Strings, Text};
use crate::apiserver::View;
use crate::sim::from_base64;
use serde_json::Value;

/// A pod on its node, and the cluster around it, at the moment a container is about to start.
#[derive(Clone, Copy)]
pub(super) struct Surroundings<'a> {
    pub view: View<'a>,
    pub pod: &'a Pod,
    /// The pod's address; empty while it has none.
    pub ip: &'a str,
    pub host_ip: &'a str,
}

impl<'a> Surroundings<'a> {
    /// What a field of the pod says, e.g. `metadata.labels['app']`; empty where the pod has no such label, annotation or
    /// field. Which fields may be named at all, validation has said before.
    pub fn field(&self, path: &str) -> String {
        let metadata = &self.pod.metadata;
        if let Some((map, key)) = path.strip_suffix("']").and_then(|rest| rest.split_once("['")) {
            let map = if map == "metadata.labels" { &metadata.labels } else { &metadata.annotations };
            return map.get(key).map_or_else(String::new, ToString::to_string);
        }
        let all = |map: &Strings| {
            let lines: Vec<String> = map.iter().map(|(key, value)| format!("{key}={}", quoted(value))).collect();
            lines.join("\n")
        };
        match path {
            "metadata.name" => metadata.name.to_string(),
            "metadata.namespace" => metadata.namespace.to_string(),
            "metadata.uid" => metadata.uid.to_string(),
            "metadata.labels" => all(&metadata.labels),
            "metadata.annotations" => all(&metadata.annotations),
            "spec.nodeName" => self.pod.node_name.as_deref().unwrap_or("").to_owned(),
            "spec.serviceAccountName" => self.pod.spec.service_account_name.as_deref().unwrap_or("").to_owned(),
            "status.hostIP" | "status.hostIPs" => self.host_ip.to_owned(),
            "status.podIP" | "status.podIPs" => self.ip.to_owned(),
            _ => String::new(),
        }
    }

    /// What a `resourceFieldRef` says: a container's request or limit in units of `divisor`, rounded up. A limit that is
    /// not set is what the node has.
    pub fn resource(&self, reference: &Value, own: &Container) -> String {
        let spec = &self.pod.spec;
        let named = reference["containerName"].as_str().filter(|name| !name.is_empty());
        let mut containers = spec.init_containers.iter().chain(&spec.containers);
        let container = named.map_or(Some(own), |name| containers.find(|container| container.name == name));
        let path = reference["resource"].as_str().unwrap_or_default();
        let (Some(container), Some((list, resource))) = (container, path.split_once('.')) else { return "0".into() };
        let set = if list == "limits" { &container.resources.limits } else { &container.resources.requests };
        let of_node = || {
            let key = ObjectKey::new(Kind::Node, Text::EMPTY, self.pod.node_name.clone().unwrap_or_default());
            let node = self.view.get(&key).and_then(Object::into_node)?;
            node.status.allocatable.get(resource).cloned()
        };
        let amount = set.get(resource).cloned().or_else(|| if list == "limits" { of_node() } else { None });
        let amount = amount.and_then(|text| Quantity::parse(&text).ok()).unwrap_or(Quantity::from_units(0));
        let divisor = reference["divisor"].as_str().and_then(|text| Quantity::parse(text).ok());
        let divisor = divisor.filter(|divisor| !divisor.is_zero()).unwrap_or(Quantity::from_units(1));
        let (amount, divisor) = match resource {
            "cpu" => (amount.milli(), divisor.milli()),
            _ => (amount.units(), divisor.units()),
        };
        // Rounded up, as both are positive.
        ((amount + divisor.max(1) - 1) / divisor.max(1)).to_string()
    }

    /// The values of a ConfigMap or Secret of the pod's namespace, by key: those of `data`, and bytes in base64 decoded.
    pub fn data(&self, kind: Kind, name: &str) -> Option<Vec<(String, Vec<u8>)>> {
        let key = ObjectKey::new(kind, self.pod.metadata.namespace.clone(), name.to_owned());
        let Object::Other(found) = self.view.get(&key)? else { return None };
        let mut values = Vec::new();
        let encoded = |field: &str| (kind == Kind::Secret && field == "data") || field == "binaryData";
        for field in ["data", "binaryData"] {
            for (key, value) in found.fields.get(field).and_then(Value::as_object).into_iter().flatten() {
                let text = value.as_str().unwrap_or_default();
                let bytes = text.as_bytes();
                let bytes = if encoded(field) { from_base64(bytes).unwrap_or_default() } else { bytes.to_vec() };
                values.retain(|(other, _)| other != key);
                values.push((key.clone(), bytes));
            }
        }
        values.sort();
        Some(values)
    }
}

/// The words of the API server about a ConfigMap or Secret that a pod names and nobody has made.
pub(super) fn not_found(kind: Kind, name: &str) -> String {
    format!("{} \"{name}\" not found", if kind == Kind::Secret { "secret" } else { "configmap" })
}

/// A text in quotes, as Go's `%q` writes it.
fn quoted(text: &str) -> String {
    let mut out = String::from('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if c.is_control() => out.push_str(&format!("\\x{:02x}", c as u32)),
            c => out.push(c),
        }
    }
    out + "\""
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_go_into_quotes() {
        assert_eq!(quoted("a\"b\n\u{1}ü"), "\"a\\\"b\\n\\x01ü\"");
    }
}
