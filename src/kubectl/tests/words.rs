//! What kubectl says, verb by verb: a line, what it prints and what it complains about. Each row is in the words of
//! kubectl's sources.

use super::{check, cluster, create, nobody, recorded, run, run_with};
use crate::api::Kind;
use crate::kubectl::{Files, Invocation, Progress, Stream};
use serde_json::json;

/// Rows of lines that are refused: the line, and why.
fn refused(rows: &[(&str, &str)]) {
    for (line, why) in rows {
        check(line, "", &format!("error: {why}\n"));
    }
}

#[test]
fn objects_are_meant_by_type_and_name() {
    let selected = "selectors and the all flag cannot be used when passing resource/name arguments";
    refused(&[
        ("get job/demo -l a=b", selected),
        ("delete job/demo --all", selected),
        ("get job/demo/x", "arguments in resource/name form may not have more than one slash"),
        ("get jobs,pods/x", "arguments in resource/name form must have a single resource and name"),
        ("get jobs,pods a/b", "arguments in resource/name form may not have more than one slash"),
        ("get all/x", "the server doesn't have a resource type \"all\""),
        ("get all x", "you must specify only one resource"),
        ("get CJ", "the server doesn't have a resource type \"CJ\""),
        ("get jobs.v2.batch", "the server doesn't have a resource type \"jobs\""),
        ("get job demo -A", "a resource cannot be retrieved by name across all namespaces"),
        (
            "get job demo -f job.yaml",
            "when paths, URLs, or stdin is provided as input, you may not specify resource arguments as well",
        ),
        ("get job/demo -f job.yaml", "resource/name arguments cannot be provided when a path is specified"),
        ("describe job,cj demo", "you may only specify a single resource type"),
    ]);
    check("get nodes node-1 -A -o name", "node/node-1\n", "");
    check("get cj.batch -o name", "cronjob.batch/nightly\n", "");
    check("get job,job demo -o name", "job.batch/demo\n", "");
    check(
        "get jobs -l 'a in b'",
        "",
        "Error from server (BadRequest): Unable to find \"batch/v1, Resource=jobs\" that match label selector \"a in b\", \
         field selector \"\": unable to parse requirement: found 'b' expected: '('\n",
    );
    for (fields, why) in [
        ("metadata.name=a=b", "invalid field selector: unescaped character in value: 61"),
        (r"metadata.name=a\b", r"invalid field selector: invalid escape sequence: \b"),
        ("metadata.name", "invalid selector: 'metadata.name'; can't understand 'metadata.name'"),
    ] {
        check(
            &format!("get jobs --field-selector '{fields}'"),
            "",
            &format!(
                "Error from server (BadRequest): Unable to find \"batch/v1, Resource=jobs\" that match label selector \
                 \"\", field selector \"{}\": {why}\n",
                fields.replace('\\', r"\\")
            ),
        );
    }
    check(r"get jobs --field-selector 'metadata.name!=a\=b\,c,metadata.name=demo' -o name", "job.batch/demo\n", "");
    for (kind, version, why) in [
        ("jobs", "batch/v1", "field label \"a\" not supported for Job"),
        ("cronjobs", "batch/v1", "\"a\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\""),
        ("services", "/v1", "field label not supported: a"),
    ] {
        check(
            &format!("get {kind} --field-selector a=b"),
            "",
            &format!(
                "Error from server (BadRequest): Unable to find \"{version}, Resource={kind}\" that match label selector \
                 \"\", field selector \"a=b\": {why}\n"
            ),
        );
    }
}

#[test]
fn get_refuses_what_does_not_go_together() {
    let mixed = "--raw may not be specified with other flags that filter the server request or alter the output";
    refused(&[
        ("get --raw /apis/batch -l a=b", mixed),
        ("get --raw /apis/batch -w", mixed),
        ("get --raw /apis/batch -o json", "--raw and --output are mutually exclusive"),
        ("get --raw apis", "--raw must be a valid URL path: parse \"apis\": invalid URI for request"),
        (
            "get jobs --output-watch-events",
            "--output-watch-events option can only be used with --watch or --watch-only",
        ),
    ]);
    check(
        "get node node-1 node-2 -w -o name",
        "node/node-1\nnode/node-2\n",
        "error: you may only watch a single resource or type of resource at a time\n",
    );
    check("get job x -o yaml --ignore-not-found", "", "");
    check("get jobs -l a=b -o json --ignore-not-found", "", "");
    check("get job demo -o jsonpath={.spec.completions} --allow-missing-template-keys=false", "2", "");
    let jobs = "job.batch/demo   Running   0/2         5s\n";
    let cron_jobs = "cronjob.batch/nightly   0 2 * * *   <none>   False   0     <none>   5s\n";
    check("get jobs,cj --no-headers", &format!("{jobs}{cron_jobs}"), "");
    check(
        "get jobs,nodes --sort-by=.metadata.name --no-headers -o name",
        "job.batch/demo\nnode/node-1\nnode/node-2\n",
        "",
    );
}

#[test]
fn labels_and_annotations_are_told_as_they_change() {
    let single = "--resource-version may only be used with a single resource";
    refused(&[
        ("label job demo --list -o yaml", "--list and --output may not be specified together"),
        ("label jobs --all -l a=b c=d", "cannot set --all and --selector at the same time"),
        ("annotate jobs --all --field-selector a=b c=d", "cannot set --all and --field-selector at the same time"),
        ("label jobs --all a=b --resource-version=1", single),
    ]);
    check("label pod demo-p0000 app- --overwrite", "pod/demo-p0000 unlabeled\n", "");
    let bad = |why: &str| format!("Error from server (BadRequest): {why}\n");
    for (patch, why) in [
        ("{\"spec\":{\"parallelism\":3,}}", "invalid character '}' looking for beginning of object key string"),
        ("{spec: {parallelism: 3}}", "invalid character 's' looking for beginning of object key string"),
        ("{\"spec\":{\"parallelism\": two}}", "invalid character 'w' in literal true (expecting 'r')"),
        ("{\"spec\":{\"parallelism\": 3}} x", "invalid character 'x' after top-level value"),
    ] {
        check(&format!("patch job demo -p '{patch}'"), "", &bad(why));
        check(&format!("patch job demo --type=MERGE -p '{patch}'"), "", &bad(&format!("error decoding patch: {why}")));
    }
    // A strategic merge patch is converted as Go converts numbers.
    check(
        "patch job demo -p '{\"spec\":{\"parallelism\":3000000000}}'",
        "",
        "The Job \"demo\" is invalid: spec.parallelism: Invalid value: -1294967296: must be greater than or equal to 0\n",
    );
    check(
        "replace job/demo --force --dry-run=client -f x.yaml",
        "",
        "error: --dry-run can not be used when --force is set\n",
    );
    check("label job demo a=b --dry-run=client", "job.batch/demo labeled (dry run)\n", "");
    check("label job demo a=b --dry-run=server", "job.batch/demo labeled (server dry run)\n", "");
    check("label job demo nosuch- --dry-run=client", "job.batch/demo not labeled (dry run)\n", "");
    check("label job demo a=b --dry-run=client -o jsonpath={.metadata.labels.a}", "b", "");
    check("annotate job demo a=b --dry-run=client", "job.batch/demo annotated (dry run)\n", "");
    check("annotate job demo a=b --dry-run=client -o jsonpath={.metadata.annotations.a}", "b", "");
    check(
        "label job demo a=b --resource-version=77",
        "",
        "Error from server (Conflict): Operation cannot be fulfilled on jobs.batch \"demo\": the object has been modified; \
         please apply your changes to the latest version and try again\n",
    );
}

#[test]
fn scales_are_told() {
    let missing = |name: &str| format!("jobs.batch \"{name}\" not found");
    let (x, y) = (missing("x"), missing("y"));
    check(
        "scale job/demo job/x --replicas=1 --dry-run=client",
        "job.batch/demo scaled (dry run)\n",
        &format!("Error from server (NotFound): {x}\n"),
    );
    let not_found = |why: &str| format!("Error from server (NotFound): {why}\n");
    check("scale job/x --replicas=1", "", &not_found(&x));
    check("scale job/x job/y --replicas=1", "", &[not_found(&x), not_found(&y)].concat());
    refused(&[
        ("scale jobs -l a=none --replicas=1", "no objects passed to scale"),
        (
            "scale jobs --all --replicas=1 --current-replicas=-2",
            "The --current-replicas must specify an integer of -1 or greater",
        ),
        (
            "autoscale pod demo-p0000 --max=2",
            "cannot autoscale a Pod: could not find scale subresource for /v1, Resource=pods in discovery information",
        ),
        (
            "autoscale job demo --max=2 --cpu=50% --memory=1Gi",
            "cannot autoscale a Job: could not find scale subresource for \
            batch/v1, Resource=jobs in discovery information",
        ),
        ("autoscale job demo --max=0", "--max=MAXPODS is required and must be at least 1, max: 0"),
        (
            "autoscale job demo --max=3 --min=5",
            "--max=MAXPODS must be larger or equal to --min=MINPODS, max: 3, min: 5",
        ),
    ]);
    check("scale job/demo --replicas=1 --dry-run=client", "job.batch/demo scaled (dry run)\n", "");
    check(
        "scale job/demo job/x --replicas=1",
        "",
        "Error from server (NotFound): the server could not find the requested resource\n",
    );
}

#[test]
fn flags_are_read_as_what_they_must_be() {
    let refused = |line: &str, command: &str, why: &str| {
        let see = format!("See 'kubectl {command} --help' for usage.");
        check(line, "", &format!("error: invalid argument {why}\n{see}\n"));
    };
    let (integer, missing) = ("strconv.ParseInt: parsing", "time: missing unit in duration");
    refused(
        "delete pod x --grace-period=a",
        "delete",
        &format!("\"a\" for \"--grace-period\" flag: {integer} \"a\": invalid syntax"),
    );
    refused(
        "rollout status job --timeout=5",
        "rollout status",
        &format!("\"5\" for \"--timeout\" flag: {missing} \"5\""),
    );
    refused("logs x --since=", "logs", "\"\" for \"--since\" flag: time: invalid duration \"\"");
    refused("get pods -v=", "get", &format!("\"=\" for \"-v, --v\" flag: {integer} \"=\": invalid syntax"));
    let day = "W0101 00:00:05.000000       1";
    let instead = "can be replaced with --dry-run=client.";
    check(
        "create job x --image=busybox --dry-run",
        "job.batch/x created (dry run)\n",
        &format!("{day} helpers.go:719] --dry-run is deprecated and {instead}\n"),
    );
    check(
        "delete job demo --dry-run=true",
        "job.batch \"demo\" deleted from default namespace (dry run)\n",
        &format!("{day} helpers.go:733] --dry-run=true is deprecated (boolean value) and {instead}\n"),
    );
    check(
        "autoscale job demo --max=2 --cpu-percent=5 --cpu=5%",
        "",
        "Flag --cpu-percent has been deprecated, Use --cpu with percentage or resource quantity format (e.g., '70%' for \
         utilization or '500m' for milliCPU).\nerror: --cpu-percent and --cpu are mutually exclusive\n",
    );
}

#[test]
fn a_file_is_changed_without_a_cluster() {
    let see = "Example resource specifications include:\n   '-f rsrc.yaml'\n   '--filename=rsrc.json'";
    refused(&[
        (
            "label job demo a=b --local",
            "can only use local files by -f pod.yaml or --filename=pod.json when --local=true is set",
        ),
        ("patch job demo -p {} --local", "cannot specify --local and server resources"),
        (
            "set image job/demo a=b --local",
            &format!("you must specify resources by --filename when --local is set.\n{see}"),
        ),
    ]);
    check("label -f two.yaml a=b --local", &"job.batch/made labeled\n".repeat(2), "");
    check("label -f job.yaml a=b --local --dry-run=client", "job.batch/made labeled (dry run)\n", "");
    check("label -f job.yaml a- --local", "job.batch/made not labeled\n", "");
    check("label -f job.yaml a- --local -o jsonpath={.metadata}", "{\"labels\":{},\"name\":\"made\"}", "");
    // Nor does a dry run ask for what stands in a file.
    check("patch -f job.yaml -p '{\"spec\": {\"completions\": 7}}' --dry-run=client", "job.batch/made patched\n", "");
    check("scale -f job.yaml --replicas=2 --dry-run=client", "job.batch/made scaled (dry run)\n", "");
    check("expose -f job.yaml --port=80", "", "error: cannot expose a Job.batch\n");
    check(
        "annotate -f job.yaml a=b --local -o jsonpath={.metadata}",
        "{\"annotations\":{\"a\":\"b\"},\"name\":\"made\"}",
        "",
    );
    let completions = "{\"spec\":{\"completions\":7}}";
    check(&format!("patch -f job.yaml --local -p '{completions}' -o jsonpath={{.spec.completions}}"), "7", "");
    check("set image -f job.yaml c=x --local -o jsonpath={..image}", "x", "");
    check("get job made", "", "Error from server (NotFound): jobs.batch \"made\" not found\n");
}

#[test]
fn one_thing_is_set_about_objects() {
    let no_pod = "the object is not a pod or does not have a pod template: *v1.Node";
    let quantity = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
    refused(&[
        ("set image cj/nightly", "at least one image update is required"),
        ("set image cj/nightly x=y", "unable to find container named \"x\""),
        (
            "set image cj/nightly *=a main=b",
            "all containers are already specified by *, but saw more than one container_name=container_image pairs",
        ),
        ("set image node/node-1 a=b", &format!("nodes/node-1 {no_pod}")),
        (
            "set resources cj/nightly",
            "you must specify an update to requests or limits (in the form of --requests/--limits)",
        ),
        ("set resources cj/nightly --limits=cpu=x", quantity),
        ("set resources cj/nightly -c x* --limits=cpu=1", "unable to find container named x*"),
        ("set env A=b", "one or more resources must be specified as <resource> <name> or <resource>/<name>"),
        ("set env cj/nightly A=b x", "all resources must be specified before environment changes: cj/nightly A=b x"),
        (
            "set env cj/nightly A=b A-",
            "can not both modify and remove the same environment variable in the same command",
        ),
        ("set env cj/nightly --keys=a", "when specifying --keys, a configmap or secret must be provided with --from"),
        ("set env cj/nightly --from=job/demo", "unsupported resource specified in --from"),
        ("set env cj/nightly --list -o name", "--list and --output may not be specified together"),
        ("set serviceaccount", "serviceaccount is required"),
        ("set selector", "one selector is required"),
        ("set selector job/demo a=b", "setting a selector is only supported for Services"),
        ("set selector svc/x a!=b", "\"!=\" is not a valid label selector operator"),
    ]);
    refused(&[
        ("set image", &crate::kubectl::selection::nothing_meant().message()),
        ("set image cj", "resource(s) were provided, but no name was specified"),
    ]);
    check("set image cj/nightly main=a", "cronjob.batch/nightly image updated\n", "");
    check("set image cj/nightly main=busybox:1.36", "", "");
    check("set resources cj/nightly --limits=cpu=1", "cronjob.batch/nightly resource requirements updated\n", "");
    check("set env cj/nightly A=b", "cronjob.batch/nightly env updated\n", "");
    check("set env cj/nightly A=b --list", "# CronJob nightly, container main\nA=b\n", "");
    check("set env cj/nightly", "", "");
    check("set env node/node-1 --list", "", "");
    let (printed, ..) = run(&mut cluster(), "set env cj/nightly A=b --dry-run=client -o json");
    assert!(printed.starts_with("{\n    \"kind\": \"CronJob\",\n    \"apiVersion\""), "{printed}");
    check("taint node node-1 a=b:NoSchedule --dry-run=client -o jsonpath={.spec.taints[*].key}", "a", "");
    let (printed, ..) = run(&mut cluster(), "label nodes --all a=b --dry-run=client -o yaml");
    assert!(!printed.contains("---") && printed.matches("kind: Node").count() == 2, "{printed}");
    let (printed, ..) = run(&mut cluster(), "annotate nodes --all a=b --dry-run=client -o yaml");
    assert_eq!(printed.matches("---\n").count(), 1, "{printed}");
    check("create job x --image=y --dry-run=client -o kyaml", KYAML, "");
    let mut api = cluster();
    run(&mut api, "create service clusterip s --tcp=80");
    let (_, why, _) = run(&mut api, "set selector svc/s 'a,b in (c,d)'");
    assert_eq!(why, "error: match expression [{a Exists []} {b In [c d]}] not supported on this object\n");
    run(&mut api, "create cm words --from-literal=one=1");
    let (out, why, _) = run(&mut api, "set env cj/nightly --from=cm/words");
    assert_eq!(
        (out.as_str(), why.as_str()),
        ("cronjob.batch/nightly env updated\n", "Warning: key one transferred to ONE\n")
    );
    check("set sa cj/nightly robot", "cronjob.batch/nightly serviceaccount updated\n", "");
}

const KYAML: &str = "---\n{\n  kind: \"Job\",\n  apiVersion: \"batch/v1\",\n  metadata: {\n    name: \"x\",\n  },\n  spec: {\n    \
                     template: {\n      metadata: {},\n      spec: {\n        containers: [{\n          name: \"x\",\n          \
                     image: \"y\",\n          resources: {},\n        }],\n        restartPolicy: \"Never\",\n      },\n    \
                     },\n  },\n  status: {},\n}\n";

#[test]
fn a_group_of_commands_alone_is_a_mistake() {
    let check = |line: &str, prints: bool| {
        let (out, err, exit_code) = run(&mut cluster(), line);
        assert_eq!((!out.is_empty(), !err.is_empty(), exit_code), (prints, !prints, 1), "{line}");
    };
    check("rollout", true);
    ["set", "config", "auth", "top", "create"].into_iter().for_each(|line| check(line, false));
}

/// What is printed of a text that Go's JSON, YAML or a terminal would take amiss. Rows: how, and what is printed of it.
#[test]
fn delicate_characters_are_written_otherwise() {
    let mut api = cluster();
    let data = json!({"k": "a && b > c\u{2028}", "m": "\u{1b}[31m\r", "y": "\u{1f600}"});
    create(&mut api, Kind::ConfigMap, json!({"metadata": {"name": "x", "namespace": "default"}, "data": data}));
    for (line, told) in [
        ("get cm x -o jsonpath={.data.k}", "a && b > c\u{2028}"),
        ("get cm x -o jsonpath={.data}", r#"{"k":"a \u0026\u0026 b \u003e c\u2028","m":"\u001b[31m\r","y":"😀"}"#),
        ("get cm x -o custom-columns=M:.data.m", "M\n^[[31m\\r\n"),
        ("get cm x -o yaml", "  \"y\": \"\\U0001F600\"\n"),
        ("describe cm x", "\nm:\n----\n^[[31m\\r\n"),
    ] {
        let (out, ..) = run(&mut api, line);
        assert!(out.contains(told), "{line}: {told}\nis not in\n{out}");
    }
}

/// Rows: a line with several mistakes, and the one that is told of: kubectl has an order for each command.
#[test]
fn of_several_mistakes_the_first_is_told() {
    let format = "unable to match a printer suitable for the output format \"x\", allowed formats are: go-template,\
                  go-template-file,json,jsonpath,jsonpath-as-json,jsonpath-file,kyaml,name,template,templatefile,yaml";
    let env = "a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', and must not \
               start with a digit (e.g. 'my.env-name',  or 'MY_ENV.NAME',  or 'MyEnvName1', regex used for validation is \
               '[-._a-zA-Z][-._a-zA-Z0-9]*')";
    let file = "can only use local files by -f rsrc.yaml or --filename=rsrc.json when --local=true is set";
    let help = "See 'kubectl run -h' for help and examples";
    let see = "Example resource specifications include:\n   '-f rsrc.yaml'\n   '--filename=rsrc.json'";
    refused(&[
        ("create job j -o x", format),
        ("create --raw /x", "must specify one of -f and -k"),
        ("config use-context a b", "Unexpected args: [a b]"),
        ("apply -f job.yaml --prune --all -l a=b", "cannot set --all and --selector at the same time"),
        ("create pdb b -o x", format),
        ("create cm c --from-file=nosuch -o x", format),
        ("create cm c --from-file=nosuch --from-literal==b", "error reading nosuch: no such file or directory"),
        (
            "create secret generic s --from-file=nosuch --from-literal==b",
            "invalid literal source =b, expected key=value",
        ),
        ("create cm c --from-file=a=b=c", "key names or file paths cannot contain '='"),
        ("create secret x --type=y", "unknown flag: --type\nSee 'kubectl create secret --help' for usage."),
        ("create -f nosuch.yaml -o x", format),
        ("apply -f nosuch.yaml -o x", "the path \"nosuch.yaml\" does not exist"),
        ("delete job -o x", "resource(s) were provided, but no name was specified"),
        ("label -f nosuch.yaml bad a=b", "the path \"nosuch.yaml\" does not exist"),
        (
            "label job demo --local -o x",
            "can only use local files by -f pod.yaml or --filename=pod.json when --local=true is set",
        ),
        ("label --local a=b", "one or more files must be specified as -f pod.yaml or --filename=pod.json"),
        ("annotate job demo -o x", format),
        ("annotate job demo a=b a- --local", file),
        ("patch job demo -p {} --type=x --local", "cannot specify --local and server resources"),
        ("patch job demo --patch-file=nosuch --type=x", "--type must be one of [json merge strategic], not \"x\""),
        ("patch job demo -p '{' --dry-run=client", "invalid JSON document"),
        ("patch -f job.yaml -p '{' --type=merge --local", "Invalid JSON Patch"),
        ("run -o x --image=i", format),
        ("run x --image=i --rm --restart=x", &format!("invalid restart policy: x\n{help}")),
        ("run x --image=i --env=b --image-pull-policy=x", &format!("invalid image pull policy: x\n{help}")),
        ("run x --image=i --env=1a=b --labels=a", "invalid env: 1a=b"),
        ("scale job demo --replicas=-1 -o x", format),
        ("set env job/demo *=b", &format!("\"*\" is not a valid key name: {env}")),
        ("set env job/demo ..é=b", &format!("\"..é\" is not a valid key name: {env};must not start with '..'")),
        ("set image job/demo x- --local", "invalid image format: x-"),
        (
            "set env job/demo A=b --local",
            &format!(
                "You must provide one or more resources by argument or filename.\n{see}\n   '<resource> <name>'\n   '<resource>'"
            ),
        ),
    ]);
    let missing = |name: &str| format!("Error from server (NotFound): jobs.batch \"{name}\" not found\n");
    check("set image jobs demo a b c=x", "", &(missing("a") + &missing("b")));
    check("get job nosuch -o x", "", "Error from server (NotFound): jobs.batch \"nosuch\" not found\n");
    check("get nosuch -o x", "", "error: the server doesn't have a resource type \"nosuch\"\n");
    check("get job nosuch -o x --ignore-not-found", "", "");
    // What cannot be printed is done all the same.
    let mut api = cluster();
    assert_eq!(run(&mut api, "label job demo a=b -o x"), (String::new(), format!("error: {format}\n"), 1));
    assert_eq!(run(&mut api, "get job demo -o jsonpath={.metadata.labels.a}").0, "b");
}

#[test]
fn objects_are_made_from_flags() {
    let key = "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME', \
                or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";
    let key = key.replace(", or 'key-name'", ",  or 'key-name'");
    refused(&[
        ("create secret generic s --from-literal=a", "invalid literal source a, expected key=value"),
        (
            "create secret generic s --from-literal=a=1 --from-literal=a=2",
            "cannot add key a, another key by that name already exists",
        ),
        (
            "create secret generic s --from-literal='a b=1'",
            &format!("\"a b\" is not valid key name for a Secret {key}"),
        ),
        ("create cm c --from-literal='a b=1'", &format!("\"a b\" is not a valid key name for a ConfigMap: {key}")),
        (
            "create cm c --from-literal=a=1 --from-env-file=x",
            "from-env-file cannot be combined with from-file or from-literal",
        ),
        ("create cm c --from-file=x", "error reading x: no such file or directory"),
        ("create pdb b", "a selector must be specified"),
        ("create pdb b --selector=a=b", "one of min-available or max-unavailable must be specified"),
        (
            "create pdb b --selector=a=b --min-available=1 --max-unavailable=1",
            "min-available and max-unavailable cannot be both specified",
        ),
        (
            "create pc system-x --value=1",
            "failed to create priorityclass: PriorityClass.scheduling.k8s.io \"system-x\" is invalid: metadata.name: \
             Forbidden: priority class names with 'system-' prefix are reserved for system use only. error: system-x is not \
             a known system priority class",
        ),
        ("create service clusterip s", "at least one tcp port specifier must be provided"),
        (
            "create quota q --hard=cpu=x",
            "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
        ),
        ("create quota q --hard=cpu", "Invalid argument syntax cpu, expected <resource>=<value>"),
        ("create service clusterip s --tcp=a", "strconv.ParseUint: parsing \"a\": invalid syntax"),
        ("create service clusterip s --tcp=70000", "strconv.ParseUint: parsing \"70000\": value out of range"),
        ("create service clusterip s --tcp=80:0", "must be between 1 and 65535, inclusive"),
        (
            "create ns n --validate=maybe",
            "invalid - validate option \"maybe\"; must be one of: strict (or true), warn, ignore (or false)",
        ),
        ("create pdb b --selector=a=b --min-available=x", "invalid format specified for min-available"),
        ("create pdb b --selector=a=b --max-unavailable=1.5", "invalid format specified for max-unavailable"),
        ("run x --image=a --annotations=b", "invalid annotations format: b"),
        (
            "run x --image=a --image-pull-policy=now",
            "invalid image pull policy: now\nSee 'kubectl run -h' for help and examples",
        ),
        ("expose job demo --port=80", "cannot expose a Job.batch"),
        ("expose pod demo-p0000", "couldn't find port via --port flag or introspection"),
    ]);
    check("create secret generic s --from-file=job.yaml --from-literal=a=1", "secret/s created\n", "");
    let line = "run x --image=i --env=B=b --env=A=c=d --env=B=e --dry-run=client -o jsonpath=";
    check(&format!("{line}{{..env[*].name}}"), "B A B", "");
    check(&format!("{line}{{..env[*].value}}"), "b c=d e", "");
    check("create secret generic s --from-literal=a=hi --dry-run=client -o jsonpath={.data.a}", "aGk=", "");
    check("create cm c --from-literal=a='\"b\"' -o jsonpath={.data.a}", "\"b\"", "");
    let (service, ..) = run(&mut cluster(), "create service clusterip s --tcp=80 --dry-run=client -o json");
    let place = |key: &str| service.find(&format!("\"{key}\":")).expect("the key");
    let places = ["ports", "protocol", "port", "targetPort", "selector", "type", "status"];
    assert!(places.is_sorted_by_key(|key| place(key)), "{service}");
    check("create cm x --append-hash --from-literal=a=b --from-literal=c=d -o name", "configmap/x-bt4m5hf54b\n", "");
    check("create secret generic x --append-hash --dry-run=client -o name", "secret/x-b8485c8589\n", "");
    check("create pdb b --selector=a=b --min-available=50%", "poddisruptionbudget.policy/b created\n", "");
    check("create pc high --value=7 -o jsonpath={.preemptionPolicy}", "PreemptLowerPriority", "");
    check("create service clusterip s --clusterip=None", "service/s created\n", "");
    check("create service clusterip s --clusterip=None --tcp=1", "service/s created\n", "");
    check("expose pod demo-p0000 --port=80", "service/demo-p0000 exposed\n", "");
    check("expose pod demo-p0000 --port=80,81 --dry-run=client -o jsonpath={.spec.ports[*].name}", "port-1 port-2", "");
}

#[test]
fn a_pod_that_is_run_may_be_changed_and_get_its_service_at_once() {
    let line = "run web --image=nginx --port=80 --expose";
    check(line, "service/web created\npod/web created\n", "");
    let parts = "{.kind} {.metadata.labels} {.spec.selector} {.spec..targetPort}{.spec..containerPort};";
    let shown = format!("{line} --dry-run=client -o jsonpath='{parts}'");
    check(&shown, "Service  {\"run\":\"web\"} 80;Pod {\"run\":\"web\"}  80;", "");
    check(&format!("{shown} -l a=b"), "Service {\"a\":\"b\"} {\"a\":\"b\"} 80;Pod {\"a\":\"b\"}  80;", "");
    let (printed, ..) = run(&mut cluster(), &format!("{line} --dry-run=client -o yaml"));
    assert!(printed.contains("\n---\n---\napiVersion"), "{printed}");
    let namespaced = "run web --image=nginx --dry-run=client -o jsonpath={.metadata.namespace}";
    check(namespaced, "", "");
    check(&format!("{namespaced} -n other"), "other", "");
    let containers = "{\"spec\":{\"containers\":[{\"name\":\"x\",\"image\":\"y\"}]}}";
    let shown = "--dry-run=client -o jsonpath={.spec.containers[0]}";
    let expected = "{\"image\":\"y\",\"name\":\"x\",\"resources\":{}}";
    check(&format!("run web --image=nginx --overrides='{containers}' {shown}"), expected, "");
    let node = "run web --image=nginx -o jsonpath={.spec.nodeName}{.spec.containers[*].image}";
    check(&format!("{node} --overrides='{{\"spec\":{{\"nodeName\":\"node-1\"}}}}'"), "node-1nginx", "");
    let json = "[{\"op\":\"add\",\"path\":\"/spec/nodeName\",\"value\":\"node-2\"}]";
    check(&format!("{node} --override-type=json --overrides='{json}'"), "node-2nginx", "");
    // A pod that cannot be made gets no Service; a Service that cannot be made leaves its pod.
    let mut api = cluster();
    run(&mut api, "run web --image=nginx");
    let exists = "Error from server (AlreadyExists): pods \"web\" already exists\n";
    assert_eq!(run(&mut api, line), (String::new(), exists.into(), 1));
    assert_eq!(run(&mut api, "get services").1, "No resources found in default namespace.\n");
    run(&mut api, "create service clusterip other --tcp=80");
    let (told, why, _) = run(&mut api, "run other --image=nginx --port=80 --expose");
    assert_eq!(told, "pod/other created\n");
    assert_eq!(why, "Error from server (AlreadyExists): services \"other\" already exists\n");
}

#[test]
fn an_annotation_that_is_null_is_applied_as_an_empty_text() {
    let map = "{apiVersion: v1, kind: ConfigMap, metadata: {name: m, annotations: {q: null}}}";
    let files = Files::new().with("map.yaml", map);
    let mut api = cluster();
    for (line, out) in [
        ("apply -f map.yaml", "configmap/m created\n"),
        ("get cm m -o jsonpath={.metadata.annotations.q}", ""),
        ("apply -f map.yaml", "configmap/m unchanged\n"),
    ] {
        assert_eq!(run_with(&mut api, &files, line), (out.into(), String::new(), 0), "{line}");
    }
}

#[test]
fn warnings_may_be_failures() {
    let warned = "Warning: unknown field \"spec.foo\"\n";
    let patch = r#"patch job demo -p '{"spec":{"foo":1,"suspend":true}}'"#;
    for (flags, failure, exit_code) in [
        ("", "", 0),
        (" --warnings-as-errors", "error: 1 warning received\n", 1),
        (" --warnings-as-errors=false", "", 0),
    ] {
        let (_, complained, exited) = run(&mut cluster(), &format!("{patch}{flags}"));
        assert_eq!((complained, exited), (format!("{warned}{failure}"), exit_code), "{flags}");
    }
    check("get jobs -o name --warnings-as-errors", "job.batch/demo\n", "");
}

#[test]
fn what_a_template_has_printed_stays_where_it_fails() {
    check(
        "get jobs -o custom-columns=A:.metadata.name,B:.spec.template.spec.containers[5].name",
        "A     B\n",
        "error: array index out of bounds: index 5, length 1\n",
    );
    let template = "{{.kind}} {{.metadata.name.x}}";
    let why = "template: output:1:21: executing \"output\" at <.metadata.name.x>: can't evaluate field x in type \
               interface {}";
    let (printed, complained, exit_code) = run(&mut cluster(), &format!("get job demo -o go-template='{template}'"));
    let lines: Vec<&str> = printed.lines().collect();
    let details = "Printing more information for debugging the template:";
    assert_eq!(lines[0], format!("Job Error executing template: {why}. {details}"));
    assert_eq!(lines[1..3], ["\ttemplate was:", &format!("\t\t{template}")]);
    assert_eq!((lines[3], lines[5]), ("\traw data was:", "\tobject given to template engine was:"));
    assert!(lines[4].starts_with("\t\t{\"apiVersion\":\"batch/v1\",\"kind\":\"Job\""), "{}", lines[4]);
    assert!(lines[6].starts_with("\t\tmap[apiVersion:batch/v1 kind:Job metadata:map["), "{}", lines[6]);
    assert_eq!((complained, exit_code), (format!("error: error executing template {template:?}: {why}\n"), 1));
    check(
        "get jobs -o go-template='{{.kind'",
        "",
        "error: error parsing template {{.kind, template: output:1: unclosed action\n",
    );
}

#[test]
fn the_settings_name_what_there_is() {
    for (line, out, err) in [
        ("config get-clusters", "NAME\njobscope\n", ""),
        ("config get-users", "NAME\nlearner\n", ""),
        ("config get-contexts -o name", "jobscope\n", ""),
        ("config get-contexts foo -o name", "", "error: context foo not found\n"),
        ("config get-contexts foo --no-headers", "", "error: context foo not found\n"),
        (
            "config get-contexts -o yaml",
            "",
            "error: --output yaml is not available in kubectl config get-contexts; resetting to default output format\n",
        ),
        ("config view --minify -o jsonpath={..namespace}", "default", ""),
        ("config view -o jsonpath={.current-context}", "jobscope", ""),
    ] {
        check(line, out, err);
    }
}

#[test]
fn what_was_applied_is_printed_together() {
    let mut api = cluster();
    let files = Files::new().with("one.yaml", WORDS).with("two.yaml", WORDS.replace("one", "two"));
    let mut told = |line: &str| run_with(&mut api, &files, line);
    let names = "-o jsonpath='{.kind}{range .items[*]} {.metadata.name}{end}'";
    assert_eq!(told(&format!("apply -f one.yaml -f two.yaml {names}")).0, "List one two");
    assert_eq!(told(&format!("apply -f one.yaml {names}")).0, "ConfigMap");
    assert_eq!(told("apply -f one.yaml -f two.yaml -o name").0, "configmap/one\nconfigmap/two\n");
    let json = told("apply -f one.yaml -f two.yaml -o json").0;
    let head =
        "{\n    \"kind\": \"List\",\n    \"apiVersion\": \"v1\",\n    \"metadata\": {},\n    \"items\": [\n        {\n";
    assert!(json.starts_with(head) && json.ends_with("\n        }\n    ]\n}\n"), "{json}");
    // Where one cannot be applied, nothing is printed of the others.
    let files = files.with("bad.yaml", WORDS.replace("name: one", "generateName: a"));
    let (out, ..) = run_with(&mut api, &files, "apply -f one.yaml -f bad.yaml -o yaml");
    assert_eq!(out, "");
}

#[test]
fn a_dry_run_of_apply_shows_what_would_be() {
    let mut api = cluster();
    let files = Files::new().with("one.yaml", WORDS).with("two.yaml", WORDS.replace("a: b", "a: c, d: e"));
    let mut told = |line: &str| run_with(&mut api, &files, line).0;
    told("apply -f one.yaml");
    assert_eq!(told("apply -f one.yaml --dry-run=client"), "configmap/one unchanged (dry run)\n");
    assert_eq!(told("apply -f two.yaml --dry-run=client"), "configmap/one configured (dry run)\n");
    let data = "-o jsonpath={.data}";
    assert_eq!(told(&format!("apply -f two.yaml --dry-run=client {data}")), "{\"a\":\"c\",\"d\":\"e\"}");
    assert_eq!(told(&format!("get cm one {data}")), "{\"a\":\"b\"}");
}

const WORDS: &str = "{apiVersion: v1, kind: ConfigMap, metadata: {name: one}, data: {a: b}}";

#[test]
fn diff_shows_what_apply_would_change() {
    // 1 would say that something differs.
    for (line, why) in [
        ("diff", "must specify one of -f and -k"),
        ("diff -f job.yaml x", "Unexpected args: [x]\nSee 'kubectl diff -h' for help and examples"),
        ("diff --all", "unknown flag: --all\nSee 'kubectl diff -h' for help and examples"),
    ] {
        assert_eq!(run(&mut cluster(), line), (String::new(), format!("error: {why}\n"), 2), "{line}");
    }
    let map = |data: &str| format!("{{apiVersion: v1, kind: ConfigMap, metadata: {{name: m}}, data: {{{data}}}}}\n");
    let secret = |data: &str| format!("{{apiVersion: v1, kind: Secret, metadata: {{name: s}}, data: {{{data}}}}}\n");
    let job = "{apiVersion: batch/v1, kind: Job, metadata: {name: demo}, spec: {completions: 3, template: {spec: {\
               restartPolicy: Never, containers: [{name: main, image: busybox:1.36}]}}}}\n";
    let files = Files::new()
        .with("a.yaml", map("a: one, b: two"))
        .with("b.yaml", map("a: one, b: three"))
        .with("s.yaml", secret("k: YQ==, l: YQ=="))
        .with("t.yaml", secret("k: Yg==, l: YQ=="))
        .with("both.yaml", format!("{}---\n{}", map("a: one, b: three"), secret("k: Yg==, l: YQ==")))
        .with("job.yaml", job)
        .with("wrong.yaml", map("a: one").replace("data", "dada"));
    let mut api = cluster();
    // The lines of a diff that say something: all but dates and revisions.
    let mut told = |line: &str| {
        let (out, err, exit_code) = run_with(&mut api, &files, line);
        let says = |line: &&str| {
            let boring = ["creationTimestamp", "uid", "resourceVersion"];
            !line.starts_with([' ', '@']) && !boring.iter().any(|word| line.contains(word))
        };
        let short = |line: &str| {
            let file = line.split_once(" /tmp/").and_then(|(side, file)| Some((side, file.split_once('/')?.1)));
            file.map_or(line.to_owned(), |(side, file)| {
                format!("{side} {}", file.split(['\t', ' ']).next().unwrap_or(""))
            })
        };
        let lines: Vec<String> = out.lines().filter(says).map(short).collect();
        (lines.join("; "), err, exit_code)
    };
    let quiet = |lines: &str, exit_code: i32| (lines.to_owned(), String::new(), exit_code);
    let created = "diff -u -N v1.ConfigMap.default.m; --- v1.ConfigMap.default.m; +++ v1.ConfigMap.default.m; \
                   +apiVersion: v1; +data:; +  a: one; +  b: two; +kind: ConfigMap; +metadata:; +  name: m; \
                   +  namespace: default";
    assert_eq!(told("diff -f a.yaml"), quiet(created, 1));
    assert_eq!(told("apply -f a.yaml -f s.yaml").2, 0);
    assert_eq!(told("diff -f a.yaml -f s.yaml"), quiet("", 0));
    let map = "diff -u -N v1.ConfigMap.default.m; --- v1.ConfigMap.default.m; +++ v1.ConfigMap.default.m; -  b: two; \
               +  b: three";
    assert_eq!(told("diff -f b.yaml"), quiet(map, 1));
    // What is secret stays so.
    let secret = "diff -u -N v1.Secret.default.s; --- v1.Secret.default.s; +++ v1.Secret.default.s; -  k: '*** (before)'; \
                  +  k: '*** (after)'";
    assert_eq!(told("diff -f t.yaml"), quiet(secret, 1));
    assert_eq!(told("diff -f both.yaml"), quiet(&format!("{map}; {secret}"), 1));
    let refused = "The Job \"demo\" is invalid: spec.completions: Invalid value: 3: field is immutable\n";
    assert_eq!(told("diff -f job.yaml"), (String::new(), refused.into(), 2));
    assert_eq!(told("diff -f wrong.yaml").2, 2);
    assert_eq!(told("get cm m -o jsonpath={.data.b}"), quiet("two", 0), "nothing was written");
}

#[test]
fn what_was_applied_before_and_is_in_no_manifest_is_pruned() {
    let all = "all resources selected for prune without explicitly passing --all. To prune all resources, pass the --all \
               flag. If you did not mean to prune all resources, specify a label selector";
    let by_server = "--prune is in alpha and doesn't currently work on objects created by server-side apply";
    refused(&[
        ("apply -f job.yaml --prune", all),
        ("apply -f job.yaml --prune --all --server-side", by_server),
        (
            "apply -f job.yaml --prune --all --prune-allowlist=x",
            "invalid GroupVersionKind format: x, please follow <group/version/kind>",
        ),
    ]);
    let map =
        |name: &str| format!("{{apiVersion: v1, kind: ConfigMap, metadata: {{name: {name}, labels: {{a: b}}}}}}\n");
    let files = Files::new().with("two.yaml", format!("{}---\n{}", map("x"), map("q"))).with("one.yaml", map("x"));
    let mut api = cluster();
    for (line, out) in [
        ("apply -f two.yaml --prune -l a=b", "configmap/x created\nconfigmap/q created\n"),
        ("create cm z --from-literal=a=b", "configmap/z created\n"),
        ("apply -f one.yaml --prune -l a=b --prune-allowlist=batch/v1/Job", "configmap/x unchanged\n"),
        (
            "apply -f one.yaml --prune -l a=b --dry-run=server",
            "configmap/x unchanged (server dry run)\nconfigmap/q pruned (server dry run)\n",
        ),
        ("apply -f one.yaml --prune --all", "configmap/x unchanged\nconfigmap/q pruned\n"),
        ("get cm -o name", "configmap/x\nconfigmap/z\n"),
    ] {
        assert_eq!(run_with(&mut api, &files, line), (out.into(), String::new(), 0), "{line}");
    }
}

#[test]
fn a_delete_asks_first_if_it_shall() {
    let asked =
        "You are about to delete the following 1 resource(s):\njob.batch/demo\nDo you want to continue? (y/N): ";
    for (typed, then) in [
        ("y\n", "job.batch \"demo\" deleted from default namespace\n"),
        ("Y\n", "job.batch \"demo\" deleted from default namespace\n"),
        ("yes\n", "deletion is cancelled\n"),
        ("n\n", "deletion is cancelled\n"),
    ] {
        let (mut api, mut kubelets) = (cluster(), nobody());
        let mut invocation = Invocation::start("delete -i job demo", &Files::new(), recorded());
        assert_eq!(invocation.poll(&mut api, &mut kubelets), Progress::Waiting { until: None });
        assert!(invocation.wants_input());
        invocation.input(Some(typed.as_bytes()));
        assert_eq!(invocation.poll(&mut api, &mut kubelets), Progress::Done { exit_code: 0 });
        assert_eq!(invocation.text(Stream::Out), format!("{asked}{then}"), "{typed}");
    }
    check("delete -i jobs -l a=b", "No resources found\n", "");
}

#[test]
fn lists_of_one_kind_are_taken_apart() {
    let job =
        "{metadata: {name: a}, spec: {template: {spec: {restartPolicy: Never, containers: [{name: c, image: i}]}}}}";
    let map = "{apiVersion: v1, kind: ConfigMap, metadata: {name: b}}";
    let list = format!("{{apiVersion: batch/v1, kind: JobList, items: [{job}, {map}]}}");
    let files = Files::new().with("list.yaml", list);
    let told = "job.batch/a created\nconfigmap/b created\n";
    assert_eq!(run_with(&mut cluster(), &files, "create -f list.yaml"), (told.into(), String::new(), 0));
}

#[test]
fn events_that_are_said_again_are_counted_in_either_api() {
    let mut api = cluster();
    let object = json!({"kind": "Pod", "name": "demo-p0000", "namespace": "default"});
    let series = json!({"count": 3, "lastObservedTime": "2026-01-01T00:00:03.000000Z"});
    create(
        &mut api,
        Kind::Event,
        json!({
            "metadata": {"name": "newer", "namespace": "default"}, "involvedObject": object, "type": "Warning",
            "reason": "FailedScheduling", "message": "no room", "eventTime": "2026-01-01T00:00:01.000000Z",
            "series": series, "action": "Scheduling", "reportingComponent": "s", "reportingInstance": "s-1",
        }),
    );
    create(
        &mut api,
        Kind::Event,
        json!({
            "metadata": {"name": "older", "namespace": "default"}, "involvedObject": object, "type": "Normal",
            "reason": "Pulled", "message": "here", "count": 2, "source": {"component": "kubelet"},
            "firstTimestamp": "2026-01-01T00:00:01Z", "lastTimestamp": "2026-01-01T00:00:02Z",
        }),
    );
    let mut told = |line: &str| run(&mut api, line).0.lines().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(
        told("events --no-headers"),
        [
            "3s (x2 over 4s)   Normal    Pulled             Pod/demo-p0000   here",
            "2s (x3 over 4s)   Warning   FailedScheduling   Pod/demo-p0000   no room",
        ]
    );
    let counts = told("get events -o wide --no-headers");
    let words = |line: &String| line.split_whitespace().rev().take(3).map(str::to_owned).collect::<Vec<_>>().join(" ");
    assert_eq!(counts.iter().map(words).collect::<Vec<_>>(), ["newer 3 4s", "older 2 4s"]);
    assert!(counts[0].starts_with("2s ") && counts[1].starts_with("3s "), "{counts:?}");
}

#[test]
fn logs_and_events_refuse_what_makes_no_sense() {
    let see = "\nSee 'kubectl logs -h' for help and examples";
    refused(&[
        ("logs demo-p0000 -l a=b", &format!("only a selector (-l) or a POD name is allowed{see}")),
        (
            "logs demo-p0000 --since=1s --since-time=2026-01-01T00:00:00Z",
            "at most one of `sinceTime` or `sinceSeconds` may be specified",
        ),
        ("logs demo-p0000 --since=-1s", "--since must be greater than 0"),
        (
            "logs demo-p0000 --all-containers -c main",
            "--all-containers=true should not be specified with container name main",
        ),
        (
            "logs demo-p0000 main --all-containers",
            "--all-containers=true should not be specified with container name main",
        ),
        ("logs demo-p0000 main -c main", "only one of -c or an inline [CONTAINER] arg is allowed"),
        ("logs demo-p0000 --limit-bytes=-1", "--limit-bytes must be greater than 0"),
        ("logs demo-p0000 --tail=-2", "--tail must be greater than or equal to -1"),
        ("logs demo-p0000 --pod-running-timeout=0s", "--pod-running-timeout must be higher than zero"),
        ("events --for=/x", "arguments in resource/name form must have a single resource and name"),
        ("events --for=job/a/b", "arguments in resource/name form may not have more than one slash"),
    ]);
}

#[test]
fn other_verbs_refuse_what_they_do_not_know() {
    let two = "you must specify two arguments: verb resource or verb resource/resourceName.\n\
               See 'kubectl auth can-i -h' for help and examples.";
    refused(&[
        ("auth can-i create jobs x", two),
        ("auth can-i create --list", "list option must be specified with no arguments"),
        (
            "auth can-i --list --quiet",
            "list option can't be specified with neither quiet, all-namespaces nor subresource options",
        ),
        ("get jobs --profile=x", "unknown profile 'x'"),
        ("config view x", "unexpected arguments: [x]\nSee 'kubectl config view -h' for help and examples"),
        ("get nope --show-labels -o json", "--show-labels option cannot be used with json printer"),
        (
            "taint node node-1 a- b:NoSchedule- a=c:NoExecute b=d:NoSchedule",
            "can not both modify and remove the following taint(s) in the same command: a=, b=NoSchedule",
        ),
        ("taint nodes --all -l a=b x=y:NoSchedule", "setting 'all' parameter with a non empty selector is prohibited"),
        (
            "patch job demo -p x --type=json --dry-run=client",
            "json: cannot unmarshal string into Go value of type jsonpatch.Patch",
        ),
        ("patch job demo -p x --type=merge --dry-run=client", "Invalid JSON Patch"),
        (
            "patch job demo -p [] --type=merge --dry-run=client",
            "json: cannot unmarshal array into Go value of type unstructured.detector",
        ),
        ("patch job demo -p x --dry-run=client", "invalid JSON document"),
        ("top pods --sort-by=x", "--sort-by accepts only cpu or memory"),
        ("config set-context", "you must specify a non-empty context name or --current"),
        (
            "config unset users",
            "kubectl config unset is not simulated: there is one context; kubectl config set-context --current chooses its \
             namespace",
        ),
        ("rollout history job/demo --revision=-1", "revision must be a positive integer: -1"),
        ("rollout history node/node-1", "error retrieving history for \"Node\", no visitor method exists for { Node}"),
        ("explain job --output=x", "unrecognized format: x"),
        ("replace -f job.yaml --grace-period=0", "--grace-period must have --force specified"),
        ("replace -f job.yaml --timeout=5s", "--timeout must have --force specified"),
        ("run x --image=a --labels=b", "unexpected label spec: b"),
        ("run x --image=a --overrides=x", "Invalid JSON Patch"),
        ("run x --image=a --overrides={} --override-type=x", "invalid override type: x"),
        (
            "run x --image=a --expose",
            "--port must be set when exposing a service\nSee 'kubectl run -h' for help and examples",
        ),
        ("run x --image=a --port=b", "strconv.Atoi: parsing \"b\": invalid syntax"),
        ("create job x --from=cj/a/b", "arguments in resource/name form may not have more than one slash"),
        ("create job x --from=cj", "resource(s) were provided, but no name was specified"),
        ("create deployment x --image=a", "kubectl create deployment is not simulated: there are no such objects here"),
        (
            "wait job/demo --for=jsonpath='{.a}'=b=c",
            "jsonpath wait format must be --for=jsonpath='{.status.readyReplicas}'=3 or --for=jsonpath='{.status.readyReplicas}'",
        ),
    ]);
    let (resources, ..) = run(&mut cluster(), "api-resources --api-group=policy -o json");
    assert!(resources.contains("\"name\": \"poddisruptionbudgets\",\n            \"singularName\""), "{resources}");
    check(
        "api-resources --api-group=none -o yaml",
        "apiVersion: v1\ngroupVersion: \"\"\nkind: APIResourceList\nresources: null\n",
        "",
    );
    check("taint nodes nope -l kubernetes.io/hostname=node-1 a=b:NoSchedule", "node/node-1 tainted\n", "");
    check("annotate node node-1 --list -o name", "", "");
    let unscoped = "Warning: deleting cluster-scoped resources, not scoped to the provided namespace\n";
    let deleted = "node \"node-1\" deleted (dry run)\nnode \"node-2\" deleted (dry run)\n";
    check("delete node node-1 node-2 -n x --dry-run=client", deleted, unscoped);
    check("delete node node-1 node-2 --dry-run=client", deleted, "");
    // It does not look whether there is one.
    check("replace -f event.yaml --dry-run=client", "event/said replaced (dry run)\n", "");
    let status = "no status viewer has been implemented for Node";
    let paused = |node: &str| format!("error: nodes \"{node}\" pausing is not supported\n");
    check("rollout pause node", "", &[paused("node-1"), paused("node-2")].concat());
    check("rollout restart jobs -l a=none", "", "No resources found in default namespace.\n");
    check("rollout history jobs -l a=none", "", "");
    let (_, why, exit_code) = run(&mut cluster(), "rollout status node");
    assert_eq!((why, exit_code), (format!("{status}\n{status}\n"), 1));
    check(
        "auth can-i --list",
        "Resources   Non-Resource URLs   Resource Names   Verbs\n\
         *.*         []                  []               [*]\n            [*]                 []               [*]\n",
        "",
    );
}

/// Whatever has items is read as a list. Rows: what stands in the file, what is complained of.
#[test]
fn lists_are_taken_apart_before_their_items_are_looked_at() {
    let refused = |text: &str, expected: &str| {
        let files = Files::new().with("f.json", text.to_owned());
        let (_, err, _) = run_with(&mut cluster(), &files, "create -f f.json --validate=false");
        assert_eq!(err, format!("{expected}\n"), "{text}");
    };
    let list = |items: &str| format!("{{apiVersion: v1, kind: List, items: {items}}}");
    let cannot = |what: &str, into: &str| {
        format!("error: unable to decode \"f.json\": json: cannot unmarshal {what} into Go {into}")
    };
    refused(&list("x"), &cannot("string", "struct field decodeList.items of type []json.RawMessage"));
    refused(&list("[3]"), &cannot("number", "value of type map[string]interface {}"));
    refused(
        &list(&format!("[{}]", list("[]"))),
        "error: *unstructured.Unstructured is not a list: no Items field in this object",
    );
    refused(
        &list("[{kind: Job}]"),
        "unable to get type info from the object \"*unstructured.Unstructured\": Object 'apiVersion' is missing in 'object \
         has no apiVersion field'",
    );
    refused(
        &list("[{apiVersion: batch/v1, kind: Foo}]"),
        "unable to recognize no matches for kind \"Foo\" in version \"batch/v1\"",
    );
    refused(
        &list("[{apiVersion: v1, kind: ConfigMap, metadata: {labels: {a: 1}}}]"),
        "Error from server (BadRequest): error when creating \"f.json\": ConfigMap in version \"v1\" cannot be handled as a \
         ConfigMap: json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string",
    );
    refused(
        &list("[{apiVersion: v1, kind: ConfigMap, metadata: x}]"),
        "Error from server (BadRequest): error when creating \"f.json\": ConfigMap in version \"v1\" cannot be handled as a \
         ConfigMap: json: cannot unmarshal string into Go struct field ConfigMap.metadata of type v1.ObjectMeta",
    );
    refused(
        "{apiVersion: v2, kind: List, items: []}",
        "error: resource mapping not found for name: \"\" namespace: \"\" from \"f.json\": no matches for kind \"List\" in \
         version \"v2\"\nensure CRDs are installed first",
    );
    refused(
        "{apiVersion: batch/v1, kind: Foo, metadata: x}",
        &cannot("string", "struct field metadataOnlyObject.metadata of type v1.ObjectMeta"),
    );
}
