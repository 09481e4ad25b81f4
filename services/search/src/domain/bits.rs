//! A lane: one bit each for 512 slots, the unit in which every loop of the engine works.
//!
//! 512 bits are one register of the widest processors, two or four of the others, and one cache line. All operations
//! are plain loops over eight words that are always inlined, so they become the instructions of whichever function
//! of [`super::processor`] they end up in.

use std::ops::{BitAnd, BitAndAssign, BitOr, BitOrAssign, BitXor, Not};

/// Slots in a lane.
pub(super) const SLOTS: usize = 512;
/// Words in a lane.
pub(super) const WORDS: usize = SLOTS / WORD;
/// Slots in a word.
const WORD: usize = u64::BITS as usize;

/// One bit each for 512 slots; or eight numbers of 64 bits, where a lane holds sums or hashes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(align(64))]
pub(super) struct Lane(pub(super) [u64; WORDS]);

impl Lane {
    /// No slot.
    pub(super) const NONE: Self = Self([0; WORDS]);
    /// Every slot.
    pub(super) const ALL: Self = Self([u64::MAX; WORDS]);

    /// Sets or clears one slot.
    pub(super) const fn put(&mut self, slot: usize, on: bool) {
        let bit = 1 << (slot % WORD);
        let word = &mut self.0[slot / WORD];
        *word = if on { *word | bit } else { *word & !bit };
    }

    /// Whether a slot is set.
    #[inline(always)]
    pub(super) const fn get(&self, slot: usize) -> bool {
        self.0[slot / WORD] >> (slot % WORD) & 1 == 1
    }

    /// Whether no slot is set.
    #[inline(always)]
    pub(super) fn is_none(&self) -> bool {
        self.0.iter().fold(0, |all, word| all | word) == 0
    }

    /// How many slots are set.
    #[inline(always)]
    pub(super) fn count(&self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Does something with each slot that is set, ascending.
    #[inline(always)]
    pub(super) fn each(self, mut f: impl FnMut(usize)) {
        for (n, mut word) in self.0.into_iter().enumerate() {
            while word != 0 {
                f(n * WORD + word.trailing_zeros() as usize);
                word &= word - 1;
            }
        }
    }

    #[inline(always)]
    fn with(mut self, other: Self, f: impl Fn(u64, u64) -> u64) -> Self {
        for (a, b) in self.0.iter_mut().zip(other.0) {
            *a = f(*a, b);
        }
        self
    }
}

/// The slots that are set in any of some lanes.
#[inline(always)]
pub(super) fn any(lanes: &[Lane], of: &[usize]) -> Lane {
    let mut any = Lane::NONE;
    for &lane in of {
        any |= lanes[lane];
    }
    any
}

impl BitAnd for Lane {
    type Output = Self;
    #[inline(always)]
    fn bitand(self, other: Self) -> Self {
        self.with(other, |a, b| a & b)
    }
}

impl BitOr for Lane {
    type Output = Self;
    #[inline(always)]
    fn bitor(self, other: Self) -> Self {
        self.with(other, |a, b| a | b)
    }
}

impl BitXor for Lane {
    type Output = Self;
    #[inline(always)]
    fn bitxor(self, other: Self) -> Self {
        self.with(other, |a, b| a ^ b)
    }
}

impl Not for Lane {
    type Output = Self;
    #[inline(always)]
    fn not(self) -> Self {
        self ^ Self::ALL
    }
}

impl BitAndAssign for Lane {
    #[inline(always)]
    fn bitand_assign(&mut self, other: Self) {
        *self = *self & other;
    }
}

impl BitOrAssign for Lane {
    #[inline(always)]
    fn bitor_assign(&mut self, other: Self) {
        *self = *self | other;
    }
}
