//! The keyboard's place on the page. What has the focus may be made anew at any moment, because time goes on: then the
//! focus goes to what has taken its place, and never to nowhere.

use super::parts::PLOT;
use leptos::ev;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Element, HtmlElement};

/// What can have the focus.
const FOCUSABLE: &str = "a[href], button:not(:disabled), input, select, textarea, summary, [tabindex='0']";
/// What is never made anew: beyond it nobody looks for what has taken an element's place.
const REGIONS: &str = "[role=tabpanel], .drawer, .cluster, .tl-frame, .notices, .console, header.top, dialog";

/// An element that had the focus, and where to look for it when it is gone.
#[derive(Clone)]
pub struct Held {
    element: HtmlElement,
    name: String,
    /// What it stood in, from the nearest on, and the how-manieth it was of what can have the focus in there.
    homes: Vec<(Element, usize)>,
}

impl Held {
    /// What has the focus; nothing if that is the page as a whole.
    pub fn now() -> Option<Self> {
        let element = document().active_element().filter(|element| element.tag_name() != "BODY")?;
        element.dyn_into().ok().map(Self::of)
    }

    /// An element that has, or could have, the focus.
    pub fn of(element: HtmlElement) -> Self {
        let mut homes = Vec::new();
        let mut home = element.parent_element();
        while let Some(found) = home {
            let place = focusable(&found).position(|other| other.is_same_node(Some(&element))).unwrap_or(0);
            let is_last = found.matches(REGIONS).unwrap_or(true);
            home = found.parent_element().filter(|_| !is_last);
            homes.push((found, place));
        }
        Self { name: name(&element), element, homes }
    }

    /// Whether it stands in what one of these selectors finds.
    pub fn is_in(&self, selectors: &[&str]) -> bool {
        self.element.closest(&selectors.join(", ")).ok().flatten().is_some()
    }

    /// Focuses it, or what has taken its place.
    pub fn restore(&self) {
        let is_there = self.element.is_connected();
        if is_there && name(&self.element) == self.name && has_taken(&self.element) {
            return;
        }
        for (home, place) in self.homes.iter().filter(|(home, _)| home.is_connected()) {
            let all: Vec<HtmlElement> = focusable(home).collect();
            let same = all.iter().find(|element| name(element) == self.name);
            let other = Some(&self.element).filter(|_| is_there).or(all.get(*place)).or(all.last());
            if same.or(other).is_some_and(has_taken) {
                return;
            }
        }
        // Its panel makes room for another one, or has nothing left in it.
        let panels = self.homes.last().and_then(|(home, _)| home.parent_element());
        let open = panels.and_then(|panels| panels.query_selector(":scope > [role=tabpanel]:not([hidden])").ok());
        let plot = || document().query_selector(PLOT).ok().flatten();
        for element in [open.flatten(), plot()].into_iter().flatten() {
            if element.dyn_ref().is_some_and(has_taken) {
                return;
            }
        }
    }
}

/// Watches over the focus as long as the page stands.
pub fn keep_focus() {
    let held = StoredValue::new_local(None::<Held>);
    let focused = window_event_listener(ev::focusin, move |_| held.set_value(Held::now()));
    // Who presses elsewhere wants it gone.
    let pressed = window_event_listener(ev::pointerdown, move |_| held.set_value(None));
    on_cleanup(move || {
        focused.remove();
        pressed.remove();
    });
    let look = Closure::<dyn FnMut()>::new(move || {
        let is_lost = document().active_element().is_none_or(|element| element.tag_name() == "BODY");
        if let Some(held) = held.get_value().filter(|_| is_lost) {
            held.restore();
        }
    });
    let options = web_sys::MutationObserverInit::new();
    options.set_child_list(true);
    options.set_subtree(true);
    if let (Some(body), Ok(observer)) =
        (document().body(), web_sys::MutationObserver::new(look.as_ref().unchecked_ref()))
    {
        let _ = observer.observe_with_options(&body, &options);
    }
    look.forget();
}

fn has_taken(element: &HtmlElement) -> bool {
    let options = web_sys::FocusOptions::new();
    options.set_prevent_scroll(true);
    let _ = element.focus_with_options(&options);
    document().active_element().is_some_and(|active| active.is_same_node(Some(element)))
}

fn focusable(home: &Element) -> impl Iterator<Item = HtmlElement> + use<> {
    let found = home.query_selector_all(FOCUSABLE).ok();
    let found = found.into_iter().flat_map(|found| (0..found.length()).filter_map(move |place| found.get(place)));
    found.filter_map(|element| element.dyn_into().ok())
}

/// What an element is called, so that the one that takes its place is known by it.
fn name(element: &Element) -> String {
    let attributes = ["data-travels", "id", "aria-label"];
    let said = attributes.iter().find_map(|attribute| element.get_attribute(attribute));
    said.or_else(|| element.text_content()).unwrap_or_default()
}
