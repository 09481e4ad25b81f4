//! The rules as data: what is shipped is sound, what is not sound is refused with every fault, and another rule or template
//! needs no code.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use kit_clock::Timestamp;
use notices::domain::plan::{Act, Known, Stage, plan};
use notices::domain::rules::Rules;
use notices::domain::situation::{CASE, Situation};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

const TEMPLATE: &str = r#"[{"template": "t", "link": "/cases/{case}",
    "ja": {"subject": "件名", "text": "{due:until}"}, "en": {"subject": "subject", "text": "{due:until}"}}]"#;
const SHARED: &str = r#"{"reminder": {"ja": "{subject}", "en": "{subject}"}, "unknown": {}, "labels": {}}"#;

fn rule(more: &str) -> String {
    format!(r#"[{{"rule": "r", "about": "case", "to": {{"expert": "t"}}, {more}}}]"#)
}

#[test]
fn what_is_shipped_is_sound() {
    Rules::shipped();
}

#[test]
fn every_fault_of_a_rule_is_named() {
    let bad = rule(
        r#""when": {"colour": ["red"]}, "of": ["number"], "raise": [{"at": "never"}],
           "expires": [{"at": "due"}], "remind": [{"at": "due"}]"#,
    );
    let faults = Rules::load(&[&bad], &[TEMPLATE], SHARED).unwrap_err().join("\n");
    for wrong in ["no value colour", "no value or moment number", "no moment never", "no moment due", "asks for due"] {
        assert!(faults.contains(wrong), "{wrong} in {faults}");
    }
    for bad in [
        r#"[{"rule": "r", "about": "case", "to": {"mayor": "t"}, "expires": []}]"#,
        r#"[{"rule": "r", "about": "moon", "to": {"expert": "t"}, "expires": []}]"#,
        r#"[{"rule": "r", "about": "case", "to": {"expert": "none"}, "expires": [{"at": "begin"}]}]"#,
        r#"[{"rule": "r", "about": "case", "to": {"expert": "t"}, "expire": [{"at": "begin"}]}]"#,
    ] {
        assert!(Rules::load(&[bad], &[TEMPLATE], SHARED).is_err(), "{bad}");
    }
}

#[test]
fn another_rule_needs_no_code() {
    let rule = rule(
        r#""when": {"theme": ["T1"]}, "due": [{"at": "begin", "days": 3, "clock": "24:00"}],
           "remind": [{"at": "due", "days": -1}], "expires": [{"at": "due", "days": 1}]"#,
    );
    let rules = Rules::load(&[&rule], &[TEMPLATE], SHARED).unwrap();
    let case = |theme: &str| {
        Situation::new(&CASE, "cases/k-1")
            .value("case", "k-1")
            .value("theme", theme)
            .time("begin", Some(at("2024-10-01T10:00:00+09:00")))
            .person("expert", "experts/e-1")
    };
    assert!(rules.wanted(&[case("T2")]).is_empty());
    let wanted: Vec<_> = rules.wanted(&[case("T1")]).into_values().collect();
    let said: Vec<_> = wanted.iter().map(|one| (one.reminder, one.raise, one.expires)).collect();
    let due = at("2024-10-05T00:00:00+09:00");
    let (day_before, day_after) = (at("2024-10-04T00:00:00+09:00"), at("2024-10-06T00:00:00+09:00"));
    assert_eq!(said, [(0, None, day_after), (1, Some(day_before), day_after)]);
    assert!(wanted.iter().all(|one| one.due == Some(due) && one.link == "/cases/k-1"));
}

#[test]
fn planning_again_changes_nothing() {
    let rules = Rules::shipped();
    let case = Situation::new(&CASE, "cases/k-1")
        .value("case", "k-1")
        .value("theme", "T1")
        .value("state", "completed")
        .flag("company_answered", false)
        .flag("expert_answered", false)
        .time("close", Some(at("2024-10-01T10:00:00+09:00")))
        .person("expert", "experts/e-1")
        .person("company", "companies/c-1");
    let now = at("2024-10-01T10:00:00+09:00");
    let wanted = || rules.wanted(std::slice::from_ref(&case));
    let acts = plan(wanted(), &[], now);
    // Two surveys with two reminders each, and that the case is completed, to both.
    assert_eq!(acts.len(), 8);
    let known: Vec<Known> = acts
        .iter()
        .map(|act| match act {
            Act::Enter(occasion, wanted) => Known {
                id: wanted.cause.clone(),
                cause: wanted.cause.clone(),
                occasion: *occasion,
                current: true,
                stays: wanted.stays,
                stage: Stage::Open,
            },
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(plan(wanted(), &known, now), []);
    let gone = plan(Default::default(), &known, now);
    assert!(gone.iter().all(|act| matches!(act, Act::Withdraw(_))) && gone.len() == 8);
    let over: Vec<Known> = known.iter().map(|one| Known { current: false, ..one.clone() }).collect();
    let again = plan(wanted(), &over, now);
    assert!(again.iter().all(|act| matches!(act, Act::Enter(2, _))) && again.len() == 8, "another occasion");
}
