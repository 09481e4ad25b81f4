//! Tables that take more than counting along columns: what the survey says of whom the registry lists, and sets of codes.

use std::collections::BTreeMap;

use super::count::Counter;
use super::labels;
use super::table::Shown;
use crate::domain::schema::{Dim, Producer, TableId};
use crate::domain::tally::{Filter, Kind, Tally, present, tally};

/// A table of this kind.
#[derive(Clone, Copy)]
pub(super) enum Joined {
    /// Marks in the support menus.
    Menus,
    /// Prefectures served.
    Served,
}

impl Joined {
    pub(super) fn named(name: &str) -> Self {
        if name == "served" { Self::Served } else { Self::Menus }
    }

    pub(super) fn show(self, counter: &Counter<'_>) -> Shown {
        match self {
            Self::Menus => menus(counter),
            Self::Served => served(counter),
        }
    }
}

/// How many listed experts serve each prefecture: sets are counted, and each counts for all that are in it.
fn served(counter: &Counter<'_>) -> Shown {
    let table = TableId::Experts;
    let (held, schema) = (counter.held(table), table.schema());
    let states = held.codes(Dim::ExpertState).iter().map(|(_, state)| u8::from(state == "listed")).collect();
    let filters = schema.column("expert_state").map(|column| Filter { column, keep: states }).into_iter().collect();
    let sets = held.codes(Dim::Served);
    let rows = schema.column("served").map(|column| (column, sets.len()));
    let mut counted = [Tally::new(Kind::Count, filters, rows, None)];
    if let Some(facts) = held.facts(table) {
        tally(facts, &counter.base(table), &mut counted, None);
    }
    let mut serving: BTreeMap<&str, i64> = BTreeMap::new();
    for (number, set) in sets.iter() {
        let count = counted[0].at(Some(number as usize), None).count;
        for prefecture in set.split(' ').filter(|prefecture| count > 0 && !prefecture.is_empty()) {
            *serving.entry(prefecture).or_default() += count;
        }
    }
    // In the order of the code list, which is that of the codes.
    let label = |code: &str| {
        let known = kit_vocabulary::prefectures().get(code);
        known.map_or_else(|| labels::label(code, code), |known| labels::label(&known.ja, &known.en))
    };
    let rows = serving.keys().map(|code| labels::entry(code, label(code))).collect();
    let listed = labels::entry("listed", labels::label("掲載中", "Listed"));
    let unit = i32::from(contract::insights::v1::Unit::Count);
    let columns = vec![contract::insights::v1::Entry { unit, ..listed }];
    (rows, columns, serving.values().map(|count| vec![Some(*count)]).collect())
}

/// How many listed experts have each mark in each support menu.
fn menus(counter: &Counter<'_>) -> Shown {
    let (registry, survey) = (counter.view.held(Producer::Registry), counter.view.held(Producer::Survey));
    let people = survey.codes(Dim::Respondent);
    let mut keep = vec![0_u8; people.len()];
    if let Some(experts) = registry.facts(TableId::Experts) {
        let schema = TableId::Experts.schema();
        let mut base = counter.base(TableId::Experts);
        let states = registry.codes(Dim::ExpertState);
        let listed = states.iter().map(|(_, state)| u8::from(state == "listed")).collect();
        base.filters.extend(schema.column("expert_state").map(|column| Filter { column, keep: listed }));
        let known = registry.codes(Dim::Respondent);
        let column = schema.column("respondent").unwrap_or_default();
        for (number, there) in present(experts, &base, column, known.len()).into_iter().enumerate() {
            if let Some(person) = people.find(known.text(number as u32)).filter(|_| there) {
                keep[person as usize] = 1;
            }
        }
    }
    let table = TableId::MenuMarks;
    let schema = table.schema();
    let edge = |name: &str, dim: Dim| schema.column(name).map(|column| (column, survey.codes(dim).len()));
    let filters = schema.column("respondent").map(|column| Filter { column, keep }).into_iter().collect();
    let edges = [edge("menu", Dim::Menu), edge("menu_mark", Dim::MenuMark)];
    let mut counted = [Tally::new(Kind::Count, filters, edges[0], edges[1])];
    // A rating has no place or time of its own: whom it is about has.
    let base = crate::domain::tally::Base { position: counter.view.at(Producer::Survey), ..Default::default() };
    if let Some(facts) = survey.facts(table) {
        tally(facts, &base, &mut counted, None);
    }
    let tally = &counted[0];
    let rows = labels::codes(counter, table, "menu", |row| tally.at(Some(row), None).count != 0);
    let columns = labels::codes(counter, table, "menu_mark", |column| tally.at(None, Some(column)).count != 0);
    let count = |row: Option<usize>, column: Option<usize>| match (row, column) {
        (Some(row), Some(column)) => tally.at(Some(row), Some(column)).count,
        _ => 0,
    };
    let cells = |row: Option<usize>| columns.iter().map(|column| Some(count(row, column.number))).collect();
    let lines = rows.iter().map(|row| cells(row.number)).collect();
    let unit = i32::from(contract::insights::v1::Unit::Count);
    let columns = columns.into_iter().map(|column| contract::insights::v1::Entry { unit, ..column.entry }).collect();
    (rows.into_iter().map(|row| row.entry).collect(), columns, lines)
}
