//! A limit from outside the conditions: the hits of a free-text search, for instance.

use super::bits::{Lane, SLOTS, WORDS};
use super::text::Slots;

/// Whom a search is limited to, as slots of the snapshot it is made on; slots that are free or out of its range do not
/// matter.
#[derive(Clone, Copy, Debug, Default)]
pub enum Within<'a> {
    /// No limit.
    #[default]
    Everybody,
    /// These, ascending, each once. Only the blocks they are in are looked at.
    List(&'a [u32]),
    /// Those whose bit is set: bit `n % 64` of word `n / 64` for slot `n`. What is beyond the end is not set.
    Bits(&'a [u64]),
}

impl<'a> From<&'a Slots> for Within<'a> {
    fn from(slots: &'a Slots) -> Self {
        match (slots.list(), slots.bits()) {
            (Some(list), _) => Self::List(list),
            (None, Some(bits)) => Self::Bits(bits),
            (None, None) => Self::List(&[]),
        }
    }
}

/// Goes through the blocks that somebody may be in.
pub(super) struct Blocks<'a> {
    within: Within<'a>,
    next: usize,
    end: usize,
}

impl<'a> Blocks<'a> {
    pub(super) fn new(within: Within<'a>, blocks: usize) -> Self {
        Self { within, next: 0, end: blocks }
    }

    /// The next block, and whom of it the search is limited to.
    #[inline(always)]
    pub(super) fn next(&mut self) -> Option<(usize, Lane)> {
        if let Within::List(list) = &mut self.within {
            self.next = *list.first()? as usize / SLOTS;
            let (mut lane, mut taken) = (Lane::NONE, 0);
            for &slot in list.iter().take_while(|&&slot| slot as usize / SLOTS == self.next) {
                lane.put(slot as usize % SLOTS, true);
                taken += 1;
            }
            *list = &list[taken..];
            return (self.next < self.end).then_some((self.next, lane));
        }
        if self.next == self.end {
            return None;
        }
        let block = self.next;
        self.next += 1;
        Some((block, if let Within::Bits(bits) = self.within { lane(bits, block) } else { Lane::ALL }))
    }
}

#[inline(always)]
fn lane(bits: &[u64], block: usize) -> Lane {
    let mut lane = Lane::NONE;
    for (into, word) in lane.0.iter_mut().zip(bits.get(block * WORDS..).unwrap_or_default()) {
        *into = *word;
    }
    lane
}
