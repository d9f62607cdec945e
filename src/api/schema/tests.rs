use super::*;
use crate::api::yaml;
use serde_json::{Value, json};

fn object(text: &str) -> (yaml::Document, Value) {
    let document = yaml::read(text).documents.remove(0);
    let value = document.root.to_value();
    (document, value)
}

/// A Job with this below `spec`, and what the API server says of it: recorded, where it is.
#[test]
fn jobs_are_decoded_strictly() {
    const HEAD: &str = "apiVersion: batch/v1\nkind: Job\nmetadata: {name: demo}\n";
    let check = |text: &str, expected: &str, line: usize, column: usize| {
        let (document, value) = object(&format!("{HEAD}{text}\n"));
        let (found, problem) = match super::check("Job", &value) {
            Ok(unknown) if unknown.is_empty() => return assert_eq!(expected, "fine", "{text}"),
            Ok(unknown) => (envelope::strict_decoding_error(&unknown), unknown[0].clone()),
            Err(problem) => (problem.text.clone(), problem),
        };
        assert_eq!(found, expected, "{text}");
        let start = document.root.key_span(&problem.path).start;
        assert_eq!((start.line, start.column), (line + 3, column), "{text}");
    };
    let job = |field: &str, found: &str, of: &str| {
        format!("json: cannot unmarshal {found} into Go struct field JobSpec.spec.{field} of type {of}")
    };
    let pod = |at: &str, found: &str, of: &str| {
        let (within, at) = at.split_once(' ').unwrap();
        format!("json: cannot unmarshal {found} into Go struct field {within}.spec.template.spec{at} of type {of}")
    };
    let quantity = crate::api::quantity::FORMAT;
    //    below the metadata                                   what the API server says                           line, column
    check("spec: {completions: 3, parallelism: null}", "fine", 0, 0);
    check("spec: {completions: 3.0, suspend: on}", "fine", 0, 0);
    check("spec:\n  Completions: 3", "strict decoding error: unknown field \"spec.Completions\"", 2, 3);
    check(
        "spec: {retries: 3}\nextra: 1",
        "strict decoding error: unknown field \"extra\", unknown field \"spec.retries\"",
        2,
        1,
    );
    check(
        "spec: {template: {spec: {containers: [{name: a}, {imag: b}]}}}",
        "strict decoding error: unknown field \"spec.template.spec.containers[1].imag\"",
        1,
        51,
    );
    check("spec: {completions: true}", &job("completions", "bool", "int32"), 1, 8);
    check("spec: {completions: 2.5}", &job("completions", "number 2.5", "int32"), 1, 8);
    check("spec: {completions: 3000000000}", &job("completions", "number 3000000000", "int32"), 1, 8);
    check("spec: {completions: '3'}", &job("completions", "string", "int32"), 1, 8);
    check("spec: {completions: [3]}", &job("completions", "array", "int32"), 1, 8);
    check("spec: {activeDeadlineSeconds: 10m}", &job("activeDeadlineSeconds", "string", "int64"), 1, 8);
    check("spec: {suspend: 'yes'}", &job("suspend", "string", "bool"), 1, 8);
    check("spec: {suspend: 1}", &job("suspend", "number", "bool"), 1, 8);
    check("spec: {completionMode: 1}", &job("completionMode", "number", "v1.CompletionMode"), 1, 8);
    check("spec: {template: pod}", &job("template", "string", "v1.PodTemplateSpec"), 1, 8);
    check("spec: 5", "json: cannot unmarshal number into Go struct field Job.spec of type v1.JobSpec", 1, 1);
    check(
        "spec: {podFailurePolicy: {rules: [{onExitCodes: {values: ['1']}}]}}",
        "json: cannot unmarshal string into Go struct field PodFailurePolicyOnExitCodesRequirement.spec.podFailurePolicy.rules.onExitCodes.values of type int32",
        1,
        59,
    );
    let spec = |inside: &str| format!("spec: {{template: {{spec: {{{inside}}}}}}}");
    let containers = pod("PodSpec .containers", "object", "[]v1.Container");
    check(&spec("containers: {name: c}"), &containers, 1, 26);
    let name = pod("EnvVar .containers.env.name", "bool", "string");
    check(&spec("containers: [{env: [{name: N, value: 5}]}]"), &name, 1, 47);
    check(
        &spec("containers: [{env: [{name: COUNT, value: 5}]}]"),
        &pod("EnvVar .containers.env.value", "number", "string"),
        1,
        60,
    );
    check(
        &spec("containers: [{command: sleep 5}]"),
        &pod("Container .containers.command", "string", "[]string"),
        1,
        40,
    );
    check(&spec("containers: [{args: [1]}]"), &pod("Container .containers.args", "number", "string"), 1, 47);
    check(&spec("containers: [c]"), &pod("PodSpec .containers", "string", "v1.Container"), 1, 39);
    check(&spec("nodeSelector: {gpu: true}"), &pod("PodSpec .nodeSelector", "bool", "string"), 1, 41);
    check(&spec("restartPolicy: 1"), &pod("PodSpec .restartPolicy", "number", "v1.RestartPolicy"), 1, 26);
    check(&spec("containers: [{resources: {requests: {cpu: half}}}]"), quantity, 1, 63);
    check(&spec("containers: [{resources: {requests: {cpu: 0.5, memory: 1Gi}}}]"), "fine", 0, 0);
    check(
        &spec("containers: [{resources: {requests: 5}}]"),
        &pod("ResourceRequirements .containers.resources.requests", "number", "v1.ResourceList"),
        1,
        52,
    );
    check(
        &spec("containers: [{livenessProbe: {httpGet: {port: true}}}]"),
        &pod("HTTPGetAction .containers.livenessProbe.ProbeHandler.httpGet.port", "bool", "int32"),
        1,
        66,
    );
    // Structs that are embedded are named on the way.
    let volume = &pod("Volume .volumes.VolumeSource.hostPath", "number", "v1.HostPathVolumeSource");
    check(&spec("volumes: [{name: 1}]"), &pod("Volume .volumes.name", "number", "string"), 1, 37);
    check(&spec("volumes: [{hostPath: 1}]"), volume, 1, 37);
    let named = "ConfigMapEnvSource .containers.envFrom.configMapRef.LocalObjectReference.name";
    check(&spec("containers: [{envFrom: [{configMapRef: {name: 1}}]}]"), &pod(named, "number", "string"), 1, 66);
    // A literal that decodes itself stops the decoder, so its error goes before one that was found earlier.
    check(&spec("activeDeadlineSeconds: x, containers: [{resources: {limits: {cpu: x}}}]"), quantity, 1, 87);
    check(
        "status: {startTime: now}",
        "parsing time \"now\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"now\" as \"2006\"",
        1,
        10,
    );
    check(
        "status: {startTime: 2026-13-01T00:00:00Z}",
        "parsing time \"2026-13-01T00:00:00Z\": month out of range",
        1,
        10,
    );
    check(
        "status: {startTime: 5}",
        "json: cannot unmarshal number into Go struct field JobStatus.status.startTime of type string",
        1,
        10,
    );
}

#[test]
fn the_editor_is_told_more() {
    let plain = |text: &str| match super::check("Job", &object(text).1) {
        Ok(unknown) => unknown[0].plain.clone(),
        Err(problem) => problem.plain,
    };
    assert_eq!(plain("spec: {completion: 3}"), "There is no field \"completion\" here. Did you mean \"completions\"?");
    assert_eq!(
        plain("spec: {Backofflimit: 3}"),
        "There is no field \"Backofflimit\" here. Did you mean \"backoffLimit\"?"
    );
    assert_eq!(plain("spec: {retries: 3}"), "There is no field \"retries\" here.");
    assert_eq!(plain("spec: {completions: '3'}"), "completions takes a whole number, without quotes.");
}

#[test]
fn times_are_refused_in_gos_words() {
    let check = |text: &str, expected: &str| {
        let value = json!({"metadata": {"creationTimestamp": text}});
        let found = super::check("Job", &value).map_or_else(|problem| problem.text, |_| String::new());
        let layout = "as \"2006-01-02T15:04:05Z07:00\": cannot parse";
        assert_eq!(found.replace(layout, "…"), expected, "{text:?}");
    };
    check("2026-11-20T10:00:00Z", "");
    check("2026-11-20T10:00:00.123+01:00", "");
    check("2026-11-20", "parsing time \"2026-11-20\" … \"\" as \"T\"");
    check("2026-11-20 10:00:00Z", "parsing time \"2026-11-20 10:00:00Z\" … \" 10:00:00Z\" as \"T\"");
    check("2026-11-20T10:00:00", "parsing time \"2026-11-20T10:00:00\" … \"\" as \"Z07:00\"");
    check("2026-02-29T10:00:00Z", "parsing time \"2026-02-29T10:00:00Z\": day out of range");
    check("2026-02-28T24:00:00Z", "parsing time \"2026-02-28T24:00:00Z\": hour out of range");
    check("2026-02-28T10:00:00Zx", "parsing time \"2026-02-28T10:00:00Zx\": extra text: \"x\"");
    check("20é6", r#"parsing time "20\xc3\xa96" … "20\xc3\xa96" as "2006""#);
    check("2026-02-28T10:00:00+24:60", "");
    let zone = "parsing time \"2026-02-28T10:00:00+25:00\": time zone offset hour out of range";
    check("2026-02-28T10:00:00+25:00", zone);
}

#[test]
fn other_kinds_are_known_too() {
    let check = |kind: &str, value: Value, expected: &str| {
        let found = super::check(kind, &value).map_or_else(
            |problem| problem.text,
            |unknown| match unknown.is_empty() {
                true => "fine".into(),
                false => envelope::strict_decoding_error(&unknown),
            },
        );
        assert_eq!(found, expected, "{kind} {value}");
    };
    let metadata = "json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string";
    check("Secret", json!({"data": {"a": "aGVsbG8="}, "stringData": {"b": "c"}}), "fine");
    check("Secret", json!({"data": {"a": "hello!"}}), "illegal base64 data at input byte 5");
    check("Secret", json!({"data": {"a": "aGVsb"}}), "illegal base64 data at input byte 4");
    check(
        "ConfigMap",
        json!({"data": {"a": 1}}),
        "json: cannot unmarshal number into Go struct field ConfigMap.data of type string",
    );
    check("Service", json!({"spec": {"ports": [{"port": 80, "targetPort": "http"}]}}), "fine");
    check(
        "Node",
        json!({"spec": {"unschedulable": true, "taints": [{"keys": "a"}]}}),
        "strict decoding error: unknown field \"spec.taints[0].keys\"",
    );
    check("Pod", json!({"metadata": {"labels": {"a": 1}}}), metadata);
    check("Unknown", json!({"x": 1}), "fine");
    assert_eq!(check_metadata(&json!({"metadata": {"labels": {"rev": 7}}})).unwrap_err().text, metadata);
    assert_eq!(
        check_metadata(&json!({"metadata": "x"})).unwrap_err().text,
        "json: cannot unmarshal string into Go struct field metadataOnlyObject.metadata of type v1.ObjectMeta"
    );
    assert_eq!(
        super::check("Job", &json!(5)).unwrap_err().text,
        "json: cannot unmarshal number into Go value of type v1.Job"
    );
}

#[test]
fn what_a_strategic_patch_made_is_refused_in_other_words() {
    let check = |spec: Value, expected: &str| {
        let found = super::check_patched("Job", &json!({"spec": spec}));
        let found =
            found.map_or_else(|problem| problem.text, |unknown| unknown.iter().map(|u| u.text.as_str()).collect());
        assert_eq!(found, expected, "{spec}");
    };
    check(json!({"parallelism": 2}), "");
    check(json!({"retries": 3}), "unknown field \"spec.retries\"");
    check(json!({"parallelism": "two"}), "unrecognized type: int32");
    check(json!({"parallelism": 2.5}), "cannot convert float64 to int32");
    check(json!({"suspend": "yes"}), "unrecognized type: bool");
    check(json!({"completionMode": 1}), "cannot convert int64 to v1.CompletionMode");
    check(json!({"completionMode": true}), "unrecognized type: string");
    check(json!({"template": "x"}), "cannot restore struct from: string");
    check(json!({"template": {"spec": {"containers": {}}}}), "cannot restore slice from map");
    check(json!({"template": {"spec": {"nodeSelector": "x"}}}), "cannot restore map from string");
    check(json!({"template": {"spec": {"overhead": {"cpu": "x"}}}}), crate::api::quantity::FORMAT);
    assert_eq!(go::format_v(&json!({"spec": {"a": [1, "x", null], "b": true}})), "map[spec:map[a:[1 x <nil>] b:true]]");
}

#[test]
fn envelopes_are_kubectls() {
    let check = |value: Value, expected: Option<&str>| {
        let expected = expected.map(|found| format!(
            "error validating data: {found}; if you choose to ignore these errors, turn validation off with --validate=false"
        ));
        assert_eq!(envelope::validation_error(&value), expected, "{value}");
    };
    check(json!({"apiVersion": "batch/v1", "kind": "Job"}), None);
    check(json!({"kind": "Job"}), Some("apiVersion not set"));
    check(json!({"apiVersion": "batch/v1"}), Some("kind not set"));
    check(json!({}), Some("[apiVersion not set, kind not set]"));
    check(json!({"apiVersion": 1, "kind": []}), Some("[apiVersion isn't string type, kind isn't string type]"));
    check(json!("x"), Some("invalid object to validate"));
    check(json!({"apiVersion": "a/b/c", "kind": "Job"}), Some("unexpected GroupVersion string: a/b/c"));
    assert_eq!(
        envelope::cannot_be_handled("Job", "batch/v1", "why"),
        "Job in version \"v1\" cannot be handled as a Job: why"
    );
    assert_eq!(
        envelope::no_such_kind("Jobs", "batch/v1", "demo", "", "manifest.yaml"),
        "resource mapping not found for name: \"demo\" namespace: \"\" from \"manifest.yaml\": no matches for kind \"Jobs\" in version \"batch/v1\"\nensure CRDs are installed first"
    );
}

#[test]
fn values_are_spelled_out_as_go_types() {
    let template = object(include_str!("samples/template.yaml")).1;
    let path = [Step::Key("spec".into()), Step::Key("template".into())];
    assert_eq!(go::render("Job", &path, &template), include_str!("samples/template.go.json").trim_end());
    let path = |name: &str| [Step::Key("spec".into()), Step::Key(name.into())];
    let check = |name: &str, value: Value, expected: &str| assert_eq!(go::render("Job", &path(name), &value), expected);
    check("completions", json!(4), "4");
    check("selector", json!({"matchLabels": {"a": "b"}}), r#"{"matchLabels":{"a":"b"}}"#);
    check(
        "successPolicy",
        json!({"rules": [{"succeededCount": 1}]}),
        r#"{"Rules":[{"SucceededIndexes":null,"SucceededCount":1}]}"#,
    );
    check("successPolicy", Value::Null, "null");
    check(
        "podFailurePolicy",
        json!({"rules": [{"action": "FailJob", "onExitCodes": {"operator": "In", "values": [1]}}]}),
        r#"{"Rules":[{"Action":"FailJob","OnExitCodes":{"ContainerName":null,"Operator":"In","Values":[1]},"OnPodConditions":null}]}"#,
    );
}

#[test]
fn completion_knows_what_may_stand_where() {
    let path = |text: &str| -> Vec<Step> {
        text.split_terminator('.').map(|step| step.parse().map_or(Step::Key(step.into()), Step::Index)).collect()
    };
    let check = |at: &str, first: &[&str]| {
        let found: Vec<&str> =
            fields_at("Job", &path(at)).iter().map(|field| field.name).take(first.len().max(1)).collect();
        assert_eq!(found, first, "{at}");
    };
    check("", &["apiVersion", "kind", "metadata", "spec", "status"]);
    check("spec", &["parallelism", "completions"]);
    check("spec.template.spec.containers", &["name", "image"]);
    check("spec.template.spec.containers.0.env.1.valueFrom", &["fieldRef"]);
    check("spec.completions", &[]);
    check("spec.nothing.here", &[]);
    check("metadata.labels.app", &[]);
    assert_eq!(field_at("Job", &path("spec.template.spec.containers")).unwrap().of.explained(), "[]Container");
}

/// Every sentence ends, every name is said once, every merge key exists.
#[test]
fn the_table_is_sound() {
    fn walk(of: &'static Type, seen: &mut Vec<&'static str>) {
        if seen.contains(&of.name) {
            return;
        }
        seen.push(of.name);
        for (index, field) in of.fields.iter().enumerate() {
            assert!(of.fields[..index].iter().all(|other| other.name != field.name), "{}.{}", of.name, field.name);
            assert!(
                field.doc.is_empty() || field.doc.ends_with(['.', ';']),
                "{}.{}: {}",
                of.name,
                field.name,
                field.doc
            );
            if let (Some(key), Some(item)) = (field.merge.key(), field.of.object()) {
                assert!(item.field(key).is_some(), "{}.{} has no {key}", of.name, field.name);
            }
            if let Some(inner) = field.of.object() {
                walk(inner, seen);
            }
        }
    }
    for (name, of) in table::KINDS {
        assert!(of.doc.ends_with('.'), "{name}");
        walk(of, &mut Vec::new());
    }
}

#[test]
fn decoding_leaves_canonical_quantities_and_nothing_unknown() {
    let container = |resources: Value| json!({"spec": {"containers": [{"name": "c", "resources": resources}]}});
    let check = |written: Value, kept: Value| assert_eq!(super::settled("Pod", written), kept);
    check(
        container(json!({"limits": {"cpu": 2, "memory": "1024Mi"}, "requests": {"cpu": 0.5, "memory": null}})),
        container(json!({"limits": {"cpu": "2", "memory": "1Gi"}, "requests": {"cpu": "500m", "memory": "0"}})),
    );
    check(
        json!({"metadata": {"labels": {"a": null}, "annotations": null}, "spec": {"restarts": 3}}),
        json!({"metadata": {"labels": {"a": ""}}, "spec": {}}),
    );
    check(
        json!({"spec": {"volumes": [{"name": "v", "emptyDir": {"sizeLimit": 1024, "medum": ""}}]}}),
        json!({"spec": {"volumes": [{"name": "v", "emptyDir": {"sizeLimit": "1024"}}]}}),
    );
    check(container(json!({"limits": {"cpu": "100u"}})), container(json!({"limits": {"cpu": "1m"}})));
    check(container(json!({"limits": {"cpu": "1.125"}})), container(json!({"limits": {"cpu": "1.125"}})));
    check(
        json!({"spec": {"dnsPolicy": "", "priority": 0, "hostPID": false, "containers": [{"name": "", "tty": true}]}}),
        json!({"spec": {"priority": 0, "containers": [{"name": "", "tty": true}]}}),
    );
    // What is empty is gone, unless it has to be there.
    let secured = |context: Value| json!({"spec": {"containers": [], "securityContext": context}});
    check(secured(json!({"supplementalGroups": [], "sysctls": []})), secured(json!({})));
    let spread = |term: Value| {
        let constraint = json!({"labelSelector": term, "maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": ""});
        json!({"spec": {"topologySpreadConstraints": [constraint]}})
    };
    check(spread(json!({"matchLabels": {}, "matchExpressions": []})), spread(json!({})));
    let claimed = |storage: &str| {
        let spec = json!({"resources": {"requests": {"storage": storage}}});
        json!({"spec": {"volumes": [{"name": "v", "ephemeral": {"volumeClaimTemplate": {"spec": spec}}}]}})
    };
    check(claimed("1024Mi"), claimed("1Gi"));
    // Stop signals are of a feature that is off; what holds nothing else goes with them.
    let hooked = |lifecycle: Value| json!({"spec": {"containers": [{"name": "c", "lifecycle": lifecycle}]}});
    check(hooked(json!({"stopSignal": "SIGUSR1"})), json!({"spec": {"containers": [{"name": "c"}]}}));
    check(hooked(json!({"preStop": {}, "stopSignal": "SIGUSR1"})), hooked(json!({"preStop": {}})));
    check(hooked(json!({})), hooked(json!({})));
    let reference = |divisor: Value| json!({"resource": "limits.cpu", "divisor": divisor});
    let variable = |reference: Value| {
        let variable = json!({"name": "N", "valueFrom": {"resourceFieldRef": reference}});
        json!({"spec": {"containers": [{"name": "c", "env": [variable]}]}})
    };
    check(variable(reference(Value::Null)), variable(reference(json!("0"))));
    // What has to be there is a zero if it was left out.
    let sysctl = |sysctl: Value| secured(json!({"sysctls": [sysctl]}));
    let condition = json!({"status": {"conditions": [{"type": "Ready"}]}});
    check(condition.clone(), condition);
    check(sysctl(json!({"name": "a"})), sysctl(json!({"name": "a", "value": ""})));
    check(secured(json!({"supplementalGroups": [null, 7]})), secured(json!({"supplementalGroups": [0, 7]})));
    check(json!({"spec": {"imagePullSecrets": [null]}}), json!({"spec": {"imagePullSecrets": [{}]}}));
    let secret = |data: &str| json!({"data": {"k": data}});
    assert_eq!(super::settled("Secret", secret("Y\nQ==\n")), secret("YQ=="));
    assert_eq!(super::settled("Secret", json!({"data": {"k": [104, 105]}})), secret("aGk="));
    let wrong = super::check("Secret", &json!({"data": {"k": [104, 256, "i"]}})).map_err(|problem| problem.text);
    assert_eq!(wrong, Err("json: cannot unmarshal number 256 into Go struct field Secret.data of type uint8".into()));
}

#[test]
fn base64_goes_wrong_where_go_says() {
    let check = |data: &str, at: Option<usize>| {
        let decoded = super::check("Secret", &json!({"data": {"k": data}}));
        let expected = at.map(|at| format!("illegal base64 data at input byte {at}"));
        assert_eq!(decoded.err().map(|problem| problem.text), expected, "{data:?}");
    };
    check("", None);
    check("YQ==\n", None);
    check("Y\nQ=\n=", None);
    check("aza=", None);
    check("=", Some(0));
    check("Y=", Some(1));
    check("YQ=", Some(3));
    check("YQ=a", Some(2));
    check("YQ===", Some(4));
    check("YQ==YQ==", Some(4));
    check("aza=-", Some(4));
    check("aza", Some(0));
    check("azazaz", Some(4));
    check("az!zaz", Some(2));
}
