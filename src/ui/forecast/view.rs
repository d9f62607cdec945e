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

/// What a run of the manifest on the desk would come to. `is_valid` says whether it would run at all.
#[component]
pub fn Forecast(#[prop(into)] is_valid: Signal<bool>) -> impl IntoView {
    let (session, desk, later) = (Session::expect(), Desk::expect(), Later::expect());
    let told = RwSignal::new(None::<String>);
    // Which text is being foretold: one that has been written over is given up.
    let current = StoredValue::new(0_u32);
    Effect::new(move || {
        desk.draft.track();
        desk.scenario.track();
        desk.files.track();
        let is_valid = is_valid.get();
        current.update_value(|number| *number += 1);
        told.set(None);
        if is_valid {
            let number = current.get_value();
            set_timeout(move || begin(session, desk, later, told, current, number), PAUSE);
        }
    });
    on_cleanup(move || {
        current.try_update_value(|number| *number += 1);
    });
    move || {
        told.get().filter(|told| !told.is_empty()).map(|told| {
            view! { <p class="forecast"><b>"Forecast: "</b> {told}</p> }
        })
    }
}

type Told = RwSignal<Option<String>>;

fn begin(session: Session, desk: Desk, later: Later, told: Told, current: StoredValue<u32>, number: u32) {
    if current.try_get_value() != Some(number) {
        return;
    }
    later.kubectl.then(move |kubectl| {
        if let Ok(scenario) = desk.written() {
            let outlook = Outlook::of(
                scenario,
                Parts { kubectl: Some(kubectl), programs: later.programs.get_untracked(), opening: None },
            );
            go_on(session, outlook, told, current, number);
        }
    });
}

fn go_on(session: Session, mut outlook: Outlook, told: Told, current: StoredValue<u32>, number: u32) {
    if current.try_get_value() != Some(number) {
        return;
    }
    // While time runs, the run on screen comes first.
    let until = wall_clock() + if session.is_playing_untracked() { 0.0 } else { BITE };
    loop {
        if let Some(sentence) = outlook.go_on(4) {
            told.try_set(Some(sentence));
            return;
        }
        if wall_clock() >= until {
            break;
        }
    }
    set_timeout(move || go_on(session, outlook, told, current, number), APART);
}
