//! Namespaces: what limits them, and how they end.

use jobscope::recording::{Run, Scenario};
use std::time::Duration;

/// Types commands one after the other, each until it has ended; what each printed.
pub fn typed(manifest: &str, lines: &[&str]) -> Vec<String> {
    let mut scenario = Scenario::default();
    scenario.files.insert(Scenario::MANIFEST.into(), manifest.into());
    let mut run = Run::new(scenario);
    run.advance(run.start() + Duration::from_secs(1), usize::MAX);
    let told = lines.iter().map(|line| {
        let entry = run.enter(&format!("kubectl {line}"));
        let give_up = run.now() + Duration::from_secs(120);
        while run.entries()[entry].ended.is_none() && run.now() < give_up {
            run.advance(run.now() + Duration::from_millis(100), usize::MAX);
        }
        let output = run.entries()[entry].output.iter().map(|output| output.text.as_str());
        output.collect::<String>().trim_end().to_owned()
    });
    told.collect()
}

const QUOTA: &str = "\
apiVersion: v1
kind: ResourceQuota
metadata: {name: q}
spec: {hard: {cpu: 1, limits.cpu: 2, count/jobs.batch: 2}}
---
apiVersion: batch/v1
kind: Job
metadata: {name: a}
spec:
  parallelism: 3
  completions: 3
  template:
    spec:
      restartPolicy: Never
      containers: [{name: c, image: worker, resources: {requests: {cpu: 400m}, limits: {cpu: 500m}}}]
---
apiVersion: batch/v1
kind: Job
metadata: {name: b}
spec:
  template:
    spec:
      restartPolicy: Never
      containers: [{name: c, image: worker}]
";

#[test]
fn a_quota_limits_what_pods_request_and_says_what_is_used() {
    let reason = "--no-headers -o custom-columns=M:.message --field-selector reason=FailedCreate";
    let told = typed(
        QUOTA,
        &[
            "describe quota q",
            &format!("get events {reason},involvedObject.name=a"),
            &format!("get events {reason},involvedObject.name=b"),
            "create job c --image=worker",
            "wait --for=condition=complete job/a --timeout=100s",
            "get quota q -o jsonpath='{.status.used.cpu} {.status.used.limits\\.cpu}'",
        ],
    );
    assert_eq!(
        told[0],
        "Name:             q\nNamespace:        default\nResource          Used  Hard\n--------          ----  ----\n\
         count/jobs.batch  2     2\ncpu               800m  1\nlimits.cpu        1     2"
    );
    let exceeded = "is forbidden: exceeded quota: q, requested: cpu=400m, used: cpu=800m, limited: cpu=1";
    assert!(told[1].lines().all(|line| line.ends_with(exceeded)) && !told[1].is_empty(), "{}", told[1]);
    let unsaid = "is forbidden: failed quota: q: must specify cpu for: c; limits.cpu for: c";
    assert!(told[2].lines().all(|line| line.ends_with(unsaid)) && !told[2].is_empty(), "{}", told[2]);
    assert_eq!(
        told[3],
        "error: failed to create job: jobs.batch \"c\" is forbidden: exceeded quota: q, requested: count/jobs.batch=1, used: \
         count/jobs.batch=2, limited: count/jobs.batch=2"
    );
    assert_eq!(told[4..], ["job.batch/a condition met", "0 0"]);
}

#[test]
fn a_namespace_goes_when_it_is_empty() {
    let told = typed(
        "",
        &[
            "create ns x",
            "create job a -n x --image=worker",
            "create cm c -n x --from-literal=k=v",
            "delete ns x --wait=false",
            "get ns x --no-headers -o custom-columns=S:.status.phase",
            "create cm d -n x",
            "delete ns x",
            "get ns x",
            "create ns x",
            "get all,cm -n x",
            "delete ns default",
        ],
    );
    assert_eq!(
        told[3..],
        [
            "namespace \"x\" deleted",
            "Terminating",
            "error: failed to create configmap: configmaps \"d\" is forbidden: unable to create new content in namespace x \
             because it is being terminated",
            "namespace \"x\" deleted",
            "Error from server (NotFound): namespaces \"x\" not found",
            "namespace/x created",
            "No resources found in x namespace.",
            "Error from server (Forbidden): namespaces \"default\" is forbidden: this namespace may not be deleted",
        ]
    );
}
