//! `kubectl api-resources` and `kubectl api-versions`.

use super::call::{Action, Call};
use super::failure::{Failure, Outcome};
use super::printers::{Format, Formats, Table};
use crate::api::{Kind, RESOURCES, Resource};
use crate::sim::Order;
use serde_json::{Value, json};

/// `kubectl api-resources`
pub fn start(call: &Call<'_>) -> Outcome<Action> {
    if !call.arguments.is_empty() {
        return Err(unexpected(call));
    }
    if call.text("sort-by").is_some_and(|by| !["", "name", "kind"].contains(&by)) {
        return Err(Failure::client("--sort-by accepts only name or kind"));
    }
    let wide = match call.text("output").unwrap_or("") {
        "" => false,
        "wide" => true,
        "name" => {
            let names: String = chosen(call).iter().map(|resource| resource.qualified() + "\n").collect();
            return Ok(Action::Print(names));
        }
        "json" | "yaml" | "kyaml" => {
            let resources: Vec<Value> = chosen(call).into_iter().map(described).collect();
            let resources = if resources.is_empty() { Value::Null } else { resources.into() };
            let list =
                json!({"apiVersion": "v1", "groupVersion": "", "kind": "APIResourceList", "resources": resources});
            return Ok(Action::Print(Format::of(call, Formats::Objects)?.print(&list, true)?));
        }
        other => {
            let why = format!("unable to match a printer suitable for the output format {other:?}");
            return Err(Failure::client(format!("{why}, allowed formats are: json,kyaml,name,wide,yaml")));
        }
    };
    let mut rows: Vec<Vec<String>> = Vec::new();
    if !call.has("no-headers") {
        rows.push(["NAME", "SHORTNAMES", "APIVERSION", "NAMESPACED", "KIND"].map(str::to_owned).into());
        if wide {
            rows[0].extend(["VERBS", "CATEGORIES"].map(str::to_owned));
        }
    }
    for resource in chosen(call) {
        let mut row = vec![
            resource.plural.to_owned(),
            resource.short_names.join(","),
            resource.api_version.to_owned(),
            resource.namespaced.to_string(),
            resource.name.to_owned(),
        ];
        if wide {
            row.push(VERBS.into());
            row.push(if is_in_all(resource) { "all" } else { "" }.into());
        }
        rows.push(row);
    }
    Ok(Action::Print(Table::default().write(&rows)))
}

/// A type as the API server tells of it, with its group and version.
fn described(resource: &Resource) -> Value {
    let mut described = json!({
        "name": resource.plural,
        "singularName": resource.name.to_lowercase(),
        "namespaced": resource.namespaced,
        "version": resource.api_version.rsplit('/').next(),
        "kind": resource.name,
        "verbs": VERBS.split(',').collect::<Vec<_>>(),
    });
    if !resource.group.is_empty() {
        described["group"] = resource.group.into();
    }
    if !resource.short_names.is_empty() {
        described["shortNames"] = resource.short_names.into();
    }
    if is_in_all(resource) {
        described["categories"] = json!(["all"]);
    }
    described
}

/// What can be done to every type.
pub const VERBS: &str = "create,delete,deletecollection,get,list,patch,update,watch";

/// Whether `all` stands for this type among others.
pub fn is_in_all(resource: &Resource) -> bool {
    matches!(resource.kind, Kind::Pod | Kind::Service | Kind::StatefulSet | Kind::CronJob | Kind::Job)
}

fn unexpected(call: &Call<'_>) -> Failure {
    call.usage(format!("unexpected arguments: [{}]", call.arguments.join(" ")))
}

/// The types that the flags choose, by group and name.
fn chosen(call: &Call<'_>) -> Vec<&'static Resource> {
    let group = call.text("api-group");
    let namespaced = call.text("namespaced").map(|text| text == "true");
    let means = |resource: &&Resource| {
        group.is_none_or(|group| resource.group == group)
            && namespaced.is_none_or(|it| it == resource.namespaced)
            && call.list("verbs").iter().all(|verb| VERBS.split(',').any(|known| known == *verb))
            && call.list("categories").iter().all(|category| *category == "all" && is_in_all(resource))
    };
    let mut resources: Vec<&Resource> = RESOURCES.iter().filter(means).collect();
    match call.text("sort-by") {
        Some("name") => resources.order_by_key(|resource| resource.plural),
        Some("kind") => resources.order_by_key(|resource| resource.name),
        _ => resources.order_by_key(|resource| (resource.group, resource.plural)),
    }
    resources
}

/// `kubectl api-versions`
pub fn versions(call: &Call<'_>) -> Outcome<Action> {
    if !call.arguments.is_empty() {
        return Err(unexpected(call));
    }
    const VERSIONS: [&str; 22] = [
        "admissionregistration.k8s.io/v1",
        "apiextensions.k8s.io/v1",
        "apiregistration.k8s.io/v1",
        "apps/v1",
        "authentication.k8s.io/v1",
        "authorization.k8s.io/v1",
        "autoscaling/v1",
        "autoscaling/v2",
        "batch/v1",
        "certificates.k8s.io/v1",
        "coordination.k8s.io/v1",
        "discovery.k8s.io/v1",
        "events.k8s.io/v1",
        "flowcontrol.apiserver.k8s.io/v1",
        "networking.k8s.io/v1",
        "node.k8s.io/v1",
        "policy/v1",
        "rbac.authorization.k8s.io/v1",
        "resource.k8s.io/v1",
        "scheduling.k8s.io/v1",
        "storage.k8s.io/v1",
        "v1",
    ];
    Ok(Action::Print(VERSIONS.map(|version| format!("{version}\n")).concat()))
}
