//! Which field says so, as a table per question.

use super::model::{Answer, Model, Question, Verdict};
use crate::ui::desk::memo;
use crate::ui::links::Clock;
use crate::ui::session::Session;
use crate::ui::status::model::subject;
use leptos::prelude::*;

/// What people ask to know how a Job stands, and where each field was wrong: read while it is open.
#[component]
pub fn Answers() -> impl IntoView {
    let is_open = RwSignal::new(false);
    let toggled =
        move |event: leptos::ev::Event| is_open.set(event_target::<web_sys::Element>(&event).has_attribute("open"));
    view! {
        <details class="answers" on:toggle=toggled>
            <summary>"Which field says that it is over?"</summary>
            <Show when=move || is_open.get()>
                <Tables />
            </Show>
        </details>
    }
}

#[component]
fn Tables() -> impl IntoView {
    let session = Session::expect();
    let model = StoredValue::new_local(((0_u32, usize::MAX), Model::default()));
    let questions = memo(move || {
        let (run, revision) = session.version();
        let selected = session.selection();
        session.with_run_untracked(|shown| {
            let storage = shown.storage();
            let Some(job) = subject(storage.at(revision), selected.as_ref()) else { return Vec::new() };
            let of = (session.loaded(), run);
            let questions = model.try_update_value(|(known, model)| {
                if *known != of {
                    (*known, *model) = (of, Model::default());
                }
                model.update(storage);
                model.questions(job.metadata.uid, session.playhead())
            });
            questions.unwrap_or_default()
        })
    });
    view! {
        <p class="answers-note">
            "Every bar is the Job’s life so far, filled where the field said yes. Only the last line of each knows."
        </p>
        {move || questions.with(|questions| questions.iter().cloned().map(table).collect_view())}
    }
}

fn table(question: Question) -> impl IntoView {
    let rows = question.answers.into_iter().map(|Answer { field, says, yes, verdict }| {
        let spans = yes.into_iter().map(|(from, to)| {
            let style = format!("left: {}%; right: {}%", tenth(from), tenth(1000 - to));
            view! { <i style=style></i> }
        });
        let spans = spans.collect_view();
        let knows = verdict.is_none();
        let is_wrong = verdict.as_ref().is_some_and(|verdict| !verdict.is_right);
        let told = match verdict {
            None => view! { "this one knows" }.into_any(),
            Some(Verdict { words, at, .. }) => view! { {words} " " {at.map(|at| view! { <Clock at /> })} }.into_any(),
        };
        view! {
            <tr class:answer--knows=knows class:answer--wrong=is_wrong>
                <th scope="row">{field}</th>
                <td class="answer-says">{if says { "yes" } else { "no" }}</td>
                <td class="answer-told">
                    <span class="answer-bar" aria-hidden="true">{spans}</span>
                    {told}
                </td>
            </tr>
        }
    });
    let rows = rows.collect_view();
    view! {
        <table class="answers-table">
            <caption>{question.words}</caption>
            <tbody>{rows}</tbody>
        </table>
    }
}

/// Thousandths as a percentage.
fn tenth(thousandths: u32) -> String {
    format!("{}.{}", thousandths / 10, thousandths % 10)
}
