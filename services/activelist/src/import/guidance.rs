//! `import guidance`: the cases of a past programme, all of them or none; or with `--keep-good` the good ones.
//!
//! Headings and the shape of rows are looked at here; what the cells mean is the service's to say, which names every fault
//! by row and column before anything is stored. The same file twice changes nothing.

use contract::engagement::v1::{GuidanceRow, ImportGuidanceRequest, ImportGuidanceResponse, RowFault};
use kit_tables::Row;
use kit_vocabulary::{key, unguarded};
use prost_types::Timestamp as WireTime;
use serde_json::json;

use super::bad::{BadRows, is_fault_column};
use super::fault::{Faults, FileFault};
use super::file::{About, SurveyFile};
use super::heading::shown;
use super::send::again;
use super::{faulty, tell_bad, unwritten};
use crate::args::{ImportGuidance, Taken};
use crate::connect::{Connection, refused, within};
use crate::failure::{Exit, Failure};
use crate::output::{Output, Tone};
use crate::text;

/// Longest description of a file.
const SOURCE_CHARS: usize = 200;
/// Rows that the service takes at once.
const MOST_ROWS: usize = 5_000;
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
struct Table {
    /// For each column of the file its heading, and which of [`COLUMNS`] it is.
    headings: Vec<(String, Option<usize>)>,
    rows: Vec<Case>,
    faults: Faults,
    about: Option<About>,
}

/// A row of the file.
#[derive(Clone)]
struct Case {
    source: Row,
    /// Nothing when its cells cannot be told apart.
    row: Option<GuidanceRow>,
    faults: Vec<FileFault>,
}

/// Runs the command.
///
/// # Errors
/// When the file cannot be read, anything is wrong with it, or the server refuses.
pub async fn run(args: &ImportGuidance, out: &mut Output) -> Result<Exit, Failure> {
    let taken = &args.taken;
    let file = SurveyFile::open(&taken.file, taken.sheet.clone())?;
    let connection = Connection::to(&taken.server)?;
    let mut table = Table::read(&file)?;
    let headings: Vec<String> = table.headings.iter().map(|(heading, _)| heading.clone()).collect();
    let mut bad = BadRows::begin(taken, &headings, out.lang())?;
    let mut unchecked = None;
    // With headings out of order every cell would be at fault.
    let mut sent: Vec<usize> =
        (0..table.rows.len()).filter(|at| table.headed() && table.rows[*at].row.is_some()).collect();
    while !sent.is_empty() && unchecked.is_none() {
        let request = ImportGuidanceRequest { validate_only: true, ..request(args, &file, table.given(&sent)) };
        match send(&connection, &request).await {
            Ok(checked) if checked.faults.is_empty() => break,
            Ok(checked) => checked.faults.into_iter().for_each(|fault| table.take(&sent, fault)),
            Err(failure) if !table.faulty() => return Err(failure),
            Err(failure) => unchecked = Some(failure),
        }
        // What is left may have been good only beside what goes.
        sent.retain(|at| taken.keep_good && table.rows[*at].faults.is_empty());
    }
    file.unchanged()?;
    let (good, others): (Vec<Case>, Vec<Case>) = table.rows.iter().cloned().partition(|case| case.faults.is_empty());
    let rows = table.rows.len() as u64;
    let (about, mut faults) = (table.about.clone(), table.told());
    let Some(about) = about else { return Err(file.without_rows()) };
    let whole = !table.headed() || unchecked.is_some() || !taken.keep_good && faults.total() > 0;
    if whole {
        return Err(faulty(&file, taken, (rows, 0), faults, unchecked, &about, out));
    }
    if let Some(bad) = &mut bad {
        others.iter().try_for_each(|case| bad.add(&case.source, &case.faults))?;
    }
    let given: Vec<GuidanceRow> = good.into_iter().filter_map(|case| case.row).collect();
    let mut answer = ImportGuidanceResponse::default();
    if !given.is_empty() {
        let request = ImportGuidanceRequest { validate_only: taken.dry_run, ..request(args, &file, given) };
        answer = send(&connection, &request).await?;
    }
    let written = bad.map(BadRows::finish).transpose().map(Option::flatten);
    let written = match written.map(|file| file.map(|file| file.display().to_string())) {
        Ok(written) => written,
        Err(failure) => {
            about.notes().iter().for_each(|note| out.note(note));
            faults.show(out);
            if taken.json {
                done(taken, (rows, others.len() as u64), None, &answer, out);
            }
            return Err(unwritten(failure, (answer.stored + answer.repeated_rows).into()));
        }
    };
    about.notes().iter().for_each(|note| out.note(note));
    faults.show(out);
    tell_bad(others.len() as u64, written.as_deref(), out);
    done(taken, (rows, others.len() as u64), written.as_deref(), &answer, out);
    Ok(if others.is_empty() { Exit::Done } else { Exit::Partly })
}

/// The rows of a file whose headings are right, as they are written.
///
/// # Errors
/// When the file cannot be read as a table.
pub fn rows(file: &SurveyFile) -> Result<Vec<GuidanceRow>, Failure> {
    Ok(Table::read(file)?.all())
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
    if table.faulty() {
        let count = table.told().total().to_string();
        let places = [("file", file.name.as_str()), ("count", count.as_str()), ("stored", "0")];
        return Err(Failure::input(text::FAULTY_FILE.fill(&places), text::ADVICE_FAULTS));
    }
    let (programme, source) = (programme.to_owned(), file.name.clone());
    let request = ImportGuidanceRequest { programme, source, rows: table.all(), ..ImportGuidanceRequest::default() };
    send(to, &request).await
}

fn request(args: &ImportGuidance, file: &SurveyFile, rows: Vec<GuidanceRow>) -> ImportGuidanceRequest {
    let begin_time = args.begin.map(|time| {
        let (seconds, nanos) = time.parts();
        WireTime { seconds, nanos }
    });
    let name = || file.name.chars().take(SOURCE_CHARS).collect();
    let source = args.taken.source.clone().unwrap_or_else(name);
    ImportGuidanceRequest { programme: args.programme.clone(), rows, source, begin_time, validate_only: false }
}

/// Hands the rows in. A repeat is safe: rows that are known change nothing.
async fn send(to: &Connection, request: &ImportGuidanceRequest) -> Result<ImportGuidanceResponse, Failure> {
    let call = || async { to.engagements().import_guidance(within(request.clone(), SECONDS)).await };
    again(call).await.map_err(|status| refused(&status))
}

fn done(
    taken: &Taken,
    (rows, bad): (u64, u64),
    written: Option<&str>,
    answer: &ImportGuidanceResponse,
    out: &mut Output,
) {
    let (stored, repeated) = (answer.stored, answer.repeated_rows);
    if taken.json {
        let done = json!({
            "rows": rows, "stored": stored, "repeated": repeated, "dry_run": taken.dry_run,
            "bad": bad, "bad_file": written,
        });
        return out.line(done.to_string());
    }
    let said = if taken.dry_run { text::CHECKED } else { text::GUIDANCE_IMPORTED };
    let good = (rows - bad).to_string();
    let places = [("rows", &*good), ("stored", &*stored.to_string()), ("repeated", &*repeated.to_string())];
    let line = out.paint(Tone::Good, &said.fill(&places));
    out.line(line);
}

impl Table {
    fn read(file: &SurveyFile) -> Result<Self, Failure> {
        let mut read = file.table()?;
        let mut table = Self::head(read.headings());
        while let Some(row) = read.next_row().map_err(|complaint| file.failure(&complaint))? {
            if table.rows.len() == MOST_ROWS {
                let what = text::TOO_MANY_ROWS.fill(&[("most", &MOST_ROWS.to_string())]);
                return Err(Failure::input(format!("{}: {what}", file.name), text::ADVICE_SPLIT));
            }
            let case = table.case(row);
            table.rows.push(case);
        }
        if table.rows.is_empty() && table.headed() {
            return Err(file.without_rows());
        }
        table.about = Some(About::of(&read));
        Ok(table)
    }

    fn head(row: &Row) -> Self {
        let shown = shown(row);
        let mut table = Self { headings: Vec::new(), rows: Vec::new(), faults: Faults::default(), about: None };
        FileFault::found(row, &shown).for_each(|fault| table.faults.push(fault));
        for (place, (heading, shown)) in row.cells.iter().zip(shown).enumerate() {
            let meant = COLUMNS.iter().position(|(code, ja, _)| [*code, *ja].map(key).contains(&key(heading.trim())));
            let earlier = table.headings.iter().position(|(_, known)| known.is_some() && *known == meant);
            if let Some(earlier) = earlier {
                let (earlier, code) = ((earlier + 1).to_string(), meant.map_or("", |meant| COLUMNS[meant].0));
                let places = [("earlier", earlier.as_str()), ("code", code)];
                let said = text::DOUBLED_COLUMN;
                table.faults.push(FileFault::said(row, place, &shown, "DOUBLED_COLUMN", said, &places));
            } else if meant.is_none()
                && !is_fault_column(heading)
                && !row.faults.iter().any(|found| found.column == Some(place))
            {
                let said = text::UNKNOWN_HEADING;
                table.faults.push(FileFault::said(row, place, &shown, "UNKNOWN_COLUMN", said, &[]));
            }
            table.headings.push((shown, if earlier.is_some() { None } else { meant }));
        }
        for (index, (code, ja, _)) in COLUMNS.iter().enumerate() {
            if !table.headings.iter().any(|(_, known)| *known == Some(index)) {
                let (after, places) = (table.headings.len(), [("column", *code), ("label", *ja)]);
                let said = text::MISSING_COLUMN;
                table.faults.push(FileFault::said(row, after, code, "MISSING_COLUMN", said, &places));
            }
        }
        table
    }

    /// Whether each column is there, once, and nothing else is wrong with the headings.
    fn headed(&self) -> bool {
        self.faults.is_empty()
    }

    /// Whether anything is wrong.
    fn faulty(&self) -> bool {
        !self.headed() || self.rows.iter().any(|case| !case.faults.is_empty())
    }

    /// Everything that is wrong.
    fn told(&self) -> Faults {
        let mut faults = self.faults.clone();
        self.rows.iter().flat_map(|case| &case.faults).for_each(|fault| faults.push(fault.clone()));
        faults
    }

    fn case(&self, source: Row) -> Case {
        let headings: Vec<String> = self.headings.iter().map(|(heading, _)| heading.clone()).collect();
        let faults: Vec<FileFault> = FileFault::found(&source, &headings).collect();
        let mut row = None;
        // Of a row that is wrong as a whole nobody knows what its cells are.
        let whole = source.faults.iter().any(|found| found.column.is_none());
        if !whole && source.cells.len() == headings.len() {
            let given = row.insert(GuidanceRow::default());
            for (cell, (_, known)) in source.cells.iter().zip(&self.headings) {
                if let Some(known) = known {
                    unguarded(cell).clone_into(COLUMNS[*known].2(given));
                }
            }
        }
        Case { source, row, faults }
    }

    /// These rows, for the service.
    fn given(&self, rows: &[usize]) -> Vec<GuidanceRow> {
        rows.iter().filter_map(|at| self.rows[*at].row.clone()).collect()
    }

    fn all(self) -> Vec<GuidanceRow> {
        self.rows.into_iter().filter_map(|case| case.row).collect()
    }

    /// What the service found in one of the rows it was sent, by line and column of the file.
    fn take(&mut self, sent: &[usize], fault: RowFault) {
        let RowFault { row, column, reason, ja, en } = fault;
        let meant = |known: &Option<usize>| known.is_some_and(|known| COLUMNS[known].0 == column);
        let place = self.headings.iter().position(|(_, known)| meant(known));
        let heading = place.map_or(column.clone(), |place| self.headings[place].0.clone());
        let place = place.unwrap_or(self.headings.len());
        let Some(at) = usize::try_from(row).ok().and_then(|row| sent.get(row)) else { return };
        let Case { source, faults, .. } = &mut self.rows[*at];
        // Where the reader of the file found something, whatever else is said says less.
        if !source.faults.iter().any(|found| found.column == Some(place)) {
            faults.push(FileFault::at(source, place, &heading, &reason, (ja, en)));
        }
    }
}
