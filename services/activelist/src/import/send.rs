//! Rows to the server and back: chunks that fit a message, faults mapped to rows and columns, tries that are safe.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

use contract::event::v1::Token;
use contract::survey::v1::{
    BatchSubmitResponsesRequest, BatchSubmitResponsesResponse, BatchValidateResponsesRequest, Finding, ImportNote,
    NewResponse,
};
use kit_forms::Reason;
use kit_serve::fault;
use prost::Message as _;
use tonic::{Code, Status};

use super::heading::SUBMITTED_AT;
use super::import_form;
use super::rows::{Row, Sheet};
use crate::connect::{Connection, within};

/// Rows and bytes of one message. Its limits are 500 and 4 MiB; the rest is for what goes around the rows.
const ROWS: usize = 500;
const BYTES: usize = 3 << 20;
/// Further tries of a chunk while the server is away.
const TRIES: u32 = 3;
const PAUSE: Duration = Duration::from_millis(400);
const SECONDS_A_CHUNK: u64 = 60;

/// Absent answers by question, or by group where all of it is absent, with how often.
pub type Warnings = BTreeMap<String, u64>;

/// The rows in chunks of at most 500 rows and 3 MiB.
fn chunks(rows: &[&mut Row]) -> Vec<Range<usize>> {
    cut(rows.iter().map(|row| row.response.as_ref().map_or(0, |response| response.encoded_len() + 8)))
}

fn cut(sizes: impl Iterator<Item = usize>) -> Vec<Range<usize>> {
    let mut chunks = Vec::new();
    let (mut from, mut bytes, mut count) = (0, 0, 0);
    for (at, takes) in sizes.enumerate() {
        if at > from && (at - from == ROWS || bytes + takes > BYTES) {
            chunks.push(from..at);
            (from, bytes) = (at, 0);
        }
        bytes += takes;
        count = at + 1;
    }
    if from < count {
        chunks.push(from..count);
    }
    chunks
}

/// Has the server check some rows; its faults and warnings join those of the rows.
///
/// # Errors
/// What the server said when it could not be asked.
pub(super) async fn check(sheet: &Sheet, rows: &mut [Row], to: &Connection) -> Result<(), Status> {
    let mut rows: Vec<&mut Row> = rows.iter_mut().filter(|row| row.response.is_some()).collect();
    for chunk in chunks(&rows) {
        let rows = &mut rows[chunk];
        let responses = responses(rows);
        let answer = again(|| async {
            let request = BatchValidateResponsesRequest { responses: responses.clone() };
            to.responses().batch_validate_responses(within(request, SECONDS_A_CHUNK)).await
        });
        let answer = answer.await?;
        take_findings(sheet, rows, answer.faults);
        for warning in answer.warnings {
            let index = usize::try_from(warning.response_index).unwrap_or(usize::MAX);
            if let Some(row) = rows.get_mut(index) {
                row.warnings.push(concerned(warning));
            }
        }
    }
    Ok(())
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

impl Sent {
    pub(super) fn add(&mut self, more: Self) {
        self.stored += more.stored;
        self.repeated += more.repeated;
        self.token = more.token.or(self.token.take());
    }
}

/// Hands in rows, in the order of the file.
///
/// # Errors
/// What the server said of a row it refused, or when it could not be asked; faults of rows have joined those of the rows, and
/// what was stored before has joined `sent`.
pub(super) async fn submit(
    sheet: &Sheet,
    rows: &mut [Row],
    note: &ImportNote,
    sent: &mut Sent,
    to: &Connection,
) -> Result<(), Status> {
    let mut rows: Vec<&mut Row> = rows.iter_mut().collect();
    for chunk in chunks(&rows) {
        let rows = &mut rows[chunk];
        let responses = responses(rows);
        let answer = again(|| async {
            let request = BatchSubmitResponsesRequest { responses: responses.clone(), import: Some(note.clone()) };
            to.responses().batch_submit_responses(within(request, SECONDS_A_CHUNK)).await
        });
        let BatchSubmitResponsesResponse { stored, repeated_submissions, token } = match answer.await {
            Ok(answer) => answer,
            Err(status) => {
                take_refusal(sheet, rows, &status);
                return Err(status);
            }
        };
        sent.add(Sent { stored: stored.into(), repeated: repeated_submissions.into(), token });
    }
    Ok(())
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

fn responses(rows: &[&mut Row]) -> Vec<NewResponse> {
    rows.iter().filter_map(|row| row.response.clone()).collect()
}

fn take_findings(sheet: &Sheet, rows: &mut [&mut Row], findings: Vec<Finding>) {
    for finding in findings {
        let Finding { field, reason, message, response_index, question } = finding;
        let message = message.unwrap_or_default();
        let question = if question.is_empty() { outside_the_answers(&field) } else { &question };
        let index = usize::try_from(response_index).unwrap_or(0);
        if let Some(row) = rows.get_mut(index) {
            sheet.take_fault(row, question, (reason, message.ja, message.en));
        }
    }
}

/// A refusal names `responses[3].answers[S1a1]`, where a finding has fields of their own.
fn take_refusal(sheet: &Sheet, rows: &mut [&mut Row], status: &Status) {
    for fault in fault::faults_of(status) {
        let Some(index) = bracketed(&fault.field, "responses[") else { continue };
        let question = bracketed(&fault.field, "answers[").unwrap_or_else(|| outside_the_answers(&fault.field));
        let index = index.parse().unwrap_or(usize::MAX);
        if let Some(row) = rows.get_mut(index) {
            sheet.take_fault(row, question, (fault.reason, fault.ja, fault.en));
        }
    }
}

/// The column of a field that is no answer.
fn outside_the_answers(field: &str) -> &'static str {
    if field.ends_with("submit_time") { SUBMITTED_AT } else { "" }
}

fn bracketed<'a>(field: &'a str, opening: &str) -> Option<&'a str> {
    Some(field.split_once(opening)?.1.split_once(']')?.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_hold_at_most_so_many_bytes_and_lose_none() {
        let sizes = |bytes: &[usize]| cut(bytes.iter().copied()).iter().map(Range::len).collect::<Vec<_>>();
        assert_eq!(sizes(&[]), [0; 0]);
        assert_eq!(sizes(&[1; 500]), [500]);
        assert_eq!(sizes(&[1; 501]), [500, 1]);
        assert_eq!(sizes(&[BYTES, 1, 1, BYTES - 100, 200]), [1, 3, 1]);
        assert_eq!(sizes(&[2 * BYTES, 2 * BYTES]), [1, 1]);
    }

    #[test]
    fn the_place_of_a_fault_is_read_from_its_path() {
        assert_eq!(bracketed("responses[3].answers[S1a1]", "responses["), Some("3"));
        assert_eq!(bracketed("responses[3].answers[S1a1]", "answers["), Some("S1a1"));
        assert_eq!(bracketed("import.as_of", "responses["), None);
    }
}
