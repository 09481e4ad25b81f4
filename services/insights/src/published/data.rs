//! The file of a publication: tables of cells, single numbers, numbers made of others, and which say the same.
//!
//! Numbers are named by their `id`, cells of a table by `id/row/column`, where the table's id is its place unless it says
//! otherwise. A made number with a cell of its own is compared as a published one; with `says` it is evidence about another.

use std::collections::{BTreeMap, HashMap};

use contract::insights::v1::{Label, Scope, Unit};
use serde::Deserialize;

use super::Publication;
use super::numbers::{Cell, Make, Number};

/// What is wrong with a publication's file.
#[derive(Debug, thiserror::Error)]
pub enum BadPublication {
    /// It is no JSON of this form.
    #[error("not a publication: {0}")]
    Form(#[from] serde_json::Error),
    /// A name that nothing bears, or bears before it is used.
    #[error("{0} is no number")]
    Unknown(String),
    /// Two numbers of one name.
    #[error("{0} is there twice")]
    Twice(String),
    /// Lines that do not fit the rows and columns.
    #[error("the values of {0} do not fit its rows and columns")]
    Shape(String),
    /// A number that cannot be made of what it names.
    #[error("{0} cannot be made")]
    Unmade(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    publication: String,
    /// What it is, for readers of the file.
    #[serde(rename = "ja")]
    _ja: String,
    #[serde(rename = "en")]
    _en: String,
    scope: FileScope,
    /// Which of its figures are not held, and why.
    #[serde(rename = "left_out")]
    _left_out: Said,
    items: Vec<Item>,
    same: Vec<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileScope {
    programme: String,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Said {
    ja: String,
    en: String,
}

impl From<Said> for Label {
    fn from(said: Said) -> Self {
        Self { ja: said.ja, en: said.en }
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Item {
    Table(Table),
    Made(Made),
    Single(Single),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    id: Option<String>,
    place: String,
    report: String,
    table: String,
    ja: String,
    en: String,
    rows: Vec<String>,
    columns: Vec<String>,
    /// Columns that hold no plain counts.
    #[serde(default)]
    units: BTreeMap<String, Measured>,
    /// By `row/column`.
    #[serde(default)]
    notes: BTreeMap<String, Said>,
    values: Vec<Vec<i64>>,
}

#[derive(Clone, Copy, Default, Deserialize)]
struct Measured {
    #[serde(default)]
    unit: FileUnit,
    #[serde(default)]
    step: i64,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum FileUnit {
    #[default]
    Count,
    BasisPoints,
    Hundredths,
    Yen,
}

impl From<FileUnit> for Unit {
    fn from(unit: FileUnit) -> Self {
        match unit {
            FileUnit::Count => Self::Count,
            FileUnit::BasisPoints => Self::BasisPoints,
            FileUnit::Hundredths => Self::Hundredths,
            FileUnit::Yen => Self::Yen,
        }
    }
}

#[derive(Deserialize)]
struct Whose {
    report: Option<String>,
    table: Option<String>,
    row: Option<String>,
    column: Option<String>,
}

impl Whose {
    fn cell(self) -> Option<Cell> {
        Some(Cell { report: self.report?, table: self.table?, row: self.row?, column: self.column? })
    }
}

#[derive(Deserialize)]
struct Single {
    id: String,
    place: String,
    ja: String,
    en: String,
    #[serde(flatten)]
    whose: Whose,
    value: i64,
    #[serde(flatten)]
    measured: Measured,
    note: Option<Said>,
}

#[derive(Deserialize)]
struct Made {
    id: String,
    place: String,
    ja: String,
    en: String,
    #[serde(flatten)]
    whose: Whose,
    make: Make,
    of: Vec<String>,
    says: Option<String>,
    note: Option<Said>,
}

/// Numbers under construction, by name.
#[derive(Default)]
struct Names {
    numbers: Vec<Number>,
    places: HashMap<String, usize>,
}

impl Names {
    fn add(&mut self, name: String, number: Number) -> Result<usize, BadPublication> {
        let at = self.numbers.len();
        self.numbers.push(number);
        match self.places.insert(name.clone(), at) {
            Some(_) => Err(BadPublication::Twice(name)),
            None => Ok(at),
        }
    }

    fn find(&self, name: &str) -> Result<usize, BadPublication> {
        self.places.get(name).copied().ok_or_else(|| BadPublication::Unknown(name.to_owned()))
    }
}

impl Publication {
    /// Reads a publication's file.
    ///
    /// # Errors
    /// When it has another form, or names what is not there.
    pub fn read(text: &str) -> Result<Self, BadPublication> {
        let file: File = serde_json::from_str(text)?;
        let (mut names, mut said, mut same) = (Names::default(), Vec::new(), Vec::new());
        for item in file.items {
            match item {
                Item::Table(table) => cells(table, &mut names)?,
                Item::Single(single) => drop(names.add(single.id.clone(), stated(single))?),
                Item::Made(made) => {
                    let number = maked(&made, &names)?;
                    let at = names.add(made.id, number)?;
                    said.extend(made.says.map(|of| (of, at)));
                }
            }
        }
        for (of, at) in said {
            same.push(vec![names.find(&of)?, at]);
        }
        for group in file.same {
            same.push(group.iter().map(|name| names.find(name)).collect::<Result<_, _>>()?);
        }
        let scope = Scope { programme: file.scope.programme, ..Scope::default() };
        Ok(Self { id: file.publication, scope, numbers: names.numbers, same })
    }
}

fn cells(mut table: Table, names: &mut Names) -> Result<(), BadPublication> {
    let id = table.id.clone().unwrap_or_else(|| table.place.clone());
    let fits = table.values.len() == table.rows.len();
    if !fits || table.values.iter().any(|line| line.len() != table.columns.len()) {
        return Err(BadPublication::Shape(id));
    }
    for (row, line) in table.rows.iter().zip(&table.values) {
        for (column, value) in table.columns.iter().zip(line) {
            let measured = table.units.get(column).copied().unwrap_or_default();
            let at = format!("{row}/{column}");
            let cell = Cell {
                report: table.report.clone(),
                table: table.table.clone(),
                row: row.clone(),
                column: column.clone(),
            };
            let number = Number {
                place: table.place.clone(),
                cell: Some(cell),
                value: *value,
                unit: measured.unit.into(),
                step: measured.step.max(1),
                about: Label { ja: table.ja.clone(), en: table.en.clone() },
                of_table: true,
                note: table.notes.remove(&at).map(Label::from),
                made: false,
            };
            names.add(format!("{id}/{at}"), number)?;
        }
    }
    match table.notes.pop_first() {
        Some((at, _)) => Err(BadPublication::Unknown(format!("{id}/{at}"))),
        None => Ok(()),
    }
}

fn stated(single: Single) -> Number {
    Number {
        place: single.place,
        cell: single.whose.cell(),
        value: single.value,
        unit: single.measured.unit.into(),
        step: single.measured.step.max(1),
        about: Label { ja: single.ja, en: single.en },
        of_table: false,
        note: single.note.map(Label::from),
        made: false,
    }
}

fn maked(made: &Made, names: &Names) -> Result<Number, BadPublication> {
    let parts = made.of.iter().map(|name| Ok(&names.numbers[names.find(name)?]));
    let parts: Vec<&Number> = parts.collect::<Result<_, BadPublication>>()?;
    let unmade = || BadPublication::Unmade(made.id.clone());
    let (value, unit, how) = made.make.of(&parts).ok_or_else(unmade)?;
    let whose = |part: &Option<String>| part.clone();
    let Whose { report, table, row, column } = &made.whose;
    let cell = Whose { report: whose(report), table: whose(table), row: whose(row), column: whose(column) }.cell();
    Ok(Number {
        place: format!("{} {how}", made.place),
        cell,
        value,
        unit,
        step: 1,
        about: Label { ja: made.ja.clone(), en: made.en.clone() },
        of_table: false,
        note: made.note.clone().map(Label::from),
        made: true,
    })
}
