//! Events of the scheduler. It uses the newer events API: `eventTime` is set and the two stamps are not, and repeats are
//! counted in a series.

use crate::api::{
    Event, EventSeries, Kind, Object, ObjectKey, ObjectReference, Pod, Report, Said, Text, Uid, event_name,
};
use crate::apiserver::{ApiServer, Request};
use crate::sim::Map;
use std::rc::Rc;

const SCHEDULER: &str = "default-scheduler";

/// What was said of each pod that still waits: an event that is said again of the same version of a pod is counted.
#[derive(Clone, Debug, Default)]
pub struct Events {
    told: Map<Uid, Told>,
}

#[derive(Clone, Debug)]
struct Told {
    resource_version: u64,
    key: ObjectKey,
    count: i32,
}

impl Events {
    /// Normal `Scheduled`.
    pub fn scheduled(&mut self, api: &mut ApiServer, pod: &Pod, node: &Text) {
        self.told.remove(&pod.metadata.uid);
        let metadata = &pod.metadata;
        let message = Text::concat(&["Successfully assigned ", &metadata.namespace, "/", &metadata.name, " to ", node]);
        api.report(report(pod, "Normal", ("Scheduled", "Binding"), message));
    }

    /// Warning `FailedScheduling`. From the second repeat on, a series is only counted, not written.
    pub fn failed(&mut self, api: &mut ApiServer, pod: &Pod, message: &Text) {
        let uid = pod.metadata.uid;
        if let Some(told) = self.told.get_mut(&uid).filter(|told| told.resource_version == pod.resource_version) {
            told.count += 1;
            if told.count == 2 {
                count(api, &told.key);
            }
            return;
        }
        let report = report(pod, "Warning", ("FailedScheduling", "Scheduling"), message.clone());
        if let Some(revision) = api.report(report) {
            let name = event_name(&pod.metadata.name, api.now(), revision);
            let key = ObjectKey::new(Kind::Event, pod.metadata.namespace.clone(), name);
            self.told.insert(uid, Told { resource_version: pod.resource_version, key, count: 1 });
        }
    }

    /// Normal `Preempted`, about the victim.
    pub fn preempted(&mut self, api: &mut ApiServer, victim: &Pod, by: Uid, node: &Text) {
        let message = format!("Preempted by pod {by} on node {node}");
        api.report(report(victim, "Normal", ("Preempted", "Preempting"), message.into()));
    }

    /// Nothing more will be said of a pod.
    pub fn forget(&mut self, pod: Uid) {
        self.told.remove(&pod);
    }
}

fn report(pod: &Pod, kind: &'static str, (reason, action): (&'static str, &'static str), message: Text) -> Report {
    let metadata = &pod.metadata;
    let about = ObjectReference::to(Kind::Pod, &metadata.namespace, &metadata.name, metadata.uid);
    let said = Said {
        action: action.into(),
        message,
        reason: reason.into(),
        reporting_component: SCHEDULER.into(),
        reporting_instance: "default-scheduler-control-plane".into(),
        kind: kind.into(),
        ..Said::default()
    };
    let about = ObjectReference { resource_version: Text::decimal(pod.resource_version), ..about };
    Report { about: Rc::new(about), said: Rc::new(said), is_newer: true }
}

fn count(api: &mut ApiServer, key: &ObjectKey) {
    let Some(stored) = api.live().get(key).and_then(Object::into_event) else { return };
    let series = Some(EventSeries { count: 2, last_observed_time: Some(api.now()) });
    let event = Event { series, ..(*stored).clone() };
    let _ = api.handle(Request::Update(event.into()));
}
