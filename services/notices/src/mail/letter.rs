//! A notice as a mail: Japanese first, then English, UTF-8.

use std::time::{Duration, UNIX_EPOCH};

use kit_clock::Timestamp;
use lettre::message::header::{ContentTransferEncoding, ContentType, Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message, SinglePart};

use crate::domain::template::Rendered;

/// What a mail is made from.
pub(super) struct Letter<'l> {
    pub(super) from: &'l Mailbox,
    pub(super) to: Mailbox,
    pub(super) words: &'l Rendered,
    /// The notice's id.
    pub(super) notice: &'l str,
    /// Where it leads in the portal; empty when the portal's address is not known.
    pub(super) link: &'l str,
    pub(super) now: Timestamp,
}

/// Says that no person wrote it, so that no machine answers (RFC 3834).
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

impl Letter<'_> {
    /// The mail. Its id is the notice's, whichever try it is: whoever gets it twice can tell.
    pub(super) fn written(self) -> Result<Message, lettre::error::Error> {
        let words = self.words;
        let link = if self.link.is_empty() { String::new() } else { format!("\n{}\n", self.link) };
        let body = format!("{}\n{link}\n----\n\n{}\n{link}", words.text.ja, words.text.en);
        let seconds = u64::try_from(self.now.micros() / 1_000_000).unwrap_or_default();
        let part = SinglePart::builder()
            .header(ContentType::TEXT_PLAIN)
            // Any server takes it, whatever its extensions.
            .header(ContentTransferEncoding::Base64)
            .body(body);
        Message::builder()
            .from(self.from.clone())
            .to(self.to)
            .subject(format!("{} / {}", words.subject.ja, words.subject.en))
            .date(UNIX_EPOCH + Duration::from_secs(seconds))
            .message_id(Some(format!("<{}@{}>", self.notice, self.from.email.domain())))
            .header(AutoSubmitted)
            .singlepart(part)
    }
}
