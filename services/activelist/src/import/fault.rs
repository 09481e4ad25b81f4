//! What is wrong with a file, by line and column.

use kit_tables::Row;
use kit_vocabulary::Lang;
use serde_json::{Value, json};

use crate::output::{Output, Tone};
use crate::table::{Column, Table};
use crate::text::{self, Text};

/// Faults that are told one by one; of the others, the number.
const TOLD: usize = 200;
/// Faults that are kept at all: a file can hold any number.
const KEPT: usize = 10_000;

/// One thing wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileFault {
    /// The physical line of the text or the row of the sheet, from 1.
    pub line: u64,
    /// The cell of the sheet, such as `B7`; nothing in a text, and for a row as a whole.
    pub cell: Option<String>,
    /// Where the column stands, from 0; after all columns for a row as a whole.
    pub place: usize,
    /// The column's heading as the file writes it; empty for the row as a whole.
    pub column: String,
    /// Stable reason: `UNKNOWN_CODE`, `MISSING_COLUMN`, …
    pub reason: String,
    /// In Japanese.
    pub ja: String,
    /// In English.
    pub en: String,
}

impl FileFault {
    /// A fault of a cell, by where its column stands and what it is called; of the whole row where no column stands.
    pub fn at(row: &Row, place: usize, column: &str, reason: &str, (ja, en): (String, String)) -> Self {
        let of_cell = place < row.cells.len();
        let found = if of_cell { row.place(place) } else { row.begin() };
        let (line, cell) = (found.line(), found.cell());
        Self { line, cell, place, column: column.to_owned(), reason: reason.to_owned(), ja, en }
    }

    /// A fault that is told in a text of this program.
    pub fn said(row: &Row, place: usize, column: &str, reason: &str, text: Text, places: &[(&str, &str)]) -> Self {
        Self::at(row, place, column, reason, (text.get(Lang::Ja, places), text.get(Lang::En, places)))
    }

    /// What the reader of the file found in a row, by the headings of its columns.
    pub fn found<'a>(row: &'a Row, headings: &'a [String]) -> impl Iterator<Item = Self> + 'a {
        row.faults.iter().map(|found| {
            let place = found.column.unwrap_or(headings.len().max(row.cells.len()));
            let heading = found.column.and_then(|column| headings.get(column)).map_or("", String::as_str);
            Self::at(row, place, heading, found.fault.code(), (found.fault.ja(), found.fault.en()))
        })
    }
}

/// Everything wrong with a file.
#[derive(Debug, Clone, Default)]
pub struct Faults {
    kept: Vec<FileFault>,
    total: usize,
}

impl Faults {
    /// One more.
    pub fn push(&mut self, fault: FileFault) {
        self.total += 1;
        if self.kept.len() < KEPT {
            self.kept.push(fault);
        }
    }

    /// How many there are.
    pub fn total(&self) -> usize {
        self.total
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.total == 0
    }

    /// By line, then in the order of the columns; at most 10,000 of them.
    pub fn in_order(&mut self) -> &[FileFault] {
        self.kept.sort_by_key(|fault| (fault.line, fault.place));
        &self.kept
    }

    /// Tells them on stderr; nothing when there are none.
    pub fn show(&mut self, out: &mut Output) {
        if self.is_empty() {
            return;
        }
        let headings = [text::LINE, text::COLUMN, text::REASON, text::MEANING].map(|heading| heading.fill(&[]));
        let [line, column, reason, meaning] = headings;
        let mut table = Table::new(vec![
            Column::text(line, 6, 11),
            Column::text(column, 6, 40),
            Column::text(reason, 8, 24),
            Column::text(meaning, 20, 400),
        ]);
        for fault in self.in_order().iter().take(TOLD) {
            let line = (fault.cell.clone().unwrap_or_else(|| fault.line.to_string()), None);
            let reason = (fault.reason.clone(), Some(Tone::Bad));
            table.row([line, (fault.column.clone(), None), reason, (format!("{} / {}", fault.ja, fault.en), None)]);
        }
        for line in table.lines(out.note_width(), out.note_pen()) {
            out.note(line);
        }
        if let Some(more) = self.total.checked_sub(TOLD).filter(|more| *more > 0) {
            out.note(text::MORE_FAULTS.fill(&[("more", &more.to_string())]));
        }
    }

    /// For programs: the same faults as people are told.
    pub fn to_json(&mut self) -> Value {
        let told = self.in_order().iter().take(TOLD).map(|fault| {
            let FileFault { line, cell, column, reason, ja, en, .. } = fault;
            let mut told = json!({"line": line, "column": column, "reason": reason, "ja": ja, "en": en});
            if let Some(cell) = cell {
                told["cell"] = json!(cell);
            }
            told
        });
        told.collect()
    }
}
