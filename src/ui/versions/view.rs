//! The dialog that tells visitors of other versions what they would see.

use super::model::{Change, FIRST, OLDEST, SIMULATED, since, used};
use crate::ui::desk::Desk;
use crate::ui::later::{Dialog, Dialogs};
use leptos::prelude::*;

/// What a cluster of the chosen version does otherwise, and which fields of the manifest it does not know.
#[component]
pub fn Versions() -> impl IntoView {
    let (desk, dialogs) = (Desk::expect(), Dialogs::expect());
    let version = RwSignal::new(FIRST);
    let unknown = Memo::new(move |_| desk.draft.with(|manifest| used(manifest, since(version.get()))));
    let verdict = move || {
        let (version, count) = (version.get(), since(version.get()).count());
        let fields: Vec<&str> = unknown.get().into_iter().filter_map(|field| field.rsplit(['.', '/']).next()).collect();
        let fields = match fields[..] {
            [] => "It knows every field of your manifest.".to_owned(),
            _ => format!("It would not know what your manifest says about {}.", fields.join(", ")),
        };
        match count {
            0 => format!("v1.{version} is what you see here."),
            _ => format!("Of what you see here, {count} things are otherwise in v1.{version}. {fields}"),
        }
    };
    view! {
        <Dialog title="versions-title">
            <h2 id="versions-title">{format!("Kubernetes v1.{SIMULATED}")}</h2>
            <p class="dialog-note">
                "Here you see what a cluster of this version does. Older ones do some things otherwise, and documents about "
                "them say so. A field that a cluster does not know is refused by kubectl; one that is switched off there is "
                "dropped without a word."
            </p>
            <label class="versions-choice">
                "My cluster is "
                <select on:change:target=move |event| version.set(event.target().value().parse().unwrap_or(FIRST))>
                    {(OLDEST..=SIMULATED)
                        .rev()
                        .map(|minor| {
                            view! { <option value=minor.to_string() selected=minor == FIRST>{format!("v1.{minor}")}</option> }
                        })
                        .collect_view()}
                </select>
            </label>
            <p class="versions-verdict" role="status">{verdict}</p>
            <dl class="versions">
                {move || {
                    let unknown = unknown.get();
                    let is_used = |change: &Change| change.field.is_some_and(|field| unknown.contains(&field));
                    let changes: Vec<&'static Change> = since(version.get()).collect();
                    let groups = changes.chunk_by(|one, next| one.since == next.since);
                    let group = |changes: &[&'static Change]| {
                        let rows = changes.iter().map(|change| row(change, is_used(change))).collect_view();
                        view! { <dt>{format!("since v1.{}", changes[0].since)}</dt> {rows} }
                    };
                    groups.map(group).collect_view()
                }}
            </dl>
            <div class="dialog-buttons">
                <span class="dialog-gap"></span>
                <button type="button" class="primary" on:click=move |_| dialogs.close()>"Close"</button>
            </div>
        </Dialog>
    }
}

fn row(change: &'static Change, is_used: bool) -> impl IntoView {
    let words = change.text.split('`').enumerate().map(|(place, words)| match place % 2 {
        0 => view! { {words} }.into_any(),
        _ => view! { <code>{words}</code> }.into_any(),
    });
    view! {
        <dd class:versions-used=is_used>{words.collect_view()} {is_used.then_some(" Your manifest has it.")}</dd>
    }
}
