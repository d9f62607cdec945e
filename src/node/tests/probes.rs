//! What kubelets ask containers, and what comes of the answers.

use super::*;

/// How a pod fares from second 1.2 on, and what its kubelet tells of probes and kills.
#[track_caller]
fn check(rules: Value, spec: Value, happens: &Happens, until: u64, story: &[&str], told: &[&str]) {
    let mut bench = Bench::new(rules, Profile::default());
    bench.kubelets.set_programs(&PROGRAMS);
    bench.create_bound(spec);
    for (at, act) in happens {
        bench.run(*at);
        act(&mut bench);
    }
    bench.run(until);
    assert_eq!(bench.story()[1..], *story);
    let changes = bench.api.storage().changes_since(0);
    let events = changes.filter_map(|change| Some((change.at, change.object.as_event()?.clone())));
    let events = events.filter(|(_, event)| ["Unhealthy", "Killing"].contains(&event.said.reason.as_str()));
    let events: Vec<String> = events.map(|(at, event)| format!("{at} {}", event.said.message.trim_end())).collect();
    assert_eq!(events, *told);
}

/// A container that runs this in a shell, with these probes.
fn shell(script: &str, probes: Value) -> Value {
    with_probes(json!({"name": "w", "image": "busybox", "command": ["sh", "-c", script]}), probes)
}

/// A container of an image that nobody can run, with these probes.
fn server(probes: Value) -> Value {
    with_probes(json!({"name": "w", "image": "acme/server", "ports": [{"name": "web", "containerPort": 80}]}), probes)
}

fn with_probes(mut container: Value, probes: Value) -> Value {
    for (field, probe) in probes.as_object().expect("probes") {
        container[field] = probe.clone();
    }
    container
}

fn pod(policy: &str, containers: &[Value]) -> Value {
    json!({"restartPolicy": policy, "terminationGracePeriodSeconds": 5, "containers": containers})
}

fn exec(command: &[&str], period: u64) -> Value {
    json!({"exec": {"command": command}, "periodSeconds": period})
}

const RUNNING: &str = "1.200 Running w:running";
const READY: &str = "1.200 Running Ready w:running";

#[test]
fn a_container_that_is_not_alive_is_restarted() {
    // As the documentation of probes has it. A shell that is process 1 ignores SIGTERM.
    let script = "touch /tmp/healthy; sleep 30; rm -f /tmp/healthy; sleep 600";
    let probe = json!({"exec": {"command": ["cat", "/tmp/healthy"]}, "initialDelaySeconds": 5, "periodSeconds": 5});
    check(
        json!([]),
        pod("Always", &[shell(script, json!({"livenessProbe": probe}))]),
        &[],
        60_000,
        &[READY, "50.000 Running Ready w#1:running"],
        &[
            "35.000 Liveness probe failed: cat: can't open '/tmp/healthy': No such file or directory",
            "40.000 Liveness probe failed: cat: can't open '/tmp/healthy': No such file or directory",
            "45.000 Liveness probe failed: cat: can't open '/tmp/healthy': No such file or directory",
            "45.000 Container w failed liveness probe, will be restarted",
        ],
    );
    // One that answers SIGTERM ends with 143, or as it pleases; where nothing is restarted, that is all.
    let asks = json!({"livenessProbe": {"tcpSocket": {"port": "web"}, "periodSeconds": 4, "failureThreshold": 1}});
    let sick = |run: Value| json!([{"run": run}]);
    let refused = "Liveness probe failed: dial tcp 10.244.1.2:80: connect: connection refused";
    check(
        sick(json!({"seconds": "forever", "healthyUntil": 5})),
        pod("Never", &[server(asks.clone())]),
        &[],
        60_000,
        &[READY, "9.000 Failed w:Error(143)"],
        &[&format!("8.000 {refused}"), "8.000 Container w failed liveness probe"],
    );
    check(
        sick(json!({"seconds": "forever", "healthyUntil": [5, "forever"], "sigterm": {"seconds": 2, "exitCode": 0}})),
        pod("OnFailure", &[server(asks.clone())]),
        &[],
        60_000,
        &[READY, "10.000 Running Ready w#1:running"],
        &[&format!("8.000 {refused}"), "8.000 Container w failed liveness probe, will be restarted"],
    );
    // Its own grace period goes before the pod's.
    let mut own = asks;
    own["livenessProbe"]["terminationGracePeriodSeconds"] = json!(2);
    check(
        sick(json!({"seconds": "forever", "healthyUntil": 5, "sigterm": "ignore"})),
        pod("Never", &[server(own)]),
        &[],
        60_000,
        &[READY, "10.000 Failed w:Error(137)"],
        &[&format!("8.000 {refused}"), "8.000 Container w failed liveness probe"],
    );
}

#[test]
fn a_container_that_is_killed_again_and_again_waits_as_others_do() {
    let probe = json!({"httpGet": {"port": "web"}, "periodSeconds": 2, "failureThreshold": 1});
    let told = [2, 4, 6, 18].map(|second| {
        let failed = format!("{second}.000 Liveness probe failed: HTTP probe failed with statuscode: 500");
        [failed, format!("{second}.000 Container w failed liveness probe, will be restarted")]
    });
    let told: Vec<&str> = told.iter().flatten().map(String::as_str).collect();
    check(
        json!([{"run": {"seconds": "forever", "healthyUntil": 0}}]),
        pod("Always", &[server(json!({"livenessProbe": probe}))]),
        &[],
        20_000,
        &[
            // Of a first end by force no account is kept, and the wait is counted from the end before.
            READY,
            "3.000 Running Ready w#1:running",
            "5.000 Running Ready w#2:running",
            "7.000 Running w#2:Error(143)",
            "8.200 Running w#2:CrashLoopBackOff",
            "17.000 Running Ready w#3:running",
            "19.000 Running w#3:Error(143)",
        ],
        &told,
    );
}

#[test]
fn a_container_is_ready_as_long_as_its_probe_says() {
    let script = "sleep 3; touch /ready; sleep 9; rm /ready; sleep 4.5";
    let asks = json!({"readinessProbe": {
        "exec": {"command": ["ls", "/ready"]}, "periodSeconds": 2, "successThreshold": 2, "failureThreshold": 2,
    }});
    let missing = "Readiness probe failed: ls: /ready: No such file or directory";
    check(
        json!([]),
        pod("Never", &[shell(script, asks.clone())]),
        &[],
        60_000,
        &[RUNNING, "8.200 Running Ready w:running", "16.200 Running w:running", "17.700 Succeeded w:Completed(0)"],
        &[
            &format!("2.200 {missing}"),
            &format!("4.200 {missing}"),
            &format!("14.200 {missing}"),
            &format!("16.200 {missing}"),
        ],
    );
    // It is asked on while its pod is being deleted, but not whether it is alive.
    let mut asks = asks;
    asks["livenessProbe"] = exec(&["false"], 7);
    check(
        json!([]),
        pod("Never", &[shell("touch /ready; trap 'rm /ready' TERM; while sleep 0.1; do :; done", asks)]),
        &[(6_000, |bench| bench.delete(None))],
        60_000,
        &[
            RUNNING,
            "4.200 Running Ready w:running",
            "6.000 Running Deleting Ready w:running",
            "8.200 Running Deleting w:running",
            "11.250 Failed Deleting w:Error(137)",
            "11.300 gone",
        ],
        &[
            "6.000 Stopping container w",
            &format!("6.200 {missing}"),
            &format!("8.200 {missing}"),
            &format!("10.200 {missing}"),
        ],
    );
}

#[test]
fn until_a_container_has_started_it_is_asked_nothing_else() {
    let slow = json!({"seconds": "forever", "healthyFrom": 12});
    let asks = json!({
        "startupProbe": {"httpGet": {"port": "web", "path": "/up"}, "periodSeconds": 5, "failureThreshold": 3},
        "readinessProbe": {"grpc": {"port": 80}, "periodSeconds": 30},
        "livenessProbe": {"httpGet": {"port": "web"}, "periodSeconds": 1, "failureThreshold": 1},
    });
    let failed = "Startup probe failed: HTTP probe failed with statuscode: 500";
    check(
        json!([{"run": slow}]),
        pod("Always", &[server(asks.clone())]),
        &[],
        60_000,
        &[RUNNING, "15.000 Running Ready w:running"],
        &[&format!("5.000 {failed}"), &format!("10.000 {failed}")],
    );
    let mut impatient = asks;
    impatient["startupProbe"]["failureThreshold"] = json!(2);
    check(
        json!([{"run": slow}]),
        pod("Never", &[server(impatient)]),
        &[],
        60_000,
        &[RUNNING, "11.000 Failed w:Error(143)"],
        &[&format!("5.000 {failed}"), &format!("10.000 {failed}"), "10.000 Container w failed startup probe"],
    );
}

#[test]
fn a_sidecar_that_has_not_started_holds_back_what_comes_after_it() {
    let mut sidecar = server(json!({"startupProbe": {"tcpSocket": {"port": 80}, "periodSeconds": 4}}));
    (sidecar["name"], sidecar["restartPolicy"]) = ("s".into(), "Always".into());
    let spec = |sidecar: &Value| {
        let mut spec = pod("Never", &[container("w")]);
        spec["initContainers"] = json!([sidecar]);
        spec
    };
    let rules = |healthy_from: u64| {
        json!([
            {"match": {"container": "s"}, "run": {"seconds": "forever", "healthyFrom": healthy_from}},
            {"run": {"seconds": 3}},
        ])
    };
    let refused = "Startup probe failed: dial tcp 10.244.1.2:80: connect: connection refused";
    check(
        rules(5),
        spec(&sidecar),
        &[],
        60_000,
        &[
            "1.200 Pending s:running w:PodInitializing",
            "8.000 Running Ready s:running w:running",
            "11.000 Succeeded s:Completed(0) w:Completed(0)",
        ],
        &[&format!("4.000 {refused}"), "11.000 Stopping container s"],
    );
    sidecar["startupProbe"]["failureThreshold"] = json!(1);
    check(
        rules(5),
        spec(&sidecar),
        &[],
        7_000,
        &["1.200 Pending s:running w:PodInitializing", "4.000 Pending s#1:running w:PodInitializing"],
        &[&format!("4.000 {refused}"), "4.000 Init container s failed startup probe"],
    );
}

#[test]
fn a_process_that_hangs_answers_nothing() {
    let hang = (3_000, (|bench| bench.kubelets.hang(&"p".into())) as fn(&mut Bench));
    let asks = |question: Value| {
        let mut probe = question;
        (probe["periodSeconds"], probe["timeoutSeconds"], probe["failureThreshold"]) = (json!(4), json!(2), json!(1));
        json!({"livenessProbe": probe})
    };
    let killed = "6.000 Container w failed liveness probe";
    for (question, why) in [
        (
            json!({"httpGet": {"port": 80, "path": "/"}}),
            "Get \"http://10.244.1.2:80/\": context deadline exceeded (Client.Timeout exceeded while awaiting headers)",
        ),
        (
            json!({"grpc": {"port": 80}}),
            "timeout: failed to connect service \"10.244.1.2:80\" within 2s: context deadline exceeded",
        ),
        (json!({"exec": {"command": ["is", "well"]}}), "command timed out: \"is well\" timed out after 2s"),
    ] {
        check(
            json!([]),
            pod("Never", &[server(asks(question))]),
            &[hang],
            60_000,
            &[READY, "7.000 Failed w:Error(143)"],
            &[&format!("6.000 Liveness probe failed: {why}"), killed],
        );
    }
    // The kernel takes connections on its behalf.
    check(json!([]), pod("Never", &[server(asks(json!({"tcpSocket": {"port": 80}})))]), &[hang], 60_000, &[READY], &[]);
    // Whatever a shell starts hangs as well.
    check(
        json!([]),
        pod("Never", &[shell("sleep 600", asks(exec(&["true"], 4)))]),
        &[hang],
        60_000,
        &[READY, "11.000 Failed w:Error(137)"],
        &["6.000 Liveness probe failed: command timed out: \"true\" timed out after 2s", killed],
    );
}

#[test]
fn commands_and_servers_answer_for_themselves() {
    let ready = "2.200 Running Ready w:running";
    let check = |container: Value, story: &[&str], told: &[&str]| {
        check(json!([]), pod("Always", &[container]), &[], 9_000, story, told);
    };
    let asks = |question: Value| json!({"readinessProbe": question});
    let redis = |question: Value| with_probes(json!({"name": "w", "image": "redis"}), asks(question));
    check(redis(json!({"tcpSocket": {"port": 6379}})), &[RUNNING, ready], &[]);
    check(redis(exec(&["redis-cli", "ping"], 10)), &[RUNNING, ready], &[]);
    check(
        redis(json!({"tcpSocket": {"port": 6380}})),
        &[RUNNING],
        &["2.200 Readiness probe failed: dial tcp 10.244.1.2:6380: connect: connection refused"],
    );
    // A shell listens nowhere.
    let calls = json!({"httpGet": {"port": 8080, "path": "/healthz"}});
    let refused = "Get \"http://10.244.1.2:8080/healthz\": dial tcp 10.244.1.2:8080: connect: connection refused";
    check(shell("sleep 600", asks(calls)), &[RUNNING], &[&format!("2.200 Readiness probe failed: {refused}")]);
    // A command that takes too long is ended, and the next question waits for that.
    check(
        shell("sleep 600", asks(json!({"exec": {"command": ["sleep", "9"]}, "periodSeconds": 1, "timeoutSeconds": 3}))),
        &[RUNNING],
        &[
            "5.200 Readiness probe failed: command timed out: \"sleep 9\" timed out after 3s",
            "8.200 Readiness probe failed: command timed out: \"sleep 9\" timed out after 3s",
        ],
    );
    // What cannot be asked is no answer: a container is not killed for it.
    let port = "errored and resulted in unknown state: strconv.Atoi: parsing \"http\": invalid syntax";
    check(
        server(json!({"livenessProbe": {"httpGet": {"port": "http"}, "periodSeconds": 3, "failureThreshold": 1}})),
        &[READY, "6.200 Running w:Completed(0)", "7.400 Running Ready w#1:running"],
        &[
            &format!("3.000 Liveness probe {port}"),
            &format!("6.000 Liveness probe {port}"),
            &format!("9.000 Liveness probe {port}"),
        ],
    );
}
