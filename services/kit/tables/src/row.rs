//! A row of a file, and what is wrong with it.

use std::sync::Arc;

use kit_vocabulary::is_error_value;

use crate::fault::{Fault, Reason};
use crate::place::Place;

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The physical line on which it begins, or its row in the sheet; from 1.
    pub number: u64,
    /// Its cells as text.
    pub cells: Vec<String>,
    /// What is wrong with it or with its cells.
    pub faults: Vec<RowFault>,
    /// For each line break within a cell of a text, the column of that cell.
    pub(crate) breaks: Vec<usize>,
    /// The sheet; nothing for a text.
    pub(crate) sheet: Option<Arc<str>>,
}

/// One thing wrong with a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowFault {
    /// The column, from 0; nothing for the row as a whole.
    pub column: Option<usize>,
    /// What.
    pub fault: Fault,
}

impl RowFault {
    pub(crate) fn of_row(reason: Reason) -> Self {
        Self { column: None, fault: Fault::new("", reason) }
    }

    pub(crate) fn of_cell(column: usize, reason: Reason) -> Self {
        Self { column: Some(column), fault: Fault::new("", reason) }
    }

    #[must_use]
    pub(crate) fn with(self, key: &'static str, value: impl ToString) -> Self {
        Self { fault: self.fault.with(key, value), ..self }
    }
}

impl Row {
    /// Where the cell of a column begins.
    pub fn place(&self, column: usize) -> Place {
        match &self.sheet {
            None => Place::Line(self.number + self.breaks.iter().filter(|broken| **broken < column).count() as u64),
            Some(sheet) => Place::Cell { sheet: sheet.clone(), row: self.number, column: Some(column) },
        }
    }

    /// Where the row begins.
    pub fn begin(&self) -> Place {
        match &self.sheet {
            None => Place::Line(self.number),
            Some(sheet) => Place::Cell { sheet: sheet.clone(), row: self.number, column: None },
        }
    }

    /// Bytes of its cells.
    pub fn bytes(&self) -> usize {
        self.cells.iter().map(String::len).sum()
    }

    /// Nothing in it, and nothing that should be: a merged range alone is a frame without a picture.
    pub(crate) fn is_empty(&self) -> bool {
        let merged = |fault: &RowFault| fault.fault.reason == Reason::MergedCell;
        self.cells.iter().all(|cell| is_blank(cell)) && self.faults.iter().all(merged)
    }

    /// As many cells as headings. Empty ones behind the last heading do not count; a sheet stores no empty ones, so there
    /// missing ones are empty.
    pub(crate) fn fit(&mut self, width: usize, pads: bool) {
        while self.cells.len() > width && self.cells.last().is_some_and(|cell| is_blank(cell)) {
            self.cells.pop();
        }
        if pads && self.cells.len() < width {
            self.cells.resize(width, String::new());
        }
        let found = self.cells.len();
        self.faults.retain(|fault| fault.column.is_none_or(|column| column < width.max(found)));
        if found != width {
            let reason = if found < width { Reason::TooFewCells } else { Reason::TooManyCells };
            self.faults.push(RowFault::of_row(reason).with("expected", width).with("found", found));
        }
    }

    /// Names the cells that a formula left behind when it failed.
    pub(crate) fn name_errors(&mut self) {
        for (column, cell) in self.cells.iter().enumerate() {
            if cell.starts_with('#') && is_error_value(cell.trim()) {
                self.faults.push(RowFault::of_cell(column, Reason::ErrorValue).with("value", cell.trim()));
            }
        }
    }
}

pub(crate) fn is_blank(cell: &str) -> bool {
    cell.trim().is_empty()
}
