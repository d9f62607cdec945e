//! The CronJob controller: creates a Job whenever the schedule says so (spec 04 §2, §3).
//!
//! `kubectl get jobs` shows a new Job `‹cron job›-‹minutes since 1970›` at each time that is due, unless the one before
//! still runs and `concurrencyPolicy` minds. Finished Jobs beyond the history limits go. In Kubernetes:
//! `pkg/controller/cronjob/cronjob_controllerv2.go`.

mod due;

use super::WorkQueue;
use crate::api::{
    CronJob, CronJobStatus, Job, Kind, Object, ObjectKey, ObjectMeta, ObjectReference, OwnerReference, Reason, Text,
    Time, TimeZone, Uid, time_zone,
};
use crate::apiserver::{ApiServer, Change, ChangeType, Component, DeleteOptions, EventRecorder, Request};
use crate::sim::{Map, Order, Timestamp};
use due::Clock;
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

/// The annotation that tells a Job for which time it was created, in the CronJob's zone.
const SCHEDULED_TIMESTAMP: &str = "batch.kubernetes.io/cronjob-scheduled-timestamp";

/// The CronJob controller.
#[derive(Clone, Debug)]
pub struct CronJobController {
    queue: WorkQueue<ObjectKey>,
    recorder: EventRecorder,
    cron_jobs: Map<ObjectKey, Rc<CronJob>>,
    /// The Jobs of each CronJob: those whose owner has its name. One that was there before under that name may have left
    /// some behind.
    jobs: Map<ObjectKey, Map<ObjectKey, Rc<Job>>>,
    /// Changes of Jobs that were told and not yet looked at. Each is looked at by itself: the controller is faster than
    /// the writes of those who run the Jobs.
    told: VecDeque<News>,
}

/// What has become of a Job.
#[derive(Clone, Debug)]
struct News {
    change: ChangeType,
    job: Rc<Job>,
    /// Whom it belongs to no more.
    freed: Option<OwnerReference>,
}

impl Default for CronJobController {
    fn default() -> Self {
        Self::new()
    }
}

impl CronJobController {
    /// A controller that has observed nothing yet.
    pub fn new() -> Self {
        Self {
            queue: WorkQueue::eager(),
            recorder: EventRecorder::new("cronjob-controller", ""),
            cron_jobs: Map::new(),
            jobs: Map::new(),
            told: VecDeque::new(),
        }
    }

    fn observe_cron_job(&mut self, now: Timestamp, change: &Change, cron_job: &Rc<CronJob>) {
        let key = change.object.key();
        if change.change == ChangeType::Deleted {
            self.cron_jobs.remove(&key);
            return;
        }
        self.cron_jobs.insert(key.clone(), cron_job.clone());
        let previous = change.previous.as_ref().and_then(Object::as_cron_job);
        let rescheduled = previous.is_some_and(|previous| {
            (&previous.spec.schedule, &previous.spec.time_zone) != (&cron_job.spec.schedule, &cron_job.spec.time_zone)
        });
        match Clock::of(cron_job) {
            _ if !rescheduled => self.queue.add(now, key),
            // A schedule without dates is looked at at once, and complained about.
            Ok(clock) => self.queue.add_after(now, key, clock.next_look(cron_job, now).unwrap_or_default()),
            Err(_) => {}
        }
    }

    /// Takes note of a Job, and looks at its CronJob.
    fn take_note(&mut self, now: Timestamp, News { change, job, freed }: News) {
        if let Some(freed) = freed {
            self.forget(now, &freed, &job);
        }
        let Some(owner) = job.metadata.controller().filter(|owner| is_cron_job(owner)).cloned() else { return };
        let key = job_key(&job);
        let cron_job = ObjectKey::new(Kind::CronJob, job.metadata.namespace.clone(), owner.name);
        let children = self.jobs.entry(cron_job.clone()).or_default();
        if change == ChangeType::Deleted {
            children.remove(&key);
        } else {
            children.insert(key, job);
        }
        if children.is_empty() {
            self.jobs.remove(&cron_job);
        }
        self.look_at(now, cron_job, owner.uid);
    }

    /// Looks at a CronJob, unless another has its name by now.
    fn look_at(&mut self, now: Timestamp, key: ObjectKey, uid: Uid) {
        if self.cron_jobs.get(&key).is_some_and(|known| known.metadata.uid == uid) {
            self.queue.add(now, key);
        }
    }

    /// A Job does not belong to a CronJob any more.
    fn forget(&mut self, now: Timestamp, owner: &OwnerReference, job: &Job) {
        let cron_job = ObjectKey::new(Kind::CronJob, job.metadata.namespace.clone(), owner.name.clone());
        if let Some(children) = self.jobs.get_mut(&cron_job) {
            children.remove(&job_key(job));
        }
        self.look_at(now, cron_job, owner.uid);
    }

    fn work(&mut self, api: &mut ApiServer) {
        while let Some(key) = self.queue.pop_due(api.now()) {
            self.sync(api, &key);
        }
    }

    /// Looks at a CronJob once.
    fn sync(&mut self, api: &mut ApiServer, key: &ObjectKey) {
        let now = api.now();
        let Some(cron_job) = self.cron_jobs.get(key).cloned() else { return };
        let jobs = self.jobs.get(key).map(|jobs| jobs.values().cloned().collect());
        let status = (*cron_job.status).clone();
        let recorder = &mut self.recorder;
        let mut pass = Pass { api, recorder, cron_job, jobs: jobs.unwrap_or_default(), status };
        pass.clean_up();
        let result = pass.run();
        let Pass { cron_job, status, .. } = pass;
        if *cron_job.status != status {
            let written = CronJob { status: Rc::new(status), ..(*cron_job).clone() };
            match api.handle(Request::UpdateStatus(written.into())) {
                Ok(Object::CronJob(written)) => {
                    self.cron_jobs.insert(key.clone(), written);
                }
                Ok(_) => {}
                Err(_) => {
                    self.queue.add_rate_limited(now, key.clone());
                    return;
                }
            }
        }
        match result {
            Ok(wait) => {
                self.queue.forget(key);
                if let Some(wait) = wait {
                    self.queue.add_after(now, key.clone(), wait);
                }
            }
            Err(Retry) => {
                self.queue.add_rate_limited(now, key.clone());
            }
        }
    }
}

impl Component for CronJobController {
    fn observe(&mut self, now: Timestamp, change: &Change) {
        match &change.object {
            Object::CronJob(cron_job) => self.observe_cron_job(now, change, cron_job),
            Object::Job(job) => {
                let before =
                    change.previous.as_ref().and_then(Object::as_job).and_then(|job| job.metadata.controller());
                let freed = before.filter(|owner| is_cron_job(owner) && job.metadata.controller() != Some(owner));
                self.told.push_back(News { change: change.change, job: job.clone(), freed: freed.cloned() });
            }
            _ => {}
        }
    }

    fn wake_at(&self) -> Option<Timestamp> {
        if self.told.is_empty() { self.queue.next_due() } else { Some(Timestamp::default()) }
    }

    fn wake(&mut self, api: &mut ApiServer) {
        while let Some(news) = self.told.pop_front() {
            self.take_note(api.now(), news);
            self.work(api);
        }
        self.work(api);
    }
}

/// One look at a CronJob.
struct Pass<'a> {
    api: &'a mut ApiServer,
    recorder: &'a mut EventRecorder,
    cron_job: Rc<CronJob>,
    jobs: Vec<Rc<Job>>,
    /// What becomes of its status.
    status: CronJobStatus,
}

/// Something went wrong: the pass is to be repeated.
struct Retry;

impl Pass<'_> {
    fn tell(&mut self, kind: &'static str, reason: &'static str, message: impl Into<Text>) {
        let about = Object::CronJob(self.cron_job.clone()).reference();
        self.recorder.event(self.api, about, kind, reason, message);
    }

    /// Deletes the oldest finished Jobs beyond the history limits.
    fn clean_up(&mut self) {
        let spec = self.cron_job.spec.clone();
        let limits = [("Complete", spec.successful_jobs_history_limit), ("Failed", spec.failed_jobs_history_limit)];
        for (kind, limit) in limits {
            let Some(limit) = limit else { continue };
            let mut ended: Vec<Rc<Job>> =
                self.jobs.iter().filter(|job| finished_as(job) == Some(kind)).cloned().collect();
            // Those that never started count as the newest.
            ended.order_by_key(|job| {
                let start = job.status.start_time;
                (start.is_none(), start, job.metadata.name.clone())
            });
            let surplus = ended.len().saturating_sub(usize::try_from(limit).unwrap_or(0));
            for job in &ended[..surplus] {
                self.delete_job(&job_key(job), job.metadata.uid);
            }
        }
    }

    /// Deletes a Job and its pods after it; false if that is refused.
    fn delete_job(&mut self, key: &ObjectKey, uid: Uid) -> bool {
        match self.api.handle(Request::Delete { key: key.clone(), options: DeleteOptions::default() }) {
            Err(error) => {
                self.tell("Warning", "FailedDelete", format!("Deleted job: {error}"));
                false
            }
            Ok(_) => {
                self.status.active.retain(|active| active.uid != uid);
                self.tell("Normal", "SuccessfulDelete", format!("Deleted job {}", key.name));
                true
            }
        }
    }

    /// Does what is due; says how long until the next look, where the schedule asks for one.
    fn run(&mut self) -> Result<Option<Duration>, Retry> {
        self.review_jobs();
        let (now, cron_job) = (self.api.now(), self.cron_job.clone());
        let spec = &cron_job.spec;
        if cron_job.metadata.is_deleting() {
            return Ok(None);
        }
        if let Some(zone) = spec.time_zone.as_deref().filter(|zone| time_zone(zone).is_none()) {
            self.tell("Warning", "UnknownTimeZone", format!("invalid timeZone: {zone:?}: unknown time zone {zone}"));
            return Ok(None);
        }
        if spec.suspend == Some(true) {
            return Ok(None);
        }
        if spec.schedule.contains("TZ") {
            let message = format!(
                "CRON_TZ or TZ used in schedule {:?} is not officially supported, see \
                 https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details",
                spec.schedule
            );
            self.tell("Warning", "UnsupportedSchedule", message);
        }
        let clock = match Clock::of(&cron_job) {
            Ok(clock) => clock,
            Err(why) => {
                let message = format!("unparseable schedule: {:?} : {why}", spec.schedule);
                self.tell("Warning", "UnparseableSchedule", message);
                return Ok(None);
            }
        };
        let deadline =
            spec.starting_deadline_seconds.map(|seconds| Duration::from_secs(u64::try_from(seconds).unwrap_or(0)));
        let due = match clock.due(&cron_job, now, deadline) {
            Ok(due) => due,
            Err(why) => {
                let message = format!("invalid schedule: {} : {why}", spec.schedule);
                self.tell("Warning", "InvalidSchedule", message);
                return Ok(None);
            }
        };
        if due.is_too_many() {
            let message =
                "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew";
            self.tell("Warning", "TooManyMissedTimes", message);
        }
        if let Some(at) = due.at
            && !self.start(at, deadline)?
        {
            return Ok(None);
        }
        let current = CronJob { status: Rc::new(self.status.clone()), ..(*cron_job).clone() };
        Ok(clock.next_look(&current, now))
    }

    /// Compares the list of active Jobs with the Jobs there are.
    fn review_jobs(&mut self) {
        for job in self.jobs.clone() {
            let (uid, name) = (job.metadata.uid, &job.metadata.name);
            let listed = self.status.active.iter().any(|active| active.uid == uid);
            match finished_as(&job) {
                None if !listed => {
                    let message = format!("Saw a job that the controller did not create or forgot: {name}");
                    self.tell("Warning", "UnexpectedJob", message);
                }
                Some(condition) if listed => {
                    self.status.active.retain(|active| active.uid != uid);
                    let message = format!("Saw completed job: {name}, condition: {condition}");
                    self.tell("Normal", "SawCompletedJob", message);
                }
                _ => {}
            }
            if finished_as(&job) == Some("Complete") {
                self.status.last_successful_time = self.status.last_successful_time.max(job.status.completion_time);
            }
        }
        for active in self.status.active.clone() {
            let key = ObjectKey::new(Kind::Job, active.namespace.clone(), active.name.clone());
            let known = self.jobs.iter().any(|job| job.metadata.uid == active.uid);
            if !known && self.api.live().get(&key).is_none() {
                self.tell("Normal", "MissingJob", format!("Active job went missing: {}", active.name));
                self.status.active.retain(|listed| listed.uid != active.uid);
            }
        }
    }

    /// Starts the run that is due at this time, if it may start. False if somebody else's Job has its name: nothing
    /// happens any more then, until something changes.
    fn start(&mut self, at: Timestamp, deadline: Option<Duration>) -> Result<bool, Retry> {
        let (now, cron_job) = (self.api.now(), self.cron_job.clone());
        let time = Time::from(at);
        if deadline.is_some_and(|deadline| at + deadline < now) {
            let message = format!("Missed scheduled time to start a job: {}", time.rfc1123z());
            self.tell("Warning", "MissSchedule", message);
            return Ok(true);
        }
        let job = child(&cron_job, time);
        let listed = self.status.active.iter().any(|active| active.name == job.metadata.name);
        if listed || self.status.last_schedule_time == Some(time) {
            return Ok(true);
        }
        match cron_job.spec.concurrency_policy.as_str() {
            "Forbid" if !self.status.active.is_empty() => {
                let message = "Not starting job because prior execution is running and concurrency policy is Forbid";
                self.tell("Normal", "JobAlreadyActive", message);
                return Ok(true);
            }
            "Replace" => {
                for active in self.status.active.clone() {
                    let key = ObjectKey::new(Kind::Job, active.namespace, active.name);
                    if !self.delete_job(&key, active.uid) {
                        return Err(Retry);
                    }
                }
            }
            _ => {}
        }
        let key = job_key(&job);
        let reference = match self.api.handle(Request::Create(job.into())) {
            Ok(job) => {
                self.tell("Normal", "SuccessfulCreate", format!("Created job {}", key.name));
                job.reference()
            }
            Err(error) if error.reason == Reason::AlreadyExists => {
                let Some(job) = self.api.live().get(&key) else { return Err(Retry) };
                let ours = job.metadata().controller().is_some_and(|owner| owner.uid == cron_job.metadata.uid);
                if !ours {
                    return Ok(false);
                }
                job.reference()
            }
            Err(error) => {
                if !error.message.contains("because it is being terminated") {
                    self.tell("Warning", "FailedCreate", format!("Error creating job: {error}"));
                }
                return Err(Retry);
            }
        };
        self.status.active.push(ObjectReference { field_path: Text::EMPTY, ..reference });
        self.status.last_schedule_time = Some(time);
        Ok(true)
    }
}

/// The Job for one time: named after the minute, so that it cannot be created twice.
fn child(cron_job: &CronJob, time: Time) -> Job {
    let template = &cron_job.spec.job_template;
    let mut annotations = (*template.metadata.annotations).clone();
    let zone = cron_job.spec.time_zone.as_deref().and_then(time_zone).unwrap_or(TimeZone::UTC);
    annotations.insert(SCHEDULED_TIMESTAMP.into(), Text::from(time.in_zone(&zone)));
    let resource = Kind::CronJob.resource();
    let owner = OwnerReference {
        api_version: resource.api_version.into(),
        block_owner_deletion: Some(true),
        controller: Some(true),
        kind: resource.name.into(),
        name: cron_job.metadata.name.clone(),
        uid: cron_job.metadata.uid,
    };
    let metadata = ObjectMeta {
        name: Text::from(format!("{}-{}", cron_job.metadata.name, time.as_secs() / 60)),
        namespace: cron_job.metadata.namespace.clone(),
        labels: template.metadata.labels.clone(),
        annotations: Rc::new(annotations),
        owner_references: Rc::new(vec![owner]),
        ..ObjectMeta::default()
    };
    Job { metadata: Rc::new(metadata), spec: Rc::new(template.spec.clone()), ..Job::default() }
}

/// `Complete` or `Failed`, once it is either.
fn finished_as(job: &Job) -> Option<&'static str> {
    ["Complete", "Failed"].into_iter().find(|kind| job.status.condition(kind).is_some())
}

fn is_cron_job(owner: &OwnerReference) -> bool {
    let resource = Kind::CronJob.resource();
    owner.kind == resource.name && owner.api_version == resource.api_version
}

fn job_key(job: &Job) -> ObjectKey {
    ObjectKey::new(Kind::Job, job.metadata.namespace.clone(), job.metadata.name.clone())
}
