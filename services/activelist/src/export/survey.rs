//! `export survey`: responses as rows of a file that `import survey` takes.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::path::PathBuf;

use contract::survey::v1::{Answer, ListResponsesRequest, Response, ResponseState, answer};
use kit_clock::Timestamp;
use kit_forms::{Form, Kind, Question};
use kit_log::clock_time;

use super::cell::Cell;
use super::place::cannot;
use super::sink::Sink;
use super::spool::Spool;
use super::{SECONDS, done};
use crate::args::{ExportSurvey, Headings, Values};
use crate::connect::{Connection, refused, within};
use crate::failure::{Exit, Failure};
use crate::import::import_form;
use crate::output::{Output, Tone};
use crate::text;

/// The column that is no question: its code, and in Japanese.
const SUBMITTED_AT: (&str, &str) = ("submitted_at", "提出日時");
/// Responses on a page: with the longest answers that forms allow they fit in a message.
const PAGE: i32 = 50;

/// Runs the command.
///
/// # Errors
/// As [`super::run`].
pub(super) async fn run(args: &ExportSurvey, out: &mut Output) -> Result<Exit, Failure> {
    let mut file = SurveyExport::begin(args, out)?;
    file.read(&Connection::to(&args.server)?).await?;
    file.finish(args, out)
}

/// A file of responses under way. What it holds of each is its place, and whose it is.
pub struct SurveyExport {
    sink: Sink,
    spool: Spool,
    all: bool,
    /// The response of each person and its place, or each response where all are wanted.
    known: HashMap<String, (String, usize)>,
    /// When the newest was handed in.
    newest: Option<Timestamp>,
    /// As it is named to people.
    path: PathBuf,
}

impl SurveyExport {
    /// Begins the file.
    ///
    /// # Errors
    /// When it is there already, or cannot be written.
    pub fn begin(args: &ExportSurvey, out: &mut Output) -> Result<Self, Failure> {
        let sink = Sink::begin(&args.to, headings(import_form(), args.headings), out)?;
        let path = args.to.out.clone().unwrap_or_else(|| PathBuf::from("-"));
        let spool = Spool::new(sink.beside()).map_err(|error| cannot(&path, &error))?;
        Ok(Self { sink, spool, all: args.all, known: HashMap::new(), newest: None, path })
    }

    /// Reads every page, newest first; then those from the top again that came meanwhile, until none did: whoever answers anew is
    /// not missed for the older response no longer counting.
    async fn read(&mut self, to: &Connection) -> Result<(), Failure> {
        let mut since = None;
        while self.read_since(to, since).await? {
            since = self.newest;
        }
        Ok(())
    }

    /// Reads the pages down to a moment; true when there was anything new.
    async fn read_since(&mut self, to: &Connection, since: Option<Timestamp>) -> Result<bool, Failure> {
        let state = if self.all { ResponseState::Unspecified } else { ResponseState::Counts };
        let (state, page_size) = (state.into(), PAGE);
        let mut request = ListResponsesRequest { state, page_size, with_answers: true, ..Default::default() };
        let mut new = false;
        loop {
            let page = to.responses().list_responses(within(request.clone(), SECONDS)).await;
            let page = page.map_err(|status| refused(&status))?.into_inner();
            for response in &page.responses {
                if time_of(response) < since {
                    return Ok(new);
                }
                new |= self.take(response)?;
            }
            if page.next_page_token.is_empty() {
                return Ok(new);
            }
            request.page_token = page.next_page_token;
        }
    }

    /// Takes a response, the newest first; true when it was not there before. Disputed ones are nobody's yet, and those set
    /// aside never will be.
    ///
    /// # Errors
    /// When there is no room.
    pub fn take(&mut self, response: &Response) -> Result<bool, Failure> {
        let key = if self.all { &response.name } else { &response.respondent_id };
        let known = self.known.get(key);
        let nobodys = matches!(response.state(), ResponseState::Disputed | ResponseState::SetAside);
        if nobodys || known.is_some_and(|(name, _)| *name == response.name) {
            return Ok(false);
        }
        if let Some((_, older)) = known {
            self.spool.remove(*older);
        }
        let time = time_of(response);
        self.newest = self.newest.max(time);
        let place = self.spool.push(response, time.unwrap_or_default().micros());
        let place = place.map_err(|error| cannot(&self.path, &error))?;
        self.known.insert(key.clone(), (response.name.clone(), place));
        Ok(true)
    }

    /// Writes the rows, oldest first, and ends the file.
    ///
    /// # Errors
    /// When it cannot be written, or is too much for a sheet.
    pub fn finish(self, args: &ExportSurvey, out: &mut Output) -> Result<Exit, Failure> {
        let Self { mut sink, spool, path, .. } = self;
        let failed = |error: io::Error| cannot(&path, &error);
        let (form, mut strange) = (import_form(), BTreeMap::new());
        for response in spool.oldest_first::<Response>().map_err(failed)? {
            sink.row(&cells(form, &response.map_err(failed)?, args.values, &mut strange), out)?;
        }
        if !strange.is_empty() {
            let count = strange.values().sum::<u64>().to_string();
            let questions = strange.into_keys().collect::<Vec<_>>().join(", ");
            let said = text::LEFT_OUT.get(out.lang(), &[("count", &count), ("questions", &questions)]);
            out.note(out.paint_note(Tone::Notice, &said));
        }
        done(sink, &args.to, out)
    }
}

/// The question that asks for the number.
const NUMBER: &str = "registration_number";

fn time_of(response: &Response) -> Option<Timestamp> {
    response.submit_time.as_ref().map(clock_time)
}

/// The headings: when it was handed in, then every question in form order.
fn headings(form: &Form, headings: Headings) -> Vec<String> {
    let (first, question): (&str, fn(&Question) -> &str) = match headings {
        Headings::Code => (SUBMITTED_AT.0, |question| &question.code),
        Headings::Ja => (SUBMITTED_AT.1, |question| &question.label.ja),
    };
    std::iter::once(first).chain(form.questions().map(question)).map(str::to_owned).collect()
}

/// The cells of a response. Answers to questions that files have not are counted in `strange`.
fn cells(form: &Form, response: &Response, values: Values, strange: &mut BTreeMap<String, u64>) -> Vec<Cell> {
    let mut answers: HashMap<&str, &answer::Value> = HashMap::new();
    for Answer { question, value } in &response.answers {
        match (form.question(question), value) {
            (Some(_), Some(value)) => drop(answers.insert(question, value)),
            (None, Some(_)) => *strange.entry(question.clone()).or_default() += 1,
            (_, None) => {}
        }
    }
    // The number that the person has now, so that who was merged is one person where the file is read.
    let number = Some(answer::Value::Text(response.registration_number.clone()))
        .filter(|_| !response.registration_number.is_empty());
    if let Some(number) = &number {
        answers.insert(NUMBER, number);
    }
    let time = response.submit_time.as_ref().map_or(Cell::Empty, |time| Cell::Text(clock_time(time).to_string()));
    let cell = |question: &Question| {
        let value = answers.get(question.code.as_str());
        value.map_or(Cell::Empty, |value| answered(question, value, values))
    };
    std::iter::once(time).chain(form.questions().map(cell)).collect()
}

fn answered(question: &Question, value: &answer::Value, values: Values) -> Cell {
    let said = |code: &String| {
        let choice = question.choices().and_then(|choices| choices.get(code));
        choice.filter(|_| values == Values::Label).map_or_else(|| code.clone(), |choice| choice.ja.clone())
    };
    match value {
        answer::Value::Choice(code) => Cell::Text(said(code)),
        answer::Value::Choices(choices) => Cell::Codes(choices.codes.iter().map(said).collect()),
        answer::Value::Number(number) => Cell::Number(*number),
        // Digits that a spreadsheet keeps are a text to it; a number that a text question holds is its text.
        answer::Value::Text(text) => {
            debug_assert!(matches!(question.kind, Kind::Text { .. }), "{}", question.code);
            Cell::Text(text.clone())
        }
    }
}
