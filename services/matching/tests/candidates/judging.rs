//! Conditions and scores: the conditions stated a second time over codes as texts, and what must hold of any score.

use matching::domain::candidates::policy::{HIGHEST_SCORE, policies};
use matching::domain::candidates::{
    Asked, Codes, Condition, Conflict, ConflictKind, Facts, Kind, MenuItems, Menus, Payer, Place, Plan, Policy, Reason,
    Themes, Verdict, judge, rank,
};
use proptest::prelude::*;
use proptest::sample::select;

use crate::pool::{able_expert, code, expert, experts, request, set};

fn policy() -> impl Strategy<Value = &'static Policy> {
    select(policies().iter().collect::<Vec<_>>())
}

fn names<K: Kind>(codes: Codes<K>) -> Vec<&'static str> {
    codes.places().map(|place| place.code().code.as_str()).collect()
}

/// The names of the conditions that fail, said again without bits; for policies that neither make the size a condition nor
/// ask a theme for a mark.
fn failing(asked: &Asked, facts: &Facts) -> Vec<&'static str> {
    let (guided, marked) = (names(facts.themes), names(facts.able));
    let is_guided = |theme: &Place<Themes>| guided.contains(&theme.code().code.as_str());
    let theme_fails = match asked.all_themes {
        true => !asked.themes.iter().all(is_guided),
        false => !asked.themes.is_empty() && !asked.themes.iter().any(is_guided),
    };
    let item_fails = |item: &Place<MenuItems>| {
        let menus = item.code().links("menus");
        let themes = item.code().links("themes");
        menus.iter().any(|menu| !marked.contains(&menu.as_str()))
            || themes.iter().any(|theme| !guided.contains(&theme.as_str()))
    };
    let role_fails = |role: &str| match role {
        "strategy" => !marked.contains(&"M0"),
        "programme" => !marked.contains(&"M1") && !names(facts.qualifications).contains(&"it_strategist"),
        "monitoring" => !marked.contains(&"M4"),
        "education" => !marked.contains(&"M3") && !guided.contains(&"T5"),
        _ => false,
    };
    let formats = if asked.emergency { vec!["incident"] } else { names(asked.formats) };
    let offers_none = |wanted: &[&str], offered: Vec<&str>| {
        !wanted.is_empty() && !wanted.iter().any(|wanted| offered.contains(wanted))
    };
    let fee = |code: Option<Place<_>>| code.map(Place::index);
    let over = asked.payer == Payer::Company
        && asked.fee_ceiling.is_some()
        && (facts.fee.is_none() || fee(facts.fee) > fee(asked.fee_ceiling));
    let parties: Vec<_> = asked.group.iter().chain(&asked.vendors).collect();
    let conflict = |kind| facts.conflicts.iter().any(|one| one.kind == kind && parties.contains(&&one.with));
    let belongs = |to: &[String]| facts.belongs_to.iter().any(|party| to.contains(party));
    let checks = [
        ("NOT_LISTED", !facts.listed),
        ("OUTSIDE_PREFECTURES", asked.prefecture.is_some_and(|here| !facts.prefectures.has(here))),
        ("NOT_ABLE_IN_THEME", theme_fails),
        ("NOT_ABLE_IN_MENU", asked.menu_items.places().any(|item| item_fails(&item))),
        ("SKILL_MISSING", asked.skill_items.places().any(|item| !facts.skill_items.has(item))),
        ("ROLE_MISSING", names(asked.roles).into_iter().any(role_fails)),
        ("NO_CAPACITY", facts.work.cases + facts.work.proposals >= facts.work.capacity),
        ("FEE_ABOVE_BUDGET", over),
        ("FORMAT", offers_none(&formats, names(facts.formats))),
        ("PERIOD", !asked.emergency && offers_none(&names(asked.durations), names(facts.durations))),
        ("SAME_GROUP", belongs(&asked.group)),
        ("OWN_VENDOR", belongs(&asked.vendors)),
        ("DECLARED_CONFLICT", conflict(ConflictKind::Declared)),
        ("BARRED", conflict(ConflictKind::Barred)),
        ("DECLINED_BEFORE", asked.declined.contains(&facts.id)),
    ];
    checks.into_iter().filter(|(_, fails)| *fails).map(|(name, _)| name).collect()
}

/// A request for guidance in T1 from Osaka, and an expert who fits it.
fn fitting() -> (Asked, Facts) {
    let asked = Asked {
        id: "requests/1".into(),
        prefecture: Some(code("27")),
        themes: vec![code("T1")],
        formats: set(&["onsite"]),
        ..Asked::default()
    };
    let mut facts = Facts {
        id: "experts/1".into(),
        listed: true,
        prefectures: set(&["27", "28"]),
        themes: set(&["T1"]),
        formats: set(&["onsite", "online"]),
        ..Facts::default()
    };
    facts.work.capacity = 1;
    (asked, facts)
}

fn failed(asked: &Asked, facts: &Facts) -> Vec<(&'static str, String, String)> {
    match judge(asked, facts, <&Policy>::default()) {
        Verdict::Candidate { .. } => vec![],
        Verdict::Failed(failures) => {
            failures.into_iter().map(|failure| (failure.condition.code(), failure.words.ja, failure.words.en)).collect()
        }
    }
}

#[test]
fn a_failed_condition_says_what_was_needed_in_both_languages() {
    let (mut asked, mut facts) = fitting();
    assert_eq!(failed(&asked, &facts), []);
    facts.prefectures = set(&["13"]);
    asked.payer = Payer::Company;
    asked.fee_ceiling = Some(code("20_30k"));
    asked.group = vec!["companies/9".into()];
    let reason = "{has} 訴訟".to_owned();
    facts.conflicts = vec![Conflict { with: "companies/9".into(), kind: ConflictKind::Declared, reason }];
    let told = failed(&asked, &facts);
    let told: Vec<_> = told.iter().map(|(code, ja, en)| (*code, ja.as_str(), en.as_str())).collect();
    assert_eq!(
        told,
        [
            (
                "OUTSIDE_PREFECTURES",
                "大阪府は対応地域に入っていません（対応地域：東京都）",
                "does not serve Osaka (serves: Tokyo)"
            ),
            (
                "FEE_ABOVE_BUDGET",
                "料金（記載なし）が予算（20,000円以上～30,000円未満まで）に収まりません",
                "the fee (not stated) is not within the budget (up to ¥20,000 to under ¥30,000)"
            ),
            (
                "DECLARED_CONFLICT",
                "利益相反の申告があります：{has} 訴訟",
                "a conflict of interest was declared: {has} 訴訟"
            ),
        ]
    );
}

#[test]
fn an_emergency_asks_for_emergency_help_and_not_for_a_period() {
    let (mut asked, mut facts) = fitting();
    (asked.emergency, asked.themes) = (true, vec![]);
    asked.durations = set(&["ge1y"]);
    assert_eq!(failed(&asked, &facts).iter().map(|(code, ..)| *code).collect::<Vec<_>>(), ["FORMAT"]);
    facts.formats = set(&["incident"]);
    assert_eq!(failed(&asked, &facts), []);
    // An incident with nothing more said is about the menu of incident response.
    let plan = Plan::new(&asked, <&Policy>::default());
    let before = plan.points(&facts).of(Reason::Rating);
    facts.rate(code("M5"), matching::domain::candidates::Mark::Strong, 12);
    assert!(plan.points(&facts).of(Reason::Rating) > before);
}

#[test]
fn of_several_wishes_the_one_that_suits_the_expert_best_is_proposed() {
    let (mut asked, mut facts) = fitting();
    asked.themes = vec![code("T1"), code("T4")];
    facts.themes = set(&["T4"]);
    let theme = |asked: &Asked, facts: &Facts| {
        let plan = Plan::new(asked, <&Policy>::default());
        plan.candidate(facts).and_then(|candidate| candidate.theme).map(|theme| theme.code().code.clone())
    };
    assert_eq!(theme(&asked, &facts).as_deref(), Some("T4"));
    facts.themes = set(&["T1", "T4"]);
    assert_eq!(theme(&asked, &facts).as_deref(), Some("T1"));
    facts.rate(code("M5"), matching::domain::candidates::Mark::Strong, 12);
    assert_eq!(theme(&asked, &facts).as_deref(), Some("T4"));
    asked.all_themes = true;
    facts.themes = set(&["T4"]);
    assert_eq!(failed(&asked, &facts)[0].2, "cannot guide these of the themes asked for: Information security rules");
}

/// Changes that speak for an expert; none may cost a point.
fn better(facts: &Facts, how: usize) -> Facts {
    let mut facts = facts.clone();
    let menus: Vec<Place<Menus>> = ["M0", "M1", "M2", "M3", "M4", "M5", "M6", "M7"].map(code).to_vec();
    match how {
        0..8 => facts.points[how] = facts.points[how].saturating_add(1),
        8..16 => {
            let menu = menus[how - 8];
            let mark = match facts.mark(menu) {
                matching::domain::candidates::Mark::None => matching::domain::candidates::Mark::Able,
                _ => matching::domain::candidates::Mark::Strong,
            };
            facts.rate(menu, mark, facts.points[how - 8]);
        }
        16 => facts.record.outcomes.get_or_insert_default().good += 1,
        17 => facts.record.communication = facts.record.communication.map(|mean| (mean + 7).min(500)),
        18 => facts.work.past = facts.work.past.saturating_sub(1),
        19 => facts.work.introductions = facts.work.introductions.saturating_sub(1),
        20 => facts.stale = false,
        21 => facts.skill_items = facts.skill_items.or(set(&["S1c1", "S1c2"])),
        22 => facts.bodies = facts.bodies.or(set(&["jama_japia"])),
        23 => facts.industries = facts.industries.or(set(&["automotive", "other_manufacturing", "medical"])),
        24 => facts.qualifications = facts.qualifications.or(set(&["cisa", "cissp"])),
        25 => facts.record.themes.add(code("T1"), 1),
        26 => facts.record.industries.add(code("automotive"), 1),
        27 => facts.sizes = facts.sizes.or(set(&["le10", "11_50"])),
        28 => facts.themes = facts.themes.or(set(&["T1", "T2"])),
        _ => facts.experience = Some(code("ge10y")),
    }
    facts
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn the_failed_conditions_are_all_that_fail_and_nobody_else_is_a_candidate(
        asked in request(), facts in expert(), policy in policy()
    ) {
        let plan = Plan::new(&asked, policy);
        let expected = failing(&asked, &facts);
        let failures = plan.failures(&facts);
        let found: Vec<_> = failures.iter().map(|failure| failure.condition.code()).collect();
        prop_assert_eq!(&found, &expected);
        prop_assert_eq!(plan.score(&facts).is_ok(), expected.is_empty());
        prop_assert_eq!(plan.failed(&facts).iter().map(Condition::code).collect::<Vec<_>>(), expected);
        for failure in failures {
            let unfilled = [&failure.words.ja, &failure.words.en].iter().any(|words| words.contains("{needed}"));
            prop_assert!(!unfilled, "{:?}", failure);
        }
    }

    #[test]
    fn the_score_is_the_sum_of_the_reasons_shown(asked in request(), facts in able_expert(), policy in policy()) {
        let asked = Asked { declined: vec![], ..asked };
        let Verdict::Candidate { candidate, reasons } = judge(&asked, &facts, policy) else {
            return Err(TestCaseError::fail("an able expert is a candidate"));
        };
        prop_assert_eq!(candidate.score, reasons.iter().map(|told| told.points).sum::<i64>());
        prop_assert!((0..=HIGHEST_SCORE).contains(&candidate.score));
        for told in reasons {
            prop_assert!((0..=told.most).contains(&told.points), "{told:?}");
            prop_assert!(!told.words.ja.is_empty() && !told.words.en.is_empty(), "{told:?}");
            let unfilled = [&told.words.ja, &told.words.en].iter().any(|words| words.contains('{'));
            prop_assert!(!unfilled, "{told:?}");
        }
    }

    #[test]
    fn what_speaks_for_an_expert_never_costs_a_point(
        asked in request(), facts in expert(), policy in policy(), how in 0..30_usize
    ) {
        let plan = Plan::new(&asked, policy);
        let facts = Facts { experience: facts.experience.or(Some(code("lt3y"))), ..facts };
        prop_assume!(how != 16 || facts.record.outcomes.is_some());
        // Somebody who guides none of the wishes is measured only where a team is looked for, by the first of them.
        prop_assume!(how != 28 || plan.score(&facts).is_ok());
        let (before, after) = (plan.points(&facts).total(), plan.points(&better(&facts, how)).total());
        prop_assert!(after >= before, "{before} became {after}");
    }

    #[test]
    fn the_order_of_the_experts_does_not_matter(asked in request(), mut pool in experts(12), policy in policy()) {
        let plan = Plan::new(&asked, policy);
        let ranked = rank(&plan, &pool);
        prop_assert!(ranked.is_sorted_by(|one, next| one.score >= next.score));
        prop_assert_eq!(ranked.len(), pool.iter().filter(|facts| failing(&asked, facts).is_empty()).count());
        pool.reverse();
        for candidate in &ranked {
            let facts = pool.iter().find(|facts| facts.id == candidate.expert).expect("of the pool");
            prop_assert!(candidate.theme.is_none_or(|theme| facts.themes.has(theme)), "{:?}", candidate.theme);
            prop_assert_eq!(candidate.theme.is_some(), !asked.themes.is_empty());
        }
        let third = pool.len() / 3;
        pool.rotate_left(third);
        prop_assert_eq!(rank(&plan, &pool), ranked);
    }
}
