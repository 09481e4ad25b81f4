//! The texts in bytes, piece by piece: what is written to a file, and an index made of it again. Trees are copied as they
//! are, so restoring takes as long as reading.
//!
//! ```text
//! head:     format (u32) | fingerprint of the normal form (32 bytes) | slots, texts, segments, recent texts (u32 each)
//! segment:  documents, units of text, nodes, roots, bytes of few, words of many, common (u32 each)
//!           | slots (u32 each) | starts (u32 each, one more) | live (u64 each);
//!           then its text, its nodes (14 bytes each), few, and many (u64 each), each in as many pieces as it takes
//! recent:   for each text: slot (u32), bytes (u32), text; the last piece, if there are recent texts
//! ```
//!
//! Numbers are little-endian, units are those of [`super::units`]. Whatever the bytes, restoring takes no more memory than
//! a few times theirs and that of a table of all slots, and ends in an error or in an index that can be searched, changed
//! and merged. That lists hold the right documents is not checked, nor that a tree is in order: it would take as long as
//! making them. What a search meets there that cannot be, it takes for nothing.

use std::iter::once;
use std::sync::{Arc, Mutex};

use super::docs;
use super::index::TextIndex;
use super::normalise::fingerprint;
use super::segment::{MAX_DOCUMENTS, Node, Segment};
use super::snapshot::{Current, Recent, State, TextSnapshot};
use super::units::{BREAK, UNIT};

/// Changed with every change of the format; that is also what makes a set dense, how long a gram may be, and how many
/// characters of a document count.
const FORMAT: u32 = 1;
/// Bytes of a piece at most.
const PIECE: usize = 4 << 20;
/// Bytes that are taken at most for what is only announced; what is more has to be there.
const AT_ONCE: usize = 64 << 20;
/// Bytes of a stored node.
const NODE: usize = 14;
/// Bytes of a word of bits.
const WORD: usize = 8;

/// Why pieces make no index of texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextRestoreError {
    /// They were written by another version of the program.
    #[error("the texts are stored in format {0}, not {FORMAT}")]
    Format(u32),
    /// Texts were compared in another form when they were stored; they have to be read again from where they came from.
    #[error("the texts were stored in another normal form")]
    OtherForm,
    /// A piece is missing, too short, too long, or says what cannot be.
    #[error("the stored texts are damaged: {0}")]
    Damaged(&'static str),
}

use TextRestoreError::Damaged;

impl TextSnapshot {
    /// The snapshot in pieces: the head, then each segment, then what is in none. No piece is empty, none has more than
    /// 4 MiB.
    pub fn pieces(&self) -> impl Iterator<Item = Vec<u8>> {
        let state = &*self.0;
        let recent = (!state.recent.is_empty()).then(|| write_recent(&state.recent));
        once(write_head(state)).chain(state.segments.iter().flat_map(write_segment)).chain(recent)
    }
}

fn write_head(state: &State) -> Vec<u8> {
    let texts = state.recent.len() + state.segments.iter().map(|current| current.count).sum::<usize>();
    let mut piece = FORMAT.to_le_bytes().to_vec();
    piece.extend(fingerprint());
    for number in [state.room, texts, state.segments.len(), state.recent.len()] {
        piece.extend((number as u32).to_le_bytes());
    }
    piece
}

fn write_segment(current: &Current) -> impl Iterator<Item = Vec<u8>> {
    let Segment { slots, starts, text, nodes, roots, few, many, common, .. } = &*current.segment;
    let sizes = [slots.len(), text.len() / UNIT, nodes.len(), *roots, few.len(), many.len(), *common];
    let mut first = Vec::new();
    write(&sizes.map(|size| size as u32), u32::to_le_bytes, &mut first);
    write(slots, u32::to_le_bytes, &mut first);
    write(starts, u32::to_le_bytes, &mut first);
    write(&current.live, u64::to_le_bytes, &mut first);
    let nodes = nodes.chunks(PIECE / NODE).map(|nodes| written(nodes, Node::to_bytes));
    let many = many.chunks(PIECE / WORD).map(|words| written(words, u64::to_le_bytes));
    let (text, few) = (text.chunks(PIECE).map(<[u8]>::to_vec), few.chunks(PIECE).map(<[u8]>::to_vec));
    once(first).chain(text).chain(nodes).chain(few).chain(many)
}

fn write_recent(recent: &[Recent]) -> Vec<u8> {
    let mut piece = Vec::new();
    for Recent { slot, text } in recent {
        piece.extend(slot.to_le_bytes());
        piece.extend((text.len() as u32).to_le_bytes());
        piece.extend_from_slice(text);
    }
    piece
}

/// Appends items of `N` bytes each.
fn write<T: Copy, const N: usize>(items: &[T], bytes: impl Fn(T) -> [u8; N], piece: &mut Vec<u8>) {
    let start = piece.len();
    piece.resize(start + items.len() * N, 0);
    let (places, _) = piece[start..].as_chunks_mut();
    places.iter_mut().zip(items).for_each(|(place, item)| *place = bytes(*item));
}

fn written<T: Copy, const N: usize>(items: &[T], bytes: impl Fn(T) -> [u8; N]) -> Vec<u8> {
    let mut piece = Vec::new();
    write(items, bytes, &mut piece);
    piece
}

/// Texts that are being restored from the pieces of a [`TextSnapshot`].
pub struct TextRestore {
    state: State,
    texts: usize,
    segments: usize,
    recent: usize,
    open: Option<Incoming>,
}

impl TextRestore {
    /// Begins with the first piece. `most_slots` is the number of slots of the index whose texts they are; what holds more
    /// is refused.
    ///
    /// # Errors
    /// Another format, another normal form, or a damaged piece.
    pub fn begin(head: &[u8], most_slots: u32) -> Result<Self, TextRestoreError> {
        let mut piece = Piece(head);
        let format = piece.number()?;
        if format != FORMAT as usize {
            return Err(TextRestoreError::Format(format as u32));
        }
        if piece.take(fingerprint().len())? != fingerprint() {
            return Err(TextRestoreError::OtherForm);
        }
        let [room, texts, segments, recent] = piece.numbers()?;
        piece.end()?;
        if recent > MAX_DOCUMENTS {
            return Err(Damaged("more texts in no segment than fit in one"));
        }
        if room > most_slots as usize {
            return Err(Damaged("more slots than the index has"));
        }
        let state = State { room, ..State::default() };
        Ok(Self { state, texts, segments, recent, open: None })
    }

    /// Goes on with the next piece.
    ///
    /// # Errors
    /// A damaged piece, or one too many. What was restored so far is of no use then.
    pub fn piece(&mut self, piece: &[u8]) -> Result<(), TextRestoreError> {
        if piece.is_empty() || piece.len() > PIECE {
            return Err(Damaged("the length of a piece"));
        }
        let incoming = match self.open.take() {
            Some(mut incoming) => {
                incoming.go_on(piece)?;
                incoming
            }
            None if self.state.segments.len() < self.segments => Incoming::begin(piece, self.state.room)?,
            None if self.recent > 0 && self.state.recent.is_empty() => return self.read_recent(piece),
            None => return Err(Damaged("more pieces than announced")),
        };
        if incoming.is_whole() {
            let id = self.state.segments.len() as u32;
            self.state.segments.push(incoming.finish(id)?);
        } else {
            self.open = Some(incoming);
        }
        Ok(())
    }

    fn read_recent(&mut self, piece: &[u8]) -> Result<(), TextRestoreError> {
        let mut piece = Piece(piece);
        for _ in 0..self.recent {
            let [slot, len] = piece.numbers()?;
            let text = piece.take(len)?;
            if slot >= self.state.room || !is_text(text) {
                return Err(Damaged("a text in no segment"));
            }
            self.state.recent.push(Recent { slot: slot as u32, text: text.into() });
        }
        piece.end()
    }

    /// The index, when all pieces were there.
    ///
    /// # Errors
    /// Pieces are missing, or do not fit together.
    pub fn finish(self) -> Result<TextIndex, TextRestoreError> {
        let State { segments, recent, .. } = &self.state;
        if self.open.is_some() || segments.len() != self.segments || recent.len() != self.recent {
            return Err(Damaged("fewer pieces than announced"));
        }
        let index = TextIndex::of(self.state).ok_or(Damaged("a slot in two places"))?;
        if index.len() == self.texts { Ok(index) } else { Err(Damaged("its number of texts")) }
    }
}

/// A segment of which pieces may still be to come.
struct Incoming {
    slots: Vec<u32>,
    starts: Vec<u32>,
    live: Vec<u64>,
    text: Vec<u8>,
    nodes: Vec<Node>,
    few: Vec<u8>,
    many: Vec<u64>,
    announced: Announced,
}

struct Announced {
    text: usize,
    nodes: usize,
    few: usize,
    many: usize,
    roots: usize,
    common: usize,
}

impl Incoming {
    fn begin(piece: &[u8], room: usize) -> Result<Self, TextRestoreError> {
        let mut piece = Piece(piece);
        let [documents, units, nodes, roots, few, many, common] = piece.numbers()?;
        if !(1..=MAX_DOCUMENTS).contains(&documents) || roots > nodes || !many.is_multiple_of(docs::words(documents)) {
            return Err(Damaged("the sizes of a segment"));
        }
        let slots = piece.items(documents, u32::from_le_bytes)?;
        let starts = piece.items(documents + 1, u32::from_le_bytes)?;
        let live = piece.items(docs::words(documents), u64::from_le_bytes)?;
        piece.end()?;
        let last = |list: &[u32]| list.last().map_or(0, |last| *last as usize);
        if !ascend(&slots) || last(&slots) >= room {
            return Err(Damaged("the slots of a segment"));
        }
        if !ascend(&starts) || starts[0] != 0 || last(&starts) != units {
            return Err(Damaged("where the texts of a segment begin"));
        }
        if !docs::is_within(&live, documents) || live.iter().all(|word| *word == 0) {
            return Err(Damaged("which texts of a segment count"));
        }
        let announced = Announced { text: units * UNIT, nodes, few, many, roots, common };
        let (text, nodes, few, many) = Default::default();
        Ok(Self { slots, starts, live, text, nodes, few, many, announced })
    }

    fn go_on(&mut self, piece: &[u8]) -> Result<(), TextRestoreError> {
        let Self { text, nodes, few, many, announced, .. } = self;
        if text.len() < announced.text {
            add(text, piece, u8::from_le_bytes, announced.text)
        } else if nodes.len() < announced.nodes {
            add(nodes, piece, Node::from_bytes, announced.nodes)
        } else if few.len() < announced.few {
            add(few, piece, u8::from_le_bytes, announced.few)
        } else {
            add(many, piece, u64::from_le_bytes, announced.many)
        }
    }

    fn is_whole(&self) -> bool {
        let Self { text, nodes, few, many, announced, .. } = self;
        let lens = [text.len(), nodes.len(), few.len(), many.len()];
        lens == [announced.text, announced.nodes, announced.few, announced.many]
    }

    fn finish(self, id: u32) -> Result<Current, TextRestoreError> {
        let Self { slots, starts, live, text, nodes, few, many, announced } = self;
        let texts = starts.windows(2).map(|ends| &text[ends[0] as usize * UNIT..ends[1] as usize * UNIT]);
        if !texts.into_iter().all(is_text) {
            return Err(Damaged("a text of a segment"));
        }
        let documents = slots.len();
        if !many.chunks_exact(docs::words(documents)).all(|bits| docs::is_within(bits, documents)) {
            return Err(Damaged("a set of texts of a segment"));
        }
        let segment = Segment {
            slots: slots.into(),
            starts: starts.into(),
            text: text.into(),
            nodes: nodes.into(),
            roots: announced.roots,
            few: few.into(),
            many: many.into(),
            common: announced.common,
            remembered: Mutex::default(),
        };
        let count = live.iter().map(|word| word.count_ones() as usize).sum();
        Ok(Current { id, segment: Arc::new(segment), live: Arc::new(live), count })
    }
}

/// Appends the items of a piece.
fn add<T, const N: usize>(
    items: &mut Vec<T>,
    piece: &[u8],
    item: impl Fn([u8; N]) -> T,
    announced: usize,
) -> Result<(), TextRestoreError> {
    let (stored, rest) = piece.as_chunks();
    if !rest.is_empty() || stored.len() > announced - items.len() {
        return Err(Damaged("the length of a piece"));
    }
    if items.is_empty() {
        items.reserve_exact(announced.min(AT_ONCE / size_of::<T>()));
    }
    items.extend(stored.iter().map(|bytes| item(*bytes)));
    Ok(())
}

fn ascend(list: &[u32]) -> bool {
    list.is_sorted_by(|a, b| a < b)
}

/// Whether these are units, and the last one a break: what makes a tree relies on it.
fn is_text(bytes: &[u8]) -> bool {
    bytes.len().is_multiple_of(UNIT) && bytes.ends_with(&BREAK.to_le_bytes())
}

/// What is left to read of a piece.
struct Piece<'a>(&'a [u8]);

impl<'a> Piece<'a> {
    fn take(&mut self, len: usize) -> Result<&'a [u8], TextRestoreError> {
        let (taken, rest) = self.0.split_at_checked(len).ok_or(Damaged("a piece that is too short"))?;
        self.0 = rest;
        Ok(taken)
    }

    fn items<T, const N: usize>(&mut self, count: usize, item: fn([u8; N]) -> T) -> Result<Vec<T>, TextRestoreError> {
        let (stored, _) = self.take(count * N)?.as_chunks();
        Ok(stored.iter().map(|bytes| item(*bytes)).collect())
    }

    fn number(&mut self) -> Result<usize, TextRestoreError> {
        self.numbers().map(|[number]| number)
    }

    fn numbers<const N: usize>(&mut self) -> Result<[usize; N], TextRestoreError> {
        let (stored, _) = self.take(N * size_of::<u32>())?.as_chunks();
        Ok(std::array::from_fn(|at| u32::from_le_bytes(stored[at]) as usize))
    }

    fn end(&self) -> Result<(), TextRestoreError> {
        if self.0.is_empty() { Ok(()) } else { Err(Damaged("a piece that is too long")) }
    }
}
