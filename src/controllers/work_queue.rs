//! The queue a controller works from: which objects to look at, and when (client-go `util/workqueue`).
//!
//! Whoever watches a Job's status sees it lag about a second behind its pods: their changes are put into the queue with
//! a delay, and those that come meanwhile find the Job waiting already.

use crate::sim::{Map, Set, Timestamp};
use std::collections::VecDeque;
use std::time::Duration;

/// How long the Job controller waits after a failure: the first time, and at most. Each further one doubles it.
const PATIENT: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));
/// How long other controllers wait.
const EAGER: (Duration, Duration) = (Duration::from_millis(5), Duration::from_secs(1000));

/// Keys of objects to look at, now or later. A key stands in it at most once as due, and once as waiting.
#[derive(Clone, Debug)]
pub struct WorkQueue<K> {
    ready: VecDeque<(Timestamp, K)>,
    waiting: Map<K, (Timestamp, u64)>,
    /// `waiting`, by when each is due; equals in the order they were added.
    by_time: Set<(Timestamp, u64, K)>,
    added_so_far: u64,
    failures: Map<K, u32>,
    /// The first wait after a failure, and the longest.
    retries: (Duration, Duration),
}

impl<K> Default for WorkQueue<K> {
    fn default() -> Self {
        Self {
            ready: VecDeque::new(),
            waiting: Map::new(),
            by_time: Set::new(),
            added_so_far: 0,
            failures: Map::new(),
            retries: PATIENT,
        }
    }
}

impl<K: Clone + Ord> WorkQueue<K> {
    /// A queue that waits a moment after a failure, then longer and longer, as those of most controllers do. (The
    /// default one begins with a second.)
    pub fn eager() -> Self {
        Self { retries: EAGER, ..Self::default() }
    }

    /// To be looked at now.
    pub fn add(&mut self, now: Timestamp, key: K) {
        if !self.ready.iter().any(|(_, ready)| *ready == key) {
            self.ready.push_back((now, key));
        }
    }

    /// To be looked at after a while. A key that is waiting already keeps the earlier of the two times.
    pub fn add_after(&mut self, now: Timestamp, key: K, delay: Duration) {
        if delay.is_zero() {
            return self.add(now, key);
        }
        let due = now + delay;
        if let Some(&(at, number)) = self.waiting.get(&key) {
            if at <= due {
                return;
            }
            self.by_time.remove(&(at, number, key.clone()));
        }
        self.by_time.insert((due, self.added_so_far, key.clone()));
        self.waiting.insert(key, (due, self.added_so_far));
        self.added_so_far += 1;
    }

    /// To be looked at again after a failure: in 1 s, 2 s, 4 s … at most 60 s, or as the queue has it. Says in how long.
    pub fn add_rate_limited(&mut self, now: Timestamp, key: K) -> Duration {
        let failures = self.failures.entry(key.clone()).or_insert(0);
        let (first, longest) = self.retries;
        let delay = first.saturating_mul(1 << (*failures).min(20)).min(longest);
        *failures = failures.saturating_add(1);
        self.add_after(now, key, delay);
        delay
    }

    /// All went well: the next failure is a first one.
    pub fn forget(&mut self, key: &K) {
        self.failures.remove(key);
    }

    /// When the next key is due.
    pub fn next_due(&self) -> Option<Timestamp> {
        let waiting = self.by_time.first().map(|&(at, ..)| at);
        let ready = self.ready.front().map(|&(at, _)| at);
        ready.into_iter().chain(waiting).min()
    }

    /// Takes the next key that is due by `now`.
    pub fn pop_due(&mut self, now: Timestamp) -> Option<K> {
        while let Some((at, number, key)) = self.by_time.first().filter(|first| first.0 <= now).cloned() {
            self.by_time.remove(&(at, number, key.clone()));
            self.waiting.remove(&key);
            self.add(at, key);
        }
        self.ready.pop_front().map(|(_, key)| key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Adds `job` at each (instant, delay), in milliseconds, and says when it comes up.
    fn check(situation: &str, added: &[(u64, u64)], looked_at: &[u64]) {
        let mut queue = WorkQueue::default();
        let mut seen = Vec::new();
        for now in (0..5000).step_by(100) {
            for &(_, delay) in added.iter().filter(|&&(at, _)| at == now) {
                queue.add_after(Timestamp::from_millis(now), "job", Duration::from_millis(delay));
            }
            while queue.pop_due(Timestamp::from_millis(now)).is_some() {
                seen.push(now);
            }
        }
        assert_eq!(seen, looked_at, "{situation}");
    }

    #[test]
    fn keys_come_up_when_they_are_due() {
        check("what is due now comes up now", &[(100, 0)], &[100]);
        check("events within a second make one look", &[(100, 1000), (300, 1000), (900, 1000)], &[1100]);
        check("an earlier time replaces a later one", &[(0, 4000), (100, 1000)], &[1100]);
        check("a look now does not replace the one that waits", &[(100, 1000), (300, 0)], &[300, 1100]);
    }

    #[test]
    fn failures_double_the_wait_until_one_look_goes_well() {
        let check = |mut queue: WorkQueue<&str>, waits: [u128; 8], much_later: u64| {
            let mut wait = || queue.add_rate_limited(Timestamp::default(), "job");
            assert_eq!([(); 8].map(|()| wait().as_millis()), waits);
            assert_eq!((0..50).map(|_| wait().as_secs()).last(), Some(much_later));
            queue.forget(&"job");
            assert_eq!(queue.add_rate_limited(Timestamp::default(), "job").as_millis(), waits[0]);
        };
        check(WorkQueue::default(), [1, 2, 4, 8, 16, 32, 60, 60].map(|seconds| seconds * 1000), 60);
        check(WorkQueue::eager(), [5, 10, 20, 40, 80, 160, 320, 640], 1000);
    }
}
