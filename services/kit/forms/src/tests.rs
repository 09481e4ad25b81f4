//! The engine over the skill forms, which use nearly everything it can do, and over small ones made for a rule.

mod cells;
mod checks;
mod files;
mod kinds;
mod properties;
mod random;
mod shipped;

use std::sync::OnceLock;

use crate::*;

pub(super) const FULL: &str = "skill-2024";
pub(super) const IMPORT: &str = "skill-2024-import";

/// A form of the survey, read from its file: the engine knows no service, its tests borrow good samples.
pub(super) fn sample(version: &str) -> &'static Form {
    static FORMS: OnceLock<[Form; 2]> = OnceLock::new();
    let forms = FORMS.get_or_init(|| {
        let full = Form::load(include_str!("../../../survey/forms/skill-2024.json")).unwrap();
        let import = include_str!("../../../survey/forms/skill-2024-import.json");
        let import = Form::load_extending(import, std::slice::from_ref(&full)).unwrap();
        [full, import]
    });
    forms.iter().find(|form| form.version == version).unwrap()
}

pub(super) fn choice(code: &str) -> Value {
    Value::Choice(code.into())
}

pub(super) fn choices(codes: &[&str]) -> Value {
    Value::Choices(codes.iter().map(|code| (*code).into()).collect())
}

pub(super) fn text(text: &str) -> Value {
    Value::Text(text.into())
}

/// Everything a person must say, and the skill part.
pub(super) fn answered() -> Answers {
    let mut answers = Answers::from(
        [
            ("name", text("見本 太郎")),
            ("residence", choice("27")),
            ("residence_city", text("大阪市")),
            ("affiliation", choice("independent")),
            ("organisation", text("見本事務所")),
            ("email", text("taro@example.jp")),
            ("registration_number", text("012345")),
            ("registration_year", Value::Number(2020)),
            ("experience", choice("5_10y")),
            ("support_experience", choice("no")),
            ("industries", choices(&["none"])),
            ("organisations", choices(&["chambers"])),
            ("company_sizes", choices(&["le10", "11_50"])),
            ("prefectures", choices(&["27", "28"])),
            ("formats", choices(&["onsite"])),
            ("themes", choices(&["T1", "T4"])),
            ("fee_per_visit", choice("20_30k")),
            ("durations", choices(&["spot"])),
            ("listing_consent", choice("yes")),
            ("training_taken", choices(&["online"])),
        ]
        .map(|(code, value)| (code.to_owned(), value)),
    );
    for item in kit_vocabulary::skill_items().codes() {
        answers.insert(item.code.clone(), Value::Number(2));
    }
    answers
}

pub(super) fn with(code: &str, value: Value) -> Answers {
    let mut answers = answered();
    answers.insert(code.into(), value);
    answers
}

pub(super) fn without(code: &str) -> Answers {
    let mut answers = answered();
    answers.remove(code);
    answers
}

/// Question and reason of every fault, in order.
pub(super) fn faults(checked: &Checked) -> Vec<(&str, Reason)> {
    checked.faults.iter().map(|fault| (fault.question.as_str(), fault.reason)).collect()
}

pub(super) fn warnings(checked: &Checked) -> Vec<(&str, Reason)> {
    checked.warnings.iter().map(|fault| (fault.question.as_str(), fault.reason)).collect()
}
