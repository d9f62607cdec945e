//! What kubectl says, verb by verb: a line, what it prints and what it complains about. Each row is in the words of
//! kubectl's sources.

use super::{check, cluster, run};

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
    let see = "\nSee 'kubectl get -h' for help and examples";
    let mixed = "--raw may not be specified with other flags that filter the server request or alter the output";
    refused(&[
        ("get --raw /apis/batch -l a=b", mixed),
        ("get --raw /apis/batch -w", mixed),
        ("get --raw /apis/batch -o json", &format!("--raw and --output are mutually exclusive{see}")),
        ("get --raw apis", &format!("--raw must be a valid URL path: parse \"apis\": invalid URI for request{see}")),
        (
            "get jobs --output-watch-events",
            &format!("--output-watch-events option can only be used with --watch or --watch-only{see}"),
        ),
    ]);
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
    check("label job demo a=b --dry-run=client", "job.batch/demo labeled\n", "");
    check("label job demo a=b --dry-run=server", "job.batch/demo labeled\n", "");
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
    let missing = |name: &str| format!("Error from server (NotFound): jobs.batch \"{name}\" not found\n");
    check("scale job/x --replicas=1", "", &missing("x"));
    check("scale job/x job/y --replicas=1", "", &(missing("x") + &missing("y")));
    refused(&[
        ("scale jobs -l a=none --replicas=1", "no objects passed to scale"),
        (
            "scale jobs --all --replicas=1 --current-replicas=-2",
            "The --current-replicas must specify an integer of -1 or greater",
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
        ("set env cj/nightly A=b A-", "can not both modify and remove an environment variable in the same command"),
        ("set env cj/nightly --keys=a", "when specifying --keys, a configmap or secret must be provided with --from"),
        ("set env cj/nightly --from=job/demo", "unsupported resource specified in --from"),
        ("set env cj/nightly --list -o name", "--list and --output may not be specified together"),
        ("set serviceaccount", "serviceaccount is required"),
        ("set selector", "one selector is required"),
        ("set selector job/demo a=b", "setting a selector is only supported for Services"),
    ]);
    let both = "one or more resources must be specified as <resource> <name> or <resource>/<name>\n\
                at least one image update is required\n";
    assert_eq!(run(&mut cluster(), "set image"), (String::new(), both.into(), 1));
    check("set image cj/nightly main=a", "cronjob.batch/nightly image updated\n", "");
    check("set image cj/nightly main=busybox:1.36", "", "");
    check("set resources cj/nightly --limits=cpu=1", "cronjob.batch/nightly resource requirements updated\n", "");
    check("set env cj/nightly A=b", "cronjob.batch/nightly env updated\n", "");
    check("set env cj/nightly A=b --list", "# CronJob nightly, container main\nA=b\n", "");
    check("set env cj/nightly", "", "");
    check("set sa cj/nightly robot", "cronjob.batch/nightly serviceaccount updated\n", "");
}

#[test]
fn a_group_of_commands_alone_is_a_mistake() {
    let check = |line: &str, prints: bool| {
        let (out, err, exit_code) = run(&mut cluster(), line);
        assert_eq!((!out.is_empty(), !err.is_empty(), exit_code), (prints, !prints, 1), "{line}");
    };
    check("rollout", true);
    ["set", "config", "auth", "top", "create"].into_iter().for_each(|line| check(line, false));
}
