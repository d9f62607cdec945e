//! `kubectl logs`: which container is meant, and why it has nothing to say (spec 05 §8).
//!
//! Containers print nothing that this cluster keeps; what there is to learn from the errors is all here.

use super::call::{Action, Call};
use super::failure::{Failure, Outcome};
use super::invocation::{Printed, Read, Reading};
use super::selection::{Selection, Target};
use crate::api::{ApiError, ContainerState, ContainerStatus, Kind, Object, Pod, PodPhase, Reason};
use crate::sim::Order;
use std::rc::Rc;

/// `kubectl logs`
pub fn start(call: &Call<'_>) -> Outcome<Action> {
    if call.given("since") && call.given("since-time") {
        return Err(Failure::client("at most one of `sinceTime` or `sinceSeconds` may be specified"));
    }
    let of_labels = call.given("selector");
    let (objects, container) = match (call.arguments.as_slice(), of_labels) {
        ([], true) => (vec!["pods".to_owned()], None),
        ([], false) => {
            return Err(call.usage("expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or TYPE/NAME is a required argument for the logs command"));
        }
        (_, true) => return Err(Failure::client("only a selector (-l) or a POD name is allowed")),
        ([object, container @ ..], false) => {
            let object = if object.contains('/') { object.clone() } else { format!("pod/{object}") };
            (vec![object], container.first().cloned())
        }
    };
    let container = call.text("container").map(str::to_owned).or(container);
    let previous = call.has("previous");
    let all = call.has("all-containers");
    Action::read(Logs { selection: Selection::of(call, &objects, false)?, of_labels, container, previous, all })
}

#[derive(Clone)]
struct Logs {
    selection: Selection,
    of_labels: bool,
    container: Option<String>,
    previous: bool,
    all: bool,
}

impl Read for Logs {
    fn read(&self, reading: Reading<'_>) -> Printed {
        let mut printed = Printed::default();
        let (targets, failures) = self.selection.resolve(reading, true);
        if !failures.is_empty() {
            printed.failures = failures.into_iter().map(|failure| wrapped(failure, self)).collect();
            return printed;
        }
        if targets.is_empty() && self.of_labels {
            printed.err = super::get::nothing_found(&self.selection);
        }
        for target in targets {
            let Some(pod) = self.pod(&target, reading, &mut printed) else {
                printed.failures.push(Failure::client("timed out waiting for the condition"));
                continue;
            };
            if let Err(failure) = self.container(&pod, &mut printed.err) {
                printed.failures.push(failure);
            }
        }
        printed
    }

    fn copy(&self) -> Box<dyn Read> {
        Box::new(self.clone())
    }
}

/// A pod that does not exist is told in words of its own.
fn wrapped(failure: Failure, logs: &Logs) -> Failure {
    match failure {
        Failure::Api { error, .. } if error.message.starts_with("pods ") => {
            let namespace = logs.selection.namespace.as_deref().unwrap_or("");
            Failure::client(format!(
                "error from server ({}): {} in namespace \"{namespace}\"",
                error.reason, error.message
            ))
        }
        other => other,
    }
}

impl Logs {
    /// The pod that is meant, or the one of a Job's that kubectl picks.
    fn pod(&self, target: &Target, reading: Reading<'_>, printed: &mut Printed) -> Option<Rc<Pod>> {
        let object = target.object.as_ref()?;
        if let Some(pod) = object.as_pod() {
            return Some(pod.clone());
        }
        let selector = object.as_job()?.spec.selector.clone()?;
        let all = reading.view.list_in(Kind::Pod, &target.key.namespace).filter_map(Object::as_pod);
        let mut pods: Vec<&Rc<Pod>> = all.filter(|pod| selector.matches(&pod.metadata.labels)).collect();
        let rank = |pod: &Pod| match pod.status.phase {
            PodPhase::Pending => 2,
            PodPhase::Unknown => 1,
            _ => 0,
        };
        pods.order_by_key(|pod| (pod.node_name.is_none(), rank(pod), !pod.is_ready(), pod.metadata.creation_timestamp));
        if pods.len() > 1 {
            printed.err += &format!("Found {} pods, using pod/{}\n", pods.len(), pods[0].metadata.name);
        }
        pods.first().map(|pod| (*pod).clone())
    }

    /// Finds the container and what keeps it from having a log.
    fn container(&self, pod: &Pod, err: &mut String) -> Outcome<()> {
        let names = || {
            let main = pod.spec.containers.iter().map(|container| container.name.to_string());
            main.chain(pod.spec.init_containers.iter().map(|container| format!("{} (init)", container.name)))
        };
        if self.all {
            return Ok(());
        }
        let annotated = pod.metadata.annotations.get("kubectl.kubernetes.io/default-container");
        let first = pod.spec.containers.first().map(|container| container.name.to_string()).unwrap_or_default();
        let chosen = self.container.clone().unwrap_or_else(|| annotated.map_or(first, ToString::to_string));
        if self.container.is_none() && names().count() > 1 {
            *err += &format!("Defaulted container \"{chosen}\" out of: {}\n", names().collect::<Vec<_>>().join(", "));
        }
        let known = pod.spec.containers.iter().chain(&pod.spec.init_containers).any(|c| c.name == chosen.as_str());
        if !known {
            let known: Vec<String> = names().collect();
            let why =
                format!("container {chosen} is not valid for pod {} out of: {}", pod.metadata.name, known.join(", "));
            return Err(Failure::client(why));
        }
        let mut statuses = pod.status.container_statuses.iter().chain(&pod.status.init_container_statuses);
        let status = statuses.find(|status| status.name == chosen.as_str());
        self.complaint(pod, &chosen, status).map_or(Ok(()), |why| Err(ApiError::new(Reason::BadRequest, why).into()))
    }

    fn complaint(&self, pod: &Pod, name: &str, status: Option<&ContainerStatus>) -> Option<String> {
        let pod = &pod.metadata.name;
        if self.previous {
            let ended = matches!(status.map(|status| &status.last_state), Some(Some(ContainerState::Terminated(_))));
            return (!ended).then(|| format!("previous terminated container \"{name}\" in pod \"{pod}\" not found"));
        }
        let waiting = match status.map(|status| &status.state) {
            Some(Some(ContainerState::Waiting(waiting))) => waiting.reason.as_str(),
            Some(_) => return None,
            None => "ContainerCreating",
        };
        let begin = format!("container \"{name}\" in pod \"{pod}\" is waiting to start: ");
        match waiting {
            // It has run before: its log is still there.
            "CrashLoopBackOff" => None,
            "ErrImagePull" => Some(begin + "image can't be pulled"),
            "ImagePullBackOff" => Some(begin + "trying and failing to pull image"),
            other => Some(begin + other),
        }
    }
}
