//! Everything that is due later.

use super::Timestamp;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// What is due later. Timers due at the same instant fire in the order they were set.
///
/// There is no cancelling: whoever set a timer decides, when it fires, whether it still means anything.
#[derive(Clone, Debug)]
pub struct Timers<T> {
    pending: BinaryHeap<Reverse<Entry<T>>>,
    set_so_far: u64,
}

#[derive(Clone, Debug)]
struct Entry<T> {
    due: (Timestamp, u64),
    timer: T,
}

impl<T> Timers<T> {
    /// No timer is set.
    pub fn new() -> Self {
        Self { pending: BinaryHeap::new(), set_so_far: 0 }
    }

    /// Sets a timer.
    pub fn set(&mut self, at: Timestamp, timer: T) {
        self.pending.push(Reverse(Entry { due: (at, self.set_so_far), timer }));
        self.set_so_far += 1;
    }

    /// When the next timer is due.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.pending.peek().map(|Reverse(entry)| entry.due.0)
    }

    /// The next timer that is due by `now`.
    pub fn due(&self, now: Timestamp) -> Option<&T> {
        self.pending.peek().filter(|Reverse(entry)| entry.due.0 <= now).map(|Reverse(entry)| &entry.timer)
    }

    /// Takes the next timer that is due by `now`.
    pub fn pop_due(&mut self, now: Timestamp) -> Option<T> {
        if self.next_due()? > now {
            return None;
        }
        self.pending.pop().map(|Reverse(entry)| entry.timer)
    }
}

impl<T> Default for Timers<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> PartialEq for Entry<T> {
    fn eq(&self, other: &Self) -> bool {
        self.due == other.due
    }
}

impl<T> Eq for Entry<T> {}

impl<T> PartialOrd for Entry<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> Ord for Entry<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.due.cmp(&other.due)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timers_fire_by_instant_then_by_the_order_they_were_set() {
        let mut timers = Timers::new();
        for (at, name) in [(20, "late"), (10, "first"), (10, "second"), (5, "early")] {
            timers.set(Timestamp::from_millis(at), name);
        }
        let now = Timestamp::from_millis(10);
        let fired: Vec<_> = std::iter::from_fn(|| timers.pop_due(now)).collect();
        assert_eq!(fired, ["early", "first", "second"]);
        assert_eq!(timers.next_due(), Some(Timestamp::from_millis(20)));
    }
}
