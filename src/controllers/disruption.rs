//! The disruption controller: `kubectl get pdb` shows how many pods of a budget may be evicted now.
//!
//! The API server holds evictions against the same numbers; this controller only writes `status`, and complains of a
//! budget that means nobody, or pods of which nobody can tell how many there should be. And a pod that says it is about to
//! be disrupted, though nobody deletes it, stops saying so after a while.
//! In Kubernetes: `pkg/controller/disruption`.

use crate::api::{Condition, ConditionStatus, Kind, Object, ObjectKey, Other, Pod, Text, Time};
use crate::apiserver::{ApiServer, Budget, Change, ChangeType, Component, EventRecorder, Request};
use crate::sim::{Map, Timestamp};
use serde_json::{Value, json};
use std::rc::Rc;
use std::time::Duration;

/// For how long a pod may have a `DisruptionTarget` condition without being deleted.
const STALE_AFTER: Duration = Duration::from_secs(120);

/// Writes the status of PodDisruptionBudgets.
#[derive(Clone, Debug)]
pub struct DisruptionController {
    budgets: Map<ObjectKey, Rc<Other>>,
    /// Budgets that have changed, or of which a pod has, and when that was first seen.
    changed: Map<ObjectKey, Timestamp>,
    /// Pods that were seen to change and have several budgets, with the name of one of them.
    contested: Vec<(Rc<Pod>, Text)>,
    /// Pods that are to be disrupted and that nobody has deleted, and until when they may say so.
    disrupted: Map<ObjectKey, Timestamp>,
    recorder: EventRecorder,
}

impl DisruptionController {
    /// A controller that has observed nothing yet.
    pub fn new() -> Self {
        let (budgets, changed, disrupted) = (Map::new(), Map::new(), Map::new());
        let recorder = EventRecorder::new("controllermanager", "");
        Self { budgets, changed, contested: Vec::new(), disrupted, recorder }
    }

    fn observe_pod(&mut self, now: Timestamp, change: &Change, pod: &Rc<Pod>) {
        let is_gone = change.change == ChangeType::Deleted;
        match disrupted_until(now, pod).filter(|_| !is_gone) {
            Some(until) => drop(self.disrupted.insert(change.object.key(), until)),
            None if self.disrupted.is_empty() => {}
            None => drop(self.disrupted.remove(&change.object.key())),
        }
        if self.budgets.is_empty() {
            return;
        }
        let (namespace, labels) = (&pod.metadata.namespace, &pod.metadata.labels);
        let here = self.budgets.iter().filter(|(key, _)| key.namespace == *namespace);
        let meant = here.filter(|(_, budget)| Budget::means(budget, labels)).map(|(key, _)| key);
        // Which of several is chosen is chance in Kubernetes, and another one every time: so all of them are.
        meant.clone().for_each(|key| _ = self.changed.entry(key.clone()).or_insert(now));
        if let (Some(first), Some(_)) = (meant.clone().next(), meant.clone().nth(1)) {
            self.contested.push((Rc::clone(pod), first.name.clone()));
        }
    }

    fn sync(&mut self, api: &mut ApiServer, mut budget: Rc<Other>) {
        let found = Budget::of(api.live(), &budget);
        let about = Rc::new(Object::Other(budget.clone()).reference());
        if found.pods == 0 {
            self.recorder.event(api, Rc::clone(&about), "Normal", "NoPods", "No matching pods found");
        }
        if let Some(trouble) = &found.trouble {
            let message = format!("Failed to calculate the number of expected pods: {trouble}");
            self.recorder.event(api, about, "Warning", "CalculateExpectedPodCountFailed", message);
        } else if found.has_unmanaged {
            let message = format!(
                "Pods selected by this PodDisruptionBudget (selector: {}) were found to be unmanaged. As a result, the \
                 status of the PDB cannot be calculated correctly, which may result in undefined behavior. To account \
                 for these pods please set \".spec.minAvailable\" field of the PDB to an integer value.",
                Budget::selector_in_go(&budget)
            );
            self.recorder.event(api, about, "Warning", "UnmanagedPods", message);
        }
        let old = budget.fields.get("status").unwrap_or(&Value::Null);
        let status = status(&found, &budget, old, Time::from(api.now()));
        if *old != status {
            Rc::make_mut(&mut budget).fields.insert("status".into(), status);
            // Whoever came first is seen by the next change.
            _ = api.handle(Request::UpdateStatus(Object::Other(budget)));
        }
    }

    /// A pod that nobody has deleted is not to be disrupted any more.
    fn calm(&mut self, api: &mut ApiServer, key: &ObjectKey) {
        let Some(pod) = api.live().get(key).and_then(Object::into_pod) else { return };
        match disrupted_until(api.now(), &pod) {
            Some(until) if until > api.now() => drop(self.disrupted.insert(key.clone(), until)),
            Some(_) => {
                let mut status = (*pod.status).clone();
                status.set_condition(Condition {
                    kind: "DisruptionTarget".into(),
                    status: ConditionStatus::False,
                    last_transition_time: Some(Time::from(api.now())),
                    observed_generation: pod.metadata.generation,
                    ..Condition::default()
                });
                // Refused only if the pod is gone by now.
                _ = api.handle(Request::UpdateStatus(Pod { status: Rc::new(status), ..(*pod).clone() }.into()));
            }
            None => {}
        }
    }
}

impl Default for DisruptionController {
    fn default() -> Self {
        Self::new()
    }
}

/// Until when a pod may say that it is to be disrupted, if it says so, lives, and nobody has deleted it. A kubelet that
/// ends a pod may take as long as it likes.
fn disrupted_until(now: Timestamp, pod: &Pod) -> Option<Timestamp> {
    let target = pod.status.condition("DisruptionTarget").filter(|target| target.holds("DisruptionTarget"))?;
    let ends = pod.metadata.is_deleting() || pod.is_finished() || target.reason == "TerminationByKubelet";
    // Who does not say since when has said so for ever.
    let since = target.last_transition_time.map(Time::timestamp);
    (!ends).then(|| since.map_or(now, |since| since + STALE_AFTER))
}

/// The status that says what was found.
fn status(found: &Budget, budget: &Other, old: &Value, now: Time) -> Value {
    let allowed = found.allowed();
    let mut status = json!({
        "currentHealthy": found.healthy,
        "desiredHealthy": found.desired,
        "expectedPods": found.expected,
        "observedGeneration": budget.metadata.generation,
    });
    let (holds, reason) = match found.trouble {
        Some(_) => {
            // What was known stays, but that none may go.
            let zero = json!({"currentHealthy": 0, "desiredHealthy": 0, "expectedPods": 0});
            status = if old.is_object() { old.clone() } else { zero };
            ("False", "SyncFailed")
        }
        None if allowed > 0 => ("True", "SufficientPods"),
        None => ("False", "InsufficientPods"),
    };
    let before = &old["conditions"][0];
    let since = Some(&before["lastTransitionTime"]).filter(|_| before["status"] == holds);
    let mut condition = json!({
        "lastTransitionTime": since.cloned().unwrap_or_else(|| json!(now.to_string())),
        "message": found.trouble.as_deref().unwrap_or(""),
        "reason": reason,
        "status": holds,
        "type": "DisruptionAllowed",
    });
    if let Some(generation) = status.get("observedGeneration") {
        condition["observedGeneration"] = generation.clone();
    }
    status["conditions"] = json!([condition]);
    status["disruptionsAllowed"] = json!(allowed);
    status
}

impl Component for DisruptionController {
    fn observe(&mut self, now: Timestamp, change: &Change) {
        match &change.object {
            Object::Pod(pod) => self.observe_pod(now, change, pod),
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
        self.changed.values().chain(self.disrupted.values()).min().copied()
    }

    fn wake(&mut self, api: &mut ApiServer) {
        for (pod, budget) in std::mem::take(&mut self.contested) {
            let (namespace, name) = (&pod.metadata.namespace, &pod.metadata.name);
            let message = format!(
                "Pod \"{namespace}\"/\"{name}\" matches multiple PodDisruptionBudgets.  Chose \"{budget}\" arbitrarily."
            );
            let about = Object::Pod(Rc::clone(&pod)).reference();
            self.recorder.event(api, about, "Warning", "MultiplePodDisruptionBudgets", message);
        }
        for (key, _) in std::mem::take(&mut self.changed) {
            if let Some(Object::Other(budget)) = api.live().get(&key) {
                self.sync(api, budget);
            }
        }
        let stale: Vec<ObjectKey> =
            self.disrupted.iter().filter(|(_, until)| **until <= api.now()).map(|(key, _)| key.clone()).collect();
        for key in stale {
            self.disrupted.remove(&key);
            self.calm(api, &key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::fields;
    use crate::apiserver::Naming;

    struct Bench {
        api: ApiServer,
        controller: DisruptionController,
        told: u64,
    }

    impl Bench {
        fn new() -> Self {
            let api = ApiServer::new(Timestamp::from_secs(1), Naming::numbered());
            Self { api, controller: DisruptionController::new(), told: 0 }
        }

        fn budget(&mut self, name: &str, limit: Value) {
            let mut spec = json!({"selector": {"matchLabels": {"app": "db"}}});
            spec.as_object_mut().expect("a map").extend(limit.as_object().expect("a map").clone());
            let budget = json!({"metadata": {"name": name, "namespace": "default"}, "spec": spec});
            let budget = Object::from_value(Kind::PodDisruptionBudget, budget).expect("a budget");
            self.api.handle(Request::Create(budget)).expect("created");
        }

        /// A pod with a condition in its status, and somebody who owns it.
        fn pod(&mut self, name: &str, app: &str, condition: Value, owner: Option<(&str, &str)>) {
            let reference =
                |(group, kind)| json!({"apiVersion": group, "kind": kind, "name": "o", "uid": "u", "controller": true});
            let owners: Vec<Value> = owner.into_iter().map(reference).collect();
            let metadata =
                json!({"name": name, "namespace": "default", "labels": {"app": app}, "ownerReferences": owners});
            let pod = json!({"metadata": metadata, "spec": {"containers": [{"name": "c", "image": "i"}]}});
            let pod: Pod = fields::read(pod).expect("a pod");
            let mut pod = self.api.handle(Request::Create(pod.into())).expect("created").to_value();
            pod["status"]["conditions"] = json!([condition]);
            let pod = Object::from_value(Kind::Pod, pod).expect("a pod");
            self.api.handle(Request::UpdateStatus(pod)).expect("a status");
        }

        /// Lets the controller work until there is nothing to do at this second.
        fn run(&mut self, second: u64) {
            self.api.set_now(Timestamp::from_secs(second));
            loop {
                let seen = self.api.storage().revision();
                for revision in self.told + 1..=seen {
                    self.controller.observe(self.api.now(), &self.api.storage().change(revision));
                }
                self.told = seen;
                if self.controller.wake_at().is_none_or(|due| due > self.api.now()) {
                    break;
                }
                self.controller.wake(&mut self.api);
            }
        }

        /// How many pods there should be, must stay, are well and may go, and why.
        fn status(&self) -> ([i64; 4], String) {
            let key = ObjectKey::new(Kind::PodDisruptionBudget, "default", "b");
            let Some(Object::Other(budget)) = self.api.live().get(&key) else { panic!("no budget") };
            let status = &budget.fields["status"];
            let number = |field: &str| status[field].as_i64().expect("a number");
            let numbers = ["expectedPods", "desiredHealthy", "currentHealthy", "disruptionsAllowed"].map(number);
            (numbers, status["conditions"][0]["reason"].as_str().expect("a reason").to_owned())
        }

        fn events(&self) -> Vec<String> {
            let events = self.api.live().list(Kind::Event).filter_map(Object::into_event);
            events.map(|event| format!("{}: {}", event.said.reason, event.said.message)).collect()
        }
    }

    fn ready() -> Value {
        json!({"type": "Ready", "status": "True"})
    }

    #[test]
    fn a_budget_says_how_many_pods_may_go() {
        let mut bench = Bench::new();
        bench.budget("b", json!({"minAvailable": 1}));
        bench.run(1);
        assert_eq!(bench.status(), ([0, 1, 0, 0], "InsufficientPods".into()));
        for (name, app) in [("p", "db"), ("q", "db"), ("other", "web")] {
            bench.pod(name, app, ready(), None);
        }
        bench.run(1);
        assert_eq!(bench.status(), ([2, 1, 2, 1], "SufficientPods".into()));
        let key = ObjectKey::new(Kind::Pod, "default", "other");
        bench.api.handle(Request::Delete { key, options: Default::default() }).expect("deleted");
        bench.run(1);
        // Of pods that it does not mean a budget says nothing.
        assert_eq!(bench.events(), ["NoPods: No matching pods found"]);
    }

    #[test]
    fn a_budget_says_what_it_cannot_count() {
        let check = |limit: Value, owner: Option<(&str, &str)>, expected: &str| {
            let mut bench = Bench::new();
            bench.pod("p", "db", ready(), owner);
            bench.budget("b", limit.clone());
            bench.run(1);
            assert_eq!(bench.events(), Some(expected).filter(|it| !it.is_empty()).as_slice(), "{limit}, {owner:?}");
            let failed = expected.starts_with("Calculate");
            assert_eq!(bench.status().1 == "SyncFailed", failed, "{limit}, {owner:?}");
        };
        let missing = json!({"maxUnavailable": 1});
        let failed = "CalculateExpectedPodCountFailed: Failed to calculate the number of expected pods: ";
        let unmanaged = "UnmanagedPods: Pods selected by this PodDisruptionBudget (selector: \
                         &LabelSelector{MatchLabels:map[string]string{app: db,},MatchExpressions:\
                         []LabelSelectorRequirement{},}) were found to be unmanaged. As a result, the status of the PDB \
                         cannot be calculated correctly, which may result in undefined behavior. To account for these \
                         pods please set \".spec.minAvailable\" field of the PDB to an integer value.";
        check(json!({"minAvailable": 1}), None, "");
        check(json!({"minAvailable": "50%"}), None, unmanaged);
        check(missing.clone(), None, unmanaged);
        let no_scale = format!("{failed}jobs.batch does not implement the scale subresource");
        check(missing.clone(), Some(("batch/v1", "Job")), &no_scale);
        let no_controller = format!("{failed}found no controllers for pod \"p\"");
        check(missing.clone(), Some(("apps/v1", "StatefulSet")), &no_controller);
        check(missing.clone(), Some(("apps/v1", "ReplicaSet")), &no_controller);
        let unknown = format!("{failed}no matches for kind \"Foo\" in version \"example.com/v1\"");
        check(missing, Some(("example.com/v1", "Foo")), &unknown);
    }

    #[test]
    fn a_pod_with_several_budgets_is_told_of_one() {
        let mut bench = Bench::new();
        for name in ["b", "c"] {
            bench.budget(name, json!({"minAvailable": 0}));
        }
        bench.pod("p", "db", ready(), None);
        bench.run(1);
        let message = "Pod \"default\"/\"p\" matches multiple PodDisruptionBudgets.  Chose \"b\" arbitrarily.";
        assert_eq!(bench.events(), [format!("MultiplePodDisruptionBudgets: {message}")]);
    }

    #[test]
    fn who_is_not_deleted_is_not_to_be_disrupted_any_more() {
        let check = |condition: Value, calm_from: Option<u64>| {
            let mut bench = Bench::new();
            bench.pod("p", "web", condition.clone(), None);
            let key = ObjectKey::new(Kind::Pod, "default", "p");
            let before = bench.api.live().get(&key);
            for second in [1, 2, 129, 130, 131] {
                bench.run(second);
                let pod = bench.api.live().get(&key);
                let is_calm = calm_from.is_some_and(|from| second >= from);
                assert_eq!(pod != before, is_calm, "{condition} at {second}");
                let target = pod.and_then(Object::into_pod).expect("the pod").status.conditions[0].clone();
                let since = Time::from_secs(calm_from.unwrap_or(0) as i64);
                assert!(!is_calm || target.reason.is_empty() && target.last_transition_time == Some(since));
            }
        };
        let since = "1970-01-01T00:00:10Z";
        let target = |reason: &str| json!({"type": "DisruptionTarget", "status": "True", "reason": reason, "lastTransitionTime": since});
        check(target("Mine"), Some(130));
        check(target("TerminationByKubelet"), None);
        check(json!({"type": "DisruptionTarget", "status": "True"}), Some(1));
        check(json!({"type": "DisruptionTarget", "status": "False"}), None);
        check(json!({"type": "Mine", "status": "True"}), None);
    }
}
