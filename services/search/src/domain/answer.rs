//! What a search answers.

use std::ops::Range;

use super::layout::Layout;
use super::query::Query;
use super::tally::Counts;
use super::{Area, FacetName, Menu, Rating, Schema, SortKey};

/// The answer to a search: the list of fig. 2-106 with its totals and counts, all exact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// How many experts satisfy the query, whatever the page.
    pub total: u32,
    /// The page, in order.
    pub hits: Vec<Hit>,
    /// Counts per value of the facets the query asks for.
    pub facets: FacetCounts,
    /// Marks among the hits per menu, in the order of [`Menu::ALL`]; all 0 when the query does not ask for marks.
    pub menus: [MarkCounts; Menu::ALL.len()],
    /// Marks among the hits per area, in the order of [`Area::ALL`]; all 0 when the query does not ask for marks.
    pub areas: [MarkCounts; Area::ALL.len()],
}

/// One expert found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// Where the expert stands, with the id: what to ask the next page after.
    pub key: SortKey,
    /// The expert's slot in the snapshot that was searched: where to find what is kept beside the index as it stood then.
    pub slot: u32,
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
    /// Counts of `facet`'s values, in the order of [`Schema::codes`]; none when the query did not ask for the facet.
    pub fn of(&self, facet: FacetName) -> &[u32] {
        &self.counts[self.ranges[facet as usize].clone()]
    }
}

impl Answer {
    pub(super) fn new(schema: &Schema, layout: &Layout, query: &Query, counts: &Counts, hits: Vec<Hit>) -> Self {
        let range = |facet| if query.facets.contains(facet) { schema.range(facet) } else { 0..0 };
        let facets = FacetCounts { counts: counts.values(layout).to_vec(), ranges: FacetName::ALL.map(range) };
        let (mut menus, mut areas) = Default::default();
        if query.marks {
            (menus, areas) = (counts.menu_marks(layout), counts.area_marks(layout));
        }
        Self { total: counts.hits(), hits, facets, menus, areas }
    }
}
