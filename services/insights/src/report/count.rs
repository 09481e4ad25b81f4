//! The counts that a report asks for, gathered so that each table of facts is passed over once.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::places;
use super::{Scope, View};
use crate::definitions::{Answered, Count, Where};
use crate::domain::held::Held;
use crate::domain::merges::Persons;
use crate::domain::schema::{Dim, Producer, TableId};
use crate::domain::tally::{Base, Filter, Kind, Tally, tally};

/// Which answer is whose.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked {
    table: TableId,
    at: usize,
}

/// Gathers counts, and counts them.
pub(super) struct Counter<'a> {
    pub(super) view: View<'a>,
    pub(super) scope: &'a Scope,
    /// Versions of the form that a report is about.
    pub(super) form: Option<&'a str>,
    /// Which experts of the engagements are one person; none where each is.
    persons: Option<Arc<Persons>>,
    tallies: BTreeMap<TableId, Vec<Tally>>,
    known: HashMap<String, Asked>,
}

impl<'a> Counter<'a> {
    pub(super) fn new(view: View<'a>, scope: &'a Scope, form: Option<&'a str>) -> Self {
        let experts = view.held(Producer::Engagement).codes(Dim::Expert);
        let persons = view.held(Producer::Registry).merges.persons(view.at(Producer::Registry), experts);
        Self { view, scope, form, persons: persons.map(Arc::new), tallies: BTreeMap::new(), known: HashMap::new() }
    }

    /// What is held of the log that a table of facts comes from.
    pub(super) fn held(&self, table: TableId) -> &'a Held {
        self.view.held(table.schema().producer)
    }

    /// The column of a table of this name, and how many codes it has.
    fn edge(&self, table: TableId, name: &str) -> Option<(usize, usize)> {
        let column = table.schema().column(name)?;
        Some((column, self.held(table).codes(table.schema().columns[column].1).len()))
    }

    /// Asks for a count along two edges, under further conditions.
    pub(super) fn ask(
        &mut self,
        count: &Count,
        further: &[&Where],
        rows: Option<&str>,
        columns: Option<&str>,
    ) -> Asked {
        let answered = count.answered.as_deref();
        self.ask_answered(count.table(), count, answered, further, (rows, columns))
    }

    /// Asks for who gave all of these answers.
    pub(super) fn ask_answered(
        &mut self,
        table: TableId,
        count: &Count,
        answered: Option<&[Answered]>,
        further: &[&Where],
        (rows, columns): (Option<&str>, Option<&str>),
    ) -> Asked {
        let name = format!(
            "{table:?} {:?} {answered:?} {further:?} {rows:?} {columns:?} {:?} {:?}",
            count.conditions,
            count.each,
            count.number()
        );
        if let Some(asked) = self.known.get(&name) {
            return *asked;
        }
        let conditions = std::iter::once(&count.conditions).chain(further.iter().copied()).flatten();
        let filters =
            conditions.filter_map(|(column, codes)| self.filter(table, column, |code| codes.iter().any(|c| c == code)));
        let filters = filters.collect();
        let kind = match (&count.each, count.number(), answered) {
            (Some(each), ..) => self.edge(table, each).map_or(Kind::Count, |(column, codes)| Kind::Each(column, codes)),
            (_, Some(number), _) => table.schema().number(number).map_or(Kind::Count, Kind::Numbers),
            (.., Some(_)) => Kind::Answered,
            _ => Kind::Count,
        };
        let edge = |edge: Option<&str>| edge.and_then(|name| self.edge(table, name));
        let mut tally = Tally::new(kind, filters, edge(rows), edge(columns));
        if let (Some(column), Some(persons)) = (table.schema().column("expert"), &self.persons) {
            tally = tally.by_person(column, persons.clone());
        }
        if let Some(answered) = answered {
            let answering = &self.held(table).answering;
            let find = |(question, answer): &Answered| answering.find(question, answer);
            tally = tally.answering(answered.iter().map(find).collect());
        }
        let tallies = self.tallies.entry(table).or_default();
        tallies.push(tally);
        let asked = Asked { table, at: tallies.len() - 1 };
        self.known.insert(name, asked);
        asked
    }

    fn filter(&self, table: TableId, column: &str, keep: impl Fn(&str) -> bool) -> Option<Filter> {
        let at = table.schema().column(column)?;
        let codes = self.held(table).codes(table.schema().columns[at].1);
        Some(Filter { column: at, keep: codes.iter().map(|(_, code)| keep(code).into()).collect() })
    }

    /// What counts of a table at all: the place in its log, the scope, the form.
    pub(super) fn base(&self, table: TableId) -> Base {
        let schema = table.schema();
        let mut filters = Vec::new();
        if !self.scope.programme.is_empty() {
            filters.extend(self.filter(table, "programme", |code| code == self.scope.programme));
        }
        if let Some(region) = schema.region().filter(|_| !self.scope.region.is_empty()) {
            let place = &self.scope.region;
            filters.extend(self.filter(table, schema.columns[region].0, |code| places::lies_in(code, place)));
        }
        if let Some(form) = self.form {
            let versions = self.held(table);
            filters.extend(self.filter(table, "form", |version| is_version(versions, version, form)));
        }
        Base {
            position: self.view.at(schema.producer),
            filters,
            from: self.scope.from.map(|at| at.micros()),
            until: self.scope.until.map(|at| at.micros()),
        }
    }

    /// Counts everything that was asked for.
    pub(super) fn run(&mut self) {
        let mut tallies = std::mem::take(&mut self.tallies);
        for (table, tallies) in &mut tallies {
            let held = self.held(*table);
            if let Some(facts) = held.facts(*table) {
                tally(facts, &self.base(*table), tallies, Some(&held.answering));
            }
        }
        self.tallies = tallies;
    }

    /// What a code of a dimension is called where it stands for several: an expert's id, of a person with several.
    pub(super) fn instead(&self, dim: Dim, number: u32) -> Option<&str> {
        self.persons.as_ref().filter(|_| dim == Dim::Expert).and_then(|persons| persons.name(number))
    }

    /// What came of a count.
    pub(super) fn of(&self, asked: Asked) -> &Tally {
        &self.tallies[&asked.table][asked.at]
    }

    /// The dictionary of a table's column.
    pub(super) fn dim(table: TableId, column: &str) -> Option<Dim> {
        table.schema().column(column).map(|at| table.schema().columns[at].1)
    }
}

/// Whether this is a version of the form: as the form told, or by its name while it has not.
pub(super) fn is_version(held: &Held, version: &str, form: &str) -> bool {
    match held.forms.iter().find(|known| known.version == version) {
        Some(known) => known.form.form == form,
        None => {
            let rest = version.strip_prefix(form);
            rest.is_some_and(|rest| {
                let year = rest.strip_prefix('-').and_then(|year| year.chars().next());
                rest.is_empty() || year.is_some_and(|first| first.is_ascii_digit())
            })
        }
    }
}
