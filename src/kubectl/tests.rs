//! Lines and what they print: each row is a line typed into a prepared cluster.

mod words;

use super::*;
use crate::api::{Kind, Object, ObjectKey};
use crate::apiserver::{ApiServer, Naming, Request};
use crate::node::{Behaviour, Kubelets, Profile};
use serde_json::{Value, json};
use std::time::Duration;

const START: Timestamp = Timestamp::from_secs(1_767_225_600);

/// A cluster with two nodes, a Job with a pod on the first, and a CronJob; five seconds old.
fn cluster() -> ApiServer {
    let mut api = ApiServer::new(START, Naming::numbered());
    let taint = json!([{"key": "spot", "value": "yes", "effect": "NoSchedule"}]);
    for (name, taints) in [("node-1", json!([])), ("node-2", taint)] {
        let labels = json!({"kubernetes.io/hostname": name, "node-role.kubernetes.io/worker": ""});
        create(&mut api, Kind::Node, json!({"metadata": {"name": name, "labels": labels}, "spec": {"taints": taints}}));
    }
    let template = json!({"metadata": {"labels": {"app": "demo"}}, "spec": {
        "restartPolicy": "Never",
        "containers": [{"name": "main", "image": "busybox:1.36", "command": ["sh", "-c"], "args": ["echo a\nsleep 1"]}],
    }});
    let spec = json!({"completions": 2, "template": template});
    let job = create(&mut api, Kind::Job, json!({"metadata": {"name": "demo", "namespace": "default"}, "spec": spec}));
    let cron = json!({"schedule": "0 2 * * *", "jobTemplate": {"spec": {"template": template}}});
    create(&mut api, Kind::CronJob, json!({"metadata": {"name": "nightly", "namespace": "default"}, "spec": cron}));
    let owner = json!({"apiVersion": "batch/v1", "kind": "Job", "name": "demo", "uid": job.metadata().uid.to_string(), "controller": true});
    let metadata =
        json!({"name": "demo-p0000", "namespace": "default", "labels": {"app": "demo"}, "ownerReferences": [owner]});
    let pod = create(&mut api, Kind::Pod, json!({"metadata": metadata, "spec": template["spec"]}));
    api.handle(Request::Bind { pod: pod.key(), node: "node-1".into() }).expect("the pod is bound");
    api.set_now(START + Duration::from_secs(5));
    api
}

fn create(api: &mut ApiServer, kind: Kind, value: Value) -> Object {
    let object = Object::from_value(kind, value).expect("an object");
    api.handle(Request::Create(object)).expect("created")
}

/// Kubelets that have no pods.
fn nobody() -> Kubelets {
    Kubelets::new(Profile::recorded(), Behaviour::default())
}

fn recorded() -> Config {
    Config { resource_versions: false, ..Config::default() }
}

/// A manifest in one line.
fn flow(text: &str) -> String {
    crate::api::yaml::read(text).documents[0].root.to_value().to_string()
}

fn files() -> Files {
    let job = "apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: made\nspec:\n  template:\n    spec:\n      \
               restartPolicy: Never\n      containers:\n      - name: c\n        image: busybox:1.36\n";
    let evict = |name| {
        format!("{{\"apiVersion\": \"policy/v1\", \"kind\": \"Eviction\", \"metadata\": {{\"name\": \"{name}\"}}}}")
    };
    let files = Files::new().with("evict.json", evict("demo-p0000")).with("evict-nosuch.json", evict("nosuch"));
    let event = "{apiVersion: v1, kind: Event, metadata: {name: said}, involvedObject: {namespace: default}}";
    let files = files
        .with("event.yaml", event)
        .with("broken.yaml", "a: [\n")
        .with("stranger.yaml", format!("kind: Job\n---\n{job}"));
    let unknown = "apiVersion: batch/v1\nkind: Jobz\nmetadata:\n  name: z\n";
    let list = format!(
        "{{apiVersion: v1, kind: List, items: [{}, {{apiVersion: batch/v1, kind: Jobz}}, {{metadata: {{name: a}}}}]}}",
        flow(job)
    );
    let files = files.with("list.yaml", list).with("nameless.yaml", job.replace("  name: made", "  labels: {}"));
    let files = files.with("unknown.yaml", format!("{unknown}---\n{}", job.replace("made", "Made")));
    let files = files
        .with("dots.yaml", format!("{0}---\n{0}", job.replace("made\n", "ma.de\n")))
        .with("copy.yaml", job.replace("made\n", "made\n  resourceVersion: \"7\"\n"));
    files.with("job.yaml", job).with("two.yaml", format!("{job}---\n{job}")).with("empty.yaml", "# nothing\n")
}

/// Runs a line to its end; time goes on where it waits. Standard output, standard error, exit code.
fn run(api: &mut ApiServer, line: &str) -> (String, String, i32) {
    run_with(api, &files(), line)
}

fn run_with(api: &mut ApiServer, files: &Files, line: &str) -> (String, String, i32) {
    let mut invocation = Invocation::start(line, files, recorded());
    for _ in 0..400 {
        match invocation.poll(api, &mut nobody()) {
            Progress::Done { exit_code } => {
                return (invocation.text(Stream::Out), invocation.text(Stream::Err), exit_code);
            }
            Progress::Waiting { until } => {
                let Some(until) = until else { break };
                api.set_now(until);
            }
        }
    }
    panic!("{line} does not end");
}

fn check(line: &str, out: &str, err: &str) {
    let (printed, complained, exit_code) = run(&mut cluster(), line);
    assert_eq!((printed.as_str(), complained.as_str()), (out, err), "{line}");
    let fails = err.starts_with("The ") || err.to_ascii_lowercase().lines().any(|line| line.starts_with("error"));
    assert_eq!(exit_code, i32::from(fails), "{line}");
}

#[test]
fn get_prints_tables() {
    check(
        "kubectl get jobs",
        "NAME   STATUS    COMPLETIONS   DURATION   AGE\ndemo   Running   0/2                      5s\n",
        "",
    );
    check(
        "k get po",
        "NAME         READY   STATUS    RESTARTS   AGE\ndemo-p0000   0/1     Pending   0          5s\n",
        "",
    );
    check("get pods --no-headers -o name", "pod/demo-p0000\n", "");
    check("get pods --server-print=false", "NAME         AGE\ndemo-p0000   5s\n", "");
    check("get ev,po --server-print=false --no-headers", "pod/demo-p0000   5s\n", "");
    check("get job,cj -o name", "job.batch/demo\ncronjob.batch/nightly\n", "");
    check(
        "get cj/nightly job/demo",
        "NAME                    SCHEDULE    TIMEZONE   SUSPEND   ACTIVE   LAST SCHEDULE   AGE\n\
         cronjob.batch/nightly   0 2 * * *   <none>     False     0        <none>          5s\n\
         \n\
         NAME             STATUS    COMPLETIONS   DURATION   AGE\n\
         job.batch/demo   Running   0/2                      5s\n",
        "",
    );
    check(
        "get nodes",
        "NAME     STATUS    ROLES    AGE   VERSION\nnode-1   Unknown   worker   5s    \nnode-2   Unknown   worker   5s    \n",
        "",
    );
    check(
        "get pods -A",
        "NAMESPACE   NAME         READY   STATUS    RESTARTS   AGE\ndefault     demo-p0000   0/1     Pending   0          5s\n",
        "",
    );
    check(
        "get pods -L app,x.io/tier",
        "NAME         READY   STATUS    RESTARTS   AGE   APP    TIER\ndemo-p0000   0/1     Pending   0          5s    demo   \n",
        "",
    );
    check("get pods --field-selector spec.nodeName=node-1 -o name", "pod/demo-p0000\n", "");
    check("get pods --field-selector spec.nodeName!=node-1", "", "No resources found in default namespace.\n");
    check("get pods -l app=other", "", "No resources found in default namespace.\n");
    check("get jobs -n other", "", "No resources found in other namespace.\n");
    check("get jobs nosuch --ignore-not-found", "", "");
}

#[test]
fn get_prints_what_templates_find() {
    check("get job demo -o jsonpath='{.spec.completions}/{.metadata.name}'", "2/demo", "");
    check("get nodes -o jsonpath='{range .items[*]}{.metadata.name}{\"\\n\"}{end}'", "node-1\nnode-2\n", "");
    check("get jobs -o custom-columns=N:.metadata.name,D:.status.succeeded", "N      D\ndemo   <none>\n", "");
    check("get nodes --sort-by=.metadata.name -o name", "node/node-1\nnode/node-2\n", "");
    let listed = "apiVersion: v1\nitems: []\nkind: List\nmetadata:\n  resourceVersion: \"\"\n";
    check("get jobs -l a=b -o yaml", listed, "");
    check("get job demo -o jsonpath-as-json='{.spec.completions}'", "[\n    2\n]\n", "");
}

#[test]
fn what_is_sorted_stands_in_kubectls_order() {
    let mut api = cluster();
    for (name, size) in [("a9", "1Gi"), ("a2b", "3"), ("a10", "512Mi")] {
        let metadata = json!({"name": name, "namespace": "default", "labels": {"app": "sized"}});
        create(&mut api, Kind::ConfigMap, json!({"metadata": metadata, "data": {"size": size}}));
    }
    for (name, field, at) in [
        ("scheduled", "eventTime", "2026-01-01T00:00:01.250000Z"),
        ("counted", "lastTimestamp", "2026-01-01T00:00:01Z"),
        ("late", "lastTimestamp", "2026-01-01T00:00:02Z"),
    ] {
        let metadata = json!({"name": name, "namespace": "default"});
        let about = json!({"apiVersion": "v1", "kind": "Pod", "name": "x", "namespace": "default"});
        create(
            &mut api,
            Kind::Event,
            json!({"metadata": metadata, "involvedObject": about, "reason": name, field: at}),
        );
    }
    let names = "-o jsonpath='{.items[*].metadata.name}'";
    for (line, expected) in [
        ("get cm -l app=sized --sort-by=.metadata.name", "a10 a2b a9"),
        ("get cm -l app=sized --sort-by=.data.size", "a2b a10 a9"),
        ("events --for pod/x", "counted scheduled late"),
    ] {
        assert_eq!(run(&mut api, &format!("{line} {names}")).0, expected, "{line}");
    }
}

#[test]
fn mistakes_are_told_in_kubectls_words() {
    check("get jobs nosuch", "", "Error from server (NotFound): jobs.batch \"nosuch\" not found\n");
    check("get foos", "", "error: the server doesn't have a resource type \"foos\"\n");
    check("get foos.bar/x", "", "error: the server doesn't have a resource type \"foos\"\n");
    check("get jobs,", "", "error: the server doesn't have a resource type \"\"\n");
    check(
        "get jobs,pods nosuch",
        "",
        "Error from server (NotFound): jobs.batch \"nosuch\" not found\n\
         Error from server (NotFound): pods \"nosuch\" not found\n",
    );
    for line in [
        "get job demo",
        "exec demo-p0000 -- ls",
        "attach demo-p0000",
        "wait job/demo --for=condition=Complete",
        "create job j --from=cronjob/nightly",
    ] {
        let line = line.replacen(' ', " -n nowhere ", 1);
        check(&line, "", "Error from server (NotFound): namespaces \"nowhere\" not found\n");
    }
    let no_path = |path: &str| format!("error: couldn't find any field with path \"{path}\" in the list of objects\n");
    check("get nodes --sort-by=.nothing -o name", "", &no_path("{.nothing}"));
    check("get jobs,nodes --sort-by=.metadata.name", "", &no_path("{.metadata.name}"));
    check("get nodes --sort-by=.nothing", "", "No resources found\n");
    check("get nodes --sort-by=.nothing --ignore-not-found", "", "");
    check("get jobs --sort-by=.nothing --no-headers", "demo   Running   0/2         5s\n", "");
    check("get jobs -o name --show-labels", "", "error: --show-labels option cannot be used with name printer\n");
    check("get jobs --subresource=status", "", "error: subresource cannot be used when bulk resources are specified\n");
    check("get job demo -o jsonpath=", "", "error: template format specified but no template given\n");
    check(
        "get jobs -o custom-columns-file=x",
        "",
        "error: error reading template x, open x: no such file or directory\n",
    );
    check("get job demo --raw=/x", "", "error: arguments may not be passed when --raw is specified\n");
    check("cordon nosuch none", "", "Error from server (NotFound): nodes \"nosuch\" not found\n");
    check("cordon pod/demo-p0000", "", "error: expected resource of type node, got \"/v1, Resource=pods\"\n");
    check(
        "drain node-1 --pod-selector='a in ('",
        "",
        "error: --pod-selector=<pod_selector> must be a valid label selector\n",
    );
    check("uncordon nosuch node-2", "", "Error from server (NotFound): nodes \"nosuch\" not found\n");
    for (line, why) in [
        ("api-resources x", "unexpected arguments: [x]\nSee 'kubectl api-resources -h' for help and examples"),
        ("api-resources --sort-by=x", "--sort-by accepts only name or kind"),
        ("apply view-last-applied job", "resource(s) were provided, but no name was specified"),
        (
            "auth can-i create",
            "you must specify two arguments: verb resource or verb resource/resourceName.\n\
             See 'kubectl auth can-i -h' for help and examples.",
        ),
        ("delete job demo -o yaml", "unexpected -o output mode: yaml. We only support '-o name'"),
        ("delete job demo --now --force", "--force and --grace-period greater than 0 cannot be specified together"),
        ("delete jobs --all demo", "name cannot be provided when a selector is specified"),
        ("delete jobs --all -l a=b", "setting 'all' parameter but found a non empty selector. "),
        ("events --types=x", "valid --types are Normal or Warning"),
        ("exec", "pod, type/name or --filename must be specified"),
        ("explain job pod", "We accept only this format: explain RESOURCE"),
        ("replace", "must specify one of -f and -k"),
        ("run x --image=i --env=a", "invalid env: a"),
        ("version x", "extra arguments: [x]"),
    ] {
        check(line, "", &format!("error: {why}\n"));
    }
    check("auth can-i list nodes", "yes\n", "Warning: resource 'nodes' is not namespace scoped\n\n");
    check("api-resources --categories=all --api-group=batch -o name", "cronjobs.batch\njobs.batch\n", "");
    check("rollout status", "", "error: required resource not specified\n");
    check("scale job demo", "", "error: required flag(s) \"replicas\" not set\n");
    check("delete job", "", "error: resource(s) were provided, but no name was specified\n");
    check("create -f nosuch.yaml", "", "error: the path \"nosuch.yaml\" does not exist\n");
    check("create -f empty.yaml", "", "error: no objects passed to create\n");
    check("create a b", "", "error: Unexpected args: [a b]\nSee 'kubectl create -h' for help and examples\n");
    check("create", "", "error: must specify one of -f and -k\n");
    check("create -f job.yaml x", "", "error: Unexpected args: [x]\nSee 'kubectl create -h' for help and examples\n");
    check("apply -f job.yaml --force --server-side", "", "error: --force cannot be used with --server-side\n");
    check("apply -f job.yaml --force --dry-run=server", "", "error: --dry-run=server cannot be used with --force\n");
    check(
        "create job",
        "",
        "error: exactly one NAME is required, got 0\nSee 'kubectl create job -h' for help and examples\n",
    );
    check("create job x --image=a --from=cronjob/b", "", "error: either --image or --from must be specified\n");
    check("create job x --from=job/demo", "", "error: unknown object type *v1.Job\n");
    check("patch job demo", "", "error: must specify --patch or --patch-file containing the contents of the patch\n");
    check("label job demo", "", "error: at least one label update is required\n");
    check("label pod demo-p0000 app=x", "", "error: 'app' already has a value (demo), and --overwrite is false\n");
    check("label pod demo-p0000 app=x y", "", "error: all resources must be specified before label changes: y\n");
    check(
        "taint nodes node-2 spot=no:NoSchedule",
        "",
        "error: node node-2 already has spot taint(s) with same effect(s) and --overwrite is false\n",
    );
    check("taint nodes node-1 spot-", "", "error: taint \"spot\" not found\n");
    check(
        "taint nodes node-1 a=b:Never",
        "",
        "error: invalid taint effect: Never, unsupported taint effect\nSee 'kubectl taint -h' for help and examples\n",
    );
    check(
        "scale job demo --replicas=3",
        "",
        "Error from server (NotFound): the server could not find the requested resource\n",
    );
    check("rollout undo job/demo", "", "error: no rollbacker has been implemented for \"Job.batch\"\n");
    check("wait job/demo --for=condition=Complete --timeout=0", "", "error: condition not met for jobs/demo\n");
    check(
        "wait job/demo --for=condition=Complete --timeout=2s",
        "",
        "error: timed out waiting for the condition on jobs/demo\n",
    );
    check(
        "wait job/nosuch --for=condition=Complete",
        "",
        "Error from server (NotFound): jobs.batch \"nosuch\" not found\n",
    );
    check("wait job/demo --for=x", "", "error: unrecognized condition: \"x\"\n");
    check("wait job/demo --for=Condition=x", "", "error: unrecognized condition: \"Condition=x\"\n");
    check(
        "wait job/demo --for=jsonpath='{.spec.template.spec.containers[9].name}'=x",
        "",
        "error: array index out of bounds: index 9, length 1\n",
    );
    check(
        "wait job/demo --for=jsonpath={.a[?(@.b!=1)]}=2",
        "",
        "error: jsonpath wait format must be --for=jsonpath='{.status.readyReplicas}'=3 or \
         --for=jsonpath='{.status.readyReplicas}'\n",
    );
    check("wait job/demo", "", "error: unrecognized condition: []\n");
    check("wait job/nosuch --for=create --timeout=2s", "", "error: timed out waiting for the condition\n");
    check(
        "wait job/demo --for=jsonpath='{.spec}'=x",
        "",
        "error: jsonpath leads to a nested object or list which is not supported\n",
    );
    check(
        "wait job/demo --for=condition=Complete --timeout=5",
        "",
        "error: invalid argument \"5\" for \"--timeout\" flag: time: missing unit in duration \"5\"\n\
         See 'kubectl wait --help' for usage.\n",
    );
    check("top nodes", "", "error: Metrics API not available\n");
    check(
        "get --raw /apis/nosuch/v1",
        "",
        "Error from server (NotFound): the server could not find the requested resource\n",
    );
    check(
        "get --raw /apis/scheduling.k8s.io/v1",
        "{\"kind\":\"APIResourceList\",\"apiVersion\":\"v1\",\"groupVersion\":\"scheduling.k8s.io/v1\",\"resources\":[{\
         \"name\":\"priorityclasses\",\"singularName\":\"priorityclass\",\"namespaced\":false,\"kind\":\"PriorityClass\",\
         \"verbs\":[\"create\",\"delete\",\"deletecollection\",\"get\",\"list\",\"patch\",\"update\",\"watch\"],\
         \"shortNames\":[\"pc\"],\"storageVersionHash\":\"1QwjyaZjj3Y=\"}]}\n",
        "",
    );
}

#[test]
fn what_a_condition_says_of_an_older_generation_does_not_count() {
    let mut api = cluster();
    let line = "wait pod/demo-p0000 --for=condition=podscheduled --timeout=0";
    assert_eq!(run(&mut api, line).0, "pod/demo-p0000 condition met\n");
    run(&mut api, "delete pod demo-p0000 --wait=false");
    assert_eq!(run(&mut api, line).1, "error: condition not met for pods/demo-p0000\n");
}

#[test]
fn a_wait_that_runs_out_of_time_looks_at_nothing_more() {
    let (out, err, exit_code) =
        run(&mut cluster(), "wait nodes --all --for=jsonpath='{.metadata.name}'=node-2 --timeout=2s");
    let late = |node: &str| format!("timed out waiting for the condition on nodes/{node}\n");
    assert_eq!((out.as_str(), err, exit_code), ("", late("node-1") + &late("node-2"), 1));
}

/// Files that cannot be read to their end, or not at all. Rows: what is typed, what is printed and complained of.
#[test]
fn files_are_read_as_far_as_they_can_be() {
    let refused = |line: &str, out: &str, err: &str| {
        assert_eq!(run(&mut cluster(), line), (out.into(), err.into(), 1), "{line}");
    };
    let made = "job.batch/made created\n";
    refused(
        "create -f broken.yaml -f job.yaml",
        made,
        "error: error parsing broken.yaml: error converting YAML to JSON: yaml: line 1: did not find expected node content\n",
    );
    refused(
        "create -f a.yaml -f b.yaml",
        "",
        "the path \"a.yaml\" does not exist\nthe path \"b.yaml\" does not exist\n",
    );
    let advice = "if you choose to ignore these errors, turn validation off with --validate=false";
    let validating =
        |file: &str, why: &str| format!("error: error validating \"{file}\": error validating data: {why}; {advice}\n");
    refused("create -f stranger.yaml", "", &validating("stranger.yaml", "apiVersion not set"));
    refused("create -f list.yaml", "", &validating("list.yaml", "[apiVersion not set, kind not set]"));
    let no_kind = |name: &str, file: &str, kind: &str, version: &str| {
        format!(
            "resource mapping not found for name: \"{name}\" namespace: \"\" from \"{file}\": no matches for kind \"{kind}\" in \
             version \"{version}\"\nensure CRDs are installed first\n"
        )
    };
    let stranger = format!("error: {}", no_kind("", "stranger.yaml", "Job", ""));
    refused("create -f stranger.yaml --validate=false", made, &stranger);
    refused(
        "create -f list.yaml --validate=false",
        made,
        "unable to recognize no matches for kind \"Jobz\" in version \"batch/v1\"\nunable to get type info from the object \
         \"*unstructured.Unstructured\": Object 'Kind' is missing in 'object has no kind field '\n",
    );
    // Unknown things are told of last; but first where all is looked up before anything is done.
    let unknown = no_kind("z", "unknown.yaml", "Jobz", "batch/v1");
    let missing = |doing: &str| format!("Error from server (NotFound): {doing}jobs.batch \"Made\" not found\n");
    for (verb, doing) in [("replace", "replacing"), ("delete", "deleting")] {
        let missing = missing(&format!("error when {doing} \"unknown.yaml\": "));
        refused(&format!("{verb} -f unknown.yaml"), "", &format!("{missing}{unknown}"));
    }
    let broken =
        "error parsing broken.yaml: error converting YAML to JSON: yaml: line 1: did not find expected node content\n";
    refused("get -f broken.yaml", "", broken);
    refused("describe -f broken.yaml", "", broken);
    refused("get -f unknown.yaml", "", &format!("{unknown}{}", missing("")));
    let (_, told, _) = run(&mut cluster(), "apply -f unknown.yaml");
    assert!(told.starts_with(&format!("{unknown}Error from server (Invalid): ")), "{told}");
    refused(
        "apply -f nameless.yaml",
        "",
        "error: error when retrieving current configuration of:\nResource: \"batch/v1, Resource=jobs\", GroupVersionKind: \
         \"batch/v1, Kind=Job\"\nName: \"\", Namespace: \"default\"\nfrom server for: \"nameless.yaml\": resource name may not be \
         empty\n",
    );
    refused("apply -f nameless.yaml --server-side", "", "error: resource name may not be empty\n");
    let nameless = "error: error when deleting \"nameless.yaml\": resource name may not be empty\n";
    refused("replace -f nameless.yaml --force", "", nameless);
    refused("replace", "", "error: must specify one of -f and -k\n");
    refused("apply x", "", "error: Unexpected args: [x]\nSee 'kubectl apply -h' for help and examples\n");
}

#[test]
fn commands_that_write_say_what_they_did() {
    check("create -f job.yaml", "job.batch/made created\n", "");
    check("create -f job.yaml --dry-run=server", "job.batch/made created (server dry run)\n", "");
    check(
        "create -f two.yaml",
        "job.batch/made created\n",
        "Error from server (AlreadyExists): error when creating \"two.yaml\": jobs.batch \"made\" already exists\n",
    );
    check("apply -f job.yaml", "job.batch/made created\n", "");
    check("create -f copy.yaml", "job.batch/made created\n", "");
    check("create job one --image=x -- date", "job.batch/one created\n", "");
    check("create job now --from=cronjob/nightly -o name", "job.batch/now\n", "");
    check("delete job demo", "job.batch \"demo\" deleted from default namespace\n", "");
    check("delete jobs -l a=b", "No resources found\n", "");
    check("delete node node-2", "node \"node-2\" deleted\n", "");
    check(
        "cordon node-1 node/node-2 --dry-run=client",
        "node/node-1 cordoned (dry run)\nnode/node-2 cordoned (dry run)\n",
        "",
    );
    check("patch job demo -p '{\"spec\":{\"parallelism\":2}}' --dry-run=server", "job.batch/demo patched\n", "");
    check("patch job demo -p '{}' --dry-run=client", "job.batch/demo patched (no change)\n", "");
    check("taint nodes node-1 a=b:NoSchedule --dry-run=client", "node/node-1 tainted\n", "");
    check("label jobs -l nope=1 a=b", "", "");
    check("events -o json", "", "No events found in default namespace.\n");
    check(
        "patch job demo -p '{\"spec\":{\"completions\":-1}}' --dry-run=client -o jsonpath={.spec.completions}",
        "-1",
        "",
    );
    check("patch job demo --type=x -p '{}'", "", "error: --type must be one of [json merge strategic], not \"x\"\n");
    check("wait job/nosuch --for=delete", "", "");
    check("wait job/demo --for=jsonpath='{.spec.completions}'=2", "job.batch/demo condition met\n", "");
    check("wait cj/nightly --for=create", "cronjob.batch/nightly condition met\n", "");
    check("wait cj/nightly --for=create -o name", "cronjob.batch/nightly\n", "");
    check("label pod demo-p0000 --list", "app=demo\n", "");
    check("label pod demo-p0000 app=demo", "pod/demo-p0000 not labeled\n", "");
    check("label pod demo-p0000 app- tier=gold", "pod/demo-p0000 modified\n", "");
    check("label pod demo-p0000 app-", "pod/demo-p0000 unlabeled\n", "");
}

/// Go writes the fields in the order in which its types declare them.
#[test]
fn typed_objects_keep_the_order_of_their_types() {
    let (out, ..) = run(&mut cluster(), "create job now --from=cronjob/nightly -o json");
    let mut rest = out.as_str();
    let reference = ["apiVersion", "kind", "name", "uid", "controller"];
    let spec =
        ["spec", "parallelism", "completions", "backoffLimit", "template", "completionMode", "suspend", "status"];
    for key in ["kind", "apiVersion", "metadata", "name", "ownerReferences"].iter().chain(&reference).chain(&spec) {
        let quoted = format!("\"{key}\": ");
        let at = rest.find(&quoted).unwrap_or_else(|| panic!("{key} comes too early in {out}"));
        rest = &rest[at + quoted.len()..];
    }
}

/// Rows: what is typed, the first line it prints and the last one. One cluster hears them all.
#[test]
fn what_cannot_change_is_made_anew_by_force() {
    let mut api = cluster();
    let job = files().get("job.yaml").expect("a file").to_owned();
    let files = Files::new()
        .with("one.yaml", job.clone())
        .with("two.yaml", job.replace("spec:\n  template", "spec:\n  completions: 2\n  template"))
        .with("bad.yaml", job.replace("Never", "Always"));
    let immutable = "The Job \"made\" is invalid: spec.completions: Invalid value: 2: field is immutable";
    let configured = "job.batch/made configured";
    for (line, first, last) in [
        ("apply -f one.yaml", "job.batch/made created", "job.batch/made created"),
        ("apply -f two.yaml", immutable, immutable),
        ("apply -f two.yaml --force", configured, configured),
        ("get job made -o jsonpath={.spec.completions}", "2", "2"),
        ("apply -f two.yaml --force", "job.batch/made unchanged", "job.batch/made unchanged"),
        // The labels of the old one name its UID: nor can it come back.
        (
            "apply -f bad.yaml --force",
            "error: error when applying patch:",
            "Job.batch \"made\" is invalid: [spec.template.metadata.labels[controller-uid]: ",
        ),
        ("get jobs -o name", "job.batch/demo", "job.batch/demo"),
        ("apply -f one.yaml", "job.batch/made created", "job.batch/made created"),
        (
            "patch job made -p '{\"metadata\": {\"finalizers\": [\"a.b/c\"]}}'",
            "job.batch/made patched",
            "job.batch/made patched",
        ),
        // Without a timeout the old one is looked for once.
        (
            "apply -f two.yaml --force",
            "error: error when applying patch:",
            "for: \"two.yaml\": context deadline exceeded",
        ),
    ] {
        let (out, err, _) = run_with(&mut api, &files, line);
        let told = out + &err;
        assert_eq!(told.lines().next(), Some(first), "{line}");
        assert!(told.lines().last().is_some_and(|told| told.starts_with(last)), "{line}: {told}");
    }
}

/// Rows: what is typed, all that is printed, and how many seconds it takes. The second of the two Jobs has a finalizer from
/// the third row on.
#[test]
fn old_objects_are_waited_for() {
    let mut api = cluster();
    let job = files().get("job.yaml").expect("a file").to_owned();
    let two = format!("{job}---\n{}", job.replace("name: made", "name: held"));
    let files = Files::new().with("two.yaml", two).with("empty.yaml", "# nothing\n");
    let deleted =
        "job.batch \"made\" deleted from default namespace\njob.batch \"held\" deleted from default namespace\n";
    let replaced = "job.batch/made replaced\njob.batch/held replaced\n";
    let names = "job.batch/made\njob.batch/held\n";
    let late = "error: context deadline exceeded\n";
    for (line, told, seconds) in [
        ("replace -f two.yaml --force", replaced.to_owned(), 0),
        ("replace -f two.yaml --force --grace-period=5", format!("{deleted}{replaced}"), 0),
        ("patch job held -p '{\"metadata\": {\"finalizers\": [\"a.b/c\"]}}' -o name", "job.batch/held\n".into(), 0),
        ("replace -f two.yaml --force --timeout=2500ms", format!("{deleted}{late}"), 2),
        ("replace -f two.yaml --force -o name", format!("job.batch/held\n{late}"), 300),
        (
            "replace -f two.yaml --force --wait --timeout=3s -o name",
            "job.batch/held\nerror: timed out waiting for the condition on jobs/held\n".into(),
            3,
        ),
        ("patch job held -p '{\"metadata\": {\"finalizers\": null}}' -o name", "job.batch/held\n".into(), 0),
        ("replace -f two.yaml --force -o name", names.into(), 0),
        ("replace -f empty.yaml --force", "No resources found\nerror: no objects passed to replace\n".into(), 0),
    ] {
        let begun = api.now();
        let (out, err, _) = run_with(&mut api, &files, line);
        assert_eq!((out + &err, api.now().since(begun).as_secs()), (told, seconds), "{line}");
    }
}

/// Rows: what is typed, and the first line it prints.
#[test]
fn server_side_apply_leaves_others_their_fields() {
    let job = |spec: &str| {
        format!(
            "{{apiVersion: batch/v1, kind: Job, metadata: {{name: made}}, spec: {{{spec} template: {{spec: {{restartPolicy: \
             Never, containers: [{{name: c, image: i}}]}}}}}}}}"
        )
    };
    let files = files()
        .with("one.yaml", job("parallelism: 1,"))
        .with("two.yaml", job("parallelism: 2,"))
        .with("more.yaml", job("parallelism: 2, backoffLimit: 1,"))
        .with("wrong.yaml", job("").replace("image: i", "image: 1"))
        .with("word.yaml", job("parallelism: two,"))
        .with("half.yaml", job("parallelism: 1.5,"))
        .with("map.yaml", "{apiVersion: v1, kind: ConfigMap, metadata: {name: m}, foo: 1}".to_owned());
    let applied = "job.batch/made serverside-applied";
    let conflict =
        |whose: &str, path: &str| format!("error: Apply failed with 1 conflict: conflict with {whose}: {path}");
    let (parallelism, updater) = (".spec.parallelism", |by: &str| format!("\"kubectl-{by}\" using batch/v1"));
    let typed = "Error from server: failed to create typed patch object (default/made; batch/v1, Kind=Job): ";
    let mut api = cluster();
    for (line, expected) in [
        ("create -f one.yaml", "job.batch/made created".into()),
        ("apply --server-side -f two.yaml", conflict(&updater("create"), parallelism)),
        ("apply --server-side -f two.yaml --force-conflicts", applied.into()),
        ("apply --server-side -f one.yaml", applied.into()),
        ("patch job made -p '{\"spec\":{\"parallelism\":7}}'", "job.batch/made patched".into()),
        ("apply --server-side -f one.yaml", conflict(&updater("patch"), parallelism)),
        ("apply --server-side -f two.yaml --field-manager=x --force-conflicts", applied.into()),
        ("apply --server-side -f one.yaml", conflict("\"x\"", parallelism)),
        ("delete job made", "job.batch \"made\" deleted from default namespace".into()),
        ("apply -f one.yaml", "job.batch/made created".into()),
        ("apply --server-side -f two.yaml", conflict(&updater("client-side-apply"), parallelism)),
        (
            "apply --server-side -f more.yaml",
            "error: Apply failed with 2 conflicts: conflicts with \"kubectl-client-side-apply\" using batch/v1:".into(),
        ),
        ("apply --server-side -f one.yaml", applied.into()),
        ("apply view-last-applied job/made", "apiVersion: batch/v1".into()),
        ("apply --dry-run=client -f one.yaml", "job.batch/made unchanged (dry run)".into()),
        ("apply --server-side -f more.yaml", applied.into()),
        ("get job made -o jsonpath={.spec.backoffLimit}", "1".into()),
        ("apply --server-side -f two.yaml", applied.into()),
        ("get job made -o jsonpath={.spec.backoffLimit}", "6".into()),
        ("apply -f two.yaml", "job.batch/made unchanged".into()),
        (
            "apply --server-side -f wrong.yaml",
            format!(
                "{typed}.spec.template.spec.containers[name=\"c\"].image: expected string, got &value.valueUnstructured{{Value:1}}"
            ),
        ),
        (
            "apply --server-side -f word.yaml",
            format!("{typed}.spec.parallelism: expected numeric (int or float), got string"),
        ),
        (
            "apply --server-side -f half.yaml",
            "Error from server: failed to convert new object (default/made; batch/v1, Kind=Job) to proper version: unable \
             to convert unstructured object to batch/v1, Kind=Job: cannot convert float64 to int32"
                .into(),
        ),
        (
            "apply --server-side -f map.yaml",
            "Error from server: failed to create typed patch object (default/m; /v1, Kind=ConfigMap): .foo: field not \
             declared in schema"
                .into(),
        ),
    ] {
        let (out, err, _) = run_with(&mut api, &files, line);
        assert_eq!((out + &err).lines().next(), Some(&*expected), "{line}");
    }
}

#[test]
fn describe_shows_what_containers_are_given() {
    let mut api = cluster();
    let container = json!({
        "name": "c", "image": "i:1",
        "ports": [{"containerPort": 80, "name": "http"}],
        "securityContext": {"seccompProfile": {"type": "RuntimeDefault"}},
        "resources": {"limits": {"memory": "1Gi"}},
        "livenessProbe": {"grpc": {"port": 90}},
        "startupProbe": {"httpGet": {"port": 80, "path": "a b?c=(d)"}},
        "env": [
            {"name": "CPU", "valueFrom": {"resourceFieldRef": {"resource": "limits.cpu"}}},
            {"name": "MIB", "valueFrom": {"resourceFieldRef": {"resource": "limits.memory", "divisor": "1Mi"}}},
            {"name": "ME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
            {"name": "LABEL", "valueFrom": {"fieldRef": {"fieldPath": "metadata.labels['a']"}}},
        ],
        "volumeDevices": [{"name": "p", "devicePath": "/dev/p"}],
    });
    let claim = json!({
        "accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}, "storageClassName": "fast",
        "dataSource": {"kind": "PersistentVolumeClaim", "name": "old"},
    });
    let volumes = json!([
        {"name": "p", "persistentVolumeClaim": {"claimName": "p"}},
        {"name": "n", "nfs": {"server": "s", "path": "/p"}},
        {"name": "i", "image": {"reference": "r"}},
        {"name": "e", "ephemeral": {"volumeClaimTemplate": {"metadata": {"labels": {"x": "y", "z": "w"}}, "spec": claim}}},
    ]);
    let tolerations =
        json!([{"key": "z", "operator": "Exists"}, {"key": "a", "operator": "Exists", "effect": "NoSchedule"}]);
    let spec = json!({"containers": [container], "volumes": volumes, "tolerations": tolerations});
    let metadata = json!({"name": "rich", "namespace": "default", "labels": {"a": "1"}});
    create(&mut api, Kind::Pod, json!({"metadata": metadata, "spec": spec}));
    let (out, ..) = run(&mut api, "describe pod rich");
    for part in [
        "    Port:            80/TCP (http)\n    Host Port:       0/TCP (http)\n    SeccompProfile:  RuntimeDefault\n",
        "    Liveness:  grpc <pod>:90  delay=0s timeout=1s period=10s #success=1 #failure=3\n",
        "    Startup:   http-get http://:80/a%20b%3Fc=%28d%29 delay=0s timeout=1s period=10s #success=1 #failure=3\n",
        "      CPU:    node allocatable (limits.cpu)\n      MIB:    1024 (limits.memory)\n",
        "      ME:     rich (v1:metadata.name)\n      LABEL:   (v1:metadata.labels['a'])\n",
        "a:NoSchedule op=Exists\n                             node.kubernetes.io/not-ready:",
        "    Devices:\n      /dev/p from p\n",
        "    Type:      NFS (an NFS mount that lasts the lifetime of a pod)\n    Server:    s\n    Path:      /p\n    ReadOnly:  false\n",
        "    StorageClass:  fast\n    Volume:        \n    Labels:            x=y\n                       z=w\n\
         \x20   Annotations:       <none>\n    Capacity:      \n    Access Modes:  \n    VolumeMode:    Filesystem\n\
         \x20   DataSource:\n      Kind:  PersistentVolumeClaim\n      Name:  old\n",
        "    Type:        Image (a container image or OCI artifact)\n    Reference:   r\n    PullPolicy:  Always\n",
    ] {
        assert!(out.contains(part), "{part}\nis not in\n{out}");
    }
}

/// Rows: a pod's spec, and what its node, which tells nobody what it has, says of its processors and its memory.
#[test]
fn describe_sums_up_what_pods_ask_for() {
    let container = |name: &str, requests: Value, limits: Value| json!({"name": name, "image": "i", "resources": {"requests": requests, "limits": limits}});
    let main = container("c", json!({"cpu": "10m", "memory": "1Gi"}), json!({"cpu": "0.5", "memory": "2Gi"}));
    let mut sidecar = container("s", json!({}), json!({"cpu": "1", "memory": "128Mi"}));
    sidecar["restartPolicy"] = json!("Always");
    let init = container("i", json!({"cpu": "100m"}), json!({}));
    let whole = json!({"requests": {"cpu": "2"}, "limits": {"cpu": "2"}});
    for (spec, cells) in [
        (json!({"containers": [main]}), "10m (0%)  500m (0%)  1Gi (0%)  2Gi (0%)"),
        (json!({"containers": [main], "initContainers": [init]}), "100m (0%)  500m (0%)  1Gi (0%)  2Gi (0%)"),
        // What starts after a sidecar runs beside it.
        (
            json!({"containers": [main], "initContainers": [sidecar, init]}),
            "1100m (0%)  1500m (0%)  1152Mi (0%)  2176Mi (0%)",
        ),
        (json!({"containers": [main], "resources": whole}), "2 (0%)  2 (0%)  1Gi (0%)  2Gi (0%)"),
    ] {
        let mut api = cluster();
        let mut spec = spec.clone();
        spec["nodeName"] = json!("node-2");
        create(&mut api, Kind::Pod, json!({"metadata": {"name": "p", "namespace": "default"}, "spec": spec}));
        let (out, ..) = run(&mut api, "describe node node-2");
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>().join(" ");
        assert!(words(&out).contains(&words(cells)), "{cells}\nis not in\n{out}");
    }
}

#[test]
fn describe_tells_of_every_type() {
    let mut api = cluster();
    let metadata = |name: &str| json!({"name": name, "namespace": "default"});
    let ports = json!([{"port": 80, "targetPort": "http"}]);
    let spec = json!({"selector": {"app": "demo"}, "ports": ports});
    create(&mut api, Kind::Service, json!({"metadata": metadata("web"), "spec": spec}));
    let spec = json!({"type": "NodePort", "selector": {"app": "demo"}, "ports": [{"port": 80, "nodePort": 30080}]});
    create(&mut api, Kind::Service, json!({"metadata": metadata("door"), "spec": spec}));
    let spec = json!({"type": "ExternalName", "externalName": "example.com"});
    create(&mut api, Kind::Service, json!({"metadata": metadata("away"), "spec": spec}));
    create(&mut api, Kind::Secret, json!({"metadata": metadata("key"), "data": {"k": "dg==", "long": "YWJjZGVm"}}));
    let (data, binary) = (json!({"k": "v"}), json!({"b": "AAEC"}));
    create(&mut api, Kind::ConfigMap, json!({"metadata": metadata("map"), "data": data, "binaryData": binary}));
    create(&mut api, Kind::PriorityClass, json!({"metadata": {"name": "high"}, "value": 1000, "description": "first"}));
    let annotations = json!({"b": "two words", "a": "1"});
    create(
        &mut api,
        Kind::PriorityClass,
        json!({"metadata": {"name": "low", "annotations": annotations}, "value": -1}),
    );
    let event = json!({
        "metadata": metadata("e"), "involvedObject": {"apiVersion": "v1", "kind": "Pod", "name": "x", "namespace": "default"},
        "reason": "R",
    });
    create(&mut api, Kind::Event, event);
    let spec = json!({"maxUnavailable": 1, "selector": {}});
    create(&mut api, Kind::PodDisruptionBudget, json!({"metadata": metadata("all"), "spec": spec}));
    for (line, parts) in [
        (
            "describe svc web",
            &[
                "Selector:                 app=demo\nType:                     ClusterIP\n",
                "Port:                     <unset>  80/TCP\nTargetPort:               http/TCP\nEndpoints:                \n",
                "Session Affinity:         None\nInternal Traffic Policy:  Cluster\nEvents:                   <none>\n",
            ][..],
        ),
        ("describe svc door", &["TargetPort:               80/TCP\nNodePort:                 <unset>  30080/TCP\n"]),
        ("describe svc away", &["Type:              ExternalName\nIP Families:       <none>\nIP:                \n"]),
        ("describe cm map", &["\nData\n====\nk:\n----\nv\n\n\nBinaryData\n====\nb: 3 bytes\n\nEvents:  <none>\n"]),
        ("describe secret key", &["\nType:  Opaque\n\nData\n====\nk:     1 bytes\nlong:  6 bytes\n"]),
        (
            "describe pc high",
            &["Name:              high\nValue:             1000\nGlobalDefault:     false\n\
               PreemptionPolicy:  PreemptLowerPriority\nDescription:       first\nAnnotations:       <none>\n"],
        ),
        ("describe pc low", &["Annotations:       a=1,b=two words\n"]),
        ("describe pdb all", &["Selector:         <none>\n"]),
        ("describe event e", &["API Version:      v1\n", "Involved Object:\n  API Version:   v1\n", "Events:"]),
    ] {
        let (out, ..) = run(&mut api, line);
        parts.iter().for_each(|part| assert!(out.contains(part), "{line}: {part}\nis not in\n{out}"));
    }
}

#[test]
fn describe_aligns_run_by_run() {
    let (out, ..) = run(&mut cluster(), "describe job demo");
    let uid = "00000000-0000-4000-8000-000000000001";
    let expected = format!(
        "Name:             demo\n\
         Namespace:        default\n\
         Selector:         batch.kubernetes.io/controller-uid={uid}\n\
         Labels:           app=demo\n\
         {0:18}batch.kubernetes.io/controller-uid={uid}\n\
         {0:18}batch.kubernetes.io/job-name=demo\n\
         {0:18}controller-uid={uid}\n\
         {0:18}job-name=demo\n\
         Annotations:      <none>\n\
         Parallelism:      1\n\
         Completions:      2\n\
         Completion Mode:  NonIndexed\n\
         Suspend:          false\n\
         Backoff Limit:    6\n\
         Pods Statuses:    0 Active / 0 Succeeded / 0 Failed\n\
         Pod Template:\n\
         \x20 Labels:  app=demo\n\
         {0:11}batch.kubernetes.io/controller-uid={uid}\n\
         {0:11}batch.kubernetes.io/job-name=demo\n\
         {0:11}controller-uid={uid}\n\
         {0:11}job-name=demo\n\
         \x20 Containers:\n\
         \x20  main:\n\
         \x20   Image:      busybox:1.36\n\
         \x20   Port:       <none>\n\
         \x20   Host Port:  <none>\n\
         \x20   Command:\n\
         \x20     sh\n\
         \x20     -c\n\
         \x20   Args:\n\
         \x20     echo a\n\
         \x20     sleep 1\n\
         \x20   Environment:   <none>\n\
         \x20   Mounts:        <none>\n\
         \x20 Volumes:         <none>\n\
         \x20 Node-Selectors:  <none>\n\
         \x20 Tolerations:     <none>\n\
         Events:            <none>\n",
        ""
    );
    assert_eq!(out, expected);
}

#[test]
fn a_drain_cordons_evicts_and_looks_every_second() {
    let mut api = cluster();
    let mut drain = Invocation::start("drain node-1", &files(), recorded());
    let second = Duration::from_secs(1);
    let asked = api.now();
    assert_eq!(drain.poll(&mut api, &mut nobody()), Progress::Waiting { until: Some(asked + second) });
    let so_far = "node/node-1 cordoned\nevicting pod default/demo-p0000\n";
    assert_eq!(drain.text(Stream::Out), so_far);

    api.set_now(asked + second);
    assert_eq!(drain.poll(&mut api, &mut nobody()), Progress::Waiting { until: Some(asked + second * 2) });

    let key = ObjectKey::new(Kind::Pod, "default", "demo-p0000");
    let options = crate::apiserver::DeleteOptions { grace_period_seconds: Some(0), ..Default::default() };
    api.handle(Request::Delete { key, options }).expect("the kubelet deletes the pod");
    assert_eq!(
        drain.poll(&mut api, &mut nobody()),
        Progress::Waiting { until: Some(asked + second * 2) },
        "not before the next look"
    );

    api.set_now(asked + second * 2);
    assert_eq!(drain.poll(&mut api, &mut nobody()), Progress::Done { exit_code: 0 });
    assert_eq!(drain.text(Stream::Out), format!("{so_far}pod/demo-p0000 evicted\nnode/node-1 drained\n"));
    let verbs: Vec<&str> = drain.writes().iter().map(|write| write.verb).collect();
    assert_eq!(verbs, ["patch", "evict"]);
}

#[test]
fn what_kubectl_has_no_verb_for_is_posted_as_it_is() {
    let path = "/api/v1/namespaces/default/pods/demo-p0000/eviction";
    let line = format!("create --raw {path} -f evict.json");
    let done = "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{},\"status\":\"Success\",\"code\":201}\n";
    check(&line, done, "");
    let missing = "Error from server (NotFound): pods \"nosuch\" not found\n";
    check("create --raw /api/v1/namespaces/default/pods/nosuch/eviction -f evict-nosuch.json", "", missing);
    let other = "Error from server (BadRequest): name in URL does not match name in Eviction object\n";
    check("create --raw /api/v1/namespaces/default/pods/other/eviction -f evict.json", "", other);
    let unknown = "Error from server (NotFound): the server could not find the requested resource\n";
    check("create --raw /nowhere -f evict.json", "", unknown);
    let usage = "error: must specify one of -f and -k\n";
    check(&format!("create --raw {path}"), "", usage);
    check(&format!("create --raw {path} -f none.json"), "", "error: open none.json: no such file or directory\n");

    let mut api = cluster();
    let spec = json!({"minAvailable": 1, "selector": {"matchLabels": {"app": "demo"}}});
    create(
        &mut api,
        Kind::PodDisruptionBudget,
        json!({"metadata": {"name": "b", "namespace": "default"}, "spec": spec}),
    );
    let key = ObjectKey::new(Kind::Pod, "default", "demo-p0000");
    let mut pod = (*api.live().get(&key).and_then(Object::into_pod).expect("the pod")).clone();
    let status = crate::api::PodStatus { phase: crate::api::PodPhase::Running, ..Default::default() };
    pod.status = std::rc::Rc::new(status);
    api.handle(Request::UpdateStatus(pod.into())).expect("the pod runs");
    let refused =
        "Error from server (TooManyRequests): Cannot evict pod as it would violate the pod's disruption budget.\n";
    assert_eq!(run(&mut api, &line), (String::new(), refused.into(), 1));
}

#[test]
fn a_drain_leaves_bare_pods_alone() {
    let mut api = cluster();
    let spec = json!({"containers": [{"name": "c", "image": "x"}], "nodeName": "node-2"});
    create(&mut api, Kind::Pod, json!({"metadata": {"name": "bare", "namespace": "default"}, "spec": spec}));
    let (out, err, exit_code) = run(&mut api, "drain node-2 --grace-period=0");
    let why = "cannot delete Pods that declare no controller (use --force to override): default/bare";
    let told = format!("error: unable to drain node \"node-2\" due to error: {why}, continuing command...\n");
    assert_eq!(out, "node/node-2 cordoned\n");
    assert_eq!(err, format!("{told}There are pending nodes to be drained:\n node-2\n{why}\n"));
    assert_eq!(exit_code, 1);
}

#[test]
fn a_drain_that_runs_out_of_time_tells_who_is_left() {
    let told = |command: &str, why: &str| {
        let mut api = cluster();
        let spec = json!({"maxUnavailable": 0, "selector": {"matchLabels": {"app": "guarded"}}});
        let metadata = json!({"name": "b", "namespace": "default"});
        create(&mut api, Kind::PodDisruptionBudget, json!({"metadata": metadata, "spec": spec}));
        let spec = json!({"containers": [{"name": "c", "image": "x"}], "nodeName": "node-2"});
        let metadata = json!({"name": "bare", "namespace": "default", "labels": {"app": "guarded"}});
        create(&mut api, Kind::Pod, json!({"metadata": metadata, "spec": spec}));
        let key = ObjectKey::new(Kind::Pod, "default", "bare");
        let mut pod = (*api.live().get(&key).and_then(Object::into_pod).expect("the pod")).clone();
        let status = crate::api::PodStatus { phase: crate::api::PodPhase::Running, ..Default::default() };
        pod.status = std::rc::Rc::new(status);
        api.handle(Request::UpdateStatus(pod.into())).expect("the pod runs");
        let asked = api.now();
        let (_, err, exit_code) = run(&mut api, command);
        let told = format!(
            "There are pending pods in node \"node-2\" when an error occurred: {why}\npod/bare\n\
             error: unable to drain node \"node-2\" due to error: {why}, continuing command...\n\
             There are pending nodes to be drained:\n node-2\n{}{why}\n",
            if command.contains("--disable-eviction") { "error: " } else { "" }
        );
        assert!(err.ends_with(&told), "{command}: {err}");
        assert_eq!(exit_code, 1);
        api.now().since(asked).as_secs()
    };
    // It looks at the clock when it tries again.
    let late = "error when evicting pods/\"bare\" -n \"default\": global timeout reached: 1m2s";
    assert_eq!(told("drain node-2 --force --timeout=62s", late), 65);
    assert_eq!(told("drain node-2 --force --timeout=3s --disable-eviction", "context deadline exceeded"), 3);
}

#[test]
fn explain_says_of_which_type_a_field_is_missing() {
    let header = "GROUP:      batch\nKIND:       Job\nVERSION:    v1\n\n";
    check("explain jobs.batch.nosuch", header, "error: field \"nosuch\" does not exist\n");
    check("explain job.spec[0]", "", "error: invalid jsonpath syntax, first node must be field node\n");
    check("explain job..spec", "", "error: invalid jsonpath syntax, first node must be field node\n");
    for line in ["explain jobs.batch.spec.suspend", "explain jobs.v1.batch.spec.suspend", "explain job.spec.suspend"] {
        let (out, ..) = run(&mut cluster(), line);
        assert!(out.starts_with(&format!("{header}FIELD: suspend <boolean>\n")), "{line}: {out}");
    }
}

#[test]
fn a_drain_gives_up_whoever_is_long_overdue() {
    let mut api = cluster();
    let asked = api.now();
    let (out, err, exit_code) = run(&mut api, "drain node-1 --force --skip-wait-for-delete-timeout=2");
    let told = "node/node-1 cordoned\nevicting pod default/demo-p0000\n\
                pod \"demo-p0000\" has DeletionTimestamp older than 2 seconds, skipping\nnode/node-1 drained\n";
    assert_eq!((out.as_str(), err.as_str(), exit_code), (told, "", 0));
    // After the 30 s that it was given, and more than two whole ones.
    assert_eq!(api.now().since(asked).as_secs(), 33);
}

#[test]
fn writes_wait_for_their_instants() {
    let mut api = cluster();
    let at = api.now() + Duration::from_millis(300);
    let config = Config { write_at: vec![at], ..recorded() };
    let mut create = Invocation::start("create job one --image=x", &files(), config);
    assert_eq!(create.poll(&mut api, &mut nobody()), Progress::Waiting { until: Some(at) });
    assert_eq!(create.output(), []);
    api.set_now(at);
    assert_eq!(create.poll(&mut api, &mut nobody()), Progress::Done { exit_code: 0 });
    assert_eq!(create.writes()[0].at, at);
}

/// What a watch prints of what there is, and what it remarks. Rows: the line, the output's beginning, the remarks.
#[test]
fn a_watch_begins_with_what_there_is() {
    let check = |line: &str, out: &str, err: &str| {
        let mut watch = Invocation::start(line, &files(), recorded());
        watch.poll(&mut cluster(), &mut nobody());
        let (printed, remarked) = (watch.text(Stream::Out), watch.text(Stream::Err));
        assert!(printed.starts_with(out) && remarked == err, "{line}: {printed}{remarked}");
    };
    let ignored = "warning: --watch requested, --sort-by will be ignored for watch events received\n";
    let taints = "--sort-by=.spec.taints[0].key --no-headers";
    check(&format!("get nodes -w {taints}"), "node-1 ", ignored);
    check("get nodes -w --sort-by=.spec.podCIDR -o name", "node/node-1\nnode/node-2\n", ignored);
    check("get nodes --watch-only --sort-by=.x", "", "warning: --watch-only requested, --sort-by will be ignored\n");
    let nothing = "couldn't find any field with path \"{.nope}\" in the list of objects";
    let why = format!("{ignored}error: unable to output the provided object: {nothing}\n");
    check("get nodes -w --sort-by=.nope", "", &why);
    check(
        "get job demo -w --output-watch-events -o json",
        "{\"type\":\"ADDED\",\"object\":{\"apiVersion\":\"batch/v1\",",
        "",
    );
    let mut api = cluster();
    run(&mut api, "create -f event.yaml");
    let mut watch = Invocation::start("events -w -o name", &files(), recorded());
    watch.poll(&mut api, &mut nobody());
    assert_eq!(watch.text(Stream::Out), "event/said\n");
}

#[test]
fn a_watch_prints_every_change() {
    let mut api = cluster();
    let mut watch = Invocation::start("get cj -w --output-watch-events", &files(), recorded());
    assert_eq!(watch.poll(&mut api, &mut nobody()), Progress::Waiting { until: None });
    run(&mut api, "annotate cj nightly a=b");
    watch.poll(&mut api, &mut nobody());
    run(&mut api, "delete cj nightly");
    watch.poll(&mut api, &mut nobody());
    let events: Vec<&str> = watch
        .output()
        .iter()
        .flat_map(|output| output.text.lines())
        .filter_map(|line| line.split(' ').next())
        .collect();
    assert_eq!((events.first(), events.last()), (Some(&"EVENT"), Some(&"DELETED")), "{events:?}");
    // There is room for every word from the beginning.
    assert!(watch.output()[0].text.starts_with("EVENT      NAME "), "{:?}", watch.output()[0]);
    watch.interrupt();
    assert_eq!(watch.poll(&mut api, &mut nobody()), Progress::Done { exit_code: 1 });
}

#[test]
fn to_a_watch_who_is_not_chosen_any_more_is_gone() {
    let mut api = cluster();
    let mut watch = Invocation::start("get cj -w -l team=a --output-watch-events --no-headers", &files(), recorded());
    for line in ["label cj nightly team=a", "annotate cj nightly a=b", "label cj nightly team-", "delete cj nightly"] {
        watch.poll(&mut api, &mut nobody());
        run(&mut api, line);
    }
    watch.poll(&mut api, &mut nobody());
    let events = watch.output().iter().flat_map(|output| output.text.split(' ').next().map(str::to_owned));
    assert_eq!(events.collect::<Vec<_>>(), ["ADDED", "MODIFIED", "DELETED"]);
}

#[test]
fn what_is_still_being_deleted_is_in_the_way() {
    let mut api = cluster();
    run(&mut api, "patch job demo -p '{\"metadata\":{\"finalizers\":[\"example.com/kept\"]}}'");
    run(&mut api, "delete job demo --wait=false");
    let (_, why, code) = run(&mut api, "create job demo --image=worker");
    let expected = "error: failed to create job: object is being deleted: jobs.batch \"demo\" already exists\n";
    assert_eq!((why.as_str(), code), (expected, 1));
}

#[test]
fn a_pod_without_a_node_has_an_empty_log() {
    let mut api = cluster();
    let pod = json!({"metadata": {"name": "p", "namespace": "default"}, "spec": {"containers": [{"name": "c", "image": "i"}]}});
    create(&mut api, Kind::Pod, pod);
    for line in ["logs p", "logs p -f", "logs p --previous"] {
        assert_eq!(run(&mut api, line), (String::new(), String::new(), 0), "{line}");
    }
}

#[test]
fn the_past_can_be_read_and_not_written() {
    let mut api = cluster();
    let before = api.storage().revision();
    run(&mut api, "delete job demo");
    let read =
        |line: &str, revision: u64| read_at(line, api.storage().at(revision), &nobody(), START, &files(), &recorded());
    assert_eq!(read("get jobs -o name", before).0, "job.batch/demo\n");
    assert_eq!(read("get jobs -o name", api.storage().revision()).0, "");
    assert_eq!(read("delete job demo", before).2, 1);
    for (line, expected) in [
        ("get pods", true),
        ("get pods -w", true),
        ("describe job x", true),
        ("wait job/x --for=delete", true),
        ("config current-context", true),
        ("get --nosuch", true),
        ("delete job x", false),
        ("create -f some.yaml", false),
        ("drain node-1", false),
    ] {
        assert_eq!(is_read(line), expected, "{line}");
    }
}

#[test]
fn no_line_makes_kubectl_panic() {
    let words = [
        "get",
        "pods",
        "-o",
        "jsonpath={",
        "--for",
        "-l",
        "a in (",
        "'",
        "--",
        "describe",
        "-",
        "=",
        "/",
        "x-",
        "{}",
        "💥",
        "-n",
        "\\",
    ];
    let mut api = cluster();
    for a in words {
        for b in words {
            for c in words {
                let line = format!("{a} {b} {c}");
                Invocation::start(&line, &files(), recorded()).poll(&mut api, &mut nobody());
                (ALL.complete)(&line, line.len() - 1, api.live(), "default");
            }
        }
    }
}

#[test]
fn every_command_has_help_and_no_two_flags_share_a_letter() {
    fn look(command: &'static call::Command, path: &str) {
        assert!(command.about.ends_with('.'), "{path}");
        let mut flags: Vec<&str> = command.all_flags().map(|flag| flag.name).collect();
        let mut letters: Vec<char> = command.all_flags().filter_map(|flag| flag.short).collect();
        let counts = (flags.len(), letters.len());
        flags.sort_unstable();
        letters.sort_unstable();
        flags.dedup();
        letters.dedup();
        assert_eq!((flags.len(), letters.len()), counts, "{path}");
        let config = Config::default();
        let shown = Invocation::start(&format!("{path} -h"), &Files::new(), config).poll(&mut cluster(), &mut nobody());
        assert_eq!(shown, Progress::Done { exit_code: 0 }, "{path}");
        command.subcommands.iter().for_each(|below| look(below, &format!("{path} {}", below.name)));
    }
    look(&commands::ROOT, "kubectl");
}

#[test]
fn what_was_warned_of_is_not_said_again() {
    let told = "Warning: metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; a \
                DNS label is recommended: [must not contain dots]\n";
    check(
        "kubectl create -f dots.yaml",
        "job.batch/ma.de created\n",
        &format!(
            "{told}Error from server (AlreadyExists): error when creating \"dots.yaml\": jobs.batch \"ma.de\" already exists\n"
        ),
    );
}
