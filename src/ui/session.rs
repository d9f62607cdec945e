//! What every panel shares: the runs, the instant that is looked at, what is selected.
//!
//! Panels read through [`Session::with_run`] and [`Session::with_view`], which track exactly what they show, and act
//! through [`Session::enter`], [`Session::inject`] and [`Session::set_rules`], which fork the run when the past is on screen.

use super::census::Census;
use super::deed::{Deed, Place, acts, eviction, eviction_line, only_reads};
use super::first::OPENING;
use super::later::Later;
use super::transport::{Speed, clock};
use crate::api::{Job, Kind, Object, ObjectKey};
use crate::apiserver::View;
use crate::cluster::Fault;
use crate::kubectl::Stream;
use crate::node::{Rule, runtime};
use crate::recording::invariants::Broken;
use crate::recording::{Act, Entry, Parts, Run, Scenario};
use crate::sim::Timestamp;
use crate::terminal::kubectl_and_filters;
use leptos::prelude::*;
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

/// How many steps are run between two looks at the wall clock. A single step of a large Job may take a millisecond.
const SLICE: usize = 2;
/// How many steps are run at a time for what happens at the very instant of an act.
const AT_ONCE: usize = 8;
/// How many milliseconds of a frame may go into that.
const BITE: f64 = 8.0;

/// How long full speed goes on where nothing is left to come by itself: long enough for a lost node to be given up.
const PATIENCE: Duration = Duration::from_secs(600);

/// How long time goes on by itself after an act where every Job has finished: what was deleted is collected meanwhile.
const AFTERMATH: Duration = Duration::from_secs(5);

/// So many of the newest lines are asked whether they wait for time to pass.
const NEWEST: usize = 20;

/// From how many revisions on panels are derived less often while time runs, and how often then (milliseconds).
const LARGE: u64 = 20_000;
const CALM: f64 = 250.0;

/// A run that the page holds, and how the run picker calls it.
struct Kept {
    run: Run,
    /// `Run 2: from T+00:09.6`
    label: String,
    census: RefCell<Census>,
}

impl Kept {
    fn new(run: Run, label: String) -> Self {
        Self { run, label, census: RefCell::default() }
    }
}

/// The runs that the page shows, and where in them one looks.
pub struct Shown {
    runs: Vec<Kept>,
    current: usize,
    playhead: Timestamp,
    reads: Vec<PastRead>,
}

/// What the page says in its quiet strip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    pub text: String,
    /// What may be left out where there is little room.
    pub more: &'static str,
    /// Whether something could not be done.
    pub is_error: bool,
    /// Whether it holds until time goes on.
    pub is_passing: bool,
}

/// A panel that can be brought to the front.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Panel {
    Lesson,
    Manifest,
    Files,
    Cluster,
    Status,
    Why,
    Events,
    Console,
}

impl Panel {
    /// The panel's name in the document.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Lesson => "lesson",
            Self::Manifest => "manifest",
            Self::Files => "files",
            Self::Cluster => "cluster",
            Self::Status => "status",
            Self::Why => "why",
            Self::Events => "events",
            Self::Console => "console",
        }
    }
}

/// A part of the page that a narrow window shows one at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Region {
    Cluster,
    Left,
    Right,
    Console,
}

/// A read of the past, with what it printed. Reads change nothing, so they are no part of the run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastRead {
    /// The instant that was read.
    pub at: Timestamp,
    pub line: String,
    pub stdout: String,
    pub stderr: String,
    pub code: i32,
    /// How many entries the run's log held when this was typed: where the console shows it.
    pub after: usize,
}

/// The page's shared state; a copy of it is a reference to the same.
#[derive(Clone, Copy)]
pub struct Session {
    runs: StoredValue<Vec<Kept>, LocalStorage>,
    /// Which of the runs is on screen.
    current: RwSignal<usize>,
    /// Ticks whenever the run on screen has gone on, was acted upon or was exchanged for another.
    revision: RwSignal<u64>,
    playhead: RwSignal<Timestamp>,
    playing: RwSignal<bool>,
    speed: RwSignal<Speed>,
    selection: RwSignal<Option<ObjectKey>, LocalStorage>,
    notice: RwSignal<Option<Notice>>,
    reads: RwSignal<Vec<PastRead>>,
    dark: RwSignal<bool>,
    left: RwSignal<&'static str>,
    right: RwSignal<&'static str>,
    region: RwSignal<Region>,
    is_lesson_open: RwSignal<bool>,
    /// Which run and which of its revisions is visible at the playhead.
    version: Memo<(usize, u64)>,
    /// Counts up whenever another scenario is loaded.
    loaded: RwSignal<u32>,
    /// What was done last, and where.
    last: StoredValue<Option<(Place, Deed)>, LocalStorage>,
    /// What the replay of a fork still has to reach, and what is done there.
    replay: RwSignal<Option<(Timestamp, Deed)>, LocalStorage>,
    later: Later,
    /// An invariant that does not hold, and in which of the runs.
    broken: RwSignal<Option<(usize, String)>>,
    /// Whether the next frame goes on with what happens at this very instant.
    finishing: StoredValue<bool>,
    /// How far the run had come when Play was pressed.
    played_from: StoredValue<Timestamp>,
    /// Whether time has stopped by itself, because nothing was left to come, and nobody has moved it since.
    has_run_out: StoredValue<bool>,
    /// Whether it runs because of an act after that, and not because of Play.
    is_aftermath: StoredValue<bool>,
}

impl Session {
    /// A session over a scenario, before anything has happened in it.
    pub fn new(scenario: Scenario, dark: bool, later: Later) -> Self {
        let run = begin(scenario, later);
        let playhead = RwSignal::new(run.now());
        let runs = StoredValue::new_local(vec![Kept::new(run, "Run 1".into())]);
        let (current, revision) = (RwSignal::new(0), RwSignal::new(0));
        let playing = RwSignal::new(false);
        let shown_at = StoredValue::new(0.0);
        let version = Memo::new(move |before: Option<&(usize, u64)>| {
            revision.track();
            let (current, at) = (current.get(), playhead.get());
            // What is derived from a large cluster takes a while: while time runs, a few times a second is enough.
            let now = wall_clock();
            let is_large = before.is_some_and(|&(run, seen)| run == current && seen > LARGE);
            if is_large && playing.get() && now - shown_at.get_value() < CALM {
                return *before.expect("it was large");
            }
            shown_at.set_value(now);
            (current, runs.with_value(|runs| runs[current].run.storage().revision_at(at)))
        });
        let session = Self {
            runs,
            current,
            revision,
            playhead,
            playing,
            speed: RwSignal::new(Speed::NORMAL),
            selection: RwSignal::new_local(None),
            notice: RwSignal::new(None),
            reads: RwSignal::new(Vec::new()),
            dark: RwSignal::new(dark),
            left: RwSignal::new(Panel::Lesson.id()),
            right: RwSignal::new(Panel::Status.id()),
            region: RwSignal::new(Region::Cluster),
            is_lesson_open: RwSignal::new(false),
            version,
            loaded: RwSignal::new(0),
            last: StoredValue::new_local(None),
            replay: RwSignal::new_local(None),
            later,
            broken: RwSignal::new(None),
            finishing: StoredValue::new(false),
            played_from: StoredValue::new(Timestamp::default()),
            has_run_out: StoredValue::new(false),
            is_aftermath: StoredValue::new(false),
        };
        Effect::new(move || {
            let come = (later.kubectl.get().is_some(), later.programs.get().is_some());
            if come != (false, false) {
                session.equip();
            }
        });
        session
    }

    /// The session of the page around this component.
    pub fn expect() -> Self {
        expect_context()
    }

    // --- Reading -----------------------------------------------------------------------------------------------------

    /// Reads the run on screen, now and again whenever it goes on.
    pub fn with_run<T>(self, read: impl FnOnce(&Run) -> T) -> T {
        self.revision.track();
        self.current.track();
        self.with_run_untracked(read)
    }

    /// Reads the run on screen, once.
    pub fn with_run_untracked<T>(self, read: impl FnOnce(&Run) -> T) -> T {
        let current = self.current.get_untracked();
        self.runs.with_value(|runs| read(&runs[current].run))
    }

    /// Reads one of the runs by its number, now and again whenever one goes on; nothing if there is none.
    pub fn with_run_numbered<T>(self, number: usize, read: impl FnOnce(&Run) -> T) -> Option<T> {
        self.revision.track();
        self.runs.with_value(|runs| runs.get(number).map(|kept| read(&kept.run)))
    }

    /// Reads the cluster as it was at the playhead, now and again whenever that shows another revision.
    pub fn with_view<T>(self, read: impl FnOnce(View<'_>) -> T) -> T {
        let (_, revision) = self.version.get();
        self.with_run_untracked(|run| read(run.storage().at(revision)))
    }

    /// Reads the cluster as it was at the playhead, with who does what there already counted; now and again whenever that
    /// shows another revision.
    pub fn with_census<T>(self, read: impl FnOnce(&Run, &Census, View<'_>) -> T) -> T {
        let (current, revision) = self.version.get();
        self.runs.with_value(|runs| {
            let Kept { run, census, .. } = &runs[current];
            let mut census = census.borrow_mut();
            census.read(run.storage());
            census.look(revision);
            read(run, &census, run.storage().at(revision))
        })
    }

    /// Which run (by its number on the page) and which of its revisions is visible at the playhead.
    pub fn version(self) -> (usize, u64) {
        self.version.get()
    }

    /// Counts up whenever another scenario is loaded: whoever keeps something of a scenario's starts over.
    pub fn loaded(self) -> u32 {
        self.loaded.get()
    }

    /// The instant that is looked at.
    pub fn playhead(self) -> Timestamp {
        self.playhead.get()
    }

    /// The instant that is looked at, without tracking it.
    pub fn playhead_untracked(self) -> Timestamp {
        self.playhead.get_untracked()
    }

    /// The time since the run began, at the playhead.
    pub fn elapsed(self) -> Duration {
        let at = self.playhead.get();
        self.with_run(|run| at.since(run.start()))
    }

    /// The live edge: up to where the run has been simulated.
    pub fn edge(self) -> Timestamp {
        self.with_run(Run::now)
    }

    /// Whether the live edge is on screen; acting anywhere else forks.
    pub fn is_live(self) -> bool {
        self.playhead.get() >= self.edge()
    }

    fn is_live_untracked(self) -> bool {
        self.playhead.get_untracked() >= self.with_run_untracked(Run::now)
    }

    /// What the runs on the page are called, in the order in which they were made.
    pub fn runs(self) -> Vec<String> {
        self.revision.track();
        self.runs.with_value(|runs| runs.iter().map(|kept| kept.label.clone()).collect())
    }

    /// Which of the runs is on screen.
    pub fn current(self) -> usize {
        self.current.get()
    }

    /// Puts another of the runs on screen, at the same instant where it has one.
    pub fn switch(self, number: usize) {
        if number >= self.runs.with_value(Vec::len) || self.replay.with_untracked(Option::is_some) {
            return;
        }
        self.current.set(number);
        let edge = self.with_run_untracked(Run::now);
        self.playhead.update(|at| *at = edge.min(*at));
        self.tick();
    }

    /// What was read of the past, in the order in which it was typed.
    pub fn reads(self) -> Vec<PastRead> {
        self.reads.get()
    }

    // --- Selection, notices, theme -----------------------------------------------------------------------------------

    /// The object that is selected, if any: a pod's drawer is open, its bar is marked.
    pub fn selection(self) -> Option<ObjectKey> {
        self.selection.get()
    }

    /// The object that is selected, without tracking it.
    pub fn selection_untracked(self) -> Option<ObjectKey> {
        self.selection.get_untracked()
    }

    /// Whether this object is selected.
    pub fn is_selected(self, key: &ObjectKey) -> bool {
        self.selection.with(|selected| selected.as_ref() == Some(key))
    }

    /// Selects an object, or nothing.
    pub fn select(self, key: Option<ObjectKey>) {
        if self.selection.with_untracked(|selected| *selected != key) {
            self.selection.set(key);
        }
    }

    /// What the page has to say, until it is dismissed.
    pub fn notice(self) -> Option<Notice> {
        self.notice.get()
    }

    /// Says something in the quiet strip.
    pub fn tell(self, text: impl Into<String>) {
        self.notice.set(Some(Notice { text: text.into(), more: "", is_error: false, is_passing: false }));
    }

    /// Says what could not be done.
    pub fn complain(self, text: impl Into<String>) {
        self.notice.set(Some(Notice { text: text.into(), more: "", is_error: true, is_passing: false }));
    }

    /// Takes the notice away.
    pub fn dismiss(self) {
        self.notice.set(None);
    }

    /// Whether the dark theme is on.
    pub fn is_dark(self) -> bool {
        self.dark.get()
    }

    /// Whether the dark theme is on, without tracking it.
    pub fn is_dark_untracked(self) -> bool {
        self.dark.get_untracked()
    }

    /// Light or dark, remembered where the browser lets us.
    pub fn set_dark(self, dark: bool) {
        let word = if dark { "dark" } else { "light" };
        if let Some(root) = document().document_element() {
            let _ = root.set_attribute("data-theme", word);
        }
        remember("jobscope.theme", word);
        self.dark.set(dark);
    }

    // --- Which panels are on screen ----------------------------------------------------------------------------------

    /// Brings a panel to the front, at every width of the page.
    pub fn show(self, panel: Panel) {
        match panel {
            Panel::Lesson | Panel::Manifest | Panel::Files => {
                self.left.set(panel.id());
                self.region.set(Region::Left);
            }
            Panel::Status | Panel::Why | Panel::Events => {
                self.right.set(panel.id());
                self.region.set(Region::Right);
            }
            Panel::Cluster => self.region.set(Region::Cluster),
            Panel::Console => self.region.set(Region::Console),
        }
        // What is shown must be seen: the drawer of a narrow page does not lie over it.
        self.is_lesson_open.set(matches!(panel, Panel::Lesson | Panel::Manifest | Panel::Files));
    }

    /// Which tab is open on the left.
    pub fn left(self) -> RwSignal<&'static str> {
        self.left
    }

    /// Which tab is open on the right.
    pub fn right(self) -> RwSignal<&'static str> {
        self.right
    }

    /// Which region a narrow page shows below the timeline.
    pub fn region(self) -> RwSignal<Region> {
        self.region
    }

    /// Whether the lesson's drawer is open, on a page too narrow for three columns.
    pub fn lesson_drawer(self) -> RwSignal<bool> {
        self.is_lesson_open
    }

    // --- Time --------------------------------------------------------------------------------------------------------

    /// Whether time runs.
    pub fn is_playing(self) -> bool {
        self.playing.get()
    }

    /// Whether time runs, without tracking it.
    pub fn is_playing_untracked(self) -> bool {
        self.playing.get_untracked()
    }

    /// Stops whatever takes long: playing as fast as possible, or the replay of a fork, which then stays where it is.
    pub fn stop(self) {
        self.pause();
        if let Some((_, deed)) = self.replay.get_untracked() {
            self.replay.set(None);
            self.seek_edge();
            self.complain(format!("The replay was stopped, so “{}” was not done.", deed.words()));
        }
    }

    /// How fast time runs, without tracking it.
    pub fn speed_untracked(self) -> Speed {
        self.speed.get_untracked()
    }

    /// Whether a fork is still being replayed, without tracking it.
    pub fn is_replaying_untracked(self) -> bool {
        self.replay.with_untracked(Option::is_some)
    }

    /// Stops time because nothing is left to come, and says so. When there is more to come again, time goes on.
    pub fn run_out(self) {
        self.pause();
        self.has_run_out.set_value(true);
        let (settled, scheduled) = self.with_run_untracked(|run| (run.is_settled(), run.cluster().is_scheduled()));
        let (text, more) = match (settled, scheduled) {
            (true, true) => ("Every Job so far has finished.", "A CronJob will make more: press Play to let it."),
            (true, false) => ("Every Job has finished.", "Drag the playhead to look back, or break something."),
            (false, _) => ("Nothing will change any more unless somebody acts.", ""),
        };
        self.notice.set(Some(Notice { text: text.into(), more, is_error: false, is_passing: true }));
    }

    /// Lets time run from the playhead on.
    pub fn play(self) {
        self.has_run_out.set_value(false);
        self.go();
    }

    fn go(self) {
        if !self.playing.get_untracked() {
            self.played_from.set_value(self.with_run_untracked(Run::now));
            self.is_aftermath.set_value(self.has_run_out.get_value());
            self.has_run_out.set_value(false);
            // What was said of the end is over.
            if self.notice.with_untracked(|notice| notice.as_ref().is_some_and(|notice| notice.is_passing)) {
                self.dismiss();
            }
            self.playing.set(true);
        }
    }

    /// Stops time.
    pub fn pause(self) {
        self.has_run_out.set_value(false);
        if self.playing.get_untracked() {
            self.playing.set(false);
        }
    }

    /// Whether time stands still at the very instant at which something was typed that time has yet to come to.
    pub fn waits_for_play(self) -> bool {
        if self.is_playing() || !self.is_live() || self.replaying().is_some() {
            return false;
        }
        self.with_run(|run| {
            let is_fresh = |entry: &&Entry| entry.at == run.now() && entry.at > run.start();
            let mut newest = run.entries().iter().rev().take(NEWEST);
            let mut fresh = newest.clone().filter(is_fresh).peekable();
            let has_more = fresh.peek().is_some() && (!run.is_settled() || run.cluster().is_scheduled());
            has_more || fresh.any(|entry| acts(&entry.act)) || newest.any(|entry| entry.ended.is_none())
        })
    }

    /// How fast time runs.
    pub fn speed(self) -> Speed {
        self.speed.get()
    }

    /// Sets how fast time runs.
    pub fn set_speed(self, speed: Speed) {
        self.speed.set(speed);
    }

    /// Looks at an instant between the beginning and the live edge, and stops time there.
    pub fn seek(self, at: Timestamp) {
        self.pause();
        let (start, edge) = self.with_run_untracked(|run| (run.start(), run.now()));
        self.playhead.set(at.clamp(start, edge));
    }

    /// Looks at the beginning.
    pub fn seek_start(self) {
        self.seek(Timestamp::default());
    }

    /// Looks at the live edge.
    pub fn seek_edge(self) {
        self.playhead.set(self.with_run_untracked(Run::now));
    }

    /// The last instant before the playhead at which something visible changed.
    pub fn seek_previous_change(self) {
        let at = self.playhead.get_untracked();
        let found = self.with_run_untracked(|run| {
            let storage = run.storage();
            let mut earlier = (1..=storage.revision_at(at)).rev().map(|revision| storage.change(revision));
            earlier.find(|change| change.at < at && is_visible(change.object.kind())).map(|change| change.at)
        });
        match found {
            Some(found) => self.seek(found),
            None => self.seek_start(),
        }
    }

    /// The next instant at which something visible changes; simulates up to it where that is still to come.
    pub fn seek_next_change(self) {
        let at = self.playhead.get_untracked();
        self.pause();
        if let Some(found) = self.with_run_untracked(|run| next_visible(run, at)) {
            return self.seek(found);
        }
        // Beyond the live edge: as far as one frame lets us, and the next press goes on from there; but not through years
        // in which nothing is to come.
        let deadline = wall_clock() + 200.0;
        let quiet_since = self.with_run_untracked(last_visible);
        loop {
            let went_on = self.with_run_mut(|run| {
                let is_vain = run.now().since(quiet_since) > PATIENCE && is_quiet(run);
                let Some(next) = run.next_change().filter(|_| !is_vain) else { return false };
                run.advance(next, AT_ONCE);
                run.waits_for().is_none()
            });
            let found = self.with_run_untracked(|run| next_visible(run, at));
            if found.is_some() || !went_on || wall_clock() > deadline {
                self.playhead.set(found.unwrap_or_else(|| self.with_run_untracked(Run::now)));
                if !went_on && self.with_run_untracked(|run| run.waits_for().is_none()) {
                    self.tell("Nothing will change any more unless somebody acts.");
                }
                return self.tick();
            }
        }
    }

    /// Lets `span` of virtual time pass, or at [`Speed::MAX`] as much as `deadline` (wall clock, ms) allows. The playback
    /// loop calls this once per frame; whether there is more to come is the answer.
    pub fn go_on(self, span: Duration, deadline: f64) -> bool {
        if self.replay.with_untracked(Option::is_some) {
            return self.go_on_replaying(deadline);
        }
        let at = self.playhead.get_untracked();
        let edge = self.with_run_untracked(Run::now);
        let fast = self.speed.get_untracked() == Speed::MAX;
        if at < edge {
            // What is known already is only shown again.
            self.playhead.set(if fast { edge } else { edge.min(at + span) });
            return true;
        }
        let was_settled = self.with_run_untracked(Run::is_settled);
        let is_aftermath = self.is_aftermath.get_value();
        let wanted = at + span;
        let ended = self.with_run_mut(|run| {
            loop {
                let until = if fast { run.next_change() } else { Some(wanted) };
                let Some(until) = until else { return true };
                let reached = run.advance(until, SLICE);
                // Nor through years in which nothing is to come.
                if fast && run.now().since(self.played_from.get_value()) > PATIENCE && is_quiet(run) {
                    return true;
                }
                let is_over = || match was_settled {
                    false => run.is_settled(),
                    true => {
                        is_aftermath && run.now().since(self.played_from.get_value()) > AFTERMATH && run.is_settled()
                    }
                };
                // At full speed a CronJob would run through years.
                if is_over() && (fast || !run.cluster().is_scheduled()) {
                    return true;
                }
                if (reached && !fast) || run.waits_for().is_some() || wall_clock() >= deadline {
                    return false;
                }
            }
        });
        self.playhead.set(self.with_run_untracked(Run::now));
        self.tick();
        !ended
    }

    /// Stops time where something has come about that cannot be. It is told once.
    fn look_for_broken(self) {
        let current = self.current.get_untracked();
        if self.broken.with_untracked(|known| known.as_ref().is_some_and(|(run, _)| *run == current)) {
            return;
        }
        let Some(broken) = self.with_run_mut(|run| run.broken().first().cloned()) else { return };
        let at = self.with_run_untracked(|run| clock(broken.at.since(run.start())));
        let Broken { job, revision, invariant, .. } = broken;
        self.broken
            .set(Some((current, format!("Job {job}, revision {revision}, T+{at}: “{invariant}” does not hold."))));
        self.pause();
    }

    /// What has come about in the run on screen that cannot be, in a sentence: the simulation is wrong there.
    pub fn broken(self) -> Option<String> {
        let current = self.current.get();
        self.broken.get().filter(|(run, _)| *run == current).map(|(_, text)| text)
    }

    // --- Acting ------------------------------------------------------------------------------------------------------

    /// Loads another scenario, and hands over what was shown before.
    pub fn load(self, scenario: Scenario) -> Shown {
        let run = begin(scenario, self.later);
        let playhead = run.now();
        self.exchange(Shown { runs: vec![Kept::new(run, "Run 1".into())], current: 0, playhead, reads: Vec::new() })
    }

    /// Shows other runs, and hands over those that were shown.
    pub fn exchange(self, shown: Shown) -> Shown {
        self.pause();
        let Shown { mut runs, current, playhead, reads } = shown;
        self.runs.update_value(|shown| std::mem::swap(shown, &mut runs));
        let before = Shown {
            runs,
            current: self.current.get_untracked(),
            playhead: self.playhead.get_untracked(),
            reads: self.reads.get_untracked(),
        };
        self.replay.set(None);
        self.select(None);
        self.reads.set(reads);
        self.broken.set(None);
        self.notice.set(None);
        self.current.set(current);
        self.playhead.set(playhead);
        self.loaded.update(|count| *count += 1);
        self.tick();
        before
    }

    /// Begins another scenario beside the runs that are there, to be compared with them. `what` says what is other in it.
    pub fn load_beside(self, scenario: Scenario, what: &str) {
        self.pause();
        let run = begin(scenario, self.later);
        let start = run.now();
        let number = self.runs.with_value(Vec::len);
        let label = format!("Run {} · {what}", number + 1);
        self.runs.update_value(|runs| runs.push(Kept::new(run, label)));
        self.replay.set(None);
        self.select(None);
        self.current.set(number);
        self.playhead.set(start);
        self.tick();
    }

    /// Types a line into the console. In the past a line that only reads is answered from the past; any other forks.
    pub fn enter(self, line: impl Into<String>) {
        let line = line.into();
        if self.is_live_untracked() || !only_reads(&line) {
            return self.act(Deed::Command(line));
        }
        let at = self.playhead.get_untracked();
        self.later.kubectl.then(move |_| match kubectl_and_filters(&line) {
            Some((_, filters)) if !filters.is_empty() => self.later.programs.then(move |_| self.read(line, at)),
            _ => self.read(line, at),
        });
    }

    /// Answers a line that only reads from an instant of the past.
    fn read(self, line: String, at: Timestamp) {
        self.equip();
        let read = self.with_run_untracked(|run| {
            let (command, filters) = kubectl_and_filters(&line).unwrap_or((&line, ""));
            let (mut stdout, mut stderr, mut code) = run.read_at(command, at);
            if let Some(machines) = self.later.programs.get_untracked().filter(|_| !filters.is_empty()) {
                let complaint;
                (stdout, complaint, code) = (machines.filter)(filters, &stdout, at);
                stderr.push_str(&complaint);
            }
            PastRead { at, line, stdout, stderr, code, after: run.entries().len() }
        });
        self.reads.update(|reads| reads.push(read));
    }

    /// Does what a button or a menu stands for: a command is typed into the console, where it can be read and taken home.
    pub fn perform(self, deed: Deed) {
        match deed {
            Deed::Command(line) => self.enter(line),
            other => self.act(other),
        }
    }

    /// Asks the API server to evict a pod, which a disruption budget may refuse: as a command, with the file it posts.
    pub fn evict(self, pod: &ObjectKey) {
        let (file, text) = eviction(pod);
        self.with_run_mut(|run| run.add_file(&file, &text));
        self.enter(eviction_line(pod));
    }

    /// What the last of these commands complained of, if it failed: now and again whenever the run goes on.
    pub fn refusal(self, lines: &[String]) -> Option<String> {
        let at = self.playhead.get();
        self.with_run(|run| {
            let theirs = |entry: &&Entry| matches!(&entry.act, Act::Kubectl(line) if lines.contains(line));
            let entry = run.entries().iter().rev().filter(|entry| entry.at <= at).find(theirs)?;
            entry.ended.filter(|(ended, code)| *ended <= at && *code != 0)?;
            let errors = entry.output.iter().filter(|output| output.stream == Stream::Err);
            Some(errors.map(|output| output.text.as_str()).collect::<String>().trim_end().to_owned())
        })
    }

    /// Writes a file of the run's working folder: commands from now on read it.
    pub fn write_file(self, name: &str, text: &str) {
        self.with_run_mut(|run| run.add_file(name, text));
        self.tick();
    }

    /// The command that waits for something to be typed into it: its place among the entries. None in the past.
    pub fn listener(self) -> Option<usize> {
        self.with_run(Run::listener).filter(|_| self.is_live())
    }

    /// Types something into the command that waits for it; `\u{4}` (Ctrl-D) ends its input.
    pub fn type_in(self, text: String) {
        self.act(Deed::Input(text));
    }

    /// The commands or files of the terminal that a word may become.
    pub fn complete(self, word: &str, is_command: bool) -> Vec<String> {
        self.with_run_mut(|run| run.complete(word, is_command))
    }

    /// Makes something go wrong.
    pub fn inject(self, fault: Fault) {
        self.act(Deed::Fault(fault));
    }

    /// Lets containers that start from now on behave differently.
    pub fn set_rules(self, rules: Vec<Rule>) {
        self.act(Deed::Rules(rules));
    }

    /// Ctrl-C in the console; whether anything ran or waited.
    pub fn press_ctrl_c(self) -> bool {
        let met = self.with_run_mut(Run::press_ctrl_c);
        self.tick();
        met
    }

    /// Does something at the playhead. Where that lies in the past, a new run branches off there.
    pub fn act(self, deed: Deed) {
        if self.replay.with_untracked(Option::is_some) {
            return self.complain("The run is still being replayed. Try again when it has arrived.");
        }
        if self.is_live_untracked() {
            // It may wait for a part of the program, so what the run has in its log is no help.
            let here = (self.loaded.get_untracked(), self.current.get_untracked(), self.playhead.get_untracked());
            if self.last.with_value(|last| deed.repeats(last.as_ref(), here)) {
                return;
            }
            self.last.set_value(Some((here, deed.clone())));
            let acts = deed.acts();
            self.with_run_mut(|run| {
                let _ = match deed {
                    Deed::Command(line) => run.enter(&line),
                    Deed::Fault(fault) => run.inject(fault),
                    Deed::Rules(rules) => run.set_rules(rules),
                    Deed::Input(text) => run.type_in(&text),
                };
            });
            self.finish_instant();
            // Nobody has stopped time: it had only run out of things to come.
            let has_more = |run: &Run| acts || (run.waits_for().is_none() && !run.is_settled());
            if self.has_run_out.get_value() && self.with_run_untracked(has_more) {
                self.go();
            }
            return;
        }
        let at = self.playhead.get_untracked();
        let fork = self.with_run_untracked(|run| run.fork(at));
        let elapsed = clock(at.since(fork.start()));
        let number = self.runs.with_value(Vec::len);
        let label = format!("Run {} · from T+{elapsed}", number + 1);
        self.runs.update_value(|runs| runs.push(Kept::new(fork, label)));
        self.tell(format!(
            "You acted in the past, so this is now run {}, from T+{elapsed} on. The run before it is kept.",
            number + 1
        ));
        self.current.set(number);
        self.replay.set(Some((at, deed)));
        self.go_on_replaying(wall_clock() + 30.0);
    }

    /// Lets this much time pass at once: for a page that opens in the middle of things.
    pub fn skip(self, span: Duration) {
        let until = self.with_run_untracked(Run::now) + span;
        let deadline = wall_clock() + 500.0;
        let stands = |run: &mut Run| run.advance(until, SLICE) || run.waits_for().is_some();
        while !self.with_run_mut(stands) && wall_clock() < deadline {}
        self.seek_edge();
        self.tick();
    }

    /// Whether a fork is still being replayed, and how much of the way is done, from 0 to 1.
    pub fn replaying(self) -> Option<f64> {
        let until = self.replay.with(|replay| replay.as_ref().map(|(until, _)| *until))?;
        Some(self.with_run(|run| {
            let (done, all) = (run.now().since(run.start()), until.since(run.start()));
            done.as_secs_f64() / all.as_secs_f64().max(0.001)
        }))
    }

    fn go_on_replaying(self, deadline: f64) -> bool {
        let Some((until, deed)) = self.replay.get_untracked() else { return true };
        let arrived = self.with_run_mut(|run| {
            while !run.advance(until, SLICE) {
                if run.waits_for().is_some() || wall_clock() >= deadline {
                    return false;
                }
            }
            true
        });
        self.tick();
        if arrived {
            self.replay.set(None);
            self.playhead.set(until);
            // What was read before stands before what is done now.
            let inherited = self.with_run_untracked(|run| run.entries().len());
            self.reads.update(|reads| reads.iter_mut().for_each(|read| read.after = read.after.min(inherited)));
            self.act(deed);
        }
        true
    }

    fn with_run_mut<T>(self, change: impl FnOnce(&mut Run) -> T) -> T {
        let current = self.current.get_untracked();
        let mut result = None;
        self.runs.update_value(|runs| result = Some(change(&mut runs[current].run)));
        result.expect("the closure was called")
    }

    /// Brings the parts of the program that have come to all runs, and lets happen what waited for them.
    pub fn equip(self) {
        let parts = parts(self.later);
        self.runs.update_value(|runs| runs.iter_mut().for_each(|kept| kept.run.equip(parts)));
        self.finish_instant();
    }

    /// What happens at this very instant is seen at once, even while time stands still: a command that computes for long
    /// goes on from frame to frame, until it is done or interrupted.
    fn finish_instant(self) {
        let deadline = wall_clock() + BITE;
        let done = loop {
            let done = self.with_run_mut(|run| run.advance(run.now(), SLICE) || run.waits_for().is_some());
            if done || wall_clock() > deadline {
                break done;
            }
        };
        self.tick();
        // While time runs, the playback goes on with it.
        let wanted = !done && !self.is_playing_untracked();
        if wanted && !self.finishing.get_value() {
            self.finishing.set_value(true);
            request_animation_frame(move || {
                self.finishing.set_value(false);
                self.finish_instant();
            });
        }
    }

    fn tick(self) {
        match self.with_run_untracked(|run| run.waits_for()) {
            None => {}
            Some(runtime::PART) => self.later.programs.want(),
            Some(_) => self.later.kubectl.want(),
        }
        // In small bites: a panel that looks seldom need not read all of what has happened meanwhile at once.
        let current = self.current.get_untracked();
        self.runs.with_value(|runs| runs[current].census.borrow_mut().read(runs[current].run.storage()));
        self.look_for_broken();
        self.revision.update(|revision| *revision += 1);
    }
}

/// A run in which the scenario's objects have just been created.
fn begin(scenario: Scenario, later: Later) -> Run {
    let mut run = Run::with_parts(scenario, parts(later));
    run.advance(run.start(), AT_ONCE);
    run
}

/// The parts of the program that have come.
fn parts(later: Later) -> Parts {
    Parts { kubectl: later.kubectl.get_untracked(), programs: later.programs.get_untracked(), opening: Some(OPENING) }
}

/// Whether a change of such an object is one that people step to.
fn is_visible(kind: Kind) -> bool {
    !matches!(kind, Kind::Event | Kind::Namespace)
}

/// Whether nothing is left to come by itself, apart from what follows shortly on something that broke.
fn is_quiet(run: &Run) -> bool {
    let view = run.storage().now();
    let stays = |job: Rc<Job>| job.status.is_finished() && job.spec.ttl_seconds_after_finished.is_none();
    // There may be very many pods: they are asked last, and not while a Job makes more of them.
    !run.cluster().is_scheduled()
        && view.list(Kind::Job).filter_map(Object::into_job).all(stays)
        && view.newest_first(Kind::Pod).filter_map(Object::into_pod).all(|pod| pod.is_finished())
}

/// When something visible changed last, or somebody acted.
fn last_visible(run: &Run) -> Timestamp {
    let storage = run.storage();
    let mut earlier = (1..=storage.revision()).rev().map(|revision| storage.change(revision));
    let change = earlier.find(|change| is_visible(change.object.kind())).map(|change| change.at);
    let act = run.entries().last().map(|entry| entry.at);
    change.max(act).unwrap_or(run.start())
}

fn next_visible(run: &Run, at: Timestamp) -> Option<Timestamp> {
    let storage = run.storage();
    let mut later = storage.changes_since(storage.revision_at(at));
    later.find(|change| is_visible(change.object.kind())).map(|change| change.at)
}

/// Milliseconds of the browser's clock. Only playback looks at it: to know how long a frame may take.
pub fn wall_clock() -> f64 {
    window().performance().map_or(0.0, |performance| performance.now())
}

/// Keeps a word for the next visit, if the browser lets us; where storage is denied, nothing is lost but that.
pub fn remember(key: &str, value: &str) {
    if let Ok(Some(storage)) = window().local_storage() {
        let _ = storage.set_item(key, value);
    }
}

/// What was kept on an earlier visit.
pub fn recall(key: &str) -> Option<String> {
    window().local_storage().ok().flatten()?.get_item(key).ok().flatten()
}
