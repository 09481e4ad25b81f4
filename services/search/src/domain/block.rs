//! A block: everything held of 512 slots.
//!
//! ```text
//!            slot 0   1   2  ...  511
//!  lanes   [ bit    bit bit      bit ]   what is asked of all 512 at once: see `layout`
//!  rows    [ row    row row      row ]   what is needed of one: its id, marks and points
//! ```
//!
//! Both are shared by everybody who holds the block, and copied when they are written to while somebody else holds them:
//! about 45 kB, a few microseconds.

use std::sync::Arc;

use super::bits::{Lane, SLOTS};
use super::id::Id;
use super::layout::{LIVE, Layout, MarkLanes, POINT_BITS};
use super::{Area, Mark, Menu, Rating};

/// 512 slots.
#[derive(Clone)]
pub(super) struct Block {
    lanes: Arc<[Lane]>,
    rows: Arc<[Row]>,
}

impl Block {
    /// A block without experts.
    pub(super) fn new(layout: &Layout) -> Self {
        Self { lanes: vec![Lane::NONE; layout.lanes()].into(), rows: vec![Row::default(); SLOTS].into() }
    }

    /// All lanes, by the numbers of [`Layout`].
    #[inline(always)]
    pub(super) fn lanes(&self) -> &[Lane] {
        &self.lanes
    }

    #[inline(always)]
    pub(super) fn row(&self, slot: usize) -> &Row {
        &self.rows[slot]
    }

    /// Gives a slot to the expert `id`.
    pub(super) fn name(&mut self, layout: &Layout, slot: usize, id: Id, hash: u64) {
        let lanes = Arc::make_mut(&mut self.lanes);
        lanes[LIVE].put(slot, true);
        for (bit, lane) in lanes[layout.hash_bits()].iter_mut().enumerate() {
            lane.put(slot, hash >> bit & 1 == 1);
        }
        Arc::make_mut(&mut self.rows)[slot] = Row { id, hash, ..Row::default() };
    }

    /// Frees a slot.
    pub(super) fn clear(&mut self, slot: usize) {
        for lane in Arc::make_mut(&mut self.lanes) {
            lane.put(slot, false);
        }
        Arc::make_mut(&mut self.rows)[slot] = Row::default();
    }

    /// Replaces the facet values of a slot.
    pub(super) fn put_values(&mut self, layout: &Layout, slot: usize, numbers: &[usize]) {
        let lanes = Arc::make_mut(&mut self.lanes);
        for lane in &mut lanes[layout.values()] {
            lane.put(slot, false);
        }
        for &number in numbers {
            lanes[layout.value(number)].put(slot, true);
        }
    }

    /// Replaces the facet values of all slots: a lane for each.
    pub(super) fn put_value_lanes(&mut self, layout: &Layout, values: &[Lane]) {
        Arc::make_mut(&mut self.lanes)[layout.values()].copy_from_slice(values);
    }

    /// Replaces marks and points of a slot.
    pub(super) fn put_rating(&mut self, layout: &Layout, slot: usize, rating: &Rating) {
        let lanes = Arc::make_mut(&mut self.lanes);
        let mut mark = |at: MarkLanes, mark: Mark| {
            lanes[at.able].put(slot, mark >= Mark::Able);
            lanes[at.strong].put(slot, mark == Mark::Strong);
        };
        for (menu, &of_menu) in rating.menu_marks.iter().enumerate() {
            mark(layout.menu_mark(menu), of_menu);
        }
        for (area, &of_area) in rating.area_marks.iter().enumerate() {
            mark(layout.area_mark(area), of_area);
        }
        let mut points = |first: usize, points: u8| {
            for (bit, lane) in lanes[first..first + POINT_BITS].iter_mut().enumerate() {
                lane.put(slot, points >> bit & 1 == 1);
            }
        };
        for (area, &of_area) in rating.area_points.iter().enumerate() {
            points(layout.area_points(area), of_area);
        }
        for (menu, &of_menu) in rating.menu_points.iter().enumerate() {
            if let Some(first) = layout.menu_points(menu) {
                points(first, of_menu);
            }
        }
        Arc::make_mut(&mut self.rows)[slot].put_rating(rating);
    }

    /// Bytes allocated for it, without its ids.
    pub(super) fn bytes(&self) -> usize {
        let counters = 2 * size_of::<usize>();
        // The counters stand before the first lane, which begins at a multiple of its own size.
        let lanes = size_of::<Lane>() + size_of_val(&*self.lanes);
        lanes + counters + size_of_val(&*self.rows)
    }
}

/// What is needed of one expert who comes into question for a list, side by side in memory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Row {
    /// Empty in a free slot.
    pub(super) id: Id,
    /// Of the id.
    pub(super) hash: u64,
    /// Two bits a mark, menus first.
    pub(super) marks: u32,
    pub(super) menu_points: [u8; Menu::ALL.len()],
    pub(super) area_points: [u8; Area::ALL.len()],
}

impl Row {
    /// How many marks there are.
    pub(super) const MARKS: usize = Menu::ALL.len() + Area::ALL.len();

    pub(super) fn rating(&self) -> Rating {
        Rating {
            area_marks: std::array::from_fn(|area| self.mark(Menu::ALL.len() + area)),
            menu_marks: std::array::from_fn(|menu| self.mark(menu)),
            area_points: self.area_points,
            menu_points: self.menu_points,
        }
    }

    fn put_rating(&mut self, rating: &Rating) {
        let marks = rating.menu_marks.iter().chain(&rating.area_marks).rev();
        self.marks = marks.fold(0, |all, mark| all << 2 | *mark as u32);
        self.menu_points = rating.menu_points;
        self.area_points = rating.area_points;
    }

    const fn mark(&self, n: usize) -> Mark {
        match self.marks >> (2 * n) & 3 {
            0 => Mark::None,
            1 => Mark::Able,
            _ => Mark::Strong,
        }
    }
}
