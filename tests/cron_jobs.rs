//! CronJobs, and the Jobs that they take for theirs.

use super::namespaces::typed;

#[test]
fn a_cron_job_sees_what_another_of_its_name_has_left() {
    let cron_job = "{apiVersion: batch/v1, kind: CronJob, metadata: {name: c}, spec: {schedule: '0 0 1 1 *', jobTemplate: \
                    {spec: {template: {spec: {restartPolicy: Never, containers: [{name: c, image: worker}]}}}}}}";
    let a_second_later = "wait cronjob/c --for=jsonpath='{.metadata.name}'=other --timeout=1s";
    let told = typed(
        cron_job,
        &[
            "create job left --from=cronjob/c",
            r#"patch job left -p '{"metadata":{"finalizers":["example.com/kept"]}}'"#,
            a_second_later,
            "delete cronjob c",
            "create -f manifest.yaml",
            a_second_later,
            "get events --no-headers -o custom-columns=M:.message --field-selector reason=UnexpectedJob",
        ],
    );
    let seen = "Saw a job that the controller did not create or forgot: left";
    assert_eq!(told.last(), Some(&format!("{seen}\n{seen}")), "by each of the two");
}
