//! A search: one pass over the blocks.

use super::bits::Lane;
use super::layout::Layout;
use super::page::Page;
use super::query::Plan;
use super::ranking::Ranking;
use super::shelf::Shelf;
use super::sieve::Sieve;
use super::tally::{Counts, Popcount, Tally};
use super::within::Blocks;
use super::{Answer, Query, Snapshot, SortKey, UnknownCodes, Within};

impl Snapshot {
    /// Answers `query` with at most `limit` hits that come after the key `after` (from the
    /// start without one). Total and counts are the same on every page; a limit of 0 gives them
    /// alone. The key need not be held any more; it must come from the same query and seed.
    ///
    /// # Errors
    /// All codes in the query that no list knows.
    pub fn search(&self, query: &Query, after: Option<&SortKey>, limit: usize) -> Result<Answer, UnknownCodes> {
        self.search_within(query, Within::Everybody, after, limit)
    }

    /// As [`search`](Self::search), limited to `within`, which narrows all counts, as it is no facet's own condition.
    ///
    /// # Errors
    /// As [`search`](Self::search).
    pub fn search_within(
        &self,
        query: &Query,
        within: Within<'_>,
        after: Option<&SortKey>,
        limit: usize,
    ) -> Result<Answer, UnknownCodes> {
        let (schema, layout) = (&self.lists.schema, &self.lists.layout);
        let plan = Plan::new(schema, layout, query)?;
        let ranking = Ranking::new(schema, layout, &plan);
        let mut page = Page::new(&ranking, after, limit);
        let scan = Scan { shelf: &self.shelf, layout, plan: &plan, within, page: &mut page };
        let counts = self.processor.run(scan);
        Ok(Answer::new(schema, layout, query, &counts, page.into_hits()))
    }
}

/// The pass, to be run by a [`Processor`](super::Processor).
pub(super) struct Scan<'a, 'b> {
    shelf: &'b Shelf,
    layout: &'a Layout,
    plan: &'a Plan,
    within: Within<'a>,
    page: &'a mut Page<'b>,
}

impl Scan<'_, '_> {
    #[inline(always)]
    pub(super) fn run<P: Popcount>(self, popcount: &P) -> Counts {
        let mut sieve = Sieve::new();
        let mut tally = Tally::new(popcount, self.plan);
        let mut blocks = Blocks::new(self.within, self.shelf.len());
        while let Some(first) = blocks.next() {
            // The last batch is filled up with a block that nobody of is let through.
            let filling = (first.0, Lane::NONE);
            let batch =
                [Some(first), blocks.next(), blocks.next(), blocks.next()].map(|other| other.unwrap_or(filling));
            let held = batch.map(|(block, _)| self.shelf.block(block));
            for (n, (_, within)) in batch.into_iter().enumerate() {
                sieve.sift(n, self.plan, held[n].lanes(), within);
            }
            tally.add(held, &sieve);
            for (((n, _), block), hits) in batch.into_iter().zip(held).zip(sieve.hits()) {
                self.page.add(n, block, *hits);
            }
        }
        tally.into_counts(self.layout)
    }
}
