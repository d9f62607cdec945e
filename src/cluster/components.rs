//! Every component of the cluster, in the order in which those due together run.

use crate::apiserver::Component;
use crate::controllers::cron_job::CronJobController;
use crate::controllers::garbage_collector::GarbageCollector;
use crate::controllers::job::JobController;
use crate::controllers::namespace::NamespaceController;
use crate::controllers::node_lifecycle::NodeLifecycle;
use crate::controllers::pod_gc::PodGc;
use crate::controllers::resource_quota::ResourceQuotaController;
use crate::controllers::stateful_set::StatefulSetController;
use crate::controllers::taint_eviction::TaintEviction;
use crate::controllers::ttl_after_finished::TtlAfterFinished;
use crate::node::{Behaviour, Kubelets, Profile};
use crate::scheduler::Scheduler;

/// How many there are.
pub const COUNT: usize = 12;
/// The place of the Job controller among them.
pub const JOB: usize = 1;

/// The components.
pub struct Components {
    cron_job: CronJobController,
    pub job: JobController,
    stateful_set: StatefulSetController,
    ttl_after_finished: TtlAfterFinished,
    garbage_collector: GarbageCollector,
    node_lifecycle: NodeLifecycle,
    taint_eviction: TaintEviction,
    pod_gc: PodGc,
    namespace: NamespaceController,
    resource_quota: ResourceQuotaController,
    scheduler: Scheduler,
    pub kubelets: Kubelets,
}

impl Components {
    /// All of them, as they are when a cluster starts.
    pub fn new(profile: Profile, behaviour: Behaviour) -> Self {
        Self {
            cron_job: CronJobController::new(),
            job: JobController::new(),
            stateful_set: StatefulSetController::new(),
            ttl_after_finished: TtlAfterFinished::new(),
            garbage_collector: GarbageCollector::new(),
            node_lifecycle: NodeLifecycle::new(),
            taint_eviction: TaintEviction::new(),
            pod_gc: PodGc::new(),
            namespace: NamespaceController::new(),
            resource_quota: ResourceQuotaController::new(),
            scheduler: Scheduler::new(),
            kubelets: Kubelets::new(profile, behaviour),
        }
    }

    /// All of them, to look at.
    pub fn all(&self) -> [&dyn Component; COUNT] {
        [
            &self.cron_job,
            &self.job,
            &self.stateful_set,
            &self.ttl_after_finished,
            &self.garbage_collector,
            &self.node_lifecycle,
            &self.taint_eviction,
            &self.pod_gc,
            &self.namespace,
            &self.resource_quota,
            &self.scheduler,
            &self.kubelets,
        ]
    }

    /// All of them, to run.
    pub fn all_mut(&mut self) -> [&mut dyn Component; COUNT] {
        [
            &mut self.cron_job,
            &mut self.job,
            &mut self.stateful_set,
            &mut self.ttl_after_finished,
            &mut self.garbage_collector,
            &mut self.node_lifecycle,
            &mut self.taint_eviction,
            &mut self.pod_gc,
            &mut self.namespace,
            &mut self.resource_quota,
            &mut self.scheduler,
            &mut self.kubelets,
        ]
    }
}
