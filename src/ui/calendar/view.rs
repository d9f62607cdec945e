//! The calendar under the manifest.

use super::model::{Plan, ZONES, plans, sheet, zone_written};
use crate::recording::Run;
use crate::ui::desk::Desk;
use crate::ui::session::Session;
use leptos::prelude::*;

/// A calendar for each CronJob of the manifest on the desk.
#[component]
pub fn Calendar() -> impl IntoView {
    let desk = Desk::expect();
    let found = Memo::new(move |_| plans(&desk.draft.read()));
    view! { {move || found.get().into_iter().map(|plan| view! { <OfOne plan /> }).collect_view()} }
}

/// When one CronJob is due: in its own zone, or in the one that is looked at. Looking changes nothing.
#[component]
fn OfOne(plan: Plan) -> impl IntoView {
    let (session, desk) = (Session::expect(), Desk::expect());
    let Plan { place, name, schedule, zone } = plan;
    // Without a zone it is the controller manager's, which runs on UTC in here.
    let own = zone.unwrap_or_else(|| "Etc/UTC".into());
    let chosen = RwSignal::new(own.clone());
    let read = schedule.clone();
    let told = Memo::new(move |_| sheet(&read, &chosen.read(), session.with_run_untracked(Run::start)));
    let mut zones: Vec<String> = ZONES.iter().map(|zone| (*zone).to_owned()).collect();
    if !zones.contains(&own) {
        zones.insert(0, own.clone());
    }
    let written = own.clone();
    let write = move || {
        let wanted = chosen.get();
        (written != wanted).then(|| {
            let words = format!("timeZone: {wanted}");
            let act = move |_| {
                let text = desk.draft.get_untracked();
                if let Some(fix) = zone_written(&text, place, &wanted) {
                    desk.write(fix.apply(&text));
                }
            };
            view! { <button type="button" class="small" on:click=act>"Write " <b>{words}</b></button> }
        })
    };
    let label = format!("Calendar of {name}");
    view! {
        <section class="calendar" aria-label=label>
            <p>
                <b>"Calendar: "</b>
                <code>{schedule}</code>
                <label>
                    " in the zone "
                    <select prop:value=move || chosen.get() on:change:target=move |event| chosen.set(event.target().value())>
                        {zones
                            .into_iter()
                            .map(|zone| {
                                let words = if zone == own { format!("{zone} (its own)") } else { zone.clone() };
                                let is_chosen = zone == own;
                                view! { <option value=zone selected=is_chosen>{words}</option> }
                            })
                            .collect_view()}
                    </select>
                </label>
                " " {write}
            </p>
            {move || match told.get() {
                None => view! { <p>"Nobody can read this schedule, or nobody knows this zone."</p> }.into_any(),
                Some(sheet) => {
                    let ticks = sheet.ticks.into_iter().map(|tick| view! { <li>{tick.local} " " <small>{tick.utc}</small></li> });
                    let turns = sheet.turns.into_iter().map(|turn| {
                        view! { <li class:calendar-odd=turn.is_odd>{turn.day} ": " <b>{turn.effect}</b></li> }
                    });
                    let turns = turns.collect_view();
                    view! {
                        <ol class="calendar-ticks" aria-label="The next times">{ticks.collect_view()}</ol>
                        <ul class="calendar-turns" aria-label="Days on which the clocks change">
                            {if turns.is_empty() { view! { <li>"The clocks never change in this zone."</li> }.into_any() } else { turns.into_any() }}
                        </ul>
                    }
                        .into_any()
                }
            }}
        </section>
    }
}
