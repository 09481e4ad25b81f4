//! What is wrong with a request, for programs and, from `texts/faults.json`, for people.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;

/// A text in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct Words {
    ja: String,
    en: String,
}

type Texts = BTreeMap<String, Words>;

fn read(json: &str) -> Texts {
    serde_json::from_str(json).expect("the texts are part of the program, and a test reads them")
}

macro_rules! reasons {
    ($($(#[doc = $doc:literal])* $name:ident $code:literal;)*) => {
        /// What kind of fault; the names are stable.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Reason {
            $($(#[doc = $doc])* $name,)*
        }

        impl Reason {
            /// Every reason.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The stable name.
            pub const fn code(self) -> &'static str {
                match self {
                    $(Self::$name => $code,)*
                }
            }
        }
    };
}

reasons! {
    /// A value is missing.
    Required "REQUIRED";
    /// Not a name of that kind.
    BadName "BAD_NAME";
    /// A control character, a line break where none may stand, or a mark that changes the direction of text.
    ControlCharacter "CONTROL_CHARACTER";
    /// Too many characters.
    TooLong "TOO_LONG";
    /// Too many entries.
    TooMany "TOO_MANY";
    /// The number is too small or too large.
    OutOfRange "OUT_OF_RANGE";
    /// The list has no such code.
    UnknownCode "UNKNOWN_CODE";
    /// The value stands twice.
    Repeated "REPEATED";
    /// Not an `http` or `https` address.
    BadUrl "BAD_URL";
    /// Too long or not visible ASCII.
    BadRequestId "BAD_REQUEST_ID";
    /// Not a token of the page before.
    BadPageToken "BAD_PAGE_TOKEN";
    /// Nothing may stand here.
    NotHere "NOT_HERE";
    /// The visit ends before it begins, or at once.
    EndsBeforeStart "ENDS_BEFORE_START";
    /// A visit of more than 8 hours.
    TooLongAVisit "TOO_LONG_A_VISIT";
    /// A moment that has not come yet.
    InTheFuture "IN_THE_FUTURE";
    /// More than two years ahead.
    TooFarAhead "TOO_FAR_AHEAD";
    /// Before the case began.
    BeforeTheCase "BEFORE_THE_CASE";
    /// The same as it is.
    NoChange "NO_CHANGE";
    /// Another company than the consultation's.
    OtherCompany "OTHER_COMPANY";
    /// Another expert than the case's.
    OtherExpert "OTHER_EXPERT";
    /// Not a short name of letters, digits, `-` and `_`.
    BadLabel "BAD_LABEL";
    /// The number of visits does not fit the status.
    VisitsDoNotFit "VISITS_DO_NOT_FIT";
    /// What was taken over under this name differs.
    Differs "DIFFERS";
    /// An answer says otherwise than a field of the call, or than what is recorded.
    Contradicts "CONTRADICTS";
    /// An answer that the form does not take; the form's engine says why.
    BadAnswer "BAD_ANSWER";
    /// Another form than this call takes.
    OtherForm "OTHER_FORM";
    /// The gathering is of another programme or body.
    OtherGathering "OTHER_GATHERING";
    /// More than 24 hours.
    TooLongAGathering "TOO_LONG_A_GATHERING";
    /// Not a month such as `2025-01`.
    BadMonth "BAD_MONTH";
}

/// One thing that is wrong with a request. Never repeats what was given, which may be personal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Path in the request: `texts.attendees[1]`.
    pub field: String,
    /// What kind.
    pub reason: Reason,
    /// For the places of the text: a limit, a code point.
    values: Vec<(&'static str, String)>,
    /// Of an answer: what the form's engine says of it.
    told: Option<Told>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Told {
    code: &'static str,
    words: Words,
}

impl Fault {
    /// A fault of one field.
    pub fn new(field: impl Into<String>, reason: Reason) -> Self {
        Self { field: field.into(), reason, values: Vec::new(), told: None }
    }

    /// What the form's engine found wrong with an answer.
    pub fn of_answer(found: &kit_forms::Fault) -> Self {
        let words = Words { ja: found.ja.clone(), en: found.en.clone() };
        let told = Some(Told { code: found.reason.as_str(), words });
        Self { told, ..Self::new(format!("answers[{}]", found.question), Reason::BadAnswer) }
    }

    /// The stable name of what is wrong.
    pub fn code(&self) -> &'static str {
        self.told.as_ref().map_or(self.reason.code(), |told| told.code)
    }

    /// Fills `{key}` of the text.
    #[must_use]
    pub fn with(mut self, key: &'static str, value: impl ToString) -> Self {
        self.values.push((key, value.to_string()));
        self
    }

    /// The same fault of another field.
    #[must_use]
    pub fn at(self, field: String) -> Self {
        Self { field, ..self }
    }

    /// The same fault of a field within another.
    #[must_use]
    pub fn within(self, place: &str) -> Self {
        Self { field: format!("{place}.{}", self.field), ..self }
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
        if let Some(told) = &self.told {
            return language(&told.words).clone();
        }
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
}
