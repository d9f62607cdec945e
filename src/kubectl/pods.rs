//! Which pod and which of its containers a command means that goes to the nodes: `logs`, `exec`, `attach`.

use super::failure::{Failure, Outcome};
use super::session::Reading;
use crate::api::{ContainerStatus, Kind, LabelSelector, Object, Pod, PodPhase, fields};
use crate::node::Kubelets;
use crate::sim::Order;
use serde_json::json;
use std::rc::Rc;

/// The pods of an object: itself, or those that its selector chooses. `doing` is `get the logs from` or `attach to`.
pub fn of(object: &Object, doing: &str, reading: Reading<'_>) -> Outcome<Vec<Rc<Pod>>> {
    let selector: Option<LabelSelector> = match object {
        Object::Pod(pod) => return Ok(vec![pod.clone()]),
        Object::Job(job) => job.spec.selector.clone(),
        Object::Other(other) => {
            let selector = &other.fields.get("spec").map_or(&serde_json::Value::Null, |spec| &spec["selector"]);
            match other.kind {
                Kind::StatefulSet => fields::read((*selector).clone()).ok(),
                Kind::Service => fields::read(json!({"matchLabels": selector})).ok(),
                _ => None,
            }
        }
        _ => None,
    };
    let Some(selector) = selector else {
        let kind = format!("*v1.{}", object.kind().resource().name);
        return Err(Failure::client(format!("cannot {doing} {kind}: selector for {kind} not implemented")));
    };
    let all = reading.view.list_in(Kind::Pod, &object.metadata().namespace).filter_map(Object::into_pod);
    Ok(all.filter(|pod| selector.matches(&pod.metadata.labels)).collect())
}

/// What the API server finds when it calls the kubelet of a pod and nobody answers; nothing where somebody does.
pub fn silence(pod: &Pod, kubelets: &Kubelets) -> Option<String> {
    let node = pod.node_name.as_ref().filter(|node| !kubelets.answers(node))?;
    let address = if pod.host_ip.is_empty() { node } else { &pod.host_ip };
    Some(format!("dial tcp {address}:10250: connect: no route to host"))
}

/// Puts the pod first that kubectl picks of several: on a node, running, ready, the oldest.
pub fn order(pods: &mut [Rc<Pod>]) {
    let rank = |pod: &Pod| match pod.status.phase {
        PodPhase::Pending => 2,
        PodPhase::Unknown => 1,
        _ => 0,
    };
    pods.order_by_key(|pod| (pod.node_name.is_none(), rank(pod), !pod.is_ready(), pod.metadata.creation_timestamp));
}

/// The container that is meant: the named one, else that of the annotation, else the first, which is then told.
pub fn container(pod: &Pod, named: Option<&str>, err: &mut String) -> Outcome<String> {
    let names = || {
        let main = pod.spec.containers.iter().map(|container| container.name.to_string());
        main.chain(pod.spec.init_containers.iter().map(|container| format!("{} (init)", container.name)))
    };
    let annotated = pod.metadata.annotations.get("kubectl.kubernetes.io/default-container");
    let first = pod.spec.containers.first().map(|container| container.name.to_string()).unwrap_or_default();
    let chosen = named.map_or_else(|| annotated.map_or(first, ToString::to_string), str::to_owned);
    if named.is_none() && annotated.is_none() && names().count() > 1 {
        *err += &format!("Defaulted container \"{chosen}\" out of: {}\n", names().collect::<Vec<_>>().join(", "));
    }
    let known = pod.spec.containers.iter().chain(&pod.spec.init_containers).any(|c| c.name == chosen.as_str());
    if !known {
        let known = names().collect::<Vec<_>>().join(", ");
        let why = format!("container {chosen} is not valid for pod {} out of: {known}", pod.metadata.name);
        return Err(Failure::client(why));
    }
    Ok(chosen)
}

/// What has become of a container, as far as its kubelet has said.
pub fn status<'a>(pod: &'a Pod, container: &str) -> Option<&'a ContainerStatus> {
    let mut statuses = pod.status.container_statuses.iter().chain(&pod.status.init_container_statuses);
    statuses.find(|status| status.name == container)
}
