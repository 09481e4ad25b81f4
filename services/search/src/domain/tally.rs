//! Counting: how many slots each lane has in common with its mask, over all blocks.

use super::bits::Lane;
use super::block::Block;
use super::layout::{LIVE, Layout, MarkLanes};
use super::query::Plan;
use super::sieve::{BATCH, Sieve};
use super::{Area, MarkCounts, Menu};

/// How the ones of many lanes are counted: added up in parallel, in parts that are put together seldom.
pub(super) trait Popcount {
    /// The parts of a count under way.
    type Sum: Copy;
    /// A count of none.
    const ZERO: Self::Sum;
    /// How many batches a sum has room for.
    const ROOM: usize;

    /// Adds to each sum the ones that its lane in each block of a batch has in common with the block's mask.
    fn add(&self, sums: &mut [Self::Sum], lanes: [&[Lane]; BATCH], masks: &[Lane; BATCH]);

    /// Puts the parts of a sum together.
    fn total(sum: Self::Sum) -> u32;
}

/// For every processor, with [`step`] compiled for it: with shifts, masks and carries, which all of them do on whole registers.
///
/// Counting the ones of a word takes a dozen steps, so as few words as possible are counted: bits at one place of several
/// lanes are first added to a number that stands upright across lanes, one lane holding its ones, one its twos (a
/// carry-save adder, as in Harley and Seal's method), and only the carries out of it, a fourth of the words, are counted,
/// into the bytes of a third lane.
pub(super) struct Upright<F>(pub(super) F);

#[derive(Clone, Copy)]
pub(super) struct Parts {
    ones: Lane,
    twos: Lane,
    /// Sixty-four counts.
    fours: Lane,
}

impl<F: Fn(&mut Parts, [&Lane; BATCH], &[Lane; BATCH])> Popcount for Upright<F> {
    type Sum = Parts;
    const ZERO: Parts = Parts { ones: Lane::NONE, twos: Lane::NONE, fours: Lane::NONE };
    /// A byte takes at most 8 each time.
    const ROOM: usize = 255 / 8;

    #[inline(always)]
    fn add(&self, sums: &mut [Parts], lanes: [&[Lane]; BATCH], masks: &[Lane; BATCH]) {
        let [a, b, c, d] = lanes.map(|lanes| &lanes[..sums.len()]);
        for (n, parts) in sums.iter_mut().enumerate() {
            (self.0)(parts, [&a[n], &b[n], &c[n], &d[n]], masks);
        }
    }

    #[inline(always)]
    fn total(Parts { ones, twos, fours }: Parts) -> u32 {
        let count = |lane: Lane| lane.0.into_iter().map(|word| bytes(by_byte(word))).sum::<u32>();
        4 * fours.0.into_iter().map(bytes).sum::<u32>() + 2 * count(twos) + count(ones)
    }
}

/// Adds to the parts of one count what four lanes have in common with their masks.
#[inline(always)]
pub(super) fn step(parts: &mut Parts, [a, b, c, d]: [&Lane; BATCH], masks: &[Lane; BATCH]) {
    let Parts { ones, twos, fours } = parts;
    let two_ab = carry(ones, *a & masks[0], *b & masks[1]);
    let two_cd = carry(ones, *c & masks[2], *d & masks[3]);
    let four = carry(twos, two_ab, two_cd);
    for (count, bits) in fours.0.iter_mut().zip(four.0) {
        *count += by_byte(bits);
    }
}

/// Adds two lanes to a third, which keeps the ones; returns the carries.
#[inline(always)]
fn carry(ones: &mut Lane, a: Lane, b: Lane) -> Lane {
    let half = *ones ^ a;
    let carries = *ones & a | half & b;
    *ones = half ^ b;
    carries
}

/// How many bits of each byte are set, in that byte.
#[inline(always)]
const fn by_byte(bits: u64) -> u64 {
    let pairs = bits - (bits >> 1 & 0x5555_5555_5555_5555);
    let fours = (pairs & 0x3333_3333_3333_3333) + (pairs >> 2 & 0x3333_3333_3333_3333);
    (fours + (fours >> 4)) & 0x0f0f_0f0f_0f0f_0f0f
}

/// The sum of the eight bytes of a word.
#[inline(always)]
const fn bytes(word: u64) -> u32 {
    let pairs = (word & 0x00ff_00ff_00ff_00ff) + (word >> 8 & 0x00ff_00ff_00ff_00ff);
    (pairs.wrapping_mul(0x0001_0001_0001_0001) >> 48) as u32
}

/// The counts of a search under way, for the runs of lanes that its plan counts, one after another.
pub(super) struct Tally<'a, P: Popcount> {
    popcount: &'a P,
    plan: &'a Plan,
    sums: Vec<P::Sum>,
    counts: Vec<u32>,
    /// Batches until the sums are full.
    room: usize,
}

impl<'a, P: Popcount> Tally<'a, P> {
    #[inline(always)]
    pub(super) fn new(popcount: &'a P, plan: &'a Plan) -> Self {
        let lanes = plan.counts.iter().map(|count| count.lanes.len()).sum();
        Self { popcount, plan, sums: vec![P::ZERO; lanes], counts: vec![0; lanes], room: P::ROOM }
    }

    /// Counts a batch in.
    #[inline(always)]
    pub(super) fn add(&mut self, blocks: [&Block; BATCH], sieve: &Sieve) {
        let mut rest = &mut self.sums[..];
        for count in &self.plan.counts {
            let (sums, later) = rest.split_at_mut(count.lanes.len());
            rest = later;
            let masks = sieve.masks(count.mask);
            if !masks.iter().fold(Lane::NONE, |all, mask| all | *mask).is_none() {
                self.popcount.add(sums, blocks.map(|block| &block.lanes()[count.lanes.clone()]), masks);
            }
        }
        self.room -= 1;
        if self.room == 0 {
            self.settle();
        }
    }

    /// All counts, by the layout's lanes; 0 where nothing was counted.
    #[inline(always)]
    pub(super) fn into_counts(mut self, layout: &Layout) -> Counts {
        self.settle();
        let mut all = vec![0; layout.counted()];
        let mut rest = &self.counts[..];
        for count in &self.plan.counts {
            let (counts, later) = rest.split_at(count.lanes.len());
            all[count.lanes.clone()].copy_from_slice(counts);
            rest = later;
        }
        Counts(all)
    }

    /// Puts all sums together.
    #[inline(always)]
    fn settle(&mut self) {
        for (count, sum) in self.counts.iter_mut().zip(&mut self.sums) {
            *count += P::total(*sum);
            *sum = P::ZERO;
        }
        self.room = P::ROOM;
    }
}

/// The counts of a search, per lane of the layout's counted ones.
#[derive(Default)]
pub(super) struct Counts(Vec<u32>);

impl Counts {
    /// How many satisfy everything.
    pub(super) fn hits(&self) -> u32 {
        self.0[LIVE]
    }

    /// The counts of all facets' values, by their numbers.
    pub(super) fn values(&self, layout: &Layout) -> &[u32] {
        &self.0[layout.values()]
    }

    pub(super) fn menu_marks(&self, layout: &Layout) -> [MarkCounts; Menu::ALL.len()] {
        std::array::from_fn(|menu| self.marks(layout.menu_mark(menu)))
    }

    pub(super) fn area_marks(&self, layout: &Layout) -> [MarkCounts; Area::ALL.len()] {
        std::array::from_fn(|area| self.marks(layout.area_mark(area)))
    }

    fn marks(&self, at: MarkLanes) -> MarkCounts {
        let (able, strong) = (self.0[at.able], self.0[at.strong]);
        MarkCounts { strong, able: able - strong, none: self.hits() - able }
    }
}
