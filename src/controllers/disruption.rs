//! The disruption controller: `kubectl get pdb` shows how many pods of a budget may be evicted now.
//!
//! The API server holds evictions against the same numbers; this controller only writes `status`, and complains of a
//! budget that means nobody, or pods of which nobody can tell how many there should be.
//! In Kubernetes: `pkg/controller/disruption`.

use crate::api::{Kind, Object, ObjectKey, Other, Time};
use crate::apiserver::{ApiServer, Budget, Change, ChangeType, Component, EventRecorder, Request};
use crate::sim::{Map, Timestamp};
use serde_json::{Value, json};
use std::rc::Rc;

/// Writes the status of PodDisruptionBudgets.
#[derive(Clone, Debug)]
pub struct DisruptionController {
    budgets: Map<ObjectKey, Rc<Other>>,
    /// Budgets that have changed, or of which a pod has, and when that was first seen.
    changed: Map<ObjectKey, Timestamp>,
    recorder: EventRecorder,
}

impl DisruptionController {
    /// A controller that has observed nothing yet.
    pub fn new() -> Self {
        let recorder = EventRecorder::new("controllermanager", "");
        Self { budgets: Map::new(), changed: Map::new(), recorder }
    }

    fn sync(&mut self, api: &mut ApiServer, mut budget: Rc<Other>) {
        let found = Budget::of(api.live(), &budget);
        let about = Object::Other(budget.clone()).reference();
        if let Some(trouble) = found.trouble {
            let message = format!("Failed to calculate the number of expected pods: {trouble}");
            self.recorder.event(api, about, "Warning", "CalculateExpectedPodCountFailed", message);
        } else if found.pods == 0 {
            self.recorder.event(api, about, "Normal", "NoPods", "No matching pods found");
        }
        let old = budget.fields.get("status").unwrap_or(&Value::Null);
        let status = status(&found, &budget, old, Time::from(api.now()));
        if *old != status {
            Rc::make_mut(&mut budget).fields.insert("status".into(), status);
            // Whoever came first is seen by the next change.
            _ = api.handle(Request::UpdateStatus(Object::Other(budget)));
        }
    }
}

impl Default for DisruptionController {
    fn default() -> Self {
        Self::new()
    }
}

/// The status that says what was found.
fn status(found: &Budget, budget: &Other, old: &Value, now: Time) -> Value {
    let (allowed, generation) = (found.allowed(), budget.metadata.generation);
    let (holds, reason) = match found.trouble {
        Some(_) => ("False", "SyncFailed"),
        None if allowed > 0 => ("True", "SufficientPods"),
        None => ("False", "InsufficientPods"),
    };
    let before = &old["conditions"][0];
    let since = Some(&before["lastTransitionTime"]).filter(|_| before["status"] == holds);
    let condition = json!({
        "lastTransitionTime": since.cloned().unwrap_or_else(|| json!(now.to_string())),
        "message": found.trouble.unwrap_or(""),
        "observedGeneration": generation,
        "reason": reason,
        "status": holds,
        "type": "DisruptionAllowed",
    });
    let mut status = json!({
        "conditions": [condition],
        "currentHealthy": found.healthy,
        "desiredHealthy": found.desired,
        "disruptionsAllowed": allowed,
        "expectedPods": found.expected,
    });
    if found.trouble.is_none() {
        status["observedGeneration"] = json!(generation);
    }
    status
}

impl Component for DisruptionController {
    fn observe(&mut self, now: Timestamp, change: &Change) {
        match &change.object {
            Object::Pod(pod) if !self.budgets.is_empty() => {
                let before = change.previous.as_ref().map(|before| &before.metadata().labels);
                let labels = before.into_iter().chain([&pod.metadata.labels]);
                let here = self.budgets.iter().filter(|(key, _)| key.namespace == pod.metadata.namespace);
                for (key, _) in here.filter(|(_, budget)| labels.clone().any(|labels| Budget::means(budget, labels))) {
                    self.changed.entry(key.clone()).or_insert(now);
                }
            }
            Object::Other(budget) if budget.kind == Kind::PodDisruptionBudget => {
                let key = change.object.key();
                if change.change == ChangeType::Deleted {
                    self.budgets.remove(&key);
                    return;
                }
                let generation = |object: &Object| object.metadata().generation;
                if change.previous.as_ref().is_none_or(|old| generation(old) != generation(&change.object)) {
                    self.changed.entry(key.clone()).or_insert(now);
                }
                self.budgets.insert(key, Rc::clone(budget));
            }
            _ => {}
        }
    }

    fn wake_at(&self) -> Option<Timestamp> {
        self.changed.iter().map(|(_, &at)| at).min()
    }

    fn wake(&mut self, api: &mut ApiServer) {
        for (key, _) in std::mem::take(&mut self.changed) {
            if let Some(Object::Other(budget)) = api.live().get(&key) {
                self.sync(api, budget);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{Pod, fields};
    use crate::apiserver::Naming;

    #[test]
    fn a_budget_says_how_many_pods_may_go() {
        let mut api = ApiServer::new(Timestamp::from_secs(1), Naming::numbered());
        let mut controller = DisruptionController::new();
        let mut told = 0;
        let mut run = |api: &mut ApiServer| {
            loop {
                let seen = api.storage().revision();
                for revision in told + 1..=seen {
                    controller.observe(api.now(), &api.storage().change(revision));
                }
                told = seen;
                if controller.wake_at().is_none() {
                    break;
                }
                controller.wake(api);
            }
            let key = ObjectKey::new(Kind::PodDisruptionBudget, "default", "b");
            let Some(Object::Other(budget)) = api.live().get(&key) else { panic!("no budget") };
            let status = &budget.fields["status"];
            let number = |field: &str| status[field].as_i64().expect("a number");
            let numbers = ["expectedPods", "desiredHealthy", "currentHealthy", "disruptionsAllowed"].map(number);
            (numbers, status["conditions"][0]["reason"].as_str().expect("a reason").to_owned())
        };
        let metadata = json!({"name": "b", "namespace": "default"});
        let spec = json!({"minAvailable": 1, "selector": {"matchLabels": {"app": "db"}}});
        let budget = Object::from_value(Kind::PodDisruptionBudget, json!({"metadata": metadata, "spec": spec}));
        api.handle(Request::Create(budget.expect("a budget"))).expect("created");
        assert_eq!(run(&mut api), ([0, 1, 0, 0], "InsufficientPods".into()));
        for (name, app) in [("p", "db"), ("q", "db"), ("other", "web")] {
            let metadata = json!({"name": name, "namespace": "default", "labels": {"app": app}});
            let pod = json!({"metadata": metadata, "spec": {"containers": [{"name": "c", "image": "i"}]}});
            let pod: Pod = fields::read(pod).expect("a pod");
            let mut running = api.handle(Request::Create(pod.into())).expect("created").to_value();
            running["status"]["conditions"] = json!([{"type": "Ready", "status": "True"}]);
            let running = Object::from_value(Kind::Pod, running).expect("a pod");
            api.handle(Request::UpdateStatus(running)).expect("a status");
        }
        assert_eq!(run(&mut api), ([2, 1, 2, 1], "SufficientPods".into()));
        let key = ObjectKey::new(Kind::Pod, "default", "other");
        api.handle(Request::Delete { key, options: Default::default() }).expect("deleted");
        run(&mut api);
        // Of pods that it does not mean a budget says nothing.
        let events = api.live().list(Kind::Event).filter_map(Object::into_event);
        assert_eq!(events.map(|event| event.said.message.to_string()).collect::<Vec<_>>(), ["No matching pods found"]);
    }
}
