//! Why not this expert.

use matching::domain::candidates::{Asked, Facts, Plan, Policy, Reason, WhyNot, rank, why_not};
use proptest::prelude::*;

use crate::pool::{able_experts, code, experts, request, set};

#[test]
fn a_better_placed_expert_is_named_with_the_reasons_that_lead() {
    let policy = <&Policy>::default();
    let asked = Asked { id: "requests/1".into(), prefecture: Some(code("27")), ..Asked::default() };
    let expert = |id: &str, residence| {
        let mut facts = Facts { id: id.into(), listed: true, prefectures: set(&["27"]), ..Facts::default() };
        facts.residence = Some(code(residence));
        facts.work.capacity = 9;
        facts
    };
    let (mut here, mut near, far) = (expert("experts/1", "27"), expert("experts/2", "28"), expert("experts/3", "13"));
    here.work.past = 1;
    near.stale = true;
    let plan = Plan::new(&asked, policy);
    let ranked = rank(&plan, [&far, &near, &here]);
    let WhyNot::Stands(standing) = why_not(&plan, &near, &ranked, 5) else { panic!("a candidate") };
    assert_eq!((standing.place, standing.of, standing.ahead.len()), (2, 3, 1));
    let ahead = &standing.ahead[0];
    let nearness = policy.weight(Reason::Nearness) * 300 / 1_000;
    let fresh = policy.weight(Reason::Fresh);
    let work = policy.weight(Reason::LittleWork) * 400 / 1_000;
    assert_eq!((ahead.expert.as_str(), ahead.lead), ("experts/1", nearness + fresh - work));
    assert_eq!(ahead.by, [(Reason::Nearness, nearness), (Reason::Fresh, fresh)]);
    assert_eq!(ahead.despite, [(Reason::LittleWork, work)]);
    assert_eq!(standing.words.en, "is no. 2 of 3 candidates");
    assert_eq!(
        ahead.words.ja,
        format!(
            "1位の候補が{}点上回っています。上回る点：近さ（{nearness}点）、登録内容の確認（{fresh}点）",
            ahead.lead
        )
    );
}

#[test]
fn equals_take_turns_from_request_to_request() {
    let expert = |id: &str| {
        let mut facts = Facts { id: id.into(), listed: true, ..Facts::default() };
        facts.work.capacity = 1;
        facts
    };
    let pool = ["experts/1", "experts/2", "experts/3"].map(expert);
    let mut firsts = std::collections::BTreeMap::new();
    for number in 0..300 {
        let asked = Asked { id: format!("requests/{number}"), ..Asked::default() };
        let plan = Plan::new(&asked, <&Policy>::default());
        let ranked = rank(&plan, &pool);
        *firsts.entry(ranked[0].expert.clone()).or_insert(0) += 1;
        let last = pool.iter().find(|facts| facts.id == ranked[2].expert).expect("one of them");
        let WhyNot::Stands(standing) = why_not(&plan, last, &ranked, 1) else { panic!("a candidate") };
        assert_eq!((standing.place, standing.ahead[0].lead, standing.ahead.len()), (3, 0, 1));
        assert!(standing.ahead[0].words.en.contains("take turns"), "{}", standing.ahead[0].words.en);
    }
    // A third each, and a good deal of room for chance.
    assert!(firsts.len() == 3 && firsts.values().all(|first| *first > 60), "{firsts:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn what_is_said_of_an_expert_agrees_with_the_ranking(
        asked in request(), able in able_experts(5), others in experts(5), with_itself: bool
    ) {
        let plan = Plan::new(&asked, <&Policy>::default());
        let others = others.into_iter().map(|facts| Facts { id: format!("{}x", facts.id), ..facts });
        let pool: Vec<_> = able.into_iter().chain(others).collect();
        let ranked = rank(&plan, &pool);
        for facts in &pool {
            let place = ranked.iter().position(|candidate| candidate.expert == facts.id);
            let mut shown = ranked.clone();
            if !with_itself {
                shown.retain(|candidate| candidate.expert != facts.id);
            }
            match (why_not(&plan, facts, &shown, usize::MAX), place) {
                (WhyNot::Failed(failures), None) => {
                    prop_assert_eq!(failures.len(), plan.failed(facts).len() as usize);
                }
                (WhyNot::Stands(standing), Some(place)) => {
                    prop_assert_eq!((standing.place, standing.of), (place + 1, ranked.len()));
                    let ahead: Vec<_> = standing.ahead.iter().map(|ahead| &ahead.expert).collect();
                    let expected: Vec<_> = ranked[..place].iter().map(|candidate| &candidate.expert).collect();
                    prop_assert_eq!(ahead, expected);
                    for ahead in &standing.ahead {
                        let sum = |of: &[(Reason, i64)]| of.iter().map(|(_, points)| points).sum::<i64>();
                        prop_assert_eq!(ahead.lead, sum(&ahead.by) - sum(&ahead.despite));
                        prop_assert!(ahead.lead >= 0);
                    }
                }
                (said, place) => prop_assert!(false, "{said:?} at {place:?}"),
            }
        }
    }
}
