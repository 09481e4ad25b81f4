//! The rows of a file as responses, and every cell that cannot be read.

use std::collections::{BTreeSet, HashMap};

use contract::survey::v1::{Answer, Choices, NewResponse, answer};
use kit_clock::Timestamp;
use kit_forms::{Answers, Form, Kind, Question, Value};
use prost::Message as _;
use prost_types::Timestamp as WireTime;
use survey::domain::holder::{Holder, Identity, NUMBER, Sender};

use super::fault::{Faults, FileFault};
use super::file::{SurveyFile, line_ends};
use super::heading::{Columns, Meaning, SUBMITTED_AT};
use crate::failure::Failure;
use crate::text;

/// A response that alone would fill a message is none.
const MOST_BYTES: usize = 1 << 20;

/// A row of a file.
#[derive(Debug, Clone)]
pub struct Row {
    /// The line on which it begins, from 1.
    pub line: usize,
    /// The response it holds.
    pub response: NewResponse,
    /// Questions with a fault already: whatever else is said about them says less.
    pub faulty: BTreeSet<String>,
    /// For each line break within a cell, the column of that cell.
    breaks: Vec<usize>,
}

impl Row {
    /// The line on which the cell of a column begins.
    pub fn line_of(&self, place: usize) -> usize {
        self.line + self.breaks.iter().filter(|broken| **broken < place).count()
    }
}

/// A file, read.
#[derive(Debug, Clone)]
pub struct Sheet {
    /// What its columns hold.
    pub columns: Columns,
    /// Its rows in order, without those whose cells cannot be told apart.
    pub rows: Vec<Row>,
    /// How many rows it has.
    pub count: usize,
    /// What is wrong with it as far as the file alone tells.
    pub faults: Faults,
    /// The latest submission.
    pub latest: Option<Timestamp>,
    /// Whether the headings are in order.
    pub headed: bool,
    /// Who the numbers of the file belong to.
    holders: HashMap<String, Holder>,
}

impl Sheet {
    /// Reads a file by a form.
    ///
    /// # Errors
    /// When it has no rows.
    pub fn read(file: &SurveyFile, form: &'static Form) -> Result<Self, Failure> {
        let bytes = file.text.as_bytes();
        let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(bytes);
        let mut lines = Lines::new(bytes);
        let mut record = csv::StringRecord::new();
        let mut sheet: Option<Self> = None;
        // The text is UTF-8 and rows may be of any length, so the reader has nothing left to complain about.
        while reader.read_record(&mut record).unwrap_or(false) {
            let line = lines.of(&record);
            match &mut sheet {
                None => sheet = Some(Self::headed(line, &record, form)),
                Some(sheet) => sheet.take(line, &record, form),
            }
        }
        let mut sheet = sheet
            .filter(|sheet| sheet.count > 0 || !sheet.headed)
            .ok_or_else(|| Failure::input(format!("{}: {}", file.name, text::NO_ROWS.fill(&[])), text::ADVICE_ROWS))?;
        if lines.is_open_at_the_end() {
            let after = sheet.columns.0.len();
            sheet.faults.push(FileFault::new(lines.line(), after, "", "UNCLOSED_QUOTE", text::UNCLOSED_QUOTE, &[]));
        }
        Ok(sheet)
    }

    fn headed(line: usize, record: &csv::StringRecord, form: &'static Form) -> Self {
        let mut faults = Faults::default();
        let columns = Columns::read(line, record, form, &mut faults);
        let headed = faults.is_empty();
        Self { columns, rows: Vec::new(), count: 0, faults, latest: None, headed, holders: HashMap::new() }
    }

    fn take(&mut self, line: usize, record: &csv::StringRecord, form: &'static Form) {
        self.count += 1;
        let (after, expected, found) = (self.columns.0.len(), self.columns.0.len(), record.len());
        if found != expected {
            let (reason, said) = if found < expected {
                ("TOO_FEW_CELLS", text::TOO_FEW_CELLS)
            } else {
                ("TOO_MANY_CELLS", text::TOO_MANY_CELLS)
            };
            let places = [("expected", &*expected.to_string()), ("found", &*found.to_string())];
            self.faults.push(FileFault::new(line, after, "", reason, said, &places));
            return;
        }
        if record.iter().all(|cell| cell.trim().is_empty()) {
            self.faults.push(FileFault::new(line, after, "", "EMPTY_ROW", text::EMPTY_ROW, &[]));
            return;
        }
        let breaks = record.iter().enumerate();
        let breaks = breaks.flat_map(|(place, cell)| std::iter::repeat_n(place, line_ends(cell.as_bytes()))).collect();
        let response = NewResponse { form: format!("forms/{}", form.version), answers: Vec::new(), submit_time: None };
        let mut row = Row { line, response, faulty: BTreeSet::new(), breaks };
        let mut read = Answers::new();
        for (place, cell) in record.iter().enumerate() {
            match self.columns.0[place].meaning {
                Some(Meaning::SubmittedAt) => self.take_time(&mut row, place, cell),
                Some(Meaning::Answer(question)) => {
                    if let Some(value) = self.take_answer(&mut row, place, cell, form, question) {
                        read.insert(question.code.clone(), value);
                    }
                }
                None => {}
            }
        }
        self.compare_holders(&mut row, &read);
        if row.response.encoded_len() > MOST_BYTES {
            self.faults.push(FileFault::new(line, after, "", "ROW_TOO_LARGE", text::ROW_TOO_LARGE, &[]));
            return;
        }
        self.rows.push(row);
    }

    fn take_time(&mut self, row: &mut Row, place: usize, cell: &str) {
        let (line, heading) = (row.line_of(place), &self.columns.0[place].heading);
        match cell.trim().parse::<Timestamp>() {
            Ok(time) => {
                let (seconds, nanos) = time.parts();
                row.response.submit_time = Some(WireTime { seconds, nanos });
                self.latest = self.latest.max(Some(time));
            }
            Err(_) => {
                let empty = cell.trim().is_empty();
                let (reason, said) = if empty { ("REQUIRED", text::NO_TIME) } else { ("BAD_TIME", text::BAD_TIME) };
                self.faults.push(FileFault::new(line, place, heading, reason, said, &[]));
                row.faulty.insert(SUBMITTED_AT.to_owned());
            }
        }
    }

    fn take_answer(
        &mut self,
        row: &mut Row,
        place: usize,
        cell: &str,
        form: &Form,
        question: &Question,
    ) -> Option<Value> {
        let code = question.code.clone();
        let (value, answer) = match form.read_cell(question, cell) {
            Ok(value) => (value.clone(), wire(value?)),
            Err(fault) => {
                let hint = fault.value_hint.map(|hint| format!(": {hint}")).unwrap_or_default();
                self.faults.push(FileFault {
                    line: row.line_of(place),
                    place,
                    column: self.columns.0[place].heading.clone(),
                    reason: fault.reason.to_string(),
                    ja: format!("{}{hint}", fault.ja),
                    en: format!("{}{hint}", fault.en),
                });
                row.faulty.insert(code.clone());
                (None, as_it_stands(question, cell))
            }
        };
        row.response.answers.push(Answer { question: code, value: Some(answer) });
        value
    }

    /// Two people under one number would pass the server's check when a message lies between them, and would be refused
    /// only when the first was stored already.
    fn compare_holders(&mut self, row: &mut Row, read: &Answers) {
        let number = read.get(NUMBER).and_then(Value::text);
        let Some(number) = number.and_then(|text| kit_vocabulary::registration_number(text).ok()) else { return };
        let (trusted, identity) = (Sender::Operator, Identity::of(read));
        let Some(holder) = self.holders.get_mut(&number) else {
            self.holders.insert(number, Holder::first(&trusted, identity));
            return;
        };
        match holder.judge(&trusted, &identity) {
            Ok(()) => holder.complete(&identity),
            Err(dispute) => {
                let place = self.columns.of(NUMBER).map_or(0, |(place, _)| place);
                let (line, heading) = (row.line_of(place), &self.columns.0[place].heading);
                self.faults.push(FileFault::new(line, place, heading, dispute.reason(), text::TWO_HOLDERS, &[]));
                row.faulty.insert(NUMBER.to_owned());
            }
        }
    }
}

fn wire(value: Value) -> answer::Value {
    match value {
        Value::Choice(code) => answer::Value::Choice(code),
        Value::Choices(codes) => answer::Value::Choices(Choices { codes }),
        Value::Number(number) => answer::Value::Number(number),
        Value::Text(text) => answer::Value::Text(text),
    }
}

/// What cannot be read is still told to the server when it checks the row: an answer that is missing would make faults of
/// its own at other questions.
fn as_it_stands(question: &Question, cell: &str) -> answer::Value {
    match question.kind {
        Kind::Single { .. } => answer::Value::Choice(cell.to_owned()),
        Kind::Multiple { .. } => answer::Value::Choices(Choices { codes: vec![cell.to_owned()] }),
        Kind::Number { .. } | Kind::Text { .. } => answer::Value::Text(cell.to_owned()),
    }
}

/// Physical lines of records: the reader skips empty lines, and cells may hold line breaks.
pub(super) struct Lines<'a> {
    bytes: &'a [u8],
    /// Where the newest record begins, and the line of that place.
    at: usize,
    line: usize,
}

impl<'a> Lines<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, line: 1 }
    }

    /// The line on which a record begins.
    pub(super) fn of(&mut self, record: &csv::StringRecord) -> usize {
        let begin = record.position().map_or(self.at, |position| position.byte() as usize);
        let empty = self.bytes[begin..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let begin = (begin + empty).min(self.bytes.len());
        self.line += line_ends(&self.bytes[self.at..begin]);
        self.at = begin;
        self.line
    }

    /// The line on which the newest record begins.
    pub(super) const fn line(&self) -> usize {
        self.line
    }

    /// Whether the newest record, the last one, ends within quotes; it has then swallowed the rest of the file.
    pub(super) fn is_open_at_the_end(&self) -> bool {
        let mut cell = Cell::Begins;
        for &byte in &self.bytes[self.at..] {
            cell = match (cell, byte) {
                (Cell::Begins | Cell::Closing, b'"') => Cell::Quoted,
                (Cell::Quoted, b'"') => Cell::Closing,
                (Cell::Quoted, _) => Cell::Quoted,
                (_, b',' | b'\r' | b'\n') => Cell::Begins,
                _ => Cell::Plain,
            };
        }
        cell == Cell::Quoted
    }
}

/// Where a byte stands in a cell. `Closing` is after a quote within quotes: it ends the cell, or is the first of two.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cell {
    Begins,
    Quoted,
    Closing,
    Plain,
}
