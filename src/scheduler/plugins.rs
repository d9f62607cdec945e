//! What the scheduler does only for some pods: for those that look at their neighbours, and for those that find no room.
//!
//! A table of functions, because a page can open without it (see [`crate::sim::Part`]). Until it is there no pod minds
//! where others are, and every pod finds room.

use super::hints::Hint;
use super::neighbours::Neighbours;
use super::node_info::PodInfo;
use super::nodes::Nodes;
use super::preemption::Plan;
use super::scheduling::{Chance, Scheduler};
use super::unfit::Unfit;
use crate::api::Text;
use crate::apiserver::ApiServer;

/// The plugins for some pods, as functions.
#[derive(Debug)]
pub struct Plugins {
    /// What the pods around mean to one; and whether any of them keeps others away.
    pub(super) look_around: fn(&PodInfo, &Nodes, bool) -> Neighbours,
    /// Whether what has happened helps a pod that minds others.
    pub(super) hint: Hint,
    /// Looks for pods of lower priority that could make room.
    pub(super) preempt: Preempt,
    /// Ends those that make room.
    pub(super) evict: fn(&mut Scheduler, &mut ApiServer, &PodInfo, Plan),
}

/// Looks for room for a pod, of which it is said what speaks against each node.
type Preempt = fn(&Scheduler, &ApiServer, &PodInfo, &[(&Text, Unfit)]) -> Chance;

/// All of them.
pub static PLUGINS: Plugins = Plugins {
    look_around: |pod, nodes, keepers| Neighbours::of(pod, nodes.iter(), keepers),
    hint: |event, waiting, refused_by| event.helps_among_others(waiting, refused_by),
    preempt: Scheduler::preempt,
    evict: Scheduler::evict,
};
