//! What a respondent answered, by question code.

use std::collections::BTreeMap;

use kit_vocabulary::says_nothing;
use serde::{Deserialize, Serialize};

/// The answers of one response by question code. An unanswered question is absent; it is never an empty value
/// once [`Form::check`](crate::Form::check) has gone over it.
pub type Answers = BTreeMap<String, Value>;

/// Answers with the form they are to, as they are kept and handed on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Response {
    /// The form in all its versions, such as `skill`.
    pub form: String,
    /// The version that was answered, such as `skill-2024`.
    pub version: String,
    /// The answers.
    pub answers: Answers,
}

/// One answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    /// The code of the one choice taken.
    Choice(String),
    /// The codes of all choices taken.
    Choices(Vec<String>),
    /// A count, a year, or a mark of a matrix (0–3, 1–5).
    Number(i64),
    /// Free text, or a text with a fixed shape such as a registration number or a day.
    Text(String),
}

impl Value {
    /// Nothing was said: a text of which nothing can be seen, no choice. A number always says something.
    pub fn is_empty(&self) -> bool {
        match self {
            Value::Choice(code) => code.trim().is_empty(),
            Value::Choices(codes) => codes.is_empty(),
            Value::Number(_) => false,
            Value::Text(text) => says_nothing(text),
        }
    }

    /// The number, when it is one.
    pub fn number(&self) -> Option<i64> {
        match self {
            Value::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// The text or the code of a single choice.
    pub fn text(&self) -> Option<&str> {
        match self {
            Value::Choice(text) | Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The codes of a choice of one or of many; empty for numbers and texts.
    pub fn codes(&self) -> &[String] {
        match self {
            Value::Choice(code) => std::slice::from_ref(code),
            Value::Choices(codes) => codes,
            _ => &[],
        }
    }

    /// Whether a choice of one or of many holds this code.
    pub fn holds(&self, code: &str) -> bool {
        self.codes().iter().any(|held| held == code)
    }
}
