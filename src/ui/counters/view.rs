//! Counters.

use leptos::prelude::*;

/// Counters.
#[component]
pub fn Counters() -> impl IntoView {
    view! { <p class="empty">"Not here yet."</p> }
}
