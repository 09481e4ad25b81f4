//! The text index against a scan: the same slots for any texts, words and histories. The scan normalises and searches in
//! its own way: whole texts at once, with a table of just the characters these tests write.

use std::collections::BTreeMap;
use std::ops::Range;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index as Pick, select};
use search::domain::text::{Merge, TextIndex, TextQuery, TextRestore, TextSnapshot, highlight, normalise, snippet};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Few enough that phrases meet, and one of each kind of trouble.
const PIECES: [&str; 58] = [
    "あ",
    "ア",
    "ｱ",
    "か",
    "が",
    "ガ",
    "ｶ",
    "ｶﾞ",
    "カ\u{3099}",
    "か゛",
    "は",
    "ﾊﾟ",
    "ー",
    "ｰ",
    "-",
    "－",
    "〜",
    "～",
    "−",
    "高",
    "髙",
    "崎",
    "﨑",
    "㈱",
    "(株)",
    "株",
    "a",
    "A",
    "Ａ",
    "ss",
    "ß",
    "é",
    "e\u{301}",
    "吉",
    "𠮷",
    "𩸽",
    "👍",
    "👍🏽",
    "葛",
    "葛\u{E0100}",
    "\u{200B}",
    "①",
    "1",
    " ",
    "　",
    "\n",
    "、",
    "ヶ",
    "ゝ",
    "ヽ",
    "ゞ",
    "々",
    "‐",
    "—",
    "ﾞ",
    "ｯ",
    "っ",
    "\u{301}",
];

/// What each of the characters becomes that NFKD leaves apart.
const SAME: [(char, &str); 20] = [
    ('あ', "ア"),
    ('か', "カ"),
    ('は', "ハ"),
    ('ー', "-"),
    ('〜', "-"),
    ('~', "-"),
    ('−', "-"),
    ('髙', "高"),
    ('﨑', "崎"),
    ('𠮷', "吉"),
    ('ß', "ss"),
    ('A', "a"),
    ('ヶ', "ケ"),
    ('ゝ', "ヽ"),
    ('‐', "-"),
    ('—', "-"),
    ('っ', "ッ"),
    ('\u{E0100}', ""),
    ('\u{200B}', ""),
    ('\u{1}', " "),
];

fn naive(text: &str) -> String {
    let written = text.replace('゛', "\u{3099}");
    let folded = written.nfkd().map(|c| match SAME.iter().find(|(from, _)| *from == c) {
        Some((_, to)) => (*to).to_owned(),
        None => c.to_string(),
    });
    let folded: String = folded.collect();
    let whole: String = folded.nfkc().collect();
    whole.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn naive_match(fields: &[&str], words: &[String]) -> bool {
    words.iter().all(|word| fields.iter().any(|field| field.contains(word)))
}

/// Texts of pieces; most of them of very few different ones, so that long phrases stand in many texts.
fn text(most: usize) -> impl Strategy<Value = String> {
    let narrow = (vec(select(PIECES.to_vec()), 1..4), vec(any::<Pick>(), 0..most));
    let narrow = narrow.prop_map(|(few, picks)| picks.iter().map(|pick| *pick.get(&few)).collect::<String>());
    prop_oneof![2 => narrow, 1 => vec(select(PIECES.to_vec()), 0..most).prop_map(|pieces| pieces.concat())]
}

#[derive(Clone, Debug)]
enum Step {
    Put(u32, Vec<Pick>),
    /// Many slots with texts of the pool by turns.
    Load {
        first: u32,
        count: u32,
        stride: u32,
        turn: usize,
    },
    Remove(u32),
    RemoveMany {
        first: u32,
        count: u32,
    },
    Keep,
    Merge,
    StartMerge,
    FinishMerge,
    Restore,
}

const SLOTS: u32 = 400;

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..SLOTS, vec(any::<Pick>(), 0..3)).prop_map(|(slot, fields)| Step::Put(slot, fields)),
        3 => (0..SLOTS, 0..300_u32, 1..4_u32, 0..7_usize)
            .prop_map(|(first, count, stride, turn)| Step::Load { first, count, stride, turn }),
        2 => (0..SLOTS).prop_map(Step::Remove),
        1 => (0..SLOTS, 0..200_u32).prop_map(|(first, count)| Step::RemoveMany { first, count }),
        1 => Just(Step::Keep),
        2 => Just(Step::Merge),
        1 => Just(Step::StartMerge),
        1 => Just(Step::FinishMerge),
        1 => Just(Step::Restore),
    ]
}

/// The fields of each slot in their naive form.
type Model<'a> = BTreeMap<u32, Vec<&'a str>>;

/// An index, what it should hold, and what it held at moments before.
#[derive(Default)]
struct Pair<'a> {
    index: TextIndex,
    model: Model<'a>,
    kept: Vec<(TextSnapshot, Model<'a>)>,
    started: Vec<Merge>,
}

/// Texts and their naive forms.
type Pool = [(String, String)];

impl<'a> Pair<'a> {
    fn take(&mut self, step: &Step, pool: &'a Pool) {
        match step {
            Step::Put(slot, picks) => {
                let fields: Vec<_> = picks.iter().map(|pick| pick.get(pool)).collect();
                self.index.put(*slot, &fields.iter().map(|(text, _)| text).collect::<Vec<_>>());
                self.model.insert(*slot, fields.iter().map(|(_, form)| form.as_str()).collect());
            }
            Step::Load { first, count, stride, turn } => {
                let fields = |n: u32| [n as usize, n as usize * turn / 3].map(|n| &pool[n % pool.len()]);
                let slot = |n: u32| (first + n * stride) % SLOTS;
                self.index.load((0..*count).map(|n| (slot(n), fields(n).map(|(text, _)| text).to_vec())));
                self.model.extend((0..*count).map(|n| (slot(n), fields(n).map(|(_, form)| form.as_str()).to_vec())));
            }
            Step::Remove(slot) => self.remove(*slot),
            Step::RemoveMany { first, count } => {
                (*first..(first + count).min(SLOTS)).for_each(|slot| self.remove(slot))
            }
            Step::Keep => self.kept.push((self.index.snapshot(), self.model.clone())),
            Step::Merge => {
                if let Some(merge) = self.index.next_merge() {
                    self.index.install(merge.run());
                }
            }
            Step::StartMerge => self.started.extend(self.index.next_merge()),
            Step::FinishMerge => {
                if let Some(merge) = self.started.pop() {
                    self.index.install(merge.run());
                }
            }
            Step::Restore => {
                let stored: Vec<Vec<u8>> = self.index.snapshot().pieces().collect();
                let mut restore = TextRestore::begin(&stored[0], SLOTS).expect("its own head");
                stored[1..].iter().for_each(|piece| restore.piece(piece).expect("its own piece"));
                self.index = restore.finish().expect("its own pieces");
                self.started.clear();
            }
        }
    }

    fn remove(&mut self, slot: u32) {
        let held = self.model.remove(&slot).is_some_and(|fields| fields.iter().any(|field| !field.is_empty()));
        assert_eq!(self.index.remove(slot), held, "slot {slot}");
    }
}

fn check(snapshot: &TextSnapshot, model: &Model<'_>, query: &str) {
    let asked = TextQuery::parse(query).expect("a query within the limits");
    let words: Vec<String> = naive(query).split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect();
    let found = snapshot.search(&asked);
    if words.is_empty() {
        assert!(found.is_none(), "{query:?} sets no condition");
        return;
    }
    let found = found.expect("the query has words");
    let expected: Vec<u32> =
        model.iter().filter(|(_, fields)| naive_match(fields, &words)).map(|(slot, _)| *slot).collect();
    assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{query:?}");
    assert_eq!(found.len(), expected.len());
    assert_eq!(found.is_empty(), expected.is_empty());
    let mut bits = [u64::MAX; 7];
    found.write(&mut bits);
    let is_set = |slot: &u32| bits[*slot as usize / 64] >> (slot % 64) & 1 == 1;
    assert_eq!((0..7 * 64).filter(is_set).collect::<Vec<_>>(), expected, "{query:?} as a bitmap");
    assert_eq!((0..7 * 64).filter(|slot| found.contains(*slot)).collect::<Vec<_>>(), expected, "{query:?} one by one");
}

/// Words that stand in the pool, words that may, and several at once.
fn queries(pool: &Pool, picks: &[(Pick, Pick, usize)], others: Vec<String>) -> Vec<String> {
    let cut = |(which, from, length): &(Pick, Pick, usize)| {
        let characters: Vec<char> = which.get(pool).0.chars().collect();
        let start = from.index(characters.len() + 1);
        characters[start..(start + length).min(characters.len())].iter().collect::<String>()
    };
    let single: Vec<String> = picks.iter().map(cut).collect();
    let pairs: Vec<String> = single.windows(2).map(|pair| pair.join(" ")).collect();
    single.into_iter().chain(pairs).chain(others).collect()
}

/// Characters with the marks that belong to them: a text of these may be cut between any two.
const WHOLE: [&str; 12] = ["あ", "い", "ア", "情", "報", "a", " ", "㈱", "カ\u{3099}", "ﾃﾞ", "葛\u{E0100}", "e\u{301}"];

/// The part of a text to show, by looking at every byte of every window: one window for each mark, which begins as many
/// characters before it as a quarter of the room, but not so late that room is left; and one at the beginning of the text.
fn naive_part(pieces: &[&str], marks: &[Range<usize>], room: usize) -> Range<usize> {
    let mut cuts = vec![(0, 0)];
    for piece in pieces {
        let (byte, chars) = cuts[cuts.len() - 1];
        cuts.push((byte + piece.len(), chars + piece.chars().count()));
    }
    let all = cuts[cuts.len() - 1].1;
    let begin = |mark: &Range<usize>| {
        let at = cuts.iter().find(|(byte, _)| *byte >= mark.start).expect("the end of the text at the latest").1;
        let wanted = at.saturating_sub(room / 4).min(all.saturating_sub(room));
        *cuts.iter().find(|(_, chars)| *chars >= wanted).expect("the end of the text at the latest")
    };
    let window = |(byte, chars): (usize, usize)| {
        let end = cuts.iter().rfind(|(_, end)| *end <= chars + room).expect("where it begins at the earliest");
        byte..end.0
    };
    let mut windows: Vec<Range<usize>> = marks.iter().map(begin).chain([(0, 0)]).map(window).collect();
    windows.sort_by_key(|window| window.start);
    let shown = |window: &Range<usize>| window.clone().filter(|at| marks.iter().any(|mark| mark.contains(at))).count();
    let most = windows.iter().map(shown).max().expect("there is one at the beginning");
    windows.into_iter().find(|window| shown(window) == most).expect("one has the most")
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(512),
        ..ProptestConfig::default()
    })]

    #[test]
    fn the_index_finds_what_a_scan_finds(
        pool in vec(text(16), 1..8),
        steps in vec(step(), 1..16),
        picks in vec((any::<Pick>(), any::<Pick>(), 1_usize..12), 6),
        others in vec(text(4), 2),
    ) {
        let pool: Vec<(String, String)> = pool.into_iter().map(|text| (text.clone(), naive(&text))).collect();
        let mut pair = Pair::default();
        for step in &steps {
            pair.take(step, &pool);
        }
        let now = pair.index.snapshot();
        for query in queries(&pool, &picks, others) {
            check(&now, &pair.model, &query);
            for (then, model) in &pair.kept {
                check(then, model, &query);
            }
        }
    }

    #[test]
    fn normalising_is_what_it_says(text in text(24), any in any::<String>()) {
        prop_assert_eq!(normalise(&text), naive(&text));
        prop_assert_eq!(normalise(&normalise(&any)), normalise(&any));
    }

    /// Every marked piece holds a word, and every word that stands in the text stands in a marked piece.
    #[test]
    fn marks_hold_the_words(text in text(24), word in text(4)) {
        let query = TextQuery::parse(&word).expect("a query within the limits");
        let pieces: Vec<String> = highlight(&text, &query).into_iter().map(|range| naive(&text[range])).collect();
        for piece in &pieces {
            prop_assert!(query.words().any(|word| piece.contains(word)), "{:?} in {:?}", piece, pieces);
        }
        for word in query.words() {
            prop_assert_eq!(pieces.iter().any(|piece| piece.contains(word)), naive(&text).contains(word), "{}", word);
        }
    }

    /// Many marks in a long text, and windows from nothing to all of it.
    #[test]
    fn a_snippet_is_the_earliest_part_with_the_most_marks(
        few in vec(select(WHOLE.to_vec()), 1..5),
        picks in vec(any::<Pick>(), 0..120),
        words in vec((any::<Pick>(), 1_usize..4), 1..4),
        room in 0_usize..40,
    ) {
        let pieces: Vec<&str> = picks.iter().map(|pick| *pick.get(&few)).collect();
        let text = pieces.concat();
        let cut = |(from, length): &(Pick, usize)| {
            let from = from.index(pieces.len() + 1);
            pieces[from..(from + length).min(pieces.len())].concat()
        };
        let query = words.iter().map(cut).collect::<Vec<_>>().join(" ");
        let query = TextQuery::parse(&query).expect("a query within the limits");
        let marks = highlight(&text, &query);
        let part = naive_part(&pieces, &marks, room);
        let inside = |mark: &Range<usize>| mark.start.max(part.start)..mark.end.min(part.end);
        let inside = marks.iter().map(inside).filter(|mark| mark.start < mark.end);
        let inside: Vec<_> = inside.map(|mark| mark.start - part.start..mark.end - part.start).collect();
        let shown = snippet(&text, &query, room);
        prop_assert_eq!((shown.text, shown.highlights), (&text[part.clone()], inside), "{:?} in {:?}", query, text);
        prop_assert_eq!((shown.cut_before, shown.cut_after), (part.start > 0, part.end < text.len()));
    }

    /// Character for character, where each character is compared by itself.
    #[test]
    fn marks_cover_exactly_the_characters_that_match(picks in vec(any::<Pick>(), 0..24), word in vec(any::<Pick>(), 1..4)) {
        let alone = PIECES.map(|piece| piece.chars().next().expect("a character")).to_vec();
        let is_alone = |form: String| form.chars().next().is_some_and(|first| !is_combining_mark(first));
        let alone: Vec<char> = alone.into_iter().filter(|c| is_alone(naive(&c.to_string()))).collect();
        let text: String = picks.iter().map(|pick| *pick.get(&alone)).collect();
        let word: String = word.iter().map(|pick| *pick.get(&alone)).collect();
        let forms: Vec<(usize, String)> = text.char_indices().map(|(at, c)| (at, naive(&c.to_string()))).collect();
        prop_assume!(forms.iter().map(|(_, form)| form.as_str()).collect::<String>() == naive(&text));
        let mut expected = vec![false; text.len()];
        let places: Vec<usize> = forms.iter().flat_map(|(at, form)| std::iter::repeat_n(*at, form.len())).collect();
        let whole = naive(&text);
        for (start, _) in whole.char_indices().filter(|(start, _)| whole[*start..].starts_with(&naive(&word))) {
            places[start..start + naive(&word).len()].iter().for_each(|at| expected[*at] = true);
        }
        let mut marked = vec![false; text.len()];
        for range in highlight(&text, &TextQuery::parse(&word).expect("a query within the limits")) {
            text[range.clone()].char_indices().for_each(|(at, _)| marked[range.start + at] = true);
        }
        prop_assert_eq!(marked, expected, "{:?} in {:?}", word, text);
    }
}
