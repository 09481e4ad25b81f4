//! The rows of a file as responses, and every cell that cannot be read.

use std::collections::{BTreeSet, HashMap};

use contract::survey::v1::{Answer, Choices, NewResponse, answer};
use kit_clock::Timestamp;
use kit_forms::{Answers, Form, Kind, Question, Value};
use kit_vocabulary::{Lang, unguarded};
use prost::Message as _;
use prost_types::Timestamp as WireTime;
use survey::domain::holder::{Dispute, Identity, NUMBER, Print};

use super::fault::{Faults, FileFault};
use super::file::{About, FileTable, SurveyFile};
use super::heading::{Columns, Meaning, SUBMITTED_AT, shown};
use crate::failure::Failure;
use crate::text;

/// A response that alone would fill a message is none.
const MOST_BYTES: usize = 1 << 20;
/// What is read, checked and later stored at once: so many rows, or a little more than so many bytes.
const BLOCK_ROWS: usize = 100;
const BLOCK_BYTES: usize = 2 << 20;

/// A row of a file.
#[derive(Debug, Clone)]
pub struct Row {
    /// As the file has it.
    pub source: kit_tables::Row,
    /// The response it holds; nothing when its cells cannot be told apart, or are too much.
    pub response: Option<NewResponse>,
    /// What is wrong with it.
    pub faults: Vec<FileFault>,
    /// Questions with a fault already: whatever else is said about them says less.
    pub faulty: BTreeSet<String>,
    /// Questions, or groups, that the server found unanswered.
    pub warnings: Vec<String>,
    /// When it was handed in.
    pub submitted: Option<Timestamp>,
    /// Whose number it gives.
    holder: Option<(u32, Print)>,
}

/// A file, read row by row.
pub struct Sheet {
    /// What its columns hold.
    pub columns: Columns,
    /// What is wrong with the headings.
    pub faults: Faults,
    file: FileTable,
    shown: Vec<String>,
    form: &'static Form,
}

impl Sheet {
    /// Reads a file to its headings, by a form.
    ///
    /// # Errors
    /// When it is nothing that is read.
    pub fn open(file: &SurveyFile, form: &'static Form) -> Result<Self, Failure> {
        let table = file.table()?;
        let mut faults = Faults::default();
        let columns = Columns::read(table.headings(), form, &mut faults);
        let shown = shown(table.headings());
        Ok(Self { columns, faults, file: table, shown, form })
    }

    /// Whether the headings are in order.
    pub fn headed(&self) -> bool {
        self.faults.is_empty()
    }

    /// The headings as the file has them.
    pub fn headings(&self) -> &[String] {
        &self.file.headings().cells
    }

    /// What the file is; complete once it was read to its end.
    pub fn about(&self) -> About {
        About::of(&self.file)
    }

    /// The next rows; none at the end.
    pub(super) fn block(&mut self, file: &SurveyFile) -> Result<Vec<Row>, Failure> {
        let (mut rows, mut bytes) = (Vec::new(), 0);
        while rows.len() < BLOCK_ROWS && bytes < BLOCK_BYTES {
            let Some(row) = self.next(file)? else { break };
            bytes += row.source.bytes();
            rows.push(row);
        }
        Ok(rows)
    }

    /// The next row, with the faults that the file alone tells.
    ///
    /// # Errors
    /// When the rest of the file cannot be read.
    pub fn next(&mut self, file: &SurveyFile) -> Result<Option<Row>, Failure> {
        let source = self.file.next_row().map_err(|complaint| file.failure(&complaint))?;
        Ok(source.map(|source| self.row(source)))
    }

    fn row(&self, source: kit_tables::Row) -> Row {
        let faults: Vec<FileFault> = FileFault::found(&source, &self.shown).collect();
        // Of a row that is wrong as a whole nobody knows what its cells are.
        let whole = source.faults.iter().any(|found| found.column.is_none());
        let told_apart = !whole && source.cells.len() == self.columns.0.len();
        let faulty = source.faults.iter().filter_map(|found| self.columns.0.get(found.column?)?.meaning);
        let faulty = faulty.map(|meaning| meaning.code().to_owned()).collect();
        let (warnings, submitted) = (Vec::new(), None);
        let mut row = Row { source, response: None, faults, faulty, warnings, submitted, holder: None };
        if !told_apart {
            return row;
        }
        let (mut response, mut read) = (NewResponse::default(), Answers::new());
        response.form = format!("forms/{}", self.form.version);
        for (place, column) in self.columns.0.iter().enumerate() {
            match column.meaning {
                Some(Meaning::SubmittedAt) => self.take_time(&mut row, &mut response, place),
                Some(Meaning::Answer(question)) => {
                    if let Some(value) = self.take_answer(&mut row, &mut response, place, question) {
                        read.insert(question.code.clone(), value);
                    }
                }
                None => {}
            }
        }
        let number = read.get(NUMBER).and_then(Value::text);
        let number = number.and_then(|text| kit_vocabulary::registration_number(text).ok()?.parse().ok());
        row.holder = number.map(|number| (number, Identity::of(&read).print()));
        if response.encoded_len() > MOST_BYTES {
            let after = self.columns.0.len();
            let fault = FileFault::said(&row.source, after, "", "ROW_TOO_LARGE", text::ROW_TOO_LARGE, &[]);
            row.faults.push(fault);
        } else {
            row.response = Some(response);
        }
        row
    }

    fn take_time(&self, row: &mut Row, response: &mut NewResponse, place: usize) {
        let cell = unguarded(row.source.cells[place].trim());
        if let Some(time) = cell.parse().ok().or_else(|| of_spreadsheet(cell)) {
            let (seconds, nanos) = Timestamp::parts(time);
            response.submit_time = Some(WireTime { seconds, nanos });
            row.submitted = Some(time);
            return;
        }
        let (reason, said) = if cell.is_empty() { ("REQUIRED", text::NO_TIME) } else { ("BAD_TIME", text::BAD_TIME) };
        if row.faulty.insert(SUBMITTED_AT.to_owned()) {
            row.faults.push(FileFault::said(&row.source, place, &self.shown[place], reason, said, &[]));
        }
    }

    fn take_answer(
        &self,
        row: &mut Row,
        response: &mut NewResponse,
        place: usize,
        question: &Question,
    ) -> Option<Value> {
        let (code, cell) = (question.code.clone(), &row.source.cells[place]);
        let (value, answer) = match self.form.read_cell(question, cell) {
            // What the reader of the file could not read is no answer, but not to be missed either.
            Ok(None) if row.faulty.contains(&code) => (None, as_it_stands(question, "?")),
            Ok(value) => (value.clone(), wire(value?)),
            Err(fault) => {
                let answer = as_it_stands(question, cell);
                let hint = fault.value_hint.map(|hint| format!(": {hint}")).unwrap_or_default();
                let said = (format!("{}{hint}", fault.ja), format!("{}{hint}", fault.en));
                if row.faulty.insert(code.clone()) {
                    let reason = fault.reason.to_string();
                    row.faults.push(FileFault::at(&row.source, place, &self.shown[place], &reason, said));
                }
                (None, answer)
            }
        };
        response.answers.push(Answer { question: code, value: Some(answer) });
        value
    }

    /// A fault of a question, that somebody else found.
    pub(super) fn take_fault(&self, row: &mut Row, question: &str, (reason, ja, en): (String, String, String)) {
        if row.faulty.contains(question) {
            return;
        }
        let found = self.columns.of(question).map(|(place, column)| (place, column.heading.as_str()));
        let (place, column) = found.unwrap_or((self.columns.0.len(), question));
        row.faults.push(FileFault::at(&row.source, place, column, &reason, (ja, en)));
    }
}

/// A time as spreadsheets write it, who know of no other place: that of Japan.
fn of_spreadsheet(cell: &str) -> Option<Timestamp> {
    let (day, time) = cell.split_once(' ')?;
    let numbers = |text: &str, by: char| -> Option<Vec<i64>> {
        let digits = |part: &str| (1..=4).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
        text.trim().split(by).map(|part| part.parse().ok().filter(|_| digits(part))).collect()
    };
    let day = numbers(&day.replace('/', "-"), '-').filter(|day| day.len() == 3 && day[0] > 999)?;
    let time = numbers(time, ':').filter(|time| (2..=3).contains(&time.len()))?;
    let second = time.get(2).unwrap_or(&0);
    let written = format!("{:04}-{:02}-{:02}T{:02}:{:02}:{second:02}+09:00", day[0], day[1], day[2], time[0], time[1]);
    written.parse().ok()
}

/// Who the numbers of a file belong to.
#[derive(Default)]
pub(super) struct Holders {
    known: HashMap<u32, Print>,
    /// Those of the newest rows, which may turn out to be no good.
    newest: HashMap<u32, Print>,
}

impl Holders {
    /// Two people under one number would pass the server's check when a message lies between them, and would be refused
    /// only when the first was stored already. Within a message it says so itself; here it is said with the row before.
    pub(super) fn compare(&mut self, sheet: &Sheet, row: &mut Row, left: impl Fn(&Row) -> bool) {
        let Some((number, print)) = row.holder else { return };
        let first = self.known.get(&number).or_else(|| self.newest.get(&number));
        if first.is_some_and(|first| first.differs_wholly(&print)) {
            let column = sheet.columns.of(NUMBER).map(|(_, column)| column.heading.as_str());
            row.faults.retain(|fault| row.faulty.contains(NUMBER) || Some(fault.column.as_str()) != column);
            let [ja, en] = [Lang::Ja, Lang::En].map(|lang| text::TWO_HOLDERS.get(lang, &[]));
            sheet.take_fault(row, NUMBER, (Dispute::IdentityDiffers.reason().to_owned(), ja, en));
        } else if !left(row) {
            self.newest.entry(number).or_insert(print).complete(&print);
        }
    }

    /// The newest rows that count are known from now on.
    pub(super) fn keep<'a>(&mut self, rows: impl Iterator<Item = &'a Row>) {
        for (number, print) in rows.filter_map(|row| row.holder) {
            let first = self.known.entry(number).or_insert(print);
            if !first.differs_wholly(&print) {
                first.complete(&print);
            }
        }
        self.newest.clear();
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
