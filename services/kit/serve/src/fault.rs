//! Errors on the wire: a gRPC code, a reason that programs can rely on, texts in Japanese and English, and for a bad
//! request every fault with the field it belongs to (`google.rpc.BadRequest`, `ErrorInfo`, `LocalizedMessage`).

use std::collections::HashMap;
use std::time::Duration;

use kit_vocabulary::{FaultReason, Words};
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, FieldViolation, LocalizedMessage, StatusExt as _};

/// `ErrorInfo.domain` of every error of this system.
pub const DOMAIN: &str = "activelist";
/// `ErrorInfo.reason` of every answer of [`invalid`].
pub const INVALID_REQUEST: &str = "INVALID_REQUEST";

/// Details travel in a header, in base64 (4/3), and many clients take 8 KiB of headers in all: 4.5 KiB make 6 KiB of it.
const DETAILS_BYTES: usize = 4_608;
/// The message travels beside them, percent-encoded, so this is counted as it is sent.
const MESSAGE_BYTES: usize = 1_024;
/// When another try makes sense after what passes by itself.
pub const RETRY_AFTER: Duration = Duration::from_secs(1);
/// Longest field path and longest text of one fault, in characters; one fault at its longest still fits.
const TEXT_CHARS: usize = 240;

/// One thing that is wrong with a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Path of the field, as in `response.answers[3].number`; empty when it is the request as a whole.
    pub field: String,
    /// What kind of fault, for programs: `UPPER_SNAKE_CASE`, at most 63 characters, stable.
    pub reason: String,
    /// For people, in Japanese.
    pub ja: String,
    /// For people, in English.
    pub en: String,
}

impl Fault {
    /// A fault of one field.
    pub fn new(
        field: impl Into<String>,
        reason: impl Into<String>,
        ja: impl Into<String>,
        en: impl Into<String>,
    ) -> Self {
        Self { field: field.into(), reason: reason.into(), ja: ja.into(), en: en.into() }
    }

    fn violation(&self) -> FieldViolation {
        FieldViolation {
            field: cut(&self.field),
            description: cut(&self.en),
            reason: cut(&self.reason),
            localized_message: Some(LocalizedMessage { locale: "ja".to_owned(), message: cut(&self.ja) }),
        }
    }
}

impl From<&Fault> for Fault {
    fn from(fault: &Fault) -> Self {
        fault.clone()
    }
}

impl<R: FaultReason> From<&kit_vocabulary::Fault<R>> for Fault {
    fn from(fault: &kit_vocabulary::Fault<R>) -> Self {
        let Words { ja, en } = fault.told();
        Self::new(&fault.field, fault.code(), ja, en)
    }
}

impl From<FieldViolation> for Fault {
    fn from(violation: FieldViolation) -> Self {
        let ja = violation.localized_message.map(|local| local.message).unwrap_or_default();
        Self { field: violation.field, reason: violation.reason, ja, en: violation.description }
    }
}

/// INVALID_ARGUMENT with every fault. When they do not all fit into what clients accept as headers, the first ones that
/// do, and how many were left out ([`omitted`]); a method that validates answers with all of them in its response.
pub fn invalid<F>(faults: &[F]) -> Status
where
    Fault: for<'f> From<&'f F>,
{
    let faults: Vec<Fault> = faults.iter().map(Fault::from).collect();
    let mut fitting = faults.len();
    loop {
        let status = with_first(&faults, fitting);
        let bytes = status.details().len();
        if bytes <= DETAILS_BYTES || fitting <= 1 {
            return status;
        }
        // Close to the right number at once, for a request with thousands of faults; then one by one.
        fitting = (fitting * DETAILS_BYTES / bytes + 1).min(fitting - 1);
    }
}

fn with_first(faults: &[Fault], count: usize) -> Status {
    let (shown, total, omitted) = (&faults[..count], faults.len(), faults.len() - count);
    let lines: Vec<_> = shown.iter().map(|fault| format!("{}: {}", cut(&fault.field), cut(&fault.en))).collect();
    let numbers = [("faults".to_owned(), total.to_string()), ("omitted".to_owned(), omitted.to_string())];
    let mut details = ErrorDetails::with_bad_request(shown.iter().map(Fault::violation).collect::<Vec<_>>());
    details.set_error_info(INVALID_REQUEST, DOMAIN, HashMap::from(numbers));
    details.set_localized_message("ja", format!("入力に誤りが{total}件あります"));
    let plural = if total == 1 { "fault" } else { "faults" };
    let message = format!("{total} {plural}: {}", lines.join("; "));
    Status::with_error_details(Code::InvalidArgument, message_within(&message), details)
}

/// An error with a reason that programs can rely on, a text in each language, and metadata such as ids and limits
/// (never personal data). Texts are cut to 240 characters.
///
/// UNAVAILABLE passes by itself, so it always says when to try again, in [`RETRY_AFTER`].
pub fn status(code: Code, reason: &str, en: &str, ja: &str, metadata: &[(&str, &str)]) -> Status {
    let mut details = details(reason, ja, metadata);
    if code == Code::Unavailable {
        details.set_retry_info(Some(RETRY_AFTER));
    }
    Status::with_error_details(code, message_within(&cut(en)), details)
}

/// As [`status`], with the time after which another try makes sense.
pub fn status_retry(code: Code, reason: &str, en: &str, ja: &str, after: Duration) -> Status {
    let mut details = details(reason, ja, &[]);
    details.set_retry_info(Some(after));
    Status::with_error_details(code, message_within(&cut(en)), details)
}

fn details(reason: &str, ja: &str, metadata: &[(&str, &str)]) -> ErrorDetails {
    let metadata: HashMap<_, _> = metadata.iter().map(|(key, value)| (cut(key), cut(value))).collect();
    let mut details = ErrorDetails::with_error_info(reason, DOMAIN, metadata);
    details.set_localized_message("ja", cut(ja));
    details
}

/// The faults of an answer, for clients.
pub fn faults_of(status: &Status) -> Vec<Fault> {
    let request = status.get_details_bad_request();
    request.map(|request| request.field_violations.into_iter().map(Fault::from).collect()).unwrap_or_default()
}

/// How many more faults there were than the answer carries.
pub fn omitted(status: &Status) -> usize {
    let info = status.get_details_error_info();
    info.and_then(|info| info.metadata.get("omitted")?.parse().ok()).unwrap_or(0)
}

/// The reason of an answer, for clients; `None` when it is not from this system.
pub fn reason_of(status: &Status) -> Option<String> {
    status.get_details_error_info().filter(|info| info.domain == DOMAIN).map(|info| info.reason)
}

/// When another try makes sense, for clients; `None` when the answer does not say.
pub fn retry_after(status: &Status) -> Option<Duration> {
    status.get_details_retry_info()?.retry_delay
}

/// The text for people who read Japanese.
pub fn ja_of(status: &Status) -> Option<String> {
    status.get_details_localized_message().filter(|local| local.locale == "ja").map(|local| local.message)
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(TEXT_CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// As much of the text as fits once percent-encoded.
fn message_within(text: &str) -> String {
    let mut left = MESSAGE_BYTES;
    let fits = text.char_indices().find(|&(_, letter)| {
        let bytes = if matches!(letter, ' '..='~' if letter != '%') { 1 } else { 3 * letter.len_utf8() };
        let full = bytes > left;
        left = left.saturating_sub(bytes);
        full
    });
    match fits {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(number: usize) -> Fault {
        Fault::new(
            format!("response.answers[{number}].number"),
            "OUT_OF_RANGE",
            "0から3までの数でお答えください",
            "must be between 0 and 3",
        )
    }

    fn header_bytes(status: &Status) -> usize {
        let headers = status.clone().into_http::<()>().into_parts().0.headers;
        headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 32).sum()
    }

    #[test]
    fn every_fault_comes_back() {
        let faults: Vec<_> = (0..12).map(fault).collect();
        let status = invalid(&faults);
        assert_eq!(status.code(), Code::InvalidArgument);
        assert_eq!(faults_of(&status), faults);
        assert_eq!(omitted(&status), 0);
        assert_eq!(reason_of(&status).as_deref(), Some(INVALID_REQUEST));
        assert!(status.message().starts_with("12 faults: response.answers[0].number: must be between 0 and 3; "));
        assert_eq!(ja_of(&status).as_deref(), Some("入力に誤りが12件あります"));
    }

    #[test]
    fn many_faults_stay_within_the_headers_and_say_how_many_more() {
        for total in [40, 400, 20_000] {
            let faults: Vec<_> = (0..total).map(fault).collect();
            let status = invalid(&faults);
            let shown = faults_of(&status);
            assert!(shown.len() > 10, "only {} of {total}", shown.len());
            assert_eq!(shown, faults[..shown.len()]);
            assert_eq!(omitted(&status), total - shown.len());
            assert!(header_bytes(&status) < 8 * 1024, "{} bytes of headers", header_bytes(&status));
        }
    }

    #[test]
    fn even_the_longest_texts_fit() {
        let long = "漢".repeat(100_000);
        let faults = vec![Fault::new(&long, "R".repeat(63), &long, &long); 3];
        let status = invalid(&faults);
        assert!(!faults_of(&status).is_empty());
        assert!(header_bytes(&status) < 8 * 1024, "{} bytes of headers", header_bytes(&status));
        let status = super::status(Code::Aborted, "STALE_ETAG", &long, &long, &[("etag", &long)]);
        assert!(header_bytes(&status) < 8 * 1024, "{} bytes of headers", header_bytes(&status));
    }

    #[test]
    fn what_passes_by_itself_says_when_to_try_again() {
        let of = |code| retry_after(&super::status(code, "REASON", "text", "文", &[]));
        assert_eq!(of(Code::Unavailable), Some(RETRY_AFTER));
        assert_eq!(of(Code::NotFound), None);
    }

    #[test]
    fn a_status_says_its_reason_in_two_languages() {
        let status = super::status(
            Code::Aborted,
            "STALE_ETAG",
            "changed meanwhile",
            "別の変更が先に行われました",
            &[("etag", "7")],
        );
        assert_eq!((status.code(), status.message()), (Code::Aborted, "changed meanwhile"));
        assert_eq!(reason_of(&status).as_deref(), Some("STALE_ETAG"));
        assert_eq!(ja_of(&status).as_deref(), Some("別の変更が先に行われました"));
        assert_eq!(status.get_details_error_info().unwrap().metadata["etag"], "7");
        assert_eq!(faults_of(&status), []);
        assert_eq!(reason_of(&Status::internal("other")), None);
    }
}
