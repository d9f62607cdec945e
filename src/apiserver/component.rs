//! What a component of the cluster is to the loop that runs it.

use super::{ApiServer, Change};
use crate::sim::Timestamp;
use std::time::Duration;

/// How long a write takes to reach those who watch.
pub const WATCH_LATENCY: Duration = Duration::from_millis(10);

/// A component: controllers, the scheduler, the kubelets.
///
/// Watch notifications and time come in; requests go out to the API server, and the next instant at which to be woken.
/// A component judges by what it has observed, not by the storage: that lag is real.
pub trait Component {
    /// Takes note of a write, [`WATCH_LATENCY`] after it. Notifications come in the order of revisions.
    fn observe(&mut self, now: Timestamp, change: &Change);

    /// When this component has something to do, if nothing else is observed before.
    fn wake_at(&self) -> Option<Timestamp>;

    /// Does what is due.
    fn wake(&mut self, api: &mut ApiServer);
}
