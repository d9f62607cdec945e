//! Links that panels share: to an instant, to a pod, to a field of the manifest.

use super::desk::Desk;
use super::session::Session;
use super::transport::clock;
use crate::api::{Kind, ObjectKey};
use crate::sim::Timestamp;
use leptos::prelude::*;

/// An instant as the time since the run began; it puts the playhead there.
#[component]
pub fn Clock(at: Timestamp) -> impl IntoView {
    let session = Session::expect();
    let words = session.with_run_untracked(|run| clock(at.since(run.start())));
    let label = format!("Go to {words}");
    view! {
        <button type="button" class="instant" title=label.clone() aria-label=label on:click=move |_| session.seek(at)>
            {words}
        </button>
    }
}

/// A pod by name; it selects the pod.
#[component]
pub fn PodLink(key: ObjectKey) -> impl IntoView {
    let session = Session::expect();
    let name = key.name.to_string();
    view! {
        <button type="button" class="text-link mono" on:click=move |_| session.select(Some(key.clone()))>
            {name}
        </button>
    }
}

/// A field of the manifest; it opens the editor there.
#[component]
pub fn FieldLink(
    field: String,
    /// Whether `spec.` is left out of what is read.
    #[prop(optional)]
    short: bool,
) -> impl IntoView {
    let (session, desk) = (Session::expect(), Desk::expect());
    let words = field.strip_prefix("spec.").filter(|_| short).unwrap_or(&field).to_owned();
    view! {
        <button
            type="button"
            class="text-link mono"
            title="Show it in the manifest"
            on:click=move |_| desk.point_at(session, &field)
        >
            {words}
        </button>
    }
}

/// What stands in a panel about a Job where there is none.
#[component]
pub fn NoJob() -> impl IntoView {
    let session = Session::expect();
    let early = move || {
        let at = session.playhead();
        session.with_run(|run| {
            let storage = run.storage();
            storage.changes_since(storage.revision_at(at)).any(|change| change.object.kind() == Kind::Job)
        })
    };
    view! {
        <p class="empty">
            {move || match early() {
                true => "There is no Job yet at this instant. Press play, or move the playhead on.",
                false => "There is no Job. Choose a lesson, or run a manifest.",
            }}
        </p>
    }
}
