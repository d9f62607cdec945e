//! What the page fetches later: parts of the program that it can open without (see [`crate::sim::Part`]).
//!
//! tools/build cuts the linked page apart: the functions of [`cut`], and all that is reached through them alone, go into
//! files of their own, which are fetched when a function is called for the first time. What several parts share and the
//! page does not open with goes into a further file. Any other build has all of it in one file, and answers at once.
//!
//! Nobody but [`cut`] may name what stands in a part's table: what is named elsewhere is fetched at once. So it stays small:
//!
//! - What only a command line or a program reaches (a verb, a tool of the shell, an image) needs nothing: it comes with them.
//! - What matters only to other objects than the first Job, or once somebody acts, belongs to `cluster::REST`: a controller,
//!   a check of the API server, a plugin of the scheduler. It comes with kubectl.
//! - What is not on screen when the page opens is a line of [`Panels`].
//! - tests/e2e/budget.mjs says what the first load has come to. If it has grown by much, some code that everybody reaches
//!   names something large: reading objects (`fields::read`), YAML, floats as text (`str::parse`), letters beyond ASCII
//!   (`to_lowercase`), the sorts of the standard library in place of `sim::Order`.

use super::cluster::{BehaviourDialog, PodDrawer};
use super::compare::Compare;
use super::desk::Desk;
use super::editor::{Files, Manifest};
use super::events::Events;
use super::help::Help;
use super::lesson::Reader;
use super::menu::Menu;
use super::session::Session;
use super::share::{Share, follow_link};
use super::status::Record;
use super::versions::Versions;
use super::why::Why;
use crate::kubectl::Kubectl;
use crate::terminal::Machines;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::pin::Pin;
use wasm_bindgen::JsCast;

/// The panels that are not on screen when the page opens.
pub struct Panels {
    pub behaviour: fn() -> AnyView,
    pub compare: fn() -> AnyView,
    pub drawer: fn() -> AnyView,
    pub events: fn() -> AnyView,
    pub files: fn() -> AnyView,
    pub help: fn() -> AnyView,
    pub lesson: fn() -> AnyView,
    pub lay_lesson_out: fn(Desk, Session, (usize, usize)),
    pub manifest: fn() -> AnyView,
    pub menu: fn() -> AnyView,
    /// What the status says besides.
    pub record: fn() -> AnyView,
    /// Shows what the part of an address after `#` names.
    pub follow_link: fn(Session, Desk, String),
    pub share: fn() -> AnyView,
    pub versions: fn() -> AnyView,
    pub why: fn() -> AnyView,
}

static PANELS: Panels = Panels {
    behaviour: || view! { <BehaviourDialog /> }.into_any(),
    compare: || view! { <Compare /> }.into_any(),
    drawer: || view! { <PodDrawer /> }.into_any(),
    events: || view! { <Events /> }.into_any(),
    files: || view! { <Files /> }.into_any(),
    help: || view! { <Help /> }.into_any(),
    lesson: || view! { <Reader /> }.into_any(),
    lay_lesson_out: Desk::lay_lesson_out,
    manifest: || view! { <Manifest /> }.into_any(),
    menu: || view! { <Menu /> }.into_any(),
    record: || view! { <Record /> }.into_any(),
    follow_link,
    share: || view! { <Share /> }.into_any(),
    versions: || view! { <Versions /> }.into_any(),
    why: || view! { <Why /> }.into_any(),
};

/// A part could not be fetched.
struct NotFetched;

/// Where the page is cut.
#[cfg(feature = "split")]
mod cut {
    use super::{Kubectl, Machines, NotFetched, PANELS, Panels};
    use crate::kubectl;
    use crate::terminal::MACHINES;
    use wasm_split_helpers::{SplitLoaderError, wasm_split};

    impl From<SplitLoaderError> for NotFetched {
        fn from(_: SplitLoaderError) -> Self {
            Self
        }
    }

    #[wasm_split(panels, fallible)]
    pub fn panels() -> Result<&'static Panels, NotFetched> {
        Ok(&PANELS)
    }

    #[wasm_split(kubectl, fallible)]
    pub fn kubectl() -> Result<&'static Kubectl, NotFetched> {
        Ok(&kubectl::ALL)
    }

    #[wasm_split(programs, fallible)]
    pub fn programs() -> Result<&'static Machines, NotFetched> {
        Ok(&MACHINES)
    }
}

/// Where the page would be cut.
#[cfg(not(feature = "split"))]
mod cut {
    use super::{Kubectl, Machines, NotFetched, PANELS, Panels};
    use crate::kubectl;
    use crate::terminal::MACHINES;

    pub async fn panels() -> Result<&'static Panels, NotFetched> {
        Ok(&PANELS)
    }

    pub async fn kubectl() -> Result<&'static Kubectl, NotFetched> {
        Ok(&kubectl::ALL)
    }

    pub async fn programs() -> Result<&'static Machines, NotFetched> {
        Ok(&MACHINES)
    }
}

/// How far the fetching of a part has come.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Progress {
    /// Nobody has needed it yet.
    Away,
    Coming,
    Here,
    Failed,
}

type Fetching<T> = Pin<Box<dyn Future<Output = Result<&'static T, NotFetched>>>>;
type Waiting<T> = Vec<Box<dyn FnOnce(&'static T)>>;

/// A part of the program, fetched when it is first needed; a copy of this is a reference to the same.
pub struct Part<T: 'static> {
    progress: RwSignal<Progress>,
    part: StoredValue<Option<&'static T>, LocalStorage>,
    /// What is done when it is there.
    waiting: StoredValue<Waiting<T>, LocalStorage>,
    fetch: fn() -> Fetching<T>,
}

impl<T> Clone for Part<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Part<T> {}

impl<T> Part<T> {
    fn new(fetch: fn() -> Fetching<T>) -> Self {
        Self {
            progress: RwSignal::new(Progress::Away),
            part: StoredValue::new_local(None),
            waiting: StoredValue::new_local(Vec::new()),
            fetch,
        }
    }

    /// The part, once it is there.
    pub fn get(self) -> Option<&'static T> {
        self.progress.track();
        self.get_untracked()
    }

    /// The part, if it is there, without tracking it.
    pub fn get_untracked(self) -> Option<&'static T> {
        self.part.get_value()
    }

    /// Begins to fetch it, unless that was tried before.
    pub fn want(self) {
        if self.progress.get_untracked() == Progress::Away {
            self.need();
        }
    }

    /// Begins to fetch it, unless it is there or on its way.
    pub fn need(self) {
        if matches!(self.progress.get_untracked(), Progress::Here | Progress::Coming) {
            return;
        }
        self.progress.set(Progress::Coming);
        spawn_local(async move {
            match (self.fetch)().await {
                Err(NotFetched) => self.progress.set(Progress::Failed),
                Ok(part) => {
                    self.part.set_value(Some(part));
                    self.progress.set(Progress::Here);
                    let waiting = self.waiting.try_update_value(std::mem::take).unwrap_or_default();
                    waiting.into_iter().for_each(|act| act(part));
                }
            }
        });
    }

    /// Does something with it, as soon as it is there.
    pub fn then(self, act: impl FnOnce(&'static T) + 'static) {
        match self.get_untracked() {
            Some(part) => act(part),
            None => {
                self.waiting.update_value(|waiting| waiting.push(Box::new(act)));
                self.need();
            }
        }
    }
}

/// The parts of the page.
#[derive(Clone, Copy)]
pub struct Later {
    pub kubectl: Part<Kubectl>,
    pub panels: Part<Panels>,
    pub programs: Part<Machines>,
}

impl Default for Later {
    /// Nothing has been needed yet.
    fn default() -> Self {
        Self {
            kubectl: Part::new(|| Box::pin(cut::kubectl())),
            panels: Part::new(|| Box::pin(cut::panels())),
            programs: Part::new(|| Box::pin(cut::programs())),
        }
    }
}

impl Later {
    /// The parts of the page around this component.
    pub fn expect() -> Self {
        expect_context()
    }
}

/// A panel that is fetched when it is first shown.
#[component]
pub fn LaterPanel(panel: Panel) -> impl IntoView {
    let part = Later::expect().panels;
    part.want();
    move || match part.get() {
        Some(panels) => panel(panels)(),
        None => fetching(part.progress, "This panel", move || part.need()),
    }
}

/// Which dialog is open; provided by the page.
#[derive(Clone, Copy)]
pub struct Dialogs(RwSignal<Option<ViewFn>>);

/// A panel's place in the table.
type Panel = fn(&Panels) -> fn() -> AnyView;

impl Default for Dialogs {
    /// None is open.
    fn default() -> Self {
        Self(RwSignal::new(None))
    }
}

impl Dialogs {
    /// The dialogs of the page around this component.
    pub fn expect() -> Self {
        expect_context()
    }

    /// Opens a dialog.
    pub fn open(self, panel: Panel) {
        self.show(move || view! { <LaterPanel panel /> }.into_any());
    }

    /// Opens a dialog that is at hand, in the place of one that is open: that gives the focus back first, so that in the
    /// end it returns to where it was before either.
    pub fn show(self, dialog: impl Fn() -> AnyView + Send + Sync + 'static) {
        self.close();
        self.0.set(Some(dialog.into()));
    }

    /// Closes the dialog that is open; the focus returns to where it was.
    pub fn close(self) {
        let open = document().query_selector("dialog[open]").ok().flatten();
        if let Some(dialog) = open.and_then(|element| element.dyn_into::<web_sys::HtmlDialogElement>().ok()) {
            dialog.close();
        }
    }
}

/// Where the open dialog is drawn; stands once, at the end of the page.
#[component]
pub fn DialogLayer() -> impl IntoView {
    let dialogs = Dialogs::expect();
    view! {
        <div class="dialogs">
            {move || dialogs.0.get().map(|dialog| dialog.run())}
        </div>
    }
}

/// A dialog of [`Dialogs`]: it has the keyboard until it is closed.
#[component]
pub fn Dialog(
    /// The `id` of its heading.
    title: &'static str,
    /// Whether it has more in a line than others.
    #[prop(optional)]
    wide: bool,
    children: Children,
) -> impl IntoView {
    let dialogs = Dialogs::expect();
    let dialog = NodeRef::<leptos::html::Dialog>::new();
    Effect::new(move || {
        if let Some(dialog) = dialog.get() {
            let _ = dialog.show_modal();
        }
    });
    // One that is told late that it was closed has made way for another.
    let closed = move |event: leptos::ev::Event| {
        if event_target::<web_sys::Element>(&event).is_connected() {
            dialogs.0.set(None);
        }
    };
    view! {
        <dialog class="dialog" class:dialog--wide=wide node_ref=dialog aria-labelledby=title on:close=closed>
            {children()}
        </dialog>
    }
}

/// That kubectl is being fetched, or could not be.
#[component]
pub fn KubectlNotice() -> impl IntoView {
    let part = Later::expect().kubectl;
    move || fetching(part.progress, "kubectl", move || part.need())
}

/// That the shell is being fetched, or could not be.
#[component]
pub fn ShellNotice() -> impl IntoView {
    let part = Later::expect().programs;
    move || fetching(part.progress, "The shell", move || part.need())
}

/// What is seen of a part on its way.
fn fetching(progress: RwSignal<Progress>, what: &'static str, again: impl Fn() + 'static) -> AnyView {
    match progress.get() {
        Progress::Away | Progress::Here => ().into_any(),
        Progress::Coming => view! { <p class="fetching">"Fetching " {what.to_ascii_lowercase()} "…"</p> }.into_any(),
        Progress::Failed => view! {
            <p class="notice notice--error" role="alert">
                <span>{what} " could not be fetched. What waits for it is not lost."</span>
                <button type="button" class="small" on:click=move |_| again()>
                    "Try again"
                </button>
            </p>
        }
        .into_any(),
    }
}
