//! What is wrong with a request, for programs and, from `texts/faults.json`, for people.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use super::template::Both;

type Texts = BTreeMap<String, Both>;

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
    /// The number is too small or too large.
    OutOfRange "OUT_OF_RANGE";
    /// The list has no such code.
    UnknownCode "UNKNOWN_CODE";
    /// Too long or not visible ASCII.
    BadRequestId "BAD_REQUEST_ID";
    /// Not a token of the page before.
    BadPageToken "BAD_PAGE_TOKEN";
    /// Not a cursor of a pull before.
    BadCursor "BAD_CURSOR";
}

/// One thing that is wrong with a request. Never repeats what was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Path in the request.
    pub field: String,
    /// What kind.
    pub reason: Reason,
    values: Vec<(&'static str, String)>,
}

impl Fault {
    /// A fault of one field.
    pub fn new(field: &str, reason: Reason) -> Self {
        Self { field: field.to_owned(), reason, values: Vec::new() }
    }

    /// Fills `{key}` of the text.
    #[must_use]
    pub fn with(mut self, key: &'static str, value: impl ToString) -> Self {
        self.values.push((key, value.to_string()));
        self
    }

    /// In both languages.
    pub fn told(&self) -> Both {
        static TEXTS: OnceLock<Texts> = OnceLock::new();
        let words = TEXTS.get_or_init(|| read(include_str!("../../texts/faults.json"))).get(self.reason.code());
        let fill = |text: &String| {
            self.values.iter().fold(text.clone(), |text, (key, value)| text.replace(&format!("{{{key}}}"), value))
        };
        words.map_or_else(Both::default, |words| Both { ja: fill(&words.ja), en: fill(&words.en) })
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
