//! Files as people hand them in, as rows of text cells with their place: CSV in the encodings that are met with in Japan,
//! and Excel workbooks.
//!
//! The reader knows no column by name and no kind of value: a cell is text, as a spreadsheet shows it. Whatever it cannot
//! read it names: a [`Complaint`] ends the reading, a [`RowFault`] is of one row or cell. It reads as a stream: what it holds
//! of a file is bounded by [`Limits`], whatever the file's size.

mod fault;
mod objects;
mod place;
mod row;
mod text;
mod workbook;

use std::io::{Read, Seek, SeekFrom};

pub use self::fault::{Complaint, Fault, Reason};
pub use self::place::Place;
pub use self::row::{Row, RowFault};
pub use self::text::Encoding;
pub use self::workbook::SheetName;

use self::objects::{Objects, is_json};
use self::row::is_blank;
use self::text::Lines;
use self::workbook::Sheet;

const ZIP: &[u8] = b"PK";
const OLE: &[u8] = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1";

/// What is read at most; beyond it a file is refused, whatever it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the file.
    pub bytes: u64,
    /// Bytes of all parts of a workbook when unpacked.
    pub unpacked: u64,
    /// Bytes that any workbook may unpack to, however small it is.
    pub unpacked_free: u64,
    /// How many times its size a workbook may unpack to beyond that.
    pub ratio: u64,
    /// Columns of a row; 16,384 at most.
    pub columns: usize,
    /// Cells of the file.
    pub cells: u64,
    /// Bytes of a cell, as UTF-8.
    pub cell_bytes: usize,
    /// Bytes of a row, as UTF-8.
    pub row_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 2 << 30,
            unpacked: 4 << 30,
            unpacked_free: 64 << 20,
            ratio: 200,
            // Those of a sheet.
            columns: 16_384,
            cells: 200_000_000,
            cell_bytes: 1 << 20,
            row_bytes: 4 << 20,
        }
    }
}

/// How to read.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The sheet of a workbook; the first that is shown when not stated.
    pub sheet: Option<String>,
    /// What is read at most.
    pub limits: Limits,
}

/// What a file turned out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// Text, cells parted by a character.
    Text {
        /// How it is written.
        encoding: Encoding,
        /// What parts its cells.
        delimiter: char,
    },
    /// JSON lines.
    Objects,
    /// A workbook.
    Workbook {
        /// The sheet that is read.
        sheet: String,
        /// Every sheet, that one included, in the order of the workbook.
        sheets: Vec<SheetName>,
    },
}

/// A table in a file: headings, then rows.
///
/// The first row that holds anything is the headings; what is empty behind the last of them is no column. Rows without any
/// content are passed over.
pub struct Table<R: Read> {
    source: Source<R>,
    headings: Row,
}

enum Source<R: Read> {
    Text(Lines<R>),
    Objects(Objects<R>),
    Workbook(Box<Sheet<R>>),
}

impl<R: Read + Seek> Table<R> {
    /// Finds out what a file is, and reads it to its headings.
    ///
    /// # Errors
    /// When it is nothing that is read, or has no headings.
    pub fn open(mut input: R, options: &Options) -> Result<Self, Complaint> {
        let bytes = input.seek(SeekFrom::End(0))?;
        if bytes > options.limits.bytes {
            return Err(Complaint::of(Reason::TooLarge).with("most", options.limits.bytes >> 20));
        }
        input.seek(SeekFrom::Start(0))?;
        let mut head = Vec::new();
        input.by_ref().take(64).read_to_end(&mut head)?;
        input.seek(SeekFrom::Start(0))?;
        let mut source = if head.starts_with(OLE) {
            return Err(workbook::of_ole(input));
        } else if head.starts_with(ZIP) && head.len() > 3 && head[2] < 9 && head[3] < 9 {
            Source::Workbook(Box::new(Sheet::open(input, bytes, options)?))
        } else if options.sheet.is_some() {
            return Err(Complaint::of(Reason::NoSheetsInText));
        } else if is_json(&head) {
            Source::Objects(Objects::open(input, &options.limits)?)
        } else {
            Source::Text(Lines::open(input, &options.limits)?)
        };
        let mut headings = source.next_full()?.ok_or_else(|| Complaint::of(Reason::Empty))?;
        let width = headings.cells.iter().rposition(|cell| !is_blank(cell)).map_or(0, |last| last + 1);
        let merged = headings.faults.iter().filter_map(|fault| fault.column).max().map_or(0, |last| last + 1);
        headings.cells.resize(width.max(merged), String::new());
        if let Source::Workbook(sheet) = &mut source {
            sheet.headed(headings.cells.len());
        }
        Ok(Self { source, headings })
    }

    /// What the file is.
    pub fn kind(&self) -> Kind {
        match &self.source {
            Source::Text(lines) => Kind::Text { encoding: lines.encoding(), delimiter: lines.delimiter() },
            Source::Objects(_) => Kind::Objects,
            Source::Workbook(sheet) => {
                Kind::Workbook { sheet: sheet.name().to_owned(), sheets: sheet.sheets().to_owned() }
            }
        }
    }

    /// The headings.
    pub fn headings(&self) -> &Row {
        &self.headings
    }

    /// The next row that holds anything, with as many cells as there are headings, or a fault that says otherwise.
    ///
    /// # Errors
    /// When the rest of the file cannot be read.
    pub fn next_row(&mut self) -> Result<Option<Row>, Complaint> {
        let Some(mut row) = self.source.next_full()? else { return Ok(None) };
        let pads = matches!(self.source, Source::Workbook(_));
        row.fit(self.headings.cells.len(), pads);
        Ok(Some(row))
    }

    /// Hidden rows that were read so far, and hidden columns among the headings. They are read like others.
    pub fn hidden(&self) -> (u64, u64) {
        match &self.source {
            Source::Text(_) | Source::Objects(_) => (0, 0),
            Source::Workbook(sheet) => sheet.hidden(self.headings.cells.len()),
        }
    }
}

impl<R: Read + Seek> Source<R> {
    fn next_full(&mut self) -> Result<Option<Row>, Complaint> {
        loop {
            let row = match self {
                Self::Text(lines) => lines.next_row()?,
                Self::Objects(objects) => objects.next_row()?,
                Self::Workbook(sheet) => sheet.next_row()?,
            };
            match row {
                Some(row) if row.is_empty() => {}
                row => return Ok(row),
            }
        }
    }
}

/// What a file holds, when all of it was read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Scanned {
    /// Rows below the headings.
    pub rows: u64,
    /// Cells of these rows.
    pub cells: u64,
    /// Faults of rows and cells.
    pub faults: u64,
}

/// Reads bytes as a file, to the end: the whole of this crate behind one pure function.
///
/// # Errors
/// When the file is not read, or not to its end.
pub fn scan(bytes: &[u8], options: &Options) -> Result<Scanned, Complaint> {
    let mut table = Table::open(std::io::Cursor::new(bytes), options)?;
    let mut scanned = Scanned { faults: table.headings().faults.len() as u64, ..Scanned::default() };
    while let Some(row) = table.next_row()? {
        scanned.rows += 1;
        scanned.cells += row.cells.len() as u64;
        scanned.faults += row.faults.len() as u64;
    }
    Ok(scanned)
}
