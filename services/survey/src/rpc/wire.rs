//! The domain in the words of the contract.

use std::collections::BTreeMap;

use contract::survey::v1 as wire;
use contract::survey::v1::answer::Value as Given;
use kit_forms::{Answers, Form, Kind, Label, Question, Value};
use prost::Message as _;

use crate::domain::capability::Capability;
use crate::domain::form;
use crate::domain::policy::{Area, Policy};
use crate::domain::scoring::{AreaRating, Mark, MenuBasis, MenuRating, Rating, Reason, SubItemRating};

/// The answers whose questions `wanted` takes, in form order.
pub(crate) fn answers(form: &Form, answers: &Answers, wanted: impl Fn(&Question) -> bool) -> Vec<wire::Answer> {
    let answer = |question: &Question| {
        let value = match answers.get(&question.code)?.clone() {
            Value::Choice(code) => Given::Choice(code),
            Value::Choices(codes) => Given::Choices(wire::Choices { codes }),
            Value::Number(number) => Given::Number(number),
            Value::Text(text) => Given::Text(text),
        };
        Some(wire::Answer { question: question.code.clone(), value: Some(value) })
    };
    form.questions().filter(|question| wanted(question)).filter_map(answer).collect()
}

/// Answers that were stored in two parts, in form order again; those a form no longer has go last.
pub(crate) fn in_form_order(version: &str, mut answers: Vec<wire::Answer>) -> Vec<wire::Answer> {
    let places: BTreeMap<&str, usize> = form::form(version)
        .map(|form| form.questions().enumerate().map(|(at, question)| (question.code.as_str(), at)).collect())
        .unwrap_or_default();
    answers.sort_by_key(|answer| places.get(answer.question.as_str()).copied().unwrap_or(usize::MAX));
    answers
}

fn label(label: &Label) -> Option<wire::Label> {
    Some(wire::Label { ja: label.ja.clone(), en: label.en.clone() })
}

/// A form, with its questions or without.
pub(crate) fn form(form: &Form, whole: bool) -> wire::Form {
    let sections = form.sections.iter().filter(|_| whole);
    let questions = sections.flat_map(|section| section.questions.iter().map(|q| question(form, &section.label, q)));
    wire::Form {
        name: format!("forms/{}", form.version),
        form: form.id.clone(),
        title: label(&form.title),
        questions: questions.collect(),
    }
}

fn question(form: &Form, section: &Label, question: &Question) -> wire::Question {
    let whole_group = |code: &&String| form.group(code).is_some_and(|group| group.all_or_none);
    let mut shown = wire::Question {
        code: question.code.clone(),
        section: label(section),
        label: label(&question.label),
        required: question.required,
        group: question.group.as_ref().filter(whole_group).cloned().unwrap_or_default(),
        personal: question.personal,
        choices: choices(&question.kind),
        ..Default::default()
    };
    match &question.kind {
        Kind::Single { .. } => shown.set_kind(wire::QuestionKind::Single),
        Kind::Multiple { max_choices, .. } => {
            shown.set_kind(wire::QuestionKind::Multiple);
            shown.max_choices = max_choices.map_or(0, small);
        }
        Kind::Number { min, max, .. } => {
            shown.set_kind(wire::QuestionKind::Number);
            (shown.min, shown.max) = (Some(*min), Some(*max));
        }
        Kind::Text { max_chars, .. } => {
            shown.set_kind(wire::QuestionKind::Text);
            shown.max_chars = small(*max_chars);
        }
    }
    if let Some(when) = &question.when {
        shown.asked_when_question.clone_from(&when.question);
        shown.asked_when_codes.clone_from(&when.any_of);
    }
    shown
}

fn small(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

fn choices(kind: &Kind) -> Vec<wire::Choice> {
    let choice = |code: &kit_vocabulary::Code, exclusive| wire::Choice {
        code: code.code.clone(),
        label: Some(wire::Label { ja: code.ja.clone(), en: code.en.clone() }),
        exclusive,
    };
    match kind {
        Kind::Single { choices } => choices.codes().iter().map(|code| choice(code, false)).collect(),
        Kind::Multiple { choices, exclusive, all, .. } => {
            let each = choices.codes().iter().map(|code| choice(code, exclusive.contains(&code.code)));
            each.chain(all.iter().map(|all| choice(all, false))).collect()
        }
        Kind::Number { .. } | Kind::Text { .. } => Vec::new(),
    }
}

/// A policy.
pub(crate) fn policy(policy: &Policy) -> wire::Policy {
    let title = policy.title();
    wire::Policy {
        id: policy.id().to_owned(),
        title: Some(wire::Label { ja: title.ja.clone(), en: title.en.clone() }),
        date: policy.date().to_owned(),
        definition: policy.definition().to_owned(),
    }
}

/// A rating of a person's response; both ids may be empty for a rating that nobody has yet.
pub(crate) fn rating(rating: &Rating, respondent_id: &str, response: &str, skills_answered: bool) -> wire::Rating {
    wire::Rating {
        respondent_id: respondent_id.to_owned(),
        response: response.to_owned(),
        policy: rating.policy.clone(),
        areas: rating.areas.iter().map(area).collect(),
        menus: rating.menus.iter().map(menu).collect(),
        skills_answered,
    }
}

fn mark(mark: Mark) -> i32 {
    match mark {
        Mark::None => wire::Mark::None.into(),
        Mark::Able => wire::Mark::Able.into(),
        Mark::Strong => wire::Mark::Strong.into(),
    }
}

fn area(area: &AreaRating) -> wire::AreaRating {
    let reason = match area.reason {
        Reason::AllMet => "ALL_MET",
        Reason::OneNotMet { .. } => "ONE_NOT_MET",
        Reason::SeveralNotMet { .. } => "SEVERAL_NOT_MET",
        Reason::BelowFloor { .. } => "BELOW_FLOOR",
        Reason::Unanswered => "UNANSWERED",
    };
    let sub_item = |sub_item: &SubItemRating| wire::SubItemSum {
        sub_item: sub_item.code.to_owned(),
        sum: sub_item.sum.into(),
        threshold: sub_item.threshold.into(),
        questions: sub_item.questions.into(),
        met: sub_item.met,
    };
    wire::AreaRating {
        area: area.area.code().to_owned(),
        mark: mark(area.mark),
        points: area.points.into(),
        sub_items: area.sub_items.iter().map(sub_item).collect(),
        reason: reason.to_owned(),
        explanation: Some(wire::Label { ja: area.reason.ja(), en: area.reason.en() }),
    }
}

fn menu(menu: &MenuRating) -> wire::MenuRating {
    let (from, points) = match &menu.basis {
        MenuBasis::Area(area) => (area.code(), menu.points),
        MenuBasis::Audit { .. } => ("qualifications", 0),
        MenuBasis::NoAudit => ("", 0),
    };
    wire::MenuRating {
        menu: menu.menu.code().to_owned(),
        mark: mark(menu.mark),
        points: points.into(),
        from: from.to_owned(),
        explanation: Some(wire::Label { ja: menu.basis.ja(), en: menu.basis.en() }),
    }
}

/// The capability table.
pub(crate) fn capability(capability: &Capability) -> Vec<wire::AreaCapability> {
    let count = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    let area = |area: Area| {
        let counted = capability.area(area);
        wire::AreaCapability {
            area: area.code().to_owned(),
            alone: count(counted.alone),
            with_support: count(counted.with_support),
            not_yet: count(counted.not_yet),
        }
    };
    Area::ALL.into_iter().map(area).collect()
}

/// A stored rating.
pub(crate) fn stored_rating(bytes: &[u8]) -> Result<wire::Rating, crate::Error> {
    Ok(wire::Rating::decode(bytes)?)
}
