//! The rows of a sheet, as a stream.

use std::collections::HashSet;
use std::io::{Read, Seek};
use std::sync::Arc;

use kit_vocabulary::is_error_value;

use super::book::{Book, SheetName};
use super::merged::Merged;
use super::number;
use super::package::Package;
use super::strings::{Rich, Strings, unescaped};
use super::styles::{self, Shown};
use super::xml::{Element, Node, Xml};
use crate::fault::{Complaint, Reason};
use crate::place::{MOST_ROWS, Place, parse_cell};
use crate::row::{Row, RowFault};
use crate::{Limits, Options};

/// XML around the text of a cell, and its entities.
const NODE_BYTES_MORE: usize = 64 << 10;

/// A sheet of a workbook.
pub(crate) struct Sheet<R: Read> {
    xml: Xml<R>,
    part: String,
    name: Arc<str>,
    sheets: Vec<SheetName>,
    strings: Strings,
    styles: Vec<Shown>,
    from_1904: bool,
    uncalculated: bool,
    merged: Merged,
    hidden_columns: Vec<(usize, usize)>,
    hidden_rows: u64,
    /// The newest row.
    row: u64,
    cells: u64,
    /// Columns in which merged cells are named.
    width: usize,
    ended: bool,
    limits: Limits,
}

/// A cell as it is stored.
struct Stored {
    column: usize,
    style: usize,
    kind: String,
    formula: bool,
    /// The value, when there is one.
    value: Option<String>,
    inline: Rich,
}

impl<R: Read + Seek> Sheet<R> {
    pub(crate) fn open(input: R, bytes: u64, options: &Options) -> Result<Self, Complaint> {
        let limits = Limits { columns: options.limits.columns.min(16_384), ..options.limits.clone() };
        let node_bytes = limits.cell_bytes + NODE_BYTES_MORE;
        let mut package = Package::open(input, bytes, &limits)?;
        let most = package.most();
        let book = Book::read(&mut package, node_bytes)?;
        let (sheet, part) = book.sheet(options.sheet.as_deref())?.clone();
        let styles = match &book.styles {
            Some(part) => styles::read(Xml::new(package.part(part)?, part, node_bytes, most), part)?,
            None => Vec::new(),
        };
        let strings = match &book.strings {
            Some(part) => Strings::read(Xml::new(package.part(part)?, part, node_bytes, most), limits.cell_bytes)?,
            None => Strings::none(),
        };
        let merged = Merged::read(&mut package, &part, limits.columns, node_bytes)?;
        let mut sheet = Self {
            xml: Xml::new(package.into_part(&part)?, &part, node_bytes, most),
            part,
            name: sheet.name.into(),
            sheets: book.sheets.into_iter().map(|(sheet, _)| sheet).collect(),
            strings,
            styles,
            from_1904: book.from_1904,
            uncalculated: book.uncalculated,
            merged,
            hidden_columns: Vec::new(),
            hidden_rows: 0,
            row: 0,
            cells: 0,
            width: limits.columns,
            ended: false,
            limits,
        };
        sheet.begin()?;
        Ok(sheet)
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn sheets(&self) -> &[SheetName] {
        &self.sheets
    }

    /// There are so many headings: merged cells beside them, under which nothing stands, are nobody's concern.
    pub(crate) fn headed(&mut self, width: usize) {
        self.width = width;
    }

    /// Rows so far, and columns among the first `width`, that people do not see.
    pub(crate) fn hidden(&self, width: usize) -> (u64, u64) {
        let columns = (0..width).filter(|at| self.hidden_columns.iter().any(|(from, to)| (from..=to).contains(&at)));
        (self.hidden_rows, columns.count() as u64)
    }

    /// Reads to the first row.
    fn begin(&mut self) -> Result<(), Complaint> {
        loop {
            match self.xml.next()? {
                Node::Begin(element) => match element.name() {
                    "sheetData" => return Ok(()),
                    "col" if element.flag("hidden") => {
                        let ends = (element.number::<usize>("min"), element.number::<usize>("max"));
                        if let (Some(from), Some(to)) = ends
                            && from > 0
                            && self.hidden_columns.len() < self.limits.columns
                        {
                            self.hidden_columns.push((from - 1, to.saturating_sub(1)));
                        }
                    }
                    _ => {}
                },
                Node::Nothing => {
                    self.ended = true;
                    return Ok(());
                }
                _ => {}
            }
        }
    }

    /// The next row that is stored, whether it holds anything or not.
    pub(crate) fn next_row(&mut self) -> Result<Option<Row>, Complaint> {
        while !self.ended {
            match self.xml.next()? {
                Node::Begin(element) if element.name() == "row" => {
                    let (number, hidden) = (element.number("r"), element.flag("hidden"));
                    let number = if element.attribute("r").is_some() { number } else { Some(self.row + 1) };
                    let follows = |number: &u64| *number > self.row && *number <= MOST_ROWS;
                    self.row = number.filter(follows).ok_or_else(|| Complaint::broken(&self.part))?;
                    let row = self.read_row()?;
                    self.hidden_rows += u64::from(hidden && !row.is_empty());
                    return Ok(Some(row));
                }
                Node::End(element) if element.name() == "sheetData" => {
                    // To the end, where the checksum is compared.
                    while !matches!(self.xml.next()?, Node::Nothing) {}
                    self.ended = true;
                }
                Node::Nothing => self.ended = true,
                _ => {}
            }
        }
        Ok(None)
    }

    fn read_row(&mut self) -> Result<Row, Complaint> {
        let mut row = Row {
            number: self.row,
            cells: Vec::new(),
            faults: Vec::new(),
            breaks: Vec::new(),
            sheet: Some(self.name.clone()),
        };
        let (mut next, mut bytes) = (0, 0);
        loop {
            match self.xml.next()? {
                Node::Begin(element) if element.name() == "c" => {
                    let cell = Stored::begin(&element, next, self.row, &self.limits);
                    let cell = cell.ok_or_else(|| self.misplaced(next))?;
                    next = cell.column + 1;
                    self.cells += 1;
                    let (column, cell) = (cell.column, self.read_cell(cell)?);
                    bytes += self.place(&mut row, column, cell);
                    if bytes > self.limits.row_bytes {
                        return Err(self.complaint(None, Reason::RowTooLong, self.limits.row_bytes));
                    }
                    if self.cells > self.limits.cells {
                        return Err(self.complaint(None, Reason::TooManyCellsInAll, self.limits.cells));
                    }
                }
                Node::End(element) if element.name() == "row" => break,
                Node::Nothing => return Err(Complaint::broken(&self.part)),
                _ => {}
            }
        }
        // A range may reach over a million rows that take some bytes each: nobody reads those that hold nothing.
        if row.is_empty() {
            return Ok(row);
        }
        let ends = self.width.max(row.cells.len());
        let merged = self.merged.faults(self.row, self.limits.columns, ends);
        let merged = merged.ok_or_else(|| Complaint::broken(&self.part))?;
        self.cells += merged.len() as u64;
        if self.cells > self.limits.cells {
            return Err(self.complaint(None, Reason::TooManyCellsInAll, self.limits.cells));
        }
        let covered: HashSet<Option<usize>> = merged.iter().map(|fault| fault.column).collect();
        row.faults.retain(|fault| !covered.contains(&fault.column));
        row.faults.extend(merged);
        Ok(row)
    }

    /// The text of a cell or what is wrong with it, with the text that stands for it.
    fn read_cell(&mut self, mut cell: Stored) -> Result<(String, Option<RowFault>), Complaint> {
        let mut within = Inside::Nothing;
        loop {
            match self.xml.next()? {
                Node::Begin(element) => match (within, element.name()) {
                    (Inside::Nothing, "v") => {
                        cell.value.get_or_insert_default();
                        within = Inside::Value;
                    }
                    (Inside::Nothing, "f") => {
                        cell.formula = true;
                        within = Inside::Formula;
                    }
                    (Inside::Nothing, "is") => within = Inside::Inline,
                    (Inside::Inline, name) => cell.inline.begin(name),
                    _ => {}
                },
                Node::End(element) => match (within, element.name()) {
                    (Inside::Nothing, "c") => break,
                    (Inside::Value, "v") | (Inside::Formula, "f") | (Inside::Inline, "is") => within = Inside::Nothing,
                    (Inside::Inline, name) => cell.inline.end(name),
                    _ => {}
                },
                Node::Text(text) => match within {
                    Inside::Value => {
                        let value = cell.value.get_or_insert_default();
                        value.push_str(&text);
                        if value.len() > self.limits.cell_bytes {
                            return Err(self.complaint(Some(cell.column), Reason::CellTooLong, self.limits.cell_bytes));
                        }
                    }
                    Inside::Inline => cell.inline.push(&text)?,
                    Inside::Formula | Inside::Nothing => {}
                },
                Node::Nothing => return Err(Complaint::broken(&self.part)),
                Node::Aside => {}
            }
        }
        self.told(cell)
    }

    fn told(&mut self, mut cell: Stored) -> Result<(String, Option<RowFault>), Complaint> {
        let fault = |reason| RowFault::of_cell(cell.column, reason);
        let value = cell.value.take().filter(|_| !(cell.formula && self.uncalculated));
        // What a formula left behind when it failed is no answer, whatever kind of cell holds it.
        let failed =
            |text: &str| is_error_value(text.trim()).then(|| fault(Reason::ErrorValue).with("value", text.trim()));
        if cell.kind == "inlineStr" {
            let text = cell.inline.take();
            let failed = failed(&text);
            return Ok((text, failed));
        }
        let Some(value) = value.filter(|value| !value.is_empty() || cell.kind == "str") else {
            let fault = cell.formula.then(|| fault(Reason::FormulaWithoutValue));
            return Ok((String::new(), fault));
        };
        Ok(match cell.kind.as_str() {
            "s" => {
                let index = value.trim().parse().ok();
                let text = index.map(|index| self.strings.get(index)).transpose()?.flatten();
                let broken = text.is_none().then(|| fault(Reason::BrokenCell));
                let text = text.unwrap_or_default();
                let failed = failed(&text);
                (text, broken.or(failed))
            }
            "str" => {
                let text = unescaped(value);
                let failed = failed(&text);
                (text, failed)
            }
            "b" => match value.trim() {
                "1" | "true" => ("TRUE".to_owned(), None),
                "0" | "false" => ("FALSE".to_owned(), None),
                _ => (value, Some(fault(Reason::BrokenCell))),
            },
            "e" => {
                let failed = fault(Reason::ErrorValue).with("value", value.trim());
                (value, Some(failed))
            }
            "d" => (value, None),
            "n" | "" => {
                let shown = self.styles.get(cell.style).copied().unwrap_or_default();
                match number::shown(&value, shown, self.from_1904) {
                    Some(text) => (text, None),
                    None if shown != Shown::Number && value.trim().parse::<f64>().is_ok() => {
                        let fault = fault(Reason::NoDate).with("value", value.trim());
                        (value, Some(fault))
                    }
                    None => (value, Some(fault(Reason::BrokenCell))),
                }
            }
            _ => (value, Some(fault(Reason::BrokenCell))),
        })
    }

    /// Puts a cell where it belongs; tells its bytes. An empty one takes no room.
    fn place(&self, row: &mut Row, column: usize, (text, fault): (String, Option<RowFault>)) -> usize {
        row.faults.extend(fault);
        let bytes = text.len();
        if !text.is_empty() {
            row.cells.resize(column, String::new());
            row.cells.push(text);
        }
        bytes
    }

    fn misplaced(&self, next: usize) -> Complaint {
        if next >= self.limits.columns {
            return self.complaint(None, Reason::TooManyColumns, self.limits.columns);
        }
        Complaint::broken(&self.part)
    }

    fn complaint(&self, column: Option<usize>, reason: Reason, most: impl ToString) -> Complaint {
        let place = Place::Cell { sheet: self.name.clone(), row: self.row, column };
        Complaint::at(place, reason).with("most", most)
    }
}

/// Where in a cell the reader stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Inside {
    Nothing,
    Value,
    Formula,
    Inline,
}

impl Stored {
    /// A cell that stands at `next` or behind it, in this row.
    fn begin(element: &Element<'_>, next: usize, row: u64, limits: &Limits) -> Option<Self> {
        let column = match element.attribute("r") {
            Some(name) => parse_cell(&name, limits.columns).filter(|(_, named)| *named == row).map(|(at, _)| at)?,
            None => next,
        };
        (next..limits.columns).contains(&column).then(|| Self {
            column,
            style: element.number("s").unwrap_or(0),
            kind: element.attribute("t").unwrap_or_default(),
            formula: false,
            value: None,
            inline: Rich::new(limits.cell_bytes),
        })
    }
}
