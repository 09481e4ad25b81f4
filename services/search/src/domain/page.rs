//! The best few of many hits, without ranking the rest.
//!
//! As soon as there are enough for a page, the last of them is a bound: most of a later block is out by the bits of its
//! standing alone, a few operations for 512 experts. Among those level with the bound the rotation decides, for which
//! one number per expert is enough. Only who gets in is ranked in full.

use std::cmp::Ordering;

use super::bits::{Lane, SLOTS};
use super::block::{Block, Row};
use super::order::Standing;
use super::ranking::{Ranking, Standings};
use super::{Hit, SortKey};

/// How many more than a page are collected before all but the page are thrown out. (A heap of exactly a page would take
/// a few unforeseeable turns for everybody who gets in; cutting down now and then does not.)
const SPARE: usize = 44;

/// Finds the first `limit` hits after a key.
pub(super) struct Page<'a> {
    ranking: &'a Ranking<'a>,
    standings: Standings,
    after: Option<&'a SortKey>,
    limit: usize,
    kept: Vec<Candidate<'a>>,
    /// At least `limit` of those kept come not after it: whoever does is out.
    bound: Option<Candidate<'a>>,
}

/// A hit in the running.
#[derive(Clone, Copy)]
struct Candidate<'a> {
    standing: Standing,
    /// Among all of the index.
    slot: u32,
    block: &'a Block,
}

impl<'a> Page<'a> {
    pub(super) fn new(ranking: &'a Ranking<'a>, after: Option<&'a SortKey>, limit: usize) -> Self {
        Self { ranking, standings: Standings::new(), after, limit, kept: Vec::new(), bound: None }
    }

    /// Looks for the page's hits among the `hits` of the `n`th block.
    #[inline(always)]
    pub(super) fn add(&mut self, n: usize, block: &'a Block, hits: Lane) {
        if self.limit == 0 || hits.is_none() {
            return;
        }
        let (ranking, standings) = (self.ranking, &mut self.standings);
        ranking.read(block.lanes(), standings);
        // Without a bound all of them stand above it.
        let bound = self.bound.map_or(Standing::default(), |bound| bound.standing);
        let (above, level) = match self.bound {
            Some(_) => ranking.compare(standings, hits, bound),
            None => (hits, Lane::NONE),
        };
        if (above | level).is_none() {
            return;
        }
        let (above, level) = ranking.read_turns(block.lanes(), standings, (above, level), bound);
        let mut left = above | level;
        if let Some(key) = self.after {
            left = self.later(block, left, key);
        }
        if left.count() > self.limit {
            left = ranking.best(&self.standings, left, self.limit);
        }
        left.each(|at| {
            let candidate = Candidate { standing: self.standings.of(at), slot: (n * SLOTS + at) as u32, block };
            self.keep(candidate);
        });
        if self.bound.is_none() {
            self.cut();
        }
    }

    /// The page, in order.
    pub(super) fn into_hits(mut self) -> Vec<Hit> {
        self.cut();
        self.kept.sort_unstable_by(|one, other| one.compare(other, self.ranking));
        let hit = |candidate: &Candidate<'_>| {
            let row = candidate.row();
            Hit { key: self.ranking.key(candidate.standing, row), slot: candidate.slot, rating: row.rating() }
        };
        self.kept.iter().map(hit).collect()
    }

    /// Of `among`, those who come after a key.
    #[inline(never)]
    fn later(&self, block: &Block, among: Lane, key: &SortKey) -> Lane {
        let (above, level) = self.standings.compare_any(among, Standing::of(key));
        let mut later = among & !above;
        level.each(|slot| {
            let own = self.ranking.key(self.standings.of(slot), block.row(slot));
            later.put(slot, own > *key);
        });
        later
    }

    #[inline(always)]
    fn keep(&mut self, candidate: Candidate<'a>) {
        self.kept.push(candidate);
        if self.kept.len() >= self.limit.saturating_add(SPARE) {
            self.cut();
        }
    }

    /// Throws out all but the page.
    #[inline(never)]
    fn cut(&mut self) {
        if self.limit > 0 && self.kept.len() >= self.limit {
            let (_, last, _) =
                self.kept.select_nth_unstable_by(self.limit - 1, |one, other| one.compare(other, self.ranking));
            self.bound = Some(*last);
            self.kept.truncate(self.limit);
        }
    }
}

impl Candidate<'_> {
    /// As their [`SortKey`]s compare, without making them.
    #[inline(always)]
    fn compare(&self, other: &Self, ranking: &Ranking<'_>) -> Ordering {
        other.standing.cmp(&self.standing).then_with(|| ranking.compare_rest(self.row(), other.row()))
    }

    fn row(&self) -> &Row {
        self.block.row(self.slot as usize % SLOTS)
    }
}
