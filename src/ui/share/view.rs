//! The dialog in which a scenario is shared, and what opens one.

use super::model::{LONGEST_LINK, fragment, frame, place_in};
use crate::api::yaml::print;
use crate::recording::{Run, Scenario, share};
use crate::sim::Map;
use crate::ui::desk::Desk;
use crate::ui::first::{BEHAVIOUR, FIRST_LOOK, OPENING, first_scenario};
use crate::ui::later::{Dialog, Dialogs};
use crate::ui::session::{Session, Shown};
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::time::Duration;
use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/src/ui/share/link.js")]
extern "C" {
    #[wasm_bindgen(catch)]
    async fn pack(text: &str) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(catch)]
    async fn unpack(word: &str) -> Result<JsValue, JsValue>;
    async fn copy(text: &str) -> JsValue;
    fn save(name: &str, text: &str);
    #[wasm_bindgen(catch)]
    async fn chosen(input: &web_sys::HtmlInputElement) -> Result<JsValue, JsValue>;
}

/// What was done up to the playhead, as a scenario.
fn told(session: Session) -> Scenario {
    let at = session.playhead_untracked();
    session.with_run_untracked(|run| run.told_as_scenario(at))
}

/// Puts a scenario on the desk and begins it; hands over what was shown before.
fn lay_out(session: Session, desk: Desk, scenario: Scenario) -> Shown {
    let manifest = scenario.files.get(Scenario::MANIFEST).cloned().unwrap_or_default();
    desk.close_lesson();
    desk.lay_out(&manifest, &print::yaml(&scenario.to_value()), scenario.files.clone());
    session.load(scenario)
}

/// Opens a scenario's text, if it can be read, and hands over what was shown before.
fn open_text(session: Session, desk: Desk, what: &str, text: &str) -> Option<Shown> {
    match share::read(text) {
        Ok(scenario) => {
            let acts = scenario.plan.len();
            let before = lay_out(session, desk, scenario);
            session.tell(match acts {
                0 => format!("{what} is open. Press Play."),
                1 => format!("{what} is open. Press Play: what was done in it is done again."),
                acts => format!("{what} is open. Press Play: the {acts} things that were done in it are done again."),
            });
            Some(before)
        }
        Err(why) => {
            session.complain(format!("{what} cannot be opened: {why}."));
            None
        }
    }
}

/// Shows what the part of an address after `#` names, as the browser goes from address to address: what was left there,
/// else the scenario of a link, or without one what the page opens with. What was shown is put aside until one comes back.
pub fn follow_link(session: Session, desk: Desk, hash: String) {
    let Some(address) = place_in(&hash).map(str::to_owned).filter(|address| *address != desk.address()) else { return };
    let papers = desk.papers();
    if let Some((shown, left)) = desk.take_aside(&address) {
        let before = session.exchange(shown);
        desk.lay_back(left);
        return desk.arrive(address, before, papers);
    }
    if address.is_empty() {
        let before = session.load(first_scenario());
        desk.close_lesson();
        desk.lay_out(OPENING.manifest, BEHAVIOUR, Map::new());
        session.skip(FIRST_LOOK);
        return desk.arrive(address, before, papers);
    }
    spawn_local(async move {
        let Some(text) = unpack(&address).await.ok().and_then(|text| text.as_string()) else {
            return session.complain("The scenario of this link cannot be opened: a part of the link is missing.");
        };
        if let Some(before) = open_text(session, desk, "The scenario of this link", &text) {
            desk.arrive(address, before, papers);
        }
    });
}

/// The ways to share what is on screen, and to open what somebody shared.
#[component]
pub fn Share() -> impl IntoView {
    let (session, desk, dialogs) = (Session::expect(), Desk::expect(), Dialogs::expect());
    let scenario = told(session);
    let name = session.with_run_untracked(job_name).unwrap_or_else(|| "scenario".into());
    let file = format!("{name}.scenario.yaml");
    let text = share::to_yaml(&scenario);
    let packed = RwSignal::new(None::<Result<String, ()>>);
    let json = share::to_json(&scenario);
    spawn_local(async move {
        let word = pack(&json).await.ok().and_then(|word| word.as_string());
        packed.try_set(Some(word.ok_or(())));
    });
    let location = window().location();
    let address = [location.origin(), location.pathname()].into_iter().flatten().collect::<String>();
    let kept = StoredValue::new((file, text));
    let download = move |_| kept.with_value(|(file, text)| save(file, text));
    let on_open = move |event: leptos::ev::Event| {
        let input: web_sys::HtmlInputElement = event_target(&event);
        spawn_local(async move {
            if let Some(text) = chosen(&input).await.ok().and_then(|text| text.as_string()) {
                dialogs.close();
                drop(open_text(session, desk, "The file", &text));
            }
        });
    };
    let offered = move || match packed.get()? {
        Err(()) => Some(
            view! { <p class="dialog-note">"This browser cannot pack links. Share the file instead."</p> }.into_any(),
        ),
        Ok(packed) => {
            let link = format!("{address}{}", fragment(&packed));
            if link.len() > LONGEST_LINK {
                let length = link.len();
                return Some(
                    view! {
                        <p class="dialog-note share-long">
                            {format!("As a link this would be {length} characters long, and links of more than {LONGEST_LINK} get lost on their way. Share the file instead.")}
                        </p>
                    }
                    .into_any(),
                );
            }
            let html = frame(&address, &packed, &format!("{name}: a Kubernetes Job in Jobscope"));
            Some(
                view! {
                    <Copied label="Link" text=link what="Opens this cluster at its beginning, with everything that was done to it." />
                    <Copied label="Embed" text=html what="Put this into a page: transport, timeline and status, without the rest." />
                }
                .into_any(),
            )
        }
    };
    view! {
        <Dialog title="share-title">
        <h2 id="share-title">"Share this cluster"</h2>
        <div class="share">
            {offered}
            <section class="share-part">
                <h3>"File"</h3>
                <p class="dialog-note">"The scenario as YAML: manifest, behaviour of the containers, and what was done when."</p>
                <div class="buttons">
                    <button type="button" class="small" on:click=download>"Download"</button>
                    <label class="small share-open">
                        "Open a file…"
                        <input type="file" class="sr-only" accept=".yaml,.yml,.json" on:change=on_open />
                    </label>
                </div>
            </section>
        </div>
        <div class="dialog-buttons">
            <span class="dialog-gap"></span>
            <button type="button" class="primary" on:click=move |_| dialogs.close()>"Close"</button>
        </div>
        </Dialog>
    }
}

/// The name of the newest Job, for a file's name.
fn job_name(run: &Run) -> Option<String> {
    let jobs = run.storage().now().list(crate::api::Kind::Job);
    jobs.last().map(|job| job.metadata().name.to_string())
}

/// A text to copy.
#[component]
fn Copied(label: &'static str, text: String, what: &'static str) -> impl IntoView {
    let said = RwSignal::new("Copy");
    let field = NodeRef::<leptos::html::Input>::new();
    let shown = text.clone();
    let on_copy = move |_| {
        let text = text.clone();
        spawn_local(async move {
            let done = copy(&text).await.as_bool() == Some(true);
            if !done && let Some(field) = field.get_untracked() {
                // Where the browser keeps the clipboard from us, the text is selected: a key copies it.
                field.select();
            }
            said.try_set(if done { "Copied" } else { "Press Ctrl+C" });
            let again = move || {
                said.try_set("Copy");
            };
            set_timeout(again, Duration::from_secs(3));
        });
    };
    view! {
        <section class="share-part">
            <h3>{label}</h3>
            <p class="dialog-note">{what}</p>
            <div class="share-copy">
                <input type="text" readonly aria-label=label node_ref=field prop:value=shown on:focus=move |event| {
                    event_target::<web_sys::HtmlInputElement>(&event).select();
                } />
                <button type="button" class="small" aria-label=move || format!("{} the {}", said.get(), label.to_lowercase()) on:click=on_copy>{said}</button>
            </div>
        </section>
    }
}
