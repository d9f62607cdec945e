//! The API's objects as JSON: every struct names its fields once, by [`fields!`], and is read and written by that list.
//!
//! ```text
//! fields! {
//!     /// An address of a node.
//!     #[derive(Clone, Debug, Default, PartialEq)]
//!     pub struct NodeAddress {
//!         pub address: Text = "address" always,   // written even when it is empty
//!         pub host_name: Text = "hostName",       // left out when it is empty
//!         pub rest: BTreeMap<String, Value> = .., // every other field there is
//!         pub resource_version: u64,              // not part of the JSON
//!     }
//! }
//! ```
//!
//! As in Go, what is absent or null reads as the zero value, and what is at its zero value is left out when it is
//! written, unless it is marked `always` or, for lists, `ornull`; structs are never left out, unless they are marked `omitzero`. Strict decoding comes before
//! ([`schema`](super::schema)), so an error in here is one that a learner hardly ever sees.
//!
//! Why not serde's derives: out of every struct they build a parser and a printer for any format there is, which is too
//! much for a page that is to load quickly. Here a struct costs two lists of pointers; all the work is done in a few
//! functions for everybody.

use super::Text;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;

/// What can stand in a field of an object.
pub trait Field {
    /// Takes on what a field says.
    fn read(&mut self, value: Value) -> Result<(), Mismatch>;

    /// What the field is to say.
    fn write(&self) -> Value;

    /// Whether the field may as well be left out.
    fn is_unset(&self) -> bool {
        false
    }
}

/// A value that its field cannot hold: `spec.parallelism: a whole number expected`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// Where it stands, e.g. `spec.containers[0].name`; empty for the whole value.
    path: String,
    problem: String,
}

impl Mismatch {
    /// The value itself is wrong; `problem` says how, e.g. `text expected`.
    pub fn new(problem: &str) -> Self {
        Self { path: String::new(), problem: problem.to_owned() }
    }

    /// The same, seen from the object that has it in this field.
    pub fn within(mut self, field: &str) -> Self {
        let dot = if self.path.is_empty() || self.path.starts_with('[') { "" } else { "." };
        self.path = [field, dot, &self.path].concat();
        self
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let colon = if self.path.is_empty() { "" } else { ": " };
        write!(f, "{}{colon}{}", self.path, self.problem)
    }
}

impl std::error::Error for Mismatch {}

/// A value as something new; null is its zero value.
pub fn read<T: Field + Default>(value: Value) -> Result<T, Mismatch> {
    let mut new = T::default();
    if !value.is_null() {
        new.read(value)?;
    }
    Ok(new)
}

/// Declares structs together with the names that their fields have in JSON; see the [module](self). After `strict;`,
/// fields that the struct does not have are an error.
macro_rules! fields {
    (@take $object:ident, $field:expr, ..) => { $object.take_rest(&mut $field) };
    (@take $object:ident, $field:expr, $name:tt) => { $object.take($name, &mut $field) };
    (@put $object:ident, $field:expr, ..) => { $object.put_rest(&$field) };
    (@put $object:ident, $field:expr, $name:tt) => { $object.put($name, &$field) };
    (@put $object:ident, $field:expr, $name:tt always) => { $object.put_always($name, &$field) };
    (@put $object:ident, $field:expr, $name:tt ornull) => { $object.put_or_null($name, &$field) };
    (@put $object:ident, $field:expr, $name:tt omitzero) => {
        if $field != Default::default() {
            $object.put_always($name, &$field)
        }
    };
    (@declare $end:ident
        $(#[$meta:meta])*
        $visible:vis struct $Struct:ident {
            $($(#[$doc:meta])* $shown:vis $field:ident: $Type:ty $(= $name:tt $($when:ident)?)?,)*
        }
    ) => {
        $(#[$meta])*
        $visible struct $Struct {
            $($(#[$doc])* $shown $field: $Type,)*
        }

        impl $crate::api::fields::Field for $Struct {
            fn read(&mut self, value: serde_json::Value) -> Result<(), $crate::api::fields::Mismatch> {
                let mut object = $crate::api::fields::Incoming::new(value)?;
                $($($crate::api::fields::fields!(@take object, self.$field, $name);)?)*
                object.$end()
            }

            fn write(&self) -> serde_json::Value {
                let mut object = $crate::api::fields::Outgoing::default();
                $($($crate::api::fields::fields!(@put object, self.$field, $name $($when)?);)?)*
                object.end()
            }
        }
    };
    (strict; $($struct:tt)*) => { $crate::api::fields::fields!(@declare end_strictly $($struct)*); };
    ($($struct:tt)*) => { $crate::api::fields::fields!(@declare end $($struct)*); };
}
pub(crate) use fields;

/// An object that is being read, field by field. The first mismatch is kept for the end.
pub struct Incoming {
    left: Map<String, Value>,
    known: Vec<&'static str>,
    result: Result<(), Mismatch>,
}

impl Incoming {
    /// Begins to read a value, which must be an object.
    pub fn new(value: Value) -> Result<Self, Mismatch> {
        match value {
            Value::Object(left) => Ok(Self { left, known: Vec::new(), result: Ok(()) }),
            _ => Err(Mismatch::new("an object expected")),
        }
    }

    /// Reads one field, if it is there.
    pub fn take(&mut self, name: &'static str, field: &mut dyn Field) {
        self.known.push(name);
        let value = self.left.remove(name).unwrap_or_default();
        if !value.is_null() && self.result.is_ok() {
            self.result = field.read(value).map_err(|mismatch| mismatch.within(name));
        }
    }

    /// Reads all that nobody took.
    pub fn take_rest(&mut self, rest: &mut dyn Field) {
        if self.result.is_ok() {
            self.result = rest.read(Value::Object(std::mem::take(&mut self.left)));
        }
    }

    /// What came of it; fields that nobody took do not matter.
    pub fn end(self) -> Result<(), Mismatch> {
        self.result
    }

    /// What came of it; fields that nobody took are an error.
    pub fn end_strictly(self) -> Result<(), Mismatch> {
        let unknown = self.left.keys().next().map(|name| {
            Mismatch::new(&format!("there is no such field; there are {}", self.known.join(", "))).within(name)
        });
        self.result.and(unknown.map_or(Ok(()), Err))
    }
}

/// An object that is being written, field by field.
#[derive(Default)]
pub struct Outgoing {
    fields: Map<String, Value>,
}

impl Outgoing {
    /// Writes one field, unless it is unset.
    pub fn put(&mut self, name: &str, field: &dyn Field) {
        if !field.is_unset() {
            self.put_always(name, field);
        }
    }

    /// Writes one field.
    pub fn put_always(&mut self, name: &str, field: &dyn Field) {
        self.fields.insert(name.to_owned(), field.write());
    }

    /// Writes one field: as null where it is unset, which is what an empty list becomes once it is stored.
    pub fn put_or_null(&mut self, name: &str, field: &dyn Field) {
        let value = if field.is_unset() { Value::Null } else { field.write() };
        self.fields.insert(name.to_owned(), value);
    }

    /// Writes the fields that were read as the rest.
    pub fn put_rest(&mut self, rest: &dyn Field) {
        if let Value::Object(rest) = rest.write() {
            self.fields.extend(rest);
        }
    }

    /// The object.
    pub fn end(self) -> Value {
        Value::Object(self.fields)
    }
}

/// What a value says as text.
pub fn text(value: Value) -> Result<String, Mismatch> {
    match value {
        Value::String(text) => Ok(text),
        _ => Err(Mismatch::new("text expected")),
    }
}

/// What a value says as one of a few words.
pub fn word<T: Copy, const N: usize>(value: &Value, words: [(&str, T); N]) -> Result<T, Mismatch> {
    let found = words.iter().find(|(word, _)| value.as_str() == Some(word));
    found.map(|&(_, meant)| meant).ok_or_else(|| {
        let words = words.map(|(word, _)| word);
        Mismatch::new(&format!("{} expected", words.join(", ")))
    })
}

impl Field for Value {
    fn read(&mut self, value: Value) -> Result<(), Mismatch> {
        *self = value;
        Ok(())
    }

    fn write(&self) -> Value {
        self.clone()
    }

    fn is_unset(&self) -> bool {
        self.is_null()
    }
}

impl Field for bool {
    fn read(&mut self, value: Value) -> Result<(), Mismatch> {
        *self = value.as_bool().ok_or_else(|| Mismatch::new("true or false expected"))?;
        Ok(())
    }

    fn write(&self) -> Value {
        Value::Bool(*self)
    }

    fn is_unset(&self) -> bool {
        !self
    }
}

/// Fields that hold whole numbers, in Rust's types for them.
macro_rules! whole_numbers {
    ($($Number:ty)*) => {
        $(
            impl Field for $Number {
                fn read(&mut self, value: Value) -> Result<(), Mismatch> {
                    let number = value.as_i64().and_then(|number| number.try_into().ok());
                    *self = number.ok_or_else(|| Mismatch::new("a whole number expected"))?;
                    Ok(())
                }

                fn write(&self) -> Value {
                    Value::from(*self)
                }

                fn is_unset(&self) -> bool {
                    *self == 0
                }
            }
        )*
    };
}

whole_numbers! { i32 i64 u32 }

/// Fields that hold text, in the types that there are for it.
macro_rules! texts {
    ($($Text:ty)*) => {
        $(
            impl Field for $Text {
                fn read(&mut self, value: Value) -> Result<(), Mismatch> {
                    *self = text(value)?.into();
                    Ok(())
                }

                fn write(&self) -> Value {
                    Value::from(self.as_str())
                }

                fn is_unset(&self) -> bool {
                    self.is_empty()
                }
            }
        )*
    };
}

texts! { String Text }

impl<T: Field + Default> Field for Option<T> {
    fn read(&mut self, value: Value) -> Result<(), Mismatch> {
        self.insert(T::default()).read(value)
    }

    fn write(&self) -> Value {
        self.as_ref().map_or(Value::Null, T::write)
    }

    fn is_unset(&self) -> bool {
        self.is_none()
    }
}

impl<T: Field + Default> Field for Rc<T> {
    fn read(&mut self, value: Value) -> Result<(), Mismatch> {
        *self = Self::new(read(value)?);
        Ok(())
    }

    fn write(&self) -> Value {
        (**self).write()
    }

    fn is_unset(&self) -> bool {
        (**self).is_unset()
    }
}

impl<T: Field + Default> Field for Vec<T> {
    fn read(&mut self, value: Value) -> Result<(), Mismatch> {
        let Value::Array(items) = value else { return Err(Mismatch::new("a list expected")) };
        *self = Self::with_capacity(items.len());
        for item in items {
            let new = read(item).map_err(|mismatch: Mismatch| mismatch.within(&format!("[{}]", self.len())))?;
            self.push(new);
        }
        Ok(())
    }

    fn write(&self) -> Value {
        self.iter().map(T::write).collect()
    }

    fn is_unset(&self) -> bool {
        self.is_empty()
    }
}

impl<K: From<String> + AsRef<str> + Ord, T: Field + Default> Field for BTreeMap<K, T> {
    fn read(&mut self, value: Value) -> Result<(), Mismatch> {
        let Value::Object(entries) = value else { return Err(Mismatch::new("an object expected")) };
        *self = Self::new();
        for (key, value) in entries {
            let new = read(value).map_err(|mismatch: Mismatch| mismatch.within(&key))?;
            self.insert(key.into(), new);
        }
        Ok(())
    }

    fn write(&self) -> Value {
        self.iter().map(|(key, value)| (key.as_ref(), value.write())).collect()
    }

    fn is_unset(&self) -> bool {
        self.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{Kind, Object};
    use serde_json::json;

    /// What an object of a kind says after it was read and written, `apiVersion`, `kind` and empty structs aside.
    fn told_again(kind: Kind, value: Value) -> Result<Value, String> {
        let mut told = Object::from_value(kind, value).map_err(|mismatch| mismatch.to_string())?.to_value();
        let fields = told.as_object_mut().expect("an object");
        fields.retain(|name, value| name != "apiVersion" && name != "kind" && *value != json!({}));
        Ok(told)
    }

    #[test]
    fn objects_are_written_as_they_were_read() {
        let check = |kind: Kind, value: Value| assert_eq!(told_again(kind, value.clone()), Ok(value));
        let uid = "00000000-0000-4000-8000-000000001001";
        check(
            Kind::Job,
            json!({
                "metadata": {"name": "a", "labels": {"x": ""}, "resourceVersion": "7", "uid": uid},
                "spec": {
                    "backoffLimit": 0,
                    "podFailurePolicy": {"rules": [
                        {"action": "Ignore", "onPodConditions": [{"status": "True", "type": "DisruptionTarget"}]},
                        {"action": "FailJob", "onExitCodes": {"operator": "In", "values": [1, 2]}},
                        {"action": "Count", "onExitCodes": {"operator": "", "values": null}},
                    ]},
                    "selector": {},
                    "suspend": false,
                    "template": {"metadata": {}, "spec": {
                        "containers": [{"name": "", "resources": {}, "volumeMounts": [{"mountPath": "/", "name": "v"}]}],
                        "volumes": [{"emptyDir": {}, "name": "v"}, {"configMap": {"name": "c"}, "name": "w"}],
                    }},
                },
                "status": {
                    "completedIndexes": "0,2-4",
                    "conditions": [{
                        "lastProbeTime": "2026-01-01T00:00:00Z", "lastTransitionTime": null, "status": "True",
                        "type": "Complete",
                    }],
                    "failedIndexes": "",
                    "uncountedTerminatedPods": {"failed": [uid]},
                },
            }),
        );
        check(
            Kind::Pod,
            json!({
                "spec": {"containers": [], "hostname": "h", "nodeName": "n", "setHostnameAsFQDN": true},
                "status": {
                    "conditions": [{
                        "lastProbeTime": null, "lastTransitionTime": "2026-01-01T00:00:00Z", "observedGeneration": 1,
                        "status": "Unknown", "type": "Ready",
                    }],
                    "containerStatuses": [{
                        "image": "", "imageID": "", "lastState": {}, "name": "c", "ready": false, "restartCount": 0,
                        "state": {"terminated": {"exitCode": 0, "finishedAt": null, "startedAt": null}}, "user": {"uid": 1},
                    }],
                    "phase": "Running",
                    "podIPs": [{"ip": "10.0.0.1"}],
                },
            }),
        );
        check(
            Kind::Node,
            json!({"status": {
                "conditions": [{
                    "lastHeartbeatTime": "2026-01-01T00:00:01Z", "lastTransitionTime": "2026-01-01T00:00:00Z",
                    "status": "False", "type": "DiskPressure",
                }],
                "daemonEndpoints": {"kubeletEndpoint": {"Port": 10250}},
            }}),
        );
        check(
            Kind::Event,
            json!({
                "eventTime": "2026-01-01T00:00:00.000000Z", "firstTimestamp": null,
                "involvedObject": {"kind": "Pod", "uid": uid}, "lastTimestamp": null,
                "reportingComponent": "", "reportingInstance": "", "source": {"component": "kubelet"},
            }),
        );
        check(Kind::ConfigMap, json!({"data": {"a": "b"}, "metadata": {"generation": 1}}));
    }

    #[test]
    fn null_is_the_zero_value_and_what_does_not_fit_is_told_with_its_place() {
        let check = |value: Value, says: &str| {
            let told =
                told_again(Kind::Job, json!({"spec": value})).map(|mut told| told["spec"]["template"]["spec"].take());
            let told = told.map_or_else(|mismatch| mismatch, |spec| spec.to_string());
            assert_eq!(told, says);
        };
        check(Value::Null, r#"{"containers":[]}"#);
        check(json!({"template": {"spec": {"tolerations": null, "nodeName": null}}}), r#"{"containers":[]}"#);
        check(json!({"parallelism": "two"}), "spec.parallelism: a whole number expected");
        check(json!({"parallelism": 1_u64 << 31}), "spec.parallelism: a whole number expected");
        let spec = json!({"containers": [{"name": "a"}, {"args": ["x", 7]}]});
        check(json!({"template": {"spec": spec}}), "spec.template.spec.containers[1].args[1]: text expected");
        check(
            json!({"template": {"metadata": {"labels": {"a": {}}}}}),
            "spec.template.metadata.labels.a: text expected",
        );
        check(json!([]), "spec: an object expected");
    }
}
