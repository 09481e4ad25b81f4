//! The forms the services of this repository ship.

use std::collections::BTreeSet;
use std::path::Path;

use kit_vocabulary::{Code, Lang};

use super::*;

/// Every form of every service, read from its folder.
pub(super) fn shipped() -> Vec<Form> {
    let services = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap();
    let folders = std::fs::read_dir(services).unwrap().map(|entry| entry.unwrap().path().join("forms"));
    let mut folders: Vec<_> = folders.filter(|folder| folder.is_dir() && !folder.ends_with("kit/forms")).collect();
    folders.sort();
    folders.iter().flat_map(|folder| in_folder(folder).all().to_vec()).collect()
}

fn in_folder(folder: &Path) -> Forms {
    let mut files: Vec<(String, String)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "json"))
        .map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), std::fs::read_to_string(path).unwrap()))
        .collect();
    files.sort();
    let files = files.iter().map(|(name, text)| (name.as_str(), text.as_str()));
    Forms::load(files).unwrap_or_else(|error| panic!("{}:\n{error}", folder.display()))
}

fn form(version: &str) -> Form {
    let all = shipped();
    all.into_iter().find(|form| form.version == version).unwrap_or_else(|| panic!("no {version}"))
}

#[test]
fn every_form_of_chapter_4_and_every_report_is_there() {
    let versions: BTreeSet<String> = shipped().into_iter().map(|form| form.version).collect();
    for version in [
        "participant-2024",
        "company-2024",
        "expert-2024",
        "expert-company-2024",
        "skill-2024",
        "skill-2024-import",
        "consultation-report-2024",
        "visit-report-2024",
        "final-report-2024",
        "self-check-2024",
    ] {
        assert!(versions.contains(version), "{version}");
    }
}

#[test]
fn everything_is_said_in_both_languages() {
    for form in shipped() {
        let mut said = vec![form.title.clone()];
        said.extend(form.groups.iter().map(|group| group.label.clone()));
        said.extend(form.scores.iter().map(|score| score.label.clone()));
        said.extend(form.sections.iter().map(|section| section.label.clone()));
        said.extend(form.questions().map(|question| question.label.clone()));
        let choices = form.questions().filter_map(Question::choices).flat_map(|choices| choices.codes().to_vec());
        said.extend(choices.map(|Code { ja, en, .. }| Label { ja, en }));
        for label in said {
            assert!(!label.get(Lang::Ja).trim().is_empty(), "{}: {label:?}", form.version);
            // English beside it: no Japanese script slipped into its place.
            let english = label.get(Lang::En);
            assert!(!english.trim().is_empty(), "{}: {label:?}", form.version);
            assert!(!english.chars().any(|c| ('\u{3041}'..='\u{9FFF}').contains(&c)), "{}: {label:?}", form.version);
        }
    }
}

#[test]
fn every_code_stands_once() {
    let mut versions = BTreeSet::new();
    for form in shipped() {
        assert!(versions.insert(form.version.clone()), "{}", form.version);
        let mut codes = BTreeSet::new();
        for question in form.questions() {
            assert!(codes.insert(&question.code), "{}: {}", form.version, question.code);
        }
    }
}

#[test]
fn nothing_said_by_an_empty_response_but_what_is_required() {
    for form in shipped() {
        let checked = form.check(&Answers::new());
        let required = form.questions().filter(|question| question.required && question.when.is_none());
        let required: Vec<_> = required.map(|question| (question.code.as_str(), Reason::Required)).collect();
        assert_eq!(faults(&checked), required, "{}", form.version);
        assert!(!required.is_empty(), "{}", form.version);
    }
}

fn most(form: &Form, code: &str) -> Option<usize> {
    match &form.question(code).unwrap().kind {
        Kind::Multiple { max_choices, .. } => *max_choices,
        _ => None,
    }
}

#[test]
fn the_participant_survey_limits_what_the_report_limits() {
    let form = form("participant-2024");
    // 4.1: questions 1-4, 2-4, 2-5, 2-8 and 2-9 say "up to three"; 2-2, 2-3, 2-7 and 2-10 take any number.
    for code in ["seminar_formats", "choosing", "wanted_formats", "effect_measures", "problems"] {
        assert_eq!(most(&form, code), Some(3), "{code}");
    }
    for code in ["support_used", "finding", "wanted_help", "known_schemes"] {
        assert_eq!(most(&form, code), None, "{code}");
    }
    let choices = |code: &str| form.question(code).unwrap().choices().unwrap().codes().len();
    let counts = ["reason", "satisfaction", "seminar_formats", "choosing", "wanted_help", "problems", "known_schemes"];
    assert_eq!(counts.map(choices), [7, 5, 8, 10, 8, 9, 8]);
}

#[test]
fn the_company_survey_marks_the_expert_seven_times_from_1_to_5() {
    let form = form("company-2024");
    for (group, rows) in [("expert_marks", 7), ("office_marks", 5)] {
        let members: Vec<&Question> = form.members(group).collect();
        assert_eq!(members.len(), rows);
        assert!(members.iter().all(|row| matches!(row.kind, Kind::Number { min: 1, max: 5, .. })));
    }
    let asked_after = |code: &str| form.question(code).unwrap().when.clone().unwrap();
    assert_eq!(asked_after("visits_wanted").any_of, ["few", "many"]);
    assert_eq!(asked_after("hours_wanted").any_of, ["short", "long"]);
    assert_eq!(asked_after("body_unused_reason").any_of, ["rarely"]);
}

#[test]
fn outcomes_keep_the_full_scales_of_both_sides() {
    let codes = |version: &str, code: &str| -> Vec<String> {
        let form = form(version);
        form.question(code).unwrap().choices().unwrap().codes().iter().map(|choice| choice.code.clone()).collect()
    };
    assert_eq!(codes("expert-company-2024", "result"), ["very_well", "well", "neutral", "not_quite", "not_well"]);
    assert_eq!(codes("company-2024", "goal"), ["fully", "partly", "little", "not", "other"]);
    assert_eq!(codes("consultation-report-2024", "not_going_reason"), ["solved", "schedule", "no_visits", "other"]);
}

#[test]
fn answers_that_name_somebody_are_personal() {
    for form in shipped() {
        for question in form.questions() {
            let dated = matches!(question.kind, Kind::Text { format: TextFormat::Date | TextFormat::Time, .. });
            let is_text = matches!(question.kind, Kind::Text { .. });
            assert!(question.personal || dated || !is_text, "{}: {}", form.version, question.code);
        }
    }
}

/// The self-check with these choices in turn: question 1 on.
fn self_check(choices: &[(usize, &str)]) -> Answers {
    let each = choices.iter().flat_map(|(times, code)| std::iter::repeat_n(*code, *times));
    each.enumerate().map(|(at, code)| (format!("Q{:02}", at + 1), choice(code))).collect()
}

#[test]
fn the_self_check_is_summed_as_on_paper() {
    let form = form("self-check-2024");
    let sizes: Vec<usize> = form.sections.iter().map(|section| section.questions.len()).collect();
    assert_eq!(sizes, [5, 13, 7]); // 1–5, 6–18, 19–25
    let points = |answers: &Answers| {
        assert!(form.check(answers).is_good());
        ["basic", "staff", "organisation", "total"].map(|score| form.sum(score, answers).unwrap().points)
    };
    // Everything done: 25 × 4.
    assert_eq!(points(&self_check(&[(25, "done")])), [20, 52, 28, 100]);
    // Nothing known: 25 × −1.
    assert_eq!(points(&self_check(&[(25, "unknown")])), [-5, -13, -7, -25]);
    // 1–5: 3 done, 2 partly = 16. 6–18: 4 partly, 6 not, 3 unknown = 8 + 0 − 3 = 5. 19–25: 1 unknown, 6 done = 23.
    let mixed = [(3, "done"), (2, "partly"), (4, "partly"), (6, "not"), (3, "unknown"), (1, "unknown"), (6, "done")];
    assert_eq!(points(&self_check(&mixed)), [16, 5, 23, 44]);

    let mut short = self_check(&[(25, "done")]);
    short.remove("Q13");
    assert_eq!(faults(&form.check(&short)), [("Q13", Reason::Required)]);
    assert_eq!(form.sum("total", &short), Some(Sum { points: 96, min: -25, max: 100, unanswered: 1 }));
}
