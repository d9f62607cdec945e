//! Conditions on the wire: Jobs, Pods and Nodes write the same thing with other times.

use super::meta::{is_zero, text_is_empty};
use super::{Condition, ConditionStatus, Text, Time};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Every field that any kind writes. An absent time is left out; one that is `Some(None)` is written as null.
#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Wire {
    #[serde(rename = "type")]
    kind: Text,
    status: ConditionStatus,
    #[serde(skip_serializing_if = "text_is_empty")]
    reason: Text,
    #[serde(skip_serializing_if = "text_is_empty")]
    message: Text,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_heartbeat_time: Option<Option<Time>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_probe_time: Option<Option<Time>>,
    last_transition_time: Option<Time>,
    #[serde(skip_serializing_if = "is_zero")]
    observed_generation: i64,
}

type Place = fn(&mut Wire) -> &mut Option<Option<Time>>;

fn write<S: Serializer>(conditions: &[Condition], serializer: S, probe: Place) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(conditions.iter().map(|condition| {
        let mut wire = Wire {
            kind: condition.kind.clone(),
            status: condition.status,
            reason: condition.reason.clone(),
            message: condition.message.clone(),
            last_transition_time: condition.last_transition_time,
            observed_generation: condition.observed_generation,
            ..Wire::default()
        };
        *probe(&mut wire) = Some(condition.last_probe_time);
        wire
    }))
}

fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Condition>, D::Error> {
    let wires = Vec::<Wire>::deserialize(deserializer)?;
    let conditions = wires.into_iter().map(|wire| Condition {
        kind: wire.kind,
        status: wire.status,
        reason: wire.reason,
        message: wire.message,
        last_transition_time: wire.last_transition_time,
        last_probe_time: wire.last_probe_time.or(wire.last_heartbeat_time).flatten(),
        observed_generation: wire.observed_generation,
    });
    Ok(conditions.collect())
}

/// `lastProbeTime` and `lastTransitionTime`, as Jobs and Pods write them.
pub(super) mod probed {
    use super::*;

    pub fn serialize<S: Serializer>(conditions: &[Condition], serializer: S) -> Result<S::Ok, S::Error> {
        write(conditions, serializer, |wire| &mut wire.last_probe_time)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Condition>, D::Error> {
        read(deserializer)
    }
}

/// `lastHeartbeatTime` and `lastTransitionTime`, as Nodes write them.
pub(super) mod heartbeat {
    use super::*;

    pub fn serialize<S: Serializer>(conditions: &[Condition], serializer: S) -> Result<S::Ok, S::Error> {
        write(conditions, serializer, |wire| &mut wire.last_heartbeat_time)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Condition>, D::Error> {
        read(deserializer)
    }
}
