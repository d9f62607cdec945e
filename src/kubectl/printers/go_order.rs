//! The order of keys in what kubectl makes itself: that of the fields of Go's structs. What the cluster has sent comes in the
//! order of the alphabet.

use crate::sim::Order;
use serde_json::{Map, Value};

/// The keys that do not come in the order of the alphabet.
const ORDER: &[&str] = &[
    "kind",
    "apiVersion",
    "name",
    "generateName",
    "namespace",
    "uid",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "labels",
    "annotations",
    "ownerReferences",
    "finalizers",
    "metadata",
    "involvedObject",
    "reason",
    "message",
    "source",
    "firstTimestamp",
    "lastTimestamp",
    "count",
    "type",
    "eventTime",
    "schedule",
    "timeZone",
    "startingDeadlineSeconds",
    "concurrencyPolicy",
    "volumes",
    "initContainers",
    "containers",
    "restartPolicy",
    "terminationGracePeriodSeconds",
    "parallelism",
    "completions",
    "activeDeadlineSeconds",
    "podFailurePolicy",
    "successPolicy",
    "backoffLimit",
    "backoffLimitPerIndex",
    "maxFailedIndexes",
    "selector",
    "manualSelector",
    "template",
    "ttlSecondsAfterFinished",
    "completionMode",
    "suspend",
    "podReplacementPolicy",
    "managedBy",
    "key",
    "operator",
    "value",
    "effect",
    "expirationSeconds",
    "path",
    "sources",
    "image",
    "command",
    "args",
    "ports",
    "env",
    "resources",
    "volumeMounts",
    "terminationMessagePath",
    "terminationMessagePolicy",
    "imagePullPolicy",
    "dnsPolicy",
    "serviceAccountName",
    "serviceAccount",
    "securityContext",
    "schedulerName",
    "tolerations",
    "priority",
    "enableServiceLinks",
    "preemptionPolicy",
    "spec",
    "status",
    "jobTemplate",
    "successfulJobsHistoryLimit",
];
/// What has certain keys has an order of its own: references to owners and to objects, ports and the rest of a Service,
/// budgets, classes, Secrets, types of objects, the settings of kubectl.
const SHAPES: &[(&[&str], &[&str])] = &[
    (&["uid", "kind", "controller"], &["apiVersion", "kind", "name", "uid", "controller", "blockOwnerDeletion"]),
    (&["uid", "kind"], &["kind", "namespace", "name", "uid", "apiVersion", "resourceVersion"]),
    (&["targetPort"], &["name", "protocol", "port"]),
    (&["ports", "selector"], SERVICE),
    (&["type", "selector"], SERVICE),
    (&["minAvailable"], &["minAvailable"]),
    (&["disruptionsAllowed"], &["disruptionsAllowed"]),
    (&["value", "preemptionPolicy"], &["kind", "apiVersion", "metadata", "value", "globalDefault", "description"]),
    (&["data", "type"], &["kind", "apiVersion", "metadata", "data"]),
    (&["singularName"], &["name", "singularName", "namespaced", "group", "version", "kind", "verbs", "shortNames"]),
    (&["groupVersion"], &["kind", "apiVersion", "groupVersion"]),
    (&["clusters", "users"], &["kind", "apiVersion", "clusters", "users", "contexts"]),
    (&["cluster", "user"], &["cluster", "user"]),
];
const SERVICE: &[&str] = &["ports", "selector", "clusterIP", "type"];

/// The keys of an object with their values, in the order of its struct.
pub fn entries(map: &Map<String, Value>) -> Vec<(&String, &Value)> {
    let shape = SHAPES.iter().find(|(marks, _)| marks.iter().all(|mark| map.contains_key(*mark)));
    let order = shape.map_or(ORDER, |(_, order)| order);
    let mut entries: Vec<(&String, &Value)> = map.iter().collect();
    entries.order_by_key(|(key, _)| order.iter().position(|known| known == key).unwrap_or(order.len()));
    entries
}
