//! One query's view of the columns that order its hits.

use std::collections::BTreeSet;

use super::index::{Marks, UNSTATED};
use super::order::{Rank, rotation};
use super::query::Plan;
use super::{Index, Nearness};

/// Gives every slot its rank in one query.
pub(super) struct Ranking<'a> {
    /// Marks of the asked menus.
    marks: Vec<&'a Marks>,
    /// Columns of points to add up: each distinct area of the asked menus once, and menus of no
    /// area.
    points: Vec<&'a [u8]>,
    /// Nearness per number in the residence column; empty when no place is given.
    nearness: Vec<Nearness>,
    residences: &'a [u16],
    id_hashes: &'a [u64],
    seed: u64,
}

impl<'a> Ranking<'a> {
    pub(super) fn new(index: &'a Index, plan: &Plan) -> Self {
        let marks = plan.menus.iter().map(|&menu| &index.menu_marks[menu as usize]).collect();
        let areas: BTreeSet<_> = plan.menus.iter().filter_map(|&menu| index.schema.area_of(menu)).collect();
        let without = plan.menus.iter().filter(|&&menu| index.schema.area_of(menu).is_none());
        let of_areas = areas.iter().map(|&area| &index.area_points[area as usize][..]);
        let of_menus = without.map(|&menu| &index.menu_points[menu as usize][..]);
        Self {
            marks,
            points: of_areas.chain(of_menus).collect(),
            nearness: nearness_by_residence(index.schema.regions(), plan.place),
            residences: &index.residences,
            id_hashes: &index.id_hashes,
            seed: plan.seed,
        }
    }

    pub(super) fn rank(&self, slot: usize) -> Rank {
        let (mut strong, mut able) = (0, 0);
        for marks in &self.marks {
            let is_strong = u8::from(marks.strong.get(slot));
            strong += is_strong;
            able += u8::from(marks.at_least_able.get(slot)) - is_strong;
        }
        let points = self.points.iter().map(|column| u16::from(column[slot])).sum();
        let residence = usize::from(self.residences[slot]);
        let nearness = self.nearness.get(residence).copied().unwrap_or(Nearness::Far);
        Rank::new(strong, able, points, nearness, rotation(self.seed, self.id_hashes[slot]))
    }
}

fn nearness_by_residence(regions: &[Option<usize>], place: Option<usize>) -> Vec<Nearness> {
    let Some(place) = place else {
        return Vec::new();
    };
    let mut table = vec![Nearness::Far; regions.len() + 1];
    let stated = usize::from(UNSTATED) + 1;
    for (residence, nearness) in table[stated..].iter_mut().enumerate() {
        *nearness = Nearness::between(place, residence, regions);
    }
    table
}
