//! Events, as `kubectl describe` prints them.

use super::model::{Filter, MOST_ROWS, Row, rows};
use crate::api::Kind;
use crate::ui::desk::memo;
use crate::ui::links::Clock;
use crate::ui::parts;
use crate::ui::session::Session;
use leptos::prelude::*;

/// How many events there are at the playhead, for the tab.
pub fn events_badge(session: Session) -> Signal<String> {
    let count = Memo::new(move |_| session.with_census(|_, census, view| census.events(view.revision())));
    Signal::derive(move || match count.get() {
        0 => String::new(),
        count => count.to_string(),
    })
}

/// The kinds that events are filtered by, with their words.
const KINDS: [(&str, Option<Kind>); 4] =
    [("All", None), ("Job", Some(Kind::Job)), ("Pod", Some(Kind::Pod)), ("Node", Some(Kind::Node))];

/// Events, as `kubectl describe` prints them.
#[component]
pub fn Events() -> impl IntoView {
    let session = Session::expect();
    let kind = RwSignal::new(None::<Kind>);
    let only_warnings = RwSignal::new(false);
    let only_selected = RwSignal::new(false);
    let list = memo(move || {
        let object = session.selection().filter(|_| only_selected.get());
        let filter = Filter { only_warnings: only_warnings.get(), kind: kind.get(), object };
        session
            .with_census(|run, census, view| rows(run.storage(), view, census.event_writes(view.revision()), &filter))
    });
    let selected = move || session.selection().map(|key| key.name.to_string());
    view! {
        <div class="events">
            <div class="filters" role="group" aria-label="Filter">
                {KINDS
                    .map(|(word, value)| {
                        view! {
                            <button
                                type="button"
                                class="chip"
                                aria-pressed=move || (kind.get() == value).to_string()
                                on:click=move |_| kind.set(value)
                            >
                                {word}
                            </button>
                        }
                    })}
                <button
                    type="button"
                    class="chip"
                    aria-pressed=move || only_warnings.get().to_string()
                    on:click=move |_| only_warnings.update(|only| *only = !*only)
                >
                    "Warnings"
                </button>
                {move || {
                    selected().map(|name| {
                        view! {
                            <button
                                type="button"
                                class="chip"
                                aria-pressed=move || only_selected.get().to_string()
                                on:click=move |_| only_selected.update(|only| *only = !*only)
                            >
                                "Only " {name}
                            </button>
                        }
                    })
                }}
            </div>
            <ol class="event-list">
                {parts::list(move || {
                    let item = |row: &Row| {
                        let (key, row) = (format!("{} {} {}", row.key.name, row.at.as_millis(), row.count), row.clone());
                        (key, Box::new(move || view! { <EventRow row /> }.into_any()) as _)
                    };
                    list.with(|list| list.iter().map(item).collect())
                })}
            </ol>
            <Show when=move || list.with(|list| list.len() == MOST_ROWS)>
                <p class="empty">"These are the newest. "<code>"kubectl get events"</code>" lists all of them."</p>
            </Show>
            <Show when=move || list.with(|list| list.is_empty())>
                <p class="empty">"No event yet that fits."</p>
            </Show>
        </div>
    }
}

#[component]
fn EventRow(row: Row) -> impl IntoView {
    let session = Session::expect();
    let object = row.object();
    let Row { at, is_warning, reason, from, message, count, about, is_there, .. } = row;
    let times = (count > 1).then(|| view! { <span class="event-count">"×" {count}</span> });
    let link = match is_there {
        true => view! {
            <button type="button" class="text-link mono" on:click=move |_| session.select(Some(about.clone()))>
                {object}
            </button>
        }
        .into_any(),
        false => view! { <span class="mono">{object} " (gone)"</span> }.into_any(),
    };
    view! {
        <li class="event" class:event--warning=is_warning>
            <p class="event-head">
                <Clock at />
                <b>{is_warning.then(|| view! { <span class="event-type">"Warning "</span> })} {reason}</b>
                {times}
            </p>
            <p class="event-message">{message}</p>
            <p class="event-object">{link} <span>" from " {from}</span></p>
        </li>
    }
}
