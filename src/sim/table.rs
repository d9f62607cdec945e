//! Tables: values found by the hash of their keys, for what is looked up far more often than it is listed.
//!
//! A [`Map`](super::Map) has its keys in order at all times, and takes a dozen comparisons to find one. Here it takes one,
//! and the order is made when somebody asks for it: what comes out never depends on the hashes.

use super::hashed::{Hashed, hash, hash_number};
use super::order::Order;
use std::borrow::Borrow;
use std::cell::Cell;
use std::fmt;
use std::ops::Index;

/// What a table finds things by.
pub trait Key: Ord {
    /// Its hash: the same for equal keys, and on every machine.
    fn hashed(&self) -> u32;
}

impl Key for u32 {
    fn hashed(&self) -> u32 {
        hash_number((*self).into())
    }
}

impl Key for u64 {
    fn hashed(&self) -> u32 {
        hash_number((*self).into())
    }
}

impl Key for u128 {
    fn hashed(&self) -> u32 {
        hash_number(*self)
    }
}

impl Key for str {
    fn hashed(&self) -> u32 {
        hash(&[self])
    }
}

/// Values by their keys; without values, a set.
#[derive(Clone)]
pub struct Table<K, V = ()> {
    /// In no particular order.
    items: Vec<(K, V)>,
    places: Hashed,
    /// The place that was asked for last, of those there are: who looks at an item mostly looks at it again.
    last: Cell<u32>,
}

impl<K, V> Table<K, V> {
    /// An empty table.
    pub fn new() -> Self {
        Self { items: Vec::new(), places: Hashed::default(), last: Cell::new(0) }
    }

    pub fn len(&self) -> usize {
        self.items.len()
    }

    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }
}

impl<K: Key, V> Table<K, V> {
    #[inline]
    fn position<Q: Key + ?Sized>(&self, key: &Q) -> Option<usize>
    where
        K: Borrow<Q>,
    {
        let last = self.last.get() as usize;
        if self.items.get(last)?.0.borrow() == key { Some(last) } else { self.search(key) }
    }

    #[inline(never)]
    fn search<Q: Key + ?Sized>(&self, key: &Q) -> Option<usize>
    where
        K: Borrow<Q>,
    {
        let place = self.places.find(key.hashed(), |place| self.items[place as usize].0.borrow() == key)?;
        self.last.set(place);
        Some(place as usize)
    }

    pub fn contains_key<Q: Key + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.position(key).is_some()
    }

    pub fn get<Q: Key + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.position(key).map(|place| &self.items[place].1)
    }

    pub fn get_mut<Q: Key + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        self.position(key).map(|place| &mut self.items[place].1)
    }

    /// Returns the value that the key had.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        if let Some(old) = self.get_mut(&key) {
            return Some(std::mem::replace(old, value));
        }
        self.push(key, value);
        None
    }

    /// Adds a key that is not there; returns its place.
    fn push(&mut self, key: K, value: V) -> usize {
        let place = self.items.len();
        self.places.insert(key.hashed(), place as u32);
        self.items.push((key, value));
        self.last.set(place as u32);
        place
    }

    /// The value of a key; if it has none, a new one.
    pub fn get_or_insert_with(&mut self, key: K, value: impl FnOnce() -> V) -> &mut V {
        let place = self.position(&key).unwrap_or_else(|| self.push(key, value()));
        &mut self.items[place].1
    }

    /// Returns the value that the key had. The last of the items takes the place of the removed one.
    pub fn remove<Q: Key + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let place = self.position(key)?;
        self.places.remove(key.hashed(), place as u32);
        let last = self.items.len() - 1;
        if place != last {
            self.places.renumber(self.items[last].0.hashed(), last as u32, place as u32);
        }
        self.last.set(0);
        Some(self.items.swap_remove(place).1)
    }

    /// Every key with its value in no particular order, though in the same on every machine.
    pub fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.items.iter().map(|(key, value)| (key, value))
    }

    /// The values in no particular order, though in the same on every machine.
    pub fn values(&self) -> impl Iterator<Item = &V> + Clone {
        self.items.iter().map(|(_, value)| value)
    }

    /// The values to change, in no particular order.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        self.items.iter_mut().map(|(_, value)| value)
    }

    /// Every key with its value, in the order of the keys. Takes time to sort them.
    pub fn ordered(&self) -> impl Iterator<Item = (&K, &V)> + Clone {
        let mut places: Vec<usize> = (0..self.items.len()).collect();
        places.order_by(|&a, &b| self.items[a].0.cmp(&self.items[b].0));
        places.into_iter().map(|place| (&self.items[place].0, &self.items[place].1))
    }
}

impl<K, V> Default for Table<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: Key + fmt::Debug, V: fmt::Debug> fmt::Debug for Table<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.ordered()).finish()
    }
}

impl<K: Key + Borrow<Q>, Q: Key + ?Sized, V> Index<&Q> for Table<K, V> {
    type Output = V;

    /// The value of a key that is there for certain.
    fn index(&self, key: &Q) -> &V {
        self.get(key).expect("the key is in the table")
    }
}

impl<K: Key> FromIterator<K> for Table<K> {
    fn from_iter<I: IntoIterator<Item = K>>(keys: I) -> Self {
        let mut table = Self::new();
        keys.into_iter().for_each(|key| {
            table.insert(key, ());
        });
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::Chance;
    use std::collections::BTreeMap;

    #[test]
    fn it_does_what_an_ordered_map_does() {
        let mut chance = Chance::new(11);
        for keys in [1, 5, 100, 5_000_u32] {
            let (mut ours, mut theirs) = (Table::new(), BTreeMap::new());
            for step in 0..20_000_u32 {
                let key = chance.below(keys);
                // It fills, empties, and fills again.
                match (step / 5_000 % 2, chance.below(10)) {
                    (0, 0) | (1, 0..7) => assert_eq!(ours.remove(&key), theirs.remove(&key)),
                    (_, 7) => {
                        assert_eq!(ours.get_or_insert_with(key, || step), theirs.entry(key).or_insert(step));
                    }
                    _ => assert_eq!(ours.insert(key, step), theirs.insert(key, step)),
                }
                let other = chance.below(keys);
                assert_eq!(ours.get(&other), theirs.get(&other));
                assert_eq!(ours.len(), theirs.len());
                if step % 500 == 0 {
                    assert!(ours.ordered().eq(&theirs));
                }
            }
        }
    }
}
