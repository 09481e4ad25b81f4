//! Records of a text, with the physical line on which each cell begins.
//!
//! A machine of four states instead of a library: where a cell begins, whether the last one is still open, and bounds on
//! what one record may take are what is wanted of it, and no library tells them. A test compares its cells with those of
//! the `csv` crate.

use std::io::{Read, Seek};

use super::encoding::{Decoded, Encoding, NotDecoded, detect};
use crate::Limits;
use crate::fault::{Complaint, Reason};
use crate::place::Place;
use crate::row::{Row, RowFault};

const MARK: &[u8] = "\u{feff}".as_bytes();
/// What may part cells, the more usual first.
const DELIMITERS: [u8; 3] = [b',', b'\t', b';'];

/// Where a byte stands. `Closing` is after a quote within quotes: it ends the cell, or is the first of two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Within {
    Begin,
    Plain,
    Quoted,
    Closing,
}

/// A text, record by record.
pub(crate) struct Lines<R> {
    decoded: Decoded<R>,
    at: usize,
    encoding: Encoding,
    delimiter: u8,
    /// The line of the next byte.
    line: u64,
    after_return: bool,
    cells: u64,
    limits: Limits,
}

impl<R: Read + Seek> Lines<R> {
    /// Finds out the encoding and what parts the cells.
    pub(crate) fn open(mut input: R, limits: &Limits) -> Result<Self, Complaint> {
        let (encoding, begin) = detect(&mut input)?;
        let mut lines = Self {
            decoded: Decoded::new(input, begin, encoding)?,
            at: 0,
            encoding,
            delimiter: DELIMITERS[0],
            line: 1,
            after_return: false,
            cells: 0,
            limits: limits.clone(),
        };
        lines.fill()?;
        lines.begin();
        Ok(lines)
    }

    pub(crate) fn encoding(&self) -> Encoding {
        self.encoding
    }

    pub(crate) fn delimiter(&self) -> char {
        char::from(self.delimiter)
    }

    /// Passes over further marks and Excel's `sep=;`, and looks what parts the headings.
    fn begin(&mut self) {
        let text = self.decoded.text();
        while text[self.at..].starts_with(MARK) {
            self.at += MARK.len();
        }
        let rest = &text[self.at..];
        let end = rest.iter().position(|byte| matches!(byte, b'\r' | b'\n')).unwrap_or(rest.len());
        match stated_delimiter(&rest[..end]) {
            Some(stated) => {
                self.delimiter = stated;
                self.at += end;
            }
            None => self.delimiter = usual_delimiter(rest),
        }
    }

    fn fill(&mut self) -> Result<bool, Complaint> {
        self.decoded.used();
        self.at = 0;
        loop {
            match self.decoded.fill() {
                Ok(true) if self.decoded.text().is_empty() => {}
                Ok(more) => return Ok(more),
                Err(NotDecoded::Unreadable(error)) => return Err(error.into()),
                // All of it could be decoded a moment ago: somebody writes to the file.
                Err(NotDecoded::Wrong) => return Err(Complaint::at(Place::Line(self.line), Reason::NotText)),
            }
        }
    }

    /// The next record; lines without anything are none.
    pub(crate) fn next_row(&mut self) -> Result<Option<Row>, Complaint> {
        let mut open = Open::new(self.line);
        loop {
            if self.at == self.decoded.text().len() && !self.fill()? {
                return Ok(open.end_of_text().map(Cells::into_row));
            }
            let text = self.decoded.text();
            let byte = text[self.at];
            if self.after_return && byte == b'\n' {
                // The second half of a line end.
                self.after_return = false;
                self.at += 1;
                if open.within == Within::Quoted {
                    open.push(&[byte]);
                }
                continue;
            }
            self.after_return = byte == b'\r';
            let ends_line = matches!(byte, b'\r' | b'\n');
            self.line += u64::from(ends_line);
            if ends_line && open.within != Within::Quoted {
                self.at += 1;
                match open.end_of_record(self.line) {
                    None => continue,
                    Some(cells) => {
                        self.cells += cells.cells.len() as u64;
                        self.within_limits(&cells)?;
                        return Ok(Some(cells.into_row()));
                    }
                }
            }
            let taken = open.take(&text[self.at..], self.delimiter);
            self.at += taken;
            self.bounded(&open)?;
        }
    }

    fn bounded(&self, open: &Open) -> Result<(), Complaint> {
        let cells = &open.record;
        let (line, reason, most) = if open.cell.len() > self.limits.cell_bytes {
            (open.begin, Reason::CellTooLong, self.limits.cell_bytes)
        } else if cells.bytes + open.cell.len() > self.limits.row_bytes {
            (cells.line, Reason::RowTooLong, self.limits.row_bytes)
        } else if cells.cells.len() >= self.limits.columns && open.within == Within::Begin {
            (cells.line, Reason::TooManyColumns, self.limits.columns)
        } else {
            return Ok(());
        };
        Err(Complaint::at(Place::Line(line), reason).with("most", most))
    }

    fn within_limits(&self, cells: &Cells) -> Result<(), Complaint> {
        if self.cells > self.limits.cells {
            let complaint = Complaint::at(Place::Line(cells.line), Reason::TooManyCellsInAll);
            return Err(complaint.with("most", self.limits.cells));
        }
        Ok(())
    }
}

/// A record that is being read.
struct Open {
    record: Cells,
    cell: Vec<u8>,
    within: Within,
    /// The line on which the cell begins.
    begin: u64,
}

#[derive(Default)]
struct Cells {
    line: u64,
    cells: Vec<String>,
    breaks: Vec<usize>,
    bytes: usize,
    unclosed: bool,
}

impl Open {
    fn new(line: u64) -> Self {
        Self { record: Cells { line, ..Cells::default() }, cell: Vec::new(), within: Within::Begin, begin: line }
    }

    fn push(&mut self, bytes: &[u8]) {
        self.cell.extend_from_slice(bytes);
    }

    /// Takes what stands before the next byte that matters, or that byte; tells how many bytes that was. A line end comes
    /// here only within quotes.
    fn take(&mut self, text: &[u8], delimiter: u8) -> usize {
        let byte = text[0];
        match (self.within, byte) {
            (Within::Begin, b'"') => self.within = Within::Quoted,
            (Within::Quoted, b'"') => self.within = Within::Closing,
            (Within::Closing, b'"') => {
                self.push(b"\"");
                self.within = Within::Quoted;
            }
            (Within::Quoted, b'\r' | b'\n') => {
                self.push(&[byte]);
                self.record.breaks.push(self.record.cells.len());
            }
            (Within::Quoted, _) => {
                let end = memchr::memchr3(b'"', b'\r', b'\n', text).unwrap_or(text.len());
                self.push(&text[..end]);
                return end;
            }
            (_, byte) if byte == delimiter => {
                self.end_of_cell();
                self.within = Within::Begin;
            }
            _ => {
                let ends = |byte: &u8| *byte == delimiter || matches!(byte, b'\r' | b'\n');
                let end = text.iter().position(ends).unwrap_or(text.len());
                self.push(&text[..end]);
                self.within = Within::Plain;
                return end;
            }
        }
        1
    }

    fn end_of_cell(&mut self) {
        let cell = std::mem::take(&mut self.cell);
        self.record.bytes += cell.len();
        // What was decoded is UTF-8, and cells end only at ASCII.
        let cell =
            String::from_utf8(cell).unwrap_or_else(|wrong| String::from_utf8_lossy(wrong.as_bytes()).into_owned());
        self.record.cells.push(cell);
        self.begin = self.record.line + self.record.breaks.len() as u64;
    }

    /// The record, unless the line was empty; what comes next begins on `line`.
    fn end_of_record(&mut self, line: u64) -> Option<Cells> {
        if self.record.cells.is_empty() && self.within == Within::Begin {
            *self = Self::new(line);
            return None;
        }
        self.end_of_cell();
        Some(std::mem::take(&mut self.record))
    }

    fn end_of_text(&mut self) -> Option<Cells> {
        let unclosed = self.within == Within::Quoted;
        let cells = self.end_of_record(self.begin)?;
        Some(Cells { unclosed, ..cells })
    }
}

impl Cells {
    fn into_row(self) -> Row {
        let mut row =
            Row { number: self.line, cells: self.cells, faults: Vec::new(), breaks: self.breaks, sheet: None };
        row.name_errors();
        if self.unclosed {
            row.faults.push(RowFault::of_row(Reason::UnclosedQuote));
        }
        row
    }
}

/// Excel lets a first line `sep=;` say what parts the cells.
fn stated_delimiter(line: &[u8]) -> Option<u8> {
    let line = line.trim_ascii_end();
    let line = line.strip_prefix(b"\"").and_then(|line| line.strip_suffix(b"\"")).unwrap_or(line);
    let (name, stated) = line.split_at_checked(4)?;
    let stated = match stated {
        // Trimmed away above.
        [] => b'\t',
        [stated, ..] => *stated,
    };
    (name.eq_ignore_ascii_case(b"sep=") && DELIMITERS.contains(&stated)).then_some(stated)
}

/// What stands most often between the headings, outside quotes.
fn usual_delimiter(text: &[u8]) -> u8 {
    let mut counts = [0_usize; DELIMITERS.len()];
    let (mut quoted, mut any) = (false, false);
    for byte in text {
        match byte {
            b'"' => quoted = !quoted,
            b'\r' | b'\n' if !quoted && any => break,
            byte if !quoted => {
                if let Some(index) = DELIMITERS.iter().position(|delimiter| delimiter == byte) {
                    counts[index] += 1;
                }
            }
            _ => {}
        }
        any |= !byte.is_ascii_whitespace();
    }
    let most = counts.iter().max().copied().unwrap_or(0);
    // Where several stand as often, a tab: hardly a heading holds one, while commas may well stand within headings.
    let tab = DELIMITERS.iter().position(|delimiter| *delimiter == b'\t').filter(|tab| most > 0 && counts[*tab] == most);
    tab.or_else(|| counts.iter().position(|count| *count == most)).map_or(DELIMITERS[0], |index| DELIMITERS[index])
}
