//! The tests that need a browser: `tools/test wasm` runs them in headless Chromium.

#![cfg(target_arch = "wasm32")]

#[path = "golden/sample.rs"]
mod sample;
#[path = "scenarios/session.rs"]
mod session;

use jobscope::ui::editor::binding::Editor;
use leptos::prelude::document;
use wasm_bindgen::JsCast;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

/// A place for the page to mount in, as `index.html` has one.
fn place_for_the_page() -> web_sys::HtmlElement {
    let place = document().create_element("div").unwrap();
    place.set_id("jobscope");
    place.set_inner_html("<p>Starting the cluster…</p>");
    document().body().unwrap().append_child(&place).unwrap();
    place.unchecked_into()
}

#[wasm_bindgen_test]
fn the_page_takes_the_skeletons_place() {
    let place = place_for_the_page();
    jobscope::ui::main();
    let text = place.text_content().unwrap();
    assert!(text.contains("Jobscope"), "{text}");
    assert!(!text.contains("Starting the cluster"), "{text}");
    place.remove();
}

#[wasm_bindgen_test]
async fn without_its_module_the_editor_says_so() {
    // The test's page has no editor.js beside it, as when a visitor loses the network.
    let parent = document().create_element("div").unwrap();
    let error = Editor::load(&parent, "kind: Job", "Manifest", false, |_| {}).await.err().expect("an error");
    assert!(error.starts_with("the editor could not be loaded: "), "{error}");
}

#[wasm_bindgen_test]
fn recorded_cases_run_here_as_they_do_natively() {
    let differences = sample::differences();
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[wasm_bindgen_test]
fn a_session_at_the_terminal_is_played_here_as_natively() {
    assert_eq!(session::transcript(), include_str!("scenarios/session.txt"));
}
