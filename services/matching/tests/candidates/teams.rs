//! Teams, against all teams of up to three.

use matching::domain::candidates::{
    Asked, Codes, Condition, Facts, Mark, Need, NoTeam, Plan, Policy, TEAM_AT_MOST, Themes, team,
};
use proptest::prelude::*;

use crate::pool::{code, free_experts, request, set};

const YEAR: i32 = 2026;

/// What each need asks by itself, as a request.
fn needs(asked: &Asked) -> Vec<Asked> {
    let any = Asked { themes: asked.themes.clone(), ..Asked::default() };
    let any = (!asked.all_themes && !asked.themes.is_empty()).then_some(any);
    let all = if asked.all_themes { asked.themes.clone() } else { vec![] };
    let all = all.into_iter().map(|theme| Asked { themes: vec![theme], ..Asked::default() });
    let items = asked.menu_items.places().map(|item| Asked { menu_items: item.into(), ..Asked::default() });
    let skills = asked.skill_items.places().map(|item| Asked { skill_items: item.into(), ..Asked::default() });
    let roles = asked.roles.places().map(|role| Asked { roles: role.into(), ..Asked::default() });
    any.into_iter().chain(all).chain(items).chain(skills).chain(roles).collect()
}

fn lacks(need: &Asked, facts: &Facts) -> bool {
    let failed = Plan::new(need, <&Policy>::default()).failed(facts);
    failed.iter().any(|condition| Condition::COVERAGE.has(condition))
}

fn covers(asked: &Asked, members: &[&Facts]) -> bool {
    needs(asked).iter().all(|need| members.iter().any(|facts| !lacks(need, facts)))
}

fn is_senior(facts: &Facts) -> bool {
    facts.experience == Some(code("ge10y")) && facts.registered.is_some_and(|year| year <= YEAR - 5)
}

fn is_junior(facts: &Facts) -> bool {
    let short = [Some(code("lt3y")), Some(code("3_5y"))].contains(&facts.experience);
    short || facts.registered.is_some_and(|year| year >= YEAR - 2)
}

fn has_any(facts: &Facts, menus: &[&str]) -> bool {
    menus.iter().any(|menu| facts.mark(code(menu)) != Mark::None)
}

/// What a team is preferred by, the greater the better.
fn preference(plan: &Plan<'_>, members: &[&Facts]) -> (bool, bool, i64) {
    let two = |one: &dyn Fn(&Facts) -> bool, other: &dyn Fn(&Facts) -> bool| {
        members.iter().any(|first| members.iter().any(|second| first.id != second.id && one(first) && other(second)))
    };
    let management = |facts: &Facts| has_any(facts, &["M0", "M1"]);
    let technical = |facts: &Facts| has_any(facts, &["M4", "M5", "M6"]);
    let score = members.iter().map(|facts| plan.points(facts).total()).sum();
    (two(&is_senior, &is_junior), two(&management, &technical), score)
}

/// The fewest members that do, and the best preference among so many.
fn by_brute_force(plan: &Plan<'_>, pool: &[Facts]) -> Option<(usize, (bool, bool, i64))> {
    let able = |facts: &&Facts| plan.failed(facts).without(Condition::COVERAGE).is_empty();
    let pool: Vec<_> = pool.iter().filter(able).collect();
    let subsets = 1..1_u32 << pool.len();
    let teams = subsets.filter(|subset| subset.count_ones() as usize <= TEAM_AT_MOST).map(|subset| {
        let taken = pool.iter().enumerate().filter(|(at, _)| subset >> at & 1 == 1);
        taken.map(|(_, facts)| *facts).collect::<Vec<_>>()
    });
    let fits = teams.filter(|members| covers(plan.asked(), members));
    let keyed = fits.map(|members| (members.len(), preference(plan, &members)));
    keyed.max_by_key(|(size, preference)| (std::cmp::Reverse(*size), *preference))
}

fn demanding() -> impl Strategy<Value = Asked> {
    request().prop_map(|asked| Asked {
        group: vec![],
        vendors: vec![],
        declined: vec![],
        all_themes: asked.all_themes || !asked.menu_items.is_empty(),
        ..asked
    })
}

/// Someone who could be proposed, with these themes.
fn guide(id: &str, themes: &[&str]) -> Facts {
    let mut facts = Facts { id: id.into(), listed: true, themes: set(themes), ..Facts::default() };
    facts.work.capacity = 1;
    facts
}

fn for_all(themes: &[&str]) -> Asked {
    Asked { themes: themes.iter().map(|theme| code(theme)).collect(), all_themes: true, ..Asked::default() }
}

#[test]
fn a_pair_says_who_covers_what_and_a_senior_with_a_junior_comes_before_points() {
    let asked = for_all(&["T1", "T4"]);
    let plan = Plan::new(&asked, <&Policy>::default());
    let mut senior = guide("experts/senior", &["T1"]);
    (senior.experience, senior.registered) = (Some(code("ge10y")), Some(2017));
    let mut rated = guide("experts/rated", &["T4"]);
    (rated.experience, rated.registered) = (Some(code("5_10y")), Some(2020));
    rated.rate(code("M5"), Mark::Strong, 12);
    let mut junior = guide("experts/junior", &["T4"]);
    (junior.experience, junior.registered) = (Some(code("lt3y")), Some(2025));
    let found = team(&plan, &[rated.clone(), junior, senior.clone()], YEAR).expect("a team");
    let mut members: Vec<_> = found
        .members
        .iter()
        .map(|member| (member.candidate.expert.as_str(), member.covers.clone(), member.senior, member.junior))
        .collect();
    members.sort_by_key(|member| member.0);
    let (t1, t4) = (Need::Theme(code("T1")), Need::Theme(code("T4")));
    assert_eq!(members, [("experts/junior", vec![t4], false, true), ("experts/senior", vec![t1], true, false),]);
    let words: Vec<_> = found.words.iter().map(|words| words.ja.as_str()).collect();
    assert_eq!(words, ["一人では足りず、2名が最少です", "経験の長い専門家と短い専門家の組み合わせです"]);
    let with_rated = team(&plan, &[rated, senior], YEAR).expect("a team");
    assert!(!with_rated.senior_with_junior && with_rated.score > found.score);
}

#[test]
fn one_who_covers_all_is_a_team_alone_and_what_nobody_covers_is_named() {
    let asked = for_all(&["T1", "T2", "T3", "T4"]);
    let plan = Plan::new(&asked, <&Policy>::default());
    let singles: Vec<_> = ["T1", "T2", "T3"].iter().map(|theme| guide(theme, &[theme])).collect();
    let missing = Err(NoTeam { uncovered: vec![Need::Theme(code("T4"))], complete: true });
    assert_eq!(team(&plan, &singles, YEAR), missing);
    let mut four = singles.clone();
    four.push(guide("T4", &["T4"]));
    assert_eq!(team(&plan, &four, YEAR), Err(NoTeam { uncovered: vec![], complete: true }), "four would be needed");
    let mut with_all = four;
    with_all.push(guide("all", &["T1", "T2", "T3", "T4"]));
    let found = team(&plan, &with_all, YEAR).expect("a team");
    assert_eq!((found.members.len(), found.words[0].en.as_str()), (1, "one expert covers the request"));
    let all: Codes<Themes> = set(&["T1", "T2", "T3", "T4"]);
    assert_eq!(found.members[0].covers, all.places().map(Need::Theme).collect::<Vec<_>>());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn a_team_is_the_best_of_the_smallest(asked in demanding(), mut pool in free_experts(8)) {
        let plan = Plan::new(&asked, <&Policy>::default());
        let expected = by_brute_force(&plan, &pool);
        let found = team(&plan, &pool, YEAR);
        let key = found.as_ref().ok().map(|team| {
            (team.members.len(), (team.senior_with_junior, team.management_with_technical, team.score))
        });
        prop_assert_eq!(key, expected);
        prop_assert!(found.as_ref().map_or_else(|none| none.complete, |team| team.complete));
        if let Ok(team) = &found {
            let members: Vec<_> = team.members.iter().map(|member| {
                pool.iter().find(|facts| facts.id == member.candidate.expert).expect("of the pool")
            }).collect();
            prop_assert_eq!(preference(&plan, &members), key.expect("a team").1);
            prop_assert!(covers(&asked, &members));
            for member in &team.members {
                let sum: i64 = member.reasons.iter().map(|told| told.points).sum();
                prop_assert_eq!(sum, member.candidate.score);
            }
        }
        pool.reverse();
        prop_assert_eq!(team(&plan, &pool, YEAR), found);
    }
}
