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

fn file(questions: &str) -> String {
    format!(
        r#"{{"id": "s", "version": "s-1", "title": {{"ja": "甲", "en": "A"}}, "source": "test",
            "sections": [{{"code": "one", "ja": "一", "en": "One", "questions": [{questions}]}}]}}"#
    )
}

/// What is told of a file with these questions, a line each.
fn told(questions: &str) -> String {
    Form::load(&file(questions)).map(|_| String::new()).unwrap_or_else(|error| error.to_string())
}

const A: &str = r#"{"code": "a", "kind": "single", "list": "yes_no", "ja": "甲", "en": "A"}"#;

#[test]
fn a_mistake_is_told_with_its_place() {
    assert_eq!(told(A), "");
    for (question, expected) in [
        (r#""kind": "single""#, "choices: there must be something to choose"),
        (r#""kind": "single", "list": "no_such_list""#, "list: there is no list no_such_list"),
        (r#""kind": "single", "list": "yes_no", "without": ["maybe"]"#, "without: list yes_no has no choice maybe"),
        (
            r#""kind": "single", "list": "yes_no", "max_choices": 1"#,
            "max_choices: has no place in a question of kind single",
        ),
        (r#""kind": "single", "list": "yes_no", "texts": ["maybe"]"#, "texts: there is no choice maybe"),
        (
            r#""kind": "single", "list": "themes", "choices": [{"code": "T1", "ja": "x", "en": "x"}]"#,
            r#"choices: "T1" means both T1 and T1"#,
        ),
        (r#""kind": "multiple", "list": "yes_no", "exclusive": ["none"]"#, "exclusive: there is no choice none"),
        (r#""kind": "multiple", "list": "yes_no", "max_choices": 3"#, "max_choices: there are only 2 choices"),
        (r#""kind": "multiple", "list": "yes_no", "max_choices": 0"#, "max_choices: must be a whole number from 1"),
        (
            r#""kind": "multiple", "list": "yes_no", "all": {"code": "yes", "ja": "全部", "en": "All"}"#,
            "all: is spelled like one of the other choices",
        ),
        (
            r#""kind": "multiple", "choices": [{"code": "x", "ja": "x", "en": "x", "points": 1}]"#,
            "choices: only the choices of a single choice have points",
        ),
        (r#""kind": "number", "min": 1"#, "max: is missing"),
        (r#""kind": "number", "min": 5, "max": 1"#, "min: is above max"),
        (r#""kind": "number", "min": 0, "max": 2, "scale": "skill_levels""#, "scale: 3 is no number from 0 to 2"),
        (r#""kind": "text""#, "max_chars: is missing"),
        (r#""kind": "text", "max_chars": "5""#, "max_chars: must be a whole number from 1"),
        (
            r#""kind": "text", "max_chars": 5, "format": "phone""#,
            "format: can be email, url, registration_number, date or time",
        ),
        (r#""kind": "text", "max_chars": 5, "required": 1"#, "required: must be true or false"),
        (r#""kind": "text", "max_chars": 5, "group": "g""#, "group: there is no group g"),
        (r#""kind": "text", "max_chars": 5, "colour": 1"#, "colour: has no place in a question of kind text"),
        (r#""kind": "text", "max_chars": 5, "labels": "themes""#, "labels: list themes has no entry b"),
        (r#""kind": "text", "max_chars": 5, "when": {"question": "c"}"#, "when: no question c stands before it"),
        (r#""kind": "text", "max_chars": 5, "when": {"question": "b"}"#, "when: no question b stands before it"),
        (
            r#""kind": "text", "max_chars": 5, "when": {"question": "a", "any_of": ["maybe"]}"#,
            "when: a has no choice maybe",
        ),
        (r#""kind": "matrix", "min": 1, "max": 5"#, "rows: there must be at least one"),
        (r#""kind": "matrix", "min": 1, "max": 5, "rows": [{"code": "c", "en": "C"}]"#, "rows[c].ja: is missing"),
        (r#""kind": "essay""#, "kind: can be single, multiple, number, text or matrix"),
    ] {
        let words = if question.contains("labels") { "" } else { r#", "ja": "乙", "en": "B""# };
        let expected = format!("sections[one].questions[b].{expected}");
        assert_eq!(told(&format!(r#"{A}, {{"code": "b", {question}{words}}}"#)), expected, "{question}");
    }
}

#[test]
fn every_mistake_of_a_file_is_told() {
    let text = r#"{"id": "s 1", "title": {"ja": "甲", "en": ""}, "source": "test", "colour": "red",
        "groups": [{"code": "g", "ja": "群", "en": "G", "rule": "some"}, {"code": "g", "ja": "群", "en": "G"}],
        "lists": {"marks": [{"code": "x", "ja": "x", "en": "x", "points": 1}, {"code": "y", "ja": "y", "en": "y"}]},
        "scores": [{"code": "total", "ja": "合計", "en": "Total", "sections": ["two"]}],
        "sections": [
          {"code": "one", "ja": "一", "en": "One", "questions": [
            {"code": "a", "kind": "single", "list": "marks", "ja": "甲", "en": "A"},
            {"kind": "number", "min": 1, "ja": "乙", "en": "A"},
            {"code": "a", "kind": "text", "max_chars": 5, "ja": "丙", "en": "C", "when": {"question": "z", "of": []}},
            7
          ]},
          {"code": "one", "ja": "二", "en": "Two"}
        ]}"#;
    let error = Form::load(text).unwrap_err();
    let mut told: Vec<String> = error.mistakes.iter().map(Mistake::to_string).collect();
    told.sort();
    assert_eq!(
        told,
        [
            "colour: has no place in a form",
            "groups[g].rule: can be all_or_none only",
            "groups[g]: stands more than once",
            "id: takes letters, digits, _ and - only",
            "lists.marks: is a list of the vocabulary",
            "scores[total].sections: there is no section two",
            "scores[total]: no question of it has points",
            "sections[one].questions: is missing",
            "sections[one].questions[1].code: \"a\" means both a and ",
            "sections[one].questions[1].code: is missing",
            "sections[one].questions[1].max: is missing",
            "sections[one].questions[3]: must be an object",
            "sections[one].questions[a].choices: some have points and others none",
            "sections[one].questions[a].code: \"a\" means both a and a",
            "sections[one].questions[a].when.of: has no place in a condition",
            "sections[one].questions[a].when: no question z stands before it",
            "sections[one]: stands more than once",
            "title.en: must be a text that says something",
            "version: is missing",
        ]
    );
}

#[test]
fn what_hangs_on_a_mistake_is_not_told_as_another() {
    let b = r#"{"code": "b", "kind": "text", "max_chars": 5, "ja": "乙", "en": "B", "when": {"question": "a", "any_of": ["yes"]}}"#;
    let told = |a: &str| told(&format!("{a}, {b}"));
    assert_eq!(told(A), "");
    let place = "sections[one].questions[a]";
    assert_eq!(
        told(&A.replace("single", "choose")),
        format!("{place}.kind: can be single, multiple, number, text or matrix")
    );
    assert_eq!(told(&A.replace("yes_no", "maybe")), format!("{place}.list: there is no list maybe"));
}

#[test]
fn a_field_that_stands_twice_is_a_mistake() {
    let twice = A.replace(r#""ja": "甲""#, r#""ja": "甲", "ja": "乙""#);
    let told = told(&twice);
    assert!(told.contains("ja stands twice in one object at line 2"), "{told}");
}

#[test]
fn what_is_not_json_is_told_with_line_and_column() {
    assert_eq!(Form::load("[").unwrap_err().mistakes[0].place, "");
    assert!(Form::load("{\n \"id\": }").unwrap_err().to_string().contains("line 2 column"));
    assert_eq!(Form::load("[]").unwrap_err().to_string(), "must be an object");
}

#[test]
fn a_version_extends_a_form_that_is_there() {
    let extension = r#"{"extends": "s-0", "version": "s-2", "title": {"ja": "甲", "en": "A"}, "source": "test", "required": ["zz"]}"#;
    assert_eq!(Form::load(extension).unwrap_err().to_string(), "extends: there is no form s-0");
    let known = [Form::load(&file(A)).unwrap()];
    let extension = extension.replace("s-0", "s-1");
    let error = Form::load_extending(&extension, &known).unwrap_err();
    assert_eq!(error.to_string(), "required: s-1 has no question zz");
    let extension = Form::load_extending(&extension.replace("zz", "a"), &known).unwrap();
    assert!(extension.question("a").unwrap().required);
}

#[test]
fn versions_stand_side_by_side_in_any_order() {
    let (first, other) = (file(A), file(&A.replace("yes_no", "themes")).replace("s-1", "s-1b"));
    let extension = r#"{"extends": "s-1", "version": "s-2", "title": {"ja": "甲", "en": "A"}, "source": "test", "required": ["a"]}"#;
    let forms = Forms::load([("s-2.json", extension), ("s-1", first.as_str()), ("s-1b", other.as_str())]).unwrap();
    let versions: Vec<&str> = forms.versions("s").map(|form| form.version.as_str()).collect();
    assert_eq!(versions, ["s-1", "s-1b", "s-2"]);
    // The same answer is good in one version and not in another; a response says which is meant.
    let given = Answers::from([("a".to_owned(), choice("T1"))]);
    let check = |version: &str| forms.check(&forms.get(version).unwrap().response(given.clone())).unwrap().1.is_good();
    assert!(check("s-1b") && !check("s-1"));
    let mut response = forms.get("s-1").unwrap().response(given.clone());
    response.version = "s-9".into();
    assert_eq!(forms.check(&response).unwrap_err().to_string(), "there is no version s-9 of a form s");
    (response.version, response.form) = ("s-1".into(), "t".into());
    assert!(forms.check(&response).is_err());
}

#[test]
fn mistakes_of_a_folder_are_told_by_file() {
    let good = file(A);
    let bad = good.replace("yes_no", "no_such");
    let error = Forms::load([("s-1", good.as_str()), ("s-2.json", bad.as_str()), ("s-3", good.as_str())]).unwrap_err();
    let mut told: Vec<String> = error.to_string().lines().map(str::to_owned).collect();
    told.sort();
    assert_eq!(
        told,
        [
            "s-2.json: sections[one].questions[a].list: there is no list no_such",
            "s-3: version: s-1 is not what the file is called by",
        ]
    );
    assert!(
        Forms::load([("s-1", good.as_str()), ("s-1.json", good.as_str())]).unwrap_err().to_string().contains("twice")
    );
}
