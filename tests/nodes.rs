//! What the loss, the tainting and the deletion of a node mean for its pods: kubelets, node lifecycle controller, taint
//! eviction, pod garbage collector and scheduler together.

use jobscope::api::{Kind, Node, Object, ObjectKey, Pod, Taint, Text, fields};
use jobscope::apiserver::{ChangeType, DeleteOptions, Naming, Request};
use jobscope::cluster::{Cluster, Config, Fault, REST};
use jobscope::node::{Behaviour, NodeSize, Profile};
use jobscope::sim::Timestamp;
use serde_json::{Value, json};

struct Bench {
    cluster: Cluster,
}

impl Bench {
    /// A cluster of two nodes in which the pod `p` runs for 1000 s from second 10 on.
    fn new(tolerations: Value) -> Self {
        Self::of(2, tolerations)
    }

    /// The same with more nodes.
    fn of(nodes: u32, tolerations: Value) -> Self {
        let rules = json!([{"run": {"seconds": 1000}}]);
        let mut cluster = Cluster::new(Config {
            start: Timestamp::default(),
            naming: Naming::random(7),
            profile: Profile::recorded(),
            behaviour: Behaviour { rules: fields::read(rules).expect("rules"), seed: 7 },
            nodes,
            node_size: NodeSize::default(),
            programs: None,
            rest: Some(&REST),
        });
        run(&mut cluster, 10);
        let mut bench = Self { cluster };
        bench.create_pod(json!({"tolerations": tolerations}));
        bench
    }

    fn create_pod(&mut self, fields: Value) {
        let mut spec = json!({"restartPolicy": "Never", "containers": [{"name": "w", "image": "busybox"}]});
        for (field, value) in fields.as_object().expect("fields") {
            spec[field] = value.clone();
        }
        let pod = json!({"metadata": {"name": "p", "namespace": "default"}, "spec": spec});
        let pod: Pod = fields::read(pod).expect("a pod");
        self.cluster.api_mut().handle(Request::Create(pod.into())).expect("created");
    }

    fn node(&self) -> Node {
        let key = ObjectKey::new(Kind::Node, "", "node-1");
        let node = self.cluster.api().live().get(&key).and_then(Object::into_node).expect("the node");
        (*node).clone()
    }

    fn taint(&mut self, key: &'static str) {
        let mut node = self.node();
        node.spec.taints.push(Taint { key: key.into(), effect: "NoExecute".into(), ..Taint::default() });
        self.cluster.api_mut().handle(Request::Update(node.into())).expect("tainted");
    }

    fn untaint(&mut self) {
        let mut node = self.node();
        node.spec.taints.clear();
        self.cluster.api_mut().handle(Request::Update(node.into())).expect("untainted");
    }

    fn delete_node(&mut self) {
        let key = ObjectKey::new(Kind::Node, "", "node-1");
        self.cluster.api_mut().handle(Request::Delete { key, options: DeleteOptions::default() }).expect("deleted");
    }

    /// What happened to the pod from second 12 on: when, and what was new.
    fn story(&self) -> Vec<String> {
        let changes = self.cluster.api().storage().changes_since(0);
        let mut told = Vec::new();
        for change in changes.filter(|change| change.at >= Timestamp::from_secs(12)) {
            let seconds = change.at.as_secs();
            match (&change.object, change.change) {
                (Object::Pod(_), ChangeType::Deleted) => told.push(format!("{seconds} gone")),
                (Object::Pod(pod), _) => {
                    let words = words(pod);
                    let before = change.previous.as_ref().and_then(Object::as_pod).map(|pod| self::words(pod));
                    let new = words.iter().filter(|word| !before.as_ref().is_some_and(|old| old.contains(word)));
                    let new: Vec<&str> = new.map(String::as_str).collect();
                    if !new.is_empty() {
                        told.push(format!("{seconds} {}", new.join(" ")));
                    }
                }
                (Object::Event(event), _) if event.involved_object.name == "p" && event.said.reason != "Scheduled" => {
                    told.push(format!("{seconds} {}: {}", event.said.reason, event.said.message));
                }
                _ => {}
            }
        }
        told
    }
}

fn words(pod: &Pod) -> Vec<String> {
    let mut words = vec![pod.status.phase.as_str().to_owned()];
    words.push(if pod.is_ready() { "ready" } else { "unready" }.into());
    words.extend(pod.metadata.is_deleting().then(|| "deleting".into()));
    words.extend(pod.status.condition("DisruptionTarget").map(|target| target.reason.to_string()));
    words
}

fn run(cluster: &mut Cluster, second: u64) {
    while cluster.step(Timestamp::from_secs(second)) {}
}

/// What is done to the cluster, and when: a second or millisecond, and the deed.
type Happens = [(u64, fn(&mut Bench))];

#[track_caller]
fn check(tolerations: Value, happens: &Happens, until: u64, story: &[&str]) {
    let mut bench = Bench::new(tolerations);
    for (second, act) in happens {
        run(&mut bench.cluster, *second);
        act(&mut bench);
    }
    run(&mut bench.cluster, until);
    assert_eq!(bench.story(), story);
}

const MARKED: &str = "TaintManagerEviction: Marking for deletion Pod default/p";
const CANCELLED: &str = "TaintManagerEviction: Cancelling deletion of Pod default/p";

fn down(bench: &mut Bench) {
    bench.cluster.inject(&Fault::NodeDown { node: Text::from("node-1") });
}

fn up(bench: &mut Bench) {
    bench.cluster.inject(&Fault::NodeUp { node: Text::from("node-1") });
}

#[test]
fn a_node_that_is_back_soon_was_never_missed() {
    check(json!([]), &[(15, down), (50, up)], 200, &[]);
}

#[test]
fn a_lost_node_loses_its_pods_after_five_minutes() {
    let lost = ["63 unready", "63 NodeNotReady: Node is not ready"];
    check(json!([]), &[(15, down)], 300, &lost);
    check(json!([]), &[(15, down), (100, up)], 500, &[&lost[..], &["100 ready", &format!("103 {CANCELLED}")]].concat());
    let evicted = [&format!("363 {MARKED}"), "363 DeletionByTaintManager", "363 deleting"];
    check(json!([]), &[(15, down)], 900, &[&lost[..], &evicted].concat());
    let back = ["501 Failed unready", "501 gone"];
    check(json!([]), &[(15, down), (500, up)], 900, &[&lost[..], &evicted, &["500 ready"], &back].concat());
}

#[test]
fn a_taint_drives_off_those_who_do_not_tolerate_it() {
    let taint: fn(&mut Bench) = |bench| bench.taint("maintenance");
    let evicted = |at: u64| {
        [
            format!("{at} {MARKED}"),
            format!("{at} DeletionByTaintManager"),
            format!("{at} deleting"),
            format!("{} Failed unready", at + 1),
            format!("{} gone", at + 1),
        ]
    };
    let check = |tolerations: Value, happens: &Happens, story: &[String]| {
        check(tolerations, happens, 60, &story.iter().map(String::as_str).collect::<Vec<_>>());
    };
    check(json!([]), &[(20, taint)], &evicted(20));
    check(json!([{"key": "maintenance", "operator": "Exists"}]), &[(20, taint)], &[]);
    let patient = json!([{"key": "maintenance", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 6}]);
    check(patient.clone(), &[(20, taint)], &evicted(26));
    check(patient.clone(), &[(20, taint), (23, Bench::untaint)], &[format!("23 {CANCELLED}")]);
    // What was announced comes true, also where the node is gone. Nobody ends the pod there.
    check(patient, &[(20, taint), (23, Bench::delete_node)], &evicted(26)[..3]);
}

#[test]
fn pods_that_no_kubelet_will_end_are_collected() {
    check(json!([]), &[(15, Bench::delete_node)], 200, &["72 Failed DeletionByPodGC", "72 deleting", "72 gone"]);

    // Whoever comes to a node that is not there is given 40 s, and then again from when the others went.
    let to_nowhere: fn(&mut Bench) = |bench| bench.create_pod(json!({"nodeName": "node-9"}));
    let go: fn(&mut Bench) = |bench| {
        let key = ObjectKey::new(Kind::Pod, "default", "p");
        let options = DeleteOptions { grace_period_seconds: Some(0), ..DeleteOptions::default() };
        bench.cluster.api_mut().handle(Request::Delete { key, options }).expect("deleted");
    };
    let mut bench = Bench::new(json!([]));
    for (second, act) in [(13, go), (14, to_nowhere), (80, to_nowhere)] {
        run(&mut bench.cluster, second);
        act(&mut bench);
    }
    run(&mut bench.cluster, 200);
    let story = bench.story();
    let gone: Vec<&str> = story.iter().filter_map(|words| words.strip_suffix(" gone")).collect();
    assert_eq!(gone, ["13", "72", "112"]);

    let out_of_service: fn(&mut Bench) = |bench| bench.taint("node.kubernetes.io/out-of-service");
    check(
        json!([]),
        &[(15, down), (70, out_of_service)],
        200,
        &[
            "63 unready",
            "63 NodeNotReady: Node is not ready",
            &format!("70 {CANCELLED}"),
            &format!("70 {MARKED}"),
            "70 DeletionByTaintManager",
            "70 deleting",
            "72 Failed",
            "72 gone",
        ],
    );
}

#[test]
fn a_cordoned_node_says_so_with_a_taint() {
    let mut bench = Bench::new(json!([]));
    let mut cordon = |unschedulable: bool| {
        let mut node = bench.node();
        node.spec.unschedulable = unschedulable;
        bench.cluster.api_mut().handle(Request::Update(node.into())).expect("cordoned");
        let soon = bench.cluster.now().as_secs() + 1;
        run(&mut bench.cluster, soon);
        bench.node().spec.taints.iter().map(|taint| format!("{}:{}", taint.key, taint.effect)).collect::<Vec<_>>()
    };
    assert_eq!(cordon(true), ["node.kubernetes.io/unschedulable:NoSchedule"]);
    assert_eq!(cordon(false), Vec::<String>::new());
}

#[test]
fn lost_nodes_are_emptied_one_by_one_unless_most_are_lost() {
    type End = fn(&mut Bench, Text);
    let back: End = |bench, node| bench.cluster.inject(&Fault::NodeUp { node });
    let deleted: End = |bench, node| {
        let key = ObjectKey::new(Kind::Node, "", node);
        bench.cluster.api_mut().handle(Request::Delete { key, options: DeleteOptions::default() }).expect("deleted");
    };
    // Of so many nodes the first few are lost, and one of them is back, or gone for good, at second 100.
    let check = |nodes: u32, lost: u32, end: End, story: &[&str]| {
        let mut bench = Bench::of(nodes, json!([]));
        run(&mut bench.cluster, 15);
        for node in 1..=lost {
            bench.cluster.inject(&Fault::NodeDown { node: Text::from(format!("node-{node}")) });
        }
        run(&mut bench.cluster, 100);
        end(&mut bench, Text::from(format!("node-{lost}")));
        run(&mut bench.cluster, 130);
        let changes = bench.cluster.api().storage().changes_since(0);
        let driven_off = |object: &Object| {
            object.as_node().is_some_and(|node| node.spec.taints.iter().any(|taint| taint.effect == "NoExecute"))
        };
        let mut told = Vec::new();
        for change in changes {
            let (was, is) = (change.previous.as_ref().is_some_and(driven_off), driven_off(&change.object));
            if was != is {
                let word = if is { "emptied" } else { "spared" };
                told.push(format!("{} {} {word}", change.at.as_secs(), change.object.metadata().name));
            }
        }
        assert_eq!(told, story, "{lost} of {nodes}");
    };
    check(3, 2, back, &["63 node-1 emptied", "73 node-2 emptied", "103 node-2 spared"]);
    check(6, 3, back, &["63 node-1 emptied", "73 node-2 emptied", "83 node-3 emptied", "103 node-3 spared"]);
    // Three of five are too many: nobody is driven off until one is back.
    check(5, 3, back, &["103 node-1 emptied", "113 node-2 emptied"]);
    check(5, 3, deleted, &["103 node-1 emptied", "113 node-2 emptied"]);
    check(2, 2, back, &["103 node-1 emptied"]);
}

#[test]
fn nodes_in_distress_say_so_until_it_is_over() {
    let check = |faults: &[(u64, Fault)], story: &[&str]| {
        let mut bench = Bench::new(json!([]));
        for (at, fault) in faults {
            run(&mut bench.cluster, *at);
            bench.cluster.inject(fault);
        }
        run(&mut bench.cluster, 400);
        let mut told = Vec::new();
        for change in bench.cluster.api().storage().changes_since(0) {
            let Some(node) = change.object.as_node().filter(|node| node.metadata.name == "node-1") else { continue };
            let short = node.status.conditions.iter().any(|condition| condition.holds("MemoryPressure"));
            let ready = node.status.conditions.iter().find(|condition| condition.kind == "Ready").expect("a condition");
            let taints = node
                .spec
                .taints
                .iter()
                .map(|taint| format!(" {}", taint.key.trim_start_matches("node.kubernetes.io/")));
            let words = format!("{} {short} {:?}{}", change.at.as_secs(), ready.status, taints.collect::<String>());
            told.push(words);
        }
        told.dedup_by_key(|words| words.split_once(' ').map(|(_, rest)| rest.to_owned()));
        assert_eq!(told[1..], *story, "{faults:?}");
    };
    let node = || Text::from("node-1");
    check(
        &[(20, Fault::MemoryPressure { node: node() }), (30, Fault::MemoryPressure { node: node() })],
        &["20 true True", "20 true True memory-pressure", "330 false True memory-pressure", "330 false True"],
    );
    // Its pod ends in a second. More than 50 s after its last word somebody notices that it says nothing.
    check(
        &[(20, Fault::Shutdown { node: node() })],
        &[
            "20 false False",
            "20 false False not-ready not-ready",
            "73 false Unknown not-ready not-ready",
            "73 false Unknown unreachable unreachable",
        ],
    );
    // Whoever switches it on before it is off gets it back when it has been off.
    check(
        &[(20, Fault::Shutdown { node: node() }), (20, Fault::NodeUp { node: node() })],
        &[
            "20 false False",
            "20 false False not-ready not-ready",
            "21 false True not-ready not-ready",
            "21 false True not-ready",
            "23 false True",
        ],
    );
}

/// What becomes of a pod of this spec that names its node itself: the reason and the message of its status.
#[test]
fn a_kubelet_takes_in_what_its_node_has_room_for() {
    let check = |spec: Value, expected: &str| {
        let cluster = Cluster::new(Config {
            start: Timestamp::default(),
            naming: Naming::random(7),
            profile: Profile::default(),
            behaviour: Behaviour::default(),
            nodes: 1,
            node_size: NodeSize::default(),
            programs: None,
            rest: Some(&REST),
        });
        let mut bench = Bench { cluster };
        let mut spec = spec.clone();
        spec["nodeName"] = json!("node-1");
        bench.create_pod(spec.clone());
        run(&mut bench.cluster, 3);
        let key = ObjectKey::new(Kind::Pod, "default", "p");
        let pod = bench.cluster.api().live().get(&key).and_then(Object::into_pod).expect("the pod");
        assert_eq!(
            format!("{} {}: {}", pod.status.phase.as_str(), pod.status.reason, pod.status.message),
            expected,
            "{spec}"
        );
        let events = bench.cluster.api().live().list(Kind::Event).filter_map(Object::into_event);
        let refused = events.filter(|event| event.said.reason == pod.status.reason).count();
        assert_eq!(refused == 1, pod.status.phase.is_terminal(), "{spec}");
    };
    let asks =
        |cpu: &str| json!({"containers": [{"name": "w", "image": "busybox", "resources": {"requests": {"cpu": cpu}}}]});
    check(asks("1"), "Running : ");
    let lacks = "Pod was rejected: Node didn't have enough resource: cpu, requested: 100000, used: 0, capacity: 4000";
    check(asks("100"), &format!("Failed OutOfcpu: {lacks}"));
    check(
        json!({"nodeSelector": {"disk": "ssd"}}),
        "Failed NodeAffinity: Pod was rejected: Predicate NodeAffinity failed: node(s) didn't match Pod's node \
         affinity/selector",
    );
}
