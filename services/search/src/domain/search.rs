//! A search: one pass over the bitmaps, chunk by chunk.

use super::filter::Filter;
use super::page::Page;
use super::query::Plan;
use super::ranking::Ranking;
use super::{Answer, Index, Query, SortKey, UnknownCodes, bits};

impl Index {
    /// Answers `query` with at most `limit` hits that come after the key `after` (from the
    /// start without one). Total and counts are the same on every page; a limit of 0 gives them
    /// alone. The key need not be held any more; it must come from the same query and seed.
    ///
    /// # Errors
    /// All codes in the query that no list knows.
    pub fn search(&self, query: &Query, after: Option<&SortKey>, limit: usize) -> Result<Answer, UnknownCodes> {
        let plan = Plan::new(&self.schema, query)?;
        let ranking = Ranking::new(self, &plan);
        let mut filter = Filter::new(self, &plan);
        let mut page = Page::new(self, after, limit);
        let mut answer = Answer::new(&self.schema);
        while filter.advance() {
            answer.add(self, &filter);
            if limit > 0 {
                for slot in bits::ones(filter.hits(), filter.words().start) {
                    page.offer(slot, ranking.rank(slot));
                }
            }
        }
        answer.hits = page.into_hits();
        Ok(answer)
    }
}
