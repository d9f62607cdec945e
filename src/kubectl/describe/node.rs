//! `kubectl describe node` (spec 05 §4.4).

use super::Sheet;
use crate::api::pod::ResourceRequirements;
use crate::api::quantity::Quantity;
use crate::api::{Kind, Node, Object, Pod, PodSpec, Strings, Text};
use crate::kubectl::age::age;
use crate::kubectl::jsonpath::word;
use crate::kubectl::printers::node_roles;
use crate::kubectl::session::Reading;
use crate::sim::{Map, Order};
use serde_json::Value;
use std::rc::Rc;

/// Everything but the events.
pub fn describe(node: &Node, sheet: &mut Sheet, reading: Reading<'_>) {
    let (metadata, status) = (&node.metadata, &node.status);
    sheet.field("Name", &metadata.name);
    sheet.field("Roles", node_roles(node));
    sheet.labels("Labels", &metadata.labels);
    sheet.annotations("Annotations", &metadata.annotations);
    sheet.field("CreationTimestamp", metadata.creation_timestamp.unwrap_or_default().rfc1123z());
    let taint = |taint: &crate::api::Taint| match taint.value.as_str() {
        "" => format!("{}:{}", taint.key, taint.effect),
        value => format!("{}={value}:{}", taint.key, taint.effect),
    };
    let mut taints: Vec<_> = node.spec.taints.iter().collect();
    taints.order_by_key(|taint| (&taint.effect, &taint.key));
    sheet.lines("Taints", taints.into_iter().map(taint));
    sheet.field("Unschedulable", node.spec.unschedulable);
    let ready = status.conditions.iter().find(|condition| condition.kind == "Ready");
    sheet.line("Lease:");
    sheet.field("  HolderIdentity", &metadata.name);
    sheet.field("  AcquireTime", "<unset>");
    sheet.field("  RenewTime", super::stamp(ready.and_then(|ready| ready.last_probe_time)));
    sheet.line("Conditions:");
    sheet.line("  Type\tStatus\tLastHeartbeatTime\tLastTransitionTime\tReason\tMessage");
    sheet.line("  ----\t------\t-----------------\t------------------\t------\t-------");
    for condition in status.conditions.iter() {
        let (seen, since) = (super::instant(condition.last_probe_time), super::instant(condition.last_transition_time));
        let (kind, status) = (&condition.kind, condition.status.as_str());
        sheet.line(format!("  {kind} \t{status} \t{seen} \t{since} \t{} \t{}", condition.reason, condition.message));
    }
    sheet.line("Addresses:");
    status.addresses.iter().for_each(|address| sheet.field(&format!("  {}", address.kind), &address.address));
    for (title, amounts) in [("Capacity", &status.capacity), ("Allocatable", &status.allocatable)] {
        sheet.line(format!("{title}:"));
        amounts.iter().for_each(|(name, amount)| sheet.field(&format!("  {name}"), amount));
    }
    system_info(&status.node_info, sheet);
    if !node.spec.pod_cidr.is_empty() {
        sheet.field("PodCIDR", &node.spec.pod_cidr);
        sheet.field("PodCIDRs", node.spec.pod_cidrs.iter().map(Text::as_str).collect::<Vec<_>>().join(","));
    }
    pods(node, sheet, reading);
}

fn system_info(info: &Strings, sheet: &mut Sheet) {
    const LINES: [(&str, &str); 9] = [
        ("Machine ID", "machineID"),
        ("System UUID", "systemUUID"),
        ("Boot ID", "bootID"),
        ("Kernel Version", "kernelVersion"),
        ("OS Image", "osImage"),
        ("Operating System", "operatingSystem"),
        ("Architecture", "architecture"),
        ("Container Runtime Version", "containerRuntimeVersion"),
        ("Kubelet Version", "kubeletVersion"),
    ];
    sheet.line("System Info:");
    for (title, key) in LINES {
        sheet.field(&format!("  {title}"), info.get(key).map(Text::as_str).unwrap_or(""));
    }
}

/// What the pods that have not ended ask for and may use, and what share of the node that is.
fn pods(node: &Node, sheet: &mut Sheet, reading: Reading<'_>) {
    let here = |pod: &Rc<Pod>| pod.node_name.as_deref() == Some(&*node.metadata.name) && !pod.is_finished();
    let all = reading.view.list(Kind::Pod).filter_map(Object::into_pod);
    let pods: Vec<Rc<Pod>> = all.filter(here).collect();
    let allocatable = |name: &str| node.status.allocatable.get(name).and_then(|amount| Quantity::parse(amount).ok());
    let cell = |amount: Quantity, name: &str| {
        format!("{amount} ({}%)", share(amount, allocatable(name).unwrap_or_default(), name))
    };
    sheet.line(format!("Non-terminated Pods:\t({} in total)", pods.len()));
    sheet.line("  Namespace\tName\t\tCPU Requests\tCPU Limits\tMemory Requests\tMemory Limits\tAge");
    sheet.line("  ---------\t----\t\t------------\t----------\t---------------\t-------------\t---");
    let mut totals = [Amounts::new(), Amounts::new()];
    for pod in &pods {
        let amounts = [requests(&pod.spec), limits(&pod.spec)];
        let cells =
            ["cpu", "memory"].into_iter().flat_map(|name| amounts.each_ref().map(|of| cell(amount(of, name), name)));
        let age = age(reading.now, pod.metadata.creation_timestamp);
        let cells = cells.collect::<Vec<_>>().join("\t");
        sheet.line(format!("  {}\t{}\t\t{cells}\t{age}", pod.metadata.namespace, pod.metadata.name));
        totals.iter_mut().zip(&amounts).for_each(|(total, amounts)| add(total, amounts));
    }
    sheet.line("Allocated resources:\n  (Total limits may be over 100 percent, i.e., overcommitted.)");
    sheet.line("  Resource\tRequests\tLimits");
    sheet.line("  --------\t--------\t------");
    let named = node
        .status
        .allocatable
        .keys()
        .filter(|name| !["cpu", "memory", "ephemeral-storage", "pods"].contains(&name.as_str()));
    let (pages, others): (Vec<&Text>, Vec<&Text>) = named.partition(|name| name.starts_with("hugepages-"));
    for name in ["cpu", "memory", "ephemeral-storage"].into_iter().chain(pages.into_iter().map(Text::as_str)) {
        let [requests, limits] = totals.each_ref().map(|of| cell(amount(of, name), name));
        sheet.line(format!("  {name}\t{requests}\t{limits}"));
    }
    for name in others {
        let [requests, limits] = totals.each_ref().map(|of| amount(of, name));
        sheet.line(format!("  {name}\t{requests}\t{limits}"));
    }
}

type Amounts = Map<Text, Quantity>;

fn amount(amounts: &Amounts, name: &str) -> Quantity {
    amounts.get(name).copied().unwrap_or_default()
}

fn add(amounts: &mut Amounts, more: &Amounts) {
    for (name, &amount) in more {
        let known = amounts.entry(name.clone()).or_default();
        *known = *known + amount;
    }
}

/// What a pod asks for, with what it costs to run one.
fn requests(spec: &PodSpec) -> Amounts {
    let mut requests = of_pod(spec, |resources| &resources.requests);
    add(&mut requests, &overhead(spec));
    requests
}

/// What a pod may use. What it costs to run one counts where there is a limit.
fn limits(spec: &PodSpec) -> Amounts {
    let mut limits = of_pod(spec, |resources| &resources.limits);
    let overhead = overhead(spec).into_iter().filter(|(name, _)| limits.contains_key(name)).collect();
    add(&mut limits, &overhead);
    limits
}

/// What is said of the pod as a whole, and where nothing is, of its containers together.
fn of_pod(spec: &PodSpec, said: fn(&ResourceRequirements) -> &Strings) -> Amounts {
    let mut amounts = spec.amounts_of_containers(said);
    for (name, amount) in spec.resources.iter().flat_map(said) {
        amounts.insert(name.clone(), Quantity::parse(amount).unwrap_or_default());
    }
    amounts
}

fn overhead(spec: &PodSpec) -> Amounts {
    let said = spec.overhead.as_ref().and_then(Value::as_object).into_iter().flatten();
    let amounts = said.map(|(name, amount)| (name.clone().into(), Quantity::parse(&word(amount)).unwrap_or_default()));
    amounts.collect()
}

/// Per cent of what there is; cut off as kubectl does it, which reckons in fractions.
fn share(amount: Quantity, whole: Quantity, name: &str) -> i64 {
    let number = |quantity: Quantity| if name == "cpu" { quantity.milli() } else { quantity.units() };
    if whole.is_zero() { 0 } else { (number(amount) as f64 / number(whole) as f64 * 100.0) as i64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the real client says of the same amounts: 29 of 100 are 28.999999999999996 in fractions.
    #[test]
    fn shares_are_cut_off_as_fractions_are() {
        let check = |name: &str, amount: &str, whole: &str, expected: i64| {
            let quantity = |text: &str| Quantity::parse(text).expect("a quantity");
            assert_eq!(share(quantity(amount), quantity(whole), name), expected, "{amount} of {whole}");
        };
        check("cpu", "290m", "1", 28);
        check("cpu", "2", "1", 200);
        check("memory", "57", "100", 56);
        check("memory", "58", "100", 57);
        check("memory", "1Gi", "8Gi", 12);
        check("cpu", "1", "0", 0);
    }
}
