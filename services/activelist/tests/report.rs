//! Reports as text, CSV, workbook and page: read back by other programs, and nothing that a label holds does harm.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod stage;
mod written;

use std::io::Cursor;
use std::path::Path;

use activelist::args::{Args, Command};
use activelist::failure::Exit;
use activelist::output::{Output, Pen};
use activelist::report::{self, Book, MANIFEST};
use activelist::table::width;
use calamine::{Data, Reader as _, Xlsx};
use clap::Parser as _;
use contract::insights::v1::{Chart, CompareWithPublishedResponse, Difference, PublishedNumber, Report, Scope, Unit};
use kit_clock::Timestamp;
use kit_vocabulary::Lang;
use written::{HOSTILE, dom, entry, hostile, label, table, themes};

fn made() -> Timestamp {
    "2025-05-20T10:30:00+09:00".parse().unwrap()
}

fn book(reports: &[Report]) -> Book {
    Book::of("令和6年度の集計".to_owned(), reports, None, made(), Lang::Ja)
}

/// Every chart there is on the same numbers.
fn all_charts() -> Vec<Report> {
    let charts = [Chart::Unspecified, Chart::Bars, Chart::Stacked, Chart::Grouped, Chart::Shares, Chart::Heat];
    let with = |chart: Chart| {
        let mut report = themes();
        report.tables[0].chart = chart.into();
        report.info.as_mut().unwrap().report = format!("r-{}", chart as i32);
        report
    };
    charts.into_iter().map(with).collect()
}

fn workbook(book: &Book) -> Xlsx<Cursor<Vec<u8>>> {
    Xlsx::new(Cursor::new(report::workbook_bytes(book).unwrap())).unwrap()
}

/// Where a cell with this text stands on a sheet.
fn find(sheet: &calamine::Range<Data>, text: &str) -> (u32, u32) {
    let cell = sheet.used_cells().find(|(.., data)| data.get_text() == Some(text));
    let (row, column, _) = cell.unwrap_or_else(|| panic!("no {text}"));
    let (top, left) = sheet.start().unwrap();
    (top + row as u32, left + column as u32)
}

trait GetText {
    fn get_text(&self) -> Option<&str>;
}

impl GetText for Data {
    fn get_text(&self) -> Option<&str> {
        match self {
            Data::String(text) => Some(text),
            _ => None,
        }
    }
}

#[test]
fn a_workbook_holds_numbers_as_numbers_with_everything_a_reader_must_know() {
    let mut file = workbook(&book(&[themes(), written::report("needs", "課題", Vec::new())]));
    assert_eq!(file.sheet_names(), ["目次", "2-53 地域別・テーマ別の指導 実施件数"]);
    let contents = file.worksheet_range("目次").unwrap();
    for text in ["令和6年度の集計", "事業: 2024", "記録の位置: engagement 128", "地域別・テーマ別の指導", "課題"]
    {
        find(&contents, text);
    }
    let sheet = file.worksheet_range("2-53 地域別・テーマ別の指導 実施件数").unwrap();
    find(&sheet, "図表 2-53 実施件数");
    find(&sheet, "対象: 指導を実施した案件 34 件");
    let (top, _) = find(&sheet, "地域");
    let row = |down: u32| {
        (1..=6).map(|at| sheet.get_value((top + down, at)).cloned().unwrap_or_default()).collect::<Vec<_>>()
    };
    let numbers = [10.0, 4.0, 0.7143, 4.33, 1_346_400.0, 14.0].map(Data::Float);
    assert_eq!(row(1), numbers, "大阪");
    assert_eq!(row(2)[3], Data::Empty, "nothing is not zero");
    assert_eq!((&row(3)[0], &row(3)[2]), (&Data::Float(0.0), &Data::Empty), "埼玉");
    assert_eq!(find(&sheet, "計"), (top, 6), "the heading of the last column comes first");
}

#[test]
fn sheets_have_names_that_excel_takes_and_no_two_alike() {
    let titles = [
        "a very long title of a table that goes on and on",
        "a very long title of a table that goes on and on too",
        "A VERY LONG TITLE OF A TABLE THAT goes on",
        "申込/参加: [大阪]?*\\",
        "'quoted'",
        "History",
        "",
        "𠮷野家𠮷野家𠮷野家𠮷野家𠮷野家𠮷野家𠮷野家",
        "目次",
    ];
    let tables = titles.iter().map(|title| {
        let mut table = table("t", title, vec![entry("a", "a")], vec![entry("n", "n")], &[&[Some(1)]]);
        (table.figure, table.title) = (String::new(), label(title, ""));
        table
    });
    let names = workbook(&book(&[written::report("r", "r", tables.collect())])).sheet_names();
    assert_eq!(names.len(), titles.len() + 1);
    let mut lower: Vec<String> = names.iter().map(|name| name.to_lowercase()).collect();
    lower.sort_unstable();
    lower.dedup();
    assert_eq!(lower.len(), names.len(), "{names:?}");
    for name in &names {
        let units = name.encode_utf16().count();
        assert!((1..=31).contains(&units), "{name} has {units}");
        assert!(!name.contains(['[', ']', ':', '*', '?', '/', '\\']), "{name}");
        assert!(!name.starts_with('\'') && !name.ends_with('\'') && !name.eq_ignore_ascii_case("history"), "{name}");
    }
}

#[test]
fn hostile_labels_are_texts_in_a_workbook() {
    let mut file = workbook(&book(&[hostile()]));
    let name = file.sheet_names()[1].clone();
    let sheet = file.worksheet_range(&name).unwrap();
    for text in &HOSTILE[..4] {
        find(&sheet, text);
    }
    let formulas = file.worksheet_formula(&name).unwrap();
    assert_eq!(formulas.used_cells().count(), 0);
}

#[test]
fn a_page_shows_each_table_with_its_chart_and_can_be_read_aloud() {
    let page = dom::read(&report::page(&book(&all_charts())));
    assert_eq!(page.texts("h1"), ["令和6年度の集計"]);
    assert_eq!(page.all("table").len(), 6);
    assert_eq!(page.all("article svg").len(), 5, "one is to be a table only");
    for svg in page.all("svg") {
        for id in svg.attribute("aria-labelledby").unwrap().split(' ') {
            assert_eq!(svg.all(&format!("[id={id}]")).len(), 1, "{id}");
        }
        let drawn = svg.texts("text");
        for text in ["大阪", "名古屋", "埼玉", "10"] {
            assert!(drawn.iter().any(|drawn| drawn == text), "{text}: {drawn:?}");
        }
    }
    for table in page.all("table") {
        assert!(table.texts("caption")[0].contains("実施件数"));
        assert_eq!(table.all("thead th[scope=col]").len(), 7);
        assert_eq!(table.texts("tbody th[scope=row]"), ["大阪", "名古屋", "埼玉", "計"]);
        let rows = table.all("tbody tr");
        assert_eq!(rows[0].texts("td"), ["10", "4", "71.43%", "4.33", "1,346,400 円", "14"]);
        assert_eq!(rows[2].texts("td"), ["0", "0", "–", "–", "–", "0"]);
    }
    let facts = page.texts("header dd");
    assert!(facts.contains(&"2024".to_owned()) && facts.contains(&"engagement 128".to_owned()), "{facts:?}");
    for link in page.all("nav a") {
        let to = link.attribute("href").unwrap();
        assert_eq!(page.all(&format!("[id={}]", to.trim_start_matches('#'))).len(), 1, "{to} leads somewhere");
    }
}

#[test]
fn a_page_fetches_nothing_and_runs_nothing_whatever_labels_hold() {
    let text = report::page(&book(&[hostile(), themes()]));
    let page = dom::read(&text);
    for element in ["script", "link", "img", "iframe", "object", "b", "[onload]", "[onerror]", "[src]"] {
        assert_eq!(page.all(element).len(), 0, "{element}");
    }
    assert!(page.all("a").iter().all(|link| link.attribute("href").unwrap().starts_with('#')));
    assert!(!text.contains("url(") && !text.contains("@import"));
    assert_eq!(page.texts("tbody th[scope=row]")[..2], HOSTILE[..2]);
    assert!(page.texts("svg text").iter().any(|text| text.starts_with("<script>")));
    assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'));
}

#[test]
fn reports_without_data_are_named_at_the_end_and_shown_nowhere_else() {
    let empty = written::report("needs", "申告と診断", Vec::new());
    let page = dom::read(&report::page(&book(&[empty.clone(), themes()])));
    assert_eq!(page.texts("ul.missing li"), ["申告と診断 図表 2-53、2-55"]);
    assert_eq!(page.texts("section h2"), ["地域別・テーマ別の指導", "データがまだない集計"]);
    let nothing = report::page(&book(std::slice::from_ref(&empty)));
    assert_eq!(dom::read(&nothing).all("table").len(), 0);
    let lines = report::terminal_lines(&book(&[empty]), 80, Pen::PLAIN).join("\n");
    assert!(lines.ends_with("データがまだない集計\n  申告と診断 (図表 2-53、2-55)"), "{lines}");
}

#[test]
fn a_table_that_does_not_heed_the_scope_says_so() {
    let wide = Report { scope: Some(Scope::default()), ..themes() };
    let page = dom::read(&report::page(&book(&[wide.clone(), themes()])));
    assert!(page.texts("header dd").contains(&"2024".to_owned()), "what was asked for is told");
    assert_eq!(page.texts("p.note"), ["この集計は次では絞り込めないため、すべてを数えています: 事業"]);
    assert!(dom::read(&report::page(&book(&[wide]))).texts("p.note").is_empty());
}

#[test]
fn a_reader_learns_that_something_could_not_be_counted() {
    let report = Report { set_aside: 3, ..themes() };
    let page = dom::read(&report::page(&book(&[themes(), report])));
    assert!(page.texts("header dd").contains(&"3 件（それ以前の状態で数えています）".to_owned()));
    assert!(!report::page(&book(&[themes()])).contains("脇へ"));
}

#[test]
fn a_table_without_rows_says_so_in_every_form() {
    let mut empty = themes();
    empty.tables[0].rows.as_mut().unwrap().entries.clear();
    empty.tables[0].lines.clear();
    let book = book(&[empty]);
    assert!(report::terminal_lines(&book, 80, Pen::PLAIN).join("\n").contains("この条件のデータがまだありません"));
    let page = dom::read(&report::page(&book));
    assert_eq!(page.texts("tbody td"), ["この条件のデータがまだありません"]);
    assert_eq!(page.all("svg").len(), 0);
    assert_eq!(report::csv_files(&book)[1].1.lines().count(), 1);
    workbook(&book);
}

#[test]
fn csv_files_are_read_back_and_listed() {
    let files = report::csv_files(&book(&[themes(), hostile(), themes()]));
    let names: Vec<_> = files.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names[..2], [MANIFEST, "themes-by-region.executed.csv"]);
    assert_eq!(names[3], "themes-by-region.executed-2.csv", "no file overwrites another");
    assert!(names.iter().all(|name| !name.contains(['/', '\\', '<']) && !name.starts_with('.')), "{names:?}");
    let rows = |text: &str| -> Vec<Vec<String>> {
        let text = text.strip_prefix('\u{feff}').unwrap();
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
        reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
    };
    let themes = rows(&files[1].1);
    let headings = ["コード", "地域", "情報セキュリティ規程の整備", "従業員向け情報セキュリティ教育"];
    assert_eq!(themes[0][..4], headings);
    assert_eq!(themes[0][4..], ["規程の割合（%）", "評点の平均", "謝金（円）", "計"]);
    assert_eq!(themes[1], ["osaka", "大阪", "10", "4", "71.43", "4.33", "1346400", "14"]);
    assert_eq!(themes[3], ["saitama", "埼玉", "0", "0", "", "", "", "0"]);
    let manifest = rows(&files[0].1);
    assert_eq!(manifest.len(), 4);
    assert_eq!(manifest[1][..4], ["themes-by-region.executed.csv", "themes-by-region", "executed", "2-53"]);
    assert!(manifest[1].contains(&"指導を実施した案件 34 件".to_owned()));
    for (_, text) in &files {
        for cell in rows(text).into_iter().flatten() {
            let number = cell.parse::<f64>().is_ok();
            assert!(number || !cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{cell}");
        }
    }
    let shown: Vec<String> = rows(&files[2].1).into_iter().flatten().collect();
    assert!(shown.contains(&format!("'{}", HOSTILE[3])), "{shown:?}");
}

#[test]
fn wide_tables_are_shown_whole_on_any_terminal() {
    let columns: Vec<_> = (1..=14).map(|at| entry(&format!("I{at}"), &format!("{at}番目の業種の長い名前"))).collect();
    let cells: Vec<Option<i64>> = (1..=14).map(|at| Some(1_000 + at)).collect();
    let mut wide = table("wide", "業種別", vec![entry("a", "情報資産の洗い出しとリスク分析")], columns, &[&cells]);
    wide.note = label("注意書きは長くても画面に収まるように折り返されます。".repeat(4).as_str(), "");
    let book = book(&[written::report("wide", "広い表", vec![wide]), hostile(), themes()]);
    for room in [40, 60, 80, 100, 200] {
        let lines = report::terminal_lines(&book, room, Pen::PLAIN);
        for line in &lines {
            assert!(width(line) <= room, "{room}: {line}");
        }
        let all = lines.join("\n");
        for at in 1..=14 {
            assert!(all.contains(&format!("1,0{at:02}")), "{room}: {at}\n{all}");
        }
    }
    let all = report::terminal_lines(&book, 100, Pen::PLAIN).join("\n");
    assert!(all.contains("I14 14番目の業種の長い名前"), "codes are explained\n{all}");
    assert!(!all.contains('\u{1b}'));
}

fn differences() -> CompareWithPublishedResponse {
    let number = |place: &str, value, unit: Unit| PublishedNumber {
        place: place.to_owned(),
        value,
        unit: unit.into(),
        ..Default::default()
    };
    let first = Difference {
        published: Some(number("2-68", 3, Unit::Count)),
        about: label("名古屋・T1 <規程>", "Nagoya, T1"),
        recomputed: Some(2),
        elsewhere: vec![number("2-53", 2, Unit::Count)],
        note: label("辞退した一件を含む。", "One was withdrawn."),
    };
    let second = Difference {
        published: Some(number("2.2.5", 6_800, Unit::BasisPoints)),
        about: label("資料の補足", "supplements"),
        recomputed: None,
        elsewhere: vec![number("", 6_471, Unit::BasisPoints)],
        note: None,
    };
    let differences = vec![first, second];
    CompareWithPublishedResponse { differences, compared: 210, no_data: 40, positions: Vec::new() }
}

#[test]
fn what_does_not_hold_is_told_with_all_that_is_known_of_it() {
    let book = report::book_of_differences(&differences(), &Scope::default(), None, made(), Lang::Ja);
    let lines = report::terminal_lines(&book, 100, Pen::PLAIN);
    let all = lines.join("\n");
    assert!(lines.iter().all(|line| width(line) <= 100));
    for text in
        ["照合した公表値 210", "図表 2-68", "ほかの公表値: 図表 2-53: 2", "注: 辞退した一件を含む。", "2.2.5 節"]
    {
        assert!(all.contains(text), "{text}\n{all}");
    }
    let page = dom::read(&report::page(&book));
    assert_eq!(
        page.all("tbody tr")[0].texts("td"),
        ["名古屋・T1 <規程>", "3", "2", "図表 2-53: 2", "辞退した一件を含む。"]
    );
    let made_of = "公表値からの計算: 64.71%";
    assert_eq!(page.all("tbody tr")[1].texts("td"), ["資料の補足", "68.00%", "–", made_of, ""]);
    let mut file = workbook(&book);
    let sheet = file.worksheet_range("公表値との照合").unwrap();
    let (row, _) = find(&sheet, "2.2.5 節");
    assert_eq!(sheet.get_value((row, 2)), Some(&Data::Float(0.68)));
    assert!(report::csv_files(&book)[1].1.contains("図表 2-68,名古屋・T1 <規程>,3,2,図表 2-53: 2"));
}

fn args(words: &[&str]) -> activelist::args::Report {
    let words = [&["activelist", "report"], words, &["--server", "http://127.0.0.1:9"]].concat();
    match Args::try_parse_from(words).unwrap().command {
        Command::Report(args) => *args,
        other => panic!("{other:?}"),
    }
}

fn deliver(words: &[&str], book: &Book) -> Result<String, activelist::failure::Failure> {
    let (mut out, kept) = Output::captured();
    report::deliver(&args(words), book, &mut out).map(|exit| {
        assert_eq!(exit, Exit::Done);
        kept.out()
    })
}

fn names(directory: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort_unstable();
    names
}

#[test]
fn outputs_go_where_they_are_wanted_and_replace_only_their_like() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    let said = |name: &str| at(name).to_str().unwrap().to_owned();
    let book = book(&[themes()]);
    for format in ["xlsx", "html", "table"] {
        let name = format!("out.{format}");
        std::fs::write(at(&name), "before").unwrap();
        let told = deliver(&["all", "--format", format, "--out", &said(&name)], &book).unwrap();
        assert!(told.contains(&name), "{told}");
        assert!(std::fs::read(at(&name)).unwrap().len() > 200, "{format}");
    }
    // Into a directory that is there, under the report's name.
    deliver(&["themes-by-region", "--format", "html", "--out", dir.path().to_str().unwrap()], &book).unwrap();
    assert!(at("themes-by-region.html").is_file());
    for _ in 0..2 {
        deliver(&["all", "--format", "csv", "--out", &said("tables")], &book).unwrap();
        assert_eq!(names(&at("tables")), [MANIFEST, "themes-by-region.executed.csv"]);
    }
    let before = names(dir.path());
    // A directory with other things stays as it is; so does a file in the place of one.
    std::fs::write(at("tables/letter.doc"), "mine").unwrap();
    let refused = deliver(&["all", "--format", "csv", "--out", &said("tables")], &book).unwrap_err();
    assert_eq!(refused.exit, Exit::BadInput);
    assert_eq!(names(&at("tables")).len(), 3);
    assert!(deliver(&["all", "--format", "csv", "--out", &said("out.xlsx")], &book).is_err());
    for format in ["xlsx", "html", "csv", "table"] {
        let refused = deliver(&["all", "--format", format, "--out", &said("no/such/place")], &book).unwrap_err();
        assert_eq!(refused.exit, Exit::Failed, "{format}");
        assert!(refused.what.contains("no/such/place"), "{}", refused.what);
    }
    assert_eq!(names(dir.path()), before, "nothing half-written is left behind");
    assert!(deliver(&["all", "--format", "xlsx", "--out", "-"], &book).is_err());
    assert!(deliver(&["all", "--format", "csv", "--out", "-"], &book).unwrap().contains("osaka,大阪,10,4"));
    assert!(deliver(&["all", "--format", "html", "--out", "-"], &book).unwrap().starts_with("<!DOCTYPE html>"));
}

#[test]
fn published_numbers_are_read_from_csv_and_json_with_every_fault() {
    let dir = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = dir.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let headings = "place,report,table,row,column,value,unit,step";
    let csv = file(
        "a.csv",
        &format!("\u{feff}{headings}\n2-53,themes-by-region,executed,osaka,T1,10,,\n2.1,,,,,6800,basis_points,100\n"),
    );
    let json = file(
        "a.json",
        r#"[{"place": "2-53", "report": "themes-by-region", "table": "executed", "row": "osaka", "column": "T1", "value": 10},
            {"place": "2.1", "value": 6800, "unit": "basis_points", "step": 100}]"#,
    );
    let numbers = report::read_published(&csv).unwrap();
    assert_eq!((numbers[0].value, numbers[0].unit()), (10, Unit::Count));
    assert_eq!((numbers[1].unit(), numbers[1].step), (Unit::BasisPoints, 100));
    assert_eq!(report::read_published(&json).unwrap(), numbers);
    let places = |path: &Path| {
        let failure = report::read_published(path).unwrap_err();
        assert_eq!(failure.exit, Exit::BadInput);
        failure.faults.into_iter().map(|fault| fault.place).collect::<Vec<_>>()
    };
    let bad = file("b.csv", &format!("{headings}\n,a,b,c,d,x,miles,\n2-53,a,b,c,d,1,count,\n2-54,a,b,c,d,,,x\n"));
    assert_eq!(places(&bad), ["2", "2", "2", "4", "4"]);
    assert_eq!(places(&file("c.csv", "place,wert\n")), ["1", "1"]);
    assert_eq!(places(&file("b.json", r#"[{"place": "2-53", "value": 1.5, "wert": 1}, 3]"#)), ["[0]", "[0]", "[1]"]);
    assert_eq!(places(&file("c.json", "{")), [""]);
    assert!(report::read_published(&dir.path().join("none.csv")).is_err());
}

const CASES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/fy2024/guidance.csv");

/// The cells of a table of `--json`, by row and column.
fn cell<'a>(report: &'a serde_json::Value, table: &str, row: &str, column: &str) -> &'a serde_json::Value {
    let of = |value: &'a serde_json::Value, key: &str, code: &str| {
        let all = value.as_array().unwrap();
        all.iter().position(|one| one[key] == code).unwrap_or_else(|| panic!("no {code} in {value}"))
    };
    let tables = &report["tables"];
    let table = &tables[of(tables, "table", table)];
    let row = of(&table["rows"]["entries"], "code", row);
    let column = of(&table["columns"]["entries"], "code", column);
    &table["lines"][row][column]
}

#[tokio::test]
async fn the_tables_of_2024_come_out_of_the_imported_cases() {
    let stage = stage::Stage::set().await;
    let empty = stage.run(&["report", "themes-by-region", "--json"]).await.json();
    assert_eq!((&empty["state"], empty["tables"].as_array().unwrap().len()), (&"no_data".into(), 0));
    assert_eq!(stage.run(&["import", "guidance", CASES, "--json"]).await.exit(), Exit::Done);
    let told = stage.run(&["report", "themes-by-region", "--json", "--programme", "2024"]).await.json();
    let row = |code: &str| {
        ["T1", "T2", "T3", "T4", "T5", "total"].map(|theme| cell(&told, "executed", code, theme).as_i64().unwrap())
    };
    assert_eq!(row("27"), [10, 1, 1, 1, 4, 17]);
    assert_eq!(row("nagoya"), [2, 2, 2, 4, 3, 13]);
    assert_eq!(row("11"), [3, 1, 0, 0, 0, 4]);
    let elsewhere = stage.run(&["report", "themes-by-region", "--json", "--region", "近畿"]).await.json();
    assert_eq!(cell(&elsewhere, "executed", "total", "total"), 17);
    let list = stage.run(&["report", "list", "--json"]).await.json();
    let names: Vec<_> = list["reports"].as_array().unwrap().iter().map(|info| info["report"].clone()).collect();
    assert_eq!(list["publications"], serde_json::json!(["ipa-2025"]));
    let all = stage.run(&["report", "all", "--json"]).await.json();
    let all = all["reports"].as_array().unwrap();
    assert_eq!(all.iter().map(|report| report["info"]["report"].clone()).collect::<Vec<_>>(), names);
    assert!(all.iter().all(|report| report["positions"].as_array().is_some_and(|all| !all.is_empty())));
    let page = stage.run(&["report", "all", "--format", "html", "--out", "-"]).await.out;
    assert!(dom::read(&page).texts("h3").iter().any(|text| text.contains("図表 2-56")));
    stage.strike().await;
}

#[tokio::test]
async fn contradictions_are_found_beside_the_imported_cases() {
    let stage = stage::Stage::set().await;
    assert_eq!(stage.run(&["import", "guidance", CASES, "--json"]).await.exit(), Exit::Done);
    let told = stage.run(&["report", "contradictions", "--json"]).await.json();
    let differences = told["differences"].as_array().unwrap();
    let find = |place: &str, row: &str, column: &str| {
        let is = |one: &&serde_json::Value| {
            let published = &one["published"];
            let at = published["place"].as_str().unwrap().split(' ').next().unwrap();
            at == place && published["row"] == row && published["column"] == column
        };
        let one = differences.iter().find(is).unwrap_or_else(|| panic!("{place} {row} {column} holds"));
        (one["published"]["value"].as_i64().unwrap(), one["recomputed"].as_i64().unwrap())
    };
    assert_eq!(["T1", "T2", "T5"].map(|theme| find("2-68", "nagoya", theme)), [(3, 2), (3, 2), (2, 3)]);
    assert_eq!((find("2-68", "total", "T2"), find("2-68", "total", "T5")), ((5, 4), (6, 7)));
    assert_eq!((find("2-69", "total", "T2"), find("2-69", "total", "T5")), ((5, 4), (6, 7)));
    assert_eq!((find("2-69", "automotive", "total"), find("2-69", "manufacturing", "total")), ((10, 11), (9, 8)));
    assert_eq!(find("2.2.9", "T1", "company_strong"), (8, 9));
    let numbers =
        "place,report,table,row,column,value\nx,themes-by-region,executed,27,T1,10\ny,visits,by-region,total,held,99\n";
    let file = stage.file("numbers.csv", numbers);
    let told = stage.run(&["report", "contradictions", "--published", file.to_str().unwrap(), "--json"]).await.json();
    assert_eq!((&told["compared"], told["differences"].as_array().unwrap().len()), (&2.into(), 1));
    assert_eq!(told["differences"][0]["recomputed"], 100);
    let bad = stage.file("bad.csv", "place,report,table,row,column,value\nx,no-such,a,b,c,1\n");
    let refused =
        stage.run(&["report", "contradictions", "--published", bad.to_str().unwrap()]).await.done.unwrap_err();
    assert_eq!(refused.faults.iter().map(|fault| fault.place.as_str()).collect::<Vec<_>>(), ["--published [0].report"]);
    let exits = [
        (vec!["report", "no-such"], Exit::Failed),
        (vec!["report", "contradictions", "--publication", "no-such"], Exit::Failed),
        (vec!["report", "themes-by-region", "--region", "江戸"], Exit::BadInput),
        (vec!["report", "themes-by-region", "--publication", "ipa-2025"], Exit::BadInput),
    ];
    for (words, exit) in exits {
        assert_eq!(stage.run(&words).await.exit(), exit, "{words:?}");
    }
    stage.strike().await;
}
