//! Sets of the documents of one segment: as they are held, and as a search works on them.

const WORD: usize = u64::BITS as usize;
/// A set of more than one document in this many is held as bits: a byte each would be more.
const DENSE: usize = 8;
/// In a packed list: the next two bytes are a document, low byte first. Else a byte is the distance from the one before.
const FAR: u8 = 0;

/// Whether a set of `count` among `documents` is held as bits.
pub(super) fn is_dense(count: usize, documents: usize) -> bool {
    count * DENSE > documents
}

/// Words of a bitmap of so many documents.
pub(super) fn words(documents: usize) -> usize {
    documents.div_ceil(WORD)
}

/// Whether a document's bit is set.
pub(super) fn has(bits: &[u64], document: usize) -> bool {
    bits[document / WORD] >> (document % WORD) & 1 == 1
}

/// Sets or clears a document's bit.
pub(super) fn put(bits: &mut [u64], document: usize, on: bool) {
    let bit = 1 << (document % WORD);
    let word = &mut bits[document / WORD];
    *word = if on { *word | bit } else { *word & !bit };
}

/// Whether no bit is set beyond those of the documents.
pub(super) fn is_within(bits: &[u64], documents: usize) -> bool {
    let beyond = bits.iter().enumerate().skip(documents / WORD);
    beyond.into_iter().all(|(at, word)| word >> documents.saturating_sub(at * WORD) == 0)
}

/// A set as it is held.
#[derive(Clone, Copy)]
pub(super) enum Held<'a> {
    One(u16),
    List(&'a [u16]),
    Packed(Packed<'a>),
    Many(&'a [u64]),
}

impl Held<'_> {
    pub(super) const NONE: Self = Held::List(&[]);
}

/// An ascending list, mostly a byte per document.
#[derive(Clone, Copy)]
pub(super) struct Packed<'a> {
    bytes: &'a [u8],
    count: usize,
    documents: usize,
}

/// Appends an ascending list to `bytes`.
pub(super) fn pack(list: &[u16], bytes: &mut Vec<u8>) {
    let mut before = None;
    for document in list {
        match before.map(|before| document - before).and_then(|distance| u8::try_from(distance).ok()) {
            Some(distance) => bytes.push(distance),
            None => {
                bytes.push(FAR);
                bytes.extend(document.to_le_bytes());
            }
        }
        before = Some(*document);
    }
}

impl<'a> Packed<'a> {
    /// The list of `count` that `bytes` begin with, out of so many documents. It ends early where it is damaged: where the
    /// bytes end, it no longer ascends, or comes to a document that is not there.
    pub(super) fn new(bytes: &'a [u8], count: usize, documents: usize) -> Self {
        Self { bytes, count, documents }
    }

    fn iter(self) -> impl Iterator<Item = u16> + 'a {
        // `next` is the least that may come.
        let (mut bytes, mut next) = (self.bytes, 0);
        (0..self.count).map_while(move |_| {
            let (distance, mut rest) = bytes.split_first()?;
            let document = if *distance == FAR {
                let (document, behind) = rest.split_first_chunk()?;
                rest = behind;
                usize::from(u16::from_le_bytes(*document))
            } else {
                next + usize::from(*distance) - 1
            };
            if document < next || document >= self.documents {
                return None;
            }
            (bytes, next) = (rest, document + 1);
            Some(document as u16)
        })
    }

    fn to_vec(self) -> Vec<u16> {
        let mut list = Vec::with_capacity(self.count.min(self.documents));
        list.extend(self.iter());
        list
    }
}

/// A set a search works on.
#[derive(Clone, Debug)]
pub(super) enum Docs {
    Few(Vec<u16>),
    Many(Vec<u64>),
}

impl From<Held<'_>> for Docs {
    fn from(held: Held<'_>) -> Self {
        match held {
            Held::One(document) => Docs::Few(vec![document]),
            Held::List(list) => Docs::Few(list.to_vec()),
            Held::Packed(packed) => Docs::Few(packed.to_vec()),
            Held::Many(bits) => Docs::Many(bits.to_vec()),
        }
    }
}

impl Docs {
    pub(super) fn len(&self) -> usize {
        match self {
            Docs::Few(list) => list.len(),
            Docs::Many(bits) => bits.iter().map(|word| word.count_ones() as usize).sum(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        match self {
            Docs::Few(list) => list.is_empty(),
            Docs::Many(bits) => bits.iter().all(|word| *word == 0),
        }
    }

    pub(super) fn held(&self) -> Held<'_> {
        match self {
            Docs::Few(list) => Held::List(list),
            Docs::Many(bits) => Held::Many(bits),
        }
    }

    /// Leaves the documents that are in `other`, too.
    pub(super) fn and(&mut self, other: Held<'_>) {
        match (&mut *self, other) {
            (Docs::Few(list), Held::Many(bits)) => list.retain(|document| has(bits, usize::from(*document))),
            (Docs::Few(list), Held::List(other)) => both(list, other.iter().copied()),
            (Docs::Few(list), Held::Packed(other)) => both(list, other.iter()),
            (Docs::Few(list), Held::One(other)) => both(list, [other].into_iter()),
            (Docs::Many(bits), Held::Many(other)) => {
                bits.iter_mut().zip(other).for_each(|(word, other)| *word &= other)
            }
            (Docs::Many(bits), other) => {
                let mut list = match other {
                    Held::One(document) => vec![document],
                    Held::List(list) => list.to_vec(),
                    Held::Packed(packed) => packed.to_vec(),
                    Held::Many(_) => Vec::new(),
                };
                list.retain(|document| has(bits, usize::from(*document)));
                *self = Docs::Few(list);
            }
        }
    }

    /// Leaves the documents `keep` says yes to.
    pub(super) fn retain(&mut self, mut keep: impl FnMut(usize) -> bool) {
        match self {
            Docs::Few(list) => list.retain(|document| keep(usize::from(*document))),
            Docs::Many(bits) => {
                for (at, word) in bits.iter_mut().enumerate() {
                    let mut rest = *word;
                    while rest != 0 {
                        let bit = rest.trailing_zeros() as usize;
                        rest &= rest - 1;
                        if !keep(at * WORD + bit) {
                            *word &= !(1 << bit);
                        }
                    }
                }
            }
        }
    }
}

/// Leaves in `list` what is in `other`; both ascend.
fn both(list: &mut Vec<u16>, mut other: impl Iterator<Item = u16>) {
    let mut next = other.next();
    list.retain(|document| {
        while next.is_some_and(|other| other < *document) {
            next = other.next();
        }
        next == Some(*document)
    });
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn form(set: &BTreeSet<u16>, dense: bool) -> Docs {
        let mut bits = vec![0; words(200)];
        set.iter().for_each(|document| put(&mut bits, usize::from(*document), true));
        if dense { Docs::Many(bits) } else { Docs::Few(set.iter().copied().collect()) }
    }

    fn listed(docs: &Docs) -> Vec<u16> {
        (0..200).filter(|document| contains(docs, *document)).collect()
    }

    fn contains(docs: &Docs, document: u16) -> bool {
        match docs {
            Docs::Few(list) => list.contains(&document),
            Docs::Many(bits) => has(bits, usize::from(document)),
        }
    }

    proptest! {
        #[test]
        fn sets_meet_alike_in_every_form(
            a in prop::collection::btree_set(0_u16..200, 0..150),
            b in prop::collection::btree_set(0_u16..200, 0..150),
            dense: (bool, bool),
        ) {
            let mut docs = form(&a, dense.0);
            docs.and(form(&b, dense.1).held());
            let expected: Vec<u16> = a.intersection(&b).copied().collect();
            prop_assert_eq!(listed(&docs), expected.clone());
            prop_assert_eq!(docs.len(), expected.len());
            prop_assert_eq!(docs.is_empty(), expected.is_empty());
            let (list, mut bytes) = (b.iter().copied().collect::<Vec<_>>(), Vec::new());
            pack(&list, &mut bytes);
            let mut docs = form(&a, dense.0);
            docs.and(Held::Packed(Packed::new(&bytes, list.len(), 200)));
            prop_assert_eq!(listed(&docs), expected.clone());
            docs.retain(|document| document % 3 == 0);
            prop_assert_eq!(listed(&docs), expected.into_iter().filter(|d| d % 3 == 0).collect::<Vec<_>>());
        }

        #[test]
        fn packed_lists_come_out_as_they_went_in(list in prop::collection::btree_set(any::<u16>(), 0..300), near in 0_u16..400) {
            let list: Vec<u16> = list.into_iter().chain(near..near + 300).collect::<BTreeSet<_>>().into_iter().collect();
            let mut bytes = vec![7];
            pack(&list, &mut bytes);
            bytes.push(9);
            prop_assert_eq!(Packed::new(&bytes[1..], list.len(), 1 << 16).iter().collect::<Vec<_>>(), list);
        }
    }
}
