//! Back-off: why a failing Job waits longer before each new pod (spec 02 §7).
//!
//! With `restartPolicy: Never`, `kubectl get pods` shows one `Error`, nothing for 10 s, another `Error`, nothing for
//! 20 s, 40 s and so on. Each failed pod since the last success doubles the wait, from 10 s up to 10 min; two that fail
//! together double it twice. A success ends it, and so does a restart of the controller, which keeps the count in memory
//! only. In Kubernetes: `pkg/controller/job/backoff_utils.go`.

use super::pods::finished_at;
use crate::api::{Pod, Time};
use crate::sim::{Order, Timestamp};
use std::rc::Rc;
use std::time::Duration;

/// The wait after the first failure.
const FIRST: Duration = Duration::from_secs(10);
/// The longest wait.
const LONGEST: Duration = Duration::from_secs(600);

/// What is remembered of a Job's failures.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Backoff {
    /// Failed pods since the last success; those that a rule ignores are among them.
    pub failures: u32,
    /// When the last of them ended.
    pub last_failure: Option<Time>,
}

impl Backoff {
    /// The memory after these pods have been seen to end.
    pub fn after(self, succeeded: &[Rc<Pod>], failed: &[Rc<Pod>]) -> Self {
        let mut failures: Vec<Time> = failed.iter().filter_map(|pod| finished_at(pod)).collect();
        failures.order_by(Ord::cmp);
        let Some(success) = succeeded.iter().filter_map(|pod| finished_at(pod)).max() else {
            let last_failure = failures.last().copied().or(self.last_failure);
            return Self { failures: self.failures.saturating_add(failures.len() as u32), last_failure };
        };
        failures.retain(|&failure| failure > success);
        Self { failures: failures.len() as u32, last_failure: failures.last().copied() }
    }

    /// How long a new pod has to wait after the last failure.
    pub fn delay(self) -> Duration {
        match self.failures {
            0 => Duration::ZERO,
            failures => FIRST.saturating_mul(1 << (failures - 1).min(6)).min(LONGEST),
        }
    }

    /// How long a new pod still has to wait.
    pub fn remaining(self, now: Timestamp) -> Duration {
        let Some(failure) = self.last_failure else { return Duration::ZERO };
        (failure.timestamp() + self.delay()).since(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::controllers::job::tests::ended_at;

    fn check(situation: &str, before: (u32, i64), succeeded: &[i64], failed: &[i64], after: (u32, Option<i64>)) {
        let before = Backoff { failures: before.0, last_failure: (before.0 > 0).then(|| Time::from_secs(before.1)) };
        let pods = |ends: &[i64]| ends.iter().map(|&end| ended_at(end)).collect::<Vec<_>>();
        let Backoff { failures, last_failure } = before.after(&pods(succeeded), &pods(failed));
        assert_eq!((failures, last_failure.map(Time::as_secs)), after, "{situation}");
    }

    #[test]
    #[rustfmt::skip]
    fn failures_count_since_the_last_success() {
        //    situation                             before    succeeded  failed    after
        check("nothing has ended",                  (2, 50),  &[],       &[],      (2, Some(50)));
        check("a first failure",                    (0, 0),   &[],       &[70],    (1, Some(70)));
        check("two pods fail together",             (1, 50),  &[],       &[71, 70], (3, Some(71)));
        check("a success forgets",                  (3, 50),  &[70],     &[],      (0, None));
        check("a failure before the success, too",  (3, 50),  &[70],     &[70],    (0, None));
        check("not one after it",                   (3, 50),  &[60, 70], &[69, 72], (1, Some(72)));
    }

    #[test]
    fn the_wait_doubles_up_to_ten_minutes() {
        let wait = |failures| Backoff { failures, last_failure: Some(Time::from_secs(100)) };
        let waits: Vec<_> = (0..=9).map(|failures| wait(failures).delay().as_secs()).collect();
        assert_eq!(waits, [0, 10, 20, 40, 80, 160, 320, 600, 600, 600]);
        assert_eq!(wait(1).remaining(Timestamp::from_millis(103_500)), Duration::from_millis(6500));
        assert_eq!(wait(1).remaining(Timestamp::from_secs(110)), Duration::ZERO);
        assert_eq!(wait(u32::MAX).delay(), LONGEST);
    }
}
