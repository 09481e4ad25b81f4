#![allow(unreachable_pub, reason = "what the macro declares is public")]

use super::{is_id, is_plain};
use crate::themes;

crate::request_reasons! {
    r#"{"NOT_HERE": {"ja": "ここには指定できません", "en": "may not stand here"},
        "UNKNOWN_CODE": {"ja": "テーマではありません", "en": "is no theme"}}"#;
    /// Nothing may stand here.
    NotHere "NOT_HERE";
}

/// What a service reads by itself stands beside what all read.
impl Check {
    fn theme(&mut self, given: &str) -> String {
        self.code("theme", themes(), given, true)
    }
}

/// Field and code of every fault that the reading found, and its English text.
fn found(read: impl FnOnce(&mut Check)) -> Vec<(String, &'static str, String)> {
    let mut check = Check::default();
    read(&mut check);
    let faults: Vec<Fault> = check.done().err().unwrap_or_default();
    assert_eq!(check.done(), Ok(()), "what was told is told once");
    faults.into_iter().map(|fault| (fault.field.clone(), fault.code(), fault.en())).collect()
}

fn fault(field: &str, code: &'static str, en: &str) -> (String, &'static str, String) {
    (field.to_owned(), code, en.to_owned())
}

fn required(field: &str) -> (String, &'static str, String) {
    fault(field, "REQUIRED", "a value is required")
}

fn repeated(field: &str) -> (String, &'static str, String) {
    fault(field, "REPEATED", "repeats a value that stands before it")
}

fn strings<const N: usize>(given: [&str; N]) -> Vec<String> {
    given.map(str::to_owned).to_vec()
}

#[test]
fn nothing_wrong_is_nothing_told_and_values_come_in_their_normal_form() {
    let mut check = Check::default();
    assert_eq!(check.text("t", " か\u{3099}\r\nb ", 3, true), "が\nb");
    assert_eq!(check.id("n", "cases", "cases/7-x"), "7-x");
    assert_eq!(check.id_of("n", &["stories", "incidents"], "incidents/7"), "7");
    assert_eq!(check.name("n", "cases", "cases/7"), "cases/7");
    assert_eq!(check.opt_name("n", "cases", ""), "");
    assert_eq!(check.opt_name("n", "cases", "cases/7"), "cases/7");
    assert_eq!(check.opt_name_of("n", &["stories", "incidents"], "stories/7"), "stories/7");
    assert_eq!(check.names("n", "cases", &strings(["cases/1", "cases/2"]), 2), ["cases/1", "cases/2"]);
    assert_eq!(check.code("c", themes(), "", false), "");
    assert_eq!(check.theme("T1"), "T1");
    assert_eq!(check.codes("c", themes(), &strings(["T1", "T2"]), 1..=2), ["T1", "T2"]);
    assert_eq!(check.codes("c", themes(), &[], ..1), Vec::<String>::new());
    assert_eq!(check.enum_of::<Lamp>("e", 1), Lamp::On);
    assert_eq!(check.opt_enum::<Lamp>("e", 0), Lamp::Unspecified);
    assert_eq!((check.page_size(0, (50, 200)), check.page_size(200, (50, 200))), (50, 200));
    check.request_id("");
    check.request_id(&"!".repeat(100));
    check.between("b", 1, (1, 3));
    check.between("b", 3, (1, 3));
    check.at_most("l", 3, 3);
    check.once("l", 0, false);
    check.needed("v", false);
    check.normal("t", "が", 1, false);
    assert_eq!(check.done(), Ok(()));
}

#[test]
fn a_text_tells_what_may_not_stand_in_it_and_how_long_it_may_be() {
    let long = fault("t", "TOO_LONG", "takes at most 2 characters");
    let bad =
        |point| fault("t", "CONTROL_CHARACTER", &format!("contains a character that may not stand there ({point})"));
    assert_eq!(found(|check| drop(check.text("t", "a\u{7}b", 2, true))), [bad("U+0007"), long.clone()]);
    assert_eq!(found(|check| drop(check.text("t", "か\u{3099}\r\nき", 2, false))), [bad("U+000A"), long.clone()]);
    assert_eq!(found(|check| check.normal("t", "漢字だ", 2, false)), [long]);
    assert_eq!(found(|check| drop(check.text("t", "\u{202E}b", 2, true))), [bad("U+202E")]);
}

#[test]
fn a_name_is_of_its_kind() {
    let bad = || fault("n", "BAD_NAME", "must be cases/<id>");
    let long = format!("cases/{}", "x".repeat(101));
    for name in ["cases", "cases/", "case/1", "cases/1/2", "cases/あ", "cases/1 2", "cases/\0", long.as_str()] {
        assert_eq!(found(|check| assert_eq!(check.id("n", "cases", name), "")), [bad()], "{name}");
        assert_eq!(found(|check| assert_eq!(check.name("n", "cases", name), name)), [bad()], "{name}");
        assert_eq!(found(|check| assert_eq!(check.opt_name("n", "cases", name), name)), [bad()], "{name}");
    }
    assert_eq!(found(|check| drop(check.id("n", "cases", ""))), [required("n")]);
    assert_eq!(found(|check| drop(check.name("n", "cases", ""))), [required("n")]);
    let kinds = || fault("n", "BAD_NAME", "must be stories/<id>, incidents/<id>");
    assert_eq!(found(|check| drop(check.id_of("n", &["stories", "incidents"], "cases/1"))), [kinds()]);
    assert_eq!(found(|check| drop(check.opt_name_of("n", &["stories", "incidents"], "x"))), [kinds()]);
}

#[test]
fn names_and_codes_are_told_each_at_its_place_up_to_the_most() {
    let names = strings(["cases/1", "x", "cases/1", "y"]);
    let many = |field: &str, max: usize| fault(field, "TOO_MANY", &format!("takes at most {max} entries"));
    let bad = fault("n[1]", "BAD_NAME", "must be cases/<id>");
    assert_eq!(found(|check| drop(check.names("n", "cases", &names, 3))), [many("n", 3), bad, repeated("n[2]")]);
    let codes = strings(["T1", "T99", "", "T1", "T98"]);
    let unknown = |field: &str| fault(field, "UNKNOWN_CODE", "is no theme");
    let told = [many("c", 4), unknown("c[1]"), required("c[2]"), repeated("c[3]")];
    assert_eq!(found(|check| drop(check.codes("c", themes(), &codes, ..=4))), told);
    let whole = [&told[1..], &[unknown("c[4]")]].concat();
    assert_eq!(found(|check| drop(check.codes("c", themes(), &codes, ..6))), whole);
    assert_eq!(found(|check| drop(check.codes("c", themes(), &codes[..2], ..2))), [many("c", 1)]);
    assert_eq!(found(|check| drop(check.codes("c", themes(), &[], 1..))), [required("c")]);
}

#[test]
fn codes_and_enums_are_known() {
    assert_eq!(found(|check| drop(check.theme("T99"))), [fault("theme", "UNKNOWN_CODE", "is no theme")]);
    assert_eq!(found(|check| drop(check.theme(""))), [required("theme")]);
    let unknown = || fault("e", "UNKNOWN_CODE", "is no theme");
    assert_eq!(found(|check| assert_eq!(check.opt_enum::<Lamp>("e", 2), Lamp::Unspecified)), [unknown()]);
    assert_eq!(found(|check| assert_eq!(check.enum_of::<Lamp>("e", -1), Lamp::Unspecified)), [unknown()]);
    assert_eq!(found(|check| assert_eq!(check.enum_of::<Lamp>("e", 0), Lamp::Unspecified)), [required("e")]);
}

#[test]
fn numbers_and_counts_keep_their_bounds() {
    let outside = |field: &str, min: i64| fault(field, "OUT_OF_RANGE", &format!("must be between {min} and 3"));
    assert_eq!(found(|check| check.between("b", 0, (1, 3))), [outside("b", 1)]);
    assert_eq!(found(|check| check.between("b", 4, (1, 3))), [outside("b", 1)]);
    for size in [-1, 4, i32::MIN, i32::MAX] {
        assert_eq!(
            found(|check| assert_eq!(check.page_size(size, (2, 3)), i64::from(size))),
            [outside("page_size", 0)]
        );
    }
    assert_eq!(found(|check| check.at_most("l", 4, 3)), [fault("l", "TOO_MANY", "takes at most 3 entries")]);
    assert_eq!(found(|check| check.once("l", 4, true)), [repeated("l[4]")]);
    assert_eq!(found(|check| check.needed("v", true)), [required("v")]);
    assert_eq!(found(|check| check.unknown("v", "")), [required("v")]);
    assert_eq!(found(|check| check.unknown("v", "x")), [fault("v", "UNKNOWN_CODE", "is no theme")]);
}

#[test]
fn a_request_id_is_short_and_visible() {
    let bad = || fault("request_id", "BAD_REQUEST_ID", "takes at most 100 visible ASCII characters");
    for id in [&*"x".repeat(101), "a b", "あ", "a\n"] {
        assert_eq!(found(|check| check.request_id(id)), [bad()], "{id}");
    }
    assert_eq!(
        ["", "a/b", "a"].map(|text| (is_plain(text), is_id(text))),
        [(true, false), (true, false), (true, true)]
    );
}

#[test]
fn faults_are_told_in_the_order_of_reading_those_of_a_part_at_its_place() {
    let told = found(|check| {
        check.request_id("a b");
        let mut inner = Check::default();
        inner.needed("title", true);
        inner.fault("body", Reason::NotHere);
        check.within("plan", &mut inner);
        check.fault("page_token", Reason::BadPageToken);
    });
    let told: Vec<_> = told.iter().map(|(field, code, _)| (field.as_str(), *code)).collect();
    let expected = [
        ("request_id", "BAD_REQUEST_ID"),
        ("plan.title", "REQUIRED"),
        ("plan.body", "NOT_HERE"),
        ("page_token", "BAD_PAGE_TOKEN"),
    ];
    assert_eq!(told, expected);
}

#[derive(Debug, Default, PartialEq)]
enum Lamp {
    #[default]
    Unspecified,
    On,
}

impl TryFrom<i32> for Lamp {
    type Error = ();

    fn try_from(number: i32) -> Result<Self, ()> {
        match number {
            0 => Ok(Self::Unspecified),
            1 => Ok(Self::On),
            _ => Err(()),
        }
    }
}
