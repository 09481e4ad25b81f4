//! What is wrong with a request: a field, a stable reason, and texts in both languages from a file of the service.

use std::collections::BTreeMap;

use serde::Deserialize;

/// A text in both languages.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// Japanese.
    pub ja: String,
    /// English.
    pub en: String,
}

impl Words {
    /// With a value in the place of each `{key}`.
    #[must_use]
    pub fn filled(&self, values: &[(&str, String)]) -> Self {
        let fill = |text: &String| {
            values.iter().fold(text.clone(), |text, (key, value)| text.replace(&format!("{{{key}}}"), value))
        };
        Self { ja: fill(&self.ja), en: fill(&self.en) }
    }
}

/// Texts by their stable key, as a file of the program holds them.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Texts(BTreeMap<String, Words>);

impl Texts {
    /// Reads the text of a file that is part of the program.
    ///
    /// # Panics
    /// When it is not JSON of this shape; a test of the room that owns it reads it.
    pub fn read(json: &str) -> Self {
        serde_json::from_str(json).expect("the texts are part of the program, and a test reads them")
    }

    /// These, and of others those whose key has none here.
    #[must_use]
    pub fn or(mut self, others: Self) -> Self {
        for (key, words) in others.0 {
            self.0.entry(key).or_insert(words);
        }
        self
    }

    /// The text of this key.
    pub fn get(&self, key: &str) -> Option<&Words> {
        self.0.get(key)
    }

    /// What is missing for these keys or is there without one: nothing when every key has a Japanese and an English text, and no
    /// text is left over.
    pub fn faults(&self, keys: &[&str]) -> Vec<String> {
        let good = |key: &&&str| self.get(key).is_some_and(|words| !words.ja.is_ascii() && words.en.is_ascii());
        let missing = keys.iter().filter(|key| !good(key)).map(|key| format!("{key} has no text"));
        let unused = self.0.keys().filter(|key| !keys.contains(&key.as_str()));
        missing.chain(unused.map(|key| format!("nothing is called {key}"))).collect()
    }
}

/// Kinds of faults of a service. Made with [`fault_reasons!`](crate::fault_reasons).
pub trait FaultReason: Copy {
    /// The stable name.
    fn code(self) -> &'static str;
    /// The texts of all kinds.
    fn texts() -> &'static Texts;
}

/// One thing that is wrong with a request. Never repeats what was given, which may be personal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault<R> {
    /// Path in the request: `texts.attendees[1]`.
    pub field: String,
    /// What kind.
    pub reason: R,
    /// For the places of the text: a limit, a code point.
    values: Vec<(&'static str, String)>,
    /// What somebody else found, in that one's name and words.
    found: Option<(&'static str, Words)>,
}

impl<R: FaultReason> Fault<R> {
    /// A fault of one field.
    pub fn new(field: impl Into<String>, reason: R) -> Self {
        Self { field: field.into(), reason, values: Vec::new(), found: None }
    }

    /// What another room found, told by its own stable name and in its own words.
    #[must_use]
    pub fn found(self, code: &'static str, words: Words) -> Self {
        Self { found: Some((code, words)), ..self }
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

    /// The stable name of what is wrong.
    pub fn code(&self) -> &'static str {
        self.found.as_ref().map_or(self.reason.code(), |(code, _)| code)
    }

    /// In both languages.
    pub fn told(&self) -> Words {
        if let Some((_, words)) = &self.found {
            return words.clone();
        }
        let code = self.reason.code();
        let bare = || Words { ja: code.to_owned(), en: code.to_owned() };
        R::texts().get(code).map_or_else(bare, |words| words.filled(&self.values))
    }

    /// In Japanese.
    pub fn ja(&self) -> String {
        self.told().ja
    }

    /// In English.
    pub fn en(&self) -> String {
        self.told().en
    }
}

/// Declares kinds of faults, `Reason`, each with a stable name and a text in the file given first; and `Fault`, a fault of such
/// a kind. A test that every kind has its text comes along. For those of requests see
/// [`request_reasons!`](crate::request_reasons).
#[macro_export]
macro_rules! fault_reasons {
    (@ $texts:expr; $($(#[doc = $doc:literal])* $name:ident $code:literal;)*) => {
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

        impl $crate::FaultReason for Reason {
            fn code(self) -> &'static str {
                Self::code(self)
            }

            fn texts() -> &'static $crate::Texts {
                static TEXTS: std::sync::OnceLock<$crate::Texts> = std::sync::OnceLock::new();
                TEXTS.get_or_init(|| $texts)
            }
        }

        /// One thing that is wrong with a request.
        pub type Fault = $crate::Fault<Reason>;

        #[cfg(test)]
        #[test]
        fn every_reason_has_a_text_in_both_languages_and_no_text_is_left_over() {
            let codes: Vec<_> = Reason::ALL.iter().map(|reason| reason.code()).collect();
            assert_eq!(<Reason as $crate::FaultReason>::texts().faults(&codes), Vec::<String>::new());
        }
    };
    ($texts:expr; $($reasons:tt)*) => {
        $crate::fault_reasons! { @ $crate::Texts::read($texts); $($reasons)* }
    };
}

#[cfg(test)]
mod tests {
    #![allow(unreachable_pub, reason = "what the macro declares is public")]

    use super::*;

    fault_reasons! {
        r#"{"TOO_LONG": {"ja": "{max}文字以内です", "en": "at most {max} characters"}}"#;
        /// Too many characters.
        TooLong "TOO_LONG";
    }

    #[test]
    fn a_text_names_its_limit_and_a_place_its_surroundings() {
        let fault = Fault::new("self_pr", Reason::TooLong).with("max", 50).within("expert");
        assert_eq!((fault.field.as_str(), fault.code()), ("expert.self_pr", "TOO_LONG"));
        assert_eq!((fault.ja(), fault.en()), ("50文字以内です".to_owned(), "at most 50 characters".to_owned()));
        let words = Words { ja: "日".to_owned(), en: "day".to_owned() };
        let found = fault.found("BAD_DATE", words.clone());
        assert_eq!((found.code(), found.told()), ("BAD_DATE", words));
    }

    #[test]
    fn a_text_that_is_missing_or_left_over_is_named() {
        let texts = Texts::read(r#"{"A": {"ja": "甲", "en": "a"}, "B": {"ja": "b", "en": "b"}}"#);
        assert_eq!(texts.faults(&["A"]), ["nothing is called B"]);
        assert_eq!(texts.faults(&["A", "B", "C"]), ["B has no text", "C has no text"]);
    }
}
