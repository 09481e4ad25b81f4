//! The shape of the study: three rounds, three or four booths, experts for two or three companies.

use std::collections::{BTreeMap, BTreeSet};

use matching::domain::timetable::{Event, Mode, Present, Round, Seat, WaitingFor, plan};

use crate::stage::{at, booths, breaks, company, event, expert, rounds};

/// Microseconds of a day.
const DAY: i64 = 24 * 3_600 * 1_000_000;

/// The booths of each expert, in the order of the rounds.
fn booths_of(seats: &[Seat]) -> BTreeMap<&str, BTreeSet<usize>> {
    let mut all: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
    for seat in seats {
        all.entry(&seat.expert).or_default().insert(seat.booth);
    }
    all
}

fn loads(event: &Event, seats: &[Seat]) -> Vec<usize> {
    event.experts.iter().map(|one| seats.iter().filter(|seat| seat.expert == one.expert).count()).collect()
}

#[test]
fn twelve_companies_fill_three_rounds_of_four_experts_who_stay_at_their_booths() {
    let event = event(12, 4, 3, 4);
    let timetable = plan(&event, &[], Mode::Everybody).unwrap();
    assert_eq!(breaks(&event, &timetable.seats), Vec::<String>::new());
    assert_eq!((timetable.seats.len(), loads(&event, &timetable.seats)), (12, vec![3; 4]));
    assert!(booths_of(&timetable.seats).values().all(|booths| booths.len() == 1));
}

#[test]
fn eight_companies_give_each_of_four_experts_the_two_that_are_asked_for() {
    let event = event(8, 4, 3, 3);
    let timetable = plan(&event, &[], Mode::Everybody).unwrap();
    assert_eq!(breaks(&event, &timetable.seats), Vec::<String>::new());
    assert_eq!(loads(&event, &timetable.seats), [2; 4]);
}

#[test]
fn twenty_three_companies_with_four_experts_fill_twelve_places_and_eleven_wait_for_an_expert() {
    let event = event(23, 4, 6, 4);
    let timetable = plan(&event, &[], Mode::AsManyAsPossible).unwrap();
    assert_eq!(breaks(&event, &timetable.seats), Vec::<String>::new());
    assert_eq!((timetable.seats.len(), timetable.waiting.len()), (12, 11));
    let full = BTreeSet::from([WaitingFor::ExpertsFull]);
    assert!(timetable.waiting.iter().all(|waiting| waiting.why == full));
    assert!(timetable.proven && timetable.short.is_empty());
}

#[test]
fn twenty_three_companies_all_have_a_seat_on_two_afternoons_of_three_rounds() {
    let mut event = event(23, 4, 3, 4);
    let day = at("14:50").japan_day();
    event.rounds.extend(rounds(3).into_iter().map(|round| Round {
        start: kit_clock::Timestamp::from_micros(round.start.micros() + DAY),
        end: kit_clock::Timestamp::from_micros(round.end.micros() + DAY),
    }));
    assert!(event.rounds[3].start.japan_day() > day);
    // Some can come on one afternoon only, and so can an expert.
    for at in (0..23).step_by(3) {
        let first = if at % 2 == 0 { 0 } else { 3 };
        event.companies[at].rounds = Some((first..first + 3).collect());
    }
    event.experts.iter_mut().for_each(|present| present.max = 6);
    event.experts.push(Present { rounds: Some((3..6).collect()), ..Present::new(expert(4)) });
    for (at, applicant) in event.companies.iter_mut().enumerate() {
        applicant.scores.insert(expert(4), (at % 4) as i64);
    }
    let timetable = plan(&event, &[], Mode::Everybody).unwrap();
    assert_eq!(breaks(&event, &timetable.seats), Vec::<String>::new());
    assert_eq!(timetable.seats.len(), 23);
    assert!(timetable.proven);
}

#[test]
fn an_experts_own_booth_is_kept_free_for_that_expert() {
    let mut event = event(9, 3, 3, 3);
    event.experts[2].booth = Some("A".to_owned());
    event.experts[0].booth = Some("C".to_owned());
    let timetable = plan(&event, &[], Mode::Everybody).unwrap();
    let all = booths_of(&timetable.seats);
    let only = |booth| BTreeSet::from([booth]);
    assert_eq!((&all["e00"], &all["e01"], &all["e02"]), (&only(2), &only(1), &only(0)));
}

#[test]
fn more_experts_than_booths_take_turns() {
    let mut event = event(6, 4, 3, 2);
    event.experts.iter_mut().for_each(|present| present.min = 1);
    event.booths = booths(2);
    let timetable = plan(&event, &[], Mode::Everybody).unwrap();
    assert_eq!(breaks(&event, &timetable.seats), Vec::<String>::new());
    assert!(loads(&event, &timetable.seats).iter().all(|load| (1..=2).contains(load)));
}

#[test]
fn fit_goes_before_an_even_load_and_an_even_load_before_earlier_applications() {
    let mut event = event(4, 2, 4, 2);
    event.experts.iter_mut().for_each(|present| (present.min, present.max) = (0, 4));
    let score = |event: &mut Event, scores: [i64; 2]| {
        let scores: BTreeMap<_, _> = scores.into_iter().enumerate().map(|(at, fit)| (expert(at), fit)).collect();
        event.companies.iter_mut().for_each(|one| one.scores = scores.clone());
    };
    score(&mut event, [5, 4]);
    let seats = plan(&event, &[], Mode::Everybody).unwrap().seats;
    assert_eq!(loads(&event, &seats), [4, 0]);
    score(&mut event, [5, 5]);
    let seats = plan(&event, &[], Mode::Everybody).unwrap().seats;
    assert_eq!(loads(&event, &seats), [2, 2]);
    // With one place only, the first application has it, whatever the ids say.
    event.experts.iter_mut().for_each(|present| present.max = 1);
    event.experts[1].max = 0;
    event.companies[3].order = 0;
    event.companies[0].order = 7;
    let timetable = plan(&event, &[], Mode::AsManyAsPossible).unwrap();
    assert_eq!(timetable.seats.iter().map(|seat| seat.company.clone()).collect::<Vec<_>>(), [company(3)]);
    let waiting: Vec<_> = timetable.waiting.iter().map(|waiting| waiting.company.clone()).collect();
    assert_eq!(waiting, [1, 2, 0].map(company));
}

#[test]
fn where_no_expert_can_keep_one_booth_only_one_moves_once() {
    let mut event = event(6, 3, 3, 2);
    for (at, rounds) in [[0, 2], [0, 1], [1, 2]].into_iter().enumerate() {
        event.experts[at].rounds = Some(BTreeSet::from(rounds));
    }
    let timetable = plan(&event, &[], Mode::Everybody).unwrap();
    assert_eq!(breaks(&event, &timetable.seats), Vec::<String>::new());
    let booths: usize = booths_of(&timetable.seats).values().map(BTreeSet::len).sum();
    assert_eq!(booths, 3 + 1);
}

#[test]
fn a_booth_that_was_told_stays_though_another_would_do() {
    let event = event(4, 2, 2, 3);
    let told: Vec<Seat> = plan(&event, &[], Mode::Everybody)
        .unwrap()
        .seats
        .into_iter()
        .map(|seat| Seat { booth: 2 - seat.booth, ..seat })
        .collect();
    let again = plan(&event, &told, Mode::Everybody).unwrap().seats;
    assert_eq!(again.iter().collect::<BTreeSet<_>>(), told.iter().collect());
}
