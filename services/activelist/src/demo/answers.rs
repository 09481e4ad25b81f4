//! Answers to any form, made from the form itself: what the service asks for is what the demonstration says.

use std::collections::BTreeMap;

use contract::survey::v1::{Answer, Choices, Form, Question, QuestionKind, answer::Value};
use kit_vocabulary::Lang;

use crate::text;

/// Answers to every question that must or should be answered; `said` comes before what is made up.
pub(super) fn answers(form: &Form, said: &[(&str, Value)]) -> Vec<Answer> {
    let mut given: BTreeMap<&str, Value> = BTreeMap::new();
    let mut answers = Vec::new();
    for (place, question) in form.questions.iter().enumerate() {
        if !is_asked(question, &given) {
            continue;
        }
        let said = said.iter().find(|(code, _)| *code == question.code).map(|(_, value)| value.clone());
        let made_up = || (question.required || question.expected).then(|| made_up(question, place)).flatten();
        if let Some(value) = said.or_else(made_up) {
            given.insert(&question.code, value.clone());
            answers.push(Answer { question: question.code.clone(), value: Some(value) });
        }
    }
    answers
}

fn is_asked(question: &Question, given: &BTreeMap<&str, Value>) -> bool {
    if question.asked_when_question.is_empty() {
        return true;
    }
    let one_of = |code: &String| question.asked_when_codes.is_empty() || question.asked_when_codes.contains(code);
    match given.get(question.asked_when_question.as_str()) {
        Some(Value::Choice(code)) => one_of(code),
        Some(Value::Choices(taken)) => taken.codes.iter().any(one_of),
        Some(Value::Number(_) | Value::Text(_)) => question.asked_when_codes.is_empty(),
        None => false,
    }
}

/// Something that fits: neither always the best nor always the same choice.
fn made_up(question: &Question, place: usize) -> Option<Value> {
    let choices: Vec<&String> =
        question.choices.iter().filter(|choice| !choice.exclusive).map(|choice| &choice.code).collect();
    let choice = || choices.get(place * place % choices.len().clamp(1, 3)).map(|code| (*code).clone());
    Some(match question.kind() {
        QuestionKind::Single => Value::Choice(choice()?),
        QuestionKind::Multiple => Value::Choices(Choices { codes: vec![choice()?] }),
        QuestionKind::Number => Value::Number(question.max?.min(question.min.unwrap_or(0) + 3)),
        QuestionKind::Date => Value::Text("2025-02-04".to_owned()),
        QuestionKind::Time => Value::Text("14:00".to_owned()),
        QuestionKind::Text => Value::Text(text::DEMO_WORDS.get(Lang::Ja, &[])),
        QuestionKind::Unspecified => return None,
    })
}
