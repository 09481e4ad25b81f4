//! Facts in columns, each with the stretch of its log in which it held. What holds now stands apart from what held once, so
//! that a count of now touches nothing of the past, and a count of then only what ended since.

use std::ops::Range;

use super::schema::Schema;

/// Most columns of codes, and of numbers.
pub const CODES: usize = 13;
/// See [`CODES`].
pub const NUMBERS: usize = 2;
/// No row.
const NONE: u32 = u32::MAX;

/// One fact. What a table has no column for is 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// Codes, by the schema's columns.
    pub codes: [u32; CODES],
    /// Numbers, by the schema's numbers.
    pub numbers: [i64; NUMBERS],
    /// When it happened, in microseconds: what a report's `from` and `until` ask about.
    pub time: i64,
}

/// A column of codes, as narrow as its dictionary allows.
#[derive(Clone, Debug)]
pub enum Column {
    /// Up to 65,536 codes.
    Narrow(Vec<u16>),
    /// More.
    Wide(Vec<u32>),
}

impl Column {
    fn get(&self, at: usize) -> u32 {
        match self {
            Self::Narrow(codes) => codes[at].into(),
            Self::Wide(codes) => codes[at],
        }
    }

    fn set(&mut self, at: usize, code: u32) {
        match self {
            Self::Narrow(codes) => codes[at] = code as u16,
            Self::Wide(codes) => codes[at] = code,
        }
    }

    fn insert(&mut self, at: usize, code: u32) {
        match self {
            Self::Narrow(codes) => codes.insert(at, code as u16),
            Self::Wide(codes) => codes.insert(at, code),
        }
    }

    fn bytes(&self) -> usize {
        match self {
            Self::Narrow(codes) => 2 * codes.capacity(),
            Self::Wide(codes) => 4 * codes.capacity(),
        }
    }
}

/// Rows, column by column.
#[derive(Clone, Debug)]
pub struct Rows {
    /// By the schema's columns.
    pub codes: Vec<Column>,
    /// By the schema's numbers.
    pub numbers: Vec<Vec<i64>>,
    /// When it happened, in microseconds.
    pub times: Vec<i64>,
    /// The place in the log since which it holds; [`u32::MAX`] for a row that is not in use.
    pub from: Vec<u32>,
}

impl Rows {
    fn new(schema: &Schema) -> Self {
        let column = |wide| if wide { Column::Wide(Vec::new()) } else { Column::Narrow(Vec::new()) };
        Self {
            codes: schema.columns.iter().map(|(_, dim)| column(dim.wide())).collect(),
            numbers: vec![Vec::new(); schema.numbers.len()],
            times: Vec::new(),
            from: Vec::new(),
        }
    }

    fn len(&self) -> usize {
        self.from.len()
    }

    fn get(&self, at: usize) -> Row {
        let mut row = Row { time: self.times[at], ..Row::default() };
        for (code, column) in row.codes.iter_mut().zip(&self.codes) {
            *code = column.get(at);
        }
        for (number, column) in row.numbers.iter_mut().zip(&self.numbers) {
            *number = column[at];
        }
        row
    }

    fn set(&mut self, at: usize, row: &Row, from: u32) {
        for (code, column) in row.codes.iter().zip(&mut self.codes) {
            column.set(at, *code);
        }
        for (number, column) in row.numbers.iter().zip(&mut self.numbers) {
            column[at] = *number;
        }
        self.times[at] = row.time;
        self.from[at] = from;
    }

    fn insert(&mut self, at: usize, row: &Row, from: u32) {
        for (code, column) in row.codes.iter().zip(&mut self.codes) {
            column.insert(at, *code);
        }
        for (number, column) in row.numbers.iter().zip(&mut self.numbers) {
            column.insert(at, *number);
        }
        self.times.insert(at, row.time);
        self.from.insert(at, from);
    }

    fn bytes(&self) -> usize {
        let codes: usize = self.codes.iter().map(Column::bytes).sum();
        let numbers: usize = self.numbers.iter().map(|column| 8 * column.capacity()).sum();
        codes + numbers + 8 * self.times.capacity() + 4 * self.from.capacity()
    }
}

/// A table of facts.
#[derive(Clone, Debug)]
pub struct Facts {
    live: Rows,
    past: Rows,
    /// Of each past row the place at which it ended, ascending.
    ends: Vec<u32>,
    /// The first live row of each owner, and of each live row the next of the same owner.
    heads: Vec<u32>,
    next: Vec<u32>,
    free: Vec<u32>,
}

impl Facts {
    /// An empty table.
    pub fn new(schema: &Schema) -> Self {
        Self {
            live: Rows::new(schema),
            past: Rows::new(schema),
            ends: Vec::new(),
            heads: Vec::new(),
            next: Vec::new(),
            free: Vec::new(),
        }
    }

    /// From `position` on these rows, in this order, are all that holds of the owner. A row that did not change goes on.
    pub fn put(&mut self, owner: u32, position: u32, rows: &[Row]) {
        if rows.is_empty() && self.heads.len() <= owner as usize {
            return;
        }
        if self.heads.len() <= owner as usize {
            self.heads.resize(owner as usize + 1, NONE);
        }
        let (mut before, mut at) = (NONE, self.heads[owner as usize]);
        for row in rows {
            if at == NONE {
                at = self.add(row, position);
                self.link(owner, before, at);
            } else {
                self.replace(at, row, position);
            }
            (before, at) = (at, self.next[at as usize]);
        }
        if at != NONE {
            self.link(owner, before, NONE);
        }
        while at != NONE {
            let following = self.next[at as usize];
            self.end(at, position);
            self.live.from[at as usize] = NONE;
            self.free.push(at);
            at = following;
        }
    }

    fn link(&mut self, owner: u32, before: u32, at: u32) {
        if before == NONE {
            self.heads[owner as usize] = at;
        } else {
            self.next[before as usize] = at;
        }
    }

    fn add(&mut self, row: &Row, position: u32) -> u32 {
        if let Some(at) = self.free.pop() {
            self.live.set(at as usize, row, position);
            self.next[at as usize] = NONE;
            return at;
        }
        let at = self.live.len();
        self.live.insert(at, row, position);
        self.next.push(NONE);
        at as u32
    }

    fn replace(&mut self, at: u32, row: &Row, position: u32) {
        if self.live.get(at as usize) != *row {
            self.end(at, position);
            self.live.set(at as usize, row, position);
        }
    }

    /// Moves a row to the past. Ends come in order, but for an event that was set aside and is applied late.
    fn end(&mut self, at: u32, position: u32) {
        let (row, from) = (self.live.get(at as usize), self.live.from[at as usize]);
        if from >= position {
            return;
        }
        let place = self.ends.partition_point(|end| *end <= position);
        self.past.insert(place, &row, from);
        self.ends.insert(place, position);
    }

    /// The rows among which those are that hold at a place: of each part, those to look at. A row holds when its `from` is
    /// at or before the place.
    pub fn at(&self, position: u32) -> [(&Rows, Range<usize>); 2] {
        let ended = self.ends.partition_point(|end| *end <= position);
        [(&self.live, 0..self.live.len()), (&self.past, ended..self.past.len())]
    }

    /// How many rows there are, now and once.
    pub fn len(&self) -> (usize, usize) {
        (self.live.len() - self.free.len(), self.past.len())
    }

    /// Bytes of memory.
    pub fn bytes(&self) -> usize {
        let links = self.ends.capacity() + self.heads.capacity() + self.next.capacity() + self.free.capacity();
        self.live.bytes() + self.past.bytes() + 4 * links
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::schema::TableId;
    use super::*;

    fn row(code: u32) -> Row {
        Row { codes: std::array::from_fn(|at| code + at as u32), time: i64::from(code), ..Row::default() }
    }

    /// What holds at a place, by owner-free content: the codes of the first column.
    fn holding(facts: &Facts, position: u32) -> Vec<u32> {
        let parts = facts.at(position);
        let of = |(rows, range): &(&Rows, Range<usize>)| {
            range.clone().filter(|at| rows.from[*at] <= position).map(|at| rows.codes[0].get(at)).collect::<Vec<_>>()
        };
        let mut all: Vec<u32> = parts.iter().flat_map(of).collect();
        all.sort_unstable();
        all
    }

    proptest! {
        #[test]
        fn every_place_shows_what_held_then(
            steps in prop::collection::vec((0_u32..6, prop::collection::vec(0_u32..4, 0..4)), 1..60),
        ) {
            let mut facts = Facts::new(TableId::Cases.schema());
            let mut now: Vec<Vec<u32>> = vec![Vec::new(); 6];
            let mut shown = vec![Vec::new()];
            for (step, (owner, codes)) in steps.iter().enumerate() {
                let rows: Vec<Row> = codes.iter().map(|code| row(*code)).collect();
                facts.put(*owner, step as u32 + 1, &rows);
                now[*owner as usize] = codes.clone();
                let mut all: Vec<u32> = now.iter().flatten().copied().collect();
                all.sort_unstable();
                shown.push(all);
            }
            for (position, expected) in shown.iter().enumerate() {
                prop_assert_eq!(&holding(&facts, position as u32), expected, "at {}", position);
            }
        }
    }

    #[test]
    fn what_is_applied_late_ends_where_it_ends() {
        let mut facts = Facts::new(TableId::Cases.schema());
        facts.put(0, 1, &[row(10)]);
        facts.put(1, 2, &[row(20)]);
        facts.put(1, 5, &[row(21)]);
        facts.put(0, 3, &[row(11)]);
        assert_eq!(holding(&facts, 2), [10, 20]);
        assert_eq!(holding(&facts, 4), [11, 20]);
        assert_eq!(holding(&facts, 5), [11, 21]);
    }
}
