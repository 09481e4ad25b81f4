//! What the register alone reads of a request, beside what [`kit_vocabulary::Check`] reads for every service.

use contract::registry::v1::ConsentPurpose;
use kit_vocabulary::{BadNumber, is_web_address, normal_text};
use unicode_normalization::UnicodeNormalization;

pub use super::fault::Check;
use super::fault::{Fault, Reason};

/// Longest local part of a mail address (RFC 5321).
const MAIL_LOCAL_BYTES: usize = 64;
/// Longest reason somebody gives, and longest source of a check.
const REASON_CHARS: usize = 200;

/// What a text must look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// One line.
    Line,
    /// Line breaks are allowed.
    Lines,
    /// A mail address.
    Email,
    /// An `http` or `https` address.
    Url,
}

/// The normal form of what is often typed with a Japanese keyboard left in full width: NFKC, without white space at the ends.
pub(super) fn half_width(given: &str) -> String {
    given.nfkc().collect::<String>().trim().to_owned()
}

impl Check {
    /// A text of this form, or nothing.
    pub(super) fn formed(&mut self, field: &str, given: &str, form: Form, max_chars: usize) -> String {
        let text = match form {
            Form::Line | Form::Lines => normal_text(given),
            Form::Email | Form::Url => half_width(given),
        };
        self.normal(field, &text, max_chars, form == Form::Lines);
        match form {
            Form::Email if !text.is_empty() && !is_mail_address(&text) => self.fault(field, Reason::BadEmail),
            Form::Url if !text.is_empty() && !is_web_address(&text) => self.fault(field, Reason::BadUrl),
            _ => {}
        }
        text
    }

    /// A count up to a limit, or none.
    pub(super) fn count(&mut self, field: &str, count: Option<i64>, most: i64) {
        self.between(field, count.unwrap_or_default(), (0, most));
    }

    /// Why somebody asks.
    pub fn words(&mut self, field: &str, given: &str, required: bool) -> String {
        let words = self.text(field, given, REASON_CHARS, false);
        self.needed(field, required && words.is_empty());
        words
    }

    /// A purpose of consents.
    pub fn purpose(&mut self, purpose: i32) -> ConsentPurpose {
        let known = ConsentPurpose::try_from(purpose).unwrap_or_default();
        if known == ConsentPurpose::Unspecified {
            self.fault("purpose", Reason::UnknownPurpose);
        }
        known
    }

    /// The six digits of a number in any spelling.
    pub fn number(&mut self, field: &str, text: &str) -> String {
        kit_vocabulary::registration_number(text).unwrap_or_else(|_| {
            self.fault(field, if text.trim().is_empty() { Reason::Required } else { Reason::BadNumber });
            String::new()
        })
    }

    /// The 13 digits of a corporate number in any spelling; what is none stays as it is.
    pub fn corporate_number(&mut self, field: &str, text: &str, required: bool) -> String {
        let reason = match kit_vocabulary::corporate_number(text) {
            Ok(number) => return number,
            Err(BadNumber::Empty) => {
                self.needed(field, required);
                return String::new();
            }
            Err(BadNumber::CheckDigit) => Reason::BadCheckDigit,
            Err(_) => Reason::BadCorporateNumber,
        };
        self.fault(field, reason);
        text.to_owned()
    }

    /// Notes a field that does not go together with another one.
    pub fn contradicts(&mut self, field: &str, other: &str) {
        self.faults.push(Fault::new(field, Reason::Contradicts).with("value", other));
    }
}

// Only the shape: whether mail arrives is for whoever sends it to find out.
fn is_mail_address(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let plain = |c: char| !c.is_whitespace() && !"@,;:<>()[]\"\\".contains(c);
    let label = |label: &str| !label.is_empty() && !label.starts_with('-') && !label.ends_with('-');
    (1..=MAIL_LOCAL_BYTES).contains(&local.len())
        && local.chars().all(plain)
        && domain.contains('.')
        && domain.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '.')
        && domain.split('.').all(label)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reasons(text: &str, form: Form) -> Vec<Reason> {
        let mut check = Check::default();
        check.formed("f", text, form, 10);
        check.faults.iter().map(|fault| fault.reason).collect()
    }

    #[test]
    fn a_text_keeps_its_form_and_its_length() {
        assert_eq!(reasons("a\nb", Form::Line), [Reason::ControlCharacter]);
        assert_eq!(reasons("a\r\nb", Form::Lines), []);
        assert_eq!(reasons("a\u{7}bcdefghijk", Form::Lines), [Reason::ControlCharacter, Reason::TooLong]);
    }

    #[test]
    fn addresses_have_a_shape() {
        for good in ["a@b.jp", "ａ@ｂ．ｊｐ", ""] {
            assert_eq!(reasons(good, Form::Email), [], "{good}");
        }
        for bad in ["a", "@b.jp", "a@b", "a@b..c", "a@-b.jp", "a b@c.jp"] {
            assert_eq!(reasons(bad, Form::Email), [Reason::BadEmail], "{bad}");
        }
        assert_eq!(reasons("http://a.b", Form::Url), []);
        for bad in ["a.jp", "ftp://a.b", "http://", "http://<a>"] {
            assert_eq!(reasons(bad, Form::Url), [Reason::BadUrl], "{bad}");
        }
    }
}
