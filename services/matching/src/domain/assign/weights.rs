//! Four levels in one number, without ever mixing them up.
//!
//! The levels are: requests served, score, even spread, proposals kept. An assignment is a circulation (root → groups →
//! request → expert → root), and it is the best one exactly when no cycle of what could be moved is an improvement.
//! That holds for costs from any ordered group, so for the four levels compared one after the other; therefore it is
//! enough that on every such *cycle*, not on every assignment, the weighted sum has the sign of its first level that is
//! not 0.
//!
//! A cycle that visits nothing twice contains at most `k` requests, where `k` is the least of the number of requests
//! and twice the number of experts, because each of its requests stands beside one of its experts, and each expert
//! beside two arcs. It passes the root at most once, by which one unit comes to at most one expert and leaves at most
//! one other. So:
//!
//! - proposals kept change by at most `k`;
//! - the sum of squares changes by at most `2m`, where `m` is the most work anybody can come to, because one unit more
//!   or less at an expert with `x` ≤ `m` units costs between 1 and `2m - 1`, and the two have opposite signs;
//! - the score changes by at most `k · s`, where `s` is the best score: each request loses at most `s` or gains that.
//!
//! With `kept = 1`, `spread = k + 1`, `score = spread · 2m + k + 1` and `served = score · k · s + spread · 2m + k + 1`
//! each level's unit is more than all below it together can change. Prices of places are lengths of shortest paths, at
//! most two `served` and what one cycle of the other levels adds, another one; a search adds two such. The prices may
//! drift with the root's by four (see `Network::settle`). Sixteen `served` bound all of that: whether `i64` is enough
//! is decided by it.

use std::fmt::Debug;
use std::ops::{Add, AddAssign, Mul, Neg, Sub, SubAssign};

/// A cost that holds all four levels.
pub(super) trait Cost:
    Copy
    + Default
    + Ord
    + Debug
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Neg<Output = Self>
    + AddAssign
    + SubAssign
    + From<u32>
    + From<bool>
    + TryFrom<i128>
{
    const ZERO: Self;
    const MAX: Self;
}

impl Cost for i64 {
    const ZERO: Self = 0;
    const MAX: Self = Self::MAX;
}

impl Cost for i128 {
    const ZERO: Self = 0;
    const MAX: Self = Self::MAX;
}

/// What a unit of each level weighs; a proposal kept weighs 1.
#[derive(Clone, Copy, Debug)]
pub(super) struct Weights<C> {
    pub(super) served: C,
    pub(super) score: C,
    pub(super) spread: C,
}

/// The sizes on which the weights rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bounds {
    /// The most requests on a cycle.
    pub(super) requests: u64,
    /// The most work anybody can come to.
    pub(super) work: u64,
    /// The best score.
    pub(super) score: u32,
    /// Whether proposals are out that could be kept.
    pub(super) proposals: bool,
}

impl Bounds {
    /// Twice as much room, for a state that is to grow.
    pub(super) fn with_headroom(self) -> Self {
        Self {
            requests: (2 * self.requests).next_power_of_two().max(64),
            work: (2 * self.work).next_power_of_two().max(8),
            score: super::problem::MAX_SCORE,
            proposals: true,
        }
    }

    /// The weights, where they fit in `C`: at the limits of a problem they are below 2^90, so that `i128` always
    /// serves.
    pub(super) fn weights<C: Cost>(self) -> Option<Weights<C>> {
        let cycle = i128::from(self.requests) + 1;
        let kept = if self.proposals { cycle } else { 0 };
        let spread = kept + 1;
        let squares = spread * 2 * i128::from(self.work);
        let score = squares + kept + 1;
        let served = score * cycle * i128::from(self.score) + squares + kept + 1;
        C::try_from(16 * served).ok()?;
        Some(Weights {
            served: C::try_from(served).ok()?,
            score: C::try_from(score).ok()?,
            spread: C::try_from(spread).ok()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Bounds;

    #[test]
    fn a_batch_of_ten_thousand_fits_in_64_bits_and_the_largest_in_128() {
        let bounds = Bounds { requests: 10_000, work: 16, score: 1_000_000, proposals: true };
        assert!(bounds.weights::<i64>().is_some());
        let bounds = Bounds { requests: 100_000, work: 2_000_000, score: 1_000_000, proposals: true };
        assert!(bounds.weights::<i64>().is_none());
        assert!(bounds.with_headroom().weights::<i128>().is_some());
    }
}
