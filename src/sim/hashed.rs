//! Numbers found by the hash of what they stand for, which itself is kept elsewhere: one index serves every type.
//!
//! Nobody walks through it, so that the order in it means nothing.

use hashbrown::HashTable;

/// A table of hashes and numbers.
#[derive(Clone, Debug, Default)]
pub struct Hashed(HashTable<(u32, u32)>);

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

/// The table wants more bits than a hash has: it reads the lowest and the highest.
fn spread(hash: u32) -> u64 {
    u64::from(hash) << 32 | u64::from(hash)
}

impl Hashed {
    /// The number with this hash that is the one.
    pub fn find(&self, hash: u32, mut is_it: impl FnMut(u32) -> bool) -> Option<u32> {
        self.0.find(spread(hash), |&(known, number)| known == hash && is_it(number)).map(|&(_, number)| number)
    }

    /// Adds a number that is not there.
    pub fn insert(&mut self, hash: u32, number: u32) {
        self.0.insert_unique(spread(hash), (hash, number), |&(hash, _)| spread(hash));
    }

    /// A number is another from now on; its hash stays.
    pub fn renumber(&mut self, hash: u32, old: u32, new: u32) {
        if let Some(slot) = self.0.find_mut(spread(hash), |&slot| slot == (hash, old)) {
            slot.1 = new;
        }
    }

    /// Takes out a number.
    pub fn remove(&mut self, hash: u32, number: u32) {
        if let Ok(slot) = self.0.find_entry(spread(hash), |&slot| slot == (hash, number)) {
            slot.remove();
        }
    }
}
