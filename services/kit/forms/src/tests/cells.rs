//! Cells and headings of files.

use super::*;

fn read(code: &str, cell: &str) -> Result<Option<Value>, Fault> {
    let form = sample(IMPORT);
    form.read_cell(form.question(code).unwrap(), cell)
}

#[track_caller]
fn reads(code: &str, cell: &str, value: Value) {
    assert_eq!(read(code, cell), Ok(Some(value)), "{code} {cell:?}");
}

#[test]
fn labels_codes_and_the_spellings_of_the_2024_files() {
    reads("residence", "大阪府", choice("27"));
    reads("residence", " 大阪 ", choice("27"));
    reads("residence", "２７", choice("27"));
    reads("support_experience", "経験あり", choice("yes"));
    reads("listing_consent", "いいえ", choice("no"));
    reads("fee_per_visit", "20,000円以上～30,000円未満", choice("20_30k"));
    reads("industries", "該当なし", choices(&["none"]));
    reads("training_fields", "該当なし", choices(&["none"]));
    reads("prefectures", "全国", choices(&["all"]));
    reads("durations", "支援不可", choices(&["cannot_support"]));
    reads("name", " 見本 太郎 ", text("見本 太郎"));
}

#[test]
fn several_choices_in_a_cell() {
    reads("company_sizes", "10名以下|11-50名", choices(&["le10", "11_50"]));
    reads("company_sizes", "従業員 10 名以下 ｜ 従業員 11〜50 名", choices(&["le10", "11_50"]));
    reads("durations", "スポット対応；1～3か月、半年～1年程度", choices(&["spot", "1_3m", "6_12m"]));
    reads("themes", "T1; T4", choices(&["T1", "T4"]));
    reads("themes", "T1||T4|", choices(&["T1", "T4"]));
}

#[test]
fn a_separator_inside_a_label_does_not_part_it() {
    let form = Form::load(
        r#"{"id": "s", "version": "s-1", "title": {"ja": "甲", "en": "A"}, "source": "test",
            "sections": [{"code": "one", "ja": "一", "en": "One", "questions": [
              {"code": "industry", "kind": "multiple", "list": "company_industries", "ja": "業種", "en": "Industry"}
            ]}]}"#,
    )
    .unwrap();
    let question = form.question("industry").unwrap();
    assert_eq!(
        form.read_cell(question, "医療、福祉、建設業、鉱業、採石業、砂利採取業"),
        Ok(Some(choices(&["medical_welfare", "construction", "mining"])))
    );
    let fault = form.read_cell(question, "医療、福祉、占い業").unwrap_err();
    assert_eq!((fault.reason, fault.value_hint.as_deref()), (Reason::UnknownCode, Some("占い業")));
}

#[test]
fn numbers_in_every_width_and_with_units() {
    reads("age", "５９", Value::Number(59));
    reads("age", "59歳", Value::Number(59));
    reads("support_cases", "1,200 件", Value::Number(1200));
    reads("support_years", "約5年", Value::Number(5));
    reads("S1a1", "3", Value::Number(3));
    reads("S1a1", "単独実行可能", Value::Number(3));
    // The range is the form's business, so that it is told together with everything else.
    reads("S1a1", "4", Value::Number(4));
    for cell in ["x", "2.5", "3点", "-", "--1", "１２a"] {
        assert_eq!(read("S1a1", cell).unwrap_err().reason, Reason::BadNumber, "{cell}");
    }
    reads("age", "３０歳", Value::Number(30));
    reads("support_cases", "約 10 件", Value::Number(10));
    reads("support_cases", "１，０００", Value::Number(1000));
    reads("support_cases", " 12,345,678\n", Value::Number(12_345_678));
    reads("S1a1", "③", Value::Number(3));
    assert_eq!(read("support_cases", "99999999999999999999").unwrap_err().reason, Reason::OutOfRange);
}

/// What would be another number with the signs between taken away.
#[test]
fn two_numbers_in_a_cell_are_none() {
    for cell in [
        "3\n5",
        "3,4",
        "5²",
        "²",
        "5₂",
        "3①",
        "1 2",
        "１　２",
        "0,3",
        "1,2,3",
        "12,34",
        "1234,567",
        "1,0000",
        "0,300",
        ",123",
        "1,",
        "1,,000",
        "-1,5",
        "1，5",
    ] {
        for code in ["support_cases", "S1a1"] {
            assert_eq!(read(code, cell).unwrap_err().reason, Reason::BadNumber, "{code} {cell:?}");
        }
    }
}

#[test]
fn an_empty_cell_is_no_answer() {
    for code in ["name", "residence", "themes", "age", "S1a1"] {
        assert_eq!(read(code, " 　"), Ok(None), "{code}");
    }
    assert_eq!(read("name", "\u{200B}\u{FEFF}"), Ok(None));
    assert_eq!(read("themes", "|"), Ok(None));
}

#[test]
fn what_cannot_be_read_is_shown_unless_it_is_personal() {
    let fault = read("themes", "T1|占い|手相").unwrap_err();
    assert_eq!((fault.reason, fault.value_hint.as_deref()), (Reason::UnknownCode, Some("占い|手相")));
    assert_eq!(read("registration_year", "令和2").unwrap_err().value_hint.as_deref(), Some("令和2"));
    assert_eq!(read("age", "五十").unwrap_err().value_hint, None);
    let long = read("residence", &"\u{1b}[31m".repeat(50)).unwrap_err().value_hint.unwrap();
    assert!(long.chars().count() <= 41 && !long.contains('\u{1b}'));
}

#[test]
fn headings_are_codes_labels_or_aliases() {
    let form = sample(IMPORT);
    for (heading, code) in [
        ("registration_number", "registration_number"),
        ("登録番号", "registration_number"),
        (" 氏 名 ", "name"),
        ("ﾌﾘｶﾞﾅ", "name_kana"),
        ("Email", "email"),
        ("S1a1", "S1a1"),
        ("s1a-1", "S1a1"),
        ("自己ＰＲ", "self_pr"),
    ] {
        assert_eq!(form.heading(heading).map(|question| question.code.as_str()), Some(code), "{heading}");
    }
    assert!(form.heading("submitted_at").is_none());
    assert!(form.heading("").is_none());
}
