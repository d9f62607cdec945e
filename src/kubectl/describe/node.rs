//! `kubectl describe node` (spec 05 §4.4).

use super::Sheet;
use crate::api::{Kind, Node, Object, Pod, Strings, Text};
use crate::kubectl::age::age;
use crate::kubectl::printers::node_roles;
use crate::kubectl::session::Reading;
use crate::sim::{Map, Order};
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
    let allocatable = |name: &str| node.status.allocatable.get(name).and_then(|amount| Amount::read(amount));
    let cell = |amount: Amount, name: &str| {
        let percent = allocatable(name).map_or(0, |whole| amount.percent_of(whole));
        format!("{} ({percent}%)", amount.print(name))
    };
    sheet.line(format!("Non-terminated Pods:\t({} in total)", pods.len()));
    sheet.line("  Namespace\tName\t\tCPU Requests\tCPU Limits\tMemory Requests\tMemory Limits\tAge");
    sheet.line("  ---------\t----\t\t------------\t----------\t---------------\t-------------\t---");
    let mut totals: Map<(&str, bool), Amount> = Map::new();
    for pod in &pods {
        let mut cells = Vec::new();
        for name in ["cpu", "memory", "ephemeral-storage"] {
            for limits in [false, true] {
                let amount = asked(pod, name, limits);
                let total = totals.entry((name, limits)).or_default();
                *total = total.plus(amount);
                if name != "ephemeral-storage" {
                    cells.push(cell(amount, name));
                }
            }
        }
        let age = age(reading.now, pod.metadata.creation_timestamp);
        sheet.line(format!("  {}\t{}\t\t{}\t{age}", pod.metadata.namespace, pod.metadata.name, cells.join("\t")));
    }
    sheet.line("Allocated resources:\n  (Total limits may be over 100 percent, i.e., overcommitted.)");
    sheet.line("  Resource\tRequests\tLimits");
    sheet.line("  --------\t--------\t------");
    for name in ["cpu", "memory", "ephemeral-storage"] {
        let total = |limits: bool| cell(totals.get(&(name, limits)).copied().unwrap_or_default(), name);
        sheet.line(format!("  {name}\t{}\t{}", total(false), total(true)));
    }
}

/// What a pod asks for: its containers together, or its hungriest init container.
fn asked(pod: &Pod, name: &str, limits: bool) -> Amount {
    let of = |container: &crate::api::Container| {
        let amounts = if limits { &container.resources.limits } else { &container.resources.requests };
        amounts.get(name).and_then(|amount| Amount::read(amount)).unwrap_or_default()
    };
    let main = pod.spec.containers.iter().map(of).fold(Amount::default(), Amount::plus);
    pod.spec.init_containers.iter().map(of).fold(main, Amount::max)
}

/// An amount of a resource, in thousandths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Amount(i128);

impl Amount {
    fn read(text: &str) -> Option<Self> {
        let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        let (whole, part) = text[..digits].split_once('.').unwrap_or((&text[..digits], ""));
        let part: i128 = format!("{part:0<3}").get(..3)?.parse().ok()?;
        let thousandths = whole.parse::<i128>().ok()?.checked_mul(1000)? + part;
        let factor: i128 = match &text[digits..] {
            "m" => return Some(Self(thousandths / 1000)),
            "" => 1,
            "k" => 1000,
            "M" => 1000_i128.pow(2),
            "G" => 1000_i128.pow(3),
            "T" => 1000_i128.pow(4),
            "Ki" => 1 << 10,
            "Mi" => 1 << 20,
            "Gi" => 1 << 30,
            "Ti" => 1 << 40,
            _ => return None,
        };
        thousandths.checked_mul(factor).map(Self)
    }

    fn plus(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }

    fn percent_of(self, whole: Self) -> i128 {
        if whole.0 == 0 { 0 } else { self.0 * 100 / whole.0 }
    }

    /// As quantities are written: processors in whole or in thousandths, bytes in the largest even power.
    fn print(self, name: &str) -> String {
        if name == "cpu" && self.0 % 1000 != 0 {
            return format!("{}m", self.0);
        }
        let whole = self.0 / 1000;
        if name == "cpu" || whole == 0 {
            return whole.to_string();
        }
        let units = [("Ti", 40), ("Gi", 30), ("Mi", 20), ("Ki", 10)];
        let unit = units.into_iter().find(|(_, power)| whole % (1 << power) == 0);
        unit.map_or_else(|| whole.to_string(), |(unit, power)| format!("{}{unit}", whole >> power))
    }
}
