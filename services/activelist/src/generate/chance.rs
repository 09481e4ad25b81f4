//! Chance from a seed: the same on every machine, in whole numbers only.

/// A generator (SplitMix64).
#[derive(Clone, Debug)]
pub struct Chance(u64);

impl Chance {
    /// From a seed.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The chance of the `n`th of something, unrelated to that of its neighbours, so that each can be had by itself.
    pub const fn nth(seed: u64, n: u64) -> Self {
        Self(mix(mix(seed.wrapping_add(0x9e37_79b9_7f4a_7c15)) ^ n.wrapping_mul(0xd134_2543_de82_ef95)))
    }

    /// Any number.
    pub const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.0)
    }

    /// A number below `end`; 0 when `end` is.
    pub const fn below(&mut self, end: usize) -> usize {
        if end == 0 { 0 } else { (self.next() % end as u64) as usize }
    }

    /// A number of a range, both ends possible.
    pub const fn between(&mut self, least: usize, most: usize) -> usize {
        least + self.below(most + 1 - least)
    }

    /// True with this chance in a thousand.
    pub const fn of_1000(&mut self, permille: usize) -> bool {
        self.below(1_000) < permille
    }

    /// A place below `end`, early ones more often, as words come.
    pub fn early(&mut self, end: usize) -> usize {
        self.below(end).min(self.below(end))
    }

    /// A place in a list of weights; the last when all are 0.
    pub fn weighted(&mut self, weights: &[usize]) -> usize {
        let mut left = self.below(weights.iter().sum());
        for (place, weight) in weights.iter().enumerate() {
            match left.checked_sub(*weight) {
                Some(less) => left = less,
                None => return place,
            }
        }
        weights.len().saturating_sub(1)
    }
}

/// SplitMix64's finaliser.
const fn mix(mut x: u64) -> u64 {
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}
