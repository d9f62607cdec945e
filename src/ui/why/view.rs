//! The Job controller's passes, and the rules they applied.

use leptos::prelude::*;

/// The Job controller's passes, and the rules they applied.
#[component]
pub fn Why() -> impl IntoView {
    view! { <p class="empty">"Not here yet."</p> }
}
