//! PodTopologySpread and InterPodAffinity: where a pod may run depends on where other pods run (spec 03 §1.1).
//!
//! "Spread my pods evenly over the nodes", "next to the cache", "never two on one node": each rule divides the nodes into
//! domains by the value of a label (`topologyKey`), counts pods in every domain, and judges a node by its domain.
//! In Kubernetes: `pkg/scheduler/framework/plugins/{podtopologyspread,interpodaffinity}`. Left out: the spreading of a
//! Service's pods that nobody asked for.

use super::node_info::{NodeInfo, PodInfo};
use super::unfit::{Plugin, Unfit};
use super::{node_affinity, taint_toleration};
use crate::api::{LabelSelector, Pod, PodSpec, Text, fields};
use crate::sim::Map;
use serde_json::Value;

const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";
const PREFERRED: &str = "preferredDuringSchedulingIgnoredDuringExecution";

/// Pods by domain: the value of a node's label.
type Counts = Map<Text, u32>;

/// What a pod's rules about other pods come to, as the nodes stand.
#[derive(Clone, Debug, Default)]
pub struct Neighbours {
    spread: Vec<Spread>,
    /// Label and domains in which all that the pod wants to be near is; and whether it may be the first.
    near: Vec<(Text, Counts)>,
    first_of_its_kind: bool,
    /// Label and domains with pods that the pod keeps away from.
    away: Vec<(Text, Counts)>,
    /// Label and domains with pods that keep this one away.
    unwanted: Vec<(Text, Counts)>,
    /// Label, domains and weight of what would be nice; below zero, to be avoided.
    wishes: Vec<(Text, Counts, i64)>,
}

#[derive(Clone, Debug)]
struct Spread {
    key: Text,
    counts: Counts,
    /// The fewest pods in any domain.
    least: u32,
    most_skew: u32,
    /// 1 if the pod is one of those that are counted.
    own: u32,
    required: bool,
}

/// A term of an affinity: which pods, in which namespaces, in which domains.
struct Term {
    selector: Option<LabelSelector>,
    namespaces: Option<Vec<Text>>,
    key: Text,
}

/// Whether a pod has rules about other pods.
pub fn has_rules(spec: &PodSpec) -> bool {
    let about = |kind: &str| spec.affinity.as_ref().is_some_and(|affinity| affinity[kind].is_object());
    !spec.topology_spread_constraints.is_empty() || about("podAffinity") || about("podAntiAffinity")
}

/// Whether a pod may gain from one that has come to a node, or from one that is gone: its rules speak of that one, or those
/// of that one of it.
pub fn gains(pod: &PodInfo, other: &Pod, came: bool) -> bool {
    let (spec, namespace) = (&pod.pod.spec, &pod.pod.metadata.namespace);
    if spec.topology_spread_constraints.iter().any(|one| is_required(one) && Evenly::read(one, &pod.pod).means(other)) {
        return true;
    }
    if came {
        let near = terms(spec, "podAffinity", namespace);
        return !near.is_empty() && near.iter().all(|term| term.means(other));
    }
    let keeps = terms(&other.spec, "podAntiAffinity", &other.metadata.namespace);
    terms(spec, "podAntiAffinity", namespace).iter().any(|term| term.means(other))
        || keeps.iter().any(|term| term.means(&pod.pod))
}

/// Whether a pod is to be spread over nodes of which this is one.
pub fn spreads_over(pod: &PodInfo, node: &NodeInfo) -> bool {
    let required = pod.pod.spec.topology_spread_constraints.iter().filter(|one| is_required(one));
    let key = |one: &Value| one["topologyKey"].as_str().is_some_and(|key| node.node.metadata.labels.contains_key(key));
    required.clone().next().is_some() && required.clone().all(key)
}

/// Whether a pod keeps others away.
pub fn keeps_away(spec: &PodSpec) -> bool {
    spec.affinity.as_ref().is_some_and(|affinity| affinity["podAntiAffinity"][REQUIRED].is_array())
}

impl Neighbours {
    /// Looks around for a pod. `keepers` says whether any pod keeps others away.
    pub fn of<'a>(pod: &PodInfo, nodes: impl Iterator<Item = &'a NodeInfo> + Clone, keepers: bool) -> Self {
        let mut found = Self::default();
        if has_rules(&pod.pod.spec) {
            found.spread = spreads(pod, nodes.clone());
            found.look_for_others(pod, nodes.clone());
        }
        if keepers {
            found.look_for_keepers(pod, nodes);
        }
        found
    }

    fn look_for_others<'a>(&mut self, pod: &PodInfo, nodes: impl Iterator<Item = &'a NodeInfo> + Clone) {
        let own = &pod.pod.metadata.namespace;
        let near = terms(&pod.pod.spec, "podAffinity", own);
        if !near.is_empty() {
            let all = |other: &Pod| near.iter().all(|term| term.means(other));
            self.near = near.iter().map(|term| (term.key.clone(), count(nodes.clone(), &term.key, all))).collect();
            let nobody = self.near.iter().all(|(_, counts)| counts.is_empty());
            self.first_of_its_kind = nobody && all(&pod.pod);
        }
        let away = terms(&pod.pod.spec, "podAntiAffinity", own);
        let counted =
            away.iter().map(|term| (term.key.clone(), count(nodes.clone(), &term.key, |other| term.means(other))));
        self.away = counted.collect();
        for (kind, sign) in [("podAffinity", 1), ("podAntiAffinity", -1)] {
            let wishes = pod.pod.spec.affinity.as_ref().and_then(|affinity| affinity[kind][PREFERRED].as_array());
            for wish in wishes.into_iter().flatten() {
                let term = Term::read(&wish["podAffinityTerm"], own);
                let counts = count(nodes.clone(), &term.key, |other| term.means(other));
                self.wishes.push((term.key, counts, sign * wish["weight"].as_i64().unwrap_or(0)));
            }
        }
    }

    fn look_for_keepers<'a>(&mut self, pod: &PodInfo, nodes: impl Iterator<Item = &'a NodeInfo>) {
        for node in nodes {
            for keeper in node.pods.values().filter(|other| keeps_away(&other.pod.spec)) {
                for term in terms(&keeper.pod.spec, "podAntiAffinity", &keeper.pod.metadata.namespace) {
                    if let Some(domain) = node.node.metadata.labels.get(&term.key).filter(|_| term.means(&pod.pod)) {
                        self.unwanted.push((term.key, Counts::from_iter([(domain.clone(), 1)])));
                    }
                }
            }
        }
    }

    /// What speaks against a node.
    pub fn objection(&self, node: &NodeInfo) -> Option<Unfit> {
        let domain = |key: &Text| node.node.metadata.labels.get(key);
        let there = |(key, counts): &(Text, Counts)| domain(key).is_some_and(|domain| counts.contains_key(domain));
        let resolvable =
            |reason: &'static str| Some(Unfit { resolvable: true, ..Unfit::of_node(Plugin::Neighbours, reason) });
        for spread in self.spread.iter().filter(|spread| spread.required) {
            let Some(domain) = domain(&spread.key) else {
                let reason = "node(s) didn't match pod topology spread constraints (missing required label)";
                return Some(Unfit::of_node(Plugin::Neighbours, reason));
            };
            let here = spread.counts.get(domain).copied().unwrap_or(0);
            if i64::from(here + spread.own) - i64::from(spread.least) > i64::from(spread.most_skew) {
                return resolvable("node(s) didn't match pod topology spread constraints");
            }
        }
        let labelled = self.near.iter().all(|(key, _)| domain(key).is_some());
        if !(self.near.iter().all(there) || labelled && self.first_of_its_kind) {
            return Some(Unfit::of_node(Plugin::Neighbours, "node(s) didn't match pod affinity rules"));
        }
        if self.away.iter().any(there) {
            return resolvable("node(s) didn't match pod anti-affinity rules");
        }
        if self.unwanted.iter().any(there) {
            return resolvable("node(s) didn't satisfy existing pods anti-affinity rules");
        }
        None
    }

    /// How little a node is wished for: below zero, it is wished for.
    pub fn reluctance(&self, node: &NodeInfo) -> i64 {
        let here = |key: &Text, counts: &Counts| {
            let domain = node.node.metadata.labels.get(key);
            domain.and_then(|domain| counts.get(domain)).copied().map_or(0, i64::from)
        };
        let wished: i64 = self.wishes.iter().map(|(key, counts, weight)| weight * here(key, counts)).sum();
        let spread = self.spread.iter().filter(|spread| !spread.required);
        spread.map(|spread| 100 * here(&spread.key, &spread.counts)).sum::<i64>() - wished
    }
}

impl Term {
    fn read(value: &Value, own: &Text) -> Self {
        let selector = |field: &str| fields::read::<Option<LabelSelector>>(value[field].clone()).ok().flatten();
        let listed = value["namespaces"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let mut namespaces: Vec<Text> = listed.map(|name| Text::from(name.to_owned())).collect();
        let of_all = selector("namespaceSelector");
        if namespaces.is_empty() && of_all.is_none() {
            namespaces.push(own.clone());
        }
        Self {
            selector: selector("labelSelector"),
            // An empty selector of namespaces means all of them; others are not looked into.
            namespaces: of_all.is_none().then_some(namespaces),
            key: Text::from(value["topologyKey"].as_str().unwrap_or_default().to_owned()),
        }
    }

    fn means(&self, pod: &Pod) -> bool {
        let meant = self.namespaces.as_ref().is_none_or(|names| names.contains(&pod.metadata.namespace));
        meant && self.selector.as_ref().is_some_and(|selector| selector.matches(&pod.metadata.labels))
    }
}

fn terms(spec: &PodSpec, kind: &str, own: &Text) -> Vec<Term> {
    let terms = spec.affinity.as_ref().and_then(|affinity| affinity[kind][REQUIRED].as_array());
    terms.into_iter().flatten().map(|term| Term::read(term, own)).collect()
}

/// Counts pods by domain; domains without any are not listed.
fn count<'a>(nodes: impl Iterator<Item = &'a NodeInfo>, key: &Text, is_meant: impl Fn(&Pod) -> bool) -> Counts {
    let mut counts = Counts::new();
    for node in nodes {
        let Some(domain) = node.node.metadata.labels.get(key) else { continue };
        let here = node.pods.values().filter(|other| is_meant(&other.pod)).count() as u32;
        if here > 0 {
            *counts.entry(domain.clone()).or_insert(0) += here;
        }
    }
    counts
}

fn is_required(constraint: &Value) -> bool {
    constraint["whenUnsatisfiable"] != "ScheduleAnyway"
}

/// Which pods are to be spread evenly.
struct Evenly<'a> {
    of: &'a Pod,
    selector: Option<LabelSelector>,
    /// Labels that must be those of the pod itself.
    alike: Vec<&'a str>,
}

impl<'a> Evenly<'a> {
    fn read(constraint: &'a Value, of: &'a Pod) -> Self {
        let selector = fields::read::<Option<LabelSelector>>(constraint["labelSelector"].clone()).ok().flatten();
        let alike = constraint["matchLabelKeys"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        Self { of, selector, alike }
    }

    fn means(&self, other: &Pod) -> bool {
        let (own, other) = (&self.of.metadata, &other.metadata);
        let alike = self.alike.iter().all(|label| other.labels.get(label) == own.labels.get(label));
        let selected = self.selector.as_ref().is_some_and(|selector| selector.matches(&other.labels));
        alike && selected && other.namespace == own.namespace
    }
}

/// The rules of even spreading, counted over the nodes that count for each.
fn spreads<'a>(pod: &PodInfo, nodes: impl Iterator<Item = &'a NodeInfo> + Clone) -> Vec<Spread> {
    let constraints = &pod.pod.spec.topology_spread_constraints;
    let keys: Vec<Text> =
        constraints.iter().map(|one| one["topologyKey"].as_str().unwrap_or("").to_owned().into()).collect();
    let read = constraints.iter().zip(&keys).map(|(constraint, key)| {
        // Wishes do not decide which nodes count for what is required, nor the other way round.
        let like = constraints.iter().zip(&keys).filter(|(other, _)| is_required(other) == is_required(constraint));
        let is_labelled = |node: &NodeInfo| like.clone().all(|(_, key)| node.node.metadata.labels.contains_key(key));
        let eligible = nodes.clone().filter(|node| is_labelled(node)).filter(|node| {
            let liked = constraint["nodeAffinityPolicy"] == "Ignore" || node_affinity::filter(pod, node).is_none();
            liked && (constraint["nodeTaintsPolicy"] != "Honor" || taint_toleration::filter(pod, node).is_none())
        });
        let evenly = Evenly::read(constraint, &pod.pod);
        let counts = count(eligible.clone(), key, |other| evenly.means(other) && !other.metadata.is_deleting());
        let mut domains: Vec<&Text> = eligible.filter_map(|node| node.node.metadata.labels.get(key)).collect();
        domains.sort_unstable();
        domains.dedup();
        let fewest = domains.iter().map(|domain| counts.get(*domain).copied().unwrap_or(0)).min().unwrap_or(0);
        let too_few = (domains.len() as u64) < constraint["minDomains"].as_u64().unwrap_or(1);
        Spread {
            key: key.clone(),
            least: if too_few { 0 } else { fewest },
            most_skew: constraint["maxSkew"].as_u64().and_then(|skew| u32::try_from(skew).ok()).unwrap_or(1),
            own: u32::from(evenly.means(&pod.pod)),
            required: is_required(constraint),
            counts,
        }
    });
    read.collect()
}
