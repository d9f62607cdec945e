//! The help: what the page is, and its keys.

use super::later::{Dialog, Dialogs};
use leptos::prelude::*;

/// The keys, and what the page is.
#[component]
pub fn Help() -> impl IntoView {
    let dialogs = Dialogs::expect();
    view! {
        <Dialog title="help-title">
            <h2 id="help-title">"Jobscope"</h2>
            <p class="dialog-note">
                "A Kubernetes batch cluster in this tab. It makes the decisions of Kubernetes v1.36 on a clock that you can "
                "stop, drag and fork. Drag the playhead to look back; do anything there, and a new run branches off. "
                "Select a pod to break it; every decision has its reasons under “Why”."
            </p>
            <dl class="keys">
                {KEYS
                    .map(|(keys, what)| {
                        view! {
                            <dt>{keys.split(' ').map(|key| view! { <kbd>{key.to_owned()}</kbd> " " }).collect_view()}</dt>
                            <dd>{what}</dd>
                        }
                    })}
            </dl>
            <p class="dialog-note">
                "Behaviour is checked against recorded runs of Kubernetes v1.36. What is assumed, such as how long a container "
                "runs, is marked where it is shown."
            </p>
            <div class="dialog-buttons">
                <button type="button" on:click=move |_| dialogs.open(|panels| panels.versions)>"Other versions"</button>
                <span class="dialog-gap"></span>
                <button type="button" class="primary" on:click=move |_| dialogs.close()>"Close"</button>
            </div>
        </Dialog>
    }
}

/// Every key, and what it does.
const KEYS: [(&str, &str); 11] = [
    ("Space", "play, pause"),
    (", .", "the change before, the next change"),
    ("Home End", "the beginning, the live edge"),
    ("W S", "look closer, look from further away"),
    ("A D ← →", "move along the timeline; on the playhead, the arrows move time"),
    ("Shift + drag", "on the timeline: look at this stretch"),
    ("F", "show all of it"),
    ("↑ ↓", "on the timeline: from pod to pod; Enter goes to the pod that is selected"),
    ("PgUp PgDn", "on the timeline: further rows, where not all of them fit"),
    ("Ctrl + Shift + Enter", "in the manifest: run it beside the run on screen, to be compared with it"),
    ("Esc", "close the pod, the menu, the dialog"),
];
