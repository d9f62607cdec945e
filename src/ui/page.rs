//! The page itself: takes the place of the static skeleton in `index.html`.

use leptos::mount::mount_to;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

/// Mounts the page. A panic from here on is written to the console in words instead of `unreachable`.
pub fn main() {
    console_error_panic_hook::set_once();
    let root = document().get_element_by_id("jobscope").expect("index.html holds #jobscope");
    root.set_inner_html("");
    root.remove_attribute("aria-busy").expect("an attribute can be removed");
    mount_to(root.unchecked_into(), Page).forget();
}

#[component]
fn Page() -> impl IntoView {
    view! {
        <main class="page">
            <h1>"Jobscope"</h1>
        </main>
    }
}
