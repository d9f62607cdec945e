//! Objects as a learner writes and reads them: types, strict decoding, defaults, validation, patches, printing.
//! Nothing in here happens over time.

mod condition;
mod container_status;
pub mod defaults;
mod error;
pub mod event;
pub mod fields;
mod indexes;
pub mod job;
mod kind;
mod meta;
mod node;
mod object;
pub mod patch;
pub mod pod;
mod schedule;
mod strings;
mod text;
mod time;
pub mod time_zone;
pub mod quantity;
pub mod schema;
pub mod validation;
pub mod yaml;

pub use condition::NodeConditions;
pub use container_status::{ContainerState, ContainerStatus, Running, Terminated, Waiting};
pub use error::{ApiError, FieldError, Reason};
pub use event::{Event, EventSeries, EventSource, ObjectReference, Report, Said, event_name};
pub use indexes::Indexes;
pub use job::{CronJob, CronJobSpec, CronJobStatus, Job, JobSpec, JobStatus, JobTemplateSpec};
pub use kind::{Kind, RESOURCES, Resource};
pub use meta::{
    Condition, ConditionStatus, LabelSelector, LabelSelectorRequirement, NAME_ALPHABET, ObjectKey, ObjectMeta,
    OwnerReference, Uid,
};
pub use node::{Node, NodeAddress, NodeSpec, NodeStatus, Taint};
pub use object::{Object, Other};
pub use pod::{Container, Pod, PodPhase, PodSpec, PodStatus, PodTemplateSpec, Toleration};
pub use schedule::{DueTimes, Schedule, due_times};
pub use strings::{StringMap, Strings};
pub use text::{Decimal, Draft, Hex, Text};
pub use time::Time;
pub use time_zone::{TimeZone, time_zone};
