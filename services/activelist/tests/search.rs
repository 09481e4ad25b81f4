//! The search at a terminal: what is typed goes to the wire as it is meant, and what comes back can be read.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod stage;

use std::collections::BTreeSet;

use activelist::args::{Args, Command, Search};
use activelist::failure::Exit;
use activelist::output::{Output, Pen};
use activelist::search::conditions::{CONDITIONS, request};
use activelist::search::{Asked, Counted, Listing, applied, counts, next_command};
use activelist::{exposure, table};
use clap::Parser as _;
use contract::search::v1::{
    Conditions, Entry, ExpertExposure, ExposureGroup, ExposureKind, ExposureSpread, Facet, FacetValue,
    GetExposureResponse, Highlight, HighlightPiece, Hit, MenuMark, Nearness, SearchExpertsResponse, Standing,
};
use contract::survey::v1::{Label, Mark};
use kit_vocabulary::Lang;
use stage::{CAMPAIGN, Stage};
use unicode_width::UnicodeWidthChar as _;

fn codes(codes: &[&str]) -> Vec<String> {
    codes.iter().map(ToString::to_string).collect()
}

fn label(ja: &str, en: &str) -> Option<Label> {
    Some(Label { ja: ja.to_owned(), en: en.to_owned() })
}

fn typed(words: &[&str]) -> Search {
    let words = [&["activelist", "search", "--server", "http://127.0.0.1:1"], words].concat();
    match Args::try_parse_from(words).unwrap().command {
        Command::Search(args) => *args,
        other => panic!("{other:?}"),
    }
}

fn incident() -> Entry {
    Entry {
        code: "incident".to_owned(),
        label: label("いま事故", "An incident now"),
        conditions: Some(Conditions { menus: codes(&["M5"]), ..Default::default() }),
        ..Default::default()
    }
}

/// Cells that a line takes on a terminal which gives characters of ambiguous width two cells, or one; escape sequences
/// that place or colour a text are obeyed.
fn cells(line: &str, wide: bool) -> usize {
    let (mut at, mut most) = (0, 0);
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        if letter == '\u{1b}' {
            let mut number = String::new();
            let end = loop {
                match letters.next().unwrap() {
                    '[' => {}
                    letter if letter.is_ascii_alphabetic() => break letter,
                    digit => number.push(digit),
                }
            };
            if end == 'G' {
                at = number.parse::<usize>().unwrap() - 1;
            }
            continue;
        }
        at += if wide { letter.width_cjk() } else { letter.width() }.unwrap_or(0);
        most = most.max(at);
    }
    most
}

fn hit(number: usize, name: &str, marks: [&str; 8], residence: &str, nearness: Nearness) -> Hit {
    let mark = |(at, mark): (usize, &&str)| MenuMark {
        menu: format!("M{at}"),
        mark: match *mark {
            "◎" => Mark::Strong,
            "○" => Mark::Able,
            _ => Mark::None,
        }
        .into(),
        points: 0,
    };
    Hit {
        name: format!("experts/{number}"),
        full_name: name.to_owned(),
        themes: codes(&["T1", "T4"]),
        formats: codes(&["onsite"]),
        fee_per_visit: "ge40k".to_owned(),
        residence: residence.to_owned(),
        menus: marks.iter().enumerate().map(mark).collect(),
        confirm_time: Some(prost_types::Timestamp { seconds: 1_738_508_400, nanos: 0 }),
        standing: Some(Standing { points: 12, nearness: nearness.into(), ..Default::default() }),
        ..Default::default()
    }
}

#[test]
fn every_condition_is_found_by_code_and_label_of_both_languages_and_told_again() {
    for condition in CONDITIONS {
        let option = format!("--{}", condition.option);
        for code in (condition.list)().codes() {
            for said in [&code.code, &code.ja, &code.en] {
                let asked = request(&typed(&[&option, said]), &[]).unwrap();
                let conditions = asked.conditions.unwrap();
                assert_eq!(condition.held(&conditions), std::slice::from_ref(&code.code), "{option} {said}");
                for lang in [Lang::Ja, Lang::En] {
                    let told = condition.told(&conditions, lang);
                    assert!(told.contains(code.label(lang)), "{option} {said} is told as {told}");
                }
                let others = CONDITIONS.iter().filter(|other| other.field != condition.field);
                assert!(others.into_iter().all(|other| other.held(&conditions).is_empty()), "{option} {said}");
            }
        }
    }
}

#[test]
fn words_places_entries_and_facets_go_to_the_request() {
    let args = typed(&["セキュリティ", "規程", "--text", "ISMS 認証", "--place", "おおさか", "--entry", "いま事故"]);
    let unread = request(&args, &[incident()]).unwrap_err();
    assert_eq!(unread.faults.len(), 1, "a reading is no label, but is understood: {unread:?}");
    assert!(unread.faults[0].ja.contains("大阪府 (27)"), "{unread:?}");

    let args = typed(&["セキュリティ", "規程", "--text", "ISMS 認証", "--place", "大阪", "--entry", "AN INCIDENT NOW"]);
    let asked = request(&args, &[incident()]).unwrap();
    assert_eq!((asked.place.as_str(), asked.entry.as_str()), ("27", "incident"));
    assert_eq!(asked.conditions.unwrap().text, "セキュリティ 規程 ISMS 認証");
    let facets = |said: &str| request(&typed(&["--facets", said]), &[]).unwrap().facets;
    assert_eq!(facets("prefectures,得意な業界"), ["prefectures", "industries"]);
    assert_eq!(facets("fee-ceiling,marks,居住地"), ["fee", "marks", "residence"]);
    assert_eq!((facets("all"), facets("none")), (Vec::new(), codes(&["none"])));
}

#[test]
fn everything_unknown_is_told_at_once_with_what_could_be_meant() {
    let bad = [
        ("--menu", "M9", "システム監査 (M7)"),
        ("--menu-item", "情報セキュリティ", "情報セキュリティ5か条の活用 (M0-1)"),
        ("--prefecture", "大坂府", "大阪府 (27)"),
        ("--industry", "自動車部品", "自動車産業 (automotive)"),
        ("--fee-ceiling", "0円", "20,000円未満 (lt20k)"),
        ("--format", "M5", "--menu インシデント発生時の対応 (M5)"),
        ("--theme", "教育", "従業員向け情報セキュリティ教育 (T5)"),
        ("--organisation", "自工会", "日本自動車工業会・日本自動車部品工業会 (jama_japia)"),
        ("--skill-item", "S9z9", "activelist suggest"),
        ("--place", "とうきょ", "東京都 (13)"),
        ("--entry", "accident", "いま事故 (incident)"),
        ("--facets", "shoe_size", "prefectures"),
    ];
    let words: Vec<&str> = bad.iter().flat_map(|(option, word, _)| [*option, *word]).collect();
    let failure = request(&typed(&words), &[incident()]).unwrap_err();
    assert_eq!((failure.exit, failure.faults.len()), (Exit::BadInput, bad.len()), "{failure:?}");
    for (option, word, meant) in bad {
        let place = format!("{option} {word:?}");
        let fault = failure.faults.iter().find(|fault| fault.place == place);
        let fault = fault.unwrap_or_else(|| panic!("{place} is not in {failure:?}"));
        assert!(fault.ja.contains(meant), "{place}: {}", fault.ja);
        assert!(failure.what.contains(&place));
    }
    let hostile = format!("\u{1b}[31m{}", "あ".repeat(10_000));
    let failure = request(&typed(&["--menu", &hostile]), &[]).unwrap_err();
    assert!(failure.what.len() < 1_000 && !failure.what.contains('\u{1b}'), "{}", failure.what);
}

#[test]
fn the_list_shows_asked_menus_first_in_straight_columns() {
    let marks = ["◎", "", "○", "", "", "◎", "", ""];
    let hits = [
        hit(1, "見本 花子", marks, "27", Nearness::SamePrefecture),
        Hit { stale: true, ..hit(2, "見本 一", ["", "", "", "", "", "○", "", "◎"], "13", Nearness::Far) },
    ];
    let listing = Listing { hits: &hits, from: 9, menus: vec!["M5"], chosen: None };
    assert_eq!(
        listing.table(Lang::Ja).lines(Some(100), Pen::PLAIN),
        [
            " #  氏名         5   0 1 2 3 4 6 7   点  居住地       テーマ  報酬/2時間  支援形態  確認日",
            " 9  見本 花子    ◎  ◎  ○          12  大阪府 同県  T1,4    4万円以上   訪問      2025-02-03",
            "10  見本 一   !  ○              ◎  12  東京都       T1,4    4万円以上   訪問      2025-02-03",
        ]
    );
    let english = listing.table(Lang::En).lines(Some(100), Pen::PLAIN);
    assert!(english[1].contains("Osaka same pref.") && english[0].contains("Fee/2 h"), "{english:#?}");
}

#[test]
fn the_words_stand_out_in_a_line_of_their_own() {
    let piece = |text: &str, matched| HighlightPiece { text: text.to_owned(), r#match: matched };
    let highlight = Highlight {
        field: "support_summary".to_owned(),
        pieces: vec![
            piece("長い前置きのあとで情報", false),
            piece("セキュリティ", true),
            piece("の規程を作りました", false),
        ],
        cut_before: false,
        cut_after: true,
    };
    let found = [Hit { highlights: vec![highlight], ..hit(1, "見本", [""; 8], "27", Nearness::Unspecified) }];
    let shown = |width: Option<usize>| {
        let (mut out, kept) = width.map_or_else(Output::captured, Output::captured_terminal);
        Listing { hits: &found, from: 1, menus: Vec::new(), chosen: None }.show(&mut out);
        kept.out().lines().nth(2).unwrap().to_owned()
    };
    assert_eq!(shown(None), "      支援実績: 長い前置きのあとで情報【セキュリティ】の規程を作りました…");
    assert!(shown(Some(100)).contains("情報\u{1b}[1mセキュリティ\u{1b}[0mの規程"), "{:?}", shown(Some(100)));
    for width in 20..100 {
        let line = shown(Some(width));
        assert!(cells(&line, true) <= width, "{width}: {line:?}");
        assert!(line.contains("セキュ"), "{width}: what was looked for is seen: {line:?}");
    }
}

#[test]
fn counts_stand_highest_first_with_what_was_selected() {
    let value = |code: &str, ja: &str, count| FacetValue { code: code.to_owned(), label: label(ja, code), count };
    let prefectures = Facet {
        facet: "prefectures".to_owned(),
        values: vec![
            value("13", "東京都", 7),
            value("26", "京都府", 0),
            value("27", "大阪府", 31),
            value("28", "兵庫県", 28),
            value("47", "沖縄県", 0),
        ],
    };
    let fees = Facet {
        facet: "fee".to_owned(),
        values: vec![value("lt20k", "二万未満", 1), value("20_30k", "三万未満", 4)],
    };
    let conditions =
        Conditions { prefectures: codes(&["28", "47"]), fee_ceiling: "lt20k".to_owned(), ..Default::default() };
    let found =
        SearchExpertsResponse { facets: vec![prefectures, fees], conditions: Some(conditions), ..Default::default() };
    assert_eq!(
        counts(&found, Counted::All, Lang::Ja, 100, Pen::PLAIN),
        [
            "対応地域          大阪府 31 · *兵庫県 28 · 東京都 7 · *沖縄県 0",
            "報酬（1回2時間）  三万未満 4 · *二万未満 1",
        ]
    );
    // Where there is one line only, what was selected stays.
    let narrow = counts(&found, Counted::Some, Lang::Ja, 60, Pen::PLAIN);
    assert_eq!(narrow[0], "対応地域          *兵庫県 28 · *沖縄県 0 · ほか 2");
    for room in 60..120 {
        let lines = counts(&found, Counted::Some, Lang::Ja, room, Pen::PLAIN);
        assert!(lines.len() == 2 && lines.iter().all(|line| table::width(line) <= room), "{room}: {lines:#?}");
    }
}

#[test]
fn what_was_applied_tells_what_the_entry_preset() {
    let said = Conditions { prefectures: codes(&["27"]), text: "規程".to_owned(), ..Default::default() };
    let asked = Asked { said: said.clone(), entry: Some(incident()), place: "28".to_owned() };
    let conditions = Some(Conditions { menus: codes(&["M5"]), ..said });
    let found = SearchExpertsResponse { conditions, ..Default::default() };
    assert_eq!(
        applied(&asked, &found, Lang::Ja),
        [
            "入口 いま事故",
            "支援メニュー M5 インシデント発生時の対応（入口の設定）",
            "対応地域 大阪府",
            "自由語 規程",
            "近い順 兵庫県",
        ]
    );
    assert_eq!(applied(&Asked::default(), &SearchExpertsResponse::default(), Lang::En), ["no conditions"]);
}

#[test]
fn the_command_of_the_next_page_is_the_same_search() {
    let args = typed(&[
        "it's",
        "$HOME",
        "--entry",
        "incident",
        "--menu",
        "M5",
        "--menu-item",
        "M5-1",
        "--prefecture",
        "大阪",
        "--industry",
        "自動車",
        "--fee-ceiling",
        "～20,000",
        "--format",
        "訪問",
        "--duration",
        "spot",
        "--size",
        "le10",
        "--theme",
        "T4",
        "--qualification",
        "CISA（公認情報システム監査人）",
        "--affiliation",
        "独立",
        "--organisation",
        "自工会・部工会",
        "--skill-item",
        "S5a3",
        "--place",
        "27",
        "--day",
        "-3",
        "--page-size",
        "5",
        "--facets",
        "fee,marks",
        "--as",
        "a b",
        "--search",
        "http://127.0.0.1:2",
        "--survey",
        "http://127.0.0.1:3",
        "--registry",
        "http://127.0.0.1:4",
    ]);
    let command = next_command(&args, Lang::En, "0801", 6);
    // A shell takes it apart.
    let words = std::process::Command::new("sh").args(["-c", &format!("printf '%s\\n' {command}")]).output().unwrap();
    let words = String::from_utf8(words.stdout).unwrap();
    let parsed = Args::try_parse_from(words.lines()).unwrap();
    assert_eq!(Lang::from(parsed.lang), Lang::En);
    let Command::Search(parsed) = parsed.command else { panic!("{command}") };
    let expected = Search {
        words: Vec::new(),
        text: vec!["it's $HOME".to_owned()],
        page_token: Some("0801".to_owned()),
        from: Some(6),
        ..args
    };
    assert_eq!(*parsed, expected, "{command}");
}

#[test]
fn exposure_is_a_table_of_spreads_groups_and_people() {
    let spread = |kind: ExposureKind, total, gini| ExposureSpread {
        kind: kind.into(),
        experts: 200,
        total,
        none: 3,
        gini,
        most: 41,
        median: 7,
    };
    let group = ExposureGroup {
        mark: Mark::Strong.into(),
        points: 12,
        spread: Some(ExposureSpread { experts: 4, ..spread(ExposureKind::ShownFirst, 90, 0.125) }),
    };
    let person = |name: &str, shown_first| ExpertExposure {
        name: name.to_owned(),
        shown: 50,
        shown_first,
        opened: 2,
        introduced: 1,
    };
    let seen = GetExposureResponse {
        spreads: vec![spread(ExposureKind::Shown, 4_000, 0.25), spread(ExposureKind::Introduced, 12, 0.9)],
        groups: vec![group],
        least: vec![person("experts/a", 0)],
        most: vec![person("experts/b", 41)],
        first_day: 20_000,
        last_day: 20_059,
    };
    let named = exposure::Named(vec![("experts/a".to_owned(), "見本 花子 000001".to_owned())]);
    let (mut out, kept) = Output::captured();
    exposure::show(&seen, "M5", &named, &mut out);
    // Day 20,000 is 2024-10-04.
    let expected = [
        "表示の偏り 2024-10-04 ～ 2024-12-02（60 日間）",
        "  種類  専門家  回数  0 回の人  中央値  最多  ジニ係数",
        "  表示     200  4000         3       7    41      0.25",
        "  紹介     200    12         3       7    41      0.90",
        "ジニ係数: 0 は全員同じ、1 に近いほど偏り",
        "",
        "M5 インシデント発生時の対応 で同順位の専門家（1ページ目に表示）",
        "  評価  点  専門家  回数  0 回の人  中央値  最多  ジニ係数",
        "  ◎    12       4    90         3       7    41      0.12",
        "",
        "最も見られていない専門家",
        "  氏名              1ページ目  表示  個票  紹介",
        "  見本 花子 000001          0    50     2     1",
        "",
        "最も見られた専門家",
        "  氏名       1ページ目  表示  個票  紹介",
        "  experts/b         41    50     2     1",
    ];
    assert_eq!(kept.out().lines().collect::<Vec<_>>(), expected);
    let json = exposure::to_json(&seen);
    assert_eq!((&json["spreads"][1]["kind"], &json["groups"][0]["mark"]), (&"introduced".into(), &"◎".into()));
    assert_eq!((&json["most"][0]["shown_first"], &json["last_day"]), (&41.into(), &20_059.into()));
}

#[tokio::test]
async fn a_counsellor_pages_through_everybody_once() {
    let stage = Stage::set().await;
    stage.import(CAMPAIGN.as_ref()).await.done.unwrap();
    let query = ["search", "--menu", "M5", "--place", "大阪", "--page-size", "7"];
    let with = |more: &[&'static str]| [query.as_slice(), more].concat();
    let whole = stage.run(&with(&["--all", "--json"])).await.json();
    let total = whole["total"].as_u64().unwrap();
    assert_eq!(whole["hits"].as_array().unwrap().len() as u64, total);
    assert_eq!(whole["facets"]["prefectures"][0]["code"], "01", "the counts of the first page stay");

    // Following the printed commands sees the same people in the same places as all pages at once.
    let places = |out: &str| {
        let rows =
            out.lines().filter(|line| (line.contains("2025-") || line.contains("2024-")) && !line.contains("並びの日"));
        let place = |line: &str| line.trim_start().split(' ').next().unwrap().parse::<u64>().ok();
        rows.filter_map(place).collect::<Vec<_>>()
    };
    let streamed = stage.run(&with(&["--all", "--facets", "none"])).await;
    assert_eq!(places(&streamed.out), (1..=total).collect::<Vec<_>>(), "{}", streamed.out);
    assert!(!streamed.out.contains("--page-token"));
    let mut said = stage.run(&query).await;
    let mut walked = places(&said.out);
    while let Some(command) = said.out.lines().last().unwrap().split_once(": activelist ").map(|(_, command)| command) {
        let words: Vec<String> = command.split(' ').map(str::to_owned).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).filter(|word| *word != "--server").collect();
        let words: Vec<&str> = words.into_iter().filter(|word| !word.starts_with("http://")).collect();
        said = stage.run(&words).await;
        walked.extend(places(&said.out));
    }
    assert_eq!(walked, (1..=total).collect::<Vec<_>>());

    let names: BTreeSet<&str> =
        whole["hits"].as_array().unwrap().iter().filter_map(|hit| hit["name"].as_str()).collect();
    assert_eq!(names.len() as u64, total, "each once");
    stage.strike().await;
}

#[tokio::test]
async fn every_line_fits_and_json_holds_the_whole_answer() {
    let stage = Stage::set().await;
    stage.import(CAMPAIGN.as_ref()).await.done.unwrap();
    let queries: [&[&str]; 4] = [
        &["search", "セキュリティ", "--entry", "incident", "--place", "大阪"],
        &["search", "--menu-item", "M3-3", "--facets", "all", "--lang", "en"],
        &["entries"],
        &["expert", "show", "27358"],
    ];
    for words in queries {
        for width in [60, 100, 160] {
            let out = stage.run_at(words, width).await;
            for line in out.lines().filter(|line| !line.contains("--page-token")) {
                for wide in [false, true] {
                    assert!(cells(line, wide) <= width, "{words:?} at {width}, wide {wide}: {line:?}");
                }
            }
        }
        let piped = stage.run(words).await.out;
        assert!(!piped.contains('\u{1b}') && piped.lines().count() > 5, "{piped}");
    }

    let json = stage.run(&["search", "セキュリティ", "--entry", "incident", "--place", "27", "--json"]).await.json();
    assert_eq!(json["conditions"]["menus"], serde_json::json!(["M5"]));
    assert_eq!(json["conditions"]["formats"], serde_json::json!(["incident"]), "the entry's presets are told");
    let hit = &json["hits"][0];
    assert!(hit["standing"]["points"].as_i64().unwrap() > 0, "{hit}");
    assert!(["same_prefecture", "same_region", "far"].contains(&hit["standing"]["nearness"].as_str().unwrap()));
    let pieces = hit["highlights"][0]["pieces"].as_array().unwrap();
    assert!(pieces.iter().any(|piece| piece["match"] == true && piece["text"] == "セキュリティ"), "{hit}");
    assert!(hit["confirm_time"].is_string());
    let positions: Vec<_> = json["positions"].as_array().unwrap().iter().map(|place| &place["service"]).collect();
    assert!(
        ["survey", "registry"].iter().all(|service| positions.iter().any(|place| *place == service)),
        "{positions:?}"
    );

    let shown = stage.run(&["expert", "show", "--name", hit["name"].as_str().unwrap(), "--json"]).await.json();
    assert_eq!(shown["registration_number"], hit["registration_number"]);
    assert!(shown["sheet"]["company_sizes"].is_array() && shown["sums"]["S5a"]["threshold"].is_i64(), "{shown}");
    let lost = stage.run(&["expert", "show", "--name", "experts/nobody"]).await;
    assert_eq!(lost.exit(), Exit::Failed);

    let entries = stage.run(&["entries", "--json"]).await.json();
    assert_eq!(entries["entries"].as_array().unwrap().len(), 5);
    let suggested = stage.run(&["suggest", "おおさ"]).await.out;
    assert!(suggested.contains("大阪府") && suggested.contains("--prefecture 27"), "{suggested}");
    stage.strike().await;
}

#[tokio::test]
async fn faults_of_the_service_stand_at_the_options_in_the_language_in_use() {
    let stage = Stage::set().await;
    let bad = ["search", "a b c d e f g h i", "--day", "99999999", "--page-token", "zz"];
    let said = stage.run(&bad).await;
    let failure = said.done.unwrap_err();
    assert_eq!(failure.exit, Exit::BadInput);
    let places: BTreeSet<&str> = failure.faults.iter().map(|fault| fault.place.as_str()).collect();
    assert_eq!(places, BTreeSet::from(["--text", "--day", "--page-token"]));
    for (lang, words) in
        [(Lang::Ja, "  --text: 8 語までです"), (Lang::En, "  --text: a query may have at most 8 words")]
    {
        let (mut out, kept) = Output::captured();
        out.speak(lang);
        failure.show(&mut out);
        assert!(kept.err().lines().any(|line| line == words), "{}", kept.err());
        assert_eq!(kept.err().lines().count(), 5, "what, three faults, what to do");
    }
    stage.strike().await;
}
