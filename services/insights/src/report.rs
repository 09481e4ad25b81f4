//! Reports from facts: which counts a table asks for, one pass over each table of facts, and the tables as they are sent.

mod answers;
mod count;
mod joined;
mod labels;
mod places;
mod scope;
mod table;

use contract::insights::v1::{self as wire, ReportInfo, ReportState};

use crate::definitions::{Definitions, Report};
use crate::domain::held::Held;
use crate::domain::schema::Producer;
pub(crate) use scope::Scope;

use count::Counter;

/// What a report is made from: what is held of each log, and up to which place it counts.
#[derive(Clone, Copy)]
pub(crate) struct View<'a> {
    held: [&'a Held; 3],
    at: [u32; 3],
}

impl<'a> View<'a> {
    pub(crate) const fn new(held: [&'a Held; 3], at: [u32; 3]) -> Self {
        Self { held, at }
    }

    fn held(&self, producer: Producer) -> &'a Held {
        self.held[producer as usize]
    }

    fn at(&self, producer: Producer) -> u32 {
        self.at[producer as usize]
    }
}

/// A report as it is listed.
pub(crate) fn info(report: &Report) -> ReportInfo {
    ReportInfo {
        report: report.report.clone(),
        title: Some(report.title()),
        figures: report.figures.clone(),
        scope: report.scope.clone(),
    }
}

/// The report, all but the places it tells up to.
pub(crate) fn build(report: &Report, view: View<'_>, scope: &Scope) -> wire::Report {
    let definitions = Definitions::published();
    let scope = scope.heeded(report);
    let mut counter = Counter::new(view, &scope, report.form.as_deref());
    let planned: Vec<_> =
        report.tables.iter().flat_map(|table| table::plan(definitions, table, &mut counter)).collect();
    counter.run();
    let mut tables: Vec<wire::Table> = planned.iter().map(|planned| planned.show(definitions, &counter)).collect();
    if let Some(form) = &report.form {
        let mut questions = answers::tables(definitions, report, form, &counter);
        questions.append(&mut tables);
        tables = questions;
    }
    // Marks that nobody gave say nothing, however many cases were executed.
    let counted =
        |table: &wire::Table| table.lines.iter().flat_map(|line| &line.cells).any(|cell| cell.value.unwrap_or(0) != 0);
    let ready = tables.iter().any(counted);
    wire::Report {
        info: Some(info(report)),
        state: if ready { ReportState::Ready } else { ReportState::NoData }.into(),
        scope: Some(scope.shown()),
        tables: if ready { tables } else { Vec::new() },
        ..wire::Report::default()
    }
}
