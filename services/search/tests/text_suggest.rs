//! Suggestions while someone types the name of a qualification, an industry or a prefecture.

use kit_vocabulary::{expert_industries, prefectures, qualifications};
use search::domain::text::{MAX_SUGGESTIONS, Suggest};

fn suggest() -> Suggest {
    Suggest::new([qualifications(), expert_industries(), prefectures()])
}

fn labels(typed: &str) -> Vec<String> {
    suggest().suggest(typed).into_iter().map(|suggestion| suggestion.ja).collect()
}

#[test]
fn a_name_is_found_as_it_is_typed() {
    for typed in ["おお", "オオサ", "ｵｵｻｶ", "大", "大阪府", "osaka", "ＯＳＡ", "OSAKA PREF"] {
        let found = suggest().suggest(typed);
        assert!(found.iter().any(|one| one.list == "prefectures" && one.code == "27" && one.en == "Osaka"), "{typed}");
    }
    assert_eq!(labels("ちゅうしょう"), ["中小企業診断士"]);
    assert_eq!(labels("しんだん"), Vec::<String>::new(), "a prefix, not a part");
    assert_eq!(labels("診断"), ["中小企業診断士"], "an alias is a name, too");
    assert_eq!(labels("it コ"), ["ITコーディネータ"]);
    assert_eq!(labels("はんどう"), ["半導体産業"]);
}

#[test]
fn the_exact_name_comes_first_and_then_the_order_of_the_lists() {
    let typed = labels("きょう");
    assert_eq!(typed, ["教育", "京都府"]);
    // "ITC" is one's name and the beginning of no other; "IT" begins several, in the order of the form.
    assert_eq!(labels("ITC"), ["ITコーディネータ"]);
    assert_eq!(labels("IT"), ["ITコーディネータ", "ITストラテジスト"]);
    let other = labels("その他");
    assert_eq!(other, ["その他", "その他", "その他製造業"], "exact in both lists before the longer name");
}

#[test]
fn a_code_comes_once_and_never_more_than_ten() {
    assert_eq!(labels("CISA").len(), 1);
    let many = suggest().suggest("し");
    assert!(many.len() <= MAX_SUGGESTIONS);
    let mut codes: Vec<_> = many.iter().map(|one| (&one.list, &one.code)).collect();
    codes.dedup();
    assert_eq!(codes.len(), many.len());
    assert_eq!(many, suggest().suggest("シ"));
    let all = suggest();
    assert!("aiueokstnhmyrwあいうえおかきさしとなはまやわ".chars().all(|c| all.suggest(&c.to_string()).len() <= 10));
}

#[test]
fn nothing_and_nonsense_suggest_nothing() {
    for typed in ["", "　", "\u{0}", "存在しない名前", "大阪府大阪府", &"あ".repeat(1 << 20)] {
        assert!(suggest().suggest(typed).is_empty());
    }
}
