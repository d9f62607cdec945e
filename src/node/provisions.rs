//! What a kubelet takes from elsewhere for its pods: from ConfigMaps and Secrets, from Services, from the pod itself.
//!
//! A table of functions, because a page can open without it (see [`crate::sim::Part`]). Until it is there no pod needs any.

use super::downward::Surroundings;
use super::environment::{self, Variables};
use super::volumes;
use crate::api::Container;

/// What is taken from elsewhere, as functions.
#[derive(Debug)]
pub struct Provisions {
    /// What keeps a pod's volumes from being mounted.
    pub(super) missing: fn(&Surroundings<'_>) -> Option<String>,
    /// The environment of a container's process, without what its image sets.
    pub(super) environment: fn(&Surroundings<'_>, &Container) -> Result<Variables, String>,
}

/// All of it.
pub static PROVISIONS: Provisions = Provisions { missing: volumes::problem, environment: environment::of_container };
