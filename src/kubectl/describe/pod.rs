//! `kubectl describe pod` (spec 05 §4.2).

use super::template::{amounts, containers, seccomp, topology, volumes};
use super::{Sheet, or_none};
use crate::api::{Pod, Time};
use crate::kubectl::age::age;
use crate::sim::Timestamp;

/// Everything but the events.
pub fn describe(pod: &Pod, sheet: &mut Sheet, now: Timestamp) {
    let (spec, status) = (&pod.own_spec(), &pod.own_status());
    sheet.head(&pod.metadata);
    sheet.maybe("Priority", spec.priority);
    sheet.maybe("Priority Class Name", spec.priority_class_name.as_ref());
    sheet.maybe("Runtime Class Name", spec.runtime_class_name.as_ref().filter(|name| !name.is_empty()));
    sheet.maybe("Service Account", spec.service_account_name.as_ref());
    let node = pod.node_name.as_ref().map(|node| format!("{node}/{}", status.host_ip));
    sheet.field("Node", or_none(node.unwrap_or_default()));
    sheet.maybe("Start Time", status.start_time.map(Time::rfc1123z));
    sheet.labels("Labels", &pod.metadata.labels);
    sheet.annotations("Annotations", &pod.metadata.annotations);
    if pod.is_terminating() {
        let since = age(now, pod.metadata.deletion_timestamp);
        sheet.field("Status", format!("Terminating (lasts {since})"));
        let grace = pod.metadata.deletion_grace_period_seconds.unwrap_or(0);
        sheet.field("Termination Grace Period", format!("{grace}s"));
    } else {
        sheet.field("Status", status.phase.as_str());
    }
    sheet.maybe("Reason", (!status.reason.is_empty()).then_some(&status.reason));
    sheet.maybe("Message", (!status.message.is_empty()).then_some(&status.message));
    seccomp(spec.security_context.as_ref(), ["SeccompProfile", "LocalhostProfile"], sheet);
    sheet.field("IP", &status.pod_ip);
    if status.pod_ips.is_empty() {
        sheet.field("IPs", "<none>");
    } else {
        sheet.line("IPs:");
        status.pod_ips.iter().for_each(|ip| sheet.field("  IP", &ip.ip));
    }
    sheet.maybe("Controlled By", pod.metadata.controller().map(|owner| format!("{}/{}", owner.kind, owner.name)));
    let nominated = &status.nominated_node_name;
    sheet.maybe("NominatedNodeName", (!nominated.is_empty()).then_some(nominated));
    if let Some(resources) = &spec.resources {
        sheet.line("Resources:");
        amounts("  ", resources, sheet);
    }
    if !spec.init_containers.is_empty() {
        containers("Init Containers", "", &spec.init_containers, Some(pod), sheet);
    }
    containers("Containers", "", &spec.containers, Some(pod), sheet);
    if !spec.readiness_gates.is_empty() {
        sheet.line("Readiness Gates:");
        sheet.line("  Type\tStatus");
        for gate in spec.readiness_gates.iter().filter_map(|gate| gate["conditionType"].as_str()) {
            let condition = status.conditions.iter().find(|condition| condition.kind == gate);
            sheet.line(format!("  {gate} \t{} ", condition.map_or("<none>", |condition| condition.status.as_str())));
        }
    }
    if !status.conditions.is_empty() {
        sheet.line("Conditions:");
        sheet.line("  Type\tStatus");
        for condition in &status.conditions {
            sheet.line(format!("  {} \t{} ", condition.kind, condition.status.as_str()));
        }
    }
    volumes("", &spec.volumes, sheet);
    sheet.field("QoS Class", &status.qos_class);
    sheet.labels("Node-Selectors", &spec.node_selector);
    sheet.tolerations("Tolerations", &spec.tolerations);
    topology("", &spec.topology_spread_constraints, sheet);
}
