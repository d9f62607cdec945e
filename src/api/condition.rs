//! The conditions of Nodes, which write them a little differently from Jobs and Pods.

use super::Condition;
use super::fields::{Field, Mismatch};
use serde_json::Value;
use std::ops::{Deref, DerefMut};

/// The conditions of a node: what others write as `lastProbeTime` is a `lastHeartbeatTime` here.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NodeConditions(pub Vec<Condition>);

impl Deref for NodeConditions {
    type Target = Vec<Condition>;

    fn deref(&self) -> &Vec<Condition> {
        &self.0
    }
}

impl DerefMut for NodeConditions {
    fn deref_mut(&mut self) -> &mut Vec<Condition> {
        &mut self.0
    }
}

impl Field for NodeConditions {
    fn read(&mut self, mut value: Value) -> Result<(), Mismatch> {
        rename(&mut value, "lastHeartbeatTime", "lastProbeTime");
        self.0.read(value)
    }

    fn write(&self) -> Value {
        let mut value = self.0.write();
        rename(&mut value, "lastProbeTime", "lastHeartbeatTime");
        value
    }

    fn is_unset(&self) -> bool {
        self.0.is_unset()
    }
}

/// Gives a field another name, in every object of a list.
fn rename(list: &mut Value, from: &str, to: &str) {
    for object in list.as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut) {
        if let Some(value) = object.remove(from) {
            object.insert(to.into(), value);
        }
    }
}
