//! Goals: what is to be true in the cluster, in the words of `kubectl wait`.
//!
//! A lesson's goals are reached one after the other: each at the first instant, not before the one above it, at which
//! the cluster answers as wanted. What was typed to get there is nobody's business.

use crate::api::{Kind, ObjectKey, RESOURCES};
use crate::apiserver::Storage;
use crate::sim::Timestamp;
use std::fmt;

/// Something to be true of one object.
#[derive(Clone, Debug, PartialEq)]
pub struct Goal {
    /// As written: `kubectl wait --for=condition=Failed job/demo`.
    line: String,
    /// The object that is asked.
    pub object: ObjectKey,
    /// What is read of it, as a JSONPath.
    path: String,
    /// What is to be found there.
    pub wanted: String,
}

impl Goal {
    /// Reads `kubectl wait --for=condition=TYPE[=STATUS] TYPE/NAME` or `kubectl wait --for=jsonpath='{PATH}'=VALUE TYPE/NAME`.
    pub fn parse(line: &str) -> Result<Self, String> {
        let wrong = || {
            format!(
                "{line:?}: a goal is a `kubectl wait --for=condition=… TYPE/NAME` or `--for=jsonpath='{{…}}'=… TYPE/NAME`"
            )
        };
        let rest = line.strip_prefix("kubectl wait --for=").ok_or_else(wrong)?;
        let (what, object) = rest.rsplit_once(' ').ok_or_else(wrong)?;
        let (path, wanted) = if let Some(condition) = what.strip_prefix("condition=") {
            let (kind, status) = condition.split_once('=').unwrap_or((condition, "True"));
            (format!("{{.status.conditions[?(@.type==\"{kind}\")].status}}"), status.to_owned())
        } else {
            let (path, wanted) =
                what.strip_prefix("jsonpath='").and_then(|rest| rest.split_once("'=")).ok_or_else(wrong)?;
            (path.to_owned(), wanted.trim_matches('\'').to_owned())
        };
        let object = object_key(object).ok_or_else(wrong)?;
        Ok(Self { line: line.to_owned(), object, path, wanted })
    }

    /// The command that reads what the goal is about.
    pub fn question(&self) -> String {
        let ObjectKey { kind, name, .. } = &self.object;
        format!("kubectl get {}/{name} -o jsonpath='{}'", kind.resource().plural, self.path)
    }

    /// Whether this answer to [`Goal::question`] is the wanted one; as `kubectl wait`, conditions in any case.
    pub fn accepts(&self, answer: &str) -> bool {
        answer.eq_ignore_ascii_case(&self.wanted)
    }
}

impl fmt::Display for Goal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.line)
    }
}

/// `job/demo` or `jobs/demo`, in the default namespace.
fn object_key(text: &str) -> Option<ObjectKey> {
    let (kind, name) = text.split_once('/')?;
    let kind: Kind = RESOURCES
        .iter()
        .find(|r| {
            r.name.eq_ignore_ascii_case(kind)
                || r.qualified_kind().eq_ignore_ascii_case(kind)
                || r.plural == kind
                || r.short_names.contains(&kind)
        })?
        .kind;
    let namespace = if kind.resource().namespaced { "default" } else { "" };
    Some(ObjectKey::new(kind, namespace, name.to_owned()))
}

/// How far a run has come on the way through some goals.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Progress {
    /// When each goal that has been reached was reached.
    pub reached: Vec<Timestamp>,
    /// Up to which revision the run has been asked.
    asked: u64,
}

impl Progress {
    /// Asks about everything that was written since the last time. `answer` reads what a question prints at an instant.
    pub fn follow(&mut self, goals: &[Goal], storage: &Storage, mut answer: impl FnMut(&str, Timestamp) -> String) {
        for change in storage.changes_since(self.asked) {
            let Some(goal) = goals.get(self.reached.len()) else { break };
            if change.object.key() != goal.object {
                continue;
            }
            // One instant may reach several goals at once.
            while let Some(goal) = goals.get(self.reached.len())
                && goal.accepts(&answer(&goal.question(), change.at))
            {
                self.reached.push(change.at);
            }
        }
        self.asked = storage.revision();
    }

    /// Whether every goal has been reached.
    pub fn is_done(&self, goals: &[Goal]) -> bool {
        self.reached.len() >= goals.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn goals_are_questions_to_the_cluster() {
        let check = |line: &str, question: &str, wanted: &str| {
            let goal = Goal::parse(line).expect(line);
            assert_eq!((goal.question().as_str(), goal.wanted.as_str()), (question, wanted), "{line}");
            assert_eq!(goal.to_string(), line);
        };
        check(
            "kubectl wait --for=condition=Failed job/demo",
            "kubectl get jobs/demo -o jsonpath='{.status.conditions[?(@.type==\"Failed\")].status}'",
            "True",
        );
        check(
            "kubectl wait --for=condition=Suspended=False job.batch/demo",
            "kubectl get jobs/demo -o jsonpath='{.status.conditions[?(@.type==\"Suspended\")].status}'",
            "False",
        );
        check(
            "kubectl wait --for=jsonpath='{.status.failedIndexes}'=0,1 jobs/demo",
            "kubectl get jobs/demo -o jsonpath='{.status.failedIndexes}'",
            "0,1",
        );
        check(
            "kubectl wait --for=jsonpath='{.spec.unschedulable}'=true node/node-1",
            "kubectl get nodes/node-1 -o jsonpath='{.spec.unschedulable}'",
            "true",
        );
    }

    #[test]
    fn what_is_no_goal_is_refused() {
        for line in ["kubectl get pods", "kubectl wait --for=condition=Failed", "kubectl wait --for=delete pod/x"] {
            assert!(Goal::parse(line).is_err(), "{line}");
        }
    }
}
