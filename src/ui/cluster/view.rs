//! The cluster on the page.

use super::flip::Travellers;
use super::model::{Card, Chip, Dark, cards, commands, haunt, sentence};
use crate::cluster::Fault;
use crate::recording::Act;
use crate::sim::{self, Timestamp};
use crate::ui::deed::Deed;
use crate::ui::menu::{Entry, Menus};
use crate::ui::parts::{Icon, list};
use crate::ui::session::Session;
use crate::ui::timeline::phase::Phase;
use leptos::prelude::*;

/// Nodes, and the pods on them.
#[component]
pub fn Cluster() -> impl IntoView {
    let session = Session::expect();
    // Everything of one version of the cluster; equal versions paint nothing anew.
    let dark = Memo::new(move |_| unheard(session));
    // Processes end out of sight without a word to the API server.
    let sights = Memo::new(move |_| {
        session.playhead();
        session.with_run(|run| run.cluster().kubelets().sights())
    });
    let haunted = Memo::new(move |_| if sights.get() > 0 { session.playhead() } else { Timestamp::default() });
    let shown = RwSignal::new_local(Vec::<Card>::new());
    Effect::new(move || {
        let (dark, at) = (dark.get(), haunted.get());
        let new = session.with_census(|run, census, view| {
            let mut cards = cards(view, census, &dark);
            haunt(&mut cards, view, run.cluster().kubelets(), at);
            cards
        });
        if *shown.read_untracked() != new {
            shown.set(new);
        }
    });
    let root = NodeRef::<leptos::html::Section>::new();
    let travellers = Travellers::new();
    Effect::new(move || {
        shown.track();
        request_animation_frame(move || {
            if let Some(root) = root.get_untracked() {
                travellers.look(&root);
            }
        });
    });
    view! {
        <section class="cluster" aria-label="Cluster" node_ref=root>
            <h2 class="sr-only">"Cluster"</h2>
            <p class="sr-only">{move || sentence(&shown.read())}</p>
            {move || shown.get().into_iter().map(|card| view! { <NodeCard card /> }).collect_view()}
        </section>
    }
}

/// The nodes that have been lost before the playhead and are not back.
fn unheard(session: Session) -> sim::Map<String, Dark> {
    let at = session.playhead();
    session.with_run(|run| {
        let mut dark = sim::Map::new();
        for entry in run.entries().iter().filter(|entry| entry.at <= at) {
            match &entry.act {
                Act::Fault(Fault::NodeDown { node }) => drop(dark.entry(node.to_string()).or_insert(Dark::CutOff)),
                Act::Fault(Fault::PowerLoss { node } | Fault::Shutdown { node }) => {
                    dark.insert(node.to_string(), Dark::NoPower);
                }
                Act::Fault(Fault::NodeUp { node }) => drop(dark.remove(node.as_str())),
                _ => {}
            }
        }
        dark
    })
}

#[component]
fn NodeCard(card: Card) -> impl IntoView {
    let menus: Menus = expect_context();
    let name = card.node.as_ref().map_or("No node yet".to_owned(), ToString::to_string);
    let class = match (
        &card.node,
        card.dark.is_some() || card.words.iter().any(|word| word == "NotReady"),
        card.words.is_empty(),
    ) {
        (None, ..) => "node node--lane",
        (Some(_), true, _) => "node node--off",
        (Some(_), false, false) => "node node--closed",
        _ => "node",
    };
    let count = match card.capacity {
        Some(capacity) => format!("{} of {capacity}", card.active),
        None => String::new(),
    };
    let is_count = card.words.is_empty();
    let is_long = card.words.len() > 1;
    let said = if is_count { count } else { card.words.join(", ") };
    let entries = entries(&card);
    let empty = card.chips.is_empty() && card.more.is_empty();
    let words = if card.node.is_none() { "nothing waits" } else { "no pods" };
    let chips = StoredValue::new_local(card.chips);
    let item = |chip: &Chip| {
        let (key, chip) = (format!("{} {} {}", chip.key.name, chip.word, chip.phase as u8), chip.clone());
        (key, Box::new(move || view! { <PodChip chip /> }.into_any()) as _)
    };
    let (title, label) = (format!("What to do with {name}"), name.clone());
    view! {
        <article class=class aria-label=label>
            <header>
                <h3>{name}</h3>
                <em class:node-count=is_count class:node-words=is_long>{said}</em>
                {(!entries.is_empty())
                    .then(|| {
                        let (label, entries) = (title.clone(), entries.clone());
                        view! {
                            <button
                                type="button"
                                class="ghost square node-menu"
                                aria-haspopup="menu"
                                aria-label=label
                                title="Drain, cordon, taint, cut off, power"
                                on:click=move |event| menus.open(&event, title.clone(), entries.clone())
                            >
                                <Icon path="M8 3.2v.1M8 8v.1M8 12.8v.1" />
                            </button>
                        }
                    })}
            </header>
            <div class="pods">
                {empty.then(|| view! { <span class="empty">{words}</span> })}
                {card
                    .more
                    .into_iter()
                    .map(|(phase, count)| {
                        view! {
                            <span class=format!("tally pod--{}", class_of(phase))>
                                <b>"+"{count}</b>
                                {phase.word()}
                            </span>
                        }
                    })
                    .collect_view()}
                // By name: what has the focus does not become another pod under it.
                {list(move || chips.with_value(|chips| chips.iter().map(item).collect()))}
            </div>
        </article>
    }
}

fn entries(card: &Card) -> Vec<Entry> {
    let Some(node) = card.node.clone() else { return Vec::new() };
    let commands = commands(card).into_iter();
    let mut entries: Vec<Entry> =
        commands.map(|(name, line)| Entry { name: name.into(), deed: Deed::Command(line) }).collect();
    let mut fault = |name: &'static str, fault| entries.push(Entry { name: name.into(), deed: Deed::Fault(fault) });
    match card.dark {
        Some(Dark::NoPower) => fault("Power on", Fault::NodeUp { node }),
        Some(Dark::CutOff) => {
            fault("Connect again", Fault::NodeUp { node: node.clone() });
            fault("Lose power", Fault::PowerLoss { node });
        }
        None => {
            fault("Run short of memory", Fault::MemoryPressure { node: node.clone() });
            fault("Shut down", Fault::Shutdown { node: node.clone() });
            fault("Cut off from the network", Fault::NodeDown { node: node.clone() });
            fault("Lose power", Fault::PowerLoss { node });
        }
    }
    entries
}

#[component]
fn PodChip(chip: Chip) -> impl IntoView {
    let session = Session::expect();
    let key = StoredValue::new_local(chip.key.clone());
    let class = match chip.is_unseen {
        true => "pod pod--unseen".to_owned(),
        false => format!("pod pod--{}", class_of(chip.phase)),
    };
    let is_selected = move || key.with_value(|key| session.is_selected(key));
    view! {
        <button
            type="button"
            class=class
            class:pod--selected=is_selected
            aria-pressed=move || is_selected().to_string()
            data-travels=chip.key.name.to_string()
            title=chip.key.name.to_string()
            on:click=move |_| session.select(Some(key.get_value()))
        >
            <b>{chip.label}</b>
            <span>{chip.word}</span>
        </button>
    }
}

/// The name of a phase in the stylesheet.
pub fn class_of(phase: Phase) -> &'static str {
    match phase {
        Phase::Pending => "pending",
        Phase::Starting => "starting",
        Phase::Stuck => "stuck",
        Phase::Running => "running",
        Phase::Restarting => "restarting",
        Phase::Terminating => "terminating",
        Phase::Succeeded => "succeeded",
        Phase::Failed => "failed",
        Phase::Ignored => "ignored",
    }
}
