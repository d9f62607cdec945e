//! The dialog in which two runs stand beside each other.

use super::model::{Row, rows};
use crate::recording::Run;
use crate::sim::Timestamp;
use crate::ui::census::Census;
use crate::ui::cluster::class_of;
use crate::ui::desk::Local;
use crate::ui::later::{Dialog, Dialogs};
use crate::ui::session::Session;
use crate::ui::status::model::{StatusCard, status_card, subject};
use crate::ui::timeline::model::Model;
use crate::ui::transport::clock;
use crate::ui::why::model::retries;
use leptos::prelude::*;
use std::time::Duration;

/// With more lanes than this a picture says nothing at its size.
const MOST_LANES: u64 = 120;
/// How wide the pictures are, in units of their own.
const WIDTH: f64 = 1000.0;

/// Two of the page's runs at the same instant, what differs marked.
#[component]
pub fn Compare() -> impl IntoView {
    let (session, dialogs) = (Session::expect(), Dialogs::expect());
    let names = session.runs();
    let last = names.len().saturating_sub(1);
    let (left, right) = (RwSignal::new(last.saturating_sub(1)), RwSignal::new(last));
    let edge =
        move |number: usize| session.with_run_numbered(number, |run| run.now().since(run.start())).unwrap_or_default();
    let longest = move || edge(left.get()).max(edge(right.get()));
    let start = session.with_run_untracked(Run::start);
    let at = RwSignal::new(session.playhead_untracked().since(start));
    let looked = Memo::new(move |_| {
        let instant = start + at.get();
        let card = |number| session.with_run_numbered(number, |run| card(run, instant)).flatten();
        Local::new(rows(card(left.get()).as_ref(), card(right.get()).as_ref(), instant))
    });
    let differing = move || looked.with(|rows| rows.iter().filter(|row| row.differs()).count());
    let sides = [("First run", left), ("Second run", right)].map(|(label, side)| {
        let options = names.clone().into_iter().enumerate().map(move |(number, name)| {
            view! { <option value=number.to_string() selected=move || side.get() == number>{name}</option> }
        });
        let picture = move || session.with_run_numbered(side.get(), |run| picture(run, longest())).flatten();
        let now = move || format!("left: {:.2}%", 100.0 * at.get().as_secs_f64() / longest().as_secs_f64().max(0.001));
        view! {
            <div class="compare-run">
                <label>
                    <span class="sr-only">{label}</span>
                    <select on:change:target=move |event| {
                        if let Ok(number) = event.target().value().parse() {
                            side.set(number);
                        }
                    }>{options.collect_view()}</select>
                </label>
                <div class="compare-picture" aria-hidden="true">
                    <div inner_html=picture></div>
                    <i style=now></i>
                </div>
            </div>
        }
    });
    view! {
        <Dialog title="compare-title">
        <h2 id="compare-title">"Two runs on one clock"</h2>
        <div class="compare">
            {sides}
            <label class="compare-clock">
                <span>"T+" <b>{move || clock(at.get())}</b></span>
                <input
                    type="range"
                    min="0"
                    max=move || longest().as_millis().to_string()
                    step="100"
                    aria-label="The instant at which both are looked at"
                    aria-valuetext=move || format!("T+{}", clock(at.get()))
                    prop:value=move || at.get().as_millis().to_string()
                    on:input:target=move |event| {
                        if let Ok(millis) = event.target().value().parse() {
                            at.set(Duration::from_millis(millis));
                        }
                    }
                />
            </label>
            <p role="status" class="dialog-note">
                {move || match differing() {
                    0 => "At this instant they do not differ.".to_owned(),
                    1 => "They differ in one thing, which is marked.".to_owned(),
                    count => format!("They differ in {count} things, which are marked."),
                }}
            </p>
            <table>
                <thead>
                    <tr>
                        <th scope="col"><span class="sr-only">"What"</span></th>
                        <th scope="col">{move || names_of(session, left.get())}</th>
                        <th scope="col">{move || names_of(session, right.get())}</th>
                    </tr>
                </thead>
                <tbody>{move || looked.with(|rows| rows.iter().map(line).collect_view())}</tbody>
            </table>
            <div class="dialog-buttons">
                <span class="dialog-gap"></span>
                <button type="button" class="primary" on:click=move |_| dialogs.close()>"Close"</button>
            </div>
        </div>
        </Dialog>
    }
}

fn line(row: &Row) -> impl IntoView + use<> {
    let differs = row.differs();
    let mark = differs.then(|| view! { <span class="compare-mark">"≠"<span class="sr-only">" differs"</span></span> });
    view! {
        <tr class:compare--differs=differs>
            <th scope="row">{row.what.clone()} " " {mark}</th>
            <td>{row.left.clone()}</td>
            <td>{row.right.clone()}</td>
        </tr>
    }
}

fn names_of(session: Session, number: usize) -> String {
    session.runs().get(number).cloned().unwrap_or_default()
}

/// What the newest Job of a run says at an instant; of an instant that has not come, what it says last.
fn card(run: &Run, at: Timestamp) -> Option<StatusCard> {
    let storage = run.storage();
    let revision = storage.revision_at(at.min(run.now()));
    let mut census = Census::default();
    census.read(storage);
    census.look(revision);
    let job = subject(storage.at(revision), None)?;
    let decisions = run.cluster().job_controller().decisions(job.metadata.uid);
    Some(status_card(&census, &job, &retries(decisions, at)))
}

/// The pods of a run as thin bars over the span that both runs are shown over.
fn picture(run: &Run, span: Duration) -> Option<String> {
    let mut model = Model::default();
    model.update(run.storage());
    let lanes = model.rows();
    if lanes == 0 || lanes > MOST_LANES {
        return None;
    }
    let scale = WIDTH / span.as_secs_f64().max(0.001);
    let x = |at: Timestamp| at.since(run.start()).as_secs_f64() * scale;
    let mut svg = format!("<svg viewBox=\"0 0 {WIDTH} {}\" preserveAspectRatio=\"none\">", lanes * 10);
    for bar in &model.bars {
        let y = model.row_of(bar.track, bar.lane) * 10 + 2;
        for (from, to, phase) in bar.spans(run.now()) {
            let (left, mut width) = (x(from), x(to) - x(from));
            if phase.is_end() {
                width = WIDTH * 0.012;
            }
            let class = class_of(phase);
            svg.push_str(&format!(
                "<rect class=\"fill--{class}\" x=\"{left:.1}\" y=\"{y}\" width=\"{width:.1}\" height=\"6\"/>"
            ));
        }
    }
    svg.push_str("</svg>");
    Some(svg)
}
