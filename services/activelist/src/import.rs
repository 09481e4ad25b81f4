//! `import survey`: a file of responses, all of them or none; or with `--keep-good` the good ones.
//!
//! The file is read twice, a block of rows at a time, so that its size does not matter; both times from bytes that were put
//! aside, since the file belongs to others. At the first reading every cell that cannot be read is found here and the rest is
//! checked by the server, which knows the form and who holds which number. Only then, and only when the file is still what was
//! put aside, are the rows handed in at the second, in the order of the file. A killed import is finished by running it again:
//! rows that are stored already change nothing.

mod bad;
mod check;
mod fault;
mod file;
pub mod guidance;
mod heading;
mod rows;
mod send;
mod store;

use std::path::PathBuf;

use contract::event::v1::Token;
use contract::search::v1::{GetIndexStatusRequest, GetIndexStatusResponse};
use contract::survey::v1::{BatchSubmitResponsesRequest, ImportNote};
use kit_clock::Timestamp;
use kit_forms::Form;
use kit_serve::fault::{Fault, faults_of};
use prost_types::Timestamp as WireTime;
use serde_json::{Value, json};
use survey::domain::form;
use tonic::{Code, Status};

pub use self::bad::BadRows;
pub use self::fault::{Faults, FileFault};
pub use self::file::{About, SurveyFile};
pub use self::rows::{Row, Sheet};
use self::send::Sent;
pub use self::send::Warnings;
use crate::args::{ImportSurvey, Taken};
use crate::connect::{Connection, at_least, refused, within};
use crate::failure::{Exit, Failure, Placed};
use crate::output::{Output, Tone};
use crate::text;

/// The version of the form that files are read by.
const FORM: &str = "skill-2024-import";
/// Longest description of a file.
const SOURCE_CHARS: usize = 200;
/// How long the server may take to look at what is stated of an import.
const NOTE_SECONDS: u64 = 10;
/// How long search may take to get on with what was imported.
const VISIBLE_SECONDS: u64 = 60;

/// How to import.
#[derive(Default)]
pub struct Import {
    /// The moment at which the registrations were true; the latest submission of the file when not stated.
    pub as_of: Option<Timestamp>,
    /// What the file is; its name when not stated.
    pub source: Option<String>,
    /// Check only.
    pub dry_run: bool,
    /// Store the good rows, and leave the others.
    pub keep_good: bool,
    /// Where the others go.
    pub bad: Option<BadRows>,
}

/// What became of a file.
#[derive(Debug, Clone)]
pub enum Imported {
    /// It was stored, or could be; with `keep_good`, its good rows.
    Done(Summary),
    /// Something is wrong with it. It is not stored.
    Faulty {
        /// How many rows it has.
        rows: u64,
        /// Rows that stand stored all the same: the server refused a later one that it had found good before.
        stored: i64,
        /// What is wrong.
        faults: Faults,
        /// Why the server could not check it too.
        unchecked: Option<Failure>,
        /// What the file was taken for.
        about: About,
    },
}

/// What an import did.
#[derive(Debug, Clone)]
pub struct Summary {
    /// Rows of the file.
    pub rows: u64,
    /// Rows that were new.
    pub stored: i64,
    /// Rows that had been handed in before.
    pub repeated: i64,
    /// Rows that were left because something is wrong with them.
    pub bad: u64,
    /// The file they were written to.
    pub bad_file: Option<PathBuf>,
    /// Why they could not be written.
    pub unwritten: Option<Failure>,
    /// What is wrong with them.
    pub faults: Faults,
    /// Absent answers by question.
    pub warnings: Warnings,
    /// Listed experts once search showed it all; nothing when it was not asked.
    pub listed: Option<i64>,
    /// What the file was taken for.
    pub about: About,
}

/// Runs the command.
///
/// # Errors
/// When the file cannot be read at all, or the server refuses.
pub async fn run(args: &ImportSurvey, out: &mut Output) -> Result<Exit, Failure> {
    let taken = &args.taken;
    let file = SurveyFile::open(&taken.file, taken.sheet.clone())?;
    let connection = Connection::to(&taken.server)?;
    let bad = BadRows::begin(taken, Sheet::open(&file, import_form())?.headings(), out.lang())?;
    let (as_of, source) = (args.as_of, taken.source.clone());
    let import = Import { as_of, source, dry_run: taken.dry_run, keep_good: taken.keep_good, bad };
    match import.file(&file, &connection, out).await? {
        Imported::Done(summary) => told(summary, taken, out),
        Imported::Faulty { rows, stored, faults, unchecked, about } => {
            Err(faulty(&file, taken, (rows, stored), faults, unchecked, &about, out))
        }
    }
}

fn told(mut summary: Summary, taken: &Taken, out: &mut Output) -> Result<Exit, Failure> {
    summary.about.notes().iter().for_each(|note| out.note(note));
    summary.faults.show(out);
    if let Some(failure) = summary.unwritten.take() {
        if taken.json {
            let mut told = summary.to_json();
            told["faults"] = summary.faults.to_json();
            out.line(told.to_string());
        }
        return Err(unwritten(failure, summary.stored + summary.repeated));
    }
    let written = summary.bad_file.as_ref().map(|file| file.display().to_string());
    tell_bad(summary.bad, written.as_deref(), out);
    if taken.json {
        out.line(summary.to_json().to_string());
    } else {
        summary.show(taken.dry_run, out);
    }
    Ok(if summary.bad > 0 { Exit::Partly } else { Exit::Done })
}

/// Rows with faults could not be written: as long as nothing is stored, another place will do; else that is told first.
pub(crate) fn unwritten(failure: Failure, stored: i64) -> Failure {
    if stored == 0 {
        return failure;
    }
    let what = text::STORED_UNWRITTEN.fill(&[("rows", &stored.to_string())]);
    Failure::other(format!("{what}: {}", failure.what), text::ADVICE_UNWRITTEN)
}

/// Says where the rows with faults are.
pub(crate) fn tell_bad(bad: u64, written: Option<&str>, out: &mut Output) {
    let count = bad.to_string();
    match written {
        Some(file) => {
            out.note(out.paint_note(Tone::Notice, &text::BAD_WRITTEN.fill(&[("bad", &count), ("file", file)])));
            out.note(text::MEND.fill(&[("column", &text::FAULT_COLUMN.get(out.lang(), &[]))]));
        }
        None if bad > 0 => out.note(out.paint_note(Tone::Notice, &text::BAD_COUNTED.fill(&[("bad", &count)]))),
        None => {}
    }
}

/// Tells what is wrong with a file that was not taken.
pub(crate) fn faulty(
    file: &SurveyFile,
    taken: &Taken,
    (rows, stored): (u64, i64),
    mut faults: Faults,
    unchecked: Option<Failure>,
    about: &About,
    out: &mut Output,
) -> Failure {
    about.notes().iter().for_each(|note| out.note(note));
    faults.show(out);
    if let Some(failure) = unchecked {
        failure.show(out);
        out.note(text::UNCHECKED.fill(&[]));
    }
    if taken.json {
        let (count, told) = (faults.total(), faults.to_json());
        let object =
            json!({"rows": rows, "stored": stored, "fault_count": count, "faults": told, "file": about.to_json()});
        out.line(object.to_string());
    }
    let (total, stored) = (faults.total().to_string(), stored.to_string());
    let places = [("file", file.name.as_str()), ("count", &total), ("stored", &stored)];
    Failure::input(text::FAULTY_FILE.fill(&places), text::ADVICE_FAULTS)
}

impl Import {
    /// Imports a file.
    ///
    /// # Errors
    /// When it cannot be read, or the server refuses or is away.
    pub async fn file(mut self, file: &SurveyFile, to: &Connection, out: &Output) -> Result<Imported, Failure> {
        self.look_at_note(file, to).await?;
        let mut checked = self.check(file, to, out).await?;
        // First: what is wrong with a file that is being written says nothing of the one that it will be.
        file.unchanged()?;
        let refused_whole = !checked.headed || !self.keep_good && !checked.faults.is_empty();
        if refused_whole || checked.unchecked.is_some() {
            return Ok(checked.faulty(0));
        }
        let mut sent = Sent::default();
        if !self.dry_run {
            let note = self.note(file, checked.latest);
            self.store(file, &note, &mut checked, &mut sent, to, out).await?;
            if !self.keep_good && !checked.faults.is_empty() {
                return Ok(checked.faulty(sent.stored));
            }
        }
        let bad_file = match self.bad.take().map(BadRows::finish).transpose() {
            Ok(written) => written.flatten(),
            Err(failure) => {
                checked.unwritten = Some(failure);
                None
            }
        };
        // Whoever has to import the file again is told so first.
        let asks = !self.dry_run && checked.unwritten.is_none();
        let listed = if asks { self.visible(&sent, to).await? } else { None };
        Ok(Imported::Done(checked.summary(&sent, bad_file, listed)))
    }

    /// How many are listed once search shows what was stored; nothing when there is no search.
    async fn visible(&self, sent: &Sent, to: &Connection) -> Result<Option<i64>, Failure> {
        let ask = |at_least: Vec<Token>| {
            let request = GetIndexStatusRequest { at_least };
            send::again(move || {
                let request = within(request.clone(), VISIBLE_SECONDS);
                async { to.searching().get_index_status(request).await }
            })
        };
        match shown(ask, at_least(sent.token.as_ref())).await {
            Ok(status) => Ok(Some(status.listed)),
            // A survey service by itself: what is stored is stored.
            Err(status) if status.code() == Code::Unimplemented => Ok(None),
            Err(status) => {
                let failure = refused(&status);
                let rows = (sent.stored + sent.repeated).to_string();
                let what = text::NOT_VISIBLE.fill(&[("rows", &rows)]);
                Err(Failure::other(format!("{what}: {}", failure.what), text::ADVICE_VISIBLE).with(failure.faults))
            }
        }
    }

    /// Has the server look at what is stated of the import, which goes with the rows that are stored. A batch of no rows is refused
    /// and stores nothing, whatever goes with it; why it is refused tells what is wrong with the rest. What else keeps the server
    /// from an answer the first reading tells.
    async fn look_at_note(&self, file: &SurveyFile, to: &Connection) -> Result<(), Failure> {
        let option = |field: &str| match field {
            "import.as_of" if self.as_of.is_some() => Some("--as-of".to_owned()),
            "import.source" if self.source.is_some() => Some("--source".to_owned()),
            _ => None,
        };
        if self.as_of.is_none() && self.source.is_none() {
            return Ok(());
        }
        let request = BatchSubmitResponsesRequest { responses: Vec::new(), import: Some(self.note(file, None)) };
        let Err(status) = to.responses().batch_submit_responses(within(request, NOTE_SECONDS)).await else {
            return Ok(());
        };
        let placed = |fault: Fault| Some(Placed { place: option(&fault.field)?, ja: fault.ja, en: fault.en });
        let faults: Vec<Placed> = faults_of(&status).into_iter().filter_map(placed).collect();
        if faults.is_empty() {
            return Ok(());
        }
        let count = faults.len().to_string();
        Err(Failure::input(text::FAULTS.fill(&[("count", &count)]), text::ADVICE_INPUT).with(faults))
    }

    fn note(&self, file: &SurveyFile, latest: Option<Timestamp>) -> ImportNote {
        let as_of = self.as_of.or(latest).map(|time| {
            let (seconds, nanos) = time.parts();
            WireTime { seconds, nanos }
        });
        let name = || file.name.chars().take(SOURCE_CHARS).collect();
        ImportNote { as_of, source: self.source.clone().unwrap_or_else(name) }
    }
}

/// The index once it shows what was `written`. A large file takes the readers longer than one call waits: as long as they get on
/// it is asked again.
async fn shown<F>(ask: impl Fn(Vec<Token>) -> F, written: Vec<Token>) -> Result<GetIndexStatusResponse, Status>
where
    F: Future<Output = Result<GetIndexStatusResponse, Status>>,
{
    let mut read = ask(Vec::new()).await?.positions;
    loop {
        match ask(written.clone()).await {
            Err(late) if late.code() == Code::DeadlineExceeded => {
                let now = ask(Vec::new()).await?.positions;
                if now == read {
                    return Err(late);
                }
                read = now;
            }
            answer => return answer,
        }
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
            "bad": self.bad,
            "bad_file": self.bad_file.as_ref().map(|file| file.display().to_string()),
            "fault_count": self.faults.total(),
            "file": self.about.to_json(),
        })
    }

    fn show(&self, dry_run: bool, out: &mut Output) {
        let done = if dry_run { text::CHECKED } else { text::IMPORTED };
        let good = (self.rows - self.bad) as i64;
        let counts = [("rows", good), ("stored", self.stored), ("repeated", self.repeated)];
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

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    fn at(position: i64) -> Vec<Token> {
        vec![Token { service: "survey".to_owned(), epoch: "one".to_owned(), position }]
    }

    /// A search that gets on by so many events a call, up to a last one: what came of it, and after how many calls that wait.
    async fn waited(step: i64, last: i64, written: i64) -> (Result<i64, Code>, usize) {
        let (read, waits) = (Cell::new(0), Cell::new(0));
        let ask = async |at_least: Vec<Token>| {
            if let Some(wanted) = at_least.first() {
                waits.set(waits.get() + 1);
                read.set(last.min(read.get() + step));
                if read.get() < wanted.position {
                    return Err(Status::deadline_exceeded("not yet"));
                }
            }
            Ok(GetIndexStatusResponse { positions: at(read.get()), listed: read.get(), ..Default::default() })
        };
        let answer = shown(ask, at(written)).await;
        (answer.map(|status| status.listed).map_err(|status| status.code()), waits.get())
    }

    #[tokio::test]
    async fn search_is_waited_for_as_long_as_it_gets_on() {
        assert_eq!(waited(500, 500, 500).await, (Ok(500), 1), "at once");
        assert_eq!(waited(100, 500, 500).await, (Ok(500), 5), "a large file");
        assert_eq!(waited(100, 300, 500).await, (Err(Code::DeadlineExceeded), 4), "it stops on the way");
        assert_eq!(waited(0, 0, 500).await, (Err(Code::DeadlineExceeded), 1), "it never gets on");
    }
}
