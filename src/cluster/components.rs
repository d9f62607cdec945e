//! Every component of the cluster, in the order in which those due together run.

use crate::apiserver::Component;
use crate::controllers::job::JobController;
use crate::node::{Behaviour, Kubelets, Profile};
use crate::scheduler::Scheduler;

/// The place of the Job controller among them.
pub const JOB: usize = 0;

/// The components: the Job controller, the other controllers, the scheduler, the kubelets.
pub struct Components {
    pub job: JobController,
    /// None, until the rest of the cluster is there (see [`super::Rest`]).
    pub controllers: Vec<Box<dyn Component>>,
    pub scheduler: Scheduler,
    pub kubelets: Kubelets,
}

impl Components {
    /// Those that a cluster cannot begin without.
    pub fn new(profile: Profile, behaviour: Behaviour) -> Self {
        Self {
            job: JobController::new(),
            controllers: Vec::new(),
            scheduler: Scheduler::new(),
            kubelets: Kubelets::new(profile, behaviour),
        }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.controllers.len() + 3
    }

    /// One of them, to look at.
    pub fn at(&self, place: usize) -> &dyn Component {
        match place.checked_sub(1) {
            None => &self.job,
            Some(place) => match self.controllers.get(place) {
                Some(controller) => &**controller,
                None if place == self.controllers.len() => &self.scheduler,
                None => &self.kubelets,
            },
        }
    }

    /// One of them, to run.
    pub fn at_mut(&mut self, place: usize) -> &mut dyn Component {
        let count = self.controllers.len();
        match place.checked_sub(1) {
            None => &mut self.job,
            Some(place) => match self.controllers.get_mut(place) {
                Some(controller) => &mut **controller,
                None if place == count => &mut self.scheduler,
                None => &mut self.kubelets,
            },
        }
    }
}
