//! Reading a report: cells by the codes of their row and column.

use contract::insights::v1::{Report, Table};

/// The table of this name.
pub(crate) fn table<'a>(report: &'a Report, name: &str) -> &'a Table {
    let names = || report.tables.iter().map(|table| table.table.clone()).collect::<Vec<_>>();
    report.tables.iter().find(|table| table.table == name).unwrap_or_else(|| panic!("{name} is none of {:?}", names()))
}

/// A cell; none when the table has no such row or column, too.
pub(crate) fn cell(table: &Table, row: &str, column: &str) -> Option<i64> {
    let at = |axis: &Option<contract::insights::v1::Axis>, code: &str| {
        axis.as_ref()?.entries.iter().position(|entry| entry.code == code)
    };
    let (row, column) = (at(&table.rows, row)?, at(&table.columns, column)?);
    table.lines[row].cells[column].value
}

/// Cells of a row.
pub(crate) fn row<const N: usize>(table: &Table, row: &str, columns: [&str; N]) -> [i64; N] {
    columns.map(|column| cell(table, row, column).unwrap_or_else(|| panic!("{} {row} {column}", table.table)))
}

/// The codes of the rows.
pub(crate) fn rows(table: &Table) -> Vec<&str> {
    table.rows.as_ref().unwrap().entries.iter().map(|entry| entry.code.as_str()).collect()
}

/// The codes of the columns.
pub(crate) fn columns(table: &Table) -> Vec<&str> {
    table.columns.as_ref().unwrap().entries.iter().map(|entry| entry.code.as_str()).collect()
}
