//! What is right but worth a warning (spec 01 §5.8).

use super::names;
use crate::api::{Job, Object, PodSpec};
use crate::sim::Set;

const MANY_COMPLETIONS: i32 = 100_000;
const MANY_AT_A_TIME: i32 = 10_000;

/// What is right but worth a warning, without the word `Warning: `. For objects that a user sends.
pub fn warnings(object: &Object) -> Vec<String> {
    let mut told = Vec::new();
    match object {
        Object::Job(job) => {
            told.extend(name_warning(&job.metadata.name, POD_NAMES));
            told.extend(index_warning(job));
            spec_warnings(&mut told, "spec.template.spec", &job.spec.template.spec);
        }
        Object::CronJob(cron_job) => {
            told.extend(name_warning(&cron_job.metadata.name, POD_NAMES));
            spec_warnings(
                &mut told,
                "spec.jobTemplate.spec.template.spec",
                &cron_job.spec.job_template.spec.template.spec,
            );
            if cron_job.spec.schedule.contains("TZ") {
                let schedule = &cron_job.spec.schedule;
                told.push(format!(
                    "cannot use TZ or CRON_TZ in schedule \"{schedule}\", use timeZone field instead, see \
                     https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details"
                ));
            }
        }
        Object::Pod(pod) => {
            let what = "this is used in the Pod's hostname";
            told.extend(name_warning(&pod.metadata.name, what));
            spec_warnings(&mut told, "spec", &pod.spec);
        }
        _ => {}
    }
    told
}

const POD_NAMES: &str = "this is used in Pod names and hostnames";

fn name_warning(name: &str, what: &str) -> Option<String> {
    let messages = names::dns_label(name);
    let surprise = "which can result in surprising behavior; a DNS label is recommended";
    (!messages.is_empty()).then(|| format!("metadata.name: {what}, {surprise}: [{}]", messages.join(" ")))
}

fn index_warning(job: &Job) -> Option<String> {
    let many = job.spec.completions.is_some_and(|completions| completions > MANY_COMPLETIONS)
        && job.spec.parallelism.is_some_and(|parallelism| parallelism > MANY_AT_A_TIME);
    let text = "spec: In Indexed Jobs with a number of completions higher than 10^5 and a parallelism higher than 10^4, \
                Kubernetes might not be able to track completedIndexes when a big number of indexes fail";
    (job.spec.is_indexed() && many).then(|| text.into())
}

fn spec_warnings(told: &mut Vec<String>, path: &str, spec: &PodSpec) {
    for (field, containers) in [("initContainers", &spec.init_containers), ("containers", &spec.containers)] {
        for (i, container) in containers.iter().enumerate() {
            let mut seen = Set::new();
            for (j, variable) in container.env.iter().enumerate() {
                if !seen.insert(&variable.name) {
                    let name = super::field::quoted(&variable.name);
                    told.push(format!(
                        "{path}.{field}[{i}].env[{j}]: hides previous definition of {name}, which may be dropped when \
                         using apply"
                    ));
                }
            }
        }
    }
    if spec.termination_grace_period_seconds.is_some_and(|seconds| seconds < 0) {
        told.push(format!(
            "{path}.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1"
        ));
    }
}
