//! Reports made up for the tests, as a server would answer them.

pub(crate) mod dom;

use contract::event::v1::Token;
use contract::insights::v1::{
    Axis, Cell, Chart, Entry, Label, Line, Population, Report, ReportInfo, ReportState, Scope, Table, Unit,
};

/// A label of both languages.
pub(crate) fn label(ja: &str, en: &str) -> Option<Label> {
    Some(Label { ja: ja.to_owned(), en: en.to_owned() })
}

pub(crate) fn entry(code: &str, ja: &str) -> Entry {
    Entry { code: code.to_owned(), label: label(ja, code), total: false, unit: Unit::Count.into() }
}

pub(crate) fn total() -> Entry {
    Entry { total: true, ..entry("total", "計") }
}

pub(crate) fn of_unit(entry: Entry, unit: Unit) -> Entry {
    Entry { unit: unit.into(), ..entry }
}

fn axis(dimension: &str, ja: &str, entries: Vec<Entry>) -> Option<Axis> {
    Some(Axis { dimension: dimension.to_owned(), label: label(ja, dimension), entries })
}

/// A table of cells; a row that is shorter than the columns lacks its last cells.
pub(crate) fn table(name: &str, ja: &str, rows: Vec<Entry>, columns: Vec<Entry>, cells: &[&[Option<i64>]]) -> Table {
    let line = |cells: &&[Option<i64>]| Line { cells: cells.iter().map(|value| Cell { value: *value }).collect() };
    Table {
        table: name.to_owned(),
        title: label(ja, name),
        figure: "2-53".to_owned(),
        population: Population::Executed.into(),
        size: 34,
        rows: axis("region", "地域", rows),
        columns: axis("theme", "テーマ", columns),
        lines: cells.iter().map(line).collect(),
        chart: Chart::Stacked.into(),
        note: None,
    }
}

pub(crate) fn report(name: &str, ja: &str, tables: Vec<Table>) -> Report {
    let state = if tables.is_empty() { ReportState::NoData } else { ReportState::Ready };
    Report {
        info: Some(ReportInfo {
            report: name.to_owned(),
            title: label(ja, name),
            figures: vec!["2-53".to_owned(), "2-55".to_owned()],
            scope: vec!["programme".to_owned()],
        }),
        state: state.into(),
        scope: Some(Scope { programme: "2024".to_owned(), ..Default::default() }),
        positions: vec![Token { service: "engagement".to_owned(), epoch: "e".to_owned(), position: 128 }],
        tables,
        set_aside: 0,
    }
}

/// The cases of three places by theme, with a column of shares and a cell that could not be computed.
pub(crate) fn themes() -> Report {
    let columns = vec![
        entry("T1", "情報セキュリティ規程の整備"),
        entry("T5", "従業員向け情報セキュリティ教育"),
        of_unit(entry("share", "規程の割合"), Unit::BasisPoints),
        of_unit(entry("mean", "評点の平均"), Unit::Hundredths),
        of_unit(entry("fees", "謝金"), Unit::Yen),
        total(),
    ];
    let cells: [&[Option<i64>]; 4] = [
        &[Some(10), Some(4), Some(7_143), Some(433), Some(1_346_400), Some(14)],
        &[Some(2), Some(3), Some(4_000), None, Some(396_000), Some(5)],
        &[Some(0), Some(0), None, None, None, Some(0)],
        &[Some(12), Some(7), Some(6_316), Some(433), Some(1_742_400), Some(19)],
    ];
    let rows = vec![entry("osaka", "大阪"), entry("nagoya", "名古屋"), entry("saitama", "埼玉"), total()];
    report("themes-by-region", "地域別・テーマ別の指導", vec![table("executed", "実施件数", rows, columns, &cells)])
}

/// Words that mean something to spreadsheets, browsers and terminals.
pub(crate) const HOSTILE: [&str; 6] = [
    "<script>alert(1)</script>",
    "=HYPERLINK(\"http://example.invalid\",\"x\")",
    "+1 & -1",
    "@SUM(A1)",
    "\"quoted\", 'single'\r\nline",
    "\u{1b}[31m赤\u{202e}",
];

/// Every label is hostile.
pub(crate) fn hostile() -> Report {
    let rows: Vec<Entry> = HOSTILE.iter().map(|text| entry(text, text)).collect();
    let columns: Vec<Entry> = HOSTILE.iter().take(2).map(|text| entry(text, text)).collect();
    let cells: Vec<[Option<i64>; 2]> = (0..6).map(|at| [Some(at), Some(-at)]).collect();
    let cells: Vec<&[Option<i64>]> = cells.iter().map(|row| &row[..]).collect();
    let mut table = table("../../etc/passwd", HOSTILE[0], rows, columns, &cells);
    (table.figure, table.note) = (HOSTILE[1].to_owned(), label(HOSTILE[0], HOSTILE[0]));
    report("=hostile/<b>", HOSTILE[0], vec![table])
}
