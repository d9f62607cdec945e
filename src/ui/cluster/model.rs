//! What the cluster panel says: a card per node, and on it its pods.

use crate::api::{ConditionStatus, ContainerState, Kind, Node, Object, ObjectKey, Pod, Text};
use crate::apiserver::View;
use crate::node::Kubelets;
use crate::sim::{Map, Order, Timestamp};
use crate::ui::census::{Census, Tally};
use crate::ui::timeline::phase::Phase;

/// How many pods a card shows one by one, in a cluster of so many nodes; beyond that it counts.
fn chips_per_card(nodes: usize) -> usize {
    match nodes {
        0..=8 => 12,
        9..=20 => 4,
        _ => 0,
    }
}

/// A node, or the lane of pods without one.
#[derive(Clone, Debug, PartialEq)]
pub struct Card {
    /// None for the lane.
    pub node: Option<Text>,
    /// What is wrong with the node, in words: `cordoned`, `cut off`, `no power`.
    pub words: Vec<String>,
    pub is_cordoned: bool,
    /// Why nobody hears of it, if so.
    pub dark: Option<Dark>,
    /// Keys of its taints that a person has set.
    pub taints: Vec<Text>,
    /// How many pods that have not finished are here, and how many fit.
    pub active: usize,
    pub capacity: Option<u32>,
    pub chips: Vec<Chip>,
    /// What the pods do that are not shown: how many in each phase.
    pub more: Vec<(Phase, usize)>,
}

/// Why nobody hears of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dark {
    CutOff,
    NoPower,
}

impl Dark {
    /// In words, for its card.
    pub const fn word(self) -> &'static str {
        match self {
            Self::CutOff => "cut off",
            Self::NoPower => "no power",
        }
    }
}

/// A pod on a card.
#[derive(Clone, Debug, PartialEq)]
pub struct Chip {
    pub key: ObjectKey,
    /// Its completion index, or the end of its name.
    pub label: String,
    pub phase: Phase,
    /// `Running`, `Error · 42`: as kubectl would say it, with the exit code.
    pub word: String,
    /// The API server knows nothing of it any more, but a process of it runs.
    pub is_unseen: bool,
}

impl Chip {
    fn of(pod: &Pod) -> Self {
        let name = &pod.metadata.name;
        let label = match pod.completion_index() {
            Some(index) => index.to_string(),
            None => name.rsplit('-').next().unwrap_or(name).to_owned(),
        };
        let key = ObjectKey::new(Kind::Pod, pod.metadata.namespace.clone(), name.clone());
        Self { key, label, phase: Phase::of(pod), word: word(pod), is_unseen: false }
    }
}

/// The cards of the cluster: first the lane, then the nodes by name. `census` looks at the revision of `view`; `dark` are
/// the nodes that nobody hears of.
pub fn cards(view: View<'_>, census: &Census, dark: &Map<String, Dark>) -> Vec<Card> {
    let mut nodes: Vec<_> = view.list(Kind::Node).filter_map(Object::into_node).collect();
    // node-2 before node-10.
    nodes.order_by_key(|node| (node.metadata.name.len(), node.metadata.name.clone()));
    let chips = chips_per_card(nodes.len());
    let mut cards = vec![card(view, None, census.tally(None, chips))];
    for node in nodes {
        let name = &node.metadata.name;
        let mut one = card(view, Some(name.clone()), census.tally(Some(name), chips));
        describe(&mut one, &node, dark.get(name.as_str()).copied());
        cards.push(one);
    }
    cards
}

fn describe(card: &mut Card, node: &Node, dark: Option<Dark>) {
    card.capacity = node.status.allocatable.get("pods").and_then(|pods| pods.parse().ok());
    card.is_cordoned = node.spec.unschedulable;
    card.dark = dark;
    let own = |key: &str| !key.starts_with("node.kubernetes.io/");
    card.taints = node.spec.taints.iter().map(|taint| taint.key.clone()).filter(|key| own(key)).collect();
    card.words.extend(dark.map(|dark| dark.word().to_owned()));
    let ready = node.status.conditions.iter().find(|condition| condition.kind == "Ready");
    if ready.is_none_or(|ready| ready.status != ConditionStatus::True) {
        card.words.push("NotReady".into());
    }
    if card.is_cordoned {
        card.words.push("cordoned".into());
    }
    if !card.taints.is_empty() {
        card.words.push("tainted".into());
    }
    if node.status.conditions.iter().any(|condition| condition.holds("MemoryPressure")) {
        card.words.push("short of memory".into());
    }
}

fn card(view: View<'_>, node: Option<Text>, tally: Tally) -> Card {
    let counts = || Phase::ALL.into_iter().zip(tally.counts);
    let active = counts().filter(|(phase, _)| !phase.is_end()).map(|(_, count)| count).sum();
    let mut pods: Vec<_> = tally.some.iter().filter_map(|key| view.get(key).and_then(Object::into_pod)).collect();
    pods.order_by_key(|pod| (pod.is_finished(), pod.completion_index(), pod.metadata.name.clone()));
    let chips: Vec<Chip> = pods.iter().map(|pod| Chip::of(pod)).collect();
    let shown = |phase| chips.iter().filter(|chip| chip.phase == phase).count();
    let more = counts().map(|(phase, count)| (phase, count - shown(phase))).filter(|(_, count)| *count > 0).collect();
    Card {
        node,
        words: Vec::new(),
        is_cordoned: false,
        dark: None,
        taints: Vec::new(),
        active,
        capacity: None,
        chips,
        more,
    }
}

/// Adds to the cards what runs on the nodes at an instant though the API server knows nothing of it any more.
pub fn haunt(cards: &mut [Card], view: View<'_>, kubelets: &Kubelets, at: Timestamp) {
    for (uid, pod) in kubelets.all_unseen().filter(|(_, pod)| pod.runs_at(at)) {
        let is_known = view.get(&pod.key).is_some_and(|known| known.metadata().uid == *uid);
        let card = cards.iter_mut().find(|card| card.node.as_ref() == Some(&pod.node));
        let last = view.last(&pod.key).and_then(Object::into_pod).filter(|last| last.metadata.uid == *uid);
        if let (Some(card), Some(last)) = (card.filter(|_| !is_known), last) {
            card.chips.push(Chip { is_unseen: true, word: "unseen".into(), ..Chip::of(&last) });
        }
    }
}

/// What kubectl would write under STATUS, in short, with the exit code of a failure.
pub fn word(pod: &Pod) -> String {
    let statuses = || pod.status.init_container_statuses.iter().chain(&pod.status.container_statuses);
    let waiting = || {
        statuses().find_map(|status| match &status.state {
            Some(ContainerState::Waiting(waiting)) if !waiting.reason.is_empty() => Some(waiting.reason.to_string()),
            _ => None,
        })
    };
    match Phase::of(pod) {
        Phase::Pending => "Pending".into(),
        Phase::Running => "Running".into(),
        Phase::Terminating => "Terminating".into(),
        Phase::Succeeded => "Completed".into(),
        Phase::Starting | Phase::Stuck | Phase::Restarting => waiting().unwrap_or_else(|| "ContainerCreating".into()),
        Phase::Failed | Phase::Ignored => {
            let bad = statuses().filter_map(|status| status.terminated()).find(|ended| ended.exit_code != 0);
            let reason = Some(pod.status.reason.as_str()).filter(|reason| !reason.is_empty());
            let reason = reason.or(bad.map(|ended| ended.reason.as_str())).unwrap_or("Error");
            bad.map_or_else(|| reason.to_owned(), |ended| format!("{reason} · {}", ended.exit_code))
        }
    }
}

/// The commands that a node's menu offers, and what each is called.
pub fn commands(card: &Card) -> Vec<(&'static str, String)> {
    let Some(node) = &card.node else { return Vec::new() };
    let mut commands = vec![("Drain", format!("kubectl drain {node} --ignore-daemonsets"))];
    commands.push(match card.is_cordoned {
        true => ("Uncordon", format!("kubectl uncordon {node}")),
        false => ("Cordon", format!("kubectl cordon {node}")),
    });
    commands.push(match card.taints.first() {
        Some(key) => ("Remove the taint", format!("kubectl taint nodes {node} {key}-")),
        None => ("Taint, evicting pods", format!("kubectl taint nodes {node} maintenance=true:NoExecute")),
    });
    commands
}

/// The panel in a sentence, for those who do not see it.
pub fn sentence(cards: &[Card]) -> String {
    let told = cards.iter().map(|card| {
        let name = card.node.as_deref().unwrap_or("no node yet");
        let words = if card.words.is_empty() { String::new() } else { format!(" ({})", card.words.join(", ")) };
        format!("{name}{words}: {} active of {} pods", card.active, card.chips.len() + rest(card))
    });
    format!("{}.", told.collect::<Vec<_>>().join("; "))
}

/// How many pods of a card are only counted.
fn rest(card: &Card) -> usize {
    card.more.iter().map(|(_, count)| count).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::Fault;
    use crate::recording::Run;
    use crate::ui::first::{FIRST_LOOK, first_scenario};
    use std::time::Duration;

    fn first_run() -> Run {
        let mut run = Run::new(first_scenario());
        while !run.advance(run.start() + FIRST_LOOK, 100) {}
        run
    }

    fn cards_of(run: &Run) -> Vec<Card> {
        let mut census = Census::default();
        census.read(run.storage());
        census.look(run.storage().revision());
        cards(run.storage().now(), &census, &Map::new())
    }

    #[test]
    fn every_pod_is_on_the_card_of_its_node() {
        let run = first_run();
        let cards = cards_of(&run);
        let names: Vec<_> = cards.iter().map(|card| card.node.as_deref()).collect();
        assert_eq!(names, [None, Some("node-1"), Some("node-2"), Some("node-3")]);
        let mut chips: Vec<_> = cards.iter().flat_map(|card| &card.chips).collect();
        chips.sort_by(|a, b| a.label.cmp(&b.label));
        let told: Vec<_> = chips.iter().map(|chip| format!("{} {}", chip.label, chip.word)).collect();
        assert_eq!(told, ["0 Running", "1 Error · 1", "2 Running"]);
        assert_eq!(cards[0].capacity, None);
        assert_eq!(cards[1].capacity, Some(110));
    }

    #[test]
    fn a_card_says_what_is_wrong_with_its_node() {
        let mut run = first_run();
        assert_eq!(cards_of(&run)[1].words, Vec::<String>::new());
        run.inject(Fault::MemoryPressure { node: "node-1".into() });
        while !run.advance(run.now() + Duration::from_secs(1), 100) {}
        assert_eq!(cards_of(&run)[1].words, ["short of memory"]);
    }

    #[test]
    fn a_menu_offers_what_undoes_what_was_done() {
        let run = first_run();
        let mut card = cards_of(&run).remove(1);
        let names = |card: &Card| commands(card).into_iter().map(|(name, _)| name).collect::<Vec<_>>();
        assert_eq!(names(&card), ["Drain", "Cordon", "Taint, evicting pods"]);
        card.is_cordoned = true;
        card.taints.push("maintenance".into());
        assert_eq!(names(&card), ["Drain", "Uncordon", "Remove the taint"]);
        assert_eq!(commands(&card)[2].1, "kubectl taint nodes node-1 maintenance-");
    }
}
