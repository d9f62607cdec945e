//! The lesson: prose, a prediction, the gap between it and the run.

use leptos::prelude::*;

/// The lesson: prose, a prediction, the gap between it and the run.
#[component]
pub fn Lesson() -> impl IntoView {
    view! { <p class="empty">"Not here yet."</p> }
}
