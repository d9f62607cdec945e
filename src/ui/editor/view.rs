//! The manifest, and the other files of a scenario.

use leptos::prelude::*;

/// The manifest.
#[component]
pub fn Manifest() -> impl IntoView {
    view! { <p class="empty">"Not here yet."</p> }
}

/// The scenario's other files.
#[component]
pub fn Files() -> impl IntoView {
    view! { <p class="empty">"Not here yet."</p> }
}
