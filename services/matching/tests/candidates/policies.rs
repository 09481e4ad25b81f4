//! Policies that come with the program, and what is said of bad ones.

use matching::domain::candidates::policy::{DEFAULT_POLICY, HIGHEST_SCORE, policies};
use matching::domain::candidates::{Asked, Condition, Facts, Plan, Policy, Reason};
use serde_json::{Value, json};

use crate::pool::{code, set};

const BALANCED: &str = include_str!("../../policies/balanced-1.json");

/// The default policy, changed; the places and kinds of what is found wrong.
fn faults(change: impl FnOnce(&mut Value)) -> Vec<(String, &'static str)> {
    let mut policy = serde_json::from_str(BALANCED).expect("JSON");
    change(&mut policy);
    let read = Policy::load(&policy.to_string());
    read.expect_err("a fault").into_iter().map(|fault| (fault.field.clone(), fault.code())).collect()
}

#[test]
fn the_policies_of_the_program_are_found_by_their_ids_and_no_score_passes_the_highest() {
    let ids: Vec<_> = policies().iter().map(Policy::id).collect();
    assert_eq!(ids, ["balanced-1", "spread-1"]);
    assert_eq!(<&Policy>::default().id(), DEFAULT_POLICY);
    for policy in policies() {
        assert_eq!(Policy::named(policy.id()), Some(policy));
        assert!(Reason::ALL.iter().map(|reason| policy.weight(*reason)).sum::<i64>() <= HIGHEST_SCORE);
        assert!(!policy.title().ja.is_empty() && !policy.title().en.is_empty() && !policy.source().is_empty());
    }
    assert_eq!(Policy::named("balanced-0"), None);
}

#[test]
fn the_second_policy_gives_little_work_more() {
    let weight = |id| Policy::named(id).expect("a policy").weight(Reason::LittleWork);
    assert!(weight("spread-1") > 2 * weight("balanced-1"));
}

#[test]
fn every_fault_is_named_at_once_with_its_place() {
    let found = faults(|policy| {
        policy["id"] = json!("Balanced 1");
        policy["weights"]["CHARM"] = json!(5);
        policy["weights"].as_object_mut().expect("weights").remove("OUTCOMES");
        policy["weights"]["RATING"] = json!(-1);
        policy["wish"] = json!([500, 600]);
        policy["rating"] = json!({"strong": 100, "able": 200});
        policy["menu_points_full"].as_object_mut().expect("points").remove("M7");
        policy["guidelines"]["nobodys"] = json!([{"bodies": ["x"], "share": 1_001}]);
        policy["guidelines"]["isms"] = json!([{"share": 1}]);
        policy["nearness"]["elsewhere"] = json!(600);
        policy["outcomes"]["presumed_answers"] = json!(0);
        policy["qualifications"]["M9"] = json!(["cisa", "nope"]);
        policy["experience"]["lt3y"] = json!(999);
        policy["roles"]["strategy"] = json!({"menus": ["T1"]});
        policy["team"]["junior"]["experience_to"] = json!("ge10y");
        policy["team"]["senior"]["registered_years_from"] = json!(1);
    });
    let expected = [
        ("experience", "NOT_ORDERED"),
        ("guidelines.isms[0]", "REQUIRED"),
        ("guidelines.nobodys", "UNKNOWN_CODE"),
        ("guidelines.nobodys[0].bodies[0]", "UNKNOWN_CODE"),
        ("guidelines.nobodys[0].share", "OUT_OF_RANGE"),
        ("id", "BAD_ID"),
        ("menu_points_full.M7", "REQUIRED"),
        ("nearness", "NOT_ORDERED"),
        ("outcomes.presumed_answers", "OUT_OF_RANGE"),
        ("qualifications.M9", "UNKNOWN_CODE"),
        ("qualifications.M9[1]", "UNKNOWN_CODE"),
        ("rating", "NOT_ORDERED"),
        ("roles.strategy.menus[0]", "UNKNOWN_CODE"),
        ("team", "NOT_ORDERED"),
        ("team", "NOT_ORDERED"),
        ("weights.CHARM", "UNKNOWN_REASON"),
        ("weights.OUTCOMES", "REQUIRED"),
        ("weights.RATING", "OUT_OF_RANGE"),
        ("wish", "NOT_ORDERED"),
    ];
    let mut found: Vec<_> = found.iter().map(|(place, code)| (place.as_str(), *code)).collect();
    found.sort_unstable();
    assert_eq!(found, expected);
}

#[test]
fn weights_that_sum_to_nothing_or_to_more_than_a_score_are_refused() {
    let all = |weight: i64| Reason::ALL.iter().map(|reason| (reason.code().to_owned(), json!(weight))).collect();
    for weight in [0, HIGHEST_SCORE / Reason::ALL.len() as i64 + 1] {
        assert_eq!(faults(|policy| policy["weights"] = Value::Object(all(weight))), [("weights".into(), "BAD_SUM")]);
    }
}

#[test]
fn a_text_that_is_no_policy_is_named_with_its_line() {
    let found = Policy::load("{\n\"id\": 5}").expect_err("a fault");
    assert_eq!((found.len(), found[0].code()), (1, "UNREADABLE"));
    assert!(found[0].en().contains("line 2"), "{}", found[0].en());
}

/// What an expert fails when the policy is this strict.
fn failed(rule: &str, strict: bool, asked: &Asked, facts: &Facts) -> Vec<Condition> {
    let mut policy: Value = serde_json::from_str(BALANCED).expect("JSON");
    policy["conditions"][rule] = json!(strict);
    let policy = Policy::load(&policy.to_string()).expect("a policy");
    Plan::new(asked, &policy).failed(facts).iter().collect()
}

#[test]
fn a_policy_says_how_strict_the_conditions_are() {
    let asked = Asked {
        prefecture: Some(code("47")),
        size: Some(code("le10")),
        themes: vec![code("T4")],
        formats: set(&["online", "onsite"]),
        ..Asked::default()
    };
    let mut facts = Facts {
        listed: true,
        prefectures: set(&["47"]),
        themes: set(&["T4"]),
        formats: set(&["onsite"]),
        sizes: set(&["ge301"]),
        ..Facts::default()
    };
    facts.work.capacity = 1;
    assert_eq!(failed("company_size", false, &asked, &facts), []);
    assert_eq!(failed("company_size", true, &asked, &facts), [Condition::CompanySize]);
    assert_eq!(failed("mark_with_theme", true, &asked, &facts), [Condition::NotAbleInTheme]);
    facts.able = set(&["M5"]);
    assert_eq!(failed("mark_with_theme", true, &asked, &facts), []);
    facts.prefectures = set(&["13"]);
    assert_eq!(failed("online_anywhere", true, &asked, &facts), [Condition::OutsidePrefectures]);
    facts.formats = set(&["online"]);
    assert_eq!(failed("online_anywhere", true, &asked, &facts), []);
    assert_eq!(failed("online_anywhere", false, &asked, &facts), [Condition::OutsidePrefectures]);
}
