//! Numbers found by the hash of what they stand for, which itself is kept elsewhere: one index serves every type.
//!
//! Nobody walks through it, so that the order in it means nothing.

/// A table of hashes and numbers; linear probing, never more than three quarters full.
#[derive(Clone, Debug, Default)]
pub struct Hashed {
    /// (hash, number + 1); 0 is free.
    slots: Vec<(u32, u32)>,
    len: usize,
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
            None => {
                let mut few = [0; 8];
                few[..bytes.len()].copy_from_slice(bytes);
                u64::from_le_bytes(few)
            }
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
    /// The number with this hash that is the one.
    pub fn find(&self, hash: u32, mut is_it: impl FnMut(u32) -> bool) -> Option<u32> {
        self.place(hash, &mut is_it).map(|place| self.slots[place].1 - 1)
    }

    fn place(&self, hash: u32, is_it: &mut dyn FnMut(u32) -> bool) -> Option<usize> {
        let mask = self.slots.len().wrapping_sub(1);
        let mut place = hash as usize & mask;
        loop {
            match *self.slots.get(place)? {
                (_, 0) => return None,
                (known, number) if known == hash && is_it(number - 1) => return Some(place),
                _ => place = (place + 1) & mask,
            }
        }
    }

    /// Adds a number that is not there.
    pub fn insert(&mut self, hash: u32, number: u32) {
        if (self.len + 1) * 4 > self.slots.len() * 3 {
            let more = (self.slots.len() * 2).max(64);
            let old = std::mem::replace(&mut self.slots, vec![(0, 0); more]);
            old.into_iter().filter(|slot| slot.1 > 0).for_each(|slot| self.put(slot));
        }
        self.len += 1;
        self.put((hash, number + 1));
    }

    fn put(&mut self, slot: (u32, u32)) {
        let mask = self.slots.len() - 1;
        let mut place = slot.0 as usize & mask;
        while self.slots[place].1 > 0 {
            place = (place + 1) & mask;
        }
        self.slots[place] = slot;
    }

    /// A number is another from now on; its hash stays.
    pub fn renumber(&mut self, hash: u32, old: u32, new: u32) {
        if let Some(place) = self.place(hash, &mut |number| number == old) {
            self.slots[place].1 = new + 1;
        }
    }

    /// Takes out a number.
    pub fn remove(&mut self, hash: u32, number: u32) {
        let Some(mut hole) = self.place(hash, &mut |known| known == number) else { return };
        let mask = self.slots.len() - 1;
        let mut place = hole;
        // What was put after it because its own place was taken moves up, so that it is found without a gap.
        loop {
            place = (place + 1) & mask;
            let slot = self.slots[place];
            if slot.1 == 0 {
                break;
            }
            let from_home = place.wrapping_sub(slot.0 as usize) & mask;
            if from_home >= place.wrapping_sub(hole) & mask {
                self.slots[hole] = slot;
                hole = place;
            }
        }
        self.slots[hole].1 = 0;
        self.len -= 1;
    }
}
