//! Two sliders for a Job's size, which can be linked, and what would become of it.

use super::model::{Outcome, Size, Trial};
use crate::api::Job;
use crate::ui::desk::{Local, memo};
use crate::ui::later::Later;
use crate::ui::session::{Session, wall_clock};
use crate::ui::status::model::subject;
use leptos::prelude::*;
use std::rc::Rc;
use std::time::Duration;

/// How long a slider has stood still before its place is tried out.
const PAUSE: Duration = Duration::from_millis(200);
/// How many milliseconds of the time between two bites go into it, and how far apart they are.
const BITE: f64 = 8.0;
const APART: Duration = Duration::from_millis(16);
/// A slider goes up to twice what stands in the manifest, and at least this far.
const LEAST_MOST: i32 = 10;

/// What if `completions` and `parallelism` were changed: tried out while it is open, and done by a press.
#[component]
pub fn Scale() -> impl IntoView {
    let is_open = RwSignal::new(false);
    let toggled =
        move |event: leptos::ev::Event| is_open.set(event_target::<web_sys::Element>(&event).has_attribute("open"));
    view! {
        <details class="scale" on:toggle=toggled>
            <summary>"What if it were larger, or smaller?"</summary>
            <Show when=move || is_open.get()>
                <Sliders />
            </Show>
        </details>
    }
}

#[component]
fn Sliders() -> impl IntoView {
    let (session, later) = (Session::expect(), Later::expect());
    let job = memo(move || {
        let selected = session.selection();
        session.with_view(|view| subject(view, selected.as_ref()))
    });
    // Everything is laid out anew where another size stands in the spec.
    let spec = Memo::new(move |_| job.with(|job| job.as_ref().map(|job| (job.metadata.uid, Size::of(job)))));
    move || spec.get().map(|(_, size)| view! { <Linked job size later session /> })
}

#[component]
fn Linked(job: Memo<Local<Option<Rc<Job>>>>, size: Size, later: Later, session: Session) -> impl IntoView {
    let wanted = RwSignal::new(size);
    // An Indexed Job whose two numbers are the same is made to grow and shrink.
    let is_linked = RwSignal::new(size.completions == Some(size.parallelism));
    let command = Memo::new(move |_| job.with(|job| wanted.get().command(job.as_ref()?)));
    let outcome = RwSignal::new(None::<Outcome>);
    let newest = StoredValue::new(0_u32);
    Effect::new(move || {
        let line = command.get();
        newest.update_value(|number| *number += 1);
        outcome.set(None);
        if let Some(line) = line {
            let number = newest.get_value();
            let is_current = move || newest.try_get_value() == Some(number);
            set_timeout(move || begin(session, later, job, line, outcome, is_current), PAUSE);
        }
    });
    let set_completions = move |count| {
        wanted.update(|size| {
            size.completions = Some(count);
            if is_linked.get_untracked() {
                size.parallelism = count;
            }
        });
    };
    let set_parallelism = move |count| {
        wanted.update(|size| {
            size.parallelism = count;
            if is_linked.get_untracked() && size.completions.is_some() {
                size.completions = Some(count);
            }
        });
    };
    let most = (size.completions.unwrap_or(0).max(size.parallelism).saturating_mul(2)).max(LEAST_MOST);
    let completions = size.completions.map(|_| {
        let now = move || wanted.get().completions.unwrap_or(0);
        view! {
            <Slider name="completions" most now=Signal::derive(now) set=Callback::new(set_completions) />
            <label class="scale-link">
                <input type="checkbox" prop:checked=move || is_linked.get() on:change:target=move |event| is_linked.set(event.target().checked()) />
                <span>"both together"</span>
            </label>
        }
    });
    let does = move || {
        let line = command.get()?;
        let say = move || match outcome.get() {
            None => view! { "…" }.into_any(),
            Some(Outcome { words, is_refused: false }) => view! { {words} }.into_any(),
            Some(Outcome { words, .. }) => view! { <b>{words}</b> }.into_any(),
        };
        let typed = line.clone();
        Some(view! {
            <pre class="scale-command" tabindex="0">{line}</pre>
            <p role="status">{say}</p>
            <button type="button" class="small" on:click=move |_| session.enter(typed.clone())>"Do it"</button>
        })
    };
    view! {
        <div class="scale-sliders">
            {completions}
            <Slider name="parallelism" most now=Signal::derive(move || wanted.get().parallelism) set=Callback::new(set_parallelism) />
        </div>
        {does}
    }
}

#[component]
fn Slider(name: &'static str, most: i32, now: Signal<i32>, set: Callback<i32>) -> impl IntoView {
    view! {
        <label class="scale-slider">
            <span>{name}</span>
            <input
                type="range"
                min="0"
                max=most.to_string()
                prop:value=move || now.get().to_string()
                on:input:target=move |event| {
                    if let Ok(count) = event.target().value().parse() {
                        set.run(count);
                    }
                }
            />
            <b>{move || now.get()}</b>
        </label>
    }
}

fn begin(
    session: Session,
    later: Later,
    job: Memo<Local<Option<Rc<Job>>>>,
    line: String,
    outcome: RwSignal<Option<Outcome>>,
    is_current: impl Fn() -> bool + Copy + 'static,
) {
    if !is_current() {
        return;
    }
    later.kubectl.then(move |_| {
        let Some(of) = job.try_with_untracked(|job| (**job).clone()).flatten().filter(|_| is_current()) else { return };
        session.equip();
        let at = session.playhead_untracked();
        let trial = session.with_run_untracked(|run| Trial::of(run, at, of, line.clone()));
        go_on(trial, outcome, is_current, move || {
            later.programs.then(move |_| begin(session, later, job, line, outcome, is_current));
        });
    });
}

/// Goes on with a trial until its outcome is known; where it is stuck, with `stuck`.
fn go_on(
    mut trial: Trial,
    outcome: RwSignal<Option<Outcome>>,
    is_current: impl Fn() -> bool + Copy + 'static,
    stuck: impl FnOnce() + 'static,
) {
    let until = wall_clock() + BITE;
    while is_current() {
        if trial.is_stuck() {
            return stuck();
        }
        if let Some(known) = trial.go_on(8) {
            outcome.try_set(Some(known));
            return;
        }
        if wall_clock() >= until {
            set_timeout(move || go_on(trial, outcome, is_current, stuck), APART);
            return;
        }
    }
}
