//! Events that are none: everything wrong at once, each with its place.

use std::collections::BTreeSet;

use matching::domain::timetable::{Event, Fixed, Mode, NoTimetable, Pair, Reason, check, plan};

use crate::stage::{company, event, expert};

fn fixed(round: usize, who: usize, whom: usize) -> Fixed {
    Fixed { round, expert: expert(who), company: company(whom) }
}

fn found(event: &Event) -> BTreeSet<(String, &'static str)> {
    check(event).iter().map(|fault| (fault.field.clone(), fault.code())).collect()
}

fn expected<const N: usize>(faults: [(&str, Reason); N]) -> BTreeSet<(String, &'static str)> {
    faults.into_iter().map(|(field, reason)| (field.to_owned(), reason.code())).collect()
}

#[test]
fn an_event_as_in_the_study_has_no_fault() {
    assert_eq!(found(&event(12, 4, 3, 4)), BTreeSet::new());
}

#[test]
fn who_is_booked_twice_is_named_with_both_places() {
    let mut event = event(6, 3, 3, 3);
    event.fixed = vec![fixed(1, 0, 0), fixed(1, 0, 1), fixed(2, 1, 0)];
    let faults = check(&event);
    let told: Vec<_> = faults.iter().map(|fault| (fault.field.as_str(), fault.code(), fault.en())).collect();
    let twice = "the expert is booked in round 2 already (fixed[0])".to_owned();
    let again = "the company is booked already (fixed[0])".to_owned();
    assert_eq!(
        told,
        [("fixed[1].expert", "EXPERT_TWICE_IN_ROUND", twice), ("fixed[2].company", "COMPANY_TWICE", again)]
    );
    assert!(faults.iter().all(|fault| !fault.ja().contains('{')));
}

#[test]
fn contradictory_fixed_and_forbidden_pairs_are_named() {
    let mut event = event(6, 3, 3, 3);
    event.fixed = vec![fixed(0, 0, 0), fixed(0, 1, 1)];
    event.forbidden =
        vec![Pair { expert: expert(2), company: company(5) }, Pair { expert: expert(0), company: company(0) }];
    event.companies[1].scores.remove(&expert(1));
    assert_eq!(
        found(&event),
        expected([("fixed[0]", Reason::FixedAndForbidden), ("fixed[1]", Reason::FixedNotPossible)])
    );
}

#[test]
fn seats_beyond_what_there_is_are_named() {
    let mut event = event(6, 3, 3, 1);
    event.experts[0].max = 1;
    event.experts[0].min = 0;
    event.experts[1].rounds = Some(BTreeSet::from([2]));
    event.companies[2].rounds = Some(BTreeSet::from([1]));
    event.fixed = vec![fixed(0, 0, 0), fixed(1, 0, 1), fixed(0, 1, 2)];
    assert_eq!(
        found(&event),
        expected([
            ("fixed[1].expert", Reason::MoreFixedThanMax),
            ("fixed[2].round", Reason::MoreFixedThanBooths),
            ("fixed[2].round", Reason::ExpertNotThere),
            ("fixed[2].round", Reason::CompanyNotThere),
        ])
    );
}

#[test]
fn what_is_unknown_repeated_or_turned_around_is_named_all_at_once() {
    let mut event = event(3, 2, 3, 2);
    event.rounds[1].start = event.rounds[0].start;
    event.rounds[2].end = event.rounds[2].start;
    event.booths[1] = event.booths[0].clone();
    event.experts[0].min = 4;
    event.experts[0].rounds = Some(BTreeSet::from([0, 3]));
    event.experts[1].booth = Some("Z".to_owned());
    event.companies[1].company = company(0);
    event.companies[2].company = String::new();
    event.companies[0].scores.insert("stranger".to_owned(), 1);
    event.companies[0].scores.insert(expert(0), i64::MIN);
    event.fixed = vec![Fixed { round: 9, expert: "stranger".to_owned(), company: "ghost".to_owned() }];
    event.forbidden = vec![Pair { expert: "somebody".to_owned(), company: "ghost".to_owned() }];
    let all = expected([
        ("rounds[1].start", Reason::RoundsOverlap),
        ("rounds[2].end", Reason::EndsBeforeStart),
        ("booths[1]", Reason::Repeated),
        ("experts[0].min", Reason::MinAboveMax),
        ("experts[0].rounds", Reason::UnknownRound),
        ("experts[1].booth", Reason::UnknownBooth),
        ("companies[1].company", Reason::Repeated),
        ("companies[2].company", Reason::Required),
        ("companies[0].scores[stranger]", Reason::UnknownExpert),
        ("companies[0].scores[e00]", Reason::ScoreOutOfRange),
        ("fixed[0].expert", Reason::UnknownExpert),
        ("fixed[0].company", Reason::UnknownCompany),
        ("fixed[0].round", Reason::UnknownRound),
        ("forbidden[0].expert", Reason::UnknownExpert),
        ("forbidden[0].company", Reason::UnknownCompany),
    ]);
    assert_eq!(found(&event), all);
    let Err(NoTimetable::Faults(faults)) = plan(&event, &[], Mode::AsManyAsPossible) else { panic!("planned") };
    assert_eq!(faults, check(&event));
}

#[test]
fn an_empty_event_and_two_experts_at_one_booth_are_none() {
    assert_eq!(found(&Event::default()), expected([("rounds", Reason::NoRounds), ("booths", Reason::NoBooths)]));
    let mut event = event(3, 2, 2, 2);
    event.experts.iter_mut().for_each(|present| present.booth = Some("A".to_owned()));
    assert_eq!(found(&event), expected([("experts[1].booth", Reason::BoothTwice)]));
    // One after the other they may.
    event.experts[0].rounds = Some(BTreeSet::from([0]));
    event.experts[1].rounds = Some(BTreeSet::from([1]));
    assert_eq!(found(&event), BTreeSet::new());
}
