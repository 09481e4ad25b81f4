//! Where rows go: CSV, a workbook, or JSON lines; one row at a time, so that no file is held in memory.

use std::path::Path;

use rust_xlsxwriter::{Format, Workbook, XlsxError};
use serde_json::Value;

use super::cell::Cell;
use super::place::Draft;
use crate::args::{ExportFormat, ExportTo};
use crate::failure::Failure;
use crate::output::Output;
use crate::text;

const BYTE_ORDER_MARK: &str = "\u{feff}";

/// An export under way.
pub(super) struct Sink {
    headings: Vec<String>,
    to: To,
    /// The file; standard output without one.
    draft: Option<Draft>,
    rows: u64,
}

enum To {
    Csv,
    Lines,
    Sheet(Box<Workbook>),
}

impl Sink {
    /// Begins with the headings.
    ///
    /// # Errors
    /// When the file is there already, or cannot be written.
    pub(super) fn begin(args: &ExportTo, headings: Vec<String>, out: &mut Output) -> Result<Self, Failure> {
        if args.format == ExportFormat::Xlsx && args.out.is_none() {
            return Err(Failure::input(text::WORKBOOK_OUT.fill(&[]), text::ADVICE_FILE));
        }
        let draft = args.out.as_deref().map(|path| Draft::begin(path, args.force)).transpose()?;
        let to = match args.format {
            ExportFormat::Csv => To::Csv,
            ExportFormat::Jsonl => To::Lines,
            ExportFormat::Xlsx => {
                let beside = draft.as_ref().map_or(Path::new("."), Draft::beside);
                To::Sheet(Box::new(sheet(&headings, beside).map_err(|error| unfit(&error))?))
            }
        };
        let mut sink = Self { headings, to, draft, rows: 0 };
        if matches!(sink.to, To::Csv) {
            let line = csv_line(sink.headings.iter().map(String::as_str));
            sink.line(&format!("{BYTE_ORDER_MARK}{line}"), out)?;
        }
        Ok(sink)
    }

    /// Where passing files of this export may lie; nothing for standard output.
    pub(super) fn beside(&self) -> Option<&Path> {
        self.draft.as_ref().map(Draft::beside)
    }

    /// Writes a row.
    ///
    /// # Errors
    /// When it cannot be written, or is too much for a sheet.
    pub(super) fn row(&mut self, cells: &[Cell], out: &mut Output) -> Result<(), Failure> {
        self.rows += 1;
        match &mut self.to {
            To::Csv => {
                let cells: Vec<String> = cells.iter().map(Cell::csv).collect();
                let line = csv_line(cells.iter().map(String::as_str));
                self.line(&line, out)
            }
            To::Lines => {
                let line = json_line(&self.headings, cells);
                self.line(&line, out)
            }
            To::Sheet(book) => sheet_row(book, self.rows, cells).map_err(|error| unfit(&error)),
        }
    }

    fn line(&mut self, line: &str, out: &mut Output) -> Result<(), Failure> {
        let end = if matches!(self.to, To::Csv) { "\r\n" } else { "\n" };
        match &mut self.draft {
            Some(draft) => draft.write(line).and_then(|()| draft.write(end)),
            None => {
                out.line(line);
                Ok(())
            }
        }
    }

    /// Ends the file and puts it where it belongs; answers how many rows it has.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn finish(self, force: bool) -> Result<u64, Failure> {
        let Self { to, mut draft, rows, .. } = self;
        if let (To::Sheet(mut book), Some(draft)) = (to, draft.as_mut()) {
            let saved = book.save_to_writer(draft.file.get_mut());
            saved.map_err(|error| draft.failed(&error))?;
        }
        if let Some(draft) = draft {
            draft.finish(force)?;
        }
        Ok(rows)
    }
}

/// A row without its end. What was text stays text.
fn csv_line<'c>(cells: impl Iterator<Item = &'c str>) -> String {
    let mut row = csv::WriterBuilder::new().terminator(csv::Terminator::Any(b'\n')).from_writer(Vec::new());
    // Writing into memory does not fail.
    let written = row.write_record(cells).ok().and_then(|()| row.into_inner().ok()).unwrap_or_default();
    let mut line = String::from_utf8(written).unwrap_or_default();
    line.pop();
    line
}

/// One object, in the order of the columns; what was not said is left out.
/// An object with all columns: who reads it back finds a column in which nobody said anything, too.
fn json_line(headings: &[String], cells: &[Cell]) -> String {
    let said = headings.iter().zip(cells).map(|(heading, cell)| (heading, cell.json()));
    let fields: Vec<String> =
        said.map(|(heading, value)| format!("{}:{value}", Value::from(heading.as_str()))).collect();
    format!("{{{}}}", fields.join(","))
}

fn sheet(headings: &[String], beside: &Path) -> Result<Workbook, XlsxError> {
    let mut book = Workbook::new();
    // The sheet's rows pass through a file until the workbook is written: not elsewhere than the workbook itself.
    book.set_tempdir(beside)?;
    let sheet = book.add_worksheet_with_constant_memory()?;
    sheet.set_freeze_panes(1, 0)?;
    let bold = Format::new().set_bold();
    for (column, heading) in (0u16..).zip(headings) {
        sheet.write_string_with_format(0, column, heading, &bold)?;
    }
    Ok(book)
}

fn sheet_row(book: &mut Workbook, row: u64, cells: &[Cell]) -> Result<(), XlsxError> {
    let row = u32::try_from(row).map_err(|_| XlsxError::RowColumnLimitError)?;
    let sheet = book.worksheet_from_index(0)?;
    for (column, cell) in (0u16..).zip(cells) {
        match cell.in_sheet() {
            Ok(number) => sheet.write_number(row, column, number)?,
            Err(text) if text.is_empty() => continue,
            Err(text) => sheet.write_string(row, column, text)?,
        };
    }
    Ok(())
}

fn unfit(error: &XlsxError) -> Failure {
    Failure::other(text::TOO_MUCH_FOR_SHEET.fill(&[("error", &error.to_string())]), text::ADVICE_OTHER_FORMAT)
}
