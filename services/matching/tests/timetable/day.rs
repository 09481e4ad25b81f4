//! On the day: what is over stays, the most are seated, and the fewest seats change.

use std::collections::BTreeSet;

use matching::domain::timetable::{
    Absence, Change, Day, Event, Fixed, Freed, Mode, NoTimetable, Reason, Seat, check, plan, replan,
};
use proptest::prelude::*;

use crate::oracle::{calm, highest, worth};
use crate::stage::{at, breaks, company, event, expert, small};

/// The event as it is on the day, worked out a second time: without no-shows, with what has begun as fixed.
fn left(event: &Event, told: &[Seat], begun: usize, no_shows: &BTreeSet<String>) -> Event {
    let mut left = event.clone();
    left.companies.retain(|one| !no_shows.contains(&one.company));
    let over = told.iter().filter(|seat| seat.round < begun && !no_shows.contains(&seat.company));
    let fixed = |seat: &Seat| Fixed { round: seat.round, expert: seat.expert.clone(), company: seat.company.clone() };
    left.fixed = over.map(fixed).collect();
    left
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    #[test]
    fn the_most_are_seated_then_the_fewest_seats_change(
        (mut event, told) in small(),
        begun in 0..3_usize,
        stays_away in 0..8_usize,
    ) {
        event.fixed.clear();
        prop_assume!(check(&event).is_empty());
        let plain = plan(&event, &told, Mode::AsManyAsPossible).unwrap().seats;
        let begun = begun.min(event.rounds.len());
        let now = if begun == 0 { at("09:00") } else { event.rounds[begun - 1].start };
        let no_shows: BTreeSet<String> = event.companies.iter().skip(stays_away).take(1).map(|one| one.company.clone()).collect();
        let day = Day { no_shows: no_shows.clone(), ..Day::at(now) };
        // What is announced need not be the best there is.
        let announced = [plain.clone(), plain.into_iter().step_by(2).collect()];
        for announced in announced {
            let replanned = replan(&event, &announced, &day).unwrap();
            let left = left(&event, &announced, begun, &no_shows);
            let seats: Vec<_> =
                replanned.timetable.seats.iter().map(|seat| (seat.round, seat.expert.as_str(), seat.company.as_str())).collect();
            prop_assert_eq!(breaks(&left, &replanned.timetable.seats), Vec::<String>::new());
            let best = highest(&left, &announced, begun, calm);
            prop_assert_eq!(calm(worth(&left, &seats, &announced)), best);
            for seat in announced.iter().filter(|seat| seat.round < begun && !no_shows.contains(&seat.company)) {
                prop_assert!(replanned.timetable.seats.contains(seat), "{:?} is over", seat);
            }
        }
    }
}

#[test]
fn a_quiet_day_changes_nothing() {
    let event = event(12, 4, 3, 4);
    let told = plan(&event, &[], Mode::Everybody).unwrap().seats;
    for now in ["09:00", "14:50", "15:20", "18:00"] {
        let replanned = replan(&event, &told, &Day::at(at(now))).unwrap();
        assert_eq!((replanned.timetable.seats.as_slice(), replanned.changes.len()), (told.as_slice(), 0));
    }
}

#[test]
fn a_seat_that_is_free_goes_to_one_who_waits_and_nobody_else_moves() {
    let event = event(14, 4, 3, 4);
    let planned = plan(&event, &[], Mode::AsManyAsPossible).unwrap();
    let last = planned.seats.last().unwrap().clone();
    let day = Day { no_shows: BTreeSet::from([last.company.clone()]), ..Day::at(at("15:20")) };
    let replanned = replan(&event, &planned.seats, &day).unwrap();
    let Some(Change::Seated { to }) = replanned.changes.iter().find(|change| matches!(change, Change::Seated { .. }))
    else {
        panic!("nobody was seated: {:?}", replanned.changes);
    };
    assert!(replanned.changes.contains(&Change::Freed { from: last.clone(), why: Freed::NoShow }));
    assert_eq!(replanned.changes.len(), 2);
    assert!(planned.waiting.iter().any(|waiting| waiting.company == to.company));
    assert_eq!((to.round, to.booth, &to.expert), (last.round, last.booth, &last.expert));
    // Its own plan knows nobody who stayed away, and what is over is fixed.
    assert!(replanned.event.companies.iter().all(|one| one.company != last.company));
    assert_eq!(replanned.event.fixed.len(), 8);
}

#[test]
fn a_walk_in_takes_a_free_seat_of_a_round_to_come() {
    let event = event(6, 3, 3, 3);
    let told = plan(&event, &[], Mode::Everybody).unwrap().seats;
    let mut walk_in = event.companies[0].clone();
    walk_in.company = "walk-in".to_owned();
    let day = Day { walk_ins: vec![walk_in], ..Day::at(at("15:00")) };
    let replanned = replan(&event, &told, &day).unwrap();
    let [Change::Seated { to }] = replanned.changes.as_slice() else { panic!("{:?}", replanned.changes) };
    assert_eq!(to.company, "walk-in");
    assert!(to.round > 0);
}

#[test]
fn companies_of_an_expert_who_is_absent_move_and_the_others_stay() {
    let event = event(8, 4, 3, 4);
    let told = plan(&event, &[], Mode::Everybody).unwrap().seats;
    let absent = Absence { expert: expert(1), from: at("15:00") };
    let replanned = replan(&event, &told, &Day { absent: vec![absent], ..Day::at(at("15:00")) }).unwrap();
    let lost: BTreeSet<_> = told.iter().filter(|seat| seat.expert == expert(1) && seat.round > 0).collect();
    assert!(!lost.is_empty());
    let moved: BTreeSet<_> = replanned
        .changes
        .iter()
        .map(|change| match change {
            Change::Moved { from, to } => {
                assert!(to.round > 0 && to.expert != expert(1));
                from
            }
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(moved, lost);
    assert!(replanned.timetable.short.is_empty(), "nobody asks an absent expert for a minimum");
}

#[test]
fn the_day_goes_on_from_the_event_as_it_was_or_as_it_is() {
    let event = event(12, 4, 3, 4);
    let told = plan(&event, &[], Mode::Everybody).unwrap().seats;
    let mut walk_in = event.companies[0].clone();
    walk_in.company = "walk-in".to_owned();
    walk_in.order = 99;
    let day = Day {
        no_shows: told[9..].iter().map(|seat| seat.company.clone()).collect(),
        walk_ins: vec![walk_in],
        absent: vec![Absence { expert: expert(2), from: at("15:40") }],
        ..Day::at(at("15:00"))
    };
    let first = replan(&event, &told, &day).unwrap();
    assert!(first.timetable.seat_of("walk-in").is_some());
    // Said again, or only that time went by.
    let again = replan(&event, &first.timetable.seats, &Day { now: at("15:20"), ..day }).unwrap();
    let further = replan(&first.event, &first.timetable.seats, &Day::at(at("15:20"))).unwrap();
    for next in [again, further] {
        assert_eq!((next.changes, next.timetable.seats), (Vec::new(), first.timetable.seats.clone()));
    }
}

#[test]
fn a_day_of_strangers_is_refused_with_every_place() {
    let event = event(4, 2, 2, 2);
    let seat = Seat { round: 5, booth: 9, expert: "nobody".to_owned(), company: company(0) };
    let day = Day {
        no_shows: BTreeSet::from(["ghost".to_owned()]),
        walk_ins: vec![event.companies[0].clone()],
        absent: vec![Absence { expert: "nobody".to_owned(), from: at("15:00") }],
        ..Day::at(at("15:00"))
    };
    let Err(NoTimetable::Faults(faults)) = replan(&event, &[seat], &day) else { panic!("refused") };
    let found: BTreeSet<_> = faults.iter().map(|fault| (fault.field.as_str(), fault.code())).collect();
    let expected = [
        ("absent[0].expert", Reason::UnknownExpert),
        ("no_shows[ghost]", Reason::UnknownCompany),
        ("told[0].booth", Reason::UnknownBooth),
        ("told[0].expert", Reason::UnknownExpert),
        ("told[0].round", Reason::UnknownRound),
        ("walk_ins[0].company", Reason::Repeated),
    ];
    assert_eq!(found, expected.map(|(field, reason)| (field, reason.code())).into_iter().collect());
}
