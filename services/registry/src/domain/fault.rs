//! What is wrong with a request, for programs and, from `texts/faults.json`, for people.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;

/// A text in both languages.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Words {
    /// Japanese.
    pub(super) ja: String,
    /// English.
    pub(super) en: String,
}

/// Texts by their stable key.
pub(super) type Texts = BTreeMap<String, Words>;

pub(super) fn read(json: &str) -> Texts {
    serde_json::from_str(json).expect("the texts are part of the program, and a test reads them")
}

/// What kind of fault; the names are stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// A value is missing.
    Required,
    /// Not a name of that kind.
    BadName,
    /// Not a registration number.
    BadNumber,
    /// Not a mail address.
    BadEmail,
    /// Not an `http` or `https` address.
    BadUrl,
    /// A control character, a line break where none may stand, or a mark that changes the direction of text.
    ControlCharacter,
    /// Too many characters.
    TooLong,
    /// The number is too small or too large.
    OutOfRange,
    /// The list has no such code.
    UnknownCode,
    /// The code stands twice.
    RepeatedCode,
    /// The code must stand alone.
    Exclusive,
    /// The mask names no field that can change.
    UnknownPath,
    /// The field never changes.
    Immutable,
    /// No obstacle has this reason.
    UnknownReason,
    /// Too long or not visible ASCII.
    BadRequestId,
    /// Not a token of the page before.
    BadPageToken,
    /// Not a state.
    UnknownState,
    /// Not a purpose.
    UnknownPurpose,
    /// Too many entries.
    TooMany,
    /// Not a corporate number.
    BadCorporateNumber,
    /// The check digit of a corporate number does not follow from the others.
    BadCheckDigit,
    /// Not a phone number.
    BadPhone,
    /// Not a day.
    BadDate,
    /// The day is still to come.
    Future,
    /// Does not go together with another field.
    Contradicts,
}

impl Reason {
    /// Every reason.
    pub const ALL: [Self; 25] = [
        Self::Required,
        Self::BadName,
        Self::BadNumber,
        Self::BadEmail,
        Self::BadUrl,
        Self::ControlCharacter,
        Self::TooLong,
        Self::OutOfRange,
        Self::UnknownCode,
        Self::RepeatedCode,
        Self::Exclusive,
        Self::UnknownPath,
        Self::Immutable,
        Self::UnknownReason,
        Self::BadRequestId,
        Self::BadPageToken,
        Self::UnknownState,
        Self::UnknownPurpose,
        Self::TooMany,
        Self::BadCorporateNumber,
        Self::BadCheckDigit,
        Self::BadPhone,
        Self::BadDate,
        Self::Future,
        Self::Contradicts,
    ];

    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Required => "REQUIRED",
            Self::BadName => "BAD_NAME",
            Self::BadNumber => "BAD_NUMBER",
            Self::BadEmail => "BAD_EMAIL",
            Self::BadUrl => "BAD_URL",
            Self::ControlCharacter => "CONTROL_CHARACTER",
            Self::TooLong => "TOO_LONG",
            Self::OutOfRange => "OUT_OF_RANGE",
            Self::UnknownCode => "UNKNOWN_CODE",
            Self::RepeatedCode => "REPEATED_CODE",
            Self::Exclusive => "EXCLUSIVE",
            Self::UnknownPath => "UNKNOWN_PATH",
            Self::Immutable => "IMMUTABLE",
            Self::UnknownReason => "UNKNOWN_REASON",
            Self::BadRequestId => "BAD_REQUEST_ID",
            Self::BadPageToken => "BAD_PAGE_TOKEN",
            Self::UnknownState => "UNKNOWN_STATE",
            Self::UnknownPurpose => "UNKNOWN_PURPOSE",
            Self::TooMany => "TOO_MANY",
            Self::BadCorporateNumber => "BAD_CORPORATE_NUMBER",
            Self::BadCheckDigit => "BAD_CHECK_DIGIT",
            Self::BadPhone => "BAD_PHONE",
            Self::BadDate => "BAD_DATE",
            Self::Future => "FUTURE",
            Self::Contradicts => "CONTRADICTS",
        }
    }
}

/// One thing that is wrong with a request. Never repeats what was given, which may be personal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Path in the request: `expert.terms.formats[1]`.
    pub field: String,
    /// What kind.
    pub reason: Reason,
    /// For the placeholders of the text: a limit, a code point.
    values: Vec<(&'static str, String)>,
}

impl Fault {
    /// A fault of one field.
    pub fn new(field: impl Into<String>, reason: Reason) -> Self {
        Self { field: field.into(), reason, values: Vec::new() }
    }

    /// Fills `{key}` of the text.
    #[must_use]
    pub fn with(mut self, key: &'static str, value: impl ToString) -> Self {
        self.values.push((key, value.to_string()));
        self
    }

    /// In Japanese.
    pub fn ja(&self) -> String {
        self.filled(|words| &words.ja)
    }

    /// In English.
    pub fn en(&self) -> String {
        self.filled(|words| &words.en)
    }

    fn filled(&self, language: fn(&Words) -> &String) -> String {
        static TEXTS: OnceLock<Texts> = OnceLock::new();
        let texts = TEXTS.get_or_init(|| read(include_str!("../../texts/faults.json")));
        let code = self.reason.code();
        let text = texts.get(code).map_or(code, |words| language(words).as_str()).to_owned();
        self.values.iter().fold(text, |text, (key, value)| text.replace(&format!("{{{key}}}"), value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_has_a_text_in_both_languages_and_no_text_is_left_over() {
        let texts = read(include_str!("../../texts/faults.json"));
        for reason in Reason::ALL {
            let words = texts.get(reason.code()).unwrap_or_else(|| panic!("{} has no text", reason.code()));
            assert!(!words.ja.is_ascii() && words.en.is_ascii(), "{}", reason.code());
        }
        assert_eq!(texts.len(), Reason::ALL.len());
    }

    #[test]
    fn a_text_names_its_limit() {
        let fault = Fault::new("expert.person.self_pr", Reason::TooLong).with("max", 50);
        assert_eq!(
            (fault.en(), fault.ja()),
            ("takes at most 50 characters".into(), "50文字以内で入力してください".into())
        );
    }
}
