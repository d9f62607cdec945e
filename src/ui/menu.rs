//! Menus: a list of deeds beside the button that opened it. One is open at a time; arrow keys, Escape, and a click
//! elsewhere do what they do everywhere.

use super::deed::Deed;
use super::focus::Held;
use super::session::Session;
use leptos::ev;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

/// One entry: what it is called, and what it does.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    pub name: String,
    pub deed: Deed,
}

/// Which menu is open, and where.
#[derive(Clone)]
struct Open {
    title: String,
    entries: Vec<Entry>,
    left: f64,
    top: f64,
    /// Where the focus returns to.
    opener: Held,
}

/// Opens menus; provided by the page.
#[derive(Clone, Copy)]
pub struct Menus(RwSignal<Option<Open>, LocalStorage>);

impl Default for Menus {
    /// No menu is open yet.
    fn default() -> Self {
        Self(RwSignal::new_local(None))
    }
}

impl Menus {
    /// Opens a menu below the button that was pressed.
    pub fn open(self, event: &ev::MouseEvent, title: impl Into<String>, entries: Vec<Entry>) {
        let opener = event.current_target().and_then(|target| target.dyn_into::<web_sys::HtmlElement>().ok());
        let Some(opener) = opener else { return };
        let bounds = opener.get_bounding_client_rect();
        let window_width = window().inner_width().ok().and_then(|width| width.as_f64()).unwrap_or(1024.0);
        let left = bounds.left().min(window_width - 332.0).max(8.0);
        let top = bounds.bottom() + 4.0;
        self.0.set(Some(Open { title: title.into(), entries, left, top, opener: Held::of(opener) }));
    }

    /// Whether one is open.
    pub fn is_open(self) -> bool {
        self.0.with(Option::is_some)
    }

    fn close(self) {
        if let Some(open) = self.0.get_untracked() {
            self.0.set(None);
            open.opener.restore();
        }
    }
}

/// The menu that is open.
#[component]
pub fn Menu() -> impl IntoView {
    let session = Session::expect();
    let menus: Menus = expect_context();
    let list = NodeRef::<leptos::html::Div>::new();
    let items = move || {
        let items = list.get_untracked().and_then(|list| list.query_selector_all("[role=menuitem]").ok());
        let items = items.into_iter().flat_map(|items| (0..items.length()).filter_map(move |n| items.get(n)));
        items.filter_map(|item| item.dyn_into::<web_sys::HtmlElement>().ok()).collect::<Vec<_>>()
    };
    Effect::new(move || {
        if list.get().is_some()
            && let Some(first) = items().first()
        {
            let _ = first.focus();
        }
    });
    let on_key = move |event: ev::KeyboardEvent| {
        let items = items();
        let focused = document().active_element();
        let at = items
            .iter()
            .position(|item| Some(item.unchecked_ref::<web_sys::Element>()) == focused.as_ref())
            .unwrap_or(0);
        let to = match event.key().as_str() {
            "ArrowDown" => (at + 1) % items.len(),
            "ArrowUp" => (at + items.len() - 1) % items.len(),
            "Home" => 0,
            "End" => items.len() - 1,
            "Escape" | "Tab" => {
                event.prevent_default();
                return menus.close();
            }
            _ => return,
        };
        event.prevent_default();
        event.stop_propagation();
        let _ = items[to].focus();
    };
    view! {
        {move || {
            menus.0.get().map(|open| {
                // All of it is in sight, however low the button is.
                let height = 60 * open.entries.len() + 20;
                let place = format!("left: {}px; top: max(8px, min({}px, 100dvh - {height}px))", open.left, open.top);
                let entries = open.entries.into_iter().map(|entry| {
                    let hint = match &entry.deed {
                        Deed::Command(line) => line.clone(),
                        _ => "a fault: kubectl cannot do this".to_owned(),
                    };
                    let deed = entry.deed;
                    view! {
                        <button type="button" role="menuitem" tabindex="-1" class="menu-item" on:click=move |_| {
                            menus.close();
                            session.perform(deed.clone());
                        }>
                            <span>{entry.name}</span>
                            <code>{hint}</code>
                        </button>
                    }
                });
                view! {
                    <div class="menu-backdrop" on:pointerdown=move |_| menus.close()></div>
                    <div
                        class="menu"
                        role="menu"
                        aria-label=open.title
                        node_ref=list
                        style=place
                        on:keydown=on_key
                    >
                        {entries.collect_view()}
                    </div>
                }
            })
        }}
    }
}
