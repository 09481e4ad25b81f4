//! Tables for a terminal: every column is shown, in several parts below one another where they do not fit side by side.

use kit_vocabulary::Lang;

use super::book::{Book, Column, Grid, Missing, Row, Value};
use crate::output::{Pen, Tone};
use crate::table::{self, Table, paragraph, width};
use crate::text;

/// More than this of a row's name, or of a short text, is cut where there is little room.
const MOST_TEXT: usize = 44;
const LEAST_TEXT: usize = 12;
const INDENT: usize = 2;
const GAP: usize = 2;

/// The lines of everything, none wider than `room`.
pub fn lines(book: &Book, room: usize, pen: Pen) -> Vec<String> {
    let mut lines = vec![pen.paint(Tone::Heading, &table::cut(&book.title, room))];
    let fact = |(name, value): &(String, String)| (format!("{name} {value}"), Some(Tone::Faint));
    lines.extend(paragraph("", &book.facts.iter().map(fact).collect::<Vec<_>>(), " · ", room, pen));
    for grid in &book.grids {
        lines.push(String::new());
        lines.extend(of_grid(book, grid, room, pen));
    }
    if !book.missing.is_empty() {
        lines.push(String::new());
        lines.push(pen.paint(Tone::Heading, &text::NO_DATA_TITLE.get(book.lang, &[])));
        let said = |missing: &Missing| match missing.figures.is_empty() {
            true => missing.title.clone(),
            false => format!("{} ({})", missing.title, missing.figures),
        };
        let lead = " ".repeat(INDENT);
        lines.extend(book.missing.iter().flat_map(|missing| paragraph(&lead, &[(said(missing), None)], "", room, pen)));
    }
    lines
}

fn of_grid(book: &Book, grid: &Grid, room: usize, pen: Pen) -> Vec<String> {
    let heading = [(grid.heading(book.lang), Some(Tone::Heading)), (grid.population.clone(), Some(Tone::Faint))];
    let heading: Vec<_> = heading.into_iter().filter(|(said, _)| !said.is_empty()).collect();
    let mut lines = paragraph("", &heading, " · ", room, pen);
    let named = Headings::of(grid, room);
    for (at, part) in parts(grid, &named, room, book).into_iter().enumerate() {
        if at > 0 {
            lines.push(String::new());
        }
        lines.extend(of_part(grid, &part, &named, room, book, pen));
    }
    if grid.rows.is_empty() {
        lines.push(format!("{}{}", " ".repeat(INDENT), text::NO_DATA.get(book.lang, &[])));
    }
    lines.extend(named.legend(room, pen));
    if !grid.note.is_empty() {
        let note = format!("{}: {}", text::NOTE.get(book.lang, &[]), grid.note);
        lines.extend(paragraph(&" ".repeat(INDENT), &[(note, Some(Tone::Faint))], "", room, pen));
    }
    lines
}

/// What stands above the columns: their labels, or where those are too wide their codes, which are then explained below.
struct Headings {
    above: Vec<String>,
    explained: Vec<String>,
}

/// Codes longer than this say no more than labels.
const MOST_CODE: usize = 6;

impl Headings {
    fn of(grid: &Grid, room: usize) -> Self {
        let labels: usize = grid.columns.iter().map(|column| GAP + width(&column.label)).sum();
        let wide = LEAST_TEXT + INDENT + labels > room;
        let coded = |column: &&Column| wide && !column.total && is_short(&column.code, &column.label);
        let above = |column| if coded(&column) { column.code.clone() } else { column.label.clone() };
        let explained = |column: &Column| format!("{} {}", column.code, column.label);
        Self {
            above: grid.columns.iter().map(above).collect(),
            explained: grid.columns.iter().filter(coded).map(explained).collect(),
        }
    }

    fn legend(&self, room: usize, pen: Pen) -> Vec<String> {
        if self.explained.is_empty() {
            return Vec::new();
        }
        let parts: Vec<_> = self.explained.iter().map(|said| (said.clone(), Some(Tone::Faint))).collect();
        paragraph(&" ".repeat(INDENT), &parts, " · ", room, pen)
    }
}

/// Whether a code is one that people use: `T1`, `27`, `E13`; words are better read as labels.
fn is_short(code: &str, label: &str) -> bool {
    let said = |letter: char| letter.is_ascii_digit() || letter.is_ascii_uppercase();
    code.contains(said) && width(code) <= MOST_CODE && width(code) < width(label)
}

/// The columns of each part of the table, by their place.
fn parts(grid: &Grid, named: &Headings, room: usize, book: &Book) -> Vec<Vec<usize>> {
    let names = grid.rows.iter().map(|row| width(&row.label)).chain([width(&grid.corner)]).max().unwrap_or(0);
    // Names give way before columns go to a part of their own.
    let name = INDENT + names.min(LEAST_TEXT);
    let mut parts = vec![Vec::new()];
    let mut taken = name;
    for (at, column) in grid.columns.iter().enumerate().filter(|(_, column)| !column.long) {
        let wide = match column.unit {
            Some(_) => needed(grid, at, &named.above[at], book),
            None => LEAST_TEXT,
        };
        if taken + GAP + wide > room && parts.last().is_some_and(|part| !part.is_empty()) {
            parts.push(Vec::new());
            taken = name;
        }
        taken += GAP + wide;
        if let Some(part) = parts.last_mut() {
            part.push(at);
        }
    }
    parts
}

fn needed(grid: &Grid, at: usize, heading: &str, book: &Book) -> usize {
    let cells = grid.rows.iter().filter_map(|row| row.cells.get(at)).map(|cell| width(&cell.said(book.lang)));
    cells.chain([width(heading)]).max().unwrap_or(0)
}

fn of_part(grid: &Grid, part: &[usize], named: &Headings, room: usize, book: &Book, pen: Pen) -> Vec<String> {
    let mut columns = vec![table::Column::text(grid.corner.as_str(), LEAST_TEXT, MOST_TEXT)];
    columns.extend(part.iter().map(|at| match grid.holds_numbers(*at) {
        true => table::Column::number(named.above[*at].as_str()),
        false => table::Column::text(named.above[*at].as_str(), LEAST_TEXT, MOST_TEXT),
    }));
    let mut table = Table::new(columns).indented(INDENT);
    for row in &grid.rows {
        let tone = row.total.then_some(Tone::Heading);
        let cells = part.iter().map(|at| row.cells.get(*at).map_or_else(String::new, |cell| cell.said(book.lang)));
        table.row(std::iter::once(row.label.clone()).chain(cells).map(|said| (said, tone)));
    }
    let mut lines = table.lines(Some(room), pen).into_iter();
    let mut told: Vec<String> = lines.next().into_iter().collect();
    for (line, row) in lines.zip(&grid.rows) {
        told.push(line);
        told.extend(below(grid, row, book.lang, room, pen));
    }
    told
}

/// Long texts of a row.
fn below(grid: &Grid, row: &Row, lang: Lang, room: usize, pen: Pen) -> Vec<String> {
    let long = grid.columns.iter().zip(&row.cells).filter(|(column, _)| column.long);
    let said = long.filter_map(|(column, cell)| match cell {
        Value::Text(said) if !said.is_empty() => Some((format!("{}: ", column.label), said.clone())),
        _ => None,
    });
    let lead = " ".repeat(INDENT * 2);
    let comma = text::COMMA.get(lang, &[]);
    said.flat_map(|(name, said)| {
        let parts: Vec<_> = said.split(comma.as_str()).map(|part| (part.to_owned(), Some(Tone::Faint))).collect();
        paragraph(&format!("{lead}{name}"), &parts, &comma, room, pen)
    })
    .collect()
}
