//! A form in the words of the contract.

use contract::survey::v1 as wire;
use kit_forms::{Form, Kind, Label, Question, TextFormat};

fn label(label: &Label) -> Option<wire::Label> {
    Some(wire::Label { ja: label.ja.clone(), en: label.en.clone() })
}

/// A form, with its questions or without.
pub(crate) fn form(form: &Form, whole: bool) -> wire::Form {
    let sections = form.sections.iter().filter(|_| whole);
    let questions = sections.flat_map(|section| section.questions.iter().map(|q| question(form, &section.label, q)));
    let group = |group: &kit_forms::Group| wire::QuestionGroup {
        code: group.code.clone(),
        label: label(&group.label),
        all_or_none: group.all_or_none,
        questions: form.members(&group.code).map(|question| question.code.clone()).collect(),
    };
    let score = |score: &kit_forms::Score| wire::Score {
        code: score.code.clone(),
        label: label(&score.label),
        questions: score.questions.clone(),
    };
    wire::Form {
        name: format!("forms/{}", form.version),
        form: form.id.clone(),
        title: label(&form.title),
        questions: questions.collect(),
        groups: form.groups.iter().filter(|_| whole).map(group).collect(),
        scores: form.scores.iter().filter(|_| whole).map(score).collect(),
    }
}

fn question(form: &Form, section: &Label, question: &Question) -> wire::Question {
    let whole_group = |code: &&String| form.group(code).is_some_and(|group| group.all_or_none);
    let mut shown = wire::Question {
        code: question.code.clone(),
        section: label(section),
        label: label(&question.label),
        required: question.required,
        expected: question.expected,
        group: question.group.as_ref().filter(whole_group).cloned().unwrap_or_default(),
        member_of: question.group.clone().unwrap_or_default(),
        personal: question.personal,
        choices: choices(question),
        ..Default::default()
    };
    match &question.kind {
        Kind::Single { .. } => shown.set_kind(wire::QuestionKind::Single),
        Kind::Multiple { max_choices, .. } => {
            shown.set_kind(wire::QuestionKind::Multiple);
            shown.max_choices = max_choices.map_or(0, small);
        }
        Kind::Number { min, max, unit, scale } => {
            shown.set_kind(wire::QuestionKind::Number);
            (shown.min, shown.max) = (Some(*min), Some(*max));
            shown.unit = unit.clone().unwrap_or_default();
            shown.scale = scale.iter().flat_map(|scale| scale.codes()).filter_map(mark_of).collect();
            shown.scale.sort_by_key(|mark| mark.number);
        }
        Kind::Text { max_chars, lines, format } => {
            let (kind, format) = text(*format);
            shown.set_kind(kind);
            shown.set_format(format);
            shown.lines = *lines;
            shown.max_chars = small(*max_chars);
        }
    }
    if let Some(when) = &question.when {
        shown.asked_when_question.clone_from(&when.question);
        shown.asked_when_codes.clone_from(&when.any_of);
    }
    shown
}

const fn text(format: TextFormat) -> (wire::QuestionKind, wire::TextFormat) {
    use wire::QuestionKind::{Date, Text, Time};
    match format {
        TextFormat::Plain => (Text, wire::TextFormat::Unspecified),
        TextFormat::Email => (Text, wire::TextFormat::Email),
        TextFormat::Url => (Text, wire::TextFormat::Url),
        TextFormat::RegistrationNumber => (Text, wire::TextFormat::RegistrationNumber),
        TextFormat::Date => (Date, wire::TextFormat::Unspecified),
        TextFormat::Time => (Time, wire::TextFormat::Unspecified),
    }
}

fn small(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

/// The loader has made sure that the codes of a scale are numbers.
fn mark_of(code: &kit_vocabulary::Code) -> Option<wire::ScaleMark> {
    let label = Some(wire::Label { ja: code.ja.clone(), en: code.en.clone() });
    Some(wire::ScaleMark { number: code.code.parse().ok()?, label })
}

fn choices(question: &Question) -> Vec<wire::Choice> {
    let choice = |code: &kit_vocabulary::Code, exclusive| wire::Choice {
        code: code.code.clone(),
        label: Some(wire::Label { ja: code.ja.clone(), en: code.en.clone() }),
        exclusive,
        points: question.points.get(&code.code).copied(),
    };
    match &question.kind {
        Kind::Single { choices } => choices.codes().iter().map(|code| choice(code, false)).collect(),
        Kind::Multiple { choices, exclusive, all, .. } => {
            let each = choices.codes().iter().map(|code| choice(code, exclusive.contains(&code.code)));
            each.chain(all.iter().map(|all| choice(all, false))).collect()
        }
        Kind::Number { .. } | Kind::Text { .. } => Vec::new(),
    }
}
