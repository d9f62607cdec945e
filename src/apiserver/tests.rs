use super::*;
use crate::api::{ApiError, Kind, Object, ObjectKey, Pod, Reason, Uid};
use crate::sim::Timestamp;
use serde_json::{Value, json};
use std::rc::Rc;
use std::time::Duration;

fn server() -> ApiServer {
    ApiServer::new(Timestamp::from_secs(1_767_225_600), Naming::numbered())
}

fn object(kind: Kind, metadata: Value, spec: Value) -> Object {
    let mut value = json!({"metadata": metadata, "spec": spec});
    if kind.resource().namespaced {
        value["metadata"]["namespace"] = value["metadata"].get("namespace").cloned().unwrap_or(json!("default"));
    }
    Object::from_value(kind, value).expect("a well-formed object")
}

fn containers() -> Value {
    json!([{"name": "c", "image": "i:1"}])
}

fn job(spec: Value) -> Object {
    let mut whole = json!({"template": {"spec": {"containers": containers(), "restartPolicy": "Never"}}});
    whole.as_object_mut().expect("an object").extend(spec.as_object().cloned().unwrap_or_default());
    object(Kind::Job, json!({"name": "demo"}), whole)
}

fn create(api: &mut ApiServer, object: Object) -> Object {
    api.handle(Request::Create(object)).expect("created")
}

fn pod(name: &str, spec: Value) -> Object {
    let mut whole = json!({"containers": containers(), "restartPolicy": "Never"});
    whole.as_object_mut().expect("an object").extend(spec.as_object().cloned().unwrap_or_default());
    object(Kind::Pod, json!({"name": name}), whole)
}

fn key(kind: Kind, name: &'static str) -> ObjectKey {
    ObjectKey::new(kind, "default", name)
}

#[track_caller]
fn check_fields(object: &Object, expected: &[(&str, Value)]) {
    let value = object.to_value();
    for (pointer, expected) in expected {
        assert_eq!(value.pointer(pointer).unwrap_or(&Value::Null), expected, "{pointer}");
    }
}

#[test]
fn a_new_job_gets_its_selector_and_labels() {
    let uid = "00000000-0000-4000-8000-000000000001";
    let generated = json!({
        "batch.kubernetes.io/controller-uid": uid, "batch.kubernetes.io/job-name": "demo",
        "controller-uid": uid, "job-name": "demo",
    });
    check_fields(
        &create(&mut server(), job(json!({}))),
        &[
            ("/metadata/generation", json!(1)),
            ("/metadata/labels", generated.clone()),
            ("/spec/template/metadata/labels", generated),
            ("/spec/selector", json!({"matchLabels": {"batch.kubernetes.io/controller-uid": uid}})),
            ("/status", json!({})),
        ],
    );
}

#[test]
fn a_refused_job_leaves_its_number_to_the_next() {
    let mut api = server();
    assert!(api.handle(Request::Create(job(json!({"completions": -1})))).is_err());
    let created = create(&mut api, job(json!({})));
    assert_eq!(created.metadata().uid.to_string(), "00000000-0000-4000-8000-000000000001");
    let twice = api.handle(Request::Create(job(json!({})))).expect_err("exists");
    assert_eq!(twice.message, "jobs.batch \"demo\" already exists");
}

#[test]
fn a_pod_is_given_what_every_pod_has() {
    let created = create(&mut server(), pod("p", json!({"hostname": "h"})));
    let value = created.to_value();
    let volume = value.pointer("/spec/volumes/0/name").and_then(Value::as_str).expect("a volume");
    assert!(volume.len() == 21 && volume.starts_with("kube-api-access-"), "{volume}");
    check_fields(
        &created,
        &[
            ("/metadata/generation", json!(1)),
            ("/spec/containers/0/volumeMounts/0/name", json!(volume)),
            ("/spec/hostname", json!("h")),
            ("/spec/priority", json!(0)),
            ("/spec/serviceAccount", json!("default")),
            ("/spec/tolerations/1/key", json!("node.kubernetes.io/unreachable")),
            ("/status", json!({"phase": "Pending", "qosClass": "BestEffort"})),
        ],
    );
    assert_eq!(Object::from_value(Kind::Pod, value).expect("read back"), created);
}

#[test]
fn the_quality_of_service_follows_requests_and_limits() {
    let check = |resources: Value, expected: &str| {
        let containers = json!([{"name": "c", "image": "i:1", "resources": resources}]);
        let created = create(&mut server(), pod("p", json!({"containers": containers})));
        check_fields(&created, &[("/status/qosClass", json!(expected))]);
    };
    let both = json!({"cpu": "1", "memory": "1Gi"});
    check(json!({}), "BestEffort");
    check(json!({"requests": {"cpu": "0"}}), "BestEffort");
    check(json!({"requests": {"cpu": "1"}}), "Burstable");
    check(json!({"limits": {"cpu": "1"}}), "Burstable");
    check(json!({"limits": both}), "Guaranteed");
    check(json!({"limits": both, "requests": both}), "Guaranteed");
    check(json!({"limits": both, "requests": {"cpu": "500m"}}), "Burstable");
}

#[test]
fn priorities_come_from_classes() {
    let mut api = server();
    let named = |name: &str| pod("p", json!({"priorityClassName": name}));
    let refused = api.handle(Request::Create(named("vip"))).expect_err("no class");
    assert_eq!(refused.message, "pods \"p\" is forbidden: no PriorityClass with name vip was found");
    let class = json!({"metadata": {"name": "vip"}, "value": 1000, "preemptionPolicy": "Never"});
    create(&mut api, Object::from_value(Kind::PriorityClass, class).expect("a class"));
    check_fields(
        &create(&mut api, named("vip")),
        &[("/spec/priority", json!(1000)), ("/spec/preemptionPolicy", json!("Never"))],
    );
}

#[test]
fn one_class_is_everybodys_at_most() {
    let mut api = server();
    let class = |name: &str| {
        let fields = json!({"metadata": {"name": name}, "value": 1, "globalDefault": true});
        Object::from_value(Kind::PriorityClass, fields).expect("well-formed")
    };
    create(&mut api, class("a"));
    let refused = api.handle(Request::Create(class("b"))).expect_err("a second");
    let why = "PriorityClass a is already marked as default. Only one default can exist";
    assert_eq!(refused.message, format!("priorityclasses.scheduling.k8s.io \"b\" is forbidden: {why}"));
    assert!(api.handle(Request::Create(class("a"))).expect_err("again").message.ends_with(why));
    assert!(api.handle(Request::Update(class("a"))).is_ok());
    let wrong = api.handle(Request::Create(class("system-b"))).expect_err("not even valid");
    assert_eq!(wrong.reason, Reason::Invalid);
}

#[test]
fn a_new_object_has_the_status_that_the_server_gives_it() {
    let check = |kind: Kind, spec: Value, expected: Value, generation: Value| {
        let mut value =
            object(kind, json!({"name": "x", "uid": "u", "deletionTimestamp": "2020-01-01T00:00:00Z"}), spec);
        if let Object::Other(other) = &mut value {
            Rc::make_mut(other).fields.insert("status".into(), json!({"phase": "Done", "observedGeneration": 7}));
        }
        let created = create(&mut server(), value);
        let fields = [("/status", expected), ("/metadata/generation", generation)];
        check_fields(&created, &[&fields[..], &[("/metadata/deletionTimestamp", Value::Null)]].concat());
    };
    check(Kind::Namespace, json!({}), json!({"phase": "Active"}), Value::Null);
    check(Kind::ResourceQuota, json!({}), json!({}), Value::Null);
    check(Kind::Service, json!({"clusterIP": "None"}), json!({"loadBalancer": {}}), Value::Null);
    let budget = json!({"currentHealthy": 0, "desiredHealthy": 0, "disruptionsAllowed": 0, "expectedPods": 0});
    check(Kind::PodDisruptionBudget, json!({}), budget, json!(1));
    let class =
        Object::from_value(Kind::PriorityClass, json!({"metadata": {"name": "c"}, "value": 1})).expect("a class");
    let mut api = server();
    check_fields(&create(&mut api, class), &[("/metadata/generation", json!(1))]);
    let system = api.live().list(Kind::PriorityClass).next().expect("a class");
    check_fields(&system, &[("/metadata/generation", json!(1))]);
}

#[test]
fn a_namespace_keeps_its_label_and_who_holds_it() {
    let mut api = server();
    let made = create(&mut api, object(Kind::Namespace, json!({"name": "n"}), json!({})));
    let bare = object(Kind::Namespace, json!({"name": "n"}), json!({"finalizers": []}));
    let written = api.handle(Request::Update(bare)).expect("written");
    assert_eq!(written, made);
    let label = made.metadata().labels.get("kubernetes.io/metadata.name");
    assert_eq!(label.map(ToString::to_string).as_deref(), Some("n"));
}

#[test]
fn what_a_pod_asks_for_must_be_there() {
    let check = |spec: Value, expected: &str| {
        let refused = server().handle(Request::Create(pod("p", spec))).expect_err("refused");
        let told = refused.causes.first().map_or(refused.message, ToString::to_string);
        assert!(told.contains(expected), "{told}");
    };
    let none = "pods \"p\" is forbidden: pod rejected: RuntimeClass \"kata\" not found";
    check(json!({"runtimeClassName": "kata"}), none);
    let overhead = "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead";
    check(json!({"overhead": {"cpu": "1"}}), overhead);
    check(json!({"overhead": {"cpu": "1"}, "restartPolicy": "Sometimes"}), "spec.restartPolicy: Unsupported value");
    let computed = "priority admission controller computed PreemptLowerPriority from the given PriorityClass name";
    check(
        json!({"preemptionPolicy": "Never", "runtimeClassName": "kata"}),
        &format!("the string value of PreemptionPolicy (Never) must not be provided in pod spec; {computed}"),
    );
    // Accounts are looked up first.
    check(json!({"serviceAccountName": "robot", "priorityClassName": "vip"}), "error looking up service account");
}

#[test]
fn a_pod_that_is_written_anew_keeps_what_admission_gave_it() {
    let mut api = server();
    let made = create(&mut api, pod("p", json!({})));
    let mut bare = made.to_value();
    for field in ["priority", "preemptionPolicy", "tolerations"] {
        bare["spec"].as_object_mut().expect("a spec").remove(field);
    }
    let bare = Object::from_value(Kind::Pod, bare).expect("a pod");
    assert_eq!(api.handle(Request::Update(bare)).expect("written"), made);
}

#[test]
fn a_gated_pod_says_since_when() {
    let mut api = server();
    let gated = pod("p", json!({"schedulingGates": [{"name": "a.b/c"}]}));
    for second in 0..2 {
        api.set_now(Timestamp::from_secs(1_767_225_600 + second));
        let Object::Pod(template) = &gated else { panic!("a pod") };
        let mut metadata = (*template.metadata).clone();
        metadata.name = format!("p-{second}").into();
        let created = create(&mut api, Pod { metadata: Rc::new(metadata), ..(**template).clone() }.into());
        let since = json!(format!("2026-01-01T00:00:0{second}Z"));
        check_fields(&created, &[("/status/conditions/0/lastTransitionTime", since)]);
    }
}

#[test]
fn a_service_keeps_its_address() {
    let mut api = server();
    let service = |spec: Value| object(Kind::Service, json!({"name": "s"}), spec);
    let made = create(&mut api, service(json!({"ports": [{"port": 80}]})));
    let anew = api.handle(Request::Update(service(json!({"ports": [{"port": 81}]})))).expect("replaced");
    check_fields(
        &anew,
        &[("/spec/clusterIP", made.to_value()["spec"]["clusterIP"].clone()), ("/spec/ports/0/port", json!(81))],
    );
}

#[test]
fn pods_of_one_template_share_their_spec() {
    let mut api = server();
    let Object::Pod(template) = pod("a", json!({})) else { panic!("a pod") };
    let mut made = |name: &'static str| {
        let mut metadata = (*template.metadata).clone();
        metadata.name = name.into();
        let pod = Pod { metadata: Rc::new(metadata), ..(*template).clone() };
        create(&mut api, pod.into())
    };
    let (a, b) = (made("a"), made("b"));
    let (a, b) = (a.as_pod().expect("a pod"), b.as_pod().expect("a pod"));
    assert!(Rc::ptr_eq(&a.spec, &b.spec) && Rc::ptr_eq(&a.status, &b.status));
    assert_ne!(a.metadata.uid, b.metadata.uid);
}

#[test]
fn objects_need_a_namespace_that_is_there_and_room_in_it() {
    let mut api = server();
    let elsewhere = object(Kind::ConfigMap, json!({"name": "c", "namespace": "nowhere"}), json!({}));
    let refused = api.handle(Request::Create(elsewhere)).expect_err("no namespace");
    assert_eq!(refused.message, "namespaces \"nowhere\" not found");
    let quota = json!({"hard": {"count/jobs.batch": "1", "pods": 1}});
    create(&mut api, object(Kind::ResourceQuota, json!({"name": "small"}), quota));
    create(&mut api, pod("p", json!({})));
    let refused = api.handle(Request::Create(pod("q", json!({})))).expect_err("full");
    let why = "exceeded quota: small, requested: pods=1, used: pods=1, limited: pods=1";
    assert_eq!(refused.message, format!("pods \"q\" is forbidden: {why}"));
    create(&mut api, job(json!({})));
    let other = object(Kind::Job, json!({"name": "other"}), job(json!({})).to_value()["spec"].clone());
    let refused = api.handle(Request::Create(other)).expect_err("full");
    let why = "requested: count/jobs.batch=1, used: count/jobs.batch=1, limited: count/jobs.batch=1";
    assert_eq!(refused.message, format!("jobs.batch \"other\" is forbidden: exceeded quota: small, {why}"));
}

#[test]
fn who_is_evicted_again_has_been_so_since_the_first_time() {
    let mut api = server();
    create(&mut api, pod("p", json!({"nodeName": "n"})));
    let key = key(Kind::Pod, "p");
    let (start, mut seen) = (api.now(), Vec::new());
    for second in [5, 9, 14] {
        api.set_now(start + Duration::from_secs(second));
        let evict = Request::Evict { pod: key.clone(), options: DeleteOptions::default() };
        api.handle(evict).expect("evicted");
        seen.push(api.live().get(&key).expect("it is stopped first"));
    }
    let since =
        |pod: &Object| pod.as_pod().and_then(|pod| pod.status.condition("DisruptionTarget")?.last_transition_time);
    assert_eq!(since(&seen[1]), Some((start + Duration::from_secs(5)).into()));
    // After the first time it says of which generation it is: that of the deletion.
    assert_eq!(seen[1], seen[2]);
}

#[test]
fn a_quota_is_about_the_pods_of_its_scopes() {
    let ending = || json!({"activeDeadlineSeconds": 60});
    let check = |scopes: Value, specs: [Value; 2], expected: i64| {
        let mut api = server();
        let classes = ["low", "high"].map(|name| json!({"metadata": {"name": name}, "value": 7}));
        for class in classes {
            create(&mut api, Object::from_value(Kind::PriorityClass, class).expect("a class"));
        }
        let mut quota = scopes.clone();
        quota["hard"] = json!({"pods": 9});
        let quota = create(&mut api, object(Kind::ResourceQuota, json!({"name": "q"}), quota));
        let Object::Other(quota) = quota else { unreachable!("it is a quota") };
        for (name, spec) in ["p", "q"].into_iter().zip(specs) {
            create(&mut api, pod(name, spec));
        }
        assert_eq!(api.quota_limits(&quota)[0].used.units(), expected, "{scopes}");
    };
    let mut api = server();
    let quota = json!({"hard": {"pods": 1}, "scopes": ["BestEffort"]});
    create(&mut api, object(Kind::ResourceQuota, json!({"name": "q"}), quota));
    create(&mut api, pod("p", json!({})));
    let refused = api.handle(Request::Create(pod("q", json!({})))).expect_err("full");
    let why = "exceeded quota: q, requested: pods=1, used: pods=1, limited: pods=1";
    assert_eq!(refused.message, format!("pods \"q\" is forbidden: {why}"));
    let asks = json!({"containers": [{"name": "c", "image": "i:1", "resources": {"requests": {"cpu": "1"}}}]});
    create(&mut api, pod("r", asks));
    let of = |name: &str, operator: &str, values: &[&str]| json!({"scopeSelector": {"matchExpressions": [{"scopeName": name, "operator": operator, "values": values}]}});
    check(json!({"scopes": ["Terminating"]}), [ending(), json!({})], 1);
    check(json!({"scopes": ["NotTerminating"]}), [ending(), ending()], 0);
    check(json!({"scopes": ["BestEffort"]}), [ending(), json!({})], 2);
    check(json!({"scopes": ["NotTerminating", "NotBestEffort"]}), [ending(), json!({})], 0);
    let class = |name: &str| json!({"priorityClassName": name});
    check(of("PriorityClass", "In", &["high"]), [class("high"), class("low")], 1);
    check(of("PriorityClass", "NotIn", &["high"]), [json!({}), class("high")], 1);
    check(of("PriorityClass", "Exists", &[]), [json!({}), class("low")], 1);
    check(of("PriorityClass", "DoesNotExist", &[]), [json!({}), class("low")], 1);
    let term = json!({"labelSelector": {}, "topologyKey": "t", "namespaces": ["other"]});
    let elsewhere = json!({"affinity": {"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}});
    check(of("CrossNamespacePodAffinity", "Exists", &[]), [elsewhere, json!({})], 1);
}

#[test]
fn what_quotas_count_elsewhere_there_is_none_of() {
    let mut api = server();
    let hard = json!({"hard": {"persistentvolumeclaims": 3, "count/deployments.apps": 2, "pods": 1}});
    let quota = create(&mut api, object(Kind::ResourceQuota, json!({"name": "q"}), hard));
    let Object::Other(quota) = quota else { unreachable!("it is a quota") };
    assert_eq!(api.quota_limits(&quota).len(), 3);
    let resources = json!({"resources": {"requests": {"cpu": "1"}}});
    create(&mut api, pod("p", resources));
    let hard = json!({"hard": {"requests.cpu": "2"}});
    let quota = create(&mut api, object(Kind::ResourceQuota, json!({"name": "cpu"}), hard));
    let Object::Other(quota) = quota else { unreachable!("it is a quota") };
    assert_eq!(api.quota_limits(&quota)[0].used.to_string(), "1", "what the pod says for all of its containers");
}

#[test]
fn what_was_read_elsewhere_is_not_taken_for_what_stands() {
    let mut api = server();
    let mut copied = job(json!({}));
    copied.set_resource_version(7);
    let refused = api.handle(Request::Create(copied)).expect_err("a copy");
    assert_eq!(refused.message, "resourceVersion should not be set on objects to be created");
    let mut gone = create(&mut api, job(json!({})));
    let uid = gone.metadata().uid;
    gone.metadata_mut().uid = Uid(7);
    let refused = api.handle(Request::Update(gone)).expect_err("another of its name");
    let why = "StorageError: invalid object, Code: 4, Key: /registry/jobs/default/demo, ResourceVersion: 0";
    let found = format!("UID in precondition: {}, UID in object meta: {uid}", Uid(7));
    let told = format!("\"demo\": {why}, AdditionalErrorMsg: Precondition failed: {found}");
    assert!(refused.message.ends_with(&told), "{}", refused.message);
}

#[test]
fn a_refused_pod_leaves_its_number_to_the_next() {
    let mut api = server();
    create(&mut api, object(Kind::ResourceQuota, json!({"name": "small"}), json!({"hard": {"pods": 2}})));
    let names: Vec<String> = (0..5)
        .map(|turn| {
            if turn == 4 {
                let options = DeleteOptions { grace_period_seconds: Some(0), ..DeleteOptions::default() };
                api.handle(Request::Delete { key: key(Kind::Pod, "demo-p0000"), options }).expect("deleted");
            }
            let spec = json!({"containers": containers(), "restartPolicy": "Never"});
            let made = api.handle(Request::Create(object(Kind::Pod, json!({"generateName": "demo-"}), spec)));
            made.map_or_else(|refused| refused.message, |pod| pod.metadata().name.to_string())
        })
        .collect();
    let why = "is forbidden: exceeded quota: small, requested: pods=1, used: pods=2, limited: pods=2";
    let refused = ["x0000", "x0001"].map(|name| format!("pods \"demo-{name}\" {why}"));
    assert_eq!(names, ["demo-p0000", "demo-p0001", &refused[0], &refused[1], "demo-p0002"]);
}

/// What a patch of a running Job comes to: the stored object and its warnings, or the error.
fn patched(kind: PatchType, value: Value, subresource: Option<Subresource>) -> Result<(Object, Vec<String>), ApiError> {
    let mut api = server();
    create(&mut api, job(json!({"completions": 3})));
    let patch = Patch::new(kind, value);
    let stored = api.handle(Request::Patch { key: key(Kind::Job, "demo"), patch, subresource })?;
    Ok((stored, api.take_warnings()))
}

#[test]
fn patches_change_what_they_name() {
    use PatchType::{Json, Merge, Strategic};
    let check = |kind, value: Value, pointer: &str, expected: Value, warnings: &[&str]| {
        let (stored, told) = patched(kind, value, None).expect("patched");
        check_fields(&stored, &[(pointer, expected)]);
        assert_eq!(told, warnings);
    };
    check(Strategic, json!({"spec": {"suspend": true}}), "/spec/suspend", json!(true), &[]);
    check(Merge, json!({"spec": {"parallelism": 2}}), "/metadata/generation", json!(2), &[]);
    check(Merge, json!({"metadata": {"labels": {"a": "b"}}}), "/metadata/generation", json!(1), &[]);
    check(Merge, json!({"status": {"active": 7}}), "/status/active", Value::Null, &[]);
    check(Merge, json!({"spec": {"retries": 3}}), "/spec/retries", Value::Null, &["unknown field \"spec.retries\""]);
    let replace = json!([{"op": "replace", "path": "/spec/nosuch", "value": 1}]);
    check(Json, replace, "/metadata/generation", json!(1), &["unknown field \"spec.nosuch\""]);
    let remove = json!([{"op": "replace", "path": "/spec/backoffLimit", "value": null}]);
    check(Json, remove, "/spec/backoffLimit", json!(6), &[]);
}

#[test]
fn patches_are_refused() {
    let check = |value: Value, subresource, expected: &str| {
        let error = patched(PatchType::Merge, value, subresource).expect_err("refused");
        let told = error.causes.first().map_or(error.message.clone(), ToString::to_string);
        assert!(told.starts_with(expected), "{told}");
    };
    check(json!({"spec": {"completions": 4}}), None, "spec.completions: Invalid value: 4: field is immutable");
    check(json!({"spec": {"parallelism": "two"}}), None, "patch: Invalid value: \"{\\\"apiVersion\\\":");
    check(json!([]), None, "error decoding patch: json: cannot unmarshal array into Go value of type");
    check(json!({}), Some(Subresource::Scale), "the server could not find the requested resource");
    let complete = json!({"status": {"conditions": [{"type": "Complete", "status": "True"}]}});
    check(complete, Some(Subresource::Status), "status.completionTime: Required value");
    check(json!({"metadata": {"name": "other"}}), None, "the name of the object (other) does not match");
    let other = "aaaaaaaa-0000-4000-8000-000000000001";
    check(json!({"metadata": {"uid": other}}), None, &format!("metadata.uid: Invalid value: \"{other}\": field is"));
    check(json!({"metadata": {"uid": "mine"}}), None, "metadata.uid: Invalid value: \"mine\": field is immutable");
    check(
        json!({"metadata": {"namespace": "other"}}),
        None,
        "the namespace of the object (other) does not match the namespace on the request (default)",
    );
    check(
        json!({"metadata": null}),
        None,
        "the name of the object (demo based on URL) was undeterminable: name must be provided",
    );
    check(json!({"metadata": {"resourceVersion": "x"}}), None, "strconv.ParseUint: parsing \"x\": invalid syntax");
    check(
        json!({"metadata": {"deletionTimestamp": "2020-01-01T00:00:00Z"}}),
        None,
        "metadata.deletionTimestamp: Invalid value: \"2020-01-01T00:00:00Z\": field is immutable",
    );
    check(
        json!({"metadata": {"deletionGracePeriodSeconds": 5}}),
        None,
        "metadata.deletionGracePeriodSeconds: Invalid value: 5: field is immutable",
    );
    let error = patched(PatchType::Merge, json!({"kind": "Foo"}), None).expect_err("refused");
    let why = "no kind \"Foo\" is registered for version \"batch/v1\" in scheme \"pkg/api/legacyscheme/scheme.go:30\"";
    assert!(error.causes[0].body.ends_with(why), "{error}");
    // A strategic patch cannot say what kind of object it is about.
    assert!(patched(PatchType::Strategic, json!({"kind": "Foo"}), None).is_ok());
}

#[test]
fn a_patch_of_a_status_leaves_the_spec() {
    let mut api = server();
    create(&mut api, pod("p", json!({})));
    let condition = json!({"type": "ConfigIssue", "status": "True", "reason": "NonExistingImage"});
    let value = json!({"status": {"conditions": [condition]}, "spec": {"activeDeadlineSeconds": 5}});
    let patch = Patch::new(PatchType::Strategic, value);
    let request = Request::Patch { key: key(Kind::Pod, "p"), patch, subresource: Some(Subresource::Status) };
    check_fields(
        &api.handle(request).expect("patched"),
        &[
            ("/status/conditions/0/reason", json!("NonExistingImage")),
            ("/status/qosClass", json!("BestEffort")),
            ("/spec/activeDeadlineSeconds", Value::Null),
        ],
    );
}

#[test]
fn a_trial_writes_nothing() {
    let mut api = server();
    let before = api.storage().revision();
    let answer = api.try_out(Request::Create(job(json!({})))).expect("would be created");
    assert_eq!((api.storage().revision(), answer.resource_version()), (before, 0));
    // What is counted is counted only if it exists.
    let uids = [answer, create(&mut api, job(json!({})))].map(|job| job.metadata().uid.to_string());
    assert_eq!(uids.map(|uid| uid[32..].to_owned()), ["9999", "0001"]);
}

#[test]
fn budgets_protect_pods_that_run() {
    let check = |what: &str, budgets: &[Value], pods: &[(&str, bool, Option<&str>)], refused: Option<&str>| {
        let mut api = server();
        for (number, budget) in budgets.iter().enumerate() {
            let mut spec = budget.clone();
            spec["selector"] = json!({"matchLabels": {"app": "db"}});
            create(&mut api, object(Kind::PodDisruptionBudget, json!({"name": format!("b{number}")}), spec));
        }
        let containers = json!([{"name": "c", "image": "i:1"}]);
        let template = json!({"metadata": {"labels": {"app": "db"}}, "spec": {"containers": containers}});
        let set = json!({"replicas": 2, "serviceName": "db", "selector": {"matchLabels": {"app": "db"}}, "template": template});
        let set = create(&mut api, object(Kind::StatefulSet, json!({"name": "set"}), set));
        let uid = set.metadata().uid.to_string();
        for (name, ready, owner) in pods {
            let mut guarded = pod(name, json!({})).to_value();
            guarded["metadata"]["labels"] = json!({"app": "db"});
            if let Some(kind) = owner {
                let group = if *kind == "Job" { "batch/v1" } else { "apps/v1" };
                guarded["metadata"]["ownerReferences"] =
                    json!([{"apiVersion": group, "kind": kind, "name": "set", "uid": uid, "controller": true}]);
            }
            let created = create(&mut api, Object::from_value(Kind::Pod, guarded).expect("a pod"));
            let mut running = created.to_value();
            running["status"]["phase"] = json!("Running");
            running["status"]["conditions"] =
                json!([{"type": "Ready", "status": if *ready { "True" } else { "False" }}]);
            let running = Object::from_value(Kind::Pod, running).expect("a pod");
            api.handle(Request::UpdateStatus(running)).expect("a status");
        }
        let evict = Request::Evict { pod: key(Kind::Pod, "p"), options: DeleteOptions::default() };
        assert_eq!(api.handle(evict).err().map(|error| error.message).as_deref(), refused, "{what}");
    };
    const VIOLATED: Option<&str> = Some("Cannot evict pod as it would violate the pod's disruption budget.");
    const TWO: Option<&str> =
        Some("This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.");
    let at_least_one = || json!({"minAvailable": 1});
    let most_one_away = || json!({"maxUnavailable": 1});
    check("nobody minds", &[], &[("p", true, None)], None);
    check("the last one", &[at_least_one()], &[("p", true, None)], VIOLATED);
    check("one of two", &[at_least_one()], &[("p", true, None), ("q", true, None)], None);
    check("the other is not well", &[at_least_one()], &[("p", true, None), ("q", false, None)], VIOLATED);
    check("it is not well itself", &[at_least_one()], &[("p", false, None), ("q", true, None)], None);
    check("none is well", &[at_least_one()], &[("p", false, None), ("q", false, None)], VIOLATED);
    let always = || json!({"minAvailable": 1, "unhealthyPodEvictionPolicy": "AlwaysAllow"});
    check("whoever is not well may go", &[always()], &[("p", false, None), ("q", false, None)], None);
    check("who is well may not", &[always()], &[("p", true, None), ("q", false, None)], VIOLATED);
    check("two budgets", &[at_least_one(), most_one_away()], &[("p", true, None)], TWO);
    check("a Job has no size", &[most_one_away()], &[("p", true, Some("Job")), ("q", true, Some("Job"))], VIOLATED);
    let of_set = Some("StatefulSet");
    check("one of a set of two", &[most_one_away()], &[("p", true, of_set), ("q", true, of_set)], None);
    check("the last of a set of two", &[most_one_away()], &[("p", true, of_set)], VIOLATED);
    check("half of a set of two", &[json!({"minAvailable": "50%"})], &[("p", true, of_set), ("q", true, of_set)], None);
    check("of no set", &[most_one_away()], &[("p", true, None), ("q", true, None)], VIOLATED);
}

#[test]
fn what_a_patch_is_warned_of_depends_on_what_it_asks_for() {
    let check = |validate, spec: Value, expected: Result<&[&str], &str>| {
        let mut api = server();
        let container = json!({"name": "c", "image": "i:1", "env": [{"name": "A"}, {"name": "A"}]});
        create(&mut api, job(json!({"template": {"spec": {"restartPolicy": "Never", "containers": [container]}}})));
        let patch = Patch { validate, ..Patch::new(PatchType::Merge, json!({"spec": spec})) };
        let answer = api.handle(Request::Patch { key: key(Kind::Job, "demo"), patch, subresource: None });
        let refused = answer.err().map(|error| error.causes[0].to_string());
        match expected {
            Ok(warnings) => {
                assert_eq!((refused, api.take_warnings()), (None, warnings.iter().map(ToString::to_string).collect()))
            }
            Err(end) => assert!(refused.as_ref().is_some_and(|told| told.ends_with(end)), "{refused:?}"),
        }
    };
    let hidden = "spec.template.spec.containers[0].env[1]: hides previous definition of \"A\", which may be dropped when \
                  using apply";
    check(Validate::Warn, json!({"parallelism": 2, "foo": 1}), Ok(&["unknown field \"spec.foo\"", hidden]));
    check(Validate::Ignore, json!({"parallelism": 2, "foo": 1}), Ok(&[hidden]));
    check(Validate::Warn, json!({"parallelism": 1}), Ok(&[]));
    check(Validate::Strict, json!({"foo": 1}), Err("strict decoding error: unknown field \"spec.foo\""));
}

#[test]
fn a_second_deletion_of_a_pod_can_only_shorten_its_time() {
    let check = |first: Option<i64>, second: Option<i64>, left: i64| {
        let mut api = server();
        create(&mut api, pod("p", json!({})));
        api.handle(Request::Bind { pod: key(Kind::Pod, "p"), node: "node-1".into() }).expect("bound");
        for grace_period_seconds in [first, second] {
            let options = DeleteOptions { grace_period_seconds, ..DeleteOptions::default() };
            api.handle(Request::Delete { key: key(Kind::Pod, "p"), options }).expect("being deleted");
        }
        let held = api.live().get(&key(Kind::Pod, "p")).expect("the pod");
        assert_eq!(held.metadata().deletion_grace_period_seconds, Some(left), "{first:?}, then {second:?}");
        let deadline = held.metadata().deletion_timestamp.expect("a deadline");
        assert_eq!(deadline.as_secs(), 1_767_225_600 + left);
    };
    check(None, None, 30);
    check(None, Some(5), 5);
    check(Some(5), Some(20), 5);
    check(None, Some(-1), 1);
    check(Some(60), None, 60);
}

#[test]
fn what_is_left_of_a_shortened_deletion_begins_now() {
    let check = |second: i64, expected: (i64, i64)| {
        let mut api = server();
        create(&mut api, pod("p", json!({})));
        api.handle(Request::Bind { pod: key(Kind::Pod, "p"), node: "node-1".into() }).expect("bound");
        for grace_period_seconds in [None, Some(second)] {
            let options = DeleteOptions { grace_period_seconds, ..DeleteOptions::default() };
            api.handle(Request::Delete { key: key(Kind::Pod, "p"), options }).expect("being deleted");
            api.set_now(Timestamp::from_secs(1_767_225_600 + 20));
        }
        let held = api.live().get(&key(Kind::Pod, "p")).expect("the pod");
        let deadline = held.metadata().deletion_timestamp.expect("a deadline").as_secs() - 1_767_225_600;
        assert_eq!(
            (deadline, held.metadata().deletion_grace_period_seconds),
            (expected.0, Some(expected.1)),
            "{second}"
        );
    };
    check(25, (25, 25));
    check(5, (20, 1));
}

#[test]
fn a_name_that_is_taken_is_said_to_be() {
    let mut api = server();
    let named = |metadata: Value| object(Kind::ConfigMap, metadata, json!({}));
    create(&mut api, named(json!({"name": "c"})));
    let mut refused = |metadata: Value| api.handle(Request::Create(named(metadata))).expect_err("taken").message;
    assert_eq!(refused(json!({"name": "c"})), "configmaps \"c\" already exists");
    assert_eq!(
        refused(json!({"name": "c", "generateName": "c-"})),
        "configmaps \"c\" already exists, the server was not able to generate a unique name for the object"
    );
    let options = DeleteOptions { uid: Some(Uid(7)), ..DeleteOptions::default() };
    let refused = api.handle(Request::Delete { key: key(Kind::ConfigMap, "c"), options }).expect_err("another");
    let why = format!(
        "the UID in the precondition ({}) does not match the UID in record (00000000-0000-4000-8000-000000009999). The \
         object might have been deleted and then recreated",
        Uid(7)
    );
    assert_eq!(refused.message, format!("Operation cannot be fulfilled on ConfigMap \"c\": {why}"));
}

#[test]
fn what_belongs_to_the_cluster_is_in_no_namespace() {
    let mut api = server();
    let class = json!({"metadata": {"name": "c", "namespace": "nowhere"}, "value": 1});
    let made = create(&mut api, Object::from_value(Kind::PriorityClass, class).expect("a class"));
    check_fields(&made, &[("/metadata/namespace", Value::Null)]);
    let lasting = ObjectKey::new(Kind::PriorityClass, "", "system-node-critical");
    let refused = api.handle(Request::Delete { key: lasting, options: DeleteOptions::default() }).expect_err("lasting");
    let why = "is forbidden: this is a system priority class and cannot be deleted";
    assert_eq!(refused.message, format!("priorityclasses.scheduling.k8s.io \"system-node-critical\" {why}"));
}

#[test]
fn pods_are_labelled_by_where_their_node_stands() {
    let (zone, region) = ("topology.kubernetes.io/zone", "topology.kubernetes.io/region");
    let check = |of_node: Value, of_pod: Value, expected: Value| {
        let mut api = server();
        create(&mut api, object(Kind::Node, json!({"name": "n", "labels": of_node}), json!({})));
        let labelled = |name: &str, spec: Value| {
            let mut pod = pod(name, spec).to_value();
            pod["metadata"]["labels"] = of_pod.clone();
            Object::from_value(Kind::Pod, pod).expect("a pod")
        };
        // Whoever names its node itself is labelled as it is made, the others as they are bound.
        let named = create(&mut api, labelled("named", json!({"nodeName": "n"})));
        let waiting = create(&mut api, labelled("bound", json!({})));
        let bound = api.handle(Request::Bind { pod: key(Kind::Pod, "bound"), node: "n".into() }).expect("bound");
        let labels = "/metadata/labels";
        check_fields(&named, &[(labels, expected.clone())]);
        check_fields(&waiting, &[(labels, of_pod.clone())]);
        check_fields(&bound, &[(labels, expected)]);
    };
    check(json!({"rack": "r1"}), json!({"app": "a"}), json!({"app": "a"}));
    check(json!({zone: "b", "rack": "r1"}), json!({"app": "a"}), json!({"app": "a", zone: "b"}));
    check(json!({zone: "b", region: "eu"}), json!({zone: "mine"}), json!({zone: "b", region: "eu"}));
    let absent = create(&mut server(), pod("p", json!({"nodeName": "absent"})));
    check_fields(&absent, &[("/metadata/labels", Value::Null)]);
}

#[test]
fn selectors_are_given_the_labels_that_pods_look_for_in_each_other() {
    let mut api = server();
    let selector = json!({"matchLabels": {"app": "db"}});
    let spread = json!([{
        "maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": selector, "matchLabelKeys": ["run", "nosuch"],
    }]);
    let term = json!({"topologyKey": "zone", "labelSelector": selector, "mismatchLabelKeys": ["run"]});
    let affinity = json!({"podAntiAffinity": {
        "requiredDuringSchedulingIgnoredDuringExecution": [term],
        "preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 1, "podAffinityTerm": term}],
    }});
    let template = pod("p", json!({"topologySpreadConstraints": spread, "affinity": affinity}));
    let Object::Pod(template) = &template else { panic!("a pod") };
    for run in ["1", "2"] {
        let labels = json!({"name": format!("p-{run}"), "namespace": "default", "labels": {"run": run}});
        let metadata = crate::api::fields::read(labels).expect("metadata");
        let created = create(&mut api, Pod { metadata, ..(**template).clone() }.into());
        let given = |operator: &str| json!([{"key": "run", "operator": operator, "values": [run]}]);
        let unlike = "/spec/affinity/podAntiAffinity";
        check_fields(
            &created,
            &[
                ("/spec/topologySpreadConstraints/0/labelSelector/matchExpressions", given("In")),
                (
                    &format!(
                        "{unlike}/requiredDuringSchedulingIgnoredDuringExecution/0/labelSelector/matchExpressions"
                    ),
                    given("NotIn"),
                ),
                (
                    &format!(
                        "{unlike}/preferredDuringSchedulingIgnoredDuringExecution/0/podAffinityTerm/labelSelector/matchExpressions"
                    ),
                    given("NotIn"),
                ),
            ],
        );
    }
    // A selector that names such a key by itself has it twice.
    let twice = json!([{
        "maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": {"matchLabels": {"run": "1"}}, "matchLabelKeys": ["run"],
    }]);
    let mut doubled = pod("q", json!({"topologySpreadConstraints": twice})).to_value();
    doubled["metadata"]["labels"] = json!({"run": "1"});
    let refused =
        api.handle(Request::Create(Object::from_value(Kind::Pod, doubled).expect("a pod"))).expect_err("twice");
    let why =
        "spec.topologySpreadConstraints[0][0]: Invalid value: \"run\": exists in both matchLabelKeys and labelSelector";
    assert_eq!(refused.causes[0].to_string(), why);
}
