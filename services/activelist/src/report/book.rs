//! What is written, before it has a form: tables of numbers and texts with everything a reader must know about them.

use contract::event::v1::Token;
use contract::insights::v1::{self as wire, Chart, Population, Report, ReportState, Scope, Unit};
use kit_clock::Timestamp;
use kit_vocabulary::Lang;

use super::figures;
use crate::failure::one_line;
use crate::labels::date_of;
use crate::text::{self, Text};

/// [`Grid::across`] of numbers of different kinds, which are not parts of a whole.
pub(super) const MEASURE: &str = "measure";

/// Everything that goes into one output.
#[derive(Debug, Clone)]
pub struct Book {
    /// What it is called.
    pub title: String,
    /// What it is about and when: name and value.
    pub facts: Vec<(String, String)>,
    /// Its tables, in the order of the reports.
    pub grids: Vec<Grid>,
    /// Reports that could not be answered for want of data.
    pub missing: Vec<Missing>,
    /// The language of its words.
    pub lang: Lang,
}

/// A report without data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// What it is called.
    pub title: String,
    /// The figures it would answer, in words; may be empty.
    pub figures: String,
}

/// A table.
#[derive(Debug, Clone)]
pub struct Grid {
    /// Name of the report: `themes-by-region`.
    pub report: String,
    /// What the report is called.
    pub chapter: String,
    /// Name of the table in the report: `executed`.
    pub table: String,
    /// What it is called.
    pub title: String,
    /// The figure it answers as a code (`2-53`); may be empty.
    pub figure: String,
    /// Who is counted, and how many they are: `指導を実施した案件 34 件`; may be empty.
    pub population: String,
    /// What a reader should know; may be empty.
    pub note: String,
    /// Heading of the first column.
    pub corner: String,
    /// What tells the columns apart: `theme`, or `measure` for numbers of different kinds side by side.
    pub across: String,
    /// Headings of the other columns.
    pub columns: Vec<Column>,
    /// Its rows.
    pub rows: Vec<Row>,
    /// How it is best drawn.
    pub chart: Chart,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Stable code.
    pub code: String,
    /// Heading.
    pub label: String,
    /// Of what its numbers are; `None` for texts, or numbers that name their unit themselves.
    pub unit: Option<Unit>,
    /// True for a total over the others.
    pub total: bool,
    /// A text of any length, which a terminal shows below the row.
    pub long: bool,
}

/// A row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Stable code.
    pub code: String,
    /// Its name.
    pub label: String,
    /// True for a total over the others.
    pub total: bool,
    /// One for each column.
    pub cells: Vec<Value>,
}

/// What stands in a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Nothing: a share of nothing, a mean with too few answers.
    None,
    /// A number.
    Number(i64, Unit),
    /// A text.
    Text(String),
}

impl Value {
    /// As people read it; nothing is a dash.
    pub fn said(&self, lang: Lang) -> String {
        match self {
            Self::None => "–".to_owned(),
            Self::Number(value, unit) => figures::said(*value, *unit, lang),
            Self::Text(text) => text.clone(),
        }
    }
}

/// A label of the wire in a language, fit for one line; the other language or `code` where it is empty.
pub(super) fn label(label: Option<&wire::Label>, code: &str, lang: Lang) -> String {
    let both = label.map(|label| (label.ja.as_str(), label.en.as_str())).unwrap_or_default();
    let wanted = match lang {
        Lang::Ja => [both.0, both.1, code],
        Lang::En => [both.1, both.0, code],
    };
    one_line(wanted.into_iter().find(|text| !text.trim().is_empty()).unwrap_or_default())
}

/// `図表 2-53`; nothing for nothing.
pub(super) fn figure(code: &str, lang: Lang) -> String {
    if code.is_empty() {
        return String::new();
    }
    text::REPORT_FIGURE.get(lang, &[("figure", &one_line(code))])
}

/// Several of [`figure`] in one line.
pub(super) fn all_figures(codes: &[String], lang: Lang) -> String {
    if codes.is_empty() { String::new() } else { figure(&codes.join(&text::COMMA.get(lang, &[])), lang) }
}

impl Book {
    /// Reports as they were answered, made at `made` as of `as_of` (now when absent).
    pub fn of(title: String, reports: &[Report], as_of: Option<Timestamp>, made: Timestamp, lang: Lang) -> Self {
        let mut facts = Vec::new();
        let scope = narrowest(reports);
        facts.extend(scope_facts(&scope, lang));
        let positions: Vec<&Token> =
            reports.first().map(|report| report.positions.iter().collect()).unwrap_or_default();
        facts.extend(moment_facts(&positions, as_of, made, lang));
        let set_aside = reports.iter().map(|report| report.set_aside).max().unwrap_or(0);
        if set_aside > 0 {
            let count = figures::said(set_aside, Unit::Count, lang);
            facts.push((text::SET_ASIDE.get(lang, &[]), text::SO_MANY_THINGS.get(lang, &[("count", &count)])));
        }
        let (mut grids, mut missing) = (Vec::new(), Vec::new());
        for report in reports {
            let info = report.info.clone().unwrap_or_default();
            let title = label(info.title.as_ref(), &info.report, lang);
            if report.state() == ReportState::NoData || report.tables.is_empty() {
                missing.push(Missing { title, figures: all_figures(&info.figures, lang) });
                continue;
            }
            let unheeded = unheeded(&scope, report.scope.as_ref(), lang);
            let grid = |table| Grid::of(&info.report, &title, table, lang).with_note(&unheeded);
            grids.extend(report.tables.iter().map(grid));
        }
        Self { title, facts, grids, missing, lang }
    }
}

/// What was asked for, as told by the reports: each gives back only what it heeds.
fn narrowest(reports: &[Report]) -> Scope {
    let mut all = Scope::default();
    for scope in reports.iter().filter_map(|report| report.scope.as_ref()) {
        if all.programme.is_empty() {
            all.programme.clone_from(&scope.programme);
        }
        if all.region.is_empty() {
            all.region.clone_from(&scope.region);
        }
        all.from = all.from.or(scope.from);
        all.until = all.until.or(scope.until);
    }
    all
}

/// That a report counts more than was asked for, where it does not heed a part of it; empty otherwise.
fn unheeded(asked: &Scope, heeded: Option<&Scope>, lang: Lang) -> String {
    let heeded = heeded.cloned().unwrap_or_default();
    let parts = [
        (text::SCOPE_PROGRAMME, asked.programme != heeded.programme),
        (text::SCOPE_REGION, asked.region != heeded.region),
        (text::SCOPE_PERIOD, (asked.from, asked.until) != (heeded.from, heeded.until)),
    ];
    let parts: Vec<String> =
        parts.into_iter().filter(|(_, differs)| *differs).map(|(part, _)| part.get(lang, &[])).collect();
    if parts.is_empty() {
        return String::new();
    }
    text::UNHEEDED.get(lang, &[("parts", &parts.join(&text::COMMA.get(lang, &[])))])
}

/// What is counted, in words.
pub(super) fn scope_facts(scope: &Scope, lang: Lang) -> Vec<(String, String)> {
    let all = || text::SCOPE_ALL.get(lang, &[]);
    let named = |name: &str| if name.is_empty() { all() } else { one_line(name) };
    let day = |at: Option<&prost_types::Timestamp>| date_of(at);
    // The end is a moment that does not count any more: the last day that counts is the one before it.
    let last = scope.until.map(|until| prost_types::Timestamp { seconds: until.seconds.saturating_sub(1), nanos: 0 });
    let period = match (scope.from.as_ref(), last.as_ref()) {
        (None, None) => all(),
        (from, until) => text::PERIOD.get(lang, &[("from", &day(from)), ("until", &day(until))]),
    };
    let fact = |name: Text, value: String| (name.get(lang, &[]), value);
    vec![
        fact(text::SCOPE_PROGRAMME, named(&scope.programme)),
        fact(text::SCOPE_REGION, named(&region(&scope.region, lang))),
        fact(text::SCOPE_PERIOD, period),
    ]
}

fn region(code: &str, lang: Lang) -> String {
    let lists = [kit_vocabulary::prefectures(), kit_vocabulary::regions()];
    let known = lists.into_iter().find_map(|list| list.label(code, lang));
    known.map_or_else(|| code.to_owned(), |label| format!("{label} ({code})"))
}

/// When it was known, up to where the logs were read, and when it was written.
pub(super) fn moment_facts(
    positions: &[&Token],
    as_of: Option<Timestamp>,
    made: Timestamp,
    lang: Lang,
) -> Vec<(String, String)> {
    let minute = |at: Timestamp| at.to_string().chars().take(16).collect::<String>().replace('T', " ");
    let known = match as_of {
        Some(at) => text::KNOWN_AT.get(lang, &[("time", &minute(at))]),
        None => text::KNOWN_NOW.get(lang, &[]),
    };
    let places = positions.iter().map(|token| format!("{} {}", one_line(&token.service), token.position));
    let places = places.collect::<Vec<_>>().join(&text::COMMA.get(lang, &[]));
    let mut facts = vec![(text::AS_KNOWN.get(lang, &[]), known)];
    if !places.is_empty() {
        facts.push((text::POSITIONS.get(lang, &[]), places));
    }
    facts.push((text::MADE_AT.get(lang, &[]), text::JAPAN_TIME.get(lang, &[("time", &minute(made))])));
    facts
}

impl Grid {
    /// A table of the wire. Cells that are missing are empty, and cells without a column are left out.
    pub fn of(report: &str, chapter: &str, table: &wire::Table, lang: Lang) -> Self {
        let (rows, columns) = (table.rows.clone().unwrap_or_default(), table.columns.clone().unwrap_or_default());
        let column = |entry: &wire::Entry| Column {
            code: entry.code.clone(),
            label: label(entry.label.as_ref(), &entry.code, lang),
            unit: Some(if entry.unit() == Unit::Unspecified { Unit::Count } else { entry.unit() }),
            total: entry.total,
            long: false,
        };
        let across = columns.dimension.clone();
        let columns: Vec<Column> = columns.entries.iter().map(column).collect();
        let row = |(at, entry): (usize, &wire::Entry)| {
            let cells = table.lines.get(at).map(|line| line.cells.as_slice()).unwrap_or_default();
            let cell = |(at, column): (usize, &Column)| {
                let value = cells.get(at).and_then(|cell| cell.value);
                value.map_or(Value::None, |value| Value::Number(value, column.unit.unwrap_or(Unit::Count)))
            };
            Row {
                code: entry.code.clone(),
                label: label(entry.label.as_ref(), &entry.code, lang),
                total: entry.total,
                cells: columns.iter().enumerate().map(cell).collect(),
            }
        };
        let note = table.note.as_ref().map(|note| label(Some(note), "", lang)).unwrap_or_default();
        Self {
            report: report.to_owned(),
            chapter: chapter.to_owned(),
            table: table.table.clone(),
            title: label(table.title.as_ref(), &table.table, lang),
            figure: table.figure.clone(),
            population: population(table.population(), table.size, lang),
            note,
            corner: label(rows.label.as_ref(), &rows.dimension, lang),
            rows: rows.entries.iter().enumerate().map(row).collect(),
            across,
            columns,
            chart: table.chart(),
        }
    }

    /// With one more thing that a reader should know; an empty one changes nothing.
    fn with_note(self, more: &str) -> Self {
        let notes = [self.note.as_str(), more].into_iter().filter(|note| !note.is_empty());
        let note = notes.collect::<Vec<_>>().join(" ");
        Self { note, ..self }
    }

    /// `report.table`: its name among the tables of all reports.
    pub fn name(&self) -> String {
        if self.table.is_empty() { self.report.clone() } else { format!("{}.{}", self.report, self.table) }
    }

    /// Whether a column is one of numbers, of one unit or each of its own.
    pub fn holds_numbers(&self, column: usize) -> bool {
        let is_text = |row: &Row| matches!(row.cells.get(column), Some(Value::Text(_)));
        self.columns.get(column).is_some_and(|column| column.unit.is_some()) || !self.rows.iter().any(is_text)
    }

    /// Title with its figure before it.
    pub fn heading(&self, lang: Lang) -> String {
        [figure(&self.figure, lang), self.title.clone()]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(" ")
    }
}

/// Who is counted, and how many.
pub(super) fn population(population: Population, size: i64, lang: Lang) -> String {
    let said = match population {
        Population::Unspecified => return String::new(),
        Population::Applied => text::COUNT_APPLIED,
        Population::Attended => text::COUNT_ATTENDED,
        Population::Consulted => text::COUNT_CONSULTED,
        Population::NotConverted => text::COUNT_NOT_CONVERTED,
        Population::Matched => text::COUNT_MATCHED,
        Population::Executed => text::COUNT_EXECUTED,
        Population::Completed => text::COUNT_COMPLETED,
        Population::Visits => text::COUNT_VISITS,
        Population::Experts => text::COUNT_EXPERTS,
        Population::Respondents => text::COUNT_RESPONDENTS,
        Population::Listed => text::COUNT_LISTED,
    };
    said.get(lang, &[("size", &figures::said(size, Unit::Count, lang))])
}
