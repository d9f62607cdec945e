//! Small parts that panels share: icons, tabs.

use leptos::prelude::*;
use send_wrapper::SendWrapper;
use wasm_bindgen::JsCast;

/// The timeline's plot, as a selector.
pub const PLOT: &str = ".tl-body";

/// A line drawing of 16 by 16 units, decorative: the button around it has the words.
#[component]
pub fn Icon(
    /// The path to draw.
    path: &'static str,
    /// Whether the path's inside is filled.
    #[prop(optional)]
    filled: bool,
) -> impl IntoView {
    view! {
        <svg class="icon" class:icon--filled=filled viewBox="0 0 16 16" aria-hidden="true">
            <path d=path />
        </svg>
    }
}

/// An item of a list: its key, and what is drawn when it is new.
pub type Item = (String, Box<dyn FnOnce() -> AnyView>);

/// A list whose items keep their elements as long as their keys stay. It is one for all kinds of items, since each kind
/// that the framework knows of would have to be downloaded.
pub fn list(items: impl Fn() -> Vec<Item> + 'static) -> AnyView {
    let items: Box<dyn Fn() -> Vec<Item>> = Box::new(items);
    let items = SendWrapper::new(items);
    let each = move || items().into_iter().map(SendWrapper::new).collect::<Vec<_>>();
    view! { <For each key=|item| item.0.clone() let(item)>{(item.take().1)()}</For> }.into_any()
}

/// One tab: what it is called, and the panel behind it.
pub struct Tab {
    /// Unique on the page.
    pub id: &'static str,
    pub title: &'static str,
    /// A small number beside the title; empty for none.
    pub badge: Signal<String>,
    pub panel: ViewFn,
}

impl Tab {
    /// A tab without a number.
    pub fn new<V: IntoView + 'static>(
        id: &'static str,
        title: &'static str,
        panel: impl Fn() -> V + Send + Sync + 'static,
    ) -> Self {
        Self { id, title, badge: Signal::stored(String::new()), panel: ViewFn::from(panel) }
    }
}

/// A row of tabs over one panel at a time; arrow keys go from tab to tab.
#[component]
pub fn Tabs(
    /// What the row is called by a screen reader.
    label: &'static str,
    tabs: Vec<Tab>,
    /// The `id` of the tab that is open.
    open: RwSignal<&'static str>,
) -> impl IntoView {
    let ids: Vec<&'static str> = tabs.iter().map(|tab| tab.id).collect();
    let on_key = move |event: leptos::ev::KeyboardEvent| {
        let at = ids.iter().position(|id| *id == open.get_untracked()).unwrap_or(0);
        let to = match event.key().as_str() {
            "ArrowRight" => (at + 1) % ids.len(),
            "ArrowLeft" => (at + ids.len() - 1) % ids.len(),
            "Home" => 0,
            "End" => ids.len() - 1,
            _ => return,
        };
        event.prevent_default();
        event.stop_propagation();
        open.set(ids[to]);
        focus(&format!("tab-{}", ids[to]));
    };
    let (heads, panels): (Vec<_>, Vec<_>) = tabs
        .into_iter()
        .map(|Tab { id, title, badge, panel }| {
            let is_open = move || open.get() == id;
            let head = view! {
                <button
                    type="button"
                    role="tab"
                    id=format!("tab-{id}")
                    class="tab"
                    aria-controls=format!("panel-{id}")
                    aria-selected=move || is_open().to_string()
                    tabindex=move || if is_open() { "0" } else { "-1" }
                    on:click=move |_| open.set(id)
                >
                    {title}
                    " "
                    {move || Some(badge.get()).filter(|badge| !badge.is_empty()).map(|badge| view! { <sup>{badge}</sup> })}
                </button>
            };
            let body = view! {
                <div
                    role="tabpanel"
                    id=format!("panel-{id}")
                    class="tab-panel"
                    aria-labelledby=format!("tab-{id}")
                    tabindex="0"
                    hidden=move || !is_open()
                >
                    <Show when=is_open>{panel.run()}</Show>
                </div>
            };
            (head, body)
        })
        .unzip();
    view! {
        <div class="tabs" role="tablist" aria-label=label on:keydown=on_key>
            {heads}
        </div>
        {panels}
    }
}

/// Focuses the element with this `id`, if it is there.
pub fn focus(id: &str) {
    let element = document().get_element_by_id(id).and_then(|element| element.dyn_into::<web_sys::HtmlElement>().ok());
    if let Some(element) = element {
        let _ = element.focus();
    }
}

/// A pod's drawer, as a selector.
pub const DRAWER: &str = ".drawer";

/// Takes the keyboard to the drawer of the selected pod, if one is open.
pub fn focus_drawer() {
    let found = document().query_selector(DRAWER).ok().flatten();
    if let Some(drawer) = found.and_then(|drawer| drawer.dyn_into::<web_sys::HtmlElement>().ok()) {
        let _ = drawer.focus();
    }
}

/// Whether keys typed into this element are text and not commands of the page.
pub fn takes_text(target: Option<web_sys::EventTarget>) -> bool {
    let Some(element) = target.and_then(|target| target.dyn_into::<web_sys::Element>().ok()) else { return false };
    element
        .closest("input, textarea, select, [contenteditable], .cm-editor, [role=menu], dialog")
        .ok()
        .flatten()
        .is_some()
}
