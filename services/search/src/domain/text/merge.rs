//! Which segments become one, and that work, apart from the index so that it can run beside it.
//!
//! Sizes grow by eights: eight segments of a size are made into one, so a text is moved a handful of times in its life, and
//! of each size there are at most seven. A segment at its limit is left alone until half of its texts are outdated.

use super::build::{Document, build};
use super::docs;
use super::index::MAX_UNITS;
use super::segment::{MAX_DOCUMENTS, Segment};
use super::snapshot::Current;
use super::units::UNIT;

/// Segments of a size that are made into one.
const ENOUGH: usize = 8;

/// Segments to be made into one: everything the work needs, independent of later changes.
pub struct Merge {
    inputs: Vec<Current>,
}

/// What came of a [`Merge`].
pub struct Merged {
    segment: Segment,
    /// By document: the segment it comes from and its number there.
    origins: Vec<(u32, u16)>,
}

impl Merge {
    /// The texts to be moved, about, in UTF-16 units; a million takes about 0.2 s.
    pub fn units(&self) -> usize {
        self.inputs.iter().map(units).sum()
    }

    /// Does the work.
    pub fn run(self) -> Merged {
        let mut moved: Vec<(Document<'_>, (u32, u16))> = Vec::new();
        for Current { id, segment, live, .. } in &self.inputs {
            for (document, slot) in segment.slots.iter().enumerate().filter(|(document, _)| docs::has(live, *document))
            {
                moved.push((Document { slot: *slot, text: segment.text(document) }, (*id, document as u16)));
            }
        }
        moved.sort_unstable_by_key(|(document, _)| document.slot);
        let (documents, origins) = moved.into_iter().unzip();
        Merged { segment: build(documents), origins }
    }
}

impl Merged {
    pub(super) fn into_parts(self) -> (Segment, Vec<(u32, u16)>) {
        (self.segment, self.origins)
    }
}

/// The merge to do next; the smallest segments come first.
pub(super) fn choose(segments: &[Current]) -> Option<Merge> {
    if let Some(wasteful) = segments.iter().find(|current| current.count * 2 < current.segment.documents()) {
        return Some(Merge { inputs: vec![wasteful.clone()] });
    }
    let is_full = |current: &&Current| current.count > MAX_DOCUMENTS / 2 || units(current) > MAX_UNITS / 2;
    let mut open: Vec<&Current> = segments.iter().filter(|current| !is_full(current)).collect();
    open.sort_by_key(|current| units(current));
    let of_a_size = open.chunk_by(|a, b| size(a) == size(b)).find(|alike| alike.len() >= ENOUGH)?;
    let (mut documents, mut length) = (0, 0);
    let fitting = of_a_size.iter().take_while(|current| {
        documents += current.count;
        length += units(current);
        documents <= MAX_DOCUMENTS && length <= MAX_UNITS
    });
    Some(Merge { inputs: fitting.map(|current| Current::clone(current)).collect() })
}

/// Units of the texts that count, taking all for equally long.
fn units(current: &Current) -> usize {
    current.segment.text.len() / UNIT * current.count / current.segment.documents()
}

fn size(current: &Current) -> u32 {
    units(current).max(1).ilog(ENOUGH)
}
