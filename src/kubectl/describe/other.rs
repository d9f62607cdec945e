//! Descriptions of the types that play no part in a Job's life.

use super::Sheet;
use crate::api::{Kind, LabelSelector, Object, Other, PodPhase, PodTemplateSpec, fields};
use crate::kubectl::jsonpath::word;
use crate::kubectl::printers::sanitized;
use crate::kubectl::selector;
use crate::kubectl::session::Reading;
use crate::sim::{Order, from_base64};
use serde_json::{Map, Value, json};

/// Everything but the events.
pub fn describe(object: &Object, sheet: &mut Sheet, reading: Reading<'_>) {
    let metadata = object.metadata();
    let Object::Other(other) = object else { return anything(object, sheet, reading) };
    match other.kind {
        Kind::ResourceQuota => {
            sheet.head(metadata);
            scopes(other, ["", " "], sheet);
            return limits(other, "--------\t----\t----", "", sheet);
        }
        Kind::PodDisruptionBudget => return disruptions(other, sheet),
        Kind::PriorityClass => return priority_class(other, sheet),
        Kind::StatefulSet => return stateful_set(other, sheet, reading),
        Kind::Namespace => sheet.field("Name", &metadata.name),
        _ => sheet.head(metadata),
    }
    sheet.labels("Labels", &metadata.labels);
    sheet.annotations("Annotations", &metadata.annotations);
    match other.kind {
        Kind::Namespace => namespace(object, sheet, reading),
        Kind::Service => service(other, sheet, reading),
        Kind::Secret => secret(other, sheet),
        _ => data(&other.fields, sheet),
    }
}

/// What pods are worth.
fn priority_class(class: &Other, sheet: &mut Sheet) {
    let text = |key: &str, default: &str| class.fields.get(key).map_or(default.to_owned(), word);
    sheet.field("Name", &class.metadata.name);
    sheet.field("Value", text("value", "0"));
    sheet.field("GlobalDefault", text("globalDefault", "false"));
    sheet.field("PreemptionPolicy", text("preemptionPolicy", "<unset>"));
    sheet.field("Description", text("description", ""));
    let annotations = class.metadata.annotations.iter().map(|(key, value)| format!("{key}={value}"));
    sheet.field("Annotations", super::or_none(annotations.collect::<Vec<_>>().join(",")));
}

/// How long the secrets are.
fn secret(secret: &Other, sheet: &mut Sheet) {
    sheet.line(format!("\nType:\t{}\n\nData\n====", secret.fields.get("type").map_or("".into(), word)));
    lengths(secret.fields.get("data"), '\t', sheet);
}

/// How much each key holds: its value is in base64.
fn lengths(data: Option<&Value>, gap: char, sheet: &mut Sheet) {
    for (key, text) in data.and_then(Value::as_object).into_iter().flatten() {
        let bytes = from_base64(word(text).as_bytes()).unwrap_or_else(|as_far| as_far);
        sheet.line(format!("{key}:{gap}{} bytes", bytes.len()));
    }
}

/// Where a service is found, and which pods are behind it.
fn service(service: &Other, sheet: &mut Sheet, reading: Reading<'_>) {
    let none = Value::Null;
    let spec = service.fields.get("spec").unwrap_or(&none);
    let text = |key: &str| if spec[key].is_null() { String::new() } else { word(&spec[key]) };
    let list = |key: &str| spec[key].as_array().into_iter().flatten().map(word).collect::<Vec<_>>().join(",");
    let selector = fields::read::<LabelSelector>(json!({"matchLabels": spec["selector"]})).ok();
    let words = selector.as_ref().filter(|_| spec["selector"].is_object()).map(selector::words);
    sheet.field("Selector", words.unwrap_or_else(|| "<none>".into()));
    sheet.field("Type", text("type"));
    let maybe = |key: &str| Some(text(key)).filter(|text| !text.is_empty());
    sheet.maybe("IP Family Policy", maybe("ipFamilyPolicy"));
    sheet.field("IP Families", super::or_none(list("ipFamilies")));
    sheet.field("IP", text("clusterIP"));
    sheet.field("IPs", super::or_none(list("clusterIPs")));
    sheet.maybe("External Name", maybe("externalName"));
    for port in spec["ports"].as_array().into_iter().flatten() {
        let (number, protocol) = (word(&port["port"]), port["protocol"].as_str().unwrap_or("TCP"));
        let target = if port["targetPort"].is_null() { number.clone() } else { word(&port["targetPort"]) };
        let name = port["name"].as_str().unwrap_or("<unset>");
        sheet.line(format!("Port:\t{name}\t{number}/{protocol}"));
        sheet.field("TargetPort", format!("{target}/{protocol}"));
        sheet.maybe("NodePort", port["nodePort"].as_i64().map(|number| format!("{name}\t{number}/{protocol}")));
        sheet.field("Endpoints", endpoints(service, selector.as_ref(), &target, reading));
    }
    sheet.field("Session Affinity", text("sessionAffinity"));
    sheet.maybe("External Traffic Policy", maybe("externalTrafficPolicy"));
    sheet.maybe("Internal Traffic Policy", maybe("internalTrafficPolicy"));
}

/// The addresses of the pods that are ready: three, and how many more.
fn endpoints(service: &Other, selector: Option<&LabelSelector>, port: &str, reading: Reading<'_>) -> String {
    let Some(selector) = selector.filter(|selector| !selector.match_labels.is_empty()) else { return "<none>".into() };
    let all = reading.view.list_in(Kind::Pod, &service.metadata.namespace).filter_map(Object::into_pod);
    let ready = all.filter(|pod| selector.matches(&pod.metadata.labels) && pod.is_ready() && !pod.ip.is_empty());
    let addresses: Vec<String> = ready
        .filter_map(|pod| {
            let named = pod.spec.containers.iter().flat_map(|container| &container.ports);
            let number = named.filter(|named| named.name == port).map(|named| named.container_port.to_string()).next();
            // A pod without a port of that name is none of the service's.
            let number = number.or_else(|| port.parse::<u16>().ok().map(|port| port.to_string()))?;
            Some(format!("{}:{number}", pod.ip))
        })
        .collect();
    match addresses.len().checked_sub(3) {
        Some(more) if more > 0 => format!("{} + {more} more...", addresses[..3].join(",")),
        _ => addresses.join(","),
    }
}

/// How many pods a StatefulSet has, and what they are made from.
fn stateful_set(set: &Other, sheet: &mut Sheet, reading: Reading<'_>) {
    let none = Value::Null;
    let (spec, status) = (set.fields.get("spec").unwrap_or(&none), set.fields.get("status").unwrap_or(&none));
    let selector = fields::read::<LabelSelector>(spec["selector"].clone()).unwrap_or_default();
    sheet.head(&set.metadata);
    sheet.field("CreationTimestamp", set.metadata.creation_timestamp.unwrap_or_default().rfc1123z());
    sheet.field("Selector", selector::words(&selector));
    sheet.labels("Labels", &set.metadata.labels);
    sheet.annotations("Annotations", &set.metadata.annotations);
    let number = |value: &Value| value.as_i64().unwrap_or(0);
    sheet.field("Replicas", format!("{} desired | {} total", number(&spec["replicas"]), number(&status["replicas"])));
    sheet.field("Update Strategy", spec["updateStrategy"]["type"].as_str().unwrap_or(""));
    sheet.maybe("  Partition", spec["updateStrategy"]["rollingUpdate"]["partition"].as_i64());
    let all = reading.view.list_in(Kind::Pod, &set.metadata.namespace).filter_map(Object::into_pod);
    let phases: Vec<PodPhase> = all
        .filter(|pod| pod.metadata.controller().is_some_and(|owner| owner.uid == set.metadata.uid))
        .map(|pod| pod.status.phase)
        .collect();
    let count = |phase: PodPhase| phases.iter().filter(|other| **other == phase).count();
    sheet.field(
        "Pods Status",
        format!(
            "{} Running / {} Waiting / {} Succeeded / {} Failed",
            count(PodPhase::Running),
            count(PodPhase::Pending),
            count(PodPhase::Succeeded),
            count(PodPhase::Failed)
        ),
    );
    if let Ok(template) = fields::read::<PodTemplateSpec>(spec["template"].clone()) {
        super::template::describe(&template, sheet);
    }
    sheet.field("Volume Claims", "<none>");
}

/// Which pods a quota is about.
fn scopes(quota: &Other, [indent, before]: [&str; 2], sheet: &mut Sheet) {
    let scopes = quota.fields.get("spec").and_then(|spec| spec["scopes"].as_array());
    let mut scopes: Vec<String> = scopes.into_iter().flatten().map(word).collect();
    if scopes.is_empty() {
        return;
    }
    scopes.order_by(Ord::cmp);
    sheet.line(format!("{indent}Scopes:\t{}", scopes.join(", ")));
    for scope in &scopes {
        let meant = match scope.as_str() {
            "Terminating" => {
                "have an active deadline. These pods have a limited lifespan on a node before being actively terminated by \
                 the system."
            }
            "NotTerminating" => {
                "do not have an active deadline. These pods usually include long running pods whose container command is \
                 not expected to terminate."
            }
            "BestEffort" => "do not have resource requirements set. These pods have a best effort quality of service.",
            "NotBestEffort" => {
                "have at least one resource requirement set. These pods have a burstable or guaranteed quality of service."
            }
            _ => continue,
        };
        sheet.line(format!("{before}* Matches all pods that {meant}"));
    }
}

/// What a quota limits, how much of it is used, how much there may be.
fn limits(quota: &Other, rule: &str, indent: &str, sheet: &mut Sheet) {
    sheet.line(format!("{indent}Resource\tUsed\tHard"));
    sheet.line(format!("{indent}{rule}"));
    let status = quota.fields.get("status");
    for (resource, hard) in status.and_then(|status| status["hard"].as_object()).into_iter().flatten() {
        let used = status.and_then(|status| status["used"].get(resource)).map_or("0".into(), word);
        sheet.line(format!("{indent}{resource}\t{used}\t{}", word(hard)));
    }
}

/// How many pods a budget lets go.
fn disruptions(budget: &Other, sheet: &mut Sheet) {
    sheet.field("Name", &budget.metadata.name);
    sheet.field("Namespace", &budget.metadata.namespace);
    let (spec, status) = (budget.fields.get("spec"), budget.fields.get("status"));
    for (field, title) in [("minAvailable", "Min available"), ("maxUnavailable", "Max unavailable")] {
        if let Some(amount) = spec.and_then(|spec| spec.get(field)) {
            sheet.field(title, word(amount));
        }
    }
    let selector = spec.and_then(|spec| fields::read::<LabelSelector>(spec["selector"].clone()).ok());
    sheet.field("Selector", selector.as_ref().map_or("<unset>".into(), selector::words_or_none));
    sheet.line("Status:");
    for (title, field) in [
        ("Allowed disruptions", "disruptionsAllowed"),
        ("Current", "currentHealthy"),
        ("Desired", "desiredHealthy"),
        ("Total", "expectedPods"),
    ] {
        let number = status.and_then(|status| status[field].as_i64()).unwrap_or(0);
        sheet.line(format!("    {title}:\t{number}"));
    }
}

/// What a namespace is doing, and what limits it.
fn namespace(object: &Object, sheet: &mut Sheet, reading: Reading<'_>) {
    sheet.field("Status", word(&object.to_value()["status"]["phase"]));
    let quotas: Vec<_> = reading.view.list_in(Kind::ResourceQuota, &object.metadata().name).collect();
    sheet.line(if quotas.is_empty() { "\nNo resource quota." } else { "\nResource Quotas" });
    for quota in quotas {
        if let Object::Other(quota) = quota {
            sheet.line(format!("  Name:\t{}", quota.metadata.name));
            scopes(&quota, ["  ", "  "], sheet);
            limits(&quota, "--------\t---\t---", "  ", sheet);
        }
    }
    sheet.line("\nNo LimitRange resource.");
}

/// The keys of a ConfigMap with their texts.
fn data(map: &Map<String, Value>, sheet: &mut Sheet) {
    sheet.line("\nData\n====");
    for (key, text) in map.get("data").and_then(Value::as_object).into_iter().flatten() {
        sheet.line(format!("{key}:\n----\n{}\n", word(text)));
    }
    sheet.line("\nBinaryData\n====");
    lengths(map.get("binaryData"), ' ', sheet);
    sheet.line("");
}

/// An object of which kubectl knows nothing, field by field.
fn anything(object: &Object, sheet: &mut Sheet, reading: Reading<'_>) {
    let metadata = object.metadata();
    sheet.head(metadata);
    sheet.labels("Labels", &metadata.labels);
    sheet.annotations("Annotations", &metadata.annotations);
    let mut value = sanitized(object, reading);
    if let Some(metadata) = value["metadata"].as_object_mut() {
        ["name", "namespace", "labels", "annotations"].into_iter().for_each(|key| drop(metadata.remove(key)));
    }
    fields_of(&value, "", sheet);
}

/// The fields of a value, each level two blanks further in.
fn fields_of(value: &Value, indent: &str, sheet: &mut Sheet) {
    let deeper = format!("{indent}  ");
    for (key, value) in value.as_object().into_iter().flatten() {
        let title = format!("{indent}{}", title(key));
        match value {
            Value::Object(_) => {
                sheet.line(format!("{title}:"));
                fields_of(value, &deeper, sheet);
            }
            Value::Array(items) => {
                sheet.line(format!("{title}:"));
                for item in items {
                    match item {
                        Value::Object(_) => fields_of(item, &deeper, sheet),
                        item => sheet.line(format!("{deeper}{}", word(item))),
                    }
                }
            }
            other => sheet.field(&title, word(other)),
        }
    }
}

/// `apiVersion` as words: `API Version`.
fn title(key: &str) -> String {
    let mut words: Vec<String> = Vec::new();
    let mut last_lower = false;
    for c in key.chars() {
        match words.last_mut() {
            Some(word) if !(c.is_uppercase() && last_lower) => word.push(c),
            _ => words.push(c.into()),
        }
        last_lower = c.is_lowercase();
    }
    let shown = |word: String| {
        let upper = word.to_uppercase();
        match ["API", "URL", "UID", "GUID"].contains(&upper.as_str()) {
            true => upper,
            false => upper.chars().take(1).chain(word.chars().skip(1)).collect(),
        }
    };
    words.into_iter().map(shown).collect::<Vec<_>>().join(" ")
}
