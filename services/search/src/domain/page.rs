//! The best few of many hits, without sorting the rest.

use std::collections::BinaryHeap;

use super::order::Rank;
use super::{Hit, Index, SortKey};

/// A hit in the running: compares like its [`SortKey`].
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Candidate<'a> {
    rank: Rank,
    id: &'a str,
    slot: usize,
}

/// Keeps the first `limit` hits after a key: a heap of that size with the last of them on top.
pub(super) struct Page<'a> {
    index: &'a Index,
    after: Option<(Rank, &'a str)>,
    limit: usize,
    kept: BinaryHeap<Candidate<'a>>,
}

impl<'a> Page<'a> {
    pub(super) fn new(index: &'a Index, after: Option<&'a SortKey>, limit: usize) -> Self {
        let after = after.map(|key| (key.rank(), key.id.as_str()));
        Self { index, after, limit, kept: BinaryHeap::new() }
    }

    pub(super) fn offer(&mut self, slot: usize, rank: Rank) {
        let full = self.kept.len() >= self.limit;
        if full && self.kept.peek().is_none_or(|last| rank > last.rank) {
            return;
        }
        let Some(id) = self.index.ids[slot].as_deref() else {
            return;
        };
        if self.after.is_some_and(|after| (rank, id) <= after) {
            return;
        }
        let candidate = Candidate { rank, id, slot };
        if !full {
            self.kept.push(candidate);
        } else if let Some(mut last) = self.kept.peek_mut()
            && candidate < *last
        {
            *last = candidate;
        }
    }

    /// The page, in order.
    pub(super) fn into_hits(self) -> Vec<Hit> {
        let hit = |candidate: Candidate<'_>| Hit {
            key: candidate.rank.into_key(candidate.id.to_owned()),
            rating: self.index.rating(candidate.slot),
        };
        self.kept.into_sorted_vec().into_iter().map(hit).collect()
    }
}
