//! Taint eviction: a NoExecute taint drives pods off a node that do not tolerate it (spec 03 §10, §11).
//!
//! Pods that tolerate it for a while (`tolerationSeconds`) stay that long: 300 s on a node that cannot be reached, unless
//! they say otherwise. If the taint goes before, so does the threat.
//! In Kubernetes: `pkg/controller/tainteviction`.

use crate::api::{
    Condition, ConditionStatus, Kind, Node, Object, ObjectKey, ObjectReference, Pod, Taint, Text, Time, Uid,
};
use crate::apiserver::{ApiServer, Change, ChangeType, Component, DeleteOptions, EventRecorder, Request};
use crate::sim::{Map, Timers, Timestamp};
use std::rc::Rc;
use std::time::Duration;

/// Evicts pods from tainted nodes.
#[derive(Clone, Debug)]
pub struct TaintEviction {
    /// The NoExecute taints of each node that has any.
    taints: Map<Text, Vec<Taint>>,
    /// When each threatened pod is to be evicted.
    threatened: Map<Uid, (ObjectKey, Timestamp)>,
    timers: Timers<Uid>,
    inbox: Vec<News>,
    recorder: EventRecorder,
}

#[derive(Clone, Debug)]
enum News {
    /// The taints of this node have changed.
    Taints(Text),
    /// A pod has come to a tainted node.
    Pod(Rc<Pod>),
    Gone(Uid),
}

impl TaintEviction {
    /// A controller that knows of no taint yet.
    pub fn new() -> Self {
        Self {
            taints: Map::new(),
            threatened: Map::new(),
            timers: Timers::new(),
            inbox: Vec::new(),
            recorder: EventRecorder::new("taint-eviction-controller", ""),
        }
    }

    /// A node that is gone takes its taints along, and no threat is lifted: what was announced for its pods comes true.
    fn note_node(&mut self, node: &Node, change: ChangeType) {
        let name = &node.metadata.name;
        if change == ChangeType::Deleted {
            self.taints.remove(name);
            return;
        }
        let no_execute = node.spec.taints.iter().filter(|taint| taint.effect == "NoExecute");
        let taints: Vec<Taint> = no_execute.cloned().collect();
        let same = self.taints.get(name).map_or(&[][..], Vec::as_slice) == taints;
        if same && (change != ChangeType::Added || self.threatened.is_empty()) {
            return;
        }
        if taints.is_empty() {
            self.taints.remove(name);
        } else {
            self.taints.insert(name.clone(), taints);
        }
        self.inbox.push(News::Taints(name.clone()));
    }

    fn note_pod(&mut self, change: &Change, pod: &Rc<Pod>) {
        let uid = pod.metadata.uid;
        if change.change == ChangeType::Deleted {
            if self.threatened.contains_key(&uid) {
                self.inbox.push(News::Gone(uid));
            }
            return;
        }
        if self.taints.is_empty() {
            return;
        }
        let is_tainted = pod.node_name.as_ref().is_some_and(|node| self.taints.contains_key(node));
        let previous = change.previous.as_ref().and_then(Object::as_pod);
        let same = previous.is_some_and(|previous| {
            previous.node_name == pod.node_name && previous.spec.tolerations == pod.spec.tolerations
        });
        if is_tainted && !same {
            self.inbox.push(News::Pod(Rc::clone(pod)));
        }
    }

    /// Decides what a node's taints mean for one of its pods.
    fn judge(&mut self, api: &mut ApiServer, pod: &Pod) {
        let uid = pod.metadata.uid;
        let taints = pod.node_name.as_ref().and_then(|node| self.taints.get(node));
        let key = ObjectKey::new(Kind::Pod, pod.metadata.namespace.clone(), pod.metadata.name.clone());
        match patience(taints.map_or(&[], Vec::as_slice), pod) {
            Patience::Endless => self.cancel(api, uid),
            Patience::None => {
                self.cancel(api, uid);
                self.evict(api, &key, uid);
            }
            Patience::For(span) => {
                // A threat stands as it was first made.
                if !self.threatened.contains_key(&uid) {
                    let at = api.now() + span;
                    self.threatened.insert(uid, (key, at));
                    self.timers.set(at, uid);
                }
            }
        }
    }

    fn cancel(&mut self, api: &mut ApiServer, uid: Uid) {
        let Some((key, _)) = self.threatened.remove(&uid) else { return };
        let message = format!("Cancelling deletion of Pod {}/{}", key.namespace, key.name);
        self.tell(api, &key, message);
    }

    fn evict(&mut self, api: &mut ApiServer, key: &ObjectKey, uid: Uid) {
        let message = format!("Marking for deletion Pod {}/{}", key.namespace, key.name);
        self.tell(api, key, message);
        let Some(pod) = api.live().get(key).and_then(Object::into_pod).filter(|pod| pod.metadata.uid == uid) else {
            return;
        };
        let mut status = (*pod.status).clone();
        status.set_condition(Condition {
            kind: "DisruptionTarget".into(),
            status: ConditionStatus::True,
            reason: "DeletionByTaintManager".into(),
            message: "Taint manager: deleting due to NoExecute taint".into(),
            last_transition_time: Some(Time::from(api.now())),
            observed_generation: pod.metadata.generation,
            ..Condition::default()
        });
        let marked = Pod { status: Rc::new(status), ..(*pod).clone() };
        // Both are refused only if the pod is gone meanwhile.
        let _ = api.handle(Request::UpdateStatus(marked.into()));
        let options = DeleteOptions { uid: Some(uid), ..DeleteOptions::default() };
        let _ = api.handle(Request::Delete { key: key.clone(), options });
    }

    /// The event names the pod without its UID: it is not among those that `kubectl describe pod` shows.
    fn tell(&mut self, api: &mut ApiServer, key: &ObjectKey, message: String) {
        let about = ObjectReference::to(Kind::Pod, &key.namespace, &key.name, Uid::default());
        self.recorder.event(api, about, "Normal", "TaintManagerEviction", message);
    }
}

impl Default for TaintEviction {
    fn default() -> Self {
        Self::new()
    }
}

impl Component for TaintEviction {
    fn observe(&mut self, _now: Timestamp, change: &Change) {
        match &change.object {
            Object::Node(node) => self.note_node(node, change.change),
            Object::Pod(pod) => self.note_pod(change, pod),
            _ => {}
        }
    }

    fn wake_at(&self) -> Option<Timestamp> {
        if self.inbox.is_empty() { self.timers.next_due() } else { Some(Timestamp::default()) }
    }

    fn wake(&mut self, api: &mut ApiServer) {
        for news in std::mem::take(&mut self.inbox) {
            match news {
                News::Pod(pod) => self.judge(api, &pod),
                News::Gone(uid) => self.cancel(api, uid),
                News::Taints(node) => {
                    let pods = api.live().list(Kind::Pod).filter_map(Object::into_pod);
                    let here = pods.filter(|pod| pod.node_name.as_ref() == Some(&node));
                    for pod in here.collect::<Vec<_>>() {
                        self.judge(api, &pod);
                    }
                }
            }
        }
        while let Some(uid) = self.timers.pop_due(api.now()) {
            let due = self.threatened.get(&uid).is_some_and(|&(_, at)| at <= api.now());
            if due && let Some((key, _)) = self.threatened.remove(&uid) {
                self.evict(api, &key, uid);
            }
        }
    }
}

/// How long a pod puts up with a node's taints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Patience {
    Endless,
    For(Duration),
    None,
}

fn patience(taints: &[Taint], pod: &Pod) -> Patience {
    let mut shortest = Patience::Endless;
    for taint in taints {
        // Of several that tolerate it, the first counts.
        let Some(toleration) = pod.spec.tolerations.iter().find(|toleration| toleration.tolerates(taint)) else {
            return Patience::None;
        };
        if let Some(seconds) = toleration.toleration_seconds {
            let span = Duration::from_secs(u64::try_from(seconds).unwrap_or(0));
            shortest = match shortest {
                Patience::For(shorter) => Patience::For(shorter.min(span)),
                _ => Patience::For(span),
            };
        }
    }
    shortest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::fields;
    use serde_json::{Value, json};

    #[test]
    fn a_pod_stays_as_long_as_it_tolerates_every_taint() {
        let check = |situation: &str, taints: &[&'static str], tolerations: Value, expected: Patience| {
            let taint = |&key: &&'static str| Taint { key: key.into(), effect: "NoExecute".into(), ..Taint::default() };
            let taints: Vec<Taint> = taints.iter().map(taint).collect();
            let pod: Pod = fields::read(json!({"spec": {"tolerations": tolerations}})).expect("a pod");
            assert_eq!(patience(&taints, &pod), expected, "{situation}");
        };
        let exists =
            |key: &str, seconds: Value| json!({"key": key, "operator": "Exists", "tolerationSeconds": seconds});
        let seconds = |seconds| Patience::For(Duration::from_secs(seconds));
        check("no taint", &[], json!([]), Patience::Endless);
        check("not tolerated", &["a"], json!([exists("b", json!(null))]), Patience::None);
        check("tolerated for ever", &["a"], json!([exists("a", json!(null))]), Patience::Endless);
        check("tolerated for a while", &["a"], json!([exists("a", json!(6))]), seconds(6));
        check("one of two", &["a", "b"], json!([exists("a", json!(6))]), Patience::None);
        check("the shorter", &["a", "b"], json!([exists("a", json!(6)), exists("b", json!(4))]), seconds(4));
        check("the first", &["a"], json!([exists("a", json!(9)), exists("a", json!(4))]), seconds(9));
        check(
            "the first, for ever",
            &["a"],
            json!([exists("a", json!(null)), exists("a", json!(4))]),
            Patience::Endless,
        );
        check("negative is at once", &["a"], json!([exists("a", json!(-1))]), seconds(0));
    }
}
