//! The data of the lists: whole, unambiguous, and found again however people write it.

use std::collections::BTreeSet;

use kit_vocabulary::{Code, Lang, List, list, lists};

#[test]
fn every_list_is_whole() {
    for list in lists() {
        assert!(!list.codes().is_empty(), "{}", list.name());
        for lang in [Lang::Ja, Lang::En] {
            assert!(!list.title(lang).is_empty(), "{}", list.name());
        }
        for code in list.codes() {
            let blank = list.name() == "marks" && code.code == "none";
            assert!(blank || !code.ja.trim().is_empty(), "{} {}", list.name(), code.code);
            assert!(!code.en.trim().is_empty(), "{} {}", list.name(), code.code);
            assert!(code.code.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c)), "{}", code.code);
        }
    }
}

#[test]
fn every_file_of_data_is_a_list() {
    let files: BTreeSet<String> = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/data"))
        .unwrap()
        .map(|file| file.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    let names: BTreeSet<String> = lists().iter().map(|list| list.name().to_owned()).collect();
    assert_eq!(files, names);
}

#[test]
fn every_spelling_leads_to_its_code() {
    for list in lists() {
        for code in list.codes() {
            for spelling in [&code.code, &code.ja, &code.en].into_iter().chain(&code.aliases) {
                assert_eq!(found(list, spelling), Some(code.code.as_str()), "{} {spelling}", list.name());
            }
            assert_eq!(list.get(&code.code), Some(code));
            assert_eq!(list.label(&code.code, Lang::Ja), Some(code.ja.as_str()));
        }
    }
}

#[test]
fn every_link_leads_somewhere() {
    for from in lists() {
        for code in from.codes() {
            for (name, targets) in &code.links {
                let to = list(name).unwrap_or_else(|| panic!("{} links to {name}", from.name()));
                assert!(targets.iter().all(|target| to.get(target).is_some()), "{} {}", from.name(), code.code);
            }
        }
    }
}

#[test]
fn the_spellings_of_forms_and_files() {
    for (name, text, code) in [
        ("prefectures", "大阪", "27"),
        ("prefectures", "大阪府", "27"),
        ("prefectures", "２７", "27"),
        ("prefectures", "京都", "26"),
        ("prefectures", "hokkaido", "01"),
        ("company_sizes", "従業員 10 名以下", "le10"),
        ("company_sizes", "10名以下", "le10"),
        ("company_sizes", "従業員 101〜300 名", "101_300"),
        ("formats", "訪問によるコンサルティング", "onsite"),
        ("formats", "長期的支援", "retainer"),
        ("formats", "長期的支援 (顧問契約等)", "retainer"),
        ("durations", "1〜3か月", "1_3m"),
        ("durations", "1～3 か月", "1_3m"),
        ("durations", "1 年以上の長期的支援（顧問契約等）", "ge1y"),
        ("durations", "支援不可", "cannot_support"),
        ("fees", "20,000円以上～30,000円未満", "20_30k"),
        ("fees", "４０，０００円以上", "ge40k"),
        ("experience", "5-10年", "5_10y"),
        ("experience", "5～10年", "5_10y"),
        ("bodies", "商工会議所・商工会", "chambers"),
        ("bodies", "中小企業庁関連", "sme_agency"),
        ("qualifications", "CISA", "cisa"),
        ("company_industries", "製造業(自動車産業)", "automotive"),
        ("company_industries", "医療・福祉", "medical_welfare"),
        ("marks", "◎", "strong"),
        ("marks", "", "none"),
    ] {
        assert_eq!(found(list(name).unwrap(), text), Some(code), "{name} {text}");
    }
    for (name, text) in [("prefectures", "48"), ("prefectures", ""), ("prefectures", "大"), ("themes", "T6")] {
        assert_eq!(found(list(name).unwrap(), text), None, "{name} {text}");
    }
}

#[test]
fn prefectures_have_one_region_and_neighbours_that_know_each_other() {
    let prefectures = kit_vocabulary::prefectures();
    let codes: Vec<String> = (1..=47).map(|n| format!("{n:02}")).collect();
    assert_eq!(prefectures.codes().iter().map(|p| p.code.clone()).collect::<Vec<_>>(), codes);
    for prefecture in prefectures.codes() {
        assert_eq!(prefecture.links("regions").len(), 1, "{}", prefecture.ja);
        assert!(prefecture.reading.is_some(), "{}", prefecture.ja);
        for neighbour in prefecture.links("prefectures") {
            let back = prefectures.get(neighbour).unwrap().links("prefectures");
            assert!(back.contains(&prefecture.code), "{} {neighbour}", prefecture.ja);
        }
    }
    // Okinawa alone is reached by neither land, bridge nor tunnel.
    let alone: Vec<&str> =
        prefectures.codes().iter().filter(|p| p.links("prefectures").is_empty()).map(|p| p.code.as_str()).collect();
    assert_eq!(alone, ["47"]);
}

#[test]
fn skill_items_count_as_the_form_prints_them() {
    // Report 4.3: items per sub-item.
    let printed = [
        ("S1a", 5),
        ("S1b", 2),
        ("S1c", 2),
        ("S2a", 2),
        ("S2b", 2),
        ("S2c", 2),
        ("S3a", 1),
        ("S3b", 3),
        ("S3c", 1),
        ("S4a", 1),
        ("S4b", 3),
        ("S4c", 1),
        ("S5a", 4),
        ("S6a", 5),
    ];
    let held: Vec<(&str, usize)> = kit_vocabulary::skill_subitems()
        .codes()
        .iter()
        .map(|sub| (sub.code.as_str(), linked(kit_vocabulary::skill_items(), "skill_subitems", &sub.code)))
        .collect();
    assert_eq!(held, printed);
    assert_eq!(kit_vocabulary::skill_items().codes().len(), 34);
}

#[test]
fn five_menu_items_are_the_themes_and_stand_in_their_menus() {
    for theme in kit_vocabulary::themes().codes() {
        let items: Vec<&Code> = kit_vocabulary::menu_items()
            .codes()
            .iter()
            .filter(|item| item.links("themes").contains(&theme.code))
            .collect();
        assert_eq!(items.len(), 1, "{}", theme.code);
        assert_eq!(items[0].links("menus"), theme.links("menus"), "{}", theme.code);
    }
}

#[test]
fn every_company_industry_has_experts() {
    for industry in kit_vocabulary::company_industries().codes() {
        assert!(!industry.links("expert_industries").is_empty(), "{}", industry.code);
    }
}

#[test]
fn a_list_with_two_meanings_for_a_spelling_is_refused() {
    let code = |code: &str, ja: &str| Code {
        code: code.into(),
        ja: ja.into(),
        en: code.into(),
        reading: None,
        aliases: Vec::new(),
        links: Default::default(),
    };
    assert!(List::new("x", vec![code("a", "甲"), code("b", " 甲 ")]).is_err());
    assert!(List::new("x", vec![code("a", "甲"), code("a", "乙")]).is_err());
    assert!(List::new("x", vec![code("a", "甲"), code("b", "乙")]).is_ok());
}

fn found<'a>(list: &'a List, text: &str) -> Option<&'a str> {
    list.find(text).map(|code| code.code.as_str())
}

fn linked(list: &List, to: &str, code: &str) -> usize {
    list.codes().iter().filter(|entry| entry.links(to).iter().any(|link| link == code)).count()
}
