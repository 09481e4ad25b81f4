//! The best timetable of a small event by trying every one.

use std::collections::BTreeMap;

use matching::domain::timetable::{Applicant, Event, Seat};

/// What counts, in the order in which it counts, each the higher the better.
pub(crate) type Worth = [i64; 6];

/// How seats are judged when planning: seated, minima, fit, even load, early applications, seats kept.
pub(crate) fn worth(event: &Event, seats: &[(usize, &str, &str)], told: &[Seat]) -> Worth {
    let load = |expert: &str| seats.iter().filter(|(_, who, _)| *who == expert).count() as i64;
    let mut order: Vec<(u64, &str)> = event.companies.iter().map(|one| (one.order, one.company.as_str())).collect();
    order.sort_unstable();
    let place = |company: &str| order.iter().position(|(_, other)| *other == company).unwrap() as i64;
    let score = |who: &str, whom: &str| {
        let company = event.companies.iter().find(|one| one.company == whom).unwrap();
        company.scores.get(who).copied().unwrap_or_default()
    };
    let kept = |(round, who, whom): &&(usize, &str, &str)| {
        told.iter().any(|seat| (seat.round, seat.expert.as_str(), seat.company.as_str()) == (*round, *who, *whom))
    };
    [
        seats.len() as i64,
        event.experts.iter().map(|one| load(&one.expert).min(i64::from(one.min))).sum(),
        seats.iter().map(|(_, who, whom)| score(who, whom)).sum(),
        -event.experts.iter().map(|one| load(&one.expert).pow(2)).sum::<i64>(),
        -seats.iter().map(|(_, _, whom)| place(whom)).sum::<i64>(),
        seats.iter().filter(kept).count() as i64,
    ]
}

/// The order on the day: seats kept right after seated.
pub(crate) fn calm([seated, minima, fit, even, early, kept]: Worth) -> Worth {
    [seated, kept, minima, fit, even, early]
}

/// The highest worth over all timetables; only rounds from `first` on may be given to anybody who is not fixed.
pub(crate) fn highest(event: &Event, told: &[Seat], first: usize, read: impl Fn(Worth) -> Worth) -> Worth {
    let fixed = event.fixed.iter().map(|one| (one.round, one.expert.as_str(), one.company.as_str()));
    let mut seats: Vec<_> = fixed.collect();
    let free: Vec<&Applicant> =
        event.companies.iter().filter(|one| event.fixed.iter().all(|fixed| fixed.company != one.company)).collect();
    let mut best = None;
    let mut ways = BTreeMap::new();
    for company in &free {
        let mut all = Vec::new();
        for (round, expert) in
            (first..event.rounds.len()).flat_map(|round| event.experts.iter().map(move |e| (round, e)))
        {
            let there = |rounds: &Option<_>| {
                rounds.as_ref().is_none_or(|all: &std::collections::BTreeSet<_>| all.contains(&round))
            };
            let barred = event.forbidden.iter().any(|p| p.expert == expert.expert && p.company == company.company);
            let able = company.scores.contains_key(&expert.expert) && !barred;
            if there(&company.rounds) && there(&expert.rounds) && able {
                all.push((round, expert.expert.as_str(), company.company.as_str()));
            }
        }
        ways.insert(company.company.as_str(), all);
    }
    try_all(event, told, &free, &ways, &mut seats, &mut best, &read);
    best.unwrap()
}

fn try_all<'a>(
    event: &Event,
    told: &[Seat],
    free: &[&'a Applicant],
    ways: &BTreeMap<&str, Vec<(usize, &'a str, &'a str)>>,
    seats: &mut Vec<(usize, &'a str, &'a str)>,
    best: &mut Option<Worth>,
    read: &impl Fn(Worth) -> Worth,
) {
    let Some((company, rest)) = free.split_first() else {
        let worth = read(worth(event, seats, told));
        *best = Some(best.map_or(worth, |known| known.max(worth)));
        return;
    };
    try_all(event, told, rest, ways, seats, best, read);
    for &(round, who, whom) in &ways[company.company.as_str()] {
        let max = event.experts.iter().find(|one| one.expert == who).unwrap().max as usize;
        let free = seats.iter().all(|(at, other, _)| (*at, *other) != (round, who))
            && seats.iter().filter(|(_, other, _)| *other == who).count() < max
            && seats.iter().filter(|(at, ..)| *at == round).count() < event.booths.len();
        if free {
            seats.push((round, who, whom));
            try_all(event, told, rest, ways, seats, best, read);
            seats.pop();
        }
    }
}
