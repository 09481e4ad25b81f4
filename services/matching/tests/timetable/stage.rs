//! Events to try things on, made up small or as in the study.

use std::collections::{BTreeMap, BTreeSet};

use kit_clock::Timestamp;
use matching::domain::timetable::{Applicant, Event, Fixed, Pair, Present, Round, Seat};
use proptest::collection::{btree_map, btree_set, vec};
use proptest::prelude::*;

/// A time of the day of the event, in Japan.
pub(crate) fn at(time: &str) -> Timestamp {
    format!("2024-11-12T{time}:00+09:00").parse().unwrap()
}

/// Rounds of 20 minutes at 14:50, 15:15, 15:40 and so on.
pub(crate) fn rounds(count: usize) -> Vec<Round> {
    let minutes = |minutes: i64| Timestamp::from_micros(at("14:50").micros() + minutes * 60_000_000);
    let start = |round: usize| 25 * round as i64;
    (0..count).map(|round| Round { start: minutes(start(round)), end: minutes(start(round) + 20) }).collect()
}

/// Booths named A, B, C …
pub(crate) fn booths(count: usize) -> Vec<String> {
    ('A'..='Z').take(count).map(String::from).collect()
}

pub(crate) fn expert(number: usize) -> String {
    format!("e{number:02}")
}

pub(crate) fn company(number: usize) -> String {
    format!("c{number:02}")
}

/// Experts for 2 or 3 companies, companies that everybody can see with scores between 0 and 9, in the order of their ids.
pub(crate) fn event(companies: usize, experts: usize, rounds_of: usize, booths_of: usize) -> Event {
    let score = |company: usize, expert: usize| ((company * 7 + expert * 5 + company * expert * 3) % 10) as i64;
    let scores = |company: usize| (0..experts).map(|at| (expert(at), score(company, at))).collect();
    Event {
        rounds: rounds(rounds_of),
        booths: booths(booths_of),
        experts: (0..experts).map(|at| Present::new(expert(at))).collect(),
        companies: (0..companies)
            .map(|at| Applicant { company: company(at), order: at as u64, rounds: None, scores: scores(at) })
            .collect(),
        fixed: Vec::new(),
        forbidden: Vec::new(),
    }
}

/// Every rule a timetable must keep, whatever it is best at.
pub(crate) fn breaks(event: &Event, seats: &[Seat]) -> Vec<String> {
    let mut broken = Vec::new();
    let mut twice = |what: &str, all: Vec<String>| {
        let once: BTreeSet<&String> = all.iter().collect();
        if once.len() < all.len() {
            broken.push(format!("{what} twice: {all:?}"));
        }
    };
    let all = |key: &dyn Fn(&Seat) -> String| seats.iter().map(key).collect::<Vec<_>>();
    twice("company", all(&|seat| seat.company.clone()));
    twice("expert in a round", all(&|seat| format!("{} {}", seat.expert, seat.round)));
    twice("booth in a round", all(&|seat| format!("{} {}", seat.booth, seat.round)));
    for seat in seats {
        let fixed = event
            .fixed
            .iter()
            .any(|fixed| (fixed.round, &fixed.expert, &fixed.company) == (seat.round, &seat.expert, &seat.company));
        let company = event.companies.iter().find(|one| one.company == seat.company).unwrap();
        let expert = event.experts.iter().find(|one| one.expert == seat.expert).unwrap();
        let there = |rounds: &Option<BTreeSet<usize>>| rounds.as_ref().is_none_or(|all| all.contains(&seat.round));
        let barred = event.forbidden.iter().any(|pair| (&pair.expert, &pair.company) == (&seat.expert, &seat.company));
        let fine =
            there(&company.rounds) && there(&expert.rounds) && company.scores.contains_key(&seat.expert) && !barred;
        if !fixed && !fine {
            broken.push(format!("not possible: {seat:?}"));
        }
        let own = expert.booth.as_ref().and_then(|name| event.booths.iter().position(|booth| booth == name));
        if seat.round >= event.rounds.len()
            || seat.booth >= event.booths.len()
            || own.is_some_and(|own| own != seat.booth)
        {
            broken.push(format!("not a seat: {seat:?}"));
        }
    }
    for expert in &event.experts {
        if seats.iter().filter(|seat| seat.expert == expert.expert).count() > expert.max as usize {
            broken.push(format!("too many for {}", expert.expert));
        }
    }
    for fixed in &event.fixed {
        let kept =
            |seat: &Seat| (seat.round, &seat.expert, &seat.company) == (fixed.round, &fixed.expert, &fixed.company);
        if !seats.iter().any(kept) {
            broken.push(format!("not kept: {fixed:?}"));
        }
    }
    broken
}

fn some_rounds(count: usize) -> impl Strategy<Value = Option<BTreeSet<usize>>> {
    prop_oneof![1 => Just(None), 1 => btree_set(0..count, 0..=count).prop_map(Some)]
}

/// A small event with everything that can tie it, and seats that were told. Ids do not follow the order of application.
pub(crate) fn small() -> impl Strategy<Value = (Event, Vec<Seat>)> {
    (1..=3_usize, 1..=3_usize, 1..=3_usize, 1..=5_usize).prop_flat_map(|(rounds_of, booths_of, experts, companies)| {
        let present = (some_rounds(rounds_of), 0..=2_u32, 0..=2_u32);
        let applicant = (0..9_u64, some_rounds(rounds_of), btree_map(0..experts, -3..=3_i64, 0..=experts));
        let seat = (0..rounds_of, 0..experts, 0..companies);
        (
            vec(present, experts),
            vec(applicant, companies),
            vec(seat.clone(), 0..=1),
            vec((0..experts, 0..companies), 0..=1),
            vec(seat, 0..=4),
        )
            .prop_map(move |(present, applicants, fixed, forbidden, told)| {
                let event = Event {
                    rounds: rounds(rounds_of),
                    booths: booths(booths_of),
                    experts: present
                        .into_iter()
                        .enumerate()
                        .map(|(at, (rounds, min, more))| Present {
                            rounds,
                            min,
                            max: min + more,
                            ..Present::new(expert(at))
                        })
                        .collect(),
                    companies: applicants
                        .into_iter()
                        .enumerate()
                        .map(|(at, (order, rounds, scores))| Applicant {
                            company: company(at),
                            order,
                            rounds,
                            scores: scores
                                .into_iter()
                                .map(|(at, score)| (expert(at), score))
                                .collect::<BTreeMap<_, _>>(),
                        })
                        .collect(),
                    fixed: fixed
                        .into_iter()
                        .map(|(round, who, whom)| Fixed { round, expert: expert(who), company: company(whom) })
                        .collect(),
                    forbidden: forbidden
                        .into_iter()
                        .map(|(who, whom)| Pair { expert: expert(who), company: company(whom) })
                        .collect(),
                };
                let mut seats: Vec<Seat> = Vec::new();
                for (round, who, whom) in told {
                    let booth = seats.iter().filter(|seat| seat.round == round).count();
                    let seat = Seat { round, booth, expert: expert(who), company: company(whom) };
                    let clash = |other: &Seat| {
                        other.company == seat.company || (other.round, &other.expert) == (seat.round, &seat.expert)
                    };
                    if booth < booths_of && !seats.iter().any(clash) {
                        seats.push(seat);
                    }
                }
                (event, seats)
            })
    })
}
