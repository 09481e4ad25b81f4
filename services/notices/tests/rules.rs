//! The rules as data: what is shipped is sound, what is not sound is refused with every fault, and another rule or template
//! needs no code.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};

use kit_clock::Timestamp;
use notices::domain::plan::{Act, Known, Stage, plan};
use notices::domain::rules::{Rules, Wanted};
use notices::domain::situation::{CASE, Situation};
use proptest::prelude::*;

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

/// What is wanted at a step: causes by number, each with the moments at which it begins and ends.
fn wanted(causes: &BTreeSet<u8>) -> BTreeMap<String, Wanted> {
    let one = |number: &u8| Wanted {
        cause: format!("cause-{number}"),
        subject: "cases/k-1".to_owned(),
        recipient: "experts/e-1".to_owned(),
        template: "t".to_owned(),
        reminder: 0,
        raise: Some(Timestamp::from_micros(i64::from(number % 5) * 10)),
        due: None,
        expires: Timestamp::from_micros(i64::from(number % 5) * 10 + 40),
        parameters: BTreeMap::new(),
        words: BTreeMap::new(),
        link: "/".to_owned(),
        stays: number % 7 == 6,
        only_ahead: number % 3 == 2,
    };
    causes.iter().map(|number| (format!("cause-{number}"), one(number))).collect()
}

/// Carries a plan out as the store would: an identity is a cause and an occasion.
fn carry_out(known: &mut Vec<Known>, acts: Vec<Act>, now: Timestamp) {
    for act in acts {
        match act {
            Act::Enter(occasion, wanted) => {
                let stage = if wanted.raise.is_some_and(|raise| raise > now) { Stage::Scheduled } else { Stage::Open };
                let (id, cause) = (format!("{}/{occasion}", wanted.cause), wanted.cause);
                assert!(known.iter().all(|one| one.id != id), "{id} twice");
                known.push(Known { id, cause, occasion, current: true, stays: wanted.stays, stage });
            }
            Act::Replace(id, _) => assert!(known.iter().any(|one| one.id == id && one.stage == Stage::Scheduled)),
            Act::Remove(id) => known.retain(|one| one.id != id),
            Act::Withdraw(id) => known.iter_mut().filter(|one| one.id == id).for_each(|one| {
                assert_eq!(one.stage, Stage::Open);
                (one.current, one.stage) = (false, Stage::Over);
            }),
            Act::Close(id) => known.iter_mut().filter(|one| one.id == id).for_each(|one| one.current = false),
        }
    }
}

/// What time does: it raises and it expires.
fn pass(known: &mut Vec<Known>, now: Timestamp) {
    let all = wanted(&(0..40).collect());
    known.retain_mut(|one| {
        let moments = &all[&one.cause];
        match one.stage {
            Stage::Scheduled if moments.expires <= now => return false,
            Stage::Scheduled if moments.raise.is_some_and(|raise| raise <= now) => one.stage = Stage::Open,
            Stage::Open if moments.expires <= now => one.stage = Stage::Over,
            Stage::Scheduled | Stage::Open | Stage::Over => {}
        }
        true
    });
}

proptest! {
    #[test]
    fn whatever_is_told_in_whatever_order_what_is_open_is_what_is_wanted(
        steps in prop::collection::vec((prop::collection::btree_set(0_u8..40, 0..12), 0_i64..8, 0_usize..3), 1..40),
    ) {
        let (mut known, mut now) = (Vec::<Known>::new(), 0);
        for (causes, later, seen) in steps {
            now += later;
            let at = Timestamp::from_micros(now);
            pass(&mut known, at);
            let acts = plan(wanted(&causes), &known, at);
            carry_out(&mut known, acts, at);
            let again = plan(wanted(&causes), &known, at);
            prop_assert!(again.iter().all(|act| matches!(act, Act::Replace(..))), "{again:?}");
            let current: Vec<&Known> = known.iter().filter(|one| one.current).collect();
            let names: BTreeSet<&String> = current.iter().map(|one| &one.cause).collect();
            prop_assert_eq!(names.len(), current.len(), "one cause, one notice");
            let asked = wanted(&causes);
            for one in &current {
                prop_assert!(asked.contains_key(&one.cause) || one.stays, "{one:?} is not wanted");
            }
            for (cause, one) in &asked {
                let missed = one.only_ahead && one.raise.is_some_and(|raise| raise <= at);
                prop_assert!(names.contains(cause) || one.expires <= at || missed, "{cause} is missing");
            }
            // Some are seen to.
            for one in known.iter_mut().filter(|one| one.stage == Stage::Open).take(seen) {
                one.stage = Stage::Over;
            }
        }
    }
}
