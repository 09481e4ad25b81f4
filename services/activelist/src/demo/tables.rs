//! The guidance cases of the past programme come in, and the study's tables go out, with what the published ones contradict.

use std::collections::BTreeMap;

use contract::event::v1::Token;
use contract::insights::v1::{CompareWithPublishedRequest, GetReportRequest, Report, Scope, Table};
use serde_json::{Map, Value, json};

use super::campaign;
use crate::args::DEFAULT_PROGRAMME;
use crate::connect::{Connection, at_least, refused, within};
use crate::failure::Failure;
use crate::import::guidance;

/// The tables that are shown, by report.
const SHOWN: [(&str, &str); 5] = [
    ("themes-by-region", "executed"),
    ("experts-and-cases", "by-region"),
    ("completion", "by-theme"),
    ("outcomes", "by-theme"),
    ("visits", "by-theme"),
];
const PUBLICATION: &str = "ipa-2025";
const SECONDS: u64 = 60;

/// What the reports say.
pub(super) struct Tables {
    /// Each with the one table that is shown.
    pub(super) reports: Vec<Report>,
    /// Published numbers that were compared, and how many of those do not hold.
    pub(super) contradictions: (i32, usize),
}

/// Takes the cases over and asks for the tables of the programme.
pub(super) async fn ask(operator: &Connection) -> Result<Tables, Failure> {
    let stored = guidance::take(&campaign::guidance(), DEFAULT_PROGRAMME, operator).await?;
    let written: Vec<Token> = at_least(stored.token.as_ref());
    let scope = Scope { programme: DEFAULT_PROGRAMME.to_owned(), ..Scope::default() };
    let mut reports = Vec::new();
    for (name, table) in SHOWN {
        let request = GetReportRequest {
            report: name.to_owned(),
            scope: Some(scope.clone()),
            at_least: written.clone(),
            ..GetReportRequest::default()
        };
        let told = operator.reports().get_report(within(request, SECONDS)).await.map_err(|status| refused(&status))?;
        let mut report = told.into_inner().report.unwrap_or_default();
        report.tables.retain(|one| one.table == table);
        reports.push(report);
    }
    let publication = PUBLICATION.to_owned();
    let request = CompareWithPublishedRequest { publication, at_least: written, ..Default::default() };
    let compared = operator.reports().compare_with_published(within(request, SECONDS)).await;
    let compared = compared.map_err(|status| refused(&status))?.into_inner();
    Ok(Tables { reports, contradictions: (compared.compared, compared.differences.len()) })
}

impl Tables {
    /// The figures for programs: by report and table, row and column.
    pub(super) fn to_json(&self) -> Value {
        let name = |report: &Report| report.info.as_ref().map(|info| info.report.clone()).unwrap_or_default();
        let tables =
            self.reports.iter().flat_map(|report| report.tables.iter().map(move |table| (name(report), table)));
        let mut all: Map<String, Value> =
            tables.map(|(report, table)| (format!("{report}/{}", table.table), cells(table))).collect();
        all.insert("contradictions".to_owned(), json!(self.contradictions.1));
        Value::Object(all)
    }

    /// The figures that [`campaign::expected_guidance`] names, and no others.
    pub(super) fn figures(&self, expected: &Value) -> Value {
        let mut told = self.to_json();
        let held = told["visits/by-theme"]["total"]["held"].clone();
        told["visits"] = json!({"total": held});
        only(&told, expected)
    }
}

/// What `expected` has a place for.
fn only(told: &Value, expected: &Value) -> Value {
    match (told, expected) {
        (Value::Object(told), Value::Object(expected)) => {
            let both = expected.iter().filter_map(|(key, inner)| Some((key.clone(), only(told.get(key)?, inner))));
            Value::Object(both.collect())
        }
        _ => told.clone(),
    }
}

fn cells(table: &Table) -> Value {
    let codes = |axis: &Option<contract::insights::v1::Axis>| -> Vec<String> {
        axis.iter().flat_map(|axis| &axis.entries).map(|entry| entry.code.clone()).collect()
    };
    let (rows, columns) = (codes(&table.rows), codes(&table.columns));
    let line = |line: &contract::insights::v1::Line| -> BTreeMap<String, Option<i64>> {
        columns.iter().cloned().zip(line.cells.iter().map(|cell| cell.value)).collect()
    };
    json!(rows.into_iter().zip(table.lines.iter().map(line)).collect::<BTreeMap<_, _>>())
}
