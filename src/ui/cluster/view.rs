//! Cluster.

use leptos::prelude::*;

/// Cluster.
#[component]
pub fn Cluster() -> impl IntoView {
    view! { <p class="empty">"Not here yet."</p> }
}
