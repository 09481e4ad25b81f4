//! The reports there are, as `data/reports.json` tells: what a table counts, along which edges, of whom.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use contract::insights::v1::{Chart, Label, Population, Unit};
use serde::Deserialize;

use crate::domain::schema::{Producer, TableId};

/// All of it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Definitions {
    pub(crate) dimensions: BTreeMap<String, Dimension>,
    pub(crate) counts: BTreeMap<String, Count>,
    pub(crate) reports: Vec<Report>,
}

/// What is told apart along an edge.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Dimension {
    ja: String,
    en: String,
    /// The code list of the vocabulary that has its labels and its order.
    #[serde(default)]
    pub(crate) list: Option<String>,
    /// Or the codes themselves.
    #[serde(default)]
    pub(crate) values: Vec<Value>,
    pub(crate) show: Show,
}

/// Which codes have a row or column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Show {
    /// Those of the list, and others that were counted.
    All,
    /// Those that were counted.
    Seen,
}

/// A code with its labels.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Value {
    pub(crate) code: String,
    ja: String,
    en: String,
}

/// Codes by column, any of which a fact must have.
pub(crate) type Where = BTreeMap<String, Vec<String>>;
/// A question and an answer to it.
pub(crate) type Answered = (String, String);

/// Something that is counted.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Count {
    facts: String,
    #[serde(default, rename = "where")]
    pub(crate) conditions: Where,
    /// Different codes of this column instead of facts.
    #[serde(default)]
    pub(crate) each: Option<String>,
    /// The sum of these numbers.
    #[serde(default)]
    pub(crate) sum: Option<String>,
    /// Their mean.
    #[serde(default)]
    pub(crate) mean: Option<String>,
    /// The least of them.
    #[serde(default)]
    pub(crate) least: Option<String>,
    /// The greatest.
    #[serde(default)]
    pub(crate) most: Option<String>,
    /// Who gave all of these answers.
    #[serde(default)]
    pub(crate) answered: Option<Vec<Answered>>,
}

/// A report.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Report {
    pub(crate) report: String,
    ja: String,
    en: String,
    pub(crate) figures: Vec<String>,
    pub(crate) scope: Vec<String>,
    /// The form whose answers it tallies, one table for each question.
    #[serde(default)]
    pub(crate) form: Option<String>,
    #[serde(default)]
    pub(crate) question_figures: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) by: Vec<By>,
    pub(crate) tables: Vec<Table>,
}

/// Every question of a form once more, told apart by something else.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct By {
    pub(crate) dimension: String,
    pub(crate) figures: BTreeMap<String, String>,
    /// Only these questions; all when empty.
    #[serde(default)]
    pub(crate) only: Vec<String>,
}

/// A table.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Table {
    pub(crate) table: String,
    #[serde(default)]
    pub(crate) figure: String,
    ja: String,
    en: String,
    #[serde(default)]
    population: Option<String>,
    /// The count that is its size; that of the population when absent.
    #[serde(default)]
    size: Option<String>,
    /// What a cross-table counts; the population when absent.
    #[serde(default)]
    of: Option<String>,
    pub(crate) rows: String,
    /// A cross-table's columns.
    #[serde(default)]
    pub(crate) cross: Option<String>,
    #[serde(default)]
    pub(crate) columns: Vec<Column>,
    /// Rows of its own instead of codes.
    #[serde(default)]
    pub(crate) lines: Vec<Line>,
    #[serde(default)]
    totals: Option<Totals>,
    #[serde(default)]
    chart: String,
    #[serde(default)]
    note: Option<Words>,
    /// One table for each code of a dimension.
    #[serde(default)]
    pub(crate) each: Option<Each>,
    /// A table that joins two logs: `menus`.
    #[serde(default)]
    pub(crate) joined: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Words {
    ja: String,
    en: String,
}

/// Which totals a table has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Totals {
    /// A last row.
    Line,
    /// A last column.
    Column,
    /// Both.
    Both,
    /// None.
    None,
}

/// One table for each code.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Each {
    pub(crate) dimension: String,
    pub(crate) figures: BTreeMap<String, String>,
}

/// A row of its own: who gave which answers, by the name that columns use.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Line {
    pub(crate) code: String,
    ja: String,
    en: String,
    pub(crate) answered: BTreeMap<String, Vec<Answered>>,
}

/// A column of numbers.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Column {
    pub(crate) code: String,
    ja: String,
    en: String,
    /// A count.
    #[serde(default)]
    pub(crate) count: Option<String>,
    /// One count in another.
    #[serde(default)]
    pub(crate) share: Option<(String, String)>,
    /// A count in its own total.
    #[serde(default)]
    pub(crate) share_of_all: Option<String>,
    /// What a row of its own says under this name; a second name makes it a share.
    #[serde(default)]
    pub(crate) answered: Vec<String>,
    /// Further conditions of its counts.
    #[serde(default, rename = "where")]
    pub(crate) conditions: Where,
    #[serde(default)]
    unit: String,
}

fn label(ja: &str, en: &str) -> Label {
    Label { ja: ja.to_owned(), en: en.to_owned() }
}

impl Definitions {
    /// What ships with the service.
    pub(crate) fn published() -> &'static Self {
        static DEFINITIONS: OnceLock<Definitions> = OnceLock::new();
        DEFINITIONS.get_or_init(|| {
            serde_json::from_str(include_str!("../data/reports.json")).expect("a test reads the reports")
        })
    }

    /// The report of this name.
    pub(crate) fn report(&self, name: &str) -> Option<&Report> {
        self.reports.iter().find(|report| report.report == name)
    }

    /// A count by its name.
    pub(crate) fn count(&self, name: &str) -> &Count {
        self.counts.get(name).expect("a test finds every count")
    }

    /// A dimension by its name.
    pub(crate) fn dimension(&self, name: &str) -> &Dimension {
        self.dimensions.get(name).expect("a test finds every dimension")
    }
}

impl Dimension {
    pub(crate) fn label(&self) -> Label {
        label(&self.ja, &self.en)
    }
}

impl Value {
    pub(crate) fn label(&self) -> Label {
        label(&self.ja, &self.en)
    }
}

impl Line {
    pub(crate) fn label(&self) -> Label {
        label(&self.ja, &self.en)
    }
}

impl Report {
    pub(crate) fn title(&self) -> Label {
        label(&self.ja, &self.en)
    }

    pub(crate) fn heeds(&self, part: &str) -> bool {
        self.scope.iter().any(|heeded| heeded == part)
    }
}

impl Report {
    /// The logs that it counts from.
    pub(crate) fn producers(&self, definitions: &Definitions) -> BTreeSet<Producer> {
        let of = |name: &str| definitions.count(name).table().schema().producer;
        let mut producers = BTreeSet::new();
        for table in &self.tables {
            producers.insert(of(table.size()));
            producers.extend(table.cross.iter().filter(|_| table.joined.is_none()).map(|_| of(table.of())));
            producers.extend(table.columns.iter().flat_map(Column::counts).map(of));
            producers.extend(table.joined.iter().flat_map(|_| [Producer::Survey, Producer::Registry]));
        }
        // The skill survey's form is told and answered there; every other with an engagement.
        producers
            .extend(self.form.iter().map(|form| if form == "skill" { Producer::Survey } else { Producer::Engagement }));
        producers
    }
}

impl Count {
    pub(crate) fn table(&self) -> TableId {
        TableId::named(&self.facts).expect("a test finds every table of facts")
    }

    /// The column of numbers that is asked about.
    pub(crate) fn number(&self) -> Option<&str> {
        [&self.sum, &self.mean, &self.least, &self.most].into_iter().flatten().next().map(String::as_str)
    }
}

impl Table {
    pub(crate) fn title(&self) -> Label {
        label(&self.ja, &self.en)
    }

    pub(crate) fn note(&self) -> Option<Label> {
        self.note.as_ref().map(|note| label(&note.ja, &note.en))
    }

    pub(crate) fn population(&self) -> Population {
        let name = self.population.as_deref().unwrap_or_default().to_ascii_uppercase();
        Population::from_str_name(&format!("POPULATION_{name}")).unwrap_or_default()
    }

    /// The count that is its size.
    pub(crate) fn size(&self) -> &str {
        self.size.as_deref().or(self.population.as_deref()).unwrap_or_default()
    }

    /// What a cross-table counts.
    pub(crate) fn of(&self) -> &str {
        self.of.as_deref().or(self.population.as_deref()).unwrap_or_default()
    }

    pub(crate) fn totals(&self) -> Totals {
        self.totals.unwrap_or(if self.cross.is_some() { Totals::Both } else { Totals::Line })
    }

    pub(crate) fn chart(&self) -> Chart {
        Chart::from_str_name(&format!("CHART_{}", self.chart.to_ascii_uppercase())).unwrap_or_default()
    }
}

impl Column {
    pub(crate) fn label(&self) -> Label {
        label(&self.ja, &self.en)
    }

    pub(crate) fn unit(&self, definitions: &Definitions) -> Unit {
        if self.share.is_some() || self.share_of_all.is_some() || self.answered.len() > 1 {
            return Unit::BasisPoints;
        }
        let mean = self.count.as_ref().is_some_and(|count| definitions.count(count).mean.is_some());
        match self.unit.as_str() {
            "yen" => Unit::Yen,
            _ if mean => Unit::Hundredths,
            _ => Unit::Count,
        }
    }

    /// The counts it is made of.
    pub(crate) fn counts(&self) -> Vec<&str> {
        let share = self.share.iter().flat_map(|(part, whole)| [part, whole]);
        self.count.iter().chain(&self.share_of_all).chain(share).map(String::as_str).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finds_conditions(table: TableId, conditions: &Where, of: &str) {
        for (column, codes) in conditions {
            let at = table.schema().column(column).unwrap_or_else(|| panic!("{of}: no column {column}"));
            let known = table.schema().columns[at].1.known();
            if !known.is_empty() && known.len() > 1 {
                assert!(codes.iter().all(|code| known.contains(&code.as_str())), "{of}: {codes:?}");
            }
        }
    }

    #[test]
    fn every_name_in_the_reports_is_there() {
        let all = Definitions::published();
        for (name, count) in &all.counts {
            let schema = count.table().schema();
            finds_conditions(count.table(), &count.conditions, name);
            assert!(count.each.iter().all(|column| schema.column(column).is_some()), "{name}");
            assert!(count.number().is_none_or(|column| schema.number(column).is_some()), "{name}");
        }
        for dimension in all.dimensions.values() {
            assert!(dimension.list.iter().all(|list| kit_vocabulary::list(list).is_some()), "{:?}", dimension.list);
        }
        let mut reports = BTreeSet::new();
        for report in &all.reports {
            assert!(reports.insert(&report.report), "{} twice", report.report);
            report.by.iter().for_each(|by| drop(all.dimension(&by.dimension)));
            let mut tables = BTreeSet::new();
            for table in &report.tables {
                let of = format!("{} {}", report.report, table.table);
                assert!(tables.insert(&table.table), "{of} twice");
                assert_eq!(table.chart() == Chart::Unspecified, table.chart.is_empty(), "{of}");
                assert_eq!(table.population() == Population::Unspecified, table.population.is_none(), "{of}");
                counts_along(all, report, table, &of);
            }
        }
    }

    fn counts_along(all: &Definitions, report: &Report, table: &Table, of: &str) {
        for dimension in std::iter::once(&table.rows).chain(&table.cross).chain(table.each.iter().map(|e| &e.dimension))
        {
            all.dimension(dimension);
        }
        let size = all.count(table.size());
        for part in ["region", "programme"] {
            let has = |count: &Count| match part {
                "region" => count.table().schema().region().is_some(),
                _ => count.table().schema().column(part).is_some(),
            };
            assert!(!report.heeds(part) || has(size), "{of}: its size does not heed {part}");
            for name in table.columns.iter().flat_map(Column::counts) {
                assert!(!report.heeds(part) || has(all.count(name)), "{of}: {name} does not heed {part}");
            }
        }
        if table.joined.is_some() || !table.lines.is_empty() {
            return;
        }
        let edges = [Some(&table.rows), table.cross.as_ref()];
        let along = |count: &Count| {
            edges.iter().flatten().all(|edge| count.table().schema().column(edge).is_some())
                && table.each.iter().all(|each| count.table().schema().column(&each.dimension).is_some())
        };
        if table.cross.is_some() {
            assert!(along(all.count(table.of())) && table.columns.is_empty(), "{of}");
        }
        let mut producers = BTreeSet::new();
        for column in &table.columns {
            assert!(!column.counts().is_empty(), "{of} {}", column.code);
            for name in column.counts() {
                let count = all.count(name);
                assert!(along(count), "{of}: {name} has not its edges");
                finds_conditions(count.table(), &column.conditions, of);
                producers.insert(count.table().schema().producer);
            }
        }
        assert!(producers.len() <= 1, "{of}: counts of two logs do not share codes");
    }
}
