//! What may stand in a manifest: one table of the API's types, and what is read off it.
//!
//! * [`check`] decodes strictly, in the words of the API server: `unknown field "spec.completion"`, or
//!   `json: cannot unmarshal string into Go struct field JobSpec.spec.completions of type int32`.
//! * [`envelope`] has the sentences around those, for objects whose kind is missing, unknown or broken.
//! * [`go::render`] spells a value out as Kubernetes' Go types, as "field is immutable" errors do.
//! * [`fields_at`] lists what may stand at a place, for completion in the editor and `kubectl explain`.
//!
//! In Kubernetes: `sigs.k8s.io/json`, `apimachinery/pkg/runtime/serializer/json`.

mod check;
pub mod envelope;
pub mod go;
mod table;

pub use check::{Problem, check, check_metadata, check_patched, json_type, settled};

use super::yaml::Step;
use serde_json::Value;

/// A type of the API.
#[derive(Debug)]
pub struct Type {
    /// The Go type's name, e.g. `JobSpec`.
    pub name: &'static str,
    /// One sentence, for kinds.
    pub doc: &'static str,
    pub fields: &'static [Field],
    /// Whether Go spells this type with JSON names even inside internal types.
    tagged: bool,
}

/// A field of a type.
#[derive(Debug)]
pub struct Field {
    /// As in a manifest, e.g. `dnsPolicy`.
    pub name: &'static str,
    /// The Go name, where it is more than the name capitalised.
    go: &'static str,
    pub of: Of,
    /// A Go pointer: absent is `null`.
    pointer: bool,
    /// Whether an object without it makes no sense.
    pub required: bool,
    /// Stands in the same Go struct as its neighbours.
    inline: bool,
    /// Known to manifests only, not to Kubernetes' internal types.
    external: bool,
    /// Decoded, and then dropped: its feature gate is off.
    gated: bool,
    pub merge: Merge,
    /// A sentence or two of our own; empty where the name says it all.
    pub doc: &'static str,
}

/// What a field holds.
#[derive(Debug, PartialEq)]
pub enum Of {
    Text,
    /// A string with a Go type of its own, e.g. `v1.RestartPolicy`.
    Word(&'static str),
    Bool,
    Int32,
    Int64,
    /// In JSON: base64.
    Bytes,
    Quantity,
    IntOrString,
    Time,
    MicroTime,
    /// Anything: not looked into.
    Raw,
    Object(&'static Type),
    List(&'static Of),
    /// With the Go type of the whole map.
    Map(&'static str, &'static Of),
}

/// How a strategic merge patch changes a list.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Merge {
    /// As a whole.
    Replace,
    /// Item by item; the same key is the same item.
    By(&'static str),
    /// The same; and where `kubectl apply` changes an item, it says which of its fields may remain.
    ByRetaining(&'static str),
    /// By adding the words that are missing.
    Set,
}

impl Merge {
    /// The field that tells the items of a list apart.
    pub fn key(self) -> Option<&'static str> {
        match self {
            Merge::By(key) | Merge::ByRetaining(key) => Some(key),
            Merge::Replace | Merge::Set => None,
        }
    }
}

impl PartialEq for Type {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Type {
    /// The type of a kind of object, e.g. `Job`.
    pub fn of_kind(kind: &str) -> Option<&'static Type> {
        table::KINDS.iter().find(|(name, _)| *name == kind).map(|&(_, of)| of)
    }

    /// The field of that name.
    pub fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// The Go struct that has this field and is itself embedded here: errors name it on the way.
    fn embedded(&self, field: &Field) -> Option<&'static str> {
        match (self.name, field.name) {
            ("Volume", name) if name != "name" => Some("VolumeSource"),
            ("EphemeralContainer", name) if name != "targetContainerName" => Some("EphemeralContainerCommon"),
            ("Probe", "exec" | "httpGet" | "tcpSocket" | "grpc") => Some("ProbeHandler"),
            (
                "ConfigMapEnvSource"
                | "ConfigMapKeySelector"
                | "ConfigMapProjection"
                | "ConfigMapVolumeSource"
                | "SecretEnvSource"
                | "SecretKeySelector"
                | "SecretProjection",
                "name",
            ) => Some("LocalObjectReference"),
            _ => None,
        }
    }
}

impl Of {
    /// The type of the object this holds, or holds a list or map of.
    pub fn object(&self) -> Option<&'static Type> {
        match self {
            Of::Object(of) => Some(of),
            Of::List(of) | Of::Map(_, of) => of.object(),
            _ => None,
        }
    }

    /// What Go has where nothing was written; nothing of its own for what is behind a pointer anyway.
    fn zero(&self) -> Option<Value> {
        match self {
            Of::Text | Of::Word(_) | Of::Bytes => Some("".into()),
            Of::Bool => Some(false.into()),
            Of::Int32 | Of::Int64 => Some(0.into()),
            Of::Quantity => Some("0".into()),
            _ => None,
        }
    }

    /// As Go names it in errors, e.g. `[]v1.Container`.
    fn go_type(&self) -> String {
        match self {
            Of::Text | Of::Time | Of::MicroTime | Of::Quantity => "string".into(),
            Of::Word(name) | Of::Map(name, _) => (*name).into(),
            Of::Bool => "bool".into(),
            Of::Int32 | Of::IntOrString => "int32".into(),
            Of::Int64 => "int64".into(),
            Of::Bytes => "[]uint8".into(),
            Of::Raw => "runtime.RawExtension".into(),
            Of::Object(of) => format!("v1.{}", of.name),
            Of::List(of) => format!("[]{}", of.go_type()),
        }
    }

    /// As `kubectl explain` names it, e.g. `[]Container`.
    pub fn explained(&self) -> String {
        match self {
            Of::Text | Of::Word(_) | Of::Bytes | Of::Time | Of::MicroTime => "string".into(),
            Of::Bool => "boolean".into(),
            Of::Int32 | Of::Int64 => "integer".into(),
            Of::Quantity => "Quantity".into(),
            Of::IntOrString => "IntOrString".into(),
            Of::Raw => "Object".into(),
            Of::Object(of) => of.name.into(),
            Of::List(of) => format!("[]{}", of.explained()),
            Of::Map(_, of) => format!("map[string]{}", of.explained()),
        }
    }

    /// What to write, in plain words.
    fn plain(&self) -> &'static str {
        match self {
            Of::Text | Of::Word(_) | Of::Bytes => "text (numbers, dates and words like yes need quotes)",
            Of::Bool => "true or false, without quotes",
            Of::Int32 | Of::Int64 => "a whole number, without quotes",
            Of::Quantity => "an amount such as 500m or 1Gi",
            Of::IntOrString => "a number or a name",
            Of::Time | Of::MicroTime => "a time such as \"2026-11-20T10:00:00Z\"",
            Of::Raw => "an object",
            Of::Object(_) | Of::Map(..) => "a mapping: keys and values, indented below",
            Of::List(_) => "a list: lines that start with \"- \"",
        }
    }
}

/// The field at a path, from the root of an object of that kind. Positions in lists do not matter.
pub fn field_at(kind: &str, path: &[Step]) -> Option<&'static Field> {
    let mut within = Type::of_kind(kind)?;
    let mut found = None;
    for step in path {
        if let Step::Key(key) = step {
            found = Some(within.field(key)?);
            within = found.and_then(|field| field.of.object()).unwrap_or(&NOTHING);
        }
    }
    found
}

/// What may stand below a path: nothing, if that is not an object.
pub fn fields_at(kind: &str, path: &[Step]) -> &'static [Field] {
    match path.iter().any(|step| matches!(step, Step::Key(_))) {
        true => field_at(kind, path).and_then(|field| field.of.object()).map_or(&[], |of| of.fields),
        false => Type::of_kind(kind).map_or(&[], |of| of.fields),
    }
}

static NOTHING: Type = Type { name: "", doc: "", fields: &[], tagged: false };

#[cfg(test)]
mod tests;
