//! Who satisfies a query, and who would without one of its conditions, for a few blocks at a time.

use super::bits::{Lane, any};
use super::query::{Mask, Plan};
use super::schema::FACETS;

/// Blocks that are looked at together, so that what is counted of them is added up before it is stored.
pub(super) const BATCH: usize = 4;

/// The masks of a batch of blocks.
///
/// Counts leave out a facet's own condition, so each condition needs the AND of all the others: with a running AND from
/// the left and one from the right that is three operations a condition, in the same pass as the hits.
pub(super) struct Sieve {
    masks: [[Lane; BATCH]; 1 + FACETS],
}

impl Sieve {
    pub(super) const fn new() -> Self {
        Self { masks: [[Lane::NONE; BATCH]; 1 + FACETS] }
    }

    /// Works out the masks of block `n` of the batch for those within `within`.
    #[inline(always)]
    pub(super) fn sift(&mut self, n: usize, plan: &Plan, lanes: &[Lane], within: Lane) {
        let mut hits = any(lanes, &plan.base);
        for menu in &plan.narrowed {
            hits |= lanes[menu.able] & any(lanes, &menu.themes);
        }
        hits &= within;
        if hits.is_none() {
            for masks in &mut self.masks[..=plan.conditions.len()] {
                masks[n] = Lane::NONE;
            }
            return;
        }
        let mut chosen = [Lane::ALL; FACETS];
        for ((others, chosen), values) in self.masks[1..].iter_mut().zip(&mut chosen).zip(&plan.conditions) {
            *chosen = any(lanes, values);
            others[n] = hits;
            hits &= *chosen;
        }
        let mut later = Lane::ALL;
        for condition in (0..plan.conditions.len()).rev() {
            self.masks[1 + condition][n] &= later;
            later &= chosen[condition];
        }
        self.masks[0][n] = hits;
    }

    /// Who satisfies everything, per block.
    #[inline(always)]
    pub(super) fn hits(&self) -> &[Lane; BATCH] {
        self.masks(Mask::HITS)
    }

    /// The masks over which something is counted, per block.
    #[inline(always)]
    pub(super) fn masks(&self, mask: Mask) -> &[Lane; BATCH] {
        &self.masks[mask.0]
    }
}
