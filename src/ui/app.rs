//! The page as a whole: where the panels stand, what is pinned where, and what happens when the program itself fails.

use super::cluster::Cluster;
use super::console::Console;
use super::counters::Counters;
use super::desk::Desk;
use super::events::events_badge;
use super::first::{FIRST_LOOK, first_scenario};
use super::focus::keep_focus;
use super::later::{DialogLayer, Dialogs, KubectlNotice, Later, LaterPanel};
use super::lesson::Lesson;
use super::menu::Menus;
use super::parts::{Icon, Tab, Tabs, takes_text};
use super::session::{Panel, Region, Session};
use super::status::Status;
use super::timeline::{Scale, Timeline};
use super::transport::{Transport, run_playback};
use super::versions::model::SIMULATED;
use crate::api::Kind;
use crate::lessons::CARDS;
use leptos::mount::mount_to;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

/// Mounts the page in `#jobscope`, in place of the static skeleton.
pub fn main() {
    std::panic::set_hook(Box::new(|panic| {
        console_error_panic_hook::hook(panic);
        show_panic(&panic.to_string());
    }));
    let root = document().get_element_by_id("jobscope").expect("index.html holds #jobscope");
    root.set_inner_html("");
    root.remove_attribute("aria-busy").expect("an attribute can be removed");
    mount_to(root.unchecked_into(), Page).forget();
}

/// What is on screen after a panic: what happened, and a way on. It is built without the framework, which may be what
/// failed.
fn show_panic(what: &str) {
    let Some(body) = document().body() else { return };
    let Ok(card) = document().create_element("div") else { return };
    let _ = card.set_attribute("class", "panic");
    let _ = card.set_attribute("role", "alertdialog");
    let _ = card.set_attribute("aria-label", "Jobscope has stopped");
    card.set_inner_html(
        "<h2>Jobscope has stopped</h2><p>A mistake in its own code, not in your manifest. Reloading starts afresh.</p>\
         <pre></pre><p><button type=\"button\" class=\"primary\">Reload the page</button></p>",
    );
    if let Ok(Some(pre)) = card.query_selector("pre") {
        pre.set_text_content(Some(what));
    }
    if let Ok(Some(button)) = card.query_selector("button") {
        let reload = wasm_bindgen::closure::Closure::<dyn Fn()>::new(|| drop(window().location().reload()));
        let _ = button.add_event_listener_with_callback("click", reload.as_ref().unchecked_ref());
        reload.forget();
    }
    let _ = body.append_child(&card);
}

#[component]
fn Page() -> impl IntoView {
    let dark =
        document().document_element().and_then(|root| root.get_attribute("data-theme")).as_deref() == Some("dark");
    let later = Later::default();
    provide_context(later);
    let session = Session::new(first_scenario(), dark, later);
    session.skip(FIRST_LOOK);
    provide_context(session);
    provide_context(Desk::new(later));
    provide_context(Scale::new(session));
    let menus = Menus::default();
    provide_context(menus);
    provide_context(Dialogs::default());
    run_playback(session);
    keep_focus();

    let left = vec![
        Tab::new("lesson", "Lesson", || view! { <Lesson /> }),
        Tab::new("manifest", "Manifest", || view! { <LaterPanel panel=|panels| panels.manifest /> }),
        Tab::new("files", "Files", || view! { <LaterPanel panel=|panels| panels.files /> }),
    ];
    let right = vec![
        Tab::new("status", "Status", || view! { <Status /> }),
        Tab::new("why", "Why", || view! { <LaterPanel panel=|panels| panels.why /> }),
        Tab {
            badge: events_badge(session),
            ..Tab::new("events", "Events", || view! { <LaterPanel panel=|panels| panels.events /> })
        },
    ];
    // Inside somebody else's page: only what is needed to watch and play. `?embed` or `#…embed…` asks for it.
    let location = window().location();
    let asked = [location.search(), location.hash()].into_iter().flatten().collect::<String>();
    let is_embedded = asked.split(['?', '#', '&']).any(|word| word == "embed" || word.starts_with("embed="));
    let is_pod_selected = Memo::new(move |_| session.selection().is_some_and(|key| key.kind == Kind::Pod));
    let desk = Desk::expect();
    let follow_link = move || {
        let hash = window().location().hash().unwrap_or_default();
        if hash.contains("s=") || !desk.address().is_empty() {
            later.panels.then(move |panels| (panels.follow_link)(session, desk, hash));
        }
    };
    follow_link();
    let hash_changes = window_event_listener(leptos::ev::hashchange, move |_| follow_link());
    on_cleanup(move || hash_changes.remove());
    let drawer = session.lesson_drawer();
    let close_drawer = move |event: leptos::ev::KeyboardEvent| {
        if event.key() == "Escape" && !event.default_prevented() {
            drawer.set(false);
        }
    };
    let region = session.region();
    // Where panels stand below the timeline, one that was asked for is brought into sight.
    let regions = NodeRef::<leptos::html::Div>::new();
    Effect::new(move |before: Option<()>| {
        region.track();
        if let Some(regions) = regions.get_untracked().filter(|_| before.is_some()) {
            request_animation_frame(move || regions.scroll_into_view());
        }
    });
    let region_name = move || match region.get() {
        Region::Cluster => "cluster",
        Region::Left => "left",
        Region::Right => "right",
        Region::Console => "console",
    };
    view! {
        <a class="skip" href="#timeline">"Skip to the timeline"</a>
        <div class="app" data-region=region_name class:app--drawer=move || drawer.get() class:app--embed=is_embedded>
            <header class="top">
            <div class="bar">
                <h1 class="brand">
                    <svg viewBox="0 0 24 24" width="22" height="22" aria-hidden="true">
                        <circle cx="12" cy="12" r="9.5" fill="none" stroke="currentColor" stroke-width="2" />
                        <path d="M6.5 9h6M9 12.5h8M6.5 16h4" stroke="currentColor" stroke-width="2.4" stroke-linecap="round" />
                    </svg>
                    "Jobscope"
                </h1>
                <button
                    type="button"
                    class="drawer-toggle"
                    class:drawer-toggle--reading=move || desk.lesson.get().is_some()
                    aria-expanded=move || drawer.get().to_string()
                    aria-controls="left"
                    on:click=move |_| {
                        session.left().set(Panel::Lesson.id());
                        drawer.update(|open| *open = !*open);
                    }
                >
                    <span class="drawer-word">"Lesson"</span>
                    {move || {
                        let number = desk.lesson.get()?;
                        let title = CARDS.get(number)?.title;
                        let place = format!("Lesson {} of {}", number + 1, CARDS.len());
                        Some(view! { <span class="drawer-lesson"><small>{place}</small> " " {title}</span> })
                    }}
                </button>
            </div>
            <Transport />
            <div class="bar-end">
                <RunPicker />
                <VersionButton />
                <ShareButton />
                <HelpButton />
                <ThemeButton />
            </div>
            </header>
            <aside class="pane left" id="left" aria-label="Lesson and manifest" on:keydown=close_drawer>
                <Tabs label="Lesson and manifest" tabs=left open=session.left() />
            </aside>
            <main class="center">
                <Cluster />
                <section class="timeline-region" id="timeline" aria-label="Timeline" tabindex="-1">
                    <Timeline />
                    <Counters />
                </section>
                <NoticeStrip />
            </main>
            <div class="regions-top" node_ref=regions></div>
            <nav class="regions" aria-label="Panels">
                {[
                    (Region::Cluster, "Cluster"),
                    (Region::Right, "Status"),
                    (Region::Left, "Lesson"),
                    (Region::Console, "Console"),
                ]
                    .map(|(to, title)| {
                        view! {
                            <button
                                type="button"
                                class="tab"
                                aria-pressed=move || (region.get() == to).to_string()
                                on:click=move |_| region.set(to)
                            >
                                {title}
                            </button>
                        }
                    })}
            </nav>
            <aside class="pane right" aria-label="Status, why, events">
                <Tabs label="Status, why, events" tabs=right open=session.right() />
            </aside>
            <section class="console-region" aria-label="Console">
                <Console />
            </section>
            {move || is_pod_selected.get().then(|| view! { <LaterPanel panel=|panels| panels.drawer /> })}
        </div>
        {move || menus.is_open().then(|| view! { <LaterPanel panel=|panels| panels.menu /> })}
        <DialogLayer />
    }
}

/// What the page has to say, quietly, until it is read: in a line of its own, so that nothing moves or is covered when it
/// comes. While there is nothing to say, the line names the keys.
#[component]
fn NoticeStrip() -> impl IntoView {
    let (session, dialogs) = (Session::expect(), Dialogs::expect());
    let said = |(key, does): (&'static str, &'static str)| view! { <span><kbd>{key}</kbd>" "{does}</span> };
    let keys = [("Space", "plays"), (", .", "step from change to change"), ("W S", "zoom"), ("?", "names all keys")];
    let of_editor = [("Esc Tab", "leaves the editor"), ("Ctrl Enter", "runs it"), ("F8", "goes to the next problem")];
    view! {
        <div class="notices">
            <p class="notices-keys">{keys.map(said)}</p>
            <p class="notices-keys notices-keys--editor">{of_editor.map(said)}</p>
            <div class="notices-said" role="status" aria-live="polite">
            <KubectlNotice />
            {move || {
                session.broken().map(|what| {
                    view! {
                        <p class="notice notice--error">
                            <span>"Time has stopped: Jobscope is wrong here, not your Job. " {what}</span>
                            <button type="button" class="small" on:click=move |_| dialogs.open(|panels| panels.share)>
                                "Share the scenario…"
                            </button>
                        </p>
                    }
                })
            }}
            {move || {
                session.notice().map(|notice| {
                    view! {
                        <p class="notice" class:notice--error=notice.is_error class:notice--passing=notice.is_passing>
                            <span>{notice.text} " " <span class="notice-more">{notice.more}</span></span>
                            <button type="button" class="ghost square" aria-label="Dismiss" on:click=move |_| session.dismiss()>
                                <Icon path="M4 4l8 8M12 4l-8 8" />
                            </button>
                        </p>
                    }
                })
            }}
            </div>
        </div>
    }
}

/// Which run is on screen, once there is more than one.
#[component]
fn RunPicker() -> impl IntoView {
    let (session, dialogs) = (Session::expect(), Dialogs::expect());
    let runs = Memo::new(move |_| session.runs());
    view! {
        <Show when=move || { runs.read().len() > 1 }>
            <label class="run-picker">
                <span class="sr-only">"Run on screen"</span>
                <select
                    prop:value=move || session.current().to_string()
                    on:change:target=move |event| {
                        if let Ok(number) = event.target().value().parse() {
                            session.switch(number);
                        }
                    }
                >
                    {move || {
                        let options = runs.get().into_iter().enumerate();
                        options
                            .map(|(number, label)| {
                                view! { <option value=number.to_string() selected=move || session.current() == number>{label}</option> }
                            })
                            .collect_view()
                    }}
                </select>
            </label>
            <button type="button" class="ghost bar-word" title="Compare two runs" on:click=move |_| dialogs.open(|panels| panels.compare)>
                <Icon path="M2.5 5h11M2.5 11h7M12 8.5v5M9.5 11h5" />
                <span>"Compare"</span>
            </button>
        </Show>
    }
}

/// Says which version of Kubernetes this is, and opens what others do otherwise.
#[component]
fn VersionButton() -> impl IntoView {
    let dialogs = Dialogs::expect();
    view! {
        <button
            type="button"
            class="ghost bar-version"
            title="What other versions of Kubernetes do"
            on:click=move |_| dialogs.open(|panels| panels.versions)
        >
            {format!("v1.{SIMULATED}")}
        </button>
    }
}

/// Opens the dialog in which what is on screen is shared.
#[component]
fn ShareButton() -> impl IntoView {
    let dialogs = Dialogs::expect();
    view! {
        <button
            type="button"
            class="ghost bar-word"
            title="Share: a link, a frame, a file"
            on:click=move |_| dialogs.open(|panels| panels.share)
        >
            <Icon path="M8 10V2.5M5 5l3-3 3 3M3 8.5V13h10V8.5" />
            <span>"Share"</span>
        </button>
    }
}

/// The button that opens the help.
#[component]
fn HelpButton() -> impl IntoView {
    let dialogs = Dialogs::expect();
    let keys = window_event_listener(leptos::ev::keydown, move |event| {
        if event.key() == "?" && !takes_text(event.target()) && !event.default_prevented() {
            event.prevent_default();
            dialogs.open(|panels| panels.help);
        }
    });
    on_cleanup(move || keys.remove());
    view! {
        <button type="button" class="ghost square" aria-label="Help and keys" title="Help and keys (?)" on:click=move |_| dialogs.open(|panels| panels.help)>
            <Icon path="M6 6.2a2 2 0 1 1 2.6 1.9c-.4.2-.6.5-.6 1v.6M8 12.3v.1" />
        </button>
    }
}

/// Light or dark.
#[component]
fn ThemeButton() -> impl IntoView {
    let session = Session::expect();
    view! {
        <button
            type="button"
            class="ghost square"
            title="Light or dark"
            aria-label="Dark theme"
            aria-pressed=move || session.is_dark().to_string()
            on:click=move |_| session.set_dark(!session.is_dark())
        >
            <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
                <circle cx="8" cy="8" r="5.5" fill="none" />
                <path d="M8 2.5v11a5.5 5.5 0 0 0 0-11z" fill="currentColor" />
            </svg>
        </button>
    }
}
