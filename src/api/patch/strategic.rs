//! Strategic merge patches: merge patches that know which lists are really maps.
//!
//! What a learner sees: patching `containers: [{name: main, image: new}]` changes one container and leaves the others,
//! where a merge patch would leave only that one. The table in `schema` says which key tells the items of a list apart.

use super::PatchError;
use crate::api::schema::{Merge, Type, go};
use crate::sim::Order;
use serde_json::{Map, Value};

/// The directive that deletes or replaces what it stands in.
pub(super) const DIRECTIVE: &str = "$patch";
pub(super) const RETAIN_KEYS: &str = "$retainKeys";
pub(super) const SET_ORDER: &str = "$setElementOrder/";
pub(super) const DELETE_WORDS: &str = "$deleteFromPrimitiveList/";

type Object = Map<String, Value>;

/// Applies a patch to an object of that kind.
pub fn strategic(kind: &str, original: &Value, patch: &Value) -> Result<Value, PatchError> {
    let (Value::Object(original), Value::Object(patch)) = (original, patch) else {
        return Err(super::no_map("", patch));
    };
    merge_maps(original.clone(), patch, Type::of_kind(kind), Means::Apply).map(Value::Object)
}

/// What merging is for.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Means {
    /// Changing an object: directives are obeyed.
    Apply,
    /// Joining two patches to one: directives are kept.
    Join,
}

/// What the table says about a key of an object.
pub(super) fn look_up(within: Option<&'static Type>, key: &str) -> (Option<&'static Type>, Merge) {
    let field = within.and_then(|of| of.field(key));
    field.map_or((None, Merge::Replace), |field| (field.of.object(), field.merge))
}

pub(super) fn merge_maps(
    mut original: Object,
    patch: &Object,
    within: Option<&'static Type>,
    means: Means,
) -> Result<Object, PatchError> {
    if means == Means::Apply {
        match patch.get(DIRECTIVE).map(|directive| directive.as_str().unwrap_or_default()) {
            None | Some("merge") => {}
            Some("replace") => return Ok(without_directives(patch)),
            Some("delete") => return Ok(Map::new()),
            Some(other) => return Err(unknown_directive(other, patch)),
        }
        if let Some(retained) = patch.get(RETAIN_KEYS) {
            let Value::Array(retained) = retained else {
                return Err(PatchError::BadRequest("invalid patch format of retainKeys".into()));
            };
            let is_retained = |key: &str| retained.iter().any(|retained| retained.as_str() == Some(key));
            if patch.iter().any(|(key, value)| !value.is_null() && !key.starts_with('$') && !is_retained(key)) {
                return Err(PatchError::BadRequest("patch content doesn't match retainKeys list".into()));
            }
            original.retain(|key, _| is_retained(key));
        }
    }
    for (key, value) in patch {
        let obeyed = means == Means::Apply && key.starts_with('$');
        if let Some(list) = key.strip_prefix(DELETE_WORDS).filter(|_| obeyed)
            && let (Some(Value::Array(items)), Value::Array(words)) = (original.get_mut(list), value)
        {
            items.retain(|item| !words.contains(item));
        }
        if let Some(list) = key.strip_prefix(SET_ORDER).filter(|list| obeyed && !patch.contains_key(*list))
            && let Some(Value::Array(items)) = original.remove(list)
        {
            let (_, merge) = look_up(within, list);
            let order = value.as_array().map_or(&[][..], Vec::as_slice);
            original.insert(list.into(), Value::Array(ordered(items.clone(), order, &items, merge)));
        }
        if obeyed {
            continue;
        }
        if value.is_null() {
            original.remove(key);
            if means == Means::Join {
                original.insert(key.clone(), Value::Null);
            }
            continue;
        }
        let (of, merge) = look_up(within, key);
        let merged = match (original.remove(key), value) {
            (Some(Value::Object(before)), Value::Object(patch)) => Value::Object(merge_maps(before, patch, of, means)?),
            (Some(Value::Array(before)), Value::Array(items)) if merge != Merge::Replace => {
                let order = patch.get(&format!("{SET_ORDER}{key}")).filter(|_| means == Means::Apply);
                let order = order.and_then(Value::as_array).map_or(items.as_slice(), Vec::as_slice);
                Value::Array(merge_lists(before, items, order, of, merge, means)?)
            }
            (_, value) if means == Means::Apply => plain(value),
            (_, value) => value.clone(),
        };
        original.insert(key.clone(), merged);
    }
    Ok(original)
}

fn merge_lists(
    original: Vec<Value>,
    patch: &[Value],
    order: &[Value],
    of: Option<&'static Type>,
    merge: Merge,
    means: Means,
) -> Result<Vec<Value>, PatchError> {
    let mut merged = original.clone();
    let Some(key) = merge.key() else {
        for word in patch {
            if !merged.contains(word) {
                merged.push(word.clone());
            }
        }
        return Ok(ordered(merged, order, &original, merge));
    };
    let key_of = |item: &Value| {
        item.get(key).cloned().ok_or_else(|| {
            let map = go::format_v(item);
            PatchError::Other(format!("map: {map} does not contain declared merge key: {key}"))
        })
    };
    let directive = |item: &Value| item.get(DIRECTIVE).and_then(Value::as_str).map(str::to_owned);
    if means == Means::Apply && patch.iter().any(|item| directive(item).as_deref() == Some("replace")) {
        return Ok(patch.iter().filter(|item| directive(item).is_none()).map(plain).collect());
    }
    for item in patch {
        let Value::Object(object) = item else { return Err(PatchError::Other("unsupported list element type".into())) };
        match directive(item).filter(|_| means == Means::Apply).as_deref() {
            None => {}
            Some("delete") => {
                let gone = key_of(item)?;
                merged.retain(|item| item.get(key) != Some(&gone));
                continue;
            }
            Some(other) => return Err(unknown_directive(other, object)),
        }
        let wanted = key_of(item)?;
        match merged.iter_mut().find(|item| item.get(key) == Some(&wanted)) {
            Some(Value::Object(found)) => *found = merge_maps(std::mem::take(found), object, of, means)?,
            _ if means == Means::Apply => merged.push(plain(item)),
            _ => merged.push(item.clone()),
        }
    }
    Ok(ordered(merged, order, &original, merge))
}

/// Puts what `order` names into that order; the others keep their places towards those that were there before. What is
/// new goes in front of them.
pub(super) fn ordered(items: Vec<Value>, order: &[Value], before: &[Value], merge: Merge) -> Vec<Value> {
    let same = |a: &Value, b: &Value| match merge.key() {
        Some(key) => a.get(key).is_some() && a.get(key) == b.get(key),
        None => a == b,
    };
    let place = |list: &[Value], item: &Value| list.iter().position(|other| same(other, item));
    let (mut named, others): (Vec<Value>, Vec<Value>) =
        items.into_iter().partition(|item| place(order, item).is_some());
    named.order_by_key(|item| place(order, item));
    let mut result = Vec::with_capacity(named.len() + others.len());
    let (mut named, mut others) = (named.into_iter().peekable(), others.into_iter().peekable());
    while let Some(other) = others.peek() {
        let other_first = match named.peek() {
            Some(next) => matches!((place(before, other), place(before, next)), (Some(a), Some(b)) if a < b),
            None => true,
        };
        result.extend(if other_first { others.next() } else { named.next() });
    }
    result.extend(named);
    result
}

/// A value that is new as a whole, without the directives and nulls that are for merging.
fn plain(value: &Value) -> Value {
    match value {
        Value::Object(map) => Value::Object(without_directives(map)),
        Value::Array(items) => {
            let deleted = |item: &&Value| item.get(DIRECTIVE).is_none();
            Value::Array(items.iter().filter(deleted).map(plain).collect())
        }
        _ => value.clone(),
    }
}

fn without_directives(map: &Object) -> Object {
    let kept = map.iter().filter(|(key, value)| !key.starts_with('$') && !value.is_null());
    kept.map(|(key, value)| (key.clone(), plain(value))).collect()
}

fn unknown_directive(directive: &str, patch: &Object) -> PatchError {
    let map = go::format_v(&Value::Object(patch.clone()));
    PatchError::Other(format!("unknown patch type: {directive} in map: {map}"))
}
