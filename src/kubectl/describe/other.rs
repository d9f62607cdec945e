//! Descriptions of the types that play no part in a Job's life: what they have, field by field.

use super::Sheet;
use crate::api::{Kind, LabelSelector, Object, Other, fields};
use crate::kubectl::invocation::Reading;
use crate::kubectl::jsonpath::word;
use serde_json::{Map, Value};

/// Everything but the events.
pub fn describe(object: &Object, sheet: &mut Sheet, reading: Reading<'_>) {
    let metadata = object.metadata();
    if let Object::Other(quota) = object
        && quota.kind == Kind::ResourceQuota
    {
        sheet.field("Name", &metadata.name);
        sheet.field("Namespace", &metadata.namespace);
        return limits(quota, "--------\t----\t----", "", sheet);
    }
    if let Object::Other(budget) = object
        && budget.kind == Kind::PodDisruptionBudget
    {
        return disruptions(budget, sheet);
    }
    sheet.field("Name", &metadata.name);
    if object.kind().resource().namespaced {
        sheet.field("Namespace", &metadata.namespace);
    }
    sheet.labels("Labels", &metadata.labels);
    sheet.annotations("Annotations", &metadata.annotations);
    if object.kind() == Kind::Namespace {
        return namespace(object, sheet, reading);
    }
    let value = object.to_value();
    let Value::Object(map) = &value else { return };
    if object.kind() == Kind::ConfigMap {
        return data(map, sheet);
    }
    for (key, value) in map {
        if !["apiVersion", "kind", "metadata"].contains(&key.as_str()) {
            field(key, value, "", sheet);
        }
    }
}

/// What a quota limits, how much of it is used, how much there may be.
fn limits(quota: &Other, rule: &str, indent: &str, sheet: &mut Sheet) {
    sheet.line(format!("{indent}Resource\tUsed\tHard"));
    sheet.line(format!("{indent}{rule}"));
    let status = quota.fields.get("status");
    for (resource, hard) in status.and_then(|status| status["hard"].as_object()).into_iter().flatten() {
        let used = status.map_or("0".into(), |status| word(&status["used"][resource]));
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
    sheet.field("Selector", selector.as_ref().map_or("<unset>".into(), super::selector_words));
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
    sheet.line("\nBinaryData\n====\n");
}

/// A field and what is in it, each level two blanks further in.
fn field(key: &str, value: &Value, indent: &str, sheet: &mut Sheet) {
    let title = format!("{indent}{}", title(key));
    let deeper = format!("{indent}  ");
    match value {
        Value::Object(map) if !map.is_empty() => {
            sheet.line(format!("{title}:"));
            map.iter().for_each(|(key, value)| field(key, value, &deeper, sheet));
        }
        Value::Array(items) if items.iter().any(Value::is_object) => {
            sheet.line(format!("{title}:"));
            for item in items.iter().filter_map(Value::as_object) {
                item.iter().for_each(|(key, value)| field(key, value, &deeper, sheet));
            }
        }
        Value::Array(items) => {
            sheet.line(format!("{title}:"));
            items.iter().for_each(|item| sheet.line(format!("{deeper}{}", word(item))));
        }
        Value::Object(_) | Value::Null => {}
        other => sheet.field(&title, word(other)),
    }
}

/// `clusterIP` as words: `Cluster IP`.
fn title(key: &str) -> String {
    let mut words = String::new();
    let mut last_lower = false;
    for (i, c) in key.chars().enumerate() {
        if c.is_uppercase() && last_lower {
            words.push(' ');
        }
        last_lower = c.is_lowercase();
        words.extend(if i == 0 { c.to_uppercase().next() } else { Some(c) });
    }
    words
}
