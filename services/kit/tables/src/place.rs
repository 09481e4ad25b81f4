//! Where something stands in a file.

use std::sync::Arc;

use kit_vocabulary::Words;

/// A line of a text, or a cell of a sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A physical line of a text, from 1. Line breaks within cells count.
    Line(u64),
    /// A cell of a sheet, or a row of it.
    Cell {
        /// The sheet's name.
        sheet: Arc<str>,
        /// The row, from 1.
        row: u64,
        /// The column, from 0; nothing for the row as a whole.
        column: Option<usize>,
    },
}

impl Place {
    /// The line of the text, or the row of the sheet; from 1.
    pub fn line(&self) -> u64 {
        match self {
            Self::Line(line) => *line,
            Self::Cell { row, .. } => *row,
        }
    }

    /// `B7`, where there is a cell.
    pub fn cell(&self) -> Option<String> {
        match self {
            Self::Cell { row, column: Some(column), .. } => Some(cell_name(*column, *row)),
            _ => None,
        }
    }

    /// In both languages.
    pub fn told(&self) -> Words {
        match self {
            Self::Line(line) => Words { ja: format!("{line} 行目"), en: format!("line {line}") },
            Self::Cell { sheet, row, column: Some(column) } => {
                let cell = cell_name(*column, *row);
                Words {
                    ja: format!("シート「{sheet}」のセル {cell}"), en: format!("sheet '{sheet}' cell {cell}")
                }
            }
            Self::Cell { sheet, row, column: None } => Words {
                ja: format!("シート「{sheet}」の {row} 行目"),
                en: format!("sheet '{sheet}' row {row}"),
            },
        }
    }
}

/// `B7` for the column 1, counted from 0, and the row 7.
pub(crate) fn cell_name(column: usize, row: u64) -> String {
    format!("{}{row}", column_name(column))
}

/// `A` for 0, `AA` for 26.
pub(crate) fn column_name(column: usize) -> String {
    let mut name = Vec::new();
    let mut rest = column + 1;
    while rest > 0 {
        rest -= 1;
        name.push(b'A' + (rest % 26) as u8);
        rest /= 26;
    }
    name.iter().rev().map(|letter| char::from(*letter)).collect()
}

/// The column, from 0, and the row, from 1, of `B7` or `$B$7`; nothing for what is none of at most `columns` columns.
pub(crate) fn parse_cell(name: &str, columns: usize) -> Option<(usize, u64)> {
    let letters = name.trim_start_matches('$');
    let end = letters.find(|c: char| !c.is_ascii_alphabetic())?;
    let (letters, row) = letters.split_at(end);
    let mut column = 0;
    for letter in letters.bytes() {
        column = column * 26 + usize::from(letter.to_ascii_uppercase() - b'A') + 1;
        if column > columns {
            return None;
        }
    }
    let row = row.trim_start_matches('$');
    let row: u64 = row.bytes().all(|digit| digit.is_ascii_digit()).then(|| row.parse().ok())??;
    Some((column.checked_sub(1)?, (1..=MOST_ROWS).contains(&row).then_some(row)?))
}

/// Rows of a sheet.
pub(crate) const MOST_ROWS: u64 = 1 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_named_as_spreadsheets_name_them() {
        for (name, column, row) in [("A1", 0, 1), ("Z9", 25, 9), ("AA10", 26, 10), ("XFD1048576", 16_383, 1_048_576)] {
            assert_eq!(cell_name(column, row), name);
            assert_eq!(parse_cell(name, 16_384), Some((column, row)));
        }
        assert_eq!(parse_cell("$B$7", 16_384), Some((1, 7)));
        for bad in
            ["", "A", "7", "A0", "XFE1", "A1048577", "A1B", "Ａ1", "AAAAAAAAAAAAAAAAAAAAAA1", "A99999999999999999999"]
        {
            assert_eq!(parse_cell(bad, 16_384), None, "{bad}");
        }
    }
}
