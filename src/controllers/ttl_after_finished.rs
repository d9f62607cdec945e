//! The TTL controller: takes finished Jobs away after `ttlSecondsAfterFinished` (spec 04 §4).
//!
//! `kubectl get jobs` loses the Job, and with it go its pods and their logs, whether it succeeded or failed. Nothing
//! reports it. The field may still be added or changed after the Job has finished, up to the moment it is due.
//! In Kubernetes: `pkg/controller/ttlafterfinished`.

use super::WorkQueue;
use crate::api::{Job, Object, ObjectKey, Reason};
use crate::apiserver::{ApiServer, Change, ChangeType, Component, DeleteOptions, Propagation, Request};
use crate::sim::{Map, Timestamp};
use std::rc::Rc;
use std::time::Duration;

/// Takes finished Jobs away when their time is over.
#[derive(Clone, Debug)]
pub struct TtlAfterFinished {
    queue: WorkQueue<ObjectKey>,
    /// The Jobs that expire some time.
    finished: Map<ObjectKey, Rc<Job>>,
}

impl TtlAfterFinished {
    /// A controller that has observed nothing yet.
    pub fn new() -> Self {
        Self { queue: WorkQueue::eager(), finished: Map::new() }
    }

    fn look_at(&mut self, api: &mut ApiServer, key: ObjectKey) {
        let now = api.now();
        let Some((job, at)) = self.finished.get(&key).and_then(|job| Some((job, expires_at(job)?))) else { return };
        if at > now {
            return self.queue.add_after(now, key, at.since(now));
        }
        // With its UID: a new Job of the same name must survive.
        let options = DeleteOptions {
            propagation: Propagation::Foreground,
            uid: Some(job.metadata.uid),
            ..DeleteOptions::default()
        };
        match api.handle(Request::Delete { key: key.clone(), options }) {
            Err(error) if !matches!(error.reason, Reason::NotFound | Reason::Conflict) => {
                self.queue.add_rate_limited(now, key);
            }
            _ => self.queue.forget(&key),
        }
    }
}

impl Default for TtlAfterFinished {
    fn default() -> Self {
        Self::new()
    }
}

impl Component for TtlAfterFinished {
    fn observe(&mut self, now: Timestamp, change: &Change) {
        let Object::Job(job) = &change.object else { return };
        let key = change.object.key();
        if change.change == ChangeType::Deleted || job.metadata.is_deleting() || expires_at(job).is_none() {
            self.finished.remove(&key);
        } else {
            self.finished.insert(key.clone(), job.clone());
            self.queue.add(now, key);
        }
    }

    fn wake_at(&self) -> Option<Timestamp> {
        self.queue.next_due()
    }

    fn wake(&mut self, api: &mut ApiServer) {
        while let Some(key) = self.queue.pop_due(api.now()) {
            self.look_at(api, key);
        }
    }
}

/// When a Job's time is over: only a finished one with a TTL has such a moment.
fn expires_at(job: &Job) -> Option<Timestamp> {
    let finished = job.status.condition("Complete").or(job.status.condition("Failed"))?;
    let ttl = u64::try_from(job.spec.ttl_seconds_after_finished?).unwrap_or(0);
    Some(finished.last_transition_time?.timestamp() + Duration::from_secs(ttl))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{Condition, ConditionStatus, JobSpec, JobStatus, Time};

    fn check(situation: &str, finished: Option<(&'static str, i64)>, ttl: Option<i32>, expires: Option<u64>) {
        let condition = finished.map(|(kind, at)| Condition {
            kind: kind.into(),
            status: ConditionStatus::True,
            last_transition_time: Some(Time::from_secs(at)),
            ..Condition::default()
        });
        let status = JobStatus { conditions: condition.into_iter().collect(), ..JobStatus::default() };
        let spec = JobSpec { ttl_seconds_after_finished: ttl, ..JobSpec::default() };
        let job = Job { spec: Rc::new(spec), status: Rc::new(status), ..Job::default() };
        assert_eq!(expires_at(&job), expires.map(Timestamp::from_secs), "{situation}");
    }

    #[test]
    #[rustfmt::skip]
    fn a_finished_job_outlives_its_ttl_and_no_longer() {
        //    situation                    finished                     ttl       expires
        check("still running",             None,                        Some(10), None);
        check("about to fail",             Some(("FailureTarget", 60)), Some(10), None);
        check("finished, but no TTL set",  Some(("Complete", 60)),      None,     None);
        check("succeeded",                 Some(("Complete", 60)),      Some(10), Some(70));
        check("failed",                    Some(("Failed", 60)),        Some(10), Some(70));
        check("a TTL of 0",                Some(("Complete", 60)),      Some(0),  Some(60));
    }
}
