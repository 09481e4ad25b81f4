//! Why the unserved are unserved.

use matching::domain::candidates::{
    Asked, Cause, Condition, Conditions, Desert, Facts, Plan, Policy, Tally, Unserved, desert,
};
use proptest::prelude::*;

use crate::pool::{code, experts, request, set};

fn unserved(request: &str, tally: Tally) -> Unserved {
    Unserved {
        request: request.into(),
        prefecture: Some(code("32")),
        theme: Some(code("T4")),
        industry: Some(code("manufacturing")),
        tally,
        quota: false,
    }
}

fn tally(counts: &[(&[Condition], u64)]) -> Tally {
    let mut tally = Tally::default();
    for (conditions, experts) in counts {
        tally.add(conditions.iter().copied().collect(), *experts);
    }
    tally
}

fn cause(counts: &[(&[Condition], u64)]) -> Cause {
    unserved("requests/1", tally(counts)).diagnosis().cause
}

#[test]
fn the_fewest_conditions_to_lift_name_the_cause() {
    use Condition::*;
    assert_eq!(cause(&[]), Cause::NoExperts);
    assert_eq!(cause(&[(&[], 2)]), Cause::Capacity);
    assert_eq!(cause(&[(&[OutsidePrefectures], 1), (&[NotAbleInTheme, Format], 9)]), Cause::NobodyInPrefecture);
    assert_eq!(cause(&[(&[OutsidePrefectures], 1), (&[FeeAboveBudget], 2)]), Cause::Fee);
    assert_eq!(cause(&[(&[NotAbleInTheme, SkillMissing], 1)]), Cause::NobodyAbleInTheme);
    assert_eq!(cause(&[(&[NotAbleInTheme, OutsidePrefectures], 5)]), Cause::NobodyBoth);
    assert_eq!(cause(&[(&[Format], 5)]), Cause::Format);
    assert_eq!(cause(&[(&[Period], 5)]), Cause::Period);
    assert_eq!(cause(&[(&[CompanySize], 5)]), Cause::CompanySize);
    assert_eq!(cause(&[(&[NoCapacity], 5)]), Cause::Capacity);
    assert_eq!(cause(&[(&[SameGroup, Barred], 5)]), Cause::Conflict);
    assert_eq!(cause(&[(&[DeclinedBefore], 5)]), Cause::Declined);
    assert_eq!(cause(&[(&[NotListed], 5)]), Cause::NotListed);
    assert_eq!(cause(&[(&[Format, FeeAboveBudget], 5)]), Cause::Several);
    let quota = Unserved { quota: true, ..unserved("requests/1", tally(&[(&[], 2)])) };
    assert_eq!(quota.diagnosis().cause, Cause::Quota);
}

#[test]
fn other_ways_as_short_are_told_with_how_many_they_would_give() {
    use Condition::*;
    let diagnosis =
        unserved("requests/1", tally(&[(&[Format], 3), (&[NoCapacity], 4), (&[Format, Period], 9)])).diagnosis();
    assert_eq!((diagnosis.cause, diagnosis.experts), (Cause::Capacity, 4));
    assert_eq!(diagnosis.others, [(Conditions::NONE.with(Format), 3)]);
}

#[test]
fn the_map_counts_requests_by_place_theme_industry_and_cause_the_worst_first() {
    use Condition::*;
    let here = tally(&[(&[OutsidePrefectures], 7)]);
    let mut all = vec![
        unserved("requests/3", here.clone()),
        unserved("requests/2", tally(&[(&[FeeAboveBudget], 1)])),
        unserved("requests/1", here.clone()),
        Unserved { prefecture: Some(code("01")), ..unserved("requests/4", here) },
    ];
    let rows = |all: &[Unserved]| {
        let row = |row: &Desert| {
            let prefecture = row.prefecture.map(|prefecture| prefecture.code().code.clone()).unwrap_or_default();
            (prefecture, row.cause, row.requests.join(" "))
        };
        desert(all).iter().map(row).collect::<Vec<_>>()
    };
    let expected = [
        ("32".to_owned(), Cause::NobodyInPrefecture, "requests/1 requests/3".to_owned()),
        ("01".to_owned(), Cause::NobodyInPrefecture, "requests/4".to_owned()),
        ("32".to_owned(), Cause::Fee, "requests/2".to_owned()),
    ];
    assert_eq!(rows(&all), expected);
    all.reverse();
    assert_eq!(rows(&all), expected);
}

/// The expert, made to meet a condition.
fn lifted(asked: &Asked, facts: &Facts, condition: Condition) -> Facts {
    let mut facts = facts.clone();
    match condition {
        Condition::NotListed => facts.listed = true,
        Condition::OutsidePrefectures => facts.prefectures.add(asked.prefecture.expect("a prefecture")),
        Condition::NotAbleInTheme => facts.themes = facts.themes.or(asked.themes.iter().copied().collect()),
        Condition::NoCapacity => facts.work.capacity = facts.work.open() + 1,
        Condition::FeeAboveBudget => facts.fee = asked.fee_ceiling,
        Condition::Format => facts.formats = facts.formats.or(asked.formats).or(set(&["incident"])),
        Condition::Period => facts.durations = facts.durations.or(asked.durations),
        Condition::SkillMissing => facts.skill_items = facts.skill_items.or(asked.skill_items),
        Condition::SameGroup | Condition::OwnVendor => facts.belongs_to.clear(),
        Condition::DeclaredConflict | Condition::Barred => facts.conflicts.clear(),
        Condition::DeclinedBefore => facts.id.push('x'),
        Condition::NotAbleInMenu | Condition::RoleMissing | Condition::CompanySize => {}
    }
    facts
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn lifting_what_the_diagnosis_names_gives_so_many_candidates_and_nothing_less_does(
        asked in request(), pool in experts(10)
    ) {
        // Items and roles cannot be lifted by themselves without becoming able in something else.
        let asked = Asked { menu_items: Default::default(), roles: Default::default(), ..asked };
        let plan = Plan::new(&asked, <&Policy>::default());
        let tally = Tally::over(&plan, &pool);
        let diagnosis = unserved(&asked.id, tally.clone()).diagnosis();
        let lift = |facts: &Facts, conditions: Conditions| {
            conditions.iter().fold(facts.clone(), |facts, condition| lifted(&asked, &facts, condition))
        };
        let helped = |conditions: Conditions| {
            let now_able = |facts: &&Facts| plan.failed(facts).len() <= conditions.len()
                && plan.failed(&lift(facts, conditions)).is_empty();
            pool.iter().filter(now_able).count() as u64
        };
        if pool.is_empty() {
            prop_assert_eq!(diagnosis.cause, Cause::NoExperts);
        } else {
            prop_assert!(diagnosis.experts > 0);
            prop_assert!(helped(diagnosis.lift) >= diagnosis.experts);
        }
        for condition in Condition::ALL {
            let alone = Conditions::NONE.with(*condition);
            let fails_alone = pool.iter().filter(|facts| plan.failed(facts) == alone).count();
            if diagnosis.lift.len() > 1 {
                prop_assert_eq!(fails_alone, 0, "{:?} alone would have done", condition);
            }
            let failing = pool.iter().filter(|facts| plan.failed(facts).has(*condition)).count() as u64;
            prop_assert_eq!(tally.failing(*condition), failing);
        }
        let candidates = pool.iter().filter(|facts| plan.score(facts).is_ok()).count() as u64;
        prop_assert_eq!(tally.candidates(), candidates);
    }
}
