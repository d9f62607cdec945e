//! Which run of a CronJob is due, and when to look again (spec 04 §3.7).
//!
//! Of all the times that were missed only the most recent is made up for, and only within `startingDeadlineSeconds`.
//! In Kubernetes: `pkg/controller/cronjob/utils.go`.

use crate::api::{CronJob, Schedule, TimeZone, time_zone};
use crate::sim::Timestamp;
use std::time::Duration;

/// A look comes this long after the time that is due, lest it come before.
const DELTA: Duration = Duration::from_millis(100);
/// More missed times than this are worth a warning.
const MANY: u64 = 100;

/// When a CronJob is due: its schedule, in its zone.
#[derive(Clone, Debug)]
pub struct Clock {
    schedule: Schedule,
    zone: Option<TimeZone>,
}

/// What was found between the last run and now.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Due {
    /// The most recent time that is due.
    pub at: Option<Timestamp>,
    /// From where on was looked.
    since: Timestamp,
    /// How many times have passed, roughly.
    missed: u64,
}

impl Due {
    /// Whether so many times were missed before this one that something must be wrong.
    pub fn is_too_many(self) -> bool {
        self.at.is_some() && self.missed > MANY
    }
}

impl Clock {
    /// The clock of a CronJob whose schedule can be read; else what the parser says.
    pub fn of(cron_job: &CronJob) -> Result<Self, String> {
        let schedule = cron_job.spec.schedule.parse()?;
        Ok(Self { schedule, zone: cron_job.spec.time_zone.as_deref().and_then(time_zone) })
    }

    /// What is due now. `deadline` says how late a run may start; earlier ones are not looked for. The error is told
    /// of a schedule without dates.
    pub fn due(&self, cron_job: &CronJob, now: Timestamp, deadline: Option<Duration>) -> Result<Due, &'static str> {
        let created = cron_job.metadata.creation_timestamp;
        let last = cron_job.status.last_schedule_time.or(created).map_or(now, |time| time.timestamp());
        let since = deadline.map_or(last, |deadline| last.max(now - deadline));
        let none = Due { at: None, since, missed: 0 };
        let never = "time difference between two schedules is less than 1 second";
        let first = self.next(since).ok_or(never)?;
        if now < first {
            return Ok(none);
        }
        let second = self.next(first).ok_or(never)?;
        if now < second {
            return Ok(Due { at: Some(first), ..none });
        }
        let interval = second.since(first).as_secs().max(1);
        let missed = now.since(first).as_secs() / interval + 1;
        // One interval less than the estimate, as intervals need not be equal; from there every time is tried.
        let mut at = None;
        let mut next = self.next(first + Duration::from_secs(missed.saturating_sub(2).saturating_mul(interval)));
        while let Some(time) = next.filter(|&time| time <= now) {
            at = Some(time);
            next = self.next(time);
        }
        Ok(Due { at, since, missed })
    }

    /// How long until the next look.
    pub fn next_look(&self, cron_job: &CronJob, now: Timestamp) -> Option<Duration> {
        let from = match self.due(cron_job, now, None) {
            Ok(Due { at: Some(at), .. }) => at,
            Ok(Due { since, missed: 0, .. }) => since,
            _ => now,
        };
        Some((self.next(from)? + DELTA).since(now))
    }

    fn next(&self, after: Timestamp) -> Option<Timestamp> {
        self.schedule.next(after, self.zone.as_ref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{CronJobSpec, CronJobStatus, ObjectMeta, Time};
    use std::rc::Rc;

    const CREATED: i64 = 1_767_225_650; // 2026-01-01T00:00:50Z

    #[track_caller]
    fn check(
        situation: &str,
        schedule: &'static str,
        last: Option<i64>,
        now: u64,
        deadline: Option<u64>,
        due: (Option<i64>, u64),
    ) {
        let metadata = ObjectMeta { creation_timestamp: Some(Time::from_secs(CREATED)), ..ObjectMeta::default() };
        let last_schedule_time = last.map(|second| Time::from_secs(CREATED + second));
        let cron_job = CronJob {
            metadata: Rc::new(metadata),
            spec: Rc::new(CronJobSpec { schedule: schedule.into(), ..CronJobSpec::default() }),
            status: Rc::new(CronJobStatus { last_schedule_time, ..CronJobStatus::default() }),
            ..CronJob::default()
        };
        let clock = Clock::of(&cron_job).expect("a schedule");
        let now = Timestamp::from_millis(CREATED as u64 * 1000 + now);
        let found = clock.due(&cron_job, now, deadline.map(Duration::from_secs)).expect("a schedule with dates");
        let at = found.at.map(|at| at.as_secs() as i64 - CREATED);
        let look = clock.next_look(&cron_job, now).expect("a next time").as_millis() as u64;
        assert_eq!((at, look), due, "{situation}");
    }

    #[test]
    #[rustfmt::skip]
    fn the_most_recent_time_is_due() {
        //    situation                    schedule       last       now      deadline  due        next look, in ms
        check("before the first time",     "* * * * *",   None,      5_000,   None,     (None,     5_100));
        check("just after it",             "* * * * *",   None,      10_100,  None,     (Some(10), 60_000));
        check("when it has run",           "* * * * *",   Some(10),  10_200,  None,     (None,     59_900));
        check("three minutes later",       "* * * * *",   Some(10),  200_000, None,     (Some(190), 50_100));
        check("too late for it",           "* * * * *",   Some(10),  75_000,  Some(3),  (None,     55_100));
        check("many minutes later",        "* * * * *",   Some(10),  6_100_000, None,   (Some(6070), 30_100));
        // Counted by the minute, the last of them would be 12:29, and nobody looks further back.
        check("after hours",               "* 0 * * *",   None,      45_000_000, None,  (None,     41_350_100));
        check("an interval of its own",    "@every 90s",  None,      95_000,  None,     (Some(90), 85_100));
    }
}
