use super::*;
use serde_json::json;

/// What `field` (a JSON pointer) of an object is after defaulting; null if it is not there.
fn check(kind: Kind, manifest: Value, expected: &[(&str, Value)]) {
    let mut object = Object::from_value(kind, manifest.clone()).expect("the manifest is well-formed");
    set_defaults(&mut object);
    let filled = object.to_value();
    for (field, value) in expected {
        assert_eq!(filled.pointer(field).unwrap_or(&Value::Null), value, "{field} of {manifest}");
    }
    let mut again = object.clone();
    set_defaults(&mut again);
    assert_eq!(again, object, "defaulting twice");
}

#[test]
fn completions_and_parallelism_depend_on_each_other() {
    let rows = [
        (json!({}), json!(1), json!(1)),
        (json!({"completions": 5}), json!(5), json!(1)),
        (json!({"parallelism": 2}), Value::Null, json!(2)),
        (json!({"completions": 5, "parallelism": 2}), json!(5), json!(2)),
        (json!({"parallelism": 0}), Value::Null, json!(0)),
    ];
    for (spec, completions, parallelism) in rows {
        let expected = [("/spec/completions", completions), ("/spec/parallelism", parallelism)];
        check(Kind::Job, json!({"spec": spec}), &expected);
    }
}

#[test]
fn a_job_gets_its_defaults_and_a_cron_jobs_template_does_not() {
    let job = [
        ("/spec/backoffLimit", json!(6)),
        ("/spec/completionMode", json!("NonIndexed")),
        ("/spec/suspend", json!(false)),
        ("/spec/podReplacementPolicy", json!("TerminatingOrFailed")),
        ("/spec/manualSelector", json!(false)),
        ("/spec/template/spec/restartPolicy", json!("Always")),
        ("/spec/template/spec/enableServiceLinks", Value::Null),
        ("/metadata/labels", json!({"app": "x"})),
    ];
    check(Kind::Job, json!({"spec": {"template": {"metadata": {"labels": {"app": "x"}}}}}), &job);
    let limited = [("/spec/backoffLimit", json!(i32::MAX))];
    check(Kind::Job, json!({"spec": {"backoffLimitPerIndex": 1}}), &limited);
    let policy = json!({"rules": [{"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget"}]}]});
    let by_policy = [
        ("/spec/podReplacementPolicy", json!("Failed")),
        ("/spec/podFailurePolicy/rules/0/onPodConditions/0/status", json!("True")),
    ];
    check(Kind::Job, json!({"spec": {"podFailurePolicy": policy}}), &by_policy);
    let cron_job = [
        ("/spec/concurrencyPolicy", json!("Allow")),
        ("/spec/suspend", json!(false)),
        ("/spec/successfulJobsHistoryLimit", json!(3)),
        ("/spec/failedJobsHistoryLimit", json!(1)),
        ("/spec/jobTemplate/spec/backoffLimit", Value::Null),
        ("/spec/jobTemplate/spec/template/spec/dnsPolicy", json!("ClusterFirst")),
    ];
    check(Kind::CronJob, json!({}), &cron_job);
}

#[test]
fn the_texts_of_a_secret_become_bytes() {
    let secret =
        [("/data", json!({"a": "eA==", "b": "Yg=="})), ("/stringData", Value::Null), ("/type", json!("Opaque"))];
    check(Kind::Secret, json!({"data": {"a": "YQ=="}, "stringData": {"a": "x", "b": "b"}}), &secret);
    check(Kind::Secret, json!({}), &[("/data", Value::Null)]);
}

#[test]
fn the_pull_policy_follows_the_tag() {
    for (image, policy) in [
        ("busybox", "Always"),
        ("busybox:latest", "Always"),
        ("busybox:1.36", "IfNotPresent"),
        ("localhost:5000/busybox", "Always"),
        ("localhost:5000/busybox:1", "IfNotPresent"),
        ("busybox@sha256:0000", "IfNotPresent"),
        ("busybox:latest@sha256:0000", "Always"),
        ("BusyBox", "IfNotPresent"),
    ] {
        let expected = [("/spec/containers/0/imagePullPolicy", json!(policy))];
        check(Kind::Pod, json!({"spec": {"containers": [{"name": "c", "image": image}]}}), &expected);
    }
}

#[test]
fn pods_get_more_than_templates() {
    let spec = json!({
        "containers": [{
            "name": "c", "image": "i:1",
            "env": [{"name": "N", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}],
            "livenessProbe": {"httpGet": {"port": 80}},
            "ports": [{"containerPort": 80}],
            "resources": {"limits": {"cpu": "1", "memory": "1Gi"}, "requests": {"cpu": "500m"}},
        }],
        "volumes": [{"name": "a"}, {"name": "b", "configMap": {"name": "x"}}, {"name": "h", "hostPath": {"path": "/"}}],
        "serviceAccountName": "runner",
    });
    let expected = [
        ("/spec/enableServiceLinks", json!(true)),
        ("/spec/serviceAccount", json!("runner")),
        ("/spec/containers/0/resources/requests", json!({"cpu": "500m", "memory": "1Gi"})),
        ("/spec/containers/0/env/0/valueFrom/fieldRef/apiVersion", json!("v1")),
        ("/spec/containers/0/livenessProbe/httpGet/path", json!("/")),
        ("/spec/containers/0/livenessProbe/periodSeconds", json!(10)),
        ("/spec/containers/0/ports/0/protocol", json!("TCP")),
        ("/spec/volumes/0/emptyDir", json!({})),
        ("/spec/volumes/1/configMap/defaultMode", json!(420)),
        ("/spec/volumes/2/hostPath/type", json!("")),
    ];
    check(Kind::Pod, json!({"spec": spec}), &expected);
}

#[test]
fn a_pod_requests_what_its_containers_do() {
    let container =
        |name: &str, requests: Value| json!({"name": name, "image": "i:1", "resources": {"requests": requests}});
    let spec = json!({
        "containers": [container("a", json!({"cpu": "500m"})), container("b", json!({"cpu": "1"}))],
        "initContainers": [container("c", json!({"cpu": "1"}))],
        "resources": {"limits": {"cpu": "2", "memory": "1Gi"}},
    });
    check(Kind::Pod, json!({"spec": spec}), &[("/spec/resources/requests", json!({"cpu": "1500m", "memory": "1Gi"}))]);
}

#[test]
fn a_service_is_filled_in_by_its_type() {
    let rows = [
        ("ClusterIP", json!("Cluster"), Value::Null, Value::Null, json!(["IPv4"])),
        ("NodePort", json!("Cluster"), json!("Cluster"), Value::Null, json!(["IPv4"])),
        ("LoadBalancer", json!("Cluster"), json!("Cluster"), json!(true), json!(["IPv4"])),
        ("ExternalName", Value::Null, Value::Null, Value::Null, Value::Null),
    ];
    for (kind, inside, outside, ports, families) in rows {
        let expected = [
            ("/spec/internalTrafficPolicy", inside),
            ("/spec/externalTrafficPolicy", outside),
            ("/spec/allocateLoadBalancerNodePorts", ports),
            ("/spec/ipFamilies", families),
            ("/spec/sessionAffinityConfig/clientIP/timeoutSeconds", json!(10_800)),
        ];
        check(Kind::Service, json!({"spec": {"type": kind, "sessionAffinity": "ClientIP"}}), &expected);
    }
}

#[test]
fn the_template_of_a_stateful_set_is_filled_in_as_any_other() {
    let template = json!({"spec": {"containers": [{"name": "c", "image": "i:1"}]}});
    let expected = [
        ("/spec/replicas", json!(1)),
        ("/spec/template/spec/restartPolicy", json!("Always")),
        ("/spec/template/spec/containers/0/imagePullPolicy", json!("IfNotPresent")),
    ];
    check(Kind::StatefulSet, json!({"spec": {"template": template}}), &expected);
}
