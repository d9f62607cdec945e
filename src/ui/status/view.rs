//! What the Job says about itself.

use super::model::{Cell, StatusCard, commands, status_card, subject};
use crate::api::Indexes;
use crate::cluster::Fault;
use crate::sim::Timestamp;
use crate::ui::deed::Deed;
use crate::ui::desk::{Desk, Local, memo};
use crate::ui::later::Later;
use crate::ui::links::NoJob;
use crate::ui::menu::{Entry, Menus};
use crate::ui::parts::{Icon, list};
use crate::ui::session::{Panel, Session};
use crate::ui::why::model::retries;
use leptos::prelude::*;
use send_wrapper::SendWrapper;
use std::time::Duration;

/// So long after it has opened the page fetches what the status says besides, if nobody has come near it or let time run before.
const SOON: Duration = Duration::from_secs(4);

/// The card at the playhead, if there is a Job.
type Looked = Memo<Local<Option<StatusCard>>>;

/// The card at the playhead. Whoever calls it tracks the revision that is visible there, and the selection.
fn look(session: Session) -> Option<StatusCard> {
    let selected = session.selection();
    session.with_census(|run, census, view| {
        let (storage, revision) = (run.storage(), view.revision());
        let job = subject(view, selected.as_ref())?;
        let written = if revision > 0 { storage.written_at(revision) } else { Timestamp::default() };
        let decisions = run.cluster().job_controller().decisions(job.metadata.uid);
        Some(status_card(census, &job, &retries(decisions, written)))
    })
}

/// What the Job says about itself.
#[component]
pub fn Status() -> impl IntoView {
    let session = Session::expect();
    let card = memo(move || look(session));
    view! {
        <Show when=move || card.with(|card| card.is_some()) fallback=|| view! { <NoJob /> }>
            <Card card />
        </Show>
    }
}

/// The card of a Job that is there.
#[component]
fn Card(card: Looked) -> impl IntoView {
    let session = Session::expect();
    let desk = Desk::expect();
    let (later, menus): (_, Menus) = (Later::expect(), expect_context());
    set_timeout(move || later.panels.want(), SOON);
    // At once where there is something to read, or will be.
    Effect::new(move |_| {
        if session.is_playing() || card.with(|card| card.as_ref().is_some_and(|card| !card.conditions.is_empty())) {
            later.panels.want();
        }
    });
    // The stretch of indexes that the pointer rests on, in the strip or in the lists.
    let hovered = RwSignal::new(None::<(u32, u32)>);
    let tone = move || card.with(|card| card.as_ref().map_or("", |card| card.verdict.tone.class()));
    let word = Memo::new(move |_| card.with(|card| card.as_ref().map_or("", |card| card.verdict.word)));
    let sentence = Memo::new(move |_| {
        let now = session.playhead();
        card.with(|card| card.as_ref().map_or(String::new(), |card| card.verdict.sentence(now)))
    });
    let name = move || card.with(|card| card.as_ref().map_or(String::new(), |card| card.key.name.to_string()));
    let deeds = move || {
        let selected = session.selection_untracked();
        let commands = untrack(|| session.with_view(|view| subject(view, selected.as_ref()).map(|job| commands(&job))));
        let commands = commands.unwrap_or_default().into_iter();
        let mut deeds: Vec<Entry> = commands.map(|(name, line)| Entry { name, deed: Deed::Command(line) }).collect();
        deeds.push(Entry { name: "Restart its controller".into(), deed: Deed::Fault(Fault::ControllerRestart) });
        deeds
    };
    let lists = Memo::new(move |_| {
        card.with(|card| {
            card.as_ref().map(|card| (card.completed_indexes.clone(), card.failed_indexes.clone())).unwrap_or_default()
        })
    });
    view! {
        <div class="status" on:pointerenter=move |_| later.panels.want()>
            <section class="verdict" data-tone=tone aria-label="State of the Job">
                <p class="verdict-name">"job/" {name}</p>
                <button
                    type="button"
                    class="ghost square job-menu"
                    aria-haspopup="menu"
                    aria-label="What to do with the Job"
                    title="Suspend, scale, delete; restart its controller"
                    on:click=move |event| menus.open(&event, "What to do with the Job", deeds())
                >
                    <Icon path="M8 3.2v.1M8 8v.1M8 12.8v.1" />
                </button>
                <h2><span role="status">{word}</span></h2>
                <p>
                    {sentence} " "
                    <button type="button" class="text-link" on:click=move |_| session.show(Panel::Why)>"Why?"</button>
                </p>
            </section>
            <dl class="numbers">
                {move || {
                    let numbers = card.with(|card| card.as_ref().map_or(Vec::new(), |card| card.numbers.clone()));
                    numbers
                        .into_iter()
                        .map(|number| {
                            view! {
                                <div class="number" class:number--hot=number.hot>
                                    <dt>{number.name}</dt>
                                    <dd>
                                        <button
                                            type="button"
                                            title=format!("Why is {} {}?", number.name, number.value)
                                            aria-label=format!("{} {}: why?", number.name, number.value)
                                            on:click=move |_| desk.ask(session, number.name)
                                        >
                                            {number.value}
                                        </button>
                                    </dd>
                                </div>
                            }
                        })
                        .collect_view()
                }}
            </dl>
            <Strip card hovered />
            <div class="index-lists">
                {move || {
                    let (completed, failed) = lists.get();
                    let completed = completed.map(|text| view! { <IndexList field="completedIndexes" text hovered /> });
                    let failed = failed.map(|text| view! { <IndexList field="failedIndexes" text hovered /> });
                    (completed, failed)
                }}
            </div>
            // What else there is to say is not waited for.
            {move || later.panels.get().map(|panels| (panels.record)())}
        </div>
    }
}

/// Every index, or every pod, as a cell.
#[component]
fn Strip(card: Looked, hovered: RwSignal<Option<(u32, u32)>>) -> impl IntoView {
    // Only the cells that have changed are made anew: of hundreds, most stay as they are.
    let count = Memo::new(move |_| card.with(|card| card.as_ref().map_or(0, |card| card.strip.cells.len())));
    let sentence =
        Memo::new(move |_| card.with(|card| card.as_ref().map_or(String::new(), |card| card.strip.sentence.clone())));
    let of = Memo::new(move |_| {
        card.with(|card| card.as_ref().map_or((false, 0), |card| (card.strip.is_indexed, card.strip.total)))
    });
    let heading = move || match of.get() {
        (true, total) => format!("Indexes 0–{}", total.saturating_sub(1)),
        (false, 1) => "1 pod".to_owned(),
        (false, total) => format!("{total} pods"),
    };
    let size = move || match count.get() {
        0..=8 => "wide",
        9..=64 => "small",
        _ => "tiny",
    };
    let kinds = Memo::new(move |_| (of.get().0, count.get() <= 64));
    let cells = move || {
        let (is_indexed, is_few) = kinds.get();
        let item = |cell: &Cell| {
            let Cell { first, doing, done, title, .. } = cell;
            let key = format!("{is_indexed} {is_few} {first} {} {done} {title}", *doing as u8);
            let cell = cell.clone();
            (key, Box::new(move || view! { <StripCell cell is_indexed is_few hovered /> }.into_any()) as _)
        };
        card.with(|card| card.as_ref().map_or(Vec::new(), |card| card.strip.cells.iter().map(item).collect()))
    };
    view! {
        <section class="strip" data-size=size aria-label="Indexes">
            <Show when=move || { count.get() > 0 }>
                <h3>{heading}</h3>
                <p class="sr-only">{sentence}</p>
                <div class="cells">
                    {list(cells)}
                </div>
            </Show>
        </section>
    }
}

/// One index or pod, or a stretch of them.
#[component]
fn StripCell(cell: Cell, is_indexed: bool, is_few: bool, hovered: RwSignal<Option<(u32, u32)>>) -> impl IntoView {
    let session = Session::expect();
    let Cell { first, last, doing, done, pod, title } = cell;
    let is_hovered = move || is_indexed && hovered.get().is_some_and(|(from, to)| first <= to && from <= last);
    // Stretches name no pod, so that they need not hear of what is selected.
    let selected = pod.clone().map(|key| {
        let key = SendWrapper::new(key);
        Signal::derive(move || session.is_selected(&key))
    });
    view! {
        <button
            type="button"
            class="cell"
            data-doing=doing.class()
            class:cell--hovered=is_hovered
            class:cell--selected=move || selected.is_some_and(|selected| selected.get())
            style=(first != last).then(|| format!("--done:{done}%"))
            title=title.clone()
            aria-label=title
            tabindex=if is_few { "0" } else { "-1" }
            on:mouseenter=move |_| hovered.set(Some((first, last)))
            on:mouseleave=move |_| hovered.set(None)
            on:focus=move |_| hovered.set(Some((first, last)))
            on:blur=move |_| hovered.set(None)
            on:click=move |_| {
                if pod.is_some() {
                    session.select(pod.clone());
                }
            }
        >
            {(is_few && is_indexed).then(|| first.to_string())}
        </button>
    }
}

/// `completedIndexes` or `failedIndexes`: every run of it lights up its cells.
#[component]
fn IndexList(field: &'static str, text: String, hovered: RwSignal<Option<(u32, u32)>>) -> impl IntoView {
    let runs: Vec<(u32, u32)> = Indexes::parse(&text, u32::MAX).runs().to_vec();
    let is_empty = runs.is_empty();
    let many = runs.len() > 40;
    let shown = runs
        .into_iter()
        .take(40)
        .map(|(first, last)| {
            let words = Indexes::from_run(first, last).to_string();
            let is_hovered = move || hovered.get().is_some_and(|(from, to)| first <= to && from <= last);
            view! {
                <button
                    type="button"
                    class="run"
                    class:run--hovered=is_hovered
                    on:mouseenter=move |_| hovered.set(Some((first, last)))
                    on:mouseleave=move |_| hovered.set(None)
                    on:focus=move |_| hovered.set(Some((first, last)))
                    on:blur=move |_| hovered.set(None)
                >
                    {words}
                </button>
            }
        })
        .collect_view();
    view! {
        <p class="index-list" data-field=field>
            <span>{field}</span>
            {is_empty.then(|| view! { <em>"none"</em> })}
            {shown}
            {many.then_some("…")}
        </p>
    }
}
