//! A table of a report: what it asks for, and how it is shown.

use contract::insights::v1::{self as wire};
use contract::insights::v1::{Axis, Cell, Entry, Label, Line, Population, Unit};

use super::count::{Asked, Counter};
use super::joined::Joined;
use super::labels::{self, Coded, entry, label, total};
use crate::definitions::{Column, Count, Definitions, Table, Totals, Where};
use crate::domain::schema::TableId;
use crate::domain::tally::{Measured, Tally};

/// A mean over fewer answers than this is not told: it would be somebody's answer.
const FEWEST: i64 = 3;

/// A table with what it has asked for.
pub(super) struct Planned<'d> {
    table: &'d Table,
    name: String,
    figure: String,
    title: Label,
    size: Asked,
    kind: Plan<'d>,
}

enum Plan<'d> {
    Cross { count: &'d Count, asked: Asked },
    Measures { from: TableId, columns: Vec<Measure<'d>> },
    Lines(Vec<Vec<Made>>),
    Joined(Joined),
}

struct Measure<'d> {
    column: &'d Column,
    made: Made,
}

/// How a number is made of counts.
#[derive(Clone)]
enum Made {
    Count { asked: Asked, of: Of },
    Share { part: Asked, whole: Asked },
    ShareOfAll(Asked),
}

/// What of the measured is told.
#[derive(Clone, Copy)]
enum Of {
    Count,
    Sum,
    Mean,
    Least,
    Most,
}

fn of(count: &Count) -> Of {
    match (&count.sum, &count.mean, &count.least, &count.most) {
        (Some(_), ..) => Of::Sum,
        (_, Some(_), ..) => Of::Mean,
        (_, _, Some(_), _) => Of::Least,
        (.., Some(_)) => Of::Most,
        _ => Of::Count,
    }
}

/// Asks for everything that the table needs. A table that is there once for each code becomes several.
pub(super) fn plan<'d>(definitions: &'d Definitions, table: &'d Table, counter: &mut Counter<'_>) -> Vec<Planned<'d>> {
    let Some(each) = &table.each else {
        let whole = (table.table.clone(), table.figure.clone(), table.title());
        return vec![plan_one(definitions, table, counter, whole, &Where::new())];
    };
    let from = definitions.count(table.of()).table();
    let codes = labels::codes(counter, from, &each.dimension, |_| true);
    let one = |coded: Coded| {
        let code = coded.entry.code;
        let of = coded.entry.label.unwrap_or_default();
        let title = table.title();
        let title = label(&format!("{}（{}）", title.ja, of.ja), &format!("{} ({})", title.en, of.en));
        let figure = each.figures.get(&code).cloned().unwrap_or_default();
        let only = Where::from([(each.dimension.clone(), vec![code.clone()])]);
        plan_one(definitions, table, counter, (format!("{}.{code}", table.table), figure, title), &only)
    };
    codes.into_iter().filter(|coded| coded.entry.code != "unknown").map(one).collect()
}

fn plan_one<'d>(
    definitions: &'d Definitions,
    table: &'d Table,
    counter: &mut Counter<'_>,
    (name, figure, title): (String, String, Label),
    only: &Where,
) -> Planned<'d> {
    let size = counter.ask(definitions.count(table.size()), &[only], None, None);
    let kind = if let Some(joined) = table.joined.as_deref() {
        Plan::Joined(Joined::named(joined))
    } else if !table.lines.is_empty() {
        Plan::Lines(lines(definitions, table, counter))
    } else if let Some(cross) = &table.cross {
        let count = definitions.count(table.of());
        Plan::Cross { count, asked: counter.ask(count, &[only], Some(&table.rows), Some(cross)) }
    } else {
        let mut from = None;
        let mut measure = |column: &'d Column| {
            let conditions = &column.conditions;
            let mut ask = |name: &str| {
                let count = definitions.count(name);
                from = from.or(Some(count.table()));
                counter.ask(count, &[only, conditions], Some(&table.rows), None)
            };
            let made = match (&column.count, &column.share, &column.share_of_all) {
                (_, Some((part, whole)), _) => Made::Share { part: ask(part), whole: ask(whole) },
                (.., Some(part)) => Made::ShareOfAll(ask(part)),
                (Some(count), ..) => Made::Count { asked: ask(count), of: of(definitions.count(count)) },
                _ => Made::ShareOfAll(ask(table.size())),
            };
            Measure { column, made }
        };
        let columns = table.columns.iter().map(&mut measure).collect();
        Plan::Measures { from: from.unwrap_or(TableId::Cases), columns }
    };
    Planned { table, name, figure, title, size, kind }
}

/// Rows of its own: who gave which answers.
fn lines(definitions: &Definitions, table: &Table, counter: &mut Counter<'_>) -> Vec<Vec<Made>> {
    let count = definitions.count(table.size());
    let mut one = |line: &crate::definitions::Line, column: &Column| {
        let mut ask = |name: &String| {
            let answers = line.answered.get(name).map(Vec::as_slice).unwrap_or_default();
            counter.ask_answered(count.table(), count, Some(answers), &[], (None, None))
        };
        match column.answered.as_slice() {
            [part, whole] => Made::Share { part: ask(part), whole: ask(whole) },
            [name] => Made::Count { asked: ask(name), of: Of::Count },
            _ => Made::ShareOfAll(ask(&String::new())),
        }
    };
    table.lines.iter().map(|line| table.columns.iter().map(|column| one(line, column)).collect()).collect()
}

impl Planned<'_> {
    /// The table, once everything is counted.
    pub(super) fn show(&self, definitions: &Definitions, counter: &Counter<'_>) -> wire::Table {
        let (rows, columns, lines) = match &self.kind {
            Plan::Cross { count, asked } => self.cross(counter, count, *asked),
            Plan::Measures { from, columns } => self.measures(definitions, counter, *from, columns),
            Plan::Lines(made) => self.lines(definitions, counter, made),
            Plan::Joined(joined) => joined.show(counter),
        };
        let second = self.table.cross.as_deref().unwrap_or("measure");
        let axis = |name: &str, entries| {
            let dimension = name.to_owned();
            Some(Axis { dimension, label: Some(definitions.dimension(name).label()), entries })
        };
        wire::Table {
            table: self.name.clone(),
            title: Some(self.title.clone()),
            figure: self.figure.clone(),
            population: self.table.population().into(),
            size: counter.of(self.size).at(None, None).count,
            rows: axis(&self.table.rows, rows),
            columns: axis(second, columns),
            lines: lines.into_iter().map(line).collect(),
            chart: self.table.chart().into(),
            note: self.table.note(),
        }
    }

    fn cross(&self, counter: &Counter<'_>, count: &Count, asked: Asked) -> Shown {
        let tally = counter.of(asked);
        let cross = self.table.cross.as_deref().unwrap_or_default();
        let rows = labels::codes(counter, count.table(), &self.table.rows, |row| tally.at(Some(row), None).count != 0);
        let columns = labels::codes(counter, count.table(), cross, |column| tally.at(None, Some(column)).count != 0);
        let totals = self.table.totals();
        let (last_row, last_column) =
            (matches!(totals, Totals::Line | Totals::Both), matches!(totals, Totals::Column | Totals::Both));
        let told = of(count);
        let cells = |row: Place| {
            let cell = |column: Place| told.of(measured(tally, row, column));
            places(&columns, last_column).map(cell).collect::<Vec<_>>()
        };
        let lines = places(&rows, last_row).map(cells).collect();
        let unit = if matches!(told, Of::Mean) { Unit::Hundredths } else { Unit::Count };
        let columns = with_unit(entries(columns, last_column), unit);
        (entries(rows, last_row), columns, lines)
    }

    fn measures(
        &self,
        definitions: &Definitions,
        counter: &Counter<'_>,
        from: TableId,
        columns: &[Measure<'_>],
    ) -> Shown {
        let tallies = || columns.iter().flat_map(|measure| measure.made.asked()).map(|asked| counter.of(asked));
        let counted = |row| tallies().any(|tally| tally.at(Some(row), None).count != 0);
        let rows = labels::codes(counter, from, &self.table.rows, counted);
        let last = matches!(self.table.totals(), Totals::Line | Totals::Both);
        let cells = |row: Place| columns.iter().map(|measure| measure.made.value(counter, row)).collect::<Vec<_>>();
        let lines = places(&rows, last).map(cells).collect();
        let shown = |measure: &Measure<'_>| with_its_unit(definitions, measure.column);
        (entries(rows, last), columns.iter().map(shown).collect(), lines)
    }

    fn lines(&self, definitions: &Definitions, counter: &Counter<'_>, made: &[Vec<Made>]) -> Shown {
        let rows = self.table.lines.iter().map(|line| entry(&line.code, line.label())).collect();
        let cells = |made: &Vec<Made>| made.iter().map(|made| made.value(counter, Place::Total)).collect();
        let columns = self.table.columns.iter().map(|column| with_its_unit(definitions, column)).collect();
        (rows, columns, made.iter().map(cells).collect())
    }
}

/// Rows, columns, and the numbers.
pub(super) type Shown = (Vec<Entry>, Vec<Entry>, Vec<Vec<Option<i64>>>);

/// Where along an edge.
#[derive(Clone, Copy)]
enum Place {
    /// A code of the dictionary; `None` for one that no fact has.
    Code(Option<usize>),
    Total,
}

fn places(codes: &[Coded], total: bool) -> impl Iterator<Item = Place> {
    codes.iter().map(|coded| Place::Code(coded.number)).chain(total.then_some(Place::Total))
}

fn measured(tally: &Tally, row: Place, column: Place) -> Measured {
    let at = |place| match place {
        Place::Code(number) => number.map(Some),
        Place::Total => Some(None),
    };
    match (at(row), at(column)) {
        (Some(row), Some(column)) => tally.at(row, column),
        _ => Measured::default(),
    }
}

fn entries(codes: Vec<Coded>, last: bool) -> Vec<Entry> {
    codes.into_iter().map(|coded| coded.entry).chain(last.then(total)).collect()
}

fn with_unit(entries: Vec<Entry>, unit: Unit) -> Vec<Entry> {
    entries.into_iter().map(|entry| Entry { unit: unit.into(), ..entry }).collect()
}

fn with_its_unit(definitions: &Definitions, column: &Column) -> Entry {
    Entry { unit: column.unit(definitions).into(), ..entry(&column.code, column.label()) }
}

impl Of {
    fn of(self, measured: Measured) -> Option<i64> {
        match self {
            Self::Count => Some(measured.count),
            Self::Sum => Some(measured.sum),
            Self::Mean => mean(measured),
            Self::Least => (measured.count > 0).then_some(measured.least),
            Self::Most => (measured.count > 0).then_some(measured.most),
        }
    }
}

impl Made {
    fn asked(&self) -> Vec<Asked> {
        match self {
            Self::Count { asked, .. } | Self::ShareOfAll(asked) => vec![*asked],
            Self::Share { part, whole } => vec![*part, *whole],
        }
    }

    fn value(&self, counter: &Counter<'_>, row: Place) -> Option<i64> {
        let at = |asked: Asked, row| measured(counter.of(asked), row, Place::Total);
        match self {
            Self::Count { asked, of } => of.of(at(*asked, row)),
            Self::Share { part, whole } => share(at(*part, row).count, at(*whole, row).count),
            Self::ShareOfAll(asked) => share(at(*asked, row).count, at(*asked, Place::Total).count),
        }
    }
}

/// In hundredths of a percent, to the nearest; none of nothing.
pub(super) fn share(part: i64, whole: i64) -> Option<i64> {
    (whole > 0).then(|| (20_000 * part + whole).div_euclid(2 * whole))
}

/// In hundredths, to the nearest; none of too few.
pub(super) fn mean(measured: Measured) -> Option<i64> {
    (measured.count >= FEWEST).then(|| (200 * measured.sum + measured.count).div_euclid(2 * measured.count))
}

pub(super) fn line(numbers: Vec<Option<i64>>) -> Line {
    Line { cells: numbers.into_iter().map(|value| Cell { value }).collect() }
}

/// A table that is made from answers.
pub(super) fn of_answers(table: &str, title: Label, figure: &str, size: i64, shown: [Axis; 2]) -> wire::Table {
    let [rows, columns] = shown;
    wire::Table {
        table: table.to_owned(),
        title: Some(title),
        figure: figure.to_owned(),
        population: Population::Respondents.into(),
        size,
        rows: Some(rows),
        columns: Some(columns),
        ..wire::Table::default()
    }
}
