//! What `kubectl apply` sends: the strategic patch that makes the object what the file says, and removes what the file
//! said last time and says no more. Fields that others have set stay.
//!
//! In Kubernetes: `CreateThreeWayMergePatch` in `apimachinery/pkg/util/strategicpatch/patch.go`.

use super::PatchError;
use super::strategic::{DELETE_WORDS, DIRECTIVE, Means, RETAIN_KEYS, SET_ORDER, look_up, merge_maps, ordered};
use crate::api::schema::{Merge, Type};
use serde_json::{Map, Value, json};

type Object = Map<String, Value>;

/// The patch from `current` to `modified`, given what `modified` was last time (`original`, perhaps nothing).
/// An empty object means that there is nothing to do.
pub fn three_way(kind: &str, original: &Value, modified: &Value, current: &Value) -> Result<Value, PatchError> {
    let of = Type::of_kind(kind);
    let empty = Map::new();
    let object = |value: &'_ Value| value.as_object().cloned().unwrap_or_else(|| empty.clone());
    let (original, modified, current) = (object(original), object(modified), object(current));
    let changes = diff_maps(&current, &modified, of, false, Looking::ForChanges);
    let deletions = diff_maps(&original, &modified, of, false, Looking::ForDeletions);
    merge_maps(deletions, &changes, of, Means::Join).map(Value::Object)
}

#[derive(Clone, Copy, PartialEq)]
enum Looking {
    /// And additions.
    ForChanges,
    ForDeletions,
}

fn diff_maps(before: &Object, after: &Object, within: Option<&'static Type>, retain: bool, looking: Looking) -> Object {
    let mut patch = Map::new();
    let changes = looking == Looking::ForChanges;
    for (key, new) in after {
        let (of, merge) = look_up(within, key);
        match (before.get(key), new) {
            (Some(Value::Object(old)), Value::Object(new)) => {
                let inner = diff_maps(old, new, of, false, looking);
                if !inner.is_empty() {
                    patch.insert(key.clone(), Value::Object(inner));
                }
            }
            (Some(Value::Array(old)), Value::Array(new)) if merge != Merge::Replace => {
                diff_lists(&mut patch, key, old, new, of, merge, looking);
            }
            (old, new) if changes && old != Some(new) => _ = patch.insert(key.clone(), new.clone()),
            _ => {}
        }
    }
    if !changes {
        let gone = before.keys().filter(|key| !after.contains_key(*key));
        patch.extend(gone.map(|key| (key.clone(), Value::Null)));
    }
    let has_more = before.keys().any(|key| !after.contains_key(key));
    if retain && (!patch.is_empty() || has_more) {
        let keys = after.iter().filter(|(_, value)| !value.is_null()).map(|(key, _)| Value::from(key.as_str()));
        patch.insert(RETAIN_KEYS.into(), keys.collect());
    }
    patch
}

fn diff_lists(
    patch: &mut Object,
    name: &str,
    before: &[Value],
    after: &[Value],
    of: Option<&'static Type>,
    merge: Merge,
    looking: Looking,
) {
    let changes = looking == Looking::ForChanges;
    if before.is_empty() {
        if changes && !after.is_empty() {
            patch.insert(name.into(), after.into());
        }
        return;
    }
    let Some(key) = merge.key() else {
        let (added, gone) = (missing(after, before), missing(before, after));
        if changes && !added.is_empty() {
            patch.insert(name.into(), added.into());
        }
        if !changes && !gone.is_empty() {
            patch.insert(format!("{DELETE_WORDS}{name}"), gone.clone().into());
        }
        if changes && before != after || !changes && !gone.is_empty() {
            patch.insert(format!("{SET_ORDER}{name}"), after.into());
        }
        return;
    };
    let find = |list: &[Value], item: &Value| list.iter().find(|other| other.get(key) == item.get(key)).cloned();
    let mut items = Vec::new();
    for new in after {
        match (find(before, new), new) {
            (Some(Value::Object(old)), Value::Object(new)) => {
                let mut inner = diff_maps(&old, new, of, merge == Merge::ByRetaining(key), looking);
                if !inner.is_empty() {
                    inner.extend(new.get(key).map(|value| (key.to_owned(), value.clone())));
                    items.push(Value::Object(inner));
                }
            }
            (None, new) if changes => items.push(new.clone()),
            _ => {}
        }
    }
    if !changes {
        let gone = before.iter().filter(|old| find(after, old).is_none());
        items.extend(gone.map(|old| json!({DIRECTIVE: "delete", key: old.get(key)})));
    }
    let stayed: Vec<Value> = before.iter().filter(|old| find(after, old).is_some()).cloned().collect();
    let reordered = ordered(stayed.clone(), after, &[], merge) != stayed;
    if !items.is_empty() || changes && reordered {
        let order: Vec<Value> = after.iter().map(|item| json!({key: item.get(key)})).collect();
        patch.insert(format!("{SET_ORDER}{name}"), order.into());
    }
    if !items.is_empty() {
        patch.insert(name.into(), items.into());
    }
}

fn missing(from: &[Value], in_list: &[Value]) -> Vec<Value> {
    from.iter().filter(|item| !in_list.contains(item)).cloned().collect()
}
