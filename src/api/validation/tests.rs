use super::*;
use crate::api::defaults;
use serde_json::{Value, json};
use std::slice;

/// A valid object of a kind, as the API server holds it before it validates.
fn valid(kind: Kind) -> Value {
    let pod = json!({"restartPolicy": "Never", "containers": [{"name": "c", "image": "i:1"}]});
    let job = json!({"template": {"metadata": {"labels": {"a": "b"}}, "spec": pod}});
    let mut selected = job.clone();
    selected["manualSelector"] = json!(true);
    selected["selector"] = json!({"matchLabels": {"a": "b"}});
    let spec = match kind {
        Kind::Job => selected,
        Kind::CronJob => json!({"schedule": "* * * * *", "jobTemplate": {"spec": job}}),
        Kind::Pod => pod,
        _ => json!({}),
    };
    json!({"metadata": {"name": "x", "namespace": "default"}, "spec": spec})
}

fn object(kind: Kind, value: Value) -> Object {
    let mut object = Object::from_value(kind, value).expect("the object is well-formed");
    defaults::set_defaults(&mut object);
    object
}

/// A valid object with some fields (JSON pointers) set to something else.
fn changed(kind: Kind, changes: &[(&str, Value)]) -> Object {
    let mut value = valid(kind);
    for (pointer, change) in changes {
        let (parent, field) = pointer.rsplit_once('/').expect("a pointer");
        let parent = value.pointer_mut(parent).expect("the parent exists");
        match field.parse::<usize>() {
            Ok(index) => parent[index] = change.clone(),
            Err(_) => parent[field] = change.clone(),
        }
    }
    object(kind, value)
}

fn told(errors: Vec<FieldError>) -> Vec<String> {
    errors.iter().map(ToString::to_string).collect()
}

#[track_caller]
fn check(kind: Kind, changes: &[(&str, Value)], expected: &[&str]) {
    assert_eq!(told(validate_create(&changed(kind, changes))), expected, "{changes:?}");
}

#[track_caller]
fn check_job(changes: &[(&str, Value)], expected: &[&str]) {
    check(Kind::Job, changes, expected);
}

#[track_caller]
fn check_container(field: &str, value: Value, expected: &[&str]) {
    let expected: Vec<_> = expected.iter().map(|body| format!("spec.containers[0].{body}")).collect();
    let expected: Vec<_> = expected.iter().map(String::as_str).collect();
    check(Kind::Pod, &[(&format!("/spec/containers/0/{field}"), value)], &expected);
}

#[test]
fn valid_objects_pass() {
    for kind in [Kind::Job, Kind::CronJob, Kind::Pod] {
        check(kind, &[], &[]);
    }
}

#[test]
fn numbers_of_jobs_have_bounds() {
    let several =
        [("/spec/completions", json!(-1)), ("/spec/parallelism", json!(-2)), ("/spec/backoffLimit", json!(-3))];
    check_job(
        &several,
        &[
            "spec.parallelism: Invalid value: -2: must be greater than or equal to 0",
            "spec.completions: Invalid value: -1: must be greater than or equal to 0",
            "spec.backoffLimit: Invalid value: -3: must be greater than or equal to 0",
        ],
    );
    check_job(&[("/spec/completions", json!(2_000_000_000)), ("/spec/parallelism", json!(2_000_000_000))], &[]);
    let indexed = |completions: Value, field: &'static str, value: Value| {
        [("/spec/completionMode", json!("Indexed")), ("/spec/completions", completions), (field, value)]
    };
    check_job(
        &indexed(json!(3), "/spec/parallelism", json!(100_001)),
        &[
            "spec.parallelism: Invalid value: 100001: must be less than or equal to 100000 when completion mode is Indexed",
        ],
    );
    check_job(
        &indexed(json!(100_001), "/spec/backoffLimitPerIndex", json!(1)),
        &["spec.maxFailedIndexes: Required value: must be specified when completions is above 100000"],
    );
    check_job(
        &indexed(json!(2), "/spec/maxFailedIndexes", json!(5)),
        &[
            "spec.backoffLimitPerIndex: Required value: when maxFailedIndexes is specified",
            "spec.maxFailedIndexes: Invalid value: 5: must be less than or equal to completions",
        ],
    );
    let long = [("/metadata/name", json!("n".repeat(61))), ("/spec/completionMode", json!("Indexed"))];
    check_job(&[&long[..], &[("/spec/completions", json!(10))]].concat(), &[]);
    let message = format!(
        "metadata.name: Invalid value: \"{0}\": will not able to create pod with invalid DNS label: {0}-10",
        "n".repeat(61)
    );
    check_job(&[&long[..], &[("/spec/completions", json!(11))]].concat(), &[&message]);
}

#[test]
fn words_of_jobs_are_known_words() {
    check_job(
        &[("/spec/completionMode", json!("indexed"))],
        &["spec.completionMode: Unsupported value: \"indexed\": supported values: \"NonIndexed\", \"Indexed\""],
    );
    check_job(
        &[("/spec/podReplacementPolicy", json!("Always"))],
        &[
            "spec.podReplacementPolicy: Unsupported value: \"Always\": supported values: \"Failed\", \"TerminatingOrFailed\"",
        ],
    );
    for policy in [json!("Always"), Value::Null] {
        check_job(
            &[("/spec/template/spec/restartPolicy", policy)],
            &["spec.template.spec.restartPolicy: Required value: valid values: \"OnFailure\", \"Never\""],
        );
    }
    check_job(
        &[("/spec/template/spec/restartPolicy", json!("Sometimes"))],
        &[
            "spec.template.spec.restartPolicy: Unsupported value: \"Sometimes\": supported values: \"Always\", \
         \"OnFailure\", \"Never\"",
            "spec.template.spec.restartPolicy: Unsupported value: \"Sometimes\": supported values: \"OnFailure\", \"Never\"",
        ],
    );
    check_job(
        &[("/spec/managedBy", json!("acme.example/"))],
        &["spec.managedBy: Invalid value: \"acme.example/\": must be a domain-prefixed path (such as \"acme.io/foo\")"],
    );
}

#[test]
fn what_a_selector_selects_is_looked_at_where_it_can_be_read() {
    let check_selector = |selector: Value, expected: &[&str]| check_job(&[("/spec/selector", selector)], expected);
    let unlike =
        "spec.template.metadata.labels: Invalid value: {\"a\":\"b\"}: `selector` does not match template `labels`";
    check_selector(json!({"matchLabels": {"a": "c"}}), &[unlike]);
    check_selector(Value::Null, &["spec.selector: Required value", unlike]);
    check_selector(json!({}), &[]);
    check_selector(
        json!({"matchExpressions": [{"key": "a", "operator": "Is", "values": ["c"]}]}),
        &["spec.selector.matchExpressions[0].operator: Invalid value: \"Is\": not a valid selector operator"],
    );
    check_selector(
        json!({"matchExpressions": [{"key": "a", "operator": "In"}]}),
        &[
            "spec.selector.matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'",
        ],
    );
}

#[test]
fn pod_failure_policies_are_checked_rule_by_rule() {
    let check_rule = |rule: Value, expected: &[&str]| {
        let prefix = "spec.podFailurePolicy.rules[0]";
        let expected: Vec<_> = expected.iter().map(|body| format!("{prefix}{body}")).collect();
        let expected: Vec<_> = expected.iter().map(String::as_str).collect();
        check_job(&[("/spec/podFailurePolicy", json!({"rules": [rule]}))], &expected);
    };
    let codes = |operator: &str, values: Value| json!({"operator": operator, "values": values});
    let rule = |codes: Value| json!({"action": "FailJob", "onExitCodes": codes});
    check_rule(rule(codes("In", json!([1, 2]))), &[]);
    check_rule(rule(codes("NotIn", json!([0]))), &[]);
    check_rule(
        rule(codes("In", json!([0, 1]))),
        &[".onExitCodes.values[0]: Invalid value: 0: must not be 0 for the In operator"],
    );
    check_rule(rule(codes("In", json!([1, 1]))), &[".onExitCodes.values[1]: Duplicate value: 1"]);
    check_rule(rule(codes("In", json!([2, 1]))), &[".onExitCodes.values: Invalid value: [2,1]: must be ordered"]);
    check_rule(
        rule(codes("In", json!([]))),
        &[".onExitCodes.values: Invalid value: []: at least one value is required"],
    );
    check_rule(
        rule(json!({"operator": "In"})),
        &[".onExitCodes.values: Invalid value: null: at least one value is required"],
    );
    check_rule(
        rule(codes("", json!([1]))),
        &[".onExitCodes.operator: Required value: valid values: [\"In\" \"NotIn\"]"],
    );
    check_rule(
        rule(json!({"operator": "In", "values": [1], "containerName": "other"})),
        &[
            ".onExitCodes.containerName: Invalid value: \"other\": must be one of the container or initContainer names in \
         the pod template",
        ],
    );
    check_rule(
        json!({"onExitCodes": codes("In", json!([1]))}),
        &[".action: Required value: valid values: [\"Count\" \"FailIndex\" \"FailJob\" \"Ignore\"]"],
    );
    check_rule(
        json!({"action": "FailIndex", "onExitCodes": codes("In", json!([1]))}),
        &[".action: Invalid value: \"FailIndex\": requires the backoffLimitPerIndex to be set"],
    );
    check_rule(
        json!({"action": "Ignore"}),
        &[": Invalid value: specifying one of OnExitCodes and OnPodConditions is required"],
    );
    check_rule(
        json!({"action": "Ignore", "onExitCodes": codes("In", json!([0])), "onPodConditions": [{"type": "A", "status": ""}]}),
        &[
            ".onExitCodes.values[0]: Invalid value: 0: must not be 0 for the In operator",
            ": Invalid value: specifying both OnExitCodes and OnPodConditions is not supported",
        ],
    );
    check_rule(
        json!({"action": "Ignore", "onPodConditions": [{"type": "A", "status": "Maybe"}]}),
        &[
            ".onPodConditions[0].status: Unsupported value: \"Maybe\": supported values: \"False\", \"True\", \"Unknown\"",
        ],
    );
}

#[test]
fn success_policies_are_for_indexed_jobs() {
    let check_rule = |rule: Value, expected: &[&str]| {
        let prefix = "spec.successPolicy.rules[0]";
        let expected: Vec<_> = expected.iter().map(|body| format!("{prefix}{body}")).collect();
        let expected: Vec<_> = expected.iter().map(String::as_str).collect();
        let indexed = [("/spec/completionMode", json!("Indexed")), ("/spec/completions", json!(5))];
        let policy = [("/spec/successPolicy", json!({"rules": [rule]}))];
        check_job(&[&indexed[..], &policy].concat(), &expected);
    };
    let check_list = |list: &str, why: &str| {
        let message = format!(".succeededIndexes: Invalid value: \"{list}\": error parsing succeededIndexes: {why}");
        check_rule(json!({"succeededIndexes": list}), &[&message]);
    };
    check_rule(json!({"succeededIndexes": "0,2-3", "succeededCount": 2}), &[]);
    check_rule(json!({}), &[": Required value: at least one of succeededCount or succeededIndexes must be specified"]);
    check_rule(
        json!({"succeededCount": 6}),
        &[".succeededCount: Invalid value: 6: must be less than or equal to 5 (the number of specified completions)"],
    );
    check_rule(
        json!({"succeededIndexes": "0-1", "succeededCount": 3}),
        &[
            ".succeededCount: Invalid value: 3: must be less than or equal to 2 (the number of indexes in the specified \
         succeededIndexes field)",
        ],
    );
    check_list("0-7", "too large index: \"7\"");
    check_list("0,", "cannot convert string to integer for index: \"\"");
    check_list("3,1", "non-increasing order, previous: 3, current: 1");
    check_list("2-2", "non-increasing order, previous: 2, current: 2");
    check_list(
        "1-2-3",
        "the fragment \"1-2-3\" violates the requirement that an index interval can have at most two \
                         parts separated by '-'",
    );
}

#[test]
fn metadata_follows_the_rules_of_names() {
    let subdomain = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and \
                     must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation \
                     is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
    for name in ["MyJob", "a/b", "x-", "-x", "a..b", "größe"] {
        let message = format!("metadata.name: Invalid value: \"{name}\": {subdomain}");
        check_job(&[("/metadata/name", json!(name))], &[&message]);
    }
    check_job(&[("/metadata/name", json!("nightly.report.v2"))], &[]);
    check_job(&[("/metadata/name", json!(""))], &["metadata.name: Required value: name or generateName is required"]);
    check_job(
        &[("/metadata/generation", json!(-1))],
        &["metadata.generation: Invalid value: -1: must be greater than or equal to 0"],
    );
    check_job(
        &[("/metadata/labels", json!({"-team": "x"}))],
        &[
            "metadata.labels: Invalid value: \"-team\": name part must consist of alphanumeric characters, '-', '_' or '.', \
         and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used \
         for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
        ],
    );
    check_job(
        &[("/metadata/labels", json!({"a/b/c": "x"}))],
        &[
            "metadata.labels: Invalid value: \"a/b/c\": a valid label key must consist of alphanumeric characters, '-', '_' \
             or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', \
             regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix \
             and '/' (e.g. 'example.com/MyName')",
        ],
    );
    let long = format!("{}/x", "a".repeat(254));
    check_job(
        &[("/metadata/labels", json!({long.clone(): "x"}))],
        &[&format!("metadata.labels: Invalid value: \"{long}\": prefix part must be no more than 253 bytes")],
    );
    let name = "c".repeat(64);
    check_job(
        &[("/spec/template/spec/containers/0/name", json!(name))],
        &[&format!(
            "spec.template.spec.containers[0].name: Invalid value: \"{name}\": must be no more than 63 characters"
        )],
    );
    check_job(
        &[("/metadata/labels", json!({"t": "x".repeat(64)}))],
        &[&format!("metadata.labels: Invalid value: \"{}\": must be no more than 63 bytes", "x".repeat(64))],
    );
    check_job(
        &[("/metadata/finalizers", json!(["foregroundDeletion", "orphan"]))],
        &[
            "metadata.finalizers: Invalid value: [\"foregroundDeletion\",\"orphan\"]: finalizer orphan and foregroundDeletion \
         cannot be both set",
        ],
    );
    check_job(
        &[("/metadata/finalizers", json!(["hold"]))],
        &[
            "metadata.finalizers[0]: Invalid value: \"hold\": name is neither a standard finalizer name nor is it fully \
         qualified",
        ],
    );
}

#[test]
fn containers_are_checked_field_by_field() {
    check(Kind::Pod, &[("/spec/containers", json!([]))], &["spec.containers: Required value"]);
    let twice = json!([{"name": "c", "image": "i:1"}, {"name": "c", "image": "i:1"}]);
    check(Kind::Pod, &[("/spec/containers", twice)], &["spec.containers[1].name: Duplicate value: \"c\""]);
    check_container("image", json!(""), &["image: Required value"]);
    check_container("name", json!("a.b"), &["name: Invalid value: \"a.b\": must not contain dots"]);
    check_container(
        "imagePullPolicy",
        json!("Sometimes"),
        &[
            "imagePullPolicy: Unsupported value: \"Sometimes\": supported values: \"Always\", \"IfNotPresent\", \"Never\"",
        ],
    );
    check_container(
        "volumeMounts",
        json!([{"name": "data", "mountPath": "/data"}]),
        &["volumeMounts[0].name: Not found: \"data\""],
    );
    check_container(
        "ports",
        json!([{"containerPort": 70000}, {}]),
        &[
            "ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive",
            "ports[1].containerPort: Required value",
        ],
    );
    check_container(
        "env",
        json!([{"name": "A=B"}, {"name": ""}, {"name": "a b"}]),
        &[
            "env[0].name: Invalid value: \"A=B\": a valid environment variable name must consist only of printable ASCII \
         characters other than '='",
            "env[1].name: Required value",
        ],
    );
    let field = |path: &str| json!([{"name": "A", "valueFrom": {"fieldRef": {"fieldPath": path}}}]);
    check_container("env", field("metadata.labels['a/b']"), &[]);
    check_container(
        "env",
        field("spec.foo"),
        &[
            "env[0].valueFrom.fieldRef.fieldPath: Invalid value: \"spec.foo\": error converting fieldPath: field label not \
         supported: spec.foo",
        ],
    );
    let both = json!([{"name": "A", "value": "1", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}]);
    check_container(
        "env",
        both,
        &["env[0].valueFrom: Invalid value: \"\": may not be specified when `value` is not empty"],
    );
    check_container(
        "resources",
        json!({"limits": {"cpus": "1"}, "requests": {"cpus": "1"}}),
        &[
            "resources.limits[cpus]: Invalid value: \"cpus\": must be a standard resource type or fully qualified",
            "resources.limits[cpus]: Invalid value: \"cpus\": must be a standard resource for containers",
            "resources.requests[cpus]: Invalid value: \"cpus\": must be a standard resource type or fully qualified",
            "resources.requests[cpus]: Invalid value: \"cpus\": must be a standard resource for containers",
        ],
    );
    check_container(
        "resources",
        json!({"limits": {"memory": "1Gi"}, "requests": {"memory": "2000Mi"}}),
        &["resources.requests: Invalid value: \"2000Mi\": must be less than or equal to memory limit of 1Gi"],
    );
    check_container("livenessProbe", json!({}), &["livenessProbe: Required value: must specify a handler type"]);
}

#[test]
fn pods_are_checked_field_by_field() {
    let init = json!([{"name": "c", "image": "i:1", "livenessProbe": {"exec": {"command": ["true"]}}}]);
    check(
        Kind::Pod,
        &[("/spec/initContainers", init)],
        &[
            "spec.initContainers[0].name: Duplicate value: \"c\"",
            "spec.initContainers[0].livenessProbe: Forbidden: may not be set for init containers without \
         restartPolicy=Always",
        ],
    );
    let two_sources = json!([{"name": "v", "emptyDir": {}, "hostPath": {"path": "/x"}}]);
    check(
        Kind::Pod,
        &[("/spec/volumes", two_sources)],
        &["spec.volumes[0].hostPath: Forbidden: may not specify more than 1 volume type"],
    );
    check(
        Kind::Pod,
        &[("/spec/activeDeadlineSeconds", json!(0))],
        &["spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, inclusive"],
    );
    check(
        Kind::Pod,
        &[("/spec/tolerations", json!([{"operator": "Equal", "value": "x"}]))],
        &[
            "spec.tolerations[0].operator: Invalid value: \"Equal\": operator must be Exists when `key` is empty, which \
         means \"match all values and all keys\"",
        ],
    );
    check(
        Kind::Pod,
        &[("/spec/dnsPolicy", json!("Whatever"))],
        &["spec.dnsPolicy: Unsupported value: \"Whatever\": supported values: \"ClusterFirstWithHostNet\", \
         \"ClusterFirst\", \"Default\", \"None\""],
    );
    check(
        Kind::Pod,
        &[("/spec/hostname", json!("a.b"))],
        &["spec.hostname: Invalid value: \"a.b\": must not contain dots"],
    );
    let affinity = json!({"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [
        {"matchExpressions": [{"key": "disk", "operator": "Near", "values": ["x"]}]},
    ]}}});
    check(
        Kind::Pod,
        &[("/spec/affinity", affinity)],
        &["spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0]\
         .matchExpressions[0].operator: Invalid value: \"Near\": not a valid selector operator"],
    );
}

#[test]
fn cron_jobs_have_schedules_and_short_names() {
    let check_cron = |field: &str, value: Value, expected: &[&str]| check(Kind::CronJob, &[(field, value)], expected);
    check_cron("/spec/schedule", json!(""), &["spec.schedule: Required value"]);
    check_cron(
        "/spec/schedule",
        json!("TZ=UTC 0 * * * *"),
        &[
            "spec.schedule: Invalid value: \"TZ=UTC 0 * * * *\": cannot use TZ or CRON_TZ in schedule, use timeZone field \
         instead",
        ],
    );
    check_cron(
        "/spec/schedule",
        json!("TZ=UTC"),
        &[
            "spec.schedule: Invalid value: \"TZ=UTC\": invalid schedule format: runtime error: slice bounds out of range [:-1]",
            "spec.schedule: Invalid value: \"TZ=UTC\": cannot use TZ or CRON_TZ in schedule, use timeZone field instead",
        ],
    );
    check_cron(
        "/spec/timeZone",
        json!("Mars/Olympus"),
        &["spec.timeZone: Invalid value: \"Mars/Olympus\": unknown time zone Mars/Olympus"],
    );
    check_cron("/spec/timeZone", json!("Europe/Berlin"), &[]);
    let explicit = "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones";
    check_cron(
        "/spec/timeZone",
        json!("local"),
        &[
            &format!("spec.timeZone: Invalid value: \"local\": {explicit}"),
            "spec.timeZone: Invalid value: \"local\": unknown time zone local",
        ],
    );
    check_cron(
        "/spec/concurrencyPolicy",
        json!("Queue"),
        &["spec.concurrencyPolicy: Unsupported value: \"Queue\": supported values: \"Allow\", \"Forbid\", \"Replace\""],
    );
    let name = "d".repeat(53);
    let message = format!("metadata.name: Invalid value: \"{name}\": must be no more than 52 characters");
    check_cron("/metadata/name", json!(name), &[&message]);
    check_cron(
        "/spec/jobTemplate/spec/template/spec/restartPolicy",
        json!("Always"),
        &["spec.jobTemplate.spec.template.spec.restartPolicy: Required value: valid values: \"OnFailure\", \"Never\""],
    );
    check_cron(
        "/spec/jobTemplate/spec/manualSelector",
        json!(true),
        &["spec.jobTemplate.spec.manualSelector: Unsupported value: true: supported values: \"nil\", \"false\""],
    );
}

#[test]
fn services_have_ports_unless_they_are_headless() {
    let check_service = |spec: Value, expected: &[&str]| {
        let metadata = json!({"name": "s", "namespace": "default"});
        let service = object(Kind::Service, json!({"metadata": metadata, "spec": spec}));
        assert_eq!(told(validate_create(&service)), expected);
    };
    check_service(json!({"clusterIP": "None"}), &[]);
    check_service(json!({}), &["spec.ports: Required value"]);
    check_service(
        json!({"clusterIP": "none", "ports": [{"port": 80}]}),
        &["spec.clusterIPs[0]: Invalid value: \"none\": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"],
    );
    check_service(json!({"type": "ExternalName"}), &["spec.externalName: Required value"]);
    let range = "must be between 1 and 65535, inclusive";
    check_service(
        json!({"ports": [{"port": 0}]}),
        &[
            &format!("spec.ports[0].port: Invalid value: 0: {range}"),
            &format!("spec.ports[0].targetPort: Invalid value: 0: {range}"),
        ],
    );
    check_service(
        json!({"ports": [{"port": 80, "name": "a"}, {"port": 80, "name": "b"}], "sessionAffinity": "X"}),
        &[
            "spec.sessionAffinity: Unsupported value: \"X\": supported values: \"ClientIP\", \"None\"",
            "spec.ports[1]: Duplicate value: {\"Name\":\"\",\"Protocol\":\"TCP\",\"AppProtocol\":null,\"Port\":80,\"TargetPort\":0,\
             \"NodePort\":0}",
        ],
    );
    check_service(
        json!({"ports": [{"port": 80, "nodePort": 30080}]}),
        &["spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'"],
    );
}

#[test]
fn kinds_that_are_kept_as_written_have_rules_of_their_own() {
    let check_fields = |kind: Kind, name: &str, mut fields: Value, expected: &[&str]| {
        let namespace = if kind.resource().namespaced { "default" } else { "" };
        fields["metadata"] = json!({"name": name, "namespace": namespace});
        assert_eq!(told(validate_create(&object(kind, fields.clone()))), expected, "{fields}");
    };
    check_fields(
        Kind::ConfigMap,
        "c",
        json!({"data": {"a": "b"}, "binaryData": {"a": "Yg=="}}),
        &["data[a]: Invalid value: \"a\": duplicate of key present in binaryData"],
    );
    let (fits, too_long) =
        (json!({"data": {"a": "x".repeat(1 << 20)}}), json!({"data": {"a": "x".repeat((1 << 20) + 1)}}));
    check_fields(Kind::ConfigMap, "c", fits, &[]);
    check_fields(Kind::ConfigMap, "c", too_long, &["[]: Too long: may not be more than 1048576 bytes"]);
    let tls = json!({"type": "kubernetes.io/tls", "stringData": {"tls.key": "k"}});
    check_fields(Kind::Secret, "s", tls, &["data[tls.crt]: Required value"]);
    let login = json!({"type": "kubernetes.io/basic-auth", "stringData": {"username": "u"}});
    check_fields(Kind::Secret, "s", login, &[]);
    let token = json!({"type": "kubernetes.io/service-account-token", "data": {"a b": ""}});
    let named = "metadata.annotations[kubernetes.io/service-account.name]: Required value";
    let key = "data[a b]: Invalid value: \"a b\": a valid config key must consist of alphanumeric characters, '-', '_' or '.' \
               (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";
    check_fields(Kind::Secret, "s", token, &[key, named]);
    check_fields(
        Kind::PriorityClass,
        "system-x",
        json!({"value": 1, "preemptionPolicy": "X"}),
        &[
            "metadata.name: Forbidden: priority class names with 'system-' prefix are reserved for system use only. error: \
             system-x is not a known system priority class",
            "preemptionPolicy: Unsupported value: \"X\": supported values: \"PreemptLowerPriority\", \"Never\"",
        ],
    );
    check_fields(
        Kind::PodDisruptionBudget,
        "b",
        json!({"spec": {"minAvailable": 1, "maxUnavailable": "150%"}}),
        &[
            "spec: Invalid value: {\"MinAvailable\":1,\"Selector\":null,\"MaxUnavailable\":\"150%\",\
             \"UnhealthyPodEvictionPolicy\":null}: minAvailable and maxUnavailable cannot be both set",
            "spec.maxUnavailable: Invalid value: \"150%\": must not be greater than 100%",
        ],
    );
    check_fields(
        Kind::PodDisruptionBudget,
        "b",
        json!({"spec": {"minAvailable": "half"}}),
        &[
            "spec.minAvailable: Invalid value: \"half\": a valid percent string must be a numeric string followed by an ending \
             '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')",
        ],
    );
    check_fields(
        Kind::ResourceQuota,
        "q",
        json!({"spec": {"hard": {"cpus": "1", "pods": "-1", "count/jobs.batch": "1500m"}, "scopes": ["X"]}}),
        &[
            "spec.hard[count/jobs.batch]: Invalid value: \"1500m\": must be an integer",
            "spec.hard[cpus]: Invalid value: \"cpus\": must be a standard resource type or fully qualified",
            "spec.hard[cpus]: Invalid value: \"cpus\": must be a standard resource for quota",
            "spec.hard[pods]: Invalid value: \"-1\": must be greater than or equal to 0",
            "spec.scopes: Invalid value: [\"X\"]: unsupported scope",
        ],
    );
    for (scopes, hard, expected) in [
        (json!(["BestEffort"]), json!({"pods": "1"}), &[][..]),
        (json!(["BestEffort"]), json!({"cpu": "1"}), &["unsupported scope applied to resource"][..]),
        (json!(["Terminating"]), json!({"cpu": "1", "count/jobs.batch": "2"}), &[]),
        (json!(["Terminating"]), json!({"configmaps": "1"}), &["unsupported scope applied to resource"]),
        (json!(["Terminating", "NotTerminating"]), json!({"pods": "1"}), &["conflicting scopes"]),
    ] {
        let told: Vec<String> =
            expected.iter().map(|why| format!("spec.scopes: Invalid value: {scopes}: {why}")).collect();
        let told: Vec<&str> = told.iter().map(String::as_str).collect();
        check_fields(Kind::ResourceQuota, "q", json!({"spec": {"hard": hard, "scopes": scopes}}), &told);
    }
    let term = |scope: &str, operator: &str, values: Value| {
        let terms = json!([{"scopeName": scope, "operator": operator, "values": values}]);
        json!({"spec": {"hard": {"pods": "1"}, "scopeSelector": {"matchExpressions": terms}}})
    };
    let path = "spec.scopeSelector.matchExpressions";
    check_fields(Kind::ResourceQuota, "q", term("PriorityClass", "In", json!(["high"])), &[]);
    check_fields(
        Kind::ResourceQuota,
        "q",
        term("PriorityClass", "In", json!([])),
        &[&format!(
            "{path}.values: Required value: must be at least one value when `operator` is 'In' or 'NotIn' for scope selector"
        )],
    );
    check_fields(
        Kind::ResourceQuota,
        "q",
        term("X", "Is", json!([])),
        &[
            &format!("{path}.scopeName: Invalid value: \"X\": unsupported scope"),
            &format!("{path}.operator: Invalid value: \"Is\": not a valid selector operator"),
        ],
    );
}

#[test]
fn some_of_what_is_kept_as_written_is_fixed() {
    let check_change = |kind: Kind, before: Value, after: Value, expected: &[&str]| {
        let namespace = if kind.resource().namespaced { "default" } else { "" };
        let [old, new] = [before, after].map(|mut fields| {
            fields["metadata"] = json!({"name": "x", "namespace": namespace});
            object(kind, fields)
        });
        assert_eq!(told(validate_update(&new, &old)), expected);
    };
    let fixed = "Forbidden: field is immutable when `immutable` is set";
    check_change(
        Kind::ConfigMap,
        json!({"data": {"a": "1"}, "immutable": true}),
        json!({"data": {"a": "2"}}),
        &[&format!("immutable: {fixed}"), &format!("data: {fixed}")],
    );
    check_change(Kind::ConfigMap, json!({"data": {"a": "1"}}), json!({"data": {"a": "2"}}), &[]);
    check_change(Kind::Secret, json!({}), json!({"type": "x"}), &["type: Invalid value: \"x\": field is immutable"]);
    check_change(
        Kind::PriorityClass,
        json!({"value": 1}),
        json!({"value": 2, "preemptionPolicy": "Never"}),
        &[
            "value: Forbidden: may not be changed in an update.",
            "preemptionPolicy: Invalid value: \"Never\": field is immutable",
        ],
    );
    check_change(
        Kind::PriorityClass,
        json!({"value": 1}),
        json!({"value": 2_000_000_000}),
        &["value: Forbidden: may not be changed in an update."],
    );
    check_change(
        Kind::ResourceQuota,
        json!({"spec": {"hard": {"pods": "1"}}}),
        json!({"spec": {"hard": {"pods": "2"}, "scopes": ["BestEffort"]}}),
        &["spec.scopes: Invalid value: [\"BestEffort\"]: field is immutable"],
    );
    let service = |address: &str| json!({"spec": {"clusterIP": address, "ports": [{"port": 80}]}});
    check_change(
        Kind::Service,
        service("10.96.0.7"),
        service("10.96.0.8"),
        &["spec.clusterIPs[0]: Invalid value: [\"10.96.0.8\"]: may not change once set"],
    );
}

/// What is said to an update, by the paths it is said about.
#[track_caller]
fn check_update(kind: Kind, before: &[(&str, Value)], after: &[(&str, Value)], expected: &[&str]) {
    let (old, new) = (changed(kind, before), changed(kind, &[before, after].concat()));
    let paths: Vec<_> = validate_update(&new, &old).into_iter().map(|error| error.path).collect();
    assert_eq!(paths, expected, "{after:?}");
}

#[test]
fn most_of_a_jobs_spec_is_immutable() {
    let update = |before: &[(&str, Value)], after: &[(&str, Value)], expected: &[&str]| {
        let sized = [("/spec/completions", json!(9)), ("/spec/parallelism", json!(3))];
        check_update(Kind::Job, &[&sized[..], before].concat(), after, expected);
    };
    update(&[], &[("/spec/parallelism", json!(7))], &[]);
    update(&[], &[("/spec/activeDeadlineSeconds", json!(7))], &[]);
    update(&[], &[("/spec/suspend", json!(true))], &[]);
    update(&[], &[("/spec/completions", json!(7))], &["spec.completions"]);
    update(&[], &[("/spec/completionMode", json!("Indexed"))], &["spec.completionMode"]);
    update(&[], &[("/spec/managedBy", json!("a.b/c"))], &["spec.managedBy"]);
    let image = ("/spec/template/spec/containers/0/image", json!("i:2"));
    let resources = ("/spec/template/spec/containers/0/resources", json!({"requests": {"cpu": "1"}}));
    let selector = ("/spec/template/spec/nodeSelector", json!({"a": "b"}));
    let affinity = ("/spec/template/spec/affinity", json!({"nodeAffinity": {}}));
    let pod_affinity = ("/spec/template/spec/affinity", json!({"podAffinity": {}}));
    update(&[], std::slice::from_ref(&image), &["spec.template"]);
    update(&[], std::slice::from_ref(&resources), &["spec.template"]);
    let suspended = [("/spec/suspend", json!(true))];
    update(&suspended, &[image], &["spec.template.spec"]);
    update(&suspended, std::slice::from_ref(&resources), &[]);
    update(&suspended, std::slice::from_ref(&selector), &[]);
    update(&suspended, std::slice::from_ref(&affinity), &[]);
    update(&[&suspended[..], &[affinity]].concat(), &[("/spec/template/spec/affinity", Value::Null)], &[]);
    update(&suspended, &[pod_affinity], &["spec.template.spec"]);
    let running = [("/spec/suspend", json!(true)), ("/status", json!({"active": 1}))];
    update(&running, &[resources], &["spec.template"]);
}

#[test]
fn a_policy_without_rules_is_told_as_it_is_stored() {
    for policy in ["podFailurePolicy", "successPolicy"] {
        let (old, new) = (changed(Kind::Job, &[]), changed(Kind::Job, &[(&format!("/spec/{policy}"), json!({}))]));
        let told = told(validate_update(&new, &old));
        let why = format!("spec.{policy}: Invalid value: {{\"Rules\":null}}: field is immutable");
        assert!(told.contains(&why), "{told:?}");
    }
}

#[test]
fn indexed_jobs_are_elastic() {
    let before =
        [("/spec/completionMode", json!("Indexed")), ("/spec/completions", json!(3)), ("/spec/parallelism", json!(3))];
    let both = [("/spec/completions", json!(5)), ("/spec/parallelism", json!(5))];
    check_update(Kind::Job, &before, &both, &[]);
    check_update(Kind::Job, &before, &both[1..], &[]);
    check_update(Kind::Job, &before, &both[..1], &["spec.completions"]);
    // That it must be given is said once, and no more.
    let (old, new) = (changed(Kind::Job, &before), [&before[..], &[("/spec/completions", Value::Null)]].concat());
    let why = "spec.completions: Required value: when completion mode is Indexed";
    assert_eq!(told(validate_update(&changed(Kind::Job, &new), &old)), [why]);
}

#[test]
fn few_of_a_pods_fields_can_change() {
    let image = [("/spec/containers/0/image", json!("i:2"))];
    check_update(Kind::Pod, &[], &image, &[]);
    let deadline = |seconds: i64| [("/spec/activeDeadlineSeconds", json!(seconds))];
    check_update(Kind::Pod, &deadline(9), &deadline(5), &[]);
    check_update(Kind::Pod, &deadline(5), &deadline(9), &["spec.activeDeadlineSeconds"]);
    check_update(Kind::Pod, &[], &[("/spec/restartPolicy", json!("OnFailure"))], &["spec"]);
    check_update(Kind::Pod, &[], &[("/spec/nodeName", json!("n"))], &["spec"]);
    let tolerations = |list: Value| [("/spec/tolerations", list)];
    let one = json!({"key": "a", "operator": "Exists"});
    let two = json!({"key": "b", "operator": "Exists"});
    check_update(Kind::Pod, &tolerations(json!([one])), &tolerations(json!([one, two])), &[]);
    check_update(Kind::Pod, &tolerations(json!([one])), &tolerations(json!([two])), &["spec.tolerations"]);
    let gates = |list: Value| [("/spec/schedulingGates", list)];
    check_update(Kind::Pod, &gates(json!([{"name": "g"}])), &gates(json!([])), &[]);
    let path = "spec.schedulingGates[0].name";
    check_update(Kind::Pod, &gates(json!([])), &gates(json!([{"name": "g"}])), &[path]);
}

#[test]
fn what_a_pod_may_use_is_enough_for_its_containers() {
    let container = |resources: Value| ("/spec/containers/0/resources", resources);
    let pod = |resources: Value| ("/spec/resources", resources);
    let both = [
        container(json!({"limits": {"cpu": "3"}, "requests": {"cpu": "2", "memory": "1Gi"}})),
        pod(json!({"limits": {"cpu": "2"}, "requests": {"cpu": "1500m"}, "claims": [{"name": "a"}]})),
    ];
    check(
        Kind::Pod,
        &both,
        &[
            "spec.resources.claims: Forbidden: claims may not be set for Resources at pod-level",
            "spec.resources.requests[cpu]: Invalid value: \"1500m\": must be greater than or equal to aggregate container \
             requests of 2",
            "spec.resources.containers[0][cpu].limits: Invalid value: \"3\": must be less than or equal to pod limits of 2",
        ],
    );
    let unsupported = "spec.resources.limits[ephemeral-storage]: Unsupported value: \"ephemeral-storage\": supported values: \
                       \"cpu\", \"hugepages-\", \"memory\"";
    check(Kind::Pod, &[pod(json!({"limits": {"ephemeral-storage": "1"}}))], &[unsupported]);
    let windows = [pod(json!({"limits": {"cpu": "1"}})), ("/spec/os", json!({"name": "windows"}))];
    check(Kind::Pod, &windows, &["spec.resources: Forbidden: may not be set for a windows pod"]);
}

#[test]
fn what_was_changed_about_a_pod_is_shown() {
    let update = |old: &[(&str, Value)], new: &[(&str, Value)]| {
        told(validate_update(&changed(Kind::Pod, new), &changed(Kind::Pod, old)))
    };
    let [error] = &update(&[], &[("/spec/containers/0/image", json!("i:2")), ("/spec/hostname", json!("h"))])[..]
    else {
        panic!("one error");
    };
    let (refusal, difference) = error.split_once('\n').expect("several lines");
    assert!(refusal.ends_with("(allow it to be set to 1 if it was previously negative)"));
    let expected = "@@ -64,7 +64,7 @@\n   \"SELinuxChangePolicy\": null\n  },\n  \"ImagePullSecrets\": null,\n- \"Hostname\": \
        \"\",\n+ \"Hostname\": \"h\",\n  \"Subdomain\": \"\",\n  \"SetHostnameAsFQDN\": null,\n  \"Affinity\": null,\n";
    assert_eq!(difference, expected);
    // How much longer it runs is enough to know.
    let deadline = |seconds: i64| [("/spec/activeDeadlineSeconds", json!(seconds)), ("/spec/hostname", json!("h"))];
    let longer = "spec.activeDeadlineSeconds: Invalid value: 9: must be less than or equal to previous value";
    assert_eq!(update(&deadline(5)[..1], &deadline(9)), [longer]);
}

#[test]
fn a_gated_pod_may_say_more_precisely_where_it_wants_to_go() {
    let update = |old: &[(&str, Value)], new: &[(&str, Value)]| {
        let with_gate = |changes: &[(&str, Value)]| {
            changed(Kind::Pod, &[changes, &[("/spec/schedulingGates", json!([{"name": "g"}]))]].concat())
        };
        told(validate_update(&with_gate(new), &with_gate(old)))
    };
    let selector = |labels: Value| [("/spec/nodeSelector", labels)];
    let one = json!({"a": "1"});
    assert_eq!(update(&selector(one.clone()), &selector(json!({"a": "1", "b": "2"}))), [""; 0]);
    for (labels, shown) in [(json!({"a": "2"}), "{\"a\":\"2\"}"), (Value::Null, "null")] {
        let message = "only additions to spec.nodeSelector are allowed (no mutations or deletions)";
        let expected = format!("spec.nodeSelector: Invalid value: {shown}: {message}");
        assert_eq!(update(&selector(one.clone()), &selector(labels)), [expected]);
    }
    let term = |keys: &[&str]| {
        let expressions: Vec<_> = keys.iter().map(|key| json!({"key": key, "operator": "Exists"})).collect();
        json!({"matchExpressions": expressions})
    };
    let affinity = |terms: &[Value]| {
        let required = json!({"nodeSelectorTerms": terms});
        [("/spec/affinity", json!({"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": required}}))]
    };
    let expression = |key: &str| {
        format!(
            "{{\"MatchExpressions\":[{{\"Key\":\"{key}\",\"Operator\":\"Exists\",\"Values\":null}}],\"MatchFields\":null}}"
        )
    };
    let (a, ab, b) = (term(&["a"]), term(&["a", "b"]), term(&["b"]));
    assert_eq!(update(&[], &affinity(slice::from_ref(&a))), [""; 0]);
    assert_eq!(update(&affinity(slice::from_ref(&a)), &affinity(slice::from_ref(&ab))), [""; 0]);
    let path = "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms";
    let message = "only additions are allowed (no mutations or deletions)";
    let expected = format!("{path}[0]: Invalid value: {}: {message}", expression("b"));
    assert_eq!(update(&affinity(slice::from_ref(&a)), &affinity(slice::from_ref(&b))), [expected]);
    let message = "no additions/deletions to non-empty NodeSelectorTerms list are allowed";
    let expected = format!("{path}: Invalid value: [{},{}]: {message}", expression("a"), expression("b"));
    assert_eq!(update(&affinity(slice::from_ref(&a)), &affinity(&[a.clone(), b])), [expected]);
    assert_eq!(update(&affinity(slice::from_ref(&a)), &[]), [format!("{path}: Invalid value: null: {message}")]);
    // What else it wants has to stay.
    let other = json!({"podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": []}});
    let [error] = &update(&[], &[("/spec/affinity", other)])[..] else { panic!("one error") };
    assert!(error.contains("\n- \"Affinity\": null,\n+ \"Affinity\": {\n+  \"NodeAffinity\": null,\n"), "{error}");
}

#[test]
fn the_status_of_a_job_keeps_its_promises() {
    let check_status = |old: Value, new: Value, expected: &[&str]| {
        let job = |status: Value| changed(Kind::Job, &[("/status", status)]);
        assert_eq!(told(validate_status_update(&job(new), &job(old))), expected);
    };
    let condition = |kind: &str| json!({"type": kind, "status": "True"});
    check_status(
        json!({"active": 2, "ready": 1}),
        json!({"active": -1, "ready": 1}),
        &[
            "status.active: Invalid value: -1: must be greater than or equal to 0",
            "status.ready: Invalid value: 1: cannot set more ready pods than active",
        ],
    );
    let running = json!({"active": 2, "ready": 1, "startTime": "2026-01-01T00:00:01Z"});
    let mut complete = running.clone();
    complete["conditions"] = json!([condition("Complete")]);
    check_status(
        running.clone(),
        complete,
        &[
            "status.completionTime: Required value: completionTime is required for Complete jobs",
            "status.conditions: Invalid value: cannot set Complete=True condition without the SuccessCriteriaMet=true \
         condition",
            "status.active: Invalid value: 2: active>0 is invalid for finished job",
        ],
    );
    let failed = json!({"conditions": [condition("FailureTarget"), condition("Failed")], "failed": 1,
                        "startTime": "2026-01-01T00:00:01Z"});
    check_status(running, failed.clone(), &[]);
    check_status(
        failed.clone(),
        json!({"conditions": [condition("FailureTarget")], "startTime": "2026-01-01T00:00:01Z"}),
        &[
            "status.conditions: Invalid value: cannot disable the terminal Failed=True condition",
            "status.failed: Invalid value: 0: cannot decrease the failed counter",
        ],
    );
    let uid = "00000000-0000-4000-8000-000000000009";
    let mut counting = failed.clone();
    counting["uncountedTerminatedPods"] = json!({"failed": [uid, uid]});
    check_status(
        failed.clone(),
        counting,
        &[
            &format!("status.uncountedTerminatedPods.failed[1]: Duplicate value: \"{uid}\""),
            &format!(
                "status.uncountedTerminatedPods: Invalid value: {{\"Succeeded\":null,\"Failed\":[\"{uid}\",\"{uid}\"]}}: \
                 uncountedTerminatedPods needs to be empty for finished job"
            ),
        ],
    );
    let met = json!({"conditions": [condition("SuccessCriteriaMet")], "startTime": "2026-01-01T00:00:01Z"});
    check_status(
        met,
        json!({"startTime": "2026-01-01T00:00:02Z"}),
        &[
            "status.startTime: Invalid value: \"2026-01-01T00:00:02Z\": field is immutable for unsuspended job once set",
            "status.conditions: Invalid value: cannot disable the SuccessCriteriaMet=True condition",
        ],
    );
    let started = json!({"startTime": "2026-01-01T00:00:01Z", "conditions": [condition("Suspended")]});
    check_status(started.clone(), json!({"startTime": "2026-01-01T00:00:09Z"}), &[]);
    let removed = "status.startTime: Invalid value: null: field is immutable for unsuspended job once set";
    check_status(started, json!({"conditions": [condition("Suspended")]}), &[removed]);
    let both = json!({"conditions": [condition("SuccessCriteriaMet"), condition("FailureTarget")]});
    let message =
        "status.conditions: Invalid value: cannot set SuccessCriteriaMet=True and FailureTarget=true conditions";
    check_status(json!({}), both, &[message]);
}

#[test]
fn some_things_are_worth_a_warning() {
    let check_warnings = |changes: &[(&str, Value)], expected: &[&str]| {
        assert_eq!(warnings(&changed(Kind::Job, changes)), expected);
    };
    check_warnings(&[], &[]);
    check_warnings(
        &[("/metadata/name", json!("nightly.report"))],
        &[
            "metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is \
         recommended: [must not contain dots]",
        ],
    );
    let large = [("/spec/completionMode", json!("Indexed")), ("/spec/completions", json!(100_001))];
    let large = changed(Kind::Job, &[&large[..], &[("/spec/parallelism", json!(10_001))]].concat());
    let told = [
        "spec: In Indexed Jobs with a number of completions higher than 10^5 and a parallelism higher than 10^4, Kubernetes \
         might not be able to track completedIndexes when a big number of indexes fail",
    ];
    assert_eq!(
        (warnings(&large), update_warnings(&large)),
        (told.map(String::from).into(), told.map(String::from).into())
    );
    let twice = json!([{"name": "X", "value": "1"}, {"name": "X", "value": "2"}]);
    check_warnings(
        &[("/spec/template/spec/containers/0/env", twice)],
        &[
            "spec.template.spec.containers[0].env[1]: hides previous definition of \"X\", which may be dropped when using \
         apply",
        ],
    );
}

#[test]
fn resources_are_named_counted_and_limited() {
    check_container(
        "resources",
        json!({"limits": {"cpu": "1", "hugepages-2Mi": "3Mi"}, "requests": {"hugepages-2Mi": "3Mi"}}),
        &["limits", "requests"]
            .map(|field| {
                let what = "Invalid value: \"3Mi\": 3Mi is not positive integer multiple of hugepages-2Mi";
                format!("resources.{field}[hugepages-2Mi]: {what}")
            })
            .iter()
            .map(String::as_str)
            .collect::<Vec<_>>(),
    );
    // In a template, where a limit is not yet a request.
    let resources = |value: Value, expected: &[&str]| {
        let expected: Vec<_> = expected.iter().map(|body| format!("spec.template.spec.containers[0].{body}")).collect();
        let expected: Vec<_> = expected.iter().map(String::as_str).collect();
        check_job(&[("/spec/template/spec/containers/0/resources", value)], &expected);
    };
    let unknown = "resources.limits[gpu]: Invalid value: \"gpu\"";
    resources(
        json!({"limits": {"gpu": "1"}}),
        &[
            &format!("{unknown}: must be a standard resource type or fully qualified"),
            &format!("{unknown}: must be a standard resource for containers"),
        ],
    );
    resources(
        json!({"requests": {"pods": "1"}}),
        &["resources.requests[pods]: Invalid value: \"pods\": must be a standard resource for containers"],
    );
    resources(
        json!({"limits": {"a.io/gpu": "500m"}}),
        &["resources.limits[a.io/gpu]: Invalid value: \"500m\": must be an integer"],
    );
    resources(
        json!({"requests": {"a.io/gpu": "1"}}),
        &["resources.limits: Required value: Limit must be set for non overcommitable resources"],
    );
    resources(
        json!({"requests": {"a.io/gpu": "1"}, "limits": {"a.io/gpu": "2"}}),
        &["resources.requests: Invalid value: \"1\": must be equal to a.io/gpu limit of 2"],
    );
    resources(
        json!({"requests": {"cpu": "2"}, "limits": {"cpu": "1"}}),
        &["resources.requests: Invalid value: \"2\": must be less than or equal to cpu limit of 1"],
    );
    resources(json!({"limits": {"hugepages-2Mi": "2Mi"}}), &["resources: Forbidden: HugePages require cpu or memory"]);
    resources(json!({"limits": {"hugepages-2Mi": "2Mi", "cpu": "1"}}), &[]);
    let divided = |divisor: &str| json!([{"name": "A", "valueFrom": {"resourceFieldRef": {"resource": "limits.cpu", "divisor": divisor}}}]);
    check_container("env", divided("1m"), &[]);
    check_container(
        "env",
        divided("2"),
        &[
            "env[0].valueFrom.resourceFieldRef.divisor: Invalid value: \"limits.cpu\": only divisor's values 1m and 1 are \
             supported with the cpu resource",
        ],
    );
}

#[test]
fn restart_rules_say_what_to_do_when() {
    let rules = |rules: Value, expected: &[&str]| {
        check_container("restartPolicyRules", rules, expected);
    };
    rules(json!([]), &[]);
    let required = "restartPolicy: Required value: must specify restartPolicy when restart rules are used";
    rules(json!([{"action": "Restart", "exitCodes": {"operator": "In", "values": [1]}}]), &[required]);
    rules(
        json!([{"action": "Stop", "exitCodes": {"operator": "Is", "values": [1]}}, {"action": "RestartAllContainers"}]),
        &[
            required,
            "restartPolicyRules[0].action: Unsupported value: \"Stop\": supported values: \"Restart\", \"RestartAllContainers\"",
            "restartPolicyRules[0].exitCodes.operator: Unsupported value: \"Is\": supported values: \"In\", \"NotIn\"",
            "restartPolicyRules[1].exitCodes: Required value: must be specified",
        ],
    );
}

#[test]
fn a_volume_has_one_source() {
    let volume = |source: Value, expected: &[&str]| {
        let mut volume = json!({"name": "v"});
        volume.as_object_mut().expect("an object").extend(source.as_object().expect("an object").clone());
        let expected: Vec<_> = expected.iter().map(|body| format!("spec.volumes[0].{body}")).collect();
        let expected: Vec<_> = expected.iter().map(String::as_str).collect();
        check(Kind::Pod, &[("/spec/volumes", json!([volume]))], &expected);
    };
    volume(
        json!({"configMap": {"name": "c"}, "emptyDir": {}}),
        &["configMap: Forbidden: may not specify more than 1 volume type"],
    );
    volume(
        json!({"hostPath": {"path": "/a", "type": "Folder"}}),
        &[
            "hostPath.type: Unsupported value: \"Folder\": supported values: \"\", \"BlockDevice\", \"CharDevice\", \"Directory\", \
             \"DirectoryOrCreate\", \"File\", \"FileOrCreate\", \"Socket\"",
        ],
    );
    volume(
        json!({"emptyDir": {"sizeLimit": "-1"}}),
        &["emptyDir.sizeLimit: Forbidden: SizeLimit field must be a valid resource quantity"],
    );
    volume(
        json!({"image": {"reference": "i:1", "pullPolicy": "X"}}),
        &["image.pullPolicy: Unsupported value: \"X\": supported values: \"Always\", \"IfNotPresent\", \"Never\""],
    );
    volume(
        json!({"cephfs": {"monitors": ["m"]}, "nfs": {"server": "s", "path": "/"}}),
        &["cephFS: Forbidden: may not specify more than 1 volume type"],
    );
    volume(json!({"gitRepo": {}}), &["gitRepo.repository: Required value"]);
    volume(
        json!({"gitRepo": {"repository": "r", "directory": "../a"}}),
        &["gitRepo.directory: Invalid value: \"../a\": must not contain '..'"],
    );
    volume(json!({"rbd": {"image": "i", "monitors": []}}), &["rbd.monitors: Required value"]);
    volume(json!({"csi": {"driver": "Disk.example"}}), &[]);
    let subdomain = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must \
                     start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is \
                     '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
    let driver = |driver: &str| format!("csi.driver: Invalid value: {driver:?}: {subdomain}");
    volume(json!({"csi": {}}), &["csi.driver: Required value", &driver("")]);
    volume(
        json!({"csi": {"driver": "A_b", "nodePublishSecretRef": {}}}),
        &[&driver("A_b"), "csi.nodePublishSecretRef.name: Required value"],
    );
    let claim = |metadata: Value, spec: Value, expected: &[&str]| {
        let expected: Vec<_> = expected.iter().map(|body| format!("ephemeral.volumeClaimTemplate.{body}")).collect();
        let expected: Vec<_> = expected.iter().map(String::as_str).collect();
        volume(json!({"ephemeral": {"volumeClaimTemplate": {"metadata": metadata, "spec": spec}}}), &expected);
    };
    let fine = json!({"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}});
    claim(json!({"labels": {"a": "b"}}), fine.clone(), &[]);
    claim(json!({"name": "x"}), fine, &["metadata.name: Forbidden: cannot be set"]);
    claim(
        json!({}),
        json!({}),
        &[
            "spec.accessModes: Required value: at least 1 access mode is required",
            "spec.resources[storage]: Required value",
        ],
    );
    claim(
        json!({}),
        json!({"accessModes": ["RWO"], "resources": {"requests": {"storage": "0"}}, "volumeMode": "x"}),
        &[
            "spec.accessModes: Unsupported value: \"RWO\": supported values: \"ReadOnlyMany\", \"ReadWriteMany\", \
             \"ReadWriteOnce\", \"ReadWriteOncePod\"",
            "spec.resources[storage]: Invalid value: \"0\": must be greater than zero",
            "spec.volumeMode: Unsupported value: \"x\": supported values: \"Block\", \"Filesystem\"",
        ],
    );
}

#[test]
fn what_is_odd_is_warned_of() {
    let warned = |changes: &[(&str, Value)], expected: &[&str]| {
        assert_eq!(warnings(&changed(Kind::Pod, changes)), expected, "{changes:?}");
    };
    let container = |field: &str, value: Value, expected: &[&str]| {
        let expected: Vec<_> = expected.iter().map(|text| format!("spec.containers[0].{text}")).collect();
        let expected: Vec<_> = expected.iter().map(String::as_str).collect();
        warned(&[(&format!("/spec/containers/0/{field}"), value)], &expected);
    };
    warned(&[], &[]);
    let env = |second: Value| json!([{"name": "A", "value": "1"}, second]);
    let hides = "env[1]: hides previous definition of \"A\", which may be dropped when using apply";
    container("env", env(json!({"name": "A", "value": "2"})), &[hides]);
    container("env", env(json!({"name": "A", "value": "$(A)"})), &[hides]);
    container("env", env(json!({"name": "A", "value": "$(A)2"})), &[]);
    let port = |more: Value| {
        let mut port = json!({"containerPort": 80});
        port.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        port
    };
    let ports = |first: Value, second: Value| json!([port(first), port(second)]);
    container(
        "ports",
        ports(json!({}), json!({})),
        &["ports[1]: duplicate port definition with spec.containers[0].ports[0]"],
    );
    container("ports", ports(json!({}), json!({"protocol": "UDP"})), &[]);
    container(
        "ports",
        ports(json!({}), json!({"hostPort": 80})),
        &["ports[1]: overlapping port definition with spec.containers[0].ports[0]"],
    );
    container(
        "resources",
        json!({"requests": {"memory": "100m"}}),
        &["resources.requests[memory]: fractional byte value \"100m\" is invalid, must be an integer"],
    );
    warned(
        &[("/spec/nodeSelector", json!({"beta.kubernetes.io/os": "linux"}))],
        &["spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use \"kubernetes.io/os\" instead"],
    );
    warned(
        &[("/spec/imagePullSecrets", json!([{"name": "a"}, {"name": "a"}, {}]))],
        &[
            "spec.imagePullSecrets[1].name: duplicate name \"a\"",
            "spec.imagePullSecrets[2].name: invalid empty name \"\"",
        ],
    );
    let term = json!({"topologyKey": "zone"});
    warned(
        &[(
            "/spec/affinity",
            json!({"podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 1, "podAffinityTerm": term}]}}),
        )],
        &[
            "spec.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].podAffinityTerm.labelSelector: \
             a null labelSelector results in matching no pod",
        ],
    );
    let amounts = json!({"memory": "100m", "ephemeral-storage": "1500m"});
    let fractional = |path: &str, amount: &str| {
        format!(
            "spec.containers[0].resources.{path}: fractional byte value \"{amount}\" is invalid, must be an integer"
        )
    };
    let told = [
        fractional("limits[memory]", "100m"),
        fractional("requests[memory]", "100m"),
        fractional("limits[ephemeral-storage]", "1500m"),
        fractional("requests[ephemeral-storage]", "1500m"),
    ];
    let resources = json!({"limits": amounts, "requests": amounts});
    warned(&[("/spec/containers/0/resources", resources)], &told.each_ref().map(String::as_str));
    let volume = |source: Value, expected: &[&str]| {
        let mut volume = json!({"name": "v"});
        volume.as_object_mut().expect("an object").extend(source.as_object().expect("an object").clone());
        warned(&[("/spec/volumes", json!([volume]))], expected);
    };
    volume(json!({"storageos": {}}), &["spec.volumes[0].storageOS: deprecated in v1.22, non-functional in v1.25+"]);
    let files = |paths: &[&str]| {
        let items = paths.iter().map(|path| json!({"key": "k", "path": path}));
        items.collect::<Value>()
    };
    volume(json!({"configMap": {"name": "c", "items": files(&["a", "b"])}}), &[]);
    volume(
        json!({"configMap": {"name": "c", "items": files(&["a/b", "a/"])}}),
        &["volume \"v\" (ConfigMap \"c\"): overlapping paths: \"a\" with \"a/b\""],
    );
    volume(
        json!({"secret": {"secretName": "s", "items": files(&["key1", "key10"])}}),
        &["volume \"v\" (Secret \"s\"): overlapping paths: \"key10\" with \"key1\""],
    );
    volume(
        json!({"projected": {"sources": [
            {"configMap": {"name": "c", "items": files(&["token/x"])}},
            {"serviceAccountToken": {"path": "token"}},
        ]}}),
        &["volume \"v\" (Projected ServiceAccountToken): overlapping paths: \"token/x\" with \"token\""],
    );
    volume(json!({"projected": {"sources": [{}]}}), &["volume \"v\" (Projected) has no sources provided"]);
    let canonical = "should be in RFC 5952 canonical format (\"2001:db8::1\")";
    warned(
        &[
            ("/spec/dnsConfig", json!({"nameservers": ["10.0.0.1", "2001:DB8::1"]})),
            ("/spec/hostAliases", json!([{"ip": "2001:db8:0::1"}])),
        ],
        &[
            &format!("spec.dnsConfig.nameservers[1]: IPv6 address \"2001:DB8::1\" {canonical}"),
            &format!("spec.hostAliases[0].ip: IPv6 address \"2001:db8:0::1\" {canonical}"),
        ],
    );
}

#[test]
fn security_contexts_are_checked_field_by_field() {
    let rows = [
        (json!({"fsGroup": -1}), ".fsGroup: Invalid value: -1: must be between 0 and 2147483647, inclusive"),
        (
            json!({"supplementalGroups": [1, -5]}),
            ".supplementalGroups[1]: Invalid value: -5: must be between 0 and 2147483647, inclusive",
        ),
        (
            json!({"fsGroupChangePolicy": "x"}),
            ".fsGroupChangePolicy: Unsupported value: \"x\": supported values: \"Always\", \"OnRootMismatch\"",
        ),
        (
            json!({"sysctls": [{"name": "A b", "value": "1"}]}),
            ".sysctls[0].name: Invalid value: \"A b\": must have at most 253 characters and match regex \
             ^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$",
        ),
        (
            json!({"seccompProfile": {"type": "x"}}),
            ".seccompProfile.type: Unsupported value: \"x\": supported values: \"Localhost\", \"RuntimeDefault\", \
             \"Unconfined\"",
        ),
        (
            json!({"seccompProfile": {"type": "Localhost"}}),
            ".seccompProfile.localhostProfile: Required value: must be set when seccomp type is Localhost",
        ),
        (
            json!({"seccompProfile": {"type": "Unconfined", "localhostProfile": "p"}}),
            ".seccompProfile.localhostProfile: Invalid value: {\"Type\":\"Unconfined\",\"LocalhostProfile\":\"p\"}: can \
             only be set when seccomp type is Localhost",
        ),
        (
            json!({"appArmorProfile": {}}),
            ".appArmorProfile.type: Required value: type is required when appArmorProfile is set",
        ),
    ];
    for (context, expected) in rows {
        check(Kind::Pod, &[("/spec/securityContext", context)], &[&format!("spec.securityContext{expected}")]);
    }
    let rows = [
        (
            json!({"procMount": "Unmasked"}),
            "securityContext.procMount: Invalid value: \"Unmasked\": `hostUsers` must be false to use `Unmasked`",
        ),
        (
            json!({"privileged": true, "allowPrivilegeEscalation": false}),
            "securityContext: Invalid value: {\"Capabilities\":null,\"Privileged\":true,\"SELinuxOptions\":null,\
             \"WindowsOptions\":null,\"RunAsUser\":null,\"RunAsGroup\":null,\"RunAsNonRoot\":null,\
             \"ReadOnlyRootFilesystem\":null,\"AllowPrivilegeEscalation\":false,\"ProcMount\":null,\
             \"SeccompProfile\":null,\"AppArmorProfile\":null}: cannot set `allowPrivilegeEscalation` to false and \
             `privileged` to true",
        ),
    ];
    for (context, expected) in rows {
        check_container("securityContext", context, &[expected]);
    }
}

#[test]
fn what_surrounds_containers_is_checked_field_by_field() {
    let not_an_address = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";
    let rows: [(&str, Value, &[&str]); 12] = [
        (
            "dnsConfig",
            json!({"nameservers": ["1.2.3.4", "::1", "x"]}),
            &[&format!("dnsConfig.nameservers[2]: Invalid value: \"x\": {not_an_address}")],
        ),
        (
            "dnsConfig",
            json!({"nameservers": ["01.2.3.4"]}),
            &["dnsConfig.nameservers[0]: Invalid value: \"01.2.3.4\": must not have leading 0s"],
        ),
        (
            "dnsConfig",
            json!({"searches": ["_a.b.", "."], "options": [{}]}),
            &["dnsConfig.options[0]: Required value: must not be empty"],
        ),
        ("dnsPolicy", json!("None"), &["dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None"]),
        ("os", json!({"name": "dos"}), &["os: Unsupported value: \"dos\": supported values: \"linux\", \"windows\""]),
        (
            "resourceClaims",
            json!([{"name": "a"}]),
            &["resourceClaims[0]: Invalid value: {\"Name\":\"a\",\"ResourceClaimName\":null,\
             \"ResourceClaimTemplateName\":null}: must specify one of: `resourceClaimName`, `resourceClaimTemplateName`"],
        ),
        (
            "topologySpreadConstraints",
            json!([
                {"maxSkew": 0, "topologyKey": "z", "whenUnsatisfiable": "DoNotSchedule", "nodeTaintsPolicy": "x"},
                {"maxSkew": 1, "topologyKey": "z", "whenUnsatisfiable": "DoNotSchedule", "minDomains": 0},
            ]),
            &[
                "topologySpreadConstraints[0].maxSkew: Invalid value: 0: must be greater than zero",
                "topologySpreadConstraints[0].{topologyKey, whenUnsatisfiable}: Duplicate value: \"{z, DoNotSchedule}\"",
                "topologySpreadConstraints[0].nodeTaintsPolicy: Unsupported value: \"x\": supported values: \"Honor\", \"Ignore\"",
                "topologySpreadConstraints[1].minDomains: Invalid value: 0: must be greater than zero",
            ],
        ),
        (
            "topologySpreadConstraints",
            json!([
                {"maxSkew": 1, "topologyKey": "z", "whenUnsatisfiable": "ScheduleAnyway", "matchLabelKeys": ["a"]},
            ]),
            &[
                "topologySpreadConstraints[0].matchLabelKeys: Forbidden: must not be specified when labelSelector is not set",
            ],
        ),
        (
            "volumes",
            json!([{"name": "v", "nfs": {"server": "s", "path": "p"}}]),
            &["volumes[0].nfs.path: Invalid value: \"p\": must be an absolute path"],
        ),
        (
            "volumes",
            json!([{"name": "v", "projected": {"sources": [
                {"secret": {"name": "s", "items": [{"key": "k", "path": "f"}]}},
                {"serviceAccountToken": {"path": "..t", "expirationSeconds": 60}},
                {"configMap": {"name": "c", "items": [{"key": "k", "path": "f"}]}},
            ]}}]),
            &[
                "volumes[0].projected.sources[1].serviceAccountToken.expirationSeconds: Invalid value: 60: may not specify a \
             duration less than 10 minutes",
                "volumes[0].projected.path: Invalid value: \"..t\": must not start with '..'",
                "volumes[0].projected: Invalid value: \"c\": conflicting duplicate paths",
            ],
        ),
        ("runtimeClassName", json!("gvisor"), &[]),
        ("hostUsers", json!(false), &[]),
    ];
    for (field, value, expected) in rows {
        let expected: Vec<_> = expected.iter().map(|body| format!("spec.{body}")).collect();
        let expected: Vec<_> = expected.iter().map(String::as_str).collect();
        check(Kind::Pod, &[(&format!("/spec/{field}"), value)], &expected);
    }
    let private = [("/spec/hostUsers", json!(false)), ("/spec/hostPID", json!(true))];
    check(Kind::Pod, &private, &["spec.HostPID: Forbidden: when `hostUsers` is false"]);
    let devices = json!([{"name": "v", "devicePath": "/dev/v"}]);
    check(
        Kind::Pod,
        &[
            ("/spec/hostUsers", json!(false)),
            ("/spec/volumes", json!([{"name": "v", "persistentVolumeClaim": {"claimName": "c"}}])),
            ("/spec/containers/0/volumeDevices", devices),
        ],
        &["spec.containers[0].volumeDevices: Forbidden: when `hostUsers` is false"],
    );
    let mount =
        json!([{"name": "v", "mountPath": "/v", "mountPropagation": "Bidirectional", "recursiveReadOnly": "Enabled"}]);
    check(
        Kind::Pod,
        &[("/spec/volumes", json!([{"name": "v"}])), ("/spec/containers/0/volumeMounts", mount)],
        &[
            "spec.containers[0].volumeMounts.mountPropagation: Forbidden: Bidirectional mount propagation is available only \
             to privileged containers",
            "spec.containers[0].volumeMounts.recursiveReadOnly: Forbidden: may only be specified when readOnly is true",
            "spec.containers[0].volumeMounts.recursiveReadOnly: Forbidden: may only be specified when mountPropagation is \
             None or not specified",
        ],
    );
    check_container(
        "volumeDevices",
        json!([{"name": "v", "devicePath": "/dev/../x"}]),
        &[
            "volumeDevices[0].name: Not found: \"v\"",
            "volumeDevices[0].devicePath: Invalid value: \"/dev/../x\": can not contain backsteps ('..')",
        ],
    );
    check_container(
        "resizePolicy",
        json!([{"resourceName": "disk", "restartPolicy": "RestartContainer"}]),
        &[
            "resizePolicy: Unsupported value: \"disk\": supported values: \"cpu\", \"memory\"",
            "resizePolicy: Invalid value: \"RestartContainer\": must be 'NotRequired' when `restartPolicy` is 'Never'",
        ],
    );
    check_container(
        "resources",
        json!({"claims": [{"name": "gpu"}]}),
        &[
            "resources.claims[0]: Not found: \"gpu\": must be one of the names in pod.spec.resourceClaims which is empty",
        ],
    );
    let probe = json!({"httpGet": {"port": 80, "httpHeaders": [{"name": "X Y", "value": ""}]}});
    check_container(
        "livenessProbe",
        probe,
        &[
            "livenessProbe.httpGet.httpHeaders: Invalid value: \"X Y\": a valid HTTP header must consist of alphanumeric \
         characters or '-' (e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')",
        ],
    );
}

#[test]
fn in_the_nodes_network_a_template_leaves_ports_to_its_pods() {
    let ports = |kind, spec: &str, host_port: i64, expected: &[&str]| {
        let port = json!([{"containerPort": 80, "hostPort": host_port}]);
        let (network, field) = (format!("{spec}/hostNetwork"), format!("{spec}/containers/0/ports"));
        check(kind, &[(&network, json!(true)), (&field, port)], expected);
    };
    ports(Kind::Job, "/spec/template/spec", 0, &[]);
    ports(Kind::Pod, "/spec", 0, &[]);
    ports(
        Kind::Job,
        "/spec/template/spec",
        81,
        &["spec.template.spec.containers[0].ports[0].hostPort: Invalid value: 81: must match `containerPort` when \
         `hostNetwork` is true"],
    );
}

#[test]
fn what_a_service_should_not_have_is_warned_of() {
    let told = |spec: Value| {
        let metadata = json!({"name": "s", "namespace": "default"});
        warnings(&object(Kind::Service, json!({"metadata": metadata, "spec": spec})))
    };
    assert_eq!(told(json!({"ports": [{"port": 80}]})), [""; 0]);
    assert_eq!(told(json!({"externalIPs": ["10.1.2.3"]})), ["spec.externalIPs is deprecated"]);
    assert_eq!(told(json!({"clusterIP": "None"})), [""; 0]);
    assert_eq!(
        told(json!({"clusterIP": "None", "loadBalancerIP": "10.1.2.3", "sessionAffinity": "ClientIP"})),
        [
            "spec.loadBalancerIP is ignored for headless services",
            "spec.SessionAffinity is ignored for headless services"
        ]
    );
}

#[test]
fn a_quota_that_lets_more_be_requested_than_used_is_warned_of() {
    let told = |hard: Value| {
        let metadata = json!({"name": "q", "namespace": "default"});
        warnings(&object(Kind::ResourceQuota, json!({"metadata": metadata, "spec": {"hard": hard}})))
    };
    assert_eq!(told(json!({"requests.cpu": "1", "limits.cpu": "1", "limits.memory": "1Gi"})), [""; 0]);
    assert_eq!(
        told(json!({"memory": "2Gi", "limits.memory": "1Gi", "requests.cpu": 4, "cpu": 9, "limits.cpu": "2"})),
        [
            "ResourceQuota requests.cpu (4) should be less than limits.cpu (2)",
            "ResourceQuota memory (2Gi) should be less than limits.memory (1Gi)",
        ]
    );
}

#[test]
fn old_ways_are_warned_of_also_when_a_spec_changes() {
    let told = |changes: &[(&str, Value)], expected: &[&str]| {
        assert_eq!(update_warnings(&changed(Kind::Job, changes)), expected, "{changes:?}");
    };
    let notes = "/spec/template/metadata/annotations";
    told(
        &[
            (notes, json!({"scheduler.alpha.kubernetes.io/critical-pod": ""})),
            ("/spec/template/spec/volumes", json!([{"name": "v", "gitRepo": {"repository": "r"}}])),
        ],
        &[
            "spec.template.metadata.annotations[scheduler.alpha.kubernetes.io/critical-pod]: non-functional in v1.16+; use \
             the \"priorityClassName\" field instead",
            "spec.template.spec.volumes[0].gitRepo: deprecated in v1.11, and disabled by default in v1.33+",
        ],
    );
    let key = "container.apparmor.security.beta.kubernetes.io/c";
    told(
        &[(notes, json!({key: "unconfined"}))],
        &[&format!(
            "spec.template.metadata.annotations[{key}]: deprecated since v1.30; use the \"appArmorProfile\" field instead"
        )],
    );
    told(&[("/metadata/name", json!("a.b"))], &[]);
}

#[test]
fn new_pods_are_not_bound_behind_gates() {
    let gated = [("/spec/nodeName", json!("n")), ("/spec/schedulingGates", json!([{"name": "g"}]))];
    check(Kind::Pod, &gated, &["spec.nodeName: Forbidden: cannot be set until all schedulingGates have been cleared"]);
    let cost = "controller.kubernetes.io/pod-deletion-cost";
    for (value, valid) in [("5", true), ("-5", true), ("0", true), ("+5", false), ("05", false), ("x", false)] {
        let message = format!("spec.template.annotations[{cost}]: Invalid value: \"{value}\": must be a 32bit integer");
        let expected: &[&str] = if valid { &[] } else { &[&message] };
        check_job(&[("/spec/template/metadata/annotations", json!({cost: value}))], expected);
    }
}

#[test]
fn an_object_has_one_controller() {
    let owner = |name: &str| {
        let uid = "00000000-0000-4000-8000-000000000007";
        json!({"apiVersion": "v1", "kind": "Pod", "name": name, "uid": uid, "controller": true})
    };
    check_job(&[("/metadata/ownerReferences", json!([owner("a")]))], &[]);
    let mut of_no_version = owner("a");
    of_no_version["apiVersion"] = json!("a/b/c");
    let why = "metadata.ownerReferences.apiVersion: Invalid value: \"a/b/c\": version must not be empty";
    check_job(&[("/metadata/ownerReferences", json!([of_no_version]))], &[why]);
    let two = json!([owner("a"), owner("b")]);
    let errors = told(validate_create(&changed(Kind::Job, &[("/metadata/ownerReferences", two)])));
    assert_eq!(errors.len(), 1);
    assert!(
        errors[0].contains(": Invalid value: [{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"name\":\"a\","),
        "{errors:?}"
    );
    assert!(errors[0].ends_with("Found \"true\" in references for Pod/a and Pod/b"), "{errors:?}");
    // An owner that cannot exist is one.
    let of_no_uuid = |uid: &str| json!([{"apiVersion": "v1", "kind": "Pod", "name": "a", "uid": uid}]);
    check_job(&[("/metadata/ownerReferences", of_no_uuid("mine"))], &[]);
    let none = "metadata.ownerReferences.uid: Invalid value: \"\": must not be empty";
    check_job(&[("/metadata/ownerReferences", of_no_uuid(""))], &[none]);
}

#[test]
fn newer_fields_of_pods_are_held_to_their_rules() {
    let renamed = |name: &str, more: &[(&str, Value)], expected: &[&str]| {
        let expected: Vec<_> = expected.iter().map(|body| format!("spec.hostnameOverride: {body}")).collect();
        let expected: Vec<_> = expected.iter().map(String::as_str).collect();
        check(Kind::Pod, &[&[("/spec/hostnameOverride", json!(name))], more].concat(), &expected);
    };
    renamed("db.example.com", &[], &[]);
    renamed(
        "db",
        &[("/spec/setHostnameAsFQDN", json!(true)), ("/spec/hostNetwork", json!(true))],
        &[
            "Forbidden: may not be specified when setHostnameAsFQDN is true",
            "Forbidden: may not be specified when hostNetwork is true",
        ],
    );
    renamed(&"a".repeat(65), &[], &["Too long: may not be more than 64 bytes"]);
    let from_file = |reference: Value, volumes: Value, expected: &[&str]| {
        let expected: Vec<_> =
            expected.iter().map(|e| format!("spec.containers[0].env[0].valueFrom.fileKeyRef.{e}")).collect();
        let expected: Vec<_> = expected.iter().map(String::as_str).collect();
        let env = json!([{"name": "A", "valueFrom": {"fileKeyRef": reference}}]);
        check(Kind::Pod, &[("/spec/containers/0/env", env), ("/spec/volumes", volumes)], &expected);
    };
    let reference = |path: &str| json!({"key": "K", "volumeName": "v", "path": path});
    from_file(reference("a"), json!([{"name": "v"}]), &[]);
    from_file(json!({"volumeName": "v", "path": "p"}), json!([{"name": "v"}]), &["key: Required value"]);
    from_file(
        reference("../a"),
        json!([]),
        &["path: Invalid value: \"../a\": must not contain '..'", "volumeName: Not found: \"v\""],
    );
    from_file(
        reference("a"),
        json!([{"name": "v", "configMap": {"name": "c"}}]),
        &["volumeName: Invalid value: \"v\": referenced volume must be of type emptyDir"],
    );
    let rule = json!({"action": "Restart", "exitCodes": {"operator": "In", "values": [1]}});
    let sidecar = json!([{"name": "s", "image": "i:1", "restartPolicy": "Always", "restartPolicyRules": [rule]}]);
    check(Kind::Pod, &[("/spec/initContainers", sidecar)], &[]);
    let resized = json!([{"name": "s", "image": "i:1", "resizePolicy": [{"resourceName": "cpu", "restartPolicy": "RestartContainer"}]}]);
    check(
        Kind::Pod,
        &[("/spec/restartPolicy", json!("Always")), ("/spec/initContainers", resized)],
        &[
            "spec.initContainers[0].resizePolicy[0].restartPolicy: Invalid value: \"RestartContainer\": must not be set to \
             'RestartContainer' for non-sidecar initContainers",
        ],
    );
    let rules = json!(vec![rule; 21]);
    check(
        Kind::Pod,
        &[("/spec/containers/0/restartPolicy", json!("Sometimes")), ("/spec/containers/0/restartPolicyRules", rules)],
        &[
            "spec.containers[0].restartPolicy: Unsupported value: \"Sometimes\": supported values: \"Always\", \"Never\", \
             \"OnFailure\"",
            "spec.containers[0].restartPolicyRules: Too many: 21: must have at most 20 items",
        ],
    );
}

#[test]
fn annotations_that_became_fields_are_still_held_to_their_rules() {
    let check = |key: &str, value: &str, expected: &[&str]| {
        check(Kind::Pod, &[("/metadata/annotations", json!({key: value}))], expected);
    };
    let seccomp = "seccomp.security.alpha.kubernetes.io/pod";
    check(seccomp, "runtime/default", &[]);
    check(
        seccomp,
        "strict",
        &[&format!("metadata.annotations.{seccomp}: Invalid value: \"strict\": must be a valid seccomp profile")],
    );
    let armor = "container.apparmor.security.beta.kubernetes.io/";
    check(&format!("{armor}c"), "localhost/mine", &[]);
    check(
        &format!("{armor}c"),
        "mine",
        &[&format!("metadata.annotations[{armor}c]: Invalid value: \"mine\": invalid AppArmor profile name: \"mine\"")],
    );
    check(
        &format!("{armor}d"),
        "unconfined",
        &[&format!("metadata.annotations[{armor}d]: Invalid value: \"d\": container not found")],
    );
    let mirror = "kubernetes.io/config.mirror";
    let nowhere = "must set spec.nodeName if mirror pod annotation is set";
    check(mirror, "m", &[&format!("metadata.annotations[{mirror}]: Invalid value: \"m\": {nowhere}")]);
}

#[test]
fn what_cannot_be_seen_is_told_by_its_number() {
    let check = |text: &str, expected: &str| assert_eq!(field::quoted(text), expected);
    check("a b", "\"a b\"");
    check("a\u{a0}b\u{200b}", "\"a\\u00a0b\\u200b\"");
    check("\u{feff}ü…", "\"\\ufeffü…\"");
}

#[test]
fn selectors_are_shown_with_their_labels_first() {
    let selector = json!({"matchLabels": {"a": "b"}, "matchExpressions": [{"key": "a", "operator": "Exists"}]});
    let shown = "{\"matchLabels\":{\"a\":\"b\"},\"matchExpressions\":[{\"key\":\"a\",\"operator\":\"Exists\"}]}";
    check(
        Kind::CronJob,
        &[("/spec/jobTemplate/spec/selector", selector)],
        &[&format!("spec.jobTemplate.spec.selector: Invalid value: {shown}: `selector` will be auto-generated")],
    );
}
