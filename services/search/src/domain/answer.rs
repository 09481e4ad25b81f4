//! What a search answers, and the counting of it.

use std::ops::Range;

use super::filter::Filter;
use super::index::Marks;
use super::{Area, FacetName, Index, Menu, Rating, Schema, SortKey, bits};

/// The answer to a search: the list of fig. 2-106 with its totals and counts, all exact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// How many experts satisfy the query, whatever the page.
    pub total: u32,
    /// The page, in order.
    pub hits: Vec<Hit>,
    /// Counts per facet value.
    pub facets: FacetCounts,
    /// Marks among the hits per menu, in the order of [`Menu::ALL`].
    pub menus: [MarkCounts; Menu::ALL.len()],
    /// Marks among the hits per area, in the order of [`Area::ALL`].
    pub areas: [MarkCounts; Area::ALL.len()],
}

/// One expert found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// Where the expert stands, with the id: what to ask the next page after.
    pub key: SortKey,
    /// Marks and points (fig. 2-111).
    pub rating: Rating,
}

/// How many of the hits hold each mark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MarkCounts {
    /// ◎.
    pub strong: u32,
    /// ○.
    pub able: u32,
    /// Blank.
    pub none: u32,
}

/// Experts per facet value, each facet counted without its own condition: what choosing the
/// value there would find. Experts with several values count in each of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FacetCounts {
    counts: Vec<u32>,
    ranges: [Range<usize>; FacetName::ALL.len()],
}

impl FacetCounts {
    fn new(schema: &Schema) -> Self {
        let ranges = FacetName::ALL.map(|facet| schema.range(facet));
        Self { counts: vec![0; schema.values()], ranges }
    }

    /// Counts of `facet`'s values, in the order of [`Schema::codes`].
    pub fn of(&self, facet: FacetName) -> &[u32] {
        &self.counts[self.ranges[facet as usize].clone()]
    }

    fn add(&mut self, index: &Index, filter: &Filter<'_>) {
        for (facet, range) in FacetName::ALL.into_iter().zip(&self.ranges) {
            let mask = filter.without(facet);
            if !bits::any(mask) {
                continue;
            }
            for value in range.clone() {
                let words = index.values[value].words(filter.words());
                self.counts[value] += bits::count_both(words, mask);
            }
        }
    }
}

impl MarkCounts {
    fn add(&mut self, marks: &Marks, filter: &Filter<'_>, hits: u32) {
        let at_least_able = bits::count_both(marks.at_least_able.words(filter.words()), filter.hits());
        let strong = bits::count_both(marks.strong.words(filter.words()), filter.hits());
        self.strong += strong;
        self.able += at_least_able - strong;
        self.none += hits - at_least_able;
    }
}

impl Answer {
    /// An answer that has seen nobody yet.
    pub(super) fn new(schema: &Schema) -> Self {
        Self {
            total: 0,
            hits: Vec::new(),
            facets: FacetCounts::new(schema),
            menus: Default::default(),
            areas: Default::default(),
        }
    }

    /// Counts one chunk in.
    pub(super) fn add(&mut self, index: &Index, filter: &Filter<'_>) {
        self.facets.add(index, filter);
        let hits = bits::count(filter.hits());
        if hits == 0 {
            return;
        }
        self.total += hits;
        for (counts, marks) in self.menus.iter_mut().zip(&index.menu_marks) {
            counts.add(marks, filter, hits);
        }
        for (counts, marks) in self.areas.iter_mut().zip(&index.area_marks) {
            counts.add(marks, filter, hits);
        }
    }
}
