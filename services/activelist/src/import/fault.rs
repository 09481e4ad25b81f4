//! What is wrong with a file, by line and column.

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
    /// The physical line of the file, from 1.
    pub line: usize,
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
    /// A fault that the reader of the file found.
    pub fn new(line: usize, place: usize, column: &str, reason: &str, said: Text, places: &[(&str, &str)]) -> Self {
        let (ja, en) = (said.get(Lang::Ja, places), said.get(Lang::En, places));
        Self { line, place, column: column.to_owned(), reason: reason.to_owned(), ja, en }
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

    /// Tells them on stderr.
    pub fn show(&mut self, out: &mut Output) {
        let headings = [text::LINE, text::COLUMN, text::REASON, text::MEANING].map(|heading| heading.fill(&[]));
        let [line, column, reason, meaning] = headings;
        let mut table = Table::new(vec![
            Column::text(line, 6, 11),
            Column::text(column, 6, 40),
            Column::text(reason, 8, 24),
            Column::text(meaning, 20, 400),
        ]);
        for fault in self.in_order().iter().take(TOLD) {
            let line = (fault.line.to_string(), None);
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
            let FileFault { line, column, reason, ja, en, .. } = fault;
            json!({"line": line, "column": column, "reason": reason, "ja": ja, "en": en})
        });
        told.collect()
    }
}
