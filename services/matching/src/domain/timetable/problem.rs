//! An event in numbers: experts and companies by their place in the order of ids, rounds as bits.

use std::collections::{BTreeMap, BTreeSet};

use super::event::{Event, mask, rounds_in};
use super::flow::Cost;
use super::plan::Seat;

/// Expert and round of a company that is seated.
pub(super) type Choice = Option<(usize, usize)>;

/// What is to be best, the most important first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Aim {
    /// Companies seated, minima reached, fit, even load, earlier applications, seats kept.
    Fit,
    /// Companies seated, seats kept, minima reached, fit, even load, earlier applications.
    Calm,
    /// Companies seated and minima reached, nothing else.
    Seats,
    /// Companies seated, nothing else.
    Count,
}

/// What the search needs to know, and nothing more. What is fixed is taken out already.
#[derive(Debug, Clone)]
pub(super) struct Problem {
    pub(super) aim: Aim,
    pub(super) rounds: usize,
    /// Booths left in each round.
    pub(super) room: Vec<usize>,
    pub(super) experts: Vec<Expert>,
    pub(super) companies: Vec<Company>,
}

#[derive(Debug, Clone)]
pub(super) struct Expert {
    /// Rounds in which the expert can still take a company.
    pub(super) open: u64,
    /// Companies fixed already.
    pub(super) load: usize,
    pub(super) min: usize,
    pub(super) max: usize,
}

#[derive(Debug, Clone)]
pub(super) struct Company {
    /// Place in the order of applications.
    pub(super) rank: i64,
    pub(super) rounds: u64,
    /// Experts who can see it, and how well each fits.
    pub(super) fit: BTreeMap<usize, i64>,
    /// The seat it was told, if it can still be had.
    pub(super) told: Choice,
}

/// Ids in order, to read a problem's numbers by.
pub(super) struct Keys<'a> {
    pub(super) experts: Vec<&'a str>,
    /// Companies that are not fixed.
    pub(super) companies: Vec<&'a str>,
}

impl Problem {
    /// An event that was checked, in numbers. In `closed` rounds nothing new may be seated.
    pub(super) fn of<'a>(event: &'a Event, told: &[Seat], closed: u64, aim: Aim) -> (Self, Keys<'a>) {
        let count = event.rounds.len();
        let mut present: Vec<_> = event.experts.iter().collect();
        present.sort_by_key(|present| &present.expert);
        let number: BTreeMap<&str, usize> =
            present.iter().enumerate().map(|(at, present)| (present.expert.as_str(), at)).collect();
        let mut room = vec![event.booths.len(); count];
        let mut experts: Vec<Expert> = present
            .iter()
            .map(|present| Expert {
                open: mask(present.rounds.as_ref(), count) & !closed,
                load: 0,
                min: present.min as usize,
                max: present.max as usize,
            })
            .collect();
        for fixed in &event.fixed {
            room[fixed.round] -= 1;
            let expert = &mut experts[number[fixed.expert.as_str()]];
            expert.open &= !(1 << fixed.round);
            expert.load += 1;
        }
        let seated: BTreeSet<&str> = event.fixed.iter().map(|fixed| fixed.company.as_str()).collect();
        let mut applicants: Vec<_> = event.companies.iter().collect();
        applicants.sort_by_key(|applicant| (applicant.order, &applicant.company));
        let ranks: BTreeMap<&str, i64> =
            applicants.iter().map(|applicant| applicant.company.as_str()).zip(0..).collect();
        applicants.retain(|applicant| !seated.contains(applicant.company.as_str()));
        applicants.sort_by_key(|applicant| &applicant.company);
        let barred: BTreeSet<(&str, &str)> =
            event.forbidden.iter().map(|pair| (pair.expert.as_str(), pair.company.as_str())).collect();
        let told: BTreeMap<&str, &Seat> = told.iter().map(|seat| (seat.company.as_str(), seat)).collect();
        let companies = applicants
            .iter()
            .map(|applicant| {
                let id = applicant.company.as_str();
                let rounds = mask(applicant.rounds.as_ref(), count) & !closed;
                let scores = applicant.scores.iter().filter(|(expert, _)| !barred.contains(&(expert.as_str(), id)));
                let fit: BTreeMap<usize, i64> =
                    scores.filter_map(|(expert, fit)| Some((*number.get(expert.as_str())?, *fit))).collect();
                let told = told.get(id).and_then(|seat| Some((*number.get(seat.expert.as_str())?, seat.round)));
                let held = |(expert, round): &(usize, usize)| {
                    *round < count && fit.contains_key(expert) && rounds & experts[*expert].open & (1 << round) != 0
                };
                Company { rank: ranks[id], rounds, told: told.filter(held), fit }
            })
            .collect();
        let keys = Keys {
            experts: present.iter().map(|present| present.expert.as_str()).collect(),
            companies: applicants.iter().map(|applicant| applicant.company.as_str()).collect(),
        };
        (Self { aim, rounds: count, room, experts, companies }, keys)
    }

    /// Rounds in which each expert can still take a company.
    pub(super) fn open(&self) -> Vec<u64> {
        self.experts.iter().map(|expert| expert.open).collect()
    }

    /// What it costs that an expert sees a company, wherever; negative, as seating outweighs all else.
    pub(super) fn pair(&self, company: &Company, expert: usize) -> Cost {
        self.cost([1, 0, company.fit[&expert], 0, -company.rank, 0])
    }

    /// What it is worth that a company keeps the seat it was told.
    pub(super) fn kept(&self) -> Cost {
        self.cost([0, 0, 0, 0, 0, 1])
    }

    /// What it costs that an expert takes one company after `load` others. Squares of loads, one step at a time: their sum
    /// is least when the load is even.
    pub(super) fn step(&self, expert: &Expert, load: usize) -> Cost {
        self.cost([0, i64::from(load < expert.min), 0, -(2 * load as i64 + 1), 0, 0])
    }

    /// The cost of a whole choice.
    pub(super) fn total(&self, chosen: &[Choice]) -> Cost {
        let mut loads: Vec<usize> = self.experts.iter().map(|expert| expert.load).collect();
        let mut total = Cost::ZERO;
        for (company, choice) in self.companies.iter().zip(chosen) {
            let Some((expert, _)) = *choice else { continue };
            total += self.pair(company, expert) + self.step(&self.experts[expert], loads[expert]);
            loads[expert] += 1;
            if company.told == *choice {
                total += self.kept();
            }
        }
        total
    }

    /// The rounds' numbers of seats beyond the booths left.
    pub(super) fn crowd(&self, chosen: &[Choice]) -> Vec<usize> {
        let used = |round| chosen.iter().flatten().filter(|(_, at)| *at == round).count();
        (0..self.rounds).map(|round| used(round).saturating_sub(self.room[round])).collect()
    }

    /// Seats that may be had by a company with an expert.
    pub(super) fn seats(&self, company: &Company, open: &[u64], expert: usize) -> impl Iterator<Item = usize> {
        rounds_in(company.rounds & open[expert])
    }

    /// From what is gained (seated, minimum, fit, evenness, earliness, kept) to a cost in the order of the aim.
    fn cost(&self, [seated, minimum, fit, even, early, kept]: [i64; 6]) -> Cost {
        -Cost(match self.aim {
            Aim::Fit => [seated, minimum, fit, even, early, kept],
            Aim::Calm => [seated, kept, minimum, fit, even, early],
            Aim::Seats => [seated, minimum, 0, 0, 0, 0],
            Aim::Count => [seated, 0, 0, 0, 0, 0],
        })
    }
}
