//! The embedded files, and files that are none.

use std::collections::BTreeSet;

use kit_vocabulary::Lang;

use super::*;

#[test]
fn the_embedded_forms_are_those_of_the_folder() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/forms");
    let files: BTreeSet<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .filter_map(|name| name.strip_suffix(".json").map(str::to_owned))
        .filter(|name| name != "faults")
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

#[test]
fn every_reason_has_texts_and_a_stable_name() {
    for reason in Reason::ALL {
        let question = embedded(FULL).question("name").unwrap();
        let fault = Fault::of(question, reason);
        assert!(!fault.ja.is_empty() && !fault.en.is_empty());
        assert_eq!(serde_json::to_value(reason).unwrap(), reason.as_str());
    }
}

fn load(questions: &str) -> Result<Form, BadForm> {
    Form::load(&format!(
        r#"{{"id": "s", "version": "s-1", "title": {{"ja": "甲", "en": "A"}}, "source": "test",
            "sections": [{{"code": "one", "ja": "一", "en": "One", "questions": [{questions}]}}]}}"#
    ))
}

#[test]
fn a_file_that_contradicts_itself_is_refused() {
    let q = r#"{"code": "a", "kind": "single", "list": "yes_no", "ja": "甲", "en": "A"}"#;
    assert!(load(q).is_ok());
    for bad in [
        r#"{"code": "a", "kind": "single", "ja": "甲", "en": "A"}"#.to_owned(),
        r#"{"code": "a", "kind": "single", "list": "no_such_list", "ja": "甲", "en": "A"}"#.to_owned(),
        r#"{"code": "a", "kind": "number", "min": 1, "ja": "甲", "en": "A"}"#.to_owned(),
        r#"{"code": "a", "kind": "text", "ja": "甲", "en": "A"}"#.to_owned(),
        r#"{"code": "a", "kind": "text", "max_chars": 5, "ja": "甲"}"#.to_owned(),
        r#"{"code": "a", "kind": "text", "max_chars": 5, "ja": "甲", "en": "A", "group": "g"}"#.to_owned(),
        r#"{"code": "a", "kind": "text", "max_chars": 5, "ja": "甲", "en": "A", "colour": 1}"#.to_owned(),
        r#"{"code": "a", "kind": "multiple", "list": "yes_no", "exclusive": ["none"], "ja": "甲", "en": "A"}"#.to_owned(),
        r#"{"code": "a", "kind": "single", "list": "themes", "choices": [{"code": "T1", "ja": "x", "en": "x"}], "ja": "甲", "en": "A"}"#.to_owned(),
        format!(r#"{q}, {{"code": "b", "kind": "single", "list": "yes_no", "ja": "甲", "en": "B"}}"#),
        format!(r#"{q}, {{"code": "b", "kind": "single", "list": "yes_no", "ja": "乙", "en": "B", "when": {{"question": "c"}}}}"#),
        format!(r#"{q}, {{"code": "b", "kind": "single", "list": "yes_no", "ja": "乙", "en": "B", "when": {{"question": "a", "any_of": ["maybe"]}}}}"#),
        format!(r#"{{"code": "b", "kind": "single", "list": "yes_no", "ja": "乙", "en": "B", "when": {{"question": "a"}}}}, {q}"#),
    ] {
        assert!(load(&bad).is_err(), "{bad}");
    }
    let extension = r#"{"extends": "s-0", "version": "s-2", "title": {"ja": "甲", "en": "A"}, "source": "test", "required": ["zz"]}"#;
    assert!(matches!(Form::load(extension), Err(BadForm::UnknownBase(base)) if base == "s-0"));
    let known = [load(q).unwrap()];
    let extension = extension.replace("s-0", "s-1");
    assert!(matches!(Form::load_extending(&extension, &known), Err(BadForm::UnknownQuestion(code)) if code == "zz"));
    assert!(Form::load("[").is_err());
}
