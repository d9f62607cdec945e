//! Defaults of kinds that are kept as written (spec 01 §2.5).

use super::{put, put_in};
use serde_json::{Map, Value, json};

/// How long a client stays with its pod: three hours.
const AFFINITY_SECONDS: u32 = 10_800;

/// A Service of one address family. The API server gives it its address when it is created.
pub fn fill_service(fields: &mut Map<String, Value>) {
    put(fields, "spec", json!({}));
    put(fields, "status", json!({"loadBalancer": {}}));
    let Some(Value::Object(spec)) = fields.get_mut("spec") else { return };
    put(spec, "type", "ClusterIP");
    put(spec, "sessionAffinity", "None");
    if spec["sessionAffinity"] == "ClientIP" {
        put(spec, "sessionAffinityConfig", json!({"clientIP": {"timeoutSeconds": AFFINITY_SECONDS}}));
    }
    let kind = spec["type"].as_str().unwrap_or_default().to_owned();
    if kind != "ExternalName" {
        put(spec, "internalTrafficPolicy", "Cluster");
        put(spec, "ipFamilies", json!(["IPv4"]));
        put(spec, "ipFamilyPolicy", "SingleStack");
    }
    if ["LoadBalancer", "NodePort"].contains(&kind.as_str()) {
        put(spec, "externalTrafficPolicy", "Cluster");
    }
    if kind == "LoadBalancer" {
        put(spec, "allocateLoadBalancerNodePorts", true);
    }
    let Some(Value::Array(ports)) = spec.get_mut("ports") else { return };
    for port in ports {
        put_in(port, "protocol", "TCP");
        let number = port["port"].clone();
        put_in(port, "targetPort", number);
    }
}
