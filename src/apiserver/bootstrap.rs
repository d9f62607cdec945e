//! What every cluster has from its first moment.

use crate::api::defaults::label_namespace;
use crate::api::{Kind, Object, ObjectMeta, Other};
use serde_json::json;
use std::rc::Rc;

/// The namespaces and priority classes that the API server makes for itself, complete: nobody fills in what is left out
/// of them.
pub fn objects() -> impl Iterator<Item = Object> {
    let namespaces = ["default", "kube-node-lease", "kube-public", "kube-system"]
        .map(|name| object(Kind::Namespace, name, serde_json::Map::new()));
    let classes = [
        ("system-cluster-critical", 2_000_000_000, "cluster, but can be moved to another node if necessary."),
        ("system-node-critical", 2_000_001_000, "node, and cannot be moved to another node."),
    ];
    let classes = classes.map(|(name, value, whom)| {
        let description = format!("Used for system critical pods that must run in the {whom}");
        let mut fields = serde_json::Map::new();
        fields.insert("value".into(), json!(value));
        fields.insert("description".into(), json!(description));
        fields.insert("preemptionPolicy".into(), json!("PreemptLowerPriority"));
        object(Kind::PriorityClass, name, fields)
    });
    namespaces.into_iter().chain(classes)
}

fn object(kind: Kind, name: &'static str, fields: serde_json::Map<String, serde_json::Value>) -> Object {
    let metadata = Rc::new(ObjectMeta { name: name.into(), ..ObjectMeta::default() });
    let mut other = Other { kind, resource_version: 0, metadata, fields };
    if kind == Kind::Namespace {
        label_namespace(&mut other);
    }
    Object::Other(Rc::new(other))
}
