//! What orders the hits of one query: the standings of the 512 experts of a block at once, compared bit by bit.

use std::cmp::Ordering;

use super::bits::{Lane, WORDS, any};
use super::block::Row;
use super::layout::{Layout, MarkLanes, POINT_BITS};
use super::order::{Parity, Standing, TURN_BITS, Turn};
use super::query::Plan;
use super::{FacetName, Nearness, Schema, SortKey};

/// How the hits of one query are ordered.
pub(super) struct Ranking<'a> {
    layout: &'a Layout,
    menus: Vec<MarkLanes>,
    /// First lanes of the columns of points to add up: each distinct area of the asked menus once, and menus of no area.
    points: Vec<usize>,
    /// Per preference, the lanes of its values.
    preferences: &'a [Vec<usize>],
    near: Option<Near>,
    turn: Turn,
    /// The bits of a [`Standing`] above the turn that this query can set, from the top.
    bits: Vec<usize>,
}

/// Lanes of residence.
struct Near {
    prefecture: usize,
    /// The prefectures of its region, itself included; only itself where it is in none.
    region: Vec<usize>,
}

/// The standings of a block's slots as bit slices: lane `n` holds bit `n` of each slot's [`Standing`].
pub(super) struct Standings([Lane; Standing::BITS]);

impl Standings {
    pub(super) const fn new() -> Self {
        Self([Lane::NONE; Standing::BITS])
    }

    /// The standing of one slot.
    #[inline(always)]
    pub(super) fn of(&self, slot: usize) -> Standing {
        let bit = |all: u32, (bit, lane): (usize, &Lane)| all | u32::from(lane.get(slot)) << bit;
        Standing(self.0.iter().enumerate().fold(0, bit))
    }
}

impl<'a> Ranking<'a> {
    pub(super) fn new(schema: &Schema, layout: &'a Layout, plan: &'a Plan) -> Self {
        let mut points = Vec::with_capacity(plan.menus.len());
        for &menu in &plan.menus {
            let of_area = schema.area_of(menu).map(|area| layout.area_points(area as usize));
            let column = of_area.or_else(|| layout.menu_points(menu as usize));
            points.extend(column.filter(|column| !points.contains(column)));
        }
        let menus: Vec<_> = plan.menus.iter().map(|&menu| layout.menu_mark(menu as usize)).collect();
        let near = plan.place.map(|place| Near::new(schema, layout, place));
        let preferences = &plan.preferences;
        let bits = bits(menus.len(), preferences.len(), points.len(), near.is_some());
        Self { layout, menus, points, preferences, near, turn: Turn::new(plan.seed), bits }
    }

    /// Works out the standings of a block, all but the turn.
    #[inline(always)]
    pub(super) fn read(&self, lanes: &[Lane], into: &mut Standings) {
        self.read_marks(lanes, into);
        self.read_points(lanes, into);
        if !self.preferences.is_empty() {
            let (low, bits) = Standing::PREFERRED;
            let number = &mut into.0[low..low + bits];
            number.fill(Lane::NONE);
            for values in self.preferences {
                count_in(number, any(lanes, values));
            }
        }
        if let Some(near) = &self.near {
            let prefecture = lanes[near.prefecture];
            let region = any(lanes, &near.region);
            let (low, _) = Standing::NEAR;
            into.0[low] = region & !prefecture;
            into.0[low + 1] = prefecture;
        }
    }

    #[inline(always)]
    fn read_marks(&self, lanes: &[Lane], into: &mut Standings) {
        let ((strong, strong_bits), (able, able_bits)) = (Standing::STRONG, Standing::ABLE);
        if let [at] = self.menus[..] {
            into.0[strong] = lanes[at.strong];
            into.0[able] = lanes[at.able] & !lanes[at.strong];
            return;
        }
        into.0[able..strong + strong_bits].fill(Lane::NONE);
        for at in &self.menus {
            count_in(&mut into.0[strong..strong + strong_bits], lanes[at.strong]);
            count_in(&mut into.0[able..able + able_bits], lanes[at.able] & !lanes[at.strong]);
        }
    }

    #[inline(always)]
    fn read_points(&self, lanes: &[Lane], into: &mut Standings) {
        let (low, bits) = Standing::POINTS;
        if let [column] = self.points[..] {
            into.0[low..low + POINT_BITS].copy_from_slice(&lanes[column..column + POINT_BITS]);
            return;
        }
        into.0[low..low + bits].fill(Lane::NONE);
        for &column in &self.points {
            add_in(&mut into.0[low..low + bits], &lanes[column..column + POINT_BITS]);
        }
    }

    /// Works out the turns of a block and takes those above a bound out of those level with it, as far as there are any:
    /// where nobody is left, the rest is not even looked at.
    #[inline(always)]
    pub(super) fn read_turns(
        &self,
        lanes: &[Lane],
        into: &mut Standings,
        (mut above, mut level): (Lane, Lane),
        bound: Standing,
    ) -> (Lane, Lane) {
        let hash = &lanes[self.layout.hash_bits()];
        for (Parity { of: [a, b, c, d], over }, bit) in self.turn.first().iter().zip((0..TURN_BITS).rev()) {
            // More comes first in a standing, less in a rotation.
            let turn = hash[*a] ^ hash[*b] ^ hash[*c] ^ hash[*d] ^ Lane([!over; WORDS]);
            into.0[bit] = turn;
            (above, level) = split(above, level, turn, bound, bit);
            if (above | level).is_none() {
                break;
            }
        }
        (above, level)
    }

    /// What is left of the rotation of two who stand level, and then their ids.
    pub(super) fn compare_rest(&self, one: &Row, other: &Row) -> Ordering {
        let rest = |row: &Row| self.turn.rest(row.hash);
        rest(one).cmp(&rest(other)).then_with(|| one.id.cmp(&other.id))
    }

    /// The key of an expert with this standing.
    pub(super) fn key(&self, standing: Standing, row: &Row) -> SortKey {
        standing.into_key(self.turn.rest(row.hash), row.id.text().into_owned())
    }
}

impl Ranking<'_> {
    /// Of `among`: those who stand above a bound as far as the bits above the turn tell, and those who stand level with
    /// it. The bound is the standing of an expert in this query.
    #[inline(always)]
    pub(super) fn compare(&self, standings: &Standings, among: Lane, bound: Standing) -> (Lane, Lane) {
        standings.compare(self.bits.iter().copied(), among, bound)
    }

    /// The best `n` of `among` by standing, and all who stand level with the last of them.
    #[inline(always)]
    pub(super) fn best(&self, standings: &Standings, among: Lane, n: usize) -> Lane {
        let (mut above, mut level) = (Lane::NONE, among);
        for bit in self.bits.iter().copied().chain((0..TURN_BITS).rev()) {
            let higher = above | level & standings.0[bit];
            if higher.count() >= n {
                level &= standings.0[bit];
            } else {
                above = higher;
                level &= !standings.0[bit];
            }
        }
        above | level
    }
}

impl Standings {
    /// Of `among`: those who stand above a bound, and those who stand level with it. The bound may come from outside and
    /// set bits that nobody's standing does.
    #[inline(always)]
    pub(super) fn compare_any(&self, among: Lane, bound: Standing) -> (Lane, Lane) {
        self.compare((0..Standing::BITS).rev(), among, bound)
    }

    #[inline(always)]
    fn compare(&self, bits: impl Iterator<Item = usize>, among: Lane, bound: Standing) -> (Lane, Lane) {
        let (mut above, mut level) = (Lane::NONE, among);
        for bit in bits {
            (above, level) = split(above, level, self.0[bit], bound, bit);
        }
        (above, level)
    }
}

/// Goes on comparing with a bound by the next bit: who stood level and has it where the bound has not stands above.
#[inline(always)]
fn split(above: Lane, level: Lane, lane: Lane, bound: Standing, bit: usize) -> (Lane, Lane) {
    if bound.0 >> bit & 1 == 1 { (above, level & lane) } else { (above | level & lane, level & !lane) }
}

impl Near {
    fn new(schema: &Schema, layout: &Layout, place: usize) -> Self {
        let lane = |place: usize| layout.value(schema.range(FacetName::Residence).start + place);
        let regions = schema.regions();
        let near = (0..regions.len()).filter(|&other| Nearness::between(place, other, regions) != Nearness::Far);
        Self { prefecture: lane(place), region: near.map(lane).collect() }
    }
}

/// The bits that standings can set with so many menus, preferences and columns of points, from the top.
fn bits(menus: usize, preferences: usize, columns: usize, near: bool) -> Vec<usize> {
    let needed = |most: usize| (usize::BITS - most.leading_zeros()) as usize;
    let part = |(low, _): (usize, usize), most: usize| (low..low + needed(most)).rev();
    let marks = part(Standing::STRONG, menus).chain(part(Standing::ABLE, menus));
    let points = part(Standing::POINTS, columns * usize::from(u8::MAX));
    let preferred = part(Standing::PREFERRED, preferences);
    marks.chain(preferred).chain(points).chain(part(Standing::NEAR, if near { 2 } else { 0 })).collect()
}

/// Adds one to the bit-sliced numbers of the slots in `ones`.
#[inline(always)]
fn count_in(number: &mut [Lane], ones: Lane) {
    let mut carry = ones;
    for bit in number {
        (*bit, carry) = (*bit ^ carry, *bit & carry);
    }
}

/// Adds bit-sliced numbers; a longer sum takes the carry.
#[inline(always)]
fn add_in(sum: &mut [Lane], number: &[Lane]) {
    let mut carry = Lane::NONE;
    for (n, bit) in sum.iter_mut().enumerate() {
        let other = number.get(n).copied().unwrap_or(Lane::NONE);
        let half = *bit ^ other;
        (*bit, carry) = (half ^ carry, *bit & other | half & carry);
    }
}
