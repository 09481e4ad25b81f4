//! Something wrong with a response, before it is said by error (`response.answers[S1a1]`) or as an answer.

use contract::survey::v1 as wire;
use kit_serve::Fault;

use super::text::text;
use crate::domain::holder::NUMBER;

/// One fault or warning of one response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    /// From the response on: `answers[S1a1]`, `form`; empty for the response as a whole.
    path: String,
    /// The question's code; empty when it is about something else.
    question: String,
    reason: String,
    message: wire::Label,
}

impl Finding {
    /// What the form finds.
    pub(crate) fn of_answer(fault: kit_forms::Fault) -> Self {
        let kit_forms::Fault { question, reason, ja, en, .. } = fault;
        let path = format!("answers[{question}]");
        Self { path, question, reason: reason.as_str().to_owned(), message: wire::Label { ja, en } }
    }

    /// A fault with the text of its reason.
    pub(crate) fn at(path: &str, reason: &str, fill: &[(&str, &str)]) -> Self {
        let message = text(reason, fill);
        Self { path: path.to_owned(), question: String::new(), reason: reason.to_owned(), message }
    }

    /// The same, about the answer to a question.
    pub(crate) fn at_answer(question: &str, reason: &str) -> Self {
        Self { question: question.to_owned(), ..Self::at(&format!("answers[{question}]"), reason, &[]) }
    }

    /// The number belongs to somebody else.
    pub(crate) fn held_by_another() -> Self {
        Self::at_answer(NUMBER, "NUMBER_HELD_BY_ANOTHER")
    }

    /// Whether what is found cannot be kept even as a draft: there is no such form or question, it takes another kind of value,
    /// or there are too many answers.
    pub(crate) fn bars_keeping(&self) -> bool {
        match self.reason.as_str() {
            "UNKNOWN_FORM" | "UNKNOWN_QUESTION" | "WRONG_KIND" => true,
            "TOO_MANY" => self.question.is_empty(),
            _ => false,
        }
    }

    fn field(&self, prefix: &str) -> String {
        match (prefix, self.path.as_str()) {
            ("", path) => path.to_owned(),
            (prefix, "") => prefix.to_owned(),
            (prefix, path) => format!("{prefix}.{path}"),
        }
    }

    /// As a fault of the request that has the response at `prefix`.
    pub(crate) fn fault(&self, prefix: &str) -> Fault {
        Fault::new(self.field(prefix), self.reason.as_str(), self.message.ja.as_str(), self.message.en.as_str())
    }

    /// As part of an answer about one response.
    pub(crate) fn alone(self) -> wire::Finding {
        self.within("", 0)
    }

    /// As part of an answer about a batch.
    pub(crate) fn in_batch(self, index: usize) -> wire::Finding {
        self.within(&row(index), i32::try_from(index).unwrap_or(i32::MAX))
    }

    fn within(self, prefix: &str, response_index: i32) -> wire::Finding {
        let field = self.field(prefix);
        let Self { question, reason, message, .. } = self;
        wire::Finding { field, reason, message: Some(message), response_index, question }
    }
}

/// Where a response stands in a batch.
pub(crate) fn row(index: usize) -> String {
    format!("responses[{index}]")
}

/// A fault of a field of the request itself.
pub(crate) fn fault(field: &str, reason: &str, fill: &[(&str, &str)]) -> Fault {
    Finding::at(field, reason, fill).fault("")
}
