//! What the timeline says, as plain data: tracks, lanes, bars, waits, marks.
//!
//! [`Model::update`] reads only the writes it has not seen, so following a run costs what changed and not what there is.

use super::fold::{Folding, Shape};
use super::truth;
use crate::api::{
    ContainerState, CronJob, CronJobSpec, DueTimes, Event, Job, Kind, Object, ObjectKey, Pod, PodPhase, Text, Uid,
};
use crate::apiserver::{Change, ChangeType, Storage};
use crate::controllers::job::{Action, Decision, Step, first_match};
use crate::node::Unseen;
use crate::sim::{Map, Set, Timestamp};
use std::rc::Rc;
use std::time::Duration;

/// What a pod is doing, as the timeline tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// Has no node.
    Pending,
    /// Has a node; its containers do not run yet.
    Starting,
    /// Cannot start: its image or its configuration is missing.
    Stuck,
    /// A container runs.
    Running,
    /// Waits for the kubelet to restart a container.
    Restarting,
    /// Is being deleted and has not ended.
    Terminating,
    Succeeded,
    Failed,
    /// Failed, and a rule says that it does not count.
    Ignored,
}

impl Phase {
    /// Every phase, in the order of [`Phase`].
    pub const ALL: [Self; 9] = [
        Self::Pending,
        Self::Starting,
        Self::Stuck,
        Self::Running,
        Self::Restarting,
        Self::Terminating,
        Self::Succeeded,
        Self::Failed,
        Self::Ignored,
    ];

    /// The word beside the colour.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Starting => "starting",
            Self::Stuck => "cannot start",
            Self::Running => "running",
            Self::Restarting => "restarting",
            Self::Terminating => "terminating",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Ignored => "not counted",
        }
    }

    /// Whether a pod never leaves this phase.
    pub const fn is_end(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Ignored)
    }

    /// What a pod is doing; whether its failure counts is not in the pod.
    pub fn of(pod: &Pod) -> Self {
        let waits_for = |reasons: &[&str]| {
            let statuses = pod.status.init_container_statuses.iter().chain(&pod.status.container_statuses);
            let mut waiting = statuses.filter_map(|status| match &status.state {
                Some(ContainerState::Waiting(waiting)) => Some(waiting.reason.as_str()),
                _ => None,
            });
            waiting.any(|reason| reasons.contains(&reason))
        };
        let runs = |status: &crate::api::ContainerStatus| matches!(status.state, Some(ContainerState::Running(_)));
        match pod.status.phase {
            PodPhase::Succeeded => Self::Succeeded,
            PodPhase::Failed => Self::Failed,
            _ if pod.metadata.is_deleting() => Self::Terminating,
            _ if pod.node_name.is_none() => Self::Pending,
            _ if waits_for(&["CrashLoopBackOff"]) => Self::Restarting,
            _ if pod.status.container_statuses.iter().any(runs) => Self::Running,
            _ if waits_for(&STUCK) => Self::Stuck,
            PodPhase::Running => Self::Running,
            _ => Self::Starting,
        }
    }
}

/// Why a container waits that will not start by itself.
const STUCK: [&str; 6] = [
    "ErrImagePull",
    "ImagePullBackOff",
    "InvalidImageName",
    "ErrImageNeverPull",
    "CreateContainerConfigError",
    "CreateContainerError",
];

/// One pod on the timeline.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    pub namespace: Text,
    pub pod: Text,
    pub uid: Uid,
    /// Which track and which of its lanes.
    pub track: u32,
    pub lane: u32,
    /// Pods that overlap in one lane lie below each other: 0 above, 1 below.
    pub level: u8,
    /// From when on it did what; the first is its creation.
    pub phases: Vec<(Timestamp, Phase)>,
    /// When it finished, or was gone without finishing.
    pub ended: Option<Timestamp>,
    /// When the object was deleted.
    pub gone: Option<Timestamp>,
    /// How its first container that failed ended, or else 0.
    pub exit_code: Option<i32>,
    /// Why it failed or cannot start, in one word of Kubernetes.
    pub reason: Text,
    /// In-place restarts: when, and the how-manieth.
    pub restarts: Vec<(Timestamp, i32)>,
    pub node: Option<Text>,
    /// What was true of it while the API server did not know.
    pub unseen: Vec<Unseen>,
}

impl Bar {
    /// When the pod was created.
    pub fn created(&self) -> Timestamp {
        self.phases[0].0
    }

    /// What the pod was doing at an instant, if it existed.
    pub fn phase_at(&self, at: Timestamp) -> Option<Phase> {
        let after = self.phases.partition_point(|(from, _)| *from <= at);
        (after > 0).then(|| self.phases[after - 1].1)
    }

    /// What it did in the end, or does at the live edge.
    pub fn last_phase(&self) -> Phase {
        self.phases[self.phases.len() - 1].1
    }

    /// Its phases as (from, to, phase); the last goes to `edge` if the pod has not ended.
    pub fn spans(&self, edge: Timestamp) -> impl Iterator<Item = (Timestamp, Timestamp, Phase)> + '_ {
        let ends = self.phases[1..].iter().map(|(from, _)| *from).chain([self.ended.unwrap_or(edge)]);
        self.phases.iter().zip(ends).map(|(&(from, phase), to)| (from, to.max(from), phase))
    }
}

/// A lane: one completion index, or one slot of a Job without indexes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lane {
    /// Its pods, in order of creation.
    pub bars: Vec<u32>,
    /// Whether pods have ever overlapped here.
    pub overlaps: bool,
}

/// A wait between a failed pod and its replacement.
#[derive(Clone, Debug, PartialEq)]
pub struct Wait {
    pub from: Timestamp,
    /// When the replacement came; none if it has not.
    pub until: Option<Timestamp>,
}

/// A Job with its pods, the Jobs of a CronJob with theirs, or pods that belong to no Job.
#[derive(Clone, Debug, PartialEq)]
pub struct Track {
    pub title: Text,
    /// The Job as last seen, of a CronJob's the newest; none for pods without one.
    pub job: Option<Rc<Job>>,
    pub created: Timestamp,
    /// How many lanes are shown; those beyond `lanes` have never had a pod.
    pub lane_count: u32,
    pub lanes: Vec<Lane>,
    /// When it became Complete or Failed.
    pub finished: Option<Timestamp>,
    pub gone: Option<Timestamp>,
    /// Whether it is a CronJob's: then more may follow on what has finished.
    pub is_cron: bool,
    /// How many pods it has had, and how many of them have not ended.
    pub pods: u32,
    living: u32,
    /// Slots that a new pod may take, for a Job without indexes.
    free: Set<u32>,
}

impl Track {
    /// Whether lanes are completion indexes.
    pub fn is_indexed(&self) -> bool {
        self.job.as_ref().is_some_and(|job| job.spec.is_indexed())
    }

    /// Whether nothing is left to come of it.
    pub fn is_over(&self) -> bool {
        let decided = self.gone.is_some() || (!self.is_cron && (self.finished.is_some() || self.job.is_none()));
        decided && self.living == 0
    }

    /// What its one row says besides its name: how it stands with it at an instant.
    fn words(&self, at: Timestamp) -> String {
        let pods = count(u64::from(self.pods), "pod");
        let failed = self.job.as_ref().and_then(|job| job.status.condition("Failed"));
        match (self.gone, self.finished) {
            _ if self.created > at => "not created yet".into(),
            (Some(gone), _) if gone <= at => format!("deleted · {pods}"),
            (_, Some(finished)) if finished <= at => match failed {
                Some(failed) => format!("Failed: {} · {pods}", failed.reason),
                None => format!("Complete · {pods}"),
            },
            _ if self.job.is_none() => pods,
            _ => "not finished".into(),
        }
    }
}

/// The name of a track on the timeline, or of several, and what is said beside it.
#[derive(Clone, Debug, PartialEq)]
pub struct Head {
    /// The track; none for those that share a row.
    pub track: Option<u32>,
    pub row: u64,
    pub title: String,
    /// Where it has one row only: what that stands for.
    pub words: String,
    pub is_open: bool,
    /// The Job that it is the name of, of a CronJob's the newest.
    pub job: Option<ObjectKey>,
}

/// `1 pod`, `2 pods`
fn count(number: u64, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

/// What a mark on the timeline tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MarkKind {
    /// A user's command, or a fault.
    Action,
    /// A condition of a Job or a turn of its life.
    Condition,
    /// A limit in time: a deadline, the end of a TTL.
    Limit,
    /// A CronJob is due.
    Due,
    /// A CronJob was due and nothing has begun (yet).
    Missed,
}

/// Of no more pods than this a Job's own deadlines are drawn: more would be a wall.
const MOST_CLOCKS: usize = 3;

/// So many oddities are told one by one to those who do not see the picture.
const MOST_NAMED: usize = 3;
/// Conditions that are set within this time are told as one turn.
const ONE_TURN: Duration = Duration::from_millis(200);

/// A vertical line with a few words.
#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    pub at: Timestamp,
    pub kind: MarkKind,
    /// The Job it is about: it is said where there are several. Empty for what is about none.
    pub of: Text,
    pub text: String,
}

/// A CronJob: what its schedule was from when on, and what came of it.
#[derive(Clone, Debug, Default)]
struct Cron {
    name: Text,
    namespace: Text,
    /// None while it is suspended.
    schedules: Vec<(Timestamp, Option<Rc<CronJobSpec>>)>,
    /// The times at which it was due and something began.
    taken: Set<Timestamp>,
    /// When its controller said that nothing would, and why.
    refused: Vec<(Timestamp, &'static str)>,
    gone: Option<Timestamp>,
}

/// A CronJob that is due more often than this in what is visible has no lines: they would be a wall.
const MOST_LINES: usize = 60;
/// A CronJob's controller begins what is due this long after it at the latest, unless its policy forbids it.
const PUNCTUAL: Duration = Duration::from_secs(2);

impl Cron {
    fn observe(&mut self, at: Timestamp, cron: &CronJob) {
        let is_suspended = cron.spec.suspend == Some(true);
        self.schedules.push((at, (!is_suspended).then(|| cron.spec.clone())));
    }

    /// When it is due between two instants, in order; if more than [`MOST_LINES`] times, not all of them.
    fn due(&self, due_times: DueTimes, from: Timestamp, to: Timestamp) -> Vec<Timestamp> {
        let mut due = Vec::new();
        for (number, (begins, spec)) in self.schedules.iter().enumerate() {
            let Some(spec) = spec else { continue };
            let next = self.schedules.get(number + 1).map(|(at, _)| *at);
            let ends = to.min(next.or(self.gone).unwrap_or(to));
            // From the last time before what is visible: an `@every` counts from there.
            let known = self.taken.range(..from).next_back().copied();
            let after = (*begins).max(known.unwrap_or(from - Duration::from_secs(1)));
            due.extend(due_times(spec, after, from, ends, MOST_LINES + 1));
        }
        due
    }
}

/// Everything that the timeline of one run shows.
#[derive(Clone, Debug, Default)]
pub struct Model {
    /// Up to which revision the run has been read.
    seen: u64,
    pub tracks: Vec<Track>,
    pub bars: Vec<Bar>,
    /// Conditions of Jobs, in order.
    pub conditions: Vec<Mark>,
    track_of: Map<Uid, u32>,
    pub(super) bar_of: Map<Uid, u32>,
    /// Up to where it is known what was out of sight.
    pub(super) sights: u64,
    /// Tracks of pods without a Job, by what they belong to.
    others: Map<Text, u32>,
    seen_phases: Set<Phase>,
    crons: Map<Uid, Cron>,
    /// When CronJobs are due; known before there can be one.
    pub due_times: Option<DueTimes>,
    /// Before each track: how many rows lie above it.
    above: Vec<u64>,
    /// How each track is shown; those that came since it was said last are open.
    shapes: Vec<Shape>,
    shows_older: bool,
}

/// A row of the timeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Row {
    /// The name of a track, where there is more than one.
    Head(u32),
    /// All of a track.
    Folded(u32),
    /// Several tracks, or what these are called together.
    Older,
    Lane {
        track: u32,
        lane: u32,
    },
}

impl Model {
    /// Reads what was written since the last time; whether there was anything that shows.
    pub fn update(&mut self, storage: &Storage) -> bool {
        let before = self.seen;
        if storage.revision() < before {
            *self = Self { due_times: self.due_times, ..Self::default() };
        }
        let mut changed = false;
        for change in storage.changes_since(self.seen) {
            changed |= self.observe(&change);
        }
        self.seen = storage.revision();
        if changed {
            self.count_rows();
        }
        changed
    }

    fn observe(&mut self, change: &Change) -> bool {
        match &change.object {
            Object::Job(job) => self.observe_job(change, job),
            Object::CronJob(cron) => self.observe_cron(change, cron),
            Object::Pod(pod) => self.observe_pod(change, pod),
            Object::Event(event) => return self.observe_event(change.at, event),
            _ => return false,
        }
        true
    }

    fn observe_cron(&mut self, change: &Change, job: &CronJob) {
        let cron = self.crons.entry(job.metadata.uid).or_default();
        let before = change.previous.as_ref().and_then(Object::as_cron_job);
        if before.is_none_or(|before| before.spec != job.spec) {
            (cron.name, cron.namespace) = (job.metadata.name.clone(), job.metadata.namespace.clone());
            cron.observe(change.at, job);
        }
        cron.taken.extend(job.status.last_schedule_time.map(|time| time.timestamp()));
        if change.change == ChangeType::Deleted {
            cron.gone = Some(change.at);
        }
    }

    /// What is said of a CronJob that was due; whether it tells why nothing began.
    fn observe_event(&mut self, at: Timestamp, event: &Event) -> bool {
        let why = match event.said.reason.as_str() {
            "JobAlreadyActive" => ": one still runs (Forbid)",
            "MissSchedule" => ": too late (startingDeadlineSeconds)",
            _ => return false,
        };
        let about = &event.involved_object;
        let mut crons = self.crons.values_mut();
        let Some(cron) = crons.find(|cron| cron.name == about.name && cron.namespace == about.namespace) else {
            return false;
        };
        cron.refused.push((at, why));
        true
    }

    fn observe_job(&mut self, change: &Change, job: &Rc<Job>) {
        let is_new = !self.track_of.contains_key(&job.metadata.uid);
        let index = self.track_of_job(change.at, job);
        let track = &mut self.tracks[index as usize];
        if is_new {
            (track.finished, track.gone) = (None, None);
        }
        let is_newest = is_new || track.job.as_ref().is_some_and(|known| known.metadata.uid == job.metadata.uid);
        if is_newest && change.change == ChangeType::Deleted {
            track.gone = Some(change.at);
        }
        if is_newest && track.finished.is_none() && job.status.is_finished() {
            track.finished = Some(change.at);
        }
        let slots = match (job.spec.completions, job.spec.parallelism) {
            (Some(completions), _) if job.spec.is_indexed() => completions,
            (Some(completions), parallelism) => parallelism.unwrap_or(1).min(completions),
            (None, parallelism) => parallelism.unwrap_or(1),
        };
        track.lane_count = u32::try_from(slots).unwrap_or(0).max(track.lanes.len() as u32).max(1);
        let before = change.previous.as_ref().and_then(Object::as_job);
        let is_of_cron = job.metadata.controller().is_some_and(|owner| owner.kind == "CronJob");
        for condition in &job.status.conditions {
            let held = before.is_some_and(|before| before.status.condition(&condition.kind).is_some());
            // That a CronJob's Jobs complete, one after the other, its row says already.
            let is_usual = is_of_cron && matches!(&*condition.kind, "Complete" | "SuccessCriteriaMet");
            if !held && !is_usual && condition.holds(&condition.kind) {
                let text = if condition.reason.is_empty() || condition.kind == "Complete" {
                    condition.kind.to_string()
                } else {
                    format!("{}: {}", condition.kind, condition.reason)
                };
                // Terminal conditions come in two steps, some milliseconds apart: one mark tells of both.
                let of = &job.metadata.name;
                let recent = self.conditions.iter_mut().rev().take_while(|last| change.at.since(last.at) <= ONE_TURN);
                match recent.into_iter().find(|last| last.of == *of) {
                    Some(last) => {
                        let first = last.text.split(':').next().unwrap_or_default();
                        last.text = format!("{first} → {text}");
                    }
                    None => {
                        self.conditions.push(Mark { at: change.at, kind: MarkKind::Condition, of: of.clone(), text });
                    }
                }
            }
        }
        if is_newest {
            track.job = Some(job.clone());
        }
    }

    /// The track of a Job. The Jobs of a CronJob share one, unless their pods have indexes: a row for each time it was due
    /// would be a wall of rows.
    fn track_of_job(&mut self, at: Timestamp, job: &Job) -> u32 {
        if let Some(&index) = self.track_of.get(&job.metadata.uid) {
            return index;
        }
        let cron = job.metadata.controller().filter(|owner| owner.kind == "CronJob" && !job.spec.is_indexed());
        let next = self.tracks.len() as u32;
        let index = cron.map_or(next, |owner| *self.track_of.entry(owner.uid).or_insert(next));
        self.track_of.insert(job.metadata.uid, index);
        if index == next {
            let title = cron.map_or(job.metadata.name.clone(), |owner| format!("CronJob {}", owner.name).into());
            self.tracks.push(Track { is_cron: cron.is_some(), ..track(title, at) });
        }
        index
    }

    fn observe_pod(&mut self, change: &Change, pod: &Rc<Pod>) {
        let uid = pod.metadata.uid;
        let index = match self.bar_of.get(&uid) {
            Some(&index) => index as usize,
            None => self.add_bar(change.at, pod),
        };
        let at = change.at;
        let bar = &mut self.bars[index];
        bar.node.clone_from(&pod.node_name);
        let restarts: i32 = pod.status.container_statuses.iter().map(|status| status.restart_count).sum();
        let known = bar.restarts.last().map_or(0, |(_, count)| *count);
        if restarts > known {
            bar.restarts.push((at, restarts));
        }
        let mut phase = Phase::of(pod);
        let (track, lane) = (bar.track as usize, bar.lane);
        if phase == Phase::Failed && self.tracks[track].job.as_ref().is_some_and(|job| is_ignored(job, pod)) {
            phase = Phase::Ignored;
        }
        if bar.last_phase() != phase && bar.ended.is_none() {
            self.seen_phases.insert(phase);
            bar.phases.push((at, phase));
        }
        let ends = phase.is_end() || change.change == ChangeType::Deleted;
        if ends && bar.ended.is_none() {
            bar.ended = Some(at);
            self.tracks[track].living -= 1;
            if !self.tracks[track].is_indexed() {
                self.tracks[track].free.insert(lane);
            }
        }
        if phase.is_end() || phase == Phase::Stuck {
            (bar.exit_code, bar.reason) = outcome(pod);
        }
        if change.change == ChangeType::Deleted {
            bar.gone = Some(at);
        }
    }

    fn add_bar(&mut self, at: Timestamp, pod: &Pod) -> usize {
        let track_index = self.track_for(at, pod);
        let track = &mut self.tracks[track_index as usize];
        let lane = match pod.completion_index().filter(|_| track.is_indexed()) {
            Some(index) => index,
            None => track.free.pop_first().unwrap_or(track.lanes.len() as u32),
        };
        // An index beyond every completion is nonsense of somebody's making, and no reason to fill the memory with lanes.
        let lane = lane.min(1_000_000);
        if lane as usize >= track.lanes.len() {
            track.lanes.resize(lane as usize + 1, Lane::default());
        }
        track.lane_count = track.lane_count.max(lane + 1);
        (track.pods, track.living) = (track.pods + 1, track.living + 1);
        let index = self.bars.len();
        let slot = &mut track.lanes[lane as usize];
        let before = slot.bars.last().map(|&before| &self.bars[before as usize]);
        let overlapping = before.filter(|before| before.is_busy_after(at));
        let level = overlapping.map_or(0, |before| 1 - before.level);
        slot.overlaps |= overlapping.is_some();
        slot.bars.push(index as u32);
        self.bar_of.insert(pod.metadata.uid, index as u32);
        self.bars.push(Bar {
            namespace: pod.metadata.namespace.clone(),
            pod: pod.metadata.name.clone(),
            uid: pod.metadata.uid,
            track: track_index,
            lane,
            level,
            phases: vec![(at, Phase::Pending)],
            ended: None,
            gone: None,
            exit_code: None,
            reason: Text::EMPTY,
            restarts: Vec::new(),
            node: None,
            unseen: Vec::new(),
        });
        index
    }

    fn track_for(&mut self, at: Timestamp, pod: &Pod) -> u32 {
        let owner = pod.metadata.controller();
        if let Some(&track) = owner.and_then(|owner| self.track_of.get(&owner.uid)) {
            return track;
        }
        let title = owner.map_or("other pods".into(), |owner| owner.name.clone());
        let next = self.tracks.len() as u32;
        let index = *self.others.entry(title.clone()).or_insert(next);
        if index == next {
            self.tracks.push(track(title, at));
        }
        index
    }

    /// Shows tracks as they are folded now; whether that changes anything.
    pub fn fold(&mut self, folding: &Folding) -> bool {
        let shapes = folding.shapes(&self.tracks);
        let changed = (&shapes, folding.shows_older) != (&self.shapes, self.shows_older);
        if changed {
            (self.shapes, self.shows_older) = (shapes, folding.shows_older);
            self.count_rows();
        }
        changed
    }

    /// How a track is shown.
    fn shape(&self, track: usize) -> Shape {
        match self.shapes.get(track) {
            Some(Shape::Older) if self.shows_older => Shape::Folded,
            shape => shape.copied().unwrap_or(Shape::Open),
        }
    }

    fn has_older(&self) -> bool {
        self.shapes.contains(&Shape::Older)
    }

    fn count_rows(&mut self) {
        let heads = u64::from(self.tracks.len() > 1);
        let mut sum = u64::from(self.has_older());
        self.above.clear();
        for (place, track) in self.tracks.iter().enumerate() {
            self.above.push(sum);
            sum += match self.shape(place) {
                Shape::Open => heads + u64::from(track.lane_count),
                Shape::Folded => 1,
                Shape::Older => 0,
            };
        }
        self.above.push(sum);
    }

    /// How many rows there are.
    pub fn rows(&self) -> u64 {
        self.above.last().copied().unwrap_or(0)
    }

    /// What a row shows.
    pub fn row(&self, row: u64) -> Option<Row> {
        if row == 0 && self.has_older() {
            return Some(Row::Older);
        }
        let track = self.above.partition_point(|&above| above <= row).checked_sub(1)?;
        if track >= self.tracks.len() {
            return None;
        }
        let inside = row - self.above[track];
        let heads = u64::from(self.tracks.len() > 1);
        let number = track as u32;
        Some(match inside.checked_sub(heads) {
            _ if self.shape(track) == Shape::Folded => Row::Folded(number),
            None => Row::Head(number),
            Some(lane) => Row::Lane { track: number, lane: lane as u32 },
        })
    }

    /// The row of a lane, or the one that stands for it.
    pub fn row_of(&self, track: u32, lane: u32) -> u64 {
        match self.shape(track as usize) {
            Shape::Open => self.above[track as usize] + u64::from(self.tracks.len() > 1) + u64::from(lane),
            Shape::Folded => self.above[track as usize],
            Shape::Older => 0,
        }
    }

    /// Whether a lane has no row of its own.
    pub fn is_folded(&self, track: u32) -> bool {
        self.shape(track as usize) != Shape::Open
    }

    /// The names of the tracks, in the order of their rows, as things stand at an instant.
    pub fn heads(&self, at: Timestamp) -> Vec<Head> {
        let mut heads = Vec::new();
        if self.tracks.len() < 2 {
            return heads;
        }
        let older = self.shapes.iter().zip(&self.tracks).filter(|(shape, _)| **shape == Shape::Older);
        let (jobs, pods) = older.fold((0, 0), |(jobs, pods), (_, track)| (jobs + 1, pods + u64::from(track.pods)));
        if jobs > 0 {
            let (title, words) = (format!("{jobs} older Jobs"), count(pods, "pod"));
            heads.push(Head { track: None, row: 0, title, words, is_open: self.shows_older, job: None });
        }
        let shown = self.tracks.iter().enumerate().filter(|(place, _)| self.shape(*place) != Shape::Older);
        heads.extend(shown.map(|(place, track)| {
            let is_open = self.shape(place) == Shape::Open;
            let words = if is_open { String::new() } else { track.words(at) };
            let of =
                |job: &Rc<Job>| ObjectKey::new(Kind::Job, job.metadata.namespace.clone(), job.metadata.name.clone());
            let (job, title) = (track.job.as_ref().map(of), track.title.to_string());
            Head { track: Some(place as u32), row: self.above[place], title, words, is_open, job }
        }));
        heads
    }

    /// The bar of a pod, by name: the newest that had it.
    pub fn bar_named(&self, namespace: &str, name: &str) -> Option<usize> {
        self.bars.iter().rposition(|bar| bar.pod == *name && bar.namespace == *namespace)
    }

    /// The pods of a lane.
    pub fn lane(&self, track: u32, lane: u32) -> impl DoubleEndedIterator<Item = (usize, &Bar)> {
        let bars = self.tracks[track as usize].lanes.get(lane as usize).map_or(&[][..], |lane| &lane.bars[..]);
        bars.iter().map(|&index| (index as usize, &self.bars[index as usize]))
    }

    /// The pod that is shown at a place, and within `slack` of it.
    pub fn bar_at(&self, row: u64, at: Timestamp, slack: Duration, edge: Timestamp) -> Option<usize> {
        let Row::Lane { track, lane } = self.row(row)? else { return None };
        let mut newest_first = self.lane(track, lane).rev();
        let hit = |bar: &Bar| bar.created() <= at + slack && bar.last_known(edge) + slack >= at;
        newest_first.find(|(_, bar)| hit(bar)).map(|(index, _)| index)
    }

    /// The waits of a lane: from each pod that failed until its replacement, or until the Job had finished.
    pub fn waits(&self, track: u32, lane: u32) -> Vec<Wait> {
        let owner = &self.tracks[track as usize];
        let bars: Vec<&Bar> = self.lane(track, lane).map(|(_, bar)| bar).collect();
        // In a lane of a CronJob what follows may be another Job's: then it replaces nothing.
        let maker = |bar: &'_ Bar| bar.pod.rsplit_once('-').map_or(0, |(maker, _)| maker.len());
        let are_siblings = |a: &Bar, b: &Bar| a.pod.get(..maker(a)) == b.pod.get(..maker(b));
        let failed_for_good = || {
            let failed = owner.job.as_ref().and_then(|job| job.status.failed_indexes.as_ref());
            owner.is_indexed() && failed.is_some_and(|failed| failed.contains(lane))
        };
        let mut waits = Vec::new();
        for (number, bar) in bars.iter().enumerate() {
            let Some(from) = bar.ended.filter(|_| bar.last_phase() != Phase::Succeeded) else { continue };
            let until = bars.get(number + 1).map(|next| next.created());
            let over = owner.finished.or(owner.gone);
            let is_moot = match until {
                Some(until) => until <= from || !(owner.is_indexed() || are_siblings(bar, bars[number + 1])),
                None => over.is_some() || failed_for_good() || !owner.is_indexed() || owner.job.is_none(),
            };
            if !is_moot {
                waits.push(Wait { from, until });
            }
        }
        waits
    }

    /// What a lane is doing at an instant, in a word or two, and whether that is bad news.
    pub fn word(&self, track: u32, lane: u32, at: Timestamp, job: Option<&Job>) -> (&'static str, Option<Phase>) {
        let owner = &self.tracks[track as usize];
        let newest = self.lane(track, lane).rev().find(|(_, bar)| bar.created() <= at);
        let over = owner.finished.or(owner.gone).is_some_and(|over| over <= at);
        let Some((_, bar)) = newest else {
            let suspended = job.is_some_and(|job| job.spec.is_suspended());
            return match () {
                () if over => ("never ran", None),
                () if suspended => ("suspended", None),
                () if owner.is_indexed() => ("pending", Some(Phase::Pending)),
                () => ("no pod yet", None),
            };
        };
        if self.runs_twice(track, lane, at) {
            return ("runs twice", Some(Phase::Failed));
        }
        let phase = bar.phase_at(at).unwrap_or(Phase::Pending);
        let gone = bar.ended.is_some_and(|ended| ended <= at);
        let is_indexed = owner.is_indexed();
        let word = match phase {
            Phase::Failed | Phase::Ignored | Phase::Terminating if gone => {
                let failed = job.and_then(|job| job.status.failed_indexes.as_ref());
                match () {
                    () if is_indexed && failed.is_some_and(|failed| failed.contains(lane)) => "failed for good",
                    () if over || !is_indexed => phase.word(),
                    () => "retrying",
                }
            }
            _ => phase.word(),
        };
        let phase = if word == "retrying" { Phase::Restarting } else { phase };
        (word, Some(phase))
    }

    /// Which phases any pod has been in.
    pub fn phases_seen(&self) -> Set<Phase> {
        self.seen_phases.clone()
    }

    /// The limits in time that hold for the Jobs as they stand.
    pub fn limits(&self) -> Vec<Mark> {
        let mut limits = Vec::new();
        for track in &self.tracks {
            let Some(job) = track.job.as_ref().filter(|_| track.gone.is_none()) else { continue };
            let mut put = |from: Option<Timestamp>, seconds: Option<i64>, field: &str| {
                if let (Some(from), Some(seconds)) = (from, seconds.and_then(|seconds| u64::try_from(seconds).ok())) {
                    let at = from + Duration::from_secs(seconds);
                    let (of, text) = (job.metadata.name.clone(), format!("{field}: {seconds}"));
                    limits.push(Mark { at, kind: MarkKind::Limit, of, text });
                }
            };
            if track.finished.is_none() {
                let start = job.status.start_time.map(|time| time.timestamp());
                put(start, job.spec.active_deadline_seconds, "activeDeadlineSeconds");
            }
            put(track.finished, job.spec.ttl_seconds_after_finished.map(i64::from), "ttlSecondsAfterFinished");
            // Each pod has a clock of its own.
            let living = track.lanes.iter().filter_map(|lane| lane.bars.last()).map(|&bar| &self.bars[bar as usize]);
            let living = living.filter(|bar| bar.ended.is_none() && bar.phases.len() > 1).take(MOST_CLOCKS);
            for bar in living.filter(|_| job.spec.template.spec.active_deadline_seconds.is_some()) {
                put(
                    Some(bar.phases[1].0),
                    job.spec.template.spec.active_deadline_seconds,
                    "the pod's activeDeadlineSeconds",
                );
            }
        }
        limits
    }

    /// When the CronJobs are due between two instants, and what came of that up to the live edge.
    pub fn schedules(&self, from: Timestamp, to: Timestamp, edge: Timestamp) -> Vec<Mark> {
        let mut marks = Vec::new();
        let Some(due_times) = self.due_times else { return marks };
        for cron in self.crons.values() {
            let due = cron.due(due_times, from, to);
            if due.len() > MOST_LINES {
                continue;
            }
            marks.extend(due.into_iter().map(|at| {
                let is_missed = !cron.taken.contains(&at) && at + PUNCTUAL <= edge;
                let (kind, word) = if is_missed { (MarkKind::Missed, " not started") } else { (MarkKind::Due, "") };
                // The controller has said so when it looked: at the time itself, or whenever it came to look again.
                let is_of_it = |said: Timestamp| said >= at && cron.taken.range(at..said).next().is_none();
                let said = cron.refused.iter().find(|(said, _)| is_missed && is_of_it(*said));
                let why = said.map_or("", |(_, why)| why);
                Mark { at, kind, of: Text::EMPTY, text: format!("{}{word}{why}", cron.name) }
            }));
        }
        marks
    }

    /// The picture in one sentence, for those who do not see it.
    pub fn sentence(&self, at: Timestamp) -> String {
        let mut parts = Vec::new();
        for (number, track) in self.tracks.iter().enumerate().filter(|(_, track)| track.created <= at) {
            let mut counts = [0_usize; Phase::ALL.len()];
            let lanes = track.lanes.iter().flat_map(|lane| &lane.bars);
            for phase in lanes.filter_map(|&bar| self.bars[bar as usize].phase_at(at)) {
                counts[phase as usize] += 1;
            }
            let said: Vec<String> = Phase::ALL
                .iter()
                .zip(counts)
                .filter(|(_, count)| *count > 0)
                .map(|(phase, count)| format!("{count} {}", phase.word()))
                .collect();
            let pods = if said.is_empty() { "no pods yet".into() } else { said.join(", ") };
            parts.push(format!("{}: {pods}", track.title));
            let bars = track.lanes.iter().flat_map(|lane| &lane.bars).map(|&bar| &self.bars[bar as usize]);
            let told = |bar: &Bar| Some(format!("{} {}", bar.pod, truth::words(bar.unseen_at(at)?)));
            parts.extend(few(bars.filter_map(told).collect(), "pods are out of sight"));
            let overlap = track.lanes.iter().enumerate().filter(|(_, lane)| lane.overlaps);
            let twice = overlap.filter(|&(lane, _)| self.runs_twice(number as u32, lane as u32, at));
            parts.extend(few(twice.map(|(lane, _)| format!("index {lane} runs twice")).collect(), "indexes run twice"));
        }
        for cron in self.crons.values() {
            let Some(due_times) = self.due_times else { break };
            let next = cron.due(due_times, at, at + Duration::from_secs(86_400)).into_iter().find(|&due| due > at);
            parts.extend(next.map(|due| format!("CronJob {} is due in {} s", cron.name, due.since(at).as_secs())));
        }
        if parts.is_empty() { "Nothing has been created yet.".into() } else { format!("{}.", parts.join("; ")) }
    }

    /// What is known of one pod at an instant, a line for each thing.
    pub fn describe(&self, bar: usize, at: Timestamp, zero: Timestamp) -> Option<Vec<String>> {
        let bar = self.bars.get(bar)?;
        let track = &self.tracks[bar.track as usize];
        let place = if track.is_indexed() { "index" } else { "slot" };
        let phase = bar.phase_at(at)?;
        let before = self.lane(bar.track, bar.lane).take_while(|(_, other)| other.uid != bar.uid).count();
        // What follows in a slot is not another attempt at the same.
        let attempt = if track.is_indexed() { format!(", attempt {}", before + 1) } else { String::new() };
        let mut lines = vec![bar.pod.to_string(), format!("{place} {}{attempt}", bar.lane)];
        let since = bar.phases.iter().rev().find(|(from, _)| *from <= at).map_or(bar.created(), |(from, _)| *from);
        let code = bar.exit_code.filter(|_| phase.is_end()).map_or(String::new(), |code| format!(", exit {code}"));
        let reason = Some(&bar.reason).filter(|reason| !reason.is_empty() && (phase.is_end() || phase == Phase::Stuck));
        let reason = reason.map_or(String::new(), |reason| format!(" ({reason})"));
        lines.push(format!("{}{code}{reason} since {}", phase.word(), seconds(since, zero)));
        let restarts = bar.restarts.iter().rev().find(|(from, _)| *from <= at);
        lines.extend(restarts.map(|(_, count)| format!("restarted {count} times in place")));
        lines.push(bar.node.as_deref().map_or_else(|| "no node yet".into(), |node| format!("on {node}")));
        lines.extend(bar.unseen_at(at).map(|stretch| {
            let since = seconds(stretch.from, zero);
            format!("in truth: {} since {since}", truth::words(stretch))
        }));
        let is_one = bar.runs_at(at) && self.runs_twice(bar.track, bar.lane, at);
        lines.extend(is_one.then(|| "this index runs twice".into()));
        Some(lines)
    }

    /// The picture as a table: where, pod, what it does, since when, on which node. At most `limit` rows, newest pods
    /// of each lane first.
    pub fn table(&self, at: Timestamp, zero: Timestamp, limit: usize) -> Vec<TableRow> {
        let mut rows = Vec::new();
        for (index, track) in self.tracks.iter().enumerate() {
            for (lane, bars) in track.lanes.iter().enumerate() {
                for &bar in bars.bars.iter().rev() {
                    let bar = &self.bars[bar as usize];
                    let Some(phase) = bar.phase_at(at) else { continue };
                    if rows.len() == limit {
                        return rows;
                    }
                    let place = if track.is_indexed() { format!("index {lane}") } else { format!("slot {lane}") };
                    let place = if self.tracks.len() > 1 { format!("{}, {place}", track.title) } else { place };
                    let code =
                        bar.exit_code.filter(|_| phase.is_end()).map_or(String::new(), |code| format!(", exit {code}"));
                    let ended = bar.ended.filter(|ended| *ended <= at);
                    let unseen = bar.unseen_at(at).map_or(String::new(), |it| format!(", {}", truth::words(it)));
                    rows.push(TableRow {
                        track: index,
                        bar: self.bar_of[&bar.uid] as usize,
                        place,
                        pod: bar.pod.to_string(),
                        state: format!("{}{code}{unseen}", phase.word()),
                        from: seconds(bar.created(), zero),
                        to: ended.map_or_else(|| "now".into(), |ended| seconds(ended, zero)),
                        node: bar.node.as_deref().unwrap_or("no node").to_owned(),
                    });
                }
            }
        }
        rows
    }
}

/// One pod, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableRow {
    pub track: usize,
    pub bar: usize,
    /// `index 3`
    pub place: String,
    pub pod: String,
    pub state: String,
    /// `1.2 s`
    pub from: String,
    pub to: String,
    pub node: String,
}

/// Each by itself, or how many there are.
fn few(told: Vec<String>, what: &str) -> Vec<String> {
    if told.len() <= MOST_NAMED { told } else { vec![format!("{} {what}", told.len())] }
}

fn seconds(at: Timestamp, zero: Timestamp) -> String {
    let tenths = at.since(zero).as_millis() / 100;
    format!("{}.{} s", tenths / 10, tenths % 10)
}

fn track(title: Text, created: Timestamp) -> Track {
    Track {
        title,
        job: None,
        created,
        lane_count: 0,
        lanes: Vec::new(),
        finished: None,
        gone: None,
        is_cron: false,
        pods: 0,
        living: 0,
        free: Set::new(),
    }
}

/// When a pod may be created again for what failed at `from`, as the controller's passes since then have said.
pub fn retry_due(decisions: &[Decision], lane: u32, from: Timestamp) -> Option<Timestamp> {
    let since = decisions.iter().rev().take_while(|decision| decision.at >= from);
    let mut said = since.flat_map(|decision| decision.steps.iter().map(move |step| (decision.at, step)));
    said.find_map(|(at, step)| match step {
        Step::Backoff { remaining, .. } => Some(at + *remaining),
        Step::IndexBackoff { indexes, remaining, .. } if indexes.first() == Some(&lane) => Some(at + *remaining),
        _ => None,
    })
}

/// Whether a rule of the Job says that this failure does not count.
fn is_ignored(job: &Job, pod: &Pod) -> bool {
    let policy = job.spec.pod_failure_policy.as_ref();
    policy.and_then(|policy| first_match(policy, pod)).is_some_and(|found| found.action == Action::Ignore)
}

/// The exit code that matters, and the word for what went wrong.
fn outcome(pod: &Pod) -> (Option<i32>, Text) {
    let statuses = || pod.status.init_container_statuses.iter().chain(&pod.status.container_statuses);
    let ended = || statuses().filter_map(|status| status.terminated());
    let bad = ended().find(|terminated| terminated.exit_code != 0);
    let code = bad.or(ended().next_back()).map(|terminated| terminated.exit_code);
    let waiting = statuses().find_map(|status| match &status.state {
        Some(ContainerState::Waiting(waiting)) if !waiting.reason.is_empty() => Some(waiting.reason.clone()),
        _ => None,
    });
    let reason = match () {
        () if !pod.status.reason.is_empty() => pod.status.reason.clone(),
        () => bad.map(|terminated| terminated.reason.clone()).or(waiting).unwrap_or_default(),
    };
    (code, reason)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::api::Strings;
    use crate::api::{
        ContainerStatus, JobSpec, ObjectMeta, OwnerReference, PodStatus, Running, Terminated, due_times, job,
    };
    use crate::apiserver::{ApiServer, DeleteOptions, Naming, Request};

    /// Some second of a run that begins at 0.
    pub fn second(seconds: u64) -> Timestamp {
        Timestamp::from_secs(1_767_225_600 + seconds)
    }

    /// An Indexed Job, and pods of it: index, begins to run at once, ends at a second with an exit code.
    pub fn model_of(completions: i32, pods: &[(u32, u64, u64, i32)]) -> Model {
        let mut model = Model::default();
        model.update(run_of(Some(completions), pods, 1000).storage());
        model
    }

    /// The same as an API server, up to some second.
    fn run_of(completions: Option<i32>, pods: &[(u32, u64, u64, i32)], until: u64) -> ApiServer {
        let mut api = ApiServer::new(second(0), Naming::numbered());
        let mut steps: Vec<(u64, usize, bool)> = Vec::new();
        for (number, &(_, from, to, _)) in pods.iter().enumerate() {
            steps.extend([(from, number, true), (to, number, false)]);
        }
        steps.sort_by_key(|&(at, _, begins)| (at, begins));
        let mode = if completions.is_some() { "Indexed" } else { "NonIndexed" };
        let spec = JobSpec { completions, parallelism: Some(2), completion_mode: Some(mode.into()), ..template() };
        let metadata = ObjectMeta { name: "demo".into(), namespace: "default".into(), ..ObjectMeta::default() };
        let job = Job { metadata: Rc::new(metadata), spec: Rc::new(spec), ..Job::default() };
        let job = api.handle(Request::Create(job.into())).expect("a Job");
        for (at, number, begins) in steps.into_iter().filter(|(at, ..)| *at <= until) {
            api.set_now(second(at));
            let (index, _, _, code) = pods[number];
            if begins {
                let owner = OwnerReference {
                    api_version: "batch/v1".into(),
                    kind: "Job".into(),
                    name: "demo".into(),
                    controller: Some(true),
                    uid: job.metadata().uid,
                    ..OwnerReference::default()
                };
                let annotations = Strings::from([(job::COMPLETION_INDEX.into(), Text::from(index.to_string()))]);
                let metadata = ObjectMeta {
                    name: format!("demo-{number}").into(),
                    namespace: "default".into(),
                    annotations: Rc::new(annotations),
                    owner_references: Rc::new(vec![owner]),
                    finalizers: Rc::new(vec![job::TRACKING_FINALIZER.into()]),
                    ..ObjectMeta::default()
                };
                let spec = template().template.spec;
                let pod = Pod { metadata: Rc::new(metadata), spec, ..Pod::default() };
                api.handle(Request::Create(pod.into())).expect("a pod");
                let key = ObjectKey::new(Kind::Pod, "default", format!("demo-{number}"));
                api.handle(Request::Bind { pod: key, node: "node-1".into() }).expect("a binding");
            }
            let state = match begins {
                true => ContainerState::Running(Running::default()),
                false => ContainerState::Terminated(Terminated { exit_code: code, ..Terminated::default() }),
            };
            let phase = match (begins, code) {
                (true, _) => PodPhase::Running,
                (_, 0) => PodPhase::Succeeded,
                _ => PodPhase::Failed,
            };
            let key = ObjectKey::new(Kind::Pod, "default", format!("demo-{number}"));
            let Some(Object::Pod(pod)) = api.live().get(&key) else { panic!("no {key}") };
            let statuses = vec![ContainerStatus { state: Some(state), ..ContainerStatus::default() }];
            let status = PodStatus { phase, container_statuses: statuses, ..PodStatus::default() };
            let pod = Pod { status: Rc::new(status), ..(*pod).clone() };
            api.handle(Request::UpdateStatus(pod.into())).expect("a status");
        }
        api
    }

    fn template() -> JobSpec {
        use crate::api::{Container, PodSpec, PodTemplateSpec};
        let container = Container { name: "main".into(), image: "busybox:1.36".into(), ..Container::default() };
        let spec = PodSpec { containers: vec![container], restart_policy: Some("Never".into()), ..PodSpec::default() };
        JobSpec {
            template: PodTemplateSpec { spec: Rc::new(spec), ..PodTemplateSpec::default() },
            ..JobSpec::default()
        }
    }

    #[test]
    fn an_index_that_failed_waits_for_its_retry() {
        let model = model_of(2, &[(0, 0, 5, 1), (1, 0, 8, 0), (0, 15, 20, 0)]);
        assert_eq!(model.rows(), 2);
        assert_eq!(model.waits(0, 0), [Wait { from: second(5), until: Some(second(15)) }]);
        assert_eq!(model.waits(0, 1), []);
        let word = |lane, at| model.word(0, lane, second(at), None).0;
        assert_eq!([0, 6, 16, 30].map(|at| word(0, at)), ["running", "retrying", "running", "succeeded"]);
        let mut deleted = model_of(2, &[(0, 0, 5, 1)]);
        deleted.tracks[0].gone = Some(second(10));
        let word = |lane, at| deleted.word(0, lane, second(at), None).0;
        assert_eq!([word(0, 9), word(0, 10), word(1, 9), word(1, 10)], ["retrying", "failed", "pending", "never ran"]);
        assert_eq!(model.sentence(second(6)), "demo: 1 running, 1 failed.");
        assert_eq!(model.bars[0].exit_code, Some(1));
        assert_eq!(model.bar_at(0, second(17), Duration::ZERO, second(30)), Some(2));
        assert_eq!(model.bar_at(0, second(12), Duration::ZERO, second(30)), None);
    }

    #[test]
    fn pods_without_an_index_take_the_first_free_slot() {
        let model = {
            let mut model = Model::default();
            model.update(run_of(None, &[(0, 0, 5, 1), (0, 0, 9, 0), (0, 6, 8, 1), (0, 7, 12, 0)], 100).storage());
            model
        };
        let lanes: Vec<u32> = model.bars.iter().map(|bar| bar.lane).collect();
        assert_eq!(lanes, [0, 1, 0, 2]);
    }

    #[test]
    fn reading_a_run_bit_by_bit_is_reading_it_at_once() {
        let pods = [(0, 0, 5, 1), (1, 0, 8, 0), (0, 15, 20, 0), (1, 16, 18, 0)];
        let run = run_of(Some(2), &pods, 100);
        let (mut whole, mut bits) = (Model::default(), Model::default());
        whole.update(run.storage());
        for until in 0..=20 {
            bits.update(run_of(Some(2), &pods, until).storage());
        }
        assert_eq!((whole.bars, whole.tracks), (bits.bars, bits.tracks));
    }

    #[test]
    fn a_cron_job_is_due_when_its_schedule_says() {
        let scenario = |policy: &str| {
            let job = "spec: {template: {spec: {restartPolicy: Never, containers: [{name: c, image: busybox}]}}}";
            let manifest = format!(
                "apiVersion: batch/v1\nkind: CronJob\nmetadata: {{name: tick}}\nspec:\n  schedule: '* * * * *'\n  \
                 concurrencyPolicy: {policy}\n  jobTemplate: {{{job}}}\n"
            );
            let told = serde_json::json!({"pods": [{"run": {"seconds": 100}}]});
            let mut scenario = crate::recording::Scenario::from_value(&told).expect("a scenario");
            scenario.files.insert("manifest.yaml".into(), manifest);
            scenario
        };
        let check = |policy: &str, expected: &[(MarkKind, u64, &str)]| {
            let mut run = crate::recording::Run::new(scenario(policy));
            while !run.advance(run.start() + Duration::from_secs(200), 100) {}
            let mut model = Model { due_times: Some(due_times), ..Model::default() };
            model.update(run.storage());
            let to = run.start() + Duration::from_secs(250);
            let marks = model.schedules(run.start(), to, run.now());
            let told: Vec<_> = marks
                .iter()
                .map(|mark| (mark.kind, mark.at.since(run.start()).as_secs(), mark.text.as_str()))
                .collect();
            assert_eq!(told, expected, "{policy}");
        };
        use MarkKind::{Due, Missed};
        check("Allow", &[(Due, 60, "tick"), (Due, 120, "tick"), (Due, 180, "tick"), (Due, 240, "tick")]);
        let forbidden = [
            (Due, 60, "tick"),
            (Due, 120, "tick"),
            (Missed, 180, "tick not started: one still runs (Forbid)"),
            (Due, 240, "tick"),
        ];
        check("Forbid", &forbidden);
    }

    #[test]
    fn every_clock_is_drawn_on_what_it_belongs_to() {
        let check = |job: &str, pod: &str, at: u64, expected: &[(u64, &str)]| {
            let manifest = format!(
                "apiVersion: batch/v1\nkind: Job\nmetadata: {{name: demo}}\nspec:\n  {job}\n  template: {{spec: {{\
                 restartPolicy: Never, {pod} containers: [{{name: c, image: busybox}}]}}}}\n"
            );
            let told = serde_json::json!({"pods": [{"run": {"seconds": 100}}]});
            let mut scenario = crate::recording::Scenario::from_value(&told).expect("a scenario");
            scenario.files.insert("manifest.yaml".into(), manifest);
            let mut run = crate::recording::Run::new(scenario);
            while !run.advance(run.start() + Duration::from_secs(at), 100) {}
            let mut model = Model::default();
            model.update(run.storage());
            let limits = model.limits();
            let told: Vec<_> =
                limits.iter().map(|mark| (mark.at.since(run.start()).as_secs(), mark.text.as_str())).collect();
            assert_eq!(told, expected, "{job} {pod} at {at} s");
            // What is drawn of a pod comes true.
            for &(second, _) in expected.iter().filter(|(_, text)| text.starts_with("the pod's")) {
                while !run.advance(run.start() + Duration::from_secs(second + 2), 100) {}
                model.update(run.storage());
                let ends = model.bars.iter().filter_map(|bar| {
                    bar.phases
                        .iter()
                        .find(|(_, phase)| !matches!(phase, Phase::Pending | Phase::Starting | Phase::Running))
                });
                let mut seconds = ends.map(|(at, _)| at.since(run.start()).as_secs());
                assert!(seconds.any(|end| (second..=second + 1).contains(&end)), "no pod ends at {second} s");
            }
        };
        let of_job = (60, "activeDeadlineSeconds: 60");
        check("activeDeadlineSeconds: 60", "", 5, &[of_job]);
        check(
            "activeDeadlineSeconds: 60",
            "activeDeadlineSeconds: 20,",
            5,
            &[of_job, (20, "the pod's activeDeadlineSeconds: 20")],
        );
        // The pod has failed by then, and another has begun.
        check("backoffLimit: 3", "activeDeadlineSeconds: 20,", 40, &[(51, "the pod's activeDeadlineSeconds: 20")]);
    }

    #[test]
    fn the_jobs_of_a_cron_job_share_a_track() {
        const MANIFEST: &str = "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: tick}\nspec:\n  \
             schedule: '* * * * *'\n  jobTemplate: {spec: {backoffLimit: 1, template: {spec: {restartPolicy: Never, \
             containers: [{name: c, image: busybox}]}}}}\n";
        let check = |seconds: u32, code: u32, lanes: u32, waits: usize| {
            let told = serde_json::json!({"pods": [{"run": {"seconds": seconds, "exitCode": code}}]});
            let mut scenario = crate::recording::Scenario::from_value(&told).expect("a scenario");
            scenario.files.insert("manifest.yaml".into(), MANIFEST.into());
            let mut run = crate::recording::Run::new(scenario);
            while !run.advance(run.start() + Duration::from_secs(290), 100) {}
            let mut model = Model::default();
            model.update(run.storage());
            let titles: Vec<&str> = model.tracks.iter().map(|track| &*track.title).collect();
            assert_eq!(titles, ["CronJob tick"], "{seconds} s");
            assert_eq!(model.rows(), u64::from(lanes), "{seconds} s");
            // Only between the two pods of one Job is a wait; what comes a minute later is another Job's.
            let found: usize = (0..lanes).map(|lane| model.waits(0, lane).len()).sum();
            assert_eq!(found, waits, "{seconds} s");
            let told = model.conditions.iter().filter(|mark| mark.text.contains("Failed")).count();
            assert_eq!(model.conditions.len(), told, "that they complete is said by the row");
            assert_eq!(told > 0, code != 0);
            let bars: usize = model.tracks[0].lanes.iter().map(|lane| lane.bars.len()).sum();
            assert_eq!(bars, model.bars.len());
        };
        check(5, 0, 1, 0);
        check(100, 0, 2, 0);
        check(5, 1, 1, 4);
    }

    #[test]
    fn what_was_deleted_before_it_ended_ends_then() {
        let mut run = run_of(Some(1), &[(0, 0, 50, 0)], 10);
        let key = ObjectKey::new(Kind::Pod, "default", "demo-0");
        run.set_now(second(12));
        run.handle(Request::Delete { key: key.clone(), options: DeleteOptions::default() }).expect("a deletion");
        let mut model = Model::default();
        model.update(run.storage());
        assert_eq!(model.bars[0].last_phase(), Phase::Terminating);
        assert_eq!(model.bars[0].ended, None);
    }
}
