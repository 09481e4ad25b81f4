//! A table in the making: counts, different things, and numbers by row and column.

use std::collections::{BTreeMap, BTreeSet};

use super::Cells;

/// A table in the making.
#[derive(Default)]
pub(super) struct Grid {
    pub(super) cells: Cells,
    pub(super) ids: BTreeMap<(String, String), BTreeSet<String>>,
    pub(super) numbers: BTreeMap<(String, String), Vec<i64>>,
}

fn unknown(code: &str) -> String {
    if code.is_empty() { "unknown".to_owned() } else { code.to_owned() }
}

impl Grid {
    pub(super) fn add(&mut self, row: &str, column: &str, count: i64) {
        *self.cells.entry((unknown(row), unknown(column))).or_default() += count;
    }

    /// Counts in a column, and in its total.
    pub(super) fn one(&mut self, row: &str, column: &str) {
        self.some(row, column, 1);
    }

    pub(super) fn some(&mut self, row: &str, column: &str, count: i64) {
        self.add(row, column, count);
        self.add("total", column, count);
    }

    /// Counts in a cross-table, and in all its totals.
    pub(super) fn both(&mut self, row: &str, column: &str) {
        for (row, column) in [(row, column), (row, "total"), ("total", column), ("total", "total")] {
            self.add(row, column, 1);
        }
    }

    /// Counts somebody once in a column, and once in its total.
    pub(super) fn each(&mut self, row: &str, column: &str, id: &str) {
        for row in [row, "total"] {
            self.ids.entry((unknown(row), column.to_owned())).or_default().insert(id.to_owned());
        }
    }

    pub(super) fn number(&mut self, row: &str, column: &str, number: i64) {
        for row in [row, "total"] {
            self.numbers.entry((unknown(row), column.to_owned())).or_default().push(number);
        }
    }

    pub(super) fn count(&self, row: &str, column: &str) -> i64 {
        let key = (row.to_owned(), column.to_owned());
        self.ids.get(&key).map_or_else(|| self.cells.get(&key).copied().unwrap_or(0), |ids| ids.len() as i64)
    }

    pub(super) fn rows(&self) -> BTreeSet<String> {
        let keys = self.cells.keys().chain(self.ids.keys()).chain(self.numbers.keys());
        keys.map(|(row, _)| row.clone()).collect()
    }

    pub(super) fn share(&mut self, column: &str, part: &str, whole: &str) {
        for row in self.rows() {
            let (part, whole) = (self.count(&row, part), self.count(&row, whole));
            if whole > 0 {
                self.cells.insert((row, column.to_owned()), share(part, whole));
            }
        }
    }

    pub(super) fn mean(&mut self, column: &str, of: &str) {
        for row in self.rows() {
            if let Some(mean) = self.numbers.get(&(row.clone(), of.to_owned())).and_then(|numbers| mean(numbers)) {
                self.cells.insert((row, column.to_owned()), mean);
            }
        }
    }

    pub(super) fn without(mut self, helpers: &[&str], total: bool) -> Cells {
        for (key, ids) in &self.ids {
            self.cells.insert(key.clone(), ids.len() as i64);
        }
        let kept = |(row, column): &(String, String)| !helpers.contains(&column.as_str()) && (total || row != "total");
        self.cells.into_iter().filter(|(key, value)| *value != 0 && kept(key)).collect()
    }
}

pub(super) fn share(part: i64, whole: i64) -> i64 {
    (part as f64 * 10_000.0 / whole as f64).round() as i64
}

pub(super) fn mean(numbers: &[i64]) -> Option<i64> {
    let sum: i64 = numbers.iter().sum();
    (numbers.len() >= 3).then(|| (sum as f64 * 100.0 / numbers.len() as f64 + 0.5).floor() as i64)
}
