//! Against every other timetable of small events.

use matching::domain::timetable::{Event, Mode, NoTimetable, Seat, Timetable, check, plan};
use proptest::prelude::*;

use crate::oracle::{highest, worth};
use crate::stage::{breaks, small};

fn triples(timetable: &Timetable) -> Vec<(usize, &str, &str)> {
    timetable.seats.iter().map(|seat| (seat.round, seat.expert.as_str(), seat.company.as_str())).collect()
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
