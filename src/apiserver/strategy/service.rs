//! Services and namespaces: what only the API server can give them.

use crate::api::{Other, defaults};
use crate::apiserver::NAMESPACE_FINALIZER;
use serde_json::{Map, Value, json};

/// Gives a Service its address, unless it is headless or brings one, and its ports on the nodes, where it has such.
/// Addresses are counted through 10.96.0.0/16.
pub fn allocate_address(fields: &mut Map<String, Value>, serial: u64) {
    let Some(Value::Object(spec)) = fields.get_mut("spec") else { return };
    if spec.get("type").is_some_and(|kind| kind == "ExternalName") {
        return;
    }
    let address = match spec.get("clusterIP").and_then(Value::as_str) {
        Some(written) if !written.is_empty() => written.to_owned(),
        _ => format!("10.96.{}.{}", serial / 250 % 250 + 1, serial % 250 + 2),
    };
    spec.insert("clusterIPs".into(), json!([address]));
    spec.insert("clusterIP".into(), address.into());
    let on_nodes = spec.get("type").is_some_and(|kind| kind == "NodePort" || kind == "LoadBalancer");
    let ports = spec.get_mut("ports").and_then(Value::as_array_mut).filter(|_| on_nodes);
    for (port, serial) in ports.into_iter().flatten().zip(serial..) {
        if port["nodePort"].as_u64().unwrap_or(0) == 0 {
            port["nodePort"] = (FIRST_NODE_PORT + serial % NODE_PORTS).into();
        }
    }
}

/// The ports that Services have on every node.
const FIRST_NODE_PORT: u64 = 30_000;
const NODE_PORTS: u64 = 2768;

/// A Service that is written anew without its address keeps it.
pub fn keep_address(new: &mut Map<String, Value>, old: &Map<String, Value>) {
    let (Some(Value::Object(new)), Some(Value::Object(old))) = (new.get_mut("spec"), old.get("spec")) else { return };
    if new.get("type") != old.get("type") || new.get("clusterIP").is_some_and(|address| address != "") {
        return;
    }
    for field in ["clusterIP", "clusterIPs"] {
        new.extend(old.get(field).map(|kept| (field.to_owned(), kept.clone())));
    }
}

/// Opens a namespace: labelled with its own name, so that selectors can mean it, and not to go before it is empty.
pub fn open_namespace(namespace: &mut Other) {
    namespace.fields.insert("spec".into(), json!({"finalizers": [NAMESPACE_FINALIZER]}));
    namespace.fields.insert("status".into(), json!({"phase": "Active"}));
    defaults::label_namespace(namespace);
}
