//! Bitmaps, and the few loops over their words that a search spends its time in.
//!
//! Every hot loop of the index is here and takes plain slices of equal length, so the compiler
//! can vectorise it, and a dispatch by the machine's instruction set has one place to go.

use std::ops::Range;

/// Slots in a word.
const WORD: usize = u64::BITS as usize;

/// One bit a slot. All bitmaps of an index are equally long.
#[derive(Debug, Default)]
pub(super) struct Bitmap(Vec<u64>);

impl Bitmap {
    /// Makes room for `slots` slots; new ones are clear.
    pub(super) fn grow(&mut self, slots: usize) {
        let words = slots.div_ceil(WORD);
        if words > self.0.len() {
            self.0.resize(words, 0);
        }
    }

    /// Sets or clears one slot.
    pub(super) fn put(&mut self, slot: usize, on: bool) {
        let bit = 1 << (slot % WORD);
        let word = &mut self.0[slot / WORD];
        *word = if on { *word | bit } else { *word & !bit };
    }

    /// Whether a slot is set.
    pub(super) fn get(&self, slot: usize) -> bool {
        self.0[slot / WORD] >> (slot % WORD) & 1 == 1
    }

    /// How many words there are.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Bytes its words take.
    pub(super) fn bytes(&self) -> usize {
        size_of_val(self.0.as_slice())
    }

    /// A run of words.
    pub(super) fn words(&self, range: Range<usize>) -> &[u64] {
        &self.0[range]
    }
}

/// `into |= bits`
pub(super) fn or(into: &mut [u64], bits: &[u64]) {
    for (a, b) in into.iter_mut().zip(bits) {
        *a |= b;
    }
}

/// `into &= bits`
pub(super) fn and(into: &mut [u64], bits: &[u64]) {
    for (a, b) in into.iter_mut().zip(bits) {
        *a &= b;
    }
}

/// Whether any bit is set.
pub(super) fn any(bits: &[u64]) -> bool {
    bits.iter().fold(0, |all, word| all | word) != 0
}

/// How many bits are set.
pub(super) fn count(bits: &[u64]) -> u32 {
    bits.iter().map(|word| word.count_ones()).sum()
}

/// How many bits are set in both.
pub(super) fn count_both(a: &[u64], b: &[u64]) -> u32 {
    a.iter().zip(b).map(|(a, b)| (a & b).count_ones()).sum()
}

/// The slots set in `bits`, ascending; `first_word` is where `bits` begins in its bitmap.
pub(super) fn ones(bits: &[u64], first_word: usize) -> impl Iterator<Item = usize> {
    bits.iter().enumerate().flat_map(move |(n, &word)| {
        let base = (first_word + n) * WORD;
        let mut rest = word;
        std::iter::from_fn(move || {
            (rest != 0).then(|| {
                let bit = rest.trailing_zeros() as usize;
                rest &= rest - 1;
                base + bit
            })
        })
    })
}
