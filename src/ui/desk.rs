//! What lies on the learner's desk, besides the session: the manifest being written, the lesson being read, the question
//! being asked.

use super::first::{BEHAVIOUR, OPENING};
use super::later::Later;
use super::session::{Panel, Session, Shown, recall, remember};
use crate::api::yaml;
use crate::lessons::{self, Lesson};
use crate::recording::Scenario;
use crate::sim::Map;
use leptos::prelude::*;
use send_wrapper::SendWrapper;
use std::ops::Deref;

/// Where the manifest being written is kept between visits.
const DRAFT: &str = "jobscope.draft";
/// Where the lesson that was read last, and its step, are kept between visits.
const PLACE: &str = "jobscope.lesson";
/// So many addresses are kept to come back to.
const MOST_ASIDE: usize = 4;
/// Longer manifests are not kept: browsers allow some MiB for a whole site.
const LARGEST_DRAFT: usize = 500_000;

/// A value of the engine inside of a signal. The page has one thread, which signals cannot know.
pub struct Local<T>(SendWrapper<T>);

impl<T> Local<T> {
    /// Wraps a value.
    pub fn new(value: T) -> Self {
        Self(SendWrapper::new(value))
    }

    /// The value itself.
    pub fn take(self) -> T {
        self.0.take()
    }
}

impl<T> Deref for Local<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: PartialEq> PartialEq for Local<T> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

/// What `read` says, computed once per change of what it reads.
pub fn memo<T: PartialEq + 'static>(read: impl Fn() -> T + 'static) -> Memo<Local<T>> {
    let read = SendWrapper::new(read);
    Memo::new(move |_| Local::new(read()))
}

/// The desk; a copy of it is a reference to the same.
#[derive(Clone, Copy)]
pub struct Desk {
    /// The manifest as it is being written.
    pub draft: RwSignal<String>,
    /// How its containers behave: a scenario file.
    pub scenario: RwSignal<String>,
    /// Further files that commands can read.
    pub files: RwSignal<Map<String, String>>,
    /// The field of the manifest that the page points at.
    pub marked: RwSignal<Option<String>>,
    /// The number of the status whose origin is asked for.
    pub question: RwSignal<Option<&'static str>>,
    /// The lesson on the desk, by its place among all.
    pub lesson: RwSignal<Option<usize>>,
    /// Whether a lesson is on its way to the desk.
    pub opening: RwSignal<bool>,
    /// The step of the lesson that is read.
    pub step: RwSignal<usize>,
    /// What was predicted, by step and block.
    pub predicted: RwSignal<Map<(usize, usize), String>>,
    /// What the browser's address names, of what is on screen; and what was on screen at other addresses.
    address: StoredValue<String>,
    aside: StoredValue<Vec<(String, Shown, Papers)>, LocalStorage>,
    /// Read when the first of them is opened.
    lessons: StoredValue<Vec<Lesson>, LocalStorage>,
    later: Later,
}

/// What lies on a desk, to be put aside.
pub struct Papers {
    draft: String,
    scenario: String,
    files: Map<String, String>,
    lesson: Option<usize>,
    step: usize,
    predicted: Map<(usize, usize), String>,
}

impl Desk {
    /// A desk with the manifest of an earlier visit on it, or the one that the page opens with.
    pub fn new(later: Later) -> Self {
        Self {
            draft: RwSignal::new(recall(DRAFT).unwrap_or_else(|| OPENING.manifest.to_owned())),
            scenario: RwSignal::new(BEHAVIOUR.to_owned()),
            files: RwSignal::new(Map::new()),
            marked: RwSignal::new(None),
            question: RwSignal::new(None),
            lesson: RwSignal::new(None),
            opening: RwSignal::new(false),
            step: RwSignal::new(0),
            predicted: RwSignal::new(Map::new()),
            address: StoredValue::default(),
            aside: StoredValue::new_local(Vec::new()),
            lessons: StoredValue::new_local(Vec::new()),
            later,
        }
    }

    /// The desk of the page around this component.
    pub fn expect() -> Self {
        expect_context()
    }

    /// What is being written, kept for the next visit.
    pub fn write(self, text: String) {
        if text.len() <= LARGEST_DRAFT {
            remember(DRAFT, &text);
        }
        self.marked.set(None);
        self.draft.set(text);
    }

    /// Reads all lessons.
    pub fn with_lessons<T>(self, read: impl FnOnce(&[Lesson]) -> T) -> T {
        self.lessons.with_value(|lessons| read(lessons))
    }

    /// Reads the lesson on the desk.
    pub fn with_lesson<T>(self, read: impl FnOnce(&Lesson) -> T) -> Option<T> {
        let number = self.lesson.get()?;
        self.lessons.with_value(|lessons| lessons.get(number).map(read))
    }

    /// Where an earlier visit, or an earlier look, left the lessons: which of them, and at which step.
    pub fn place() -> Option<(usize, usize)> {
        let kept = recall(PLACE)?;
        let (number, step) = kept.split_once(' ')?;
        Some((number.parse().ok().filter(|&number| number < lessons::CARDS.len())?, step.parse().ok()?))
    }

    /// Turns to a step of the lesson on the desk, and keeps the place.
    pub fn turn_to(self, step: usize) {
        self.step.set(step);
        if let Some(number) = self.lesson.get_untracked() {
            remember(PLACE, &format!("{number} {step}"));
        }
    }

    /// Puts a lesson on the desk, open at a step, and begins its run.
    pub fn open_lesson(self, session: Session, place: (usize, usize)) {
        self.opening.set(true);
        // Its goals are asked of the cluster as kubectl would ask.
        self.later.kubectl.need();
        self.later.panels.then(move |panels| {
            self.later.kubectl.then(move |_| (panels.lay_lesson_out)(self, session, place));
        });
    }

    /// What [`Desk::open_lesson`] does when all that takes is there.
    pub fn lay_lesson_out(self, session: Session, (number, step): (usize, usize)) {
        if self.lessons.with_value(Vec::is_empty) {
            self.lessons.set_value(lessons::all());
        }
        let Some(lesson) = self.lessons.with_value(|lessons| lessons.get(number).cloned()) else { return };
        self.opening.set(false);
        self.predicted.set(Map::new());
        self.lesson.set(Some(number));
        self.turn_to(step.min(lesson.steps.len().saturating_sub(1)));
        self.lay_out(lesson.manifest(), lesson.scenario, lesson.files.clone());
        self.run(session);
    }

    /// Takes the lesson off the desk; the run goes on.
    pub fn close_lesson(self) {
        self.opening.set(false);
        self.lesson.set(None);
    }

    /// Which scenario the browser's address names, of what is on screen: as links pack it, or nothing.
    pub fn address(self) -> String {
        self.address.get_value()
    }

    /// Notes that another address is on screen, and puts aside what was there before, to come back to.
    pub fn arrive(self, address: String, before: Shown, papers: Papers) {
        let left = self.address.get_value();
        self.aside.update_value(|aside| {
            aside.push((left, before, papers));
            // What was left first is given up.
            let many = aside.len().saturating_sub(MOST_ASIDE);
            aside.drain(..many);
        });
        self.address.set_value(address);
    }

    /// What was put aside at an address.
    pub fn take_aside(self, address: &str) -> Option<(Shown, Papers)> {
        let taken = self.aside.try_update_value(|aside| {
            let place = aside.iter().position(|(left, ..)| left == address)?;
            let (_, shown, papers) = aside.remove(place);
            Some((shown, papers))
        });
        taken.flatten()
    }

    /// What lies on it.
    pub fn papers(self) -> Papers {
        Papers {
            draft: self.draft.get_untracked(),
            scenario: self.scenario.get_untracked(),
            files: self.files.get_untracked(),
            lesson: self.lesson.get_untracked(),
            step: self.step.get_untracked(),
            predicted: self.predicted.get_untracked(),
        }
    }

    /// Puts back what was put aside.
    pub fn lay_back(self, papers: Papers) {
        let Papers { draft, scenario, files, lesson, step, predicted } = papers;
        self.predicted.set(predicted);
        self.lesson.set(lesson);
        self.turn_to(step);
        self.lay_out(&draft, &scenario, files);
    }

    /// Puts a manifest on the desk, with how its containers behave and the files beside it.
    pub fn lay_out(self, manifest: &str, scenario: &str, mut files: Map<String, String>) {
        files.remove(Scenario::MANIFEST);
        self.files.set(files);
        self.scenario.set(scenario.to_owned());
        self.write(manifest.to_owned());
    }

    /// The scenario as it is written on the desk. The error says what cannot be read of it.
    pub fn written(self) -> Result<Scenario, String> {
        let mut scenario = read_scenario(&self.scenario.get_untracked())?;
        if let Some(seed) =
            self.lesson.get_untracked().and_then(|number| self.with_lessons(|all| all.get(number).map(|l| l.seed)))
        {
            scenario.seed = seed;
        }
        scenario.files = self.files.get_untracked();
        scenario.files.insert(Scenario::MANIFEST.into(), self.draft.get_untracked());
        Ok(scenario)
    }

    /// Begins a run with the manifest on the desk; time stands still until somebody presses play.
    pub fn run(self, session: Session) -> bool {
        self.begin(session, |scenario| drop(session.load(scenario)))
    }

    /// Begins a run with the manifest on the desk beside the one on screen: what was done there is done here at the same
    /// instants.
    pub fn run_beside(self, session: Session) -> bool {
        self.begin(session, |scenario| {
            let plan = session.with_run_untracked(|run| run.told_as_scenario(run.now()).plan);
            let done = match plan.len() {
                0 => String::new(),
                1 => " What was done in it is done again here.".into(),
                many => format!(" The {many} things that were done in it are done again here."),
            };
            session.load_beside(Scenario { plan, ..scenario }, "another manifest");
            session.tell(format!("The run before is kept: Compare shows both.{done}"));
        })
    }

    fn begin(self, session: Session, load: impl FnOnce(Scenario)) -> bool {
        match self.written() {
            Ok(scenario) => {
                self.question.set(None);
                load(scenario);
                true
            }
            Err(why) => {
                session.complain(format!("How containers behave cannot be read: {why}"));
                session.show(Panel::Files);
                false
            }
        }
    }

    /// Shows a field of the manifest in the editor.
    pub fn point_at(self, session: Session, field: &str) {
        session.show(Panel::Manifest);
        self.marked.set(Some(field.to_owned()));
    }

    /// Asks where a number of the status comes from.
    pub fn ask(self, session: Session, name: &'static str) {
        self.question.set(Some(name));
        session.show(Panel::Why);
    }
}

/// A scenario file's text as a scenario without files. The error says what cannot be read.
pub fn read_scenario(text: &str) -> Result<Scenario, String> {
    if text.trim().is_empty() {
        return Ok(Scenario::default());
    }
    let stream = yaml::read(text);
    match (stream.error, stream.documents.first()) {
        (Some(error), _) => Err(format!("line {}: {}", error.span.start.line, error.plain)),
        (None, None) => Ok(Scenario::default()),
        (None, Some(document)) => Scenario::from_value(&document.root.to_value()),
    }
}
