//! The report's numbers beside the cases of its own file, counted here a second time and in another way.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeMap;

use contract::insights::v1::{
    Axis, Cell, Difference, Entry, Line, PublishedNumber, Report, ReportInfo, ReportState, Table, Unit,
};

use super::*;

const CASES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/fy2024/guidance.csv");
const THEMES: [&str; 5] = ["T1", "T2", "T3", "T4", "T5"];
const PLACES: [(&str, &str); 3] = [("大阪", "27"), ("名古屋", "nagoya"), ("埼玉", "11")];
const INDUSTRIES: [(&str, &str); 9] = [
    ("製造業（自動車産業）", "automotive"),
    ("製造業", "manufacturing"),
    ("学術研究、専門・技術サービス業", "professional"),
    ("卸売業・小売業", "wholesale_retail"),
    ("建設業", "construction"),
    ("医療、福祉", "medical_welfare"),
    ("電気・ガス・熱供給・水道業", "utilities"),
    ("情報通信業", "information"),
    ("運輸業、郵便業", "transport"),
];
const GRADES: [(&str, &str); 4] = [("◎", "strong"), ("○", "able"), ("△", "weak"), ("不明", "unknown")];

/// A case of the file: heading to cell.
type Case = BTreeMap<String, String>;

fn cases() -> Vec<Case> {
    let mut file = csv::Reader::from_path(CASES).unwrap();
    let headings: Vec<String> = file.headers().unwrap().iter().map(str::to_owned).collect();
    let cells = |row: csv::StringRecord| row.iter().map(str::to_owned).collect::<Vec<_>>();
    file.records().map(|row| headings.iter().cloned().zip(cells(row.unwrap())).collect()).collect()
}

/// What a case counts under: the code of a label, or its own number.
fn code(case: &Case, heading: &str) -> String {
    let cell = case[heading].as_str();
    let known = PLACES.iter().chain(&INDUSTRIES).chain(&GRADES).find(|(label, _)| *label == cell);
    match known {
        Some((_, code)) => (*code).to_owned(),
        None if heading == "theme" => format!("T{cell}"),
        None => cell.to_owned(),
    }
}

fn entry(code: &str) -> Entry {
    Entry { code: code.to_owned(), unit: Unit::Count.into(), ..Entry::default() }
}

fn table(name: &str, columns: &str, rows: &[&str], over: &[&str], cell: impl Fn(&str, &str) -> usize) -> Table {
    let axis = |dimension: &str, codes: &[&str]| {
        let entries = codes.iter().map(|code| entry(code)).collect();
        Some(Axis { dimension: dimension.to_owned(), entries, ..Axis::default() })
    };
    let line = |row: &&str| {
        let cells = over.iter().map(|column| Cell { value: Some(cell(row, column) as i64) });
        Line { cells: cells.collect() }
    };
    Table {
        table: name.to_owned(),
        rows: axis("row", rows),
        columns: axis(columns, over),
        lines: rows.iter().map(line).collect(),
        ..Table::default()
    }
}

fn report(name: &str, tables: Vec<Table>) -> Report {
    Report {
        info: Some(ReportInfo { report: name.to_owned(), ..ReportInfo::default() }),
        state: ReportState::Ready.into(),
        tables,
        ..Report::default()
    }
}

/// Rows by columns, with totals of both, counted one cell at a time.
fn cross(name: &str, cases: &[Case], rows: (&str, &[&str]), columns: (&str, &[&str])) -> Table {
    let over: Vec<&str> = columns.1.iter().copied().chain(["total"]).collect();
    let down: Vec<&str> = rows.1.iter().copied().chain(["total"]).collect();
    table(name, columns.0, &down, &over, |row, column| {
        let is = |case: &&Case, heading: &str, wanted: &str| wanted == "total" || code(case, heading) == wanted;
        cases.iter().filter(|case| is(case, rows.0, row) && is(case, columns.0, column)).count()
    })
}

/// Every report that the file of cases can answer.
fn counted() -> Vec<Report> {
    let matched = cases();
    let executed: Vec<Case> = matched.iter().filter(|case| case["visits"] != "0").cloned().collect();
    let places: Vec<&str> = PLACES.iter().map(|(_, code)| *code).collect();
    let industries: Vec<&str> = INDUSTRIES.iter().map(|(_, code)| *code).collect();
    let experts: Vec<String> = (1..=16).map(|number| format!("E{number:02}")).collect();
    let experts: Vec<&str> = experts.iter().map(String::as_str).collect();
    let by_theme = ("theme", &THEMES[..]);
    let with_total = |codes: &[&'static str]| codes.iter().copied().chain(["total"]).collect::<Vec<_>>();
    let in_state = |theme: &str, state: &str| {
        let is = |case: &&Case| theme == "total" || code(case, "theme") == theme;
        let in_state = |case: &&Case| state == "matched" || case["status"] == state;
        matched.iter().filter(is).filter(in_state).count()
    };
    let graded = |theme: &str, column: &str| {
        let is = |case: &&Case| theme == "total" || code(case, "theme") == theme;
        let (side, grade) = column.split_once('_').unwrap_or((column, ""));
        let has = |case: &&Case| grade.is_empty() || code(case, &format!("{side}_evaluation")) == grade;
        executed.iter().filter(is).filter(has).count()
    };
    let grades: Vec<&str> = GRADES.iter().map(|(_, code)| *code).collect();
    let grades_of = |theme: &&str| {
        let of: Vec<Case> = executed.iter().filter(|case| code(case, "theme") == **theme).cloned().collect();
        let name = format!("company-by-expert.{theme}");
        cross(&name, &of, ("company_evaluation", &grades), ("expert_evaluation", &grades))
    };
    let experts_of = |place: &str, column: &str| {
        let here = executed.iter().filter(|case| place == "total" || code(case, "region") == place);
        match column {
            "cases" => here.count(),
            _ => here.map(|case| &case["expert"]).collect::<BTreeSet<_>>().len(),
        }
    };
    let outcome_columns = ["executed", "expert_strong", "expert_able", "expert_weak", "company_strong", "company_able"];
    let outcome_columns: Vec<&str> = outcome_columns.into_iter().chain(["company_weak", "company_unknown"]).collect();
    let outcomes = table("by-theme", "measure", &with_total(&THEMES), &outcome_columns, graded);
    let held = |_: &str, _: &str| executed.iter().map(|case| case["visits"].parse::<usize>().unwrap()).sum();
    vec![
        report(
            "themes-by-region",
            vec![
                cross("executed", &executed, ("region", &places), by_theme),
                cross("matched", &matched, ("region", &places), by_theme),
            ],
        ),
        report(
            "themes-by-industry",
            vec![
                cross("executed", &executed, ("industry", &industries), by_theme),
                cross("matched", &matched, ("industry", &industries), by_theme),
            ],
        ),
        report(
            "matched-companies",
            vec![
                cross("by-region-and-industry", &matched, ("region", &places), ("industry", &industries)),
                table("by-industry", "measure", &[&industries[..], &["total"]].concat(), &["matched"], |row, _| {
                    matched.iter().filter(|case| row == "total" || code(case, "industry") == row).count()
                }),
            ],
        ),
        report(
            "experts-and-cases",
            vec![
                table("by-region", "measure", &[&places[..], &["total"]].concat(), &["experts", "cases"], experts_of),
                table("by-theme", "measure", &THEMES, &["cases"], |theme, _| graded(theme, "executed")),
                cross("by-expert-and-theme", &executed, ("expert", &experts), by_theme),
            ],
        ),
        report(
            "completion",
            vec![table(
                "by-theme",
                "measure",
                &with_total(&THEMES),
                &["matched", "withdrawn", "ended_early", "completed"],
                in_state,
            )],
        ),
        report("outcomes", std::iter::once(outcomes).chain(THEMES.iter().map(grades_of)).collect()),
        report("visits", vec![table("by-region", "measure", &["total"], &["held"], held)]),
    ]
}

fn shipped() -> &'static Publication {
    find("ipa-2025").unwrap()
}

/// Place, row, column, published, recomputed.
type Told<'a> = (&'a str, &'a str, &'a str, i64, Option<i64>);

fn told(difference: &Difference) -> Told<'_> {
    let published = difference.published.as_ref().unwrap();
    let place = published.place.split(' ').next().unwrap();
    (place, &published.row, &published.column, published.value, difference.recomputed)
}

fn elsewhere(difference: &Difference) -> Vec<(&str, i64)> {
    difference.elsewhere.iter().map(|number| (number.place.as_str(), number.value)).collect()
}

fn one<'a>(compared: &'a Compared, place: &str, row: &str, column: &str) -> &'a Difference {
    let is = |difference: &&Difference| {
        let (at, its_row, its_column, ..) = told(difference);
        (at, its_row, its_column) == (place, row, column)
    };
    compared.differences.iter().find(is).unwrap_or_else(|| panic!("{place} {row} {column} holds"))
}

#[test]
fn every_shipped_file_is_read() {
    for file in FILES {
        Publication::read(file).unwrap();
    }
    assert_eq!(publications().len(), FILES.len());
    assert_eq!(shipped().scope.programme, "2024");
}

#[test]
fn the_tables_of_2024_contradict_the_cases_where_it_is_known() {
    let compared = compare(Some(shipped()), &[], &counted());
    let recomputed: Vec<Told<'_>> =
        compared.differences.iter().map(told).filter(|(.., recomputed)| recomputed.is_some()).collect();
    let expected: [Told<'_>; 16] = [
        ("2-68", "nagoya", "T1", 3, Some(2)),
        ("2-68", "nagoya", "T2", 3, Some(2)),
        ("2-68", "nagoya", "T5", 2, Some(3)),
        ("2-68", "total", "T2", 5, Some(4)),
        ("2-68", "total", "T5", 6, Some(7)),
        ("2-68", "total", "total", 35, Some(34)),
        ("2-69", "automotive", "T1", 3, Some(4)),
        ("2-69", "automotive", "T2", 2, Some(1)),
        ("2-69", "automotive", "T5", 2, Some(3)),
        ("2-69", "manufacturing", "T1", 6, Some(4)),
        ("2-69", "total", "T2", 5, Some(4)),
        ("2-69", "total", "T5", 6, Some(7)),
        ("2-69", "automotive", "total", 10, Some(11)),
        ("2-69", "manufacturing", "total", 9, Some(8)),
        ("2-69", "total", "total", 35, Some(34)),
        ("2.2.9", "T1", "company_strong", 8, Some(9)),
    ];
    assert_eq!(recomputed, expected);
    // Fig. 2-68 and what the other tables say.
    assert_eq!(elsewhere(one(&compared, "2-68", "nagoya", "T1")), [("2-53", 2)]);
    let seventy = elsewhere(one(&compared, "2-68", "total", "T2"));
    assert!(seventy.contains(&("2-70", 4)) && seventy.contains(&("2-53", 4)), "{seventy:?}");
    assert!(elsewhere(one(&compared, "2-69", "automotive", "total")).contains(&("2-39", 11)));
    assert!(elsewhere(one(&compared, "2-69", "manufacturing", "total")).contains(&("2-39", 8)));
    let fully = elsewhere(one(&compared, "2.2.9", "T1", "company_strong"));
    assert!(fully.contains(&("2-72", 9)) && fully.contains(&("2-73 (2+7+0)", 9)), "{fully:?}");
    assert!(compared.compared > 300 && compared.no_data > 50, "{} {}", compared.compared, compared.no_data);
}

#[test]
fn what_was_published_contradicts_itself_without_any_data() {
    let compared = compare(Some(shipped()), &[], &[]);
    assert_eq!(compared.compared, 0);
    assert!(compared.differences.iter().all(|difference| difference.recomputed.is_none()));
    let of = |about: &str| {
        let is = |difference: &&Difference| difference.about.as_ref().unwrap().ja.contains(about);
        compared
            .differences
            .iter()
            .filter(is)
            .map(|difference| (told(difference).3, elsewhere(difference)))
            .collect::<Vec<_>>()
    };
    let made = |place: &'static str, value| (place, value);
    assert_eq!(
        of("個別相談への移行率: 製造業"),
        [
            (5_000, vec![made("2.1.9", 4_800), made("2.1.8 (13/25)", 5_200)]),
            (4_800, vec![made("2.1.8", 5_000), made("2.1.8 (13/25)", 5_200)]),
        ]
    );
    assert_eq!(
        of("個別相談を行った企業: 製造業"),
        [(13, vec![made("2.1.8 (22% × 55)", 12), made("2.1.9 (48% × 25)", 12),])]
    );
    assert_eq!(of("資料を補った割合"), [(6_800, vec![made("2-47～2-51 (22/34)", 6_471)])]);
    assert_eq!(of("団体所属の該当なし"), [(3_260, vec![made("2.3.4 (69/221)", 3_122)])]);
    assert_eq!(of("企業の紹介を期待する専門家").len(), 2);
    // Of two tables that disagree, nobody knows which is right: both are told, each with the other.
    assert_eq!(elsewhere(one(&compared, "2-53", "nagoya", "T1")), [("2-68", 3)]);
    assert_eq!(elsewhere(one(&compared, "2-68", "nagoya", "T1")), [("2-53", 2)]);
    // Where most of what was published agrees, only the rest is told.
    one(&compared, "2-68", "total", "T2");
    assert!(compared.differences.iter().all(|difference| told(difference).0 != "2-70"));
    one(&compared, "2.2.9", "T1", "company_strong");
    assert!(compared.differences.iter().all(|difference| told(difference).0 != "2-72"));
    // Rounded as it should be is no difference: 25 of 105 is 23.81 %, 17 of 105 is 16.19 %.
    let shares = of("参加企業の割合");
    assert_eq!(shares.iter().map(|(value, _)| *value).collect::<Vec<_>>(), [900, 800], "{shares:?}");
}

fn given(place: &str, cell: [&str; 4], value: i64) -> PublishedNumber {
    let [report, table, row, column] = cell.map(str::to_owned);
    PublishedNumber { place: place.to_owned(), report, table, row, column, value, unit: Unit::Count.into(), step: 0 }
}

#[test]
fn given_numbers_are_compared_alone_and_beside_a_publication() {
    let cell = ["themes-by-region", "executed", "27", "T1"];
    let numbers = [given("p. 1", cell, 10), given("p. 2", cell, 11), given("p. 3", ["none", "x", "y", "z"], 1)];
    let alone = compare(None, &numbers, &counted());
    assert_eq!(alone.differences.iter().map(told).collect::<Vec<_>>(), [("p.", "27", "T1", 11, Some(10))]);
    assert_eq!(elsewhere(&alone.differences[0]), [("p. 1", 10)]);
    assert_eq!((alone.compared, alone.no_data), (2, 1));
    assert_eq!(alone.differences[0].about.as_ref().unwrap().ja, "大阪府・情報セキュリティ規程の整備");
    let beside = compare(Some(shipped()), &numbers, &counted());
    assert_eq!(elsewhere(beside.differences.last().unwrap()), [("2-53", 10), ("2-68", 10), ("p. 1", 10)]);
    assert_eq!(reports_needed(None, &numbers).into_iter().collect::<Vec<_>>(), ["none", "themes-by-region"]);
}

#[test]
fn a_number_holds_when_the_recomputed_one_rounds_to_it() {
    let share = |value, step| PublishedNumber {
        unit: Unit::BasisPoints.into(),
        step,
        ..given("p", ["r", "t", "a", "share"], value)
    };
    let mut table = table("t", "measure", &["a"], &["share"], |_, _| 2_381);
    table.columns.as_mut().unwrap().entries[0].unit = Unit::BasisPoints.into();
    let reports = [report("r", vec![table])];
    let wrong = |number: PublishedNumber| !compare(None, &[number], &reports).differences.is_empty();
    assert!(
        !wrong(share(2_400, 100)) && !wrong(share(2_380, 10)) && !wrong(share(2_381, 0)) && !wrong(share(2_500, 500))
    );
    assert!(wrong(share(2_300, 100)) && wrong(share(2_390, 10)) && wrong(share(2_380, 0)) && wrong(share(2_000, 500)));
    // Half way, both are right.
    assert!(!wrong(share(2_386, 10)) && !wrong(share(2_376, 10)));
    // A count is never compared with a share.
    let other = compare(None, &[given("p", ["r", "t", "a", "share"], 24)], &reports);
    assert_eq!((other.compared, other.no_data), (0, 1));
}

#[test]
fn what_nothing_was_counted_of_is_none_and_a_total_that_is_not_there_is_unknown() {
    let reports = counted();
    let of = |row: &str, column: &str| {
        let compared = compare(None, &[given("p", ["themes-by-region", "executed", row, column], 3)], &reports);
        (compared.differences.first().and_then(|difference| difference.recomputed), compared.no_data)
    };
    assert_eq!(of("01", "T1"), (Some(0), 0), "no case in Hokkaido");
    let cell = ["experts-and-cases", "by-theme", "total", "cases"];
    assert_eq!(compare(None, &[given("p", cell, 3)], &reports).no_data, 1);
}

#[test]
fn a_file_that_names_what_is_not_there_is_refused() {
    let file = |items: &str, same: &str| {
        let text = format!(
            r#"{{"publication": "p", "ja": "", "en": "", "scope": {{"programme": ""}},
                "left_out": {{"ja": "", "en": ""}}, "items": [{items}], "same": [{same}]}}"#
        );
        Publication::read(&text).map(|publication| publication.numbers.len()).map_err(|error| error.to_string())
    };
    let a = r#"{"id": "a", "place": "1", "value": 2, "ja": "", "en": ""}"#;
    let made = |make: &str, of: &str| {
        format!(r#"{{"id": "m", "place": "1", "make": "{make}", "of": [{of}], "ja": "", "en": ""}}"#)
    };
    assert_eq!(file(&format!("{a}, {}", made("share", r#""a", "a""#)), ""), Ok(2));
    assert!(file(&format!("{a}, {a}"), "").unwrap_err().contains("twice"));
    assert!(file(a, r#"["a", "b"]"#).unwrap_err().contains("b is no number"));
    assert!(file(&made("sum", r#""a""#), "").unwrap_err().contains("a is no number"));
    assert!(file(&format!("{a}, {}", made("share", r#""a""#)), "").unwrap_err().contains("cannot be made"));
    assert!(file(r#"{"id": "a"}"#, "").is_err());
}

#[test]
fn every_fault_of_given_numbers_is_named() {
    let known = |report: &str| report == "r";
    let places = |numbers: &[PublishedNumber]| {
        faults(None, numbers, known).into_iter().map(|fault| (fault.field, fault.reason)).collect::<Vec<_>>()
    };
    assert_eq!(places(&[]), [("publication".to_owned(), "REQUIRED".into())]);
    assert!(places(&[given("p", ["r", "t", "a", "b"], 1), given("p", ["", "", "", ""], 1)]).is_empty());
    let bad = PublishedNumber { unit: 77, step: -1, ..given("", ["x", "", "", ""], 1) };
    let told = places(&[bad, given("p", ["r", "t", "", "b"], 1), given("p", ["", "t", "", ""], 1)]);
    let told: Vec<_> = told.iter().map(|(field, reason)| (field.as_str(), reason.as_ref())).collect();
    let expected: [(&str, &str); 6] = [
        ("numbers[0].place", "REQUIRED"),
        ("numbers[0].report", "UNKNOWN_REPORT"),
        ("numbers[0].unit", "UNKNOWN_UNIT"),
        ("numbers[0].step", "OUT_OF_RANGE"),
        ("numbers[1].row", "REQUIRED"),
        ("numbers[2].table", "WITHOUT_REPORT"),
    ];
    assert_eq!(told, expected);
    let many = vec![given("p", ["r", "t", "a", "b"], 1); 10_001];
    assert_eq!(places(&many), [("numbers".to_owned(), "TOO_MANY".into())]);
    assert!(faults(Some(shipped()), &[], known).is_empty());
    assert_eq!(scope(Some(shipped()), None).programme, "2024");
    let other = Scope { programme: "2025".to_owned(), ..Scope::default() };
    assert_eq!(scope(Some(shipped()), Some(&other)).programme, "2025");
}
