//! The forecast under the manifest.

use super::model::Outlook;
use crate::recording::Parts;
use crate::ui::desk::Desk;
use crate::ui::later::Later;
use crate::ui::session::{Session, wall_clock};
use leptos::prelude::*;
use std::time::Duration;

/// How long nobody has typed before a forecast is begun.
const PAUSE: Duration = Duration::from_millis(700);
/// How many milliseconds of the time between two bites go into a forecast, and how far apart they are.
const BITE: f64 = 6.0;
const APART: Duration = Duration::from_millis(30);

/// What a run of the manifest on the desk would come to, and what it would if everything failed. `is_valid` says whether it
/// would run at all.
#[component]
pub fn Forecast(#[prop(into)] is_valid: Signal<bool>) -> impl IntoView {
    let (session, desk, later) = (Session::expect(), Desk::expect(), Later::expect());
    let (told, worst) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    // Which text is being foretold: one that has been written over is given up.
    let current = StoredValue::new(0_u32);
    Effect::new(move || {
        desk.draft.track();
        desk.scenario.track();
        desk.files.track();
        let is_valid = is_valid.get();
        current.update_value(|number| *number += 1);
        told.set(String::new());
        worst.set(String::new());
        if is_valid {
            let number = current.get_value();
            let is_current = move || current.try_get_value() == Some(number);
            set_timeout(move || begin(session, desk, later, [told, worst], is_current), PAUSE);
        }
    });
    on_cleanup(move || {
        current.try_update_value(|number| *number += 1);
    });
    let said = |what: &'static str, text: String| {
        (!text.is_empty()).then(|| view! { <p class="forecast"><b>{what}</b> {text}</p> })
    };
    view! {
        {move || said("Forecast: ", told.get())}
        {move || said("If every run failed: ", worst.get())}
    }
}

fn begin(
    session: Session,
    desk: Desk,
    later: Later,
    [told, worst]: [RwSignal<String>; 2],
    is_current: impl Fn() -> bool + Copy + 'static,
) {
    if !is_current() {
        return;
    }
    later.kubectl.then(move |kubectl| {
        let Ok(scenario) = desk.written() else { return };
        let parts = Parts { kubectl: Some(kubectl), programs: later.programs.get_untracked(), opening: None };
        let outlooks = vec![(worst, Outlook::at_worst(scenario.clone(), parts)), (told, Outlook::of(scenario, parts))];
        go_on(session, outlooks, is_current, move || {
            // What containers do takes the shell and the programs. With them it is known.
            if later.programs.get_untracked().is_none() {
                later.programs.then(move |_| begin(session, desk, later, [told, worst], is_current));
            }
        });
    });
}

/// Goes on with the last of the outlooks, and when it is told with the one before; where one is stuck, with `stuck`.
fn go_on(
    session: Session,
    mut outlooks: Vec<(RwSignal<String>, Outlook)>,
    is_current: impl Fn() -> bool + Copy + 'static,
    stuck: impl FnOnce() + 'static,
) {
    // While time runs, the run on screen comes first.
    let until = wall_clock() + if session.is_playing_untracked() { 0.0 } else { BITE };
    while let Some((told, outlook)) = outlooks.last_mut().filter(|_| is_current()) {
        if outlook.is_stuck() {
            return stuck();
        }
        if let Some(sentence) = outlook.go_on(4) {
            told.try_set(sentence);
            outlooks.pop();
        }
        if wall_clock() >= until {
            set_timeout(move || go_on(session, outlooks, is_current, stuck), APART);
            return;
        }
    }
}
