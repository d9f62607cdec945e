//! The cluster: owns the API server and every component, and runs them on virtual time.
//!
//! It decides nothing that Kubernetes decides elsewhere. It hands each component the writes it watches, a little later
//! than they were made, wakes it when it asked to be woken, and passes on faults.

mod components;
mod fault;

use crate::api::{Kind, Object, ObjectMeta, Other};
use crate::apiserver::{ApiServer, Naming, Request};
use crate::sim::Timestamp;
use components::{COUNT, Components};
use std::rc::Rc;
use std::time::Duration;

pub use fault::Fault;

/// How long a write takes to reach those who watch.
const WATCH_LATENCY: Duration = Duration::from_millis(10);

/// How a cluster begins.
#[derive(Clone, Debug)]
pub struct Config {
    /// The instant at which everything is up and the first object can be created.
    pub start: Timestamp,
    /// Where names and UIDs come from.
    pub naming: Naming,
}

/// A running cluster.
pub struct Cluster {
    api: ApiServer,
    components: Components,
    /// Up to which revision each component has been told.
    told: [u64; COUNT],
}

impl Cluster {
    /// A cluster in which nothing has happened yet.
    pub fn new(config: Config) -> Self {
        let mut api = ApiServer::new(config.start, config.naming);
        for name in ["default", "kube-node-lease", "kube-public", "kube-system"] {
            create(&mut api, namespace(name));
        }
        Self { api, components: Components::new(), told: [0; COUNT] }
    }

    /// What time it is.
    pub fn now(&self) -> Timestamp {
        self.api.now()
    }

    /// The API server, to read from.
    pub fn api(&self) -> &ApiServer {
        &self.api
    }

    /// The API server, for whoever acts from outside: kubectl.
    pub fn api_mut(&mut self) -> &mut ApiServer {
        &mut self.api
    }

    /// When something happens next, if nobody acts from outside.
    pub fn next_due(&self) -> Option<Timestamp> {
        let components = self.components.all();
        let due = components.iter().zip(self.told).map(|(component, told)| {
            let notified = self.next_notification(told);
            earlier(notified, component.wake_at())
        });
        due.fold(None, earlier).map(|at| at.max(self.now()))
    }

    /// Runs the next component that has something to do by `until`; false when none has, and it is `until`.
    pub fn step(&mut self, until: Timestamp) -> bool {
        let Some(at) = self.next_due().filter(|&at| at <= until) else {
            self.api.set_now(until.max(self.now()));
            return false;
        };
        self.api.set_now(at);
        for index in 0..COUNT {
            let notified = self.next_notification(self.told[index]).is_some_and(|due| due <= at);
            let [.., component] = &mut self.components.all_mut()[..=index] else { continue };
            if notified {
                let storage = self.api.storage();
                let seen = storage.revision_at(at - WATCH_LATENCY);
                for revision in self.told[index] + 1..=seen {
                    component.observe(at, &storage.change(revision));
                }
                self.told[index] = seen;
            }
            if component.wake_at().is_some_and(|due| due <= at) {
                component.wake(&mut self.api);
                return true;
            }
            if notified {
                return true;
            }
        }
        unreachable!("something was due at {at}, but no component was")
    }

    fn next_notification(&self, told: u64) -> Option<Timestamp> {
        let storage = self.api.storage();
        (told < storage.revision()).then(|| storage.change(told + 1).at + WATCH_LATENCY)
    }
}

fn earlier(a: Option<Timestamp>, b: Option<Timestamp>) -> Option<Timestamp> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

fn namespace(name: &'static str) -> Object {
    let metadata = Rc::new(ObjectMeta { name: name.into(), ..ObjectMeta::default() });
    let fields = serde_json::json!({"spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Active"}});
    let serde_json::Value::Object(fields) = fields else { unreachable!("an object was written") };
    Object::Other(Rc::new(Other { kind: Kind::Namespace, resource_version: 0, metadata, fields }))
}

fn create(api: &mut ApiServer, object: Object) {
    let key = object.key();
    if let Err(error) = api.handle(Request::Create(object)) {
        panic!("the cluster's own {key} was refused: {error}");
    }
}
