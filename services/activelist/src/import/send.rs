//! Rows to the server and back: chunks that fit a message, faults mapped to lines and columns, tries that are safe.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

use contract::event::v1::Token;
use contract::survey::v1::{
    BatchSubmitResponsesRequest, BatchSubmitResponsesResponse, BatchValidateResponsesRequest, Finding, ImportNote,
    NewResponse,
};
use indicatif::ProgressBar;
use kit_forms::Reason;
use kit_serve::fault;
use prost::Message as _;
use tonic::{Code, Status};

use super::fault::FileFault;
use super::heading::SUBMITTED_AT;
use super::import_form;
use super::rows::{Row, Sheet};
use crate::connect::{Connection, within};

/// Rows and bytes of one message. Its limits are 500 and 4 MiB; the rest is for what goes around the rows.
const ROWS: usize = 500;
const BYTES: usize = 3 << 20;
/// Rows checked at once: the answer holds every fault and warning of them, and must fit a message too.
const CHECKED_ROWS: usize = 100;
/// Further tries of a chunk while the server is away.
const TRIES: u32 = 3;
const PAUSE: Duration = Duration::from_millis(400);
const SECONDS_A_CHUNK: u64 = 60;

/// Absent answers by question, or by group where all of it is absent, with how often.
pub type Warnings = BTreeMap<String, u64>;

/// The rows in chunks of at most `most` rows and 3 MiB.
pub(super) fn chunks(rows: &[Row], most: usize) -> Vec<Range<usize>> {
    let mut chunks = Vec::new();
    let (mut from, mut bytes) = (0, 0);
    for (at, row) in rows.iter().enumerate() {
        let takes = row.response.encoded_len() + 8;
        if at > from && (at - from == most || bytes + takes > BYTES) {
            chunks.push(from..at);
            (from, bytes) = (at, 0);
        }
        bytes += takes;
    }
    if from < rows.len() {
        chunks.push(from..rows.len());
    }
    chunks
}

/// Has the server check every row; its faults join those of the sheet.
///
/// # Errors
/// What the server said when it could not be asked.
pub(super) async fn check(sheet: &mut Sheet, to: &Connection, bar: &ProgressBar) -> Result<Warnings, Status> {
    let mut warnings = Warnings::new();
    for chunk in chunks(&sheet.rows, CHECKED_ROWS) {
        let responses = responses(&sheet.rows[chunk.clone()]);
        let answer = again(|| async {
            let request = BatchValidateResponsesRequest { responses: responses.clone() };
            to.responses().batch_validate_responses(within(request, SECONDS_A_CHUNK)).await
        });
        let answer = answer.await?;
        take_findings(sheet, chunk.start, answer.faults);
        for warning in answer.warnings {
            *warnings.entry(concerned(warning)).or_default() += 1;
        }
        bar.inc(chunk.len() as u64);
    }
    Ok(warnings)
}

/// The question that is unanswered, or the group when all of it is.
fn concerned(warning: Finding) -> String {
    let group = import_form().question(&warning.question).and_then(|question| question.group.clone());
    match group {
        Some(group) if warning.reason == Reason::UnansweredGroup.as_str() => group,
        _ => warning.question,
    }
}

/// What became of the rows.
#[derive(Debug, Clone, Default)]
pub(super) struct Sent {
    pub(super) stored: i64,
    pub(super) repeated: i64,
    pub(super) token: Option<Token>,
}

/// Hands in the rows, chunk by chunk in the order of the file.
///
/// # Errors
/// What the server said of the chunk that was refused, beside what was stored before; faults of its rows have joined those
/// of the sheet.
pub(super) async fn submit(
    sheet: &mut Sheet,
    note: &ImportNote,
    to: &Connection,
    bar: &ProgressBar,
) -> Result<Sent, (Status, Sent)> {
    let mut sent = Sent::default();
    for chunk in chunks(&sheet.rows, ROWS) {
        let responses = responses(&sheet.rows[chunk.clone()]);
        let answer = again(|| async {
            let request = BatchSubmitResponsesRequest { responses: responses.clone(), import: Some(note.clone()) };
            to.responses().batch_submit_responses(within(request, SECONDS_A_CHUNK)).await
        });
        let BatchSubmitResponsesResponse { stored, repeated_submissions, token } = match answer.await {
            Ok(answer) => answer,
            Err(status) => {
                take_refusal(sheet, chunk.start, &status);
                return Err((status, sent));
            }
        };
        sent.stored += i64::from(stored);
        sent.repeated += i64::from(repeated_submissions);
        sent.token = token.or(sent.token);
        bar.inc(chunk.len() as u64);
    }
    Ok(sent)
}

/// A call that may be repeated, while the server is away. Whether the first try had an effect does not matter: the same
/// rows change nothing twice.
pub(super) async fn again<T, F>(mut call: impl FnMut() -> F) -> Result<T, Status>
where
    F: Future<Output = Result<tonic::Response<T>, Status>>,
{
    let mut tries = 0;
    loop {
        match call().await {
            Ok(answer) => return Ok(answer.into_inner()),
            Err(status) if status.code() == Code::Unavailable && tries < TRIES => {
                tries += 1;
                tokio::time::sleep(PAUSE * tries).await;
            }
            Err(status) => return Err(status),
        }
    }
}

fn responses(rows: &[Row]) -> Vec<NewResponse> {
    rows.iter().map(|row| row.response.clone()).collect()
}

fn take_findings(sheet: &mut Sheet, first: usize, findings: Vec<Finding>) {
    for finding in findings {
        let Finding { field, reason, message, response_index, question } = finding;
        let message = message.unwrap_or_default();
        let question = if question.is_empty() { outside_the_answers(&field) } else { &question };
        take_fault(sheet, first, response_index, question, (reason, message.ja, message.en));
    }
}

/// A refusal names `responses[3].answers[S1a1]`, where a finding has fields of their own.
fn take_refusal(sheet: &mut Sheet, first: usize, status: &Status) {
    for fault in fault::faults_of(status) {
        let Some(index) = bracketed(&fault.field, "responses[") else { continue };
        let question = bracketed(&fault.field, "answers[").unwrap_or_else(|| outside_the_answers(&fault.field));
        take_fault(sheet, first, index.parse().unwrap_or(0), question, (fault.reason, fault.ja, fault.en));
    }
}

/// The column of a field that is no answer.
fn outside_the_answers(field: &str) -> &'static str {
    if field.ends_with("submit_time") { SUBMITTED_AT } else { "" }
}

fn bracketed<'a>(field: &'a str, opening: &str) -> Option<&'a str> {
    Some(field.split_once(opening)?.1.split_once(']')?.0)
}

fn take_fault(sheet: &mut Sheet, first: usize, index: i32, question: &str, said: (String, String, String)) {
    let index = first + usize::try_from(index).unwrap_or(0);
    let Some(row) = sheet.rows.get(index).filter(|row| !row.faulty.contains(question)) else { return };
    let found = sheet.columns.of(question).map(|(place, column)| (place, column.heading.as_str()));
    let (place, column) = found.unwrap_or((sheet.columns.0.len(), question));
    let (reason, ja, en) = said;
    let (line, column) = (row.line_of(place), column.to_owned());
    sheet.faults.push(FileFault { line, place, column, reason, ja, en });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::SurveyFile;

    fn rows(count: usize, pr: &str) -> Vec<Row> {
        let mut text = "name,self_pr\n".to_owned();
        for _ in 0..count {
            text.push_str(&format!("x,{pr}\n"));
        }
        let file = SurveyFile::new("x.csv".to_owned(), text.as_bytes()).expect("a file");
        let form = survey::domain::form::form("skill-2024-import").expect("a form");
        Sheet::read(&file, form).expect("rows").rows
    }

    #[test]
    fn chunks_hold_at_most_so_many_rows_and_bytes_and_lose_none() {
        let sizes = |rows: &[Row]| chunks(rows, ROWS).iter().map(Range::len).collect::<Vec<_>>();
        assert_eq!(sizes(&[]), [0; 0]);
        assert_eq!(sizes(&rows(500, "a")), [500]);
        assert_eq!(sizes(&rows(1_001, "a")), [500, 500, 1]);
        let large = rows(13, &"漢".repeat(200_000));
        let bytes =
            |chunk: &Range<usize>| large[chunk.clone()].iter().map(|row| row.response.encoded_len()).sum::<usize>();
        assert!(chunks(&large, ROWS).iter().all(|chunk| bytes(chunk) <= BYTES));
        assert_eq!(sizes(&large).iter().sum::<usize>(), 13);
    }

    #[test]
    fn the_place_of_a_fault_is_read_from_its_path() {
        assert_eq!(bracketed("responses[3].answers[S1a1]", "responses["), Some("3"));
        assert_eq!(bracketed("responses[3].answers[S1a1]", "answers["), Some("S1a1"));
        assert_eq!(bracketed("import.as_of", "responses["), None);
    }
}
