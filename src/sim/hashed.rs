//! Numbers found by the hash of what they stand for, which itself is kept elsewhere: one index serves every type.
//!
//! Nobody walks through it, so that the order in it means nothing. Each number lies in the slot that its hash tells, or in
//! the first free one after that: who looks for it mostly reads a single line of memory.

/// A table of hashes and numbers.
#[derive(Clone, Debug, Default)]
pub struct Hashed {
    /// As many as a power of two, a quarter of them free; or none.
    slots: Vec<Slot>,
    len: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Slot {
    hash: u32,
    number: u32,
}

impl Slot {
    /// The number of none.
    const FREE: Self = Self { hash: 0, number: u32::MAX };
    /// How many there are at first.
    const FEW: usize = 4;
}

/// 2^64 divided by the golden ratio.
const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;

/// What is mixed into a hash after what was mixed into it before.
fn mixed(hash: u64, word: u64) -> u64 {
    (hash.rotate_left(23) ^ word).wrapping_mul(MULTIPLIER)
}

/// A hash of some texts, the same on every machine.
pub fn hash(texts: &[&str]) -> u32 {
    let mut hash = 0;
    for text in texts {
        let bytes = text.as_bytes();
        for word in bytes.chunks_exact(8) {
            hash = mixed(hash, word.try_into().map_or(0, u64::from_le_bytes));
        }
        // What is left over, perhaps with some of what was mixed in before it.
        let last = match bytes.last_chunk::<8>() {
            Some(last) => u64::from_le_bytes(*last),
            None => match (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
                (Some(first), Some(last)) => {
                    u64::from(u32::from_le_bytes(*first)) << 32 | u64::from(u32::from_le_bytes(*last))
                }
                _ => bytes.iter().fold(0, |few, &byte| few << 8 | u64::from(byte)),
            },
        };
        hash = mixed(hash, last ^ (bytes.len() as u64) << 56);
    }
    (hash >> 32) as u32
}

/// A hash of a number, the same on every machine.
pub fn hash_number(number: u128) -> u32 {
    (mixed(mixed(0, number as u64), (number >> 64) as u64) >> 32) as u32
}

impl Hashed {
    /// The slot of the number with this hash that is the one.
    #[inline]
    fn slot(&self, hash: u32, mut is_it: impl FnMut(u32) -> bool) -> Option<usize> {
        let last = self.slots.len().checked_sub(1)?;
        let mut place = hash as usize & last;
        while self.slots[place] != Slot::FREE {
            let slot = self.slots[place];
            if slot.hash == hash && is_it(slot.number) {
                return Some(place);
            }
            place = (place + 1) & last;
        }
        None
    }

    /// The number with this hash that is the one.
    #[inline]
    pub fn find(&self, hash: u32, is_it: impl FnMut(u32) -> bool) -> Option<u32> {
        self.slot(hash, is_it).map(|place| self.slots[place].number)
    }

    /// Adds a number that is not there. Only `u32::MAX` cannot be.
    pub fn insert(&mut self, hash: u32, number: u32) {
        if self.len >= self.slots.len() / 4 * 3 {
            self.grow();
        }
        self.put(Slot { hash, number });
        self.len += 1;
    }

    fn put(&mut self, slot: Slot) {
        let last = self.slots.len() - 1;
        let mut place = slot.hash as usize & last;
        while self.slots[place] != Slot::FREE {
            place = (place + 1) & last;
        }
        self.slots[place] = slot;
    }

    #[cold]
    fn grow(&mut self) {
        let more = vec![Slot::FREE; (2 * self.slots.len()).max(Slot::FEW)];
        let known = std::mem::replace(&mut self.slots, more);
        known.into_iter().filter(|&slot| slot != Slot::FREE).for_each(|slot| self.put(slot));
    }

    /// A number is another from now on; its hash stays.
    pub fn renumber(&mut self, hash: u32, old: u32, new: u32) {
        if let Some(place) = self.slot(hash, |number| number == old) {
            self.slots[place].number = new;
        }
    }

    /// Takes out a number.
    pub fn remove(&mut self, hash: u32, number: u32) {
        let Some(mut free) = self.slot(hash, |known| known == number) else { return };
        let last = self.slots.len() - 1;
        let mut place = (free + 1) & last;
        // What was put further on because this slot was taken moves up.
        while self.slots[place] != Slot::FREE {
            let slot = self.slots[place];
            let from = |start: usize| place.wrapping_sub(start) & last;
            if from(slot.hash as usize) >= from(free) {
                self.slots[free] = slot;
                free = place;
            }
            place = (place + 1) & last;
        }
        self.slots[free] = Slot::FREE;
        self.len -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::Chance;
    use std::collections::BTreeSet;

    #[test]
    fn it_holds_what_a_set_holds_though_hashes_meet() {
        let mut chance = Chance::new(5);
        for (hashes, numbers) in [(1, 12), (3, 40), (50, 40), (u32::MAX, 500)] {
            let of = |number: u32| (number.wrapping_mul(0x9e37_79b9) % hashes).wrapping_sub(2);
            let (mut ours, mut theirs) = (Hashed::default(), BTreeSet::new());
            for _ in 0..10_000 {
                let number = chance.below(numbers);
                match chance.below(3) {
                    0 if theirs.insert(number) => ours.insert(of(number), number),
                    1 => {
                        ours.remove(of(number), number);
                        theirs.remove(&number);
                    }
                    _ => {
                        let found = ours.find(of(number), |known| known == number);
                        assert_eq!(found, theirs.get(&number).copied(), "{number} of {theirs:?}");
                    }
                }
                assert_eq!(ours.len, theirs.len());
            }
        }
    }
}
