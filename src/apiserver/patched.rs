//! A patch becomes an object again: applied, decoded, stripped of what does not exist (spec 05 §6, spec 01 §7).

use super::{Patch, PatchType, Validate};
use crate::api::patch::{self, PatchError};
use crate::api::schema::{self, envelope, go};
use crate::api::yaml::print;
use crate::api::{ApiError, FieldError, Object, Reason};

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
        PatchType::Strategic => (schema::check_patched(name, &after), go::format_v(&patch.value)),
        _ => (schema::check(name, &after), print::json_compact(&after)),
    };
    let mut unknown = checked.map_err(|problem| undecodable(&shown, &problem.text))?;
    match patch.validate {
        Validate::Strict if !unknown.is_empty() => {
            return Err(undecodable(&shown, &envelope::strict_decoding_error(&unknown)));
        }
        Validate::Ignore => unknown.clear(),
        _ => {}
    }
    let new = Object::from_value(kind, schema::settled(name, after))
        .map_err(|error| undecodable(&shown, &error.to_string()))?;
    for (field, new, old) in [
        ("name", &new.metadata().name, &old.metadata().name),
        ("namespace", &new.metadata().namespace, &old.metadata().namespace),
    ] {
        if new != old {
            let message = format!("the {field} of the object ({new}) does not match the {field} on the URL ({old})");
            return Err(ApiError::new(Reason::BadRequest, message));
        }
    }
    Ok((new, unknown.into_iter().map(|problem| problem.text).collect()))
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
    let cause = FieldError {
        path: "patch".into(),
        body: format!("Invalid value: {}: {why}", crate::api::validation::quoted(shown)),
    };
    ApiError { causes: vec![cause.clone()], ..ApiError::new(Reason::Invalid, format!(" \"\" is invalid: {cause}")) }
}
