//! Names, labels, annotations, owners, finalizers, selectors: what all objects have (spec 01 §5.1, §6.6).

use super::field::{Errors, Path, inside_job};
use super::names::{self, Messages};
use crate::api::fields::{self, Field};
use crate::api::{Kind, LabelSelector, ObjectMeta, Strings, Uid};
use crate::sim::Order;
use serde_json::Value;

const METADATA: Path<'static> = Path::new("metadata");
/// Keys and values of all annotations together, in bytes.
pub const ANNOTATIONS_LIMIT: usize = 256 * 1024;
/// Finalizers that need no domain before their name.
const STANDARD_FINALIZERS: [&str; 3] = ["foregroundDeletion", "kubernetes", "orphan"];

/// What may be a name of this kind.
fn name_rule(kind: Kind) -> fn(&str) -> Messages {
    match kind {
        Kind::Namespace | Kind::Service => names::dns_label,
        _ => names::dns_subdomain,
    }
}

/// Metadata of a new object, or of one that was changed.
pub fn validate_object_meta(errors: &mut Errors, kind: Kind, metadata: &ObjectMeta) {
    validate_names(errors, kind, metadata);
    errors.non_negative(&METADATA.child("generation"), metadata.generation);
    validate_labels(errors, &METADATA.child("labels"), &metadata.labels);
    validate_annotations(errors, &METADATA.child("annotations"), &metadata.annotations);
    validate_bonds(errors, metadata);
}

/// The same, where that of an object much like it was found valid: only what differs is looked at.
pub fn validate_like(errors: &mut Errors, kind: Kind, metadata: &ObjectMeta, valid: &ObjectMeta) {
    validate_names(errors, kind, metadata);
    let labels = METADATA.child("labels");
    if same_keys(&metadata.labels, &valid.labels) {
        let values = metadata.labels.values().zip(valid.labels.values());
        for (value, _) in values.filter(|(value, valid)| value != valid) {
            errors.invalid_each(&labels, value, names::label_value(value));
        }
    } else {
        validate_labels(errors, &labels, &metadata.labels);
    }
    let annotations = METADATA.child("annotations");
    if !same_keys(&metadata.annotations, &valid.annotations) {
        metadata.annotations.keys().for_each(|key| validate_annotation_key(errors, &annotations, key));
    }
    validate_annotations_size(errors, &annotations, &metadata.annotations);
    if metadata.finalizers != valid.finalizers || metadata.owner_references != valid.owner_references {
        validate_bonds(errors, metadata);
    }
}

fn same_keys(some: &Strings, others: &Strings) -> bool {
    some.len() == others.len() && some.keys().eq(others.keys())
}

fn validate_names(errors: &mut Errors, kind: Kind, metadata: &ObjectMeta) {
    let rule = name_rule(kind);
    let (name, prefix) = (&metadata.name, &metadata.generate_name);
    let wrong = if name.is_empty() { Messages::new() } else { rule(name) };
    // What a right name begins with is right as well, unless it ends where no name may.
    let follows = prefix.ends_with(|last: char| last == '-' || last.is_ascii_alphanumeric())
        && wrong.is_empty()
        && name.starts_with(prefix.as_str());
    if !prefix.is_empty() && !follows {
        errors.invalid_each(&METADATA.child("generateName"), prefix, rule(&without_trailing_dash(prefix)));
    }
    if name.is_empty() {
        errors.required(&METADATA.child("name"), "name or generateName is required");
    } else {
        errors.invalid_each(&METADATA.child("name"), name, wrong);
    }
    match (kind.resource().namespaced, metadata.namespace.is_empty()) {
        (true, true) => errors.required(&METADATA.child("namespace"), ""),
        (true, false) => {
            let messages = names::dns_label(&metadata.namespace);
            errors.invalid_each(&METADATA.child("namespace"), &metadata.namespace, messages);
        }
        (false, true) => {}
        (false, false) => errors.forbidden(&METADATA.child("namespace"), "not allowed on this type"),
    }
}

/// To whom an object belongs, and who holds it.
fn validate_bonds(errors: &mut Errors, metadata: &ObjectMeta) {
    let path = METADATA.child("ownerReferences");
    let mut controller: Option<String> = None;
    for owner in metadata.owner_references.iter() {
        for (field, value, message) in [
            ("apiVersion", &owner.api_version, "version must not be empty"),
            ("kind", &owner.kind, "must not be empty"),
            ("name", &owner.name, "must not be empty"),
        ] {
            if value.is_empty() || field == "apiVersion" && !has_version(value) {
                errors.invalid(&path.child(field), value, message);
            }
        }
        if owner.uid == Uid::default() {
            errors.invalid(&path.child("uid"), "", "must not be empty");
        }
        if owner.kind == "Event" && owner.api_version == "v1" {
            let shown = inside_job(&["metadata", "ownerReferences"], &owner.write());
            errors.invalid(&path, shown, "/v1, Kind=Event is disallowed from being an owner");
        }
        if owner.controller == Some(true) {
            let name = format!("{}/{}", owner.kind, owner.name);
            if let Some(first) = &controller {
                let message = format!(
                    "Only one reference can have Controller set to true. Found \"true\" in references for {first} and {name}"
                );
                let shown = inside_job(&["metadata", "ownerReferences"], &metadata.owner_references.write());
                errors.invalid(&path, shown, message);
            }
            controller.get_or_insert(name);
        }
    }
    for finalizer in metadata.finalizers.iter() {
        errors.invalid_each(&METADATA.child("finalizers"), finalizer, names::qualified_name(finalizer));
    }
    let held_by = |name: &str| metadata.finalizers.iter().any(|finalizer| *finalizer == name);
    if held_by("orphan") && held_by("foregroundDeletion") {
        let message = "finalizer orphan and foregroundDeletion cannot be both set";
        errors.invalid(&METADATA.child("finalizers"), metadata.finalizers.write(), message);
    }
    for (i, finalizer) in metadata.finalizers.iter().enumerate() {
        if !finalizer.contains('/') && !STANDARD_FINALIZERS.contains(&finalizer.as_str()) {
            let message = "name is neither a standard finalizer name nor is it fully qualified";
            errors.invalid(&METADATA.child("finalizers").index(i), finalizer, message);
        }
    }
}

/// Whether `v1` or `batch/v1` can be read as one.
fn has_version(api_version: &str) -> bool {
    match api_version.split_once('/') {
        None => true,
        Some((_, version)) => !version.is_empty() && !version.contains('/'),
    }
}

/// A prefix may end in a dash, since something follows it.
fn without_trailing_dash(prefix: &str) -> String {
    match prefix.strip_suffix('-') {
        Some(rest) if !rest.is_empty() => {
            [&rest[..rest.len() - rest.chars().last().map_or(0, char::len_utf8)], "a"].concat()
        }
        _ => prefix.to_owned(),
    }
}

/// What may not change about an object, and who may not be added to one that is going.
pub fn validate_meta_update(
    errors: &mut Errors,
    kind: Kind,
    new: &std::rc::Rc<ObjectMeta>,
    old: &std::rc::Rc<ObjectMeta>,
) {
    if std::rc::Rc::ptr_eq(new, old) {
        return;
    }
    if old.is_deleting() {
        let mut added: Vec<_> = new.finalizers.iter().filter(|finalizer| !old.finalizers.contains(finalizer)).collect();
        added.order_by(Ord::cmp);
        added.dedup();
        if !added.is_empty() {
            let added: Vec<_> = added.into_iter().map(|finalizer| super::field::quoted(finalizer)).collect();
            let message = format!(
                "no new finalizers can be added if the object is being deleted, found new finalizers []string{{{}}}",
                added.join(", ")
            );
            errors.forbidden(&METADATA.child("finalizers"), &message);
        }
    }
    if new.deletion_timestamp != old.deletion_timestamp {
        let path = METADATA.child("deletionTimestamp");
        errors.invalid(&path, new.deletion_timestamp.write(), "field is immutable");
    }
    if let Some(seconds) = new
        .deletion_grace_period_seconds
        .filter(|_| new.deletion_grace_period_seconds != old.deletion_grace_period_seconds)
    {
        errors.invalid(&METADATA.child("deletionGracePeriodSeconds"), seconds, "field is immutable");
    }
    let same_labels = std::rc::Rc::ptr_eq(&new.labels, &old.labels) || new.labels == old.labels;
    let same_annotations =
        std::rc::Rc::ptr_eq(&new.annotations, &old.annotations) || new.annotations == old.annotations;
    if !(same_labels
        && same_annotations
        && new.finalizers == old.finalizers
        && new.owner_references == old.owner_references)
    {
        validate_object_meta(errors, kind, new);
    }
}

/// Labels of an object, of a template, or a node selector.
pub fn validate_labels(errors: &mut Errors, path: &Path<'_>, labels: &Strings) {
    for (key, value) in labels {
        validate_label(errors, path, key, value);
    }
}

fn validate_label(errors: &mut Errors, path: &Path<'_>, key: &str, value: &str) {
    validate_label_key(errors, path, key);
    errors.invalid_each(path, value, names::label_value(value));
}

/// The key of a label.
pub fn validate_label_key(errors: &mut Errors, path: &Path<'_>, key: &str) {
    errors.invalid_each(path, key, names::qualified_name(key));
}

/// Annotations of an object or a template.
pub fn validate_annotations(errors: &mut Errors, path: &Path<'_>, annotations: &Strings) {
    for key in annotations.keys() {
        validate_annotation_key(errors, path, key);
    }
    validate_annotations_size(errors, path, annotations);
}

fn validate_annotation_key(errors: &mut Errors, path: &Path<'_>, key: &str) {
    // Upper case is allowed in annotations' domains.
    let has_upper = key.bytes().any(|byte| !matches!(byte, b'a'..=b'z' | b'-'..=b'9'));
    let messages = if has_upper { names::qualified_name(&key.to_lowercase()) } else { names::qualified_name(key) };
    errors.invalid_each(path, key, messages);
}

fn validate_annotations_size(errors: &mut Errors, path: &Path<'_>, annotations: &Strings) {
    if annotations_size(annotations) > ANNOTATIONS_LIMIT {
        errors.too_long(path, ANNOTATIONS_LIMIT);
    }
}

/// How many bytes annotations take, keys included.
pub fn annotations_size(annotations: &Strings) -> usize {
    annotations.iter().map(|(key, value)| key.len() + value.len()).sum()
}

/// A label selector as the API's types hold it.
pub fn validate_selector(errors: &mut Errors, path: &Path<'_>, selector: &LabelSelector) {
    validate_labels(errors, &path.child("matchLabels"), &selector.match_labels);
    let expressions = path.child("matchExpressions");
    for (i, requirement) in selector.match_expressions.iter().enumerate() {
        let path = expressions.index(i);
        match requirement.operator.as_str() {
            "In" | "NotIn" if requirement.values.is_empty() => {
                errors.required(&path.child("values"), "must be specified when `operator` is 'In' or 'NotIn'");
            }
            "Exists" | "DoesNotExist" if !requirement.values.is_empty() => {
                let message = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
                errors.forbidden(&path.child("values"), message);
            }
            "In" | "NotIn" | "Exists" | "DoesNotExist" => {}
            unknown => errors.invalid(&path.child("operator"), unknown, "not a valid selector operator"),
        }
        validate_label_key(errors, &path.child("key"), &requirement.key);
        for (j, value) in requirement.values.iter().enumerate() {
            errors.invalid_each(&path.child("values").index(j), value, names::label_value(value));
        }
    }
}

/// Whether a selector selects what has these labels; nothing if the selector is none that could be read.
pub fn selects(selector: &LabelSelector, labels: &Strings) -> Option<bool> {
    let mut errors = Errors::default();
    validate_selector(&mut errors, &METADATA, selector);
    (errors.len() == 0).then(|| selector.matches(labels))
}

/// A label selector that is kept as written.
pub fn validate_written_selector(errors: &mut Errors, path: &Path<'_>, selector: &Value) {
    if let Ok(Some(selector)) = fields::read::<Option<LabelSelector>>(selector.clone()) {
        validate_selector(errors, path, &selector);
    }
}
