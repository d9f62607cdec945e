//! Kinds that are kept as written: ConfigMaps, Secrets, PriorityClasses, budgets and quotas (spec 01 §5.7).

use super::container::STANDARD_RESOURCES;
use super::field::{Errors, Path, inside, is_fraction, items, set, word};
use super::{meta, names, service};
use crate::api::{Kind, Other};
use crate::sim::{Set, from_base64};
use serde_json::{Map, Value};

const SPEC: Path<'static> = Path::new("spec");
/// All values of a ConfigMap or Secret together, in bytes.
const DATA_LIMIT: usize = 1024 * 1024;
/// Larger values are for the system's own classes.
const HIGHEST_USER_PRIORITY: i64 = 1_000_000_000;
/// The system's own classes.
const SYSTEM_CLASSES: [&str; 2] = ["system-cluster-critical", "system-node-critical"];
/// What a quota counts piece by piece.
const COUNTED: [&str; 9] = [
    "configmaps",
    "persistentvolumeclaims",
    "pods",
    "replicationcontrollers",
    "resourcequotas",
    "secrets",
    "services",
    "services.loadbalancers",
    "services.nodeports",
];
/// Which pods a quota may be about.
const SCOPES: [&str; 7] = [
    "BestEffort",
    "CrossNamespacePodAffinity",
    "NotBestEffort",
    "NotTerminating",
    "PriorityClass",
    "Terminating",
    "VolumeAttributesClass",
];

/// A new object, or one that was changed.
pub fn validate(errors: &mut Errors, other: &Other) {
    meta::validate_object_meta(errors, other.kind, &other.metadata);
    let spec = other.fields.get("spec").unwrap_or(&Value::Null);
    match other.kind {
        Kind::Service => service::validate(errors, spec),
        Kind::ConfigMap => validate_config_map(errors, &other.fields),
        Kind::Secret => {
            const ACCOUNT: &str = "kubernetes.io/service-account.name";
            validate_secret(errors, &other.fields);
            let of_account = other.fields.get("type").is_some_and(|kind| kind == "kubernetes.io/service-account-token");
            if of_account && other.metadata.annotations.get(ACCOUNT).is_none_or(|account| account.is_empty()) {
                let path = Path::new("metadata");
                errors.required(&path.child("annotations").key(ACCOUNT), "");
            }
        }
        Kind::PriorityClass => validate_class(errors, &other.metadata.name, &other.fields),
        Kind::PodDisruptionBudget => validate_budget(errors, spec),
        Kind::ResourceQuota => validate_quota(errors, spec),
        _ => {}
    }
}

/// An object that was changed, of which some parts are fixed.
pub fn validate_update(errors: &mut Errors, new: &Other, old: &Other) {
    let change = |field: &str| {
        let [after, before] = [new, old].map(|other| other.fields.get(field).unwrap_or(&Value::Null));
        (after != before).then_some((after, before))
    };
    let is_fixed = old.fields.get("immutable") == Some(&Value::Bool(true));
    let immutable = match new.kind {
        Kind::PriorityClass => {
            if change("value").is_some() {
                errors.forbidden(&Path::new("value"), "may not be changed in an update.");
            }
            "preemptionPolicy"
        }
        Kind::Secret => "type",
        _ => "",
    };
    if let Some((after, _)) = change(immutable) {
        errors.invalid(&Path::new(immutable), after, "field is immutable");
    }
    if is_fixed {
        for field in ["immutable", "data", "binaryData"].into_iter().filter(|field| change(field).is_some()) {
            errors.forbidden(&Path::new(field), "field is immutable when `immutable` is set");
        }
    }
    if let (Kind::Service, Some((after, before))) = (new.kind, change("spec")) {
        service::validate_update(errors, after, before);
    }
    match new.kind {
        // What a class may be is looked at when it is made.
        Kind::PriorityClass => meta::validate_object_meta(errors, new.kind, &new.metadata),
        _ => validate(errors, new),
    }
    if let (Kind::ResourceQuota, Some((after, before))) = (new.kind, change("spec")) {
        let scopes = |spec: &Value| -> Set<String> { items(spec, "scopes").iter().map(ToString::to_string).collect() };
        if scopes(after) != scopes(before) {
            errors.invalid(&SPEC.child("scopes"), &after["scopes"], "field is immutable");
        }
    }
}

fn values<'a>(fields: &'a Map<String, Value>, map: &str) -> impl Iterator<Item = (&'a str, &'a str)> {
    let entries = fields.get(map).and_then(Value::as_object).into_iter().flatten();
    entries.map(|(key, value)| (key.as_str(), value.as_str().unwrap_or_default()))
}

/// How many bytes a value in base64 stands for.
fn decoded(value: &str) -> usize {
    from_base64(value.as_bytes()).map_or(0, |bytes| bytes.len())
}

fn validate_config_map(errors: &mut Errors, fields: &Map<String, Value>) {
    let mut size = 0;
    for map in ["data", "binaryData"] {
        let path = Path::new(map);
        for (key, value) in values(fields, map) {
            errors.invalid_each(&path.key(key), key, names::config_key(key));
            if map == "data" && values(fields, "binaryData").any(|(same, _)| same == key) {
                errors.invalid(&path.key(key), key, "duplicate of key present in binaryData");
            }
            size += if map == "data" { value.len() } else { decoded(value) };
        }
    }
    if size > DATA_LIMIT {
        // That no field is meant is told this way.
        errors.too_long(&Path::new("[]"), DATA_LIMIT);
    }
}

fn validate_secret(errors: &mut Errors, fields: &Map<String, Value>) {
    let (path, mut size) = (Path::new("data"), 0);
    for (key, value) in values(fields, "data") {
        errors.invalid_each(&path.key(key), key, names::config_key(key));
        size += decoded(value);
    }
    if size > DATA_LIMIT {
        errors.too_long(&path, DATA_LIMIT);
    }
    let has = |wanted: &str| values(fields, "data").any(|(key, _)| key == wanted);
    let needed: &[&str] = match fields.get("type").and_then(Value::as_str).unwrap_or_default() {
        "kubernetes.io/tls" => &["tls.crt", "tls.key"],
        "kubernetes.io/ssh-auth" => &["ssh-privatekey"],
        "kubernetes.io/dockercfg" => &[".dockercfg"],
        "kubernetes.io/dockerconfigjson" => &[".dockerconfigjson"],
        // One of them is enough.
        "kubernetes.io/basic-auth" if !has("username") && !has("password") => &["username", "password"],
        _ => &[],
    };
    for key in needed.iter().filter(|key| !has(key)) {
        errors.required(&path.key(key), "");
    }
}

fn validate_class(errors: &mut Errors, name: &str, fields: &Map<String, Value>) {
    let value = fields.get("value").and_then(Value::as_i64).unwrap_or(0);
    if name.starts_with("system-") {
        if !SYSTEM_CLASSES.contains(&name) {
            let message = format!(
                "priority class names with 'system-' prefix are reserved for system use only. error: {name} is not a known \
                 system priority class"
            );
            errors.forbidden(&Path::new("metadata").child("name"), &message);
        }
    } else if value > HIGHEST_USER_PRIORITY {
        let message = format!("maximum allowed value of a user defined priority is {HIGHEST_USER_PRIORITY}");
        errors.forbidden(&Path::new("value"), &message);
    }
    if let Some(policy) = fields.get("preemptionPolicy").and_then(Value::as_str) {
        errors.one_of(&Path::new("preemptionPolicy"), policy, &["PreemptLowerPriority", "Never"]);
    }
}

fn validate_budget(errors: &mut Errors, spec: &Value) {
    let amounts = ["minAvailable", "maxUnavailable"].map(|field| (field, set(spec, field)));
    if amounts.iter().all(|(_, amount)| amount.is_some()) {
        let shown = inside("PodDisruptionBudget", &["spec"], spec);
        errors.invalid(&SPEC, shown, "minAvailable and maxUnavailable cannot be both set");
    }
    for (field, amount) in amounts {
        let (Some(amount), path) = (amount, SPEC.child(field)) else { continue };
        let Some(share) = amount.as_str() else {
            errors.non_negative(&path, amount.as_i64().unwrap_or(0));
            continue;
        };
        let wrong = names::percentage(share);
        if wrong.is_empty() && share.trim_end_matches('%').parse::<u32>().map_or(true, |share| share > 100) {
            errors.invalid(&path, share, "must not be greater than 100%");
        }
        errors.invalid_each(&path, share, wrong);
    }
    if let Some(selector) = set(spec, "selector") {
        meta::validate_written_selector(errors, &SPEC.child("selector"), selector);
    }
    errors.known_word(&SPEC, spec, "unhealthyPodEvictionPolicy", &["AlwaysAllow", "IfHealthyBudget"]);
}

fn validate_quota(errors: &mut Errors, spec: &Value) {
    let hard = SPEC.child("hard");
    for (name, amount) in set(spec, "hard").and_then(Value::as_object).into_iter().flatten() {
        let (path, amount) = (hard.key(name), amount.as_str().unwrap_or_default());
        let wrong = names::qualified_name(name);
        let known = name.contains('/') || STANDARD_RESOURCES.contains(&name.as_str()) && name != "storage";
        if wrong.is_empty() && !known && name != "storage" {
            errors.invalid(&path, name.as_str(), "must be a standard resource type or fully qualified");
        }
        errors.invalid_each(&path, name, wrong);
        if !known {
            errors.invalid(&path, name.as_str(), "must be a standard resource for quota");
        }
        if amount.starts_with('-') {
            errors.invalid(&path, amount, "must be greater than or equal to 0");
        }
        let is_piece = COUNTED.contains(&name.as_str()) || name.contains('/') && !name.contains("kubernetes.io/");
        if is_piece && is_fraction(amount) {
            errors.invalid(&path, amount, "must be an integer");
        }
    }
    let limited: Vec<&str> =
        set(spec, "hard").and_then(Value::as_object).into_iter().flatten().map(|(name, _)| name.as_str()).collect();
    let scopes: Vec<&str> = items(spec, "scopes").iter().filter_map(Value::as_str).collect();
    validate_scopes(errors, &SPEC.child("scopes"), &spec["scopes"], &scopes, &limited);
    let Some(selector) = set(spec, "scopeSelector") else { return };
    let path = SPEC.child("scopeSelector");
    let path = path.child("matchExpressions");
    let terms = items(selector, "matchExpressions");
    for term in terms {
        validate_scope_term(errors, &path, term);
    }
    let scopes: Vec<&str> = terms.iter().map(|term| word(term, "scopeName")).collect();
    let fits = |scope: &&str| limited.iter().all(|name| fits_scope(scope, name));
    if !scopes.iter().filter(|scope| SCOPES.contains(scope)).all(fits) {
        errors.invalid(&path, selector, "unsupported scope applied to resource");
    }
    if are_at_odds(&scopes) {
        errors.invalid(&path, &spec["scopes"], "conflicting scopes");
    }
}

fn validate_scopes(errors: &mut Errors, path: &Path<'_>, shown: &Value, scopes: &[&str], limited: &[&str]) {
    for scope in scopes {
        if !SCOPES.contains(scope) {
            errors.invalid(path, shown, "unsupported scope");
        }
        for _ in limited.iter().filter(|name| !fits_scope(scope, name)) {
            errors.invalid(path, shown, "unsupported scope applied to resource");
        }
    }
    if are_at_odds(scopes) {
        errors.invalid(path, shown, "conflicting scopes");
    }
}

/// Whether a quota of a scope can limit a resource.
fn fits_scope(scope: &str, name: &str) -> bool {
    const COMPUTED: [&str; 6] = ["cpu", "limits.cpu", "limits.memory", "memory", "requests.cpu", "requests.memory"];
    let is_own = name.contains('/') || !STANDARD_RESOURCES.contains(&name);
    match scope {
        _ if is_own || name == "pods" => true,
        "BestEffort" => false,
        "Terminating" | "NotTerminating" | "NotBestEffort" | "PriorityClass" | "CrossNamespacePodAffinity" => {
            COMPUTED.contains(&name)
        }
        _ => true,
    }
}

/// Whether no pod can be in all of these scopes.
fn are_at_odds(scopes: &[&str]) -> bool {
    [["BestEffort", "NotBestEffort"], ["Terminating", "NotTerminating"]]
        .iter()
        .any(|pair| pair.iter().all(|scope| scopes.contains(scope)))
}

fn validate_scope_term(errors: &mut Errors, path: &Path<'_>, term: &Value) {
    let (scope, operator) = (word(term, "scopeName"), word(term, "operator"));
    if !SCOPES.contains(&scope) {
        errors.invalid(&path.child("scopeName"), scope, "unsupported scope");
    }
    let by_existence = ["BestEffort", "NotBestEffort", "Terminating", "NotTerminating", "CrossNamespacePodAffinity"];
    if by_existence.contains(&scope) && operator != "Exists" {
        let scopes = by_existence.map(|scope| format!("ResourceQuotaScope{scope}"));
        let [best, not_best, ending, not_ending, affinity] = scopes;
        let message =
            format!("must be 'Exist' when scope is any of {ending}, {not_ending}, {best}, {not_best} or {affinity}");
        errors.invalid(&path.child("operator"), operator, message);
    }
    let values = items(term, "values");
    match operator {
        "In" | "NotIn" if values.is_empty() => {
            let message = "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector";
            errors.required(&path.child("values"), message);
        }
        "In" | "NotIn" => {}
        "Exists" | "DoesNotExist" if values.is_empty() => {}
        "Exists" | "DoesNotExist" => {
            let message = "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector";
            errors.invalid(&path.child("values"), &term["values"], message);
        }
        other => errors.invalid(&path.child("operator"), other, "not a valid selector operator"),
    }
}
