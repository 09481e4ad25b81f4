//! The one who reads: everything held at one moment, never changed.

use std::sync::Arc;

use memchr::memmem::Finder;

use super::docs;
use super::query::TextQuery;
use super::segment::{Segment, Wanted};
use super::slots::{Gather, Slots};
use super::units;

/// A text that is in no segment yet.
#[derive(Clone)]
pub(super) struct Recent {
    pub(super) slot: u32,
    pub(super) text: Arc<[u8]>,
}

/// A segment and which of its documents still count.
#[derive(Clone)]
pub(super) struct Current {
    pub(super) id: u32,
    pub(super) segment: Arc<Segment>,
    pub(super) live: Arc<Vec<u64>>,
    /// How many count.
    pub(super) count: usize,
}

impl Current {
    pub(super) fn all(id: u32, segment: Segment) -> Self {
        let count = segment.documents();
        let mut live = vec![0; docs::words(count)];
        (0..count).for_each(|document| docs::put(&mut live, document, true));
        Self { id, segment: Arc::new(segment), live: Arc::new(live), count }
    }

    /// Whether any are left.
    pub(super) fn drop_document(&mut self, document: usize) -> bool {
        docs::put(Arc::<Vec<u64>>::make_mut(&mut self.live), document, false);
        self.count -= 1;
        self.count > 0
    }
}

/// All texts at one moment. Each slot is in one place only: a recent text, or a live document of one segment.
#[derive(Clone, Default)]
pub(super) struct State {
    pub(super) segments: Vec<Current>,
    pub(super) recent: Vec<Recent>,
    /// One more than the highest slot.
    pub(super) room: usize,
}

/// What texts take of memory, in bytes, about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TextBytes {
    /// The texts themselves, normalised.
    pub text: usize,
    /// The grams.
    pub grams: usize,
    /// Which texts the grams stand in.
    pub lists: usize,
    /// Which text is whose, where it begins, and whether it counts.
    pub tables: usize,
}

impl TextBytes {
    /// All of it.
    pub fn total(&self) -> usize {
        self.text + self.grams + self.lists + self.tables
    }

    fn plus(self, other: Self) -> Self {
        Self {
            text: self.text + other.text,
            grams: self.grams + other.grams,
            lists: self.lists + other.lists,
            tables: self.tables + other.tables,
        }
    }
}

/// The texts as they were at one moment. Cheap to clone and to keep; later changes do not show in it and do not wait for it.
#[derive(Clone)]
pub struct TextSnapshot(pub(super) Arc<State>);

impl TextSnapshot {
    pub(super) fn new(state: Arc<State>) -> Self {
        Self(state)
    }

    /// What the texts take of memory; the cost of asking does not grow with the number of texts.
    pub fn bytes(&self) -> TextBytes {
        let segments = self.0.segments.iter().map(|Current { segment, live, .. }| {
            let bytes = segment.bytes();
            TextBytes { tables: bytes.tables + size_of_val(&***live), ..bytes }
        });
        let recent = self.0.recent.iter().map(|recent| TextBytes {
            text: recent.text.len(),
            tables: size_of_val(recent),
            ..TextBytes::default()
        });
        segments.chain(recent).fold(TextBytes::default(), TextBytes::plus)
    }

    /// The slots whose texts hold every word of the query; `None` when the query has no words and so sets no condition.
    pub fn search(&self, query: &TextQuery) -> Option<Slots> {
        if query.is_empty() {
            return None;
        }
        let words = query.phrases().iter();
        let wanted: Vec<Wanted<'_>> = words.map(|word| Wanted { word, finder: Finder::new(&word.bytes) }).collect();
        let mut found = Gather::new(self.0.room);
        for Current { segment, live, count, .. } in &self.0.segments {
            segment.search(&wanted, (*count < segment.documents()).then_some(live), &mut found);
        }
        let recent = self.0.recent.iter();
        let held = recent.filter(|recent| wanted.iter().all(|word| units::contains(&recent.text, &word.finder)));
        found.add(held.map(|recent| recent.slot));
        Some(found.finish())
    }
}
