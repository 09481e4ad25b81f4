//! The one who writes: which text stands where, and when recent texts become a segment.

use std::ops::ControlFlow;
use std::sync::Arc;

use super::build::{Document, build};
use super::docs;
use super::merge::{self, Merge, Merged};
use super::normalise::walk;
use super::segment::{MAX_DOCUMENTS, Segment};
use super::slots::ones;
use super::snapshot::{Current, Recent, State, TextSnapshot};
use super::units::{BREAK, UNIT};

/// The characters kept of a document, all fields together, counted after normalisation; what is beyond is not found.
pub const MAX_DOCUMENT_CHARS: usize = 10_000;
/// As many texts are looked through one by one before they become a segment …
const RECENT: usize = 128;
/// … or as many bytes of them.
const RECENT_BYTES: usize = 128 << 10;
/// The most units of a segment. Building one takes ten bytes of memory a unit.
pub(super) const MAX_UNITS: usize = 1 << 24;
/// Merges of up to so many units are done by the writer on the way: some ten or twenty milliseconds, once in a
/// thousand changes.
const ON_THE_WAY: usize = 1 << 18;

/// Where the current text of a slot is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Home {
    #[default]
    Nowhere,
    Recent(u32),
    Segment(u32, u16),
}

/// The texts of all slots, for the one who changes them. A change costs microseconds whatever the number of texts, and is
/// in the next [`TextIndex::snapshot`]. Slots are numbers of a dense row, used again after removal; memory grows with the
/// highest one.
#[derive(Default)]
pub struct TextIndex {
    state: Arc<State>,
    homes: Vec<Home>,
    recent_bytes: usize,
    next_segment: u32,
    held: usize,
}

impl TextIndex {
    /// Holds nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// An index that holds these texts; `None` when a slot is in two places. `room` must be more than every slot.
    pub(super) fn of(state: State) -> Option<Self> {
        let mut homes = vec![Home::Nowhere; state.room];
        let mut held = 0;
        let mut move_in = |slot: u32, home: Home| {
            held += 1;
            std::mem::replace(&mut homes[slot as usize], home) == Home::Nowhere
        };
        for Current { id, segment, live, .. } in &state.segments {
            for document in ones(live, 0) {
                let home = Home::Segment(*id, document as u16);
                move_in(segment.slots[document as usize], home).then_some(())?;
            }
        }
        for (at, recent) in state.recent.iter().enumerate() {
            move_in(recent.slot, Home::Recent(at as u32)).then_some(())?;
        }
        let recent_bytes = state.recent.iter().map(|recent| recent.text.len()).sum();
        let next_segment = state.segments.iter().map(|current| current.id + 1).max().unwrap_or(0);
        Some(Self { state: Arc::new(state), homes, recent_bytes, next_segment, held })
    }

    /// Texts held.
    pub fn len(&self) -> usize {
        self.held
    }

    /// Whether no text is held.
    pub fn is_empty(&self) -> bool {
        self.held == 0
    }

    /// What is held now, for readers. Costs one count of an Arc.
    pub fn snapshot(&self) -> TextSnapshot {
        TextSnapshot::new(Arc::clone(&self.state))
    }

    /// Bytes of memory, about: those of [`TextSnapshot::bytes`] and the writer's own table.
    pub fn bytes(&self) -> usize {
        self.snapshot().bytes().total() + self.homes.capacity() * size_of::<Home>()
    }

    /// Sets the fields of a slot, whatever it held before. Of a document the first [`MAX_DOCUMENT_CHARS`] characters count.
    pub fn put<T: AsRef<str>>(&mut self, slot: u32, fields: &[T]) {
        self.insert(slot, fields);
        if self.state.recent.len() >= RECENT || self.recent_bytes >= RECENT_BYTES {
            self.seal();
            while let Some(merge) = self.next_merge().filter(|merge| merge.units() <= ON_THE_WAY) {
                self.install(merge.run());
            }
        }
    }

    /// Sets the fields of many slots: the same as [`TextIndex::put`] for each, in less time.
    pub fn load<T: AsRef<str>>(&mut self, documents: impl IntoIterator<Item = (u32, Vec<T>)>) {
        for (slot, fields) in documents {
            self.insert(slot, &fields);
            let longest = (MAX_DOCUMENT_CHARS * 2) * 2 * UNIT;
            if self.state.recent.len() == MAX_DOCUMENTS || self.recent_bytes + longest > MAX_UNITS * UNIT {
                self.seal();
            }
        }
        if self.state.recent.len() >= RECENT || self.recent_bytes >= RECENT_BYTES {
            self.seal();
        }
    }

    /// Takes the text of a slot out; `false` if there was none.
    pub fn remove(&mut self, slot: u32) -> bool {
        let home = self.homes.get_mut(slot as usize).map(std::mem::take).unwrap_or_default();
        if home == Home::Nowhere {
            return false;
        }
        self.held -= 1;
        let state = Arc::make_mut(&mut self.state);
        match home {
            Home::Nowhere => {}
            Home::Recent(at) => {
                self.recent_bytes -= state.recent.swap_remove(at as usize).text.len();
                if let Some(moved) = state.recent.get(at as usize) {
                    self.homes[moved.slot as usize] = home;
                }
            }
            Home::Segment(id, document) => {
                state.segments.retain_mut(|current| current.id != id || current.drop_document(usize::from(document)));
            }
        }
        true
    }

    /// Work that would make searches faster, if there is any: take it, [`Merge::run`] it on another thread, and
    /// [`TextIndex::install`] what comes out. Meanwhile anything may be changed. Without it everything is found as well, in
    /// more and more small segments.
    pub fn next_merge(&self) -> Option<Merge> {
        merge::choose(&self.state.segments)
    }

    /// Puts what a merge made in the place of what it was made from. Texts changed or removed since are left out, so an
    /// outdated merge does no harm.
    pub fn install(&mut self, merged: Merged) {
        let (segment, origins) = merged.into_parts();
        let id = self.next_segment;
        let mut live = vec![0; docs::words(segment.documents())];
        let mut count = 0;
        for (document, (slot, origin)) in segment.slots.iter().zip(&origins).enumerate() {
            let home = &mut self.homes[*slot as usize];
            if *home == Home::Segment(origin.0, origin.1) {
                *home = Home::Segment(id, document as u16);
                docs::put(&mut live, document, true);
                count += 1;
            }
        }
        let mut gone: Vec<u32> = origins.iter().map(|origin| origin.0).collect();
        gone.sort_unstable();
        gone.dedup();
        let state = Arc::make_mut(&mut self.state);
        // Segments only ever lose texts, so what a merged one still held has been taken over whole.
        state.segments.retain(|current| !gone.contains(&current.id));
        if count > 0 {
            self.next_segment += 1;
            state.segments.push(Current { id, segment: Arc::new(segment), live: Arc::new(live), count });
        }
    }

    fn insert<T: AsRef<str>>(&mut self, slot: u32, fields: &[T]) {
        self.remove(slot);
        let text = held_form(fields);
        if text.is_empty() {
            return;
        }
        let at = slot as usize;
        if at >= self.homes.len() {
            self.homes.resize(at + 1, Home::Nowhere);
        }
        let state = Arc::make_mut(&mut self.state);
        state.room = state.room.max(at + 1);
        self.homes[at] = Home::Recent(state.recent.len() as u32);
        self.held += 1;
        self.recent_bytes += text.len();
        state.recent.push(Recent { slot, text: text.into() });
    }

    /// Makes a segment of the recent texts.
    fn seal(&mut self) {
        let state = Arc::make_mut(&mut self.state);
        let recent = std::mem::take(&mut state.recent);
        if recent.is_empty() {
            return;
        }
        let documents = recent.iter().map(|recent| Document { slot: recent.slot, text: &recent.text }).collect();
        let segment: Segment = build(documents);
        let id = self.next_segment;
        for (document, slot) in segment.slots.iter().enumerate() {
            self.homes[*slot as usize] = Home::Segment(id, document as u16);
        }
        state.segments.push(Current::all(id, segment));
        self.next_segment += 1;
        self.recent_bytes = 0;
    }
}

/// The fields as they are held, a break behind each.
fn held_form<T: AsRef<str>>(fields: &[T]) -> Vec<u8> {
    let (mut text, mut room) = (Vec::new(), MAX_DOCUMENT_CHARS);
    for field in fields {
        let before = text.len();
        let _ = walk(field.as_ref(), |c, _| {
            if room == 0 {
                return ControlFlow::Break(());
            }
            room -= 1;
            c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| text.extend(unit.to_le_bytes()));
            ControlFlow::Continue(())
        });
        if text.len() > before {
            text.extend(BREAK.to_le_bytes());
        }
    }
    text
}
