//! Sorting that costs little to download: one sort, of positions, serves every type.
//!
//! The sorts of the standard library are copied for each type they sort, some kilobytes each time; what is sorted here
//! is short.

use std::cmp::Ordering;

/// Stable sorting of slices.
pub trait Order<T> {
    /// Sorts by a comparison.
    fn order_by(&mut self, compare: impl FnMut(&T, &T) -> Ordering);

    /// Sorts by a key.
    fn order_by_key<K: Ord>(&mut self, mut key: impl FnMut(&T) -> K) {
        self.order_by(|a, b| key(a).cmp(&key(b)));
    }
}

impl<T> Order<T> for [T] {
    fn order_by(&mut self, mut compare: impl FnMut(&T, &T) -> Ordering) {
        let mut places = sorted(self.len(), &mut |a, b| compare(&self[a], &self[b]));
        // Each item goes to its place; what was there goes on to its own, until the circle closes.
        for start in 0..places.len() {
            let mut hole = start;
            while places[hole] != start {
                let next = places[hole];
                self.swap(hole, next);
                places[hole] = hole;
                hole = next;
            }
            places[hole] = hole;
        }
    }
}

/// The positions 0 to `len`, in the order of what stands at them; none where there is nothing to sort.
fn sorted(len: usize, compare: &mut dyn FnMut(usize, usize) -> Ordering) -> Vec<usize> {
    if len < 2 {
        return Vec::new();
    }
    let mut positions: Vec<usize> = (0..len).collect();
    positions.sort_by(|&a, &b| compare(a, b));
    positions
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::Chance;

    #[test]
    fn it_sorts_as_the_standard_library_does() {
        let mut chance = Chance::new(7);
        for len in [0, 1, 2, 3, 10, 100, 1000] {
            let items: Vec<(u32, usize)> = (0..len).map(|place| (chance.below(20), place)).collect();
            let (mut ours, mut theirs) = (items.clone(), items);
            ours.order_by_key(|item| item.0);
            theirs.sort_by_key(|item| item.0);
            assert_eq!(ours, theirs);
        }
    }
}
