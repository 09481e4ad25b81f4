//! Every kind of question, with good and bad answers; what is wrong is told precisely and all at once.

use super::*;

/// A made-up form with every kind of question.
const EVERY_KIND: &str = r#"{
  "id": "kinds", "version": "kinds-1", "title": {"ja": "見本", "en": "Sample"}, "source": "test",
  "lists": {"practice": [
    {"code": "done", "ja": "済", "en": "Done", "points": 4},
    {"code": "partly", "ja": "一部", "en": "Partly", "points": 2},
    {"code": "unknown", "ja": "不明", "en": "Unknown", "points": -1}
  ]},
  "scores": [{"code": "total", "ja": "合計", "en": "Total", "questions": ["m1", "m2"]}],
  "sections": [
    {"code": "first", "ja": "一", "en": "First", "questions": [
      {"code": "one", "kind": "single", "required": true, "texts": ["other"], "ja": "一つ", "en": "One of", "choices": [
        {"code": "a", "ja": "甲", "en": "A"}, {"code": "b", "ja": "乙", "en": "B"}, {"code": "other", "ja": "その他", "en": "Other"}
      ]},
      {"code": "three", "kind": "multiple", "list": "durations", "without": ["cannot_support"], "max_choices": 3, "ja": "三つまで", "en": "Up to three"},
      {"code": "number", "kind": "number", "min": 1, "max": 3, "ja": "回", "en": "Visit"},
      {"code": "short", "kind": "text", "max_chars": 5, "ja": "短文", "en": "Short text"},
      {"code": "day", "kind": "text", "format": "date", "ja": "日付", "en": "Day"},
      {"code": "hour", "kind": "text", "format": "time", "ja": "時刻", "en": "Hour"}
    ]},
    {"code": "second", "ja": "二", "en": "Second", "questions": [
      {"code": "skills", "kind": "matrix", "min": 0, "max": 3, "scale": "skill_levels", "rule": "all_or_none", "ja": "技能", "en": "Skills", "rows": [
        {"code": "r1", "ja": "設計", "en": "Design"}, {"code": "r2", "ja": "運用", "en": "Practice"}
      ]},
      {"code": "marks", "kind": "matrix", "min": 1, "max": 5, "required": true, "ja": "評価", "en": "Marks", "rows": [
        {"code": "r3", "ja": "知識", "en": "Knowledge"}, {"code": "r4", "ja": "態度", "en": "Manner"}
      ]},
      {"code": "m1", "kind": "single", "list": "practice", "ja": "更新", "en": "Updates"},
      {"code": "m2", "kind": "single", "list": "practice", "ja": "控え", "en": "Backups"},
      {"code": "why", "kind": "text", "max_chars": 20, "required": true, "ja": "乙の理由", "en": "Why B", "when": {"question": "one", "any_of": ["b"]}}
    ]}
  ]}"#;

fn form() -> Form {
    Form::load(EVERY_KIND).unwrap_or_else(|error| panic!("{error}"))
}

fn answers(given: &[(&str, Value)]) -> Answers {
    given.iter().map(|(code, value)| ((*code).to_owned(), value.clone())).collect()
}

/// What must be answered, and these.
fn given(more: &[(&str, Value)]) -> Answers {
    let mut all = answers(&[("one", choice("a")), ("r3", Value::Number(4)), ("r4", Value::Number(5))]);
    all.extend(answers(more));
    all
}

#[track_caller]
fn refuses(more: &[(&str, Value)], expected: &[(&str, Reason)]) {
    assert_eq!(faults(&form().check(&given(more))), expected);
}

#[track_caller]
fn takes(code: &str, value: Value, stored: Value) {
    let checked = form().check(&given(&[(code, value)]));
    assert_eq!(checked.faults, []);
    assert_eq!(checked.answers[code], stored);
}

#[test]
fn one_choice() {
    takes("one", choice("other"), choice("other"));
    refuses(&[("one", choice("c"))], &[("one", Reason::UnknownCode)]);
    // Two choices where one is allowed.
    refuses(&[("one", choices(&["a", "b"]))], &[("one", Reason::WrongKind)]);
    refuses(&[("one", choice(" "))], &[("one", Reason::Required)]);
}

#[test]
fn up_to_three_choices() {
    takes("three", choices(&["1_3m", "spot", "ge1y"]), choices(&["spot", "1_3m", "ge1y"]));
    takes("three", choices(&["spot", "spot", "spot", "spot"]), choices(&["spot"]));
    refuses(&[("three", choices(&["spot", "1_3m", "3_6m", "6_12m"]))], &[("three", Reason::TooMany)]);
    let checked = form().check(&given(&[("three", choices(&["spot", "1_3m", "3_6m", "6_12m"]))]));
    assert_eq!(checked.faults[0].ja, "「三つまで」で選べるのは3個までです。");
    assert_eq!(checked.faults[0].value_hint.as_deref(), Some("4"));
    // A choice of the list that this question leaves out.
    refuses(&[("three", choices(&["cannot_support"]))], &[("three", Reason::UnknownCode)]);
    refuses(&[("three", choice("spot"))], &[("three", Reason::WrongKind)]);
}

#[test]
fn a_number_in_its_range() {
    takes("number", Value::Number(3), Value::Number(3));
    for out in [0, 4, i64::MIN, i64::MAX] {
        refuses(&[("number", Value::Number(out))], &[("number", Reason::OutOfRange)]);
    }
    refuses(&[("number", text("3"))], &[("number", Reason::WrongKind)]);
}

#[test]
fn a_text_within_its_limit() {
    takes("short", text(" あいうえお "), text("あいうえお"));
    refuses(&[("short", text("あいうえおか"))], &[("short", Reason::TooLong)]);
    refuses(&[("short", text("あ\nい"))], &[("short", Reason::ControlCharacter)]);
}

#[test]
fn days_and_hours() {
    for day in ["2024-10-15", "2024/10/15", "２０２４年１０月１５日", " 2024 - 10 - 15 "] {
        takes("day", text(day), text("2024-10-15"));
    }
    takes("day", text("2024/2/29"), text("2024-02-29"));
    for none in ["2023-02-29", "2024-13-01", "2024-10", "24-10-15", "15/10/2024", "R6-10-15", "2024-10-15-1", "明日"]
    {
        refuses(&[("day", text(none))], &[("day", Reason::BadDate)]);
    }
    for hour in ["9:05", "09:05", "９時５分", "9 : 05"] {
        takes("hour", text(hour), text("09:05"));
    }
    for none in ["24:00", "9:60", "9", "9:05:00", "午後3時", "-1:00"] {
        refuses(&[("hour", text(none))], &[("hour", Reason::BadTime)]);
    }
}

#[test]
fn rows_of_a_matrix_share_scale_and_rule() {
    takes("r4", Value::Number(1), Value::Number(1));
    refuses(
        &[("r3", Value::Number(6)), ("r4", Value::Number(0))],
        &[("r3", Reason::OutOfRange), ("r4", Reason::OutOfRange)],
    );
    // 0 to 3, both rows or none of them.
    assert!(form().check(&given(&[("r1", Value::Number(0)), ("r2", Value::Number(3))])).is_good());
    refuses(&[("r1", Value::Number(0))], &[("r2", Reason::IncompleteGroup)]);
    let members: Vec<String> = form().members("marks").map(|question| question.code.clone()).collect();
    assert_eq!(members, ["r3", "r4"]);
    assert_eq!(
        faults(&form().check(&answers(&[("one", choice("a"))]))),
        [("r3", Reason::Required), ("r4", Reason::Required)]
    );
}

#[test]
fn a_scale_is_read_by_its_words() {
    let form = form();
    assert_eq!(form.read_cell(form.question("r1").unwrap(), "単独実行可能"), Ok(Some(Value::Number(3))));
}

#[test]
fn other_is_told_in_words() {
    let checked = form().check(&given(&[("one", choice("other")), ("one_other", text("丙"))]));
    assert_eq!((checked.faults, checked.warnings), (vec![], vec![]));
    // The words may be missing, with a warning; without その他 they are refused.
    let checked = form().check(&given(&[("one", choice("other"))]));
    assert!(checked.is_good());
    assert_eq!(warnings(&checked), [("one_other", Reason::Unanswered)]);
    refuses(&[("one_other", text("丙"))], &[("one_other", Reason::NotAsked)]);
    assert_eq!(form().question("one_other").unwrap().label.ja, "一つ（その他の内容）");
}

#[test]
fn a_follow_up_without_its_cause_is_refused() {
    refuses(&[("why", text("x"))], &[("why", Reason::NotAsked)]);
    refuses(&[("one", choice("b"))], &[("why", Reason::Required)]);
    assert!(form().check(&given(&[("one", choice("b")), ("why", text("x"))])).is_good());
}

#[test]
fn everything_wrong_is_told_at_once_in_the_order_of_the_form() {
    let checked = form().check(&answers(&[
        ("zzz", text("x")),
        ("why", text("理由")),
        ("r3", Value::Number(9)),
        ("r1", Value::Number(1)),
        ("hour", text("25:00")),
        ("day", text("いつか")),
        ("short", text("長すぎる文章")),
        ("number", Value::Number(0)),
        ("three", choices(&["spot", "1_3m", "3_6m", "6_12m"])),
    ]));
    assert_eq!(
        faults(&checked),
        [
            ("one", Reason::Required),
            ("three", Reason::TooMany),
            ("number", Reason::OutOfRange),
            ("short", Reason::TooLong),
            ("day", Reason::BadDate),
            ("hour", Reason::BadTime),
            ("r2", Reason::IncompleteGroup),
            ("r3", Reason::OutOfRange),
            ("r4", Reason::Required),
            ("why", Reason::NotAsked),
            ("zzz", Reason::UnknownQuestion),
        ]
    );
}

#[test]
fn a_score_counts_the_points_of_what_was_chosen() {
    let sum = |given: &[(&str, Value)]| form().sum("total", &answers(given)).unwrap();
    let both = sum(&[("m1", choice("done")), ("m2", choice("unknown"))]);
    assert_eq!(both, Sum { points: 3, min: -2, max: 8, unanswered: 0 });
    assert_eq!(sum(&[("m2", choice("partly"))]), Sum { points: 2, min: -2, max: 8, unanswered: 1 });
    assert!(form().sum("no_such", &Answers::new()).is_none());
}

#[test]
fn texts_are_personal_and_days_are_not() {
    let form = form();
    for (code, personal) in [("one", false), ("one_other", true), ("short", true), ("day", false), ("r1", false)] {
        assert_eq!(form.personal(code), personal, "{code}");
    }
}
