//! Random answers to random forms, and to those the services ship.

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Value as Json, json};

use super::shipped::shipped;
use super::*;

/// A good value for a question, in one of the spellings that are taken.
fn good_value(question: &Question) -> BoxedStrategy<Value> {
    match &question.kind {
        Kind::Single { choices } => {
            let codes: Vec<String> = choices.codes().iter().map(|code| code.code.clone()).collect();
            select(codes).prop_map(Value::Choice).boxed()
        }
        Kind::Multiple { choices, exclusive, max_choices, .. } => {
            let codes = choices.codes().iter().map(|code| code.code.clone());
            let (alone, together): (Vec<String>, Vec<String>) = codes.partition(|code| exclusive.contains(code));
            let most = max_choices.unwrap_or(together.len()).min(together.len());
            let several = subsequence(together, 1..=most).prop_shuffle().boxed();
            let codes = if alone.is_empty() {
                several
            } else {
                prop_oneof![4 => several, 1 => select(alone).prop_map(|code| vec![code])].boxed()
            };
            codes.prop_map(Value::Choices).boxed()
        }
        Kind::Number { min, max, .. } => (*min..=*max).prop_map(Value::Number).boxed(),
        Kind::Text { format: TextFormat::Plain, max_chars, .. } => {
            let most = (*max_chars).min(60);
            let texts = "x[ぁ-んか゛゙a-z ]{0,59}";
            texts.prop_map(move |text| Value::Text(text.chars().take(most).collect())).boxed()
        }
        Kind::Text { format: TextFormat::Email, .. } => "[a-z]{1,9}@[a-z]{1,9}\\.jp".prop_map(Value::Text).boxed(),
        Kind::Text { format: TextFormat::Url, .. } => {
            "https://[a-z]{1,9}\\.jp/[a-z]{0,9}".prop_map(Value::Text).boxed()
        }
        Kind::Text { format: TextFormat::RegistrationNumber, .. } => {
            (1u32..=999_999).prop_map(|number| Value::Text(format!("第{number}号"))).boxed()
        }
        Kind::Text { format: TextFormat::Date, .. } => {
            (1i32..=9999, 1..=12, 1..=28).prop_map(|(y, m, d)| Value::Text(format!("{y:04}/{m}/{d}"))).boxed()
        }
        Kind::Text { format: TextFormat::Time, .. } => {
            (0..24, 0..60).prop_map(|(hour, minute)| Value::Text(format!("{hour}:{minute}"))).boxed()
        }
    }
}

/// Good answers to a form: to all that must be answered, to some of the rest, and only to what is asked.
fn good_answers(form: &Form) -> BoxedStrategy<Answers> {
    let form = form.clone();
    let each: Vec<_> = form.questions().map(|question| (good_value(question), any::<bool>())).collect();
    let asked = move |values: Vec<(Value, bool)>| {
        let mut answers = Answers::new();
        for (question, (value, given)) in form.questions().zip(values) {
            let held = |when: &When| {
                let cause = answers.get(&when.question);
                cause.is_some_and(|cause| when.any_of.is_empty() || when.any_of.iter().any(|code| cause.holds(code)))
            };
            let whole =
                question.group.as_ref().and_then(|group| form.group(group)).is_some_and(|group| group.all_or_none);
            if question.when.as_ref().is_none_or(held) && (question.required || whole || given) {
                answers.insert(question.code.clone(), value);
            }
        }
        answers
    };
    each.prop_map(asked).boxed()
}

/// Any value, good or bad, for any question.
fn any_value() -> impl Strategy<Value = Value> {
    let code = || prop_oneof!["[a-d]", Just("other".to_owned()), any::<String>()];
    prop_oneof![
        code().prop_map(Value::Choice),
        vec(code(), 0..6).prop_map(Value::Choices),
        (-3i64..9).prop_map(Value::Number),
        any::<i64>().prop_map(Value::Number),
        any::<String>().prop_map(Value::Text),
        "[0-9]{1,4}[-/年:][0-9]{1,2}[-/月][0-9]{1,2}".prop_map(Value::Text),
    ]
}

fn choices_json(count: usize) -> Json {
    let code = |at: usize| ["a", "b", "c", "other"][at];
    (0..count).map(|at| json!({"code": code(at), "ja": format!("選択{at}"), "en": format!("Choice {at}")})).collect()
}

/// The fields of one entry by which it is of some kind; the rest is the same for all.
fn kind_json() -> impl Strategy<Value = Json> {
    let range = (-5i64..5, 0i64..9).prop_map(|(min, span)| (min, min + span));
    prop_oneof![
        (1usize..=4).prop_map(|n| json!({"kind": "single", "choices": choices_json(n)})),
        Just(json!({"kind": "single", "choices": choices_json(4), "texts": ["other"]})),
        (2usize..=4).prop_map(|n| json!({"kind": "multiple", "choices": choices_json(n), "max_choices": n - 1})),
        Just(json!({"kind": "multiple", "choices": choices_json(4), "exclusive": ["a"], "texts": ["other", "b"]})),
        range.clone().prop_map(|(min, max)| json!({"kind": "number", "min": min, "max": max})),
        (1usize..80, any::<bool>()).prop_map(|(max, lines)| json!({"kind": "text", "max_chars": max, "lines": lines})),
        select(vec!["date", "time"]).prop_map(|format| json!({"kind": "text", "format": format})),
        (range, 1usize..4, any::<bool>()).prop_map(|((min, max), rows, whole)| {
            let rows: Json = (0..rows).map(|row| json!({"code": format!("row{row}")})).collect();
            let mut matrix = json!({"kind": "matrix", "min": min, "max": max, "rows": rows});
            if whole {
                matrix["rule"] = json!("all_or_none");
            }
            matrix
        }),
    ]
}

/// A form file: every entry may hang on one before it, by a choice where that has any.
fn form_json() -> impl Strategy<Value = Json> {
    vec((kind_json(), any::<bool>(), any::<prop::sample::Index>(), 0u8..3), 1..12).prop_map(|entries| {
        let mut questions: Vec<Json> = Vec::new();
        for (at, (mut entry, required, cause, hangs)) in entries.into_iter().enumerate() {
            entry["code"] = json!(format!("q{at}"));
            (entry["ja"], entry["en"]) = (json!(format!("問{at}")), json!(format!("Question {at}")));
            entry["required"] = json!(required);
            let rows = entry.get_mut("rows").and_then(Json::as_array_mut);
            for row in rows.into_iter().flatten() {
                let code = format!("q{at}_{}", row["code"].as_str().unwrap());
                *row = json!({"code": code, "ja": format!("行 {code}"), "en": format!("Row {code}")});
            }
            if at > 0 && hangs == 0 {
                let cause = &questions[cause.index(at)];
                entry["when"] = match (&cause["choices"][0]["code"], &cause["rows"][0]["code"]) {
                    (Json::Null, Json::Null) => json!({"question": cause["code"]}),
                    (Json::Null, row) => json!({"question": row}),
                    (choice, _) => json!({"question": cause["code"], "any_of": [choice]}),
                };
            }
            questions.push(entry);
        }
        let section = json!({"code": "one", "ja": "一", "en": "One", "questions": questions});
        json!({"id": "s", "version": "s-1", "title": {"ja": "甲", "en": "A"}, "source": "x", "sections": [section]})
    })
}

fn random_form() -> impl Strategy<Value = Form> {
    form_json().prop_map(|json| Form::load(&json.to_string()).unwrap_or_else(|error| panic!("{error}\n{json}")))
}

fn any_form() -> impl Strategy<Value = Form> {
    prop_oneof![2 => random_form(), 1 => select(shipped())]
}

proptest! {
    #[test]
    fn good_answers_are_taken((form, answers) in any_form().prop_flat_map(|form| {
        let answers = good_answers(&form);
        (Just(form), answers)
    })) {
        let checked = form.check(&answers);
        prop_assert!(checked.is_good(), "{:?}", checked.faults);
        prop_assert!(checked.answers.keys().eq(answers.keys()));
        prop_assert_eq!(&form.check(&checked.answers).answers, &checked.answers);
        // A file that spells every answer by its label says the same.
        for (code, value) in &checked.answers {
            let question = form.question(code).unwrap();
            let labels = |codes: &[String]| -> Vec<String> {
                codes.iter().map(|code| question.choices().unwrap().get(code).unwrap().ja.clone()).collect()
            };
            let cell = match value {
                Value::Number(number) => number.to_string(),
                Value::Text(said) => said.clone(),
                _ => labels(value.codes()).join("|"),
            };
            let read = form.read_cell(question, &cell).unwrap();
            prop_assert_eq!(read.as_ref(), Some(value), "{}", code);
        }
    }

    #[test]
    fn no_answers_panic_and_every_fault_has_its_place((form, answers) in any_form().prop_flat_map(|form| {
        let codes: Vec<String> = form.questions().map(|question| question.code.clone()).chain(["none".into()]).collect();
        (Just(form), btree_map(select(codes), any_value(), 0..20))
    })) {
        let checked = form.check(&answers);
        let places: Vec<usize> = checked.faults.iter().map(|fault| {
            form.questions().position(|question| question.code == fault.question).unwrap_or(usize::MAX)
        }).collect();
        prop_assert!(places.is_sorted());
        // Whatever is neither kept nor refused was empty, or hangs on something that was refused.
        for (code, value) in answers.iter().filter(|(code, _)| !checked.answers.contains_key(*code)) {
            let refused = checked.faults.iter().any(|fault| fault.question == *code);
            let hangs = form.question(code).is_some_and(|question| question.when.is_some());
            prop_assert!(refused || hangs || value.is_empty() || is_blank(value), "{} {:?}", code, value);
        }
        prop_assert_eq!(&form.check(&checked.answers).answers, &checked.answers);
    }

    #[test]
    fn no_file_panics(json in form_json(), at in any::<prop::sample::Index>(), with in "[\\[\\]{}:,\"a-z0-9]{0,3}", cut in 0usize..9) {
        let text: Vec<char> = json.to_string().chars().collect();
        let at = at.index(text.len());
        let end = (at + cut).min(text.len());
        let broken: String = text[..at].iter().copied().chain(with.chars()).chain(text[end..].iter().copied()).collect();
        if let Err(error) = Form::load(&broken) {
            prop_assert!(!error.mistakes.is_empty());
        }
    }
}

/// What may vanish without a word: a text that is blank once it is folded.
fn is_blank(value: &Value) -> bool {
    value.text().is_some_and(|text| text.chars().all(|c| c.is_whitespace()))
}
