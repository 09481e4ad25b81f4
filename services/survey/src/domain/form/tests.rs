//! What the forms of this service say.

use std::collections::BTreeSet;

use kit_forms::Kind;
use kit_vocabulary::Lang;

use super::*;

const FULL: &str = "skill-2024";
const IMPORT: &str = "skill-2024-import";

fn embedded(version: &str) -> &'static Form {
    form(version).expect("an embedded form")
}

#[test]
fn the_embedded_forms_are_those_of_the_folder() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/forms");
    let files: BTreeSet<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .filter_map(|name| name.strip_suffix(".json").map(str::to_owned))
        .collect();
    let versions: BTreeSet<String> = forms().iter().map(|form| form.version.clone()).collect();
    assert_eq!(files, versions);
}

#[test]
fn a_version_for_files_asks_the_same_questions() {
    let codes = |form: &Form| form.questions().map(|question| question.code.clone()).collect::<Vec<_>>();
    assert_eq!(codes(embedded(FULL)), codes(embedded(IMPORT)));
    assert_eq!(embedded(IMPORT).extends.as_deref(), Some(FULL));
    assert_eq!(embedded(IMPORT).id, embedded(FULL).id);
    let required: Vec<&str> = embedded(IMPORT)
        .questions()
        .filter(|question| question.required)
        .map(|question| question.code.as_str())
        .collect();
    assert_eq!(required, ["name", "registration_number", "durations", "listing_consent"]);
}

#[test]
fn the_skill_part_is_34_marks_and_14_texts() {
    let form = embedded(FULL);
    assert_eq!(form.members("skills").count(), 34);
    assert_eq!(form.questions().filter(|question| question.code.ends_with("_evidence")).count(), 14);
    for (item, question) in kit_vocabulary::skill_items().codes().iter().zip(form.members("skills")) {
        assert_eq!(item.code, question.code);
        assert_eq!(question.label.get(Lang::Ja), item.ja);
        assert!(matches!(question.kind, Kind::Number { min: 0, max: 3, .. }));
    }
}

#[test]
fn what_identifies_somebody_or_is_free_text_is_personal() {
    let form = embedded(FULL);
    for question in form.questions() {
        let is_text = matches!(question.kind, Kind::Text { .. });
        assert!(question.personal || !is_text, "{}", question.code);
    }
    assert!(form.personal("age") && form.personal("registration_number"));
    assert!(form.personal("no_such_question"));
    assert!(!form.personal("S1a1") && !form.personal("residence"));
}
