//! What the Job says besides its state and its numbers: below them, and not waited for.

use super::model::subject;
use super::record::{Line, ListSize, Rung, ladder, status_lines};
use crate::sim::Map;
use crate::ui::answers::Answers;
use crate::ui::desk::{Local, memo};
use crate::ui::links::Clock;
use crate::ui::parts::list;
use crate::ui::scale::Scale;
use crate::ui::session::{Panel, Session};
use crate::ui::why::{LastDecision, Limits};
use leptos::prelude::*;

/// What is told of the Job at the playhead.
#[derive(Default, PartialEq)]
struct Told {
    rungs: Vec<Rung>,
    yaml: Vec<Line>,
    size: Option<ListSize>,
}

/// What ends the Job, its conditions, what was decided last, and its status as YAML.
#[component]
pub fn Record() -> impl IntoView {
    let session = Session::expect();
    let told = memo(move || {
        let (_, revision) = session.version();
        let selected = session.selection();
        session.with_run_untracked(|run| {
            let storage = run.storage();
            let job = subject(storage.at(revision), selected.as_ref());
            job.map_or_else(Told::default, |job| Told {
                rungs: ladder(storage, &job),
                yaml: status_lines(storage, &job),
                size: ListSize::of(&job),
            })
        })
    });
    let yaml = move || {
        let item = |(key, line): (String, Line)| {
            let line = move || {
                let Line { text, is_new } = line;
                view! { <span class="yaml-line" class:yaml-line--new=is_new>{text} "\n"</span> }.into_any()
            };
            (key, Box::new(line) as _)
        };
        told.with(|told| keyed(&told.yaml).into_iter().map(item).collect())
    };
    view! {
        <Limits />
        {move || told.with(|told| told.size).map(|size| view! { <Meter size /> })}
        <Ladder told />
        <Answers />
        <Scale />
        <LastDecision />
        <section class="status-yaml" aria-label="status as YAML">
            <h3>"status, as kubectl get -o yaml prints it"</h3>
            <pre tabindex="0">{list(yaml)}</pre>
        </section>
    }
}

/// How long the list of indexes is, and how long it can get.
#[component]
fn Meter(size: ListSize) -> impl IntoView {
    let ListSize { now, worst } = size;
    let tenths = now * 1000 / worst.max(1);
    let bar = format!("--used: {}.{}%", tenths / 10, tenths % 10);
    view! {
        <section class="limits" aria-label="How long the list of indexes is">
        <div class="limit" data-tone="waiting">
            <p><span class="mono">"completedIndexes"</span> <span>{now} " B of at most " {worst} " B"</span></p>
            <i style=bar aria-hidden="true"></i>
            <p class="limit-meaning">
                "Three in a row are written 4-6, two 4,5: it is longest with about two of every three. An object may have 1.5 MiB in all."
            </p>
        </div>
        </section>
    }
}

/// Lines with keys: a line that was there before keeps its element, so that only new ones glow.
fn keyed(lines: &[Line]) -> Vec<(String, Line)> {
    let mut seen = Map::<(&str, bool), u32>::new();
    let key = |line: &Line, nth: u32| format!("{nth} {} {}", line.is_new, line.text);
    lines
        .iter()
        .map(|line| {
            let nth = seen.entry((&line.text, line.is_new)).or_default();
            *nth += 1;
            (key(line, *nth), line.clone())
        })
        .collect()
}

/// The conditions, in the order in which they were set.
#[component]
fn Ladder(told: Memo<Local<Told>>) -> impl IntoView {
    let session = Session::expect();
    let rungs = Memo::new(move |_| told.with(|told| told.rungs.clone()));
    view! {
        <section class="ladder" aria-label="Conditions">
            <h3>"Conditions"</h3>
            {move || {
                let rungs = rungs.get();
                if rungs.is_empty() {
                    return view! { <p class="empty">"None yet: the Job has not been decided."</p> }.into_any();
                }
                let rows = rungs
                    .into_iter()
                    .enumerate()
                    .map(|(place, Rung { kind, status, reason, message, at, tone })| {
                        view! {
                            <li data-tone=tone.class()>
                                <p>
                                    <b>{kind}</b>
                                    <span class="rung-status">"=" {status}</span>
                                    <code title="Its place in the list, which no script should rely on">"[" {place} "]"</code>
                                    <Clock at />
                                </p>
                                <p class="rung-reason">
                                    <button type="button" class="plain" on:click=move |_| session.show(Panel::Why)>{reason}</button>
                                </p>
                                <p class="rung-message">{message}</p>
                            </li>
                        }
                    })
                    .collect_view();
                view! { <ol>{rows}</ol> }.into_any()
            }}
        </section>
    }
}
