//! Which lane of a block holds what.
//!
//! ```text
//!        0      1 ..
//!      +------+----------------------+--------------------+-----------------------+-------------------+
//!      | live | one for each value   | two for each menu, | eight for each column | 32: lowest bits   |
//!      |      | of each facet, in    | then area: ○ or ◎, | of points that can    | of the ids' hash, |
//!      |      | the schema's order   | and ◎              | order, lowest first   | lowest first      |
//!      +------+----------------------+--------------------+-----------------------+-------------------+
//!       `-------------------- counted -------------------'
//! ```
//!
//! All that one query looks at in a block lies in a few contiguous runs: a facet's counts are one run under one mask.
//! Points are stored as bit slices (lane `n` holds bit `n` of 512 experts' points), so that 512 experts are compared
//! with a bound in as many operations as points have bits; so are those bits of the hashes that the daily rotation
//! begins with.

use std::ops::Range;

use super::order::HASH_BITS;
use super::schema::Schema;
use super::{Area, Menu};

/// The lane of slots that hold an expert. A free slot is clear in every lane.
pub(super) const LIVE: usize = 0;
/// Lanes that a column of points takes: the bits of a `u8`.
pub(super) const POINT_BITS: usize = u8::BITS as usize;

const MENUS: usize = Menu::ALL.len();
const AREAS: usize = Area::ALL.len();
/// Lanes of marks: two for each menu and area.
const MARKS: usize = 2 * (MENUS + AREAS);

/// The two lanes that hold a mark.
#[derive(Clone, Copy, Debug)]
pub(super) struct MarkLanes {
    /// ○ or ◎.
    pub(super) able: usize,
    /// ◎.
    pub(super) strong: usize,
}

/// Where the lanes are, for one schema.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    values: usize,
    /// First lane of the points of each menu that no area rates.
    menu_points: [Option<usize>; MENUS],
    /// First lane of the hashes' bits: the end of the points.
    hash_bits: usize,
}

impl Layout {
    pub(super) fn new(schema: &Schema) -> Self {
        let values = schema.values();
        let mut next = 1 + values + MARKS + AREAS * POINT_BITS;
        let menu_points = Menu::ALL.map(|menu| {
            let own = schema.area_of(menu).is_none().then_some(next);
            next += own.map_or(0, |_| POINT_BITS);
            own
        });
        Self { values, menu_points, hash_bits: next }
    }

    /// Lanes in a block.
    pub(super) const fn lanes(&self) -> usize {
        self.hash_bits + HASH_BITS
    }

    /// Lanes that can be counted, from [`LIVE`] on.
    pub(super) const fn counted(&self) -> usize {
        1 + self.values + MARKS
    }

    /// The lanes of all facets' values.
    pub(super) const fn values(&self) -> Range<usize> {
        1..1 + self.values
    }

    /// The lane of a value with this number.
    pub(super) const fn value(&self, number: usize) -> usize {
        1 + number
    }

    /// The lanes of all marks.
    pub(super) const fn marks(&self) -> Range<usize> {
        1 + self.values..1 + self.values + MARKS
    }

    /// The lanes of a menu's mark.
    pub(super) const fn menu_mark(&self, menu: usize) -> MarkLanes {
        let able = 1 + self.values + 2 * menu;
        MarkLanes { able, strong: able + 1 }
    }

    /// The lanes of an area's mark.
    pub(super) const fn area_mark(&self, area: usize) -> MarkLanes {
        self.menu_mark(MENUS + area)
    }

    /// First of the [`POINT_BITS`] lanes of an area's points.
    pub(super) const fn area_points(&self, area: usize) -> usize {
        1 + self.values + MARKS + area * POINT_BITS
    }

    /// First of the [`POINT_BITS`] lanes of a menu's points, where they can order.
    pub(super) const fn menu_points(&self, menu: usize) -> Option<usize> {
        self.menu_points[menu]
    }

    /// The lanes of the bits of the ids' hashes that a rotation begins with, lowest first.
    pub(super) const fn hash_bits(&self) -> Range<usize> {
        self.hash_bits..self.hash_bits + HASH_BITS
    }
}
