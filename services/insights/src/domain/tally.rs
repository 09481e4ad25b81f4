//! Counting: one pass over a table of facts for any number of questions, in chunks that stay in the nearest cache. A chunk
//! becomes a mask of 0 and 1, and counting adds the mask to an array at the place of the codes: no branch, no hash.

use std::ops::Range;
use std::sync::Arc;

use super::answering::Answering;
use super::facts::{Column, Facts, Rows};
use super::merges::Persons;

/// Rows looked at together: the mask and a few columns of them fit into 16 KiB.
const CHUNK: usize = 2_048;

/// A condition: the column's code has to be one of these.
#[derive(Clone, Debug)]
pub struct Filter {
    /// The column.
    pub column: usize,
    /// By code: 1 to keep, 0 to drop. As long as the dictionary.
    pub keep: Vec<u8>,
}

/// Which facts count at all.
#[derive(Clone, Debug, Default)]
pub struct Base {
    /// The place in the log.
    pub position: u32,
    /// Conditions, all of which have to hold.
    pub filters: Vec<Filter>,
    /// Only what happened at or after this, in microseconds.
    pub from: Option<i64>,
    /// Only what happened before this.
    pub until: Option<i64>,
}

/// What is measured of the facts of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// How many there are.
    Count,
    /// How many different codes of this column there are, of so many.
    Each(usize, usize),
    /// The numbers of this column: their sum, least and greatest.
    Numbers(usize),
    /// How many have every one of these answers; what they answered is in the first two columns of numbers.
    Answered,
}

/// A question to a table: what to measure, along which columns.
#[derive(Clone, Debug)]
pub struct Tally {
    kind: Kind,
    filters: Vec<Filter>,
    answers: Vec<Option<u32>>,
    /// The column of experts, and who of them are one person; none where each is.
    persons: Option<(usize, Arc<Persons>)>,
    /// Columns of the rows and columns of the result.
    edges: [Option<usize>; 2],
    size: [usize; 2],
    cells: Vec<Measured>,
    /// Of [`Kind::Each`]: which codes were seen, in every cell and along every edge.
    seen: [Vec<u64>; 4],
    lines: Vec<i64>,
    columns: Vec<i64>,
    all: i64,
}

/// What was measured of a cell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Measured {
    /// How many.
    pub count: i64,
    /// The sum of the numbers.
    pub sum: i64,
    /// The least; meaningless without any.
    pub least: i64,
    /// The greatest; meaningless without any.
    pub most: i64,
}

impl Measured {
    fn take(&mut self, number: i64) {
        self.least = if self.count == 0 { number } else { self.least.min(number) };
        self.most = if self.count == 0 { number } else { self.most.max(number) };
        self.count += 1;
        self.sum += number;
    }

    /// Both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self.count, other.count) {
            (0, _) => other,
            (_, 0) => self,
            _ => Self {
                count: self.count + other.count,
                sum: self.sum + other.sum,
                least: self.least.min(other.least),
                most: self.most.max(other.most),
            },
        }
    }
}

impl Tally {
    /// A question along these columns, each with the number of its codes.
    pub fn new(
        kind: Kind,
        filters: Vec<Filter>,
        rows: Option<(usize, usize)>,
        columns: Option<(usize, usize)>,
    ) -> Self {
        let size = [rows.map_or(1, |(_, codes)| codes), columns.map_or(1, |(_, codes)| codes)];
        let codes = if let Kind::Each(_, codes) = kind { codes } else { 0 };
        let bits = |of: usize| vec![0_u64; (of * codes).div_ceil(64)];
        let marginal = |of: usize, cells: usize| if of == cells || codes == 0 { Vec::new() } else { bits(of) };
        let cells = size[0] * size[1];
        Self {
            kind,
            filters,
            answers: Vec::new(),
            persons: None,
            edges: [rows.map(|(column, _)| column), columns.map(|(column, _)| column)],
            size,
            cells: vec![Measured::default(); cells],
            seen: [bits(cells), marginal(size[0], cells), marginal(size[1], cells), marginal(1, cells)],
            lines: vec![0; size[0]],
            columns: vec![0; size[1]],
            all: 0,
        }
    }

    /// Only who gave all of these answers; an answer that nobody ever gave is `None`.
    #[must_use]
    pub fn answering(mut self, answers: Vec<Option<u32>>) -> Self {
        self.answers = answers;
        self
    }

    /// Experts, who stand in this column, are counted by person.
    #[must_use]
    pub fn by_person(mut self, column: usize, persons: Arc<Persons>) -> Self {
        self.persons = Some((column, persons));
        self
    }

    /// The code in a column, of experts the person's.
    fn code(&self, rows: &Rows, column: usize, at: usize) -> usize {
        let code = code(&rows.codes[column], at);
        match &self.persons {
            Some((experts, persons)) if *experts == column => persons.counted(code),
            _ => code,
        }
    }

    /// What was measured in a cell; `None` is the total over an edge. The same thing counts once in a total, too.
    pub fn at(&self, row: Option<usize>, column: Option<usize>) -> Measured {
        let (rows, columns) = (self.size[0], self.size[1]);
        let each = matches!(self.kind, Kind::Each(..));
        let counted = |count: i64| Measured { count, ..Measured::default() };
        match (row, column) {
            (Some(row), Some(column)) => self.cells[row * columns + column],
            (Some(row), None) if each && columns > 1 && rows > 1 => counted(self.lines[row]),
            (None, Some(column)) if each && rows > 1 && columns > 1 => counted(self.columns[column]),
            (None, Some(_)) if each && rows > 1 => counted(self.all),
            (Some(_), None) if each && columns > 1 => counted(self.all),
            (None, None) if each && rows * columns > 1 => counted(self.all),
            _ => {
                let (rows, among) = (row.map_or(0..rows, |row| row..row + 1), column.map_or(0..columns, |c| c..c + 1));
                let cells = rows.flat_map(|row| among.clone().map(move |column| row * columns + column));
                cells.fold(Measured::default(), |sum, cell| sum.and(self.cells[cell]))
            }
        }
    }

    fn take(&mut self, rows: &Rows, range: Range<usize>, base: &[u8], answering: Option<&Answering>) {
        let mut mask = [0_u8; CHUNK];
        let mask = &mut mask[..range.len()];
        mask.copy_from_slice(base);
        for filter in &self.filters {
            keep(mask, &rows.codes[filter.column], range.clone(), &filter.keep);
        }
        match self.kind {
            Kind::Count => self.count(rows, range, mask),
            Kind::Each(column, codes) => self.each(rows, range, mask, (column, codes)),
            Kind::Numbers(column) => {
                for (at, cell) in self.kept(rows, range, mask) {
                    self.cells[cell].take(rows.numbers[column][at]);
                }
            }
            Kind::Answered => {
                let Some(answering) = answering else { return };
                for (at, cell) in self.kept(rows, range, mask) {
                    let taken = answering.taken(rows.numbers[0][at], rows.numbers[1][at]);
                    if self.answers.iter().all(|answer| answer.is_some_and(|answer| taken.contains(&answer))) {
                        self.cells[cell].count += 1;
                    }
                }
            }
        }
    }

    fn count(&mut self, rows: &Rows, range: Range<usize>, mask: &[u8]) {
        let width = self.size[1];
        match self.edges.map(|edge| edge.map(|column| &rows.codes[column])) {
            [Some(Column::Narrow(row)), Some(Column::Narrow(column))] => {
                for ((row, column), kept) in row[range.clone()].iter().zip(&column[range]).zip(mask) {
                    self.cells[usize::from(*row) * width + usize::from(*column)].count += i64::from(*kept);
                }
            }
            [Some(Column::Narrow(row)), None] => {
                for (row, kept) in row[range].iter().zip(mask) {
                    self.cells[usize::from(*row)].count += i64::from(*kept);
                }
            }
            [None, None] => self.cells[0].count += mask.iter().map(|kept| i64::from(*kept)).sum::<i64>(),
            _ => {
                for (_, cell) in self.kept(rows, range, mask) {
                    self.cells[cell].count += 1;
                }
            }
        }
    }

    fn each(&mut self, rows: &Rows, range: Range<usize>, mask: &[u8], (column, codes): (usize, usize)) {
        let [height, width] = self.size;
        for (at, cell) in self.kept(rows, range, mask) {
            let code = self.code(rows, column, at);
            let (row, column) = (cell / width, cell % width);
            self.cells[cell].count += fresh(&mut self.seen[0], cell * codes + code);
            if width > 1 && height > 1 {
                self.lines[row] += fresh(&mut self.seen[1], row * codes + code);
                self.columns[column] += fresh(&mut self.seen[2], column * codes + code);
            }
            if height * width > 1 {
                self.all += fresh(&mut self.seen[3], code);
            }
        }
    }

    /// The rows that are kept, with the cell of each.
    fn kept(&self, rows: &Rows, range: Range<usize>, mask: &[u8]) -> Vec<(usize, usize)> {
        let width = self.size[1];
        let edge = |edge: Option<usize>, at| edge.map_or(0, |column| self.code(rows, column, at));
        let kept = range.zip(mask).filter(|(_, kept)| **kept == 1).map(|(at, _)| at);
        kept.map(|at| (at, edge(self.edges[0], at) * width + edge(self.edges[1], at))).collect()
    }
}

fn code(column: &Column, at: usize) -> usize {
    match column {
        Column::Narrow(codes) => codes[at].into(),
        Column::Wide(codes) => codes[at] as usize,
    }
}

/// 1 when the bit was not set yet.
fn fresh(bits: &mut [u64], at: usize) -> i64 {
    let (word, bit) = (&mut bits[at / 64], 1_u64 << (at % 64));
    let fresh = *word & bit == 0;
    *word |= bit;
    fresh.into()
}

fn keep(mask: &mut [u8], column: &Column, range: Range<usize>, keep: &[u8]) {
    match column {
        Column::Narrow(codes) => {
            for (mask, code) in mask.iter_mut().zip(&codes[range]) {
                *mask &= keep[usize::from(*code)];
            }
        }
        Column::Wide(codes) => {
            for (mask, code) in mask.iter_mut().zip(&codes[range]) {
                *mask &= keep[*code as usize];
            }
        }
    }
}

/// Answers every question in one pass over the facts that hold.
pub fn tally(facts: &Facts, base: &Base, tallies: &mut [Tally], answering: Option<&Answering>) {
    each_chunk(facts, base, |rows, range, mask| {
        for tally in &mut *tallies {
            tally.take(rows, range.clone(), mask, answering);
        }
    });
}

/// For each answer (a question's own code and the answer's), along a column of at most `codes` codes: how many gave it; and
/// for each question how many answered it. `width` is 1 without a column.
pub struct Answers {
    /// By answer, then by code.
    pub given: Vec<i64>,
    /// By question, then by code.
    pub answered: Vec<i64>,
    /// By code: how many sets of answers there are.
    pub sets: Vec<i64>,
    /// Codes of the column.
    pub width: usize,
}

/// Counts all answers to all questions in one pass.
pub fn answers(facts: &Facts, base: &Base, answering: &Answering, column: Option<(usize, usize)>) -> Answers {
    let width = column.map_or(1, |(_, codes)| codes);
    let (many, questions) = answering.len();
    let mut result =
        Answers { given: vec![0; many * width], answered: vec![0; questions * width], sets: vec![0; width], width };
    each_chunk(facts, base, |rows, range, mask| {
        for (at, _) in range.zip(mask).filter(|(_, kept)| **kept == 1) {
            let code = column.map_or(0, |(column, _)| code(&rows.codes[column], at));
            result.sets[code] += 1;
            let mut question = None;
            for answer in answering.taken(rows.numbers[0][at], rows.numbers[1][at]) {
                result.given[*answer as usize * width + code] += 1;
                let of = answering.question_of(*answer);
                if question.replace(of) != Some(of) {
                    result.answered[of as usize * width + code] += 1;
                }
            }
        }
    });
    result
}

/// The codes of a column among the facts that hold: by code, whether it is there.
pub fn present(facts: &Facts, base: &Base, column: usize, codes: usize) -> Vec<bool> {
    let mut present = vec![false; codes];
    each_chunk(facts, base, |rows, range, mask| {
        for (at, _) in range.zip(mask).filter(|(_, kept)| **kept == 1) {
            present[code(&rows.codes[column], at)] = true;
        }
    });
    present
}

fn each_chunk(facts: &Facts, base: &Base, mut take: impl FnMut(&Rows, Range<usize>, &[u8])) {
    let mut mask = [0_u8; CHUNK];
    for (rows, all) in facts.at(base.position) {
        let mut begin = all.start;
        while begin < all.end {
            let range = begin..(begin + CHUNK).min(all.end);
            begin = range.end;
            let mask = &mut mask[..range.len()];
            for (mask, from) in mask.iter_mut().zip(&rows.from[range.clone()]) {
                *mask = (*from <= base.position).into();
            }
            for filter in &base.filters {
                keep(mask, &rows.codes[filter.column], range.clone(), &filter.keep);
            }
            if let Some(from) = base.from {
                for (mask, time) in mask.iter_mut().zip(&rows.times[range.clone()]) {
                    *mask &= u8::from(*time >= from);
                }
            }
            if let Some(until) = base.until {
                for (mask, time) in mask.iter_mut().zip(&rows.times[range.clone()]) {
                    *mask &= u8::from(*time < until);
                }
            }
            take(rows, range, mask);
        }
    }
}
