//! Forms, and what is answered to them.

use std::sync::LazyLock;

use kit_forms::{Answers, Form, Response, Value};

use crate::bytes::{Bytes, parts, text};

pub(super) const FILE_WORDS: &[&str] = &[
    "\"id\":",
    "\"version\":",
    "\"extends\":",
    "\"title\":",
    "\"source\":",
    "\"sections\":",
    "\"questions\":",
    "\"code\":",
    "\"ja\":",
    "\"en\":",
    "\"kind\":",
    "\"single\"",
    "\"multiple\"",
    "\"number\"",
    "\"text\"",
    "\"matrix\"",
    "\"choices\":",
    "\"list\":",
    "\"max_choices\":",
    "\"exclusive\":",
    "\"all\":",
    "\"min\":",
    "\"max\":",
    "\"unit\":",
    "\"scale\":",
    "\"max_chars\":",
    "\"format\":",
    "\"rows\":",
    "\"rule\":",
    "\"all_or_none\"",
    "\"when\":",
    "\"question\":",
    "\"any_of\":",
    "\"required\":",
    "\"expected\":",
    "\"personal\":",
    "\"group\":",
    "\"scores\":",
    "\"points\":",
    "\"labels\":",
    "\"aliases\":",
    "\"texts\":",
    "\"lists\":",
    "true",
    "null",
    "9223372036854775807",
];

/// Small forms with one of everything.
pub(super) fn file_seeds() -> Vec<Vec<u8>> {
    let whole = r#"{"id":"a","version":"a-1","title":{"ja":"あ","en":"A"},"source":"s",
"groups":[{"code":"g","ja":"群","en":"group","rule":"all_or_none","expected":true}],
"sections":[{"code":"x","ja":"節","en":"section","questions":[
{"code":"one","kind":"single","ja":"一","en":"one","required":true,"choices":[{"code":"y","ja":"はい","en":"yes","points":1},{"code":"n","ja":"いいえ","en":"no","points":-1}]},
{"code":"many","kind":"multiple","ja":"多","en":"many","list":"prefectures","max_choices":3,"when":{"question":"one","any_of":["y"]}},
{"code":"count","kind":"number","ja":"数","en":"count","min":0,"max":9999,"unit":"件","expected":true},
{"code":"text","kind":"text","ja":"文","en":"text","max_chars":200,"lines":true,"personal":true},
{"code":"day","kind":"text","ja":"日","en":"day","format":"date"},
{"code":"m","kind":"matrix","ja":"表","en":"matrix","rule":"all_or_none","min":0,"max":3,"rows":[{"code":"m1","ja":"一行","en":"row 1"},{"code":"m2","ja":"二行","en":"row 2"}]}
]}],"scores":[{"code":"sum","ja":"計","en":"sum","sections":["x"]}]}"#;
    let extending = r#"{"version":"skill-2024-b","extends":"skill-2024","title":{"ja":"い","en":"B"},"source":"s","required":["name"]}"#;
    vec![whole.as_bytes().to_vec(), extending.as_bytes().to_vec(), br#"{"id":1,"sections":[[]],"sections":2}"#.to_vec()]
}

static SHIPPED: LazyLock<Vec<Form>> = LazyLock::new(|| {
    let forms = survey::domain::form::forms().iter().chain(engagement::domain::forms::forms());
    forms.cloned().collect()
});

/// Every mistake is told with words, and what loads can be asked for all it holds.
pub(super) fn file(bytes: &[u8]) {
    let Some(text) = text(bytes) else { return };
    let form = match Form::load_extending(text, &SHIPPED) {
        Ok(form) => form,
        Err(bad) => return assert!(!bad.mistakes.is_empty() && !bad.to_string().is_empty()),
    };
    for question in form.questions() {
        let found = form.question(&question.code).expect("a question is found by its code");
        assert_eq!(found.code, question.code);
        let headed = form.heading(&question.code).expect("a question is found by its code as a heading");
        assert_eq!(headed.code, question.code);
        let _ = form.read_cell(question, "1、あ|はい");
    }
    let checked = form.check(&Answers::new());
    for score in &form.scores {
        let sum = form.sum(&score.code, &checked.answers).expect("a score of the form");
        assert!(sum.min <= sum.max);
    }
}

pub(super) const CELL_WORDS: &[&str] = &[
    "|",
    "；",
    "、",
    ",",
    "約",
    "件",
    "年",
    "第",
    "号",
    "はい",
    "いいえ",
    "すべて",
    "なし",
    "2024年10月15日",
    "14時50分",
    "14:50",
    "a@b.jp",
    "https://",
    "\u{202E}",
    "０",
    "-",
    "{\"form\":\"skill\",\"version\":\"skill-2024\",\"answers\":{",
    "{\"choice\":\"yes\"}",
    "{\"choices\":[",
    "{\"number\":",
    "{\"text\":\"",
];

/// A cell for a question of each kind; a response as it is kept.
pub(super) fn cell_seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for (at, form) in SHIPPED.iter().enumerate() {
        for (place, question) in form.questions().enumerate().step_by(5) {
            let cell = question.choices().and_then(|list| list.codes().last()).map_or("1", |code| &*code.ja);
            let mut seed = vec![0, at as u8, place as u8];
            seed.extend(parts([cell]));
            seeds.push(seed);
        }
    }
    let kept = r#"{"form":"skill","version":"skill-2024","answers":{"name":{"text":"見本"},"themes":{"choices":["a"]},"S1a1":{"number":2}}}"#;
    seeds.push([b"\x01", kept.as_bytes()].concat());
    seeds
}

/// What was read from cells is an answer the check takes or refuses with a reason; its normal form stays as it is, and both
/// survive being kept.
pub(super) fn cells(bytes: &[u8]) {
    let mut bytes = Bytes(bytes);
    if bytes.byte() == 1 {
        let Some(response) = text(bytes.rest()).and_then(|kept| serde_json::from_str::<Response>(kept).ok()) else {
            return;
        };
        survives(&response);
        if let Some(form) = SHIPPED.iter().find(|form| form.version == response.version) {
            check(form, &response.answers);
        }
        return;
    }
    let form = bytes.one_of(&SHIPPED);
    let mut answers = Answers::new();
    let count = form.questions().count();
    while !bytes.is_empty() {
        let Some(question) = form.questions().nth(usize::from(bytes.byte()) % count) else { return };
        let cell = bytes.text();
        match form.read_cell(question, &cell) {
            Ok(Some(value)) => {
                assert!(!value.is_empty());
                answers.insert(question.code.clone(), value);
            }
            Ok(None) => {}
            Err(fault) => assert!(!fault.reason.to_string().is_empty() && fault.question == question.code),
        }
    }
    check(form, &answers);
}

fn check(form: &Form, answers: &Answers) {
    let checked = form.check(answers);
    let again = form.check(&checked.answers);
    assert_eq!(again.answers, checked.answers, "the normal form of {}", form.version);
    let (form, version) = (form.id.clone(), form.version.clone());
    survives(&Response { form, version, answers: checked.answers });
}

fn survives(response: &Response) {
    let kept = serde_json::to_string(response).expect("answers can be written");
    assert_eq!(serde_json::from_str::<Response>(&kept).ok().as_ref(), Some(response));
    assert!(response.answers.values().all(|value| matches!(value, Value::Number(_)) || value.number().is_none()));
}
