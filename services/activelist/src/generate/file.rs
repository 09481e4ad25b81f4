//! People as rows of a file that `import survey` takes.

use kit_forms::Form;
use kit_vocabulary::{self as lists, Code, Lang};
use survey::domain::scoring::SKILL_ITEMS;

use super::people::Person;
use crate::import::import_form;

/// Columns before the skill items.
const COLUMNS: [&str; 27] = [
    "submitted_at",
    "registration_number",
    "registration_year",
    "name",
    "name_kana",
    "email",
    "residence",
    "affiliation",
    "organisation",
    "age",
    "qualifications",
    "qualifications_other",
    "experience",
    "support_experience",
    "support_cases",
    "support_years",
    "support_summary",
    "industries",
    "organisations",
    "company_sizes",
    "prefectures",
    "formats",
    "themes",
    "fee_per_visit",
    "durations",
    "self_pr",
    "listing_consent",
];

/// The headings.
pub fn headings() -> impl Iterator<Item = &'static str> {
    COLUMNS.into_iter().chain(SKILL_ITEMS)
}

/// The cells of a person, in the order of the headings. Choices are written as people see them.
pub fn row(person: &Person) -> impl Iterator<Item = String> + use<> {
    let form = import_form();
    let one = |code: &Code| code.ja.clone();
    let many = |question, codes: &[&Code]| {
        let labels: Vec<&str> = codes.iter().map(|code| code.ja.as_str()).collect();
        if labels.is_empty() { none(form, question) } else { labels.join("|") }
    };
    let everywhere = person.prefectures.len() == lists::prefectures().codes().len();
    let cells: [String; COLUMNS.len()] = [
        person.submitted.to_string(),
        person.registration_number.clone(),
        person.registration_year.to_string(),
        person.full_name.clone(),
        person.full_name_kana.clone(),
        person.email.clone(),
        one(person.residence),
        one(person.affiliation),
        person.organisation.clone(),
        person.age.to_string(),
        many("qualifications", &person.qualifications),
        person.qualifications_other.clone(),
        one(person.experience),
        label(form, "support_experience", "yes"),
        person.support_cases.to_string(),
        person.support_years.to_string(),
        person.support_summary.clone(),
        many("industries", &person.industries),
        many("organisations", &person.organisations),
        many("company_sizes", &person.company_sizes),
        if everywhere { "全国".to_owned() } else { many("prefectures", &person.prefectures) },
        many("formats", &person.formats),
        many("themes", &person.themes),
        one(person.fee),
        many("durations", &person.durations),
        person.self_pr.clone(),
        label(form, "listing_consent", "yes"),
    ];
    let skills = person.skills;
    cells.into_iter().chain(skills.into_iter().map(|answer| answer.to_string()))
}

/// What stands for none of the choices; an empty cell where the form has no word for it.
fn none(form: &Form, question: &str) -> String {
    label(form, question, "none")
}

fn label(form: &Form, question: &str, code: &str) -> String {
    let choices = form.question(question).and_then(|question| question.choices());
    choices.and_then(|list| list.label(code, Lang::Ja)).unwrap_or_default().to_owned()
}
