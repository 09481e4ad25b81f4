//! What one person said on the form, in normal form: codes, numbers, texts by question.

use std::collections::BTreeMap;

use contract::survey::v1::{Answer, Choices, NewResponse, answer};
use kit_clock::Timestamp;

use crate::model::SUB_ITEMS;

/// The form that files are read by.
pub const FILE_FORM: &str = "forms/skill-2024-import";
/// The form that people fill in.
pub const FULL_FORM: &str = "forms/skill-2024";

/// The answer to one question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// One choice, by its code.
    Code(String),
    /// Choices, by their codes, in the order of their list.
    Codes(Vec<String>),
    /// A number.
    Number(i64),
    /// A text.
    Text(String),
}

/// A response that was handed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submission {
    /// When.
    pub at: Timestamp,
    /// What was answered, by question. What was not answered is absent.
    pub said: BTreeMap<String, Said>,
}

impl Submission {
    /// Handed in at a moment; nothing said yet.
    pub fn at(at: Timestamp) -> Self {
        Self { at, said: BTreeMap::new() }
    }

    /// Says something.
    pub fn say(&mut self, question: &str, said: Said) -> &mut Self {
        self.said.insert(question.to_owned(), said);
        self
    }

    /// Says a text.
    pub fn text(&mut self, question: &str, text: &str) -> &mut Self {
        self.say(question, Said::Text(text.to_owned()))
    }

    /// Says one choice.
    pub fn code(&mut self, question: &str, code: &str) -> &mut Self {
        self.say(question, Said::Code(code.to_owned()))
    }

    /// Says choices.
    pub fn codes(&mut self, question: &str, codes: &[&str]) -> &mut Self {
        self.say(question, Said::Codes(codes.iter().map(|&code| code.to_owned()).collect()))
    }

    /// Says a number.
    pub fn amount(&mut self, question: &str, number: i64) -> &mut Self {
        self.say(question, Said::Number(number))
    }

    /// Leaves a question out.
    pub fn leave_out(&mut self, question: &str) -> &mut Self {
        self.said.remove(question);
        self
    }

    /// Answers all skill items, in the order of the form.
    ///
    /// # Panics
    /// When there are not 34.
    pub fn skills(&mut self, answers: &[i64]) -> &mut Self {
        assert_eq!(answers.len(), 34, "the form has 34 skill items");
        for (item, answer) in skill_items().into_iter().zip(answers) {
            self.say(&item, Said::Number(*answer));
        }
        self
    }

    /// The registration number, six digits.
    ///
    /// # Panics
    /// When there is none.
    pub fn number(&self) -> &str {
        match self.said.get("registration_number") {
            Some(Said::Text(number)) => number,
            other => panic!("a response without a number: {other:?}"),
        }
    }

    /// The text that answers a question; empty when there is none.
    pub fn text_of(&self, question: &str) -> &str {
        match self.said.get(question) {
            Some(Said::Text(text)) => text,
            _ => "",
        }
    }

    /// The choice that answers a question; empty when there is none.
    pub fn code_of(&self, question: &str) -> &str {
        match self.said.get(question) {
            Some(Said::Code(code)) => code,
            _ => "",
        }
    }

    /// The choices that answer a question.
    pub fn codes_of(&self, question: &str) -> &[String] {
        match self.said.get(question) {
            Some(Said::Codes(codes)) => codes,
            _ => &[],
        }
    }

    /// The number that answers a question.
    pub fn number_of(&self, question: &str) -> Option<i64> {
        match self.said.get(question) {
            Some(Said::Number(number)) => Some(*number),
            _ => None,
        }
    }

    /// As it is handed in by a call. The moment is the server's to say.
    pub fn to_wire(&self, form: &str) -> NewResponse {
        let answers = self.said.iter().map(|(question, said)| {
            let value = match said.clone() {
                Said::Code(code) => answer::Value::Choice(code),
                Said::Codes(codes) => answer::Value::Choices(Choices { codes }),
                Said::Number(number) => answer::Value::Number(number),
                Said::Text(text) => answer::Value::Text(text),
            };
            Answer { question: question.clone(), value: Some(value) }
        });
        NewResponse { form: form.to_owned(), answers: answers.collect(), submit_time: None }
    }

    /// As an operator's import hands it in.
    pub fn to_wire_with_time(&self, form: &str) -> NewResponse {
        let (seconds, nanos) = self.at.parts();
        NewResponse { submit_time: Some(prost_types::Timestamp { seconds, nanos }), ..self.to_wire(form) }
    }
}

/// Codes of the 34 skill items, in the order of the form.
pub fn skill_items() -> Vec<String> {
    let items = SUB_ITEMS.iter().flat_map(|(_, sub, count)| (1..=*count).map(move |n| format!("{sub}{n}")));
    items.collect()
}
