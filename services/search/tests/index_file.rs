//! An index in a file: what was written comes back, and any other bytes are an error, not a panic and not a wrong index.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{self, Read};

use proptest::collection::vec;
use proptest::prelude::*;
use search::domain::{Entry, FacetName, Index, Mark, Query, Rating, RestoreError, Schema, Within};
use search::index_file::{self, IndexFileError};

fn codes(n: usize) -> Vec<String> {
    (0..n).map(|n| format!("c{n:02}")).collect()
}

fn lists() -> Vec<(FacetName, Vec<String>)> {
    FacetName::ALL.into_iter().enumerate().map(|(n, facet)| (facet, codes(3 + n))).collect()
}

fn schema() -> Schema {
    Schema::new(lists()).unwrap()
}

fn entry(who: u16, draw: u64) -> Entry {
    let some = |n: u32| codes(3).into_iter().filter(|_| draw.rotate_left(n) & 3 == 0).collect::<Vec<_>>();
    let one = |n: u32| (draw.rotate_left(n) & 1 == 0).then(|| format!("c{:02}", draw.rotate_left(n + 1) % 3));
    let mark = |n: usize| [Mark::None, Mark::Able, Mark::Strong][(draw >> n) as usize % 3];
    Entry {
        id: if who.is_multiple_of(2) {
            uuid::Uuid::from_u128(u128::from(who)).to_string()
        } else {
            format!("専門家 {who}")
        },
        residence: one(3),
        affiliation: one(7),
        fee: one(11),
        prefectures: some(13),
        industries: some(17),
        formats: some(19),
        durations: some(23),
        sizes: some(29),
        qualifications: some(31),
        themes: some(37),
        organisations: some(41),
        skill_items: some(43),
        rating: Rating {
            area_marks: std::array::from_fn(mark),
            menu_marks: std::array::from_fn(|n| mark(n + 9)),
            area_points: std::array::from_fn(|n| (draw >> (3 * n)) as u8),
            menu_points: std::array::from_fn(|n| (draw >> (5 * n)) as u8),
        },
    }
}

fn bytes(index: &Index) -> Vec<u8> {
    let mut bytes = Vec::new();
    index_file::write(&index.snapshot(), &mut bytes).unwrap();
    bytes
}

fn read(bytes: &[u8]) -> Result<Index, IndexFileError> {
    index_file::read(schema(), bytes)
}

/// Some hundred experts, some of them gone again.
fn some_index() -> Index {
    let mut index = Index::new(schema());
    for who in 0..700 {
        index.upsert(entry(who, u64::from(who).wrapping_mul(0x9e37_79b9_7f4a_7c15))).unwrap();
    }
    for who in (0..700).step_by(5) {
        assert!(index.remove(&entry(who, 0).id));
    }
    index
}

fn assert_same(one: &Index, other: &Index) {
    assert_eq!(one.len(), other.len());
    let queries = [
        Query::default(),
        Query { menus: vec!["M1".to_owned()], place: Some("c01".to_owned()), seed: 5, ..Query::default() },
    ];
    for query in queries {
        let answer = one.search(&query, None, usize::MAX).unwrap();
        assert_eq!(answer, other.search(&query, None, usize::MAX).unwrap());
        for hit in answer.hits {
            assert_eq!(one.get(&hit.key.id), other.get(&hit.key.id));
            assert_eq!(one.slot_of(&hit.key.id), other.slot_of(&hit.key.id), "texts are kept by slot");
        }
    }
}

#[test]
fn an_empty_index_comes_back() {
    assert_same(&Index::new(schema()), &read(&bytes(&Index::new(schema()))).unwrap());
}

#[test]
fn what_follows_the_index_is_left_to_read() {
    let mut stream = bytes(&some_index());
    stream.extend(b"and more");
    let mut stream = stream.as_slice();
    index_file::read(schema(), &mut stream).unwrap();
    assert_eq!(stream, b"and more");
}

#[test]
fn a_snapshot_is_written_as_it_was_whatever_happens_meanwhile() {
    let mut index = some_index();
    let (snapshot, before) = (index.snapshot(), bytes(&index));
    for who in 0..700 {
        index.remove(&entry(who, 0).id);
    }
    let mut after = Vec::new();
    index_file::write(&snapshot, &mut after).unwrap();
    assert_eq!(before, after);
}

#[test]
fn other_lists_are_refused() {
    let stored = bytes(&some_index());
    let mut longer = lists();
    longer[3].1.push("new".to_owned());
    let error = index_file::read(Schema::new(longer).unwrap(), stored.as_slice()).err().unwrap();
    assert!(matches!(error, IndexFileError::Restore(RestoreError::OtherLists)), "{error}");
    let mut renamed = lists();
    renamed[3].1[0] = "new".to_owned();
    let error = index_file::read(Schema::new(renamed).unwrap(), stored.as_slice()).err().unwrap();
    assert!(matches!(error, IndexFileError::Restore(RestoreError::OtherLists)), "{error}");
}

#[test]
fn another_format_and_another_kind_of_file_are_told_apart() {
    let mut newer = bytes(&some_index());
    newer[12] = 9;
    assert!(matches!(read(&newer), Err(IndexFileError::Restore(RestoreError::Format(9)))));
    assert!(matches!(read(b"not an index at all"), Err(IndexFileError::Foreign)));
}

#[test]
fn a_file_that_ends_too_early_is_an_error_wherever_it_ends() {
    let stored = bytes(&some_index());
    for end in (0..stored.len()).step_by(997).chain(stored.len() - 40..stored.len()) {
        match read(&stored[..end]) {
            Err(IndexFileError::Io(error)) => assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof),
            Err(other) => panic!("{end}: {other}"),
            Ok(_) => panic!("{end} of {} bytes are an index", stored.len()),
        }
    }
}

#[test]
fn a_bit_turned_over_anywhere_is_an_error() {
    let stored = bytes(&some_index());
    let mut damaged = stored.clone();
    for at in (0..stored.len()).step_by(101) {
        damaged[at] ^= 1 << (at % 8);
        assert!(read(&damaged).is_err(), "byte {at}");
        damaged[at] = stored[at];
    }
}

/// Gives a head, a long length, and then says how much of it was taken.
struct Endless {
    given: usize,
}

impl Read for Endless {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let head = b"ALINDEX\0\xff\xff\xff\xff";
        let len = into.len().min(64);
        for (n, byte) in into[..len].iter_mut().enumerate() {
            *byte = head.get(self.given + n).copied().unwrap_or(0);
        }
        self.given += len;
        Ok(len)
    }
}

#[test]
fn a_piece_said_to_be_gigabytes_long_is_refused_before_it_is_read() {
    let mut endless = Endless { given: 0 };
    assert!(matches!(index_file::read(schema(), &mut endless), Err(IndexFileError::TooLong(u32::MAX))));
    assert!(endless.given < 1_000);
}

fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(24)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), ..ProptestConfig::default() })]

    #[test]
    fn what_was_written_comes_back_and_goes_on(
        changes in vec((0u16..900, any::<u64>(), 0..4u8), 0..1_200),
        later in vec((0u16..900, any::<u64>(), 0..4u8), 0..50),
    ) {
        let apply = |index: &mut Index, changes: &[(u16, u64, u8)]| {
            for &(who, draw, kind) in changes {
                match kind {
                    0 => drop(index.remove(&entry(who, draw).id)),
                    _ => index.upsert(entry(who, draw)).unwrap(),
                }
            }
        };
        let mut index = Index::new(schema());
        apply(&mut index, &changes);
        let stored = bytes(&index);
        let mut restored = read(&stored).unwrap();
        assert_same(&index, &restored);
        prop_assert_eq!(&bytes(&restored), &stored);
        apply(&mut index, &later);
        apply(&mut restored, &later);
        prop_assert_eq!(index.len(), restored.len());
        // Newcomers may take other slots.
        let answer = |index: &Index| {
            let mut answer = index.search(&Query::default(), None, usize::MAX).unwrap();
            answer.hits.iter_mut().for_each(|hit| hit.slot = 0);
            answer
        };
        prop_assert_eq!(answer(&index), answer(&restored));
    }

    /// With a checksum that fits, so that every check behind it is reached.
    #[test]
    fn pieces_made_up_to_look_right_are_an_error_or_an_index_that_holds(
        changes in vec((0usize..4, any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        use search::domain::Restore;
        let mut pieces: Vec<Vec<u8>> = some_index().snapshot().pieces().collect();
        for (kind, at, byte) in changes {
            let n = at.index(pieces.len());
            let piece = &mut pieces[n];
            match kind {
                0 => piece.truncate(at.index(piece.len() + 1)),
                1 => piece.push(byte),
                _ if piece.is_empty() => {}
                _ => *at.get_mut(piece) = byte,
            }
        }
        let restored = Restore::begin(schema(), &pieces[0]).and_then(|mut restore| {
            pieces[1..].iter().try_for_each(|piece| restore.block(piece))?;
            restore.finish()
        });
        if let Ok(index) = restored {
            let answer = index.search_within(&Query::default(), Within::Everybody, None, usize::MAX).unwrap();
            prop_assert_eq!(answer.total as usize, index.len());
            prop_assert_eq!(answer.hits.len(), index.len());
            for hit in answer.hits {
                let entry = index.get(&hit.key.id).unwrap();
                prop_assert_eq!(entry.rating, hit.rating);
            }
        }
    }

    #[test]
    fn any_bytes_are_an_error(bytes in vec(any::<u8>(), 0..300)) {
        prop_assert!(read(&bytes).is_err());
        let framed = [b"ALINDEX\0".as_slice(), &bytes].concat();
        prop_assert!(read(&framed).is_err());
    }
}
