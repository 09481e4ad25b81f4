//! Every kind of fault, and the normal form.

use super::*;

fn check(answers: &Answers) -> Checked {
    sample(FULL).check(answers)
}

#[track_caller]
fn refuses(answers: &Answers, expected: &[(&str, Reason)]) -> Checked {
    let checked = check(answers);
    assert_eq!(faults(&checked), expected);
    for fault in &checked.faults {
        assert!(!fault.ja.contains('{') && !fault.en.contains('{'), "{fault:?}");
    }
    checked
}

#[test]
fn a_whole_response_is_good_and_unchanged() {
    let checked = check(&answered());
    assert!(checked.is_good(), "{:?}", checked.faults);
    assert_eq!(checked.warnings, []);
    assert_eq!(checked.answers, answered());
}

#[test]
fn everything_missing_is_named_at_once_in_form_order() {
    // The questions the report marks ※必須 and that every respondent is asked, and the consent this project adds.
    let required = [
        "name",
        "residence",
        "residence_city",
        "affiliation",
        "organisation",
        "email",
        "registration_number",
        "registration_year",
        "experience",
        "support_experience",
        "industries",
        "organisations",
        "company_sizes",
        "prefectures",
        "formats",
        "themes",
        "fee_per_visit",
        "durations",
        "listing_consent",
        "training_taken",
    ];
    let checked = refuses(&Answers::new(), &required.map(|code| (code, Reason::Required)));
    assert_eq!(warnings(&checked), [("S1a1", Reason::UnansweredGroup)]);
    assert_eq!(checked.faults[0].ja, "「氏名」に回答してください。");
    assert_eq!(checked.faults[0].en, "“Name” needs an answer.");
}

#[test]
fn an_empty_answer_is_no_answer() {
    refuses(&with("name", text(" 　\n")), &[("name", Reason::Required)]);
    for nothing in ["\u{200B}", "\u{FEFF}", "\u{2800}", "\u{3164}", "\u{AD} \u{200E}"] {
        refuses(&with("name", text(nothing)), &[("name", Reason::Required)]);
    }
    refuses(&with("themes", choices(&[])), &[("themes", Reason::Required)]);
    refuses(&with("affiliation", choice("")), &[("affiliation", Reason::Required)]);
    assert!(!check(&with("self_pr", text(""))).answers.contains_key("self_pr"));
}

#[test]
fn unknown_codes_are_each_named_with_what_was_given() {
    let checked = refuses(
        &with("themes", choices(&["T1", "T6", "T7"])),
        &[("themes", Reason::UnknownCode), ("themes", Reason::UnknownCode)],
    );
    let hints: Vec<_> = checked.faults.iter().filter_map(|fault| fault.value_hint.as_deref()).collect();
    assert_eq!(hints, ["T6", "T7"]);
    refuses(&with("residence", choice("48")), &[("residence", Reason::UnknownCode)]);
    // A label is for files; a call speaks in codes.
    refuses(&with("residence", choice("大阪府")), &[("residence", Reason::UnknownCode)]);
}

#[test]
fn a_flood_of_unknown_codes_is_one_fault() {
    let codes: Vec<String> = (0..10_000).map(|n| format!("x{n}")).collect();
    refuses(&with("themes", Value::Choices(codes)), &[("themes", Reason::TooMany)]);
}

#[test]
fn unknown_questions_come_last_and_do_not_flood() {
    let mut answers = without("name");
    answers.insert("aaa".into(), text("x"));
    answers.insert("S7a1".into(), Value::Number(1));
    refuses(
        &answers,
        &[("name", Reason::Required), ("S7a1", Reason::UnknownQuestion), ("aaa", Reason::UnknownQuestion)],
    );
    let many = (0..5_000).map(|n| (format!("q{n}"), text("x")));
    assert_eq!(check(&answered().into_iter().chain(many).collect()).faults.len(), 100);
}

#[test]
fn a_skill_answer_is_0_to_3() {
    let checked = refuses(&with("S3b2", Value::Number(4)), &[("S3b2", Reason::OutOfRange)]);
    assert_eq!(checked.faults[0].value_hint.as_deref(), Some("4"));
    assert!(checked.faults[0].en.contains("from 0 to 3"));
    refuses(&with("S3b2", Value::Number(-1)), &[("S3b2", Reason::OutOfRange)]);
    refuses(&with("S3b2", text("3")), &[("S3b2", Reason::WrongKind)]);
    for mark in 0..=3 {
        assert!(check(&with("S3b2", Value::Number(mark))).is_good());
    }
}

#[test]
fn skill_items_are_all_34_or_none() {
    let checked = refuses(&without("S3b2"), &[("S3b2", Reason::IncompleteGroup)]);
    assert!(checked.faults[0].ja.contains("保有スキル"));
    let mut none = answered();
    none.retain(|code, _| kit_vocabulary::skill_items().get(code).is_none());
    let checked = check(&none);
    assert!(checked.is_good());
    assert_eq!(warnings(&checked), [("S1a1", Reason::UnansweredGroup)]);
    none.insert("S6a5".into(), Value::Number(0));
    assert_eq!(check(&none).faults.len(), 33);
}

#[test]
fn a_faulty_skill_item_is_not_also_a_missing_one() {
    let mut answers = with("S1a1", Value::Number(9));
    answers.remove("S2a1");
    refuses(&answers, &[("S1a1", Reason::OutOfRange), ("S2a1", Reason::IncompleteGroup)]);
}

#[test]
fn self_pr_counts_characters_not_bytes() {
    let fifty = "あ".repeat(49) + "𠮷";
    assert!(check(&with("self_pr", text(&fifty))).is_good());
    // か + combining mark is one character once composed.
    assert!(check(&with("self_pr", text(&"か\u{3099}".repeat(50)))).is_good());
    let checked = refuses(&with("self_pr", text(&(fifty + "あ"))), &[("self_pr", Reason::TooLong)]);
    assert_eq!(checked.faults[0].value_hint.as_deref(), Some("51"));
}

#[test]
fn registration_numbers() {
    for given in ["12345", "第０１２３４５号", " 012345 "] {
        let checked = check(&with("registration_number", text(given)));
        assert_eq!(checked.answers["registration_number"], text("012345"), "{given}");
    }
    for given in ["12A45", "1234567", "0", "第号"] {
        let checked = refuses(&with("registration_number", text(given)), &[("registration_number", Reason::BadNumber)]);
        assert_eq!(checked.faults[0].value_hint, None);
    }
}

#[test]
fn addresses() {
    for given in ["taro@example.jp", "ｔａｒｏ＠ｅｘａｍｐｌｅ．ｊｐ", "a.b+c@sub.example.co.jp"] {
        assert!(check(&with("email", text(given))).is_good(), "{given}");
    }
    for given in
        ["taro", "@example.jp", "taro@", "taro@example", "ta ro@example.jp", "a@b@example.jp", "a@.jp", "a@-x.jp"]
    {
        refuses(&with("email", text(given)), &[("email", Reason::BadEmail)]);
    }
    assert!(check(&with("homepage", text("https://example.jp/~taro"))).is_good());
    for given in ["example.jp", "javascript://alert(1)", "https://", "https://example.jp/ x", "https://a\"b"] {
        refuses(&with("homepage", text(given)), &[("homepage", Reason::BadUrl)]);
    }
}

#[test]
fn control_characters_and_turned_directions_are_refused_and_rare_kanji_kept() {
    for bad in ["\0", "a\u{7}b", "a\nb", "\u{202E}abc", "a\u{2066}b", "a\u{2069}", "a\u{2028}b", "a\tb"] {
        let checked = refuses(&with("organisation", text(bad)), &[("organisation", Reason::ControlCharacter)]);
        assert!(checked.faults[0].value_hint.as_ref().is_some_and(|hint| hint.starts_with("U+")));
    }
    let checked = check(&with("name", text("𠮷野　𩸽子")));
    assert_eq!(checked.answers["name"], text("𠮷野　𩸽子"));
}

#[test]
fn long_texts_keep_their_lines() {
    let mut answers = with("S1a_evidence", text("一行目\r\n二行目\r三行目\n"));
    let checked = check(&answers);
    assert!(checked.is_good());
    assert_eq!(checked.answers["S1a_evidence"], text("一行目\n二行目\n三行目"));
    answers.insert("S1a_evidence".into(), text("a\0b"));
    refuses(&answers, &[("S1a_evidence", Reason::ControlCharacter)]);
}

#[test]
fn choices_come_out_once_each_in_list_order() {
    let checked = check(&with("themes", choices(&["T4", "t1", "T4", "Ｔ１"])));
    assert!(checked.is_good());
    assert_eq!(checked.answers["themes"], choices(&["T1", "T4"]));
}

#[test]
fn all_of_japan_is_every_prefecture() {
    let checked = check(&with("prefectures", choices(&["all", "27"])));
    assert_eq!(checked.answers["prefectures"].codes().len(), 47);
    refuses(&with("prefectures", choices(&["all", "none"])), &[("prefectures", Reason::Exclusive)]);
}

#[test]
fn none_of_these_stands_alone() {
    let checked = refuses(&with("industries", choices(&["retail", "none"])), &[("industries", Reason::Exclusive)]);
    assert!(checked.faults[0].ja.contains("該当なし"));
    refuses(&with("durations", choices(&["cannot_support", "spot"])), &[("durations", Reason::Exclusive)]);
}

#[test]
fn follow_ups_are_asked_only_after_their_answer() {
    refuses(
        &with("support_experience", choice("yes")),
        &[
            ("support_cases", Reason::Required),
            ("support_years", Reason::Required),
            ("support_summary", Reason::Required),
        ],
    );
    let checked = refuses(&with("support_cases", Value::Number(3)), &[("support_cases", Reason::NotAsked)]);
    assert!(checked.faults[0].ja.contains("企業への対策支援の経験"));
    refuses(&with("industries_other", text("農業")), &[("industries_other", Reason::NotAsked)]);
    refuses(&with("durations", choices(&["cannot_support"])), &[("cannot_support_reason", Reason::Required)]);
}

#[test]
fn a_follow_up_of_a_faulty_answer_is_neither_asked_for_nor_refused() {
    let mut answers = with("support_experience", choice("maybe"));
    answers.insert("support_cases".into(), Value::Number(3));
    let checked = refuses(&answers, &[("support_experience", Reason::UnknownCode)]);
    assert!(!checked.answers.contains_key("support_cases"));
    answers.insert("support_cases".into(), Value::Number(-3));
    refuses(&answers, &[("support_experience", Reason::UnknownCode), ("support_cases", Reason::OutOfRange)]);
}

#[test]
fn a_value_of_another_kind() {
    for (code, value) in [
        ("name", Value::Number(1)),
        ("affiliation", choices(&["independent"])),
        ("themes", choice("T1")),
        ("age", text("40")),
        ("registration_number", Value::Number(12345)),
    ] {
        refuses(&with(code, value), &[(code, Reason::WrongKind)]);
    }
}

#[test]
fn files_need_less_and_say_what_is_missing() {
    let bare = Answers::from(
        [
            ("name", text("見本 太郎")),
            ("registration_number", text("12345")),
            ("durations", choices(&["cannot_support"])),
            ("listing_consent", choice("no")),
        ]
        .map(|(code, value)| (code.to_owned(), value)),
    );
    let checked = sample(IMPORT).check(&bare);
    assert!(checked.is_good(), "{:?}", checked.faults);
    let missing: Vec<&str> = checked.warnings.iter().map(|fault| fault.question.as_str()).collect();
    assert!(missing.contains(&"affiliation") && missing.contains(&"cannot_support_reason"));
    assert!(!missing.contains(&"support_cases") && !missing.contains(&"self_pr"));

    let checked = sample(IMPORT).check(&Answers::new());
    assert_eq!(
        faults(&checked),
        ["name", "registration_number", "durations", "listing_consent"].map(|code| (code, Reason::Required))
    );
    assert_eq!(faults(&sample(IMPORT).check(&without("S3b2"))), [("S3b2", Reason::IncompleteGroup)]);
}

#[test]
fn other_forms_have_limits_matrices_and_chained_conditions() {
    let form = Form::load(
        r#"{"id": "s", "version": "s-1", "title": {"ja": "甲", "en": "A"}, "source": "test",
            "groups": [{"code": "m", "ja": "評価", "en": "Marks", "rule": "all_or_none"}],
            "sections": [{"code": "one", "ja": "一", "en": "One", "questions": [
              {"code": "skills", "kind": "multiple", "list": "themes", "max_choices": 2, "ja": "二つまで", "en": "Up to two"},
              {"code": "m1", "kind": "number", "min": 1, "max": 5, "group": "m", "ja": "知識", "en": "Knowledge", "required": true},
              {"code": "m2", "kind": "number", "min": 1, "max": 5, "group": "m", "ja": "態度", "en": "Manner"},
              {"code": "why", "kind": "text", "max_chars": 5, "ja": "理由", "en": "Why", "when": {"question": "m2"}},
              {"code": "more", "kind": "text", "max_chars": 5, "ja": "補足", "en": "More", "when": {"question": "why"}, "required": true}
            ]}]}"#,
    )
    .unwrap();
    let given = |pairs: &[(&str, Value)]| -> Answers {
        pairs.iter().map(|(code, value)| ((*code).to_owned(), value.clone())).collect()
    };
    let check = |pairs: &[(&str, Value)]| -> Vec<(String, Reason)> {
        form.check(&given(pairs)).faults.into_iter().map(|fault| (fault.question, fault.reason)).collect()
    };
    let two = ("m2", Value::Number(5));
    assert_eq!(check(&[]), [("m1".into(), Reason::Required)]);
    assert_eq!(check(std::slice::from_ref(&two)), [("m1".into(), Reason::Required)]);
    assert_eq!(check(&[("m1", Value::Number(1))]), [("m2".into(), Reason::IncompleteGroup)]);
    let good = [("m1", Value::Number(1)), two.clone(), ("why", text("abc")), ("more", text("x"))];
    assert_eq!(check(&good), []);
    assert_eq!(check(&good[..3]), [("more".into(), Reason::Required)]);
    assert_eq!(
        check(&[("m1", Value::Number(6)), two, ("skills", choices(&["T1", "T2", "T3"]))]),
        [("skills".into(), Reason::TooMany), ("m1".into(), Reason::OutOfRange)]
    );
}
