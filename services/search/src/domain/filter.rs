//! Who satisfies a query, and who would without one of its conditions.

use std::ops::Range;

use super::query::Plan;
use super::{FacetName, Index, bits};

/// Words looked at together: 4,096 experts, small enough that all masks stay in the first cache.
pub(super) const CHUNK: usize = 64;

type Mask = [u64; CHUNK];

/// The masks of one chunk of slots.
///
/// Counts leave out a facet's own condition: what one would get by choosing another value
/// there. So each condition needs the AND of all the others; with the running AND from the left
/// and from the right that is three operations a condition, in the same pass as the hits.
pub(super) struct Filter<'a> {
    index: &'a Index,
    plan: &'a Plan,
    words: Range<usize>,
    hits: Mask,
    /// Per condition: who satisfies it.
    chosen: Vec<Mask>,
    /// Per condition: who satisfies all but it.
    others: Vec<Mask>,
}

impl<'a> Filter<'a> {
    pub(super) fn new(index: &'a Index, plan: &'a Plan) -> Self {
        let masks = vec![[0; CHUNK]; plan.conditions.len()];
        Self { index, plan, words: 0..0, hits: [0; CHUNK], chosen: masks.clone(), others: masks }
    }

    /// Moves to the next chunk; `false` when there is none.
    pub(super) fn advance(&mut self) -> bool {
        let start = self.words.end;
        self.words = start..self.index.live.len().min(start + CHUNK);
        if self.words.is_empty() {
            return false;
        }
        self.choose();
        self.intersect();
        true
    }

    /// The words of this chunk.
    pub(super) fn words(&self) -> Range<usize> {
        self.words.clone()
    }

    /// Who satisfies everything.
    pub(super) fn hits(&self) -> &[u64] {
        &self.hits[..self.words.len()]
    }

    /// Who satisfies everything but a condition on `facet`: those its counts are taken over.
    pub(super) fn without(&self, facet: FacetName) -> &[u64] {
        let condition = self.plan.conditions.iter().position(|(chosen, _)| *chosen == facet);
        let mask = condition.map_or(&self.hits, |condition| &self.others[condition]);
        &mask[..self.words.len()]
    }

    fn choose(&mut self) {
        for (mask, (_, values)) in self.chosen.iter_mut().zip(&self.plan.conditions) {
            let mask = &mut mask[..self.words.len()];
            mask.fill(0);
            for &value in values {
                bits::or(mask, self.index.values[value].words(self.words.clone()));
            }
        }
    }

    fn intersect(&mut self) {
        let len = self.words.len();
        self.start();
        for (others, chosen) in self.others.iter_mut().zip(&self.chosen) {
            others[..len].copy_from_slice(&self.hits[..len]);
            bits::and(&mut self.hits[..len], &chosen[..len]);
        }
        let mut later = [u64::MAX; CHUNK];
        for (others, chosen) in self.others.iter_mut().zip(&self.chosen).rev() {
            bits::and(&mut others[..len], &later[..len]);
            bits::and(&mut later[..len], &chosen[..len]);
        }
    }

    /// Puts into `hits` whom the menus keep: ○ or ◎ in any asked one, or everybody.
    fn start(&mut self) {
        let hits = &mut self.hits[..self.words.len()];
        if self.plan.menus.is_empty() {
            hits.copy_from_slice(self.index.live.words(self.words.clone()));
            return;
        }
        hits.fill(0);
        for &menu in &self.plan.menus {
            let marks = &self.index.menu_marks[menu as usize];
            bits::or(hits, marks.at_least_able.words(self.words.clone()));
        }
    }
}
