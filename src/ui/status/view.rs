//! What the Job says about itself.

use leptos::prelude::*;

/// What the Job says about itself.
#[component]
pub fn Status() -> impl IntoView {
    view! { <p class="empty">"Not here yet."</p> }
}
