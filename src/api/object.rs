//! Any object at all.

use super::fields::{self, Field, Mismatch};
use super::{CronJob, Event, Job, Kind, Node, ObjectKey, ObjectMeta, ObjectReference, Pod, Text};
use serde_json::Value;
use std::rc::Rc;

/// An object of any kind; cheap to copy.
#[derive(Clone, Debug, PartialEq)]
pub enum Object {
    Job(Rc<Job>),
    CronJob(Rc<CronJob>),
    Pod(Rc<Pod>),
    Node(Rc<Node>),
    Event(Rc<Event>),
    /// A kind whose contents no component of ours computes with: kept as written.
    Other(Rc<Other>),
}

/// An object that is stored, printed and looked up, but not typed.
#[derive(Clone, Debug, PartialEq)]
pub struct Other {
    pub kind: Kind,
    pub resource_version: u64,
    pub metadata: Rc<ObjectMeta>,
    /// Every field besides `apiVersion`, `kind` and `metadata`.
    pub fields: serde_json::Map<String, Value>,
}

/// The same expression for whichever kind it is.
macro_rules! each {
    ($object:expr, $inner:ident => $result:expr) => {
        match $object {
            Object::Job($inner) => $result,
            Object::CronJob($inner) => $result,
            Object::Pod($inner) => $result,
            Object::Node($inner) => $result,
            Object::Event($inner) => $result,
            Object::Other($inner) => $result,
        }
    };
}

impl Object {
    /// What kind of object this is.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Job(_) => Kind::Job,
            Self::CronJob(_) => Kind::CronJob,
            Self::Pod(_) => Kind::Pod,
            Self::Node(_) => Kind::Node,
            Self::Event(_) => Kind::Event,
            Self::Other(other) => other.kind,
        }
    }

    /// `metadata`
    pub fn metadata(&self) -> &Rc<ObjectMeta> {
        each!(self, object => &object.metadata)
    }

    /// `metadata`, to change: copies what is shared with other versions.
    pub fn metadata_mut(&mut self) -> &mut ObjectMeta {
        Rc::make_mut(each!(self, object => &mut Rc::make_mut(object).metadata))
    }

    /// The revision of this version of the object; 0 before it was stored.
    pub fn resource_version(&self) -> u64 {
        each!(self, object => object.resource_version)
    }

    /// Stamps this version with its revision.
    pub fn set_resource_version(&mut self, revision: u64) {
        each!(self, object => Rc::make_mut(object).resource_version = revision);
    }

    /// Where the object is stored.
    pub fn key(&self) -> ObjectKey {
        let metadata = self.metadata();
        ObjectKey { kind: self.kind(), namespace: metadata.namespace.clone(), name: metadata.name.clone() }
    }

    /// A reference to the object, as events and owners carry it.
    pub fn reference(&self) -> ObjectReference {
        let (metadata, resource) = (self.metadata(), self.kind().resource());
        ObjectReference {
            api_version: Text::from(resource.api_version),
            field_path: Text::EMPTY,
            kind: Text::from(resource.name),
            name: metadata.name.clone(),
            namespace: metadata.namespace.clone(),
            resource_version: Text::decimal(self.resource_version()),
            uid: metadata.uid,
        }
    }

    /// The whole object as the API server returns it.
    pub fn to_value(&self) -> Value {
        let mut value = match self {
            Self::Other(other) => {
                let mut fields = other.fields.clone();
                fields.insert("metadata".into(), other.metadata.write());
                Value::Object(fields)
            }
            Self::Job(job) => job.write(),
            Self::CronJob(cron_job) => cron_job.write(),
            Self::Pod(pod) => pod.write(),
            Self::Node(node) => node.write(),
            Self::Event(event) => event.write(),
        };
        let resource = self.kind().resource();
        value["apiVersion"] = resource.api_version.into();
        value["kind"] = resource.name.into();
        if self.resource_version() != 0 {
            value["metadata"]["resourceVersion"] = self.resource_version().to_string().into();
        }
        value
    }

    /// Reads an object that strict decoding has passed. What the types cannot hold is an error, which the schema
    /// should have reported before.
    pub fn from_value(kind: Kind, value: Value) -> Result<Self, Mismatch> {
        let revision = value["metadata"]["resourceVersion"].as_str().and_then(|text| text.parse().ok()).unwrap_or(0);
        let mut object = match kind {
            Kind::Job => Self::Job(fields::read(value)?),
            Kind::CronJob => Self::CronJob(fields::read(value)?),
            Kind::Pod => Self::Pod(fields::read(value)?),
            Kind::Node => Self::Node(fields::read(value)?),
            Kind::Event => Self::Event(fields::read(value)?),
            _ => {
                let Value::Object(mut fields) = value else { return Err(Mismatch::new("an object expected")) };
                let [_, _, metadata] = ["apiVersion", "kind", "metadata"].map(|name| fields.remove(name));
                let metadata = fields::read(metadata.unwrap_or_default())?;
                Self::Other(Rc::new(Other { kind, resource_version: 0, metadata, fields }))
            }
        };
        object.set_resource_version(revision);
        Ok(object)
    }
}

/// `From` and a borrowing accessor for each typed kind.
macro_rules! typed {
    ($($kind:ident, $as:ident, $into:ident, $doc:literal;)*) => {
        $(
            impl From<$kind> for Object {
                fn from(object: $kind) -> Self {
                    Self::$kind(Rc::new(object))
                }
            }
        )*

        impl Object {
            $(
                #[doc = $doc]
                pub fn $as(&self) -> Option<&Rc<$kind>> {
                    match self {
                        Self::$kind(object) => Some(object),
                        _ => None,
                    }
                }

                #[doc = $doc]
                pub fn $into(self) -> Option<Rc<$kind>> {
                    match self {
                        Self::$kind(object) => Some(object),
                        _ => None,
                    }
                }
            )*
        }
    };
}

typed! {
    Job, as_job, into_job, "The Job, if it is one.";
    CronJob, as_cron_job, into_cron_job, "The CronJob, if it is one.";
    Pod, as_pod, into_pod, "The Pod, if it is one.";
    Node, as_node, into_node, "The Node, if it is one.";
    Event, as_event, into_event, "The Event, if it is one.";
}
