//! The API server: storage by revision, watches, admission, deletion and finalizers. The only code that changes an
//! object, and it does not know which controllers exist.

mod admission;
mod bootstrap;
mod checks;
mod component;
mod deletion;
mod disruption;
mod event_recorder;
mod naming;
mod patched;
mod request;
mod server;
mod storage;
mod strategy;
mod usage;

pub use checks::{CHECKS, Checks};
pub use component::{Component, WATCH_LATENCY};
pub use deletion::{FOREGROUND_FINALIZER, NAMESPACE_FINALIZER, ORPHAN_FINALIZER};
pub use disruption::Budget;
pub use event_recorder::EventRecorder;
pub use naming::Naming;
pub use request::{DeleteOptions, Patch, PatchType, Propagation, Request, Subresource, Validate};
pub use server::{ApiServer, Applied};
pub use storage::{Change, ChangeType, Storage, View};
pub use usage::Limit;

#[cfg(test)]
mod tests;
