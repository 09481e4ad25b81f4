//! The points of each reason, stated a second time: from the policy as it is written, over codes as texts, in fractions.

use std::collections::BTreeSet;

use matching::domain::candidates::{Asked, Codes, Facts, Kind, Mark, Menus, Place, Plan, Policy, Reason, Themes};
use proptest::prelude::*;
use serde_json::Value;

use crate::pool::{able_expert, request};

const POLICIES: [&str; 2] =
    [include_str!("../../policies/balanced-1.json"), include_str!("../../policies/spread-1.json")];

/// Rounding down costs at most a point a menu.
const ROUNDING: f64 = 8.0;

fn names<K: Kind>(codes: Codes<K>) -> BTreeSet<&'static str> {
    codes.places().map(|place| place.code().code.as_str()).collect()
}

fn links<K: Kind>(place: Place<K>, list: &str) -> BTreeSet<&'static str> {
    place.code().links(list).iter().map(String::as_str).collect()
}

fn holds_any(named: &Value, held: &BTreeSet<&str>) -> bool {
    named.as_array().is_some_and(|codes| codes.iter().any(|code| held.contains(code.as_str().expect("a code"))))
}

/// The menus a request is about with this theme.
fn menus(asked: &Asked, themes: &[Place<Themes>], policy: &Value) -> BTreeSet<&'static str> {
    let of_items = asked.menu_items.places().flat_map(|item| links(item, "menus"));
    let named: BTreeSet<_> = themes.iter().flat_map(|theme| links(*theme, "menus")).chain(of_items).collect();
    if !asked.themes.is_empty() || !asked.menu_items.is_empty() {
        return named;
    }
    // S1 rates M0 and M1, S2 rates M2, and so on.
    let areas = names(asked.skill_items).into_iter().map(|item| &item[..2]);
    let of_skills = areas.flat_map(|area| match area {
        "S1" => vec!["M0", "M1"],
        "S2" => vec!["M2"],
        "S3" => vec!["M3"],
        "S4" => vec!["M4"],
        "S5" => vec!["M5"],
        _ => vec!["M6"],
    });
    let of_roles = names(asked.roles).into_iter().flat_map(|role| match role {
        "strategy" => vec!["M0"],
        "programme" => vec!["M1"],
        "monitoring" => vec!["M4"],
        "education" => vec!["M3"],
        _ => vec![],
    });
    let named: BTreeSet<_> = of_skills.chain(of_roles).collect();
    let is_emergency = named.is_empty() && asked.emergency;
    assert_eq!(policy["emergency"], serde_json::json!(["M5"]));
    if is_emergency { ["M5"].into() } else { named }
}

fn nearness(asked: &Asked, facts: &Facts, policy: &Value) -> f64 {
    let Some(here) = asked.prefecture else { return 0.0 };
    let step = match facts.residence {
        Some(home) if home == here => "same_prefecture",
        Some(home) if links(here, "prefectures").contains(home.code().code.as_str()) => "neighbour",
        Some(home) if links(here, "regions") == links(home, "regions") => "same_region",
        _ => "elsewhere",
    };
    let share = policy["nearness"][step].as_f64().expect("a share") / 1_000.0;
    let online_only = !asked.emergency && names(asked.formats) == ["online"].into();
    share * if online_only { policy["nearness"]["online_only"].as_f64().expect("a share") / 1_000.0 } else { 1.0 }
}

fn guideline(asked: &Asked, facts: &Facts, policy: &Value) -> f64 {
    let Some(guideline) = asked.guideline else { return 0.0 };
    let parent = links(guideline, "guidelines").into_iter().next().unwrap_or(guideline.code().code.as_str());
    let signs = policy["guidelines"][parent].as_array().cloned().unwrap_or_default();
    let met = |sign: &&Value| {
        holds_any(&sign["bodies"], &names(facts.bodies))
            || holds_any(&sign["industries"], &names(facts.industries))
            || holds_any(&sign["qualifications"], &names(facts.qualifications))
            || holds_any(&sign["skill_items"], &names(facts.skill_items))
    };
    let share: f64 = signs.iter().filter(met).map(|sign| sign["share"].as_f64().expect("a share")).sum();
    (share / 1_000.0).min(1.0)
}

/// The part of its weight that a reason gives, for the themes the expert is proposed for.
fn part(reason: Reason, asked: &Asked, facts: &Facts, themes: &[Place<Themes>], policy: &Value) -> f64 {
    let share = |value: &Value| value.as_f64().expect("a share") / 1_000.0;
    let menus = menus(asked, themes, policy);
    let each = |of: &dyn Fn(Place<Menus>, &str) -> f64| -> f64 {
        menus.iter().map(|menu| of(Place::of(menu).expect("a menu"), menu)).sum()
    };
    let full = |menu: &str| policy["menu_points_full"][menu].as_f64().expect("points");
    let record = &facts.record;
    match reason {
        Reason::Wish => match asked.themes.len() > 1 && !asked.all_themes {
            true => {
                let place = asked.themes.iter().position(|theme| *theme == themes[0]).expect("among the wishes");
                share(&policy["wish"][place])
            }
            false => 0.0,
        },
        Reason::Rating => {
            let mark = |menu, _: &str| match facts.mark(menu) {
                Mark::Strong => share(&policy["rating"]["strong"]),
                Mark::Able => share(&policy["rating"]["able"]),
                Mark::None => 0.0,
            };
            each(&mark) / (menus.len() as f64).max(1.0)
        }
        Reason::MenuPoints => {
            let points = each(&|menu, name| f64::from(facts.points[menu.index()]).min(full(name)));
            points / each(&|_, name| full(name)).max(1.0)
        }
        Reason::Industry => asked.industry.map_or(0.0, |industry| {
            let declared = links(industry, "expert_industries").intersection(&names(facts.industries)).count() > 0;
            let by_word = share(&policy["industry"]["declared"]);
            let cases = f64::from(record.industries.get(industry));
            let by_cases = (cases / policy["industry"]["cases_full"].as_f64().expect("cases")).min(1.0);
            by_word * f64::from(u8::from(declared)) + (1.0 - by_word) * by_cases
        }),
        Reason::Guideline => guideline(asked, facts, policy),
        Reason::Nearness => nearness(asked, facts, policy),
        Reason::ThemeCases => {
            let cases: u32 = themes.iter().map(|theme| record.themes.get(*theme)).sum();
            (f64::from(cases) / policy["theme_cases_full"].as_f64().expect("cases")).min(1.0)
        }
        Reason::Outcomes => {
            let told = record.outcomes.unwrap_or_default();
            let rule = &policy["outcomes"];
            let presumed = rule["presumed_answers"].as_f64().expect("answers");
            let [good, fair, poor] = [told.good, told.fair, told.poor].map(f64::from);
            let sum = share(&rule["good"]) * good + share(&rule["fair"]) * fair + share(&rule["poor"]) * poor;
            (sum + share(&rule["presumed"]) * presumed) / (good + fair + poor + presumed)
        }
        Reason::Communication => match record.communication {
            Some(hundredths) => (f64::from(hundredths) - 100.0) / 400.0,
            None => share(&policy["communication"]["presumed"]),
        },
        Reason::LittleWork => {
            let work = &facts.work;
            let per_case = policy["little_work"]["introductions_per_case"].as_u64().expect("introductions");
            let had = u64::from(work.cases + work.proposals + work.past) + u64::from(work.introductions) / per_case;
            policy["little_work"]["by_cases"].get(had as usize).map_or(0.0, share)
        }
        Reason::Qualification => {
            let held = names(facts.qualifications);
            f64::from(u8::from(menus.iter().any(|menu| holds_any(&policy["qualifications"][*menu], &held))))
        }
        Reason::CompanySize => f64::from(u8::from(asked.size.is_some_and(|size| facts.sizes.has(size)))),
        Reason::Experience => facts.experience.map_or(0.0, |years| share(&policy["experience"][&years.code().code])),
        Reason::Fresh => f64::from(u8::from(!facts.stale)),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn each_reason_gives_what_the_policy_says(asked in request(), facts in able_expert(), second: bool) {
        let json = POLICIES[usize::from(second)];
        let policy = Policy::load(json).expect("a policy");
        let written: Value = serde_json::from_str(json).expect("JSON");
        let asked = Asked { declined: vec![], ..asked };
        let plan = Plan::new(&asked, &policy);
        let candidate = plan.candidate(&facts).expect("an able expert is a candidate");
        let wished = !asked.all_themes && asked.themes.len() > 1;
        let themes = if wished { candidate.theme.into_iter().collect() } else { asked.themes.clone() };
        let points = |themes: &[Place<Themes>]| Reason::ALL.iter().map(|reason| {
            let weight = written["weights"][reason.code()].as_f64().expect("a weight");
            (*reason, weight * part(*reason, &asked, &facts, themes, &written))
        }).collect::<Vec<_>>();
        for (reason, expected) in points(&themes) {
            let found = candidate.points.of(reason) as f64;
            prop_assert!(found <= expected + 0.001 && found + ROUNDING > expected - 0.001, "{reason:?}: {found} for {expected}");
        }
        // No other wish would have given more.
        let total = |themes: &[Place<Themes>]| points(themes).iter().map(|(_, points)| points).sum::<f64>();
        let others = asked.themes.iter().filter(|_| wished);
        let most = others.map(|theme| total(&[*theme])).fold(0.0, f64::max);
        prop_assert!(most < candidate.score as f64 + 200.0, "{most} would be more than {}", candidate.score);
    }
}
