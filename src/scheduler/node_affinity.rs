//! NodeAffinity: `nodeSelector`, and what `affinity.nodeAffinity` requires.
//!
//! A pod whose terms all name their nodes, as those of a DaemonSet do, is not held against any other node.

use super::node_info::{NodeInfo, PodInfo};
use super::unfit::{Plugin, Unfit};
use crate::api::{Node, Text};
use serde_json::Value;

/// What is said of a pod whose terms all name nodes, but none that it could have.
pub const CONFLICT: &str = "pod affinity terms conflict";

/// What is said of a node that a pod does not name though it names others, whatever else may speak against it.
pub fn unnamed(pod: &PodInfo, node: &NodeInfo) -> Option<Unfit> {
    let named = named_nodes(pod.pod.spec.affinity.as_ref()?)?;
    let reason = if named.is_empty() { CONFLICT } else { "node(s) didn't satisfy plugin(s) [NodeAffinity]" };
    (!named.contains(&node.name().as_str())).then(|| Unfit::of_node(Plugin::NodeAffinity, reason))
}

/// The nodes that an affinity names; `None` if it may be any.
fn named_nodes(affinity: &Value) -> Option<Vec<&str>> {
    let mut named = Vec::new();
    for term in required_terms(affinity)? {
        let names = list(&term["matchFields"]).iter().filter(|requirement| requirement["operator"] == "In");
        let mut names = names.map(|requirement| list(&requirement["values"]).iter().filter_map(Value::as_str));
        let (first, others) = (names.next()?, names);
        named.extend(first.filter(|name| others.clone().all(|mut other| other.any(|known| known == *name))));
    }
    Some(named)
}

pub fn filter(pod: &PodInfo, node: &NodeInfo) -> Option<Unfit> {
    let labels = &node.node.metadata.labels;
    let spec = &pod.pod.spec;
    let selected = spec.node_selector.iter().all(|(key, value)| labels.get(key) == Some(value));
    let required = spec.affinity.as_ref().is_none_or(|affinity| is_required(affinity, &node.node));
    (!(selected && required))
        .then(|| Unfit::of_node(Plugin::NodeAffinity, "node(s) didn't match Pod's node affinity/selector"))
}

/// The weights of the preferences that a node meets, added up.
pub fn preference(pod: &PodInfo, node: &NodeInfo) -> i64 {
    let affinity = pod.pod.spec.affinity.as_ref().map(|affinity| &affinity["nodeAffinity"]);
    let preferred = affinity.map_or(&[][..], |nodes| list(&nodes["preferredDuringSchedulingIgnoredDuringExecution"]));
    let met = preferred.iter().filter(|wish| meets(&wish["preference"], &node.node));
    met.filter_map(|wish| wish["weight"].as_i64()).sum()
}

/// Whether a node is one of those that the affinity requires; any of its terms will do.
fn is_required(affinity: &Value, node: &Node) -> bool {
    required_terms(affinity).is_none_or(|terms| terms.iter().any(|term| meets(term, node)))
}

fn required_terms(affinity: &Value) -> Option<&Vec<Value>> {
    affinity["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"].as_array()
}

/// Whether a node has all that a term asks for; a term that asks for nothing means no node.
fn meets(term: &Value, node: &Node) -> bool {
    let (labels, fields) = (list(&term["matchExpressions"]), list(&term["matchFields"]));
    let empty = labels.is_empty() && fields.is_empty();
    let labels_hold = labels.iter().all(|requirement| {
        let key = requirement["key"].as_str().unwrap_or("");
        holds(requirement, node.metadata.labels.get(key).map(Text::as_str))
    });
    // `metadata.name` is the only field there is.
    let fields_hold = fields.iter().all(|requirement| holds(requirement, Some(node.metadata.name.as_str())));
    !empty && labels_hold && fields_hold
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn holds(requirement: &Value, value: Option<&str>) -> bool {
    let values = list(&requirement["values"]);
    let listed = value.is_some_and(|value| values.iter().any(|one| one == value));
    let number = |text: Option<&str>| text.and_then(|text| text.parse::<i64>().ok());
    let bound = number(values.first().and_then(Value::as_str));
    match requirement["operator"].as_str().unwrap_or("") {
        "In" => listed,
        "NotIn" => !listed,
        "Exists" => value.is_some(),
        "DoesNotExist" => value.is_none(),
        "Gt" => number(value).zip(bound).is_some_and(|(value, bound)| value > bound),
        "Lt" => number(value).zip(bound).is_some_and(|(value, bound)| value < bound),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::fields;
    use serde_json::json;

    #[test]
    fn an_affinity_requires_any_of_its_terms() {
        let node: Node =
            fields::read(json!({"metadata": {"name": "n", "labels": {"disk": "ssd", "gen": "3"}}})).expect("a node");
        let check = |terms: Value, expected: bool| {
            let required = json!({"nodeSelectorTerms": terms});
            let affinity = json!({"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": required}});
            assert_eq!(is_required(&affinity, &node), expected, "{affinity}");
        };
        let term = |key: &str, operator: &str, values: &[&str]| json!({"matchExpressions": [{"key": key, "operator": operator, "values": values}]});
        check(json!([term("disk", "In", &["ssd", "nvme"])]), true);
        check(json!([term("disk", "NotIn", &["ssd"])]), false);
        check(json!([term("disk", "NotIn", &["ssd"]), term("gen", "Gt", &["2"])]), true);
        check(json!([term("gpu", "Exists", &[])]), false);
        check(json!([term("gpu", "DoesNotExist", &[])]), true);
        check(json!([{}]), false);
        check(json!([{"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["n"]}]}]), true);
    }

    #[test]
    fn an_affinity_names_nodes_if_each_of_its_terms_does() {
        let check = |terms: Value, expected: Option<&[&str]>| {
            let required = json!({"nodeSelectorTerms": terms});
            let affinity = json!({"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": required}});
            assert_eq!(named_nodes(&affinity).as_deref(), expected, "{affinity}");
        };
        let fields = |requirements: &[(&str, &str)]| {
            let requirement = |(operator, name): &(&str, &str)| json!({"key": "metadata.name", "operator": operator, "values": [name]});
            json!({"matchFields": requirements.iter().map(requirement).collect::<Vec<_>>()})
        };
        let labels = json!({"matchExpressions": [{"key": "disk", "operator": "Exists"}]});
        check(json!([fields(&[("In", "a")]), fields(&[("In", "b"), ("NotIn", "c")])]), Some(&["a", "b"]));
        check(json!([fields(&[("In", "a")]), labels]), None);
        check(json!([fields(&[("NotIn", "a")])]), None);
        check(json!([fields(&[("In", "a"), ("In", "b")])]), Some(&[]));
        assert_eq!(named_nodes(&json!({"podAffinity": {}})), None);
    }
}
