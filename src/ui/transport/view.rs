//! The transport's buttons, clock and speed, and the keys that do the same from anywhere on the page.

use super::{Speed, clock};
use crate::ui::parts::{Icon, takes_text};
use crate::ui::session::Session;
use leptos::ev;
use leptos::prelude::*;

/// Playback: restart, step, play, step, live edge; clock, speed, progress.
#[component]
pub fn Transport() -> impl IntoView {
    let session = Session::expect();
    let played = RwSignal::new(false);
    let toggle = move || {
        played.set(true);
        if session.is_playing_untracked() { session.pause() } else { session.play() }
    };
    let keys = window_event_listener(ev::keydown, move |event| {
        let on_button = takes_text(event.target());
        if on_button || event.ctrl_key() || event.meta_key() || event.alt_key() || event.default_prevented() {
            return;
        }
        match event.key().as_str() {
            " " if !is_pressable(event.target()) => toggle(),
            "." => session.seek_next_change(),
            "," => session.seek_previous_change(),
            "Home" => session.seek_start(),
            "End" => session.seek_edge(),
            _ => return,
        }
        event.prevent_default();
    });
    on_cleanup(move || keys.remove());

    let is_fast = move || session.is_playing() && session.speed() == Speed::MAX;
    let is_replaying = move || session.replaying().is_some();
    let speeds = Speed::ALL.map(|speed| {
        let words = speed.words();
        let short = if speed == Speed::MAX { "max".to_owned() } else { words.clone() };
        view! { <option value=words.clone() title=words.clone() selected=move || session.speed() == speed>{short}</option> }
    });
    view! {
        <div class="transport" role="group" aria-label="Playback">
            <button type="button" class="ghost square" title="To the beginning (Home)" aria-label="To the beginning" on:click=move |_| session.seek_start()>
                <Icon path="M4 3v10M13 3 6 8l7 5z" filled=true />
            </button>
            <button type="button" class="ghost square" title="Previous change (,)" aria-label="Previous change" on:click=move |_| session.seek_previous_change()>
                <Icon path="M10 3 5 8l5 5" />
            </button>
            <button
                type="button"
                class="play"
                class:play--first=move || !played.get() && !session.is_playing()
                title="Play or pause (Space)"
                aria-label=move || if session.is_playing() { "Pause" } else { "Play" }
                on:click=move |_| toggle()
            >
                {move || if session.is_playing() {
                    view! { <Icon path="M5.5 3v10M10.5 3v10" /> }.into_any()
                } else {
                    view! { <Icon path="M5 3l8 5-8 5z" filled=true /> }.into_any()
                }}
                <span class="play-word" aria-hidden="true">"Play"</span>
            </button>
            <button type="button" class="ghost square" title="Next change (.)" aria-label="Next change" on:click=move |_| session.seek_next_change()>
                <Icon path="m6 3 5 5-5 5" />
            </button>
            <button type="button" class="ghost square" title="To the live edge (End)" aria-label="To the live edge" on:click=move |_| session.seek_edge()>
                <Icon path="M12 3v10M3 3l7 5-7 5z" filled=true />
            </button>
            <span class="clock" class:clock--past=move || !session.is_live()>
                <span class="clock-kicker">"T+"</span>
                <b>{move || clock(session.elapsed())}</b>
            </span>
            <label class="speed" title="Speed of time">
                <span class="sr-only">"Speed of time"</span>
                <select on:change:target=move |event| {
                    if let Some(speed) = Speed::of(&event.target().value()) {
                        session.set_speed(speed);
                    }
                }>{speeds}</select>
            </label>
            // Who sees the clock run need not be told; and the button just pressed stays under the pointer.
            <span role="status" class="sr-only">{move || is_fast().then_some("Simulating…")}</span>
            <Show when=is_replaying>
                <span class="busy">
                    <span role="status" class="busy-word">"Replaying…"</span>
                    {move || session.replaying().map(|done| view! { <progress max="1" value=done aria-label="Replayed" /> })}
                    <button type="button" class="small" on:click=move |_| session.stop()>"Stop"</button>
                </span>
            </Show>
        </div>
    }
}

/// Whether the space bar already means something where the focus is.
fn is_pressable(target: Option<web_sys::EventTarget>) -> bool {
    use wasm_bindgen::JsCast;
    let element = target.and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    element.is_some_and(|element| element.closest("button, a, summary, [role=tab]").ok().flatten().is_some())
}
