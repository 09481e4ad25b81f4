//! `import survey`: a file of responses, all of them or none.
//!
//! The file is read and every cell that cannot be read is found here; the rest is checked by the server, which knows the
//! form and who holds which number. Only when neither has found a fault are the rows handed in, in the order of the file.
//! A killed import is finished by running it again: rows that are stored already change nothing.

mod fault;
mod file;
pub mod guidance;
mod heading;
mod rows;
mod send;

use contract::search::v1::GetIndexStatusRequest;
use contract::survey::v1::ImportNote;
use kit_clock::Timestamp;
use kit_forms::Form;
use prost_types::Timestamp as WireTime;
use serde_json::{Value, json};
use survey::domain::form;
use tonic::Code;

pub use self::fault::{Faults, FileFault};
pub use self::file::SurveyFile;
pub use self::rows::{Row, Sheet};
pub use self::send::Warnings;
use crate::args::ImportSurvey;
use crate::connect::{Connection, at_least, refused, within};
use crate::failure::{Exit, Failure};
use crate::output::{Output, Tone};
use crate::text;

/// The version of the form that files are read by.
const FORM: &str = "skill-2024-import";
/// Longest description of a file.
const SOURCE_CHARS: usize = 200;
/// How long search may take to show what was imported.
const VISIBLE_SECONDS: u64 = 60;

/// How to import.
#[derive(Debug, Clone, Default)]
pub struct Import {
    /// The moment at which the registrations were true; the latest submission of the file when not stated.
    pub as_of: Option<Timestamp>,
    /// What the file is; its name when not stated.
    pub source: Option<String>,
    /// Check only.
    pub dry_run: bool,
}

/// What became of a file.
#[derive(Debug, Clone)]
pub enum Imported {
    /// It was stored, or could be.
    Done(Summary),
    /// Something is wrong with it. It is not stored.
    Faulty {
        /// How many rows it has.
        rows: usize,
        /// Rows that stand stored all the same: the server refused a later one that it had found good before.
        stored: i64,
        /// What is wrong.
        faults: Faults,
        /// Why the server could not check it too.
        unchecked: Option<Failure>,
    },
}

/// What an import did.
#[derive(Debug, Clone, Default)]
pub struct Summary {
    /// Rows of the file.
    pub rows: usize,
    /// Rows that were new.
    pub stored: i64,
    /// Rows that had been handed in before.
    pub repeated: i64,
    /// Absent answers by question.
    pub warnings: Warnings,
    /// Listed experts once search showed it all; nothing when it was not asked.
    pub listed: Option<i64>,
}

/// Runs the command.
///
/// # Errors
/// When the file cannot be read at all, or the server refuses.
pub async fn run(args: &ImportSurvey, out: &mut Output) -> Result<Exit, Failure> {
    let file = SurveyFile::open(&args.file)?;
    let connection = Connection::to(&args.server)?;
    let import = Import { as_of: args.as_of, source: args.source.clone(), dry_run: args.dry_run };
    match import.file(&file, &connection, out).await? {
        Imported::Done(summary) => {
            if args.json {
                out.line(summary.to_json().to_string());
            } else {
                summary.show(args.dry_run, out);
            }
            Ok(Exit::Done)
        }
        Imported::Faulty { rows, stored, mut faults, unchecked } => {
            faults.show(out);
            if let Some(failure) = unchecked {
                failure.show(out);
                out.note(text::UNCHECKED.fill(&[]));
            }
            if args.json {
                let (count, told) = (faults.total(), faults.to_json());
                let object = json!({"rows": rows, "stored": stored, "fault_count": count, "faults": told});
                out.line(object.to_string());
            }
            let (total, stored) = (faults.total().to_string(), stored.to_string());
            let places = [("file", file.name.as_str()), ("count", &total), ("stored", &stored)];
            Err(Failure::input(text::FAULTY_FILE.fill(&places), text::ADVICE_FAULTS))
        }
    }
}

impl Import {
    /// Imports a file.
    ///
    /// # Errors
    /// When the server refuses, or is away.
    pub async fn file(&self, file: &SurveyFile, to: &Connection, out: &Output) -> Result<Imported, Failure> {
        let mut sheet = Sheet::read(file, import_form())?;
        if !sheet.headed {
            return Ok(sheet.faulty(0, None));
        }
        let bar = out.progress(&text::CHECKING.fill(&[]), sheet.rows.len() as u64);
        let checked = send::check(&mut sheet, to, &bar).await;
        bar.finish_and_clear();
        let warnings = match checked {
            Ok(warnings) => warnings,
            Err(status) if !sheet.faults.is_empty() => return Ok(sheet.faulty(0, Some(refused(&status)))),
            Err(status) => return Err(refused(&status)),
        };
        if !sheet.faults.is_empty() {
            return Ok(sheet.faulty(0, None));
        }
        let mut summary = Summary { rows: sheet.count, warnings, ..Summary::default() };
        if self.dry_run {
            return Ok(Imported::Done(summary));
        }
        let note = self.note(file, &sheet);
        let bar = out.progress(&text::STORING.fill(&[]), sheet.rows.len() as u64);
        let sent = send::submit(&mut sheet, &note, to, &bar).await;
        bar.finish_and_clear();
        let sent = match sent {
            Ok(sent) => sent,
            Err((_, before)) if !sheet.faults.is_empty() => return Ok(sheet.faulty(before.stored, None)),
            Err((status, before)) => {
                let failure = refused(&status);
                let stored = (before.stored + before.repeated).to_string();
                let rows = sheet.count.to_string();
                let what = text::STOPPED_HALF_WAY.fill(&[("stored", &stored), ("rows", &rows)]);
                return Err(
                    Failure::other(format!("{what}: {}", failure.what), text::ADVICE_RERUN).with(failure.faults)
                );
            }
        };
        (summary.stored, summary.repeated) = (sent.stored, sent.repeated);
        let request = GetIndexStatusRequest { at_least: at_least(sent.token.as_ref()) };
        let status =
            send::again(|| async { to.searching().get_index_status(within(request.clone(), VISIBLE_SECONDS)).await });
        summary.listed = match status.await {
            Ok(status) => Some(status.listed),
            // A survey service by itself: what is stored is stored.
            Err(status) if status.code() == Code::Unimplemented => None,
            Err(status) => {
                let failure = refused(&status);
                let what = text::NOT_VISIBLE.fill(&[("rows", &summary.rows.to_string())]);
                return Err(
                    Failure::other(format!("{what}: {}", failure.what), text::ADVICE_VISIBLE).with(failure.faults)
                );
            }
        };
        Ok(Imported::Done(summary))
    }

    fn note(&self, file: &SurveyFile, sheet: &Sheet) -> ImportNote {
        let as_of = self.as_of.or(sheet.latest).map(|time| {
            let (seconds, nanos) = time.parts();
            WireTime { seconds, nanos }
        });
        let name = || file.name.chars().take(SOURCE_CHARS).collect();
        ImportNote { as_of, source: self.source.clone().unwrap_or_else(name) }
    }
}

impl Sheet {
    fn faulty(self, stored: i64, unchecked: Option<Failure>) -> Imported {
        Imported::Faulty { rows: self.count, stored, faults: self.faults, unchecked }
    }
}

/// The form that files are read by.
pub fn import_form() -> &'static Form {
    form::form(FORM).expect("the survey has a form for files; a test of this crate reads one by it")
}

impl Summary {
    /// For programs.
    pub fn to_json(&self) -> Value {
        let warnings: u64 = self.warnings.values().sum();
        json!({
            "rows": self.rows,
            "stored": self.stored,
            "repeated": self.repeated,
            "warnings": warnings,
            "warnings_by_question": self.warnings,
            "listed": self.listed,
        })
    }

    fn show(&self, dry_run: bool, out: &mut Output) {
        let done = if dry_run { text::CHECKED } else { text::IMPORTED };
        let counts = [("rows", self.rows as i64), ("stored", self.stored), ("repeated", self.repeated)];
        let counts = counts.map(|(place, count)| (place, count.to_string()));
        let places: Vec<(&str, &str)> = counts.iter().map(|(place, count)| (*place, count.as_str())).collect();
        out.line(out.paint(Tone::Good, &done.fill(&places)));
        if let Some(listed) = self.listed {
            out.line(text::LISTED.fill(&[("count", &listed.to_string())]));
        } else if !dry_run {
            out.line(text::SEARCH_UNASKED.fill(&[]));
        }
        if !self.warnings.is_empty() {
            out.line(out.paint(Tone::Notice, &text::UNANSWERED.fill(&[])));
            let form = import_form();
            let groups = form.groups.iter().map(|group| (&group.code, &group.label.ja));
            let questions = form.questions().map(|question| (&question.code, &question.label.ja));
            for (code, label) in groups.chain(questions) {
                if let Some(count) = self.warnings.get(code) {
                    out.line(format!("  {count:>6}  {label} ({code})"));
                }
            }
        }
    }
}
