//! The same cells as other readers give, where they give any.

use std::io::Cursor;

use calamine::{Data, Reader as _, Xlsx};
use kit_tables::{Options, Row, Table};
use proptest::prelude::*;

fn all(bytes: &[u8]) -> Vec<Row> {
    let Ok(mut table) = Table::open(Cursor::new(bytes), &Options::default()) else { return Vec::new() };
    let mut rows = vec![table.headings().clone()];
    while let Some(row) = table.next_row().unwrap() {
        rows.push(row);
    }
    rows
}

/// Without empty cells at the end, which are no cells here.
fn trimmed(mut cells: Vec<String>) -> Vec<String> {
    while cells.last().is_some_and(|cell| cell.trim().is_empty()) {
        cells.pop();
    }
    cells
}

proptest! {
    #[test]
    fn a_text_gives_the_cells_that_the_csv_crate_gives(text in "[ab,\"\r\n\u{3042}]{0,40}") {
        let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
        let records = reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect());
        let expected: Vec<Vec<String>> = records.map(trimmed).filter(|cells: &Vec<String>| !cells.is_empty()).collect();
        let found = all(text.as_bytes()).into_iter().map(|row| trimmed(row.cells));
        let found: Vec<Vec<String>> = found.filter(|cells| !cells.is_empty()).collect();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn lines_are_those_an_editor_counts(cells in proptest::collection::vec("[a\r\n]{0,4}", 1..20), end in "\r\n|\n|\r") {
        let mut text = format!("h{end}");
        let mut expected = Vec::new();
        for cell in &cells {
            let before = text.replace("\r\n", "\n").replace('\r', "\n").matches('\n').count() as u64;
            text.push_str(&format!("\"{cell}\"{end}"));
            if !cell.trim().is_empty() {
                expected.push(before + 1);
            }
        }
        let found: Vec<u64> = all(text.as_bytes()).into_iter().skip(1).map(|row| row.number).collect();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = kit_tables::scan(&bytes, &Options::default());
    }
}

/// More shared texts than fit a block or the memory that is kept for them, in an order of their own.
#[test]
fn a_workbook_gives_the_cells_that_calamine_gives() {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    let day = rust_xlsxwriter::Format::new().set_num_format("yyyy-mm-dd");
    let (rows, long) = (3_000_u32, "漢".repeat(700));
    for row in 0..rows {
        sheet.write(row, 0, format!("{row}")).unwrap();
        sheet.write(row, 1, format!("{} {long}", row * 7 % rows)).unwrap();
        sheet.write(row, 2, f64::from(row) / 8.0).unwrap();
        sheet.write_with_format(row, 3, 40_000 + row, &day).unwrap();
        sheet.write(row, 4, row % 2 == 0).unwrap();
        sheet.write(row, 5, format!("{} {long}", (rows - row) * 7 % rows)).unwrap();
    }
    let bytes = book.save_to_buffer().unwrap();
    let mut theirs: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(&bytes)).unwrap();
    let theirs = theirs.worksheet_range("Sheet1").unwrap();
    let ours = all(&bytes);
    assert_eq!(ours.len(), rows as usize);
    for (ours, theirs) in ours.iter().zip(theirs.rows()) {
        let said = |data: &Data| match data {
            Data::DateTime(day) => {
                let (year, month, day, ..) = day.to_ymd_hms_milli();
                format!("{year:04}-{month:02}-{day:02}")
            }
            Data::Bool(is) => is.to_string().to_uppercase(),
            other => other.to_string(),
        };
        assert_eq!(ours.cells, theirs.iter().map(said).collect::<Vec<_>>());
    }
}
