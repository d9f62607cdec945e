//! Seeded chance: one generator, whole numbers only, the same on every machine.

/// PCG-XSH-RR 64/32 (O'Neill, 2014), the generator that `pcg32` names in the reference implementation.
#[derive(Clone, Debug)]
pub struct Chance {
    state: u64,
    increment: u64,
}

const MULTIPLIER: u64 = 6_364_136_223_846_793_005;

impl Chance {
    /// A generator for this seed.
    pub fn new(seed: u64) -> Self {
        Self::stream(seed, 0)
    }

    /// One of many independent sequences of a seed.
    pub fn stream(seed: u64, stream: u64) -> Self {
        let mut chance = Self { state: 0, increment: (stream << 1) | 1 };
        chance.next_u32();
        chance.state = chance.state.wrapping_add(seed);
        chance.next_u32();
        chance
    }

    /// The next 32 bits.
    pub fn next_u32(&mut self) -> u32 {
        let old = self.state;
        self.state = old.wrapping_mul(MULTIPLIER).wrapping_add(self.increment);
        let xorshifted = (((old >> 18) ^ old) >> 27) as u32;
        xorshifted.rotate_right((old >> 59) as u32)
    }

    /// The next 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        u64::from(self.next_u32()) << 32 | u64::from(self.next_u32())
    }

    /// A whole number from 0 up to, not including, `bound`; every one is equally likely. `bound` is at least 1.
    pub fn below(&mut self, bound: u32) -> u32 {
        let threshold = bound.wrapping_neg() % bound;
        loop {
            let bits = self.next_u32();
            if bits >= threshold {
                return bits % bound;
            }
        }
    }

    /// True in `percent` of 100 cases.
    pub fn percent(&mut self, percent: u32) -> bool {
        self.below(100) < percent
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sequence_is_that_of_the_reference_implementation() {
        let mut chance = Chance::stream(42, 54);
        let drawn: Vec<_> = (0..6).map(|_| chance.next_u32()).collect();
        assert_eq!(drawn, [0xa15c_02b7, 0x7b47_f409, 0xba1d_3330, 0x83d2_f293, 0xbfa4_784b, 0xcbed_606e]);
    }

    #[test]
    fn bounds_hold() {
        let mut chance = Chance::new(7);
        assert!((0..1000).all(|_| chance.below(3) < 3));
        assert!((0..100).all(|_| chance.percent(100)));
        assert!((0..100).all(|_| !chance.percent(0)));
    }
}
