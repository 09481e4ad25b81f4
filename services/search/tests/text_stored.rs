//! Texts in pieces: what was stored comes back and lives on, and any other bytes are an error or an index that answers,
//! never a panic.

use std::sync::LazyLock;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index as Pick;
use search::domain::text::{TextIndex, TextQuery, TextRestore, TextRestoreError, TextSnapshot, normalise};

const SLOTS: u32 = 3_000;

fn restored(pieces: &[Vec<u8>]) -> Result<TextIndex, TextRestoreError> {
    let (head, rest) = pieces.split_first().expect("there is always a head");
    let mut restore = TextRestore::begin(head, SLOTS)?;
    for piece in rest {
        restore.piece(piece)?;
    }
    restore.finish()
}

fn pieces(index: &TextIndex) -> Vec<Vec<u8>> {
    index.snapshot().pieces().collect()
}

fn found(snapshot: &TextSnapshot, words: &str) -> Vec<u32> {
    let query = TextQuery::parse(words).expect("a query within the limits");
    snapshot.search(&query).expect("the query has words").iter().collect()
}

const QUERIES: [&str; 14] = [
    "情",
    "番",
    "情報",
    "1",
    "42番の",
    "情報処理安全確保支援士の登録",
    "処理安全 支援士",
    "ﾘｽｸ管理",
    "録を7",
    "高橋 1",
    "𠮷田",
    "無い語",
    "情報処理安全確保支援士の登録を1",
    "最近",
];

fn text(n: u32) -> String {
    match n % 5 {
        0 => format!("情報処理安全確保支援士の登録を{n}番に"),
        1 => format!("{n}番の𠮷田と高橋のリスク管理"),
        2 => format!("処理安全確保支援士の登録と情報{}", n % 7),
        3 => format!("情報{n}"),
        _ => "情報処理安全確保支援士の登録を終えた".to_owned(),
    }
}

fn remove(index: &mut TextIndex, slots: impl IntoIterator<Item = u32>) {
    for slot in slots {
        index.remove(slot);
    }
}

/// Segments of several sizes, some with holes, and texts that are in none yet.
fn some_index() -> TextIndex {
    let mut index = TextIndex::new();
    index.load((0..1_500).map(|slot| (slot, vec![text(slot)])));
    (1_700..2_100).for_each(|slot| index.put(slot, &[text(slot), text(slot + 1)]));
    remove(&mut index, (0..2_000).step_by(7));
    (0..40).for_each(|slot| index.put(slot * 3, &["最近の情報"]));
    index
}

static STORED: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| pieces(&some_index()));

fn assert_same(one: &TextIndex, other: &TextIndex) {
    assert_eq!(one.len(), other.len());
    for query in QUERIES {
        assert_eq!(found(&one.snapshot(), query), found(&other.snapshot(), query), "{query}");
    }
}

/// Everything one can do with an index.
fn use_up(mut index: TextIndex) {
    let ask = |index: &TextIndex| QUERIES.iter().for_each(|query| drop(found(&index.snapshot(), query)));
    ask(&index);
    (0..300).for_each(|slot| index.put(slot * 5, &[text(slot)]));
    while let Some(merge) = index.next_merge() {
        index.install(merge.run());
    }
    ask(&index);
    drop(pieces(&index));
    remove(&mut index, 0..SLOTS);
    assert!(index.is_empty());
    ask(&index);
}

#[test]
fn an_empty_index_comes_back() {
    let index = restored(&pieces(&TextIndex::new())).expect("its own pieces");
    assert!(index.is_empty());
    use_up(index);
}

#[test]
fn what_was_stored_comes_back_and_lives_on() {
    let mut lived = some_index();
    let mut back = restored(&STORED).expect("its own pieces");
    assert_same(&lived, &back);
    assert_eq!(pieces(&back), *STORED, "it is stored alike");
    assert!(back.bytes() <= lived.bytes() + lived.bytes() / 8, "it takes no more room");
    for round in 0..4 {
        for index in [&mut lived, &mut back] {
            (0..700).for_each(|n| index.put(n * (round + 1) % SLOTS, &[text(n + round)]));
            remove(index, (0..SLOTS).step_by(11).map(|slot| slot + round));
        }
        assert_same(&lived, &back);
        let merge = back.next_merge();
        merge.into_iter().for_each(|merge| back.install(merge.run()));
        assert_same(&lived, &back);
        back = restored(&pieces(&back)).expect("its own pieces");
    }
    use_up(back);
}

#[test]
fn a_snapshot_is_stored_as_it_was_whatever_happens_meanwhile() {
    let mut index = some_index();
    let snapshot = index.snapshot();
    let mut stored = snapshot.pieces();
    let head = stored.next();
    remove(&mut index, 0..SLOTS);
    assert_eq!(head.into_iter().chain(stored).collect::<Vec<_>>(), *STORED);
}

/// So much text, and so many grams, that either takes several pieces.
#[test]
fn large_segments_are_stored_in_pieces_of_moderate_size() {
    let letter = |n: u32| {
        let mixed = u64::from(n).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 33;
        char::from_u32(0x4E00 + (mixed % 600) as u32).expect("a kanji")
    };
    let text = |slot: u32| (slot * 9_000..(slot + 1) * 9_000).map(letter).collect::<String>();
    let texts: Vec<String> = (0..260).map(text).collect();
    let mut index = TextIndex::new();
    index.load((0..).zip(&texts).map(|(slot, text)| (slot, vec![text])));
    let stored = pieces(&index);
    assert!(stored.iter().all(|piece| !piece.is_empty() && piece.len() <= 4 << 20));
    assert!(stored.iter().filter(|piece| piece.len() > 3 << 20).count() > 1, "more than one full piece");
    let back = restored(&stored).expect("its own pieces");
    let forms: Vec<String> = texts.iter().map(|text| normalise(text)).collect();
    for (start, length) in [(0, 1), (77, 2), (8_000, 2), (5_000, 3), (100, 20)] {
        let word: String = texts[200].chars().skip(start).take(length).collect();
        let form = normalise(&word);
        let expected: Vec<u32> = (0..260).filter(|slot| forms[*slot as usize].contains(&form)).collect();
        assert_eq!(found(&back.snapshot(), &word), expected, "{word}");
    }
}

#[test]
fn another_format_another_form_and_too_many_slots_are_told_apart() {
    let refused = |at: usize, most_slots| {
        let mut head = STORED[0].clone();
        head[at] ^= 0x40;
        TextRestore::begin(&head, most_slots).err()
    };
    assert_eq!(refused(0, SLOTS), Some(TextRestoreError::Format(0x41)));
    for at in [4, 20, 35] {
        assert_eq!(refused(at, SLOTS), Some(TextRestoreError::OtherForm));
    }
    assert!(TextRestore::begin(&STORED[0], 2_100).is_ok());
    assert!(matches!(TextRestore::begin(&STORED[0], 2_099).err(), Some(TextRestoreError::Damaged(_))));
}

#[test]
fn pieces_that_are_missing_doubled_or_changed_about_are_an_error() {
    assert!(STORED.len() > 10, "{} pieces", STORED.len());
    for at in 0..STORED.len() {
        let mut some = STORED.clone();
        some.remove(at);
        assert!(restored(&some).is_err(), "without piece {at}");
        let mut some = STORED.clone();
        some.insert(at, STORED[at].clone());
        assert!(restored(&some).is_err(), "piece {at} twice");
        assert!(restored(&STORED[..at.max(1)]).is_err(), "the first {at} only");
        let mut some = STORED.clone();
        some[at].clear();
        assert!(restored(&some).is_err(), "piece {at} empty");
        if at > 1 {
            let mut some = STORED.clone();
            some.swap(at - 1, at);
            assert!(restored(&some).is_err(), "piece {at} too early");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(64),
        ..ProptestConfig::default()
    })]

    #[test]
    fn a_piece_cut_short_or_grown_is_an_error(which: Pick, end: Pick, more in vec(any::<u8>(), 1..40)) {
        let at = which.index(STORED.len());
        let mut cut = STORED.clone();
        cut[at].truncate(end.index(STORED[at].len()));
        prop_assert!(restored(&cut).is_err());
        let mut grown = STORED.clone();
        grown[at].extend(more);
        prop_assert!(restored(&grown).is_err());
    }

    /// Most of these bytes are the trees', which nothing checks before a search comes by.
    #[test]
    fn bytes_turned_over_anywhere_never_make_a_search_panic(
        places in vec((any::<Pick>(), any::<Pick>(), 1..=u8::MAX, any::<bool>()), 1..200),
    ) {
        let mut damaged = STORED.clone();
        for (which, at, change, near) in places {
            // The heads of segments are small; without care they would hardly ever be met.
            let piece = &mut damaged[1..];
            let piece = which.get_mut(piece);
            let at = at.index(if near { piece.len().min(64) } else { piece.len() });
            piece[at] ^= change;
        }
        if let Ok(index) = restored(&damaged) {
            use_up(index);
        }
    }

    /// One byte at a time, so that what is checked first does not hide the rest; the heads of segments, too.
    #[test]
    fn a_byte_turned_over_never_makes_a_search_panic(which: Pick, at: Pick, change in 1..=u8::MAX) {
        let mut damaged = STORED.clone();
        let piece = which.get_mut(&mut damaged);
        let at = at.index(piece.len());
        piece[at] ^= change;
        if let Ok(index) = restored(&damaged) {
            use_up(index);
        }
    }

    #[test]
    fn runs_of_chance_never_make_a_search_panic(which: Pick, from: Pick, bytes in vec(any::<u8>(), 1..500)) {
        let mut damaged = STORED.clone();
        let piece = which.get_mut(&mut damaged[1..]);
        let at = from.index(piece.len());
        piece[at..].iter_mut().zip(bytes).for_each(|(place, byte)| *place = byte);
        if let Ok(index) = restored(&damaged) {
            use_up(index);
        }
    }
}
