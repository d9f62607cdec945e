//! The playback loop: the one place where the wall clock drives virtual time.
//!
//! It runs only while time runs. Each animation frame may simulate for [`BUDGET`]; what does not fit waits for the next
//! frame, so a long simulation slows down instead of freezing the tab.

use crate::ui::session::{Session, wall_clock};
use leptos::prelude::*;

/// How many milliseconds of a frame may go into simulating.
const BUDGET: f64 = 8.0;

/// Runs virtual time whenever the session plays, for as long as the component around it lives.
pub fn run_playback(session: Session) {
    let running = StoredValue::new(false);
    Effect::new(move || {
        let wanted = session.is_playing() || session.replaying().is_some();
        if wanted && !running.get_value() {
            running.set_value(true);
            request_animation_frame(move || frame(session, running, wall_clock(), 0.0));
        }
    });
}

/// One frame. `rest` is the virtual time, in milliseconds, that was too short to count so far.
fn frame(session: Session, running: StoredValue<bool>, last: f64, rest: f64) {
    let replaying = session.is_replaying_untracked();
    if !replaying && !session.is_playing_untracked() {
        running.set_value(false);
        return;
    }
    let now = wall_clock();
    let due = session.speed_untracked().span(now - last).as_secs_f64() * 1000.0 + rest;
    let whole = due.floor();
    let more = session.go_on(std::time::Duration::from_millis(whole as u64), now + BUDGET);
    if !more && !replaying {
        session.run_out();
    }
    request_animation_frame(move || frame(session, running, now, due - whole));
}
