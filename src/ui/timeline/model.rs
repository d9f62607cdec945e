//! What the timeline says, as plain data: tracks, lanes, bars, waits, marks.
//!
//! [`Model::update`] reads only the writes it has not seen, so following a run costs what changed and not what there is.

use super::fold::{Folding, Shape};
use super::marks::{Cron, Mark, MarkKind};
use super::phase::Phase;
use super::track::{Bar, Lane, Track, Wait, count};
use crate::api::{ContainerState, CronJob, DueTimes, Event, Job, Kind, Object, ObjectKey, Pod, Text, Uid};
use crate::apiserver::{Change, ChangeType, Storage};
use crate::controllers::job::{Action, Decision, Step, first_match};
use crate::sim::{Map, Set, Timestamp};
use std::rc::Rc;
use std::time::Duration;

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

/// Of no more pods than this a Job's own deadlines are drawn: more would be a wall.
const MOST_CLOCKS: usize = 3;

/// Conditions that are set within this time are told as one turn.
const ONE_TURN: Duration = Duration::from_millis(200);

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
    pub(super) crons: Map<Uid, Cron>,
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
            self.tracks.push(Track { is_cron: cron.is_some(), ..Track::new(title, at) });
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
            self.tracks.push(Track::new(title, at));
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

    /// What a lane is called that no Job numbers: the pod that is there at an instant.
    pub fn pod_at(&self, track: u32, lane: u32, at: Timestamp) -> Option<&Text> {
        let owner = &self.tracks[track as usize];
        let there = || self.lane(track, lane).take_while(|(_, bar)| bar.created() <= at).last();
        (owner.job.is_none() && !owner.is_cron).then(there)?.map(|(_, bar)| &bar.pod)
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
        let crons =
            self.due_times.into_iter().flat_map(|due_times| self.crons.values().map(move |cron| (cron, due_times)));
        crons.flat_map(|(cron, due_times)| cron.marks(due_times, from, to, edge)).collect()
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
        ContainerStatus, JobSpec, ObjectMeta, OwnerReference, PodPhase, PodStatus, Running, Terminated, due_times, job,
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
        let mut model = Model::default();
        model.update(run_of(None, &[(0, 0, 5, 1), (0, 0, 9, 0), (0, 6, 8, 1), (0, 7, 12, 0)], 100).storage());
        let lanes: Vec<u32> = model.bars.iter().map(|bar| bar.lane).collect();
        assert_eq!(lanes, [0, 1, 0, 2]);
        assert_eq!(model.pod_at(0, 0, second(6)), None, "a Job's pods go by numbers");
        model.tracks[0].job = None;
        let name = |at| model.pod_at(0, 0, second(at)).map(Text::as_str);
        assert_eq!([name(0), name(5), name(6)], [Some("demo-0"), Some("demo-0"), Some("demo-2")]);
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
