//! What lies on the learner's desk, besides the session: the manifest being written, the lesson being read, the question
//! being asked.

use super::first::{BEHAVIOUR, OPENING};
use super::later::Later;
use super::session::{Panel, Session, recall, remember};
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
    /// Read when the first of them is opened.
    lessons: StoredValue<Vec<Lesson>, LocalStorage>,
    later: Later,
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
        match self.written() {
            Ok(scenario) => {
                self.question.set(None);
                session.load(scenario);
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
