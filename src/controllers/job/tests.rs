//! The controller alone, with its pods played by hand.

use super::*;
use crate::api::{ContainerState, ContainerStatus, PodPhase, PodStatus};

/// A pod whose only container ended at this second.
pub(super) fn ended_at(second: i64) -> Rc<Pod> {
    let ended = serde_json::from_value(serde_json::json!({
        "terminated": {"exitCode": 1, "finishedAt": crate::api::Time::from_secs(second).to_string()}
    }));
    let status = ContainerStatus { state: Some(ended.expect("a state")), ..ContainerStatus::default() };
    debug_assert!(matches!(status.state, Some(ContainerState::Terminated(_))));
    let status = PodStatus { phase: PodPhase::Failed, container_statuses: vec![status], ..PodStatus::default() };
    Rc::new(Pod { status: Rc::new(status), ..Pod::default() })
}
