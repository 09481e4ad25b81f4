//! The forms that belong to engagements, and what each of them is about: data, beside the files of the forms.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use contract::engagement::v1::Side;
use kit_forms::{Form, Forms};
use serde::Deserialize;

/// The embedded forms, by version.
const FORMS: [(&str, &str); 8] = [
    ("participant-2024", include_str!("../../forms/participant-2024.json")),
    ("consultation-report-2024", include_str!("../../forms/consultation-report-2024.json")),
    ("visit-report-2024", include_str!("../../forms/visit-report-2024.json")),
    ("final-report-2024", include_str!("../../forms/final-report-2024.json")),
    ("company-2024", include_str!("../../forms/company-2024.json")),
    ("expert-company-2024", include_str!("../../forms/expert-company-2024.json")),
    ("expert-2024", include_str!("../../forms/expert-2024.json")),
    ("self-check-2024", include_str!("../../forms/self-check-2024.json")),
];

/// Every version of every form.
pub fn forms() -> &'static [Form] {
    loaded().all()
}

fn loaded() -> &'static Forms {
    static LOADED: OnceLock<Forms> = OnceLock::new();
    LOADED.get_or_init(|| Forms::load(FORMS).expect("a test loads every embedded form"))
}

/// What a form is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum About {
    /// A company's part in a gathering.
    Participation,
    /// A consultation.
    Consultation,
    /// A visit of a case.
    Visit,
    /// A case.
    Case,
    /// A company.
    Company,
    /// An expert within a programme.
    Expert,
}

/// What is to be known of a form beside its questions; the same for all its versions.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// The form's id: `company`.
    pub form: String,
    /// What it is about.
    pub about: About,
    side: String,
    /// States of what it is about in which it may be answered; empty for any.
    #[serde(default)]
    pub states: Vec<String>,
    /// The command of Engagements that takes it; empty when answers are handed in by themselves.
    #[serde(default)]
    pub command: String,
    /// Whether the other side of the case may read the answers.
    #[serde(default)]
    pub shown_to_other_side: bool,
    /// Questions whose answer is known from what the form is about.
    #[serde(default)]
    pub known: Vec<Link>,
    /// Questions that say the same as a field of the command.
    #[serde(default)]
    pub request: Vec<Link>,
}

/// A question and a field that say the same.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// The question's code.
    pub question: String,
    /// The field's name, as the service calls it.
    pub field: String,
    /// What a choice means in the field; without any, both say it in the same words.
    #[serde(default)]
    pub codes: BTreeMap<String, String>,
    /// The answer fills the field only where nothing else does, and never the reverse.
    #[serde(default)]
    pub one_way: bool,
    /// Of what is known: another answer is a fault.
    #[serde(default)]
    pub must_agree: bool,
}

impl Rule {
    /// Who answers.
    pub fn side(&self) -> Side {
        if self.side == "expert" { Side::Expert } else { Side::Company }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RulesFile {
    #[serde(rename = "source")]
    _source: String,
    forms: Vec<Rule>,
}

fn rules() -> &'static [Rule] {
    static RULES: OnceLock<Vec<Rule>> = OnceLock::new();
    RULES.get_or_init(|| {
        let file: RulesFile =
            serde_json::from_str(include_str!("../../data/forms.json")).expect("a test reads the rules of forms");
        file.forms
    })
}

/// The rule of a form.
pub fn rule(form: &Form) -> &'static Rule {
    rules().iter().find(|rule| rule.form == form.id).expect("a test finds a rule for every form")
}

/// The form of a name, `forms/<version>`, and its rule.
pub fn named(name: &str) -> Option<(&'static Form, &'static Rule)> {
    let form = loaded().get(name.strip_prefix("forms/")?)?;
    Some((form, rule(form)))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::domain::catalogue::themes;

    #[test]
    fn every_form_has_one_rule_and_every_rule_a_form() {
        let ids: BTreeSet<&str> = forms().iter().map(|form| form.id.as_str()).collect();
        let ruled: Vec<&str> = rules().iter().map(|rule| rule.form.as_str()).collect();
        assert_eq!(ids, ruled.iter().copied().collect());
        assert_eq!((ids.len(), forms().len()), (ruled.len(), FORMS.len()));
        for rule in rules() {
            assert!(["company", "expert"].contains(&rule.side.as_str()), "{}", rule.form);
            assert!(["", "ReportConsultation", "HoldVisit", "RecordOutcome"].contains(&rule.command.as_str()));
            assert!(rule.request.is_empty() || !rule.command.is_empty(), "{}: a request without a command", rule.form);
        }
    }

    #[test]
    fn every_link_is_to_a_question_and_its_choices() {
        for form in forms() {
            for link in rule(form).known.iter().chain(&rule(form).request) {
                let question = form.question(&link.question);
                let question = question.unwrap_or_else(|| panic!("{}: no {}", form.version, link.question));
                for code in link.codes.keys() {
                    let known = question.choices().is_some_and(|choices| choices.get(code).is_some());
                    assert!(known, "{}: {} has no {code}", form.version, link.question);
                }
            }
        }
    }

    #[test]
    fn the_visit_report_offers_the_tools_of_the_catalogue() {
        let (form, _) = named("forms/visit-report-2024").unwrap();
        let offered = form.question("tools_used").unwrap().choices().unwrap().codes();
        let offered: BTreeSet<(&str, &str)> =
            offered.iter().map(|code| (code.code.as_str(), code.ja.as_str())).collect();
        let tools = themes().iter().flat_map(|theme| &theme.tools);
        assert_eq!(offered, tools.map(|tool| (tool.code.as_str(), tool.ja.as_str())).collect());
        assert!(named("visit-report-2024").is_none() && named("forms/visit-report-1999").is_none());
    }
}
