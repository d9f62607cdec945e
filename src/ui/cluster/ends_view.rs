//! The dialog in which every end of a pod is tried out.

use super::ends::{Cause, Outcome, Trial, causes};
use crate::api::ObjectKey;
use crate::ui::later::{Dialog, Dialogs, Later};
use crate::ui::session::{Session, wall_clock};
use leptos::prelude::*;
use std::time::Duration;

/// How many milliseconds of the time between two bites go into trials, and how far apart they are.
const BITE: f64 = 8.0;
const APART: Duration = Duration::from_millis(16);

/// A cause, and what came of it once that is known.
type Row = (Cause, RwSignal<Option<Outcome>>);

/// Every way in which a pod can end, from the instant that is looked at: each is tried out in a run of its own.
#[component]
pub fn Ends(key: ObjectKey) -> impl IntoView {
    let (session, dialogs, later) = (Session::expect(), Dialogs::expect(), Later::expect());
    session.pause();
    let at = session.playhead_untracked();
    let name = key.name.to_string();
    let found = session.with_run_untracked(|run| causes(run.storage().at_instant(at), &key));
    let rows: Vec<Row> = found.into_iter().map(|cause| (cause, RwSignal::new(None))).collect();
    let is_open = StoredValue::new(());
    let is_open = move || is_open.try_get_value().is_some();
    begin(session, later, key, rows.clone(), is_open);
    let lines = rows.into_iter().map(|(cause, outcome)| {
        let perform = cause.deed.clone().map(|deed| {
            let file = cause.file.clone();
            let act = move |_| {
                if let Some((name, text)) = &file {
                    session.write_file(name, text);
                }
                dialogs.close();
                session.perform(deed.clone());
            };
            let label = format!("Do it: {}", cause.what);
            view! { <button type="button" class="small" aria-label=label on:click=act>"Do it"</button> }
        });
        let command = cause.deed.as_ref().map(|deed| view! { <code>{deed.words()}</code> });
        let cell = move |read: fn(Outcome) -> String| move || outcome.get().map_or("…".to_owned(), read);
        let is_disrupted = move || outcome.read().as_ref().is_some_and(|outcome| outcome.disruption.is_some());
        view! {
            <tr>
                <th scope="row">{cause.what} {command}</th>
                <td data-label="DisruptionTarget" class:ends-yes=is_disrupted>
                    {cell(|outcome| outcome.disruption.unwrap_or_else(|| "no".into()))}
                </td>
                <td data-label="deleted">{cell(|outcome| outcome.deleted.unwrap_or_else(|| "no".into()))}</td>
                <td data-label="ends">{cell(|outcome| outcome.end)}</td>
                <td data-label="to the Job">{cell(|outcome| outcome.verdict)}</td>
                <td>{perform}</td>
            </tr>
        }
    });
    let lines = lines.map(IntoAny::into_any).collect::<Vec<_>>();
    view! {
        <Dialog title="ends-title" wide=true>
            <h2 id="ends-title">"Every way in which " <span class="mono">{name}</span> " can end"</h2>
            <p class="dialog-note">
                "Each was tried out from this instant, in a run of its own. Only what carries DisruptionTarget can be told from "
                "a failure of the program, by a rule of podFailurePolicy."
            </p>
            <div class="ends-scroll" tabindex="0" role="region" aria-label="Ways to end">
                <table class="ends">
                    <thead>
                        <tr>
                            <th scope="col">"What happens"</th>
                            <th scope="col">"DisruptionTarget"</th>
                            <th scope="col">"Deleted"</th>
                            <th scope="col">"How it ends"</th>
                            <th scope="col">"What the Job makes of it"</th>
                            <td></td>
                        </tr>
                    </thead>
                    <tbody>{lines}</tbody>
                </table>
            </div>
            <div class="dialog-buttons">
                <button type="button" class="primary" on:click=move |_| dialogs.close()>"Close"</button>
            </div>
        </Dialog>
    }
}

fn begin(session: Session, later: Later, key: ObjectKey, rows: Vec<Row>, is_open: impl Fn() -> bool + Copy + 'static) {
    later.kubectl.then(move |_| {
        if !is_open() {
            return;
        }
        session.equip();
        let at = session.playhead_untracked();
        let trial = |(cause, outcome): &Row| {
            let trial = session.with_run_untracked(|run| Trial::of(run, at, key.clone(), cause.clone()));
            (trial, *outcome)
        };
        let trials = rows.iter().rev().map(trial).collect();
        go_on(trials, is_open, move || {
            later.programs.then(move |_| begin(session, later, key, rows, is_open));
        });
    });
}

/// Goes on with the last of the trials, and when it is over with the one before; where one is stuck, with `stuck`.
fn go_on(
    mut trials: Vec<(Trial, RwSignal<Option<Outcome>>)>,
    is_open: impl Fn() -> bool + Copy + 'static,
    stuck: impl FnOnce() + 'static,
) {
    let until = wall_clock() + BITE;
    while let Some((trial, outcome)) = trials.last_mut().filter(|_| is_open()) {
        if trial.is_stuck() {
            return stuck();
        }
        if let Some(known) = trial.go_on(8) {
            outcome.try_set(Some(known));
            trials.pop();
        }
        if wall_clock() >= until {
            set_timeout(move || go_on(trials, is_open, stuck), APART);
            return;
        }
    }
}
