//! Published numbers, stated or made of stated ones.

use contract::insights::v1::{Label, PublishedNumber, Unit};

/// The cell of a report that recomputes a number.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Cell {
    pub(super) report: String,
    pub(super) table: String,
    pub(super) row: String,
    pub(super) column: String,
}

/// A number with all that is known of it.
#[derive(Clone, Debug)]
pub(super) struct Number {
    pub(super) place: String,
    /// What recomputes it; `None` when nothing can.
    pub(super) cell: Option<Cell>,
    pub(super) value: i64,
    pub(super) unit: Unit,
    /// To what it was rounded; at least 1.
    pub(super) step: i64,
    /// What it says; of a cell of a table what the table is about.
    pub(super) about: Label,
    /// Whether `about` is to be completed by the names of row and column.
    pub(super) of_table: bool,
    pub(super) note: Option<Label>,
    /// Made of others and only evidence about them, unless a cell recomputes it.
    pub(super) made: bool,
}

impl Number {
    /// A number that came with the request.
    pub(super) fn given(number: &PublishedNumber) -> Self {
        let cell = Cell {
            report: number.report.clone(),
            table: number.table.clone(),
            row: number.row.clone(),
            column: number.column.clone(),
        };
        Self {
            place: number.place.clone(),
            cell: (!number.report.is_empty()).then_some(cell),
            value: number.value,
            unit: if number.unit() == Unit::Unspecified { Unit::Count } else { number.unit() },
            step: number.step.max(1),
            about: Label::default(),
            of_table: true,
            note: None,
            made: false,
        }
    }

    /// Whether it is what this exact number rounds to.
    pub(super) fn holds(&self, exact: i64) -> bool {
        // Twice the distance, so that half a step needs no fraction; wide, so that no number is too large.
        let apart = 2 * (i128::from(self.value) - i128::from(exact)).abs();
        if self.step <= 1 { apart == 0 } else { apart <= i128::from(self.step) }
    }

    /// Whether one exact number can lie behind both.
    pub(super) fn agrees(&self, other: &Self) -> bool {
        let slack = |step: i64| if step <= 1 { 0 } else { i128::from(step) };
        let apart = 2 * (i128::from(self.value) - i128::from(other.value)).abs();
        self.unit == other.unit && apart <= slack(self.step) + slack(other.step)
    }

    /// As the contract has it.
    pub(super) fn wire(&self) -> PublishedNumber {
        let cell = self.cell.clone();
        let part = |part: fn(Cell) -> String| cell.clone().map(part).unwrap_or_default();
        PublishedNumber {
            place: self.place.clone(),
            report: part(|cell| cell.report),
            table: part(|cell| cell.table),
            row: part(|cell| cell.row),
            column: part(|cell| cell.column),
            value: self.value,
            unit: self.unit.into(),
            step: if self.step > 1 { self.step } else { 0 },
        }
    }
}

/// How a number is made of others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Make {
    /// All of them added up.
    Sum,
    /// The first divided by the second, in basis points.
    Share,
    /// The first less all others.
    Difference,
    /// The first, a share, of the second: the nearest count.
    Product,
}

/// Sums of more parts are not written out.
const MOST_PARTS: usize = 6;

impl Make {
    /// The number and how it came about, in signs: `(22/34)`. `None` where it cannot be made.
    pub(super) fn of(self, parts: &[&Number]) -> Option<(i64, Unit, String)> {
        let (first, rest) = parts.split_first()?;
        let rest_sum = || rest.iter().try_fold(0i64, |sum, part| sum.checked_add(part.value));
        let values = |sign: &str| parts.iter().map(|part| part.value.to_string()).collect::<Vec<_>>().join(sign);
        match self {
            Self::Sum => {
                let told: Vec<String> =
                    parts.iter().filter(|part| part.value != 0).map(|part| part.value.to_string()).collect();
                let how = if told.len() > MOST_PARTS { "(Σ)".to_owned() } else { format!("({})", told.join("+")) };
                Some((first.value.checked_add(rest_sum()?)?, first.unit, how))
            }
            Self::Difference => {
                Some((first.value.checked_sub(rest_sum()?)?, first.unit, format!("({})", values("\u{2212}"))))
            }
            Self::Share => {
                let [whole] = rest else { return None };
                let share = rounded(i128::from(first.value) * 10_000, i128::from(whole.value))?;
                Some((share, Unit::BasisPoints, format!("({})", values("/"))))
            }
            Self::Product => {
                let [whole] = rest else { return None };
                let part = rounded(i128::from(first.value) * i128::from(whole.value), 10_000)?;
                let share = format!("{}.{:02}", first.value / 100, first.value % 100);
                let share = share.trim_end_matches('0').trim_end_matches('.');
                Some((part, whole.unit, format!("({share}% × {})", whole.value)))
            }
        }
    }
}

fn rounded(part: i128, whole: i128) -> Option<i64> {
    (part >= 0 && whole > 0).then(|| i64::try_from((2 * part + whole) / (2 * whole)).ok())?
}
