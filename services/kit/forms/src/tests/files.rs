//! Files that are forms, and files that are none.

use super::*;

#[test]
fn every_reason_has_texts_and_a_stable_name() {
    for reason in Reason::ALL {
        let question = sample(FULL).question("name").unwrap();
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
