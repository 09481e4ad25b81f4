//! The hard cases of Japanese text one by one: what matches, what is refused, what is marked.

use search::domain::text::{
    MAX_DOCUMENT_CHARS, MAX_QUERY_CHARS, MAX_WORDS, TextError, TextIndex, TextQuery, TextSnapshot, highlight,
    normalise, snippet,
};

const NONE: [u32; 0] = [];

fn asked(words: &str) -> TextQuery {
    TextQuery::parse(words).expect("a query within the limits")
}

fn found(snapshot: &TextSnapshot, words: &str) -> Vec<u32> {
    snapshot.search(&asked(words)).expect("the query has words").iter().collect()
}

fn matches(text: &str, words: &str) -> bool {
    let mut index = TextIndex::new();
    index.put(0, &[text]);
    !found(&index.snapshot(), words).is_empty()
}

#[test]
fn one_word_in_many_spellings() {
    for (text, word) in [
        ("ﾃﾞｰﾀ保護", "データ"),
        ("デ\u{30FC}タ", "ﾃﾞｰﾀ"),
        ("テ\u{3099}ータ", "データ"),
        ("て゛た", "デタ"),
        ("でーた", "データ"),
        ("サーバ", "ｻｰﾊﾞ"),
        ("サ−バ", "サーバ"),
        ("サ－バ", "サーバ"),
        ("さ〜ば", "サーバ"),
        ("1～3か月", "1〜3カ月"),
        ("３ヶ月", "3ケ月"),
        ("髙橋", "高橋"),
        ("高橋", "髙橋"),
        ("山﨑", "山崎"),
        ("濵田", "浜田"),
        ("𠮷野家", "吉野家"),
        ("澤田", "沢田"),
        ("㈱山田", "(株)山田"),
        ("（株）山田", "㈱"),
        ("㍿", "株式会社"),
        ("ＩＳＭＳ", "isms"),
        ("ISO/IEC　27001", "27001"),
        ("Ⅲ種", "iii"),
        ("①", "1"),
        ("STRASSE", "straße"),
        ("ΟΔΟΣ", "οδος"),
        ("葛\u{E0100}城", "葛城"),
        ("葛城", "葛\u{E0100}城"),
        ("情報\u{200B}処理", "情報処理"),
        ("神\u{FE00}田", "神田"),
        ("e\u{301}cole", "ÉCOLE"),
        ("👍🏽", "👍"),
        ("アx砰", "砰"),
        ("ﾊﾟｽﾜｰﾄﾞ", "ぱすわーど"),
        ("ぱすわあど", "パスワアド"),
        ("ｳﾞｪﾙﾌｧｲ", "ヴェルファイ"),
        ("ウ゛ィジョン", "ヴィジョン"),
        ("ｧｨｩｪｫｯｬｭｮ", "ぁぃぅぇぉっゃゅょ"),
        ("｢対策｣､完了｡", "「対策」、完了。"),
        ("学問のすゝめ", "学問のすヽめ"),
        ("いすゞ自動車", "イスヾ自動車"),
        ("いすゝ゛自動車", "いすゞ自動車"),
        ("佐々木", "佐々木"),
        ("ﾈｯﾄﾜｰｸ", "ネットワーク"),
        ("ｎｅｔｗｏｒｋ", "NETWORK"),
        ("İSTANBUL", "i\u{307}stanbul"),
        ("㌔", "キロ"),
        ("㍻", "平成"),
        ("ﬁle", "FILE"),
        ("か\u{3099}く", "ガク"),
        ("ハ\u{309A}", "ﾊﾟ"),
        ("e\u{323}\u{302}", "e\u{302}\u{323}"),
        ("情報\u{7}処理", "報 処"),
        ("情報\r\n\t処理", "処理"),
    ] {
        assert!(matches(text, word), "{word} in {text}");
    }
}

#[test]
fn different_words_stay_apart() {
    for (text, word) in [
        ("サーバ", "サーバー"),
        ("が", "か"),
        ("ハ", "パ"),
        ("斎藤", "斉藤"),
        // A mark that repeats is not what it repeats: nobody can tell how much it does.
        ("佐々木", "佐佐木"),
        ("学問のすゝめ", "学問のすすめ"),
        ("いすゞ", "いすず"),
        // A long sound is not the vowel it lengthens.
        ("サアバ", "サーバ"),
        ("ロー", "ロウ"),
        ("パスワド", "パスワード"),
        ("ッ", "ツ"),
        ("ヶ月", "か月"),
        ("é", "e"),
        ("第一", "第ー"),
        ("情報 処理", "情報処理"),
        ("情報\u{0}処理", "情報処理"),
        ("アイウ", "アウ"),
        ("", "あ"),
        ("𠮷", "𠮟"),
        // U+7830, whose bytes stand in U+30A2 U+0078, half a character off.
        ("アx", "砰"),
    ] {
        assert!(!matches(text, word), "{word} in {text}");
    }
}

/// All that people type for the prolonged sound mark and for a range, found by one another.
#[test]
fn strokes_of_every_kind_are_one() {
    let strokes = ['ー', 'ｰ', '-', '－', '‐', '\u{2011}', '‒', '–', '—', '―', '−', '~', '～', '〜', '─', '━'];
    for written in strokes {
        for typed in strokes {
            for (text, word) in [(format!("サ{written}バ"), format!("ｻ{typed}ﾊﾞ")), (written.into(), typed.into())]
            {
                assert!(matches(&text, &word), "U+{:04X} by U+{:04X}", written as u32, typed as u32);
            }
            assert!(!matches(&format!("サ{written}バ"), &format!("サ{typed}{typed}バ")));
        }
        assert!(!matches("第一", &format!("第{written}")), "U+{:04X} is no number", written as u32);
    }
}

/// One character is enough, whatever it is and wherever it stands, in few texts and in many.
#[test]
fn one_character_is_found() {
    let letters = ['あ', '漢', 'ヴ', 'a', '7', '、', '。', '（', '-', '𠮷', '👍', '々', '\u{3402}', '\u{E000}'];
    for (all, texts) in [(1, 1), (300, 300), (300, 7)] {
        for letter in letters {
            let mut index = TextIndex::new();
            let text = |slot: u32| match (slot < texts, slot % 3) {
                (true, 0) => format!("{letter}始"),
                (true, 1) => format!("中{letter}中"),
                (true, _) => format!("終{letter}"),
                (false, _) => "無".to_owned(),
            };
            index.load((0..all).map(|slot| (slot, vec![text(slot)])));
            assert_eq!(found(&index.snapshot(), &letter.to_string()), (0..texts).collect::<Vec<_>>(), "{letter}");
        }
    }
}

#[test]
fn a_phrase_never_crosses_fields_and_words_may_stand_in_different_ones() {
    let mut index = TextIndex::new();
    index.put(7, &["情報", "処理", "", "安全"]);
    let now = index.snapshot();
    assert_eq!(found(&now, "報 処 安全"), [7]);
    assert_eq!(found(&now, "情報処理"), NONE);
    assert_eq!(found(&now, "情報 確保"), NONE);
}

#[test]
fn a_query_without_words_sets_no_condition() {
    let mut index = TextIndex::new();
    index.put(0, &["情報"]);
    for text in ["", " ", "　\t\n", "\u{200B}", "\u{FE00} \u{AD}"] {
        assert!(asked(text).is_empty());
        assert!(index.snapshot().search(&asked(text)).is_none(), "{text:?}");
    }
}

#[test]
fn a_query_keeps_within_its_limits() {
    let long = "あ".repeat(MAX_QUERY_CHARS);
    assert_eq!(asked(&long).words().collect::<Vec<_>>(), [normalise(&long)]);
    assert_eq!(TextQuery::parse(&(long + "い")), Err(TextError::TooLong));
    // One character that stands for eighteen counts as eighteen.
    assert!(TextQuery::parse(&"\u{FDFA}".repeat(MAX_QUERY_CHARS / 18)).is_ok());
    assert_eq!(TextQuery::parse(&"\u{FDFA}".repeat(MAX_QUERY_CHARS / 18 + 1)), Err(TextError::TooLong));
    assert_eq!(TextQuery::parse(&"\u{1}".repeat(1 << 20)), Err(TextError::TooLong), "refused before it is read");
    for letter in ["あ", "a", "a ", "\u{E0100}", "𠮷"] {
        let error = TextQuery::parse(&letter.repeat(10_000)).expect_err("far too long");
        assert_eq!(error, TextError::TooLong);
        assert!(error.to_string().contains("256"), "{error}");
    }

    let words: Vec<String> = (0..MAX_WORDS).map(|n| format!("語{n}")).collect();
    assert_eq!(asked(&words.join(" ")).words().count(), MAX_WORDS);
    assert_eq!(asked(&format!("{0}　{0}", words.join("\t"))).words().count(), MAX_WORDS, "a word twice is one");
    assert_eq!(TextQuery::parse(&(words.join(" ") + " 語")), Err(TextError::TooManyWords));

    assert_eq!(TextQuery::parse("情報\u{7}"), Err(TextError::ControlCharacter { at: 3 }));
    assert_eq!(TextQuery::parse("\u{0}"), Err(TextError::ControlCharacter { at: 1 }));
    assert!(TextQuery::parse("情報\t処理\r\n").is_ok());
}

#[test]
fn ten_thousand_characters_are_kept_and_no_more() {
    let mut index = TextIndex::new();
    let body = "情報処理".repeat(MAX_DOCUMENT_CHARS / 4 - 1);
    index.put(0, &[format!("{body}終端の語余り")]);
    index.put(1, &[body, "終端の語余り".into()]);
    index.put(2, &["安全確保".repeat(300_000)]);
    let now = index.snapshot();
    assert_eq!(found(&now, "終端の語"), [0, 1]);
    assert_eq!(found(&now, "余"), NONE);
    assert_eq!(found(&now, &"理情報処".repeat(64)), [0, 1]);
    assert_eq!(found(&now, "保安"), [2]);
    assert!(index.bytes() < 200_000, "what is beyond takes no memory");
}

/// Every part of a text of ten thousand characters, looked for by the text's own characters.
#[test]
fn any_part_of_a_long_text_is_found() {
    let letters: Vec<char> = (0..MAX_DOCUMENT_CHARS as u32)
        .map(|n| char::from_u32(0x4E00 + n.wrapping_mul(2_654_435_761) % 700).expect("a kanji"))
        .collect();
    let text: String = letters.iter().collect();
    let form = normalise(&text);
    let mut index = TextIndex::new();
    index.put(3, &[&text]);
    let recent = index.snapshot();
    index.load((10..400).map(|slot| (slot, vec!["別の文".to_owned()])));
    for snapshot in [recent, index.snapshot()] {
        for start in (0..letters.len()).step_by(37).chain([letters.len() - 1]) {
            for length in [1, 2, 3, 8, 9, 30] {
                let word: String = letters[start..(start + length).min(letters.len())].iter().collect();
                assert_eq!(found(&snapshot, &word), [3], "{word}");
                let other = format!("{word}丁");
                assert_eq!(found(&snapshot, &other) == [3], form.contains(&normalise(&other)), "{other}");
            }
        }
    }
}

/// Long phrases in thousands of texts, among texts with all of their parts: looked through once, then remembered.
#[test]
fn long_common_phrases_are_told_from_their_parts() {
    let mut index = TextIndex::new();
    let whole = "情報処理安全確保支援士の登録";
    let parts = "処理安全確保支援士の登録と情報処理安全確保支援士";
    index.load((0..20_000).map(|slot| (slot, vec![if slot % 3 == 0 { parts } else { whole }])));
    let expected: Vec<u32> = (0..20_000).filter(|slot| slot % 3 != 0).collect();
    for _ in 0..2 {
        assert_eq!(found(&index.snapshot(), whole), expected);
        assert_eq!(found(&index.snapshot(), "録 情報処理安全確保支援士の"), expected);
    }
    index.put(1, &["別の語"]);
    index.put(0, &[whole]);
    let expected: Vec<u32> = (0..20_000).filter(|slot| *slot == 0 || (slot % 3 != 0 && *slot != 1)).collect();
    assert_eq!(found(&index.snapshot(), whole), expected);
}

#[test]
fn a_change_is_in_the_next_snapshot_and_not_in_one_before() {
    let mut index = TextIndex::new();
    for slot in 0..3_000 {
        index.put(slot, &[format!("番号{slot}の記録")]);
        assert_eq!(found(&index.snapshot(), &format!("号{slot}の")), [slot]);
    }
    let before = index.snapshot();
    index.put(5, &["書き換え"]);
    assert!(index.remove(6));
    assert!(!index.remove(6) && !index.remove(1_000_000));
    index.put(6, &["別の人"]);
    let after = index.snapshot();
    assert_eq!((found(&before, "号5の"), found(&after, "号5の")), (vec![5], vec![]));
    assert_eq!((found(&before, "号6の"), found(&after, "号6の")), (vec![6], vec![]));
    assert_eq!((found(&before, "別の人"), found(&after, "別の人")), (vec![], vec![6]));
    assert_eq!(index.len(), 3_000);
}

/// A reader on another thread sees each text whole: as it was or as it is, while segments are sealed and merged under it.
#[test]
fn readers_go_on_while_texts_change() {
    const SLOTS: u32 = 600;
    let mut index = TextIndex::new();
    index.load((0..SLOTS).map(|slot| (slot, vec!["第0版の文章".to_owned()])));
    let shared = std::sync::Mutex::new(index.snapshot());
    let done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(std::sync::atomic::Ordering::Acquire) {
                let seen = shared.lock().expect("no thread panicked").clone();
                assert_eq!(found(&seen, "版の文章").len(), SLOTS as usize);
            }
        });
        for version in 1..=5 {
            for slot in 0..SLOTS {
                index.put(slot, &[format!("第{version}版の文章")]);
                *shared.lock().expect("no thread panicked") = index.snapshot();
            }
        }
        done.store(true, std::sync::atomic::Ordering::Release);
    });
    assert_eq!(found(&index.snapshot(), "第5版").len(), SLOTS as usize);
    assert_eq!(found(&index.snapshot(), "第4版"), NONE);
}

#[test]
fn texts_rewritten_many_times_take_no_more_room() {
    let mut index = TextIndex::new();
    let mut round = |n: u32| {
        for slot in 0..2_000 {
            index.put(slot, &[format!("{n}回目に書かれた{slot}番の文章")]);
        }
        while let Some(merge) = index.next_merge() {
            index.install(merge.run());
        }
        index.bytes()
    };
    let first = round(0);
    for n in 1..20 {
        assert!(round(n) < 4 * first, "round {n}");
    }
}

fn marked<'a>(text: &'a str, words: &str) -> Vec<&'a str> {
    highlight(text, &asked(words)).into_iter().map(|range| &text[range]).collect()
}

#[test]
fn marks_stand_on_the_characters_as_they_were_written() {
    assert_eq!(marked("工場のﾃﾞｰﾀを守る", "データ"), ["ﾃﾞｰﾀ"]);
    assert_eq!(marked("㈱山田と(株)山田", "株"), ["㈱", "株"]);
    assert_eq!(marked("髙橋・高橋", "高橋"), ["髙橋", "高橋"]);
    assert_eq!(marked("葛\u{E0100}城", "葛"), ["葛\u{E0100}"]);
    assert_eq!(marked("カ\u{3099}ス", "ガ"), ["カ\u{3099}"]);
    assert_eq!(marked("あああ", "ああ"), ["あああ"]);
    assert_eq!(marked("情報処理", "報処 情報"), ["情報処"]);
    assert_eq!(marked("情報、処理", "情報 処理"), ["情報", "処理"]);
    assert_eq!(marked("　情報　　処理　", "処理 情報"), ["情報", "処理"]);
    assert_eq!(marked("𠮷田と吉田", "吉"), ["𠮷", "吉"]);
    assert_eq!(marked("情報", "処理"), Vec::<&str>::new());
    assert_eq!(marked("情報", ""), Vec::<&str>::new());
}

#[test]
fn a_snippet_shows_where_the_most_words_stand() {
    let text = format!("{}情報処理の支援{}情報だけ", "前".repeat(40), "間".repeat(40));
    let shown = snippet(&text, &asked("情報 支援"), 12);
    assert_eq!(shown.text, "前前前情報処理の支援間間");
    let marks: Vec<&str> = shown.highlights.iter().map(|range| &shown.text[range.clone()]).collect();
    assert_eq!(marks, ["情報", "支援"]);
    assert!(shown.cut_before && shown.cut_after);

    let shown = snippet(&text, &asked("だけ"), 12);
    assert_eq!(shown.text, "間間間間間間間間情報だけ");
    assert!(shown.cut_before && !shown.cut_after);

    let shown = snippet("短い文", &asked("無い"), 12);
    assert_eq!((shown.text, shown.highlights.len(), shown.cut_before, shown.cut_after), ("短い文", 0, false, false));
    assert_eq!(snippet("", &asked("無い"), 12).text, "");
    assert_eq!(snippet("カ\u{3099}カ\u{3099}カ\u{3099}", &asked("ガ"), 3).text, "カ\u{3099}");
    assert_eq!(snippet("情報処理", &asked("報処理"), 2).text, "報処");
}
