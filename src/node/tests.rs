//! What becomes of a pod on a node, told by the versions of its object.

mod probes;

use super::{Behaviour, EXCEPTIONS, Kubelets, NodeSize, PROGRAMS, PROVISIONS, Profile, Unseen, node_object};
use crate::api::{
    Condition, ConditionStatus, ContainerState, ContainerStatus, Kind, Object, ObjectKey, Pod, PodSpec, Text, fields,
};
use crate::apiserver::{ApiServer, ChangeType, Component, DeleteOptions, Naming, Request};
use crate::sim::Timestamp;
use serde_json::{Value, json};
use std::time::Duration;

/// The recorded kubelet as it was meant to be: numbers are easier to follow.
fn whole_tenths() -> Profile {
    Profile { start: Duration::from_millis(1200), ..Profile::recorded() }
}

/// One node, one pod, and whatever else happens.
struct Bench {
    api: ApiServer,
    kubelets: Kubelets,
    told: u64,
}

impl Bench {
    fn new(rules: Value, profile: Profile) -> Self {
        let rules = fields::read(rules).expect("rules");
        let mut api = ApiServer::new(Timestamp::default(), Naming::numbered());
        let node = node_object("node-1", 1, &NodeSize::default(), api.now());
        api.handle(Request::Create(node.into())).expect("a node");
        let mut kubelets = Kubelets::new(profile, Behaviour { rules, seed: 7 });
        kubelets.set_provisions(&PROVISIONS);
        kubelets.set_exceptions(&EXCEPTIONS, |_, _| None);
        Self { api, kubelets, told: 0 }
    }

    fn create_bound(&mut self, spec: Value) {
        let pod = json!({"metadata": {"name": "p", "namespace": "default"}, "spec": spec});
        let pod: Pod = fields::read(pod).expect("a pod");
        let created = self.api.handle(Request::Create(pod.into())).expect("created");
        self.api.handle(Request::Bind { pod: created.key(), node: "node-1".into() }).expect("bound");
    }

    /// Makes the ConfigMap `c`, or another in its place.
    fn create_config(&mut self, data: Value) {
        let key = ObjectKey::new(Kind::ConfigMap, "default", "c");
        let _ = self.api.handle(Request::Delete { key, options: DeleteOptions::default() });
        let config = json!({"metadata": {"name": "c", "namespace": "default"}, "data": data});
        let config = Object::from_value(Kind::ConfigMap, config).expect("a ConfigMap");
        self.api.handle(Request::Create(config)).expect("created");
    }

    /// Runs until this many milliseconds.
    fn run(&mut self, until: u64) {
        let until = Timestamp::from_millis(until);
        loop {
            let seen = self.api.storage().revision();
            for revision in self.told + 1..=seen {
                self.kubelets.observe(self.api.now(), &self.api.storage().change(revision));
            }
            self.told = seen;
            let Some(due) = self.kubelets.wake_at().filter(|&due| due <= until) else { break };
            self.api.set_now(due.max(self.api.now()));
            self.kubelets.wake(&mut self.api);
        }
        self.api.set_now(until);
    }

    fn delete(&mut self, grace: Option<i64>) {
        let key = ObjectKey::new(Kind::Pod, "default", "p");
        let options = DeleteOptions { grace_period_seconds: grace, ..DeleteOptions::default() };
        self.api.handle(Request::Delete { key, options }).expect("deleted");
    }

    fn set_image(&mut self, image: &'static str) {
        self.change(|spec| spec.containers[0].image = image.into());
    }

    fn change(&mut self, change: impl FnOnce(&mut PodSpec)) {
        let key = ObjectKey::new(Kind::Pod, "default", "p");
        let pod = self.api.live().get(&key).and_then(Object::into_pod).expect("the pod");
        let mut spec = (*pod.spec).clone();
        change(&mut spec);
        let pod = Pod { spec: spec.into(), ..(*pod).clone() };
        self.api.handle(Request::Update(pod.into())).expect("updated");
    }

    /// Every version of the pod since it was bound in which something of interest is new: `1.200 Running Ready w:running`
    fn story(&self) -> Vec<String> {
        let changes = self.api.storage().changes_since(0);
        let pods = changes.filter_map(|change| Some((change.at, change.change, change.object.as_pod()?.clone())));
        let bound = pods.filter(|(_, _, pod)| !pod.host_ip.is_empty());
        let mut story: Vec<String> = bound.map(|(at, change, pod)| tell(at, change, &pod)).collect();
        story.dedup_by_key(|line| line.split_once(' ').map(|(_, words)| words.to_owned()));
        story
    }
}

fn tell(at: Timestamp, change: ChangeType, pod: &Pod) -> String {
    let mut words = vec![at.to_string()];
    if change == ChangeType::Deleted {
        words.push("gone".into());
        return words.join(" ");
    }
    words.push(pod.status.phase.as_str().into());
    words.extend(pod.metadata.is_deleting().then(|| "Deleting".into()));
    words.extend(pod.is_ready().then(|| "Ready".into()));
    words.extend((!pod.status.reason.is_empty()).then(|| pod.status.reason.to_string()));
    words.extend(pod.status.init_container_statuses.iter().chain(&pod.status.container_statuses).map(state));
    words.join(" ")
}

fn state(status: &ContainerStatus) -> String {
    let restarts = if status.restart_count > 0 { format!("#{}", status.restart_count) } else { String::new() };
    let what = match status.state.as_ref().expect("a state") {
        ContainerState::Waiting(waiting) => waiting.reason.to_string(),
        ContainerState::Running(_) => "running".into(),
        ContainerState::Terminated(ended) => format!("{}({})", ended.reason, ended.exit_code),
    };
    format!("{}{restarts}:{what}", status.name)
}

fn spec(policy: &str, init: &[Value], main: &[&str]) -> Value {
    let main: Vec<Value> = main.iter().map(|name| json!({"name": name, "image": "busybox:1.36"})).collect();
    json!({"restartPolicy": policy, "initContainers": init, "containers": main})
}

fn container(name: &str) -> Value {
    json!({"name": name, "image": "busybox:1.36"})
}

/// What is done to the cluster, and when: a second or millisecond, and the deed.
type Happens = [(u64, fn(&mut Bench))];

#[track_caller]
fn check(rules: Value, spec: Value, happens: &Happens, until: u64, story: &[&str]) {
    let mut bench = Bench::new(rules, whole_tenths());
    bench.create_bound(spec);
    for (at, act) in happens {
        bench.run(*at);
        act(&mut bench);
    }
    bench.run(until);
    assert_eq!(bench.story(), story);
}

#[test]
fn a_pod_runs_to_its_end() {
    check(
        json!([{"run": {"seconds": 3.3}}]),
        spec("Never", &[], &["w"]),
        &[],
        9_000,
        &["0.000 Pending w:ContainerCreating", "1.200 Running Ready w:running", "4.500 Succeeded w:Completed(0)"],
    );
    check(
        json!([{"match": {"container": "b"}, "run": {"seconds": 1, "exitCode": 3}}]),
        spec("Never", &[], &["a", "b"]),
        &[],
        9_000,
        &[
            "0.000 Pending a:ContainerCreating b:ContainerCreating",
            "1.200 Running Ready a:running b:running",
            "2.200 Running a:running b:Error(3)",
            "6.200 Failed a:Completed(0) b:Error(3)",
        ],
    );
}

#[test]
fn nobody_sees_a_process_run_that_ends_at_once() {
    check(
        json!([{"run": {"seconds": 0}}, {"match": {"container": "i"}, "run": {"seconds": 0}}]),
        spec("Never", &[container("i")], &["w"]),
        &[],
        9_000,
        &["0.000 Pending i:PodInitializing w:PodInitializing", "1.200 Succeeded i:Completed(0) w:Completed(0)"],
    );
    check(
        json!([{"run": {"seconds": 0, "exitCodes": [1, 0]}}]),
        spec("OnFailure", &[], &["w"]),
        &[],
        9_000,
        &["0.000 Pending w:ContainerCreating", "1.200 Running w:Error(1)", "2.400 Succeeded w#1:Completed(0)"],
    );
}

#[test]
fn init_containers_run_first_one_after_the_other() {
    check(
        json!([]),
        spec("Never", &[container("i"), container("j")], &["w"]),
        &[],
        9_000,
        &[
            "0.000 Pending i:PodInitializing j:PodInitializing w:PodInitializing",
            "1.200 Pending i:running j:PodInitializing w:PodInitializing",
            "2.200 Pending i:Completed(0) j:running w:PodInitializing",
            "3.200 Running Ready i:Completed(0) j:Completed(0) w:running",
            "8.200 Succeeded i:Completed(0) j:Completed(0) w:Completed(0)",
        ],
    );
    check(
        json!([{"match": {"container": "i"}, "run": {"seconds": 1, "exitCode": 4}}]),
        spec("Never", &[container("i")], &["w"]),
        &[],
        9_000,
        &[
            "0.000 Pending i:PodInitializing w:PodInitializing",
            "1.200 Pending i:running w:PodInitializing",
            "2.200 Failed i:Error(4) w:PodInitializing",
        ],
    );
}

#[test]
fn a_sidecar_ends_when_its_work_is_done() {
    let sidecar = json!({"name": "s", "image": "busybox:1.36", "restartPolicy": "Always"});
    check(
        json!([]),
        spec("Never", &[sidecar], &["w"]),
        &[],
        9_000,
        &[
            "0.000 Pending s:PodInitializing w:PodInitializing",
            "1.200 Running Ready s:running w:running",
            "6.200 Succeeded s:Completed(0) w:Completed(0)",
        ],
    );
}

#[test]
fn on_failure_a_container_is_restarted_with_back_off() {
    check(
        json!([{"run": {"seconds": 2, "exitCodes": [1, 1, 0]}}]),
        spec("OnFailure", &[], &["w"]),
        &[],
        30_000,
        &[
            "0.000 Pending w:ContainerCreating",
            "1.200 Running Ready w:running",
            "3.200 Running w:Error(1)",
            "4.400 Running Ready w#1:running",
            "6.400 Running w#1:Error(1)",
            "7.600 Running w#1:CrashLoopBackOff",
            "16.400 Running Ready w#2:running",
            "18.400 Succeeded w#2:Completed(0)",
        ],
    );
}

#[test]
fn an_image_that_cannot_be_pulled_keeps_a_pod_pending() {
    check(
        json!([{"stuck": "ImagePullBackOff"}]),
        spec("Never", &[], &["w"]),
        &[(20_000, |bench| bench.delete(None))],
        90_000,
        &[
            "0.000 Pending w:ContainerCreating",
            "1.200 Pending w:ErrImagePull",
            "2.200 Pending w:ImagePullBackOff",
            "20.000 Pending Deleting w:ImagePullBackOff",
            "20.250 Failed Deleting w:ContainerStatusUnknown(137)",
            "20.300 gone",
        ],
    );
    check(
        json!([]),
        spec("Never", &[], &["w"]),
        &[
            (0, |bench| bench.kubelets.image_gone(&Text::from("busybox:1.36"))),
            (5_000, |bench| bench.kubelets.image_back(&Text::from("busybox:1.36"))),
        ],
        20_000,
        &[
            "0.000 Pending w:ContainerCreating",
            "1.200 Pending w:ErrImagePull",
            "2.200 Pending w:ImagePullBackOff",
            "11.200 Running Ready w:running",
            "16.200 Succeeded w:Completed(0)",
        ],
    );
}

#[test]
fn a_deleted_pod_has_its_grace_period() {
    let run = |sigterm: Value| json!([{"run": {"seconds": 60, "sigterm": sigterm}}]);
    let starts = ["0.000 Pending w:ContainerCreating", "1.200 Running Ready w:running"];
    let deleted = |rest: &[&'static str]| [&starts[..], &["4.000 Running Deleting Ready w:running"], rest].concat();
    let delete: &Happens = &[(4_000, |bench| bench.delete(Some(5)))];
    let never = || spec("Never", &[], &["w"]);
    check(run(json!("exit")), never(), delete, 30_000, &deleted(&["5.250 Failed Deleting w:Error(143)", "5.300 gone"]));
    let at_once: &Happens = &[(4_000, |bench| bench.delete(Some(0)))];
    check(run(json!("ignore")), never(), at_once, 30_000, &deleted(&["4.000 gone"]));
    let one: &Happens = &[(4_000, |bench| bench.delete(Some(1)))];
    check(run(json!("exit")), never(), one, 30_000, &deleted(&["5.250 Failed Deleting w:Error(143)", "5.300 gone"]));
    let ignored = deleted(&["9.250 Failed Deleting w:Error(137)", "9.300 gone"]);
    check(run(json!("ignore")), never(), delete, 30_000, &ignored);
    let tidy = deleted(&["6.250 Succeeded Deleting w:Completed(0)", "6.300 gone"]);
    check(run(json!({"seconds": 2, "exitCode": 0})), never(), delete, 30_000, &tidy);
}

#[test]
fn a_pod_has_a_deadline_of_its_own() {
    let mut spec = spec("Never", &[], &["w"]);
    spec["activeDeadlineSeconds"] = 3.into();
    check(
        json!([]),
        spec,
        &[],
        30_000,
        &[
            "0.000 Pending w:ContainerCreating",
            "1.200 Running Ready w:running",
            "4.250 Failed DeadlineExceeded w:Error(143)",
        ],
    );
}

#[test]
fn a_deadline_that_is_set_later_counts_from_the_start() {
    let check = |seconds: &[i64], ended: &str| {
        let mut bench = Bench::new(json!([{"run": {"seconds": 1000}}]), Profile::default());
        bench.create_bound(spec("Never", &[], &["w"]));
        for (turn, &seconds) in (2..).zip(seconds) {
            bench.run(turn * 1_000);
            bench.change(|spec| spec.active_deadline_seconds = Some(seconds));
        }
        bench.run(90_000);
        assert_eq!(bench.story().last().map(String::as_str), Some(ended), "{seconds:?}");
    };
    check(&[9], "10.250 Failed DeadlineExceeded w:Error(143)");
    check(&[1], "3.250 Failed DeadlineExceeded w:Error(143)");
    check(&[30, 20], "21.250 Failed DeadlineExceeded w:Error(143)");
}

#[test]
fn a_pod_with_gates_is_ready_when_somebody_says_so() {
    let mut bench = Bench::new(json!([{"run": {"seconds": 1000}}]), Profile::default());
    let mut spec = spec("Never", &[], &["w"]);
    spec["readinessGates"] = json!([{"conditionType": "a.b/c"}, {"conditionType": "d.e/f"}]);
    bench.create_bound(spec);
    let key = ObjectKey::new(Kind::Pod, "default", "p");
    let read = |bench: &Bench| bench.api.live().get(&key).and_then(Object::into_pod).expect("the pod");
    let mut check = |second: u64, held: &[(&'static str, bool)], expected: &str| {
        let mut status = (*read(&bench).status).clone();
        for &(kind, held) in held {
            let status_of = ConditionStatus::from(held);
            status.set_condition(Condition { kind: kind.into(), status: status_of, ..Condition::default() });
        }
        let pod = Pod { status: status.into(), ..(*read(&bench)).clone() };
        bench.api.handle(Request::UpdateStatus(pod.into())).expect("said");
        bench.run(second * 1_000);
        let pod = read(&bench);
        let ready = pod.status.condition("Ready").expect("a condition");
        let since = ready.last_transition_time.expect("an instant").as_secs();
        assert_eq!(format!("{} {since} {}", ready.reason, ready.message), expected, "{second}");
        assert!(pod.status.condition("ContainersReady").is_some_and(|ready| ready.holds("ContainersReady")));
    };
    let missing = |gate: &str| format!("corresponding condition of pod readiness gate \"{gate}\" does not exist.");
    check(3, &[], &format!("ReadinessGatesNotReady 0 {}, {}", missing("a.b/c"), missing("d.e/f")));
    let untrue = "the status of pod readiness gate \"a.b/c\" is not \"True\", but False";
    check(5, &[("a.b/c", false), ("d.e/f", true)], &format!("ReadinessGatesNotReady 0 {untrue}"));
    check(8, &[("a.b/c", true)], " 5 ");
    check(
        9,
        &[("d.e/f", false)],
        "ReadinessGatesNotReady 8 the status of pod readiness gate \"d.e/f\" is not \"True\", but False",
    );
}

#[test]
fn secrets_that_are_missing_are_told_of_before_images_are_pulled() {
    let mut bench = Bench::new(json!([]), Profile::default());
    let mut spec = spec("Never", &[], &["w"]);
    spec["imagePullSecrets"] = json!([{"name": "here"}, {"name": "regcred"}, {"name": "other"}]);
    let secret = Object::from_value(Kind::Secret, json!({"metadata": {"name": "here", "namespace": "default"}}));
    bench.api.handle(Request::Create(secret.expect("a Secret"))).expect("created");
    bench.create_bound(spec);
    bench.run(3_000);
    let events = bench.api.live().list(Kind::Event).filter_map(Object::into_event);
    let told: Vec<String> = events.map(|event| event.said.message.to_string()).collect();
    let missing =
        "Unable to retrieve some image pull secrets (regcred, other); attempting to pull the image may not succeed.";
    assert!(told.iter().any(|text| text == missing), "{told:?}");
}

/// The same, and what is true of the pod's processes while nobody can tell.
#[track_caller]
fn check_unseen(rule: Value, policy: &str, happens: &Happens, story: &[&str], unseen: &[&str]) {
    let mut bench = Bench::new(json!([{"run": rule}]), whole_tenths());
    bench.create_bound(spec(policy, &[], &["w"]));
    for (at, act) in happens {
        bench.run(*at);
        act(&mut bench);
    }
    bench.run(90_000);
    assert_eq!(bench.story()[1..], *story);
    let pods = bench.kubelets.all_unseen().flat_map(|(_, pod)| &pod.stretches);
    let told = pods.map(|Unseen { from, until, truth, why }| {
        let until = until.map_or("…".to_owned(), |until| until.to_string());
        format!("{from} to {until}: {truth:?} {why:?}")
    });
    assert_eq!(told.collect::<Vec<_>>(), unseen);
}

const RUNS: &str = "1.200 Running Ready w:running";

fn cut(bench: &mut Bench) {
    bench.kubelets.node_down(&"node-1".into());
}

fn off(bench: &mut Bench) {
    bench.kubelets.power_loss(&"node-1".into());
}

fn back(bench: &mut Bench) {
    bench.kubelets.node_up(&"node-1".into());
}

fn force(bench: &mut Bench) {
    bench.delete(Some(0));
}

#[test]
fn a_node_that_is_cut_off_goes_on_unseen() {
    let (long, short) = (json!({"seconds": 500}), json!({"seconds": 5}));
    check_unseen(
        short,
        "Never",
        &[(3_000, cut), (35_000, back)],
        &[RUNS, "35.000 Succeeded w:Completed(0)"],
        &["3.000 to 6.200: Runs CutOff", "6.200 to 35.000: Ended CutOff"],
    );
    check_unseen(long.clone(), "Never", &[(3_000, cut)], &[RUNS], &["3.000 to …: Runs CutOff"]);
    // Its kubelet restarts what fails, and tells of it later.
    check_unseen(
        json!({"seconds": 5, "exitCodes": [1, 0]}),
        "OnFailure",
        &[(3_000, cut), (35_000, back)],
        &[RUNS, "35.000 Succeeded w#1:Completed(0)"],
        &[
            "3.000 to 6.200: Runs CutOff",
            "6.200 to 7.400: Ended CutOff",
            "7.400 to 12.400: Runs CutOff",
            "12.400 to 35.000: Ended CutOff",
        ],
    );
    // Of a deletion it hears when it is back; until then the process goes on, whether or not the object is there.
    check_unseen(
        long.clone(),
        "Never",
        &[(3_000, cut), (20_000, |bench| bench.delete(None)), (35_000, back)],
        &[RUNS, "20.000 Running Deleting Ready w:running", "36.250 Failed Deleting w:Error(143)", "36.300 gone"],
        &["3.000 to 35.000: Runs CutOff"],
    );
    check_unseen(
        json!({"seconds": 500, "sigterm": "ignore"}),
        "Never",
        &[(3_000, cut), (20_000, force), (35_000, back)],
        &[RUNS, "20.000 Running Deleting Ready w:running", "20.000 gone"],
        &["3.000 to 35.000: Runs CutOff", "35.000 to 65.000: Runs Deleted"],
    );
    let gone = [RUNS, "3.000 Running Deleting Ready w:running", "3.000 gone"];
    check_unseen(long, "Never", &[(3_000, force)], &gone, &["3.000 to 4.000: Runs Deleted"]);
}

#[test]
fn without_power_everything_ends_at_once() {
    let long = json!({"seconds": 30});
    let dark = ["3.000 to 35.000: Ended NoPower"];
    let dies: &Happens = &[(3_000, off), (35_000, back)];
    check_unseen(long.clone(), "Never", dies, &[RUNS, "35.000 Failed w:Unknown(255)"], &dark);
    let again = [RUNS, "35.000 Running w:Unknown(255)", "36.200 Running Ready w#1:running"];
    check_unseen(
        long.clone(),
        "OnFailure",
        dies,
        &[&again[..], &["66.200 Succeeded w#1:Completed(0)"]].concat(),
        &dark,
    );
    let deleted: &Happens = &[(3_000, off), (20_000, |bench| bench.delete(None)), (35_000, back)];
    check_unseen(
        long.clone(),
        "Always",
        deleted,
        &[
            RUNS,
            "20.000 Running Deleting Ready w:running",
            "35.000 Running Deleting w:Unknown(255)",
            "35.250 Failed Deleting w:Unknown(255)",
            "35.300 gone",
        ],
        &dark,
    );
    // What had not begun begins late; what is struck a second time while it is dark is not worse off.
    let early: &Happens = &[(600, off), (2_000, |bench| bench.kubelets.exit(&"p".into(), None, 3)), (10_000, back)];
    check_unseen(
        long.clone(),
        "Never",
        early,
        &["11.200 Running Ready w:running", "41.200 Succeeded w:Completed(0)"],
        &[],
    );
    let both: &Happens = &[(3_000, cut), (9_000, off), (35_000, back)];
    let unseen = ["3.000 to 9.000: Runs CutOff", "9.000 to 35.000: Ended NoPower"];
    check_unseen(long, "Never", both, &[RUNS, "35.000 Failed w:Unknown(255)"], &unseen);
}

#[test]
fn after_a_reboot_a_pod_is_initialized_anew() {
    let rules = json!([{"match": {"container": "i"}, "run": {"seconds": 2}}, {"run": {"seconds": 60}}]);
    let begun = ["0.000 Pending i:PodInitializing w:PodInitializing", "1.200 Pending i:running w:PodInitializing"];
    let ran = "3.200 Running Ready i:Completed(0) w:running";
    let check = |policy: &str, lost_at: u64, rest: &[&str]| {
        let happens: &Happens = &[(lost_at, off), (10_000, back)];
        check(rules.clone(), spec(policy, &[container("i")], &["w"]), happens, 30_000, &[&begun[..], rest].concat());
    };
    check(
        "OnFailure",
        5_000,
        &[
            ran,
            "10.000 Running i:Completed(0) w:Unknown(255)",
            // Meanwhile it runs again, which the API server does not believe of what has succeeded.
            "13.200 Running Ready i#1:Completed(0) w#1:running",
        ],
    );
    check("Never", 5_000, &[ran, "10.000 Failed i:Completed(0) w:Unknown(255)"]);
    check("Never", 2_000, &["10.000 Failed i:Unknown(255) w:PodInitializing"]);
}

#[test]
fn faults_strike_running_processes() {
    let strike = |act: fn(&mut Bench), end: &str| {
        check(
            json!([{"run": {"seconds": 60}}]),
            spec("Never", &[], &["w"]),
            &[(4_000, act)],
            30_000,
            &["0.000 Pending w:ContainerCreating", "1.200 Running Ready w:running", end],
        );
    };
    strike(|bench| bench.kubelets.exit(&"p".into(), None, 3), "4.000 Failed w:Error(3)");
    strike(|bench| bench.kubelets.oom_kill(&"p".into(), None), "4.000 Failed w:OOMKilled(137)");
    check(
        json!([]),
        spec("Never", &[], &["w"]),
        &[(4_000, |bench| bench.kubelets.hang(&"p".into()))],
        90_000,
        &["0.000 Pending w:ContainerCreating", "1.200 Running Ready w:running"],
    );
}

#[test]
fn conditions_come_in_their_order_after_those_of_others() {
    let mut bench = Bench::new(json!([]), Profile::default());
    bench.create_bound(spec("Never", &[], &["w"]));
    bench.run(3_000);
    let key = ObjectKey::new(Kind::Pod, "default", "p");
    bench.api.handle(Request::Evict { pod: key.clone(), options: DeleteOptions::default() }).expect("evicted");
    bench.run(4_249);
    bench.run(4_250);
    let pod = bench.api.live().get(&key).and_then(Object::into_pod).expect("not gone yet").clone();
    let conditions = pod.status.conditions.iter();
    let told: Vec<String> =
        conditions.map(|held| format!("{}={} {}", held.kind, held.status.as_str(), held.reason)).collect();
    assert_eq!(
        told,
        [
            "DisruptionTarget=True EvictionByEvictionAPI",
            "PodReadyToStartContainers=False ",
            "Initialized=True ",
            "Ready=False PodFailed",
            "ContainersReady=False PodFailed",
            "PodScheduled=True ",
        ]
    );
    let events = bench.api.live().list(Kind::Event).filter_map(Object::into_event);
    let mut reasons: Vec<_> = events.map(|event| (event.resource_version, event.said.reason.clone())).collect();
    reasons.sort_unstable();
    let reasons: Vec<Text> = reasons.into_iter().map(|(_, reason)| reason).collect();
    assert_eq!(reasons, ["Pulling", "Pulled", "Created", "Started", "Killing"]);
}

#[test]
fn a_container_waits_for_what_its_environment_names() {
    let env = json!([{"name": "X", "valueFrom": {"configMapKeyRef": {"name": "c", "key": "k"}}}]);
    let spec = json!({"restartPolicy": "Never", "containers": [{"name": "w", "image": "x/y", "env": env}]});
    check_waiting(
        spec,
        &[
            (5_000, |bench| bench.create_config(json!({"a": "1"}))),
            (15_000, |bench| bench.create_config(json!({"k": "1"}))),
        ],
        &[
            "0.000 Pending w:ContainerCreating",
            "1.200 Pending w:CreateContainerConfigError",
            "21.200 Running Ready w:running",
            "26.200 Succeeded w:Completed(0)",
        ],
        &["Error: configmap \"c\" not found", "Error: couldn't find key k in ConfigMap default/c"],
    );
}

#[test]
fn a_pod_waits_for_what_its_volumes_name() {
    let volume = json!({"name": "v", "configMap": {"name": "c", "items": [{"key": "k", "path": "k"}]}});
    let container = json!({"name": "w", "image": "x/y", "volumeMounts": [{"name": "v", "mountPath": "/v"}]});
    check_waiting(
        json!({"restartPolicy": "Never", "containers": [container], "volumes": [volume]}),
        &[
            (2_000, |bench| bench.create_config(json!({"a": "1"}))),
            (4_000, |bench| bench.create_config(json!({"k": "1"}))),
        ],
        &["0.000 Pending w:ContainerCreating", "4.700 Running Ready w:running", "9.700 Succeeded w:Completed(0)"],
        &[
            "MountVolume.SetUp failed for volume \"v\" : configmap \"c\" not found",
            "MountVolume.SetUp failed for volume \"v\" : configmap references non-existent config key: k",
        ],
    );
}

#[track_caller]
fn check_waiting(spec: Value, happens: &Happens, story: &[&str], warnings: &[&str]) {
    let mut bench = Bench::new(json!([]), Profile::default());
    bench.create_bound(spec);
    for (at, act) in happens {
        bench.run(*at);
        act(&mut bench);
    }
    bench.run(60_000);
    assert_eq!(bench.story(), story);
    let changes = bench.api.storage().changes_since(0).filter(|change| change.change == ChangeType::Added);
    let events = changes.filter_map(|change| change.object.as_event().cloned());
    let told = events.filter(|event| event.said.kind == "Warning").map(|event| event.said.message.to_string());
    assert_eq!(told.collect::<Vec<_>>(), warnings);
}

/// What a container with this command does from second 1.2 on: how the pod fares, and what is in the log at the end.
#[track_caller]
fn check_command(container: Value, happens: &Happens, until: u64, story: &[&str], log: &str) {
    let mut bench = Bench::new(json!([]), Profile { events: false, ..Profile::default() });
    bench.kubelets.set_programs(&PROGRAMS);
    let mut container = container;
    container["name"] = "w".into();
    bench
        .create_bound(json!({"restartPolicy": "Never", "terminationGracePeriodSeconds": 5, "containers": [container]}));
    for (at, act) in happens {
        bench.run(*at);
        act(&mut bench);
    }
    bench.run(until);
    assert_eq!(bench.story()[1..], *story, "{container}");
    let changes = bench.api.storage().changes_since(0);
    let uid = changes.filter_map(|change| change.object.as_pod().map(|pod| pod.metadata.uid)).next().expect("a pod");
    let printed = bench.kubelets.log(uid, "w", 0);
    let lines = printed.map(|printed| printed.lines(Timestamp::MAX).map(|(_, line)| line).collect::<String>());
    assert_eq!(lines.unwrap_or_default(), log, "{container}");
}

#[test]
fn commands_do_what_they_say() {
    let command = |image: &str, words: &[&str]| json!({"image": image, "command": words});
    let (running, done) = ("1.200 Running Ready w:running", "2.200 Succeeded w:Completed(0)");
    check_command(command("busybox", &["hostname"]), &[], 9_000, &[running, done], "p\n");
    check_command(command("bash", &["cat", "/etc/hostname", "-"]), &[], 9_000, &[running, done], "p\n");
    check_command(command("busybox:1.36", &["false"]), &[], 9_000, &[running, "2.200 Failed w:Error(1)"], "");
    check_command(command("alpine", &["sleep", "4"]), &[], 9_000, &[running, "5.200 Succeeded w:Completed(0)"], "");
    let env = json!([{"name": "WHO", "value": "name"}]);
    let reads = json!({"image": "busybox", "command": ["cat"], "args": ["/etc/host$(WHO)"], "env": env});
    check_command(reads, &[], 9_000, &[running, done], "p\n");
    // Nobody can run this image, and nobody this program.
    check_command(command("acme/report", &["./report"]), &[], 9_000, &[running, "6.200 Succeeded w:Completed(0)"], "");
    // Nobody knows this program.
    check_command(command("busybox", &["nosuch"]), &[], 9_000, &["1.200 Failed w:StartError(128)"], "");
}

#[test]
fn processes_are_asked_to_end_and_then_made_to() {
    let sleep = json!({"image": "busybox", "command": ["sleep", "600"]});
    let running = "1.200 Running Ready w:running";
    // Process 1 does nothing about SIGTERM unless it was written to.
    check_command(
        sleep.clone(),
        &[(3_000, |bench| bench.delete(None))],
        12_000,
        &[running, "3.000 Running Deleting Ready w:running", "8.250 Failed Deleting w:Error(137)", "8.300 gone"],
        "",
    );
    check_command(
        sleep,
        &[(3_000, |bench| bench.kubelets.exit(&"p".into(), None, 42))],
        12_000,
        &[running, "3.000 Failed w:Error(42)"],
        "",
    );
}

#[test]
fn some_images_cannot_be_used_whatever_is_in_them() {
    let check = |image: &str, policy: &str, reason: &str, told: &str| {
        let container = json!({"name": "w", "image": image, "imagePullPolicy": policy});
        let mut bench = Bench::new(json!([]), Profile::default());
        bench.create_bound(json!({"restartPolicy": "Never", "containers": [container]}));
        bench.run(5_000);
        assert_eq!(bench.story()[1..], [format!("1.200 Pending w:{reason}")]);
        let pod = bench.api.live().get(&ObjectKey::new(Kind::Pod, "default", "p")).and_then(Object::into_pod);
        let state = pod.expect("the pod").status.container_statuses[0].state.clone();
        assert!(matches!(state, Some(ContainerState::Waiting(waiting)) if waiting.message == told));
        let events = bench.api.live().list(Kind::Event).filter_map(Object::into_event);
        let events: Vec<_> =
            events.map(|event| (event.said.reason.to_string(), event.said.message.to_string())).collect();
        let first = if reason == "InvalidImageName" { "InspectFailed" } else { reason };
        let pairs = [(first, told), ("Failed", &format!("Error: {reason}"))];
        assert_eq!(events, pairs.map(|(reason, message)| (reason.to_owned(), message.to_owned())));
    };
    check(
        "acme/report:1",
        "Never",
        "ErrImageNeverPull",
        "Container image \"acme/report:1\" is not present with pull policy of Never",
    );
    check(
        "Acme",
        "IfNotPresent",
        "InvalidImageName",
        "Failed to apply default image tag \"Acme\": couldn't parse image name \"Acme\": invalid reference format: \
         repository name (library/Acme) must be lowercase",
    );
}

#[test]
fn a_program_that_is_not_there_is_tried_again() {
    let mut bench = Bench::new(json!([]), Profile::default());
    bench.kubelets.set_programs(&PROGRAMS);
    let container = json!({"name": "w", "image": "busybox", "command": ["nosuch"]});
    bench.create_bound(json!({"restartPolicy": "OnFailure", "containers": [container]}));
    bench.run(5_000);
    assert_eq!(
        bench.story()[1..],
        [
            "1.200 Running w:RunContainerError",
            "2.400 Running w#1:RunContainerError",
            "3.600 Running w#1:CrashLoopBackOff"
        ]
    );
}

#[test]
fn of_init_containers_that_wait_the_first_is_given_up() {
    let check = |at: u64, last: &str| {
        let stuck = json!([{"match": {"container": "b"}, "stuck": "ImagePullBackOff"}]);
        let mut bench = Bench::new(stuck, Profile::default());
        bench.create_bound(spec("Never", &[container("a"), container("b"), container("c")], &["w"]));
        bench.run(at);
        bench.delete(None);
        bench.run(9_000);
        assert_eq!(bench.story().iter().rev().nth(1).map(String::as_str), Some(last));
    };
    let rest = "c:PodInitializing w:PodInitializing";
    check(500, &format!("0.750 Failed Deleting a:ContainerStatusUnknown(137) b:PodInitializing {rest}"));
    check(4_000, &format!("4.250 Failed Deleting a:Completed(0) b:ImagePullBackOff {rest}"));
}

#[test]
fn a_kubelet_tells_what_its_node_is_now() {
    let mut bench = Bench::new(json!([]), Profile::default());
    let mut change = |unschedulable: bool| {
        let key = ObjectKey::new(Kind::Node, "", "node-1");
        let mut node = (*bench.api.live().get(&key).and_then(Object::into_node).expect("the node")).clone();
        node.spec.unschedulable = unschedulable;
        bench.api.handle(Request::Update(node.into())).expect("changed");
        let now = bench.api.now().as_secs();
        bench.run(1000 * (now + 1));
    };
    change(false);
    change(true);
    change(false);
    let events = bench.api.live().list(Kind::Event).filter_map(Object::into_event);
    let told: Vec<_> = events.map(|event| event.said.message.to_string()).collect();
    assert_eq!(told, ["Node node-1 status is now: NodeNotSchedulable", "Node node-1 status is now: NodeSchedulable"]);
}

#[test]
fn a_pod_runs_on_while_its_sidecar_crashes() {
    let mut sidecar = container("s");
    sidecar["restartPolicy"] = "Always".into();
    check(
        json!([{"match": {"container": "s"}, "run": {"seconds": 2, "exitCode": 1}}, {"run": {"seconds": 12}}]),
        spec("Never", &[sidecar], &["w"]),
        &[],
        20_000,
        &[
            "0.000 Pending s:PodInitializing w:PodInitializing",
            "1.200 Running Ready s:running w:running",
            "3.200 Running s:Error(1) w:running",
            "4.400 Running Ready s#1:running w:running",
            "6.400 Running s#1:Error(1) w:running",
            "7.600 Running s#1:CrashLoopBackOff w:running",
            "13.200 Succeeded s#1:Error(1) w:Completed(0)",
        ],
    );
}

#[test]
fn an_image_that_two_pull_at_once_is_pulled_twice() {
    let mut bench = Bench::new(json!([]), Profile::default());
    for containers in [1, 2] {
        let names = &["a", "b"][..containers];
        let pod = json!({"metadata": {"name": format!("p{containers}"), "namespace": "default"}, "spec": spec("Never", &[], names)});
        let pod: Pod = fields::read(pod).expect("a pod");
        let created = bench.api.handle(Request::Create(pod.into())).expect("created");
        bench.api.handle(Request::Bind { pod: created.key(), node: "node-1".into() }).expect("bound");
    }
    bench.run(2_000);
    let events = bench.api.live().list(Kind::Event).filter_map(Object::into_event);
    let told: Vec<_> = events
        .filter(|event| event.said.reason.starts_with("Pull"))
        .map(|event| event.said.message.to_string())
        .collect();
    assert_eq!(told.iter().filter(|text| text.starts_with("Pulling")).count(), 3);
    assert_eq!(told.iter().filter(|text| text.starts_with("Successfully pulled")).count(), 3, "{told:?}");
}

#[test]
fn a_container_of_another_image_is_made_anew() {
    let check = |rules: Value, policy: &str, image: &str, at: u64, until: u64, story: &[&str]| {
        let mut bench = Bench::new(rules, Profile::default());
        bench.kubelets.image_gone(&"acme/gone".into());
        let container = json!({"name": "w", "image": image});
        bench.create_bound(json!({"restartPolicy": policy, "containers": [container]}));
        bench.run(at);
        bench.set_image("busybox:1.37");
        bench.run(until);
        assert_eq!(bench.story(), story);
    };
    let creating = "0.000 Pending w:ContainerCreating";
    check(
        json!([]),
        "Never",
        "acme/gone",
        9_000,
        20_000,
        &[
            creating,
            "1.200 Pending w:ErrImagePull",
            "2.200 Pending w:ImagePullBackOff",
            "9.000 Running Ready w:running",
            "14.000 Succeeded w:Completed(0)",
        ],
    );
    // The restart policy has no say in it.
    check(
        json!([{"run": {"seconds": 5}}]),
        "Never",
        "busybox",
        3_000,
        20_000,
        &[
            creating,
            "1.200 Running Ready w:running",
            "4.000 Running Ready w#1:running",
            "9.000 Succeeded w#1:Completed(0)",
        ],
    );
    check(
        json!([{"run": {"seconds": 60, "sigterm": "ignore"}}]),
        "Never",
        "busybox",
        3_000,
        40_000,
        &[creating, "1.200 Running Ready w:running", "33.000 Running Ready w#1:running"],
    );
    // Another image has not failed yet: nothing is waited for.
    check(
        json!([{"run": {"seconds": 1, "exitCode": 1}}]),
        "OnFailure",
        "busybox",
        6_000,
        8_500,
        &[
            creating,
            "1.200 Running Ready w:running",
            "2.200 Running w:Error(1)",
            "3.400 Running Ready w#1:running",
            "4.400 Running w#1:Error(1)",
            "5.600 Running w#1:CrashLoopBackOff",
            "6.000 Running Ready w#2:running",
            "7.000 Running w#2:Error(1)",
            "8.200 Running Ready w#3:running",
        ],
    );
}

#[test]
fn a_kubelet_ends_pods_whose_node_is_in_distress() {
    let check = |deed: fn(&mut Bench), story: &[&str], message: &str, events: &[&str]| {
        let mut bench = Bench::new(json!([{"run": {"seconds": 60, "sigterm": "ignore"}}]), Profile::default());
        let request = json!({"requests": {"memory": "16Mi"}});
        let container = json!({"name": "w", "image": "busybox", "resources": request});
        bench.create_bound(json!({"restartPolicy": "Never", "containers": [container]}));
        bench.run(3_000);
        deed(&mut bench);
        bench.run(400_000);
        assert_eq!(bench.story()[2..], *story);
        let pod = bench.api.live().get(&ObjectKey::new(Kind::Pod, "default", "p")).and_then(Object::into_pod);
        let pod = pod.expect("the pod");
        let target = pod.status.condition("DisruptionTarget").expect("a disruption");
        assert_eq!((target.reason.as_str(), target.message.as_str()), ("TerminationByKubelet", message));
        assert_eq!(pod.status.message, *message);
        let told = bench
            .api
            .live()
            .list(Kind::Event)
            .filter_map(Object::into_event)
            .filter(|event| event.last_timestamp.is_some_and(|at| at.timestamp() >= Timestamp::from_secs(3)));
        let mut told: Vec<_> = told
            .map(|event| (event.resource_version, format!("{} {}", event.said.reason, event.said.message)))
            .collect();
        told.sort();
        assert_eq!(told.iter().map(|(_, words)| words.as_str()).collect::<Vec<_>>(), events);
    };
    let low = "The node was low on resource: memory. Threshold quantity: 100Mi, available: 96Mi. \
               Container w was using 64Mi, request is 16Mi, has larger consumption of memory. ";
    check(
        |bench| bench.kubelets.memory_pressure(&"node-1".into()),
        &["4.250 Failed Evicted w:Error(137)"],
        low,
        &[
            "NodeHasInsufficientMemory Node node-1 status is now: NodeHasInsufficientMemory",
            "EvictionThresholdMet Attempting to reclaim memory",
            &format!("Evicted {low}"),
            "Killing Stopping container w",
            "NodeHasSufficientMemory Node node-1 status is now: NodeHasSufficientMemory",
        ],
    );
    check(
        |bench| bench.kubelets.shut_down(&"node-1".into()),
        &["23.250 Failed Terminated w:Error(137)"],
        "Pod was terminated in response to imminent node shutdown.",
        &[
            "Shutdown Shutdown manager detected shutdown event",
            "NodeNotReady Node node-1 status is now: NodeNotReady",
            "Killing Stopping container w",
        ],
    );
}
