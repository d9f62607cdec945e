//! Timeline.

use leptos::prelude::*;

/// Timeline.
#[component]
pub fn Timeline() -> impl IntoView {
    view! { <p class="empty">"Not here yet."</p> }
}
