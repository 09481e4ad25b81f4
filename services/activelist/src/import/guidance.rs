//! `import guidance`: the cases of a past programme, all of them or none.
//!
//! Headings and the shape of rows are looked at here; what the cells mean is the service's to say, which names every fault
//! by row and column before anything is stored. The same file twice changes nothing.

use contract::engagement::v1::{GuidanceRow, ImportGuidanceRequest, ImportGuidanceResponse, RowFault};
use kit_vocabulary::key;
use prost_types::Timestamp as WireTime;
use serde_json::json;

use super::fault::{Faults, FileFault};
use super::file::{SurveyFile, line_ends};
use super::rows::Lines;
use super::send::again;
use crate::args::ImportGuidance;
use crate::connect::{Connection, refused, within};
use crate::failure::{Exit, Failure};
use crate::output::{Output, Tone};
use crate::text::{self, Text};

/// Longest description of a file.
const SOURCE_CHARS: usize = 200;
/// How long the service may take over a file.
const SECONDS: u64 = 120;

type Cell = fn(&mut GuidanceRow) -> &mut String;

/// The columns, by the field of the contract and as a table may head them. Each must be there.
const COLUMNS: [(&str, &str, Cell); 10] = [
    ("case", "案件", |row| &mut row.case),
    ("region", "地域", |row| &mut row.region),
    ("industry", "業種", |row| &mut row.industry),
    ("expert", "専門家", |row| &mut row.expert),
    ("theme", "テーマ", |row| &mut row.theme),
    ("visits", "訪問回数", |row| &mut row.visits),
    ("status", "状況", |row| &mut row.status),
    ("reason", "理由", |row| &mut row.reason),
    ("expert_evaluation", "専門家評価", |row| &mut row.expert_evaluation),
    ("company_evaluation", "企業評価", |row| &mut row.company_evaluation),
];

/// A file of cases, read.
#[derive(Default)]
struct Table {
    /// For each column of the file its heading, and which of [`COLUMNS`] it is.
    headings: Vec<(String, Option<usize>)>,
    rows: Vec<GuidanceRow>,
    /// For each row the line on which each cell begins.
    lines: Vec<Vec<usize>>,
    count: usize,
    faults: Faults,
}

/// Runs the command.
///
/// # Errors
/// When the file cannot be read, anything is wrong with it, or the server refuses.
pub async fn run(args: &ImportGuidance, out: &mut Output) -> Result<Exit, Failure> {
    let file = SurveyFile::open(&args.file)?;
    let connection = Connection::to(&args.server)?;
    let mut table = Table::read(&file)?;
    let mut request = request(args, &file, std::mem::take(&mut table.rows));
    // With headings out of order every cell would be at fault.
    let mut unchecked = None;
    if table.headed() && !request.rows.is_empty() {
        match send(&connection, &ImportGuidanceRequest { validate_only: true, ..request.clone() }).await {
            Ok(checked) => {
                if args.dry_run && checked.faults.is_empty() && table.faults.is_empty() {
                    return Ok(done(args, &table, &checked, out));
                }
                checked.faults.into_iter().for_each(|fault| table.take(fault));
            }
            Err(failure) if table.faults.is_empty() => return Err(failure),
            Err(failure) => unchecked = Some(failure),
        }
    }
    if !table.faults.is_empty() {
        return Err(faulty(args, &file, table, unchecked, out));
    }
    request.validate_only = false;
    let stored = send(&connection, &request).await?;
    Ok(done(args, &table, &stored, out))
}

/// The rows of a file whose headings are right, as they are written.
///
/// # Errors
/// When the file cannot be read as a table.
pub(crate) fn rows(file: &SurveyFile) -> Result<Vec<GuidanceRow>, Failure> {
    Ok(Table::read(file)?.rows)
}

/// Takes a good file over, without a command line.
///
/// # Errors
/// When anything is wrong with it, or the server refuses.
pub(crate) async fn take(
    file: &SurveyFile,
    programme: &str,
    to: &Connection,
) -> Result<ImportGuidanceResponse, Failure> {
    let table = Table::read(file)?;
    if !table.faults.is_empty() {
        let count = table.faults.total().to_string();
        let places = [("file", file.name.as_str()), ("count", count.as_str()), ("stored", "0")];
        return Err(Failure::input(text::FAULTY_FILE.fill(&places), text::ADVICE_FAULTS));
    }
    let (programme, source) = (programme.to_owned(), file.name.clone());
    let request = ImportGuidanceRequest { programme, source, rows: table.rows, ..ImportGuidanceRequest::default() };
    send(to, &request).await
}

fn request(args: &ImportGuidance, file: &SurveyFile, rows: Vec<GuidanceRow>) -> ImportGuidanceRequest {
    let begin_time = args.begin.map(|time| {
        let (seconds, nanos) = time.parts();
        WireTime { seconds, nanos }
    });
    let name = || file.name.chars().take(SOURCE_CHARS).collect();
    let source = args.source.clone().unwrap_or_else(name);
    ImportGuidanceRequest { programme: args.programme.clone(), rows, source, begin_time, validate_only: false }
}

/// Hands the rows in. A repeat is safe: rows that are known change nothing.
async fn send(to: &Connection, request: &ImportGuidanceRequest) -> Result<ImportGuidanceResponse, Failure> {
    let call = || async { to.engagements().import_guidance(within(request.clone(), SECONDS)).await };
    again(call).await.map_err(|status| refused(&status))
}

fn done(args: &ImportGuidance, table: &Table, answer: &ImportGuidanceResponse, out: &mut Output) -> Exit {
    let (rows, stored, repeated) = (table.count, answer.stored, answer.repeated_rows);
    if args.json {
        out.line(json!({"rows": rows, "stored": stored, "repeated": repeated, "dry_run": args.dry_run}).to_string());
        return Exit::Done;
    }
    let said = if args.dry_run { text::CHECKED } else { text::GUIDANCE_IMPORTED };
    let places = [("rows", &*rows.to_string()), ("stored", &*stored.to_string()), ("repeated", &*repeated.to_string())];
    let line = out.paint(Tone::Good, &said.fill(&places));
    out.line(line);
    Exit::Done
}

fn faulty(
    args: &ImportGuidance,
    file: &SurveyFile,
    mut table: Table,
    unchecked: Option<Failure>,
    out: &mut Output,
) -> Failure {
    table.faults.show(out);
    if let Some(failure) = unchecked {
        failure.show(out);
        out.note(text::UNCHECKED.fill(&[]));
    }
    let total = table.faults.total();
    if args.json {
        let told = table.faults.to_json();
        out.line(json!({"rows": table.count, "stored": 0, "fault_count": total, "faults": told}).to_string());
    }
    let places = [("file", file.name.as_str()), ("count", &*total.to_string()), ("stored", "0")];
    Failure::input(text::FAULTY_FILE.fill(&places), text::ADVICE_FAULTS)
}

impl Table {
    fn read(file: &SurveyFile) -> Result<Self, Failure> {
        let bytes = file.text.as_bytes();
        let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(bytes);
        let mut lines = Lines::new(bytes);
        let mut record = csv::StringRecord::new();
        let mut table: Option<Self> = None;
        // The text is UTF-8 and rows may be of any length, so the reader has nothing left to complain about.
        while reader.read_record(&mut record).unwrap_or(false) {
            let line = lines.of(&record);
            match &mut table {
                None => table = Some(Self::head(line, &record)),
                Some(table) => table.row(line, &record),
            }
        }
        let none = || Failure::input(format!("{}: {}", file.name, text::NO_ROWS.fill(&[])), text::ADVICE_ROWS);
        let mut table = table.filter(|table| table.count > 0 || !table.headed()).ok_or_else(none)?;
        if lines.is_open_at_the_end() {
            table.fault(lines.line(), table.headings.len(), "UNCLOSED_QUOTE", text::UNCLOSED_QUOTE, &[]);
        }
        Ok(table)
    }

    fn head(line: usize, record: &csv::StringRecord) -> Self {
        let mut table = Self::default();
        for (place, heading) in record.iter().enumerate() {
            let heading = heading.trim();
            let meant = COLUMNS.iter().position(|(code, ja, _)| [*code, *ja].map(key).contains(&key(heading)));
            let earlier = table.headings.iter().position(|(_, known)| known.is_some() && *known == meant);
            let shown = if heading.is_empty() { format!("#{}", place + 1) } else { heading.to_owned() };
            table.headings.push((shown, if earlier.is_some() { None } else { meant }));
            if let Some(earlier) = earlier {
                let (earlier, code) = ((earlier + 1).to_string(), meant.map_or("", |meant| COLUMNS[meant].0));
                let places = [("earlier", earlier.as_str()), ("code", code)];
                table.fault(line, place, "DOUBLED_COLUMN", text::DOUBLED_COLUMN, &places);
            } else if meant.is_none() {
                table.fault(line, place, "UNKNOWN_COLUMN", text::UNKNOWN_HEADING, &[]);
            }
        }
        for (index, (code, ja, _)) in COLUMNS.iter().enumerate() {
            if !table.headings.iter().any(|(_, known)| *known == Some(index)) {
                let said = FileFault::new(
                    line,
                    table.headings.len(),
                    code,
                    "MISSING_COLUMN",
                    text::MISSING_COLUMN,
                    &[("column", code), ("label", ja)],
                );
                table.faults.push(said);
            }
        }
        table
    }

    /// Whether each column is there, once.
    fn headed(&self) -> bool {
        let known = self.headings.iter().filter(|(_, known)| known.is_some()).count();
        known == COLUMNS.len() && known == self.headings.len()
    }

    fn row(&mut self, line: usize, record: &csv::StringRecord) {
        self.count += 1;
        let (expected, found) = (self.headings.len(), record.len());
        if found != expected {
            let places = [("expected", &*expected.to_string()), ("found", &*found.to_string())];
            if found < expected {
                self.fault(line, expected, "TOO_FEW_CELLS", text::TOO_FEW_CELLS, &places);
            } else {
                self.fault(line, expected, "TOO_MANY_CELLS", text::TOO_MANY_CELLS, &places);
            }
            return;
        }
        if record.iter().all(|cell| cell.trim().is_empty()) {
            return self.fault(line, expected, "EMPTY_ROW", text::EMPTY_ROW, &[]);
        }
        let (mut row, mut lines, mut at) = (GuidanceRow::default(), Vec::new(), line);
        for (cell, (_, known)) in record.iter().zip(&self.headings) {
            if let Some(known) = known {
                cell.clone_into(COLUMNS[*known].2(&mut row));
            }
            lines.push(at);
            at += line_ends(cell.as_bytes());
        }
        self.rows.push(row);
        self.lines.push(lines);
    }

    fn fault(&mut self, line: usize, place: usize, reason: &str, said: Text, places: &[(&str, &str)]) {
        let column = self.headings.get(place).map_or("", |(heading, _)| heading.as_str());
        self.faults.push(FileFault::new(line, place, column, reason, said, places));
    }

    /// What the service found, by line and column of the file.
    fn take(&mut self, fault: RowFault) {
        let RowFault { row, column, reason, ja, en } = fault;
        let meant = |known: &Option<usize>| known.is_some_and(|known| COLUMNS[known].0 == column);
        let place = self.headings.iter().position(|(_, known)| meant(known));
        let lines = usize::try_from(row).ok().and_then(|row| self.lines.get(row));
        let first = lines.and_then(|lines| lines.first()).copied().unwrap_or(1);
        let line = place.and_then(|place| lines?.get(place).copied()).unwrap_or(first);
        let heading = place.map_or(column.clone(), |place| self.headings[place].0.clone());
        let place = place.unwrap_or(self.headings.len());
        self.faults.push(FileFault { line, place, column: heading, reason, ja, en });
    }
}
