//! Disputes, people and decisions, for the terminal and as JSON.

use contract::survey::v1 as api;
use contract::survey::v1::answer::Value as Given;
use kit_log::clock_time;
use kit_vocabulary::{Lang, List};
use serde_json::{Value, json};
use survey::domain::form::forms;

use crate::failure::one_line;
use crate::labels::{date_of, labels, said};
use crate::output::{Output, Tone};
use crate::table::{Column, Table};
use crate::text::{self, Text};

/// Cells of an answer in a comparison.
const ANSWER: usize = 34;

/// What a decision is called.
pub(super) fn decision_name(code: &str) -> Option<Text> {
    Some(match code {
        "keep" => text::KEEP,
        "take_over" => text::TAKE_OVER,
        "same_person" => text::SAME_PERSON,
        "other_number" => text::OTHER_NUMBER,
        "merge" => text::MERGE,
        "split" => text::SPLIT,
        "apart" => text::APART,
        _ => return None,
    })
}

fn reason_name(reason: &str, lang: Lang) -> String {
    match reason {
        "IDENTITY_DIFFERS" => text::IDENTITY_DIFFERS.get(lang, &[]),
        "SENDER_UNPROVEN" => text::SENDER_UNPROVEN.get(lang, &[]),
        other => other.to_owned(),
    }
}

pub(super) fn dispute_json(dispute: &api::Dispute) -> Value {
    json!({
        "name": dispute.name,
        "response": dispute.response,
        "respondent_id": dispute.respondent_id,
        "registration_number": dispute.registration_number,
        "reason": dispute.reason,
        "submit_date": date_of(dispute.submit_time.as_ref()),
        "receive_date": date_of(dispute.receive_time.as_ref()),
        "submit_time": dispute.submit_time.as_ref().map(|at| clock_time(at).to_string()),
        "receive_time": dispute.receive_time.as_ref().map(|at| clock_time(at).to_string()),
        "decided": dispute.decided.as_ref().map(decision_json),
        "etag": dispute.etag,
    })
}

pub(super) fn decision_json(decided: &api::PersonDecision) -> Value {
    json!({
        "decision": decided.decision,
        "actor": decided.actor,
        "time": decided.time.as_ref().map(|at| clock_time(at).to_string()),
        "reason": decided.reason,
        "responses": decided.responses,
        "other": decided.other,
    })
}

pub(super) fn person_json(person: &api::Person) -> Value {
    json!({
        "name": person.name,
        "registration_number": person.registration_number,
        "other_numbers": person.other_numbers,
        "display_name": person.display_name,
        "submissions": person.submissions,
        "merged_into": person.merged_into,
        "etag": person.etag,
    })
}

pub(super) fn response_json(response: &api::Response) -> Value {
    json!({
        "name": response.name,
        "form": response.form,
        "submit_time": response.submit_time.as_ref().map(|at| clock_time(at).to_string()),
        "receive_time": response.receive_time.as_ref().map(|at| clock_time(at).to_string()),
        "state": response.state().as_str_name().trim_start_matches("RESPONSE_STATE_").to_lowercase(),
    })
}

/// Newest first.
pub(super) fn show_responses(responses: &[api::Response], out: &mut Output) {
    let lang = out.lang();
    let headings = [text::HANDED_IN, text::RESPONSE_STATE, text::RESPONSE_FORM, text::RESPONSE];
    let [time, state, form, name] = headings.map(|heading| heading.get(lang, &[]));
    let mut table = Table::new(vec![
        Column::text(time, 10, 10),
        Column::text(state, 8, 20),
        Column::text(form, 10, 24),
        Column::text(name, 46, 46).rank(0),
    ]);
    for response in responses {
        let state = match response.state() {
            api::ResponseState::Counts => text::COUNTS_NOW,
            api::ResponseState::Superseded => text::SUPERSEDED,
            api::ResponseState::Disputed => text::WAITS,
            api::ResponseState::SetAside | api::ResponseState::Unspecified => text::SET_APART,
        };
        let time = date_of(response.submit_time.as_ref());
        table.plain([time, state.get(lang, &[]), response.form.clone(), response.name.clone()]);
    }
    if !responses.is_empty() {
        table.lines(out.width(), out.pen()).into_iter().for_each(|line| out.line(line));
    }
}

pub(super) fn compared_json(answers: &[api::ComparedAnswer], differing: bool) -> Vec<Value> {
    let one = |answer: &api::ComparedAnswer| {
        json!({
            "question": answer.question,
            "left": answer.left.as_ref().map(value_json),
            "right": answer.right.as_ref().map(value_json),
            "differs": answer.differs,
        })
    };
    answers.iter().filter(|answer| answer.differs || !differing).map(one).collect()
}

fn value_json(answer: &api::Answer) -> Value {
    match &answer.value {
        Some(Given::Choice(text) | Given::Text(text)) => json!(text),
        Some(Given::Choices(choices)) => json!(choices.codes),
        Some(Given::Number(number)) => json!(number),
        None => Value::Null,
    }
}

pub(super) fn show_disputes(disputes: &[api::Dispute], out: &mut Output) {
    let lang = out.lang();
    let headings = [text::NUMBER, text::HANDED_IN, text::WHY_DISPUTED, text::DECIDED_AS, text::DISPUTE];
    let [number, time, why, decided, name] = headings.map(|heading| heading.get(lang, &[]));
    let mut table = Table::new(vec![
        Column::text(number, 6, 8).rank(0),
        Column::text(time, 10, 10),
        Column::text(why, 12, 40),
        Column::text(decided, 10, 40),
        Column::text(name, 46, 46).rank(0),
    ]);
    for dispute in disputes {
        let decided = dispute.decided.as_ref().map(|decided| super::by(decided, lang)).unwrap_or_default();
        let time = date_of(dispute.submit_time.as_ref());
        let why = reason_name(&dispute.reason, lang);
        table.plain([dispute.registration_number.clone(), time, why, decided, dispute.name.clone()]);
    }
    if !disputes.is_empty() {
        table.lines(out.width(), out.pen()).into_iter().for_each(|line| out.line(line));
    }
    for decided in disputes.iter().filter_map(|dispute| dispute.decided.as_ref()) {
        out.line(format!("  {}", one_line(&decided.reason)));
    }
}

pub(super) fn show_person(person: &api::Person, out: &mut Output) {
    let places = [
        ("number", person.registration_number.as_str()),
        ("name", person.display_name.as_str()),
        ("id", person.name.as_str()),
    ];
    out.line(one_line(&text::PERSON_IS.get(out.lang(), &places)));
    if !person.other_numbers.is_empty() {
        let numbers = person.other_numbers.join(&text::COMMA.get(out.lang(), &[]));
        out.line(format!("  {}", text::ALSO_NUMBERS.get(out.lang(), &[("numbers", &numbers)])));
    }
    if !person.merged_into.is_empty() {
        out.line(format!("  {}", text::MERGED_ENTRY.get(out.lang(), &[("name", &person.merged_into)])));
    }
}

pub(super) fn show_pairs(pairs: &[api::PossibleDuplicatePeople], out: &mut Output) {
    let lang = out.lang();
    for pair in pairs {
        let name = |same: &String| match same.as_str() {
            "email" => text::SAME_EMAIL.get(lang, &[]),
            "name" => text::SAME_NAME_KANA.get(lang, &[]),
            other => other.to_owned(),
        };
        let same: Vec<_> = pair.same.iter().map(name).collect();
        let head = format!("{}: {}", text::SAME_IN.get(lang, &[]), same.join(&text::COMMA.get(lang, &[])));
        out.line(out.paint(Tone::Notice, &head));
        for person in [&pair.first, &pair.second].into_iter().flatten() {
            show_person(person, out);
        }
    }
}

pub(super) fn show_decisions(decisions: &[api::PersonDecision], out: &mut Output) {
    let lang = out.lang();
    for decided in decisions {
        out.line(out.paint(Tone::Heading, &super::by(decided, lang)));
        let comma = text::COMMA.get(lang, &[]);
        let lines = [
            (text::DECIDED_WHY, decided.reason.clone()),
            (text::ABOUT_OTHER, decided.other.clone()),
            (text::ABOUT_RESPONSES, decided.responses.join(&comma)),
        ];
        for (name, said) in lines.into_iter().filter(|(_, said)| !said.is_empty()) {
            out.line(format!("  {}  {}", name.get(lang, &[]), one_line(&said)));
        }
    }
}

pub(super) fn show_compared(answers: &[api::ComparedAnswer], heads: [Text; 2], differing: bool, out: &mut Output) {
    let heads = heads.map(|head| head.get(out.lang(), &[]));
    show_compared_as(answers, heads, differing, out);
}

/// Two columns of answers, those that differ marked.
pub(super) fn show_compared_as(
    answers: &[api::ComparedAnswer],
    [left, right]: [String; 2],
    differing: bool,
    out: &mut Output,
) {
    let lang = out.lang();
    let mut table = Table::new(vec![
        Column::text(String::new(), 2, 2).rank(0),
        Column::text(text::QUESTION.get(lang, &[]), 12, 30).rank(1),
        Column::text(left, 12, ANSWER).rank(0),
        Column::text(right, 12, ANSWER).rank(0),
    ]);
    for answer in answers.iter().filter(|answer| answer.differs || !differing) {
        let tone = answer.differs.then_some(Tone::Notice);
        let mark = if answer.differs { text::DIFFERENT.get(lang, &[]) } else { String::new() };
        let choices = choices(&answer.question);
        let told = |side: &Option<api::Answer>| match side {
            Some(given) => written(given, choices, lang),
            None => text::UNANSWERED_HERE.get(lang, &[]),
        };
        let label = said(answer.label.as_ref(), lang).to_owned();
        table.row([(mark, tone), (label, None), (told(&answer.left), tone), (told(&answer.right), tone)]);
    }
    table.lines(out.width(), out.pen()).into_iter().for_each(|line| out.line(line));
    let count = answers.iter().filter(|answer| answer.differs).count();
    out.line(text::PEOPLE_DIFFER.get(lang, &[("count", &count.to_string())]));
}

/// What can be chosen for a question, in the words of the newest form that asks it.
fn choices(question: &str) -> Option<&'static List> {
    forms().iter().rev().find_map(|form| form.question(question))?.choices()
}

/// An answer in words; a code that no list knows stays as it is.
fn written(answer: &api::Answer, choices: Option<&List>, lang: Lang) -> String {
    let in_words = |codes: &[String]| match choices {
        Some(list) => labels(list, codes, lang),
        None => codes.join(" "),
    };
    let text = match &answer.value {
        Some(Given::Choice(code)) => in_words(std::slice::from_ref(code)),
        Some(Given::Choices(choices)) => in_words(&choices.codes),
        Some(Given::Text(text)) => text.clone(),
        Some(Given::Number(number)) => number.to_string(),
        None => String::new(),
    };
    one_line(&text)
}
