//! Free text, and what is typed to find it.

use std::sync::LazyLock;

use search::domain::text::{Suggest, TextIndex, TextQuery, highlight, normalise, snippet};

use crate::bytes::{Bytes, parts};

pub(super) const WORDS: &[&str] = &[
    "セキュリティ",
    "ｾｷｭﾘﾃｨ",
    "が",
    "か\u{3099}",
    "か゛",
    "㈱",
    "髙",
    "ß",
    "ς",
    "İ",
    "ﬁ",
    "𠮷",
    "👍🏽",
    "葛\u{E0100}",
    "\u{200B}",
    "\u{AD}",
    "ー",
    "〜",
    "　",
    "\u{FDFA}",
    "\u{1D160}",
    "\u{344}",
    "\u{0F73}",
    "각",
    "\u{1100}\u{1161}\u{11A8}",
    "々",
];

pub(super) fn seeds() -> Vec<Vec<u8>> {
    let texts = [
        "中小企業のｾｷｭﾘﾃｨ対策を支援。㈱サンプル",
        "情報セキュリティ規程の策定、サーバーの設定",
        "É e\u{301} ß SS ﬁ İ",
        "か゛き゛ カ\u{3099} ｶﾞ",
    ];
    let queries = ["セキュリティ", "サーバー 規程", "株", "ss"];
    let seed = |query: &str| parts(std::iter::once(query).chain(texts).map(str::as_bytes));
    queries.map(seed).to_vec()
}

static SUGGEST: LazyLock<Suggest> = LazyLock::new(|| Suggest::new(kit_vocabulary::lists().iter().copied()));

/// The index finds what a scan finds, marks lie on characters and are there exactly where a text matches, a snippet is a
/// part of its text, and the normal form stays as it is.
pub(super) fn search(bytes: &[u8]) {
    let mut bytes = Bytes(bytes);
    let typed = bytes.text();
    assert!(SUGGEST.suggest(&typed).len() <= search::domain::text::MAX_SUGGESTIONS);
    let mut texts = Vec::new();
    while !bytes.is_empty() {
        texts.push(bytes.text());
    }
    for text in texts.iter().chain([&typed]) {
        let form = normalise(text);
        assert_eq!(normalise(&form), form, "normalised twice: {text:?}");
    }
    let Ok(query) = TextQuery::parse(&typed) else { return };
    let again = query.words().collect::<Vec<_>>().join(" ");
    assert_eq!(TextQuery::parse(&again).as_ref(), Ok(&query), "the words of {typed:?}");
    let mut index = TextIndex::new();
    for (slot, text) in texts.iter().enumerate() {
        index.put(slot as u32, &[text]);
    }
    let found = index.snapshot().search(&query);
    for (slot, text) in texts.iter().enumerate() {
        let form = normalise(text);
        let all = query.words().all(|word| form.contains(word));
        if form.chars().count() <= search::domain::text::MAX_DOCUMENT_CHARS {
            let hit = found.as_ref().is_none_or(|slots| slots.contains(slot as u32));
            assert_eq!(hit, all, "{typed:?} in {text:?}");
        }
        let marks = highlight(text, &query);
        assert!(marks.is_sorted_by(|a, b| a.end < b.start), "{marks:?}");
        assert!(marks.iter().all(|mark| text.get(mark.clone()).is_some_and(|marked| !marked.is_empty())), "{marks:?}");
        assert_eq!(marks.is_empty(), !query.words().any(|word| form.contains(word)), "marks of {typed:?} in {text:?}");
        let most = typed.len() % 60;
        let part = snippet(text, &query, most);
        assert!(text.contains(part.text) && part.text.chars().count() <= most, "{part:?}");
        assert!(part.highlights.iter().all(|mark| part.text.get(mark.clone()).is_some()), "{part:?}");
        assert_eq!(part.cut_before || part.cut_after, part.text != text, "{part:?}");
    }
}
