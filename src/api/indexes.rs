//! Completion indexes as a Job's status lists them: `1,3-5,7`.

use super::fields::{self, Field, Mismatch};
use serde_json::Value;
use std::fmt;

/// A set of completion indexes, kept as its runs: two billion neighbours cost as much as one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Indexes {
    /// First and last of each run, ascending, neither touching nor overlapping.
    runs: Vec<(u32, u32)>,
}

impl Indexes {
    /// No index.
    pub fn new() -> Self {
        Self::default()
    }

    /// All from `first` to `last`.
    pub fn from_run(first: u32, last: u32) -> Self {
        Self { runs: vec![(first, last)] }
    }

    /// The runs (first, last), ascending.
    pub fn runs(&self) -> &[(u32, u32)] {
        &self.runs
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    /// How many there are.
    pub fn len(&self) -> u64 {
        self.runs.iter().map(|&(first, last)| u64::from(last - first) + 1).sum()
    }

    /// Whether `index` is one of them.
    pub fn contains(&self, index: u32) -> bool {
        let after = self.runs.partition_point(|&(first, _)| first <= index);
        after > 0 && self.runs[after - 1].1 >= index
    }

    /// Adds an index; true if it was not there.
    pub fn insert(&mut self, index: u32) -> bool {
        if self.runs.last().is_some_and(|&(_, last)| index <= last) && self.contains(index) {
            return false;
        }
        self.insert_run(index, index);
        true
    }

    /// Adds all from `first` to `last`.
    pub fn insert_run(&mut self, first: u32, last: u32) {
        // Mostly it comes after all the others.
        match self.runs.last_mut() {
            Some((_, end)) if first <= *end => {}
            Some((_, end)) if first == *end + 1 => return *end = last,
            _ => return self.runs.push((first, last)),
        }
        let start = self.runs.partition_point(|&(_, end)| end.saturating_add(1) < first);
        let stop = self.runs.partition_point(|&(begin, _)| begin <= last.saturating_add(1));
        if start == stop {
            self.runs.insert(start, (first, last));
        } else {
            let merged = (first.min(self.runs[start].0), last.max(self.runs[stop - 1].1));
            self.runs.splice(start..stop, [merged]);
        }
    }

    /// Takes an index out.
    pub fn remove(&mut self, index: u32) {
        let at = self.runs.partition_point(|&(_, last)| last < index);
        let Some(&(first, last)) = self.runs.get(at).filter(|run| run.0 <= index) else { return };
        let left = (first < index).then(|| (first, index - 1));
        let right = (index < last).then(|| (index + 1, last));
        self.runs.splice(at..=at, left.into_iter().chain(right));
    }

    /// Adds all of `other`.
    pub fn extend(&mut self, other: &Self) {
        for &(first, last) in &other.runs {
            self.insert_run(first, last);
        }
    }

    /// Drops every index that is not below `bound`.
    pub fn truncate(&mut self, bound: u32) {
        self.runs.retain_mut(|run| {
            run.1 = run.1.min(bound.saturating_sub(1));
            run.0 < bound
        });
    }

    /// All indexes, ascending.
    pub fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        self.runs.iter().flat_map(|&(first, last)| first..=last)
    }

    /// Indexes below `bound` that are not in the set, ascending. Lazy: nothing is built.
    pub fn gaps(&self, bound: u32) -> impl Iterator<Item = u32> + '_ {
        let starts = std::iter::once(0).chain(self.runs.iter().map(|&(_, last)| last.saturating_add(1)));
        let ends = self.runs.iter().map(|&(first, _)| first).chain(std::iter::once(u32::MAX));
        starts.zip(ends).flat_map(move |(start, end)| start..end.min(bound))
    }

    /// Reads `1,3-5`; parts that are no numbers or not below `bound` are passed over, as the controller does.
    pub fn parse(text: &str, bound: u32) -> Self {
        let mut indexes = Self::new();
        for part in text.split(',') {
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            let (Ok(first), Ok(last)) = (first.parse::<u32>(), last.parse::<u32>()) else { continue };
            if first <= last && first < bound {
                indexes.insert_run(first, last.min(bound - 1));
            }
        }
        indexes
    }
}

impl FromIterator<u32> for Indexes {
    fn from_iter<I: IntoIterator<Item = u32>>(indexes: I) -> Self {
        let mut set = Self::new();
        for index in indexes {
            set.insert(index);
        }
        set
    }
}

impl fmt::Display for Indexes {
    /// Runs of three and more as `3-5`, of two as `3,4`, joined by commas.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, &(first, last)) in self.runs.iter().enumerate() {
            let comma = if i > 0 { "," } else { "" };
            match last - first {
                0 => write!(f, "{comma}{first}")?,
                1 => write!(f, "{comma}{first},{last}")?,
                _ => write!(f, "{comma}{first}-{last}")?,
            }
        }
        Ok(())
    }
}

impl Field for Indexes {
    fn read(&mut self, value: Value) -> Result<(), Mismatch> {
        *self = Self::parse(&fields::text(value)?, u32::MAX);
        Ok(())
    }

    fn write(&self) -> Value {
        Value::from(self.to_string())
    }

    fn is_unset(&self) -> bool {
        self.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_is_printed_as_the_controller_prints_it() {
        let check = |indexes: &[u32], text: &str| {
            let set: Indexes = indexes.iter().copied().collect();
            assert_eq!(set.to_string(), text);
            assert_eq!(Indexes::parse(text, u32::MAX), set);
            assert_eq!(set.iter().count(), indexes.len());
        };
        check(&[], "");
        check(&[0], "0");
        check(&[1, 0], "0,1");
        check(&[2, 0, 1], "0-2");
        check(&[7, 5, 1, 4, 3], "1,3-5,7");
        check(&[0, 2, 4, 1, 3], "0-4");
    }

    #[test]
    fn gaps_are_what_is_missing_below_the_bound() {
        let check = |text: &str, bound: u32, gaps: &[u32]| {
            assert_eq!(Indexes::parse(text, u32::MAX).gaps(bound).collect::<Vec<_>>(), gaps, "{text} below {bound}");
        };
        check("", 3, &[0, 1, 2]);
        check("0,1", 4, &[2, 3]);
        check("1,3-5", 8, &[0, 2, 6, 7]);
        check("0-9", 5, &[]);
    }

    #[test]
    fn indexes_leave_again() {
        let mut set = Indexes::parse("0-5,7", u32::MAX);
        set.remove(3);
        set.remove(7);
        set.remove(9);
        assert_eq!(set.to_string(), "0-2,4,5");
        set.truncate(5);
        assert_eq!(set.to_string(), "0-2,4");
        assert_eq!(Indexes::parse("0,x,2-1,3-9", 5).to_string(), "0,3,4");
    }
}
