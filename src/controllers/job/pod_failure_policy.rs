//! `podFailurePolicy`: what a failed pod means to its Job, by exit code or condition (spec 02 §6).
//!
//! The rules are tried in order, and the first that matches decides: give up the whole Job, give up the index, act as if
//! nothing had happened, or count the failure as usual. In Kubernetes: `pkg/controller/job/pod_failure_policy.go`.

use super::pods::is_failed;
use crate::api::job::{OnExitCodes, PodFailurePolicy, PodFailurePolicyRule};
use crate::api::{ContainerStatus, JobSpec, Pod, Text};

/// What a rule makes of a failed pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// The Job fails now.
    FailJob,
    /// The pod's index fails now.
    FailIndex,
    /// The pod is replaced and does not count.
    Ignore,
    /// The pod counts, as it would without a policy.
    Count,
}

impl Action {
    /// The word in the manifest.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FailJob => "FailJob",
            Self::FailIndex => "FailIndex",
            Self::Ignore => "Ignore",
            Self::Count => "Count",
        }
    }

    fn read(text: &str) -> Option<Self> {
        [Self::FailJob, Self::FailIndex, Self::Ignore, Self::Count].into_iter().find(|action| action.as_str() == text)
    }
}

/// A rule that has matched a pod.
#[derive(Clone, Debug, PartialEq)]
pub struct Match {
    /// Which rule: `spec.podFailurePolicy.rules[rule]`.
    pub rule: usize,
    pub action: Action,
    pub cause: Cause,
}

/// What about the pod the rule has matched.
#[derive(Clone, Debug, PartialEq)]
pub enum Cause {
    ExitCode { container: Text, code: i32 },
    Condition { kind: Text },
}

impl Match {
    /// What the Job's FailureTarget condition says when a FailJob rule has matched.
    pub fn message(&self, pod: &Pod) -> String {
        let (namespace, name, rule) = (&pod.metadata.namespace, &pod.metadata.name, self.rule);
        match &self.cause {
            Cause::ExitCode { container, code } => format!(
                "Container {container} for pod {namespace}/{name} failed with exit code {code} matching FailJob rule \
                 at index {rule}"
            ),
            Cause::Condition { kind } => {
                format!("Pod {namespace}/{name} has condition {kind} matching FailJob rule at index {rule}")
            }
        }
    }
}

/// The first rule that matches a failed pod.
pub fn first_match(policy: &PodFailurePolicy, pod: &Pod) -> Option<Match> {
    policy.rules.iter().enumerate().find_map(|(index, rule)| {
        let cause = cause(rule, pod)?;
        Some(Match { rule: index, action: Action::read(&rule.action)?, cause })
    })
}

/// What about a failed pod a rule matches, if it does; whether an earlier one matches as well is not asked.
pub fn cause(rule: &PodFailurePolicyRule, pod: &Pod) -> Option<Cause> {
    match &rule.on_exit_codes {
        Some(on_exit_codes) => exit_code(on_exit_codes, pod),
        None => pod.status.conditions.iter().find_map(|condition| {
            let mut patterns = rule.on_pod_conditions.iter();
            let matches = patterns.any(|it| it.kind == condition.kind && it.status == condition.status.as_str());
            matches.then(|| Cause::Condition { kind: condition.kind.clone() })
        }),
    }
}

/// What the Job's FailureTarget condition says, if this pod has failed and a FailJob rule is the first that matches it.
pub fn fail_job_message(spec: &JobSpec, pod: &Pod) -> Option<Text> {
    let policy = spec.pod_failure_policy.as_ref()?;
    let found = first_match(policy, pod).filter(|_| is_failed(pod, spec))?;
    (found.action == Action::FailJob).then(|| found.message(pod).into())
}

/// The first container that ended as the rule says: containers before init containers, and never one that exited 0.
fn exit_code(rule: &OnExitCodes, pod: &Pod) -> Option<Cause> {
    let listed = |code: i32| rule.values.as_ref().is_some_and(|values| values.contains(&code));
    let named = |status: &&ContainerStatus| rule.container_name.as_ref().is_none_or(|name| *name == status.name);
    let statuses = pod.status.container_statuses.iter().chain(&pod.status.init_container_statuses);
    statuses.filter(named).find_map(|status| {
        let code = status.terminated()?.exit_code;
        let matches = match rule.operator.as_str() {
            "In" => listed(code),
            "NotIn" => !listed(code),
            _ => false,
        };
        (code != 0 && matches).then(|| Cause::ExitCode { container: status.name.clone(), code })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Object;
    use crate::api::fields;
    use serde_json::json;

    fn pod() -> Object {
        let ended = |name: &str, code: i32| json!({"name": name, "state": {"terminated": {"exitCode": code}}});
        let status = json!({
            "phase": "Failed",
            "containerStatuses": [ended("main", 42), ended("log", 0)],
            "initContainerStatuses": [ended("setup", 3)],
            "conditions": [{"type": "DisruptionTarget", "status": "True"}, {"type": "Ready", "status": "False"}],
        });
        let pod = json!({"metadata": {"name": "demo-x", "namespace": "default"}, "status": status});
        Object::from_value(crate::api::Kind::Pod, pod).expect("a pod")
    }

    fn check(situation: &str, rules: &[&str], expected: &str) {
        let rules = rules.iter().map(|rule| {
            let (action, requirement) = rule.split_once(' ').expect("action and requirement");
            let requirement: serde_json::Value = serde_json::from_str(requirement).expect("JSON");
            let mut rule = json!({"action": action});
            let kind = if requirement.is_array() { "onPodConditions" } else { "onExitCodes" };
            rule[kind] = requirement;
            rule
        });
        let policy: PodFailurePolicy = fields::read(json!({"rules": rules.collect::<Vec<_>>()})).expect("a policy");
        let pod = pod();
        let pod = pod.as_pod().expect("a pod");
        let told = first_match(&policy, pod).map(|found| (found.action, found.message(pod)));
        let told = told.map_or("nothing".into(), |(action, message)| format!("{}: {message}", action.as_str()));
        assert_eq!(told, expected, "{situation}");
    }

    #[test]
    fn the_first_rule_that_matches_decides() {
        const MAIN: &str = "Container main for pod default/demo-x failed with exit code 42 matching FailJob rule";
        check("no rule", &[], "nothing");
        check(
            "a code in the list",
            &[r#"FailJob {"operator":"In","values":[1,42]}"#],
            &format!("FailJob: {MAIN} at index 0"),
        );
        check("not in the list", &[r#"FailJob {"operator":"In","values":[1]}"#], "nothing");
        check("a list of others", &[r#"Count {"operator":"NotIn","values":[42,3]}"#], "nothing");
        check(
            "init containers are looked at last",
            &[r#"FailIndex {"operator":"NotIn","values":[42]}"#],
            "FailIndex: Container setup for pod default/demo-x failed with exit code 3 matching FailJob rule at index 0",
        );
        check(
            "exit code 0 matches nothing",
            &[r#"FailJob {"containerName":"log","operator":"NotIn","values":[1]}"#],
            "nothing",
        );
        check(
            "the first of two",
            &[r#"Ignore [{"type":"DisruptionTarget","status":"True"}]"#, r#"FailJob {"operator":"In","values":[42]}"#],
            "Ignore: Pod default/demo-x has condition DisruptionTarget matching FailJob rule at index 0",
        );
        check(
            "the first of the pod's conditions that any pattern matches",
            &[r#"FailJob [{"type":"Ready","status":"False"},{"type":"DisruptionTarget","status":"True"}]"#],
            "FailJob: Pod default/demo-x has condition DisruptionTarget matching FailJob rule at index 0",
        );
        check(
            "the status of a condition matters",
            &[r#"Ignore [{"type":"Ready","status":"True"}]"#, r#"FailJob {"operator":"In","values":[42]}"#],
            &format!("FailJob: {MAIN} at index 1"),
        );
    }
}
