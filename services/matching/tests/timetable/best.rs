//! Against every other timetable of small events.

use std::collections::BTreeSet;

use matching::domain::timetable::{Event, Mode, NoTimetable, Obstacle, Seat, Timetable, check, plan};
use proptest::prelude::*;

use crate::oracle::{highest, worth};
use crate::stage::{breaks, small};

fn triples(timetable: &Timetable) -> Vec<(usize, &str, &str)> {
    timetable.seats.iter().map(|seat| (seat.round, seat.expert.as_str(), seat.company.as_str())).collect()
}

/// Companies seated at most when only these come, and then experts' places up to their minima.
fn most(event: &Event, companies: &[&String], minima: &[&String]) -> (i64, i64) {
    let mut fewer = event.clone();
    let fixed = |company: &String| event.fixed.iter().any(|fixed| fixed.company == *company);
    fewer.companies.retain(|one| companies.contains(&&one.company) || fixed(&one.company));
    fewer.experts.iter_mut().filter(|one| !minima.contains(&&one.expert)).for_each(|one| one.min = 0);
    let best = highest(&fewer, &[], 0, |worth| worth);
    (best[0] - fewer.companies.len() as i64, best[1])
}

/// Whether an expert who can see the company is there in a round to which it can come.
fn could_meet(event: &Event, id: &str) -> bool {
    let company = event.companies.iter().find(|one| one.company == id).unwrap();
    let able = event.experts.iter().filter(|one| {
        let barred = event.forbidden.iter().any(|pair| pair.expert == one.expert && pair.company == id);
        company.scores.contains_key(&one.expert) && !barred
    });
    let there = |rounds: &Option<BTreeSet<usize>>, round| rounds.as_ref().is_none_or(|all| all.contains(&round));
    let rounds = 0..event.rounds.len();
    able.into_iter().any(|one| rounds.clone().any(|round| there(&one.rounds, round) && there(&company.rounds, round)))
}

/// Whether an obstacle is one, and says no more than it must, by trying every timetable.
fn stands(event: &Event, obstacle: &Obstacle) -> bool {
    let all: Vec<&String> = event.companies.iter().map(|one| &one.company).collect();
    let without = |ids: &[String], at: usize| {
        ids.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, id)| id.clone()).collect::<Vec<_>>()
    };
    let seats = |ids: &[String]| most(event, &ids.iter().collect::<Vec<_>>(), &[]).0 == 0;
    let min = |id: &String| event.experts.iter().find(|one| one.expert == *id).map_or(0, |one| i64::from(one.min));
    let possible: Vec<&String> = all.iter().filter(|id| could_meet(event, id)).copied().collect();
    let reaches =
        |ids: &[String]| most(event, &possible, &ids.iter().collect::<Vec<_>>()).1 == ids.iter().map(min).sum::<i64>();
    match obstacle {
        Obstacle::NoExpert { company } | Obstacle::NoRound { company } => !seats(std::slice::from_ref(company)),
        Obstacle::ExpertPlaces { companies, places } | Obstacle::BoothPlaces { companies, places, .. } => {
            let most = most(event, &possible, &[]).0 + possible.len() as i64;
            *companies == possible.len() && places < companies && most <= *places as i64
        }
        Obstacle::Together { companies, .. } => {
            !seats(companies) && (0..companies.len()).all(|at| seats(&without(companies, at)))
        }
        Obstacle::Minimum { expert, min: needed, reachable } => {
            min(expert) == *needed as i64
                && most(event, &possible, &[expert]).1 == *reachable as i64
                && reachable < needed
        }
        Obstacle::Minima { experts, needed, .. } => {
            experts.iter().map(min).sum::<i64>() == *needed as i64
                && !reaches(experts)
                && (0..experts.len()).all(|at| reaches(&without(experts, at)))
        }
    }
}

fn sound() -> impl Strategy<Value = (Event, Vec<Seat>)> {
    small().prop_filter("an event that can be planned", |(event, _)| check(event).is_empty())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    #[test]
    fn no_timetable_is_better_and_no_rule_is_broken((event, told) in sound()) {
        let timetable = plan(&event, &told, Mode::AsManyAsPossible).unwrap();
        prop_assert_eq!(breaks(&event, &timetable.seats), Vec::<String>::new());
        prop_assert!(timetable.proven);
        let worth = worth(&event, &triples(&timetable), &told);
        prop_assert_eq!(worth, highest(&event, &told, 0, |worth| worth));
        prop_assert_eq!(timetable.fit, worth[2]);
        prop_assert_eq!(timetable.seats.len() + timetable.waiting.len(), event.companies.len());
        prop_assert!(timetable.waiting.iter().all(|waiting| !waiting.why.is_empty()));
    }

    #[test]
    fn everybody_is_seated_or_the_obstacles_are_named((event, told) in sound()) {
        let most = highest(&event, &told, 0, |worth| worth);
        let minima: u32 = event.experts.iter().map(|present| present.min).sum();
        let goes = most[0] == event.companies.len() as i64 && most[1] == i64::from(minima);
        match plan(&event, &told, Mode::Everybody) {
            Ok(timetable) => {
                prop_assert!(goes);
                prop_assert!(timetable.waiting.is_empty() && timetable.short.is_empty());
            }
            Err(NoTimetable::Infeasible(why)) => {
                prop_assert!(!goes);
                prop_assert_eq!((why.seated as i64, why.companies), (most[0], event.companies.len()));
                prop_assert!(!why.obstacles.is_empty());
                for obstacle in &why.obstacles {
                    prop_assert!(stands(&event, obstacle), "{:?}", obstacle);
                }
            }
            Err(NoTimetable::Faults(faults)) => prop_assert!(false, "{:?}", faults),
        }
    }

    #[test]
    fn the_order_of_the_input_makes_no_difference((event, told) in sound(), turn in 0..6_usize) {
        let mut turned = event.clone();
        turned.companies.reverse();
        turned.experts.reverse();
        turned.forbidden.reverse();
        let places = turned.companies.len();
        turned.companies.rotate_left(turn % places);
        let mut told_turned = told.clone();
        told_turned.reverse();
        let plan = |event: &Event, told: &[Seat]| plan(event, told, Mode::AsManyAsPossible).unwrap();
        prop_assert_eq!(plan(&event, &told), plan(&turned, &told_turned));
    }
}
