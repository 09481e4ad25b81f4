//! Texts that do not change, and the tree of grams that finds them.
//!
//! ```text
//! text    情報処理␀認証取得␀支援␀…      units of all documents, a break behind each field
//! starts  0           10     …        where each document begins
//! nodes   情 支 処 …│報 援 …│処 …     a node per gram; the children of one stand together, ordered by unit
//! few     3 14 12 │ 4 1 4 │ …        documents of the rarer grams, each by its distance from the one before
//! many    10110… │ 01101… │ …        a bit per document for the common ones
//! ```
//!
//! A node of one unit has all its children. A longer one has them all if it stands in more than [`Segment::common`]
//! documents and is shorter than [`MAX_GRAM`], and else none, but knows how far all its places go on alike (フォレン is
//! always followed by ジック). So a phrase goes down the tree as far as it can from each of its characters; if the first go
//! reaches its end, the node's documents are the answer. If not, the documents all the nodes have in common are looked
//! through: few, as the node a go ended at is a rare one, unless the phrase is longer than a gram. What such a long and
//! common phrase was found in is remembered, as people ask for the same ones.

use std::sync::{Arc, Mutex};

use memchr::memmem::Finder;

use super::docs::{self, Docs, Held, Packed};
use super::query::Word;
use super::slots::{Gather, ones};
use super::snapshot::TextBytes;
use super::units::{self, UNIT};

/// The most documents of a segment: their numbers fit in 16 bits.
pub(super) const MAX_DOCUMENTS: usize = 1 << 16;
/// The longest gram in units.
pub(super) const MAX_GRAM: usize = 8;
/// More candidates than this are looked through once and the answer remembered.
const COSTLY: usize = 1_024;
/// Answers remembered; a newer one takes the place of the oldest.
const REMEMBERED: usize = 64;

/// A gram: its last unit (the ones before it are its parents'), and its documents.
#[derive(Clone, Copy)]
pub(super) struct Node {
    pub(super) unit: u16,
    /// Documents it stands in, less one, so that 65,536 fit.
    pub(super) others: u16,
    /// The document itself when it is one; else where the documents begin in `few`, or which bitmap of `many` they are.
    pub(super) list: u32,
    /// With children: the first of them. Without: a place where the gram stands.
    pub(super) next: u32,
    /// With children: how many. Without: how many units all its places go on alike.
    pub(super) width: u16,
}

impl Node {
    pub(super) fn documents(&self) -> usize {
        usize::from(self.others) + 1
    }

    pub(super) fn to_bytes(self) -> [u8; 14] {
        let ([a, b], [c, d], [e, f, g, h]) =
            (self.unit.to_le_bytes(), self.others.to_le_bytes(), self.list.to_le_bytes());
        let ([i, j, k, l], [m, n]) = (self.next.to_le_bytes(), self.width.to_le_bytes());
        [a, b, c, d, e, f, g, h, i, j, k, l, m, n]
    }

    pub(super) fn from_bytes([a, b, c, d, e, f, g, h, i, j, k, l, m, n]: [u8; 14]) -> Self {
        Self {
            unit: u16::from_le_bytes([a, b]),
            others: u16::from_le_bytes([c, d]),
            list: u32::from_le_bytes([e, f, g, h]),
            next: u32::from_le_bytes([i, j, k, l]),
            width: u16::from_le_bytes([m, n]),
        }
    }
}

type Answer = (Box<[u16]>, Arc<Docs>);

/// Texts and their grams. Never changed, except for what it remembers of its own answers.
pub(super) struct Segment {
    /// By document, ascending.
    pub(super) slots: Box<[u32]>,
    /// In units, and one more for the end of the last.
    pub(super) starts: Box<[u32]>,
    pub(super) text: Box<[u8]>,
    /// Those of one unit first: `roots` of them.
    pub(super) nodes: Box<[Node]>,
    pub(super) roots: usize,
    pub(super) few: Box<[u8]>,
    pub(super) many: Box<[u64]>,
    /// A gram in more documents than this is followed by longer ones.
    pub(super) common: usize,
    pub(super) remembered: Mutex<Vec<Answer>>,
}

/// A word to be found, ready for looking through texts.
pub(super) struct Wanted<'a> {
    pub(super) word: &'a Word,
    pub(super) finder: Finder<'a>,
}

/// What the tree knows of a word.
struct Grams<'a> {
    nodes: Vec<&'a Node>,
    /// Whether the only node is the word itself.
    whole: bool,
}

impl Segment {
    pub(super) fn documents(&self) -> usize {
        self.slots.len()
    }

    /// The text of a document, fields and breaks.
    pub(super) fn text(&self, document: usize) -> &[u8] {
        &self.text[self.starts[document] as usize * UNIT..self.starts[document + 1] as usize * UNIT]
    }

    /// Without what it remembers: at most half a megabyte.
    pub(super) fn bytes(&self) -> TextBytes {
        TextBytes {
            text: self.text.len(),
            grams: size_of_val(&*self.nodes),
            lists: self.few.len() + size_of_val(&*self.many),
            tables: size_of_val(&*self.slots) + size_of_val(&*self.starts),
        }
    }

    /// Adds the slots of the documents that hold all words; `live` are those that still count, if not all do.
    pub(super) fn search(&self, wanted: &[Wanted<'_>], live: Option<&[u64]>, into: &mut Gather) {
        let mut found: Vec<(Docs, Option<&Wanted<'_>>)> = Vec::with_capacity(wanted.len());
        for word in wanted {
            match self.candidates(word) {
                Some((docs, whole)) => found.push((docs, (!whole).then_some(word))),
                None => return,
            }
        }
        found.sort_by_key(|(docs, _)| docs.len());
        let mut found = found.into_iter();
        let Some((mut docs, first)) = found.next() else { return };
        let mut look_for: Vec<&Wanted<'_>> = first.into_iter().collect();
        for (other, word) in found {
            docs.and(other.held());
            look_for.extend(word);
        }
        if let Some(live) = live {
            docs.and(Held::Many(live));
        }
        for word in look_for {
            docs.retain(|document| units::contains(self.text(document), &word.finder));
        }
        self.gather(&docs, into);
    }

    /// Documents that may hold the word, and whether they are exactly those that do; `None` when none does.
    fn candidates(&self, wanted: &Wanted<'_>) -> Option<(Docs, bool)> {
        let mut grams = self.grams(&wanted.word.units)?;
        grams.nodes.sort_by_key(|node| node.others);
        let (rarest, rest) = grams.nodes.split_first()?;
        let mut docs = Docs::from(self.held(rarest));
        for node in rest {
            docs.and(self.held(node));
        }
        if !grams.whole && docs.len() > COSTLY {
            docs = self.remember(wanted, docs);
            grams.whole = true;
        }
        (!docs.is_empty()).then_some((docs, grams.whole))
    }

    /// The longest grams of a word that are not part of one another; `None` when one of its grams stands nowhere.
    fn grams(&self, word: &[u16]) -> Option<Grams<'_>> {
        let (mut nodes, mut covered) = (Vec::new(), 0);
        for start in 0..word.len() {
            let (node, length) = self.longest(&word[start..])?;
            if start + length > covered {
                covered = start + length;
                nodes.push(node);
            }
            if covered == word.len() {
                return Some(Grams { whole: start == 0, nodes });
            }
        }
        None
    }

    /// The longest gram the units begin with that the tree knows of, and its length; `None` when the tree tells that no
    /// text holds these units.
    fn longest(&self, units: &[u16]) -> Option<(&Node, usize)> {
        let (first, _) = units.split_first()?;
        let mut node = self.child(0..self.roots, *first)?;
        let mut length = 1;
        while length < units.len() && has_children(node.documents(), length, self.common) {
            let first = node.next as usize;
            node = self.child(first..first + usize::from(node.width), units[length])?;
            length += 1;
        }
        if has_children(node.documents(), length, self.common) {
            return Some((node, length));
        }
        let place = node.next as usize + length;
        let alike = self.text.get(place * UNIT..(place + usize::from(node.width)) * UNIT)?;
        let same = units::units(alike).zip(&units[length..]).take_while(|(known, unit)| known == *unit).count();
        // Every place goes on in one way, and the units in another.
        if same < usize::from(node.width).min(units.len() - length) {
            return None;
        }
        Some((node, length + same))
    }

    fn child(&self, among: std::ops::Range<usize>, unit: u16) -> Option<&Node> {
        let nodes = self.nodes.get(among)?;
        nodes.binary_search_by_key(&unit, |node| node.unit).ok().map(|at| &nodes[at])
    }

    /// The documents of a node. Those of a damaged one may be the wrong ones; they ascend, and are of this segment.
    fn held(&self, node: &Node) -> Held<'_> {
        let (count, at, all) = (node.documents(), node.list as usize, self.documents());
        if count == 1 {
            if at < all { Held::One(node.list as u16) } else { Held::NONE }
        } else if docs::is_dense(count, all) {
            let words = docs::words(all);
            self.many.get(at * words..(at + 1) * words).map_or(Held::NONE, Held::Many)
        } else {
            Held::Packed(Packed::new(self.few.get(at..).unwrap_or_default(), count, all))
        }
    }

    /// The documents among `candidates` that hold the word, from memory or by looking. Nobody waits for the memory: when
    /// another search is at it, this one does without.
    fn remember(&self, wanted: &Wanted<'_>, mut candidates: Docs) -> Docs {
        let word = &*wanted.word.units;
        if let Ok(remembered) = self.remembered.try_lock()
            && let Some((_, known)) = remembered.iter().find(|(known, _)| **known == *word)
        {
            return Docs::clone(known);
        }
        candidates.retain(|document| units::contains(self.text(document), &wanted.finder));
        if let Ok(mut remembered) = self.remembered.try_lock() {
            if remembered.len() == REMEMBERED {
                remembered.remove(0);
            }
            remembered.push((word.into(), Arc::new(candidates.clone())));
        }
        candidates
    }

    fn gather(&self, docs: &Docs, into: &mut Gather) {
        match docs {
            Docs::Few(list) => into.add(list.iter().map(|document| self.slots[usize::from(*document)])),
            Docs::Many(bits) => match self.first_in_a_row() {
                Some(first) => into.add_bits(bits, first),
                None => into.add(ones(bits, 0).map(|document| self.slots[document as usize])),
            },
        }
    }

    /// The first slot, when the others follow it without a hole: the bitmap of documents is then one of slots, too.
    fn first_in_a_row(&self) -> Option<u32> {
        let (first, last) = (self.slots.first()?, self.slots.last()?);
        ((last - first) as usize + 1 == self.slots.len()).then_some(*first)
    }
}

/// Whether a gram of so many documents and units is followed by longer ones in the tree.
pub(super) fn has_children(documents: usize, length: usize, common: usize) -> bool {
    length == 1 || (documents > common && length < MAX_GRAM)
}
