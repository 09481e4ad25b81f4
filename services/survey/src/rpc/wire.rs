//! The domain in the words of the contract.

use std::collections::BTreeMap;

use contract::survey::v1 as wire;
use contract::survey::v1::answer::Value as Given;
use kit_forms::{Answers, Form, Question, Value};

use crate::domain::capability::Capability;
use crate::domain::form;
use crate::domain::policy::{Area, Policy};
use crate::domain::scoring::{AreaRating, Mark, MenuBasis, MenuRating, Rating, Reason, SubItemRating, rate_audited};
use crate::events::response_name;
use crate::store::StoredRating;

/// An answer.
pub(crate) fn answer(question: &str, value: Value) -> wire::Answer {
    let value = match value {
        Value::Choice(code) => Given::Choice(code),
        Value::Choices(codes) => Given::Choices(wire::Choices { codes }),
        Value::Number(number) => Given::Number(number),
        Value::Text(text) => Given::Text(text),
    };
    wire::Answer { question: question.to_owned(), value: Some(value) }
}

/// The answers whose questions `wanted` takes, in form order.
pub(crate) fn answers(form: &Form, answers: &Answers, wanted: impl Fn(&Question) -> bool) -> Vec<wire::Answer> {
    let answer = |question: &Question| Some(self::answer(&question.code, answers.get(&question.code)?.clone()));
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

/// The number of a mark.
pub(crate) fn mark(mark: Mark) -> i32 {
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

/// A stored rating, by its policy.
pub(crate) fn rated_by(policy: &Policy, stored: &StoredRating) -> Result<wire::Rating, crate::Error> {
    let skills = super::person::stored_skills(&stored.skills)?;
    let audit = Some(stored.audit.as_str()).filter(|audit| !audit.is_empty());
    let rated = rate_audited(policy, &skills, audit);
    Ok(rating(&rated, &stored.respondent, &response_name(&stored.response), skills.values().is_some()))
}
