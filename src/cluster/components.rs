//! Every component of the cluster, in the order in which those due together run.

use crate::apiserver::Component;

/// How many there are.
pub const COUNT: usize = 0;

/// The components.
pub struct Components {}

impl Components {
    /// All of them, as they are when a cluster starts.
    pub fn new() -> Self {
        Self {}
    }

    /// All of them, to look at.
    pub fn all(&self) -> [&dyn Component; COUNT] {
        []
    }

    /// All of them, to run.
    pub fn all_mut(&mut self) -> [&mut dyn Component; COUNT] {
        []
    }
}
