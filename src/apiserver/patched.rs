//! A patch becomes an object again: applied, decoded, stripped of what does not exist (spec 05 §6, spec 01 §7).

use super::{Patch, PatchType, Validate};
use crate::api::patch::{self, PatchError};
use crate::api::schema::{self, envelope, go};
use crate::api::validation::quoted;
use crate::api::yaml::print;
use crate::api::{ApiError, FieldError, Object, ObjectMeta, Reason};
use serde_json::Value;

/// An object with a patch applied, and the warnings about fields that its kind does not have.
pub type Patched = (Object, Vec<String>);

/// Applies a patch.
pub fn patched(old: &Object, patch: &Patch) -> Result<Patched, ApiError> {
    let (kind, before) = (old.kind(), old.to_value());
    let name = kind.resource().name;
    let applied = match patch.kind {
        PatchType::Strategic => patch::strategic(name, &before, &patch.value),
        PatchType::Merge => patch::merge(&before, &patch.value),
        PatchType::Json => patch::json(&before, &patch.value),
    };
    let after = applied.map_err(refusal)?;
    let (checked, shown) = match patch.kind {
        // What kind of object it is stands firm there, whatever the patch says.
        PatchType::Strategic => (schema::check_patched(name, &after), go::format_v(&patch.value)),
        _ => {
            let shown = print::json_compact(&after);
            match another_kind(&before, &after) {
                Some(why) => return Err(undecodable(&shown, &why)),
                None => (schema::check(name, &after), shown),
            }
        }
    };
    let mut unknown = checked.map_err(|problem| undecodable(&shown, &problem.text))?;
    match patch.validate {
        Validate::Strict if !unknown.is_empty() => {
            return Err(undecodable(&shown, &envelope::strict_decoding_error(&unknown)));
        }
        Validate::Ignore => unknown.clear(),
        _ => {}
    }
    let written = |field: &str| after["metadata"][field].as_str().unwrap_or_default().to_owned();
    let (uid, revision) = (written("uid"), written("resourceVersion"));
    let new = Object::from_value(kind, schema::settled(name, after))
        .map_err(|error| undecodable(&shown, &error.to_string()))?;
    check_place(new.metadata(), old.metadata()).map_err(|why| ApiError::new(Reason::BadRequest, why))?;
    if !revision.is_empty() && revision.parse::<u64>().is_err() {
        let revision = quoted(&revision);
        let why = format!("strconv.ParseUint: parsing {revision}: invalid syntax");
        return Err(ApiError::new(Reason::Unknown, why));
    }
    if !uid.is_empty() && before["metadata"]["uid"] != uid {
        let body = format!("Invalid value: {}: field is immutable", quoted(&uid));
        return Err(ApiError::invalid(&old.key(), vec![FieldError { path: "metadata.uid".into(), body }]));
    }
    let mut warnings = match (patch.kind, patch.validate) {
        (PatchType::Json, Validate::Warn | Validate::Strict) => patch::unknown_members(&patch.value),
        _ => Vec::new(),
    };
    warnings.extend(unknown.into_iter().map(|problem| problem.text));
    Ok((new, warnings))
}

/// Why a patched object cannot be decoded, if it says that it is of another kind.
fn another_kind(before: &Value, after: &Value) -> Option<String> {
    let same = ["kind", "apiVersion"].iter().all(|field| before[field] == after[field]);
    let word = |field: &str| quoted(after[field].as_str().unwrap_or_default());
    (!same).then(|| {
        let (kind, version) = (word("kind"), word("apiVersion"));
        format!("no kind {kind} is registered for version {version} in scheme \"pkg/api/legacyscheme/scheme.go:30\"")
    })
}

/// A patched object stays where it is.
fn check_place(new: &ObjectMeta, old: &ObjectMeta) -> Result<(), String> {
    let (name, found) = (&old.name, &new.name);
    if found.is_empty() {
        return Err(format!("the name of the object ({name} based on URL) was undeterminable: name must be provided"));
    }
    if found != name {
        return Err(format!("the name of the object ({found}) does not match the name on the URL ({name})"));
    }
    let (namespace, found) = (&old.namespace, &new.namespace);
    if !namespace.is_empty() && !found.is_empty() && found != namespace {
        let message =
            format!("the namespace of the object ({found}) does not match the namespace on the request ({namespace})");
        return Err(message);
    }
    Ok(())
}

fn refusal(error: PatchError) -> ApiError {
    match error {
        PatchError::BadRequest(message) => ApiError::new(Reason::BadRequest, message),
        PatchError::Invalid(_) => {
            ApiError::new(Reason::Invalid, "the server rejected our request due to an error in our request")
        }
        PatchError::Other(message) => ApiError::new(Reason::Unknown, message),
    }
}

/// The patch makes something that is no object of its kind.
fn undecodable(shown: &str, why: &str) -> ApiError {
    let cause = FieldError { path: "patch".into(), body: format!("Invalid value: {}: {why}", quoted(shown)) };
    ApiError { causes: vec![cause.clone()], ..ApiError::new(Reason::Invalid, format!(" \"\" is invalid: {cause}")) }
}
