//! Maps and sets in the order of their keys that cost little to download: one index serves every type.
//!
//! The trees of the standard library are copied for each pair of types they hold, some kilobytes each time. Here the
//! items stand in a vector as they came, and the index, which knows of no type, keeps their positions in the order of
//! the keys.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::fmt;
use std::ops::{Bound, Index, RangeBounds};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// How many positions a chunk of the index holds at most. Adding one moves as many on average by half.
const CHUNK: usize = 128;

/// A map in the order of its keys.
pub struct Map<K, V> {
    /// In no particular order.
    items: Vec<(K, V)>,
    order: Positions,
    /// The position that was asked for last: who looks at an item mostly looks at it again. Atomic, so that maps may be
    /// shared as if they were never written here; it costs no more than a number.
    last: AtomicU32,
}

/// A set in order.
#[derive(Clone, PartialEq, Eq)]
pub struct Set<K>(Map<K, ()>);

/// The numbers 0 to the number of items, in the order of the items that stand at them.
#[derive(Clone, Default)]
struct Positions {
    /// None is empty.
    chunks: Vec<Vec<u32>>,
}

/// A place in the order: which chunk, and where in it. The end is the start of the chunk after the last.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Place {
    chunk: usize,
    within: usize,
}

impl Positions {
    /// Those of items that stand in order already.
    fn straight(len: usize) -> Self {
        let all: Vec<u32> = (0..len as u32).collect();
        Self { chunks: all.chunks(CHUNK).map(<[u32]>::to_vec).collect() }
    }

    fn end(&self) -> Place {
        Place { chunk: self.chunks.len(), within: 0 }
    }

    fn at(&self, place: Place) -> Option<usize> {
        Some(*self.chunks.get(place.chunk)?.get(place.within)? as usize)
    }

    /// Where an item is, or where it would be. `compare` says how the item at a position compares to it.
    #[inline(never)]
    fn find(&self, compare: &dyn Fn(usize) -> Ordering) -> Result<Place, Place> {
        let before = |chunk: &Vec<u32>| chunk.last().is_some_and(|&last| compare(last as usize).is_lt());
        let chunk = self.chunks.partition_point(before);
        let Some(positions) = self.chunks.get(chunk) else { return Err(self.end()) };
        let found = positions.binary_search_by(|&position| compare(position as usize));
        found.map(|within| Place { chunk, within }).map_err(|within| Place { chunk, within })
    }

    fn insert(&mut self, mut place: Place, position: usize) {
        if place == self.end() {
            match self.chunks.last() {
                Some(last) => place = Place { chunk: place.chunk - 1, within: last.len() },
                None => self.chunks.push(Vec::new()),
            }
        }
        let chunk = &mut self.chunks[place.chunk];
        if chunk.len() == CHUNK {
            // What only ever grows at its end has full chunks.
            let middle = if place.within == CHUNK { CHUNK } else { CHUNK / 2 };
            let rest = chunk.split_off(middle);
            self.chunks.insert(place.chunk + 1, rest);
            if place.within >= middle {
                place = Place { chunk: place.chunk + 1, within: place.within - middle };
            }
        }
        self.chunks[place.chunk].insert(place.within, position as u32);
    }

    fn remove(&mut self, place: Place) {
        let chunk = &mut self.chunks[place.chunk];
        chunk.remove(place.within);
        if chunk.is_empty() {
            self.chunks.remove(place.chunk);
        }
    }

    /// Lets the items stand in order, by swapping them.
    fn straighten(&mut self, swap: &mut dyn FnMut(usize, usize)) {
        let mut places: Vec<u32> = self.chunks.concat();
        let mut moved = false;
        // Each item goes to its place; what was there goes on to its own, until the circle closes.
        for start in 0..places.len() {
            let mut hole = start;
            while places[hole] as usize != start {
                let next = places[hole] as usize;
                swap(hole, next);
                places[hole] = hole as u32;
                hole = next;
                moved = true;
            }
            places[hole] = hole as u32;
        }
        if moved {
            *self = Self::straight(places.len());
        }
    }

    /// Everything from one place to before another.
    fn walk(&self, front: Place, back: Place) -> Walk<'_> {
        Walk { order: self, front, back }
    }
}

/// Positions in order, from either side.
#[derive(Clone)]
struct Walk<'a> {
    order: &'a Positions,
    front: Place,
    back: Place,
}

impl Iterator for Walk<'_> {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        let (front, back) = (self.front, self.back);
        if (front.chunk, front.within) >= (back.chunk, back.within) {
            return None;
        }
        let chunk = &self.order.chunks[front.chunk];
        self.front = match front.within + 1 {
            next if next < chunk.len() => Place { within: next, ..front },
            _ => Place { chunk: front.chunk + 1, within: 0 },
        };
        Some(chunk[front.within] as usize)
    }
}

impl DoubleEndedIterator for Walk<'_> {
    fn next_back(&mut self) -> Option<usize> {
        let (front, back) = (self.front, self.back);
        if (front.chunk, front.within) >= (back.chunk, back.within) {
            return None;
        }
        self.back = match back.within {
            0 => Place { chunk: back.chunk - 1, within: self.order.chunks[back.chunk - 1].len() - 1 },
            within => Place { within: within - 1, ..back },
        };
        self.order.at(self.back)
    }
}

impl<K, V> Map<K, V> {
    /// An empty map.
    pub const fn new() -> Self {
        Self { items: Vec::new(), order: Positions { chunks: Vec::new() }, last: AtomicU32::new(0) }
    }

    pub fn len(&self) -> usize {
        self.items.len()
    }

    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    pub fn clear(&mut self) {
        *self = Self::new();
    }

    /// Every key with its value, in the order of the keys.
    pub fn iter(&self) -> Iter<'_, K, V> {
        Iter { items: &self.items, walk: self.order.walk(Place { chunk: 0, within: 0 }, self.order.end()) }
    }

    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &K> + Clone {
        self.iter().map(|(key, _)| key)
    }

    /// The values, in the order of their keys.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &V> + Clone {
        self.iter().map(|(_, value)| value)
    }

    pub fn into_values(self) -> impl Iterator<Item = V> {
        self.into_iter().map(|(_, value)| value)
    }

    /// Every key with its value to change, in the order of the keys. Takes time for the whole map.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&K, &mut V)> {
        self.straighten();
        self.items.iter_mut().map(|(key, value)| (&*key, value))
    }

    /// The values to change, in the order of their keys. Takes time for the whole map.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        self.iter_mut().map(|(_, value)| value)
    }

    /// The item with the lowest key.
    pub fn first_key_value(&self) -> Option<(&K, &V)> {
        self.iter().next()
    }

    /// The item with the highest key.
    pub fn last_key_value(&self) -> Option<(&K, &V)> {
        self.iter().next_back()
    }

    /// Lets the items stand in order.
    fn straighten(&mut self) {
        self.order.straighten(&mut |one, other| self.items.swap(one, other));
    }
}

impl<K: Ord, V> Map<K, V> {
    fn find<Q: Ord + ?Sized>(&self, key: &Q) -> Result<Place, Place>
    where
        K: Borrow<Q>,
    {
        self.order.find(&|position| self.items[position].0.borrow().cmp(key))
    }

    /// The position of a key, if it is the one that was asked for last.
    fn known<Q: Ord + ?Sized>(&self, key: &Q) -> Option<usize>
    where
        K: Borrow<Q>,
    {
        let last = self.last.load(Relaxed) as usize;
        self.items.get(last).is_some_and(|item| item.0.borrow() == key).then_some(last)
    }

    fn position<Q: Ord + ?Sized>(&self, key: &Q) -> Option<usize>
    where
        K: Borrow<Q>,
    {
        self.known(key).or_else(|| {
            let position = self.order.at(self.find(key).ok()?)?;
            self.last.store(position as u32, Relaxed);
            Some(position)
        })
    }

    pub fn contains_key<Q: Ord + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.position(key).is_some()
    }

    pub fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.position(key).map(|position| &self.items[position].1)
    }

    pub fn get_mut<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        self.position(key).map(|position| &mut self.items[position].1)
    }

    /// Returns the value that the key had.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        match self.entry(key) {
            Entry { map, place: Ok(position), .. } => Some(std::mem::replace(&mut map.items[position].1, value)),
            vacant => {
                vacant.or_insert(value);
                None
            }
        }
    }

    /// The place of a key, to put a value there if there is none.
    pub fn entry(&mut self, key: K) -> Entry<'_, K, V> {
        let place = match self.known(&key) {
            Some(position) => Ok(position),
            None => self.find(&key).map(|place| self.order.chunks[place.chunk][place.within] as usize),
        };
        Entry { map: self, key, place }
    }

    pub fn remove<Q: Ord + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        let place = self.find(key).ok()?;
        Some(self.remove_at(place).1)
    }

    /// Takes out the item with the lowest key.
    pub fn pop_first(&mut self) -> Option<(K, V)> {
        (!self.is_empty()).then(|| self.remove_at(Place { chunk: 0, within: 0 }))
    }

    /// Takes out the item with the highest key.
    pub fn pop_last(&mut self) -> Option<(K, V)> {
        let chunk = self.order.chunks.len().checked_sub(1)?;
        Some(self.remove_at(Place { chunk, within: self.order.chunks[chunk].len() - 1 }))
    }

    /// The last of the items takes the position of the removed one.
    fn remove_at(&mut self, place: Place) -> (K, V) {
        let position = self.order.chunks[place.chunk][place.within];
        let last = self.items.len() - 1;
        if position as usize != last
            && let Ok(place) = self.order.find(&|position| self.items[position].0.cmp(&self.items[last].0))
        {
            self.order.chunks[place.chunk][place.within] = position;
        }
        self.order.remove(place);
        self.items.swap_remove(position as usize)
    }

    /// The items whose keys are in the range.
    pub fn range<Q: Ord + ?Sized>(&self, range: impl RangeBounds<Q>) -> Iter<'_, K, V>
    where
        K: Borrow<Q>,
    {
        let place = |bound: Bound<&Q>, before: Ordering, unbounded: Place| match bound {
            Bound::Unbounded => unbounded,
            Bound::Included(key) | Bound::Excluded(key) => {
                let side = |position: usize| self.items[position].0.borrow().cmp(key).then(before);
                self.order.find(&side).unwrap_or_else(|place| place)
            }
        };
        // Nothing is equal: what equals the bound counts as after it, or as before it.
        let side = |included: bool| if included { Ordering::Greater } else { Ordering::Less };
        let (start, end) = (range.start_bound(), range.end_bound());
        let front = place(start, side(!matches!(start, Bound::Excluded(_))), Place { chunk: 0, within: 0 });
        let back = place(end, side(matches!(end, Bound::Excluded(_))), self.order.end());
        // A place at the end of a chunk cannot come about: a chunk is searched whose last item is not before.
        Iter { items: &self.items, walk: self.order.walk(front, back) }
    }

    /// Keeps what `keep` says, asked in the order of the keys. Takes time for the whole map.
    pub fn retain(&mut self, mut keep: impl FnMut(&K, &mut V) -> bool) {
        self.straighten();
        self.items.retain_mut(|(key, value)| keep(key, value));
        self.order = Positions::straight(self.items.len());
    }
}

/// The place of a key in a map: the position of its item, or where in the order it would be.
pub struct Entry<'a, K, V> {
    map: &'a mut Map<K, V>,
    key: K,
    place: Result<usize, Place>,
}

impl<'a, K, V> Entry<'a, K, V> {
    pub fn or_insert_with(self, value: impl FnOnce() -> V) -> &'a mut V {
        let Self { map, key, place } = self;
        let position = place.unwrap_or_else(|place| {
            map.order.insert(place, map.items.len());
            map.items.push((key, value()));
            map.items.len() - 1
        });
        *map.last.get_mut() = position as u32;
        &mut map.items[position].1
    }

    pub fn or_insert(self, value: V) -> &'a mut V {
        self.or_insert_with(|| value)
    }

    pub fn or_default(self) -> &'a mut V
    where
        V: Default,
    {
        self.or_insert_with(V::default)
    }
}

/// Items in the order of their keys, from either side.
pub struct Iter<'a, K, V> {
    items: &'a [(K, V)],
    walk: Walk<'a>,
}

impl<K, V> Clone for Iter<'_, K, V> {
    fn clone(&self) -> Self {
        Self { items: self.items, walk: self.walk.clone() }
    }
}

impl<'a, K, V> Iterator for Iter<'a, K, V> {
    type Item = (&'a K, &'a V);

    fn next(&mut self) -> Option<Self::Item> {
        self.walk.next().map(|position| (&self.items[position].0, &self.items[position].1))
    }
}

impl<K, V> DoubleEndedIterator for Iter<'_, K, V> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.walk.next_back().map(|position| (&self.items[position].0, &self.items[position].1))
    }
}

impl<'a, K, V> IntoIterator for &'a Map<K, V> {
    type Item = (&'a K, &'a V);
    type IntoIter = Iter<'a, K, V>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<K, V> IntoIterator for Map<K, V> {
    type Item = (K, V);
    type IntoIter = std::vec::IntoIter<(K, V)>;

    fn into_iter(mut self) -> Self::IntoIter {
        self.straighten();
        self.items.into_iter()
    }
}

impl<K: Ord, V> Extend<(K, V)> for Map<K, V> {
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, items: I) {
        items.into_iter().for_each(|(key, value)| {
            self.insert(key, value);
        });
    }
}

impl<K: Ord, V> FromIterator<(K, V)> for Map<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(items: I) -> Self {
        let mut map = Self::new();
        map.extend(items);
        map
    }
}

impl<K: Ord, V, const N: usize> From<[(K, V); N]> for Map<K, V> {
    fn from(items: [(K, V); N]) -> Self {
        items.into_iter().collect()
    }
}

impl<K: Clone, V: Clone> Clone for Map<K, V> {
    fn clone(&self) -> Self {
        Self { items: self.items.clone(), order: self.order.clone(), ..Self::new() }
    }
}

impl<K, V> Default for Map<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: PartialEq, V: PartialEq> PartialEq for Map<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().zip(other).all(|(mine, theirs)| mine == theirs)
    }
}

impl<K: Eq, V: Eq> Eq for Map<K, V> {}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for Map<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self).finish()
    }
}

impl<K: Ord + Borrow<Q>, Q: Ord + ?Sized, V> Index<&Q> for Map<K, V> {
    type Output = V;

    /// The value of a key that is there for certain.
    fn index(&self, key: &Q) -> &V {
        self.get(key).expect("the key is in the map")
    }
}

impl<K> Set<K> {
    /// An empty set.
    pub const fn new() -> Self {
        Self(Map::new())
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// In order, from either side.
    pub fn iter(&self) -> Members<'_, K> {
        Members(self.0.iter())
    }

    pub fn first(&self) -> Option<&K> {
        self.iter().next()
    }

    pub fn last(&self) -> Option<&K> {
        self.iter().next_back()
    }
}

impl<K: Ord> Set<K> {
    pub fn contains<Q: Ord + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.0.contains_key(key)
    }

    /// Returns whether it was not there yet.
    pub fn insert(&mut self, key: K) -> bool {
        self.0.insert(key, ()).is_none()
    }

    /// Returns whether it was there.
    pub fn remove<Q: Ord + ?Sized>(&mut self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.0.remove(key).is_some()
    }

    /// Takes out the lowest.
    pub fn pop_first(&mut self) -> Option<K> {
        self.0.pop_first().map(|(key, ())| key)
    }

    /// Those in the range.
    pub fn range<Q: Ord + ?Sized>(&self, range: impl RangeBounds<Q>) -> Members<'_, K>
    where
        K: Borrow<Q>,
    {
        Members(self.0.range(range))
    }

    /// Keeps what `keep` says, asked in order. Takes time for the whole set.
    pub fn retain(&mut self, mut keep: impl FnMut(&K) -> bool) {
        self.0.retain(|key, ()| keep(key));
    }
}

/// The members of a set in order, from either side.
pub struct Members<'a, K>(Iter<'a, K, ()>);

impl<K> Clone for Members<'_, K> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<'a, K> Iterator for Members<'a, K> {
    type Item = &'a K;

    fn next(&mut self) -> Option<&'a K> {
        self.0.next().map(|(key, ())| key)
    }
}

impl<K> DoubleEndedIterator for Members<'_, K> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.0.next_back().map(|(key, ())| key)
    }
}

impl<'a, K> IntoIterator for &'a Set<K> {
    type Item = &'a K;
    type IntoIter = Members<'a, K>;

    fn into_iter(self) -> Members<'a, K> {
        self.iter()
    }
}

impl<K> IntoIterator for Set<K> {
    type Item = K;
    type IntoIter = std::iter::Map<std::vec::IntoIter<(K, ())>, fn((K, ())) -> K>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter().map(|(key, ())| key)
    }
}

impl<K: Ord> Extend<K> for Set<K> {
    fn extend<I: IntoIterator<Item = K>>(&mut self, keys: I) {
        keys.into_iter().for_each(|key| {
            self.insert(key);
        });
    }
}

impl<K: Ord> FromIterator<K> for Set<K> {
    fn from_iter<I: IntoIterator<Item = K>>(keys: I) -> Self {
        let mut set = Self::new();
        set.extend(keys);
        set
    }
}

impl<K: Ord, const N: usize> From<[K; N]> for Set<K> {
    fn from(keys: [K; N]) -> Self {
        keys.into_iter().collect()
    }
}

impl<K> Default for Set<K> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: fmt::Debug> fmt::Debug for Set<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::Chance;
    use std::collections::BTreeMap;

    /// Everything that can be asked of a map is as the standard library answers.
    fn check(ours: &Map<u32, u32>, theirs: &BTreeMap<u32, u32>, chance: &mut Chance, keys: u32) {
        assert_eq!(ours.len(), theirs.len());
        assert!(ours.iter().eq(theirs));
        assert!(ours.iter().rev().eq(theirs.iter().rev()));
        assert_eq!(ours.first_key_value(), theirs.first_key_value());
        assert_eq!(ours.last_key_value(), theirs.last_key_value());
        assert!(ours.clone().into_iter().eq(theirs.clone()));
        for _ in 0..8 {
            let (a, b) = (chance.below(keys), chance.below(keys));
            let (a, b) = (a.min(b), a.max(b));
            assert_eq!(ours.get(&a), theirs.get(&a));
            assert!(ours.range(a..b).eq(theirs.range(a..b)));
            assert!(ours.range(a..=b).rev().eq(theirs.range(a..=b).rev()));
            assert!(ours.range(..b).eq(theirs.range(..b)));
            assert!(ours.range(a..).eq(theirs.range(a..)));
            let after = (Bound::Excluded(a), Bound::Unbounded);
            assert!(ours.range(after).eq(theirs.range(after)));
        }
    }

    #[test]
    fn it_does_what_the_standard_library_does() {
        let mut chance = Chance::new(11);
        for keys in [1, 5, 100, 5_000_u32] {
            let (mut ours, mut theirs) = (Map::new(), BTreeMap::new());
            for step in 0..20_000_u32 {
                let key = chance.below(keys);
                // It fills, empties, and fills again.
                match (step / 5_000 % 2, chance.below(10)) {
                    (0, 0) | (1, 0..6) => assert_eq!(ours.remove(&key), theirs.remove(&key)),
                    (_, 6) => assert_eq!(ours.entry(key).or_insert(step), theirs.entry(key).or_insert(step)),
                    (1, 7) => assert_eq!(ours.pop_first(), theirs.pop_first()),
                    (1, 8) => assert_eq!(ours.pop_last(), theirs.pop_last()),
                    _ => assert_eq!(ours.insert(key, step), theirs.insert(key, step)),
                }
                if step % 500 == 0 {
                    check(&ours, &theirs, &mut chance, keys);
                }
                if step % 3_000 == 2_999 {
                    ours.retain(|key, value| (*key + *value) % 3 != 0);
                    theirs.retain(|key, value| (*key + *value) % 3 != 0);
                    ours.values_mut().for_each(|value| *value += 1);
                    theirs.values_mut().for_each(|value| *value += 1);
                    check(&ours, &theirs, &mut chance, keys);
                }
            }
        }
    }

    #[test]
    fn growing_at_the_end_fills_the_chunks() {
        let map: Map<u32, ()> = (0..10_000).map(|key| (key, ())).collect();
        assert_eq!(map.order.chunks.len(), 10_000_usize.div_ceil(CHUNK));
        let set = Set::from([3, 1, 2, 3]);
        assert!(set.into_iter().eq([1, 2, 3]));
    }
}
