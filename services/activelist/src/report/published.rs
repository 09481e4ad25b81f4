//! A file of published numbers: CSV with headings, or JSON with an array of objects, of the fields of `PublishedNumber`.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use contract::insights::v1::{PublishedNumber, Unit};
use serde_json::Value;

use crate::failure::{Failure, Placed};
use crate::text::{self, Text};

const FIELDS: [&str; 8] = ["place", "report", "table", "row", "column", "value", "unit", "step"];
/// As the contract says.
const MOST: usize = 10_000;
/// More faults than this help nobody.
const MOST_FAULTS: usize = 50;
/// Longest file that is read: so many numbers, each with some hundred characters of names.
const MOST_BYTES: u64 = 16 << 20;

/// Reads a file; its name ends in `.json`, or it is taken for CSV.
///
/// # Errors
/// When it cannot be read, with every fault at its line (CSV) or place (JSON).
pub fn read(path: &Path) -> Result<Vec<PublishedNumber>, Failure> {
    let file = path.display().to_string();
    let unreadable = |error: std::io::Error| {
        let places = [("file", &*file), ("error", &*error.to_string())];
        Failure::input(text::UNREADABLE_FILE.fill(&places), text::ADVICE_PUBLISHED)
    };
    let mut whole = String::new();
    File::open(path).and_then(|file| file.take(MOST_BYTES + 1).read_to_string(&mut whole)).map_err(unreadable)?;
    let is_json = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("json"));
    parse(&whole, is_json).map_err(|faults| {
        Failure::input(text::BAD_PUBLISHED.fill(&[("file", &file)]), text::ADVICE_PUBLISHED).with(faults)
    })
}

/// The numbers of a file's text: JSON, or CSV.
///
/// # Errors
/// The faults, at most 50 of them, each with its line (CSV) or place (JSON).
pub fn parse(file: &str, is_json: bool) -> Result<Vec<PublishedNumber>, Vec<Placed>> {
    if file.len() as u64 > MOST_BYTES {
        let most = format!("> {} MiB", MOST_BYTES >> 20);
        return Err(vec![fault("", text::PUBLISHED_FORM, &[("error", &most)])]);
    }
    let (numbers, mut faults) = if is_json { of_json(file) } else { of_csv(file) };
    if numbers.len() > MOST {
        faults.insert(0, fault("", text::PUBLISHED_MANY, &[("most", &MOST.to_string())]));
    }
    faults.truncate(MOST_FAULTS);
    if faults.is_empty() { Ok(numbers) } else { Err(faults) }
}

/// Whether what was read so far says enough: a file can hold any number of faults.
fn is_enough((numbers, faults): (&[PublishedNumber], &[Placed])) -> bool {
    numbers.len() > MOST || faults.len() >= MOST_FAULTS
}

fn fault(place: &str, what: Text, places: &[(&str, &str)]) -> Placed {
    use kit_vocabulary::Lang::{En, Ja};
    Placed { place: place.to_owned(), ja: what.get(Ja, places), en: what.get(En, places) }
}

type Read = (Vec<PublishedNumber>, Vec<Placed>);

fn of_csv(text: &str) -> Read {
    let (mut numbers, mut faults) = (Vec::new(), Vec::new());
    let mut file =
        csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let headings: Vec<String> = match file.headers() {
        Ok(headings) => headings.iter().map(str::to_owned).collect(),
        Err(error) => return (numbers, vec![fault("1", text::PUBLISHED_FORM, &[("error", &error.to_string())])]),
    };
    for heading in headings.iter().filter(|heading| !FIELDS.contains(&heading.as_str())).take(MOST_FAULTS) {
        faults.push(fault("1", text::PUBLISHED_UNKNOWN, &[("field", heading)]));
    }
    for field in ["place", "value"].into_iter().filter(|field| !headings.iter().any(|heading| heading == field)) {
        faults.push(fault("1", text::PUBLISHED_MISSING, &[("field", field)]));
    }
    if !faults.is_empty() {
        return (numbers, faults);
    }
    for record in file.records() {
        if is_enough((&numbers, &faults)) {
            break;
        }
        match record {
            Ok(record) => {
                let line = record.position().map_or_else(String::new, |position| position.line().to_string());
                let field = |name: &str| {
                    let at = headings.iter().position(|heading| heading == name);
                    at.and_then(|at| record.get(at)).unwrap_or_default().to_owned()
                };
                numbers.push(number(&line, field, &mut faults));
            }
            Err(error) => {
                let line = error.position().map_or_else(String::new, |position| position.line().to_string());
                faults.push(fault(&line, text::PUBLISHED_FORM, &[("error", &error.to_string())]));
            }
        }
    }
    (numbers, faults)
}

fn of_json(text: &str) -> Read {
    let (mut numbers, mut faults) = (Vec::new(), Vec::new());
    let form = |error: &str| fault("", text::PUBLISHED_FORM, &[("error", error)]);
    let whole: Value = match serde_json::from_str(text) {
        Ok(whole) => whole,
        Err(error) => return (numbers, vec![form(&error.to_string())]),
    };
    let Some(all) = whole.as_array().or_else(|| whole.get("numbers").and_then(Value::as_array)) else {
        return (numbers, vec![form("[…]")]);
    };
    for (at, one) in all.iter().enumerate() {
        if is_enough((&numbers, &faults)) {
            break;
        }
        let place = format!("[{at}]");
        let Some(fields) = one.as_object() else {
            faults.push(fault(&place, text::PUBLISHED_FORM, &[("error", "{…}")]));
            continue;
        };
        for field in fields.keys().filter(|field| !FIELDS.contains(&field.as_str())).take(MOST_FAULTS) {
            faults.push(fault(&place, text::PUBLISHED_UNKNOWN, &[("field", field)]));
        }
        let field = |name: &str| match fields.get(name) {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => text.trim().to_owned(),
            Some(other) => other.to_string(),
        };
        numbers.push(number(&place, field, &mut faults));
    }
    (numbers, faults)
}

fn number(at: &str, field: impl Fn(&str) -> String, faults: &mut Vec<Placed>) -> PublishedNumber {
    let mut whole = |name: &str, needed: bool| {
        let said = field(name);
        match said.parse() {
            Ok(value) => value,
            Err(_) if said.is_empty() && !needed => 0,
            Err(_) if said.is_empty() => {
                faults.push(fault(at, text::PUBLISHED_MISSING, &[("field", name)]));
                0
            }
            Err(_) => {
                faults.push(fault(at, text::PUBLISHED_NUMBER, &[("value", &said)]));
                0
            }
        }
    };
    let (value, step) = (whole("value", true), whole("step", false));
    if field("place").is_empty() {
        faults.push(fault(at, text::PUBLISHED_MISSING, &[("field", "place")]));
    }
    let unit = match field("unit").to_lowercase().trim_start_matches("unit_") {
        "" | "count" => Unit::Count,
        "basis_points" => Unit::BasisPoints,
        "hundredths" => Unit::Hundredths,
        "yen" => Unit::Yen,
        other => {
            faults.push(fault(at, text::PUBLISHED_UNIT, &[("value", other)]));
            Unit::Count
        }
    };
    PublishedNumber {
        place: field("place"),
        report: field("report"),
        table: field("table"),
        row: field("row"),
        column: field("column"),
        value,
        unit: unit.into(),
        step,
    }
}
