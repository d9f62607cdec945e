//! What can be asked of the API server.

use crate::api::{Object, ObjectKey, Text, Uid};
use serde_json::Value;

/// One request. The answer is the object as it stands afterwards, or an [`ApiError`](crate::api::ApiError).
#[derive(Clone, Debug)]
pub enum Request {
    /// A new object. Its status is ignored; `generateName` names it.
    Create(Object),
    /// Metadata and spec of an object; its status is ignored. A `resource_version` other than 0 must be the current one.
    Update(Object),
    /// The status of an object; its spec is ignored. As for `resource_version`, so here.
    UpdateStatus(Object),
    /// Some fields of an object.
    Patch { key: ObjectKey, patch: Patch, subresource: Option<Subresource> },
    /// The end of an object, perhaps after a while.
    Delete { key: ObjectKey, options: DeleteOptions },
    /// `pods/binding`: the scheduler's word.
    Bind { pod: ObjectKey, node: Text },
    /// `pods/eviction`: a deletion that respects disruption budgets and leaves a DisruptionTarget condition.
    Evict { pod: ObjectKey, options: DeleteOptions },
    /// Takes a finalizer off; nothing happens where it is not on.
    RemoveFinalizer { key: ObjectKey, finalizer: &'static str },
}

/// Parts of an object that are written apart from the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subresource {
    Status,
    Scale,
}

/// A change to an object, in one of three languages.
#[derive(Clone, Debug)]
pub struct Patch {
    pub kind: PatchType,
    pub value: Value,
    pub validate: Validate,
}

impl Patch {
    /// A patch that may name fields that do not exist.
    pub fn new(kind: PatchType, value: Value) -> Self {
        Self { kind, value, validate: Validate::Warn }
    }
}

/// What to do about fields that do not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Validate {
    Strict,
    Warn,
    Ignore,
}

/// How a patch is read (spec 05 §6).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PatchType {
    /// Maps merge, lists with merge keys merge by key.
    #[default]
    Strategic,
    /// RFC 7386: lists are replaced.
    Merge,
    /// RFC 6902: a list of operations.
    Json,
}

/// How to delete.
#[derive(Clone, Debug, Default)]
pub struct DeleteOptions {
    /// Seconds; unset, the pod's own.
    pub grace_period_seconds: Option<i64>,
    pub propagation: Propagation,
    /// Refuse if the object has another UID: a new object of the same name survives.
    pub uid: Option<Uid>,
}

/// What becomes of the objects that the deleted one owns (spec 04 §5).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Propagation {
    /// They are deleted after it.
    #[default]
    Background,
    /// They are deleted before it.
    Foreground,
    /// They stay.
    Orphan,
}
