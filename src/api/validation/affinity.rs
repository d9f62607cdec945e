//! Where pods want to be and not to be; these fields are kept as written (spec 01 §5.5).

use super::container::validate_key;
use super::field::{Errors, Path, items, set, word};
use super::{meta, names};
use crate::sim::Set;
use serde_json::Value;

/// Node affinity, pod affinity and pod anti-affinity.
pub fn validate_affinity(errors: &mut Errors, path: &Path<'_>, affinity: &Value) {
    if let Some(nodes) = set(affinity, "nodeAffinity") {
        let path = path.child("nodeAffinity");
        if let Some(required) = set(nodes, "requiredDuringSchedulingIgnoredDuringExecution") {
            let path = path.child("requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms");
            let terms = items(required, "nodeSelectorTerms");
            if terms.is_empty() {
                errors.required(&path, "must have at least one node selector term");
            }
            for (i, term) in terms.iter().enumerate() {
                validate_node_term(errors, &path.index(i), term, true);
            }
        }
        let path = path.child("preferredDuringSchedulingIgnoredDuringExecution");
        for (i, term) in items(nodes, "preferredDuringSchedulingIgnoredDuringExecution").iter().enumerate() {
            let path = path.index(i);
            validate_weight(errors, &path, term);
            // A wish that no node can fulfil does no harm.
            validate_node_term(errors, &path.child("preference"), &term["preference"], false);
        }
    }
    for kind in ["podAffinity", "podAntiAffinity"] {
        let (Some(pods), path) = (set(affinity, kind), path.child(kind)) else { continue };
        let required = path.child("requiredDuringSchedulingIgnoredDuringExecution");
        for (i, term) in items(pods, "requiredDuringSchedulingIgnoredDuringExecution").iter().enumerate() {
            validate_pod_term(errors, &required.index(i), term);
        }
        let preferred = path.child("preferredDuringSchedulingIgnoredDuringExecution");
        for (i, term) in items(pods, "preferredDuringSchedulingIgnoredDuringExecution").iter().enumerate() {
            let path = preferred.index(i);
            validate_weight(errors, &path, term);
            validate_pod_term(errors, &path.child("podAffinityTerm"), &term["podAffinityTerm"]);
        }
    }
}

fn validate_weight(errors: &mut Errors, path: &Path<'_>, term: &Value) {
    let weight = term["weight"].as_i64().unwrap_or(0);
    if !(1..=100).contains(&weight) {
        errors.invalid(&path.child("weight"), weight, "must be in the range 1-100");
    }
}

fn validate_node_term(errors: &mut Errors, path: &Path<'_>, term: &Value, strict: bool) {
    let expressions = path.child("matchExpressions");
    for (i, requirement) in items(term, "matchExpressions").iter().enumerate() {
        let (path, values) = (expressions.index(i), items(requirement, "values"));
        match requirement["operator"].as_str().unwrap_or_default() {
            "In" | "NotIn" if values.is_empty() => {
                errors.required(&path.child("values"), "must be specified when `operator` is 'In' or 'NotIn'");
            }
            "Exists" | "DoesNotExist" if !values.is_empty() => {
                let message = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
                errors.forbidden(&path.child("values"), message);
            }
            "Gt" | "Lt" if values.len() != 1 => {
                let message = "must be specified single value when `operator` is 'Lt' or 'Gt'";
                errors.required(&path.child("values"), message);
            }
            "In" | "NotIn" | "Exists" | "DoesNotExist" | "Gt" | "Lt" => {}
            unknown => errors.invalid(&path.child("operator"), unknown, "not a valid selector operator"),
        }
        validate_key(errors, &path.child("key"), &requirement["key"]);
        for (j, value) in values.iter().filter_map(Value::as_str).enumerate().filter(|_| strict) {
            errors.invalid_each(&path.child("values").index(j), value, names::label_value(value));
        }
    }
    let fields = path.child("matchFields");
    for (i, requirement) in items(term, "matchFields").iter().enumerate() {
        let path = fields.index(i);
        match requirement["operator"].as_str().unwrap_or_default() {
            "In" | "NotIn" if items(requirement, "values").len() != 1 => {
                let message = "must be only one value when `operator` is 'In' or 'NotIn' for node field selector";
                errors.required(&path.child("values"), message);
            }
            "In" | "NotIn" => {}
            unknown => errors.invalid(&path.child("operator"), unknown, "not a valid selector operator"),
        }
        match word(requirement, "key") {
            "metadata.name" => {
                for (j, name) in items(requirement, "values").iter().filter_map(Value::as_str).enumerate() {
                    errors.invalid_each(&path.child("values").index(j), name, names::dns_subdomain(name));
                }
            }
            key => errors.invalid(&path.child("key"), key, "not a valid field selector key"),
        }
    }
}

fn validate_pod_term(errors: &mut Errors, path: &Path<'_>, term: &Value) {
    if let Some(selector) = set(term, "labelSelector") {
        meta::validate_written_selector(errors, &path.child("labelSelector"), selector);
    }
    if let Some(selector) = set(term, "namespaceSelector") {
        meta::validate_written_selector(errors, &path.child("namespaceSelector"), selector);
    }
    for namespace in items(term, "namespaces").iter().filter_map(Value::as_str) {
        errors.invalid_each(&path.child("namespace"), namespace, names::dns_label(namespace));
    }
    validate_match_keys(errors, path, term);
    let key = word(term, "topologyKey");
    if key.is_empty() {
        errors.required(&path.child("topologyKey"), "can not be empty");
    }
    meta::validate_label_key(errors, &path.child("topologyKey"), key);
}

/// Keys of the pod's own labels, whose values the neighbours must or must not have. In a pod the selector has been given
/// them already, so that a key that the selector names by itself is there twice.
fn validate_match_keys(errors: &mut Errors, path: &Path<'_>, term: &Value) {
    let selector = set(term, "labelSelector");
    for field in ["matchLabelKeys", "mismatchLabelKeys"] {
        let (path, keys) = (path.child(field), items(term, field));
        if selector.is_none() && !keys.is_empty() {
            errors.forbidden(&path, NO_SELECTOR);
        }
        for (i, key) in keys.iter().filter_map(Value::as_str).enumerate().filter(|_| selector.is_some()) {
            meta::validate_label_key(errors, &path.index(i), key);
        }
    }
    let (wanted, unwanted) = (items(term, "matchLabelKeys"), items(term, "mismatchLabelKeys"));
    if let Some(selector) = selector {
        let labels = selector["matchLabels"].as_object().into_iter().flatten();
        let mut selected: Set<&str> = labels.map(|(key, _)| key.as_str()).collect();
        for key in items(selector, "matchExpressions").iter().map(|requirement| word(requirement, "key")) {
            let place = wanted.iter().rposition(|wanted| wanted == key);
            if let Some(i) = place.filter(|_| selected.contains(key)) {
                // The field's name is missing: the API server's own slip.
                errors.invalid(&path.index(i), key, "exists in both matchLabelKeys and labelSelector");
            }
            selected.insert(key);
        }
    }
    for (i, key) in wanted.iter().enumerate().filter(|(_, key)| unwanted.contains(key)) {
        let message = "exists in both matchLabelKeys and mismatchLabelKeys";
        errors.invalid(&path.child("matchLabelKeys").index(i), key, message);
    }
}

const NO_SELECTOR: &str = "must not be specified when labelSelector is not set";

/// How evenly pods are spread.
pub fn validate_spread(errors: &mut Errors, path: &Path<'_>, constraints: &[Value]) {
    for (i, constraint) in constraints.iter().enumerate() {
        let path = path.index(i);
        let skew = constraint["maxSkew"].as_i64().unwrap_or(0);
        if skew <= 0 {
            errors.invalid(&path.child("maxSkew"), skew, "must be greater than zero");
        }
        let (key, when) = (word(constraint, "topologyKey"), word(constraint, "whenUnsatisfiable"));
        if key.is_empty() {
            errors.required(&path.child("topologyKey"), "can not be empty");
        }
        if !["DoNotSchedule", "ScheduleAnyway"].contains(&when) {
            errors.unsupported(&path.child("whenUnsatisfiable"), when, &["DoNotSchedule", "ScheduleAnyway"]);
        }
        let same = |other: &Value| word(other, "topologyKey") == key && word(other, "whenUnsatisfiable") == when;
        if constraints[i + 1..].iter().any(same) {
            let pair = format!("{{{key}, {when}}}");
            errors.duplicate(&path.child("{topologyKey, whenUnsatisfiable}"), pair.as_str());
        }
        if let Some(domains) = constraint["minDomains"].as_i64() {
            if domains <= 0 {
                errors.invalid(&path.child("minDomains"), domains, "must be greater than zero");
            }
            if when != "DoNotSchedule" {
                let message = format!("can only use minDomains if whenUnsatisfiable=DoNotSchedule, not {when}");
                errors.invalid(&path.child("minDomains"), domains, message);
            }
        }
        errors.known_word(&path, constraint, "nodeAffinityPolicy", &["Honor", "Ignore"]);
        errors.known_word(&path, constraint, "nodeTaintsPolicy", &["Honor", "Ignore"]);
        validate_match_keys(errors, &path, constraint);
        if let Some(selector) = set(constraint, "labelSelector") {
            meta::validate_written_selector(errors, &path.child("labelSelector"), selector);
        }
    }
}
