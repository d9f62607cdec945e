//! Every component of the cluster, in the order in which those due together run.

use crate::apiserver::Component;
use crate::controllers::job::JobController;
use crate::node::{Behaviour, Kubelets, Profile};
use crate::scheduler::Scheduler;

/// How many there are.
pub const COUNT: usize = 3;

/// The components.
pub struct Components {
    pub job: JobController,
    scheduler: Scheduler,
    pub kubelets: Kubelets,
}

impl Components {
    /// All of them, as they are when a cluster starts.
    pub fn new(profile: Profile, behaviour: Behaviour) -> Self {
        Self { job: JobController::new(), scheduler: Scheduler::new(), kubelets: Kubelets::new(profile, behaviour) }
    }

    /// All of them, to look at.
    pub fn all(&self) -> [&dyn Component; COUNT] {
        [&self.job, &self.scheduler, &self.kubelets]
    }

    /// All of them, to run.
    pub fn all_mut(&mut self) -> [&mut dyn Component; COUNT] {
        [&mut self.job, &mut self.scheduler, &mut self.kubelets]
    }
}
