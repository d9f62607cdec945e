//! What the scheduler does with pods, told by what they say of themselves afterwards.

use super::{PLUGINS, Scheduler};
use crate::api::{Event, Kind, Node, Object, ObjectKey, Pod, PodStatus, Taint, Time, fields};
use crate::apiserver::{ApiServer, Component, DeleteOptions, Naming, Request};
use crate::sim::Timestamp;
use serde_json::{Value, json};
use std::rc::Rc;

struct Bench {
    api: ApiServer,
    scheduler: Scheduler,
    told: u64,
}

impl Bench {
    /// A cluster of nodes, each with these allocatable resources and this spec.
    fn new(nodes: &[Value]) -> Self {
        let api = ApiServer::new(Timestamp::from_secs(1), Naming::numbered());
        let mut bench = Self { api, scheduler: Scheduler::new(), told: 0 };
        bench.scheduler.set_plugins(&PLUGINS);
        let meek = json!({"metadata": {"name": "meek"}, "value": 2, "preemptionPolicy": "Never"});
        let ranks = (1..=3).map(|rank| json!({"metadata": {"name": format!("rank-{rank}")}, "value": rank}));
        for class in ranks.chain([meek]) {
            let class = Object::from_value(Kind::PriorityClass, class).expect("a class");
            bench.api.handle(Request::Create(class)).expect("a class");
        }
        for (number, node) in nodes.iter().enumerate() {
            let node = json!({
                "metadata": {"name": format!("node-{}", number + 1), "labels": node["labels"]},
                "spec": {"unschedulable": node["cordoned"] == true, "taints": node["taints"]},
                "status": {"allocatable": {
                    "cpu": node["cpu"].as_str().unwrap_or("4"), "memory": "8Gi",
                    "pods": node["pods"].as_str().unwrap_or("110"),
                }},
            });
            let node = strip_nulls(node);
            let node: Node = fields::read(node).expect("a node");
            bench.api.handle(Request::Create(node.into())).expect("a node");
        }
        bench
    }

    fn pod(&mut self, name: &str, cpu: &str, spec: Value) {
        let requests = if cpu.is_empty() { json!({}) } else { json!({"cpu": cpu}) };
        let mut whole = json!({"containers": [{"name": "w", "image": "i", "resources": {"requests": requests}}]});
        for (field, value) in spec.as_object().expect("fields") {
            whole[field] = value.clone();
        }
        let pod = json!({"metadata": {"name": name, "namespace": "default", "labels": {"app": name}}, "spec": whole});
        let pod: Pod = fields::read(pod).expect("a pod");
        self.api.handle(Request::Create(pod.into())).expect("a pod");
    }

    /// A budget of which the disruption controller has said how many of its pods may go.
    fn budget(&mut self, selector: Value, allowed: i64) {
        let budget = json!({
            "metadata": {"name": "b", "namespace": "default"},
            "spec": {"selector": selector, "minAvailable": 1},
            "status": {"disruptionsAllowed": allowed},
        });
        let budget = Object::from_value(Kind::PodDisruptionBudget, budget).expect("a budget");
        self.api.handle(Request::Create(budget.clone())).expect("a budget");
        self.api.handle(Request::UpdateStatus(budget)).expect("counted");
    }

    fn run(&mut self) {
        loop {
            let seen = self.api.storage().revision();
            for revision in self.told + 1..=seen {
                self.scheduler.observe(self.api.now(), &self.api.storage().change(revision));
            }
            self.told = seen;
            if self.scheduler.wake_at().is_none_or(|due| due > self.api.now()) {
                return;
            }
            self.scheduler.wake(&mut self.api);
        }
    }

    fn get(&self, name: &str) -> Rc<Pod> {
        let key = ObjectKey::new(Kind::Pod, "default", name.to_owned());
        self.api.live().get(&key).and_then(Object::into_pod).expect("the pod")
    }

    /// What a kubelet says of a pod.
    fn report(&mut self, name: &str, change: impl FnOnce(&mut PodStatus)) {
        let mut pod = (*self.get(name)).clone();
        change(Rc::make_mut(&mut pod.status));
        self.api.handle(Request::UpdateStatus(pod.into())).expect("reported");
    }

    fn finish(&mut self, name: &str) {
        self.report(name, |status| status.phase = crate::api::PodPhase::Succeeded);
    }

    fn change_node(&mut self, name: &'static str, change: impl Fn(&mut Node)) {
        let node = self.api.live().get(&ObjectKey::new(Kind::Node, "", name)).and_then(Object::into_node);
        let mut node = (*node.expect("the node")).clone();
        let before = node.clone();
        change(&mut node);
        let request = if node.status == before.status { Request::Update } else { Request::UpdateStatus };
        self.api.handle(request(node.into())).expect("changed");
    }

    fn place(&self, name: &str) -> String {
        let pod = self.get(name);
        match &pod.node_name {
            Some(node) => node.to_string(),
            None => pod.status.condition("PodScheduled").map_or(String::new(), |held| held.message.to_string()),
        }
    }

    fn events(&self, name: &str) -> Vec<(String, i32)> {
        let events = self.api.live().list(Kind::Event).filter_map(Object::into_event);
        let mut about: Vec<_> = events.filter(|event| event.involved_object.name == name).collect();
        about.sort_by_key(|event| event.metadata.uid);
        let count = |event: &Event| event.series.as_ref().map_or(1, |series| series.count);
        about.into_iter().map(|event| (event.said.reason.to_string(), count(&event))).collect()
    }
}

fn strip_nulls(mut value: Value) -> Value {
    if let Value::Object(fields) = &mut value {
        fields.retain(|_, field| !field.is_null());
        for field in fields.values_mut() {
            *field = strip_nulls(field.take());
        }
    }
    value
}

const NO_ROOM: &str = " no new claims to deallocate, preemption: 0/3 nodes are available: ";

#[test]
fn a_pod_that_fits_nowhere_is_told_why() {
    let check = |nodes: &[Value], cpu: &str, spec: Value, message: &str| {
        let mut bench = Bench::new(nodes);
        bench.pod("p", cpu, spec);
        bench.run();
        assert_eq!(bench.place("p"), message);
    };
    let taint = |effect: &str| json!({"taints": [{"key": "k", "value": "v", "effect": effect}]});
    let plain = || json!({});
    check(&[], "1", plain(), "no nodes available to schedule pods");
    check(
        &[taint("NoSchedule"), plain(), plain()],
        "5",
        plain(),
        &format!(
            "0/3 nodes are available: 1 node(s) had untolerated taint(s), 2 Insufficient cpu.{NO_ROOM}\
             3 Preemption is not helpful for scheduling."
        ),
    );
    check(
        &[json!({"cordoned": true}), json!({"pods": "0"}), taint("NoExecute")],
        "1",
        json!({"tolerations": [{"key": "k", "operator": "Equal", "value": "w"}]}),
        &format!(
            "0/3 nodes are available: 1 Too many pods, 1 node(s) had untolerated taint(s), 1 node(s) were \
             unschedulable.{NO_ROOM}1 No preemption victims found for incoming pod, 2 Preemption is not helpful for \
             scheduling."
        ),
    );
    check(
        &[plain(), plain(), plain()],
        "",
        json!({"nodeSelector": {"disk": "ssd"}}),
        &format!(
            "0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector.{NO_ROOM}\
             3 Preemption is not helpful for scheduling."
        ),
    );
    let named = |names: &[&str]| {
        let fields: Vec<_> =
            names.iter().map(|name| json!({"key": "metadata.name", "operator": "In", "values": [name]})).collect();
        let terms = json!({"nodeSelectorTerms": [{"matchFields": fields}]});
        json!({"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": terms}}})
    };
    check(
        &[plain(), json!({"pods": "0"}), taint("NoSchedule")],
        "1",
        named(&["node-2"]),
        &format!(
            "0/3 nodes are available: 1 Too many pods, 2 node(s) didn't satisfy plugin(s) [NodeAffinity].{NO_ROOM}\
             1 No preemption victims found for incoming pod, 2 Preemption is not helpful for scheduling."
        ),
    );
    check(
        &[plain(), plain(), plain()],
        "1",
        named(&["node-1", "node-2"]),
        &format!(
            "0/3 nodes are available: pod affinity terms conflict.{NO_ROOM}3 Preemption is not helpful for scheduling."
        ),
    );
    check(&[plain(), plain()], "1", named(&["node-2"]), "node-2");
    check(&[plain(), taint("PreferNoSchedule")], "1", plain(), "node-1");
    check(&[taint("NoSchedule")], "1", json!({"tolerations": [{"operator": "Exists"}]}), "node-1");
}

#[test]
fn pods_go_where_there_is_most_room_and_then_by_name() {
    let mut bench = Bench::new(&[json!({}), json!({}), json!({"cpu": "8"})]);
    for name in ["a", "b", "c", "d"] {
        bench.pod(name, "1", json!({}));
    }
    bench.run();
    let places: Vec<String> = ["a", "b", "c", "d"].iter().map(|name| bench.place(name)).collect();
    assert_eq!(places, ["node-1", "node-2", "node-3", "node-3"]);
}

#[test]
fn pods_wait_for_room_and_each_failure_is_an_event() {
    let mut bench = Bench::new(&[json!({}), json!({}), json!({})]);
    for number in 0..6 {
        bench.pod(&format!("p{number}"), "3", json!({}));
    }
    bench.run();
    let no_victims =
        format!("0/3 nodes are available: 3 Insufficient cpu.{NO_ROOM}3 No preemption victims found for incoming pod.");
    assert_eq!(bench.place("p3"), no_victims);
    for name in ["p0", "p1", "p2"] {
        bench.finish(name);
    }
    bench.run();
    assert_eq!([bench.place("p3"), bench.place("p4"), bench.place("p5")], ["node-1", "node-2", "node-3"]);
    let failed = |count| ("FailedScheduling".to_owned(), count);
    let scheduled = || ("Scheduled".to_owned(), 1);
    assert_eq!(bench.events("p3"), [failed(1), scheduled()]);
    assert_eq!(bench.events("p4"), [failed(1), failed(1), scheduled()]);
    assert_eq!(bench.events("p5"), [failed(1), failed(2), scheduled()]);
}

#[test]
fn the_highest_priority_comes_first() {
    let mut bench = Bench::new(&[json!({"cpu": "1"})]);
    bench.pod("low", "1", json!({"priorityClassName": "rank-1"}));
    bench.pod("high", "1", json!({"priorityClassName": "rank-2"}));
    bench.run();
    assert_eq!(bench.place("high"), "node-1");
}

#[test]
fn a_pod_of_higher_priority_makes_room_for_itself() {
    let mut bench = Bench::new(&[json!({}), json!({}), json!({})]);
    for name in ["a", "b", "c"] {
        bench.pod(name, "3", json!({"priorityClassName": "rank-1"}));
    }
    bench.run();
    bench.pod("never", "3", json!({"priorityClassName": "meek"}));
    bench.pod("vip", "3", json!({"priorityClassName": "rank-3"}));
    bench.run();
    assert_eq!(bench.place("vip"), "0/3 nodes are available: 3 Insufficient cpu.");
    let never = "0/3 nodes are available: 3 Insufficient cpu. no new claims to deallocate, preemption: not eligible due \
                 to preemptionPolicy=Never.";
    assert_eq!(bench.place("never"), never);
    assert_eq!(bench.get("vip").status.nominated_node_name, "node-3");
    let victim = bench.get("c");
    let target = victim.status.condition("DisruptionTarget").expect("marked");
    assert_eq!(target.reason, "PreemptionByScheduler");
    assert!(victim.metadata.is_deleting());
    assert_eq!(bench.events("c").last().expect("an event").0, "Preempted");

    let options = DeleteOptions { grace_period_seconds: Some(0), ..DeleteOptions::default() };
    let key = ObjectKey::new(Kind::Pod, "default", "c");
    bench.api.handle(Request::Delete { key, options }).expect("gone");
    bench.run();
    assert_eq!(bench.place("vip"), "node-3");
    assert_eq!(bench.get("vip").status.nominated_node_name, "", "that is over");
    assert_eq!(bench.place("never"), never);
}

#[test]
fn of_equal_victims_the_one_that_started_last_goes() {
    let check = |started: [(&'static str, i64); 2], victim: &str| {
        let mut bench = Bench::new(&[json!({}), json!({})]);
        for (name, _) in started {
            bench.pod(name, "3", json!({"priorityClassName": "rank-1"}));
        }
        bench.run();
        // Their kubelets say so once the scheduler has long bound them.
        for (name, second) in started {
            bench.report(name, |status| status.start_time = Some(Time::from_secs(second)));
        }
        bench.run();
        bench.pod("vip", "3", json!({"priorityClassName": "rank-3"}));
        bench.run();
        assert_eq!(bench.events(victim).last().expect("an event").0, "Preempted", "{started:?}");
    };
    check([("a", 50), ("b", 100)], "b");
    check([("a", 100), ("b", 50)], "a");
}

#[test]
fn victims_that_have_not_started_go_first() {
    let mut bench = Bench::new(&[json!({})]);
    for name in ["old", "new"] {
        bench.pod(name, "2", json!({"priorityClassName": "rank-1"}));
    }
    bench.run();
    bench.report("new", |status| status.start_time = Some(Time::from_secs(50)));
    bench.run();
    bench.pod("vip", "2", json!({"priorityClassName": "rank-3"}));
    bench.run();
    assert_eq!(bench.events("old").last().expect("an event").0, "Preempted");
}

#[test]
fn budgets_are_broken_only_where_nothing_else_helps() {
    // Of `a` and `b`, which are each on a node of their own or both on one, `b` would go: it came last.
    let check = |nodes: usize, selector: Value, allowed: i64, victim: &str| {
        let mut bench = Bench::new(&vec![json!({}); nodes]);
        let cpu = if nodes == 1 { "2" } else { "3" };
        for name in ["a", "b"] {
            bench.pod(name, cpu, json!({"priorityClassName": "rank-1"}));
        }
        bench.budget(selector.clone(), allowed);
        bench.run();
        bench.pod("vip", cpu, json!({"priorityClassName": "rank-3"}));
        bench.run();
        let ended = ["a", "b"].into_iter().filter(|name| bench.get(name).metadata.is_deleting());
        assert_eq!(ended.collect::<String>(), victim, "{nodes} nodes, {selector}, {allowed}");
    };
    let of = |names: &[&str]| json!({"matchExpressions": [{"key": "app", "operator": "In", "values": names}]});
    for nodes in [1, 2] {
        check(nodes, of(&["c"]), 0, "b");
        check(nodes, of(&["b"]), 0, "a");
        check(nodes, of(&["b"]), 1, "b");
        check(nodes, of(&["a", "b"]), 0, "b");
        // In the scheduler's eyes this one is about nobody.
        check(nodes, json!({}), 0, "b");
    }
    // The more important one on a node is counted first, so that the other would break the budget.
    check(1, of(&["a", "b"]), 1, "a");
    check(2, of(&["a", "b"]), 1, "b");
}

#[test]
fn who_makes_room_takes_it_from_those_who_wait_for_it() {
    let mut bench = Bench::new(&[json!({})]);
    bench.pod("low", "3", json!({"priorityClassName": "rank-1"}));
    bench.run();
    bench.pod("middle", "3", json!({"priorityClassName": "rank-2"}));
    bench.run();
    assert_eq!(bench.get("middle").status.nominated_node_name, "node-1");
    bench.pod("high", "3", json!({"priorityClassName": "rank-3"}));
    bench.run();
    let nominated = ["middle", "high"].map(|name| bench.get(name).status.nominated_node_name.to_string());
    assert_eq!(nominated, ["", "node-1"]);
}

#[test]
fn each_of_two_makes_room_of_its_own() {
    let mut bench = Bench::new(&[json!({}), json!({}), json!({})]);
    for name in ["a", "b", "c"] {
        bench.pod(name, "3", json!({"priorityClassName": "rank-1"}));
    }
    bench.run();
    for name in ["vip-1", "vip-2"] {
        bench.pod(name, "3", json!({"priorityClassName": "rank-3"}));
    }
    bench.run();
    let nominated = ["vip-1", "vip-2"].map(|name| bench.get(name).status.nominated_node_name.to_string());
    assert_eq!(nominated, ["node-3", "node-2"]);
}

#[test]
fn preemption_says_of_each_node_why_it_does_not_help() {
    let mut bench = Bench::new(&[json!({}), json!({}), json!({"cpu": "1"})]);
    // On node-1 nobody is less important; on node-2 somebody is, but that is not enough.
    for (node, rank, cpu) in [("node-1", "rank-3", "3"), ("node-2", "rank-3", "2"), ("node-2", "rank-1", "2")] {
        bench.pod(&format!("{node}-{rank}"), cpu, json!({"nodeName": node, "priorityClassName": rank}));
    }
    bench.pod("vip", "3", json!({"priorityClassName": "rank-2"}));
    bench.run();
    assert_eq!(
        bench.place("vip"),
        format!(
            "0/3 nodes are available: 3 Insufficient cpu.{NO_ROOM}1 Insufficient cpu, 1 No preemption victims found for \
             incoming pod, 1 Preemption is not helpful for scheduling."
        )
    );
}

/// What happens to the cluster, and whether a pod that waits is tried again because of it.
#[test]
fn a_pod_is_tried_again_when_what_refused_it_may_have_changed() {
    let check = |nodes: &[Value], cpu: &str, what: &str, change: &dyn Fn(&mut Bench), again: bool| {
        let mut bench = Bench::new(nodes);
        bench.pod("other", "1", json!({"nodeName": "node-1"}));
        bench.pod("p", cpu, json!({}));
        bench.pod("q", cpu, json!({}));
        bench.run();
        let before = ["p", "q"].map(|name| bench.events(name));
        assert!(bench.get("p").node_name.is_none());
        change(&mut bench);
        bench.run();
        for (name, before) in ["p", "q"].iter().zip(before) {
            assert_eq!(bench.events(name) != before, again, "{what}: {name}");
        }
    };
    let cordon = |on: bool| move |bench: &mut Bench| bench.change_node("node-1", |node| node.spec.unschedulable = on);
    let taint = |bench: &mut Bench| {
        let taint = Taint { key: "k".into(), effect: "NoSchedule".into(), ..Taint::default() };
        bench.change_node("node-1", |node| node.spec.taints = vec![taint.clone()]);
    };
    let clean = |bench: &mut Bench| bench.change_node("node-1", |node| node.spec.taints.clear());
    let ended = |bench: &mut Bench| bench.finish("other");
    let grown = |bench: &mut Bench| {
        bench.change_node("node-1", |node| {
            let mut status = (*node.status).clone();
            status.allocatable.insert("cpu".into(), "8".into());
            node.status = Rc::new(status);
        });
    };
    let small = || [json!({}), json!({})];
    check(&small(), "4.5", "a pod has ended, though it can never fit", &ended, true);
    check(&small(), "4.5", "a node that is too small is cordoned", &cordon(true), false);
    check(&small(), "4.5", "or tainted", &taint, false);
    check(&small(), "4.5", "or larger", &grown, true);
    let cordoned = || [json!({"cordoned": true})];
    check(&cordoned(), "1", "uncordoned", &cordon(false), true);
    check(&[json!({"cordoned": true, "cpu": "2"})], "3", "uncordoned, and too small", &cordon(false), true);
    check(&cordoned(), "1", "tainted as well", &taint, false);
    check(&cordoned(), "1", "a pod has ended on a cordoned node", &ended, false);
    let tainted = [json!({"taints": [{"key": "k", "effect": "NoExecute"}]})];
    check(&tainted, "1", "the taint is gone", &clean, true);
    check(&tainted, "1", "cordoned as well", &cordon(true), false);
}

#[test]
fn a_pod_that_found_no_node_at_all_takes_the_first() {
    let mut bench = Bench::new(&[]);
    bench.pod("p", "1", json!({}));
    bench.run();
    let node: Node = fields::read(json!({
        "metadata": {"name": "node-1"}, "status": {"allocatable": {"cpu": "4", "memory": "8Gi", "pods": "110"}},
    }))
    .expect("a node");
    bench.api.handle(Request::Create(node.into())).expect("a node");
    bench.run();
    assert_eq!(bench.place("p"), "node-1");
}

#[test]
fn who_is_kept_away_by_another_is_not_told_again_of_a_cordon() {
    let mut bench = Bench::new(&[json!({"labels": {"kubernetes.io/hostname": "a"}})]);
    let apart = json!({"labelSelector": {}, "topologyKey": "kubernetes.io/hostname"});
    bench.pod(
        "alone",
        "1",
        json!({"affinity": {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [apart]}}}),
    );
    bench.run();
    bench.pod("p", "1", json!({}));
    bench.run();
    let before = bench.events("p");
    assert_eq!(before.len(), 1);
    bench.change_node("node-1", |node| node.spec.unschedulable = true);
    bench.run();
    assert_eq!(bench.events("p"), before);
}

#[test]
fn ports_are_waited_for_until_somebody_frees_them() {
    let mut bench = Bench::new(&[json!({})]);
    let port = |port: u32| json!({"containers": [{"name": "w", "image": "i", "ports": [{"containerPort": port, "hostPort": port}]}]});
    for (name, spec) in [("a", port(80)), ("b", port(81)), ("c", json!({})), ("p", port(80))] {
        bench.pod(name, "", spec);
    }
    bench.run();
    for gone in ["b", "c"] {
        bench.finish(gone);
        bench.run();
        assert_eq!(bench.events("p"), [("FailedScheduling".to_owned(), 1)], "{gone} does not have it");
    }
    bench.finish("a");
    bench.run();
    assert_eq!(bench.place("p"), "node-1");
}

#[test]
fn who_is_going_anyway_is_not_displaced() {
    let mut bench = Bench::new(&[json!({})]);
    bench.pod("low", "3", json!({"priorityClassName": "rank-1"}));
    bench.run();
    let (key, options) = (ObjectKey::new(Kind::Pod, "default", "low"), DeleteOptions::default());
    bench.api.handle(Request::Delete { key, options }).expect("deleted");
    bench.pod("high", "3", json!({"priorityClassName": "rank-2"}));
    bench.run();
    assert_eq!(bench.get("high").status.nominated_node_name, "node-1");
    assert!(bench.get("low").status.condition("DisruptionTarget").is_none());
    assert_eq!(bench.events("low"), [("Scheduled".to_owned(), 1)]);
}

#[test]
fn room_that_is_kept_for_a_pod_is_free_when_the_pod_is_gone() {
    let mut bench = Bench::new(&[json!({})]);
    bench.pod("low", "2", json!({"priorityClassName": "rank-1"}));
    bench.run();
    bench.pod("high", "4", json!({"priorityClassName": "rank-3"}));
    bench.run();
    assert_eq!(bench.get("high").status.nominated_node_name, "node-1");
    bench.pod("waits", "2", json!({"priorityClassName": "rank-2"}));
    bench.run();
    assert!(bench.get("waits").node_name.is_none());
    let (key, options) = (ObjectKey::new(Kind::Pod, "default", "high"), DeleteOptions::default());
    bench.api.handle(Request::Delete { key, options }).expect("gone");
    bench.run();
    assert_eq!(bench.place("waits"), "node-1");
}

/// Three nodes in two zones.
fn zones() -> Vec<Value> {
    let node = |name: &str, zone: &str| json!({"labels": {"kubernetes.io/hostname": name, "zone": zone}});
    vec![node("node-1", "a"), node("node-2", "a"), node("node-3", "b")]
}

impl Bench {
    /// A pod with a label of its own, which its rules about others select.
    fn labelled(&mut self, name: &str, app: &str, spec: Value) -> String {
        let mut whole = json!({"containers": [{"name": "w", "image": "i"}]});
        whole.as_object_mut().expect("fields").extend(spec.as_object().expect("fields").clone());
        let pod = json!({"metadata": {"name": name, "namespace": "default", "labels": {"app": app}}, "spec": whole});
        let pod: Pod = fields::read(pod).expect("a pod");
        self.api.handle(Request::Create(pod.into())).expect("a pod");
        self.run();
        self.place(name)
    }
}

fn about(kind: &str, app: &str, key: &str) -> Value {
    let term = json!({"labelSelector": {"matchLabels": {"app": app}}, "topologyKey": key});
    json!({"affinity": {kind: {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}})
}

fn spread(key: &str, when: &str) -> Value {
    json!({"topologySpreadConstraints": [{
        "maxSkew": 1, "topologyKey": key, "whenUnsatisfiable": when, "labelSelector": {"matchLabels": {"app": "a"}},
    }]})
}

#[test]
fn pods_are_spread_over_domains() {
    let mut bench = Bench::new(&zones());
    let even = || spread("zone", "DoNotSchedule");
    let places: Vec<_> = (0..4).map(|i| bench.labelled(&format!("p{i}"), "a", even())).collect();
    assert_eq!(places, ["node-1", "node-3", "node-2", "node-3"]);
    // Only where one zone would be two ahead it is refused.
    let only_a = json!({"nodeSelector": {"zone": "a"}});
    let mut pinned = even();
    pinned["nodeSelector"] = only_a["nodeSelector"].clone();
    assert_eq!(bench.labelled("q", "a", pinned), "node-1", "a pod that cannot be in b does not count b");

    let mut bench = Bench::new(&zones());
    bench.change_node("node-3", |node| node.spec.unschedulable = true);
    assert_eq!(bench.labelled("p0", "a", even()), "node-1");
    assert_eq!(
        bench.labelled("p1", "a", even()),
        format!(
            "0/3 nodes are available: 1 node(s) were unschedulable, 2 node(s) didn't match pod topology spread constraints.{NO_ROOM}1 \
             Preemption is not helpful for scheduling, 2 No preemption victims found for incoming pod."
        )
    );
    assert_eq!(bench.labelled("p2", "a", spread("zone", "ScheduleAnyway")), "node-2");
    assert!(
        bench.labelled("p3", "a", spread("rack", "DoNotSchedule")).contains("constraints (missing required label)")
    );
    bench
        .api
        .handle(Request::Delete { key: ObjectKey::new(Kind::Node, "", "node-3"), options: DeleteOptions::default() })
        .expect("gone");
    bench.run();
    assert_eq!(bench.place("p1"), "node-1", "there is one zone only");

    let mut bench = Bench::new(&zones());
    bench.change_node("node-3", |node| {
        node.spec.taints = vec![Taint { key: "k".into(), effect: "NoSchedule".into(), ..Taint::default() }]
    });
    let mut honest = even();
    honest["topologySpreadConstraints"][0]["nodeTaintsPolicy"] = json!("Honor");
    assert_eq!(bench.labelled("p0", "a", honest.clone()), "node-1");
    let second = bench.labelled("p1", "a", honest);
    assert_eq!(second, "node-2", "a node that it does not tolerate is no place to spread to");
}

#[test]
fn pods_seek_and_avoid_each_other() {
    let mut bench = Bench::new(&zones());
    let near = || about("podAffinity", "cache", "zone");
    let alone = bench.labelled("near", "x", near());
    assert!(alone.starts_with("0/3 nodes are available: 3 node(s) didn't match pod affinity rules."), "{alone}");
    bench.labelled("other", "web", json!({}));
    assert_eq!(bench.events("near"), [("FailedScheduling".to_owned(), 1)], "that is no company to it");
    assert_eq!(bench.labelled("cache", "cache", json!({"nodeSelector": {"zone": "b"}})), "node-3");
    assert_eq!(bench.place("near"), "node-3", "it has found company");
    // The first of a group may be anywhere.
    assert_eq!(bench.labelled("first", "group", about("podAffinity", "group", "zone")), "node-2");

    let mut bench = Bench::new(&zones());
    let one_each = || about("podAntiAffinity", "db", "kubernetes.io/hostname");
    let places: Vec<_> = (0..3).map(|i| bench.labelled(&format!("db-{i}"), "db", one_each())).collect();
    assert_eq!(places, ["node-1", "node-2", "node-3"]);
    let fourth = bench.labelled("db-3", "db", one_each());
    assert!(fourth.starts_with("0/3 nodes are available: 3 node(s) didn't match pod anti-affinity rules."), "{fourth}");
    bench.labelled("elsewhere", "web", json!({}));
    bench.finish("elsewhere");
    bench.run();
    assert_eq!(bench.events("db-3"), [("FailedScheduling".to_owned(), 1)], "whom it does not mind is no news to it");
    let other = bench.labelled("guest", "db", json!({}));
    assert!(other.contains("3 node(s) didn't satisfy existing pods anti-affinity rules"), "{other}");
    bench.finish("db-1");
    bench.run();
    assert_eq!(bench.place("db-3"), "node-2", "the oldest that waits gets the room");
}

#[test]
fn the_important_displace_those_who_keep_them_away() {
    let mut bench = Bench::new(&zones());
    let one_each = |rank: &str| {
        let mut spec = about("podAntiAffinity", "db", "kubernetes.io/hostname");
        spec["priorityClassName"] = json!(rank);
        spec
    };
    for i in 0..3 {
        bench.labelled(&format!("low-{i}"), "db", one_each("rank-1"));
    }
    bench.labelled("high", "db", one_each("rank-2"));
    assert_eq!(bench.get("high").status.nominated_node_name, "node-3");
}

#[test]
fn wishes_come_before_room() {
    let tainted = json!({"taints": [{"key": "k", "value": "v", "effect": "PreferNoSchedule"}]});
    let mut bench = Bench::new(&[tainted, json!({"labels": {"disk": "ssd"}}), json!({})]);
    let wish = |weight: i64| {
        let preference = json!({"matchExpressions": [{"key": "disk", "operator": "Exists"}]});
        let term = json!({"weight": weight, "preference": preference});
        json!({"affinity": {"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [term]}}})
    };
    let mut place = |name: &str, spec: Value| {
        bench.pod(name, "1", spec);
        bench.run();
        bench.place(name)
    };
    assert_eq!(place("a", wish(1)), "node-2");
    assert_eq!(place("b", wish(1)), "node-2", "though it is fuller");
    assert_eq!(place("c", json!({})), "node-3", "though node-1 is as empty");
    assert_eq!(place("d", json!({"tolerations": [{"key": "k", "operator": "Exists"}]})), "node-1");
}
