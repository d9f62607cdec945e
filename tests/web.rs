//! The tests that need a browser: `tools/test wasm` runs them in headless Chromium.

#![cfg(target_arch = "wasm32")]

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
