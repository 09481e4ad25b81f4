//! The index in bytes, piece by piece: what is written to a file, and an index made of it again.
//!
//! ```text
//! head:   format (u32) | fingerprint of the code lists (32 bytes) | slots (u32) | experts (u32)
//! block:  live (64 bytes) | one lane for each value (64 bytes each) | a row for each expert, ascending by slot
//! row:    0, UUID (16 bytes)  or  1, length (u32), text | marks (u32) | points of menus (8) | points of areas (6)
//! ```
//!
//! Numbers are little-endian. What follows from the rest (lanes of marks, points and hashes) is not stored. Whatever the
//! bytes, restoring takes no more memory than an index of as many blocks as there were pieces, and ends in an index whose
//! every invariant holds or in an error.

use hashbrown::hash_table::Entry as Place;
use sha2::{Digest as _, Sha256};

use super::bits::{Lane, SLOTS};
use super::block::{Block, Row};
use super::id::Id;
use super::layout::LIVE;
use super::{FacetName, Index, Schema, Snapshot, order};

/// Changed with every change of the format.
const FORMAT: u32 = 1;

/// Facets of which an expert has at most one value.
const SINGLE: [FacetName; 3] = [FacetName::Residence, FacetName::Affiliation, FacetName::Fee];

/// Why pieces make no index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RestoreError {
    /// It was written by another version of the program.
    #[error("the index is stored in format {0}, not {FORMAT}")]
    Format(u32),
    /// Its code lists are others than those it is to be restored with.
    #[error("the index was stored with other code lists")]
    OtherLists,
    /// A piece is too short, too long, or says what cannot be.
    #[error("the stored index is damaged: {0}")]
    Damaged(&'static str),
}

impl Snapshot {
    /// The snapshot in pieces, none of them empty: the head, then each block.
    pub fn pieces(&self) -> impl Iterator<Item = Vec<u8>> {
        let mut head = FORMAT.to_le_bytes().to_vec();
        head.extend(fingerprint(self.schema()));
        head.extend((self.shelf.slots() as u32).to_le_bytes());
        head.extend((self.len as u32).to_le_bytes());
        std::iter::once(head).chain(self.shelf.blocks().map(|block| self.piece(block)))
    }

    fn piece(&self, block: &Block) -> Vec<u8> {
        let lanes = block.lanes();
        let stored = std::iter::once(&lanes[LIVE]).chain(&lanes[self.lists.layout.values()]);
        let mut piece: Vec<u8> = stored.flat_map(|lane| lane.0).flat_map(u64::to_le_bytes).collect();
        lanes[LIVE].each(|slot| block.row(slot).write(&mut piece));
        piece
    }
}

/// An index that is being restored from the pieces of a [`Snapshot`].
pub struct Restore {
    index: Index,
    slots: usize,
    experts: usize,
}

impl Restore {
    /// Begins with the first piece. `schema` must have the code lists that the snapshot had; its regions and areas may be
    /// others.
    ///
    /// # Errors
    /// Another format, other lists, or a damaged piece.
    pub fn begin(schema: Schema, head: &[u8]) -> Result<Self, RestoreError> {
        let mut piece = Piece(head);
        let format = piece.number()?;
        if format != FORMAT {
            return Err(RestoreError::Format(format));
        }
        if piece.take(32)? != fingerprint(&schema) {
            return Err(RestoreError::OtherLists);
        }
        let (slots, experts) = (piece.number()? as usize, piece.number()? as usize);
        piece.end()?;
        if !slots.is_multiple_of(SLOTS) || experts > slots {
            return Err(RestoreError::Damaged("its numbers of slots and experts"));
        }
        Ok(Self { index: Index::new(schema), slots, experts })
    }

    /// How many slots the head announced.
    pub const fn slots(&self) -> usize {
        self.slots
    }

    /// Goes on with the next piece.
    ///
    /// # Errors
    /// A damaged piece, or one too many.
    pub fn block(&mut self, piece: &[u8]) -> Result<(), RestoreError> {
        let Index { held, slots, free, used } = &mut self.index;
        if held.shelf.slots() == self.slots {
            return Err(RestoreError::Damaged("more blocks than announced"));
        }
        let (schema, layout) = (&held.lists.schema, &held.lists.layout);
        let mut piece = Piece(piece);
        let live = piece.lane()?;
        let values = layout.values().map(|_| piece.lane()).collect::<Result<Vec<_>, _>>()?;
        check(schema, live, &values)?;
        let mut block = Block::new(layout);
        block.put_value_lanes(layout, &values);
        let first = *used;
        for at in 0..SLOTS {
            let slot = first + at as u32;
            if !live.get(at) {
                free.push(slot);
                continue;
            }
            let row = Row::read(&mut piece)?;
            let (hash, rating) = (row.hash, row.rating());
            // Those of this block are not on the shelf yet.
            let of = |slot: u32| slot.checked_sub(first).map_or_else(|| held.row(slot), |at| block.row(at as usize));
            match slots.entry(hash, |&other| of(other).id == row.id, |&other| of(other).hash) {
                Place::Occupied(_) => return Err(RestoreError::Damaged("an id twice")),
                Place::Vacant(place) => drop(place.insert(slot)),
            }
            held.id_bytes += row.id.bytes();
            block.name(layout, at, row.id, hash);
            block.put_rating(layout, at, &rating);
            held.len += 1;
        }
        piece.end()?;
        *used += SLOTS as u32;
        held.shelf.push(block);
        Ok(())
    }

    /// The index, when all pieces were there.
    ///
    /// # Errors
    /// Pieces are missing.
    pub fn finish(mut self) -> Result<Index, RestoreError> {
        if self.index.held.shelf.slots() != self.slots || self.index.len() != self.experts {
            return Err(RestoreError::Damaged("fewer blocks or experts than announced"));
        }
        // Those used first are given again first.
        self.index.free.reverse();
        Ok(self.index)
    }
}

/// A free slot has no value, and an expert at most one of some facets.
fn check(schema: &Schema, live: Lane, values: &[Lane]) -> Result<(), RestoreError> {
    if values.iter().any(|lane| !(*lane & !live).is_none()) {
        return Err(RestoreError::Damaged("a value without an expert"));
    }
    for facet in SINGLE {
        let mut seen = Lane::NONE;
        for &lane in &values[schema.range(facet)] {
            if !(seen & lane).is_none() {
                return Err(RestoreError::Damaged("two values where there can be one"));
            }
            seen |= lane;
        }
    }
    Ok(())
}

fn fingerprint(schema: &Schema) -> [u8; 32] {
    let mut hash = Sha256::new();
    for facet in FacetName::ALL {
        let codes = schema.codes(facet);
        hash.update((codes.len() as u64).to_le_bytes());
        for code in codes {
            hash.update((code.len() as u64).to_le_bytes());
            hash.update(code);
        }
    }
    hash.finalize().into()
}

impl Row {
    fn write(&self, to: &mut Vec<u8>) {
        match &self.id {
            Id::Uuid(bytes) => {
                to.push(0);
                to.extend(bytes);
            }
            Id::Text(text) => {
                to.push(1);
                to.extend((text.len() as u32).to_le_bytes());
                to.extend(text.as_bytes());
            }
        }
        to.extend(self.marks.to_le_bytes());
        to.extend(self.menu_points);
        to.extend(self.area_points);
    }

    fn read(from: &mut Piece<'_>) -> Result<Self, RestoreError> {
        let text = match from.array::<1>()? {
            [0] => Id::Uuid(from.array()?).text().into_owned(),
            [1] => {
                let len = from.number()? as usize;
                let text = std::str::from_utf8(from.take(len)?).map_err(|_| RestoreError::Damaged("an id's text"))?;
                text.to_owned()
            }
            _ => return Err(RestoreError::Damaged("the kind of an id")),
        };
        let marks = from.number()?;
        // No mark is 3, and there is nothing above the last one.
        if marks & marks >> 1 & 0x5555_5555 != 0 || marks >> (2 * Self::MARKS) != 0 {
            return Err(RestoreError::Damaged("a mark"));
        }
        let (menu_points, area_points) = (from.array()?, from.array()?);
        Ok(Self { id: Id::new(&text), hash: order::id_hash(&text), marks, menu_points, area_points })
    }
}

/// What is left to read of a piece.
struct Piece<'a>(&'a [u8]);

impl<'a> Piece<'a> {
    fn take(&mut self, len: usize) -> Result<&'a [u8], RestoreError> {
        let (taken, rest) = self.0.split_at_checked(len).ok_or(RestoreError::Damaged("a piece that is too short"))?;
        self.0 = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], RestoreError> {
        let taken = self.take(N)?;
        taken.try_into().map_err(|_| RestoreError::Damaged("a piece that is too short"))
    }

    fn number(&mut self) -> Result<u32, RestoreError> {
        self.array().map(u32::from_le_bytes)
    }

    fn lane(&mut self) -> Result<Lane, RestoreError> {
        let mut lane = Lane::NONE;
        for word in &mut lane.0 {
            *word = u64::from_le_bytes(self.array()?);
        }
        Ok(lane)
    }

    fn end(&self) -> Result<(), RestoreError> {
        if self.0.is_empty() { Ok(()) } else { Err(RestoreError::Damaged("a piece that is too long")) }
    }
}
