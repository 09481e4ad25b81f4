//! The files of `tests/data/nasty`: each gives the rows or the complaint that its manifest states.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod bounds;
mod build;
mod compared;

use std::io::Cursor;

use kit_tables::{Complaint, Kind, Options, Row, Table};
use serde_json::{Value, json};

const MANIFEST: &str = include_str!("../../../../../tests/data/nasty/manifest.json");

fn manifest() -> Vec<Value> {
    serde_json::from_str(MANIFEST).unwrap()
}

/// A row as the manifest writes it.
fn written(row: &Row) -> Value {
    let mut written = vec![json!(row.number), json!(row.cells)];
    if !row.faults.is_empty() {
        written.push(json!(faults(row)));
    }
    Value::Array(written)
}

fn faults(row: &Row) -> Vec<String> {
    let place = |column: Option<usize>| column.map_or_else(|| row.begin(), |column| row.place(column));
    row.faults.iter().map(|found| format!("{} {}", place(found.column).told().en, found.fault.code())).collect()
}

/// What came of a file, with the keys of the manifest.
fn read(bytes: Vec<u8>, ask: Option<&str>) -> Value {
    let options = Options { sheet: ask.map(str::to_owned), ..Options::default() };
    let mut came = json!({});
    let complain = |came: &mut Value, complaint: &Complaint| {
        came["complaint"] = json!(complaint.code());
        if let Some(place) = complaint.place() {
            came["at"] = json!(place.told().en);
        }
        let told = complaint.told();
        assert!(!told.ja.is_ascii() && !told.ja.contains('{') && !told.en.contains('{'), "{told:?}");
    };
    let mut table = match Table::open(Cursor::new(bytes), &options) {
        Ok(table) => table,
        Err(complaint) => {
            complain(&mut came, &complaint);
            return came;
        }
    };
    came["headings"] = json!(table.headings().cells);
    came["heading_faults"] = json!(faults(table.headings()));
    let mut rows = Vec::new();
    loop {
        match table.next_row() {
            Ok(Some(row)) => rows.push(written(&row)),
            Ok(None) => break,
            Err(complaint) => {
                complain(&mut came, &complaint);
                break;
            }
        }
    }
    came["rows"] = Value::Array(rows);
    let (rows, columns) = table.hidden();
    came["hidden"] = json!([rows, columns]);
    if let Kind::Workbook { sheet, .. } = table.kind() {
        came["sheet"] = json!(sheet);
    }
    came
}

#[test]
fn every_nasty_file_gives_its_rows_or_its_complaint() {
    let (mut wrong, cases) = (Vec::new(), manifest());
    for case in &cases {
        let came = read(build::bytes(case), case["ask"].as_str());
        for key in ["headings", "heading_faults", "rows", "hidden", "sheet", "complaint", "at"] {
            // What a case does not state is not looked at, but for what must not be there.
            let stated = case.get(key);
            let expected = match (key, stated) {
                (_, Some(stated)) => stated.clone(),
                ("complaint" | "at" | "headings", None) => Value::Null,
                ("heading_faults", None) if came.get(key).is_some() => json!([]),
                _ => continue,
            };
            if came.get(key).unwrap_or(&Value::Null) != &expected {
                wrong.push(format!("{}: {key}: {} instead of {expected}", case["name"], came[key]));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(cases.len() >= 40, "{} nasty files", cases.len());
}
