//! Not everybody can be seated: the right reason, with its numbers.

use std::collections::BTreeSet;

use matching::domain::timetable::{Constraint, Event, Infeasible, Mode, NoTimetable, Obstacle, Pair, plan};

use crate::stage::{company, event, expert};

fn why(event: &Event) -> Infeasible {
    match plan(event, &[], Mode::Everybody) {
        Err(NoTimetable::Infeasible(why)) => why,
        other => panic!("{other:?}"),
    }
}

fn only(kind: Constraint) -> BTreeSet<Constraint> {
    BTreeSet::from([kind])
}

fn without_minima(mut event: Event) -> Event {
    event.experts.iter_mut().for_each(|present| present.min = 0);
    event
}

#[test]
fn twenty_three_companies_are_too_many_for_four_experts_with_three_each() {
    let why = why(&event(23, 4, 6, 4));
    assert_eq!((why.seated, why.companies), (12, 23));
    assert_eq!(why.obstacles, [Obstacle::ExpertPlaces { companies: 23, places: 12 }]);
    assert_eq!(why.reliefs, [only(Constraint::ExpertMax)]);
    let told = why.obstacles[0].told(str::to_owned);
    assert!(told.ja.contains("23社") && told.ja.contains("12社"), "{}", told.ja);
    assert!(told.en.contains("23 companies") && told.en.contains("can see 12"), "{}", told.en);
}

#[test]
fn thirteen_companies_are_too_many_for_three_rounds_of_four_booths_whatever_the_limits() {
    let why = why(&event(13, 4, 3, 4));
    assert_eq!(
        why.obstacles,
        [
            Obstacle::ExpertPlaces { companies: 13, places: 12 },
            Obstacle::BoothPlaces { companies: 13, places: 12, booths: 4, rounds: 3 },
        ]
    );
    // More booths help nobody without an expert behind them, and a higher limit none without a round.
    assert_eq!(why.reliefs, Vec::<BTreeSet<Constraint>>::new());
}

#[test]
fn too_few_booths_are_told_from_too_few_experts() {
    let why = why(&event(12, 4, 3, 3));
    assert_eq!(why.obstacles, [Obstacle::BoothPlaces { companies: 12, places: 9, booths: 3, rounds: 3 }]);
    assert_eq!((why.seated, why.reliefs), (9, vec![only(Constraint::Booths)]));
}

#[test]
fn companies_that_can_only_come_to_the_same_round_are_named_and_nobody_else() {
    let mut event = without_minima(event(8, 3, 3, 3));
    for at in [1, 3, 5, 6] {
        event.companies[at].rounds = Some(BTreeSet::from([2]));
    }
    let why = why(&event);
    let expected = Obstacle::Together {
        companies: [1, 3, 5, 6].map(company).to_vec(),
        experts: (0..3).map(expert).collect(),
        rounds: vec![2],
        because: vec![Constraint::CompanyRounds],
    };
    assert_eq!((why.seated, why.obstacles), (7, vec![expected]));
    assert_eq!(why.reliefs, [only(Constraint::CompanyRounds)]);
}

#[test]
fn companies_for_one_experts_field_alone_are_named_with_the_expert() {
    let mut event = without_minima(event(8, 3, 6, 3));
    for at in [0, 2, 4, 7] {
        event.companies[at].scores.retain(|who, _| *who == expert(1));
    }
    let why = why(&event);
    let expected = Obstacle::Together {
        companies: [0, 2, 4, 7].map(company).to_vec(),
        experts: vec![expert(1)],
        rounds: (0..6).collect(),
        because: vec![Constraint::ExpertMax, Constraint::Pairs],
    };
    assert_eq!(why.obstacles, [expected]);
    assert_eq!(why.reliefs, [only(Constraint::ExpertMax), only(Constraint::Pairs)]);
}

#[test]
fn a_company_nobody_can_see_is_named_and_the_others_are_judged_without_it() {
    let mut event = without_minima(event(7, 2, 3, 2));
    event.companies[2].scores.clear();
    event.forbidden = (0..2).map(|at| Pair { expert: expert(at), company: company(4) }).collect();
    event.experts[0].rounds = Some(BTreeSet::from([0, 1]));
    event.companies[6].rounds = Some(BTreeSet::from([2]));
    event.companies[6].scores.remove(&expert(1));
    let why = why(&event);
    assert_eq!(
        why.obstacles,
        [
            Obstacle::NoExpert { company: company(2) },
            Obstacle::NoExpert { company: company(4) },
            Obstacle::NoRound { company: company(6) },
        ]
    );
    assert_eq!(why.seated, 4);
}

#[test]
fn a_minimum_that_cannot_be_reached_names_the_expert_and_how_far_it_goes() {
    let mut event = event(6, 2, 3, 2);
    for at in 0..5 {
        event.companies[at].scores.remove(&expert(1));
    }
    event.experts[0].max = 5;
    event.rounds = crate::stage::rounds(5);
    let why = why(&event);
    assert_eq!(why.obstacles, [Obstacle::Minimum { expert: expert(1), min: 2, reachable: 1 }]);
    assert_eq!(why.reliefs, [only(Constraint::Pairs), only(Constraint::ExpertMin)]);
}

#[test]
fn minima_of_more_than_there_are_companies_are_told_together() {
    let why = why(&event(5, 3, 3, 3));
    let experts = (0..3).map(expert).collect();
    assert_eq!(why.obstacles, [Obstacle::Minima { experts, needed: 6, companies: 5 }]);
    assert_eq!(why.reliefs, [only(Constraint::ExpertMin)]);
}
