//! The console: kubectl at the playhead.

use leptos::prelude::*;

/// The console: kubectl at the playhead.
#[component]
pub fn Console() -> impl IntoView {
    view! { <p class="empty">"Not here yet."</p> }
}
