//! The fast path for whole populations: previews of a policy, re-rating everybody, statistics.
//!
//! One column per question, in blocks of a fixed number of rows. Every step of the rule is then the same small integer
//! operation on neighbouring bytes, which the compiler turns into vector instructions without any help; a loop over
//! rows has to gather 14 sums of uneven length from each row and gains nothing from them.

use std::array;
use std::ops::Range;

use super::{Mark, SKILL_ITEMS, SkillAnswers};
use crate::domain::policy::{Area, AreaRule, MarkRule, Policy};

/// Rows handled at once: as many as keep the sums in registers on any x86-64 (64 spill, 16 leave them half empty; both
/// were slower in `benches/scoring.rs`). The last block of a column is padded with zeros.
const BLOCK: usize = 32;
type Block = [u8; BLOCK];
type Column = Vec<Block>;

/// The answers of many respondents, column by column.
#[derive(Clone, Debug)]
pub struct Columns {
    rows: usize,
    /// All bits set where the row's skill part was answered, so that it can mask a mark.
    answered: Column,
    /// One column per entry of [`SKILL_ITEMS`]; 0 in rows without answers.
    items: [Column; SKILL_ITEMS.len()],
}

impl Columns {
    /// No rows, with room for `rows` of them.
    pub fn with_capacity(rows: usize) -> Self {
        let column = || Vec::with_capacity(rows.div_ceil(BLOCK));
        Self { rows: 0, answered: column(), items: array::from_fn(|_| column()) }
    }

    /// Adds a row at the end.
    pub fn push(&mut self, answers: &SkillAnswers) {
        let (block, lane) = (self.rows / BLOCK, self.rows % BLOCK);
        if lane == 0 {
            self.answered.push([0; BLOCK]);
            self.items.iter_mut().for_each(|column| column.push([0; BLOCK]));
        }
        if let Some(values) = answers.values() {
            self.answered[block][lane] = u8::MAX;
            self.items.iter_mut().zip(values).for_each(|(column, &value)| column[block][lane] = value);
        }
        self.rows += 1;
    }

    /// The number of rows.
    pub fn len(&self) -> usize {
        self.rows
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }
}

impl<'a> FromIterator<&'a SkillAnswers> for Columns {
    fn from_iter<I: IntoIterator<Item = &'a SkillAnswers>>(rows: I) -> Self {
        let rows = rows.into_iter();
        let mut columns = Self::with_capacity(rows.size_hint().0);
        rows.for_each(|answers| columns.push(answers));
        columns
    }
}

/// The marks and points of many respondents, row by row as in the [`Columns`] they were scored from.
#[derive(Clone, Debug, Default)]
pub struct ColumnMarks {
    rows: usize,
    marks: [Column; Area::ALL.len()],
    points: [Column; Area::ALL.len()],
}

impl ColumnMarks {
    /// The number of rows.
    pub fn len(&self) -> usize {
        self.rows
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// The mark of an area per row, as the number behind [`Mark`]: 0 none, 1 ○, 2 ◎.
    pub fn marks(&self, area: Area) -> &[u8] {
        &self.marks[area as usize].as_flattened()[..self.rows]
    }

    /// The points of an area per row.
    pub fn points(&self, area: Area) -> &[u8] {
        &self.points[area as usize].as_flattened()[..self.rows]
    }

    /// The mark of an area in one row; `None` beyond the last row.
    pub fn mark(&self, area: Area, row: usize) -> Option<Mark> {
        self.marks(area).get(row).map(|&mark| match mark {
            0 => Mark::None,
            1 => Mark::Able,
            _ => Mark::Strong,
        })
    }
}

/// Scores every row; equal to [`rate`](super::rate) row by row.
pub fn score_columns(policy: &Policy, columns: &Columns) -> ColumnMarks {
    let mut scored = ColumnMarks::default();
    score_columns_into(policy, columns, &mut scored);
    scored
}

/// The same, into marks made before, whose room is used again.
pub fn score_columns_into(policy: &Policy, columns: &Columns, scored: &mut ColumnMarks) {
    scored.rows = columns.rows;
    let outputs = scored.marks.iter_mut().zip(&mut scored.points);
    for (rule, (marks, points)) in policy.areas().iter().zip(outputs) {
        marks.resize(columns.answered.len(), [0; BLOCK]);
        points.resize(columns.answered.len(), [0; BLOCK]);
        score_area(policy.marks(), rule, columns, marks, points);
    }
}

/// One area after the other, because no column belongs to two: few streams from memory at a time.
fn score_area(limits: MarkRule, rule: &AreaRule, columns: &Columns, marks: &mut [Block], points: &mut [Block]) {
    let outputs = marks.iter_mut().zip(points);
    for (block, (answered, (marks, points))) in columns.answered.iter().zip(outputs).enumerate() {
        let mut total = [0; BLOCK];
        let mut unmet = [0; BLOCK];
        for sub_item in &rule.sub_items {
            let sums = sum(&columns.items, sub_item.items.clone(), block);
            for lane in 0..BLOCK {
                total[lane] += sums[lane];
                unmet[lane] += u8::from(sums[lane] < sub_item.threshold);
            }
        }
        *points = total;
        for lane in 0..BLOCK {
            let able = u8::from(unmet[lane] <= limits.able_unmet_at_most) & u8::from(total[lane] >= rule.floor);
            let strong = u8::from(unmet[lane] <= limits.strong_unmet_at_most) * Mark::Strong as u8;
            marks[lane] = answered[lane] & able.max(strong);
        }
    }
}

fn sum(items: &[Column; SKILL_ITEMS.len()], columns: Range<usize>, block: usize) -> Block {
    let mut sums = [0; BLOCK];
    for column in &items[columns] {
        for (sum, answer) in sums.iter_mut().zip(&column[block]) {
            *sum += answer;
        }
    }
    sums
}
