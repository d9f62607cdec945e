//! Random manifests under random rules and random interference: nothing panics or hangs, and what must hold of every Job
//! holds at every instant. `SCENARIOS=5000 cargo test --test main random` tries more than the usual number.

use jobscope::api::{Kind, Object};
use jobscope::recording::{Run, Scenario};
use jobscope::sim::Chance;
use serde_json::{Value, json};

/// How many are tried if nobody says otherwise.
pub const SCENARIOS: u64 = 300;

struct Draw(Chance);

impl Draw {
    fn below(&mut self, bound: u32) -> u32 {
        self.0.below(bound)
    }

    fn of<T: Clone>(&mut self, choices: &[T]) -> T {
        choices[self.0.below(choices.len() as u32) as usize].clone()
    }

    /// Sets a field in some of 100 cases.
    fn maybe(&mut self, percent: u32, object: &mut Value, field: &str, value: impl FnOnce(&mut Self) -> Value) {
        if self.0.percent(percent) {
            object[field] = value(self);
        }
    }

    fn job(&mut self, name: &str) -> Value {
        let indexed = self.0.percent(50);
        let never = self.0.percent(70);
        let mut spec = json!({"completionMode": if indexed { "Indexed" } else { "NonIndexed" }});
        let completions = self.of(&[0, 1, 2, 3, 5, 8, 20]);
        if indexed || self.0.percent(80) {
            spec["completions"] = json!(completions);
        }
        self.maybe(80, &mut spec, "parallelism", |draw| json!(draw.of(&[0, 1, 2, 3, 5, 12])));
        self.maybe(60, &mut spec, "backoffLimit", |draw| json!(draw.of(&[0, 1, 2, 4, 100])));
        self.maybe(15, &mut spec, "activeDeadlineSeconds", |draw| json!(draw.of(&[1, 9, 30, 60])));
        self.maybe(10, &mut spec, "suspend", |_| json!(true));
        self.maybe(15, &mut spec, "ttlSecondsAfterFinished", |draw| json!(draw.of(&[0, 5])));
        let policy = never && self.0.percent(30);
        if policy {
            let mut actions = vec!["FailJob", "Ignore", "Count"];
            if indexed && self.0.percent(50) {
                spec["backoffLimitPerIndex"] = json!(self.below(3));
                actions.push("FailIndex");
            }
            let rules: Vec<Value> = (0..=self.below(2)).map(|_| self.rule(&actions)).collect();
            spec["podFailurePolicy"] = json!({"rules": rules});
        } else if indexed && self.0.percent(30) {
            spec["backoffLimitPerIndex"] = json!(self.below(3));
            self.maybe(40, &mut spec, "maxFailedIndexes", |draw| json!(draw.below(completions + 1)));
        }
        self.maybe(30, &mut spec, "podReplacementPolicy", |_| json!("Failed"));
        if indexed && completions > 0 {
            self.maybe(25, &mut spec, "successPolicy", |draw| {
                let last = draw.below(completions);
                json!({"rules": [draw.of(&[
                    json!({"succeededIndexes": format!("0-{last}")}),
                    json!({"succeededCount": 1 + last}),
                    json!({"succeededIndexes": format!("0-{last}"), "succeededCount": 1}),
                ])]})
            });
        }
        let mut pod = json!({
            "restartPolicy": if never { "Never" } else { "OnFailure" },
            "containers": [{"name": "main", "image": "worker"}],
        });
        self.maybe(10, &mut pod, "terminationGracePeriodSeconds", |draw| json!(draw.of(&[0, 1, 5])));
        self.maybe(10, &mut pod, "initContainers", |_| json!([{"name": "first", "image": "worker"}]));
        self.maybe(5, &mut pod, "initContainers", |draw| {
            let sidecar = json!({"name": "beside", "image": "worker", "restartPolicy": "Always"});
            json!([Self::with(sidecar, "startupProbe", draw.probe())])
        });
        for purpose in ["startupProbe", "readinessProbe", "livenessProbe"] {
            self.maybe(15, &mut pod["containers"][0], purpose, Self::probe);
        }
        let cpu = self.of(&["100m", "1", "3", "9"]);
        self.maybe(20, &mut pod["containers"][0], "resources", |_| json!({"requests": {"cpu": cpu}}));
        spec["template"] = json!({"spec": pod});
        json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name}, "spec": spec})
    }

    fn probe(&mut self) -> Value {
        let asks = [
            json!({"httpGet": {"port": 80}}),
            json!({"tcpSocket": {"port": 80}}),
            json!({"grpc": {"port": 80}}),
            json!({"exec": {"command": ["true"]}}),
        ];
        let mut probe = self.of(&asks);
        probe["periodSeconds"] = json!(self.of(&[1, 2, 5]));
        self.maybe(30, &mut probe, "initialDelaySeconds", |draw| json!(draw.below(9)));
        self.maybe(30, &mut probe, "timeoutSeconds", |draw| json!(1 + draw.below(4)));
        self.maybe(50, &mut probe, "failureThreshold", |draw| json!(1 + draw.below(3)));
        probe
    }

    fn with(mut object: Value, field: &str, value: Value) -> Value {
        object[field] = value;
        object
    }

    fn rule(&mut self, actions: &[&str]) -> Value {
        let action = self.of(actions);
        match self.0.percent(70) {
            true => json!({"action": action, "onExitCodes": {
                "operator": self.of(&["In", "NotIn"]), "values": self.of(&[json!([1]), json!([3, 42]), json!([137, 143])]),
            }}),
            false => json!({"action": action, "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]}),
        }
    }

    fn behaviour(&mut self) -> Value {
        let mut rule =
            json!({"run": {"seconds": self.of(&[json!(0), json!(1), json!(4.3), json!(20), json!([1, 8])])}});
        self.maybe(60, &mut rule["run"], "exitCode", |draw| json!(draw.of(&[1, 3, 42, 137])));
        self.maybe(20, &mut rule["run"], "sigterm", |draw| {
            draw.of(&[json!("ignore"), json!({"seconds": 2, "exitCode": 0})])
        });
        self.maybe(35, &mut rule["run"], "healthyFrom", |draw| json!(draw.of(&[json!(2), json!([9, 0])])));
        self.maybe(35, &mut rule["run"], "healthyUntil", |draw| {
            json!(draw.of(&[json!(0), json!(5), json!([3, "forever"])]))
        });
        self.maybe(50, &mut rule, "percent", |draw| json!(draw.of(&[10, 50, 90])));
        self.maybe(40, &mut rule, "match", |draw| {
            draw.of(&[
                json!({"index": [0, 2]}),
                json!({"attempt": 0}),
                json!({"ordinal": [0, 1, 4]}),
                json!({"job": "a"}),
            ])
        });
        if self.0.percent(5) {
            rule = json!({"stuck": "ImagePullBackOff", "match": {"ordinal": self.below(4)}});
        }
        rule
    }

    fn action(&mut self) -> Value {
        let patch = |spec: Value| json!(format!("patch job a -p '{}'", json!({"spec": spec})));
        let pod = self.of(&["${pod job=a}", "${pod index=0}", "${pod ordinal=1}"]);
        let choices = [
            ("kubectl", json!(format!("delete pod {pod}"))),
            ("kubectl", json!(format!("delete pod {pod} --grace-period=0 --force"))),
            ("kubectl", json!("drain node-1 --ignore-daemonsets --force --delete-emptydir-data")),
            ("kubectl", json!("uncordon node-1")),
            ("kubectl", json!("taint node node-2 broken=yes:NoExecute")),
            ("kubectl", json!("delete node node-2")),
            ("kubectl", patch(json!({"suspend": true}))),
            ("kubectl", patch(json!({"suspend": false}))),
            ("kubectl", patch(json!({"parallelism": self.below(6)}))),
            ("kubectl", patch(json!({"completions": self.below(6), "parallelism": self.below(6)}))),
            ("kubectl", patch(json!({"activeDeadlineSeconds": 1 + self.below(30)}))),
            ("kubectl", patch(json!({"backoffLimit": self.below(4)}))),
            ("kubectl", json!("delete job a --cascade=orphan --wait=false")),
            ("kubectl", json!("delete job a --cascade=foreground --wait=false")),
            ("kubectl", json!("apply -f manifest.yaml")),
            ("kubectl", json!(format!("label pod {pod} job-name=other --overwrite"))),
            ("nodeDown", json!("node-3")),
            ("powerLoss", json!("node-3")),
            ("powerLoss", json!("node-1")),
            ("nodeUp", json!("node-3")),
            ("nodeUp", json!("node-1")),
            ("memoryPressure", json!("node-2")),
            ("shutdown", json!("node-3")),
            ("exit", json!({"pod": pod, "code": 42})),
            ("oomKill", json!(pod)),
            ("hang", json!(pod)),
            ("ignoreSigterm", json!(pod)),
            ("imageGone", json!("worker")),
            ("imageBack", json!("worker")),
            ("overload", json!(20)),
            ("controllerRestart", json!(true)),
        ];
        let (key, about) = self.of(&choices);
        json!({"at": f64::from(self.below(60_000)) / 1000.0, key: about})
    }

    fn scenario(&mut self, seed: u64) -> (Value, Scenario) {
        let jobs: Vec<Value> = ["a", "b"].iter().take(1 + self.below(2) as usize).map(|name| self.job(name)).collect();
        let rules: Vec<Value> = (0..self.below(4)).map(|_| self.behaviour()).collect();
        let actions: Vec<Value> = (0..self.below(7)).map(|_| self.action()).collect();
        let settings = json!({"seed": seed, "nodes": 3, "pods": rules, "actions": actions, "until": 900});
        let mut scenario = Scenario::from_value(&settings).expect("a scenario");
        let manifest: Vec<String> = jobs.iter().map(Value::to_string).collect();
        scenario.files.insert(Scenario::MANIFEST.into(), manifest.join("\n---\n"));
        (settings, scenario)
    }
}

/// Steps that no scenario of this size takes.
const STEPS: usize = 200_000;

/// Runs one scenario to its end; what is broken.
fn play(scenario: Scenario) -> (Run, Vec<String>) {
    let until = scenario.until;
    let mut run = Run::new(scenario);
    let end = run.start() + until;
    let arrived = run.advance(end, STEPS);
    let mut wrong: Vec<String> = run.broken().iter().map(ToString::to_string).collect();
    if !arrived {
        wrong.push(format!("it is still busy at {} after {STEPS} steps", run.now()));
    }
    (run, wrong)
}

#[test]
fn whatever_happens_the_invariants_hold() {
    let scenarios = std::env::var("SCENARIOS").ok().and_then(|count| count.parse().ok()).unwrap_or(SCENARIOS);
    let (mut finished, mut refused, mut unwell, mut wrong) = (0, 0, 0, Vec::new());
    for seed in 0..scenarios {
        let (settings, scenario) = Draw(Chance::stream(seed, 5)).scenario(seed);
        let manifest = scenario.files[Scenario::MANIFEST].clone();
        let (run, broken) = play(scenario);
        finished += usize::from(run.is_settled());
        let mut events = run.storage().now().list(Kind::Event).filter_map(Object::into_event);
        unwell += usize::from(events.any(|event| event.said.reason == "Unhealthy"));
        refused += usize::from(run.entries()[0].ended.is_some_and(|(_, code)| code != 0));
        if let Some(first) = broken.first() {
            wrong.push(format!("seed {seed}: {first} ({} in all)\n{manifest}\n{settings}", broken.len()));
        }
        let told = jobscope::recording::report::text(&run);
        assert!(!told.is_empty());
    }
    println!("{scenarios} scenarios: {finished} settled, {refused} refused, {unwell} with failed probes");
    assert!(unwell > scenarios as usize / 50, "probes failed in {unwell} only: the generator is off");
    assert!(
        wrong.is_empty(),
        "{} of {scenarios} break an invariant:\n{}",
        wrong.len(),
        wrong[..wrong.len().min(5)].join("\n\n")
    );
    assert!(refused < scenarios as usize / 10, "{refused} manifests were refused: the generator is off");
}
