//! What holds for every response, however odd.

use kit_vocabulary::key;
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample::select;

use super::*;

const CODES: &[&str] =
    &["T1", "t2", "Ｔ３", "none", "other", "all", "yes", "no", "27", "spot", "cannot_support", "x", ""];

fn odd_text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[0-9]{1,7}",
        "[a-z]{1,8}@[a-z]{1,8}\\.jp",
        vec(select(vec!["か", "\u{3099}", " ", "　", "\r", "\n", "\0", "\u{202E}", "𠮷", "ﾊ", "ﾟ"]), 0..60)
            .prop_map(|parts| parts.concat()),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        select(CODES).prop_map(choice),
        vec(select(CODES), 0..5).prop_map(|codes| choices(&codes)),
        (-2i64..2030).prop_map(Value::Number),
        any::<i64>().prop_map(Value::Number),
        odd_text().prop_map(Value::Text),
    ]
}

/// A response that was good, with some answers replaced or removed.
fn response() -> impl Strategy<Value = Answers> {
    let codes: Vec<String> =
        sample(FULL).questions().map(|question| question.code.clone()).chain(["no_such".into()]).collect();
    let changes = btree_map(select(codes), proptest::option::of(value()), 0..12);
    (any::<bool>(), changes).prop_map(|(from_good, changes)| {
        let mut answers = if from_good { answered() } else { Answers::new() };
        for (code, change) in changes {
            match change {
                Some(value) => answers.insert(code, value),
                None => answers.remove(&code),
            };
        }
        answers
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn the_normal_form_is_a_fixed_point(given in response(), version in select(vec![FULL, IMPORT])) {
        let form = sample(version);
        let first = form.check(&given);
        let second = form.check(&first.answers);
        prop_assert_eq!(&second.answers, &first.answers);
        if first.is_good() {
            prop_assert_eq!(second, first);
        }
    }

    #[test]
    fn faults_stand_in_form_order_and_say_no_personal_value(given in response()) {
        let form = sample(FULL);
        let checked = form.check(&given);
        let places: Vec<usize> = checked
            .faults
            .iter()
            .map(|fault| form.questions().position(|question| question.code == fault.question).unwrap_or(usize::MAX))
            .collect();
        prop_assert!(places.is_sorted());
        for fault in &checked.faults {
            let Some(Value::Text(said)) = given.get(&fault.question) else { continue };
            let told = key(&format!("{} {}", fault.ja, fault.en));
            // A text of a few signs may occur in any sentence by chance.
            prop_assert!(said.chars().count() < 12 || !told.contains(&key(said)), "{:?}", fault);
            prop_assert!(fault.value_hint.as_ref().is_none_or(|hint| hint.starts_with("U+") || hint.parse::<usize>().is_ok()));
        }
    }

    #[test]
    fn no_cell_panics(cell in any::<String>(), at in 0usize..80) {
        let form = sample(IMPORT);
        if let Some(question) = form.questions().nth(at) {
            let _ = form.read_cell(question, &cell);
        }
    }
}
