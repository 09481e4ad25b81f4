//! An index in pieces, as it is kept: what was stored comes back, and any other bytes are an error or an index that holds,
//! not a panic.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use proptest::collection::vec;
use proptest::prelude::*;
use search::domain::{Entry, FacetName, Index, Mark, Query, Rating, Restore, RestoreError, Schema, Within};

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

fn pieces(index: &Index) -> Vec<Vec<u8>> {
    index.snapshot().pieces().collect()
}

fn restored_with(schema: Schema, pieces: &[Vec<u8>]) -> Result<Index, RestoreError> {
    let mut restore = Restore::begin(schema, &pieces[0])?;
    pieces[1..].iter().try_for_each(|piece| restore.block(piece))?;
    restore.finish()
}

fn restored(pieces: &[Vec<u8>]) -> Result<Index, RestoreError> {
    restored_with(schema(), pieces)
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
    assert_same(&Index::new(schema()), &restored(&pieces(&Index::new(schema()))).unwrap());
}

#[test]
fn a_snapshot_is_written_as_it_was_whatever_happens_meanwhile() {
    let mut index = some_index();
    let (snapshot, before) = (index.snapshot(), pieces(&index));
    for who in 0..700 {
        index.remove(&entry(who, 0).id);
    }
    assert_eq!(before, snapshot.pieces().collect::<Vec<_>>());
}

#[test]
fn other_lists_are_refused() {
    let stored = pieces(&some_index());
    let mut longer = lists();
    longer[3].1.push("new".to_owned());
    let error = restored_with(Schema::new(longer).unwrap(), &stored).err().unwrap();
    assert_eq!(error, RestoreError::OtherLists);
    let mut renamed = lists();
    renamed[3].1[0] = "new".to_owned();
    let error = restored_with(Schema::new(renamed).unwrap(), &stored).err().unwrap();
    assert_eq!(error, RestoreError::OtherLists);
}

#[test]
fn another_format_is_refused() {
    let mut newer = pieces(&some_index());
    newer[0][0] = 9;
    assert_eq!(restored(&newer).err(), Some(RestoreError::Format(9)));
}

#[test]
fn a_piece_too_few_or_too_many_is_an_error() {
    let stored = pieces(&some_index());
    assert!(restored(&stored[..stored.len() - 1]).is_err());
    assert!(restored(&[stored.clone(), stored[1..2].to_vec()].concat()).is_err());
}

proptest! {
    // So many unless PROPTEST_CASES says otherwise.
    #![proptest_config(ProptestConfig::with_cases(24))]

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
        let stored = pieces(&index);
        let mut restored = restored(&stored).unwrap();
        assert_same(&index, &restored);
        prop_assert_eq!(&pieces(&restored), &stored);
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

    #[test]
    fn pieces_made_up_to_look_right_are_an_error_or_an_index_that_holds(
        changes in vec((0usize..4, any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
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
        if let Ok(index) = restored(&pieces) {
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
    fn any_bytes_are_an_error(head in vec(any::<u8>(), 0..60), piece in vec(any::<u8>(), 0..300)) {
        prop_assert!(restored(&[head]).is_err());
        prop_assert!(restored(&[pieces(&some_index())[0].clone(), piece]).is_err());
    }
}
