//! Sums over answers: which questions count.

use crate::load::label;
use crate::load::object::Object;
use crate::{Form, Kind, Question, Score};

/// A score of the form: over whole sections, over questions by name, or both, in form order.
pub(super) fn read(object: &Object<'_>, form: &Form) -> Option<Score> {
    let (sections, named) = (object.texts("sections"), object.texts("questions"));
    let (code, label) = (object.code("code"), label(object));
    object.done("a score");
    for section in sections.iter().filter(|code| !form.sections.iter().any(|section| section.code == **code)) {
        object.mistake("sections", format!("there is no section {section}"));
    }
    for question in named.iter().filter(|code| !form.questions().any(|question| question.code == **code)) {
        object.mistake("questions", format!("there is no question {question}"));
    }
    let whole = form.sections.iter().filter(|section| sections.contains(&section.code));
    let counted = |question: &&Question| match &question.kind {
        Kind::Single { choices } => choices.codes().iter().all(|choice| question.points.contains_key(&choice.code)),
        _ => false,
    };
    let in_sections: Vec<&Question> = whole.flat_map(|section| &section.questions).filter(counted).collect();
    let wanted = |question: &&Question| {
        named.contains(&question.code) || in_sections.iter().any(|counted| counted.code == question.code)
    };
    let (counting, others): (Vec<&Question>, Vec<&Question>) = form.questions().filter(wanted).partition(counted);
    for question in others {
        object.mistake("questions", format!("not every choice of {} has points", question.code));
    }
    if counting.is_empty() {
        object.mistake("", "no question of it has points");
    }
    Some(Score { code, label, questions: counting.into_iter().map(|question| question.code.clone()).collect() })
}
