//! Events of the scheduler. It uses the newer events API: `eventTime` is set and the two stamps are not, and repeats are
//! counted in a series.

use crate::api::{Event, EventSeries, Kind, Object, ObjectKey, ObjectMeta, ObjectReference, Pod, Said, Text, Uid};
use crate::apiserver::{ApiServer, Request, event_name};
use crate::sim::Map;
use std::rc::Rc;

const SCHEDULER: &str = "default-scheduler";

/// What was said of each pod that still waits: an event that is said again of the same version of a pod is counted.
#[derive(Clone, Debug, Default)]
pub struct Events {
    told: Map<Uid, Told>,
    /// An event in which nothing is said: what all have in common is shared.
    blank: Event,
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
        create(api, self.event(api, pod, "Normal", ("Scheduled", "Binding"), message));
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
        let event = self.event(api, pod, "Warning", ("FailedScheduling", "Scheduling"), message.clone());
        let key = ObjectKey::new(Kind::Event, event.metadata.namespace.clone(), event.metadata.name.clone());
        create(api, event);
        self.told.insert(uid, Told { resource_version: pod.resource_version, key, count: 1 });
    }

    /// Normal `Preempted`, about the victim.
    pub fn preempted(&mut self, api: &mut ApiServer, victim: &Pod, by: Uid, node: &Text) {
        let message = format!("Preempted by pod {by} on node {node}");
        create(api, self.event(api, victim, "Normal", ("Preempted", "Preempting"), message.into()));
    }

    /// Nothing more will be said of a pod.
    pub fn forget(&mut self, pod: Uid) {
        self.told.remove(&pod);
    }

    fn event(
        &self,
        api: &ApiServer,
        pod: &Pod,
        kind: &'static str,
        (reason, action): (&'static str, &'static str),
        message: Text,
    ) -> Event {
        let metadata = &pod.metadata;
        let about = ObjectReference::to(Kind::Pod, &metadata.namespace, &metadata.name, metadata.uid);
        let about = ObjectReference { resource_version: Text::decimal(pod.resource_version), ..about };
        Event {
            event_time: Some(api.now()),
            involved_object: Rc::new(about),
            metadata: Rc::new(ObjectMeta {
                name: event_name(&metadata.name, api),
                namespace: metadata.namespace.clone(),
                ..(*self.blank.metadata).clone()
            }),
            said: Rc::new(Said {
                action: action.into(),
                message,
                reason: reason.into(),
                reporting_component: SCHEDULER.into(),
                reporting_instance: "default-scheduler-control-plane".into(),
                kind: kind.into(),
                ..Said::default()
            }),
            ..self.blank.clone()
        }
    }
}

fn create(api: &mut ApiServer, event: Event) {
    // An event that cannot be written (its namespace may be ending) is lost, as it is in Kubernetes.
    let _ = api.handle(Request::Create(event.into()));
}

fn count(api: &mut ApiServer, key: &ObjectKey) {
    let Some(stored) = api.live().get(key).and_then(Object::into_event) else { return };
    let series = Some(EventSeries { count: 2, last_observed_time: Some(api.now()) });
    let event = Event { series, ..(*stored).clone() };
    let _ = api.handle(Request::Update(event.into()));
}
