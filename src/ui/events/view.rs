//! Events, as `kubectl describe` prints them.

use leptos::prelude::*;

/// Events, as `kubectl describe` prints them.
#[component]
pub fn Events() -> impl IntoView {
    view! { <p class="empty">"Not here yet."</p> }
}
