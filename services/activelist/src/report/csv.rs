//! CSV for spreadsheets and programs: a file a table, and a list of the files that tells what each counts.
//!
//! UTF-8 with a byte order mark, so that Excel opens it; numbers are plain decimals, shares in percent. A text that a
//! spreadsheet would take for a formula begins with an apostrophe.

use std::collections::BTreeSet;

use contract::insights::v1::Unit;
use kit_vocabulary::guarded;

use super::book::{Book, Column, Grid, Value};
use super::figures;
use crate::text;

/// The file that lists the others.
pub const MANIFEST: &str = "manifest.csv";
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// The files: name and text, the list of them first.
pub fn files(book: &Book) -> Vec<(String, String)> {
    let names = names(book);
    let tables = book.grids.iter().map(|grid| table(grid, book));
    std::iter::once((MANIFEST.to_owned(), manifest(book, &names))).chain(names.iter().cloned().zip(tables)).collect()
}

/// A table as a file: code and label of the row, then its cells.
pub(super) fn table(grid: &Grid, book: &Book) -> String {
    let mut file = File::new();
    let heading = |column: &Column| match column.unit {
        Some(unit) => figures::heading(&column.label, unit, book.lang),
        None => column.label.clone(),
    };
    let headings = [text::CODE.get(book.lang, &[]), grid.corner.clone()];
    file.row(headings.into_iter().chain(grid.columns.iter().map(heading)));
    for row in &grid.rows {
        let cells = row.cells.iter().zip(&grid.columns).map(|(cell, column)| match cell {
            Value::None => String::new(),
            // Where a column has no one unit, the number must say its own.
            Value::Number(value, unit) if column.unit.is_none() && *unit != Unit::Count => {
                figures::said(*value, *unit, book.lang)
            }
            Value::Number(value, unit) => figures::plain(*value, *unit),
            Value::Text(text) => text.clone(),
        });
        file.row([row.code.clone(), row.label.clone()].into_iter().chain(cells));
    }
    file.text
}

/// What each file holds: figures, who is counted, of what, as of when.
fn manifest(book: &Book, names: &[String]) -> String {
    let mut file = File::new();
    let names_of = [text::FILE_NAME, text::REPORT_NAME, text::TABLE_NAME, text::FIGURES_OF, text::REPORT_TITLE];
    let headings = names_of.into_iter().chain([text::POPULATION, text::NOTE]).map(|name| name.get(book.lang, &[]));
    let facts = || book.facts.iter();
    file.row(headings.chain(facts().map(|(name, _)| name.clone())));
    for (grid, name) in book.grids.iter().zip(names) {
        let cells = [name, &grid.report, &grid.table, &grid.figure, &grid.title, &grid.population, &grid.note];
        file.row(cells.into_iter().chain(facts().map(|(_, value)| value)).cloned());
    }
    for missing in &book.missing {
        let no_data = text::NO_DATA.get(book.lang, &[]);
        let cells = ["", "", "", &missing.figures, &missing.title, "", &no_data];
        file.row(cells.into_iter().chain(facts().map(|(_, value)| value.as_str())).map(str::to_owned));
    }
    file.text
}

/// A name for each table's file, fit for any file system, and no two alike.
fn names(book: &Book) -> Vec<String> {
    let mut taken = BTreeSet::from([MANIFEST.to_owned()]);
    let name = |grid: &Grid| {
        let safe = |letter: char| if letter.is_ascii_alphanumeric() || "-_.".contains(letter) { letter } else { '_' };
        let stem: String = grid.name().trim_start_matches('.').chars().take(80).map(safe).collect();
        let stem = if stem.is_empty() { "table".to_owned() } else { stem };
        let all = std::iter::once(stem.clone()).chain((2..).map(|count| format!("{stem}-{count}")));
        let mut free = all.map(|stem| format!("{stem}.csv")).filter(|name| taken.insert(name.to_lowercase()));
        free.next().unwrap_or_default()
    };
    book.grids.iter().map(name).collect()
}

struct File {
    text: String,
}

impl File {
    fn new() -> Self {
        Self { text: BYTE_ORDER_MARK.to_owned() }
    }

    fn row(&mut self, cells: impl Iterator<Item = String>) {
        let mut row = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
        // Writing into memory does not fail, and what was text stays text.
        let written = row
            .write_record(cells.map(|cell| guarded(&cell).into_owned()).collect::<Vec<_>>())
            .ok()
            .and_then(|()| row.into_inner().ok());
        self.text.push_str(&String::from_utf8(written.unwrap_or_default()).unwrap_or_default());
    }
}
