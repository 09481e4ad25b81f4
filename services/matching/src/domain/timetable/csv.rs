//! A timetable for spreadsheets: UTF-8 with a byte order mark, so that Excel opens it.

use super::sheets::{Row, Sheets, clock, day, one_line};
use super::words::both;

const BYTE_ORDER_MARK: &str = "\u{feff}";

/// The whole event, with free places.
pub fn event(sheets: &Sheets) -> String {
    table(&sheets.event, false)
}

/// One expert's rounds, with the companies' questions; nothing for an expert who is not there.
pub fn expert(sheets: &Sheets, id: &str) -> Option<String> {
    sheets.experts.get(id).map(|(_, rows)| table(rows, true))
}

/// One booth's rounds; nothing for a booth that is not there.
pub fn booth(sheets: &Sheets, place: usize) -> Option<String> {
    sheets.by_booth.get(place).map(|rows| table(rows, false))
}

/// Who waits, and why.
pub fn waiting(sheets: &Sheets) -> String {
    let heading = [both("COMPANY"), both("WHY")];
    let row = |row: &super::sheets::WaitingRow| {
        let why: Vec<String> = row.why.iter().map(|why| format!("{} / {}", why.ja, why.en)).collect();
        [row.company.clone(), why.join("; ")]
    };
    written(std::iter::once(heading).chain(sheets.waiting.iter().map(row)))
}

fn table(rows: &[Row], questions: bool) -> String {
    let keys = ["ROUND", "DATE", "START", "END", "BOOTH", "EXPERT", "COMPANY", "PEOPLE"];
    let mut heading: Vec<String> = keys.into_iter().map(both).collect();
    heading.extend(questions.then(|| both("QUESTION")));
    let cells = |row: &Row| {
        let guest = row.guest.clone().unwrap_or_default();
        let people = if guest.people == 0 { String::new() } else { guest.people.to_string() };
        let (booth, expert) = (row.booth.clone(), row.expert.clone());
        let mut cells = vec![row.round.to_string(), day(row.start), clock(row.start), clock(row.end), booth, expert];
        cells.extend([guest.name, people]);
        cells.extend(questions.then(|| guest.question.unwrap_or_default()));
        cells
    };
    written(std::iter::once(heading).chain(rows.iter().map(cells)))
}

fn written<Cells: IntoIterator<Item = String>>(rows: impl Iterator<Item = Cells>) -> String {
    let mut file = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    for row in rows {
        // Writing into memory does not fail, and every row has as many cells as the first.
        let _ = file.write_record(row.into_iter().map(|cell| harmless(&cell)));
    }
    let bytes = file.into_inner().unwrap_or_default();
    BYTE_ORDER_MARK.to_owned() + &String::from_utf8(bytes).unwrap_or_default()
}

/// A text that no spreadsheet takes for a formula; numbers stay as they are.
fn harmless(text: &str) -> String {
    let text = one_line(text);
    let risky = text.parse::<f64>().is_err() && text.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']);
    if risky { format!("'{text}") } else { text }
}
