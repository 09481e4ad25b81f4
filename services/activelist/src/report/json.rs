//! Reports and differences for programs: everything of the answer, in the names of the contract.

use contract::event::v1::Token;
use contract::insights::v1::{
    Axis, CompareWithPublishedResponse, Difference, Entry, Label, PublishedNumber, Report, ReportInfo, Scope, Table,
};
use serde_json::{Value, json};

/// A report.
pub fn report_json(report: &Report) -> Value {
    json!({
        "info": report.info.as_ref().map(info_json),
        "state": word(report.state().as_str_name(), "REPORT_STATE_"),
        "scope": report.scope.as_ref().map(scope_json),
        "positions": positions_json(&report.positions),
        "set_aside": report.set_aside,
        "tables": report.tables.iter().map(table_json).collect::<Vec<_>>(),
    })
}

/// One report as an object, all of them as an object of their list.
pub(super) fn reports_json(reports: &[Report], all: bool) -> Value {
    match reports {
        [report] if !all => report_json(report),
        reports => json!({ "reports": reports.iter().map(report_json).collect::<Vec<_>>() }),
    }
}

pub(super) fn info_json(info: &ReportInfo) -> Value {
    json!({
        "report": info.report,
        "title": label_json(info.title.as_ref()),
        "figures": info.figures,
        "scope": info.scope,
    })
}

/// A comparison.
pub fn differences_json(compared: &CompareWithPublishedResponse) -> Value {
    json!({
        "differences": compared.differences.iter().map(difference_json).collect::<Vec<_>>(),
        "compared": compared.compared,
        "no_data": compared.no_data,
        "positions": positions_json(&compared.positions),
    })
}

fn difference_json(difference: &Difference) -> Value {
    json!({
        "published": difference.published.as_ref().map(number_json),
        "about": label_json(difference.about.as_ref()),
        "recomputed": difference.recomputed,
        "elsewhere": difference.elsewhere.iter().map(number_json).collect::<Vec<_>>(),
        "note": label_json(difference.note.as_ref()),
    })
}

fn number_json(number: &PublishedNumber) -> Value {
    json!({
        "place": number.place,
        "report": number.report,
        "table": number.table,
        "row": number.row,
        "column": number.column,
        "value": number.value,
        "unit": word(number.unit().as_str_name(), "UNIT_"),
        "step": number.step,
    })
}

fn scope_json(scope: &Scope) -> Value {
    let time = |at: &prost_types::Timestamp| kit_log::clock_time(at).to_string();
    json!({
        "programme": scope.programme,
        "region": scope.region,
        "from": scope.from.as_ref().map(time),
        "until": scope.until.as_ref().map(time),
    })
}

fn positions_json(positions: &[Token]) -> Value {
    let position =
        |token: &Token| json!({ "service": token.service, "epoch": token.epoch, "position": token.position });
    positions.iter().map(position).collect()
}

fn table_json(table: &Table) -> Value {
    let line = |line: &contract::insights::v1::Line| line.cells.iter().map(|cell| cell.value).collect::<Vec<_>>();
    json!({
        "table": table.table,
        "title": label_json(table.title.as_ref()),
        "figure": table.figure,
        "population": word(table.population().as_str_name(), "POPULATION_"),
        "size": table.size,
        "rows": table.rows.as_ref().map(|axis| axis_json(axis, false)),
        "columns": table.columns.as_ref().map(|axis| axis_json(axis, true)),
        "lines": table.lines.iter().map(line).collect::<Vec<_>>(),
        "chart": word(table.chart().as_str_name(), "CHART_"),
        "note": label_json(table.note.as_ref()),
    })
}

fn axis_json(axis: &Axis, with_units: bool) -> Value {
    let entry = |entry: &Entry| {
        let mut value = json!({ "code": entry.code, "label": label_json(entry.label.as_ref()), "total": entry.total });
        if with_units && let Some(fields) = value.as_object_mut() {
            fields.insert("unit".to_owned(), word(entry.unit().as_str_name(), "UNIT_").into());
        }
        value
    };
    json!({
        "dimension": axis.dimension,
        "label": label_json(axis.label.as_ref()),
        "entries": axis.entries.iter().map(entry).collect::<Vec<_>>(),
    })
}

fn label_json(label: Option<&Label>) -> Value {
    label.map_or(Value::Null, |label| json!({ "ja": label.ja, "en": label.en }))
}

/// A name of the contract without what all of its kind begin with.
fn word(name: &str, beginning: &str) -> String {
    name.trim_start_matches(beginning).to_lowercase()
}
