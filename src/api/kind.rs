//! The kinds of objects, and what `kubectl api-resources` says of each.

use serde::{Serialize, Serializer};
use std::fmt;

/// A kind of object. The order is that of `kubectl get all` where it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    Namespace,
    Node,
    PriorityClass,
    Pod,
    Service,
    ConfigMap,
    Secret,
    StatefulSet,
    CronJob,
    Job,
    PodDisruptionBudget,
    ResourceQuota,
    Event,
}

/// How a kind is named and reached.
#[derive(Debug, PartialEq)]
pub struct Resource {
    pub kind: Kind,
    /// As written in manifests, e.g. `CronJob`.
    pub name: &'static str,
    /// Empty for the core group.
    pub group: &'static str,
    /// `batch/v1`, as written in manifests.
    pub api_version: &'static str,
    /// `cronjobs`, as in URLs.
    pub plural: &'static str,
    pub short_names: &'static [&'static str],
    pub namespaced: bool,
}

impl Resource {
    /// Group and version as Go prints them: `batch/v1`, and of the core group `/v1`.
    pub fn group_version(&self) -> String {
        format!("{}/{}", self.group, self.api_version.rsplit('/').next().unwrap_or_default())
    }
}

const fn resource(
    kind: Kind,
    name: &'static str,
    group: &'static str,
    api_version: &'static str,
    plural: &'static str,
    short_names: &'static [&'static str],
    namespaced: bool,
) -> Resource {
    Resource { kind, name, group, api_version, plural, short_names, namespaced }
}

/// Every kind the cluster knows, in the order of [`Kind`].
pub const RESOURCES: [Resource; 13] = [
    resource(Kind::Namespace, "Namespace", "", "v1", "namespaces", &["ns"], false),
    resource(Kind::Node, "Node", "", "v1", "nodes", &["no"], false),
    resource(
        Kind::PriorityClass,
        "PriorityClass",
        "scheduling.k8s.io",
        "scheduling.k8s.io/v1",
        "priorityclasses",
        &["pc"],
        false,
    ),
    resource(Kind::Pod, "Pod", "", "v1", "pods", &["po"], true),
    resource(Kind::Service, "Service", "", "v1", "services", &["svc"], true),
    resource(Kind::ConfigMap, "ConfigMap", "", "v1", "configmaps", &["cm"], true),
    resource(Kind::Secret, "Secret", "", "v1", "secrets", &[], true),
    resource(Kind::StatefulSet, "StatefulSet", "apps", "apps/v1", "statefulsets", &["sts"], true),
    resource(Kind::CronJob, "CronJob", "batch", "batch/v1", "cronjobs", &["cj"], true),
    resource(Kind::Job, "Job", "batch", "batch/v1", "jobs", &[], true),
    resource(
        Kind::PodDisruptionBudget,
        "PodDisruptionBudget",
        "policy",
        "policy/v1",
        "poddisruptionbudgets",
        &["pdb"],
        true,
    ),
    resource(Kind::ResourceQuota, "ResourceQuota", "", "v1", "resourcequotas", &["quota"], true),
    resource(Kind::Event, "Event", "", "v1", "events", &["ev"], true),
];

impl Kind {
    /// How this kind is named and reached.
    pub fn resource(self) -> &'static Resource {
        &RESOURCES[self as usize]
    }

    /// The kind a manifest names.
    pub fn of(api_version: &str, name: &str) -> Option<Self> {
        RESOURCES.iter().find(|r| r.api_version == api_version && r.name == name).map(|r| r.kind)
    }
}

impl Resource {
    /// `jobs.batch`, `pods`: how error messages name it.
    pub fn qualified(&self) -> String {
        if self.group.is_empty() { self.plural.into() } else { format!("{}.{}", self.plural, self.group) }
    }

    /// `Job.batch`, `Pod`: how lists of errors name the kind.
    pub fn qualified_kind(&self) -> String {
        if self.group.is_empty() { self.name.into() } else { format!("{}.{}", self.name, self.group) }
    }

    /// `job.batch/demo`, `pod/demo`: how kubectl names an object.
    pub fn name_form(&self, name: &str) -> String {
        let name = if name.is_empty() { "<unknown>" } else { name };
        format!("{}/{name}", self.qualified_kind().replacen(self.name, &self.name.to_ascii_lowercase(), 1))
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.resource().name)
    }
}

impl Serialize for Kind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.resource().name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_the_order_of_the_enum() {
        assert!(RESOURCES.iter().enumerate().all(|(i, r)| r.kind as usize == i));
    }

    #[test]
    fn names_are_formed_as_kubectl_forms_them() {
        let job = Kind::Job.resource();
        assert_eq!((job.qualified(), job.name_form("x")), ("jobs.batch".into(), "job.batch/x".into()));
        let pod = Kind::Pod.resource();
        assert_eq!((pod.qualified_kind(), pod.name_form("x")), ("Pod".into(), "pod/x".into()));
    }
}
