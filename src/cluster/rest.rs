//! The rest of a cluster: what has nothing to do while a Job runs its course and nobody interferes.
//!
//! A page opens without it (see [`crate::sim::Part`]), with a Job that is known to be valid, on nodes that stay and have
//! room for it. All that matters only to other kinds of objects, or once somebody acts, belongs here: a controller as a
//! line of [`controllers`], what the API server, the scheduler or the kubelets do beyond as a function in their own table.

use crate::api::{DueTimes, due_times};
use crate::apiserver::{CHECKS, Checks, Component};
use crate::controllers::cron_job::CronJobController;
use crate::controllers::disruption::DisruptionController;
use crate::controllers::garbage_collector::GarbageCollector;
use crate::controllers::namespace::NamespaceController;
use crate::controllers::node_lifecycle::NodeLifecycle;
use crate::controllers::pod_gc::PodGc;
use crate::controllers::resource_quota::ResourceQuotaController;
use crate::controllers::stateful_set::StatefulSetController;
use crate::controllers::taint_eviction::TaintEviction;
use crate::controllers::ttl_after_finished::TtlAfterFinished;
use crate::node::{EXCEPTIONS, Exceptions, Objection, PROVISIONS, Provisions};
use crate::scheduler::{PLUGINS, Plugins, objection};

/// The rest of a cluster, as functions.
#[derive(Debug)]
pub struct Rest {
    /// What the API server holds against what people send.
    pub(super) checks: &'static Checks,
    /// Makes the controllers of all but Jobs.
    pub(super) controllers: fn() -> Vec<Box<dyn Component>>,
    /// What the scheduler does for pods with wishes, and for those that find no room.
    pub(super) plugins: &'static Plugins,
    /// What the kubelets take from other objects for a pod.
    pub(super) provisions: &'static Provisions,
    /// What the kubelets do with some pods only.
    pub(super) exceptions: &'static Exceptions,
    /// What speaks against a pod on a node that the scheduler has not found for it.
    pub(super) objection: Objection,
    /// When CronJobs are due, for who shows it.
    pub due_times: DueTimes,
}

/// All of it.
pub static REST: Rest = Rest {
    checks: &CHECKS,
    controllers,
    plugins: &PLUGINS,
    provisions: &PROVISIONS,
    exceptions: &EXCEPTIONS,
    objection,
    due_times,
};

/// The controllers of all but Jobs, in the order in which those due together run. They may have missed what happened
/// before: they are told of it, each write at the instant at which it would have reached them.
fn controllers() -> Vec<Box<dyn Component>> {
    vec![
        Box::new(CronJobController::new()),
        Box::new(StatefulSetController::new()),
        Box::new(TtlAfterFinished::new()),
        Box::new(GarbageCollector::new()),
        Box::new(NodeLifecycle::new()),
        Box::new(TaintEviction::new()),
        Box::new(PodGc::new()),
        Box::new(NamespaceController::new()),
        Box::new(ResourceQuotaController::new()),
        Box::new(DisruptionController::new()),
    ]
}
