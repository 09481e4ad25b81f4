//! One Excel workbook: a sheet of contents, then a sheet a table. Numbers are numbers with their format, texts are texts.

use std::collections::BTreeSet;

use contract::insights::v1::Unit;
use rust_xlsxwriter::{Color, Format, FormatAlign, FormatBorder, Url, Workbook, Worksheet, XlsxError};

use super::book::{Book, Column, Grid, Row, Value, figure};
use crate::table::width;
use crate::text;

/// What Excel allows in the name of a sheet, in UTF-16 units.
const MOST_NAME: usize = 31;
const LEAST_WIDTH: usize = 8;
const MOST_WIDTH: usize = 60;
/// Of a long text, so many lines are shown at once; each in so many points.
const MOST_LINES: usize = 20;
const LINE_HEIGHT: usize = 16;
const BAND: Color = Color::RGB(0xE8_EF_F6);
const INK: Color = Color::RGB(0x1B_3A_57);
const FAINT: Color = Color::RGB(0x59_63_6E);
const LINE: Color = Color::RGB(0xC4_CC_D4);

/// The bytes of the workbook.
///
/// # Errors
/// What the library says: more rows or columns than a sheet holds.
pub fn bytes(book: &Book) -> Result<Vec<u8>, XlsxError> {
    let mut names = Names::default();
    let contents = names.free(&text::CONTENTS.get(book.lang, &[]));
    let sheets: Vec<String> = book.grids.iter().map(|grid| names.free(&sheet_name(grid))).collect();
    let mut file = Workbook::new();
    let sheet = file.add_worksheet();
    sheet.set_name(&contents)?;
    list(sheet, book, &sheets)?;
    for (grid, name) in book.grids.iter().zip(&sheets) {
        let sheet = file.add_worksheet();
        sheet.set_name(name)?;
        table(sheet, book, grid, &contents)?;
    }
    file.save_to_buffer()
}

fn list(sheet: &mut Worksheet, book: &Book, sheets: &[String]) -> Result<(), XlsxError> {
    let lang = book.lang;
    let mut at = head(sheet, &book.title, &book.facts)? + 1;
    let headings = [text::SHEET, text::REPORT_NAME, text::REPORT_TITLE, text::FIGURES_OF, text::POPULATION, text::NOTE];
    for (column, name) in (0u16..).zip(headings) {
        sheet.write_string_with_format(at, column, name.get(lang, &[]), &heading())?;
    }
    for (grid, name) in book.grids.iter().zip(sheets) {
        at += 1;
        let link = Url::new(format!("internal:'{}'!A1", name.replace('\'', "''"))).set_text(name);
        sheet.write_url(at, 0, link)?;
        let figure = figure(&grid.figure, lang);
        let cells = [&grid.chapter, &grid.title, &figure, &grid.population, &grid.note];
        for (column, cell) in (1u16..).zip(cells) {
            sheet.write_string(at, column, short(cell))?;
        }
    }
    if !book.missing.is_empty() {
        at += 2;
        sheet.write_string_with_format(at, 0, text::NO_DATA_TITLE.get(lang, &[]), &strong())?;
        for missing in &book.missing {
            at += 1;
            sheet.write_string(at, 0, short(&missing.title))?;
            sheet.write_string(at, 3, short(&missing.figures))?;
        }
    }
    at += 2;
    sheet.write_string_with_format(at, 0, text::HOW_TO_READ.get(lang, &[]), &faint())?;
    for (column, wide) in (0u16..).zip([34, 34, 40, 14, 40, 60]) {
        sheet.set_column_width(column, wide)?;
    }
    page(sheet, None)
}

/// Title and facts; the row behind them.
fn head(sheet: &mut Worksheet, title: &str, facts: &[(String, String)]) -> Result<u32, XlsxError> {
    let big = strong().set_font_size(14).set_font_color(INK);
    sheet.write_string_with_format(0, 0, short(title), &big)?;
    let mut at = 1;
    for (name, value) in facts.iter().filter(|(_, value)| !value.is_empty()) {
        sheet.write_string_with_format(at, 0, short(&format!("{name}: {value}")), &faint())?;
        at += 1;
    }
    Ok(at)
}

fn table(sheet: &mut Worksheet, book: &Book, grid: &Grid, contents: &str) -> Result<(), XlsxError> {
    let lang = book.lang;
    let named = [
        (text::REPORT_NAME, format!("{} ({})", grid.chapter, grid.name())),
        (text::POPULATION, grid.population.clone()),
        (text::NOTE, grid.note.clone()),
    ];
    let named =
        named.into_iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| (name.get(lang, &[]), value));
    let facts: Vec<_> = named.chain(book.facts.iter().cloned()).collect();
    let mut at = head(sheet, &grid.heading(lang), &facts)?;
    let back = Url::new(format!("internal:'{contents}'!A1")).set_text(text::BACK.get(lang, &[]));
    sheet.write_url(at, 0, back)?;
    at += 2;
    let top = at;
    sheet.write_string_with_format(at, 0, short(&grid.corner), &heading())?;
    for (place, column) in (1u16..).zip(&grid.columns) {
        let format = if grid.holds_numbers(usize::from(place) - 1) {
            heading().set_align(FormatAlign::Right)
        } else {
            heading()
        };
        sheet.write_string_with_format(at, place, short(&column.label), &format)?;
    }
    for row in &grid.rows {
        at += 1;
        sheet.write_string_with_format(at, 0, short(&row.label), &name_format(row))?;
        for (place, (column, cell)) in (1u16..).zip(grid.columns.iter().zip(&row.cells)) {
            write(sheet, at, place, row, column, cell)?;
        }
        let long = row.cells.iter().zip(&grid.columns).filter(|(_, column)| column.long);
        let lines = long.map(|(cell, _)| width(&cell.said(lang)).div_ceil(MOST_WIDTH - 4)).max().unwrap_or(1);
        if lines > 1 {
            sheet.set_row_height(at, (lines.min(MOST_LINES) * LINE_HEIGHT) as f64)?;
        }
    }
    for (place, wide) in (0u16..).zip(widths(grid, book)) {
        sheet.set_column_width(place, wide as f64)?;
    }
    sheet.set_freeze_panes(top + 1, 1)?;
    page(sheet, Some(top))
}

fn write(
    sheet: &mut Worksheet,
    at: u32,
    place: u16,
    row: &Row,
    column: &Column,
    cell: &Value,
) -> Result<(), XlsxError> {
    let strong = row.total || column.total;
    match cell {
        Value::None => sheet.write_blank(at, place, &body(strong))?,
        Value::Number(value, unit) => {
            let (number, format) = match unit {
                Unit::BasisPoints => (*value as f64 / 10_000.0, "0.00%"),
                Unit::Hundredths => (*value as f64 / 100.0, "#,##0.00"),
                Unit::Yen => (*value as f64, "¥#,##0"),
                Unit::Unspecified | Unit::Count => (*value as f64, "#,##0"),
            };
            sheet.write_number_with_format(at, place, number, &body(strong).set_num_format(format))?
        }
        Value::Text(text) if column.long => {
            sheet.write_string_with_format(at, place, short(text), &body(strong).set_text_wrap())?
        }
        Value::Text(text) => sheet.write_string_with_format(at, place, short(text), &body(strong))?,
    };
    Ok(())
}

/// Widths that show headings and cells whole, within reason.
fn widths(grid: &Grid, book: &Book) -> Vec<usize> {
    let fit = |wide: usize| (wide + 2).clamp(LEAST_WIDTH, MOST_WIDTH);
    let names = grid.rows.iter().map(|row| width(&row.label)).chain([width(&grid.corner)]);
    let of = |(at, column): (usize, &Column)| {
        let cells = grid.rows.iter().filter_map(|row| row.cells.get(at)).map(|cell| width(&cell.said(book.lang)));
        fit(cells.chain([width(&column.label)]).max().unwrap_or(0))
    };
    let columns = grid.columns.iter().enumerate().map(of);
    std::iter::once(fit(names.max().unwrap_or(0)).max(16)).chain(columns).collect()
}

/// As it is printed: A4 lying, as wide as the paper, headings on every page.
fn page(sheet: &mut Worksheet, repeated: Option<u32>) -> Result<(), XlsxError> {
    sheet.set_paper_size(9).set_landscape().set_print_fit_to_pages(1, 0);
    if let Some(row) = repeated {
        sheet.set_repeat_rows(row, row)?;
    }
    Ok(())
}

fn strong() -> Format {
    Format::new().set_bold()
}

fn faint() -> Format {
    Format::new().set_font_color(FAINT)
}

fn heading() -> Format {
    strong()
        .set_background_color(BAND)
        .set_font_color(INK)
        .set_border_bottom(FormatBorder::Thin)
        .set_border_bottom_color(LINE)
}

fn body(total: bool) -> Format {
    let format = Format::new().set_align(FormatAlign::Top);
    if total { format.set_bold() } else { format }
}

fn name_format(row: &Row) -> Format {
    body(row.total)
}

/// As much as a cell of Excel holds.
fn short(text: &str) -> String {
    const MOST_UNITS: usize = 32_767;
    let mut units = 0;
    text.chars()
        .take_while(|letter| {
            units += letter.len_utf16();
            units <= MOST_UNITS
        })
        .collect()
}

/// The fullest name that a sheet can bear: figure, report and title, or as much of it as fits.
fn sheet_name(grid: &Grid) -> String {
    let parts: [&[&str]; 2] = [&[&grid.figure, &grid.chapter, &grid.title], &[&grid.figure, &grid.title]];
    let said = |parts: &[&str]| parts.iter().copied().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
    let [full, brief] = parts.map(said);
    if grid.chapter != grid.title && (grid.figure.is_empty() || units(&full, MOST_NAME) == full) { full } else { brief }
}

/// Names of sheets, no two alike for Excel.
#[derive(Default)]
struct Names {
    taken: BTreeSet<String>,
}

impl Names {
    fn free(&mut self, wanted: &str) -> String {
        // Excel keeps these signs, and the name History, to itself.
        let legal = |letter: char| if "[]:*?/\\".contains(letter) || letter.is_control() { ' ' } else { letter };
        let wanted: String = wanted.chars().map(legal).collect();
        let wanted = match wanted.trim().trim_matches('\'') {
            "" => "–",
            reserved if reserved.eq_ignore_ascii_case("history") => "History –",
            wanted => wanted,
        };
        for count in 1.. {
            let end = if count == 1 { String::new() } else { format!(" ({count})") };
            let name = units(wanted, MOST_NAME - end.len()).trim_end().trim_end_matches('\'').to_owned() + &end;
            if self.taken.insert(name.to_lowercase()) {
                return name;
            }
        }
        String::new()
    }
}

/// As much of a text as fits into so many UTF-16 units.
fn units(text: &str, most: usize) -> &str {
    let mut taken = 0;
    let end = text.char_indices().find(|(_, letter)| {
        taken += letter.len_utf16();
        taken > most
    });
    end.map_or(text, |(at, _)| &text[..at])
}
