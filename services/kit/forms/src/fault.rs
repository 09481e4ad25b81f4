//! What is wrong with an answer, for programs and for people.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use crate::{Label, Question};

/// Longest excerpt of what was given that a fault repeats.
const HINT_CHARS: usize = 40;

/// Why an answer is not accepted, or worth a warning. The names are stable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Reason {
    /// A required answer is missing.
    Required,
    /// Warning: an answer the full form requires is missing, and stored as unanswered.
    Unanswered,
    /// Warning: a whole group is left unanswered. Reported at its first question.
    UnansweredGroup,
    /// The form has no such question.
    UnknownQuestion,
    /// The question has no such choice.
    UnknownCode,
    /// The number is too small or too large.
    OutOfRange,
    /// The text has too many characters.
    TooLong,
    /// Too many choices were taken.
    TooMany,
    /// The question takes another kind of value.
    WrongKind,
    /// The question depends on an answer that was not given.
    NotAsked,
    /// A choice such as 該当なし stands with others.
    Exclusive,
    /// A group that goes all or none is answered in part. Reported at each question that is missing.
    IncompleteGroup,
    /// Not a number, or not a registration number.
    BadNumber,
    /// Not a mail address.
    BadEmail,
    /// Not an `http` or `https` address.
    BadUrl,
    /// Not a day of the calendar.
    BadDate,
    /// Not a time of day.
    BadTime,
    /// A control character, a line break where none may stand, or a mark that reverses the direction of text.
    ControlCharacter,
}

impl Reason {
    /// Every reason.
    pub const ALL: [Reason; 18] = [
        Reason::Required,
        Reason::Unanswered,
        Reason::UnansweredGroup,
        Reason::UnknownQuestion,
        Reason::UnknownCode,
        Reason::OutOfRange,
        Reason::TooLong,
        Reason::TooMany,
        Reason::WrongKind,
        Reason::NotAsked,
        Reason::Exclusive,
        Reason::IncompleteGroup,
        Reason::BadNumber,
        Reason::BadEmail,
        Reason::BadUrl,
        Reason::BadDate,
        Reason::BadTime,
        Reason::ControlCharacter,
    ];

    /// The stable name, such as `UNKNOWN_CODE`.
    pub fn as_str(self) -> &'static str {
        match self {
            Reason::Required => "REQUIRED",
            Reason::Unanswered => "UNANSWERED",
            Reason::UnansweredGroup => "UNANSWERED_GROUP",
            Reason::UnknownQuestion => "UNKNOWN_QUESTION",
            Reason::UnknownCode => "UNKNOWN_CODE",
            Reason::OutOfRange => "OUT_OF_RANGE",
            Reason::TooLong => "TOO_LONG",
            Reason::TooMany => "TOO_MANY",
            Reason::WrongKind => "WRONG_KIND",
            Reason::NotAsked => "NOT_ASKED",
            Reason::Exclusive => "EXCLUSIVE",
            Reason::IncompleteGroup => "INCOMPLETE_GROUP",
            Reason::BadNumber => "BAD_NUMBER",
            Reason::BadEmail => "BAD_EMAIL",
            Reason::BadUrl => "BAD_URL",
            Reason::BadDate => "BAD_DATE",
            Reason::BadTime => "BAD_TIME",
            Reason::ControlCharacter => "CONTROL_CHARACTER",
        }
    }

    fn template(self) -> &'static Label {
        static TEXTS: OnceLock<BTreeMap<Reason, Label>> = OnceLock::new();
        let texts = TEXTS.get_or_init(|| {
            serde_json::from_str(include_str!("../data/faults.json")).expect("a test reads the texts of every reason")
        });
        &texts[&self]
    }
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One thing wrong with one answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The code of the question, or the unknown code that was given for one (cut to 40 characters).
    pub question: String,
    /// Why.
    pub reason: Reason,
    /// The same for people, in Japanese.
    pub ja: String,
    /// The same for people, in English.
    pub en: String,
    /// What was given, in short: a code, a number, a count of characters. Never a value of a personal question.
    pub value_hint: Option<String>,
}

impl Fault {
    pub(crate) fn unknown_question(code: &str) -> Fault {
        let text = Reason::UnknownQuestion.template();
        Fault {
            question: excerpt(code),
            reason: Reason::UnknownQuestion,
            ja: text.ja.clone(),
            en: text.en.clone(),
            value_hint: None,
        }
    }

    pub(crate) fn of(question: &Question, reason: Reason) -> Fault {
        let text = reason.template();
        let fault = Fault {
            question: question.code.clone(),
            reason,
            ja: text.ja.clone(),
            en: text.en.clone(),
            value_hint: None,
        };
        fault.with("question", &question.label)
    }

    /// Fills a place in the texts.
    pub(crate) fn with(mut self, place: &str, label: &Label) -> Fault {
        let place = format!("{{{place}}}");
        self.ja = self.ja.replace(&place, &label.ja);
        self.en = self.en.replace(&place, &label.en);
        self
    }

    pub(crate) fn with_number(self, place: &str, number: impl ToString) -> Fault {
        let number = number.to_string();
        self.with(place, &Label { ja: number.clone(), en: number })
    }

    /// Says what was given, when it is not personal to begin with.
    pub(crate) fn hint(mut self, given: &str) -> Fault {
        self.value_hint = Some(excerpt(given));
        self
    }

    /// Says what was given unless the question is personal.
    pub(crate) fn hint_unless_personal(self, question: &Question, given: &str) -> Fault {
        if question.personal { self } else { self.hint(given) }
    }
}

// A hint ends up in terminals and logs, so nothing that steers them may pass.
fn excerpt(given: &str) -> String {
    let clean = |c: char| if crate::text::is_forbidden(c, false) { '\u{FFFD}' } else { c };
    let mut text: String = given.chars().take(HINT_CHARS).map(clean).collect();
    if given.chars().nth(HINT_CHARS).is_some() {
        text.push('…');
    }
    text
}
